"""Laws of a tune that sings, over seeds: quick notes, runs, rate, hook, goal notes, climax, solos, ornaments."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from partimento.arrangement.style import MelodySpec, SectionSpec, Style, Swing
from partimento.composer.melody import write_lead
from partimento.composer.melody_critic import figure_flaw, line_flaw, rhythm_flaw
from partimento.composer.melody_harmony import harmony_of
from partimento.composer.melody_mend import SUNG_LEAP, mend
from partimento.composer.melody_pitch import LineDrawer, PitchTraits, Slot
from partimento.composer.solo_lines import fill
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
from partimento.score.stream import Stream
from partimento.theory.chord import parse_chord
from partimento.theory.key import Key
from partimento.theory.meter import Meter
from partimento.theory.pitch import Pitch

BAR = 1920
POP = ("C", "G", "Am", "F")
CHANGES = ("Dm7", "G7", "Cmaj7", "A7b9")


def style(**melody: object) -> Style:
    return Style.model_construct(
        name="test", swing=Swing(), references={}, parts=(), melody=MelodySpec(**melody),  # type: ignore[arg-type]
        sections={"verse": SectionSpec(energy=0.4), "chorus": SectionSpec(energy=0.8, register=5)},
    )  # fmt: skip


def song(seed: int, tempo: float = 100.0, chords: tuple[str, ...] = POP, kinds: str = "vcvcc", lead: str = "") -> Song:
    key, meter = Key.parse("C"), Meter.parse("4/4")
    sections, symbols = [], []
    for index, letter in enumerate(kinds):
        kind, role = ("verse", lead or "tune") if letter == "v" else ("chorus", lead or "hook")
        start = index * 8 * BAR
        phrases = (Phrase(start, 4 * BAR, "open", "a"), Phrase(start + 4 * BAR, 4 * BAR, "authentic", "a'"))
        again = kinds[:index].count(letter)
        sections.append(Section(kind, kind, start, 8 * BAR, 0.5, kind, again, key, "authentic", role, phrases))
        symbols += [ChordSymbol(start + b * BAR, BAR, parse_chord(chords[b % len(chords)]), key, "I") for b in range(8)]
    end = len(kinds) * 8 * BAR
    return Song(
        "t", Brief(seed=seed), (MeterChange(0, meter),), (TempoChange(0, tempo),), (KeyChange(0, key),),
        tuple(sections), FinalBars(end - 2 * BAR, "held", "held"), tuple(symbols),
    )  # fmt: skip


def tune(a_song: Song, **melody: object) -> list[Note]:
    wanted: dict[str, object] = {"table": "pop", "span": 17, "density": 5.8, "syncopation": 0.45, **melody}
    notes = write_lead(a_song, style(**wanted), instrument("voice"), 55, 79)[0]
    return [n for n in notes if not n.grace]


def midi(note: Note) -> int:
    assert isinstance(note.pitch, Pitch)
    return note.pitch.midi


@settings(max_examples=40)
@given(
    st.integers(0, 10_000),
    st.sampled_from([70.0, 96.0, 124.0, 165.0]),
    st.sampled_from(["pop", "rock", "soul", "country"]),
)
def test_quick_notes_do_not_leap_twice_nor_far(seed: int, tempo: float, table: str) -> None:
    notes = tune(song(seed, tempo), table=table)
    quick = tempo * 8 * 0.2  # a fifth of a second
    before = 0
    for a, b in zip(notes, notes[1:], strict=False):
        leap = abs(midi(b) - midi(a))
        if b.onset - a.onset > quick:
            before = 0
            continue
        assert leap <= 7
        assert leap <= 4 or before <= 4
        before = leap


def test_quick_notes_mostly_step_or_repeat() -> None:
    moves = [
        abs(midi(b) - midi(a))
        for seed in range(30)
        for notes in [tune(song(seed, 90.0))]
        for a, b in zip(notes, notes[1:], strict=False)
        if b.onset - a.onset <= 144
    ]
    assert len(moves) > 100
    assert sum(m > 4 for m in moves) < 0.03 * len(moves)
    assert sum(m <= 2 for m in moves) > 0.75 * len(moves)


@settings(max_examples=30)
@given(st.integers(0, 10_000), st.sampled_from(["pop", "rock", "blues", "country"]))
def test_no_pitch_sounds_more_than_seven_times_running(seed: int, table: str) -> None:
    notes = tune(song(seed), table=table, scale="blues" if table == "blues" else "key")
    run = longest = 1
    for a, b in zip(notes, notes[1:], strict=False):
        # A wait of two beats ends what the ear takes for one run.
        run = run + 1 if midi(a) == midi(b) and b.onset - a.onset < 960 else 1
        longest = max(longest, run)
    assert longest <= 7


@settings(max_examples=30)
@given(st.integers(0, 10_000), st.sampled_from([72.0, 93.0, 128.0, 170.0]))
def test_a_tune_is_not_patter(seed: int, tempo: float) -> None:
    onsets = [n.onset for n in tune(song(seed, tempo))]
    window = tempo * 16  # two seconds
    most = first = 0
    for last, tick in enumerate(onsets):
        while tick - onsets[first] >= window:
            first += 1
        most = max(most, last - first + 1)
    assert most <= 13
    assert len(onsets) / (onsets[-1] / (tempo * 8)) <= 4.5


def test_phrases_have_short_and_long_and_end_on_a_goal() -> None:
    goals = phrases = contrast = 0
    for seed in range(20):
        s = song(seed)
        notes = tune(s)
        for section in s.sections:
            for phrase in section.phrases:
                # A pick-up before the next phrase is that phrase's own.
                part = [n for n in notes if phrase.start <= n.onset < phrase.start + phrase.length - 480]
                if len(part) < 5:
                    continue
                waits = [b.onset - a.onset for a, b in zip(part, part[1:], strict=False)]
                usual = sorted(waits)[len(waits) // 2]
                phrases += 1
                goals += part[-1].duration >= 1.5 * usual or part[-1].duration >= max(waits)
                contrast += max(waits) >= 2 * min(waits)
    assert phrases > 150
    assert goals >= 0.85 * phrases
    assert contrast >= 0.85 * phrases


def test_the_hook_is_a_figure_and_comes_three_times() -> None:
    for seed in range(25):
        s = song(seed)
        chorus = s.sections[1]
        notes = [n for n in tune(s) if chorus.start <= n.onset < chorus.start + chorus.length]
        bars = [tuple(n.onset % BAR for n in notes if (n.onset - chorus.start) // BAR == i) for i in range(8)]
        hooks = [b for b in bars if len(b) >= 3 and bars.count(b) >= 3]
        assert hooks, f"seed {seed}: {bars}"
        assert len(hooks[0]) <= 9


def test_the_climax_lies_in_the_last_chorus_and_is_not_passed_by() -> None:
    inside = long_ = 0
    for seed in range(20):
        s = song(seed)
        notes = tune(s)
        top = max(map(midi, notes))
        peaks = [n for n in notes if midi(n) == top]
        inside += any(n.onset >= s.sections[4].start for n in peaks)
        long_ += any(n.duration >= 240 for n in peaks if n.onset >= s.sections[4].start)
    assert inside >= 19
    assert long_ >= 19


def test_songs_of_one_style_differ_in_density_range_and_motion() -> None:
    density, steps, tops = [], [], []
    for seed in range(30):
        notes = tune(song(seed))
        moves = [abs(midi(b) - midi(a)) for a, b in zip(notes, notes[1:], strict=False)]
        density.append(len(notes) / 40)
        steps.append(sum(1 <= m <= 2 for m in moves) / len(moves))
        tops.append(max(map(midi, notes)) - min(map(midi, notes)))
    assert max(density) - min(density) > 2.5
    assert max(steps) - min(steps) > 0.25
    assert max(tops) - min(tops) >= 6


def test_a_jazz_solo_has_phrases_with_rests_and_aims_at_chord_tones() -> None:
    strong = hits = chromatic = notes_ = rests = 0
    lengths = set()
    for seed in range(12):
        s = song(seed, 160.0, CHANGES, "vvv", "solo")
        notes = tune(s, table="jazz", scale="chord", swing_lines=True, chromatic=0.16)
        at = notes[0].onset
        for a, b in zip(notes, notes[1:], strict=False):
            chord = s.chords[a.onset // BAR].chord
            notes_ += 1
            chromatic += midi(a) % 12 not in {0, 2, 4, 5, 7, 9, 11}
            if a.onset % 960 == 0:
                strong += 1
                hits += midi(a) % 12 in chord.numbers
            if b.onset - a.onset - a.duration >= 480:
                rests += 1
                lengths.add((a.onset + a.duration - at) // 960)
                at = b.onset
            if b.onset - a.onset <= 240:
                assert abs(midi(b) - midi(a)) <= 12
    assert hits > 0.85 * strong > 50
    assert rests >= 12 * 5
    assert len(lengths) >= 4
    assert 0.05 * notes_ < chromatic < 0.4 * notes_


def test_soloists_take_up_what_they_played() -> None:
    taken = set()
    for seed in range(6):
        s = song(seed, 120.0, CHANGES, "vvv", "solo")
        told = write_lead(
            s, style(table="jazz", scale="chord", swing_lines=True, chromatic=0.16), instrument("tenor sax"), 50, 76
        )[1]
        taken |= {d.value("taken up") for d in told if d.rule == "melody.solo"}
    assert taken == {"new", "rhythm", "sequence"}


@pytest.mark.parametrize(("table", "most"), [("folk_reel", 3), ("classical", 8), ("country", 1)])
def test_ornaments_are_graces_next_to_their_notes(table: str, most: int) -> None:
    seen = 0
    for seed in range(8):
        notes = write_lead(
            song(seed), style(table=table, ornaments=0.6, chromatic=0.0, density=5.0), instrument("violin"), 55, 84
        )[0]
        run = 0
        for a, b in zip(notes, notes[1:], strict=False):
            assert a.onset + a.duration <= b.onset
            run = run + 1 if a.grace else 0
            assert run <= most
            if a.grace:
                seen += 1
                assert a.duration <= 120
                assert abs(midi(a) - midi(b)) <= 4
    assert seen > 20


def slot(tick: int, duration: int, quick: bool = True) -> Slot:
    harmony = harmony_of(parse_chord("C"), Key.parse("C"), "key", False)
    return Slot(tick, duration, harmony, tick % 480 == 0, 67.0, quick=quick)


@given(st.lists(st.sampled_from([60, 62, 64, 65, 67, 69, 71, 72, 74, 76]), min_size=2, max_size=16))
def test_mended_lines_have_no_far_quick_leaps_but_one(line: list[int]) -> None:
    drawer = LineDrawer(PitchTraits(), 55, 79)
    slots = [slot(120 * i, 120) for i in range(len(line))]
    out = mend(line, slots, drawer)
    assert len(out) == len(line)
    assert sum(abs(b - a) > SUNG_LEAP for a, b in zip(out, out[1:], strict=False)) <= sum(
        abs(b - a) > SUNG_LEAP for a, b in zip(line, line[1:], strict=False)
    )
    if all(abs(b - a) <= 4 for a, b in zip(line, line[1:], strict=False)) and len(set(line)) == len(line):
        assert out == line


@given(st.integers(55, 79), st.integers(55, 79), st.integers(1, 5), st.integers(0, 500))
def test_solo_cells_fill_what_they_are_asked_to(start: int, target: int, count: int, seed: int) -> None:
    harmony = harmony_of(parse_chord("G7"), Key.parse("C"), "chord", True)
    tones, _ = fill(start, target, count, harmony, 50, 84, False, 0.16, "", Stream(seed, "cell"))
    assert len(tones) == count
    line = (start, *tones, target)
    if abs(target - start) <= 7:
        assert all(abs(b - a) <= 9 for a, b in zip(line, line[1:], strict=False))


def test_the_critic_hears_what_is_wrong() -> None:
    arch = [60, 62, 64, 67, 69, 67, 65, 64, 62, 60]
    rocking = [64, 65, 64, 65, 64, 65, 64, 65, 64, 65]
    leaps = [60, 67, 74, 60, 72, 62, 71, 60, 69, 60]
    slots = [slot(240 * i, 240, False) for i in range(10)]
    assert line_flaw(arch, slots) < line_flaw(rocking, slots)
    assert line_flaw(arch, slots) < line_flaw(leaps, slots)
    even = list(range(0, 4 * BAR, 240))
    shaped = [0, 240, 480, 960, 1920, 2160, 2400, 2880, 3840, 4080, 4320, 4800, 5760]
    assert rhythm_flaw(shaped, 4 * BAR, 480, 160, 10, 800) < rhythm_flaw(even, 4 * BAR, 480, 160, 10, 800)
    assert figure_flaw((0, 240, 720, 960), BAR, 480) < figure_flaw(tuple(range(0, BAR, 240)), BAR, 480)
    assert figure_flaw((0, 240, 720, 960), BAR, 480) < figure_flaw((0,), BAR, 480)
