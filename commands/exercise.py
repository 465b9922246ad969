"""`partimento exercise`: worksheets by topic and level, with their keys apart, each made again from its ID alone.

Convention: everything is written into one folder: sheets in it, keys in `keys`, what is to be heard in `sound`.
"""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from partimento.score.files import output_folder, refuse_existing

if TYPE_CHECKING:
    from partimento.teaching.exercises.worksheet import Worksheet

_FORMATS = ("musicxml", "pdf", "html")


@click.command("exercise")
@click.option("--topic", metavar="NAME", help="What to practise; --list shows all topics and levels.")
@click.option("--level", type=click.IntRange(1, 5), default=1, show_default=True, help="How hard it is.")
@click.option("--count", type=click.IntRange(1, 60), metavar="N", help="Items a sheet (each topic has a usual number).")
@click.option("--seed", type=click.IntRange(0), default=1, show_default=True, metavar="N", help="Which exercise.")
@click.option("--sheets", type=click.IntRange(1, 200), default=1, show_default=True, metavar="N",
              help="Different sheets, equally hard.")  # fmt: skip
@click.option("--clef", metavar="NAME", default="", help="treble, bass, alto or tenor, where the topic leaves it open.")
@click.option("--id", "again", metavar="ID", help="Make the exercise of this ID again, instead of topic and level.")
@click.option("--format", "formats", multiple=True, metavar="LIST", help="Of musicxml, pdf, html (musicxml).")
@click.option("-o", "--out", type=click.Path(path_type=Path), metavar="FOLDER", help="Where they go (exercise-ID).")
@click.option("--paper", type=click.Choice(["a4", "letter"]), default="a4", help="Size of PDF pages.")
@click.option("--list", "listed", is_flag=True, help="Print the topics and what each level of them holds.")
@click.option("--force", is_flag=True, help="Overwrite what is there.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON for programs.")
def command(
    topic: str | None, level: int, count: int | None, seed: int, sheets: int, clef: str, again: str | None,
    formats: tuple[str, ...], out: Path | None, paper: str, listed: bool, force: bool, as_json: bool,
) -> None:  # fmt: skip
    """Write worksheets and their keys.

    The answers are written into the MusicXML file with any notation program; `partimento grade` marks it.

    \b
    partimento exercise --list
    partimento exercise --topic intervals --level 2 --out week1/
    partimento exercise --topic part-writing --level 3 --sheets 30 --format musicxml,pdf
    """
    if listed:
        _list(as_json)
        return
    wanted = _formats(formats)
    made = _sheets(topic, level, count, seed, sheets, clef, again)
    folder = out if out is not None else Path(f"exercise-{made[0].id}")
    stems = [_stem(sheet, len(made)) for sheet in made]
    names = [f"{stem}.{suffix}" for stem in stems for suffix in wanted] + ["keys", "sound"]
    files = [name for name in names if name not in ("keys", "sound")]
    refuse_existing(folder, files, force)
    rows: list[dict[str, Any]] = []
    with output_folder(folder, names if force else files, force) as room:
        for sheet, stem in zip(made, stems, strict=True):
            rows.append(_write(room, sheet, stem, wanted, paper))
    if as_json:
        click.echo(json.dumps({"folder": str(folder), "sheets": rows}, indent=2, ensure_ascii=False))
        return
    for row in rows:
        for file in (*row["files"], *row["keys"]):
            click.echo(str(folder / file))
    click.echo(f"Exercise {', '.join(str(row['id']) for row in rows[:3])}{' ...' if len(rows) > 3 else ''}", err=True)


def _formats(texts: tuple[str, ...]) -> tuple[str, ...]:
    """The formats in lists such as "musicxml,pdf"; UsageError names the nearest."""
    from partimento.theory.errors import nearest

    said = [word.strip().casefold() for text in texts or ("musicxml",) for word in text.split(",") if word.strip()]
    for word in said:
        if word not in _FORMATS:
            raise click.UsageError(f"--format has no '{word}'.{nearest(word, _FORMATS)} Formats: {', '.join(_FORMATS)}")
    if not said:
        raise click.UsageError(f"--format names none. Formats: {', '.join(_FORMATS)}.")
    return tuple(name for name in _FORMATS if name in said)


def _sheets(
    topic: str | None, level: int, count: int | None, seed: int, sheets: int, clef: str, again: str | None
) -> list[Worksheet]:
    from partimento.teaching.exercises.identity import Identity, read_identity
    from partimento.teaching.exercises.sheets import worksheet
    from partimento.teaching.exercises.topics import topic_called

    if again is not None:
        first = read_identity(again)
    elif topic is None:
        raise click.UsageError("Name a --topic (--list shows them), or the --id of an exercise to be made again")
    else:
        found = topic_called(topic)
        first = Identity(found.number, level, count or found.count, seed, 0, clef.strip().casefold())
    return [worksheet(replace(first, sheet=first.sheet + number)) for number in range(sheets)]


def _stem(sheet: Worksheet, count: int) -> str:
    """A file's name without its suffix: topic, level, which sheet of several, ID."""
    number = f"-{sheet.identity.sheet + 1:0{len(str(count))}}" if count > 1 else ""
    return f"{sheet.topic}-{sheet.identity.level}{number}-{sheet.id}"


def _write(room: Path, sheet: Worksheet, stem: str, formats: tuple[str, ...], paper: str) -> dict[str, Any]:
    """Write one sheet, its key and its sound; the row that tells of them."""
    from partimento.score.notation.engrave import A4, LETTER
    from partimento.teaching.exercises.documents import document_of, item_midi

    files, keys = [], []
    (room / "keys").mkdir(exist_ok=True)
    size = LETTER if paper == "letter" else A4
    for suffix in formats:
        files.append(f"{stem}.{suffix}")
        (room / files[-1]).write_bytes(document_of(sheet, suffix, paper=size))
        keys.append(f"keys/{stem}-key.{suffix}")
        (room / keys[-1]).write_bytes(document_of(sheet, suffix, key=True, paper=size))
    if sheet.listening:
        (room / "sound").mkdir(exist_ok=True)
        for number in range(len(sheet.items)):
            files.append(f"sound/{stem}-{number + 1:02}.mid")
            (room / files[-1]).write_bytes(item_midi(sheet, number))
    return {
        "id": sheet.id, "topic": sheet.topic, "level": sheet.identity.level, "items": len(sheet.items),
        "difficulty": sum(sheet.difficulties), "files": files, "keys": keys,
    }  # fmt: skip


def _list(as_json: bool) -> None:
    from partimento.teaching.exercises.topics import TOPICS

    if as_json:
        rows = [
            {"topic": topic.name, "title": topic.title, "items": topic.count, "listening": topic.listening,
             "clefs": topic.clefs, "levels": list(topic.levels)}
            for topic in TOPICS
        ]  # fmt: skip
        click.echo(json.dumps(rows, indent=2, ensure_ascii=False))
        return
    for topic in TOPICS:
        click.echo(f"{topic.name} ({topic.title}, {topic.count} items)")
        for level, holds in enumerate(topic.levels, 1):
            click.echo(f"  {level}  {holds}")
