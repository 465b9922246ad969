"""How two sonorities follow each other: parallels, direct motion, overlap; and what single lines may leap.

Conventions: a sonority is a tuple of one spelled pitch, or None for a rest, per voice, lowest voice first. Faults are
(rule id, voices, facts): plain functions of pitches, so that whoever writes parts can ask them while writing. Rules
after Aldwell and Schachter, Harmony and Voice Leading, and Fux for the perfect intervals.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from typing import NamedTuple

from partimento.theory.interval import Interval
from partimento.theory.pitch import Pitch
from partimento.theory.rules.breach import Value
from partimento.theory.rules.rule_set import RuleSet, rule_set

Sonority = Sequence[Pitch | None]


class Fault(NamedTuple):
    """A rule broken by `voices` (indices in the sonority); `facts` as a Breach's values."""

    rule: str
    voices: tuple[int, ...]
    facts: tuple[tuple[str, Value], ...] = ()


class _Move(NamedTuple):
    voice: int
    old: Pitch
    new: Pitch

    @property
    def up(self) -> int:
        return self.new.midi - self.old.midi


@cache
def simple_kinds(names: tuple[str, ...]) -> frozenset[tuple[int, int]]:
    """Intervals as (steps, semitones) within the octave, so that an octave is as a unison, a twelfth as a fifth."""
    return frozenset((Interval.parse(name).steps % 7, Interval.parse(name).semitones % 12) for name in names)


@cache
def _exact(names: tuple[str, ...]) -> frozenset[tuple[int, int]]:
    return frozenset((Interval.parse(name).steps, Interval.parse(name).semitones) for name in names)


def _kind(low: Pitch, high: Pitch) -> tuple[int, int]:
    """The interval within the octave as it sounds: crossed voices a fourth apart make no fifth."""
    if (high.midi, high.diatonic) < (low.midi, low.diatonic):
        low, high = high, low
    return (high.diatonic - low.diatonic) % 7, (high.midi - low.midi) % 12


_PERFECT = frozenset({(0, 0), (4, 7)})
_FIFTH, _DIMINISHED = (4, 7), (4, 6)


def motion_faults(before: Sonority, after: Sonority, rules: RuleSet | None = None) -> list[Fault]:
    """Faults of the step between two sonorities of as many voices, by a set of rules (`bach` for None)."""
    rules = rules or rule_set("bach")
    moves = [
        _Move(voice, old, new)
        for voice, (old, new) in enumerate(zip(before, after, strict=True))
        if old is not None and new is not None
    ]
    faults = [*_pairs(moves, len(before), rules), *_direct(moves, len(before), rules), *_overlaps(moves, rules)]
    for move in moves:
        faults += line_faults(move.old, move.new, move.voice, rules)
    return faults


def parallels(before: Sonority, after: Sonority, rules: RuleSet | None = None) -> list[Fault]:
    """The forbidden parallels between two sonorities, by a set of rules (`bach` for None)."""
    return [fault for fault in motion_faults(before, after, rules) if fault.rule == "parallel-perfect"]


def _pairs(moves: Sequence[_Move], count: int, rules: RuleSet) -> Iterator[Fault]:
    held = {rule for rule in _OF_PAIRS if rules.severity(rule)}
    if not held:
        return
    for place, low in enumerate(moves):
        if not low.up:
            continue
        for high in moves[place + 1 :]:
            if not high.up:
                continue
            rule = _pair_rule(low, high, rules)
            if rule in held and (_is_outer(low, high, count) or _whose(rule, rules) == "all"):
                yield Fault(rule, (low.voice, high.voice), _facts(low, high))


_OF_PAIRS = ("parallel-perfect", "contrary-perfect", "unequal-fifths", "forbidden-parallel")


def _whose(rule: str, rules: RuleSet) -> str:
    return "all" if rule == "unequal-fifths" else rules.text(rule, "voices")


def _is_outer(low: _Move, high: _Move, count: int) -> bool:
    return low.voice == 0 and high.voice == count - 1


def _facts(low: _Move, high: _Move) -> tuple[tuple[str, Value], ...]:
    return (
        ("interval", Interval.between(low.new, high.new).name),
        ("low from", str(low.old)), ("low to", str(low.new)), ("high from", str(high.old)), ("high to", str(high.new)),
    )  # fmt: skip


def _pair_rule(low: _Move, high: _Move, rules: RuleSet) -> str:
    """The rule that two voices break, both of which move; "" for none."""
    old, new = _kind(low.old, high.old), _kind(low.new, high.new)
    similar = low.up * high.up > 0
    if old == new:
        asked = ("parallel-perfect", "forbidden-parallel") if similar else ("contrary-perfect",)
        return next((rule for rule in asked if new in simple_kinds(rules.texts(rule, "intervals"))), "")
    return "unequal-fifths" if similar and old == _DIMINISHED and new == _FIFTH else ""


def _direct(moves: Sequence[_Move], count: int, rules: RuleSet) -> Iterator[Fault]:
    """Similar motion of the outer voices into a perfect interval of another kind than they leave."""
    if len(moves) < 2 or not _is_outer(moves[0], moves[-1], count):
        return
    low, high = moves[0], moves[-1]
    new = _kind(low.new, high.new)
    if low.up * high.up <= 0 or new not in _PERFECT or _kind(low.old, high.old) == new:
        return
    leaps = rules.severity("direct-leap") and abs(high.up) > rules.semitones("direct-leap", "more_than")
    rule = "direct-leap" if leaps else "direct"
    if rules.severity(rule):
        yield Fault(rule, (low.voice, high.voice), _facts(low, high))


def _overlaps(moves: Sequence[_Move], rules: RuleSet) -> Iterator[Fault]:
    if not rules.severity("overlap"):
        return
    for low, high in zip(moves, moves[1:], strict=False):
        if high.voice != low.voice + 1:
            continue
        if low.new.midi > high.old.midi:
            yield Fault("overlap", (low.voice, high.voice), (("passes", str(high.old)), ("to", str(low.new))))
        elif high.new.midi < low.old.midi:
            yield Fault("overlap", (low.voice, high.voice), (("passes", str(low.old)), ("to", str(high.new))))


def line_faults(old: Pitch, new: Pitch, voice: int, rules: RuleSet | None = None) -> Iterable[Fault]:
    """Faults of one voice's step from a pitch to the next, by a set of rules (`bach` for None)."""
    rules = rules or rule_set("bach")
    steps, semitones = abs(new.diatonic - old.diatonic), abs(new.midi - old.midi)
    size = (steps, semitones if (new.diatonic - old.diatonic) * (new.midi - old.midi) >= 0 else -semitones)
    if rules.severity("melodic-augmented") and size in _exact(rules.texts("melodic-augmented", "intervals")):
        yield Fault("melodic-augmented", (voice,), _step(old, new))
    elif rules.severity("forbidden-leap") and size in _exact(rules.texts("forbidden-leap", "intervals")):
        yield Fault("forbidden-leap", (voice,), _step(old, new))
    elif rules.severity("melodic-leap") and (
        size in _exact(rules.texts("melodic-leap", "intervals")) or semitones > rules.semitones("melodic-leap", "most")
    ):
        yield Fault("melodic-leap", (voice,), _step(old, new))


def _step(old: Pitch, new: Pitch) -> tuple[tuple[str, Value], ...]:
    interval = Interval.between(old, new)
    return ("interval", (interval if interval.steps >= 0 else -interval).name), ("from", str(old)), ("to", str(new))
