"""Reading Standard MIDI files, ours or anybody's, into plain note lists.

Conventions: times are rescaled to 480 ticks a quarter and rounded; sizes are bounded before parsing; whatever is
wrong is one ScoreFormatError line, and small faults (missing note-offs, zero lengths) are mended silently.
"""

from __future__ import annotations

from dataclasses import dataclass
from io import BytesIO
from typing import TypeVar

from partimento.theory.errors import PartimentoError, ScoreFormatError
from partimento.theory.key import Key
from partimento.theory.meter import TICKS, Meter

T = TypeVar("T")
MOST_BYTES = 20_000_000
MOST_TRACKS = 256
_MOST_TICKS = 480 * 4 * 20_000


@dataclass(frozen=True, slots=True)
class FileTrack:
    """One part of a file: notes are (onset, duration, number, velocity), sorted; `drums` when on channel 10.

    `controls` are (tick, controller 0-127 or -1 for pitch bend -8192..8191, value), in file order. `bend_range` is
    how many semitones a full bend is worth (registered parameter 0): what holds at the part's first bend.
    """

    name: str
    program: int
    drums: bool
    notes: tuple[tuple[int, int, int, int], ...]
    controls: tuple[tuple[int, int, int], ...] = ()
    bend_range: int = 2


@dataclass(frozen=True, slots=True)
class MidiContents:
    """What a MIDI file holds; maps are (tick, value) from tick 0 on."""

    title: str
    tracks: tuple[FileTrack, ...]
    tempos: tuple[tuple[int, float], ...]
    meters: tuple[tuple[int, Meter], ...]
    keys: tuple[tuple[int, Key], ...]
    markers: tuple[tuple[int, str], ...]


def read_midi(data: bytes, where: str = "MIDI file") -> MidiContents:
    """The contents of a MIDI file; ScoreFormatError when it is too large, damaged, or no MIDI file."""
    if not data:
        raise ScoreFormatError(f"{where} is empty")
    if len(data) > MOST_BYTES:
        raise ScoreFormatError(f"{where} has {len(data)} bytes; at most {MOST_BYTES} are read")
    if data[:4] != b"MThd" or len(data) < 14:
        raise ScoreFormatError(f"{where} is not a MIDI file (it does not begin with MThd)")
    count, division = int.from_bytes(data[10:12], "big"), int.from_bytes(data[12:14], "big")
    if count > MOST_TRACKS:
        raise ScoreFormatError(f"{where} has {count} tracks; at most {MOST_TRACKS} are read")
    if division & 0x8000 or division == 0:
        raise ScoreFormatError(
            f"{where} counts time in SMPTE frames or not at all; only ticks a quarter are read"
        )
    import mido

    try:
        file = mido.MidiFile(file=BytesIO(data), clip=True)
        return _contents(file)
    except PartimentoError:
        raise
    except Exception as error:  # whatever mido raises on damaged bytes, it is the file's fault
        raise ScoreFormatError(f"{where} is damaged: {str(error) or 'it ends too early'}") from None


class _Part:
    """Notes being collected for one (track, channel)."""

    def __init__(self) -> None:
        self.program = 0
        self.open: dict[int, tuple[int, int]] = {}
        self.notes: list[tuple[int, int, int, int]] = []
        self.controls: list[tuple[int, int, int]] = []

    def on(self, tick: int, number: int, velocity: int) -> None:
        self.off(tick, number)
        self.open[number] = (tick, velocity)

    def off(self, tick: int, number: int) -> None:
        if number in self.open:
            onset, velocity = self.open.pop(number)
            self.notes.append((onset, max(1, tick - onset), number, velocity))


def _contents(file: object) -> MidiContents:
    import mido

    assert isinstance(file, mido.MidiFile)
    tempos: dict[int, float] = {}
    meters: dict[int, Meter] = {}
    keys: dict[int, Key] = {}
    markers: list[tuple[int, str]] = []
    tracks: list[FileTrack] = []
    title = ""
    start = 0
    for number, track in enumerate(file.tracks):
        name, now = "", start if file.type == 2 else 0
        parts: dict[int, _Part] = {}
        for message in track:
            now += max(0, message.time)
            tick = (now * TICKS * 2 + file.ticks_per_beat) // (2 * file.ticks_per_beat)
            if tick > _MOST_TICKS:
                raise ScoreFormatError("the file lasts more than 20,000 bars")
            kind = message.type
            if kind == "note_on" and message.velocity > 0:
                parts.setdefault(message.channel, _Part()).on(tick, message.note, message.velocity)
            elif kind in ("note_off", "note_on"):
                parts.setdefault(message.channel, _Part()).off(tick, message.note)
            elif kind == "program_change":
                parts.setdefault(message.channel, _Part()).program = message.program
            elif kind == "control_change":
                part = parts.setdefault(message.channel, _Part())
                part.controls.append((tick, message.control, message.value))
            elif kind == "pitchwheel":
                parts.setdefault(message.channel, _Part()).controls.append((tick, -1, message.pitch))
            elif kind == "track_name":
                name = _readable(message.name)
            elif kind == "set_tempo" and message.tempo > 0:
                tempos[tick] = 60_000_000 / message.tempo
            elif kind == "time_signature" and 1 <= message.numerator <= 32 and message.denominator <= 32:
                meters[tick] = Meter(message.numerator, message.denominator)
            elif kind == "key_signature":
                keys[tick] = Key.parse(message.key)
            elif kind == "marker":
                markers.append((tick, _readable(message.text)))
        if number == 0:
            title = name
        if file.type == 2:
            start = now
        last = (now * TICKS) // file.ticks_per_beat
        for channel in sorted(parts):
            part = parts[channel]
            for pitch in sorted(part.open):
                part.off(max(last, part.open[pitch][0] + TICKS), pitch)
            if part.notes:
                notes = tuple(sorted(part.notes))
                label, controls = name or f"Track {number + 1}", tuple(part.controls)
                bends = _bend_range(part.controls)
                tracks.append(FileTrack(label, part.program, channel == 9, notes, controls, bends))
    return MidiContents(
        title,
        tuple(tracks),
        _from_zero(tempos, 120.0),
        _from_zero(meters, Meter(4, 4)),
        tuple(sorted(keys.items())),
        tuple(markers),
    )


def _bend_range(controls: list[tuple[int, int, int]]) -> int:
    """Semitones set by registered parameter 0 (controllers 101 and 100 choose it, 6 sets it) before the first bend."""
    coarse = fine = 127
    found = 2
    for _, controller, value in controls:
        if controller < 0 and value:
            break
        if controller == 101:
            coarse = value
        elif controller == 100:
            fine = value
        elif controller == 6 and coarse == fine == 0:
            found = value
    return found


def _from_zero(changes: dict[int, T], default: T) -> tuple[tuple[int, T], ...]:
    ordered = sorted(changes.items(), key=lambda item: item[0])
    if not ordered or ordered[0][0] > 0:
        ordered.insert(0, (0, default))
    return tuple(ordered)


def _readable(text: str) -> str:
    """mido decodes as latin-1; text that was UTF-8 is decoded again. Control characters are dropped."""
    try:
        text = text.encode("latin-1").decode("utf-8")
    except UnicodeError:
        pass
    return "".join(c for c in text if c.isprintable()).strip()
