"""Model cards: what a model learned from, how large it is, how well it does; and its learning curve as a picture.

Convention: MODEL.json beside the weights holds the facts (see `Facts`), MODEL.md and MODEL.png are made of it and of a
sentence about the model alone.
"""

from __future__ import annotations

import io
import json
from collections.abc import Iterator, Mapping, Sequence
from math import isfinite
from pathlib import Path
from typing import Any, TypedDict

from partimento.score.files import write_whole
from partimento.theory.errors import TrainingError


class Facts(TypedDict):
    """What MODEL.json says: figures may lie in records of records (by corpus); a row of the curve has step and loss."""

    model: str
    data: list[dict[str, str]]
    parameters: int
    bytes: int
    held_out: dict[str, Any]
    baselines: dict[str, Any]
    curve: list[dict[str, float]]
    command: str
    date: str
    config: dict[str, Any]


WIDTH, HEIGHT, DPI = 6.0, 2.8, 80


def read_facts(path: Path) -> Facts:
    """The facts of a MODEL.json; TrainingError where it is missing or lacks one."""
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise TrainingError(f"'{path}' cannot be read: {error}") from None
    lacking = [name for name in Facts.__annotations__ if not isinstance(data, dict) or name not in data]
    if lacking:
        raise TrainingError(f"'{path}' is no model's facts: it lacks '{lacking[0]}'")
    facts: Facts = data
    return facts


def card(facts: Facts, about: str) -> str:
    """The card as Markdown; `about` is the sentence that says what the model does."""
    name = facts["model"]
    lines = [
        f"# The {name} model", "", about, "",
        f"{facts['parameters']:,} parameters, {facts['bytes'] / 1e6:.2f} MB. Trained {facts['date']} by", "",
        f"    {facts['command']}", "", "## Data", "", "| file | licence |", "|---|---|",
    ]  # fmt: skip
    lines += [f"| {row.get('file', '')} | {row.get('licence', '')} |" for row in facts["data"]]
    lines += ["", "## Held-out figures", "", *_table(facts["held_out"], facts["baselines"]), ""]
    if facts["curve"]:
        lines += [f"![Loss on training and held-out data by step]({name}.png)", ""]
    lines += ["## Sizes", "", *(f"- {key}: {_shown(value)}" for key, value in _flat(facts["config"])), ""]
    return "\n".join(lines)


def curve_png(curve: Sequence[Mapping[str, float]], title: str = "") -> bytes:
    """The learning curve as PNG, less than 40 kB: training loss and held-out loss by step."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(WIDTH, HEIGHT), dpi=DPI, facecolor="white", layout="constrained")
    FigureCanvasAgg(figure)
    axes = figure.add_subplot()
    for key, label, colour in (("train", "training", "#9a9a9a"), ("loss", "held out", "#1f5fa8")):
        points = [(row["step"], row[key]) for row in curve if key in row and isfinite(row[key])]
        axes.plot([x for x, _ in points], [y for _, y in points], color=colour, label=label, linewidth=1.6, marker=".")
    axes.set_xlabel("step")
    axes.set_ylabel("loss")
    axes.set_title(title, fontsize=10)
    axes.grid(color="#e6e6e6")
    axes.legend(frameon=False)
    out = io.BytesIO()
    figure.savefig(out, format="png", dpi=DPI, metadata={"Software": None})
    return out.getvalue()


def write_card(folder: Path, facts: Facts, about: str) -> tuple[Path, ...]:
    """Write MODEL.json, MODEL.md and, of a model with a curve, MODEL.png into a folder, replacing what was there;
    returns their paths."""
    name = facts["model"]
    files = {
        f"{name}.json": (json.dumps(facts, indent=1, ensure_ascii=False) + "\n").encode(),
        f"{name}.md": card(facts, about).encode(),
    }
    if facts["curve"]:
        files[f"{name}.png"] = curve_png(facts["curve"], f"{name}: loss")
    return tuple(write_whole(folder / file, data, force=True) for file, data in files.items())


def rewrite_cards(paths: Sequence[str], about: Mapping[str, str]) -> None:
    """Make cards and pictures of MODEL.json files anew, beside them, and print their names; `about` is by model."""
    for path in map(Path, paths):
        facts = read_facts(path)
        for written in write_card(path.parent, facts, about.get(facts["model"], "")):
            print(written)


def _table(held_out: Mapping[str, Any], baselines: Mapping[str, Any]) -> list[str]:
    """The figures a row; where a baseline has a figure of the same name it stands beside."""
    ours = dict(_flat(held_out))
    others = {name: dict(_flat(row)) for name, row in baselines.items() if isinstance(row, Mapping)}
    beside = {name: row for name, row in others.items() if set(row) & set(ours)}
    lines = ["| | ours |" + "".join(f" {name} |" for name in beside), "|---|---|" + "---|" * len(beside)]
    for key, value in ours.items():
        row = "".join(f" {_shown(found[key]) if key in found else ''} |" for found in beside.values())
        lines.append(f"| {key} | {_shown(value)} |{row}")
    rest = {name: value for name, value in baselines.items() if name not in beside}
    if rest:
        lines += ["", "Beside it:", "", *(f"- {key}: {_shown(value)}" for key, value in _flat(rest))]
    return lines


def _flat(record: Mapping[str, Any], before: str = "") -> Iterator[tuple[str, Any]]:
    """(name, figure) of records within records, names joined by commas."""
    for key, value in record.items():
        name = f"{before}, {key}" if before else str(key)
        if isinstance(value, Mapping):
            yield from _flat(value, name)
        else:
            yield name, value


def _shown(value: object) -> str:
    if isinstance(value, float):
        return f"{value:.4g}"
    return ", ".join(map(str, value)) if isinstance(value, list | tuple) else str(value)
