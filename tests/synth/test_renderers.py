"""Who plays: FluidSynth where its font is good, else the neural renderer; what contradicts or lacks is one line."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from partimento.commands.doctor import find_libfluidsynth
from partimento.composer.compose import compose
from partimento.score.brief import Brief
from partimento.score.midi_read import read_midi
from partimento.score.midi_write import midi_bytes
from partimento.score.performance import PlayedNote, PlayedTrack
from partimento.score.song import Song
from partimento.soundfonts.finding import SoundFont, find_soundfonts
from partimento.synth import renderers
from partimento.synth.neural import shipped
from partimento.synth.neural.timbre import Timbre, constant
from partimento.synth.piece import piece_of_midi, piece_of_song
from partimento.synth.render import render_song
from partimento.synth.renderers import Choice, How, NeuralRenderer, asked_for, choice, renderer_of
from partimento.synth.signal import Clock, Samples, Source
from partimento.synth.stream import stream_song
from partimento.theory.errors import BriefError, ModelError, PartimentoError, RenderError

needs_library = pytest.mark.skipif(find_libfluidsynth() is None, reason="libfluidsynth is missing")
GOOD, PLAIN = SoundFont("Good", Path("/good.sf2"), "MIT", 9), SoundFont("Plain", Path("/plain.sf2"), "GPL-2.0", 3)


class Beep:
    """A second of a sine, whatever is to be played."""

    def __init__(self, rate: int) -> None:
        self._left, self._rate = rate, rate

    def read(self, count: int) -> Samples:
        """The next samples."""
        count = min(count, self._left)
        self._left -= count
        wave = 0.2 * np.sin(np.arange(count) * 2 * np.pi * 440 / self._rate)
        return np.repeat(wave[:, None], 2, axis=1).astype(np.float32)

    def close(self) -> None:
        """Nothing is held."""


class Beeper:
    """A neural renderer of no net, which remembers what it was asked."""

    kind, said = renderers.NEURAL, "the neural renderer"

    def __init__(self, timbres: Mapping[str, Timbre], device: str) -> None:
        self.timbres, self.device = timbres, device

    @property
    def identity(self) -> str:
        """By the wishes."""
        return f"beep {self.timbres!r}"

    def fitted(self, track: PlayedTrack) -> tuple[PlayedTrack, tuple[str, ...]]:
        """As it is."""
        return track, ()

    def open(self, track: PlayedTrack, clock: Clock, rate: int, *, follow_volume: bool, start_s: float) -> Source:
        """A beep."""
        return Beep(rate)


@pytest.fixture
def machine(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """A machine with everything; tests take away from it. Nothing is set by the user."""
    monkeypatch.delenv(renderers.VARIABLE, raising=False)
    monkeypatch.setattr(renderers, "library", lambda: None)
    monkeypatch.setattr(renderers, "good_soundfont", lambda: GOOD)
    monkeypatch.setattr(renderers, "default_soundfont", lambda: PLAIN)
    monkeypatch.setattr(renderers, "check_soundfont", lambda path: SoundFont(Path(path).stem, Path(path), "", 1))
    monkeypatch.setattr(renderers, "lack", lambda: ("", ""))
    return monkeypatch


def no_library() -> None:
    raise RenderError("no sound without the FluidSynth library. To get it: apt-get install libfluidsynth3")


@pytest.fixture(scope="module")
def song() -> Song:
    return compose(Brief(genre="pop", bars=4, seed=3, tempo_bpm=120.0))


def test_auto_takes_fluidsynth_with_a_good_font(machine: pytest.MonkeyPatch) -> None:
    assert choice() == Choice("fluidsynth", GOOD, "")
    machine.setattr(renderers, "lack", lambda: ("PyTorch is missing", "torch"))
    assert choice() == Choice("fluidsynth", GOOD, "")


def test_auto_takes_nets_before_a_plain_font(machine: pytest.MonkeyPatch) -> None:
    machine.setattr(renderers, "good_soundfont", lambda: None)
    chosen = choice()
    assert (chosen.kind, chosen.font, chosen.may_change) == ("neural", None, True) and "SoundFont" in chosen.why
    machine.setattr(renderers, "lack", lambda: ("PyTorch is missing", "torch"))
    assert choice() == Choice("fluidsynth", PLAIN, "")


def test_auto_takes_nets_where_there_is_no_library(machine: pytest.MonkeyPatch) -> None:
    machine.setattr(renderers, "library", no_library)
    chosen = choice()
    assert chosen.kind == "neural" and "library" in chosen.why and not chosen.may_change
    machine.setattr(renderers, "lack", lambda: ("PyTorch is missing", "torch"))
    with pytest.raises(RenderError, match="FluidSynth library.*PyTorch is missing") as caught:
        choice()
    assert caught.value.remedy == "torch" and "\n" not in str(caught.value)


def test_what_is_asked_for_is_taken_or_missing(machine: pytest.MonkeyPatch) -> None:
    assert choice(None, How(renderer="neural")) == Choice("neural", None, "")
    assert choice(None, How(renderer="fluidsynth")) == Choice("fluidsynth", PLAIN, "")
    assert choice("x.sf2").font == SoundFont("x", Path("x.sf2"), "", 1)
    for how in (How(morph=["flute:oboe=1"]), How(timbre=["flute:legato"]), How(device="cpu")):
        assert choice(None, how).kind == "neural"
    machine.setattr(renderers, "library", no_library)
    for soundfont, how in (("x.sf2", How()), (None, How(renderer="fluidsynth"))):
        with pytest.raises(RenderError, match="FluidSynth library"):
            choice(soundfont, how)
    machine.setattr(renderers, "lack", lambda: ("PyTorch is missing", "torch"))
    with pytest.raises(RenderError, match="PyTorch is missing"):
        renderers.check_neural()


def test_the_variable_says_what_auto_means(machine: pytest.MonkeyPatch) -> None:
    for said, kind in (("neural", "neural"), ("fluidsynth", "fluidsynth"), ("auto", "fluidsynth"), ("", "fluidsynth")):
        machine.setenv(renderers.VARIABLE, said)
        assert choice().kind == kind
        assert choice(None, How(renderer="neural")).kind == "neural" and choice("x.sf2").kind == "fluidsynth"
    machine.setenv(renderers.VARIABLE, "nueral")
    with pytest.raises(BriefError, match="Did you mean 'neural'"):
        choice()


@pytest.mark.parametrize(
    ("soundfont", "how", "said"),
    [
        (None, How(renderer="fluidsinth"), "Did you mean 'fluidsynth'"),
        ("x.sf2", How(renderer="neural"), "contradict"),
        ("x.sf2", How(morph=["a:b=1"]), "a morph and a SoundFont contradict"),
        (None, How(renderer="fluidsynth", timbre=["a:legato"]), "a timbre and FluidSynth contradict"),
        (None, How(renderer="fluidsynth", device="cuda"), "a device and FluidSynth contradict"),
    ],
)
def test_contradictions_are_one_line(soundfont: str | None, how: How, said: str) -> None:
    with pytest.raises(BriefError, match=said) as caught:
        asked_for(soundfont, how)
    assert "\n" not in str(caught.value)


def test_fluidsynth_stands_in_for_nets_that_cannot_be_loaded(machine: pytest.MonkeyPatch) -> None:
    def damaged(timbres: object, device: str) -> object:
        raise ModelError("the weights 'x' are damaged")

    machine.setattr(renderers, "_loaded", damaged)
    renderer, notices = renderer_of(Choice("neural", None, "", True), {})
    assert renderer.kind == "fluidsynth" and notices == ("The weights 'x' are damaged",)
    with pytest.raises(ModelError, match="damaged"):
        renderer_of(Choice("neural", None, ""), {})
    machine.setattr(renderers, "library", no_library)
    with pytest.raises(ModelError, match="damaged"):
        renderer_of(Choice("neural", None, "", True), {})


def test_torch_that_is_broken_is_one_line(machine: pytest.MonkeyPatch) -> None:
    machine.setitem(sys.modules, "torch", None)
    for name in [name for name in sys.modules if name.startswith("partimento.learning.nets")]:
        machine.delitem(sys.modules, name)
    with pytest.raises(RenderError, match="needs PyTorch") as caught:
        renderer_of(Choice("neural", None, ""), {})
    assert caught.value.remedy == "torch" and "\n" not in str(caught.value)


def test_what_nets_lack_is_seen_without_loading_them(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(shipped, "find_spec", lambda name: None)
    assert shipped.lack() == ("PyTorch is missing", "torch")
    monkeypatch.setattr(shipped, "find_spec", lambda name: object())
    monkeypatch.setattr(shipped, "weights_path", lambda model: tmp_path / model)
    assert "instruments' are missing" in shipped.lack()[0]
    with pytest.raises(ModelError, match="instruments"):
        shipped.weights_identity()
    (tmp_path / "instruments").write_bytes(b"1")
    assert "kits' are missing" in shipped.lack()[0]
    (tmp_path / "kits").write_bytes(b"2")
    assert shipped.lack() == ("", "")
    first = shipped.weights_identity()
    (tmp_path / "kits").write_bytes(b"3")
    assert shipped.weights_identity() != first


def test_a_folder_of_weights_comes_before_the_shipped(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("PARTIMENTO_WEIGHTS", raising=False)
    ours = {model: shipped.weights_path(model) for model in shipped.MODELS}
    monkeypatch.setenv("PARTIMENTO_WEIGHTS", str(tmp_path))
    assert shipped.weights_path("kits") == ours["kits"]
    (tmp_path / "kits.safetensors").write_bytes(b"")
    assert shipped.weights_path("kits") == tmp_path / "kits.safetensors"
    assert shipped.weights_path("instruments") == ours["instruments"]


def test_songs_and_files_are_played_by_nets(machine: pytest.MonkeyPatch, song: Song) -> None:
    machine.setattr(renderers, "library", no_library)
    machine.setattr(renderers, "_loaded", Beeper)
    piece = piece_of_song(song)
    assert (piece.renderer, piece.played_by) == (
        "neural", "the neural renderer (since the FluidSynth library is missing)"
    )  # fmt: skip
    asked = piece_of_song(song, renderer="neural")
    assert asked.played_by == "the neural renderer" and asked.fits == piece.fits
    bright = piece_of_song(song, timbre=[f"{song.tracks[0].name}:brightness=2"])
    assert bright.fits != piece.fits and bright.renderer == "neural"
    file = piece_of_midi(read_midi(midi_bytes(song)), renderer="neural")
    assert file.renderer == "neural" and file.strips
    sound, rate = render_song(song, renderer="neural", end_s=2.0)
    assert np.abs(sound).max() > 0.05
    first = next(stream_song(song, renderer="neural"))
    assert len(first)


def test_wishes_reach_their_tracks(machine: pytest.MonkeyPatch, song: Song) -> None:
    made: list[Beeper] = []

    def loaded(timbres: Mapping[str, Timbre], device: str) -> Beeper:
        made.append(Beeper(timbres, device))
        return made[-1]

    machine.setattr(renderers, "_loaded", loaded)
    pitched = next(track for track in song.tracks if track.role == "lead")
    piece_of_song(song, timbre=["lead:noise=3"], device="cpu")
    assert made[-1].timbres == {pitched.name: Timbre(noise=constant(3.0))} and made[-1].device == "cpu"
    piece_of_midi(read_midi(midi_bytes(song)), timbre=[f"{pitched.name}:legato"])
    assert made[-1].timbres == {pitched.name: Timbre(legato=True)}
    with pytest.raises(BriefError, match="cannot be changed"):
        piece_of_song(song, timbre=["drums:noise=3"])
    with pytest.raises(BriefError, match="no track 'bagpipe'"):
        piece_of_song(song, morph=["bagpipe:oboe=0.5"])


@needs_library
def test_what_a_mix_fits_tells_renderers_apart(song: Song, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(renderers, "_loaded", Beeper)
    font = min(find_soundfonts(), key=lambda each: each.size_bytes)
    fluid = piece_of_song(song, font.path)
    assert fluid.renderer == "fluidsynth" and fluid.played_by == f"FluidSynth with {font.name}"
    assert fluid.fits != piece_of_song(song, renderer="neural").fits


@needs_library
def test_fluidsynth_plays_without_torch() -> None:
    font = min(find_soundfonts(), key=lambda each: each.size_bytes).path
    program = (
        "import sys\n"
        "class NoTorch:\n"
        "    def find_spec(self, name, path=None, target=None):\n"
        "        if name.split('.')[0] == 'torch':\n"
        "            raise ImportError('torch is asked for')\n"
        "sys.meta_path.insert(0, NoTorch())\n"
        "from partimento.composer.compose import compose\n"
        "from partimento.score.brief import Brief\n"
        "from partimento.synth.render import render_song\n"
        f"sound, _ = render_song(compose(Brief(genre='rock', bars=4, seed=1)), {str(font)!r}, end_s=1.0)\n"
        "print(len(sound) > 0)\n"
    )
    answer = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert answer.stdout.split("\n")[0] == "True"


def test_all_errors_are_ours(machine: pytest.MonkeyPatch) -> None:
    """Whatever lacks, nothing but a PartimentoError comes of it."""
    machine.setattr(renderers, "library", no_library)
    machine.setattr(renderers, "lack", lambda: ("the weights 'x' are missing", "weights"))
    for soundfont, how in ((None, How()), ("x.sf2", How()), (None, How(renderer="fluidsynth"))):
        with pytest.raises(PartimentoError):
            choice(soundfont, how)


def test_damaged_weights_are_one_line(machine: pytest.MonkeyPatch, song: Song, tmp_path: Path) -> None:
    machine.setenv("PARTIMENTO_WEIGHTS", str(tmp_path))
    for content in (b"", b"no weights", (8).to_bytes(8, "little") + b"{}      "):
        for model in shipped.MODELS:
            (tmp_path / f"{model}.safetensors").write_bytes(content)
        with pytest.raises(ModelError, match="instruments.safetensors") as caught:
            piece_of_song(song, renderer="neural")
        assert "\n" not in str(caught.value)


class Gapped:
    """Instruments and kits that sound on few keys."""

    def sounds(self, program: int, key: int) -> bool:
        """From middle C on."""
        return key >= 60

    def keys(self, kit: int) -> frozenset[int]:
        """A kick and a snare."""
        return frozenset({36, 38})


def test_notes_without_a_sound_are_moved_and_unknown_programs_refused() -> None:
    nets: Any = Gapped()
    nowhere: Any = None
    renderer = NeuralRenderer(nets, nets, "w", nowhere)
    notes = (PlayedNote(0, 100, 50, 90), PlayedNote(0, 100, 64, 90))
    track, notices = renderer.fitted(PlayedTrack("Flute", 0, 73, notes))
    assert sorted(note.number for note in track.notes) == [62, 64]
    assert notices == ("Flute: 1 note on D3 has no sound in the neural renderer; played an octave higher.",)
    kit = PlayedTrack("Kit", 9, 0, (PlayedNote(0, 100, 35, 90), PlayedNote(0, 100, 38, 90)))
    assert {note.number for note in renderer.fitted(kit)[0].notes} == {36, 38}
    for program in (-1, 128, 1000):
        with pytest.raises(RenderError, match="0 to 127"):
            renderer.fitted(PlayedTrack("Flute", 0, program, notes))


@pytest.mark.parametrize(
    "fault", [MemoryError(), RuntimeError("[enforce fail] DefaultCPUAllocator: can't allocate memory: you tried")]
)
def test_want_of_memory_is_one_line(fault: Exception, machine: pytest.MonkeyPatch) -> None:
    class Short:
        """A source that finds no memory."""

        def __init__(self, *words: object, **more: object) -> None: ...

        def read(self, count: int) -> Samples:
            """No sound."""
            raise fault

    from partimento.synth.neural import player

    nets: Any = Gapped()
    machine.setattr(player, "NeuralSource", Short)
    source = NeuralRenderer(nets, nets, "w", nets).open(
        PlayedTrack("Flute", 0, 73), lambda tick: tick / 960, 44100, follow_volume=False, start_s=0.0
    )
    with pytest.raises(RenderError, match="memory ran out.*'Flute'") as caught:
        source.read(100)
    assert caught.value.remedy == "memory"


@pytest.mark.skipif(bool(shipped.lack()[0]), reason=f"the neural renderer cannot play: {shipped.lack()[0]}")
def test_the_shipped_weights_play_the_same_however_many_threads(song: Song) -> None:
    one, rate = render_song(song, renderer="neural", end_s=1.0, threads=1)
    two, _ = render_song(song, renderer="neural", end_s=1.0, threads=2)
    assert np.array_equal(one, two)
    assert np.abs(one[: rate // 2]).max() > 0.05 and np.isfinite(one).all()
