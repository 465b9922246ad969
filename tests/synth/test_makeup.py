"""Compressors give back what they take: of held sounds and of the shortest."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from partimento.score.mix import EqBand
from partimento.synth.dynamics import Compressor
from partimento.synth.filters import Equaliser
from partimento.synth.loudness import loudness
from partimento.synth.makeup import with_makeup
from partimento.synth.settled import Channel, Settled, Squeeze
from partimento.synth.signal import Samples

RATE = 44100


class Tape:
    """Samples as a Recording."""

    def __init__(self, samples: Samples) -> None:
        self.samples = samples

    @property
    def length(self) -> int:
        return len(self.samples)

    def read(self, start: int, count: int) -> Samples:
        return self.samples[start : start + count].copy()


def struck(fall_s: float) -> Samples:
    """Noise struck twice a second for ten seconds, -12 dBFS at its loudest."""
    time = np.arange(10 * RATE) / RATE % 0.5
    line = np.random.RandomState(2).standard_normal(len(time)) * np.exp(-time / fall_s) * 0.08
    return np.stack((line, line), axis=1).astype(np.float32)


@pytest.mark.parametrize("fall_s", [0.003, 0.03, 0.2, 10.0])
def test_what_is_taken_is_given_back(fall_s: float) -> None:
    sound = struck(fall_s)
    channel = Channel("Snare", "snare", 3.0, (EqBand("high-pass", 90.0),), Squeeze(-34.0, 3.5, 12.0, 90.0, 12.0))
    (found,) = with_makeup(Settled((channel,)), (Tape(sound),), RATE).channels
    assert found.squeeze is not None
    gained = Equaliser(channel.eq, RATE).process(sound * np.float32(10 ** (3 / 20)))
    before = loudness(gained, RATE)
    after = loudness(Compressor(found.squeeze, RATE).process(gained.copy()), RATE)
    assert after == pytest.approx(before, abs=0.6)


def test_no_more_is_given_than_peaks_allow() -> None:
    channel = Channel("Pad", "pad", 0.0, squeeze=Squeeze(-60.0, 8.0, 10.0, 100.0, 1.0))
    (found,) = with_makeup(Settled((channel,)), (Tape(struck(10.0)),), RATE).channels
    assert found.squeeze is not None and found.squeeze.makeup_db == 3.0


@pytest.mark.parametrize("tape", [None, Tape(np.zeros((0, 2), np.float32)), Tape(np.zeros((5000, 2), np.float32))])
def test_where_nothing_is_heard_nothing_changes(tape: Tape | None) -> None:
    channel = Channel("Pad", "pad", 0.0, squeeze=Squeeze(-30.0, 2.0, 10.0, 100.0, 1.5))
    settled = Settled((channel, replace(channel, squeeze=None), replace(channel, silent=True)))
    assert with_makeup(settled, (tape, Tape(struck(0.1)), Tape(struck(0.1))), RATE) == settled
