"""Read Groove MIDI performances and lay them on a swung grid; times in ticks of 480 to the quarter note.

The Groove MIDI Dataset (Gillick et al. 2019, CC BY 4.0) was played to a click on a Roland TD-11, so bar lines
are known; what remains is a lag common to the whole performance and the swing ratio, both estimated here.
"""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from statistics import fmean, median

QUARTER = 480
QUIETEST = 8  # below this a pad only picked up its neighbour
TIMED_WITHIN = 0.35  # of a step; further off is an ornament (drag, flam, 32nd), not a late note

# Roland TD-11 notes as the data set documents them: 22 and 26 are the hat's edge, 40 the snare's rim shot,
# 55 and 52 the crashes' edges, 50, 47 and 58 the toms' rims.
PIECE_OF_NOTE = {
    36: "kick", 35: "kick", 38: "snare", 40: "snare", 37: "rim",
    42: "hat", 22: "hat", 46: "hat_open", 26: "hat_open", 44: "hat_pedal",
    51: "ride", 59: "ride", 53: "bell", 49: "crash", 55: "crash", 57: "crash2", 52: "crash2",
    48: "tom1", 50: "tom1", 45: "tom2", 47: "tom2", 43: "tom3", 58: "tom3",
}  # fmt: skip
PIECES = (
    "kick", "snare", "rim", "hat", "hat_open", "hat_pedal", "ride", "bell", "crash", "crash2",
    "tom1", "tom2", "tom3", "tom4", "cowbell", "tambourine", "clap", "shaker",
)  # fmt: skip

# A learned style gathers sub-styles that a drummer would call one groove family. Order matters: first match.
STYLE_OF_SUBSTYLE = (
    ("rock/shuffle", "shuffle"),
    ("rock/halftime", "rock"),
    ("rock/rockabilly", "rockabilly"),
    ("blues", "blues"),
    ("funk/purdieshuffle", "shuffle"),
    ("jazz/funk", "jazzfunk"),
    ("jazz/fusion", "jazzfunk"),
    ("jazz/linear", "jazzfunk"),
    ("jazz/march", "march"),
    ("jazz/klezmer", "klezmer"),
    ("latin/brazilian-bossa", "bossa"),
    ("latin/brazilian-sambareggae", "samba"),
    ("latin/brazilian-samba", "samba"),
    ("latin/samba", "samba"),
    ("latin/brazilian-songo", "songo"),
    ("latin/brazilian", "brazilian"),
    ("dance/disco", "disco"),
    ("dance/breakbeat", "breakbeat"),
)
# Styles that also count towards a broader one, which is what most genres ask for.
BROADER = {"bossa": "latin", "samba": "latin", "songo": "latin", "brazilian": "latin"}


@dataclass(frozen=True, slots=True)
class Hit:
    """A stroke: piece name, step from the performance's first bar line, velocity, deviation in ms."""

    piece: str
    step: int
    velocity: int
    deviation_ms: float
    timed: bool


@dataclass(frozen=True, slots=True)
class Performance:
    """One recording on its grid.

    `steps_per_beat` is 4 (sixteenths) or 3 (eighth triplets); `swing` is long over short of the divided unit:
    sixteenths on the first grid, eighths on the second. `lag_ms` has been taken out of every deviation.
    """

    name: str
    style: str
    bpm: int
    beat_type: str
    meter: str
    drummer: str
    steps_per_beat: int
    steps_per_bar: int
    swing: float
    eighth_swing: float
    lag_ms: float
    hits: tuple[Hit, ...]

    @property
    def bars(self) -> int:
        """Bars begun."""
        return 1 + max((hit.step for hit in self.hits), default=-1) // self.steps_per_bar


def style_of(substyle: str) -> str:
    """The learned style that a Groove sub-style such as 'latin/brazilian-samba' belongs to."""
    for prefix, style in STYLE_OF_SUBSTYLE:
        if substyle.startswith(prefix):
            return style
    return substyle.split("/")[0]


def _phases(ticks: list[float]) -> list[float]:
    return [(tick / QUARTER) % 1.0 for tick in ticks]


def _misfit(phases: list[float], grid: tuple[float, ...]) -> float:
    points = (*grid, grid[0] + 1.0)
    return fmean(min(abs(phase - point) for point in points) for phase in phases)


def _lag(ticks: list[float]) -> float:
    """Median offset in ticks of the strokes near a beat; 0 where there are none."""
    near = [(tick + 80) % QUARTER - 80 for tick in ticks if (tick + 80) % QUARTER < 160]
    return median(near) if len(near) > 3 else 0.0


def _ratio(point: float) -> float:
    return point / (1.0 - point)


def grid_of(ticks: list[float]) -> tuple[int, float, float]:
    """Steps a beat (4 or 3), swing of the divided unit, and swing of the eighths, for lag-free onsets."""
    phases = _phases(ticks)
    inside = [phase for phase in phases if 0.14 < phase < 0.88]
    if len(inside) < 3:
        return 4, 1.0, 1.0
    best = (9.0, 4, 1.0, 1.0)
    for percent in range(50, 64):  # where in the eighth its second sixteenth falls
        late = percent / 200
        misfit = _misfit(inside, (0.0, late, 0.5, 0.5 + late))
        # A swung-sixteenth grid may not outbid triplets by mere freedom: each percent must earn a little.
        best = min(best, (misfit + 0.0004 * (percent - 50), 4, _ratio(percent / 100), 1.0))
    for percent in range(56, 73):
        off = percent / 100
        # Three points a beat catch less by chance than four: a mean miss of 1/12 against 1/16.
        misfit = _misfit(inside, (0.0, 1 / 3, off)) * 0.75
        best = min(best, (misfit + 0.0002 * abs(percent - 66), 3, _ratio(off), _ratio(off)))
    _, division, swing, eighth = best
    if division == 4:
        offbeats = [phase for phase in phases if 0.4 < phase < 0.6]
        eighth = _ratio(median(offbeats)) if len(offbeats) > 15 else 1.0
        odd = [(phase * 2) % 1.0 for phase in phases if 0.3 < (phase * 2) % 1.0 < 0.72]
        swing = _ratio(median(odd)) if len(odd) > 15 else swing
    else:
        offbeats = [phase for phase in phases if 0.54 < phase < 0.76]
        swing = eighth = _ratio(median(offbeats)) if len(offbeats) > 7 else 2.0
    return division, swing, eighth


def perform(record: dict[str, object]) -> Performance | None:
    """A record of drums_groove_midi.jsonl.gz on its grid; None where nothing usable was played."""
    raw = record["hits"]
    bpm, meter = record["bpm"], str(record["meter"])
    assert isinstance(raw, list) and isinstance(bpm, int)
    strokes = [
        (float(tick), PIECE_OF_NOTE[note], int(velocity))
        for tick, note, velocity in raw
        if note in PIECE_OF_NOTE and velocity >= QUIETEST
    ]
    if not strokes:
        return None
    lag = _lag([tick for tick, _, _ in strokes])
    # The hat's pedal closes when the next stroke needs it: its place says little about the swing.
    division, swing, eighth = grid_of([tick - lag for tick, piece, _ in strokes if piece != "hat_pedal"])
    ms = 60000 / bpm / QUARTER
    point = swing / (1.0 + swing)
    if division == 4:
        grid: tuple[float, ...] = (0.0, point / 2, 0.5, 0.5 + point / 2)
    else:
        grid = (0.0, 1 / 3, point)
    placed: list[tuple[str, int, int, float, bool]] = []
    step_ticks = QUARTER / division
    for tick, piece, velocity in strokes:
        beat, phase = divmod((tick - lag) / QUARTER, 1.0)
        slot = min(range(division + 1), key=lambda i: abs(phase - (grid[i] if i < division else 1.0)))
        off = (phase - (grid[slot] if slot < division else 1.0)) * QUARTER
        step = int(beat) * division + slot
        if step >= 0:
            placed.append((piece, step, velocity, off * ms, abs(off) < TIMED_WITHIN * step_ticks))
    # The lag again, now over every stroke: the zero of all timing is the performance's own mean.
    timed = [row[3] for row in placed if row[4]]
    rest = fmean(timed) if timed else 0.0
    loudest: dict[tuple[int, str], tuple[int, float, bool]] = {}
    for piece, step, velocity, off, is_timed in placed:
        found = loudest.get((step, piece))
        if found is None or velocity > found[0]:  # of a drag or flam only the main stroke counts
            loudest[step, piece] = (velocity, off - rest, is_timed)
    numerator, denominator = (int(part) for part in meter.split("/"))
    return Performance(
        name=str(record["id"]),
        style=style_of(str(record["substyle"])),
        bpm=bpm,
        beat_type=str(record["beat_type"]),
        meter=meter,
        drummer=str(record["drummer"]),
        steps_per_beat=division,
        steps_per_bar=numerator * division * 4 // denominator,
        swing=swing,
        eighth_swing=eighth,
        lag_ms=lag * ms + rest,
        hits=tuple(
            Hit(piece, step, *loudest[step, piece])
            for step, piece in sorted(loudest, key=lambda key: (key[0], PIECES.index(key[1])))
        ),
    )


def records(path: Path) -> Iterator[dict[str, object]]:
    """The JSON objects of a .jsonl.gz file, in file order."""
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        for line in lines:
            yield json.loads(line)


def performances(folder: Path) -> list[Performance]:
    """All of the Groove set in `folder`, on their grids, in file order."""
    found = (perform(record) for record in records(folder / "drums_groove_midi.jsonl.gz"))
    return [performance for performance in found if performance is not None]
