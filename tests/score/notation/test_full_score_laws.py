"""Laws of the full score: what stands on the page is the song, and every bar is filled by values that exist."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from partimento.score.notation.full_score import full_score, part_page
from partimento.score.notation.page import Event, Page, Part
from partimento.score.notation.page_notes import page_notes
from partimento.score.song import Drum, Note, Song, Track
from partimento.theory.interval import Interval
from partimento.theory.pitch import Pitch
from tests.score.notation.grid_songs import songs
from tests.score.notation.page_text import notes_of, song_of


def _expected(song: Song, part: Part) -> list[tuple[int, int, str, int]]:
    interval = Interval(*part.transposes)
    out = []
    for note in song.track(part.track).notes:
        assert isinstance(note.pitch, Pitch)
        pitch = note.pitch
        if abs(pitch.transposed(interval).alter) > 2:  # nobody writes three accidentals
            moved = pitch.transposed(interval)
            pitch = moved.transposed(Interval(1 if moved.alter > 0 else -1, 0)).transposed(-interval)
        out.append((note.onset, note.duration, str(pitch), note.velocity))
    return sorted(out)


def _read(page: Page, part: Part) -> list[tuple[int, int, str, int]]:
    return sorted((n.onset, n.duration, str(n.pitch), n.velocity) for n in page_notes(page, part))


def _events(part: Part) -> list[list[Event]]:
    return [list(voice.events) for measure in part.measures for voice in measure.voices]


@given(songs(), st.booleans())
@settings(max_examples=120)
def test_the_page_says_the_song(song: Song, concert: bool) -> None:
    page = full_score(song, concert=concert)
    assert {part.track for part in page.parts} == {track.name for track in song.tracks}
    for part in page.parts:
        assert _read(page, part) == _expected(song, part)  # page_notes checks that each voice fills each bar
        if concert:
            assert part.transposes == (0, 0)


@given(st.lists(st.sampled_from((60, 80, 96, 480)), min_size=4, max_size=8), st.data())
@settings(max_examples=60)
def test_fifths_of_a_quarter_stand_beside_the_other_grids(steps: list[int], data: st.DataObject) -> None:
    places = [480 * i + t for i, step in enumerate(steps) for t in range(0, 480, step)]
    edges = sorted(data.draw(st.sets(st.sampled_from(places), min_size=2)))
    spans = [(a, b) for a, b in zip(edges, edges[1:], strict=False) if b - a >= 120 or (b - a) % 96 == 0]
    song = song_of(notes_of(*spans), bars=2)
    page = full_score(song)
    if spans:
        assert _read(page, page.parts[0]) == _expected(song, page.parts[0])


@given(songs())
@settings(max_examples=60)
def test_events_are_values_beams_and_brackets_that_close(song: Song) -> None:
    for part in full_score(song).parts:
        for events in _events(part):
            open_beams: list[str] = []
            bracket = False
            for event in events:
                assert event.whole_bar or event.duration == event.value.ticks
                assert len({note.pitch for note in event.notes}) == len(event.notes)
                assert event.tuplet != "start" or not bracket
                bracket = bracket or event.tuplet == "start"
                assert bracket == (event.value.actual > 1)
                bracket = bracket and event.tuplet != "stop"
                open_beams = _after(open_beams, event)
            assert not bracket and not open_beams


def _after(open_beams: list[str], event: Event) -> list[str]:
    """The beams that are open after an event, by level; checks that each goes on or ends where one is."""
    if not event.notes:
        return open_beams
    now = []
    for level, beam in enumerate(event.beams):
        was = level < len(open_beams) and open_beams[level] == "open"
        assert was == (beam in ("continue", "end"))
        now.append("open" if beam in ("begin", "continue") else "")
    assert all(not state for state in open_beams[len(event.beams) :])
    return now if "open" in now else []


@given(songs(), st.data())
@settings(max_examples=30)
def test_a_part_is_the_score_s(song: Song, data: st.DataObject) -> None:
    page = full_score(song)
    if not page.parts:
        return
    part = data.draw(st.sampled_from(page.parts))
    alone = part_page(page, part.track)
    assert alone.kind == "part" and alone.bars == page.bars
    assert page_notes(alone, part.track) == page_notes(page, part.track)


@given(songs(), st.lists(st.tuples(st.integers(0, 40), st.sampled_from(list(Drum))), min_size=1, max_size=20))
@settings(max_examples=60)
def test_every_stroke_stands_at_its_tick(song: Song, strokes: list[tuple[int, Drum]]) -> None:
    bar = full_score(song).bars[-1]
    places = {(bar.start + step * (60 if step % 2 else 80), drum) for step, drum in strokes}
    places = {place for place in places if place[0] < bar.end}
    notes = tuple(Note(onset, 60, drum) for onset, drum in sorted(places, key=lambda p: (p[0], p[1].value)))
    page = full_score(replace(song, tracks=(Track("Kit", "drums", "drums", notes),)))
    closed = {(onset, Drum.HAT) for onset, drum in places if drum is Drum.HAT_OPEN}
    if places:
        read = page_notes(page, "Kit")
        assert {(n.onset, n.pitch) for n in read} == places - closed
        assert len(read) == len(places - closed)
        assert not any(note.tie_start for events in _events(page.parts[0]) for e in events for note in e.notes)
