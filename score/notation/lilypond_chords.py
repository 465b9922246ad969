"""LilyPond's words for chord symbols: every tone is spelled out, and the symbol is printed as we write it.

Conventions: `:1` is the bare root in chordmode, and each further step is added by name; a 7 without a sign is the
minor seventh. The names come from a table of exceptions to LilyPond's own naming, which matches them by their tones.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from partimento.score.notation.lilypond_notes import class_name, pitch_name, quoted
from partimento.theory.chord import Chord
from partimento.theory.chord_quality import QUALITIES
from partimento.theory.pitch import Pitch, pitch_class
from partimento.theory.scale import degree_fifths

_LEAD = re.compile(r"m(?!aj)|dim|aug|")
_SIGNS = re.compile(r"([b#])")


def chord_text(chord: Chord, length: str) -> str:
    """One chord in chordmode, `length` its duration: `c1*1/2:1.3.5.7+/e`."""
    text = f"{class_name(chord.root)}{length}:{steps(chord.quality)}"
    if chord.bass is None:
        return text
    return f"{text}/{'' if chord.bass in chord.tones else '+'}{class_name(chord.bass)}"


def steps(quality: str) -> str:
    """A canonical quality's tones as chordmode's steps: `m7b5` is `1.3-.5-.7`."""
    return ".".join(_step(degree, fifths) for degree, fifths in QUALITIES[quality].items())


def _step(degree: int, fifths: int) -> str:
    natural = degree_fifths("b7" if degree == 7 else str(degree))
    alter = (fifths - natural) // 7
    return f"{degree}{'+' * alter if alter > 0 else '-' * -alter}"


def exceptions(qualities: Iterable[str]) -> list[str]:
    """The lines that define `chordNames`, the printed names of these canonical qualities."""
    lines = ["chordNameList = {"]
    lines += [f"  <{_tones(quality)}>1-\\markup {_markup(quality)}" for quality in sorted(set(qualities) - {""})]
    lines += ["}", "chordNames = #(append (sequential-music-to-chord-exceptions chordNameList #t) ignatzekExceptions)"]
    return lines


def _tones(quality: str) -> str:
    """The chord over C4, upward."""
    tones = []
    for degree, fifths in QUALITIES[quality].items():
        pc = pitch_class(fifths)
        octave, letter = divmod(degree - 1, 7)
        tones.append(pitch_name(Pitch("CDEFGAB"[letter], pc.alter, 4 + octave)))
    return " ".join(tones)


def _markup(quality: str) -> str:
    """`m7b5` is an m, then small and high 7, flat, 5."""
    found = _LEAD.match(quality)
    lead = found[0] if found else ""
    rest = quality.removeprefix(lead)
    raised = " ".join(
        {"b": "\\flat", "#": "\\sharp"}.get(piece) or quoted(piece) for piece in _SIGNS.split(rest) if piece
    )
    out = (quoted(lead) + " " if lead else "") + (f"\\super \\concat {{ {raised} }}" if raised else "")
    return f"\\concat {{ {out.strip()} }}"
