"""How a drum track is played where a net tells it: levels and delays beside the page, and how far to draw round them.

Conventions: levels are added to written velocities, ms are late on the swung grid; the style's own lateness and swing
stay its own, so a track's delays are about zero in the mean. What strikes together shares one delay.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean, median

from partimento.arrangement.net_drums import (
    GRID_METER,
    Drummer,
    Touch,
    division_of,
    learned_style,
    piece_of,
    step_of,
)
from partimento.arrangement.playability import PROGRAMMED_KITS
from partimento.arrangement.style import Style
from partimento.score.decision import Decision, Where
from partimento.score.song import Drum, Note, Track
from partimento.score.stream import Stream
from partimento.score.timeline import Bar

LEVEL_SHARE = 0.5
"""Of the net's louder and softer: the page has written most of it as ghosts, soft strokes and accents. Taste."""
MOST_LEVEL = 12.0
LATEST_MS = 10.0
SPREAD_SHARE = 0.5
"""Of the velocities' spread that the net leaves open, as of its levels."""
DELAY_SPREAD_SHARE = 0.3
"""Of the delays': they hold the pads' trigger errors and the slow drift that the band shares."""
DRIFT = 0.5
"""Share of a delay's draw that goes on at the next stroke, for a drummer drifts: what the net leaves open of the delays
was measured to be correlated by 0.52 from one stroke to the next, what it leaves of the velocities by 0.01."""
_TOMS = frozenset({"tom1", "tom2", "tom3"})


@dataclass(frozen=True, slots=True)
class Played:
    """By onset: (ms late, its spread); by (onset, drum's number): (level, its spread)."""

    delays: Mapping[int, tuple[float, float]]
    levels: Mapping[tuple[int, int], tuple[float, float]]


class Drift:
    """Draws that hang together: each keeps a share of the one before it; of standard deviation 1."""

    __slots__ = ("_stream", "_value")

    def __init__(self, stream: Stream) -> None:
        self._stream = stream
        self._value = stream.gauss(1.0)

    def next(self) -> float:
        """The next draw."""
        self._value = DRIFT * self._value + (1.0 - DRIFT * DRIFT) ** 0.5 * self._stream.gauss(1.0)
        return self._value


def played_by(net: Drummer | None, track: Track, style: Style, bars: Sequence[Bar], bpm: float) -> Played | None:
    """How the net plays a track; None where it is not asked.

    Asked are drummers (no percussion, no programmed kit) of genres with learned ones, in 4/4 throughout.
    """
    learned = learned_style(style)
    if net is None or not learned or track.role != "drums" or track.instrument in PROGRAMMED_KITS:
        return None
    if not track.notes or any(bar.meter != GRID_METER for bar in bars):
        return None
    division = division_of(style)
    places = _places(track.notes, bars, division)
    steps: list[set[str]] = [set() for _ in range(4 * division * len(bars))]
    for note, step in zip(track.notes, places, strict=True):
        if isinstance(note.pitch, Drum) and piece_of(note.pitch):
            steps[step].add(piece_of(note.pitch))
    touches = net.touches(learned, bpm, division, [frozenset(step) for step in steps], _fills(steps, division))
    return Played(_delays(track.notes, places, touches), _levels(track.notes, places, touches))


def feel_told(track: Track, style: Style, played: Played) -> Decision:
    """What the net did to a track: how far it moved strokes and levels (standard deviations)."""
    ms = fmean(delay * delay for delay, _ in played.delays.values()) ** 0.5 if played.delays else 0.0
    level = fmean(value * value for value, _ in played.levels.values()) ** 0.5 if played.levels else 0.0
    end = max(note.onset + note.duration for note in track.notes)
    values = (("style", learned_style(style)), ("late_sd_ms", round(ms, 1)), ("level_sd", round(level, 1)))
    return Decision(Where(-1, track.name, 0, end), "feel", "neural.feel", values)


def _places(notes: Sequence[Note], bars: Sequence[Bar], division: int) -> list[int]:
    """The step of every note, four quarters a bar; a short first bar is counted from its end."""
    out: list[int] = []
    k = 0
    for note in notes:
        while k + 1 < len(bars) and bars[k + 1].start <= note.onset:
            k += 1
        lead = GRID_METER.bar - bars[k].length if k == 0 else 0
        out.append(4 * division * k + step_of(note.onset - bars[k].start + lead, division))
    last = 4 * division * len(bars) - 1
    return [min(step, last) for step in out]


def _fills(steps: Sequence[set[str]], division: int) -> list[bool]:
    """Beats with toms count as fills, as they did in what was learned."""
    out: list[bool] = []
    for i in range(0, len(steps), division):
        fill = any(step & _TOMS for step in steps[i : i + division])
        out += [fill] * division
    return out


def _delays(
    notes: Sequence[Note], places: Sequence[int], touches: Sequence[Mapping[str, Touch]]
) -> dict[int, tuple[float, float]]:
    found: dict[int, tuple[float, float]] = {}
    for note, step in zip(notes, places, strict=True):
        struck = touches[step].values()
        if note.onset not in found and struck:
            found[note.onset] = (fmean(t.delay_ms for t in struck), fmean(t.delay_spread_ms for t in struck))
    middle = median(delay for delay, _ in found.values()) if found else 0.0
    limited = {at: max(-LATEST_MS, min(LATEST_MS, delay - middle)) for at, (delay, _) in found.items()}
    return {at: (limited[at], DELAY_SPREAD_SHARE * spread) for at, (_, spread) in found.items()}


def _levels(
    notes: Sequence[Note], places: Sequence[int], touches: Sequence[Mapping[str, Touch]]
) -> dict[tuple[int, int], tuple[float, float]]:
    """Louder or softer than the piece's other strokes of the same mark, which the page has told apart already."""
    of_kind: dict[tuple[Drum, str], list[tuple[int, Touch]]] = {}
    for note, step in zip(notes, places, strict=True):
        if isinstance(note.pitch, Drum):
            touch = touches[step].get(piece_of(note.pitch))
            if touch is not None:
                of_kind.setdefault((note.pitch, note.articulation), []).append((note.onset, touch))
    out: dict[tuple[int, int], tuple[float, float]] = {}
    for (drum, _), strokes in of_kind.items():
        middle = fmean(touch.velocity for _, touch in strokes)
        for onset, touch in strokes:
            level = LEVEL_SHARE * (touch.velocity - middle)
            level = max(-MOST_LEVEL, min(MOST_LEVEL, level))
            out[onset, drum.value] = (level, SPREAD_SHARE * touch.velocity_spread)
    return out
