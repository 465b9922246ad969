"""Which pattern a part plays in each section: drawn once a section by material, so that a return keeps its groove.

Conventions: a pattern of n bars goes round from its section's start; candidates keep the style's order, weights are
the style's. A pattern fits a meter of the same numbers, whatever its grouping.
"""

from __future__ import annotations

from functools import cache

from partimento.arrangement.pattern import parse_bar
from partimento.arrangement.stage import PartPlan, Scene, Stage
from partimento.arrangement.style import Part, Pattern, Style
from partimento.score.stream import Stream
from partimento.theory.meter import Meter

Choice = tuple[Pattern | None, ...]

SECTION_USES = {
    "intro": "intro",
    "break": "break",
    "breakdown": "break",
    "build": "build",
    "buildup": "build",
    "riser": "build",
}
"""Section kinds that take patterns of a use of their own, where the bank has them."""


def bank_of(style: Style, part: Part) -> tuple[Pattern, ...]:
    """The part's pattern bank, empty when the style has none."""
    return style.patterns.get(part.patterns or part.id, ())


@cache
def same_meter(written: str, meter: Meter) -> bool:
    """Whether a pattern written in meter `written` can be played in `meter`: the same numerator and denominator."""
    other = Meter.parse(written)
    return other.numerator == meter.numerator and other.denominator == meter.denominator


def fitting(
    bank: tuple[Pattern, ...], use: str, meter: Meter, intensity: int, kind: str, preferred: tuple[str, ...] = ()
) -> list[Pattern]:
    """The patterns of one use for a section of this kind, meter and intensity (1-4), the most fitting set only.

    Those that name the section kind go before general ones, preferred names before others. Where no pattern has the
    intensity, the nearest ones stand in.
    """
    found = [
        p for p in bank if p.use == use and same_meter(p.meter, meter) and (not p.sections or kind in p.sections)
    ]
    if not found:
        return []
    level = [p for p in found if p.intensity[0] <= intensity <= p.intensity[1] and p.weight > 0]
    named = [p for p in level if p.name in preferred]
    own = [p for p in level if kind in p.sections]
    for best in (named, own, level):
        if best:
            return best
    away = min(_distance(p, intensity) for p in found)
    return [p for p in found if _distance(p, intensity) == away]


def _distance(pattern: Pattern, intensity: int) -> int:
    low, high = pattern.intensity
    return max(low - intensity, intensity - high, 0)


def draw(patterns: list[Pattern], stream: Stream, avoid: Pattern | None = None) -> Pattern | None:
    """One of `patterns` by weight, another than `avoid` where there is another; None of none."""
    others = [p for p in patterns if p is not avoid] or patterns
    if not others:
        return None
    return stream.weighted(others, [max(1, p.weight) for p in others])


def section_patterns(plan: PartPlan, stage: Stage) -> Choice:
    """The main pattern of every scene (None: silent, or nothing fits).

    Drawn by the section's material; a returning section keeps its pattern while that fits the new intensity; a
    section of another material takes another pattern than the one before it, where the bank has one. A bass prefers
    patterns that strike with the kick drum.
    """
    bank = bank_of(stage.style, plan.part)
    chosen: list[Pattern | None] = []
    known: dict[str, list[Pattern]] = {}
    before: Pattern | None = None
    before_material = ""
    for scene in stage.scenes:
        if not plan.plays[scene.index] or not scene.bars or not bank:
            chosen.append(None)
            continue
        material = scene.section.material
        if not material.startswith(scene.section.kind):
            material = f"{material}/{scene.section.kind}"  # another kind of section on a shared tune has its own groove
        candidates = _candidates(bank, plan, scene)
        kept = next((p for p in known.get(material, ()) if p in candidates), None)
        if kept is None:
            stream = stage.stream("pattern", plan.part.id, material, scene.intensity)
            avoid = before if before_material != material else None
            kept = _draw_locked(candidates, stream, avoid, plan, scene, stage)
            if kept is not None:
                known.setdefault(material, []).append(kept)
        chosen.append(kept)
        before, before_material = kept, material
    return tuple(chosen)


def _candidates(bank: tuple[Pattern, ...], plan: PartPlan, scene: Scene) -> list[Pattern]:
    kind = scene.section.kind
    meter = scene.bars[0].meter
    preferred = scene.spec.drums if plan.part.role in ("drums", "percussion") else ()
    own = SECTION_USES.get(kind)
    if own is not None:
        special = fitting(bank, own, meter, scene.intensity, kind)
        if special:
            return special
    return fitting(bank, "main", meter, scene.intensity, kind, preferred)


def _draw_locked(
    candidates: list[Pattern], stream: Stream, avoid: Pattern | None, plan: PartPlan, scene: Scene, stage: Stage
) -> Pattern | None:
    others = [p for p in candidates if p is not avoid] or candidates
    if not others:
        return None
    if plan.part.role != "bass" or plan.part.player != "line" or not stage.kicks or len(others) == 1:
        return stream.weighted(others, [max(1, p.weight) for p in others])
    bars = scene.bars[: min(4, len(scene.bars))]
    kicks = {tick for tick in stage.kicks if bars[0].start <= tick < bars[-1].end}
    beats = {bar.start + beat for bar in bars for beat in bar.meter.beats}
    if 10 * len(beats & kicks) >= 9 * len(beats):
        # A kick on every beat leaves the bass free: it has nothing to lock to.
        return stream.weighted(others, [max(1, p.weight) for p in others])
    weights = []
    for pattern in others:
        met = _with_kicks(pattern, bars[0].start, bars[0].length, len(bars), kicks)
        weights.append(max(1, pattern.weight) * (4 + met * met))
    return stream.weighted(others, weights)


def _with_kicks(pattern: Pattern, start: int, length: int, bars: int, kicks: set[int]) -> int:
    """0-8: how far the pattern's strokes and the kicks are the same (twice the common ones to the sum of both)."""
    met = strokes = 0
    for i in range(bars):
        for step in parse_bar(pattern.bars[i % len(pattern.bars)], "line"):
            if step.symbol != "-":
                strokes += 1
                met += start + i * length + step.start * length // step.steps in kicks
    return 16 * met // (len(kicks) + strokes) if kicks else 0


def use_pattern(plan: PartPlan, stage: Stage, scene: Scene, use: str, *purpose: str | int) -> Pattern | None:
    """A pattern of `use` ("fill", "break", "build", "ending", "variation", "solo") for `scene`, or None.

    `purpose` tells draws within one scene apart; scenes of one material draw alike. Breaks and endings are drawn alike
    by all parts, so that banks that list the same figures play them together.
    """
    bank = bank_of(stage.style, plan.part)
    if not any(p.use == use for p in bank) or not scene.bars:
        return None
    found = fitting(bank, use, scene.bars[-1].meter, scene.intensity, scene.section.kind)
    who = "all" if use in ("break", "ending") else plan.part.id
    return draw(found, stage.stream(use, who, scene.section.material, scene.intensity, *purpose))
