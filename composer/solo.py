"""Solos: lines in phrases with rests, chord tones on the beats that tell, approached from next door; fours.

Convention: jazz lines run in eighths over two or three bars and stop; others are licks of a bar or two that answer one
another. A chorus builds: later phrases lie higher and run longer.
"""

from __future__ import annotations

from dataclasses import replace

from partimento.arrangement.style import Style
from partimento.composer.melody_harmony import HarmonyMap
from partimento.composer.melody_phrase import Content, Frame, Line, realise
from partimento.composer.melody_pitch import LineDrawer
from partimento.composer.melody_plan import draw_contour
from partimento.composer.melody_rhythm import RhythmTraits, draw_bar
from partimento.composer.melody_view import DEGREES, FINAL, SectionView, Written
from partimento.score.decision import Decision, Where
from partimento.score.stream import Stream
from partimento.score.timeline import Bar


def write_solo_section(
    view: SectionView, style: Style, field: HarmonyMap, drawer: LineDrawer, stream: Stream, before: int
) -> tuple[list[Written], list[Decision]]:
    """One chorus of a solo over the section's chords; in fours every second four bars are the drummer's."""
    section = view.section
    own = stream.sub(section.material, "solo", section.variation, view.index)
    lines = style.melody.swing_lines
    traits = replace(
        drawer.traits,
        repeat=0.35 if lines else drawer.traits.repeat * 0.7,
        step=drawer.traits.step * (1.25 if lines else 1.0),
        third=drawer.traits.third * 1.3,
        leap=drawer.traits.leap * 1.2,
        run=4,
        strong=(1.0, 0.9 if style.melody.scale == "chord" else 0.6, 0.3, 0.03, 0.0, 0.0),
        weak=(1.0, 0.95, 0.9, 0.5, max(0.01, 1.1 * style.melody.chromatic), 0.0),
    )
    player = LineDrawer(traits, drawer.low, drawer.high)
    notes: list[Written] = []
    told: list[Decision] = []
    bars = view.bars
    n = len(bars)
    at = 0
    motif: tuple[int, ...] = ()
    while at < n:
        size = min(n - at, own.weighted((2, 3, 4), (4, 3, 3) if lines else (5, 1, 4)))
        if n - at - size == 1:
            size += 1
        group = bars[at : at + size]
        if section.lead == "fours" and (at // 4) % 2 == 1:
            at = min(n, (at // 4 + 1) * 4)
            continue
        if section.lead == "fours":
            size = min(n - at, 4 - at % 4)
            group = bars[at : at + size]
        progress = at / n
        frame = _frame(view, group, progress, at + size >= n, own)
        contents, motif = _contents(group, view, lines, progress, motif, own)
        line = realise(frame, contents, Content(()), field, player, own, before)
        part = _placed(line, frame, field)
        notes.extend(part)
        before = line.last or before
        told.append(
            Decision(
                Where(view.index, "lead", frame.start, frame.end),
                "solo phrase",
                "melody.solo",
                (("bars", size), ("notes", len(part)), ("contour", frame.contour)),
            )
        )
        at += size
    return notes, told


def _frame(view: SectionView, bars: tuple[Bar, ...], progress: float, last: bool, stream: Stream) -> Frame:
    traits = view.traits
    centre = (traits.low + traits.high) / 2 + (progress - 0.3) * 5
    degrees = FINAL if view.final and last else DEGREES["loop"] if not last else DEGREES["authentic"]
    return Frame(
        start=bars[0].start,
        end=bars[-1].end,
        bars=bars,
        key=view.section.key,
        centre=centre,
        reach=traits.inner * 0.4,
        contour=draw_contour(last, stream),
        degrees=degrees,
        cap=traits.high,
        climax=0,
        breath=240,
        pull=6.5,
    )


def _contents(
    bars: tuple[Bar, ...], view: SectionView, lines: bool, progress: float, motif: tuple[int, ...], stream: Stream
) -> tuple[list[Content], tuple[int, ...]]:
    base = view.traits.rhythm
    fine = 0.0 if base.fine == 0 else base.fine * 1.3
    build = 0.85 + 0.35 * progress
    rhythm = RhythmTraits(
        round((6.6 if lines else max(5.0, base.notes * 1.15)) * build, 1),
        round(fine, 1),
        base.offbeat,
        2.5 if lines else 1.0,
    )
    contents = [Content(tuple(t for t in draw_bar(b.meter, rhythm, stream) if t < b.length) or (0,)) for b in bars]
    if motif and stream.chance(0.4):
        contents[0] = Content(tuple(t for t in motif if t < bars[0].length) or (0,))  # a rhythm taken up again
    enter = stream.weighted((0, 240, 480, 720), (3, 4, 3, 3))
    kept = tuple(t for t in contents[0].onsets if t >= enter)
    if len(kept) >= 2:
        contents[0] = Content(kept)
    # The phrase stops in its last bar and leaves the rest to the band.
    end = bars[-1]
    stop = stream.choice([b + o for b in end.meter.beats[: max(1, len(end.meter.beats) - 1)] for o in (0, 240)])
    contents[-1] = Content(tuple(t for t in contents[-1].onsets if t < stop) + (stop,))
    return contents, contents[0].onsets


def _placed(line: Line, frame: Frame, field: HarmonyMap) -> list[Written]:
    out = []
    span = max(1, frame.end - frame.start)
    for bar, cells in zip(frame.bars, line.bars, strict=True):
        for tick, duration, midi, _ in cells:
            onset = bar.start + tick
            out.append(
                Written(
                    onset,
                    duration,
                    midi,
                    field.under(onset, duration, frame.key),
                    min(1.0, (onset - frame.start) / span),
                )
            )
    return out
