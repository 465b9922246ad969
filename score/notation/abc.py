"""ABC 2.1: the melody of a Page as text, with chord symbols, sections, repeats and lyrics.

Conventions: of a page's parts the first is written, of its voices the first; a note's unit is an eighth (`L:1/8`).
Accidentals are written so that both readings of the standard (this octave, every octave) give the same pitch. Slashes
are rests, and not invisible ones, which not every program knows. A chord that comes within a note splits it into tied
ones: ABC has no other place for it.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import gcd

from partimento.score.notation.abc_music import Spelling, bar_music, chord_names
from partimento.score.notation.abc_repeats import countable
from partimento.score.notation.bars import by_bar
from partimento.score.notation.page import Measure, Page, Part, TempoMark, Voice
from partimento.theory.key import Key
from partimento.theory.meter import TICKS

BARS_A_LINE = 4
_MODES = {"major": "", "minor": "m", "dorian": "dor", "phrygian": "phr", "lydian": "lyd", "mixolydian": "mix",
          "locrian": "loc"}  # fmt: skip
_ESCAPES = str.maketrans({"\\": "\\\\", "%": "\\%", "&": "\\&"})


def abc(page: Page) -> str:
    """The page as one ABC tune, `X:1`, without accompaniment when it is played."""
    page = countable(page)
    part = page.parts[0]
    first = page.bars[0]
    tempos = [tempo for tempo in page.tempos if tempo.onset <= first.start]
    lines = ["%abc-2.1", "I:abc-charset utf-8", "X:1", f"T:{field(page.title)}"]
    lines += [f"T:{field(page.subtitle)}"] if page.subtitle else []
    lines += [f"C:{field(page.composer)}"] if page.composer else []
    lines += [f"M:{first.meter.numerator}/{first.meter.denominator}", "L:1/8"]
    lines += [f"Q:{_tempo(page, tempos[0])}"] if tempos else []
    lines += [*chord_names(part), "%%MIDI gchordoff", f"K:{key_name(first.key)}{_clef(part)}"]
    return "\n".join(lines + _body(page, part)) + "\n"


def field(text: str) -> str:
    """A header's text on one line, with what ABC would read as something else escaped."""
    return "".join(char if char.isprintable() else " " for char in text).strip().translate(_ESCAPES)


def key_name(key: Key) -> str:
    """`Bb`, `F#m`, `Ddor`."""
    key = key.simplified()
    return key.tonic.name + _MODES[key.mode]


def _clef(part: Part) -> str:
    return " clef=bass" if part.clefs[0] in ("bass", "bass8vb") else ""


def _tempo(page: Page, tempo: TempoMark) -> str:
    swing = "swing" if page.swing and tempo == page.tempos[0] and "swing" not in tempo.text.casefold() else ""
    words = ", ".join(text for text in (tempo.text, swing) if text).replace('"', "'")
    text = f'"{field(words)}" ' if words else ""
    beat = tempo.beat if tempo.bpm > 0 else None
    length = beat.ticks if beat is not None else TICKS
    bpm = tempo.bpm if tempo.bpm > 0 else tempo.quarter_bpm
    return f"{text}{fraction(length, 4 * TICKS)}={max(1, round(bpm))}"


def fraction(a: int, b: int) -> str:
    """a / b in lowest terms."""
    divisor = gcd(a, b)
    return f"{a // divisor}/{b // divisor}"


def _body(page: Page, part: Part) -> list[str]:
    """Lines of four bars, new ones at sections and systems, each with its syllables below."""
    lines: list[str] = []
    line: list[str] = []
    words: list[str] = []
    since = 0
    tempos = by_bar(page.bars, page.tempos)
    sung_at_all = any(e.lyric for m in part.measures for v in m.voices for e in v.events)

    def close() -> None:
        nonlocal since
        if line:
            lines.append("".join(line).strip())
            if sung_at_all:
                lines.append("w: " + " ".join(words))
        line.clear()
        words.clear()
        since = 0

    for i, (bar, measure) in enumerate(zip(page.bars, part.measures, strict=True)):
        if bar.section or bar.new_system or since == BARS_A_LINE:
            close()
        if bar.section:
            lines.append(f"P:{field(bar.section)}")
        voice = melody_voice(measure)
        music, sung = bar_music(bar, voice, measure.harmonies, Spelling(bar.key))
        line.append(_opening(page, i, tempos[i]) + music + _closing(page, i))
        words += [*sung, "|"]
        since += 0 if bar.implicit else 1
    close()
    return lines


def melody_voice(measure: Measure) -> Voice | None:
    """The first voice of the first staff."""
    voices = sorted((voice for voice in measure.voices if voice.staff == 1), key=lambda voice: voice.number)
    return voices[0] if voices else None


def _opening(page: Page, i: int, tempos: Sequence[TempoMark]) -> str:
    """What stands before a bar's first note: changes, the first of its `tempos`, the bracket of an ending."""
    bar = page.bars[i]
    before = page.bars[i - 1] if i else None
    out = "|:" if bar.repeat_start else ""
    if bar.volta_start:
        out += f"[{_passes(bar.volta)} "
    if before is not None and before.key != bar.key:
        out += f"[K:{key_name(bar.key)}]"
    if before is not None and before.meter != bar.meter:
        out += f"[M:{bar.meter.numerator}/{bar.meter.denominator}]"
    new = [tempo for tempo in tempos if tempo.onset > page.bars[0].start]
    return out + "".join(f"[Q:{_tempo(page, tempo)}]" for tempo in new[:1])


def _passes(numbers: tuple[int, ...]) -> str:
    if len(numbers) > 2 and numbers == tuple(range(numbers[0], numbers[-1] + 1)):
        return f"{numbers[0]}-{numbers[-1]}"
    return ",".join(map(str, numbers))


def _closing(page: Page, i: int) -> str:
    """The bar line after a bar; one that the next bar's repeat sign replaces is left out."""
    bar = page.bars[i]
    after = page.bars[i + 1] if i + 1 < len(page.bars) else None
    if bar.repeat_end:
        return ":|"
    if after is not None and after.repeat_start:
        return " "
    if after is None or bar.barline == "final":
        return "|]"
    return "||" if bar.barline == "double" or bar.volta_stop else "| "
