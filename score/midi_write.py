"""Standard MIDI files, encoded directly (mido reads them back in the tests).

Conventions: type 1, 480 ticks a quarter note; track 0 is the conductor (name, tempo, meter, key, section
markers); then one track and one channel a part, in the Song's order. Within a tick note-offs go before
controllers, these before note-ons. All tracks end at the same bar line. Names are folded to ASCII.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from functools import cache

from partimento.score.performance import PlayedNote, PlayedTrack
from partimento.score.song import Song, Track
from partimento.score.timeline import Timeline
from partimento.theory.key import Key
from partimento.theory.meter import TICKS, Meter

_META, _OFF, _CONTROL, _ON = 0, 1, 2, 3
_RAMP_STEP = TICKS // 8
_INDEX = 28
_LAST = (1 << _INDEX) - 1
_FOLDS = str.maketrans({"♭": "b", "♯": "#", "–": "-", "—": "-", "’": "'", "ß": "ss", "ø": "o", "Ø": "O"})

Event = tuple[int, int, bytes]


def midi_bytes(song: Song) -> bytes:
    """The song's performance as the bytes of a type-1 MIDI file."""
    timeline = Timeline(song)
    end = _last_bar_line(timeline, song)
    pitched = [(change.onset, _META, _key_meta(change.key)) for change in song.keys]
    tracks = [_chunk(_conductor(song, timeline, end) + pitched, end, song.title)]
    written = {track.name: track for track in song.tracks}
    for played in song.performance.tracks:
        tracks.append(_part(played, written.get(played.name), pitched, end))
    head = b"MThd" + (6).to_bytes(4, "big") + (1).to_bytes(2, "big")
    return head + len(tracks).to_bytes(2, "big") + TICKS.to_bytes(2, "big") + b"".join(tracks)


def fold_ascii(text: str) -> str:
    """`text` in ASCII: accents dropped, flats and sharps as b and #, anything else left out."""
    plain = unicodedata.normalize("NFKD", text.translate(_FOLDS))
    return plain.encode("ascii", "ignore").decode("ascii").strip()


def _last_bar_line(timeline: Timeline, song: Song) -> int:
    end = max(song.end, song.performance.end)
    bar = timeline.bars[-1].meter.bar if timeline.bars else TICKS * 4
    beyond = end - song.end
    return song.end + -(-beyond // bar) * bar


def _conductor(song: Song, timeline: Timeline, end: int) -> list[Event]:
    events: list[Event] = []
    for change in song.meters:
        events.append((change.onset, _META, _meter_meta(change.meter)))
    tempos = song.tempos
    for i, tempo in enumerate(tempos):
        after = tempos[i + 1].onset if i + 1 < len(tempos) else end
        if not tempo.ramp:
            events.append((tempo.onset, _META, _tempo_meta(60_000_000 / tempo.tempo_bpm)))
            continue
        for tick in range(tempo.onset, after, _RAMP_STEP):
            until = min(after, tick + _RAMP_STEP)
            seconds = timeline.seconds_at(until) - timeline.seconds_at(tick)
            events.append((tick, _META, _tempo_meta(seconds * 1e6 * TICKS / (until - tick))))
    for section in song.sections:
        events.append((section.start, _META, _text(6, section.name)))
    return events


def _part(played: PlayedTrack, written: Track | None, keys: list[Event], end: int) -> bytes:
    channel = played.channel
    cc, on, off = 0xB0 | channel, 0x90 | channel, 0x80 | channel
    start = bytes((cc, 0, 0)), bytes((cc, 32, 0)), bytes((0xC0 | channel, played.program))
    events: list[Event] = [] if channel == 9 else list(keys)
    first = [
        *start,
        *(
            bytes((cc, number, value))
            for number, value in (
                (7, played.volume),
                (10, played.pan),
                (11, played.expression),
                (91, played.reverb),
            )
        ),
    ]
    if channel != 9:
        first += [
            bytes((cc, number, value))
            for number, value in ((101, 0), (100, 0), (6, played.bend_range), (38, 0), (101, 127), (100, 127))
        ]
        first.append(bytes((0xE0 | channel, 0, 64)))
    events += [(0, _CONTROL, message) for message in first]
    for tick, controller, value in played.controls:
        if controller < 0:
            bend = max(0, min(16383, value + 8192))
            events.append((tick, _CONTROL, bytes((0xE0 | channel, bend & 127, bend >> 7))))
        else:
            events.append((tick, _CONTROL, bytes((cc, controller, value))))
    if written is not None:
        events += [(n.onset, _META, _text(5, n.lyric)) for n in written.notes if n.lyric]
    return _chunk(events, end, played.name, played.notes, (on, off))


def _chunk(
    events: list[Event], end: int, name: str, notes: Sequence[PlayedNote] = (), status: tuple[int, int] = (0, 0)
) -> bytes:
    # A place is one number: tick, kind and the message's index. Numbers sort fast, and the garbage collector, which
    # would look at every pair again and again, passes them by.
    messages = [message for _, _, message in events]
    places = [(tick << 2 | kind) << _INDEX | i for i, (tick, kind, _) in enumerate(events)]
    on, off = status
    i = len(messages)
    for onset, duration, number, velocity in notes:
        messages.append(bytes((on, number, velocity)))
        messages.append(bytes((off, number, 64)))
        places.append((onset << 2 | _ON) << _INDEX | i)
        places.append((onset + duration << 2 | _OFF) << _INDEX | i + 1)
        i += 2
    places.sort()
    out = [b"\x00", _text(3, name)]
    append = out.append
    now = 0
    for place in places:
        tick = place >> _INDEX + 2
        append(_variable(tick - now))
        append(messages[place & _LAST])
        now = tick
    append(_variable(max(0, end - now)))
    append(b"\xff\x2f\x00")
    body = b"".join(out)
    return b"MTrk" + len(body).to_bytes(4, "big") + body


@cache
def _variable(number: int) -> bytes:
    out = [number & 127]
    number >>= 7
    while number:
        out.append(number & 127 | 128)
        number >>= 7
    return bytes(reversed(out))


def _text(kind: int, text: str) -> bytes:
    data = fold_ascii(text).encode("ascii")
    return bytes((0xFF, kind)) + _variable(len(data)) + data


def _tempo_meta(microseconds: float) -> bytes:
    return b"\xff\x51\x03" + max(1, min(0xFFFFFF, round(microseconds))).to_bytes(3, "big")


def _meter_meta(meter: Meter) -> bytes:
    clocks = 36 if meter.compound else 96 // meter.denominator
    return bytes((0xFF, 0x58, 4, meter.numerator, meter.denominator.bit_length() - 1, clocks, 8))


def _key_meta(key: Key) -> bytes:
    sharps = max(-7, min(7, key.signature))
    return bytes((0xFF, 0x59, 2, sharps & 0xFF, 1 if key.is_minor else 0))
