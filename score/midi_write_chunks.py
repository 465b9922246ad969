"""The bytes of a Standard MIDI file: headers, tracks, variable lengths, meta events.

Conventions: an event is (tick, kind, message); within a tick they are written by kind: META, OFF, CONTROL, ON.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

from partimento.score.performance import PlayedNote
from partimento.theory.key import Key
from partimento.theory.meter import Meter

META, OFF, CONTROL, ON = 0, 1, 2, 3
NAME, LYRIC, MARKER = 3, 5, 6
"""Kinds of text meta events."""
_INDEX = 28
_LAST = (1 << _INDEX) - 1

Event = tuple[int, int, bytes]


def file_of(tracks: Sequence[bytes], division: int) -> bytes:
    """A type-1 file of whole track chunks, with `division` ticks a quarter note."""
    head = b"MThd" + (6).to_bytes(4, "big") + (1).to_bytes(2, "big")
    return head + len(tracks).to_bytes(2, "big") + division.to_bytes(2, "big") + b"".join(tracks)


def chunk(
    events: Sequence[Event], end: int, name: bytes, notes: Sequence[PlayedNote] = (), channel: int = 0,
    shift: int = 0, scale: int = 1,
) -> bytes:  # fmt: skip
    """A track chunk that ends at tick `end`; notes sound `shift` ticks later than they say, and in the file all ticks
    are `scale` times as many."""
    # A place is one number: tick, kind and the message's index. Numbers sort fast, and the garbage collector, which
    # would look at every pair again and again, passes them by.
    messages = [message for _, _, message in events]
    places = [(tick << 2 | kind) << _INDEX | i for i, (tick, kind, _) in enumerate(events)]
    on, off = 0x90 | channel, 0x80 | channel
    i = len(messages)
    for onset, duration, number, velocity in notes:
        messages.append(bytes((on, number, velocity)))
        messages.append(bytes((off, number, 64)))
        onset += shift
        places.append((onset << 2 | ON) << _INDEX | i)
        places.append((onset + duration << 2 | OFF) << _INDEX | i + 1)
        i += 2
    places.sort()
    out = [b"\x00", text(NAME, name)]
    append = out.append
    now = 0
    for place in places:
        tick = place >> _INDEX + 2
        append(variable((tick - now) * scale))
        append(messages[place & _LAST])
        now = tick
    append(variable(max(0, end - now) * scale))
    append(b"\xff\x2f\x00")
    body = b"".join(out)
    return b"MTrk" + len(body).to_bytes(4, "big") + body


@cache
def variable(number: int) -> bytes:
    """A variable-length quantity; ValueError below 0."""
    if number < 0:
        raise ValueError(f"{number} ticks cannot be written")
    out = [number & 127]
    number >>= 7
    while number:
        out.append(number & 127 | 128)
        number >>= 7
    return bytes(reversed(out))


def text(kind: int, data: bytes) -> bytes:
    """A text meta event: NAME, LYRIC, MARKER."""
    return bytes((0xFF, kind)) + variable(len(data)) + data


def port(number: int) -> bytes:
    """The port on which a track plays."""
    return bytes((0xFF, 0x21, 1, number))


def tempo(microseconds: float) -> bytes:
    """So many microseconds a quarter note."""
    return b"\xff\x51\x03" + max(1, min(0xFFFFFF, round(microseconds))).to_bytes(3, "big")


def meter(said: Meter) -> bytes:
    """A time signature; the metronome clicks on felt beats in compound meters, else on the unit."""
    clocks = 36 if said.compound else 96 // said.denominator
    return bytes((0xFF, 0x58, 4, said.numerator, said.denominator.bit_length() - 1, clocks, 8))


def key(said: Key) -> bytes:
    """A key signature; beyond seven accidentals the enharmonic one. A mode is told as its third: major or minor."""
    sharps = said.simplified().signature
    return bytes((0xFF, 0x59, 2, sharps & 0xFF, 1 if said.is_minor else 0))
