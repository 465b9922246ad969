"""An example as a Page: voices of one keyboard on a grand staff, and only the marks that the example is about."""

from __future__ import annotations

from dataclasses import replace

from partimento.score.notation.full_score import full_score
from partimento.score.notation.page import Bar, Direction, Event, Measure, Page, Part, Voice
from partimento.teaching.glossary.example import LOUDNESS, Example

_LOWER = 4
"""How much further the voices of a lower staff are counted."""


def example_page(example: Example) -> Page:
    """The example's notes, chord symbols and marks, without tempo and title."""
    page = full_score(example.song, concert=True)
    parts = [_plain(part, page.bars) for part in page.parts]
    if example.numerals:  # they stand under the staff and tell the chords already
        parts = [_without_symbols(part) for part in parts]
    names = [part.track for part in parts]
    if "Upper" in names and "Lower" in names:
        upper, lower = (parts[names.index(name)] for name in ("Upper", "Lower"))
        at = names.index("Upper")
        parts = [part for part in parts if part.track != "Lower"]
        parts[at] = _braced(upper, lower)
    if parts:
        parts[0] = _marked(parts[0], example, page.bars)
    parts = [replace(part, measures=tuple(_held(measure, example) for measure in part.measures)) for part in parts]
    return replace(page, title="", parts=tuple(parts), bars=_bars(page.bars, example), tempos=(), swing="")


def _plain(part: Part, bars: tuple[Bar, ...]) -> Part:
    """Without dynamics and words that the score has of itself, clef changes kept."""
    measures = tuple(
        replace(measure, directions=tuple(mark for mark in measure.directions if mark.kind == "clef"))
        for measure in part.measures
    )
    return replace(part, name="", abbreviation="", measures=measures)


def _without_symbols(part: Part) -> Part:
    return replace(part, measures=tuple(replace(measure, harmonies=()) for measure in part.measures))


def _braced(upper: Part, lower: Part) -> Part:
    measures = []
    for above, below in zip(upper.measures, lower.measures, strict=True):
        voices = tuple(replace(voice, number=voice.number + _LOWER, staff=2) for voice in below.voices)
        measures.append(Measure((*above.voices, *voices), (), above.harmonies or below.harmonies))
    return replace(upper, clefs=("treble", "bass"), measures=tuple(measures), instrument="piano")


def _marked(part: Part, example: Example, bars: tuple[Bar, ...]) -> Part:
    """With the example's own words and dynamics."""
    offset = 0 if bars[0].implicit else 1
    said: dict[int, list[Direction]] = {}
    for number, text in example.words:
        said.setdefault(number - offset, []).append(Direction(bars[number - offset].start, "words", text))
    for number, mark, length in example.marks:
        start = bars[number - offset].start
        direction = (
            Direction(start, "dynamic", mark)
            if mark in LOUDNESS
            else Direction(start, mark, duration=length * bars[number - offset].length - 1)
        )
        said.setdefault(number - offset, []).append(direction)
    measures = tuple(
        replace(measure, directions=(*measure.directions, *said.get(index, ())))
        for index, measure in enumerate(part.measures)
    )
    return replace(part, measures=measures)


def _held(measure: Measure, example: Example) -> Measure:
    """With the example's fermatas."""
    if not example.fermatas:
        return measure

    def marked(event: Event) -> Event:
        held = event.notes and event.onset in example.fermatas
        return replace(event, marks=(*event.marks, "fermata")) if held else event

    voices = tuple(Voice(v.number, v.staff, tuple(map(marked, v.events))) for v in measure.voices)
    return replace(measure, voices=voices)


def _bars(bars: tuple[Bar, ...], example: Example) -> tuple[Bar, ...]:
    """With the example's repeat; sections begin no new line."""
    out = []
    for bar in bars:
        bar = replace(bar, new_system=False)
        if example.repeat and bar.number == example.repeat[0]:
            bar = replace(bar, repeat_start=True)
        if example.repeat and bar.number == example.repeat[1]:
            bar = replace(bar, repeat_end=2, barline="")
        out.append(bar)
    return tuple(out)
