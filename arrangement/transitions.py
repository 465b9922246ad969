"""Scenes: how intense each section is, how it hands over to the next, where all fall silent, and how the song ends.

Conventions: a transition lies in its section's last bar; the last section has none ("none"), the ending does its work.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from partimento.arrangement.stage import Scene
from partimento.arrangement.style import SectionSpec, Style
from partimento.score.song import Song
from partimento.score.stream import Stream
from partimento.score.timeline import Timeline

TRANSITIONS = ("fill", "pickup", "break", "hold", "build", "stop", "none")

_BY_STEP: tuple[tuple[float, dict[str, int]], ...] = (
    (0.25, {"fill": 5, "build": 2, "stop": 2, "break": 2, "pickup": 1}),
    (0.08, {"fill": 4, "pickup": 3, "stop": 1, "none": 2}),
    (-0.08, {"fill": 2, "pickup": 3, "none": 5}),
    (-0.25, {"none": 4, "hold": 3, "pickup": 2}),
    (-9.0, {"hold": 4, "none": 3, "stop": 2}),
)
"""Transition weights by the step in energy to the next section (at least the number), taste."""

SHORT_ENDINGS = frozenset({"hit", "pickup-hit", "vamp-out"})
"""Ending kinds whose last chord is struck and cut; all others hold it."""


def intensity_of(energy: float, spec: SectionSpec) -> int:
    """The pattern intensity 1-4 of a section's energy, inside the bounds its style gives."""
    level = 1 if energy < 0.3 else 2 if energy < 0.55 else 3 if energy < 0.8 else 4
    if spec.intensity is not None:
        level = min(max(level, spec.intensity[0]), spec.intensity[1])
    return level


def make_scenes(song: Song, style: Style, timeline: Timeline, stream: Stream) -> tuple[Scene, ...]:
    """The song's sections as scenes; transitions are drawn from `stream` by section."""
    seen: dict[str, int] = {}
    scenes: list[Scene] = []
    entered = "none"
    moves = _transitions(song, style, stream)
    for index, section in enumerate(song.sections):
        spec = style.sections.get(section.kind) or SectionSpec(energy=section.energy)
        repeat = seen.get(section.material, 0)
        seen[section.material] = repeat + 1
        bars = tuple(timeline.section_bars(index))
        chords = timeline.chords_in(section.start, section.end)
        level = intensity_of(section.energy, spec)
        scenes.append(Scene(index, section, spec, bars, chords, level, moves[index], entered, repeat))
        entered = moves[index]
    return tuple(scenes)


def _transitions(song: Song, style: Style, stream: Stream) -> list[str]:
    moves: list[str] = []
    sections = song.sections
    for i, section in enumerate(sections[:-1]):
        spec = style.sections.get(section.kind)
        step = sections[i + 1].energy - section.energy
        weights = dict(spec.transition) if spec is not None and spec.transition else _by_step(step)
        if section.close == "break":
            weights = {"break": 2, "stop": 1}
        # The same thing at every boundary wears out: what came just before is half as likely.
        if moves and moves[-1] in weights and len(weights) > 1:
            weights[moves[-1]] = max(1, weights[moves[-1]] // 2) if weights[moves[-1]] else 0
        if not sum(weights.values()):
            weights = {"none": 1}
        moves.append(stream.sub("transition", i, section.material).pick(weights))
    if sections:
        moves.append("none")
    fills = [i for i, move in enumerate(moves) if move == "fill"]
    # At the most two boundaries in three get a fill; the smallest steps in energy lose theirs.
    spare = len(fills) - max(1, (2 * (len(moves) - 1) + 2) // 3)
    if spare > 0:
        fills.sort(key=lambda i: (abs(sections[i + 1].energy - sections[i].energy), i))
        for i in fills[:spare]:
            moves[i] = "none"
    return moves


def _by_step(step: float) -> dict[str, int]:
    return dict(next(weights for least, weights in _BY_STEP if step >= least))


@dataclass(frozen=True, slots=True)
class Silence:
    """All but the lead rest in ticks [start, end); when `hit`, they strike together at `start` - and stop at once."""

    start: int
    end: int
    scene: int
    hit: int = -1


def silences(scenes: Sequence[Scene]) -> tuple[Silence, ...]:
    """Where the band stops before a section: a "stop" hits its last bar's first beat, a "break" leaves half a bar.

    `hit` is the tick of the common stroke before the silence, -1 for none.
    """
    out: list[Silence] = []
    for scene in scenes:
        if not scene.bars or len(scene.bars) < 2:
            continue
        bar = scene.bars[-1]
        beats = bar.meter.beats
        if scene.transition == "stop":
            after = beats[1] if len(beats) > 1 else bar.length // 2
            out.append(Silence(bar.start + after, bar.end, scene.index, bar.start))
        elif scene.transition == "break":
            half = beats[(len(beats) + 1) // 2] if len(beats) > 1 else bar.length // 2
            out.append(Silence(bar.start + half, bar.end, scene.index))
    return tuple(out)


@dataclass(frozen=True, slots=True)
class Final:
    """The last stroke: its tick, and whether it is cut short; `start` is the first tick of the ending's bars."""

    start: int
    tick: int
    kind: str
    short: bool


def final_of(song: Song, timeline: Timeline) -> Final:
    """Where the song's last chord falls: the last chord of the ending, else the last bar's first beat."""
    start = song.ending.start
    tick = timeline.bars[-1].start if timeline.bars else 0
    if song.chords:
        last = song.chords[-1]
        # A final chord written in several bars (or twice) counts from its first stroke inside the ending.
        for chord in reversed(song.chords[:-1]):
            if chord.chord != last.chord or chord.onset < start:
                break
            last = chord
        if last.onset >= start:
            tick = last.onset
    if song.ending.kind == "vamp-out" and timeline.bars:
        tick = timeline.bars[-1].start
    return Final(start, tick, song.ending.kind, song.ending.kind in SHORT_ENDINGS)


def without_span(spans: Sequence[tuple[int, int]], start: int, end: int) -> tuple[tuple[int, int], ...]:
    """`spans` with [start, end) cut out."""
    out: list[tuple[int, int]] = []
    for a, b in spans:
        if b <= start or a >= end:
            out.append((a, b))
            continue
        if a < start:
            out.append((a, start))
        if b > end:
            out.append((end, b))
    return tuple(out)


def entered_by(scenes: tuple[Scene, ...], index: int, how: str) -> tuple[Scene, ...]:
    """`scenes` with scene `index` handing over by `how` (and the next one entered so)."""
    out = list(scenes)
    out[index] = replace(out[index], transition=how)
    if index + 1 < len(out):
        out[index + 1] = replace(out[index + 1], entered_by=how)
    return tuple(out)
