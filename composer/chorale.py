"""A melody set for four voices in the manner of Bach's chorales, with the reason of every chord.

Conventions: ticks and bars of the given line; voices are bass, tenor, alto, soprano. The harmony is found first
(`chorale_harmony`), then its voices (`chorale_voices`), then ornaments (`chorale_ornaments`). Other settings are found
by making the roots of those before dearer, never by chance.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

from partimento.composer.chorale_harmony import Entry, Way, cadence_at, mode_of, vocabulary, ways
from partimento.composer.chorale_line import Line, LineNote, Slot, checked, slots_of
from partimento.composer.chorale_ornaments import Ornament, Setting, Sung, ornamented
from partimento.composer.chorale_voices import Voiced, sung
from partimento.theory.chord import Chord
from partimento.theory.errors import BriefError
from partimento.theory.interval import Interval
from partimento.theory.key import Key
from partimento.theory.pitch import pitch_at
from partimento.theory.roman import Numeral, function_of
from partimento.theory.syntax import share

MOST_ALTERNATIVES = 8
_LOWEST, _HIGHEST = 59, 81
"""Where a soprano may lie; a melody outside is set in the octave that fits best."""
_ANOTHER = 130
_NEAR = 150


class OtherChord(NamedTuple):
    """What else was possible in a slot: a numeral in its key, and how much dearer the best way through it was."""

    key: Key
    numeral: str
    chord: Chord
    cost: int


class Choice(NamedTuple):
    """A chord of the setting and why it stands there.

    `rule` is the main reason, an id of `teaching.harmony_words`; `values` are its facts. `melody` is what the tune's
    tone is in the chord: "1", "3", "5", "7" or the kind of dissonance; `cadence` the close that it completes, or "".
    """

    start: int
    end: int
    key: Key
    numeral: str
    chord: Chord
    function: str
    melody: str
    rule: str
    values: tuple[tuple[str, str | int], ...]
    cadence: str
    others: tuple[OtherChord, ...]


@dataclass(frozen=True, slots=True)
class Chorale:
    """A whole setting. `parts` are bass, tenor, alto; `octaves` tells by how many octaves the melody was moved."""

    line: Line
    slots: tuple[Slot, ...]
    parts: tuple[tuple[Sung, ...], ...]
    choices: tuple[Choice, ...]
    ornaments: tuple[Ornament, ...]
    octaves: int


def harmonise_chorale(
    line: Line, *, alternatives: int = 1, plain: bool = False, picardy: bool = True
) -> tuple[Chorale, ...]:  # fmt: skip
    """One to eight settings of a melody, the best first, no two with the same chords.

    `plain` leaves passing tones and suspensions out; `picardy` lets a piece in minor end on the major tonic, as 102 of
    111 chorales by Bach do. BriefError for a line that cannot be set, or a number of settings out of range.
    """
    if not 1 <= alternatives <= MOST_ALTERNATIVES:
        raise BriefError(f"{alternatives} settings cannot be given: 1 to {MOST_ALTERNATIVES} are found")
    line, octaves = _in_range(checked(line))
    slots = slots_of(line)
    avoided: dict[int, dict[int, int]] = {}
    out: list[Chorale] = []
    for _ in range(2 * alternatives):
        if len(out) == alternatives:
            break
        found = ways(slots, line.key, picardy, avoided)
        voiced = _steadied(slots, sung(slots, found, line.key))
        chorale = _chorale(line, slots, found, voiced, octaves, plain)
        if all(_chords(chorale) != _chords(other) for other in out):
            out.append(chorale)
        for i, one in enumerate(voiced):
            if not slots[i].ends and i + 1 < len(slots):
                roots = avoided.setdefault(i, {})
                number = one.entry.chord.root.number
                roots[number] = roots.get(number, 0) + _ANOTHER
    return tuple(out)


def _steadied(slots: Sequence[Slot], voiced: tuple[Voiced, ...]) -> tuple[Voiced, ...]:
    """The same chords, one or two that stand in a key of their own without a close there read in a neighbouring key."""
    out = list(voiced)
    edges = [i for i in range(1, len(out)) if out[i].entry.place != out[i - 1].entry.place]
    for start, end in zip(edges, edges[1:], strict=False):
        if end - start > 2 or any(slot.ends for slot in slots[start:end]):
            continue
        for neighbour in (out[end].entry, out[start - 1].entry):
            known = {one.chord: one for one in vocabulary(neighbour.key, neighbour.place)}
            if all(one.entry.chord in known for one in out[start:end]):
                out[start:end] = [one._replace(entry=known[one.entry.chord]) for one in out[start:end]]
                break
    return tuple(out)


def _chords(chorale: Chorale) -> list[str]:
    return [choice.chord.name for choice in chorale.choices]


def _in_range(line: Line) -> tuple[Line, int]:
    """The line moved by octaves to where sopranos sing, and by how many."""
    numbers = [note.pitch.midi for note in line.notes]
    low, high = min(numbers), max(numbers)

    def outside(octaves: int) -> tuple[int, int]:
        moved = max(0, _LOWEST - low - 12 * octaves) + max(0, high + 12 * octaves - _HIGHEST)
        return moved, abs(octaves)

    octaves = min(range(-6, 7), key=outside)
    if not octaves:
        return line, 0
    moved = tuple(
        LineNote(note.onset, note.duration, note.pitch.transposed(Interval(7 * octaves, 12 * octaves)))
        for note in line.notes
    )
    return replace(line, notes=moved), octaves


def _chorale(
    line: Line, slots: tuple[Slot, ...], found: Sequence[Way], voiced: tuple[Voiced, ...], octaves: int, plain: bool
) -> Chorale:
    line = _respelled(line, slots, voiced)
    setting = Setting(line, slots, voiced) if plain else ornamented(line, slots, voiced)
    tied = [{row.tick for row in setting.ornaments if (row.kind, row.voice) == ("suspension", v)} for v in range(3)]
    parts = tuple(_joined(setting.parts[voice], slots, tied[voice]) for voice in range(3))
    choices = tuple(_choice(slots, voiced, i, way) for i, way in enumerate(found))
    return Chorale(line, slots, parts, choices, tuple(setting.ornaments), octaves)


def _respelled(line: Line, slots: Sequence[Slot], voiced: Sequence[Voiced]) -> Line:
    """The line with its tones written as the chords that hold them have them."""
    out = []
    k = 0
    for note in line.notes:
        while k + 1 < len(slots) and slots[k].end <= note.onset:
            k += 1
        tone = voiced[k].entry.chord.tone_at(note.pitch.midi)
        pitch = note.pitch if tone is None or tone == note.pitch.pitch_class else pitch_at(tone, note.pitch.midi)
        out.append(note._replace(pitch=pitch))
    return replace(line, notes=tuple(out))


def _joined(rows: Sequence[Sequence[Sung]], slots: Sequence[Slot], tied: set[int]) -> tuple[Sung, ...]:
    """A voice's notes; one that goes on under a held melody note, or into its own suspension, is not struck again."""
    out: list[Sung] = []
    for slot, row in zip(slots, rows, strict=True):
        for k, note in enumerate(row):
            last = out[-1] if out else None
            held = not slot.attacked or (k == 0 and slot.start in tied)
            if last is not None and last.end == note.onset and last.pitch == note.pitch and held:
                out[-1] = last._replace(end=note.end)
            else:
                out.append(note)
    return tuple(out)


def _choice(slots: Sequence[Slot], voiced: Sequence[Voiced], i: int, way: Way) -> Choice:
    slot, one = slots[i], voiced[i]
    entry = one.entry
    first = _struck(slots, voiced, i)
    kind = cadence_at(voiced[first - 1].entry, entry, slot.tones[-1].midi) if slot.ends and first else ""
    rule, values = _reason(slots, voiced, i, first, kind)
    mine = min(cost for other, cost in zip(way.entries, way.through, strict=True) if other.chord == entry.chord)
    others: dict[Chord, OtherChord] = {}
    for other, cost in zip(way.entries, way.through, strict=True):
        if other.chord != entry.chord and cost - mine <= _NEAR:
            others.setdefault(other.chord, OtherChord(other.key, other.numeral, other.chord, cost - mine))
    return Choice(
        slot.start, slot.end, entry.key, entry.numeral, entry.chord, function_of(entry.numeral), _melody(slot, one),
        rule, values, kind, tuple(others.values())[:3],
    )  # fmt: skip


def _struck(slots: Sequence[Slot], voiced: Sequence[Voiced], i: int) -> int:
    """The slot in which the chord of slot `i` began, in the same phrase; 0 also where nothing came before it."""
    first = i
    while first and not slots[first - 1].ends and voiced[first - 1].entry == voiced[i].entry:
        first -= 1
    return 0 if first and slots[first - 1].ends else first


def _melody(slot: Slot, one: Voiced) -> str:
    """What the melody's first tone in a slot is in the chord."""
    tone = one.entry.chord.tone_at(slot.tones[0].midi)
    degree = one.entry.chord.degree_of(tone) if tone is not None else None
    if degree is not None:
        return str(degree)
    return "suspension" if not slot.tones[0].attacked or slot.tones[0].before == slot.tones[0].midi else "passing"


def _reason(
    slots: Sequence[Slot], voiced: Sequence[Voiced], i: int, first: int, kind: str
) -> tuple[str, tuple[tuple[str, str | int], ...]]:  # fmt: skip
    """The rule that says best why this chord stands here, and its facts."""
    entry = voiced[i].entry
    before = voiced[i - 1].entry if i and not slots[i - 1].ends else None
    after = voiced[i + 1].entry if i + 1 < len(voiced) and not slots[i].ends else None
    if kind:
        if entry.numeral == "I" and entry.key.is_minor:
            return "chorale.picardy", (("cadence", kind),)
        return "chorale.cadence", (("cadence", kind), ("from", voiced[first - 1].entry.numeral))
    if entry.numeral in ("I64", "i64"):
        return "chorale.six-four", (("to", after.numeral if after else "V"),)
    if before is not None and before.numeral == entry.numeral and before.place == entry.place:
        return "chorale.held", ()
    if before is not None and before.place != entry.place:
        return "chorale.modulation", (("from", str(before.key)), ("to", str(entry.key)))
    numeral = Numeral.parse(entry.numeral)
    if numeral.applied is not None:
        return "chorale.applied", (("target", str(numeral.applied)),)
    if after is not None and i + 1 < len(slots) and slots[i + 1].ends and after.place == entry.place:
        closing = cadence_at(entry, after, slots[i + 1].tones[-1].midi)
        if closing:
            return "chorale.prepares-close", (("cadence", closing), ("to", after.numeral))
    if before is None:
        return "chorale.begins", ()
    if numeral.inversion and after is not None and _between(before, entry, after):
        return "chorale.bass-passes", (("from", before.numeral), ("to", after.numeral))
    percent = round(share(before.numeral, entry.numeral, mode_of(entry.key)))
    if percent:
        return "chorale.follows", (("from", before.numeral), ("percent", percent))
    return "chorale.leads", (("from", before.numeral), ("to", after.numeral if after else ""))


def _between(before: Entry, entry: Entry, after: Entry) -> bool:
    """Whether the bass goes through this chord by step, one way."""
    first, second = (entry.bass - before.bass) % 12, (after.bass - entry.bass) % 12
    return (first in (1, 2) and second in (1, 2)) or (first in (10, 11) and second in (10, 11))
