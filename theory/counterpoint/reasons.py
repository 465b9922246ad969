"""Why a line goes as it goes: what each downbeat is, how it is reached, and what every other tone would have broken.

Conventions: bars count from 1. The other tones are tried in the finished lines, one at a time, everything else as it
is; what they break is what the solver's own rules say, none of them held.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from partimento.theory.counterpoint.node import Broken, Node, first_node
from partimento.theory.counterpoint.place import extensions
from partimento.theory.counterpoint.problem import Problem
from partimento.theory.counterpoint.rules import BAR, RULES, TENTH
from partimento.theory.counterpoint.solve import Solution
from partimento.theory.counterpoint.tones import CONSONANT, CONSONANT_ABOVE, pitch_of, within_octave
from partimento.theory.interval import Interval
from partimento.theory.pitch import Pitch

Line = tuple[tuple[int, int, int], ...]

_FIRST = ("consonance", "parallels", "direct", "crossing")
_TOLD = (*_FIRST, *(rule for rule in RULES if rule not in _FIRST))
"""Rules in the order in which they are told: what the two voices make before what the line does."""


@dataclass(frozen=True, slots=True)
class Reason:
    """One bar of an added voice.

    `tone` is what sounds with the bar's beginning (or first in it), `before` the voice's tone before it (None at the
    start; itself where it is tied over), `cantus` the bar's note of the cantus; `suspension` is "" or its figures
    ("7-6") where `tone` is a dissonance held over; `motion` "contrary", "oblique", "similar" or "" where it is not
    reached with the bar; `peak` whether it is the one highest note of the line in the species; `figures` the
    dissonances inside the bar, (tone, kind); `legal` the other tones that break nothing there, `refused` (tone, rules)
    the others, the nearest first. What is sung with B flat for B is left out.
    """

    voice: int
    bar: int
    tone: Pitch
    before: Pitch | None
    cantus: Pitch
    suspension: str
    motion: str
    peak: bool
    figures: tuple[tuple[Pitch, str], ...]
    legal: tuple[Pitch, ...]
    refused: tuple[tuple[Pitch, tuple[str, ...]], ...]

    @property
    def interval(self) -> Interval:
        """The interval with the cantus."""
        low, high = sorted((self.tone, self.cantus), key=lambda pitch: pitch.diatonic)
        return Interval.between(low, high)


def reasons(problem: Problem, solution: Solution) -> Iterator[Reason]:
    """The Reasons of every bar of every added voice, bar by bar, the upper voices first."""
    for bar in range(len(problem.cantus)):
        for voice in reversed(problem.added):
            yield _reason(problem, solution.lines, voice, bar)


def breaches(problem: Problem, lines: tuple[Line, ...]) -> frozenset[Broken]:
    """(rule, tick) of everything that finished lines break, the fewest where a dissonance can be heard two ways."""
    free = replace(problem, held=frozenset(), avoid={})
    line = problem.line
    nodes = [first_node(problem.voices, lines[line][0][0], line)]
    order = {voice: i for i, voice in enumerate((problem.cantus_voice, *problem.added))}
    events = sorted(
        (onset, order[voice], voice, length, tone) for voice, sung in enumerate(lines) for onset, length, tone in sung
    )
    for onset, _, voice, length, tone in events:
        after: list[Node] = []
        for node in nodes:
            after += extensions(free, node, voice, onset, tone, length, None)
        if not after:
            return frozenset({("crossing", onset)})
        nodes = sorted(after, key=lambda node: len(node.broken))[:8]
    found = set(nodes[0].broken)
    found |= {("range", onset) for onset in _beyond(problem, lines)}
    return frozenset(found | {("climax", onset) for onset in _again(lines[line])})


def _beyond(problem: Problem, lines: tuple[Line, ...]) -> Iterator[int]:
    for voice in problem.added:
        steps = [tone >> 7 for _, _, tone in lines[voice]]
        if max(steps) - min(steps) > TENTH:
            yield lines[voice][steps.index(max(steps))][0]


def _again(line: Line) -> Iterator[int]:
    top = max(tone for _, _, tone in line)
    places = [onset for onset, _, tone in line if tone >> 7 == top >> 7]
    yield from places[1:]


def _reason(problem: Problem, lines: tuple[Line, ...], voice: int, bar: int) -> Reason:
    start, cantus = bar * BAR, problem.cantus[bar]
    index = next(i for i, (onset, length, _) in enumerate(lines[voice]) if onset + length > start)
    onset, length, tone = lines[voice][index]
    here = breaches(problem, lines)
    legal, refused = [], []

    def near(pitch: Pitch) -> tuple[int, int]:
        return abs(pitch.diatonic - (tone >> 7)), pitch.midi

    for other in problem.candidates(voice, onset // BAR):
        if other == tone or pitch_of(other).pitch_class == problem.gamut.flat:
            continue
        changed = (*lines[voice][:index], (onset, length, other), *lines[voice][index + 1 :])
        new = breaches(problem, (*lines[:voice], changed, *lines[voice + 1 :])) - here
        if new:
            refused.append((pitch_of(other), tuple(rule for rule in _TOLD if rule in {broken for broken, _ in new})))
        else:
            legal.append(pitch_of(other))
    # A note held over the bar line comes from itself.
    before = pitch_of(lines[voice][index if onset < start else index - 1][2]) if index or onset < start else None
    top = [sung >> 7 for _, _, sung in lines[voice]]
    return Reason(
        voice, bar + 1, pitch_of(tone), before, pitch_of(cantus),
        _suspension(lines[voice], index, bar, cantus), _motion(problem, lines[voice], index, bar, onset < start),
        voice == problem.line and top.count(max(top)) == 1 and tone >> 7 == max(top),
        tuple(_figures(lines, voice, bar)), tuple(sorted(legal, key=near)),
        tuple(sorted(refused, key=lambda pair: near(pair[0]))),
    )  # fmt: skip


def _suspension(line: Line, index: int, bar: int, cantus: int) -> str:
    """ "7-6" and its like where a note is held over into a dissonance with the cantus."""
    onset, _, tone = line[index]
    if onset >= bar * BAR or within_octave(tone, cantus) in CONSONANT:
        return ""
    number = within_octave(tone, cantus)[0] + 1
    if tone < cantus:
        return f"{number}-{number + 1}"
    return "9-8" if number == 2 else f"{number}-{number - 1}"


def _figures(lines: tuple[Line, ...], voice: int, bar: int) -> Iterator[tuple[Pitch, str]]:
    """The dissonances inside a bar, each with its name."""
    line = lines[voice]
    for before, (onset, _, tone), after in zip(line, line[1:], line[2:], strict=False):
        if onset // BAR == bar and onset % BAR and _harsh(lines, voice, onset, tone):
            come, gone = (tone >> 7) - (before[2] >> 7), (after[2] >> 7) - (tone >> 7)
            kind = _KINDS.get((abs(come), abs(gone), come * gone > 0))
            if kind:
                yield pitch_of(tone), kind


_KINDS = {
    (1, 1, True): "passing tone", (1, 1, False): "neighbour tone", (1, 2, True): "cambiata",
    (1, 2, False): "double neighbour",
}  # fmt: skip
"""What a dissonance is called by the steps that come to it and go on, and whether both go one way."""


def _harsh(lines: tuple[Line, ...], voice: int, tick: int, tone: int) -> bool:
    """Whether a tone is dissonant with what else sounds."""
    for u, line in enumerate(lines):
        if u != voice:
            other = next((t for onset, length, t in line if onset <= tick < onset + length), 0)
            allowed = CONSONANT if 0 in (u, voice) else CONSONANT_ABOVE
            if other and within_octave(tone, other) not in allowed:
                return True
    return False


def _motion(problem: Problem, line: Line, index: int, bar: int, held: bool) -> str:
    if bar == 0 or index == 0 or line[index][0] > bar * BAR:
        return ""
    own = 0 if held else line[index][2] - line[index - 1][2]
    other = problem.cantus[bar] - problem.cantus[bar - 1]
    if not own or not other:
        return "oblique"
    return "contrary" if (own > 0) != (other > 0) else "similar"
