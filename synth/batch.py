"""The linear work of a mix for many stems at once, in torch: on a GPU where there is one, on the CPU in tests alone.

Conventions: stems are float32 of shape (stems, n, 2) at `rate` Hz, given chunk by chunk as elsewhere in synth; the
result is that of filters.py, stereo.py and space.py within -80 dB. What is not linear (compression, ducking, limiting)
stays where it is. torch is imported in here when a function is called, never before: it takes seconds.
"""

from __future__ import annotations

import ctypes
from collections.abc import Sequence
from math import ceil, log
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.fft import next_fast_len
from scipy.signal import firwin

from partimento.score.mix import EqBand
from partimento.synth.filters import sections
from partimento.synth.settled import Channel
from partimento.synth.stereo import matrix

Stems = NDArray[np.float32]
_DRIVERS = ("libcuda.so.1", "nvcuda.dll")
_RUN_IN_DB = 110.0
"""A filter's ring is heard out to this far down."""
_OVERSAMPLING = 4
_FEWEST, _MOST = 1 << 12, 1 << 19
"""Samples of run-in: bounds."""


def gpu_present() -> bool:
    """Whether torch can compute on a GPU; torch is asked only where there is a driver at all."""
    for name in _DRIVERS:
        try:
            ctypes.CDLL(name)
        except OSError:
            continue
        import torch

        return bool(torch.cuda.is_available())
    return False


def _device() -> str:
    return "cuda" if gpu_present() else "cpu"


def _response(bands: Sequence[EqBand], rate: int, size: int) -> NDArray[np.complex64]:
    """The equaliser's frequency response (size // 2 + 1,), phase included."""
    z = np.exp(-2j * np.pi * np.arange(size // 2 + 1) / size)
    response = np.ones(len(z), np.complex128)
    for b0, b1, b2, _, a1, a2 in sections(bands, rate):
        response *= (b0 + z * (b1 + z * b2)) / (1 + z * (a1 + z * a2))
    return response.astype(np.complex64)


def _ring(bands: Sequence[EqBand], rate: int) -> int:
    """Samples until the slowest of the bands has rung out."""
    slowest = max((float(np.abs(np.roots(row[3:])).max()) for row in sections(bands, rate)), default=0.0)
    if slowest < 1e-3:
        return _FEWEST
    # Two equal poles ring longer than one; a half more covers them.
    return min(_MOST, max(_FEWEST, ceil(1.5 * _RUN_IN_DB / 20 * log(10) / -log(min(slowest, 1 - 1e-7)))))


class Strips:
    """Gain, equaliser and, with `placed`, width and pan of all channels at once (a channel's squeeze and ducking are
    left out)."""

    def __init__(self, channels: Sequence[Channel], rate: int, placed: bool = True) -> None:
        import torch

        self._torch = torch
        self._device = _device()
        self._bands = [channel.eq for channel in channels]
        self._rate = rate
        self._before: Any = torch.zeros(
            (len(channels), 2, max((_ring(bands, rate) for bands in self._bands), default=0)), device=self._device
        )
        gains = np.array([10 ** (channel.gain_db / 20) for channel in channels], np.float32)
        ways = [matrix(c.pan, c.width) if placed else np.eye(2, dtype=np.float32) for c in channels]
        self._ways = torch.from_numpy(np.stack(ways) * gains[:, None, None]).to(self._device)
        self._responses: dict[int, Any] = {}

    def process(self, stems: Stems) -> Stems:
        """The stems (in the channels' order) as they go into the mix."""
        torch, count = self._torch, stems.shape[1]
        if not count:
            return stems
        sound = torch.from_numpy(stems).to(self._device).transpose(1, 2)
        whole = torch.cat((self._before, sound), dim=2)
        run_in = self._before.shape[2]
        self._before = whole[:, :, whole.shape[2] - run_in :].clone()
        size = next_fast_len(whole.shape[2], real=True)
        if size not in self._responses:
            table = np.stack([_response(bands, self._rate, size) for bands in self._bands])
            self._responses = {size: torch.from_numpy(table).to(self._device)[:, None, :]}
        spectrum = torch.fft.rfft(whole, size) * self._responses[size]
        filtered = torch.fft.irfft(spectrum, size)[:, :, run_in : run_in + count]
        done: Stems = torch.bmm(self._ways, filtered).transpose(1, 2).contiguous().cpu().numpy()
        return done


class Spaces:
    """Convolution with responses (2, 2, m) of impulses.response, one for each of the sends (sends, n, 2)."""

    def __init__(self, responses: Sequence[NDArray[np.float32]]) -> None:
        import torch

        self._torch = torch
        self._device = _device()
        longest = max(one.shape[2] for one in responses)
        table = np.zeros((len(responses), 2, 2, longest), np.float32)
        for at, one in enumerate(responses):
            table[at, :, :, : one.shape[2]] = one
        self._impulses = torch.from_numpy(table).to(self._device)
        self._coming: Any = torch.zeros((len(responses), 2, longest - 1), device=self._device)
        self._spectra: dict[int, Any] = {}

    def process(self, sends: Stems) -> Stems:
        """The wet sound of each send."""
        torch, count = self._torch, sends.shape[1]
        if not count:
            return sends
        ring = self._coming.shape[2]
        size = next_fast_len(count + ring, real=True)
        if size not in self._spectra:
            self._spectra = {size: torch.fft.rfft(self._impulses, size)}
        sound = torch.from_numpy(sends).to(self._device).transpose(1, 2)
        mixed = (torch.fft.rfft(sound, size)[:, :, None] * self._spectra[size]).sum(dim=1)
        wet = torch.fft.irfft(mixed, size)[:, :, : count + ring]
        wet[:, :, :ring] += self._coming
        self._coming = wet[:, :, count:].clone()
        done: Stems = wet[:, :, :count].transpose(1, 2).contiguous().cpu().numpy()
        return done


def true_peaks(stems: Stems) -> NDArray[np.float32]:
    """The highest absolute value of each whole stem (stems,), looked for between the samples too.

    Four times oversampled by the low-pass that scipy.signal.resample_poly takes by default.
    """
    import torch

    device = _device()
    half = 10 * _OVERSAMPLING
    taps = firwin(2 * half + 1, 1 / _OVERSAMPLING, window=("kaiser", 5.0)) * _OVERSAMPLING
    # A convolution for each of the places between two samples, taps reversed as torch correlates.
    padded = np.zeros(_OVERSAMPLING * 21)
    padded[: len(taps)] = taps
    phases = padded.reshape(21, _OVERSAMPLING).T[:, None, ::-1].astype(np.float32)
    weight = torch.from_numpy(np.ascontiguousarray(phases)).to(device)
    highest = np.zeros(len(stems), np.float32)
    for at, stem in enumerate(stems):
        if not len(stem):
            continue
        sound = torch.from_numpy(np.ascontiguousarray(stem.T)).to(device)[:, None, :]
        between = torch.nn.functional.conv1d(sound, weight, padding=20)
        highest[at] = float(between.abs().max())
    return highest
