"""A style of one's own: files of any kind are read or told why not; held-out pieces tell whether it is kept."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

import mido
import pytest
import torch
from click.testing import CliRunner, Result
from hypothesis import given
from hypothesis import strategies as st

from partimento.cli import main
from partimento.composer.compose import compose
from partimento.composer.neural import melody_adapter
from partimento.composer.neural.melody_module import Config, MelodyModule
from partimento.composer.neural.personal_data import LEAST, melody_of, piece_of, read_pieces
from partimento.composer.neural.shipped import style_path, styles_folder
from partimento.learning.nets.loop import TrainConfig
from partimento.learning.nets.weights import save_weights
from partimento.learning.tables.numerals import QUALITIES
from partimento.score.brief import Brief
from partimento.score.stream import Stream
from partimento.theory.errors import ScoreFormatError, TrainingError

SCALE = (60, 62, 64, 65, 67, 69, 71, 72)


def tune(seed: int, bars: int = 8) -> list[int]:
    """MIDI numbers of a line of eighths in 3/4 that goes by step."""
    stream, at, out = Stream(seed, "tests", "tune"), 2, []
    for _ in range(6 * bars):
        at = min(7, max(0, at + stream.choice((-1, 1))))
        out.append(SCALE[at])
    return out


def abc(number: int, midis: list[int], head: str = "K:C") -> str:
    """A tune in ABC."""
    names = {60: "C", 62: "D", 64: "E", 65: "F", 67: "G", 69: "A", 71: "B", 72: "c"}
    bars = ["".join(names[m] for m in midis[i : i + 6]) for i in range(0, len(midis), 6)]
    return f"X:{number}\nT:Tune {number}\nM:3/4\nL:1/8\n{head}\n{' | '.join(bars)} |]\n"


def midi(path: Path, midis: list[int]) -> None:
    """A tune as a MIDI file."""
    file = mido.MidiFile(ticks_per_beat=480)
    track = mido.MidiTrack()
    file.tracks.append(track)
    track.append(mido.MetaMessage("time_signature", numerator=3, denominator=4, time=0))
    for number in midis:
        track.append(mido.Message("note_on", note=number, velocity=80, time=0))
        track.append(mido.Message("note_off", note=number, velocity=0, time=240))
    file.save(path)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Five MIDI files, and seven tunes in one ABC file."""
    place = tmp_path / "mine"
    place.mkdir()
    for seed in range(5):
        midi(place / f"{seed}.mid", tune(seed))
    (place / "book.abc").write_text("\n".join(abc(n, tune(n)) for n in range(5, 12)))
    return place


@pytest.fixture
def room(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Weights of a small melody net that knows nothing, quick training, and a data folder of the test's own."""
    monkeypatch.setenv("PARTIMENTO_WEIGHTS", str(tmp_path / "weights"))
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    torch.manual_seed(0)
    config = Config(8, 8, 1, 8, 0.0)
    path = tmp_path / "weights" / "melody.safetensors"
    save_weights(path, "melody", asdict(config), MelodyModule(config).state_dict())
    from partimento.composer.neural import personal

    monkeypatch.setattr(personal, "CONFIG", TrainConfig(steps=6, rate=3e-2, warmup=1, every=3))
    return tmp_path


def run(folder: Path, *words: str) -> Result:
    """`partimento train melody --finetune FOLDER WORDS`."""
    line = ["train", "melody", "--finetune", str(folder), "--device", "cpu", *words]
    return CliRunner().invoke(main, line, prog_name="partimento")


def refused(result: Result, *words: str, code: int = 2) -> None:
    """One line that says `words` ends it, and nothing is on stdout."""
    last = result.stderr.splitlines()[-1]
    assert (result.exit_code, result.stdout) == (code, "") and last.startswith("error: "), result.output
    assert all(word in last for word in words), last


def test_every_tune_of_every_file_is_read(folder: Path) -> None:
    found = read_pieces(folder)
    assert (len(found.train), len(found.stopping), len(found.held)) == (9, 1, 2) and not found.unusable
    names = {tune.name for tune in (*found.train, *found.stopping, *found.held)}
    assert {"0.mid", "book.abc", "book.abc, tune 7"} <= names
    assert read_pieces(folder) == found and len(found.digest) == 8


def test_the_notes_are_those_of_the_file(folder: Path) -> None:
    for path, number, seed in ((folder / "3.mid", 1, 3), (folder / "book.abc", 2, 6)):
        found = melody_of(path, number)
        assert [row[2] for row in found.notes] == tune(seed)
        assert [row[:2] for row in found.notes[:3]] == [(0, 6), (6, 6), (12, 6)]
        assert not any(bar.chords for bar in found.sheet.bars)  # none are said: none are made up


def test_chords_that_the_file_says_are_learned_from(tmp_path: Path) -> None:
    text = abc(1, tune(1)).replace("K:C\n", 'K:C\n"Dm7"')
    (tmp_path / "a.abc").write_text(text)
    chord = melody_of(tmp_path / "a.abc").sheet.bars[0].chords[0]
    assert (chord.root, chord.tones) == (2, (0, 2, 5, 9))


def test_the_same_notes_in_another_key_or_file_count_once(folder: Path) -> None:
    midi(folder / "again.mid", [number + 5 for number in tune(2)])
    assert read_pieces(folder).unusable == (("again.mid", "the same notes as 2.mid"),)


def test_what_cannot_be_used_is_told_with_its_reason(folder: Path, room: Path) -> None:
    (folder / "notes.txt").write_text("a shopping list")
    (folder / "cut.mid").write_bytes((folder / "0.mid").read_bytes()[:40])
    (folder / "empty.mid").write_bytes(b"")
    (folder / "short.abc").write_text(abc(1, tune(1)[:12]))
    (folder / ".hidden").write_text("not looked at")
    result = run(folder, "--name", "mine")
    assert result.exit_code == 0, result.output
    for told in ("notes.txt: is no file that can be read", "cut.mid: ", "empty.mid: is empty", "short.abc: its melody"):
        assert f"not used: {told}" in result.stderr
    assert "hidden" not in result.stderr


def test_too_few_pieces_name_those_that_could_not_be_used(folder: Path) -> None:
    (folder / "book.abc").unlink()
    (folder / "sketch.doc").write_bytes(b"\xd0\xcf\x11\xe0")
    with pytest.raises(TrainingError, match=rf"5 pieces to learn from; {LEAST} are needed.*sketch\.doc: is no file"):
        read_pieces(folder)
    with pytest.raises(TrainingError, match="is not there"):
        read_pieces(folder / "nowhere")
    with pytest.raises(TrainingError, match="is a file"):
        read_pieces(folder / "0.mid")


def test_a_file_without_melody_is_told(tmp_path: Path) -> None:
    (tmp_path / "drums.mid").write_bytes(b"MThd")
    with pytest.raises(ScoreFormatError):
        melody_of(tmp_path / "drums.mid")


def test_a_style_is_learned_and_kept_and_can_be_loaded(folder: Path, room: Path) -> None:
    result = run(folder, "--name", "my waltzes")
    assert result.exit_code == 0, result.output
    assert "9 pieces to learn from, 1 to stop by, 2 held out" in result.stderr
    figures = [float(line.split()[1]) for line in result.stderr.splitlines() if line.startswith(("before", "after"))]
    assert len(figures) == 2 and figures[1] < figures[0] - 0.05
    path = style_path("my waltzes")
    assert result.stdout.strip() == str(path) and path.stat().st_size < 200_000
    assert [*styles_folder().iterdir()] == [path]  # no checkpoint is left behind
    refused(run(folder, "--name", "my waltzes"), "there is a style model 'my waltzes' already", "--force", code=1)
    bytes_before = path.read_bytes()
    assert run(folder, "--name", "my waltzes", "--force").exit_code == 0
    assert path.read_bytes() == bytes_before  # the same pieces and seed: the same style


def test_a_style_that_does_not_foresee_better_is_not_kept(
    folder: Path, room: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from partimento.composer.neural import personal

    monkeypatch.setattr(personal, "before", lambda task: 0.01)
    refused(run(folder), "no better", "0.0100", "--force", code=1)
    assert not style_path("mine").exists() and not [*styles_folder().iterdir()]
    assert run(folder, "--force").exit_code == 0 and style_path("mine").exists()  # called as the folder is


def test_a_stopped_run_goes_on(folder: Path, room: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert run(folder, "--name", "whole").exit_code == 0
    own = melody_adapter.AdapterTask.batch

    def stopping(task: melody_adapter.AdapterTask, step: int) -> object:
        if step == 4:
            raise KeyboardInterrupt
        return own(task, step)

    with monkeypatch.context() as patch:
        patch.setattr(melody_adapter.AdapterTask, "batch", stopping)
        assert run(folder, "--name", "cut").exit_code == 130
    assert not style_path("cut").exists()
    again = run(folder, "--name", "cut")
    assert again.exit_code == 0 and "goes on at step 3 of 6" in again.stderr
    assert style_path("cut").read_bytes() == style_path("whole").read_bytes()


@pytest.mark.parametrize(
    ("words", "says", "code"),
    [
        (("--name", "../up"), ("no style model's name",), 2),
        (("--out", "x"), ("--out",), 2),
        (("--device", "cuda:77"), ("cuda:77",), 2),
    ],
)
def test_wrong_words_are_refused(
    folder: Path, room: Path, words: tuple[str, ...], says: tuple[str, ...], code: int
) -> None:
    refused(run(folder, *words), *says, code=code)
    assert not styles_folder().exists()


def test_a_style_is_the_melody_s_and_needs_the_shipped_net(folder: Path, room: Path) -> None:
    line = ["train", "drums", "--finetune", str(folder)]
    refused(CliRunner().invoke(main, line, prog_name="partimento"), "melody")
    (room / "weights" / "melody.safetensors").rename(room / "elsewhere")
    refused(run(folder), "no weights 'melody.safetensors'", code=1)


@given(st.integers(0, 10**6))
def test_songs_of_ours_become_pieces(seed: int) -> None:
    song = compose(Brief(seed=seed, bars=8, engine="rules"))
    try:
        piece = piece_of(song, "x")
    except TrainingError:
        assert not any(track.role == "lead" for track in song.tracks)
        return
    assert len(piece.chords) == len(song.chords)
    for chord, symbol in zip(piece.chords, song.chords, strict=True):
        tonic = symbol.key.tonic.number
        sounding = {(tonic + chord.root + step) % 12 for step in QUALITIES[chord.quality][2]}
        assert (chord.root + tonic) % 12 == symbol.chord.root.number
        assert len(sounding & symbol.chord.numbers) >= 2
    ends = [onset + length for onset, length, _ in piece.melody]
    assert all(end <= after[0] for end, after in zip(ends, piece.melody[1:], strict=False))
