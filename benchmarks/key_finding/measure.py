"""Measure the key-finding tables of `partimento.theory.key_finding` and how well they find keys.

    python benchmarks/key_finding/measure.py DATA_FOLDER [--write]

DATA_FOLDER holds `folk_tunes_pd.jsonl.gz`, `leadsheets_openewld_pd.jsonl.gz`, `hymns_openhymnal_satb.jsonl.gz` and
`chorales_bach_satb.jsonl.gz`. Hymns and chorales are labelled by their signatures alone, so a hymn in E minor may be
labelled G: there only the agreement of signatures means much. Tables are counted on the even pieces of each
set, accuracy on the odd ones. Printed
tables are pasted into the module by hand; `--write` writes the accuracies to `results.json` beside this script.
"""

from __future__ import annotations

import argparse
import gzip
import json
import math
from pathlib import Path
from typing import Any

from partimento.theory.errors import TheoryError
from partimento.theory.key import Key
from partimento.theory.key_finding import Notes, evidence, find_key
from partimento.theory.pitch import pitch_class

Piece = tuple[Notes, Key]
SETS = ("folk_tunes_pd", "leadsheets_openewld_pd", "hymns_openhymnal_satb", "chorales_bach_satb")


def _key(row: dict[str, Any]) -> Key | None:
    if len(row["keys"]) != 1:
        return None
    entry = row["keys"][0]
    try:
        if len(entry) == 3:
            major = Key(pitch_class(entry[1]), "major")
            return major if entry[2] == "major" else major.relative
        return Key.parse(row.get("abc_key") or entry[1])
    except TheoryError:
        return None


def pieces(folder: Path, name: str) -> list[Piece]:
    """Melodies of folk tunes and lead sheets, all voices of hymns and chorales, each with its labelled key."""
    found: list[Piece] = []
    with gzip.open(folder / f"{name}.jsonl.gz", "rt", encoding="utf-8") as lines:
        for line in lines:
            row = json.loads(line)
            key = _key(row)
            notes = [(note[0], note[1], note[2]) for part in row["parts"].values() for note in part]
            if key is not None and notes:
                found.append((notes, key))
    return found


def final_tonic_pieces(sets: dict[str, list[Piece]]) -> list[Piece]:
    """What the tables are counted on: of the chorales only those whose last bass confirms the label."""
    return [
        (notes, key)
        for name, entries in sets.items()
        for notes, key in entries
        if name != "chorales_bach_satb" or evidence(notes).last == key.tonic.number
    ]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--write", action="store_true")
    arguments = parser.parse_args()
    sets = {name: pieces(arguments.folder, name) for name in SETS}
    modes: dict[str, int] = {}
    counts = {mode: [1.0] * 12 for mode in ("major", "minor")}
    ends = {(place, voices): [1.0] * 12 for place in ("last", "first") for voices in ("one", "many")}
    for notes, key in final_tonic_pieces({name: entries[::2] for name, entries in sets.items()}):
        seen = evidence(notes)
        modes[key.mode] = modes.get(key.mode, 0) + 1
        if key.mode in counts:
            for number, share in enumerate(seen.shares):
                counts[key.mode][(number - key.tonic.number) % 12] += share
        voices = "many" if seen.many_voices else "one"
        ends["last", voices][(seen.last - key.tonic.number) % 12] += 1
        ends["first", voices][(seen.first - key.tonic.number) % 12] += 1
    for label, table in [*counts.items(), *ends.items()]:
        total = sum(table)
        print(label, [round(100 * math.log(value / total)) for value in table])
    print("modes", modes)
    results = {}
    for name, entries in sets.items():
        tested = entries[1::2]
        tonic = family = mode = relative = 0
        for notes, key in tested:
            found = find_key(notes)[0][0]
            tonic += found.tonic.number == key.tonic.number
            right = found.tonic.number == key.tonic.number and found.is_minor == key.is_minor
            family += right
            mode += right and found.mode == key.mode
            relative += (found.signature - key.signature) % 12 == 0
        shares = {"tonic": tonic, "tonic_and_family": family, "mode": mode, "signature": relative}
        results[name] = {"pieces": len(tested)} | {
            label: round(100 * count / len(tested), 1) for label, count in shares.items()
        }
        print(name, results[name])
    if arguments.write:
        target = Path(__file__).with_name("results.json")
        target.write_text(json.dumps(results, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
