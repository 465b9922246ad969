"""What a project file tells in words, for people, and for us to read back: key, length, bend range, instrument.

Conventions: one fact a line or a clause, in English; beats are quarter notes from 0. Reading is lenient: what is not of
this form is nothing.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from partimento.score.instruments import INSTRUMENTS
from partimento.score.performance import PlayedTrack
from partimento.score.song import ROLES, KeyChange, Song, Track
from partimento.theory.errors import TheoryError
from partimento.theory.key import Key
from partimento.theory.meter import TICKS

_MOST_TEXT = 20_000


@dataclass(frozen=True, slots=True)
class PartFacts:
    """What a track's comment says; empty or None where it says nothing."""

    instrument: str = ""
    role: str = ""
    program: int | None = None
    bend_range: int = 2


def beats(tick: float) -> str:
    """A place or length in quarter notes, from which the tick comes back exactly."""
    return f"{tick / TICKS:.6f}".rstrip("0").rstrip(".")


def song_words(song: Song) -> str:
    """The project's comment: keys and where they begin, the length, the seed."""
    keys = "; ".join(f"{change.key} from beat {beats(change.onset)}" for change in song.keys)
    lines = [f"Keys: {keys}" if keys else "", f"Length: {beats(song.end)} beats", f"Seed: {song.brief.seed}"]
    return "\n".join(line for line in lines if line)


def read_song_words(text: str) -> tuple[tuple[KeyChange, ...], int]:
    """Keys and length in ticks out of a project's comment; nothing and 0 where it does not say."""
    keys: tuple[KeyChange, ...] = ()
    length = 0
    for line in text[:_MOST_TEXT].splitlines():
        word, _, said = line.partition(":")
        if word == "Keys":
            keys = _keys(said)
        elif word == "Length":
            found = re.fullmatch(r" (\d{1,6}(?:\.\d{1,6})?) beats", said)
            length = round(float(found[1]) * TICKS) if found else 0
    return keys, length


def track_words(track: Track, played: PlayedTrack) -> str:
    """A track's comment: what it is to be played on."""
    clauses = [f"Instrument: {track.instrument}", f"role: {track.role}", f"General MIDI program: {played.program + 1}"]
    if any(control.controller < 0 for control in played.controls):
        clauses.append(f"bend range: {played.bend_range} semitones")
    return "; ".join(clauses)


def read_track_words(text: str) -> PartFacts:
    """A track's facts out of its comment."""
    said = {}
    for clause in text[:_MOST_TEXT].split(";"):
        word, colon, value = clause.partition(":")
        if colon:
            said[word.strip().casefold()] = value.strip()
    instrument, role = said.get("instrument", ""), said.get("role", "")
    program = _whole(said.get("general midi program", ""), 1, 128)
    bend = _whole(said.get("bend range", "").removesuffix(" semitones"), 1, 24)
    return PartFacts(
        instrument if instrument in INSTRUMENTS else "", role if role in ROLES else "",
        None if program is None else program - 1, 2 if bend is None else bend,
    )  # fmt: skip


def _whole(text: str, least: int, most: int) -> int | None:
    if not (text.isascii() and text.isdigit() and len(text) < 5):
        return None
    return int(text) if least <= int(text) <= most else None


def _keys(said: str) -> tuple[KeyChange, ...]:
    out: list[KeyChange] = []
    for clause in said.split(";"):
        found = re.fullmatch(r"\s*(.{1,40}) from beat (\d{1,6}(?:\.\d{1,6})?)", clause)
        if found is None:
            return ()
        try:
            out.append(KeyChange(round(float(found[2]) * TICKS), Key.parse(found[1])))
        except TheoryError:
            return ()
    onsets = [change.onset for change in out]
    return tuple(out) if onsets == sorted(set(onsets)) and onsets[0] == 0 else ()
