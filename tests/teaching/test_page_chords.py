"""What a page tells of one chord, at every level, and pages of some bars alone."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from functools import cache
from typing import Any

import pytest

from partimento.score.as_piece import piece_of
from partimento.score.decision import Decision, Where
from partimento.score.song import ChordSymbol
from partimento.score.timeline import Timeline
from partimento.teaching.claim import LEVELS
from partimento.teaching.explaining import explain, explain_chords, subject_of
from partimento.teaching.glossary.drawing import example_page
from partimento.teaching.glossary.entries import entries
from partimento.teaching.glossary.example import example_of
from partimento.teaching.glossary.playing import performed
from partimento.teaching.naming import Naming
from partimento.teaching.page.engraved import engraved
from partimento.teaching.page.explained import Explained, explanation_page
from partimento.teaching.page.marks import marked_chords
from partimento.teaching.page.score_parts import view_page
from partimento.teaching.reading import Source
from partimento.theory.chord import parse_chord
from partimento.theory.errors import RenderError
from partimento.theory.key import Key
from tests.teaching.told import song_of, told

BARS = (2, 3)


@cache
def excerpt(level: str = "intermediate") -> tuple[Explained, str]:
    """Two bars out of a period, and their page."""
    whole = told("period", level)
    some = replace(whole, statements=explain(whole.subject, level, bars=BARS), bars=BARS)
    return some, explanation_page(some)


def data(text: str) -> dict[str, Any]:
    found = re.search(r'id="data">(.*?)</script>', text, re.DOTALL)
    assert found is not None
    loaded: dict[str, Any] = json.loads(found[1])
    return loaded


def test_some_bars_are_drawn_alone_under_their_own_numbers() -> None:
    some, text = excerpt()
    assert some.span == (1920, 5760)
    page = view_page(some.subject, "full", some.span)
    assert [bar.number for bar in page.bars] == [2, 3] and page.bars[0].shows_meter and page.bars[0].shows_key
    drawn = engraved(page)
    inside = [n for t in some.subject.song.tracks for n in t.notes if 1920 <= n.onset < 5760]
    assert sorted(drawn.notes.values()) == sorted((n.onset, n.number) for n in inside)
    assert "measures 2–3 of 8" in text and "Play these measures" in text


def test_some_bars_have_their_own_chords_and_times() -> None:
    some, text = excerpt()
    found, line = data(text), Timeline(some.subject.song)
    assert found["span"] == [round(1000 * line.seconds_at(tick)) for tick in (1920, 5760)]
    assert found["chords"] and all(c["b"] > found["span"][0] and c["a"] < found["span"][1] for c in found["chords"])
    assert len(found["chords"]) < len(some.subject.music.harmony)


def test_bars_without_a_note_are_not_drawn() -> None:
    subject = told("period").subject
    song = subject.song
    early = tuple(replace(t, notes=tuple(n for n in t.notes if n.onset < 1920)) for t in song.tracks)
    silent = subject_of(Source(replace(song, tracks=early), subject.piece, False))
    with pytest.raises(RenderError, match="no note sounds in these bars"):
        view_page(silent, "full", (1920, 5760))


def test_a_tied_note_is_cut_at_the_first_bar() -> None:
    song = song_of("period")
    first = song.tracks[0]
    long = replace(first, notes=(replace(first.notes[0], onset=960, duration=1920),))
    subject = subject_of(Source(replace(song, tracks=(long,)), piece_of(song), False))
    page = view_page(subject, "full", (1920, 3840))
    events = [e for m in page.parts[0].measures for v in m.voices for e in v.events if e.notes]
    assert [(e.onset, e.duration) for e in events] == [(1920, 960)]


def test_symbols_have_the_readers_names() -> None:
    symbols = example_page(example_of(entries()["reharmonization"].example))
    german = "".join(engraved(symbols, naming=Naming(notes="german")).sheets)
    assert ">Des7<" in german.replace("\n", "") and "D♭" not in german
    solfege = "".join(engraved(symbols, naming=Naming(notes="solfege")).sheets)
    assert ">Do<" in solfege and ">Lam7<" in solfege


def test_beginners_read_no_numerals() -> None:
    text = explanation_page(told("period", "beginner"))
    found = data(text)["chords"]
    assert found and all(chord["n"] == "" and chord["w"] == "" for chord in found)
    score = text.partition('class="sheet"')[2].partition('id="why"')[0]
    assert ">home</" in re.sub(r"\s", "", score) and not re.search(r">\s*(?:V|IV|ii)[⁶⁷]?\s*<", score)
    table = text.partition("<table>")[2].partition("</table>")[0]
    assert "Numeral" not in table and "<td>V" not in table
    assert "the music can rest" in text


@pytest.mark.parametrize("level", LEVELS)
def test_each_level_tells_of_the_cadence_where_it_is(level: str) -> None:
    some = told("perfect-authentic-cadence", level)
    chords = marked_chords(some.subject, (), some.reasons, some.naming, level)
    word = "full stop" if level == "beginner" else "perfect authentic cadence"
    assert [any(word in text for text, _ in chord.reasons) for chord in chords] == [False, False, False, True]


@pytest.mark.parametrize("level", LEVELS)
def test_each_level_tells_of_the_tones_over_a_chord(level: str) -> None:
    some = told("passing-tone", level)
    chords = marked_chords(some.subject, (), some.reasons, some.naming, level)
    said = [text for chord in chords for text, terms in chord.reasons if "passing-tone" in terms]
    assert said and all("passing tone" in text and "of this chord" in text for text in said)


def _recorded(*decisions: Decision, level: str = "intermediate") -> list[str]:
    """What is told of the second chord, ii6, of a song with these decisions."""
    song = song_of("perfect-authentic-cadence")
    found = told().subject.music.harmony
    chords = tuple(ChordSymbol(h.start, h.end - h.start, h.chord, h.key, h.numeral) for h in found)
    song = replace(song, chords=chords, decisions=decisions)
    subject = subject_of(Source(song, piece_of(song), True))
    chord = marked_chords(subject, (), explain_chords(subject, level), Naming(), level)[1]
    return [text for text, _ in chord.reasons]


def _decision(rule: str, *values: tuple[str, str], others: tuple[tuple[str, int], ...] = ()) -> Decision:
    start = told().subject.music.harmony[1].start
    return Decision(Where(0, "", start, start + 480), "chord", rule, values, others)


def test_what_else_was_possible_is_told_from_the_record() -> None:
    chain = _decision("harmony.chain", ("numeral", "ii"), others=(("IV", 34), ("ii", 31), ("vi", 22)))
    assert "IV or vi could have stood here as well." in _recorded(chain)
    assert "F or Am could have stood here as well." in _recorded(chain, level="beginner")
    loop = _decision("harmony.loop", ("cycle", "I | ii6 | V | I"), others=(("I | vi", 3), ("I | ii6 | V | I", 2)))
    assert "Another loop could have gone here: I | vi." in _recorded(loop)
    change = _decision("harmony.inversion", ("from", "ii"), ("to", "ii6"))
    assert "The plan had ii here at first." in _recorded(change)


def test_a_record_that_the_chord_no_longer_keeps_is_not_told() -> None:
    other = _decision("harmony.chain", ("numeral", "vi"), others=(("IV", 34), ("vi", 22)))
    change = _decision("harmony.inversion", ("from", "ii"), ("to", "ii65"))
    loop = _decision("harmony.loop", ("cycle", "I | V"), others=(("I | vi", 3),))
    assert not any("could have" in text or "at first" in text for text in _recorded(other, change, loop))


def test_a_written_chord_that_does_not_sound_is_not_explained_away() -> None:
    song = song_of("perfect-authentic-cadence")
    chord = ChordSymbol(0, song.end, parse_chord("F#7"), Key.parse("C"), "V7/vii")
    wrong = replace(song, chords=(chord,), decisions=(_decision("harmony.chain", ("numeral", "I")),))
    subject = subject_of(Source(wrong, piece_of(wrong), True))
    (only,) = marked_chords(subject, (), explain_chords(subject), Naming())
    assert only.reasons[0][0] == "F♯7 is written here, but what sounds does not spell it out."


def test_a_late_drum_is_written_on_the_beat_and_played_after_it() -> None:
    example = example_of(entries()["laid-back"].example)
    written = sorted((n.onset, n.number) for t in example.song.tracks for n in t.notes)
    played = sorted((n.onset - 14 * (n.number == 38), n.number) for t in performed(example).performance.tracks
                    for n in t.notes)  # fmt: skip
    assert written == played and all(onset % 240 == 0 for onset, _ in written)


def test_an_excerpt_begins_with_its_number() -> None:
    some, _ = excerpt()
    drawn = "".join(engraved(view_page(some.subject, "full", some.span)).sheets)
    whole = "".join(engraved(view_page(some.subject, "full")).sheets)
    assert re.search(r"italic[^>]*>2<", drawn) and not re.search(r"italic[^>]*>2<", whole)
