"""The mix report's picture: waveform, spectrogram, correlation over time; octave bands, levels of the tracks.

Conventions: a PNG of 1600 x 1000 pixels, drawn by matplotlib without its global state; grey is before mixing, blue
after. The same report gives the same bytes under one version of matplotlib.
"""

from __future__ import annotations

from functools import cache
from io import BytesIO
from math import isfinite, log2
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.font_manager import findfont, get_font
from matplotlib.ticker import FuncFormatter, MultipleLocator
from numpy.typing import NDArray

from partimento.score.mix import OCTAVES_HZ
from partimento.synth.measure_bus import ROWS_HZ, deviation_db
from partimento.synth.report import CORRELATION, MixReport, StripReport, pan_words

WIDTH, HEIGHT, DPI = 1600, 1000, 100
_BEFORE, _AFTER, _TARGET = "#9ca3af", "#2563a8", "#c2410c"
_TEXT, _SMALL = "#1f2937", 9
_ROLE_COLOURS = {
    "lead": "#cd2a30", "bass": "#3452aa", "drums": "#5a5a60", "kick": "#5a5a60", "snare": "#6d6d74", "hats": "#85858c",
    "toms": "#787880", "cymbals": "#929299", "percussion": "#8c785a", "pad": "#7db0c5", "comp": "#569656",
    "stab": "#c4841d", "riff": "#9e6ebe", "harmony": "#ec8a8a", "counter": "#23a0a0", "answer": "#d678b4",
    "texture": "#94a3b8", "effects": "#b8a06a",
}  # fmt: skip
_FLOOR_DB = 70.0
_MOST_STRIPS = 22
_HZ = (50, 100, 200, 500, 1000, 2000, 5000, 10000)


def draw_report(report: MixReport) -> bytes:
    """The picture as PNG bytes."""
    figure = Figure(figsize=(WIDTH / DPI, HEIGHT / DPI), dpi=DPI, facecolor="white")
    FigureCanvasAgg(figure)
    figure.text(
        0.985, 0.945, "before: the dry tracks, as loud as the mix; red marks lie over full scale", fontsize=_SMALL,
        color="#6b7280", ha="right",
    )  # fmt: skip
    over_time = figure.add_gridspec(
        3, 1, left=0.05, right=0.985, top=0.915, bottom=0.375, hspace=0.1, height_ratios=(1.25, 1.8, 0.45)
    )
    below = figure.add_gridspec(
        1, 3, left=0.05, right=0.985, top=0.3, bottom=0.05, wspace=0.3, width_ratios=(1.25, 1.25, 0.8)
    )
    figure.text(
        0.05, 0.962, _shown(f"The mix of {report.title or 'the piece'}", 90), fontsize=16, color=_TEXT,
        fontweight="bold", parse_math=False,
    )  # fmt: skip
    if report.profile:
        figure.text(0.985, 0.97, _shown(report.profile, 40), fontsize=12, color="#6b7280", ha="right")
    waveform = figure.add_subplot(over_time[0])
    spectrogram = figure.add_subplot(over_time[1], sharex=waveform)
    correlation = figure.add_subplot(over_time[2], sharex=waveform)
    _waveform(waveform, report)
    _spectrogram(spectrogram, report)
    _correlation(correlation, report)
    _octaves(figure.add_subplot(below[0]), report)
    _levels(figure.add_subplot(below[1]), report.strips)
    _numbers(figure.add_subplot(below[2]), report)
    out = BytesIO()
    figure.savefig(out, format="png", dpi=DPI, metadata={"Software": None})
    return out.getvalue()


def _waveform(axes: Axes, report: MixReport) -> None:
    for bus, colour, middle in ((report.before, _BEFORE, 1.05), (report.after, _AFTER, -1.05)):
        course = bus.course
        times = (np.arange(len(course.low)) + 0.5) * course.frame_s
        low, high = np.clip(course.low, -1.0, 1.0), np.clip(course.high, -1.0, 1.0)
        axes.fill_between(times, middle + low, middle + high, color=colour, linewidth=0)
        over = np.flatnonzero(np.maximum(course.high, -course.low) > 1.0)
        axes.plot(times[over], np.full(len(over), middle + 1.0), "|", color=_TARGET, markersize=4)
    axes.axhline(0, color="#d1d5db", linewidth=0.6)
    axes.set_ylim(-2.1, 2.1)
    seconds = max(report.after.seconds, 0.1)
    axes.set_xlim(0, seconds)
    axes.set_yticks([1.05, -1.05], ["before", "after"], rotation=90, va="center")
    _tidy(axes, "")
    axes.tick_params(labelbottom=False)
    last = -1.0
    for name, start in report.sections:
        if start < seconds:
            axes.axvline(start, color="#6b7280", linewidth=0.6)
            # A name needs room: where sections follow too closely, the later one goes without.
            if start >= last:
                text = _shown(name, 18)
                axes.text(
                    start + seconds * 0.002, 2.2, text, fontsize=_SMALL, color=_TEXT, ha="left", va="bottom",
                    parse_math=False, clip_on=False,
                )  # fmt: skip
                last = start + seconds * 0.0058 * (len(text) + 1)


def _spectrogram(axes: Axes, report: MixReport) -> None:
    course = report.after.course
    power = course.spectrum
    if not len(power):
        power = np.zeros((1, len(ROWS_HZ) - 1), np.float32)
    level = 10 * np.log10(np.maximum(power, 1e-14))
    top = max(float(level.max()), -100.0)
    axes.imshow(
        level.T, origin="lower", aspect="auto", interpolation="bilinear", cmap="magma", vmin=top - _FLOOR_DB, vmax=top,
        extent=(0, max(len(power) * course.frame_s, 0.1), 0, len(ROWS_HZ) - 1),
    )  # fmt: skip
    axes.set_yticks([8 * log2(hz / ROWS_HZ[0]) for hz in _HZ], [_hertz(hz) for hz in _HZ])
    for _, start in report.sections:
        axes.axvline(start, color="white", linewidth=0.5, alpha=0.5)
    _tidy(axes, "Spectrum after (Hz)")
    axes.tick_params(labelbottom=False)


def _correlation(axes: Axes, report: MixReport) -> None:
    course = report.after.course
    times = (np.arange(len(course.correlation)) + 0.5) * course.frame_s
    values = _smoothed(course.correlation, round(1.0 / course.frame_s))
    axes.fill_between(times, 0, values, where=values >= CORRELATION, color=_AFTER, alpha=0.35, linewidth=0)
    axes.fill_between(times, 0, values, where=values < CORRELATION, color=_TARGET, alpha=0.6, linewidth=0)
    axes.plot(times, values, color=_AFTER, linewidth=0.9)
    axes.axhline(CORRELATION, color=_TARGET, linewidth=0.7, linestyle="--")
    axes.set_ylim(-1, 1.05)
    axes.set_yticks([-1, 0, 1])
    _tidy(axes, "Correlation")
    axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{int(value) // 60}:{int(value) % 60:02d}"))
    axes.xaxis.set_major_locator(MultipleLocator(_step(report.after.seconds)))


def _octaves(axes: Axes, report: MixReport) -> None:
    places = np.arange(len(OCTAVES_HZ))
    if report.spectrum:
        # All heights float: the mixes are laid upon the target as their deviations are counted.
        highest = max(report.spectrum)
        for bus, colour, shift in ((report.before, _BEFORE, -0.19), (report.after, _AFTER, 0.19)):
            off = deviation_db(bus.octaves_db, report.spectrum)
            if off:
                levels = np.maximum(np.array(off) + np.array(report.spectrum), min(report.spectrum) - 30)
                base = min(report.spectrum) - 30
                highest = max(highest, float(levels.max()))
                axes.bar(places + shift, levels - base, 0.36, bottom=base, color=colour)
        axes.plot(places, report.spectrum, color=_TARGET, marker="o", markersize=4, linewidth=1.4)
        axes.set_ylim(min(report.spectrum) - 12, highest + 7)
    else:
        for bus, colour, shift in ((report.before, _BEFORE, -0.19), (report.after, _AFTER, 0.19)):
            axes.bar(places + shift, np.maximum(bus.octaves_db, -90) + 90, 0.36, bottom=-90, color=colour)
    axes.set_xticks(places, [_hertz(hz) for hz in OCTAVES_HZ])
    _tidy(axes, "dB")
    axes.set_title("Octave bands (Hz)", fontsize=10, color=_TEXT, loc="left")
    rows = (("before", _BEFORE), ("after", _AFTER), ("target", _TARGET))
    _key(axes, rows if report.spectrum else rows[:2])


def _levels(axes: Axes, strips: tuple[StripReport, ...]) -> None:
    heard = [s for s in strips if not s.channel.silent and isfinite(s.level_db)]
    shown = sorted(heard, key=lambda s: -s.level_db)[:_MOST_STRIPS]
    names = [_shown(s.channel.name, 20) for s in shown]
    places = np.arange(len(shown))
    base = min((s.level_db for s in shown), default=-20.0) - 4
    axes.barh(
        places, [s.level_db - base for s in shown], 0.74, left=base,
        color=[_ROLE_COLOURS.get(s.channel.role, "#94a3b8") for s in shown],
    )  # fmt: skip
    size = _SMALL if len(shown) <= 16 else 7
    for place, strip in enumerate(shown):
        axes.text(
            strip.level_db + 0.2, place, pan_words(strip.channel.pan), fontsize=size - 1, va="center", color=_TEXT
        )
    axes.set_yticks(places, names, parse_math=False)
    axes.invert_yaxis()
    axes.set_xlim(base, max((s.level_db for s in shown), default=0.0) + 3)
    _tidy(axes, "")
    axes.tick_params(axis="y", labelsize=size)
    axes.set_title("Tracks: loudness against the whole (LU), pan", fontsize=10, color=_TEXT, loc="left")


def _numbers(axes: Axes, report: MixReport) -> None:
    axes.set_axis_off()
    one, two = report.before, report.after
    rows: list[tuple[str, str, str]] = [
        ("", "before", "after"),
        ("Loudness, LUFS", f"{one.lufs:.1f}", f"{two.lufs:.1f}"),
        ("Range, LU", f"{one.lra:.1f}", f"{two.lra:.1f}"),
        ("True peak, dBTP", f"{one.true_peak_db:.1f}", f"{two.true_peak_db:.1f}"),
        ("Crest factor, dB", f"{one.crest_db:.1f}", f"{two.crest_db:.1f}"),
        ("Correlation", f"{one.correlation:.2f}", f"{two.correlation:.2f}"),
        ("Lost in mono, dB", f"{one.mono_loss_db:.1f}", f"{two.mono_loss_db:.1f}"),
        ("Limiter, dB", "", f"{report.limited_db:.1f}"),
    ]
    if report.masking_before is not None and report.masking_after is not None:
        rows.append(("Lead covered, dB", f"{report.masking_before:.1f}", f"{report.masking_after:.1f}"))
    for i, (name, before, after) in enumerate(rows):
        y = 1.02 - i * 0.092
        for x, text, align in ((-0.1, name, "left"), (0.72, before, "right"), (1.0, after, "right")):
            axes.text(
                x, y, text, fontsize=10.5, ha=align, va="top", transform=axes.transAxes,
                color="#6b7280" if i == 0 else _TEXT,
            )  # fmt: skip
    y = 1.02 - len(rows) * 0.092 - 0.02
    room = max(0, int((y + 0.18) / 0.062))
    lines = [line for note in report.notes for line in _broken(f"! {note}", 54)]
    if len(lines) > room:
        lines = [*lines[: room - 1], "..."]
    for line in lines[:room]:
        axes.text(
            -0.1, y, _shown(line, 60), fontsize=8, va="top", transform=axes.transAxes, color=_TARGET, parse_math=False
        )
        y -= 0.062


def _tidy(axes: Axes, label: str) -> None:
    axes.set_ylabel(label, fontsize=_SMALL, color=_TEXT)
    axes.tick_params(labelsize=_SMALL, colors=_TEXT, length=3)
    for side in ("top", "right"):
        axes.spines[side].set_visible(False)
    for side in ("left", "bottom"):
        axes.spines[side].set_color("#9ca3af")


def _key(axes: Axes, rows: tuple[tuple[str, str], ...]) -> None:
    x = 0.995
    for text, colour in reversed(rows):
        axes.text(
            x, 0.97, text, fontsize=_SMALL, color=colour, fontweight="bold", ha="right", va="top",
            transform=axes.transAxes, bbox={"facecolor": "white", "edgecolor": "none", "pad": 1.5, "alpha": 0.8},
        )  # fmt: skip
        width = axes.get_position().width * WIDTH
        x -= (len(text) * 6.4 + 16) / width


def _hertz(hz: float) -> str:
    return f"{hz / 1000:g}k" if hz >= 1000 else f"{hz:g}"


def _step(seconds: float) -> float:
    """A round number of seconds between ticks, of which there are 20 at the most."""
    return next((step for step in (1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 1200) if seconds / step <= 20), 3600)


def _smoothed(values: NDArray[np.float32], width: int) -> NDArray[np.float32]:
    if width < 2 or len(values) < width:
        return values
    padded = np.pad(values, (width // 2, width - 1 - width // 2), mode="edge")
    smooth: NDArray[np.float32] = np.convolve(padded, np.full(width, 1 / width), "valid").astype(np.float32)
    return smooth


def _broken(text: str, width: int) -> list[str]:
    """The text in lines of at most `width` letters, broken at spaces."""
    lines, line = [], ""
    for word in text.split():
        if line and len(line) + 1 + len(word) > width:
            lines.append(line)
            line = "   " + word
        else:
            line = f"{line} {word}" if line else word
    return [*lines, line]


@cache
def _font() -> Any:
    return get_font(findfont("DejaVu Sans"))


def _shown(text: str, most: int) -> str:
    """The text as the font can show it, and not too long."""
    known = "".join(c if _font().get_char_index(ord(c)) else "?" for c in text if c.isprintable())
    return known if len(known) <= most else known[: most - 1] + "…"
