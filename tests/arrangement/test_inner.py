"""Inner voices: one note at a time, inside the instrument, chord tones at the changes, few parallels with the tune."""

from __future__ import annotations

from functools import cache
from itertools import pairwise

import pytest

from partimento.arrangement.counter import parallel
from partimento.composer.compose import compose
from partimento.score.brief import Brief
from partimento.score.instruments import instrument
from partimento.score.song import Drum, Note, Song
from partimento.score.timeline import Timeline

QUARTET = ("violin", "violin", "viola", "cello")
SEEDS = range(6)


@cache
def _quartet(seed: int) -> Song:
    return compose(Brief(genre="classical", instruments=QUARTET, bars=32, seed=seed))


def _inner(song: Song) -> list[tuple[str, tuple[Note, ...]]]:
    return [(t.instrument, t.notes) for t in song.tracks if t.role != "lead" and t.instrument in ("violin", "viola")]


def _midi(note: Note) -> int:
    assert not isinstance(note.pitch, Drum)
    return note.pitch.midi


def _at(notes: tuple[Note, ...], tick: int) -> int:
    return next((_midi(n) for n in notes if n.onset <= tick < n.onset + n.duration), -1)


@pytest.mark.parametrize("seed", SEEDS)
def test_one_voice_in_its_range(seed: int) -> None:
    parts = _inner(_quartet(seed))
    assert parts
    for name, notes in parts:
        played = instrument(name)
        assert len(notes) > 16
        assert all(played.low <= _midi(note) <= played.high for note in notes)
        assert all(a.onset + a.duration <= b.onset for a, b in pairwise(notes))


def test_the_changes_are_met_by_chord_tones() -> None:
    met = met_all = 0
    for seed in SEEDS:
        song = _quartet(seed)
        changes = {chord.sounding: chord.chord for chord in song.chords}
        for _, notes in _inner(song):
            for note in notes:
                if note.onset in changes:
                    met_all += 1
                    met += _midi(note) % 12 in changes[note.onset].numbers
    assert met_all > 200 and met >= 0.93 * met_all


def test_fifths_and_octaves_with_the_tune_are_rare() -> None:
    steps = bad = 0
    for seed in SEEDS:
        song = _quartet(seed)
        lead = next(t.notes for t in song.tracks if t.role == "lead")
        ticks = [c.sounding for c in Timeline(song).chords]
        for _, notes in _inner(song):
            rows = [(_at(lead, tick), _at(notes, tick)) for tick in ticks]
            for a, b in pairwise(rows):
                if min(*a, *b) > 0:
                    steps += 1
                    bad += parallel(a[0], a[1], b[0], b[1])
    assert steps > 100 and bad * 10 <= steps


def test_the_same_seed_plays_the_same() -> None:
    brief = Brief(genre="classical", instruments=QUARTET, bars=16, seed=3)
    assert compose(brief).tracks == compose(brief).tracks
