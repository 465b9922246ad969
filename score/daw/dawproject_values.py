"""Numbers, tempos and meters out of a DAWproject's XML.

Conventions: every number is finite and within bounds, else ScoreFormatError names its element; times are in quarter
notes or seconds as their timeline says, places in ticks.
"""

from __future__ import annotations

from math import isfinite
from xml.etree.ElementTree import Element

from partimento.score.song import MeterChange, TempoChange
from partimento.theory.errors import ScoreFormatError, TheoryError
from partimento.theory.meter import TICKS, Meter

MOST_TIME = 80_000.0
"""Quarter notes, or seconds, that anything may begin at or last: 20,000 bars."""
MOST_CHANGES = 100_000
_LOWEST_BPM, _HIGHEST_BPM = 1.0, 60_000.0


def number(
    element: Element, name: str, where: str, least: float = 0.0, most: float = MOST_TIME, default: float | None = None
) -> float:
    """The attribute `name` within [least, most]; `default` where it is missing, without one ScoreFormatError."""
    text = element.get(name)
    if text is None:
        if default is None:
            raise ScoreFormatError(f"{where}: a {element.tag} has no '{name}'")
        return default
    try:
        value = float(text)
    except ValueError:
        value = float("nan")
    if not (isfinite(value) and least <= value <= most):
        raise ScoreFormatError(f"{where}: a {element.tag} has {name}='{text[:40]}'; {least:g} to {most:g} can be read")
    return value


def tempo_map(root: Element, where: str) -> tuple[TempoChange, ...]:
    """The tempo automation, from tick 0 on; else the transport's tempo, else nothing.

    Of points at one time the last one holds from there, and the one before is where a ramp before them goes to.
    """
    fixed = root.find("Transport/Tempo")
    start = None if fixed is None or fixed.get("value") is None else _bpm(fixed, where)
    points = _automation(root, "TempoAutomation", fixed, "RealPoint", where)
    rows: list[TempoChange] = []
    now, tick = 0.0, 0.0
    for at, in_seconds, point in points:
        bpm = _bpm(point, where)
        before = rows[-1] if rows else TempoChange(0, bpm if start is None else start)
        mean = (before.tempo_bpm + bpm) / 2.0 if before.ramp else before.tempo_bpm
        tick = tick + (at - now) * 8.0 * mean if in_seconds else at * TICKS
        now = at
        if tick > MOST_TIME * TICKS:
            raise ScoreFormatError(f"{where} changes its tempo after more than {MOST_TIME:g} quarter notes")
        _add_tempo(rows, TempoChange(round(tick), bpm, point.get("interpolation") == "linear"))
    if rows and rows[0].onset > 0:
        rows.insert(0, TempoChange(0, rows[0].tempo_bpm if start is None else start))
    if not rows and start is not None:
        rows = [TempoChange(0, start)]
    return tuple(
        TempoChange(row.onset, row.tempo_bpm, row.ramp and i + 1 < len(rows) and rows[i + 1].tempo_bpm != row.tempo_bpm)
        for i, row in enumerate(rows)
    )


def meter_map(root: Element, where: str) -> tuple[tuple[MeterChange, ...], tuple[str, ...]]:
    """The time signatures from tick 0 on, and a notice for each that is not known and left out."""
    fixed = root.find("Transport/TimeSignature")
    points = _automation(root, "TimeSignatureAutomation", fixed, "TimeSignaturePoint", where)
    found: dict[int, Meter] = {}
    notices: list[str] = []
    if fixed is not None and not (points and points[0][0] == 0):
        points.insert(0, (0.0, False, fixed))
    for at, _, point in points:
        sides = [number(point, side, where, 1, 10_000) for side in ("numerator", "denominator")]
        try:
            found[round(at * TICKS)] = Meter(int(sides[0]), int(sides[1]))
        except TheoryError:
            notices.append(f"a time signature of {sides[0]:g}/{sides[1]:g} is not known and left out")
    if found and min(found) > 0:
        found[0] = Meter(4, 4)
    return tuple(MeterChange(tick, found[tick]) for tick in sorted(found)), tuple(dict.fromkeys(notices))


def _automation(
    root: Element, tag: str, fixed: Element | None, kind: str, where: str
) -> list[tuple[float, bool, Element]]:
    """(time, whether in seconds, point) of all timelines of the tag, or that say that they move `fixed`."""
    named = None if fixed is None else fixed.get("id")
    out: list[tuple[float, bool, Element]] = []
    for timeline in root.iter():
        target = timeline.find("Target") if timeline.tag in (tag, "Points") else None
        aimed = target is not None and named is not None and target.get("parameter") == named
        if timeline.tag != tag and not aimed:
            continue
        in_seconds = timeline.get("timeUnit") == "seconds"
        out += [(number(point, "time", where), in_seconds, point) for point in timeline.findall(kind)]
    if len(out) > MOST_CHANGES:
        raise ScoreFormatError(f"{where} changes its tempo or meter {len(out)} times; at most {MOST_CHANGES} are read")
    return sorted(out, key=lambda row: row[0])


def _bpm(element: Element, where: str) -> float:
    return number(element, "value", where, _LOWEST_BPM, _HIGHEST_BPM)


def _add_tempo(rows: list[TempoChange], change: TempoChange) -> None:
    if rows and rows[-1].onset >= change.onset:
        goal = rows.pop()
        if rows and rows[-1].ramp and goal.onset - 1 > rows[-1].onset:
            rows.append(TempoChange(goal.onset - 1, goal.tempo_bpm))
    rows.append(change)

