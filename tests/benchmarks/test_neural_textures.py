"""The benchmark of piano textures: every note is told once, counts of more notes say more, the report has all rows."""

from __future__ import annotations

import pytest
import torch

from partimento.benchmarks.neural.textures import FEATURES, KINDS, NOTES, _begins, model_nats, ngram_nats, report
from partimento.composer.neural.texture import Config, Texture
from partimento.composer.neural.texture_data import Example, encoded
from partimento.composer.neural.texture_view import NO_WISH, STYLES, Bar, Harmony, Key, Page


def alberti(name: str, bars: int) -> Example:
    """A broken chord going round."""
    page = Page(
        tuple(Bar(48 * i, 48, 3) for i in range(bars)), (Harmony(0, 0, (0, 4, 7), 0, 0, False),), (),
        (NO_WISH,) * bars, 0,
    )  # fmt: skip
    return encoded(name, page, [Key(6 * i, (48, 55, 52, 55)[i % 4], 6) for i in range(8 * bars)])


def test_every_note_is_told_once() -> None:
    piece = alberti("a", 60)
    begins = _begins(piece)
    assert begins[0] == 0 and all(0 < b - a <= NOTES for a, b in zip(begins, [*begins[1:], 480], strict=True))
    with torch.random.fork_rng():
        torch.manual_seed(0)
        model = Texture(Config(width=8, middle=8, head=8, blocks=(1, 2))).eval()
    found = model_nats(model, [piece], unsaid=True)
    assert found["all"]["notes"] == 480 == found["pop"]["notes"]
    assert found["all"]["note"] == pytest.approx(sum(found["all"][kind] for kind in KINDS))


def test_counts_of_more_notes_say_more() -> None:
    training = [alberti(f"t{i}", 20) for i in range(12)]
    trigram, unigram = (ngram_nats(training, [alberti("h", 20)], order) for order in (2, 0))
    assert trigram["all"]["note"] < 0.2 < unigram["all"]["note"]
    assert unigram["all"]["notes"] == 160


def test_the_report_has_all_rows() -> None:
    row = {style: {**dict.fromkeys((*KINDS, "note"), 2.0), "notes": 9.0} for style in (*STYLES, "all")}
    songs = dict.fromkeys(("patterns", "net", "people"), dict.fromkeys(FEATURES, 0.5))
    nats = dict.fromkeys(("described", "model", "trigram", "unigram"), row)
    text = report({"nats": nats, "songs": songs, "pieces": 3})
    assert all(f"| {name} |" in text for name in (*STYLES, "all", *KINDS)) and "| 1.00 |" in text
    assert all(f"`{name}`" in text for name in FEATURES)
