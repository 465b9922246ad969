"""Our MusicXML comes back: what stands on the page is what is read, for any song on the grid and for composed ones."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import cache

import pytest
from hypothesis import given, settings

from partimento.composer.compose import compose
from partimento.score.brief import Brief
from partimento.score.importing.draft import Draft
from partimento.score.importing.from_xml import xml_draft
from partimento.score.notation.full_score import full_score
from partimento.score.notation.lead_sheet import lead_sheet
from partimento.score.notation.musicxml import musicxml
from partimento.score.notation.page import Page
from partimento.score.notation.page_notes import page_notes
from partimento.score.song import Drum, MeterChange, Song
from partimento.theory.chord import Chord
from tests.score.notation.grid_songs import songs
from tests.score.notation.sheet_songs import chart_song

Row = tuple[int, int, str, int]


def _on_page(page: Page) -> dict[str, list[Row]]:
    notes = {part.name: [n for n in page_notes(page, part) if not n.grace] for part in page.parts}
    return {name: sorted((n.onset, n.duration, str(n.pitch), n.velocity) for n in rows) for name, rows in notes.items()}


def _read(draft: Draft) -> dict[str, list[Row]]:
    return {
        part.name: sorted((n.onset, n.duration, str(n.pitch), n.velocity) for n in part.notes if not n.grace)
        for part in draft.parts
    }


def _meters(changes: Sequence[MeterChange]) -> list[tuple[int, str]]:
    """Where the time signature changes; how its units are grouped is not printed."""
    rows = [(c.onset, f"{c.meter.numerator}/{c.meter.denominator}") for c in changes]
    return [row for i, row in enumerate(rows) if i == 0 or row[1] != rows[i - 1][1]]


@given(songs())
@settings(max_examples=60)
def test_any_page_comes_back(song: Song) -> None:
    if not song.tracks:
        return
    page = full_score(song)
    draft = xml_draft(musicxml(page), "a.musicxml")
    assert _read(draft) == _on_page(page)
    assert _meters(draft.meters) == _meters(song.meters)
    assert draft.keys == song.keys and draft.tempos == song.tempos and draft.end == song.end
    assert draft.title == song.title and draft.markers == ((0, "All"),)
    for part, written in zip(draft.parts, page.parts, strict=True):
        sounding = {v.number for m in written.measures for v in m.voices if any(e.notes for e in v.events)}
        assert {n.voice for n in part.notes} == set(range(len(sounding)))


@cache
def _composed(genre: str) -> Song:
    return compose(Brief(genre=genre, bars=8, seed=3))


@pytest.mark.parametrize("genre", ["jazz", "classical", "funk", "salsa"])
def test_a_composed_score_comes_back(genre: str) -> None:
    song = _composed(genre)
    page = full_score(song)
    draft = xml_draft(musicxml(page), "a.musicxml")
    assert draft.title == song.title and draft.end == song.end and draft.keys == song.keys
    assert draft.meters == song.meters
    assert draft.tempos == song.tempos
    assert draft.markers == tuple((s.start, s.name) for s in song.sections)
    assert [part.name for part in draft.parts] == [part.name for part in page.parts]
    read, written = _read(draft), _on_page(page)
    for part, original in zip(draft.parts, page.parts, strict=True):
        strokes = {(n.onset, n.pitch) for n in song.track(original.track).notes}
        if part.drums:
            assert {(n.onset, n.pitch) for n in part.notes} == strokes
            assert all(isinstance(n.pitch, Drum) for n in part.notes)
        else:
            assert part.program == original.program
        _same_but_before_graces(read[part.name], written[part.name], [n.onset for n in part.notes if n.grace])


def _same_but_before_graces(read: list[Row], written: list[Row], graces: list[int]) -> None:
    """Equal rows; a note before a grace note is shorter, since that takes its time from it."""
    read, written = (sorted(rows, key=lambda row: (row[0], row[2:], row[1])) for rows in (read, written))
    assert [(onset, *rest) for onset, _, *rest in read] == [(onset, *rest) for onset, _, *rest in written]
    for (onset, length, _, _), (_, whole, _, _) in zip(read, written, strict=True):
        assert length == whole or (length < whole and onset + length in graces)


FORMS = ("A abcd A abcd B fg-h", "A abcd A abce B fg-h A abcd", "A abcdabce B fgfg A abcdabce")


@pytest.mark.parametrize("form", FORMS)
def test_a_lead_sheet_s_repeats_come_back_unfolded(form: str) -> None:
    song = chart_song(form)
    page = lead_sheet(song)
    draft = xml_draft(musicxml(page), "a.musicxml")
    (part,) = draft.parts
    assert [(n.onset, n.duration, n.pitch) for n in part.notes] == [
        (n.onset, n.duration, n.pitch) for n in song.tracks[0].notes
    ]
    assert draft.end == song.end
    assert _changes(draft.chords) == _changes([(c.onset, c.duration, c.chord) for c in song.chords])
    assert (page.end < song.end) == any("written out" in notice for notice in draft.notices)


def test_a_chart_with_repeats_is_shorter_than_its_song() -> None:
    """So that the test above has something to unfold."""
    song = chart_song("A abcd A abcd B fg-h")
    assert lead_sheet(song).end < song.end


def _changes(chords: Iterable[tuple[int, int, Chord | None]]) -> list[tuple[int, Chord | None]]:
    """Where the chord becomes another one."""
    out: list[tuple[int, Chord | None]] = []
    for onset, _, chord in chords:
        if not out or out[-1][1] != chord:
            out.append((onset, chord))
    return out


def test_composed_chords_come_back_from_the_lead_sheet() -> None:
    song = _composed("jazz")
    draft = xml_draft(musicxml(lead_sheet(song)), "a.musicxml")
    wanted = [(c.onset, c.chord) for c in song.chords]
    read = [(onset, chord) for onset, _, chord in draft.chords]
    assert set(read) <= set(wanted) and {chord for _, chord in read} == {chord for _, chord in wanted}
