"""`partimento export`: a song for DAWs, notation programs and music stands.

Convention: everything is written into one folder, whole or not at all; a file of another kind than song.json is
imported first, as `partimento import` does.
"""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from partimento.commands.delivery import progress_bar
from partimento.commands.export_files import FORMATS, ExportWishes, entries, export_files
from partimento.commands.sound_options import OPTIONS, how_of, sound_options
from partimento.commands.sources import check_named, keep_source
from partimento.score.files import output_folder, refuse_existing
from partimento.theory.errors import nearest

if TYPE_CHECKING:
    from partimento.score.midi_write import MidiOptions

_DEFAULT = "mid,musicxml,leadsheet"
_MIDI = ("mid", "parts")


@click.command("export")
@click.argument("file", type=click.Path(path_type=Path))
@click.option(
    "--to", "to", multiple=True, metavar="LIST",
    help=f"Of {', '.join(FORMATS)}, or all (default: {_DEFAULT}).",
)  # fmt: skip
@click.option("--out", type=click.Path(path_type=Path), metavar="FOLDER", help="Where the files go (FILE-export).")
@click.option("--names", type=click.Choice(["ascii", "utf8"]), default="ascii", help="MIDI: names in ASCII or UTF-8.")
@click.option("--drum-map", metavar="NAME|FILE", help="MIDI: gm, another map's name, or a TOML file of yours.")
@click.option("--quantized", is_flag=True, help="MIDI: straight notes on the grid, as written.")
@click.option("--no-program", is_flag=True, help="MIDI: no bank and program, to keep instruments of your own.")
@click.option("--count-in", type=click.IntRange(0, 8), default=0, metavar="BARS", help="MIDI: clicks before the start.")
@click.option("--ppq", type=click.Choice(["480", "960"]), default="480", help="MIDI: ticks a quarter note.")
@click.option("--concert", is_flag=True, help="Notation: all instruments at sounding pitch.")
@click.option("--paper", type=click.Choice(["a4", "letter"]), default="a4", help="Size of engraved pages.")
@click.option("--sr", "rate", type=click.Choice(["44100", "48000"]), default="48000", help="Stems: samples a second.")
@click.option("--bits", type=click.Choice(["16", "24", "32f"]), default="24", help="Stems: of a sample.")
@sound_options
@click.option("--force", is_flag=True, help="Overwrite what is there.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON for programs.")
@click.option("--quiet", is_flag=True, help="Print nothing but the files' names.")
def command(
    file: Path, to: tuple[str, ...], out: Path | None, names: str, drum_map: str | None, quantized: bool,
    no_program: bool, count_in: int, ppq: str, concert: bool, paper: str, rate: str, bits: str, force: bool,
    as_json: bool, quiet: bool, **sound: Any,
) -> None:  # fmt: skip
    """Write FILE (song.json, or MIDI, MusicXML, ABC, DAWproject) as files for other programs.

    With stems among the formats, dawproject and reaper hold them as audio beside the notes.

    \b
    partimento export song.json --to mid,pdf --out out/
    partimento export song.json --to dawproject,reaper,stems --sr 44100
    partimento export chorale.musicxml --to lilypond,parts --drum-map gm
    """
    formats = _formats(to)
    _refuse_idle(formats)
    check_named(file)
    target = out if out is not None else file.with_name(f"{file.stem}-export")
    midi = _midi_options(names, drum_map, quantized, no_program, count_in, int(ppq))
    wishes = ExportWishes(
        file.stem or "song", formats, midi, concert, paper, int(rate), bits, sound["soundfont"], how_of(sound)
    )  # fmt: skip
    keep_source(file, (target / name for name in entries(wishes)))
    refuse_existing(target, entries(wishes), force)
    from partimento.score.importing.importing import import_song

    song, found = import_song(file)
    foreign = file.suffix.casefold() != ".json"
    notices: list[str] = []

    def say(line: str) -> None:
        notices.append(line)
        if not quiet and not as_json:
            click.echo(line, err=True)

    for line in found:
        say(line)
    with progress_bar("Rendering", quiet or as_json or "stems" not in formats) as progress:
        with output_folder(target, entries(wishes), force) as folder:
            paths = export_files(song, folder, replace(wishes, progress=progress, foreign=foreign), say)
    if as_json:
        data = {"folder": str(target), "files": [str(target / path) for path in paths], "notices": notices}
        click.echo(json.dumps(data, indent=2, ensure_ascii=False))
        return
    for path in paths:
        click.echo(str(target / path))


def _formats(to: tuple[str, ...]) -> tuple[str, ...]:
    """The formats in lists such as "mid,pdf", each once, in the table's order; UsageError names the nearest."""
    said = [word.strip().casefold().lstrip(".") for text in (to or (_DEFAULT,)) for word in text.split(",")]
    wanted = {_SYNONYMS.get(word, word) for word in said if word}
    if "all" in wanted:
        return tuple(FORMATS)
    for word in sorted(wanted):
        if word not in FORMATS:
            hint = nearest(word, [*FORMATS, *_SYNONYMS])
            raise click.UsageError(f"--to has no '{word}'.{hint} Formats: {', '.join(FORMATS)}, all")
    if not wanted:
        raise click.UsageError(f"--to names no format. Formats: {', '.join(FORMATS)}, all")
    return tuple(name for name in FORMATS if name in wanted)


_SYNONYMS = {
    "midi": "mid", "xml": "musicxml", "lead-sheet": "leadsheet", "rpp": "reaper", "ly": "lilypond", "wav": "stems",
}  # fmt: skip


def _refuse_idle(formats: tuple[str, ...]) -> None:
    """UsageError for an option that was given and speaks of no format that is written."""
    given = click.get_current_context()
    speaks = {
        **dict.fromkeys(("names", "drum_map", "quantized", "no_program", "count_in", "ppq"), _MIDI),
        "concert": ("musicxml", "mxl", "pdf", "svg", "png", "lilypond"),
        "paper": ("pdf", "svg", "png"),
        **dict.fromkeys(("rate", "bits", *OPTIONS), ("stems",)),
    }
    for parameter in given.command.params:
        name = parameter.name or ""
        if name not in speaks or set(speaks[name]) & set(formats):
            continue
        if given.get_parameter_source(name) is click.core.ParameterSource.COMMANDLINE:
            raise click.UsageError(
                f"{parameter.opts[0]} speaks of {', '.join(speaks[name])}; --to has {', '.join(formats)}"
            )


def _midi_options(
    names: str, drum_map: str | None, quantized: bool, no_program: bool, count_in: int, ppq: int
) -> MidiOptions:
    from partimento.score.drum_maps import read_drum_map
    from partimento.score.midi_write import MidiOptions

    return MidiOptions(
        utf8=names == "utf8", program=not no_program, quantized=quantized, count_in=count_in, ppq=ppq,
        drum_map=read_drum_map("gm" if drum_map is None else drum_map),
    )  # fmt: skip
