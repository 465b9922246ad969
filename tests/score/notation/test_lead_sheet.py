"""The lead sheet says the song's tune and chords, exactly, whatever was folded; and it reads as a chart does."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from partimento.composer.compose import compose
from partimento.score.brief import Brief
from partimento.score.notation.lead_sheet import BARS_A_LINE, lead_sheet
from partimento.score.notation.lead_sheet_melody import changes, melody
from partimento.score.notation.lead_sheet_words import joined_names, style_words
from partimento.score.notation.page import Page
from partimento.score.notation.page_notes import page_notes
from partimento.score.notation.repeats import play_order, unfolded
from partimento.score.song import (
    ChordSymbol,
    FinalBars,
    KeyChange,
    MeterChange,
    Note,
    Section,
    Song,
    TempoChange,
    Track,
)
from partimento.theory.chord import parse_chord
from partimento.theory.errors import ScoreFormatError
from partimento.theory.key import Key
from partimento.theory.meter import Meter
from partimento.theory.pitch import Pitch

KEY = Key.parse("F")
CHORDS = ("F", "Gm7", "C7", "Bbmaj7", "Am7b5/Eb", "D7alt")
KINDS = ("tune", "bridge", "solo")


@st.composite
def sections(draw: st.DrawFn, meter: Meter) -> tuple[list[Note], list[tuple[int, str]], int]:
    """A section's notes, its chords (tick, symbol) and its bars; notes may ring into what follows."""
    bars = draw(st.sampled_from((1, 2, 4, 5, 8)))
    length = bars * meter.bar
    grid = range(0, length, meter.unit // 2)
    onsets = sorted(draw(st.sets(st.sampled_from(grid), max_size=8)))
    notes = []
    for onset in onsets:
        pitch = Pitch(draw(st.sampled_from("CDEFGAB")), 0, draw(st.integers(4, 5)))
        notes.append(Note(onset, draw(st.sampled_from((60, 120, 240, 480, 1920))), pitch))
        if draw(st.integers(0, 7)) == 0 and onset:
            notes.append(Note(onset - 60, 60, Pitch("D", 1, 5), grace=True))
    places = sorted(draw(st.sets(st.sampled_from(range(0, length, meter.unit)), max_size=3)))
    return notes, [(place, draw(st.sampled_from(CHORDS))) for place in places], bars


@st.composite
def returning_songs(draw: st.DrawFn) -> Song:
    """Songs whose sections return, some changed, with a pick-up, solos, and holes between chords at times."""
    meter = Meter.parse(draw(st.sampled_from(("4/4", "3/4", "6/8"))))
    stock = draw(st.lists(sections(meter), min_size=1, max_size=3))
    start = draw(st.sampled_from((0, meter.unit)))
    meters = [MeterChange(0, meter)]
    if start:
        meters = [MeterChange(0, Meter(1, meter.denominator)), MeterChange(start, meter)]
    notes: list[Note] = []
    chords: list[ChordSymbol] = []
    made: list[Section] = []
    tick = start
    for i in range(draw(st.integers(1, 7))):
        index = draw(st.integers(0, len(stock) - 1))
        own, symbols, bars = stock[index]
        length = bars * meter.bar
        changed = draw(st.integers(0, len(own))) if draw(st.booleans()) else len(own)
        notes += [replace(note, onset=tick + note.onset) for note in own[:changed] + own[changed + 1 :]]
        ends = [place for place, _ in symbols[1:]] + [length - draw(st.sampled_from((0, 0, meter.unit)))]
        for (place, name), end in zip(symbols, ends, strict=False):
            if end > place:
                chords.append(ChordSymbol(tick + place, end - place, parse_chord(name), KEY, "I"))
        lead = "solo" if KINDS[index] == "solo" and draw(st.booleans()) else "tune"
        first = 0 if not made else tick
        made.append(
            Section(f"{KINDS[index]} {i}", KINDS[index], first, tick + length - first, 0.5, "A", 0, KEY, "open", lead)
        )
        tick += length
    return Song(
        "Random", Brief(), tuple(meters), (TempoChange(0, 120.0),), (KeyChange(0, KEY),), tuple(made),
        FinalBars(tick, "held", "end"), tuple(chords), (Track("Tune", "lead", "voice", tuple(notes)),),
    )  # fmt: skip


def heard_notes(page: Page) -> list[tuple[int, int, str, bool]]:
    heard = page_notes(page, "Melody")
    return sorted((n.onset, n.duration, str(n.pitch), n.grace) for n in heard)


def tune(song: Song) -> list[tuple[int, int, str, bool]]:
    """The melody, its grace notes as a page has them: without length, on their main note."""
    notes = melody(song).notes
    mains = [note.onset for note in notes if not note.grace]
    out = []
    for note in notes:
        onset = min((m for m in mains if m >= note.onset), default=note.onset) if note.grace else note.onset
        out.append((onset, 0 if note.grace else note.duration, str(note.pitch), note.grace))
    return sorted(out)


def heard_chords(page: Page) -> list[tuple[int, str]]:
    """The changes: a symbol that repeats the one before it changes nothing."""
    out: list[tuple[int, str]] = []
    for measure in page.parts[0].measures:
        for harmony in measure.harmonies:
            name = harmony.chord.name if harmony.chord else "N.C."
            if (out[-1][1] if out else "N.C.") != name:
                out.append((harmony.onset, name))
    return out


def written_chords(song: Song) -> list[tuple[int, str]]:
    found = changes(song)
    names = [(tick, c.name if c else "N.C.") for tick, c in zip(found.ticks, found.chords, strict=True)]
    return names if names[0][1] != "N.C." else names[1:]


@given(returning_songs())
@settings(max_examples=100)
def test_the_sheet_unfolds_to_the_song(song: Song) -> None:
    page = lead_sheet(song)
    played = unfolded(page)
    assert heard_notes(played) == tune(song)
    assert heard_chords(played) == written_chords(song)
    assert played.end == song.end
    assert len(page.bars) <= len(played.bars)


@given(returning_songs())
@settings(max_examples=40)
def test_symbols_are_where_a_reader_arrives(song: Song) -> None:
    """Where a chord holds, it is printed at the first bar of a section, of a repeat and of an ending."""
    page = lead_sheet(song)
    held = False
    for i in play_order(page.bars):
        bar, harmonies = page.bars[i], page.parts[0].measures[i].harmonies
        if held and (bar.section or bar.repeat_start or bar.volta_start):
            assert [harmony.onset for harmony in harmonies][:1] == [bar.start]
        held = harmonies[-1].chord is not None if harmonies else held


@given(returning_songs())
@settings(max_examples=40)
def test_lines_are_four_bars_or_so(song: Song) -> None:
    run = 0
    for bar in lead_sheet(song).bars:
        run = 0 if bar.new_system else run
        run += 0 if bar.implicit else 1
        assert run <= BARS_A_LINE + 4  # an ending is not torn from its body


def bar_song(*names: str, notes: str = "CDEF") -> Song:
    """Sections of four bars of one chord; a quarter a letter where the section's name has a capital."""
    lead, chords, made = [], [], []
    for i, name in enumerate(names):
        start = i * 4 * 1920
        if name[0].isupper():
            for bar in range(4):
                lead += [Note(start + bar * 1920 + k * 480, 480, Pitch(letter, 0, 4)) for k, letter in enumerate(notes)]
        chords.append(ChordSymbol(start, 4 * 1920, parse_chord("F"), KEY, "I", 240))
        kind = name.split()[0].lower()
        made.append(
            Section(name, kind, start, 4 * 1920, 0.5, kind, 0, KEY, "open", "solo" if kind == "solo" else "tune")
        )
    end = 4 * 1920 * len(names)
    return Song(
        "Chart", Brief(genre="rock"), (MeterChange(0, Meter(4, 4)),), (TempoChange(0, 140.0),), (KeyChange(0, KEY),),
        tuple(made), FinalBars(end, "held", "end"), tuple(chords), (Track("Voice", "lead", "voice", tuple(lead)),),
    )  # fmt: skip


def outline(page: Page) -> str:
    """Marks, repeats and what the bars hold: `t` tune, `/` slashes, `-` rest."""
    out = []
    for bar, measure in zip(page.bars, page.parts[0].measures, strict=True):
        event = measure.voices[0].events[0]
        out.append(f"[{bar.section}]" if bar.section else "")
        out.append("|:" if bar.repeat_start else "")
        out.append("-" if not event.notes else "/" if event.notes[0].head == "slash" else "t")
        out.append(f":{bar.repeat_end}|" if bar.repeat_end else "")
    return "".join(out)


def test_sections_that_return_are_printed_once() -> None:
    page = lead_sheet(bar_song("intro", "Verse 1", "Verse 2", "Verse 3", "solo 1", "solo 2", "Verse 4"))
    assert outline(page) == "[intro]////[Verse 1–3]|:tttt:3|[solo 1/2]|:////:2|[Verse 4]tttt"
    words = [d.text for m in page.parts[0].measures for d in m.directions]
    assert words == ["3\N{MULTIPLICATION SIGN}"]
    assert page.tempos[0].text == "Bright Rock" and page.tempos[0].bpm == 140
    assert [bar.number for bar in page.bars if bar.new_system] == [5, 9, 13]


def test_a_solo_with_notes_is_slashed_and_named() -> None:
    song = bar_song("Verse 1", "Break 1", "Verse 2")
    made = tuple(replace(s, lead="solo") if s.name == "Break 1" else s for s in song.sections)
    page = lead_sheet(replace(song, sections=made))
    assert outline(page) == "[Verse 1]tttt[Break 1]////[Verse 2]tttt"
    assert [d.text for m in page.parts[0].measures for d in m.directions] == ["Solo"]


def test_a_second_lead_takes_over_where_it_plays_alone() -> None:
    song = bar_song("Verse 1", "verse 2", "Verse 3")
    answer = Track("Flute", "lead", "flute", (Note(4 * 1920, 1920, Pitch.parse("A5")), Note(0, 480, Pitch.parse("C6"))))
    page = lead_sheet(replace(song, tracks=(*song.tracks, answer)))
    heard = heard_notes(unfolded(page))
    assert (4 * 1920, 1920, "A5", False) in heard and "C6" not in [pitch for _, _, pitch, _ in heard]
    named = [d.text for m in page.parts[0].measures for d in m.directions if d.kind == "words"]
    assert named == ["Flute", "Voice"]


def test_a_song_without_a_tune_is_a_chord_chart() -> None:
    page = lead_sheet(replace(bar_song("intro", "groove"), tracks=()))
    assert outline(page) == "[intro]////[groove]////"
    assert heard_chords(unfolded(page)) == [(0, "F")]


def test_a_song_without_bars_is_refused() -> None:
    with pytest.raises(ScoreFormatError, match="no bars"):
        lead_sheet(replace(bar_song("Verse 1"), sections=(), tracks=(), chords=()))


@pytest.mark.parametrize(
    ("name", "low", "clef"),
    [("C", 0, "treble"), ("G", -1, "treble8vb"), ("C", -2, "bass"), ("C", 3, "treble8va")],
)
def test_the_clef_is_where_the_tune_lies(name: str, low: int, clef: str) -> None:
    song = bar_song("Verse 1")
    notes = tuple(replace(note, pitch=Pitch(name, 0, 4 + low)) for note in song.tracks[0].notes)
    page = lead_sheet(replace(song, tracks=(replace(song.tracks[0], notes=notes),)))
    assert page.parts[0].clefs == (clef,)
    assert heard_notes(unfolded(page))[0][2] == f"{name}{4 + low}"


@pytest.mark.parametrize(
    ("names", "joined"),
    [
        (("Verse 1", "Verse 2"), "Verse 1/2"),
        (("Verse 1", "Verse 2", "Verse 3"), "Verse 1–3"),
        (("Verse 1", "Verse 2", "Verse 4"), "Verse 1/2/4"),
        (("A", "A"), "A"),
        (("Head", "Last"), "Head / Last"),
    ],
)
def test_names_of_sections_printed_once(names: tuple[str, ...], joined: str) -> None:
    assert joined_names(names) == joined


@pytest.mark.parametrize(
    ("genre", "swing", "bpm", "words"),
    [
        ("jazz", "eighth", 120.0, "Medium Swing"),
        ("jazz", "eighth", 2000.0, "Up Swing"),
        ("jazz", "", 140.0, "Bright Jazz, straight eighths"),
        ("bossa", "", 130.0, "Bossa Nova"),
        ("blues", "eighth", 70.0, "Slow Shuffle"),
        ("blues", "", 60.0, "Slow Blues"),
        ("rock", "", 150.0, "Bright Rock"),
        ("classical", "", 100.0, "Moderato"),
        ("", "", 100.0, ""),
    ],
)
def test_style_words(genre: str, swing: str, bpm: float, words: str) -> None:
    assert style_words(genre, swing, bpm, False) == words


@cache
def composed(genre: str) -> Song:
    return compose(Brief(genre=genre, seed=3))


@pytest.mark.parametrize("genre", ["jazz", "folk", "blues", "ambient"])
def test_composed_songs(genre: str) -> None:
    song = composed(genre)
    page = lead_sheet(song)
    played = unfolded(page)
    assert heard_notes(played) == tune(song)
    assert heard_chords(played) == written_chords(song)
    assert page.kind == "lead sheet" and len(page.parts) == 1 and page.parts[0].transposes == (0, 0)


def test_choruses_of_solos_are_one_repeat() -> None:
    """A jazz chart of two hundred bars is folded to less than half."""
    page = lead_sheet(composed("jazz"))
    assert len(page.bars) < len(unfolded(page).bars) / 2
