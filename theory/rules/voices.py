"""Rules over lines in time: what follows what, how far voices lie apart, where single lines go.

Conventions: each function yields Found, a rule with its tick, voices (numbers of the Piece) and facts; severities are
given by `check`. Vertical faults are counted at each new pair of tones, not for as long as they last.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import NamedTuple

from partimento.theory.analysis.piece import Piece, Tone
from partimento.theory.interval import Interval
from partimento.theory.pitch import Pitch
from partimento.theory.rules.breach import Value
from partimento.theory.rules.leading import motion_faults
from partimento.theory.rules.rule_set import RuleSet
from partimento.theory.rules.slices import Lines, Slice


class Found(NamedTuple):
    """A breach before it is given its severity."""

    rule: str
    tick: int
    voices: tuple[int, ...] = ()
    facts: tuple[tuple[str, Value], ...] = ()


CHOIR = 5
"""Most lines that are heard as one choir, in which spacing, crossing and overlap count."""


def motions(lines: Lines, rules: RuleSet) -> Iterator[Found]:
    """Faults between neighbouring slices; lines doubled in octaves for a while are left in peace."""
    found = [
        Found(fault.rule, after.tick, tuple(lines.voices[voice] for voice in fault.voices), fault.facts)
        for before, after in pairwise(lines.slices)
        if not after.opens
        for fault in motion_faults(_pitches(before), _pitches(after), rules)
    ]
    doubled = _doublings(found, rules.number("parallel-perfect", "doubling"))
    for number, fault in enumerate(found):
        orchestral = fault.rule == "overlap" and len(lines.voices) > CHOIR
        if number not in doubled and not orchestral:
            yield fault


def _pitches(here: Slice) -> tuple[Pitch | None, ...]:
    return tuple(None if tone is None else tone.pitch for tone in here.tones)


def _doublings(found: Sequence[Found], least: int) -> frozenset[int]:
    """Indices of the parallel octaves between two voices that go on for `least` moves, one fault after the other's end.

    A run is broken where the pair makes any other move; chained faults name the same tones, new becoming old.
    """
    runs: dict[tuple[int, ...], list[int]] = {}
    doubled: set[int] = set()
    for number, fault in enumerate(found):
        if fault.rule != "parallel-perfect":
            continue
        facts = dict(fault.facts)
        if Interval.parse(str(facts["interval"])).steps % 7:
            continue
        run = runs.setdefault(fault.voices, [])
        if run and not _goes_on(dict(found[run[-1]].facts), facts):
            run.clear()
        run.append(number)
        if len(run) >= least:
            doubled.update(run)
    return frozenset(doubled)


def _goes_on(before: dict[str, Value], after: dict[str, Value]) -> bool:
    return before["low to"] == after["low from"] and before["high to"] == after["high from"]


def spacings(lines: Lines, rules: RuleSet) -> Iterator[Found]:
    """Crossing, and of three voices or more neighbours too far apart, at each new pair of tones.

    Lines of an orchestra, more than `CHOIR`, are no neighbours of one choir and may cross.
    """
    if len(lines.voices) > CHOIR:
        return
    most = {rule: rules.semitones(rule, "most") for rule in ("spacing-bass", "spacing-upper")}
    for here in lines.slices:
        for low, (below, above) in enumerate(pairwise(here.tones)):
            if below is None or above is None or here.tick not in (below.onset, above.onset):
                continue
            gap = above.pitch.midi - below.pitch.midi
            wide = "spacing-bass" if low == 0 else "spacing-upper"
            rule = "crossing" if gap < 0 else wide if gap > most[wide] and len(lines.voices) > 2 else ""
            if rule:
                facts = (("low", str(below.pitch)), ("high", str(above.pitch)))
                yield Found(rule, here.tick, (lines.voices[low], lines.voices[low + 1]), facts)


def ranges(piece: Piece, lines: Lines, rules: RuleSet) -> Iterator[Found]:
    """Tones outside their line's range."""
    for number, (voice, line) in enumerate(zip(lines.voices, lines.lines, strict=True)):
        span = rules.range_of(piece.voices[voice].name, number, len(piece.voices))
        if span is None:
            continue
        for tone in line:
            if not span[0] <= tone.pitch.midi <= span[1]:
                facts = (("pitch", str(tone.pitch)), ("lowest", span[0]), ("highest", span[1]))
                yield Found("range", tone.onset, (voice,), facts)


def cross_relations(lines: Lines, rules: RuleSet) -> Iterator[Found]:
    """A letter in two alterations, in one voice and at once or next in another that did not sound the first itself."""
    if not rules.severity("cross-relation"):
        return
    for before, after in pairwise(lines.slices):
        for voice, new in enumerate(after.tones):
            if new is None or new.onset != after.tick:
                continue
            yield from _contradictions(before, after, voice, new, lines)


def _contradictions(before: Slice, after: Slice, voice: int, new: Tone, lines: Lines) -> Iterator[Found]:
    """What contradicts a new tone: another voice's tone before it, or one that is struck with it."""
    own = before.tones[voice]
    if own is not None and own.pitch.letter == new.pitch.letter:
        return
    for other, old in enumerate(after.tones if after.opens else before.tones):
        if other == voice or old is None or old.pitch.letter != new.pitch.letter or old.pitch.alter == new.pitch.alter:
            continue
        now = after.tones[other]
        if now is not None and now.pitch.letter == new.pitch.letter and now.pitch.alter == new.pitch.alter:
            # The other voice makes the chromatic step itself; this one doubles it.
            continue
        pair = tuple(sorted((lines.voices[voice], lines.voices[other])))
        yield Found("cross-relation", after.tick, pair, (("from", str(old.pitch)), ("to", str(new.pitch))))
        return


def leaps(lines: Lines, rules: RuleSet) -> Iterator[Found]:
    """Leaps that no motion the other way answers."""
    if not rules.severity("unrecovered-leap"):
        return
    least = rules.semitones("unrecovered-leap", "more_than")
    for number, line in enumerate(lines.lines):
        for first, second, third in _threes(line):
            size = second.pitch.midi - first.pitch.midi
            if abs(size) <= least or second.onset in lines.breaks or third.onset in lines.breaks:
                continue
            onward = third.pitch.midi - second.pitch.midi
            if size * onward > 0 and abs(size + onward) != 12 and not (number == 0 and abs(size) == 12):
                facts = (("from", str(first.pitch)), ("to", str(second.pitch)), ("then", str(third.pitch)))
                yield Found("unrecovered-leap", third.onset, (lines.voices[number],), facts)


def _threes(line: Sequence[Tone]) -> Iterator[tuple[Tone, Tone, Tone]]:
    """Three tones in a row without a rest, repeated ones taken as one."""
    merged: list[Tone] = []
    for tone in line:
        last = merged[-1] if merged else None
        if last is not None and last.pitch == tone.pitch and last.end == tone.onset:
            merged[-1] = last._replace(duration=tone.end - last.onset)
        else:
            merged.append(tone)
    for first, second, third in zip(merged, merged[1:], merged[2:], strict=False):
        if first.end == second.onset and second.end == third.onset:
            yield first, second, third


_CLOSE = (("seconds", 1), ("thirds", 2), ("fourths", 3), ("fifths", 4))
_EIGHTH = 240


def low_intervals(piece: Piece, rules: RuleSet) -> Iterator[Found]:
    """Seconds, thirds, fourths and fifths of which the lower tone lies under its limit, in all that sounds."""
    if not rules.severity("low-interval"):
        return
    limits = {steps: Pitch.parse(rules.text("low-interval", name)).midi for name, steps in _CLOSE}
    sounding: list[Tone] = []
    for tone in piece.tones:
        if tone.grace or tone.duration < _EIGHTH or tone.pitch.midi > max(limits.values()) + 7:
            continue
        sounding = [old for old in sounding if old.end > tone.onset]
        for old in sounding:
            low, high = sorted((old, tone), key=lambda t: t.pitch)
            steps = high.pitch.diatonic - low.pitch.diatonic
            if min(old.end, tone.end) - tone.onset >= _EIGHTH and low.pitch.midi < limits.get(steps, 0):
                voices = tuple(sorted({low.voice, high.voice}))
                yield Found("low-interval", tone.onset, voices, (("low", str(low.pitch)), ("high", str(high.pitch))))
        sounding.append(tone)
