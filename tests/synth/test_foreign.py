"""Foreign stems: what they are taken for, and how they are mixed."""

from __future__ import annotations

import wave
from math import isfinite
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from partimento.score.mix import EqBand
from partimento.synth.foreign import ROLES, mix_of_stems, piece_of_stems, role_heard, role_named, stems_of, tracks_of
from partimento.synth.measure import StripMeter
from partimento.synth.render import render
from partimento.synth.signal import Samples
from partimento.theory.errors import BriefError, RenderError, ScoreFormatError, StyleError

RATE = 44100


@pytest.mark.parametrize(
    ("name", "role"),
    [
        ("01_Kick-In", "kick"), ("BD", "kick"), ("Bass Drum", "kick"), ("snare top", "snare"), ("SNR_btm", "snare"),
        ("HiHat", "hats"), ("hh", "hats"), ("FloorTom", "toms"), ("OH_L", "cymbals"), ("drum overheads", "cymbals"),
        ("Tambourine2", "percussion"), ("Drums", "drums"), ("BassDI", "bass"), ("bass guitar", "bass"), ("808", "bass"),
        ("LeadVox", "lead"), ("lead guitar", "lead"), ("Vocals (main)", "lead"), ("Backing Vox 1", "harmony"),
        ("BGVs", "harmony"), ("EGtr_L", "comp"), ("Acoustic Guitar", "comp"), ("Keys", "comp"), ("Pad", "pad"),
        ("Strings_hi", "pad"), ("Brass", "stab"), ("synth arp", "riff"), ("FX riser", "texture"),
        ("vocal fx", "texture"), ("11-Hall", "texture"), ("Electric Grand", "comp"),
        ("track 07", ""), ("Audio 1", ""), ("embassy", ""), ("take3", ""),
    ],
)  # fmt: skip
def test_names_tell_roles(name: str, role: str) -> None:
    assert role_named(name) == role


def sound(seconds: float, hz: float, fall: float = 0.0, every: float = 0.5) -> NDArray[np.float64]:
    """A tone (0 Hz: bright noise) that is held, or struck again and again and falls by e in 1 / `fall` s."""
    times = np.arange(round(seconds * RATE)) / RATE
    body = np.sin(2 * np.pi * hz * times) if hz else np.diff(np.random.RandomState(0).standard_normal(len(times) + 1))
    return 0.4 * body * np.exp(-(times % every) * fall)


@pytest.mark.parametrize(
    ("hz", "fall", "role"),
    [(55.0, 0.0, "bass"), (50.0, 25.0, "kick"), (0.0, 40.0, "hats"), (700.0, 40.0, "drums"), (700.0, 0.0, "comp")],
)
def test_sounds_tell_roles(hz: float, fall: float, role: str) -> None:
    meter = StripMeter(RATE, 4.0)
    line = sound(4.0, hz, fall)
    meter.feed(np.stack((line, line), axis=1).astype(np.float32))
    assert role_heard(meter.result())[0] == role


def write(path: Path, line: NDArray[np.float64], rate: int = RATE, channels: int = 1) -> Path:
    with wave.open(str(path), "wb") as file:
        file.setnchannels(channels)
        file.setsampwidth(2)
        file.setframerate(rate)
        file.writeframes(np.repeat(np.round(line * 20000), channels).astype("<i2").tobytes())
    return path


@pytest.fixture
def stems(tmp_path: Path) -> list[Path]:
    return [
        write(tmp_path / "kick.wav", sound(3.0, 50.0, 25.0)),
        write(tmp_path / "Bass.wav", sound(2.0, 55.0), channels=2),
        write(tmp_path / "vox.wav", sound(3.0, 440.0)[:: 44100 // 22050], rate=22050),
        write(tmp_path / "Audio 4.wav", sound(3.0, 700.0)),
    ]


def test_a_persons_word_comes_first(stems: list[Path]) -> None:
    found = stems_of(stems, {"audio 4": "lead", "VOX.wav": "harmony"})
    assert [stem.role for stem in found] == ["kick", "bass", "harmony", "lead"]
    assert [stem.why for stem in found] == ["its name", "its name", "named so", "named so"]
    assert stems_of(stems)[3].role == "comp"
    assert [track.name for track in tracks_of(found)] == ["kick", "Bass", "vox", "Audio 4"]


def test_where_nobody_leads_the_soloist_does(stems: list[Path], tmp_path: Path) -> None:
    sax = write(tmp_path / "sax.wav", sound(3.0, 500.0))
    assert [stem.role for stem in stems_of([stems[1], sax])] == ["bass", "lead"]
    assert stems_of([*stems, sax])[-1].role == stems_of([stems[1], sax], {"sax": "answer"})[1].role == "answer"


@pytest.mark.parametrize("genre", ["", "rock", "house", "classical"])
def test_every_stem_has_a_fader(stems: list[Path], genre: str) -> None:
    found = stems_of(stems)
    mix = mix_of_stems(found, genre)
    assert [fader.track for fader in mix.faders] == [stem.name for stem in found]
    assert not mix.moves and not mix.effects and all(fader.delay == 0 for fader in mix.faders)
    kick, bass = mix.faders[:2]
    assert kick.pan == bass.pan == 0.0
    assert (bass.duck_db > 0) == (genre in ("rock", "house"))
    assert bool(mix.spectrum) == bool(genre)


def test_low_cuts_leave_a_stem_its_lowest_sound(tmp_path: Path) -> None:
    (stem,) = stems_of([write(tmp_path / "pad low.wav", sound(2.0, 110.0))])
    cuts = [band for band in mix_of_stems([stem]).faders[0].eq if band.kind == "high-pass"]
    assert cuts == [EqBand("high-pass", 100.0)]


def test_stems_of_one_name_and_one_piece_stand_apart(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    line = sound(1.0, 0.0, 40.0)
    found = stems_of([write(tmp_path / folder / "hats.wav", line) for folder in ("a", "b")])
    assert [stem.name for stem in found] == ["hats", "hats 2"]
    one, two = mix_of_stems(found, "pop").faders
    assert one.pan == -two.pan != 0.0


def test_stems_become_a_mix(stems: list[Path], tmp_path: Path) -> None:
    found = stems_of(stems)
    piece = piece_of_stems(found, mix_of_stems(found, "pop"))
    parts: list[Samples] = []
    rendered = render(
        piece.strips, piece.mix, piece.clock, RATE, tmp_path, write=lambda part: parts.append(part.copy()),
        beat_s=piece.beat_s,
    )  # fmt: skip
    samples = np.concatenate(parts)
    assert rendered.mastered.lufs == pytest.approx(-14.0, abs=0.3)
    assert 3.0 * RATE <= len(samples) < 8.0 * RATE and np.abs(samples).max() <= 10 ** (-1 / 20)
    assert all(isfinite(channel.gain_db) for channel in rendered.settled.channels)


def test_bad_input_is_one_line(stems: list[Path], tmp_path: Path) -> None:
    with pytest.raises(BriefError, match="no role. Did you mean 'lead'"):
        stems_of(stems, {"vox": "laed"})
    with pytest.raises(BriefError, match="no stem is called 'voice'"):
        stems_of(stems, {"voice": "lead"})
    with pytest.raises(ScoreFormatError, match="cannot be read"):
        stems_of([tmp_path / "none.wav"])
    with pytest.raises(StyleError):
        mix_of_stems(stems_of(stems), "no such genre")
    with pytest.raises(RenderError, match="nothing to mix"):
        piece_of_stems((), mix_of_stems(()))
    assert "effects" not in ROLES and "lead" in ROLES and "kick" in ROLES


def test_a_silent_stem_is_no_harm(stems: list[Path], tmp_path: Path) -> None:
    found = stems_of([*stems, write(tmp_path / "nothing.wav", np.zeros(RATE))])
    assert (found[-1].role, found[-1].why) == ("comp", "silent")
    assert len(mix_of_stems(found).faders) == 5
