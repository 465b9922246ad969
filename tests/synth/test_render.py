"""Whole pieces to sound: as loud as asked, no clipping, stems that sum, the same bytes whatever the threads."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pyebur128
import pytest

from partimento.commands.doctor import find_libfluidsynth
from partimento.composer.compose import compose, last_release_s
from partimento.score.brief import Brief
from partimento.score.midi_read import read_midi
from partimento.score.midi_write import midi_bytes
from partimento.score.mix import Fader, Mix
from partimento.score.performance import Performance, PlayedNote, PlayedTrack
from partimento.score.song import Song, TempoChange, Track
from partimento.soundfonts.finding import find_soundfonts
from partimento.synth import render as module
from partimento.synth.mixer import Mixed
from partimento.synth.piece import piece_of_midi, piece_of_song
from partimento.synth.render import Rendered, render, render_song
from partimento.synth.signal import Samples, Source, Strip
from partimento.synth.spill import Spill
from partimento.theory.errors import BriefError, OutputError, RenderError

RATE = 44100
needs_library = pytest.mark.skipif(find_libfluidsynth() is None, reason="libfluidsynth is missing")


class Sound:
    """A Source of given samples."""

    def __init__(self, samples: Samples) -> None:
        self._samples, self._at = samples, 0
        self.closed = False

    def read(self, count: int) -> Samples:
        """The next of them."""
        part = self._samples[self._at : self._at + count].copy()
        self._at += len(part)
        return part

    def close(self) -> None:
        """Remember it."""
        self.closed = True


def strip(name: str, role: str, samples: Samples, opened: list[Sound] | None = None) -> Strip:
    """A strip of given samples."""

    def open_sound(_: int) -> Source:
        sound = Sound(samples)
        if opened is not None:
            opened.append(sound)
        return sound

    return Strip(name, role, open_sound, (0.0,), len(samples) / RATE)


def tone(hz: float, seconds: float, level: float = 0.2) -> Samples:
    """A sine with a short fade at both ends."""
    count = round(seconds * RATE)
    fade = np.minimum(1.0, np.minimum(np.arange(count), np.arange(count)[::-1]) / 500)
    wave = level * fade * np.sin(2 * np.pi * hz * np.arange(count) / RATE)
    return np.repeat(wave.astype(np.float32)[:, None], 2, axis=1)


def beats(seconds: float) -> Samples:
    """Thuds, twice a second."""
    out = np.zeros((round(seconds * RATE), 2), np.float32)
    thud = tone(60, 0.1, 0.7) * np.exp(-np.arange(4410) / 900).astype(np.float32)[:, None]
    for start in range(0, len(out) - 4410, RATE // 2):
        out[start : start + 4410] += thud
    return out


def band(opened: list[Sound] | None = None) -> tuple[Strip, ...]:
    """A lead, a bass and a kick, and something without a role."""
    return (
        strip("Lead", "lead", tone(880, 6.0), opened), strip("Bass", "bass", tone(110, 6.5), opened),
        strip("Drums/kick", "kick", beats(6.0), opened), strip("Found", "", tone(1500, 1.0, 0.02), opened),
    )  # fmt: skip


MIX = Mix(lufs=-18.0, faders=(Fader("Lead", hall=0.3, delay=0.2), Fader("Bass", duck_db=3.0, room=0.1)))


class Collected:
    """Stems in memory."""

    def __init__(self) -> None:
        self.names: tuple[str, ...] = ()
        self.parts: list[list[Samples]] = []

    def begin(self, names: Sequence[str]) -> None:
        """Their names."""
        self.names, self.parts = tuple(names), [[] for _ in names]

    def write(self, number: int, samples: Samples) -> None:
        """More of one."""
        self.parts[number].append(samples.copy())


class Ear:
    """Hears all three places."""

    def __init__(self) -> None:
        self.bus: list[Samples] = []
        self.dry_count = self.final_count = 0

    def dry(self, strips: Sequence[Samples | None], count: int) -> None:
        """Before the mix."""
        self.dry_count += count

    def mixed(self, mixed: Mixed) -> None:
        """After it."""
        self.bus.append(mixed.bus.copy())

    def final(self, samples: Samples) -> None:
        """The result."""
        self.final_count += len(samples)


def rendered(
    strips: Sequence[Strip], folder: Path, mix: Mix = MIX, **more: object
) -> tuple[Samples, Rendered]:
    """The result as one array, and what is told of it."""
    parts: list[Samples] = []
    told = render(strips, mix, lambda tick: tick / 960, RATE, folder, write=parts.append, **more)  # type: ignore[arg-type]
    return np.concatenate(parts), told


def judged(samples: Samples) -> tuple[float, float]:
    """(LUFS, true peak in dB) by pyebur128."""
    state = pyebur128.R128State(2, RATE, pyebur128.MeasurementMode.MODE_I | pyebur128.MeasurementMode.MODE_TRUE_PEAK)
    state.add_frames(np.ascontiguousarray(samples).reshape(-1), len(samples))
    peak = max(pyebur128.get_true_peak(state, channel) for channel in (0, 1))
    return pyebur128.get_loudness_global(state), 20 * float(np.log10(peak))


def test_it_is_as_loud_as_asked_and_stems_sum_to_the_mixs_input(tmp_path: Path) -> None:
    stems, ear, opened = Collected(), Ear(), list[Sound]()
    told: list[tuple[int, int]] = []
    sound, result = rendered(
        band(opened), tmp_path, stems=stems, listener=ear, progress=lambda done, of: told.append((done, of))
    )
    lufs, peak_db = judged(sound)
    assert lufs == pytest.approx(-18.0, abs=0.3) and peak_db <= -1.0
    assert result.mastered.lufs == pytest.approx(lufs, abs=0.1)
    assert stems.names == result.stems == ("Lead", "Bass", "Drums/kick", "Found", "Room", "Hall", "Delay")
    joined = [np.concatenate(part) for part in stems.parts]
    bus = np.concatenate(ear.bus)
    assert {len(part) for part in joined} == {len(sound)} == {len(bus)} == {result.frames} == {ear.final_count}
    assert np.abs(np.sum(joined, axis=0, dtype=np.float64) - bus).max() < 10 ** (-90 / 20)
    assert ear.dry_count >= 6.5 * RATE
    assert len(opened) == 4 and all(source.closed for source in opened)
    assert told[-1] == (1000, 1000) and [done for done, _ in told] == sorted(done for done, _ in told)
    assert [stage for stage, _ in result.spent] == ["strips", "settle", "mix", "master"]
    assert list(tmp_path.iterdir()) == []


def test_threads_and_order_do_not_show(tmp_path: Path) -> None:
    first, _ = rendered(band(), tmp_path, threads=1)
    for threads in (2, 3):
        assert np.array_equal(rendered(band(), tmp_path, threads=threads)[0], first)


def test_a_settled_mix_gives_the_same_sound_and_is_not_measured(tmp_path: Path) -> None:
    first, told = rendered(band(), tmp_path, fits="this")
    assert told.settled.fits == "this" and len(told.measures) == 4
    opened: list[Sound] = []
    again, second = rendered(band(opened), tmp_path, settled=told.settled)
    assert np.array_equal(again, first) and second.measures == ()
    assert len(opened) == 4 and all(source.closed for source in opened)


def test_without_room_on_the_disk_strips_are_played_twice(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first, _ = rendered(band(), tmp_path)
    monkeypatch.setattr(module, "room_for", lambda folder, needed: False)
    opened: list[Sound] = []
    assert np.array_equal(rendered(band(opened), tmp_path)[0], first)
    assert len(opened) == 8


def test_a_long_piece_lets_go_of_its_fonts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    freed: list[bool] = []
    monkeypatch.setattr(module, "free_fonts", lambda: freed.append(True))
    rendered(band(), tmp_path)
    assert not freed
    monkeypatch.setattr(module, "_LONG_S", 1.0)
    rendered(band(), tmp_path)
    assert freed == [True]


def test_mute_and_solo(tmp_path: Path) -> None:
    opened: list[Sound] = []
    muted, told = rendered(band(opened), tmp_path, replace(MIX, faders=(Fader("Lead", mute=True),)))
    assert len(opened) == 3 and told.settled.channels[0].silent
    spectrum = np.abs(np.fft.rfft(muted[RATE : 2 * RATE, 0]))
    assert spectrum[880] < 1e-2 * spectrum[110]
    solo, _ = rendered(band(), tmp_path, replace(MIX, faders=(Fader("Lead", solo=True),)))
    spectrum = np.abs(np.fft.rfft(solo[RATE : 2 * RATE, 0]))
    assert spectrum[110] < 1e-2 * spectrum[880]
    with pytest.raises(BriefError, match="muted"):
        rendered(band()[:1], tmp_path, replace(MIX, faders=(Fader("Lead", mute=True),)))


def test_it_ends_when_the_sound_has_died_away(tmp_path: Path) -> None:
    sound, _ = rendered((strip("A", "lead", np.concatenate((tone(440, 2.0), np.zeros((9 * RATE, 2), np.float32)))),),
                        tmp_path, Mix(lufs=-20.0, faders=(Fader("A", hall=0.0),)))  # fmt: skip
    assert 2.0 < len(sound) / RATE < 2.5
    assert np.abs(sound[-10:]).max() < 1e-4


@pytest.mark.parametrize("count", [63, 64, 5000])
def test_next_to_nothing_is_rendered(tmp_path: Path, count: int) -> None:
    click = np.full((count, 2), 0.5, np.float32)
    sound, _ = rendered((strip("A", "lead", click),), tmp_path)
    assert np.isfinite(sound).all() and len(sound) >= count and np.abs(sound).max() <= 1.0


def test_silence_is_rendered(tmp_path: Path) -> None:
    sound, _ = rendered((strip("A", "lead", np.zeros((RATE, 2), np.float32)),), tmp_path)
    assert not sound.any()


def test_nothing_to_play_and_too_much_are_one_line(tmp_path: Path) -> None:
    with pytest.raises(RenderError, match="nothing to play"):
        rendered((), tmp_path)
    with pytest.raises(RenderError, match="at most 24"):
        rendered((replace(strip("A", "", tone(440, 0.1)), end=25 * 3600.0),), tmp_path)


def test_a_failure_in_a_thread_is_told_and_leaves_nothing(tmp_path: Path) -> None:
    class Broken(Sound):
        def read(self, count: int) -> Samples:
            raise RenderError("FluidSynth failed while it played.")

    opened: list[Sound] = []
    broken = replace(band()[0], open=lambda rate: Broken(tone(1, 0.1)))
    with pytest.raises(RenderError, match="FluidSynth failed"):
        rendered((*band(opened), broken), tmp_path)
    assert all(source.closed for source in opened) and list(tmp_path.iterdir()) == []


def test_a_full_disk_midway_is_one_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real = Spill._append

    def fills_up(self: Spill, samples: Samples) -> None:
        if self.length > 2 * RATE:
            raise self._failed(OSError(28, "No space left on device"))
        real(self, samples)

    monkeypatch.setattr(Spill, "_append", fills_up)
    with pytest.raises(OutputError, match=r"No space left on device.*another disk"):
        rendered(band(), tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_interrupted_it_stops(tmp_path: Path) -> None:
    def interrupt(done: int, of: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        rendered(band(), tmp_path, progress=interrupt)
    assert list(tmp_path.iterdir()) == []


@pytest.fixture(scope="module")
def font() -> Path:
    return min(find_soundfonts(), key=lambda each: each.size_bytes).path


@pytest.fixture(scope="module")
def song() -> Song:
    return compose(Brief(genre="pop", bars=8, seed=3, tempo_bpm=120.0))


@pytest.fixture(scope="module")
def sound(song: Song, font: Path) -> Samples:
    return render_song(song, font)[0]


@needs_library
def test_a_song_is_as_loud_as_asked_and_never_clips(song: Song, sound: Samples) -> None:
    lufs, peak_db = judged(sound)
    assert lufs == pytest.approx(song.mix.lufs, abs=0.3) and peak_db <= -1.0
    assert np.abs(sound.mean(axis=0)).max() < 1e-3
    assert last_release_s(song) * RATE < len(sound) < (last_release_s(song) + 16) * RATE
    assert np.abs(sound[-10:]).max() < 1e-4


@needs_library
def test_a_song_gives_the_same_samples_every_time(song: Song, sound: Samples, font: Path) -> None:
    assert np.array_equal(render_song(song, font, threads=1)[0], sound)


@needs_library
def test_other_rates_and_excerpts(song: Song, sound: Samples, font: Path) -> None:
    part, rate = render_song(song, font, rate=48000, start_s=2.0, end_s=5.0)
    assert rate == 48000 and 3.0 < len(part) / rate < 3.0 + 13


@needs_library
def test_any_midi_file_sounds(song: Song, font: Path, tmp_path: Path) -> None:
    piece = piece_of_midi(read_midi(midi_bytes(song)), font)
    samples, _ = rendered(piece.strips, tmp_path, piece.mix)
    assert judged(samples)[0] == pytest.approx(-16.0, abs=0.3)


@needs_library
def test_songs_with_nothing_or_next_to_nothing(song: Song, font: Path) -> None:
    with pytest.raises(RenderError, match="nothing to play"):
        render_song(replace(song, performance=Performance()), font)
    short = replace(
        song, tracks=(Track("A", "lead", "flute"),),
        performance=Performance((PlayedTrack("A", 0, 73, (PlayedNote(0, 1, 60, 100),)),)),
    )  # fmt: skip
    assert np.isfinite(render_song(short, font)[0]).all()


@needs_library
def test_an_absurd_tempo_is_one_line(song: Song, font: Path) -> None:
    with pytest.raises(RenderError, match="at most 24"):
        render_song(replace(song, tempos=(TempoChange(0, 0.001),)), font)


@needs_library
def test_what_a_mix_fits_changes_with_all_that_it_was_measured_on(song: Song, font: Path) -> None:
    first = piece_of_song(song, font).fits
    assert piece_of_song(song, font).fits == first
    other = replace(song, mix=replace(song.mix, lufs=-20.0))
    faster = replace(song, tempos=(TempoChange(0, 121.0),))
    assert len({first, piece_of_song(other, font).fits, piece_of_song(faster, font).fits}) == 3
    assert piece_of_song(song, font, lufs=-20.0).fits == piece_of_song(other, font).fits
    assert piece_of_song(song, font).beat_s == pytest.approx(0.5)
