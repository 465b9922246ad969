"""Streams: the first chunks are short, all of the song comes, and who stops listening stops the work."""

from __future__ import annotations

import threading
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from partimento.score.mix import Fader, Mix
from partimento.synth.piece import Piece
from partimento.synth.settle import settle_unmeasured
from partimento.synth.signal import Samples, Source, Strip
from partimento.synth.stream import FIRST, LARGEST, stream
from partimento.theory.errors import BriefError, RenderError

RATE = 44100


class Tone:
    """A Source: a sine for so long, counting how much was read."""

    def __init__(self, hz: float, seconds: float) -> None:
        self._hz, self._length = hz, round(seconds * RATE)
        self.at = 0
        self.closed = threading.Event()

    def read(self, count: int) -> Samples:
        """The next samples."""
        stop = min(self._length, self.at + count)
        wave = 0.1 * np.sin(2 * np.pi * self._hz * np.arange(self.at, stop) / RATE)
        self.at = stop
        return np.repeat(wave.astype(np.float32)[:, None], 2, axis=1)

    def close(self) -> None:
        """Remember it."""
        self.closed.set()


def piece(seconds: float, opened: list[Tone], broken: bool = False) -> Piece:
    """Two tones."""

    def strip(name: str, role: str, hz: float) -> Strip:
        def open_sound(_: int) -> Source:
            if broken:
                raise RenderError("no such font")
            opened.append(Tone(hz, seconds))
            return opened[-1]

        return Strip(name, role, open_sound, (0.0,), seconds)

    mix = Mix(faders=(Fader("A", hall=0.2), Fader("B", hall=0.0)))
    return Piece((strip("A", "lead", 440), strip("B", "bass", 110)), mix, lambda tick: tick / 960, 0.5, "")


def test_all_of_it_comes_and_the_first_soon() -> None:
    opened: list[Tone] = []
    chunks = list(stream(piece(3.0, opened), None, RATE))
    assert len(chunks[0]) <= FIRST and max(map(len, chunks)) <= 2 * LARGEST
    whole = np.concatenate(chunks)
    assert 3.0 * RATE <= len(whole) < 6 * RATE and whole.dtype == np.float32
    assert np.abs(whole[: RATE // 10]).max() > 0.01 and np.abs(whole).max() <= 1.0
    assert all(tone.closed.is_set() for tone in opened)
    assert np.abs(whole[-100:]).max() < 1e-3


def test_who_stops_listening_stops_the_work() -> None:
    opened: list[Tone] = []
    sound = stream(piece(3600.0, opened), None, RATE)
    next(sound)
    sound.close()
    assert all(tone.closed.is_set() for tone in opened)
    assert max(tone.at for tone in opened) < 60 * RATE
    assert threading.active_count() == 1 or not [t for t in threading.enumerate() if t.name.startswith("ThreadPool")]


def test_a_failure_reaches_the_listener() -> None:
    with pytest.raises(RenderError, match="no such font"):
        list(stream(piece(1.0, [], broken=True), None, RATE))


def test_all_muted_is_refused() -> None:
    there = piece(1.0, [])
    muted = replace(there, mix=replace(there.mix, faders=tuple(replace(f, mute=True) for f in there.mix.faders)))
    with pytest.raises(BriefError, match="every track is muted"):
        list(stream(muted, None, RATE))


def test_a_settled_mix_is_used() -> None:
    first = np.concatenate(list(stream(piece(1.0, []), None, RATE)))
    there = piece(1.0, [])
    same = np.concatenate(list(stream(there, settle_unmeasured(there.mix, there.strips), RATE)))
    assert np.array_equal(first, same)
    with pytest.raises(RenderError, match="knows no 'A'"):
        list(stream(there, settle_unmeasured(there.mix, there.strips[1:]), RATE))


def test_it_is_the_same_every_time(tmp_path: Path) -> None:
    one, two = (np.concatenate(list(stream(piece(2.0, []), None, RATE))) for _ in range(2))
    assert np.array_equal(one, two)
