"""The options that `compose` and `arrange` share, and what is made of them.

Convention: a command decorated with `song_options` takes them as `**said`; `brief_of` and `wishes_of` read them.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from typing import Any, TypeVar

import click

from partimento.commands.delivery import Wishes
from partimento.commands.sound_options import how_of, how_said, sound_options
from partimento.score.brief import Brief

F = TypeVar("F", bound=Callable[..., Any])

_CHORDS_OF = re.compile(r"\s*([^\W\d_][\w' -]{0,30}?)\s*:(.*)", re.DOTALL)

_OPTIONS = (
    click.option("--genre", default="", metavar="NAME", help="See: partimento genres."),
    click.option("--tempo", type=float, metavar="BPM", help="Felt beats a minute (dotted quarters in 6/8 and 12/8)."),
    click.option("--instruments", multiple=True, metavar="LIST", help="The exact band, with commas between."),
    click.option("--without", multiple=True, metavar="LIST", help="Instruments to leave out, separated by commas."),
    click.option("--energy", type=float, metavar="0..1", help="From 0 (calm) to 1 (full)."),
    click.option("--mood", metavar="WORD", help='Such as "wistful", "happy", "tense".'),
    click.option("--seed", type=click.IntRange(0, 2**63 - 1), metavar="N", help="The same seed gives the same song."),
    click.option("--engine", default="auto", metavar="NAME", help="auto, rules, hybrid (nets within rules) or neural."),
    click.option("--temperature", type=float, metavar="0.1..2", help="Nets: below 1 the likely, above it the rarer."),
    click.option("--creativity", type=float, metavar="0..1", help="Nets: how far from the usual; 0.5 if not said."),
    click.option("--candidates", type=int, metavar="N", help="Nets: how many lines are drawn, of which one is taken."),
    click.option("--search", default="", metavar="sample|beam", help="Nets: how candidates are found."),
    click.option("--title", default="", metavar="TEXT", help="What the song is called."),
    click.option("--quantized", is_flag=True, help="Write straight notes on the grid."),
    click.option("--humanize/--no-humanize", default=True, help="Small deviations in time and force, or none."),
    click.option("--variations", type=click.IntRange(1, 100), metavar="N", help="N songs, by the seed and the next."),
    click.option("--out", metavar="FOLDER", help='Where the files go; "-" writes the MIDI to standard output.'),
    click.option("--force", is_flag=True, help="Overwrite what is there."),
    click.option("--no-audio", is_flag=True, help="Write no mix.wav."),
    sound_options,
    click.option("--json", "as_json", is_flag=True, help="Print JSON for programs."),
    click.option("--quiet", is_flag=True, help="Print nothing but the files' names."),
)


def song_options(command: F) -> F:
    """Adds the shared options to a command, after its own."""
    for option in reversed(_OPTIONS):
        command = option(command)
    return command


def wishes_of(said: dict[str, Any]) -> Wishes:
    """How the songs are handed over. Raises errors as `how_of`."""
    out = said["out"]
    audio = not said["no_audio"] and out != "-"
    return Wishes(
        out, said["force"], audio, said["soundfont"], said["as_json"], said["quiet"], said["variations"] or 0,
        how_of(said) if audio else None, how_said(said),
    )  # fmt: skip


def brief_of(said: dict[str, Any]) -> Brief:
    """A Brief of the shared options; a seed that is not said is drawn from the system."""
    return Brief(
        seed=int.from_bytes(os.urandom(4), "big") if said["seed"] is None else said["seed"],
        genre=said["genre"].strip(),
        title=" ".join(said["title"].split()),
        tempo_bpm=said["tempo"],
        instruments=listed(said["instruments"]),
        without=listed(said["without"]),
        energy=said["energy"],
        mood=said["mood"],
        quantized=said["quantized"],
        humanize=said["humanize"],
        engine=said["engine"].strip().casefold(),
        temperature=said["temperature"],
        creativity=said["creativity"],
        candidates=said["candidates"],
        search=said["search"].strip().casefold(),
    )


def listed(texts: tuple[str, ...]) -> tuple[str, ...]:
    """The names in comma-separated lists, in order, repeats kept."""
    names = (name.strip() for text in texts for name in re.split(r"[,;\n]", text))
    return tuple(name for name in names if name)


def chord_lines(texts: tuple[str, ...]) -> tuple[tuple[str, str], ...]:
    """(section kind or "", progression) of texts such as "verse: Am7 | D7; chorus: G"."""
    lines = []
    for text in texts:
        for part in text.split(";"):
            if not part.strip():
                continue
            match = _CHORDS_OF.fullmatch(part)
            lines.append((match[1].strip(), match[2].strip()) if match else ("", part.strip()))
    return tuple(lines)
