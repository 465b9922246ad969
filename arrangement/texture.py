"""Textures: sparse figures in cycles of 5, 7 or 11 bars that slide against the form, as ambient layers do.

Conventions: a cycle's length, its places and its contour are drawn once a song for each part; the pitches follow the
sounding chords (their own tones and the key's pentatonic), so that the layers never agree on a bar line by design.
"""

from __future__ import annotations

from partimento.arrangement.stage import PartPlan, Stage
from partimento.arrangement.transitions import final_of
from partimento.score.song import Drum, Note
from partimento.score.stream import Stream
from partimento.theory.chord import Chord
from partimento.theory.key import Key
from partimento.theory.meter import TICKS
from partimento.theory.pitch import PitchClass, pitch_at

CYCLES = (5, 7, 11)
_PENTATONIC = {True: (1, 3, 4, 5, 7), False: (1, 2, 3, 5, 6)}


def play(plan: PartPlan, stage: Stage) -> list[Note]:
    """The layer's notes: its cycle laid end to end over the song, heard where the plan lets it play."""
    if not stage.timeline.bars:
        return []
    order = [part.id for part in stage.style.parts if part.player == "texture"]
    place = order.index(plan.part.id) if plan.part.id in order else 0
    draw = stage.stream("texture", plan.part.id)
    bars = CYCLES[(place + draw.below(len(CYCLES))) % len(CYCLES)]
    bar_ticks = stage.timeline.bars[0].length
    events = _cycle(draw, bars, bar_ticks, stage.timeline.bars[0].meter.beat_lengths[0] // 2)
    sustains = plan.instrument.sustains
    out: list[Note] = []
    final = final_of(stage.song, stage.timeline)
    end = final.tick + TICKS if final.short else stage.song.end
    still = (stage.song.ending.start + end) // 2  # nobody strikes anything new while the end rings
    previous = (plan.low + plan.high) // 2
    for start in range(0, end, bars * bar_ticks):
        for offset, duration, rise in events:
            onset = start + offset
            if onset >= (end if final.short else still) or (final.short and onset > final.tick):
                break
            scene = stage.scene_at(onset)
            symbol = stage.timeline.sounding_at(onset)
            if symbol is None or not plan.playing(scene.index, onset):
                continue
            pitch, tone = _nearest(symbol.chord, scene.section.key, previous + rise, plan.low, plan.high)
            previous = pitch if plan.low + 3 < pitch < plan.high - 3 else (plan.low + plan.high) // 2
            after = stage.timeline.next_chord(onset)
            stop = min(end, onset + duration)
            if sustains and after is not None and tone.number not in after.chord.numbers:
                stop = min(stop, max(after.sounding, onset + TICKS))
            velocity = max(1, min(127, plan.part.velocity + round(12 * (scene.section.energy - 0.5)) + rise))
            out.append(Note(onset, stop - onset, pitch_at(tone, pitch), velocity))
    out.sort(key=lambda n: (n.onset, n.pitch.midi if not isinstance(n.pitch, Drum) else 0))
    return out


def _cycle(draw: Stream, bars: int, bar: int, half_beat: int) -> list[tuple[int, int, int]]:
    """(offset, duration, rise in semitones) of the cycle's two to six notes, none on a bar line, first one early."""
    count = 2 + draw.below(3) + bars // 4
    spots = sorted({draw.below(bars * bar // half_beat) for _ in range(count)})
    spots = [spot + 1 if spot * half_beat % bar == 0 else spot for spot in spots]
    events = []
    for i, spot in enumerate(spots):
        until = spots[i + 1] if i + 1 < len(spots) else spot + 2 * bar // half_beat
        length = max(2, min(until - spot + draw.below(3), 3 * bar // half_beat))
        events.append((spot * half_beat, length * half_beat, draw.choice((-7, -5, -3, -2, 2, 3, 5, 7))))
    return events


def _nearest(chord: Chord, key: Key, wanted: int, low: int, high: int) -> tuple[int, PitchClass]:
    """The pitch nearest to `wanted` among the chord's tones and the pentatonic tones that do not rub against it."""
    tones = list(chord.tones)
    for degree in _PENTATONIC[key.is_minor]:
        tone = key.degree(degree)
        if all((tone.number - t.number) % 12 not in (1, 11) for t in chord.tones) and tone not in tones:
            tones.append(tone)
    wanted = max(low, min(high, wanted))
    found = [
        (abs(pitch - wanted), pitch, tone)
        for tone in tones
        for pitch in range(low + (tone.number - low) % 12, high + 1, 12)
    ]
    if not found:
        root = chord.root
        return low + (root.number - low) % 12, root
    _, pitch, tone = min(found, key=lambda item: item[:2])
    return pitch, tone
