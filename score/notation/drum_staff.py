"""The drum staff: each piece's place and notehead, hands above and feet below, and how long strokes are written.

Conventions: places are as in treble clef. Kit places follow Weinberg, Guidelines for Drumset Notation (Percussive Arts
Society, 1998): bass drum in the lowest space, snare in the third, toms between and above, cymbals with x heads on and
above the top. Hand percussion stands on the same staff, high pieces above low ones. Hands are voice 1 with stems up,
feet voice 2 with stems down. A stroke lasts until the next one of its voice, at the longest until its beat ends. An
accent that a groove has again within two bars goes without saying.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence, Set

from partimento.score.notation.bars import origin
from partimento.score.notation.page import Bar
from partimento.score.notation.rhythm import pieces, tuplet_spans, written_beats
from partimento.score.notation.sounds import Grid, Sound
from partimento.score.song import Drum, Note, Track
from partimento.theory.pitch import Pitch

_PLACES = """
KICK F4 normal; KICK2 E4 normal; HAT_PEDAL D4 x; SNARE C5 normal; SNARE2 C5 normal; RIM C5 x; CLAP E5 x;
TOM4 G4 normal; TOM_FLOOR A4 normal; TOM3 B4 normal; TOM2 D5 normal; TOM1 E5 normal; TOM_HIGH F5 normal;
HAT G5 x; HAT_OPEN G5 x; RIDE F5 x; RIDE2 F5 x; BELL F5 diamond; CRASH A5 x; CRASH2 B5 x; CHINA C6 x; SPLASH D6 x;
TAMBOURINE B4 triangle; COWBELL E5 triangle; VIBRASLAP D5 diamond;
BONGO_HIGH E5 normal; BONGO_LOW C5 normal; CONGA_MUTE C5 x; CONGA_HIGH C5 normal; CONGA_LOW A4 normal;
TIMBALE_HIGH E5 normal; TIMBALE_LOW C5 normal; AGOGO_HIGH E5 triangle; AGOGO_LOW C5 triangle;
CABASA B4 x; MARACAS B4 x; SHAKER B4 x; JINGLE_BELL B4 x; CASTANETS D5 x; CLAVES D5 x;
WHISTLE_SHORT G5 diamond; WHISTLE_LONG G5 diamond; GUIRO_SHORT G4 x; GUIRO_LONG G4 diamond;
WOODBLOCK_HIGH E5 triangle; WOODBLOCK_LOW C5 triangle; CUICA_MUTE A4 x; CUICA_OPEN A4 diamond;
TRIANGLE_MUTE G5 triangle; TRIANGLE A5 triangle; SURDO_MUTE F4 x; SURDO F4 normal
"""
DRUM_PLACES: dict[Drum, tuple[Pitch, str]] = {}
"""Every piece's place on the staff and notehead."""
for _row in _PLACES.split(";"):
    _name, _place, _head = _row.split()
    DRUM_PLACES[Drum[_name]] = (Pitch.parse(_place), _head)

_TIME = frozenset({Drum.HAT, Drum.HAT_OPEN, Drum.HAT_PEDAL, Drum.RIDE, Drum.RIDE2, Drum.BELL, Drum.SHAKER, Drum.CABASA,
                   Drum.MARACAS, Drum.TAMBOURINE, Drum.JINGLE_BELL, Drum.COWBELL})  # fmt: skip
"""What keeps time, loud and soft by turns: its soft strokes are no ghosts."""

_FEET = frozenset({Drum.KICK, Drum.KICK2, Drum.HAT_PEDAL, Drum.SURDO, Drum.SURDO_MUTE})


def drum_sounds(track: Track, grid: Grid) -> tuple[list[Sound], list[Sound]]:
    """Hands' and feet's strokes, each long enough to leave no clutter; a stroke of a piece twice at once is one."""
    strokes: dict[tuple[int, Drum], Note] = {}
    for note in sorted(track.notes, key=lambda n: (n.onset, n.number)):
        if isinstance(note.pitch, Drum) and note.onset < grid.end:
            onset = grid.snap(note.onset)
            if onset < grid.end:
                strokes.setdefault((onset, note.pitch), note)
    out: tuple[list[tuple[int, Drum, Note]], list[tuple[int, Drum, Note]]] = ([], [])
    for (onset, drum), note in strokes.items():
        if drum is Drum.HAT and (onset, Drum.HAT_OPEN) in strokes:
            continue  # one pair of cymbals is either open or closed
        out[drum in _FEET].append((onset, drum, note))
    if not out[0]:  # feet alone need no second voice
        return _written(out[1], grid), []
    return _written(out[0], grid), _written(out[1], grid)


def _written(strokes: list[tuple[int, Drum, Note]], grid: Grid) -> list[Sound]:
    onsets = sorted({onset for onset, _, _ in strokes})
    ends = _ends(onsets, grid)
    quiet = _mostly_ghosts(strokes)
    said = {(onset, drum): _said(note, drum, quiet) for onset, drum, note in strokes}
    usual = _usual_accents({stroke for stroke, word in said.items() if word == "accent"}, grid)
    return [
        Sound(
            onset,
            ends[onset],
            DRUM_PLACES[drum][0],
            note,
            drum=drum,
            head=DRUM_PLACES[drum][1],
            marks=("open",) if drum is Drum.HAT_OPEN else (),
            articulation="" if (onset, drum) in usual else said[onset, drum],
        )
        for onset, drum, note in sorted(strokes, key=lambda s: (s[0], s[1].value))
    ]


def _mostly_ghosts(strokes: list[tuple[int, Drum, Note]]) -> set[Drum]:
    """The pieces of which most strokes are ghost strokes: nobody writes a train beat full of parentheses."""
    pieces_struck = {drum for _, drum, _ in strokes}
    ghosts = [drum for _, drum, note in strokes if note.articulation == "ghost"]
    every = [drum for _, drum, _ in strokes]
    return {drum for drum in pieces_struck if 2 * ghosts.count(drum) > every.count(drum)}


def _said(note: Note, drum: Drum, quiet: Set[Drum]) -> str:
    """The articulation shown: where ghosts are the rule they are plain, and the other strokes accented."""
    if drum in _TIME and note.articulation == "ghost":
        return ""
    if drum not in quiet or note.articulation in ("marcato", "dead"):
        return note.articulation
    return "" if note.articulation == "ghost" else "accent"


def _usual_accents(accented: Set[tuple[int, Drum]], grid: Grid) -> set[tuple[int, Drum]]:
    """The accents that the same piece has at the same place of a bar near by."""
    places: dict[tuple[int, Drum], tuple[int, int, Drum]] = {}
    for onset, drum in accented:
        bar = grid.bar_at(onset)
        places[onset, drum] = (bar.number, onset - origin(bar), drum)
    heard = set(places.values())
    near = (-2, -1, 1, 2)
    return {
        stroke
        for stroke, (number, inside, drum) in places.items()
        if any((number + step, inside, drum) in heard for step in near)
    }


def _ends(onsets: list[int], grid: Grid) -> dict[int, int]:
    """Where each stroke's written value ends: one value, never tied."""
    ends = {}
    for onset in onsets:
        k = bisect_right(onsets, onset)
        bar = grid.bar_at(onset)
        beat = _beat_end(bar, onset)
        ends[onset] = min(beat, bar.end, onsets[k] if k < len(onsets) else bar.end)
    by_bar: dict[int, list[int]] = {}
    for onset in onsets:
        by_bar.setdefault(grid.bar_at(onset).start, []).append(onset)
    for start, here in by_bar.items():
        bar = grid.bar_at(start)
        _first_values(bar, here, ends)
    return ends


def _first_values(bar: Bar, onsets: Sequence[int], ends: dict[int, int]) -> None:
    first = origin(bar)
    points = tuple(sorted({edge - first for onset in onsets for edge in (onset, ends[onset])}))
    tuplets = tuplet_spans(bar.meter, points)
    for onset in onsets:
        ends[onset] = first + pieces(bar.meter, tuplets, onset - first, ends[onset] - first)[0].end


def _beat_end(bar: Bar, tick: int) -> int:
    starts, lengths = written_beats(bar.meter)
    inside = tick - origin(bar)
    k = bisect_right(starts, inside) - 1
    return origin(bar) + starts[k] + lengths[k]
