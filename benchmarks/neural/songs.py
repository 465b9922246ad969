"""Songs by the nets over all genres: what they remember of the music learned from, and what they keep of the rules.

    python -m partimento.benchmarks.neural.songs --data DATA --songs 500 --engine hybrid

Conventions: DATA is the folder of data sets; songs are dealt to the genres in turn, seeds 1 upwards, and the same seeds
by rules stand beside them. A shared run is notes in a row with the same intervals and rhythm, counted as
benchmarks/music/likeness.py does, against every melody that the melody model learns from, held-out pieces included. The
limit is LONGEST notes, the rules' share of checks LEAST. Results: results/songs_ENGINE.md and .json.
"""

from __future__ import annotations

import argparse
import json
import math
import sys
import time
from collections import Counter
from collections.abc import Sequence
from functools import partial
from multiprocessing import Pool
from pathlib import Path
from statistics import median
from typing import Any, NamedTuple

from partimento.arrangement.style import style_names
from partimento.benchmarks.music import corpora, likeness, songs
from partimento.benchmarks.music.piece import Piece
from partimento.benchmarks.music.report import table
from partimento.benchmarks.neural.compliance import Kept, compliance, kept, shares
from partimento.composer.compose import compose
from partimento.score.brief import Brief

RESULTS = Path(__file__).parent / "results"
LONGEST = 12
LEAST = 0.99


class Made(NamedTuple):
    """One song: its tune, what it keeps, what nets decided in it by rule id, seconds of composing it."""

    genre: str
    seed: int
    tune: Piece
    kept: Kept
    told: dict[str, int]
    seconds: float


def make(task: tuple[str, int], engine: str) -> Made:
    """Compose the song of a genre and seed and look at it."""
    genre, seed = task
    began = time.perf_counter()
    song = compose(Brief(genre=genre, seed=seed, engine=engine))
    seconds = time.perf_counter() - began
    told = Counter(d.rule for d in song.decisions if d.rule.startswith(("neural.", "notice.")))
    piece = songs.piece_of_song(song, f"{genre}-{seed}")
    tune = Piece(piece.name, piece.tpq, piece.bars, piece.beat, piece.melody)
    return Made(genre, seed, tune, kept(song, genre), dict(told), seconds)


def dealt(genres: Sequence[str], count: int) -> list[tuple[str, int]]:
    """Genres and seeds of ``count`` songs."""
    return [(genres[i % len(genres)], 1 + i // len(genres)) for i in range(count)]


def in_time(pool: Any, tasks: Sequence[tuple[str, int]], engine: str, minutes: float) -> list[Made]:
    """Make the songs in order, as many as are done in the time that there is, and tell how far it is."""
    made: list[Made] = []
    began = time.monotonic()
    for song in pool.imap(partial(make, engine=engine), tasks, 1):
        made.append(song)
        if len(made) % 20 == 0:
            print(f"{len(made)} of {len(tasks)}, {time.monotonic() - began:.0f} s", file=sys.stderr, flush=True)
        if time.monotonic() - began > 60 * minutes:
            break
    return made


def nine_in_ten(values: Sequence[int]) -> int:
    """The value that nine in ten do not exceed."""
    return sorted(values)[max(0, -(-9 * len(values) // 10) - 1)]


def by_net(rule: str) -> bool:
    """Whether a decision's rule is a net's choice, and not what says that nets are asked."""
    return rule.startswith("neural.") and rule != "neural.engine"


def measured(made: Sequence[Made], known: likeness.Memory) -> dict[str, Any]:
    """The figures of a set of songs."""
    runs = [known.longest_run(m.tune) for m in made]
    rows = [m.kept for m in made]
    worst = sorted(zip(runs, made, strict=True), key=lambda row: -row[0])[:3]
    by_genre = {}
    for genre in dict.fromkeys(m.genre for m in made):
        own = [(run, m) for run, m in zip(runs, made, strict=True) if m.genre == genre]
        by_genre[genre] = {
            "songs": len(own),
            "run_median": median(r for r, _ in own),
            "run_max": max(r for r, _ in own),
            "checks": compliance([m.kept for _, m in own]),
            "by_nets": sum(any(by_net(rule) for rule in m.told) for _, m in own),
        }
    told: Counter[str] = Counter()
    for m in made:
        told.update(m.told)
    return {
        "songs": len(made),
        "run_median": median(runs),
        "run_p90": nine_in_ten(runs),
        "run_max": max(runs),
        "over": sum(run > LONGEST for run in runs),
        "longest": [f"{m.genre} {m.seed}: {run}" for run, m in worst],
        "checks": compliance(rows),
        "rules": {rule: share._asdict() | {"checks": share.checks} for rule, share in shares(rows).items()},
        "findings": [f"{m.genre} {m.seed}: {said}" for m in made for said in m.kept.said][:20],
        "told": dict(sorted(told.items())),
        "genres": by_genre,
    }


def report(results: dict[str, dict[str, Any]]) -> str:
    """The results as Markdown; keys are engines, the one that is measured first."""
    first = next(iter(results))
    one = results[first]
    lines = [f"# {one['songs']} songs, engine {first}\n", "## Memory of what was learned from\n"]
    lines.append(
        f"Longest run of notes that a song's tune shares with any melody learned from, in notes; at most {LONGEST}.\n"
    )
    head = ("engine", "songs", "median", "nine in ten at most", "longest", f"songs over {LONGEST}")
    keys = ("songs", "run_median", "run_p90", "run_max", "over")
    lines.append(table(head, [(name, *(f"{r[k]:g}" for k in keys)) for name, r in results.items()]))
    lines += [f"The longest: {', '.join(one['longest'])}.\n", "## The rules\n"]
    lines.append(
        "A check is one rule on one song, kept where nothing is found; in brackets findings of chances (see"
        f" compliance.py). At least {100 * LEAST:.0f} % are asked: "
        + ", ".join(f"{name} {100 * r['checks']:.2f} %" for name, r in results.items())
        + ".\n"
    )
    lines.append(
        table(
            ("rule", *results),
            [(rule, *(_rule(r["rules"].get(rule)) for r in results.values())) for rule in one["rules"]],
        )
    )
    if one["findings"]:
        lines += ["Findings:\n", *(f"- {said}" for said in one["findings"]), ""]
    lines.append("## By genre\n")
    rows = [
        (
            genre,
            f"{g['songs']}",
            f"{g['by_nets']}",
            f"{g['run_median']:g}",
            f"{g['run_max']}",
            f"{100 * g['checks']:.1f}",
        )
        for genre, g in one["genres"].items()
    ]
    lines.append(table(("genre", "songs", "with nets", "run, median", "longest", "checks kept %"), rows))
    told = ", ".join(f"{rule} {count}" for rule, count in one["told"].items())
    lines.append(f"Decisions: {told or 'none by nets'}.\n")
    return "\n".join(lines)


def _rule(share: dict[str, Any] | None) -> str:
    return f"{100 * share['checks']:.1f} % ({share['found']} of {share['chances']})" if share else "–"


def main(argv: Sequence[str] | None = None) -> None:
    """Compose, measure, print and write."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--data", type=Path, required=True, help="folder that holds open/*.jsonl.gz")
    parser.add_argument("--songs", type=int, default=500)
    parser.add_argument("--genre", action="append", choices=style_names(), help="default: all")
    parser.add_argument("--engine", default="hybrid", choices=("rules", "hybrid", "neural"))
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--minutes", type=float, default=math.inf, help="end with the songs that are done by then")
    parser.add_argument("--out", type=Path, default=RESULTS)
    args = parser.parse_args(argv)
    tasks = dealt(args.genre or style_names(), args.songs)
    made: dict[str, list[Made]] = {}
    with Pool(args.processes) as pool:
        made[args.engine] = in_time(pool, tasks, args.engine, args.minutes)
        if args.engine != "rules":
            done = tasks[: len(made[args.engine])]
            made["rules"] = pool.map(partial(make, engine="rules"), done, 1)
    known = likeness.Memory(corpora.load_melodies(args.data))
    results = {engine: measured(rows, known) for engine, rows in made.items()}
    text = report(results)
    print(text)
    args.out.mkdir(parents=True, exist_ok=True)
    (args.out / f"songs_{args.engine}.md").write_text(text, encoding="utf-8")
    (args.out / f"songs_{args.engine}.json").write_text(json.dumps(results, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
