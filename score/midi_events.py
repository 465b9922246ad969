"""The bytes of a Standard MIDI file as events, within bounds.

Conventions: a time is in the file's ticks since the track's start. An event is (time, status, first, second, text): of
a channel's message both data bytes, clipped to 127, and no text; of a meta event (status 0xFF) its type as `first` and
its bytes as text. System messages are left out. Small faults are read over; what cannot be read is one line that says
which track is at fault (Standard MIDI Files 1.0).
"""

from __future__ import annotations

from collections.abc import Iterator

from partimento.theory.errors import ScoreFormatError

META = 0xFF
MOST_NOTES = 400_000
MOST_EVENTS = 2_000_000
"""Of all tracks together, read in 3 seconds on one core of 2024. A controller that never rests says 100,000 an hour."""
_MOST_NUMBER = 0x0FFFFFFF
_DATA_BYTES = {0xF1: 1, 0xF2: 2, 0xF3: 1, 0xF4: 0, 0xF5: 0}

Event = tuple[int, int, int, int, bytes]
Span = tuple[int, int]


def without_riff(data: bytes) -> bytes:
    """The Standard MIDI file in a RIFF file of the form RMID (.rmi); other bytes as they are."""
    if data[:4] != b"RIFF" or data[8:12] != b"RMID":
        return data
    at = 12
    while at + 8 <= len(data):
        size = int.from_bytes(data[at + 4 : at + 8], "little")
        if data[at : at + 4] == b"data":
            return data[at + 8 : at + 8 + size]
        at += 8 + size + size % 2
    return data


def track_spans(data: bytes, count: int, where: str) -> tuple[Span, ...]:
    """Where the events of the first `count` tracks lie in the file; chunks of other kinds are passed over.

    ScoreFormatError where the file ends before its last track does.
    """
    at = 8 + max(6, int.from_bytes(data[4:8], "big"))
    spans: list[Span] = []
    while len(spans) < count:
        tag, size = data[at : at + 4], int.from_bytes(data[at + 4 : at + 8], "big")
        if len(data) < at + 8:
            raise ScoreFormatError(f"{where} is damaged: it ends too early, after {len(spans)} of {count} tracks")
        if not all(32 <= byte < 127 for byte in tag):
            raise ScoreFormatError(f"{where} is damaged: no track begins at byte {at}")
        at += 8
        if tag == b"MTrk":
            if at + size > len(data):
                raise ScoreFormatError(f"{where} is damaged: it ends too early, within track {len(spans) + 1}")
            spans.append((at, at + size))
        at += size
    return tuple(spans)


class EventCount:
    """What has been read of a file's tracks so far, against the bounds."""

    def __init__(self, where: str) -> None:
        self._where = where
        self._notes = self._events = 0

    def add(self, notes: int, events: int) -> None:
        """Count on; ScoreFormatError where it is too much."""
        self._notes += notes
        self._events += events
        if self._notes > MOST_NOTES:
            raise ScoreFormatError(f"{self._where} has more than {MOST_NOTES} notes; it is not read")
        if self._events > MOST_EVENTS:
            raise ScoreFormatError(f"{self._where} has more than {MOST_EVENTS} events; it is not read")


def track_events(data: bytes, span: Span, where: str, count: EventCount) -> Iterator[Event]:
    """The events of the track in `span`, in their order; `where` names it. ScoreFormatError where it is damaged."""
    try:
        yield from _events(data[span[0] : span[1]], where, count)
    except IndexError:
        raise ScoreFormatError(f"{where} is damaged: its last event is cut off") from None


def _events(track: bytes, where: str, count: EventCount) -> Iterator[Event]:
    at = now = running = 0
    end = len(track)
    while at < end:
        delta, at = _number(track, at, where)
        now += delta
        status = track[at]
        if status >= 0x80:
            at += 1
        elif running:
            status = running
        else:
            raise ScoreFormatError(f"{where} is damaged: it begins with running status, of which nothing was said")
        if status < 0xF0:
            running = status
            first = min(127, track[at])
            second = 0
            at += 1
            if not 0xC0 <= status < 0xE0:
                second = min(127, track[at])
                at += 1
            count.add(status & 0xF0 == 0x90 and second > 0, 1)
            yield now, status, first, second, b""
            continue
        kind = 0
        if status == META:
            kind = track[at]
            at += 1
        if status in (META, 0xF0, 0xF7):
            size, at = _number(track, at, where)
        else:
            size = _DATA_BYTES.get(status, 0)
        if at + size > end:
            raise IndexError
        count.add(0, 1)
        if status == META:
            yield now, META, kind, 0, track[at : at + size]
        at += size


def _number(track: bytes, at: int, where: str) -> tuple[int, int]:
    """A variable-length quantity and where it ends; ScoreFormatError beyond 28 bits, of which the standard allows no
    more."""
    byte = track[at]
    at += 1
    value = byte & 0x7F
    while byte & 0x80:
        byte = track[at]
        at += 1
        value = value << 7 | byte & 0x7F
        if value > _MOST_NUMBER:
            raise ScoreFormatError(f"{where} is damaged: it holds a time or a size of more than 28 bits")
    return value, at
