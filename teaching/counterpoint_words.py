"""Words for counterpoint: why a bar is as it is, and why there is no line.

Conventions: whole sentences in English; notes by letter and octave, intervals by name ("major sixth").
"""

from __future__ import annotations

from collections.abc import Sequence

from partimento.theory.counterpoint.conflict import Conflict
from partimento.theory.counterpoint.reasons import Reason
from partimento.theory.counterpoint.rules import BAR, RULES
from partimento.theory.interval import Interval

WOULD: dict[str, str] = {
    "perfect-ends": "would begin or end on no perfect consonance",
    "clausula-vera": "would spoil the close by step",
    "parallels": "would make parallel fifths or octaves",
    "direct": "would reach a fifth or an octave by direct motion",
    "imperfect-run": "would make a fourth parallel third or sixth",
    "leap": "would need a leap that is not sung",
    "recovery": "would leave a wide leap unrecovered",
    "climax": "would touch the highest note twice",
    "range": "would stretch the line beyond a tenth",
    "consonance": "would be dissonant on the downbeat",
    "dissonance": "would leave a dissonance unexplained",
    "suspension": "would make a suspension that cannot resolve",
    "unison": "would meet the other voice in unison",
    "repetition": "would strike a note twice",
    "tied-octaves": "would follow fifths or octaves by syncopation",
    "crossing": "would cross another voice or stray too far from it",
}

_NUMBERS = ("unison", "second", "third", "fourth", "fifth", "sixth", "seventh", "octave", "ninth", "tenth", "eleventh",
            "twelfth", "thirteenth", "fourteenth", "fifteenth")  # fmt: skip
_QUALITIES = {"P": "perfect", "M": "major", "m": "minor", "A": "augmented", "d": "diminished"}


def interval_words(interval: Interval) -> str:
    """ "major sixth", "octave", "unison"; beyond two octaves by its number."""
    name = interval.name.lstrip("-")
    quality, number = name.rstrip("0123456789"), int(name.lstrip("PMmAd"))
    noun = _NUMBERS[number - 1] if number <= len(_NUMBERS) else f"{number}th"
    if quality == "P" and number in (1, 8, 15):
        return noun
    return f"{_QUALITIES[quality[:1]]} {noun}"


def reason_words(reason: Reason, name: str = "") -> str:
    """The sentences of one bar; `name` is the voice's, "" where there is one alone."""
    what = interval_words(reason.interval)
    first = f"Bar {reason.bar}{', ' + name if name else ''}: {reason.tone}, {_article(what)} {what}"
    if reason.suspension:
        first += ", a suspension that was prepared as a consonance and resolves down by step"
    elif reason.motion:
        first += f" by {reason.motion} motion"
    return " ".join([first + ".", *_others(reason)])


def _others(reason: Reason) -> list[str]:
    by_rule: dict[str, list[str]] = {}
    for tone, rules in reason.refused:
        by_rule.setdefault(WOULD[rules[0]], []).append(str(tone))
    refused = "; ".join(f"{', '.join(tones)} {words}" for words, tones in by_rule.items())
    if reason.legal:
        also = f"Also legal here: {', '.join(map(str, reason.legal))}, liked less."
        return [also] + ([f"Not: {refused}."] if refused else [])
    return [f"Nothing else fits between its neighbours: {refused}."] if refused else ["It is the only tone in reach."]


def _article(word: str) -> str:
    return "an" if word[0] in "aeo" else "a"


def conflict_words(conflict: Conflict, considered: str) -> list[str]:
    """Why there is no line: the rules that meet, each with what it asks, and the bar; `considered` says the range."""
    bars = f"bar {conflict.first}" if conflict.first == conflict.last else f"bars {conflict.first}-{conflict.last}"
    if not conflict.rules:
        lines = [f"No line exists in {bars}, and none appears when any one rule is given up."]
    elif len(conflict.rules) == 1:
        lines = [f"No line exists: {bars} cannot keep the rule '{conflict.rules[0]}'."]
    else:
        lines = [
            f"No line exists: in {bars} these rules cannot all be kept; give up any one, and these bars have a line."
        ]
    lines += [f"  {rule}: {RULES[rule]}" for rule in conflict.rules]
    if conflict.nearest:
        where = ", ".join(f"{rule} in bar {tick // BAR + 1}" for rule, tick in conflict.nearest)
        lines.append(f"The nearest line breaks {where}.")
    return [*lines, f"Every line was gone through: {considered}."]


def lines_words(names: Sequence[str], lines: Sequence[str]) -> list[str]:
    """Voices as text, the highest first, names aligned."""
    wide = max(len(name) for name in names)
    return [f"{name:{wide}}  {line}" for name, line in reversed(list(zip(names, lines, strict=True)))]
