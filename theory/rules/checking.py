"""`check`: every rule of a set over a Piece.

Conventions: rules over lines read the piece's lines alone (textures of chords have no voices to lead); rules of harmony
are left out without an analysis; species are checked by their own module against the voice that holds the cantus.
"""

from __future__ import annotations

from collections.abc import Iterator

from partimento.theory.analysis.findings import Analysis
from partimento.theory.analysis.piece import Piece
from partimento.theory.errors import RuleError
from partimento.theory.rules.breach import SEVERITIES, Breach
from partimento.theory.rules.demands import demand_breaches
from partimento.theory.rules.harmony import harmony_breaches
from partimento.theory.rules.rule_set import RuleSet
from partimento.theory.rules.slices import lines_of
from partimento.theory.rules.species import species_breaches
from partimento.theory.rules.table import RULES
from partimento.theory.rules.voices import Found, cross_relations, leaps, low_intervals, motions, ranges, spacings


def check(piece: Piece, rules: RuleSet, analysis: Analysis | None = None) -> tuple[Breach, ...]:
    """All breaches in order of place, then gravity, rule and voices; RuleError for a rule of one's own that misbehaves.

    Rules whose table entry needs "chords" hold only where `analysis` is given; species raise TheoryError where the
    piece is no counterpoint on a cantus.
    """
    found = [*_species(piece, rules), *_own(piece, rules, analysis)]
    for fault in _table(piece, rules, analysis):
        severity = rules.severity(fault.rule)
        if severity:
            found.append(Breach(fault.rule, severity, fault.tick, fault.voices, fault.facts))
    order = {severity: place for place, severity in enumerate(SEVERITIES)}
    return tuple(sorted(set(found), key=lambda b: (b.tick, order[b.severity], b.rule, b.voices, repr(b.values))))


def needs_analysis(rules: RuleSet) -> bool:
    """Whether some rule of the set reads chords."""
    return bool(rules.own) or any(rule in RULES and RULES[rule].needs == "chords" for rule in rules.rules)


def _table(piece: Piece, rules: RuleSet, analysis: Analysis | None) -> Iterator[Found]:
    lines = lines_of(piece)
    yield from motions(lines, rules)
    yield from spacings(lines, rules)
    yield from ranges(piece, lines, rules)
    yield from cross_relations(lines, rules)
    yield from leaps(lines, rules)
    yield from low_intervals(piece, rules)
    if analysis is not None:
        yield from harmony_breaches(lines, analysis.chords, rules)
        yield from demand_breaches(piece, analysis, rules)


def _species(piece: Piece, rules: RuleSet) -> Iterator[Breach]:
    if not rules.species:
        return
    for breach in species_breaches(piece, rules.species, cantus_of(piece)):
        severity = rules.severity(breach.rule)
        if severity:
            yield breach._replace(severity=severity)


def cantus_of(piece: Piece) -> int:
    """The voice of the cantus firmus: one called so, else the lowest with a tone in every bar, else the lowest line."""
    named = [number for number, voice in enumerate(piece.voices) if "cantus" in voice.name.casefold()]
    if named:
        return named[0]
    starts = [bar.start for bar in piece.bars]
    lines = [number for number, voice in enumerate(piece.voices) if voice.line]
    for number in lines:
        onsets = [tone.onset for tone in piece.tones if tone.voice == number and not tone.grace]
        if onsets == starts:
            return number
    return lines[0] if lines else 0


def _own(piece: Piece, rules: RuleSet, analysis: Analysis | None) -> Iterator[Breach]:
    for rule in rules.own:
        for breach in rule(piece, analysis):
            if not isinstance(breach, Breach) or breach.severity not in SEVERITIES:
                raise RuleError(
                    f"The rule '{getattr(rule, '__name__', rule)}' gave {breach!r}:"
                    f" a rule gives Breaches of severity {', '.join(SEVERITIES)}"
                )
            yield breach
