"""The species checker on Fux's own kind of examples, each fault planted once."""

from __future__ import annotations

import pytest

from partimento.theory.analysis.piece import BarSpan, Piece, Tone, Voice
from partimento.theory.errors import TheoryError
from partimento.theory.meter import Meter
from partimento.theory.pitch import Pitch
from partimento.theory.rules.species import species_breaches
from partimento.theory.rules.species_table import SPECIES_RULES

BAR = 1920
DORIAN = "D4 F4 E4 D4 G4 F4 A4 G4 F4 E4 D4"


def line(text: str, voice: int, value: int) -> list[Tone]:
    """Tones in equal values; `x2` after a name doubles it, `~` ties on to the tone before, `-` rests."""
    tones: list[Tone] = []
    tick = 0
    for word in text.split():
        name, _, times = word.partition("x")
        length = int(value * float(times or 1))
        if name == "~":
            tones[-1] = tones[-1]._replace(duration=tones[-1].duration + length)
        elif name != "-":
            tones.append(Tone(tick, length, Pitch.parse(name), voice))
        tick += length
    return tones


def piece(*lines: list[Tone]) -> Piece:
    """Lines lowest first over whole bars."""
    tones = sorted((tone for tones in lines for tone in tones), key=lambda tone: (tone.onset, tone.pitch.midi))
    end = max(tone.end for tone in tones)
    bars = tuple(BarSpan(i + 1, i * BAR, (i + 1) * BAR, Meter.parse("4/4")) for i in range(-(-end // BAR)))
    return Piece("", tuple(tones), tuple(Voice(str(i)) for i in range(len(lines))), bars, end)


def rules(species: int, cantus: str, counterpoint: str, *, below: bool = False) -> set[str]:
    """The rules that are broken by a counterpoint in the species' own values."""
    value = {1: BAR, 2: BAR // 2, 3: BAR // 4, 4: BAR // 2, 5: BAR // 4}[species]
    given, free = line(cantus, int(below), BAR), line(counterpoint, int(not below), value)
    found = species_breaches(piece(*((free, given) if below else (given, free))), species, int(below))
    return {breach.rule for breach in found}


FIRST = "A4 A4 G4 A4 B4 C5 C5 B4 D5 C#5 D5"
"""Fux's first example above this cantus, as it stands in every textbook."""


def test_a_textbook_first_species_has_no_error() -> None:
    assert rules(1, DORIAN, FIRST) <= {"species-climax"}


@pytest.mark.parametrize(
    ("species", "cantus", "counterpoint", "rule"),
    [
        (1, "D4 F4 E4 D4", "F4 A4 C#5 D5", "species-ends"),
        (1, "D4 F4 E4 D4", "A4 C5 C5 D5", "species-clausula"),
        (1, "D4 F4 E4 D4", "A4 B4 C#5 D5", "species-dissonance"),
        (1, "D4 E4 F4 E4 D4", "A4 B4 C5 C#5 D5", "species-parallel"),
        (1, "D4 F4 G4 E4 D4", "D5 A4 D5 C#5 D5", "species-direct"),
        (1, "D4 F4 E4 D4", "A4 F4 C#5 D5", "species-unison"),
        (1, "D4 F4 G4 A4 G4 E4 D4", "D5 A4 B4 C5 B4 C#5 D5", "species-imperfect-chain"),
        (1, "D4 F4 E4 D4", "A4 D5 C5 D5", "species-clausula"),
        (1, "D4 F4 D4 E4 D4", "A4 D5 F4 C#5 D5", "species-leap"),
        (1, "D4 D4 F4 E4 D4", "D4 A4 A4 C#5 D5", "species-recovery"),
        (1, "D4 E4 F4 E4 D4", "D4 G4 G5 C#5 D5", "species-range"),
        (2, "D4 F4 E4 D4", "A4 B4 C5 D5 B4 C5 D5x2", "species-clausula"),
        (2, "D4 F4 E4 D4", "A4 B4 B4 A4 B4 C#5 D5x2", "species-dissonance"),
        (2, "D4 F4 E4 D4", "A4 A4 A4 D5 B4 C#5 D5x2", "species-repetition"),
        (2, "D4 F4 E4 D4", "A4x2 C5x2 C#5x2 D5x2", "species-rhythm"),
        (4, "D4 F4 E4 D4", "- A4 ~ D5 ~ E5 D5x2", "species-suspension"),
        (5, "D4 F4 E4 D4", "A4x2 C5x.5 B4x.5 A4 A4x2 D5x2 ~ C#5x2 D5x4", "species-eighths"),
    ],
)
def test_each_fault_is_found(species: int, cantus: str, counterpoint: str, rule: str) -> None:
    assert rule in rules(species, cantus, counterpoint)


@pytest.mark.parametrize(
    ("species", "cantus", "counterpoint"),
    [
        (2, "D4 F4 E4 D4", "- D5 A4 D5 C#5x2 D5x2"),
        (3, "D4 F4 E4 D4", "A4 B4 C5 B4 A4 B4 C5 D5 E5 D5 B4 C#5 D5x4"),
        (4, "D4 F4 E4 D4", "- D5 ~ D5 ~ C#5 D5x2"),
        (5, "D4 F4 E4 D4", "-x2 D5x2 A4x2 D5x2 ~x2 C#5x2 D5x4"),
    ],
)
def test_each_species_can_be_written_without_error(species: int, cantus: str, counterpoint: str) -> None:
    grave = {rule.id for rule in SPECIES_RULES if rule.severity == "error"}
    assert not rules(species, cantus, counterpoint) & grave


def test_a_suspension_below_resolves_two_to_three() -> None:
    assert "species-suspension" in rules(4, "D5 E5 D5", "- F4 ~ E4 D4x2", below=True)
    assert not rules(4, "D5 E5 D5", "- D5 ~ C#5 D5x2", below=True) & {"species-suspension", "species-dissonance"}


def test_bad_input_gets_one_line() -> None:
    good = piece(line(DORIAN, 0, BAR), line(FIRST, 1, BAR))
    with pytest.raises(TheoryError, match="five"):
        species_breaches(good, 6, 0)
    with pytest.raises(TheoryError, match="voices are 0 to 1"):
        species_breaches(good, 1, 2)
    with pytest.raises(TheoryError, match="one tone a bar"):
        species_breaches(piece(line("D4 E4 D4 D4", 0, BAR // 2), line("D5 D5", 1, BAR)), 1, 0)
    with pytest.raises(TheoryError, match="two voices"):
        species_breaches(piece(line(DORIAN, 0, BAR)), 1, 0)
