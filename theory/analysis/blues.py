"""The blues: where a dominant seventh rests on the tonic and on the fourth degree, and its choruses of twelve bars.

Conventions: chords are told by their roots above the tonic and by how long they hold. Dominant sevenths on I and IV ask
for no resolution there, so that C7 F7 G7 is I7 IV7 V7 of C and nothing of F or B flat.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from partimento.theory.analysis.findings import ChordSpan
from partimento.theory.key import Key
from partimento.theory.pitch import PitchClass
from partimento.theory.roman import Numeral, numeral_of

Bar = tuple[ChordSpan | None, ...]
"""The chords of a bar's beats, None for silence."""

_FOURTH, _FIFTH = 5, 7
_SEVENTHS, _FIFTH_SHARE, _FOURTH_SHARE, _INSIDE, _STABLE = 0.5, 0.04, 0.1, 0.75, 0.35
"""The least shares: of dominant sevenths in I and in IV; of V, of IV and of all three in the time; of both sevenths."""
_OPENING = 0.1
"""What opening on it counts for a tonic: as much as a tenth of the time."""
_CHORUS, _STEPS_SHARE, _CHORUSES = 12, 0.75, 0.5
"""The bars of a chorus, the share of its degrees that must be the blues', the share of the bars that choruses fill."""
_DEGREES = {0: (0,), 2: (0,), 3: (0,), 4: (5,), 6: (0,), 7: (0, 9), 8: (7, 2), 10: (0, 4)}
"""Bars of a chorus, from 0, and the semitones above the tonic on which the chord of each may stand."""


def blues_key(chords: Sequence[ChordSpan]) -> Key | None:
    """The major key on whose I and IV dominant sevenths rest, its V being heard too; None where there is none.

    >>> from partimento.theory.chord import parse_chord
    >>> home = Key.parse("F")
    >>> names = ("C7", "F7", "C7", "G7")
    >>> spans = [ChordSpan(i, i + 1, home, "", parse_chord(name)) for i, name in enumerate(names)]
    >>> str(blues_key(spans))
    'C major'
    """
    time: Counter[int] = Counter()
    sevenths: Counter[int] = Counter()
    names: dict[int, PitchClass] = {}
    opening = -1
    for span in chords:
        if span.chord is None:
            continue
        root, length = span.chord.root.number, span.end - span.start
        opening = root if opening < 0 else opening
        names.setdefault(root, span.chord.root)
        time[root] += length
        sevenths[root] += length if span.chord.family == "dominant" else 0
    total = sum(time.values())
    found: list[tuple[float, int]] = []
    for tonic in sorted(names):
        fourth, fifth = (tonic + _FOURTH) % 12, (tonic + _FIFTH) % 12
        resting = all(sevenths[root] >= max(1, _SEVENTHS * time[root]) for root in (tonic, fourth))
        inside = (time[tonic] + time[fourth] + time[fifth]) / total
        stable = (sevenths[tonic] + sevenths[fourth]) / total
        heard = time[fourth] >= _FOURTH_SHARE * total and time[fifth] >= _FIFTH_SHARE * total
        if resting and heard and inside >= _INSIDE and stable >= _STABLE and time[tonic] >= time[fourth]:
            found.append((inside + time[tonic] / total + _OPENING * (tonic == opening), tonic))
    return Key(names[max(found)[1]], "major").simplified() if found else None


def with_stable_sevenths(chords: Sequence[ChordSpan]) -> tuple[ChordSpan, ...]:
    """The chords, a dominant seventh on the tonic being I7 and no dominant of IV: where harmony goes round it rests."""
    return tuple(_rested(span) for span in chords)


def _rested(span: ChordSpan) -> ChordSpan:
    chord = span.chord
    if chord is None or chord.root != span.key.tonic or chord.family != "dominant":
        return span
    applied = Numeral.parse(span.numeral or numeral_of(chord, span.key))
    if applied.applied is None:
        return span
    plain = Numeral(1, 0, applied.quality, applied.inversion, None, applied.bass)
    return span._replace(numeral=str(plain))


def is_blues(bars: Sequence[Bar], key: Key) -> bool:
    """Whether the harmony of these bars is a blues in a key: by its resting sevenths, or by its choruses.

    Of choruses I or IV has to be a dominant seventh mostly, or the key minor and every degree in its place.
    """
    spans = [span for bar in bars for span in bar if span is not None and span.chord is not None]
    tonic = key.tonic.number
    beats = [span._replace(start=i, end=i + 1) for i, span in enumerate(spans)]
    resting = blues_key(beats)
    if resting is not None and resting.tonic.number == tonic and not key.is_minor:
        return True
    share = _in_choruses(bars, tonic, 0.95 if key.is_minor else _STEPS_SHARE)
    if share < _CHORUSES:
        return False
    if key.is_minor:
        return True
    stable = [span for span in spans if (_root(span) - tonic) % 12 in (0, _FOURTH)]
    sevenths = sum(span.chord is not None and span.chord.family == "dominant" for span in stable)
    return bool(stable) and sevenths >= _SEVENTHS * len(stable)


def _root(span: ChordSpan | None) -> int:
    return span.chord.root.number if span is not None and span.chord is not None else -1


def _in_choruses(bars: Sequence[Bar], tonic: int, least: float) -> float:
    """The share of the bars that lie in choruses, one after the other; an introduction or a bridge may part them."""
    at = inside = 0
    while at + _CHORUS <= len(bars):
        roots = [_root(bars[at + bar][0]) if bars[at + bar] else -1 for bar in _DEGREES]
        hits = sum(
            root >= 0 and (root - tonic) % 12 in allowed for root, allowed in zip(roots, _DEGREES.values(), strict=True)
        )
        fits = hits >= least * len(_DEGREES)
        inside += _CHORUS * fits
        at += _CHORUS if fits else 1
    return inside / len(bars) if bars else 0.0
