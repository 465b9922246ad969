"""Pages for the tests of MusicXML: one small page that has everything, and random ones."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st
from hypothesis.strategies import DrawFn

from partimento.score.notation.page import (
    Bar,
    Direction,
    Event,
    Harmony,
    Measure,
    Page,
    PageNote,
    Part,
    TempoMark,
    Value,
    Voice,
)
from partimento.score.song import Drum
from partimento.theory.chord import Chord, parse_chord
from partimento.theory.chord_quality import QUALITIES
from partimento.theory.key import Key
from partimento.theory.meter import Meter
from partimento.theory.pitch import LETTERS, Pitch, pitch_class

QUARTER, HALF, WHOLE, EIGHTH, SIXTEENTH = (Value(kind) for kind in ("quarter", "half", "whole", "eighth", "16th"))
TRIPLET, TRIPLET_QUARTER = Value("eighth", 0, 3, 2), Value("quarter", 0, 3, 2)
FOUR, SEVEN = Meter(4, 4), Meter(7, 8, (2, 2, 3))
FLATS, SHARPS = Key.parse("Eb"), Key.parse("A")

BARS = (
    Bar(0, 0, 480, FOUR, FLATS, shows_meter=True, shows_key=True, implicit=True, section="Intro"),
    Bar(1, 480, 1920, FOUR, FLATS, section="A & B", repeat_start=True, new_system=True),
    Bar(2, 2400, 1920, FOUR, FLATS, repeat_end=2, volta=(1,), volta_start=True, volta_stop=True),
    Bar(3, 4320, 1920, FOUR, FLATS, volta=(2,), volta_start=True, volta_stop=True, barline="double"),
    Bar(4, 6240, 1680, SEVEN, SHARPS, shows_meter=True, shows_key=True),
    Bar(5, 7920, 1680, SEVEN, SHARPS, barline="final"),
)


def note(pitch: str, velocity: int = 80, **more: Any) -> PageNote:
    """A notehead."""
    return PageNote(Pitch.parse(pitch), velocity, **more)


def event(onset: int, value: Value, *pitches: str | PageNote, **more: Any) -> Event:
    """A note, a chord or a rest."""
    notes = tuple(note(pitch) if isinstance(pitch, str) else pitch for pitch in pitches)
    duration = 0 if more.get("grace") else value.ticks
    return Event(onset, duration, value, notes, **more)


def rest(bar: Bar) -> Event:
    """A rest of a whole bar."""
    return Event(bar.start, bar.length, WHOLE, whole_bar=True)


def one(*events: Event, directions: tuple[Direction, ...] = (), harmonies: tuple[Harmony, ...] = ()) -> Measure:
    """A measure of one voice."""
    return Measure((Voice(1, 1, events),), directions, harmonies)


def full_page() -> Page:
    """A pick-up, repeats with endings, a change of meter and key; trumpet, piano, bass and drums."""
    parts = (
        Part("Lead", "Trumpet in B♭", "Tpt.", "trumpet", "lead", ("treble",), _trumpet(), (1, 2), 0, 56),
        Part("Keys", "Piano", "Pno.", "piano", "comp", ("treble", "bass"), _piano(), (0, 0), 1, 0),
        Part("Low", "Bass", "Bs.", "double bass", "bass", ("bass8vb",), _bass(), (0, 0), 2, 32),
        Part("Kit", "Drums", "Dr.", "jazz kit", "drums", ("percussion",), _drums(), (0, 0), 9, 32, (Drum.RIDE,)),
    )
    tempos = (
        TempoMark(0, 150.0, Value("quarter", 1), 100.0, "Medium Swing"),
        TempoMark(6240, 150.0, ramp_to=75.0, duration=960, text="rit.", shows_number=False),
        TempoMark(7920, 150.0, text="a tempo", shows_number=False),
    )
    return Page("Tëst & <Title>", "score", BARS, parts, tempos, "eighth", 2.0, "a subtitle", "Nobody")


def _trumpet() -> tuple[Measure, ...]:
    tied = note("B4", tie_start=True), note("B4", tie_stop=True)
    return (
        one(event(0, QUARTER, note("F4", 33), lyric="Hel-")),
        one(
            event(480, EIGHTH, "G4", beams=("begin",), slur_start=True, lyric="lo"),
            event(720, EIGHTH, "Ab4", beams=("end",)),
            event(960, TRIPLET, "B4", beams=("begin",), tuplet="start"),
            event(1120, TRIPLET, "C5", beams=("continue",)),
            event(1280, TRIPLET, "D5", beams=("end",), tuplet="stop", slur_stop=True),
            event(1440, SIXTEENTH, "D4", grace=True),
            event(1440, HALF, tied[0]),
            directions=(
                Direction(480, "dynamic", "mf"),
                Direction(480, "crescendo", duration=960),
                Direction(1440, "dynamic", "f"),
                Direction(1560, "words", "con <sord.>"),
            ),
            harmonies=(Harmony(480, parse_chord("F7b9")), Harmony(1920, parse_chord("Bbm(maj7)/Db"))),
        ),
        one(
            event(2400, QUARTER, tied[1]),
            event(2880, QUARTER, "B4", marks=("staccato", "accent")),
            event(3360, TRIPLET_QUARTER, "Bb4", tuplet="start"),
            event(3680, TRIPLET, "B3", tuplet="stop"),
            event(3840, QUARTER, marks=("fermata",)),
            harmonies=(Harmony(2400, None), Harmony(3360, parse_chord("C7sus4"))),
        ),
        one(rest(BARS[3])),
        one(
            event(6240, Value("quarter", 1), "C#5", "E5", marks=("arpeggiate",)),
            event(6960, Value("quarter", 1), "C5"),
            event(7680, EIGHTH, "C5"),
        ),
        one(rest(BARS[5]), directions=(Direction(9120, "diminuendo", duration=480),)),
    )


def _piano() -> tuple[Measure, ...]:
    def hands(bar: Bar) -> tuple[Voice, ...]:
        if bar.number == 0:
            return Voice(1, 1, (event(0, QUARTER),)), Voice(2, 2, (event(0, QUARTER, hidden=True),))
        left = event(480, WHOLE, "C3", "G3") if bar.number == 1 else rest(bar)
        return Voice(1, 1, (rest(bar),)), Voice(2, 2, (left,))

    pedal, clef = Direction(480, "pedal", duration=1920, staff=2), Direction(6240, "clef", "treble", staff=2)
    said: dict[int, tuple[Direction, ...]] = {1: (pedal,), 4: (clef,)}
    return tuple(Measure(hands(bar), said.get(bar.number, ())) for bar in BARS)


def _bass() -> tuple[Measure, ...]:
    # The bars after the first have no voice at all: the writer fills them.
    return (one(event(0, QUARTER, "E1")), *(Measure(()) for _ in BARS[1:]))


def _drums() -> tuple[Measure, ...]:
    snare, kick, hat = note("C5", drum=Drum.SNARE), note("F4", drum=Drum.KICK), note("G5", drum=Drum.HAT, head="x")
    ghost = note("C5", 64, drum=Drum.SNARE, parentheses=True)
    opened = note("G5", drum=Drum.HAT_OPEN, head="x")
    measures = [one(event(0, QUARTER, ghost, stem="up"))]
    for bar in BARS[1:]:
        places = range(bar.start, bar.end, 240)
        hands = tuple(
            event(tick, EIGHTH, hat, snare, stem="up") if i % 4 == 2 else event(tick, EIGHTH, hat, stem="up")
            for i, tick in enumerate(places)
        )
        hands = (event(bar.start, EIGHTH, opened, stem="up", marks=("open",)), *hands[1:])
        feet = tuple(
            event(tick, EIGHTH, stem="down", hidden=True) if i % 4 else event(tick, EIGHTH, kick, stem="down")
            for i, tick in enumerate(places)
        )
        measures.append(Measure((Voice(1, 1, hands), Voice(2, 1, feet))))
    return tuple(measures)


_TEXTS = st.text(max_size=8)
_PITCHES = st.builds(Pitch, st.sampled_from(LETTERS), st.integers(-2, 2), st.integers(1, 6))
_PLACES = st.builds(Pitch, st.sampled_from(LETTERS), st.just(0), st.integers(4, 5))
_CHORDS = st.none() | st.builds(
    Chord,
    st.integers(-8, 12).map(pitch_class),
    st.sampled_from(sorted(QUALITIES)),
    st.none() | st.integers(-8, 12).map(pitch_class),
)
_KEYS = st.builds(lambda fifths, minor: Key(pitch_class(fifths + 3 * minor), "minor" if minor else "major"),
                  st.integers(-7, 7), st.integers(0, 1))  # fmt: skip
_SIZES = (Value("quarter"), Value("eighth"), Value("eighth", 1), Value("16th"), Value("half"), Value("32nd"))


@st.composite
def pages(draw: DrawFn) -> Page:
    """Small pages with anything at all in them, each voice filling its bars."""
    bars = _bars(draw)
    drawn = tuple(_part(draw, index, bars) for index in range(draw(st.integers(1, 3))))
    tempos = tuple(
        TempoMark(draw(st.integers(0, bars[-1].end - 1)), draw(st.floats(20, 300)), bpm=draw(st.floats(0, 300)),
                  text=draw(_TEXTS), shows_number=draw(st.booleans()),
                  ramp_to=draw(st.sampled_from((0.0, 60.0, 200.0))), duration=draw(st.integers(0, 2000)))
        for _ in range(draw(st.integers(0, 2)))
    )  # fmt: skip
    swing = draw(st.sampled_from(("", "eighth", "16th")))
    kind = draw(st.sampled_from(("score", "part", "lead sheet")))
    return Page(draw(_TEXTS), kind, bars, drawn, tempos, swing, draw(st.floats(1, 4)), draw(_TEXTS), draw(_TEXTS))


def _bars(draw: DrawFn) -> tuple[Bar, ...]:
    bars: list[Bar] = []
    start = 0
    for number in range(draw(st.integers(1, 3))):
        meter = draw(st.sampled_from((Meter(4, 4), Meter(3, 4), Meter(6, 8), Meter(7, 8), Meter(5, 4))))
        numbers = draw(st.sampled_from(((), (1,), (1, 2))))
        bars.append(
            Bar(number, start, meter.bar, meter, draw(_KEYS), True, True, False, draw(_TEXTS), draw(st.booleans()),
                draw(st.integers(0, 3)), numbers, True, True, draw(st.sampled_from(("", "double", "final"))),
                draw(st.booleans()))
        )  # fmt: skip
        start += meter.bar
    return tuple(bars)


def _part(draw: DrawFn, index: int, bars: tuple[Bar, ...]) -> Part:
    drums = draw(st.booleans())
    clefs = ("percussion",) if drums else draw(st.sampled_from((("treble",), ("treble", "bass"), ("bass8vb",))))
    measures = tuple(_measure(draw, bar, len(clefs), drums) for bar in bars)
    transposes = draw(st.sampled_from(((0, 0), (1, 2), (8, 14), (5, 9), (-7, -12), (4, 7), (0, 12))))
    name = draw(_TEXTS)
    return Part(name, name, draw(_TEXTS), "piano", "lead", clefs, measures, transposes, 9 if drums else index, 5)


def _measure(draw: DrawFn, bar: Bar, staves: int, drums: bool) -> Measure:
    count = draw(st.integers(0, 2))
    voices = tuple(Voice(v + 1, draw(st.integers(1, staves)), _events(draw, bar, drums)) for v in range(count))
    ticks = st.integers(bar.start, bar.end - 1)
    directions = tuple(
        Direction(draw(ticks), draw(st.sampled_from(("dynamic", "words", "crescendo", "pedal"))), draw(_TEXTS) or "mf",
                  draw(st.integers(0, 500)), draw(st.integers(1, staves)))
        for _ in range(draw(st.integers(0, 2)))
    )  # fmt: skip
    harmonies = tuple(Harmony(draw(ticks), draw(_CHORDS)) for _ in range(draw(st.integers(0, 2))))
    return Measure(voices, directions, harmonies)


def _events(draw: DrawFn, bar: Bar, drums: bool) -> tuple[Event, ...]:
    events: list[Event] = []
    tick = bar.start
    while tick < bar.end:
        fits = [value for value in _SIZES if tick + value.ticks <= bar.end]
        value = draw(st.sampled_from(fits))
        heads = draw(st.lists(_PLACES if drums else _PITCHES, max_size=3, unique=True))
        pieces = st.sampled_from(Drum) if drums else st.none()
        velocities = st.integers(1, 127)
        notes = tuple(PageNote(pitch, draw(velocities), draw(pieces)) for pitch in heads)
        lyric = draw(st.none() | st.sampled_from(("la", "hel-", "-lo", "-", "", "<&>")))
        events.append(Event(tick, value.ticks, value, notes, lyric=lyric))
        tick += value.ticks
    return tuple(events)
