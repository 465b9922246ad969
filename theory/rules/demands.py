"""What a teacher may ask of a piece's harmony: chords allowed, the cadence to end with, the dissonances permitted.

Conventions: chords are given as numerals ("ii6") or as symbols with their root ("G7"); a numeral means itself in every
local key, and one without figures (V) in all inversions where it ends with "*" (V*).
"""

from __future__ import annotations

from collections.abc import Iterator

from partimento.theory.analysis.findings import Analysis, ChordSpan
from partimento.theory.analysis.piece import Piece
from partimento.theory.chord import Chord, parse_chord
from partimento.theory.errors import TheoryError
from partimento.theory.key import Key
from partimento.theory.roman import chord_of
from partimento.theory.rules.rule_set import RuleSet
from partimento.theory.rules.voices import Found


def demand_breaches(piece: Piece, analysis: Analysis, rules: RuleSet) -> Iterator[Found]:
    """Chords that are not allowed, the wrong last cadence, dissonances of other kinds."""
    if rules.severity("allowed-chords"):
        yield from _chords(analysis, rules)
    if rules.severity("required-cadence"):
        yield from _cadence(piece, analysis, rules)
    if rules.severity("dissonance"):
        yield from _dissonances(piece, analysis, rules)


def is_allowed(chord: Chord, key: Key, names: tuple[str, ...]) -> bool:
    """Whether a chord of a key is one of `names`: numerals or chord symbols, with "*" in any inversion.

    >>> key = Key.parse("C")
    >>> [is_allowed(parse_chord(name), key, ("I*", "V", "G7")) for name in ("C/E", "G/B", "G7", "Am")]
    [True, False, True, False]
    """
    for name in names:
        bare = name.removesuffix("*")
        meant = meaning(bare, key)
        if meant == chord or (name.endswith("*") and meant.over(None) == chord.over(None)):
            return True
    return False


def meaning(name: str, key: Key) -> Chord:
    """The chord that a numeral or a chord symbol means in a key; TheoryError where it is neither."""
    try:
        return chord_of(name, key)
    except TheoryError as error:
        try:
            return parse_chord(name)
        except TheoryError:
            raise error from None


def _chords(analysis: Analysis, rules: RuleSet) -> Iterator[Found]:
    names = rules.texts("allowed-chords", "chords")
    for span in analysis.chords:
        if span.chord is None or span.sure * 100 < rules.number("allowed-chords", "sure"):
            continue
        if not is_allowed(span.chord, span.key, names):
            facts = (("numeral", span.numeral), ("chord", span.chord.name), ("key", str(span.key)))
            yield Found("allowed-chords", span.start, (), facts)


def _cadence(piece: Piece, analysis: Analysis, rules: RuleSet) -> Iterator[Found]:
    wanted = rules.texts("required-cadence", "cadences")
    last = analysis.cadences[-1] if analysis.cadences else None
    final = _last_chord(analysis)
    closes = last is not None and final is not None and last.arrival >= final.start
    if last is not None and closes and last.kind in wanted:
        return
    found = last.kind if last is not None and closes else ""
    tick = final.start if final is not None else max(0, piece.end - 1)
    yield Found("required-cadence", tick, (), (("found", found), ("wanted", " or ".join(wanted))))


def _last_chord(analysis: Analysis) -> ChordSpan | None:
    return next((span for span in reversed(analysis.chords) if span.chord is not None), None)


def _dissonances(piece: Piece, analysis: Analysis, rules: RuleSet) -> Iterator[Found]:
    kinds = rules.texts("dissonance", "kinds")
    starts = {span.start: span for span in analysis.chords}
    ticks = sorted(starts)
    least = rules.number("dissonance", "sure")
    for found in analysis.non_chord:
        tone = piece.tones[found.tone]
        under = max((tick for tick in ticks if tick <= tone.onset), default=None)
        if found.kind in kinds or (under is not None and starts[under].sure * 100 < least):
            continue
        yield Found("dissonance", tone.onset, (tone.voice,), (("kind", found.kind), ("pitch", str(tone.pitch))))
