"""A lapped transform whose blocks are short where a stroke begins and long where it rings.

Conventions: a block of n samples becomes n coefficients (MDCT: each edge is folded with the block beyond it, then a
DCT-IV; Malvar 1990, Edler 1989 for unequal blocks). It is orthogonal, so that an error in coefficients is the same
error in samples. A stroke's first and last edges are not folded: nothing sounds before a stroke.
"""

from __future__ import annotations

from functools import lru_cache
from itertools import groupby
from math import pi

import numpy as np
from numpy.typing import NDArray

from partimento.synth.scipy_later import load

Floats = NDArray[np.float64]

_ATTACK = (64,) * 4 + (128,) * 2 + (256,) * 2 + (512,) * 2 + (1024,) * 2
PATTERNS = (
    (_ATTACK, 2048), (_ATTACK[:-2], 1024), (_ATTACK[:-4], 512), (_ATTACK[:-6], 256),
    ((), 128), ((), 256), ((), 512), ((), 1024), ((), 2048),
)  # fmt: skip
"""How strokes may be cut: blocks at the beginning, then the size of all others."""
_BANDS = {64: 6, 128: 9, 256: 13, 512: 18, 1024: 22, 2048: 26}
_NYQUIST = 22050.0


def blocks(pattern: int, samples: int) -> tuple[int, ...]:
    """The blocks' sizes that hold so many samples."""
    first, then = PATTERNS[pattern]
    sizes: list[int] = []
    length = 0
    for size in first:
        if length >= samples:
            break
        sizes.append(size)
        length += size
    return (*sizes, *(then for _ in range(length, samples, then)))


@lru_cache(maxsize=16)
def band_edges(size: int) -> tuple[int, ...]:
    """The coefficients at which a block's bands begin, and its size: equal steps of the ear's scale (ERB rate, Glasberg
    and Moore 1990), two coefficients at the least."""
    top = np.log10(1 + 0.00437 * _NYQUIST)
    hertz = (10 ** np.linspace(0.0, top, _BANDS[size] + 1) - 1) / 0.00437
    edges = [0]
    for edge in np.round(hertz[1:] / _NYQUIST * size).astype(int).tolist():
        edges.append(max(edge, edges[-1] + 2))
    return (*(edge for edge in edges if edge < size), size)


def widths(sizes: tuple[int, ...]) -> NDArray[np.int64]:
    """How many coefficients each band of each block has."""
    each = [np.diff(band_edges(size)) for size in sizes]
    return np.concatenate(each) if each else np.zeros(0, np.int64)


def middles(sizes: tuple[int, ...]) -> Floats:
    """The frequency in Hz around which each band of each block lies."""
    each = [(np.array(edges[:-1]) + edges[1:]) / 2 * (_NYQUIST / edges[-1]) for edges in map(band_edges, sizes)]
    return np.concatenate(each) if each else np.zeros(0)


def forward(samples: Floats, sizes: tuple[int, ...]) -> Floats:
    """The coefficients of samples, zeros after their end; as many as the blocks have."""
    padded = np.zeros(sum(sizes))
    padded[: len(samples)] = samples
    _fold(padded, sizes, 1.0)
    return _dct(padded, sizes)


def inverse(coefficients: Floats, sizes: tuple[int, ...]) -> Floats:
    """The samples of coefficients."""
    samples = _dct(coefficients, sizes)
    _fold(samples, sizes, -1.0)
    return samples


def _fold(samples: Floats, sizes: tuple[int, ...], way: float) -> None:
    """Turn each pair of samples that lie equally far from an edge, in place; `way` -1 turns them back."""
    edge = 0
    for before, after in zip(sizes, sizes[1:], strict=False):
        edge += before
        half = min(before, after) // 2
        cosine, sine = _turn(half)
        left, right = samples[edge - half : edge][::-1].copy(), samples[edge : edge + half].copy()
        samples[edge - half : edge] = (cosine * left - way * sine * right)[::-1]
        samples[edge : edge + half] = cosine * right + way * sine * left


@lru_cache(maxsize=16)
def _turn(half: int) -> tuple[Floats, Floats]:
    angle = pi / 4 * (1 - (np.arange(half) + 0.5) / half)
    return np.cos(angle), np.sin(angle)


def _dct(samples: Floats, sizes: tuple[int, ...]) -> Floats:
    """The DCT-IV of each block, which is its own inverse."""
    load()  # on demand: it takes longer than most strokes
    from scipy.fft import dct

    out = np.empty_like(samples)
    start = 0
    for size, run in groupby(sizes):
        count = len(list(run))
        part = samples[start : start + count * size].reshape(count, size)
        out[start : start + count * size] = dct(part, 4, norm="ortho", axis=1).reshape(-1)
        start += count * size
    return out
