"""The voicing net answers: phrases of chords set for four voices, several settings at a time, the best by a critic.

Conventions: chord tones and ranges are kept always; part-writing's rules weigh against a pitch in nats (FAULTS) and are
broken only where nothing else is left. A moment counts as a quarter note to the net, as chords do in the chorales it
has learned from. Voices stand from the top down.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from math import exp
from pathlib import Path

import torch

from partimento.arrangement.net_voices import Moment, Phrase, Ranges, Voiced
from partimento.composer.neural.sampling import NEVER, best, draw, log_shares
from partimento.composer.neural.shipped import weights_path
from partimento.composer.neural.voicing_data import (
    CHORDS,
    HIGH,
    LOW,
    MOST_HELD,
    NO_INTERVAL,
    START,
    chord_of,
    interval,
    triad_of,
)
from partimento.composer.neural.voicing_module import ORDER, Config, Memory, Steps, Voicing
from partimento.learning.nets.weights import fill, load_weights
from partimento.score.stream import Stream
from partimento.theory.chord import Chord
from partimento.theory.errors import ModelError

QUARTER = 4
"""Sixteenths a moment lasts for the net."""
BEHIND = 8.0
"""A setting that is worth so many nats less than the best of its phrase is given up for that one's way."""
LEAST_SHARE = 0.04
"""What is less likely than this share of the likeliest is not drawn."""
FAULTS = {
    "crossing": 30.0, "parallels": 20.0, "incomplete": 12.0, "leap": 8.0, "unison": 8.0, "doubled seventh": 6.0,
    "spacing": 6.0, "seventh left by leap": 4.0, "thin": 2.5, "doubled third": 1.5,
}  # fmt: skip
"""Nats against a pitch for each rule of part-writing it breaks (Aldwell & Schachter, Harmony and Voice Leading).

"thin" is a tone that two upper voices share, which leaves them another tone of the chord the less.
"""


@dataclass(slots=True)
class _Setting:
    """One setting of a phrase as it grows: pitches by moment, what was held and since when, and how it fares."""

    phrase: int
    moments: tuple[Moment, ...]
    ranges: Ranges
    stream: Stream
    greedy: bool
    pitches: list[list[int]] = field(default_factory=list)
    held: list[int] = field(default_factory=lambda: [0] * 4)
    came: list[int] = field(default_factory=lambda: [NO_INTERVAL] * 4)
    chord: int = CHORDS
    chord_held: int = 0
    nats: float = 0.0
    notes: int = 0
    faults: Counter[str] = field(default_factory=Counter)
    against: float = 0.0

    @property
    def worth(self) -> float:
        """What the critic weighs: the net's log-probability less the nats of all faults."""
        return self.nats - self.against

    def follow(self, other: _Setting) -> None:
        """Takes over another setting's way up to here; what comes next it draws for itself."""
        self.pitches = [list(sonority) for sonority in other.pitches]
        self.held, self.came = list(other.held), list(other.came)
        self.chord, self.chord_held = other.chord, other.chord_held
        self.nats, self.notes, self.against = other.nats, other.notes, other.against
        self.faults = Counter(other.faults)


class VoicingNet:
    """The Chorister that players ask (arrangement/net_voices.py); safe in threads."""

    def __init__(self, model: Voicing, faults: Mapping[str, float] = FAULTS) -> None:
        self._model = model.eval()
        self._nats = {name: faults.get(name, 0.0) for name in FAULTS}

    def voice(self, phrases: Sequence[Phrase], stream: Stream, count: int, temperature: float) -> tuple[Voiced, ...]:
        """Each phrase's best of `count` settings, the first by always taking the likeliest; as Chorister says.

        Raises ValueError for a range that is no octave wide or lies outside LOW-HIGH.
        """
        for low, high in (bounds for phrase in phrases for bounds in phrase.ranges):
            if not LOW <= low <= high - 11 <= HIGH - 11:
                raise ValueError(f"a voice's range {low}-{high}: an octave at the least, inside {LOW}-{HIGH}")
        settings = [
            [_Setting(i, *phrase, stream.sub("voices", _name(phrase), k), k == 0) for k in range(max(1, count))]
            for i, phrase in enumerate(phrases)
        ]
        rows = [setting for some in settings for setting in some if setting.moments]
        with torch.inference_mode():
            self._grow(rows, temperature)
        return tuple(_judged(some) for some in settings)

    def _grow(self, rows: list[_Setting], temperature: float) -> None:
        """Sets moment by moment, all rows at once; those whose phrase is over drop out."""
        memory: Memory | None = None
        for k in range(max((len(row.moments) for row in rows), default=0)):
            going = [i for i, row in enumerate(rows) if len(row.moments) > k]
            if memory is not None and len(going) < len(rows):
                memory = memory.chosen(torch.tensor(going))
            rows = [rows[i] for i in going]
            state, memory = self._model.states(self._model.enter_after(_before(rows, k)), memory)
            self._choose(rows, state[:, -1:], k, temperature)
            memory = memory.chosen(torch.tensor(_followed(rows)))

    def _choose(self, rows: list[_Setting], state: torch.Tensor, k: int, temperature: float) -> None:
        before = torch.tensor([[[_token(p) for p in row.pitches[k - 1]] if k else [START] * 4] for row in rows])
        chord = torch.tensor([[_chord_token(row.moments[k].chord)] for row in rows])
        for row in rows:
            row.pitches.append([-1] * 4)
        chosen: list[torch.Tensor] = []
        for j, voice in enumerate(ORDER):
            logits = self._model.voice_logits(j, state, chord, before[..., voice], chosen, before)
            for row, shares in zip(rows, log_shares(logits[:, 0]), strict=True):
                _take(row, k, voice, shares, self._nats, temperature)
            chosen.append(torch.tensor([[_token(row.pitches[k][voice])] for row in rows]))
        for row in rows:
            _went_on(row, k)


def _name(phrase: Phrase) -> str:
    return " ".join([*(f"{m.chord.name}:{m.soprano}:{m.bass}" for m in phrase.moments), str(phrase.ranges)])


def _token(pitch: int) -> int:
    """The token of a pitch; what is beyond the net's range is heard in the octave that is inside."""
    while pitch > HIGH:
        pitch -= 12
    while pitch < LOW:
        pitch += 12
    return pitch - LOW + 1


@cache
def _chord_token(chord: Chord) -> int:
    return triad_of(chord.numbers | {chord.bass_tone.number}, chord.bass_tone.number)


def _before(rows: list[_Setting], k: int) -> Steps:
    """What sounded a sixteenth before each of the steps up to moment k that the net has not seen."""
    steps = QUARTER if k else 1
    pitches, held, came, chords, chord_held = [], [], [], [], []
    for row in rows:
        tokens = [_token(p) for p in row.pitches[k - 1]] if k else [START] * 4
        back = range(steps - 1, -1, -1)
        pitches.append([tokens] * steps)
        held.append([[max(0, min(MOST_HELD, h) - b) for h in row.held] for b in back])
        came.append([row.came] * steps)
        chords.append([row.chord] * steps)
        chord_held.append([max(0, min(MOST_HELD, row.chord_held) - b) for b in back])
    return Steps(
        torch.tensor(pitches), torch.tensor(held), torch.tensor(came), torch.tensor(chords), torch.tensor(chord_held),
        torch.full((len(rows),), QUARTER * k - steps + 1), torch.zeros(len(rows), dtype=torch.int64),
    )  # fmt: skip


def _went_on(row: _Setting, k: int) -> None:
    """The state after moment k has sounded for its sixteenths."""
    now, before = row.pitches[k], row.pitches[k - 1] if k else None
    for voice, pitch in enumerate(now):
        if before is not None and before[voice] == pitch:
            row.held[voice] += QUARTER
        else:
            row.held[voice] = QUARTER
            row.came[voice] = interval(_token(before[voice]), _token(pitch)) if before is not None else NO_INTERVAL
    chord = chord_of(tuple(now))
    row.chord_held = row.chord_held + QUARTER if chord == row.chord else QUARTER
    row.chord = chord


def _followed(rows: list[_Setting]) -> list[int]:
    """Lets settings that have fallen BEHIND go on from their phrase's best; which row each goes on from."""
    leads: dict[int, int] = {}
    for i, row in enumerate(rows):
        if row.worth > rows[leads.setdefault(row.phrase, i)].worth:
            leads[row.phrase] = i
    sources = []
    for i, row in enumerate(rows):
        lead = leads[row.phrase]
        sources.append(lead if rows[lead].worth - row.worth > BEHIND else i)
    for row, source in zip(rows, sources, strict=True):
        if rows[source] is not row:
            row.follow(rows[source])
    return sources


def _take(
    row: _Setting, k: int, voice: int, shares: list[float], nats: Mapping[str, float], temperature: float
) -> None:
    """Chooses a voice's pitch at moment k and writes down what it cost."""
    moment = row.moments[k]
    given = moment.soprano if voice == 0 else moment.bass if voice == 3 else -1
    if given >= 0:
        row.pitches[k][voice] = given
        return
    low, high = row.ranges[voice]
    options = [p for p in range(low, high + 1) if p % 12 in moment.chord.numbers]
    faults = {p: _faults(row, k, voice, p) for p in options}
    weights = [NEVER] * len(shares)
    for pitch in options:
        weights[_token(pitch)] = shares[_token(pitch)] - sum(nats[name] for name in faults[pitch])
    index = best(weights) if row.greedy else draw(weights, row.stream, temperature, LEAST_SHARE)
    pitch = index + LOW - 1
    row.pitches[k][voice] = pitch
    row.nats += shares[index]
    row.notes += 1
    row.faults.update(faults[pitch])
    row.against += sum(nats[name] for name in faults[pitch])


def _faults(row: _Setting, k: int, voice: int, pitch: int) -> list[str]:
    """The rules that a pitch would break, against the voices already chosen and the moment before."""
    now, chord = row.pitches[k], row.moments[k].chord
    old = row.pitches[k - 1] if k else None
    found = []
    for other, sung in enumerate(now):
        if sung < 0 or other == voice:
            continue
        apart = sung - pitch if other < voice else pitch - sung
        if apart < 0:
            found.append("crossing")
        elif apart == 0:
            found.append("unison")
        elif abs(other - voice) == 1 and apart > (19 if 3 in (other, voice) else 12):
            found.append("spacing")
        if 3 not in (other, voice) and apart % 12 == 0 and len(chord.numbers) > 2:
            found.append("thin")
        if old is not None and _parallel(old[other], old[voice], sung, pitch):
            found.append("parallels")
    if old is not None:
        step = pitch - old[voice]
        if abs(step) > 12 or (abs(step) > 7 and voice in (1, 2)):
            found.append("leap")
        was = row.moments[k - 1].chord
        if was != chord and was.seventh and old[voice] % 12 == was.seventh.number and step not in (-2, -1, 0):
            found.append("seventh left by leap")
    return found + _completeness(chord, [p for p in now if p >= 0], pitch)


def _parallel(a: int, b: int, c: int, d: int) -> bool:
    """Whether voices at a and b go on to c and d in parallel unisons, fifths or octaves."""
    apart = abs(a - b) % 12
    return apart in (0, 7) and abs(c - d) % 12 == apart and (c - a) * (d - b) > 0


def _completeness(chord: Chord, sung: list[int], pitch: int) -> list[str]:
    """Tones that the chord needs and can no longer get, and tones that are not doubled."""
    have = {p % 12 for p in sung}
    found = []
    if pitch % 12 in have:
        if chord.seventh is not None and pitch % 12 == chord.seventh.number:
            found.append("doubled seventh")
        if chord.third is not None and pitch % 12 == chord.third.number and chord.family != "minor":
            found.append("doubled third")
    missing = set(_needed(chord)) - have - {pitch % 12}
    if len(missing) > 3 - len(sung):
        found.append("incomplete")
    return found


@cache
def _needed(chord: Chord) -> tuple[int, ...]:
    """What tells a chord: third or suspension, seventh or sixth, an altered fifth, the root where there is room."""
    members = chord.members
    degrees = [d for d in (3, 4, 2, 7, 6, 1) if d in members]
    fifth = members.get(5)
    if fifth is not None and (fifth.number - chord.root.number) % 12 != 7:
        degrees.insert(0, 5)
    return tuple(members[d].number for d in degrees[:4])


def _judged(settings: list[_Setting]) -> Voiced:
    """The best setting of a phrase and what told against the others."""
    if not settings[0].moments:
        return Voiced((), 1000, len(settings), "", ())
    order = sorted(range(len(settings)), key=lambda i: (-settings[i].worth, i))
    first, *others = [settings[i] for i in order]
    against: Counter[str] = Counter()
    for other in others:
        more = other.faults - first.faults
        against.update({name: round(FAULTS[name] * times * 2) for name, times in more.items()})
    flaw = max(sorted(against), key=lambda name: against[name]) if against else ""
    differing = [i for i in order if settings[i].pitches != first.pitches]
    weights = tuple((f"setting {i + 1}", _permille(settings[i])) for i in differing)
    pitches = tuple((s, a, t, b) for s, a, t, b in first.pitches)
    return Voiced(pitches, _permille(first), len(settings), flaw, weights)


def _permille(setting: _Setting) -> int:
    return round(1000 * exp(setting.nats / setting.notes)) if setting.notes else 1000


def read_model(path: Path) -> Voicing:
    """The network of a file of weights; ModelError where it is missing, damaged or of another shape."""
    config, state = load_weights(path, "voicing")
    try:
        model = Voicing(Config(**config))  # type: ignore[arg-type]  # what the header's JSON holds is not known here
    except TypeError:
        raise ModelError(f"the weights '{path}' have a config of another version: {sorted(config)}") from None
    fill(model, state, path)
    return model


@cache
def load() -> VoicingNet:
    """The net with the shipped weights, once a process; ModelError where they are missing or damaged."""
    model = read_model(weights_path("voicing"))
    return VoicingNet(model)
