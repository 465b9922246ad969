"""What stands over and under the staves as MusicXML: chord symbols, dynamics, words, pedal, tempo, swing, sections.

Conventions: an Item is an element that belongs to a tick; the measure puts it there. Ramps of tempo sound as steps of
an eighth, each with the mean tempo that keeps the stretch's length in seconds exact. A tempo that is not printed hangs
on words of one hard space: of a `<sound>` alone MuseScore 3 prints the number.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Set
from dataclasses import dataclass
from fractions import Fraction
from math import log

from partimento.score.notation.musicxml_harmony import harmony_body
from partimento.score.notation.musicxml_text import decimal, escaped
from partimento.score.notation.page import Bar, Direction, Measure, Page, Part, TempoMark
from partimento.theory.meter import TICKS

_DYNAMICS = frozenset(
    "p pp ppp pppp ppppp pppppp f ff fff ffff fffff ffffff mp mf sf sfp sfpp fp rf rfz sfz sffz fz n pf sfzp".split()
)
RAMP_STEP = TICKS // 2
"""Ticks between the tempos that a ramp sounds as."""

_SILENT = "<direction-type><words>\N{NO-BREAK SPACE}</words></direction-type>"

_STOP, _CLEF, _SECTION, _TEMPO, _WORDS, _HARMONY, _DYNAMIC, _FIGURES, _START = range(9)

_FIGURE_SIGNS = {"#": "sharp", "b": "flat", "n": "natural", "##": "double-sharp", "bb": "flat-flat"}

CLEFS: dict[str, tuple[str, int, int]] = {
    "treble": ("G", 2, 0),
    "bass": ("F", 4, 0),
    "alto": ("C", 3, 0),
    "tenor": ("C", 4, 0),
    "percussion": ("percussion", 0, 0),
    "treble8vb": ("G", 2, -1),
    "bass8vb": ("F", 4, -1),
    "treble8va": ("G", 2, 1),
}
"""The Page's clefs as MusicXML's sign, line (0: none) and octave change."""


@dataclass(frozen=True, slots=True)
class Item:
    """An element at a tick of one staff; `stop` ends something and belongs to the bar that ends there."""

    tick: int
    rank: int
    staff: int
    xml: str

    @property
    def stop(self) -> bool:
        """Whether it ends something."""
        return self.rank == _STOP

    @property
    def clef(self) -> bool:
        """Whether it is a clef, which can only stand between notes."""
        return self.rank == _CLEF


def items_by_bar(page: Page, part: Part, top: bool) -> list[list[Item]]:
    """All items of a part, bar by bar in order of time; the `top` part carries tempos and sections."""
    items: list[Item] = []
    staves = len(part.clefs)
    for measure in part.measures:
        items += _measure_items(measure, staves)
    if top:
        items += _sections(page.bars)
        items += _tempos(page)
    starts = [bar.start for bar in page.bars]
    bars: list[list[Item]] = [[] for _ in page.bars]
    for item in sorted(items, key=lambda item: (item.tick, item.rank)):
        index = (bisect_left if item.stop else bisect_right)(starts, item.tick) - 1
        bars[max(0, index)].append(item)
    return bars


def clef_xml(name: str, staff: int, staves: int) -> str:
    """The `<clef>` element of one of the Page's clefs."""
    sign, line, octaves = CLEFS[name]
    number = f' number="{staff}"' if staves > 1 else ""
    return (
        f"<clef{number}><sign>{sign}</sign>"
        + (f"<line>{line}</line>" if line else "")
        + (f"<clef-octave-change>{octaves}</clef-octave-change>" if octaves else "")
        + "</clef>"
    )


def _measure_items(measure: Measure, staves: int) -> Iterable[Item]:
    for harmony in measure.harmonies:
        xml = f"<harmony>{harmony_body(harmony.chord)}{_staff(1, staves)}</harmony>"
        yield Item(harmony.onset, _HARMONY, 1, xml)
    for direction in measure.directions:
        yield from _direction_items(direction, staves)
    for row in measure.figures:
        if row.figures:
            body = "".join(map(_figure, row.figures))
            yield Item(row.onset, _FIGURES, staves, f'<figured-bass placement="below">{body}</figured-bass>')


def _figure(figure: tuple[int, str]) -> str:
    number, sign = figure
    prefix = f"<prefix>{_FIGURE_SIGNS[sign]}</prefix>" if sign else ""
    return f"<figure>{prefix}{f'<figure-number>{number}</figure-number>' if number else ''}</figure>"


def _staff(number: int, staves: int) -> str:
    return f"<staff>{number}</staff>" if staves > 1 else ""


def _direction(tick: int, rank: int, kinds: str, staff: int, staves: int, place: str, sound: str = "") -> Item:
    xml = f'<direction placement="{place}">{kinds}{_staff(staff, staves)}{sound}</direction>'
    return Item(tick, rank, staff, xml)


def _kind(content: str) -> str:
    return f"<direction-type>{content}</direction-type>"


def _direction_items(direction: Direction, staves: int) -> Iterable[Item]:
    tick, staff, text = direction.onset, direction.staff, direction.text
    end = tick + direction.duration
    if direction.kind == "dynamic":
        mark = f"<{text}/>" if text in _DYNAMICS else f"<other-dynamics>{escaped(text)}</other-dynamics>"
        yield _direction(tick, _DYNAMIC, _kind(f"<dynamics>{mark}</dynamics>"), staff, staves, "below")
    elif direction.kind in ("crescendo", "diminuendo"):
        number = (staff - 1) % 16 + 1
        begin = f'<wedge type="{direction.kind}" number="{number}"/>'
        yield _direction(tick, _START, _kind(begin), staff, staves, "below")
        yield _direction(end, _STOP, _kind(f'<wedge type="stop" number="{number}"/>'), staff, staves, "below")
    elif direction.kind == "pedal":
        yield _direction(tick, _START, _kind('<pedal type="start" line="yes"/>'), staff, staves, "below")
        yield _direction(end, _STOP, _kind('<pedal type="stop" line="yes"/>'), staff, staves, "below")
    elif direction.kind == "clef":
        yield Item(tick, _CLEF, staff, f"<attributes>{clef_xml(text, staff, staves)}</attributes>")
    elif direction.kind == "words" and escaped(text):
        words = _kind(f'<words font-style="italic">{escaped(text)}</words>')
        yield _direction(tick, _WORDS, words, staff, staves, "above")


def _sections(bars: tuple[Bar, ...]) -> Iterable[Item]:
    for bar in bars:
        name = escaped(bar.section)
        if name:
            mark = f'<rehearsal enclosure="square" font-weight="bold">{name}</rehearsal>'
            yield _direction(bar.start, _SECTION, _kind(mark), 1, 1, "above")


def _tempos(page: Page) -> Iterable[Item]:
    start = page.bars[0].start
    swing = _swing_xml(page)
    said = next((mark for mark in page.tempos if mark.onset <= start and _says_swing(mark.text)), None)
    if swing and said is None:
        words = "Swing" if page.swing == "eighth" else "Swing 16ths"
        text = f'<words font-weight="bold">{words}</words>'
        yield _direction(start, _TEMPO, _kind(text), 1, 1, "above", f"<sound>{swing}</sound>")
    others = {page.end, *(mark.onset for mark in page.tempos)}
    for mark in page.tempos:
        yield from _tempo_items(mark, swing if mark is said else "", others)


def _says_swing(text: str) -> bool:
    return "swing" in text.casefold() or "shuffle" in text.casefold()


def _swing_xml(page: Page) -> str:
    if not page.swing or page.swing_ratio <= 1:
        return ""
    ratio = Fraction(page.swing_ratio).limit_denominator(8)
    return (
        f"<swing><first>{ratio.numerator}</first><second>{ratio.denominator}</second>"
        f"<swing-type>{page.swing}</swing-type></swing>"
    )


def _tempo_items(mark: TempoMark, swing: str, others: Set[int]) -> Iterable[Item]:
    kinds, text, tempos = "", escaped(mark.text), _steps(mark, others)
    numbered = mark.shows_number and mark.bpm > 0
    if text:
        style = 'font-weight="bold"' if numbered or swing else 'font-style="italic"'
        kinds += _kind(f"<words {style}>{text}</words>")
    if numbered:
        beat = f"<beat-unit>{mark.beat.kind}</beat-unit>" + "<beat-unit-dot/>" * mark.beat.dots
        kinds += _kind(f"<metronome>{beat}<per-minute>{max(1, round(mark.bpm))}</per-minute></metronome>")
    tempo = f' tempo="{decimal(tempos[0][1], 4)}"' if tempos else ""
    if kinds:
        sound = f"<sound{tempo}>{swing}</sound>" if swing else f"<sound{tempo}/>" if tempo else ""
        yield _direction(mark.onset, _TEMPO, kinds, 1, 1, "above", sound)
    elif tempos:
        yield _direction(mark.onset, _TEMPO, _SILENT, 1, 1, "above", f"<sound{tempo}/>")
    for tick, bpm in tempos[1:]:
        yield _direction(tick, _TEMPO, _SILENT, 1, 1, "above", f'<sound tempo="{decimal(bpm, 4)}"/>')


def _steps(mark: TempoMark, others: Set[int]) -> list[tuple[int, float]]:
    """The tempos that sound from a mark on, in quarters a minute: one, or of a ramp one a step, and its goal.

    The goal is left out where the music ends or another mark stands (`others`).
    """
    a, b = mark.quarter_bpm, mark.ramp_to
    if a <= 0:
        return []
    if b <= 0 or mark.duration <= 0 or a == b:
        return [(mark.onset, a)]
    slope = (b - a) / mark.duration
    steps: list[tuple[int, float]] = []
    for tick in range(0, mark.duration, RAMP_STEP):
        until = min(mark.duration, tick + RAMP_STEP)
        first, last = a + slope * tick, a + slope * until
        steps.append((mark.onset + tick, (last - first) / log(last / first)))
    if mark.onset + mark.duration not in others:
        steps.append((mark.onset + mark.duration, b))
    return steps
