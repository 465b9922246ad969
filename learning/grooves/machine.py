"""Count what drum-machine patterns share, style by style: percent of patterns that strike a step."""

from __future__ import annotations

from collections import defaultdict
from pathlib import Path

from partimento.learning.grooves.performance import records

MACHINE_PIECE = {
    "BD": "kick", "SD": "snare", "RS": "rim", "CH": "hat", "OH": "hat_open", "CY": "ride", "CB": "cowbell",
    "HT": "tom1", "MT": "tom2", "LT": "tom3", "CPS": "clap", "TB": "tambourine", "SH": "shaker",
}  # fmt: skip


def machine_consensus(folder: Path) -> dict[str, object]:
    """Per style of the book: how many percent of its patterns strike each step, and the majority pattern."""
    groups: dict[tuple[str, int], list[dict[str, str]]] = defaultdict(list)
    for record in records(folder / "drums_machine_patterns.jsonl.gz"):
        grid, steps = record["grid"], record["steps"]
        assert isinstance(grid, dict) and isinstance(steps, int)
        if "break" not in str(record["measure"]).lower():
            groups[str(record["style"]), steps].append(grid)
    out: dict[str, object] = {}
    for (style, steps), grids in sorted(groups.items()):
        if len(grids) < 2:
            continue
        share: dict[str, list[int]] = {}
        rows: dict[str, str] = {}
        for code, piece in MACHINE_PIECE.items():
            hits = [sum(len(grid.get(code, "")) > i and grid[code][i] != "-" for grid in grids) for i in range(steps)]
            if sum(hits):
                share[piece] = [100 * count // len(grids) for count in hits]
                row = "".join("x" if 2 * count >= len(grids) else "." for count in hits)
                if "x" in row:
                    rows[piece] = row
        out[f"{style.lower()} {steps}"] = {
            "patterns": len(grids),
            "steps_per_bar": steps,
            "share_percent": share,
            "majority": rows,
        }
    return out
