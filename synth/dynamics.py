"""Compression, bus glue and ducking: gains found at a control rate, in dB, and applied without steps.

Conventions: samples as in synth/signal.py; levels and gains in dB, times in ms as said. A control step is STEP
samples, counted from the very first; a step's gain comes from what sounded before it, so that no sample waits.
"""

from __future__ import annotations

from math import exp

import numpy as np
from numpy.typing import NDArray

from partimento.synth.settled import Squeeze
from partimento.synth.signal import Samples

STEP = 64
"""Samples to a control step: 689 a second at 44.1 kHz."""
WINDOW_S = 0.010
"""A compressor's level is the root mean square over so long."""
KNEE_DB = 6.0
"""The ratio sets in over so many dB about the threshold."""
DUCK_ATTACK_MS, DUCK_HOLD_MS, DUCK_RELEASE_MS = 3.0, 20.0, 150.0
_SILENT = 1e-12
"""Power under which a level is not looked at (-120 dBFS)."""
_LEAST_DB = 1e-4
"""A reduction below this counts as none."""
_SLOW_ATTACK, _SLOW_RELEASE = 10.0, 6.0
"""How many times slower the second envelope of a release that follows the programme is."""
_LEAST_KEY = 1e-3
"""A key's peaks below this (-60 dBFS) are no hits."""
_ALL, _NONE = 0.5, 0.0316
"""Of the key's recent peak: from here up all of the ducking (-6 dB), from here down none (-30 dB)."""
_FORGET_S = 4.0
_RAMP = np.arange(1, STEP + 1, dtype=np.float32) / np.float32(STEP)
_BOTH = np.repeat(_RAMP, 2)
"""For left and right in turn, which is multiplied faster than by pairs."""


def gain_reduction_db(levels_db: NDArray[np.float64], squeeze: Squeeze) -> NDArray[np.float64]:
    """How far (dB, 0 or more) steady levels (dBFS) are pushed down, makeup not counted.

    A soft knee of KNEE_DB: Giannoulis, Massberg and Reiss, "Digital dynamic range compressor design" (JAES 2012).
    """
    over = np.asarray(levels_db, np.float64) - squeeze.threshold_db
    slope = 1 - 1 / max(1.0, squeeze.ratio)
    inside = np.clip(over + KNEE_DB / 2, 0.0, KNEE_DB)
    reduction: NDArray[np.float64] = slope * (inside * inside / (2 * KNEE_DB) + np.maximum(0.0, over - KNEE_DB / 2))
    return reduction


class _Meter:
    """Cuts a signal into control steps, whatever its chunks, and measures each: both channels' energies, or peaks."""

    def __init__(self, peak: bool) -> None:
        self._peak = peak
        self._phase = 0
        self._begun = np.zeros(2)

    def completed(self, samples: Samples) -> NDArray[np.float64]:
        """What was measured (m, 2) on the steps that end within these samples; a peak stands in both columns."""
        head = min(len(samples), STEP - self._phase)
        self._add(samples[:head])
        if self._phase < STEP:
            return np.zeros((0, 2))
        first, self._begun, self._phase = self._begun, np.zeros(2), 0
        whole = (len(samples) - head) // STEP
        body = self._measured(samples[head : head + whole * STEP].reshape(whole, STEP, 2))
        self._add(samples[head + whole * STEP :])
        return np.concatenate((first[None], body))

    def _measured(self, steps: NDArray[np.float32]) -> NDArray[np.float64]:
        result = np.empty((len(steps), 2))
        if self._peak:
            flat = steps.reshape(len(steps), steps.shape[1] * 2)
            result[:] = np.maximum(flat.max(axis=1), -flat.min(axis=1))[:, None]
        else:
            result[:] = np.einsum("ijk,ijk->ik", steps, steps)
        return result

    def _add(self, part: Samples) -> None:
        if len(part):
            value = self._measured(part[None])[0]
            self._begun = np.maximum(self._begun, value) if self._peak else self._begun + value
            self._phase += len(part)


class _Gain:
    """Multiplies a signal by a gain that goes straight from step to step."""

    def __init__(self, gain: float) -> None:
        self._phase = 0
        self._from = self._to = gain
        self._waiting = np.array([gain])
        """Gains of steps that have not begun: one on a step's edge, none within a step."""

    def apply(self, samples: Samples, gains: NDArray[np.float64]) -> None:
        """Multiply in place. `gains`: one for each step that ended within these samples, to be reached a step later."""
        count = len(samples)
        head = min(count, -self._phase % STEP)
        self._part(samples[:head])
        whole, rest = divmod(count - head, STEP)
        begun = whole + (rest > 0)
        queue = np.concatenate((self._waiting, gains))
        self._waiting = queue[begun:]
        if not begun:
            return
        points = np.concatenate(([self._to], queue[:begun])).astype(np.float32)
        first = points[:whole, None]
        if not (points == 1.0).all():
            body = samples[head : head + whole * STEP].reshape(whole, STEP * 2)
            course = (points[1 : whole + 1, None] - first) * _BOTH
            course += first
            body *= course
        self._from, self._to = float(points[-2]), float(points[-1])
        self._part(samples[count - rest :] if rest else samples[:0])

    def _part(self, part: Samples) -> None:
        """A piece of the step under way."""
        first, last = np.float32(self._from), np.float32(self._to)
        if first != 1.0 or last != 1.0:
            part *= (first + (last - first) * _RAMP[self._phase : self._phase + len(part)])[:, None]
        self._phase = (self._phase + len(part)) % STEP


def _share(ms: float, rate: int) -> float:
    """What part of the way a one-pole smoother of that time constant goes in a step."""
    return 1 - exp(-STEP / rate / max(1e-5, ms / 1000))


class _Envelope:
    """A reduction (dB) that rises with one time constant and falls with another."""

    def __init__(self, attack_ms: float, release_ms: float, rate: int) -> None:
        self._up, self._down = _share(attack_ms, rate), _share(release_ms, rate)
        self._now = 0.0

    def follow(self, targets: NDArray[np.float64]) -> NDArray[np.float64]:
        """The targets smoothed."""
        now = self._now
        if now == 0.0 and not targets.any():
            return targets
        up, down = self._up, self._down
        way: list[float] = []
        # Plain floats: 0.1 us a step, and no array formulation of a smoother that branches is as plain.
        for target in targets.tolist():
            now += (up if target > now else down) * (target - now)
            if now < _LEAST_DB:
                now = 0.0
            way.append(now)
        self._now = now
        return np.array(way)


class Compressor:
    """A feed-forward compressor; the louder channel sets the gain of both.

    `follows_programme`: after long loud stretches it lets go slowly, after a short peak with the squeeze's own
    release (for a bus).
    """

    def __init__(self, squeeze: Squeeze, rate: int, follows_programme: bool = False) -> None:
        self._squeeze = squeeze
        self._meter = _Meter(peak=False)
        self._window = max(1, round(WINDOW_S * rate / STEP))
        self._before = np.zeros((self._window - 1, 2))
        self._fast = _Envelope(squeeze.attack_ms, squeeze.release_ms, rate)
        self._slow = (
            _Envelope(squeeze.attack_ms * _SLOW_ATTACK, squeeze.release_ms * _SLOW_RELEASE, rate)
            if follows_programme
            else None
        )
        self._gain = _Gain(10 ** (squeeze.makeup_db / 20))

    def process(self, samples: Samples) -> Samples:
        """The samples compressed, in place."""
        steps = self._meter.completed(samples)
        energy = np.concatenate((self._before, steps))
        self._before = energy[len(steps) :]
        # Summed anew at every step: a running sum would depend on where it began.
        total = sum((energy[at : at + len(steps)] for at in range(self._window)), np.zeros((len(steps), 2)))
        power = total.max(axis=1) / (self._window * STEP)
        targets = gain_reduction_db(10 * np.log10(np.maximum(power, _SILENT)), self._squeeze)
        reduction = self._fast.follow(targets)
        if self._slow is not None:
            reduction = np.maximum(reduction, self._slow.follow(targets))
        self._gain.apply(samples, 10 ** ((self._squeeze.makeup_db - reduction) / 20))
        return samples


class Ducker:
    """Pushes a signal down by `depth_db` (positive) whenever the key, a kick, sounds.

    The key counts by its level against its own recent peak, so that neither its gain nor its velocity changes the
    depth much: all of it within 6 dB of the peak, none 30 dB below.
    """

    def __init__(self, depth_db: float, rate: int) -> None:
        self._depth = max(0.0, depth_db)
        self._meter = _Meter(peak=True)
        self._gain = _Gain(1.0)
        self._recent = -20.0
        self._forget = STEP / rate / _FORGET_S
        self._hold = round(DUCK_HOLD_MS / 1000 * rate / STEP)
        self._held = np.zeros(self._hold)
        # Two alike, one after the other: the gain bends in instead of breaking.
        self._first = _Envelope(DUCK_ATTACK_MS / 2, DUCK_RELEASE_MS / 8, rate)
        self._second = _Envelope(DUCK_ATTACK_MS / 2, DUCK_RELEASE_MS, rate)

    def process(self, samples: Samples, key: Samples) -> Samples:
        """The samples ducked, in place; `key` (as many samples) is only listened to."""
        peaks = self._meter.completed(key).max(axis=1, initial=0.0)
        targets = self._second.follow(self._first.follow(self._depth * self._hits(peaks)))
        self._gain.apply(samples, 10 ** (-targets / 20))
        return samples

    def _hits(self, peaks: NDArray[np.float64]) -> NDArray[np.float64]:
        """How far the key calls for ducking (0-1) at each step, held a little."""
        if not len(peaks):
            return peaks
        # The recent peak, forgotten at an even pace: in logarithms, and with the pace taken out, a running maximum.
        lapse = self._forget * np.arange(1, len(peaks) + 1)
        line = np.log(np.maximum(peaks, _LEAST_KEY)) + lapse
        recent = np.maximum.accumulate(np.maximum(line, self._recent)) - lapse
        self._recent = float(recent[-1])
        share = np.where(peaks < _LEAST_KEY, 0.0, (peaks / np.exp(recent) - _NONE) / (_ALL - _NONE))
        line = np.concatenate((self._held, np.clip(share, 0.0, 1.0)))
        self._held = line[len(peaks) :]
        held: NDArray[np.float64] = np.lib.stride_tricks.sliding_window_view(line, self._hold + 1).max(axis=1)
        return held
