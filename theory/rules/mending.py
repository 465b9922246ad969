"""How a breach may be mended: one tone moved to another pitch, so that this breach goes and nothing else comes.

Conventions: only a tone that completes the breach is moved, in one of its voices; small moves before large, inner
voices before outer ones and the bass last. Pitches tried are those of the chord there, or of what sounds there.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from dataclasses import replace
from typing import NamedTuple

from partimento.theory.analysis.findings import Analysis
from partimento.theory.analysis.piece import Piece, Tone
from partimento.theory.pitch import Pitch, PitchClass, pitch_at
from partimento.theory.rules.breach import Breach
from partimento.theory.rules.checking import check
from partimento.theory.rules.rule_set import RuleSet

REACH = 7
"""How many semitones a tone may be moved to mend a breach."""
TRIES = 24
"""How many changes are tried, the smallest first."""
_WHOLE = (("allowed-chords", "off"), ("required-cadence", "off"), ("dissonance", "off"))
"""Rules that look at the analysis of the whole piece, which no longer holds for a part of it."""
_WEIGHT = {"error": 100, "warning": 10, "style": 1}


class Mend(NamedTuple):
    """The tone, an index of the piece's tones, and the pitch to take instead."""

    tone: int
    pitch: Pitch


def mend(breach: Breach, piece: Piece, rules: RuleSet, analysis: Analysis | None = None) -> Mend | None:
    """The smallest change that mends a breach and makes nothing worse; None where no one tone does.

    Nothing is tried for notes on style, which are no fault, nor for rules of species or of one's own, which may look at
    the whole piece.
    """
    if rules.species or rules.own or not breach.voices or breach.severity == "style":
        return None
    rules = replace(rules, severities=(*rules.severities, *_WHOLE))
    near, reading = _near(piece, breach.tick, analysis)
    before = _burden(check(near, rules, reading))
    for _, number, pitch in sorted(_tries(piece, breach, analysis), key=lambda row: (row[0], row[1], row[2]))[:TRIES]:
        found = check(_moved(near, piece.tones[number], pitch), rules, reading)
        if not _still(breach, found) and _burden(found) < before:
            return Mend(number, pitch)
    return None


def _tries(piece: Piece, breach: Breach, analysis: Analysis | None) -> Iterator[tuple[int, int, Pitch]]:
    """What may be tried, as (cost, tone, pitch): small moves before large ones, the bass last."""
    for number in _movable(piece, breach):
        tone = piece.tones[number]
        # Another bass is another chord, or another inversion; another top voice is another tune.
        outer = 12 if tone.voice == 0 else 4 if tone.voice == len(piece.voices) - 1 else 0
        for pitch in _choices(piece, tone, breach.rule, breach.tick, analysis):
            yield abs(pitch.midi - tone.pitch.midi) + outer, number, pitch


def _near(piece: Piece, tick: int, analysis: Analysis | None) -> tuple[Piece, Analysis | None]:
    """The piece and its reading with the tones and chords of a bar on either side alone."""
    starts = [bar.start for bar in piece.bars]
    here = max(0, bisect_right(starts, tick) - 1)
    low = piece.bars[max(0, here - 1)].start if piece.bars else 0
    high = piece.bars[min(len(starts) - 1, here + 1)].end if piece.bars else piece.end
    tones = tuple(tone for tone in piece.tones if tone.end > low and tone.onset < high)
    if analysis is None:
        return replace(piece, tones=tones), None
    chords = tuple(span for span in analysis.chords if span.end > low and span.start < high)
    return replace(piece, tones=tones), replace(analysis, chords=chords)


def _movable(piece: Piece, breach: Breach) -> Iterator[int]:
    """The tones that begin at a breach's place in its voices."""
    first = bisect_left(piece.tones, breach.tick, key=lambda tone: tone.onset)
    for number in range(first, len(piece.tones)):
        if piece.tones[number].onset > breach.tick:
            return
        if piece.tones[number].voice in breach.voices and not piece.tones[number].grace:
            yield number


def _choices(piece: Piece, tone: Tone, rule: str, tick: int, analysis: Analysis | None) -> Iterator[Pitch]:
    if rule == "unraised-leading-tone":
        yield Pitch(tone.pitch.letter, tone.pitch.alter + 1, tone.pitch.octave)
        return
    wanted = {tone.number: tone for tone in _tones(piece, tick, analysis)}
    for midi in range(max(0, tone.pitch.midi - REACH), min(127, tone.pitch.midi + REACH) + 1):
        if midi != tone.pitch.midi and midi % 12 in wanted:
            yield pitch_at(wanted[midi % 12], midi)


def _tones(piece: Piece, tick: int, analysis: Analysis | None) -> tuple[PitchClass, ...]:
    """The chord's tones at a tick, or those that sound there."""
    for span in analysis.chords if analysis is not None else ():
        if span.start <= tick < span.end and span.chord is not None:
            return span.chord.tones
    return tuple({tone.pitch.pitch_class: None for tone in piece.tones if tone.onset <= tick < tone.end})


def _moved(piece: Piece, old: Tone, pitch: Pitch) -> Piece:
    new = old._replace(pitch=pitch)
    tones = tuple(new if tone == old else tone for tone in piece.tones)
    return replace(piece, tones=tuple(sorted(tones, key=lambda tone: (tone.onset, tone.pitch.midi, tone.voice))))


def _still(breach: Breach, found: tuple[Breach, ...]) -> bool:
    return any(other.rule == breach.rule and other.tick == breach.tick for other in found)


def _burden(found: tuple[Breach, ...]) -> int:
    return sum(_WEIGHT[breach.severity] for breach in found)
