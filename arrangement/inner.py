"""The "inner" player: one voice between tune and bass, as a second violin, a viola, a horn or a singer has it.

Conventions: every chord gives the voice its own note, the cheapest line by part-writing's rules against all voices
written before it (nearest tones, no parallels, no doubled leading tone, no crossing). Patterns are line patterns read
from that note: `1` is the note itself, `3` and `5` the next chord tones above it (`3,` below), `2` and `2,` the scale's
neighbours. With kind "imitate" it takes up the head of the lead's phrase a bar later where that fits.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from itertools import pairwise

from partimento.arrangement.counter import parallel
from partimento.arrangement.lead_view import LeadView, phrase_spans
from partimento.arrangement.pattern import Step, parse_bar
from partimento.arrangement.pattern_choice import section_patterns, use_pattern
from partimento.arrangement.stage import PartPlan, Scene, Stage
from partimento.arrangement.style import Pattern
from partimento.arrangement.sung import sung_lines, tell
from partimento.arrangement.transitions import final_of
from partimento.score.decision import Where
from partimento.score.song import ChordSymbol, Drum, Note
from partimento.theory.chord import Chord
from partimento.theory.chord_scale import chord_scale
from partimento.theory.key import Key
from partimento.theory.meter import TICKS
from partimento.theory.spelling import spell_over

_STEPS = (0, 0, 1, 2, 3, 5, 10, 8, 14, 14, 18, 18, 12)
"""Cost of a move by its semitones."""
_PARALLEL, _DOUBLED = 300, 90
_SUNG = 12
"""What the note that a net sets here gains: as much as a leap costs, and far less than a fault."""
_ARTICULATION = {"*": "staccato", "_": "tenuto", "~": "legato", "!": "accent", "g": "ghost"}
_LEVEL = {1: -6, 2: -2, 3: 3, 4: 7}


@dataclass(frozen=True, slots=True)
class _Slot:
    """A chord's stretch: ticks, chord, bounds of pitch, the others' pitches just before and at its start."""

    start: int
    end: int
    symbol: ChordSymbol
    low: int
    high: int
    before: tuple[int, ...]
    now: tuple[int, ...]
    fresh: bool


class _Voice:
    """Another part's line, its lowest note where it has several."""

    __slots__ = ("ends", "mean", "midis", "onsets")

    def __init__(self, notes: tuple[Note, ...]) -> None:
        lowest: dict[int, tuple[int, int]] = {}
        for note in notes:
            if not isinstance(note.pitch, Drum) and not note.grace:
                midi = note.pitch.midi
                if note.onset not in lowest or midi < lowest[note.onset][0]:
                    lowest[note.onset] = (midi, note.onset + note.duration)
        self.onsets = sorted(lowest)
        self.midis = [lowest[t][0] for t in self.onsets]
        self.ends = [lowest[t][1] for t in self.onsets]
        self.mean = sum(self.midis) / max(1, len(self.midis))

    def at(self, tick: int) -> int:
        i = bisect_right(self.onsets, tick) - 1
        return self.midis[i] if i >= 0 and self.ends[i] > tick else -1


def play(plan: PartPlan, stage: Stage) -> list[Note]:
    """The voice in the spans the plan gives."""
    lead = LeadView(stage)
    heard = [notes for name, notes in stage.written.items() if name != plan.track and notes]
    others = [_Voice(notes) for notes in heard if not isinstance(notes[0].pitch, Drum)]
    final = final_of(stage.song, stage.timeline)
    spans: list[tuple[Scene, Pattern, tuple[int, int], list[_Slot]]] = []
    for scene, pattern in zip(stage.scenes, section_patterns(plan, stage), strict=True):
        if pattern is not None:
            for span in lead.spans(plan, scene):
                spans.append((scene, pattern, span, _slots(plan, stage, lead, others, scene, *span)))
    centre = (plan.low + plan.high) // 2
    lines = sung_lines(stage, centre, [[(slot.symbol.chord, slot.now) for slot in slots] for *_, slots in spans])
    out: list[Note] = []
    for (scene, pattern, span, slots), sung in zip(spans, lines, strict=True):
        last = scene.index == len(stage.scenes) - 1
        ending = use_pattern(plan, stage, scene, "ending") if last else None
        line = _line(slots, centre, sung.pitches)
        tell(stage, sung, line, Where(scene.index, plan.track, *span))
        notes = _figures(plan, stage, lead, scene, pattern, ending, final.start, slots, line)
        if plan.part.kind == "imitate":
            notes = _imitated(plan, stage, lead, scene, slots, notes, span)
        out += notes
    if not final.short and section_patterns(plan, stage)[-1] is not None:
        out = _held(out, final.tick, stage.song.end)
    return out


def _slots(
    plan: PartPlan, stage: Stage, lead: LeadView, others: list[_Voice], scene: Scene, start: int, end: int
) -> list[_Slot]:
    timeline = stage.timeline
    centre = (plan.low + plan.high) // 2
    out: list[_Slot] = []
    for a, b in phrase_spans(scene, start, end):
        marks = {a}
        marks.update(c.sounding for c in timeline.chords_in(a, b) if a < c.sounding < b)
        marks.update(bar.start for bar in scene.bars if a < bar.start < b)
        cuts = [*sorted(marks), b]
        for k, (at, stop) in enumerate(pairwise(cuts)):
            symbol = timeline.sounding_at(at)
            if symbol is None:
                continue
            low, high = plan.low, plan.high
            heard = [lead.midis[i] for i in lead.over(at, stop)]
            now, before = [lead.at(at)], [lead.at(at - 1)]
            if heard:
                top, bottom = sum(heard) / len(heard), min(heard)
                if top >= centre:
                    high = min(high, bottom - 2)
                else:
                    low = max(low, max(heard) + 2)
            for voice in others:
                pitch = voice.at(at)
                now.append(pitch)
                before.append(voice.at(at - 1))
                if pitch >= 0 and voice.mean > centre:
                    high = min(high, pitch - 1)
                elif pitch >= 0:
                    low = max(low, pitch + 1)
            out.append(_Slot(at, stop, symbol, low, high, tuple(before), tuple(now), k == 0))
    return out


@cache
def _tone_costs(chord: Chord, key: Key) -> tuple[tuple[int, int, int, int], ...]:
    """(pitch class, cost, gain when nobody has it, cost when somebody has it) of the chord's tones."""
    leading = (key.tonic.number + 11) % 12
    out = []
    for degree, tone in sorted(chord.members.items()):
        cost = {3: 0, 1: 1, 5: 2, 7: 1}.get(degree, 2)
        gain = {3: 8, 7: 5, 1: 4, 4: 8, 2: 6}.get(degree, 0)
        twice = {3: 5, 7: _DOUBLED, 1: 0, 5: 1, 4: _DOUBLED}.get(degree, 6)
        if tone.number == leading and chord.family in ("major", "dominant", "diminished"):
            twice = _DOUBLED
        out.append((tone.number, cost, gain, twice))
    return tuple(out)


def _line(slots: list[_Slot], centre: int, sung: Sequence[int]) -> list[int]:
    """A MIDI number for every slot, -1 where there is no room: the cheapest line, drawn to the one `sung`, if any."""
    paths: list[tuple[int, tuple[int, ...]]] = [(0, ())]
    for index, slot in enumerate(slots):
        heard = {pitch % 12 for pitch in slot.now if pitch >= 0}
        grounded = any(0 <= pitch < slot.low for pitch in slot.now) or slot.low <= 40
        options: list[tuple[int, int]] = []
        for number, cost, gain, twice in _tone_costs(slot.symbol.chord, slot.symbol.key):
            cost += twice if number in heard else -gain
            if not grounded and number != slot.symbol.chord.bass_tone.number:
                cost += 12
            for midi in range(slot.low + (number - slot.low) % 12, slot.high + 1, 12):
                away = abs(midi - centre)
                apart = min((p - midi for p in slot.now if p > midi), default=0)
                wished = _SUNG if sung and midi == sung[index] else 0
                options.append((midi, cost - wished + max(0, away - 4) + 2 * max(0, apart - 12)))
        if not options:
            paths = [(cost, (*path, -1)) for cost, path in paths]
            continue
        grown = []
        for midi, cost in options:
            best = min(
                (total + _move(slots[index - 1] if index else None, slot, path[-1] if path else -1, midi), path)
                for total, path in paths
            )
            grown.append((best[0] + cost, (*best[1], midi)))
        grown.sort()
        paths = grown[:8]
    return list(min(paths)[1])


def _move(before: _Slot | None, slot: _Slot, old: int, new: int) -> int:
    """What the step from one slot's note to the next costs."""
    if before is None or old < 0:
        return 0
    step = new - old
    size = abs(step)
    cost = _STEPS[size] if size <= 12 else 24
    for was, now in zip(slot.before, slot.now, strict=True):
        if was >= 0 and now >= 0 and parallel(was, old, now, new):
            cost += _PARALLEL
    chord = before.symbol.chord
    if chord != slot.symbol.chord:
        if chord.seventh is not None and old % 12 == chord.seventh.number and step not in (0, -1, -2):
            cost += 40
        leading = (before.symbol.key.tonic.number + 11) % 12
        if old % 12 == leading and chord.family in ("major", "dominant", "diminished") and step not in (0, 1):
            cost += 14 if step in (-3, -4) else 24
    return cost


def _figures(
    plan: PartPlan,
    stage: Stage,
    lead: LeadView,
    scene: Scene,
    pattern: Pattern,
    ending: Pattern | None,
    final_start: int,
    slots: list[_Slot],
    line: list[int],
) -> list[Note]:
    """The pattern's strokes on the line's notes; a stroke that is held over a change goes on with the next note."""
    starts = [slot.start for slot in slots]
    out: list[Note] = []
    base = plan.part.velocity + _LEVEL[scene.intensity]
    for bar in scene.bars:
        text = pattern.bars[bar.in_section % len(pattern.bars)]
        if ending is not None and bar.start >= final_start:
            text = ending.bars[(bar.start - final_start) // bar.length % len(ending.bars)]
        if scene.transition == "hold" and bar is scene.bars[-1]:
            text = "1"
        for step in parse_bar(text, "line"):
            at = bar.start + step.start * bar.meter.bar // step.steps
            stop = min(bar.start + (step.start + step.length) * bar.meter.bar // step.steps, bar.end)
            if step.symbol == "-":
                if out and out[-1].onset + out[-1].duration == at:
                    stop = _to_change(starts, slots, at, stop)
                    last = out[-1]
                    out[-1] = Note(last.onset, stop - last.onset, last.pitch, last.velocity, 0, last.articulation)
                continue
            velocity = base + (-3, -1, 1, 2, 3)[bar.meter.strength(at - bar.start)] + 12 * ("!" in step.flags)
            articulation = next((_ARTICULATION[f] for f in step.flags if f in _ARTICULATION), "")
            _stroke(step, at, stop, starts, slots, line, lead, max(1, min(127, velocity)), articulation, out)
    return out


def _to_change(starts: list[int], slots: list[_Slot], at: int, stop: int) -> int:
    i = bisect_right(starts, at) - 1
    return min(stop, slots[i].end) if i >= 0 else stop


def _stroke(
    step: Step,
    at: int,
    stop: int,
    starts: list[int],
    slots: list[_Slot],
    line: list[int],
    lead: LeadView,
    velocity: int,
    articulation: str,
    out: list[Note],
) -> None:
    i = bisect_right(starts, at) - 1
    while 0 <= i < len(slots) and at < min(stop, slots[i].end):
        slot = slots[i]
        end = min(stop, slot.end)
        midi = _figure(step, slot, line[i])
        if midi >= 0 and midi != line[i] and _rubs(lead, out, at, midi):
            midi = line[i]
        if midi >= 0:
            duration = end - at
            if articulation == "staccato":
                duration = max(60, duration // 2)
            last = out[-1] if out else None
            held = (at > slot.start - 1 and last is not None and last.onset + last.duration == at == slot.start
                    and at % TICKS == 0 and end - at > TICKS and not slot.fresh and step.length > 1
                    and last.pitch == spell_over(midi, slot.symbol.chord, slot.symbol.key))  # fmt: skip
            if held and last is not None:
                out[-1] = Note(last.onset, end - last.onset, last.pitch, last.velocity, 0, last.articulation)
            else:
                pitch = spell_over(midi, slot.symbol.chord, slot.symbol.key)
                out.append(Note(at, duration, pitch, velocity, 0, articulation))
        at = end
        i += 1


def _rubs(lead: LeadView, out: list[Note], at: int, midi: int) -> bool:
    """Whether a figure's note would go in parallel with the lead."""
    if not out or isinstance(out[-1].pitch, Drum):
        return False
    was, now = lead.at(at - 1), lead.at(at)
    return was >= 0 and now >= 0 and parallel(was, out[-1].pitch.midi, now, midi)


def _figure(step: Step, slot: _Slot, own: int) -> int:
    """The pitch of a pattern token from the voice's own note; the note itself where the token leaves the bounds."""
    symbol = step.symbol.lstrip("kb#")
    if own < 0 or not symbol.isdigit() or symbol == "1":
        return own
    up = step.octave >= 0
    count = {"2": 1, "3": 1, "5": 2, "7": 3}.get(symbol, 1)
    chord, key = slot.symbol.chord, slot.symbol.key
    numbers = {t.number for t in chord_scale(chord, key)} if symbol == "2" else set(chord.numbers)
    midi = own
    for _ in range(count):
        midi += 1 if up else -1
        while midi % 12 not in numbers:
            midi += 1 if up else -1
    return midi if slot.low <= midi <= slot.high else own


def _imitated(
    plan: PartPlan,
    stage: Stage,
    lead: LeadView,
    scene: Scene,
    slots: list[_Slot],
    notes: list[Note],
    span: tuple[int, int],
) -> list[Note]:
    """Where a phrase's head can be taken up a bar later, it replaces what the voice had there."""
    for k, (a, b) in enumerate(phrase_spans(scene, *span)):
        bar = stage.timeline.bar_at(a)
        if b - a < 3 * bar.length or not stage.stream("imitate", plan.part.id, scene.section.material, k).chance(0.7):
            continue
        head = [i for i in lead.over(a, a + bar.length) if lead.onsets[i] >= a]
        if not 3 <= len(head) <= 8:
            continue
        for delay in (1, 2):
            found = _head(lead, head, slots, delay * bar.length, plan)
            if found:
                start, stop = a + delay * bar.length, a + (delay + 1) * bar.length
                kept = []
                for n in notes:
                    if n.onset < start < n.onset + n.duration:
                        n = Note(n.onset, start - n.onset, n.pitch, n.velocity, 0, n.articulation)
                    if not start <= n.onset < stop:
                        kept.append(n)
                notes = sorted(kept + found, key=lambda n: n.onset)
                break
    return notes


def _head(lead: LeadView, head: list[int], slots: list[_Slot], delay: int, plan: PartPlan) -> list[Note]:
    """The motif's notes at the pitch that lies best under the lead; empty where none does."""
    starts = [slot.start for slot in slots]
    best: tuple[int, list[Note]] | None = None
    first = lead.midis[head[0]]
    for shift in range(plan.low - first, plan.high - first + 1):
        cost, made, before = 0, [], -1
        for i in head:
            at = lead.onsets[i] + delay
            k = bisect_right(starts, at) - 1
            if k < 0 or at >= slots[k].end:
                cost = 99
                break
            slot = slots[k]
            wanted = lead.midis[i] + shift
            chord, key = slot.symbol.chord, slot.symbol.key
            strong = at == slot.start or lead.ends[i] - lead.onsets[i] >= TICKS
            allowed = chord.numbers if strong else frozenset(t.number for t in chord_scale(chord, key)) | chord.numbers
            near = [m for m in (wanted, wanted - 1, wanted + 1, wanted - 2, wanted + 2) if m % 12 in allowed]
            if not near or not slot.low <= near[0] <= slot.high:
                cost = 99
                break
            midi = near[0]
            cost += 2 * abs(midi - wanted)
            was, now = lead.at(at - 1), lead.at(at)
            if before >= 0 and was >= 0 and now >= 0 and parallel(was, before, now, midi):
                cost += 30
            if now >= 0 and abs(now - midi) % 12 in (1, 2, 10, 11) and strong:
                cost += 8
            before = midi
            duration = min(lead.ends[i] - lead.onsets[i], slot.end - at if midi % 12 not in chord.numbers else 1 << 30)
            made.append(Note(at, duration, spell_over(midi, chord, key), plan.part.velocity + 8, 0, ""))
        if cost < 14 and (best is None or cost < best[0]):
            best = (cost, made)
    return best[1] if best is not None else []


def _held(notes: list[Note], tick: int, end: int) -> list[Note]:
    """The last chord held to the end, whatever the pattern had there."""
    at = max((n.onset for n in notes if n.onset >= tick), default=-1)
    if at < 0:
        return notes
    first = next(n for n in notes if n.onset >= tick)
    kept = [n for n in notes if n.onset < first.onset]
    return [*kept, Note(first.onset, end - first.onset, first.pitch, first.velocity, 0, "")]
