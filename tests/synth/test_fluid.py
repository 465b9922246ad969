"""A track through FluidSynth: on time, dry, additive, the same every time however it is read, and it ends."""

from __future__ import annotations

import gc
import os
import subprocess
import sys
import threading
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from partimento.commands.doctor import find_libfluidsynth
from partimento.score.performance import PlayedControl, PlayedNote, PlayedTrack
from partimento.soundfonts.finding import find_soundfonts
from partimento.synth.fluid import (
    BLOCK,
    LONGEST_NOTE_S,
    RATE,
    TAIL_S,
    FluidSource,
    Samples,
    render_track,
    warm,
)
from partimento.synth.fluid_font import is_compressed
from partimento.theory.errors import RenderError

pytestmark = pytest.mark.skipif(find_libfluidsynth() is None, reason="libfluidsynth is missing")
WINDOW = 32 * BLOCK
"""The tail's last window fades."""


def clock(tick: float) -> float:
    """120 quarter notes a minute."""
    return tick / 960


def blocks(tick: float) -> float:
    """A tick a block."""
    return tick * BLOCK / RATE


def smallest() -> Path:
    return min(find_soundfonts(), key=lambda each: each.size_bytes).path


@pytest.fixture(scope="module")
def font() -> Path:
    return smallest()


def track(*notes: tuple[int, int, int, int], program: int = 0, channel: int = 0, **more: object) -> PlayedTrack:
    return PlayedTrack("t", channel, program, tuple(PlayedNote(*note) for note in notes), **more)  # type: ignore[arg-type]


def read_all(source: FluidSource, *sizes: int) -> Samples:
    parts, i = [], 0
    while len(part := source.read(sizes[i % len(sizes)])):
        parts.append(part)
        i += 1
    source.close()
    return np.concatenate(parts) if parts else np.zeros((0, 2), np.float32)


def difference_db(a: Samples, b: Samples) -> float:
    n = min(len(a), len(b))
    power = float(np.sum(np.square(a[:n], dtype=np.float64)))
    return 10 * float(np.log10((np.sum(np.square(a[:n].astype(np.float64) - b[:n])) + 1e-30) / (power + 1e-30)))


def test_a_note_begins_on_time(font: Path) -> None:
    sound = render_track(track((960, 480, 60, 100)), clock, font)
    start = int(np.argmax(np.abs(sound).max(axis=1) > 1e-4))
    assert RATE - BLOCK <= start <= RATE + RATE // 50
    assert not sound[: RATE - BLOCK].any()


@pytest.mark.parametrize("rate", [44100, 48000])
def test_both_rates_are_in_tune(font: Path, rate: int) -> None:
    sound = render_track(track((0, 1920, 69, 100), program=73), clock, font, rate=rate)[rate // 2 : rate * 3 // 2]
    spectrum = np.abs(np.fft.rfft(sound[:, 0] * np.hanning(len(sound))))
    spectrum[:300] = 0
    assert abs(int(np.argmax(spectrum[:600])) * rate / len(sound) - 440) < 6


def test_another_rate_is_refused(font: Path) -> None:
    with pytest.raises(RenderError, match="22050"):
        FluidSource(track((0, 10, 60, 100)), clock, font, 22050)


def test_notes_add_up_and_shift(font: Path) -> None:
    one = render_track(track((0, 300, 60, 100)), blocks, font)
    two = render_track(track((345, 300, 67, 80)), blocks, font)
    both = render_track(track((0, 300, 60, 100), (345, 300, 67, 80)), blocks, font)
    n = min(len(one), len(two), len(both)) - WINDOW
    assert np.abs(one[:n] + two[:n] - both[:n]).max() < 1e-5
    later = render_track(track((345, 300, 60, 100)), blocks, font)[345 * BLOCK :]
    n = min(len(one), len(later))
    assert n > 300 * BLOCK
    assert np.abs(later[:n] - one[:n]).max() < 1e-5


_NOTES = st.lists(
    st.tuples(st.integers(0, 900), st.integers(1, 400), st.integers(30, 90), st.integers(1, 127)),
    min_size=1,
    max_size=12,
)


@given(_NOTES, st.lists(st.integers(1, 30000), min_size=1, max_size=5), st.sampled_from([0, 27, 48]))
@settings(max_examples=15)
def test_chunks_do_not_matter(notes: list[tuple[int, int, int, int]], sizes: list[int], program: int) -> None:
    pedal = (PlayedControl(100, 64, 127), PlayedControl(700, 64, 0), PlayedControl(300, -1, 900))
    played = track(*sorted(notes), program=program, controls=pedal)
    font = smallest()
    whole = render_track(played, clock, font)
    cut = read_all(FluidSource(played, clock, font, RATE), *sizes, 7000)
    assert np.array_equal(whole, cut)


@given(_NOTES, st.integers(0, 60))
@settings(max_examples=12)
def test_an_excerpt_is_the_same_stretch_of_the_whole(notes: list[tuple[int, int, int, int]], tenths: int) -> None:
    played = track(*sorted(notes), controls=(PlayedControl(0, 11, 60), PlayedControl(200, 11, 100)))
    font = smallest()
    whole = render_track(played, clock, font)[round(tenths / 10 * RATE) :]
    part = read_all(FluidSource(played, clock, font, RATE, start_s=tenths / 10), 10000)
    n = min(len(whole), len(part))
    assert abs(len(whole) - len(part)) <= 8 * WINDOW
    assert not n or np.abs(whole[:n] - part[:n]).max() < 1e-3 * max(1e-3, float(np.abs(whole).max()))


def test_an_excerpt_chases_controllers_and_long_notes(font: Path) -> None:
    bent = track(
        (0, 40 * 960, 60, 100),
        program=73,
        controls=(
            PlayedControl(10, -1, 4096),
            PlayedControl(11, 101, 0),
            PlayedControl(11, 100, 0),
            PlayedControl(11, 6, 12),
        ),
    )
    whole = render_track(bent, clock, font)
    part = read_all(FluidSource(bent, clock, font, RATE, start_s=30.0), 50000)
    assert difference_db(whole[30 * RATE :], part) < -100
    assert len(read_all(FluidSource(bent, clock, font, RATE, start_s=70.0), 1000)) == 0


def test_the_same_every_time(font: Path) -> None:
    played = track(*((i * 120, 100, 50 + i, 90) for i in range(12)), program=26)
    assert render_track(played, clock, font).tobytes() == render_track(played, clock, font).tobytes()


def test_threads_share_a_font_without_harm(font: Path) -> None:
    parts = [track(*((i * 60, 50, 40 + (i * 7 + k) % 40, 90) for i in range(60)), program=k) for k in range(6)]
    alone = [render_track(part, clock, font) for part in parts]
    found: dict[int, Samples] = {}

    def work(k: int) -> None:
        found[k] = render_track(parts[k], clock, font)

    threads = [threading.Thread(target=work, args=(k,)) for k in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert all(np.array_equal(found[k], alone[k]) for k in range(6))


def test_drums_are_drums(font: Path) -> None:
    kick = render_track(track((0, 100, 36, 100), channel=9), clock, font)
    piano = render_track(track((0, 100, 36, 100)), clock, font)
    n = min(len(kick), len(piano), 4096)
    assert not np.allclose(kick[:n], piano[:n], atol=1e-3)


@pytest.mark.parametrize(("channel", "program"), [(9, 99), (0, 300), (0, -5), (9, 1000)])
def test_bad_programs_sound(font: Path, channel: int, program: int) -> None:
    played = track((0, 100, 36, 100), channel=channel, program=program)
    assert np.abs(render_track(played, clock, font)).max() > 0.01


def test_loudness_follows_velocity_and_expression(font: Path) -> None:
    def peak(velocity: int, expression: int) -> float:
        return float(np.abs(render_track(track((0, 480, 60, velocity), expression=expression), clock, font)).max())

    assert peak(40, 127) < peak(80, 127) < peak(120, 127)
    # CC11 is 40 log10(value / 127) dB.
    assert peak(100, 64) / peak(100, 127) == pytest.approx((64 / 127) ** 2, rel=0.05)


def test_volume_is_followed_only_when_asked(font: Path) -> None:
    soft = track((0, 480, 60, 100), volume=50, controls=(PlayedControl(0, 7, 40), PlayedControl(0, 10, 0)))
    plain = track((0, 480, 60, 100))
    assert np.array_equal(render_track(soft, clock, font), render_track(plain, clock, font))
    followed = render_track(soft, clock, font, follow_volume=True)
    assert np.abs(followed).max() < 0.2 * np.abs(render_track(plain, clock, font)).max()


@pytest.mark.parametrize("reach", [2, 12])
def test_bends_reach_as_far_as_they_say(font: Path, reach: int) -> None:
    bend = (PlayedControl(0, -1, 8191),)
    bent = render_track(track((0, 960, 60, 100), program=73, controls=bend, bend_range=reach), clock, font)
    spectrum = np.abs(np.fft.rfft(bent[RATE // 5 : RATE // 5 + RATE // 2, 0]))  # a bin is 2 Hz
    wanted = 261.63 * 2 ** (reach / 12) / 2
    low = round(wanted * 0.6)
    assert abs(low + int(np.argmax(spectrum[low : round(wanted * 1.5)])) - wanted) <= 4


def test_the_pedal_holds_and_is_let_go_at_the_end(font: Path) -> None:
    down = (PlayedControl(0, 64, 127),)
    dry = render_track(track((0, 120, 60, 100), (1920, 120, 72, 100)), clock, font)
    held = render_track(track((0, 120, 60, 100), (1920, 120, 72, 100), controls=down), clock, font)
    half = slice(RATE, RATE + 4410)
    assert np.abs(held[half]).max() > 3 * np.abs(dry[half]).max()
    assert len(held) < round((2.2 + TAIL_S) * RATE)


@pytest.mark.parametrize(
    ("pedal", "held"),
    [((), False), ((140,), True), ((150,), False), ((160,), False), ((110, -140), False), ((50, -160), False),
     ((50, -130, 140), True)],
)  # fmt: skip
def test_a_pedal_holds_what_is_released_after_it_in_one_block(font: Path, pedal: tuple[int, ...], held: bool) -> None:
    controls = tuple(PlayedControl(abs(tick), 64, 127 if tick > 0 else 0) for tick in pedal)
    played = track((0, 150, 60, 100), (40_000, 100, 72, 1), controls=controls)
    sound = read_all(FluidSource(played, clock, font, RATE, block_at=lambda tick: int(tick) // 100), 4096)
    assert (np.abs(sound[300 * BLOCK : 390 * BLOCK]).max() > 1e-3) == held


def test_the_ring_is_rendered_and_ends(font: Path) -> None:
    for program in (0, 11, 48, 89):
        sound = render_track(track((0, 480, 60, 110), program=program), clock, font)
        assert RATE // 2 < len(sound) <= round((0.6 + TAIL_S) * RATE)
        peak = np.abs(sound).max()
        assert np.abs(sound[-BLOCK:]).max() < 1e-4 * peak
        assert np.abs(sound[-2 * WINDOW : -WINDOW]).max() > 0.2e-3 * peak  # not cut later than it need be


def test_an_endless_note_is_let_go(font: Path) -> None:
    sound = render_track(track((0, 10**7, 60, 100), program=16), clock, font)
    assert len(sound) <= round((LONGEST_NOTE_S + TAIL_S) * RATE) + WINDOW


def test_a_note_of_no_length_sounds(font: Path) -> None:
    assert np.abs(render_track(track((0, 0, 60, 100)), clock, font)).max() > 0.01


def test_silence_is_passed_over(font: Path) -> None:
    far = 3 * 3600 * 960
    source = FluidSource(track((0, 100, 36, 100), (far, 100, 36, 100), channel=9), clock, font, RATE)
    near = source.read(RATE * 10)
    for _ in range(3 * 3600 // 100 - 1):
        assert len(source.read(RATE * 100)) == RATE * 100
    source.read(RATE * 90)
    assert np.abs(near).max() > 0.01
    assert np.abs(source.read(RATE * 10)).max() > 0.01
    assert len(source.read(RATE * 10)) < RATE * 10
    source.close()


def test_an_empty_track_is_silent(font: Path) -> None:
    assert render_track(track(), clock, font).shape == (0, 2)


def test_closing_frees_midway(font: Path) -> None:
    for _ in range(40):
        source = FluidSource(track((0, 4800, 60, 100)), clock, font, RATE)
        assert len(source.read(500)) == 500
        source.close()
        source.close()
        assert len(source.read(500)) == 0
    gc.collect()


def test_warming_refuses_nothing_that_renders(font: Path) -> None:
    warm(font, [(False, k) for k in range(40)] + [(True, 0), (True, 99)])
    assert np.abs(render_track(track((0, 100, 60, 100), program=3), clock, font)).max() > 0.01


def test_a_font_that_is_none_is_one_line(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    bad = tmp_path / "bad.sf2"
    bad.write_bytes(b"RIFF\x04\x00\x00\x00sfbk")
    with pytest.raises(RenderError, match=r"bad\.sf2") as caught:
        render_track(track((0, 10, 60, 100)), clock, bad)
    assert "\n" not in str(caught.value)
    with pytest.raises(RenderError, match="cannot be read"):
        render_track(track((0, 10, 60, 100)), clock, tmp_path / "none.sf2")
    assert capfd.readouterr() == ("", "")


def test_every_font_here_opens() -> None:
    for each in find_soundfonts():
        warm(each.path, [(True, 0)])


def test_a_font_that_is_cut_short_is_one_line(font: Path, tmp_path: Path) -> None:
    data = font.read_bytes()
    for length in (12, 1000, len(data) // 2, len(data) - 5000):
        bad = tmp_path / "cut.sf2"
        bad.write_bytes(data[:length])
        with pytest.raises(RenderError, match=r"cut\.sf2") as caught:
            render_track(track((0, 10, 60, 100)), clock, bad)
        assert "\n" not in str(caught.value)


def test_a_compressed_font_that_cannot_be_read_says_so(font: Path, tmp_path: Path) -> None:
    data = bytearray(font.read_bytes()[:100_000])
    at = data.find(b"ifil") + 8
    data[at : at + 2] = b"\x03\x00"
    bad = tmp_path / "bad.sf3"
    bad.write_bytes(bytes(data))
    assert is_compressed(bad)
    assert not is_compressed(font)
    with pytest.raises(RenderError, match="SF3"):
        render_track(track((0, 10, 60, 100)), clock, bad)


def test_leaving_with_a_synth_open_is_quiet(font: Path) -> None:
    script = (
        "from pathlib import Path\nfrom partimento.score.performance import *\nfrom partimento.synth.fluid import *\n"
        "t = PlayedTrack('t', 0, 0, (PlayedNote(0, 960, 60, 100),))\n"
        f"s = FluidSource(t, lambda x: x / 960, Path({str(font)!r}), 44100)\nprint(len(s.read(100)))\n"
    )
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2] / ".dev")}
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, env=environment, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (0, "100\n", "")


@pytest.mark.parametrize("page", [1, 3, 1000])
def test_how_many_events_are_held_changes_nothing(font: Path, monkeypatch: pytest.MonkeyPatch, page: int) -> None:
    part = track(*((40 * i, 90, 60 + i % 5, 90) for i in range(30)), controls=(PlayedControl(100, 64, 127),))
    whole = render_track(part, blocks, font)
    monkeypatch.setattr("partimento.synth.fluid._PAGE", page)
    assert np.array_equal(render_track(part, blocks, font), whole)
