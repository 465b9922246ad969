"""The wheel holds what git holds, no more and no less, and asks for the packages that the rooms import."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
import tomllib
from pathlib import Path
from zipfile import ZipFile

import pytest

from partimento.commands.doctor import PACKAGES

TOP = Path(__file__).resolve().parents[2]
PROJECT = tomllib.loads((TOP / "pyproject.toml").read_text(encoding="utf-8"))
INCLUDED = PROJECT["tool"]["hatch"]["build"]["targets"]["wheel"]["only-include"]
NOT_SHIPPED = {"tests", "benchmarks", "docs", "scripts", ".ci", ".dev"}
MODULE_OF = {"pillow": "PIL", "pyfluidsynth": "fluidsynth"}


def git_files() -> list[str]:
    """Every file that git tracks or would track, and that is there."""
    answer = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=TOP, capture_output=True, text=True,
    )
    if answer.returncode:
        pytest.skip("not a git checkout")
    return sorted({name for name in answer.stdout.split("\0") if name and (TOP / name).exists()})


def declared(requirements: list[str]) -> set[str]:
    """The distribution names of `requirements`, without versions."""
    return {re.split(r"[<>=!~\[; ]", line, maxsplit=1)[0] for line in requirements}


def imported(path: Path) -> set[str]:
    """The top-level names that a Python file imports, anywhere in it."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: relative import"
            names.add((node.module or "").partition(".")[0])
    return names


def test_wheel_holds_what_git_holds(tmp_path: Path) -> None:
    expected = {
        f"partimento/{name}" for name in git_files() if name.partition("/")[0] in INCLUDED
    }
    subprocess.run(
        [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(tmp_path), str(TOP)],
        check=True, capture_output=True,
    )
    (wheel,) = tmp_path.glob("*.whl")
    with ZipFile(wheel) as archive:
        held = {name for name in archive.namelist() if ".dist-info/" not in name}
        metadata = next(name for name in archive.namelist() if name.endswith(".dist-info/METADATA"))
        text = archive.read(metadata).decode("utf-8")
    assert held == expected
    assert "partimento/cli.py" in held
    assert "License-Expression: MIT" in text


def test_every_room_is_shipped_and_typed() -> None:
    rooms = {name.partition("/")[0] for name in git_files() if name.endswith(".py") and "/" in name}
    rooms -= NOT_SHIPPED
    assert rooms <= set(INCLUDED)
    for room in sorted(rooms):
        assert (TOP / room / "py.typed").is_file(), room
        assert (TOP / room / "__init__.py").is_file(), room
    assert not (TOP / "__init__.py").exists()


def test_rooms_import_only_what_the_wheel_asks_for() -> None:
    wanted = declared(PROJECT["project"]["dependencies"])
    allowed = {MODULE_OF.get(name, name) for name in wanted} | {"partimento"} | sys.stdlib_module_names
    for name in git_files():
        if name.endswith(".py") and name.partition("/")[0] in INCLUDED:
            engraves = name.startswith("score/notation/engrave")
            optional = declared(PROJECT["project"]["optional-dependencies"]["engraving"]) if engraves else set()
            assert imported(TOP / name) <= allowed | optional, name


def test_no_file_imports_a_room_by_its_bare_name() -> None:
    rooms = {name.removesuffix(".py") for name in INCLUDED}
    for name in git_files():
        if name.endswith(".py"):
            assert not imported(TOP / name) & rooms, name


def test_doctor_looks_for_the_declared_dependencies() -> None:
    assert {name for name, _ in PACKAGES} == declared(PROJECT["project"]["dependencies"])


def test_every_dependency_is_pinned() -> None:
    lines = (TOP / "constraints.txt").read_text(encoding="utf-8").splitlines()
    pins = {line.partition("==")[0].lower() for line in lines if line and not line.startswith("#")}
    project = PROJECT["project"]
    wanted = declared(project["dependencies"]) | declared(project["optional-dependencies"]["dev"])
    assert {name.lower() for name in wanted} <= pins
    assert all("==" in line for line in lines if line and not line.startswith("#"))
