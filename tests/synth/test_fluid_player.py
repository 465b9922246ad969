"""The sources against FluidSynth's own command-line player, effects off, by its timing."""

from __future__ import annotations

import gzip
import json
import os
import shutil
import subprocess
from collections.abc import Callable
from io import BytesIO
from pathlib import Path

import mido
import numpy as np
import pytest
from numpy.typing import NDArray

from partimento.commands.doctor import find_libfluidsynth
from partimento.composer.compose import compose
from partimento.score.brief import Brief
from partimento.score.midi_read import read_midi
from partimento.score.midi_write import midi_bytes
from partimento.soundfonts.finding import find_soundfonts
from partimento.synth.fluid import BLOCK, RATE, FluidSource, Samples
from partimento.synth.fluid_font import GAIN
from partimento.synth.strips import played_tracks

PROGRAM = shutil.which("fluidsynth")
pytestmark = pytest.mark.skipif(
    PROGRAM is None or find_libfluidsynth() is None, reason="the fluidsynth program or its library is missing"
)
_MIXED = (8, 10, 42, 91, 93)


def without_mixing(data: bytes) -> bytes:
    """The MIDI file without pan, balance and sends, which are the mix's."""
    file = mido.MidiFile(file=BytesIO(data))
    for track in file.tracks:
        waiting = 0
        kept = []
        for message in track:
            waiting += message.time
            if message.type != "control_change" or message.control not in _MIXED:
                kept.append(message.copy(time=waiting))
                waiting = 0
        track[:] = kept
    out = BytesIO()
    file.save(file=out)
    return out.getvalue()


def play(data: bytes, font: Path, folder: Path, rate: int = 44100) -> Samples:
    """The file as `fluidsynth -ni -F` renders it without effects, floats."""
    assert PROGRAM is not None
    midi, raw = folder / "in.mid", folder / "out.raw"
    midi.write_bytes(data)
    command = [PROGRAM, "-niq", "-R", "0", "-C", "0", "-g", str(GAIN), "-r", str(rate), "-T", "raw", "-O", "float"]
    subprocess.run([*command, "-E", "little", "-F", str(raw), str(font), str(midi)], check=True, capture_output=True)
    return np.fromfile(raw, "<f4").reshape(-1, 2)


def block_mapping(data: bytes, rate: int = 44100) -> Callable[[float], int]:
    """Ticks (480 a quarter note) to the block in which the player sends what lies there.

    At the beginning of each block it takes whole milliseconds since its last change of tempo to ticks, rounded; what
    is due is heard from the block after.
    """
    file = mido.MidiFile(file=BytesIO(data))
    tempos = []
    for track in file.tracks:
        now = 0
        for message in track:
            now += message.time
            if message.type == "set_tempo":
                tempos.append((now, message.tempo))
    tempos.sort(key=lambda row: row[0])
    ppq = file.ticks_per_beat
    length = file.length + 30
    ticks = np.zeros(int(length * rate / BLOCK) + 2, np.int64)
    block, start_ms, start_tick, a_tick = 0, 0, 0, _tick_ms(500_000, ppq)
    pending = [*tempos, (1 << 60, 0)]
    while block < len(ticks):
        after, tempo = pending[0]
        ms = (1000 * BLOCK * np.arange(block, len(ticks))) // rate
        reached = start_tick + ((ms - start_ms) / a_tick + 0.5).astype(np.int64)
        ticks[block:] = reached
        due = int(np.searchsorted(reached, after))
        if due >= len(reached):
            break
        # The new tempo counts from the block that read it.
        start_ms, start_tick = int(ms[due]), int(reached[due])
        block += due
        a_tick = _tick_ms(tempo, ppq)
        pending.pop(0)
    return lambda tick: int(np.searchsorted(ticks, round(tick * ppq / 480)))


def _tick_ms(tempo: int, ppq: int) -> float:
    """A tick's milliseconds as the player has them, in single precision."""
    return float(np.float32(tempo) / np.float32(ppq) / np.float32(1000.0))


def difference_db(a: Samples, b: Samples) -> float:
    power = float(np.mean(np.square(a, dtype=np.float64)))
    return 10 * float(np.log10((np.mean(np.square(a.astype(np.float64) - b)) + 1e-30) / power))


def both(data: bytes, font: Path, folder: Path) -> tuple[Samples, Samples, NDArray[np.bool_]]:
    """Their sound and ours up to the last release, and where no note has its first block."""
    theirs = play(data, font, folder)[BLOCK:]
    at = block_mapping(data)
    tracks = played_tracks(read_midi(data).tracks)
    ours = np.zeros((len(theirs), 2), np.float32)
    for played in tracks:
        source = FluidSource(played, lambda tick: 0.0, font, RATE, follow_volume=True, block_at=at)
        sound = source.read(len(ours))
        source.close()
        ours[: len(sound)] += sound
    last = max(at(note.onset + note.duration) for part in tracks for note in part.notes) * BLOCK
    starts = np.zeros(len(ours) // BLOCK + 1, bool)
    starts[[at(note.onset) for part in tracks for note in part.notes]] = True
    return theirs[:last], ours[:last], ~np.repeat(starts, BLOCK)[:last]


@pytest.mark.parametrize("genre", ["classical", "jazz", "pop"])
def test_it_equals_fluidsynths_own_player(genre: str, tmp_path: Path) -> None:
    """Note for note; but FluidSynth starts a voice with the pan of whatever had its place before, so a note's first
    block depends on all other tracks in a common synth. Without these blocks both are the same."""
    font = min(find_soundfonts(), key=lambda each: each.size_bytes).path
    data = without_mixing(midi_bytes(compose(Brief(genre=genre, bars=8, seed=3))))
    theirs, ours, later = both(data, font, tmp_path)
    assert later.mean() > 0.9
    assert difference_db(theirs[later], ours[later]) < -75
    assert difference_db(theirs, ours) < -40
    if genre == "classical":
        assert difference_db(theirs, ours) < -60


DATA = Path(os.environ.get("PARTIMENTO_DATA", ""))


def real_file(name: str, programs: tuple[int, ...]) -> bytes:
    """The first piece of an open corpus as a MIDI file, its first minute."""
    with gzip.open(DATA / "open" / f"{name}.jsonl.gz", "rt") as lines:
        row = json.loads(next(iter(lines)))
    drums = {"drums": [(tick, 60, key, velocity) for tick, key, velocity in row.get("hits", ())]}
    file = mido.MidiFile(ticks_per_beat=480)
    file.tracks.append(mido.MidiTrack([mido.MetaMessage("set_tempo", tempo=int(6e7 / row.get("tempo", 100)))]))
    scale = 480 // row["tpq"]
    for channel, notes in enumerate((row["parts"] if "parts" in row else drums).values()):
        line = 9 if "hits" in row else channel
        events = [(0, 0, mido.Message("program_change", channel=line, program=programs[channel]))]
        for onset, length, key, *velocity in notes:
            if onset * scale < 480 * 100:
                stroke = velocity[0] if velocity else 90
                events.append((onset * scale, 2, mido.Message("note_on", channel=line, note=key, velocity=stroke)))
                events.append(((onset + length) * scale, 1, mido.Message("note_off", channel=line, note=key)))
        events.sort(key=lambda event: event[:2])
        now = [0, *(tick for tick, _, _ in events)]
        file.tracks.append(
            mido.MidiTrack([m.copy(time=at - before) for (at, _, m), before in zip(events, now, strict=False)])
        )
    out = BytesIO()
    file.save(file=out)
    return out.getvalue()


@pytest.mark.skipif(not (DATA / "open").is_dir(), reason="PARTIMENTO_DATA does not name a folder with open/")
@pytest.mark.parametrize(
    ("name", "programs"),
    [
        ("pop_pop909cl", (0, 0, 0)),
        ("chorales_bach_satb", (52, 48, 19, 32)),
        ("hymns_openhymnal_satb", (56, 66, 60, 58)),
        ("drums_groove_midi", (0,)),
    ],
)
def test_real_files_equal_the_player(name: str, programs: tuple[int, ...], tmp_path: Path) -> None:
    font = min(find_soundfonts(), key=lambda each: each.size_bytes).path
    theirs, ours, later = both(real_file(name, programs), font, tmp_path)
    assert difference_db(theirs[later], ours[later]) < -75
    # A kit is made of panned attacks: see above.
    assert difference_db(theirs, ours) < (-50 if name.startswith("drums") else -60)
