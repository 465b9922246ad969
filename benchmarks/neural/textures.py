"""The texture model on held-out pianists, beside counts of the notes before; its piano in songs, beside the patterns'.

    python -m partimento.benchmarks.neural.textures --data DIR [--songs 40] [--out FOLDER]

Conventions: nats a note are those of time, pitch (above the chord's root) and length together, over whole pieces cut
into stretches of 112 notes that see the bars before them. The counts know the same codes: a trigram with Witten-Bell
smoothing, its weight tuned on every tenth training piece. POP909's chords are annotated, the Lieder's are found from
all that sounds, the piano included: there the codes tell something of the notes, to model and counts alike. Songs are
composed by rules, but for the piano's part; figures are of the piano alone, as POP909's accompaniment is.
"""

from __future__ import annotations

import argparse
import json
import math
from collections.abc import Iterable, Sequence
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from statistics import mean
from typing import Any

import torch

from partimento.arrangement.arrange import arrange
from partimento.arrangement.band import choose_band
from partimento.arrangement.nets import NO_NETS, Nets
from partimento.benchmarks.music.corpora import load_pop
from partimento.benchmarks.music.features import features_of
from partimento.benchmarks.music.piece import Piece
from partimento.benchmarks.music.songs import piece_of_song
from partimento.benchmarks.neural.melody_ngrams import Backoff, Seen
from partimento.composer.compose import sketch, with_leads
from partimento.composer.neural.texture import Texture, TextureNet, load
from partimento.composer.neural.texture_data import Example, examples, held_out
from partimento.composer.neural.texture_training import losses, stretch, together
from partimento.composer.neural.texture_view import CODES, DURATIONS, REST, STEPS, STYLES
from partimento.composer.plan import make_plan
from partimento.score.brief import Brief
from partimento.score.song import Song
from partimento.score.stream import Stream

RESULTS = Path(__file__).parent / "results"
KINDS = ("time", "pitch", "length")
CLASSES = {"time": STEPS, "pitch": CODES + 1, "length": len(DURATIONS)}
NOTES = 112
FEATURES = (
    "accompaniment_lag_1", "accompaniment_lag_2", "accompaniment_lag_4", "accompaniment_lag_8", "accompaniment_lag_16",
    "accompaniment_peak_4", "accompaniment_peak_8", "accompaniment_notes_a_bar", "accompaniment_onsets_a_bar",
    "accompaniment_pitch", "groove_16",
)  # fmt: skip


def model_nats(model: Texture, pieces: Sequence[Example], unsaid: bool) -> dict[str, dict[str, float]]:
    """Style -> nats a note by kind and in all, over whole pieces; `unsaid` leaves out what each bar is like."""
    sums: dict[str, list[float]] = {style: [0.0] * 4 for style in STYLES}
    for piece in pieces:
        begins = [*_begins(piece), len(piece.bars)]
        rows = [stretch(piece, a, min(NOTES, b - a), False, unsaid) for a, b in pairwise(begins)]
        for at in range(0, len(rows), 32):
            batch = together(rows[at : at + 32], NOTES)
            with torch.inference_mode():
                found = losses(model, batch, torch.device("cpu"))
            own = sums[STYLES[piece.style]]
            for i, part in enumerate(found):
                own[i] += float(part.sum())
            own[3] += float(batch.counts.sum())
    return _means(sums)


def _begins(piece: Example) -> list[int]:
    """The first notes of stretches: bars' first ones, NOTES or less apart where bars allow, so that all are told."""
    begins = [int(s) for s, f in zip(piece.starts, piece.fresh_steps, strict=True) if f < STEPS]
    out = begins[:1]
    for before, after in zip(begins, [*begins[1:], 10**9], strict=True):
        if after - out[-1] > NOTES and before > out[-1]:
            out.append(before)
    return out


def ngram_nats(training: Sequence[Example], held: Sequence[Example], order: int) -> dict[str, dict[str, float]]:
    """The same by counts of `order` notes before (2: a trigram, 0: how often each class comes)."""
    tables = {kind: Backoff(CLASSES[kind]) for kind in KINDS}
    for i, piece in enumerate(training):
        if i % 10:
            for kind, seen in _events(piece, order).items():
                tables[kind].count(seen)
    trial = [_events(piece, order) for i, piece in enumerate(training) if i % 10 == 0][::8]
    tables = {k: table.tuned([one for found in trial for one in found[k]]) for k, table in tables.items()}
    sums: dict[str, list[float]] = {style: [0.0] * 4 for style in STYLES}
    for piece in held:
        own = sums[STYLES[piece.style]]
        for i, (kind, seen) in enumerate(_events(piece, order).items()):
            own[i] -= math.fsum(math.log(tables[kind].shares(contexts)[found]) for contexts, found in seen)
        own[3] += len(piece.answers)
    return _means(sums)


def _events(piece: Example, order: int) -> dict[str, list[Seen]]:
    out: dict[str, list[Seen]] = {kind: [] for kind in KINDS}
    notes: list[tuple[int, int, int]] = [(-1, -1, -1), (-1, -1, -1)]
    for step, code, length in piece.answers.tolist():
        (t2, p2, _), (t1, p1, l1) = notes[-2:]
        out["time"].append((((t1, p1, t2), (t1, t2), (t1,), ())[3 - min(order, 2) - (order > 1) :], step))
        out["pitch"].append((((step, p1, p2), (step, p1), (step,))[2 - order :], code))
        if code != REST:
            out["length"].append((((step, code, l1), (step, l1), (step,))[2 - order :], length))
        notes.append((step, code, length))
    return out


def _means(sums: dict[str, list[float]]) -> dict[str, dict[str, float]]:
    sums = {**sums, "all": [math.fsum(own[i] for own in sums.values()) for i in range(4)]}
    out = {}
    for style, own in sums.items():
        notes = max(1.0, own[3])
        row = {kind: own[i] / notes for i, kind in enumerate(KINDS)}
        out[style] = {**row, "note": sum(row.values()), "notes": own[3]}
    return out


def piano_of(song: Song, name: str) -> Piece | None:
    """The song as a piece whose accompaniment is its piano alone, where that plays in half the bars."""
    piano = tuple(t for t in song.tracks if t.role == "comp" and "piano" in t.instrument)
    others = tuple(t for t in song.tracks if t.role == "lead")
    if not piano:
        return None
    piece = piece_of_song(replace(song, tracks=(*others, piano[0])), name)
    bars = {sum(start <= tone.onset for start in piece.bars) for tone in piece.accompaniment}
    return piece if 2 * len(bars) >= len(piece.bars) else None


def songs(genre: str, seeds: Iterable[int], net: TextureNet) -> dict[str, list[Piece]]:
    """The same songs' pianos by patterns and by the net."""
    out: dict[str, list[Piece]] = {"patterns": [], "net": []}
    for seed in seeds:
        plan = make_plan(Brief(genre=genre, seed=seed, engine="rules"))
        band = choose_band(plan.brief, plan.style, plan.form_name, Stream(seed, "band", 0))
        led = with_leads(sketch(plan), plan, band)
        pair = [piano_of(arrange(led, plan.style, band, n), f"{genre}-{seed}") for n in (NO_NETS, Nets(texture=net))]
        if pair[0] is not None and pair[1] is not None:
            out["patterns"].append(pair[0])
            out["net"].append(pair[1])
    return out


def feature_means(pieces: Sequence[Piece]) -> dict[str, float]:
    """The mean of each of FEATURES over pieces."""
    rows = [features_of(piece) for piece in pieces]
    return {name: mean(v for row in rows if not math.isnan(v := row[name])) for name in FEATURES}


def report(found: dict[str, Any]) -> str:
    """The results as Markdown."""
    lines = ["# Piano textures\n", "Nats a note on held-out pieces; below 0.8 of the trigram is the aim.\n"]
    lines.append("| style | notes | model, bars described | model | trigram | of trigram | unigram |")
    lines.append("|---|--:|--:|--:|--:|--:|--:|")
    nats = found["nats"]
    for style in (*STYLES, "all"):
        row = [nats[name][style]["note"] for name in ("described", "model", "trigram", "unigram")]
        notes = int(nats["model"][style]["notes"])
        lines.append(
            f"| {style} | {notes} | {row[0]:.3f} | {row[1]:.3f} | {row[2]:.3f} | {row[1] / row[2]:.2f} | {row[3]:.3f} |"
        )
    lines += ["", "| kind | model | trigram | unigram |", "|---|--:|--:|--:|"]
    for kind in KINDS:
        row = [nats[name]["all"][kind] for name in ("model", "trigram", "unigram")]
        lines.append(f"| {kind} | {row[0]:.3f} | {row[1]:.3f} | {row[2]:.3f} |")
    if found["songs"]:
        lines += ["", f"The piano alone in {found['pieces']} pop songs, and POP909's piano.\n"]
        lines += ["| feature | patterns | net | people |", "|---|--:|--:|--:|"]
        for name in FEATURES:
            row = [found["songs"][who][name] for who in ("patterns", "net", "people")]
            lines.append(f"| `{name}` | {row[0]:.3f} | {row[1]:.3f} | {row[2]:.3f} |")
    return "\n".join(lines) + "\n"


def main() -> None:
    """Measure, print, and write textures.md and textures.json."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="the folder of the open corpora")
    parser.add_argument("--songs", type=int, default=40, help="how many pop songs to compose (0: none)")
    parser.add_argument("--out", type=Path, default=RESULTS, help="where the results are written")
    asked = parser.parse_args()
    net = load()
    pieces = list(examples(asked.data))
    training = [p for p in pieces if not held_out(p.name)]
    held = [p for p in pieces if held_out(p.name)]
    found: dict[str, Any] = {
        "nats": {
            "described": model_nats(net.model, held, False),
            "model": model_nats(net.model, held, True),
            "trigram": ngram_nats(training, held, 2),
            "unigram": ngram_nats(training, held, 0),
        },
        "songs": {},
    }
    if asked.songs:
        ours = songs("pop", range(asked.songs), net)
        found["pieces"] = len(ours["net"])
        people = load_pop(asked.data.parent)[::4]
        found["songs"] = {name: feature_means(rows) for name, rows in {**ours, "people": people}.items()}
    asked.out.mkdir(parents=True, exist_ok=True)
    text = report(found)
    (asked.out / "textures.md").write_text(text, encoding="utf-8")
    (asked.out / "textures.json").write_text(json.dumps(found, indent=1, sort_keys=True) + "\n", encoding="utf-8")
    print(text)


if __name__ == "__main__":
    main()
