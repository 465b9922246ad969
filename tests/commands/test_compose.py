"""`partimento compose`: what is asked is met or refused in one line, and files are whole or not there."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from hypothesis import given, settings
from hypothesis import strategies as st

from partimento.cli import main
from partimento.commands import delivery
from partimento.commands.compose import form_words
from partimento.commands.song_options import chord_lines, listed
from partimento.score.midi_read import read_midi
from partimento.score.midi_write import midi_bytes
from partimento.score.song_json import song_from_json
from partimento.theory.errors import RenderError

TOP = Path(__file__).resolve().parents[2]
SMALL = ("--genre", "pop", "--bars", "8", "--no-audio")


def compose(*words: str) -> Result:
    """Run `partimento compose WORDS`."""
    return CliRunner().invoke(main, ["compose", *words], prog_name="partimento")


def refused(result: Result, code: int = 2) -> str:
    """The one error line of a refused call."""
    assert result.exit_code == code, result.output
    assert result.stdout == ""
    assert "internal error" not in result.stderr
    lines = result.stderr.splitlines()
    assert lines[-1].startswith("error: ")
    assert "Traceback" not in result.output
    return lines[-1]


def test_a_song_is_written_and_told(tmp_path: Path) -> None:
    out = tmp_path / "song"
    result = compose("a sad pop song in D minor", "--bars", "12", "--seed", "5", "--no-audio", "--out", str(out))
    assert result.exit_code == 0, result.output
    assert result.stdout.splitlines() == [str(out / name) for name in ("song.mid", "song.json", "song.png")]
    assert sorted(path.name for path in out.iterdir()) == ["song.json", "song.mid", "song.png"]
    for said in ("seed 5", "D minor", "12 bars", "pop", "Understood:", "Band:", "Form:"):
        assert said in result.stderr
    song = song_from_json((out / "song.json").read_text(encoding="utf-8"))
    assert midi_bytes(song) == (out / "song.mid").read_bytes()
    assert (out / "song.png").read_bytes().startswith(b"\x89PNG")
    assert read_midi((out / "song.mid").read_bytes()).tracks


def test_the_seed_is_all_it_takes_to_have_the_song_again(tmp_path: Path) -> None:
    first = compose(*SMALL, "--out", str(tmp_path / "a"), "--json")
    seed = str(json.loads(first.stdout)["songs"][0]["seed"])
    compose(*SMALL, "--seed", seed, "--out", str(tmp_path / "b"))
    assert (tmp_path / "a/song.mid").read_bytes() == (tmp_path / "b/song.mid").read_bytes()


def test_json_tells_all(tmp_path: Path) -> None:
    result = compose("pop, purple", *SMALL, "--seed", "1", "--json", "--out", str(tmp_path / "s"))
    assert result.stderr == ""
    told = json.loads(result.stdout)
    (song,) = told["songs"]
    assert told["ignored"] == ["purple"]
    assert song["bars"] == 8 and song["genre"] == "pop" and song["seed"] == 1
    assert sum(section["bars"] for section in song["form"]) == 8
    assert song["band"] and song["tempo_bpm"] > 0
    assert Path(song["files"]["midi"]).is_file() and song["files"]["audio"] is None


def test_variations_lie_in_folders_of_their_own(tmp_path: Path) -> None:
    out = tmp_path / "v"
    result = compose(*SMALL, "--seed", "20", "--variations", "3", "--out", str(out))
    assert result.exit_code == 0, result.output
    assert sorted(path.name for path in out.iterdir()) == ["1", "2", "3"]
    songs = [song_from_json((out / str(n) / "song.json").read_text(encoding="utf-8")) for n in (1, 2, 3)]
    assert [song.brief.seed for song in songs] == [20, 21, 22]
    assert len({midi_bytes(song) for song in songs}) == 3


def test_standard_output_takes_the_midi(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    result = compose("--genre", "pop", "--bars", "8", "--seed", "2", "--out", "-")
    assert result.exit_code == 0
    assert read_midi(result.stdout_bytes).tracks
    assert "seed 2" in result.stderr
    assert list(tmp_path.iterdir()) == []


def test_a_midi_file_without_notes_cannot_be_rendered(tmp_path: Path) -> None:
    empty = tmp_path / "empty.mid"
    empty.write_bytes(b"MThd\0\0\0\6\0\0\0\1\0\x60MTrk\0\0\0\4\0\xff\x2f\0")
    assert "no notes" in refused(CliRunner().invoke(main, ["render", str(empty)], standalone_mode=True))


def test_without_out_the_folder_is_named_after_genre_and_seed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert compose(*SMALL, "--seed", "3", "--quiet").stderr == ""
    assert (tmp_path / "pop-3" / "song.mid").is_file()


def test_exact_wishes_are_met(tmp_path: Path) -> None:
    result = compose(
        "--genre", "pop", "--key", "Eb", "--tempo", "111", "--meter", "4/4", "--form", "verse:8 chorus:8 verse:4",
        "--chords", "verse: Eb | Cm7 | Ab | Bb; chorus: Ab | Bb | Eb | Cm",
        "--instruments", "violin, piano, bass, drums",
        "--seed", "1", "--json", "--no-audio", "--out", str(tmp_path / "x"),
    )  # fmt: skip
    assert result.exit_code == 0, result.output
    song = json.loads(result.stdout)["songs"][0]
    assert (song["key"], song["tempo_bpm"], song["meter"], song["bars"]) == ("Eb major", 111, "4/4", 20)
    assert [section["bars"] for section in song["form"]] == [8, 8, 4]
    assert {"violin", "piano"} <= {track["instrument"] for track in song["band"]}
    chords = song_from_json((tmp_path / "x/song.json").read_text(encoding="utf-8")).chords
    assert [chord.chord.name.replace("♭", "b") for chord in chords[:4]] == ["Eb", "Cm7", "Ab", "Bb"]


BAD: list[tuple[tuple[str, ...], str]] = [
    (("--genre", "popp"), "Did you mean 'pop'?"),
    (("--genre", "polka-metal"), "polka-metal"),
    (("--key", "H sharp"), "H sharp"),
    (("--meter", "4/5"), "4/5"),
    (("--meter", "four"), "four"),
    (("--genre", "pop", "--meter", "11/8"), "11/8"),
    (("--instruments", "violin, kazooo"), "kazooo"),
    (("--without", "kazooo"), "kazooo"),
    (("--genre", "pop", "--form", "verse chorrus"), "chorrus"),
    (("--genre", "pop", "--chords", "verse: Am | Xy7 | C"), "Xy7"),
    (("--genre", "pop", "--chords", "zzz: Am"), "zzz"),
    (("--tempo", "5"), "5"),
    (("--tempo", "nan"), "nan"),
    (("--tempo", "1e9"), "out of range"),
    (("--bars", "0"), "out of range"),
    (("--bars", "1000000"), "out of range"),
    (("--duration", "0s"), "out of range"),
    (("--duration", "9999m"), "out of range"),
    (("--duration", "soon"), "45s"),
    (("--energy", "7"), "energy"),
    (("--mood", "purple"), "purple"),
    (("--seed", "-4"), "--seed"),
    (("--variations", "0"), "--variations"),
    (("--instruments", "piano", "--without", "piano"), "piano"),
    (("--genre", "pop", "--bars", "8", "--tempo", "100", "--duration", "3m"), "duration"),
    (("--out", "-", "--variations", "2"), "--variations"),
    (("--out", "-", "--json"), "--json"),
    (("--no-audio", "--soundfont", "x.sf2"), "--no-audio"),
]


@pytest.mark.parametrize(("words", "said"), BAD, ids=[" ".join(words) for words, _ in BAD])
def test_bad_wishes_are_one_line_and_write_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, words: tuple[str, ...], said: str
) -> None:
    monkeypatch.chdir(tmp_path)
    assert said in refused(compose(*words))
    assert list(tmp_path.iterdir()) == []


def test_the_place_of_a_wrong_chord_is_named(tmp_path: Path) -> None:
    line = refused(compose("--genre", "pop", "--chords", "Am | F | Q | G", "--out", str(tmp_path / "x")))
    assert "Q" in line and "3" in line


def test_nothing_is_overwritten_without_force(tmp_path: Path) -> None:
    out = tmp_path / "song"
    assert compose(*SMALL, "--seed", "1", "--out", str(out)).exit_code == 0
    before = (out / "song.mid").read_bytes()
    assert "--force" in refused(compose(*SMALL, "--seed", "2", "--out", str(out)), 1)
    assert (out / "song.mid").read_bytes() == before
    assert compose(*SMALL, "--seed", "2", "--out", str(out), "--force").exit_code == 0
    assert (out / "song.mid").read_bytes() != before


def test_an_unwritable_folder_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    for place in (tmp_path / "file", tmp_path / "file" / "below", Path("/proc/nothing")):
        refused(compose(*SMALL, "--out", str(place)), 1)


def test_interrupted_nothing_is_left(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(*_: object) -> str:
        raise KeyboardInterrupt

    monkeypatch.setattr(delivery, "_render", interrupted)
    result = compose("--genre", "pop", "--bars", "8", "--seed", "1", "--out", str(tmp_path / "deep" / "song"))
    assert result.exit_code == 130
    assert list(tmp_path.iterdir()) == []


def test_without_the_library_all_but_the_sound_is_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from partimento.synth import renderers

    def missing() -> None:
        raise RenderError("no sound without the FluidSynth library. To get it: apt-get install libfluidsynth3")

    monkeypatch.setattr(renderers, "library", missing)
    result = compose("--genre", "pop", "--bars", "8", "--seed", "1", "--out", str(tmp_path / "s"))
    assert result.exit_code == 0
    assert "apt-get install libfluidsynth3" in result.stderr
    assert not (tmp_path / "s" / "mix.wav").exists()
    assert (tmp_path / "s" / "song.mid").is_file()


@pytest.mark.parametrize("content", [None, b"", b"RIFF\xff\xff\xff\x00sfbkxxxx", b"not a font at all"])
def test_a_missing_or_damaged_soundfont_is_one_line(tmp_path: Path, content: bytes | None) -> None:
    font = tmp_path / "font.sf2"
    if content is not None:
        font.write_bytes(content)
    words = ("--genre", "pop", "--bars", "8", "--soundfont", str(font), "--out", str(tmp_path / "s"))
    assert "font.sf2" in refused(compose(*words), 1)
    assert not (tmp_path / "s").exists()


def test_composing_by_rules_cold_loads_nothing_heavy(tmp_path: Path) -> None:
    program = (
        "import sys\n"
        "from partimento.cli import main\n"
        f"main(['compose', 'a rock song', '--no-audio', '--bars', '8', '--out', {str(tmp_path / 's')!r}],"
        " standalone_mode=False)\n"
        "print('LOADED', *sys.modules)\n"
    )
    answer = subprocess.run(
        [sys.executable, "-c", program],
        capture_output=True, text=True, check=True, env={**os.environ, "PYTHONPATH": str(TOP / ".dev")},
    )  # fmt: skip
    loaded = set(answer.stdout.rpartition("LOADED")[2].split())
    assert not loaded & {"torch", "music21", "numpy", "scipy", "pretty_midi", "fluidsynth", "mido"}
    assert not {name for name in loaded if name.startswith("partimento.synth")}


def test_two_hash_seeds_give_the_same_bytes() -> None:
    heard = []
    words = ["compose", "--genre", "pop", "--bars", "16", "--seed", "6", "--out", "-"]
    for seed in ("1", "2"):
        where = {**os.environ, "PYTHONPATH": str(TOP / ".dev"), "PYTHONHASHSEED": seed}
        answer = subprocess.run(
            [sys.executable, "-m", "partimento.cli", *words], capture_output=True, check=True, env=where,
        )  # fmt: skip
        heard.append(answer.stdout)
    assert heard[0] == heard[1] and heard[0].startswith(b"MThd")


@pytest.mark.skipif(os.name == "nt", reason="a POSIX shell closes the file")
def test_a_closed_standard_output_is_told_in_one_line() -> None:
    call = '"$0" -m partimento.cli compose --genre pop --bars 8 --seed 6 --quiet --out - >&-'
    where = {**os.environ, "PYTHONPATH": str(TOP / ".dev")}
    answer = subprocess.run(["sh", "-c", call, sys.executable], capture_output=True, text=True, env=where)
    assert answer.returncode == 1
    assert answer.stderr.startswith("error: standard output is closed") and answer.stderr.count("\n") == 1


def test_reading_lists() -> None:
    assert listed(("piano, bass", "drums,")) == ("piano", "bass", "drums")
    assert form_words("intro, verse:8 -> chorus") == ("intro", "verse:8", "chorus")
    assert form_words("aaba") == ("A", "A", "B", "A")
    assert chord_lines(("verse: Am | F; chorus 2: C", "G | D")) == (
        ("verse", "Am | F"),
        ("chorus 2", "C"),
        ("", "G | D"),
    )


def sound_or_one_line(result: Result) -> None:
    """A valid song came out, or one error line."""
    if result.exit_code == 0:
        contents = read_midi(result.stdout_bytes)
        assert contents.tracks and all(track.notes for track in contents.tracks)
    else:
        refused(result, result.exit_code)
        assert result.exit_code in (1, 2)


OPTIONS = st.fixed_dictionaries(
    {},
    optional={
        "--genre": st.sampled_from(["pop", "Pop", "rock", "nope", ""]),
        "--key": st.sampled_from(["A minor", "Bb", "F# dorian", "C# locrian", "B#", "x", ""]),
        "--tempo": st.one_of(st.integers(0, 500), st.floats()).map(str),
        "--meter": st.sampled_from(["4/4", "3/4", "6/8", "7/8", "5/4", "0/4", "4/4:2+2", "x"]),
        "--bars": st.integers(-2, 40).map(str),
        "--duration": st.sampled_from(["8s", "45s", "1:30", "x", "-3s", "0"]),
        "--form": st.sampled_from(["verse chorus", "AABA", "verse:4 chorus:4", "verse:0", ":", "x y"]),
        "--chords": st.sampled_from(["C | G", "verse: Am", "C |", "| |", "N.C.", "Fm7b5/Eb", "H", "%", "C"]),
        "--instruments": st.sampled_from(
            ["piano", "violin,cello", "drums", "flute, flute, flute", "tuba, piccolo", ","]
        ),
        "--without": st.sampled_from(["drums", "piano", "bass, drums, guitar", "strings", "x"]),
        "--energy": st.sampled_from(["0", "1", "0.5", "-1", "nan"]),
        "--mood": st.sampled_from(["sad", "happy", "x", ""]),
        "--title": st.text(st.characters(codec="utf-8"), max_size=8),
        "--seed": st.integers(0, 10**6).map(str),
    },
)


@settings(max_examples=60)
@given(OPTIONS, st.booleans())
def test_any_options_give_a_song_or_one_line(options: dict[str, str], straight: bool) -> None:
    words = [word for name, value in {"--bars": "8", **options}.items() for word in (f"{name}={value}",)]
    sound_or_one_line(compose(*words, "--out", "-", *(["--quantized"] if straight else [])))


@settings(max_examples=40)
@given(st.one_of(st.text(max_size=40), st.binary(max_size=40).map(lambda data: data.decode("latin-1"))))
def test_any_prompt_gives_a_song_or_one_line(text: str) -> None:
    sound_or_one_line(compose("--bars=8", "--seed=1", "--out=-", "--", text))
