"""The drums model: how loud and how late each stroke of a plain grid is played, and what a drummer strikes next.

Conventions: a grid is a row a step, four steps a quarter (sixteenths) or three (triplet eighths), 4/4 in the main; its
columns are CLASSES. Velocities are MIDI's, times milliseconds, late positive.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path

import torch
from torch import Tensor, nn

from partimento.arrangement.net_drums import Going, Lead, Touch
from partimento.composer.neural.sampling import GRAIN
from partimento.composer.neural.shipped import weights_path
from partimento.learning.nets.weights import fill, load_weights
from partimento.score.stream import Stream
from partimento.theory.errors import ModelError

CLASSES = (
    "kick", "snare", "rim", "hat", "hat_open", "hat_pedal", "ride", "bell", "crash", "tom1", "tom2", "tom3",
)  # fmt: skip
"""Pieces in the order in which one step's strokes are decided: kick, snare, then what keeps time, then the rest."""
STYLES = (
    "other", "rock", "pop", "punk", "funk", "soul", "hiphop", "jazz", "jazzfunk", "neworleans", "afrocuban", "latin",
    "brazilian", "samba", "afrobeat", "reggae", "country", "gospel", "blues", "shuffle",
)  # fmt: skip
"""Learned styles; "other" stands for the rare rest."""
SLOTS = 7
"""Places in a beat: 0 to 3 sixteenths, 4 to 6 triplets."""
BEATS = 6
BARS = 8
"""Bars are counted round by eights: grooves turn by fours and eights."""
SEGMENT, MARGIN = 8, 2
"""Bars of a song that are felt at a time, and how many more on either side are seen."""
HANDS = tuple(c not in ("kick", "hat_pedal") for c in CLASSES)
HATS = tuple(CLASSES.index(c) for c in ("hat", "hat_open", "hat_pedal"))
VELOCITY = 40.0
DELAY = 20.0
"""Units of the outputs: about the spread of velocities, and of times in ms."""

State = tuple[Tensor, Tensor]
"""What an LSTM hands on: (layers, n, width) twice."""


@dataclass(frozen=True, slots=True)
class DrumsConfig:
    """Sizes: width of inputs, of each direction of the feel's LSTM (two layers) and of the groove's (two layers)."""

    width: int = 48
    feel: int = 64
    groove: int = 128
    dropout: float = 0.25


class Places(nn.Module):
    """What is known of every step before its strokes: place in beat and bar, tempo, style, whether a fill."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.place = nn.Embedding(SLOTS * BEATS, width)
        self.bar = nn.Embedding(BARS, width)
        self.style = nn.Embedding(len(STYLES), width)
        self.fill = nn.Embedding(2, width)
        self.pace = nn.Linear(2, width)

    def forward(self, codes: Tensor, step_ms: Tensor) -> Tensor:
        """(n, steps, width) of `codes` (n, steps, 4: slot + 7 beat, bar, style, fill) and `step_ms` (n,)."""
        pace = torch.log2(step_ms / 125.0)
        tables = (self.place, self.bar, self.style, self.fill)
        known = torch.stack([table(codes[..., i]) for i, table in enumerate(tables)]).sum(0)
        found: Tensor = known + self.pace(torch.stack((pace, pace * pace), dim=-1)).unsqueeze(1)
        return found


class FeelNet(nn.Module):
    """A grid to five figures a stroke: velocity, lateness on the swung and on the plain grid, and two spreads."""

    def __init__(self, config: DrumsConfig) -> None:
        super().__init__()
        self.places = Places(config.width)
        self.strokes = nn.Linear(len(CLASSES), config.width)
        self.lstm = nn.LSTM(config.width, config.feel, 2, batch_first=True, bidirectional=True, dropout=config.dropout)
        self.drop = nn.Dropout(config.dropout)
        self.out = nn.Linear(2 * config.feel, 5 * len(CLASSES))

    def forward(self, codes: Tensor, step_ms: Tensor, hits: Tensor, lengths: Tensor) -> Tensor:
        """(n, steps, 12, 5) for `hits` (n, steps, 12) of 0 and 1; past `lengths` (n,) all is silence.

        The five: velocity and two delays (medians), spreads (mean absolute residuals) of velocity and delay.
        """
        known = torch.relu(self.places(codes, step_ms) + self.strokes(hits))
        there = torch.arange(hits.shape[1], device=hits.device) < lengths.unsqueeze(1)
        state = self.lstm(known * there.unsqueeze(-1))[0]
        raw = self.out(self.drop(state)).unflatten(-1, (len(CLASSES), 5))
        velocity = 60.0 + VELOCITY * raw[..., 0]
        spreads = nn.functional.softplus(raw[..., 3:]) * torch.tensor((VELOCITY / 2, DELAY))
        return torch.cat((velocity.unsqueeze(-1), DELAY * raw[..., 1:3], spreads), dim=-1)


class GrooveNet(nn.Module):
    """What is struck at a step, given all steps before it: a Bernoulli for each piece, each knowing those before it."""

    def __init__(self, config: DrumsConfig) -> None:
        super().__init__()
        self.places = Places(config.width)
        self.strokes = nn.Linear(len(CLASSES), config.width, bias=False)
        self.lstm = nn.LSTM(config.width, config.groove, 2, batch_first=True, dropout=config.dropout)
        self.drop = nn.Dropout(config.dropout)
        self.out = nn.Linear(config.groove + config.width, len(CLASSES))
        self.among = nn.Parameter(torch.zeros(len(CLASSES), len(CLASSES)))

    def forward(
        self, codes: Tensor, step_ms: Tensor, before: Tensor, state: State | None = None
    ) -> tuple[Tensor, State]:
        """(logits before the step's own strokes count, (n, steps, 12), and the LSTM's state).

        `before` (n, steps, 12): what was struck a step earlier. `within` adds what the step's own strokes change.
        """
        known = torch.relu(self.places(codes, step_ms) + self.strokes(before))
        found, state = self.lstm(known, state)
        return self.out(torch.cat((self.drop(found), known), dim=-1)), state

    def within(self) -> Tensor:
        """(12, 12): what a stroke on piece j adds to the logit of piece i; nonzero where j comes before i."""
        return torch.tril(self.among, -1)


class DrumsModule(nn.Module):
    """Both nets, stored as one."""

    def __init__(self, config: DrumsConfig) -> None:
        super().__init__()
        self.config = config
        self.feel = FeelNet(config)
        self.groove = GrooveNet(config)

    def sizes(self) -> dict[str, object]:
        """The configuration, as it is stored beside the weights."""
        return asdict(self.config)


def place_codes(
    steps: int, division: int, style: int, fills: Sequence[int] | int = 0, first_bar: int = 0, bar: int = 0
) -> Tensor:
    """(steps, 4) codes of a grid from a bar line on, `bar` steps a bar (0: four quarters)."""
    at = torch.arange(steps)
    bar = bar or 4 * division
    inside = at % bar
    slot = inside % division + (4 if division == 3 else 0)
    beat = torch.clamp(inside // division, max=BEATS - 1)
    bars = (first_bar + at // bar) % BARS
    flags = torch.as_tensor(fills, dtype=torch.long).expand(steps)
    return torch.stack((slot + SLOTS * beat, bars, torch.full((steps,), style), flags), dim=-1)


def style_code(style: str) -> int:
    """The number of a learned style; rare ones are "other"."""
    return STYLES.index(style) if style in STYLES else 0


class DrumsNet:
    """A drummer (arrangement/net_drums.Drummer) with trained weights; it keeps no state between answers."""

    def __init__(self, module: DrumsModule) -> None:
        self.module = module.eval()

    @torch.inference_mode()
    def touches(
        self, style: str, bpm: float, division: int, strokes: Sequence[Collection[str]], fills: Sequence[bool]
    ) -> list[dict[str, Touch]]:
        """How every stroke of a grid is played, a step at a time; `strokes` begin at a bar line."""
        if not strokes:
            return []
        hits = _hits(strokes)
        codes = place_codes(len(strokes), division, style_code(style), fills)
        bar = 4 * division
        size, margin = SEGMENT * bar, MARGIN * bar
        starts = range(0, len(strokes), size)
        spans = [(max(0, s - margin), min(len(strokes), s + size + margin)) for s in starts]
        lengths = torch.tensor([high - low for low, high in spans])
        longest = int(lengths.max())
        shape = (len(spans), longest)
        some_codes, some_hits = torch.zeros((*shape, 4), dtype=torch.long), torch.zeros((*shape, len(CLASSES)))
        for i, (low, high) in enumerate(spans):
            some_codes[i, : high - low], some_hits[i, : high - low] = codes[low:high], hits[low:high]
        pace = torch.full((len(spans),), 60000.0 / bpm / division)
        found = self.module.feel(some_codes, pace, some_hits, lengths)
        whole = torch.cat([found[i, s - spans[i][0] : s - spans[i][0] + size] for i, s in enumerate(starts)])
        rows = ((whole * GRAIN).round() / GRAIN).tolist()
        return [
            {name: Touch(v, d, sv, sd) for name in step for v, d, _, sv, sd in (row[CLASSES.index(name)],)}
            for step, row in zip(strokes, rows, strict=False)
        ]

    @torch.inference_mode()
    def goes_on(
        self,
        style: str,
        bpm: float,
        division: int,
        leads: Sequence[Lead],
        streams: Sequence[Stream],
        count: int,
        temperature: float,
    ) -> list[list[Going]]:
        """`count` ways to go on for every lead, drawn from its stream; two hands and a foot a side a step."""
        if not leads:
            return []
        net = self.module.groove
        code, pace = style_code(style), 60000.0 / bpm / division
        state, last = self._primed(leads, code, pace, division)
        state = (state[0].repeat_interleave(count, dim=1), state[1].repeat_interleave(count, dim=1))
        last = last.repeat_interleave(count, dim=0)
        most = max(lead.steps for lead in leads)
        draws = torch.tensor([[_uniforms(s, count, lead.steps, most)] for s, lead in zip(streams, leads, strict=True)])
        draws = draws.reshape(len(leads) * count, most, len(CLASSES))
        ahead = [
            place_codes(len(lead.before) + lead.steps, division, code, lead.fill, lead.bar)[len(lead.before) :]
            for lead in leads
        ]
        codes = torch.stack([nn.functional.pad(c, (0, 0, 0, most - len(c))) for c in ahead])
        codes = codes.repeat_interleave(count, dim=0)
        allowed = torch.tensor([[c in lead.pieces for c in CLASSES] for lead in leads])
        allowed = allowed.repeat_interleave(count, dim=0)
        within, paces = net.within(), torch.full((len(codes),), pace)
        nats = torch.zeros(len(codes))
        steps = torch.tensor([lead.steps for lead in leads]).repeat_interleave(count)
        struck: list[Tensor] = []
        for i in range(most):
            logits, state = net(codes[:, i : i + 1], paces, last.unsqueeze(1), state)
            last, gained = _drawn(logits[:, 0], within, allowed, draws[:, i], temperature)
            nats += torch.where(i < steps, gained, 0.0)
            struck.append(last)
        return _goings(torch.stack(struck, dim=1), nats, leads, count)

    def _primed(self, leads: Sequence[Lead], code: int, pace: float, division: int) -> tuple[State, Tensor]:
        """(the LSTM's state after every lead, the strokes of its last step)."""
        net = self.module.groove
        lengths = torch.tensor([max(1, len(lead.before)) for lead in leads])
        longest = int(lengths.max())
        codes = torch.stack([place_codes(longest, division, code, False, lead.bar) for lead in leads])
        rows = [_hits(lead.before) for lead in leads]
        hits = torch.stack([nn.functional.pad(row, (0, 0, 0, longest - len(row))) for row in rows])
        before = nn.functional.pad(hits, (0, 0, 1, 0))[:, :-1]
        known = torch.relu(net.places(codes, torch.full((len(leads),), pace)) + net.strokes(before))
        packed = nn.utils.rnn.pack_padded_sequence(known, lengths, batch_first=True, enforce_sorted=False)
        return net.lstm(packed)[1], hits[torch.arange(len(leads)), lengths - 1]


@cache
def load() -> DrumsNet:
    """The drums model that comes along, read once; ModelError where its weights are missing or damaged."""
    return load_from(weights_path("drums"))


def load_from(path: Path) -> DrumsNet:
    """The drums model of a file of weights; ModelError where that is missing, damaged or another model's."""
    config, state = load_weights(path, "drums")
    try:
        module = DrumsModule(DrumsConfig(**config))  # type: ignore[arg-type]  # a file's own words: checked by `fill`
    except TypeError as error:
        raise ModelError(f"the weights '{path}' are of other sizes: {error}") from None
    fill(module, state, path)
    return DrumsNet(module)


def _hits(strokes: Sequence[Collection[str]]) -> Tensor:
    return torch.tensor([[float(c in step) for c in CLASSES] for step in strokes]).reshape(-1, len(CLASSES))


def _uniforms(stream: Stream, count: int, steps: int, most: int) -> list[list[list[float]]]:
    """count x most x 12 uniform draws; what lies beyond `steps` is 1 and never strikes."""
    spare = [[1.0] * len(CLASSES)] * (most - steps)
    return [[[stream.random() for _ in CLASSES] for _ in range(steps)] + spare for _ in range(count)]


def _drawn(logits: Tensor, within: Tensor, allowed: Tensor, draws: Tensor, temperature: float) -> tuple[Tensor, Tensor]:
    """One step's strokes (n, 12), a piece after the other, held to two hands and one pair of cymbals; their nats."""
    hits = torch.zeros_like(logits)
    nats = torch.zeros(len(logits))
    hands = torch.zeros(len(logits))
    for k in range(len(CLASSES)):
        logit = ((logits[:, k] + hits @ within[k]) * GRAIN).round() / GRAIN
        free = allowed[:, k]
        if HANDS[k]:
            free = free & (hands < 2)
        if k in HATS:
            free = free & (hits[:, list(HATS)].sum(-1) == 0)
        struck = free & (draws[:, k] < torch.sigmoid(logit / temperature))
        nats += torch.where(free, nn.functional.logsigmoid(torch.where(struck, logit, -logit)), 0.0)
        hits[:, k] = struck.float()
        hands += hits[:, k] * HANDS[k]
    return hits, nats


def _goings(struck: Tensor, nats: Tensor, leads: Sequence[Lead], count: int) -> list[list[Going]]:
    rows, sums = struck.bool().tolist(), ((nats * GRAIN).round() / GRAIN).tolist()
    out: list[list[Going]] = []
    for i, lead in enumerate(leads):
        of_lead = []
        for j in range(i * count, (i + 1) * count):
            steps = rows[j][: lead.steps]
            strokes = tuple(tuple(c for c, hit in zip(CLASSES, row, strict=True) if hit) for row in steps)
            of_lead.append(Going(strokes, sums[j]))
        out.append(of_lead)
    return out
