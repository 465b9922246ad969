"""Folding and unfolding are inverse, and what is folded is what a reader can follow."""

from __future__ import annotations

from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st

from partimento.score.notation.page import Bar
from partimento.score.notation.repeats import LONGEST_ENDING, SheetBar, SongBar, fold, play_order
from partimento.theory.key import Key
from partimento.theory.meter import Meter


def song_bars(*sections: tuple[str, str]) -> list[SongBar]:
    """A bar a letter; a repeat may begin with a section and every four bars."""
    return [
        SongBar(letter, mark if i == 0 else "", begins=i % 4 == 0)
        for mark, letters in sections
        for i, letter in enumerate(letters)
    ]


def printed(sheet: tuple[SheetBar, ...]) -> list[Bar]:
    meter, key = Meter(4, 4), Key.parse("C")
    return [
        Bar(
            i + 1, 1920 * i, 1920, meter, key, repeat_start=bar.repeat_start, repeat_end=bar.repeat_end,
            volta=bar.volta, volta_start=bar.volta_start, volta_stop=bar.volta_stop,
        )
        for i, bar in enumerate(sheet)
    ]  # fmt: skip


def shown(bars: list[SongBar]) -> str:
    """A fold in one line: `|:` and `:3|` repeats, `[1,2 ` an ending."""
    out = []
    for bar in fold(bars):
        if bar.volta_start:
            out.append(f"[{','.join(map(str, bar.volta))} ")
        out.append(("|:" if bar.repeat_start else "") + str(bars[bar.sources[0]].content))
        out.append("]" if bar.volta_stop else "")
        out.append(f":{bar.repeat_end}|" if bar.repeat_end else "")
    return "".join(out)


@st.composite
def songs(draw: st.DrawFn) -> list[SongBar]:
    """Songs that return a lot: sections out of a few, changed here and there, some bars not to be cut before."""
    stock = draw(st.lists(st.text("abc", min_size=1, max_size=9), min_size=1, max_size=3))
    sections = []
    for _ in range(draw(st.integers(1, 7))):
        index = draw(st.integers(0, len(stock) - 1))
        letters = list(stock[index])
        for _ in range(draw(st.integers(0, 2))):
            letters[draw(st.integers(0, len(letters) - 1))] = draw(st.sampled_from("abc"))
        sections.append((f"kind {index}", "".join(letters)))
    bars = song_bars(*sections)
    rung = draw(st.sets(st.integers(0, len(bars) - 1), max_size=4))
    return [SongBar(b.content, b.mark, b.begins, cut=i not in rung) for i, b in enumerate(bars)]


@given(songs())
def test_a_fold_plays_the_song(bars: list[SongBar]) -> None:
    sheet = fold(bars)
    assert sorted(source for bar in sheet for source in bar.sources) == list(range(len(bars)))
    order = play_order(printed(sheet))
    assert [bars[sheet[i].sources[0]].content for i in order] == [bar.content for bar in bars]
    passes = [0] * len(sheet)
    for place, i in enumerate(order):
        assert sheet[i].sources[passes[i]] == place
        passes[i] += 1


@given(songs())
def test_nothing_rings_over_a_turn(bars: list[SongBar]) -> None:
    """Where the printed neighbours are not the played ones, every played bar there may be cut before."""
    sheet = fold(bars)
    where = {source: i for i, bar in enumerate(sheet) for source in bar.sources}
    for place in range(1, len(bars)):
        a, b = where[place - 1], where[place]
        if b != a + 1 or sheet[b].repeat_start or sheet[a].repeat_end:
            assert bars[place].cut


@given(songs())
def test_sections_begin_where_a_mark_is_printed(bars: list[SongBar]) -> None:
    """A played section begins under a printed mark of its own kind; only a repeat's first bar may begin none."""
    for bar in fold(bars):
        marks = [bars[source].mark for source in bar.sources]
        assert set(marks) == {marks[0]} or (bar.repeat_start and set(marks) == {marks[0], ""})


@given(songs())
def test_endings_are_short_and_closed(bars: list[SongBar]) -> None:
    run = 0
    for bar in fold(bars):
        assert bool(bar.volta) or not (bar.volta_start or bar.volta_stop)
        run = 0 if not bar.volta or bar.volta_start else run + 1
        assert run < LONGEST_ENDING


@pytest.mark.parametrize(
    ("sections", "line"),
    [
        ((("v", "abcd"), ("v", "abcd"), ("c", "efgh")), "|:abcd:2|efgh"),
        ((("v", "abcdefgh"), ("v", "abcdefgx")), "|:abcdefg[1 h]:2|[2 x]"),
        ((("v", "abcd"), ("c", "efgh"), ("v", "abcd"), ("c", "efgx")), "|:abcdefg[1 h]:2|[2 x]"),
        ((("v", "abcdefgh"),) * 3 + (("v", "abcdefxy"),), "|:abcdef[1,2,3 gh]:4|[4 xy]"),
        # AABA in one section: the first two stand under one repeat.
        ((("t", "abcdefghabcdefgxijklmnopabcdefgx"),), "|:abcdefg[1 h]:2|[2 x]ijklmnopabcdefgx"),
        # Sections of different kinds are not one section played twice.
        ((("v", "abcdefgh"), ("w", "abcdefgh")), "abcdefghabcdefgh"),
        # Choruses of two sections, each played twice.
        ((("s", "abcdabcd"), ("s", "abcdabcd")), "|:abcd:4|"),
        # Two bars are not worth the way back, two bars of a whole section played six times are.
        ((("t", "abab"),), "abab"),
        ((("i", "ab"),) * 6, "|:ab:6|"),
        # The last time the section is longer.
        ((("v", "abcdefgh"), ("v", "abcdefxyzz")), "|:abcdef[1 gh]:2|[2 xy]zz"),
    ],
)
def test_folds(sections: tuple[tuple[str, str], ...], line: str) -> None:
    assert shown(song_bars(*sections)) == line


def test_a_song_without_bars() -> None:
    assert fold([]) == () and play_order([]) == ()


@dataclass(frozen=True)
class _Written:
    flags: str
    order: str


@pytest.mark.parametrize(
    "case",
    [
        _Written("a b: c", "ababc"),
        _Written("a :b c: d", "abcbcd"),
        _Written("a :b c: d e: f", "abcbcdedef"),
    ],
)
def test_playing_rules(case: _Written) -> None:
    """`:b` opens a repeat at b, `b:` closes one."""
    words = case.flags.split()
    sheet = tuple(SheetBar((i,), w[0] == ":", 2 if w[-1] == ":" else 0) for i, w in enumerate(words))
    assert "".join(words[i].strip(":") for i in play_order(printed(sheet))) == case.order
