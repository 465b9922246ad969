"""Laws of the performance: the grid and its swing, one note of a pitch at a time, bends that return, streams by bar."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from partimento.arrangement.feel import jazz_time
from partimento.arrangement.perform import perform
from partimento.arrangement.style import Style
from partimento.score.brief import Brief
from partimento.score.performance import PlayedTrack
from partimento.score.song import (
    ChordSymbol,
    Drum,
    FinalBars,
    KeyChange,
    MeterChange,
    Note,
    Phrase,
    Section,
    Song,
    TempoChange,
    Track,
)
from partimento.theory.chord import parse_chord
from partimento.theory.key import Key
from partimento.theory.meter import Meter

KEY = Key.parse("C")
BAR = 1920


def make_style(swing: dict[str, Any] | None = None, feel: dict[str, Any] | None = None, name: str = "test") -> Style:
    chairs = [
        ("lead", "lead", "lead", {"tenor sax": 1}),
        ("guitar", "comp", "chords", {"steel guitar": 1}),
        ("piano", "comp", "chords", {"piano": 1}),
        ("strings", "pad", "pad", {"strings": 1}),
        ("bass", "bass", "line", {"bass guitar": 1}),
        ("drums", "drums", "grid", {"drums": 1}),
        ("percussion", "percussion", "grid", {"percussion": 1}),
    ]
    return Style.model_validate(
        {
            "name": name,
            "title": name,
            "about": "a style of the tests",
            "tempo": {"low": 60, "high": 200, "usual": (90, 140)},
            "meters": {"4/4": 1},
            "modes": {"major": 1},
            "swing": swing or {},
            "feel": feel or {},
            "forms": [{"name": "one", "sections": "verse:4"}],
            "sections": {"verse": {"energy": 0.5}},
            "harmony": {"main": {"kind": "loop", "major": ["I IV V I"]}},
            "parts": [
                {
                    "id": part,
                    "role": role,
                    "player": player,
                    "instruments": instruments,
                    "strum_ms": 25 if part == "guitar" else 0,
                }
                for part, role, player, instruments in chairs
            ],
            "endings": [{"name": "held", "kind": "held"}],
            "mix": {"parts": {"bass": {"gain_db": -6.0}, "guitar": {"pan": -0.7}, "lead": {"hall": 0.5}}},
        }
    )


def make_song(tracks: tuple[Track, ...], bars: int = 4, bpm: float = 120.0, **brief: Any) -> Song:
    meter = Meter.parse(brief.pop("meter", "4/4"))
    length = bars * meter.bar
    chords = tuple(
        ChordSymbol(i * meter.bar, meter.bar, parse_chord(("C", "F", "G7", "C")[i % 4]), KEY, "I") for i in range(bars)
    )
    section = Section("Verse", "verse", 0, length, 0.5, "verse", 0, KEY, "loop", "tune", (Phrase(0, length, "open"),))
    return Song(
        "test",
        Brief(**brief),
        (MeterChange(0, meter),),
        (TempoChange(0, bpm),),
        (KeyChange(0, KEY),),
        (section,),
        FinalBars(length - meter.bar, "held", "held"),
        chords,
        tracks,
    )


def line(name: str, onsets: range | list[int], duration: int, midi: int = 62, **more: Any) -> Track:
    """A track of equal notes that climb, so that neighbours differ."""
    instruments = {"lead": "tenor sax", "bass": "bass guitar"}
    notes = tuple(Note(t, duration, KEY.spell(midi + k % 5), 80, **more) for k, t in enumerate(onsets))
    return Track(name, name, instruments.get(name, "piano"), notes)


def played(song: Song, style: Style, name: str) -> PlayedTrack:
    return next(t for t in perform(song, style).performance.tracks if t.name == name)


DRUMS_TRACK = Track(
    "drums",
    "drums",
    "drums",
    tuple(
        Note(t, 60, drum, 100 if drum is Drum.SNARE else 80)
        for t in range(0, 4 * BAR, 240)
        for drum in ([Drum.KICK] if t % 960 == 0 else [Drum.SNARE] if t % 960 == 480 else []) + [Drum.HAT]
    ),
)


@st.composite
def any_tracks(draw: st.DrawFn) -> tuple[Track, ...]:
    tracks = []
    for name, role, chair, low, high in (
        ("lead", "lead", "tenor sax", 50, 70),
        ("guitar", "comp", "steel guitar", 45, 70),
        ("strings", "pad", "strings", 50, 80),
    ):
        count = draw(st.integers(0, 24))
        found = {}
        for _ in range(count):
            onset = 40 * draw(st.integers(0, 4 * 48 - 1))
            midi = draw(st.integers(low, high))
            mark = draw(st.sampled_from(["", "staccato", "legato", "accent", "dead", "up", "down", "tenuto"]))
            grace = onset > 0 and draw(st.booleans()) and draw(st.booleans())
            longest = 60 if grace else draw(st.sampled_from([60, 120, 240, 480, 1920]))
            duration = min(longest, 4 * BAR - onset)
            found[onset, midi] = Note(
                onset, duration, KEY.spell(midi), draw(st.integers(1, 127)), articulation=mark, grace=grace
            )
        tracks.append(Track(name, role, chair, tuple(found[k] for k in sorted(found))))
    return (*tracks, DRUMS_TRACK)


@settings(max_examples=60)
@given(
    any_tracks(),
    st.integers(0, 1000),
    st.booleans(),
    st.sampled_from([60.0, 131.0, 220.0]),
    st.sampled_from(["blues", "taste", "pop"]),
)
def test_laws_of_any_performance(tracks: tuple[Track, ...], seed: int, humanize: bool, bpm: float, table: str) -> None:
    style = make_style(
        {"ratio": 1.8}, {"table": table, "jitter_ms": 6.0, "late_ms": {"lead": -20.0}, "pedal": {"strings": 1}}
    )
    song = make_song(tracks, bpm=bpm, seed=seed, humanize=humanize)
    done = perform(song, style)
    assert perform(song, style) == done
    assert [t.name for t in done.performance.tracks] == [t.name for t in tracks]
    for track in done.performance.tracks:
        ends: dict[int, int] = {}
        assert list(track.notes) == sorted(track.notes, key=lambda n: (n.onset, n.number))
        for note in track.notes:
            assert note.onset >= ends.get(note.number, 0)
            ends[note.number] = note.onset + note.duration
            assert note.duration > 0 and 1 <= note.velocity <= 127
            assert note.onset + note.duration <= song.end
        for k, note in enumerate(track.notes[1:], start=1):
            if track.name == "lead":  # one reed: slurs overlap by a hair
                assert track.notes[k - 1].onset + track.notes[k - 1].duration <= note.onset + 12
        bent = 0
        for control in track.controls:
            assert control.onset >= 0
            assert -8192 <= control.value <= 8191 if control.controller < 0 else 0 <= control.value <= 127
            if control.controller < 0:
                bent = control.value
        assert bent == 0


@given(any_tracks(), st.integers(0, 50))
@settings(max_examples=25)
def test_quantized_is_the_page(tracks: tuple[Track, ...], seed: int) -> None:
    song = make_song(tracks, seed=seed, quantized=True)
    style = make_style({"ratio": 2.0}, {"table": "blues", "late_ms": {"lead": 30.0}, "pedal": {"strings": 1}})
    for track, heard in zip(tracks, perform(song, style).performance.tracks, strict=True):
        assert heard.controls == ()
        page = [
            (n.onset, n.duration, n.pitch.value if isinstance(n.pitch, Drum) else n.pitch.midi, n.velocity)
            for n in track.notes
        ]
        assert [tuple(n) for n in heard.notes] == sorted(page, key=lambda n: (n[0], n[2]))


@pytest.mark.parametrize(
    ("ratio", "share", "expected"), [(2.0, 1.0, 320), (1.5, 1.0, 288), (2.0, 0.5, 288), (2.0, 0.0, 240)]
)
def test_eighths_swing_by_the_style_and_the_roles_share(ratio: float, share: float, expected: int) -> None:
    style = make_style({"ratio": ratio, "share": {"lead": share}}, {"jitter_ms": 0.0})
    notes = played(make_song((line("lead", range(0, 4 * BAR, 240), 240),)), style, "lead").notes
    assert {n.onset % 480 for n in notes} == {0, expected}


def test_a_ratio_of_zero_swings_as_jazz_players_do_at_the_tempo() -> None:
    style = make_style({"ratio": 0.0}, {"table": "taste"})
    for bpm in (60.0, 120.0, 190.0, 240.0):
        song = make_song((line("lead", range(0, 4 * BAR, 240), 240),), bpm=bpm, humanize=False)
        off = {n.onset % 480 for n in played(song, style, "lead").notes} - {0}
        assert len(off) == 1
        long = off.pop()
        assert long / (480 - long) == pytest.approx(jazz_time(bpm).ratio, abs=0.02)


def test_jittered_swing_measures_as_the_styles() -> None:
    style = make_style({"ratio": 1.7}, {"table": "taste", "jitter_ms": 4.0})
    song = make_song((line("lead", range(0, 64 * BAR, 240), 240),), bars=64, seed=3)
    onsets = [n.onset for n in played(song, style, "lead").notes]
    longs = [b - a for a, b in zip(onsets[0::2], onsets[1::2], strict=True)]
    shorts = [b - a for a, b in zip(onsets[1::2], onsets[2::2], strict=False)]
    measured = (sum(longs) / len(longs)) / (sum(shorts) / len(shorts))
    assert measured == pytest.approx(1.7, abs=0.1)
    assert len({o % 480 for o in onsets}) > 8  # it is jittered


def test_triplets_and_compound_meters_do_not_swing() -> None:
    style = make_style({"ratio": 2.0}, {"jitter_ms": 0.0})
    triplets = played(make_song((line("lead", range(0, 4 * BAR, 160), 160),)), style, "lead")
    assert [n.onset for n in triplets.notes] == list(range(0, 4 * BAR, 160))
    compound = make_song((line("lead", range(0, 4 * 1440, 240), 240),), meter="6/8")
    assert [n.onset for n in played(compound, style, "lead").notes] == list(range(0, 4 * 1440, 240))


def test_sixteenth_swing_leaves_the_eighths() -> None:
    style = make_style({"unit": "sixteenth", "ratio": 1.5}, {"jitter_ms": 0.0})
    notes = played(make_song((line("bass", range(0, 4 * BAR, 120), 120, 36),)), style, "bass").notes
    assert {n.onset % 480 for n in notes} == {0, 144, 240, 384}


def test_without_jitter_the_seed_moves_no_note() -> None:
    style = make_style({"ratio": 2.0}, {"table": "taste"})
    tracks = (line("bass", range(0, 4 * BAR, 240), 200, 36), DRUMS_TRACK)
    one, two = (perform(make_song(tracks, seed=seed, humanize=False), style).performance.tracks for seed in (1, 2))
    assert [t.notes for t in one] == [t.notes for t in two]


def test_limbs_that_strike_together_share_their_offset() -> None:
    style = make_style(feel={"table": "rock", "jitter_ms": 6.0})
    heard = played(make_song((DRUMS_TRACK,), seed=5), style, "drums").notes
    pages = sorted(DRUMS_TRACK.notes, key=lambda n: (n.onset, n.pitch.value if isinstance(n.pitch, Drum) else 0))
    moved = {(w.onset, n.onset) for w, n in zip(pages, heard, strict=True)}
    assert len(moved) == len({w.onset for w in pages})
    assert any(a != b for a, b in moved)


def test_the_band_wanders_together() -> None:
    style = make_style(feel={"table": "rock", "jitter_ms": 4.0})
    song = make_song((line("bass", range(0, 4 * BAR, 480), 400, 36), DRUMS_TRACK), seed=11, bpm=100)
    bass = [n.onset for n in played(song, style, "bass").notes]
    kick = {
        round(n.onset / 480): n.onset
        for n in played(song, style, "drums").notes
        if n.number == 42 and min(n.onset % 480, 480 - n.onset % 480) < 60
    }
    apart = [abs(b - kick[round(b / 480)]) for b in bass]
    assert max(apart) < 0.03 * 800  # within 30 ms although the band itself drifts by more


def test_a_new_bar_moves_no_other_bar() -> None:
    style = make_style({"ratio": 1.6}, {"table": "taste", "pedal": {"piano": 1}})
    before = line("bass", range(0, 8 * BAR, 240), 200, 36)
    other = tuple(n for n in before.notes if not 3 * BAR <= n.onset < 4 * BAR)
    fresh = tuple(Note(3 * BAR + t, 300, KEY.spell(40), 90) for t in (0, 360, 960, 1440))
    after = replace(before, notes=tuple(sorted((*other, *fresh), key=lambda n: n.onset)))
    one, two = (played(make_song((t,), bars=8, seed=4), style, "bass").notes for t in (before, after))
    outside = [[n for n in notes if not 3 * BAR - 100 <= n.onset < 4 * BAR - 100] for notes in (one, two)]
    assert [n[:3] for n in outside[0]] == [n[:3] for n in outside[1]]


def test_articulation_shapes_length() -> None:
    style = make_style(feel={"jitter_ms": 0.0, "velocity_spread": 0.0})
    lengths = {
        mark: played(make_song((line("lead", [0, 960, 1920], 480, articulation=mark),)), style, "lead")
        .notes[0]
        .duration
        for mark in ("staccato", "tenuto", "legato", "dead", "")
    }
    assert lengths["staccato"] == 240 and lengths["tenuto"] == 456 and lengths["legato"] > 480
    assert lengths["dead"] == round(60 * 0.96) and 440 < lengths[""] < 480


def test_strums_go_down_on_beats_and_up_between() -> None:
    style = make_style(feel={"jitter_ms": 0.0})
    chord = (48, 55, 60, 64)
    notes = tuple(Note(t, 240, KEY.spell(m), 80) for t in range(0, 4 * BAR, 240) for m in chord)
    heard = played(make_song((Track("guitar", "comp", "steel guitar", notes),)), style, "guitar").notes
    down = [n.number for n in heard if abs(n.onset - 960) < 60]
    up = [n.number for n in heard if abs(n.onset - 1200) < 60]
    assert down == sorted(chord) and up == sorted(chord, reverse=True)
    onsets = [n.onset for n in heard if abs(n.onset - 960) < 60]
    assert 15 <= onsets[-1] - onsets[0] <= 30  # 25 ms at 120 bpm are 24 ticks


def test_the_top_voice_of_a_chord_is_the_loudest() -> None:
    style = make_style(feel={"jitter_ms": 0.0, "velocity_spread": 0.0})
    notes = tuple(Note(0, 960, KEY.spell(m), 80) for m in (60, 64, 67, 72))
    heard = played(make_song((Track("piano", "comp", "piano", notes),)), style, "piano").notes
    levels = [n.velocity for n in heard]
    assert max(levels) == levels[-1] and min(levels) in levels[1:-1]


def test_grace_notes_come_before_their_main_note() -> None:
    style = make_style({"ratio": 2.0}, {"table": "taste", "late_ms": {"lead": 25.0}})
    track = Track(
        "lead", "lead", "tenor sax", (Note(180, 60, KEY.spell(62), 70, grace=True), Note(240, 720, KEY.spell(64), 80))
    )
    grace, main = played(make_song((track,), humanize=False), style, "lead").notes
    assert (grace.number, main.number) == (62, 64)
    assert main.onset - grace.onset == 60 and main.onset == 320 + 24
    assert grace.velocity < main.velocity


def test_the_pedal_changes_with_the_chords_that_sound() -> None:
    style = make_style(feel={"jitter_ms": 0.0, "pedal": {"piano": 1}})
    notes = tuple(Note(t, 480, KEY.spell(60 + t // BAR), 80) for t in range(0, 4 * BAR, 480))
    heard = played(make_song((Track("piano", "comp", "piano", notes),)), style, "piano")
    pedal = [(c.onset, c.value) for c in heard.controls if c.controller == 64]
    ups = [t for t, value in pedal if value == 0]
    assert [round(t / BAR) for t in ups] == [1, 2, 3, 4]
    assert all(0 < t - BAR * round(t / BAR) < 60 for t in ups[:-1])
    assert pedal[0][1] == 127 and [v for _, v in pedal] == [127, 0] * 4


def test_bends_reach_single_notes_alone() -> None:
    style = make_style(feel={"table": "blues"}, name="blues")
    lead = line("lead", range(0, 64 * BAR, 960), 700)
    alone = played(make_song((lead,), bars=64), style, "lead")
    assert any(c.controller == -1 and c.value for c in alone.controls)
    doubled = replace(
        lead,
        instrument="electric guitar",
        notes=tuple(m for n in lead.notes for m in (n, Note(n.onset, n.duration, KEY.spell(48), 80))),
    )
    together = played(make_song((doubled,), bars=64), style, "lead")
    assert not any(c.controller == -1 for c in together.controls)


def test_an_808_glides_from_slurred_notes() -> None:
    notes = (Note(0, 960, KEY.spell(36), 90, articulation="legato"), Note(960, 960, KEY.spell(38), 90))
    heard = played(make_song((Track("bass", "bass", "sub bass", notes),)), make_style(), "bass")
    values = [c.value for c in heard.controls if c.controller == -1]
    assert values[0] * heard.bend_range / 8192 == pytest.approx(-2, abs=0.01)
    assert values == sorted(values) and values[-1] == 0


def test_channels_programs_and_mix() -> None:
    tracks = [Track(f"v{i}", "counter", "violin" if i % 2 else "flute", ()) for i in range(17)]
    tracks[3:3] = [DRUMS_TRACK, Track("percussion", "percussion", "percussion", ())]
    done = perform(make_song(tuple(tracks)), make_style())
    channels = [t.channel for t in done.performance.tracks]
    assert channels[:6] == [0, 1, 2, 9, 9, 3]
    assert channels[-2:] == [1, 0]  # violin and flute join their own kind
    assert {t.program for t in done.performance.tracks if t.channel == 9} == {0}

    band = (line("lead", [0], 480), line("bass", [0], 480, 36), Track("guitar", "comp", "steel guitar"))
    done = perform(make_song(band), make_style())
    faders = {f.track: f for f in done.mix.faders}
    assert faders["bass"].gain_db == -6.0 and faders["guitar"].pan == -0.7 and faders["lead"].hall == 0.5
    heard = {t.name: t for t in done.performance.tracks}
    assert heard["lead"].pan == 64 and heard["guitar"].pan < 21 and heard["bass"].volume < heard["lead"].volume


def test_two_kits_on_one_channel_strike_a_piece_once() -> None:
    extra = Track(
        "percussion", "percussion", "percussion", tuple(Note(t, 60, Drum.HAT, 70) for t in range(0, BAR, 480))
    )
    tracks = perform(make_song((DRUMS_TRACK, extra), humanize=False), make_style()).performance.tracks
    heard = sorted((n.onset, n.onset + n.duration) for t in tracks for n in t.notes if n.number == 42)
    assert all(a[1] <= b[0] for a, b in zip(heard, heard[1:], strict=False))
