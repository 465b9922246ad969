"""The spaces in torch, for a machine with a GPU: their convolutions are what a mix spends most arithmetic on.

Conventions: samples as in synth/signal.py; the result is that of space.Reverb within -80 dB. torch is imported when a
space is made, never before: it takes seconds.
"""

from __future__ import annotations

import ctypes
from typing import Any

import numpy as np

from partimento.synth.impulses import response
from partimento.synth.scipy_later import next_fast_len
from partimento.synth.signal import Samples

_DRIVERS = ("libcuda.so.1", "nvcuda.dll")


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


class BatchReverb:
    """space.Reverb on `device`: all four ways from left and right to left and right in one transform a chunk."""

    def __init__(self, seconds: float, rate: int, kind: str = "room", device: str = "cuda") -> None:
        import torch

        self._torch, self._device = torch, device
        impulses = response(seconds, rate, kind)
        self.tail_s = impulses.shape[2] / rate
        self._impulses = torch.from_numpy(np.array(impulses)).to(device)
        self._coming: Any = torch.zeros((2, impulses.shape[2] - 1), device=device)
        self._spectra: dict[int, Any] = {}

    def process(self, samples: Samples) -> Samples:
        """The reverberation of the samples, in place."""
        torch, count = self._torch, len(samples)
        if not count:
            return samples
        ring = self._coming.shape[1]
        size = next_fast_len(count + ring)
        if size not in self._spectra:
            self._spectra = {size: torch.fft.rfft(self._impulses, size)}
        sound = torch.from_numpy(samples).to(self._device).T
        spectrum = (torch.fft.rfft(sound, size)[:, None] * self._spectra[size]).sum(dim=0)
        wet = torch.fft.irfft(spectrum, size)[:, : count + ring]
        wet[:, :ring] += self._coming
        self._coming = wet[:, count:].clone()
        samples[:] = wet[:, :count].T.cpu().numpy()
        return samples
