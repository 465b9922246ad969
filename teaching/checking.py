"""Checking a piece in words: sets of rules by name or file, a teacher's rules in Python, findings as rows.

Conventions: findings are in order of place. A rule in Python is run as it is, with all that its file does: it is the
teacher's own program, named by the teacher.
"""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Iterable
from contextlib import redirect_stdout
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from partimento.teaching.naming import Naming
from partimento.teaching.rule_telling import voice_name
from partimento.teaching.rule_words import place, rate, reason, remedy, source, title, told
from partimento.theory.analysis.findings import Analysis
from partimento.theory.analysis.piece import Piece
from partimento.theory.errors import RuleError, nearest
from partimento.theory.rules.breach import SEVERITIES, Breach
from partimento.theory.rules.checking import check
from partimento.theory.rules.mending import mend
from partimento.theory.rules.rule_set import OwnRule, RuleSet, rule_set
from partimento.theory.rules.rule_toml import rule_set_from_toml
from partimento.theory.rules.table import RULES

MOST_MENDS = 10
"""Breaches of a rule for each of which a note is sought that mends it; who makes more has understood by then."""
MOST_BYTES = 200_000
"""How long a file of rules may be."""


@dataclass(frozen=True, slots=True)
class Finding:
    """A breach in words: where, who, what, why, how to mend it, and what the rule rests on."""

    breach: Breach
    place: str
    voices: tuple[str, ...]
    title: str
    told: str
    reason: str
    remedy: str
    source: str
    rate: str


def rules_from(style: str) -> RuleSet:
    """The set of rules of a name, or of a TOML file where the name ends in .toml; RuleError for neither."""
    if not style.casefold().endswith(".toml"):
        return rule_set(style)
    path = Path(style)
    try:
        if path.stat().st_size > MOST_BYTES:
            raise RuleError(f"'{style}' is longer than {MOST_BYTES} bytes: it is no file of rules")
        text = path.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise RuleError(f"'{style}' cannot be read: {error.strerror or error}") from None
    except UnicodeDecodeError:
        raise RuleError(f"'{style}' is no text in UTF-8") from None
    return rule_set_from_toml(text, path.name)


def own_rule(text: str) -> OwnRule:
    """The function that `FILE.py:NAME` names; the file is run. RuleError where there is none."""
    path, colon, name = text.rpartition(":")
    if not colon or not path.endswith(".py") or not name.isidentifier():
        raise RuleError(f"'{text}' is no rule in Python: write FILE.py:FUNCTION")
    if not Path(path).is_file():
        raise RuleError(f"There is no file '{path}'")
    spec = importlib.util.spec_from_file_location(f"rule_{Path(path).stem}", path)
    if spec is None or spec.loader is None:
        raise RuleError(f"'{path}' cannot be run as Python")
    module = importlib.util.module_from_spec(spec)
    try:
        with redirect_stdout(sys.stderr):  # what a rule prints is for its author, and no part of the findings
            spec.loader.exec_module(module)
    except (Exception, SystemExit) as error:  # the teacher's file may raise anything, and one line is to say so
        raise RuleError(f"'{path}' fails: {type(error).__name__}: {_line(error)}") from error
    found = getattr(module, name, None)
    if not callable(found):
        functions = [key for key, value in vars(module).items() if callable(value) and not key.startswith("_")]
        raise RuleError(f"'{path}' has no function '{name}'.{nearest(name, functions)}")
    return _guarded(found, text)


def _guarded(function: OwnRule, name: str) -> OwnRule:
    """The rule, whose own failures become one line."""

    def guarded(piece: Piece, analysis: Analysis | None) -> Iterable[Breach]:
        try:
            with redirect_stdout(sys.stderr):
                return tuple(function(piece, analysis))
        except (Exception, SystemExit) as error:  # as above
            raise RuleError(f"The rule '{name}' fails: {type(error).__name__}: {_line(error)}") from error

    guarded.__name__ = name
    return guarded


def _line(error: BaseException) -> str:
    return " ".join(str(error).split())[:200]


def findings(
    piece: Piece, rules: RuleSet, analysis: Analysis | None = None, level: str = "intermediate",
    naming: Naming | None = None, least: str = "style", span: tuple[int, int] | None = None,
) -> tuple[Finding, ...]:  # fmt: skip
    """What `check` finds in words; of severity `least` or graver, in the ticks of `span`. Remedies name a note where a
    single one mends the breach, for a rule's first `MOST_MENDS`."""
    names = naming or Naming()
    tried: dict[str, int] = {}
    grave = SEVERITIES[: SEVERITIES.index(least) + 1]
    rows = []
    for breach in check(piece, rules, analysis):
        if breach.severity in grave and (span is None or span[0] <= breach.tick < span[1]):
            tried[breach.rule] = tried.get(breach.rule, 0) + 1
            found = mend(breach, piece, rules, analysis) if tried[breach.rule] <= MOST_MENDS else None
            rows.append(
                Finding(
                    breach, place(breach.tick, piece, names),
                    tuple(voice_name(piece, voice) for voice in breach.voices), title(breach.rule),
                    told(breach, piece, level, names), reason(breach.rule, level),
                    remedy(breach.rule, found, piece, names), source(breach.rule), rate(breach.rule),
                )
            )  # fmt: skip
    return tuple(rows)


def tally(rows: Iterable[Finding]) -> dict[str, int]:
    """How many findings there are of each severity."""
    counts = dict.fromkeys(SEVERITIES, 0)
    for row in rows:
        counts[row.breach.severity] += 1
    return counts


def finding_json(row: Finding, piece: Piece) -> dict[str, Any]:
    """A finding as plain data."""
    breach = row.breach
    bar = piece.bar_at(breach.tick)
    return {
        "rule": breach.rule, "severity": breach.severity, "bar": bar.number, "beat": bar.beat(breach.tick),
        "tick": breach.tick, "voices": list(row.voices), "title": row.title, "text": row.told, "reason": row.reason,
        "remedy": row.remedy, "source": row.source, "rate": row.rate, "values": dict(breach.values),
    }  # fmt: skip


def rule_json(rules: RuleSet) -> list[dict[str, Any]]:
    """The rules that hold in a set, as plain data: id, severity, title, source, parameters, exemptions, rates."""
    out: list[dict[str, Any]] = []
    for rule in rules.rules:
        row: dict[str, Any] = {
            "rule": rule, "severity": rules.severity(rule), "title": title(rule), "source": source(rule),
        }  # fmt: skip
        known = RULES.get(rule)
        if known is not None:
            row["parameters"] = {p.name: rules.setting(rule, p.name) for p in known.parameters}
            row |= {"exemptions": known.exemptions, "needs": known.needs, "rate": rate(rule)}
        out.append(row)
    return out
