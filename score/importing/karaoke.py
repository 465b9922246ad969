"""Words of karaoke files: text events (FF 01) that are sung, as the Soft Karaoke form (.kar) has them.

Conventions: ticks, 480 to the quarter. A text that begins with "@" tells about the file ("@T" its title); "/" and a
backslash begin a line and a verse; a syllable without a space after it goes on in the next and gets a hyphen.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import replace

from partimento.score.importing.draft import Draft, DraftPart
from partimento.score.importing.naming import folded
from partimento.score.midi_events import META, EventCount, track_events, track_spans, without_riff
from partimento.theory.meter import TICKS

_NAMES = frozenset(("words", "lyrics", "lyric", "karaoke", "paroles", "texte", "testo", "letra"))
_LEAST = 4
_NEAR = 60
_TEXT, _NAME = 0x01, 0x03
_MOST_TEXT = 200


def with_karaoke(draft: Draft, data: bytes, where: str) -> Draft:
    """The draft of a MIDI file with the words and the title of its karaoke, if it is one and has no lyrics (FF 05).

    Texts are sung where the file is called .kar, says "@KMIDI", or has them on a track that is called Words.
    """
    if b"\xff\x01" not in data or any(part.lyrics for part in draft.parts):
        return draft
    karaoke = where.casefold().endswith(".kar") or b"@KMIDI" in data
    best: list[tuple[int, str]] = []
    title = ""
    for name, texts in _texts(data, where):
        title = title or next((text[2:].strip() for _, text in texts if text.startswith("@T")), "")
        sung = [row for row in texts if row[1].strip() and not row[1].startswith("@")]
        if (karaoke or folded(name) in _NAMES) and len(sung) >= _LEAST and len(sung) > len(best):
            best = sung
    pitched = [i for i, part in enumerate(draft.parts) if part.played and not part.drums]
    parts = list(draft.parts)
    if best and pitched:
        singer = max(pitched, key=lambda i: _met(parts[i], best))
        parts[singer] = replace(parts[singer], lyrics=_syllables(best))
    return replace(draft, title=title or draft.title, parts=tuple(parts))


def _texts(data: bytes, where: str) -> list[tuple[str, list[tuple[int, str]]]]:
    """Name and texts of each track of a MIDI file that has been read."""
    data = without_riff(data)
    count, quarter = int.from_bytes(data[10:12], "big"), int.from_bytes(data[12:14], "big")
    total = EventCount(where)
    out = []
    for span in track_spans(data, count, where):
        name = ""
        texts: list[tuple[int, str]] = []
        for now, status, kind, _, text in track_events(data, span, where, total):
            if status == META and kind == _TEXT:
                texts.append((now * TICKS // quarter, _decoded(text)))
            elif status == META and kind == _NAME:
                name = _decoded(text)
        out.append((name, texts))
    return out


def _decoded(data: bytes) -> str:
    """Text as UTF-8 where it is that, else as Latin-1, at most 200 long. Line ends are kept as "/"."""
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError:
        text = data.decode("latin-1")
    return "".join(c for c in text.replace("\r", "/").replace("\n", "/") if c.isprintable())[:_MOST_TEXT]


def _syllables(texts: Sequence[tuple[int, str]]) -> tuple[tuple[int, str], ...]:
    spaced = any(text[-1] == " " or text[0] == " " for _, text in texts)
    out = []
    for i, (tick, text) in enumerate(texts):
        after = texts[i + 1][1] if i + 1 < len(texts) else " "
        goes_on = spaced and text[-1] not in " /\\" and after[0] not in " /\\"
        plain = text.strip(" /\\")
        if plain:
            out.append((tick, plain if not goes_on or plain[-1] in "-.,;:!?" else f"{plain}-"))
    return tuple(out)


def _met(part: DraftPart, texts: Sequence[tuple[int, str]]) -> int:
    """How many texts fall on a beginning of the part's notes, less half a point for what it plays without words."""
    onsets = sorted({note.onset for note in part.played})
    met = 0
    for tick, _ in texts:
        i = bisect_left(onsets, tick - _NEAR)
        met += i < len(onsets) and onsets[i] <= tick + _NEAR
    return 2 * met - len(onsets)
