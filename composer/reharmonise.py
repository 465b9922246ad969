"""Reharmonising a chart: for each chord what may stand in its place, and whole charts by degree of daring.

Conventions: a chart is bars of chords as `parse_progression` reads them, its chords sharing a bar evenly; ticks from
its first bar line. Daring goes from 1 (same function, same key) to 4 (other keys). Where a melody is given, every long
tone of it must be a tone or tension of the chord that would stand under it. Substitutes after the usual lists of jazz
harmony (Levine, The Jazz Theory Book, 1995).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from partimento.composer.suggest_relations import is_dominant, is_two
from partimento.theory.chord import Chord
from partimento.theory.chord_scale import tensions
from partimento.theory.errors import BriefError
from partimento.theory.key import Key
from partimento.theory.meter import Meter
from partimento.theory.pitch import PitchClass
from partimento.theory.roman import chord_of, function_of, is_diatonic, numeral_of

MOST_BARS = 128
MOST_DARING = 4
Bars = tuple[tuple[Chord | None, ...], ...]
Melody = Sequence[tuple[int, int, int]]
"""(onset, duration, MIDI number), ticks from the first bar line."""
_LONG, _SHARED = 240, 960
"""The shortest melody tone that a chord must hold, and the shortest place that two chords share."""


class Place(NamedTuple):
    """A chord of the chart: its bar from 0, its ticks, the chord, and those before and after (None at the ends)."""

    bar: int
    start: int
    duration: int
    chord: Chord
    before: Chord | None
    after: Chord | None
    first: int = 0
    """Ticks of the first of two chords that share it; 0 for the half."""

    def spans(self, count: int) -> tuple[tuple[int, int], ...]:
        """(start, end) of each of one or two chords that share the place."""
        end = self.start + self.duration
        if count == 1:
            return ((self.start, end),)
        middle = self.start + (self.first or self.duration // 2)
        return ((self.start, middle), (middle, end))


class Substitute(NamedTuple):
    """What may stand in a place: one chord, or two that share its time. `leans` says that it leads to the next chord as
    that is written; `values` are facts for the words."""

    rule: str
    chords: tuple[Chord, ...]
    daring: int
    leans: bool = False
    values: tuple[tuple[str, str | int], ...] = ()


@dataclass(frozen=True, slots=True)
class Chart:
    """A whole reharmonised chart: its degree of daring, its bars, and what was changed where (place, substitute)."""

    daring: int
    bars: Bars
    changes: tuple[tuple[Place, Substitute], ...]

    @property
    def text(self) -> str:
        """The chart as `parse_progression` reads it."""
        return chart_text(self.bars)


def chart_text(bars: Bars) -> str:
    """Bars of chords as text: "Dm7 G7 | Cmaj7"."""
    return " | ".join(" ".join("N.C." if chord is None else chord.name for chord in bar) for bar in bars)


def places(bars: Bars, meter: Meter) -> tuple[Place, ...]:
    """The chords of a chart in order, each written chord one place; BriefError for no chord or more than 128 bars."""
    if len(bars) > MOST_BARS:
        raise BriefError(f"the chart has {len(bars)} bars: at most {MOST_BARS} are reharmonised")
    rows = [
        (number, number * meter.bar + k * meter.bar // len(bar), meter.bar // len(bar), chord)
        for number, bar in enumerate(bars)
        for k, chord in enumerate(bar)
        if chord is not None
    ]
    if not rows:
        raise BriefError("the chart has no chord: write bars of chords, as in 'C | Am | Dm | G7'")
    chords = [row[3] for row in rows]
    return tuple(
        Place(*row, chords[i - 1] if i else None, chords[i + 1] if i + 1 < len(rows) else None)
        for i, row in enumerate(rows)
    )


def substitutes(place: Place, key: Key, melody: Melody = ()) -> tuple[Substitute, ...]:
    """What may stand in a place, the least daring first; only what the melody allows."""
    found: dict[tuple[Chord, ...], Substitute] = {}
    for maker in _MAKERS:
        for one in maker(place, key):
            if one.chords != (place.chord,) and one.chords not in found and _allowed(one, place, key, melody):
                found[one.chords] = one
    return tuple(sorted(found.values(), key=lambda one: one.daring))


def _allowed(one: Substitute, place: Place, key: Key, melody: Melody) -> bool:
    if len(one.chords) > 1 and place.duration < _SHARED:
        return False
    spans = place.spans(len(one.chords))
    return all(
        fits_melody(chord, key, melody, start, end) for chord, (start, end) in zip(one.chords, spans, strict=True)
    )


def fits_melody(chord: Chord, key: Key, melody: Melody, start: int, end: int) -> bool:
    """Whether every melody tone that sounds for an eighth or longer in [start, end) is of the chord or its tensions."""
    allowed = chord.numbers | {tone.number for tone in tensions(chord, key)}
    return all(
        number % 12 in allowed
        for onset, duration, number in melody
        if min(onset + duration, end) - max(onset, start) >= _LONG
    )


def reharmonised(bars: Bars, key: Key, meter: Meter, melody: Melody = (), charts: int = 3) -> tuple[Chart, ...]:
    """Whole charts of growing daring, 1 to `charts` (at most 4); fewer where nothing more can be done."""
    if not 1 <= charts <= MOST_DARING:
        raise BriefError(f"{charts} charts cannot be given: 1 to {MOST_DARING}, by their daring")
    rows = places(bars, meter)
    out: list[Chart] = []
    for daring in range(1, charts + 1):
        changes = chosen(rows, key, melody, daring)
        chart = Chart(
            daring, _applied(bars, rows, changes), tuple((rows[i], one) for i, one in sorted(changes.items()))
        )
        if changes and all(chart.bars != other.bars for other in out):
            out.append(chart)
    return tuple(out)


def chosen(rows: Sequence[Place], key: Key, melody: Melody, daring: int) -> dict[int, Substitute]:
    """The substitutes of a chart: the boldest allowed in each place, but none that leans on a chord that was replaced,
    and no two of a kind in a row; the first and last chords stay, and so do many at small daring."""
    changes = dict(_coltrane(rows, key, melody)) if daring == MOST_DARING else {}
    last_rule = ""
    final = len(rows) - 1
    while final and rows[final - 1].chord == rows[-1].chord:
        final -= 1
    for i in range(final - 1, 0 if daring < 3 else -1, -1):
        if i in changes or (i - 1 in changes and changes[i - 1].leans):
            continue  # what Coltrane's changes lead to stays
        following = changes.get(i + 1)
        options = [
            one
            for one in substitutes(rows[i], key, melody)
            if one.daring <= daring
            and one.rule != last_rule
            and _joins(one, rows[i], following)
            and _keeps(one, rows[i])
        ]
        if not options or (daring == 1 and i + 1 in changes):
            last_rule = ""
            continue
        best = max(options, key=lambda one: (one.daring, len(one.chords), -options.index(one)))
        changes[i] = best
        last_rule = best.rule
    return changes


def _joins(one: Substitute, place: Place, following: Substitute | None) -> bool:
    """Whether a substitute that leans on the next chord finds it, and none only repeats its neighbours' roots."""
    after = following.chords[0] if following is not None else place.after
    if after is not None and one.chords[-1].root == after.root:
        return False
    if place.before is not None and one.chords[0].root == place.before.root != place.chord.root:
        return False
    if following is None or not one.leans:
        return True
    return place.after is not None and after is not None and after.root == place.after.root


def _keeps(one: Substitute, place: Place) -> bool:
    """Whether a whole chart still begins and resolves as it did: its first chord stays or gives way to one of its
    function, and neither the ii of a ii-V nor the goal of a dominant gives way to another of its kind."""
    if one.rule != "same-function":
        return place.before is not None or one.chords[0] == place.chord
    before, chord, after = place.before, place.chord, place.after
    if after is not None and is_two(chord) and is_dominant(after) and after.root.number == chord.root.up(-1).number:
        return False
    return before is None or not (is_dominant(before) and chord.root.number == before.root.up(-1).number)


def _plain(root: PitchClass) -> PitchClass:
    """A root as players write it: B for Cb, E for Fb."""
    return root.up(12) if root.fifths < -6 else root


def _applied(bars: Bars, rows: Sequence[Place], changes: dict[int, Substitute]) -> Bars:
    """The bars with the changes; a bar of unequal lengths repeats chords, since its chords share it evenly."""
    out: list[tuple[Chord | None, ...]] = []
    number = 0
    for bar in bars:
        parts: list[tuple[Chord | None, ...]] = []
        for chord in bar:
            if chord is None:
                parts.append((None,))
                continue
            change = changes.get(number)
            parts.append(change.chords if change else (chord,))
            number += 1
        most = max(len(part) for part in parts)
        out.append(tuple(part[k * len(part) // most] for part in parts for k in range(most)))
    return tuple(out)


def _diatonic(place: Place, key: Key) -> Iterator[Substitute]:
    """Chords of the key with the same function and two common tones."""
    chord = place.chord
    if not is_diatonic(chord, key) or key.mode not in ("major", "minor"):
        return
    mine = function_of(numeral_of(chord, key))
    names = ("Imaj7", "ii7", "iii7", "IVmaj7", "vi7") if key.mode == "major" else ("i7", "iiø7", "III", "iv7", "VI")
    for name in names:
        other = chord_of(name, key)
        if other.root != chord.root and function_of(name) == mine and len(other.numbers & chord.numbers) >= 2:
            yield Substitute("same-function", (other,), 1, values=(("function", mine),))


def _applied_dominant(place: Place, key: Key) -> Iterator[Substitute]:
    """A dominant of the next chord in the second half; of another dominant where the tonic has a seventh too."""
    after = place.after
    families = ("major", "minor", "dominant") if _rests(place.chord, key) else ("major", "minor")
    if after is None or after.family not in families or after.root == place.chord.root:
        return
    dominant = Chord(after.root.up(1), "7")
    if dominant.root != place.chord.root and after.root in key.tones:
        yield Substitute("applied-dominant", (place.chord, dominant), 1, True, (("target", after.name),))


def _rests(chord: Chord, key: Key) -> bool:
    """Whether a chord is a tonic with a dominant seventh, as in the blues."""
    return is_dominant(chord) and chord.root == key.tonic


def _raised_fourth(place: Place, key: Key) -> Iterator[Substitute]:
    """The diminished seventh on the raised fourth, between IV and the tonic."""
    chord, after = place.chord, place.after
    if after is None or after.root != key.tonic or key.is_minor or chord.root != key.degree(4):
        return
    if chord.family in ("major", "dominant"):
        yield Substitute("raised-fourth", (chord, Chord(key.degree(4, 1), "dim7")), 1, True, (("to", after.name),))


def _related_two(place: Place, key: Key) -> Iterator[Substitute]:
    """The ii before a dominant that falls a fifth."""
    chord, after = place.chord, place.after
    if not is_dominant(chord) or after is None or after.root.number != chord.root.up(-1).number:
        return
    if place.before is not None and is_two(place.before) and place.before.root == chord.root.up(1):
        return
    two = Chord(chord.root.up(1), "m7b5" if after.family == "minor" else "m7")
    yield Substitute("related-two", (two, chord), 1, True, (("for", chord.name),))


def _suspended(place: Place, key: Key) -> Iterator[Substitute]:
    if place.chord.quality in ("7", "9", "13", "") and place.chord.root == key.degree(5):
        yield Substitute("suspended-dominant", (Chord(place.chord.root, "7sus4"), Chord(place.chord.root, "7")), 1)


def _tritone(place: Place, key: Key) -> Iterator[Substitute]:
    """The dominant a tritone away, where the bass can then fall a semitone."""
    chord, after = place.chord, place.after
    if is_dominant(chord) and after is not None and after.root.number == chord.root.up(-1).number:
        values = (("for", chord.name), ("third", (chord.third or chord.root).name))
        yield Substitute("tritone-substitute", (Chord(_plain(chord.root.up(-6)), "7"),), 2, True, values)


def _diminished_for_dominant(place: Place, key: Key) -> Iterator[Substitute]:
    """The diminished seventh on a dominant's third: its flat ninth without the root."""
    chord, after = place.chord, place.after
    if is_dominant(chord) and chord.third is not None and after is not None:
        if after.root.number == chord.root.up(-1).number:
            yield Substitute("diminished-for-dominant", (Chord(chord.third, "dim7"),), 2, True, (("for", chord.name),))


def _passing_diminished(place: Place, key: Key) -> Iterator[Substitute]:
    """A diminished seventh between two roots a whole tone apart."""
    chord, after = place.chord, place.after
    if after is None or chord.family not in ("major", "minor"):
        return
    way = (after.root.number - chord.root.number) % 12
    if way == 2:
        values = (("from", chord.root.name), ("to", after.root.name))
        yield Substitute("passing-diminished", (chord, Chord(chord.root.up(7), "dim7")), 2, True, values)
    elif way == 10:
        values = (("from", chord.root.name), ("to", after.root.name))
        yield Substitute("passing-diminished-down", (chord, Chord(chord.root.up(-7), "dim7")), 3, True, values)


def _pedal(place: Place, key: Key) -> Iterator[Substitute]:
    """The tonic held in the bass under a subdominant or dominant that lies between tonics."""
    if place.before is None or place.after is None or place.chord.bass is not None or _rests(place.after, key):
        return
    if place.before.root == key.tonic == place.after.root and place.chord.root in (key.degree(4), key.degree(5)):
        yield Substitute("tonic-pedal", (place.chord.over(key.tonic),), 2, values=(("tone", key.tonic.name),))


def _backdoor(place: Place, key: Key) -> Iterator[Substitute]:
    """iv and bVII7 for the dominant of a major tonic."""
    if key.mode != "major" or place.after is None or place.after.root != key.tonic:
        return
    if place.chord.root == key.degree(5) and place.chord.family in ("dominant", "major"):
        seventh = Chord(key.degree(7, -1), "7")
        yield Substitute("backdoor", (seventh,), 3, True, (("for", place.chord.name),))
        yield Substitute("backdoor-two", (Chord(key.degree(4), "m7"), seventh), 3, True, (("for", place.chord.name),))


def _interchange(place: Place, key: Key) -> Iterator[Substitute]:
    """The same degree of the parallel minor, and the flat sixth for the tonic's relative."""
    if key.mode != "major" or not is_diatonic(place.chord, key):
        return
    values = (("from", str(key.parallel)),)
    if place.chord.root == key.degree(4) and place.chord.family == "major":
        yield Substitute("mixture", (Chord(key.degree(4), "m6"),), 2, values=values)
    elif place.chord.root == key.degree(2) and place.chord.family == "minor":
        yield Substitute("mixture", (Chord(key.degree(2), "m7b5"),), 2, values=values)
    elif place.chord.root == key.degree(6) and place.chord.family == "minor":
        yield Substitute("mixture", (Chord(key.degree(6, -1), "maj7"),), 3, values=values)


def _two_five_into(place: Place, key: Key) -> Iterator[Substitute]:
    """A whole ii-V into the next chord in place of what led there."""
    after = place.after
    families = ("major", "minor", "dominant") if after is not None and _rests(after, key) else ("major", "minor")
    if after is None or after.family not in families or after.root not in key.tones:
        return
    dominant, two = after.root.up(1), after.root.up(2)
    if place.chord.root in (dominant, two) or place.chord.root == key.tonic:
        return
    quality = "m7b5" if after.family == "minor" else "m7"
    chords = (Chord(two, quality), Chord(dominant, "7"))
    yield Substitute("two-five-into", chords, 3, True, (("target", after.name),))


_MAKERS: tuple[Callable[[Place, Key], Iterator[Substitute]], ...] = (
    _diatonic, _applied_dominant, _raised_fourth, _related_two, _suspended, _tritone, _diminished_for_dominant,
    _passing_diminished, _pedal, _backdoor, _interchange, _two_five_into,
)  # fmt: skip


def _coltrane(rows: Sequence[Place], key: Key, melody: Melody) -> Iterator[tuple[int, Substitute]]:
    """Major thirds round the circle where ii, V and a tonic of two places follow each other, a place each (after
    Coltrane's "Countdown")."""
    for i in range(len(rows) - 3):
        two, five, one, again = rows[i : i + 4]
        tonic = one.chord.root
        if not (is_two(two.chord) and is_dominant(five.chord) and one.chord.family == again.chord.family == "major"):
            continue
        if not (two.chord.root.up(-1) == five.chord.root and five.chord.root.up(-1) == tonic == again.chord.root):
            continue
        if len({row.duration for row in (two, five, one)}) > 1:
            continue
        flat_sixth, third = _plain(tonic.up(-4)), tonic.up(4)
        values = (("keys", f"{flat_sixth.name}, {third.name}, {tonic.name}"),)
        steps = (
            (two.chord, Chord(flat_sixth.up(1), "7")),
            (Chord(flat_sixth, "maj7"), Chord(third.up(1), "7")),
            (Chord(third, "maj7"), Chord(tonic.up(1), "7")),
        )
        found = [Substitute("coltrane", chords, MOST_DARING, True, values) for chords in steps]
        if all(_allowed(step, row, key, melody) for step, row in zip(found, (two, five, one), strict=True)):
            yield from zip((i, i + 1, i + 2), found, strict=True)
