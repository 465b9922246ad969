"""Melodies become rows and targets, batches depend on the step alone, a small net learns, an adapter turns it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from partimento.composer.neural import melody
from partimento.composer.neural.melody_adapter import (
    CONFIG,
    AdapterTask,
    adapted,
    adapter_task,
    before,
    save_adapter,
)
from partimento.composer.neural.melody_data import Encoded, Tune, encode, held_out, read_tunes, tune_of
from partimento.composer.neural.melody_features import END, EVENT, ONSET, PITCH, REACH, VALUES, WAYS
from partimento.composer.neural.melody_module import Config, MelodyModule
from partimento.composer.neural.melody_training import (
    LAYOUTS,
    MelodyTask,
    Told,
    batch_of,
    config_of,
    nats,
    per_note,
    task,
    task_of,
    window,
)
from partimento.learning.nets.loop import TrainConfig, train
from partimento.learning.nets.weights import save_weights
from partimento.learning.tables.corpus import Bar, Chord, Piece
from partimento.score.stream import Stream
from partimento.theory.errors import ModelError, TrainingError

CPU = torch.device("cpu")
TINY = Config(inner=12, hidden=12, layers=2, head=12, dropout=0.0)
FIGURE = (0, 4, 7, 5, 4, 2)


def piece(name: str = "tune", tonic: int = 0, bars: int = 8, tpq: int = 24, pick_up: int = 0) -> Piece:
    """Six eighths a bar of 3/4, the second half a step higher, over I and V; a pick-up of so many ticks."""
    rows = tuple(Bar(pick_up + i * 3 * tpq, 3 * tpq, 3, 4) for i in range(bars))
    notes = tuple(
        (row.onset + k * tpq // 2, tpq // 2, 60 + tonic + step + (2 if i >= bars // 2 else 0))
        for i, row in enumerate(rows)
        for k, step in enumerate(FIGURE)
    )
    chords = tuple(
        Chord(row.onset, row.length, 7 * (i % 2), "maj", 7 * (i % 2), "major", "maj") for i, row in enumerate(rows)
    )
    ahead = ((0, pick_up, 67 + tonic),) if pick_up else ()
    return Piece(name, "folk", ("folk",), tpq, rows, ((0, tonic, "major"),), chords, (*ahead, *notes), rhythm="waltz")


def tune(name: str = "tune", **changes: int) -> Tune:
    found = tune_of(piece(name, **changes))
    assert found is not None
    return found


def told(rows: Encoded, table: str, name: str) -> list[int]:
    """A field's values, -1 where it is not known."""
    layout = LAYOUTS[table]
    column = getattr(rows, table)[:, layout.column[name]].astype(int)
    return [int(v) - layout.base[name] if v else -1 for v in column]


def test_the_rows_tell_the_tune() -> None:
    rows = encode(tune())
    first = rows.targets[:7]
    assert first[:, 0].tolist() == [0, 6, 12, 18, 24, 30, END]
    assert [VALUES[v] for v in first[:6, 1]] == [6] * 6
    anchor = int(rows.anchors[0])
    assert anchor % 12 == 0 and [int(p) - REACH + anchor - 60 for p in first[:6, 2]] == list(FIGURE)
    assert first[:, 3].tolist() == [0, 6, 12, 18, 24, 30, 36]
    assert set(first[:, 4].tolist()) == {36}
    assert told(rows, "onset", "lag1")[7:14] == [0, 6, 12, 18, 24, 30, END]
    assert told(rows, "onset", "lag1")[:7] == [-1] * 7
    assert told(rows, "pitch", "root")[:14:7] == [0, 7]
    ways = [WAYS[bar.way - 1] for bar in tune().sheet.bars]
    assert ways == ["new", "exact", "exact", "exact", "sequence", "exact", "exact", "exact"]


def test_rows_know_nothing_of_ticks_and_keys() -> None:
    plain = encode(tune())
    for other in (encode(tune(tpq=48)), encode(tune(tonic=5))):
        for table in (*LAYOUTS, "targets"):
            if other.anchors[0] % 12 == 0:
                assert np.array_equal(getattr(plain, table), getattr(other, table))
        assert np.array_equal(plain.targets[:, :2], other.targets[:, :2])


def test_a_pick_up_is_the_end_of_a_bar() -> None:
    rows = encode(tune(pick_up=12))
    assert rows.targets[0].tolist()[0::3] == [30, 30]
    assert rows.targets[1, 0] == END


def test_what_does_not_fit_is_left_out() -> None:
    assert tune_of(piece(bars=2)) is None  # too few notes
    wide = piece(bars=4)
    assert tune_of(replace(wide, bars=(Bar(0, 12 * 24, 12, 4),))) is None  # a bar longer than eight quarters


def test_a_window_tells_what_it_is_told_to() -> None:
    rows = encode(tune())
    plain = window(rows, 0, 50, Told())
    whole = window(rows, 0, 50, Told(source=True, close=True, ahead=True), Stream(0, "x"))
    for table, layout, names in ((0, EVENT, ("way",)), (1, ONSET, ("source", "by way")), (3, PITCH, ("ahead pitch",))):
        columns = layout.columns(*names)
        assert not plain[table][:, columns].any()
        assert whole[table][:, columns].any()
    bare = window(rows, 0, 50, Told(phrase=False, genre=False, chords=False))
    assert not bare[3][:, PITCH.columns("root", "tones", "since", "genre")].any()
    assert np.array_equal(rows.onset, encode(tune()).onset)  # the piece itself stays whole


def test_the_note_beyond_a_gap_is_never_one_before_it() -> None:
    rows = encode(tune(bars=24))
    table = window(rows, 0, 500, Told(ahead=True), Stream(3, "x"))[1]
    column = table[:, ONSET.column["ahead bars"]].astype(int)
    far = column[column > 0] - ONSET.base["ahead bars"]
    assert len(far) and far.min() >= 1 and far.max() <= 8


@pytest.fixture
def small_task() -> MelodyTask:
    pieces = [encode(tune(f"piece {i}", tonic=i % 12, bars=4)) for i in range(40)]
    return replace(task_of(pieces), config=TINY, lines=8, events=40)


def test_a_batch_is_a_function_of_its_step(small_task: MelodyTask) -> None:
    one, again, other = small_task.batch(3), small_task.batch(3), small_task.batch(4)
    assert all(torch.equal(a, b) for a, b in zip(one, again, strict=True))
    assert not all(a.shape == b.shape and torch.equal(a, b) for a, b in zip(one, other, strict=True))
    held = {p.name for pieces in small_task.held.values() for p in pieces}
    assert held == {f"piece {i}" for i in range(40) if held_out(f"piece {i}")}


def test_what_lies_beyond_a_window_weighs_nothing() -> None:
    torch.manual_seed(0)
    module = MelodyModule(TINY).eval()
    short, long = (window(encode(tune(bars=n)), 0, 500, Told()) for n in (4, 16))
    alone = torch.cat([part.flatten() for part in nats(module, batch_of([short]))[:3]])
    onset, value, pitch, notes = nats(module, batch_of([short, long]))
    assert torch.allclose(alone[: len(short[4])], onset[: len(short[4])], atol=1e-5)
    assert len(value) == len(pitch) == int(notes.sum())


def test_a_small_net_learns(small_task: MelodyTask, tmp_path: Path) -> None:
    config = TrainConfig(steps=24, rate=2e-2, warmup=4, every=12, average=0.8)
    rows = train(small_task, config, tmp_path, CPU).curve
    assert rows[-1]["loss"] < 0.7 * rows[0]["train"]
    assert rows[-1]["folk"] == rows[-1]["loss"]


def test_too_little_to_learn_from_is_told(tmp_path: Path) -> None:
    with pytest.raises(TrainingError, match="too few melodies"):
        task_of([encode(tune())])
    with pytest.raises(FileNotFoundError):
        task(tmp_path)


@pytest.fixture
def shipped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A small net where the shipped one is looked for."""
    torch.manual_seed(1)
    monkeypatch.setenv("PARTIMENTO_WEIGHTS", str(tmp_path))
    save_weights(tmp_path / "melody.safetensors", "melody", config_of(TINY), MelodyModule(TINY).state_dict())
    melody._load.cache_clear()
    yield tmp_path
    melody._load.cache_clear()


def own_task() -> AdapterTask:
    return adapter_task([tune(f"own {i}", tonic=i) for i in range(4)], [tune("apart", tonic=7)])


def test_an_adapter_changes_nothing_at_first_and_then_what_it_learned(shipped: Path) -> None:
    own = own_task()
    with torch.no_grad():
        assert own.evaluate(own.build().eval(), CPU)["loss"] == pytest.approx(before(own), abs=1e-5)
    frozen = {n for n, p in own.build().named_parameters() if not p.requires_grad}
    assert {"bag.weight", "line.weight_hh_l0", "pitch.bag.weight", "onset.out.weight"} <= frozen
    config = replace(CONFIG, steps=20, every=10, warmup=2, rate=2e-2, average=0.5)
    found = train(own, config, shipped / "run", CPU)
    path = save_adapter(shipped / "own.safetensors", found.state)
    net = melody.load(str(path))
    after = sum(per_note(net.module, own.held, CPU).values())
    assert after < before(own) - 0.1
    assert after == pytest.approx(min(row["loss"] for row in found.curve), abs=0.02)
    assert path.stat().st_size < 200_000


def test_an_adapter_of_another_net_is_refused(shipped: Path) -> None:
    own = own_task()
    path = save_adapter(shipped / "own.safetensors", own.build().state_dict())
    other = MelodyModule(replace(TINY, head=16))
    with pytest.raises(ModelError, match="made for another net"):
        adapted(other, path)
    with pytest.raises(ModelError, match="there are no weights"):
        melody.load(str(shipped / "missing.safetensors"))
    with pytest.raises(TrainingError, match="0 held out"):
        adapter_task([tune()], [])


def test_a_folder_without_corpora_is_refused(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        next(read_tunes(tmp_path))
