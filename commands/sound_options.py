"""The options that say who makes notes sound, and how: shared by all commands that render.

Convention: a command decorated with `sound_options` takes them as `**sound`; `how_of` reads them, and refuses what can
be refused before anything is composed or read.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar

import click

if TYPE_CHECKING:
    from partimento.synth.renderers import How

F = TypeVar("F", bound=Callable[..., Any])

OPTIONS: dict[str, tuple[str, dict[str, Any]]] = {
    "soundfont": ("--soundfont", {"metavar": "FILE", "help": "The SoundFont (.sf2, .sf3) to play with."}),
    "renderer": (
        "--renderer",
        {"metavar": "NAME", "default": "auto", "help": "neural, fluidsynth, or auto: FluidSynth if its font is good."},
    ),
    "morph": (
        "--morph",
        {"metavar": "A:B=X", "multiple": True, "help": 'Instrument B in track A: "flute:strings=0.3".'},
    ),
    "timbre": (
        "--timbre",
        {"metavar": "A:X=Y", "multiple": True, "help": 'Of a track: "flute:brightness=+2,noise=-6,legato".'},
    ),
    "device": ("--device", {"metavar": "NAME", "default": "auto", "help": "Where nets play: auto, cpu, cuda, cuda:N."}),
}
"""By the parameters' names, in the order of `--help`."""


def sound_options(command: F) -> F:
    """Adds the options to a command, after its own."""
    for name, (flag, more) in reversed(OPTIONS.items()):
        command = click.option(flag, name, **more)(command)
    return command


def how_of(sound: dict[str, Any]) -> How:
    """Who plays, and how; without the SoundFont, which is checked.

    Raises BriefError: an unknown renderer, options that contradict each other, wishes that cannot be read; RenderError:
    a SoundFont that is missing or damaged, a renderer that is not there; TrainingError: a device that is not there.
    """
    how: How = {}
    if sound["renderer"].strip().casefold() != "auto":
        how["renderer"] = sound["renderer"].strip().casefold()
    if sound["morph"]:
        how["morph"] = sound["morph"]
    if sound["timbre"]:
        how["timbre"] = sound["timbre"]
    if sound["device"] != "auto":
        how["device"] = sound["device"]
    if sound["soundfont"] is not None:
        from partimento.soundfonts.finding import check_soundfont

        check_soundfont(sound["soundfont"])
    if how:
        from partimento.synth.neural.timbre_words import check_words
        from partimento.synth.renderers import NEURAL, asked_for, check_neural

        if asked_for(sound["soundfont"], how) == NEURAL:
            check_neural()
        check_words(how.get("morph", ()), how.get("timbre", ()))
    if "device" in how:
        from partimento.learning.nets.device import choose_device

        choose_device(how["device"])
    return how


def how_said(sound: dict[str, Any]) -> str:
    """The first of the options that is said, as it is written; "" where none is."""
    for name, (flag, more) in OPTIONS.items():
        if sound[name] not in (None, (), more.get("default")):
            return flag
    return ""
