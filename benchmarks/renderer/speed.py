"""How fast stems are played, beside FluidSynth's in the same run: python -m partimento.benchmarks.renderer.speed

    python -m partimento.benchmarks.renderer.speed --soundfont FONT            a song's dry stems, in two threads
    python -m partimento.benchmarks.renderer.speed --device cuda --songs 8     many songs' stems at once on a GPU
    python -m partimento.benchmarks.renderer.speed --expect                    what to expect of a GPU, reckoned

The song of benchmarks/render, three minutes and ten tracks. On a CPU each run is a process of its own, in turn the one
renderer and the other, so that both meet the same machine; the wall time is from the first sound asked for to the last
stem's end (what is loaded once, the font's samples too, counts apart), memory the process's peak. On a GPU all tracks
of some songs (seeds 1 upwards) are played together after one song to warm up. Results: results/speed.json or
results/speed_cuda.json, README.md.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from statistics import median
from typing import Any

from partimento.benchmarks.render.run import BRIEF
from partimento.benchmarks.renderer.tables import FOLDER, write
from partimento.composer.compose import compose
from partimento.score.song import Song
from partimento.score.song_json import song_from_json, song_to_json
from partimento.score.timeline import Timeline
from partimento.synth.signal import CHUNK, RATES, Strip

RATE = RATES[0]
THREADS = 2
KINDS = ("neural", "fluidsynth")
MODULE = "partimento.benchmarks.renderer.speed"


def child(kind: str, source: Path, soundfont: Path, threads: int) -> dict[str, float]:
    """In a process of its own: seconds of loading, of playing all stems, and memory."""
    from partimento.synth.piece import piece_of_song

    began = time.perf_counter()
    song = song_from_json(source.read_bytes())
    if kind == "neural":
        piece = piece_of_song(song, renderer="neural", device="cpu")
    else:
        piece = piece_of_song(song, soundfont)
        _decode(song, soundfont)
    loaded = time.perf_counter()
    cpu = time.process_time()
    with ThreadPoolExecutor(threads) as pool:
        # The most notes first, as synth/render.py does.
        samples = list(pool.map(_played, sorted(piece.strips, key=lambda strip: -len(strip.onsets))))
    wall = time.perf_counter() - loaded
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (1024.0 if sys.platform != "darwin" else 1024.0**2)
    return {
        "load_s": loaded - began, "wall_s": wall, "cpu_s": time.process_time() - cpu, "peak_mb": peak,
        "seconds": max(samples) / RATE, "stems": len(samples),
    }  # fmt: skip


def _decode(song: Song, soundfont: Path) -> None:
    """Have the song's programs decoded."""
    from partimento.synth.fluid import warm
    from partimento.synth.fluid_font import DRUM_CHANNEL

    warm(soundfont, [(track.channel == DRUM_CHANNEL, track.program) for track in song.performance.tracks])


def _played(strip: Strip) -> int:
    source = strip.open(RATE)
    count = 0
    try:
        while len(part := source.read(CHUNK)):
            count += len(part)
    finally:
        source.close()
    return count


def cpu(soundfont: Path, times: int, threads: int, seconds: float) -> dict[str, Any]:
    """Both renderers in turn."""
    song = compose(replace(BRIEF, duration_s=seconds))
    runs: dict[str, list[dict[str, float]]] = {kind: [] for kind in KINDS}
    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder) / "song.json"
        source.write_text(song_to_json(song), encoding="utf-8")
        for _ in range(times):
            for kind in KINDS:
                words = (sys.executable, "-m", MODULE, "--child", kind, "--song", str(source), "--soundfont",
                         str(soundfont), "--threads", str(threads))  # fmt: skip
                told = subprocess.run(words, check=True, capture_output=True).stdout
                runs[kind].append(json.loads(told))
    sounds = {kind: {name: median(run[name] for run in found) for name in found[0]} for kind, found in runs.items()}
    busy = median(run["cpu_s"] / run["wall_s"] for run in runs["neural"])
    return {
        "machine": _machine(), "seconds": sounds["fluidsynth"]["seconds"], "tracks": len(song.tracks),
        "notes": sum(len(track.notes) for track in song.performance.tracks), "threads": threads, "times": times,
        "sounds": sounds, "ratio": sounds["neural"]["wall_s"] / sounds["fluidsynth"]["wall_s"],
        "busy": busy, "load": list(os.getloadavg()), "runs": runs,
    }  # fmt: skip


def gpu(device: str, songs: int, times: int, seconds: float) -> dict[str, Any]:
    """All tracks of some songs played together on a device."""
    import torch

    from partimento.synth.neural.instruments import load_instruments
    from partimento.synth.neural.kits import load_kits
    from partimento.synth.neural.player import play_tracks

    if device.startswith("cuda") and not torch.cuda.is_available():
        raise SystemExit("no CUDA device here: this measures on a machine that has one; --expect reckons")
    instruments, kits = load_instruments(), load_kits()
    made = [compose(replace(BRIEF, seed=seed, duration_s=seconds)) for seed in range(1, songs + 1)]
    walls = []
    for turn in range(times + 1):
        some = made if turn else made[:1]
        began = time.perf_counter()
        for song in _batches(some):
            tracks = [track for each in song for track in each.performance.tracks]
            play_tracks(tracks, Timeline(song[0]).seconds_at, RATE, instruments=instruments, kits=kits, device=device)
        if device.startswith("cuda"):
            torch.cuda.synchronize()
        walls.append(time.perf_counter() - began)
    wall = median(walls[1:])
    played = sum(Timeline(song).seconds_at(song.performance.end) for song in made)
    name = torch.cuda.get_device_name() if device.startswith("cuda") else platform.processor() or platform.machine()
    memory = torch.cuda.max_memory_allocated() / 1e6 if device.startswith("cuda") else 0.0
    lines = [
        f"{name}: {songs} songs of {played / songs:.0f} s in {wall:.2f} s, {played / wall:.0f} times real time"
        f" (target: 1000); at most {memory:.0f} MB of the device.",
        "",
        *expected(made[0])["lines"],
    ]
    return {"device": name, "songs": songs, "wall_s": wall, "seconds": played, "times": played / wall,
            "device_mb": memory, "lines": lines}  # fmt: skip


def _batches(songs: Sequence[Song]) -> list[list[Song]]:
    """Songs that share their clock, the tempo being the brief's: all of them where every one keeps it."""
    known: dict[tuple[Any, ...], list[Song]] = {}
    for song in songs:
        known.setdefault(tuple((change.onset, change.tempo_bpm) for change in song.tempos), []).append(song)
    return list(known.values())


def expected(song: Song) -> dict[str, Any]:
    """What a GPU could do, reckoned from what of the song is heard."""
    from partimento.benchmarks.renderer.reckoning import reckoned

    return reckoned(song)


def _machine() -> str:
    return f"Python {platform.python_version()}, {platform.machine()} {platform.system()}, {os.cpu_count()} cores"


def main(argv: Sequence[str] | None = None) -> None:
    """Measure, print and write."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--soundfont", type=Path, help="the font that was learned from")
    parser.add_argument("--times", type=int, default=3)
    parser.add_argument("--threads", type=int, default=THREADS)
    parser.add_argument("--seconds", type=float, default=BRIEF.duration_s, help="the song's length")
    parser.add_argument("--device", default="", help="play a batch of songs on this device (cuda, cpu)")
    parser.add_argument("--songs", type=int, default=8, help="how many, with --device")
    parser.add_argument("--expect", action="store_true", help="reckon what to expect of a GPU")
    parser.add_argument("--child", choices=KINDS, help=argparse.SUPPRESS)
    parser.add_argument("--song", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--out", type=Path, default=FOLDER)
    args = parser.parse_args(argv)
    if args.child:
        print(json.dumps(child(args.child, args.song, args.soundfont, args.threads)))
    elif args.device:
        write("speed_cuda", gpu(args.device, args.songs, args.times, args.seconds), args.out)
    elif args.expect:
        write("speed_cuda", expected(compose(BRIEF)), args.out)
    elif args.soundfont is None:
        parser.error("--soundfont is missing")
    else:
        write("speed", cpu(args.soundfont, args.times, args.threads, args.seconds), args.out)


if __name__ == "__main__":
    main()
