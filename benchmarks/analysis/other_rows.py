"""The rows beside the Roman numerals: chords of pop songs from their notes, chords for a melody alone.

Conventions: POP909-CL and OpenEWLD as `pieces.rows` reads them, odd pieces only (the even ones set the prices of
`theory.chord_finding` and the tables of `theory.key_finding`). A chord is a root and a triad: major, minor, diminished,
augmented, suspended.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from partimento.benchmarks.analysis.agreement import Read, read_span
from partimento.benchmarks.analysis.pieces import piece_of_row, rows
from partimento.composer.harmonise import harmonise, misfit_of
from partimento.theory.analysis.analyse import analyse
from partimento.theory.analysis.piece import Piece
from partimento.theory.key import Key
from partimento.theory.key_finding import find_key
from partimento.theory.meter import TICKS, Meter
from partimento.theory.pitch import PitchClass
from partimento.theory.roman import chord_of

Label = tuple[int, str]

_TRIAD = {
    "m": "minor", "m7": "minor", "mmaj7": "minor", "dim": "diminished", "m7b5": "diminished", "dim7": "diminished",
    "aug": "augmented", "7#5": "augmented", "maj7#5": "augmented",
}  # fmt: skip
_HARTE = (
    ("maj", "major"), ("min", "minor"), ("hdim", "diminished"), ("dim", "diminished"), ("aug", "augmented"),
    ("sus", "suspended"),
)  # fmt: skip
_CANDIDATES = {
    False: "I V IV vi ii iii V7/ii V7/V V7/vi bVII iv".split(),
    True: "i V iv VI VII III iio v IV V7/iv I".split(),
}


def harte_label(text: str) -> Label | None:
    """Root and triad of a Harte label, None for no chord and unknown ones."""
    if text in ("N", "X"):
        return None
    root, _, quality = text.split("/")[0].partition(":")
    return PitchClass.parse(root).number, next((name for start, name in _HARTE if quality.startswith(start)), "major")


def pop_pieces(data: Path, most: int) -> list[tuple[Piece, list[tuple[int, int, Label | None]]]]:
    """Odd pieces of POP909-CL whose chords lie on bars or halves in seven cases of ten, with their chords in ticks."""
    found = []
    for i, row in enumerate(rows(data / "open/pop_pop909cl.jsonl.gz")):
        if i % 2 and row["chords"] and row["chords_on_bar_or_half"] >= 0.7:
            scale = TICKS / row["tpq"]
            chords = [
                (round(onset * scale), round((onset + length) * scale), harte_label(label))
                for onset, length, label, *_ in row["chords"]
            ]
            # The written keys are annotations, not signatures: they are left out.
            found.append((piece_of_row(row | {"keys": []}), chords))
            if len(found) == most:
                break
    return found


def compare_pop(
    chords: Sequence[tuple[int, int, Label | None]], ticks: Sequence[int], reads: Sequence[Read | None]
) -> Counter[str]:
    """Per eighth: the root is right, root and triad are."""
    counts: Counter[str] = Counter()
    for start, end, label in chords:
        for tick in range(start, end, TICKS // 2) if label is not None else ():
            k = bisect_right(ticks, tick) - 1
            read = reads[k] if k >= 0 else None
            counts["frames"] += 1
            if read is not None and label is not None:
                triad = _TRIAD.get(read.quality, "major")
                counts["root"] += read.root == label[0]
                counts["root and triad"] += (read.root, triad) == label
    return counts


def our_pop_reads(piece: Piece) -> tuple[list[int], list[Read | None]]:
    """Our chords of a piece."""
    spans = analyse(piece).chords
    return [span.start for span in spans], [read_span(span) for span in spans]


def melody_rows(data: Path) -> Counter[str]:
    """Of each bar's first written chord in OpenEWLD's odd pieces: whether it is the first, or among the first three,
    that the melody alone calls for."""
    counts: Counter[str] = Counter()
    for i, row in enumerate(rows(data / "open/leadsheets_openewld_pd.jsonl.gz")):
        if i % 2:
            counts += _melody(row)
    return counts


def _melody(row: dict[str, Any]) -> Counter[str]:
    counts: Counter[str] = Counter()
    scale = TICKS // row["tpq"]
    notes = tuple(sorted((n[0] * scale, n[1] * scale, n[2]) for n in row["parts"].get("melody", ())))
    if not notes or len(row["bars"]) < 2:
        return counts
    meter = Meter(row["meters"][0][1], row["meters"][0][2]) if row["meters"] else Meter(4, 4)
    key = find_key(notes)[0][0]
    starts = [tick * scale for tick in row["bars"]]
    first = starts[1] if starts[1] - starts[0] < meter.bar else starts[0]
    moved = tuple((onset - first, length, number) for onset, length, number in notes)
    bars = max(1, -(-(notes[-1][0] + notes[-1][1] - first) // meter.bar))
    path = harmonise(moved, meter, bars, key, "standards", {bars * meter.bar: "authentic"}, busy=False)
    onsets = [slot.onset for slot in path]
    written = [(chord[0] * scale - first, harte_label(chord[2])) for chord in row["chords"]]
    at = [tick for tick, _ in written]
    for bar in range(bars):
        tick = bar * meter.bar
        k = bisect_right(at, tick + meter.unit // 2) - 1
        if k < 0 or written[k][1] is None:
            continue
        chosen = path[max(0, bisect_right(onsets, tick) - 1)].roman
        ranked = _ranked(moved, tick, meter, key, chosen)
        counts["bars"] += 1
        counts["first"] += ranked[0] == written[k][1]
        counts["three"] += written[k][1] in ranked
    return counts


def _ranked(notes: tuple[tuple[int, int, int], ...], tick: int, meter: Meter, key: Key, chosen: str) -> list[Label]:
    """The searched chord, then those that fit the bar's notes best, commoner ones first among equals."""
    names = _CANDIDATES[key.is_minor]
    rank = {
        name: misfit_of(notes, tick, tick + meter.bar, meter, chord_of(name, key), key) + 12 * i
        for i, name in enumerate(names)
    }
    ordered = [chosen, *sorted(names, key=rank.__getitem__)]
    labels: list[Label] = []
    for name in ordered:
        chord = chord_of(name, key)
        label = chord.root.number, _TRIAD.get(chord.quality, "major")
        if label not in labels:
            labels.append(label)
    return labels[:3]
