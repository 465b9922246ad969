"""Passing eighths and suspensions in the lower voices of a chorale, put in only where they break nothing.

Conventions: voices are numbered from the bass (0) to the alto (2); the soprano stays as it is. An ornament divides a
slot: a passing tone fills a third on the way out, a suspension of tenor or alto delays a step down on the way in (4-3,
7-6, 9-8 over the new bass). After each one the sonorities round it are looked at again.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from typing import NamedTuple

from partimento.composer.chorale_line import Line, Slot
from partimento.composer.chorale_voices import Voiced
from partimento.theory.interval import Interval
from partimento.theory.key import Key
from partimento.theory.pitch import LETTERS, Pitch, pitch_at, pitch_class
from partimento.theory.rules.leading import motion_faults
from partimento.theory.rules.rule_set import rule_set

_FORBIDDEN = {
    "parallel-perfect", "melodic-augmented", "contrary-perfect", "unequal-fifths", "melodic-leap", "direct-leap",
}  # fmt: skip
_LEAST = 480
"""The shortest slot that is divided."""
_SUSPENSIONS = {(3, 5): "4-3", (6, 10): "7-6", (6, 11): "7-6", (1, 2): "9-8", (1, 1): "9-8"}
"""(letters, semitones) of the held tone over the new bass within the octave, and what it is called."""


Sonority = tuple[Pitch | None, ...]


class Sung(NamedTuple):
    """A note of a lower voice."""

    onset: int
    end: int
    pitch: Pitch


class Ornament(NamedTuple):
    """What was put in: `kind` "passing" or "suspension", its `voice`, the tick where it sounds, its figure ("4-3")."""

    kind: str
    voice: int
    tick: int
    figure: str = ""


class Setting:
    """The sounding texture while ornaments are put in: three lines over the slots, and the melody."""

    def __init__(self, line: Line, slots: Sequence[Slot], voiced: Sequence[Voiced]) -> None:
        self.line = line
        self.slots = slots
        self.voiced = voiced
        self.parts: list[list[list[Sung]]] = [
            [[Sung(slot.start, slot.end, _pitch(one, voice))] for slot, one in zip(slots, voiced, strict=True)]
            for voice in range(3)
        ]
        self.ornaments: list[Ornament] = []
        self._rules = rule_set("bach")
        self._starts = [note.onset for note in line.notes]

    def at(self, i: int, tick: int) -> Sonority:
        """What sounds at a tick of slot `i`, the bass first."""
        lower = [
            next(note.pitch for note in self.parts[voice][i] if note.onset <= tick < note.end) for voice in range(3)
        ]
        return (*lower, self._melody(tick))

    def ticks(self, i: int) -> list[int]:
        """The ticks of slot `i` at which something is struck or changes."""
        slot = self.slots[i]
        found = {slot.start} | {note.onset for voice in range(3) for note in self.parts[voice][i]}
        return sorted(found | {tone.onset for tone in slot.tones})

    def _melody(self, tick: int) -> Pitch | None:
        found = bisect_right(self._starts, tick) - 1
        return self.line.notes[found].pitch if found >= 0 and tick < self.line.notes[found].end else None

    def sound(self, i: int) -> bool:
        """Whether nothing is forbidden from the slot before `i` to the one after it."""
        near = range(max(0, i - 1), min(len(self.slots), i + 2))
        chain = [(k, tick) for k in near for tick in self.ticks(k)]
        sonorities = [self.at(k, tick) for k, tick in chain]
        for sonority in sonorities:
            pitches = [pitch.midi for pitch in sonority if pitch is not None]
            if any(low > high for low, high in zip(pitches, pitches[1:], strict=False)):
                return False
        for (k, _), old, (_, _), new in zip(chain, sonorities, chain[1:], sonorities[1:], strict=False):
            faults = {fault.rule for fault in motion_faults(old, new, self._rules)}
            if faults & _FORBIDDEN and not self.slots[k].ends:
                return False
        return True


def _pitch(one: Voiced, voice: int) -> Pitch:
    return pitch_at(pitch_class(one.layout.fifths[voice]), one.layout.numbers[voice])


def ornamented(line: Line, slots: Sequence[Slot], voiced: Sequence[Voiced]) -> Setting:
    """The setting with suspensions first, cadences before others, then passing tones, the bass before the others."""
    setting = Setting(line, slots, voiced)
    taken: set[int] = set()
    order = sorted(range(1, len(slots)), key=lambda i: (not (i + 1 < len(slots) and slots[i + 1].ends), i))
    for i in order:
        if taken.isdisjoint((i - 1, i, i + 1)) and _suspended(setting, i):
            taken.add(i)
    for voice in (0, 1, 2):
        for i in range(len(slots) - 1):
            if i in taken or (voice and _busy(setting, i)):
                continue
            if _passed(setting, i, voice):
                taken.add(i)
    return setting


def _busy(setting: Setting, i: int) -> bool:
    """Whether the slot, and the one before, move enough already."""
    return len(setting.ticks(i)) > 1 or (i > 0 and len(setting.ticks(i - 1)) > 1)


def _divided(slot: Slot) -> int:
    """The tick where a slot is divided, 0 where it is too short or not even."""
    length = slot.end - slot.start
    return slot.start + length // 2 if length >= _LEAST and length % 240 == 0 and length <= 2 * _LEAST else 0


def _passed(setting: Setting, i: int, voice: int) -> bool:
    """Fill a third on the way out of slot `i`, and say whether that was done."""
    slot, middle = setting.slots[i], _divided(setting.slots[i])
    if not middle or slot.ends:
        return False
    here = setting.parts[voice][i]
    there = setting.parts[voice][i + 1][0]
    if len(here) != 1 or abs(there.pitch.diatonic - here[0].pitch.diatonic) != 2:
        return False
    pitch = between(here[0].pitch, there.pitch, setting.voiced[i + 1].entry.key)
    if pitch is None or _clashes(setting, i, voice, pitch, middle):
        return False
    old = list(here)
    setting.parts[voice][i] = [here[0]._replace(end=middle), Sung(middle, slot.end, pitch)]
    if not setting.sound(i):
        setting.parts[voice][i] = old
        return False
    setting.ornaments.append(Ornament("passing", voice, middle))
    return True


def between(low: Pitch, high: Pitch, key: Key) -> Pitch | None:
    """The tone of a key in the middle of a third, minor's sixth and seventh raised on the way up to the tonic or down
    from the leading tone; None where that is no pair of steps.
    """
    diatonic = (low.diatonic + high.diatonic) // 2
    octave, index = divmod(diatonic, 7)
    tone = next(tone for tone in key.tones if tone.letter == LETTERS[index])
    if key.is_minor:
        raised = key.tonic.up(5)
        if tone == key.degree(6) and raised in (low.pitch_class, high.pitch_class):
            tone = tone.up(7)
        elif tone == key.degree(7) and low.midi < high.midi and high.pitch_class == key.tonic:
            tone = raised
    pitch = Pitch(tone.letter, tone.alter, octave)
    steps = {abs(Interval.between(low, pitch).semitones), abs(Interval.between(pitch, high).semitones)}
    return pitch if steps <= {1, 2} else None


def _clashes(setting: Setting, i: int, voice: int, pitch: Pitch, middle: int) -> bool:
    """Whether a passing tone rubs against another that moves with it, or against its neighbour by a semitone."""
    slot = setting.slots[i]
    for tone in slot.tones:
        if tone.onset == middle and (tone.midi - pitch.midi) % 12 not in (0, 3, 4, 8, 9):
            return True
    for other in range(3):
        if other == voice:
            continue
        for sung in setting.parts[other][i]:
            if sung.onset <= middle < sung.end and abs(sung.pitch.midi - pitch.midi) in (0, 1):
                return True
    return abs(slot.tones[0].midi - pitch.midi) in (0, 1)


def _suspended(setting: Setting, i: int) -> bool:
    """Delay a step down into slot `i`, and say whether that was done."""
    before, slot, middle = setting.slots[i - 1], setting.slots[i], _divided(setting.slots[i])
    if not middle or before.ends or slot.strength < before.strength or len(slot.tones) > 1 or not slot.attacked:
        return False
    if setting.voiced[i].entry.numeral in ("I64", "i64"):
        return False
    for voice in (2, 1):
        held, goal = setting.parts[voice][i - 1][-1], setting.parts[voice][i][0]
        if held.end - held.onset < 240 or Interval.between(goal.pitch, held.pitch).steps != 1:
            continue
        if not 1 <= held.pitch.midi - goal.pitch.midi <= 2:
            continue
        figure = _figure(setting, i, voice, held.pitch)
        if not figure or _anticipated(setting, i, voice, goal.pitch, figure):
            continue
        old = setting.parts[voice][i]
        if _goes_on(setting, i, voice):
            setting.parts[voice][i] = [Sung(slot.start, slot.end, held.pitch)]
        else:
            setting.parts[voice][i] = [Sung(slot.start, middle, held.pitch), Sung(middle, slot.end, goal.pitch)]
        if setting.sound(i):
            setting.ornaments.append(Ornament("suspension", voice, slot.start, figure))
            return True
        setting.parts[voice][i] = old
    return False


def _goes_on(setting: Setting, i: int, voice: int) -> bool:
    """Whether the next slot holds the same chord under the same melody note, so that the resolution can wait for it."""
    if i + 1 == len(setting.slots) or setting.slots[i + 1].attacked:
        return False
    this, following = setting.voiced[i], setting.voiced[i + 1]
    return this.entry.chord == following.entry.chord and this.layout.numbers == following.layout.numbers


def _figure(setting: Setting, i: int, voice: int, held: Pitch) -> str:
    """What the held tone is over the new bass, "" where it is no suspension."""
    bass = setting.parts[0][i][0].pitch
    interval = Interval.between(bass, held)
    figure = _SUSPENSIONS.get((interval.steps % 7, interval.semitones % 12), "")
    moved = setting.parts[0][i - 1][-1].pitch.midi != bass.midi
    return figure if moved and held.pitch_class not in setting.voiced[i].entry.chord.tones else ""


def _anticipated(setting: Setting, i: int, voice: int, goal: Pitch, figure: str) -> bool:
    """Whether the tone of resolution sounds in another voice already; under 9-8 the bass may have it."""
    sonority = setting.at(i, setting.slots[i].start)
    others = [pitch for k, pitch in enumerate(sonority) if k != voice and not (figure == "9-8" and k == 0)]
    return any(pitch is not None and pitch.pitch_class == goal.pitch_class for pitch in others)
