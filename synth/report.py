"""What mixing made of a piece, in numbers and words: the strips' bare sum before, the finished mix after.

Conventions: levels in dB, loudness in LUFS. "Before" is the sum of the dry strips at the volumes of their MIDI file
(CC7), nothing else done to them, as loud as the finished mix.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from math import inf, isfinite
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from partimento.score.mix import OCTAVES_HZ, Mix
from partimento.score.song import Song
from partimento.synth.loudness import LoudnessMeter
from partimento.synth.measure import BARK_HZ, StripMeasure, StripMeter, masking_db
from partimento.synth.measure_bus import BusMeasure, BusMeter, deviation_db
from partimento.synth.settled import Channel, Settled
from partimento.synth.signal import Samples, Strip

LEAD = "lead"
EFFECTS = "effects"
LUFS_OFF, CORRELATION, MONO_LOSS_DB, DC_DB, OCTAVE_OFF_DB = 0.3, 0.1, 3.0, -60.0, 8.0
"""What a mix must keep: loudness to the target, correlation, mono-fold loss, offset; an octave further off is told."""
START_S, END_S = 1.0, 1.0
"""Silence at the ends that is told."""
ABSENT_DB = 12.0
"""An octave that lies so far below its target holds no instrument, which is no fault."""
BURIED_DB = -30.0
"""A strip so far under the whole is as good as not there."""
_IMPORTANT_DB, _COVERED_DB = 15.0, 6.0
_LOW_HZ, _HIGH_HZ = 300.0, 8000.0


class Mixed(Protocol):
    """A stretch of the mix: the bus, and what each strip (None: silence) gave to it."""

    @property
    def bus(self) -> Samples:
        """Strips and returns together."""

    @property
    def strips(self) -> tuple[Samples | None, ...]:
        """In the channels' order."""


class Mastered(Protocol):
    """What the master tells."""

    @property
    def settled(self) -> Settled:
        """As it was used."""

    @property
    def limited_db(self) -> float:
        """How deep the limiter cut."""


@dataclass(frozen=True, slots=True, eq=False)
class StripReport:
    """One strip: as it was settled; its dry loudness; and, in the mix, its loudness against the whole (`level_db`,
    gated, while it sounds) and its bands."""

    channel: Channel
    dry_lufs: float
    level_db: float
    peak_db: float
    bands: NDArray[np.float32]


@dataclass(frozen=True, slots=True, eq=False)
class MixReport:
    """Before and after. `masking_before`, `masking_after`: how far the rest covers the lead (measure.masking_db), None
    without a lead; of the dry tracks at one volume, and of the stems, without effects and returns. `notes` are the
    problems found, a line each."""

    title: str
    profile: str
    lufs: float
    ceiling_db: float
    spectrum: tuple[float, ...]
    before: BusMeasure
    after: BusMeasure
    limited_db: float
    strips: tuple[StripReport, ...]
    masking_before: float | None
    masking_after: float | None
    sections: tuple[tuple[str, float], ...] = ()
    """Names and the seconds at which they begin."""
    notes: tuple[str, ...] = ()


class ReportMeter:
    """Listens to a render at its three places (render.Listener) and makes the report of it.

    `volumes` are the strips' gains in the bare sum; `expected_s` is how long the piece is.
    """

    def __init__(self, strips: Sequence[Strip], volumes: Sequence[float], rate: int, expected_s: float) -> None:
        self._volumes = [np.float32(volume) for volume in volumes]
        self._leads = [i for i, strip in enumerate(strips) if strip.role == LEAD]
        self._effects = [i for i, strip in enumerate(strips) if strip.role == EFFECTS]
        self._before, self._after = BusMeter(rate, expected_s), BusMeter(rate, expected_s)
        self._bare = StripMeter(rate, expected_s), StripMeter(rate, expected_s)
        self._mixed = StripMeter(rate, expected_s), StripMeter(rate, expected_s)
        self._dry = [LoudnessMeter(rate) for _ in strips]
        self._stems = [StripMeter(rate, expected_s) for _ in strips]
        self._bus = LoudnessMeter(rate)

    def dry(self, strips: Sequence[Samples | None], count: int) -> None:
        """The next `count` samples of the dry strips."""
        total, silence = np.zeros((count, 2), np.float32), np.zeros((count, 2), np.float32)
        for i, part in enumerate(strips):
            self._dry[i].feed(silence if part is None else part)
            if part is not None:
                total += part * self._volumes[i]
        self._before.feed(total)
        self._led(self._bare, strips, count)

    def mixed(self, mixed: Mixed) -> None:
        """The same stretch after mixing."""
        self._bus.feed(mixed.bus)
        silence = np.zeros_like(mixed.bus)
        for meter, part in zip(self._stems, mixed.strips, strict=True):
            meter.feed(silence if part is None else part)
        self._led(self._mixed, mixed.strips, len(mixed.bus))

    def _led(self, meters: tuple[StripMeter, StripMeter], strips: Sequence[Samples | None], count: int) -> None:
        """The lead and the rest of the band to their meters: no effects, no returns."""
        if not self._leads:
            return
        sums = np.zeros((2, count, 2), np.float32)
        for i, part in enumerate(strips):
            if part is not None and i not in self._effects:
                sums[0 if i in self._leads else 1] += part
        for meter, samples in zip(meters, sums, strict=True):
            meter.feed(samples)

    def final(self, samples: Samples) -> None:
        """The next samples of the result."""
        self._after.feed(samples)

    def report(
        self, mix: Mix, mastered: Mastered, title: str = "", sections: Sequence[tuple[str, float]] = ()
    ) -> MixReport:
        """What was heard; nothing may be fed after it."""
        before, after = self._before.result(), self._after.result()
        if isfinite(before.lufs) and isfinite(after.lufs):
            before = before.louder(after.lufs - before.lufs)
        whole = self._bus.integrated()
        strips = []
        for channel, dry, stem in zip(mastered.settled.channels, self._dry, self._stems, strict=True):
            measure = stem.result()
            level = measure.loudness - whole if isfinite(measure.loudness) else -inf
            strips.append(StripReport(channel, dry.integrated(), level, measure.peak_db, measure.bands))
        masks: list[float | None] = [None, None]
        lead = None
        if any(not strips[i].channel.silent and isfinite(strips[i].level_db) for i in self._leads):
            lead = self._mixed[0].result()
            bare, rest = self._bare[0].result(), self._bare[1].result()
            masks[0] = masking_db(bare.bands, rest.bands, bare.sounding)
            masks[1] = masking_db(lead.bands, self._mixed[1].result().bands, lead.sounding)
        report = MixReport(
            title, mix.profile, mix.lufs, mix.ceiling_db, mix.spectrum, before, after, mastered.limited_db,
            tuple(strips), masks[0], masks[1], tuple(sections),
        )  # fmt: skip
        return _with_notes(report, mix, lead)


def general_midi_volumes(song: Song, strips: Sequence[Strip]) -> tuple[float, ...]:
    """The gain of each strip that its MIDI volume means: (CC7 / 127)² (General MIDI 2); 0 for what no MIDI file has."""
    volumes = {track.name: track.volume for track in song.performance.tracks}
    gains = []
    for strip in strips:
        track = strip.name if strip.name in volumes else strip.name.rpartition("/")[0]
        gains.append(0.0 if strip.role == EFFECTS else (volumes.get(track, 100) / 127) ** 2)
    return tuple(gains)


def _with_notes(report: MixReport, mix: Mix, lead: StripMeasure | None) -> MixReport:
    return replace(report, notes=(*_whole_notes(report, mix), *_strip_notes(report), *_masking_notes(report, lead)))


def _whole_notes(report: MixReport, mix: Mix) -> list[str]:
    after = report.after
    if not isfinite(after.lufs):
        return ["nothing is heard"]
    notes = []
    if abs(after.lufs - report.lufs) > LUFS_OFF:
        notes.append(f"the loudness is {after.lufs:.1f} LUFS, {abs(after.lufs - report.lufs):.1f} off its target")
    if after.true_peak_db > report.ceiling_db + 0.05:
        notes.append(f"the true peak of {after.true_peak_db:.1f} dBTP passes {report.ceiling_db:g}: it may distort")
    if report.limited_db > mix.limiting_db + 0.5:
        notes.append(f"the limiter cuts by up to {report.limited_db:.1f} dB ({mix.limiting_db:g} are meant)")
    if after.correlation < CORRELATION:
        notes.append(f"left and right have little in common (correlation {after.correlation:.2f})")
    if after.mono_loss_db > MONO_LOSS_DB:
        notes.append(f"on one loudspeaker {after.mono_loss_db:.1f} dB are lost")
    if after.dc_db > DC_DB:
        notes.append(f"there is a constant offset of {after.dc_db:.0f} dB")
    for name, seconds, most in (("begins", after.start_s, START_S), ("ends", after.end_s, END_S)):
        if seconds > most:
            notes.append(f"it {name} with {seconds:.1f} s of silence")
    for hz, off in zip(OCTAVES_HZ, deviation_db(after.octaves_db, report.spectrum), strict=False):
        if OCTAVE_OFF_DB < abs(off) and off > -ABSENT_DB and 60 <= hz <= 8000:
            notes.append(
                f"around {_hertz(hz)} it is {abs(off):.0f} dB {'stronger' if off > 0 else 'weaker'} than meant"
            )
    return notes


def _strip_notes(report: MixReport) -> list[str]:
    notes = []
    for strip in report.strips:
        name = strip.channel.name
        if strip.channel.silent:
            continue
        if strip.peak_db >= 0:
            notes.append(f"{name}'s stem goes {strip.peak_db:.1f} dB over full scale")
        if strip.level_db < BURIED_DB and strip.channel.role != EFFECTS:
            level = f"{-strip.level_db:.0f} dB under the whole" if isfinite(strip.level_db) else "silent"
            notes.append(f"{name} is hardly heard ({level})")
    return notes


def _masking_notes(report: MixReport, lead: StripMeasure | None) -> list[str]:
    """Where, and by whom, the lead is covered in the bands that it lives in."""
    if lead is None or not lead.sounding.any():
        return []
    here = np.flatnonzero(lead.sounding)
    own = lead.bands[here].mean(axis=0, dtype=np.float64)
    others = [s for s in report.strips if s.channel.role != LEAD and not s.channel.silent and len(s.bands)]
    if not others:
        return []
    powers = np.stack([s.bands[here[here < len(s.bands)]].sum(axis=0, dtype=np.float64) / len(here) for s in others])
    low, high = np.array(BARK_HZ[:-1]), np.array(BARK_HZ[1:])
    within = (low >= _LOW_HZ) & (low < _HIGH_HZ) & (own > own.max() * 10 ** (-_IMPORTANT_DB / 10))
    over = 10 * np.log10(np.maximum(powers.sum(axis=0), 1e-15) / np.maximum(own, 1e-15))
    covered = np.flatnonzero(within & (over > _COVERED_DB))
    notes = []
    for run in np.split(covered, np.flatnonzero(np.diff(covered) > 1) + 1):
        if len(run):
            culprit = others[int(powers[:, run].sum(axis=1).argmax())].channel.name
            reach = f"{_hertz(float(low[run[0]]))}-{_hertz(float(high[run[-1]]))}"
            notes.append(f"the lead is covered by up to {over[run].max():.0f} dB at {reach}, most by {culprit}")
    return notes


def _hertz(hz: float) -> str:
    return f"{hz / 1000:g} kHz" if hz >= 1000 else f"{hz:g} Hz"


def report_data(report: MixReport) -> dict[str, Any]:
    """The report for programs; levels that do not exist are None."""
    return {
        "title": report.title,
        "profile": report.profile,
        "targets": {"lufs": report.lufs, "ceiling_db": report.ceiling_db, "octaves_db": list(report.spectrum)},
        "before": _bus_data(report.before, report.spectrum),
        "after": _bus_data(report.after, report.spectrum),
        "masking_db": {"before": _number(report.masking_before), "after": _number(report.masking_after)},
        "limited_db": _number(report.limited_db),
        "strips": [_strip_data(strip) for strip in report.strips],
        "notes": list(report.notes),
    }


def _bus_data(bus: BusMeasure, spectrum: tuple[float, ...]) -> dict[str, Any]:
    names = (
        "seconds", "lufs", "lra", "true_peak_db", "peak_db", "crest_db", "correlation", "mono_loss_db", "dc_db",
        "start_s", "end_s",
    )  # fmt: skip
    data: dict[str, Any] = {name: _number(getattr(bus, name)) for name in names}
    data["clipped"] = bus.clipped
    data["octaves_db"] = [_number(level) for level in bus.octaves_db]
    data["octaves_off_db"] = [_number(off) for off in deviation_db(bus.octaves_db, spectrum)]
    return data


def _strip_data(strip: StripReport) -> dict[str, Any]:
    levels = {"dry_lufs": strip.dry_lufs, "level_db": strip.level_db, "peak_db": strip.peak_db}
    return asdict(strip.channel) | {name: _number(value) for name, value in levels.items()}


def _number(value: float | None) -> float | None:
    return round(float(value), 3) if value is not None and isfinite(value) else None


def report_lines(report: MixReport) -> list[str]:
    """The report as Markdown."""
    lines = [f"# The mix of {report.title or 'the piece'}", ""]
    if report.profile:
        lines += [f"Mixed as {report.profile}.", ""]
    lines += ["Before: the dry tracks as they come (a song's at their MIDI volumes), brought to the same loudness."]
    lines += ["The lead's covering counts no effects and spaces, and before mixing all tracks at one volume.", ""]
    lines += ["## Before and after", "", "| | before | after | target |", "|---|---:|---:|---:|"]
    lines += [f"| {' | '.join(row)} |" for row in _whole_rows(report)]
    lines += ["", "## Octave bands", ""]
    if report.spectrum:
        lines += ["Off the target of the genre, in dB.", ""]
    else:
        lines += ["Level in dB; there is no target.", ""]
    lines += ["| Hz | " + " | ".join(f"{hz:g}" for hz in OCTAVES_HZ) + " |", "|---|" + "---:|" * len(OCTAVES_HZ)]
    for name, bus in (("before", report.before), ("after", report.after)):
        levels = deviation_db(bus.octaves_db, report.spectrum) or bus.octaves_db
        lines.append(f"| {name} | " + " | ".join(f"{level:.1f}" for level in levels) + " |")
    lines += ["", "## Tracks", ""]
    lines += ["| track | role | level | fader found | pan | width | room / hall / delay | EQ | compression | ducked |"]
    lines += ["|---|---|---:|---:|---:|---:|---|---|---|---:|"]
    lines += [f"| {' | '.join(_strip_row(strip))} |" for strip in report.strips]
    lines += ["", "Level: loudness in the mix against the whole, while the track sounds, in LU.", "", "## Found", ""]
    lines += [f"- {note[0].upper()}{note[1:]}." for note in report.notes] or ["Nothing to complain of."]
    return lines


def _whole_rows(report: MixReport) -> list[tuple[str, str, str, str]]:
    one, two = report.before, report.after
    rows = [
        ("Loudness (LUFS)", f"{one.lufs:.1f}", f"{two.lufs:.1f}", f"{report.lufs:g}"),
        ("Loudness range (LU)", f"{one.lra:.1f}", f"{two.lra:.1f}", ""),
        ("True peak (dBTP)", f"{one.true_peak_db:.1f}", f"{two.true_peak_db:.1f}", f"{report.ceiling_db:g} at most"),
        ("Crest factor (dB)", f"{one.crest_db:.1f}", f"{two.crest_db:.1f}", ""),
        ("Correlation left-right", f"{one.correlation:.2f}", f"{two.correlation:.2f}", f"{CORRELATION:g} at least"),
        ("Lost in mono (dB)", f"{one.mono_loss_db:.1f}", f"{two.mono_loss_db:.1f}", f"{MONO_LOSS_DB:g} at most"),
    ]
    if report.masking_before is not None and report.masking_after is not None:
        rows.append(
            ("Lead covered by the rest (dB)", f"{report.masking_before:.1f}", f"{report.masking_after:.1f}", "less")
        )
    rows.append(("Limiter, deepest cut (dB)", "", f"{report.limited_db:.1f}", ""))
    return rows


def _strip_row(strip: StripReport) -> tuple[str, ...]:
    channel = strip.channel
    if channel.silent:
        return (channel.name, channel.role, "muted", *("" for _ in range(7)))
    eq = "; ".join(
        f"{band.kind} {_hertz(band.hz)}" + (f" {band.gain_db:+.1f} dB" if band.gain_db else "") for band in channel.eq
    )
    squeeze = channel.squeeze
    return (
        channel.name,
        channel.role,
        f"{strip.level_db:.1f}" if isfinite(strip.level_db) else "silent",
        f"{channel.gain_db:+.1f} dB",
        pan_words(channel.pan),
        f"{channel.width:g}",
        f"{channel.room:g} / {channel.hall:g} / {channel.delay:g}",
        eq,
        f"{squeeze.ratio:g} : 1 over {squeeze.threshold_db:.0f} dB" if squeeze else "",
        f"{channel.duck_db:g} dB" if channel.duck_db else "",
    )


def pan_words(pan: float) -> str:
    """A pan as engineers write it: C, L30, R100."""
    return "C" if abs(pan) < 0.005 else f"{'L' if pan < 0 else 'R'}{abs(pan) * 100:.0f}"
