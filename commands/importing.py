"""`partimento import`: anybody's MIDI, MusicXML, ABC or DAWproject as a song.json, with what was found out about it.

Convention: one song.json is written; the report goes to stderr, or as data to stdout with --json.
"""

from __future__ import annotations

import json
from pathlib import Path

import click

from partimento.commands.sources import check_named, keep_source
from partimento.score.files import refuse_existing, write_whole
from partimento.theory.errors import OutputError, nearest


@click.command("import")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--out", type=click.Path(path_type=Path), metavar="SONG.JSON", help="The file to write (FILE.json).")
@click.option("--genre", default="", metavar="NAME", help="What it is to be taken for; see: partimento genres.")
@click.option("--key", metavar="KEY", help="How it is to be heard, when its key is found wrong.")
@click.option("--role", "roles", multiple=True, metavar="TRACK=ROLE", help='As in "Piano 2=comp"; may be repeated.')
@click.option("--tune", type=click.IntRange(1), default=1, metavar="N", help="Which tune of an ABC file.")
@click.option("--drum-map", metavar="NAME|FILE", help="The keys its drums are written on, if not General MIDI's.")
@click.option("--force", is_flag=True, help="Overwrite what is there.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON for programs.")
@click.option("--quiet", is_flag=True, help="Print nothing but the file's name.")
def command(
    file: Path, out: Path | None, genre: str, key: str | None, roles: tuple[str, ...], tune: int,
    drum_map: str | None, force: bool, as_json: bool, quiet: bool,
) -> None:  # fmt: skip
    """Make a song of FILE (MIDI, MusicXML, ABC, Humdrum, MEI, DAWproject), on which every other command works.

    Roles, key, meter, sections and chords are found where the file does not say them, and stated.

    \b
    partimento import band.mid --role "Track 3=lead" --out band.json
    partimento render band.json
    """
    check_named(file)
    target = out if out is not None else file.with_suffix(".json")
    if target.is_dir():
        raise OutputError(f"'{target}' is a folder; name a file in it.", "elsewhere")
    keep_source(file, (target,))
    refuse_existing(target.parent, (target.name,), force)
    if genre:
        from partimento.arrangement.style import load_style

        genre = load_style(genre).name
    from partimento.score.drum_maps import read_drum_map
    from partimento.score.importing.importing import import_song
    from partimento.score.song_json import song_to_json
    from partimento.theory.key import Key

    song, notices = import_song(
        file, genre, key=None if key is None else Key.parse(key), roles=_roles(roles), tune=tune,
        drum_map=None if drum_map is None else read_drum_map(drum_map),
    )  # fmt: skip
    write_whole(target, song_to_json(song).encode(), force)
    if not quiet and not as_json:
        from partimento.commands.report import report_lines

        for line in (*report_lines(song), *notices):
            click.echo(line, err=True)
    if as_json:
        from partimento.commands.report import facts

        data = facts(song) | {"notices": list(notices), "chords": len(song.chords), "file": str(target)}
        click.echo(json.dumps(data, indent=2, ensure_ascii=False))
        return
    click.echo(str(target))


def _roles(texts: tuple[str, ...]) -> dict[str, str]:
    """Track name -> role; UsageError for an unknown role."""
    from partimento.score.song import ROLES

    found = {}
    for text in texts:
        name, equals, role = text.rpartition("=")
        role = role.strip().casefold()
        if not equals or not name.strip():
            raise click.UsageError(f"--role '{text}' is not TRACK=ROLE, as in \"Piano 2=comp\"")
        if role not in ROLES:
            raise click.UsageError(f"--role: unknown role '{role}'.{nearest(role, ROLES)} Roles: {', '.join(ROLES)}")
        found[name.strip()] = role
    return found
