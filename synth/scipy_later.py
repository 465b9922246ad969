"""What is used of scipy, loaded when it is first called.

scipy takes half a second to load; meanwhile a render lets FluidSynth play already (`load`).
"""

from __future__ import annotations

from importlib import import_module
from typing import Any

from numpy.typing import NDArray


def sosfilt(sections: NDArray[Any], samples: NDArray[Any], axis: int = -1, zi: NDArray[Any] | None = None) -> Any:
    """scipy.signal.sosfilt: the filtered samples, with the last states where `zi` gives the first."""
    from scipy.signal import sosfilt

    return sosfilt(sections, samples, axis=axis, zi=zi)


def rfft(samples: NDArray[Any], size: int | None = None, axis: int = -1) -> Any:
    """scipy.fft.rfft, which keeps single precision and transforms rows side by side."""
    from scipy.fft import rfft

    return rfft(samples, size, axis=axis)


def irfft(spectrum: NDArray[Any], size: int, axis: int = -1, overwrite: bool = False) -> Any:
    """scipy.fft.irfft; with `overwrite` the spectrum is lost."""
    from scipy.fft import irfft

    return irfft(spectrum, size, axis=axis, overwrite_x=overwrite)


def next_fast_len(size: int) -> int:
    """scipy.fft.next_fast_len for real signals."""
    from scipy.fft import next_fast_len

    found: int = next_fast_len(size, real=True)
    return found


def load() -> None:
    """Load it now, so that nobody has to wait for it later."""
    for name in ("scipy.ndimage", "scipy.signal"):
        import_module(name)
