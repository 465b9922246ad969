"""Tendency tones in single lines, for styles that ask it: a seventh goes on by step, a leading tone rises.

Conventions: major sevenths are a colour but in counterpoint (Levine, The Jazz Theory Book, on tonic chords). The note
that meets a change of chord inside a phrase counts, where the line goes on within a beat; rules as in
theory/rules/tendency.py (Aldwell and Schachter, Harmony and Voice Leading). Whoever owes and cannot pay takes another
tone of its chord, the nearest that leaves the line smooth.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cache

from partimento.arrangement.style import Style
from partimento.score.song import ChordSymbol, Drum, Note, Song
from partimento.theory.chord import Chord
from partimento.theory.key import Key
from partimento.theory.meter import TICKS
from partimento.theory.pitch import Pitch, pitch_at
from partimento.theory.rules.tendency import owes_leading_tone, seventh_leaps

_REACHES = TICKS // 4
"""A note that ends a sixteenth or less before the change still leads into it."""
_PASSES = 4

Change = tuple[ChordSymbol, ChordSymbol, bool]
"""Two neighbouring chords on different roots, and whether the first one's seventh must go on."""


@dataclass(frozen=True, slots=True)
class _Meeting:
    """A change of chord as a line meets it: the indices of the last note before it, and of the first after."""

    old: int
    new: int
    before: ChordSymbol
    after: ChordSymbol
    seventh: bool


def is_strict(style: Style) -> bool:
    """Whether the style forbids unresolved sevenths and leading tones."""
    return bool(style.references.get("forbids_unresolved"))


def changes_of(song: Song, style: Style) -> list[Change]:
    """The changes of chord inside the song's phrases."""
    every = bool(style.references.get("counterpoint"))
    ends = {p.start + p.length for s in song.sections for p in s.phrases} | {s.end for s in song.sections}
    return [
        (a, b, every or owes_seventh(a.chord))
        for a, b in zip(song.chords, song.chords[1:], strict=False)
        if b.onset not in ends and a.chord.root != b.chord.root
    ]


@cache
def owes_seventh(chord: Chord) -> bool:
    """Whether the chord's seventh is a dissonance, neither missing nor a major seventh for colour."""
    return chord.seventh is not None and (chord.seventh.number - chord.root.number) % 12 != 11


def resolved(
    notes: Sequence[Note],
    changes: Sequence[Change],
    low: int,
    high: int,
    outer: bool,
    other: Callable[[int], int] | None = None,
) -> tuple[Note, ...]:
    """A line's notes (sorted, one at a time) with its debts paid inside `low`-`high`.

    `outer` lines owe their leading tones too. `other` tells the MIDI number of a line that sounds at a tick (-1 none);
    a note that is moved keeps three semitones away from it, and one that finds no place is left out.
    """
    out = list(notes)
    at = [i for i, note in enumerate(out) if not note.grace and not isinstance(note.pitch, Drum)]
    meetings = _meetings(out, at, changes)
    by_old = {m.old: m for m in meetings}
    for _ in range(_PASSES):
        owing = [m for m in meetings if _owes(out, at, m, outer)]
        if not owing:
            break
        for meeting in owing:
            if _owes(out, at, meeting, outer):
                _pay(out, at, meeting, by_old, low, high, outer, other)
    if other is not None:
        silent = {at[m.old] for m in meetings if _owes(out, at, m, outer)}
        return tuple(note for i, note in enumerate(out) if i not in silent)
    return tuple(out)


def _meetings(notes: Sequence[Note], at: Sequence[int], changes: Sequence[Change]) -> list[_Meeting]:
    out: list[_Meeting] = []
    i = 0
    for a, b, seventh in changes:
        tick = b.sounding
        while i < len(at) and notes[at[i]].onset < tick:
            i += 1
        if not 0 < i < len(at):
            continue
        old = notes[at[i - 1]]
        end = old.onset + old.duration
        if old.onset >= a.sounding and end >= tick - _REACHES and notes[at[i]].onset - end < TICKS:
            out.append(_Meeting(i - 1, i, a, b, seventh))
    return out


def _owes(notes: Sequence[Note], at: Sequence[int], m: _Meeting, outer: bool) -> bool:
    old = notes[at[m.old]]
    pitch = old.pitch
    assert isinstance(pitch, Pitch)
    number = pitch.midi % 12
    owed, leading = _debts(m.before.chord, m.before.key)
    owed = owed if m.seventh else -1
    if number != owed and (number != leading or not outer):
        return False
    if number in m.after.chord.numbers:
        return False
    first = notes[at[m.old - 1]].pitch if m.old else None
    new = notes[at[m.new]].pitch
    assert isinstance(new, Pitch) and not isinstance(first, Drum)
    chords = (m.before.chord, m.after.chord)
    if number == owed and pitch.pitch_class == chords[0].seventh and seventh_leaps(pitch, new):
        return True
    return outer and owes_leading_tone(first, pitch, new, chords, m.before.key)


@cache
def _debts(chord: Chord, key: Key) -> tuple[int, int]:
    """The pitch-class numbers of the chord's seventh and of the key's leading tone, -1 where the chord has none."""
    leading = key.tonic.up(5)
    seventh = chord.seventh
    return seventh.number if seventh is not None else -1, leading.number if leading in chord.tones else -1


def _pay(
    notes: list[Note], at: Sequence[int], m: _Meeting, by_old: dict[int, _Meeting], low: int, high: int, outer: bool,
    other: Callable[[int], int] | None,
) -> None:  # fmt: skip
    """Moves the note that owes to the chord's best other tone, or else the note after it to the resolution."""
    old = notes[at[m.old]]
    place = _midi(old)
    debts = _debts(m.before.chord, m.before.key)
    before = _midi(notes[at[m.old - 1]]) if m.old else place
    after = _midi(notes[at[m.new]])
    options: list[tuple[int, int, int, ChordSymbol]] = []
    for midi in range(max(low, place - 9), min(high, place + 9) + 1):
        if midi % 12 in m.before.chord.numbers and midi % 12 not in debts:
            cost = 2 * abs(midi - place) + 2 * max(0, abs(midi - before) - 5) + 2 * max(0, abs(after - midi) - 5)
            cost += 6 * (midi == before) + 6 * (midi == after)
            options.append((cost, m.old, midi, m.before))
    later = notes[at[m.new + 1]] if m.new + 1 < len(at) else None
    for midi in (place + 1, place, place - 1, place - 2):
        if low <= midi <= high and midi % 12 in m.after.chord.numbers and later is not None:
            cost = 8 + 2 * abs(midi - after) + 2 * max(0, abs(_midi(later) - midi) - 5)
            options.append((cost, m.new, midi, m.after))
    for _, index, midi, symbol in sorted(options, key=lambda o: o[:3]):
        note = notes[at[index]]
        if other is not None and 0 <= other(note.onset) and abs(other(note.onset) - midi) < 3:
            continue
        tone = symbol.chord.tone_at(midi)
        if tone is None:
            continue
        notes[at[index]] = replace(note, pitch=pitch_at(tone, midi))
        near = [by_old[k] for k in (index - 1, index, index + 1, m.old) if k in by_old]
        if not any(_owes(notes, at, n, outer) for n in near):
            return
        notes[at[index]] = note


def _midi(note: Note) -> int:
    assert isinstance(note.pitch, Pitch)
    return note.pitch.midi
