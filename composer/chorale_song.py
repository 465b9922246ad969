"""A chorale as a Song, and as the page that choirs and students read: two staves, figured bass, Roman numerals.

Conventions: tracks Soprano, Alto, Tenor, Bass; a chord symbol a change of chord, each with its Decision. On the page
numerals stand under the bass as lyrics, with the key before them where it changes.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from partimento.composer.chorale import Choice, Chorale
from partimento.score.brief import Brief
from partimento.score.decision import Decision, Where
from partimento.score.notation.closed_score import closed_score
from partimento.score.notation.full_score import full_score
from partimento.score.notation.page import Figures, Page
from partimento.score.song import (
    ChordSymbol,
    FinalBars,
    KeyChange,
    MeterChange,
    Note,
    Phrase,
    Section,
    Song,
    TempoChange,
    Track,
)
from partimento.theory.analysis.piece import BarSpan
from partimento.theory.errors import BriefError
from partimento.theory.figured_bass import Figure, figure_of, figures
from partimento.theory.key import Key
from partimento.theory.meter import DENOMINATORS, TICKS, Meter

_TEMPO = 72.0
_VOICES = ("Bass", "Tenor", "Alto", "Soprano")
_ROLES = ("bass", "harmony", "harmony", "lead")
_CLOSES = {
    "PAC": "authentic", "IAC": "authentic", "IAC-inverted": "authentic", "viio-I": "authentic", "HC": "half",
    "Phrygian": "half", "PC": "plagal", "DC": "deceptive",
    "modal": "authentic",
}  # fmt: skip


def chorale_song(chorale: Chorale) -> Song:
    """The setting as a Song of four tracks."""
    line = chorale.line
    end = line.bars[-1].end
    rows = [[(note.onset, note.end, note.pitch) for note in part] for part in chorale.parts]
    rows.append([(note.onset, note.end, note.pitch) for note in line.notes])
    tracks = tuple(
        Track(name, role, "choir", tuple(Note(onset, stop - onset, pitch, 76) for onset, stop, pitch in row))
        for name, role, row in zip(_VOICES, _ROLES, rows, strict=True)
    )
    section = Section(
        "Chorale", "verse", 0, end, 0.4, "chorale", 0, line.key, _close(chorale.choices[-1]), "tune", _phrases(chorale)
    )
    return Song(
        title=line.title,
        brief=Brief(genre="classical", title=line.title),
        meters=meter_changes(line.bars),
        tempos=(TempoChange(0, line.tempo_bpm or _TEMPO * (1.5 if line.bars[0].meter.compound else 1)),),
        keys=(KeyChange(0, line.key),),
        sections=(section,),
        ending=FinalBars(line.bars[-1].start, "held", "final chord"),
        chords=_symbols(chorale),
        tracks=tuple(reversed(tracks)),
        decisions=tuple(_decision(choice) for choice in chorale.choices),
    )


def meter_changes(bars: Sequence[BarSpan]) -> tuple[MeterChange, ...]:
    """The meters of bars, a pick-up having one of its own length; BriefError where no meter is that short."""
    out: list[MeterChange] = []
    for bar in bars:
        length = bar.end - bar.start
        meter = bar.meter if length == bar.meter.bar else _short(length)
        if not out or out[-1].meter != meter:
            out.append(MeterChange(bar.start, meter))
    return tuple(out)


def _short(length: int) -> Meter:
    for denominator in DENOMINATORS[2:]:
        count, rest = divmod(length * denominator, 4 * TICKS)
        if not rest and 1 <= count <= 32:
            return Meter(count, denominator)
    raise BriefError(f"a bar of {length} ticks fits no meter; {TICKS} are a quarter note")


def _close(choice: Choice) -> str:
    return _CLOSES.get(choice.cadence, "open")


def _phrases(chorale: Chorale) -> tuple[Phrase, ...]:
    out: list[Phrase] = []
    start = 0
    for slot, choice in zip(chorale.slots, chorale.choices, strict=True):
        if slot.ends:
            out.append(Phrase(start, slot.end - start, _close(choice), chr(97 + len(out) % 26)))
            start = slot.end
    return tuple(out)


def _symbols(chorale: Chorale) -> tuple[ChordSymbol, ...]:
    """A symbol a change of chord, and one at each beginning of a phrase."""
    out: list[ChordSymbol] = []
    for slot, choice in zip(chorale.slots, chorale.choices, strict=True):
        last = out[-1] if out and not slot.begins else None
        if (
            last is not None and last.chord == choice.chord and last.key == choice.key
            and last.onset + last.duration == choice.start
        ):  # fmt: skip
            out[-1] = replace(last, duration=choice.end - last.onset)
        else:
            length = choice.end - choice.start
            out.append(ChordSymbol(choice.start, length, choice.chord, choice.key, choice.numeral))
    return tuple(out)


def _decision(choice: Choice) -> Decision:
    values = (
        ("chord", choice.chord.name), ("roman", choice.numeral), ("key", str(choice.key)), ("melody", choice.melody),
        *choice.values,
    )  # fmt: skip
    others = tuple((other.chord.name, max(1, 100 - other.cost // 2)) for other in choice.others)
    return Decision(Where(0, "", choice.start, choice.end), "chord", choice.rule, values, others)


def chorale_figures(chorale: Chorale) -> tuple[tuple[int, tuple[Figure, ...]], ...]:
    """The figured bass: (tick, figures) wherever figures change, suspensions with their resolutions."""
    signature = chorale.line.key
    out: list[tuple[int, tuple[Figure, ...]]] = []
    held = {row.tick: row for row in chorale.ornaments if row.kind == "suspension"}
    before: Choice | None = None
    for choice in chorale.choices:
        plain = figures(choice.chord, signature)
        suspension = held.get(choice.start)
        if suspension is not None:
            notes = [
                note for note in chorale.parts[suspension.voice] if note.onset < choice.end and note.end > choice.start
            ]
            bass = choice.chord.bass_tone
            first = figure_of(bass, notes[0].pitch.pitch_class, signature, suspension.figure == "9-8")
            then = [n for n in chorale.parts[suspension.voice] if n.onset >= notes[0].end][0]
            resolved = figure_of(bass, then.pitch.pitch_class, signature)
            others = [figure for figure in plain if (figure.number or 3) != resolved.number]
            out += [(choice.start, _stacked([first, *others])), (then.onset, _stacked([resolved, *others]))]
        elif before is None or before.chord != choice.chord:
            out.append((choice.start, plain))
        before = choice
    return tuple(out)


def _stacked(found: Sequence[Figure]) -> tuple[Figure, ...]:
    """Figures in a column, the highest first."""
    return tuple(sorted(found, key=lambda figure: -figure.number))


def numeral_labels(choices: Sequence[Choice], home: Key) -> tuple[tuple[int, str], ...]:
    """The numerals as they are written under a bass: (tick, text), the key before them where it changes."""
    out: list[tuple[int, str]] = []
    key, last = home, ""
    for i, choice in enumerate(choices):
        changed = choice.key != key or i == 0
        if changed or choice.numeral != last:
            tonic = choice.key.tonic.name
            name = tonic.lower() if choice.key.is_minor else tonic
            out.append((choice.start, f"{name}: {choice.numeral}" if changed else choice.numeral))
        key, last = choice.key, choice.numeral
    return tuple(out)


def chorale_page(chorale: Chorale) -> Page:
    """The setting on two staves, with fermatas where phrases end, figures and numerals under the bass."""
    song = replace(chorale_song(chorale), chords=())
    rows = tuple(
        Figures(tick, tuple((figure.number, figure.sign) for figure in found))
        for tick, found in chorale_figures(chorale)
    )
    ends = frozenset(slot.start for slot in chorale.slots if slot.ends)
    score = full_score(song)
    score = replace(score, bars=tuple(replace(bar, section="") for bar in score.bars))
    return closed_score(score, rows, dict(numeral_labels(chorale.choices, chorale.line.key)), ends)
