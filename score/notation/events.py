"""The events of a voice in a bar: slabs of sound and the rests between them, as written values with ties and marks.

Conventions: every bar of a voice is filled exactly. Ties run over the pieces of a sound; its marks, lyric and the
start of its slur stand at the first piece, the slur's end at the last.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from partimento.score.notation.bars import origin
from partimento.score.notation.beams import with_beams
from partimento.score.notation.page import Bar, Event, PageNote, Value
from partimento.score.notation.rhythm import Piece, pieces, tuplet_spans, written_beats
from partimento.score.notation.sounds import Sound
from partimento.score.notation.transposing import written
from partimento.score.notation.voices import Slab
from partimento.score.song import Note
from partimento.theory.interval import Interval
from partimento.theory.pitch import Pitch

_MARKS = {"staccato": "staccato", "tenuto": "tenuto", "accent": "accent", "marcato": "strong-accent"}


def whole_rest(bar: Bar, hidden: bool = False) -> tuple[Event, ...]:
    """A bar of silence."""
    return (Event(bar.start, bar.length, Value("whole"), whole_bar=True, hidden=hidden),)


def bar_events(bar: Bar, here: Sequence[Slab], interval: Interval, hide_rests: bool = False) -> tuple[Event, ...]:
    """One voice's events in one bar; `here` are its slabs that sound in it, in order.

    `hide_rests` hides them, but of drums only those that fill whole beats: within a beat the eye needs them.
    """
    if not here:
        return whole_rest(bar, hide_rests)
    first = origin(bar)
    drums = here[0].sounds[0].drum is not None
    spans = [(max(bar.start, slab.onset) - first, min(bar.end, slab.end) - first, slab) for slab in here]
    points = tuple(sorted({edge for a, b, _ in spans for edge in (a, b)}))
    tuplets = tuplet_spans(bar.meter, points)
    events: list[Event] = []
    found: list[Piece] = []
    at = bar.start - first
    for a, b, slab in spans:
        if a > at:
            rests = pieces(bar.meter, tuplets, at, a, True)
            events += [_rest(first, p, bar, hide_rests, drums) for p in rests]
            found += rests
        sounding = pieces(bar.meter, tuplets, a, b)
        events += [_event(first, piece, slab, interval) for piece in sounding]
        found += sounding
        at = b
    if at < bar.end - first:
        rests = pieces(bar.meter, tuplets, at, bar.end - first, True)
        events += [_rest(first, p, bar, hide_rests, drums) for p in rests]
        found += rests
    _bracket(events, found)
    return _with_graces(with_beams(events, bar.meter, first), here, interval)


def _rest(first: int, piece: Piece, bar: Bar, hide: bool, drums: bool) -> Event:
    starts, lengths = written_beats(bar.meter)
    ends = {a + b for a, b in zip(starts, lengths, strict=True)}
    hidden = hide and (not drums or (piece.start in starts and piece.end in ends))
    return Event(first + piece.start, piece.end - piece.start, piece.value, hidden=hidden)


def _bracket(events: list[Event], found: Sequence[Piece]) -> None:
    for i, piece in enumerate(found):
        if piece.tuplet is None:
            continue
        if i == 0 or found[i - 1].tuplet != piece.tuplet:
            events[i] = replace(events[i], tuplet="start")
        elif i + 1 == len(found) or found[i + 1].tuplet != piece.tuplet:
            events[i] = replace(events[i], tuplet="stop")


def _event(first: int, piece: Piece, slab: Slab, interval: Interval) -> Event:
    start, end = first + piece.start, first + piece.end
    starting = [sound for sound in slab.sounds if sound.onset == start]
    marks: list[str] = []
    for sound in starting:
        said = (*sound.marks, _MARKS.get(sound.articulation, ""))
        marks += [mark for mark in said if mark and mark not in marks]
    return Event(
        start,
        end - start,
        piece.value,
        tuple(_head(sound, start, end, interval) for sound in slab.sounds),
        marks=tuple(marks),
        slur_start=any(sound.slur_start for sound in starting),
        slur_stop=any(sound.slur_stop for sound in slab.sounds if sound.end == end),
        lyric=next((sound.note.lyric for sound in starting if sound.note.lyric), None),
    )


def _head(sound: Sound, start: int, end: int, interval: Interval) -> PageNote:
    dead = sound.articulation == "dead"
    return PageNote(
        written(sound.pitch, interval),
        max(1, min(127, sound.note.velocity)),
        sound.drum,
        "x" if dead and sound.head == "normal" else sound.head,
        tie_start=end < sound.end,
        tie_stop=start > sound.onset,
        parentheses=sound.articulation == "ghost",
        release=sound.release if end == sound.end else 0,
    )


def _with_graces(events: Sequence[Event], here: Sequence[Slab], interval: Interval) -> tuple[Event, ...]:
    graces: dict[int, list[Note]] = {}
    for slab in here:
        for sound in slab.sounds:
            if sound.graces and sound.onset == slab.onset:
                graces.setdefault(sound.onset, []).extend(sound.graces)
    out: list[Event] = []
    for event in events:
        if event.notes:
            out += _grace_events(graces.pop(event.onset, []), event.onset, interval)
        out.append(event)
    return tuple(out)


def _grace_events(notes: Sequence[Note], onset: int, interval: Interval) -> list[Event]:
    """Small notes before a main note: one an eighth, several beamed sixteenths; those struck at once are a chord."""
    places = sorted({note.onset for note in notes})
    value = Value("eighth" if len(places) == 1 else "16th")
    out = []
    for i, place in enumerate(places):
        way = "begin" if i == 0 else "end" if i == len(places) - 1 else "continue"
        pitches = sorted((n for n in notes if n.onset == place), key=lambda n: n.number)
        heads = tuple(
            PageNote(written(note.pitch, interval), note.velocity) for note in pitches if isinstance(note.pitch, Pitch)
        )
        out.append(Event(onset, 0, value, heads, grace=True, beams=(way, way) if len(places) > 1 else ()))
    return out
