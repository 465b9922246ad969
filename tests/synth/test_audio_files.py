"""Audio files: what is written is read back by others, equal samples make equal bytes, all or nothing is there."""

from __future__ import annotations

import errno
import io
import struct
import wave
from pathlib import Path

import numpy as np
import pytest
import soundfile
from hypothesis import given
from hypothesis import strategies as st
from scipy.signal import resample_poly

from partimento.synth import audio_files, wav
from partimento.synth.audio_files import AudioWriter, StemFiles, check_format, file_name, read_audio, whole_file
from partimento.synth.signal import Samples
from partimento.theory.errors import OutputError, RenderError

RATE = 44100


def noise(count: int, level: float = 0.1, seed: int = 1) -> Samples:
    """White noise, the same every time."""
    return (level * np.random.RandomState(seed).standard_normal((count, 2))).astype(np.float32)


def tone(seconds: float, rate: int, hz: float = 440.0) -> Samples:
    """A sine left, its half right."""
    left = 0.5 * np.sin(2 * np.pi * hz * np.arange(round(seconds * rate)) / rate)
    return np.stack((left, 0.5 * left), axis=1).astype(np.float32)


def written(
    path: Path, samples: Samples, bits: str | None = None, cuts: tuple[int, ...] = (), rate: int = RATE
) -> Path:
    """The samples in a file, written in pieces."""
    with AudioWriter(path, rate, path.suffix[1:], bits) as writer:
        for part in np.split(samples, cuts):
            writer.write(part)
    return path


@pytest.mark.parametrize(
    ("name", "bits", "within"),
    [("x.wav", "16", 5e-5), ("x.wav", "24", 2e-7), ("x.wav", "32f", 0.0), ("x.flac", "16", 5e-5),
     ("x.flac", "24", 2e-7)],
)  # fmt: skip
@pytest.mark.parametrize("rate", [44100, 48000])
def test_what_is_written_is_read_back(tmp_path: Path, name: str, bits: str, within: float, rate: int) -> None:
    samples = np.clip(noise(50_001), -0.9, 0.9)
    back, found = soundfile.read(written(tmp_path / name, samples, bits, (7, 20_000), rate), dtype="float32")
    assert found == rate and back.shape == samples.shape
    # Others divide by a power of two, we multiply by one less, so that 1.0 is no overflow.
    assert np.abs(back - samples).max() <= within + (0.0 if bits == "32f" else 1 / 32768 if bits == "16" else 2e-7)


@pytest.mark.parametrize("name", ["x.ogg", "x.mp3"])
def test_lossy_files_sound_alike(tmp_path: Path, name: str) -> None:
    samples = tone(2.0, RATE)
    back, rate = soundfile.read(written(tmp_path / name, samples), dtype="float32")
    assert rate == RATE and abs(len(back) - len(samples)) < 4000
    middle = np.abs(np.fft.rfft(back[RATE // 2 : RATE // 2 + RATE, 0]))
    assert int(middle.argmax()) == 440


def test_a_wav_header_is_read_by_others(tmp_path: Path) -> None:
    path = written(tmp_path / "x.wav", noise(1000), "16")
    with wave.open(str(path)) as file:
        assert (file.getnchannels(), file.getsampwidth(), file.getframerate(), file.getnframes()) == (2, 2, RATE, 1000)
    data = path.read_bytes()
    assert struct.unpack("<I", data[4:8])[0] == len(data) - 8
    with wave.open(str(written(tmp_path / "y.wav", noise(1000), "24"))) as file:
        assert file.getsampwidth() == 3


def test_beyond_four_gigabytes_it_is_rf64(tmp_path: Path) -> None:
    frames = 4 * 3600 * 48000
    data = wav.header(48000, "32f", frames)
    assert data[:4] == b"RF64" and data[12:16] == b"ds64"
    whole, inside, count = struct.unpack("<QQQ", data[20:44])
    assert inside == frames * 8 and count == frames and whole == len(data) - 8 + inside
    assert len(data) == len(wav.header(48000, "32f", 10)), "the header keeps its length when it is completed"
    path = tmp_path / "long.wav"
    with path.open("wb") as file:  # sparse: its samples are never written
        file.write(data)
        file.truncate(len(data) + inside)
    found = soundfile.info(str(path))
    assert (found.frames, found.samplerate, found.channels) == (frames, 48000, 2)


def test_an_open_ended_header_is_read_from_a_pipe() -> None:
    data = wav.header(RATE, "16", None) + wav.encoded(noise(500), "16").tobytes()
    back, rate = soundfile.read(io.BytesIO(data))
    assert rate == RATE and len(back) == 500


@given(st.lists(st.integers(0, 3000), max_size=4))
def test_how_it_is_cut_does_not_show(cuts: list[int]) -> None:
    samples = noise(3000)
    dither, again = wav.Dither(), wav.Dither()
    whole = wav.encoded(samples, "16", dither).tobytes()
    assert b"".join(wav.encoded(part, "16", again).tobytes() for part in np.split(samples, sorted(cuts))) == whole


def test_dither_has_no_pattern_of_the_signal_and_spares_silence() -> None:
    quiet = np.full((200_000, 2), 0.3 / 32767, np.float32)
    out = wav.whole_numbers(quiet, "16", wav.Dither())
    assert out.mean() == pytest.approx(0.3, abs=0.01)  # without dither: 0
    assert set(np.unique(out).tolist()) <= {-1, 0, 1, 2}
    assert not wav.whole_numbers(np.zeros((1000, 2), np.float32), "16", wav.Dither()).any()


@pytest.mark.parametrize("bits", ["16", "24", "32f"])
def test_silence_is_a_hole_and_reads_as_silence(tmp_path: Path, bits: str) -> None:
    samples = noise(400_000)
    samples[50_000:350_000] = 0
    samples[390_000:] = 0
    cuts = (50_000, 350_000, 390_000)
    back, _ = soundfile.read(written(tmp_path / "x.wav", samples, bits, cuts), dtype="float32")
    plain, _ = soundfile.read(written(tmp_path / "y.wav", samples, bits), dtype="float32")
    assert len(back) == 400_000 and np.array_equal(back, plain)
    assert not back[50_000:350_000].any() and not back[390_000:].any()
    assert (tmp_path / "x.wav").read_bytes() == (tmp_path / "y.wav").read_bytes()


def test_too_loud_is_clipped_and_not_wrapped() -> None:
    loud = np.array([[1.5, -1.5]], np.float32)
    for bits, most in (("16", 32767), ("24", 8388607)):
        assert wav.whole_numbers(loud, bits, wav.Dither()).tolist() == [[most, -most]]


def test_equal_samples_make_equal_bytes(tmp_path: Path) -> None:
    for name, bits in (("x.wav", "16"), ("x.wav", "32f"), ("x.flac", "24")):
        first = written(tmp_path / name, noise(5000), bits).read_bytes()
        assert written(tmp_path / name, noise(5000), bits, (100, 3000)).read_bytes() == first


@pytest.mark.parametrize(
    ("format", "bits", "rate", "said"),
    [("wave", None, RATE, "Did you mean 'wav'"), ("flac", "32f", RATE, "16 or 24"),
     ("mp3", "16", RATE, "has none to choose"), ("wav", "16", 22050, "44100, 48000")],
)  # fmt: skip
def test_what_cannot_be_written_is_one_line(format: str, bits: str | None, rate: int, said: str) -> None:
    with pytest.raises(OutputError, match=said) as caught:
        check_format(format, bits, rate)
    assert "\n" not in str(caught.value)


def test_a_file_appears_whole_or_not_at_all(tmp_path: Path) -> None:
    target = tmp_path / "deep" / "x.wav"
    with pytest.raises(KeyboardInterrupt), whole_file(target) as place:
        written(place, noise(100))
        raise KeyboardInterrupt
    assert list(tmp_path.iterdir()) == []
    with whole_file(target) as place:
        written(place, noise(100))
    assert [path.name for path in target.parent.iterdir()] == ["x.wav"]
    before = target.read_bytes()
    with pytest.raises(OutputError, match="is there already"), whole_file(target):
        pass
    with pytest.raises(RuntimeError), whole_file(target, force=True) as place:
        written(place, noise(200))
        raise RuntimeError
    assert target.read_bytes() == before
    with whole_file(target, force=True) as place:
        written(place, noise(200))
    assert len(target.read_bytes()) > len(before)


def test_a_folder_is_never_taken_for_a_file(tmp_path: Path) -> None:
    (tmp_path / "x.wav").mkdir()
    (tmp_path / "x.wav" / "kept").touch()
    with pytest.raises(OutputError, match="is a folder"), whole_file(tmp_path / "x.wav", force=True):
        pass
    assert (tmp_path / "x.wav" / "kept").exists()


def test_a_full_disk_is_one_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> bytes:
        raise OSError(errno.ENOSPC, "No space left on device")

    writer = AudioWriter(tmp_path / "x.wav", RATE)
    monkeypatch.setattr(wav, "encoded", full)
    with pytest.raises(OutputError, match="x.wav.*No space left on device"), writer:
        writer.write(noise(10))


def test_an_unwritable_place_is_one_line(tmp_path: Path) -> None:
    for name in ("x.wav", "x.flac", "x.ogg"):
        with pytest.raises(OutputError, match="cannot be written"):
            AudioWriter(tmp_path / "nowhere" / name, RATE, name[2:])


def test_stems_lie_side_by_side(tmp_path: Path) -> None:
    names = ("Drums/kick", "Lead Vocal", "../é:x")
    with StemFiles(tmp_path / "stems", RATE, "wav", "24") as stems:
        stems.begin(names)
        for number in range(3):
            stems.write(number, noise(100, seed=number))
    assert [path.name for path in stems.paths] == ["01-Drums-kick.wav", "02-Lead Vocal.wav", "03-é-x.wav"]
    for number, path in enumerate(stems.paths):
        back, _ = soundfile.read(path, dtype="float32")
        assert np.abs(back - noise(100, seed=number)).max() < 1e-6
    assert stems.clipped == {}


def test_stems_too_loud_are_named(tmp_path: Path) -> None:
    for bits, told in (("24", {"Tom": 1.5}), ("32f", {})):
        with StemFiles(tmp_path / bits, RATE, "wav", bits) as stems:
            stems.begin(("Tom",))
            stems.write(0, np.full((10, 2), -1.5, np.float32))
        assert stems.clipped == told


@given(st.text(max_size=100))
def test_any_name_makes_a_file_name(name: str) -> None:
    made = file_name(name)
    assert made and not set(made) & set('/\\:*?"<>|\0\n') and not made.startswith(".") and len(made) <= 80


@pytest.mark.parametrize(
    ("ours", "theirs"), [(44100, 44100), (44100, 48000), (48000, 44100), (44100, 22050), (44100, 96000)]
)
@pytest.mark.parametrize("channels", [1, 2])
def test_recordings_are_brought_to_our_rate(tmp_path: Path, ours: int, theirs: int, channels: int) -> None:
    samples = tone(4.0, theirs)[:, :channels]
    soundfile.write(tmp_path / "x.wav", samples, theirs, subtype="FLOAT")
    file = read_audio(tmp_path / "x.wav")
    assert file.seconds == pytest.approx(4.0) and file.channels == channels
    source = file.open(ours)
    parts = []
    while len(part := source.read(30_001)):
        parts.append(part)
    source.close()
    back = np.concatenate(parts)
    assert abs(len(back) - 4 * ours) <= 1 and back.dtype == np.float32
    expected = tone(4.0, ours)
    if channels == 1:
        expected[:, 1] = expected[:, 0]
    middle = slice(ours // 10, -ours // 10)
    assert np.abs(back[: 4 * ours][middle] - expected[: len(back)][middle]).max() < 2e-3
    assert all(len(part) == 30_001 for part in parts[:-1])


def test_resampling_shows_no_seams(tmp_path: Path) -> None:
    samples = noise(200_000)
    soundfile.write(tmp_path / "x.wav", samples, 48000, subtype="FLOAT")
    source = read_audio(tmp_path / "x.wav").open(44100)
    assert isinstance(source, audio_files.RecordingSource)
    back = source.read(1 << 20)
    source.close()
    whole = resample_poly(samples, 147, 160, axis=0, window=source._taps)
    assert len(back) == len(whole) and np.abs(back - whole).max() < 1e-6


def test_recordings_that_cannot_be_read_are_one_line(tmp_path: Path) -> None:
    soundfile.write(tmp_path / "many.wav", np.zeros((10, 6)), RATE)
    soundfile.write(tmp_path / "empty.wav", np.zeros((0, 2)), RATE)
    (tmp_path / "none.wav").write_bytes(b"nothing")
    for name, said in (("many.wav", "6 channels"), ("empty.wav", "no sound"), ("none.wav", "no audio file"),
                       ("lacks.wav", "cannot be read"), ("", "cannot be read")):  # fmt: skip
        with pytest.raises(RenderError, match=said) as caught:
            read_audio(tmp_path / name)
        assert "\n" not in str(caught.value)


def test_numbers_that_are_no_sound_are_clipped(tmp_path: Path) -> None:
    numbers = [1e30, -np.inf, np.nan, -3e38, 0.5, 1e-41, -1e-20]
    soundfile.write(tmp_path / "x.wav", np.array(numbers, np.float32), RATE, subtype="FLOAT")
    source = read_audio(tmp_path / "x.wav").open(RATE)
    assert source.read(10)[:, 1].tolist() == [1e4, 0.0, 0.0, -1e4, 0.5, 0.0, 0.0]
    source.close()
