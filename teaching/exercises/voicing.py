"""Four voices over given chords: the smoothest way that keeps the rules, found by a beam of layouts.

Conventions: voices 0 bass to 3 soprano; sonorities as theory.rules has them. Costs are whole numbers; an error
of the rules costs so much that a way with one is only left where there is no other, and then None is answered.
"""

from __future__ import annotations

from bisect import insort
from collections.abc import Sequence
from functools import cache
from itertools import product

from partimento.theory.chord import Chord
from partimento.theory.key import Key
from partimento.theory.pitch import Pitch, PitchClass, pitch_at
from partimento.theory.rules.leading import motion_faults
from partimento.theory.rules.rule_set import rule_set
from partimento.theory.rules.sonorities import chord_faults, resolution_faults
from partimento.theory.rules.table import SATB_RANGES

Four = tuple[Pitch, Pitch, Pitch, Pitch]
State = tuple[int, tuple[Four, ...]]
"""What a way has cost so far, and the way."""

_ERROR = 10_000
_COSTS = {"error": _ERROR, "warning": 60, "style": 4}
"""What a fault costs by its severity in the `strict` set."""

_WIDTH = 16
_MIDDLES = (48, 57, 65, 71)


@cache
def _tones_in(pc: PitchClass, low: int, high: int) -> tuple[Pitch, ...]:
    return tuple(pitch_at(pc, midi) for midi in range(low, high + 1) if midi % 12 == pc.number)


@cache
def layouts(chord: Chord, key: Key) -> tuple[tuple[int, Four], ...]:
    """All ways to lay a chord out for four voices within their ranges, with what each costs, the cheapest first."""
    upper = [tuple(p for tone in chord.tones for p in _tones_in(tone, *SATB_RANGES[voice])) for voice in (1, 2, 3)]
    found = []
    for bass in _tones_in(chord.bass_tone, *SATB_RANGES[0]):
        for tenor, alto, soprano in product(*upper):
            if not (bass.midi <= tenor.midi <= alto.midi <= soprano.midi):
                continue
            if soprano.midi - alto.midi > 12 or alto.midi - tenor.midi > 12 or tenor.midi - bass.midi > 19:
                continue
            four = (bass, tenor, alto, soprano)
            if not chord_faults(four, chord, key):
                found.append((_layout_cost(four, chord, key), four))
    return tuple(sorted(found, key=lambda row: (row[0], tuple(pitch.midi for pitch in row[1]))))


def _layout_cost(four: Four, chord: Chord, key: Key) -> int:
    classes = [pitch.pitch_class for pitch in four]
    counts = {tone: classes.count(tone) for tone in chord.tones}
    cost = sum(abs(pitch.midi - middle) for pitch, middle in zip(four, _MIDDLES, strict=True)) // 4
    if chord.fifth in counts and not counts[chord.fifth]:
        cost += 8 if chord.inversion == 0 else 500
    thirds = counts[chord.third] if chord.third is not None else 0
    if chord.inversion == 0 and thirds > 1 and not chord.quality.startswith("dim"):
        cost += 12 + (500 if chord.family in ("major", "dominant") else 0)
    if chord.inversion == 2 and chord.seventh is None and counts[chord.bass_tone] < 2:
        cost += 500
    cost += 12 * max(0, counts[chord.root] - 2) + (20 if len({pitch.midi for pitch in four}) < 4 else 0)
    leading = key.tonic.up(5)
    return cost + (500 if classes.count(leading) > 1 else 0)


def _smoothness(before: Four, after: Four) -> int:
    """What the ways of the voices cost by themselves, before any rule is asked."""
    cost = 6 if before[3] == after[3] else 0
    for voice, (old, new) in enumerate(zip(before, after, strict=True)):
        size = abs(new.midi - old.midi)
        cost += size // 3 if not voice else 4 * size if size > 4 else size
    return cost


def _faults(before: Four, after: Four, chords: tuple[Chord, Chord], key: Key) -> int:
    """What the rules' faults of a step cost."""
    strict = rule_set("strict")
    cost = sum(_COSTS[strict.severity(fault.rule)] for fault in motion_faults(before, after, strict))
    cost += _ERROR * len(resolution_faults(before, after, chords, key))
    cost += _ERROR * _contradicts(before, after)
    leading = key.tonic.up(5)
    resolves = key.tonic in chords[1].tones and chords[1].inversion != 2
    for old, new in zip(before, after, strict=True):
        if resolves and old.pitch_class == leading and new.pitch_class != leading and new.midi - old.midi != 1:
            cost += _ERROR
        if chords[0].seventh == old.pitch_class and new.midi > old.midi:
            cost += 2000
    return cost


def _contradicts(before: Four, after: Four) -> bool:
    """Whether a tone comes in that another voice has just had altered otherwise: a cross-relation."""
    return any(
        old.letter == new.letter and old.alter != new.alter and before[voice].letter != new.letter
        for voice, new in enumerate(after)
        for old in before
    )


def voiced(
    chords: Sequence[Chord],
    key: Key,
    given: Sequence[Sequence[Pitch] | None] = (None, None, None, None),
    last: PitchClass | None = None,
    start: int = 71,
) -> tuple[Four, ...] | None:
    """The cheapest way through the chords, None where every way breaks a rule.

    `given` are voices that stand already; `last` is the name of the soprano's last note; `start` a MIDI number near
    which the soprano is to begin.
    """
    beam: list[State] = []
    for index, chord in enumerate(chords):
        options = [(cost, four) for cost, four in layouts(chord, key) if _fits(four, given, index)]
        if last is not None and index == len(chords) - 1:
            options = [(cost, four) for cost, four in options if four[3].pitch_class == last]
        if not index:
            for cost, four in options:
                beam.append((cost + 2 * abs(four[3].midi - start), (four,)))
            beam = sorted(beam)[:_WIDTH]
            continue
        beam = _grown(beam, options, (chords[index - 1], chord), key)
    best = beam[0] if beam else None
    return best[1] if best is not None and best[0] < _ERROR else None


def _grown(
    beam: Sequence[State], options: Sequence[tuple[int, Four]], pair: tuple[Chord, Chord], key: Key
) -> list[State]:
    """The cheapest states one chord on. Rules only add to a cost, so that dearer ways need not be asked."""
    ways = sorted(
        (so_far + cost + _smoothness(way[-1], four), place, four)
        for place, (so_far, way) in enumerate(beam)
        for cost, four in options
    )
    grown: list[State] = []
    for least, place, four in ways:
        if len(grown) >= _WIDTH and grown[_WIDTH - 1][0] <= least:
            break
        way = beam[place][1]
        insort(grown, (least + _faults(way[-1], four, pair, key), (*way, four)))
    return grown[:_WIDTH]


def _fits(four: Four, given: Sequence[Sequence[Pitch] | None], index: int) -> bool:
    return all(line is None or four[voice] == line[index] for voice, line in enumerate(given))
