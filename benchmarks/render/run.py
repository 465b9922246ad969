"""How fast rendering is, beside FluidSynth's own player: python -m partimento.benchmarks.render.run

A fixed song of three minutes and ten tracks goes to stems, mix and master (`partimento render --stems`, a whole
process); FluidSynth's command line writes its bare mix of the same MIDI file with the same SoundFont in the same run,
so that ratios do not depend on the machine. Wall times are medians; memory is a process's peak by the system's account.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from statistics import median
from typing import Any

import mido

from partimento.composer.compose import compose
from partimento.score.brief import Brief
from partimento.score.midi_write import midi_bytes
from partimento.score.song import Song
from partimento.score.song_json import song_to_json
from partimento.soundfonts.finding import find_soundfonts

FOLDER = Path(__file__).parent
BAND = ("flute", "cello", "trumpet", "vibraphone", "piano", "steel guitar", "strings", "organ", "bass guitar", "drums")
BRIEF = Brief(genre="pop", seed=1, duration_s=180.0, tempo_bpm=118.0, instruments=BAND)
LIMITS = {"wall": 1.5, "aim": 1.0, "double": 2.1, "peak_mb": 600.0, "first_ms": 150.0}
LONG_S = 3 * 3600


def process(words: Sequence[str], times: int = 1, made: Path | None = None) -> dict[str, Any]:
    """Median wall and CPU seconds, largest peak memory (MB) and last output of a whole process.

    `made` is the folder that it makes: removed before each run, since removing it is no part of rendering.
    """
    walls, cpus, peaks, said = [], [], [], b""
    for _ in range(times):
        if made is not None:
            shutil.rmtree(made, ignore_errors=True)
        with tempfile.TemporaryFile() as out:
            began = time.perf_counter()
            child = subprocess.Popen(words, stdout=out, stderr=subprocess.DEVNULL)
            _, status, usage = os.wait4(child.pid, 0)
            walls.append(time.perf_counter() - began)
            child.returncode = os.waitstatus_to_exitcode(status)
            if child.returncode:
                raise SystemExit(f"{' '.join(words)} ended with {child.returncode}")
            cpus.append(usage.ru_utime + usage.ru_stime)
            peaks.append(usage.ru_maxrss / (1024.0 if sys.platform != "darwin" else 1024.0 * 1024.0))
            out.seek(0)
            said = out.read()
    return {"wall_s": median(walls), "cpu_s": median(cpus), "peak_mb": max(peaks), "said": said}


def ours(source: Path, font: Path, folder: Path, times: int, stems: bool = True) -> dict[str, Any]:
    """`partimento render --stems` of a file (or the mix alone): its process, and its stages of the last time."""
    program = shutil.which("partimento", path=str(Path(sys.executable).parent)) or "partimento"
    made = folder / f"{source.stem}-out"
    words = (program, "render", str(source), *(("--stems",) if stems else ()), "--json", "--soundfont", str(font),
             "--out", str(made if stems else folder / "out.wav"))  # fmt: skip
    run = process(words, times, made if stems else None)
    told = json.loads(run.pop("said"))
    shutil.rmtree(made, ignore_errors=True)
    return run | {"stages_s": told["stages_s"], "seconds": told["seconds"], "lufs": told["lufs"],
                  "true_peak_db": told["true_peak_db"], "stems": len(told.get("stems", ()))}  # fmt: skip


def theirs(source: Path, font: Path, folder: Path, times: int) -> dict[str, Any] | None:
    """FluidSynth's player writing its bare mix; None without it."""
    program = shutil.which("fluidsynth")
    if program is None:
        return None
    words = (program, "-ni", "-q", "-r", "44100", "-F", str(folder / "bare.wav"), str(font), str(source))
    run = process(words, times)
    del run["said"]
    return run


FIRST_SOUND = """
import json, sys, time
from pathlib import Path
from partimento.score.song_json import song_from_json
from partimento.synth.stream import stream_song
song, font = song_from_json(Path(sys.argv[1]).read_bytes()), sys.argv[2]
waits = []
for _ in range(6):
    began = time.perf_counter()
    sound, count = stream_song(song, font), 0
    while count < 4410:
        count += len(next(sound))
    waits.append(time.perf_counter() - began)
    sound.close()
print(json.dumps(waits))
"""


def first_sound(source: Path, font: Path) -> dict[str, float]:
    """Milliseconds from the call to the first 100 ms of sound: cold, and the median of five warm calls."""
    words = (sys.executable, "-c", FIRST_SOUND, str(source), str(font))
    waits = json.loads(subprocess.run(words, check=True, capture_output=True).stdout)
    return {"cold_ms": 1000 * waits[0], "warm_ms": 1000 * median(waits[1:]), "worst_ms": 1000 * max(waits[1:])}


def repeated(song: Song, seconds: float) -> bytes:
    """The song's MIDI file played again and again, as long as asked."""
    from io import BytesIO

    file = mido.MidiFile(file=BytesIO(midi_bytes(song)))
    times = round(seconds / file.length)
    length = max(sum(message.time for message in track) for track in file.tracks)
    for i, track in enumerate(file.tracks):
        body = [message for message in track if message.type != "end_of_track"]
        rest = length - sum(message.time for message in body)
        whole: list[Any] = []
        for n in range(times):
            again = [message.copy() for message in body]
            if n and again:
                again[0].time += rest
            whole += again
        file.tracks[i] = mido.MidiTrack([*whole, mido.MetaMessage("end_of_track", time=rest)])
    out = BytesIO()
    file.save(file=out)
    return out.getvalue()


def measure(folder: Path, font: Path, times: int, long: bool) -> dict[str, Any]:
    """All figures."""
    song = compose(BRIEF)
    double = compose(replace(BRIEF, duration_s=360.0))
    names = {"song": song, "double": double}
    for name, each in names.items():
        (folder / f"{name}.json").write_text(song_to_json(each), encoding="utf-8")
        (folder / f"{name}.mid").write_bytes(midi_bytes(each))
    out: dict[str, Any] = {
        "font": font.name, "tracks": len(song.tracks), "notes": sum(len(t.notes) for t in song.performance.tracks),
        "ours": ours(folder / "song.json", font, folder, times),
        "theirs": theirs(folder / "song.mid", font, folder, times),
        "double": ours(folder / "double.json", font, folder, times),
        "first": first_sound(folder / "song.json", font),
    }  # fmt: skip
    if long:
        (folder / "long.mid").write_bytes(repeated(song, LONG_S))
        out["long"] = ours(folder / "long.mid", font, folder, 1, stems=False)
    return out


def report(r: dict[str, Any]) -> str:
    """The figures as Markdown."""
    mine, bare, double, first = r["ours"], r["theirs"], r["double"], r["first"]
    stages = ", ".join(f"{stage} {seconds:.2f}" for stage, seconds in mine["stages_s"].items())
    rest = mine["wall_s"] - sum(mine["stages_s"].values())
    length = double["seconds"] / mine["seconds"]
    out = [
        "# Speed of rendering",
        "",
        f"Python {r['python']}, {r['machine']}, {r['cores']} cores; {r['font']}; {r['tracks']} tracks,"
        f" {r['notes']} notes, {mine['seconds']:.0f} s, {mine['stems']} stems. Wall times in seconds; a busy machine"
        " makes them longer.",
        "",
        "| | wall s | CPU s | peak MB |",
        "|---|---|---|---|",
        f"| stems, mix and master | {mine['wall_s']:.2f} | {mine['cpu_s']:.2f} | {mine['peak_mb']:.0f} |",
    ]
    if bare:
        out += [
            f"| FluidSynth's bare mix | {bare['wall_s']:.2f} | {bare['cpu_s']:.2f} | {bare['peak_mb']:.0f} |",
            "",
            f"Ratio {mine['wall_s'] / bare['wall_s']:.2f} (limit {LIMITS['wall']}, aim {LIMITS['aim']}).",
        ]
    out += [
        "",
        f"Stages: {stages}, start and end {rest:.2f}. Result: {mine['lufs']} LUFS, {mine['true_peak_db']} dBTP.",
        "",
        f"{length:.2f} times as long takes {double['wall_s'] / mine['wall_s']:.2f} times as long"
        f" (limit {LIMITS['double']} for 2) and {double['peak_mb']:.0f} MB.",
        "",
        f"Streaming: the first 100 ms of sound {first['warm_ms']:.0f} ms after the call, at the worst"
        f" {first['worst_ms']:.0f} (limit {LIMITS['first_ms']:.0f}), the first time in a process"
        f" {first['cold_ms']:.0f}.",
    ]
    if "long" in r:
        row = r["long"]
        out += [
            "",
            f"{row['seconds'] / 3600:.2f} hours, the mix alone: {row['wall_s']:.0f} s, {row['peak_mb']:.0f} MB"
            f" (limit {LIMITS['peak_mb']:.0f}).",
        ]
    return "\n".join(out) + "\n"


def main(argv: Sequence[str] | None = None) -> None:
    """Measure, print and write."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--soundfont", type=Path, help="default: FluidR3 where there is one, else the default font")
    parser.add_argument("--times", type=int, default=3, help="runs of which the median counts")
    long = "render the mix of three hours too: some 60 GB of disk, a quarter of an hour"
    parser.add_argument("--long", action="store_true", help=long)
    parser.add_argument("--folder", type=Path, help="where to render (default: the system's temporary folder)")
    parser.add_argument("--out", type=Path, default=FOLDER, help="folder for results.md and results.json")
    args = parser.parse_args(argv)
    fonts = find_soundfonts()
    font = args.soundfont or next((f.path for f in fonts if f.name == "FluidR3 GM"), fonts[0].path)
    with tempfile.TemporaryDirectory(dir=args.folder) as folder:
        results = measure(Path(folder), font, args.times, args.long)
    results |= {"python": platform.python_version(), "machine": f"{platform.machine()} Linux", "cores": os.cpu_count()}
    text = report(results)
    print(text)
    args.out.mkdir(parents=True, exist_ok=True)
    (args.out / "results.md").write_text(text, encoding="utf-8")
    (args.out / "results.json").write_text(json.dumps(results, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
