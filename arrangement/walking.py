"""The "walking" player: bass lines in cells of B(ass root) C(hord tone) S(cale tone) A(pproach), beat by beat.

Conventions: every chord begins on its root; the next chord's root is the target, approached by a half step or by its
fifth; longest cells first, none twice in a row; the line climbs and falls between E1 and E3. Cells after Impro-Visor's
bass grammars in kind, the weights are taste.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from partimento.arrangement.degrees import chord_scale, neighbour
from partimento.arrangement.line import Liner, finished, new_liner, play_scene
from partimento.arrangement.pattern_choice import use_pattern
from partimento.arrangement.stage import PartPlan, Scene, Stage
from partimento.score.song import ChordSymbol, Note
from partimento.score.stream import Stream
from partimento.score.timeline import Bar
from partimento.theory.pitch import PitchClass

Beat = tuple[Bar, int, int]
"""A felt beat: its bar, its tick, its length."""

LOWEST, HIGHEST = 28, 52
"""E1 to E3."""

CELLS: dict[int, tuple[tuple[str, int], ...]] = {
    1: (("B", 1),),
    2: (("BA", 5), ("BC", 3), ("BS", 1)),
    3: (("BCA", 5), ("BSA", 4), ("BSC", 2), ("BCC", 2)),
    4: (("BSCA", 5), ("BCCA", 5), ("BCSA", 4), ("BSSA", 3), ("BCAA", 1), ("BCCC", 2)),
    5: (("BSCCA", 4), ("BCSCA", 4), ("BCCSA", 3), ("BSCSA", 3)),
    6: (("BSCCSA", 4), ("BCCSCA", 4), ("BCSCCA", 3)),
    8: (("BSCCSCCA", 4), ("BCSCCSSA", 3), ("BCCSCSCA", 4), ("BSSCCCSA", 3)),
}

_LEVEL = {1: -6, 2: -2, 3: 2, 4: 5}


@dataclass(slots=True)
class _Walker:
    liner: Liner
    direction: int = 1
    previous: int = 36
    used: dict[int, str] = field(default_factory=dict)


def play(plan: PartPlan, stage: Stage) -> list[Note]:
    """The whole walking (or two-feel) part."""
    liner = new_liner(plan, stage)
    liner.bass = True
    liner.home = min(max(plan.low + 8, 36), plan.high)
    for scene in stage.scenes:
        if not plan.plays[scene.index] or not scene.bars:
            continue
        written = use_pattern(plan, stage, scene, scene.section.kind if scene.section.kind == "intro" else "break")
        if written is not None and scene.section.kind in ("intro", "break", "breakdown"):
            play_scene(liner, scene, written)
            continue
        first = len(liner.notes)
        _walk_scene(liner, scene)
        if scene.index == len(stage.scenes) - 1:
            _end(liner, first)
    return finished(liner)


def _walk_scene(liner: Liner, scene: Scene) -> None:
    plan, stage = liner.plan, liner.stage
    stream = stage.stream("walking", plan.part.id, scene.section.material, "repeat", scene.repeat)
    walker = _Walker(liner, 1, liner.home)
    if liner.notes and scene.index and plan.playing(scene.index - 1, scene.section.start - 1):
        walker.previous = liner.notes[-1][2]  # the line walks on over the double bar
    two = plan.part.kind == "two-feel" or scene.intensity == 1
    spans = plan.plays[scene.index]
    ticks = [(bar, bar.start + beat, length) for bar in scene.bars
             for beat, length in zip(bar.meter.beats, bar.meter.beat_lengths, strict=True) if beat < bar.length]
    groups: list[list[Beat]] = []
    heard: list[ChordSymbol] = []
    for place in ticks:
        # A chord pushed before this beat is met on the beat: a walking line keeps its quarters.
        chord = stage.timeline.chord_at(place[1])
        if chord is None:
            heard_now = liner.chord_at(place[1])
            if heard_now is None:
                continue
            chord = heard_now
        if not any(a <= place[1] < b for a, b in spans):
            continue
        if heard and heard[-1] is chord and groups[-1][-1][1] + groups[-1][-1][2] == place[1]:
            groups[-1].append(place)
        else:
            groups.append([place])
            heard.append(chord)
    for i, (group, chord) in enumerate(zip(groups, heard, strict=True)):
        after = heard[i + 1] if i + 1 < len(heard) else stage.timeline.next_chord(group[-1][1])
        draw = stream.sub(group[0][0].in_section, group[0][1] - group[0][0].start)
        if two:
            _two_feel(walker, scene, chord, after or chord, group, draw)
        else:
            _walk(walker, scene, chord, after or chord, group, draw)


def _pieces(beats: int, per_bar: int) -> list[int]:
    """A chord's beats cut into cells, longest first; what is over goes to the end."""
    out: list[int] = []
    while beats:
        size = next((s for s in (8, per_bar, 6, 5, 4, 3, 2, 1) if s <= beats and s in CELLS), 1)
        if size == 8 and per_bar != 4:
            size = min(per_bar, beats) if min(per_bar, beats) in CELLS else 1
        out.append(size)
        beats -= size
    return out


def _walk(
    walker: _Walker, scene: Scene, chord: ChordSymbol, after: ChordSymbol, group: list[Beat], draw: Stream
) -> None:
    at = 0
    pieces = _pieces(len(group), len(group[0][0].meter.beats))
    for k, size in enumerate(pieces):
        beats = group[at : at + size]
        at += size
        target = after if k + 1 == len(pieces) else chord
        cells = [c for c in CELLS[size] if c[0] != walker.used.get(size)] or list(CELLS[size])
        cell = draw.weighted([c[0] for c in cells], [c[1] for c in cells])
        walker.used[size] = cell
        _lay(walker, scene, chord, target, beats, cell, draw)


def _register(walker: _Walker) -> tuple[int, int]:
    plan = walker.liner.plan
    low = max(plan.low, LOWEST)
    return low, max(low + 12, min(plan.high, HIGHEST)) if plan.high >= low + 12 else plan.high


def _root_near(walker: _Walker, tone: PitchClass) -> int:
    """The octave of a root that the line reaches best: near, and on the way it is going."""
    low, high = _register(walker)
    first = low + (tone.number - low) % 12
    return min(
        (m for m in range(first, high + 1, 12)),
        key=lambda m: (abs(m - walker.previous) - (3 if (m - walker.previous) * walker.direction > 0 else 0)
                       + max(0, m - 45) + max(0, 30 - m), m),
        default=walker.liner.into_range(first),
    )


def _lay(
    walker: _Walker,
    scene: Scene,
    chord: ChordSymbol,
    target: ChordSymbol,
    beats: list[Beat],
    cell: str,
    draw: Stream,
) -> None:
    liner = walker.liner
    low, high = _register(walker)
    root, goal_tone = liner.root_of(chord), liner.root_of(target)
    again = liner.notes and liner.notes[-1][2] % 12 == root.number and liner.notes[-1][5] != "dead"
    midi = _root_near(walker, root)
    walker.previous = midi
    if midi >= 43:
        walker.direction = -1
    elif midi <= 33:
        walker.direction = 1
    elif again and draw.chance(0.3):
        walker.direction = -walker.direction
    _strike(walker, scene, beats[0], root, midi)
    for i in range(1, len(cell)):
        kind = cell[i]
        left = len(cell) - i
        goal = _root_near(walker, goal_tone)
        if kind == "A" and i == len(cell) - 1:
            tone, midi = _approach(walker, goal_tone, goal, target, draw)
        else:
            tone, midi = _between(walker, chord, kind, goal, left, draw, low, high)
        walker.previous = midi
        _strike(walker, scene, beats[i], tone, midi)
        if kind != "A" and scene.intensity >= 3 and i % 2 == 1 and draw.chance(0.08 * (scene.intensity - 2)):
            _skip(walker, beats[i], tone, midi)


def _between(
    walker: _Walker, chord: ChordSymbol, kind: str, goal: int, left: int, draw: Stream, low: int, high: int
) -> tuple[PitchClass, int]:
    """An inner tone of a cell: a chord tone, or a step of the scale, on the way to `goal`."""
    previous = walker.previous
    tones = chord.chord.tones[:4] if kind == "C" else chord_scale(chord.chord, chord.key)
    reach = 7 if kind == "C" else 2
    ahead = previous + (goal - previous) / left
    if abs(goal - previous) < 3:
        ahead = previous + 3 * walker.direction * (1 if left > 2 else -1)
    found: list[tuple[float, int, PitchClass]] = []
    for tone in tones:
        near = previous + (tone.number - previous + 6) % 12 - 6
        for midi in (near, near + 12, near - 12):
            if midi == previous or not low <= midi <= high or abs(midi - previous) > reach:
                continue
            wrong = 3 if (midi - previous) * walker.direction < 0 else 0
            found.append((abs(midi - ahead) + wrong + 0.3 * abs(midi - previous), midi, tone))
    if not found:
        tone = chord.chord.tones[-1] if chord.chord.fifth is None else chord.chord.fifth
        near = previous + (tone.number - previous + 6) % 12 - 6
        return tone, walker.liner.into_range(near)
    found.sort(key=lambda f: (f[0], f[1]))
    best = found[:3]
    _, midi, tone = draw.weighted(best, [5, 2, 1][: len(best)])
    return tone, midi


def _approach(
    walker: _Walker, goal_tone: PitchClass, goal: int, target: ChordSymbol, draw: Stream
) -> tuple[PitchClass, int]:
    """The last beat before a root: a half step below or above it, or its fifth."""
    low, high = _register(walker)
    previous = walker.previous
    fifth = goal_tone.up(1) if target.chord.fifth is None or target.chord.bass is not None else target.chord.fifth
    options = [
        (neighbour(goal_tone, True), goal - 1, 5),
        (neighbour(goal_tone, False), goal + 1, 4),
        (fifth, goal + (fifth.number - goal_tone.number) % 12, 2),
        (fifth, goal - (goal_tone.number - fifth.number) % 12, 2),
    ]
    open_ = [(t, m, w) for t, m, w in options if low <= m <= high and m != previous and abs(m - previous) <= 9]
    if not open_:
        open_ = [(t, m, w) for t, m, w in options if low <= m <= high and m != previous] or options[1:2]
    # A line that rises into the root comes from below, one that falls from above.
    weights = [w * (3 if (goal - m) * (m - previous) > 0 else 1) for _, m, w in open_]
    tone, midi, _ = draw.weighted(open_, weights)
    return tone, midi


def _two_feel(
    walker: _Walker, scene: Scene, chord: ChordSymbol, after: ChordSymbol, group: list[Beat], draw: Stream
) -> None:
    """Half notes: the root, then the fifth or another chord tone; sometimes a beat of approach at the end."""
    liner = walker.liner
    low, high = _register(walker)
    at = 0
    while at < len(group):
        bar = group[at][0]
        rest = [g for g in group[at:] if g[0] is bar]
        ends = at + len(rest) >= len(group)
        root = liner.root_of(chord)
        midi = _root_near(walker, root)
        walker.previous = midi
        count = len(rest)
        first = count if count <= 2 and bar.meter.numerator != 2 and not bar.meter.compound else (count + 1) // 2
        if bar.meter.numerator == 3 and count == 3:
            first = 3 if draw.chance(0.6) else 2
        _strike(walker, scene, _joined(rest[:first]), root, midi)
        if first < count:
            fifth = chord.chord.fifth or chord.chord.tones[-1]
            lead = ends and draw.chance(0.25) and count - first >= 2
            tail = rest[first : count - 1] if lead else rest[first:]
            sides = (midi + (fifth.number - midi) % 12, midi - (midi - fifth.number) % 12)
            near = [m for m in sides if low <= m <= high]
            tone, second = fifth, (draw.choice(near) if near else midi)
            if fifth == root or second == midi:
                tone, second = _between(walker, chord, "C", midi, 1, draw, low, high)
            walker.previous = second
            _strike(walker, scene, _joined(tail), tone, second)
            if lead:
                goal_tone = liner.root_of(after)
                tone, second = _approach(walker, goal_tone, _root_near(walker, goal_tone), after, draw)
                walker.previous = second
                _strike(walker, scene, rest[-1], tone, second)
        at += count


def _joined(beats: list[Beat]) -> Beat:
    return beats[0][0], beats[0][1], sum(length for _, _, length in beats)


def _strike(walker: _Walker, scene: Scene, beat: Beat, tone: PitchClass, midi: int) -> None:
    liner = walker.liner
    bar, tick, length = beat
    velocity = liner.plan.part.velocity + _LEVEL[scene.intensity]
    # Walking players lean on the backbeats, with the hi-hat.
    velocity += 4 if bar.meter.beat_at(tick - bar.start) % 2 else 0
    stop = next((b for a, b in liner.plan.plays[scene.index] if a <= tick < b), tick + length)
    liner.notes.append((tick, min(tick + length, stop), midi, tone, velocity, ""))


def _skip(walker: _Walker, beat: Beat, tone: PitchClass, midi: int) -> None:
    """A ghosted drop on the last division of the beat, the note's own pitch muted."""
    bar, tick, length = beat
    late = tick + (length * 2 // 3 if bar.meter.compound else length // 2)
    onset, _, number, spelling, velocity, articulation = walker.liner.notes[-1]
    walker.liner.notes[-1] = (onset, late, number, spelling, velocity, articulation)
    walker.liner.notes.append((late, tick + length, midi, tone, 42, "dead"))


def _end(liner: Liner, first: int) -> None:
    """The last root, struck or held; nothing after it."""
    final, stage = liner.final, liner.stage
    if final.kind == "fade-layers" or not liner.plan.playing(len(stage.scenes) - 1, final.tick):
        return
    chord = liner.chord_at(final.tick)
    if chord is None:
        return
    kept = [(n[0], min(n[1], final.tick), *n[2:]) for n in liner.notes[first:] if n[0] < final.tick]
    root = liner.root_of(chord)
    low = liner.plan.low + (root.number - liner.plan.low) % 12
    before = kept[-1][2] if kept else liner.home
    midi = min((m for m in range(low, liner.plan.high + 1, 12)), key=lambda m: (abs(m - before), m), default=low)
    stop = final.tick + stage.timeline.bar_at(final.tick).meter.unit if final.short else stage.song.end
    liner.notes[first:] = [*kept, (final.tick, min(stop, stage.song.end), midi, root, liner.plan.part.velocity + 6, "")]
