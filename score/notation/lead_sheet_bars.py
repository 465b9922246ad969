"""A Song's bars as a lead sheet sees them, folded where they return, and the small Song of the sheet's own time.

Conventions: a bar's content is all that its printed bar shows or implies: meter, key, tempo, chords in force, notes
with the rings into it and out of it, and whether it is slashed. Nothing is folded that differs in any of them.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, replace

from partimento.score.notation.lead_sheet_melody import Changes, Melody, changes, melody
from partimento.score.notation.lead_sheet_words import joined_names
from partimento.score.notation.repeats import SheetBar, SongBar, fold
from partimento.score.song import FinalBars, KeyChange, MeterChange, Note, Section, Song, TempoChange, Track
from partimento.score.timeline import Bar, Timeline
from partimento.theory.errors import ScoreFormatError
from partimento.theory.meter import TICKS

LEAST_SLASHED = 4
"""Empty bars in a row that are slashed; fewer are rests, but for a section that is empty throughout."""

PERIOD = 4
"""Bars after which a repeat may begin within a section."""


@dataclass(frozen=True, slots=True)
class Chart:
    """A song prepared for a lead sheet: `bars` as played, `sheet` as printed.

    `slashed` tells of a played bar whether it is; `line` is the melody, `chords` the changes, in the Song's ticks.
    `song` is a Song of the printed bars: its time is the sheet's, its one track the melody.
    """

    bars: tuple[Bar, ...]
    sheet: tuple[SheetBar, ...]
    slashed: tuple[bool, ...]
    line: Melody
    chords: Changes
    song: Song

    def source(self, printed: int) -> Bar:
        """The played bar that a printed one shows."""
        return self.bars[self.sheet[printed].sources[0]]


def chart(song: Song) -> Chart:
    """The song's bars, folded; ScoreFormatError where it has none."""
    bars = Timeline(song).bars
    if not bars:
        raise ScoreFormatError("The song has no bars: there is nothing to write on a lead sheet.")
    line, chords = melody(song), changes(song)
    homes = _notes_by_bar(line.notes, bars)
    slashed = _slashed(bars, line.notes, chords)
    marks = _marks(song, bars)
    contents = _contents(song, bars, homes, slashed, chords)
    uncut = _rung_over(line.notes, bars)
    begins = _begins(song, bars, marks)
    played = [
        SongBar(contents[i], marks[i], begins[i], i not in uncut, bar.length == bar.meter.bar)
        for i, bar in enumerate(bars)
    ]
    sheet = fold(played)
    starts = [0]
    for printed in sheet:
        starts.append(starts[-1] + bars[printed.sources[0]].length)
    small = _sheet_song(song, bars, sheet, tuple(starts), homes, marks)
    return Chart(bars, sheet, tuple(slashed), line, chords, small)


def _notes_by_bar(notes: Sequence[Note], bars: Sequence[Bar]) -> list[list[Note]]:
    """The notes that begin in each bar, a grace note with its main note."""
    starts = [bar.start for bar in bars]
    mains = [note.onset for note in notes if not note.grace]
    out: list[list[Note]] = [[] for _ in bars]
    for note in notes:
        after = bisect_left(mains, note.onset)
        onset = mains[after] if note.grace and after < len(mains) else note.onset
        out[max(0, bisect_right(starts, onset) - 1)].append(note)
    return out


def _sounding(notes: Sequence[Note], bars: Sequence[Bar]) -> list[bool]:
    """Whether the melody sounds in each bar."""
    starts = [bar.start for bar in bars]
    out = [False] * len(bars)
    for note in notes:
        first = max(0, bisect_right(starts, note.onset) - 1)
        for i in range(first, bisect_left(starts, note.onset + max(1, note.duration))):
            out[i] = True
    return out


def _slashed(bars: Sequence[Bar], notes: Sequence[Note], chords: Changes) -> list[bool]:
    """Empty bars under chords, where there are enough of them."""
    sounding = _sounding(notes, bars)
    out = [False] * len(bars)
    i = 0
    while i < len(bars):
        stop = i
        while stop < len(bars) and not sounding[stop] and bars[stop].section == bars[i].section:
            stop += 1
        whole = stop > i and bars[i].in_section == 0 and (stop == len(bars) or bars[stop].in_section == 0)
        if whole or stop - i >= LEAST_SLASHED:
            for k in range(i, stop):
                full = bars[k].length == bars[k].meter.bar
                out[k] = full and any(chord for _, chord in chords.within(bars[k].start, bars[k].end))
        i = max(stop, i + 1)
    return out


def _marks(song: Song, bars: Sequence[Bar]) -> list[str]:
    """The kind of section that begins at each bar."""
    return [song.sections[bar.section].kind or "section" if bar.in_section == 0 else "" for bar in bars]


def _contents(
    song: Song, bars: Sequence[Bar], homes: Sequence[Sequence[Note]], slashed: Sequence[bool], chords: Changes
) -> list[object]:
    out: list[object] = []
    for i, bar in enumerate(bars):
        notes = tuple((n.onset - bar.start, n.duration, n.pitch, n.articulation, n.grace, n.lyric) for n in homes[i])
        maps = (_keys_in(song.keys, bar), _tempos_in(song.tempos, bar), chords.within(bar.start, bar.end))
        out.append((bar.length, bar.meter, notes, slashed[i], maps))
    return out


def _keys_in(changes: Sequence[KeyChange], bar: Bar) -> tuple[object, ...]:
    first, last = _around(changes, bar)
    inner = [(change.onset - bar.start, change.key) for change in changes[first:last]]
    return (changes[first - 1].key if first else None, *inner)


def _tempos_in(changes: Sequence[TempoChange], bar: Bar) -> tuple[object, ...]:
    """The tempo that holds at the bar's start, where in a ramp if in one, and the changes inside."""
    first, last = _around(changes, bar)
    held = changes[first - 1] if first else None
    ramp = (bar.start - held.onset,) if held and held.ramp else ()
    inner = [(c.onset - bar.start, c.tempo_bpm, c.ramp) for c in changes[first:last]]
    return (held.tempo_bpm if held else None, *ramp, *inner)


def _around(changes: Sequence[KeyChange] | Sequence[TempoChange], bar: Bar) -> tuple[int, int]:
    """The places of the changes after a bar's start and before its end."""
    return (
        bisect_right(changes, bar.start, key=lambda change: change.onset),
        bisect_left(changes, bar.end, key=lambda change: change.onset),
    )


def _rung_over(notes: Sequence[Note], bars: Sequence[Bar]) -> set[int]:
    """The bars into which something rings, or whose first grace notes lie before them.

    A note shorter than a sixteenth counts as one: the page may lengthen it into what follows.
    """
    starts = [bar.start for bar in bars]
    out: set[int] = set()
    for note in notes:
        first = max(0, bisect_right(starts, note.onset) - 1)
        length = note.duration + 1 if note.grace else max(note.duration, TICKS // 4)
        out.update(range(first + 1, bisect_left(starts, note.onset + length)))
    return out


def _begins(song: Song, bars: Sequence[Bar], marks: Sequence[str]) -> list[bool]:
    phrases = {phrase.start for section in song.sections for phrase in section.phrases}
    out = []
    since = 0
    for bar, mark in zip(bars, marks, strict=True):
        since = 0 if mark or bar.in_section == 0 else since + 1
        out.append(since % PERIOD == 0 or bar.start in phrases)
    return out


def _sheet_song(
    song: Song, bars: Sequence[Bar], sheet: Sequence[SheetBar], starts: Sequence[int], homes: Sequence[Sequence[Note]],
    marks: Sequence[str],
) -> Song:  # fmt: skip
    """The Song whose ticks are the sheet's: the printed bars' meters, keys, tempos, sections and melody."""
    notes: list[Note] = []
    tempos: list[TempoChange] = []
    keys: list[KeyChange] = []
    meters: list[MeterChange] = []
    for printed, start in zip(sheet, starts, strict=False):
        bar = bars[printed.sources[0]]
        shift = start - bar.start
        notes += [replace(note, onset=max(0, note.onset + shift)) for note in homes[printed.sources[0]]]
        first, last = _around(song.tempos, bar)
        first -= 1 if first and song.tempos[first - 1].onset == bar.start else 0
        tempos += [replace(change, onset=change.onset + shift) for change in song.tempos[first:last]]
        first, last = _around(song.keys, bar)
        keys.append(KeyChange(start, song.keys[max(0, first - 1)].key))
        keys += [replace(change, onset=change.onset + shift) for change in song.keys[first:last]]
        if not meters or meters[-1].meter != bar.meter:
            meters.append(MeterChange(start, bar.meter))
    sections = _sheet_sections(song, bars, sheet, starts, marks)
    track = Track("Melody", "lead", "flute", tuple(sorted(notes, key=lambda n: (n.onset, not n.grace, n.number))))
    end = FinalBars(starts[-1], song.ending.kind, song.ending.name)
    return replace(
        song, meters=tuple(meters), tempos=tuple(tempos or song.tempos[:1]),
        keys=tuple(sorted(keys, key=lambda c: c.onset)), sections=sections, ending=end, chords=(),
        tracks=(track,) if notes else (), decisions=(),
    )  # fmt: skip


def _sheet_sections(
    song: Song, bars: Sequence[Bar], sheet: Sequence[SheetBar], starts: Sequence[int], marks: Sequence[str]
) -> tuple[Section, ...]:
    """The sections that the sheet marks, named for all the times they are played."""
    firsts = [i for i, printed in enumerate(sheet) if i == 0 or any(marks[s] for s in printed.sources)]
    out = []
    for first, after in zip(firsts, [*firsts[1:], len(sheet)], strict=True):
        played = {s for printed in sheet[first:after] for s in printed.sources}
        here = sorted(
            {bars[s].section for s in played if bars[s].in_section == 0} | {bars[sheet[first].sources[0]].section}
        )
        section = song.sections[here[0]]
        name = joined_names([song.sections[i].name for i in here])
        out.append(replace(section, name=name, start=starts[first], length=starts[after] - starts[first], phrases=()))
    return tuple(out)
