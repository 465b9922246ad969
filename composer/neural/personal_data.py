"""A user's own pieces as melodies to learn from: any file that is imported, its leading line, its keys and chords.

Convention: a piece is one file, or one tune of an ABC file; what cannot be used is told with the reason. Pieces of the
same notes count once. One in ten, two at the least, are held out for the figures alone, one in eight tell when to stop;
they are chosen by their notes and not by their files' names.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from hashlib import blake2b
from pathlib import Path

from partimento.composer.neural.melody_data import Tune, tune_of
from partimento.composer.neural.melody_features import GENRES
from partimento.learning.tables.corpus import Bar, Chord, Piece
from partimento.learning.tables.numerals import QUALITIES
from partimento.score.files import read_at_most
from partimento.score.importing.importing import import_written, shown_name
from partimento.score.song import ChordSymbol, Song, Track
from partimento.score.timeline import Timeline
from partimento.theory.errors import PartimentoError, TrainingError
from partimento.theory.meter import TICKS
from partimento.theory.pitch import Pitch

LEAST = 10
"""How many pieces there must be: of fewer, the held-out ones would tell nothing."""
MOST_FILES = 5_000
_MOST_ABC = 5_000_000
_TUNE = re.compile(rb"(?m)^X:\s*\d")


@dataclass(frozen=True, slots=True)
class Pieces:
    """What a folder holds: melodies to learn from, to stop by, to measure by; (file, why not) of the rest."""

    train: tuple[Tune, ...]
    stopping: tuple[Tune, ...]
    held: tuple[Tune, ...]
    unusable: tuple[tuple[str, str], ...]

    @property
    def digest(self) -> str:
        """What tells these pieces from others: eight hexadecimal digits."""
        parts = (self.train, self.stopping, self.held)
        return blake2b(repr([[_content(t) for t in part] for part in parts]).encode(), digest_size=4).hexdigest()


def read_pieces(folder: Path) -> Pieces:
    """The pieces in a folder and those below it; TrainingError where it is none, or has fewer than LEAST to use."""
    found: dict[str, Tune] = {}
    unusable: list[tuple[str, str]] = []
    for path, number in _sources(folder):
        name = shown_name(path) + (f", tune {number}" if number > 1 else "")
        try:
            tune = melody_of(path, number, name)
        except PartimentoError as error:
            # The name is told already, and the formats there are would drown the reason.
            why = str(error).removeprefix(shown_name(path)).lstrip(": ").partition(". Formats:")[0]
            unusable.append((name, why))
            continue
        key = _content(tune)
        if key in found:
            unusable.append((name, f"the same notes as {found[key].name}"))
        else:
            found[key] = tune
    if len(found) < LEAST:
        raise TrainingError(f"'{folder}' has {len(found)} pieces to learn from; {LEAST} are needed{_why(unusable)}")
    ordered = [found[key] for key in sorted(found)]
    apart = max(2, len(ordered) // 10)
    rest = apart + len(ordered) // 8
    train, stopping, held = ordered[rest:], ordered[apart:rest], ordered[:apart]
    return Pieces(tuple(train), tuple(stopping), tuple(held), tuple(unusable))


def melody_of(path: Path, number: int = 1, name: str = "") -> Tune:
    """The melody of a file; ScoreFormatError for one that cannot be read, TrainingError where it has no melody."""
    song, draft, _ = import_written(path, number)
    # Chords that were only guessed from a bare line would teach the guesser's taste.
    said = draft is None or bool(draft.chords) or len(_pitched(song)) > 1
    tune = tune_of(piece_of(song, name or shown_name(path), said))
    if tune is None:
        raise TrainingError("its melody has fewer than 16 notes, or bars longer than eight quarters")
    # What kind of music it is nobody said, unless a song tells.
    return tune if song.brief.genre in GENRES else replace(tune, sheet=replace(tune.sheet, genre=0))


def piece_of(song: Song, name: str, chords: bool = True) -> Piece:
    """A song as a piece of a corpus: bars, keys, the leading line; its chords, or none."""
    bars = tuple(
        Bar(bar.start, bar.length, bar.meter.numerator, bar.meter.denominator) for bar in Timeline(song).bars
    )
    keys = tuple((row.onset, row.key.tonic.number, _third(song, row.onset)) for row in song.keys)
    phrases = tuple((p.start, p.start + p.length, p.idea) for section in song.sections for p in section.phrases)
    return Piece(
        name, "own", (song.brief.genre,) if song.brief.genre else (), TICKS, bars, keys,
        tuple(_chord(symbol) for symbol in song.chords) if chords else (), _line(_lead(song)), phrases=phrases,
    )  # fmt: skip


def _sources(folder: Path) -> Iterator[tuple[Path, int]]:
    """Each file with the number of a tune in it, in the order of names; hidden ones are left out."""
    if not folder.is_dir():
        raise TrainingError(f"'{folder}' is {'a file' if folder.exists() else 'not there'}: name a folder of pieces")
    files = sorted(p for p in folder.rglob("*") if p.is_file() and not p.name.startswith("."))
    if len(files) > MOST_FILES:
        raise TrainingError(f"'{folder}' has {len(files)} files; {MOST_FILES} are the most that are read")
    for path in files:
        tunes = 1
        if path.suffix.casefold() == ".abc":
            try:
                tunes = max(1, len(_TUNE.findall(read_at_most(path, _MOST_ABC))))
            except OSError:
                tunes = 1  # its reader says why it cannot be read
        for number in range(1, tunes + 1):
            yield path, number


def _why(unusable: list[tuple[str, str]]) -> str:
    """The first few files that could not be used, each with its reason."""
    told = "; ".join(f"{name}: {why}" for name, why in unusable[:5])
    more = f"; and {len(unusable) - 5} more" if len(unusable) > 5 else ""
    return f". Not usable: {told}{more}" if told else ""


def _content(tune: Tune) -> str:
    """What tells two melodies apart, whatever their key or file."""
    first = tune.notes[0]
    rows = [(onset - first[0], length, midi - first[2]) for onset, length, midi in tune.notes]
    return blake2b(repr(rows).encode(), digest_size=16).hexdigest()


def _pitched(song: Song) -> list[Track]:
    return [track for track in song.tracks if _line(track)]


def _lead(song: Song) -> Track:
    """The track that leads; of several the one with most notes, of none the only one that has pitches."""
    pitched = _pitched(song)
    leading = [track for track in pitched if track.role == "lead"] or (pitched if len(pitched) == 1 else [])
    if not leading:
        raise TrainingError("no track leads: there is no melody")
    return max(leading, key=lambda track: len(track.notes))


def _line(track: Track) -> tuple[tuple[int, int, int], ...]:
    """One voice: the highest note of each onset, cut where the next begins; grace notes left out."""
    top: dict[int, tuple[int, int]] = {}
    for note in track.notes:
        if isinstance(note.pitch, Pitch) and not note.grace and note.duration > 0:
            midi = note.pitch.midi
            if note.onset not in top or midi > top[note.onset][1]:
                top[note.onset] = (note.duration, midi)
    onsets = sorted(top)
    beyond = [*onsets[1:], 1 << 60]
    return tuple((on, min(top[on][0], after - on), top[on][1]) for on, after in zip(onsets, beyond, strict=False))


def _third(song: Song, onset: int) -> str:
    """Whether the key at a tick has a minor third, the modes told by theirs."""
    key = next(row.key for row in reversed(song.keys) if row.onset <= onset)
    return "minor" if key.mode in ("minor", "dorian", "phrygian", "locrian") else "major"


def _chord(symbol: ChordSymbol) -> Chord:
    """A chord relative to its key, its quality the likest of those that the corpora know."""
    root, tonic = symbol.chord.root.number, symbol.key.tonic.number
    tones = {(number - root) % 12 for number in symbol.chord.numbers}
    quality = max(QUALITIES, key=lambda name: _likeness(set(QUALITIES[name][2]), tones))
    mode = "minor" if symbol.key.mode in ("minor", "dorian", "phrygian", "locrian") else "major"
    bass = symbol.chord.bass_tone.number
    return Chord(symbol.onset, symbol.duration, (root - tonic) % 12, quality, (bass - tonic) % 12, mode, quality)


def _likeness(shape: set[int], tones: set[int]) -> int:
    """Tones in common less tones that only one has, the third counted twice."""
    thirds = {3, 4, 5, 2}
    return 2 * len(shape & tones) + len(shape & tones & thirds) - 2 * len(shape - tones) - len(tones - shape)
