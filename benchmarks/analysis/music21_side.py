"""What music21 says of the same notes: its key analysis of the whole, chordify, `romanNumeralFromChord`.

Conventions: it needs spelling, so the notes are spelled as the minor key of the written signature has them, which holds
the usual leading tones (of C: B flat to D sharp); a chord's quality is told from its third, fifth and seventh.
"""

from __future__ import annotations

from typing import Any

from partimento.benchmarks.analysis.agreement import Read
from partimento.theory.analysis.piece import Piece
from partimento.theory.key import Key
from partimento.theory.meter import TICKS

_TRIADS = {(4, 7): "", (3, 7): "m", (3, 6): "dim", (4, 8): "aug", (4, 6): "", (5, 7): "", (2, 7): ""}
_SEVENTHS = {
    ("", 10): "7", ("", 11): "maj7", ("m", 10): "m7", ("m", 11): "mmaj7", ("dim", 10): "m7b5", ("dim", 9): "dim7",
    ("aug", 10): "7#5", ("aug", 11): "maj7#5",
}  # fmt: skip


def stream_of(piece: Piece) -> Any:
    """The piece as a music21 score, a part a voice."""
    from music21 import note, stream

    key = (piece.keys[0][1] if piece.keys else Key.parse("C")).relative
    score = stream.Score()
    for voice in range(len(piece.voices)):
        part = stream.Part()
        for tone in piece.tones:
            if tone.voice == voice:
                pitch = key.spell(tone.pitch.midi)
                one = note.Note(f"{pitch.letter}{'#' * pitch.alter or '-' * -pitch.alter}{pitch.octave}")
                one.quarterLength = tone.duration / TICKS
                part.insert(tone.onset / TICKS, one)
        score.insert(0, part)
    return score


def music21_reads(piece: Piece) -> tuple[list[int], list[Read | None], tuple[int, bool]]:
    """Ticks, readings and the key of the whole."""
    from music21 import roman

    score = stream_of(piece)
    key = score.analyze("key")
    home = key.tonic.pitchClass, key.mode == "minor"
    ticks: list[int] = []
    reads: list[Read | None] = []
    for chord in score.chordify().flatten().getElementsByClass("Chord"):
        ticks.append(round(float(chord.offset) * TICKS))
        figure = roman.romanNumeralFromChord(chord, key)
        target = figure.secondaryRomanNumeralKey
        reads.append(
            Read(
                *home,
                chord.root().pitchClass,
                _quality(chord),
                chord.bass().pitchClass,
                None if target is None else target.tonic.pitchClass,
            )
        )
    return ticks, reads, home


def _quality(chord: Any) -> str:
    root = chord.root()

    def above(tone: Any, usual: int) -> int:
        return usual if tone is None else (tone.pitchClass - root.pitchClass) % 12

    triad = _TRIADS.get((above(chord.third, 4), above(chord.fifth, 7)), "?")
    return triad if chord.seventh is None else _SEVENTHS.get((triad, above(chord.seventh, 10)), "?")
