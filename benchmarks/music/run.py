"""Compose songs by genre and print them beside people's music and anchors: python -m partimento.benchmarks.music.run

First the metric itself is tried: people against people, and people's songs spoilt in known ways. Convention: every
draw comes from --seed; results are Markdown to read and JSON to compare, in benchmarks/music/results: GENRE.md for
the rules, GENRE_ENGINE.md for another engine, with the same seeds by rules beside it.
"""

from __future__ import annotations

import argparse
import json
import math
import random
from collections.abc import Callable, Sequence
from functools import partial
from multiprocessing import Pool
from pathlib import Path
from statistics import median
from typing import Any

from partimento.benchmarks.music import anchors, corpora, likeness, songs
from partimento.benchmarks.music.discriminator import Described, discriminate, is_judge
from partimento.benchmarks.music.features import FEATURES, NAMES, features_of
from partimento.benchmarks.music.overlap import COMPARED, Values, column, divergence, mean_overlap, overlaps
from partimento.benchmarks.music.piece import Piece
from partimento.benchmarks.music.report import Spread, figure, genre_table, group_means, human_table, spreads, table
from partimento.benchmarks.music.tokens import bags

RESULTS = Path(__file__).parent / "results"
SPLITS = 5
PEOPLE, MOVED = "other human pieces", "10 % of melody notes moved"
Comparison = dict[str, float]
TARGET_GROUPS = ("melody", "structure")
GENRES = (
    "pop",
    "rock",
    "jazz",
    "blues",
    "house",
    "hiphop",
    "classical",
    "country",
    "folk",
    "reggae",
    "bossa",
    "salsa",
    "funk",
    "rnb",
    "lofi",
    "ambient",
    "cinematic",
)


def anchored(pieces: Sequence[Piece], train: Sequence[Piece], seed: int) -> dict[str, list[Piece]]:
    """Return each anchor's version of ``pieces``; what needs melody, backing or chords skips pieces without them."""
    rng = random.Random(seed)
    table_ = anchors.markov_table(train)
    sung = [p for p in pieces if len(p.melody) > 3 and len(p.bars) > 8]
    markov = partial(anchors.markov_melody, table=table_)
    kinds: list[tuple[str, Callable[[Piece, random.Random], Piece], Sequence[Piece]]] = [
        (MOVED, anchors.notes_moved, sung),
        ("4-bar blocks shuffled", anchors.blocks_shuffled, pieces),
        ("bars shuffled", anchors.bars_shuffled, pieces),
        ("order-2 Markov melody", markov, sung),
        ("random in key over I-V-vi-IV", anchors.random_in_key, pieces),
    ]
    return {name: [make(p, rng) for p in chosen if len(p.bars) > 2] for name, make, chosen in kinds if chosen}


def compare(reference: Sequence[Described], other: Sequence[Described], seed: int, splits: int = 1) -> Comparison:
    """Return mean overlap, each group's, and the discriminator's AUC of one set against the reference.

    ``auc`` is the mean over ``splits`` draws of songs and folds, ``auc_low`` and ``auc_high`` the furthest of them;
    ``auc_features`` is the judgement by features alone, without the melody's tokens.
    """
    shared = overlaps(values_of(reference), values_of(other))
    enough = min(len(reference), len(other)) >= 20 and any(not math.isnan(v) for v in shared.values())
    draws = range(seed, seed + splits) if enough else ()
    told = [discriminate(reference, other, draw) for draw in draws]
    plain = [discriminate(reference, other, draw, tokens=False) for draw in draws]
    return {
        "overlap": mean_overlap(shared),
        **group_means(shared),
        "auc": mean(told),
        "auc_low": min(told, default=math.nan),
        "auc_high": max(told, default=math.nan),
        "auc_features": mean(plain),
    }


def mean(values: Sequence[float]) -> float:
    """Return the mean; NaN of nothing."""
    return math.fsum(values) / len(values) if values else math.nan


def values_of(rows: Sequence[Described]) -> list[Values]:
    """Return the features of pieces that are described."""
    return [row.values for row in rows]


def described(piece: Piece) -> Described:
    """Return a piece's features and tokens."""
    return Described(features_of(piece), bags(piece))


def measure(pool: Any, pieces: Sequence[Piece]) -> list[Described]:
    """Return each piece as it is measured."""
    return list(pool.map(described, pieces, 8))


def baseline(
    pool: Any, human: Sequence[Piece], rows: Sequence[Described], size: int, seed: int
) -> dict[str, Comparison]:
    """Return the comparison of other human pieces and every anchor with half of the human ones, over SPLITS halvings.

    Sets are of ``size`` pieces at the most; the figures are means over the halvings, but for the furthest AUCs.
    """
    results: dict[str, list[Comparison]] = {}
    for split in range(SPLITS):
        order = list(range(len(human)))
        random.Random(seed + split).shuffle(order)
        half = len(order) // 2
        first, second = order[:half], order[half : half + size]
        reference = [rows[i] for i in first]
        results.setdefault(PEOPLE, []).append(compare(reference, [rows[i] for i in second], seed + split))
        versions = anchored([human[i] for i in second], [human[i] for i in first], seed + split)
        for name, pieces in versions.items():
            results.setdefault(name, []).append(compare(reference, measure(pool, pieces), seed + split))
    whole = {name: {k: mean([r[k] for r in runs]) for k in runs[0]} for name, runs in results.items()}
    for name, runs in results.items():
        whole[name] |= {"auc_low": min(r["auc"] for r in runs), "auc_high": max(r["auc"] for r in runs)}
    return whole


def comparison_table(results: dict[str, Comparison]) -> str:
    """Return the table of sets by mean overlap, groups and AUC, over several splits and by features alone."""
    keys = ("overlap", "melody", "harmony", "structure", "accompaniment")
    rows = [
        (
            name,
            *(figure(r[k], 2 if k != "overlap" else 3) for k in keys),
            f"{figure(r['auc'])} ({figure(r['auc_low'], 2)}–{figure(r['auc_high'], 2)})",
            figure(r["auc_features"], 2),
        )
        for name, r in results.items()
    ]
    return table(("set", *keys, "AUC (splits)", "by features alone"), rows)


def verdict(results: dict[str, Comparison]) -> str:
    """Return a line that says whether the discriminator may judge: see `discriminator.is_judge`."""
    people, moved = results[PEOPLE], results[MOVED]
    if math.isnan(people["auc"]):
        return "Too few pieces for the discriminator.\n"
    held = is_judge(people["auc"], moved["auc"])
    told = (f"{r['auc']:.3f} (splits {r['auc_low']:.3f}–{r['auc_high']:.3f})" for r in (people, moved))
    return (
        "The discriminator on other people: {} (asked: 0.42–0.55); on people with a tenth of the melody's notes moved:"
        " {} (asked: at least 0.95): {}.\n"
    ).format(*told, "it may judge" if held else "it is no judge here")


def write(name: str, text: str, values: dict[str, Any], out: Path) -> None:
    """Write one result as Markdown and JSON and print it."""
    out.mkdir(parents=True, exist_ok=True)
    (out / f"{name}.md").write_text(text, encoding="utf-8")
    clean = json.loads(json.dumps(values), parse_constant=lambda _: None)
    (out / f"{name}.json").write_text(json.dumps(clean, indent=1, sort_keys=True) + "\n", encoding="utf-8")
    print(text)


def human_report(pool: Any, human: Sequence[Piece], rows: Sequence[Described], seed: int, out: Path) -> None:
    """Write what human pop measures, and the trial of the metric on it."""
    results = baseline(pool, human, rows, 100, seed)
    spread = spreads(values_of(rows))
    train = [p for i, p in enumerate(human) if i % 8]
    known = likeness.Memory(train)
    runs = sorted(known.longest_run(p) for i, p in enumerate(human) if i % 8 == 0)
    people, shuffled = results[PEOPLE]["overlap"], results["bars shuffled"]["overlap"]
    text = "\n".join(
        [
            "# Human pop (POP909)\n",
            f"{len(rows)} songs, those whose bar lines are sure; each song has one value of a feature.\n",
            human_table(spread),
            "## The metric, tried on people\n",
            f"Mean overlap over the {len(COMPARED)} features of melody, harmony, structure and accompaniment against"
            f" one half of the songs, 100 songs a set, mean of {SPLITS} halvings; a feature's overlap is the shared"
            " area of two kernel densities. Features of texture and performance are printed and not compared. How the"
            " metric was set, and what was changed on the way, is told in `overlap.py`. Small sets overlap less: of the"
            " same human songs, 50 lose about 0.02 and 30 about 0.04.\n",
            comparison_table(results),
            verdict(results),
            f"Human against human {people:.3f} ({'in' if 0.88 <= people <= 0.92 else 'outside'} 0.88–0.92), bars"
            f" shuffled {shuffled:.3f} ({'in' if 0.70 <= shuffled <= 0.75 else 'outside'} 0.70–0.75).\n",
            "Longest run of notes shared with any melody of the other seven eighths (interval and rhythm):"
            f" median {median(runs):g}, nine in ten at the most {runs[int(0.9 * len(runs))]}. Pairs that share an 8-bar"
            f" melody, one song in two arrangements: {len(likeness.shared_stretches(human))}.\n",
        ]
    )
    values = {
        "comparison": results,
        "features": {n: s._asdict() for n, s in spread.items()},
        "songs": len(rows),
        "shared_run": {"median": median(runs), "p90": runs[int(0.9 * len(runs))]},
    }
    write("human_pop", text, values, out)


def composed(pool: Any, genre: str, engine: str, args: argparse.Namespace) -> list[Piece]:
    """Return a genre's songs by an engine, one a seed."""
    pieces: list[Piece] = pool.map(
        partial(songs.composed, genre, engine=engine), range(args.seed, args.seed + args.songs), 1
    )
    return pieces


def named(genre: str, engine: str) -> str:
    """Return the name of a genre's result by an engine."""
    return genre if engine == "rules" else f"{genre}_{engine}"


def genre_report(pool: Any, genre: str, args: argparse.Namespace, known: likeness.Memory) -> dict[str, Any]:
    """Compose a genre's songs, compare them, write the result and return its summary."""
    pieces = composed(pool, genre, args.engine, args)
    rows = measure(pool, pieces)
    beside = {} if args.engine == "rules" else {"rules": measure(pool, composed(pool, genre, "rules", args))}
    pairs = likeness.shared_stretches(pieces)
    runs = sorted(known.longest_run(p) for p in pieces)
    own = spreads(values_of(rows))
    human = corpora.reference(genre, args.data)
    lines = [f"# {genre}: {args.songs} songs, engine {args.engine}, seeds from {args.seed}\n"]
    summary: dict[str, Any] = {
        "songs": args.songs,
        "engine": args.engine,
        "seed": args.seed,
        "pairs_sharing_8_bars": len(pairs),
        "shared_run_median": median(runs),
        "shared_run_max": runs[-1],
        "features": {n: s._asdict() for n, s in own.items()},
    }
    if human:
        told, found = against_people(pool, genre, args, human, {args.engine: rows, **beside})
        lines += told
        summary |= found
    else:
        flat = dict.fromkeys(NAMES, math.nan)
        lines += ["Reference: no reference.\n", genre_table(own, {}, flat, flat)]
        summary |= {"reference": "no reference"}
    lines.append(
        f"Pairs of songs that share an 8-bar melody: {len(pairs)}"
        + (f" ({', '.join('/'.join(p) for p in pairs[:5])})" if pairs else "")
        + f". Longest run of notes shared with a training melody: median {median(runs):g}, most {runs[-1]}.\n"
    )
    write(named(genre, args.engine), "\n".join(lines), summary, args.out)
    return summary


def against_people(
    pool: Any, genre: str, args: argparse.Namespace, human: Sequence[Piece], sets: dict[str, list[Described]]
) -> tuple[list[str], dict[str, Any]]:
    """Return the lines and the figures of our sets, by engine, the one that is measured first, against people."""
    people = measure(pool, human)
    spread = spreads(values_of(people))
    rows = values_of(sets[args.engine])
    own = spreads(rows)
    shared = {engine: overlaps(values_of(people), values_of(other)) for engine, other in sets.items()}
    distance = {n: divergence(column(values_of(people), n), column(rows, n)) for n in COMPARED}
    anchors_ = baseline(pool, human, people, 100, args.seed)
    results = {
        **{f"**Partimento**, {engine}": compare(people, other, args.seed, SPLITS) for engine, other in sets.items()},
        **anchors_,
    }
    judged = [f.name for f in FEATURES if f.group in TARGET_GROUPS and f.name in own and f.name in spread]
    outside = [n for n in judged if not spread[n].holds(own[n].mean)]
    lines = [
        f"Reference: {corpora.REFERENCES[genre]}, {len(human)} pieces.\n",
        comparison_table(results),
        verdict(anchors_),
        genre_table(own, spread, shared[args.engine], distance),
        *([rules_table(spreads(values_of(sets["rules"])), own, spread, shared, args.engine)] if len(sets) > 1 else []),
        f"Melody and structure features whose mean lies in the human p10–p90: {len(judged) - len(outside)} of"
        f" {len(judged)}" + (f"; outside: {', '.join(outside)}" if outside else "") + ".\n",
    ]
    figures = {
        "reference": corpora.REFERENCES[genre],
        "comparison": results,
        "outside": outside,
        "overlaps": shared[args.engine],
    }
    return lines, figures | ({"overlaps_rules": shared["rules"]} if len(sets) > 1 else {})


def rules_table(
    rules: dict[str, Spread], own: dict[str, Spread], human: dict[str, Spread], shared: dict[str, Values], engine: str
) -> str:
    """Return the table of what an engine changed: means, spreads and overlaps beside those of the rules."""
    rows = []
    for name in COMPARED:
        if name not in own or name not in rules or name not in human:
            continue
        gain = shared[engine][name] - shared["rules"][name]
        spread = (figure(s) for one in (rules, own, human) for s in (one[name].mean, one[name].sd))
        overlap_ = (figure(shared[e][name], 2) for e in ("rules", engine))
        rows.append((f"`{name}`", *spread, *overlap_, "–" if math.isnan(gain) else f"{gain:+.2f}"))
    head = ("feature", "rules", "SD", engine, "SD", "human", "SD", "overlap, rules", f"overlap, {engine}", "gain")
    return f"## {engine.capitalize()} beside rules, the same seeds\n\n" + table(head, rows)


def main(argv: Sequence[str] | None = None) -> None:
    """Run the benchmark; see --help."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="folder that holds open/*.jsonl.gz")
    parser.add_argument("--songs", type=int, default=50, help="songs a genre (at least 5)")
    parser.add_argument("--genre", action="append", help="a genre; may be given again; default all")
    parser.add_argument("--engine", default="rules", choices=("rules", "hybrid", "neural"))
    parser.add_argument("--seed", type=int, default=0, help="first seed, and the seed of splits and anchors")
    parser.add_argument("--baseline-only", action="store_true", help="measure people alone, compose nothing")
    parser.add_argument("--out", type=Path, default=RESULTS, help="folder for the results")
    args = parser.parse_args(argv)
    with Pool(2) as pool:
        human = corpora.load_pop(args.data)
        rows = measure(pool, human)
        human_report(pool, human, rows, args.seed, args.out)
        if args.baseline_only:
            return
        known = likeness.Memory(corpora.load_melodies(args.data))
        for genre in args.genre or GENRES:
            genre_report(pool, genre, args, known)


if __name__ == "__main__":
    main()
