"""`partimento grade`: students' files marked, one by one or a class at a time.

Convention: marks go to stdout, or into one file with --out; of a folder every file that a student may have handed in
is read, also in folders below it, and one that cannot be graded is told on stderr and stands in the table with its
reason; what is no music at all (texts, tables) is passed over.
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
    folders = tuple(file for file in files if file.is_dir())
    if out is not None:
        keep_source(out, paths)
    graded, failed = _graded(paths, folders, exercise, alone=len(files) == 1 and not files[0].is_dir())
    text = _text(graded, failed, hints, "json" if as_json else "csv" if as_csv else "html" if as_html else "text")
    if out is None:
        click.echo(text.rstrip("\n"))
    else:
        click.echo(str(write_whole(out, (text.rstrip("\n") + "\n").encode(), force)))
    if not graded:
        raise click.exceptions.Exit(1)


def _inside(file: Path) -> list[Path]:
    """The file, or what was handed in in a folder; ScoreFormatError where there is nothing.

    A picture of a sheet, or the notation program's own file, is passed over where the sheet itself lies beside it.
    """
    from partimento.teaching.grading.submission import REFUSED

    if not file.is_dir():
        return [file]
    inside = sorted(path for path in file.rglob("*") if path.is_file() and not _passed_over(path.relative_to(file)))
    sheets = [path for path in inside if path.suffix.casefold() in _SUFFIXES]
    stems = {path.with_suffix("") for path in sheets}
    others = [p for p in inside if p.suffix.casefold() in REFUSED and p.with_suffix("") not in stems]
    found = sorted([*sheets, *others])
    if not found:
        raise ScoreFormatError(f"{file} holds no worksheets ({', '.join(_SUFFIXES)})")
    return found


def _passed_over(path: Path) -> bool:
    """Whether a program keeps it for itself ("._" files, __MACOSX), or `partimento exercise` put it there."""
    ours = any(part in ("keys", "sound") for part in path.parts[:-1])
    return ours or any(part.startswith((".", "__MACOSX")) for part in path.parts)


def _graded(
    paths: list[Path], folders: tuple[Path, ...], exercise: str, alone: bool
) -> tuple[list[Marks], list[tuple[str, str]]]:
    """The marks of what can be graded, and (file, reason) of the rest; a file that is alone raises its error.

    A file of a folder goes by its path in it, since a folder a student may hold files of one name.
    """
    from partimento.commands.remedies import told
    from partimento.score.importing.importing import printable, read_bounded
    from partimento.teaching.grading.grade import grade
    from partimento.teaching.grading.submission import refuse_foreign

    graded, failed = [], []
    for path in paths:
        room = next((folder for folder in folders if path.is_relative_to(folder)), path.parent)
        name = printable(path.relative_to(room).as_posix())
        try:
            refuse_foreign(name)
            graded.append(grade(read_bounded(path), name, exercise))
        except PartimentoError as error:
            if alone:
                raise
            failed.append((name, told(error)))
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
