"""Chord symbols of a Draft: the file's own, else found in the notes; and how a stretch of them closes.

Conventions: ticks; notes are (onset, duration, MIDI number) of pitched parts as written.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence

from partimento.score.importing.maps import Bars
from partimento.score.song import ChordSymbol, KeyChange
from partimento.theory.chord import Chord
from partimento.theory.chord_finding import Notes, find_chords
from partimento.theory.key import Key
from partimento.theory.roman import function_of, numeral_of

_MANY_VOICES = 0.12
"""A tune in which less of the sounding time has two notes or more has no harmony to find."""


def written_chords(
    rows: Sequence[tuple[int, int, Chord | None]], keys: Sequence[KeyChange], end: int
) -> tuple[ChordSymbol, ...]:
    """The file's chords, in order, none into the next; N.C. leaves a gap."""
    ordered = sorted((row for row in rows if 0 <= row[0] < end), key=lambda row: row[0])
    out = []
    for i, (onset, duration, chord) in enumerate(ordered):
        until = ordered[i + 1][0] if i + 1 < len(ordered) else end
        length = min(duration if duration > 0 else until - onset, until - onset)
        if chord is not None and length > 0:
            key = key_at(keys, onset)
            out.append(ChordSymbol(onset, length, chord, key, numeral_of(chord, key)))
    return tuple(out)


def found_chords(notes: Notes, bars: Bars, keys: Sequence[KeyChange]) -> tuple[ChordSymbol, ...]:
    """Chords found in the notes, at felt beats; none for a tune of one voice."""
    if not notes or not has_harmony(notes):
        return ()
    beats = [
        (span.start + place, span.meter.strength(place)) for span in bars.spans for place in span.meter.beats
    ]
    rows = find_chords(notes, beats, bars.end, [(row.onset, row.key) for row in keys])
    return written_chords([(row.start, row.end - row.start, row.chord) for row in rows], keys, bars.end)


def has_harmony(notes: Notes) -> bool:
    """Whether two notes or more sound together for more than a moment now and then."""
    edges = sorted([(onset, 1) for onset, _, _ in notes] + [(onset + length, -1) for onset, length, _ in notes])
    sounding = some = many = before = 0
    for tick, step in edges:
        some += (tick - before) * (sounding > 0)
        many += (tick - before) * (sounding > 1)
        sounding += step
        before = tick
    return many > _MANY_VOICES * some


def key_at(keys: Sequence[KeyChange], tick: int) -> Key:
    """The key at `tick`."""
    return keys[max(0, bisect_right(keys, tick, key=lambda row: row.onset) - 1)].key


def close_of(chords: Sequence[ChordSymbol]) -> str:
    """How a stretch ends, by its last two chords: one of score.song.CLOSES."""
    if not chords:
        return "open"
    last = chords[-1]
    before = next((row for row in reversed(chords[:-1]) if row.chord.root != last.chord.root), None)
    function = function_of(last.roman)
    home = last.chord.root == last.key.tonic
    if home and before is not None:
        if function_of(before.roman) == "D":
            return "authentic"
        if before.chord.root == last.key.degree(4):
            return "plagal"
    if home:
        return "modal" if before is not None else "open"
    if function == "D":
        return "half"
    if before is not None and function_of(before.roman) == "D" and last.chord.root == last.key.degree(6):
        return "deceptive"
    return "open"
