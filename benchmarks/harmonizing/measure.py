"""Bach's chorale tunes set anew: errors of part-writing a setting, and how often the chords are his own.

    python -m partimento.benchmarks.harmonizing.measure DATA

Conventions: DATA is the folder of music data (its open/ has the chorales, copyleft/ the human numerals). A slot is a
chord's stretch in our setting; his chord is the one that the human numerals name at its start. The shares of chords by
themselves were set on 42 of these chorales and successions of chords counted on all, so that the agreement is no
forecast for other tunes; it tells that the settings are of his kind.
"""

from __future__ import annotations

import argparse
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from partimento.benchmarks.rules.chorales import Chorale, chorales
from partimento.composer.chorale import Chorale as Set
from partimento.composer.chorale import harmonise_chorale
from partimento.composer.chorale_song import chorale_song
from partimento.composer.chorale_text import line_of_piece
from partimento.score.as_analysis import analysis_of
from partimento.score.as_piece import piece_of
from partimento.theory.analysis.findings import Analysis, ChordSpan
from partimento.theory.rules.checking import check
from partimento.theory.rules.rule_set import rule_set

FOLDER = Path(__file__).parent
ROWS = ("chords in all", "root", "root and third", "bass", "key", "root at fermatas")


def tunes(data: Path, every: int) -> Iterator[Chorale]:
    """Each `every`-th of the chorales with fermatas."""
    yield from [one for one in chorales(data) if one.piece.fermatas][::every]


def breaches(made: Set) -> Counter[tuple[str, str]]:
    """(severity, rule) -> breaches that the set `bach` finds in a setting."""
    song = chorale_song(made)
    piece = replace(piece_of(song), fermatas=tuple(slot.start for slot in made.slots if slot.ends))
    return Counter((row.severity, row.rule) for row in check(piece, rule_set("bach"), analysis_of(song, piece)))


def agreement(made: Set, analysis: Analysis) -> Counter[str]:
    """How many slots there are with a chord of his, and how many agree with it in what."""
    counts: Counter[str] = Counter()
    for slot, choice in zip(made.slots, made.choices, strict=True):
        span = _span_at(analysis, slot.start)
        if span is None or span.chord is None:
            continue
        mine, his = choice.chord, span.chord
        root = mine.root.number == his.root.number
        thirds = [chord.third.number if chord.third is not None else -1 for chord in (mine, his)]
        counts["chords in all"] += 1
        counts["root"] += root
        counts["root and third"] += root and thirds[0] == thirds[1]
        counts["bass"] += mine.bass_tone.number == his.bass_tone.number
        counts["key"] += (choice.key.tonic.number, choice.key.is_minor) == (span.key.tonic.number, span.key.is_minor)
        if slot.ends:
            counts["fermatas"] += 1
            counts["root at fermatas"] += root
    return counts


def _span_at(analysis: Analysis, tick: int) -> ChordSpan | None:
    return next((span for span in analysis.chords if span.start <= tick < span.end), None)


def report(read: Sequence[Chorale]) -> str:
    """The tables, in Markdown."""
    faults: Counter[tuple[str, str]] = Counter()
    counts: Counter[str] = Counter()
    ornaments: Counter[str] = Counter()
    clean = 0
    began = time.process_time()
    for one in read:
        key = one.analysis.key if one.analysis is not None else None
        made = harmonise_chorale(line_of_piece(one.piece, key))[0]
        found = breaches(made)
        clean += not any(severity == "error" for severity, _ in found)
        faults += found
        ornaments += Counter(ornament.kind for ornament in made.ornaments)
        if one.analysis is not None:
            counts += agreement(made, one.analysis)
    spent = (time.process_time() - began) / len(read)
    out = [
        f"# {len(read)} chorale tunes set anew", "",
        f"Without an error: {100 * clean / len(read):.1f} %. A setting has {ornaments['passing'] / len(read):.1f}",
        f"passing tones and {ornaments['suspension'] / len(read):.1f} suspensions and takes {spent:.1f} s of processor"
        " time, checking included.", "",
        "| severity | rule | a setting |", "|---|---|---|",
    ]  # fmt: skip
    out += [f"| {severity} | {rule} | {n / len(read):.2f} |" for (severity, rule), n in sorted(faults.items())]
    out += ["", "| as in Bach's setting | % |", "|---|---|"]
    for row in ROWS[1:]:
        total = counts["fermatas" if row.endswith("fermatas") else ROWS[0]]
        out.append(f"| {row} | {100 * counts[row] / max(1, total):.1f} |")
    return "\n".join(out) + "\n"


def main(argv: Sequence[str] | None = None) -> None:
    """Read, set, check, print and write results.md."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("data", type=Path)
    parser.add_argument("--every", type=int, default=1, help="take every N-th chorale alone")
    parser.add_argument("--out", type=Path, default=FOLDER / "results.md")
    args = parser.parse_args(argv)
    text = report(list(tunes(args.data, args.every)))
    print(text)
    args.out.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
