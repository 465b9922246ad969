"""The form of foreign music: sections by the file's markers, else by the bars that return.

Conventions: ticks; sections lie end to end from 0 to the last bar line. Returning sections share their material; of
unnamed ones the first kind is A, the next B, as in analysis.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from partimento.score.importing.harmony import close_of, key_at
from partimento.score.importing.maps import Bars
from partimento.score.importing.naming import folded
from partimento.score.song import ChordSymbol, FinalBars, KeyChange, Section, Track

_KINDS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("pre-chorus", ("prechorus", "pre chorus", "pre-chorus", "lift", "vorrefrain")),
    ("intro", ("intro", "introduction", "introduccion", "einleitung", "opening")),
    ("outro", ("outro", "ending", "end", "fin", "final", "finale", "schluss", "fine", "closing")),
    ("coda", ("coda",)),
    ("chorus", ("chorus", "refrain", "refrao", "estribillo", "ritornello", "hook")),
    ("verse", ("verse", "vers", "strophe", "couplet", "strofa", "estrofa", "verso", "strof")),
    ("bridge", ("bridge", "middle eight", "middle", "puente", "ponte", "pont", "brucke")),
    ("solo", ("solo",)),
    ("interlude", ("interlude", "zwischenspiel", "instrumental")),
    ("breakdown", ("breakdown", "break")),
    ("build", ("build", "buildup", "build up", "riser")),
    ("drop", ("drop",)),
    ("head", ("head",)),
    ("theme", ("theme", "thema", "tema")),
    ("tune", ("tune",)),
)
_ALIKE, _RETURNING = 0.6, 0.3
_MOST_BLOCKS = 200
_TRIED_BLOCKS = 40


@dataclass(frozen=True, slots=True)
class _Stretch:
    """A section to be: `material` is what returning ones share."""

    name: str
    kind: str
    start: int
    end: int
    material: str
    variation: int


def sections_of(
    markers: Sequence[tuple[int, str]], tracks: Sequence[Track], chords: Sequence[ChordSymbol],
    keys: Sequence[KeyChange], bars: Bars,
) -> tuple[tuple[Section, ...], str]:  # fmt: skip
    """The sections, and a line that tells where they are from."""
    marked = _marked(markers, bars)
    if marked:
        stretches, how = marked, f"Sections: {len(marked)}, by the file's markers"
    else:
        stretches = _returning(tracks, chords, bars)
        shape = " ".join(dict.fromkeys(stretch.name for stretch in stretches))
        how = f"Sections: {shape if len(shape) <= 80 else len(stretches)} (found by what returns; the file marks none)"
        if len(stretches) == 1:
            how = "Sections: one (the file marks none, and nothing returns)"
    loud = _energies(stretches, tracks)
    return tuple(
        _section(stretch, energy, tracks, chords, keys) for stretch, energy in zip(stretches, loud, strict=True)
    ), how


def ending_of(sections: Sequence[Section], bars: Bars, tracks: Sequence[Track]) -> FinalBars:
    """The last bars: from the bar of the last onset on, held, or hit where all is short."""
    notes = [note for track in tracks if track.role not in ("drums", "percussion") for note in track.notes]
    notes = notes or [note for track in tracks for note in track.notes]
    last = max(note.onset for note in notes)
    start = max(bars.spans[bars.index(last)].start, sections[-1].start)
    longest = max(note.onset + note.duration for note in notes) - last
    if longest < 480:
        return FinalBars(start, "hit", "short last note")
    if sections[-1].close in ("authentic", "plagal"):
        return FinalBars(start, "cadence", "cadence, held")
    return FinalBars(start, "held", "held last note")


def kind_of(name: str) -> str:
    """The section kind that a marker's words tell, "section" where they tell none.

    >>> kind_of("Verse 2"), kind_of("PRE-CHORUS"), kind_of("Solo (gtr)"), kind_of("letter C")
    ('verse', 'pre-chorus', 'solo', 'section')
    """
    text = f" {folded(name)} "
    return next((kind for kind, words in _KINDS if any(f" {word} " in text for word in words)), "section")


def _marked(markers: Sequence[tuple[int, str]], bars: Bars) -> list[_Stretch]:
    places: dict[int, str] = {}
    for tick, name in sorted(markers, key=lambda row: row[0]):
        at = bars.nearest(tick)
        if at < bars.end and (at not in places or kind_of(places[at]) == "section" != kind_of(name)):
            places[at] = name
    if not places or (len(places) > 8 and 3 * len(places) > 2 * len(bars)):
        return []  # A marker every bar is no form.
    starts = sorted(places)
    if starts[0] > 0:
        pickup = bars.index(starts[0]) == 1 and len(bars) > 1 and bars.spans[0].meter.bar < bars.spans[1].meter.bar
        if pickup:
            places[0] = places.pop(starts[0])
            starts[0] = 0
        else:
            places[0] = "Intro"
            starts.insert(0, 0)
    out = []
    seen: dict[str, int] = {}
    for start, end in zip(starts, [*starts[1:], bars.end], strict=True):
        name = places[start]
        material = folded(name) or name.casefold()
        variation = seen.get(material, 0)
        seen[material] = variation + 1
        out.append(_Stretch(name, kind_of(name), start, end, material, variation))
    return out


def _section(
    stretch: _Stretch, energy: float, tracks: Sequence[Track], chords: Sequence[ChordSymbol], keys: Sequence[KeyChange]
) -> Section:
    inside = [row for row in chords if stretch.start <= row.onset < stretch.end]
    close = close_of(inside)
    return Section(
        stretch.name,
        stretch.kind,
        stretch.start,
        stretch.end - stretch.start,
        energy,
        stretch.material,
        stretch.variation,
        key_at(keys, stretch.start),
        "loop" if close == "open" else close,
        _lead(stretch, tracks),
    )


def _lead(stretch: _Stretch, tracks: Sequence[Track]) -> str:
    """What the top line does: "solo" where the name says so, "none" where it rests, "sparse" where it rests mostly."""
    sounding = sum(
        note.duration
        for track in tracks
        if track.role == "lead"
        for note in track.notes
        if stretch.start <= note.onset < stretch.end
    )
    if not sounding:
        return "none"
    if stretch.kind == "solo":
        return "solo"
    return "sparse" if sounding < 0.2 * (stretch.end - stretch.start) else "tune"


def _energies(stretches: Sequence[_Stretch], tracks: Sequence[Track]) -> list[float]:
    """0.3-0.9 by how many notes sound how strongly in a quarter, against the other sections; 0.5 where all are one."""
    starts = [stretch.start for stretch in stretches]
    force = [0.0] * len(stretches)
    for track in tracks:
        for note in track.notes:
            force[max(0, bisect_right(starts, note.onset) - 1)] += note.velocity
    rates = [one / (stretch.end - stretch.start) for one, stretch in zip(force, stretches, strict=True)]
    low, high = min(rates), max(rates)
    if high - low < 0.05 * high or high == 0:
        return [0.5] * len(rates)
    return [round(0.3 + 0.6 * (rate - low) / (high - low), 2) for rate in rates]


def _returning(tracks: Sequence[Track], chords: Sequence[ChordSymbol], bars: Bars) -> list[_Stretch]:
    """Blocks of four or eight bars, lettered by what they are like; the division with most that returns is taken."""
    count = len(bars)
    size = 4 if count < 32 else 8
    while count > size * _MOST_BLOCKS:
        size *= 2
    if count < 2 * size:
        return [_Stretch("A", "section", 0, bars.end, "a", 0)]
    looks = _bar_looks(tracks, chords, bars)
    best: list[int] = []
    best_first, best_score = 0, 0.0
    for first in range(size if count <= _TRIED_BLOCKS * size else 1):
        letters, score = _lettered(looks, first, size)
        if score > best_score + 1e-9:
            best, best_first, best_score = letters, first, score
    if not best:
        return [_Stretch("A", "section", 0, bars.end, "a", 0)]
    return list(_named(best, best_first, size, bars))


def _named(letters: Sequence[int], first: int, size: int, bars: Bars) -> Iterator[_Stretch]:
    joined = [i for i in range(len(letters)) if i == 0 or not (_once(letters, i) and _once(letters, i - 1))]
    starts = [bars.spans[first + i * size].start for i in joined]
    renamed: dict[int, int] = {}
    letters = [renamed.setdefault(letters[i], len(renamed)) for i in joined]
    if first:
        yield _Stretch("Intro", "intro", 0, starts[0], "intro", 0)
    seen: dict[int, int] = {}
    for letter, start, end in zip(letters, starts, [*starts[1:], bars.end], strict=True):
        seen[letter] = seen.get(letter, 0) + 1
        name = _letters(letter)
        shown = name if seen[letter] == 1 else f"{name} {seen[letter]}"
        yield _Stretch(shown, "section", start, end, name.casefold(), seen[letter] - 1)


def _letters(number: int) -> str:
    """A to Z, AA to ZZ."""
    return (_letters(number // 26 - 1) if number >= 26 else "") + chr(ord("A") + number % 26)


def _once(letters: Sequence[int], i: int) -> bool:
    return letters.count(letters[i]) == 1


_Look = tuple[frozenset[tuple[int, int]], frozenset[tuple[int, int]]]


def _bar_looks(tracks: Sequence[Track], chords: Sequence[ChordSymbol], bars: Bars) -> list[_Look]:
    """Of each bar its tune, (place, number), and its chords, (place, root)."""
    tunes: list[set[tuple[int, int]]] = [set() for _ in bars.spans]
    roots: list[set[tuple[int, int]]] = [set() for _ in bars.spans]
    leads = [track for track in tracks if track.role == "lead"] or [t for t in tracks if t.role != "drums"] or tracks
    for track in leads:
        for note in track.notes:
            i = bars.index(note.onset)
            tunes[i].add((note.onset - bars.spans[i].start, note.number))
    for chord in chords:
        i = bars.index(chord.onset)
        roots[i].add((chord.onset - bars.spans[i].start, chord.chord.root.number))
    return [(frozenset(tune), frozenset(root)) for tune, root in zip(tunes, roots, strict=True)]


def _lettered(looks: Sequence[_Look], first: int, size: int) -> tuple[list[int], float]:
    """A number for each block, equal where they are alike, and how much of the piece returns."""
    blocks = [looks[i : i + size] for i in range(first, len(looks) - size // 2, size)]
    models: list[Sequence[_Look]] = []
    letters = []
    score = 0.0
    for block in blocks:
        likeness = [_likeness(block, model) for model in models]
        best = max(range(len(models)), key=likeness.__getitem__, default=-1)
        if best >= 0 and likeness[best] >= _ALIKE:
            letters.append(best)
            score += likeness[best]
        else:
            letters.append(len(models))
            models.append(block)
    returning = sum(letters.count(letter) > 1 for letter in letters)
    return (letters, score) if returning >= _RETURNING * len(letters) else ([], 0.0)


def _likeness(one: Sequence[_Look], other: Sequence[_Look]) -> float:
    """0-1: how many bars have the same tune and the same chords; bars in which neither has any say nothing."""
    total = weight = 0.0
    for (tune, roots), (tune2, roots2) in zip(one, other, strict=False):
        for mine, theirs, share in ((tune, tune2, 2.0), (roots, roots2, 1.0)):
            if mine or theirs:
                total += share * len(mine & theirs) / len(mine | theirs)
                weight += share
    return total / weight if weight else 0.0


