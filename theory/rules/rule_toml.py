"""Rules written by a teacher, in TOML: read strictly into a RuleSet.

Conventions: `extends` names the set that is changed (bach). Short words at the top level are parameters of a rule,
which they switch on (`SHORT`); `[rules.ID]` takes `severity` and the rule's parameters; `[ranges]` names a voice and
"C4-G5". Every mistake is one RuleError that says where, what is valid, and the nearest match.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import replace

from partimento.theory.analysis.findings import CADENCES, NON_CHORD
from partimento.theory.errors import RuleError, TheoryError, nearest
from partimento.theory.interval import Interval
from partimento.theory.key import Key
from partimento.theory.pitch import Pitch
from partimento.theory.rules.breach import SEVERITIES
from partimento.theory.rules.demands import meaning
from partimento.theory.rules.rule_set import RuleSet, rule_set
from partimento.theory.rules.species_table import SEVERITY
from partimento.theory.rules.table import RULES, Parameter, Setting

SHORT: dict[str, tuple[str, str]] = {
    "forbidden_parallels": ("forbidden-parallel", "intervals"),
    "forbidden_leaps": ("forbidden-leap", "intervals"),
    "maximum_leap": ("melodic-leap", "most"),
    "allowed_chords": ("allowed-chords", "chords"),
    "required_cadence": ("required-cadence", "cadences"),
    "allowed_dissonances": ("dissonance", "kinds"),
}
"""Words at the top level of a file of rules, and the rule and parameter that each means."""

_PERFECT = ("P1", "P5", "P8")
_TOP = ("title", "extends", "ranges", "rules", *SHORT)
_LEVELS = (*SEVERITIES, "off")


def rule_set_from_toml(text: str, where: str) -> RuleSet:
    """The set that a TOML text describes; `where` names the text in errors. RuleError for anything not understood."""
    try:
        data = tomllib.loads(text)
    except (ValueError, RecursionError) as error:  # of numbers too long and of lists too deep, too
        raise RuleError(f"{where}: not TOML: {' '.join(str(error).split())[:200]}") from None
    _known(data, _TOP, where)
    base = _base(data, where)
    severities: list[tuple[str, str]] = []
    settings: list[tuple[str, str, Setting]] = []
    for word, (rule, name) in SHORT.items():
        if word in data:
            value = _value(data[word], _parameter(rule, name), f"{where}, {word}")
            if word == "forbidden_parallels" and isinstance(value, tuple):
                # These are all that is forbidden: of the perfect ones, too, none that is not named.
                settings.append(("parallel-perfect", name, tuple(text for text in value if text in _PERFECT)))
                value = tuple(text for text in value if text not in _PERFECT)
            settings.append((rule, name, value))
            severities += [] if base.severity(rule) else [(rule, RULES[rule].tier or "error")]
    for rule, table in _table(data.get("rules", {}), f"{where}, [rules]").items():
        place = f"{where}, [rules.{rule}]"
        _known_rule(rule, place)
        _read_rule(rule, _table(table, place), place, severities, settings)
    title = data.get("title", base.title)
    if not isinstance(title, str):
        raise RuleError(f"{where}, title: {title!r} is no text")
    ranges = tuple(_ranges(_table(data.get("ranges", {}), f"{where}, [ranges]"), f"{where}, [ranges]"))
    if ranges and not base.severity("range"):
        severities.append(("range", "error"))
    return replace(
        base, name=where, title=title, severities=(*base.severities, *severities),
        settings=(*base.settings, *settings), ranges=ranges,
    )  # fmt: skip


def _base(data: Mapping[str, object], where: str) -> RuleSet:
    extends = data.get("extends", "bach")
    if not isinstance(extends, str):
        raise RuleError(f'{where}, extends: {extends!r} is no name, as in extends = "bach"')
    try:
        return rule_set(extends)
    except RuleError as error:
        raise RuleError(f"{where}, extends: {error}") from None


def _known(data: Mapping[str, object], valid: Iterable[str], where: str) -> None:
    names = tuple(valid)
    for key in data:
        if key not in names:
            raise RuleError(f"{where}: unknown '{key}'.{nearest(key, names)} Valid: {', '.join(names)}.")


def _known_rule(rule: str, where: str) -> None:
    valid = (*RULES, *SEVERITY)
    if rule not in valid:
        raise RuleError(f"{where}: unknown rule '{rule}'.{nearest(rule, valid)} Rules: {', '.join(valid)}.")


def _table(value: object, where: str) -> dict[str, object]:
    if not isinstance(value, dict):
        raise RuleError(f"{where}: {value!r} is no table of names and values")
    return value


def _parameter(rule: str, name: str) -> Parameter:
    return next(parameter for parameter in RULES[rule].parameters if parameter.name == name)


def _read_rule(
    rule: str, table: Mapping[str, object], where: str,
    severities: list[tuple[str, str]], settings: list[tuple[str, str, Setting]],
) -> None:  # fmt: skip
    parameters = {parameter.name: parameter for parameter in (RULES[rule].parameters if rule in RULES else ())}
    _known(table, ("severity", *parameters), where)
    for name, value in table.items():
        if name == "severity":
            severities.append((rule, _severity(value, where)))
        else:
            settings.append((rule, name, _value(value, parameters[name], f"{where}, {name}")))


def _severity(value: object, where: str) -> str:
    if isinstance(value, str) and value in _LEVELS:
        return value
    raise RuleError(f"{where}, severity: {value!r} is none of {', '.join(_LEVELS)}.{nearest(str(value), _LEVELS)}")


def _value(value: object, parameter: Parameter, where: str) -> Setting:
    """A parameter's value, checked by its kind; a single text stands for a list of one."""
    if parameter.kind == "number":
        if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= 1000:
            raise RuleError(f"{where}: {value!r} is no whole number from 0 to 1000")
        return value
    if parameter.kind in ("interval", "pitch", "choice"):
        if not isinstance(value, str):
            raise RuleError(f"{where}: {value!r} is no text, as in {parameter.default!r}")
        _check_text(value, parameter, where)
        return value
    texts = [value] if isinstance(value, str) else value
    if not isinstance(texts, list) or not all(isinstance(text, str) for text in texts):
        raise RuleError(f'{where}: {value!r} is no list of texts, as in ["P5", "P8"]')
    for text in texts:
        _check_text(text, parameter, where)
    return tuple(texts)


def _check_text(text: str, parameter: Parameter, where: str) -> None:
    valid = {"choice": parameter.choices, "cadences": CADENCES, "dissonances": NON_CHORD}.get(parameter.kind)
    if valid is not None and text not in valid:
        raise RuleError(f"{where}: unknown '{text}'.{nearest(text, valid)} Valid: {', '.join(valid)}.")
    try:
        if parameter.kind in ("interval", "intervals"):
            Interval.parse(text)
        elif parameter.kind == "pitch":
            Pitch.parse(text)
        elif parameter.kind == "chords":
            meaning(text.removesuffix("*"), Key.parse("C"))
    except TheoryError as error:
        raise RuleError(f"{where}: {error}") from None


def _ranges(table: Mapping[str, object], where: str) -> Iterable[tuple[str, int, int]]:
    for name, value in table.items():
        low, dash, high = value.rpartition("-") if isinstance(value, str) else ("", "", "")
        try:
            if not dash:
                raise RuleError(f'{value!r} is no range, as in "C4-G5"')
            lowest, highest = Pitch.parse(low).midi, Pitch.parse(high).midi
            if lowest > highest:
                raise RuleError(f"'{value}' begins above its end")
        except (RuleError, TheoryError) as error:
            raise RuleError(f"{where}, {name}: {error}") from None
        yield name.casefold().strip(), lowest, highest
