"""Do songs of every genre mix to the targets? python -m partimento.benchmarks.mix.run --per-genre 10 --jobs 2

Songs have seeds 1 to N and leave all but their length to the style. Loudness and true peak are pyebur128's word.
Results: results/mix.md to read, results/mix.json to compare.
"""

from __future__ import annotations

import argparse
import json
import math
import tempfile
import time
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np

from partimento.arrangement.style import style_names
from partimento.composer.compose import compose
from partimento.score.brief import Brief
from partimento.score.mix import OCTAVES_HZ
from partimento.synth.clicks import ClickMeter, edge_meter, made_by_processing
from partimento.synth.measure_bus import deviation_db
from partimento.synth.piece import Piece, piece_of_song
from partimento.synth.render import RING_S, render
from partimento.synth.report import LEAD, Mixed, ReportMeter, general_midi_volumes
from partimento.synth.signal import RATES, Samples
from partimento.theory.errors import PartimentoError

FOLDER = Path(__file__).parent / "results"
RATE = RATES[0]
LUFS_OFF, PEAK_DB, CORRELATION, MONO_LOSS_DB, DC_DB = 0.3, -1.0, 0.1, 3.0, -60.0
START_S, END_S = 1.0, 1.0
SHARE_LESS_MASKED = 0.95
"""The targets: loudness within, true peak at most, correlation at least, mono loss at most, and so on."""
COLUMNS = (
    ("lufs_off", "LUFS off"), ("true_peak_db", "true peak"), ("correlation", "correlation"),
    ("mono_loss_db", "mono loss"), ("masking_before", "masking flat"), ("masking_after", "after"),
    ("lead_db", "lead LU"),
    ("clicks", "clicks"), ("clicks_made", "made"), ("dc_db", "DC"), ("start_s", "start s"), ("end_s", "end s"),
    ("stem_peak_db", "stem peak"), ("limited_db", "limited"), ("octave_off_db", "octave off"),
    ("octave_mean_db", "mean"), ("lra", "LRA"),
    ("crest_db", "crest"),
)  # fmt: skip
HIGH_IS_BAD = frozenset(name for name, _ in COLUMNS) - {"correlation", "crest_db", "lra"}

Row = dict[str, Any]


class Judge:
    """Listens to a render: the report's measures, pyebur128's, and clicks in the mix against the dry sounds' edges."""

    def __init__(self, piece: Piece, report: ReportMeter) -> None:
        import pyebur128

        self._judge = pyebur128
        modes = pyebur128.MeasurementMode
        self._state = pyebur128.R128State(2, RATE, modes.MODE_I | modes.MODE_TRUE_PEAK)
        onsets = sorted({onset for strip in piece.strips for onset in strip.onsets})
        self._report = report
        self._clicks = ClickMeter(RATE, onsets)
        self._edges = [edge_meter(RATE) for _ in piece.strips]
        self.stem_peak = 0.0

    def dry(self, strips: Sequence[Samples | None], count: int) -> None:
        """Before anything is done."""
        silence = np.zeros((count, 2), np.float32)
        for meter, part in zip(self._edges, strips, strict=True):
            meter.feed(silence if part is None else part)
        self._report.dry(strips, count)

    def mixed(self, mixed: Mixed) -> None:
        """The stems and their sum."""
        self._report.mixed(mixed)
        for part in (*mixed.strips, *getattr(mixed, "returns", ())):
            if part is not None:
                self.stem_peak = max(self.stem_peak, float(np.abs(part).max(initial=0.0)))

    def final(self, samples: Samples) -> None:
        """The result."""
        self._report.final(samples)
        self._clicks.feed(samples)
        self._state.add_frames(np.ascontiguousarray(samples).reshape(-1), len(samples))

    def values(self) -> Row:
        """What the judge says."""
        found = self._clicks.result()
        own = sorted(place for meter in self._edges for place in meter.hits())
        made = made_by_processing(found, own)
        peak = max(self._judge.get_true_peak(self._state, channel) for channel in (0, 1))
        return {
            "lufs": self._judge.get_loudness_global(self._state),
            "true_peak_db": 20 * math.log10(max(peak, 1e-9)),
            "clicks": len(found),
            "clicks_made": len(made),
            "clicks_made_at": [round(place, 4) for place in made[:8]],
            "stem_peak_db": 20 * math.log10(max(self.stem_peak, 1e-9)),
        }


def of_song(task: tuple[str, int, float, str | None]) -> Row:
    """One song of a genre and seed, mixed and measured; "error" when it could not be."""
    genre, seed, seconds, soundfont = task
    row: Row = {"genre": genre, "seed": seed}
    began = time.process_time()
    try:
        song = compose(Brief(genre=genre, seed=seed, duration_s=seconds or None))
        piece = piece_of_song(song, soundfont)
        expected_s = max(strip.end for strip in piece.strips) + RING_S
        meter = ReportMeter(piece.strips, general_midi_volumes(song, piece.strips), RATE, expected_s)
        judge = Judge(piece, meter)
        with tempfile.TemporaryDirectory() as folder:
            rendered = render(
                piece.strips, piece.mix, piece.clock, RATE, Path(folder), write=_drop, beat_s=piece.beat_s,
                listener=judge,
            )  # fmt: skip
        report = meter.report(piece.mix, rendered.mastered, song.title)
    except PartimentoError as error:
        return row | {"error": str(error)}
    after = report.after
    row |= judge.values()
    off = deviation_db(after.octaves_db, report.spectrum)
    worst = max(range(1, 9), key=lambda k: abs(off[k])) if off else None
    row |= {
        "lufs_off": abs(row["lufs"] - piece.mix.lufs),
        "limiting_db": piece.mix.limiting_db,
        "octave_off_db": abs(off[worst]) if worst is not None else 0.0,
        "octave": f"{off[worst]:+.1f} dB at {OCTAVES_HZ[worst]:g} Hz" if worst is not None else "",
        "octave_mean_db": sum(map(abs, off[1:9])) / 8 if off else 0.0,
        "octaves_off_db": [round(each, 1) for each in off],
        "limited_db": report.limited_db,
        "lead_db": max((s.level_db for s in report.strips if s.channel.role == LEAD), default=None),
        "levels_db": {s.channel.name: round(s.level_db, 1) for s in report.strips if math.isfinite(s.level_db)},
        "masking_before": report.masking_before,
        "masking_after": report.masking_after,
        "notes": list(report.notes),
        "seconds": after.seconds,
        "cpu_s": time.process_time() - began,
    }
    for name in ("correlation", "mono_loss_db", "dc_db", "start_s", "end_s", "lra", "crest_db"):
        row[name] = getattr(after, name)
    return row


def violations(row: Row) -> list[str]:
    """What of the targets one song misses."""
    if "error" in row:
        return [row["error"]]
    rules: tuple[tuple[bool, str], ...] = (
        (not row["lufs_off"] <= LUFS_OFF, f"loudness {row['lufs']:.2f} LUFS, {row['lufs_off']:.2f} off"),
        (row["true_peak_db"] > PEAK_DB, f"true peak {row['true_peak_db']:.2f} dBTP"),
        (row["correlation"] < CORRELATION, f"correlation {row['correlation']:.2f}"),
        (row["mono_loss_db"] > MONO_LOSS_DB, f"mono loss {row['mono_loss_db']:.1f} dB"),
        (row["dc_db"] > DC_DB, f"offset {row['dc_db']:.0f} dB"),
        (row["start_s"] > START_S, f"{row['start_s']:.1f} s of silence at the start"),
        (row["end_s"] > END_S, f"{row['end_s']:.1f} s of silence at the end"),
        (row["stem_peak_db"] > 0, f"a stem peaks at {row['stem_peak_db']:+.1f} dB"),
        (row["clicks_made"] > 0, f"{row['clicks_made']} clicks made, at {row['clicks_made_at']} s"),
        (
            row["limited_db"] > row["limiting_db"] + 0.5,
            f"limited by {row['limited_db']:.1f} of {row['limiting_db']:g} dB",
        ),
    )
    found = [text for broken, text in rules if broken]
    flat, after = row["masking_before"], row["masking_after"]
    if after is not None and not after < flat:
        found.append(f"lead masked by {after:.1f} dB, before {flat:.1f}")
    return found


def lines(rows: Sequence[Row]) -> list[str]:
    """The table: the worst of each genre, and every violation with its seed."""
    done = [row for row in rows if "error" not in row]
    out = [
        "# Mixes against their targets",
        "",
        f"{len(rows)} songs. Each cell is the worst of the genre's songs; masking is its mean. Clicks: second "
        "differences over 12 times the local median and -40 dBFS, outside attacks; made: those that no dry sound has.",
        "",
        "| genre | songs | " + " | ".join(title for _, title in COLUMNS) + " |",
        "|---|---:|" + "---:|" * len(COLUMNS),
    ]
    for genre in dict.fromkeys(row["genre"] for row in done):
        own = [row for row in done if row["genre"] == genre]
        out.append(f"| {genre} | {len(own)} | " + " | ".join(_cell(own, name) for name, _ in COLUMNS) + " |")
    led = [row for row in done if row["masking_before"] is not None]
    less = sum(row["masking_after"] < row["masking_before"] for row in led)
    if led:
        met = "met" if less >= SHARE_LESS_MASKED * len(led) else "missed"
        out += [
            "",
            f"The lead is covered less than before mixing, all tracks at one volume, in {less} of {len(led)} songs "
            f"({met}: 95 %).",
        ]
    out += ["", "## Violations", ""]
    broken = [(row, text) for row in rows for text in violations(row)]
    out += [f"- {row['genre']} {row['seed']}: {text}" for row, text in broken] or ["None."]
    out += ["", "## Told by the report", ""]
    out += [f"- {row['genre']} {row['seed']}: {note}" for row in done for note in row["notes"]] or ["Nothing."]
    return out


def _cell(rows: Sequence[Row], name: str) -> str:
    values = [float(row[name]) for row in rows if row[name] is not None]
    if not values:
        return ""
    if name.startswith("masking"):
        return f"{sum(values) / len(values):.1f}"
    worst = max(values) if name in HIGH_IS_BAD else min(values)
    return f"{worst:.0f}" if name.startswith("clicks") or name == "dc_db" else f"{worst:.2f}"


def _drop(samples: Samples) -> None:
    """Nobody keeps the sound."""


def _plain(value: Any) -> Any:
    if isinstance(value, float):
        return round(value, 4) if math.isfinite(value) else None
    return value


def main() -> None:
    """Mix the songs, write the results, print the violations."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--per-genre", type=int, default=10)
    parser.add_argument("--genres", nargs="*", default=list(style_names()))
    parser.add_argument("--seconds", type=float, default=50.0, help="length to ask for; 0 leaves it to the style")
    parser.add_argument("--soundfont", help="default: the one a user gets")
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--out", type=Path, default=FOLDER)
    options = parser.parse_args()
    tasks = [
        (genre, seed, options.seconds, options.soundfont)
        for genre in options.genres
        for seed in range(1, options.per_genre + 1)
    ]
    rows: list[Row] = []
    with ProcessPoolExecutor(options.jobs) as pool:
        for row in pool.map(of_song, tasks):
            rows.append(row)
            print(f"{row['genre']} {row['seed']}: {'; '.join(violations(row)) or 'all met'}", flush=True)
    options.out.mkdir(parents=True, exist_ok=True)
    (options.out / "mix.md").write_text("\n".join(lines(rows)) + "\n", encoding="utf-8")
    plain = [{name: _plain(value) for name, value in row.items()} for row in rows]
    (options.out / "mix.json").write_text(json.dumps(plain, indent=1) + "\n", encoding="utf-8")
    print("\n".join(lines(rows)))


if __name__ == "__main__":
    main()
