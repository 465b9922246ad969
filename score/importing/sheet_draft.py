"""A sheet of foreign music made a Draft: bars in playing order, with their meters, keys, tempos, chords and markers.

Conventions: absolute ticks; all parts share their bars; where parts disagree the first one that speaks is believed.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from partimento.score.importing.draft import Draft, DraftPart
from partimento.score.importing.ramps import with_ramps
from partimento.score.importing.sheet import FASTEST, SLOWEST, PartBar, SheetPart
from partimento.score.importing.sheet_bars import bar_length, bar_meters, meter_of
from partimento.score.importing.sheet_keys import played_keys
from partimento.score.importing.sheet_loudness import dynamics_in, fill_velocities, hairpins
from partimento.score.importing.sheet_order import marks_of, played_order
from partimento.score.importing.sheet_played import Played, PlayedPart, played_part
from partimento.score.song import Control, Drum, Dynamic, TempoChange
from partimento.theory.chord import Chord
from partimento.theory.errors import ScoreFormatError
from partimento.theory.meter import Meter

MOST_PLAYED = 400_000
"""Notes that repeats may be written out to."""


@dataclass(frozen=True, slots=True)
class _Score:
    """All parts as written: `lengths`, `starts` and `meters` of each written bar."""

    readers: Sequence[SheetPart]
    parts: list[list[PartBar]]
    lengths: list[int]
    starts: list[int]
    meters: list[Meter]


def sheet_draft(title: str, sheet: Sequence[SheetPart], where: str, unfold: bool = True) -> Draft:
    """The Draft of written parts, repeats unfolded or as written; ScoreFormatError where there are no notes."""
    count = sum(len(bar.notes) for part in sheet for bar in part.bars)
    if not count:
        raise ScoreFormatError(f"{where} holds no notes")
    if count > MOST_PLAYED:
        raise ScoreFormatError(f"{where} has {count} notes; at most {MOST_PLAYED} are read")
    score = _score(sheet)
    notices: list[str] = []
    played = _played(score, notices, unfold)
    end = played[-1].start + score.lengths[played[-1].bar]
    lines = [played_part(bars, played) for bars in score.parts]
    parts = _draft_parts(score, played, lines)
    keys, said = played_keys(score.parts, [r.head.is_drums for r in score.readers], played, parts, end)
    chords, unread = _chords(score.parts, played, end)
    notices += [*_drops(score.readers), *said, *unread]
    if any(bar.said.swing for bars in score.parts for bar in bars):
        notices.append("Swing is marked; the notes are taken as written, straight")
    markers = _markers(score.parts, played)
    marked = frozenset(i for i, bar in enumerate(played) if any(tick == bar.start for tick, _ in markers))
    return Draft(
        title=title,
        parts=parts,
        meters=bar_meters([score.lengths[b.bar] for b in played], [score.meters[b.bar] for b in played], marked),
        tempos=with_ramps(_tempos(score, played)),
        keys=keys,
        markers=markers,
        chords=chords,
        end=end,
        notices=tuple(notices),
        numbers=_numbers(score, played),
        fermatas=tuple(sorted({tick for line in lines for tick in line.fermatas})),
        phrase_ends=tuple(sorted({tick for line in lines for tick in line.breaths})),
    )


def _score(sheet: Sequence[SheetPart]) -> _Score:
    parts = [part.bars for part in sheet]
    lengths, meters = _bars(parts)
    starts = [0]
    for length in lengths:
        starts.append(starts[-1] + length)
    for bars in parts:
        fill_velocities(bars, starts[: len(bars)])
    return _Score(sheet, parts, lengths, starts, meters)


def _bars(parts: Sequence[Sequence[PartBar]]) -> tuple[list[int], list[Meter]]:
    """Each written bar's length and printed meter."""
    lengths, meters = [], []
    meter: Meter | None = None
    for i in range(max((len(bars) for bars in parts), default=0)):
        here = [bars[i] for bars in parts if i < len(bars)]
        meter = next((m for bar in here if bar.times and (m := meter_of(bar.times))), meter)
        lengths.append(bar_length(max(b.length for b in here), max(b.sounding for b in here), meter))
        meters.append(meter or Meter(4, 4))
    return lengths, meters


def _played(score: _Score, notices: list[str], unfold: bool) -> list[Played]:
    """The bars in playing order; as written where that is asked for or, with a notice, where it would be too much."""
    count = len(score.lengths)
    order, notice = played_order(marks_of([[b[i].said for b in score.parts if i < len(b)] for i in range(count)]))
    notes = [sum(len(b[i].notes) for b in score.parts if i < len(b)) for i in range(count)]
    if not unfold:
        notice = "Repeats are read once, as written" if len(order) > count else notice
        order = [(i, 1) for i in range(count)]
    elif not order or sum(notes[bar] for bar, _ in order) > MOST_PLAYED:
        order = [(i, 1) for i in range(count)]
        notice = f"Repeats are not unfolded: played out they would be more than {MOST_PLAYED} notes"
    if notice:
        notices.append(notice)
    elif len(order) > count:
        notices.append(f"Repeats are written out: {count} bars are played as {len(order)}")
    out, tick = [], 0
    for bar, times in order:
        out.append(Played(bar, times, tick))
        tick += score.lengths[bar]
    return out


def _draft_parts(score: _Score, played: Sequence[Played], lines: Sequence[PlayedPart]) -> tuple[DraftPart, ...]:
    out = []
    for reader, bars, line in zip(score.readers, score.parts, lines, strict=True):
        notes = line.notes
        strokes = sum(isinstance(note.pitch, Drum) for note in notes)
        drums = strokes * 2 > len(notes) or (reader.head.is_drums and strokes > 0)
        head = reader.head
        out.append(
            DraftPart(
                head.name, drums, head.program, notes=notes, dynamics=_dynamics(score, bars, played),
                written_controls=_pedals(bars, played), volume=head.volume, pan=head.pan,
            )
        )  # fmt: skip
    return tuple(out)


def _numbers(score: _Score, played: Sequence[Played]) -> tuple[tuple[int, int], ...]:
    rows = []
    for place in played:
        here = (bars[place.bar].number for bars in score.parts if place.bar < len(bars))
        number = next((number for number in here if number is not None), None)
        if number is not None:
            rows.append((place.start, number))
    return tuple(rows)


def _dynamics(score: _Score, bars: Sequence[PartBar], played: Sequence[Played]) -> tuple[Dynamic, ...]:
    pins: dict[int, list[tuple[int, int, str]]] = {}
    starts = score.starts[: len(bars)]
    bar = 0
    for start, end, kind in hairpins(bars, starts):
        while bar + 1 < len(starts) and starts[bar + 1] <= start:
            bar += 1
        pins.setdefault(bar, []).append((start - starts[bar], end - start, kind))
    out: list[Dynamic] = []
    for place in played:
        if place.bar < len(bars):
            out += dynamics_in(bars[place.bar], place.start)
            out += [Dynamic(place.start + tick, kind, length) for tick, length, kind in pins.get(place.bar, ())]
    return tuple(sorted(out, key=lambda d: (d.onset, d.duration)))


def _pedals(bars: Sequence[PartBar], played: Sequence[Played]) -> tuple[Control, ...]:
    return tuple(
        Control(place.start + tick, "pedal", value)
        for place in played
        if place.bar < len(bars)
        for tick, value in bars[place.bar].said.pedals
    )


def _tempos(score: _Score, played: Sequence[Played]) -> tuple[TempoChange, ...]:
    """The tempo map in playing order; a jump takes the tempo that holds where it lands."""
    inside: list[list[tuple[int, float]]] = []
    at_start: list[float] = []
    tempo = 0.0
    for i in range(len(score.lengths)):
        at_start.append(tempo)
        found: dict[int, tuple[float, bool]] = {}
        for bars in reversed(score.parts):
            if i < len(bars):
                found.update((tick, (ratio, True)) for tick, ratio in bars[i].said.scaled)
                found.update((tick, (bpm, False)) for tick, bpm in bars[i].said.tempos)
        here = []
        for tick, (value, scales) in sorted(found.items()):
            if scales and not tempo:
                continue
            tempo = max(SLOWEST, min(FASTEST, value * tempo if scales else value))
            here.append((min(tick, score.lengths[i]), tempo))
        inside.append(here)
    out: list[TempoChange] = []
    for place in played:
        for tick, bpm in ((0, at_start[place.bar]), *inside[place.bar]):
            if bpm and (not out or out[-1].tempo_bpm != bpm):
                if out and out[-1].onset == place.start + tick:
                    out.pop()
                if not out or out[-1].tempo_bpm != bpm:
                    out.append(TempoChange(place.start + tick, bpm))
    return tuple(out)


def _markers(parts: Sequence[Sequence[PartBar]], played: Sequence[Played]) -> tuple[tuple[int, str], ...]:
    found: dict[tuple[int, str], None] = {}
    for place in played:
        for bars in parts:
            if place.bar < len(bars):
                found.update(((place.start + tick, name), None) for tick, name in bars[place.bar].said.rehearsals)
    return tuple(sorted(found, key=lambda marker: marker[0]))


def _chords(
    parts: Sequence[Sequence[PartBar]], played: Sequence[Played], end: int
) -> tuple[tuple[tuple[int, int, Chord | None], ...], list[str]]:
    """Chords from the first part that has one at a tick, each until the next; what is unread leaves a gap."""
    found: dict[int, tuple[Chord | None, str]] = {}
    for place in played:
        for bars in parts:
            for written in bars[place.bar].chords if place.bar < len(bars) else ():
                found.setdefault(place.start + written.tick, (written.chord, written.unread))
    ticks = sorted(tick for tick in found if tick < end)
    unread = Counter(text for _, text in found.values() if text)
    rows = tuple(
        (tick, until - tick, found[tick][0])
        for tick, until in zip(ticks, [*ticks[1:], end], strict=False)
        if not found[tick][1]
    )
    if not unread:
        return rows, []
    first = ", ".join(f"'{text[:24]}'" for text in list(unread)[:3])
    return rows, [f"{sum(unread.values())} chord symbols are not known and left out: {first}"]


_DROPS = {
    "cue": "{} cue notes are left out",
    "pitch": "{} notes without a pitch that can sound are left out",
    "quarter tone": "{} quarter tones are rounded to semitones",
    "ornament": "{} notes with ornaments or tremolos are taken as their plain notes",
}


def _drops(readers: Sequence[SheetPart]) -> Iterator[str]:
    total: Counter[str] = Counter()
    for reader in readers:
        total.update(reader.dropped)
    for what, words in _DROPS.items():
        if total[what]:
            yield words.format(total[what])
    rounded = sum(reader.rounded for reader in readers)
    if rounded:
        yield f"{rounded} values are no whole ticks (480 to the quarter) and are rounded, as of septuplets"
