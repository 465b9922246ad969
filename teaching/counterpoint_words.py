"""Words for counterpoint: why a bar is as it is, and why there is no line.

Conventions: whole sentences in English; notes by letter and octave, intervals by name ("major sixth").
"""

from __future__ import annotations

from collections.abc import Sequence

from partimento.theory.counterpoint.conflict import Conflict
from partimento.theory.counterpoint.reasons import Reason
from partimento.theory.counterpoint.rules import BAR, RULES
from partimento.theory.interval import Interval
from partimento.theory.pitch import Pitch

WOULD: dict[str, str] = {
    "perfect-ends": "would begin or end on no perfect consonance",
    "clausula-vera": "would spoil the close by step",
    "parallels": "would make parallel fifths or octaves",
    "direct": "would reach a fifth or an octave with both voices moving the same way",
    "imperfect-run": "would make a fourth parallel third or sixth",
    "leap": "would need a leap that is not sung",
    "recovery": "would leave a wide leap unrecovered",
    "climax": "would touch the highest note twice",
    "range": "would stretch the line beyond a tenth",
    "consonance": "would be dissonant on the downbeat",
    "dissonance": "would leave a dissonance without a step to it or from it",
    "suspension": "would make a suspension that cannot resolve",
    "unison": "would meet the other voice in unison",
    "repetition": "would strike a note twice",
    "tied-octaves": "would follow fifths or octaves by syncopation",
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
    """The sentences of one bar; `name` is the voice's, "" where there is one alone.

    What speaks for the tone comes first, then its dissonances by name, then the tones nearby that teach the most.
    """
    head = f"Bar {reason.bar}{', ' + name if name else ''}: {reason.tone}, {_what(reason)}."
    return " ".join([head, *_figures(reason), *_others(reason)])


def _what(reason: Reason) -> str:
    if reason.suspension:
        return f"a {reason.suspension} suspension: held over from a consonance, it resolves down by step"
    what = interval_words(reason.interval)
    said = f"{_article(what)} {what}"
    move = _move(reason)
    if move and reason.motion == "oblique":
        said += f", {move} while the cantus stays" if reason.before != reason.tone else ", held while the cantus moves"
    elif reason.motion:
        said += f", {move + ' ' if move else ''}in {reason.motion} motion"
    elif move:
        said += f", {move}"
    return said + ("; it is the line's highest note" if reason.peak else "")


def _move(reason: Reason) -> str:
    """How the tone is reached: "by step", "by a leap of a fifth"."""
    if reason.before is None or reason.motion == "":
        return ""
    steps = abs(reason.tone.diatonic - reason.before.diatonic)
    if steps == 0:
        return "held"
    return "reached by step" if steps == 1 else f"reached by a leap of {_article(_NUMBERS[steps])} {_NUMBERS[steps]}"


def _figures(reason: Reason) -> list[str]:
    """The dissonances inside the bar, by name."""
    if not reason.figures:
        return []
    told = [f"{tone} is {_article(kind)} {kind}" for tone, kind in reason.figures]
    return [", ".join(told[:-1]) + " and " + told[-1] + "." if len(told) > 1 else told[0] + "."]


def _others(reason: Reason) -> list[str]:
    """At most one tone that would do too, and at most three that would not, one for each rule."""
    said = []
    if reason.legal:
        other = reason.legal[0]
        said.append(f"{other} would do too{_less(reason, other)}.")
    told: dict[str, str] = {}
    for tone, rules in sorted(reason.refused, key=lambda pair: _TEACHES.index(_first(pair[1]))):
        near = abs(tone.diatonic - reason.tone.diatonic) <= _NEAR
        if near and "crossing" not in rules:
            words = _would(reason, tone, _first(rules))
            told.setdefault(words, f"{tone} {words}")
    chosen = list(told.values())[: 2 if reason.legal else 3]
    if chosen:
        said.append("; ".join(chosen) + ".")
    return said


def _would(reason: Reason, tone: Pitch, rule: str) -> str:
    """What a tone would have done; fifths and octaves by name where they are with the cantus and in this bar."""
    perfect = {0: "octave", 4: "fifth"}.get((tone.diatonic - reason.cantus.diatonic) * _side(reason) % 7)
    if rule == "parallels":
        return f"would make parallel {perfect}s" if perfect else WOULD[rule]
    if rule == "direct":
        return f"would be a direct {perfect}" if perfect else "would lead into a direct fifth or octave"
    return WOULD[rule]


def _side(reason: Reason) -> int:
    return 1 if reason.tone.diatonic >= reason.cantus.diatonic else -1


_NEAR = 3
"""Diatonic steps from the chosen tone within which another is worth a word."""

_TEACHES = ("parallels", "direct", "tied-octaves", "suspension", "dissonance", "imperfect-run", "climax", "recovery",
            "leap", "clausula-vera", "perfect-ends", "unison", "consonance", "repetition", "range",
            "crossing")  # fmt: skip
"""Rules by how much a learner gains from hearing of them."""


def _first(rules: Sequence[str]) -> str:
    """The rule of several that teaches the most."""
    return min(rules, key=_TEACHES.index)


def _less(reason: Reason, other: Pitch) -> str:
    """Why another legal tone is the worse one, where that can be said in a word."""
    if reason.before is not None:
        own, its = (abs(tone.diatonic - reason.before.diatonic) for tone in (reason.tone, other))
        if its == 0 and own:
            return ", but the line would stand still"
        if its > max(own, 1):
            return ", but by a wider leap"
    if (other.diatonic - reason.cantus.diatonic) * _side(reason) % 7 in (0, 4) and reason.interval.name[0] != "P":
        return ", but it is a bare fifth or octave"
    return ""


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
