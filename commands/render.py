"""`partimento render`: a MIDI file or a song.json into a WAV file."""

from __future__ import annotations

import json
from pathlib import Path

import click

from partimento.commands.delivery import progress_bar, write_audio
from partimento.score.files import refuse_existing
from partimento.theory.errors import ScoreFormatError

_MOST_JSON_BYTES = 100_000_000


@click.command("render")
@click.argument("file", metavar="FILE")
@click.option("--out", "-o", metavar="WAV", help="The file to write (default: FILE with .wav for its ending).")
@click.option("--soundfont", metavar="FILE", help="The SoundFont (.sf2, .sf3) to play with.")
@click.option("--force", is_flag=True, help="Overwrite what is there.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON for programs.")
@click.option("--quiet", is_flag=True, help="Show no progress.")
def command(file: str, out: str | None, soundfont: str | None, force: bool, as_json: bool, quiet: bool) -> None:
    """Play FILE (song.mid, any MIDI file, or song.json) into a 16-bit WAV file."""
    source = Path(file)
    target = Path(out) if out is not None else source.with_suffix(".wav")
    if target.suffix.lower() != ".wav":
        raise click.UsageError(f"'{target}' does not end in .wav, the one format that is written")
    refuse_existing(target.parent, (target.name,), force)
    data = _read(source)
    if soundfont is not None:
        from partimento.soundfonts.finding import check_soundfont

        check_soundfont(soundfont)
    with progress_bar("Rendering", quiet or as_json) as progress:
        if _is_json(source, data):
            from partimento.score.song_json import song_from_json

            song = song_from_json(data)
            from partimento.synth.mixdown import render_song

            samples, rate = render_song(song, soundfont, progress)
        else:
            from partimento.score.midi_read import read_midi

            contents = read_midi(data, f"'{source}'")
            if not any(track.notes for track in contents.tracks):
                raise ScoreFormatError(f"'{source}' holds no notes: there is nothing to play")
            from partimento.synth.mixdown import render_midi

            samples, rate = render_midi(contents, soundfont, progress)
        write_audio(target, samples, rate, force)
    if as_json:
        click.echo(json.dumps({"audio": str(target), "seconds": round(len(samples) / rate, 3), "rate": rate}))
    else:
        click.echo(str(target))


def _read(source: Path) -> bytes:
    try:
        if source.stat().st_size > _MOST_JSON_BYTES:
            raise ScoreFormatError(f"'{source}' has more than {_MOST_JSON_BYTES} bytes; no song has")
        return source.read_bytes()
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise ScoreFormatError(f"'{source}' cannot be read: {reason}") from error


def _is_json(source: Path, data: bytes) -> bool:
    return source.suffix.lower() == ".json" or data[:64].lstrip()[:1] == b"{"
