"""The nets' benchmarks: rules kept are counted, remembered runs are found, pictures and tables are made."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from functools import cache
from io import BytesIO

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from partimento.benchmarks.music.likeness import Memory
from partimento.benchmarks.neural import before_after, songs
from partimento.benchmarks.neural.compliance import Kept, chances, compliance, kept, shares
from partimento.composer.compose import compose
from partimento.score.brief import Brief
from partimento.score.decision import Decision, Where
from partimento.score.song import Song
from partimento.theory.pitch import Pitch


@cache
def _song() -> Song:
    return compose(Brief(genre="folk", seed=1, bars=16, engine="rules"))


def _with_low_note(song: Song) -> Song:
    """The song with one note of its lead far under any instrument's range."""
    track = next(t for t in song.tracks if t.role == "lead")
    low = replace(track.notes[0], pitch=Pitch.parse("C0"))
    broken = replace(track, notes=(low, *track.notes[1:]))
    return replace(song, tracks=tuple(broken if t is track else t for t in song.tracks))


def test_a_song_by_rules_keeps_every_check() -> None:
    found = kept(_song(), "folk")
    assert not any(found.found.values()) and not found.said
    assert compliance([found]) == 1.0
    assert set(found.chances) == set(found.found) >= {"range", "close", "leading tone"}
    assert found.chances["close"] == len(_song().sections)


def test_a_note_out_of_range_is_one_finding_of_its_rule() -> None:
    found = kept(_with_low_note(_song()), "folk")
    assert found.found["range"] == 1 and found.said[0].startswith("range: ")
    both = [found, kept(_song(), "folk")]
    share = shares(both)["range"]
    assert (share.songs, share.broken, share.found, share.checks) == (2, 1, 1, 0.5)
    assert compliance(both) == 1 - 1 / (2 * len(found.chances))


def test_strict_rules_are_counted_where_the_style_has_them() -> None:
    assert "leading tone" not in chances(_song(), "pop")
    assert chances(_song(), "folk")["seventh in progression"] > 0


def test_nothing_checked_is_nothing_broken() -> None:
    assert compliance([]) == 1.0 and shares([Kept({}, {}, ())]) == {}


def test_songs_are_dealt_to_genres_in_turn() -> None:
    assert songs.dealt(("pop", "jazz"), 5) == [("pop", 1), ("jazz", 1), ("pop", 2), ("jazz", 2), ("pop", 3)]


@given(st.lists(st.integers(0, 40), min_size=1, max_size=60))
def test_nine_in_ten_do_not_exceed_it(values: list[int]) -> None:
    found = songs.nine_in_ten(values)
    assert found in values
    assert sum(v <= found for v in values) >= 0.9 * len(values)
    assert sum(v < found for v in values) < 0.9 * len(values)


def test_a_song_that_was_learned_from_is_remembered_whole() -> None:
    made = songs.make(("folk", 1), "rules")
    results = songs.measured([made], Memory([made.tune]))
    assert results["run_max"] == min(41, len(made.tune.melody)) > songs.LONGEST
    assert results["over"] == 1 and results["longest"] == [f"folk 1: {results['run_max']}"]
    assert results["checks"] == 1.0 and results["genres"]["folk"]["by_nets"] == 0
    text = songs.report({"rules": results})
    assert f"folk 1: {results['run_max']}" in text and "rules 100.00 %" in text and "none by nets" in text


def test_rolls_stand_side_by_side_and_are_small() -> None:
    bars = before_after.stretch(_song(), 8)
    assert len(bars) == 8
    data = before_after.drawn([("rules", _song()), ("hybrid", _with_low_note(_song()))], bars)
    image = Image.open(BytesIO(data))
    assert image.format == "PNG" and image.width == 2 * before_after.WIDE + before_after.GAP
    assert len(data) < 40_000
    same = before_after.drawn([("rules", _song())] * 2, bars)
    assert data != same


def test_a_song_without_a_tune_shows_its_beginning() -> None:
    silent = replace(_song(), tracks=())
    assert before_after.stretch(silent, 4)[0].start == 0
    assert before_after.drawn([("rules", silent)], before_after.stretch(silent, 4))


def test_figures_tell_what_nets_chose() -> None:
    told = Decision(Where(), "phrase", "neural.phrase", (("share", 500),))
    other = Decision(Where(), "feel", "neural.feel", (("late_sd_ms", 3.0),))
    song = replace(_song(), decisions=(told, told, other))
    said = before_after.figures([("rules", _song()), ("hybrid", song)])
    assert said.count("\n| ") == 2 and "Hybrid: phrase 2 (mean share 0.50), feel 1." in said and "Rules:" not in said


def test_a_page_keeps_all_but_its_figures() -> None:
    page = "before\n<!-- pop 3 -->\nold\n<!-- end -->\nafter\n<!-- rock 2 -->\nother\n<!-- end -->\n"
    new = before_after.with_figures(page, "pop 3", "new\n")
    assert new == page.replace("old", "new")
    with pytest.raises(ValueError, match="no marks <!-- jazz 1 -->"):
        before_after.with_figures(page, "jazz 1", "")


def test_songs_end_with_those_that_are_done_in_time() -> None:
    class Pool:
        def imap(self, make: object, tasks: list[tuple[str, int]], size: int) -> Iterator[str]:
            return iter(f"{genre} {seed}" for genre, seed in tasks)

    tasks = songs.dealt(("pop",), 5)
    assert len(songs.in_time(Pool(), tasks, "rules", 0.0)) == 1
    assert len(songs.in_time(Pool(), tasks, "rules", 9.0)) == 5
