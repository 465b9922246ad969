"""The "answer" player: licks in the lead's rests, as a blues guitar, a steel, a fiddle or horns reply to a singer.

Conventions: only rests of a beat and a half and longer are answered, at the most seven in ten (kind "reply": nearly
all), and no note touches a note of the lead. One motif a song, varied from gap to gap; a section that returns answers
alike.
"""

from __future__ import annotations

from dataclasses import dataclass

from partimento.arrangement.lead_view import LeadView
from partimento.arrangement.stage import PartPlan, Scene, Stage
from partimento.score.song import ChordSymbol, Note
from partimento.score.stream import Stream
from partimento.theory.chord_scale import chord_scale
from partimento.theory.key import Key
from partimento.theory.meter import TICKS
from partimento.theory.scale import scale_tones
from partimento.theory.spelling import spell_over

SHARE = 0.7
"""The most of the gaps that are answered."""
_CHANCE = 0.66
REPLY_SHARE = 0.95
"""Kind "reply" (a blues guitar): nearly every line of the singer's is answered."""

RHYTHMS: tuple[tuple[int, ...], ...] = (
    (1, 1, 2), (1, 1, 1, 3), (2, 1, 1, 2), (1, 2, 1, 2), (1, 1, 2, 1, 3), (1, 1, 1, 1, 2), (3, 1, 2),
    (1, 1, 1, 1, 1, 3), (2, 1, 3), (1, 3),
)  # fmt: skip
"""Figures in eighths (or sixteenths in slow music); the last note is the goal."""
CONTOURS: tuple[tuple[int, ...], ...] = (
    (-1, -1, -1, -1, -1), (1, 1, -1, -1, -1), (1, -1, -1, 1, -1), (-1, 1, 1, -1, -1), (2, -1, -1, -1, 1),
    (-1, -1, 1, 1, 1), (1, 1, 1, -1, -2), (0, 1, -1, -1, -1),
)  # fmt: skip
"""Steps along the scale into each following note, read from the end: the last one leads into the goal."""
_LEVELS = (-6, -3, 0, 3, 4)


@dataclass(frozen=True, slots=True)
class _Motif:
    rhythm: tuple[int, ...]
    contour: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class _Gap:
    start: int
    end: int
    scene: Scene
    draw: float


def play(plan: PartPlan, stage: Stage) -> list[Note]:
    """The answers in the spans the plan gives."""
    lead = LeadView(stage)
    first = stage.stream("answer", plan.part.id)
    motif = _Motif(first.choice(RHYTHMS), first.choice(CONTOURS))
    other = _Motif(first.choice(RHYTHMS), first.choice(CONTOURS))
    gaps = _gaps(plan, stage, lead)
    share, chance = (REPLY_SHARE, REPLY_SHARE) if plan.part.kind == "reply" else (SHARE, _CHANCE)
    most = int(share * len(gaps))
    chosen = sorted((gap for gap in gaps if gap.draw < chance), key=lambda gap: (gap.draw, gap.start))[:most]
    out: list[Note] = []
    for gap in sorted(chosen, key=lambda gap: gap.start):
        if any(start < gap.end and gap.start < end for start, end in stage.answered):
            continue
        lick = _answer(plan, stage, gap, motif, other)
        if lick:
            stage.answered.append((lick[0].onset, lick[-1].onset + lick[-1].duration))
        out += lick
    return out


def _gaps(plan: PartPlan, stage: Stage, lead: LeadView) -> list[_Gap]:
    """The rests long enough to answer; where a section has no lead there is nothing to answer."""
    out: list[_Gap] = []
    for scene in stage.scenes:
        if not lead.moves(scene.section.start, scene.section.end):
            continue
        for start, end in lead.spans(plan, scene):
            if scene.index == len(stage.scenes) - 1:
                end = min(end, lead.final.tick)
            for a, b in lead.rests(start, end):
                bar = stage.timeline.bar_at(a)
                beat = bar.meter.beat_lengths[0]
                if 2 * (b - a) < 3 * beat or (a == start and not lead.at(a - 1) >= 0 and b - a > 2 * bar.length):
                    continue
                stream = stage.stream("answer", plan.part.id, scene.section.material, a - scene.section.start)
                out.append(_Gap(a, b, scene, stream.random()))
    last = _last_word(plan, stage, lead)
    return out if last is None else [*out, last]


def _last_word(plan: PartPlan, stage: Stage, lead: LeadView) -> _Gap | None:
    """The room for a lick over the held last chord, where the ending has one; drawn before all others."""
    ending = next((e for e in stage.style.endings if e.name == stage.song.ending.name), None)
    if ending is None or not ending.lick or not stage.scenes:
        return None
    scene = stage.scenes[-1]
    bar = stage.timeline.bar_at(lead.final.tick)
    start = min(bar.end, max(lead.final.tick, scene.section.end - 2 * bar.length) + bar.meter.beat_lengths[0])
    if not any(a <= lead.final.tick < b for a, b in lead.spans(plan, scene)):
        return None
    return _Gap(start, scene.section.end, scene, -1.0)


def _answer(plan: PartPlan, stage: Stage, gap: _Gap, motif: _Motif, other: _Motif) -> list[Note]:
    """One lick: where it starts, its figure, its way to a tone of the chord it ends on."""
    scene, timeline = gap.scene, stage.timeline
    stream = stage.stream("answer", plan.part.id, scene.section.material, gap.start - scene.section.start, "lick")
    if scene.repeat and stream.sub("vary", scene.repeat).chance(0.3):
        stream = stream.sub("repeat", scene.repeat)
    bar = timeline.bar_at(gap.start)
    beat = bar.meter.beat_lengths[0]
    unit = beat // 3 if bar.meter.compound else TICKS // 2
    if not bar.meter.compound and timeline.tempo_at(gap.start) < 84:
        unit //= 2
    # A breath after the lead, and one before it comes in again.
    ready = gap.start + (unit if stream.chance(0.6) else 0)
    start = bar.start + -(-(ready - bar.start) // unit) * unit
    room = (gap.end - start) // unit - 1
    rhythm, contour = _figure(motif if stream.chance(0.7) else other, room, stream)
    if not rhythm:
        return []
    spare = room - sum(rhythm)
    if spare >= 4 and stream.chance(0.5):
        start += 2 * unit
    onsets = [start]
    for length in rhythm[:-1]:
        onsets.append(onsets[-1] + length * unit)
    goal = timeline.sounding_at(onsets[-1])
    if goal is None:
        return []
    pitches = _pitches(plan, stage, onsets, goal, contour, stream)
    if not pitches:
        return []
    ends = [*onsets[1:], min(gap.end - unit // 2, onsets[-1] + max(rhythm[-1], 2) * unit)]
    out: list[Note] = []
    for k, (onset, end, midi) in enumerate(zip(onsets, ends, pitches, strict=True)):
        symbol = timeline.sounding_at(onset) or goal
        at = timeline.bar_at(onset)
        level = plan.part.velocity + round(8 * (scene.section.energy - 0.5))
        level += _LEVELS[at.meter.strength(onset - at.start)]
        slur = "legato" if k + 1 < len(onsets) and plan.instrument.sustains and rhythm[k] == 1 else ""
        pitch = spell_over(midi, symbol.chord, symbol.key)
        out.append(Note(onset, end - onset, pitch, max(1, min(127, level)), 0, slur))
    return out


def _figure(motif: _Motif, room: int, stream: Stream) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """The motif cut from its front until it fits, sometimes a note shorter, sometimes turned at its tail."""
    rhythm = motif.rhythm
    if len(rhythm) > 3 and stream.chance(0.3):
        rhythm = rhythm[1:]
    while len(rhythm) > 2 and sum(rhythm[:-1]) + 1 > room:
        rhythm = rhythm[1:]
    if sum(rhythm[:-1]) + 1 > room:
        return (), ()
    rhythm = (*rhythm[:-1], max(1, min(rhythm[-1], room - sum(rhythm[:-1]))))
    contour = motif.contour
    if stream.chance(0.3):
        contour = (*contour[:-1], -contour[-1])
    return rhythm, contour


def _pitches(
    plan: PartPlan, stage: Stage, onsets: list[int], goal: ChordSymbol, contour: tuple[int, ...], stream: Stream
) -> list[int]:
    """MIDI numbers of the lick, found backwards from a chord tone near the middle of the register."""
    tones = [t.number for t in (goal.chord.root, goal.chord.third, goal.chord.fifth) if t is not None]
    centre = (plan.low + plan.high) // 2 + stream.between(-3, 3)
    ends = [m for m in range(plan.low, plan.high + 1) if m % 12 in tones]
    if not ends:
        return []
    target = min(ends, key=lambda m: (abs(m - centre), m))
    scale = _scale(stage, goal)
    ladder = [m for m in range(plan.low, plan.high + 1) if m % 12 in scale or m == target]
    at = ladder.index(target)
    line = [target]
    for k in range(1, len(onsets)):
        step = contour[-k] if k <= len(contour) else -1
        at -= step
        if not 0 <= at < len(ladder):  # turn back at the edge of the register
            at += 2 * step
        if not 0 <= at < len(ladder):
            return []
        line.append(ladder[at])
    line.reverse()
    return line


def _scale(stage: Stage, symbol: ChordSymbol) -> frozenset[int]:
    """Pitch-class numbers of the lick's scale, by the style; what grinds against the chord's third is left out."""
    kind, key = stage.style.melody.scale, symbol.key
    if kind == "blues":
        bluesy = key if key.is_minor or symbol.chord.root == key.tonic or symbol.chord.family == "dominant" else None
        numbers = _named(bluesy or key, "blues" if bluesy is not None else _pentatonic(key))
    elif kind == "pentatonic":
        numbers = _named(key, _pentatonic(key))
    else:
        scale = chord_scale(symbol.chord, key)
        avoid = {(t.number + 1) % 12 for t in (symbol.chord.third, symbol.chord.root) if t is not None}
        return frozenset(t.number for t in scale if t.number not in avoid or t.number in symbol.chord.numbers)
    third = symbol.chord.third
    if third is not None and kind == "pentatonic":
        numbers = frozenset(n for n in numbers if (n - third.number) % 12 not in (1, 11)) | {third.number}
    return numbers


def _pentatonic(key: Key) -> str:
    return "minor pentatonic" if key.is_minor else "major pentatonic"


def _named(key: Key, name: str) -> frozenset[int]:
    return frozenset(tone.number for tone in scale_tones(key.tonic, name))


