"""The composer's entry: a Brief in, a whole Song out. Thread-safe: no state is shared but caches of pure functions."""

from __future__ import annotations

from dataclasses import replace

from partimento.composer.form_sections import build_sections
from partimento.composer.harmony import Harmoniser
from partimento.composer.plan import Plan, make_plan
from partimento.composer.plan_size import felt_factor, tempo_map
from partimento.score.brief import Brief
from partimento.score.song import FinalBars, KeyChange, MeterChange, Section, Song


def sketch(plan: Plan) -> Song:
    """The song as far as form and harmony go: maps, sections, chords, ending; no tracks yet."""
    seed, take = plan.brief.seed, plan.brief.take
    sections, why = build_sections(plan.items, plan.style, plan.key, plan.meter, plan.energy_shift, seed, take)
    harmoniser = Harmoniser(plan, sections)
    chords, sections, final = harmoniser.run()
    return Song(
        title=plan.brief.title,
        brief=plan.brief,
        meters=(MeterChange(0, plan.meter),),
        tempos=tempo_map(plan.tempo * felt_factor(plan.meter), plan.bars, plan.meter, plan.slowing),
        keys=_key_map(sections),
        sections=sections,
        ending=final,
        chords=chords,
        decisions=(*plan.decisions, *why, *harmoniser.decisions),
    )


def _key_map(sections: tuple[Section, ...]) -> tuple[KeyChange, ...]:
    out: list[KeyChange] = []
    for section in sections:
        if not out or out[-1].key != section.key:
            out.append(KeyChange(section.start, section.key))
    return tuple(out)


def compose(brief: Brief) -> Song:
    """A complete song for a brief: the same brief gives the same song.

    Raises BriefError, StyleError or TheoryError (all PartimentoError) for what cannot be met.
    """
    plan = make_plan(brief)
    song = sketch(plan)
    return song


__all__ = ["FinalBars", "compose", "make_plan", "replace", "sketch"]
