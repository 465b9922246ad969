"""Broadcast Waves: the chunk as EBU Tech 3285 lays it out, in files that everybody still reads."""

from __future__ import annotations

import json
import shutil
import struct
import subprocess
from pathlib import Path

import numpy as np
import pytest
import soundfile
from hypothesis import given
from hypothesis import strategies as st

from partimento.synth.audio_files import AudioWriter
from partimento.synth.bwf import Broadcast, bext
from partimento.synth.wav import BITS, header
from partimento.theory.errors import BriefError

RATE = 48000
SAID = Broadcast("Étude in B♭: Drums", "abc123", "2025-01-31", "12:30:05", 96000, -14.25, -1.0)


def fields(chunk: bytes) -> tuple[object, ...]:
    """A chunk's fixed fields, text without its padding, then its history."""
    name, size = struct.unpack_from("<4sI", chunk)
    assert name == b"bext" and len(chunk) == 8 + size + size % 2
    values = struct.unpack_from("<256s32s32s10s8sQH64s5h180s", chunk, 8)
    return (*(v.rstrip(b"\0") if isinstance(v, bytes) else v for v in values), chunk[8 + 602 : 8 + size])


def test_the_fields_stand_where_the_standard_puts_them() -> None:
    unknown = 0x7FFF
    assert fields(bext(SAID, RATE, "24")) == (
        b"Etude in Bb: Drums", b"Partimento", b"abc123", b"2025-01-31", b"12:30:05", 96000, 2, b"",
        -1425, unknown, -100, unknown, unknown, b"", b"A=PCM,F=48000,W=24,M=stereo,T=Partimento\r\n",
    )  # fmt: skip


def test_what_is_not_known_is_not_said() -> None:
    _, _, reference, date, time, start, _, _, *loudness, _, _ = fields(bext(Broadcast("x"), 44100, "16"))
    assert (reference, date, time, start, loudness) == (b"", b"", b"", 0, [0x7FFF] * 5)


@given(st.text(max_size=400), st.text(max_size=60), st.floats(allow_nan=True))
def test_any_text_and_number_fits(description: str, reference: str, lufs: float) -> None:
    chunk = bext(Broadcast(description, reference, lufs=lufs), RATE, "32f")
    assert len(chunk) == len(bext(Broadcast(""), RATE, "32f")) and len(chunk) % 2 == 0
    said = fields(chunk)
    assert isinstance(said[0], bytes) and len(said[0]) < 256 and isinstance(said[2], bytes) and len(said[2]) < 32


@pytest.mark.parametrize(("date", "time"), [("31.1.2025", ""), ("2025-01-31\n", ""), ("٢٠٢٥-٠١-٣١", ""), ("", "12:30")])
def test_a_date_of_another_form_is_refused(date: str, time: str) -> None:
    with pytest.raises(BriefError, match="write 2025-01-31 and 12:30:00"):
        bext(Broadcast("x", date=date, time=time), RATE, "24")


def written(path: Path, bits: str, extra: bytes) -> bytes:
    """A short file with and without the chunk."""
    samples = np.linspace(-0.9, 0.9, 2000, dtype=np.float32).reshape(-1, 2)
    with AudioWriter(path, RATE, "wav", bits, extra) as writer:
        writer.write(samples)
    return path.read_bytes()


@pytest.mark.parametrize("bits", BITS)
def test_the_chunk_is_all_that_a_file_has_more(bits: str, tmp_path: Path) -> None:
    chunk = bext(SAID, RATE, bits)
    plain, broadcast = written(tmp_path / "a.wav", bits, b""), written(tmp_path / "b.wav", bits, chunk)
    at = broadcast.index(chunk)
    assert broadcast[at + len(chunk) :] == plain[at:] and broadcast[8:at] == plain[8:at]
    assert int.from_bytes(broadcast[4:8], "little") == len(broadcast) - 8
    sounds = [soundfile.read(tmp_path / name, dtype="float32") for name in ("a.wav", "b.wav")]
    assert sounds[0][1] == sounds[1][1] == RATE and np.array_equal(sounds[0][0], sounds[1][0])


def test_beyond_four_gigabytes_the_sizes_come_first_and_count_the_chunk() -> None:
    chunk, frames = bext(SAID, RATE, "24"), 1 << 30
    plain, broadcast = header(RATE, "24", frames), header(RATE, "24", frames, chunk)
    assert broadcast[:4] == b"RF64" and broadcast[12:16] == b"ds64"
    whole = [int.from_bytes(data[20:28], "little") for data in (plain, broadcast)]
    assert whole[1] - whole[0] == len(chunk) and broadcast.index(chunk) == 48


def test_what_was_measured_can_be_told_at_the_end(tmp_path: Path) -> None:
    with AudioWriter(tmp_path / "a.wav", RATE, "wav", "24", bext(Broadcast("Mix"), RATE, "24")) as writer:
        writer.write(np.zeros((10, 2), np.float32))
        writer.retell(bext(Broadcast("Mix", lufs=-9.5), RATE, "24"))
    data = (tmp_path / "a.wav").read_bytes()
    at = data.index(b"bext")
    assert fields(data[at : data.index(b"fmt ")])[8] == -950


@pytest.mark.skipif(shutil.which("ffprobe") is None, reason="ffprobe is missing: apt-get install ffmpeg")
@pytest.mark.parametrize(("bits", "codec"), [("16", "pcm_s16le"), ("24", "pcm_s24le"), ("32f", "pcm_f32le")])
def test_ffprobe_reads_samples_and_tags(bits: str, codec: str, tmp_path: Path) -> None:
    written(tmp_path / "a.wav", bits, bext(SAID, RATE, bits))
    command = ["ffprobe", "-v", "error", "-show_format", "-show_streams", "-of", "json", str(tmp_path / "a.wav")]
    told = json.loads(subprocess.run(command, capture_output=True, check=True, timeout=60).stdout)
    (stream,), tags = told["streams"], told["format"]["tags"]
    assert (stream["codec_name"], stream["sample_rate"], stream["channels"], stream["duration_ts"]) == (
        codec, "48000", 2, 1000,
    )  # fmt: skip
    assert (tags["encoded_by"], tags["comment"], tags["time_reference"]) == (
        "Partimento",
        "Etude in Bb: Drums",
        "96000",
    )
    assert (tags["date"], tags["creation_time"], tags["originator_reference"]) == ("2025-01-31", "12:30:05", "abc123")
