"""An explanation as plain text, Markdown and JSON; HTML is made in `teaching.page`.

Conventions: every format says the same. In text a line has at most `WIDTH` characters; JSON begins with `format` and
`version`, and its fields are described in docs/explaining.md.
"""

from __future__ import annotations

import json
import textwrap
from collections.abc import Iterator

from partimento.teaching.claim import TOPICS, Claim, Statement
from partimento.teaching.glossary.entries import entries
from partimento.teaching.page.explained import TITLES, Explained
from partimento.teaching.page.marks import marked_chords
from partimento.teaching.page.numerals import spoken

FORMATS = ("text", "markdown", "html", "json")
WIDTH = 88
VERSION = 1


def as_text(told: Explained) -> str:
    """Headings, and a paragraph a statement with its place before it; at the end the terms that occur."""
    lines = [told.title, "=" * len(told.title), ""]
    lines += [wrapped for notice in told.notices for wrapped in _wrapped(notice)]
    for topic, statements in _by_topic(told):
        lines += ["", TITLES[topic], "-" * len(TITLES[topic])]
        for statement in statements:
            place = f"{capital(statement.place)}: " if statement.place else ""
            source = f" ({statement.source})" if statement.source else ""
            lines += _wrapped(f"{place}{statement.text}{source}", "    ")
    names = "; ".join(told.naming.term(term) for term in used_terms(told))
    if names:
        lines += ["", "Terms", "-----", *_wrapped(names)]
    return "\n".join(lines) + "\n"


def as_markdown(told: Explained) -> str:
    """Headings and lists; each term is a footnote that says what it means."""
    lines = [f"# {_marked(told.title)}", ""]
    lines += [line for notice in told.notices for line in (_marked(notice), "")]
    for topic, statements in _by_topic(told):
        lines += [f"## {TITLES[topic]}", ""]
        for statement in statements:
            place = f"**{_marked(capital(statement.place))}**: " if statement.place else ""
            notes = "".join(f"[^{term}]" for term in statement.terms)
            source = f" *{_marked(statement.source)}*" if statement.source else ""
            lines.append(f"- {place}{_marked(statement.text)}{notes}{source}")
        lines.append("")
    for term in used_terms(told):
        entry = entries()[term]
        name = told.naming.term(term)
        lines.append(f"[^{term}]: **{_marked(name)}**: {_marked(entry.text(told.level, told.naming.dialect))}")
    return "\n".join(lines) + "\n"


def as_json(told: Explained) -> str:
    """The explanation for programs: the piece, the statements, the chords with their reasons, the terms."""
    subject = told.subject
    chords = marked_chords(subject, told.statements, told.reasons, told.naming, told.level, told.span)
    bars = subject.music.bars
    data = {
        "format": "partimento-explanation",
        "version": VERSION,
        "title": subject.song.title,
        "level": told.level,
        "recorded": subject.recorded,
        "key": str(subject.analysis.key),
        "bars": [bars[0].number, bars[-1].number] if bars else [],
        "notices": list(told.notices),
        "statements": [_statement(statement) for statement in told.statements],
        "chords": [
            {
                "bar": chord.bar, "beat": chord.beat, "start": chord.start, "end": chord.end, "symbol": chord.symbol,
                "numeral": chord.roman, "spoken": spoken(chord.roman), "key": chord.key,
                "reasons": [{"text": text, "terms": list(terms)} for text, terms in chord.reasons],
            }
            for chord in chords
        ],
        "terms": {
            term: {"name": told.naming.term(term), "text": entries()[term].text(told.level, told.naming.dialect)}
            for term in used_terms(told)
        },
    }  # fmt: skip
    return json.dumps(data, indent=2, ensure_ascii=False) + "\n"


def used_terms(told: Explained) -> tuple[str, ...]:
    """The ids of the terms of all statements, in the glossary's order."""
    used = {term for statement in told.statements for term in statement.terms}
    return tuple(term for term in entries() if term in used)


def _by_topic(told: Explained) -> Iterator[tuple[str, list[Statement]]]:
    for topic in TOPICS:
        here = [statement for statement in told.statements if statement.topic == topic]
        if here:
            yield topic, here


def _wrapped(text: str, hanging: str = "") -> list[str]:
    return textwrap.wrap(text, WIDTH, subsequent_indent=hanging, break_on_hyphens=False)


def _statement(statement: Statement) -> dict[str, object]:
    claim = statement.claim
    return {
        "topic": statement.topic,
        "kind": claim.kind,
        "text": statement.text,
        "place": statement.place,
        "spans": [list(span) for span in _spans(claim)],
        "track": claim.track,
        "basis": claim.basis,
        "sure": round(claim.sure, 3),
        "values": dict(claim.values),
        "second": dict(claim.second),
        "terms": list(statement.terms),
        "source": statement.source,
    }


def _spans(claim: Claim) -> tuple[tuple[int, int], ...]:
    return claim.places or ((claim.start, claim.end),)


def capital(text: str) -> str:
    """The text with a capital at its beginning."""
    return text[:1].upper() + text[1:]


def _marked(text: str) -> str:
    """The text with Markdown's signs taken literally."""
    for sign in "\\`*_[]<":
        text = text.replace(sign, f"\\{sign}")
    return text
