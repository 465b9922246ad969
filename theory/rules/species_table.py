"""The rules of species counterpoint by id: how gravely each is taken, what it is called, why, and its source.

Jeppesen is Counterpoint: The Polyphonic Vocal Style of the Sixteenth Century (1931), Fux Gradus ad Parnassum (1725).
"""

from __future__ import annotations

from typing import NamedTuple


class SpeciesRule(NamedTuple):
    """A rule: its severity ("error" or "warning"), its title, the reason for it and its source."""

    id: str
    severity: str
    title: str
    reason: str
    source: str


_FUX = "Fux, Gradus ad Parnassum (1725)"
_JEPPESEN = "Jeppesen, Counterpoint (1931)"

SPECIES_RULES: tuple[SpeciesRule, ...] = (
    SpeciesRule(
        "species-rhythm", "error", "Rhythm of the species",
        "Each species is a study in one kind of motion against the cantus; other note values belong to another.", _FUX,
    ),
    SpeciesRule(
        "species-ends", "error", "Begin and end on a perfect consonance",
        "Only unison, fifth and octave are stable enough to open and close; a fifth below the cantus would change the "
        "mode.", _FUX,
    ),
    SpeciesRule(
        "species-clausula", "error", "Clausula vera",
        "The close is made by two voices that move by step, one of them by a semitone, outward or inward to the "
        "octave or unison.", _FUX,
    ),
    SpeciesRule(
        "species-dissonance", "error", "Dissonance not prepared by the species",
        "A dissonance is heard as motion, not as a place: it must be the passing, neighbouring or suspended tone that "
        "the species allows.", _FUX,
    ),
    SpeciesRule(
        "species-suspension", "error", "Suspension badly prepared or resolved",
        "A suspension is prepared as a consonance, held over the bar and resolved down by step: 7-6, 4-3, 9-8 above, "
        "2-3 below.", _FUX,
    ),
    SpeciesRule(
        "species-parallel", "error", "Parallel perfect intervals",
        "Two voices in parallel octaves or fifths fuse and cease to be two.", _FUX,
    ),
    SpeciesRule(
        "species-direct", "error", "Perfect interval by direct motion",
        "Outer voices that move the same way into an octave or fifth let a parallel be heard in between.", _FUX,
    ),
    SpeciesRule(
        "species-accented-parallel", "warning", "The same perfect interval on two downbeats",
        "The weak tone between does not hide the parallel of the accents, unless it leaps a fourth or more.", _FUX,
    ),
    SpeciesRule(
        "species-unison", "error", "Unison inside the exercise",
        "A unison on the downbeat lets a voice vanish; it belongs to the beginning and the end.", _FUX,
    ),
    SpeciesRule(
        "species-imperfect-chain", "error", "Too many parallel thirds or sixths",
        "After three in a row the voices are no longer independent.", _JEPPESEN,
    ),
    SpeciesRule(
        "species-leap", "error", "Leap that is not sung",
        "Lines use steps, thirds, fourths, fifths, octaves and the minor sixth upward; nothing augmented, diminished "
        "or wider.", _JEPPESEN,
    ),
    SpeciesRule(
        "species-recovery", "error", "Leap not recovered",
        "After a leap of more than a fourth the line turns back.", _JEPPESEN,
    ),
    SpeciesRule(
        "species-range", "error", "Range wider than a tenth", "A line that one voice can sing keeps within a tenth.",
        _JEPPESEN,
    ),
    SpeciesRule(
        "species-repetition", "error", "Repeated tone",
        "In halves and quarters a repeated tone stops the motion.", _FUX,
    ),
    SpeciesRule(
        "species-eighths", "error", "Eighths out of place",
        "Eighths come in pairs, by step, in place of the second or the fourth quarter.", _JEPPESEN,
    ),
    SpeciesRule(
        "species-climax", "warning", "More than one climax", "One highest tone gives the line its shape.", _JEPPESEN,
    ),
    SpeciesRule(
        "species-crossing", "warning", "Voices cross", "A crossing makes it hard to hear which line is which.", _FUX,
    ),
)  # fmt: skip
"""All rules of `theory.rules.species`, gravest first by subject."""

SEVERITY: dict[str, str] = {rule.id: rule.severity for rule in SPECIES_RULES}
