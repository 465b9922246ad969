"""The error tree, drawn once: every error a user can cause is a `PartimentoError` with one clear line."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches


class PartimentoError(Exception):
    """Base of all errors that a user can cause; `str(error)` is one line: what, where, valid values, nearest.

    `remedy` names a way out that depends on who calls ("overwrite", "elsewhere", "soundfont", ...): the command line
    puts it into words (commands/remedies.py), a program acts on it.
    """

    exit_code = 2

    def __init__(self, message: str = "", remedy: str = "") -> None:
        super().__init__(message)
        self.remedy = remedy


class TheoryError(PartimentoError):
    """A pitch, key, chord, numeral, meter or scale that cannot be read."""


class BriefError(PartimentoError):
    """A request that is out of range, unknown or contradicts itself."""


class RuleError(PartimentoError):
    """A set of rules that is unknown, or a file of rules that cannot be read."""


class StyleError(PartimentoError):
    """A style file that is missing, unknown or breaks the schema."""


class ScoreFormatError(PartimentoError):
    """A MIDI, MusicXML or song.json file that cannot be read."""


class RenderError(PartimentoError):
    """Sound cannot be made: a library or a SoundFont is missing or damaged."""

    exit_code = 1


class TrainingError(PartimentoError):
    """Data that nothing can be learned from, a device that is not there, a checkpoint that cannot be read."""


class ModelError(PartimentoError):
    """Trained weights that are missing, damaged or of another version; composing goes on by rules."""

    exit_code = 1


class OutputError(PartimentoError):
    """A file or folder cannot be written, or would be overwritten."""

    exit_code = 1


def nearest(value: str, valid: Iterable[str]) -> str:
    """The clause `" Did you mean 'X'?"` for the nearest of `valid`, or `""` when nothing is near."""
    names = list(valid)
    folded = {name.casefold(): name for name in names}
    close = get_close_matches(value.casefold(), list(folded), n=1, cutoff=0.6)
    return f" Did you mean '{folded[close[0]]}'?" if close else ""
