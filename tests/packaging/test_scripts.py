"""The set-up scripts are sh that any POSIX shell parses, and the repository names no place outside itself."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

TOP = Path(__file__).resolve().parents[2]
TRAINING = ["scripts/train_on_gpu.sh", "scripts/train_renderer_on_gpu.sh"]


@pytest.mark.parametrize("name", ["scripts/demo.sh", "scripts/test.sh", "scripts/setup.sh", *TRAINING])
def test_script_parses(name: str) -> None:
    answer = subprocess.run(["sh", "-n", str(TOP / name)], capture_output=True, text=True)
    assert (answer.returncode, answer.stderr) == (0, "")


@pytest.mark.parametrize("name", ["scripts/demo.sh", "scripts/test.sh", ".ci/run", *TRAINING])
def test_script_can_be_executed(name: str) -> None:
    assert os.access(TOP / name, os.X_OK)
