"""The trained instruments: notes to Controls by one small net, a whole note at a time.

Conventions: as synth/neural/controls.py. Each program has a code, and each of its keys one of its own (the samples of
the teacher change from key to key); a trunk of dense layers makes of both, with key and velocity, everything there is
to say of a note at once: 48 times of 96 partials are one row, not 48 questions. Levels are counted from what the
velocity alone makes of them, 40 log10(v / 127) dB. A key that was held out of training takes the code midway between
its neighbours'.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from functools import lru_cache
from math import pi
from pathlib import Path

import torch
from torch import Tensor, nn

from partimento.learning.nets.weights import fill, load_weights
from partimento.synth.neural.controls import (
    BANDS,
    FLOOR,
    PARTIALS,
    POINTS,
    RELEASE_BANDS,
    RELEASE_POINTS,
    WAVE_BANDS,
    WAVES,
    Controls,
    NeuralNote,
    release_shares,
    times,
)
from partimento.synth.neural.noise import noise, noise_table
from partimento.synth.neural.shipped import weights_path
from partimento.synth.neural.tones import FRAME, envelopes, frame_times, frames_of, warped
from partimento.theory.errors import ModelError, RenderError

MODEL = "instruments"
LOW, KEYS = 21, 88
"""The keys that have codes of their own, the piano's; beyond them the outermost ones speak."""
SHAPES: dict[str, tuple[int, ...]] = {
    "partials": (POINTS, PARTIALS),
    "noise": (POINTS, BANDS),
    "cents": (PARTIALS,),
    "pan": (PARTIALS,),
    "noise_pan": (BANDS,),
    "turns": (2, 2, PARTIALS),
    "glide": (WAVES,),
    "wave": (WAVES, WAVE_BANDS),
    "release": (2, RELEASE_POINTS, RELEASE_BANDS),
}
"""What a row holds, in this order; `turns` are cosines and sines of the phases, `release` is that of short and of long
notes."""
SIZES = {name: int(torch.Size(shape).numel()) for name, shape in SHAPES.items()}
RELEASE_LENGTHS_S = (0.3, 4.0)
_HELD = 0.08
"""A note that loses less than so much in a second (0.7 dB) is held on."""
_BOLD = 4.0
"""A key is in one batch of fifty: its code must learn faster than the rest (measured: 3 % less loss)."""


@dataclass(frozen=True, slots=True)
class Config:
    """Sizes of the net."""

    program: int = 48
    key: int = 64
    width: int = 512
    layers: int = 3


class InstrumentsNet(nn.Module):
    """Codes, trunk and one matrix to all that a note is; outputs are in units of `scale` around `middle`."""

    def __init__(self, config: Config) -> None:
        super().__init__()
        self.config = config
        self.programs = nn.Embedding(128, config.program)
        self.keys = nn.Embedding(128 * KEYS, config.key)
        nn.init.normal_(self.programs.weight, std=0.3)
        nn.init.normal_(self.keys.weight, std=0.1 / _BOLD)
        self.inward = nn.Linear(config.program + config.key + _FEATURES, config.width)
        self.layers = nn.ModuleList(
            nn.Sequential(
                nn.LayerNorm(config.width),
                nn.Linear(config.width, config.width),
                nn.GELU(),
                nn.Linear(config.width, config.width),
            )
            for _ in range(config.layers)
        )
        self.norm = nn.LayerNorm(config.width)
        self.outward = nn.Linear(config.width, sum(SIZES.values()))
        self.register_buffer("middle", torch.zeros(sum(SIZES.values())))
        self.register_buffer("scale", torch.ones(sum(SIZES.values())))
        self.register_buffer("wide", torch.zeros(128))
        self.register_buffer("ratios", torch.zeros(128, PARTIALS))
        self.register_buffer("sounding", torch.zeros(128, KEYS))
        self.register_buffer("level", torch.zeros(128))

    middle: Tensor
    scale: Tensor
    wide: Tensor
    ratios: Tensor
    sounding: Tensor
    level: Tensor

    def codes(self, program: Tensor, key: Tensor) -> Tensor:
        """The codes (N, program + key) of programs and keys (N,)."""
        place = (key - LOW).clamp(0, KEYS - 1)
        return self.coded(program, self.keys(program * KEYS + place))

    def coded(self, program: Tensor, own: Tensor) -> Tensor:
        """The programs' codes with those of their keys (N, key)."""
        return torch.cat((self.programs(program), _BOLD * own), dim=1)

    def rows(self, codes: Tensor, key: Tensor, velocity: Tensor) -> Tensor:
        """All outputs (N, sum of SIZES) for codes, keys (N,) and velocities (N,), in their own units."""
        x = self.inward(torch.cat((codes, _features(key.float(), velocity)), dim=1))
        for layer in self.layers:
            x = x + layer(x)
        said: Tensor = self.outward(self.norm(x))
        return self.middle + self.scale * said.float()

    def forward(self, program: Tensor, key: Tensor, velocity: Tensor) -> Tensor:
        """`rows` of programs, keys and velocities (N,), each program at its own level."""
        rows = self.rows(self.codes(program, key), key, velocity)
        levels = SIZES["partials"] + SIZES["noise"]  # the first two
        return torch.cat((rows[:, :levels] + self.level[program][:, None], rows[:, levels:]), dim=1)


_FEATURES = 2 + 2 * 6 + 2 + 2 * 3


def _features(key: Tensor, velocity: Tensor) -> Tensor:
    place, force = key / 127.0, velocity / 127.0
    found = [place, place.square()]
    for i in range(1, 7):
        found += [torch.sin(pi * i * place), torch.cos(pi * i * place)]
    found += [force, torch.log(force.clamp(min=1e-2))]
    for i in range(1, 4):
        found += [torch.sin(pi * i * force), torch.cos(pi * i * force)]
    return torch.stack(found, dim=1)


def unpacked(rows: Tensor) -> dict[str, Tensor]:
    """The parts of rows (N, sum of SIZES) by name, each (N, *shape)."""
    parts = torch.split(rows, list(SIZES.values()), dim=1)
    return {name: part.reshape(-1, *SHAPES[name]) for name, part in zip(SHAPES, parts, strict=True)}


def controls_of(
    rows: Tensor, key: Tensor, velocity: Tensor, length_s: Tensor, ratios: Tensor, wide: Tensor
) -> Controls:
    """Controls from rows for notes of these keys, velocities and lengths (N,); `ratios` (N, PARTIALS), `wide`
    (N,)."""
    parts = unpacked(rows)
    gain = 2.0 * torch.log(velocity / 127.0)[:, None, None]
    hertz = 440.0 * torch.exp2((key.double() - 69.0) / 12.0)[:, None] * ratios.double()
    hertz = hertz * torch.exp2(parts["cents"].double() / 1200.0)
    turns = parts["turns"]
    phases = torch.atan2(turns[:, 1], turns[:, 0])
    first, last = (torch.log(torch.tensor(seconds)) for seconds in RELEASE_LENGTHS_S)
    share = ((torch.log(length_s.clamp(min=1e-3)) - first) / (last - first)).clamp(0.0, 1.0)[:, None, None]
    release = parts["release"][:, 0] * (1 - share) + parts["release"][:, 1] * share
    # A single side's phases serve both where a program is not stereo: then both are the same to the last bit.
    both = wide[:, None] > 0.5
    phases = torch.where(both[:, None], phases, phases[:, :1].expand_as(phases))
    return Controls(
        (_ended(parts["partials"]) + gain).clamp(min=FLOOR),
        hertz.float(),
        phases,
        torch.where(both, parts["pan"], 0.0),
        (_ended(parts["noise"]) + gain).clamp(min=FLOOR),
        torch.where(both, parts["noise_pan"], 0.0),
        _falling(release, key),
        wide,
        parts["glide"],
        parts["wave"],
    )  # fmt: skip


def _ended(levels: Tensor) -> Tensor:
    """Levels (N, POINTS, K) with another last point, since the analysis' last window reaches beyond the note's end, and
    since what lies between it and the one before goes on for as long as the note does: each falls as it fell since the
    first second, at the most twice as fast as the whole, and not at all where the whole holds on."""
    at = times().to(levels.device)
    early = int((at < 1.0).sum())
    seconds = at[-2] - at[early]
    own = (levels[:, -2] - levels[:, early]) / seconds
    whole = (torch.logsumexp(2 * levels[:, -2], 1) - torch.logsumexp(2 * levels[:, early], 1)) / (2 * seconds)
    slope = torch.maximum(own.clamp(max=0.0), 2 * whole[:, None])
    slope = torch.where(whole[:, None] > -_HELD, torch.zeros_like(slope), slope)
    return torch.cat((levels[:, :-1], (levels[:, -2] + slope * (at[-1] - at[-2]))[:, None]), dim=1)


def _falling(release: Tensor, key: Tensor) -> Tensor:
    """A release (N, RELEASE_POINTS, RELEASE_BANDS) that begins with 0 and never rises, in which no band falls less than
    that of the key's fundamental: where the teacher was silent nothing was learned, and must not ring on."""
    falling = torch.cummin((release - release[:, :1]).clamp(max=0.0), dim=1).values
    own = release_shares(440.0 * torch.exp2((key.float() - 69.0) / 12.0))
    return torch.minimum(falling, torch.einsum("ntb,nb->nt", falling, own)[:, :, None])


class Instruments:
    """All 128 programs of General MIDI, as far as the teacher had them; safe in threads."""

    def __init__(self, net: InstrumentsNet) -> None:
        self._net = net.eval()

    def sounds(self, program: int, key: int) -> bool:
        """Whether the teacher had anything on that key; what is silent there is silent here."""
        return bool(self._net.sounding[_program(program), min(KEYS - 1, max(0, key - LOW))] > 0.5)

    def stereo(self, program: int) -> bool:
        """Whether left and right differ."""
        return bool(self._net.wide[_program(program)] > 0.5)

    def controls(
        self, notes: Sequence[NeuralNote], toward: Sequence[tuple[int, float] | None] | None = None
    ) -> Controls:
        """What the notes are made of. `toward` names for each another program and the share of it (0 to 1): halfway is
        neither's sound but one between, its levels, pitch curves and noise midway in decibels.

        Raises RenderError for programs that there are not.
        """
        with torch.inference_mode():
            found = self._plain([_program(note.program) for note in notes], notes)
            if toward is None or not any(toward):
                return found
            others = [_program(each[0]) if each else note.program for each, note in zip(toward, notes, strict=True)]
            share = torch.tensor([min(1.0, max(0.0, each[1])) if each else 0.0 for each in toward])
            return blended(found, self._plain(others, notes), share)

    def _plain(self, programs: Sequence[int], notes: Sequence[NeuralNote]) -> Controls:
        net = self._net
        program = torch.tensor(programs, dtype=torch.long)
        key = torch.tensor([note.key for note in notes], dtype=torch.long)
        velocity = torch.tensor([min(127.0, max(1.0, note.velocity)) for note in notes])
        length = torch.tensor([note.length_s for note in notes])
        rows = net(program, key, velocity)
        found = controls_of(rows, key, velocity, length, net.ratios[program], net.wide[program])
        silent = net.sounding[program, (key - LOW).clamp(0, KEYS - 1)] < 0.5
        if bool(silent.any()):
            found.partials[silent] = FLOOR
            found.noise[silent] = FLOOR
        return found


def blended(one: Controls, other: Controls, share: Tensor) -> Controls:
    """Controls `share` (N,) of the way from one to another: levels and curves between, partials by their number; the
    phases and stereo image are those of the nearer. A partial that only one has keeps its frequency."""
    parts = {}
    for field in fields(Controls):
        first, second = getattr(one, field.name), getattr(other, field.name)
        weight = share.reshape(-1, *([1] * (first.dim() - 1)))
        if field.name == "frequency":
            both = (first > 0) & (second > 0)
            between = first.clamp(min=1.0).log() * (1 - weight) + second.clamp(min=1.0).log() * weight
            parts[field.name] = torch.where(both, between.exp(), torch.maximum(first, second))
            parts[field.name] = torch.where(weight <= 0, first, torch.where(weight >= 1, second, parts[field.name]))
        elif field.name in ("phases", "wide"):
            parts[field.name] = torch.where(weight < 0.5, first, second)
        else:
            parts[field.name] = first * (1 - weight) + second * weight
    return Controls(**parts)


def _program(program: int) -> int:
    if not 0 <= program <= 127:
        raise RenderError(f"there is no program {program}: programs go from 0 to 127")
    return program


def filled(state: dict[str, Tensor], heard: Tensor) -> dict[str, Tensor]:
    """A net's state with the codes of keys that were not `heard` (128, KEYS) put midway between their neighbours'."""
    codes = state["keys.weight"].clone().reshape(128, KEYS, -1)
    for program in range(128):
        known = torch.nonzero(heard[program])[:, 0].tolist()
        if not known:
            continue
        for key in range(KEYS):
            if heard[program, key]:
                continue
            below = max((each for each in known if each < key), default=known[0])
            above = min((each for each in known if each > key), default=known[-1])
            share = (key - below) / (above - below) if above > below else 0.0
            codes[program, key] = codes[program, below] * (1 - share) + codes[program, above] * share
    return {**state, "keys.weight": codes.reshape(128 * KEYS, -1)}


def sound(controls: Controls, lengths_s: Tensor, rate: int, samples: int, part: str = "both") -> Tensor:
    """Notes as single notes sound, each by itself from the noise table's beginning on: (N, 2, samples). `part` "tones"
    or "noise" gives that alone."""
    at = frame_times(-(-samples // FRAME), rate, lengths_s.device)
    amplitude, hiss = envelopes(controls, lengths_s, at)
    out = torch.zeros(len(controls), 2, (len(at) - 1) * FRAME, device=lengths_s.device)
    if part != "noise":
        out = out + frames_of(controls, amplitude, warped(controls.glide, at), rate)
    if part != "tones":
        table = noise_table(rate).to(lengths_s.device)
        wide = bool((controls.wide > 0.5).any())
        sides = [torch.exp(sign * controls.noise_pan)[:, None, :] * hiss for sign in ((-1.0, 1.0) if wide else (0.0,))]
        powers = torch.stack(sides, dim=1).square()
        each = zip(powers, controls.wide, strict=True)
        out = out + torch.stack([noise(power, 0, table, bool(apart > 0.5)) for power, apart in each])
    return out[:, :, :samples]


def read_instruments(path: Path) -> Instruments:
    """The instruments of a file of weights; ModelError where it is missing, damaged or another model's."""
    config, state = load_weights(path, MODEL)
    try:
        net = InstrumentsNet(Config(**{name: int(str(value)) for name, value in config.items()}))
    except (TypeError, ValueError) as error:
        raise ModelError(f"the weights '{path}' have sizes that are not understood: {error}") from None
    fill(net, state, path)
    return Instruments(net)


@lru_cache(maxsize=4)
def load_instruments(path: Path | None = None) -> Instruments:
    """The shipped instruments, or those of another file; read once. Raises ModelError as `read_instruments`."""
    return read_instruments(path or weights_path(MODEL))
