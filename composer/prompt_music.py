"""Key, meter and form in a prompt.

Convention: each function reads from word `at` on and gives None when nothing of its kind begins there.
"""

from __future__ import annotations

import re

from partimento.arrangement.style_head import style_heads
from partimento.composer import prompt_words as known
from partimento.composer.prompt_tables import Match, Text, genres, tables
from partimento.theory.errors import TheoryError
from partimento.theory.key import Key

_METER = re.compile(r"([0-9]{1,2})/(2|4|8|16)(?::[0-9](?:\+[0-9])+)?")
_LETTERS = re.compile(r"A(?=.*[BC])[ABC]{2,11}")
_KEY_WORD = re.compile(r"([a-g])(b|♭|#|♯)?(m|maj|min|major|minor)?")
_MODES = {
    "major": "major", "maj": "major", "minor": "minor", "min": "minor", "m": "minor", "dorian": "dorian",
    "phrygian": "phrygian", "lydian": "lydian", "mixolydian": "mixolydian", "locrian": "locrian", "aeolian": "minor",
    "ionian": "major",
}  # fmt: skip


def key(text: Text, at: int) -> Match | None:
    words = text.words
    start = at
    if words[at] in ("in", "key"):
        start += 1
        while words[start : start + 1] in (("the",), ("key",), ("of",)):
            start += 1
    prefixed = start > at
    if start >= len(words):
        return None
    mode = _MODES.get(words[start])
    if mode is not None and len(words[start]) > 1:  # "in minor", "dorian"
        end = start + 1
        end += 1 if words[end : end + 1] in (("key",), ("mode",), ("scale",)) else 0
        return Match(end - at, f"mode {mode}", (("mode", mode),))
    letter = _KEY_WORD.fullmatch(words[start])
    if letter is None:
        return None
    end, sign, mode = start + 1, letter[2] or "", letter[3] or ""
    if not sign and not mode and words[end : end + 1] in (("flat",), ("sharp",)):
        sign = "b" if words[end] == "flat" else "#"
        end += 1
    if not mode:
        if text.is_at(end, "natural", "harmonic", "melodic") and text.is_at(end + 1, "minor"):
            end += 1
        if end < len(words) and words[end] in _MODES:
            mode = words[end]
            end += 1
    written = text.prompt[text.tokens[start].start]
    is_article = words[start] == "a" and (written == "a" or start == 0)
    if is_article and mode and words[end : end + 1] in (("key",), ("mode",), ("scale",)):
        return Match(end + 1 - at, f"mode {_MODES[mode]}", (("mode", _MODES[mode]),))
    if is_article and not prefixed:
        return None
    if words[start] == "a" and written == "a" and not sign and not mode and end < len(words):
        return None
    if not prefixed and not (sign and (mode or end > start + 1 or len(words[start]) > 1) or mode and end > start + 1):
        return None
    if not prefixed and words[start] in ("ab", "am", "em", "dm") and end == start + 1:
        return None
    try:
        key = str(Key.parse(f"{letter[1]}{sign} {_MODES.get(mode, 'major')}"))
    except TheoryError:
        return None
    if not mode:  # "a minor blues in C": the mode may stand elsewhere
        return Match(end - at, f"key of {letter[1].upper()}{sign}", (("key", f"{letter[1].upper()}{sign}"),))
    return Match(end - at, f"key {key}", (("key", key),))


def meter(text: Text, at: int) -> Match | None:
    start = at + 1 if text.words[at] == "in" and at + 1 < len(text.words) else at
    match = _METER.fullmatch(text.words[start])
    if match and 1 <= int(match[1]) <= 16:
        end = start + 1
        end += 1 if text.words[end : end + 1] in (("time",), ("meter",), ("metre",)) else 0
        return Match(end - at, f"meter {match[0]}", (("meter", match[0]),))
    place, found = start, text.longest(tables()["meter"], start)
    if start > at and text.longest(tables()["meter"], at) is not None:
        longer = text.longest(tables()["meter"], at)
        if found is None or longer is not None and longer[0] > found[0] + 1:
            place, found = at, longer
    if found is None:
        return None
    end = place + found[0]
    if text.words[place] == "in" and text.is_at(end, *known.UNITS_S, "bars", "parts", "keys"):
        return None
    end += 1 if text.words[end : end + 1] == ("time",) else 0
    fields: list[tuple[str, object]] = [("meter", found[1])]
    genre = genres().get(text.words[place : place + found[0]])
    if genre is not None:  # "jig" is a genre's dance and a meter
        fields.append(("hint", genre))
    return Match(end - at, f"meter {found[1]}", tuple(fields))


def form(text: Text, at: int) -> Match | None:
    token = text.tokens[at]
    written = text.prompt[token.start : token.end]
    if _LETTERS.fullmatch(written) or text.words[at] in ("aaba", "abab", "aabb", "abac", "abaca"):
        letters = tuple(text.words[at].upper())
        more = 1 if text.words[at + 1 : at + 2] == ("form",) else 0
        return Match(1 + more, f"form {' '.join(letters)}", (("form", letters),))
    found = text.longest(tables()["named form"], at)
    if found is None:
        return None
    fields: list[tuple[str, object]] = [("named_form", found[1])]
    genre = genres().get(text.words[at : at + found[0]])
    if genre is not None:
        fields.append(("hint", genre))
    elif found[1] in ("variation", "ternary") and "classical" in style_heads():
        fields.append(("hint", "classical"))
    elif found[1] == "blues" and "blues" in style_heads():
        fields.append(("hint", "blues"))
    meter = tables()["meter"].get(text.words[at : at + found[0]])
    if meter is not None:
        fields.append(("meter", meter))
    return Match(found[0], f"form {text.written(at, found[0])}", tuple(fields))


def sections(text: Text, at: int) -> Match | None:
    """ "verse chorus verse chorus bridge chorus", "with a bridge"."""
    table = tables()["section"]
    kinds: list[str] = []
    end = start = at
    while True:
        while kinds and start < len(text.words) and text.words[start] in ("and", ",", "then", "into", "a", "the"):
            start += 1
        found = text.longest(table, start) if start < len(text.words) else None
        if found is None:
            break
        kinds.append(str(found[1]))
        end = start = start + found[0]
    if len(kinds) >= 2:
        end += 1 if text.words[end : end + 1] in (("form",), ("structure",)) else 0
        form = known.FORM_OF["verse chorus"] if kinds == ["verse", "chorus"] else tuple(kinds)
        return Match(end - at, f"form {' '.join(form)}", (("form", form),))
    if kinds and kinds[0] in ("bridge", "solo"):
        return Match(end - at, f"with a {kinds[0]}", (("wanted_section", kinds[0]),))
    return None
