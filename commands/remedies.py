"""What can be done about an error on the command line, in words.

Convention: a key is a `PartimentoError.remedy`; the sentence follows the error's own line.
"""

from __future__ import annotations

from partimento.theory.errors import PartimentoError

REMEDIES: dict[str, str] = {
    "overwrite": "Use --force to overwrite, or another --out.",
    "elsewhere": "Choose another --out.",
    "soundfont": "Name another with --soundfont or PARTIMENTO_SOUNDFONT; see: partimento soundfonts list",
    "undo-soundfont": "It was chosen by `partimento soundfonts use`; to undo: partimento soundfonts use --default",
    "no-soundfont": "Name one with --soundfont, or run: apt-get install musescore-general-soundfont",
    "torch": "Run: python -m pip install torch; or have FluidSynth play: --renderer fluidsynth",
    "weights": "Install Partimento again, or have FluidSynth play: --renderer fluidsynth",
    "memory": "Close other programs, choose another --device, or have FluidSynth play: --renderer fluidsynth",
    "doctor": "`partimento doctor` says what is installed.",
    "instruments": "See: partimento instruments",
    "renderer-data": "--soundfont FILE makes what is missing, from a SoundFont, and goes on where it was stopped.",
    "fresh": "Begin again with --fresh, or use another --out.",
    "device": "Choose another --device.",
    "style-name": "Give another --name, or --force to overwrite it.",
    "style-model": "To make one: partimento train melody --finetune FOLDER --name NAME",
    "exercise": "Name it with --exercise.",
}


def told(error: PartimentoError) -> str:
    """The error's line with its remedy."""
    line, remedy = str(error), REMEDIES.get(error.remedy, "")
    if not remedy:
        return line
    return f"{line}{'' if line.endswith(('.', '?', '!')) else '.'} {remedy}"
