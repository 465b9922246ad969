"""Songs for the tests of project files: any that hypothesis likes, and short composed ones."""

from __future__ import annotations

from functools import cache
from itertools import accumulate

from hypothesis import strategies as st

from partimento.composer.compose import compose
from partimento.score.brief import Brief
from partimento.score.mix import Fader, Mix
from partimento.score.performance import Performance, PlayedControl, PlayedNote, PlayedTrack
from partimento.score.song import (
    ROLES,
    FinalBars,
    KeyChange,
    MeterChange,
    Section,
    Song,
    TempoChange,
    Track,
)
from partimento.theory.key import Key
from partimento.theory.meter import Meter

C = Key.parse("C")
METERS = tuple(Meter.parse(text) for text in ("4/4", "3/4", "6/8", "7/8", "5/4", "2/2", "1/4", "12/8"))
_CHARACTERS = st.characters(codec="utf-8", exclude_categories=("C", "Z")) | st.just(" ")
NAMES = st.text(_CHARACTERS, min_size=1, max_size=12).map(lambda text: " ".join(text.split()) or "A")
_PLAIN = Mix()


@cache
def composed(genre: str, seed: int = 1) -> Song:
    """Sixteen bars of a genre."""
    return compose(Brief(genre=genre, bars=16, seed=seed))


def section(name: str, start: int, length: int) -> Section:
    """A section of which only name and place matter."""
    return Section(name, "verse", start, length, 0.5, "A", 0, C, "half", "tune")


def bare_song(
    *tracks: tuple[str, str, tuple[PlayedNote, ...]], sections: tuple[Section, ...] = (),
    meters: tuple[MeterChange, ...] = (MeterChange(0, Meter(4, 4)),),
    tempos: tuple[TempoChange, ...] = (TempoChange(0, 120.0),), controls: tuple[PlayedControl, ...] = (),
    mix: Mix = _PLAIN,
) -> Song:  # fmt: skip
    """A song of (name, role, played notes) a track; `controls` are the first one's."""
    whole = sections or (section("All", 0, 4 * 1920),)
    rows = tuple(
        PlayedTrack(name, 9 if role == "drums" else i, 5, notes, controls if i == 0 else ())
        for i, (name, role, notes) in enumerate(tracks)
    )
    written = tuple(Track(name, role, "drums" if role == "drums" else "piano") for name, role, _ in tracks)
    return Song(
        "Bare", Brief(seed=1), meters, tempos, (KeyChange(0, C),), whole, FinalBars(0, "held", "held"), (), written,
        performance=Performance(rows), mix=mix,
    )  # fmt: skip


@st.composite
def played(draw: st.DrawFn, end: int) -> tuple[PlayedNote, ...]:
    """One to thirty notes, none of one number overlapping, that may ring past `end`."""
    rows = draw(st.lists(
        st.tuples(st.integers(0, 127), st.integers(0, end - 1), st.integers(1, 3000), st.integers(1, 127)),
        min_size=1, max_size=30, unique_by=lambda row: row[:2],
    ))  # fmt: skip
    notes: list[PlayedNote] = []
    for number, onset, length, velocity in sorted(rows):
        if notes and notes[-1].number == number:
            before = notes[-1]
            notes[-1] = before._replace(duration=min(before.duration, onset - before.onset))
        notes.append(PlayedNote(onset, length, number, velocity))
    return tuple(sorted(notes, key=lambda note: (note.onset, note.number)))


@st.composite
def controls(draw: st.DrawFn, end: int) -> tuple[PlayedControl, ...]:
    """Controllers and bends in order, each tick and controller once."""
    rows = draw(st.lists(st.tuples(st.integers(0, end), st.sampled_from((-1, 1, 64))), max_size=8, unique=True))
    out = []
    for onset, controller in sorted(rows):
        low, high = (-8192, 8191) if controller < 0 else (0, 127)
        out.append(PlayedControl(onset, controller, draw(st.integers(low, high))))
    return tuple(out)


@st.composite
def songs(draw: st.DrawFn) -> Song:
    """A song of one to four sections in changing meters, with any tempo map, notes, controllers and names."""
    shapes = draw(st.lists(st.tuples(NAMES, st.sampled_from(METERS), st.integers(1, 4)), min_size=1, max_size=4))
    lengths = [meter.bar * bars for _, meter, bars in shapes]
    *starts, end = accumulate(lengths, initial=0)
    sections = tuple(section(row[0], start, length) for row, start, length in zip(shapes, starts, lengths, strict=True))
    meters = tuple(MeterChange(start, meter) for (_, meter, _), start in zip(shapes, starts, strict=True))
    ticks = sorted({0, *draw(st.lists(st.integers(1, end), max_size=4))})
    bpm = st.floats(20.0, 400.0).map(lambda value: round(value, 3))
    tempos = tuple(TempoChange(tick, draw(bpm), draw(st.booleans())) for tick in ticks)
    names = draw(st.lists(NAMES, min_size=1, max_size=4, unique=True))
    rows, tracks = [], []
    for i, name in enumerate(names):
        role = draw(st.sampled_from(ROLES))
        channel = 9 if role in ("drums", "percussion") else i
        instrument = draw(st.sampled_from(("piano", "flute", "jazz kit", "bass guitar")))
        tracks.append(Track(name, role, instrument))
        rows.append(PlayedTrack(name, channel, draw(st.integers(0, 127)), draw(played(end)), draw(controls(end))))
    faders = tuple(
        Fader(name, draw(st.floats(-30, 12)), draw(st.floats(-1, 1)), mute=draw(st.booleans())) for name in names
    )
    return Song(
        draw(NAMES), Brief(seed=draw(st.integers(0, 99))), meters, tempos,
        (KeyChange(0, C), KeyChange(lengths[0], Key.parse("F# minor"))), sections, FinalBars(0, "held", "held"), (),
        tuple(tracks), performance=Performance(tuple(rows)), mix=Mix(faders=faders),
    )  # fmt: skip
