"""What a musician would circle on an engraved page: collisions, breaks in the wrong place, signs on the wrong side."""

from __future__ import annotations

import re
from functools import cache
from itertools import accumulate
from xml.etree import ElementTree
from xml.etree.ElementTree import Element

import pytest

from partimento.composer.compose import compose
from partimento.score.brief import Brief
from partimento.score.notation.engrave import LETTER, svg_pages
from partimento.score.notation.engrave_glyphs import music_path, music_width, text_width
from partimento.score.notation.engrave_measure import of_class
from partimento.score.notation.full_score import full_score, part_page
from partimento.score.notation.musicxml import musicxml
from partimento.score.notation.page import Page

pytest.importorskip("verovio", reason="engraving needs verovio")

HEAD = (
    '<score-partwise version="4.0"><part-list><score-part id="P1"><part-name>Piano</part-name></score-part></part-list>'
    '<part id="P1">'
)


def note(step: str, octave: int, kind: str = "quarter", extra: str = "", voice: int = 1, staff: int = 1) -> str:
    ticks = {"quarter": 1, "half": 2, "whole": 4}[kind]
    return (
        f"<note><pitch><step>{step}</step><octave>{octave}</octave></pitch><duration>{ticks}</duration>"
        f"<voice>{voice}</voice><type>{kind}</type><staff>{staff}</staff>{extra}</note>"
    )


def chord(step: str, kind: str = "major", text: str = "") -> str:
    return f'<harmony><root><root-step>{step}</root-step></root><kind text="{text}">{kind}</kind></harmony>'


def score(bars: list[str], staves: int = 1) -> bytes:
    clefs = "".join(f'<clef number="{n + 1}"><sign>G</sign><line>2</line></clef>' for n in range(staves))
    begin = (
        "<attributes><divisions>1</divisions><key><fifths>0</fifths></key><time><beats>4</beats>"
        f"<beat-type>4</beat-type></time><staves>{staves}</staves>{clefs}</attributes>"
    )
    measures = (f'<measure number="{n}">{begin if n == 1 else ""}{bar}</measure>' for n, bar in enumerate(bars, 1))
    return (HEAD + "".join(measures) + "</part></score-partwise>").encode()


def roots(xml: bytes, kind: str) -> list[Element]:
    return [ElementTree.fromstring(page) for page in svg_pages(xml, kind=kind)]


def lines(xml: bytes, kind: str = "lead sheet") -> list[int]:
    """Bars a line."""
    return [len(of(system, "measure")) for root in roots(xml, kind) for system in of_class(root, "system")]


def of(root: Element, name: str) -> list[Element]:
    return list(of_class(root, name))


def baselines(root: Element, name: str) -> list[float]:
    return [
        float(text.get("y", "0")) for group in of(root, name) for text in group.iter() if text.tag.endswith("}text")
    ]


def four(step: str = "C", octave: int = 5) -> str:
    return note(step, octave) * 4


def test_a_slur_runs_under_the_chord_symbols() -> None:
    start, stop = (f'<notations><slur type="{kind}" number="1"/></notations>' for kind in ("start", "stop"))
    low = note("D", 4) * 4
    bars = [
        chord("A") + note("D", 4, extra=start) + note("E", 4) * 3,
        chord("D", text="7") + low, chord("G") + low, chord("C") + note("E", 4) * 3 + note("F", 6, extra=stop),
    ]  # fmt: skip
    root = roots(score(bars), "lead sheet")[0]
    points = [
        (float(x), float(y))
        for path in of(root, "slur")[0].iter()
        for x, y in re.findall(r"(-?[\d.]+),(-?[\d.]+)", path.get("d", ""))
    ]
    (left, top), *_, (right, _) = sorted(points)
    for harm in of(root, "harm"):
        place = next(text for text in harm.iter() if text.tag.endswith("}text"))
        x, y = float(place.get("x", "0")), float(place.get("y", "0"))
        near = [height for across, height in points if abs(across - x) < 1500]
        assert not left < x < right or all(y < height for height in near), (x, y, near)
    assert top > 0


def test_a_tempo_stands_over_the_chord_symbols() -> None:
    metronome = "<metronome><beat-unit>quarter</beat-unit><per-minute>90</per-minute></metronome>"
    swing = "<direction><direction-type><words>Swing 16ths</words></direction-type></direction>"
    tempo = f'<direction placement="above"><direction-type>{metronome}</direction-type></direction>'
    root = roots(score([swing + tempo + chord("C") + four(), four()]), "lead sheet")[0]
    assert max(baselines(root, "tempo")) < min(baselines(root, "harm"))
    assert "".join(of(root, "tempo")[0].itertext()).endswith("(Swing 16ths)") and not of(root, "dir")


def test_chord_symbols_keep_to_a_piano_parts_upper_staff() -> None:
    back = "<backup><duration>4</duration></backup>"
    upper, lower = four(), note("C", 3, voice=2, staff=2) * 2
    bar = chord("C") + upper + back + lower + chord("F") + lower
    root = roots(score([bar] * 3, staves=2), "part")[0]
    assert len(of(root, "harm")) == 6 and len(set(baselines(root, "harm"))) == 1


def test_degrees_that_are_not_printed_are_not() -> None:
    degree = (
        '<degree print-object="no"><degree-value>9</degree-value><degree-alter>1</degree-alter>'
        "<degree-type>add</degree-type></degree>"
    )
    symbol = chord("C", "dominant", "7alt").replace("</harmony>", degree + "</harmony>")
    root = roots(score([symbol + four()]), "lead sheet")[0]
    assert "".join("".join(of(root, "harm")[0].itertext()).split()) == "C7alt"


def test_lines_break_before_sections_and_brackets() -> None:
    mark = '<direction placement="above"><direction-type><rehearsal>B</rehearsal></direction-type></direction>'
    assert 6 in accumulate(lines(score([four()] * 6 + [mark + four()] + [four()] * 7)))
    first, second = (
        (f'<barline location="left"><ending number="{n}" type="start"/></barline>',
         f'<barline location="right"><ending number="{n}" type="stop"/>{repeat}</barline>')
        for n, repeat in ((1, '<repeat direction="backward"/>'), (2, ""))
    )  # fmt: skip
    bars = [four()] * 4 + [first[0] + four(), four(), four(), four() + first[1], second[0] + four(), four() + second[1]]
    assert lines(score(bars + [four()] * 2)) == [4, 4, 4]


def test_no_page_is_left_with_one_line() -> None:
    sizes = set()
    for count in range(28, 68, 4):
        found = roots(score([chord("C") + four()] * count), "lead sheet")
        pages = [len(of(root, "system")) for root in found]
        assert len(pages) == 1 or min(pages) >= max(pages) - 2, (count, pages)
        sizes.add(float(of(found[0], "definition-scale")[0].get("viewBox", "").split()[2]))
    # a little smaller where that saves the second page or fills lines, never below 7 mm
    assert len(sizes) > 1 and 720 * 210 / max(sizes) >= 7.0 - 0.01


def test_widths_are_those_of_the_font() -> None:
    # Times: a digit is half an em, a space a quarter; capitals with accents are in the metrics too
    assert text_width("1234") == pytest.approx(2.0, abs=0.01)
    assert text_width("a b") - text_width("ab") == pytest.approx(0.25, abs=0.001)
    assert text_width("Ü") == pytest.approx(text_width("U"), abs=0.02) == pytest.approx(0.72, abs=0.02)
    assert music_path("E260") and 0.1 < music_width("E260") < 0.3
    assert music_path("../../x") == "" and music_path("F8FF") == ""


@cache
def song_page(genre: str) -> Page:
    return full_score(compose(Brief(genre=genre, bars=8, seed=4)))


def heads(page: Page) -> int:
    return sum(
        len(event.notes)
        for part in page.parts
        for bar in part.measures
        for voice in bar.voices
        for event in voice.events
    )


@pytest.mark.parametrize("genre", ["jazz", "salsa"])
def test_a_songs_score_and_parts_are_whole(genre: str) -> None:
    page = song_page(genre)
    score_pages = [ElementTree.fromstring(svg) for svg in svg_pages(musicxml(page), LETTER)]
    assert sum(len(of(root, "note")) for root in score_pages) == heads(page)
    assert sum(len(of(root, "measure")) for root in score_pages) == len(page.bars)
    for track in page.parts[:2]:
        part = part_page(page, track.track)
        drawn = [ElementTree.fromstring(svg) for svg in svg_pages(musicxml(part), LETTER, kind="part")]
        assert sum(len(of(root, "note")) for root in drawn) == heads(part)
        assert track.name in "".join(drawn[0].itertext())
