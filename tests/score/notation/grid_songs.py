"""Songs drawn at random on the page's grid: any meters, a pick-up perhaps, any overlaps of different pitches."""

from __future__ import annotations

from dataclasses import dataclass

from hypothesis import strategies as st

from partimento.score.brief import Brief
from partimento.score.song import FinalBars, KeyChange, MeterChange, Note, Section, Song, TempoChange, Track
from partimento.theory.key import Key
from partimento.theory.meter import Meter
from partimento.theory.pitch import Pitch

INSTRUMENTS = (
    "piano", "trumpet", "alto sax", "double bass", "violin", "glockenspiel", "strings", "electric guitar", "viola",
    "celesta",
)  # fmt: skip
_METERS = """
4/4 3/4 2/4 2/2 6/8 9/8 12/8 5/4 7/8 7/8:3+2+2 5/8 6/4 3/8 7/4 11/16 5/32 4/8 8/4 3/2
"""
METERS = tuple(Meter.parse(text) for text in _METERS.split())
PICK_UPS = ("1/4", "1/8", "3/16", "2/4", "5/32")
_SHORTEST = 120


@dataclass(frozen=True, slots=True)
class _Stretch:
    start: int
    end: int
    origin: int


@st.composite
def songs(draw: st.DrawFn) -> Song:
    """A song of up to six bars with one to three pitched tracks, its notes on 64ths or triplet 32nds of their bars."""
    changes, stretches = _bars(draw)
    end = stretches[-1].end
    tracks = tuple(
        Track(f"Part {i + 1}", draw(st.sampled_from(("lead", "comp", "bass"))), name, _notes(draw, stretches))
        for i, name in enumerate(draw(st.lists(st.sampled_from(INSTRUMENTS), min_size=1, max_size=3)))
    )
    key = Key.parse(draw(st.sampled_from(("C", "F# major", "Db", "E minor", "C# major", "Cb major"))))
    return Song(
        "Random", Brief(), changes, (TempoChange(0, 100.0),), (KeyChange(0, key),),
        (Section("All", "verse", 0, end, 0.5, "A", 0, key, "open", "tune"),), FinalBars(end, "held", "end"),
        tracks=tuple(track for track in tracks if track.notes),
    )  # fmt: skip


def _bars(draw: st.DrawFn) -> tuple[tuple[MeterChange, ...], list[_Stretch]]:
    changes: list[MeterChange] = []
    stretches: list[_Stretch] = []
    tick = 0
    runs = draw(st.lists(st.tuples(st.sampled_from(METERS), st.integers(1, 2)), min_size=1, max_size=3))
    short = Meter.parse(draw(st.sampled_from(PICK_UPS)))
    if short.bar < runs[0][0].bar and draw(st.booleans()):
        changes.append(MeterChange(0, short))
        stretches.append(_Stretch(0, short.bar, short.bar - runs[0][0].bar))
        tick = short.bar
    elif len(runs) > 1 and runs[0][0].bar < runs[1][0].bar:
        runs[0] = (runs[0][0], 2)  # a single bar would be a pick-up
    for meter, count in runs:
        changes.append(MeterChange(tick, meter))
        for _ in range(count):
            stretches.append(_Stretch(tick, tick + meter.bar, tick))
            tick += meter.bar
    return tuple(changes), stretches


def _notes(draw: st.DrawFn, stretches: list[_Stretch]) -> tuple[Note, ...]:
    out: list[Note] = []
    voices = draw(st.sampled_from(((0,), (0, 1))))
    for _ in range(draw(st.integers(0, 14))):
        onset, end = _place(draw, stretches), _place(draw, stretches)
        if end < onset:
            onset, end = end, onset
        pitch = Pitch(draw(st.sampled_from("CDEFGAB")), draw(st.integers(-1, 1)), draw(st.integers(2, 6)))
        voice = draw(st.sampled_from(voices))
        same = [n for n in out if n.number == pitch.midi and n.voice == voice]
        clash = any(n.onset < end and onset < n.onset + n.duration for n in same)
        if end - onset >= _SHORTEST and not clash:
            short = draw(st.sampled_from(("", "", "staccato", "dead")))
            out.append(Note(onset, end - onset, pitch, draw(st.integers(20, 120)), voice, short))
    return tuple(sorted(out, key=lambda note: (note.onset, note.number)))


def _place(draw: st.DrawFn, stretches: list[_Stretch]) -> int:
    bar = draw(st.sampled_from(stretches))
    step = draw(st.sampled_from((30, 40, 60, 80, 120, 240)))
    first = -(-(bar.start - bar.origin) // step)
    last = (bar.end - bar.origin) // step
    return bar.origin + step * draw(st.integers(first, max(first, last))) if first <= last else bar.start
