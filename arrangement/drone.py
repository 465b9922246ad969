"""Drones: the key's tonic, with its fifth where the register allows, held and renewed by the phrase.

Conventions: kind "fifth" (default) sounds tonic and fifth, "tonic" the tonic alone.
"""

from __future__ import annotations

from partimento.arrangement.stage import PartPlan, Stage
from partimento.arrangement.transitions import final_of
from partimento.score.song import Note
from partimento.theory.meter import TICKS
from partimento.theory.pitch import pitch_at


def play(plan: PartPlan, stage: Stage) -> list[Note]:
    """The drone's notes over all the spans the plan gives, in the key of each section."""
    final = final_of(stage.song, stage.timeline)
    out: list[Note] = []
    for scene in stage.scenes:
        tonic = scene.section.key.tonic
        low = plan.low + (tonic.number - plan.low) % 12
        tones = [(tonic, low)]
        if plan.part.kind != "tonic" and plan.instrument.hands != "mono" and low + 7 <= plan.high:
            tones.append((tonic.up(1), low + 7))
        velocity = max(1, min(127, plan.part.velocity + round(12 * (scene.section.energy - 0.5))))
        # In the ending nothing is renewed: it rings.
        marks = [p.start for p in scene.section.phrases if p.start <= final.start] or [scene.section.start]
        for start, end in plan.plays[scene.index]:
            if scene.index == len(stage.scenes) - 1 and final.short:
                end = min(end, final.tick + TICKS // 2)
            edges = [start, *(m for m in marks if start < m < end), end]
            for a, b in zip(edges, edges[1:], strict=False):
                out += [Note(a, b - a, pitch_at(tone, midi), velocity) for tone, midi in tones if b > a]
    return out
