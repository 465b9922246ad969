"""The mix report: what it hears, says, writes and draws."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace

import numpy as np
import pytest

from partimento.score.brief import Brief
from partimento.score.mix import EqBand, Mix
from partimento.score.performance import Performance, PlayedTrack
from partimento.score.song import FinalBars, Song
from partimento.synth.report import (
    MixReport,
    ReportMeter,
    general_midi_volumes,
    pan_words,
    report_data,
    report_lines,
)
from partimento.synth.report_picture import HEIGHT, WIDTH, draw_report
from partimento.synth.settled import Channel, Settled, Squeeze
from partimento.synth.signal import Samples, Source, Strip

RATE = 44100
SECONDS = 4


@dataclass
class Bus:
    """A stretch of a mix."""

    bus: Samples
    strips: tuple[Samples | None, ...]


@dataclass
class Done:
    """What a master tells."""

    settled: Settled
    limited_db: float = 1.0


def tone(hz: float, gain: float) -> Samples:
    line = gain * np.sin(2 * np.pi * hz * np.arange(SECONDS * RATE) / RATE)
    return np.repeat(line[:, None], 2, axis=1).astype(np.float32)


def never(rate: int) -> Source:
    raise AssertionError


STRIPS = tuple(Strip(name, role, never, (0.0,), 4.0) for name, role in (("Voice", "lead"), ("Strings", "pad")))
CHANNELS = (
    Channel("Voice", "lead", 6.0, (EqBand("high-pass", 180.0),), Squeeze(-30.0, 3.0, 10.0, 100.0), pan=-0.3),
    Channel("Strings", "pad", -6.0, hall=0.3),
)


def heard(lead_gain: float = 0.2, pad_gain: float = 0.1, mix: Mix | None = None, **ways: float) -> MixReport:
    """A voice and strings an octave's part above it; before, both came with gain 0.1."""
    dry = (tone(1000.0, 0.1), tone(1040.0, 0.1))
    meter = ReportMeter(STRIPS, (1.0, 0.5), RATE, SECONDS)
    stems = (dry[0] * np.float32(lead_gain / 0.1), dry[1] * np.float32(pad_gain / 0.1))
    for start in range(0, SECONDS * RATE, 50_000):
        cut = slice(start, start + 50_000)
        meter.dry([part[cut] for part in dry], len(dry[0][cut]))
        meter.mixed(Bus(stems[0][cut] + stems[1][cut], tuple(stem[cut] for stem in stems)))
        final = (stems[0][cut] + stems[1][cut]) * np.float32(ways.get("final", 1.0))
        meter.final(final)
    mix = mix or Mix("pop", lufs=-14.0, spectrum=(0.0,) * 10)
    return meter.report(mix, Done(Settled(CHANNELS)), "A song", (("Intro", 0.0), ("$x^2 {verse}", 2.0)))


def test_before_is_as_loud_as_after() -> None:
    report = heard(0.3)
    assert report.before.lufs == pytest.approx(report.after.lufs, abs=0.01)
    assert report.before.crest_db != pytest.approx(report.after.crest_db, abs=1e-6)


def test_masking_is_that_of_the_lead_by_the_rest() -> None:
    # Both tones fall into the same band: before, the rest lies 6 dB under the lead; after, 12 over it.
    report = heard(0.05, 0.2)
    assert report.masking_before is not None and report.masking_after is not None
    assert report.masking_after - report.masking_before > 0.4
    assert any("lead is covered by up to" in note and "Strings" in note for note in report.notes)
    better = heard(0.4, 0.05)
    assert better.masking_after is not None and better.masking_after < report.masking_before
    assert not any("covered" in note for note in better.notes)


def test_levels_are_counted_against_the_whole() -> None:
    report = heard(0.2, 0.02)
    voice, strings = report.strips
    assert voice.level_db == pytest.approx(0.0, abs=0.2)
    assert strings.level_db == pytest.approx(-20.0, abs=0.4)
    assert voice.dry_lufs == pytest.approx(-20.0, abs=0.2)
    assert any("Strings is hardly heard" in note for note in heard(0.2, 0.002).notes)


def test_what_is_off_is_told_with_its_number() -> None:
    notes = " ".join(heard(final=0.1).notes)
    assert "off its target" in notes
    assert "passes -1" in " ".join(heard(final=20.0).notes)
    assert "goes" in " ".join(heard(lead_gain=1.2).notes) and "full scale" in " ".join(heard(lead_gain=1.2).notes)
    limited = heard(mix=Mix("pop", lufs=-14.0, limiting_db=0.2))
    assert any("limiter cuts by up to 1.0 dB" in note for note in limited.notes)


def test_a_song_without_a_lead_and_one_without_sound() -> None:
    meter = ReportMeter(STRIPS[1:], (1.0,), RATE, 1.0)
    silence = np.zeros((RATE, 2), np.float32)
    meter.dry([None], RATE)
    meter.mixed(Bus(silence, (None,)))
    meter.final(silence)
    report = meter.report(Mix(), Done(Settled(CHANNELS[1:]), 0.0))
    assert report.masking_before is report.masking_after is None
    assert report.notes[0] == "nothing is heard"
    json.dumps(report_data(report), allow_nan=False)
    assert report_lines(report) and draw_report(report)[:4] == b"\x89PNG"


def test_data_is_json_and_lines_are_a_table() -> None:
    report = heard()
    data = json.loads(json.dumps(report_data(report), allow_nan=False))
    assert data["after"]["lufs"] == pytest.approx(report.after.lufs, abs=0.001)
    assert data["strips"][0]["squeeze"]["ratio"] == 3.0
    assert data["masking_db"]["before"] is not None and len(data["after"]["octaves_off_db"]) == 10
    text = "\n".join(report_lines(report))
    assert "| Loudness (LUFS) |" in text and "| Voice | lead |" in text and "L30" in text
    muted = replace(report, strips=(replace(report.strips[0], channel=replace(CHANNELS[0], silent=True)),))
    rows = [line for line in report_lines(muted) if line.startswith("| Voice")]
    head = next(line for line in report_lines(muted) if line.startswith("| track"))
    assert "muted" in rows[0] and rows[0].count("|") == head.count("|")


def test_the_picture_has_its_size_and_is_the_same_twice() -> None:
    from io import BytesIO

    from PIL import Image

    report = heard()
    picture = draw_report(report)
    assert picture == draw_report(report)
    image = Image.open(BytesIO(picture))
    assert image.size == (WIDTH, HEIGHT)
    strange = replace(
        report, title="日本 $\\frac$ " * 20, notes=tuple(f"note {n} " * 9 for n in range(30)), spectrum=()
    )
    assert Image.open(BytesIO(draw_report(strange))).size == (WIDTH, HEIGHT)


def test_volumes_are_those_of_the_midi_file() -> None:
    tracks = (PlayedTrack("Voice", 0, 0, volume=127), PlayedTrack("Drums", 9, 0, volume=64))
    song = Song("", Brief(), (), (), (), (), FinalBars(0, "", ""), performance=Performance(tracks))
    strips = [Strip(name, role, never, (), 0.0) for name, role in (
        ("Voice", "lead"), ("Drums/kick", "kick"), ("Effects", "effects"),
    )]  # fmt: skip
    assert general_midi_volumes(song, strips) == pytest.approx((1.0, (64 / 127) ** 2, 0.0))


def test_pans_are_written_as_engineers_do() -> None:
    assert [pan_words(pan) for pan in (0.0, -0.3, 1.0, 0.001)] == ["C", "L30", "R100", "C"]
