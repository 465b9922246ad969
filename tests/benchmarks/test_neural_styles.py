"""The benchmark of styles of one's own reads tunes as they are barred, and measures what was not learned from."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

import pytest

from partimento.benchmarks.neural.styles import FILE, piece_of, tunes
from partimento.theory.errors import TrainingError

NOTES = [[24 * i, 24, 67 + (0, 2, 4, 5)[i % 4]] for i in range(40)]
ROW: dict[str, Any] = {
    "id": "x1", "kind": "waltzes", "tpq": 24, "meters": [[0, 3, 4]], "keys": [[0, "Em"]],
    "parts": {"melody": NOTES}, "chords": [[24, 72, "E:min"], [96, 72, "B:7"]],
}  # fmt: skip


def test_bars_begin_with_the_first_chord() -> None:
    piece = piece_of(ROW)
    assert [(bar.onset, bar.length) for bar in piece.bars[:2]] == [(24, 72), (96, 72)]
    assert piece.keys == ((0, 4, "minor"),) and [(c.root, c.quality) for c in piece.chords] == [(0, "min"), (7, "7")]


def test_tunes_of_a_kind_are_read_without_a_genre(tmp_path: Path) -> None:
    with pytest.raises(TrainingError, match="there is no file"):
        list(tunes(tmp_path, "waltzes"))
    (tmp_path / FILE).parent.mkdir()
    rows = [ROW, {**ROW, "kind": "morris"}, {**ROW, "chords": []}]
    (tmp_path / FILE).write_bytes(gzip.compress("".join(json.dumps(row) + "\n" for row in rows).encode()))
    (found,) = tunes(tmp_path, "waltzes")
    assert found.sheet.genre == 0 and [note[2] for note in found.notes] == [row[2] for row in NOTES]
