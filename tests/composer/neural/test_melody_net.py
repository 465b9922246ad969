"""The melody net's laws, held by a small net of random weights: causality, keys and bars move as one, guards rule."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import cache
from pathlib import Path

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from partimento.composer.neural.melody import Ask, Line, MelodyNet, Note, Over, genres, load
from partimento.composer.neural.melody_module import Config, MelodyModule
from partimento.composer.neural.melody_training import config_of
from partimento.composer.neural.sampling import NEVER
from partimento.learning.nets.weights import save_weights
from partimento.score.stream import Stream
from partimento.theory.errors import ModelError

BAR = 1920
CHORDS = ((0, (0, 4, 7)), (9, (9, 0, 4)), (5, (5, 9, 0)), (7, (7, 11, 2)))
TINY = Config(inner=12, hidden=12, layers=2, head=12)


@cache
def tiny(seed: int = 0) -> MelodyNet:
    """A small net whose random weights are large enough to have a will of its own."""
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        module = MelodyModule(TINY).eval()
        with torch.no_grad():
            for name, parameter in module.named_parameters():
                parameter.mul_(3.0 if "bag" in name else 2.0)
            module.onset.out.bias[96] -= 4.0  # bars with notes in them
    return MelodyNet(module)


def asked(bars: int = 3, heard: int = 2, first: int = 0) -> Ask:
    """A stretch of 4/4 bars in C after some that were sung, over four chords in turn."""
    rows = tuple((first + i * BAR, BAR, 4, 4) for i in range(heard + bars))
    chords = tuple(Over(row[0], row[0] + BAR, *CHORDS[i % 4]) for i, row in enumerate(rows))
    before = tuple((first + i * 480, 480, 60 + (i * 5) % 12) for i in range(heard * 4))
    sources = tuple((i, ("exact", "varied", "sequence", "rhythm", "new")[i % 5]) for i in range(bars))
    return Ask(
        rows[heard:], chords, 0, False, "pop", before, rows[:heard], sources=sources, closes="authentic",
        bars_in_phrase=bars, centre=66,
    )  # fmt: skip


def streams(count: int, seed: int = 1) -> list[Stream]:
    return [Stream(seed, "line", i) for i in range(count)]


class Only:
    """A guard that forbids all pitches but some, onsets off the quarters, and long notes."""

    def __init__(self, pitches: frozenset[int]) -> None:
        self.allowed = pitches
        self.asked = 0

    def onsets(self, notes: Sequence[Note], ticks: Sequence[int]) -> Sequence[float]:
        self.asked += 1
        return [0.0 if tick % 480 == 0 else NEVER for tick in ticks]

    def durations(self, notes: Sequence[Note], onset: int, durations: Sequence[int]) -> Sequence[float]:
        return [0.0 if duration <= 480 else NEVER for duration in durations]

    def pitches(self, notes: Sequence[Note], onset: int, duration: int, midis: Sequence[int]) -> Sequence[float]:
        return [0.0 if midi in self.allowed else NEVER for midi in midis]


lines = st.lists(
    st.tuples(st.integers(0, 35), st.integers(1, 8), st.integers(57, 79)), min_size=2, max_size=12,
    unique_by=lambda n: n[0],
).map(lambda rows: tuple((2 * BAR + o * 160, d * 120, m) for o, d, m in sorted(rows)))  # fmt: skip


@given(lines, st.data())
@settings(max_examples=10)
def test_a_later_note_changes_nothing_before_it(notes: tuple[Note, ...], data: st.DataObject) -> None:
    at = data.draw(st.integers(0, len(notes) - 1))
    onset, duration, midi = notes[at]
    other = (onset, duration, 57 + (midi - 57 + data.draw(st.integers(1, 22))) % 23)
    before = tiny().score(asked(), notes)
    after = tiny().score(asked(), (*notes[:at], other, *notes[at + 1 :]))
    assert after.shares[:at] == before.shares[:at]
    assert after.pitches[:at] == before.pitches[:at]
    assert after.pitches[at] != before.pitches[at]


@given(lines, st.data())
@settings(max_examples=6)
def test_a_note_more_changes_no_pitch_before_it(notes: tuple[Note, ...], data: st.DataObject) -> None:
    kept = data.draw(st.integers(1, len(notes) - 1))
    whole, part = tiny().score(asked(), notes), tiny().score(asked(), notes[:kept])
    assert part.pitches == whole.pitches[:kept]
    assert part.shares[: kept - 1] == whole.shares[: kept - 1]


@given(st.integers(0, 10_000), st.sampled_from((0.6, 1.0, 1.4)))
@settings(max_examples=6)
def test_lines_keep_to_bars_and_range_and_are_worth_what_they_say(seed: int, temperature: float) -> None:
    ask = replace(asked(), low=58, high=74)
    for line in tiny().write(ask, [None] * 3, streams(3, seed), temperature):
        assert all(58 <= midi <= 74 for _, _, midi in line.notes)
        assert all(2 * BAR <= onset < 5 * BAR and duration > 0 for onset, duration, _ in line.notes)
        ends = [onset + duration for onset, duration, _ in line.notes]
        assert all(end <= note[0] for end, note in zip(ends, line.notes[1:], strict=False))
        told = tiny().score(ask, line.notes)
        assert told.shares == pytest.approx(line.shares, abs=0.02)
        assert told.pitches == pytest.approx(line.pitches, abs=0.02)


def test_a_line_depends_on_its_stream_alone() -> None:
    together = tiny().write(asked(), [None] * 6, streams(6))
    alone = [tiny().write(asked(), [None], [stream])[0] for stream in streams(6)]
    assert together == alone
    assert len({line.notes for line in together}) > 1
    assert together == tiny().write(asked(), [None] * 6, streams(6))


@given(st.integers(-5, 6), st.integers(0, 500))
@settings(max_examples=8)
def test_a_transposed_ask_is_answered_transposed(by: int, seed: int) -> None:
    ask = asked()
    moved = replace(
        ask, tonic=by % 12, centre=ask.centre + by, low=ask.low + by, high=ask.high + by,
        chords=tuple(Over(c.onset, c.end, (c.root + by) % 12, tuple((t + by) % 12 for t in c.tones))
                     for c in ask.chords),
        before=tuple((o, d, m + by) for o, d, m in ask.before),
    )  # fmt: skip
    here, there = (tiny().write(a, [None], streams(1, seed))[0] for a in (ask, moved))
    assert there.notes == tuple((o, d, m + by) for o, d, m in here.notes)


def test_when_in_the_song_changes_nothing() -> None:
    here, there = (tiny().write(asked(first=at), [None], streams(1))[0] for at in (0, 64 * BAR))
    assert there.notes == tuple((o + 64 * BAR, d, m) for o, d, m in here.notes)
    assert there.shares == here.shares


def test_a_given_rhythm_is_kept_to_the_tick() -> None:
    rhythm = [(2 * BAR, 480), (2 * BAR + 500, 130), (2 * BAR + 640, 384), (4 * BAR + 1919, 1)]
    found = tiny().write(asked(), [None] * 2, streams(2), rhythm=rhythm)
    for line in (*found, *tiny().beam(asked(), None, 2, rhythm)):
        assert [note[:2] for note in line.notes] == rhythm
        assert line.shares == line.pitches


def test_a_guard_rules() -> None:
    guard = Only(frozenset((60, 64, 67)))
    found = [*tiny().write(asked(), [guard] * 4, streams(4)), *tiny().beam(asked(), guard, 3)]
    notes = [note for line in found for note in line.notes]
    assert notes and guard.asked
    assert all(onset % 480 == 0 and duration <= 480 and midi in guard.allowed for onset, duration, midi in notes)


def test_where_a_guard_leaves_nothing_the_model_chooses() -> None:
    line = tiny().write(asked(), [Only(frozenset())], streams(1))[0]
    assert line.notes == tiny().write(asked(), [Only(frozenset(range(128)))], streams(1))[0].notes


def test_a_beam_is_sorted_and_beats_a_narrow_one_on_its_first_choice() -> None:
    found = tiny().beam(asked(), None, 4)
    assert len({line.notes for line in found}) == len(found) > 1
    assert tiny().beam(asked(), None, 4) == found
    rhythm = [(2 * BAR + i * 480, 480) for i in range(12)]
    means = [line.mean for line in tiny().beam(asked(), None, 6, rhythm)]
    assert means == sorted(means, reverse=True)
    assert means[0] >= max(line.mean for line in tiny().beam(asked(), None, 1, rhythm)) - 1e-9


def test_what_is_told_is_heard() -> None:
    """Chords, sources, what follows, key, genre and phrase each change what the net thinks of the same notes."""
    ask, notes = asked(), tuple((2 * BAR + i * 480, 480, 60 + i) for i in range(6))
    plain = tiny().score(ask, notes).shares
    for other in (
        replace(ask, chords=()), replace(ask, sources=()), replace(ask, after=((5 * BAR, 480, 72),)),
        replace(ask, minor=True), replace(ask, genre="reel"), replace(ask, closes="half"),
        replace(ask, bars_in_phrase=0), replace(ask, before=()), replace(ask, keys=((2, False),) * 5),
    ):  # fmt: skip
        assert tiny().score(other, notes).shares != plain


def test_a_pick_up_counts_from_the_bars_end() -> None:
    """A short first bar's notes stand where they stand in a whole bar."""
    short = Ask(((0, 480, 4, 4), (480, BAR, 4, 4)), (), 0, False, "pop")
    whole = Ask(((-1440, BAR, 4, 4), (480, BAR, 4, 4)), (), 0, False, "pop")
    notes = ((0, 240, 60), (240, 240, 62), (480, 480, 64))
    assert tiny().score(short, notes).shares[1:] == tiny().score(whole, notes).shares[1:]


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"bars": ()}, "without bars"),
        ({"bars": ((5 * BAR, BAR, 4, 4),), "sources": ()}, "not where the one before it ends"),
        ({"keys": ((0, False),)}, "1 keys for 5 bars"),
        ({"sources": ((0, "exact"),)}, "1 sources for 3 bars"),
        ({"sources": ((9, "exact"),) * 3}, "no bar 9"),
        ({"sources": ((0, "backwards"),) * 3}, "exact, varied"),
    ],
)
def test_an_ask_that_makes_no_sense_is_refused(change: dict[str, object], told: str) -> None:
    with pytest.raises(ValueError, match=told):
        tiny().write(replace(asked(), **change), [None], streams(1))  # type: ignore[arg-type]  # wrong on purpose


def test_bad_calls_are_refused() -> None:
    with pytest.raises(ValueError, match="2 guards for 1 streams"):
        tiny().write(asked(), [None] * 2, streams(1))
    with pytest.raises(ValueError, match="outside the bars"):
        tiny().score(asked(), ((0, 480, 60),))
    with pytest.raises(ValueError, match="1 is the least"):
        tiny().beam(asked(), None, 0)


def test_no_notes_are_a_line_too() -> None:
    assert tiny().score(asked(), ()) == Line((), (), ())
    assert Line((), (), ()).mean == 0.0


def test_weights_come_back_as_they_were(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PARTIMENTO_WEIGHTS", str(tmp_path))
    with pytest.raises(ModelError, match="no weights"):
        load()
    save_weights(tmp_path / "melody.safetensors", "melody", config_of(TINY), tiny().module.state_dict())
    notes = tuple((2 * BAR + i * 480, 480, 60 + i) for i in range(6))
    loaded = load().score(asked(), notes).shares
    assert loaded == pytest.approx(tiny().score(asked(), notes).shares, abs=0.2)  # they are kept in half precision
    assert "pop" in genres()
