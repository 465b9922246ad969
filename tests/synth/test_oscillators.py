"""Our own synthesiser: reading in pieces, pitch to the cent, no folding, no clicks, controllers, levels."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy.signal.windows import kaiser

from partimento.score.instruments import INSTRUMENTS
from partimento.score.performance import PlayedControl, PlayedNote, PlayedTrack
from partimento.synth.oscillators import VOICES, OscillatorSource
from partimento.synth.signal import RATES, Samples

RATE = 44100
LINES = [name for name, voice in VOICES.items() if voice.kind == "line"]
CHORDS = [name for name, voice in VOICES.items() if voice.kind == "chord"]


def clock(tick: float) -> float:
    """Half a second to the quarter note."""
    return tick / 960


def track(
    *notes: tuple[int, int, int, int], controls: tuple[PlayedControl, ...] = (), bend_range: int = 2
) -> PlayedTrack:
    played = tuple(PlayedNote(*note) for note in notes)
    return PlayedTrack("part", 0, 39, played, controls, bend_range=bend_range)


def heard(
    played: PlayedTrack, name: str, rate: int = RATE, cuts: tuple[int, ...] = (1 << 17,), seed: int = 3
) -> Samples:
    source = OscillatorSource(played, name, clock, rate, seed)
    pieces, k = [], 0
    while len(piece := source.read(cuts[k % len(cuts)])):
        pieces.append(piece)
        k += 1
    assert not len(source.read(100))
    source.close()
    return np.concatenate(pieces) if pieces else np.zeros((0, 2), np.float32)


def spectrum(samples: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.asarray(np.abs(np.fft.rfft(samples * kaiser(len(samples), 20.0))))


def frequency(samples: Samples, near: float, rate: int = RATE) -> float:
    """The strongest line within a semitone of `near`, from the phase's advance between two windows."""
    x = samples[:, 0].astype(np.float64)
    n, hop = 1 << 13, 64
    bin_ = round(near * n / rate)
    turn = np.exp(-2j * np.pi * near / rate * np.arange(n)) * kaiser(n, 8.0)
    a, b = np.sum(x[:n] * turn), np.sum(x[hop : hop + n] * turn)
    assert bin_ > 0
    # Each window's own clock starts anew, so the advance is the whole frequency's over the hop, wrapped.
    return float(near + np.angle(b / a * np.exp(-2j * np.pi * near * hop / rate)) * rate / (2 * np.pi * hop))


def hertz(number: float) -> float:
    return float(440.0 * 2 ** ((number - 69) / 12))


def cents(a: float, b: float) -> float:
    return float(1200 * np.log2(a / b))


def test_every_voice_is_an_instrument_of_the_table() -> None:
    assert set(VOICES) <= set(INSTRUMENTS)
    assert all((INSTRUMENTS[name].hands == "mono") == (voice.kind == "line") for name, voice in VOICES.items())


@settings(max_examples=12)
@given(
    st.sampled_from(sorted(VOICES)),
    st.lists(st.integers(1, 20_000), min_size=1, max_size=5),
    st.lists(
        st.tuples(st.integers(0, 2000), st.integers(1, 900), st.integers(28, 60), st.integers(1, 127)), max_size=6
    ),
    st.lists(
        st.builds(
            lambda on, row: PlayedControl(on, *row),
            st.integers(0, 2000),
            st.sampled_from([(-1, 5000), (-1, -8192), (-1, 0), (1, 90), (11, 40), (11, 127), (64, 127), (64, 0)]),
        ),
        max_size=6,
    ),
)
def test_how_it_is_read_changes_nothing(
    name: str, cuts: list[int], notes: list[tuple[int, int, int, int]], controls: list[PlayedControl]
) -> None:
    played = track(*notes, controls=tuple(sorted(controls)))
    whole = heard(played, name)
    assert np.isfinite(whole).all()
    pieces = heard(played, name, cuts=tuple(cuts))
    assert whole.shape == pieces.shape and whole.dtype == np.float32
    assert len(whole) == 0 or np.abs(whole - pieces).max() <= 1e-6


@pytest.mark.parametrize("rate", RATES)
@pytest.mark.parametrize("name", sorted(VOICES))
def test_nothing_folds_back(name: str, rate: int) -> None:
    for number in (31, 52, 67) if name in LINES else (48, 72, 95):
        x = heard(track((0, 4000, number, 127)), name, rate)[rate // 8 :, 0].astype(np.float64)
        lines = spectrum(x[: 1 << 15])
        hz = np.arange(len(lines)) * rate / (1 << 15)
        nearest = np.round(hz / hertz(number)) * hertz(number)
        # Detuned saws spread by 18 cents; windows by 14 bins.
        own = np.abs(hz - nearest) <= nearest * (2 ** (22 / 1200) - 1) + 14 * rate / (1 << 15)
        assert lines[~own].max() <= lines.max() * 3e-4, (name, number)


@pytest.mark.parametrize("name", LINES)
def test_a_line_is_in_tune(name: str) -> None:
    for number in (29, 40, 50):
        x = heard(track((0, 2400, number, 110)), name)[RATE // 2 :]
        assert abs(cents(frequency(x, hertz(number)), hertz(number))) < 2.0


def test_chords_are_in_tune_on_the_whole() -> None:
    for number in (50, 69, 88):
        x = heard(track((0, 9600, number, 100)), "saw pad")[RATE:, 0].astype(np.float64)
        lines = spectrum(x[: 1 << 17]) ** 2
        hz = np.arange(len(lines)) * RATE / (1 << 17)
        near = np.abs(hz - hertz(number)) < 0.03 * hertz(number)
        assert abs(cents(float((lines * hz)[near].sum() / lines[near].sum()), hertz(number))) < 6.0


@pytest.mark.parametrize("bent", [False, True])
def test_an_808_glides_an_octave_from_a_slurred_note(bent: bool) -> None:
    """Whether the bend is written or left to the voice, the pitch goes from one note to the other and stays there."""
    controls: tuple[PlayedControl, ...] = ()
    if bent:
        controls = tuple(PlayedControl(1920 + 6 * k, -1, round(-8192 * (1 - k / 20))) for k in range(21))
    played = track((0, 1932, 36, 110), (1920, 1920, 48, 110), controls=controls, bend_range=12)
    x = heard(played, "808 bass")
    low, high = hertz(36), hertz(48)
    assert abs(cents(frequency(x[int(1.7 * RATE) :], low), low)) < 5
    assert abs(cents(frequency(x[int(2.3 * RATE) :], high), high)) < 5
    # On its way it is at neither: the lower octave has gone within the glide, the upper has not come at once.
    mono = x[:, 0].astype(np.float64)
    crossings = np.flatnonzero((mono[:-1] < 0) & (mono[1:] >= 0)) / RATE
    rates = 1 / np.diff(crossings[(crossings > 1.95) & (crossings < 2.2)])
    assert rates.min() < 1.15 * low and rates.max() > 0.93 * high
    assert np.any((rates > 1.2 * low) & (rates < 0.8 * high))


def test_a_slurred_note_is_not_struck_again_and_others_are() -> None:
    slurred = heard(track((0, 980, 36, 110), (960, 960, 38, 110)), "808 bass")
    struck = heard(track((0, 900, 36, 110), (960, 960, 38, 110)), "808 bass")
    here = slice(RATE, RATE + 2000)
    assert np.abs(np.diff(slurred[here, 0], 2)).max() < 0.2 * np.abs(np.diff(struck[here, 0], 2)).max()


@pytest.mark.parametrize("name", ["808 bass", "sub bass"])
def test_no_clicks_where_notes_begin_end_and_make_way(name: str) -> None:
    notes = ((0, 400, 36, 120), (480, 470, 43, 127), (960, 100, 31, 90), (1100, 900, 41, 127), (1990, 500, 33, 100))
    x = np.concatenate([np.zeros((100, 2), np.float32), heard(track(*notes), name)])
    assert np.abs(np.diff(x[:, 0], 2)).max() < 0.004
    assert abs(float(x[-1, 0])) < 1e-5


@pytest.mark.parametrize("name", sorted(VOICES))
def test_it_begins_softly_and_ends_in_silence(name: str) -> None:
    x = heard(track((0, 960, 48, 120)), name)
    peak = np.abs(x).max()
    assert np.abs(x[: RATE // 4000]).max() < 0.25 * peak
    assert np.abs(x[-RATE // 100 :]).max() < 1e-3 * peak
    assert len(x) / RATE < 1.0 + VOICES[name].release_s + 0.01
    assert abs(float(x.mean())) < 1e-3 * peak or abs(float(x.mean())) < 2e-4


@pytest.mark.parametrize("name", sorted(VOICES))
def test_velocity_makes_it_louder_and_expression_too(name: str) -> None:
    levels = [float(np.sqrt(np.mean(heard(track((0, 960, 45, v)), name) ** 2))) for v in (30, 60, 90, 127)]
    assert levels == sorted(levels) and levels[-1] > 4 * levels[0]
    down = (PlayedControl(480, 11, 32),)
    x = heard(track((0, 1920, 45, 100), controls=down), name)
    plain = heard(track((0, 1920, 45, 100)), name)
    late = slice(int(0.8 * RATE), int(1.0 * RATE))
    ratio = float(np.abs(x[late]).max() / np.abs(plain[late]).max())
    assert ratio == pytest.approx((32 / 127) ** 2, rel=0.02)


def test_brightness_follows_velocity() -> None:
    for name, start, hz in (
        ("808 bass", 0.2, 300), ("synth bass", 0.02, 500), ("saw pad", 0.8, 1500), ("supersaw", 0.02, 2500)
    ):  # fmt: skip
        shares = []
        for velocity in (40, 120):
            at = round(start * RATE)
            x = heard(track((0, 1900, 48, velocity)), name)[at : at + (1 << 15), 0].astype(np.float64)
            lines = spectrum(x) ** 2
            shares.append(float(lines[round(hz * (1 << 15) / RATE) :].sum() / lines.sum()))
        assert shares[1] > 1.1 * shares[0], name


@pytest.mark.parametrize("name", ["sub bass", "saw pad"])
def test_bend_by_the_tracks_own_range(name: str) -> None:
    for bend_range in (2, 12):
        controls = (PlayedControl(0, -1, 8191),)
        bent = heard(track((0, 2880, 45, 110), controls=controls, bend_range=bend_range), name)[RATE:, 0]
        plain = heard(track((0, 2880, 45 + bend_range, 110)), name)[RATE:, 0]
        n = 1 << 16
        # Where the first harmonic lies: the centre of its neighbourhood's power.
        centres = []
        for x in (bent, plain):
            lines = spectrum(x[:n].astype(np.float64)) ** 2
            hz = np.arange(len(lines)) * RATE / n
            near = np.abs(hz / hertz(45 + bend_range) - 1) < 0.12
            centres.append(float((lines * hz)[near].sum() / lines[near].sum()))
        assert abs(cents(*centres)) < 12


def test_vibrato_moves_the_pitch() -> None:
    steady = heard(track((0, 2880, 45, 110)), "sub bass")
    moved = heard(track((0, 2880, 45, 110), controls=(PlayedControl(0, 1, 127),)), "sub bass")
    assert np.abs(steady[RATE:] - moved[RATE : len(steady)]).max() > 0.05


@pytest.mark.parametrize("name", ["sub bass", "saw pad"])
def test_the_pedal_holds(name: str) -> None:
    pedal = (PlayedControl(100, 64, 127), PlayedControl(2880, 64, 0))
    held, free = heard(track((0, 480, 45, 100), controls=pedal), name), heard(track((0, 480, 45, 100)), name)
    assert len(held) == pytest.approx((3.0 + VOICES[name].release_s) * RATE, rel=0.01)
    assert len(free) < len(held) - 2 * RATE


@pytest.mark.parametrize("name", LINES)
def test_lines_stand_in_the_middle(name: str) -> None:
    x = heard(track((0, 960, 40, 100)), name)
    assert np.array_equal(x[:, 0], x[:, 1])


@pytest.mark.parametrize("name", CHORDS)
def test_chords_are_wide_and_safe_in_mono(name: str) -> None:
    x = heard(track(*((0, 4000, n, 90) for n in (48, 55, 60, 64))), name)[: 3 * RATE].astype(np.float64)
    correlation = float(np.corrcoef(x[:, 0], x[:, 1])[0, 1])
    assert 0.1 < correlation < 0.9
    loss = 10 * np.log10(np.mean(x**2) / np.mean(x.mean(axis=1) ** 2))
    assert loss < 3.0
    assert abs(10 * np.log10(np.mean(x[:, 0] ** 2) / np.mean(x[:, 1] ** 2))) < 3.0


def test_the_same_seed_gives_the_same_and_another_other_samples() -> None:
    played = track((0, 960, 60, 90), (0, 960, 64, 90))
    assert np.array_equal(heard(played, "saw pad"), heard(played, "saw pad"))
    assert not np.array_equal(heard(played, "saw pad"), heard(played, "saw pad", seed=4))


def test_silence_is_free_and_an_empty_track_ends_at_once() -> None:
    assert heard(track(), "808 bass").shape == (0, 2)
    source = OscillatorSource(track((960 * 3600, 480, 40, 100)), "808 bass", clock, RATE, 0)
    for _ in range(3600 * RATE // (1 << 20)):
        assert not source.read(1 << 20).any()


def test_a_missing_release_and_odd_controllers_do_no_harm() -> None:
    wild = tuple(PlayedControl(k * 10, -1, 8191 if k % 2 else -8192) for k in range(50))
    x = heard(track((0, 960, 127, 127), (480, 960, 0, 1), controls=wild, bend_range=24), "synth bass")
    assert np.isfinite(x).all() and np.abs(x).max() < 1.0
    long = OscillatorSource(track((0, 960 * 100_000, 40, 100)), "sub bass", clock, RATE, 0)
    assert long.end < 121 * RATE


def test_who_has_no_voice_is_an_error() -> None:
    with pytest.raises(KeyError):
        OscillatorSource(track(), "kazoo", clock, RATE, 0)
