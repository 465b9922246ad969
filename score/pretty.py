"""To pretty_midi and back.

What a PrettyMIDI keeps of a file: notes, controllers, bends, programs and names of the tracks, tempo, meters, lyrics;
keys as one of 24 (a flat key may come back as its sharp twin). Section markers travel as its text events. It has no
place for the title, for lyrics by track, for bars' end. Its own `write` is not used here: it rounds tempos down, sorts
the messages of a bend's range out of order, and writes text that programs take for lyrics.
"""

from __future__ import annotations

from dataclasses import replace
from io import BytesIO
from typing import TYPE_CHECKING

from partimento.score import midi_write_chunks as smf
from partimento.score.midi_options import MidiOptions
from partimento.score.midi_write import midi_bytes
from partimento.score.midi_write_chunks import Event
from partimento.score.midi_write_seats import seated
from partimento.score.midi_write_tidy import DRUM_CHANNEL, distinct, printable, without_overlaps
from partimento.score.performance import PlayedControl, PlayedNote, PlayedTrack
from partimento.score.song import Song
from partimento.theory.errors import ScoreFormatError, TheoryError
from partimento.theory.key import Key
from partimento.theory.meter import Meter

if TYPE_CHECKING:
    import pretty_midi

_MOST_DIVISION = 0x7FFF


def to_pretty_midi(song: Song, options: MidiOptions | None = None) -> pretty_midi.PrettyMIDI:
    """The song as `midi_bytes` writes it, in seconds, with its sections as text events.

    Raises ScoreFormatError for a song that is longer than pretty_midi holds (10,000,000 ticks).
    """
    import mido
    import pretty_midi

    options = options or MidiOptions()
    data = midi_bytes(song, replace(options, part_keys=False))
    charset = {"charset": "utf-8"} if options.utf8 else {}
    try:
        out = pretty_midi.PrettyMIDI(BytesIO(data), **charset)
    except ValueError as error:
        raise ScoreFormatError(f"the song does not fit a PrettyMIDI: {error}") from error
    tick = 0
    for message in mido.MidiFile(file=BytesIO(data), **charset).tracks[0]:
        tick += message.time
        if message.type == "marker":
            out.text_events.append(pretty_midi.Text(message.text, out.tick_to_time(tick)))
    return out


def midi_of_pretty(pm: pretty_midi.PrettyMIDI) -> bytes:
    """A PrettyMIDI as the bytes of a type-1 MIDI file, at its own resolution; text events become markers.

    Each instrument has a track and a channel, beyond fifteen on further ports; drums channel 10. Raises
    ScoreFormatError where it holds what no MIDI file can hold.
    """
    if not 1 <= pm.resolution <= _MOST_DIVISION:
        raise ScoreFormatError(f"a resolution of {pm.resolution} ticks a quarter note fits no MIDI file")
    try:
        seats, ports = seated([_track(pm, instrument) for instrument in pm.instruments])
        tracks = without_overlaps(seats, ports)
        names = distinct([printable(instrument.name or "") for instrument in pm.instruments])
        conductor = _conductor(pm)
        events = [_events(pm, one, track.channel) for one, track in zip(pm.instruments, tracks, strict=True)]
        if any(ports):
            events = [[(0, smf.META, smf.port(port)), *rows] for port, rows in zip(ports, events, strict=True)]
        last = [tick for rows in (conductor, *events) for tick, _, _ in rows]
        last += [note.onset + note.duration for track in tracks for note in track.notes]
        end = max(last, default=0)
        chunks = [smf.chunk(conductor, end, b"")]
        for track, name, rows in zip(tracks, names, events, strict=True):
            chunks.append(smf.chunk(rows, end, name.encode("utf-8"), track.notes, track.channel))
    except (ValueError, OverflowError, TypeError) as error:
        raise ScoreFormatError(f"the PrettyMIDI holds what fits no MIDI file: {error}") from error
    return smf.file_of(chunks, pm.resolution)


def song_of_pretty(pm: pretty_midi.PrettyMIDI) -> Song:
    """The song of a PrettyMIDI, worked out as that of any MIDI file; ScoreFormatError as `midi_of_pretty`."""
    from partimento.score.importing.complete import song_of
    from partimento.score.importing.from_midi import midi_draft

    return song_of(midi_draft(midi_of_pretty(pm), "PrettyMIDI"))[0]


def _track(pm: pretty_midi.PrettyMIDI, instrument: pretty_midi.Instrument) -> PlayedTrack:
    """The notes and controllers of an instrument, in ticks, on the first channel of its kind."""
    rows = []
    for note in instrument.notes:
        onset = _tick(pm, note.start)
        number, velocity = _data(note.pitch), max(1, _data(note.velocity))
        rows.append(PlayedNote(onset, max(1, _tick(pm, note.end) - onset), number, velocity))
    rows.sort(key=lambda note: (note.onset, note.number))
    controls = tuple(PlayedControl(_tick(pm, c.time), c.number, c.value) for c in instrument.control_changes)
    channel = DRUM_CHANNEL if instrument.is_drum else 0
    return PlayedTrack(instrument.name, channel, _data(instrument.program), tuple(rows), controls)


def _events(pm: pretty_midi.PrettyMIDI, instrument: pretty_midi.Instrument, channel: int) -> list[Event]:
    """The program and the controllers of an instrument, those of one time in the order in which it has them."""
    # A bank (controllers 0 and 32) counts for the program that comes after it.
    banks = [c for c in instrument.control_changes if c.number in (0, 32) and _tick(pm, c.time) == 0]
    events: list[Event] = [(0, smf.CONTROL, bytes((0xB0 | channel, c.number, _data(c.value)))) for c in banks]
    events.append((0, smf.CONTROL, bytes((0xC0 | channel, _data(instrument.program)))))
    for change in instrument.control_changes:
        if change not in banks:
            message = bytes((0xB0 | channel, _data(change.number), _data(change.value)))
            events.append((_tick(pm, change.time), smf.CONTROL, message))
    for bend in instrument.pitch_bends:
        value = max(0, min(16383, int(bend.pitch) + 8192))
        events.append((_tick(pm, bend.time), smf.CONTROL, bytes((0xE0 | channel, value & 127, value >> 7))))
    return events


def _conductor(pm: pretty_midi.PrettyMIDI) -> list[Event]:
    import pretty_midi

    times, tempos = pm.get_tempo_changes()
    events: list[Event] = [
        (_tick(pm, time), smf.META, smf.tempo(60_000_000 / float(tempo)))
        for time, tempo in zip(times, tempos, strict=True)
    ]
    for change in pm.time_signature_changes:
        meter = _meter(change.numerator, change.denominator)
        events.append((_tick(pm, change.time), smf.META, smf.meter(meter)))
    for change in pm.key_signature_changes:
        key = Key.parse(pretty_midi.key_number_to_key_name(change.key_number))
        events.append((_tick(pm, change.time), smf.META, smf.key(key)))
    for kind, rows in ((smf.LYRIC, pm.lyrics), (smf.MARKER, pm.text_events)):
        said = [(row.time, printable(row.text).encode("utf-8")) for row in rows]
        events += [(_tick(pm, time), smf.META, smf.text(kind, data)) for time, data in said if data]
    return events


def _meter(numerator: int, denominator: int) -> Meter:
    try:
        return Meter(numerator, denominator)
    except TheoryError as error:
        raise ValueError(str(error)) from error


def _tick(pm: pretty_midi.PrettyMIDI, time: float) -> int:
    return max(0, int(pm.time_to_tick(time)))


def _data(value: float) -> int:
    """A data byte; ValueError when it is none."""
    if not 0 <= value <= 127:
        raise ValueError(f"{value} is not from 0 to 127")
    return int(value)
