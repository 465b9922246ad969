"""The neural renderer's player: on time, additive, the same however it is read, and it ends."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import replace
from typing import Any, cast

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from partimento.score.performance import PlayedControl, PlayedNote, PlayedTrack
from partimento.synth.neural import assignment, cells
from partimento.synth.neural.cells import Arena
from partimento.synth.neural.controls import (
    BANDS,
    PARTIALS,
    POINTS,
    RELEASE_BANDS,
    WAVE_BANDS,
    WAVES,
    Controls,
    NeuralNote,
    release_times,
    times,
)
from partimento.synth.neural.events import BLOCK, LONGEST_NOTE_S
from partimento.synth.neural.kits import Kits
from partimento.synth.neural.player import NeuralSource, play_tracks
from partimento.synth.neural.timbre import Timbre
from partimento.synth.neural.tones import tones
from partimento.synth.neural.voices import Voices
from partimento.synth.signal import Samples
from partimento.theory.errors import RenderError

RATE = 44100
_NOISELESS = -16.0


class Bells:
    """Made-up instruments: a few partials that fade, noise, a release of some 0.2 s; wide and vibrating if asked."""

    def __init__(
        self, noise: float = _NOISELESS, *, stereo: bool = False, glide: float = 0.0, fade: float = 1.0
    ) -> None:
        self.noise, self.stereo, self.glide, self.fade = noise, stereo, glide, fade
        self.asked: list[NeuralNote] = []

    def controls(
        self, notes: Sequence[NeuralNote], toward: Sequence[tuple[int, float] | None] | None = None
    ) -> Controls:
        self.asked += notes
        count, number = len(notes), torch.arange(1, PARTIALS + 1)
        keys = torch.tensor([float(note.key) for note in notes])
        loud = torch.tensor([float(note.velocity) / 127 for note in notes])
        ratios = torch.where(number <= 6, number.float(), 0.0)
        levels = -2.5 + 2 * torch.log(loud)[:, None, None] - torch.log(number.float()) * (2 - loud[:, None, None])
        levels = (levels - self.fade * times()[None, :, None]).expand(-1, -1, PARTIALS)
        levels = levels + torch.log((times() / 0.005).clamp(1e-3, 1.0))[None, :, None]
        phases = torch.zeros(count, 2, PARTIALS)
        phases[:, 1] = 0.7 * self.stereo
        release = (-25 * release_times())[None, :, None].expand(count, -1, RELEASE_BANDS)
        return Controls(
            levels.clamp(min=-16.0),
            440 * 2 ** ((keys[:, None] - 69) / 12) * ratios,
            phases,
            torch.full((count, PARTIALS), 0.2 * self.stereo),
            torch.full((count, POINTS, BANDS), self.noise),
            torch.zeros(count, BANDS),
            release,
            torch.full((count,), self.stereo),
            (self.glide * torch.sin(torch.arange(WAVES) / 3.0)).expand(count, -1),
            torch.zeros(count, WAVES, WAVE_BANDS),
        )


class Clicks:
    """Made-up kits: each key a decaying sine; keys 42 and 46 silence each other."""

    def stroke(
        self, kit: int, key: int, velocity: float, rate: int, length_s: float | None = None,
        choked_s: float | None = None,
    ) -> Samples:  # fmt: skip
        at = np.arange(rate // 2)
        sound = velocity / 200 * np.sin(at * key / 200) * np.exp(-at / 4000)
        if choked_s is not None:
            sound = sound[: round(choked_s * rate)]
        return np.repeat(sound.astype(np.float32)[:, None], 2, axis=1)

    def fade(self, kit: int, key: int) -> float:
        return 0.0

    def chokes(self, kit: int, key: int) -> frozenset[int]:
        return frozenset((42, 46)) if key in (42, 46) else frozenset()


def blocks(tick: float) -> float:
    """A tick a block."""
    return tick * BLOCK / RATE


def track(*notes: tuple[int, int, int, int], controls: Sequence[tuple[int, int, int]] = (), **more: Any) -> PlayedTrack:
    played = PlayedTrack(
        "t", 0, 73, tuple(PlayedNote(*note) for note in notes), tuple(PlayedControl(*row) for row in controls)
    )
    return replace(played, **more)


def source(played: PlayedTrack, made: Bells | None = None, **more: Any) -> NeuralSource:
    rate = more.pop("rate", RATE)
    return NeuralSource(
        played, blocks, rate, instruments=made or Bells(), kits=cast(Kits, Clicks()), **more
    )  # fmt: skip


def heard(played: PlayedTrack, made: Bells | None = None, *sizes: int, **more: Any) -> Samples:
    opened = source(played, made, **more)
    parts, i = [np.zeros((0, 2), np.float32)], 0
    while len(part := opened.read((sizes or (1 << 16,))[i % max(1, len(sizes))])):
        parts.append(part)
        i += 1
    opened.close()
    return np.concatenate(parts)


def apart_db(a: Samples, b: Samples) -> float:
    n = min(len(a), len(b))
    rest = np.sum(np.square(a[:n].astype(np.float64) - b[:n]))
    return 10 * float(np.log10((rest + 1e-30) / (np.sum(np.square(a[:n], dtype=np.float64)) + 1e-30)))


def level_db(sound: Samples) -> float:
    return 10 * float(np.log10(np.mean(np.square(sound, dtype=np.float64)) + 1e-30))


def pitch(sound: Samples, low: float, high: float) -> NDArray[np.float64]:
    """Hz of the loudest partial between two frequencies, in pieces of 4,096 samples."""
    found = []
    for at in range(0, len(sound) - 4096, 512):
        spectrum = np.abs(np.fft.rfft(sound[at : at + 4096, 0] * np.hanning(4096), 1 << 17))
        hertz = np.fft.rfftfreq(1 << 17, 1 / RATE)
        spectrum[(hertz < low) | (hertz > high)] = 0
        found.append(hertz[np.argmax(spectrum)])
    return np.array(found)


@pytest.mark.parametrize("made", [Bells(), Bells(stereo=True), Bells(glide=3.0)])
@pytest.mark.parametrize("onset", [0, 345, 1000])
def test_a_note_is_what_tones_make_of_its_controls(made: Bells, onset: int) -> None:
    sound = heard(track((onset, 500, 60, 100)), made)
    length = 500 * BLOCK / RATE
    controls = made.controls([NeuralNote(73, 60, 100, length)])
    wanted = tones(controls, torch.tensor([length]), RATE, 500 * BLOCK + RATE // 5)[0].T.numpy()
    assert not sound[: onset * BLOCK].any()
    n = 500 * BLOCK + RATE // 5
    assert apart_db(wanted[:n], sound[onset * BLOCK : onset * BLOCK + n]) < -60


@pytest.mark.parametrize(("glide", "most_db"), [(10.0, -60.0), (40.0, -45.0)])
def test_a_moving_pitch_is_what_tones_make_of_it(glide: float, most_db: float) -> None:
    """By frames it is the same; sample by sample it is what frames come near to."""
    made = Bells(glide=glide)
    sound = heard(track((0, 500, 50, 100)), made)
    controls = made.controls([NeuralNote(73, 50, 100, 500 * BLOCK / RATE)])
    wanted = tones(controls, torch.tensor([500 * BLOCK / RATE]), RATE, 500 * BLOCK)[0].T.numpy()
    assert apart_db(wanted, sound[: 500 * BLOCK]) < most_db


def test_notes_add_up_and_shift() -> None:
    one, two = (0, 300, 60, 100), (345, 300, 67, 80)
    both = heard(track(one, two))
    alone = heard(track(one)), heard(track(two))
    n = len(both) - 32 * BLOCK
    summed = np.zeros((n, 2), np.float32)
    for each in alone:
        summed[: len(each)] += each[:n]
    assert apart_db(summed, both[:n]) < -60
    later = heard(track((345, 300, 60, 100)))[345 * BLOCK :]
    assert apart_db(alone[0][: 400 * BLOCK], later[: 400 * BLOCK]) < -90


_NOTES = st.lists(
    st.tuples(st.integers(0, 900), st.integers(1, 400), st.integers(30, 90), st.integers(1, 127)),
    min_size=1,
    max_size=12,
)
_MOVES = ((100, 64, 127), (300, -1, 900), (400, 11, 60), (500, 1, 90), (700, 64, 0))


@given(_NOTES, st.lists(st.integers(1, 30000), min_size=1, max_size=5), st.booleans(), st.sampled_from([0, 9]))
@settings(max_examples=12)
def test_chunks_do_not_matter(
    notes: list[tuple[int, int, int, int]], sizes: list[int], stereo: bool, channel: int
) -> None:
    played = track(*sorted(notes), controls=_MOVES, channel=channel)
    whole = heard(played, Bells(-6.0, stereo=stereo))
    assert np.isfinite(whole).all() and whole.any()
    assert np.array_equal(whole, heard(played, Bells(-6.0, stereo=stereo), *sizes))


@pytest.mark.parametrize("start", [0.05, 0.7, 1.31, 1.7])
@pytest.mark.parametrize("channel", [0, 9])
def test_a_start_in_the_middle_gives_the_same_samples(start: float, channel: int) -> None:
    played = track((0, 900, 60, 100), (300, 700, 64, 90), (1000, 90, 42, 90), controls=_MOVES, channel=channel)
    whole = heard(played, Bells(-6.0))[round(start * RATE) :]
    part = heard(played, Bells(-6.0), start_s=start)
    n = min(len(whole), len(part)) - 32 * BLOCK
    assert n > 1000 and np.abs(whole[:n] - part[:n]).max() < 1e-5


def test_volume_and_expression_are_gains() -> None:
    plain = heard(track((0, 2000, 60, 100)))
    soft = heard(track((0, 2000, 60, 100), expression=64))
    assert level_db(soft) - level_db(plain) == pytest.approx(40 * np.log10(64 / 127), abs=0.05)
    assert np.array_equal(plain, heard(track((0, 2000, 60, 100), volume=30)))
    quiet = heard(track((0, 2000, 60, 100), volume=30), follow_volume=True)
    assert level_db(quiet) - level_db(plain) == pytest.approx(40 * np.log10(30 / 127), abs=0.05)


def test_a_swell_makes_louder_and_brighter() -> None:
    still = heard(track((0, 2000, 60, 100), expression=30))
    grown = heard(track((0, 2000, 60, 100), controls=[(300, 11, 127)], expression=30))
    late = slice(400 * BLOCK, 1900 * BLOCK)
    assert level_db(grown[late]) - level_db(still[late]) == pytest.approx(40 * np.log10(127 / 30), abs=1.0)

    def brightness(sound: Samples) -> float:
        spectrum = np.abs(np.fft.rfft(sound[:, 0])) ** 2
        return float((spectrum * np.arange(len(spectrum))).sum() / spectrum.sum())

    assert brightness(grown[late]) > 1.01 * brightness(still[late])
    assert np.array_equal(still[: 298 * BLOCK], grown[: 298 * BLOCK])


def test_a_note_does_not_begin_with_a_step() -> None:
    class Abrupt(Bells):
        def controls(
            self, notes: Sequence[NeuralNote], toward: Sequence[tuple[int, float] | None] | None = None
        ) -> Controls:
            made = super().controls(notes)
            return replace(made, partials=torch.where(times()[None, :, None] < 0.02, -2.0, made.partials))

    for bent in (0, 500):
        moves = [(0, -1, bent), (700, -1, 2 * bent)]
        sound = heard(track((100, 800, 60, 100), controls=moves), Abrupt())[100 * BLOCK :]
        assert np.abs(sound[0]).max() < 1e-6 and np.abs(sound[BLOCK : 2 * BLOCK]).max() > 0.1
        assert np.abs(np.diff(sound[:BLOCK, 0])).max() < 0.1


def test_bends_and_vibrato_are_heard() -> None:
    high = track((0, 1400, 69, 100), controls=[(0, -1, 8191)])
    sound = heard(high)[: 1300 * BLOCK]
    assert np.median(pitch(sound, 400, 560)) == pytest.approx(440 * 2 ** (2 / 12), rel=2e-3)
    octave = heard(replace(high, bend_range=12))[: 1300 * BLOCK]
    assert np.median(pitch(octave, 700, 1100)) == pytest.approx(880, rel=2e-3)
    late = heard(track((0, 1400, 69, 100), controls=[(700, -1, 8191)]))
    found = pitch(late[: 1300 * BLOCK], 400, 560)
    assert found[0] == pytest.approx(440, rel=2e-3) and found[-1] == pytest.approx(440 * 2 ** (2 / 12), rel=2e-3)
    wheel = heard(track((0, 1400, 81, 100), controls=[(0, 1, 127)]))[: 1300 * BLOCK]
    cents = 1200 * np.log2(pitch(wheel, 800, 960) / 880)
    assert cents.max() > 15 and cents.min() < -15 and abs(cents.mean()) < 5


def test_legato_leaves_out_an_attack() -> None:
    class Slow(Bells):
        def controls(
            self, notes: Sequence[NeuralNote], toward: Sequence[tuple[int, float] | None] | None = None
        ) -> Controls:
            made = super().controls(notes)
            return replace(made, partials=made.partials + torch.log((times() / 0.2).clamp(1e-3, 1.0))[None, :, None])

    line = track((0, 400, 60, 100), (400, 400, 64, 100))
    struck, led = heard(line, Slow()), heard(line, Slow(), timbre=Timbre(legato=True))
    assert np.array_equal(struck[: 400 * BLOCK], led[: 400 * BLOCK])
    early = slice(430 * BLOCK, 500 * BLOCK)
    assert level_db(led[early]) > level_db(struck[early]) + 3


def test_it_ends_when_it_has_rung_out() -> None:
    sound = heard(track((0, 300, 60, 100)))
    assert 300 * BLOCK < len(sound) < 300 * BLOCK + RATE
    assert np.abs(sound[-1]).max() < 1e-6

    class Endless(Bells):
        def controls(
            self, notes: Sequence[NeuralNote], toward: Sequence[tuple[int, float] | None] | None = None
        ) -> Controls:
            made = super().controls(notes)
            return replace(made, release=torch.zeros_like(made.release))

    sound = heard(track((0, 300, 60, 100)), Endless(fade=0.0))
    # Two seconds as it was told, then 60 dB in one.
    assert 300 * BLOCK + 2.9 * RATE < len(sound) <= 300 * BLOCK + 3.2 * RATE
    late = 300 * BLOCK + round(1.9 * RATE)
    assert np.abs(sound[-1]).max() < 1e-6 and np.abs(sound[late : late + 1000]).max() > 1e-3


def test_a_note_never_released_is_let_go() -> None:
    made = Bells()
    opened = source(track((0, 10_000_000, 60, 100)), made)
    opened.read(10)
    assert made.asked[0].length_s == pytest.approx(LONGEST_NOTE_S, abs=0.01)


def test_silence_is_exact_and_nothing_gives_nothing() -> None:
    assert not len(heard(track()))
    sound = heard(track((0, 100, 60, 100), (9000, 100, 60, 100)), Bells(-6.0))
    assert not sound[6000 * BLOCK : 9000 * BLOCK].any()
    assert not len(heard(track((0, 100, 60, 100)), start_s=60.0))


def test_hi_hats_silence_each_other() -> None:
    both = heard(track((0, 10, 46, 100), (50, 10, 42, 100), channel=9))
    closed = heard(track((50, 10, 42, 100), channel=9))
    n = min(len(both), len(closed)) - 32 * BLOCK
    assert np.abs(both[51 * BLOCK : n] - closed[51 * BLOCK : n]).max() < 1e-6
    assert both[: 50 * BLOCK].any()


@pytest.mark.parametrize("made", [Bells(-6.0), Bells(-6.0, stereo=True, glide=12.0)])
def test_many_tracks_at_once_sound_as_each_alone(made: Bells) -> None:
    parts = [
        track((0, 300, 60, 100), (100, 600, 64, 90), controls=_MOVES, name="a"),
        track((345, 300, 48, 80), name="b"),
        track((0, 30, 42, 80), channel=9),
        track(),
    ]
    together = play_tracks(parts, blocks, RATE, instruments=made, kits=cast(Kits, Clicks()))
    for sound, part in zip(together, parts, strict=True):
        alone = heard(part, made)
        assert len(sound) == len(alone)
        assert not len(sound) or apart_db(alone, sound) < -80


def test_cells_computed_together_sound_as_one_by_one(monkeypatch: pytest.MonkeyPatch) -> None:
    played = track(*((i * 37, 400, 40 + i, 100) for i in range(12)), controls=_MOVES)
    alone = heard(played, Bells(-6.0, stereo=True))
    monkeypatch.setitem(cells._TOGETHER, "cpu", 1 << 12)
    monkeypatch.setattr(assignment, "_MOST_COLUMNS", 20)
    assert apart_db(alone, heard(played, Bells(-6.0, stereo=True))) < -80


def test_short_memory_halves_the_work_then_ends_in_a_line(monkeypatch: pytest.MonkeyPatch) -> None:
    played = track(*((i * 37, 400, 40 + i, 100) for i in range(6)))
    wanted = heard(played)
    monkeypatch.setitem(cells._TOGETHER, "cpu", 1 << 12)
    whole = Arena._tones

    def short(self: Arena, voices: Voices, some: assignment.Cells, variant: int) -> list[tuple[int, torch.Tensor]]:
        if len(some.local) > 1:
            raise torch.OutOfMemoryError("out of memory")
        return whole(self, voices, some, variant)

    monkeypatch.setattr(Arena, "_tones", short)
    assert apart_db(wanted, heard(played)) < -80

    def none(self: Arena, *_: object) -> torch.Tensor:
        raise torch.OutOfMemoryError("out of memory")

    monkeypatch.setattr(Arena, "_tones", none)
    with pytest.raises(RenderError, match="too little memory"):
        heard(played)


def test_threads_do_not_matter() -> None:
    played = track(*((i * 37, 400, 40 + i, 100) for i in range(12)), controls=_MOVES)
    wanted = heard(played, Bells(-6.0))
    found: list[Samples] = []
    threads = [threading.Thread(target=lambda: found.append(heard(played, Bells(-6.0)))) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 3 and all(np.array_equal(each, wanted) for each in found)


@pytest.mark.parametrize("rate", [44100, 48000])
def test_both_rates_are_in_tune(rate: int) -> None:
    sound = heard(track((0, 1400, 69, 100)), rate=rate)[: 1300 * BLOCK]
    spectrum = np.abs(np.fft.rfft(sound[:, 0] * np.hanning(len(sound)), 1 << 18))
    assert np.argmax(spectrum) * rate / (1 << 18) == pytest.approx(440, abs=0.5)


def test_another_rate_is_refused() -> None:
    with pytest.raises(RenderError, match="22050"):
        source(track((0, 10, 60, 100)), rate=22050)


def test_extremes_are_played() -> None:
    sound = heard(track((0, 1, 0, 1), (0, 1, 127, 127), (1, 1, 200, 300), (5, 0, -3, 0)), Bells(-6.0))
    assert np.isfinite(sound).all() and sound.any()


def test_the_first_sound_takes_one_span_of_few_notes() -> None:
    made = Bells()
    opened = source(track(*((i * 20, 10, 60, 100) for i in range(2000))), made)
    opened.read(100)
    assert len(made.asked) <= 80
