"""A checked piece as a score with its breaches marked: notes in colour, and under each the name of the rule.

Conventions: MusicXML as `partimento export` writes it; colours go by severity, and the words say what the colours do.
"""

from __future__ import annotations

import xml.etree.ElementTree as ET
from collections.abc import Sequence

from partimento.score.notation.full_score import full_score
from partimento.score.notation.musicxml import musicxml
from partimento.score.notation.page import Page
from partimento.score.song import Song
from partimento.teaching.checking import Finding
from partimento.theory.analysis.piece import Piece
from partimento.theory.meter import TICKS
from partimento.theory.pitch import Pitch
from partimento.theory.rules.breach import SEVERITIES

COLOURS = {"error": "#C00000", "warning": "#B06000", "style": "#0060A0"}

_Mark = tuple[str, str]
"""The severity of the gravest breach at a note, and the titles of all."""


def marked_musicxml(song: Song, piece: Piece, rows: Sequence[Finding]) -> bytes:
    """The song's score as MusicXML, every note that begins or sounds at a finding in its voices coloured."""
    page = full_score(song)
    text = musicxml(page)
    head = text[: text.index(b"<score-partwise")]
    root = ET.fromstring(text)
    marks = _marks(page, piece, rows)
    for part, drawn in zip(root.iter("part"), page.parts, strict=True):
        # The writer says a part's divisions once, in its first measure.
        divisions = int(part.findtext("measure/attributes/divisions", "1"))
        for measure, bar in zip(part.iter("measure"), page.bars, strict=True):
            _mark(measure, bar.start, divisions, (drawn.track, drawn.transposes[1]), marks)
    return head + ET.tostring(root, encoding="unicode").encode() + b"\n"


def _marks(page: Page, piece: Piece, rows: Sequence[Finding]) -> dict[tuple[str, int, int], _Mark]:
    """(track, onset, sounding MIDI number) -> what is to be marked there."""
    tracks = sorted((part.track for part in page.parts), key=len, reverse=True)
    found: dict[tuple[str, int, int], _Mark] = {}
    for row in rows:
        for tone in piece.tones:
            if tone.voice not in row.breach.voices or not tone.onset <= row.breach.tick < tone.end:
                continue
            track = next((name for name in tracks if piece.voices[tone.voice].name.startswith(name)), "")
            key = (track, tone.onset, tone.pitch.midi)
            before = found.get(key)
            title = row.title if before is None or row.title in before[1] else f"{before[1]}; {row.title}"
            severities = [row.breach.severity, *([before[0]] if before is not None else [])]
            found[key] = (min(severities, key=SEVERITIES.index), title)
    return found


def _mark(
    measure: ET.Element, start: int, divisions: int, part: tuple[str, int], marks: dict[tuple[str, int, int], _Mark]
) -> None:
    """Colours a measure's notes, the rules' titles before them; `part` is (track, semitones it transposes)."""
    written: list[tuple[ET.Element, str, str]] = []
    tick = onset = start
    track, transposes = part
    for element in list(measure):
        length = round(int(element.findtext("duration", "0")) * TICKS / divisions)
        if element.tag == "backup":
            tick -= length
        elif element.tag == "forward":
            tick += length
        elif element.tag == "note":
            if element.find("chord") is None:
                onset = tick
                tick += length
            pitch = _pitch(element)
            mark = marks.get((track, onset, pitch.midi - transposes)) if pitch is not None else None
            if mark is not None:
                element.set("color", COLOURS[mark[0]])
                written.append((element, *mark))
    said: set[str] = set()
    for element, severity, title in written:
        if title not in said:
            measure.insert(list(measure).index(element), _words(f"{severity}: {title}", COLOURS[severity]))
        said.add(title)


def _pitch(note: ET.Element) -> Pitch | None:
    step, octave = note.findtext("pitch/step"), note.findtext("pitch/octave")
    if step is None or octave is None:
        return None
    return Pitch(step, int(note.findtext("pitch/alter", "0")), int(octave))


def _words(text: str, colour: str) -> ET.Element:
    direction = ET.Element("direction", placement="below")
    kind = ET.SubElement(direction, "direction-type")
    ET.SubElement(kind, "words", {"color": colour, "font-size": "7"}).text = text
    return direction
