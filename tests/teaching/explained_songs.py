"""Subjects that the tests of explanations share, made once: composed songs, a chorale, and what damages them.

Conventions: a recorded song is explained from its record, so its analysis is left empty; a damaged song keeps its
decisions.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import cache
from pathlib import Path
from random import Random

from partimento.composer.compose import compose
from partimento.score.as_piece import piece_of
from partimento.score.brief import Brief
from partimento.score.performance import Performance
from partimento.score.song import Drum, Note, Song, TempoChange, Track
from partimento.teaching.explaining import subject_of
from partimento.teaching.reading import read_source
from partimento.teaching.subject import Subject
from partimento.theory.analysis.findings import Analysis
from partimento.theory.key import Key

SONGS = (
    ("ambient", 1), ("blues", 1), ("bossa", 1), ("cinematic", 1), ("classical", 1), ("classical", 6), ("country", 1),
    ("folk", 1), ("funk", 1), ("hip-hop", 1), ("house", 2), ("jazz", 1), ("lo-fi", 1), ("pop", 1), ("reggae", 1),
    ("rnb", 3), ("rock", 1), ("salsa", 1),
)  # fmt: skip
"""A song of every genre; the second classical one is in four lines."""

NAMES = tuple(f"{genre} {seed}" for genre, seed in SONGS)


@cache
def composed(name: str) -> Song:
    """The song called "genre seed"."""
    genre, seed = name.rsplit(" ", 1)
    return compose(Brief(genre=genre, seed=int(seed)))


def recorded(song: Song) -> Subject:
    """The subject of a song that carries its decisions."""
    return Subject(song, piece_of(song), Analysis(song.keys[0].key, 1.0, None, (), ()), True)


@cache
def subject(name: str) -> Subject:
    """The subject of the song called "genre seed", or of a chorale by its number in the Bach catalogue ("bwv 10.7")."""
    if name.startswith("bwv"):
        import music21

        path = Path(music21.__file__).parent / "corpus" / "bach" / f"{name.replace(' ', '')}.mxl"
        return subject_of(read_source(path))
    return recorded(composed(name))


def _up(note: Note, semitones: int) -> Note:
    if isinstance(note.pitch, Drum):
        return note
    return replace(note, pitch=Key.parse("C").spell(min(120, max(5, note.pitch.midi + semitones))))


def with_notes(song: Song, roles: tuple[str, ...], change: Callable[[Track], tuple[Note, ...]]) -> Song:
    """The song with the notes of its tracks of those roles changed; no roles: of all."""
    return replace(
        song,
        tracks=tuple(replace(t, notes=change(t)) if not roles or t.role in roles else t for t in song.tracks),
    )


def _shuffled(track: Track) -> tuple[Note, ...]:
    pitches = [note.pitch for note in track.notes]
    Random(1).shuffle(pitches)
    return tuple(replace(note, pitch=pitch) for note, pitch in zip(track.notes, pitches, strict=True))


_ACCOMPANIMENT = ("comp", "pad", "stab", "riff", "texture", "counter", "harmony", "answer", "bass")


def bass_up(song: Song) -> Song:
    """Every bass note a half step higher."""
    return with_notes(song, ("bass",), lambda t: tuple(_up(n, 1) for n in t.notes))


def band_up(song: Song) -> Song:
    """All that accompanies the tune a half step higher."""
    return with_notes(song, _ACCOMPANIMENT, lambda t: tuple(_up(n, 1) for n in t.notes))


def tune_shuffled(song: Song) -> Song:
    """The tune's pitches in another order."""
    return with_notes(song, ("lead",), _shuffled)


def tune_bent(song: Song) -> Song:
    """The tune's notes moved by one, six and four half steps in turn, by where they stand."""
    return with_notes(song, ("lead",), lambda t: tuple(_up(n, (1, 6, 4)[n.onset // 240 % 3]) for n in t.notes))


def tune_endless(song: Song) -> Song:
    """The tune without a pause: each note held until the next."""

    def held(track: Track) -> tuple[Note, ...]:
        onsets = sorted({note.onset for note in track.notes}) + [song.end]
        return tuple(replace(n, duration=next(o for o in onsets if o > n.onset) - n.onset) for n in track.notes)

    return with_notes(song, ("lead",), held)


def chords_renamed(song: Song) -> Song:
    """Every chord symbol a major third or so off, the notes as they were."""
    return replace(song, chords=tuple(replace(c, chord=c.chord.up(5), roman="#iv") for c in song.chords))


def late(song: Song) -> Song:
    """All notes three sixteenths later, on the page."""
    return with_notes(song, (), lambda t: tuple(replace(n, onset=n.onset + 180) for n in t.notes))


def drumless(song: Song) -> Song:
    """Without drums and percussion."""
    return replace(song, tracks=tuple(t for t in song.tracks if t.role not in ("drums", "percussion")))


def sections_turned(song: Song) -> Song:
    """Names, materials and energies of the sections moved on by one; the notes as they were."""
    turned = (*song.sections[1:], song.sections[0])
    return replace(
        song,
        sections=tuple(
            replace(s, name=o.name, kind=o.kind, material=o.material, energy=o.energy, lead=o.lead)
            for s, o in zip(song.sections, turned, strict=True)
        ),
    )


def one_track(song: Song) -> Song:
    """The first track alone."""
    return replace(song, tracks=song.tracks[:1])


def silent(song: Song) -> Song:
    """No note at all."""
    return replace(song, tracks=())


def other_tempo(song: Song) -> Song:
    """77 to the minute from beginning to end."""
    return replace(song, tempos=(TempoChange(0, 77.0),))


def unplayed(song: Song) -> Song:
    """Played as it is written, without swing."""
    return replace(song, performance=Performance())


def gaps(song: Song) -> Song:
    """Every other stretch of eight quarters left empty."""
    return with_notes(song, (), lambda t: tuple(n for n in t.notes if n.onset // 3840 % 2))


DAMAGES: dict[str, Callable[[Song], Song]] = {
    f.__name__: f
    for f in (
        bass_up, band_up, tune_shuffled, tune_bent, tune_endless, chords_renamed, late, drumless, sections_turned,
        one_track, silent, other_tempo, unplayed, gaps,
    )
}  # fmt: skip


@cache
def damaged(name: str, damage: str) -> Subject:
    """The subject of a composed song, damaged; its decisions still tell what was."""
    return recorded(DAMAGES[damage](composed(name)))
