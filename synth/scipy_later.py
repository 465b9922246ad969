"""What is used of scipy, loaded when it is first called.

scipy takes half a second to load; meanwhile a render lets its sources play already (`load`). One thread loads it, and
others that need it wait: loaded by two at once, scipy's parts find each other half made.
"""

from __future__ import annotations

from importlib import import_module
from threading import Lock
from typing import Any

from numpy.typing import NDArray

_loading = Lock()


def sosfilt(sections: NDArray[Any], samples: NDArray[Any], axis: int = -1, zi: NDArray[Any] | None = None) -> Any:
    """scipy.signal.sosfilt: the filtered samples, with the last states where `zi` gives the first."""
    load()
    from scipy.signal import sosfilt

    return sosfilt(sections, samples, axis=axis, zi=zi)


def rfft(samples: NDArray[Any], size: int | None = None, axis: int = -1) -> Any:
    """scipy.fft.rfft, which keeps single precision and transforms rows side by side."""
    load()
    from scipy.fft import rfft

    return rfft(samples, size, axis=axis)


def irfft(spectrum: NDArray[Any], size: int, axis: int = -1, overwrite: bool = False) -> Any:
    """scipy.fft.irfft; with `overwrite` the spectrum is lost."""
    load()
    from scipy.fft import irfft

    return irfft(spectrum, size, axis=axis, overwrite_x=overwrite)


def next_fast_len(size: int) -> int:
    """scipy.fft.next_fast_len for real signals."""
    load()
    from scipy.fft import next_fast_len

    found: int = next_fast_len(size, real=True)
    return found


def load() -> None:
    """Load it now, so that nobody has to wait for it later."""
    with _loading:
        for name in ("scipy.fft", "scipy.ndimage", "scipy.signal"):
            import_module(name)
