"""Rules of part-writing on Bach's chorales: how often each fires beside his rate, and how many planted faults it finds.

    python -m partimento.benchmarks.rules.measure DATA

Conventions: DATA is the folder of music data (its open/ has the chorales, copyleft/ the human numerals). Rates are
breaches a chorale, "clean" the percentage of chorales without any. `theirs` are those of an independent count of 333
four-part chorales, where there is one; rules of harmony have none and are told by human and by our own numerals.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from partimento.benchmarks.rules.chorales import Chorale, chorales
from partimento.benchmarks.rules.planting import PLANTERS, plant
from partimento.score.stream import Stream
from partimento.theory.analysis.analyse import analyse
from partimento.theory.analysis.findings import Analysis
from partimento.theory.rules.breach import Breach
from partimento.theory.rules.checking import check
from partimento.theory.rules.rule_set import rule_set
from partimento.theory.rules.table import RULES, Rule

FOLDER = Path(__file__).parent
PLANTED = 2
"""Faults of a rule planted in a chorale."""
OURS = ("cross-relation", "unrecovered-leap", "range")
"""Rules over lines whose rate in the table was counted here, and by nobody else."""
WITHIN = 20
"""Per cent by which a rate may differ from theirs."""


def found(pieces: Iterable[tuple[Chorale, Analysis | None]]) -> list[tuple[Breach, ...]]:
    """What `check` finds by the set `bach`."""
    return [check(chorale.piece, rule_set("bach"), analysis) for chorale, analysis in pieces]


def rate(rule: str, rows: Sequence[tuple[Breach, ...]]) -> tuple[float, float]:
    """Breaches a piece, and the percentage of pieces without any."""
    counts = [sum(breach.rule == rule for breach in row) for row in rows]
    return sum(counts) / len(counts), 100 * sum(not n for n in counts) / len(counts)


def errors(rows: Sequence[tuple[Breach, ...]]) -> float:
    """Breaches of severity error a piece."""
    return sum(breach.severity == "error" for row in rows for breach in row) / len(rows)


def recall(rule: str, pieces: Sequence[Chorale], count: int = PLANTED, own: bool = False) -> tuple[int, int]:
    """How many faults of a rule were planted, and how many of them `check` finds at their place.

    Chords are the human's, or with `own` what our analysis finds in the piece with the fault in it.
    """
    planted = seen = 0
    for chorale in pieces:
        stream = Stream(1, "planted faults", chorale.id, rule)
        for piece, tick in plant(rule, chorale.piece, chorale.analysis, stream, count):
            planted += 1
            rows = check(piece, rule_set("bach"), analyse(piece) if own else chorale.analysis)
            seen += any(breach.rule == rule and breach.tick == tick for breach in rows)
    return planted, seen


def _line_row(rule: Rule, rows: Sequence[tuple[Breach, ...]]) -> str:
    ours, clean = rate(rule.id, rows)
    if rule.id in OURS or rule.bach_rate is None:
        return f"| {rule.id} | {rule.tier} | - | {ours:.2f} | - | - | {clean:.1f} |"
    away = 100 * (ours / rule.bach_rate - 1)
    outside = "" if abs(away) <= WITHIN else " (!)"
    rates = f"{rule.bach_rate:g} | {ours:.3g} | {away:+.0f} %{outside}"
    return f"| {rule.id} | {rule.tier} | {rates} | {rule.bach_clean:g} | {clean:.1f} |"


def report(all_: Sequence[Chorale], own: Mapping[str, Analysis]) -> str:
    """The tables as markdown."""
    lines = found((chorale, None) for chorale in all_)
    read = [chorale for chorale in all_ if chorale.analysis is not None]
    human = found((chorale, chorale.analysis) for chorale in read)
    ours = found((chorale, own[chorale.id]) for chorale in read)
    out = [
        "# Rules of part-writing on Bach's chorales", "",
        "Made by `python -m partimento.benchmarks.rules.measure DATA`.", "",
        f"## Rules over lines: {len(all_)} chorales", "",
        "| rule | tier | theirs | ours | away | clean % theirs | clean % ours |", "|---|---|---|---|---|---|---|",
        *(_line_row(rule, lines) for rule in RULES.values() if rule.tier and rule.needs == "lines"), "",
        f"## Rules of harmony: {len(read)} chorales, breaches a chorale", "",
        "| rule | tier | human numerals | clean % | our own numerals | clean % |", "|---|---|---|---|---|---|",
    ]  # fmt: skip
    for rule in RULES.values():
        if rule.tier and rule.needs == "chords":
            (a, b), (c, d) = rate(rule.id, human), rate(rule.id, ours)
            out.append(f"| {rule.id} | {rule.tier} | {a:.3f} | {b:.1f} | {c:.3f} | {d:.1f} |")
    bare = errors(found((chorale, None) for chorale in read))
    out += [
        "", f"All errors a chorale, of lines and harmony: {errors(human):.2f} by human numerals, {errors(ours):.2f} by"
        f" our own; those over lines alone {bare:.2f}.", "",
        "## Planted faults", "",
        "Rules of harmony by the human's chords; beside it, on every sixth chorale, by what our analysis makes of the"
        " music with the fault in it, where a wrong note may as well be heard as another chord.", "",
        "| rule | planted | found | % | by our own reading % |", "|---|---|---|---|---|",
    ]  # fmt: skip
    for name in PLANTERS:
        planted, seen = recall(name, read)
        own_share = "-"
        if RULES[name].needs == "chords":
            tried, heard = recall(name, read[::6], own=True)
            own_share = f"{100 * heard / max(1, tried):.1f}"
        out.append(f"| {name} | {planted} | {seen} | {100 * seen / max(1, planted):.1f} | {own_share} |")
    return "\n".join(out) + "\n"


def main(argv: Sequence[str] | None = None) -> None:
    """Read, check, plant, print and write chorales.md."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("data", type=Path)
    parser.add_argument("--out", type=Path, default=FOLDER / "chorales.md")
    args = parser.parse_args(argv)
    began = time.monotonic()
    all_ = list(chorales(args.data))
    own = {chorale.id: analyse(chorale.piece) for chorale in all_ if chorale.analysis is not None}
    text = report(all_, own)
    print(text)
    args.out.write_text(text, encoding="utf-8")
    print(f"{time.monotonic() - began:.0f} s")


if __name__ == "__main__":
    main()
