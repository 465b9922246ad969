"""`partimento render`: a song.json or any MIDI file into sound: a file, stems beside the mix, or a stream.

Conventions: paths (or JSON) go to stdout, messages to stderr; with `--stream -` the sound itself does. A mix.json that
lies beside a song.json and was measured on the same performance, mix and SoundFont is used again.
"""

from __future__ import annotations

import json
import os
import re
import sys
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from math import isnan
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

import click

from partimento.commands.delivery import MIX, progress_bar
from partimento.commands.sound_options import how_of, sound_options
from partimento.commands.sources import check_named
from partimento.score.files import output_folder, read_at_most, refuse_existing
from partimento.theory.errors import OutputError, ScoreFormatError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from partimento.synth.piece import Piece
    from partimento.synth.render import Rendered
    from partimento.synth.renderers import How
    from partimento.synth.settled import Settled

_MOST_JSON_BYTES = 30_000_000
_FORMATS = ("wav", "flac", "ogg", "mp3")
_TIME = re.compile(r"(?:(?:(\d+):)?(\d+):)?(\d+(?:\.\d*)?|\.\d+)\s*s?")
_STEMS = "stems"


@dataclass(frozen=True, slots=True)
class _Wishes:
    """What is to be written, and how; times in seconds."""

    source: Path
    target: Path
    stems: bool
    format: str
    bits: str | None
    rate: int
    soundfont: str | None
    how: How
    start_s: float
    end_s: float | None
    lufs: float | None
    force: bool
    as_json: bool
    quiet: bool

    @property
    def excerpt(self) -> bool:
        """Whether less than the whole is wanted."""
        return self.start_s > 0 or self.end_s is not None

    def say(self, line: str) -> None:
        """A line for people."""
        if not (self.quiet or self.as_json):
            click.echo(line, err=True)


@click.command("render")
@click.argument("file", metavar="FILE")
@click.option("--out", "-o", metavar="PATH", help="The file to write (default: FILE.wav); a folder with --stems.")
@click.option("--stems", is_flag=True, help="Each track by itself too: they sum to the mix before its master.")
@click.option("--sr", "rate", type=click.Choice(["44100", "48000"]), default="44100", help="Samples a second.")
@click.option("--bits", type=click.Choice(["16", "24", "32f"]), help="Of a sample (16; with --stems 24).")
@click.option("--format", "format", type=click.Choice(_FORMATS), help="By the ending of --out where it is not said.")
@sound_options
@click.option("--from", "start", metavar="TIME", help='Begin here: "0:30" or seconds.')
@click.option("--to", "end", metavar="TIME", help="End here.")
@click.option("--lufs", type=click.FloatRange(-40, -5), metavar="X", help="The loudness to reach (-40 to -5).")
@click.option("--stream", metavar="FILE", help='Write while it is being made, as WAV; "-" to standard output.')
@click.option("--force", is_flag=True, help="Overwrite what is there.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON for programs.")
@click.option("--quiet", is_flag=True, help="Show no progress.")
def command(
    file: str, out: str | None, stems: bool, rate: str, bits: str | None, format: str | None, start: str | None,
    end: str | None, lufs: float | None, stream: str | None, force: bool, as_json: bool, quiet: bool, **sound: Any,
) -> None:  # fmt: skip
    """Play FILE (song.json, or any MIDI file) into sound, mixed and mastered.

    \b
    partimento render song.json --out mix.flac --bits 24
    partimento render song.json --stems --out stems/
    partimento render song.json --stream - | aplay
    """
    source = Path(file)
    check_named(source)
    start_s, end_s = _seconds(start, "--from"), _seconds(end, "--to")
    if end_s is not None and end_s <= (start_s or 0.0):
        raise click.UsageError(f"--to {end} does not lie after --from {start or '0:00'}")
    if lufs is not None and isnan(lufs):
        raise click.UsageError("--lufs nan is not a number from -40 to -5")
    if stream is not None:
        for clash, name in ((out, "--out"), (stems, "--stems"), (as_json, "--json")):
            if clash:
                raise click.UsageError(f"--stream writes one WAV by itself; it contradicts {name}")
        _check_stream(stream, format)
    kind = _format(format, None if stream is not None else out, stems)
    _check(kind, bits)
    wishes = _Wishes(
        source, _target(source, stream or out, kind, stems), stems, kind, bits or ("24" if stems else None), int(rate),
        sound["soundfont"], how_of(sound), start_s or 0.0, end_s, lufs, force, as_json, quiet,
    )  # fmt: skip
    _refuse(wishes, stream)
    piece, stored = _piece(wishes)
    for line in piece.notices:
        wishes.say(line)
    wishes.say(f"Played by {piece.played_by}.")
    if stream is not None:
        _stream(wishes, piece, stored, stream)
    else:
        _report(wishes, piece, *_write(wishes, piece, stored))


def read_source(source: Path) -> bytes:
    """The bytes of a song.json or MIDI file; ScoreFormatError when it cannot be read."""
    try:
        data = read_at_most(source, _MOST_JSON_BYTES)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise ScoreFormatError(f"'{source}' cannot be read: {reason}") from error
    if len(data) > _MOST_JSON_BYTES:
        raise ScoreFormatError(f"'{source}' has more than {_MOST_JSON_BYTES} bytes; no song has")
    return data


def is_song(source: Path, data: bytes) -> bool:
    """Whether it is meant to be a song.json."""
    return source.suffix.lower() == ".json" or data[:64].lstrip()[:1] == b"{"


def stored_mix(folder: Path, fits: str) -> Settled | None:
    """The mix.json in `folder` when it was measured on what `fits` says, else None."""
    from partimento.synth.mix_json import settled_from_json

    try:
        settled = settled_from_json((folder / MIX).read_bytes())
    except (OSError, ScoreFormatError):
        return None
    return settled if settled.fits == fits else None


def _piece(wishes: _Wishes) -> tuple[Piece, Settled | None]:
    """What is to be rendered, and its stored mix where one fits."""
    data = read_source(wishes.source)
    window: dict[str, Any] = {"start_s": wishes.start_s, "end_s": wishes.end_s, "lufs": wishes.lufs, **wishes.how}
    if is_song(wishes.source, data):
        from partimento.score.song_json import song_from_json

        song = song_from_json(data)
        from partimento.synth.piece import piece_of_song

        piece = piece_of_song(song, wishes.soundfont, **window)
        return piece, stored_mix(wishes.source.parent, piece.fits)
    from partimento.score.midi_read import read_midi

    contents = read_midi(data, f"'{wishes.source}'")
    if not any(track.notes for track in contents.tracks):
        raise ScoreFormatError(f"'{wishes.source}' holds no notes: there is nothing to play")
    from partimento.synth.piece import piece_of_midi

    return piece_of_midi(contents, wishes.soundfont, **window), None


def _write(wishes: _Wishes, piece: Piece, stored: Settled | None) -> tuple[Rendered, tuple[Path, ...]]:
    """Render to the file, or to the folder with the stems."""
    from partimento.synth.audio_files import AudioWriter, StemFiles
    from partimento.synth.mix_json import settled_to_json
    from partimento.synth.render import measured_values, render

    if wishes.excerpt and stored is None:
        wishes.say("Levels are measured on the excerpt alone: they may differ from the whole piece's.")
    with ExitStack() as stack:
        progress = stack.enter_context(progress_bar("Rendering", wishes.quiet or wishes.as_json))
        place = stack.enter_context(_place(wishes))
        stems = None
        if wishes.stems:
            stems = stack.enter_context(StemFiles(place.parent / _STEMS, wishes.rate, wishes.format, wishes.bits))
        with AudioWriter(place, wishes.rate, wishes.format, wishes.bits) as writer:
            rendered = render(
                piece.strips, piece.mix, piece.clock, wishes.rate, place.parent, write=writer.write, settled=stored,
                fits="" if wishes.excerpt else piece.fits, beat_s=piece.beat_s, progress=progress, stems=stems,
            )  # fmt: skip
        names: tuple[Path, ...] = ()
        if stems is not None:
            names = tuple(Path(_STEMS) / path.name for path in stems.paths)
            measured = {**measured_values(rendered, wishes.rate), "renderer": piece.renderer}
            text = settled_to_json(rendered.settled, measured)
            (place.parent / MIX).write_text(text, encoding="utf-8")
            for name, peak in sorted(stems.clipped.items()):
                wishes.say(f"The stem '{name}' is clipped (its peak is {peak:.2f}): --bits 32f keeps all of it.")
    return rendered, names


@contextmanager
def _place(wishes: _Wishes) -> Iterator[Path]:
    """Where the mix is written for the time being."""
    from partimento.synth.audio_files import whole_file

    if not wishes.stems:
        with whole_file(wishes.target, wishes.force) as place:
            yield place
        return
    with output_folder(wishes.target, _entries(wishes), wishes.force) as folder:
        yield folder / _mix_name(wishes)


def _report(wishes: _Wishes, piece: Piece, rendered: Rendered, stems: tuple[Path, ...]) -> None:
    from partimento.synth.render import measured_values

    mix = wishes.target / _mix_name(wishes) if wishes.stems else wishes.target
    paths = [str(wishes.target / name) for name in stems]
    if wishes.as_json:
        data: dict[str, Any] = {"audio": str(mix), "rate": wishes.rate, "format": wishes.format}
        data["renderer"] = piece.renderer
        data |= measured_values(rendered, wishes.rate)
        data["stages_s"] = {stage: round(seconds, 3) for stage, seconds in rendered.spent}
        if wishes.stems:
            data |= {"mix": str(wishes.target / MIX), "stems": paths}
        click.echo(json.dumps(data, ensure_ascii=False))
        return
    for path in [str(mix), *([str(wishes.target / MIX)] if wishes.stems else []), *paths]:
        click.echo(path)


def _stream(wishes: _Wishes, piece: Piece, stored: Settled | None, where: str) -> None:
    """Write a WAV with an open end while it is being rendered."""
    from partimento.synth.stream import stream
    from partimento.synth.wav import Dither, encoded, header

    how = f"the stored mix ({wishes.source.parent / MIX})" if stored else "the profile's static gains, unmeasured"
    wishes.say(f"Streaming with {how}.")
    bits, frames, dither = wishes.bits or "16", 0, Dither()
    sound = stream(piece, stored, wishes.rate)
    with _opened(where) as file:
        try:
            file.write(header(wishes.rate, bits, None))
            for samples in sound:
                file.write(encoded(samples, bits, dither).data)
                file.flush()
                frames += len(samples)
        finally:
            sound.close()
    if where != "-":
        click.echo(where)


@contextmanager
def _opened(where: str) -> Iterator[BinaryIO]:
    if where == "-":
        yield sys.stdout.buffer
        return
    try:
        file = open(where, "wb")
    except OSError as error:
        raise _unwritable(where, error) from error
    try:
        with file:
            yield file
    except BaseException as error:
        if Path(where).is_file():
            Path(where).unlink()
        if not isinstance(error, OSError) or isinstance(error, BrokenPipeError):
            raise
        raise _unwritable(where, error) from error


def _unwritable(where: str, error: OSError) -> OutputError:
    return OutputError(f"'{where}' cannot be written: {error.strerror or error}. Choose another --stream.")


def _refuse(wishes: _Wishes, stream: str | None) -> None:
    """Raise OutputError for what cannot be written, names that are taken above all, before anything is read."""
    if stream == "-":
        if sys.stdout is None:  # closed by whoever called
            raise OutputError("standard output is closed: --stream - has nowhere to write. Choose another --stream.")
        return
    if wishes.stems:
        refuse_existing(wishes.target, _entries(wishes), wishes.force)
        return
    if wishes.target.is_dir():
        raise OutputError(f"'{wishes.target}' is a folder; name a file in it.")
    if stream is not None:
        if os.path.lexists(stream) and not _is_pipe(stream) and not wishes.force:
            raise OutputError(f"'{stream}' is there already. Use --force to overwrite, or another --stream.")
        return
    refuse_existing(wishes.target.parent, (wishes.target.name,), wishes.force)


def _entries(wishes: _Wishes) -> tuple[str, ...]:
    return (_mix_name(wishes), MIX, _STEMS)


def _mix_name(wishes: _Wishes) -> str:
    return f"mix.{wishes.format}"


def _format(said: str | None, out: str | None, stems: bool) -> str:
    """The format said, or that of the ending of --out; they must not contradict each other."""
    if stems or out is None:
        return said or "wav"
    ending = Path(out).suffix.lower().removeprefix(".")
    if ending not in _FORMATS:
        raise click.UsageError(f"'{out}' does not end in one of {', '.join('.' + name for name in _FORMATS)}")
    if said is not None and said != ending:
        raise click.UsageError(f"--format {said} contradicts the ending of '{out}'")
    return ending


def _check_stream(stream: str, format: str | None) -> None:
    """UsageError when something else than WAV is asked of a stream."""
    if format not in (None, "wav"):
        raise click.UsageError(f"--stream writes WAV, which contradicts --format {format}")
    if Path(stream).suffix.lower() not in ("", ".wav") and not _is_pipe(stream):
        raise click.UsageError(f"--stream writes WAV: '{stream}' must end in .wav, or have no ending")


def _is_pipe(name: str) -> bool:
    """Whether it is there and neither a file nor a folder: a named pipe, a device."""
    path = Path(name)
    return path.exists() and not path.is_file() and not path.is_dir()


def _check(format: str, bits: str | None) -> None:
    """UsageError when the format has no such samples."""
    if bits is None or format == "wav" or (format == "flac" and bits != "32f"):
        return
    can = "takes 16 or 24" if format == "flac" else "has none to choose; leave --bits out"
    raise click.UsageError(f"--bits {bits} does not go with {format}: it {can}")


def _target(source: Path, out: str | None, format: str, stems: bool) -> Path:
    if out is not None:
        return Path(out)
    return source.with_name(f"{source.stem}-stems") if stems else source.with_suffix(f".{format}")


def _seconds(text: str | None, option: str) -> float | None:
    """Seconds of "1:02:03", "0:30", "90" or "12.5s"; None for None."""
    if text is None:
        return None
    match = _TIME.fullmatch(text.strip())
    if match is None or (match[2] is not None and float(match[3]) >= 60) or (match[1] and float(match[2]) >= 60):
        raise click.UsageError(f"{option} '{text}' is no time; say minutes and seconds (1:30) or seconds (90)")
    return float(match[1] or 0) * 3600 + float(match[2] or 0) * 60 + float(match[3])
