"""ABC 2.1 to a Draft: one tune of a file.

Conventions: read by our own scanner, since music21's loses words, voices, tempo and chord symbols on the way; music21
and abc2midi are the witnesses in the tests. Text is UTF-8, else Latin-1. Repeats are unfolded.
"""

from __future__ import annotations

from dataclasses import replace

from partimento.score.importing.draft import Draft
from partimento.score.importing.from_abc_fields import (
    FIELD,
    AbcKey,
    Tune,
    VoiceSettings,
    key_of,
    length_of,
    times_of,
    tunes_of,
    uncommented,
    usual_length,
)
from partimento.score.importing.from_abc_music import read_line
from partimento.score.importing.from_abc_voice import Voice
from partimento.score.importing.sheet import PartBar, PartHead, SheetPart
from partimento.score.importing.sheet_draft import sheet_draft
from partimento.theory.errors import ScoreFormatError

MOST_BYTES = 1_000_000
"""Of one ABC file, some 2,000 tunes."""
MOST_VOICES = 64


def abc_draft(data: bytes, where: str, tune: int = 1, unfold: bool = True) -> Draft:
    """Tune number `tune` (from 1, in the file's order) of an ABC file, repeats unfolded or as written.

    ScoreFormatError where the file is over 1,000,000 bytes, has no such tune or no notes, or is no ABC.
    """
    if len(data) > MOST_BYTES:
        raise ScoreFormatError(f"{where} has {len(data)} bytes; of ABC at most {MOST_BYTES} are read")
    if b"\0" in data:
        raise ScoreFormatError(f"{where} is no text, so no ABC")
    tunes = tunes_of(_text(data))
    if not 1 <= tune <= len(tunes):
        raise ScoreFormatError(f"{where} has {len(tunes)} tune{'s' * (len(tunes) > 1)}; there is no tune {tune}")
    chosen = tunes[tune - 1]
    if not any(name == "K" for name, _ in chosen.header) and not chosen.number:
        raise ScoreFormatError(f"{where} is no ABC (a tune begins with X: and its header ends with K:)")
    voices, unknown = _voices(chosen, where)
    stem = where.rpartition(".")[0] or where
    draft = sheet_draft(chosen.title or stem, voices, where, unfold)
    notices = list(draft.notices)
    if len(tunes) > 1:
        notices.insert(0, f"{where} has {len(tunes)} tunes; this is tune {tune}, '{chosen.title or 'no title'}'")
    if unknown:
        notices.append(f"{unknown} signs are no ABC that is known and are passed over")
    return replace(draft, notices=tuple(notices))


def _text(data: bytes) -> str:
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return data.decode("latin-1")


class _Voices:
    """The voices of a tune by their names, made when they are first spoken of."""

    def __init__(self, tune: Tune, where: str) -> None:
        self._where = where
        self._readers: dict[str, Voice] = {}
        said = dict(tune.header)
        self._times = times_of(said.get("M", ""))
        self._unit = length_of(said.get("L", "")) or usual_length(self._times)
        self._key_text = said.get("K", "none")
        self._tempo = said.get("Q", "")
        names = [name for name, _ in tune.header]
        before = tune.header[: names.index("V")] if "V" in names else tune.header
        self._directives = [value for name, value in before if name == "%"]

    def named(self, name: str) -> Voice:
        """The voice of that name; ScoreFormatError for one too many."""
        if name not in self._readers:
            if len(self._readers) >= MOST_VOICES:
                raise ScoreFormatError(f"{self._where} has more than {MOST_VOICES} voices; it is not read")
            self._readers[name] = self._made()
        return self._readers[name]

    def _made(self) -> Voice:
        settings = VoiceSettings()
        settings.take(self._key_text)
        for directive in self._directives:
            settings.directive(directive)
        key = key_of(self._key_text) if self._key_text.strip() else AbcKey(none=True)
        reader = Voice(key, self._times, self._unit, settings)
        if self._tempo and not self._readers:
            reader.take("Q", self._tempo)
        return reader

    def items(self) -> list[tuple[str, Voice]]:
        """The voices in the order in which they came."""
        return list(self._readers.items())


def _voices(tune: Tune, where: str) -> tuple[list[SheetPart], int]:
    voices = _Voices(tune, where)
    current: Voice | None = None
    for name, value in tune.header:
        if name == "V":
            voice, _, settings = value.partition(" ")
            current = voices.named(voice)
            current.configure(settings)
        elif name == "%" and current is not None:
            current.settings.directive(value)
    current = voices.items()[0][1] if voices.items() else voices.named("")
    for line in tune.body:
        current = _line(line, voices, current)
    parts: list[SheetPart] = []
    unknown = 0
    for i, (name, reader) in enumerate(voices.items(), 1):
        reader.finish()
        unknown += reader.unknown
        if not any(bar.notes for bar in reader.bars):
            continue
        title = reader.settings.name or (f"Voice {name}" if name else "Melody")
        head = PartHead(str(i), title, reader.settings.drums, reader.settings.program)
        parts.append(SheetPart(head, reader.bars, reader.dropped, reader.rounded))
    return parts or [SheetPart(PartHead("1", "Melody"), [PartBar()])], unknown


def _line(line: str, voices: _Voices, current: Voice) -> Voice:
    """Read a line of the body; the voice that goes on after it."""
    if line.startswith("%%"):
        current.settings.directive(line[2:].strip())
        return current
    text = uncommented(line)
    match = FIELD.match(text)
    # "A:|" is a note and a bar line, "w: |" are words that begin with a bar.
    if match is not None and (match[1] in "wW" or match[2][:1] not in ("|", ":")):
        name, value = match[1], match[2].strip()
        if name == "V":
            voice, _, settings = value.partition(" ")
            current = voices.named(voice)
            current.configure(settings)
        elif name == "w":
            current.words(value)
        else:
            current.take(name, value)
        return current
    for piece in _by_voice(text):
        if piece.startswith("[V:"):
            name, _, rest = piece[3:].partition("]")
            current = voices.named(name.split()[0] if name.split() else "")
            piece = rest
        if piece.strip():
            read_line(current, piece)
    return current


def _by_voice(text: str) -> list[str]:
    """A line parted before each `[V:...]`."""
    first, *rest = text.split("[V:")
    return [first, *("[V:" + piece for piece in rest)]
