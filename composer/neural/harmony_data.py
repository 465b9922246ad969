"""Chord charts of the corpora as the harmony model's rows: songs cut into chords, each with the facts before it.

Convention: one song in ten, by its id, is held out. N-grams of jazz standards become short invented sequences without
bars; their lengths are no target.
"""

from __future__ import annotations

import gzip
import json
from bisect import bisect_right
from collections import defaultdict
from hashlib import blake2b
from pathlib import Path
from random import Random
from typing import NamedTuple

from partimento.composer.neural.harmony_view import (
    CLOSES,
    GENRES,
    KINDS,
    LENGTHS,
    NO_BASS,
    NOTHING,
    QUALITIES,
    SILENT,
    SOURCES,
    Setting,
    Sounding,
    Span,
    bass_of,
    chord_of,
    facts,
    length_of,
)
from partimento.learning.tables.chart import bar_index, beats_in
from partimento.learning.tables.corpus import FILES, Chord, Piece, billboard, openewld, pop909, rs200
from partimento.theory.errors import TrainingError

READERS = {"billboard": billboard, "openewld": openewld, "pop909": pop909, "rs200": rs200}
NGRAMS = "jazz_chord_ngram_statistics.json.gz"

_REDUCED = {
    "add9": "maj", "maj6": "maj", "69": "maj", "minadd9": "min", "min6": "min", "minmaj7": "min", "dim7": "dim",
    "sus4": "sus", "sus2": "sus", "7sus4": "sus",
}  # fmt: skip


class Event(NamedTuple):
    """A chord from `at` for `halves`, its bass, and the mode of the key it stands in."""

    at: int
    halves: int
    chord: int
    bass: int
    mode: int


class Song(NamedTuple):
    """A chart in the model's terms."""

    name: str
    source: str
    genres: tuple[str, ...]
    bars: tuple[int, ...]
    grid: tuple[Sounding, ...]
    events: tuple[Event, ...]
    sections: tuple[Span, ...]
    phrases: tuple[Span, ...]


def held_out(name: str) -> bool:
    """Whether a song is never trained on: one in ten, by its id."""
    return blake2b(name.encode(), digest_size=8).digest()[0] < 26


def songs(data: Path) -> list[Song]:
    """All charts of the four corpora, sorted by corpus; TrainingError where a file is missing or cannot be read."""
    found: list[Song] = []
    for source in sorted(READERS):
        try:
            found += [song for piece in READERS[source](data) if (song := song_of(piece)) is not None]
        except FileNotFoundError:
            raise TrainingError(f"'{data / FILES[source]}' is missing: the harmony model is trained on it") from None
        except (OSError, EOFError, ValueError, KeyError, IndexError, TypeError) as error:
            raise TrainingError(f"'{data / FILES[source]}' cannot be read: {type(error).__name__} {error}") from None
    return found


def song_of(piece: Piece) -> Song | None:
    """A piece as a chart; None where it has fewer than eight chords."""
    if not piece.bars:
        return None
    starts = [0]
    for bar in piece.bars:
        starts.append(starts[-1] + beats_in(bar) * 2)
    grid = [SILENT] * starts[-1]
    modes = [0] * starts[-1]
    onsets = [bar.onset for bar in piece.bars]
    for chord in piece.chords:
        first, stop = (_half(piece, onsets, starts, tick) for tick in (chord.onset, chord.onset + chord.duration))
        for half in range(first, stop):
            grid[half], modes[half] = _sounding(chord), int(chord.mode == "minor")
    events = _events(grid, modes)
    if len(events) < 8:
        return None
    sections = _spans(piece, starts, events, [(s.onset, s.end, s.kind, s.name) for s in piece.sections])
    phrases = _spans(piece, starts, events, [(onset, end, "", "") for onset, end, _ in piece.phrases])
    return Song(piece.name, piece.source, piece.genres, tuple(starts), tuple(grid), events, sections, phrases)


def _half(piece: Piece, onsets: list[int], starts: list[int], tick: int) -> int:
    bar = max(0, bisect_right(onsets, tick) - 1)
    inside = (tick - onsets[bar]) * (starts[bar + 1] - starts[bar]) / piece.bars[bar].length
    return min(starts[bar] + max(0, round(inside)), starts[bar + 1])


def _sounding(chord: Chord) -> Sounding:
    quality = _REDUCED.get(chord.quality, chord.quality)
    return Sounding(chord_of(chord.root, quality), bass_of(chord.root, chord.bass))


def _events(grid: list[Sounding], modes: list[int]) -> tuple[Event, ...]:
    out: list[Event] = []
    for half, sounding in enumerate(grid):
        if sounding.chord == NOTHING:
            continue
        last = out[-1] if out else None
        whole = last is not None and last.at + last.halves == half
        if last is not None and whole and (last.chord, last.bass, last.mode) == (*sounding, modes[half]):
            out[-1] = last._replace(halves=last.halves + 1)
        else:
            out.append(Event(half, 1, sounding.chord, sounding.bass, modes[half]))
    return tuple(out)


def _spans(
    piece: Piece, starts: list[int], events: tuple[Event, ...], rows: list[tuple[int, int, str, str]]
) -> tuple[Span, ...]:
    out: list[Span] = []
    seen: dict[str, int] = {}
    for onset, end, kind, name in rows:
        first, stop = starts[bar_index(piece, onset)], starts[bar_index(piece, end)]
        if stop <= first or (out and first < out[-1].end):
            continue
        close = close_of([e for e in events if first <= e.at < stop])
        number = KINDS.index(kind) if kind in KINDS else len(KINDS) - 1
        out.append(Span(first, stop, number, close, seen.get(name, -1) if name else -1))
        seen[name] = first
    return tuple(out)


def close_of(events: list[Event]) -> int:
    """How chords end, one of CLOSES by number."""
    if not events:
        return len(CLOSES) - 1
    root, quality = divmod(events[-1].chord, len(QUALITIES))
    before = next((e.chord for e in reversed(events[:-1]) if e.chord // len(QUALITIES) != root), None)
    if root == 7 and QUALITIES[quality] in ("maj", "7", "sus", "5"):
        return CLOSES.index("half")
    if root != 0 or before is None:
        return CLOSES.index("open")
    from_root, from_quality = divmod(before, len(QUALITIES))
    leads = from_root == 7 and QUALITIES[from_quality] in ("maj", "7", "sus", "aug", "5")
    leads = leads or (from_root == 11 and QUALITIES[from_quality] in ("dim", "hdim7"))
    return CLOSES.index("authentic" if leads else "plagal")


Rows = list[list[int]]


def rows_of(song: Song, first: int = 0, genre: str | None = None) -> tuple[Rows, Rows]:
    """(facts, targets) of a song from its event `first` on; targets are chord, length class, bass.

    Nothing before `first` is remembered. `genre` is one of the song's; the first where None.
    """
    named = genre if genre is not None else next((g for g in song.genres if g in GENRES), "")
    setting = Setting(SOURCES.index(song.source), GENRES.index(named), song.bars)
    start = song.events[first].at
    last = (NOTHING, NO_BASS, len(LENGTHS))
    seen: Rows = []
    said: Rows = []
    for event in song.events[first:]:
        section, phrase = _span_at(song.sections, event.at), _span_at(song.phrases, event.at)
        seen.append(facts(setting, song.grid, event.at, last, event.mode, section, phrase, start))
        last = (event.chord, event.bass, length_of(event.halves))
        said.append([event.chord, last[2], event.bass])
    return seen, said


def _span_at(spans: tuple[Span, ...], at: int) -> Span | None:
    i = bisect_right(spans, at, key=lambda span: span.start) - 1
    return spans[i] if i >= 0 and at < spans[i].end else None


def starts_of(song: Song) -> list[int]:
    """Events where a section begins: where the model may have to begin without a past."""
    where = [0]
    for section in song.sections:
        i = bisect_right(song.events, section.start - 1, key=lambda event: event.at)
        if i < len(song.events) - 8 and i > where[-1]:
            where.append(i)
    return where


_DEGREES = {name: step for step, name in enumerate(("1", "b2", "2", "b3", "3", "4", "b5", "5", "b6", "6", "b7", "7"))}


class Ngrams(NamedTuple):
    """What is known of standards, by mode: firsts, seconds and thirds with their counts."""

    start: dict[int, list[tuple[str, int]]]
    two: dict[tuple[int, str], list[tuple[str, int]]]
    three: dict[tuple[int, str, str], list[tuple[str, int]]]


def ngrams(data: Path) -> Ngrams:
    """The counts of standards; TrainingError where the file is missing or unreadable."""
    try:
        with gzip.open(data / NGRAMS, "rt", encoding="utf-8") as file:
            table = json.load(file)
        start, two, three = {}, defaultdict(list), defaultdict(list)
        for mode, name in enumerate(("all/major", "all/minor")):
            start[mode] = sorted(table[name]["start"].items())
            for text, count in sorted(table[name]["bigram"].items()):
                a, b = text.split(" ")
                two[mode, a].append((b, count))
            for text, count in sorted(table[name]["trigram"].items()):
                a, b, c = text.split(" ")
                three[mode, a, b].append((c, count))
    except FileNotFoundError:
        raise TrainingError(f"'{data / NGRAMS}' is missing: the harmony model is trained on it") from None
    except (OSError, EOFError, ValueError, KeyError, AttributeError, TypeError) as error:
        raise TrainingError(f"'{data / NGRAMS}' cannot be read: {type(error).__name__} {error}") from None
    return Ngrams(start, dict(two), dict(three))


def invented(table: Ngrams, random: Random, count: int) -> tuple[Rows, Rows]:
    """`count` chords as standards follow on one another; the facts know the chord before, genre and mode alone."""
    mode = int(random.random() < 0.2)
    names = [_pick(table.start[mode], random)]
    while len(names) < count:
        rows = table.three.get((mode, names[-2], names[-1])) if len(names) > 1 else None
        rows = rows or table.two.get((mode, names[-1])) or table.start[mode]
        names.append(_pick(rows, random))
    setting = Setting(SOURCES.index("jazz_ngrams"), GENRES.index("jazz"), (0, 8))
    last = (NOTHING, NO_BASS, len(LENGTHS))
    seen: Rows = []
    said: Rows = []
    for name in names:
        degree, _, quality = name.partition(":")
        plain = "7" if quality == "7alt" else _REDUCED.get(quality, quality)
        chord = chord_of(_DEGREES[degree], plain)
        seen.append(facts(setting, (), 0, last, mode, None, None))
        said.append([chord, -1, -1])
        last = (chord, 0, len(LENGTHS))
    return seen, said


def _pick(rows: list[tuple[str, int]], random: Random) -> str:
    return random.choices([name for name, _ in rows], [count for _, count in rows])[0]
