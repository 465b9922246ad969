"""One room: convolution with decaying noise, made here, the same on every machine.

Conventions: float32 samples of shape (n, 2) at `rate` Hz; `reverb_s` is the time to fall by 60 dB (seconds).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.fft import irfft, next_fast_len, rfft
from scipy.signal import butter, sosfilt

Samples = NDArray[np.float32]
_PRE_DELAY_S = 0.018
_CROSSOVER_HZ = 3500.0
_HIGH_DECAY = 0.45
"""Highs die away in this share of the time, as air and walls take them."""


def room(reverb_s: float, rate: int) -> Samples:
    """The room's impulse response (m, 2): two unlike channels of unit energy each, nothing below 180 Hz."""
    seconds = max(0.2, min(12.0, reverb_s))
    length = round(rate * seconds * 1.1)
    # A frozen generator: its numbers never change between numpy's versions.
    noise = np.random.RandomState(1685).standard_normal((length, 2))
    time = np.arange(length)[:, None] / rate
    low = sosfilt(butter(2, _CROSSOVER_HZ, "lowpass", fs=rate, output="sos"), noise, axis=0)
    decay = 3 * np.log(10) / seconds
    tail = low * np.exp(-decay * time) + (noise - low) * np.exp(-decay / _HIGH_DECAY * time)
    # Echoes grow dense over the first milliseconds.
    tail *= np.minimum(1.0, time / 0.012)
    tail = sosfilt(butter(2, (180.0, 10000.0), "bandpass", fs=rate, output="sos"), tail, axis=0)
    tail /= np.sqrt((tail**2).sum(axis=0))
    silence = np.zeros((round(rate * _PRE_DELAY_S), 2))
    return np.concatenate((silence, tail)).astype(np.float32)


def add_reverb(send: NDArray[np.float32], response: Samples, out: Samples) -> None:
    """Add the reverberation of the mono `send` (n,) to `out` (in place; `out` should be longer by the response)."""
    span = max(1 << 17, len(response))
    size = next_fast_len(span + len(response) - 1, real=True)
    for channel in range(2):
        spectrum = rfft(response[:, channel], size)
        for start in range(0, len(send), span):
            part = send[start : start + span]
            if not part.any():
                continue
            wet = irfft(rfft(part, size) * spectrum, size)
            stop = min(len(out), start + len(part) + len(response) - 1)
            if stop > start:
                out[start:stop, channel] += wet[: stop - start]
