"""Measure the analysis beside music21 on the same pieces: keys, chords, numerals, cadences, and the time they take.

    python -m partimento.benchmarks.analysis.measure DATA [--pieces N] [--write]

DATA holds `open/` and `copyleft/` as `pieces` and `other_rows` name them. Only pieces set apart from tuning are
measured.
`--pieces` takes the first N of each collection, for both systems; `--write` writes `results.md` beside this script.
"""

from __future__ import annotations

import argparse
import statistics
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path

from partimento.benchmarks.analysis import other_rows
from partimento.benchmarks.analysis.agreement import ROWS, Read, compare, read_span, shares
from partimento.benchmarks.analysis.cadence_row import RULE, cadence_row
from partimento.benchmarks.analysis.music21_side import music21_reads
from partimento.benchmarks.analysis.pieces import FLOOR, Analysed, analysed
from partimento.theory.analysis.analyse import analyse
from partimento.theory.analysis.piece import Piece

Reads = tuple[list[int], list[Read | None], tuple[int, bool]]
_POP = 40
_SAID = """Per cent of eighth-note frames that agree with human analyses (When in Rome), of pieces that the decoder
was never tuned on: chorales are set apart by tune, all settings of one on one side, songs by score. What counts as
alike is said in `agreement.py`, how numerals are read in `human_numerals.py`. Left out are pieces of which less than
70 % of the sounding time lies in the analyst's chords however they are aligned: there the two sources differ. The
notes are MIDI numbers with the written signature, bars and, in chorales, fermatas; the signature is evidence for the
decoder, and its minor key spells the notes for music21, whose key is that of `analyze("key")` and whose numerals are
those of `romanNumeralFromChord` on what `chordify` gives. "global key" is the key in which the analyst ends.
Milliseconds are processor time for the whole of `analyse`, cadences and form included, reading the file apart."""


def our_reads(piece: Piece) -> Reads:
    """Our reading of a piece: ticks, readings, the key of the whole."""
    found = analyse(piece)
    spans = found.chords
    home = found.key.tonic.number, found.key.is_minor
    return [span.start for span in spans], [read_span(span) for span in spans], home


def measured(pieces: list[Analysed], reader: Callable[[Piece], Reads]) -> tuple[dict[str, float], float]:
    """Agreement in per cent, with the global key's, and the median milliseconds of processor time a piece."""
    total: Counter[str] = Counter()
    right, times = 0, []
    for source in pieces:
        began = time.process_time()
        ticks, reads, home = reader(source.piece)
        times.append(1000 * (time.process_time() - began))
        total += compare(source.human, ticks, reads, source.piece.end)
        last = next(row.chord for row in reversed(source.human) if row.chord is not None)
        right += home == (last.tonic, last.minor)
    return shares(total) | {"global key": round(100 * right / len(pieces), 1)}, statistics.median(times)


def _pop_shares(data: Path, most: int) -> list[str]:
    pieces = other_rows.pop_pieces(data, most)
    ours: Counter[str] = Counter()
    theirs: Counter[str] = Counter()
    for piece, chords in pieces:
        ours += other_rows.compare_pop(chords, *other_rows.our_pop_reads(piece))
        theirs += other_rows.compare_pop(chords, *music21_reads(piece)[:2])
    lines = [f"POP909-CL, chords from notes, {len(pieces)} odd pieces, per eighth:", ""]
    lines += ["| system | root | root and triad |", "|---|---|---|"]
    for name, counts in (("Partimento", ours), ("music21", theirs)):
        root, triad = (round(100 * counts[row] / counts["frames"], 1) for row in ("root", "root and triad"))
        lines.append(f"| {name} | {root} | {triad} |")
    return lines


def _table(title: str, pieces: list[Analysed], left_out: int) -> list[str]:
    rows = [*ROWS, "global key"]
    our_reads(pieces[0].piece)
    music21_reads(pieces[0].piece)
    lines = [f"{title}: {len(pieces)} pieces never tuned on; {left_out} left out as badly aligned", ""]
    lines += ["| system | " + " | ".join(rows) + " | ms a piece (median) |", "|---" * (len(rows) + 2) + "|"]
    for name, reader in (("Partimento", our_reads), ("music21", music21_reads)):
        found, spent = measured(pieces, reader)
        lines.append(f"| {name} | " + " | ".join(str(found[row]) for row in rows) + f" | {spent:.0f} |")
    return lines


def _cadences(pieces: list[Analysed]) -> list[str]:
    counts: Counter[str] = Counter()
    for source in pieces:
        counts += cadence_row(source, analyse(source.piece).cadences)
    share = 100 * counts["right"] / max(1, counts["fermatas"])
    kinds = sorted(name.removeprefix("meant ") for name in counts if name.startswith("meant "))
    each = ", ".join(f"{kind} {counts[f'right {kind}']} of {counts[f'meant {kind}']}" for kind in kinds)
    return [
        f"Cadences at {counts['fermatas']} fermatas of these chorales: {share:.1f} % named as the rule names the"
        f" analyst's last two numerals ({each}). music21 names no cadences: -.",
        "",
        f"The rule: {RULE}.",
    ]


def report(data: Path, most: int | None, pop: int) -> str:
    """The whole report in Markdown."""
    lines = ["# Analysis beside music21", "", _SAID, ""]
    for collection, title in (("chorales", "Bach chorales"), ("lieder", "Lieder")):
        tested = [piece for piece in analysed(data, collection) if piece.tested]
        kept = [piece for piece in tested if piece.agreement >= FLOOR][:most]
        lines += [*_table(title, kept, sum(piece.agreement < FLOOR for piece in tested)), ""]
        if collection == "chorales":
            lines += [*_cadences(kept), ""]
    lines += [*_pop_shares(data, pop), ""]
    melody = other_rows.melody_rows(data)
    first, three = (100 * melody[row] / melody["bars"] for row in ("first", "three"))
    lines += [
        f"OpenEWLD, melody alone, odd pieces, {melody['bars']} bars: the written chord is the first suggested in"
        f" {first:.1f} %, among the first three in {three:.1f} %. music21 suggests none: -.",
        "",
    ]
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("data", type=Path)
    parser.add_argument("--pieces", type=int, default=None)
    parser.add_argument("--pop", type=int, default=_POP)
    parser.add_argument("--write", action="store_true")
    arguments = parser.parse_args()
    text = report(arguments.data, arguments.pieces, arguments.pop)
    print(text)
    if arguments.write:
        Path(__file__).with_name("results.md").write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
