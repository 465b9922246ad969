"""`partimento explain`: why a piece is as it is, in words for three levels, as text, Markdown, JSON or a page.

Convention: text, Markdown and JSON go to stdout unless --out names a file; a page is written beside FILE, or to --out.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import click

from partimento.commands.sources import check_named, keep_source
from partimento.score.files import refuse_existing, write_whole
from partimento.theory.errors import OutputError, nearest

if TYPE_CHECKING:
    from partimento.teaching.page.explained import Explained

FORMATS = ("text", "markdown", "html", "json")


@click.command("explain")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--level", default="intermediate", metavar="LEVEL", help="beginner, intermediate or advanced.")
@click.option("--format", "form", default="text", metavar="FORMAT", help="text, markdown, html or json.")
@click.option(
    "--topic",
    "topics",
    multiple=True,
    metavar="TOPIC",
    help="form, harmony, melody, voice-leading, rhythm, arrangement; may be repeated.",
)
@click.option("--bars", metavar="A-B", help='As printed in the score: "9-16", or one bar.')
@click.option("--out", "-o", metavar="FILE", help='Where it goes; "-" is standard output.')
@click.option(
    "--score",
    "view",
    default="auto",
    metavar="VIEW",
    help="In a page: full, or lead (tune, bass and chords); auto chooses.",
)
@click.option("--notes", default="english", metavar="NAMES", help="english, german or solfege.")
@click.option("--do", default="movable", metavar="DO", help="movable or fixed.")
@click.option("--minor", default="la", metavar="SYLLABLE", help="How a minor tonic is sung: la or do.")
@click.option("--dialect", default="american", metavar="DIALECT", help="american or british names.")
@click.option("--tune", type=click.IntRange(1), default=1, metavar="N", help="Which tune of an ABC file.")
@click.option("--force", is_flag=True, help="Overwrite what is there.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON for programs: --format json.")
def command(
    file: Path, level: str, form: str, topics: tuple[str, ...], bars: str | None, out: str | None, view: str,
    notes: str, do: str, minor: str, dialect: str, tune: int, force: bool, as_json: bool,
) -> None:  # fmt: skip
    """Tell why FILE is as it is: form, harmony, melody, voice leading, rhythm, arrangement.

    A song composed here is told from its composer's record, any other file (MIDI, MusicXML, ABC, Humdrum, MEI,
    DAWproject) from an analysis. Each claim is checked on the notes before it is told.

    \b
    partimento explain song.json --level beginner
    partimento explain chorale.musicxml --format html --out chorale.html
    partimento explain song.mid --bars 9-16 --topic harmony --notes german
    """
    check_named(file)
    form = "json" if as_json else form
    if form not in FORMATS:
        raise click.UsageError(f"--format: unknown '{form}'. Formats: {', '.join(FORMATS)}.{nearest(form, FORMATS)}")
    span = _bars(bars) if bars is not None else None
    target = _target(file, form, out, force)
    from partimento.teaching.naming import Naming

    naming = Naming(notes, do, minor, dialect)
    told = _explained(file, level, topics, span, naming, tune)
    text = _written(told, form, view)
    if target is None:
        click.echo(text, nl=False)
        if form == "text":
            click.echo('A term is explained by: partimento glossary "TERM"', err=True)
        return
    write_whole(target, text.encode(), force)
    click.echo(str(target))


def _explained(
    file: Path, level: str, topics: tuple[str, ...], bars: tuple[int, int] | None, naming: object, tune: int
) -> Explained:
    from partimento.teaching.claim import TOPICS
    from partimento.teaching.explaining import explain, explain_chords, subject_of
    from partimento.teaching.naming import Naming
    from partimento.teaching.page.explained import Explained
    from partimento.teaching.reading import read_source

    assert isinstance(naming, Naming)
    source = read_source(file, tune)
    foreign = file.suffix.casefold() != ".json"
    subject = subject_of(source)
    statements = explain(subject, level, topics=topics or TOPICS, bars=bars, naming=naming)
    return Explained(
        subject, statements, explain_chords(subject, level, naming), level, naming, source.notices, foreign, bars
    )


def _written(told: Explained, form: str, view: str) -> str:
    from partimento.teaching.formats import as_json, as_markdown, as_text
    from partimento.teaching.page.explained import explanation_page

    writers: dict[str, Callable[[Explained], str]] = {"text": as_text, "markdown": as_markdown, "json": as_json}
    return writers[form](told) if form in writers else explanation_page(told, view)


def _bars(text: str) -> tuple[int, int]:
    match = re.fullmatch(r"\s*(\d{1,6})(?:\s*[-–]\s*(\d{1,6}))?\s*", text)
    if match is None:
        raise click.UsageError(f'--bars \'{text}\' is not A-B, as in "9-16" or "9"')
    return int(match[1]), int(match[2] or match[1])


def _target(file: Path, form: str, out: str | None, force: bool) -> Path | None:
    """The file to write, None for standard output; whatever speaks against it is told before anything is read."""
    if out == "-" or (out is None and form != "html"):
        return None
    target = Path(out) if out is not None else file.with_suffix(".html")
    check_named(target)
    if target.is_dir():
        raise OutputError(f"'{target}' is a folder; name a file in it.", "elsewhere")
    keep_source(file, (target,))
    refuse_existing(target.parent, (target.name,), force)
    return target
