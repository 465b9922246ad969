"""A student's file as the exercise sees it: notes by staff and voice, and what was written under and over them.

Conventions: ticks of the worksheet: each bar begins where the sheet has it, however full the student's bars before it
are, so that one bar of a wrong length spoils no other. Staves count from 0 at the top, voices of a staff from 0 in the
order of their numbers. Tied notes are one. Repeats are not played out.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import PurePath
from typing import NamedTuple
from xml.etree.ElementTree import Element

from partimento.score.importing.from_xml_chords import written_chord
from partimento.score.importing.from_xml_notes import PartReader
from partimento.score.importing.from_xml_parts import part_heads
from partimento.score.importing.from_xml_values import Cursor, decimal, text_in
from partimento.score.importing.importing import kind_of, read_draft
from partimento.score.importing.sheet import RawNote
from partimento.score.importing.xml_safety import MOST_PARTS, score_root, unpacked
from partimento.score.notation.page import KINDS
from partimento.score.performance import PlayedNote
from partimento.teaching.exercises.identity import identities_in
from partimento.theory.errors import ScoreFormatError
from partimento.theory.key import Key
from partimento.theory.meter import TICKS
from partimento.theory.pitch import Pitch

_FOREIGN = {
    ".mscz": "MuseScore", ".mscx": "MuseScore", ".sib": "Sibelius", ".musx": "Finale", ".mus": "Finale",
    ".dorico": "Dorico", ".gp": "Guitar Pro", ".gpx": "Guitar Pro", ".gp5": "Guitar Pro", ".cap": "capella",
    ".capx": "capella", ".logicx": "Logic", ".enc": "Encore",
}  # fmt: skip
_PICTURES = (".pdf", ".png", ".jpg", ".jpeg", ".svg", ".tif", ".tiff", ".gif", ".heic")
_SOUNDS = (".mp3", ".wav", ".ogg", ".flac", ".m4a")
REFUSED = (*_FOREIGN, *_PICTURES, *_SOUNDS)
"""Suffixes of what students hand in that cannot be marked."""


_GRID = TICKS // 12
_VALUES = tuple(sorted(length * dots // 2 for length in KINDS.values() if length >= TICKS // 8 for dots in (2, 3)))
"""Lengths of plain and dotted notes: programs write a played note a little shorter than its value."""


class Written(NamedTuple):
    """A note of the student's."""

    staff: int
    voice: int
    onset: int
    duration: int
    pitch: Pitch


class Said(NamedTuple):
    """A text: `kind` "lyric" under a note, "chord" a chord symbol or Roman numeral, "words" over or under a staff."""

    onset: int
    staff: int
    text: str
    kind: str


class Submission(NamedTuple):
    """A file that was read; `spelled` False where it is MIDI, `bars` how many it has, 0 where that is unknown."""

    notes: tuple[Written, ...]
    texts: tuple[Said, ...]
    bars: int
    spelled: bool = True


def refuse_foreign(where: str) -> None:
    """ScoreFormatError for a file that its name tells cannot be read, with the way to export it."""
    suffix = PurePath(where).suffix.casefold()
    if suffix in _FOREIGN:
        raise ScoreFormatError(
            f"{where} is {_FOREIGN[suffix]}'s own format; export it there as MusicXML (File, Export) and hand that in."
        )
    if suffix in _PICTURES + _SOUNDS:
        what = "a picture of notes" if suffix in _PICTURES else "a recording"
        raise ScoreFormatError(f"{where} is {what}; hand in the MusicXML file that was filled in.")


def identities_of(data: bytes, where: str) -> tuple[str, ...]:
    """The exercises' IDs that a file carries anywhere in it; ScoreFormatError for an archive that is damaged."""
    raw = unpacked(data, where)
    text = raw.decode("utf-16" if raw[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8", "replace")
    return identities_in(text)


def read_submission(
    data: bytes, where: str, starts: Sequence[int], staves: int, keys: Sequence[tuple[int, Key]]
) -> Submission:
    """The notes and texts of a file; `starts` are the sheet's bars in ticks and the end after them, `keys` its keys.

    ScoreFormatError for what cannot be read. A file without a note is empty, and no error.
    """
    refuse_foreign(where)
    if kind_of(data, where) == "xml":
        return _from_xml(score_root(data, where), where, starts)
    return _from_draft(data, where, staves, keys)


def _from_xml(root: Element, where: str, starts: Sequence[int]) -> Submission:
    if root.tag != "score-partwise":
        raise ScoreFormatError(f"{where} is no partwise score; export it as MusicXML from the notation program")
    notes: list[Written] = []
    texts: list[Said] = []
    bars = offset = 0
    parts = {part.get("id", ""): part for part in root.iterfind("part")}
    for head in part_heads(root)[:MOST_PARTS]:
        part = parts.get(head.id)
        measures = list(part.iterfind("measure")) if part is not None else []
        raw, said, staves = _part(PartReader(head), measures, starts)
        notes += _tied([(staff + offset, voice, onset, note) for staff, voice, onset, note in raw])
        texts += [text._replace(staff=text.staff + offset) for text in said]
        offset += staves
        bars = max(bars, len(measures))
    return Submission(tuple(sorted(notes, key=lambda n: (n.onset, n.staff, n.voice, n.pitch))), tuple(texts), bars)


_Raw = tuple[int, str, int, RawNote]


def _part(reader: PartReader, measures: Sequence[Element], starts: Sequence[int]) -> tuple[list[_Raw], list[Said], int]:
    """Its notes as (staff, voice, onset, note), its texts, how many staves it has."""
    raw: list[_Raw] = []
    texts: list[Said] = []
    cursor = Cursor()
    staves = 1
    for index, measure in enumerate(measures[: len(starts) - 1]):
        start = starts[index]
        for note in reader.read(measure).notes:
            if note.grace or not isinstance(note.pitch, Pitch):
                continue
            staff = note.voice[0] - 1
            staves = max(staves, staff + 1)
            raw.append((staff, note.voice[1], start + note.onset, note))
            texts += [Said(start + note.onset, staff, text, "lyric") for _, text in note.verses]
        texts += [said._replace(onset=start + said.onset) for said in _texts(measure, cursor)]
    return raw, texts, staves


def _texts(measure: Element, cursor: Cursor) -> list[Said]:
    """The words, chord symbols and numerals of one bar, from its start."""
    found = []
    cursor.start_bar()
    for element in measure:
        if element.tag == "attributes" and decimal(text_in(element, "divisions")) > 0:
            cursor.divide(decimal(text_in(element, "divisions")))
        elif element.tag in ("backup", "forward"):
            cursor.move((-1 if element.tag == "backup" else 1) * abs(decimal(text_in(element, "duration"))))
        elif element.tag == "note" and element.find("chord") is None and element.find("grace") is None:
            cursor.move(abs(decimal(text_in(element, "duration"))))
        elif element.tag in ("direction", "harmony"):
            onset = cursor.at(decimal(text_in(element, "offset")))
            staff = max(1, min(8, int(decimal(text_in(element, "staff"), 1)))) - 1
            kind = "words" if element.tag == "direction" else "chord"
            text = _words(element) if kind == "words" else _symbol(element)
            found += [Said(onset, staff, text, kind)] if text else []
    return found


def _words(element: Element) -> str:
    return " ".join(text_in(words) for words in element.iterfind("direction-type/words") if text_in(words))


def _symbol(element: Element) -> str:
    """A chord symbol as it is printed, or the Roman numeral that stands in its place.

    MuseScore writes a numeral as the text of a chord without a kind, on a root that it prints as nothing.
    """
    function = text_in(element, "function") or text_in(element, "numeral/numeral-root")
    kind, root = element.find("kind"), element.find("root/root-step")
    shown = kind.get("text", "") if kind is not None else ""
    if function:
        return function + shown
    if root is None or (root.get("text") == "" and text_in(kind) == "none"):
        return shown
    written = written_chord(element, 0, 0)
    return written.chord.name if written.chord is not None else written.unread


def _tied(raw: Sequence[_Raw]) -> list[Written]:
    """Notes with those that they are tied to made one; voices in the order of their numbers."""
    names: dict[int, list[str]] = {}
    for staff, voice, _, _ in raw:
        if voice not in names.setdefault(staff, []):
            names[staff].append(voice)
    for voices in names.values():
        voices.sort(key=lambda name: (len(name), name))
    out: list[Written] = []
    open_at: dict[tuple[int, str, Pitch, int], int] = {}
    for staff, voice, onset, note in sorted(raw, key=lambda row: (row[2], row[0], row[1])):
        pitch = note.pitch
        if not isinstance(pitch, Pitch):
            continue
        place = open_at.pop((staff, voice, pitch, onset), None) if note.tie_stop else None
        if place is None:
            out.append(Written(staff, names[staff].index(voice), onset, note.duration, pitch))
            place = len(out) - 1
        else:
            out[place] = out[place]._replace(duration=onset + note.duration - out[place].onset)
        if note.tie_start:
            open_at[staff, voice, pitch, onset + note.duration] = place
    return out


def _from_draft(data: bytes, where: str, staves: int, keys: Sequence[tuple[int, Key]]) -> Submission:
    """A MIDI file (its notes spelled as the sheet's key has them) or other notation; its parts are the staves."""
    draft = read_draft(data, where)
    notes: list[Written] = []
    texts: list[Said] = []
    spelled = True
    for index, part in enumerate(part for part in draft.parts if part.notes or part.played):
        staff = min(index, staves - 1)
        texts += [Said(onset, staff, text, "lyric") for onset, text in part.lyrics]
        for note in part.notes:
            if isinstance(note.pitch, Pitch):
                notes.append(Written(staff, note.voice, note.onset, note.duration, note.pitch))
                texts += [Said(note.onset, staff, note.lyric, "lyric")] if note.lyric else []
        if not part.notes:
            spelled = False
            notes += [_played(note, staff, keys) for note in part.played]
    return Submission(tuple(sorted(notes, key=lambda n: (n.onset, n.staff, n.pitch))), tuple(texts), 0, spelled)


def _played(note: PlayedNote, staff: int, keys: Sequence[tuple[int, Key]]) -> Written:
    """A played note as it was meant: on the grid, with the written value that it is nearest to."""
    onset = round(note.onset / _GRID) * _GRID
    duration = min(_VALUES, key=lambda value: (abs(value - note.duration), value))
    key = next((key for tick, key in reversed(keys) if tick <= onset), keys[0][1])
    return Written(staff, 0, onset, duration, key.spell(note.number))
