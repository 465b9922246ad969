"""Who composes: rules alone, or rules and nets. A Muse holds the nets that a brief asks for, and how they are asked.

Convention: RULES_ALONE has no nets; every caller asks `muse.melody is None` and goes on by rules. Nets are loaded when
a Muse is made, once a process; without torch or weights the rules compose, and a notice says so.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from partimento.arrangement.nets import NO_NETS, Nets
from partimento.arrangement.style import Style
from partimento.score.brief import Brief
from partimento.score.decision import Decision

if TYPE_CHECKING:
    from partimento.composer.neural.harmony import HarmonyNet
    from partimento.composer.neural.melody import MelodyNet


@dataclass(frozen=True, slots=True)
class Taste:
    """How the nets are asked: see Brief. `hard` leaves out the soft rules (engine "neural")."""

    hard: bool = False
    temperature: float = 1.0
    creativity: float = 0.5
    candidates: int = 8
    beam: bool = False


@dataclass(frozen=True, slots=True)
class Muse:
    """The nets there are, and how to ask them; `decisions` tell which engine composes, and why not another."""

    taste: Taste = field(default_factory=Taste)
    harmony: HarmonyNet | None = None
    melody: MelodyNet | None = None
    nets: Nets = NO_NETS
    decisions: tuple[Decision, ...] = ()


RULES_ALONE = Muse()


def muse_of(brief: Brief, style: Style) -> Muse:
    """The Muse of a brief whose genre is known."""
    return RULES_ALONE
