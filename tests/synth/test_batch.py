"""The batched work agrees with the one channel at a time, in chunks."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
from scipy.signal import resample_poly

from partimento.score.mix import EqBand
from partimento.synth import batch
from partimento.synth.filters import Equaliser
from partimento.synth.impulses import response
from partimento.synth.settled import Channel
from partimento.synth.space import Reverb
from partimento.synth.stereo import Panner

RATE = 44100


def worst_db(one: object, other: object) -> float:
    """The greatest difference against the loudest sample, in dB."""
    first, second = np.asarray(one, np.float64), np.asarray(other, np.float64)
    return float(20 * np.log10(np.abs(first - second).max() / np.abs(second).max() + 1e-12))


def test_batched_and_single_agree() -> None:
    channels = (
        Channel("Kick", "kick", -3.0, (EqBand("high-pass", 25.0), EqBand("peak", 60.0, 4.0, 5.0)), pan=0.0),
        Channel("Pad", "pad", -9.5, (EqBand("low-shelf", 250.0, -4.0), EqBand("low-pass", 9e3)), pan=-0.4, width=1.3),
        Channel("Lead", "lead", 2.0, (), pan=0.7, width=0.5),
    )
    stems = (0.2 * np.random.RandomState(5).standard_normal((3, 40000, 2))).astype(np.float32)
    stems[1, 10000:30000] = 0
    strips = batch.Strips(channels, RATE)
    heard = np.concatenate([strips.process(stems[:, at : at + 16000].copy()) for at in range(0, 40000, 16000)], axis=1)
    for stem, channel, got in zip(stems, channels, heard, strict=True):
        gained = stem * np.float32(10 ** (channel.gain_db / 20))
        wanted = Panner(channel.pan, channel.width, RATE).process(Equaliser(channel.eq, RATE).process(gained))
        assert worst_db(got, wanted) < -80

    spaces = batch.Spaces((response(0.3, RATE, "room"), response(0.8, RATE, "hall")))
    wet = np.concatenate([spaces.process(stems[:2, at : at + 16000]) for at in range(0, 40000, 16000)], axis=1)
    assert worst_db(wet[0], Reverb(0.3, RATE, "room").process(stems[0].copy())) < -80
    assert worst_db(wet[1], Reverb(0.8, RATE, "hall").process(stems[1].copy())) < -80

    wanted_peaks = [np.abs(resample_poly(stem, 4, 1, axis=0)).max() for stem in stems]
    assert np.allclose(batch.true_peaks(stems), wanted_peaks, rtol=1e-4)
    assert batch.true_peaks(stems[:, :0]).tolist() == [0.0] * 3
    assert strips.process(stems[:, :0]).shape == (3, 0, 2)


def test_without_a_driver_torch_is_left_alone() -> None:
    code = (
        "import ctypes, sys\n"
        "def none(name): raise OSError(name)\n"
        "ctypes.CDLL = none\n"
        "import partimento.synth.batch as batch\n"
        "assert not batch.gpu_present()\n"
        "assert 'torch' not in sys.modules\n"
    )
    top = Path(__file__).parents[2]
    env = {**os.environ, "PYTHONPATH": str(top / ".dev")}
    done = subprocess.run([sys.executable, "-c", code], env=env, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
