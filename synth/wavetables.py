"""Band-limited waveforms in tables, and reading them: rows from dull to bright for a line, loops of saws for chords.

Conventions: a row is one period, float32; rows are normalised so that their fundamental has amplitude 1. A loop is
stereo, float32 of shape (2, n), of RMS 1 at its brightest. What lies over Nyquist is never in a table, so nothing
folds back.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

import numpy as np
from numpy.typing import NDArray

from partimento.synth.scipy_later import irfft, next_fast_len, rfft

Table = NDArray[np.float32]

PERIOD = 4096
"""Samples in a row; read with linear interpolation its images lie under -70 dB for the sounds that are read so."""
ROWS_PER_OCTAVE = 4
LOOP = 1 << 17
"""About how many samples a loop of low detuned saws lasts (3 s); high ones beat faster and come round in half of it."""
_HIGHEST = 0.45
"""Share of the sampling rate above which a table holds nothing."""


def low_pass(ratio: NDArray[np.float64], resonance: float) -> NDArray[np.float64]:
    """The gain of a low-pass of 24 dB an octave at frequency / corner; `resonance` lifts the corner (0 none, 1 much).

    Two equal two-pole sections in series, as in a synthesiser's ladder; the phase is left out.
    """
    q = 0.6 + 0.9 * resonance
    square = ratio * ratio
    return np.asarray(1.0 / ((1.0 - square) ** 2 + square / (q * q)))


def filtered_rows(wave: str, highest: float, resonance: float) -> Table:
    """A "saw" or "square" through a low-pass, a row every 1/4 octave of the corner from the fundamental on.

    `highest` is the corner of the last row in harmonics; (rows, PERIOD + 1), the first sample repeated at the end.
    """
    count = max(2, int(np.log2(max(highest, 2.0)) * ROWS_PER_OCTAVE) + 2)
    harmonics = np.arange(1, PERIOD // 8)
    amplitudes = 1.0 / harmonics
    if wave == "square":
        amplitudes = amplitudes * (harmonics % 2)
    corners = 2.0 ** (np.arange(count) / ROWS_PER_OCTAVE)
    spectrum = np.zeros((count, PERIOD // 2 + 1), np.complex128)
    gains = low_pass(harmonics[None, :] / corners[:, None], resonance)
    gains /= gains[:, :1]
    spectrum[:, 1 : len(harmonics) + 1] = -0.5j * PERIOD * amplitudes * gains
    return _closed(irfft(spectrum, PERIOD, axis=1))


def driven_rows(count: int, drive: float, bias: float) -> Table:
    """A sine through tanh, from clean to `drive`; `bias` brings even harmonics, as a warm amplifier's. No DC."""
    phase = 2.0 * np.pi * np.arange(PERIOD) / PERIOD
    rows = []
    for amount in np.linspace(0.0, drive, count):
        row = np.sin(phase) if amount < 1e-6 else np.tanh(amount * (np.sin(phase) + bias))
        spectrum = rfft(row)
        spectrum[0] = 0.0
        spectrum[64:] = 0.0
        row = irfft(spectrum, PERIOD)
        rows.append(row / (2.0 * np.abs(spectrum[1]) / PERIOD))
    return _closed(np.array(rows))


def partial_rows(amplitudes: Sequence[float]) -> Table:
    """One row (given twice) with the given harmonics, sines all."""
    phase = 2.0 * np.pi * np.arange(PERIOD) / PERIOD
    row = sum(a * np.sin((k + 1) * phase) for k, a in enumerate(amplitudes)) / amplitudes[0]
    return _closed(np.array([row, row]))


def _closed(rows: NDArray[np.float64]) -> Table:
    return np.concatenate([rows, rows[:, :1]], axis=1).astype(np.float32)


def saw_loops(
    hz: float, rate: int, detunes: Sequence[float], spread: float, corners: Sequence[float], draws: NDArray[np.float64]
) -> list[Table]:
    """Detuned saws at `hz`, once for each low-pass corner (Hz), all in phase with each other, made to go round.

    `detunes` in cents, one a saw; `spread` 0-1 is how far they are set apart in stereo; `draws` (saws,) in 0-1 are
    their phases. Every saw has a whole number of periods in the loop, hence is exactly band-limited.
    The idea of a long table made in the frequency domain: Nasca, PADsynth (2005).
    """
    cycles, length = _fit(hz, rate)
    limit = int(_HIGHEST * length)
    left = np.zeros(length // 2 + 1, np.complex128)
    right = np.zeros(length // 2 + 1, np.complex128)
    middle = (len(detunes) - 1) / 2.0
    for k, cents in enumerate(detunes):
        base = max(1, round(cycles * 2.0 ** (cents / 1200.0)))
        harmonics = np.arange(1, max(2, limit // base))
        bins = harmonics * base
        lines = np.exp(-2j * np.pi * ((harmonics * draws[k]) % 1.0)) / harmonics
        # The saws lie left and right by turns, the middle one in the centre, so that neither side is the sharper.
        side = 0.0 if k == middle else spread * (1.0 if k % 2 else -1.0) * (1.0 if k < middle else -1.0)
        left[bins] += lines * np.sqrt(0.5 * (1.0 - side))
        right[bins] += lines * np.sqrt(0.5 * (1.0 + side))
    hertz = np.arange(length // 2 + 1, dtype=np.float64) * (rate / length)
    gains = [low_pass(hertz / corner, 0.25) for corner in corners]
    power = float(np.sum((np.abs(left) ** 2 + np.abs(right) ** 2) * gains[-1] ** 2))
    both = np.stack([left, right]) * (length / np.sqrt(power))
    return [irfft((both * gain).astype(np.complex64), length, axis=1) for gain in gains]


def _fit(hz: float, rate: int) -> tuple[int, int]:
    """(periods, samples) of a loop in which `hz` fits within half a cent (from key 35 on) and which transforms fast."""
    best = (1, 2)
    least = np.inf
    for length in _lengths(LOOP if hz < 200.0 else LOOP // 2):
        cycles = hz * length / rate
        off = abs(round(cycles) - cycles) / cycles
        if off < least:
            best, least = (round(cycles), length), off
    return best


@cache
def _lengths(least: int) -> tuple[int, ...]:
    """The even lengths from `least` to a quarter more that have no factor above 5."""
    out = []
    length = least
    while length <= 1.25 * least:
        if length % 2 == 0:
            out.append(length)
        length = next_fast_len(length + 1)
    return tuple(out)


def look_up(table: Table, phase: NDArray[np.float64], heights: Table | None) -> Table:
    """The table at `phase` (periods) and in the row `heights` (fractions lie between rows), linear in both."""
    place = (phase - np.floor(phase)) * PERIOD
    left = place.astype(np.int32)
    between = (place - left).astype(np.float32)
    left &= PERIOD - 1  # a phase just under 0 is rounded up to a whole period
    if heights is None:
        low = table[0].take(left)
        left += 1
        return np.asarray(low + (table[0].take(left) - low) * between)
    floor = heights.astype(np.int32)
    above = heights - floor
    flat = table.reshape(-1)
    width = table.shape[1]
    left += floor * width
    low, high = flat.take(left), flat.take(left + width)
    left += 1
    low += (flat.take(left) - low) * between
    left += width
    high += (flat.take(left) - high) * between
    return np.asarray(low + (high - low) * above)


def read_loop(loop: Table, position: NDArray[np.float64]) -> Table:
    """The loop at fractional positions: Lagrange's cubic through the four samples around each."""
    size = loop.shape[1]
    base = position.astype(np.int64)
    x = (position - base).astype(np.float32)
    weights = (
        x * (x - 1.0) * (x - 2.0) * np.float32(-1.0 / 6.0),
        (x + 1.0) * (x - 1.0) * (x - 2.0) * np.float32(0.5),
        (x + 1.0) * x * (x - 2.0) * np.float32(-0.5),
        (x + 1.0) * x * (x - 1.0) * np.float32(1.0 / 6.0),
    )
    out = np.zeros((2, len(base)), np.float32)
    for k, weight in enumerate(weights):
        out += loop[:, (base + (k - 1)) % size] * weight
    return out
