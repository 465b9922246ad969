"""The memory of training melodies: what it holds it knows, in every key; a line that would repeat it is turned away."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from partimento.arrangement.style import load_style
from partimento.composer.melody import write_lead
from partimento.composer.melody_harmony import HarmonyMap
from partimento.composer.melody_memory import unremembered
from partimento.composer.melody_view import Written
from partimento.composer.neural import memory
from partimento.composer.neural.muse import muse_of
from partimento.learning.tables.corpus import FILES
from partimento.learning.tables.memory import MELODIES, main
from partimento.learning.tables.runs import LONGEST, RunFilter, codes, filter_from_bytes, filter_of
from partimento.score.brief import Brief
from partimento.score.instruments import instrument
from partimento.score.stream import Stream
from partimento.score.timeline import Timeline
from partimento.theory.errors import ModelError
from partimento.theory.pitch import Pitch
from tests.composer.melody_nets import Chance, muse_with
from tests.composer.test_melody_laws import song, style

LINE = [(i * 240, 60 + (i * i * 5 + i // 3) % 13) for i in range(30)]

notes = st.lists(st.tuples(st.sampled_from([120, 240, 480]), st.integers(48, 84)), min_size=13, max_size=40)


def at_onsets(rows: list[tuple[int, int]]) -> list[tuple[int, int]]:
    onset, out = 0, []
    for wait, midi in rows:
        out.append((onset, midi))
        onset += wait
    return out


@given(notes, st.integers(-12, 12), st.integers(1, 4))
def test_what_was_given_is_known_in_every_key_and_resolution(
    rows: list[tuple[int, int]], shift: int, factor: int
) -> None:
    line = at_onsets(rows)
    runs = filter_of([codes(line, 480)])
    moved = [(onset * factor, midi + shift) for onset, midi in line]
    assert runs.found(moved, 480 * factor) == list(range(LONGEST, len(line)))


@given(notes)
def test_shorter_runs_and_other_lines_are_not_known(rows: list[tuple[int, int]]) -> None:
    line = at_onsets(rows)
    assert filter_of([codes(line[:LONGEST], 480)]).found(line, 480) == []


def test_few_other_runs_seem_known() -> None:
    random = Stream(1, "runs")
    lines = [[(i * 240, 60 + random.below(12)) for i in range(4000)] for _ in range(2)]
    runs = filter_of([codes(lines[0], 480)])
    assert len(runs.found(lines[1], 480)) < 4


def test_pitches_that_would_end_a_known_run_are_named() -> None:
    runs = filter_of([codes(LINE, 480)])
    onset, midi = LINE[15]
    assert memory.known_pitches(runs, LINE[:15], onset, [midi - 1, midi, midi + 1]) == [False, True, False]
    assert memory.known_pitches(runs, LINE[:11], LINE[11][0], [LINE[11][1]]) == [False]


@pytest.mark.parametrize("seed", [3, 7, 11])
def test_a_net_that_would_sing_what_it_learned_is_kept_from_it(seed: int) -> None:
    """What a net sings with an empty memory is planted: the same net with the same draws then sings none of it."""
    planted = lead_of(seed, Chance(), filter_of([]))
    learned = filter_of([codes(planted, 480)])
    assert len(learned.found(planted, 480)) == len(planted) - LONGEST
    line = lead_of(seed, Chance(), learned)
    assert len(line) > len(planted) // 2 and learned.found(line, 480) == []


def lead_of(seed: int, net: Chance, learned: RunFilter) -> list[tuple[int, int]]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("partimento.composer.melody_neural.load_memory", lambda: learned)
        lead = style(table="pop", density=7.0, span=20)
        found = write_lead(song(seed), lead, instrument("voice"), 55, 79, muse=muse_with(net))[0]
    return [(n.onset, n.pitch.midi) for n in found if isinstance(n.pitch, Pitch)]


def test_a_finished_line_is_changed_where_it_repeats_what_was_learned() -> None:
    a_song = song(1)
    field = HarmonyMap(Timeline(a_song), "key", False)
    key = a_song.sections[0].key
    line = [Written(i * 240, 240, 60 + (0, 2, 4, 5, 7, 9)[(i * i + i // 4) % 6], field.under(i * 240, 240, key), 0.5)
            for i in range(40)]  # fmt: skip
    runs = filter_of([codes([(n.onset, n.midi) for n in line], 480)])
    mended = unremembered(line, [(n.onset, n.midi) for n in line], runs, 48, 84)
    assert runs.found([(n.onset, n.midi) for n in mended], 480) == []
    assert sum(a.midi != b.midi for a, b in zip(line, mended, strict=True)) <= 6
    assert [n.onset for n in mended] == [n.onset for n in line]


def test_a_file_comes_back_and_a_damaged_one_is_refused() -> None:
    runs = filter_of([codes(LINE, 480)])
    data = runs.to_bytes()
    assert filter_from_bytes(data, "a file") == runs
    for damaged in (data[:-1], data[:-9] + b"x" + data[-8:], b"", b"something else"):
        with pytest.raises(ModelError, match="a file"):
            filter_from_bytes(damaged, "a file")


def test_no_memory_is_one_clear_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PARTIMENTO_WEIGHTS", str(tmp_path))
    memory.load.cache_clear()
    with pytest.raises(ModelError, match=r"melody_memory\.bin"):
        memory.load()
    memory.load.cache_clear()


def test_without_its_memory_the_net_does_not_sing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The weights are there, the memory is not: the rules compose, and a notice says which model is damaged."""
    monkeypatch.setenv("PARTIMENTO_WEIGHTS", str(tmp_path))
    (tmp_path / "melody.safetensors").write_bytes(b"weights")
    memory.load.cache_clear()
    muse = muse_of(Brief(genre="pop", engine="hybrid"), load_style("pop"), ("melody",))
    memory.load.cache_clear()
    assert muse.melody is None
    assert [(d.rule, d.value("models")) for d in muse.decisions] == [("notice.model-damaged", "melody")]


def test_the_script_reads_every_melody_and_says_what_is_missing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "memory.bin"
    for source, part in MELODIES:
        row = {"tpq": 24, "parts": {part: [[onset // 20, 6, midi, 80] for onset, midi in LINE]}}
        with gzip.open(tmp_path / FILES[source], "wt", encoding="utf-8") as file:
            file.write(json.dumps(row) + "\n" + json.dumps({"tpq": 24, "parts": {}}) + "\n")
    assert main(["--data", str(tmp_path), "--out", str(out)]) == 0
    assert filter_from_bytes(out.read_bytes(), "it").found(LINE, 480)
    (tmp_path / FILES["rs200"]).unlink()
    assert main(["--data", str(tmp_path), "--out", str(out)]) == 2
    assert FILES["rs200"] in capsys.readouterr().out


def test_the_shipped_memory_can_be_read() -> None:
    memory.load.cache_clear()
    set_bits = sum(byte.bit_count() for byte in memory.load().bits)
    assert 0.3 < set_bits / (8 * len(memory.load().bits)) < 0.6

