"""The set-up scripts are sh that any POSIX shell parses, and the repository names no place outside itself."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

TOP = Path(__file__).resolve().parents[2]
RUN = [
    f"scripts/{name}.sh" for name in ("demo", "test", "pip_only", "train_on_gpu", "train_renderer_on_gpu")
]  # fmt: skip


@pytest.mark.parametrize("name", ["scripts/setup.sh", *RUN])
def test_script_parses(name: str) -> None:
    answer = subprocess.run(["sh", "-n", str(TOP / name)], capture_output=True, text=True)
    assert (answer.returncode, answer.stderr) == (0, "")


@pytest.mark.parametrize("name", [".ci/run", *RUN])
def test_script_can_be_executed(name: str) -> None:
    assert os.access(TOP / name, os.X_OK)
