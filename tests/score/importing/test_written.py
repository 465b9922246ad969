"""The page of a performance: grids, swing, chords gathered, and that nothing is lost."""

from __future__ import annotations

from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from partimento.score.importing.beats import Beats, find_swing
from partimento.score.importing.maps import Bars
from partimento.score.importing.written import on_page
from partimento.score.performance import PlayedNote
from partimento.score.song import MeterChange
from partimento.theory.meter import Meter


def beats(meter: str = "4/4", bars: int = 16) -> Beats:
    chosen = Meter.parse(meter)
    return Beats(Bars((MeterChange(0, chosen),), bars * chosen.bar))


def played(onsets: list[int], spread: float = 10.0, lag: int = 0, length: float = 0.9) -> list[PlayedNote]:
    """A line with a player's inaccuracy, each note nearly as long as it can be."""
    random = Random(1)
    gaps = [b - a for a, b in zip(onsets, onsets[1:], strict=False)] + [480]
    return sorted(
        PlayedNote(max(0, round(onset + lag + random.gauss(0, spread))), max(20, round(length * gap)), 60 + i % 12, 80)
        for i, (onset, gap) in enumerate(zip(onsets, gaps, strict=True))
    )


PATTERNS = {
    "quarters": [480 * i for i in range(32)],
    "eighths": [240 * i for i in range(64)],
    "sixteenths": [120 * i for i in range(64)],
    "triplets": [160 * i for i in range(48)],
    "quarter triplets": [320 * i for i in range(24)],
    "syncopes": [1920 * bar + at for bar in range(8) for at in (0, 360, 720, 960, 1320, 1680)],
    "both": [1920 * bar + at for bar in range(8) for at in (0, 240, 480, 640, 800, 960, 1200, 1440, 1560, 1680, 1800)],
}


@pytest.mark.parametrize("name", PATTERNS)
@pytest.mark.parametrize("lag", (0, 25))
def test_what_a_player_means_is_read(name: str, lag: int) -> None:
    onsets = PATTERNS[name]
    page = on_page(played(onsets, lag=lag), beats(), False, None)
    found = [place[0] for place in page.places if place]
    right = sum(a == b for a, b in zip(found, onsets, strict=True))
    assert right >= 0.95 * len(onsets)


def test_nearly_full_notes_are_written_full() -> None:
    page = on_page(played(PATTERNS["eighths"], spread=4), beats(), False, None)
    assert [place[1] for place in page.places[:-1] if place] == [240] * 63


def test_short_eighths_are_staccato_and_sixteenths_are_not() -> None:
    short = on_page(played(PATTERNS["eighths"], spread=4, length=0.5), beats(), False, None)
    assert [place[1] for place in short.places[:-1] if place] == [240] * 63
    assert len(short.short) >= 63
    assert not on_page(played(PATTERNS["sixteenths"], spread=4, length=0.5), beats(), False, None).short


def test_quantised_onsets_with_played_releases_have_plain_lengths() -> None:
    notes = [PlayedNote(240 * i, (151, 163, 172, 197)[i % 4], 60 + i % 5, 80) for i in range(32)]
    assert [place[1] for place in on_page(notes, beats(), False, None).places if place] == [240] * 32
    exact = [PlayedNote(240 * i, (60, 120, 180, 240)[i % 4], 60 + i % 5, 80) for i in range(32)]
    assert [place[1] for place in on_page(exact, beats(), False, None).places if place] == [60, 120, 180, 240] * 8


def test_lines_kept_apart_by_a_thirty_second_are_written_whole() -> None:
    notes = [PlayedNote(480 * i, 420, 60 + i % 5, 80) for i in range(16)]
    assert [place[1] for place in on_page(notes, beats(), False, None).places if place] == [480] * 16


def test_long_notes_end_on_eighths() -> None:
    notes = [PlayedNote(1920 * i + 7, 1100 + 50 * i, 60 + i, 80) for i in range(8)]
    page = on_page(notes, beats(), False, None)
    assert all(place is not None and place[1] % 240 == 0 for place in page.places)


@pytest.mark.parametrize("early", (-45, -20, 20))
def test_drummers_who_rush_are_read_by_their_own_beat(early: int) -> None:
    onsets = [480 * i + at for i in range(32) for at in ((0, 240), (0, 120, 240))[i % 2]]
    notes = played([480 + onset for onset in onsets], spread=6, lag=early)
    page = on_page(notes, beats(), True, None)
    assert [place[0] - 480 for place in page.places if place] == onsets


@pytest.mark.parametrize(("ratio", "unit"), ((2.0, 480), (1.6, 480), (1.7, 240)))
def test_swing_is_found_and_written_straight(ratio: float, unit: int) -> None:
    long = unit * ratio / (1 + ratio)
    onsets = [round(unit * (i // 2) + (long if i % 2 else 0)) for i in range(64)]
    notes = played(onsets, spread=8)
    swing = find_swing([note.onset for note in notes], beats())
    assert swing is not None and swing.unit == unit and abs(swing.ratio - ratio) < 0.2
    page = on_page(notes, beats(), False, swing)
    assert [place[0] for place in page.places if place] == [unit // 2 * i for i in range(64)]


def test_swung_sixteenths_are_read_within_swung_eighths() -> None:
    swung = {0: 0, 120: 160, 240: 320, 360: 400}
    meant = [480 * beat + at for beat in range(24) for at in ((0, 240), (0, 120, 240, 360), (0, 240, 360))[beat % 3]]
    notes = played([at - at % 480 + swung[at % 480] for at in meant], spread=6)
    swing = find_swing([note.onset for note in notes], beats())
    assert swing is not None and swing.unit == 480
    assert [place[0] for place in on_page(notes, beats(), False, swing).places if place] == meant


def test_straight_and_triplet_music_does_not_swing() -> None:
    for name in ("eighths", "sixteenths", "triplets"):
        assert find_swing([note.onset for note in played(PATTERNS[name])], beats()) is None


def test_a_strummed_chord_is_one_chord() -> None:
    strum = [PlayedNote(480 + 8 * i, 400, 52 + 4 * i, 80) for i in range(5)]
    page = on_page([PlayedNote(3, 470, 40, 80), *strum], beats(), False, None)
    assert {place[0] for place in page.places[1:] if place} == {480}


@st.composite
def grid_lines(draw: st.DrawFn) -> list[PlayedNote]:
    """Notes on the page's steps, no two of one number at once."""
    rows: dict[tuple[int, int], int] = {}
    for _ in range(draw(st.integers(1, 20))):
        step = draw(st.sampled_from((60, 80)))
        rows[step * draw(st.integers(0, 90)), draw(st.integers(48, 60))] = step * draw(st.integers(1, 12))
    out = []
    for (onset, number), length in sorted(rows.items()):
        after = [other for other, same in rows if same == number and other > onset]
        out.append(PlayedNote(onset, min([length, *(at - onset for at in after)]), number, 80))
    return out


@given(grid_lines(), st.sampled_from(("4/4", "3/4", "6/8", "2/2")))
def test_what_lies_on_the_page_stays(notes: list[PlayedNote], meter: str) -> None:
    grid = beats(meter)
    page = on_page(notes, grid, False, None)
    assert page.moved == 0
    for note, place in zip(notes, page.places, strict=True):
        assert place is not None and place[0] == note.onset
        if grid.exact(note.onset + note.duration) and note.duration >= 60:
            assert place[1] == note.duration


NOTES = st.tuples(st.integers(0, 8000), st.integers(1, 3000), st.integers(0, 127), st.integers(1, 127))


@given(st.lists(NOTES, max_size=40, unique_by=lambda row: (row[0], row[2])), st.booleans(), st.booleans())
def test_nothing_is_lost_or_empty(rows: list[tuple[int, int, int, int]], drums: bool, swings: bool) -> None:
    notes = sorted(PlayedNote(*row) for row in rows)
    grid = beats("4/4", 32)
    swing = find_swing([*(note.onset for note in notes), *(480 * i + 320 for i in range(9))], grid) if swings else None
    page = on_page(notes, grid, drums, swing)
    assert len(page.places) == len(notes)
    seen: dict[int, tuple[int, int]] = {}
    for i in sorted(range(len(notes)), key=lambda i: page.places[i] or (0, 0)):
        place, number = page.places[i], notes[i].number
        if place is None:
            # Only another note of the same number at the same place may stand for it.
            near = [p for p, n in zip(page.places, notes, strict=True) if p and n.number == number]
            assert any(abs(p[0] - notes[i].onset) <= 240 for p in near)
            continue
        onset, length = place
        assert length > 0 and any(onset % step == 0 for step in (60, 80)) and abs(onset - notes[i].onset) <= 240
        if number in seen:
            before, lasting = seen[number]
            assert before + lasting <= onset
        seen[number] = place
