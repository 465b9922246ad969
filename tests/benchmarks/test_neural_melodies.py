"""What the melody net is held against is a fair model: shares are shares, more context helps where there is any."""

from __future__ import annotations

import numpy as np
import pytest

from partimento.benchmarks.neural.melodies import table, uniform
from partimento.benchmarks.neural.melody_ngrams import Backoff, learn, nats
from partimento.composer.neural.melody_data import Encoded

NONE = np.zeros((1, 1), np.int16)


def cycle(pitches: tuple[int, ...], bars: int = 12) -> Encoded:
    """Bars of four quarters on pitches that go round."""
    rows = []
    for bar in range(bars):
        rows += [(12 * i, 9, pitches[(4 * bar + i) % len(pitches)], 12 * i, 48) for i in range(4)]
        rows.append((96, -1, -1, 48, 48))
    return Encoded("x", "x", NONE, NONE, NONE, NONE, np.array(rows, np.int16), NONE, NONE, NONE)


def test_shares_add_up_whatever_was_seen() -> None:
    model = Backoff(5, 1.5)
    model.count([((("a", "b"), "b", "all"), 3), ((("a", "b"), "b", "all"), 1), ((("c", "b"), "b", "all"), 0)])
    for contexts in ((("a", "b"), "b", "all"), (("z", "b"), "b", "all"), ("y", "y", "all")):
        shares = model.shares(contexts)
        assert shares.sum() == pytest.approx(1.0)
        assert (shares > 0).all()
    assert model.shares((("a", "b"), "b", "all"))[3] > model.shares(("y", "y", "all"))[3]


def test_two_notes_tell_what_one_does_not() -> None:
    pieces = [cycle((24, 26, 24, 28, 24, 31)) for _ in range(12)]
    by_order = [nats(learn(pieces, order), pieces, order)["pitch"] for order in (0, 1, 2)]
    assert by_order[0] > by_order[1] > by_order[2]
    steps = nats(learn(pieces, 2, by_step=True), pieces, 2, by_step=True)["pitch"]
    assert steps < by_order[1]


def test_no_note_may_be_where_there_is_no_room() -> None:
    """After the fourth quarter only the bar's end is left: it costs nothing."""
    pieces = [cycle((24,)) for _ in range(12)]
    assert uniform(pieces)["onset"] == pytest.approx((np.log(49) + np.log(37) + np.log(25) + np.log(13)) / 4)
    rows = {"x": {"trigram": {**nats(learn(pieces, 2), pieces, 2), "note": 2.0}}}
    assert table(rows).endswith("| 2.000 | 1.00 |")
