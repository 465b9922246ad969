"""Why a part comes in where it does: the entries of a chair, told from its plan.

Convention: an entry is the first tick that a chair plays after resting for a section or more, or from the start.
"""

from __future__ import annotations

from collections.abc import Sequence

from partimento.arrangement.band_plan import RISING, climax_of
from partimento.arrangement.stage import PartPlan, Scene
from partimento.score.decision import Decision, Where


def entries(plan: PartPlan, scenes: Sequence[Scene]) -> list[Decision]:
    """A decision for each entry of the chair, with its rule:

    "entry.start" it plays from the beginning; "entry.layer" it comes in inside an intro or a build, where parts come
    one by one; "entry.rest" it rested for the section's first phrases; "entry.energy" the section has the energy it
    waits for and the one before had not; "entry.climax" the whole band plays at the top; "entry.kind" the style gives
    it this kind of section; "entry.return" it had rested for contrast.
    """
    out: list[Decision] = []
    part, climax = plan.part, climax_of(scenes)
    for before, scene in zip((None, *scenes), scenes, strict=False):
        if not plan.plays[scene.index] or (before is not None and plan.plays[before.index]):
            continue
        start, energy = plan.plays[scene.index][0][0], scene.section.energy
        earlier = before.section.energy if before is not None else 0.0
        if start > scene.section.start:
            rule = "entry.layer" if scene.section.kind in RISING else "entry.rest"
        elif before is None:
            rule = "entry.start"
        elif energy < part.enters:
            rule = "entry.climax" if scene.index == climax else "entry.return"
        elif earlier < part.enters:
            rule = "entry.energy"
        elif (part.only and before.section.kind not in part.only) or before.section.kind in part.skip:
            rule = "entry.kind"
        else:
            rule = "entry.return"
        where = Where(scene.index, plan.track, start, scene.section.end)
        values = (("enters", part.enters), ("energy", energy), ("before", earlier), ("kind", scene.section.kind))
        out.append(Decision(where, "entry", rule, values))
    return out
