"""Writing learned tables: sorted JSON with provenance, integer weights, one line an entry."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from partimento.learning.tables.corpus import LICENCES


def provenance(script: str, counts: Mapping[str, int], date: str) -> dict[str, Any]:
    """Who made a table: script, date (given, not the clock) and, a data set each, its licence and pieces read."""
    return {
        "date": date,
        "script": f"learning/tables/{script}",
        "sets": {name: {"licence": LICENCES[name], "pieces": counts[name]} for name in sorted(counts)},
    }


def top(counter: Counter[str], limit: int, least: int = 1) -> dict[str, int]:
    """The `limit` heaviest entries seen at least `least` times; ties break by name."""
    ranked = sorted(counter.items(), key=lambda item: (-item[1], item[0]))[:limit]
    return {name: count for name, count in ranked if count >= least}


def write(path: Path, table: Mapping[str, Any]) -> None:
    """Write one table, keys sorted; inner objects stand on one line so that diffs stay readable."""

    def render(value: Any, depth: int) -> str:
        if depth and isinstance(value, dict) and value and any(isinstance(v, (dict, list)) for v in value.values()):
            body = ",\n".join(
                f"{' ' * (4 - depth)}{json.dumps(k, ensure_ascii=False)}: {render(value[k], depth - 1)}"
                for k in sorted(value)
            )
            return "{\n" + body + "\n" + " " * (3 - depth) + "}"
        if depth and isinstance(value, list) and value and isinstance(value[0], dict):
            return "[\n" + ",\n".join(" " * (4 - depth) + render(v, 0) for v in value) + "\n" + " " * (3 - depth) + "]"
        return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))

    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(render(dict(table), 3) + "\n", encoding="utf-8")
