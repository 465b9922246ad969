"""Reading Standard MIDI files, ours or anybody's, into plain note lists.

Conventions: times are rescaled to 480 ticks a quarter and rounded; sizes are bounded while reading; whatever is wrong
is one ScoreFormatError line, and small faults (missing note-offs, zero lengths, impossible keys) are mended silently.
A channel is one instrument whose program and controllers hold for all tracks that play on it (MIDI 1.0); channels of
one number on different ports (meta event 0x21), or in different tracks of a format 2 file, are different ones.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import TypeVar

from partimento.score.midi_events import META, Event, EventCount, track_events, track_spans, without_riff
from partimento.theory.errors import ScoreFormatError
from partimento.theory.key import Key
from partimento.theory.meter import TICKS, Meter

T = TypeVar("T")
MOST_BYTES = 20_000_000
MOST_TRACKS = 256
MOST_PARTS = 16 * MOST_TRACKS
_MOST_TICKS = 480 * 4 * 20_000
_MOST_SHARED = 2_000_000
"""Changes that the parts of a channel may hold together; where it would be more, each keeps to its own."""
_SILENT = frozenset((120, 123, 124, 125, 126, 127))
"""Controllers at which all notes of a channel end: sound off, notes off, and the modes (MIDI 1.0, channel mode)."""
_RESET = 121
_NAME, _LYRIC, _MARKER, _PORT, _TEMPO, _METER, _KEY = 0x03, 0x05, 0x06, 0x21, 0x51, 0x58, 0x59
"""Kinds of meta events."""
_ASYNCHRONOUS = 2
_MOST_TEXT = 200
_MODES = frozenset((122, 124, 125, 126, 127))

Row = tuple[int, int, int]


@dataclass(frozen=True, slots=True)
class FileTrack:
    """One part of a file: notes are (onset, duration, number, velocity), sorted; `drums` when on channel 10.

    `controls` are (tick, controller 0-127 or -1 for pitch bend -8192..8191, value) by time: all of the part's channel,
    whichever track says them; of one tick the part's own come last, and a reset (121) is followed by a bend of 0.
    `bend_range` is how many semitones a full bend is worth (registered parameter 0): what holds at the part's first
    bend. `program` is the first note's; `programs` are all notes', one each, where they differ, else empty.
    """

    name: str
    program: int
    drums: bool
    notes: tuple[tuple[int, int, int, int], ...]
    controls: tuple[Row, ...] = ()
    bend_range: int = 2
    programs: tuple[int, ...] = ()
    lyrics: tuple[tuple[int, str], ...] = ()


@dataclass(frozen=True, slots=True)
class MidiContents:
    """What a MIDI file holds; maps are (tick, value) from tick 0 on.

    `end` is where its last track ends; `lyrics` are those of tracks that have no notes; `said` names the maps
    ("meters", "tempos") that the file gives, others being the standard's defaults.
    """

    title: str
    tracks: tuple[FileTrack, ...]
    tempos: tuple[tuple[int, float], ...]
    meters: tuple[tuple[int, Meter], ...]
    keys: tuple[tuple[int, Key], ...]
    markers: tuple[tuple[int, str], ...]
    end: int = 0
    lyrics: tuple[tuple[int, str], ...] = ()
    said: tuple[str, ...] = ()


def read_midi(data: bytes, where: str = "MIDI file") -> MidiContents:
    """The contents of a MIDI file; ScoreFormatError when it is too large, damaged, or no MIDI file."""
    if not data:
        raise ScoreFormatError(f"{where} is empty")
    if len(data) > MOST_BYTES:
        raise ScoreFormatError(f"{where} has {len(data)} bytes; at most {MOST_BYTES} are read")
    data = without_riff(data)
    if data[:4] != b"MThd" or len(data) < 14:
        raise ScoreFormatError(f"{where} is not a MIDI file (it does not begin with MThd)")
    count, division = int.from_bytes(data[10:12], "big"), int.from_bytes(data[12:14], "big")
    if count > MOST_TRACKS:
        raise ScoreFormatError(f"{where} has {count} tracks; at most {MOST_TRACKS} are read")
    if division & 0x8000 or division == 0:
        raise ScoreFormatError(f"{where} counts time in SMPTE frames or not at all; only ticks a quarter are read")
    spans = track_spans(data, count, where)
    reading = _Reading(division, int.from_bytes(data[8:10], "big") == _ASYNCHRONOUS, where)
    total = EventCount(where)
    for number, span in enumerate(spans):
        reading.track(number, track_events(data, span, f"{where}, track {number + 1}", total))
    return reading.contents()


def by_program(tracks: Sequence[FileTrack]) -> tuple[FileTrack, ...]:
    """The parts, each divided into one of every program that it plays, in the order in which these begin.

    Names and controllers are the undivided part's. At most MOST_PARTS are made: what is over stays undivided.
    """
    out: list[FileTrack] = []
    for i, track in enumerate(tracks):
        kinds = len(set(track.programs))
        room = MOST_PARTS - len(out) - (len(tracks) - i - 1)
        if kinds < 2 or kinds > room or kinds * len(track.controls) > _MOST_SHARED:
            out.append(track)
            continue
        notes: dict[int, list[tuple[int, int, int, int]]] = {}
        for note, program in zip(track.notes, track.programs, strict=True):
            notes.setdefault(program, []).append(note)
        out += [replace(track, program=p, notes=tuple(played), programs=()) for p, played in notes.items()]
    return tuple(out)


class _Part:
    """What one track says on one channel. Times of notes and programs are the file's, of the others rescaled."""

    def __init__(self, track: int) -> None:
        self.track, self.name = track, ""
        self.open: dict[int, tuple[int, int, int]] = {}
        self.notes: list[tuple[int, int, int, int, int]] = []
        self.controls: list[Row] = []
        self.programs: list[Row] = []
        self.lyrics: list[tuple[int, str]] = []

    def on(self, now: int, number: int, velocity: int) -> None:
        self.off(now, number)
        # A program that the track changes after the note, be it at once, is not for it.
        self.open[number] = (now, velocity, len(self.programs))

    def off(self, now: int, number: int) -> None:
        if number in self.open:
            onset, velocity, before = self.open.pop(number)
            self.notes.append((onset, now, number, velocity, before))

    def hear(self, now: int, tick: int, kind: int, first: int, second: int) -> None:
        """A channel's message by its status; pressure, which nothing here plays, is passed over."""
        if kind == 0x90 and second:
            self.on(now, first, second)
        elif kind in (0x80, 0x90):
            self.off(now, first)
        elif kind == 0xC0:
            self.programs.append((now, first, 0))
        elif kind == 0xB0:
            self.controls.append((tick, first, second))
            if first == _RESET:
                # Said again as a bend, for those who keep bends and controllers apart.
                self.controls.append((tick, -1, 0))
        elif kind == 0xE0:
            self.controls.append((tick, -1, (first | second << 7) - 8192))


class _Reading:
    """A file's maps and parts while its tracks are read; `apart` where each track follows the one before (format 2)."""

    def __init__(self, quarter: int, apart: bool, where: str) -> None:
        self._quarter, self._apart, self._where = quarter, apart, where
        self._title = ""
        self._tempos: dict[int, float] = {}
        self._meters: dict[int, Meter] = {}
        self._keys: dict[int, Key] = {}
        self._markers: list[tuple[int, str]] = []
        self._channels: dict[tuple[int, int, int], list[_Part]] = {}
        self._words: list[tuple[int, str]] = []
        self._start = self._end = 0

    def track(self, number: int, events: Iterable[Event]) -> None:
        """Take in a track's events. ScoreFormatError where they go on for too long."""
        name, start, port = "", self._start if self._apart else 0, 0
        now = start
        last = (_MOST_TICKS + 1) * self._quarter // TICKS
        here: dict[tuple[int, int, int], _Part] = {}
        sung: list[tuple[int, str]] = []
        for time, status, first, second, text in events:
            now = start + time
            if now > last:
                raise ScoreFormatError(f"{self._where} lasts more than 20,000 bars")
            if status != META:
                place = (number if self._apart else 0, port, status & 0x0F)
                if place not in here:
                    here[place] = _Part(number)
                here[place].hear(now, _scaled(now, self._quarter), status & 0xF0, first, second)
            elif first == _PORT:
                port = text[0] if text else 0
            elif first == _NAME:
                name = _readable(text)
            elif first == _LYRIC:
                sung.append((now, _readable(text)))
            else:
                self._map(_scaled(now, self._quarter), first, text)
        self._end = max(self._end, _scaled(now, self._quarter))
        self._start = now
        if number == 0:
            self._title = name
        for place in sorted(here):
            part = here[place]
            part.name = name or f"Track {number + 1}"
            for pitch in sorted(part.open):
                part.off(max(now, part.open[pitch][0] + self._quarter), pitch)
            self._channels.setdefault(place, []).append(part)
        syllables = [(_scaled(at, self._quarter), text) for at, text in sung if text]
        noted = any(part.notes for part in here.values())
        (_singer(here, sung).lyrics if noted else self._words).extend(syllables)

    def _map(self, tick: int, kind: int, data: bytes) -> None:
        """A meta event of the maps; one that is too short or says nothing that exists is passed over."""
        if kind == _TEMPO and len(data) >= 3 and any(data[:3]):
            self._tempos[tick] = 60_000_000 / int.from_bytes(data[:3], "big")
        elif kind == _METER and len(data) >= 2 and 1 <= data[0] <= 32 and data[1] <= 5:
            self._meters[tick] = Meter(data[0], 1 << data[1])
        elif kind == _KEY and len(data) >= 2 and (sharps := (data[0] + 128) % 256 - 128) in range(-7, 8):
            if data[1] <= 1:
                self._keys[tick] = _key(sharps, minor=data[1] == 1)
        elif kind == _MARKER:
            self._markers.append((tick, _readable(data)))

    def contents(self) -> MidiContents:
        """All that was read."""
        return MidiContents(
            self._title,
            _tracks(self._channels, self._quarter),
            _from_zero(self._tempos, 120.0),
            _from_zero(self._meters, Meter(4, 4)),
            tuple(sorted(self._keys.items())),
            tuple(self._markers),
            self._end,
            tuple(self._words),
            tuple(name for name, said in (("meters", self._meters), ("tempos", self._tempos)) if said),
        )


def _key(sharps: int, minor: bool) -> Key:
    """The key of a signature of -7 to 7 sharps."""
    fifths = "Fb Cb Gb Db Ab Eb Bb F C G D A E B F# C# G# D# A#".split()
    return Key.parse(f"{fifths[sharps + 11]} minor" if minor else fifths[sharps + 8])


def _singer(here: dict[tuple[int, int, int], _Part], sung: list[tuple[int, str]]) -> _Part:
    """The part of a track on whose notes most of its syllables fall; the first of several."""
    times = {at for at, _ in sung}
    return max((here[place] for place in sorted(here)), key=lambda part: sum(row[0] in times for row in part.notes))


def _scaled(now: int, quarter: int) -> int:
    return (now * TICKS * 2 + quarter) // (2 * quarter)


def _tracks(channels: dict[tuple[int, int, int], list[_Part]], quarter: int) -> tuple[FileTrack, ...]:
    """The parts that have notes, in the order of their tracks, then of their channels."""
    found: list[tuple[int, tuple[int, int, int], FileTrack]] = []
    for place, parts in channels.items():
        all_controls = _shared([part.controls for part in parts])
        all_programs = _shared([part.programs for part in parts])
        for part, controls, programs in zip(parts, all_controls, all_programs, strict=True):
            if part.notes:
                drums = place[2] == 9
                found.append((part.track, place, _track(part, drums, controls, programs, quarter)))
    return tuple(track for _, _, track in sorted(found, key=lambda row: row[:2]))


def _shared(said: list[list[Row]]) -> list[tuple[Row, ...]]:
    """For each part of a channel all that is said on it, by time; of one time the part's own last, as the word for it.

    Parts that say nothing have one tuple in common.
    """
    if len(said) == 1 or len(said) * sum(map(len, said)) > _MOST_SHARED:
        return [tuple(own) for own in said]
    rows = sorted(((row[0], i, row) for i, own in enumerate(said) for row in own), key=lambda each: each[0])
    common = tuple(row for _, _, row in rows)
    return [
        tuple(row for _, _, row in sorted(rows, key=lambda each: (each[0], each[1] == i))) if own else common
        for i, own in enumerate(said)
    ]


def _track(part: _Part, drums: bool, controls: tuple[Row, ...], programs: tuple[Row, ...], quarter: int) -> FileTrack:
    """The part with what holds for it; all notes of a channel end where it says so."""
    silences = [tick for tick, controller, _ in controls if controller in _SILENT]
    times = [now for now, _, _ in programs]
    own_times = [now for now, _, _ in part.programs]
    rows = []
    for now, until, number, velocity, before in part.notes:
        onset, release = _scaled(now, quarter), _scaled(until, quarter)
        after = bisect_right(silences, onset)
        if after < len(silences):
            release = min(release, silences[after])
        # The track's own changes are the last of their time.
        chosen = bisect_right(times, now) - (bisect_right(own_times, now) - before)
        program = programs[chosen - 1][1] if chosen else 0
        rows.append((onset, max(1, release - onset), number, velocity, program))
    rows.sort()
    played = tuple(row[4] for row in rows)
    heard = tuple(row for row in controls if row[1] not in _MODES)
    return FileTrack(
        part.name,
        played[0],
        drums,
        tuple(row[:4] for row in rows),
        heard if len(heard) < len(controls) else controls,
        _bend_range(controls),
        played if len(set(played)) > 1 else (),
        tuple(sorted(part.lyrics, key=lambda row: row[0])),
    )


def _bend_range(controls: Sequence[Row]) -> int:
    """Semitones set by registered parameter 0 (controllers 101 and 100 choose it, 6 sets it) before the first bend.

    98 and 99 choose another kind of parameter, and 121 none (MIDI 1.0, RP-015).
    """
    coarse = fine = 127
    found = 2
    for _, controller, value in controls:
        if controller < 0 and value:
            break
        if controller == 101:
            coarse = value
        elif controller == 100:
            fine = value
        elif controller in (98, 99, _RESET):
            coarse = fine = 127
        elif controller == 6 and coarse == fine == 0:
            found = value
    return found


def _from_zero(changes: dict[int, T], default: T) -> tuple[tuple[int, T], ...]:
    ordered = sorted(changes.items(), key=lambda item: item[0])
    if not ordered or ordered[0][0] > 0:
        ordered.insert(0, (0, default))
    return tuple(ordered)


def _readable(data: bytes) -> str:
    """Text as UTF-8 where it is that, else as Latin-1; without control characters, at most 200 long."""
    try:
        said = data.decode("utf-8")
    except UnicodeDecodeError:
        said = data.decode("latin-1")
    return "".join(c for c in said[: 4 * _MOST_TEXT] if c.isprintable()).strip()[:_MOST_TEXT].strip()
