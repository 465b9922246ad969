"""Numbers in a prompt: tempo, bars, duration, in digits and in words.

Conventions: each function reads from word `at` on and gives None when nothing of its kind begins there; seconds.
"""

from __future__ import annotations

import re

from partimento.composer import prompt_words as known
from partimento.composer.prompt_tables import Match, Text, tables
from partimento.theory.errors import BriefError

_NUMBER = re.compile(r"[0-9]{1,6}(?:\.[0-9]{1,4})?")
_BPM = re.compile(r"([0-9]{1,6}(?:\.[0-9]{1,4})?)bpm")
_CLOCK = re.compile(r"([0-9]{1,3}):([0-5][0-9])")
_DECIMAL = r"([0-9]{1,5}(?:\.[0-9]{1,3})?)"
_SPAN = re.compile(
    rf"(?:{_DECIMAL}(?:h|hr|hours?))?(?:{_DECIMAL}(?:m|min|mins|minutes?))?(?:{_DECIMAL}(?:s|sec|secs|seconds?))?"
)
_DECADE = re.compile(r"(?:19|20)?[0-9]0s")


def parse_duration(text: str) -> float:
    """Seconds of "45s", "1:30", "2m", "2m30s", "90" or "a minute and a half"; BriefError otherwise."""
    folded = "".join(text.casefold().split())
    clock = _CLOCK.fullmatch(folded)
    if clock:
        return int(clock[1]) * 60.0 + int(clock[2])
    if _NUMBER.fullmatch(folded):
        return float(folded)
    if folded and (lasting := span_s(folded)) is not None:
        return lasting
    whole = Text(text, text)
    found = seconds_at(whole, 0) if whole.words else None
    if found is None or found[0] < len(whole.words):
        raise BriefError(f"unknown duration '{text}': write it as in '45s', '1:30' or '2m'")
    return found[1]


def span_s(word: str) -> float | None:
    match = _SPAN.fullmatch(word)
    if not match or not any(match.groups()):
        return None
    return sum(float(n) * unit for n, unit in zip(match.groups(), (3600.0, 60.0, 1.0), strict=True) if n)


def tempo(text: Text, at: int) -> Match | None:
    words = text.words
    glued = _BPM.fullmatch(words[at])
    if glued:
        return Match(1, f"{float(glued[1]):g} bpm", (("tempo_bpm", float(glued[1])),))
    lead = 0
    if words[at] in ("at", "tempo", "bpm"):
        lead = 1
        while text.is_at(at + lead, "of", "is", "about", "around", "a", "tempo", "at"):
            lead += 1
    number = number_at(text, at + lead)
    if number is None:
        return None
    end = at + lead + number[0]
    after = words[end : end + 3]
    unit = 1 if after[:1] == ("bpm",) else 3 if after in (("beats", "per", "minute"), ("beats", "a", "minute")) else 0
    if text.prompt[: text.tokens[at].start].rstrip().endswith("="):  # a metronome mark
        lead = 1
    if not unit and (not lead or text.is_at(end, *known.UNITS_S, "bar", "bars", "measures")):
        return None
    return Match(end + unit - at, f"{number[1]:g} bpm", (("tempo_bpm", number[1]),))


def duration(text: Text, at: int) -> Match | None:
    words = text.words
    found = seconds_at(text, at)
    if found is None:
        return None
    length, seconds = found
    if words[at + length : at + length + 1] == ("long",):
        length += 1
    return Match(length, f"{seconds:g} seconds", (("duration_s", seconds),))


def bars(text: Text, at: int) -> Match | None:
    number = number_at(text, at)
    if number is None or number[1] != int(number[1]):
        return None
    end = at + number[0]
    if text.words[end : end + 1] not in (("bar",), ("bars",), ("measure",), ("measures",)):
        return None
    end += 1
    if text.longest(tables()["section"], end) is not None:  # "a 16-bar verse" says nothing of the song
        return None
    if text.words[end : end + 1] == ("long",):
        end += 1
    return Match(end - at, f"{number[1]:g} bars", (("bars", int(number[1])),))


def seconds_at(text: Text, at: int) -> tuple[int, float] | None:
    words = text.words
    word = words[at]
    clock = _CLOCK.fullmatch(word)
    if clock:
        more = 1 if words[at + 1 : at + 2] in (("minutes",), ("min",), ("mins",)) else 0
        return 1 + more, int(clock[1]) * 60.0 + int(clock[2])
    if word[0].isdigit() and not _NUMBER.fullmatch(word):
        said = words[at - 1] if at else ""
        decade = _DECADE.fullmatch(word) and said not in ("about", "for", "around", "lasting", "of", "roughly")
        span = None if decade else span_s(word)
        if span is not None:
            rest = _seconds_after(text, at + 1, word)
            return (1 + rest[0], span + rest[1]) if rest else (1, span)
    fixed = text.longest(tables()["length"], at)
    number = (1, 1.0) if word in ("a", "an") else number_at(text, at)
    best: tuple[int, float] | None = None
    if number is not None:
        used, value = number
        if words[at + used : at + used + 3] == ("and", "a", "half"):
            used, value = used + 3, value + 0.5
        unit = words[at + used] if at + used < len(words) else ""
        if unit in known.UNITS_S and not (word in ("a", "an") and len(unit) == 1):
            best = used + 1, value * known.UNITS_S[unit]
            if words[at + used + 1 : at + used + 4] == ("and", "a", "half"):
                best = used + 4, (value + 0.5) * known.UNITS_S[unit]
            rest = _seconds_after(text, at + best[0], unit)
            if rest is not None:
                best = best[0] + rest[0], best[1] + rest[1]
    if fixed is not None and (best is None or fixed[0] > best[0]):
        after = words[at + fixed[0] : at + fixed[0] + 1]
        if after and (after in tables()["section"] or after == ("notes",)):
            return None
        assert isinstance(fixed[1], float)
        best = fixed[0], fixed[1]
    return best


def _seconds_after(text: Text, at: int, unit: str) -> tuple[int, float] | None:
    """ "30" or "and 30 seconds" after minutes."""
    if known.UNITS_S.get(unit.lstrip("0123456789."), 0.0) != 60.0:
        return None
    skip = 1 if text.words[at : at + 1] == ("and",) else 0
    number = number_at(text, at + skip)
    if number is None or number[1] >= 60:
        if skip == 0 and at < len(text.words) and (span := span_s(text.words[at])) is not None and span < 60:
            return 1, span
        return None
    end = at + skip + number[0]
    after = text.words[end] if end < len(text.words) else ""
    if after in ("seconds", "second", "sec", "secs", "s"):
        return skip + number[0] + 1, number[1]
    if skip or after in ("bars", "bar", "bpm", "measures", "beats"):
        return None
    return number[0], number[1]


def number_at(text: Text, at: int) -> tuple[int, float] | None:
    """A number in digits or words from `at` on: (words used, value)."""
    if at >= len(text.words):
        return None
    word = text.words[at]
    if _NUMBER.fullmatch(word):
        return 1, float(word)
    if word not in known.NUMBERS:
        if word in ("a", "an", "one") and text.words[at + 1 : at + 2] == ("hundred",):
            return 2, 100.0
        return None
    value, used = known.NUMBERS[word], 1
    after = text.words[at + 1] if at + 1 < len(text.words) else ""
    if after == "hundred" and 1 <= value <= 9:
        value, used = value * 100, 2
        rest = at + used + (1 if text.words[at + used : at + used + 1] == ("and",) else 0)
        tail = number_at(text, rest)
        if tail is not None and tail[1] < 100:
            return rest - at + tail[0], value + tail[1]
    elif value >= 20 and value % 10 == 0 and value < 100 and 1 <= known.NUMBERS.get(after, 0) <= 9:
        value, used = value + known.NUMBERS[after], 2
    return used, float(value)
