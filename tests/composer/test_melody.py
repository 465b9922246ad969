"""The lead over small songs built by hand: shape, chords, return, range, breath, closes, determinism."""

from __future__ import annotations

import pytest

from partimento.arrangement.style import MelodySpec, SectionSpec, Style, Swing
from partimento.composer.melody import write_lead, write_solo
from partimento.score.brief import Brief
from partimento.score.instruments import instrument
from partimento.score.song import (
    ChordSymbol,
    FinalBars,
    KeyChange,
    MeterChange,
    Note,
    Phrase,
    Section,
    Song,
    TempoChange,
)
from partimento.theory.chord import parse_chord
from partimento.theory.key import Key
from partimento.theory.meter import Meter
from partimento.theory.pitch import Pitch

POP = ("C", "G", "Am", "F")
JAZZ = ("Dm7", "G7", "Cmaj7", "Cmaj7")
BLUES = ("C7", "F7", "C7", "C7", "F7", "F7", "C7", "C7", "G7", "F7", "C7", "G7")
MINOR = ("Am", "Dm", "E7", "Am", "F", "Dm", "E7", "Am")

Form = tuple[tuple[str, int, str], ...]  # kind, bars, lead
SONG: Form = (
    ("verse", 8, "tune"), ("chorus", 8, "hook"), ("verse", 8, "tune"), ("chorus", 8, "hook"), ("chorus", 8, "hook"),
)  # fmt: skip


def style(**melody: object) -> Style:
    return Style.model_construct(
        name="test", swing=Swing(), references={}, parts=(), melody=MelodySpec(**melody),  # type: ignore[arg-type]
        sections={
            "verse": SectionSpec(energy=0.4), "chorus": SectionSpec(energy=0.8, register=5),
            "solo": SectionSpec(energy=0.7),
        },
    )  # fmt: skip


def song(
    chords: tuple[str, ...] = POP, key: str = "C", form: Form = SONG, meter: str = "4/4", seed: int = 1,
    ending: str = "held", push: int = 0, lift: int = 0,
) -> Song:
    m, home = Meter.parse(meter), Key.parse(key)
    sections, symbols, heard, tick = [], [], dict[str, int](), 0
    for index, (kind, bars, lead) in enumerate(form):
        up = lift if lift and index == len(form) - 1 else 0
        here = home.up(up)
        phrases, at, left = [], tick, bars
        for idea in ("a", "b", "a'", "c"):
            size = min(4, left)
            if size:
                close = "authentic" if left <= 4 else "open"
                phrases.append(Phrase(at, size * m.bar, close, idea if bars > 8 else ("a", "a'")[idea != "a"]))
                at, left = at + size * m.bar, left - size
        again, length = heard.get(kind, 0), bars * m.bar
        sections.append(Section(kind, kind, tick, length, 0.5, kind, again, here, "authentic", lead, tuple(phrases)))
        heard[kind] = heard.get(kind, 0) + 1
        for bar in range(bars):
            name = chords[bar % len(chords)]
            if index == len(form) - 1 and bar == bars - 1:
                name = home.tonic.name + ("m" if home.is_minor else "")
            symbols.append(
                ChordSymbol(tick + bar * m.bar, m.bar, parse_chord(name).up(up), here, "I", push if bar % 2 else 0)
            )
        tick += bars * m.bar
    return Song(
        "t", Brief(seed=seed), (MeterChange(0, m),), (TempoChange(0, 100.0),), (KeyChange(0, home),), tuple(sections),
        FinalBars(tick - 2 * m.bar, ending, ending), tuple(symbols),
    )  # fmt: skip


def lead(
    a_song: Song, a_style: Style | None = None, name: str = "voice", low: int = 55, high: int = 79
) -> tuple[Note, ...]:
    return write_lead(a_song, a_style or style(table="pop", span=17), instrument(name), low, high)[0]


def midi(note: Note) -> int:
    assert isinstance(note.pitch, Pitch)
    return note.pitch.midi


def inside(notes: tuple[Note, ...], section: Section) -> list[Note]:
    return [n for n in notes if section.start <= n.onset < section.end]


CASES = [
    (POP, "C", "4/4", style(table="pop", span=17)),
    (JAZZ, "C", "4/4", style(table="jazz", scale="chord", swing_lines=True, chromatic=0.12)),
    (BLUES, "C", "12/8", style(table="blues", scale="blues")),
    (MINOR, "A minor", "3/4", style(table="classical", ornaments=0.4)),
    (POP, "C", "6/8", style(table="folk_jig", density=8, ornaments=0.3)),
    (POP, "C", "2/4", style(table="none")),
    (POP, "C", "5/4", style(table="pop", scale="pentatonic")),
    (MINOR, "A minor", "7/8", style(table="rock", syncopation=0.6)),
]


@pytest.mark.parametrize(("chords", "key", "meter", "a_style"), CASES)
def test_one_note_at_a_time_inside_song_and_register(
    chords: tuple[str, ...], key: str, meter: str, a_style: Style
) -> None:
    form: Form = (("verse", 12, "tune"), ("chorus", 8, "hook"), ("solo", 8, "solo"), ("chorus", 8, "hook"))
    for seed in range(6):
        s = song(chords, key, form, meter, seed)
        notes = lead(s, a_style)
        assert len(notes) > 60
        for a, b in zip(notes, notes[1:], strict=False):
            assert a.onset + a.duration <= b.onset
        for n in notes:
            assert 55 <= midi(n) <= 79
            assert n.duration > 0 and n.onset >= 0 and n.onset + n.duration <= s.end
            assert 1 <= n.velocity <= 127


@pytest.mark.parametrize("kind", ["riff", "sparse", "fours", "solo", "none"])
def test_kinds_of_lead(kind: str) -> None:
    s = song(form=(("verse", 8, "tune"), ("solo", 16, kind), ("verse", 8, "tune")), seed=3)
    notes, full = lead(s), lead(song(form=(("verse", 8, "tune"), ("solo", 16, "tune"), ("verse", 8, "tune")), seed=3))
    bar = 1920
    part = inside(notes, s.sections[1])
    if kind == "none":
        assert not [n for n in part if n.onset < s.sections[1].end - bar]  # a pick-up may cross the edge
    elif kind == "sparse":
        assert 4 <= len(part) < 0.7 * len(inside(full, s.sections[1]))
    elif kind == "riff":
        rhythms = [tuple(n.onset % bar for n in part if n.onset // bar == i) for i in range(8, 16)]
        assert rhythms.count(rhythms[0]) + rhythms.count(rhythms[1]) >= 5
    elif kind == "fours":
        start = s.sections[1].start
        assert {(n.onset - start) // (4 * bar) for n in part if n.onset < s.sections[1].end - bar} == {0, 2}
    else:
        assert len(part) > 40


def test_a_return_is_recognisably_the_same() -> None:
    shared, total = 0, 0
    for seed in range(20):
        s = song(seed=seed)
        notes = lead(s)
        first, again = s.sections[1], s.sections[3]
        a = {(n.onset - first.start, midi(n)) for n in inside(notes, first)}
        b = {(n.onset - again.start, midi(n)) for n in inside(notes, again)}
        assert len(a & b) / len(a | b) > 0.3
        shared, total = shared + len(a & b), total + len(a | b)
    assert 0.65 < shared / total < 1.0


def test_the_chorus_lies_above_the_verse_and_the_last_one_holds_the_peak() -> None:
    rises, peaks = [], 0
    for seed in range(20):
        s = song(seed=seed)
        notes = lead(s)
        parts = [inside(notes, section) for section in s.sections[:2]]
        mean = [sum(map(midi, part)) / len(part) for part in parts]
        rises.append(mean[1] - mean[0])
        peaks += max(map(midi, notes)) == max(map(midi, inside(notes, s.sections[4])))
    assert sum(rises) / len(rises) >= 3
    assert peaks >= 18


def test_the_hook_comes_three_times_in_a_chorus_of_each_song() -> None:
    enough = 0
    for seed in range(20):
        s = song(seed=seed)
        chorus = s.sections[1]
        part = inside(lead(s), chorus)
        bars = [tuple(n.onset % 1920 for n in part if (n.onset - chorus.start) // 1920 == i) for i in range(8)]
        enough += max(bars.count(b) for b in bars if b) >= 3
    assert enough >= 17


def test_strong_dissonances_resolve_by_step() -> None:
    wrong = strong = 0
    for seed in range(20):
        s = song(MINOR, "A minor", seed=seed)
        notes = lead(s, style(table="classical", span=14, chromatic=0.0))
        for a, b in zip(notes, notes[1:], strict=False):
            chord = s.chords[a.onset // 1920].chord
            if a.onset % 960 or midi(a) % 12 in chord.numbers:
                continue
            strong += 1
            wrong += abs(midi(a) - midi(b)) > 2
    assert strong > 20
    assert wrong / strong < 0.25


def test_minor_raises_its_seventh_over_the_dominant() -> None:
    names = set()
    for seed in range(10):
        for n in lead(song(MINOR, "A minor", seed=seed), style(table="classical", chromatic=0.0)):
            assert isinstance(n.pitch, Pitch)
            if n.onset // 1920 % 8 in (2, 6) and n.onset % 1920 < 1200:
                names.add(n.pitch.pitch_class.name)
    assert "G#" in names
    assert not names & {"G", "Ab"}


def test_blue_notes_over_the_blues() -> None:
    tones = [midi(n) % 12 for seed in range(10) for n in lead(
        song(BLUES, form=(("verse", 12, "tune"),) * 3, seed=seed), style(table="blues", scale="blues"))]  # fmt: skip
    assert tones.count(3) + tones.count(10) > 0.12 * len(tones)
    assert tones.count(11) < 0.05 * len(tones)


@pytest.mark.parametrize("ending", ["held", "ring", "hit", "tag", "cadence", "vamp-out", "pickup-hit", "fade-layers"])
def test_endings_close_on_a_stable_tone(ending: str) -> None:
    on_tonic = 0
    for seed in range(12):
        s = song(seed=seed, ending=ending)
        last = lead(s)[-1]
        assert midi(last) % 12 in (0, 4, 7)
        on_tonic += midi(last) % 12 == 0
        assert last.duration <= 240 if ending in ("hit", "pickup-hit") else last.duration >= 960
    assert on_tonic >= 7


def test_wind_players_breathe() -> None:
    for seed in range(10):
        notes = lead(song(seed=seed), style(table="folk_reel", density=7.5), "flute", 60, 84)
        since = notes[0].onset
        for a, b in zip(notes, notes[1:], strict=False):
            if b.onset - a.onset - a.duration >= 120:
                since = b.onset
            assert b.onset + b.duration - since <= 6 * 1920


def test_a_key_lift_moves_the_tune_with_it() -> None:
    s = song(lift=2, seed=4)
    notes = lead(s, low=50, high=84)
    last = {midi(n) % 12 for n in inside(notes, s.sections[4])}
    scale = {(t + 2) % 12 for t in (0, 2, 4, 5, 7, 9, 11)}
    assert len(last & scale) >= len(last) - 1


def test_same_seed_same_notes_and_other_seeds_other_tunes() -> None:
    first, again = lead(song(seed=5)), lead(song(seed=5))
    assert first == again
    tunes = {tuple((n.onset, midi(n)) for n in lead(song(seed=seed))[:20]) for seed in range(20)}
    assert len(tunes) == 20


def test_sections_split_between_two_players_make_the_whole() -> None:
    s = song(form=(("verse", 8, "tune"), ("solo", 8, "solo"), ("verse", 8, "tune")), seed=2)
    a_style = style(table="pop")
    whole = lead(s, a_style)
    solo = write_solo(s, a_style, instrument("voice"), 55, 79)[0]
    rest = write_lead(s, a_style, instrument("voice"), 55, 79, only_sections=(0, 2))[0]
    assert {(n.onset, n.pitch) for n in (*solo, *rest)} == {(n.onset, n.pitch) for n in whole}
    assert {1} == {s.sections.index(x) for x in s.sections if any(x.start <= n.onset < x.end for n in solo)}


def test_decisions_tell_what_the_song_holds() -> None:
    s = song(seed=6)
    notes, decisions = write_lead(s, style(table="pop"), instrument("voice"), 55, 79)
    rules = {d.rule for d in decisions}
    assert {"melody.traits", "melody.motif", "melody.return", "melody.climax", "melody.ending"} <= rules
    climax = next(d for d in decisions if d.rule == "melody.climax")
    assert any(n.onset == climax.where.start and midi(n) == climax.value("pitch") for n in notes)
    motif = next(d for d in decisions if d.rule == "melody.motif")
    tonic = s.sections[0].key.tonic.number
    bars = [n for n in notes if n.onset < 1920]
    assert str(motif.value("motif")).split() == [str((midi(n) - tonic) % 12) for n in bars]


def test_pushed_chords_are_heard_early() -> None:
    fits = total = 0
    for seed in range(20):
        s = song(seed=seed, push=240)
        for n in lead(s, style(table="pop", syncopation=0.8)):
            if n.onset % 3840 == 1920 - 240 and n.duration >= 480:
                total += 1
                fits += midi(n) % 12 in s.chords[n.onset // 1920 + 1].chord.numbers
    assert total > 5
    assert fits / total > 0.6
