"""A Draft completed: from what any reader found in a foreign file to a whole Song, and what was guessed on the way.

Conventions: ticks, 480 to the quarter. What the file says stays; what it does not say is found in the notes, and each
guess is told in a line for people. The performance is the file's, its page the nearest that can be read.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass, replace

from partimento.score.brief import Brief
from partimento.score.importing.beats import Beats, Swing, find_swing, lag_of, steadiness
from partimento.score.importing.draft import Draft, DraftPart
from partimento.score.importing.harmony import found_chords, written_chords
from partimento.score.importing.keys import whole_keys
from partimento.score.importing.levels import mix_of_parts, played_notes, played_tracks
from partimento.score.importing.maps import Bars, whole_meters, whole_tempos
from partimento.score.importing.naming import drum_instrument, drum_of, instrument_of, is_choir, is_kit, unique_names
from partimento.score.importing.roles import PartLook, roles_of, told_roles
from partimento.score.importing.sections import ending_of, sections_of
from partimento.score.importing.spelled import spelled
from partimento.score.importing.written import Written, on_page
from partimento.score.instruments import INSTRUMENTS
from partimento.score.performance import Performance, PlayedNote
from partimento.score.song import ROLES, ChordSymbol, KeyChange, Note, Song, Track
from partimento.theory.errors import ScoreFormatError, nearest
from partimento.theory.key import Key
from partimento.theory.key_finding import Notes

MOST_NOTES = 400_000
MOST_PARTS = 256
_NEAR = 120
_STEADY, _ENOUGH = 0.3, 24
_SUFFIX = re.compile(r"\.(?:mid|midi|kar|xml|mxl|musicxml|abc|dawproject)$", re.IGNORECASE)
"""Titles that programs made of their files' names."""

Unspelled = tuple[int, int, int, int, str, str | None]


def song_of(draft: Draft, genre: str = "", key: Key | None = None) -> tuple[Song, tuple[str, ...]]:
    """The whole Song of a Draft, and notices: a line for each thing that was guessed or rounded.

    `genre` is kept in the brief; `key` is how the piece is to be heard, whatever the file says. ScoreFormatError where
    there is nothing to read, or over 400,000 notes, 256 parts or 5,000 bars.
    """
    notices = list(draft.notices)
    parts = _struck([part for part in draft.parts if part.notes or part.played], notices)
    _check(parts)
    played = [played_notes(part) for part in parts]
    names = unique_names([part.name for part in parts])
    last = max([draft.end, *(row.onset + row.duration for rows in played for row in rows)])
    meters, cut = whole_meters(draft.meters)
    if cut:
        notices.append(f"Meter: {cut} changes came inside a bar; that bar was made shorter")
    if not draft.meters:
        notices.append("Meter: 4/4 (the file says none)")
    if not draft.tempos:
        notices.append("Tempo: 120 quarters a minute (the file says none)")
    pages = _pages(parts, played, Beats(Bars(meters, last)), notices)
    bars = Bars(meters, max([draft.end, *(page.end for page in pages)]))
    meters = tuple(row for row in meters if row.onset < bars.end)
    pitched = _pitched(pages)
    said = draft.keys if key is None else (KeyChange(0, key),)
    trusted = key is not None or any(part.notes for part in parts)
    keys, told = whole_keys(said, pitched, bars, trusted)
    notices += [told] if told else []
    chords = _chords(draft, pitched, bars, keys, notices)
    instruments, roles = _players(parts, names, pages, chords, bars, notices)
    tracks = tuple(
        Track(name, role, instrument, _notes(page, keys, chords), part.written_controls, part.dynamics)
        for name, role, instrument, page, part in zip(names, roles, instruments, pages, parts, strict=True)
    )
    sections, how = sections_of(draft.markers, tracks, chords, keys, bars)
    notices.append(how)
    title = _SUFFIX.sub("", draft.title)
    song = Song(
        title=title or "Untitled",
        brief=Brief(seed=0, genre=genre, title=title),
        meters=meters,
        tempos=whole_tempos(draft.tempos),
        keys=keys,
        sections=sections,
        ending=ending_of(sections, bars, tracks),
        chords=chords,
        tracks=tracks,
        performance=Performance(played_tracks(parts, names, instruments, played)),
        mix=mix_of_parts(parts, names),
    )
    return song, tuple(dict.fromkeys(notices))


@dataclass(frozen=True, slots=True)
class _Page:
    """A part's written notes; `numbers` are (onset, duration, MIDI number, velocity, articulation, lyric) where the
    spelling is to come, `notes` where the file is spelled."""

    drums: bool
    numbers: tuple[Unspelled, ...] = ()
    notes: tuple[Note, ...] = ()

    @property
    def rows(self) -> tuple[tuple[int, int, int], ...]:
        """(onset, duration, number) of every note."""
        if self.notes:
            return tuple((note.onset, note.duration, note.number) for note in self.notes)
        return tuple(row[:3] for row in self.numbers)

    @property
    def end(self) -> int:
        """The tick of its last release."""
        return max((onset + length for onset, length, _ in self.rows), default=0)


def _check(parts: Sequence[DraftPart]) -> None:
    if not parts:
        raise ScoreFormatError("the file has no notes")
    count = sum(max(len(part.notes), len(part.played)) for part in parts)
    if count > MOST_NOTES or len(parts) > MOST_PARTS:
        raise ScoreFormatError(
            f"the file has {count} notes in {len(parts)} parts; at most {MOST_NOTES} in {MOST_PARTS} are read"
        )
    for part in parts:
        if part.role and part.role not in ROLES:
            raise ScoreFormatError(f"part '{part.name}': role '{part.role}' is not known.{nearest(part.role, ROLES)}")
        if part.instrument and part.instrument not in INSTRUMENTS:
            hint = nearest(part.instrument, INSTRUMENTS)
            raise ScoreFormatError(f"part '{part.name}': instrument '{part.instrument}' is not known.{hint}")


def _struck(parts: Sequence[DraftPart], notices: list[str]) -> list[DraftPart]:
    """The parts, those that are called drums and play a kit's keys on another channel than the drums' as drums."""
    out = []
    for part in parts:
        if not part.drums and not part.notes and not part.program and not part.instrument:
            if part.role in ("", "drums", "percussion") and is_kit(part.name, [row.number for row in part.played]):
                notices.append(f"Track '{part.name}': drums, by its name and keys, though not on MIDI's drum channel")
                part = replace(part, drums=True)
        out.append(part)
    return out


def _pages(
    parts: Sequence[DraftPart], played: Sequence[tuple[PlayedNote, ...]], beats: Beats, notices: list[str]
) -> list[_Page]:
    loose = [rows for part, rows in zip(parts, played, strict=True) if not part.notes]
    swing = _swing(loose, beats)
    if swing is not None:
        value = "eighths" if swing.unit == 480 else "sixteenths"
        notices.append(f"Swing: {value} are played {swing.ratio:.2f} to 1 and written straight")
    pages = []
    moved = count = furthest = hidden = 0
    for part, rows in zip(parts, played, strict=True):
        if part.notes:
            pages.append(_Page(part.drums, notes=tuple(sorted(part.notes, key=_place))))
            continue
        page = on_page(rows, beats, part.drums, swing)
        moved, count, furthest = moved + page.moved, count + len(rows), max(furthest, page.furthest)
        hidden += sum(place is None for place in page.places)
        pages.append(_Page(part.drums, _sung(part, rows, page)))
    if moved:
        notices.append(f"Page: {moved} of {count} onsets rounded, by {furthest} ticks at most; they sound as before")
    if moved and _free(loose, beats):
        notices.append("The notes follow no steady beat of the file: the page is only near to what is played")
    if hidden:
        notices.append(f"Too fast for the page: {hidden} repeated notes are played and not written")
    return pages


def _place(note: Note) -> tuple[int, int, int]:
    return note.onset, note.number, note.voice


def _swing(loose: Sequence[tuple[PlayedNote, ...]], beats: Beats) -> Swing | None:
    """The swing of all parts, each heard against its own beat."""
    if all(beats.exact(row.onset) for rows in loose for row in rows):
        return None
    onsets: list[float] = []
    for rows in loose:
        own = [row.onset for row in rows]
        lag = lag_of(own, beats)
        onsets += [max(0.0, tick - lag) for tick in own]
    return find_swing(onsets, beats)


def _free(loose: Sequence[tuple[PlayedNote, ...]], beats: Beats) -> bool:
    onsets = [tick for rows in loose for tick in {row.onset: None for row in rows}]
    return len(onsets) >= _ENOUGH and steadiness(onsets, beats) < _STEADY


def _sung(part: DraftPart, rows: tuple[PlayedNote, ...], page: Written) -> tuple[Unspelled, ...]:
    """The written notes in order of time, each syllable at the top note that begins nearest to it."""
    placed = sorted(
        (place[0], row.number, place[1], row.velocity, "staccato" if i in page.short else "")
        for i, (row, place) in enumerate(zip(rows, page.places, strict=True))
        if place is not None
    )
    syllables: dict[int, str] = {}
    if part.lyrics and placed:
        tops: dict[int, int] = {}
        for i, (onset, *_) in enumerate(placed):
            tops[onset] = i
        onsets = sorted(tops)
        for tick, text in part.lyrics:
            near = _nearest(onsets, tick)
            if abs(near - tick) <= _NEAR:
                syllables.setdefault(tops[near], text)
    return tuple(
        (onset, length, number, velocity, articulation, syllables.get(i))
        for i, (onset, number, length, velocity, articulation) in enumerate(placed)
    )


def _nearest(onsets: Sequence[int], tick: int) -> int:
    i = bisect_left(onsets, tick)
    return min(onsets[max(0, i - 1) : i + 1], key=lambda onset: abs(onset - tick))


def _pitched(pages: Sequence[_Page]) -> Notes:
    return [row for page in pages if not page.drums for row in page.rows]


def _chords(
    draft: Draft, pitched: Notes, bars: Bars, keys: Sequence[KeyChange], notices: list[str]
) -> tuple[ChordSymbol, ...]:
    if draft.chords:
        return written_chords(draft.chords, keys, bars.end)
    chords = found_chords(pitched, bars, keys)
    if chords:
        notices.append(f"Chords: {len(chords)} found in the notes; the file writes none")
    elif pitched:
        notices.append("Chords: none (a tune of one voice, and the file writes none)")
    return chords


def _players(
    parts: Sequence[DraftPart], names: Sequence[str], pages: Sequence[_Page], chords: Sequence[ChordSymbol], bars: Bars,
    notices: list[str],
) -> tuple[list[str], list[str]]:  # fmt: skip
    """Instruments and roles of all parts."""
    instruments, looks = [], []
    choir = is_choir(names)
    for part, name, page in zip(parts, names, pages, strict=True):
        role = part.role
        if part.drums:
            instrument, kind = drum_instrument(part.program, name, (number for _, _, number in page.rows))
            role = role or kind
        else:
            instrument = instrument_of(part.program, name, choir)
        instruments.append(part.instrument or instrument)
        looks.append(PartLook(name, instruments[-1], role, part.drums, page.rows))
    found = roles_of(looks, chords, bars)
    notices += told_roles(names, found)
    return instruments, [row.role for row in found]


def _notes(page: _Page, keys: Sequence[KeyChange], chords: Sequence[ChordSymbol]) -> tuple[Note, ...]:
    if page.notes:
        return page.notes
    if page.drums:
        return tuple(
            Note(onset, length, drum_of(number), velocity, lyric=lyric)
            for onset, length, number, velocity, _, lyric in page.numbers
        )
    pitches = spelled([row[:3] for row in page.numbers], keys, chords)
    return tuple(
        Note(onset, length, pitch, velocity, articulation=articulation, lyric=lyric)
        for (onset, length, _, velocity, articulation, lyric), pitch in zip(page.numbers, pitches, strict=True)
    )
