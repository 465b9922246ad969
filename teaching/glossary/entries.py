"""The glossary's entries, read from the TOML files of `data`; a file's stem is the topic of its entries.

Conventions: an id is kebab-case and in American English; `see` names other ids. Texts are one paragraph each, and
examples lie in files of the same names in `data/examples`.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

from partimento.theory.errors import TheoryError, nearest

TITLES = {
    "pitch": "Pitch, scales and keys", "harmony": "Harmony", "cadences": "Cadences",
    "non-chord-tones": "Non-chord tones", "voice-leading": "Voice leading", "counterpoint": "Counterpoint",
    "melody": "Melody", "form": "Form",
    "rhythm": "Rhythm and groove", "jazz": "Jazz and blues", "arrangement": "Arrangement and sound",
    "notation": "Notation",
}  # fmt: skip
"""The glossary's chapters, in their order, with their headings; each is a file of `data`."""

TOPICS = tuple(TITLES)


@dataclass(frozen=True, slots=True)
class Entry:
    """A term. `plain` is for a beginner, `exact` adds what a student needs; `british` is "" where the name is the same.

    `also` are other names by which it is looked up; `example` is the table that `glossary.example` reads.
    """

    id: str
    topic: str
    name: str
    plain: str
    exact: str
    example: Mapping[str, Any]
    british: str = ""
    also: tuple[str, ...] = ()
    see: tuple[str, ...] = ()

    def named(self, dialect: str = "american") -> str:
        """The name in the dialect, "american" or "british"."""
        return self.british if self.british and dialect == "british" else self.name

    def text(self, level: str, dialect: str = "american") -> str:
        """What is said of it at a level: the plain text for "beginner", both for the others."""
        return worded(self.plain if level == "beginner" else f"{self.plain} {self.exact}", dialect)


_BRITISH = {
    "half or whole step": "semitone or whole tone", "whole, half, quarter": "semibreve, minim, crotchet",
    "half step": "semitone", "whole step": "whole tone", "half cadence": "imperfect cadence",
    "leading tone": "leading note", "passing tone": "passing note", "escape tone": "escape note",
    "chord tone": "harmony note", "quarter note": "crotchet", "eighth note": "quaver", "eighth-note": "quaver",
    "sixteenth note": "semiquaver", "half note": "minim", "whole note": "semibreve",
    "quarter, half": "crotchet, minim", "whole, halves": "semibreve, minims", "eighth": "quaver", "quarter": "crotchet",
    "sixteenth": "semiquaver", "neighbor": "neighbour",
}  # fmt: skip
"""American words of the entries' texts, and what they are called in Britain; longer ones before those they hold."""

_AMERICAN = re.compile(rf"\b({'|'.join(_BRITISH)})(?=s?\b)", re.IGNORECASE)


def worded(text: str, dialect: str) -> str:
    """A text of the glossary in a dialect, "american" or "british".

    >>> worded("Half steps between eighths", "british")
    'Semitones between quavers'
    """
    if dialect != "british":
        return text

    def called(found: re.Match[str]) -> str:
        name = _BRITISH[found[0].lower()]
        return name.capitalize() if found[0][0].isupper() else name

    british = _AMERICAN.sub(called, text)
    return re.sub(r"\b([Aa])n (?=quaver)", r"\1 ", re.sub(r"\ba (?=imperfect cadence)", "an ", british))


@cache
def entries() -> Mapping[str, Entry]:
    """All entries by id, chapter by chapter, in a chapter by name."""
    found: dict[str, Entry] = {}
    folder = files("partimento.teaching.glossary") / "data"
    for topic in TOPICS:
        table = tomllib.loads((folder / f"{topic}.toml").read_text(encoding="utf-8"))
        shown = tomllib.loads((folder / "examples" / f"{topic}.toml").read_text(encoding="utf-8"))
        read = [_entry(name, topic, row, shown[name]) for name, row in table.items()]
        found.update((item.id, item) for item in sorted(read, key=lambda item: item.name.casefold()))
    return found


def entry(term: str) -> Entry:
    """The entry with the id `term`; TheoryError, with the nearest one, where there is none."""
    found = entries().get(term)
    if found is None:
        raise TheoryError(f"The glossary has no '{term}'.{nearest(term, entries())}")
    return found


def looked_up(words: str) -> Entry:
    """The entry that a reader means: by id, name in either dialect or another name, whatever the case and plural.

    TheoryError, with the nearest name, where there is none.
    """
    names = _names()
    asked = _folded(words)
    for candidate in (asked, asked.removesuffix("s"), asked.removesuffix("es")):
        if candidate in names:
            return entries()[names[candidate]]
    close = nearest(asked, names)
    raise TheoryError(f"The glossary has no '{words}'.{close}")


@cache
def _names() -> dict[str, str]:
    found: dict[str, str] = {}
    for item in entries().values():
        for name in (item.id, item.name, item.british, *item.also):
            if name:
                found.setdefault(_folded(name), item.id)
    return found


def _folded(words: str) -> str:
    for sign, plain in (("♭", "b"), ("♯", "#"), ("-", " "), ("–", " "), ("’", "'"), ("°", "o")):
        words = words.replace(sign, plain)
    return " ".join(words.casefold().split())


def _entry(name: str, topic: str, row: Mapping[str, Any], example: Mapping[str, Any]) -> Entry:
    texts = {key: " ".join(str(row.get(key, "")).split()) for key in ("name", "plain", "exact", "british")}
    return Entry(name, topic, **texts, example=example, also=tuple(row.get("also", ())), see=tuple(row.get("see", ())))
