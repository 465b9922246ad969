"""`partimento analyze`: keys, chords, cadences, phrases, form and non-chord tones of anybody's file.

Convention: the table, or JSON with --json, goes to stdout; what was guessed while reading goes to stderr.
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import TYPE_CHECKING

import click

from partimento.commands.sources import check_named

if TYPE_CHECKING:
    from partimento.theory.analysis.piece import Piece

_BARS = re.compile(r"\s*(\d{1,5})\s*(?:[-–]\s*(\d{1,5})\s*)?")


@click.command("analyze")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--bars", metavar="FROM-TO", help="These bars alone, as in 9-16; the whole is still what is analysed.")
@click.option("--key", metavar="KEY", help="Read all numerals in this key.")
@click.option("--tune", type=click.IntRange(1), default=1, metavar="N", help="Which tune of an ABC file.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON for programs.")
@click.option("--quiet", is_flag=True, help="Say nothing of what was guessed while reading.")
def command(file: Path, bars: str | None, key: str | None, tune: int, as_json: bool, quiet: bool) -> None:
    """Analyse FILE (MIDI, MusicXML, ABC, Humdrum, MEI, DAWproject, song.json): its notes, and nothing else.

    Keys and Roman numerals, cadences, phrases, sections and non-chord tones, each with how sure it is.

    \b
    partimento analyze chorale.musicxml
    partimento analyze song.mid --bars 9-16 --json
    """
    check_named(file)
    from partimento.teaching.reading import read_source
    from partimento.theory.analysis.analyse import analyse
    from partimento.theory.key import Key

    wanted = None if key is None else Key.parse(key)
    source = read_source(file, tune, wanted)
    span = bar_span(source.piece, bars)
    analysis = analyse(source.piece, wanted)
    if as_json:
        from partimento.teaching.analysis_json import analysis_json

        data = analysis_json(source, analysis, span if bars is not None else None)
        click.echo(json.dumps(data, indent=2, ensure_ascii=False))
        return
    from partimento.commands.analyze_table import table_lines

    if not quiet:
        for notice in source.notices:
            click.echo(notice, err=True)
    for line in table_lines(source, analysis, span):
        click.echo(line)


def bar_span(piece: Piece, text: str | None) -> tuple[int, int]:
    """The ticks of the bars of a text ("9-16", "9"), of all for None; UsageError where there are no such bars."""
    if text is None:
        return 0, max(1, piece.end)
    match = _BARS.fullmatch(text)
    if match is None:
        raise click.UsageError(f"--bars '{text}' is no bar and no range of bars, as in 9 or 9-16")
    first, last = int(match[1]), int(match[2] or match[1])
    inside = [bar for bar in piece.bars if first <= bar.number <= last]
    if not inside:
        numbers = [bar.number for bar in piece.bars] or [0]
        raise click.UsageError(f"--bars {text}: the piece has bars {numbers[0]} to {max(numbers)}")
    return inside[0].start, inside[-1].end
