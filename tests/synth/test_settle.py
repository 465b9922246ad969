"""Settling: roles at their loudness, faders obeyed, the lead uncovered, nothing blown up."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from partimento.score.mix import ROLE_LEVELS_DB, Compression, EqBand, Fader, Mix
from partimento.synth.dynamics import Compressor
from partimento.synth.filters import Equaliser
from partimento.synth.loudness import loudness
from partimento.synth.measure import StripMeasure, StripMeter, masking_db
from partimento.synth.settle import BUS_LUFS, settle, settle_unmeasured
from partimento.synth.settled import Channel, Settled
from partimento.synth.signal import Samples, Source, Strip

RATE = 44100
INF = float("inf")


def no_source(rate: int) -> Source:
    raise AssertionError("settling opens nothing")


def strip(name: str, role: str) -> Strip:
    return Strip(name, role, no_source, (0.0,), 4.0)


def sound(low_hz: float, high_hz: float, level_db: float, seconds: float = 4.0, beat_s: float = 0.0) -> Samples:
    """Noise between two frequencies, struck every `beat_s` or steady."""
    count = round(RATE * seconds)
    random = np.random.RandomState(round(low_hz + high_hz))
    spectrum = np.fft.rfft(random.standard_normal(count))
    hz = np.fft.rfftfreq(count, 1 / RATE)
    spectrum[(hz < low_hz) | (hz > high_hz)] = 0
    wave = np.fft.irfft(spectrum, count)
    wave /= np.sqrt((wave**2).mean())
    if beat_s:
        wave *= np.exp(-(np.arange(count) / RATE % beat_s) / 0.08)
    wave *= 10 ** (level_db / 20)
    return np.stack((wave, wave), axis=1).astype(np.float32)


def measured(samples: Samples) -> StripMeasure:
    meter = StripMeter(RATE)
    meter.feed(samples)
    return meter.result()


SOUNDS = {
    "Voice": ("lead", sound(300, 3000, -30)),
    "Piano": ("comp", sound(200, 4000, -15)),
    "Bass": ("bass", sound(50, 400, -22)),
    "Drums/kick": ("kick", sound(30, 160, -20, beat_s=0.5)),
    "Drums/hats": ("hats", sound(6000, 14000, -40, beat_s=0.25)),
}
STRIPS = tuple(strip(name, role) for name, (role, _) in SOUNDS.items())
MEASURES = tuple(measured(samples) for _, samples in SOUNDS.values())


def through(channel: Channel, samples: Samples) -> Samples:
    """The samples after gain, EQ and squeeze."""
    out = Equaliser(channel.eq, RATE).process(samples * np.float32(10 ** (channel.gain_db / 20)))
    return out if channel.squeeze is None else Compressor(channel.squeeze, RATE).process(out)


def stems(settled: Settled) -> dict[str, Samples]:
    return {
        channel.name: through(channel, samples.copy())
        for channel, (_, samples) in zip(settled.channels, SOUNDS.values(), strict=True)
        if not channel.silent
    }


def by_name(settled: Settled) -> dict[str, Channel]:
    return {channel.name: channel for channel in settled.channels}


def test_roles_come_to_their_loudness_and_the_sum_to_the_bus() -> None:
    squeezed = Compression(3.0, 6.0)
    mix = Mix(faders=(Fader("Bass", compression=squeezed, eq=(EqBand("high-pass", 40.0),)), Fader("Piano", gain_db=-2)))
    settled = settle(mix, STRIPS, MEASURES, fits="this")
    assert settled.fits == "this" and settled.measured
    parts = stems(settled)
    assert loudness(sum(parts.values(), np.zeros((1, 2), np.float32)), RATE) == pytest.approx(BUS_LUFS, abs=1.0)
    loud = {name: loudness(part, RATE) for name, part in parts.items()}
    # One trim moved all; without it each stands where its role says.
    trim = loud["Piano"] - (BUS_LUFS + ROLE_LEVELS_DB["comp"] - 2)
    assert loud["Bass"] - trim == pytest.approx(BUS_LUFS + ROLE_LEVELS_DB["bass"], abs=1.0)
    assert loud["Drums/hats"] - trim == pytest.approx(BUS_LUFS + ROLE_LEVELS_DB["hats"], abs=1.0)
    whole = loudness(sum(parts.values(), np.zeros((1, 2), np.float32)), RATE)
    assert -6.0 <= loud["Voice"] - whole <= -3.0


def test_the_lead_is_less_covered_than_in_the_bare_sum() -> None:
    # A piano pushed up by hand, so that it covers the voice.
    settled = settle(Mix(faders=(Fader("Piano", gain_db=5.0),)), STRIPS, MEASURES)
    cuts = [band for band in by_name(settled)["Piano"].eq if band.kind == "peak"]
    assert 0 < len(cuts) <= 3
    assert all(b.kind == "peak" and -4 <= b.gain_db < 0 and 200 <= b.hz <= 6000 and 1 <= b.q <= 2 for b in cuts)
    parts = {name: measured(part) for name, part in stems(settled).items()}
    bare = dict(zip(SOUNDS, MEASURES, strict=True))

    def covered(of: dict[str, StripMeasure]) -> float:
        rest = sum((m.bands for name, m in of.items() if name != "Voice"), np.zeros_like(of["Voice"].bands))
        return masking_db(of["Voice"].bands, rest, of["Voice"].sounding)

    assert covered(parts) < covered(bare) - 3


def test_a_clear_lead_has_nothing_cut_for_it() -> None:
    far = replace(MEASURES[1], bands=MEASURES[1].bands * np.float32(1e-6), loudness=-75.0)
    settled = settle(Mix(faders=(Fader("Piano", gain_db=-40),)), STRIPS[:2], (MEASURES[0], far))
    assert all(band.kind != "peak" for band in settled.channels[1].eq)


def test_bass_and_kick_make_room_for_each_other() -> None:
    channels = by_name(settle(Mix(), STRIPS, MEASURES))
    assert any(b.hz < 100 and b.gain_db < 0 for b in channels["Bass"].eq)
    assert any(100 < b.hz < 200 and b.gain_db < 0 for b in channels["Drums/kick"].eq)
    alone = settle(Mix(), STRIPS[2:3], MEASURES[2:3])
    assert alone.channels[0].eq == ()


@given(st.floats(-9, 9), st.floats(-9, 9))
@settings(max_examples=10)
def test_a_fader_moves_its_strip_against_the_others(piece_db: float, kit_db: float) -> None:
    mix = Mix(faders=(Fader("Drums", gain_db=kit_db), Fader("Drums/kick", gain_db=piece_db)))
    plain, moved = (by_name(settle(m, STRIPS[1:], MEASURES[1:])) for m in (Mix(), mix))
    shift = {name: moved[name].gain_db - plain[name].gain_db for name in moved}
    assert shift["Drums/hats"] - shift["Bass"] == pytest.approx(kit_db, abs=0.2)
    assert shift["Drums/kick"] - shift["Bass"] <= kit_db + piece_db + 0.2  # its peaks may bound it
    if kit_db + piece_db < 0:
        assert shift["Drums/kick"] - shift["Bass"] == pytest.approx(kit_db + piece_db, abs=0.2)


def test_mute_and_solo() -> None:
    def heard(*faders: Fader) -> set[str]:
        settled = settle(Mix(faders=faders), STRIPS, MEASURES)
        return {channel.name for channel in settled.channels if not channel.silent}

    everything = set(SOUNDS)
    assert heard() == everything
    assert heard(Fader("Bass", mute=True)) == everything - {"Bass"}
    assert heard(Fader("Drums", mute=True)) == {"Voice", "Piano", "Bass"}
    assert heard(Fader("Drums", solo=True)) == {"Drums/kick", "Drums/hats"}
    assert heard(Fader("Drums", solo=True), Fader("Drums/hats")) == {"Drums/kick", "Drums/hats"}
    assert heard(Fader("Drums"), Fader("Drums/hats", solo=True)) == {"Drums/hats"}
    assert heard(Fader("Bass", solo=True, mute=True)) == set()
    assert heard(Fader("Nobody", solo=True)) == set()


def test_what_the_fader_says_is_taken_over() -> None:
    fader = Fader("Bass", pan=0.5, width=0.2, room=0.1, hall=0.3, delay=0.4, duck_db=3.0, eq=(EqBand("peak", 900, 2),))
    channel = by_name(settle(Mix(faders=(fader,)), STRIPS, MEASURES))["Bass"]
    assert (channel.pan, channel.width, channel.room, channel.hall, channel.delay, channel.duck_db) == (
        0.5, 0.2, 0.1, 0.3, 0.4, 3.0,
    )  # fmt: skip
    assert channel.eq[0] == EqBand("peak", 900, 2)


def test_something_rare_and_short_is_not_blown_up() -> None:
    crash = np.zeros((60 * RATE, 2), np.float32)
    crash[RATE : RATE + 60] = 0.5
    channel = settle(Mix(), (strip("Crash", "lead"),), (measured(crash),)).channels[0]
    assert 20 * np.log10(0.5) + channel.gain_db <= -3.0 + 0.01
    faint = replace(MEASURES[0], loudness=-90.0, peak_db=-80.0)
    assert settle(Mix(), STRIPS[:2], (faint, MEASURES[1])).channels[0].gain_db <= 45.0


@settings(max_examples=30)
@given(st.lists(st.tuples(st.floats(-60, 10), st.floats(-9, 9), st.floats(-1, 1)), min_size=5, max_size=5))
def test_no_stem_comes_near_full_scale(rows: list[tuple[float, float, float]]) -> None:
    measures = [
        replace(
            m, loudness=m.loudness + d, loud_db=m.loud_db + d, peak_db=m.peak_db + d,
            bands=m.bands * np.float32(10 ** (d / 10)),
        )
        for m, (d, _, _) in zip(MEASURES, rows, strict=True)
    ]  # fmt: skip
    faders = tuple(Fader(s.name, gain, pan) for s, (_, gain, pan) in zip(STRIPS, rows, strict=True))
    for channel, measure in zip(settle(Mix(faders=faders), STRIPS, measures).channels, measures, strict=True):
        assert np.isfinite(channel.gain_db)
        assert measure.peak_db + channel.gain_db + 3 * abs(channel.pan) <= -2.99


def test_a_foreign_balance_is_kept() -> None:
    strips = tuple(replace(s, role="") for s in STRIPS)
    gains = [channel.gain_db for channel in settle(Mix(), strips, MEASURES).channels]
    assert max(gains) - min(gains) < 1e-9
    mix = Mix(faders=(Fader("Piano", gain_db=-5),))
    moved = by_name(settle(mix, strips, MEASURES))
    assert moved["Piano"].gain_db == pytest.approx(moved["Bass"].gain_db - 5)


def test_effects_come_as_they_are() -> None:
    both = settle(Mix(), (*STRIPS, strip("Effects", "effects")), (*MEASURES, MEASURES[0]))
    assert both.channels[-1].gain_db == 0.0
    assert both.channels[-1].eq == ()


SILENT = StripMeasure(-INF, -INF, -INF, 0.1, np.zeros((0, 24), np.float32), np.zeros(0, np.bool_))
QUIET = StripMeasure(-INF, -INF, -INF, 0.1, np.zeros((30, 24), np.float32), np.zeros(30, np.bool_))


@pytest.mark.parametrize("role", ["lead", "kick", "bass", "comp", "effects", "", "kazoo"])
@pytest.mark.parametrize("measure", [SILENT, QUIET])
def test_silent_strips_do_no_harm(role: str, measure: StripMeasure) -> None:
    faders = (Fader("X", compression=Compression()),)
    alone = settle(Mix(faders=faders), (strip("X", role),), (measure,))
    assert np.isfinite(alone.channels[0].gain_db)
    among = settle(Mix(faders=faders), (*STRIPS, strip("X", role)), (*MEASURES, measure))
    assert all(np.isfinite(channel.gain_db) for channel in among.channels)
    assert settle(Mix(), (), ()) == Settled(())


def test_a_threshold_lies_under_the_loud_level_wherever_the_gain_brings_it() -> None:
    compression = Compression(2.0, 8.0, 15.0, 90.0)
    mix = Mix(faders=(Fader("Voice", compression=compression),))
    channel = by_name(settle(mix, STRIPS, MEASURES))["Voice"]
    assert channel.squeeze is not None
    assert channel.squeeze.threshold_db == pytest.approx(MEASURES[0].loud_db + channel.gain_db - 8.0, abs=0.3)
    assert (channel.squeeze.ratio, channel.squeeze.attack_ms, channel.squeeze.release_ms) == (2.0, 15.0, 90.0)
    assert 0 < channel.squeeze.makeup_db < 8


def test_settling_is_the_same_every_time() -> None:
    assert settle(Mix(), STRIPS, MEASURES) == settle(Mix(), STRIPS, MEASURES)


def test_unmeasured_gains_are_the_profiles() -> None:
    mix = Mix(faders=(Fader("Piano", gain_db=-2, compression=Compression()), Fader("Drums", mute=True)))
    settled = settle_unmeasured(mix, STRIPS, {"Piano": -30.0})
    channels = by_name(settled)
    assert not settled.measured
    assert channels["Piano"].gain_db == pytest.approx(BUS_LUFS + ROLE_LEVELS_DB["comp"] - 2 + 30.0, abs=6)
    assert channels["Piano"].squeeze is not None
    assert channels["Drums/kick"].silent and not channels["Bass"].silent
    other = by_name(settle_unmeasured(mix, STRIPS, {"Piano": -40.0}))
    assert other["Piano"].gain_db == pytest.approx(channels["Piano"].gain_db + 10)
    assert settle_unmeasured(Mix(), ()).channels == ()


@pytest.mark.parametrize(("width", "sides", "made"), [(1.0, False, False), (1.4, False, True), (1.4, True, False)])
def test_a_wide_fader_gives_sides_to_what_has_none(width: float, sides: bool, made: bool) -> None:
    samples = sound(200, 4000, -25)
    if sides:
        samples[:, 1] = np.roll(samples[:, 1], 9000)
    found = settle(Mix(faders=(Fader("Pad", width=width),)), (strip("Pad", "pad"),), (measured(samples),))
    assert (found.channels[0].spread > 0) is made


@pytest.mark.parametrize("gain_db", [0.0, 3.0, -3.0])
@pytest.mark.parametrize("quieter_db", [-20.0, 0.0, 20.0])
def test_a_lead_stands_out_by_its_fader_whatever_the_font(gain_db: float, quieter_db: float) -> None:
    lead = replace(
        MEASURES[0], loudness=MEASURES[0].loudness + quieter_db, loud_db=MEASURES[0].loud_db + quieter_db,
        peak_db=MEASURES[0].peak_db + quieter_db, bands=MEASURES[0].bands * np.float32(10 ** (quieter_db / 10)),
    )  # fmt: skip
    settled = settle(Mix(faders=(Fader("Voice", gain_db=gain_db),)), STRIPS, (lead, *MEASURES[1:]))
    parts = {
        channel.name: through(channel, samples * np.float32(10 ** (quieter_db / 20) if name == "Voice" else 1))
        for channel, (name, (_, samples)) in zip(settled.channels, SOUNDS.items(), strict=True)
    }
    level = loudness(parts["Voice"], RATE) - loudness(sum(parts.values(), np.zeros((1, 2), np.float32)), RATE)
    # Of a font that puts the lead far out by itself the mix keeps some: it is not to be covered more than in the font.
    assert -6.0 <= level - 0.65 * gain_db <= (0.6 if quieter_db > 0 else -2.5)
    assert level < 0


def test_duos_have_no_lead_that_hides_the_other() -> None:
    settled = settle(Mix(faders=(Fader("Piano", gain_db=-4.0),)), STRIPS[:2], MEASURES[:2])
    pair = [through(c, s.copy()) for c, (_, s) in zip(settled.channels, tuple(SOUNDS.values())[:2], strict=True)]
    assert -4.5 <= loudness(pair[0], RATE) - loudness(pair[0] + pair[1], RATE) <= -0.8


def test_effects_never_count_as_what_covers_the_lead() -> None:
    noise = measured(sound(200, 12000, -6))
    plain = settle(Mix(), STRIPS, MEASURES)
    noisy = settle(Mix(), (*STRIPS, strip("Effects", "effects")), (*MEASURES, noise))
    assert noisy.channels[:-1] == plain.channels


@pytest.mark.parametrize("count", [1, 2, 63, 4000])
def test_a_strip_of_next_to_nothing_has_a_gain(count: int) -> None:
    samples = np.full((count, 2), 0.25, np.float32)
    found = settle(Mix(), (strip("Voice", "lead"), STRIPS[1]), (measured(samples), MEASURES[1]))
    assert all(np.isfinite(channel.gain_db) for channel in found.channels)
