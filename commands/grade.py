"""`partimento grade`: students' files marked, one by one or a class at a time.

Convention: marks go to stdout, or into one file with --out; of a folder every file is read, and one that cannot be
graded is told on stderr and stands in the table with its reason.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import click

from partimento.commands.sources import keep_source
from partimento.score.files import write_whole
from partimento.theory.errors import PartimentoError, ScoreFormatError

if TYPE_CHECKING:
    from partimento.teaching.grading.marks import Marks

_SUFFIXES = (".musicxml", ".xml", ".mxl", ".mid", ".midi", ".abc")


@click.command("grade")
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--exercise", metavar="ID", default="", help="The exercise's ID, where the file has lost it.")
@click.option("--hints", type=click.Choice(["0", "1", "2", "answer"]), default="1", show_default=True,
              help="How much is told of each fault: a hint, two, or the answer too.")  # fmt: skip
@click.option("--json", "as_json", is_flag=True, help="Print JSON for programs.")
@click.option("--csv", "as_csv", is_flag=True, help="Print a table, a row a file.")
@click.option("--html", "as_html", is_flag=True, help="Print one HTML page.")
@click.option("--out", type=click.Path(path_type=Path), metavar="FILE", help="Write into FILE instead of printing.")
@click.option("--force", is_flag=True, help="Overwrite what is there.")
def command(
    files: tuple[Path, ...], exercise: str, hints: str, as_json: bool, as_csv: bool, as_html: bool, out: Path | None,
    force: bool,
) -> None:  # fmt: skip
    """Mark FILES (MusicXML worksheets that were filled in, or folders of them).

    Any legal answer has full marks. Each fault is told with its place, its rule and a hint.

    \b
    partimento grade worksheet.musicxml
    partimento grade anna.musicxml --hints answer --html --out anna.html
    partimento grade class7b/ --csv --out marks.csv
    """
    if as_json + as_csv + as_html > 1:
        raise click.UsageError("--json, --csv and --html exclude each other")
    paths = [path for file in files for path in _inside(file)]
    if out is not None:
        keep_source(out, paths)
    graded, failed = _graded(paths, exercise, alone=len(files) == 1 and not files[0].is_dir())
    text = _text(graded, failed, hints, "json" if as_json else "csv" if as_csv else "html" if as_html else "text")
    if out is None:
        click.echo(text.rstrip("\n"))
    else:
        click.echo(str(write_whole(out, (text.rstrip("\n") + "\n").encode(), force)))
    if not graded:
        raise click.exceptions.Exit(1)


def _inside(file: Path) -> list[Path]:
    """The file, or a folder's files that may be worksheets; ScoreFormatError where it has none."""
    if not file.is_dir():
        return [file]
    found = sorted(path for path in file.iterdir() if path.suffix.casefold() in _SUFFIXES and path.is_file())
    if not found:
        raise ScoreFormatError(f"{file} holds no worksheets ({', '.join(_SUFFIXES)})")
    return found


def _graded(paths: list[Path], exercise: str, alone: bool) -> tuple[list[Marks], list[tuple[str, str]]]:
    """The marks of what can be graded, and (file, reason) of the rest; a file that is alone raises its error."""
    from partimento.commands.remedies import told
    from partimento.score.importing.importing import read_bounded, shown_name
    from partimento.teaching.grading.grade import grade

    graded, failed = [], []
    for path in paths:
        try:
            graded.append(grade(read_bounded(path), shown_name(path), exercise))
        except PartimentoError as error:
            if alone:
                raise
            failed.append((shown_name(path), told(error)))
            click.echo(f"not graded: {told(error)}", err=True)
    return graded, failed


def _text(graded: list[Marks], failed: list[tuple[str, str]], hints: str, kind: str) -> str:
    from partimento.teaching.grading.report import class_csv, headline, html_report, marks_json, text_report

    if kind == "json":
        rows = {"graded": [marks_json(marks, hints) for marks in graded],
                "failed": [{"file": file, "problem": problem} for file, problem in failed]}  # fmt: skip
        return json.dumps(rows, indent=2, ensure_ascii=False)
    if kind == "csv":
        return class_csv(graded, failed)
    if kind == "html":
        return html_report(graded, failed, hints)
    lines = [text_report(marks, hints) for marks in graded]
    if len(graded) > 1:
        mean = sum(marks.percent for marks in graded) / len(graded)
        lines = [*(headline(marks) for marks in graded), f"{len(graded)} sheets, {mean:.1f} % on the average"]
    return "\n".join(lines)
