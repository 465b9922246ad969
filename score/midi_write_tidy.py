"""Parts made fit for a MIDI file: no pitch sounds twice on one channel, nothing lasts no time, names are plain.

Conventions: ticks; tracks that are in order are handed back as they are.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import replace

from partimento.score.drum_maps import GENERAL_MIDI, DrumMap
from partimento.score.performance import PlayedNote, PlayedTrack

DRUM_CHANNEL = 9
MELODIC_CHANNELS = tuple(channel for channel in range(16) if channel != DRUM_CHANNEL)
BANKS = (0, 32)
"""The controllers that choose a bank."""
_LONGEST_NAME = 60
_FOLDS = str.maketrans(
    {
        "♭": "b", "♯": "#", "♮": "n", "–": "-", "—": "-", "‘": "'", "’": "'", "“": '"', "”": '"', "…": "...",
        "ß": "ss", "ø": "o", "Ø": "O", "æ": "ae", "Æ": "Ae", "œ": "oe", "Œ": "Oe", "ł": "l", "Ł": "L", "đ": "d",
    }
)  # fmt: skip

_Row = list[int]
_ONSET, _NUMBER, _TRACK, _END, _VELOCITY = range(5)


def fold_ascii(text: str) -> str:
    """`text` in ASCII: accents dropped, flats and sharps as b and #, anything else left out."""
    plain = unicodedata.normalize("NFKD", text.translate(_FOLDS)).encode("ascii", "ignore").decode("ascii")
    return printable(plain)


def plain_name(text: str, otherwise: str) -> str:
    """`text` as part of a file's name on any system: ASCII letters, digits, + and -, at most 60; `otherwise` where none
    is left."""
    kept = "-".join(re.findall(r"[A-Za-z0-9+]+", fold_ascii(text)))
    return kept[:_LONGEST_NAME].strip("-") or otherwise


def printable(text: str) -> str:
    """`text` without line ends and other control characters."""
    return text.strip() if text.isprintable() else "".join(c for c in text if c.isprintable()).strip()


def distinct(names: Sequence[str]) -> tuple[str, ...]:
    """The names, a number added where one was there before ("Guitar 2"); an empty one is "Track" and its place."""
    out: list[str] = []
    taken: set[str] = set()
    for place, name in enumerate(names, 1):
        base = one = name or f"Track {place}"
        count = 2
        while one in taken:
            one, count = f"{base} {count}", count + 1
        taken.add(one)
        out.append(one)
    return tuple(out)


def bank_of(track: PlayedTrack) -> tuple[int, int]:
    """The bank, coarse and fine, that a track's controllers 0 and 32 choose until its first note; (0, 0) is GM's.

    Later ones choose nothing, since no program comes after them (MIDI 1.0, bank select).
    """
    first = min((note.onset for note in track.notes), default=0)
    said = {control.controller: control.value for control in track.controls if control.onset <= first}
    return said.get(BANKS[0], 0), said.get(BANKS[1], 0)


def by_map(tracks: Sequence[PlayedTrack], drum_map: DrumMap) -> tuple[PlayedTrack, ...]:
    """The tracks with the drum channel's notes on the keys of `drum_map`."""
    if drum_map is GENERAL_MIDI:
        return tuple(tracks)
    keys = [drum_map.mapped(number) for number in range(128)]
    out = []
    for track in tracks:
        if track.channel == DRUM_CHANNEL:
            moved = (PlayedNote(n.onset, n.duration, keys[n.number], n.velocity) for n in track.notes)
            track = replace(track, notes=tuple(sorted(moved, key=_place)))
        out.append(track)
    return tuple(out)


def without_overlaps(tracks: Sequence[PlayedTrack], ports: Sequence[int] = ()) -> tuple[PlayedTrack, ...]:
    """The tracks with one note of a number at a time on each channel, and none of no length.

    `ports` are the tracks' (none: all one's): channels of different ports are different ones.

    A note ends where the next of its number begins; of two that begin at once the longer is kept, as loud as the
    louder, in the earlier track.
    """
    out = list(tracks)
    channels: dict[tuple[int, int], list[int]] = {}
    for i, track in enumerate(out):
        channels.setdefault((ports[i] if ports else 0, track.channel), []).append(i)
    for members in channels.values():
        if all_clear([note for i in members for note in out[i].notes]):
            continue
        parted = _parted([(i, note) for i in members for note in out[i].notes])
        for i in members:
            kept = tuple(PlayedNote(r[0], r[_END] - r[0], r[1], r[_VELOCITY]) for r in parted if r[_TRACK] == i)
            out[i] = replace(out[i], notes=kept)
    return tuple(out)


def all_clear(notes: list[PlayedNote]) -> bool:
    """Whether all notes have a length and none is struck while another of its number sounds; sorts them."""
    notes.sort()
    ends = [0] * 128
    for onset, duration, number, _ in notes:
        if duration <= 0 or onset < ends[number]:
            return False
        ends[number] = onset + duration
    return True


def _parted(notes: list[tuple[int, PlayedNote]]) -> list[_Row]:
    rows = [[n.onset, n.number, i, n.onset + max(1, n.duration), n.velocity] for i, n in notes]
    rows.sort()
    last: dict[int, _Row] = {}
    out: list[_Row] = []
    for row in rows:
        before = last.get(row[_NUMBER])
        if before is not None and before[_END] > row[_ONSET]:
            if before[_ONSET] == row[_ONSET]:
                before[_END] = max(before[_END], row[_END])
                before[_VELOCITY] = max(before[_VELOCITY], row[_VELOCITY])
                continue
            before[_END] = row[_ONSET]
        last[row[_NUMBER]] = row
        out.append(row)
    return out


def _place(note: PlayedNote) -> tuple[int, int]:
    return note.onset, note.number
