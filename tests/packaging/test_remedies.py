"""What the rooms say holds for everybody; what to do about it on the command line is said by the command line."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from partimento.commands.remedies import REMEDIES, told
from partimento.theory import errors
from partimento.theory.errors import OutputError, PartimentoError

TOP = Path(__file__).resolve().parents[2]
ROOMS = ("theory", "score", "arrangement", "learning", "composer", "synth", "soundfonts")


def _raised(path: Path) -> list[ast.Call]:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)]
    return [call for call in calls if isinstance(call.func, ast.Name) and call.func.id.endswith("Error")]


@pytest.mark.parametrize("room", ROOMS)
def test_no_error_of_a_room_speaks_of_options(room: str) -> None:
    for path in sorted((TOP / room).rglob("*.py")):
        for call in _raised(path):
            words = [n.value for n in ast.walk(call) if isinstance(n, ast.Constant) and isinstance(n.value, str)]
            assert not [word for word in words if "--" in word or "partimento " in word], (path, call.lineno)


@pytest.mark.parametrize("room", ROOMS)
def test_every_remedy_has_its_words(room: str) -> None:
    for path in sorted((TOP / room).rglob("*.py")):
        for call in _raised(path):
            ours = isinstance(call.func, ast.Name) and call.func.id in dir(errors)
            if ours and len(call.args) == 2 and isinstance(call.args[1], ast.Constant):
                assert call.args[1].value in REMEDIES, (path, call.lineno)


def test_the_remedy_follows_the_line() -> None:
    assert told(OutputError("'x' is there already", "overwrite")) == f"'x' is there already. {REMEDIES['overwrite']}"
    assert told(PartimentoError("no.")) == "no."
