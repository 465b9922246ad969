"""Four lines on two staves, with figures, words and fermatas."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from partimento.score.notation.closed_score import closed_score
from partimento.score.notation.full_score import full_score
from partimento.score.notation.musicxml import musicxml
from partimento.score.notation.page import Figures, Page
from partimento.score.song import Note, Song, Track
from partimento.theory.errors import OutputError
from partimento.theory.pitch import Pitch
from tests.score.small_song import small_song


def four_lines() -> Song:
    names = (("Soprano", "C5"), ("Alto", "G4"), ("Tenor", "E4"), ("Bass", "C3"))
    notes = [(0, 480), (480, 480), (1440, 480)]
    return replace(
        small_song(),
        chords=(),
        tracks=tuple(
            Track(name, "harmony", "choir", tuple(Note(at, length, Pitch.parse(tone)) for at, length in notes))
            for name, tone in names
        ),
    )


@pytest.fixture(scope="module")
def page() -> Page:
    rows = (Figures(0, ((6, ""), (5, "b"))), Figures(480, ((0, "#"),)), Figures(1440, ()))
    return closed_score(full_score(four_lines()), rows, {0: "I6", 1440: "V"}, frozenset({480}))


def test_each_line_has_its_staff_and_its_stems(page: Page) -> None:
    (part,) = page.parts
    assert part.clefs == ("treble", "bass")
    voices = part.measures[0].voices
    assert [(voice.number, voice.staff) for voice in voices] == [(1, 1), (2, 1), (5, 2), (6, 2)]
    stems = [{event.stem for event in voice.events if event.notes} for voice in voices]
    assert stems == [{"up"}, {"down"}, {"up"}, {"down"}]
    hidden = [{event.hidden for event in voice.events if not event.notes} for voice in voices]
    assert hidden == [{False}, {True}, {False}, {True}]


def test_figures_words_and_fermatas_are_written(page: Page) -> None:
    xml = musicxml(page).decode()
    figured = re.findall(r"<figured-bass[^>]*>(.*?)</figured-bass>", xml)
    assert figured == [
        "<figure><figure-number>6</figure-number></figure>"
        "<figure><prefix>flat</prefix><figure-number>5</figure-number></figure>",
        "<figure><prefix>sharp</prefix></figure>",
    ]
    assert re.findall(r"<text>(.*?)</text>", xml) == ["I6", "V"]
    assert xml.count("<fermata/>") == 2


def test_other_than_four_parts_are_refused() -> None:
    song = four_lines()
    with pytest.raises(OutputError, match="needs four parts, and .* has 3"):
        closed_score(full_score(replace(song, tracks=song.tracks[:3])))
