"""A melody on its bar grid: rhythm masks, breath phrases, diatonic steps, chord tones and what non-chord tones do."""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter
from dataclasses import dataclass
from math import log2

from partimento.learning.tables.chart import beats_in
from partimento.learning.tables.corpus import Bar, Piece
from partimento.learning.tables.numerals import QUALITIES, triad

# Chromatic step above the tonic -> (scale place, chromatic alteration).
_MAJOR_STEP = ((0, 0), (1, -1), (1, 0), (2, -1), (2, 0), (3, 0), (3, 1), (4, 0), (5, -1), (5, 0), (6, -1), (6, 0))
_MINOR_STEP = ((0, 0), (1, -1), (1, 0), (2, 0), (2, 1), (3, 0), (3, 1), (4, 0), (5, 0), (5, 1), (6, 0), (6, 1))


@dataclass(frozen=True, slots=True)
class Tone:
    """A melody note: bar index, cell on the bar's grid, ticks, `step` = diatonic steps above a fixed tonic.

    `strength` is strong, beat or weak; `chord` the triad numeral beneath or ""; `fits` whether it is a chord tone.
    """

    onset: int
    duration: int
    pitch: int
    bar: int
    cell: int
    strength: str
    step: int
    alter: int
    chord: str
    fits: bool
    push: bool


def grid_of(bar: Bar) -> int:
    """Cells of a bar: sixteenths (eighths of 12/8 and longer compound bars), 16 in common time, 12 in 3/4 and 6/8."""
    if bar.denominator == 8 and bar.numerator % 3 == 0 and bar.numerator > 6:
        return bar.numerator
    return max(bar.numerator * 16 // bar.denominator, 1)


def strength_at(cell: int, bar: Bar) -> str:
    """strong: the downbeat and the middle of a bar of four beats or two compound ones; beat; or weak."""
    grid, beats = grid_of(bar), beats_in(bar)
    if cell == 0 or (beats % 2 == 0 and beats > (2 if bar.denominator != 8 else 1) and cell * 2 == grid):
        return "strong"
    return "beat" if cell * beats % grid == 0 else "weak"


def tones(piece: Piece) -> list[Tone]:
    """The melody on the grid; notes outside the bars are dropped."""
    starts = [bar.onset for bar in piece.bars]
    chord_starts = [chord.onset for chord in piece.chords]
    out = []
    for onset, duration, pitch in piece.melody:
        index = bisect_right(starts, onset) - 1
        if index < 0:
            continue
        bar = piece.bars[index]
        grid = grid_of(bar)
        cell = (2 * (onset - bar.onset) * grid + bar.length) // (2 * bar.length)
        if cell >= grid:
            cell, index = 0, index + 1
            if index >= len(piece.bars):
                continue
            bar = piece.bars[index]
        tonic, mode = piece.key_at(onset)
        octave, above = divmod(pitch - tonic, 12)
        place, alter = (_MAJOR_STEP if mode == "major" else _MINOR_STEP)[above]
        name, fits, push = "", False, False
        # A note on the edge belongs to the chord that begins there.
        at = bisect_right(chord_starts, onset + bar.length // 32) - 1
        if at >= 0 and onset < piece.chords[at].onset + piece.chords[at].duration:
            chord = piece.chords[at]
            name = triad(chord.root, chord.quality, chord.mode)
            fits = (above - chord.root) % 12 in _tones_of(chord.quality)
            if not fits and at + 1 < len(piece.chords):
                later = piece.chords[at + 1]
                push = later.onset - onset <= bar.length // 8 and onset + duration > later.onset
                push = push and (above - later.root) % 12 in _tones_of(later.quality)
        out.append(
            Tone(
                onset, duration, pitch, index, cell, strength_at(cell, bar), octave * 7 + place, alter, name, fits, push
            )
        )
    return out


def _tones_of(quality: str) -> tuple[int, ...]:
    return (0, 3, 4, 7) if quality == "5" else QUALITIES[quality][2]


def breath_phrases(line: list[Tone], piece: Piece) -> list[list[Tone]]:
    """The line cut where the voice breathes: a silence of a beat, or two beats from onset to onset."""
    phrases: list[list[Tone]] = []
    for i, tone in enumerate(line):
        bar = piece.bars[tone.bar]
        beat = bar.length // beats_in(bar)
        if i:
            gap = tone.onset - line[i - 1].onset
            silence = tone.onset - line[i - 1].onset - line[i - 1].duration
        if not i or silence >= beat or gap >= 2 * beat:
            phrases.append([])
        phrases[-1].append(tone)
    return [phrase for phrase in phrases if len(phrase) >= 3]


def square_phrases(line: list[Tone], bars: int = 4) -> list[list[Tone]]:
    """The line cut every so many bars, for dance tunes that do not breathe; a pick-up goes with what follows."""
    phrases: dict[int, list[Tone]] = {}
    for i, tone in enumerate(line):
        last_of_bar = i + 1 < len(line) and line[i + 1].bar > tone.bar
        leads_in = tone.strength == "weak" and last_of_bar and (tone.bar + 1) % bars == 0
        phrases.setdefault((tone.bar + leads_in) // bars, []).append(tone)
    return [phrases[key] for key in sorted(phrases) if len(phrases[key]) >= 3]


def bar_masks(line: list[Tone], piece: Piece) -> dict[int, str]:
    """Bar index -> rhythm: `x` an onset, `-` sounding on, `.` silence (of at least two cells)."""
    cells: dict[int, list[str]] = {}
    for i, tone in enumerate(line):
        bar = piece.bars[tone.bar]
        cells.setdefault(tone.bar, ["."] * grid_of(bar))[tone.cell] = "x"
        unit = bar.length // grid_of(bar)
        end = tone.onset + tone.duration
        if i + 1 < len(line) and line[i + 1].onset - end < 2 * unit:
            end = line[i + 1].onset
        index, cell = tone.bar, tone.cell + 1
        tick = bar.onset + cell * unit
        while tick < end - unit // 4 and index < len(piece.bars):
            here = piece.bars[index]
            grid = grid_of(here)
            if cell >= grid:
                index, cell = index + 1, 0
                continue
            row = cells.setdefault(index, ["."] * grid)
            if row[cell] == ".":
                row[cell] = "-"
            cell += 1
            tick += unit
    return {index: "".join(row) for index, row in cells.items()}


def nonchord_kind(before: Tone, tone: Tone, after: Tone) -> str:
    """What a non-chord tone does between its neighbours."""
    come, go = tone.pitch - before.pitch, after.pitch - tone.pitch
    if tone.push:
        return "push"
    if come == 0 and go in (-1, -2) and tone.strength != "weak":
        return "suspension"
    if go == 0:
        return "anticipation" if tone.strength == "weak" else "repeated"
    if come == 0:
        return "repeated"
    if abs(come) <= 2 and abs(go) <= 2:
        return "passing" if (come > 0) == (go > 0) else "neighbour"
    if abs(go) <= 2:
        return "appoggiatura"
    return "escape" if abs(come) <= 2 else "free"


def is_syncopated(tone: Tone, after: Tone, bar: Bar) -> bool:
    """Whether a tone off the beat is held through the next beat (over the bar line too), with no onset there."""
    beat = bar.length // beats_in(bar)
    edge = (tone.onset - bar.onset) // beat * beat + beat + bar.onset
    slack = bar.length // grid_of(bar) // 2
    return tone.strength == "weak" and after.onset > edge + slack and tone.onset + tone.duration > edge + slack


def contour_of(phrase: list[Tone]) -> str:
    """arch, valley, rise, fall or level, from the first, last, highest and lowest tone (in semitones)."""
    first, last = phrase[0].pitch, phrase[-1].pitch
    high, low = max(t.pitch for t in phrase), min(t.pitch for t in phrase)
    above, below = high - max(first, last), min(first, last) - low
    if max(above, below) >= 3 and above != below:
        return "arch" if above > below else "valley"
    if abs(last - first) >= 3:
        return "rise" if last > first else "fall"
    return "level"


def entropy_millibits(counter: Counter[str]) -> int:
    """Shannon entropy of a count in thousandths of a bit, for a report (no musical choice hangs on it)."""
    total = sum(counter.values())
    return round(-1000 * sum(n / total * log2(n / total) for n in counter.values())) if total else 0
