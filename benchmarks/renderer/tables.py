"""The results as files: results/*.json, and README.md from all of them that are there."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from partimento.benchmarks.music.report import table
from partimento.benchmarks.renderer.metrics import NOTES_FLOOR_DB, STROKES_FLOOR_DB
from partimento.benchmarks.renderer.pitch import CLEAR, STEADY_CENTS
from partimento.benchmarks.renderer.truth import FAST_S, TITLES

FOLDER = Path(__file__).parent
TEACHER = "teacher"
NOTES = ("notes", "drums", "songs", "speed", "speed_cuda")
"""Results, in the order in which README.md has them."""
GROUP_WORDS = {
    "seen": "seen", "keys": "held-out keys", "velocities": "held-out velocities", "lengths": "held-out lengths",
    "all": "all three held out", "beyond": "held-out keys that the instrument does not play",
}  # fmt: skip
HEAD = """# The neural renderer beside its teacher

The teacher is dry FluidSynth with the SoundFont that was learned from. Written by the benchmark's scripts
(`python -m partimento.benchmarks.renderer.run`, `.drums`, `.songs`, `.speed`); how each figure is measured stands at
the head of metrics.py, pitch.py, shape.py, embedding.py and baselines.py.
"""


def write(name: str, results: Mapping[str, Any], folder: Path = FOLDER) -> None:
    """Write one script's results, and all tables anew; print the script's own."""
    (folder / "results").mkdir(parents=True, exist_ok=True)
    (folder / "results" / f"{name}.json").write_text(json.dumps(results, indent=1) + "\n", encoding="utf-8")
    known = {each: folder / "results" / f"{each}.json" for each in NOTES}
    texts = {each: SECTIONS[each](json.loads(path.read_text())) for each, path in known.items() if path.exists()}
    (folder / "README.md").write_text("\n".join((HEAD, *texts.values())), encoding="utf-8")
    print(texts[name])


def number(value: float | None, places: int = 2) -> str:
    """A number as printed; a dash where there is none."""
    return "–" if value is None else f"{value:.{places}f}"


def spread(quarters: Sequence[float | None], places: int = 2) -> str:
    """The median, with the quartiles in brackets."""
    _, low, middle, high = quarters
    return "–" if middle is None else f"{middle:.{places}f} ({number(low, places)}–{number(high, places)})"


def verdict(value: float | None, limit: float, least: bool = False) -> str:
    """Whether a target is met."""
    if value is None:
        return "not measured"
    return "met" if (value >= limit if least else value <= limit) else "missed"


_PLACES = {"sc": 3, "cents": 1, "onset_ms": 1, "attack_ms": 1, "fast_ms": 1}


def figures_table(title: str, rows: Mapping[str, Mapping[str, Any]]) -> str:
    """Sets of notes or of sounds, a row each: N, then the median and quartiles of all that was measured in any."""
    told = [each for each in TITLES if any(found[each][0] for found in rows.values())]
    head = [title, "N", *(TITLES[each] for each in told)]
    lines = []
    for name, found in rows.items():
        cells = [name, str(found["log_mss"][0]), *(spread(found[each], _PLACES.get(each, 2)) for each in told)]
        if "cents" in told:
            share = found["within_5_cents"]
            cells.append("–" if share is None else f"{100 * share:.0f} % of {found['cents'][0]}")
        cells += [str(found["t60"][0])] if "t60" in told else []
        lines.append((*cells, number(found["frechet"]) if "frechet" in found else "–"))
    head += ["within 5 cents"] if "cents" in told else []
    head += ["T60's N"] if "t60" in told else []
    return table((*head, "Fréchet"), lines)


def notes_text(r: Mapping[str, Any]) -> str:
    """The section of single notes."""
    groups = r["groups"]
    model = {GROUP_WORDS[name]: found["neural"] for name, found in groups.items() if "neural" in found}
    out = [
        "## Single notes",
        "",
        f"{r['font']}, seed {r['seed']}; medians (quartiles). The floor of log-MSS lies {NOTES_FLOOR_DB:.0f} dB below"
        f" the reference's largest magnitude. A note has a pitch when {100 * CLEAR:.0f} % of its energy lies at its"
        f" key's harmonics and its halves agree within {STEADY_CENTS:.0f} cents; T60 counts where the release is heard"
        f" down to -25 dB, a fast attack is one that the teacher makes in {1000 * FAST_S:.0f} ms.",
        "",
    ]
    if model:
        if "keys" in groups:
            out.append(target_table("held-out keys", groups["keys"]["neural"], LIMITS))
        out.append(figures_table("neural", model))
    if "keys" in groups:
        out += ["Held-out keys, everybody on the same notes:", "", figures_table("sound", groups["keys"])]
        programs = [
            (name, *(number(found["programs"][each], 3) for each in ("log_mss", "sc")))
            for name, found in groups["keys"].items()
        ]
        out += ["Medians over programs of their means:", "", table(("sound", "log-MSS dB", "SC"), programs)]
    families = {name: found for name, found in r["families"].items() if found.get("neural")}
    if families:
        rows = {name: found["neural"] for name, found in families.items() if found["neural"]["log_mss"][0]}
        out += ["By General MIDI family, held-out keys:", "", figures_table("family", rows)]
    oracles = [
        (name, str(found["oracle"]["log_mss"][0]), spread(found["oracle"]["log_mss"]), spread(found["oracle"]["sc"], 3))
        for name, found in r["families"].items()
        if "oracle" in found and found["oracle"]["log_mss"][0]
    ]
    if oracles:
        out += ["The oracle by family:", "", table(("family", "N", "log-MSS dB", "SC"), oracles)]
    if r["worst"]:
        worst = ", ".join(f"{row['program']} ({row['log_mss']:.1f} dB, {row['sc']:.2f})" for row in r["worst"])
        out += [f"Farthest programs (from 0), means of held-out keys: {worst}.", ""]
    return "\n".join(out)


LIMITS = (
    ("log-MSS, median dB", "log_mss", 2.0), ("SC, median", "sc", 0.40), ("attack, median error ms", "attack_ms", 5.0),
    ("loudness, median error LU", "lufs", 1.0),
)  # fmt: skip


def target_table(title: str, found: Mapping[str, Any], limits: Sequence[tuple[str, str, float]]) -> str:
    """Medians beside what they are to be at most, and the share of pitches that are right."""
    rows = [
        (words, f"≤ {limit:g}", number(found[name][2], _PLACES.get(name, 2)), verdict(found[name][2], limit))
        for words, name, limit in limits
    ]
    share = found["within_5_cents"]
    if share is not None:
        rows.append(("pitch within 5 cents", "≥ 95 %", f"{100 * share:.1f} %", verdict(share, 0.95, least=True)))
    return table((title, "target", "found", ""), rows)


def drums_text(r: Mapping[str, Any]) -> str:
    """The section of drum strokes."""
    out = [
        "## Drum strokes",
        "",
        f"{r['font']}, kits {', '.join(map(str, r['kits']))}; keys 35–81, held for {r['held_s']} s; the floor lies"
        f" {STROKES_FLOOR_DB:.0f} dB below the reference's largest magnitude.",
        "",
    ]
    found = r["groups"]["held-out velocities"].get("neural")
    if found:
        limits = (
            ("log-MSS, median dB", "log_mss", 0.8),
            ("SC, median", "sc", 0.35),
            ("attack, median error ms", "attack_ms", 5.0),
            ("loudness, median error LU", "lufs", 1.0),
        )
        out.append(target_table("held-out velocities", found, limits))
    for group, sounds in r["groups"].items():
        out += [f"{group.capitalize()}:", "", figures_table("sound", sounds)]
    if r["pieces"]:
        out += ["By piece, held-out velocities:", "", figures_table("piece", r["pieces"])]
    return "\n".join(out)


def songs_text(r: Mapping[str, Any]) -> str:
    """The section of whole songs."""
    rows = [
        (
            row["name"], f"{row['seconds']:.0f}", f"{row['longer_s']:+.1f}", str(len(row["stems"])),
            number(row["mix_correlation"], 3),
            number(row["median_correlation"], 3), number(row["least_correlation"], 3), row["least_stem"],
            number(row["most_lufs_off"]), row["loudest_stem"],
        )
        for row in r["songs"]
    ]  # fmt: skip
    head = ("song", "s", "longer s", "stems", "mix", "stems, median", "least", "", "most LUFS off", "")
    n = sum(len(row["stems"]) for row in r["songs"])
    every = [stem for row in r["songs"] for stem in row["stems"]]
    close = sum(stem["correlation"] >= 0.95 for stem in every)
    loud = sum(abs(stem["lufs_off"]) <= 1.5 for stem in every)
    mixes = sum(row["mix_correlation"] >= 0.95 for row in r["songs"])
    return "\n".join(
        [
            "## Whole songs",
            "",
            "Neural stems beside FluidSynth's through the same chain, settled on FluidSynth's: correlation (Pearson)"
            " of mel spectrograms, 64 bands, dB with a floor 60 dB below the loudest cell of FluidSynth's, and loudness"
            " of each stem. Targets: correlation at least 0.95, stems within 1.5 LUFS.",
            "",
            f"Mixes of {mixes} of {len(r['songs'])} songs reach 0.95; {close} of {n} stems do, {loud} of {n} are within"
            " 1.5 LUFS.",
            "",
            table(head, rows),
        ]
    )


def speed_text(r: Mapping[str, Any]) -> str:
    """The section of speed on a CPU."""
    rows = [
        (name, f"{found['wall_s']:.2f}", number(found["cpu_s"]), f"{r['seconds'] / found['wall_s']:.1f}",
         f"{found['peak_mb']:.0f}", f"{found['load_s']:.2f}")
        for name, found in r["sounds"].items()
    ]  # fmt: skip
    return "\n".join(
        [
            "## Speed",
            "",
            f"{r['machine']}; the song of benchmarks/render, {r['seconds']:.0f} s, {r['tracks']} tracks,"
            f" {r['notes']} notes: all dry stems in {r['threads']} threads, medians of {r['times']} runs in turn."
            " Target: 20 times real time in 1500 MB. A busy machine makes seconds longer, ratios less so.",
            "",
            table(("", "wall s", "CPU s", "times real time", "peak MB", "loading s"), rows),
            f"FluidSynth is {r['ratio']:.2f} times as fast. The neural renderer had {r['busy']:.2f} cores while it"
            f" played (load {r['load'][0]:.1f} at the end); with {r['threads']} of its own it would be"
            f" {r['seconds'] / r['sounds']['neural']['cpu_s'] * r['threads']:.1f} times real time at the most.",
            "",
        ]
    )


def cuda_text(r: Mapping[str, Any]) -> str:
    """The section of speed on a GPU, measured or expected."""
    return "\n".join(["## Speed on a GPU", "", *r["lines"], ""])


SECTIONS = {"notes": notes_text, "drums": drums_text, "songs": songs_text, "speed": speed_text, "speed_cuda": cuda_text}
