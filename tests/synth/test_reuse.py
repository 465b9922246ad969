"""Strokes rendered once: the same sound as rendering each, and only where it is."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from partimento.commands.doctor import find_libfluidsynth
from partimento.score.performance import PlayedControl, PlayedNote, PlayedTrack
from partimento.soundfonts.finding import find_soundfonts
from partimento.synth.fluid import BLOCK, FluidSource, Samples
from partimento.synth.reuse import ReusedSource, independent, pays

pytestmark = pytest.mark.skipif(find_libfluidsynth() is None, reason="libfluidsynth is missing")


def clock(tick: float) -> float:
    return tick / 960


def font() -> Path:
    return min(find_soundfonts(), key=lambda each: each.size_bytes).path


def kit(strokes: list[tuple[int, int]]) -> PlayedTrack:
    notes = [PlayedNote(i * 60 + late, 40, key, 90) for i, (key, late) in enumerate(strokes)]
    return PlayedTrack("kick", 9, 0, tuple(notes))


def read_all(source: FluidSource, *sizes: int) -> Samples:
    parts, i = [], 0
    while len(part := source.read(sizes[i % len(sizes)])):
        parts.append(part)
        i += 1
    source.close()
    return np.concatenate(parts)


@given(
    st.lists(st.tuples(st.sampled_from([35, 36, 38]), st.integers(0, 15)), min_size=1, max_size=80),
    st.lists(st.integers(1, 20000), min_size=1, max_size=4),
)
@settings(max_examples=10)
def test_reused_strokes_sound_as_rendered_ones(strokes: list[tuple[int, int]], sizes: list[int]) -> None:
    track = kit(strokes)
    whole = read_all(FluidSource(track, clock, font(), 44100), 50000)
    reused = read_all(ReusedSource(track, clock, font(), 44100), 50000)
    assert np.array_equal(reused, read_all(ReusedSource(track, clock, font(), 44100), *sizes, 9000))
    assert abs(len(whole) - len(reused)) <= 64 * BLOCK
    n = min(len(whole), len(reused)) - 32 * BLOCK
    starts = np.zeros(len(whole) // BLOCK + 1, bool)
    starts[[round(clock(note.onset) * 44100 / BLOCK) for note in track.notes]] = True
    later = ~np.repeat(starts, BLOCK)[:n]
    residual = whole[:n].astype(np.float64)[later] - reused[:n][later]
    assert np.sqrt(np.mean(residual**2)) <= 1e-6 * np.sqrt(np.mean(whole[:n].astype(np.float64) ** 2))


def test_hats_choke_and_kicks_do_not() -> None:
    assert independent(font(), 0, (36, 38))
    assert not independent(font(), 0, (42, 46))


def test_it_pays_only_for_plain_drums_struck_alike() -> None:
    alike = kit([(36, 0)] * 80)
    assert pays(alike, clock, font(), 44100)
    assert not pays(kit([(36, 0)] * 10), clock, font(), 44100)
    assert not pays(kit([(42, 0), (46, 0)] * 40), clock, font(), 44100)
    assert not pays(PlayedTrack("k", 9, 0, alike.notes, (PlayedControl(0, 11, 80),)), clock, font(), 44100)
    assert not pays(PlayedTrack("k", 0, 0, alike.notes), clock, font(), 44100)
    varied = tuple(PlayedNote(i * 60, 40, 36, 20 + i) for i in range(80))
    assert not pays(PlayedTrack("k", 9, 0, varied), clock, font(), 44100)
    overlapping = tuple(PlayedNote(i * 60, 90, 36, 90) for i in range(80))
    assert not pays(PlayedTrack("k", 9, 0, overlapping), clock, font(), 44100)
