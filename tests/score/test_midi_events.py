"""Bytes of tracks as events: what the standard allows is read, what it forbids is one line, all within bounds."""

from __future__ import annotations

from io import BytesIO

import mido
import pytest
from hypothesis import given
from hypothesis import strategies as st

from partimento.score import midi_events
from partimento.score.midi_events import EventCount, track_events, track_spans
from partimento.score.midi_read import read_midi
from partimento.theory.errors import ScoreFormatError
from partimento.theory.key import Key
from tests.hostile.files import NOTE, chunk, header, meta, midi, running


def events(track: bytes) -> list[midi_events.Event]:
    return list(track_events(track, (0, len(track)), "a.mid, track 1", EventCount("a.mid")))


def message(kind: str, channel: int, first: int, second: int, time: int) -> mido.Message:
    """A channel's message of mido's."""
    values = {
        "note_on": {"note": first, "velocity": second}, "note_off": {"note": first, "velocity": second},
        "control_change": {"control": first, "value": second}, "program_change": {"program": first},
        "pitchwheel": {"pitch": (first | second << 7) - 8192}, "polytouch": {"note": first, "value": second},
        "aftertouch": {"value": first},
    }  # fmt: skip
    return mido.Message(kind, channel=channel, time=time, **values[kind])


_STATUS = {
    "note_off": 0x80, "note_on": 0x90, "polytouch": 0xA0, "control_change": 0xB0, "program_change": 0xC0,
    "aftertouch": 0xD0, "pitchwheel": 0xE0,
}  # fmt: skip
_SEVEN = st.integers(0, 127)


_ROWS = st.tuples(st.sampled_from(sorted(_STATUS)), st.integers(0, 15), _SEVEN, _SEVEN, st.integers(0, 300_000))


@given(st.lists(_ROWS))
def test_what_mido_writes_is_read(rows: list[tuple[str, int, int, int, int]]) -> None:
    file = mido.MidiFile(type=0)
    file.tracks.append(mido.MidiTrack([message(*row) for row in rows]))
    out = BytesIO()
    file.save(file=out)
    data = out.getvalue()
    (span,) = track_spans(data, 1, "a.mid")
    found = list(track_events(data, span, "a.mid, track 1", EventCount("a.mid")))
    meant, now = [], 0
    for kind, channel, first, second, time in rows:
        now += time
        one = kind in ("program_change", "aftertouch")
        meant.append((now, _STATUS[kind] | channel, first, 0 if one else second, b""))
    assert found == [*meant, (now, midi_events.META, 0x2F, 0, b"")]


def test_running_status_outlives_meta_events_and_system_messages() -> None:
    between = meta(1, b"hi", 3) + b"\x01\xf0\x02\x7e\xf7"
    track = b"\x00\x90\x3c\x50\x10\x3c\x00" + between + b"\x02\x3e\x40" + b"\x00\xf8\x04\x3e\x00"
    assert [(now, first, second) for now, status, first, second, _ in events(track) if status == 0x90] == [
        (0, 60, 80), (16, 60, 0), (22, 62, 64), (26, 62, 0),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("track", "says"),
    [
        (b"\x00\x3c\x50", "running status"),
        (b"\x00\x90\x3c", "cut off"),
        (b"\x00", "cut off"),
        (b"\x00\xff\x01\x05abc", "cut off"),
        (b"\xff\xff\xff\xff\x7f\x90\x3c\x50", "28 bits"),
        (b"\xff" * 100_000, "28 bits"),
        (b"\x00\xf0\xff\xff\xff\x7f", "cut off"),
    ],
)
def test_damage_is_named_with_its_track(track: bytes, says: str) -> None:
    with pytest.raises(ScoreFormatError, match=f"a.mid, track 1 is damaged: .*{says}"):
        events(track)


def test_chunks_of_other_kinds_are_passed_over_and_a_lack_is_told() -> None:
    data = header(1, 2) + chunk(b"XFIH", b"abc") + chunk(b"MTrk", NOTE) + chunk(b"MTrk", b"") + b"tail"
    assert [end - start for start, end in track_spans(data, 2, "a.mid")] == [len(NOTE), 0]
    with pytest.raises(ScoreFormatError, match="no track begins at byte"):
        track_spans(data[:-4] + bytes(8), 3, "a.mid")
    with pytest.raises(ScoreFormatError, match="after 2 of 3 tracks"):
        track_spans(data[:-4], 3, "a.mid")
    with pytest.raises(ScoreFormatError, match="within track 2"):
        track_spans(header(1, 2) + chunk(b"MTrk", b"") + chunk(b"MTrk", NOTE)[:-1], 2, "a.mid")


def test_no_more_is_read_than_the_bounds_allow(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(midi_events, "MOST_NOTES", 100)
    assert len(read_midi(midi(running(100))).tracks[0].notes) == 100
    with pytest.raises(ScoreFormatError, match="more than 100 notes"):
        read_midi(midi(running(60), running(60)))
    monkeypatch.setattr(midi_events, "MOST_EVENTS", 200)
    with pytest.raises(ScoreFormatError, match="more than 200 events"):
        read_midi(midi(NOTE + b"\x00\xe0\x01\x02" + b"\x00\x01\x02" * 300))


@pytest.mark.parametrize("sharps", range(-7, 8))
def test_every_key_that_a_signature_can_say(sharps: int) -> None:
    signature = meta(0x59, bytes((sharps % 256, 0))) + meta(0x59, bytes((sharps % 256, 1)), 480)
    data = midi(signature + NOTE)
    told = [event.key for event in mido.MidiFile(file=BytesIO(data)).tracks[0] if event.type == "key_signature"]
    assert len(told) == 2 and [key for _, key in read_midi(data).keys] == [Key.parse(name) for name in told]


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        (0x59, b"\x63\x00"), (0x59, b"\x00\x09"), (0x59, b""), (0x58, b"\x04"), (0x58, b"\x00\x02"),
        (0x58, b"\x04\x07"), (0x51, b"\x07\xa1"), (0x51, b"\x00\x00\x00"), (0x54, b"\xff"), (0x20, b""), (0x21, b""),
        (0x00, b"\x01"),
    ],
)  # fmt: skip
def test_meta_events_that_say_nothing_are_passed_over(kind: int, text: bytes) -> None:
    assert read_midi(midi(meta(kind, text) + NOTE)) == read_midi(midi(NOTE))


@pytest.mark.parametrize(
    ("text", "name"),
    [("Prélude ♭".encode(), "Prélude ♭"), ("Prélude".encode("latin-1"), "Prélude"), (b"a\x00\nb\x1b[2J ", "ab[2J"),
     (b"", "Track 1"), (b"n" * 100_000, "n" * 200)],
)  # fmt: skip
def test_names(text: bytes, name: str) -> None:
    assert read_midi(midi(meta(3, text) + NOTE)).tracks[0].name == name


def test_a_file_within_riff_is_read() -> None:
    data = midi(NOTE)
    inside = b"RMID" + b"INFO" + (3).to_bytes(4, "little") + b"abc\0" + b"data" + len(data).to_bytes(4, "little") + data
    assert read_midi(b"RIFF" + len(inside).to_bytes(4, "little") + inside) == read_midi(data)
    with pytest.raises(ScoreFormatError, match="not a MIDI file"):
        read_midi(b"RIFF" + (4).to_bytes(4, "little") + b"RMID")
