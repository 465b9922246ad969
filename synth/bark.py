"""Arithmetic on powers per Bark band: what an equaliser makes of them, how loud they are.

Conventions: powers are float64 (frames, 24) or (24,), linear, in the bands of measure.BARK_HZ; levels in dB.
"""

from __future__ import annotations

from functools import cache
from math import inf, log10

import numpy as np
from numpy.typing import NDArray

from partimento.score.mix import EqBand
from partimento.synth.filters import response_db
from partimento.synth.loudness import k_weighting
from partimento.synth.measure import BARK_HZ

Powers = NDArray[np.float64]

_RATE = 44100
"""The rate at which responses are foreseen; at 48 kHz they differ by less than matters here."""
_POINTS = 4
"""Frequencies at which a Bark band is asked."""


def equalised(bands: Powers, eq: tuple[EqBand, ...]) -> Powers:
    return bands * eq_gains(eq) if eq else bands


def heard(bands: Powers, eq: tuple[EqBand, ...]) -> Powers:
    """K-weighted power per frame."""
    out: Powers = bands @ (k_weights() * eq_gains(eq))
    return out


def gated_db(powers: Powers) -> float:
    """Mean of the powers per frame in dB, what lies 10 dB below it left out, as in BS.1770-4."""
    loud = powers[powers > 0]
    if not len(loud):
        return -inf
    return 10 * log10(float(loud[loud > 0.1 * loud.mean()].mean()))


def db(powers: Powers) -> Powers:
    out: Powers = 10 * np.log10(np.maximum(powers, 1e-15))
    return out


@cache
def _points() -> Powers:
    """Frequencies (24, _POINTS) spread over each Bark band."""
    edges = np.array(BARK_HZ)
    shares = (np.arange(_POINTS) + 0.5) / _POINTS
    out: Powers = edges[:-1, None] * (edges[1:] / edges[:-1])[:, None] ** shares
    return out


@cache
def centres() -> Powers:
    out: Powers = np.sqrt(_points()[:, 1] * _points()[:, 2])
    return out


@cache
def eq_gains(eq: tuple[EqBand, ...]) -> Powers:
    """Factor of power per Bark band."""
    out: Powers = (10 ** (response_db(eq, _points().reshape(-1), _RATE) / 10)).reshape(-1, _POINTS).mean(axis=1)
    return out


@cache
def k_weights() -> Powers:
    z = np.exp(-2j * np.pi * _points() / _RATE)
    response = np.ones_like(z)
    for b0, b1, b2, _, a1, a2 in k_weighting(_RATE):
        response = response * (b0 + b1 * z + b2 * z * z) / (1 + a1 * z + a2 * z * z)
    out: Powers = (np.abs(response) ** 2).mean(axis=1)
    return out
