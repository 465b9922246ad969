"""What two hands may strike: the hard rules of a pianist's part, as sets of pitches, steps and lengths.

Conventions: units and codes as in texture_view.py. A hand reaches a tenth (16 semitones) and has five fingers; chord
tones sound freely, a tone of the key between them only in passing: alone, off the beat, a step from what came before.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

from partimento.composer.neural.texture_view import DURATIONS, GRID, Harmony, Page, Sung, View

REACH = 16
FINGERS = 5
MUDDY = 48
"""What lies below this in a stroke keeps MUDDY_GAP from the next: close chords below C3 are mud."""
MUDDY_GAP = 5
LOW = 52
"""What is struck below this is heard as a bass."""
HELD = 6
"""A tune's note of an eighth or more is held: nothing is struck a semitone or a minor ninth from it."""
PASSING_MOST = 6
_MAJOR, _MINOR = (0, 2, 4, 5, 7, 9, 11), (0, 2, 3, 5, 7, 8, 10)
_CLASHES = (1, 13)


@cache
def tones_between(chord: Harmony, low: int, high: int) -> tuple[int, ...]:
    """The MIDI pitches of the chord's tones and its bass in a register, rising."""
    numbers = {(chord.root + tone) % 12 for tone in (*chord.tones, chord.bass)}
    return tuple(p for p in range(low, high + 1) if p % 12 in numbers)


def is_tone(pitch: int, chord: Harmony) -> bool:
    """Whether a pitch is a tone of the chord, or its bass."""
    return (pitch - chord.root) % 12 in (*chord.tones, chord.bass)


def reaches(pitches: Sequence[int], one_hand: bool) -> bool:
    """Whether one hand, or two side by side, can strike rising pitches at once."""
    if _in_hand(pitches):
        return True
    return not one_hand and any(_in_hand(pitches[:i]) and _in_hand(pitches[i:]) for i in range(1, len(pitches)))


def _in_hand(pitches: Sequence[int]) -> bool:
    return len(pitches) <= FINGERS and pitches[-1] - pitches[0] <= REACH


def clashes(pitch: int, sung: Sung | None) -> bool:
    """Whether a pitch lies a semitone or a minor ninth from a held note of the tune."""
    return sung is not None and sung.end - sung.start >= HELD and abs(sung.pitch - pitch) in _CLASHES


def pitches(view: View, step: int, low: int, high: int, one_hand: bool, bass: bool) -> list[int]:
    """What may be struck `step` units on, above what is struck there already; none where nothing may be.

    With `bass`, the lowest note under a chord is the chord's bass. Never the tune's own pitch.
    """
    page, onset = view.page, view.at + step
    chord, sung = page.chord_at(onset), page.sung_at(onset)
    group = view.group if step == 0 and not view.fresh else []
    floor = _lowest(view, chord) if bass and not group else 0
    found = []
    for pitch in tones_between(chord, max(low, group[-1] + 1) if group else low, high):
        if clashes(pitch, sung) or (sung is not None and sung.pitch == pitch):
            continue
        if group:
            if not reaches((*group, pitch), one_hand):
                break
            if muddy(group[-1], pitch):
                continue
        elif pitch < floor and (pitch - chord.root) % 12 != chord.bass:
            continue
        found.append(pitch)
    if step and not view.fresh:
        found += _passing(view, onset, chord, sung, max(low, MUDDY, floor), high)
    return found


def muddy(below: int, above: int) -> bool:
    """Whether two neighbours of a stroke are too close for where they lie."""
    return below < MUDDY and above - below < MUDDY_GAP


def _lowest(view: View, chord: Harmony) -> int:
    """The lowest pitch struck since the chord began, LOW at the most."""
    lowest = LOW
    for note in reversed(view.notes):
        if note.onset < chord.start:
            break
        lowest = min(lowest, note.pitch)
    return lowest


def _passing(view: View, onset: int, chord: Harmony, sung: Sung | None, low: int, high: int) -> list[int]:
    bar = view.page.bars[view.page.bar_at(onset)]
    if (onset - bar.start) % GRID == 0:
        return []
    scale = _MINOR if chord.minor else _MAJOR
    near = {p + move for p in view.group for move in (-2, -1, 1, 2)}
    return sorted(
        p
        for p in near
        if low <= p <= high
        and (p - chord.root - chord.tonic) % 12 in scale
        and not is_tone(p, chord)
        and not clashes(p, sung)
        and (sung is None or sung.pitch != p)
    )


def longest(page: Page, onset: int, pitch: int) -> int:
    """How many units a note may sound: to the next chord that lacks it, to a clash with the tune; 3 at the least."""
    chord = page.chord_at(onset)
    if not is_tone(pitch, chord):
        return PASSING_MOST
    most = DURATIONS[-1]
    after = page.chord_after(onset)
    while after is not None and after.start - onset < most:
        if not is_tone(pitch, after):
            most = after.start - onset
            break
        after = page.chord_after(after.start)
    for note in page.sung_between(onset, onset + most):
        if clashes(pitch, note) and note.start > onset:
            most = note.start - onset
            break
    return max(3, most)
