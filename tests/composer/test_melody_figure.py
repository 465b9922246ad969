"""Figured variations: every note of the tune is heard where it was, the time is filled, the range kept."""

from __future__ import annotations

from types import SimpleNamespace
from typing import cast

from hypothesis import given
from hypothesis import strategies as st

from partimento.composer.melody_figure import figured
from partimento.composer.melody_harmony import harmony_of
from partimento.composer.melody_view import SectionView, Written
from partimento.score.stream import Stream
from partimento.theory.chord import parse_chord
from partimento.theory.key import Key

KEY = Key.parse("G")
LOW, HIGH = 60, 86
SCALE = {tone.number for tone in KEY.tones}


@st.composite
def tunes(draw: st.DrawFn) -> list[Written]:
    out, tick = [], 0
    for _ in range(draw(st.integers(1, 24))):
        chord = parse_chord(draw(st.sampled_from(["G", "C", "D7", "Em", "Am7"])))
        length = draw(st.sampled_from([120, 240, 480, 720, 960, 1920]))
        midi = draw(st.sampled_from([m for m in range(LOW, HIGH + 1) if m % 12 in SCALE]))
        out.append(Written(tick, length, midi, harmony_of(chord, KEY, "key", False), 0.5))
        tick += length + draw(st.sampled_from([0, 0, 0, 240, 480]))
    return out


def _view() -> SectionView:
    return cast(SectionView, SimpleNamespace(traits=SimpleNamespace(low=LOW, high=HIGH)))


@given(tunes(), st.integers(0, 50))
def test_the_tune_is_in_its_figures(tune: list[Written], seed: int) -> None:
    out = figured(tune, _view(), Stream(seed, "figure"))
    heard = {note.onset: note for note in out}
    assert len(heard) == len(out)
    for note in tune:
        assert heard[note.onset].midi == note.midi
        inside = [n for n in out if note.onset <= n.onset < note.onset + note.duration]
        assert sum(n.duration for n in inside) == note.duration
        assert {n.harmony for n in inside} == {note.harmony}
    assert all(LOW <= note.midi <= HIGH and note.duration > 0 for note in out)
    assert out[-1] == tune[-1]
    assert figured(tune, _view(), Stream(seed, "figure")) == out


def test_long_notes_run() -> None:
    harmony = harmony_of(parse_chord("G"), KEY, "key", False)
    tune = [Written(i * 480, 480, midi, harmony, 0.5) for i, midi in enumerate((67, 71, 74, 71, 67))]
    out = figured(tune, _view(), Stream(1, "figure"))
    assert len(out) == 2 * (len(tune) - 1) + 1
    assert figured([], _view(), Stream(1, "figure")) == []
