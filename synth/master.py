"""The master: rumble away, the genre's spectrum approached, glue, loudness, true peak; two passes, then measured.

Conventions: levels in dB relative to full scale, loudness in LUFS. The bus is looked at here and there first; then it
is read once through EQ and glue into a scratch recording, its envelope taken on the way; gain and limiter are found
from the envelope; the second pass applies them and measures what comes out. The whole mix's width is set here too.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from math import inf, isfinite, log10

import numpy as np
from numpy.typing import NDArray

from partimento.score.mix import OCTAVES_HZ, EqBand, Mix
from partimento.synth.behind import Behind
from partimento.synth.dynamics import Compressor
from partimento.synth.filters import Equaliser, response_db
from partimento.synth.limiter import STEP, Envelope, Envelopes, PeakMeter, StreamLimiter, apply, limiting
from partimento.synth.loudness import LoudnessMeter
from partimento.synth.scipy_later import rfft
from partimento.synth.settle import BUS_LUFS
from partimento.synth.settled import Settled, Squeeze
from partimento.synth.signal import CHUNK, Processor, Recording, Samples, Scratch
from partimento.synth.spill import Spill
from partimento.synth.stereo import Panner

RUMBLE_HZ = 22.0
_END_DB, _FADE_S = -66.0, 0.15
_TILT_STRENGTH, _MOST_TILT_DB, _LEAST_TILT_DB = 0.6, 4.0, 0.3
_TILT_BANDS = (
    EqBand("low-shelf", 90.0, 1.0, 0.6),
    *(EqBand("peak", hz, 1.0, 0.8) for hz in OCTAVES_HZ[2:9]),
    EqBand("high-shelf", 9000.0, 1.0, 0.6),
)
_MOST_TILTS = 5
_GLUE_ATTACK_MS, _GLUE_RELEASE_MS = 30.0, 180.0
_LEAST_CORRELATION, _MOST_MONO_LOSS_DB = 0.18, 2.7
_LEAST_WIDTH = 0.3
_MOST_GAIN_DB, _MOST_SQUEEZE_DB = 40.0, 18.0
_FRAME, _FRAMES = 8192, 600
"""The bus is looked at in at most so many frames of so many samples, evenly spread."""
_OFFSET = 0.03
_ABSENT_DB = 12.0
"""An octave that lies so far below what is wanted holds no instrument."""
_TYPICAL_CREST_DB = 4.0
"""The level that the loudest tenth of a bus exceeds, over its loudness, where nothing is measured."""


@dataclass(frozen=True, slots=True)
class Mastered:
    """What the master did: `settled` with its bus found; the result's loudness and true peak, measured; how deep the
    limiter cut, and the compressor of peaks before it."""

    settled: Settled
    lufs: float
    true_peak_db: float
    limited_db: float
    squeezed_db: float = 0.0


def master(
    bus: Recording, scratch: Scratch, mix: Mix, settled: Settled, rate: int, write: Callable[[Samples], None]
) -> Mastered:
    """Master `bus`: `write` gets the result's samples in order, float32 within the ceiling; `scratch` holds as many.
    Of both, a Spill is forgotten meanwhile.

    The loudness is `mix.lufs` within 0.1 LU unless next to nothing sounds; the true peak never passes
    `mix.ceiling_db`. The result ends where the sound has died away (-66 dB of the peak); mere silence keeps its length.
    """
    look = _look(bus, rate)
    eq = (*_tilt(look.octaves_db(), mix.spectrum, rate), *mix.eq)
    width = look.narrowing()
    glue = look.glue(mix.glue_ratio, eq, rate)
    envelopes = Envelopes(rate, bus.length, look.floor(mix))
    chain = _chain(eq, mix.width * width, glue, rate)

    def keep(part: Samples) -> None:
        envelopes.feed(part)
        scratch.write(part)

    with Behind(keep) as behind:
        for start in range(0, bus.length, CHUNK):
            part = bus.read(start, CHUNK)
            _forget(bus, start)
            if look.offset.any():
                part -= look.offset
            for processor in chain:
                part = processor.process(part)
            behind(part)
    envelopes.finish()
    gain_db, gains, cut_db, squeezed_db = _loud_enough(envelopes, mix)
    end = _end(envelopes, rate)
    lufs, peak_db = _write(scratch, gains, end, rate, write)
    found = replace(settled, bus_eq=eq, glue=glue, bus_gain_db=gain_db, bus_width=width)
    return Mastered(found, lufs, peak_db, cut_db, squeezed_db)


class StreamMaster:
    """The master for a signal that cannot wait: EQ, glue and gain as settled, and a limiter about 5 ms behind.

    Where `settled` is not measured, the glue and the gain are the profile's: a bus at BUS_LUFS brought to `mix.lufs`.
    """

    def __init__(self, mix: Mix, settled: Settled, rate: int) -> None:
        eq, glue, gain_db = settled.bus_eq, settled.glue, settled.bus_gain_db
        if not settled.measured:
            eq = mix.eq
            glue = _squeeze(BUS_LUFS + _TYPICAL_CREST_DB, mix.glue_ratio)
            gain_db = mix.lufs - BUS_LUFS
        self._chain = _chain(eq, mix.width * settled.bus_width, glue, rate)
        self._gain = np.float32(10 ** (gain_db / 20))
        self._limiter = StreamLimiter(rate, mix.ceiling_db)

    def process(self, samples: Samples) -> Samples:
        """What is ready of the mastered signal: it lags by about 5 ms, and no silence fills that in."""
        for processor in self._chain:
            samples = processor.process(samples)
        samples *= self._gain
        return self._limiter.process(samples)

    def flush(self) -> Samples:
        """The rest, when the signal is over."""
        return self._limiter.flush()


def _forget(recording: Recording, until: int) -> None:
    """What lies on disk is read for the last time, and gives its room to what is written."""
    if isinstance(recording, Spill):
        recording.forget(until)


def _chain(eq: Sequence[EqBand], width: float, glue: Squeeze | None, rate: int) -> list[Processor]:
    chain: list[Processor] = [Equaliser((EqBand("high-pass", RUMBLE_HZ), *eq), rate)]
    if width != 1.0:
        chain.append(Panner(0.0, width, rate))
    if glue is not None:
        chain.append(Compressor(glue, rate, follows_programme=True))
    return chain


@dataclass(frozen=True, slots=True, eq=False)
class _Look:
    """Power spectra of some frames of the bus (frames, bins), of mid and of side."""

    hz: NDArray[np.float64]
    mid: NDArray[np.float32]
    side: NDArray[np.float32]
    levels_db: NDArray[np.float64]
    """Level of the louder channel in some 10 ms, where something sounds."""
    offset: Samples
    """What stands constant left and right, where it is so large that a high-pass would start with a bang; else 0."""

    def octaves_db(self) -> NDArray[np.float64]:
        """Mean power per octave band in dB (-inf when silent)."""
        power = (self.mid + self.side).sum(axis=0, dtype=np.float64)
        out = []
        for centre in OCTAVES_HZ:
            within = (self.hz >= centre / 2**0.5) & (self.hz < centre * 2**0.5)
            total = float(power[within].sum())
            out.append(10 * log10(total) if total > 0 else -inf)
        return np.array(out)

    def narrowing(self) -> float:
        """The factor for the sides that keeps correlation and mono fold within what was asked; 1 where they are."""
        mid, side = (float(part.sum(dtype=np.float64)) for part in (self.mid, self.side))
        if side == 0.0:
            return 1.0
        # Left and right alike in level: correlation (m - s) / (m + s); mono keeps m of m + s.
        most = min((1 - _LEAST_CORRELATION) / (1 + _LEAST_CORRELATION), 10 ** (_MOST_MONO_LOSS_DB / 10) - 1)
        return float(max(_LEAST_WIDTH, min(1.0, (most * mid / side) ** 0.5)))

    def floor(self, mix: Mix) -> float:
        """The sample peak under which the limiter cannot be concerned, whatever lies between the samples: 6 dB for
        that, and 6 dB for a gain that turns out higher than the level promises."""
        if not len(self.levels_db):
            return 0.0
        likely_gain_db = mix.lufs + _TYPICAL_CREST_DB - float(np.quantile(self.levels_db, 0.9))
        return float(10 ** ((mix.ceiling_db - 12.0 - likely_gain_db) / 20))

    def glue(self, ratio: float, eq: Sequence[EqBand], rate: int) -> Squeeze | None:
        """The bus compressor with its threshold; None where there is nothing to glue."""
        power = (self.mid + self.side).sum(axis=0, dtype=np.float64)
        if ratio <= 1 or not len(self.levels_db) or not power.any():
            return None
        bent = 10 ** (response_db((EqBand("high-pass", RUMBLE_HZ), *eq), np.maximum(self.hz, 1.0), rate) / 10)
        change = 10 * log10(float((power * bent).sum()) / float(power.sum()))
        return _squeeze(float(np.quantile(self.levels_db, 0.9)) + change, ratio)


def _squeeze(loud_db: float, ratio: float) -> Squeeze | None:
    """The glue: at the level that the loudest tenth exceeds it takes 1.3 dB (1.2 : 1) to 2.5 dB (2 : 1)."""
    if ratio <= 1:
        return None
    taken_db = min(2.5, 1.0 + 1.5 * (ratio - 1))
    return Squeeze(loud_db - taken_db / (1 - 1 / ratio), ratio, _GLUE_ATTACK_MS, _GLUE_RELEASE_MS)


def _look(bus: Recording, rate: int) -> _Look:
    """Frames spread over the whole bus, those that sound."""
    count = min(_FRAMES, bus.length // _FRAME)
    window = np.hanning(_FRAME).astype(np.float32)
    mids, sides, levels = [], [], []
    offsets = np.zeros(2)
    tick = rate // 100
    for i in range(count):
        start = (bus.length - _FRAME) * i // max(1, count - 1)
        part = bus.read(start, _FRAME)
        if not part.any():
            continue
        mean = part.mean(axis=0)
        offsets += mean
        if np.abs(mean).max() > _OFFSET:
            part -= mean
        mid = (part[:, 0] + part[:, 1]) * np.float32(0.5)
        side = part[:, 0] - mid
        mids.append(_power(mid * window))
        sides.append(_power(side * window))
        ticks = part[: _FRAME // tick * tick].reshape(-1, tick, 2)
        levels.append((ticks * ticks).mean(axis=1).max(axis=1))
    hz: NDArray[np.float64] = np.arange(_FRAME // 2 + 1, dtype=np.float64) * (rate / _FRAME)
    if not mids:
        empty = np.zeros((0, len(hz)), np.float32)
        return _Look(hz, empty, empty, np.zeros(0), np.zeros(2, np.float32))
    offsets /= len(mids)
    power = np.concatenate(levels).astype(np.float64)
    power = power[power > max(1e-9, 1e-6 * float(power.max()))]
    offset = np.where(np.abs(offsets) > _OFFSET, offsets, 0.0).astype(np.float32)
    return _Look(hz, np.array(mids), np.array(sides), 10 * np.log10(power), offset)


def _power(frame: NDArray[np.float32]) -> NDArray[np.float32]:
    spectrum = rfft(frame)
    out: NDArray[np.float32] = spectrum.real**2 + spectrum.imag**2
    return out


def _tilt(found_db: NDArray[np.float64], wanted_db: Sequence[float], rate: int) -> tuple[EqBand, ...]:
    """At most five broad bands that bring the octave levels part of the way to those wanted."""
    if len(wanted_db) != len(OCTAVES_HZ) or not np.isfinite(found_db).any():
        return ()
    found = np.maximum(found_db, found_db[np.isfinite(found_db)].max() - 60)
    missing = np.array(wanted_db) - found
    # The outermost octaves say little: a piece without a bass is not to be given one.
    weights = np.array((0.3, 0.7, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 0.8, 0.2))
    middle = np.average(missing, weights=weights)
    there = missing - middle < _ABSENT_DB
    # What lies so deep is not quiet but absent, and would be noise when raised.
    missing = np.where(there, missing - np.average(missing, weights=weights * there), 0.0)
    missing = np.clip(missing, -12, 12)
    smooth = np.convolve(np.pad(missing, 1, mode="edge"), (0.25, 0.5, 0.25), "valid") * _TILT_STRENGTH
    smooth = np.clip(smooth, -_MOST_TILT_DB, _MOST_TILT_DB)
    hz = np.array(OCTAVES_HZ)
    basis = np.stack([response_db((band,), hz, rate) for band in _TILT_BANDS], axis=1) * weights[:, None]
    chosen: list[int] = []
    gains = np.zeros(0)
    missing = smooth * weights
    while len(chosen) < _MOST_TILTS and np.abs(missing).max() >= _LEAST_TILT_DB:
        # The band that does most for what is still missing; then all chosen anew together, a little ridge keeping
        # neighbours from working against each other.
        gain = basis.T @ missing / np.linalg.norm(basis, axis=0)
        gain[chosen] = 0.0
        chosen.append(int(np.abs(gain).argmax()))
        some = basis[:, chosen]
        gains = np.linalg.solve(some.T @ some + 0.1 * np.eye(len(chosen)), some.T @ (smooth * weights))
        gains = np.clip(gains, -_MOST_TILT_DB, _MOST_TILT_DB)
        missing = smooth * weights - some @ gains
    return tuple(
        replace(_TILT_BANDS[i], gain_db=round(float(gain), 2))
        for i, gain in sorted(zip(chosen, gains, strict=True))
        if abs(gain) >= _LEAST_TILT_DB
    )


def _loud_enough(envelopes: Envelopes, mix: Mix) -> tuple[float, Envelope, float, float]:
    """The static gain that reaches the loudness through the limiter: (gain_db, gains, limiter's and squeeze's cuts)."""
    flat = envelopes.loudness()
    if not isfinite(flat):
        gains, cut, squeezed = limiting(envelopes, 0.0, mix.ceiling_db)
        return 0.0, gains, cut, squeezed
    peak_db = 20 * log10(max(1e-12, float(envelopes.peaks.max())))
    # Beyond this nearly all would be limiting: next to nothing sounds beside its peaks.
    most = min(_MOST_GAIN_DB, mix.ceiling_db - peak_db + mix.limiting_db + _MOST_SQUEEZE_DB)
    gain_db = min(most, mix.lufs - flat)
    for _ in range(12):
        gains, cut, squeezed = limiting(envelopes, gain_db, mix.ceiling_db, mix.limiting_db)
        short = mix.lufs - envelopes.loudness(gains)
        if abs(short) < 0.02 or (short > 0 and gain_db >= most):
            break
        # The more is limited, the less a gain gives.
        gain_db = min(most, gain_db + short * (1.5 if cut > 1 else 1.0))
    return gain_db, gains, cut, squeezed


def _end(envelopes: Envelopes, rate: int) -> int:
    """Where the result ends: a little after the last sound; all of it when there is none."""
    peak = float(envelopes.peaks.max(initial=0.0))
    loud = np.flatnonzero(envelopes.peaks > peak * 10 ** (_END_DB / 20))
    if peak <= 0 or not len(loud):
        return envelopes.length
    return min(envelopes.length, (int(loud[-1]) + 1) * STEP + round(_FADE_S * rate))


def _write(
    scratch: Recording, gains: Envelope, end: int, rate: int, write: Callable[[Samples], None]
) -> tuple[float, float]:
    """Apply the gains, fade the end, hand it on; returns (LUFS, true peak in dB) of what was written."""
    meter, peaks = LoudnessMeter(rate), PeakMeter()
    highest = 0.0

    def give(part: Samples) -> None:
        nonlocal highest
        highest = max(highest, float(peaks.feed(part).max(initial=0.0)))
        peaks.floor = 0.5 * highest
        write(part)

    fade = min(end, round(_FADE_S * rate))
    with Behind(give) as behind:
        for start in range(0, end, CHUNK):
            part = scratch.read(start, min(CHUNK, end - start))
            _forget(scratch, start)
            apply(part, gains, start)
            stop = start + len(part)
            if stop > end - fade:
                places = np.arange(max(start, end - fade), stop)
                part[places[0] - start :] *= ((end - places) / fade).astype(np.float32)[:, None]
            meter.feed(part)
            behind(part)
    highest = max(highest, float(peaks.finish().max(initial=0.0)))
    return meter.integrated(), 20 * log10(highest) if highest > 0 else -inf
