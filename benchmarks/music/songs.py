"""Our own songs as Pieces: composing them by genre and seed, and reading a Song as a Piece.

Conventions: the melody is the tracks of role "lead"; comp, pad, bass and texture are the accompaniment; other pitched
tracks are the counter parts, drums are left out. Onsets are the written ones, as POP909's are quantised, chords lie
where they are written, pushes aside; velocities are those performed, where there is a performance.
"""

from __future__ import annotations

from collections import defaultdict

from partimento.benchmarks.music.piece import Harmony, Piece, Tone
from partimento.score.brief import Brief
from partimento.score.song import Drum, Song, Track
from partimento.score.timeline import Timeline

TPQ = 480
_ACCOMPANIMENT = ("comp", "pad", "bass", "texture")


def composed(genre: str, seed: int, engine: str = "rules") -> Piece:
    """Return the song of this genre and seed as a Piece named ``genre-seed``."""
    from partimento.composer.compose import compose

    song = compose(Brief(genre=genre, seed=seed, engine=engine))
    return piece_of_song(song, f"{genre}-{seed}")


def piece_of_song(song: Song, name: str = "") -> Piece:
    """Return a Song as a Piece; an empty ``name`` takes the song's title."""
    melody: list[Tone] = []
    backing: list[Tone] = []
    counter: list[Tone] = []
    for track in song.tracks:
        part = melody if track.role == "lead" else backing if track.role in _ACCOMPANIMENT else counter
        part.extend(_tones(song, track))
    bars = Timeline(song).bars
    chords = [
        Harmony(
            c.onset, c.duration, c.chord.root.number, tuple(sorted({t.number for t in c.chord.tones})), c.chord.name
        )
        for c in song.chords
    ]
    return Piece(
        name=name or song.title,
        tpq=TPQ,
        bars=(*(b.start for b in bars), song.end),
        beat=song.meters[0].meter.beat_lengths[0],
        melody=tuple(sorted(melody)),
        accompaniment=tuple(sorted(backing)),
        counter=tuple(sorted(counter)),
        chords=tuple(chords),
        tonic=song.keys[-1].key.tonic.number if song.keys else None,
        sections=tuple((s.start, s.kind) for s in song.sections),
    )


def _tones(song: Song, track: Track) -> list[Tone]:
    pitched = [n for n in track.notes if not isinstance(n.pitch, Drum) and not n.grace]
    if len(pitched) < sum(not n.grace for n in track.notes):
        return []
    played: dict[int, list[tuple[int, int]]] = defaultdict(list)
    for part in song.performance.tracks:
        if part.name == track.name:
            for note in part.notes:
                played[note.number].append((note.onset, note.velocity))
    tones: dict[int, list[Tone]] = defaultdict(list)
    for written in pitched:
        if not isinstance(written.pitch, Drum):
            midi = written.pitch.midi
            tones[midi].append(Tone(written.onset, written.duration, midi, written.velocity))
    found = []
    for midi in sorted(tones):
        line, heard = sorted(tones[midi]), sorted(played[midi])
        # Written and played notes of one pitch keep their order; where their number differs the page's velocities stay.
        if len(line) == len(heard):
            line = [t._replace(velocity=v) for t, (_, v) in zip(line, heard, strict=True)]
        found.extend(line)
    return found
