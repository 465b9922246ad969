"""Handing songs over: files written whole, sound where there can be some, and a report of what was chosen.

Conventions: paths (or JSON) go to stdout, messages to stderr; a song's files are song.mid, song.json, song.png, mix.wav
and mix.json (how it was mixed). Without the FluidSynth library or a SoundFont all but the sound is written, and a line
says what is missing.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from partimento.commands.remedies import told
from partimento.commands.report import facts, report_lines
from partimento.score.files import output_folder, refuse_existing
from partimento.theory.errors import ModelError, OutputError, RenderError

if TYPE_CHECKING:
    from partimento.score.song import Song
    from partimento.synth.renderers import How

MIDI, JSON, PICTURE, AUDIO, MIX = "song.mid", "song.json", "song.png", "mix.wav", "mix.json"
FILES = (MIDI, JSON, PICTURE, AUDIO, MIX)


@dataclass(frozen=True, slots=True)
class Wishes:
    """How songs are handed over: `out` a folder, "-" for MIDI on stdout, or None for a folder named after the song.

    `variations` puts each song into a folder 1, 2, ... of its own; `soundfont` None takes the default one; `how` says
    who plays (synth/renderers.py), `sounding` is the first option that does, as it is written.
    """

    out: str | None = None
    force: bool = False
    audio: bool = True
    soundfont: str | None = None
    as_json: bool = False
    quiet: bool = False
    variations: int = 0
    how: How | None = None
    sounding: str = ""


@dataclass(frozen=True, slots=True)
class Heard:
    """What was made of the prompt: (words, meaning), words ignored, options that overruled it."""

    understood: tuple[tuple[str, str], ...] = ()
    ignored: tuple[str, ...] = ()
    overruled: tuple[str, ...] = ()


def check_first(wishes: Wishes) -> None:
    """Refuse what can be refused before anything is composed: taken names, contradictions."""
    if wishes.out == "-":
        for clash, name in (
            (wishes.variations, "--variations"),
            (wishes.as_json, "--json"),
            (wishes.sounding, wishes.sounding),
        ):
            if clash:
                raise click.UsageError(f"--out - writes one MIDI file to standard output; it contradicts {name}")
    elif wishes.out is not None:
        refuse_existing(wishes.out, _entries(wishes), wishes.force)
    if wishes.sounding and not wishes.audio:
        raise click.UsageError(f"{wishes.sounding} contradicts --no-audio: leave one of them out")


def deliver(songs: Sequence[Song], wishes: Wishes, heard: Heard | None = None) -> None:
    """Write the songs and report. Raises OutputError or, for a SoundFont named by the user, RenderError."""
    heard = heard or Heard()
    say = _teller(wishes)
    for line in _heard_lines(heard):
        say(line)
    if wishes.out == "-":
        from partimento.score.midi_write import midi_bytes

        if sys.stdout is None:  # closed by whoever called
            raise OutputError("standard output is closed: --out - has nowhere to write. Choose another --out.")
        for line in report_lines(songs[0]):
            say(line)
        sys.stdout.buffer.write(midi_bytes(songs[0]))
        sys.stdout.buffer.flush()
        return
    target = Path(wishes.out if wishes.out is not None else _folder_name(songs, wishes))
    lack = ""
    with output_folder(target, _entries(wishes), wishes.force) as folder:
        written: list[list[str]] = []
        renderer = ""
        for number, song in enumerate(songs, 1):
            place = folder / str(number) if wishes.variations else folder
            place.mkdir(exist_ok=True)
            files = _write_song(song, place)
            for line in report_lines(song):
                say(line)
            if wishes.audio and not lack:
                label = f"Rendering {number} of {len(songs)}" if len(songs) > 1 else "Rendering"
                lack, renderer = _render(song, place, wishes, label, say)
            if wishes.audio and not lack:
                files += [AUDIO, MIX]
            written.append(files)
    if lack and not wishes.as_json:
        click.echo(f"No sound: {lack}", err=True)
    paths = [
        [target / str(number) / name if wishes.variations else target / name for name in files]
        for number, files in enumerate(written, 1)
    ]
    if wishes.as_json:
        click.echo(json.dumps(_as_data(songs, paths, heard, lack, renderer), indent=2, ensure_ascii=False))
        return
    for row in paths:
        for path in row:
            click.echo(str(path))


@contextmanager
def progress_bar(label: str, quiet: bool) -> Iterator[Callable[[int, int], None] | None]:
    """A bar on stderr for people; None where nobody looks (no terminal, or `quiet`)."""
    if quiet or not sys.stderr.isatty():
        yield None
        return
    with click.progressbar(length=1000, label=label, file=sys.stderr, show_eta=False) as bar:

        def progress(done: int, of: int) -> None:
            bar.update(max(0, 1000 * done // max(1, of) - bar.pos))

        yield progress
        bar.update(1000 - bar.pos)


def _entries(wishes: Wishes) -> tuple[str, ...]:
    return tuple(str(n) for n in range(1, wishes.variations + 1)) if wishes.variations else FILES


def _write_song(song: Song, place: Path) -> list[str]:
    from partimento.score.midi_write import midi_bytes
    from partimento.score.piano_roll import draw_song
    from partimento.score.song_json import song_to_json

    (place / MIDI).write_bytes(midi_bytes(song))
    (place / JSON).write_text(song_to_json(song), encoding="utf-8")
    (place / PICTURE).write_bytes(draw_song(song))
    return [MIDI, JSON, PICTURE]


def _render(song: Song, place: Path, wishes: Wishes, label: str, say: Callable[[str], None]) -> tuple[str, str]:
    """Render one song into the folder `place`; returns "" or, in one line, what is missing and how to get it, and who
    played. What the user asked for and cannot be had is an error."""
    if wishes.soundfont is not None:
        try:
            from partimento.synth.fluid import library

            library()
        except RenderError as error:
            return told(error), ""
    try:
        from partimento.synth.audio_files import AudioWriter
        from partimento.synth.mix_json import settled_to_json
        from partimento.synth.piece import piece_of_song
        from partimento.synth.render import measured_values, render
        from partimento.synth.signal import RATES

        piece, rate = piece_of_song(song, wishes.soundfont, **(wishes.how or {})), RATES[0]
        for line in piece.notices:
            say(line)
        say(f"Played by {piece.played_by}.")
        audio = place / AUDIO
        try:
            with progress_bar(label, wishes.quiet or wishes.as_json) as progress, AudioWriter(audio, rate) as writer:
                rendered = render(
                    piece.strips, piece.mix, piece.clock, rate, place, write=writer.write, fits=piece.fits,
                    beat_s=piece.beat_s, progress=progress,
                )  # fmt: skip
        except RenderError:
            audio.unlink(missing_ok=True)
            raise
    except (RenderError, ModelError) as error:
        if wishes.sounding:
            raise
        return told(error), ""
    text = settled_to_json(rendered.settled, {**measured_values(rendered, rate), "renderer": piece.renderer})
    (place / MIX).write_text(text, encoding="utf-8")
    return "", piece.renderer


def _folder_name(songs: Sequence[Song], wishes: Wishes) -> str:
    seed = songs[0].brief.seed
    genres = {song.brief.genre for song in songs}
    name = songs[0].brief.genre if len(genres) == 1 else "songs"
    return f"{name or 'song'}-{seed}"


def _teller(wishes: Wishes) -> Callable[[str], None]:
    if wishes.quiet or wishes.as_json:
        return lambda line: None
    return lambda line: click.echo(line, err=True)


def _heard_lines(heard: Heard) -> list[str]:
    lines = []
    if heard.understood:
        lines.append("Understood: " + "; ".join(f"{words} ({meaning})" for words, meaning in _few(heard.understood)))
    if heard.ignored:
        lines.append(
            "Ignored: " + ", ".join(words if len(words) <= 40 else words[:40] + "…" for words in _few(heard.ignored))
        )
    if heard.overruled:
        lines.append("Options over the prompt: " + ", ".join(heard.overruled))
    return lines


def _few(rows: tuple[Any, ...], most: int = 24) -> tuple[Any, ...]:
    return rows[:most]


def _as_data(songs: Sequence[Song], paths: list[list[Path]], heard: Heard, lack: str, renderer: str) -> dict[str, Any]:
    rows = []
    for song, files in zip(songs, paths, strict=True):
        names = {path.name: str(path) for path in files}
        rows.append(
            facts(song)
            | {
                "files": {
                    "midi": names.get(MIDI),
                    "json": names.get(JSON),
                    "picture": names.get(PICTURE),
                    "audio": names.get(AUDIO),
                    "mix": names.get(MIX),
                }
            }
        )
    return {
        "understood": [{"words": words, "meaning": meaning} for words, meaning in heard.understood],
        "ignored": list(heard.ignored),
        "overruled": list(heard.overruled),
        "renderer": renderer or None,
        "no_sound": lack or None,
        "songs": rows,
    }
