"""The table of topics: what there is to practise, what each of five levels holds, and who draws the items."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from typing import cast

from partimento.score.stream import Stream
from partimento.teaching.exercises.identity import ExerciseError
from partimento.teaching.exercises.worksheet import Sketch
from partimento.theory.errors import nearest

Drawer = Callable[[Stream, int, str], Sketch]


@dataclass(frozen=True, slots=True)
class Topic:
    """A topic: its `number` in IDs (never given to another), its maker as "module.function", what each level holds.

    `staves` are (clef, name) top first; a clef "" is the student's choice. `count` items are usual. Of a topic
    with `few` different items each sheet is held against those before it.
    """

    number: int
    name: str
    title: str
    instruction: str
    maker: str
    levels: tuple[str, str, str, str, str]
    staves: tuple[tuple[str, str], ...] = (("", ""),)
    count: int = 12
    bars_a_line: int = 4
    listening: bool = False
    few: bool = False

    @property
    def clefs(self) -> bool:
        """Whether it can be had in another clef."""
        return any(not clef for clef, _ in self.staves)

    def staves_in(self, clef: str) -> tuple[tuple[str, str], ...]:
        """The staves, the free ones in `clef`, or treble for ""."""
        return tuple((own or clef or "treble", name) for own, name in self.staves)

    def drawer(self) -> Drawer:
        """What draws an item: (stream, level, clef) to a Sketch."""
        module, _, function = self.maker.rpartition(".")
        return cast(Drawer, getattr(import_module(f"partimento.teaching.exercises.{module}"), function))


_GRAND = (("treble", ""), ("bass", ""))

_SPECIES_LEVELS = (
    "at most one sharp or flat, above the cantus",
    "one sharp or flat, above or below",
    "two signs",
    "three signs",
    "four signs",
)

TOPICS: tuple[Topic, ...] = (
    Topic(
        1, "intervals", "Intervals", "Name each interval under it (m3, P5, A4), or write the note that is asked for.",
        "intervals.draw",
        ("seconds to fifths and octaves on natural notes", "all plain intervals on natural notes",
         "one sharp or flat, tritones, below a note too", "augmented and diminished intervals", "compound intervals"),
        count=16,
    ),
    Topic(
        2, "scales", "Scales", "Write each scale up or down, a note to a beat, or name it under its first note.",
        "scales.draw_scale",
        ("major, one sharp or flat", "major and natural minor", "harmonic and melodic minor", "modes",
         "pentatonic, blues, symmetrical and jazz scales"),
        count=8, bars_a_line=2, few=True,
    ),
    Topic(
        3, "keys", "Keys and signatures",
        "Write the tonic of the key with this signature, or the sharps or flats of the key in their order.",
        "scales.draw_key",
        ("major, four signs", "major and minor, four signs", "five signs", "seven signs", "modes too"),
        count=8, bars_a_line=2, few=True,
    ),
    Topic(
        4, "chords", "Chords", "Name each chord under it (F♯m7♭5, C/E), or write the chord in notes.", "chords.draw",
        ("major and minor triads", "diminished and augmented, inversions", "sevenths and their inversions",
         "half-diminished and diminished sevenths", "ninths, sixths, minor with a major seventh"),
        count=12, few=True,
    ),
    Topic(
        5, "numerals", "Roman numerals", "Write the numeral of every chord under it (V65, vii°6, V7/V).",
        "harmony.draw_numerals",
        ("triads in root position, major", "first inversions and V7, minor too", "inverted sevenths, six-fours",
         "applied dominants, borrowed chords", "Neapolitan, augmented sixths, diminished sevenths"),
        staves=_GRAND, count=6,
    ),
    Topic(
        6, "figured-bass", "Figured bass", "Set each bass for four voices; figures count from the bass.",
        "harmony.draw_figured_bass",
        ("triads", "6 and 7", "65, 43, 42, 64", "signs before figures", "chromatic chords"), staves=_GRAND, count=4,
    ),
    Topic(
        7, "cadences", "Cadences", "Name the cadence under the last chord (authentic, half, plagal, deceptive).",
        "harmony.draw_cadence",
        ("authentic and half", "plagal and deceptive too", "perfect (PAC) or imperfect (IAC)",
         "cadential six-fours, Phrygian", "applied and borrowed chords before the close"),
        staves=_GRAND, count=8,
    ),
    Topic(
        8, "non-chord-tones", "Non-chord tones",
        "Name each marked note: passing, neighbour, suspension, anticipation, appoggiatura, escape.", "nonchord.draw",
        ("passing and neighbour tones", "suspensions", "anticipations", "appoggiaturas", "escape tones"),
        staves=_GRAND, count=6,
    ),
    Topic(
        9, "part-writing", "Part-writing", "Add soprano, alto and tenor to the bass, as the numerals say.",
        "harmony.draw_part_writing",
        ("triads in root position, major", "first inversions and V7, minor too", "inverted sevenths, six-fours",
         "applied dominants, borrowed chords", "Neapolitan, augmented sixths, diminished sevenths"),
        staves=_GRAND, count=4,
    ),
    Topic(
        10, "harmonize", "Harmonise a melody", "Add alto, tenor and bass to the soprano, with chords of your choice.",
        "harmony.draw_harmonise",
        ("triads will do", "with first inversions", "with sevenths", "with applied dominants", "chromatic chords fit"),
        staves=_GRAND, count=4,
    ),
    Topic(
        12, "rhythm", "Rhythm",
        "Fill each gap with as many notes as are asked for, on any line; name the time signature where there is none.",
        "rhythm.draw",
        ("quarters and eighths", "2/4 too", "dotted values, 6/8 and 2/2", "sixteenths, compound meters",
         "odd meters"),
        count=10,
    ),
    Topic(
        13, "transposition", "Transposition", "Write each line on the lower staff, higher or lower as it says.",
        "scales.draw_transposition",
        ("an octave or a whole tone up", "fifths, fourths and seconds", "thirds, minor keys", "sixths", "any interval"),
        staves=(("", ""), ("", "")), count=4, bars_a_line=2,
    ),
    Topic(
        14, "species1", "Counterpoint, first species",
        "Write a counterpoint to the cantus firmus: one note against each of the cantus.",
        "species.draw1", _SPECIES_LEVELS, staves=_GRAND, count=2, bars_a_line=1, few=True,
    ),
    Topic(
        15, "species2", "Counterpoint, second species",
        "Write a counterpoint to the cantus firmus: two notes against one, the weak one may pass.",
        "species.draw2", _SPECIES_LEVELS, staves=_GRAND, count=2, bars_a_line=1, few=True,
    ),
    Topic(
        16, "species3", "Counterpoint, third species",
        "Write a counterpoint to the cantus firmus: four notes against one.",
        "species.draw3", _SPECIES_LEVELS, staves=_GRAND, count=2, bars_a_line=1, few=True,
    ),
    Topic(
        17, "species4", "Counterpoint, fourth species",
        "Write a counterpoint to the cantus firmus: syncopations, tied over the bar line.",
        "species.draw4", _SPECIES_LEVELS, staves=_GRAND, count=2, bars_a_line=1, few=True,
    ),
    Topic(
        18, "species5", "Counterpoint, fifth species",
        "Write a counterpoint to the cantus firmus: a florid line of all four kinds.",
        "species.draw5", _SPECIES_LEVELS, staves=_GRAND, count=2, bars_a_line=1, few=True,
    ),
    Topic(
        19, "listening-intervals", "Intervals by ear", "Listen, and name each interval under the note that is shown.",
        "listening.draw_interval",
        ("to the fifth, and the octave, upwards", "all plain ones, down too", "tritones, both notes at once",
         "sharps and flats", "wide range"),
        count=10, listening=True,
    ),
    Topic(
        20, "listening-chords", "Chords by ear", "Listen, and write the symbol of each chord; its root is shown.",
        "listening.draw_chords",
        ("major and minor", "diminished and augmented", "sevenths", "half-diminished, diminished sevenths",
         "all of these, in any key"),
        count=10, listening=True,
    ),
    Topic(
        21, "listening-cadences", "Cadences by ear",
        "Listen, and name the cadence that each phrase ends with; the tonic is shown.",
        "listening.draw_cadences",
        ("authentic and half", "plagal and deceptive too", "perfect (PAC) or imperfect (IAC)",
         "cadential six-fours, Phrygian", "applied and borrowed chords before the close"),
        staves=_GRAND, count=6, listening=True,
    ),
    Topic(
        22, "melodic-dictation", "Melodic dictation", "Listen, and write down each melody; its first note is shown.",
        "listening.draw_dictation",
        ("steps and thirds in C major", "one sharp or flat", "leaps, minor keys", "three signs", "four signs"),
        count=4, listening=True,
    ),
    Topic(
        23, "rhythmic-dictation", "Rhythmic dictation",
        "Listen, and write down each rhythm on any line; its first note is shown.",
        "listening.draw_rhythm",
        ("quarters and eighths in 4/4", "3/4 too", "dotted values, 6/8", "sixteenths, compound meters", "odd meters"),
        count=5, listening=True,
    ),
)  # fmt: skip


@cache
def _by_name() -> dict[str, Topic]:
    return {topic.name: topic for topic in TOPICS}


def topic_called(name: str) -> Topic:
    """The topic of a name; ExerciseError names the nearest."""
    found = _by_name().get(name.strip().casefold().replace(" ", "-").replace("_", "-"))
    if found is None:
        raise ExerciseError(f"Unknown topic '{name}'.{nearest(name, _by_name())} Topics: {', '.join(_by_name())}.")
    return found


def topic_numbered(number: int) -> Topic:
    """The topic of a number in an ID; ExerciseError where there is none."""
    for topic in TOPICS:
        if topic.number == number:
            return topic
    raise ExerciseError(f"The exercise's ID names topic {number}, which this version does not have.")
