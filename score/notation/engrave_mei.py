"""Between MusicXML and the page: the MEI that verovio reads a file into, put right before it is laid out.

What is put right: key changes, which verovio takes from the first staff for all; headings; rests over several bars of a
part, drawn as one; names of a single part, which stand in its heading; line and page breaks. MEI's names are used
throughout (Music Encoding Initiative, version 5).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise
from xml.etree import ElementTree
from xml.etree.ElementTree import Element, SubElement

from partimento.score.notation.engrave_sheet import Sheet

MEI = "http://www.music-encoding.org/ns/mei"
XML = "{http://www.w3.org/XML/1998/namespace}"
NS = f"{{{MEI}}}"
CONTAINERS = (f"{NS}section", f"{NS}ending")
HARD = "\xa0"
TEXTS = tuple(f"{NS}{name}" for name in ("tempo", "dir", "reh", "harm", "dynam"))
OPENING = (f"{NS}reh", f"{NS}tempo", f"{NS}dir")
"""What may stand over the first bar of a rest that is several bars long."""


class Mei:
    """An MEI document under the engraver's hands."""

    def __init__(self, text: str) -> None:
        ElementTree.register_namespace("", MEI)
        self.root = ElementTree.fromstring(text)

    def text(self) -> str:
        """The document as verovio takes it."""
        return ElementTree.tostring(self.root, encoding="unicode")

    def measures(self) -> list[tuple[Element, Element]]:
        """(the section or ending that holds it, the measure), in order."""
        found: list[tuple[Element, Element]] = []
        body = self.root.find(f".//{NS}score")
        if body is not None:
            _measures(body, found)
        return found

    def set_keys(self, sheet: Sheet) -> None:
        """Every staff gets the key signatures that its own part has; percussion gets none."""
        measures = self.measures()
        first = self.root.find(f".//{NS}score/{NS}scoreDef")
        if first is None or len(measures) != sheet.bars:
            return
        for staff in first.iter(f"{NS}staffDef"):
            if int(staff.get("n", "0")) in sheet.unkeyed:
                _drop(staff, f"{NS}keySig")
        now = {staff: sharps for bar, staff, sharps in sheet.keys if bar == 0}
        for parent in self.root.iter():
            if parent.tag in CONTAINERS:
                for change in parent.findall(f"{NS}scoreDef"):
                    _drop(change, f"{NS}keySig")
        for bar in sorted({bar for bar, _, _ in sheet.keys if bar > 0}):
            changes = {staff: sharps for at, staff, sharps in sheet.keys if at == bar and staff not in sheet.unkeyed}
            changes = {staff: sharps for staff, sharps in changes.items() if now.get(staff, 0) != sharps}
            now |= changes
            if changes:
                _write_keys(*measures[bar], changes)

    def set_headings(self, title: str, subtitle: str, left: str, right: str) -> None:
        """The first page's heading: title and subtitle in the middle, under it `left` and `right`."""
        for score_def in self.root.iter(f"{NS}scoreDef"):
            for tag in ("pgHead", "pgHead2", "pgFoot", "pgFoot2"):
                _drop(score_def, f"{NS}{tag}")
        first = self.root.find(f".//{NS}score/{NS}scoreDef")
        if first is None:
            return
        head = Element(f"{NS}pgHead", {"func": "first"})
        for text, place, size in ((title, "top", "210%"), (subtitle, "middle", "110%")):
            if text:
                cell = SubElement(head, f"{NS}rend", {"halign": "center", "valign": place})
                SubElement(cell, f"{NS}rend", {"fontsize": size}).text = text
        for text, side in ((left, "left"), (right, "right")):
            if text:
                cell = SubElement(head, f"{NS}rend", {"halign": side, "valign": "bottom"})
                if subtitle:
                    # An empty line above, or what stands at the sides would touch a subtitle's line.
                    cell.text = "\u00a0"
                    SubElement(cell, f"{NS}lb").tail = text
                else:
                    cell.text = text
        first.insert(0, head)

    def brace_staves(self) -> None:
        """One player's staves are braced also within a family's bracket, where verovio forgets it."""
        for group in self.root.iter(f"{NS}staffGrp"):
            for player in group.findall(f"{NS}staffGrp"):
                if player.find(f"{NS}grpSym") is None and len(player.findall(f"{NS}staffDef")) > 1:
                    player.insert(0, Element(f"{NS}grpSym", {"symbol": "brace"}))

    def drop_names(self) -> None:
        """No part names before the staves: a part's name stands in its heading."""
        for parent in self.root.iter():
            if parent.tag in (f"{NS}staffDef", f"{NS}staffGrp"):
                _drop(parent, f"{NS}label")
                _drop(parent, f"{NS}labelAbbr")

    def place_marks(self) -> None:
        """Rehearsal marks begin at their bar line, and a new tempo goes with them, above the chord symbols.

        verovio would centre a mark on the line, into the margin. "rit." and the like stay by the staff.
        """
        for _, measure in self.measures():
            for tempo in measure.findall(f"{NS}tempo"):
                if _is_counted(tempo) and tempo.get("tstamp", "1") == "1" and tempo.get("staff", "1") == "1":
                    kept = {key: tempo.get(key, "") for key in ("place", "staff", f"{XML}id") if tempo.get(key)}
                    tempo.attrib.clear()
                    tempo.attrib.update(kept | {"type": "tempo"})
                    tempo.tag = f"{NS}reh"
            for mark in measure.findall(f"{NS}reh"):
                whole = Element(f"{NS}rend", {"halign": "left"})
                whole.text, whole[:] = mark.text, list(mark)
                mark.text, mark[:] = None, [whole]

    def join_swing(self) -> None:
        """How to swing is said after the tempo that it comes with, in one line."""
        for _, measure in self.measures():
            tempos = [tempo for tempo in measure.findall(f"{NS}tempo") if _is_counted(tempo)]
            for words in measure.findall(f"{NS}dir"):
                text = " ".join("".join(words.itertext()).split())
                if tempos and text.casefold().startswith("swing") and words.get("tstamp") == tempos[0].get("tstamp"):
                    SubElement(tempos[0], f"{NS}rend", {"fontweight": "bold"}).text = f"  ({text})"
                    measure.remove(words)

    def place_symbols(self, sheet: Sheet) -> None:
        """Chord symbols over a part's first staff, figured bass under its own; a drummer's accents outside the staff,
        the feet's under it."""
        for _, measure in self.measures():
            for symbol in measure.findall(f"{NS}harm"):
                if symbol.find(f"{NS}fb") is not None:
                    symbol.set("place", "below")
                    continue
                staff = int(symbol.get("staff", "0")) if symbol.get("staff", "0").isdecimal() else 0
                if 0 < staff <= len(sheet.tops):
                    symbol.set("staff", str(sheet.tops[staff - 1]))
            for staves in measure.findall(f"{NS}staff"):
                if int(staves.get("n", "0")) in sheet.unkeyed:
                    for number, layer in enumerate(staves.findall(f"{NS}layer")):
                        for mark in layer.iter(f"{NS}artic"):
                            mark.set("place", "below" if number else "above")

    def keep_spaces(self) -> None:
        """Spaces at the ends of texts become hard ones: verovio drops soft ones where the look changes.

        A space is put before a note that follows a word, as in a tempo.
        """
        for group in self.root.iter():
            if group.tag == f"{NS}tempo":
                for before, after in pairwise(group):
                    if (
                        after.get("glyph.auth")
                        and before.text
                        and not (before.tail or "").strip()
                        and not before.get("glyph.auth")
                    ):
                        before.text = before.text.rstrip() + " "
        for texts in self.root.iter():
            if texts.tag in TEXTS:
                for element in texts.iter():
                    element.text = _hard(element.text)
                    if element is not texts:
                        element.tail = _hard(element.tail)

    def join_rests(self) -> None:
        """Bars of rest one after another become one rest with their number, broken by whatever a player must see.

        Who rests needs no chord symbols: those of joined bars go.
        """
        spanned = _spanned([measure for _, measure in self.measures()])
        for parent in list(self.root.iter()):
            if parent.tag in CONTAINERS:
                for run in _rest_runs(list(parent), spanned):
                    _join(parent, run)

    def raise_chords(self, rises: Mapping[int, float]) -> None:
        """Lifts the chord symbols of bars (index) by units, and the marks above them."""
        for bar, (_, measure) in enumerate(self.measures()):
            for child in measure:
                if bar in rises and child.tag in (f"{NS}harm", f"{NS}reh"):
                    child.set("vo", f"{rises[bar]:.1f}vu")

    def drop_breaks(self) -> list[int]:
        """Takes out line and page breaks; answers the bars (index) that a line break stood before."""
        places: list[int] = []
        body = self.root.find(f".//{NS}score")
        if body is not None:
            _drop_breaks(body, 0, places)
        return places

    def set_breaks(self, lines: Iterable[int], pages: Iterable[int]) -> None:
        """A line break before each bar of `lines`, a page break before each of `pages`."""
        measures, paged = self.measures(), set(pages)
        parents = {id(child): parent for parent in self.root.iter() for child in parent if child.tag in CONTAINERS}
        for bar in sorted({*lines, *paged}):
            if 0 < bar < len(measures):
                parent, measure = measures[bar]
                # a break before a bracket stands before all of it
                while parent.tag == f"{NS}ending" and parent[0] is measure and id(parent) in parents:
                    parent, measure = parents[id(parent)], parent
                place = list(parent).index(measure)
                while place > 0 and parent[place - 1].tag == f"{NS}scoreDef":
                    place -= 1
                parent.insert(place, Element(f"{NS}pb" if bar in paged else f"{NS}sb"))


def bar_length(measure: Element) -> int:
    """How many bars the measure stands for: more than one where rests are joined, none of a pick-up."""
    if measure.get("metcon") == "false":
        return 0
    rest = measure.find(f".//{NS}multiRest")
    return int(rest.get("num", "1")) if rest is not None else 1


def has_mark(measure: Element) -> bool:
    """Whether a rehearsal mark stands over the measure."""
    return any(mark.get("type") != "tempo" for mark in measure.findall(f"{NS}reh"))


def _is_counted(tempo: Element) -> bool:
    """Whether a note stands in it: ♩ = 120."""
    return any(rend.get("glyph.auth") for rend in tempo)


def _hard(text: str | None) -> str | None:
    if not text or "\n" in text:
        return text
    bare = text.strip(" ")
    if not bare:
        return text.replace(" ", HARD)
    start = text.index(bare)
    return HARD * start + bare + HARD * (len(text) - start - len(bare))


def _measures(parent: Element, found: list[tuple[Element, Element]]) -> None:
    for child in parent:
        if child.tag == f"{NS}measure":
            found.append((parent, child))
        elif child.tag in CONTAINERS:
            _measures(child, found)


def _drop_breaks(parent: Element, bar: int, places: list[int]) -> int:
    for child in list(parent):
        if child.tag == f"{NS}measure":
            bar += 1
        elif child.tag in CONTAINERS:
            bar = _drop_breaks(child, bar, places)
        elif child.tag in (f"{NS}sb", f"{NS}pb"):
            places.append(bar)
            parent.remove(child)
    return bar


def _spanned(measures: Sequence[Element]) -> set[int]:
    """The measures (by identity) that a line from an earlier bar reaches into by counting bars: hairpins, pedals."""
    found: set[int] = set()
    for index, measure in enumerate(measures):
        for child in measure:
            bars, counted, _ = child.get("tstamp2", "").partition("m+")
            if counted and bars.isdecimal():
                found.update(id(reached) for reached in measures[index + 1 : index + 1 + int(bars)])
    return found


def _drop(parent: Element, tag: str) -> None:
    for child in parent.findall(tag):
        parent.remove(child)


def _write_keys(parent: Element, measure: Element, changes: dict[int, int]) -> None:
    place = list(parent).index(measure)
    if place and parent[place - 1].tag == f"{NS}scoreDef":
        score_def = parent[place - 1]
    else:
        score_def = Element(f"{NS}scoreDef")
        parent.insert(place, score_def)
    group = SubElement(score_def, f"{NS}staffGrp")
    for staff, sharps in sorted(changes.items()):
        staff_def = SubElement(group, f"{NS}staffDef", {"n": str(staff)})
        sign = "s" if sharps > 0 else "f"
        SubElement(staff_def, f"{NS}keySig", {"sig": f"{abs(sharps)}{sign}" if sharps else "0"})


def _is_rest(measure: Element) -> bool:
    layers = list(measure.iter(f"{NS}layer"))
    rests = [child.tag for layer in layers for child in layer]
    return bool(rests) and all(tag in (f"{NS}mRest", f"{NS}mSpace") for tag in rests)


def _opens(measure: Element) -> bool:
    """Whether a long rest may begin here: nothing hangs on the bar but marks at its beginning."""
    for child in measure:
        if _is_unseen(child):
            continue
        if child.tag not in OPENING or child.get("tstamp", "1") not in ("1", "0", "1.000000"):
            return False
    return True


def _continues(measure: Element) -> bool:
    return all(map(_is_unseen, measure)) and not measure.get("left")


def _is_unseen(child: Element) -> bool:
    """Whether a resting player needs not see it: staves, chord symbols, tempos that are only played."""
    return child.tag in (f"{NS}staff", f"{NS}harm") or (
        child.tag == f"{NS}tempo" and not "".join(child.itertext()).strip()
    )


def _rest_runs(children: Sequence[Element], spanned: set[int]) -> list[list[Element]]:
    """Stretches of at least two bars of rest that follow each other with nothing between."""
    runs: list[list[Element]] = []
    run: list[Element] = []
    for child in children:
        rest = (
            child.tag == f"{NS}measure"
            and child.get("metcon") != "false"
            and _is_rest(child)
            and id(child) not in spanned
        )
        if rest and run and _continues(child) and not run[-1].get("right"):
            run.append(child)
            continue
        runs.append(run)
        run = [child] if rest and _opens(child) else []
    runs.append(run)
    return [found for found in runs if len(found) > 1]


def _join(parent: Element, run: list[Element]) -> None:
    first, last = run[0], run[-1]
    for layer in first.iter(f"{NS}layer"):
        layer[:] = [Element(f"{NS}multiRest", {"num": str(len(run))})]
    for staff in first.findall(f"{NS}staff"):
        staff[:] = list(staff)[:1]
    if last.get("right"):
        first.set("right", last.get("right", ""))
    _drop(first, f"{NS}harm")
    for measure in run[1:]:
        parent.remove(measure)
