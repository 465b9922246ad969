"""The notes of a track as the page will say them: on the grid, grace notes with their main notes, tiny ones lengthened.

This is the one place where the page departs from the notes of the Song; of everything else `page_notes` gives back
exactly what the Song holds. For pitched tracks:

* a grace note takes no time of its own: it stands before the first note that follows it, and a note that had been
  shortened to make room for it is written up to that note;
* a note shorter than a sixteenth is written as long as a sixteenth, as far as the next onset of the track allows;
* a staccato or dead sixteenth that begins an eighth is written as one where nothing else of the track begins in it, as
  players read it; its `release` tells how much sooner it ends;
* onsets and ends that are neither 64ths nor triplet 32nds, nor fifths of a quarter that holds nothing else, go to the
  nearest 32nd or triplet sixteenth of their bar;
* a pitch struck again while it sounds in the same track ends there, and two equal notes at once are one, unless the
  Song gives them different voices;
* a note over the last bar line ends at it;
* a pitch that would need three accidentals where it is written transposed is respelled.

Of drums only the onsets count: see drum_staff.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from partimento.score.notation.bars import origin
from partimento.score.notation.page import Bar
from partimento.score.notation.rhythm import QUINTUPLET
from partimento.score.song import Drum, Note, Track
from partimento.theory.meter import TICKS
from partimento.theory.pitch import Pitch

_BINARY, _TRIPLET = TICKS // 8, TICKS // 6
_SIXTEENTH = TICKS // 4
_SHORT = ("staccato", "dead")


@dataclass(frozen=True, slots=True)
class Sound:
    """A note to be written: [onset, end) in ticks, its sounding pitch, and the note it comes from.

    `graces` stand before it, first one first; `slur_start` and `slur_stop` are set by `slurs`;
    `articulation` is the note's, or what drum_staff says instead.
    """

    onset: int
    end: int
    pitch: Pitch
    note: Note
    graces: tuple[Note, ...] = ()
    slur_start: bool = False
    slur_stop: bool = False
    drum: Drum | None = None
    head: str = "normal"
    marks: tuple[str, ...] = ()
    articulation: str = ""
    release: int = 0


class Grid:
    """Snaps ticks to the 32nds and triplet sixteenths of their bars, and of `quintuplets` to the fifths of the beat."""

    __slots__ = ("_bars", "_starts", "end", "quintuplets")

    def __init__(self, bars: Sequence[Bar], quintuplets: frozenset[int] = frozenset()) -> None:
        self._bars = bars
        self.quintuplets = quintuplets
        self._starts = [bar.start for bar in bars]
        self.end = bars[-1].end if bars else 0

    def bar_at(self, tick: int) -> Bar:
        """The bar that holds the tick, the first or last one beyond the ends."""
        return self._bars[max(0, bisect_right(self._starts, tick) - 1)]

    def beat(self, tick: int) -> int:
        """Where the quarter begins that holds the tick; -1 where the meter or a short bar has no such whole beat."""
        bar = self.bar_at(tick)
        start = tick - (tick - origin(bar)) % TICKS
        return start if bar.meter.denominator <= 4 and bar.start <= start and start + TICKS <= bar.end else -1

    def with_quintuplets(self, ticks: Iterable[int]) -> Grid:
        """The grid whose quintuplets are the quarters in which all `ticks` are fifths, and some not on the beat."""
        inside: dict[int, set[int]] = {}
        for tick in ticks:
            inside.setdefault(self.beat(tick), set()).add((tick - origin(self.bar_at(tick))) % TICKS)
        fifths = {
            beat
            for beat, found in inside.items()
            if beat >= 0 and found != {0} and not any(t % QUINTUPLET for t in found)
        }
        return Grid(self._bars, frozenset(fifths))

    def snap(self, tick: int) -> int:
        """The nearest place of the grid, the earlier and the 32nd's where two are as near."""
        bar = self.bar_at(tick)
        inside = tick - origin(bar)
        if self.quintuplets and self.beat(tick) in self.quintuplets:
            return tick
        if inside % (_BINARY // 2) == 0 or inside % (_TRIPLET // 2) == 0:
            return min(tick, bar.end)
        places = [step * (inside // step + k) for step in (_BINARY, _TRIPLET) for k in (0, 1)]
        return min(bar.end, origin(bar) + min(places, key=lambda place: (abs(place - inside), place % _BINARY, place)))

    def after(self, tick: int) -> int:
        """The next place of the 32nds' grid after a tick."""
        bar = self.bar_at(tick)
        inside = tick - origin(bar)
        return min(bar.end, origin(bar) + (inside // _BINARY + 1) * _BINARY)


def pitched_sounds(track: Track, grid: Grid) -> list[Sound]:
    """The track's pitched notes as sounds, sorted by onset and pitch."""
    plain = sorted(
        (note for note in track.notes if isinstance(note.pitch, Pitch) and not note.grace and note.onset < grid.end),
        key=lambda note: (note.onset, note.number, note.duration),
    )
    grid = grid.with_quintuplets(tick for note in plain for tick in (note.onset, note.onset + note.duration))
    sounds = [_snapped(note, grid) for note in plain]
    sounds = [sound for sound in sounds if sound.onset < grid.end]
    graces = [note for note in track.notes if isinstance(note.pitch, Pitch) and note.grace]
    if len({sound.note.voice for sound in sounds}) < 2:
        sounds = single(sounds)
    return _lengthened(_with_graces(sounds, sorted(graces, key=lambda note: note.onset)), grid)


def _snapped(note: Note, grid: Grid) -> Sound:
    onset = grid.snap(note.onset)
    end = min(grid.end, grid.snap(min(grid.end, note.onset + note.duration)))
    if end <= onset and onset < grid.end:
        end = grid.after(onset)
    assert isinstance(note.pitch, Pitch)
    return Sound(onset, end, note.pitch, note, articulation=note.articulation)


def single(sounds: Iterable[Sound]) -> list[Sound]:
    """One voice sorted, no pitch sounding twice: it ends where it is struck again; of two at once the longer stays."""
    out: list[Sound] = []
    last: dict[int, int] = {}
    for sound in sorted(sounds, key=lambda s: (s.onset, s.pitch)):
        before = last.get(sound.pitch.midi)
        if before is not None and out[before].end > sound.onset:
            if out[before].onset == sound.onset:
                out[before] = replace(out[before], end=max(out[before].end, sound.end))
                continue
            out[before] = replace(out[before], end=sound.onset)
        last[sound.pitch.midi] = len(out)
        out.append(sound)
    return out


def _with_graces(sounds: list[Sound], graces: list[Note]) -> list[Sound]:
    """Each grace note put before its main note; who had made room for it is written out."""
    out = list(sounds)
    onsets = [sound.onset for sound in out]
    for grace in graces:
        index = bisect_right(onsets, grace.onset)
        if index >= len(out):
            continue
        main = out[index].onset
        top = max(range(index, bisect_right(onsets, main)), key=lambda i: out[i].pitch)
        out[top] = replace(out[top], graces=(*out[top].graces, grace))
        for i in range(index - 1, max(-1, index - 9), -1):
            if grace.onset <= out[i].end < main and out[i].end <= grace.onset + grace.duration:
                out[i] = replace(out[i], end=main)
    return out


def _lengthened(sounds: list[Sound], grid: Grid) -> list[Sound]:
    onsets, detached = sorted({sound.onset for sound in sounds}), _detached(sounds)
    out = []
    for sound in sounds:
        if sound.onset in detached:
            sound = _as_eighth(sound, onsets, grid)
        if sound.end - sound.onset < _SIXTEENTH and grid.beat(sound.onset) not in grid.quintuplets:
            k = bisect_right(onsets, sound.onset)
            following = onsets[k] if k < len(onsets) else grid.end
            inside = sound.onset - origin(grid.bar_at(sound.onset))
            length = _SIXTEENTH if inside % _BINARY == 0 else _TRIPLET
            end = min(following, sound.onset + length, grid.end)
            if grid.beat(end) not in grid.quintuplets:
                sound = replace(sound, end=max(end, sound.end))
        out.append(sound)
    return out


def _detached(sounds: Sequence[Sound]) -> set[int]:
    """The onsets at which short strokes alone begin, all of a sixteenth."""
    other = {s.onset for s in sounds if s.articulation not in _SHORT or s.end - s.onset != _SIXTEENTH}
    return {sound.onset for sound in sounds} - other


def _as_eighth(sound: Sound, onsets: Sequence[int], grid: Grid) -> Sound:
    """A short sixteenth that begins an eighth and is alone in it, written as long as that."""
    eighth = 2 * _SIXTEENTH
    bar = grid.bar_at(sound.onset)
    k = bisect_right(onsets, sound.onset)
    alone = k == len(onsets) or onsets[k] >= sound.onset + eighth
    if not alone or (sound.onset - origin(bar)) % eighth or sound.onset + eighth > bar.end:
        return sound
    return replace(sound, end=sound.onset + eighth, release=_SIXTEENTH)
