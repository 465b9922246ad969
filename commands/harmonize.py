"""`partimento harmonize`: a melody set as a four-part chorale, or given lead-sheet chords in a genre, with reasons.

Convention: the table, or JSON with --json, goes to stdout; what was found on the way goes to stderr; -o writes a file.
"""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from partimento.commands.sources import check_named, keep_source, names_a_file
from partimento.score.files import refuse_existing, write_whole

if TYPE_CHECKING:
    from partimento.composer.chorale_line import Line


@click.command("harmonize")
@click.argument("melody")
@click.option("--style", default="chorale", metavar="NAME", help='"chorale", or a genre; see: partimento genres.')
@click.option("--key", metavar="KEY", help="How the melody is to be heard, when its key is found wrong.")
@click.option("--alternatives", type=click.IntRange(1, 8), default=1, metavar="N", help="N settings, the best first.")
@click.option("--plain", is_flag=True, help="A chorale without passing tones and suspensions.")
@click.option("--picardy/--no-picardy", default=True, help="A chorale in minor may end on the major tonic.")
@click.option("--track", metavar="NAME", help="The melody's voice, by its name or number from the top.")
@click.option("--tune", type=click.IntRange(1), default=1, metavar="N", help="Which tune of an ABC file.")
@click.option("--meter", default="4/4", metavar="METER", help="Of a melody written as text.")
@click.option("--pickup", type=float, default=0.0, metavar="BEATS", help="Of a melody written as text.")
@click.option("-o", "--out", type=click.Path(path_type=Path), metavar="FILE",
              help="Write it: .musicxml, .mxl, .mid, .json, .pdf, .png, .ly.")  # fmt: skip
@click.option("--force", is_flag=True, help="Overwrite what is there.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON for programs.")
@click.option("--quiet", is_flag=True, help="Print nothing but the files' names.")
def command(
    melody: str, style: str, key: str | None, alternatives: int, plain: bool, picardy: bool, track: str | None,
    tune: int, meter: str, pickup: float, out: Path | None, force: bool, as_json: bool, quiet: bool,
) -> None:  # fmt: skip
    """Harmonise a melody: a four-part chorale with figured bass, or lead-sheet chords in a genre.

    MELODY is a file (MIDI, MusicXML, ABC, Humdrum, MEI, DAWproject, song.json), or notes with their lengths in beats:
    "E4 F4 G4 E4 | D4:2 C4:2", "^" after a phrase's last note.

    \b
    partimento harmonize hymn.mid -o chorale.musicxml
    partimento harmonize tune.abc --style jazz --alternatives 3
    partimento harmonize "G4 E4 F4 D4 | C4:4" --key "C major" --json
    """
    from partimento.commands.harmonize_output import (
        check_ending,
        file_bytes,
        said_of,
        setting_json,
        table_lines,
        targets,
    )

    files = []
    if out is not None:
        check_named(out)
        check_ending(out)
        files = targets(out, alternatives)
        keep_source(Path(melody), files)
        refuse_existing(out.parent, [file.name for file in files], force)
    line, notices = _line(melody, key, track, tune, meter, pickup)
    name, settings = _settings(line, style, alternatives, plain, picardy)
    for file, setting in zip(files, settings, strict=False):
        write_whole(file, file_bytes(setting, file.suffix.lower()), force)
    written = [str(file) for file, _ in zip(files, settings, strict=False)]
    if not quiet:
        for notice in (*notices, *said_of(settings)):
            click.echo(notice, err=True)
        if len(settings) < alternatives:
            click.echo(f"Settings: {len(settings)} that differ were found", err=True)
    if as_json:
        rows = [setting_json(setting) for setting in settings]
        data = {"title": line.title, "style": name, "key": str(line.key), "files": written, "settings": rows}
        click.echo(json.dumps(data, indent=2, ensure_ascii=False))
        return
    if not quiet:
        for number, setting in enumerate(settings, 1):
            if len(settings) > 1:
                click.echo(f"Setting {number}")
            for row in table_lines(setting):
                click.echo(row)
    for file_name in written:
        click.echo(file_name)


def _settings(line: Line, style: str, alternatives: int, plain: bool, picardy: bool) -> tuple[str, tuple[Any, ...]]:
    """The style's name, and the settings."""
    if style.strip().casefold() in ("chorale", "bach"):
        from partimento.composer.chorale import harmonise_chorale

        return "chorale", harmonise_chorale(line, alternatives=alternatives, plain=plain, picardy=picardy)
    from partimento.arrangement.style import load_style
    from partimento.composer.prompt_tables import genre_called
    from partimento.composer.reharmonise_tune import harmonise_tune

    name = load_style(genre_called(style)).name
    return name, harmonise_tune(line, name, alternatives)


def _line(
    melody: str, key: str | None, track: str | None, tune: int, meter: str, pickup: float
) -> tuple[Line, tuple[str, ...]]:  # fmt: skip
    """The melody of a file or a text, and what was guessed in reading it."""
    from partimento.composer.chorale_text import line_of_piece, line_of_text
    from partimento.theory.key import Key
    from partimento.theory.meter import Meter

    wanted = None if key is None else Key.parse(key)
    if _is_text(melody):
        if not math.isfinite(pickup):
            raise click.UsageError(f"--pickup {pickup}: a pick-up has a number of beats, such as 1 or 0.5")
        return line_of_text(melody, Meter.parse(meter), wanted, pickup), ()
    from partimento.teaching.reading import read_source

    file = Path(melody)
    check_named(file)
    source = read_source(file, tune)
    line = line_of_piece(source.piece, wanted, track)
    return line, source.notices


def _is_text(melody: str) -> bool:
    """Whether an argument is notes rather than a file's name: several words, the first a note, and no such file."""
    from partimento.composer.chorale_text import is_note

    words = melody.split()
    return (
        bool(words) and is_note(words[0]) and (len(words) > 1 or not Path(melody).suffix) and not names_a_file(melody)
    )
