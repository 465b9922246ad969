"""The page: one file that needs nothing else, that a screen reader can read, whose buttons and links lead somewhere."""

from __future__ import annotations

import doctest
import json
import re
import shutil
import subprocess
from dataclasses import replace
from functools import cache
from html.parser import HTMLParser
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest

from partimento.score.as_piece import piece_of
from partimento.score.performance import Performance
from partimento.score.song import Track
from partimento.score.timeline import Timeline
from partimento.teaching.explaining import subject_of
from partimento.teaching.glossary import playing
from partimento.teaching.glossary.drawing import example_page
from partimento.teaching.glossary.entries import entries
from partimento.teaching.glossary.example import example_of
from partimento.teaching.kinds.registry import kinds
from partimento.teaching.naming import Naming
from partimento.teaching.page import engraved as engraving
from partimento.teaching.page import numerals
from partimento.teaching.page.engraved_apart import engraved_apart
from partimento.teaching.page.explained import explanation_page
from partimento.teaching.page.glossary_page import glossary_page
from partimento.teaching.page.marks import CLOSES, foreign_tones, marked_chords
from partimento.teaching.page.numerals import pretty, spoken
from partimento.teaching.page.reasons import FOREIGN
from partimento.teaching.page.score_parts import chosen_view, view_page
from partimento.teaching.page.shell import document
from partimento.teaching.page.sound import SOUNDS, strands_of
from partimento.teaching.page.terms import linked
from partimento.teaching.reading import Source
from partimento.teaching.subject import Subject
from partimento.theory.errors import BriefError, RenderError
from tests.teaching.told import song_of, told

FOLDER = files("partimento.teaching.page")
VOID = ("meta", "br", "hr", "img", "input", "link")


class Reader(HTMLParser):
    """What a page holds: its elements with their attributes and texts; raises where tags do not close."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[tuple[str, dict[str, str], list[str]]] = []
        self.elements: list[tuple[str, dict[str, str], str]] = []
        self.feed(text)
        self.close()
        assert not self.open, self.open

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        row = (tag, {key: value or "" for key, value in attrs}, list[str]())
        if tag in VOID:
            self.elements.append((tag, row[1], ""))
        else:
            self.open.append(row)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, {key: value or "" for key, value in attrs}, ""))

    def handle_endtag(self, tag: str) -> None:
        opened, attributes, texts = self.open.pop()
        assert opened == tag, f"</{tag}> closes <{opened}>"
        text = " ".join("".join(texts).split())
        self.elements.append((tag, attributes, text))
        if self.open and tag not in ("script", "style"):
            self.open[-1][2].append(text + " ")

    def handle_data(self, data: str) -> None:
        if self.open:
            self.open[-1][2].append(data)

    def all(self, tag: str) -> list[tuple[dict[str, str], str]]:
        """The elements of a name: attributes and text."""
        return [(attributes, text) for name, attributes, text in self.elements if name == tag]


@cache
def page() -> str:
    return explanation_page(told())


@cache
def read() -> Reader:
    return Reader(page())


@cache
def terms() -> str:
    chosen = ("cadence", "half-cadence", "phrygian-half-cadence", "backbeat")
    return glossary_page([entries()[name] for name in chosen], "advanced", Naming())


def _bare(text: str) -> str:
    """Letters and numbers alone: links within a text part its words."""
    return re.sub(r"[\W_]+", "", text)


def data(text: str) -> dict[str, Any]:
    found = re.search(r'<script type="application/json" id="data">(.*?)</script>', text, re.DOTALL)
    assert found is not None
    loaded: dict[str, Any] = json.loads(found[1])
    return loaded


@pytest.fixture(params=["explanation", "glossary"])
def any_page(request: pytest.FixtureRequest) -> str:
    return page() if request.param == "explanation" else terms()


def test_nothing_comes_from_outside(any_page: str) -> None:
    assert not re.search(r"https?:|//[a-z]|\bsrc\s*=|url\(|@import|<link|<iframe|fetch\(|XMLHttp|import\(", any_page)
    for attributes, _ in Reader(any_page).all("a") + Reader(any_page).all("use"):
        assert attributes["href"].startswith("#")


def test_links_and_labels_lead_somewhere(any_page: str) -> None:
    reader = Reader(any_page)
    ids = [attributes["id"] for _, attributes, _ in reader.elements if "id" in attributes]
    assert len(ids) == len(set(ids))
    for _, attributes, _ in reader.elements:
        for target in (attributes.get("href", "").removeprefix("#"), attributes.get("aria-labelledby", "")):
            assert not target or target in ids, target


def test_a_screen_reader_finds_its_way(any_page: str) -> None:
    reader = Reader(any_page)
    assert 'lang="en"' in any_page and len(reader.all("h1")) == len(reader.all("main")) == 1
    assert len(reader.all("header")) == len(reader.all("footer")) == 1
    assert all(attributes.get("aria-label") for attributes, _ in reader.all("nav"))
    levels = [int(level) for level in re.findall(r"<h([1-6])\b", any_page)]
    assert levels[0] == 1 and all(after <= before + 1 for before, after in zip(levels, levels[1:], strict=False))
    for attributes, text in reader.all("button"):
        assert text or attributes.get("aria-label")
        assert attributes["type"] == "button"
    for tag, attributes, _ in reader.elements:
        if attributes.get("role") in ("img", "button", "group"):
            assert attributes.get("aria-label"), tag


def test_reasons_are_announced_and_chords_are_buttons() -> None:
    reader = read()
    assert any(attributes.get("aria-live") == "polite" for attributes, _ in reader.all("div"))
    chords = data(page())["chords"]
    places = [attributes for attributes, _ in reader.all("g") if attributes.get("role") == "button"]
    assert [place["data-c"] for place in places] == [str(number) for number in range(len(chords))]
    for place, chord in zip(places, chords, strict=True):
        assert place["aria-label"] == f"{chord['p']}: {chord['s']}, {chord['w']}"
    rows = [text for _, text in reader.all("tr")][1:]
    assert len(rows) == len(chords) and all(chord["w"] in row for row, chord in zip(rows, chords, strict=True))


def test_a_chord_has_its_reason_and_its_time() -> None:
    chords = data(page())["chords"]
    assert [chord["n"] for chord in chords] == ["I", "ii⁶", "V⁷", "I"]
    assert all(chord["r"] for chord in chords)
    seconds = Timeline(told().subject.song).seconds_at(told().subject.song.end)
    assert chords[0]["a"] == 0 and chords[-1]["b"] == round(1000 * seconds)
    assert all(before["b"] == after["a"] for before, after in zip(chords, chords[1:], strict=False))


def test_terms_that_occur_are_explained_drawn_and_heard() -> None:
    found, reader = data(page()), read()
    used = {term for statement in (*told().statements, *told().reasons) for term in statement.terms}
    articles = {attributes["id"].removeprefix("term-") for attributes, _ in reader.all("article")}
    assert used <= articles == set(found["terms"])
    for term in articles:
        assert found["sounds"][term][0]["n"]
    drawings = [attributes for attributes, _ in reader.all("div") if attributes.get("class") == "drawn"]
    assert len(drawings) == len(articles)
    glyphs = {attributes["id"] for attributes, _ in reader.all("g") if "id" in attributes}
    assert {attributes["href"].removeprefix("#") for attributes, _ in reader.all("use")} <= glyphs


def test_notes_are_found_by_tick_and_number() -> None:
    example = example_of(entries()["chromatic-scale"].example)
    drawn = engraving.engraved(example_page(example))
    assert sorted(drawn.notes.values()) == sorted((n.onset, n.number) for t in example.song.tracks for n in t.notes)
    keyed = example_of(
        {**entries()["palm-muting"].example, "key": "D# minor", "music": "M: D#5q E#5 F##5 Bb4", "chords": ""}
    )
    drawn = engraving.engraved(example_page(keyed))
    assert [number for _, number in sorted(drawn.notes.values())] == [75, 77, 79, 70]


def test_every_kind_of_close_has_letters_and_a_term() -> None:
    (kind,) = (kind for kind in kinds() if kind.id == "harmony.cadence")
    assert set(kind.terms) == {term for _, term in CLOSES.values()}


def test_docstrings() -> None:
    assert all(doctest.testmod(module).failed == 0 for module in (numerals, playing))


def test_closes_stand_in_the_score_and_in_the_legend() -> None:
    assert ">PAC</text>" in page()
    legend = next(text for attributes, text in read().all("ul") if attributes.get("class") == "legend")
    assert "PAC perfect authentic cadence" in legend


@pytest.mark.parametrize(("name", "kind"), [("passing-tone", "passing"), ("neighbor-tone", "neighbour")])
def test_foreign_tones_have_colour_shape_and_letters(name: str, kind: str) -> None:
    subject = told(name).subject
    marked = foreign_tones(subject)
    labelled = {n.onset for t in subject.song.tracks for n in t.notes if n.lyric}
    assert {tick for (tick, _), found in marked.items() if found == kind} == labelled
    letters, family, term = FOREIGN[kind]
    text = explanation_page(replace(told(name), statements=(), reasons=()))
    assert text.count(f'class="foreign {family}"') == len(marked)
    assert f">{letters}</text>" in text and f'id="term-{term}"' in text


def test_without_an_engraver_the_page_says_so_and_still_tells(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing() -> None:
        raise RenderError("engraving needs verovio")

    monkeypatch.setattr(engraving, "verovio_module", missing)
    text = explanation_page(told())
    reader = Reader(text)
    assert "not drawn here: engraving needs verovio." in text and "<svg" not in text
    items = [_bare(item) for _, item in reader.all("li")]
    assert told().statements
    assert all(any(_bare(told_.text) in item for item in items) for told_ in told().statements)
    rows = [attributes for attributes, _ in reader.all("button") if "data-c" in attributes]
    assert len(rows) >= len(data(text)["chords"]) > 0
    assert data(text)["sounds"]["main"]


def test_a_foreign_score_is_set_apart_and_alike() -> None:
    page_ = example_page(example_of(entries()["half-cadence"].example))
    below = [engraving.Below(0, "I"), engraving.Below(1920, "V", "HC")]
    assert engraved_apart(page_, below) == engraving.engraved(page_, below)
    with pytest.raises(RenderError, match="takes more than"):
        engraved_apart(page_, seconds=0.01)


def test_titles_are_harmless() -> None:
    title = '</script><b onclick="x">'
    text = explanation_page(replace(told(), subject=_titled(told().subject, title), statements=(), reasons=()))
    Reader(text)
    assert "<b onclick" not in text and text.count("</script>") == 2


def test_data_cannot_end_their_script() -> None:
    text = document("A", "<main></main>", {"x": "</script><b>"}, {})
    assert text.count("</script>") == 2 and data(text) == {"x": "</script><b>"}


def _titled(subject: Subject, title: str) -> Subject:
    return Subject(replace(subject.song, title=title), subject.piece, subject.analysis, subject.recorded)


def test_views() -> None:
    subject = told().subject
    assert chosen_view(subject, "auto") == "full"
    assert chosen_view(told("groove").subject, "auto") == "lead"
    with pytest.raises(BriefError, match=r"Unknown view of a score 'ful'.*Did you mean 'full'"):
        chosen_view(subject, "ful")


def test_a_lead_view_has_the_tune_and_the_bass() -> None:
    song = song_of("arrangement")
    subject = subject_of(Source(song, piece_of(song), False))
    assert [part.track for part in view_page(subject, "lead").parts] == ["Melody", "Bass"]
    assert len(view_page(subject, "full").parts) == 4


def test_four_single_voices_stand_on_two_staves() -> None:
    song = song_of("perfect-authentic-cadence")
    lines = [(t.name, voice, tuple(n for n in t.notes if n.voice == voice)) for t in song.tracks for voice in (0, 1)]
    tracks = tuple(Track(f"{name} {voice}", "harmony", "flute", notes) for name, voice, notes in lines)
    hymn = replace(song, tracks=tracks, performance=Performance())
    subject = subject_of(Source(hymn, piece_of(hymn), False))
    (part,) = view_page(subject, "full").parts
    assert part.clefs == ("treble", "bass")
    assert [(voice.number, voice.staff) for voice in part.measures[0].voices] == [(1, 1), (2, 1), (5, 2), (6, 2)]
    stems = [{event.stem for event in voice.events} for voice in part.measures[0].voices]
    assert stems == [{"up"}, {"down"}, {"up"}, {"down"}]
    written = {n.pitch for m in part.measures for v in m.voices for event in v.events for n in event.notes}
    assert written == {note.pitch for track in tracks for note in track.notes}


def test_a_low_part_is_read_in_bass_clef() -> None:
    song = song_of("walking-bass")
    low = replace(song, tracks=(replace(song.tracks[0], instrument="flute", role="lead"),))
    (part,) = view_page(subject_of(Source(low, piece_of(low), False)), "full").parts
    assert part.clefs == ("bass",)


def test_phrases_of_the_player_hold_the_chords() -> None:
    found = data(page())
    assert all(any(a <= chord["a"] < b for a, b in found["phrases"]) for chord in found["chords"])


def test_strands_are_what_is_played() -> None:
    song = song_of("panning")
    strands = strands_of(song)
    assert [strand.pan < 0 for strand in strands] == [True, False]
    assert all(strand.sound in SOUNDS for strand in strands)
    assert sum(len(strand.notes) for strand in strands) == sum(len(track.notes) for track in song.tracks)
    onsets = sorted(note[0] for strand in strands for note in strand.notes)
    line = Timeline(song)
    assert onsets == sorted(round(1000 * line.seconds_at(n.onset)) for t in song.tracks for n in t.notes)


def test_chords_are_named_as_the_reader_names_them() -> None:
    told_of = told(naming=Naming(notes="german", dialect="british"))
    chords = marked_chords(told_of.subject, told_of.statements, told_of.reasons, told_of.naming)
    assert chords[0].place.startswith("Bar 1, beat 1")


@pytest.mark.parametrize(
    ("numeral", "eye", "ear"),
    [
        ("I", "I", "one"), ("V65/V", "V⁶₅/V", "five six five of five"), ("viio7", "vii°⁷", "diminished seven on seven"),
        ("iiø65", "iiø⁶₅", "half-diminished six five on two"), ("bVI", "♭VI", "flat six"),
        ("V7b9", "V⁷♭⁹", "five seven flat nine"), ("IVmaj7", "IVmaj⁷", "four major seven"),
        ("viio7/ii", "vii°⁷/ii", "diminished seven on seven of minor two"), ("N6", "N⁶", "Neapolitan sixth"),
        ("i64", "i⁶₄", "minor one six four"), ("subV7", "subV⁷", "flat two seven"), ("V13", "V¹³", "five thirteen"),
        ("Ger6", "Ger⁶", "German sixth"), ("V7@1", "V⁷ over 1", "five seven over one"), ("?", "?", "?"),
    ],
)  # fmt: skip
def test_numerals_for_eye_and_ear(numeral: str, eye: str, ear: str) -> None:
    assert (pretty(numeral), spoken(numeral)) == (eye, ear)


def test_links_stand_at_the_words_themselves() -> None:
    html = linked("Two suspensions & a key.", ("suspension", "key", "tonic"), Naming())
    assert html == (
        'Two <a href="#term-suspension">suspensions</a> &amp; a <a href="#term-key">key</a>.'
        ' <span class="also">(<a href="#term-tonic">tonic</a>)</span>'
    )


def _colours(block: str) -> dict[str, str]:
    return dict(re.findall(r"--([a-z-]+):\s*(#[0-9a-f]{6})", block))


def _contrast(one: str, other: str) -> float:
    """After WCAG 2.2, "contrast ratio"."""

    def light(colour: str) -> float:
        parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
        linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    high, low = sorted((light(one), light(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


def test_everything_can_be_read_in_light_and_dark() -> None:
    style = (FOLDER / "page.css").read_text(encoding="utf-8")
    light_block, _, rest = style.partition("@media (prefers-color-scheme: dark)")
    light = _colours(light_block)
    dark = light | _colours(rest.partition("* {")[0])
    for scheme in (light, dark):
        pairs = [(text, ground) for text in ("ink", "quiet", "link") for ground in ("ground", "panel")]
        pairs += [("button-ink", "button"), ("step", "paper"), ("leap", "paper"), ("held", "paper"), ("close", "paper")]
        for text, ground in pairs:
            assert _contrast(scheme[text], scheme[ground]) >= 4.5, (text, ground)
    assert "prefers-reduced-motion" in style


@pytest.mark.skipif(shutil.which("node") is None, reason="node reads the script, where it is installed")
def test_the_script_is_javascript(tmp_path: Path) -> None:
    script = tmp_path / "page.js"
    script.write_text((FOLDER / "page.js").read_text(encoding="utf-8"), encoding="utf-8")
    done = subprocess.run(["node", "--check", str(script)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
