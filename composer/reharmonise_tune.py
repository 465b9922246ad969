"""Lead-sheet chords for a melody in a genre, and bolder versions of them, with the reason of every chord.

Conventions: ticks of the given line. The first version is what `composer.tune` finds by the genre's counted harmony;
the others are its reharmonisations by degree of daring (`composer.reharmonise`), each legal under the melody.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from partimento.composer.chorale import Choice, OtherChord
from partimento.composer.chorale_line import Line, checked
from partimento.composer.chorale_song import meter_changes
from partimento.composer.chorale_text import tune_of
from partimento.composer.reharmonise import MOST_DARING, Place, Substitute, chosen, fits_melody, substitutes
from partimento.composer.suggest import named_relations, numeral_in
from partimento.composer.tune import tune_chords
from partimento.score.brief import Brief
from partimento.score.decision import Decision, Where
from partimento.score.song import (
    ChordSymbol,
    FinalBars,
    KeyChange,
    Note,
    Phrase,
    Section,
    Song,
    TempoChange,
    Track,
)
from partimento.theory.analysis.piece import BarSpan
from partimento.theory.chord import Chord
from partimento.theory.chord_scale import tensions
from partimento.theory.errors import BriefError
from partimento.theory.key import Key
from partimento.theory.pitch import LETTERS
from partimento.theory.roman import function_of
from partimento.theory.spelling import spell_over

_TEMPO = 96.0
_TWO_FIVES = frozenset({"jazz", "bossa", "lo-fi"})
"""Genres whose players put the ii before a long V."""
_LONG_DOMINANT = 960
_TENSIONS = {1: "9", 3: "11", 5: "13"}
"""Letters above the root, and the tension's name."""


@dataclass(frozen=True, slots=True)
class LeadSheet:
    """A melody with chords. `daring` is 0 for the genre's own harmony, then 1 to 4."""

    line: Line
    style: str
    daring: int
    phrases: tuple[Phrase, ...]
    choices: tuple[Choice, ...]


def harmonise_tune(line: Line, style: str, alternatives: int = 1) -> tuple[LeadSheet, ...]:
    """The melody's chords in a genre, then up to four reharmonisations; BriefError as `tune_chords`."""
    if not 1 <= alternatives <= 1 + MOST_DARING:
        raise BriefError(f"{alternatives} versions cannot be given: 1 to {1 + MOST_DARING}")
    line = checked(line)
    symbols, phrases = tune_chords(tune_of(line), Brief(genre=style, key=str(line.key)))
    melody = tuple((note.onset, note.duration, note.pitch.midi) for note in line.notes)
    rows = _places([(symbol.onset, symbol.duration, symbol.chord) for symbol in symbols], line)
    rows = _with_dominants(rows, line, melody)
    if style in _TWO_FIVES:
        rows = _with_twos(rows, line, melody)
    out = [LeadSheet(line, style, 0, phrases, _choices(rows, {}, line, style, melody))]
    for daring in range(1, MOST_DARING + 1):
        changes = chosen(rows, line.key, melody, daring)
        found = _choices(rows, changes, line, style, melody)
        if changes and all(_names(found) != _names(other.choices) for other in out):
            out.append(LeadSheet(line, style, daring, phrases, found))
    return tuple(out[:alternatives])


def _names(choices: Sequence[Choice]) -> list[str]:
    return [choice.chord.name for choice in choices]


def _places(spans: Sequence[tuple[int, int, Chord]], line: Line) -> tuple[Place, ...]:
    """Places of (onset, duration, chord); two chords share an odd number of beats by whole ones."""
    chords = [chord for _, _, chord in spans]
    out = []
    for i, (onset, duration, chord) in enumerate(spans):
        beat = _bar_at(line, onset).meter.beat_lengths[0]
        odd = duration > beat and duration // 2 % beat
        first = (duration // 2 // beat + 1) * beat if odd else 0
        after = chords[i + 1] if i + 1 < len(chords) else None
        out.append(Place(0, onset, duration, chord, chords[i - 1] if i else None, after, first))
    return tuple(out)


def _with_dominants(rows: Sequence[Place], line: Line, melody: Sequence[tuple[int, int, int]]) -> tuple[Place, ...]:
    """The places, a tonic divided for the beat of its melody that has the leading tone: that beat is the dominant's."""
    key = line.key
    dominant = Chord(key.tonic.up(1), "7")
    leading = key.tonic.up(5).number
    out: list[tuple[int, int, Chord]] = []
    for place in rows:
        end = place.start + place.duration
        beat = _bar_at(line, place.start).meter.beat_lengths[0]
        sung = [
            onset - (onset - place.start) % beat
            for onset, length, number in melody
            if number % 12 == leading and length >= beat // 2 and place.start + beat <= onset < end
        ]
        at = sung[-1] if sung and place.chord.root == key.tonic and leading not in place.chord.numbers else 0
        if not at or at + beat > end or not fits_melody(dominant, key, melody, at, at + beat):
            out.append((place.start, place.duration, place.chord))
            continue
        out += [(place.start, at - place.start, place.chord), (at, beat, dominant)]
        out += [(at + beat, end - at - beat, place.chord)] if at + beat < end else []
    return _places(out, line)


def _bar_at(line: Line, tick: int) -> BarSpan:
    return next((bar for bar in line.bars if bar.start <= tick < bar.end), line.bars[-1])


def _with_twos(rows: Sequence[Place], line: Line, melody: Sequence[tuple[int, int, int]]) -> tuple[Place, ...]:
    """The places, the ii put before every dominant of half a bar or longer that has none and whose melody allows it."""
    out: list[tuple[int, int, Chord]] = []
    for place in rows:
        offered = substitutes(place, line.key, melody) if place.duration >= _LONG_DOMINANT else ()
        two = next((one for one in offered if one.rule == "related-two"), None)
        chords = two.chords if two else (place.chord,)
        spans = place.spans(len(chords))
        out += [(start, end - start, chord) for chord, (start, end) in zip(chords, spans, strict=True)]
    return _places(out, line)


def _choices(
    rows: Sequence[Place], changes: dict[int, Substitute], line: Line, style: str,
    melody: Sequence[tuple[int, int, int]],
) -> tuple[Choice, ...]:  # fmt: skip
    out: list[Choice] = []
    befores: list[Chord] = []
    for i, place in enumerate(rows):
        change = changes.get(i)
        chords = change.chords if change else (place.chord,)
        for chord, (start, end) in zip(chords, place.spans(len(chords)), strict=True):
            rule, values = _reason(befores, chord, line.key, style, change if chord != place.chord else None)
            others = () if change else _others(place, line.key, melody, style)
            numeral = numeral_in(chord, line.key, style)
            sung = _melody(chord, line.key, start, end, melody)
            out.append(
                Choice(start, end, line.key, numeral, chord, function_of(numeral), sung, rule, values, "", others)
            )
            befores.append(chord)
    return tuple(out)


def _reason(
    befores: Sequence[Chord], chord: Chord, key: Key, style: str, change: Substitute | None
) -> tuple[str, tuple[tuple[str, str | int], ...]]:  # fmt: skip
    if change is not None:
        return change.rule, change.values
    if not befores:
        return "lead.begins", ()
    if befores[-1] == chord:
        return "chorale.held", ()
    found = named_relations(befores[-2:], chord, key, style)
    if found:
        return found[0].rule, found[0].values
    return "step.unnamed", (("from", befores[-1].name),)


def _others(
    place: Place, key: Key, melody: Sequence[tuple[int, int, int]], style: str
) -> tuple[OtherChord, ...]:  # fmt: skip
    single = [one for one in substitutes(place, key, melody) if len(one.chords) == 1]
    return tuple(
        OtherChord(key, numeral_in(one.chords[0], key, style), one.chords[0], one.daring) for one in single[:3]
    )


def _melody(chord: Chord, key: Key, start: int, end: int, melody: Sequence[tuple[int, int, int]]) -> str:
    """What the longest melody tone over a chord is in it: a degree, a tension's "9", "11" or "13", or "colour"."""
    spans = [
        (min(onset + length, end) - max(onset, start), number % 12 in chord.numbers, number)
        for onset, length, number in melody
    ]
    longest, _, number = max(spans, default=(0, False, 0))
    if longest <= 0:
        return ""
    tone = chord.tone_at(number)
    degree = chord.degree_of(tone) if tone is not None else None
    if degree is not None:
        return str(degree)
    tension = next((tone for tone in tensions(chord, key) if tone.number == number % 12), None)
    if tension is None:
        return "colour"
    return _TENSIONS.get((LETTERS.index(tension.letter) - LETTERS.index(chord.root.letter)) % 7, "colour")


def lead_sheet_song(sheet: LeadSheet) -> Song:
    """The sheet as a Song: a melody and its chord symbols, a Decision each."""
    line = sheet.line
    end = line.bars[-1].end
    symbols = tuple(
        ChordSymbol(one.start, min(one.end, end) - one.start, one.chord, one.key, one.numeral)
        for one in sheet.choices
        if one.start < end
    )
    notes = []
    k = 0
    for note in line.notes:
        while k + 1 < len(symbols) and symbols[k + 1].onset <= note.onset:
            k += 1
        pitch = spell_over(note.pitch.midi, symbols[k].chord, line.key) if symbols else note.pitch
        notes.append(Note(note.onset, note.duration, pitch, 80))
    section = Section(
        "Tune", "verse", 0, end, 0.5, "tune", 0, line.key, sheet.phrases[-1].close if sheet.phrases else "open", "tune",
        sheet.phrases,
    )  # fmt: skip
    return Song(
        title=line.title,
        brief=Brief(genre=sheet.style, title=line.title),
        meters=meter_changes(line.bars),
        tempos=(TempoChange(0, line.tempo_bpm or _TEMPO),),
        keys=(KeyChange(0, line.key),),
        sections=(section,),
        ending=FinalBars(line.bars[-1].start, "held", "last bar"),
        chords=symbols,
        tracks=(Track("Melody", "lead", "flute", tuple(notes)),),
        decisions=tuple(_decision(one) for one in sheet.choices),
    )


def _decision(choice: Choice) -> Decision:
    values = (("chord", choice.chord.name), ("roman", choice.numeral), ("melody", choice.melody), *choice.values)
    others = tuple((other.chord.name, 5 - other.cost) for other in choice.others)
    return Decision(Where(0, "", choice.start, choice.end), "chord", choice.rule, values, others)
