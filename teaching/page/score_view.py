"""The score in a page: the engraving with its chords as buttons and its tones marked.

Conventions: chords are numbered as they are given. Without verovio there is no score: RenderError.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from html import escape
from xml.etree import ElementTree
from xml.etree.ElementTree import Element, SubElement

from partimento.score.notation.engrave_measure import LINE, of_class
from partimento.teaching.naming import Naming
from partimento.teaching.page.engraved import Below, Engraved, engraved
from partimento.teaching.page.engraved_apart import engraved_apart
from partimento.teaching.page.marks import CLOSES, MarkedChord, closes, foreign_tones
from partimento.teaching.page.reasons import FOREIGN
from partimento.teaching.page.score_parts import chosen_view, view_page
from partimento.teaching.subject import Subject

RING = 170
"""Half the width of a ring round a notehead, in verovio's inner units (a staff is 720 high)."""

LETTER = 260
HALF_HEAD = 110
CELL = 600
"""Width of the columns in which neighbours of a notehead are looked for: more than two letters and a head."""

_SVG = "{http://www.w3.org/2000/svg}"
_PLACE = re.compile(r"translate\((-?[\d.]+), ?(-?[\d.]+)\)")


@dataclass(frozen=True, slots=True)
class ScoreView:
    """The sheets as SVG for a page, the glyphs that they use by id, the kinds of closes and of tones that are marked,
    and which view it is."""

    sheets: tuple[str, ...]
    glyphs: Mapping[str, str]
    closes: tuple[str, ...]
    foreign: tuple[str, ...]
    view: str


def score_view(
    subject: Subject,
    chords: Sequence[MarkedChord],
    view: str = "auto",
    *,
    apart: bool = False,
    naming: Naming | None = None,
    span: tuple[int, int] | None = None,
) -> ScoreView:
    """The score of a subject, or the bars of it in `span`, with `chords` as buttons; `apart` sets it in a process of
    its own.

    BriefError for an unknown view, RenderError where there is no engraver or it fails.
    """
    chosen = chosen_view(subject, view)
    page = view_page(subject, chosen, span)
    ends = closes(subject)
    below = [Below(chord.seen, chord.sign, CLOSES[ends[chord.start]][0] if chord.start in ends else "")
             for chord in chords]  # fmt: skip
    drawn = engraved_apart(page, below, naming=naming) if apart else engraved(page, below, naming=naming)
    foreign = foreign_tones(subject)
    sheets, shown = [], set[str]()
    for svg in drawn.sheets:
        root = ElementTree.fromstring(svg)
        shown |= _mark_tones(root, drawn, foreign)
        _hide_music(root)
        _set_buttons(root, chords)
        sheets.append(inline(root))
    seen = {ends[chord.start] for chord in chords if chord.start in ends}
    kinds = tuple(kind for kind in CLOSES if kind in seen)
    return ScoreView(tuple(sheets), drawn.glyphs, kinds, tuple(kind for kind in FOREIGN if kind in shown), chosen)


def inline(root: Element) -> str:
    """An SVG as HTML takes it: no names of its format, no ids, nothing that a screen reader would spell out."""
    for element in root.iter():
        element.tag = element.tag.rpartition("}")[2]
        for key in [key for key in element.attrib if "}" in key]:
            value = element.attrib.pop(key)
            if key.endswith("}href"):
                element.set("href", value)
        kept = [word for word in element.get("class", "").split() if word in _CLASSES]
        element.attrib.pop("class", None)
        if kept:
            element.set("class", " ".join(kept))
    for name in ("title", "style"):
        for child in root.findall(name):
            root.remove(child)
    for key in ("width", "height"):
        root.attrib.pop(key, None)
    return ElementTree.tostring(root, encoding="unicode")


_CLASSES = frozenset(("engraved", "definition-scale", "close", "foreign", "step", "leap", "held", "chord", "verse"))
"""Classes that the page's style knows."""


def _mark_tones(root: Element, drawn: Engraved, foreign: Mapping[tuple[int, int], str]) -> set[str]:
    """Rings and letters at the tones that are not of their chord; the kinds that occur."""
    shown: set[str] = set()
    heads = [(note, head, at) for note in of_class(root, "note") if (head := next(of_class(note, "notehead"), None))
             is not None and (at := _head_place(head)) is not None]  # fmt: skip
    taken = _Taken(at for _, _, at in heads)
    for note, head, (x, y) in heads:
        name = next((word[3:] for word in note.get("class", "").split() if word.startswith("id-")), "")
        kind = foreign.get(drawn.notes.get(name, (-1, -1)), "")
        if kind not in FOREIGN:
            continue
        shown.add(kind)
        letters, family, _ = FOREIGN[kind]
        note.set("class", f"foreign {family}")
        SubElement(head, f"{_SVG}path", {"d": _ring(family, x, y), "fill": "none", "stroke-width": "34"})
        left, base = taken.free_place(x, y, stem_down=_stem_below(note, y), width=0.7 * LETTER * len(letters))
        SubElement(head, f"{_SVG}text", {
            "x": f"{left:.0f}", "y": f"{base:.0f}", "font-size": f"{LETTER}px", "text-anchor": "middle",
            "font-family": "sans-serif", "font-weight": "bold",
        }).text = letters  # fmt: skip
    return shown


def _head_place(head: Element) -> tuple[float, float] | None:
    """The middle of a notehead."""
    use = head.find(f"{_SVG}use")
    at = _PLACE.search(use.get("transform", "")) if use is not None else None
    return (float(at[1]) + HALF_HEAD, float(at[2])) if at else None


class _Taken:
    """Where noteheads and letters are, so that further letters find a free place."""

    def __init__(self, places: Iterable[tuple[float, float]]) -> None:
        self._places: dict[int, list[tuple[float, float]]] = {}
        for place in places:
            self._add(place)

    def _add(self, place: tuple[float, float]) -> None:
        self._places.setdefault(round(place[0] / CELL), []).append(place)

    def free_place(self, x: float, y: float, *, stem_down: bool, width: float) -> tuple[float, float]:
        """The middle and the baseline of letters by a ring at (x, y): away from the stem where that is free."""
        above, below = (x, y - RING - 60), (x, y + RING + 60 + LETTER * 0.7)
        right, left = (x + RING + 90 + width / 2, y - 90), (x - RING - 90 - width / 2, y - 90)
        order = (above, right, left, below) if stem_down else (below, right, left, above)
        best = min(order, key=lambda place: self._crowd(place, (x, y), width))
        self._add((best[0], best[1] - LETTER * 0.35))
        return best

    def _crowd(self, place: tuple[float, float], own: tuple[float, float], width: float) -> int:
        """How many heads and letters stand where letters of that width would."""
        x, y = place[0], place[1] - LETTER * 0.35
        cell = round(x / CELL)
        near = (other for step in (-1, 0, 1) for other in self._places.get(cell + step, ()) if other != own)
        return sum(abs(ox - x) < width / 2 + 1.2 * HALF_HEAD and abs(oy - y) < LETTER * 0.8 for ox, oy in near)


def _stem_below(note: Element, y: float) -> bool:
    """Whether the note's stem goes down."""
    stem = next(of_class(note, "stem"), None)
    path = next((p for p in stem.iter() if p.tag.endswith("path")), None) if stem is not None else None
    line = LINE.match(path.get("d", "")) if path is not None else None
    return line is not None and max(float(line[2]), float(line[4])) > y + 100


def _ring(family: str, x: float, y: float) -> str:
    """A circle for tones that go by step, a square for held ones, a diamond for those that leap."""
    r = RING
    if family == "held":
        return f"M{x - r:.0f} {y - r:.0f}h{2 * r}v{2 * r}h{-2 * r}z"
    if family == "leap":
        wide = 1.35 * r
        return f"M{x:.0f} {y - wide:.0f}l{wide:.0f} {wide:.0f}l{-wide:.0f} {wide:.0f}l{-wide:.0f} {-wide:.0f}z"
    return f"M{x - r:.0f} {y:.0f}a{r} {r} 0 1 0 {2 * r} 0a{r} {r} 0 1 0 {-2 * r} 0z"


def _hide_music(root: Element) -> None:
    """From screen readers, which would read out its numerals and syllables one by one."""
    for svg in root.iter(f"{_SVG}svg"):
        svg.set("role", "none")  # no picture without a name: what it holds is buttons
    for parent in of_class(root, "page-margin"):
        for child in parent:
            child.set("aria-hidden", "true")


def _set_buttons(root: Element, chords: Sequence[MarkedChord]) -> None:
    """Every chord's place as a button over the music; where it goes on in the next line it has a second place."""
    for parent in list(of_class(root, "page-margin")):
        last = -1
        for system in list(of_class(parent, "system")):
            box = _box(system)
            signs = sorted(_signs(system), key=lambda sign: sign[1])
            if box is None:
                continue
            left, top, right, bottom = box
            bottom = max([bottom, *(y for _, _, y in signs)]) + 180
            if last >= 0 and (not signs or signs[0][1] > left + 1500):
                edge = signs[0][1] - 120 if signs else right
                _rect(parent, None, last, (left, top, edge, bottom))
            for place, (index, x, _) in enumerate(signs):
                edge = signs[place + 1][1] - 120 if place + 1 < len(signs) else right
                _rect(parent, chords[index], index, (x - 120, top, max(edge, x + 100), bottom))
                last = index


def _rect(parent: Element, chord: MarkedChord | None, index: int, box: tuple[float, float, float, float]) -> None:
    left, top, right, bottom = box
    attributes = {"class": "chord", "data-c": str(index)}
    if chord is None:
        attributes["aria-hidden"] = "true"
    else:
        attributes |= {"role": "button", "tabindex": "-1", "aria-label": chord_label(chord)}
    group = SubElement(parent, f"{_SVG}g", attributes)
    SubElement(group, f"{_SVG}rect", {
        "x": f"{left:.0f}", "y": f"{top - 500:.0f}", "width": f"{right - left:.0f}",
        "height": f"{bottom - top + 500:.0f}", "rx": "90",
    })  # fmt: skip


def chord_label(chord: MarkedChord) -> str:
    """What a screen reader says of a chord's button."""
    return f"{chord.place}: {chord.symbol}" + (f", {chord.said}" if chord.said else "")


def _box(system: Element) -> tuple[float, float, float, float] | None:
    """(left, top, right, bottom) of a system's staff lines."""
    lines = [
        tuple(map(float, line.groups()))
        for staff in of_class(system, "staff")
        for path in staff.findall(f"{_SVG}path")
        if (line := LINE.match(path.get("d", "")))
    ]
    if not lines:
        return None
    return (min(x for x, _, _, _ in lines), min(y for _, y, _, _ in lines), max(x for _, _, x, _ in lines),
            max(y for _, y, _, _ in lines))  # fmt: skip


def _signs(system: Element) -> list[tuple[int, float, float]]:
    """(number of the chord, x, y) of the numerals under a system."""
    found = []
    for harm in of_class(system, "harm"):
        name = re.search(r"\bid-below-(\d+)\b", harm.get("class", ""))
        places = [_place(child) for child in harm.iter() if child.tag in (f"{_SVG}text", f"{_SVG}use")]
        known = [place for place in places if place is not None]
        if name and known:
            found.append((int(name[1]), min(x for x, _ in known), max(y for _, y in known)))
    return found


def _place(element: Element) -> tuple[float, float] | None:
    if element.tag == f"{_SVG}text":
        return float(element.get("x", "0")), float(element.get("y", "0"))
    at = _PLACE.search(element.get("transform", ""))
    return (float(at[1]), float(at[2])) if at else None


def figure(sheets: Sequence[str], label: str, kind: str) -> str:
    """Sheets as a figure of a page."""
    return f'<div class="{kind}" role="group" aria-label="{escape(label)}">{"".join(sheets)}</div>'
