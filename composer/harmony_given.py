"""Chords a user gives: read, checked, laid out, and the key that fits them.

Convention: names are kept as written; chords outside the key stay, with a notice.
"""

from __future__ import annotations

from functools import cache

from partimento.composer.harmony_rhythm import Slot, bars_to_slots
from partimento.theory.chord import Chord, parse_progression
from partimento.theory.errors import BriefError, TheoryError
from partimento.theory.key import Key
from partimento.theory.meter import Meter
from partimento.theory.pitch import pitch_class
from partimento.theory.roman import is_diatonic, numeral_of

Progression = tuple[tuple[Chord | None, ...], ...]


def read_given(kind: str, text: str) -> Progression:
    """The bars of a given progression; BriefError names the section, the bar and the place of what cannot be read."""
    try:
        return parse_progression(text)
    except TheoryError as error:
        raise BriefError(f"chords{f' of section {kind!r}' if kind else ''}: {error}") from None


def lay_given(progression: Progression, bars: int, meter: Meter, key: Key, kind: str) -> tuple[list[Slot], list[Chord]]:
    """(slots, the chords of those slots): the progression repeated or cut to `bars` bars; N.C. leaves a gap."""
    rows = [progression[i % len(progression)] for i in range(bars)]
    most = meter.bar // 240
    for number, row in enumerate(progression, start=1):
        if len(row) > max(most, 1):
            place = f" of section '{kind}'" if kind else ""
            raise BriefError(f"chords{place}: bar {number} has {len(row)} chords; {meter} takes at most {most}")
    names = [tuple(chord.name if chord else "" for chord in row) for row in rows]
    slots: list[Slot] = []
    chords: list[Chord] = []
    flat = [chord for row in rows for chord in row]
    for slot, chord in zip(bars_to_slots(names, meter), flat, strict=True):
        if chord is None:
            continue
        if chords and chords[-1] == chord and slots[-1].start + slots[-1].duration == slot.start:
            slots[-1] = slots[-1]._replace(duration=slots[-1].duration + slot.duration)
            continue
        slots.append(slot._replace(roman=numeral_of(chord, key)))
        chords.append(chord)
    return slots, chords


@cache
def estimate_key(progressions: tuple[Progression, ...]) -> Key:
    """The major or minor key that given chords fit best.

    Each chord counts for the keys it is diatonic in; the first and last chord, and a dominant before its tonic,
    count for theirs. Ties go to fewer accidentals, then to major.
    """
    best: tuple[int, int, int, Key] | None = None
    for mode in ("major", "minor"):
        for fifths in range(-6, 12):
            key = Key(pitch_class(fifths), mode)
            if abs(key.signature) > 7:
                continue
            score = 0
            for bars in progressions:
                chords = [chord for bar in bars for chord in bar if chord is not None]
                score += sum(_fit(chord, key) for chord in chords)
                score += sum(3 for a, b in zip(chords, chords[1:], strict=False) if _resolves(a, b, key))
                if chords:
                    score += 3 * _tonic(chords[0], key) + 2 * _tonic(chords[-1], key)
            rank = (-score, abs(key.signature), key.is_minor, key)
            if best is None or rank < best:
                best = rank
    assert best is not None
    return best[3]


def _fit(chord: Chord, key: Key) -> int:
    leading = key.is_minor and chord.root in (key.degree(5), key.degree(7, 1))  # where minor raises its seventh
    inside = is_diatonic(chord, key) if leading else all(tone in key.tones for tone in chord.tones)
    return (2 if inside else -2) + _tonic(chord, key)


def _tonic(chord: Chord, key: Key) -> int:
    return int(chord.root == key.tonic and (chord.family == "minor") == key.is_minor)


def _resolves(a: Chord, b: Chord, key: Key) -> bool:
    return a.root == key.tonic.up(1) and a.family in ("major", "dominant") and bool(_tonic(b, key))
