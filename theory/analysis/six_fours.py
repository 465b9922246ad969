"""What each six-four chord is: cadential, passing, pedal or arpeggiated.

Conventions: a triad over its fifth. A cadential one delays a dominant over the same bass and is no weaker in the bar
than it; a pedal one stands over a bass that holds; a passing one has its bass approached and left by step; an
arpeggiated one is its neighbour's chord still. After Aldwell, Schachter and Cadwallader, Harmony and Voice Leading.
"""

from __future__ import annotations

from collections.abc import Sequence

from partimento.theory.analysis.findings import ChordSpan
from partimento.theory.analysis.piece import Piece
from partimento.theory.chord import Chord
from partimento.theory.pitch import LETTERS, PitchClass


def with_roles(piece: Piece, chords: Sequence[ChordSpan]) -> tuple[ChordSpan, ...]:
    """The chords, each six-four with its role, "" where it is none of the four."""
    out = []
    for i, span in enumerate(chords):
        if span.chord is None or not is_six_four(span.chord):
            out.append(span)
            continue
        before = chords[i - 1] if i else None
        after = chords[i + 1] if i + 1 < len(chords) else None
        out.append(span._replace(role=_role(piece, before, span, after)))
    return tuple(out)


def is_six_four(chord: Chord) -> bool:
    """Whether it is a triad over its fifth."""
    return chord.seventh is None and chord.inversion == 2 and chord.third is not None


def _role(piece: Piece, before: ChordSpan | None, here: ChordSpan, after: ChordSpan | None) -> str:
    chord = here.chord
    earlier = before.chord if before is not None else None
    later = after.chord if after is not None else None
    if chord is None:
        return ""
    if after is not None and later is not None and _delays(chord, later):
        if _strength(piece, here.start) >= _strength(piece, after.start) and here.key == after.key:
            return "cadential"
    if any(one is not None and one.root == chord.root and one.bass_tone != chord.bass_tone for one in (earlier, later)):
        return "arpeggiated"
    if earlier is None or later is None:
        return ""
    bass = chord.bass_tone
    if earlier.bass_tone == bass == later.bass_tone:
        return "pedal"
    down, up = _step(earlier.bass_tone, bass), _step(bass, later.bass_tone)
    return "passing" if down and up else ""


def _delays(chord: Chord, later: Chord) -> bool:
    """Whether `later` is a dominant in root position over the six-four's own bass."""
    return later.inversion == 0 and later.root == chord.bass_tone and later.family in ("major", "dominant")


def _strength(piece: Piece, tick: int) -> int:
    return piece.bar_at(tick).strength(tick) if piece.bars else 4


def _step(one: PitchClass, other: PitchClass) -> int:
    """1 or -1 where two tones are neighbours by letter and at most a whole tone apart, else 0."""
    letters = (LETTERS.index(other.letter) - LETTERS.index(one.letter)) % 7
    semitones = (other.number - one.number) % 12
    if letters == 1 and semitones <= 2:
        return 1
    return -1 if letters == 6 and semitones >= 10 else 0
