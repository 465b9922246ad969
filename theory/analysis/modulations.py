"""How each local key is come by: by a pivot chord, directly, by a chromatic step, enharmonically, by a common tone.

Conventions: a pivot belongs to both keys (a minor key has its raised seventh in dominants only), and is told where the
new key begins; after a close in the old key a new one that shares no chord is direct. Names after Kostka, Payne and
Almén, Tonal Harmony.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Sequence

from partimento.theory.analysis.findings import ChordSpan, FoundCadence, KeySpan
from partimento.theory.chord import Chord
from partimento.theory.key import Key
from partimento.theory.pitch import PitchClass
from partimento.theory.roman import function_of, numeral_of

Told = tuple[tuple[KeySpan, ...], tuple[ChordSpan, ...]]


def with_kinds(
    keys: Sequence[KeySpan], chords: Sequence[ChordSpan], cadences: Sequence[FoundCadence], home: Key
) -> Told:
    """The keys with their kinds and the chords with pivot numerals.

    Where the chord before a new key is common to both and closes nothing, the new key begins with it: a pivot is read
    in both. Coming back to `home` by no such chord is a "return".
    """
    spans, rows = list(keys), list(chords)
    arrivals = [cadence.arrival for cadence in cadences]
    for k in range(1, len(spans)):
        spans[k - 1], spans[k] = _turned(rows, spans[k - 1], spans[k], arrivals, home)
    if spans:
        spans[0] = spans[0]._replace(kind="home")
    return tuple(spans), tuple(rows)


def _turned(
    rows: list[ChordSpan], old: KeySpan, new: KeySpan, arrivals: Sequence[int], home: Key
) -> tuple[KeySpan, KeySpan]:
    """Both spans, the new one with its kind and perhaps begun a chord earlier."""
    i = bisect_left(rows, new.start, key=_start)
    after = rows[i] if i < len(rows) else None
    before = rows[i - 1] if i else None
    if after is None or after.chord is None:
        return old, new._replace(kind="return" if new.key == home else "direct")
    if _fits(after.chord, old.key) and _fits(after.chord, new.key):
        rows[i] = after._replace(pivot=numeral_of(after.chord, old.key))
        return old, new._replace(kind="pivot")
    if before is None or before.chord is None:
        return old, new._replace(kind="return" if new.key == home else "direct")
    closed = bisect_left(arrivals, before.start) < bisect_right(arrivals, before.end - 1)
    if not closed and before.start > old.start and _is_common(before.chord, old.key, new.key):
        numeral = numeral_of(before.chord, new.key)
        rows[i - 1] = before._replace(key=new.key, numeral=numeral, pivot=before.numeral)
        return old._replace(end=before.start), new._replace(start=before.start, kind="pivot")
    return old, new._replace(kind=_without_pivot(before.chord, after.chord, old.key, new.key, home, closed))


def _start(span: ChordSpan) -> int:
    return span.start


def _is_common(chord: Chord, old: Key, new: Key) -> bool:
    """Whether a chord belongs to both keys and leads on in the new one."""
    return _fits(chord, old) and _fits(chord, new) and function_of(numeral_of(chord, new)) in "TS"


def _fits(chord: Chord, key: Key) -> bool:
    """Whether a chord is a key's own: in minor with the raised seventh in dominants alone, and no raised sixth."""
    raised = (key.degree(7, 1),) if key.mode == "minor" and function_of(numeral_of(chord, key)) == "D" else ()
    return all(tone in key.tones or tone in raised for tone in chord.tones)


def _without_pivot(before: Chord, after: Chord, old: Key, new: Key, home: Key, closed: bool) -> str:
    if _reread(before, old, new) or _reread(after, old, new):
        return "enharmonic"
    if not closed and _chromatic_step(before, after):
        return "chromatic"
    a_third_apart = abs(old.tonic.fifths - new.tonic.fifths) in (3, 4, 8, 9) and old.is_minor == new.is_minor
    if a_third_apart and len(before.numbers & after.numbers) == 1:
        return "common-tone"
    return "return" if new == home else "direct"


def _chromatic_step(before: Chord, after: Chord) -> bool:
    """Whether a tone of one chord stands in the other with another sign: C and C#."""
    letters = {tone.letter: tone for tone in before.tones}
    return any(tone.letter in letters and letters[tone.letter] != tone for tone in after.tones)


def _reread(chord: Chord, old: Key, new: Key) -> bool:
    """Whether a chord leads in the new key by other names than it would have in the old one.

    A diminished seventh on the leading tone of either; a dominant seventh of one that is the other's German sixth.
    """
    if chord.quality == "dim7":
        here, there = _leads(chord, old), _leads(chord, new)
        return here is not None and there is not None and here != there
    if chord.quality == "7":
        return chord.root.number in (_german(old), _german(new))
    dominant_of_old = (chord.root.number - old.tonic.number) % 12 in (0, 2, 7)
    return chord.quality == "Ger6" and dominant_of_old


def _leads(chord: Chord, key: Key) -> PitchClass | None:
    """The tone of a diminished seventh that leads to the tonic or the dominant of a key, as spelled there."""
    for goal in (key.tonic, key.degree(5)):
        leading = goal.up(5)
        if leading.number in chord.numbers:
            return leading
    return None


def _german(key: Key) -> int:
    """The pitch-class number on which a key's German sixth stands."""
    return (key.tonic.number + 8) % 12
