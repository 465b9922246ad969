"""What each chord allows a melody: every pitch class graded from triad tone to foreign tone.

Convention: grades are TRIAD, COLOUR (sevenths and beyond), TENSION (a scale tone that may stand), AVOID (a scale tone a
semitone above a chord tone: short only), CHROMATIC (an approach by semitone alone) and FOREIGN (not used).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cache

from partimento.score.song import ChordSymbol
from partimento.score.timeline import Timeline
from partimento.theory.chord import Chord
from partimento.theory.key import Key
from partimento.theory.pitch import Pitch, pitch_at

TRIAD, COLOUR, TENSION, AVOID, CHROMATIC, FOREIGN = range(6)

_PENTATONIC = {True: frozenset((0, 3, 5, 7, 10)), False: frozenset((0, 2, 4, 7, 9))}
_BLUES = frozenset((0, 2, 3, 4, 5, 7, 9, 10))


@dataclass(frozen=True, slots=True, eq=False)
class Harmony:
    """A chord in its key as a melody sees it: `grades` by pitch class, the tonic's pitch class, the spelling."""

    chord: Chord
    key: Key
    grades: tuple[int, ...]
    tonic: int
    minor: bool
    spelling: dict[int, Pitch] = field(default_factory=dict)
    ladders: dict[tuple[int, int], tuple[int, ...]] = field(default_factory=dict)

    def spell(self, midi: int) -> Pitch:
        """The pitch of a MIDI number: a chord tone takes the chord's spelling, any other the key's."""
        pitch = self.spelling.get(midi)
        if pitch is None:
            tone = self.chord.tone_at(midi)
            pitch = pitch_at(tone, midi) if tone is not None else self.key.spell(midi)
            self.spelling[midi] = pitch
        return pitch

    def degree(self, midi: int) -> int:
        """Semitones above the key's tonic, 0-11."""
        return (midi - self.tonic) % 12

    def ladder(self, low: int, high: int) -> tuple[int, ...]:
        """The usable MIDI numbers in [low, high], ascending, chromatic approaches included."""
        found = self.ladders.get((low, high))
        if found is None:
            found = tuple(m for m in range(low, high + 1) if self.grades[m % 12] != FOREIGN)
            self.ladders[low, high] = found
        return found


@cache
def harmony_of(chord: Chord, key: Key, scale: str, chromatic: bool) -> Harmony:
    """The grades of a chord in a key for a style's scale ("key", "pentatonic", "blues", "chord").

    The scale is the key's, bent to the chord: a tone of the same letter as an altered chord tone gives way to it, so
    that minor has its raised seventh (and the sixth before it) over the dominant.
    """
    tonic = key.tonic.number
    letters = {tone.letter: tone.number for tone in chord.tones}
    pool: set[int] = set()
    for tone in key.tones:
        pool.add(letters.get(tone.letter, tone.number))
    dominant_minor = key.is_minor and (tonic + 11) % 12 in chord.numbers
    if dominant_minor:
        pool.add((tonic + 9) % 12)
    members = chord.members
    triad = {members[d].number for d in (1, 2, 3, 4, 5) if d in members}
    if 6 in members and 7 not in members:
        triad.add(members[6].number)
    preferred: frozenset[int] | None = None
    if scale == "pentatonic":
        preferred = frozenset((tonic + s) % 12 for s in _PENTATONIC[key.is_minor])
    elif scale == "blues":
        preferred = frozenset((tonic + s) % 12 for s in _BLUES)
        pool |= preferred
    grades = []
    for pc in range(12):
        below = (pc - 1) % 12
        if pc in triad:
            grade = TRIAD
        elif pc in chord.numbers:
            grade = COLOUR
        elif pc in pool:
            grade = AVOID if below in chord.numbers else TENSION
            if preferred is not None and pc not in preferred and grade == TENSION:
                grade = AVOID
            if scale == "blues" and (pc - tonic) % 12 in (3, 10):
                grade = TENSION  # the blue third and seventh stand over any chord of the blues
        elif chromatic:
            grade = CHROMATIC
        else:
            grade = FOREIGN
        grades.append(grade)
    return Harmony(chord, key, tuple(grades), tonic, key.is_minor)


class HarmonyMap:
    """The harmonies of a song as they really sound, looked up by tick."""

    __slots__ = ("_chromatic", "_free", "_scale", "timeline")

    def __init__(self, timeline: Timeline, scale: str, chromatic: bool) -> None:
        self.timeline = timeline
        self._scale = scale
        self._chromatic = chromatic
        self._free: dict[Key, Harmony] = {}

    def at(self, tick: int, key: Key) -> Harmony:
        """The harmony heard at `tick`; where no chord sounds, the tonic triad of `key`."""
        symbol = self.timeline.sounding_at(tick)
        if symbol is None:
            return self._tonic(key)
        return self._of(symbol)

    def under(self, tick: int, duration: int, key: Key) -> Harmony:
        """The harmony that a note of that length belongs to: an anticipation belongs to the chord it waits for."""
        here = self.timeline.sounding_at(tick)
        if duration < 240:
            later = here
        else:
            later = self.timeline.sounding_at(tick + min(duration, 480) * 5 // 8)
        if later is None:
            later = here
        return self._tonic(key) if later is None else self._of(later)

    def _of(self, symbol: ChordSymbol) -> Harmony:
        return harmony_of(symbol.chord, symbol.key, self._scale, self._chromatic)

    def _tonic(self, key: Key) -> Harmony:
        found = self._free.get(key)
        if found is None:
            found = harmony_of(Chord(key.tonic, "m" if key.is_minor else ""), key, self._scale, self._chromatic)
            self._free[key] = found
        return found
