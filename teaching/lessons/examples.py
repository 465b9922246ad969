"""Examples of a lesson, composed on the spot: of each a page to draw, notes to play, and the same in words.

Conventions: keys, notes and progressions are drawn by the lesson's stream among what the table allows, so that another
seed gives other examples of the same thing. Four-part examples keep the rules of the `strict` set.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from partimento.score.notation.page import Page
from partimento.score.stream import Stream
from partimento.teaching.exercises import nonchord, rhythm, scales, species
from partimento.teaching.exercises.chords import close_position, printed, stacked
from partimento.teaching.exercises.clefs import middle, near_middle, pitches_of
from partimento.teaching.exercises.documents import strand_of
from partimento.teaching.exercises.harmony import key_name, lines_of, numeral_text
from partimento.teaching.exercises.identity import Identity
from partimento.teaching.exercises.page import worksheet_page
from partimento.teaching.exercises.progressions import chords_in, sung
from partimento.teaching.exercises.worksheet import QUARTER, WHOLE, Cell, Item, Labels, Line, Worksheet, single
from partimento.teaching.page.sound import Strand, strands_of
from partimento.theory.chord import Chord
from partimento.theory.interval import Interval
from partimento.theory.key import Key
from partimento.theory.meter import Meter
from partimento.theory.pitch import Pitch, PitchClass, pitch_at, pitch_class

_COMMON = Meter(4, 4)
_PLAIN = Key.parse("C")
_TASK = Labels(())


@dataclass(frozen=True, slots=True)
class Composed:
    """An example: what is said of it, its page, its sound, and its music in words."""

    caption: str
    page: Page
    strands: tuple[Strand, ...]
    words: str


def composed(table: Mapping[str, Any], stream: Stream) -> Composed:
    """The example that a table asks for; KeyError for a kind that there is not."""
    if table["kind"] == "groove":
        return _groove(table, stream)
    item, words = _MAKERS[table["kind"]](table, stream)
    staves = 1 + max(line.staff for line in item.answer)
    clefs = (("treble", ""), ("bass", "")) if staves == 2 else (("treble", ""),)
    if table["kind"] == "transpose":
        clefs = (("treble", ""), ("treble", ""))
    sheet = Worksheet(Identity(1, 1, 1, 0), "", "", "", clefs, (item,), (0,))
    page = worksheet_page(sheet, key=True)
    parts = tuple(
        replace(part, measures=tuple(replace(m, directions=()) for m in part.measures)) for part in page.parts
    )
    return Composed(table["say"], replace(page, parts=parts), (strand_of(item),), words)


def _draw_key(stream: Stream, mode: str, most: int = 3) -> Key:
    return Key(pitch_class(stream.between(-most, most) + (3 if mode == "minor" else 0)), mode)


def _progression(table: Mapping[str, Any], stream: Stream) -> tuple[Item, str]:
    modes = [mode for mode in ("major", "minor") if mode in table]
    for take in range(40):
        draws = stream.sub(take)
        mode = draws.choice(modes)
        key, progression = _draw_key(draws, mode), draws.choice(table[mode])
        last = key.tonic if table.get("last") == "tonic" else None
        ways = sung(progression, key, draws.choice((67, 70, 74)), last)
        if ways is not None:
            break
    else:
        raise ValueError(f"no key in which '{table}' can be sung")
    labels = tuple(table.get("labels", ())) or tuple(map(numeral_text, progression.split()))
    lines = lines_of(ways, labels)
    told = _told(labels, chords_in(progression, key))
    bars = (len(ways) + 1) // 2
    return Item("", bars, _COMMON, key, (), lines, _TASK), f"{key_name(key)}: {told}"


def _told(labels: Sequence[str], chords: Sequence[Chord]) -> str:
    return " – ".join(f"{label} ({printed(chord)})" for label, chord in zip(labels, chords, strict=True))


def _jazz(table: Mapping[str, Any], stream: Stream) -> tuple[Item, str]:
    """Roots in the bass, the other tones above by the shortest way; a chord a bar."""
    mode = stream.choice([mode for mode in ("major", "minor") if mode in table])
    key, progression = _draw_key(stream, mode), stream.choice(table[mode])
    chords = chords_in(progression, key)
    low, high = [], []
    before: tuple[int, ...] = (60, 64, 67)
    for index, chord in enumerate(chords):
        upper = _nearest(chord, before)
        before = tuple(pitch.midi for pitch in upper)
        bass = near_middle(chord.root.letter, chord.root.alter, "bass")
        low.append(Cell(index * WHOLE, WHOLE, (bass,), printed(chord)))
        high.append(Cell(index * WHOLE, WHOLE, upper))
    told = " – ".join(
        f"{numeral_text(numeral)} ({printed(chord)})"
        for numeral, chord in zip(progression.split(), chords, strict=True)
    )
    lines = (Line(0, 0, tuple(high)), Line(1, 0, tuple(low)))
    return Item("", len(chords), _COMMON, key, (), lines, _TASK), f"{key_name(key)}: {told}"


def _nearest(chord: Chord, before: Sequence[int]) -> tuple[Pitch, ...]:
    """The chord's upper tones (of a triad all) in close position, moving as little as they can."""
    tones = chord.tones if len(chord.tones) == 3 else chord.tones[1:4]
    found = []
    for turn in range(len(tones)):
        order = (*tones[turn:], *tones[:turn])
        for midi in range(54, 68):
            if midi % 12 == order[0].number:
                found.append(stacked(pitch_at(order[0], midi), order[1:]))
    centre = sum(before) / len(before)
    return min(
        found, key=lambda p: (_distance(p, before) + abs(sum(q.midi for q in p) / len(p) - 62), abs(p[0].midi - centre))
    )


def _distance(pitches: Sequence[Pitch], before: Sequence[int]) -> int:
    return sum(abs(pitch.midi - old) for pitch, old in zip(pitches, before, strict=False))


def _scale(table: Mapping[str, Any], stream: Stream) -> tuple[Item, str]:
    name = stream.choice(table["names"])
    tonic = pitch_class(stream.between(-2, 3))
    item = scales.scale_item(tonic, name, False, False, "treble")
    cells = tuple(cell._replace(text="") for cell in item.answer[0].cells)
    names = " ".join(_name(pitch.pitch_class) for cell in cells for pitch in cell.pitches)
    return replace(item, answer=single(0, *cells)), f"{_name(tonic)} {name}: {names}"


def _name(tone: PitchClass) -> str:
    return tone.letter + ("♭" * -tone.alter if tone.alter < 0 else "♯" * tone.alter)


def _intervals(table: Mapping[str, Any], stream: Stream) -> tuple[Item, str]:
    natural = [pitch for pitch in pitches_of("treble", 4) if not pitch.alter]
    names = table["names"]
    fitting = [low for low in natural if all(abs(low.transposed(Interval.parse(name)).alter) <= 1 for name in names)]
    low = stream.choice(fitting[: max(1, len(fitting) // 2)])
    cells = []
    for index, name in enumerate(names):
        cells.append(Cell(index * WHOLE, WHOLE, (low, low.transposed(Interval.parse(name))), name))
    told = ", ".join(f"{name} {low}–{low.transposed(Interval.parse(name))}" for name in names)
    return Item("", len(names), _COMMON, _PLAIN, (), single(0, *cells), _TASK), told


def _chords(table: Mapping[str, Any], stream: Stream) -> tuple[Item, str]:
    roots = [pitch_class(fifths) for fifths in range(-1, 6)]
    usable = [
        root
        for root in roots
        if all(abs(tone.alter) <= 1 for quality in table["qualities"] for tone in Chord(root, quality).tones)
    ]
    root = stream.choice(usable)
    chords = [Chord(root, quality) for quality in table["qualities"]]
    cells = [Cell(i * WHOLE, WHOLE, close_position(c, "treble"), printed(c)) for i, c in enumerate(chords)]
    told = ", ".join(f"{printed(chord)}: {' '.join(_name(tone) for tone in chord.tones)}" for chord in chords)
    return Item("", len(chords), _COMMON, _PLAIN, (), single(0, *cells), _TASK), told


def _non_chord(table: Mapping[str, Any], stream: Stream) -> tuple[Item, str]:
    item = nonchord.draw_of(stream, 2, table["kinds"]).make()
    assert isinstance(item.task, Labels)
    return item, f"{item.prompt}: {', '.join(label.answer for label in item.task.labels)}"


def _species(table: Mapping[str, Any], stream: Stream) -> tuple[Item, str]:
    item = species.draw(stream, 1, table["species"]).make()
    lines = [" ".join(str(p) for cell in line.cells for p in cell.pitches) for line in item.answer]
    return item, f"cantus firmus {lines[0]}; counterpoint {lines[1]}"


def _rhythm(table: Mapping[str, Any], stream: Stream) -> tuple[Item, str]:
    meter = Meter.parse(stream.choice(table["meters"]))
    values = [v for _ in range(2) for beat in rhythm.draw_bar(stream, meter, table["level"]) for v in beat]
    cells, tick = [], 0
    for value in values:
        cells.append(Cell(tick, value, (middle("treble"),)))
        tick += value
    told = " ".join(f"{value / QUARTER:g}" for value in values)
    return Item("", 2, meter, _PLAIN, (), single(0, *cells), _TASK), f"{meter}, in quarter notes: {told}"


def _line(table: Mapping[str, Any], stream: Stream) -> tuple[Item, str]:
    key = _draw_key(stream, "major", 2)
    notes = scales.draw_line(stream, key, table["level"], "treble", 4)
    cells = [Cell(onset, length, (pitch,)) for onset, length, pitch in notes]
    told = " ".join(str(pitch) for _, _, pitch in notes)
    return Item("", 4, _COMMON, key, (), single(0, *cells), _TASK), f"{key_name(key)}: {told}"


def _transpose(table: Mapping[str, Any], stream: Stream) -> tuple[Item, str]:
    interval = Interval.parse(stream.choice(table["intervals"]))
    notes = scales.draw_line(stream, _draw_key(stream, "major", 1), 2, "treble", 2, room=interval.steps)
    item = scales.transposed_item(notes, interval)
    lines = [" ".join(str(p) for cell in line.cells for p in cell.pitches) for line in item.answer]
    return item, f"{lines[0]}, a {interval.name} higher: {lines[1]}"


_MAKERS: dict[str, Callable[[Mapping[str, Any], Stream], tuple[Item, str]]] = {
    "progression": _progression, "jazz": _jazz, "scale": _scale, "intervals": _intervals, "chords": _chords,
    "non-chord": _non_chord, "species": _species, "rhythm": _rhythm, "line": _line, "transpose": _transpose,
}  # fmt: skip


def _groove(table: Mapping[str, Any], stream: Stream) -> Composed:
    """A few bars of a song in a genre, those who play its groove alone."""
    from partimento.composer.compose import compose
    from partimento.score.brief import Brief
    from partimento.score.notation.full_score import full_score

    song = compose(Brief(genre=table["genre"], bars=table["bars"], seed=stream.below(1 << 30), engine="rules"))
    kept = tuple(track for track in song.tracks if track.role in table["roles"]) or song.tracks[:2]
    names = {track.name for track in kept}
    played = tuple(track for track in song.performance.tracks if track.name in names)
    alone = replace(song, tracks=kept, performance=replace(song.performance, tracks=played))
    words = f"{table['genre']}: {', '.join(track.instrument for track in kept)}, {table['bars']} bars"
    return Composed(table["say"], full_score(alone), strands_of(alone), words)
