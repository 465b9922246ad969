"""The "harmony" player: a second voice in the lead's own rhythm, in thirds or sixths, as backing singers find it.

Conventions: it lies below the lead unless the register leaves no room there, and never crosses it; on strong beats
and long notes it takes chord tones, elsewhere it follows the key or the chord's scale.
"""

from __future__ import annotations

from functools import cache

from partimento.arrangement.lead_view import LeadView, phrase_spans
from partimento.arrangement.stage import PartPlan, Stage
from partimento.score.song import ChordSymbol, Note
from partimento.theory.chord import Chord
from partimento.theory.chord_scale import chord_scale
from partimento.theory.key import Key
from partimento.theory.meter import TICKS
from partimento.theory.spelling import spell_over

# Distance from the lead in semitones to its cost: thirds (or sixths) first, a fourth or sixth where the chord asks.
_COSTS = {
    "thirds": {3: 0, 4: 0, 5: 4, 8: 6, 9: 6, 7: 8, 6: 8},
    "sixths": {8: 0, 9: 0, 7: 5, 10: 8, 3: 7, 4: 7, 5: 8},
}
_STRONG = 13
"""Cost of a tone outside the chord on a strong beat or a long note."""


def play(plan: PartPlan, stage: Stage) -> list[Note]:
    """The second voice in the spans the plan gives."""
    lead = LeadView(stage)
    costs = _COSTS.get(plan.part.kind, _COSTS["thirds"])
    out: list[Note] = []
    for scene in stage.scenes:
        for start, end in lead.spans(plan, scene):
            for a, b in phrase_spans(scene, start, end):
                inside = [i for i in lead.over(a, b) if lead.onsets[i] >= a]
                side = _side(plan, lead, inside, costs)
                if side:
                    _phrase(plan, stage, lead, inside, side, costs, end, out)
    return out


def _side(plan: PartPlan, lead: LeadView, inside: list[int], costs: dict[int, int]) -> int:
    """-1 below the lead, 1 above, 0 where neither leaves room for two thirds of the phrase."""
    if not inside:
        return 0
    near = min(costs, key=lambda distance: (costs[distance], distance))
    for side in (-1, 1):
        room = sum(1 for i in inside if plan.low <= lead.midis[i] + side * near <= plan.high)
        if 3 * room >= 2 * len(inside):
            return side
    return 0


def _phrase(
    plan: PartPlan,
    stage: Stage,
    lead: LeadView,
    inside: list[int],
    side: int,
    costs: dict[int, int],
    end: int,
    out: list[Note],
) -> None:
    timeline = stage.timeline
    before, last_lead = -1, -1
    for i in inside:
        note, midi, onset = lead.notes[i], lead.midis[i], lead.onsets[i]
        duration = min(lead.ends[i], end) - onset
        symbol = timeline.sounding_at(onset)
        if symbol is None or duration <= 0:
            continue
        bar = timeline.bar_at(onset)
        strong = bar.meter.strength(onset - bar.start) >= 2 or duration >= TICKS
        best, best_cost = -1, 1 << 20
        for distance, cost in costs.items():
            other = midi + side * distance
            if not plan.low <= other <= plan.high:
                continue
            cost += _tone_cost(other % 12, symbol.chord, symbol.key, strong)
            if before >= 0:
                cost += abs(other - before) // 2
                same = (midi - last_lead) * (other - before) > 0
                # Two voices in fifths leave the style of thirds at once.
                if same and distance == 7 and abs(last_lead - before) % 12 == 7:
                    cost += 40
                if midi == last_lead and other != before:
                    cost += 7
            if cost < best_cost:
                best, best_cost = other, cost
        if best < 0 or best_cost >= 40:
            before = -1
            continue
        level = max(1, min(127, plan.part.velocity + (note.velocity - 80) // 2))
        out.append(_note(onset, duration, best, symbol, level, note.articulation))
        before, last_lead = best, midi


@cache
def _tone_cost(number: int, chord: Chord, key: Key, strong: bool) -> int:
    if number in chord.numbers:
        return 0
    if any(tone.number == number for tone in chord_scale(chord, key)):
        return _STRONG if strong else 1
    return _STRONG + 6


def _note(onset: int, duration: int, midi: int, symbol: ChordSymbol, velocity: int, articulation: str) -> Note:
    return Note(onset, duration, spell_over(midi, symbol.chord, symbol.key), velocity, 0, articulation)
