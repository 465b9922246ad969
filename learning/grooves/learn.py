"""Write feel.json and patterns.json: `python -m partimento.learning.grooves.learn DATA_FOLDER OUT_FOLDER`.

The same data give the same bytes.
"""

from __future__ import annotations

import hashlib
import json
import sys
from pathlib import Path

from partimento.learning.grooves.feel import feel_tables
from partimento.learning.grooves.patterns import pattern_tables
from partimento.learning.grooves.performance import performances

GROOVE = {
    "file": "drums_groove_midi.jsonl.gz",
    "what": "Groove MIDI Dataset 1.0.0 (Gillick, Roberts, Engel, Eck, Bamman, ICML 2019)",
    "licence": "CC BY 4.0, Google LLC; changed: aggregated into statistics and typical patterns",
}
MACHINE = {
    "file": "drums_machine_patterns.jsonl.gz",
    "what": "montoyamoraga/drum-machine-patterns, shares per step only",
    "licence": "MIT",
}


def _provenance(folder: Path, *sources: dict[str, str]) -> list[dict[str, str]]:
    return [
        {**source, "sha256": hashlib.sha256((folder / source["file"]).read_bytes()).hexdigest()} for source in sources
    ]


def write(path: Path, content: dict[str, object]) -> None:
    """Compact JSON, a line for each second-level entry, so that a diff says which style changed."""
    lines = []
    for key, value in content.items():
        if isinstance(value, dict) and value:
            inner = ",\n".join(
                f"{json.dumps(name)}: {json.dumps(row, separators=(',', ':'))}" for name, row in value.items()
            )
            lines.append(f"{json.dumps(key)}: {{\n{inner}\n}}")
        else:
            lines.append(f"{json.dumps(key)}: {json.dumps(value)}")
    path.write_text("{\n" + ",\n".join(lines) + "\n}\n", encoding="utf-8")


def main(arguments: list[str]) -> int:
    """Learn from the folder named first, write into the folder named second."""
    if len(arguments) != 2:
        print("usage: learn DATA_FOLDER OUT_FOLDER", file=sys.stderr)
        return 2
    folder, out = Path(arguments[0]), Path(arguments[1])
    played = performances(folder)
    write(out / "feel.json", {"provenance": _provenance(folder, GROOVE), **feel_tables(played)})
    patterns = pattern_tables(played, folder)
    write(out / "patterns.json", {"provenance": _provenance(folder, GROOVE, MACHINE), **patterns})
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
