"""One part of a Page as MusicXML measures: attributes, barlines, then voice after voice with what stands over it.

Conventions: all times are divided by the page's ticks a division. The items of a staff go with its first voice: each
right before the note at its tick, or where its tick lies inside a note, after that note by `<backup>` and `<forward>`
(MuseScore 3 leaves the `<offset>` of tempos and words aside).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from partimento.score.notation.musicxml_accidentals import Accidentals, Shown
from partimento.score.notation.musicxml_direction import Item, clef_xml, items_by_bar
from partimento.score.notation.musicxml_note import Frame, Lyrics, event_xml, tuplet_kinds
from partimento.score.notation.musicxml_parts import part_id
from partimento.score.notation.page import Bar, Event, Measure, Page, Part, Value, Voice
from partimento.score.notation.transposing import key_of_part
from partimento.theory.meter import TICKS


def part_xml(page: Page, index: int, ticks: int) -> str:
    """The `<part>` of the part of that index, its times in divisions of so many ticks."""
    return _Writer(page, index, ticks).xml()


class _Writer:
    """Walks one part, bar after bar."""

    def __init__(self, page: Page, index: int, ticks: int) -> None:
        self.page, self.index, self.ticks = page, index, ticks
        self.part: Part = page.parts[index]
        self.staves = len(self.part.clefs)
        self.unpitched = all(clef == "percussion" for clef in self.part.clefs) and bool(self.part.drums)
        self.accidentals = Accidentals()
        self.lyrics: dict[int, Lyrics] = {}

    def xml(self) -> str:
        items = items_by_bar(self.page, self.part, self.index == 0)
        out = [f'<part id="{part_id(self.index)}">\n']
        rows = zip(self.page.bars, self.part.measures, items, strict=True)
        for i, (bar, measure, own) in enumerate(rows):
            implicit = ' implicit="yes"' if bar.implicit else ""
            out.append(f'<measure number="{bar.number}"{implicit}>\n')
            out.append('<print new-system="yes"/>\n' if bar.new_system and i else "")
            out.append(self._attributes(bar, i == 0))
            out.append(_left_barline(bar))
            self._voices(out, bar, measure, own)
            out.append(_right_barline(bar))
            out.append("</measure>\n")
        out.append("</part>\n")
        return "".join(out)

    def _attributes(self, bar: Bar, first: bool) -> str:
        out = []
        if first:
            out.append(f"<divisions>{TICKS // self.ticks}</divisions>")
        if (first or bar.shows_key) and not self.unpitched:
            key = key_of_part(bar.key, self.part.transposes)
            out.append(f"<key><fifths>{key.signature}</fifths><mode>{key.mode}</mode></key>")
        if first or bar.shows_meter:
            meter = bar.meter
            shown = ' print-object="no"' if bar.hides_meter else ""
            out.append(
                f"<time{shown}><beats>{meter.numerator}</beats><beat-type>{meter.denominator}</beat-type></time>"
            )
        if first:
            out.append(f"<staves>{self.staves}</staves>" if self.staves > 1 else "")
            out += [clef_xml(clef, staff, self.staves) for staff, clef in enumerate(self.part.clefs, 1)]
            out.append(_transpose(self.part.transposes))
        return f"<attributes>{''.join(out)}</attributes>\n" if out else ""

    def _voices(self, out: list[str], bar: Bar, measure: Measure, items: list[Item]) -> None:
        key = key_of_part(bar.key, self.part.transposes)
        shown = self.accidentals.of_measure(measure, key.signature)
        voices = measure.voices or (_silent(bar),)
        staves = [voice.staff for voice in voices]
        # What belongs to a staff without a voice stands with the first voice of all.
        homes = [staves.index(item.staff) if item.staff in staves else 0 for item in items]
        now = bar.start
        for v, voice in enumerate(voices):
            out.append(self._move(now, bar.start))
            own = [item for item, home in zip(items, homes, strict=True) if home == v]
            now = self._voice(out, bar, v, voice, own, shown)
        out.append(self._move(now, bar.end))

    def _voice(self, out: list[str], bar: Bar, v: int, voice: Voice, items: list[Item], shown: Shown) -> int:
        """Append one voice; returns the tick at which it leaves off."""
        frame = Frame(self.index, voice.number, voice.staff if self.staves > 1 else None, self.ticks)
        lyrics = self.lyrics.setdefault(voice.number, Lyrics())
        kinds = tuplet_kinds(voice.events)
        items = _clefs_between_notes(items, voice.events)
        now, i = bar.start, 0
        for e, event in enumerate(voice.events):
            out.append(self._move(now, event.onset))
            now = event.onset + event.duration
            while i < len(items) and items[i].tick <= event.onset:
                out.append(items[i].xml + "\n")
                i += 1
            accidentals = tuple(shown.get((v, e, n), "") for n in range(len(event.notes)))
            lyric = lyrics.xml(event.lyric) if event.notes else ""
            out.append(event_xml(event, frame, accidentals, kinds[e], lyric))
            at = now
            while i < len(items) and items[i].tick < now:
                out.append(self._move(at, items[i].tick) + items[i].xml + "\n")
                at = items[i].tick
                i += 1
            out.append(self._move(at, now))
        out += [item.xml + "\n" for item in items[i:]]
        return now

    def _move(self, now: int, to: int) -> str:
        if now == to:
            return ""
        name = "forward" if to > now else "backup"
        return f"<{name}><duration>{abs(to - now) // self.ticks}</duration></{name}>\n"


def _clefs_between_notes(items: list[Item], events: Sequence[Event]) -> list[Item]:
    """The items, a clef that falls inside a note waiting for the note's end."""
    if not any(item.clef for item in items):
        return items
    moved: list[Item] = []
    for item in items:
        inside = (event for event in events if event.onset < item.tick < event.onset + event.duration)
        over = next(inside, None) if item.clef else None
        moved.append(item if over is None else replace(item, tick=over.onset + over.duration))
    return sorted(moved, key=lambda item: (item.tick, item.rank))


def _silent(bar: Bar) -> Voice:
    return Voice(1, 1, (Event(bar.start, bar.length, Value("whole"), whole_bar=True),))


def _transpose(transposes: tuple[int, int]) -> str:
    """The way from what is written to what sounds: letters and semitones within the octave, then octaves."""
    letters, semitones = transposes
    if not letters and not semitones:
        return ""
    octaves = int(-letters / 7)
    diatonic, chromatic = -letters - 7 * octaves, -semitones - 12 * octaves
    change = f"<octave-change>{octaves}</octave-change>" if octaves else ""
    return f"<transpose><diatonic>{diatonic}</diatonic><chromatic>{chromatic}</chromatic>{change}</transpose>"


def _left_barline(bar: Bar) -> str:
    style = "<bar-style>heavy-light</bar-style>" if bar.repeat_start else ""
    numbers = ",".join(map(str, bar.volta))
    ending = f'<ending number="{numbers}" type="start">{numbers.replace(",", ", ")}.</ending>' if _opens(bar) else ""
    repeat = '<repeat direction="forward"/>' if bar.repeat_start else ""
    content = style + ending + repeat
    return f'<barline location="left">{content}</barline>\n' if content else ""


def _opens(bar: Bar) -> bool:
    return bool(bar.volta) and bar.volta_start


def _right_barline(bar: Bar) -> str:
    heavy = bar.repeat_end or bar.barline == "final"
    style = "light-heavy" if heavy else "light-light" if bar.barline == "double" else ""
    content = f"<bar-style>{style}</bar-style>" if style else ""
    if bar.volta and bar.volta_stop:
        # The last ending's bracket stays open where no repeat closes it.
        way = "stop" if bar.repeat_end or bar.barline == "final" else "discontinue"
        content += f'<ending number="{",".join(map(str, bar.volta))}" type="{way}"/>'
    if bar.repeat_end:
        times = f' times="{bar.repeat_end}"' if bar.repeat_end > 2 else ""
        content += f'<repeat direction="backward"{times}/>'
    return f'<barline location="right">{content}</barline>\n' if content else ""
