"""A track through FluidSynth: on time, dry, additive, the same every time, and it ends."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from partimento.commands.doctor import find_libfluidsynth
from partimento.score.performance import PlayedControl, PlayedNote, PlayedTrack
from partimento.soundfonts.finding import find_soundfonts
from partimento.synth.fluid import BLOCK, LONGEST_NOTE_S, RATE, TAIL_S, render_track
from partimento.theory.errors import RenderError

pytestmark = pytest.mark.skipif(find_libfluidsynth() is None, reason="libfluidsynth is missing")


def clock(tick: float) -> float:
    """120 quarter notes a minute."""
    return tick / 960


@pytest.fixture(scope="module")
def font() -> Path:
    return min(find_soundfonts(), key=lambda each: each.size_bytes).path


def track(*notes: tuple[int, int, int, int], program: int = 0, channel: int = 0, **more: object) -> PlayedTrack:
    return PlayedTrack("t", channel, program, tuple(PlayedNote(*note) for note in notes), **more)  # type: ignore[arg-type]


def test_a_note_begins_on_time(font: Path) -> None:
    sound = render_track(track((960, 480, 60, 100)), clock, font)
    start = int(np.argmax(np.abs(sound).max(axis=1) > 1e-4))
    assert RATE - BLOCK <= start <= RATE + RATE // 50


def test_notes_add_up_and_shift(font: Path) -> None:
    def blocks(tick: float) -> float:
        return tick * BLOCK / RATE

    one = render_track(track((0, 300, 60, 100)), blocks, font)
    two = render_track(track((345, 300, 67, 80)), blocks, font)
    both = render_track(track((0, 300, 60, 100), (345, 300, 67, 80)), blocks, font)
    n = min(len(one), len(two), len(both)) - 32 * BLOCK  # the last window fades
    assert np.abs(one[:n] + two[:n] - both[:n]).max() < 1e-5
    later = render_track(track((345, 300, 60, 100)), blocks, font)[345 * BLOCK :]
    n = min(len(one), len(later))
    assert n > 300 * BLOCK
    assert np.abs(later[:n] - one[:n]).max() < 1e-5


def test_the_same_every_time(font: Path) -> None:
    played = track(*((i * 120, 100, 50 + i, 90) for i in range(12)), program=26)
    assert np.array_equal(render_track(played, clock, font), render_track(played, clock, font))


def test_drums_are_drums(font: Path) -> None:
    kick = render_track(track((0, 100, 36, 100), channel=9), clock, font)
    piano = render_track(track((0, 100, 36, 100)), clock, font)
    n = min(len(kick), len(piano), 4096)
    assert not np.allclose(kick[:n], piano[:n], atol=1e-3)
    assert np.abs(render_track(track((0, 100, 36, 100), channel=9, program=99), clock, font)).max() > 0.01


def test_loudness_follows_velocity_and_expression(font: Path) -> None:
    def peak(velocity: int, expression: int) -> float:
        return float(np.abs(render_track(track((0, 480, 60, velocity), expression=expression), clock, font)).max())

    assert peak(40, 127) < peak(80, 127) < peak(120, 127)
    assert peak(100, 60) < 0.6 * peak(100, 127)


def test_the_pedal_holds_and_is_let_go_at_the_end(font: Path) -> None:
    down = (PlayedControl(0, 64, 127),)
    dry = render_track(track((0, 120, 60, 100), (1920, 120, 72, 100)), clock, font)
    held = render_track(track((0, 120, 60, 100), (1920, 120, 72, 100), controls=down), clock, font)
    half = slice(RATE, RATE + 4410)
    assert np.abs(held[half]).max() > 3 * np.abs(dry[half]).max()
    assert len(held) < round((2.2 + TAIL_S) * RATE)


def test_the_ring_is_rendered_and_ends(font: Path) -> None:
    for program in (0, 11, 48, 89):
        sound = render_track(track((0, 480, 60, 110), program=program), clock, font)
        assert RATE // 2 < len(sound) <= round((0.6 + TAIL_S) * RATE)
        assert np.abs(sound[-BLOCK:]).max() < 0.02 * np.abs(sound).max()


def test_an_endless_note_is_let_go(font: Path) -> None:
    sound = render_track(track((0, 10**7, 60, 100), program=16), clock, font)
    assert len(sound) <= round((LONGEST_NOTE_S + 10**7 / 960 + TAIL_S) * RATE)
    assert np.abs(sound[round((LONGEST_NOTE_S + TAIL_S) * RATE) :]).max(initial=0.0) < 1e-3


def test_an_empty_track_is_silent(font: Path) -> None:
    assert render_track(track(), clock, font).shape == (0, 2)


def test_a_font_that_is_none_is_one_line(tmp_path: Path) -> None:
    bad = tmp_path / "bad.sf2"
    bad.write_bytes(b"RIFF\x04\x00\x00\x00sfbk")
    with pytest.raises(RenderError, match=r"bad\.sf2"):
        render_track(track((0, 10, 60, 100)), clock, bad)
