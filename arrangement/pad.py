"""Pads: chords held and voice-led, common tones tied; strings, choirs, organs, synthesiser layers.

Conventions: one layer of long notes from chord to chord; a tone common to two chords is held, not struck again
(unless the part's kind is "struck"); a note is renewed at each phrase, so that it can swell anew.
"""

from __future__ import annotations

from collections.abc import Sequence

from partimento.arrangement.chords import Hands
from partimento.arrangement.stage import PartPlan, Stage
from partimento.arrangement.sung import Span, voicings_of
from partimento.arrangement.transitions import final_of, silences
from partimento.arrangement.voicing import Voicing, spelled
from partimento.score.song import Drum, Note
from partimento.theory.chord import Chord
from partimento.theory.meter import TICKS
from partimento.theory.pitch import pitch_at, pitch_class


def play(plan: PartPlan, stage: Stage) -> list[Note]:
    """The layer's notes over all the spans the plan gives."""
    hands = Hands(plan, stage)
    final = final_of(stage.song, stage.timeline)
    quiet = {s.scene: s for s in silences(stage.scenes)}
    spans: list[Span] = []
    for scene in stage.scenes:
        hands.enter(scene, False)
        for start, end in plan.plays[scene.index]:
            silence = quiet.get(scene.index)
            if silence is not None:
                end = min(end, silence.start)
            if scene.index == len(stage.scenes) - 1 and final.short:
                end = min(end, final.tick + TICKS // 2)
            inside = stage.timeline.chords_in(start, end + TICKS)
            chords = tuple(symbol for symbol in inside if max(start, symbol.sounding) < end)
            spans.append(Span(scene, start, end, chords, hands.low, hands.high, hands.kind))
    out: list[Note] = []
    sung = voicings_of(plan, stage, spans)
    for i, span in enumerate(spans):
        hands.enter(span.scene, False)
        renew = [phrase.start for phrase in span.scene.section.phrases if phrase.start <= final.start]
        _layer(plan, stage, span, sung.get(i) or [hands.voicing(symbol.chord) for symbol in span.chords], renew, out)
    out.sort(key=lambda n: (n.onset, n.pitch.midi if not isinstance(n.pitch, Drum) else 0))
    return out


def _layer(
    plan: PartPlan, stage: Stage, span: Span, shapes: Sequence[Voicing], renew: list[int], out: list[Note]
) -> None:
    scene, start, end = span.scene, span.start, span.end
    velocity = max(1, min(127, plan.part.velocity + round(16 * (scene.section.energy - 0.5))))
    tie = plan.part.kind != "struck"
    draw = stage.stream("pad", plan.part.id, scene.section.material)
    stagger = plan.part.kind == "staggered"
    held: dict[int, tuple[int, Chord]] = {}
    for symbol, shape in zip(span.chords, shapes, strict=True):
        onset = max(start, symbol.sounding)
        fresh = not tie or any(onset - TICKS // 2 <= mark <= onset for mark in renew)
        for pitch in sorted(held):
            if fresh or pitch not in shape:
                _close(held, pitch, onset, velocity, out)
        for pitch in sorted(set(shape)):
            if pitch not in held:
                late = TICKS // 2 * (1 + draw.below(7)) if stagger else 0
                if late and stage.timeline.bar_at(onset + late).start == onset + late:
                    late += TICKS // 2  # off the bar lines, in shorter bars too
                held[pitch] = (min(onset + late, end - 1), symbol.chord)
    for pitch in sorted(held):
        _close(held, pitch, end, velocity, out)


def _close(held: dict[int, tuple[int, Chord]], pitch: int, end: int, velocity: int, out: list[Note]) -> None:
    onset, chord = held.pop(pitch)
    if end > onset:
        out.append(Note(onset, end - onset, pitch_at(pitch_class(spelled(chord, pitch)), pitch), velocity))
