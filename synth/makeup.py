"""What compressors take, by listening: makeup gains found on the strips themselves instead of foreseen.

Conventions: as synth/settle.py. How much a compressor takes of something struck depends on moments shorter than the
frames that were measured; so a few stretches of each strip are run through its gain, EQ and compressor.
"""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import Executor
from dataclasses import replace
from math import log10

import numpy as np

from partimento.synth.dynamics import Compressor
from partimento.synth.filters import Equaliser
from partimento.synth.loudness import KWeighting
from partimento.synth.settled import Channel, Settled
from partimento.synth.signal import Recording, Samples

_STRETCHES, _STRETCH = 4, 1 << 16
_MOST_ABOVE_DB = 2.0
"""A makeup may pass what was foreseen by so much: peaks were looked after with that."""


def with_makeup(
    settled: Settled, recordings: Sequence[Recording | None], rate: int, pool: Executor | None = None
) -> Settled:
    """`settled` with every compressor giving back just what it takes of its strip's loudness.

    `recordings` are the dry strips in the channels' order; None leaves a channel as it is.
    """

    def heard(row: tuple[Channel, Recording | None]) -> Channel:
        channel, recording = row
        squeeze = channel.squeeze
        if squeeze is None or channel.silent or recording is None:
            return channel
        taken = _taken_db(channel, recording, rate)
        if taken is None:
            return channel
        makeup = round(min(max(0.0, taken), squeeze.makeup_db + _MOST_ABOVE_DB), 3)
        return replace(channel, squeeze=replace(squeeze, makeup_db=makeup))

    rows = zip(settled.channels, recordings, strict=True)
    return replace(settled, channels=tuple((pool.map if pool is not None else map)(heard, rows)))


def _taken_db(channel: Channel, recording: Recording, rate: int) -> float | None:
    """K-weighted power before the compressor against after it; None where nothing sounds."""
    assert channel.squeeze is not None
    plain = replace(channel.squeeze, makeup_db=0.0)
    gain = np.float32(10 ** (channel.gain_db / 20))
    before = after = 0.0
    for part in _stretches(recording):
        part = Equaliser(channel.eq, rate).process(part * gain)
        before += _power(part, rate)
        after += _power(Compressor(plain, rate).process(part), rate)
    return 10 * log10(before / after) if before > 0 and after > 0 else None


def _stretches(recording: Recording) -> list[Samples]:
    """Stretches that sound, spread over the whole."""
    count = -(-recording.length // _STRETCH)
    tried = sorted({round(k * (count - 1) / (4 * _STRETCHES - 1)) for k in range(4 * _STRETCHES)}) if count else []
    # Every fourth of those tried first, so that they lie apart where all of them sound.
    order = [place for first in range(4) for place in tried[first::4]]
    found: list[Samples] = []
    for place in order:
        part = recording.read(place * _STRETCH, _STRETCH)
        if part.any():
            found.append(part)
        if len(found) == _STRETCHES:
            break
    return found


def _power(samples: Samples, rate: int) -> float:
    weighted = KWeighting(rate).feed(samples)
    return float(np.vdot(weighted, weighted).real)
