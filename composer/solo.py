"""Solos: phrases of several lengths with rests between, aimed at chord tones, some taken up again; fours.

Convention: a phrase is drawn as onsets (song ticks), then targets on its strong places and ends, then what lies between
(solo_lines). A chorus builds: later phrases lie higher and run longer.
"""

from __future__ import annotations

from dataclasses import dataclass

from partimento.arrangement.style import Style
from partimento.composer.melody_harmony import AVOID, COLOUR, TENSION, HarmonyMap
from partimento.composer.melody_phrase import move
from partimento.composer.melody_pitch import LineDrawer
from partimento.composer.melody_plan import draw_contour, height
from partimento.composer.melody_view import SectionView, Written
from partimento.composer.solo_lines import draw_target, fill
from partimento.score.decision import Decision, Where
from partimento.score.stream import Stream
from partimento.score.timeline import Bar

# Cells of a quarter note with their likings: lines over changes, straight playing, shuffled or triplet feel.
_LINES = (((0, 240), 62), ((0, 160, 320), 7), ((0,), 12), ((240,), 12), ((), 7))
_STRAIGHT = (((0, 240), 42), ((0,), 22), ((240,), 14), ((0, 240, 360), 8), ((0, 120, 240, 360), 7), ((), 7))
_SHUFFLE = (((0, 240), 36), ((0, 160, 320), 18), ((0,), 22), ((240,), 14), ((), 10))
# The same of a dotted quarter.
_DOTTED = (((0, 240, 480), 40), ((0, 480), 24), ((0,), 20), ((240, 480), 10), ((), 6))


@dataclass(slots=True)
class _Idea:
    """What the phrase before played: ticks from its first bar's start, and pitches."""

    ticks: tuple[int, ...] = ()
    pitches: tuple[int, ...] = ()


def write_solo_section(
    view: SectionView, style: Style, field: HarmonyMap, drawer: LineDrawer, stream: Stream, before: int
) -> tuple[list[Written], list[Decision]]:
    """One chorus of a solo over the section's chords; in fours every second four bars are the drummer's."""
    section = view.section
    own = stream.sub(section.material, "solo", section.variation, view.index)
    notes: list[Written] = []
    told: list[Decision] = []
    bars = view.bars
    n, at = len(bars), 0
    idea = _Idea()
    player = _Player(view, style, field, drawer)
    while at < n:
        if section.lead == "fours" and (at // 4) % 2 == 1:
            at = min(n, (at // 4 + 1) * 4)
            continue
        size = min(n - at, own.weighted((1, 2, 3, 4), (2, 6, 3, 4)))
        if section.lead == "fours":
            size = min(n - at, 4 - at % 4)
        elif n - at - size == 1:
            size += 1
        group = bars[at : at + size]
        part, idea, how, contour = player.phrase(group, at / n, at + size >= n, idea, before, own)
        notes.extend(part)
        before = part[-1].midi if part else before
        told.append(
            Decision(
                Where(view.index, "lead", group[0].start, group[-1].end),
                "solo phrase",
                "melody.solo",
                (("bars", size), ("notes", len(part)), ("contour", contour), ("taken up", how)),
            )
        )
        at += size
    return notes, told


@dataclass(slots=True)
class _Player:
    view: SectionView
    style: Style
    field: HarmonyMap
    drawer: LineDrawer

    def phrase(
        self, bars: tuple[Bar, ...], progress: float, last: bool, idea: _Idea, before: int, stream: Stream
    ) -> tuple[list[Written], _Idea, str, str]:
        """One phrase with its rest; `idea` is the phrase before, which it may repeat, move or answer."""
        contour = draw_contour(last, stream)
        how = stream.weighted(("new", "rhythm", "sequence"), (5, 2, 3)) if idea.ticks else "new"
        kept: dict[int, int] = {}
        start = bars[0].start
        stop = self._stop(bars, progress, stream)
        if how == "new":
            ticks = self._onsets(bars, stop, stream)
        else:
            # The head of what was just played, then on from there.
            head = tuple(t for t in idea.ticks if t < bars[0].length)
            beyond = [t for t in self._onsets(bars, stop, stream) if t >= start + bars[0].length]
            ticks = [start + t for t in head] + beyond
            if how == "sequence":
                kept = self._moved(head, idea, start, stream)
        ticks = [t for t in ticks if t <= stop] or [start]
        pitches = self._pitches(ticks, kept, bars, contour, progress, last, before, stream)
        written = self._written(ticks, pitches, bars)
        return written, _Idea(tuple(t - start for t in ticks), tuple(pitches)), how, contour

    def _stop(self, bars: tuple[Bar, ...], progress: float, stream: Stream) -> int:
        """Where the last note comes: on or after a beat, with the rest of the phrase left to the band."""
        share = 0.45 + 0.25 * progress + 0.2 * stream.random()
        total = bars[-1].end - bars[0].start
        wish = bars[0].start + int(total * share)
        bar = next(b for b in bars if wish < b.end)
        beats = [bar.start + b for b in bar.meter.beats if b < bar.length]
        beat = max((b for b in beats if b <= wish), default=bar.start)
        off = 240 if stream.chance(0.45) else 0  # lines like to stop on the second eighth
        return min(beat + off, bars[-1].end - 480)

    def _onsets(self, bars: tuple[Bar, ...], stop: int, stream: Stream) -> list[int]:
        """Onsets beat by beat, entering late or off the beat, at most so many running as lungs and fingers like."""
        traits = self.view.traits
        lines = self.style.melody.swing_lines
        swung = self.style.swing.unit == "eighth" and (self.style.swing.ratio > 1.2 or self.style.swing.ratio == 0)
        table = _LINES if lines else _SHUFFLE if swung else _STRAIGHT
        # What goes by faster than nine a second blurs.
        least = traits.second / 9.0
        late = stream.weighted((0, 240, 480, 720, 960), (3, 4, 3, 3, 2)) if len(bars) > 1 else stream.choice((0, 240))
        begin = bars[0].start + late
        out: list[int] = []
        for bar in bars:
            for beat, length in zip(bar.meter.beats, bar.meter.beat_lengths, strict=True):
                parts = length // 480 if length % 480 == 0 else 1
                for k in range(parts):
                    at, size = bar.start + beat + 480 * k, length // parts
                    cells = table if size == 480 else _DOTTED if size == 720 else (((0,), 1),)
                    fits = [(c, w) for c, w in cells if len(c) < 2 or size / len(c) >= least]
                    cell = stream.weighted([c for c, _ in fits], [w for _, w in fits])
                    out.extend(at + t for t in cell if begin <= at + t < stop and at + t < bar.end)
        out.append(stop)
        return out

    def _moved(self, head: tuple[int, ...], idea: _Idea, start: int, stream: Stream) -> dict[int, int]:
        """The head's pitches a step or two away, bent to the chords that sound now."""
        shift = stream.weighted((0, 1, -1, 2, -2), (3, 3, 3, 2, 2))
        kept: dict[int, int] = {}
        for tick, pitch in zip(idea.ticks, idea.pitches, strict=True):
            if tick not in head:
                continue
            harmony = self.field.under(start + tick, 240, self.view.section.key)
            moved = move(pitch, shift, harmony) if shift else pitch
            if harmony.grades[moved % 12] > AVOID:
                near = [m for m in (moved - 1, moved + 1) if harmony.grades[m % 12] <= TENSION]
                moved = near[0] if near else moved
            if self.drawer.low <= moved <= self.drawer.high and harmony.grades[moved % 12] <= AVOID:
                kept[start + tick] = moved
        return kept

    def _pitches(
        self,
        ticks: list[int],
        kept: dict[int, int],
        bars: tuple[Bar, ...],
        contour: str,
        progress: float,
        last: bool,
        before: int,
        stream: Stream,
    ) -> list[int]:
        traits, spec, key = self.view.traits, self.style.melody, self.view.section.key
        low, high = self.drawer.low, self.drawer.high
        five = traits.scale in ("pentatonic", "blues")
        centre = (traits.low + traits.high) / 2 + (progress - 0.35) * 6
        begin, span = bars[0].start, max(1, bars[-1].end - bars[0].start)
        harmonies = [self.field.under(t, 240, key) for t in ticks]
        n = len(ticks)
        aims: list[int] = []
        k = 0
        for i, tick in enumerate(ticks):
            while k < len(bars) - 1 and tick >= bars[k].end:
                k += 1
            strong = bars[k].meter.strength(tick - bars[k].start) >= 3
            apart = i > 0 and tick - ticks[i - 1] >= 480
            if i in (0, n - 1) or strong or (apart and tick % 480 == 0) or (aims and i - aims[-1] >= 6):
                aims.append(i)
        out = [0] * n
        cell = ""
        place = min(max(before or round(centre), low), high)
        for j, i in enumerate(aims):
            harmony = harmonies[i]
            here = kept.get(ticks[i])
            if here is None or harmony.grades[here % 12] > (TENSION if five else COLOUR):
                wish = centre + height(contour, (ticks[i] - begin) / span) * 6.5
                fresh = i > 0 and harmonies[i - 1] is not harmony
                if last and i == n - 1 and self.view.final:
                    here = min(
                        (m for m in range(low, high + 1) if m % 12 == harmony.tonic), key=lambda m: (abs(m - place), m)
                    )
                else:
                    # What follows at once lies near; the more notes between, the farther the line may go.
                    between = i - aims[j - 1] - 1 if j else 9
                    at_once = j > 0 and ticks[i] - ticks[i - 1] <= traits.quick
                    most = 9 if not at_once else 4 + 2 * between
                    here = draw_target(harmony, place, wish, low, high, five, fresh, most, stream)
            out[i] = here
            if j:
                first = aims[j - 1]
                wait = range(first + 1, i)
                if wait and all(ticks[w] in kept for w in wait):
                    for w in wait:
                        out[w] = kept[ticks[w]]
                    if _smooth(out[first : i + 1]):
                        place = here
                        continue
                under = harmonies[max(first, i - 1)]
                count = i - first - 1
                tones, cell = fill(out[first], here, count, under, low, high, five, spec.chromatic, cell, stream)
                out[first + 1 : i] = tones
            place = here
        for i in range(1, n - 1):
            # Two leaps running, where one stretch meets the next: the note between them gives way.
            a, b, c = out[i - 1 : i + 2]
            hurried = ticks[i + 1] - ticks[i] <= traits.quick and ticks[i] - ticks[i - 1] <= traits.quick
            if hurried and abs(b - a) > 4 and abs(c - b) > 4:
                grades = harmonies[i].grades
                near = [m for m in range(max(low, c - 4), min(high, c + 4) + 1) if m != c and grades[m % 12] <= TENSION]
                out[i] = min(near, key=lambda m: (abs(m - a), grades[m % 12], m), default=b)
        return out

    def _written(self, ticks: list[int], pitches: list[int], bars: tuple[Bar, ...]) -> list[Written]:
        begin, end = bars[0].start, bars[-1].end
        span = max(1, end - begin)
        out = []
        for i, (tick, pitch) in enumerate(zip(ticks, pitches, strict=True)):
            if i + 1 < len(ticks):
                wait = ticks[i + 1] - tick
                length = wait if wait <= 720 else wait - 240
            else:
                off = tick % 480 and self.style.melody.swing_lines
                length = min(240 if off else 960, end - tick - 120)
            harmony = self.field.under(tick, length, self.view.section.key)
            out.append(Written(tick, max(60, length), pitch, harmony, min(1.0, (tick - begin) / span)))
        return out


def _smooth(tones: list[int]) -> bool:
    """Whether a stretch has no leap beyond a fifth and no two leaps running."""
    moves = [abs(b - a) for a, b in zip(tones, tones[1:], strict=False)]
    return all(m <= 7 for m in moves) and not any(a > 4 and b > 4 for a, b in zip(moves, moves[1:], strict=False))
