"""The README tells of every command."""

from __future__ import annotations

from pathlib import Path

import pytest

from partimento.cli import COMMANDS

TOP = Path(__file__).resolve().parents[2]


@pytest.mark.parametrize("name", [*COMMANDS])
def test_readme_shows_the_command(name: str) -> None:
    assert f"partimento {name}" in (TOP / "README.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("script", ["scripts/demo.sh", "scripts/test.sh"])
def test_readme_gives_the_two_commands(script: str) -> None:
    assert script in (TOP / "README.md").read_text(encoding="utf-8")
