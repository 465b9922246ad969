"""How fast songs by nets are, beside the rules in the same run.

    python -m partimento.benchmarks.neural.speed                   a song, four bars again, a process, its memory
    python -m partimento.benchmarks.neural.speed --device cuda     the melody net's steps on a GPU beside the CPU's

Conventions: warm is in this process, from a Brief of three minutes to MIDI bytes, after one song; regeneration is four
bars of the tune found anew in such a song; cold is a whole process, with its peak memory by the system's account. Each
is a median. Ratios do not depend on how busy the machine is, seconds do. Results: results/speed.md and .json, for a GPU
results/speed_cuda.md and .json.

On a GPU the net alone is measured: BATCH songs' melodies a step at a time, each step's choices drawn on the device, as
against the same on the CPU with as many lines at once as a song's phrase has candidates (its usual work), and with
BATCH of them (its best). What the rules say of a note is Python on the CPU either way, and is left out of both.
"""

from __future__ import annotations

import argparse
import json
import platform
import shutil
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, Any

from partimento.arrangement.style import style_names
from partimento.benchmarks.music.report import table
from partimento.benchmarks.speed.run import process
from partimento.composer.compose import compose
from partimento.score.brief import Brief
from partimento.score.midi_write import midi_bytes
from partimento.score.song import Song
from partimento.score.timeline import Timeline

if TYPE_CHECKING:
    from partimento.composer.neural.melody_module import MelodyModule

RESULTS = Path(__file__).parent / "results"
SONG_S = 180.0
BARS = 4
LIMITS = {"warm_s": 2.0, "again_s": 0.3, "cold_s": 3.0, "cold_mb": 500.0, "times": 50.0}
BATCH = 256
USUAL = 8
NOTES = 400
"""Notes of a song's melody, about: POP909's songs have 400 (median)."""


def warm(genre: str, engine: str, seeds: Sequence[int]) -> tuple[list[float], Song]:
    """Seconds of a three-minute song a seed, and the last of the songs."""
    song = compose(_brief(genre, engine, 0))
    seconds = []
    for seed in seeds:
        began = time.perf_counter()
        song = compose(_brief(genre, engine, seed))
        midi_bytes(song)
        seconds.append(time.perf_counter() - began)
    return seconds, song


def _brief(genre: str, engine: str, seed: int) -> Brief:
    return Brief(genre=genre, seed=seed, duration_s=SONG_S, engine=engine)


def again(song: Song, times: int) -> list[float]:
    """Seconds of finding four bars of the song's tune anew, at several places."""
    from partimento.composer.refill import refill

    starts = sorted(n.onset for t in song.tracks if t.role == "lead" for n in t.notes)
    bars = Timeline(song).bars
    sung = [b.index for b in bars[: 1 - BARS] if any(b.start <= s < b.end for s in starts)]
    refill(song, sung[0], BARS, 1)
    seconds = []
    for take in range(times):
        bar = sung[len(sung) * take // times]
        began = time.perf_counter()
        refill(song, bar, BARS, 2 + take)
        seconds.append(time.perf_counter() - began)
    return seconds


def cold(genre: str, engine: str, times: int) -> tuple[float, float]:
    """Wall seconds and peak MB of a process that composes such a song and writes it, without sound."""
    program = shutil.which("partimento", path=str(Path(sys.executable).parent)) or "partimento"
    with tempfile.TemporaryDirectory() as folder:
        words = (program, "compose", "--genre", genre, "--seed", "1", "--duration", f"{SONG_S:.0f}s", "--engine",
                 engine, "--no-audio", "--force", "--out", f"{folder}/song")  # fmt: skip
        return process(words, times)


def songs(genres: Sequence[str], engine: str, times: int) -> dict[str, Any]:
    """All that is measured of songs, by genre, for the engine and for the rules."""
    # Processes first: a child begins with the memory of its parent, which shall not have loaded torch yet.
    apart = {(genre, name): cold(genre, name, 3) for genre in genres for name in ("rules", engine)}
    rows = []
    for genre in genres:
        row: dict[str, Any] = {"genre": genre}
        for name in ("rules", engine):
            seconds, song = warm(genre, name, range(1, times + 1))
            cold_s, cold_mb = apart[genre, name]
            row[name] = {"warm_s": median(seconds), "worst_s": max(seconds), "cold_s": cold_s, "cold_mb": cold_mb}
            if name == engine:
                row["again_s"] = median(again(song, times))
                row["nets"] = sum(d.rule.startswith("neural.") for d in song.decisions)
        rows.append(row)
    return {"engine": engine, "machine": _machine(), "songs": rows}


def report(results: dict[str, Any]) -> str:
    """The figures of songs as Markdown."""
    engine = results["engine"]
    rows = [
        (
            r["genre"],
            *(f"{r[e]['warm_s']:.2f}" for e in ("rules", engine)), f"{r[engine]['worst_s']:.2f}",
            f"{r[engine]['warm_s'] / r['rules']['warm_s']:.0f}", f"{r['again_s']:.3f}",
            *(f"{r[e]['cold_s']:.2f}" for e in ("rules", engine)), f"{r[engine]['cold_s'] / r['rules']['cold_s']:.1f}",
            *(f"{r[e]['cold_mb']:.0f}" for e in ("rules", engine)), str(r["nets"]),
        )
        for r in results["songs"]
    ]  # fmt: skip
    head = (
        "genre", "rules, warm s", f"{engine}, warm s", "slowest", "times", "4 bars again s", "rules, cold s",
        f"{engine}, cold s", "times", "rules, MB", f"{engine}, MB", "decisions by nets",
    )  # fmt: skip
    return (
        f"# Speed of songs by nets\n\n{results['machine']}. A song of three minutes; limits: warm {LIMITS['warm_s']} s,"
        f" four bars again {LIMITS['again_s']} s, a cold process {LIMITS['cold_s']} s and"
        f" {LIMITS['cold_mb']:.0f} MB. A busy machine makes seconds longer, not ratios.\n\n" + table(head, rows)
    )


def rate(module: MelodyModule, device: str, lines: int, notes: int) -> float:
    """Songs' melodies of NOTES notes a second: `lines` at once, `notes` steps of the net with its choices drawn."""
    import torch

    from partimento.composer.neural.melody_features import EVENT, ONSET, PITCH, VALUE

    module = module.to(device).eval()
    generator = torch.Generator(device).manual_seed(1)
    event, *asked = (
        torch.randint(1, layout.size, (lines, len(layout.bases)), generator=generator, device=device)
        for layout in (EVENT, ONSET, VALUE, PITCH)
    )
    heads = (module.onset, module.value, module.pitch)
    state = None
    began = 0.0
    with torch.inference_mode():
        for step in range(-4, notes):
            if step == 0:
                _wait(device)
                began = time.perf_counter()
            hidden, state = module.follow(event[:, None], state)
            for head, ids in zip(heads, asked, strict=True):
                drawn = torch.multinomial(torch.softmax(head(hidden[:, 0], ids), -1), 1, generator=generator)
                ids[:, :1] = 1 + drawn % 8  # what is drawn goes on into the next step, as it does in a song
            event[:, :1] = asked[-1][:, :1]
        _wait(device)
    return lines * notes / NOTES / (time.perf_counter() - began)


def _wait(device: str) -> None:
    import torch

    if device == "cuda":
        torch.cuda.synchronize()


def batches(module: MelodyModule, device: str, lines: int) -> dict[str, Any]:
    """Rates on the device and on the CPU, in songs' melodies a second."""
    import torch

    if device == "cuda" and not torch.cuda.is_available():
        raise SystemExit("no CUDA device here: this measures on a machine that has one")
    usual, best = (rate(module, "cpu", n, 100) for n in (USUAL, lines))
    out = {"machine": _machine(), "device": device, "lines": lines, "cpu_usual": usual, "cpu_best": best}
    if device == "cuda":
        out |= {"device_name": torch.cuda.get_device_name(), "rate": rate(module, device, lines, NOTES)}
    return out


def batches_report(r: dict[str, Any]) -> str:
    """The figures of batches as Markdown."""
    rows = [(f"CPU, {USUAL} lines", f"{r['cpu_usual']:.2f}", "1"),
            (f"CPU, {r['lines']} lines", f"{r['cpu_best']:.2f}", f"{r['cpu_best'] / r['cpu_usual']:.1f}")]  # fmt: skip
    if "rate" in r:
        name = f"{r['device_name']}, {r['lines']} lines"
        rows.append((name, f"{r['rate']:.1f}", f"{r['rate'] / r['cpu_usual']:.0f} ({r['rate'] / r['cpu_best']:.0f})"))
    return (
        f"# The melody net's steps in batches\n\n{r['machine']}; {NOTES} notes a song; asked of a GPU:"
        f" {LIMITS['times']:.0f} times the CPU.\n\n" + table(("where", "songs' melodies a second", "times"), rows)
    )


def _machine() -> str:
    return f"Python {platform.python_version()}, {platform.machine()} {platform.system()}"


def write(name: str, text: str, results: dict[str, Any], out: Path) -> None:
    """Print a result and write it as Markdown and JSON."""
    print(text)
    out.mkdir(parents=True, exist_ok=True)
    (out / f"{name}.md").write_text(text, encoding="utf-8")
    (out / f"{name}.json").write_text(json.dumps(results, indent=1) + "\n", encoding="utf-8")


def main(argv: Sequence[str] | None = None) -> None:
    """Measure, print and write."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--genre", action="append", choices=style_names(), help="default: pop, rock, jazz, classical")
    parser.add_argument("--engine", default="hybrid", choices=("hybrid", "neural"))
    parser.add_argument("--times", type=int, default=5)
    parser.add_argument("--device", default="", choices=("cpu", "cuda"), help="measure the melody net's steps alone")
    parser.add_argument("--batch", type=int, default=BATCH)
    parser.add_argument("--out", type=Path, default=RESULTS)
    args = parser.parse_args(argv)
    if args.device:
        from partimento.composer.neural.melody import load

        found = batches(load().module, args.device, args.batch)
        write(f"speed_{args.device}", batches_report(found), found, args.out)
        return
    results = songs(args.genre or ("pop", "rock", "jazz", "classical"), args.engine, args.times)
    write("speed", report(results), results, args.out)


if __name__ == "__main__":
    main()
