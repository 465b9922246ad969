"""The mixer's laws: the bus is the sum of its parts, chunks do not show, the silent costs nothing, moves move."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from partimento.score.mix import Delay, EqBand, Mix, Move
from partimento.synth.mixer import Mixed, Mixer, aligned
from partimento.synth.moves import Automation, Course
from partimento.synth.settled import Channel, Settled, Squeeze
from partimento.synth.signal import Samples, Source, Strip
from partimento.theory.errors import RenderError

RATE = 44100
LENGTH = 3 * 32768
SQUEEZE = Squeeze(-20.0, 3.0, 10.0, 100.0, 2.0)


def clock(tick: float) -> float:
    """120 quarter notes a minute."""
    return tick / 960


def noise(count: int = LENGTH, level: float = 0.1, seed: int = 1) -> Samples:
    """White noise, the same every time."""
    return (level * np.random.RandomState(seed).standard_normal((count, 2))).astype(np.float32)


def kick() -> Samples:
    """A thud twice a second."""
    out = np.zeros((LENGTH, 2), np.float32)
    thud = (0.8 * np.sin(2 * np.pi * 60 * np.arange(4000) / RATE) * np.exp(-np.arange(4000) / 800)).astype(np.float32)
    for start in range(0, LENGTH - 4000, RATE // 2):
        out[start : start + 4000] += thud[:, None]
    return out


CHANNELS = (
    Channel("Drums/kick", "kick", -3.0, (EqBand("high-pass", 35.0),), SQUEEZE, room=0.1),
    Channel("Bass", "bass", -6.0, (), None, duck_db=4.0, hall=0.02),
    Channel("Lead", "lead", 2.0, (EqBand("peak", 3000.0, 3.0),), SQUEEZE, 0.0, 0.3, 1.2, 0.1, 0.3, 0.2),
    Channel("Pad", "pad", -9.0, (), None, 2.0, -0.5, 1.4, hall=0.6),
)
MOVES = (
    Move("Lead", "gain_db", 480, 480, -6.0), Move("Pad", "low_pass_hz", 0, 0, 500.0),
    Move("Pad", "low_pass_hz", 480, 960, 20000.0), Move("Bass", "width", 240, 240, 0.0),
    Move("Pad", "hall", 960, 0, 0.3), Move("", "gain_db", 960, 480, -3.0), Move("", "width", 960, 480, 0.5),
    Move("", "low_pass_hz", 1200, 480, 3000.0), Move("Drums", "gain_db", 480, 0, 2.0),
)  # fmt: skip
SPACES = Mix(room_s=0.3, hall_s=1.0, delay=Delay(0.5))


def parts() -> tuple[Samples, ...]:
    """What goes in, a sound for each of CHANNELS; the lead rests in the middle."""
    lead = noise(seed=3)
    lead[32768:65536] = 0
    return kick(), noise(seed=2), lead, noise(seed=4)


def run(
    channels: Sequence[Channel], mix: Mix, dry: Sequence[Samples], cuts: Sequence[int] = (), threads: int = 0
) -> Mixed:
    """All of it, in chunks cut at `cuts`, joined."""
    mixer = Mixer(Settled(tuple(channels)), mix, clock, 0.5, RATE)
    pool = ThreadPoolExecutor(threads) if threads else None
    chunks = []
    length = len(dry[0])
    for start, stop in pairwise(sorted({0, length, *(cut for cut in cuts if cut < length)})):
        given_in = [part[start:stop].copy() if part[start:stop].any() else None for part in dry]
        chunks.append(mixer.process(given_in, stop - start, pool))
    if pool is not None:
        pool.shutdown()

    def joined(rows: Sequence[tuple[Samples | None, int]]) -> Samples:
        return np.concatenate([np.zeros((n, 2), np.float32) if part is None else part for part, n in rows])

    sizes = [len(chunk.bus) for chunk in chunks]
    return Mixed(
        np.concatenate([chunk.bus for chunk in chunks]),
        tuple(joined([(c.strips[i], n) for c, n in zip(chunks, sizes, strict=True)]) for i in range(len(channels))),
        tuple(joined([(c.returns[i], n) for c, n in zip(chunks, sizes, strict=True)]) for i in range(3)),
    )  # fmt: skip


@pytest.mark.parametrize("moves", [(), MOVES])
def test_the_bus_is_the_sum_of_its_parts(moves: tuple[Move, ...]) -> None:
    mix = Mix(room_s=0.3, hall_s=1.0, delay=Delay(0.5), moves=moves)
    out = run(CHANNELS, mix, parts(), (32768, 65536))
    total = np.zeros_like(out.bus)
    for part in (*out.strips, *out.returns):
        assert part is not None and part.any()
        total += part
    assert np.array_equal(total, out.bus)


@settings(max_examples=12)
@given(st.lists(st.integers(1, LENGTH // 64 - 1).map(lambda n: n * 64), max_size=4))
def test_how_it_is_cut_does_not_show(cuts: list[int]) -> None:
    mix = Mix(room_s=0.3, hall_s=1.0, delay=Delay(0.5), moves=MOVES)
    whole = run(CHANNELS, mix, parts())
    assert np.abs(run(CHANNELS, mix, parts(), cuts).bus - whole.bus).max() < 1e-6


def test_threads_do_not_show() -> None:
    alone = run(CHANNELS, SPACES, parts(), (32768, 65536))
    for threads in (1, 2, 3):
        assert np.array_equal(run(CHANNELS, SPACES, parts(), (32768, 65536), threads).bus, alone.bus)


def test_channels_may_run_a_chunk_ahead() -> None:
    half = LENGTH // 128 * 64
    wanted = run(CHANNELS, SPACES, parts(), (half,)).bus
    mixer = Mixer(Settled(tuple(CHANNELS)), SPACES, clock, 0.5, RATE)
    first = mixer.channels(lambda i: parts()[i][:half].copy(), half)
    second = mixer.channels(lambda i: parts()[i][half:].copy(), LENGTH - half)
    assert np.array_equal(np.concatenate([mixer.together(first).bus, mixer.together(second).bus]), wanted)


def test_the_muted_is_not_heard_and_not_wanted() -> None:
    mixer = Mixer(Settled((CHANNELS[0], Channel("Bass", "bass", 0.0, silent=True))), SPACES, clock, 0.5, RATE)
    assert mixer.wanted == (True, False)
    out = mixer.process([kick()[:1024], None], 1024)
    assert out.strips[1] is None and mixer.returns == ("Room",)


def test_returns_ring_on_and_then_are_silent() -> None:
    mixer = Mixer(Settled((Channel("Lead", "lead", 0.0, hall=0.5),)), SPACES, clock, 0.5, RATE)
    mixer.process([noise(4096)], 4096)
    ringing = mixer.process([None], 32768)
    assert ringing.returns[1] is not None and np.abs(ringing.returns[1]).max() > 1e-4
    for _ in range(6):
        last = mixer.process([None], 32768)
    assert not last.bus.any() and last.returns == (None, None, None) and last.strips == (None,)


def test_gain_pan_and_width() -> None:
    sound = noise(4096)
    (left,) = run([Channel("A", "lead", -6.0, pan=-1.0)], Mix(), [sound]).strips
    assert left is not None and np.abs(left[:, 1]).max() < 1e-6
    (plain,) = run([Channel("A", "lead", -6.0)], Mix(), [sound]).strips
    assert plain is not None and np.allclose(plain, sound * 10 ** (-6 / 20), atol=1e-6)
    (mono,) = run([Channel("A", "lead", 0.0, width=0.0)], Mix(), [sound]).strips
    assert mono is not None and np.allclose(mono[:, 0], mono[:, 1], atol=1e-6)


def test_the_kick_pushes_the_bass_down() -> None:
    sound = [kick(), noise(seed=2)]
    pair = [Channel("Kick", "kick", 0.0), Channel("Bass", "bass", 0.0, duck_db=6.0)]
    ducked = run(pair, Mix(), sound).strips[1]
    free = run([pair[0], Channel("Bass", "bass", 0.0)], Mix(), sound).strips[1]
    assert ducked is not None and free is not None
    power, before = ((part**2).reshape(-1, 1024, 2).mean(axis=(1, 2)) for part in (ducked, free))
    change_db = 10 * np.log10(power / before)
    assert change_db.min() == pytest.approx(-6.0, abs=1.0) and change_db.max() > -1.0
    silent = run([Channel("Kick", "kick", 0.0, silent=True), pair[1]], Mix(), sound).strips[1]
    assert silent is not None and np.array_equal(silent, free)


def test_a_course_goes_straight_and_holds() -> None:
    course = Course((Move("A", "gain_db", 960, 960, -12.0), Move("A", "gain_db", 2880, 0, 0.0)), "gain_db", clock, RATE)
    at = course.at(np.array([0, RATE, RATE * 3 // 2, 2 * RATE, 5 * RATE // 2, 3 * RATE + RATE // 10]))
    assert at == pytest.approx([0.0, 0.0, -6.0, -12.0, -12.0, 0.0], abs=1e-6)
    assert course.constant(0, RATE) == 0.0 and course.constant(RATE // 2, 2 * RATE) is None
    assert course.constant(2 * RATE, 3 * RATE) == -12.0


def test_a_move_under_way_is_left_where_it_is() -> None:
    course = Course((Move("A", "gain_db", 0, 960, -8.0), Move("A", "gain_db", 480, 480, 4.0)), "gain_db", clock, RATE)
    assert course.at(np.array([RATE // 2, RATE, 2 * RATE])) == pytest.approx([-4.0, 4.0, 4.0], abs=1e-6)


def test_moves_make_no_steps() -> None:
    flat = np.full((LENGTH, 2), 0.5, np.float32)
    jump = Automation((Move("A", "gain_db", 960, 0, -40.0),), ("A",), clock, RATE)
    out = jump.apply(flat.copy(), 0)
    assert out[0, 0] == 0.5 and out[-1, 0] == pytest.approx(0.005)
    assert np.abs(np.diff(out[:, 0])).max() < 0.005


def test_a_kits_moves_reach_its_pieces_and_the_wholes_reach_all() -> None:
    sound = noise(4096)
    mix = Mix(moves=(Move("Drums", "gain_db", 0, 0, -6.0), Move("", "gain_db", 0, 0, -6.0)))
    names = ("Drums/kick", "Drums", "Lead")
    strips = run([Channel(name, "", 0.0) for name in names], mix, [sound, sound, sound]).strips
    for part, gain_db in zip(strips, (-12, -12, -6), strict=True):
        assert part is not None
        assert np.allclose(part[2048:], sound[2048:] * 10 ** (gain_db / 20), rtol=1e-4, atol=1e-6)


def opens(_: int) -> Source:
    """Never called."""
    raise AssertionError


def test_a_stored_mix_is_brought_to_the_strips() -> None:
    settled = Settled(CHANNELS)
    strips = [Strip(name, "", opens, (0.0,), 1.0) for name in ("Pad", "Bass")]
    assert [channel.name for channel in aligned(settled, strips).channels] == ["Pad", "Bass"]
    with pytest.raises(RenderError, match="knows no 'Oboe'"):
        aligned(settled, [Strip("Oboe", "", opens, (0.0,), 1.0)])
