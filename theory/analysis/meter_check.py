"""Whether the accents of a piece bear out its written meter: another length of bar, or all of it shifted, is told.

Conventions: the longest run of bars of one meter is looked at, at most 64 of them, on a grid of eighths (sixteenths in
meters of such units). A place is accented by tones that begin there, long ones and low ones more, and by chords that
begin there; how a meter explains the accents is their correlation with its weights (after the preference rules 3-6 for
meter of Lerdahl and Jackendoff, 1983, and Temperley, 2001). The written meter holds unless another is clearly better.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from math import sqrt

from partimento.theory.analysis.findings import ChordSpan, MeterCheck
from partimento.theory.analysis.piece import BarSpan, Piece
from partimento.theory.meter import TICKS, Meter

_MOST_BARS, _LEAST_BARS, _LEAST_TONES = 64, 4, 16
_CHORD, _BASS, _LONG = 2.5, 1.0, 0.5
_CLEARLY = 0.12
_WORTH = 0.25
_ODD = 0.1
"""A meter of unequal groups is rarer than to be found by so little."""
_CANDIDATES = ("4/4", "3/4", "2/4", "6/8", "9/8", "12/8", "5/4", "7/8")


def check_meter(piece: Piece, chords: Sequence[ChordSpan]) -> MeterCheck | None:
    """What the accents say of the written meter; None where there are too few bars or tones to tell.

    `shift` is how many ticks later than the written bar lines the accents have theirs, at most half a bar either way.
    """
    run = _longest_run(piece.bars)
    if len(run) < _LEAST_BARS:
        return None
    written = run[0].meter
    run = run[:_MOST_BARS]
    start, end = run[0].start, run[-1].end
    step = TICKS // 4 if written.denominator >= 16 else TICKS // 2
    accents = _accents(piece, chords, start, end, step)
    if sum(accent > 0 for accent in accents) < _LEAST_TONES:
        return None
    own = _fit(accents, written, 0, step)
    best, found, shift = own, written, 0
    for meter in _meters(written):
        fit, late = max(((_fit(accents, meter, beat, step), -beat) for beat in _beats(meter, step)), default=(own, 0))
        fit -= _ODD if meter.beats != written.beats and len(set(meter.groups)) > 1 else 0.0
        if fit > best and fit >= _WORTH:
            best, found, shift = fit, meter, -late
    if best - own < _CLEARLY:
        return MeterCheck(written, written, 0, _sure(own, own - _rival(accents, written, step)))
    shift = shift if shift <= found.bar // 2 else shift - found.bar
    return MeterCheck(written, found, shift, _sure(best, best - own))


def _longest_run(bars: Sequence[BarSpan]) -> Sequence[BarSpan]:
    best: tuple[int, int] = (0, 0)
    first = 0
    for i in range(1, len(bars) + 1):
        same = i < len(bars) and bars[i].meter == bars[first].meter and bars[i].end - bars[i].start == bars[i].meter.bar
        if not same:
            if i - first > best[1] - best[0]:
                best = first, i
            first = i
    run = bars[best[0] : best[1]]
    # A pick-up, or the short bar before a change, begins no grid.
    return run[1:] if run and run[0].end - run[0].start < run[0].meter.bar else run


def _accents(piece: Piece, chords: Sequence[ChordSpan], start: int, end: int, step: int) -> list[float]:
    out = [0.0] * ((end - start) // step)
    first = bisect_left(piece.tones, start, key=lambda tone: tone.onset)
    lowest: dict[int, int] = {}
    for tone in piece.tones[first:]:
        if tone.onset >= end:
            break
        place, off = divmod(tone.onset - start, step)
        if off or tone.grace or place >= len(out):
            continue
        out[place] += 0.5 + _LONG * min(2.0, tone.duration / TICKS)
        lowest[place] = min(lowest.get(place, 128), tone.pitch.midi)
    for place in range(len(out)):
        # Many voices that begin together are one accent, louder than one voice's, not so many times as loud.
        out[place] = sqrt(out[place])
    floor = sorted(lowest.values())[len(lowest) // 3] if lowest else 0
    for place, midi in lowest.items():
        out[place] += _BASS * (midi <= floor)
    for before, span in zip(chords, chords[1:], strict=False):
        place, off = divmod(span.start - start, step)
        changes = span.chord is not None and (before.chord is None or span.chord.root != before.chord.root)
        if 0 <= place < len(out) and not off and changes:
            out[place] += _CHORD
    return out


def _meters(written: Meter) -> list[Meter]:
    """The written meter, and those that say another thing than it does: no half or twice of its bars."""
    return [written, *(meter for meter in map(Meter.parse, _CANDIDATES) if _is_other(meter, written))]


def _is_other(meter: Meter, written: Meter) -> bool:
    if meter.compound != written.compound:
        return True
    return bool(meter.bar % written.bar and written.bar % meter.bar)


def _beats(meter: Meter, step: int) -> list[int]:
    return [beat for beat in meter.beats if beat % step == 0]


def _fit(accents: Sequence[float], meter: Meter, shift: int, step: int) -> float:
    """The correlation of accents and the weights of a meter whose bars begin `shift` ticks later."""
    count = len(accents)
    weights = meter.strengths(step)
    late = shift // step
    grid = [float(weights[(i - late) % len(weights)]) for i in range(count)]
    mean_a, mean_g = sum(accents) / count, sum(grid) / count
    both = sum((a - mean_a) * (g - mean_g) for a, g in zip(accents, grid, strict=True))
    spread = sum((a - mean_a) ** 2 for a in accents) * sum((g - mean_g) ** 2 for g in grid)
    return both / sqrt(spread) if spread > 0 else 0.0


def _rival(accents: Sequence[float], written: Meter, step: int) -> float:
    """The best fit of the written meter on another of its beats."""
    return max((_fit(accents, written, beat, step) for beat in _beats(written, step) if beat), default=0.0)


def _sure(fit: float, margin: float) -> float:
    return round(max(0.0, min(1.0, 0.5 * max(0.0, fit) / 0.6 + 0.5 * max(0.0, margin) / 0.3)), 3)
