"""Engraved pages say what the MusicXML says, whole, readable and the same each time."""

from __future__ import annotations

import io
import re
import shutil
import subprocess
import sys
from collections import Counter
from functools import cache
from pathlib import Path
from xml.etree import ElementTree
from xml.etree.ElementTree import Element

import pytest

from partimento.composer.compose import compose
from partimento.score.brief import Brief
from partimento.score.notation import engrave_apart
from partimento.score.notation.engrave import A4, LETTER, Paper, pdf_of, png_of, svg_pages
from partimento.score.notation.engrave_apart import svg_pages_apart
from partimento.score.notation.engrave_glyphs import text_width
from partimento.score.notation.engrave_sheet import sheet_of
from partimento.score.notation.full_score import full_score
from partimento.score.notation.musicxml import musicxml
from partimento.theory.errors import RenderError, ScoreFormatError

pytest.importorskip("verovio", reason="engraving needs verovio")
pytest.importorskip("typst", reason="PDF and PNG need typst")

XLINK = "{http://www.w3.org/1999/xlink}href"
STEPS = "CDEFGAB"


def sheet(parts: dict[str, list[str]], title: str = "Étude ♭ & <more>") -> bytes:
    """A MusicXML file of `parts`: a name and its bars."""
    listed = "".join(
        f'<score-part id="P{n}"><part-name>{name}</part-name>'
        f"<part-abbreviation>{name[:4]}.</part-abbreviation></score-part>"
        for n, name in enumerate(parts)
    )
    music = "".join(
        f'<part id="P{n}">'
        + "".join(f'<measure number="{m}">{bar}</measure>' for m, bar in enumerate(bars, 1))
        + "</part>"
        for n, bars in enumerate(parts.values())
    )
    title = title.replace("&", "&amp;").replace("<", "&lt;")
    text = (
        f'<?xml version="1.0" encoding="UTF-8"?><score-partwise version="4.0">'
        f"<work><work-title>{title}</work-title></work>"
        f'<identification><creator type="composer">Anna Ö.</creator></identification>'
        f"<part-list>{listed}</part-list>{music}</score-partwise>"
    )
    return text.encode()


def begin(fifths: int, sign: str = "G", line: int = 2) -> str:
    return (
        f"<attributes><divisions>1</divisions><key><fifths>{fifths}</fifths></key><time><beats>4</beats>"
        f"<beat-type>4</beat-type></time><clef><sign>{sign}</sign><line>{line}</line></clef></attributes>"
    )


def key(fifths: int) -> str:
    return f"<attributes><key><fifths>{fifths}</fifths></key></attributes>"


def quarters(bar: int) -> str:
    return "".join(
        f"<note><pitch><step>{STEPS[(bar + n) % 7]}</step><octave>4</octave></pitch><duration>1</duration>"
        "<voice>1</voice><type>quarter</type></note>"
        for n in range(4)
    )


REST = '<note><rest measure="yes"/><duration>4</duration><voice>1</voice></note>'
TEMPO = (
    '<direction placement="above"><direction-type><words font-weight="bold">Swing</words></direction-type>'
    "<direction-type><metronome>"
    "<beat-unit>quarter</beat-unit><beat-unit-dot/><per-minute>96</per-minute></metronome></direction-type></direction>"
)
CHORD = (
    "<harmony><root><root-step>B</root-step><root-alter>-1</root-alter></root>"
    '<kind text="m7♭5">half-diminished</kind></harmony>'
)


def mark(name: str) -> str:
    rehearsal = f'<rehearsal enclosure="rectangle">{name}</rehearsal>'
    return f'<direction placement="above"><direction-type>{rehearsal}</direction-type></direction>'


def band(bars: int) -> bytes:
    """A transposing instrument on top, another key below it, drums; both keys change in bar 3."""
    rest = [quarters(n) for n in range(3, bars)]
    first = begin(0) + mark("Intro") + TEMPO + CHORD + quarters(0)
    return sheet({
        "B♭ Trumpet": [first, quarters(1), key(3) + quarters(2), *rest],
        "Flute": [begin(-2) + quarters(0), quarters(1), key(1) + quarters(2), *rest],
        "Drums": [begin(0, "percussion") + quarters(0), quarters(1), quarters(2), *rest],
    })  # fmt: skip


def of_class(root: Element, name: str) -> list[Element]:
    return [element for element in root.iter() if name in element.get("class", "").split()]


@cache
def band_pages() -> tuple[str, ...]:
    return svg_pages(band(60))


def staff_heights(svg: str) -> set[float]:
    """Heights in millimetres of the staves of five lines."""
    root = ElementTree.fromstring(svg)
    inner = next(e for e in root if e.tag.endswith("}svg"))
    scale = float(root.get("width", "").removesuffix("mm")) / float(inner.get("viewBox", "").split()[2])
    found = set()
    for staff in of_class(root, "staff"):
        ys = [float(e.get("d", "").split()[1]) for e in staff if e.tag.endswith("}path")]
        found.add(round((max(ys) - min(ys)) * scale, 2))
    return found


def test_every_bar_and_note_is_on_the_pages() -> None:
    roots = [ElementTree.fromstring(page) for page in band_pages()]
    assert sum(len(of_class(root, "measure")) for root in roots) == 60
    assert sum(len(of_class(root, "note")) for root in roots) == 60 * 4 * 3


@pytest.mark.parametrize("kind", ["score", "part", "lead sheet"])
def test_pages_are_self_contained(kind: str) -> None:
    pages = band_pages() if kind == "score" else svg_pages(band(12), LETTER, kind=kind)
    for page in pages:
        root = ElementTree.fromstring(page)
        known = {element.get("id") for element in root.iter() if element.get("id")}
        used = [element.get(XLINK, "") for element in root.iter() if XLINK in element.attrib]
        assert used and all(name.startswith("#") and name[1:] in known for name in used)
        assert not re.search("[\ue000-\uf8ff]|Leipzig|Verovio|@font-face|data:|url\\(", page)
        assert set(re.findall(r"https?://[^\"' ]+", page)) == {
            "http://www.w3.org/2000/svg", "http://www.w3.org/1999/xlink",
        }  # fmt: skip


def test_each_staff_has_its_own_key_and_drums_none() -> None:
    drawn: dict[int, list[int]] = {0: [], 1: [], 2: []}
    bars = of_class(ElementTree.fromstring(band_pages()[0]), "measure")
    for bar in (bars[0], bars[2]):
        for number, staff in enumerate(of_class(bar, "staff")):
            signs = [len([e for e in sig.iter() if XLINK in e.attrib]) for sig in of_class(staff, "keySig")]
            drawn[number].append(sum(signs))
    # bar 1: C and two flats; bar 3: three sharps, and one sharp (flats that end need no naturals)
    assert drawn == {0: [0, 3], 1: [2, 1], 2: [0, 0]}


def test_chord_and_tempo_keep_their_signs_in_their_places() -> None:
    bar = of_class(ElementTree.fromstring(band_pages()[0]), "measure")[0]
    (chord,), (tempo,) = of_class(bar, "harm"), of_class(bar, "tempo")
    assert [found for _, found in placed(chord)] == ["B", "#E260", "m7", "#E260", "5"]
    assert [found for _, found in placed(tempo)] == ["Swing", "#ECA5", "#ECB7", "= 96"]
    (swing, _), (quarter, _), *_ = placed(tempo)
    assert 60 < quarter - swing - 405 * text_width("Swing", bold=True) < 200
    for line in (chord, tempo):
        places = [x for x, _ in placed(line)]
        assert places == sorted(places) and all(b - a > 30 for a, b in zip(places, places[1:], strict=False))


def placed(group: Element) -> list[tuple[float, str]]:
    found = []
    for element in group.iter():
        if XLINK in element.attrib:
            move = re.match(r"translate\((-?\d+)", element.get("transform", ""))
            found.append((float(move[1]) if move else -1.0, element.get(XLINK, "")))
        elif element.tag.endswith("}text"):
            found.append((float(element.get("x", "-1")), "".join(element.itertext())))
    return found


def test_headings_and_page_numbers() -> None:
    first, second, *_ = ["|".join(e for e in ElementTree.fromstring(page).itertext()) for page in band_pages()]
    assert "Étude" in first and "& <more>" in first and "Anna Ö." in first
    heads = [
        ["".join(e.itertext()) for e in of_class(ElementTree.fromstring(page), "pageHead")] for page in band_pages()
    ]
    assert heads[0] == [] and len(heads[1]) == 1
    assert heads[1][0].startswith("Étude") and heads[1][0].endswith("2")


def test_a_part_joins_its_rests_up_to_what_must_be_seen() -> None:
    bars = [begin(0) + quarters(0), REST, REST, REST, mark("B") + TEMPO + REST, REST, key(2) + REST, quarters(0), REST]
    bars[2] = '<direction><sound tempo="90"/></direction>' + REST
    xml = sheet({"Horn in F": [*bars, CHORD + REST, REST]})
    (page,) = svg_pages(xml, kind="part")
    root = ElementTree.fromstring(page)
    assert len(of_class(root, "multiRest")) == 3
    # bars 1, 2-4, 5-6, 7, 8, 9-11: the key of 7 stands alone, the chord of 10 goes
    assert len(of_class(root, "measure")) == 6 and not of_class(root, "harm")
    numbers = Counter(e.get(XLINK) for rest in of_class(root, "multiRest") for e in rest.iter() if XLINK in e.attrib)
    assert numbers["#E083"] == 2 and numbers["#E082"] == 1
    assert "Horn in F" in "".join(root.itertext())
    (score,) = svg_pages(xml, kind="score")
    assert not of_class(ElementTree.fromstring(score), "multiRest")


def test_staves_are_large_enough_to_read() -> None:
    assert min(staff_heights(band_pages()[0])) >= 4.5
    for kind in ("part", "lead sheet"):
        page = svg_pages(sheet({"Flute": [begin(0) + quarters(0), quarters(1)]}), kind=kind)[0]
        assert min(staff_heights(page)) >= 7
    twelve = sheet({f"Player {n}": [begin(-n % 5) + quarters(0), *map(quarters, range(9))] for n in range(12)})
    pages = svg_pages(twelve)
    assert min(staff_heights(pages[0])) >= 4.5
    assert len(of_class(ElementTree.fromstring(pages[0]), "staff")) % 12 == 0


def test_too_many_staves_are_refused() -> None:
    crowd = sheet({f"Player {n}": [begin(0) + quarters(n)] for n in range(120)})
    with pytest.raises(ScoreFormatError, match="120 staves do not fit"):
        svg_pages(crowd)


def ink(png: bytes) -> tuple[tuple[int, int], tuple[int, int, int, int]]:
    from PIL import Image, ImageOps

    image = Image.open(io.BytesIO(png)).convert("L")
    box = ImageOps.invert(image).getbbox()
    assert box is not None, "the page is blank"
    return image.size, box


@pytest.mark.parametrize("paper", [A4, LETTER, Paper("a4-landscape", 297.0, 210.0)])
def test_images_fill_the_paper_inside_its_margins(paper: Paper) -> None:
    dots = 100
    for page in svg_pages(band(60), paper):
        (width, height), (left, top, right, bottom) = ink(png_of(page, paper, dots))
        assert abs(width - paper.width / 25.4 * dots) <= 1 and abs(height - paper.height / 25.4 * dots) <= 1
        side = (paper.margin - 2) / 25.4 * dots
        # the running head stands in the upper margin
        assert left >= side and right <= width - side and bottom <= height - side and top >= side / 3
        assert right - left > width / 2


def test_the_pdf_has_each_page_with_its_words() -> None:
    pages = band_pages()
    pdf = pdf_of(pages)
    assert pdf.startswith(b"%PDF-")
    assert len(re.findall(rb"/Type\s*/Page\b", pdf)) == len(pages) > 1
    assert b"CreationDate" not in pdf


def test_another_program_reads_the_pdfs_words(tmp_path: Path) -> None:
    if shutil.which("gs") is None:
        pytest.skip("Ghostscript is not installed: apt-get install ghostscript")
    source = tmp_path / "score.pdf"
    source.write_bytes(pdf_of(band_pages()))
    command = ["gs", "-q", "-dNOPAUSE", "-dBATCH", "-dSAFER", "-sDEVICE=txtwrite", "-o", "-", str(source)]
    text = subprocess.run(command, check=True, capture_output=True).stdout.decode()
    assert all(word in text for word in ("Étude", "<more>", "Anna Ö.", "Flute", "Swing", "= 96"))


def test_equal_input_gives_equal_bytes() -> None:
    again = svg_pages(band(60))
    assert again == band_pages()
    assert pdf_of(again) == pdf_of(band_pages())
    assert png_of(again[0]) == png_of(band_pages()[0])


def test_a_converter_draws_what_typst_draws(tmp_path: Path) -> None:
    if shutil.which("rsvg-convert") is None:
        pytest.skip("rsvg-convert is not installed: apt-get install librsvg2-bin")
    source, target = tmp_path / "page.svg", tmp_path / "page.png"
    source.write_text(band_pages()[0], encoding="utf-8")
    subprocess.run(
        ["rsvg-convert", "-d", "100", "-p", "100", "-b", "white", "-o", str(target), str(source)], check=True
    )
    ours, theirs = ink(png_of(band_pages()[0], A4, 100)), ink(target.read_bytes())
    for mine, yours in zip((*ours[0], *ours[1]), (*theirs[0], *theirs[1]), strict=True):
        assert abs(mine - yours) <= 3


@pytest.mark.parametrize(
    ("xml", "words"),
    [
        (b"no xml", "cannot be read"),
        (b'<!DOCTYPE a [<!ENTITY x "y">]><score-partwise/>', "declares entities"),
        ("<score-partwise/>".encode("utf-16"), "not UTF-8"),
        (b"<score-timewise/>", "score-timewise"),
        (b"<score-partwise><part-list/></score-partwise>", "no part"),
        (b"<a" * 500_000, "cannot be read"),
        (band(2).replace(b"<divisions>1</divisions>", b""), "no <divisions>"),
        (band(2).replace(b"<beat-type>4<", b"<beat-type>0<"), "<beat-type> is '0'"),
    ],
)
def test_what_is_no_score_is_refused_in_one_line(xml: bytes, words: str) -> None:
    with pytest.raises(ScoreFormatError, match=words) as caught:
        svg_pages(xml)
    assert "\n" not in str(caught.value)


def test_a_number_that_is_none_counts_as_nought() -> None:
    damaged = band(2).replace(b"<fifths>-2<", b"<fifths>--2<")
    assert [sharps for bar, staff, sharps in sheet_of(damaged)[0].keys if staff == 2] == [0, 1]


def test_unknown_kinds_and_sizes_are_refused() -> None:
    with pytest.raises(ScoreFormatError, match="Did you mean 'part'"):
        svg_pages(band(2), kind="parts")
    with pytest.raises(ScoreFormatError, match="20-1200"):
        png_of(band_pages()[0], A4, 5000)


def test_without_the_extra_one_line_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "verovio", None)
    monkeypatch.setitem(sys.modules, "typst", None)
    for call in (lambda: svg_pages(band(2)), lambda: pdf_of(["<svg/>"]), lambda: png_of("<svg/>")):
        with pytest.raises(RenderError, match=r"pip install 'partimento\[engraving\]'"):
            call()


def test_a_foreign_file_is_engraved_apart_from_us(monkeypatch: pytest.MonkeyPatch) -> None:
    xml = sheet({"Flute": [begin(0) + quarters(0), quarters(1)]})
    assert svg_pages_apart(xml, LETTER, kind="part") == svg_pages(xml, LETTER, kind="part")
    with pytest.raises(ScoreFormatError, match="cannot be read"):
        svg_pages_apart(b"no xml")
    with pytest.raises(ScoreFormatError, match=r"more than 0\.01 s"):
        svg_pages_apart(xml, seconds=0.01)
    monkeypatch.setattr(engrave_apart, "CHILD", "import os; os.abort()")
    with pytest.raises(ScoreFormatError, match="breaks on it"):
        svg_pages_apart(xml)


def test_a_player_within_a_family_keeps_the_brace() -> None:
    song = compose(Brief(genre="cinematic", seed=9, bars=8))
    pages = svg_pages(musicxml(full_score(song)))
    assert [page.count('class="grpSym"') for page in pages] == [3, 3], "brass, strings, and one part on two staves"
