"""A piano chair asks the net for its part: where that is done, what is asked, and what becomes of the answer.

Conventions: only chairs of PIANISTS ask, in meters of METERS; the bars where the band stops, breaks off, holds or ends
stay the pattern's. What the net writes is chord tones and passing tones inside the register; a pushed chord is struck
early.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from partimento.arrangement.lead_view import LeadView
from partimento.arrangement.net_texture import Sheet, Stretch, Struck, Taken
from partimento.arrangement.stage import PartPlan, Scene, Stage
from partimento.arrangement.style import Pattern
from partimento.arrangement.transitions import final_of, silences
from partimento.score.decision import Decision, Where
from partimento.score.song import Note
from partimento.theory.meter import TICKS
from partimento.theory.pitch import pitch_at


class Chair(NamedTuple):
    """How a chair is asked: the net's style, one hand or two, the fastest tempo (felt beats a minute, 0: any)."""

    style: str
    one_hand: bool = False
    fastest: int = 0


PIANISTS: Mapping[tuple[str, str], Chair] = {
    ("pop", "piano"): Chair("pop"),
    ("rock", "piano"): Chair("pop", fastest=112),
    ("country", "piano"): Chair("pop", fastest=100),
    ("cinematic", "piano"): Chair("lied"),
    ("classical", "accomp"): Chair("lied"),
    ("classical", "lh"): Chair("lied", one_hand=True),
}
"""The chairs by (style, part). The net has learned pop ballads and songs with piano; jazz comping, montunos, stabs,
riffs and loops are other crafts, and stay with their patterns; fast rock and country too."""
INSTRUMENTS = frozenset({"piano", "bright piano", "electric grand", "rhodes"})
METERS = frozenset({(2, 4), (3, 4), (4, 4), (2, 2), (6, 8), (9, 8), (12, 8)})
_BY_PATTERN = frozenset({"break", "build", "hold", "stop"})
"""Transitions whose bar the whole band plays together."""
_WAYS = 3
"""Ways drawn of each block where the brief does not say."""


@dataclass(frozen=True, slots=True)
class Answer:
    """The net's notes, and the tick ranges that they fill instead of the pattern's strokes."""

    notes: tuple[Note, ...] = ()
    spans: tuple[tuple[int, int], ...] = ()

    def covers(self, tick: int) -> bool:
        """Whether `tick` lies where the net writes."""
        return any(start <= tick < end for start, end in self.spans)


NOTHING = Answer()


def asked(plan: PartPlan, stage: Stage, chosen: Sequence[Pattern | None]) -> Answer:
    """What the net writes for a chair, NOTHING where it is not asked; what was chosen goes to `stage.told`."""
    net, chair = stage.nets.texture, PIANISTS.get((stage.style.name, plan.part.id))
    if net is None or chair is None or not fits(plan, stage, chair):
        return NOTHING
    stretches, scenes = _stretches(plan, stage, chosen, chair)
    if not stretches:
        return NOTHING
    lead = LeadView(stage)
    tune = tuple((lead.onsets[i], lead.ends[i], lead.midis[i]) for i in range(len(lead.notes)))
    sheet = Sheet(
        stage.timeline.bars, stage.song.chords, tune, stretches, chair.style, chair.one_hand,
        plan.low < 48, stage.style.swing.ratio != 1.0,
    )  # fmt: skip
    brief = stage.song.brief
    temperature = 1.0 if brief.temperature is None else brief.temperature
    struck, taken = net.write(sheet, stage.stream("pianist", plan.part.id), brief.candidates or _WAYS, temperature)
    bars = stage.timeline.bars
    spans = tuple((bars[s.first].start, bars[s.end - 1].end) for s in stretches)
    stage.told += [_decision(taken_, stretches, scenes, plan, stage) for taken_ in taken]
    return Answer(tuple(_played(struck, spans, plan, stage)), spans)


def fits(plan: PartPlan, stage: Stage, chair: Chair) -> bool:
    """Whether a chair's song is one that the net can play: instrument, meter, tempo, chords all through."""
    song = stage.song
    if plan.instrument.name not in INSTRUMENTS or not song.chords or not stage.timeline.bars:
        return False
    if any((change.meter.numerator, change.meter.denominator) not in METERS for change in song.meters):
        return False
    beat = song.meters[0].meter.beat_lengths[0]
    return not chair.fastest or song.tempos[0].tempo_bpm * TICKS / beat <= chair.fastest


def _stretches(
    plan: PartPlan, stage: Stage, chosen: Sequence[Pattern | None], chair: Chair
) -> tuple[tuple[Stretch, ...], tuple[Scene, ...]]:
    """The runs of whole bars that the chair plays by itself, with their scenes."""
    final = final_of(stage.song, stage.timeline)
    quiet = {silence.scene: silence.start for silence in silences(stage.scenes)}
    out: list[Stretch] = []
    scenes: list[Scene] = []
    for scene, pattern in zip(stage.scenes, chosen, strict=True):
        if pattern is None:
            continue
        bars = list(scene.bars)
        if scene.transition in _BY_PATTERN or scene.index in quiet:
            bars = bars[:-1]
        if scene.index == len(stage.scenes) - 1:
            bars = [bar for bar in bars if bar.start < final.start]
        runs: list[list[int]] = []
        for bar in bars:
            if any(start <= bar.start and bar.end <= end for start, end in plan.plays[scene.index]):
                if runs and runs[-1][-1] == bar.index - 1:
                    runs[-1].append(bar.index)
                else:
                    runs.append([bar.index])
        high = _under_the_tune(plan, stage, scene, chair)
        for run in runs:
            out.append(Stretch(run[0], run[-1] + 1, scene.section.material, scene.intensity, plan.low, high))
            scenes.append(scene)
    return tuple(out), tuple(scenes)


def _under_the_tune(plan: PartPlan, stage: Stage, scene: Scene, chair: Chair) -> int:
    """The highest pitch: about the tune's middle, where two hands have room; one hand stays below the other's tune."""
    inside = (n.number for n in stage.lead if scene.section.start <= n.onset < scene.section.end)
    tops = sorted(inside)
    if not tops:
        return plan.high
    limit = tops[len(tops) // 8] - 1 if chair.one_hand else tops[len(tops) // 2]
    return min(plan.high, max(limit, plan.low + 16))


def _decision(
    taken: Taken, stretches: tuple[Stretch, ...], scenes: tuple[Scene, ...], plan: PartPlan, stage: Stage
) -> Decision:
    bars, stretch = stage.timeline.bars, stretches[taken.stretch]
    end = bars[min(taken.bar + 4, stretch.end) - 1].end
    where = Where(scenes[taken.stretch].index, plan.track, bars[taken.bar].start, end)
    values = (("share", taken.permille), ("of", taken.of), ("flaw", taken.flaw))
    return Decision(where, "texture", "neural.texture", values, taken.others)


def _played(
    struck: Sequence[Struck], spans: Sequence[tuple[int, int]], plan: PartPlan, stage: Stage
) -> list[Note]:
    """The answer as notes: pushed chords early, nothing over what the pattern plays, spelled."""
    timeline = stage.timeline
    early = _early(struck, stage)
    out: list[Note] = []
    for note in struck:
        span = next((span for span in spans if span[0] <= note.onset < span[1]), None)
        if span is None:
            continue
        onset = early.get(note.onset, note.onset)
        end = min(note.onset + note.duration, span[1])
        symbol = timeline.sounding_at(onset) or timeline.chord_at(onset)
        if symbol is None or end <= onset:
            continue
        scene = stage.scene_at(note.onset)
        velocity = plan.part.velocity + round(14 * (scene.section.energy - 0.5))
        tone = symbol.chord.tone_at(note.pitch)
        name = symbol.key.spell(note.pitch) if tone is None else pitch_at(tone, note.pitch)
        out.append(Note(onset, end - onset, name, max(1, min(127, velocity))))
    return out


def _early(struck: Sequence[Struck], stage: Stage) -> dict[int, int]:
    """Beats of pushed chords that are struck late, with the ticks they move to."""
    onsets = {note.onset for note in struck}
    return {
        chord.onset: chord.sounding
        for chord in stage.song.chords
        if chord.push and chord.onset in onsets and not any(chord.sounding <= at < chord.onset for at in onsets)
    }
