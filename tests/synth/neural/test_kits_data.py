"""Strokes struck from a font: each once, gone on with where a run was stopped, and held-out velocities kept apart."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from partimento.soundfonts.finding import find_soundfonts
from partimento.synth.font_probe import fluidsynth_version
from partimento.synth.neural import kits_data
from partimento.synth.neural.kits_data import HELD_OUT, HELD_S, Drum, KitsData, make_kits_data, read_kits_data
from partimento.synth.neural.kits_layers import alike, power, ratio, rest, slope, thinned
from partimento.synth.neural.teacher import Teacher
from partimento.synth.signal import Samples
from partimento.tests.soundfonts import small_font
from partimento.theory.errors import RenderError, TrainingError

try:
    fluidsynth_version()
    _missing = ""
except RenderError as error:
    _missing = str(error)
needs_fluidsynth = pytest.mark.skipif(bool(_missing), reason=_missing or "there")

ZONES = {(0, 0): (60, 62), (128, 0): (59, 60), (128, 8): (60, 60)}
"""Two kits, the second of which has one drum that the first has too."""


@pytest.fixture(scope="module", autouse=True)
def short() -> Iterator[None]:
    """The small font's sine never rings out."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(kits_data, "LONGEST_S", 0.6)
        yield


@pytest.fixture(scope="module")
def font(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return small_font.write_font(tmp_path_factory.mktemp("font") / "small.sf2", ZONES)


@pytest.fixture(scope="module")
def folder(font: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("struck") / "kits"
    make_kits_data(font, folder, lambda line: None)
    return folder


@pytest.fixture(scope="module")
def data(folder: Path) -> KitsData:
    return read_kits_data(folder)


@needs_fluidsynth
def test_every_key_that_sounds_is_struck_and_what_is_shared_is_kept_once(folder: Path, data: KitsData) -> None:
    assert {kit: set(drums) for kit, drums in data.kits.items()} == {0: {59, 60}, 8: {60}}
    assert data.kits[0][60] == data.kits[8][60]
    assert len(list((folder / "strokes").iterdir())) == 2


@needs_fluidsynth
@pytest.mark.parametrize("velocity", [*HELD_OUT, 100])
def test_a_layer_tells_the_level_of_velocities_that_were_not_struck(font: Path, data: KitsData, velocity: int) -> None:
    (layer,) = data.kits[0][60].layers
    wanted = Teacher(font).note(0, 60, velocity, 0.5, 0.0, drums=True)[:22000]  # while it is held
    found = data.stroke(layer.stroke)[: len(wanted)] * np.float32(layer.level(velocity))
    assert rest(found, wanted) < 1e-4
    assert (layer.low, layer.high) == (8, 124)


@needs_fluidsynth
def test_a_release_is_measured(font: Path, data: KitsData) -> None:
    drum: Drum = data.kits[0][60]
    assert drum.exclusive == 0
    assert drum.fade > 1000  # the font's releases are FluidSynth's shortest


@needs_fluidsynth
def test_held_out_strokes_are_the_teachers(font: Path, data: KitsData) -> None:
    found = list(data.held_out())
    assert found and all(velocity in HELD_OUT for _, _, velocity, _ in found)
    kit, key, velocity, sound = found[0]
    wanted = Teacher(font).note(kit, key, velocity, HELD_S, 0.5, drums=True)
    assert rest(sound, wanted[: len(sound)]) < 1e-5


@needs_fluidsynth
def test_hi_hats_are_of_one_class_and_snares_of_none(tmp_path: Path) -> None:
    smallest = min(find_soundfonts(), key=lambda each: each.size_bytes).path
    maker = kits_data._Maker(smallest, tmp_path)
    closed, opened, snare = (maker._strike(0, key, 100)[1] for key in (42, 46, 38))
    assert closed == opened > 0 == snare


@needs_fluidsynth
def test_a_run_that_was_stopped_goes_on_to_the_same(font: Path, folder: Path, tmp_path: Path) -> None:
    other = tmp_path / "kits"

    def stop(line: str) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        make_kits_data(font, other, stop)
    with pytest.raises(TrainingError, match="manifest.json"):
        read_kits_data(other)
    done = (other / "kit-000.json").stat().st_mtime_ns
    make_kits_data(font, other, lambda line: None)
    assert (other / "kit-000.json").stat().st_mtime_ns == done
    names = {path.relative_to(folder) for path in folder.rglob("*")}
    assert names == {path.relative_to(other) for path in other.rglob("*")}
    assert all(
        (other / name).read_bytes() == (folder / name).read_bytes() for name in names if (folder / name).is_file()
    )


@needs_fluidsynth
def test_another_fonts_folder_is_left_alone(folder: Path, tmp_path: Path) -> None:
    other = small_font.write_font(tmp_path / "other.sf2", {(128, 0): (50, 50)})
    with pytest.raises(TrainingError, match="another SoundFont than 'other.sf2'"):
        make_kits_data(other, folder, lambda line: None)


@needs_fluidsynth
def test_a_font_that_is_none_is_told(tmp_path: Path) -> None:
    (tmp_path / "bad.sf2").write_bytes(b"none")
    with pytest.raises(RenderError, match=r"bad\.sf2"):
        make_kits_data(tmp_path / "bad.sf2", tmp_path / "kits", lambda line: None)


@pytest.mark.parametrize("text", ["", "[]", '{"kits": 3}', '{"format": "x"}'])
def test_a_damaged_manifest_is_told(tmp_path: Path, text: str) -> None:
    (tmp_path / "manifest.json").write_text(text)
    with pytest.raises(TrainingError, match="cannot be read"):
        read_kits_data(tmp_path)


def test_a_damaged_kit_is_told(tmp_path: Path) -> None:
    manifest = {"format": "partimento-kits-data-1", "soundfont": "x", "kits": [0]}
    (tmp_path / "manifest.json").write_text(json.dumps(manifest))
    (tmp_path / "kit-000.json").write_text('{"36": {"layers": 3}}')
    with pytest.raises(TrainingError, match="cannot be read"):
        read_kits_data(tmp_path)


def tone(hertz: float, samples: int = 4000) -> Samples:
    wave = np.sin(2 * np.pi * hertz * np.arange(samples) / 44100)
    return np.stack((wave, wave), axis=1).astype(np.float32)


def test_what_differs_in_level_alone_is_alike() -> None:
    assert alike(tone(300), 0.2 * tone(300)) < 1e-9 and abs(ratio(tone(300), 0.2 * tone(300)) - 0.2) < 1e-6
    assert alike(tone(300), tone(500)) > 0.9 and rest(tone(300), 0.5 * tone(300)) == pytest.approx(1.0)
    assert rest(tone(300, 2000), tone(300)) == pytest.approx(0.5, rel=0.05)
    assert alike(tone(300)[:0], tone(300)[:0]) == 0.0 and alike(tone(300)[:0], tone(300)) == 1.0


def test_levels_rise_by_a_power_of_velocity() -> None:
    assert power(0.25 * tone(300), tone(300), 50, 100) == pytest.approx(2.0)
    assert power(tone(300), tone(300), 100, 100) == 2.0 == power(tone(300)[:0], tone(300), 50, 100)
    sounds = {50: 0.25 * tone(300), 70: tone(400)[:0], 100: tone(500)}
    assert slope(50, sounds) == pytest.approx(2.0, abs=0.05)
    assert slope(70, sounds) == 2.0 == slope(50, {50: tone(300)})


def test_a_timbre_between_two_others_is_not_kept_unless_it_begins_at_once() -> None:
    sounds = {20: tone(300), 40: tone(300) + tone(500), 60: tone(500)}
    assert thinned([[20], [40], [60]], set(), sounds) == [[20], [60]]
    assert thinned([[20], [40], [60]], {40}, sounds) == [[20], [40], [60]]
    assert thinned([[20], [40], [60]], {60}, sounds) == [[20], [40], [60]]
    sounds[40] = tone(800)
    assert thinned([[20], [40], [60]], set(), sounds) == [[20], [40], [60]]
    assert thinned([[20]], set(), sounds) == [[20]]


class Struck(kits_data._Maker):
    """A drum of two timbres, the second from velocity 61 on, whose level is bound from about 100 on; and one whose
    timbre goes over from one into another all the way."""

    def _strike(self, kit: int, key: int, velocity: int, held_s: float | None = None) -> tuple[Samples, int]:
        assert velocity not in HELD_OUT
        share = velocity / 127 if key == 1 else float(velocity >= 61)
        level = np.float32(0.5 * min((velocity / 127) ** 2, (100 / 127) ** 2))
        return ((1 - share) * tone(300) + share * tone(500)).astype(np.float32) * level, 3


def test_layers_are_found_by_striking_between(tmp_path: Path) -> None:
    drum = Struck(tmp_path / "none.sf2", tmp_path).drum(0, 0)
    assert drum is not None and drum.exclusive == 3
    soft, loud = drum.layers
    assert (soft.low, soft.high, loud.low, loud.high) == (8, 60, 61, 124)
    for velocity in (10, 45, 60, 61, 75, 92, 105, 127):
        layer = soft if velocity <= 60 else loud
        level = 0.5 * min(velocity / 127, 100 / 127) ** 2
        assert layer.level(velocity) == pytest.approx(level, rel=0.02)


def test_a_timbre_that_changes_all_the_way_has_few_layers(tmp_path: Path) -> None:
    drum = Struck(tmp_path / "none.sf2", tmp_path).drum(0, 1)
    assert drum is not None
    assert 2 <= len(drum.layers) <= 4 and (drum.layers[0].low, drum.layers[-1].high) == (8, 124)
