"""Reading a tune: one melody from any file that is read, ready to be harmonised.

Conventions: ticks at 480 a quarter; a pick-up of `pickup` ticks comes before the first bar line; notes are
(onset, duration, MIDI number), one at a time. Refusals are one clear line.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

from partimento.score.importing.draft import Draft, DraftPart
from partimento.score.importing.importing import draft_of, shown_name
from partimento.score.song import MeterChange
from partimento.theory.errors import ScoreFormatError, nearest
from partimento.theory.key import Key
from partimento.theory.meter import TICKS, Meter

LEAST_NOTES = 4
MOST_NOTES = 20_000
_SLACK = TICKS // 8
_SHARE_OVERLAPPING = 0.05

TuneNote = tuple[int, int, int]


@dataclass(frozen=True, slots=True)
class Tune:
    """A melody as found: bar lines lie at `pickup` and every bar after it (0: no pick-up).

    `key` and `tempo_bpm` (quarters a minute) are None where the file is silent.
    """

    title: str
    notes: tuple[TuneNote, ...]
    meter: Meter
    pickup: int
    key: Key | None
    tempo_bpm: float | None


def read_tune(path: Path, track: str | None = None, number: int = 1) -> Tune:
    """The tune in a MIDI, MusicXML, ABC or DAWproject file.

    `track` names (or counts from 1) the part when there are several; `number` chooses from an ABC file of several.
    ScoreFormatError for a file that is missing, too large, damaged, empty, polyphonic, percussion alone, or unknown.
    """
    draft = draft_of(path, number)
    where = shown_name(path)
    sounding = [part for part in draft.parts if part.notes or part.played]
    pitched = [part for part in sounding if not part.drums]
    if not sounding:
        raise ScoreFormatError(f"{where} holds no notes")
    if not pitched:
        raise ScoreFormatError(f"{where} holds percussion only; a melody is needed")
    part = _chosen(pitched, track, where)
    rows = [(note.onset, note.duration, note.number) for note in part.notes if not note.grace]
    rows = rows or [(onset, length, midi) for onset, length, midi, _ in part.played]
    notes = _one_line(rows, where)
    meter, pickup = _meter(draft, notes)
    moved = tuple(notes)
    if part.played and not part.notes and not pickup:
        pickup, moved = _from_first_bar(notes, meter)
    tempo = draft.tempos[0].tempo_bpm if draft.tempos else None
    return Tune(draft.title or Path(where).stem, moved, meter, pickup, draft.keys[0].key if draft.keys else None, tempo)


def _meter(draft: Draft, notes: list[TuneNote]) -> tuple[Meter, int]:
    """The tune's meter, and its pick-up: a first, shorter bar with a meter of its own."""
    changes = draft.meters or (MeterChange(0, Meter(4, 4)),)
    if len(changes) > 1 and changes[0].meter.bar == changes[1].onset < changes[1].meter.bar:
        return _main_meter(changes[1:], notes), changes[1].onset
    return _main_meter(changes, notes), 0


def _chosen(parts: list[DraftPart], track: str | None, where: str) -> DraftPart:
    listing = ", ".join(f"{i} '{part.name}'" for i, part in enumerate(parts, 1))
    if track is None:
        if len(parts) == 1:
            return parts[0]
        raise ScoreFormatError(f"{where} has {len(parts)} pitched tracks; choose one by name or number: {listing}")
    if track.isdigit() and 1 <= int(track) <= len(parts):
        return parts[int(track) - 1]
    for part in parts:
        if part.name.casefold() == track.casefold():
            return part
    names = [part.name for part in parts]
    raise ScoreFormatError(f"{where} has no track '{track}'.{nearest(track, names)} Tracks: {listing}")


def _main_meter(meters: Sequence[MeterChange], notes: list[TuneNote]) -> Meter:
    """The meter that most of the tune's time lies in."""
    end = max(on + length for on, length, _ in notes)
    spans: dict[str, int] = {}
    edges = [*(change.onset for change in meters[1:]), end]
    for change, until in zip(meters, edges, strict=True):
        name = str(change.meter)
        spans[name] = spans.get(name, 0) + max(0, min(until, end) - change.onset)
    return Meter.parse(min(spans, key=lambda name: (-spans[name], name)))


def _one_line(notes: list[TuneNote], where: str) -> list[TuneNote]:
    """The notes as a single line: small overlaps are cut, chords refused."""
    notes = sorted(notes)
    if len(notes) < LEAST_NOTES:
        raise ScoreFormatError(f"{where} has {len(notes)} notes in that track; a tune needs at least {LEAST_NOTES}")
    if len(notes) > MOST_NOTES:
        raise ScoreFormatError(f"{where} has {len(notes)} notes in that track; at most {MOST_NOTES} are read")
    overlapping = sum(
        1
        for (on, length, _), (after, _, _) in pairwise(notes)
        if on + length > after + max(_SLACK, length // 4)
    )
    if overlapping > max(1, round(len(notes) * _SHARE_OVERLAPPING)):
        raise ScoreFormatError(
            f"{where} is polyphonic ({overlapping} notes sound over the next one); give a single line, or another track"
        )
    out: list[TuneNote] = []
    for i, (onset, length, number) in enumerate(notes):
        if i + 1 < len(notes):
            length = min(length, notes[i + 1][0] - onset)
        if length > 0:
            out.append((onset, length, number))
        elif out and out[-1][0] == onset:
            continue
    return out


def _from_first_bar(notes: list[TuneNote], meter: Meter) -> tuple[int, tuple[TuneNote, ...]]:
    """(pick-up ticks, notes moved so that the pick-up bar ends at that tick)."""
    start = notes[0][0]
    bar = start // meter.bar * meter.bar
    into = start - bar
    if into * 2 >= meter.bar:  # begins in a bar's second half: a pick-up
        base = bar + meter.bar
        pickup = base - start
        return pickup, tuple((on - start, length, number) for on, length, number in notes)
    phase = _phase(notes, meter)
    if phase:
        return phase, tuple(notes)
    return 0, tuple((on - bar, length, number) for on, length, number in notes)


def _phase(notes: list[TuneNote], meter: Meter) -> int:
    """Ticks by which the bar lines should be shifted: files written without their pick-up's rest betray themselves.

    Long notes lie on strong beats (Lerdahl and Jackendoff, metrical preference rule 5); another place than the
    written one must do better by a quarter before it is believed.
    """
    scores: dict[int, int] = {}
    for shift in (0, *meter.beats[1:]):
        scores[shift] = sum(
            min(length, meter.bar) * (meter.strength(on - shift) + (2 if (on - shift) % meter.bar == 0 else 0))
            for on, length, _ in notes
        )
    best = max(scores, key=lambda shift: (scores[shift], -shift))
    return best if scores[best] * 4 > scores[0] * 5 and notes[0][0] == 0 else 0
