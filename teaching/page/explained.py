"""The page of an explanation: the score with its reasons, what is told topic by topic, and the terms that occur."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape
from typing import Any

from partimento.score.timeline import Timeline
from partimento.teaching.claim import TOPICS, Statement
from partimento.teaching.glossary.entries import entries
from partimento.teaching.naming import Naming
from partimento.teaching.page.marks import CLOSES, SIGNS, MarkedChord, chord_number, marked_chords, phrases
from partimento.teaching.page.reasons import FOREIGN, foreign_name
from partimento.teaching.page.score_view import ScoreView, chord_label, figure, score_view
from partimento.teaching.page.shell import document
from partimento.teaching.page.sound import strands_of
from partimento.teaching.page.terms import linked, term_articles
from partimento.teaching.subject import Subject
from partimento.theory.errors import RenderError

TITLES = {
    "form": "Form", "harmony": "Harmony", "melody": "Melody", "voice-leading": "Voice leading", "rhythm": "Rhythm",
    "arrangement": "Arrangement",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Explained:
    """An explanation ready to be shown: what it is of, what is said, why each chord is there, at which level.

    `notices` tell how the file was read; the score of a `foreign` piece is set in a process of its own. `bars` are the
    first and the last that are shown, by their printed numbers; None for all.
    """

    subject: Subject
    statements: tuple[Statement, ...]
    reasons: tuple[Statement, ...]
    level: str
    naming: Naming
    notices: tuple[str, ...] = ()
    foreign: bool = False
    bars: tuple[int, int] | None = None

    @property
    def title(self) -> str:
        """The piece's title, or that it has none."""
        return self.subject.song.title or "Untitled"

    @property
    def span(self) -> tuple[int, int] | None:
        """The ticks that `bars` span, None for the whole piece."""
        if self.bars is None:
            return None
        here = [bar for bar in self.subject.music.bars if self.bars[0] <= bar.number <= self.bars[1]]
        return (here[0].start, here[-1].end) if here else None


def explanation_page(told: Explained, view: str = "auto") -> str:
    """The explanation as one HTML document; `view` of the score is "auto", "full" or "lead"."""
    chords = marked_chords(told.subject, told.statements, told.reasons, told.naming, told.level, told.span)
    score: ScoreView | None = None
    missing = ""
    try:
        score = score_view(told.subject, chords, view, apart=told.foreign, naming=told.naming, span=told.span)
    except RenderError as error:
        missing = str(error)
    terms = _terms(told, chords, score)
    articles = term_articles((entries()[term] for term in terms), told.level, told.naming, terms)
    body = "\n".join((
        _header(told), '<main id="main">', _score(told, chords, score, missing), _told(told, chords),
        f'<section aria-labelledby="terms-title" id="terms"><h2 id="terms-title">Terms</h2>{_english(told)}'
        f'<div class="terms">{articles.html}</div></section></main>',
        "<footer><p>Made with Partimento. This file needs no connection.</p></footer>",
    ))  # fmt: skip
    main = [strand.data() for strand in strands_of(told.subject.song)]
    data = {
        "sounds": {"main": main, **articles.sounds},
        "chords": [_chord_data(chord) for chord in chords],
        "phrases": phrases(told.subject),
        "span": _played(told),
        "terms": {term: told.naming.term(term) for term in terms},
    }
    glyphs = {**articles.glyphs, **(score.glyphs if score else {})}
    return document(f"{told.title}: explained", body, data, glyphs)


def _played(told: Explained) -> list[int]:
    """From where to where the page plays, in ms; empty for all."""
    line = Timeline(told.subject.song)
    return [round(1000 * line.seconds_at(tick)) for tick in told.span or ()]


def _terms(told: Explained, chords: Sequence[MarkedChord], score: ScoreView | None) -> tuple[str, ...]:
    """The terms that the page uses, in the glossary's order."""
    used = {term for statement in told.statements for term in statement.terms}
    used |= {term for chord in chords for _, terms in chord.reasons for term in terms}
    if score is not None:
        used |= {CLOSES[kind][1] for kind in score.closes} | {FOREIGN[kind][2] for kind in score.foreign}
    if told.level == "beginner" and any(entries()[term].example.get("numerals") for term in used):
        used.add("roman-numeral")
    return tuple(term for term in entries() if term in used)


def _english(told: Explained) -> str:
    """What the reader must know of the names in the glossary's own texts."""
    if told.naming.notes == "english":
        return ""
    german = " (B is H, B♭ is B)" if told.naming.notes == "german" else " (C is do, D re, E mi)"
    return f'<p class="also">The texts of these terms call notes by their English names{german}.</p>'


def _header(told: Explained) -> str:
    song, subject = told.subject.song, told.subject
    seconds = round(Timeline(song).seconds_at(song.end))
    key = subject.song.keys[0].key if subject.recorded and song.keys else subject.analysis.key
    facts = [
        told.naming.key(key),
        _meter(subject),
        f"{_shown_bars(told)}{len(subject.music.bars)} {told.naming.bar}s",
        f"{seconds // 60}:{seconds % 60:02d}",
    ]
    how = "told from the composer’s own record" if subject.recorded else "told from an analysis of the notes"
    topics = [topic for topic in TOPICS if any(s.topic == topic for s in told.statements)]
    links = "".join(f'<li><a href="#topic-{topic}">{TITLES[topic]}</a></li>' for topic in topics)
    notices = "".join(f"<li>{escape(notice)}</li>" for notice in told.notices)
    notices = f"<details><summary>How the file was read</summary><ul>{notices}</ul></details>" if notices else ""
    return (
        f'<a class="skip" href="#told">Skip to the explanation</a><header><h1>{escape(told.title)}</h1>'
        f'<p class="facts">{escape(" · ".join(facts))} · for {told.level} readers · {how}</p>{notices}</header>'
        f'<nav aria-label="Contents"><ul><li><a href="#score">Score</a></li>{links}'
        '<li><a href="#terms">Terms</a></li></ul></nav>'
    )


def _shown_bars(told: Explained) -> str:
    if told.bars is None:
        return ""
    first, last = told.bars
    return f"{told.naming.bar} {first} of " if first == last else f"{told.naming.bar}s {first}–{last} of "


def _meter(subject: Subject) -> str:
    """The meter that holds longest."""
    lengths: dict[str, int] = {}
    for bar in subject.music.bars:
        lengths[str(bar.meter)] = lengths.get(str(bar.meter), 0) + bar.end - bar.start
    return max(lengths, key=lambda meter: lengths[meter], default="")


def _score(told: Explained, chords: Sequence[MarkedChord], score: ScoreView | None, missing: str) -> str:
    keys = "Choose a chord with the mouse, or with Tab and the arrow keys, to read why it is there."
    gone = f"The score is not drawn here: {missing}. Every chord stands in the list below."
    music = f"<p>{keys if score else escape(gone)}</p>"
    legend = _legend(told.naming, score, {chord.sign for chord in chords}) if score else ""
    whole = "the whole piece" if told.bars is None else f"these {told.naming.bar}s"
    sheets = figure(score.sheets, "The score, chord by chord", "sheet") if score else ""
    return (
        f'<section aria-labelledby="score-title" id="score"><h2 id="score-title">Score</h2>{music}'
        '<div class="tools"><button type="button" data-play="main" aria-pressed="false">'
        f"Play {whole}</button>"
        '<button type="button" id="stop">Stop</button><span id="status" role="status" class="hidden"></span></div>'
        f"{legend}{sheets}{_why()}{_table(chords, told.level, open_=score is None)}</section>"
    )


def _why() -> str:
    buttons = "".join(
        f'<button type="button" data-hear="{what}" disabled>{text}</button>'
        for what, text in (("chord", "Hear the chord"), ("phrase", "Hear the phrase"), ("on", "Play from here"))
    )
    moves = (
        '<button type="button" data-move="-1" aria-label="The chord before">←</button>'
        '<button type="button" data-move="1" aria-label="The next chord">→</button>'
    )
    return (
        '<section class="why" id="why" aria-labelledby="why-heading">'
        '<h3 id="why-heading"><span class="hidden">Why this chord: </span><span id="why-title">No chord is chosen yet'
        f'</span></h3><div id="why-text" aria-live="polite"></div><div class="tools">{buttons}{moves}</div></section>'
    )


def _legend(naming: Naming, score: ScoreView, signs: set[str]) -> str:
    shapes = {"step": "○", "held": "□", "leap": "◇"}
    items = [
        f'<li><b class="{FOREIGN[kind][1]}">{shapes[FOREIGN[kind][1]]} {FOREIGN[kind][0]}</b> '
        f'<a href="#term-{FOREIGN[kind][2]}">{escape(foreign_name(kind, naming))}</a></li>'
        for kind in score.foreign
    ]
    seen: dict[str, str] = {CLOSES[kind][0]: CLOSES[kind][1] for kind in score.closes}
    items += [
        f'<li><b class="close">{letters}</b> <a href="#term-{term}">{escape(naming.term(term))}</a></li>'
        for letters, term in seen.items()
    ]
    items += [f"<li><b>{SIGNS[role]}</b> {meaning}</li>" for role, meaning in _PLAIN.items() if SIGNS[role] in signs]
    items += ["<li><b>·</b> any other chord</li>"] if "·" in signs else []
    return f'<ul class="legend" aria-label="Signs in the score">{"".join(items)}</ul>' if items else ""


_PLAIN = {"T": "the music can rest", "S": "the music has set out", "D": "the music wants to go home"}
"""What the beginner's signs under the score say."""


def _table(chords: Sequence[MarkedChord], level: str, *, open_: bool) -> str:
    plain = level == "beginner"
    heads = "" if plain else '<th scope="col">Numeral</th><th scope="col">In words</th>'
    rows = "".join(
        f"<tr><td>{chord.place}</td><td>{escape(chord.symbol)}</td>"
        + ("" if plain else f"<td>{escape(chord.numeral)}</td><td>{escape(chord.said)}</td>")
        + f"<td>{escape(chord.key)}</td>"
        f'<td><button type="button" class="place" data-c="{number}" aria-label="Why: {escape(chord_label(chord))}">why'
        "</button></td></tr>"
        for number, chord in enumerate(chords)
    )
    return (
        f"<details{' open' if open_ else ''}><summary>All chords as a list</summary><table><caption class="
        '"hidden">The chords in order</caption><thead><tr><th scope="col">Place</th><th scope="col">Chord</th>'
        f'{heads}<th scope="col">Key</th><th scope="col">Reason</th>'
        f"</tr></thead><tbody>{rows}</tbody></table></details>"
    )


def _told(told: Explained, chords: Sequence[MarkedChord]) -> str:
    parts = []
    for topic in TOPICS:
        here = [statement for statement in told.statements if statement.topic == topic]
        if here:
            items = "".join(_item(statement, told.naming, chords) for statement in here)
            parts.append(
                f'<section aria-labelledby="topic-{topic}"><h3 id="topic-{topic}">{TITLES[topic]}</h3>'
                f'<ul class="told">{items}</ul></section>'
            )
    head = '<section id="told" aria-labelledby="told-title"><h2 id="told-title">What is going on</h2>'
    return f"{head}{''.join(parts)}</section>"


def _item(statement: Statement, naming: Naming, chords: Sequence[MarkedChord]) -> str:
    source = f'<span class="source">{escape(statement.source)}</span>' if statement.source else ""
    place = ""
    if statement.place:
        number = chord_number(chords, statement.claim.start)
        words = escape(statement.place[:1].upper() + statement.place[1:])
        place = f'<button type="button" class="place" data-c="{number}">{words}</button> ' if chords else f"{words}: "
    return f"<li>{place}{linked(statement.text, statement.terms, naming)}{source}</li>"


def _chord_data(chord: MarkedChord) -> Mapping[str, Any]:
    return {
        "a": chord.start_ms, "b": chord.end_ms, "p": chord.place,
        "s": chord.symbol, "n": chord.numeral, "w": chord.said, "k": chord.key,
        "r": [[text, list(terms)] for text, terms in chord.reasons],
    }  # fmt: skip
