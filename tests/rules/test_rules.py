"""The rule figures in small: four songs and two requests a genre; and the checks themselves on what breaks them."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from partimento.arrangement.style import load_style, style_names
from partimento.benchmarks.rules import leading, playing
from partimento.benchmarks.rules.asked import draw_request, unmet
from partimento.benchmarks.rules.run import faults, of_request
from partimento.benchmarks.rules.variety import figures, portrait, shared_melodies
from partimento.composer.compose import compose
from partimento.score.brief import Brief
from partimento.score.performance import Performance
from partimento.score.song import Drum, Note, Song, Track
from partimento.theory.pitch import Pitch

SEEDS = (1, 2, 3, 4)


@pytest.mark.parametrize("genre", style_names())
def test_no_rule_is_broken_and_no_melody_shared(genre: str) -> None:
    songs = {seed: compose(Brief(genre=genre, seed=seed)) for seed in SEEDS}
    by_rule = [(seed, rule, all_) for seed, song in songs.items() for rule, all_ in faults(song, genre).items()]
    found = [row for row in by_rule if row[2]]
    assert not found
    assert not shared_melodies([portrait(song, seed) for seed, song in songs.items()])


@pytest.mark.parametrize("genre", style_names())
@pytest.mark.parametrize("seed", (7, 8))
def test_requests_are_met(genre: str, seed: int) -> None:
    assert not {rule: found for rule, found in of_request((genre, seed)).items() if found}


def test_two_hash_seeds_make_the_same_bytes() -> None:
    script = (
        "from hashlib import sha256\n"
        "from partimento.arrangement.style import style_names\n"
        "from partimento.composer.compose import compose\n"
        "from partimento.score.brief import Brief\n"
        "from partimento.score.midi_write import midi_bytes\n"
        "for genre in style_names():\n"
        "    print(genre, sha256(midi_bytes(compose(Brief(genre=genre, seed=5)))).hexdigest())\n"
    )
    root = Path(__file__).parents[2]
    seen = set()
    for hash_seed in ("1", "4242"):
        env = {**os.environ, "PYTHONHASHSEED": hash_seed, "PYTHONPATH": str(root / ".dev")}
        out = subprocess.run([sys.executable, "-c", script], env=env, capture_output=True, text=True, check=True)
        seen.add(out.stdout)
    assert len(seen) == 1 and len(next(iter(seen)).splitlines()) == len(style_names())


# The checks must find what is wrong.


@pytest.fixture(scope="module")
def song() -> Song:
    return compose(Brief(genre="folk", seed=2, bars=16, key="D", instruments=("flute", "steel guitar", "double bass")))


def with_track(song: Song, name: str, instrument: str, role: str, *notes: Note) -> Song:
    played = replace(song.performance.tracks[0], name=name, notes=(), controls=())
    return replace(song, tracks=(Track(name, role, instrument, notes),), performance=Performance((played,)))


def tones(onset: int, *names: str, duration: int = 480) -> tuple[Note, ...]:
    return tuple(Note(onset, duration, Pitch.parse(name)) for name in names)


def test_range_and_overlap_are_found(song: Song) -> None:
    assert playing.ranges(with_track(song, "A", "flute", "lead", *tones(0, "C3")))
    twice = with_track(song, "A", "piano", "comp", *tones(0, "C4"), *tones(240, "C4"))
    assert playing.overlaps(twice) and not playing.overlaps(song)


@pytest.mark.parametrize(
    ("instrument", "names", "good"),
    [
        ("steel guitar", ("E2", "B2", "E3", "G#3", "B3", "E4"), True),
        ("steel guitar", ("E2", "F2", "G2"), False),
        ("steel guitar", ("E2", "A2", "D3", "G3", "B3", "E4", "A4"), False),
        ("piano", ("C2", "E3", "G4", "B5"), True),
        ("piano", ("C1", "C3", "C5"), False),
        ("piano", tuple(f"{letter}{octave}" for octave in (3, 4) for letter in "CDEFGA")[:11], False),
        ("vibraphone", ("C4", "E4", "G4", "B4", "D5"), False),
        ("trumpet", ("C5", "E5"), False),
    ],
)
def test_hands(song: Song, instrument: str, names: tuple[str, ...], good: bool) -> None:
    assert bool(playing.hands(with_track(song, "A", instrument, "comp", *tones(0, *names)))) is not good


def test_limbs(song: Song) -> None:
    def kit(*strokes: tuple[int, Drum]) -> list[str]:
        notes = [Note(tick, 60, drum) for tick, drum in strokes]
        return playing.limbs(with_track(song, "Drums", "drums", "drums", *notes))

    assert not kit((0, Drum.KICK), (0, Drum.SNARE), (0, Drum.CRASH), (0, Drum.HAT_PEDAL))
    assert kit((0, Drum.SNARE), (0, Drum.CRASH), (0, Drum.RIDE))
    assert kit((0, Drum.KICK), (20, Drum.KICK))


def test_tendency_tones_that_leap_are_found() -> None:
    song = compose(Brief(genre="country", seed=1, bars=16, key="C", form=("verse:16",), chords=(("verse", "G7 | C"),)))
    lead = tones(1440, "F5") + tones(1920, "C5")
    sevenths, leading_tones = leading.lines(replace(song, tracks=(Track("A", "lead", "voice", lead),)), False)
    assert sevenths and not leading_tones
    lead = tones(1440, "B4") + tones(1920, "G4")
    sevenths, leading_tones = leading.lines(replace(song, tracks=(Track("A", "lead", "voice", lead),)), False)
    assert leading_tones and not sevenths
    lead = tones(1440, "F5") + tones(1920, "E5")
    assert leading.lines(replace(song, tracks=(Track("A", "lead", "voice", lead),)), False) == ([], [])


def test_a_missed_close_and_a_missed_request_are_found(song: Song) -> None:
    last = song.sections[-1]
    half = replace(song, sections=(*song.sections[:-1], replace(last, close="half")))
    assert leading.closes(half)
    style = load_style("folk")
    wrong = Brief(genre="folk", key="Eb", bars=12, duration_s=600.0, instruments=("tuba",), without=("flute",))
    assert len(unmet(wrong, song, style)) == 5
    assert draw_request(style, 3) == draw_request(style, 3) != draw_request(style, 4)


def test_a_song_shares_its_melody_with_itself(song: Song) -> None:
    pair = [portrait(song, 1), portrait(song, 2)]
    assert shared_melodies(pair) == [(1, 2)]
    assert figures(pair)["melodies shared"] == 1 and figures(pair)["forms"] == 1
