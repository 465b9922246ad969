"""Figured variations: a tune broken into running notes, each of its notes heard where it was.

Convention: a note of two divisions or more is divided; its first division is the note itself, the others circle it by
scale or chord tones, or run to the next note. The way is drawn once a section. Phrase ends stay as they were.
"""

from __future__ import annotations

from partimento.composer.melody_harmony import AVOID, TRIAD, Harmony
from partimento.composer.melody_view import SectionView, Written
from partimento.score.stream import Stream
from partimento.theory.meter import TICKS

_WAYS: dict[str, tuple[int, ...]] = {
    "turns": (0, 1, 0, -1),
    "broken chords": (0, -12, -11, -12),
    "wide chords": (0, -11, 11, -11),
    "lower neighbours": (0, -1, 0, 1),
}
"""Steps from the note: small ones along the scale, 11 and 12 the next and the second chord tone."""


def figured(notes: list[Written], view: SectionView, stream: Stream) -> list[Written]:
    """The notes divided into eighths (sixteenths where the tune is in eighths already)."""
    if not notes:
        return notes
    short = sorted(n.duration for n in notes)[len(notes) // 3]
    grain = TICKS // 4 if short < TICKS else TICKS // 2
    way = _WAYS[stream.choice(sorted(_WAYS))]
    low, high = view.traits.low, view.traits.high
    out: list[Written] = []
    for i, note in enumerate(notes):
        following = notes[i + 1] if i + 1 < len(notes) else None
        count = note.duration // grain
        ends = following is None or following.onset - note.onset - note.duration >= TICKS // 2 or count > 8
        if count < 2 or ends or note.onset % grain or following is None:
            out.append(note)
            continue
        run = _towards(note, following, count, low, high) if count <= 4 and stream.chance(0.35) else None
        for k in range(count):
            midi = run[k] if run is not None else _step(note.midi, way[k % len(way)], note.harmony)
            if not low <= midi <= high:
                midi = _step(note.midi, -abs(way[k % len(way)]), note.harmony)
            duration = grain if k < count - 1 else note.duration - grain * (count - 1)
            out.append(note._replace(onset=note.onset + k * grain, duration=duration, midi=max(low, min(high, midi))))
    return out


def _step(midi: int, step: int, harmony: Harmony) -> int:
    """`step` places from a pitch, along the scale or (from 11 on) along the triad."""
    if step == 0:
        return midi
    grade, count = (TRIAD, abs(step) - 10) if abs(step) > 10 else (AVOID, abs(step))
    way = 1 if step > 0 else -1
    for _ in range(count):
        midi += way
        while harmony.grades[midi % 12] > grade:
            midi += way
    return midi


def _towards(note: Written, following: Written, count: int, low: int, high: int) -> list[int] | None:
    """A run along the scale that arrives at the next note, where one of `count` notes does."""
    for way in (1, -1):
        run = [note.midi]
        while len(run) < count:
            run.append(_step(run[-1], way, note.harmony))
        if 1 <= (following.midi - run[-1]) * way <= 2 and low <= min(run) and max(run) <= high:
            return run
    return None
