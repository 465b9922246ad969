"""Fills and varied bars that a net proposes: drawn within what the kit and four limbs can do, then picked by a critic.

Conventions: an Idea replaces what a pattern plays from a tick of a bar on; strokes and tokens are those of
arrangement/drum_strokes. Scenes of one material vary alike. All ideas of a song are asked for at once.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from math import exp

from partimento.arrangement.drum_strokes import Stroke, pattern_strokes
from partimento.arrangement.net_drums import (
    GRID_METER,
    PIECES,
    Drummer,
    Going,
    Lead,
    Touch,
    division_of,
    learned_style,
    piece_of,
    step_of,
    tick_of,
)
from partimento.arrangement.pattern_choice import Choice, bank_of, fitting, same_meter
from partimento.arrangement.playability import PROGRAMMED_KITS, foot
from partimento.arrangement.stage import PartPlan, Scene, Stage
from partimento.arrangement.style import Pattern
from partimento.score.decision import Decision, Where
from partimento.score.song import DRUMS, Drum
from partimento.score.timeline import Bar
from partimento.theory.meter import TICKS

Grid = tuple[frozenset[str], ...]

CONTEXT = 3
"""Bars of groove that a net hears before it goes on."""
CANDIDATES = 8
VARIED = (1, 4)
"""Strokes by which a varied bar differs from its pattern, least and most: a small change, not another groove."""
LOUD, SOFT = 0.8, 0.5
"""Shares of the loudest stroke of its kind below which a stroke is soft, and a snare's a ghost. Taste."""
_PEDAL = "hat_pedal"
_TOMS = ("tom1", "tom2", "tom3")
_TURNING = frozenset(("snare", *_TOMS))
_BACKBEAT = frozenset(("snare", "rim"))


@dataclass(frozen=True, slots=True)
class Idea:
    """What is played from `start`, ticks into its bar, on."""

    start: int
    strokes: tuple[Stroke, ...]


@dataclass(frozen=True, slots=True)
class _Asked:
    """One question to the net: what from step `first` of a scene's bar on; `usual` is the pattern's whole bar."""

    scene: Scene
    bar: Bar
    first: int
    lead: Lead
    pattern: Pattern
    usual: Grid
    key: tuple[str | int, ...]


Ideas = Mapping[tuple[int, int], Idea]
"""By (scene, bar in its section)."""
Picked = dict[tuple[str | int, ...], tuple[Going, Decision]]
"""By a question's key."""


def ideas_of(plan: PartPlan, stage: Stage, patterns: Choice) -> Ideas:
    """Fills for the scenes that hand over with one, and small changes for bars four and eight of grooves.

    Empty without a net, for programmed kits, for genres without learned drummers and in other meters than 4/4. What
    was chosen, of how many, is told in `stage.told`.
    """
    net = stage.nets.drums
    style, division, _ = _played_in(stage)
    if net is None or not style or plan.part.role != "drums" or plan.instrument.name in PROGRAMMED_KITS:
        return {}
    asked = [a for s, p in zip(stage.scenes, patterns, strict=True) if p for a in _asked(plan, stage, s, p, division)]
    # Scenes that return ask the same again; they are answered once.
    known = {question.key: question for question in reversed(asked)}
    questions = [known[key] for key in dict.fromkeys(question.key for question in asked)]
    if not questions:
        return {}
    picked = _picked(plan, stage, net, questions)
    chosen = [question for question in questions if question.key in picked]
    ideas = _written(plan, stage, net, chosen, picked)
    written = {question.key: idea for question, idea in zip(chosen, ideas, strict=True)}
    out: dict[tuple[int, int], Idea] = {}
    for question in asked:
        if question.key in written:
            scene, bar = question.scene, question.bar
            out[scene.index, bar.in_section] = written[question.key]
            where = Where(scene.index, plan.track, bar.start + tick_of(question.first, division), bar.end)
            stage.told.append(replace(picked[question.key][1], where=where))
    return out


def _picked(plan: PartPlan, stage: Stage, net: Drummer, questions: Sequence[_Asked]) -> Picked:
    """The way with the fewest flaws to every question, the first drawn of equals; none where all have too many."""
    style, division, bpm = _played_in(stage)
    brief = stage.song.brief
    streams = [stage.stream("neural", plan.part.id, *question.key) for question in questions]
    count, temperature = brief.candidates or CANDIDATES, brief.temperature or 1.0
    drawn = net.goes_on(style, bpm, division, [q.lead for q in questions], streams, count, temperature)
    goings = [[_with_pedal(question, way) for way in ways] for question, ways in zip(questions, drawn, strict=True)]
    loudest = _loudest_fill(plan, stage, division)
    out: Picked = {}
    for question, ways in zip(questions, goings, strict=True):
        flaws = [_flaws(question, way, division, loudest) for way in ways]
        best = min(range(len(ways)), key=lambda i: (len(flaws[i]), i))
        if len(flaws[best]) <= (1 if question.lead.fill else 0):
            out[question.key] = (ways[best], _told(question, ways, flaws, best))
    return out


def _with_pedal(question: _Asked, way: Going) -> Going:
    """The left foot goes on as the pattern has it: it keeps time, and what the net may strike leaves it out."""
    kept = [step & {_PEDAL} for step in question.usual[question.first :]]
    return Going(tuple((*step, *foot) for step, foot in zip(way.strokes, kept, strict=True)), way.nats)


def _played_in(stage: Stage) -> tuple[str, int, float]:
    """(learned style, steps a quarter, tempo) of a song."""
    bpm = stage.song.tempos[0].tempo_bpm if stage.song.tempos else 120.0
    return learned_style(stage.style), division_of(stage.style), bpm


def _asked(plan: PartPlan, stage: Stage, scene: Scene, pattern: Pattern, division: int) -> list[_Asked]:
    if not same_meter(pattern.meter, GRID_METER) or pattern.use not in ("main", "intro"):
        return []
    if not all(bar.meter == GRID_METER and bar.length == GRID_METER.bar for bar in scene.bars):
        return []
    if scene.section.lead == "fours":
        return []
    bank = bank_of(stage.style, plan.part)
    key: tuple[str | int, ...]
    out: list[_Asked] = []
    for bar in scene.bars[:-1]:
        if pattern.use == "main" and bar.in_section % 8 in (3, 7):
            key = ("variation", scene.section.material, pattern.name, bar.in_section % 16)
            pieces = _pieces([pattern]) | ({"hat_open"} if "hat" in pattern.rows else frozenset())
            pieces -= {_PEDAL}
            out.append(_question(scene, bar, pattern, 0, division, False, pieces, key))
    fills = fitting(bank, "fill", GRID_METER, scene.intensity, scene.section.kind)
    if scene.transition in ("fill", "pickup") and fills and scene.index + 1 < len(stage.scenes):
        wanted = min(beats_of_fill(stage, scene), max(_reach(fill) for fill in fills))
        first = (4 - wanted) * division
        key = ("fill", scene.section.material, pattern.name, scene.repeat, wanted)
        pieces = _pieces([*fills, pattern]) - {"crash", _PEDAL}
        out.append(_question(scene, scene.bars[-1], pattern, first, division, True, pieces, key))
    return out


def _reach(fill: Pattern) -> int:
    """Beats from a fill's first stroke of the hands to its end: the style's own fills say how long they may be."""
    hands = [tick for tick, drum, _ in pattern_strokes(fill, -1, GRID_METER.bar) if not foot(drum)]
    return 4 - min(hands, default=0) // TICKS


def beats_of_fill(stage: Stage, scene: Scene, beats: int = 4) -> int:
    """How many of a bar's beats a scene's fill takes, by the step in energy to what follows."""
    following = stage.scenes[scene.index + 1].section.energy if scene.index + 1 < len(stage.scenes) else 0.0
    step = following - scene.section.energy
    return 1 if scene.transition == "pickup" or step < 0.0 else 2 if step < 0.2 else beats


def _question(
    scene: Scene, bar: Bar, pattern: Pattern, first: int, division: int, fill: bool,
    pieces: frozenset[str], key: tuple[str | int, ...],
) -> _Asked:  # fmt: skip
    at = bar.in_section
    begun = max(0, at - CONTEXT)
    before = [step for i in range(begun, at) for step in _grid(pattern, i, division)]
    usual = _grid(pattern, at, division)
    lead = Lead((*before, *usual[:first]), 4 * division - first, begun, fill, pieces)
    return _Asked(scene, bar, first, lead, pattern, usual, key)


def _grid(pattern: Pattern, index: int, division: int) -> Grid:
    """A bar of a pattern as a grid; strokes that are struck half of the time are left out."""
    steps: list[set[str]] = [set() for _ in range(4 * division)]
    for tick, drum, token in pattern_strokes(pattern, index, GRID_METER.bar):
        step, piece = step_of(tick, division), piece_of(drum)
        if step < len(steps) and piece and token != "?":
            steps[step].add(piece)
    return tuple(frozenset(step) for step in steps)


def _pieces(patterns: Sequence[Pattern]) -> frozenset[str]:
    return frozenset(piece_of(DRUMS[row]) for pattern in patterns for row in pattern.rows) - {""}


def _loudest_fill(plan: PartPlan, stage: Stage, division: int) -> float:
    """Strokes a beat of the busiest beat-for-beat fill of the bank: what the style calls loud."""
    most = 0.0
    for pattern in bank_of(stage.style, plan.part):
        if pattern.use == "fill" and same_meter(pattern.meter, GRID_METER):
            steps = _grid(pattern, -1, division)
            beats = [sum(map(len, steps[i : i + division])) for i in range(0, len(steps), division)]
            most = max(most, float(max(beats)))
    return most


def _flaws(question: _Asked, way: Going, division: int, loudest: float) -> tuple[str, ...]:
    """The named criteria that a way to go on fails, in the order in which they are looked at."""
    usual = [step - {_PEDAL} for step in question.usual[question.first :]]
    struck = [frozenset(step) - {_PEDAL} for step in way.strokes]
    changed = sum(len(a ^ b) for a, b in zip(usual, struck, strict=True))
    if not question.lead.fill:
        lost = any((a & _BACKBEAT) - b for a, b in list(zip(usual, struck, strict=True))[division::division])
        found = {
            "like the pattern": changed < VARIED[0],
            "another groove": changed > VARIED[1],
            "no backbeat": lost,
            "no first beat": bool(usual[0]) and not usual[0] <= struck[0],
        }
        return tuple(name for name, holds in found.items() if holds)
    beats = len(struck) / division
    strokes, groove = sum(map(len, struck)), sum(map(len, usual))
    turning = sum(len(step & _TURNING) for step in struck)
    toms = [step & frozenset(_TOMS) for step in struck]
    heights = [_TOMS.index(min(step)) for step in toms if step]
    found = {
        "thin": strokes < max(2.0, 0.75 * groove),
        "crowded": strokes > max(loudest, 1.0) * beats,
        "no turn": turning * 2 < strokes or changed < 3,
        "falls short": not any(struck[-max(1, division // 2) :]),
        "up the toms": len(heights) > 1 and heights[-1] < heights[0],
    }
    return tuple(name for name, holds in found.items() if holds)


def _told(question: _Asked, ways: Sequence[Going], flaws: Sequence[Sequence[str]], best: int) -> Decision:
    """What was chosen, and what ruled others out.

    A share is the net's probability in permille, the geometric mean over the steps, so that long fills compare.
    """
    shares = [round(1000 * exp(way.nats / question.lead.steps)) for way in ways]
    refused = sum(1 for i, named in enumerate(flaws) if len(named) > len(flaws[best]))
    common = [name for named in flaws for name in named]
    values: list[tuple[str, str | int]] = [
        ("share", shares[best]), ("of", len(ways)), ("strokes", words_of(ways[best])), ("refused", refused),
    ]  # fmt: skip
    if common and refused:
        values.append(("flaw", max(dict.fromkeys(common), key=common.count)))
    others = {words_of(way): share for i, (way, share) in enumerate(zip(ways, shares, strict=True)) if i != best}
    alternatives = tuple(sorted(others.items(), key=lambda row: (-row[1], row[0]))[:6])
    what = "fill" if question.lead.fill else "variation"
    return Decision(Where(), what, f"neural.{what}", tuple(values), alternatives)


def words_of(way: Going) -> str:
    """Its strokes, counted by piece: "snare 6, tom1 2, kick 1"."""
    counts = {piece: sum(piece in step for step in way.strokes) for piece in PIECES}
    ordered = sorted((-n, piece) for piece, n in counts.items() if n)
    return ", ".join(f"{piece} {-n}" for n, piece in ordered) or "nothing"


def _written(plan: PartPlan, stage: Stage, net: Drummer, chosen: Sequence[_Asked], picked: Picked) -> list[Idea]:
    """The chosen ways as strokes; how loud each is comes from how the net would play it."""
    style, division, bpm = _played_in(stage)
    grid: list[frozenset[str]] = []
    fills: list[bool] = []
    begun: list[int] = []
    for question in chosen:
        way = [frozenset(step) for step in picked[question.key][0].strokes]
        begun.append(len(grid))
        grid += [*question.lead.before, *way]
        fills += [False] * len(question.lead.before) + [question.lead.fill] * len(way)
    touches = net.touches(style, bpm, division, grid, fills) if grid else []
    own = _own_drums(plan, stage)
    out: list[Idea] = []
    for question, at in zip(chosen, begun, strict=True):
        before, steps = len(question.lead.before), question.lead.steps
        heard = touches[at : at + before + steps]
        loudest = _loudest(heard)
        strokes: list[Stroke] = []
        old = _tokens(question, division)
        for i, touch in enumerate(heard[before:]):
            step = question.first + i
            for piece in touch:
                token = old.get((step, piece)) if piece == _PEDAL or not question.lead.fill else None
                token = token or _token(piece, touch[piece], loudest, last=question.lead.fill and i == steps - 1)
                strokes.append((tick_of(step, division), own.get(piece, PIECES[piece]), token))
        strokes.sort(key=lambda s: (s[0], s[1].value))
        out.append(Idea(tick_of(question.first, division), tuple(strokes)))
    return out


def _loudest(heard: Sequence[Mapping[str, Touch]]) -> dict[str, float]:
    """The loudest stroke of the kick, of each cymbal, and of snare and toms together, which a fill goes round."""
    out: dict[str, float] = {}
    for step in heard:
        for piece, touch in step.items():
            kind = "snare" if piece in _TURNING else piece
            out[kind] = max(out.get(kind, 1.0), touch.velocity)
    return out


def _token(piece: str, touch: Touch, loudest: Mapping[str, float], last: bool) -> str:
    share = touch.velocity / loudest.get("snare" if piece in _TURNING else piece, touch.velocity or 1.0)
    if last and piece in _TURNING:  # what leads into the next section is not to die away
        return "X" if share >= LOUD else "x"
    if piece == "snare" and share < SOFT:
        return "g"
    return "o" if share < LOUD else "x"


def _tokens(question: _Asked, division: int) -> dict[tuple[int, str], str]:
    """The pattern's own tokens of the bar, by step and piece."""
    strokes = pattern_strokes(question.pattern, question.bar.in_section, GRID_METER.bar)
    return {(step_of(tick, division), piece_of(drum)): token for tick, drum, token in strokes if token != "?"}


def _own_drums(plan: PartPlan, stage: Stage) -> dict[str, Drum]:
    """The drums that the part's patterns name for the pieces: its floor tom, its clap."""
    out: dict[str, Drum] = {}
    for pattern in bank_of(stage.style, plan.part):
        for row in pattern.rows:
            out.setdefault(piece_of(DRUMS[row]), DRUMS[row])
    return out
