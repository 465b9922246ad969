"""Bars written anew: nothing else of the page moves, takes differ, and what cannot be rewritten is said in one line."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from partimento.composer import refill as room
from partimento.composer.compose import compose
from partimento.composer.neural.muse import Muse
from partimento.composer.refill import refill
from partimento.score.brief import Brief
from partimento.score.song import Note, Song
from partimento.score.timeline import Timeline
from partimento.theory.errors import BriefError
from partimento.theory.pitch import Pitch
from tests.composer.melody_nets import Chance, muse_with


@pytest.fixture(scope="module")
def pop() -> Song:
    return compose(Brief(genre="pop", seed=4, engine="rules"))


@pytest.fixture
def net(monkeypatch: pytest.MonkeyPatch) -> Chance:
    chance = Chance()

    def muse_of(*_: object) -> Muse:
        return muse_with(chance)

    monkeypatch.setattr(room, "muse_of", muse_of)
    return chance


def lead(song: Song) -> int:
    return next(i for i, t in enumerate(song.tracks) if t.role == "lead")


def apart(song: Song, start: int, bars: int) -> tuple[list[Note], list[Note]]:
    """The lead's notes inside the bars, and those outside."""
    held = Timeline(song).bars[start : start + bars]
    notes = song.tracks[lead(song)].notes
    inside = [n for n in notes if held[0].start <= n.onset < held[-1].end]
    return inside, [n for n in notes if not held[0].start <= n.onset < held[-1].end]


def check(song: Song, new: Song, start: int, bars: int) -> None:
    at = lead(song)
    assert [t for i, t in enumerate(new.tracks) if i != at] == [t for i, t in enumerate(song.tracks) if i != at]
    assert (new.chords, new.sections, new.tempos, new.brief) == (song.chords, song.sections, song.tempos, song.brief)
    inside, outside = apart(new, start, bars)
    assert outside == apart(song, start, bars)[1]
    assert inside
    notes = new.tracks[at].notes
    assert list(notes) == sorted(notes, key=lambda n: n.onset)
    assert all(a.onset + a.duration <= b.onset for a, b in zip(notes, notes[1:], strict=False))
    played, before = new.performance.tracks, song.performance.tracks
    assert [t for i, t in enumerate(played) if i != at] == [t for i, t in enumerate(before) if i != at]
    assert played[at] != before[at]


@settings(max_examples=15)
@given(st.integers(4, 40), st.integers(1, 8), st.integers(1, 99))
def test_by_rules_only_those_bars_change(pop: Song, start: int, bars: int, take: int) -> None:
    check(pop, refill(pop, start, bars, take), start, bars)


@pytest.mark.parametrize(("start", "bars"), [(5, 1), (8, 4), (11, 2), (20, 8)])
def test_by_a_net_only_those_bars_change(pop: Song, net: Chance, start: int, bars: int) -> None:
    new = refill(pop, start, bars, 1)
    check(pop, new, start, bars)
    ask = net.asked[-1]
    first = Timeline(pop).bars[start].start
    notes = pop.tracks[lead(pop)].notes
    assert ask.before[-1][0] == max(n.onset for n in notes if n.onset < first and not n.grace)
    assert ask.after[0][0] == min(n.onset for n in notes if n.onset >= Timeline(pop).bars[start + bars].start)
    assert any(d.rule == "neural.phrase" and d.where.start >= first for d in new.decisions)


def test_the_net_reaches_what_follows(pop: Song, net: Chance) -> None:
    for take in range(6):
        new = refill(pop, 8, 3, take)
        inside, outside = apart(new, 8, 3)
        following = next(n for n in outside if n.onset > inside[-1].onset)
        assert isinstance(following.pitch, Pitch) and isinstance(inside[-1].pitch, Pitch)
        assert abs(following.pitch.midi - inside[-1].pitch.midi) <= 12


def test_takes_differ_and_the_same_take_is_the_same(pop: Song) -> None:
    one, two = refill(pop, 8, 4, 1), refill(pop, 8, 4, 2)
    assert apart(one, 8, 4)[0] != apart(two, 8, 4)[0]
    assert refill(pop, 8, 4, 1) == one


def test_without_a_performance_the_page_alone_changes(pop: Song) -> None:
    bare = replace(pop, performance=replace(pop.performance, tracks=()))
    new = refill(bare, 8, 4, 1)
    assert new.performance == bare.performance
    assert new.tracks == refill(pop, 8, 4, 1).tracks


@pytest.mark.parametrize(("start", "bars"), [(-1, 4), (0, 0), (10_000, 1), (8, 10_000)])
def test_bars_that_are_not_there(pop: Song, start: int, bars: int) -> None:
    with pytest.raises(BriefError, match="the song has 0 to"):
        refill(pop, start, bars, 1)


def test_a_song_without_a_lead_has_nothing_to_rewrite(pop: Song) -> None:
    rest = replace(pop, tracks=tuple(t for t in pop.tracks if t.role != "lead"))
    with pytest.raises(BriefError, match="nothing leads in this song"):
        refill(rest, 8, 4, 1)


def test_bars_in_which_nothing_leads(pop: Song) -> None:
    quiet = replace(pop, sections=tuple(replace(s, lead="none") for s in pop.sections))
    with pytest.raises(BriefError, match="nothing leads in bars 8 to 11"):
        refill(quiet, 8, 4, 1)


def test_rules_rewrite_without_numpy_and_torch() -> None:
    code = (
        "import sys; from partimento.composer.compose import compose; from partimento.composer.refill import refill;"
        "from partimento.score.brief import Brief;"
        "refill(compose(Brief(genre='pop', seed=4, engine='rules')), 8, 4, 1);"
        "print([m for m in ('numpy', 'torch') if m in sys.modules])"
    )
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert found.stdout.strip() == "[]"
