"""What the engraver must know of a MusicXML file: titles, parts, staves, and every staff's key signatures.

Conventions: staves are numbered from 1 down the score; bars are indices from 0 in the file's order; a key is its sharps
(flats below zero). The file may be foreign: entities are refused, nothing outside it is read.
"""

from __future__ import annotations

from dataclasses import dataclass
from xml.etree import ElementTree
from xml.etree.ElementTree import Element

from partimento.theory.errors import ScoreFormatError

MAX_BYTES = 20_000_000


@dataclass(frozen=True, slots=True)
class Sheet:
    """Headings and counts of a MusicXML file; `keys` holds (bar, staff, sharps), the first bar's too.

    `unkeyed` are the staves of percussion, `tops` the first staff of each staff's part, the first staff's first.
    """

    title: str
    subtitle: str
    composer: str
    parts: tuple[str, ...]
    staves: int
    bars: int
    keys: tuple[tuple[int, int, int], ...]
    unkeyed: frozenset[int]
    tops: tuple[int, ...]


def sheet_of(xml: bytes) -> tuple[Sheet, str]:
    """Reads the headings, staves and keys of partwise MusicXML; answers also its text as it is to be printed.

    A chord's degrees that are not to be printed are left out of that text: verovio would print them.

    Raises ScoreFormatError when the bytes are not partwise MusicXML, declare entities or exceed 20 MB.
    """
    root = _root(xml)
    names = {part.get("id", ""): (part.findtext("part-name") or "").strip() for part in root.iter("score-part")}
    staff, keys, unkeyed, bars, parts = 1, list[tuple[int, int, int]](), set[int](), 0, list[str]()
    tops = list[int]()
    for part in root.findall("part"):
        parts.append(names.get(part.get("id", ""), ""))
        count = max([1, *(_whole(staves.text) for staves in part.iter("staves"))])
        measures = part.findall("measure")
        bars = max(bars, len(measures))
        for index, measure in enumerate(measures):
            keys += _keys(measure, index, staff, count)
        if any(sign.text == "percussion" for sign in part.iter("sign")):
            unkeyed.update(range(staff, staff + count))
        tops += [staff] * count
        staff += count
    if not parts or not bars:
        raise ScoreFormatError("the MusicXML holds no part with a bar: nothing to engrave.")
    _check_numbers(root)
    sheet = Sheet(
        title=(root.findtext("work/work-title") or root.findtext("movement-title") or "").strip(),
        subtitle=_credit(root, "subtitle"),
        composer=next((c.text or "" for c in root.iter("creator") if c.get("type") in ("composer", None)), "").strip(),
        parts=tuple(parts), staves=staff - 1, bars=bars, keys=tuple(keys), unkeyed=frozenset(unkeyed), tops=tuple(tops),
    )  # fmt: skip
    for harmony in root.iter("harmony"):
        for degree in harmony.findall("degree"):
            if degree.get("print-object") == "no":
                harmony.remove(degree)
    return sheet, ElementTree.tostring(root, encoding="unicode")


def _root(xml: bytes) -> Element:
    if len(xml) > MAX_BYTES:
        raise ScoreFormatError(f"the MusicXML has {len(xml):,} bytes: at most {MAX_BYTES:,} can be engraved.")
    # b"\x00": UTF-16 would hide the word from the search
    if b"<!ENTITY" in xml or b"\x00" in xml[:200]:
        raise ScoreFormatError("the MusicXML declares entities or is not UTF-8: it is not read.")
    try:
        root = ElementTree.fromstring(xml)
    except (ElementTree.ParseError, ValueError, LookupError) as error:
        raise ScoreFormatError(f"the MusicXML cannot be read: {error}.") from error
    if root.tag != "score-partwise":
        raise ScoreFormatError(f"the MusicXML's root is <{root.tag[:40]}>: only <score-partwise> can be engraved.")
    return root


def _check_numbers(root: Element) -> None:
    """verovio divides by these numbers, and ends the program where one is nought."""
    for measure in root.iterfind("part/measure[1]"):
        if measure.find("attributes/divisions") is None:
            raise ScoreFormatError(f"the MusicXML's bar {measure.get('number', '1')[:8]} has no <divisions>.")
    for name in ("divisions", "beats", "beat-type", "actual-notes", "normal-notes"):
        for element in root.iter(name):
            text = (element.text or "").strip()
            numbers = text.replace("+", " ").split() if name == "beats" else [text]
            if not numbers or not all(number.isdecimal() and 0 < int(number[:9]) <= 1_000_000 for number in numbers):
                raise ScoreFormatError(f"the MusicXML's <{name}> is {text[:20]!r}: a whole number above 0 is needed.")
    for time in root.iter("time"):
        if time.find("senza-misura") is None and (time.find("beats") is None or time.find("beat-type") is None):
            raise ScoreFormatError("the MusicXML's <time> has no <beats> or no <beat-type>.")


def _whole(text: str | None) -> int:
    text = (text or "").strip()
    return int(text) if text.removeprefix("-").isdecimal() and len(text) < 5 else 0


def _keys(measure: Element, index: int, staff: int, count: int) -> list[tuple[int, int, int]]:
    found = []
    for key in measure.iterfind("attributes/key"):
        if key.find("fifths") is None:
            continue
        only = _whole(key.get("number"))
        sharps = max(-7, min(7, _whole(key.findtext("fifths"))))
        staves = (only,) if 0 < only <= count else range(1, count + 1)
        found += [(index, staff + number - 1, sharps) for number in staves]
    return found


def _credit(root: Element, kind: str) -> str:
    for credit in root.iter("credit"):
        if (credit.findtext("credit-type") or "").strip() == kind:
            return (credit.findtext("credit-words") or "").strip()
    return ""
