"""The bars of a Page, worked out from a Song: meters, keys, sections, the pick-up, bar lines, new systems.

Conventions: ticks of the Song. A first meter that lasts exactly one bar and is shorter than the one after it is a
pick-up. A change of key inside a bar is shown at the next one.
"""

from __future__ import annotations

from bisect import bisect_right

from partimento.score.notation.page import Bar
from partimento.score.song import Song
from partimento.score.timeline import Bar as SongBar
from partimento.score.timeline import Timeline
from partimento.theory.key import Key
from partimento.theory.meter import Meter


def page_bars(song: Song) -> tuple[Bar, ...]:
    """All bars of the song; the first has number 0 where it is a pick-up, else 1."""
    written = Timeline(song).bars
    pick_up = has_pick_up(song)
    starts = [change.onset for change in song.keys]
    sections = {section.start: section.name for section in song.sections}
    bars: list[Bar] = []
    key: Key | None = None
    meter: Meter | None = None
    for index, bar in enumerate(written):
        now = song.keys[max(0, bisect_right(starts, bar.start) - 1)].key.simplified()
        of = written[1].meter if pick_up and index == 0 and len(written) > 1 else bar.meter
        bars.append(
            Bar(
                number=index if pick_up else index + 1,
                start=bar.start,
                length=bar.length,
                meter=of,
                key=now,
                shows_meter=of != meter,
                shows_key=now != key,
                implicit=pick_up and index == 0,
                section=sections.get(bar.start, ""),
                barline=_barline(written, index, song),
                new_system=index > 0 and bar.start in sections,
            )
        )
        key, meter = now, of
    return tuple(bars)


def has_pick_up(song: Song) -> bool:
    """Whether the first bar is a pick-up."""
    if len(song.meters) < 2:
        return False
    first, then = song.meters[:2]
    return first.onset == 0 and then.onset == first.meter.bar and first.meter.bar < then.meter.bar


def _barline(written: tuple[SongBar, ...], index: int, song: Song) -> str:
    if index + 1 == len(written):
        return "final"
    return "double" if written[index + 1].section != written[index].section else ""


def origin(bar: Bar) -> int:
    """The tick at which a full bar of its meter would have begun: a pick-up lies at a bar's end."""
    return bar.end - bar.meter.bar if bar.implicit else bar.start
