"""Sets of rules: which rules hold, how gravely, with which parameters; named ones, and what may be read off any.

Conventions: a set names only what it changes; everything else stands in the table (theory/rules/table.py). A severity
is one of `SEVERITIES`, or "off". Ranges are inclusive MIDI numbers.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace

from partimento.theory.analysis.findings import Analysis
from partimento.theory.analysis.piece import Piece
from partimento.theory.errors import RuleError, nearest
from partimento.theory.interval import Interval
from partimento.theory.rules.breach import Breach
from partimento.theory.rules.species_table import SEVERITY
from partimento.theory.rules.table import RULES, SATB_RANGES, Setting

SPECIES = ("species1", "species2", "species3", "species4", "species5")
NAMES = ("bach", "strict", "jazz", "pop", *SPECIES)

OwnRule = Callable[[Piece, Analysis | None], Iterable[Breach]]
"""A rule of the user's own; its breaches' rule ids are of its own choice."""

_SATB = ("bass", "tenor", "alto", "soprano")
_UNNAMED = ("", "voice", "part", "staff", "track", "s", "a", "t", "b")
"""What voices are called that say nothing of an instrument."""
_SINGERS = 8
"""More voices than a double choir are a band, whose Bass is no singer."""


@dataclass(frozen=True, slots=True)
class RuleSet:
    """A set of rules.

    `severities` are (rule id, severity), absent ones as in the table; `settings` (rule id, parameter, value). `ranges`
    are (voice's name, lowest, highest), names in lower case; with `chorale_ranges`, voices not named there have the
    ranges of Bach's chorales where they are called soprano, alto, tenor, bass, or are four without any names.
    `species` 1-5 asks for that species of counterpoint instead of the table. `own` are rules in Python.
    """

    name: str
    title: str
    severities: tuple[tuple[str, str], ...] = ()
    settings: tuple[tuple[str, str, Setting], ...] = ()
    ranges: tuple[tuple[str, int, int], ...] = ()
    chorale_ranges: bool = True
    species: int = 0
    own: tuple[OwnRule, ...] = ()
    _severities: dict[str, str] = field(init=False, repr=False, compare=False)
    _settings: dict[tuple[str, str], Setting] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_severities", _severities_of(self))
        object.__setattr__(self, "_settings", _settings_of(self))

    def severity(self, rule: str) -> str:
        """The severity of a rule of the table, "" where it does not hold; KeyError for an unknown one."""
        return self._severities[rule]

    @property
    def rules(self) -> tuple[str, ...]:
        """The ids of all rules that hold, in the table's order."""
        return tuple(rule for rule, severity in self._severities.items() if severity)

    def setting(self, rule: str, name: str) -> Setting:
        """The value of a parameter; KeyError for one that the rule has not."""
        return self._settings[rule, name]

    def number(self, rule: str, name: str) -> int:
        """The value of a parameter that is a number."""
        value = self.setting(rule, name)
        assert isinstance(value, int)
        return value

    def text(self, rule: str, name: str) -> str:
        """The value of a parameter that is a name."""
        value = self.setting(rule, name)
        assert isinstance(value, str)
        return value

    def texts(self, rule: str, name: str) -> tuple[str, ...]:
        """The value of a parameter that is a list of names."""
        value = self.setting(rule, name)
        assert isinstance(value, tuple)
        return value

    def semitones(self, rule: str, name: str) -> int:
        """The size of a parameter that is an interval."""
        return Interval.parse(self.text(rule, name)).semitones

    def range_of(self, voice: str, index: int, count: int) -> tuple[int, int] | None:
        """The range of a voice by its name, or as the `index`-th of `count` from the bottom; None where it has none."""
        if not self.severity("range"):
            return None
        folded = voice.casefold().strip()
        for name, low, high in self.ranges:
            if folded == name:
                return low, high
        if not self.chorale_ranges:
            return None
        if folded in _SATB and count <= _SINGERS:
            return SATB_RANGES[_SATB.index(folded)]
        unnamed = folded.rstrip(" 1234") in _UNNAMED
        return SATB_RANGES[index] if unnamed and count == len(SATB_RANGES) else None

    def with_own(self, *own: OwnRule) -> RuleSet:
        """This set with more rules in Python."""
        return replace(self, own=(*self.own, *own))


def _severities_of(rules: RuleSet) -> dict[str, str]:
    changed = dict(rules.severities)
    table = dict.fromkeys(RULES, "") | SEVERITY if rules.species else {rule.id: rule.tier for rule in RULES.values()}
    found = {rule: changed.get(rule, tier) for rule, tier in table.items()}
    return {rule: "" if severity == "off" else severity for rule, severity in found.items()}


def _settings_of(rules: RuleSet) -> dict[tuple[str, str], Setting]:
    table = {(rule.id, p.name): p.default for rule in RULES.values() for p in rule.parameters}
    return table | {(rule, name): value for rule, name, value in rules.settings}


def _each(severity: str, *rules: str) -> tuple[tuple[str, str], ...]:
    return tuple((rule, severity) for rule in rules)


_LEADING = tuple(rule.id for rule in RULES.values() if rule.needs == "lines")

_SETS: dict[str, RuleSet] = {
    rules.name: rules
    for rules in (
        RuleSet("bach", "Four-part writing as Bach's chorales have it"),
        RuleSet(
            "strict",
            "Four-part writing as strict harmony classes ask for it",
            (
                *_each("error", "contrary-perfect", "direct-leap", "crossing", "spacing-upper", "melodic-leap"),
                *_each("error", "cross-relation", "range", "overlap"),
                *_each("warning", "direct", "doubling"),
            ),
            (
                ("leading-tone", "voices", "all"),
                ("melodic-augmented", "intervals", ("A2", "A4", "A5")),
                ("unrecovered-leap", "more_than", "P4"),
            ),
        ),
        RuleSet(
            "jazz",
            "Jazz arranging: parallels are a sound, outer octaves and mud are not",
            (
                *_each("off", *_LEADING, "leading-tone", "doubled-leading-tone", "unraised-leading-tone"),
                *_each("off", "doubled-seventh", "missing-tone", "doubling"),
                *_each("warning", "parallel-perfect", "range"),
                *_each("style", "low-interval", "crossing", "melodic-leap", "seventh-leaps"),
            ),
            (
                ("parallel-perfect", "intervals", ("P1", "P8")),
                ("parallel-perfect", "voices", "outer"),
                ("melodic-leap", "most", "P12"),
                ("melodic-leap", "intervals", ()),
            ),
            chorale_ranges=False,
        ),
        RuleSet(
            "pop",
            "Pop and rock: clear outer voices, playable lines",
            (
                *_each("off", *_LEADING, "leading-tone", "doubled-leading-tone", "unraised-leading-tone"),
                *_each("off", "doubled-seventh", "missing-tone", "doubling", "seventh-leaps"),
                *_each("warning", "range"),
                *_each("style", "low-interval", "parallel-perfect", "melodic-leap"),
            ),
            (
                ("parallel-perfect", "intervals", ("P1", "P8")),
                ("parallel-perfect", "voices", "outer"),
                ("melodic-leap", "most", "P12"),
                ("melodic-leap", "intervals", ()),
            ),
            chorale_ranges=False,
        ),
        *(
            RuleSet(name, f"Species counterpoint, species {number}", species=number)
            for number, name in enumerate(SPECIES, start=1)
        ),
    )
}


def rule_set(name: str) -> RuleSet:
    """The set called `name` (of NAMES, in any case); RuleError names the valid ones."""
    found = _SETS.get(name.strip().casefold())
    if found is None:
        raise RuleError(f"Unknown set of rules '{name}'.{nearest(name, NAMES)} Sets: {', '.join(NAMES)}.")
    return found
