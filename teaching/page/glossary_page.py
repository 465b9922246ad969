"""The glossary, or some of its terms, as one HTML page."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from partimento.teaching.glossary.entries import TITLES, TOPICS, Entry
from partimento.teaching.naming import Naming
from partimento.teaching.page.shell import document
from partimento.teaching.page.terms import term_articles


def glossary_page(entries: Iterable[Entry], level: str, naming: Naming) -> str:
    """The entries, chapter by chapter, drawn and playable; for "beginner" in plain words alone."""
    chosen = list(entries)
    known = frozenset(entry.id for entry in chosen)
    parts: list[str] = []
    sounds: dict[str, Any] = {}
    glyphs: dict[str, str] = {}
    topics = [topic for topic in TOPICS if any(entry.topic == topic for entry in chosen)]
    for topic in topics:
        found = term_articles([entry for entry in chosen if entry.topic == topic], level, naming, known)
        sounds.update(found.sounds)
        glyphs.update(found.glyphs)
        parts.append(
            f'<section aria-labelledby="topic-{topic}"><h2 id="topic-{topic}">{TITLES[topic]}</h2>'
            f'<div class="terms">{found.html}</div></section>'
        )
    body = f"{_header(topics, len(chosen))}<main>{''.join(parts)}</main>{_FOOTER}"
    return document("Glossary", body, {"sounds": sounds, "chords": [], "phrases": [], "terms": {}}, glyphs)


_FOOTER = "<footer><p>Made with Partimento. This file needs no connection.</p></footer>"


def _header(topics: Sequence[str], count: int) -> str:
    links = "".join(f'<li><a href="#topic-{topic}">{TITLES[topic]}</a></li>' for topic in topics)
    terms = "one term" if count == 1 else f"{count} terms"
    return (
        f'<header><h1>Glossary</h1><p class="facts">{terms}, each with an example to see and to hear</p>'
        '<div class="tools"><button type="button" id="stop">Stop the sound</button>'
        '<span id="status" role="status" class="hidden"></span></div></header>'
        f'<nav aria-label="Chapters"><ul>{links}</ul></nav>'
    )
