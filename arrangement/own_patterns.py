"""Plain patterns for instruments that a style has no place for but a user asked for: long roots, a quiet beat."""

from __future__ import annotations

from partimento.arrangement.style import Pattern, Style
from partimento.theory.meter import Meter

ROOTS = "own roots"
BEAT = "own beat"


def with_own_patterns(style: Style, meters: tuple[Meter, ...]) -> Style:
    """`style` with the banks ROOTS (one root a bar) and BEAT (a soft kit) in every one of `meters`."""
    roots: list[Pattern] = []
    beats: list[Pattern] = []
    for meter in meters:
        name = f"{meter.numerator}/{meter.denominator}"
        roots.append(Pattern(name="roots", meter=name, bars=("1",), source="taste"))
        beats.append(Pattern(name="soft beat", meter=name, rows=_beat(meter), source="taste"))
    return style.model_copy(update={"patterns": {**style.patterns, ROOTS: tuple(roots), BEAT: tuple(beats)}})


def _beat(meter: Meter) -> dict[str, tuple[str, ...]]:
    count = meter.bar // meter.unit
    felt = {beat // meter.unit for beat in meter.beats}
    back = {beat // meter.unit for beat in meter.beats[1::2]}
    return {
        "kick": ("".join("x" if i == 0 else "." for i in range(count)),),
        "rim": ("".join("o" if i in back else "." for i in range(count)),),
        "hat": ("".join("o" if i in felt else "g" for i in range(count)),),
    }
