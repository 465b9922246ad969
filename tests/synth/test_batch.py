"""The spaces in torch give what the plain ones give."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from partimento.score.mix import Mix
from partimento.synth import mixer as mixer_module
from partimento.synth.batch import BatchReverb
from partimento.synth.mixer import Mixer
from partimento.synth.settled import Channel, Settled
from partimento.synth.signal import Samples
from partimento.synth.space import Reverb

RATE = 44100


def worst_db(one: object, other: object) -> float:
    """The greatest difference against the loudest sample, in dB."""
    first, second = np.asarray(one, np.float64), np.asarray(other, np.float64)
    return float(20 * np.log10(np.abs(first - second).max() / np.abs(second).max() + 1e-12))


@pytest.mark.parametrize(("seconds", "kind"), [(0.3, "room"), (0.8, "hall")])
def test_both_ways_agree(seconds: float, kind: str) -> None:
    sound = (0.2 * np.random.RandomState(5).standard_normal((40000, 2))).astype(np.float32)
    sound[10000:30000] = 0
    one, other = BatchReverb(seconds, RATE, kind, "cpu"), Reverb(seconds, RATE, kind)
    assert one.tail_s == other.tail_s
    chunks = [(at, at + 16000) for at in range(0, 40000, 16000)]
    heard, wanted = (
        np.concatenate([space.process(sound[start:stop].copy()) for start, stop in chunks]) for space in (one, other)
    )
    assert worst_db(heard, wanted) < -80
    assert one.process(sound[:0]).shape == (0, 2)


def test_a_mix_uses_the_gpu_where_there_is_one(monkeypatch: pytest.MonkeyPatch) -> None:
    def mixed() -> Samples:
        settled = Settled((Channel("Pad", "pad", -6.0, room=0.3, hall=0.5),))
        mixer = Mixer(settled, Mix(room_s=0.3, hall_s=0.8), lambda tick: tick / 960, 0.5, RATE)
        sound = (0.2 * np.random.RandomState(6).standard_normal((4096, 2))).astype(np.float32)
        return np.concatenate([mixer.process([sound.copy()], 4096).bus, mixer.process([None], 16384).bus])

    made: list[str] = []

    def on_cpu(seconds: float, rate: int, kind: str) -> BatchReverb:
        made.append(kind)
        return BatchReverb(seconds, rate, kind, "cpu")

    plain = mixed()
    monkeypatch.setattr(mixer_module, "gpu_present", lambda: True)
    monkeypatch.setattr(mixer_module, "BatchReverb", on_cpu)
    assert worst_db(mixed(), plain) < -80
    assert sorted(made) == ["hall", "room"]


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
