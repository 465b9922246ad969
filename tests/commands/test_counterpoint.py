"""`partimento counterpoint` reads a cantus, writes and tells what it found, and refuses what is none."""

from __future__ import annotations

import json
from pathlib import Path

import mido
import pytest
from click.testing import CliRunner, Result

from partimento.commands.counterpoint import command
from partimento.teaching.reading import read_source
from partimento.theory.errors import OutputError, TheoryError

FUX = "D4 F4 E4 D4 G4 F4 A4 G4 F4 E4 D4"


def run(*words: str) -> Result:
    return CliRunner().invoke(command, list(words))


def _midi(path: Path, notes: list[tuple[int, int, int]]) -> Path:
    """A MIDI file of (onset, duration, number)."""
    events = sorted([(on, 1, n) for on, _, n in notes] + [(on + long, 0, n) for on, long, n in notes])
    track, now = mido.MidiTrack(), 0
    for tick, on, number in events:
        track.append(mido.Message("note_on", note=number, velocity=80 * on, time=tick - now))
        now = tick
    midi = mido.MidiFile(ticks_per_beat=480)
    midi.tracks.append(track)
    midi.save(path)
    return path


def test_lines_are_text() -> None:
    done = run(FUX, "--species", "2")
    assert done.exit_code == 0
    upper, lower = done.stdout.splitlines()
    assert lower.split("  ")[0] == "Alto (cantus firmus)" and upper.count("|") == lower.count("|") == 10
    assert upper.endswith("C#5 | D5")


def test_a_file_is_read_and_files_are_written(tmp_path: Path) -> None:
    numbers = [62, 65, 64, 62, 67, 65, 69, 67, 65, 64, 62]
    source = _midi(tmp_path / "cantus.mid", [(1920 * i, 1900, n) for i, n in enumerate(numbers)])
    assert run(str(source)).stdout == run(FUX).stdout
    for suffix in ("musicxml", "mid", "json"):
        target = tmp_path / f"out.{suffix}"
        done = run(str(source), "--species", "5", "-o", str(target))
        assert done.exit_code == 0 and done.stdout == f"{target}\n"
        piece = read_source(target).piece
        assert [tone.pitch.midi for tone in piece.tones if tone.voice == 0] == numbers
        assert len(piece.tones) > 2 * len(numbers)
    again = run(str(source), "-o", str(tmp_path / "out.mid"))
    assert isinstance(again.exception, OutputError)


def test_several_are_numbered(tmp_path: Path) -> None:
    done = run(FUX, "--count", "3", "--out", str(tmp_path / "a.mid"))
    assert done.stdout.split() == [str(tmp_path / f"a-{n}.mid") for n in (1, 2, 3)]
    assert len({(tmp_path / f"a-{n}.mid").read_bytes() for n in (1, 2, 3)}) == 3


def test_every_bar_is_explained() -> None:
    told = run(FUX, "--explain").stdout.splitlines()[2:]
    assert [line.split(":")[0] for line in told] == [f"Bar {n}" for n in range(1, 12)]
    assert all(line.endswith(".") for line in told) and "would make parallel fifths" in " ".join(told)


@pytest.mark.parametrize("side", ["--above", "--below"])
@pytest.mark.parametrize("species", ["1", "2", "3", "4", "5"])
def test_every_species_is_explained(species: str, side: str) -> None:
    """Tones that would cross the cantus, near as they may be, are passed over."""
    done = run(FUX, "--species", species, side, "--explain")
    assert done.exit_code == 0 and len(done.stdout.splitlines()) == 2 + 11, done.exception


def test_json_holds_what_is_shown() -> None:
    data = json.loads(run(FUX, "--species", "4", "--below", "--json").stdout)
    assert (data["verdict"], data["mode"], data["conflict"]) == ("found", "D dorian", None)
    lower, upper = data["solutions"][0]["voices"]
    assert [note["pitch"] for note in upper["notes"]] == FUX.split() and lower["notes"][-1]["pitch"][0] == "D"


def test_why_there_is_no_line() -> None:
    done = run("D4 F4 E4 D4 A4 G4 A4 D4")
    assert done.exit_code == 1 and done.stdout == ""
    assert "clausula-vera" in done.stderr and "bars 7-8" in done.stderr and "gone through" in done.stderr
    assert run("D4 F4 E4 D4 A4 G4 A4 D4", "--without", "clausula-vera").exit_code == 0


def test_what_is_no_cantus_is_refused(tmp_path: Path) -> None:
    chords = _midi(tmp_path / "chords.mid", [(0, 1920, 62), (0, 1920, 65), (1920, 1920, 64), (3840, 1920, 62)])
    rests = _midi(tmp_path / "rests.mid", [(0, 1920, 62), (3840, 1920, 64), (5760, 1920, 62)])
    for cantus, said in ((str(chords), "one line"), (str(rests), "rests"), ("D4 H4 D4", "H4"), ("D4 E4", "2 notes")):
        error = run(cantus).exception
        assert isinstance(error, TheoryError) and said in str(error) and "\n" not in str(error)


@pytest.mark.parametrize("words", [["--species", "6"], ["--voices", "5"], ["--out", "a.doc"], ["--count", "0"]])
def test_bad_options_end_with_2(words: list[str]) -> None:
    assert run(FUX, *words).exit_code == 2
