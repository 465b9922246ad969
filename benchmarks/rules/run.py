"""Counts of broken rules and of variety over many songs a genre: python -m partimento.benchmarks.rules.run --songs 100

Songs have seeds 1 to N and leave everything to the style; as many again are composed to random requests, to see them
met. Results: results.md to read, results.json to compare.
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Sequence
from multiprocessing import Pool
from pathlib import Path
from typing import Any

from partimento.arrangement.style import load_style, style_names
from partimento.benchmarks.rules import leading, playing
from partimento.benchmarks.rules.asked import draw_request, unmet
from partimento.benchmarks.rules.variety import Portrait, figures, portrait
from partimento.composer.compose import compose
from partimento.score.brief import Brief
from partimento.score.song import Song
from partimento.theory.errors import PartimentoError

FOLDER = Path(__file__).parent
RULES = (
    "range", "overlap", "hands", "limbs", "midi", "close", "seventh in progression", "seventh in line", "leading tone",
    "request",
)  # fmt: skip
VARIETY = (
    "loop %", "groove %", "forms", "intros", "endings", "melodies shared", "songs with a part in > 85 %",
    "lead in > 85 %", "contrast in 3+ %",
)  # fmt: skip

Findings = dict[str, list[str]]


def faults(song: Song, genre: str) -> Findings:
    """Every rule's findings in one song, but for those about requests."""
    out: Findings = {
        "range": playing.ranges(song),
        "overlap": playing.overlaps(song),
        "hands": playing.hands(song),
        "limbs": playing.limbs(song),
        "midi": playing.midi(song),
        "close": leading.closes(song),
    }
    style = load_style(genre)
    if leading.strict(style):
        classical = bool(style.references.get("counterpoint"))
        out["seventh in progression"] = leading.progressions(song, classical)
        out["seventh in line"], out["leading tone"] = leading.lines(song, classical)
    return out


def of_seed(task: tuple[str, int]) -> tuple[Findings, Portrait]:
    """One song of a genre and seed: its findings and portrait."""
    genre, seed = task
    song = compose(Brief(genre=genre, seed=seed))
    return faults(song, genre), portrait(song, seed)


def of_request(task: tuple[str, int]) -> Findings:
    """One song to a random request: what was not met, and the rules of playing, which hold whatever is asked."""
    genre, seed = task
    style = load_style(genre)
    brief = draw_request(style, seed)
    try:
        song = compose(brief)
    except PartimentoError as error:
        return {"request": [f"refused {_said(brief)}: {error}"]}
    found = {"request": [f"{_said(brief)}: {fault}" for fault in unmet(brief, song, style)]}
    for rule in ("range", "overlap", "hands", "limbs", "midi"):
        check = {"range": playing.ranges, "overlap": playing.overlaps, "hands": playing.hands,
                 "limbs": playing.limbs, "midi": playing.midi}[rule]  # fmt: skip
        found[rule] = [f"{_said(brief)}: {fault}" for fault in check(song)]
    return found


def _said(brief: Brief) -> str:
    plain = Brief()
    said = {name: getattr(brief, name) for name in Brief.__slots__ if getattr(brief, name) != getattr(plain, name)}
    return " ".join(f"{name}={value!r}" for name, value in said.items() if name != "genre")


def count(genre: str, songs: int, pool: Any) -> dict[str, Any]:
    """A genre's figures: findings by rule with some examples, and its variety."""
    rules: dict[str, int] = dict.fromkeys(RULES, 0)
    songs_with: dict[str, int] = dict.fromkeys(RULES, 0)
    examples: dict[str, list[str]] = {}
    portraits = []
    tasks = [(genre, seed) for seed in range(1, songs + 1)]
    for task, (found, picture) in zip(tasks, pool.map(of_seed, tasks, 4), strict=True):
        portraits.append(picture)
        _add(found, f"seed {task[1]}", rules, songs_with, examples)
    for found in pool.map(of_request, tasks, 4):
        _add(found, "asked", rules, songs_with, examples)
    variety = figures(portraits)
    strict = leading.strict(load_style(genre))
    return {
        "songs": songs, "requests": songs, "strict": strict, "rules": rules, "songs with a finding": songs_with,
        "examples": examples, "variety": variety,
    }  # fmt: skip


def _add(
    found: Findings, name: str, rules: dict[str, int], songs_with: dict[str, int], examples: dict[str, list[str]]
) -> None:
    for rule, faults_ in found.items():
        rules[rule] += len(faults_)
        songs_with[rule] += bool(faults_)
        if faults_:
            kept = examples.setdefault(rule, [])
            if len(kept) < 12:
                kept.append(f"{name}: {faults_[0]}")


def report(results: dict[str, dict[str, Any]]) -> str:
    """The results as Markdown."""
    total = sum(r["songs"] for r in results.values())
    out = [
        "# Rules over many songs",
        "",
        f"{total} songs, and as many composed to random requests. Counts of findings; the target is 0 everywhere.",
        "Sevenths and leading tones are counted where the style forbids unresolved ones (- elsewhere).",
        "What each rule counts is said in playing.py, leading.py and asked.py.",
        "",
        "| genre | songs | " + " | ".join(RULES) + " |",
        "|---" * (len(RULES) + 2) + "|",
    ]
    for genre, r in results.items():
        row = [
            "-" if rule in ("seventh in progression", "seventh in line", "leading tone") and not r["strict"]
            else str(r["rules"][rule])
            for rule in RULES
        ]  # fmt: skip
        out.append(f"| {genre} | {r['songs']} | " + " | ".join(row) + " |")
    out += [
        "",
        "## Variety",
        "",
        "Targets: no loop in over 15 % of songs, no groove in over 20 % (twelve-bar and clave excepted), four forms,",
        "intros and endings at least, no eight bars of melody in two songs, no part beyond drums and bass in over 85 %",
        "of the bars (the lead, who is counted by itself, apart), neighbouring sections unlike in three of six ways.",
        "",
        "| genre | " + " | ".join(VARIETY) + " | commonest loop | commonest groove |",
        "|---" * (len(VARIETY) + 3) + "|",
    ]
    for genre, r in results.items():
        v = r["variety"]
        named = " | ".join(str(v[name]).replace("|", "/") for name in ("loop", "groove"))
        out.append(f"| {genre} | " + " | ".join(str(v[name]) for name in VARIETY) + f" | {named} |")
    found = [
        f"- {genre}, {rule}: {example}"
        for genre, r in results.items() for rule in RULES for example in r["examples"].get(rule, [])[:3]
    ]  # fmt: skip
    if found:
        out += ["", "## Examples of findings", "", *found]
    return "\n".join(out) + "\n"


def main(argv: Sequence[str] | None = None) -> None:
    """Compose, count, print and write."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--songs", type=int, default=100)
    parser.add_argument("--genre", action="append", choices=style_names())
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--out", type=Path, default=FOLDER, help="folder for results.md and results.json")
    args = parser.parse_args(argv)
    began = time.monotonic()
    results: dict[str, dict[str, Any]] = {}
    with Pool(args.processes) as pool:
        for genre in args.genre or style_names():
            results[genre] = count(genre, args.songs, pool)
            print(genre, {k: v for k, v in results[genre]["rules"].items() if v}, results[genre]["variety"], flush=True)
    text = report(results)
    print(text)
    args.out.mkdir(parents=True, exist_ok=True)
    (args.out / "results.md").write_text(text, encoding="utf-8")
    (args.out / "results.json").write_text(json.dumps(results, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    print(f"{time.monotonic() - began:.0f} s")


if __name__ == "__main__":
    main()
