"""The voicing net: its tokens, its sums, what it sets by what rules, its files; tiny models of random weights."""

from __future__ import annotations

import gzip
import json
import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, replace
from functools import cache
from itertools import combinations, pairwise
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from partimento.arrangement.net_voices import Moment, Phrase, Ranges
from partimento.composer.neural import voicing, voicing_training
from partimento.composer.neural.shipped import weights_path
from partimento.composer.neural.voicing import FAULTS, VoicingNet, read_model
from partimento.composer.neural.voicing_data import (
    FILE,
    HIGH,
    HYMNS,
    LOW,
    OTHER,
    REST,
    chord_of,
    encode,
    interval,
    read_hymns,
    read_split,
    transposed,
)
from partimento.composer.neural.voicing_module import ORDER, Config, Memory, Voicing
from partimento.composer.neural.voicing_training import (
    VoicingTask,
    by_piece,
    collate,
    task,
    token_hits,
    token_nats,
)
from partimento.learning.nets.weights import save_weights
from partimento.score.stream import Stream
from partimento.theory.chord import Chord, parse_chord, parse_progression
from partimento.theory.errors import ModelError, TrainingError

DATA = Path(os.environ.get("PARTIMENTO_DATA", ""))
TINY = Config(width=12, layers=2, head=8, heads=2, dropout=0.3, drop_input=0.2)
RANGES: Ranges = ((60, 79), (53, 74), (48, 69), (40, 62))
ROW = st.lists(st.one_of(st.just(-1), st.integers(48, 72)), min_size=4, max_size=4)
ROWS = st.lists(ROW, min_size=1, max_size=12)
CHORDS = st.sampled_from(["C", "Am", "G7", "F#dim7", "Bbmaj7", "Dm7b5", "Esus4", "Caug", "Ab6", "D/F#", "G9", "Cm/Eb"])


@pytest.fixture(autouse=True)
def one_thread() -> Iterator[None]:
    """Tiny sums: a second thread would be waited for."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@cache
def tiny(seed: int = 0) -> Voicing:
    """An untrained network."""
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        return Voicing(TINY).eval()


def rows_of(count: int) -> list[list[int]]:
    """A piece of that many sixteenths that moves, holds and rests."""
    return [[72 - t % 5, 67 if t % 7 else -1, 60 + t // 4 % 3, 48 + t // 8 % 2] for t in range(count)]


def phrase(text: str, soprano: int = -1, bass: int = -1) -> Phrase:
    """A phrase of those chords."""
    chords = [c for bar in parse_progression(text) for c in bar if c is not None]
    return Phrase(tuple(Moment(chord, soprano, bass) for chord in chords), RANGES)


@pytest.mark.parametrize(
    ("pitches", "token"),
    [
        ((72, 67, 64, 48), 0),
        ((69, 64, 60, 55), 4 * 9 + 1),  # A minor seventh over G, not C with a sixth
        ((74, 69, 65, 59), 4 * 11 + 2),
        ((72, 68, 64, 52), 4 * 4 + 3),  # augmented: its bass is its root
        ((70, 67, 64, 48), 0),  # a fifth in place: the seventh is folded in
        ((72, 70, 64, 48), 0),  # no fifth, but third and seventh
        ((72, 67, 65, 48), OTHER),
        ((72, 67, 60, 48), OTHER),
        ((-1, -1, -1, -1), REST),
        ((-1, 67, 64, 60), 0),
    ],
)
def test_chords_are_read_from_four_pitches(pitches: tuple[int, ...], token: int) -> None:
    assert chord_of(pitches) == token


@given(ROWS, st.integers(-6, 6))
def test_transposing_pitches_and_tokens_is_the_same(rows: list[list[int]], by: int) -> None:
    moved = encode("x", [[p + by if p >= 0 else -1 for p in row] for row in rows])
    turned = transposed(encode("x", rows), by)
    for name in ("pitches", "held", "came", "chords", "chord_held"):
        assert np.array_equal(getattr(moved, name), getattr(turned, name)), name


@given(ROWS)
def test_what_is_held_is_counted_and_how_it_came_is_kept(rows: list[list[int]]) -> None:
    piece = encode("x", rows)
    for v in range(4):
        for t, (old, new) in enumerate(pairwise([row[v] for row in rows]), 1):
            assert piece.held[t, v] == (piece.held[t - 1, v] + 1 if old == new else 1)
            if old != new:
                assert piece.came[t, v] == interval(max(0, old - LOW + 1), max(0, new - LOW + 1))
            else:
                assert piece.came[t, v] == piece.came[t - 1, v]


@pytest.mark.parametrize("row", [[60] * 3, [60, 60, 60, 200], [60, 60, 60, "x"], [60, 60, 60, -2], [60, 60, 60, 60.0]])
def test_rows_that_are_none_are_refused(row: list[int]) -> None:
    with pytest.raises(TrainingError, match=r"'bad', step 1.*no row of four pitches"):
        encode("bad", [[60, 60, 60, 60], row])
    with pytest.raises(TrainingError, match="no steps"):
        encode("bad", [])


def test_files_that_are_none_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "x.json.gz"
    with pytest.raises(TrainingError, match="there is no file"):
        read_split(path, "train")
    whole = gzip.compress(json.dumps({"train": [[[60, 60, 60, 60]]], "note": "x", "bad": [1], "empty": []}).encode())
    path.write_bytes(whole)
    assert len(read_split(path, "train")) == 1
    with pytest.raises(TrainingError, match=r"no split 'test'. Splits: bad, empty, train"):
        read_split(path, "test")
    for split in ("bad", "empty"):
        with pytest.raises(TrainingError, match="no list of pieces"):
            read_split(path, split)
    for data in (whole[:-9], b"", b"plain", gzip.compress(b"{")):
        path.write_bytes(data)
        with pytest.raises(TrainingError, match="cannot be read"):
            read_split(path, "train")
        with pytest.raises(TrainingError, match="cannot be read"):
            read_hymns(path, [])
    path.write_bytes(gzip.compress(b"[]"))
    with pytest.raises(TrainingError, match="Splits: none"):
        read_split(path, "train")


def hymn(name: str, tune: list[int]) -> dict[str, object]:
    """A hymn in quarters."""
    under = [[24 * i, 24, 50] for i in range(len(tune))]
    parts = {"soprano": [[24 * i, 24, p] for i, p in enumerate(tune)], "alto": under, "tenor": under, "bass": under}
    return {"id": name, "tpq": 24, "parts": parts}


def test_hymns_whose_tune_is_held_out_are_left_out(tmp_path: Path) -> None:
    tune = [60, 62, 64, 65, 67, 65, 64, 62, 60, 64, 62, 59, 60, 67]
    other = [60, 64, 62, 65, 64, 67, 65, 69, 67, 71, 69, 72, 71, 74]
    path = tmp_path / "hymns.jsonl.gz"
    rows = [hymn("same", [p + 3 for p in tune]), hymn("other", other), hymn("high", [*other, 99])]
    path.write_bytes(gzip.compress("\n".join(map(json.dumps, rows)).encode()))
    held_out = encode("valid", [[p, 50, 50, 50] for p in tune for _ in range(4)])
    found = read_hymns(path, [held_out])
    assert [piece.name for piece in found] == ["other"]
    assert found[0].kind == 1
    assert found[0].pitches[:5, 0].tolist() == [60 - LOW + 1] * 4 + [64 - LOW + 1]
    path.write_bytes(gzip.compress(b'{"id": "x"}'))
    with pytest.raises(TrainingError, match="no hymn"):
        read_hymns(path, [])


def test_a_sequence_in_pieces_is_the_whole() -> None:
    steps, _ = collate([(encode("x", rows_of(30)), 0), (encode("y", rows_of(40)), 8)], 30)
    model = tiny()
    with torch.inference_mode():
        entered = model.inputs(steps)
        whole, _ = model.states(entered)
        memory: Memory | None = None
        parts = []
        for a, b in ((0, 1), (1, 5), (5, 9), (9, 30)):
            part, memory = model.states(entered[:, a:b], memory)
            parts.append(part)
        assert memory is not None
        again, _ = model.states(entered[1:, 9:], model.states(entered[:, :9])[1].chosen(torch.tensor([1])))
    assert torch.allclose(torch.cat(parts, 1), whole, atol=1e-5)
    assert torch.allclose(again, whole[1:, 9:], atol=1e-5)


@pytest.mark.parametrize("column", range(4))
def test_nothing_is_known_before_its_time(column: int) -> None:
    rows = rows_of(20)
    changed = [list(row) for row in rows]
    changed[12][column] = 55
    a, b = (collate([(encode("x", r), 0)], 20)[0] for r in (rows, changed))
    b = replace(b, chords=a.chords, chord_held=a.chord_held)  # the chord of a step is known before its voices
    with torch.inference_mode():
        pairs = list(zip(tiny().logits(a), tiny().logits(b), strict=True))
    for x, y in pairs:
        assert torch.allclose(x[:, :12], y[:, :12], atol=1e-6)
    for j, (x, y) in enumerate(pairs[1:]):
        same = torch.allclose(x[:, 12], y[:, 12], atol=1e-6)
        assert same == (ORDER.index(column) >= j), f"voice {ORDER[j]} at the step where {column} changed"
    assert not torch.allclose(pairs[0][0][:, 13], pairs[0][1][:, 13], atol=1e-6)


@settings(max_examples=25)
@given(st.lists(CHORDS, min_size=1, max_size=5), st.integers(0, 3), st.sampled_from([-1, 67, 71]), st.integers(0, 3))
def test_voices_keep_to_chord_tones_ranges_and_what_is_given(
    names: list[str], seed: int, soprano: int, bass: int
) -> None:
    moments = tuple(Moment(parse_chord(name), soprano, [-1, 43, 48, 50][bass]) for name in names)
    (found,) = VoicingNet(tiny(seed % 2)).voice([Phrase(moments, RANGES)], Stream(seed, "x"), 3, 1.0)
    assert len(found.pitches) == len(moments)
    assert found.of == 3 and 0 <= found.permille <= 1000
    for moment, sonority in zip(moments, found.pitches, strict=True):
        for voice, pitch in enumerate(sonority):
            given_here = (moment.soprano, -1, -1, moment.bass)[voice]
            if given_here >= 0:
                assert pitch == given_here
            else:
                low, high = RANGES[voice]
                assert low <= pitch <= high and pitch % 12 in moment.chord.numbers
        assert list(sonority) == sorted(sonority, reverse=True)


def test_rules_keep_parallels_away_that_random_weights_write() -> None:
    phrases = [phrase("C | F | G | C | Am | Dm | G | C"), phrase("Am | Dm | E | Am | F | G | C | E")]

    def parallels(net: VoicingNet) -> int:
        count = 0
        for seed in range(4):
            for voiced in net.voice(phrases, Stream(seed, "x"), 4, 1.0):
                for old, new in pairwise(voiced.pitches):
                    for a, b in combinations(range(4), 2):
                        apart = (old[a] - old[b]) % 12
                        along = (new[a] - old[a]) * (new[b] - old[b]) > 0
                        count += along and apart in (0, 7) and (new[a] - new[b]) % 12 == apart
        return count

    free = parallels(VoicingNet(tiny(), faults={}))
    assert free > 10
    assert parallels(VoicingNet(tiny())) * 10 < free


@pytest.mark.parametrize(
    ("before", "now", "voice", "pitch", "fault"),
    [
        ((76, 67, 60, 48), (-1, -1, -1, 50), 1, 69, "parallels"),  # fifths over the bass: the lower voice stands first
        ((76, 67, 60, 48), (79, -1, -1, -1), 2, 64, ""),
        ((72, 67, 60, 48), (74, -1, -1, -1), 3, 50, "parallels"),
        ((72, 67, 60, 48), (72, -1, -1, -1), 1, 74, "crossing"),
        ((72, 67, 60, 48), (72, -1, -1, -1), 1, 72, "unison"),
        ((72, 67, 60, 48), (76, -1, -1, -1), 1, 62, "spacing"),
        ((72, 67, 60, 48), (72, -1, -1, -1), 2, 50, "leap"),
        ((72, 65, 59, 55), (72, -1, -1, 48), 1, 67, "seventh left by leap"),
        ((72, 65, 59, 55), (72, 67, 60, -1), 3, 48, "incomplete"),
        ((72, 65, 59, 55), (76, -1, -1, -1), 2, 64, "doubled third"),
        ((72, 65, 59, 55), (72, -1, -1, 48), 2, 60, "thin"),
    ],
)
def test_each_fault_is_found(
    before: tuple[int, ...], now: tuple[int, ...], voice: int, pitch: int, fault: str
) -> None:
    moments = (Moment(parse_chord("G7")), Moment(parse_chord("C")))
    row = voicing._Setting(0, moments, RANGES, Stream(0), True, pitches=[list(before), list(now)])
    found = voicing._faults(row, 1, voice, pitch)
    assert (fault in found) if fault else not found
    assert set(found) <= set(FAULTS)


def test_the_same_seed_sets_the_same_whatever_stands_beside() -> None:
    net = VoicingNet(tiny())
    one, two = phrase("C | F | G7 | C"), phrase("Am | Dm | E7 | Am | F | C", soprano=69)
    together = net.voice([one, two], Stream(5, "x"), 4, 1.0)
    assert together == net.voice([one, two], Stream(5, "x"), 4, 1.0)
    assert together == (*net.voice([one], Stream(5, "x"), 4, 1.0), *net.voice([two], Stream(5, "x"), 4, 1.0))
    others = {net.voice([one], Stream(seed, "x"), 4, 1.0)[0].pitches for seed in range(8)}
    assert len(others) > 1
    likeliest = {net.voice([one], Stream(seed, "x"), 1, 1.0)[0].pitches for seed in range(8)}
    assert len(likeliest) == 1


def test_odd_questions() -> None:
    net = VoicingNet(tiny())
    assert net.voice([], Stream(0), 4, 1.0) == ()
    (empty,) = net.voice([Phrase((), RANGES)], Stream(0), 4, 1.0)
    assert empty.pitches == ()
    for low, high in ((60, 70), (LOW - 1, 60), (70, HIGH + 1)):
        with pytest.raises(ValueError, match="an octave at the least"):
            net.voice([Phrase((), (RANGES[0], (low, high), RANGES[2], RANGES[3]))], Stream(0), 4, 1.0)
    (far,) = net.voice([Phrase((Moment(Chord(parse_chord("C").root), 108, 12),), RANGES)], Stream(0), 2, 1.0)
    assert far.pitches[0][0] == 108 and far.pitches[0][3] == 12


def test_weights_are_read_or_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PARTIMENTO_WEIGHTS", str(tmp_path))
    voicing.load.cache_clear()
    try:
        with pytest.raises(ModelError, match="there are no weights"):
            voicing.load()
        path = save_weights(tmp_path / "voicing.safetensors", "voicing", asdict(TINY), tiny().state_dict())
        net = voicing.load()
        assert net is voicing.load()
        save_weights(path, "voicing", {"breadth": 3}, tiny().state_dict())
        with pytest.raises(ModelError, match="config of another version"):
            read_model(path)
        save_weights(path, "voicing", asdict(replace(TINY, width=16)), tiny().state_dict())
        with pytest.raises(ModelError, match="do not fit"):
            read_model(path)
    finally:
        voicing.load.cache_clear()


def test_a_batch_is_a_function_of_its_step(tmp_path: Path) -> None:
    folder = tmp_path / "open"
    folder.mkdir()
    (tmp_path / FILE).write_bytes(gzip.compress(json.dumps({"train": [rows_of(200)], "valid": [rows_of(40)]}).encode()))
    (tmp_path / HYMNS).write_bytes(gzip.compress(json.dumps(hymn("h", list(range(55, 75)))).encode()))
    found = task(tmp_path)
    inside = task(folder)
    assert [len(corpus) for corpus in found.corpora] == [len(corpus) for corpus in inside.corpora] == [1, 1]
    (a, here), (b, _), (c, _) = found.batch(3), found.batch(3), found.batch(4)
    assert torch.equal(a.pitches, b.pitches) and not torch.equal(a.pitches, c.pitches)
    assert set(a.kind.tolist()) == {0, 1}
    assert here.any() and not here.all()


def test_learning_lowers_the_loss_and_stock_is_taken_by_piece(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(voicing_training, "BATCH", 6)
    pieces = [encode("a", rows_of(32)), encode("b", rows_of(48))]
    learning = VoicingTask(pieces, pieces, TINY)
    device = torch.device("cpu")
    with torch.random.fork_rng():
        torch.manual_seed(0)
        model = learning.build()
        optimiser = torch.optim.Adam(model.parameters(), 2e-2)
        before = learning.evaluate(model.eval(), device)
        for step in range(8):
            loss = learning.loss(model.train(), learning.batch(step), device)
            optimiser.zero_grad()
            loss.backward()  # type: ignore[no-untyped-call]  # torch's own stub has no types here
            optimiser.step()
        with torch.no_grad():
            after = learning.evaluate(model.eval(), device)
    assert after["loss"] < 0.8 * before["loss"]
    assert after["loss"] == pytest.approx((after["chord"] + 4 * after["voices"]) / 5)


def test_nats_and_hits_are_those_of_the_logits() -> None:
    steps, _ = collate([(encode("x", rows_of(10)), 0)], 10)
    model = tiny()
    with torch.inference_mode():
        nats, hits, logits = token_nats(model, steps), token_hits(model, steps), model.logits(steps)
    alto = logits[4][0, 6].softmax(-1)
    token = int(steps.pitches[0, 6, 1])
    assert float(nats[0, 6, 4]) == pytest.approx(-float(alto[token].log()), abs=1e-4)
    assert bool(hits[0, 6, 4]) == (int(alto.argmax()) == token)


def test_threads_are_answered_alike() -> None:
    net = VoicingNet(tiny())
    phrases = [phrase("C | F | G7 | C"), phrase("Am | Dm | E7 | Am", soprano=69)]
    alone = net.voice(phrases, Stream(3, "x"), 3, 1.0)
    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(lambda _: net.voice(phrases, Stream(3, "x"), 3, 1.0), range(8)))
    assert found == [alone] * 8


def test_the_shipped_net_closes_as_a_choir_does() -> None:
    net = voicing.load()
    (found,) = net.voice([phrase("C | F | C | G7 | C", bass=-1)], Stream(1, "x"), 4, 1.0)
    moves = [abs(new[v] - old[v]) for old, new in pairwise(found.pitches) for v in range(3)]
    assert sum(m <= 2 for m in moves) >= 0.7 * len(moves)
    before, last = found.pitches[-2:]
    leading = [b for a, b in zip(before, last, strict=True) if a % 12 == 11]
    assert leading and all(pitch % 12 in (0, 7) for pitch in leading)
    assert last[3] % 12 == 0 and found.permille > 300


@pytest.mark.skipif(not (DATA / "open").is_dir(), reason="PARTIMENTO_DATA does not name a folder with open/")
def test_the_shipped_net_knows_held_out_chorales() -> None:
    pieces = read_split(DATA / FILE, "valid")[:6]
    rows = by_piece(token_nats, read_model(weights_path("voicing")), pieces, torch.device("cpu"))
    assert float(np.mean([row.mean() for row in rows])) < 0.36
