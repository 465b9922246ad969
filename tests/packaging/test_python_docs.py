"""The examples in docs/python.md run as they stand, in order, and what they write is there."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

PAGE = Path(__file__).resolve().parents[2] / "docs" / "python.md"


def test_every_example_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    blocks = re.findall(r"```python\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    assert len(blocks) >= 9
    monkeypatch.chdir(tmp_path)
    names: dict[str, object] = {}
    for number, block in enumerate(blocks, 1):
        exec(compile(block, f"python.md, example {number}", "exec"), names)
    written = {path.name for path in tmp_path.iterdir()}
    assert written >= {"song.mid", "song.musicxml", "sheet.pdf", "sheet.abc", "score.ly", "song.dawproject", "song.rpp"}
    assert (tmp_path / "straight.mid").read_bytes()[12:14] == (960).to_bytes(2, "big")
