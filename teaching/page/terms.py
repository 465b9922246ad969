"""Terms of the glossary in a page: what each means, its example drawn, and a button to hear it."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from html import escape
from typing import Any
from xml.etree import ElementTree

from partimento.teaching.glossary.drawing import example_page
from partimento.teaching.glossary.entries import Entry, worded
from partimento.teaching.glossary.example import Example, example_of
from partimento.teaching.glossary.playing import performed
from partimento.teaching.naming import Naming
from partimento.teaching.page.engraved import Below, engraved
from partimento.teaching.page.numerals import pretty
from partimento.teaching.page.score_view import inline
from partimento.teaching.page.sound import strands_of
from partimento.theory.errors import RenderError

WIDTH_MM = 130.0
"""How wide an example is drawn."""


@dataclass(frozen=True, slots=True)
class TermArticles:
    """Articles as HTML, what they sound like by id, and the glyphs that their drawings use."""

    html: str
    sounds: Mapping[str, Any]
    glyphs: Mapping[str, str]


def term_articles(entries: Iterable[Entry], level: str, naming: Naming, known: Collection[str]) -> TermArticles:
    """An article each, linked with those of `known`; without verovio they have no drawings."""
    html: list[str] = []
    sounds: dict[str, Any] = {}
    glyphs: dict[str, str] = {}
    for entry in entries:
        example = example_of(entry.example, entry.id)
        drawing, used = drawn(example, naming)
        glyphs.update(used)
        sounds[entry.id] = sounded(example)
        html.append(_article(entry, example, drawing, level, naming, known))
    return TermArticles("\n".join(html), sounds, glyphs)


def drawn(example: Example, naming: Naming | None = None, width: float = WIDTH_MM) -> tuple[str, Mapping[str, str]]:
    """The example as inline SVG and the glyphs it uses; empty without verovio."""
    below = [Below(tick, pretty(numeral)) for tick, _, numeral in example.numerals]
    try:
        found = engraved(example_page(example), below, width=width, naming=naming)
    except RenderError:
        return "", {}
    return "".join(inline(ElementTree.fromstring(svg)) for svg in found.sheets), found.glyphs


def sounded(example: Example) -> list[dict[str, object]]:
    """The example for the page's player."""
    return [strand.data() for strand in strands_of(performed(example))]


def linked(text: str, terms: Iterable[str], naming: Naming) -> str:
    """The text as HTML with links to its terms: at a term's name where the text has it, else after the text."""
    html, after = escape(text), []
    for term in terms:
        name = escape(naming.term(term))
        at = next(
            (
                m
                for m in re.finditer(rf"\b{re.escape(name)}(?:s|es)?\b", html, re.IGNORECASE)
                if _is_free(html, m.start())
            ),
            None,
        )
        if at is not None:
            html = f'{html[: at.start()]}<a href="#term-{term}">{at[0]}</a>{html[at.end() :]}'
        else:
            after.append(f'<a href="#term-{term}">{name}</a>')
    return html + (f' <span class="also">({", ".join(after)})</span>' if after else "")


def _is_free(html: str, at: int) -> bool:
    """Whether no link is open there."""
    return html.rfind("<a", 0, at) <= html.rfind("</a>", 0, at)


def _article(entry: Entry, example: Example, drawing: str, level: str, naming: Naming, known: Collection[str]) -> str:
    name = escape(entry.named(naming.dialect))
    exact = f"<p>{escape(worded(entry.exact, naming.dialect))}</p>" if level != "beginner" else ""
    see = ", ".join(
        f'<a href="#term-{other}">{escape(naming.term(other))}</a>' if other in known else escape(naming.term(other))
        for other in entry.see
    )
    also = f'<p class="also">See also: {see}</p>' if see else ""
    caption = escape(worded(example.caption, naming.dialect))
    figure = f'<div class="drawn" role="img" aria-label="Notes: {caption}">{drawing}</div>' if drawing else ""
    return (
        f'<article id="term-{entry.id}" aria-labelledby="name-{entry.id}"><h3 id="name-{entry.id}">{name}</h3>'
        f"<p>{escape(worded(entry.plain, naming.dialect))}</p>{exact}<figure>{figure}<figcaption>{caption} "
        f'<button type="button" data-play="{entry.id}" aria-label="Hear an example: {name}">Hear</button>'
        f"</figcaption></figure>{also}</article>"
    )
