"""`partimento glossary`: what the terms of explanations and marks mean, each with an example to see and to hear.

Convention: text goes to stdout; --play writes MIDI, --html a page.
"""

from __future__ import annotations

import json
import textwrap
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from partimento.commands.sources import check_named
from partimento.score.files import refuse_existing, write_whole
from partimento.theory.errors import OutputError, nearest

if TYPE_CHECKING:
    from partimento.teaching.glossary.entries import Entry

WIDTH = 88


@click.command("glossary")
@click.argument("term", nargs=-1)
@click.option("--level", default="intermediate", metavar="LEVEL", help="beginner, intermediate or advanced.")
@click.option("--topic", metavar="TOPIC", help="Only one chapter; without a term they are listed.")
@click.option("--dialect", default="american", metavar="DIALECT", help="american or british names.")
@click.option("--play", type=click.Path(path_type=Path), metavar="FILE.mid", help="Write the term's example as MIDI.")
@click.option("--html", type=click.Path(path_type=Path), metavar="FILE", help="Write a page: of TERM, or of all terms.")
@click.option("--force", is_flag=True, help="Overwrite what is there.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON for programs.")
def command(
    term: tuple[str, ...], level: str, topic: str | None, dialect: str, play: Path | None, html: Path | None,
    force: bool, as_json: bool,
) -> None:  # fmt: skip
    """Say what TERM means, or list all terms.

    \b
    partimento glossary
    partimento glossary half cadence --play cadence.mid
    partimento glossary --html glossary.html
    """
    from partimento.teaching.claim import LEVELS
    from partimento.teaching.glossary.entries import TOPICS, entries, looked_up
    from partimento.teaching.naming import Naming

    naming = Naming(dialect=dialect)
    if level not in LEVELS:
        raise click.UsageError(f"--level: unknown '{level}'. Levels: {', '.join(LEVELS)}.{nearest(level, LEVELS)}")
    if topic is not None and topic not in TOPICS:
        raise click.UsageError(f"--topic: unknown '{topic}'. Topics: {', '.join(TOPICS)}.{nearest(topic, TOPICS)}")
    words = " ".join(term).strip()
    if play is not None and not words:
        raise click.UsageError("--play needs a TERM, whose example it writes")
    for target in (play, html):
        _check_target(target, force)
    chosen = [looked_up(words)] if words else [e for e in entries().values() if topic in (None, e.topic)]
    if play is not None:
        _write_midi(chosen[0], play, force)
    if html is not None:
        from partimento.teaching.page.glossary_page import glossary_page

        write_whole(html, glossary_page(chosen, level, naming).encode(), force)
    if as_json:
        rows = [_data(entry, level, dialect) for entry in chosen]
        click.echo(json.dumps(rows[0] if words else rows, indent=2, ensure_ascii=False))
    elif words:
        click.echo(_entry_text(chosen[0], level, dialect))
    elif html is None:
        click.echo(_list_text(chosen, dialect))
    for target in (play, html):
        if target is not None and not as_json:
            click.echo(str(target))


def _check_target(target: Path | None, force: bool) -> None:
    if target is None:
        return
    check_named(target)
    if target.is_dir():
        raise OutputError(f"'{target}' is a folder; name a file in it.", "elsewhere")
    refuse_existing(target.parent, (target.name,), force)


def _write_midi(entry: Entry, target: Path, force: bool) -> None:
    from partimento.teaching.glossary.example import example_of
    from partimento.teaching.glossary.playing import performed

    write_whole(target, performed(example_of(entry.example, entry.named())).to_midi(), force)


def _entry_text(entry: Entry, level: str, dialect: str) -> str:
    from partimento.teaching.glossary.entries import TITLES, entries, worded

    others = [entries()[other].named(dialect) for other in entry.see]
    lines = [f"{entry.named(dialect)}  ({TITLES[entry.topic]})", "", *_wrapped(entry.text(level, dialect))]
    lines += ["", *_wrapped(f"Example: {worded(str(entry.example['caption']), dialect)}")]
    if others:
        lines += _wrapped(f"See also: {', '.join(others)}")
    return "\n".join(lines)


def _list_text(chosen: Sequence[Entry], dialect: str) -> str:
    from partimento.teaching.glossary.entries import TITLES

    lines: list[str] = []
    for topic, title in TITLES.items():
        names = [entry.named(dialect) for entry in chosen if entry.topic == topic]
        if names:
            lines += [title, *_wrapped(", ".join(names), "  ")]
    return "\n".join(lines)


def _wrapped(text: str, indent: str = "") -> list[str]:
    return textwrap.wrap(text, WIDTH, initial_indent=indent, subsequent_indent=indent, break_on_hyphens=False)


def _data(entry: Entry, level: str, dialect: str) -> dict[str, Any]:
    return {
        "id": entry.id,
        "name": entry.named(dialect),
        "topic": entry.topic,
        "text": entry.text(level, dialect),
        "also": list(entry.also),
        "see": list(entry.see),
        "example": dict(entry.example),
    }
