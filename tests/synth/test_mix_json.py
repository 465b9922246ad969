"""mix.json: what is written is read back the same; what is no mix is one line."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from partimento.score.mix import EQ_KINDS, EqBand, Fader, Mix
from partimento.synth.mix_json import fingerprint, settled_from_json, settled_to_json
from partimento.synth.settled import Channel, Settled, Squeeze
from partimento.theory.errors import ScoreFormatError

DB = st.floats(-60, 60)
BANDS = st.builds(EqBand, st.sampled_from(EQ_KINDS), st.floats(20, 20000), DB, st.floats(0.1, 10))
SQUEEZES = st.builds(Squeeze, DB, st.floats(1, 20), st.floats(0.1, 200), st.floats(1, 2000), DB)
CHANNELS = st.builds(
    Channel, st.text(max_size=8), st.text(max_size=8), DB, st.lists(BANDS, max_size=3).map(tuple),
    st.none() | SQUEEZES, st.floats(0, 12), st.floats(-1, 1), st.floats(0, 2), st.floats(0, 1), st.floats(0, 1),
    st.floats(0, 1), st.booleans(), st.floats(0, 1),
)  # fmt: skip
SETTLED = st.builds(
    Settled, st.lists(CHANNELS, max_size=4).map(tuple), st.lists(BANDS, max_size=3).map(tuple), st.none() | SQUEEZES,
    DB, st.floats(0, 2), st.booleans(), st.text(max_size=70),
)  # fmt: skip

ONE = Settled((Channel("Bass", "bass", -3.5, (EqBand("peak", 300.0, -2.0),), Squeeze(-20, 2, 20, 120)),), fits="abc")


@given(SETTLED)
def test_reading_gives_what_was_written(settled: Settled) -> None:
    assert settled_from_json(settled_to_json(settled, {})) == settled


def test_what_was_measured_is_plain_json() -> None:
    text = settled_to_json(ONE, {"lufs": np.float64(-14.02), "silence": float("-inf"), "bands": (1, np.float32(0.5))})
    data = json.loads(text)
    assert data["measured"] == {"lufs": -14.02, "silence": None, "bands": [1, 0.5]}
    assert list(data)[:2] == ["format", "version"]
    assert settled_from_json(text) == ONE


def broken(path: tuple[Any, ...], value: Any) -> str:
    data = json.loads(settled_to_json(ONE))
    place = data
    for key in path[:-1]:
        place = place[key]
    place[path[-1]] = value
    return json.dumps(data)


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("", "not a mix.json"),
        ("[" * 100_000, "not a mix.json"),
        ("[]", "format"),
        ('{"format": "partimento song", "version": 1}', "format"),
        (broken(("version",), 2), "version 2"),
        (broken(("version",), True), "version True"),
        (broken(("settled",), None), "settled"),
        (broken(("settled", "channels", 0, "gain_db"), "loud"), "channels.0.gain_db"),
        (broken(("settled", "channels", 0, "gain_db"), float("nan")), "channels.0.gain_db"),
        (broken(("settled", "channels", 0, "gain_db"), 1e9), "channels.0.gain_db"),
        (broken(("settled", "channels", 0, "gian_db"), 1.0), "gian_db"),
        (broken(("settled", "channels", 0, "eq", 0, "kind"), "peek"), "Did you mean 'peak'?"),
        (broken(("settled", "channels", 0, "squeeze", "ratio"), 0.5), "squeeze.ratio"),
        (broken(("settled", "channels", 0, "pan"), 3.0), "pan"),
        (b"\xff\xfe\x00", "not a mix.json"),
    ],
)
def test_what_is_no_mix_is_one_line(text: str | bytes, word: str) -> None:
    with pytest.raises(ScoreFormatError) as caught:
        settled_from_json(text)
    assert word in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_fingerprint_changes_with_each_of_its_parts() -> None:
    mix = Mix(faders=(Fader("Bass"),))
    louder = replace(mix, faders=(Fader("Bass", 1.0),))
    prints = {
        fingerprint(b"a", mix, "font"), fingerprint(b"b", mix, "font"), fingerprint(b"a", louder, "font"),
        fingerprint(b"a", mix, "other"), fingerprint(b"", mix, "font"),
    }  # fmt: skip
    assert len(prints) == 5
    assert fingerprint(b"a", Mix(faders=(Fader("Bass"),)), "font") in prints
