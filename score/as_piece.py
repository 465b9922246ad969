"""A Song as the Piece that theory analyses and checks: its pitched tracks as voices, lowest first.

Conventions: a track whose notes never overlap is one line; one that writes several voices (`Note.voice`) of which none
overlaps itself is as many lines; any other is one texture. Voices are ordered by their mean pitch.
"""

from __future__ import annotations

from collections.abc import Sequence

from partimento.score.song import Drum, Note, Song, Track
from partimento.score.timeline import Timeline
from partimento.theory.analysis.piece import BarSpan, Piece, Tone, Voice
from partimento.theory.pitch import Pitch


def piece_of(song: Song, tracks: Sequence[str] | None = None) -> Piece:
    """The Piece of a song, of `tracks` alone where they are named (KeyError for one that it has not)."""
    chosen = song.tracks if tracks is None else tuple(song.track(name) for name in tracks)
    lines: list[tuple[str, bool, list[tuple[Note, Pitch]], bool]] = []
    for track in chosen:
        lines += [(*line, track.role == "lead") for line in _lines(track)]
    lines.sort(key=lambda line: sum(pitch.midi for _, pitch in line[2]) / len(line[2]))
    tones = [
        Tone(note.onset, note.duration, pitch, voice, note.grace)
        for voice, (_, _, notes, _) in enumerate(lines)
        for note, pitch in notes
    ]
    melody = next((voice for voice, line in enumerate(lines) if line[3]), None)
    return Piece(
        song.title,
        tuple(sorted(tones, key=lambda tone: (tone.onset, tone.pitch.midi, tone.voice))),
        tuple(Voice(name, single) for name, single, _, _ in lines),
        _bars(song),
        song.end,
        keys=tuple((change.onset, change.key) for change in song.keys),
        chords=tuple((symbol.onset, symbol.duration, symbol.chord) for symbol in song.chords),
        sections=tuple((section.start, section.name) for section in song.sections),
        melody=melody,
    )


def _bars(song: Song) -> tuple[BarSpan, ...]:
    bars = Timeline(song).bars
    upbeat = len(bars) > 1 and bars[0].length < bars[1].meter.bar and bars[1].length >= bars[0].length
    spans = [BarSpan(bar.index + (not upbeat), bar.start, bar.end, bar.meter) for bar in bars]
    if upbeat:
        spans[0] = spans[0]._replace(meter=bars[1].meter)
    return tuple(spans)


def _lines(track: Track) -> list[tuple[str, bool, list[tuple[Note, Pitch]]]]:
    """The track's lines as (name, is it a line, notes); none of a track without pitched notes."""
    pitched = [(note, note.pitch) for note in track.notes if not isinstance(note.pitch, Drum)]
    by_voice: dict[int, list[tuple[Note, Pitch]]] = {}
    for note, pitch in pitched:
        by_voice.setdefault(note.voice, []).append((note, pitch))
    if len(by_voice) > 1 and all(_is_line(notes) for notes in by_voice.values()):
        return [(f"{track.name}, voice {voice + 1}", True, by_voice[voice]) for voice in sorted(by_voice)]
    return [(track.name, _is_line(pitched), pitched)] if pitched else []


def _is_line(notes: Sequence[tuple[Note, Pitch]]) -> bool:
    """Whether no note begins before the one before it has ended."""
    ordered = sorted((note.onset, note.onset + note.duration) for note, _ in notes if not note.grace)
    return all(after[0] >= before[1] for before, after in zip(ordered, ordered[1:], strict=False))
