"""Stems for workstations: a file a track, equally long, which sum to the mix; names and the text beside them."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile

from partimento.commands.doctor import find_libfluidsynth
from partimento.composer.compose import compose
from partimento.score.brief import Brief
from partimento.score.song import KeyChange, Song
from partimento.score.timeline import Timeline
from partimento.soundfonts.finding import find_soundfonts
from partimento.synth.mixer import Mixed
from partimento.synth.render import render
from partimento.synth.signal import Samples
from partimento.synth.stem_export import HEADROOM, INFO, TrackStems, export_stems
from partimento.synth.stem_info import StemLine, info_text, key_name, stem_name
from partimento.theory.key import MODES, Key
from tests.score.small_song import small_song

RATE = 48000
needs_sound = pytest.mark.skipif(
    find_libfluidsynth() is None or not find_soundfonts(), reason="libfluidsynth or a SoundFont is missing"
)


@cache
def song() -> Song:
    """Drums of several pieces, an instrument or two, reverb."""
    return compose(Brief(genre="funk", bars=4, seed=3))


class Sink:
    """Stems in memory."""

    def __init__(self) -> None:
        self.names: tuple[str, ...] = ()
        self.parts: dict[int, list[Samples]] = {}

    def begin(self, names: Sequence[str]) -> None:
        """Their names."""
        self.names = tuple(names)

    def write(self, number: int, samples: Samples) -> None:
        """More of one."""
        self.parts.setdefault(number, []).append(samples.copy())


class Ear:
    """Hears the mix before its master."""

    def __init__(self) -> None:
        self.bus: list[Samples] = []

    def dry(self, strips: Sequence[Samples | None], count: int) -> None:
        """Not of interest."""

    def mixed(self, mixed: Mixed) -> None:
        """What the master is given."""
        self.bus.append(mixed.bus.copy())

    def final(self, samples: Samples) -> None:
        """Not of interest."""


def read(path: Path) -> Samples:
    """A file's samples."""
    samples: Samples = soundfile.read(path, dtype="float32", always_2d=True)[0]
    return samples


@needs_sound
def test_a_file_a_track_and_their_sum_is_the_mix_before_its_master(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ear = Ear()

    def listened(*args: Any, **named: Any) -> Any:
        return render(*args, listener=ear, **named)

    monkeypatch.setattr("partimento.synth.stem_export.render", listened)
    told: list[tuple[int, int]] = []
    stems = export_stems(song(), tmp_path, rate=RATE, bits="32f", progress=lambda done, of: told.append((done, of)))
    tracks = [track.name for track in song().tracks if track.notes]
    names = [stem.track for stem in stems]
    assert names[: len(tracks)] == tracks and set(names[len(tracks) :]) <= {"Room", "Hall", "Delay", "Effects"}
    assert [stem.path.name for stem in stems] == [stem_name(song(), n, name) for n, name in enumerate(names, 1)]
    sounds = [read(stem.path) for stem in stems]
    mix = read(tmp_path / stem_name(song(), 0, "Mix"))
    assert {len(sound) for sound in (*sounds, mix)} == {stem.frames for stem in stems}
    assert stems[0].seconds >= Timeline(song()).seconds_at(song().end)
    bus = np.concatenate(ear.bus)
    assert np.abs(bus).max() > 0.05
    assert np.abs(np.sum(sounds, axis=0, dtype=np.float64) / HEADROOM - bus).max() < 10 ** (-90 / 20)
    assert told[-1][0] == told[-1][1]
    text = (tmp_path / INFO).read_text(encoding="utf-8")
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(
        [INFO, stem_name(song(), 0, "Mix"), *(stem.path.name for stem in stems)]
    )
    assert all(stem.path.name in text for stem in stems)


@needs_sound
@pytest.mark.skipif(shutil.which("ffprobe") is None, reason="ffprobe is missing: apt-get install ffmpeg")
def test_ffprobe_reads_what_was_meant(tmp_path: Path) -> None:
    stems = export_stems(song(), tmp_path, rate=44100, pieces=True, date="2025-01-31")
    assert "Drums/kick" in [stem.track for stem in stems]
    for stem in (stems[0], stems[-1]):
        command = ["ffprobe", "-v", "error", "-show_format", "-show_streams", "-of", "json", str(stem.path)]
        found = json.loads(subprocess.run(command, capture_output=True, check=True, timeout=60).stdout)
        (stream,), tags = found["streams"], found["format"]["tags"]
        assert (stream["codec_name"], stream["sample_rate"], stream["duration_ts"]) == (
            "pcm_s24le", "44100", stem.frames,
        )  # fmt: skip
        assert float(found["format"]["duration"]) == pytest.approx(stem.seconds, abs=1e-4)
        assert (tags["encoded_by"], tags["time_reference"], tags["date"]) == ("Partimento", "0", "2025-01-31")
        assert tags["comment"] == f"{song().title}: {stem.track}"


@needs_sound
def test_a_muted_track_has_no_stem_and_the_text_says_so(tmp_path: Path) -> None:
    muted = song().tracks[0].name
    faders = tuple(replace(fader, mute=fader.track == muted) for fader in song().mix.faders)
    stems = export_stems(replace(song(), mix=replace(song().mix, faders=faders)), tmp_path, rate=44100, bits="16")
    assert muted not in [stem.track for stem in stems]
    assert f"\nSilent in this mix, and without a stem: {muted}\n" in (tmp_path / INFO).read_text(encoding="utf-8")


def test_pieces_of_a_kit_are_summed_whatever_thread_brings_them_last() -> None:
    names = ("Bass", "Drums/kick", "Drums/hats", "A/B", "Hall", "Other/kick")
    draw = np.random.default_rng(1)
    chunks = [[draw.standard_normal((64, 2), np.float32) for _ in names] for _ in range(20)]
    results = []
    for order in (range(6), range(5, -1, -1)):
        sink = Sink()
        stems = TrackStems(sink, ["Bass", "Drums", "A/B"])
        stems.begin(names)
        assert stems.names == sink.names == ("Bass", "Drums", "A/B", "Hall", "Other/kick")
        with ThreadPoolExecutor(4) as pool:
            for chunk in chunks:
                list(pool.map(stems.write, order, [chunk[i] for i in order]))
        results.append([np.concatenate(sink.parts[i]) for i in range(5)])
        assert stems.peaks == [float(np.abs(part).max()) for part in results[-1]]
    assert all(np.array_equal(one, other) for one, other in zip(*results, strict=True))
    whole = np.concatenate([chunk[1] + chunk[2] for chunk in chunks])
    assert np.array_equal(results[0][1], whole)


@pytest.mark.parametrize(
    ("name", "file"),
    [
        ("Drums", "01_Drums_100bpm_Bbmaj.wav"),
        ("Lead  Guitar (Solo)", "01_Lead-Guitar-Solo_100bpm_Bbmaj.wav"),
        ("../../etc/Flûte", "01_etc-Flute_100bpm_Bbmaj.wav"),
        ("笛", "01_Track_100bpm_Bbmaj.wav"),
        (90 * "x", f"01_{60 * 'x'}_100bpm_Bbmaj.wav"),
    ],
)
def test_names_of_files(name: str, file: str) -> None:
    assert stem_name(small_song(), 1, name) == file


def test_every_key_has_a_name_of_its_own() -> None:
    keys = [Key(tonic, mode) for mode in MODES for tonic in Key.parse("C# major").tones + Key.parse("Cb major").tones]
    names = [key_name(key) for key in keys]
    assert len(set(names)) == len(keys) and all(name.isalpha() and name.isascii() for name in names)
    assert stem_name(replace(small_song(), keys=(KeyChange(0, Key.parse("F# minor")),)), 0, "Mix") == (
        "00_Mix_100bpm_Fsmin.wav"
    )


def test_the_text_tells_what_a_person_needs() -> None:
    text = info_text(
        small_song(), StemLine("mix.wav", "", 0.5), [StemLine("a.wav", "lead", 1.0), StemLine("b.wav", "", 0.0)],
        rate=48000, bits="24", frames=96000, lufs=-14.02, true_peak_db=-1.0, silent=["Flute", "Oboe"],
    )  # fmt: skip
    assert text == (
        "Tést piece\n\n"
        "Tempo: 100 BPM, 100 BPM from 0:16.80, gliding, 60 BPM from 0:19.10\n"
        "Key: Bb major, C minor from 0:09.60\n"
        "Meter: 4/4\n"
        "Length: 0:20.10, 8 bars; the files with what rings on: 0:02.00\n"
        "Files: WAV (Broadcast Wave), 48000 Hz, 24-bit, stereo, all of one length; sample 0 is bar 1.\n\n"
        "Sections:\n"
        "  0:00.00  bar 1    Verse 1 (Bb major)\n"
        "  0:09.60  bar 5    Chorus 1 (C minor)\n\n"
        "Full mix, mastered (-14.0 LUFS, -1.0 dBTP):\n"
        "  mix.wav  peak -6.0 dB\n\n"
        "Stems, as mixed, 6 dB lower for headroom; at equal faders they sum to the mix before its master:\n"
        "  a.wav  lead, peak 0.0 dB\n"
        "  b.wav  silent\n\n"
        "Silent in this mix, and without a stem: Flute, Oboe\n"
    )
