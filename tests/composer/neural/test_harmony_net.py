"""The harmony model: what it sees, what it may write, its data and its training, on tiny untrained nets."""

from __future__ import annotations

import gzip
import json
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, replace
from functools import cache
from pathlib import Path
from random import Random

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from partimento.benchmarks.neural.chords import Ngram, measure, table
from partimento.composer.neural.harmony import HarmonyConfig, HarmonyModel, HarmonyNet, load
from partimento.composer.neural.harmony_data import (
    Ngrams,
    Song,
    close_of,
    held_out,
    invented,
    ngrams,
    rows_of,
    song_of,
    songs,
    starts_of,
)
from partimento.composer.neural.harmony_guard import Draws, Guard, Placed, tones_of
from partimento.composer.neural.harmony_training import HarmonyTask, losses, padded, withheld
from partimento.composer.neural.harmony_view import (
    CLOSES,
    FIELDS,
    GENRES,
    KINDS,
    NO_BASS,
    NOTHING,
    QUALITIES,
    REFERENCE_FIELDS,
    REFERENCES,
    SILENT,
    SIZES,
    SOURCES,
    WIDTH,
    Setting,
    Sounding,
    Span,
    chord_of,
    facts,
)
from partimento.learning.nets.weights import save_weights
from partimento.learning.tables.corpus import Bar, Chord, Piece, Section
from partimento.score.stream import Stream
from partimento.theory.errors import ModelError, TrainingError

TINY = HarmonyConfig(chord=4, input=8, state=8, head=8, dropout=0.0)
MAJOR = {chord_of(root, quality): 0.0 for root, quality in
         ((0, "maj"), (2, "min"), (4, "min"), (5, "maj"), (7, "maj"), (7, "7"), (9, "min"))}  # fmt: skip


@cache
def net() -> HarmonyNet:
    torch.manual_seed(1)
    return HarmonyNet(HarmonyModel(TINY))


def guard(bars: int = 4, width: int = 8, **more: object) -> Guard:
    plain = Guard(0, 0, 0, KINDS.index("verse"), len(CLOSES) - 1, bars, width, 4, MAJOR)
    return replace(plain, **more)  # type: ignore[arg-type]  # any of its fields


def streams(count: int, name: str = "t") -> list[Stream]:
    return [Stream(1, name, n) for n in range(count)]


# What it sees.

SOUND = st.builds(Sounding, st.integers(0, NOTHING - 1), st.integers(0, NO_BASS - 1))
SOUNDS = st.lists(SOUND, min_size=8, max_size=96)


@given(SOUNDS, st.data())
def test_facts_lie_in_their_ranges_and_know_neither_the_future_nor_what_is_forgotten(
    sounds: list[Sounding], data: st.DataObject
) -> None:
    width = data.draw(st.sampled_from((4, 6, 8, 14)))
    bars = tuple(range(0, len(sounds) // width * width + width + 1, width))
    at = data.draw(st.integers(0, len(sounds) - 1))
    start = data.draw(st.integers(0, at))
    section = Span(at // 2, bars[-1], 1, 2, data.draw(st.integers(-1, at // 2)))
    setting = Setting(0, 0, bars)
    row = facts(setting, sounds, at, (1, 0, 3), 0, section, None, start)
    sizes = [SIZES[name] for name in FIELDS] + [SIZES[name] for name in REFERENCE_FIELDS] * REFERENCES
    assert len(row) == WIDTH and all(0 <= value < size for value, size in zip(row, sizes, strict=True))
    other = [SILENT] * start + sounds[start:at] + [SILENT] * (len(sounds) - at)
    assert row == facts(setting, other, at, (1, 0, 3), 0, section, None, start)


def test_a_reference_tells_what_stood_there_and_how_alike_it_went() -> None:
    bar_of = {0: 0, 1: 70, 2: 50}
    grid = [Sounding(bar_of[half // 8 % 3], 0) for half in range(40)]
    row = facts(Setting(0, 0, tuple(range(0, 65, 8))), grid, 40, (0, 0, 7), 0, None, None)
    two_back = row[len(FIELDS) : len(FIELDS) + len(REFERENCE_FIELDS)]
    assert two_back == [0, 0, 8, 1, 0]
    same = [Sounding(bar_of[half // 8 % 2], 0) for half in range(40)]
    row = facts(Setting(0, 0, tuple(range(0, 65, 8))), same, 40, (0, 0, 7), 0, None, None)
    assert row[len(FIELDS) : len(FIELDS) + len(REFERENCE_FIELDS)] == [70, 0, 8, 1, 4]


# What it writes.


@settings(deadline=None, max_examples=40)
@given(st.integers(1, 8), st.sampled_from((4, 6, 8)), st.integers(0, 999), st.booleans())
def test_what_is_written_keeps_to_the_guard(bars: int, width: int, seed: int, inverted: bool) -> None:
    follow = {chord_of(7, "7"): frozenset({0, 9})}
    asked = guard(bars, width, follow=follow, end=frozenset({7}), begin=frozenset({0, chord_of(9, "min")}),
                  inverted=0.5 if inverted else None)  # fmt: skip
    (found,) = net().write([asked], [Stream(seed, "law")], Draws(1.3, 0.0))
    chords = found.chords
    assert len(found.shares) == len(chords) and all(share <= 0 for share in found.shares)
    assert [c.at for c in chords] == [sum(c.halves for c in chords[:i]) for i in range(len(chords))]
    assert sum(c.halves for c in chords) == bars * width
    assert chords[0].chord in (0, chord_of(9, "min")) and chords[-1].chord // len(QUALITIES) == 7 or len(chords) == 1
    for c in chords:
        end = (c.at + c.halves) % width
        assert c.chord in MAJOR and c.halves % 2 == 0 and (end == 0 or c.at // width == (c.at + c.halves) // width)
        assert c.bass == 0 or inverted
    for one, two in zip(chords, chords[1:], strict=False):
        assert (one.chord, one.bass) != (two.chord, two.bass)
        if one.chord in follow and two.at + width // 2 < bars * width:
            assert two.chord // len(QUALITIES) in (0, 9)


def test_a_progression_does_not_depend_on_what_else_is_written() -> None:
    asked = [guard(bars) for bars in (2, 4, 8, 3)]
    together = net().write(asked, streams(4), Draws())
    alone = [net().write([one], [stream], Draws())[0] for one, stream in zip(asked, streams(4), strict=True)]
    assert together == alone
    assert net().write([], [], Draws()) == []


def test_threads_may_ask_at_once() -> None:
    asked = [guard(bars) for bars in (2, 4, 8)]
    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(lambda _: net().write(asked, streams(3), Draws()), range(8)))
    assert all(one == net().write(asked, streams(3), Draws()) for one in found)


def test_what_is_given_stays_and_is_gone_on_from() -> None:
    given_chords = (Placed(0, 8, 0, 0), Placed(8, 8, chord_of(5, "maj"), 0))
    whole, tail = net().write([guard(4), guard(4, given=given_chords)], streams(2), Draws())
    assert whole.chords[0].at == 0
    assert tail.chords[0].at == 16 and sum(c.halves for c in tail.chords) == 16
    # The state is that of having heard them: teacher forcing gives what follows the same share.
    chords = [(c.chord, c.bass, c.halves) for c in (*given_chords, *tail.chords)]
    line = guard(4).line()
    rows = []
    for chord, bass, halves in chords:
        rows.append(line.facts())
        line.add(chord, bass, halves, 0.0)
    with torch.inference_mode():
        heard, _ = net().model.hear(torch.tensor([rows]))
        logits = torch.log_softmax(net().model.chord_logits(heard, torch.tensor([rows])), -1)[0]
    shares = [float(logits[i, chord]) for i, (chord, _, _) in enumerate(chords)][2:]
    assert shares == pytest.approx(list(tail.shares), abs=0.01)


def test_scores_are_log_shares_of_every_chord() -> None:
    assert net().score(guard(), []) == []
    likely = net().score(guard(), [(0, 0, 8), (chord_of(5, "maj"), 0, 8)])
    assert len(likely) == 2 and all(value < 0 for value in likely)


def test_a_preference_is_followed_and_a_slow_song_has_fewer_chords() -> None:
    only = {chord: (9.0 if chord in (0, chord_of(5, "maj")) else 0.0) for chord in MAJOR}
    (found,) = net().write([guard(8, chords=only)], streams(1), Draws())
    assert {c.chord for c in found.chords} == {0, chord_of(5, "maj")}
    slow, quick = net().write([guard(8, slow=4.0), guard(8, slow=-4.0)], streams(2), Draws())
    assert len(slow.chords) <= 8 < len(quick.chords)


def test_tones() -> None:
    assert tones_of(chord_of(7, "7")) == {7, 11, 2, 5}


def test_weights_are_read_back_and_others_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PARTIMENTO_WEIGHTS", str(tmp_path))
    load.cache_clear()
    with pytest.raises(ModelError, match="no weights"):
        load()
    model = HarmonyModel(TINY)
    save_weights(tmp_path / "harmony.safetensors", "harmony", asdict(TINY), model.state_dict())
    found = load()
    assert found is load() and found.model.config == TINY
    load.cache_clear()
    for sizes in ({**asdict(TINY), "state": 9}, {"state": 8}, {**asdict(TINY), "state": "8"}):
        save_weights(tmp_path / "harmony.safetensors", "harmony", sizes, model.state_dict())
        with pytest.raises(ModelError, match="do not fit"):
            load()
    load.cache_clear()


# Its data.


def piece(name: str = "one", roots: tuple[int, ...] = (0, 5, 7, 0, 9, 5, 7, 0, 0, 5, 7, 0)) -> Piece:
    bars = tuple(Bar(96 * i, 96, 4, 4) for i in range(len(roots)))
    kinds = {9: "min"}
    chords = tuple(Chord(96 * i, 96, r, kinds.get(r, "maj"), r, "major", "") for i, r in enumerate(roots))
    half = 96 * len(roots) // 2
    parts = (Section(0, half, "verse", "A"), Section(half, 2 * half, "chorus", "B"))
    return Piece(name, "billboard", ("pop",), 24, bars, ((0, 0, "major"),), chords, sections=parts)


def chart(name: str = "one") -> Song:
    song = song_of(piece(name))
    assert song is not None
    return song


def test_a_piece_becomes_a_chart() -> None:
    song = chart()
    assert [e.chord // len(QUALITIES) for e in song.events] == [0, 5, 7, 0, 9, 5, 7, 0, 5, 7, 0]  # two bars of I
    assert [e.halves for e in song.events][7] == 16
    assert [(s.start, s.end, KINDS[s.kind], CLOSES[s.close]) for s in song.sections] == [
        (0, 48, "verse", "open"), (48, 96, "chorus", "authentic"),
    ]  # fmt: skip
    assert starts_of(song) == [0]
    assert song_of(piece(roots=(0,) * 12)) is None


def test_rows_begin_anywhere_and_tell_what_came() -> None:
    song = chart()
    seen, said = rows_of(song)
    assert len(seen) == len(said) == 11 and seen[1][0] == said[0][0] == 0 and seen[0][0] == NOTHING
    later, _ = rows_of(song, 5)
    assert later[0][0] == NOTHING and later[0][len(FIELDS)] == NOTHING
    assert later[0][FIELDS.index("place")] == 0


def test_closes_by_name() -> None:
    def ended(*chords: tuple[int, str]) -> str:
        song = chart()
        return CLOSES[close_of([song.events[0]._replace(chord=chord_of(*c)) for c in chords])]

    assert ended((7, "7"), (0, "maj")) == "authentic" and ended((11, "dim"), (0, "min")) == "authentic"
    assert ended((5, "maj"), (0, "maj")) == "plagal" and ended((0, "maj"), (7, "sus")) == "half"
    assert ended((0, "maj"), (7, "min")) == "open" and ended() == ""


def test_one_song_in_ten_is_held_out() -> None:
    assert 0.08 < sum(held_out(f"song {n}") for n in range(4000)) / 4000 < 0.13


def grams() -> Ngrams:
    return Ngrams(
        {0: [("1:maj7", 1)], 1: [("1:min7", 1)]},
        {(m, a): [(b, 1)] for m in (0, 1) for a, b in (("1:maj7", "2:min7"), ("2:min7", "5:7alt"), ("5:7alt", "1:maj7"),
                                                      ("1:min7", "2:min7"))},
        {},
    )  # fmt: skip


def test_invented_sequences_follow_the_counts_and_ask_for_chords_alone() -> None:
    seen, said = invented(grams(), Random(3), 6)
    names = {chord_of(0, "maj7"), chord_of(0, "min7"), chord_of(2, "min7"), chord_of(7, "7")}
    assert len(seen) == 6 and {row[0] for row in said} <= names and all(row[1:] == [-1, -1] for row in said)
    assert seen[2][0] == said[1][0] and SOURCES[seen[0][3]] == "jazz_ngrams" and GENRES[seen[0][4]] == "jazz"


@pytest.mark.parametrize("text", [None, "", "{", '{"all/major": 3}'])
def test_bad_data_is_named(tmp_path: Path, text: str | None) -> None:
    if text is not None:
        with gzip.open(tmp_path / "jazz_chord_ngram_statistics.json.gz", "wt") as file:
            file.write(text)
    with pytest.raises(TrainingError, match="jazz_chord_ngram"):
        ngrams(tmp_path)


def test_a_missing_or_damaged_corpus_is_named(tmp_path: Path) -> None:
    with pytest.raises(TrainingError, match="billboard.*missing"):
        songs(tmp_path)
    (tmp_path / "pop_billboard_chords.jsonl.gz").write_bytes(b"no gzip")
    with pytest.raises(TrainingError, match="cannot be read"):
        songs(tmp_path)
    with gzip.open(tmp_path / "pop_billboard_chords.jsonl.gz", "wt") as file:
        file.write(json.dumps({"id": "x"}) + "\n")
    with pytest.raises(TrainingError, match="cannot be read"):
        songs(tmp_path)


# Its training.


def tiny_task() -> HarmonyTask:
    charts = [chart(f"song {n}") for n in range(40)]
    task = HarmonyTask(charts, grams(), config=TINY)
    assert task.training and task.held
    return task


def test_a_batch_is_a_function_of_the_step() -> None:
    one, two = tiny_task(), tiny_task()
    two.batch(1)
    assert all(torch.equal(a, b) for a, b in zip(one.batch(5), two.batch(5), strict=True))
    assert not torch.equal(one.batch(5)[0], one.batch(6)[0])


def test_the_loss_falls_and_the_figures_are_means_a_chord() -> None:
    task = tiny_task()
    torch.manual_seed(0)
    model = task.build()
    before = task.evaluate(model, torch.device("cpu"))
    weights = list(model.parameters())
    for step in range(16):
        slopes = torch.autograd.grad(task.loss(model, task.batch(step), torch.device("cpu")), weights)
        with torch.no_grad():
            for weight, slope in zip(weights, slopes, strict=True):
                weight.sub_(0.5 * slope)
    after = task.evaluate(model, torch.device("cpu"))
    assert after["loss"] < 0.7 * before["loss"]
    assert after["loss"] == pytest.approx(after["chord"] + after["length"] + after["bass"])
    assert after["loss"] <= before["loss"] < 9.7, "nats a chord, not of all songs"


def test_the_held_out_figures_do_not_know_how_sections_close() -> None:
    task = tiny_task()
    model = task.build()
    told = [song._replace(sections=tuple(s._replace(close=0) for s in song.sections)) for song in task.held]
    other = HarmonyTask(told, None, config=TINY)
    assert task.evaluate(model, torch.device("cpu")) == other.evaluate(model, torch.device("cpu"))


def test_facts_are_withheld_for_a_whole_song() -> None:
    seen, _ = rows_of(chart())
    at = FIELDS.index("close")
    closes = {frozenset(row[at] for row in withheld(seen, Random(n))) for n in range(40)}
    assert frozenset({len(CLOSES) - 1}) in closes and frozenset(row[at] for row in seen) in closes
    assert len(closes) == 2


def test_what_is_padded_is_not_asked() -> None:
    short, long = rows_of(chart(), 6), rows_of(chart())
    facts_of, targets = padded([short, long])
    alone = padded([short])
    with torch.no_grad():
        sums = [float(total) for _, total in losses(net().model, facts_of[:1], targets[:1])]
        assert sums == pytest.approx([float(total) for _, total in losses(net().model, *alone)], rel=1e-4)


# The baselines of the benchmark.


def test_ngram_shares_add_up_to_one() -> None:
    for order in (1, 2, 3):
        model = Ngram([[0, 1, 2, 0, 1, 2], [0, 2]], order, 5)
        for context in ((0, 1), (4, 4), (-1, 0)):
            assert sum(model.share(context[2 - order + 1 :], n) for n in range(5)) == pytest.approx(1.0)
        assert model.share((0, 1)[2 - order + 1 :], 2) > model.share((0, 1)[2 - order + 1 :], 4)


def test_the_benchmark_prints_every_model_for_every_corpus() -> None:
    found = measure([chart(f"song {n}") for n in range(40)], net())
    assert set(found) == {"billboard", "all"}
    rows = found["all"]
    assert rows["uniform"]["both"] > rows["unigram"]["both"] > rows["trigram"]["both"] > 0
    assert rows["harmony model"] != rows["the model, not looking back"]
    assert table(found).count("harmony model") == table(found).count("not looking back") == 2
