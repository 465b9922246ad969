"""Measure how well `partimento.theory.chord_finding` finds chords: POP909's, and those of composed songs.

    python benchmarks/chord_finding/measure.py DATA_FOLDER [--pieces 100] [--write]

DATA_FOLDER holds `pop_pop909cl.jsonl.gz`. Its even pieces were looked at when the prices were set, its odd ones are
measured here, in half beats: the root is right, or root and triad are. Pieces whose chords are not marked on bars or
halves of them in seven cases of ten are left out, since their beats are not sure. Of composed songs (every genre,
two seeds, 24 bars) the key is known and the written chords are the truth. `--write` writes `results.json` beside this
script.
"""

from __future__ import annotations

import argparse
import gzip
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from partimento.arrangement.style import style_names
from partimento.composer.compose import compose
from partimento.score.brief import Brief
from partimento.theory.chord import Chord
from partimento.theory.chord_finding import FoundChord, find_chords
from partimento.theory.key_finding import find_key
from partimento.theory.meter import TICKS, Meter
from partimento.theory.pitch import PitchClass

Label = tuple[int, str] | None


def _label(text: str) -> Label:
    """Root number and triad of a Harte label."""
    if text in ("N", "X"):
        return None
    root, _, quality = text.split("/")[0].partition(":")
    kinds = (("maj", "major"), ("min", "minor"), ("hdim", "diminished"), ("dim", "diminished"), ("aug", "augmented"),
             ("sus", "suspended"))  # fmt: skip
    kind = next((name for start, name in kinds if quality.startswith(start)), "major")
    return PitchClass.parse(root).number, kind


def _label_of(chord: Chord | None) -> Label:
    if chord is None:
        return None
    kind = {"dominant": "major", "half-diminished": "diminished"}.get(chord.family, chord.family)
    return chord.root.number, kind


def _beats(meters: list[list[int]], end: int, quarter: int) -> tuple[list[tuple[int, int]], int]:
    beats: list[tuple[int, int]] = []
    tick = k = 0
    meter = Meter(4, 4)
    while tick < end:
        while k < len(meters) and meters[k][0] <= tick:
            meter = Meter(meters[k][1], meters[k][2])
            k += 1
        beats += [(tick + place * quarter // TICKS, meter.strength(place)) for place in meter.beats]
        tick += meter.bar * quarter // TICKS
    return beats, tick


def _pop(folder: Path, most: int) -> Iterator[tuple[Label, Label]]:
    """Of each half beat of odd pieces what is meant and what was found."""
    with gzip.open(folder / "pop_pop909cl.jsonl.gz", "rt", encoding="utf-8") as lines:
        rows: list[dict[str, Any]] = [json.loads(line) for i, line in enumerate(lines) if i % 2]
    rows = [row for row in rows if row["chords"] and row["chords_on_bar_or_half"] >= 0.7]
    for row in rows[:most]:
        notes = [(note[0], note[1], note[2]) for part in row["parts"].values() for note in part]
        last = max(onset + length for onset, length, _ in notes)
        beats, end = _beats(row["meters"], last, row["tpq"])
        found = find_chords(notes, beats, end, [(0, find_key(notes)[0][0])])
        truth = [(onset, onset + length, _label(label)) for onset, length, label, *_ in row["chords"]]
        yield from _compared(truth, found, row["tpq"] // 2)


def _ours() -> Iterator[tuple[Label, Label]]:
    for genre in style_names():
        for seed in range(2):
            song = compose(Brief(genre=genre, seed=seed, bars=24))
            pitched = [track for track in song.tracks if track.role not in ("drums", "percussion")]
            notes = [(note.onset, note.duration, note.number) for track in pitched for note in track.notes]
            beats, end = _beats(
                [[row.onset, row.meter.numerator, row.meter.denominator] for row in song.meters], song.end, TICKS
            )
            found = find_chords(notes, beats, end, [(row.onset, row.key) for row in song.keys])
            truth = [(row.onset, row.onset + row.duration, _label_of(row.chord)) for row in song.chords]
            yield from _compared(truth, found, TICKS // 2)


def _compared(
    truth: list[tuple[int, int, Label]], found: list[FoundChord], step: int
) -> Iterator[tuple[Label, Label]]:
    i = 0
    for start, end, label in truth:
        for tick in range(start, end, step):
            while i + 1 < len(found) and found[i].end <= tick:
                i += 1
            if label is not None:
                yield label, _label_of(found[i].chord)


def _shares(pairs: Iterator[tuple[Label, Label]]) -> dict[str, float]:
    total = root = triad = 0
    for meant, found in pairs:
        total += 1
        if meant is not None and found is not None and meant[0] == found[0]:
            root += 1
            triad += meant[1] == found[1]
    return {"places": total, "root": round(root / total, 3), "root and triad": round(triad / total, 3)}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--pieces", type=int, default=100)
    parser.add_argument("--write", action="store_true")
    arguments = parser.parse_args()
    results = {"POP909": _shares(_pop(arguments.folder, arguments.pieces)), "composed": _shares(_ours())}
    print(json.dumps(results, indent=2))
    if arguments.write:
        path = Path(__file__).with_name("results.json")
        path.write_text(json.dumps(results, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
