"""The drums model: answers, masks, weights on the disk, its data and its training, on made recordings."""

from __future__ import annotations

import gzip
import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from partimento.arrangement.net_drums import PIECES, Lead
from partimento.composer.neural.drums import (
    CLASSES,
    HANDS,
    STYLES,
    DrumsConfig,
    DrumsModule,
    DrumsNet,
    load_from,
    place_codes,
    style_code,
)
from partimento.composer.neural.drums_data import FILE, Excerpt, excerpt, spliced, takes, together
from partimento.composer.neural.drums_training import DrumsTask, feel_losses, groove_loss, task
from partimento.learning.nets.weights import save_weights
from partimento.score.stream import Stream
from partimento.theory.errors import ModelError, TrainingError

TINY = DrumsConfig(width=6, feel=5, groove=7, dropout=0.0)


def tiny(seed: int = 1, scale: float = 4.0) -> DrumsNet:
    """A net of random weights, large enough that its answers differ from step to step."""
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        module = DrumsModule(TINY)
        with torch.no_grad():
            for parameter in module.parameters():
                parameter.mul_(scale)
    return DrumsNet(module)


GROOVE: tuple[frozenset[str], ...] = tuple(
    frozenset({"hat"} | ({"kick"} if i % 8 == 0 else set()) | ({"snare"} if i % 8 == 4 else set())) for i in range(16)
)


ALL = frozenset(PIECES)


def lead(steps: int = 16, before: Sequence[frozenset[str]] = GROOVE, pieces: frozenset[str] = ALL) -> Lead:
    return Lead(tuple(before), steps, 0, True, pieces)


def test_classes_are_the_pieces_players_know() -> None:
    assert set(CLASSES) == set(PIECES) and len(set(STYLES)) == len(STYLES)
    assert STYLES[style_code("jazz")] == "jazz" and style_code("no such style") == 0


@given(steps=st.integers(1, 100), division=st.sampled_from([3, 4]), bar=st.integers(0, 9))
def test_places_tell_every_step_of_a_bar_apart(steps: int, division: int, bar: int) -> None:
    codes = place_codes(steps, division, 2, 1, bar)
    size = 4 * division
    assert codes.shape == (steps, 4) and set(codes[:, 2].tolist()) == {2} and set(codes[:, 3].tolist()) == {1}
    first = codes[:size, 0].tolist()
    assert len(set(first)) == len(first)
    assert all(int(row[0]) == first[i % size] and int(row[1]) == (bar + i // size) % 8 for i, row in enumerate(codes))


@settings(max_examples=15, deadline=None)
@given(bars=st.integers(1, 30), division=st.sampled_from([3, 4]), seed=st.integers(0, 3))
def test_every_stroke_is_touched_and_no_other(bars: int, division: int, seed: int) -> None:
    stream = Stream(seed, "strokes")
    grid = [frozenset(p for p in PIECES if stream.chance(0.2)) for _ in range(bars * 4 * division)]
    found = tiny().touches("rock", 120.0, division, grid, [False] * len(grid))
    assert [set(step) for step in found] == [set(step) for step in grid]
    assert all(t.velocity_spread >= 0 and t.delay_spread_ms >= 0 for step in found for t in step.values())
    assert found == tiny().touches("rock", 120.0, division, grid, [False] * len(grid))


def test_a_bar_is_touched_by_its_neighbours_and_not_by_the_far_end_of_the_song() -> None:
    grid = [*GROOVE] * 40
    other = [*grid[:-16], *(frozenset({"tom1"}),) * 16]
    one, two = (tiny().touches("rock", 120.0, 4, g, [False] * len(g)) for g in (grid, other))
    assert one[: 16 * 20] == two[: 16 * 20]
    assert one[16 * 38 : 16 * 39] != two[16 * 38 : 16 * 39]


def test_an_empty_song_and_no_questions() -> None:
    assert tiny().touches("rock", 120.0, 4, [], []) == []
    assert tiny().goes_on("rock", 120.0, 4, [], [], 4, 1.0) == []


@settings(max_examples=20, deadline=None)
@given(
    pieces=st.frozensets(st.sampled_from(sorted(PIECES))), steps=st.integers(1, 16), seed=st.integers(0, 9),
    temperature=st.sampled_from([0.1, 1.0, 2.0]),
)  # fmt: skip
def test_only_what_the_kit_has_and_two_hands_reach(
    pieces: frozenset[str], steps: int, seed: int, temperature: float
) -> None:
    asked = lead(steps, pieces=pieces)
    (ways,) = tiny(seed).goes_on("funk", 100.0, 4, [asked], [Stream(seed, "x")], 3, temperature)
    assert len(ways) == 3
    hands = {c for c, hand in zip(CLASSES, HANDS, strict=True) if hand}
    for way in ways:
        assert len(way.strokes) == steps and way.nats <= 0
        for step in way.strokes:
            assert set(step) <= pieces and len(set(step) & hands) <= 2
            assert len(set(step) & {"hat", "hat_open", "hat_pedal"}) <= 1


def test_a_question_is_answered_alike_alone_and_among_others() -> None:
    asked = [lead(4), lead(16, before=GROOVE * 3), lead(8, before=GROOVE[:8], pieces=frozenset({"snare", "tom1"}))]
    streams = [Stream(5, "q", i) for i in range(3)]
    among = tiny().goes_on("rock", 120.0, 4, asked, streams, 4, 1.0)
    for i, question in enumerate(asked):
        (alone,) = tiny().goes_on("rock", 120.0, 4, [question], [Stream(5, "q", i)], 4, 1.0)
        assert [way.strokes for way in alone] == [way.strokes for way in among[i]]
        assert [way.nats for way in alone] == pytest.approx([way.nats for way in among[i]], abs=0.1)


def test_a_ways_probability_is_the_models() -> None:
    """With one piece and one step the likelihood is a Bernoulli's: both outcomes' shares add up to one."""
    asked = lead(1, pieces=frozenset({"snare"}))
    (ways,) = tiny(scale=1.0).goes_on("rock", 120.0, 4, [asked], [Stream(1, "p")], 200, 1.0)
    shares = {way.strokes: 2.718281828**way.nats for way in ways}
    assert set(shares) == {((),), (("snare",),)} and sum(shares.values()) == pytest.approx(1.0, abs=0.01)
    struck = sum(way.strokes == (("snare",),) for way in ways) / len(ways)
    assert struck == pytest.approx(shares[(("snare",),)], abs=0.12)


def test_weights_go_to_the_disk_and_come_back(tmp_path: Path) -> None:
    net = tiny(scale=1.0)
    path = save_weights(tmp_path / "drums.safetensors", "drums", net.module.sizes(), net.module.state_dict())
    again = load_from(path)
    assert again.module.config == TINY
    one, two = (n.touches("rock", 120.0, 4, GROOVE, [False] * 16) for n in (net, again))
    pairs = [(one[i][p].velocity, two[i][p].velocity) for i, step in enumerate(one) for p in step]
    assert all(mine == pytest.approx(theirs, abs=0.5) for mine, theirs in pairs)


def test_bad_weights_are_told(tmp_path: Path) -> None:
    state = tiny().module.state_dict()
    with pytest.raises(ModelError, match="no weights"):
        load_from(tmp_path / "none.safetensors")
    path = tmp_path / "drums.safetensors"
    for config in ({"width": 6, "feel": 5, "groove": 9}, {"breadth": 6}):
        save_weights(path, "drums", config, state)
        with pytest.raises(ModelError, match="do not fit|other sizes"):
            load_from(path)
    save_weights(path, "melody", {}, state)
    with pytest.raises(ModelError, match="'melody'"):
        load_from(path)
    path.write_bytes(path.read_bytes()[:200])
    with pytest.raises(ModelError, match="cannot be read"):
        load_from(path)


def recording(name: str, split: str, kind: str = "beat", bars: int = 8, late: int = 0) -> dict[str, object]:
    """Rock eighths, the snare louder than the hats, the toms in the last beat of the last bar."""
    hits = []
    for i in range(8 * bars):
        hits.append([240 * i + late, 42, 60])
        if i % 4 == 0:
            hits.append([240 * i, 36, 80])
        if i % 4 == 2:
            hits.append([240 * i, 38, 110])
    hits += [[1920 * bars - 120 * k, 48, 90] for k in (1, 2, 3)]
    return {
        "id": name, "substyle": "rock", "bpm": 100, "beat_type": kind, "meter": "4/4", "drummer": "d",
        "split": split, "hits": sorted(hits),
    }  # fmt: skip


def written(folder: Path, rows: Sequence[object]) -> Path:
    with gzip.open(folder / FILE, "wt", encoding="utf-8") as file:
        for row in rows:
            file.write(json.dumps(row) + "\n")
    return folder


@pytest.fixture
def made(tmp_path: Path) -> Path:
    rows = [recording(f"t{i}", "train", late=12) for i in range(3)]
    rows += [recording("f", "train", "fill", bars=1), recording("v", "validation")]
    return written(tmp_path, rows)


def test_a_recording_becomes_a_grid(made: Path) -> None:
    found = takes(made)
    assert [take.split for take in found] == ["train"] * 4 + ["validation"]
    beat, fill = found[0], found[3]
    assert beat.division == 4 and beat.hits.shape == (128, 12) and beat.step_ms == pytest.approx(150.0)
    hat, snare, tom = (CLASSES.index(p) for p in ("hat", "snare", "tom1"))
    assert beat.velocity[4, snare] == 110 and beat.hits[4, snare] == 1 and beat.hits[1].sum() == 0
    late = beat.delay[0, hat] - beat.delay[0, CLASSES.index("kick")]
    assert late == pytest.approx(12 / 480 * 600, abs=0.1)
    assert beat.offset[4, snare] == pytest.approx(0.0, abs=0.1) and beat.offset[2, hat] == pytest.approx(15.0, abs=0.1)
    assert beat.hits[125:, tom].all()
    assert not beat.codes[:124, 3].any() and beat.codes[124:, 3].all() and fill.codes[:, 3].all()


def test_a_spliced_fill_lies_between_two_grooves(made: Path) -> None:
    beat, fill = takes(made)[0], takes(made)[3]
    joined = spliced(beat, 16, fill, 2)
    assert joined.codes[:, 3].tolist() == [0] * 32 + [1] * 16 + [0] * 16
    assert np.array_equal(joined.hits[:32], beat.hits[16:48]) and np.array_equal(joined.hits[32:48], fill.hits[:16])
    assert np.array_equal(joined.hits[48:], joined.hits[:16])
    assert joined.codes[32, 0] == 0 and joined.codes[32, 1] == 7 and joined.codes[48, 1] == 0


def test_excerpts_are_padded_together(made: Path) -> None:
    beat, fill = takes(made)[0], takes(made)[3]
    batch = together([excerpt(beat, 112, 32), excerpt(fill, 0, 99)])
    assert batch["hits"].shape == (2, 16, 12) and batch["lengths"].tolist() == [16, 16]
    batch = together([excerpt(beat, 0, 128), excerpt(fill, 0, 99)])
    assert batch["hits"].shape == (2, 128, 12) and batch["lengths"].tolist() == [128, 16]
    assert not batch["hits"][1, 16:].any()


def test_padding_changes_no_loss(made: Path) -> None:
    found = takes(made)
    module = DrumsModule(TINY).eval()
    parts = [excerpt(found[0], 0, 128), excerpt(found[3], 0, 16)]

    def losses(part: Sequence[Excerpt]) -> tuple[float, float]:
        batch = {name: torch.from_numpy(array) for name, array in together(part).items()}
        with torch.no_grad():
            return float(groove_loss(module, batch)), float(feel_losses(module, batch)[0])

    both, alone = losses(parts), [losses([part]) for part in parts]
    assert both[0] == pytest.approx((alone[0][0] * 128 + alone[1][0] * 16) / 144, abs=1e-4)
    assert both[0] != pytest.approx(alone[0][0], abs=1e-4)


def test_training_learns_and_a_step_is_a_function_of_its_number(made: Path) -> None:
    job = task(made, 3)
    small = DrumsTask(job.train + job.held_out, TINY, 3)
    again = task(made, 3).batch(5)
    for net, batch in job.batch(5).items():
        assert all(torch.equal(tensor, again[net][name]) for name, tensor in batch.items())
    assert not torch.equal(job.batch(6)["feel"]["hits"], again["feel"]["hits"])
    torch.manual_seed(0)
    module = small.build()
    device = torch.device("cpu")
    with torch.no_grad():
        before = small.evaluate(module, device)
    optimiser = torch.optim.Adam(module.parameters(), 0.05)
    first = small.batch(0)
    for _ in range(16):
        optimiser.zero_grad()
        small.loss(module, first, device).backward()  # type: ignore[no-untyped-call]  # torch's stub has no types here
        optimiser.step()
    with torch.no_grad():
        after = small.evaluate(module, device)
    assert after["loss"] < 0.7 * before["loss"] and after["velocity"] < 0.7 * before["velocity"]


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        ([recording("a", "train")], "both splits"),
        ([recording("a", "train"), {"id": "b"}], "line 2"),
        ([recording("a", "train"), [1, 2]], "line 2"),
        ([{**recording("a", "train"), "bpm": 0}], "line 1"),
        ([{**recording("a", "train"), "hits": [[0, 36, "loud"]]}], "line 1"),
    ],
)
def test_bad_data_is_told(tmp_path: Path, rows: Sequence[object], message: str) -> None:
    with pytest.raises(TrainingError, match=message):
        takes(written(tmp_path, rows))


def test_missing_and_cut_data_are_told(tmp_path: Path, made: Path) -> None:
    with pytest.raises(TrainingError, match="no 'drums_groove"):
        takes(tmp_path / "nowhere")
    (made / FILE).write_bytes((made / FILE).read_bytes()[:-30])
    with pytest.raises(TrainingError, match=FILE):
        takes(made)
    (made / FILE).write_bytes(b"not gzip at all")
    with pytest.raises(TrainingError, match=FILE):
        takes(made)
