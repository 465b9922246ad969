"""A Song as the Piece that theory analyses and checks: its pitched tracks as voices, lowest first.

Conventions: a track whose notes never overlap, or now and then by a slip of the player's, is one line; one that writes
several voices (`Note.voice`) of which none overlaps itself is as many lines; any other is one texture. Where the whole
piece is two staves of two notes each, as hymns are printed, it is four lines. Voices are ordered by their mean pitch.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import NamedTuple

from partimento.score.song import Drum, Note, Song, Track
from partimento.score.timeline import Bar, Timeline
from partimento.theory.analysis.piece import BarSpan, Piece, Tone, Voice
from partimento.theory.pitch import Pitch

_PAIRED = 0.85
"""A staff of hymns has two notes nearly always; where it has one, both voices sing it."""
_SLIPS = 0.03
"""The share of its notes that a line may strike while another still sounds: a bend, a grace note, a legato too long."""
_UNNAMED = re.compile(r"(?:part|track|voice|staff|melody|instrument|music21 stream)? ?\d*", re.IGNORECASE)

_Pitched = tuple[Note, Pitch]


class _Line(NamedTuple):
    """A voice to be: its name, whether it is a line, its notes, whether its track leads."""

    name: str
    single: bool
    notes: Sequence[_Pitched]
    leads: bool
    lengths: Mapping[int, int] = MappingProxyType({})
    """What of a note's length is heard, by the note's id, where the next one cuts it short."""


def piece_of(song: Song, tracks: Sequence[str] | None = None) -> Piece:
    """The Piece of a song, of `tracks` alone where they are named (KeyError for one that it has not)."""
    return piece_and_notes(song, tracks)[0]


def piece_and_notes(song: Song, tracks: Sequence[str] | None = None) -> tuple[Piece, tuple[Note, ...]]:
    """As `piece_of`, and the song's own Note of each of the piece's tones."""
    chosen = song.tracks if tracks is None else tuple(song.track(name) for name in tracks)
    lines = [line for track in chosen for line in _lines(track)]
    if len(lines) == 2 and not any(line.single for line in lines):
        lines = _paired(lines) or lines
    lines.sort(key=lambda line: sum(pitch.midi for _, pitch in line.notes) / len(line.notes))
    rows = [
        (Tone(note.onset, line.lengths.get(id(note), note.duration), pitch, voice, note.grace), note)
        for voice, line in enumerate(lines)
        for note, pitch in line.notes
    ]
    rows.sort(key=lambda row: (row[0].onset, row[0].pitch.midi, row[0].voice))
    leading = [voice for voice, line in enumerate(lines) if line.leads]
    piece = Piece(
        song.title,
        tuple(tone for tone, _ in rows),
        tuple(Voice(line.name, line.single) for line in lines),
        _bars(song),
        song.end,
        keys=tuple((change.onset, change.key) for change in song.keys),
        chords=tuple((symbol.onset, symbol.duration, symbol.chord) for symbol in song.chords),
        sections=tuple((section.start, section.name) for section in song.sections),
        # Of a track of several voices the highest leads.
        melody=leading[-1] if leading else None,
    )
    return piece, tuple(note for _, note in rows)


def _bars(song: Song) -> tuple[BarSpan, ...]:
    bars = Timeline(song).bars
    upbeat = _has_upbeat(bars)
    spans = [BarSpan(bar.index + (not upbeat), bar.start, bar.end, bar.meter) for bar in bars]
    if upbeat:
        spans[0] = spans[0]._replace(meter=bars[1].meter)
    return tuple(spans)


def _has_upbeat(bars: Sequence[Bar]) -> bool:
    """Whether the first bar is shorter than the meter that comes after it, which begins with a whole bar."""
    return len(bars) > 1 and bars[0].length < bars[1].meter.bar == bars[1].length


def _lines(track: Track) -> list[_Line]:
    """The track's lines; none of a track without pitched notes."""
    pitched = [(note, note.pitch) for note in track.notes if not isinstance(note.pitch, Drum)]
    by_voice: dict[int, list[_Pitched]] = {}
    for note, pitch in pitched:
        by_voice.setdefault(note.voice, []).append((note, pitch))
    leads = track.role == "lead"
    if len(by_voice) > 1 and all(_is_line(notes) for notes in by_voice.values()):
        return [
            _Line(_voice_name(track.name, place), True, by_voice[voice], leads)
            for place, voice in enumerate(sorted(by_voice), 1)
        ]
    if len(by_voice) == 2 and all(_is_paired(notes) for notes in by_voice.values()):
        return [_Line(track.name, False, by_voice[voice], leads) for voice in sorted(by_voice)]
    if not pitched:
        return []
    if not _is_line(pitched):
        slips = _slips(pitched)
        if slips is not None:
            return [_Line(track.name, True, slips[0], leads, slips[1])]
    return [_Line(track.name, _is_line(pitched), pitched, leads)]


def _slips(notes: Sequence[_Pitched]) -> tuple[list[_Pitched], dict[int, int]] | None:
    """The notes of what is a line but for slips, and the lengths of those that are cut; None where it is none.

    Of two notes struck together the higher is kept. A slip is rare; chords and held notes make a texture.
    """
    kept: list[_Pitched] = []
    lengths: dict[int, int] = {}
    slips = 0
    for row in sorted(notes, key=lambda row: (row[0].onset, row[1].midi)):
        note = row[0]
        before = next((old for old, _ in reversed(kept) if not old.grace), None)
        if before is None or note.grace or note.onset >= before.onset + before.duration:
            kept.append(row)
            continue
        slips += 1
        if note.onset == before.onset:
            kept = [other for other in kept if other[0] is not before]
        else:
            lengths[id(before)] = note.onset - before.onset
        kept.append(row)
    return (kept, lengths) if slips <= _SLIPS * len(notes) else None


def _voice_name(track: str, place: int) -> str:
    return f"Voice {place}" if _UNNAMED.fullmatch(track) else f"{track}, voice {place}"


def _is_line(notes: Sequence[_Pitched]) -> bool:
    """Whether no note begins before the one before it has ended."""
    ordered = sorted((note.onset, note.onset + note.duration) for note, _ in notes if not note.grace)
    return all(after[0] >= before[1] for before, after in zip(ordered, ordered[1:], strict=False))


def _onsets(notes: Sequence[_Pitched]) -> dict[int, list[_Pitched]]:
    out: dict[int, list[_Pitched]] = {}
    for row in notes:
        out.setdefault(row[0].onset, []).append(row)
    return out


def _is_paired(notes: Sequence[_Pitched]) -> bool:
    """Whether a staff is two voices with one rhythm, which now and then sing the same note."""
    onsets = _onsets(notes)
    alike = all(
        len(rows) <= 2 and len({note.duration for note, _ in rows}) == 1 and not any(note.grace for note, _ in rows)
        for rows in onsets.values()
    )
    firsts = [rows[0] for rows in onsets.values()]
    return alike and sum(len(rows) == 2 for rows in onsets.values()) >= _PAIRED * len(onsets) and _is_line(firsts)


def _paired(lines: Sequence[_Line]) -> list[_Line]:
    """The four lines of two such staves; none where they are no such staves."""
    if not all(_is_paired(line.notes) for line in lines):
        return []
    out = []
    upper_first = sorted(lines, key=lambda line: -sum(pitch.midi for _, pitch in line.notes) / len(line.notes))
    for staff, line in enumerate(upper_first):
        rows = [sorted(row, key=lambda pair: -pair[1].midi) for row in _onsets(line.notes).values()]
        for part, place in ((0, 1), (-1, 2)):
            # Both staves of one track are numbered through, each of two tracks for itself.
            number = place + 2 * staff if lines[0].name == lines[1].name else place
            notes = [row[part] for row in rows]
            out.append(_Line(_voice_name(line.name, number), True, notes, line.leads and staff == 0))
    return out
