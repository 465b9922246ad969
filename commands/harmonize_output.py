"""What `partimento harmonize` prints and writes: a table, JSON, and files by their ending.

Conventions: a setting is a Chorale or a LeadSheet; JSON tells ticks, bars as printed and beats from 1.
"""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Sequence
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any

from partimento.theory.errors import ScoreFormatError, nearest

if TYPE_CHECKING:
    from partimento.composer.chorale import Choice, Chorale
    from partimento.composer.chorale_line import Line
    from partimento.composer.reharmonise_tune import LeadSheet
    from partimento.score.notation.page import Page
    from partimento.score.song import Song

    Setting = Chorale | LeadSheet

_WIDTH = 100
ENDINGS = (".musicxml", ".mxl", ".mid", ".json", ".pdf", ".png", ".ly")


def check_ending(out: Path) -> None:
    """ScoreFormatError for a file whose ending names no format."""
    if out.suffix.lower() not in ENDINGS:
        hint = nearest(out.suffix, ENDINGS)
        raise ScoreFormatError(f"'{out.name}' names no format: its ending is one of {', '.join(ENDINGS)}.{hint}")


def targets(out: Path, count: int) -> list[Path]:
    """The files of so many settings: the name itself, then name-2, name-3."""
    return [out if n == 1 else out.with_name(f"{out.stem}-{n}{out.suffix}") for n in range(1, count + 1)]


def song_of(setting: Setting) -> Song:
    """The setting as a Song."""
    from partimento.composer.chorale import Chorale
    from partimento.composer.chorale_song import chorale_song
    from partimento.composer.reharmonise_tune import lead_sheet_song

    return chorale_song(setting) if isinstance(setting, Chorale) else lead_sheet_song(setting)


def _page(setting: Setting) -> Page:
    from partimento.composer.chorale import Chorale
    from partimento.composer.chorale_song import chorale_page
    from partimento.score.notation.lead_sheet import lead_sheet

    return chorale_page(setting) if isinstance(setting, Chorale) else lead_sheet(song_of(setting))


def file_bytes(setting: Setting, ending: str) -> bytes:
    """The setting in the format of a file's ending; RenderError where pages cannot be engraved here."""
    if ending == ".mid":
        return song_of(setting).to_midi()
    if ending == ".json":
        return song_of(setting).to_json().encode()
    page = _page(setting)
    if ending == ".ly":
        from partimento.score.notation.lilypond import lilypond

        return lilypond(page).encode()
    from partimento.score.notation.musicxml import musicxml, mxl

    xml = musicxml(page)
    if ending in (".musicxml", ".mxl"):
        return xml if ending == ".musicxml" else mxl(xml)
    from partimento.score.notation.engrave import check_engraving, pdf_of, png_of, svg_pages

    check_engraving()
    pages = svg_pages(xml, kind=page.kind)
    return pdf_of(pages) if ending == ".pdf" else png_of(pages[0])


def place_of(line: Line, tick: int) -> tuple[int, float]:
    """The printed bar and the beat of a tick."""
    bar = next((bar for bar in line.bars if bar.start <= tick < bar.end), line.bars[-1])
    return bar.number, bar.beat(tick)


def _beat(beat: float) -> str:
    """A beat as players say it: "2", "2+1/2", "2+2/3"."""
    whole, part = divmod(Fraction(beat).limit_denominator(48), 1)
    return f"{whole}+{part}" if part else str(whole)


def table_lines(setting: Setting) -> Iterator[str]:
    """A row a change of chord, wrapped: bar and beat, chord, numeral, reason."""
    from partimento.teaching.harmony_words import chord_words

    key = None
    last = None
    for choice in setting.choices:
        if last is not None and last.chord == choice.chord and last.key == choice.key and not choice.cadence:
            continue
        if choice.key != key:
            yield f"{choice.key}:"
        key, last = choice.key, choice
        bar, beat = place_of(setting.line, choice.start)
        words = chord_words(choice.function, choice.melody, choice.rule, choice.values)
        head = f"  {bar:>3}.{_beat(beat):<6} {choice.chord.name:<9} {choice.numeral:<9} "
        others = ", ".join(
            f"{other.chord.name} ({other.numeral}{'' if other.key == choice.key else f' of {other.key}'})"
            for other in choice.others
        )
        text = f"{words} Or: {others}." if others else words
        yield from textwrap.wrap(text, _WIDTH, initial_indent=head, subsequent_indent=" " * len(head))


def setting_json(setting: Setting) -> dict[str, Any]:
    """A setting as plain data."""
    from partimento.composer.chorale import Chorale

    rows = [_choice_json(setting.line, choice) for choice in setting.choices]
    if not isinstance(setting, Chorale):
        return {"daring": setting.daring, "chords": rows}
    from partimento.composer.chorale_song import chorale_figures

    figures = {tick: " ".join(map(str, found)) for tick, found in chorale_figures(setting)}
    parts = [[(n.onset, n.end - n.onset, str(n.pitch)) for n in part] for part in setting.parts]
    parts.append([(n.onset, n.duration, str(n.pitch)) for n in setting.line.notes])
    return {
        "chords": rows,
        "voices": {
            name: [{"onset": onset, "duration": length, "pitch": pitch} for onset, length, pitch in part]
            for name, part in zip(("bass", "tenor", "alto", "soprano"), parts, strict=True)
        },
        "figured_bass": [{"onset": tick, "figures": text} for tick, text in sorted(figures.items())],
        "ornaments": [
            {"kind": o.kind, "voice": ("bass", "tenor", "alto")[o.voice], "onset": o.tick, "figure": o.figure}
            for o in setting.ornaments
        ],
        "octaves_moved": setting.octaves,
    }


def _choice_json(line: Line, choice: Choice) -> dict[str, Any]:
    from partimento.teaching.harmony_words import chord_words

    bar, beat = place_of(line, choice.start)
    return {
        "onset": choice.start,
        "duration": choice.end - choice.start,
        "bar": bar,
        "beat": beat,
        "key": str(choice.key),
        "chord": choice.chord.name,
        "numeral": choice.numeral,
        "function": choice.function,
        "melody": choice.melody,
        "cadence": choice.cadence,
        "rule": choice.rule,
        "reason": chord_words(choice.function, choice.melody, choice.rule, choice.values),
        "others": [
            {"chord": other.chord.name, "numeral": other.numeral, "key": str(other.key)} for other in choice.others
        ],
    }


def said_of(settings: Sequence[Setting]) -> Iterator[str]:
    """What the user should know of how the melody was taken."""
    from partimento.composer.chorale import Chorale

    first = settings[0]
    yield f"Key: {first.line.key}"
    if isinstance(first, Chorale):
        if first.octaves:
            way = "up" if first.octaves > 0 else "down"
            many = abs(first.octaves)
            yield f"The melody is set {many} octave{'s' if many > 1 else ''} {way}, where sopranos sing"
        count = sum(slot.ends for slot in first.slots)
        found = "fermatas of the source" if first.line.fermatas else "found by long notes and rests"
        yield f"Phrases: {count} ({found})"
