"""Spectrograms of a dozen instruments, the renderer's beside the teacher's.

    python -m partimento.benchmarks.renderer.pictures --soundfont FONT --out docs/renderer

A held-out key of each, in the middle of what the instrument plays, held for a second at a held-out velocity. The
measures of the note stand above it. PNGs of less than 100 kB: 64 mel bands from 40 Hz to 16 kHz over 1.6 s, black 80 dB
below the teacher's loudest cell.
"""

from __future__ import annotations

import argparse
import io
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from partimento.benchmarks.renderer.embedding import mel_levels
from partimento.benchmarks.renderer.metrics import RATE, Reference, fitted
from partimento.benchmarks.renderer.notes import Case, Heard
from partimento.score.instruments import INSTRUMENTS
from partimento.synth.neural.split import HELD_LENGTHS, HELD_VELOCITIES, held_out_key

SHOWN = (
    "piano", "rhodes", "vibraphone", "organ", "nylon guitar", "bass guitar", "cello", "strings", "choir", "trumpet",
    "alto sax", "flute",
)  # fmt: skip
_SECONDS, _RANGE_DB = 1.6, 80.0
_SIZE, _HOP = 2048, 256
_LOW_HZ, _HIGH_HZ = 40.0, 16000.0
_TICKS_HZ = (100, 300, 1000, 3000, 10000)


def side_by_side(title: str, sounds: Mapping[str, NDArray[np.float32]], frame_s: float, deep_db: float = 60.0) -> bytes:
    """Mel levels (bands, frames) as a PNG, the first being the one whose loudest cell is white."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(8.0, 3.2), dpi=90, facecolor="white")
    FigureCanvasAgg(figure)
    top = float(next(iter(sounds.values())).max())
    longest = max(levels.shape[1] for levels in sounds.values())
    places = figure.subplots(1, len(sounds), sharey=True)
    for axes, (name, levels) in zip(np.atleast_1d(places), sounds.items(), strict=True):
        axes.imshow(
            levels, origin="lower", aspect="auto", cmap="magma", vmin=top - deep_db, vmax=top,
            extent=(0, levels.shape[1] * frame_s, 0, len(levels)), interpolation="nearest",
        )  # fmt: skip
        axes.set_xlim(0, longest * frame_s)
        axes.set_facecolor("black")
        axes.set_title(name, fontsize=9)
        axes.set_xlabel("s", fontsize=8)
        axes.set_yticks([_place(hertz, len(levels)) for hertz in _TICKS_HZ], [f"{hertz} Hz" for hertz in _TICKS_HZ])
        axes.tick_params(labelsize=7)
    figure.suptitle(title, fontsize=10)
    figure.tight_layout()
    out = io.BytesIO()
    figure.savefig(out, format="png", metadata={"Software": None})
    return out.getvalue()


def _place(hertz: float, bands: int) -> float:
    low, high, at = (2595 * np.log10(1 + each / 700) for each in (_LOW_HZ, _HIGH_HZ, hertz))
    return float((at - low) / (high - low) * (bands + 1) - 0.5)


def case_of(name: str, heard: Heard) -> Case:
    """The note by which an instrument is shown."""
    instrument = INSTRUMENTS[name]
    middle = (instrument.sweet_low + instrument.sweet_high) // 2
    low, high = heard.edges(instrument.program)
    keys = [key for key in range(low, high + 1) if held_out_key(instrument.program, key, low, high)]
    key = min(keys, key=lambda each: (abs(each - middle), each))
    return Case("all", instrument.program, key, HELD_VELOCITIES[len(HELD_VELOCITIES) // 2], HELD_LENGTHS[0])


def main(argv: Sequence[str] | None = None) -> None:
    """Draw and write."""
    from partimento.benchmarks.renderer.model import Player

    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--soundfont", type=Path, required=True, help="the font that was learned from")
    parser.add_argument("--instrument", action="append", choices=sorted(INSTRUMENTS), help="default: a dozen")
    parser.add_argument("--weights", type=Path, help="default: those that are shipped")
    parser.add_argument("--out", type=Path, required=True)
    args = parser.parse_args(argv)
    heard, player = Heard(args.soundfont), Player(args.weights)
    args.out.mkdir(parents=True, exist_ok=True)
    for name in args.instrument or SHOWN:
        case = case_of(name, heard)
        own, ours = heard.note(case), player.notes([case])[0]
        far = Reference(own).distance(ours)
        title = f"{name}, key {case.key}, velocity {case.velocity}: {far.log_mss:.2f} dB, SC {far.sc:.2f}"
        count = round(_SECONDS * RATE)
        pair = {
            who: mel_levels(fitted(sound, count), _SIZE, _HOP, -120.0)
            for who, sound in (("the teacher", own), ("the renderer", ours))
        }
        path = args.out / f"{name.replace(' ', '-')}.png"
        path.write_bytes(side_by_side(title, pair, _HOP / RATE, _RANGE_DB))
        print(f"{path}: {title}")


if __name__ == "__main__":
    main()
