"""Non-chord tones: what a melody note is between its neighbours; notes are MIDI numbers, steps one or two semitones."""

from __future__ import annotations

from partimento.theory.chord import Chord

KINDS = (
    "chord", "passing", "neighbour", "appoggiatura", "suspension", "anticipation", "escape", "free",
)  # fmt: skip


def is_step(first: int, second: int) -> bool:
    """Whether two MIDI numbers lie one or two semitones apart."""
    return 1 <= abs(second - first) <= 2


def nonchord_kind(previous: int | None, note: int, following: int | None, chord: Chord) -> str:
    """One of `KINDS` for a MIDI number over a chord; `previous` and `following` are None at a line's ends.

    A suspension repeats the note before it and moves by step; an anticipation is repeated by the next note; an
    appoggiatura is left, and an escape tone entered, by step only; `free` is none of these. Definitions after
    Aldwell and Schachter, Harmony and Voice Leading.

    >>> from partimento.theory.chord import parse_chord
    >>> tonic = parse_chord("C")
    >>> [nonchord_kind(*line, tonic) for line in ((60, 62, 64), (64, 65, 64), (65, 65, 64), (67, 69, 64), (60, 65, 64))]
    ['passing', 'neighbour', 'suspension', 'escape', 'appoggiatura']
    """
    number = note % 12
    if number in chord.numbers or number == chord.bass_tone.number:
        return "chord"
    if following is None:
        return "free"
    if following == note:
        return "free" if previous == note else "anticipation"
    leaves_by_step = is_step(note, following)
    if previous == note:
        return "suspension" if leaves_by_step else "free"
    if previous is None or not is_step(previous, note):
        return "appoggiatura" if leaves_by_step else "free"
    if not leaves_by_step:
        return "escape"
    return "passing" if (note - previous) * (following - note) > 0 else "neighbour"
