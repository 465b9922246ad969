"""Layers of sections and choirs set by a net: three upper voices led over the song's bass as in a chorale.

Conventions: asked once a part, all spans side by side; spans of the same chords and register are set alike. What the
net sets replaces the nearest voicing where the part's voicing is one of thirds (SUNG) and the register holds an octave.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from partimento.arrangement.net_voices import Moment, Phrase, Ranges
from partimento.arrangement.stage import PartPlan, Scene, Stage
from partimento.arrangement.voicing import Voicing
from partimento.score.decision import Decision, Where
from partimento.score.instruments import Instrument
from partimento.score.song import ChordSymbol

SUNG = ("close", "open", "spread", "drop2", "drop3", "triad")
"""Kinds of voicing in whose place a chorale's voices may stand."""
FAMILIES = ("strings", "voices", "brass")
"""Sections of these are led in voices; layers of synthesisers move in blocks, which is their nature."""
CANDIDATES = 4
WIDEST = 28
"""Semitones that three voices take up at the most; of a wider register it is the upper part."""
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
        values: list[tuple[str, str | int]] = [("share", answer.permille), ("of", answer.of), ("chords", len(out[i]))]
        if answer.flaw:
            values.append(("flaw", answer.flaw))
        where = Where(span.scene.index, plan.track, span.start, span.end)
        stage.told.append(Decision(where, "voicing", "neural.voicing", tuple(values), answer.others))
    return out


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
