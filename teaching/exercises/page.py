"""A worksheet or its key as MusicXML: a Page of the score room, with the exercise's ID where programs keep it.

Conventions: the ID stands in the heading, in the work's number, the rights and the miscellaneous fields, since every
notation program drops some of these; what is free for the student is filled with rests that are not printed.
"""

from __future__ import annotations

import re
from itertools import groupby, pairwise

from partimento.score.notation.beams import with_beams
from partimento.score.notation.musicxml import musicxml
from partimento.score.notation.page import Bar, Direction, Event, Measure, Page, PageNote, Part, Value, Voice
from partimento.score.notation.values import meter_tree, split, value_of
from partimento.teaching.exercises.worksheet import Cell, Item, Line, Worksheet
from partimento.theory.key import Key
from partimento.theory.meter import TICKS, Meter

NAME_LINE = "Name ____________________   Date ____________"
_FIGURED = re.compile(
    r"(<note[^>]*>(?:(?!</note>).)*)"
    r"<lyric number=\"1\"><syllabic>single</syllabic><text>=([^<]*)</text></lyric>"
)
_NUMBERED = re.compile(r'<words font-style="italic">(\d+\.[^<]*)</words>')
_TRIPLETS = {value * 2 // 3: Value(kind, 0, 3, 2) for kind, value in (("half", 960), ("quarter", 480), ("eighth", 240))}


def worksheet_xml(sheet: Worksheet, key: bool = False) -> bytes:
    """The sheet, or its key, as a `.musicxml` file."""
    text = musicxml(worksheet_page(sheet, key)).decode()
    text = text.replace("<work><work-title>", f"<work><work-number>{sheet.id}</work-number><work-title>", 1)
    text = text.replace("<encoding>", f"<rights>Exercise {sheet.id}</rights>\n<encoding>", 1)
    field = f'<miscellaneous><miscellaneous-field name="exercise">{sheet.id}</miscellaneous-field></miscellaneous>\n'
    text = text.replace("</identification>", f"{field}</identification>", 1)
    text = _FIGURED.sub(lambda match: _figured(match[2]) + match[1], text)
    return _NUMBERED.sub(r'<words font-weight="bold">\1</words>', text).encode()


def _figured(figures: str) -> str:
    """The `<figured-bass>` that stands before its note: "6,#" is a six over a sharp."""
    signs = {"": "", "#": "sharp", "##": "double-sharp", "b": "flat", "bb": "flat-flat", "n": "natural"}
    out = ""
    for figure in figures.split(","):
        number = figure.lstrip("#bn")
        sign = signs[figure.removesuffix(number)]
        out += "<figure>" + (f"<prefix>{sign}</prefix>" if sign else "")
        out += (f"<figure-number>{number}</figure-number>" if number else "") + "</figure>"
    return f"<figured-bass>{out}</figured-bass>\n"


def worksheet_page(sheet: Worksheet, key: bool = False, plain_figures: bool = False) -> Page:
    """The Page of a sheet; of its key every item's answer. `plain_figures` of a bass stand under it as words."""
    bars = _bars(sheet, key)
    starts = sheet.starts()
    parts = []
    for staff, (clef, name) in enumerate(sheet.staves):
        measures: list[Measure] = []
        for number, (item, first) in enumerate(zip(sheet.items, starts, strict=True), 1):
            lines = [line for line in (item.answer if key else item.given) if line.staff == staff]
            lines = [_in_words(line) for line in lines] if plain_figures else lines
            own = _measures(item, lines, bars[first].start)
            if staff == 0:
                prompt = f"{number}. {item.prompt}".rstrip()
                own[0] = Measure(own[0].voices, (Direction(bars[first].start, "words", prompt),))
            measures += own
        parts.append(Part(name, name, "", "piano", "comp", (clef,), tuple(measures), channel=staff))
    title = f"{sheet.title} (key)" if key else sheet.title
    return Page(title, "score", bars, tuple(parts), subtitle=sheet.instruction,
                composer=f"{sheet.id}   " + ("" if key else NAME_LINE))  # fmt: skip


def _in_words(line: Line) -> Line:
    signs = str.maketrans({",": " ", "#": "♯", "b": "♭", "n": "♮"})
    cells = (cell._replace(text=cell.figures.translate(signs) or cell.text, figures="") for cell in line.cells)
    return line._replace(cells=tuple(cells))


def _bars(sheet: Worksheet, told: bool) -> tuple[Bar, ...]:
    """The bars; time signatures that are asked for are printed where they are `told`."""
    out: list[Bar] = []
    tick = 0
    meter: Meter | None = None
    key: Key | None = None
    for number, item in enumerate(sheet.items):
        for i in range(item.bars):
            last = i == item.bars - 1
            final = last and number == len(sheet.items) - 1
            line = (len(out) % sheet.bars_a_line == 0) if item.bars < sheet.bars_a_line else i == 0
            # A signature that goes on is printed anew where a line begins, and nowhere else.
            line = line or (sheet.reads_signatures and not _shows(item.key, key))
            out.append(
                Bar(
                    len(out) + 1, tick, item.meter.bar, item.meter, item.key,
                    shows_meter=item.meter != meter or (item.hides_meter and i == 0), shows_key=_shows(item.key, key),
                    barline="final" if final else "double" if last else "", new_system=line and bool(out),
                    hides_meter=item.hides_meter and not told,
                )
            )  # fmt: skip
            tick, key = tick + item.meter.bar, item.key
            # What comes after a hidden signature tells its own; within the item none may give it away.
            meter = None if item.hides_meter and last else item.meter
    return tuple(out)


def _shows(key: Key, before: Key | None) -> bool:
    return before is None or key.signature != before.signature


def _measures(item: Item, lines: list[Line], start: int) -> list[Measure]:
    """The item's bars on one staff; a staff with nothing is space."""
    out = []
    for bar in range(item.bars):
        low, high = bar * item.meter.bar, (bar + 1) * item.meter.bar
        voices = []
        for line in lines:
            stem = ("up", "down")[line.voice % 2] if len(lines) > 1 else ""
            events = _events(line.cells, low, high, start, item.meter, stem)
            voices.append(Voice(line.voice + 1, 1, with_beams(events, item.meter, start + low)))
        if not voices:
            voices = [Voice(1, 1, tuple(_space(low, high, low, start, item.meter)))]
        out.append(Measure(tuple(voices)))
    return out


def _events(cells: tuple[Cell, ...], low: int, high: int, start: int, meter: Meter, stem: str) -> list[Event]:
    """One voice in one bar, [low, high) of the item: notes cut and tied at the bar line, gaps filled with space."""
    events: list[Event] = []
    now = low
    for cell in cells:
        a, b = max(low, cell.onset), min(high, cell.onset + cell.duration)
        if a >= b:
            continue
        events += _space(now, a, low, start, meter)
        events += _pieces(cell, a, b, low, start, meter, stem)
        now = b
    return _bracketed([*events, *_space(now, high, low, start, meter)])


def _space(a: int, b: int, low: int, start: int, meter: Meter) -> list[Event]:
    """Rests that are not printed, beat by beat: they leave room on paper, and the student replaces them."""
    if (b - a) % (TICKS // 8):
        # the rest of a triplet
        unit = next(ticks for ticks in sorted(_TRIPLETS) if (b - a) % ticks == 0)
        return [Event(start + t, unit, _TRIPLETS[unit], hidden=True) for t in range(a, b, unit)]
    bounds = sorted({a, b, *(low + beat for beat in meter.beats if a < low + beat < b)})
    spans = [span for x, y in pairwise(bounds) for span in split(meter_tree(meter), x - low, y - low, True)]
    return [Event(start + low + x, y - x, value_of(y - x) or Value("quarter"), hidden=True) for x, y in spans]


def _pieces(cell: Cell, a: int, b: int, low: int, start: int, meter: Meter, stem: str) -> list[Event]:
    value = value_of(b - a) or _TRIPLETS.get(b - a)
    spans = ((a, b),) if value else tuple((low + x, low + y) for x, y in split(meter_tree(meter), a - low, b - low))
    out = []
    for x, y in spans:
        # Of a tie the text stands under its first note; a thorough bass's figures go before it (see _FIGURED).
        text = (f"={cell.figures}" if cell.figures else cell.text) if x == cell.onset else ""
        notes = tuple(
            PageNote(pitch, tie_start=y < cell.onset + cell.duration, tie_stop=x > cell.onset) for pitch in cell.pitches
        )
        made = value_of(y - x) or _TRIPLETS.get(y - x) or Value("quarter")
        out.append(Event(start + x, y - x, made, notes, lyric=text or None, stem=stem if notes else ""))
    return out


def _bracketed(events: list[Event]) -> list[Event]:
    """Triplets get their brackets, three notes' time together."""
    out: list[Event] = []
    for uneven, run in groupby(events, key=lambda event: event.value.actual):
        group = list(run)
        if uneven == 1:
            out += group
            continue
        held, first = 0, True
        for event in group:
            whole = 3 * min(e.duration for e in group)
            held += event.duration
            tuplet = "start" if first else "stop" if held % whole == 0 else ""
            first = held % whole == 0
            out.append(_with_tuplet(event, tuplet))
    return out


def _with_tuplet(event: Event, tuplet: str) -> Event:
    from dataclasses import replace

    return replace(event, tuplet=tuplet)
