"""Foreign and damaged MIDI files: contents, or one clear line."""

from __future__ import annotations

from io import BytesIO

import mido
import pytest
from hypothesis import given
from hypothesis import strategies as st

from partimento.score.midi_read import MOST_BYTES, read_midi
from partimento.score.midi_write import midi_bytes
from partimento.theory.errors import ScoreFormatError
from tests.score.small_song import small_song

GOOD = midi_bytes(small_song())


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b"", "empty"),
        (b"RIFF1234", "not a MIDI file"),
        (GOOD[:60], "damaged"),
        (GOOD[:12] + b"\xe7\x28" + GOOD[14:], "SMPTE"),
        (GOOD[:12] + b"\x00\x00" + GOOD[14:], "SMPTE"),
        (GOOD[:10] + b"\x27\x10" + GOOD[12:], "10000 tracks"),
        (b"MThd" + b"\0" * MOST_BYTES, "at most"),
    ],
)
def test_damage_is_named(data: bytes, says: str) -> None:
    with pytest.raises(ScoreFormatError, match=says):
        read_midi(data)


@given(st.binary(max_size=200), st.integers(0, len(GOOD) - 1), st.integers(0, 255))
def test_any_bytes_give_contents_or_a_format_error(noise: bytes, at: int, byte: int) -> None:
    for data in (noise, b"MThd\0\0\0\6\0\1\0\1\1\xe0MTrk" + noise, GOOD[:at] + bytes([byte]) + GOOD[at + 1 :]):
        try:
            contents = read_midi(data)
        except ScoreFormatError as error:
            assert "\n" not in str(error)
        else:
            assert all(n[1] > 0 for t in contents.tracks for n in t.notes)


def test_missing_note_offs_zero_lengths_and_other_resolutions_are_mended() -> None:
    file = mido.MidiFile(type=0, ticks_per_beat=96)
    file.tracks.append(
        mido.MidiTrack(
            [
                mido.Message("note_on", note=60, velocity=64, time=96),
                mido.Message("note_on", note=60, velocity=64, time=48),
                mido.Message("note_on", note=62, velocity=64, time=0),
                mido.Message("note_off", note=62, time=0),
                mido.MetaMessage("end_of_track", time=96),
            ]
        )
    )
    out = BytesIO()
    file.save(file=out)
    notes = read_midi(out.getvalue()).tracks[0].notes
    assert notes == ((480, 240, 60, 64), (720, 1, 62, 64), (720, 480, 60, 64))


@pytest.mark.parametrize(
    ("controls", "semitones"),
    [
        ([(101, 0), (100, 0), (6, 12)], 12),
        ([(100, 0), (101, 0), (6, 12), (38, 0)], 12),
        ([(101, 0), (100, 1), (6, 12)], 2),  # fine tuning
        ([(101, 127), (100, 127), (6, 12)], 2),
        ([(6, 12)], 2),
        ([(101, 0), (100, 0), (6, 2), (6, 7)], 7),
        ([], 2),
    ],
)
def test_how_far_a_bend_reaches(controls: list[tuple[int, int]], semitones: int) -> None:
    file = mido.MidiFile(type=0)
    before = [mido.Message("control_change", control=c, value=v) for c, v in controls]
    played = [mido.Message("note_on", note=60, velocity=9), mido.Message("pitchwheel", pitch=99, time=9)]
    later = [mido.Message("control_change", control=c, value=v) for c, v in ((101, 0), (100, 0), (6, 24))]
    file.tracks.append(mido.MidiTrack([*before, *played, *later, mido.Message("note_off", note=60, time=90)]))
    data = BytesIO()
    file.save(file=data)
    assert read_midi(data.getvalue()).tracks[0].bend_range == semitones
