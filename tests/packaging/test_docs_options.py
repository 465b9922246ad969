"""The pages on theory tell of every option and show none that there is not; the README links every page."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from partimento.cli import COMMANDS, main

TOP = Path(__file__).resolve().parents[2]
DOCS = sorted((TOP / "docs").glob("*.md"))
PAGES = {
    "compose": "README.md",
    "explain": "docs/explaining.md",
    "glossary": "docs/explaining.md",
    "analyze": "docs/analysing.md",
    "check": "docs/checking.md",
    "counterpoint": "docs/counterpoint.md",
    "harmonize": "docs/harmonizing.md",
    "suggest": "docs/harmonizing.md",
    "exercise": "docs/teaching.md",
    "grade": "docs/teaching.md",
    "lesson": "docs/teaching.md",
    "train": "docs/neural.md",
}
IN_EVERY_COMMAND = {"--force", "--help"}
"""Told once for all, in the README."""


def options(name: str) -> list[set[str]]:
    """The options of a command, each with all its names."""
    command = main.get_command(click.Context(main), name)
    assert command is not None
    return [{*it.opts, *it.secondary_opts} for it in command.params if isinstance(it, click.Option)]


def shown(page: Path) -> Iterator[tuple[str, set[str]]]:
    """The commands that a page shows, each with its options; lines that end with a backslash go on."""
    text = page.read_text(encoding="utf-8").replace("\\\n", " ")
    for line in re.findall(r"^ {4}(?:\$ )?partimento .*|`partimento [^`]*`", text, re.MULTILINE):
        words = re.sub(r"\"[^\"]*\"|\s#.*|\s{3,}\S.*", " ", line.strip(" `$")).split()
        if words[1] in COMMANDS:
            yield words[1], {word.split("=")[0] for word in words[2:] if re.match(r"--?[a-z]", word)}


@pytest.mark.parametrize("name", PAGES)
def test_the_page_tells_of_every_option(name: str) -> None:
    text = (TOP / PAGES[name]).read_text(encoding="utf-8")
    told = set(re.findall(r"(?<![\w-])--?[a-z][a-z-]*", text)) | IN_EVERY_COMMAND
    assert [names for names in options(name) if not names & told] == []


@pytest.mark.parametrize("page", [TOP / "README.md", *DOCS], ids=lambda page: page.name)
def test_what_a_page_shows_are_options_that_there_are(page: Path) -> None:
    for name, used in shown(page):
        known = set().union(*options(name))
        if name not in {"soundfonts", "genres"}:
            assert used <= known, (name, used - known)


def test_pages_show_commands_with_options() -> None:
    pairs = [(name, option) for page in DOCS for name, used in shown(page) for option in used]
    assert {("explain", "--bars"), ("check", "--fail-on"), ("counterpoint", "-o"), ("suggest", "--reharmonize")} <= {
        *pairs
    }


@pytest.mark.parametrize("page", DOCS, ids=lambda page: page.name)
def test_the_readme_links_the_page(page: Path) -> None:
    assert f"(docs/{page.name})" in (TOP / "README.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("page", [TOP / "README.md", *DOCS], ids=lambda page: page.name)
def test_what_a_page_links_is_there(page: Path) -> None:
    for target in re.findall(r"\]\((?!http)([^)#]+)\)", page.read_text(encoding="utf-8")):
        assert (page.parent / target).exists(), target
