"""`partimento lesson`: a short lesson on a topic, its examples composed anew, with three exercises and their keys.

Convention: one file is written; Markdown goes to stdout where no file is named.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import click

from partimento.commands.sources import check_named
from partimento.score.files import refuse_existing, write_whole
from partimento.theory.errors import OutputError

if TYPE_CHECKING:
    from partimento.teaching.lessons.written import Written

_LEVELS = ("beginner", "intermediate", "advanced")


def _sheets(made: Written) -> str:
    """Where Markdown's reader gets what words cannot show."""
    lines = [f"    partimento exercise --id {sheet.id} --format pdf" for sheet in made.exercises]
    return "\n".join(["", "## Sheets", "", "The exercises in notes, with their keys:", "", *lines]) + "\n"


@click.command("lesson")
@click.argument("topic", required=False)
@click.option("--level", type=click.Choice(_LEVELS), default="intermediate", show_default=True, help="For whom.")
@click.option("--format", "kind", type=click.Choice(["html", "markdown"]), default="html", show_default=True,
              help="A page with score and sound, or text.")  # fmt: skip
@click.option("--seed", type=click.IntRange(0), default=1, show_default=True, metavar="N",
              help="Other seeds, other examples and exercises.")  # fmt: skip
@click.option("--out", type=click.Path(path_type=Path), metavar="FILE", help="Where it goes (TOPIC.html).")
@click.option("--list", "listed", is_flag=True, help="Print all lessons.")
@click.option("--force", is_flag=True, help="Overwrite what is there.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON for programs.")
def command(
    topic: str | None, level: str, kind: str, seed: int, out: Path | None, listed: bool, force: bool, as_json: bool
) -> None:
    """Write a short lesson on TOPIC: text, examples composed on the spot, three exercises with keys.

    \b
    partimento lesson --list
    partimento lesson "secondary dominants"
    partimento lesson cadences --level beginner --format markdown
    """
    from partimento.teaching.lessons.lesson import lesson_called, lessons

    if listed:
        rows = [{"id": one.id, "title": one.title, "chapter": one.chapter} for one in lessons().values()]
        if as_json:
            click.echo(json.dumps(rows, indent=2, ensure_ascii=False))
        else:
            for row in rows:
                click.echo(f"{row['id']:28} {row['title']}")
        return
    if topic is None:
        raise click.UsageError("Name a topic, as in: partimento lesson cadences (--list shows all)")
    lesson = lesson_called(topic)
    target = Path(f"{lesson.id}.html") if out is None and kind == "html" else out
    if target is not None:
        check_named(target)
        if target.is_dir():
            raise OutputError(f"'{target}' is a folder; name a file in it.", "elsewhere")
        refuse_existing(target.parent, (target.name,), force)
    from partimento.teaching.lessons.written import lesson_html, lesson_markdown, written

    made = written(lesson, level, seed)
    text = lesson_html(made) if kind == "html" else lesson_markdown(made) + _sheets(made)
    if target is not None:
        write_whole(target, text.encode(), force)
    exercises = [sheet.id for sheet in made.exercises]
    if as_json:
        data = {"lesson": lesson.id, "level": level, "file": str(target) if target else None, "exercises": exercises}
        click.echo(json.dumps(data | ({} if target else {"text": text}), indent=2, ensure_ascii=False))
    elif target is not None:
        click.echo(str(target))
    else:
        click.echo(text.rstrip("\n"))
