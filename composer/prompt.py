"""What a free-text prompt asks for, by rules: the longest phrase that means something, from left to right.

Conventions: case, hyphens and punctuation do not matter, but for the letter of a key; every word is used once; what is
neither understood nor an everyday word is told as ignored. Text of any kind is accepted and nothing here raises.
`prompt_merge.merge` lets options win over the prompt.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

from partimento.arrangement.style_head import style_heads
from partimento.composer import prompt_words as known
from partimento.composer.prompt_music import form, key, meter, sections
from partimento.composer.prompt_numbers import bars, duration, parse_duration, tempo
from partimento.composer.prompt_tables import KINDS, Match, Text, genres, instruments, tables

__all__ = ["Understood", "parse_duration", "understand"]


@dataclass(frozen=True, slots=True)
class Understood:
    """What the words give. `pace` (0 slow to 1 fast) and `mode` wait for a style or a seed to become tempo and key;
    `named_form` for the style's form of that name, `wanted_section` for one that has such a section.

    `understood` holds (words, meaning) in order, `ignored` the phrases of which nothing could be made.
    """

    prompt: str = ""
    genre: str = ""
    title: str = ""
    key: str | None = None
    mode: str | None = None
    tempo_bpm: float | None = None
    marking_bpm: float | None = None
    pace: float | None = None
    meter: str | None = None
    bars: int | None = None
    duration_s: float | None = None
    form: tuple[str, ...] = ()
    named_form: str = ""
    wanted_section: str = ""
    instruments: tuple[str, ...] = ()
    featured: tuple[str, ...] = ()
    without: tuple[str, ...] = ()
    not_genres: tuple[str, ...] = ()
    energy: float | None = None
    mood: str | None = None
    understood: tuple[tuple[str, str], ...] = ()
    ignored: tuple[str, ...] = ()


_TITLE = re.compile(r"""(?:\b(?:called|titled|entitled|named)\s+)?["“„«]([^"“”„»]{1,120})["”»]""")
_QUOTED = re.compile(r"""\b(?:called|titled|entitled|named)\s+['‘]([^'’]{1,120})['’](?!\w)""")
_BARE_TITLE = re.compile(
    r"\b(?:called|titled|entitled|named)\s+((?:[A-Z][\w'’]*)(?:\s+(?:of|the|a|and|[A-Z][\w'’]*))*)"
)

_READERS = (tempo, duration, bars, key, meter, form, sections)


def understand(prompt: str) -> Understood:
    """What `prompt` asks for; any text is accepted.

    Left to right, the longest phrase first. Negated instruments are left out, other negated wishes are dropped (and
    told as ignored). Of two genres, tempi, keys, moods the first counts, but in "country rock" the second.
    """
    reader = _Reader(prompt)
    reader.read()
    return reader.result()


class _Reader:
    """Reads one prompt; `found` collects the fields, the first value of each staying."""

    def __init__(self, prompt: str) -> None:
        self.prompt = prompt
        self.found: dict[str, Any] = {}
        self.said: list[tuple[str, str]] = []
        self.ignored: list[str] = []
        self.genre_end = -1
        self.genre_said = -1
        self.hint = ""
        self.text = Text(prompt, self._title(prompt))
        self.words = self.text.words

    def _title(self, prompt: str) -> str:
        """Takes a title out of the text, which keeps its length."""
        for pattern in (_TITLE, _QUOTED, _BARE_TITLE):
            match = pattern.search(prompt)
            if match and match[1].strip():
                self.found["title"] = " ".join(match[1].split())
                self.said.append((" ".join(match[0].split()), f"title {self.found['title']}"))
                return prompt[: match.start()] + " " * (match.end() - match.start()) + prompt[match.end() :]
        return prompt

    def read(self) -> None:
        """Consume all words."""
        at = 0
        while at < len(self.words):
            at += self._negated(at) or self._wanted(at) or self._left_over(at)

    def result(self) -> Understood:
        """The fields found."""
        if "genre" not in self.found and self.hint:
            self.found["genre"] = self.hint
        key = self.found.get("key")
        if key and " " not in key:
            self.found["key"] = f"{key} {self.found.pop('mode', 'major')}"
        return replace(
            Understood(), prompt=self.prompt, understood=tuple(self.said), ignored=tuple(self.ignored),
            **self.found,
        )  # fmt: skip

    def _left_over(self, at: int) -> int:
        if self.words[at] not in known.STOPWORDS:
            self.ignored.append(self.text.written(at, 1))
        return 1

    def _wanted(self, at: int) -> int:
        match = self._best(at)
        if match is None:
            return 0
        written = self.text.written(at, match.length)
        parts = match.meanings or (match.meaning,) * len(match.fields)
        kept = [
            part
            for (field, value), part in zip(match.fields, parts, strict=True)
            if self._accept(field, value, at, match.length)
        ]
        if kept:
            self.said.append((written, ", ".join(dict.fromkeys(kept))))
            if match.fields[0][0] == "genre":
                self.genre_said = len(self.said) - 1
        else:
            self.ignored.append(written)
        return match.length

    def _accept(self, field: str, value: object, at: int, length: int) -> bool:
        if field in ("featured", "without", "instruments", "not_genres"):
            assert isinstance(value, tuple)
            have = self.found.get(field, ())
            assert isinstance(have, tuple)
            fresh = tuple(v for v in value if v not in have) if field != "instruments" else value
            self.found[field] = (*have, *fresh)
            return True
        if field == "hint":
            self.hint = self.hint or str(value)
            return True
        if field == "genre":
            if self.found.get("genre", value) != value:
                if self.genre_end != at or self.words[at : at + length] in known.LOOSE_GENRES:
                    return False
                # "jazzy pop": the first word told of another genre, and is not what was understood.
                words, _ = self.said.pop(self.genre_said)
                self.ignored.append(words)
            self.found["genre"] = value
            self.genre_end = at + length
            return True
        if field == "mode" and " " in self.found.get("key", ""):
            return False
        if field in self.found:
            return bool(self.found[field] == value)
        self.found[field] = value
        return True

    def _best(self, at: int) -> Match | None:
        """The longest match at a word; of equal ones the first in the order tried."""
        best: Match | None = None
        matches = (
            self._exact_band(at),
            self._pieces(at),
            *(reader(self.text, at) for reader in _READERS),
            self._instrument(at),
            self._phrase(at),
        )
        for match in matches:
            if match is not None and (best is None or match.length > best.length):
                best = match
        return best

    # -- what is not wanted

    def _negated(self, at: int) -> int:
        words = self.words
        length = 1
        if words[at] in ("leave", "leaving", "drop") and words[at + 1 : at + 2] == ("out",):
            length = 2
        elif words[at] == "do" and words[at + 1 : at + 2] == ("not",):
            length = 2
        elif self.text.is_at(at, "anything", "everything", "all") and self.text.is_at(at + 1, "but", "except"):
            length = 2
        elif words[at] not in known.NEGATORS:
            return 0
        start = at + length
        while start < len(words) and words[start] in known.DETERMINERS:
            start += 1
        if start >= len(words):
            return 0
        commas = words[at] not in ("no", "not")
        names, end = self._list(start, ("and", "or", "nor", "&", *((",",) if commas else ())), kinds=True)
        if names:
            self.said.append((self.text.written(at, end - at), f"without {', '.join(names)}"))
            self._accept("without", names, at, end - at)
            return end - at
        pace = self.text.longest(tables()["pace"], start)
        if pace is not None and words[at] == "not":
            self.said.append((self.text.written(at, start - at + pace[0]), "medium tempo"))
            self.found.setdefault("pace", 0.5)
            return start - at + pace[0]
        match = self._best(start)
        if match is None:
            return 0
        end = start + match.length
        barred = tuple(str(value) for field, value in match.fields if field == "genre")
        if barred:
            self.said.append((self.text.written(at, end - at), f"not {', '.join(barred)}"))
            self._accept("not_genres", barred, at, end - at)
        else:
            self.ignored.append(self.text.written(at, end - at))
        return end - at

    # -- instruments

    def _list(self, at: int, between: Iterable[str], kinds: bool = False) -> tuple[tuple[str, ...], int]:
        """Instruments from `at` on, joined by words of `between`; and the word after them.

        With `kinds` a word for a kind of instrument stays as it is.
        """
        names: list[str] = []
        end = at
        while True:
            start = end
            if names:
                while start < len(self.words) and self.words[start] in between:
                    start += 1
                if start == end:
                    break
            while start < len(self.words) and self.words[start] in ("a", "an", "the", "any", "one", "some"):
                if kinds and names and self.words[start] in ("a", "an"):
                    break
                start += 1
            if kinds and names and self._only_follows(start):
                break  # "without sax, guitar only" asks for the guitar
            ensemble = self.text.longest(tables()["ensemble"], start)
            single = self.text.longest(instruments(), start)
            if ensemble is not None and (single is None or ensemble[0] >= single[0]):
                names += known.ENSEMBLES[str(ensemble[1])]
                end = start + ensemble[0]
            elif single is not None and not self._is_genre(start, single[0]):
                word = self.words[start]
                names.append(word if kinds and single[0] == 1 and word in KINDS else str(single[1]))
                end = start + single[0]
            else:
                break
        return tuple(names), end

    def _is_genre(self, at: int, length: int) -> bool:
        """Whether the instrument's word really begins a genre's longer name ("drum and bass")."""
        longer = self.text.longest(genres(), at)
        return longer is not None and longer[0] > length

    def _exact_band(self, at: int) -> Match | None:
        """ "for violin and piano", "solo piano", "string quartet", "just bass and drums", "piano only"."""
        start = at
        marked = self.words[at] in known.ONLY
        if marked:
            start += 1
            while start < len(self.words) and self.words[start] in (*known.DETERMINERS, "solo", "just", "only"):
                start += 1
        elif self.text.longest(tables()["ensemble"], at) is None and not self._only_follows(at):
            return None
        # "a jazz quartet with trumpet" is four players still.
        joined = ("and", "&", "+", ",", "plus", *(() if self.text.longest(tables()["ensemble"], start) else ("with",)))
        names, end = self._list(start, joined)
        if not names:
            return None
        end += 1 if self.words[end : end + 1] in (("only",), ("alone",), ("solo",)) else 0
        if end < len(self.words) and self.words[end] in ("solo", "intro", "lesson", "lessons", "player", "players"):
            return None
        hint = self._ensemble_hint(at, end)
        fields: list[tuple[str, object]] = [("instruments", names)]
        if hint:
            fields.append(("hint", hint))
        return Match(end - at, f"exactly {', '.join(names)}", tuple(fields))

    def _only_follows(self, at: int) -> bool:
        single = self.text.longest(instruments(), at)
        return single is not None and self.words[at + single[0] : at + single[0] + 1] in (("only",), ("alone",))

    def _pieces(self, at: int) -> Match | None:
        """ "piano piece", "a classical guitar étude": music for that instrument alone."""
        single = self.text.longest(instruments(), at)
        if single is None or not self.text.is_at(at + single[0], *known.PIECES):
            return None
        fields: list[tuple[str, object]] = [("instruments", (str(single[1]),))]
        if "classical" in style_heads():
            fields.append(("hint", "classical"))
        return Match(single[0] + 1, f"exactly {single[1]}", tuple(fields))

    def _ensemble_hint(self, at: int, end: int) -> str:
        for i in range(at, end):
            found = self.text.longest(tables()["ensemble"], i)
            if found is not None:
                name = known.ENSEMBLE_GENRES.get(str(found[1]), "")
                return name if name in style_heads() else ""
        return ""

    def _instrument(self, at: int) -> Match | None:
        found = self.text.longest(instruments(), at)
        if found is None:
            return None
        length, name = found
        fields: list[tuple[str, object]] = [("featured", (name,))]
        hint = genres().get(self.words[at : at + 1])
        if hint is not None and length > 1:
            fields.append(("hint", hint))
        more = 1 if self.words[at + length : at + length + 1] == ("solo",) else 0
        if more:
            fields.append(("wanted_section", "solo"))
        return Match(length + more, f"with {name}", tuple(fields))

    # -- single phrases

    def _genre(self, at: int, length: int, name: str) -> Match:
        """A genre, and the meter its name tells of ("jazz waltz")."""
        meter = next((tables()["meter"][(word,)] for word in self.words[at : at + length]
                      if (word,) in tables()["meter"]), None)
        if meter is None:
            return Match(length, f"genre {name}", (("genre", name),))
        fields = (("genre", name), ("meter", meter))
        return Match(length, f"genre {name}, meter {meter}", fields, (f"genre {name}", f"meter {meter}"))

    def _phrase(self, at: int) -> Match | None:
        """A genre, or a word for mood, energy and tempo, which may be all three at once."""
        genre = self.text.longest(genres(), at)
        parts = [(name, self.text.longest(tables()[name], at)) for name in ("mood", "pace", "marking", "energy")]
        longest = max((found[0] for _, found in parts if found is not None), default=0)
        if genre is not None and genre[0] >= longest:
            return self._genre(at, genre[0], str(genre[1]))
        if not longest:
            return None
        fields: list[tuple[str, object]] = []
        says: list[str] = []
        for name, found in parts:
            if found is None or found[0] < longest:
                continue
            if name == "mood":
                fields.append(("mood", found[1]))
                says.append(f"mood {found[1]}")
            elif name == "energy":
                fields.append(("energy", found[1]))
                says.append(f"energy {found[1]}")
            elif name == "pace":
                fields.append(("pace", found[1]))
                says.append(_pace_words(float(str(found[1]))))
            else:
                fields.append(("marking_bpm", float(str(found[1]))))
                says.append(f"about {found[1]} bpm")
                if "classical" in style_heads():
                    fields.append(("hint", "classical"))
        meanings = (*says, *says[-1:] * (len(fields) - len(says)))
        return Match(longest, ", ".join(says), tuple(fields), meanings)


def _pace_words(pace: float) -> str:
    return "slow" if pace < 0.3 else "fast" if pace > 0.6 else "medium tempo"
