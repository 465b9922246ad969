"""The form of foreign music: sections by the file's markers, else by the bars that return.

Conventions: ticks; sections lie end to end from 0 to the last bar line. Returning sections share their material; of
unnamed ones the first kind is A, the next B, as in analysis.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate

from partimento.score.importing.harmony import close_of, key_at
from partimento.score.importing.maps import Bars, BarSpan
from partimento.score.importing.naming import folded
from partimento.score.song import ChordSymbol, FinalBars, KeyChange, Section, Track
from partimento.theory.analysis.form import MOST_BARS, BarLook, find_form
from partimento.theory.analysis.form import Stretch as FormStretch

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
_MOST_BLOCKS = 200
_PLACE, _PICK_UP = 240, 480


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
    _unfold(places)
    starts = sorted(places)
    out = []
    seen: dict[str, int] = {}
    for start, end in zip(starts, [*starts[1:], bars.end], strict=True):
        name = places[start]
        material = folded(name) or name.casefold()
        variation = seen.get(material, 0)
        seen[material] = variation + 1
        out.append(_Stretch(name, kind_of(name), start, end, material, variation))
    return out


def _unfold(places: dict[int, str]) -> None:
    """Marks over repeats that name each time ("A / A 2", "Verse 1/2") name the first time and the next ones apart; a
    mark that stands again because only a part of its section was repeated goes on."""
    for name in dict.fromkeys(places.values()):
        times = _times(name)
        starts = [start for start in sorted(places) if places[start] == name]
        each = len(starts) // len(times)
        if len(times) > 1 and each and len(starts) == each * len(times):
            places.update((start, times[i // each]) for i, start in enumerate(starts))
    before = ""
    for start in sorted(places):
        name = places[start]
        if name == before and (re.search(r"\d", name) or kind_of(name) in ("intro", "outro", "coda")):
            del places[start]
        before = name


def _times(name: str) -> list[str]:
    """"A / A 2" is A and A 2; "Verse 3/4" is Verse 3 and Verse 4."""
    numbered = re.fullmatch(r"(.*?)(\d+(?:/\d+)+)", name)
    if numbered:
        return [numbered[1] + number for number in numbered[2].split("/")]
    return [word.strip() for word in name.split(" / ")]


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
    """Sections as found in the bars; of more than 400 every 200th part or eight bars, whichever is more."""
    if len(bars) > MOST_BARS:
        size = 8 * -(-len(bars) // (8 * _MOST_BLOCKS))
        starts = [bars.spans[i].start for i in range(0, len(bars), size)]
        ends = [*starts[1:], bars.end]
        names = [_letters(i) for i in range(len(starts))]
        return [
            _Stretch(name, "section", start, end, name.casefold(), 0)
            for name, start, end in zip(names, starts, ends, strict=True)
        ]
    return list(_named(find_form(_bar_looks(tracks, chords, bars)), bars))


def _named(form: Sequence[FormStretch], bars: Bars) -> Iterator[_Stretch]:
    letters: dict[int, str] = {}
    seen: dict[str, int] = {}
    for i, one in enumerate(form):
        kind = _silent_kind(i, len(form)) if one.silent else ""
        if not kind and one.letter not in letters:
            letters[one.letter] = _letters(len(letters))
        name = kind.capitalize() or letters[one.letter]
        seen[name] = seen.get(name, 0) + 1
        shown = name if seen[name] == 1 else f"{name} {seen[name]}"
        end = bars.spans[one.end].start if one.end < len(bars) else bars.end
        yield _Stretch(shown, kind or "section", bars.spans[one.start].start, end, name.casefold(), seen[name] - 1)


def _silent_kind(i: int, count: int) -> str:
    if count == 1:
        return ""
    return "intro" if i == 0 else "outro" if i == count - 1 else "interlude"


def _letters(number: int) -> str:
    """A to Z, AA to ZZ."""
    return (_letters(number // 26 - 1) if number >= 26 else "") + chr(ord("A") + number % 26)


def _bar_looks(tracks: Sequence[Track], chords: Sequence[ChordSymbol], bars: Bars) -> list[BarLook]:
    tunes: list[set[tuple[int, int]]] = [set() for _ in bars.spans]
    roots: list[set[tuple[int, int]]] = [set() for _ in bars.spans]
    leads = [track for track in tracks if track.role == "lead"] or [t for t in tracks if t.role != "drums"] or tracks
    edges = [0] * (len(bars) + 1)
    for track in leads:
        for note in track.notes:
            i = bars.index(note.onset)
            edges[i] += 1
            edges[bars.index(note.onset + note.duration - 1) + 1] -= 1
            tunes[i].add(((note.onset - bars.spans[i].start) // _PLACE, note.number % 12))
    k = 0
    for i, span in enumerate(bars.spans):
        for beat in span.meter.beats:
            tick = span.start + beat
            while k < len(chords) and chords[k].onset + chords[k].duration <= tick:
                k += 1
            if k < len(chords) and chords[k].onset <= tick:
                roots[i].add((beat, chords[k].chord.root.number))
    return [
        _bar_look(tune, root, span, held > 0)
        for tune, root, span, held in zip(tunes, roots, bars.spans, accumulate(edges), strict=False)
    ]


def _bar_look(tune: set[tuple[int, int]], roots: set[tuple[int, int]], span: BarSpan, sounds: bool) -> BarLook:
    middle = span.meter.bar // 2
    begins = any(place * _PLACE < middle for place, _ in tune)
    ends = any(middle <= place * _PLACE < span.meter.bar - _PICK_UP for place, _ in tune)
    return BarLook(frozenset(tune), frozenset(roots), begins, ends, sounds)
