"""What a net of chorales sets: layers of sections and choirs, and the lines of inner voices.

Conventions: a layer has three upper voices over the song's bass. The net is asked once a part, all spans side by side;
spans of the same chords and register are set alike. What it sets replaces the nearest voicing where the part's voicing
is one of thirds (SUNG) and the register holds an octave; an inner voice is drawn to it, under its own rules.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from partimento.arrangement.net_voices import Moment, Phrase, Ranges, Voiced
from partimento.arrangement.stage import PartPlan, Scene, Stage
from partimento.arrangement.voicing import Voicing
from partimento.score.decision import Decision, Where
from partimento.score.instruments import Instrument
from partimento.score.song import ChordSymbol
from partimento.theory.chord import Chord

SUNG = ("close", "open", "spread", "drop2", "drop3", "triad")
"""Kinds of voicing in whose place a chorale's voices may stand."""
FAMILIES = ("strings", "voices", "brass")
"""Sections of these are led in voices; layers of synthesisers move in blocks, which is their nature."""
CANDIDATES = 4
WIDEST = 28
"""Semitones that three voices take up at the most; of a wider register it is the upper part."""
CHOIR: Ranges = ((60, 81), (55, 76), (48, 69), (38, 62))
"""Where the voices of a choir or of strings lie."""
LOW_VOICE = 57
"""A tune below A3 is no soprano, and nothing above it a bass."""
_BASS = 45
"""The bass is heard in the octave from A2 on, whatever register its part has, as in the chorales."""
_MIDDLE = 65
"""Where three upper voices lie in the chorales; a layer that lies elsewhere is set there and moved by octaves."""


class Span(NamedTuple):
    """A stretch of a layer: scene, ticks, its chords as they sound, and the register it is to keep."""

    scene: Scene
    start: int
    end: int
    chords: tuple[ChordSymbol, ...]
    low: int
    high: int
    kind: str


def voicings_of(plan: PartPlan, stage: Stage, spans: Sequence[Span]) -> dict[int, tuple[Voicing, ...]]:
    """The voicings of those spans (by index) that the net sets, one for each chord; empty where no net is to be asked.

    How each was chosen is told in `stage.told`.
    """
    net = stage.nets.voices
    if net is None or not _leads(plan.instrument):
        return {}
    spans = [span._replace(low=max(span.low, span.high - WIDEST)) for span in spans]
    fitting = [i for i, span in enumerate(spans) if span.kind in SUNG and span.high - span.low >= 11]
    asked = {i: _phrase(spans[i]) for i in fitting if spans[i].chords}
    phrases = list(dict.fromkeys(asked.values()))
    brief = stage.song.brief
    stream = stage.stream("sung", plan.part.id)
    answers = net.voice(phrases, stream, brief.candidates or CANDIDATES, brief.temperature or 1.0) if phrases else ()
    voiced = dict(zip(phrases, answers, strict=True))
    out = {}
    for i, phrase in asked.items():
        answer, span = voiced[phrase], spans[i]
        by = _octaves(span)
        out[i] = tuple(tuple(sorted({pitch - by for pitch in sonority[:3]})) for sonority in answer.pitches)
        where = Where(span.scene.index, plan.track, span.start, span.end)
        stage.told.append(_decision(answer, len(out[i]), where, len(out[i])))
    return out


class SungLine(NamedTuple):
    """An inner voice as a net sets it, a pitch for each chord, and the setting it is of; empty where none is asked."""

    pitches: tuple[int, ...] = ()
    setting: Voiced | None = None


def sung_lines(
    stage: Stage, centre: int, spans: Sequence[Sequence[tuple[Chord, tuple[int, ...]]]]
) -> list[SungLine]:
    """For each span of slots, a chord and the pitches sounding there, alto or tenor: what lies nearer to `centre`.

    The first of a slot's pitches is the tune's, its soprano (-1: silent); the lowest of the others is its bass where it
    lies low. All inner voices that ask about the same slots are answered out of one setting.
    """
    net = stage.nets.voices
    if net is None:
        return [SungLine()] * len(spans)
    asked = [Phrase(tuple(_slot(chord, *pitches) for chord, pitches in span), CHOIR) for span in spans]
    phrases = list(dict.fromkeys(asked))
    brief = stage.song.brief
    count, temperature = brief.candidates or CANDIDATES, brief.temperature or 1.0
    answers = dict(zip(phrases, net.voice(phrases, stage.stream("sung", "inner"), count, temperature), strict=True))
    return [_nearer(answers[phrase], centre) for phrase in asked]


def _slot(chord: Chord, tune: int, *others: int) -> Moment:
    low = min((pitch for pitch in others if pitch >= 0), default=-1)
    return Moment(chord, tune if tune > LOW_VOICE else -1, low if low < LOW_VOICE else -1)


def _nearer(answer: Voiced, centre: int) -> SungLine:
    lines = [tuple(sonority[voice] for sonority in answer.pitches) for voice in (1, 2)]
    return SungLine(min(lines, key=lambda line: abs(sum(line) - centre * len(line))), answer)


def tell(stage: Stage, sung: SungLine, line: Sequence[int], where: Where) -> None:
    """Leaves a decision about a line that was written with the net's in view, and how much of it was kept."""
    if sung.setting is not None:
        kept = sum(1 for wished, written in zip(sung.pitches, line, strict=True) if wished == written)
        stage.told.append(_decision(sung.setting, len(line), where, kept))


def _decision(answer: Voiced, chords: int, where: Where, kept: int) -> Decision:
    values: list[tuple[str, str | int]] = [
        ("share", answer.permille), ("of", answer.of), ("chords", chords), ("kept", kept),
    ]  # fmt: skip
    if answer.flaw:
        values.append(("flaw", answer.flaw))
    return Decision(where, "voicing", "neural.voicing", tuple(values), answer.others)


def _leads(instrument: Instrument) -> bool:
    """Whether it is a section whose players hold a voice each."""
    return instrument.hands == "section" and instrument.sustains and instrument.family in FAMILIES


def _phrase(span: Span) -> Phrase:
    moments = tuple(
        Moment(symbol.chord, -1, _BASS + (symbol.chord.bass_tone.number - _BASS) % 12) for symbol in span.chords
    )
    by = _octaves(span)
    return Phrase(moments, _ranges(span.low + by, span.high + by))


def _octaves(span: Span) -> int:
    """Semitones, whole octaves, from the span's register to where the net sets it."""
    return 12 * round((2 * _MIDDLE - span.low - span.high) / 24)


def _ranges(low: int, high: int) -> Ranges:
    """The register shared out among three voices, an octave and a third each where there is room; the bass is given."""
    width = min(16, high - low)
    middle = (low + high - width) // 2
    return ((high - width, high), (middle, middle + width), (low, low + width), (_BASS, _BASS + 12))
