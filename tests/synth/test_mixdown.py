"""Whole songs and MIDI files to sound: as loud as asked, no clipping, no offset, an end."""

from __future__ import annotations

import wave
from dataclasses import replace
from io import BytesIO
from pathlib import Path

import numpy as np
import pyebur128
import pytest
from click.testing import CliRunner

from partimento.cli import main
from partimento.commands.doctor import find_libfluidsynth
from partimento.composer.compose import compose, last_release_s
from partimento.score.brief import Brief
from partimento.score.midi_read import read_midi
from partimento.score.midi_write import midi_bytes
from partimento.score.mix import Fader, Mix
from partimento.score.performance import Performance, PlayedNote, PlayedTrack
from partimento.score.song import Song, Track
from partimento.score.song_json import song_to_json
from partimento.soundfonts.finding import find_soundfonts
from partimento.synth.fluid import RATE, Samples
from partimento.synth.mixdown import render_midi, render_song, wav_bytes
from partimento.theory.errors import RenderError

pytestmark = pytest.mark.skipif(find_libfluidsynth() is None, reason="libfluidsynth is missing")


@pytest.fixture(scope="module")
def font() -> Path:
    return min(find_soundfonts(), key=lambda each: each.size_bytes).path


@pytest.fixture(scope="module")
def song() -> Song:
    return compose(Brief(genre="pop", bars=8, seed=3, tempo_bpm=120.0))


@pytest.fixture(scope="module")
def sound(song: Song, font: Path) -> Samples:
    return render_song(song, font)[0]


def test_a_song_is_as_loud_as_asked_and_never_clips(song: Song, sound: Samples) -> None:
    state = pyebur128.R128State(2, RATE, pyebur128.MeasurementMode.MODE_I | pyebur128.MeasurementMode.MODE_TRUE_PEAK)
    state.add_frames(np.ascontiguousarray(sound).reshape(-1), len(sound))
    assert pyebur128.get_loudness_global(state) == pytest.approx(song.mix.lufs, abs=0.5)
    assert all(20 * np.log10(pyebur128.get_true_peak(state, channel)) <= -1.0 for channel in (0, 1))
    assert np.abs(sound.mean(axis=0)).max() < 1e-3


def test_it_ends_in_silence_after_the_last_note(song: Song, sound: Samples) -> None:
    assert last_release_s(song) * RATE < len(sound) < (last_release_s(song) + 16) * RATE
    assert np.abs(sound[-10:]).max() < 1e-4


def test_threads_do_not_show(song: Song, sound: Samples, font: Path) -> None:
    told: list[tuple[int, int]] = []
    again, rate = render_song(song, font, lambda done, of: told.append((done, of)))
    assert rate == RATE
    assert np.array_equal(again, sound)
    count = sum(1 for track in song.performance.tracks if track.notes)
    assert told == [(n, count) for n in range(1, count + 1)]


def duo(pan: float = 0.0, gain_db: float = 0.0, mute: bool = False) -> Song:
    """The lead and a bass of two notes; the lead with the fader given."""
    base = compose(Brief(genre="pop", bars=8, seed=3, tempo_bpm=120.0))
    notes = tuple(PlayedNote(i * 480, 440, 60 + i % 5, 90) for i in range(8))
    low = tuple(PlayedNote(i * 480, 440, 36, 90) for i in range(8))
    return replace(
        base,
        tracks=(Track("A", "lead", "flute"), Track("B", "bass", "bass guitar")),
        performance=Performance((PlayedTrack("A", 0, 73, notes), PlayedTrack("B", 1, 33, low))),
        mix=Mix(faders=(Fader("A", gain_db, pan, hall=0.0, mute=mute), Fader("B", hall=0.0)), lufs=-23.0),
    )


def highs(samples: Samples) -> tuple[float, float]:
    """Energy above 400 Hz left and right: the flute's."""
    spectrum = np.abs(np.fft.rfft(samples[: 4 * RATE], axis=0)) ** 2
    left, right = spectrum[round(400 * 4) :].sum(axis=0)
    return float(left), float(right)


def test_faders_pan_gain_and_mute(font: Path) -> None:
    left, right = highs(render_song(duo(-0.8), font)[0])
    assert left > 10 * right
    soft = sum(highs(render_song(duo(gain_db=-12), font)[0]))
    assert soft < 0.3 * sum(highs(render_song(duo(), font)[0]))
    assert sum(highs(render_song(duo(mute=True), font)[0])) < 0.7 * soft


def test_any_midi_file_sounds(song: Song, font: Path) -> None:
    contents = read_midi(midi_bytes(song))
    samples, _ = render_midi(contents, font)
    assert len(samples) > last_release_s(song) * RATE
    assert 0.05 < np.abs(samples).max() <= 10 ** (-1 / 20)


def test_nothing_to_play_is_one_line(song: Song, font: Path) -> None:
    with pytest.raises(RenderError, match="nothing to play"):
        render_song(replace(song, performance=Performance()), font)


def test_the_wav_file_holds_the_samples(sound: Samples) -> None:
    with wave.open(BytesIO(wav_bytes(sound, RATE))) as file:
        assert (file.getnchannels(), file.getsampwidth(), file.getframerate()) == (2, 2, RATE)
        assert file.getnframes() == len(sound)
        read = np.frombuffer(file.readframes(1 << 30), "<i2").reshape(-1, 2)
    assert np.abs(read / 32767.0 - sound).max() < 1e-4


def test_the_command_renders_midi_and_json(song: Song, font: Path, tmp_path: Path) -> None:
    (tmp_path / "song.mid").write_bytes(midi_bytes(song))
    (tmp_path / "song.json").write_text(song_to_json(song), encoding="utf-8")
    for name, out in (("song.mid", "song.wav"), ("song.json", "json.wav")):
        words = ["render", str(tmp_path / name), "--soundfont", str(font), "-o", str(tmp_path / out)]
        result = CliRunner().invoke(main, words)
        assert result.exit_code == 0, result.output
        assert result.stdout.strip() == str(tmp_path / out)
        with wave.open(str(tmp_path / out)) as file:
            assert file.getnframes() > RATE
    again = CliRunner().invoke(main, ["render", str(tmp_path / "song.mid"), "--soundfont", str(font)])
    assert again.exit_code == 1
    assert "--force" in again.stderr


@pytest.mark.parametrize("content", [None, b"", b"MThd", b"{", b'{"format": 1}', b"\x00" * 100, b"MThd" + b"\xff" * 60])
def test_a_file_that_is_no_song_is_one_line(tmp_path: Path, content: bytes | None) -> None:
    if content is not None:
        (tmp_path / "x.mid").write_bytes(content)
    result = CliRunner().invoke(main, ["render", str(tmp_path / "x.mid")])
    assert result.exit_code == 2
    assert result.stderr.startswith("error: ") and result.stderr.count("\n") == 1
    assert not (tmp_path / "x.wav").exists()
