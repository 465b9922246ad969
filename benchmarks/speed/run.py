"""How fast the rule engine is, beside MMA: python -m partimento.benchmarks.speed.run

Warm times are of this process, from a Brief to MIDI bytes, after one song of the style; each is the median of nine.
Cold ones are whole processes, their wall time and peak memory by the system's own account. MMA (the Debian package
`mma`) only arranges a given chart: its whole process is told in the same run, so that ratios do not depend on the
machine.
"""

from __future__ import annotations

import argparse
import io
import json
import os
import platform
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from statistics import median
from typing import Any

import mido

from partimento.arrangement.style import load_style, style_names
from partimento.composer.compose import compose
from partimento.score.brief import Brief
from partimento.score.instruments import instrument
from partimento.score.midi_write import midi_bytes
from partimento.score.song import Song
from partimento.score.timeline import Timeline

FOLDER = Path(__file__).parent
TRACKS = 10
TIMES = 9
LIMITS = {"warm_s": 0.25, "hour_ratio": 25.0, "help_s": 0.2, "cold_s": 1.2, "cold_mb": 150.0}
SPARE = ("piano", "strings", "flute", "trumpet", "steel guitar", "vibraphone", "cello", "organ", "clarinet", "pad")
GROOVES = ("PopBallad", "BasicRock", "Swing", "BossaNova", "8Beat")
"""MMA's grooves for the chart, eight bars each in turn; one chart stays with the first, which spares MMA four files."""
CHART = ("C", "Am", "F", "G7", "Dm", "G7", "Em", "A7")


def ten(genre: str) -> tuple[str, ...]:
    """Ten instruments, one of each of the style's chairs first."""
    names: dict[str, None] = {}
    kit = False
    for part in load_style(genre).parts:
        name = min(part.instruments, key=lambda n: (-part.instruments[n], n))
        drums = part.role == "drums"
        if not (drums and kit):
            names[name] = None
        kit = kit or drums
    return tuple([*names, *(n for n in SPARE if n not in names)][:TRACKS])


def clocked(work: Callable[[], object], times: int = TIMES) -> float:
    """Median seconds of a piece of work."""
    out = []
    for _ in range(times):
        began = time.perf_counter()
        work()
        out.append(time.perf_counter() - began)
    return median(out)


def facts(song: Song) -> dict[str, int]:
    """Tracks, notes and bars of a song."""
    return {
        "tracks": len(song.tracks),
        "notes": sum(len(track.notes) for track in song.tracks),
        "bars": len(Timeline(song).bars),
    }


def warm(genre: str, hour: bool) -> dict[str, Any]:
    """A three-minute song of ten tracks, nine seeds; with `hour` a whole hour's piece against three minutes."""
    band = ten(genre)
    compose(Brief(genre=genre, seed=0, duration_s=180.0, instruments=band, engine="rules"))
    seconds = []
    for seed in range(1, TIMES + 1):
        brief = Brief(genre=genre, seed=seed, duration_s=180.0, instruments=band, engine="rules")
        began = time.perf_counter()
        midi_bytes(compose(brief))
        seconds.append(time.perf_counter() - began)
    song = compose(Brief(genre=genre, seed=1, duration_s=180.0, instruments=band, engine="rules"))
    out: dict[str, Any] = {"genre": genre, "warm_s": median(seconds), "worst_s": max(seconds), **facts(song)}
    if hour:
        ratios, long_s = [], []
        for seed in (1, 2, 3):
            short, long = (
                clocked(lambda d=d, s=seed: midi_bytes(  # type: ignore[misc]
                    compose(Brief(genre=genre, seed=s, duration_s=d, instruments=band, engine="rules"))),
                    3 if d < 1000 else 1)
                for d in (180.0, 3600.0)
            )  # fmt: skip
            ratios.append(long / short)
            long_s.append(long)
        out |= {"hour_s": median(long_s), "hour_ratio": median(ratios), "hour_worst": max(ratios)}
    return out


def process(words: Sequence[str], times: int) -> tuple[float, float]:
    """Median wall seconds and largest peak memory (MB) of a whole process."""
    walls, peaks = [], []
    for _ in range(times):
        began = time.perf_counter()
        child = subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        _, status, usage = os.wait4(child.pid, 0)
        walls.append(time.perf_counter() - began)
        child.returncode = os.waitstatus_to_exitcode(status)
        if child.returncode:
            raise SystemExit(f"{' '.join(words)} ended with {child.returncode}")
        peaks.append(usage.ru_maxrss / (1024.0 if sys.platform != "darwin" else 1024.0 * 1024.0))
    return median(walls), max(peaks)


def cold(genres: Sequence[str], folder: Path) -> dict[str, Any]:
    """`partimento --help`, and `partimento compose --no-audio` for the genres."""
    program = shutil.which("partimento", path=str(Path(sys.executable).parent)) or "partimento"
    help_s, help_mb = process((program, "--help"), TIMES)
    rows = []
    for genre in genres:
        out = str(folder / genre)
        words = (program, "compose", "--genre", genre, "--seed", "1", "--duration", "180s", "--no-audio", "--force",
                 "--out", out)  # fmt: skip
        wall, peak = process(words, 5)
        rows.append({"genre": genre, "cold_s": wall, "cold_mb": peak})
    return {"help_s": help_s, "help_mb": help_mb, "rows": rows}


def chart(bars: int, grooves: Sequence[str]) -> str:
    """A chart in MMA's language: the grooves in turn, eight bars each, over a round of eight chords."""
    lines = ["Tempo 120"]
    for bar in range(bars):
        if bar % 8 == 0:
            lines.append(f"Groove {grooves[bar // 8 % len(grooves)]}")
        lines.append(f"{bar + 1} {CHART[bar % len(CHART)]}")
    return "\n".join(lines) + "\n"


def against_mma(genre: str, folder: Path) -> dict[str, Any] | None:
    """MMA's whole process on as many bars as our song has, our warm call and our whole process; None without MMA."""
    mma = shutil.which("mma")
    if mma is None:
        return None
    brief = Brief(genre=genre, seed=1, duration_s=180.0, instruments=ten(genre), engine="rules")
    song = compose(brief)
    own = facts(song)
    source, target = folder / "chart.mma", folder / "chart.mid"
    words_mma = (mma, "-m", "5000", "-f", str(target), str(source))
    source.write_text(chart(own["bars"], GROOVES[:1]), encoding="utf-8")
    single_s, _ = process(words_mma, 5)
    source.write_text(chart(own["bars"], GROOVES), encoding="utf-8")
    theirs, their_mb = process(words_mma, 5)
    warm_s = clocked(lambda: midi_bytes(compose(brief)))
    words = ("--genre", genre, "--seed", "1", "--duration", "180s", "--instruments", ",".join(brief.instruments))
    program = shutil.which("partimento", path=str(Path(sys.executable).parent)) or "partimento"
    cold_s, cold_mb = process((program, "compose", *words, "--no-audio", "--force", "--out", str(folder / "ours")), 5)
    file = mido.MidiFile(file=io.BytesIO(target.read_bytes()))
    heard = [sum(1 for m in t if m.type == "note_on" and m.velocity) for t in file.tracks]
    return {
        "genre": genre, "bars": own["bars"], "ours": own,
        "mma": {"tracks": sum(1 for n in heard if n), "notes": sum(heard), "process_s": theirs, "mb": their_mb,
                "one_groove_s": single_s},
        "warm_s": warm_s, "cold_s": cold_s, "cold_mb": cold_mb,
        "warm_to_mma": warm_s / theirs, "cold_to_mma": cold_s / theirs, "warm_to_one_groove": warm_s / single_s,
    }  # fmt: skip


def report(results: dict[str, Any]) -> str:
    """The results as Markdown."""
    out = [
        "# Speed of the rule engine",
        "",
        f"Python {results['python']}, {results['machine']}. Wall times in seconds; a busy machine makes them longer.",
        "",
        "## Warm: from a brief to MIDI bytes, three minutes, ten tracks",
        "",
        f"Median and slowest of {TIMES} seeds; limit {LIMITS['warm_s']} s. An hour's piece against three minutes of the"
        f" same genre, median and worst of three seeds; limit {LIMITS['hour_ratio']:.0f} times.",
        "",
        "| genre | tracks | notes | bars | median s | slowest s | an hour s | times | worst |",
        "|---|---|---|---|---|---|---|---|---|",
    ]
    for r in results["warm"]:
        hour = f"{r['hour_s']:.2f} | {r['hour_ratio']:.1f} | {r['hour_worst']:.1f}" if "hour_s" in r else "- | - | -"
        out.append(
            f"| {r['genre']} | {r['tracks']} | {r['notes']} | {r['bars']} | {r['warm_s']:.3f} | {r['worst_s']:.3f}"
            f" | {hour} |"
        )
    c = results["cold"]
    out += [
        "",
        "## Cold: whole processes",
        "",
        f"`partimento --help`: {c['help_s']:.3f} s (limit {LIMITS['help_s']}), {c['help_mb']:.0f} MB.",
        f"`partimento compose --duration 180s --no-audio`, median of five (limits {LIMITS['cold_s']} s,"
        f" {LIMITS['cold_mb']:.0f} MB):",
        "",
        "| genre | s | peak MB |",
        "|---|---|---|",
    ]
    out += [f"| {r['genre']} | {r['cold_s']:.2f} | {r['cold_mb']:.0f} |" for r in c["rows"]]
    out += ["", "## Beside MMA", ""]
    rows = [r for r in results["mma"] if r is not None]
    if not rows:
        out.append("MMA is not installed: no comparison.")
    else:
        out += [
            "MMA arranges a chart that it is given; ours composes the song, draws it and writes song.json too.",
            f"The chart goes through five of MMA's grooves ({', '.join(GROOVES)}), for as many bars as our song has;",
            "in brackets the same bars with the first groove alone, which reads one library file instead of five.",
            "",
            "| song | bars | our tracks, notes | MMA tracks, notes | our call s | our process s | MMA process s |"
            " call : MMA | process : MMA |",
            "|---|---|---|---|---|---|---|---|---|",
        ]
        out += [
            f"| {r['genre']} | {r['bars']} | {r['ours']['tracks']}, {r['ours']['notes']} | {r['mma']['tracks']},"
            f" {r['mma']['notes']} | {r['warm_s']:.3f} | {r['cold_s']:.2f} | {r['mma']['process_s']:.3f}"
            f" ({r['mma']['one_groove_s']:.3f}) | {r['warm_to_mma']:.2f} ({r['warm_to_one_groove']:.2f})"
            f" | {r['cold_to_mma']:.1f} |"
            for r in rows
        ]
    return "\n".join(out) + "\n"


def main(argv: Sequence[str] | None = None) -> None:
    """Measure, print and write."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--genre", action="append", choices=style_names())
    parser.add_argument("--no-hour", action="store_true", help="leave the hour's pieces out")
    parser.add_argument("--out", type=Path, default=FOLDER, help="folder for results.md and results.json")
    args = parser.parse_args(argv)
    genres = tuple(args.genre or style_names())
    for name in {n for genre in genres for n in ten(genre)}:
        instrument(name)
    with tempfile.TemporaryDirectory() as folder:
        results: dict[str, Any] = {"python": platform.python_version(), "machine": f"{platform.machine()} Linux"}
        results["mma"] = [against_mma(genre, Path(folder)) for genre in genres if genre in MMA_LIKE]
        results["cold"] = cold(genres, Path(folder))
        results["warm"] = []
        for genre in genres:
            results["warm"].append(warm(genre, not args.no_hour))
            print(results["warm"][-1], flush=True)
    text = report(results)
    print(text)
    args.out.mkdir(parents=True, exist_ok=True)
    (args.out / "results.md").write_text(text, encoding="utf-8")
    (args.out / "results.json").write_text(json.dumps(results, indent=1) + "\n", encoding="utf-8")


MMA_LIKE = ("pop", "jazz", "bossa")
"""Genres whose songs are set beside MMA's chart."""

if __name__ == "__main__":
    main()
