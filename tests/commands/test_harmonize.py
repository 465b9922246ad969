"""`partimento harmonize` from melody to file."""

from __future__ import annotations

import json
from pathlib import Path

import music21
import pytest
from click.testing import CliRunner, Result

from partimento.commands.harmonize import command
from partimento.score.importing.importing import import_song
from partimento.teaching.reading import read_source
from partimento.theory.errors import PartimentoError

TUNE = "G4 E4 F4 D4 | C4:4"
CHORALE = str(Path(music21.__file__).parent / "corpus" / "bach" / "bwv269.mxl")


def run(*words: str) -> Result:
    return CliRunner().invoke(command, words, catch_exceptions=False)


def test_a_text_is_set_and_every_chord_has_its_reason() -> None:
    result = run(TUNE, "--key", "C major")
    assert result.exit_code == 0
    lines = result.stdout.splitlines()
    assert lines[0] == "C major:" and "perfect authentic cadence" in " ".join(result.stdout.split())
    assert all(len(line) <= 100 for line in lines)
    assert "Phrases: 1" in result.stderr


def test_json_tells_voices_figures_and_reasons() -> None:
    data = json.loads(run(TUNE, "--key", "C major", "--json", "--alternatives", "2").stdout)
    assert data["style"] == "chorale" and data["key"] == "C major" and len(data["settings"]) == 2
    first = data["settings"][0]
    assert [note["pitch"] for note in first["voices"]["soprano"]] == ["G4", "E4", "F4", "D4", "C4"]
    assert set(first["voices"]) == {"soprano", "alto", "tenor", "bass"}
    assert all(row["reason"] and row["numeral"] for row in first["chords"])
    assert first["chords"][-1]["cadence"] == "PAC" and first["chords"][-1]["bar"] == 2


@pytest.mark.parametrize("ending", [".musicxml", ".mxl", ".mid", ".json"])
def test_files_are_written_and_read_back(ending: str, tmp_path: Path) -> None:
    out = tmp_path / f"set{ending}"
    assert run(TUNE, "--key", "C", "-o", str(out), "--quiet").stdout == f"{out}\n"
    song, _ = import_song(out)
    numbers = {note.number for track in song.tracks for note in track.notes}
    assert {60, 62, 64, 65, 67} <= numbers and min(numbers) < 55
    piece = read_source(out).piece
    assert len(piece.voices) == 4 and all(voice.line for voice in piece.voices)


def test_several_settings_are_several_files(tmp_path: Path) -> None:
    out = tmp_path / "tune.musicxml"
    result = run(TUNE, "--key", "C", "--style", "jazz", "--alternatives", "2", "-o", str(out), "--quiet")
    assert result.stdout.split() == [str(out), str(tmp_path / "tune-2.musicxml")]
    assert "<harmony" in out.read_text() and out.read_text() != (tmp_path / "tune-2.musicxml").read_text()


def test_a_file_is_read_with_its_fermatas() -> None:
    result = run(CHORALE, "--plain")
    assert "fermatas of the source" in result.stderr
    assert "half cadence" in result.stdout or "authentic cadence" in result.stdout


def test_lead_sheet_chords_are_given_in_a_genre() -> None:
    data = json.loads(run(TUNE, "--key", "C", "--style", "pop", "--json").stdout)
    assert data["style"] == "pop" and data["settings"][0]["daring"] == 0
    assert all(row["reason"] for row in data["settings"][0]["chords"])


def test_nothing_is_overwritten_unasked(tmp_path: Path) -> None:
    out = tmp_path / "set.mid"
    out.write_bytes(b"mine")
    with pytest.raises(PartimentoError, match="is there already"):
        run(TUNE, "-o", str(out))
    assert out.read_bytes() == b"mine"
    assert run(TUNE, "-o", str(out), "--force").exit_code == 0


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("C4 H4",), "unknown note 'H4'"),
        (("nothing.mid",), "cannot read nothing.mid"),
        ((TUNE, "--style", "jaz"), "Did you mean 'jazz'"),
        ((TUNE, "--key", "H"), "'H'"),
        ((TUNE, "-o", "set.doc"), "names no format"),
        ((CHORALE, "--track", "Sopran"), "no voice 'Sopran'"),
        ((TUNE, "--meter", "4/3"), "4/3"),
        ((TUNE, "--pickup", "9"), "pick-up"),
    ],
)
def test_bad_input_is_one_clear_line(words: tuple[str, ...], said: str) -> None:
    with pytest.raises(PartimentoError, match=said) as caught:
        run(*words)
    assert "\n" not in str(caught.value)


def test_a_source_is_never_its_own_target(tmp_path: Path) -> None:
    tune = tmp_path / "tune.mid"
    assert run(TUNE, "-o", str(tune)).exit_code == 0
    result = run(str(tune), "-o", str(tune), "--force")
    assert result.exit_code == 2 and "would be lost" in result.output
