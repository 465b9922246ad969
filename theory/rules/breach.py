"""A Breach: one place where a rule is not kept. Words for it (the reason, the remedy) are found in teaching."""

from __future__ import annotations

from typing import NamedTuple

SEVERITIES = ("error", "warning", "style")

Value = str | int | float | bool


class Breach(NamedTuple):
    """`rule` is an id of the table of rules; `tick` where the breach is complete; `voices` those in question, 0 lowest;
    `values` named facts for the words ("interval": "P5", "from": "G4", "to": "A4")."""

    rule: str
    severity: str
    tick: int
    voices: tuple[int, ...] = ()
    values: tuple[tuple[str, Value], ...] = ()

    def value(self, name: str, default: Value = "") -> Value:
        """The value called `name`, or `default`."""
        return dict(self.values).get(name, default)
