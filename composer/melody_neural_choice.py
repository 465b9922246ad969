"""Which of the lines a net drew is sung, and why: a critic's named flaws against how likely the model found them.

Convention: a cost is a sum of flaws (about 1 for what everybody would hear) and of the model's surprise in nats a note,
weighed by creativity; the least is taken, the first of equals.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from math import exp
from typing import TYPE_CHECKING

from partimento.composer.melody_critic import figure_flaw, hook_flaw, line_flaw, line_flaws, rhythm_flaws
from partimento.composer.melody_neural_guard import PitchGuard
from partimento.composer.melody_phrase import Frame
from partimento.composer.melody_plan import SongTraits
from partimento.composer.melody_view import Written
from partimento.composer.neural.muse import Taste
from partimento.score.decision import Decision, Value, Where

if TYPE_CHECKING:
    from partimento.composer.neural.melody import Line as Drawn

AVOIDABLE = ("second peak", "second leap", "leap unanswered", "outline of tritone or seventh", "rocking", "circling")
"""Flaws that can be looked for in the written notes."""

_NO_FIGURE = 4.0


class Candidate:
    """A line that was drawn, with its faults; `led` notes only lead in, `hook` notes are its figure (0: none)."""

    __slots__ = ("cost", "flaws", "mean", "nats", "pitches", "slots")

    def __init__(self, drawn: Drawn, led: int, guard: PitchGuard, taste: Taste, hook: int) -> None:
        self.pitches = [n[2] for n in drawn.notes[led:]]
        self.slots = guard.slots_for(self.pitches)
        self.nats = list(drawn.pitches[led:])
        self.flaws: dict[str, float] = {}
        for name, amount in line_flaws(self.pitches, self.slots):
            if amount > 0.0 and not (taste.hard and name == "far from its contour"):
                self.flaws[name] = self.flaws.get(name, 0.0) + amount
        if hook:
            none = hook_flaw(self.pitches, self.slots, hook) - line_flaw(self.pitches, self.slots)
            self.flaws["no figure in the hook"] = none
        self.mean = surprise([n for n, s in zip(self.nats, self.slots, strict=True) if not s.fixed])
        self.cost = sum(self.flaws.values()) + _liking(taste) * self.mean


def best_rhythm(
    lines: Sequence[Drawn], frame: Frame, traits: SongTraits, wished: float, taste: Taste, hook: bool
) -> list[tuple[int, int]]:
    """The onsets and durations of the line whose rhythm is best; `wished` notes are best, a hook's bar is a figure."""
    beat = frame.bars[0].meter.beat_lengths[0]
    costs = []
    for line in lines:
        ticks = [n[0] for n in line.notes]
        flaws = rhythm_flaws(ticks, frame.end, beat, traits.quick, traits.patter, traits.second)
        cost = 0.0 if traits.agile else sum(amount for _, amount in flaws)
        cost += 2.5 * abs(len(ticks) / wished - 1.0) if wished else 0.0
        if hook:
            bar = frame.bars[0]
            figure = [t - bar.start for t in ticks if t < bar.end]
            cost += figure_flaw(figure, bar.length, beat) if figure else _NO_FIGURE
        rhythm = [s - p for s, p in zip(line.shares, line.pitches, strict=True)]
        costs.append(cost + _liking(taste) * surprise(rhythm))
    best = min(range(len(lines)), key=lambda i: (costs[i], i))
    return [(n[0], n[1]) for n in lines[best].notes]


def _liking(taste: Taste) -> float:
    """How much a nat a note weighs with the critic: who is to be creative is not asked to be usual."""
    return 0.4 * (1.0 - taste.creativity)


def surprise(shares: Sequence[float]) -> float:
    """The mean of log-shares, as nats of 0 or more."""
    return -sum(shares) / len(shares) if shares else 0.0


def told_of(section: int, span: tuple[int, int], tonic: int, lines: Sequence[Candidate], chosen: int) -> Decision:
    """Why this line, from and to which tick: how likely, of how many, what the likeliest other one had wrong.

    `share` is the geometric mean of its pitches' probabilities, `share of move` its last move's, in thousandths.
    """
    best = lines[chosen]
    values: list[tuple[str, Value]] = [("share", round(1000 * exp(-best.mean))), ("of", len(lines))]
    others = [line for i, line in enumerate(lines) if i != chosen and line.pitches != best.pitches]
    others.sort(key=lambda line: line.mean)
    if others and others[0].cost > best.cost:
        rival = others[0]
        worse = {name: rival.flaws[name] for name in AVOIDABLE if name in rival.flaws and name not in best.flaws}
        if worse:
            values.append(("avoided", max(worse, key=lambda name: (worse[name], name))))
    if len(best.pitches) > 1:
        values.append(("move", best.pitches[-1] - best.pitches[-2]))
        values.append(("share of move", round(1000 * exp(best.nats[-1]))))
    told = tuple((_degrees(line.pitches, tonic), round(1000 * exp(-line.mean))) for line in others[:3])
    where = Where(section, "lead", *span)
    return Decision(where, "phrase", "neural.phrase", tuple(values), told)


def _degrees(pitches: Sequence[int], tonic: int) -> str:
    """A line by its first eight notes, in semitones above the tonic."""
    return " ".join(str((p - tonic) % 12) for p in pitches[:8])


def true_of(decisions: Iterable[Decision], notes: Sequence[Written]) -> list[Decision]:
    """The decisions without what later stages undid: a last move that is not the one that was chosen."""
    out = []
    for told in decisions:
        if told.rule == "neural.phrase":
            line = [n.midi for n in notes if told.where.start <= n.onset < told.where.end]
            move = line[-1] - line[-2] if len(line) > 1 else None
            if told.value("move", 99) != move:
                kept = tuple(v for v in told.values if v[0] not in ("move", "share of move"))
                told = Decision(told.where, told.what, told.rule, kept, told.alternatives)
        out.append(told)
    return out
