"""A sheet in ticks as the page that the texture model reads, its notes as they are written; what bars are to be like.

Convention: UNIT ticks are one unit of texture_view.py. Wishes are drawn once for a material and intensity, from what
POP909's and the Lieder's pianists do (tables by taste within their measured shares).
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from itertools import groupby

from partimento.arrangement.net_texture import Sheet, Stretch, Struck
from partimento.composer.neural.texture_hands import longest, reaches
from partimento.composer.neural.texture_view import (
    GRID,
    HIGHEST,
    LOWEST,
    METERS,
    NO_WISH,
    STYLES,
    Bar,
    Harmony,
    Key,
    Page,
    Sung,
    Wish,
)
from partimento.score.stream import Stream
from partimento.theory.meter import TICKS

UNIT = TICKS // GRID

_ONSETS: dict[str, tuple[dict[int, int], ...]] = {
    "pop": ({1: 1, 2: 3, 3: 3}, {2: 1, 3: 4, 4: 3}, {3: 1, 4: 5, 5: 1}, {4: 5, 5: 2}),
    "lied": ({1: 2, 2: 3, 3: 2}, {2: 1, 3: 3, 4: 3}, {3: 1, 4: 4, 5: 2}, {4: 3, 5: 2, 6: 2}),
}
"""Classes of onsets a bar by style and intensity 1-4, with weights."""
_THICK: dict[str, tuple[dict[int, int], ...]] = {
    "pop": ({0: 2, 1: 2, 2: 1}, {0: 1, 1: 2, 2: 2}, {1: 2, 2: 3}, {1: 1, 2: 3, 3: 2}),
    "lied": ({1: 2, 2: 2}, {1: 2, 2: 2, 3: 1}, {2: 2, 3: 2}, {2: 1, 3: 2, 4: 1}),
}

_SIMPLE = (1, 2, 3)
"""The classes of METERS whose beats are quarters."""
_FULL = {5: 2, 6: 1, 7: 1}
"""How thick a bar of so many onsets is at the most: few pianists play over eighty notes in four bars."""


def page_of(sheet: Sheet, stream: Stream) -> Page:
    """The page of a sheet, with its wishes."""
    bars = tuple(Bar(b.start // UNIT, b.length // UNIT, _meter(b.length, b.meter.compound)) for b in sheet.bars)
    chords = []
    for symbol in sheet.chords:
        root = symbol.chord.root.number
        tones = tuple(sorted((tone.number - root) % 12 for tone in symbol.chord.tones))
        tonic = (symbol.key.tonic.number - root) % 12
        bass = (symbol.chord.bass_tone.number - root) % 12
        chords.append(Harmony(max(0, symbol.sounding) // UNIT, root, tones, bass, tonic, symbol.key.is_minor))
    melody = tuple(
        Sung(onset // UNIT, max(onset // UNIT + 1, end // UNIT), midi) for onset, end, midi in sheet.lead if end > onset
    )
    wishes = [NO_WISH] * len(bars)
    for stretch in sheet.stretches:
        wish = _wish(sheet, stretch, stream.sub("wish", stretch.material, stretch.intensity))
        wishes[stretch.first : stretch.end] = [wish] * (stretch.end - stretch.first)
    return Page(bars, tuple(chords), melody, tuple(wishes), STYLES.index(sheet.style))


def _meter(length: int, compound: bool) -> int:
    return METERS.get((length // UNIT, compound), 0)


def _wish(sheet: Sheet, stretch: Stretch, stream: Stream) -> Wish:
    level = max(1, min(4, stretch.intensity)) - 1
    onsets = _drawn(_ONSETS[sheet.style][level], stream)
    thick = 0 if sheet.one_hand else min(_drawn(_THICK[sheet.style][level], stream), _FULL.get(onsets, 3))
    lowest = bisect_right(LOWEST, stretch.low + (2 if sheet.bass else 5))
    highest = bisect_right(HIGHEST, stretch.high - 1)
    return Wish(onsets, thick, lowest, highest)


def _drawn(weights: dict[int, int], stream: Stream) -> int:
    return stream.weighted(list(weights), list(weights.values()))


def triplets_fit(page: Page, stretch: Stretch, swung: bool) -> bool:
    """Whether triplets go with the tune of a stretch: it keeps to beats and triplets itself, and nothing swings."""
    bars = page.bars[stretch.first : stretch.end]
    tune = page.sung_between(bars[0].start, bars[-1].start + bars[-1].length)
    return not swung and all(b.meter in _SIMPLE for b in bars) and all(note.start % 4 == 0 for note in tune)


def struck_of(page: Page, keys: Iterable[Key], one_hand: bool) -> tuple[Struck, ...]:
    """Notes in ticks, in order, with lengths as one writes them: a note ends where something begins, or on the grid.

    The pianists that were learned from were recorded, and let go early under the pedal.
    """
    rising = sorted(set(keys))
    onsets = sorted({key.onset for key in rising})
    out = []
    for key in rising:
        i = bisect_right(onsets, key.onset)
        later = onsets[i : i + 12]
        units = min(_units(page, key, later), longest(page, key.onset, key.pitch))
        out.append(key._replace(duration=units))
    held = let_go(out, one_hand)
    return tuple(Struck(key.onset * UNIT, key.duration * UNIT, key.pitch) for key in held)


def let_go(keys: Sequence[Key], one_hand: bool) -> list[Key]:
    """Notes in order, those cut that hands cannot hold on to with what is struck: the lowest goes last."""
    out = list(keys)
    held: list[int] = []
    for at, group in groupby(range(len(out)), key=lambda i: out[i].onset):
        struck = list(group)
        held = [i for i in held if out[i].onset + out[i].duration > at]
        while held and not reaches(sorted({out[i].pitch for i in (*held, *struck)}), one_hand):
            first = held.pop(0 if len(held) == 1 or out[held[0]].pitch > out[held[1]].pitch else 1)
            out[first] = out[first]._replace(duration=at - out[first].onset)
        held += struck
    return out


def _units(page: Page, key: Key, later: list[int]) -> int:
    bar = page.bars[page.bar_at(key.onset)]
    stops = sorted({*later, bar.start + bar.length, bar.start + 2 * bar.length})
    first = stops[0] - key.onset
    if 2 * key.duration >= first:
        return min((stop - key.onset for stop in stops), key=lambda units: (abs(units - key.duration), units))
    fine = 4 if (key.onset - bar.start) % 3 else 3
    return -(-key.duration // fine) * fine
