"""The "counter" player: a second melody against the lead, in guide tones ("guide") or as a voice of its own ("lines").

Conventions: it keeps a third or more away from every lead note it sounds with, below it or above it for a whole
section; it moves where the lead rests or holds and holds where the lead moves; no fifths, octaves or unisons in
parallel with the lead (Fux). The line is the cheapest of a beam of lines; what breaks a law even so is left out.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from partimento.arrangement.lead_view import LeadView, Span, phrase_spans
from partimento.arrangement.stage import PartPlan, Scene, Stage
from partimento.score.song import ChordSymbol, Note
from partimento.score.stream import Stream
from partimento.theory.chord import Chord
from partimento.theory.chord_scale import chord_scale
from partimento.theory.key import Key
from partimento.theory.spelling import spell_over

APART = 3
"""Semitones between the counter-melody and any lead note sounding with it, at least."""
_BEAM = 6
_FORBIDDEN = 500
_GUIDES = {3: 0, 7: 0, 4: 1, 2: 1, 6: 2, 9: 3, 5: 4, 11: 4, 13: 4, 1: 6}
"""Cost of a chord's degrees as guide tones: thirds and sevenths tell the harmony."""
_CONSONANCE = (4, 7, 5, 0, 0, 3, 7, 3, 0, 0, 5, 7)
"""Cost of the interval with the lead by semitones within the octave: thirds and sixths first."""
_STEPS = (2, 0, 0, 3, 4, 5, 9, 6, 9, 10, 11, 12, 6)
"""Cost of a move by its semitones, 0 to 12; a fourth, a fifth and an octave are the leaps a line may make."""
MOTIFS: tuple[tuple[tuple[int, ...], tuple[int, ...]], ...] = (
    ((2, 1, 1), (1, 1, -1)), ((1, 1, 2), (1, 1, -1)), ((3, 1), (-1, 1)), ((2, 2), (1, -1)), ((1, 3), (1, -1)),
    ((4,), (1,)), ((2, 1, 1), (-1, -1, 1)), ((1, 2, 1), (-1, 1, 1)),
)  # fmt: skip
"""Rhythms in felt beats and the direction of the move into each note."""


@dataclass(frozen=True, slots=True)
class _Slot:
    """A note to be found: ticks, the chord it sounds over, its candidates as (MIDI, cost, is a chord tone).

    `lead_before` and `lead_now` sound just before and at its start (-1: none); `direction` is the motif's wish.
    """

    start: int
    end: int
    symbol: ChordSymbol
    candidates: tuple[tuple[int, int, bool], ...]
    lead_before: int
    lead_now: int
    direction: int
    fresh: bool


def play(plan: PartPlan, stage: Stage) -> list[Note]:
    """The counter-melody in the spans the plan gives."""
    lead = LeadView(stage)
    out: list[Note] = []
    sounded = (-1, -1)
    for scene in stage.scenes:
        spans = lead.spans(plan, scene)
        if not spans:
            continue
        side = _side(plan, lead, scene)
        stream = stage.stream("counter", plan.part.id, scene.section.material)
        slots = [slot for span in spans for slot in _slots(plan, stage, lead, scene, span, side, stream)]
        velocity = max(1, min(127, plan.part.velocity + round(12 * (scene.section.energy - 0.5))))
        sounded = _write(lead, slots, _line(slots), velocity, sounded, out)
    return out


def _side(plan: PartPlan, lead: LeadView, scene: Scene) -> int:
    """-1 below the lead, 1 above, 0 where the section has none: where the register leaves more room."""
    midis = [lead.midis[i] for i in lead.over(scene.section.start, scene.section.end)]
    if not midis:
        return 0
    midis.sort()
    below = midis[len(midis) // 4] - APART - plan.low
    above = plan.high - midis[-1 - len(midis) // 4] - APART
    return -1 if below >= 7 or below >= above else 1


def _slots(
    plan: PartPlan, stage: Stage, lead: LeadView, scene: Scene, span: Span, side: int, stream: Stream
) -> list[_Slot]:
    lines = plan.part.kind == "lines"
    motif = stage.stream("counter", plan.part.id).choice(MOTIFS)
    out: list[_Slot] = []
    for a, b in phrase_spans(scene, *span):
        points = _motif_points(stage, lead, a, b, motif) if lines else _guide_points(stage, lead, scene, a, b, stream)
        if not points:
            continue
        beat = stage.timeline.bar_at(b - 1).meter.beat_lengths[-1]
        last = b >= stage.song.end
        stop = b if last or b - points[-1][0] < 2 * beat else b - beat // 2  # breath
        ends = [*(point[0] for point in points[1:]), stop]
        for k, ((start, direction, passing), end) in enumerate(zip(points, ends, strict=True)):
            symbol = stage.timeline.sounding_at(start)
            if symbol is None or end <= start:
                continue
            bar = stage.timeline.bar_at(start)
            strong = bar.meter.strength(start - bar.start) >= 3 or start == symbol.sounding or k + 1 == len(points)
            tones = _tones(symbol.chord, symbol.key, lines, passing and not strong)
            found = _candidates(plan, lead, tones, start, end, side)
            if found:
                before = lead.at(start - 1)
                out.append(_Slot(start, end, symbol, found, before, lead.at(start), direction, k == 0))
    return out


def _guide_points(
    stage: Stage, lead: LeadView, scene: Scene, a: int, b: int, stream: Stream
) -> list[tuple[int, int, bool]]:
    """Where guide tones change: with the chords, and once more in a long one where the lead leaves room."""
    timeline = stage.timeline
    beat = timeline.bar_at(a).meter.beat_lengths[0]
    points: list[tuple[int, int, bool]] = []
    marks = sorted({max(a, symbol.sounding) for symbol in timeline.chords_in(a, b) if symbol.sounding < b})
    for start, end in zip(marks, [*marks[1:], b], strict=True):
        if points and start - points[-1][0] < beat:
            continue
        points.append((start, 0, False))
        bar = timeline.bar_at(start)
        if end - start < bar.length:
            continue
        draw = stream.sub("move", start - scene.section.start)
        first = bar.start + -(-(start + beat - bar.start) // beat) * beat
        for tick in range(first, min(end - beat, start + 2 * bar.length) + 1, beat):
            if tick - points[-1][0] >= 2 * beat and not lead.moves(tick, tick + beat) and draw.chance(0.6):
                points.append((tick, 0, True))
    return points


def _motif_points(
    stage: Stage, lead: LeadView, a: int, b: int, motif: tuple[tuple[int, ...], tuple[int, ...]]
) -> list[tuple[int, int, bool]]:
    """The motif's rhythm bar after bar; a note falls away where the lead is busy, one joins where it rests."""
    rhythm, directions = motif
    points: list[tuple[int, int, bool]] = []
    timeline = stage.timeline
    changes = {symbol.sounding for symbol in timeline.chords_in(a, b)}
    tick = a
    count = 0
    while tick < b:
        bar = timeline.bar_at(tick)
        beats = [bar.start + beat for beat in bar.meter.beats if bar.start + beat < min(bar.end, b)]
        wanted: dict[int, int] = {}
        place = 0
        for length, direction in zip(rhythm, directions, strict=True):
            if place < len(beats):
                wanted[beats[place]] = direction if count % 4 != 3 else -direction
            place += length
        for k, at in enumerate(beats):
            if at < a:
                continue
            until = beats[k + 1] if k + 1 < len(beats) else bar.end
            onsets = sum(1 for i in lead.over(at, until) if lead.onsets[i] >= at)
            free = lead.at(at) < 0 or onsets == 0
            if (at in wanted and onsets <= 1) or at in changes or (free and at not in wanted and count % 2 == 1):
                points.append((at, wanted.get(at, 0), True))
        # A pushed chord is met when it sounds.
        points += [(t, 0, False) for t in sorted(changes) if tick <= t < min(bar.end, b) and t not in beats]
        tick = bar.end
        count += 1
    points.sort()
    unit = timeline.bar_at(a).meter.unit // 2
    return [p for k, p in enumerate(points) if k == 0 or p[0] - points[k - 1][0] >= unit]


@cache
def _tones(chord: Chord, key: Key, lines: bool, passing: bool) -> tuple[tuple[int, int, bool], ...]:
    """Pitch-class numbers with (cost, chord tone): the chord's degrees, and in passing those of its scale."""
    out: dict[int, tuple[int, bool]] = {}
    for degree, tone in chord.members.items():
        cost = _GUIDES.get(degree, 4)
        if degree == 5 and chord.third is None:
            cost = 2
        out[tone.number] = (cost // 2 if lines else cost, True)
    if passing:
        for tone in chord_scale(chord, key):
            out.setdefault(tone.number, (3, False))
    return tuple((number, cost, chordal) for number, (cost, chordal) in sorted(out.items()))


def _candidates(
    plan: PartPlan, lead: LeadView, tones: tuple[tuple[int, int, bool], ...], start: int, end: int, side: int
) -> tuple[tuple[int, int, bool], ...]:
    """The pitches that keep their distance from all lead notes in [start, end), with their own cost."""
    low, high = plan.low, plan.high
    heard = [lead.midis[i] for i in lead.over(start, end)]
    if heard and side < 0:
        high = min(high, min(heard) - APART)
        centre = min(high - 4, (plan.low + plan.high) // 2)
    elif heard:
        low = max(low, max(heard) + APART)
        centre = max(low + 4, (plan.low + plan.high) // 2)
    else:
        centre = (low + high) // 2
    now = lead.at(start)
    out = []
    for number, cost, chordal in tones:
        for midi in range(low + (number - low) % 12, high + 1, 12):
            away = abs(midi - centre)
            total = cost + (away - 5 if away > 5 else 0)
            if now >= 0:
                total += _CONSONANCE[abs(now - midi) % 12]
            out.append((midi, total, chordal))
    return tuple(sorted(out))


def _line(slots: list[_Slot]) -> list[int]:
    """A MIDI number for every slot: the cheapest line of a beam."""
    beam: list[tuple[int, tuple[int, ...], bool]] = [(0, (), True)]
    for index, slot in enumerate(slots):
        before = slots[index - 1] if index else None
        grown: list[tuple[int, tuple[int, ...], bool]] = []
        for total, path, chordal in beam:
            for midi, cost, is_chordal in slot.candidates:
                extra = 0
                if before is not None:
                    extra = _move_cost(before, slot, path[-1], midi, chordal, is_chordal)
                grown.append((total + cost + extra, (*path, midi), is_chordal))
        grown.sort()
        best: dict[int, tuple[int, tuple[int, ...], bool]] = {}
        for row in grown:
            best.setdefault(row[1][-1], row)
            if len(best) == _BEAM:
                break
        beam = list(best.values())
    return list(beam[0][1])


def _move_cost(before: _Slot, slot: _Slot, old: int, new: int, chordal: bool, is_chordal: bool) -> int:
    """What the step from one slot to the next costs: leaps, unprepared dissonance, parallels, loose sevenths."""
    step = new - old
    size = abs(step)
    cost = _STEPS[size] if size <= 12 else 20
    if not (chordal and is_chordal) and size > 2:
        cost += 14
    if not is_chordal and step == 0:
        cost += 6
    if slot.direction and step * slot.direction < 0:
        cost += 2
    if slot.lead_before >= 0 and slot.lead_now >= 0:
        moved = slot.lead_now - slot.lead_before
        if moved and step:
            if moved * step > 0:
                cost += 2
            if parallel(slot.lead_before, old, slot.lead_now, new):
                cost += _FORBIDDEN
    if before.symbol.chord != slot.symbol.chord:
        chord = before.symbol.chord
        if chord.seventh is not None and old % 12 == chord.seventh.number and step not in (0, -1, -2):
            cost += 9
        third = chord.third
        if chord.family == "dominant" and third is not None and old % 12 == third.number and step not in (0, 1, -1):
            cost += 7
    return cost


def parallel(lead_before: int, old: int, lead_now: int, new: int) -> bool:
    """Whether both voices move from one fifth, octave or unison to another of its kind (MIDI numbers)."""
    if lead_before == lead_now or old == new:
        return False
    interval = abs(lead_before - old) % 12
    return interval in (0, 7) and abs(lead_now - new) % 12 == interval


def _write(
    lead: LeadView, slots: list[_Slot], line: list[int], velocity: int, sounded: tuple[int, int], out: list[Note]
) -> tuple[int, int]:
    """Adds the line to `out`: common tones tied inside a phrase, and no note that would complete a parallel.

    `sounded` is the last pair of lead and counter heard together, and the new one is given back.
    """
    tied: list[tuple[int, int, int, _Slot]] = []
    for slot, midi in zip(slots, line, strict=True):
        if tied and not slot.fresh and tied[-1][2] == midi and tied[-1][1] == slot.start:
            start, _, _, first = tied[-1]
            tied[-1] = (start, slot.end, midi, first)
        else:
            tied.append((slot.start, slot.end, midi, slot))
    for k, (start, end, midi, slot) in enumerate(tied):
        pairs = [(lead.midis[i], midi) for i in lead.over(start, end)]
        if pairs and sounded[0] >= 0 and parallel(*sounded, *pairs[0]):
            continue
        if pairs:
            sounded = pairs[-1]
        slurred = k + 1 < len(tied) and tied[k + 1][0] == end and not tied[k + 1][3].fresh
        pitch = spell_over(midi, slot.symbol.chord, slot.symbol.key)
        out.append(Note(start, end - start, pitch, velocity, 0, "legato" if slurred else "tenuto"))
    return sounded
