"""Who makes notes sound: FluidSynth with a SoundFont, or the neural renderer; and which of them "auto" means.

Conventions: a Renderer opens a Source for a part of a track; both play dry, at one level and on one grid. Choosing
loads neither torch nor a font. FluidSynth's way never loads torch, and the neural way never asks for FluidSynth.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple, Protocol, TypedDict

from partimento.score.performance import PlayedTrack
from partimento.soundfonts.finding import SoundFont, check_soundfont, default_soundfont, good_soundfont
from partimento.synth.fluid import FluidSource, library
from partimento.synth.fluid_font import DRUM_CHANNEL
from partimento.synth.font_check import mend, moved
from partimento.synth.neural.shipped import lack, weights_identity, weights_path
from partimento.synth.reuse import ReusedSource, pays
from partimento.synth.signal import Clock, Samples, Source
from partimento.theory.errors import BriefError, ModelError, RenderError, nearest

if TYPE_CHECKING:
    import torch

    from partimento.synth.neural.instruments import Instruments
    from partimento.synth.neural.kits import Kits
    from partimento.synth.neural.timbre import Timbre

AUTO, NEURAL, FLUIDSYNTH = "auto", "neural", "fluidsynth"
RENDERERS = (AUTO, NEURAL, FLUIDSYNTH)
VARIABLE = "PARTIMENTO_RENDERER"
"""The environment variable that says what "auto" means."""


class How(TypedDict, total=False):
    """How notes are to sound: `renderer` of RENDERERS; `morph` and `timbre` as synth/neural/timbre_words.py reads them
    and `device` ("auto", "cpu", "cuda", "cuda:N") are for the neural renderer, and "auto" then means that one."""

    renderer: str
    morph: Sequence[str]
    timbre: Sequence[str]
    device: str


class Choice(NamedTuple):
    """Who plays: NEURAL or FLUIDSYNTH, with which font, why (words that follow "since", or ""), and whether the other
    one may stand in."""

    kind: str
    font: SoundFont | None
    why: str
    may_change: bool = False


class Renderer(Protocol):
    """What makes a track sound."""

    @property
    def kind(self) -> str:
        """NEURAL or FLUIDSYNTH."""

    @property
    def said(self) -> str:
        """Who plays, for people: what follows "Played by"."""

    @property
    def identity(self) -> str:
        """What tells its sound from others', for the fingerprint of a settled mix."""

    def fitted(self, track: PlayedTrack) -> tuple[PlayedTrack, tuple[str, ...]]:
        """The track as it can be played, and what was changed, as notices."""

    def open(self, track: PlayedTrack, clock: Clock, rate: int, *, follow_volume: bool, start_s: float) -> Source:
        """The sound of the track or a part of it, from `start_s` on."""


@dataclass(frozen=True, slots=True)
class FluidRenderer:
    """FluidSynth with a SoundFont."""

    font: SoundFont

    @property
    def kind(self) -> str:
        """FLUIDSYNTH."""
        return FLUIDSYNTH

    @property
    def said(self) -> str:
        """With the font's name."""
        return f"FluidSynth with {self.font.name}"

    @property
    def identity(self) -> str:
        """The font's file, by name and size."""
        return f"{self.font.path.name} {self.font.size_bytes}"

    def fitted(self, track: PlayedTrack) -> tuple[PlayedTrack, tuple[str, ...]]:
        """With every note on a key that sounds (synth/font_check.py)."""
        return mend(track, self.font.path)

    def open(self, track: PlayedTrack, clock: Clock, rate: int, *, follow_volume: bool, start_s: float) -> Source:
        """A FluidSource, which plays equal strokes once where that pays."""
        if not follow_volume and pays(track, clock, self.font.path, rate):
            return ReusedSource(track, clock, self.font.path, rate, start_s=start_s)
        return FluidSource(track, clock, self.font.path, rate, follow_volume=follow_volume, start_s=start_s)


@dataclass(frozen=True, slots=True)
class NeuralRenderer:
    """The trained instruments and kits; `timbres` by the tracks' names."""

    instruments: Instruments
    kits: Kits
    weights: str
    device: torch.device
    timbres: Mapping[str, Timbre] = field(default_factory=dict)

    @property
    def kind(self) -> str:
        """NEURAL."""
        return NEURAL

    @property
    def said(self) -> str:
        """With the device, where it is no CPU."""
        return "the neural renderer" + ("" if self.device.type == "cpu" else f" on {self.device}")

    @property
    def identity(self) -> str:
        """The weights, and what is asked of the timbre; devices sound alike."""
        return f"neural {self.weights}" + (f" {sorted(self.timbres.items())!r}" if self.timbres else "")

    def fitted(self, track: PlayedTrack) -> tuple[PlayedTrack, tuple[str, ...]]:
        """With every note on a key that sounds. Raises RenderError for a program that there is not."""
        drums = track.channel == DRUM_CHANNEL
        if not 0 <= track.program <= 127:
            what = "kit" if drums else "program"
            raise RenderError(f"{track.name}: there is no {what} {track.program}; General MIDI has 0 to 127")
        if drums:
            sounds = frozenset(self.kits.keys(track.program))
        else:
            sounds = frozenset(key for key in range(128) if self.instruments.sounds(track.program, key))
        return moved(track, sounds, "the neural renderer")

    def open(self, track: PlayedTrack, clock: Clock, rate: int, *, follow_volume: bool, start_s: float) -> Source:
        """A NeuralSource."""
        from partimento.synth.neural.player import NeuralSource

        source = NeuralSource(
            track, clock, rate, instruments=self.instruments, kits=self.kits, timbre=self.timbres.get(track.name),
            follow_volume=follow_volume, start_s=start_s, device=self.device,
        )  # fmt: skip
        return _Bounded(source, track.name)


class _Bounded:
    """A source whose lack of memory is one line."""

    def __init__(self, source: Source, name: str) -> None:
        self._source, self._name = source, name

    def read(self, count: int) -> Samples:
        """As the source's; RenderError where memory runs out."""
        try:
            return self._source.read(count)
        except (MemoryError, RuntimeError) as error:
            # Torch raises a RuntimeError for want of the processor's memory.
            if isinstance(error, MemoryError) or "memory" in str(error):
                raise RenderError(
                    f"memory ran out while the neural renderer played '{self._name}'", "memory"
                ) from error
            raise

    def close(self) -> None:
        """Close the source."""
        self._source.close()


def choice(soundfont: Path | str | None = None, how: How | None = None) -> Choice:
    """Who plays what is asked so. "auto" takes FluidSynth where its library and a good font are there (soundfonts/
    finding.py), else the neural renderer, else FluidSynth with the plain font; PARTIMENTO_RENDERER says otherwise.

    Raises BriefError: an unknown renderer, or wishes that contradict each other; RenderError: what was asked for is not
    there, or nothing is.
    """
    asked = asked_for(soundfont, how or How())
    if asked == NEURAL:
        return Choice(NEURAL, None, "")
    if asked == FLUIDSYNTH:
        return _fluid(soundfont, "")
    said = os.environ.get(VARIABLE, "") or AUTO
    if said not in RENDERERS:
        raise BriefError(f"{VARIABLE} says '{said}'.{nearest(said, RENDERERS)} Valid: {', '.join(RENDERERS)}")
    if said == FLUIDSYNTH:
        return _fluid(None, f"{VARIABLE} says so")
    return Choice(NEURAL, None, f"{VARIABLE} says so") if said == NEURAL else _automatic()


def asked_for(soundfont: Path | str | None, how: How) -> str:
    """What the wishes amount to: NEURAL, FLUIDSYNTH or, where they leave it open, AUTO. Raises BriefError: an unknown
    renderer, wishes that contradict each other."""
    renderer = how.get("renderer", AUTO)
    if renderer not in RENDERERS:
        raise BriefError(f"no renderer '{renderer}'.{nearest(renderer, RENDERERS)} Valid: {', '.join(RENDERERS)}")
    wishes = _neural_wishes(how)
    if renderer == NEURAL or wishes:
        for clash, word in ((renderer == FLUIDSYNTH, "FluidSynth"), (soundfont is not None, "a SoundFont")):
            if clash:
                what = wishes or "the neural renderer"
                raise BriefError(f"{what} and {word} contradict each other: leave one of them out")
        return NEURAL
    return FLUIDSYNTH if renderer == FLUIDSYNTH or soundfont is not None else AUTO


def check_neural() -> None:
    """Raise RenderError where the neural renderer lacks something that can be seen without loading it."""
    lacking, remedy = lack()
    if lacking:
        raise RenderError(f"the neural renderer cannot play: {lacking}", remedy)


def renderer_of(
    chosen: Choice, timbres: Mapping[str, Timbre], device: str = "auto"
) -> tuple[Renderer, tuple[str, ...]]:
    """The renderer that was chosen, loaded, and notices.

    Where it was chosen by itself and cannot be loaded, the other one stands in, as a notice says. Raises RenderError
    (torch lacks), ModelError (weights that are missing or damaged), TrainingError (no such device).
    """
    if chosen.kind == FLUIDSYNTH:
        assert chosen.font is not None
        return FluidRenderer(chosen.font), ()
    try:
        return _loaded(timbres, device), ()
    except (RenderError, ModelError) as error:
        if not chosen.may_change:
            raise
        try:
            font = _fluid(None, "").font
        except RenderError:
            raise error from None
        assert font is not None
        return FluidRenderer(font), (f"{str(error)[0].upper()}{str(error)[1:]}",)


def _automatic() -> Choice:
    try:
        library()
    except RenderError as error:
        lacking, remedy = lack()
        if lacking:
            raise RenderError(f"{error}; nor can the neural renderer play: {lacking}", remedy) from error
        return Choice(NEURAL, None, "the FluidSynth library is missing")
    font = good_soundfont()
    if font is not None:
        return Choice(FLUIDSYNTH, font, "")
    if not lack()[0]:
        return Choice(NEURAL, None, "there is no better SoundFont than the plain one", True)
    return Choice(FLUIDSYNTH, default_soundfont(), "")


def _fluid(soundfont: Path | str | None, why: str) -> Choice:
    library()
    return Choice(FLUIDSYNTH, check_soundfont(soundfont) if soundfont is not None else default_soundfont(), why)


def _neural_wishes(asked: How) -> str:
    """What was asked that the neural renderer alone can do, in a word or two; "" where nothing was."""
    for given, word in ((asked.get("morph"), "a morph"), (asked.get("timbre"), "a timbre")):
        if given:
            return word
    return "a device" if asked.get("device", AUTO) != AUTO else ""


def _loaded(timbres: Mapping[str, Timbre], device: str) -> NeuralRenderer:
    try:
        from partimento.learning.nets.device import choose_device
        from partimento.synth.neural.instruments import load_instruments
        from partimento.synth.neural.kits import load_kits
    except (ImportError, OSError) as error:
        raise RenderError(f"the neural renderer needs PyTorch, which cannot be loaded ({error})", "torch") from error
    weights = weights_identity()
    instruments, kits = load_instruments(weights_path("instruments")), load_kits(weights_path("kits"))
    return NeuralRenderer(instruments, kits, weights, choose_device(device), timbres)
