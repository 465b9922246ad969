"""The table of rules: id, tier, title, source, parameters, exemptions, and how often Bach breaks each.

Conventions: tiers are those of the `bach` set; other sets change them (theory/rules/rule_set.py). Rates are breaches a
chorale and the percentage of chorales without any, over 333 four-part chorales by Bach; of rules of harmony over 216
that have a human analysis, of cross-relations, leaps and ranges over 286 (benchmarks/rules/measure.py); None where a
rule is a demand of a teacher's. Intervals are spelled; compound ones count as their simple kind in parallels. Books are
cited for a rule as such, never with a page; where none is named the rate itself is the source.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

Setting = int | str | tuple[str, ...]
"""What a parameter holds: a number, a name, or names."""

KINDS = ("number", "interval", "intervals", "choice", "chords", "cadences", "dissonances", "pitch")


class Parameter(NamedTuple):
    """A parameter: its name, default, kind (of KINDS), and what a "choice" may be."""

    name: str
    default: Setting
    kind: str
    choices: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule. `needs` is "lines" (single voices), "tones" (all that sounds) or "chords" (an analysis).

    `tier` is its severity in the `bach` set, "" where that set leaves it out.
    """

    id: str
    tier: str
    title: str
    source: str
    needs: str = "lines"
    parameters: tuple[Parameter, ...] = ()
    exemptions: str = ""
    bach_rate: float | None = None
    bach_clean: float | None = None


HARMONY = "Aldwell and Schachter, Harmony and Voice Leading"
FUX = "Fux, Gradus ad Parnassum (1725)"
ARRANGERS = "Arrangers' low interval limits; books differ, the values are parameters"
TEACHER = "Asked for by this set of rules"

_PERFECT = Parameter("intervals", ("P1", "P5", "P8"), "intervals")
_WHOSE = Parameter("voices", "all", "choice", ("all", "outer"))
_SURE = Parameter("sure", 60, "number")
"""Least certainty, in per cent, of a chord that a rule of harmony is applied to."""

RULES: dict[str, Rule] = {
    rule.id: rule
    for rule in (
        Rule(
            "parallel-perfect", "error", "Parallel fifths, octaves or unisons", FUX,
            parameters=(_PERFECT, _WHOSE, Parameter("doubling", 4, "number")),
            exemptions="across a fermata; a line doubled in octaves for `doubling` moves or more is one voice",
            bach_rate=0.15, bach_clean=89,
        ),
        Rule(
            "melodic-augmented", "error", "A voice moves by an augmented second or fourth", HARMONY,
            parameters=(Parameter("intervals", ("A2", "A4"), "intervals"),), exemptions="across a fermata",
            bach_rate=0.02, bach_clean=98.5,
        ),
        Rule(
            "leading-tone", "error", "The leading tone of an outer voice does not rise", HARMONY, "chords",
            (Parameter("voices", "outer", "choice", ("all", "outer")), _SURE),
            "held; the dominant goes on, or to a chord without the tonic; 8-7-6 and the bass falling by step; "
            "chromatic fall; applied dominants; the end of a phrase",
            bach_rate=0.09, bach_clean=91,
        ),
        Rule(
            "seventh-leaps", "error", "A chordal seventh leaps away", HARMONY, "chords", (_SURE,),
            "held; the chord goes on; consonant in the next chord; its root no longer sounds; its step in another "
            "octave; the end of a phrase",
            bach_rate=0.01, bach_clean=99,
        ),
        Rule(
            "doubled-leading-tone", "error", "The leading tone is doubled", HARMONY, "chords", (_SURE,),
            "a tone that comes in after the chord, or passes by step in less than a beat; an exchange by step",
            bach_rate=0.04, bach_clean=96,
        ),
        Rule(
            "doubled-seventh", "error", "The chordal seventh is doubled", HARMONY, "chords", (_SURE,),
            "a tone that comes in after the chord, or passes by step in less than a beat; an exchange by step",
            bach_rate=0, bach_clean=100,
        ),
        Rule(
            "missing-tone", "error", "A chord lacks its root, third or seventh", HARMONY, "chords", (_SURE,),
            "fewer voices than tones; shorter than a beat; another tone stands for it (a suspension); heard in the "
            "same chord before or after",
            bach_rate=0.03, bach_clean=97,
        ),
        Rule(
            "unraised-leading-tone", "error", "A minor key's dominant has no raised third", HARMONY, "chords", (_SURE,),
            "going elsewhere than to the tonic; where it falls, as in melodic minor; inversions that pass by step",
            bach_rate=0.01, bach_clean=99,
        ),
        Rule(
            "contrary-perfect", "warning", "Fifths or octaves in contrary motion", FUX,
            parameters=(_PERFECT, _WHOSE), exemptions="across a fermata", bach_rate=0.12, bach_clean=89,
        ),
        Rule(
            "unequal-fifths", "warning", "A diminished fifth goes to a perfect one", HARMONY,
            exemptions="across a fermata", bach_rate=0.18, bach_clean=84,
        ),
        Rule(
            "direct-leap", "warning", "Direct fifth or octave, the upper voice leaping", FUX,
            parameters=(Parameter("more_than", "M2", "interval"),),
            exemptions="across a fermata; inner voices", bach_rate=0.22, bach_clean=83,
        ),
        Rule(
            "crossing", "warning", "A lower voice lies above a higher one", HARMONY, bach_rate=1.8, bach_clean=46,
        ),
        Rule(
            "spacing-upper", "warning", "Upper neighbours lie more than an octave apart", HARMONY,
            parameters=(Parameter("most", "P8", "interval"),), bach_rate=1.1, bach_clean=60,
        ),
        Rule(
            "spacing-bass", "warning", "The two lowest voices lie more than a twelfth apart", HARMONY,
            parameters=(Parameter("most", "P12", "interval"),), bach_rate=0.83, bach_clean=65,
        ),
        Rule(
            "melodic-leap", "warning", "A voice leaps a seventh, or more than an octave", HARMONY,
            parameters=(Parameter("most", "P8", "interval"), Parameter("intervals", ("d7", "m7", "M7"), "intervals")),
            exemptions="across a fermata", bach_rate=0.2, bach_clean=85,
        ),
        Rule(
            "cross-relation", "warning", "Two voices contradict each other chromatically", HARMONY,
            exemptions="across a fermata; the voice that changes the tone held its other form itself",
            bach_rate=0.22, bach_clean=86,
        ),
        Rule(
            "unrecovered-leap", "warning", "A large leap is not answered by motion the other way", FUX,
            parameters=(Parameter("more_than", "P5", "interval"),),
            exemptions="the end of a phrase; octaves of the bass; two leaps that fill an octave",
            bach_rate=0.15, bach_clean=88,
        ),
        Rule(
            "range", "warning", "A voice leaves its range", "99 % of the notes of 333 chorales by Bach",
            bach_rate=1.3, bach_clean=46,
        ),
        Rule(
            "direct", "style", "Direct fifth or octave between the outer voices", FUX,
            exemptions="across a fermata; inner voices", bach_rate=3.3, bach_clean=4.5,
        ),
        Rule(
            "overlap", "style", "A voice passes its neighbour's previous pitch", HARMONY,
            exemptions="across a fermata", bach_rate=4.4, bach_clean=11,
        ),
        Rule(
            "doubling", "style", "An unusual tone of the chord is doubled", "Rates of 333 chorales by Bach: in major "
            "triads in root position the root 83 %, the third 9 %; in six-fours the bass 79 %", "chords", (_SURE,),
            "chords of other than four voices; passing tones", 1.1, 35,
        ),
        Rule(
            "low-interval", "", "A close interval lies too low to be clear", ARRANGERS, "tones",
            (
                Parameter("seconds", "C3", "pitch"), Parameter("thirds", "A2", "pitch"),
                Parameter("fourths", "F2", "pitch"), Parameter("fifths", "A1", "pitch"),
            ),
            "shorter than an eighth note",
        ),
        Rule(
            "forbidden-parallel", "", "Parallel intervals that are forbidden here", TEACHER,
            parameters=(Parameter("intervals", (), "intervals"), _WHOSE), exemptions="across a fermata",
        ),
        Rule(
            "forbidden-leap", "", "A voice moves by an interval that is forbidden here", TEACHER,
            parameters=(Parameter("intervals", (), "intervals"),), exemptions="across a fermata",
        ),
        Rule(
            "allowed-chords", "", "A chord that is not among those allowed", TEACHER, "chords",
            (Parameter("chords", (), "chords"), _SURE),
        ),
        Rule(
            "required-cadence", "", "The piece does not end with the cadence asked for", TEACHER, "chords",
            (Parameter("cadences", (), "cadences"),),
        ),
        Rule(
            "dissonance", "", "A tone outside its chord of a kind that is not allowed", TEACHER, "chords",
            (Parameter("kinds", (), "dissonances"), _SURE),
        ),
    )
}  # fmt: skip
"""All rules by id, apart from the species' own (theory/rules/species.py)."""

SATB_RANGES: tuple[tuple[int, int], ...] = ((38, 61), (51, 67), (57, 72), (62, 79))
"""MIDI ranges of bass, tenor, alto and soprano that hold 99 % of the notes of Bach's chorales."""
