"""Filters that carry their state: equalisers of second-order sections, and a low-pass whose corner moves.

Conventions: samples as in synth/signal.py. Everything is computed in float64 (scipy takes no longer for it, and
low corners keep their precision), float32 in and out. What falls silent costs nothing once its ring has died away.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import cos, pi, sin, sqrt, tan

import numpy as np
from numpy.typing import NDArray

from partimento.score.mix import EqBand
from partimento.synth.scipy_later import sosfilt
from partimento.synth.signal import Samples
from partimento.synth.spill import runs

STEP = 64
"""Samples to one value of a moving corner."""
OPEN_HZ = 19000.0
"""A moving low-pass at this corner or above lets everything through."""
_GRAIN = 512
"""Silence is looked for in pieces of so many samples: short enough for no ring to sink to denormal numbers in one."""
_DEAD = 1e-9
"""A ring below this (-180 dBFS) is over."""


def section(band: EqBand, rate: int) -> tuple[float, float, float, float, float, float]:
    """The band as one biquad (b0, b1, b2, 1, a1, a2): R. Bristow-Johnson's audio EQ cookbook.

    ValueError for an unknown kind; `hz` must lie between 0 and half the rate.
    """
    w = 2 * pi * band.hz / rate
    c, alpha = cos(w), sin(w) / (2 * band.q)
    a = 10 ** (band.gain_db / 40)
    k = 2 * sqrt(a) * alpha
    match band.kind:
        case "high-pass":
            b0, b1, b2, a0, a1, a2 = (1 + c) / 2, -1 - c, (1 + c) / 2, 1 + alpha, -2 * c, 1 - alpha
        case "low-pass":
            b0, b1, b2, a0, a1, a2 = (1 - c) / 2, 1 - c, (1 - c) / 2, 1 + alpha, -2 * c, 1 - alpha
        case "peak":
            b0, b1, b2, a0, a1, a2 = 1 + alpha * a, -2 * c, 1 - alpha * a, 1 + alpha / a, -2 * c, 1 - alpha / a
        case "low-shelf":
            b0, b1, b2 = a * (a + 1 - (a - 1) * c + k), 2 * a * (a - 1 - (a + 1) * c), a * (a + 1 - (a - 1) * c - k)
            a0, a1, a2 = a + 1 + (a - 1) * c + k, -2 * (a - 1 + (a + 1) * c), a + 1 + (a - 1) * c - k
        case "high-shelf":
            b0, b1, b2 = a * (a + 1 + (a - 1) * c + k), -2 * a * (a - 1 + (a + 1) * c), a * (a + 1 + (a - 1) * c - k)
            a0, a1, a2 = a + 1 - (a - 1) * c + k, 2 * (a - 1 - (a + 1) * c), a + 1 - (a - 1) * c - k
        case _:
            raise ValueError(f"no kind of EQ band: {band.kind!r}")
    return b0 / a0, b1 / a0, b2 / a0, 1.0, a1 / a0, a2 / a0


def sections(bands: Sequence[EqBand], rate: int) -> NDArray[np.float64]:
    """The bands that do something as second-order sections (m, 6), in the order of their corners.

    Left out: corners at half the rate and above, or not above 0, and shelves and peaks of 0 dB.
    """
    heard = [
        band
        for band in bands
        if 0 < band.hz < rate / 2 and band.q > 0 and (band.kind in ("high-pass", "low-pass") or band.gain_db != 0)
    ]
    # The longest ring first: it keeps those after it out of denormal numbers.
    heard.sort(key=lambda band: band.hz)
    return np.array([section(band, rate) for band in heard], np.float64).reshape(-1, 6)


def response_db(bands: Sequence[EqBand], hz: NDArray[np.float64], rate: int) -> NDArray[np.float64]:
    """What the bands together do to the level at each of the frequencies `hz`, in dB, exactly."""
    z = np.exp(-2j * pi * np.asarray(hz, np.float64) / rate)
    db = np.zeros(z.shape)
    for b0, b1, b2, _, a1, a2 in sections(bands, rate):
        gain = np.abs((b0 + b1 * z + b2 * z * z) / (1 + a1 * z + a2 * z * z))
        db += 20 * np.log10(np.maximum(gain, 1e-15))
    return db


class Sections:
    """A cascade of second-order sections (m, 6) over samples (n, `channels`)."""

    def __init__(self, sos: NDArray[np.float64], channels: int = 2) -> None:
        self._sos = sos
        self.state = np.zeros((len(sos), 2, channels))

    def process(self, samples: NDArray[np.float32]) -> NDArray[np.float32]:
        """The samples filtered in place."""
        if not len(self._sos) or not len(samples):
            return samples
        for start, stop, silent in runs(samples, _GRAIN):
            if silent:
                self._ring(samples[start:stop])
            else:
                self._filter(samples[start:stop])
        return samples

    def _filter(self, part: NDArray[np.float32]) -> None:
        part[:], self.state = sosfilt(self._sos, part, axis=0, zi=self.state)

    def _ring(self, part: NDArray[np.float32]) -> None:
        """Let the filters ring on into silence until nothing is left."""
        for start in range(0, len(part), _GRAIN):
            if np.abs(self.state).max() < _DEAD:
                self.state[:] = 0
                return
            self._filter(part[start : start + _GRAIN])


class Equaliser:
    """All bands of a channel in one pass."""

    def __init__(self, bands: Sequence[EqBand], rate: int) -> None:
        self._sections = Sections(sections(bands, rate))

    def process(self, samples: Samples) -> Samples:
        """The samples equalised, in place."""
        return self._sections.process(samples)


class SweptLowPass:
    """A low-pass (12 dB an octave, no resonance) whose corner moves without a click, and which may stand open.

    A state-variable filter by the trapezoidal rule (V. Zavalishin, The Art of VA Filter Design, chapter 4), whose
    states mean the same at every corner. Blocks are computed side by side, position by position; then their states
    are handed on from block to block.
    """

    def __init__(self, rate: int) -> None:
        self._rate = rate
        self._corner: float | None = None
        self._state = np.zeros((2, 2))

    def _way(self, corner_hz: NDArray[np.float64]) -> NDArray[np.float64]:
        """From where the corner stands through the blocks' ends, an octave a block at the most: a jump would click."""
        corners = np.clip(corner_hz, 20.0, OPEN_HZ).tolist()
        now: float = corners[0] if self._corner is None else self._corner
        way = [now]
        for corner in corners:
            now = min(2 * now, max(now / 2, corner))
            way.append(now)
        self._corner = now
        return np.array(way)

    def process(self, samples: Samples, corner_hz: NDArray[np.float64]) -> Samples:
        """The samples filtered, in place. `corner_hz`: the corner at the end of each block of STEP samples.

        The last block may be shorter, but then nothing more should come: the blocks are counted from the first
        sample of every call.
        """
        count = len(samples)
        blocks = -(-count // STEP)
        if len(corner_hz) != blocks:
            raise ValueError(f"{blocks} blocks need as many corners, not {len(corner_hz)}")
        if not blocks:
            return samples
        corner = self._way(corner_hz)
        opened = (corner >= OPEN_HZ).astype(np.float64)
        if opened.all() or not (samples.any() or self._state.any()):
            return samples
        if not opened.any() and (corner == corner[0]).all():
            return self._still(samples, float(corner[0]))
        dry = np.zeros((blocks, STEP, 2))
        dry.reshape(-1, 2)[:count] = samples
        g = np.tan(pi / self._rate * corner)
        low = self._filter(dry, g[:-1], g[1:])
        share = opened[:-1, None] + (opened[1:] - opened[:-1])[:, None] * (np.arange(1, STEP + 1) / STEP)
        samples[:] = (low + share[:, :, None] * (dry - low)).reshape(-1, 2)[:count]
        return samples

    def _still(self, samples: Samples, corner_hz: float) -> Samples:
        """The samples through a corner that stands: the same filter as a biquad, its states translated."""
        row = section(EqBand("low-pass", corner_hz, q=sqrt(0.5)), self._rate)
        g = tan(pi * corner_hz / self._rate)
        a1 = 1 / (1 + g * (g + sqrt(2.0)))
        a2, a3 = g * a1, g * g * a1
        # What both would still give without input, in their first and second sample.
        now = np.array(((a2, 1 - a3),))
        ours = np.concatenate((now, now @ ((2 * a1 - 1, -2 * a2), (2 * a2, 1 - 2 * a3))))
        theirs = np.array(((1.0, 0.0), (-row[4], 1.0)))
        biquad = Sections(np.array((row,)))
        biquad.state[0] = np.linalg.solve(theirs, ours @ self._state)
        biquad.process(samples)
        self._state = np.linalg.solve(ours, theirs @ biquad.state[0])
        return samples

    def _filter(
        self, x: NDArray[np.float64], starts: NDArray[np.float64], ends: NDArray[np.float64]
    ) -> NDArray[np.float64]:
        """The low-passed blocks (blocks, STEP, 2), each corner moving from its start to its end."""
        blocks = len(x)
        damping = sqrt(2.0)
        g = starts[:, None] + (ends - starts)[:, None] * (np.arange(1, STEP + 1) / STEP)
        a1 = 1 / (1 + g * (g + damping))
        a2 = g * a1
        a3 = g * a2

        def run(first: NDArray[np.float64], second: NDArray[np.float64], columns: int) -> NDArray[np.float64]:
            """Low-passed output (blocks, STEP, columns); the states are changed in place. Columns past 2 are silent."""
            out = np.empty((STEP, blocks, columns))
            sound = np.zeros((blocks, columns))
            for at in range(STEP):
                sound[:, :2] = x[:, at]
                c1, c2, c3 = a1[:, at, None], a2[:, at, None], a3[:, at, None]
                rest = sound - second
                band = c1 * first + c2 * rest
                low = second + c2 * first + c3 * rest
                np.subtract(2 * band, first, out=first)
                np.subtract(2 * low, second, out=second)
                out[at] = low
            return out.transpose(1, 0, 2)

        # From rest, and with no sound from each state set to one: what a block adds to its states and hands on.
        first, second = np.zeros((blocks, 4)), np.zeros((blocks, 4))
        first[:, 2], second[:, 3] = 1.0, 1.0
        run(first, second, 4)
        begin = np.empty((blocks, 2, 2))
        state = self._state.tolist()
        for block, (f, s) in enumerate(zip(first.tolist(), second.tolist(), strict=True)):
            begin[block] = state
            (l1, r1), (l2, r2) = state
            state = [
                [f[0] + f[2] * l1 + f[3] * l2, f[1] + f[2] * r1 + f[3] * r2],
                [s[0] + s[2] * l1 + s[3] * l2, s[1] + s[2] * r1 + s[3] * r2],
            ]
        self._state = np.array(state)
        self._state[np.abs(self._state) < _DEAD] = 0
        return run(begin[:, 0].copy(), begin[:, 1].copy(), 2)
