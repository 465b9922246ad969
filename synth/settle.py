"""From what the mix should be, and what the strips measured, to numbers: gains, equalisers, thresholds.

Conventions: strips and their measures come in one order; levels in dB; the strips' sum is brought to `BUS_LUFS`. EQ and
compression are foreseen from the measured bands, nothing is rendered here. What is done to the whole is the master's.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from math import inf, isfinite, sqrt

import numpy as np
from numpy.typing import NDArray

from partimento.score.mix import ROLE_LEVELS_DB, Compression, EqBand, Fader, Mix
from partimento.synth import bark
from partimento.synth.bark import Powers
from partimento.synth.dynamics import gain_reduction_db
from partimento.synth.measure import BARK_HZ, StripMeasure, masking_db
from partimento.synth.settled import Channel, Settled, Squeeze
from partimento.synth.signal import Strip

BUS_LUFS = -20.0
"""Loudness of the strips' sum, before the master."""
TYPICAL_LUFS: dict[str, float] = {
    "lead": -27.0, "harmony": -29.0, "counter": -27.0, "answer": -26.0, "comp": -27.5, "pad": -30.0, "riff": -31.0,
    "stab": -24.0, "bass": -24.5, "texture": -40.0, "percussion": -28.5, "drums": -22.0, "kick": -25.5,
    "snare": -26.5, "hats": -34.5, "toms": -25.0, "cymbals": -26.0,
}  # fmt: skip
"""Loudness of a role's dry strip out of a General MIDI SoundFont, where nothing is measured: medians of our songs."""
_OTHER_ROLE_DB = -12.0
_ROUNDS = 8
_STRUCK: dict[str, float] = {"kick": 0.6, "snare": 0.7, "toms": 0.65, "percussion": 0.5, "drums": 0.75, "hats": 0.9}
"""What a compressor takes of a sound that is over before it has taken hold, against a steady one; measured on ours."""
_MOST_GAIN_DB, _PEAK_DB, _STEM_PEAK_DB = 30.0, -6.0, -3.0
_MOST_CUT_DB, _LEAST_CUT_DB, _MOST_CUTS = 4.0, 0.8, 3
_LOW_HZ, _HIGH_HZ = 200.0, 6000.0
_IMPORTANT_DB = 15.0
"""A band is important to the lead that lies so far at the most under its strongest (K-weighted)."""
_LEAD_DB, _LEAD_OF_ONE_DB, _LEAD_STEP_DB = -3.5, -1.2, 0.55
"""Loudness of a lead with its fader at 0 against the whole, while it sounds: at the lowest; alone; and a step lower for
each further strip. As foreseen here: compression and spaces leave it about 1 dB less."""
_MOST_LEAD_DB = -0.6
"""The furthest that a lead stands out, where nothing else uncovers it."""
_LEAD_RANGE_DB = 5.5
"""How far it is moved from its role's level for that."""
_LIFT_DB = 0.8
"""However much gives way to it, it stands no further out than so far, or its lift, over that."""
_LIFTS = (
    (0.0, 0.0, 0.0), (0.0, 0.0, 1.0), (0.0, 0.5, 1.0), (0.0, 0.5, 2.0), (0.4, 0.5, 2.0), (0.4, 1.0, 2.0),
    (0.8, 1.0, 2.0), (1.5, 1.0, 3.0), (2.2, 1.0, 3.0), (3.0, 1.0, 3.0), (4.0, 1.0, 3.0), (5.0, 1.0, 3.0),
)  # fmt: skip
"""How far the lead is raised (dB); what share of their greater rise the others lose; and how much brighter than before
it is, and darker what else plays notes. Tried in this order."""
_BRIGHT_HZ, _DARK_HZ = 5000.0, 3500.0
_STRUCK_ROLES = frozenset({*_STRUCK, "cymbals"})
_BACK_DB = {"hats": 6.0, "cymbals": 6.0, "percussion": 4.0, "pad": 3.0, "texture": 3.0}
_MOST_BACK_DB, _MASKING_MARGIN_DB, _OUT_OF_REACH_DB, _UNCOVERED_DB = 3.0, 1.0, 0.7, 1.0
"""What a role (or any other) is held back at the most; how much better than the bare sum is well enough, how much worse
is out of reach, and how little is hardly covered."""
_SIDES, _MOST_SPREAD = 0.5, 0.7
"""A fader's width above 1 wants sides of this level (times width - 0.2) against the middle; made ones have a limit."""
_CREST_DB = 5.0
"""How far the loudest tenth of a strip's 10 ms frames lies above its loudness, where nothing is measured."""


@dataclass(frozen=True, slots=True, eq=False)
class _Line:
    """A strip on its way: `channel` as far as it is known, `bands` its powers (frames, 24) before gain and EQ."""

    channel: Channel
    fader: Fader
    measure: StripMeasure
    bands: Powers


def settle(mix: Mix, strips: Sequence[Strip], measures: Sequence[StripMeasure], *, fits: str = "") -> Settled:
    """The channels for these strips, measured dry; the bus is left to the master.

    Each strip comes to the loudness of its role (ROLE_LEVELS_DB) and its fader after EQ and compression; one without a
    role keeps its own level, as the "effects" do. Faders of a kit act on its pieces. What covers the lead gives way,
    by up to 4 dB in a band, and the lead comes to about 5 LU under the whole, where its fader moves it on; if it would
    then be covered more than in the bare sum of the strips, who rose more than it is held back, and it is lifted a bit.
    """
    lines = [
        _Line(_channel(mix, strip, measure), _fader(mix, strip.name), measure, measure.bands.astype(np.float64))
        for strip, measure in zip(strips, measures, strict=True)
    ]
    lines = [_levelled(line) for line in lines]
    # What gives way to the lead is not made up for, else it would come back in the bands beside.
    lines = _lifted(_placed(_unmasked([_levelled(line) for line in _separated(lines)])))
    return Settled(tuple(line.channel for line in _trimmed(lines)), fits=fits)


def settle_unmeasured(mix: Mix, strips: Sequence[Strip], levels: Mapping[str, float] | None = None) -> Settled:
    """Static channels for strips that nobody listened to: the faders, and gains from typical levels.

    `levels` gives a strip's likely loudness in LUFS by its name; without one it is TYPICAL_LUFS of its role.
    """
    channels = []
    for strip in strips:
        channel, fader = _channel(mix, strip), _fader(mix, strip.name)
        if strip.role in ("", "effects"):
            gain = fader.gain_db
            level = BUS_LUFS
        else:
            level = BUS_LUFS + ROLE_LEVELS_DB.get(strip.role, _OTHER_ROLE_DB) + fader.gain_db
            gain = level - (levels or {}).get(strip.name, TYPICAL_LUFS.get(strip.role, -24.0))
        squeeze = None
        if fader.compression is not None:
            intent = fader.compression
            threshold = level + _CREST_DB - intent.depth_db
            makeup = 0.5 * intent.depth_db * (1 - 1 / max(1.0, intent.ratio))
            squeeze = Squeeze(threshold, intent.ratio, intent.attack_ms, intent.release_ms, makeup)
        channels.append(replace(channel, gain_db=min(gain, _MOST_GAIN_DB), squeeze=squeeze))
    return Settled(tuple(channels), measured=False)


def _fader(mix: Mix, name: str) -> Fader:
    """The fader of that strip; that of a piece has its kit's added."""
    kit, _, piece = name.rpartition("/")
    own = mix.fader(name)
    whole = mix.fader(kit) if kit and piece else None
    if own is None:
        return replace(whole, track=name) if whole is not None else Fader(name)
    if whole is None:
        return own
    return replace(
        own,
        gain_db=own.gain_db + whole.gain_db,
        pan=max(-1.0, min(1.0, own.pan + whole.pan)),
        eq=own.eq + whole.eq,
        mute=own.mute or whole.mute,
        solo=own.solo or whole.solo,
    )


def _spread(width: float, side: float) -> float:
    """The sides to be made for a sound that is meant to be wide and has sides of level `side` of its own."""
    if width <= 1.0:
        return 0.0
    wanted, there = _SIDES * (width - 0.2), width * side
    return round(min(_MOST_SPREAD, sqrt(max(0.0, wanted**2 - there**2)) / width), 3)


def _channel(mix: Mix, strip: Strip, measure: StripMeasure | None = None) -> Channel:
    """What the fader says and no measure changes; gain and squeeze are open."""
    fader = _fader(mix, strip.name)
    soloed = any(each.solo for each in mix.faders)
    return Channel(
        strip.name, strip.role, 0.0, fader.eq, None, fader.duck_db, fader.pan, fader.width, fader.room, fader.hall,
        fader.delay, fader.mute or (soloed and not fader.solo),
        _spread(fader.width, measure.side) if measure is not None else 0.0,
    )  # fmt: skip


def _levelled(line: _Line) -> _Line:
    """Gain and squeeze for the line's EQ."""
    channel, measure, fader = line.channel, line.measure, line.fader
    if not isfinite(measure.loudness):
        return replace(line, channel=replace(channel, gain_db=0.0 if channel.role else fader.gain_db, squeeze=None))
    eq_db = bark.gated_db(bark.heard(line.bands, channel.eq)) - bark.gated_db(bark.heard(line.bands, ()))
    if not isfinite(eq_db):
        eq_db = 0.0  # Too short for the gate of loudness.
    if channel.role in ("", "effects"):
        gain = fader.gain_db
    else:
        wanted = BUS_LUFS + ROLE_LEVELS_DB.get(channel.role, _OTHER_ROLE_DB) + fader.gain_db
        gain = min(wanted - measure.loudness - eq_db, _MOST_GAIN_DB)
    squeeze = None
    if fader.compression is not None and fader.compression.ratio > 1:
        squeeze = _squeeze(fader.compression, line, gain)
    line = replace(line, channel=replace(channel, gain_db=gain, squeeze=squeeze))
    # Something short and seldom has little loudness for its peaks: it is not blown up to a role's.
    over = _peak_db(line) - _PEAK_DB
    return _raised(line, -over) if over > 0 and channel.role not in ("", "effects") else line


def _squeeze(intent: Compression, line: _Line, gain_db: float) -> Squeeze:
    """The compressor with its threshold, giving back the loudness that it takes."""
    power = bark.equalised(line.bands, line.channel.eq).sum(axis=1)
    before = line.bands.sum(axis=1)
    frames = line.measure.sounding[: len(power)] & (power > 0)
    if not frames.any():
        return Squeeze(0.0, intent.ratio, intent.attack_ms, intent.release_ms)
    level = 10 * np.log10(power[frames])
    loud = float(np.quantile(level, 0.9))
    loud_db = line.measure.loud_db + gain_db + loud - float(np.quantile(10 * np.log10(before[frames]), 0.9))
    squeeze = Squeeze(loud_db - intent.depth_db, intent.ratio, intent.attack_ms, intent.release_ms)
    cut = gain_reduction_db(level - loud + loud_db, squeeze)
    heard = bark.heard(line.bands, line.channel.eq)[frames]
    lost = bark.gated_db(heard) - bark.gated_db(heard * 10 ** (-cut / 10))
    return replace(squeeze, makeup_db=round(lost * _STRUCK.get(line.channel.role, 1.0), 3))


def _peak_db(line: _Line) -> float:
    """The peak that the stem may reach: compressors let the first moment pass, and makeup and pan lift it."""
    channel = line.channel
    makeup = channel.squeeze.makeup_db if channel.squeeze is not None else 0.0
    return line.measure.peak_db + channel.gain_db + makeup + 3.0 * abs(channel.pan)


def _separated(lines: list[_Line]) -> list[_Line]:
    """Kick and bass share the lowest octaves: each gives way where the other has its fundamental."""
    kick = next((line for line in lines if line.channel.role == "kick" and not line.channel.silent), None)
    if kick is None or not len(kick.bands):
        return lines
    deep = _mean(_out(kick))
    if deep[0] < deep[1]:
        return lines  # A kick that is all click has no room to be made for.
    out = []
    for line in lines:
        if line.channel.role == "bass" and not line.channel.silent and len(line.bands):
            mine = _mean(_out(line))
            if mine[0] > deep[0] * 10 ** (-6 / 10):
                line = _cut(line, EqBand("peak", 60.0, -2.0, 1.2))
        elif line is kick:
            line = _cut(line, EqBand("peak", 150.0, -2.0, 1.0))
        out.append(line)
    return out


def _unmasked(lines: list[_Line]) -> list[_Line]:
    """Broad cuts in what covers the lead in the bands that it lives in, while it sounds."""
    lead = _sum([line for line in lines if _leads(line)])
    rest = _sum([line for line in lines if _follows(line)])
    here = np.flatnonzero(_sounding([line for line in lines if _leads(line)]))
    here = here[here < min(len(lead), len(rest))]
    if not len(here):
        return lines
    lead_power = lead[here].mean(axis=0)
    rest_power = rest[here].mean(axis=0)
    heard_db = bark.db(lead_power * bark.k_weights())
    important = (heard_db > heard_db.max() - _IMPORTANT_DB) & (bark.centres() >= _LOW_HZ) & (bark.centres() <= _HIGH_HZ)
    over_db = np.where(important, np.maximum(0.0, bark.db(rest_power) - bark.db(lead_power) + 3.0), 0.0)
    out = []
    for line in lines:
        if _follows(line) and line.channel.role not in ("kick", "bass", "effects"):
            mine = _out(line)
            within = here[here < len(mine)]
            power = mine[within].sum(axis=0) / len(here) if len(within) else np.zeros(len(rest_power))
            share = power / np.maximum(rest_power, 1e-20)
            wanted = np.minimum(_MOST_CUT_DB, 0.5 * over_db) * np.sqrt(np.minimum(1.0, share))
            for band in _peaks(wanted):
                line = _cut(line, band)
        out.append(line)
    return out


def _peaks(wanted: Powers) -> list[EqBand]:
    """At most two broad cuts for what is wanted per Bark band."""
    left = wanted.copy()
    bands: list[EqBand] = []
    while len(bands) < _MOST_CUTS and left.max() >= _LEAST_CUT_DB:
        at = int(left.argmax())
        near = left[max(0, at - 2) : at + 3] > 0.5 * left[at]
        # Five neighbours wide: an octave and more; alone: half of one.
        q = 2.0 - 0.25 * (int(near.sum()) - 1)
        bands.append(EqBand("peak", round(float(bark.centres()[at]), 1), -round(float(left[at]), 1), q))
        left[max(0, at - 3) : at + 4] = 0.0
    return bands


def _lead_db(strips: int) -> float:
    """Where a lead stands against the whole among so many strips, itself counted."""
    return max(_LEAD_DB, _LEAD_OF_ONE_DB - _LEAD_STEP_DB * (strips - 1))


def _placed(lines: list[_Line]) -> list[_Line]:
    """Each lead brought to where a lead stands against the whole, but for what its fader adds."""
    heard = {i: _loud(line) for i, line in enumerate(lines) if _counts(line)}
    leads = [i for i in heard if _leads(lines[i])]
    if not leads or len(leads) == len(heard):
        return lines
    goal = _lead_db(len(heard))
    own = {i: p * 10 ** (-lines[i].fader.gain_db / 10) if i in leads else p for i, p in heard.items()}
    moved = _against(own, leads, dict.fromkeys(leads, goal), _LEAD_RANGE_DB)
    for i in leads:
        moved[i] = min(moved[i], max(0.0, _MOST_GAIN_DB - lines[i].channel.gain_db))
    return [_raised(line, moved[i]) if i in moved else line for i, line in enumerate(lines)]


def _lifted(lines: list[_Line]) -> list[_Line]:
    """What would be raised more than the lead held back, and the lead raised, until it is covered less than where the
    strips are merely summed up, all at one volume; as little as will do."""
    leads = [line for line in lines if _leads(line) and isfinite(line.measure.loudness)]
    played = [line for line in lines if _follows(line) and line.channel.role != "effects"]
    if not leads or not played:
        return lines
    sounding = _sounding(leads)
    bare = masking_db(_single(_sum(leads, bare=True)), _single(_sum(played, bare=True)), sounding)
    rise = max(line.channel.gain_db for line in leads)
    moved, covered = lines, bare
    for lift, share, tilt in _LIFTS:
        moved = _capped([_tilted(_moved(line, lift, share, rise), tilt) for line in lines], max(_LIFT_DB, lift))
        lead = _single(_sum([line for line in moved if _leads(line)]))
        others = _single(_sum([line for line in moved if _follows(line) and line.channel.role != "effects"]))
        covered = masking_db(lead, others, sounding)
        if covered <= max(bare - _MASKING_MARGIN_DB, _UNCOVERED_DB):
            return moved
    # What is out of reach is not worth an odd balance.
    return moved if covered < bare + _OUT_OF_REACH_DB else _capped(lines, _LIFT_DB)


def _tilted(line: _Line, tilt_db: float) -> _Line:
    """The lead brighter, what else plays notes darker; drums and basses stay as they are."""
    role = line.channel.role
    if not tilt_db or line.channel.silent or role in ("", "bass", "effects") or role in _STRUCK_ROLES:
        return line
    if _leads(line):
        return _cut(line, EqBand("high-shelf", _BRIGHT_HZ, tilt_db))
    return _cut(line, EqBand("high-shelf", _DARK_HZ, -tilt_db))


def _capped(lines: list[_Line], over_db: float) -> list[_Line]:
    """Leads that came out too far, for all that their faders wanted, taken back to `over_db` over where they stand."""
    heard = {i: _loud(line) for i, line in enumerate(lines) if _counts(line)}
    leads = [i for i in heard if _leads(lines[i])]
    if len(leads) == len(heard):
        return lines
    most = min(_MOST_LEAD_DB, _lead_db(len(heard)) + over_db)
    bounds = {i: most + max(0.0, lines[i].fader.gain_db) for i in leads}
    moved = _against(heard, leads, bounds, 0.0)
    return [_raised(line, moved[i]) if i in moved else line for i, line in enumerate(lines)]


def _against(
    heard: Mapping[int, Powers], leads: Sequence[int], wanted: Mapping[int, float], most_db: float
) -> dict[int, float]:
    """How far each lead has to be moved, _LEAD_RANGE_DB down and `most_db` up at the most, so that it stands `wanted`
    dB against the whole, itself included; `heard` are the powers per frame of all."""
    rest = _total([power for i, power in heard.items() if i not in wanted])
    level = {i: bark.gated_db(heard[i]) for i in leads}
    moved = dict.fromkeys(leads, 0.0)
    for _ in range(_ROUNDS):
        whole = bark.gated_db(_total([rest, *(heard[i] * 10 ** (moved[i] / 10) for i in leads)]))
        for i in leads:
            moved[i] = max(-_LEAD_RANGE_DB, min(most_db, wanted[i] - level[i] + whole))
    return moved


def _moved(line: _Line, lift_db: float, share: float, rise_db: float) -> _Line:
    """The lead raised by `lift_db`; another line held back by a share of what it rises more than the lead."""
    if _leads(line):
        return _raised(line, lift_db)
    role = line.channel.role
    if not _follows(line) or role in ("", "effects") or not isfinite(line.measure.loudness):
        return line
    more = line.channel.gain_db - rise_db
    return _raised(line, -min(_BACK_DB.get(role, _MOST_BACK_DB), share * max(0.0, more)))


def _trimmed(lines: list[_Line]) -> list[_Line]:
    """All channels moved by one trim, so that their sum stands at BUS_LUFS and no stem comes near full scale."""
    audible = [line for line in lines if not line.channel.silent and isfinite(line.measure.loudness)]
    moved = [line for line in audible if line.channel.role != "effects"]
    if not moved:
        return lines
    loud = [_loud(line) for line in moved if _counts(line)]
    level = bark.gated_db(_total(loud)) if loud else -inf
    peak = max(_peak_db(line) for line in moved)
    trim = min(BUS_LUFS - level if isfinite(level) else 0.0, _STEM_PEAK_DB - peak)
    return [line if line.channel.role == "effects" else _raised(line, trim) for line in lines]


def _raised(line: _Line, gain_db: float) -> _Line:
    squeeze = line.channel.squeeze
    if squeeze is not None:
        squeeze = replace(squeeze, threshold_db=squeeze.threshold_db + gain_db)
    return replace(line, channel=replace(line.channel, gain_db=line.channel.gain_db + gain_db, squeeze=squeeze))


def _cut(line: _Line, band: EqBand) -> _Line:
    return replace(line, channel=replace(line.channel, eq=(*line.channel.eq, band)))


def _leads(line: _Line) -> bool:
    return line.channel.role == "lead" and not line.channel.silent


def _follows(line: _Line) -> bool:
    return line.channel.role != "lead" and not line.channel.silent


def _out(line: _Line) -> Powers:
    """The line's powers per frame and band as they leave the channel; makeup and compression cancel out on average."""
    return bark.equalised(line.bands, line.channel.eq) * 10 ** (line.channel.gain_db / 10)


def _counts(line: _Line) -> bool:
    """Whether it is one of the band, and is heard."""
    silent = line.channel.silent or not isfinite(line.measure.loudness) or not line.bands.any()
    return not silent and line.channel.role != "effects"


def _loud(line: _Line) -> Powers:
    """K-weighted power per frame of what leaves the channel."""
    # What the meter said of the strip, and what its bands say, differ by a constant.
    offset = line.measure.loudness - bark.gated_db(bark.heard(line.bands, ()))
    return bark.heard(_out(line), ()) * float(10 ** (offset / 10))


def _total(powers: Sequence[Powers]) -> Powers:
    """The sum of powers per frame of different lengths."""
    out = np.zeros(max((len(power) for power in powers), default=0))
    for power in powers:
        out[: len(power)] += power
    return out


def _pressed(line: _Line) -> Powers:
    """What leaves the channel with its compression foreseen frame by frame: what is soft comes nearer."""
    out, squeeze, intent = _out(line), line.channel.squeeze, line.fader.compression
    level = out.sum(axis=1)
    frames = np.flatnonzero(line.measure.sounding[: len(out)] & (level > 0))
    if squeeze is None or intent is None or not len(frames):
        return out
    level = 10 * np.log10(np.maximum(level, 1e-15))
    loud_db = squeeze.threshold_db + intent.depth_db - float(np.quantile(level[frames], 0.9))
    cut = gain_reduction_db(level + loud_db, squeeze) * _STRUCK.get(line.channel.role, 1.0)
    pressed: Powers = out * (10 ** ((squeeze.makeup_db - cut) / 10))[:, None]
    return pressed


def _sum(lines: Sequence[_Line], bare: bool = False) -> Powers:
    """The powers of the lines together; `bare`: as they come, nothing done to them."""
    out = np.zeros((max((len(line.bands) for line in lines), default=0), len(BARK_HZ) - 1))
    for line in lines:
        part = line.bands if bare else _pressed(line)
        out[: len(part)] += part
    return out


def _sounding(lines: Sequence[_Line]) -> NDArray[np.bool_]:
    out = np.zeros(max((len(line.bands) for line in lines), default=0), np.bool_)
    for line in lines:
        out[: len(line.bands)] |= line.measure.sounding[: len(line.bands)]
    return out


def _mean(powers: Powers) -> Powers:
    out: Powers = powers.mean(axis=0)
    return out


def _single(powers: Powers) -> NDArray[np.float32]:
    return powers.astype(np.float32)
