"""Files whose programs change midway, and whose channels are set up elsewhere, against FluidSynth's own player."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path

import mido
import pytest

from partimento.commands.doctor import find_libfluidsynth
from partimento.score.midi_read import read_midi
from partimento.soundfonts.finding import find_soundfonts
from partimento.synth.strips import played_tracks
from tests.synth.test_fluid_player import PROGRAM, both, difference_db

pytestmark = pytest.mark.skipif(
    PROGRAM is None or find_libfluidsynth() is None, reason="the fluidsynth program or its library is missing"
)
Said = list[tuple[int, mido.Message]]


def control(tick: int, channel: int, number: int, value: int) -> tuple[int, mido.Message]:
    return tick, mido.Message("control_change", channel=channel, control=number, value=value)


def program(tick: int, channel: int, number: int) -> tuple[int, mido.Message]:
    return tick, mido.Message("program_change", channel=channel, program=number)


def notes(channel: int, start: int, *numbers: int, step: int = 240, length: int = 200) -> Said:
    said = []
    for i, number in enumerate(numbers):
        said.append((start + i * step, mido.Message("note_on", channel=channel, note=number, velocity=70 + i)))
        said.append((start + i * step + length, mido.Message("note_off", channel=channel, note=number)))
    return said


def file(*tracks: Said) -> bytes:
    whole = mido.MidiFile(type=1)
    for said in tracks:
        track = mido.MidiTrack()
        now = 0
        for tick, message in sorted(said, key=lambda row: row[0]):
            track.append(message.copy(time=tick - now))
            now = tick
        whole.tracks.append(track)
    out = BytesIO()
    whole.save(file=out)
    return out.getvalue()


PROGRAMS = file(
    [program(0, 0, 4), *notes(0, 0, 60, 64, 67), program(960, 0, 48), *notes(0, 960, 60, 64, 67, length=700),
     control(1000, 0, 7, 60), program(2000, 0, 4), *notes(0, 2160, 72, 71, 69)],
    [program(0, 9, 0), *notes(9, 0, 36, 38, 36, 38), program(1000, 9, 25), *notes(9, 1200, 36, 38, 36, 38, 36, 38, 36)],
)  # fmt: skip
SETUP = file(
    [program(0, 0, 40), control(0, 0, 101, 0), control(0, 0, 100, 0), control(0, 0, 6, 12), control(0, 1, 7, 50),
     (700, mido.Message("pitchwheel", pitch=4000)), control(1200, 0, 121, 0), program(1440, 0, 73),
     program(0, 1, 33), control(1300, 1, 123, 0), control(2500, 1, 120, 0)],
    [*notes(0, 0, 60, 62, 64, 65, 67, 69, 71, 72)],
    [*notes(1, 0, 40, 43, length=2000), *notes(1, 2000, 36, length=1500), *notes(1, 2700, 38)],
)  # fmt: skip


@pytest.mark.parametrize(("data", "parts"), [(PROGRAMS, 4), (SETUP, 3)], ids=["programs", "setup"])
def test_what_channels_say_is_played_as_the_player_plays_it(data: bytes, parts: int, tmp_path: Path) -> None:
    font = min(find_soundfonts(), key=lambda each: each.size_bytes).path
    assert len(played_tracks(read_midi(data).tracks)) == parts
    theirs, ours, later = both(data, font, tmp_path)
    assert later.mean() > 0.9
    assert difference_db(theirs[later], ours[later]) < -75
    # A kit is made of panned attacks: see test_fluid_player.
    assert difference_db(theirs, ours) < -30
