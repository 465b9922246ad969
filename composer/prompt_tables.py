"""The words of a prompt, and the tables of phrases by which they are understood.

Conventions: a phrase is a tuple of folded words (no case, no apostrophes, hyphens count as blanks).
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

from partimento.arrangement.style_head import style_heads
from partimento.composer import prompt_words as known
from partimento.composer.moods import ALIASES, MOODS
from partimento.score.instruments import instrument_names

Words = tuple[str, ...]
MOST_WORDS = 5
"""The longest phrase in a table."""

_TOKEN = re.compile(r"[^\W_]+(?:[#♭♯&'’/:.+]+[^\W_]+)*[#♭♯]?|[,&+]")


@dataclass(frozen=True, slots=True)
class Token:
    """A word: `folded` for look-up, [start, end) in the prompt."""

    folded: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Match:
    """`length` words that set `fields`; `meaning` says it, `meanings` field by field where they may hold singly."""

    length: int
    meaning: str
    fields: tuple[tuple[str, object], ...]
    meanings: tuple[str, ...] = ()


class Text:
    """A prompt cut into words; `words[i]` is the folded word of `tokens[i]`, "" lies beyond the end."""

    def __init__(self, prompt: str, readable: str) -> None:
        """`readable` is the prompt with what is already understood blanked out, of the same length."""
        self.prompt = prompt
        spaced = readable.replace("-", " ").replace("–", " ").replace("—", " ")
        self.tokens = [Token(fold(m.group()), m.start(), m.end()) for m in _TOKEN.finditer(spaced)]
        self.words: Words = tuple(token.folded for token in self.tokens)

    def word(self, at: int) -> str:
        """The word at `at`, "" beyond the end."""
        return self.words[at] if 0 <= at < len(self.words) else ""

    def is_at(self, at: int, *words: str) -> bool:
        """Whether the word at `at` is one of `words`."""
        return 0 <= at < len(self.words) and self.words[at] in words

    def written(self, at: int, length: int = 1) -> str:
        """The words [at, at + length) as they were written."""
        return " ".join(self.prompt[self.tokens[at].start : self.tokens[at + length - 1].end].split())

    def longest(self, table: Mapping[Words, object], at: int) -> tuple[int, object] | None:
        """The longest phrase of `table` that begins at `at`: (its words, its value)."""
        for length in range(min(MOST_WORDS, len(self.words) - at), 0, -1):
            value = table.get(self.words[at : at + length])
            if value is not None:
                return length, value
        return None


def split(text: str) -> Words:
    return tuple(fold(m.group()) for m in _TOKEN.finditer(text.replace("-", " ")))


def fold(word: str) -> str:
    plain = unicodedata.normalize("NFKC", word).casefold()
    return plain.replace("'", "").replace("’", "").replace("♭", "b").replace("♯", "#")


@cache
def genres() -> dict[Words, str]:
    """Every phrase that means a style: names, titles and aliases first, then the words of prompt_words."""
    heads = style_heads()
    stems = {re.sub(r"[^a-z0-9]", "", name): name for name in heads}
    table: dict[Words, str] = {}
    for name in heads:
        table[split(name)] = name
    for name, head in heads.items():
        for phrase in (head.title, *head.aliases):
            table.setdefault(split(phrase), name)
    for phrase, name in known.GENRES.items():
        stem = stems.get(re.sub(r"[^a-z0-9]", "", name))
        if stem is not None:
            table.setdefault(split(phrase), stem)
    table.pop((), None)
    return table


KINDS = (
    "guitar", "bass", "drums", "drum", "sax", "saxophone", "synth", "strings", "percussion", "horns", "brass", "organ",
    "voice", "piano", "pad", "keyboard", "keyboards", "keys", "vocals",
)  # fmt: skip
"""Words for a kind of instrument, which the style's own band makes precise."""


@cache
def instruments() -> dict[Words, str]:
    table: dict[Words, str] = {}
    for alias, name in instrument_names():
        words = split(alias)
        value = alias if alias in ("guitar", "bass", "saxophone", "sax", "synth", "brass", "horns") else name
        table.setdefault(words, value)
    for words, value in list(table.items()):  # plurals last: "horns" is a section, not two French horns
        table.setdefault((*words[:-1], words[-1] + "s"), value)
    for word in ("drum", "vocals", "keyboard", "keyboards"):
        table.setdefault((word,), {"drum": "drums", "vocals": "voice"}.get(word, "piano"))
    return table


@cache
def tables() -> dict[str, dict[Words, object]]:
    """All other phrases, by what they are for."""
    moods = {split(word): name for word, name in {**{m: m for m in MOODS}, **ALIASES, **known.MOODS}.items()}
    return {
        "mood": dict(moods),
        "pace": {split(k): v for k, v in known.PACES.items()},
        "marking": {split(k): v for k, v in known.ITALIAN_TEMPI.items()},
        "energy": {split(k): v for k, v in known.ENERGIES.items()},
        "meter": {split(k): v for k, v in known.METERS.items()},
        "length": {split(k): v for k, v in known.LENGTHS_S.items()},
        "section": {split(k): v for k, v in known.SECTIONS.items()},
        "named form": {split(k): v for k, v in known.NAMED_FORMS.items()},
        "ensemble": {split(k): k for k in known.ENSEMBLES},
    }


def genre_called(name: str) -> str:
    """A style's own name for `name`, which may be another word for it; what is unknown comes back as it is."""
    return genres().get(split(name), name.strip())
