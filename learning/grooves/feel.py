"""Measure feel per style: velocity and timing by place in the bar, swing by tempo, what the limbs share.

Velocities are MIDI units, timings tenths of a millisecond, ratios and shares percent; all integers.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from math import sqrt
from statistics import fmean, median

from partimento.learning.grooves.performance import BROADER, PIECES, Hit, Performance

FEWEST_BARS = 20
FEWEST_HITS = 40
# Below this many recordings a style is one drummer's evening: kept for reading, flagged, not to be relied on.
FEWEST_PERFORMANCES = 5
GHOST_BELOW = 46
SHRINK = 6  # hits of the piece's own mean that every position is mixed with
LAGS_SIXTEENTHS = (1, 2, 4, 8, 16, 32)
TEMPO_EDGES = (0, 70, 90, 110, 130, 160, 200, 400)


@dataclass(slots=True)
class Level:
    """How loud one piece is in one performance; a pad that often reads 127 is clipped, its spread hidden."""

    main: float
    ghost_below: float
    clipped: bool


def levels_of(performance: Performance) -> dict[str, Level]:
    """Level per piece; ghosts lie under 46 and under 45 % of its ninth decile, for pads differ in gain."""
    velocities: dict[str, list[int]] = defaultdict(list)
    for hit in performance.hits:
        velocities[hit.piece].append(hit.velocity)
    found = {}
    for piece, values in sorted(velocities.items()):
        values.sort()
        below = min(float(GHOST_BELOW), 0.45 * values[len(values) * 9 // 10])
        main = [value for value in values if value >= below] or values
        found[piece] = Level(fmean(main), below, sum(v == 127 for v in values) > 0.1 * len(values))
    return found


@dataclass(slots=True)
class Cell:
    """Samples at one place of the bar: velocity over the performance's level, spread within it, timing."""

    relative: list[float] = field(default_factory=list)
    ghosts: list[int] = field(default_factory=list)
    offsets: list[float] = field(default_factory=list)
    ghost_offsets: list[float] = field(default_factory=list)
    velocity_squares: list[tuple[float, bool]] = field(default_factory=list)
    offset_squares: list[float] = field(default_factory=list)


def _gather(performance: Performance, levels: dict[str, Level], cells: dict[tuple[str, int, int], Cell]) -> None:
    places: dict[tuple[str, int], list[Hit]] = defaultdict(list)
    for hit in performance.hits:
        places[hit.piece, hit.step % performance.steps_per_bar].append(hit)
    for (piece, position), hits in sorted(places.items()):
        level = levels[piece]
        cell = cells[piece, performance.steps_per_bar, position]
        main = [hit.velocity for hit in hits if hit.velocity >= level.ghost_below]
        cell.relative.extend(velocity / level.main for velocity in main)
        cell.ghosts.extend(hit.velocity for hit in hits if hit.velocity < level.ghost_below)
        # Ghosts are often half of a drag and lie before the grid: they are timed apart.
        timed = [h.deviation_ms for h in hits if h.timed and h.velocity >= level.ghost_below]
        cell.ghost_offsets.extend(h.deviation_ms for h in hits if h.timed and h.velocity < level.ghost_below)
        cell.offsets.extend(timed)
        if len(main) > 3:
            centre = fmean(main)
            scale = len(main) / (len(main) - 1)
            cell.velocity_squares.extend(((v - centre) ** 2 * scale, level.clipped) for v in main)
        if len(timed) > 3:
            centre = fmean(timed)
            cell.offset_squares.extend((ms - centre) ** 2 * len(timed) / (len(timed) - 1) for ms in timed)


def _spread(squares: list[float], prior: float) -> float:
    return sqrt((sum(squares) + SHRINK * prior) / (len(squares) + SHRINK))


def _unclipped(squares: list[tuple[float, bool]]) -> list[float]:
    """Squares from pads that did not clip, where these are enough to speak; else all."""
    clean = [square for square, clipped in squares if not clipped]
    return clean if len(clean) >= 12 else [square for square, _ in squares]


def _mixed(samples: list[float], prior: float) -> float:
    return (sum(samples) + SHRINK * prior) / (len(samples) + SHRINK)


def _piece_table(steps: int, cells: list[Cell], level: float) -> dict[str, object]:
    relative = [value for cell in cells for value in cell.relative]
    offsets = [value for cell in cells for value in cell.offsets]
    ghosts = [value for cell in cells for value in cell.ghosts]
    everywhere = fmean(relative) if relative else 1.0
    offset = fmean(offsets) if offsets else 0.0
    squares = _unclipped([pair for cell in cells for pair in cell.velocity_squares])
    velocity_prior = fmean(squares) if squares else 64.0
    offset_squares = [square for cell in cells for square in cell.offset_squares]
    offset_prior = fmean(offset_squares) if offset_squares else 100.0
    ghost_offsets = [value for cell in cells for value in cell.ghost_offsets]
    ghost = fmean(ghosts) if ghosts else 0.0
    return {
        "steps": steps,
        "hits": len(relative) + len(ghosts),
        "level": round(level),
        "count": [len(cell.relative) + len(cell.ghosts) for cell in cells],
        "velocity": [round(level * _mixed(cell.relative, everywhere)) for cell in cells],
        "velocity_sd": [round(_spread(_unclipped(cell.velocity_squares), velocity_prior)) for cell in cells],
        "ghost_percent": [
            round(100 * len(cell.ghosts) / max(1, len(cell.ghosts) + len(cell.relative))) for cell in cells
        ],
        "ghost_velocity": round(ghost),
        "ghost_velocity_sd": round(sqrt(fmean((g - ghost) ** 2 for g in ghosts))) if ghosts else 0,
        "ghost_timing": round(10 * fmean(ghost_offsets)) if ghost_offsets else 0,
        "timing": [round(10 * _mixed(cell.offsets, offset)) for cell in cells],
        "timing_sd": [round(10 * _spread(cell.offset_squares, offset_prior)) for cell in cells],
    }


def _residuals(performance: Performance) -> dict[int, dict[str, float]]:
    """Deviation in ms by step and piece, less what the piece usually does there in this performance."""
    places: dict[tuple[str, int], list[float]] = defaultdict(list)
    for hit in performance.hits:
        if hit.timed:
            places[hit.piece, hit.step % performance.steps_per_bar].append(hit.deviation_ms)
    usual = {place: fmean(values) for place, values in places.items() if len(values) > 7}
    found: dict[int, dict[str, float]] = defaultdict(dict)
    for hit in performance.hits:
        place = (hit.piece, hit.step % performance.steps_per_bar)
        if hit.timed and place in usual:
            found[hit.step][hit.piece] = hit.deviation_ms - usual[place]
    return found


def togetherness(performances: list[Performance]) -> dict[str, object]:
    """What limbs share: SD of a slot's common offset, its autocorrelation, each piece's own SD; tenths of ms.

    The common variance is the covariance of two pieces in the same slot; the autocorrelation is the covariance
    of two *different* slots over it, so a wandering tempo shows as a slow decay.
    """
    common = [0.0, 0.0]
    lagged = {lag: [0.0, 0.0] for lag in LAGS_SIXTEENTHS}
    own: dict[str, list[float]] = {piece: [0.0, 0.0] for piece in PIECES}
    for performance in performances:
        residuals = _residuals(performance)
        means = {step: fmean(values.values()) for step, values in residuals.items()}
        for step in sorted(residuals):
            values = [residuals[step][piece] for piece in PIECES if piece in residuals[step]]
            for i, first in enumerate(values):
                for second in values[i + 1 :]:
                    common[0] += first * second
                    common[1] += 1
            for piece, value in sorted(residuals[step].items()):
                own[piece][0] += value * value
                own[piece][1] += 1
            for lag in LAGS_SIXTEENTHS:
                there = lag * performance.steps_per_beat
                if there % 4 == 0 and step + there // 4 in means:
                    lagged[lag][0] += means[step] * means[step + there // 4]
                    lagged[lag][1] += 1
    shared = max(1.0, common[0] / max(1.0, common[1]))
    return {
        "pairs": int(common[1]),
        "slot_sd": round(10 * sqrt(shared)),
        "lags_sixteenths": list(LAGS_SIXTEENTHS),
        "autocorrelation_percent": [
            round(100 * min(1.0, lagged[lag][0] / max(1.0, lagged[lag][1]) / shared)) for lag in LAGS_SIXTEENTHS
        ],
        "limb_sd": {
            piece: round(10 * sqrt(max(4.0, own[piece][0] / own[piece][1] - shared)))
            for piece in PIECES
            if own[piece][1] >= FEWEST_HITS
        },
    }


def swings(performances: list[Performance]) -> list[dict[str, object]]:
    """Median ratio, long over short, by what is divided and tempo band; four bars and more a performance."""
    groups: dict[tuple[str, int], list[tuple[float, int]]] = defaultdict(list)
    for performance in performances:
        if performance.bars < 4:
            continue
        band = max(i for i, edge in enumerate(TEMPO_EDGES) if performance.bpm >= edge)
        unit = "sixteenth" if performance.steps_per_beat == 4 else "eighth"
        groups[unit, band].append((performance.swing, performance.bars))
    rows: list[dict[str, object]] = []
    for (unit, band), values in sorted(groups.items()):
        ratios = sorted(ratio for ratio, _ in values)
        rows.append(
            {
                "unit": unit,
                "bpm": [TEMPO_EDGES[band], TEMPO_EDGES[band + 1] - 1],
                "performances": len(values),
                "bars": sum(bars for _, bars in values),
                "ratio_percent": round(100 * median(ratios)),
                "p10_p90_percent": [
                    round(100 * ratios[len(ratios) // 10]),
                    round(100 * ratios[len(ratios) * 9 // 10]),
                ],
            }
        )
    return rows


def measure(performances: list[Performance]) -> dict[str, object]:
    """The feel of one style's beats in 4/4."""
    cells: dict[tuple[str, int, int], Cell] = defaultdict(Cell)
    levels: dict[str, list[tuple[float, int]]] = defaultdict(list)
    backbeats: list[int] = []
    for performance in performances:
        found = levels_of(performance)
        _gather(performance, found, cells)
        bar = performance.steps_per_bar
        for hit in performance.hits:
            if hit.piece == "snare" and hit.step % (bar // 2) == bar // 4:
                if hit.velocity >= found["snare"].ghost_below:
                    backbeats.append(hit.velocity)
        for piece, heard in sorted(found.items()):
            levels[piece].append((heard.main, sum(hit.piece == piece for hit in performance.hits)))
    pieces: dict[str, list[dict[str, object]]] = {}
    for piece in PIECES:
        tables = []
        for steps in (16, 12):
            row = [cells.get((piece, steps, position), Cell()) for position in range(steps)]
            if sum(len(cell.relative) + len(cell.ghosts) for cell in row) >= FEWEST_HITS:
                weight = sum(count for _, count in levels[piece])
                centre = sum(level * count for level, count in levels[piece]) / weight
                tables.append(_piece_table(steps, row, centre))
        if tables:
            pieces[piece] = tables
    return {
        "bars": sum(performance.bars for performance in performances),
        "performances": len(performances),
        "drummers": len({performance.drummer for performance in performances}),
        "thin": len(performances) < FEWEST_PERFORMANCES,
        "backbeat": round(fmean(backbeats)) if backbeats else 0,
        "swing": swings(performances),
        "together": togetherness(performances),
        "pieces": pieces,
    }


def feel_tables(performances: list[Performance]) -> dict[str, object]:
    """Feel of every style with 20 bars or more, plus `absent`: styles with fewer."""
    groups: dict[str, list[Performance]] = defaultdict(list)
    for performance in performances:
        if performance.beat_type == "beat" and performance.meter == "4/4":
            groups[performance.style].append(performance)
            if performance.style in BROADER:
                groups[BROADER[performance.style]].append(performance)
    styles: dict[str, object] = {}
    absent: dict[str, int] = {}
    for style, members in sorted(groups.items()):
        bars = sum(performance.bars for performance in members)
        if bars < FEWEST_BARS:
            absent[style] = bars
        else:
            styles[style] = measure(members)
    return {"styles": styles, "absent": absent}
