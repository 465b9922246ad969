"""Learns which runs of notes the melodies hold that the nets are trained on, so that none is ever sung again.

    python -m partimento.learning.tables.memory --data DIR --out composer/neural/weights/melody_memory.bin

Convention: every melody of the open corpora counts, those included that training leaves out.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Sequence
from pathlib import Path

from partimento.learning.tables.corpus import FILES, read_rows
from partimento.learning.tables.runs import codes, filter_of
from partimento.theory.errors import PartimentoError, TrainingError

MELODIES = (
    ("pop909", "melody"),
    ("rs200", "melody"),
    ("openewld", "melody"),
    ("folk", "melody"),
    ("lieder", "voice"),
)
"""Corpora and the part of theirs that holds the melody."""


def melodies(data: Path) -> Iterator[list[int]]:
    """The steps of every melody; TrainingError where a corpus is not in the folder."""
    for source, part in MELODIES:
        if not (data / FILES[source]).is_file():
            raise TrainingError(f"{data}: there is no {FILES[source]} in it")
        for row in read_rows(data, source):
            highest: dict[int, int] = {}
            for onset, _, midi, *_ in row["parts"].get(part, []):
                highest[onset] = max(midi, highest.get(onset, 0))
            yield codes(sorted(highest.items()), row["tpq"])


def main(argv: Sequence[str] | None = None) -> int:
    """Write the filter; exit 2 where the data is not there."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True, help="folder of the open corpora")
    parser.add_argument("--out", type=Path, required=True, help="the file to write")
    args = parser.parse_args(argv)
    try:
        runs = filter_of(melodies(args.data))
    except PartimentoError as problem:
        print(f"error: {problem}")
        return problem.exit_code
    full = sum(byte.bit_count() for byte in runs.bits) / (8 * len(runs.bits))
    args.out.write_bytes(runs.to_bytes())
    print(f"{args.out}: {len(runs.bits)} bytes, {full:.1%} of the bits set, so {full**8:.2%} of other runs seem known")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
