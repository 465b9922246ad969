"""A file of anybody's as a Song: MIDI, MusicXML, ABC, Humdrum, MEI, DAWproject or song.json, by what is in it.

Conventions: at most 20,000,000 bytes are read (30,000,000 of a song.json, of a DAWproject all but its audio); the
content counts before the suffix. Reading never guesses; what is found out afterwards (roles, sections, chords) comes as
notices, a line each.
"""

from __future__ import annotations

import os
import re
import zipfile
from collections.abc import Mapping
from dataclasses import replace
from io import BytesIO
from pathlib import Path

from partimento.score.drum_maps import DrumMap
from partimento.score.files import read_at_most
from partimento.score.importing.draft import Draft
from partimento.score.importing.xml_safety import ARCHIVE_FAULTS
from partimento.score.performance import PlayedNote
from partimento.score.song import ROLES, Song
from partimento.theory.errors import ScoreFormatError, nearest
from partimento.theory.key import Key

MOST_BYTES = 20_000_000
MOST_JSON = 30_000_000
"""Bytes of a song.json: one of as many notes as are imported has 25 million."""
FORMATS = ("MIDI (.mid)", "MusicXML (.musicxml, .xml, .mxl)", "ABC (.abc)", "Humdrum (.krn)", "MEI (.mei)",
           "DAWproject (.dawproject)", "song.json")  # fmt: skip

_SUFFIXES = {
    ".mid": "midi", ".midi": "midi", ".smf": "midi", ".kar": "midi", ".rmi": "midi",
    ".musicxml": "xml", ".xml": "xml", ".mxl": "xml", ".abc": "abc", ".dawproject": "dawproject", ".json": "json",
    ".krn": "humdrum", ".mei": "mei",
}  # fmt: skip
_ABC = re.compile(rb"(?m)^(?:\xef\xbb\xbf)?(?:X:\s*\d|K:\s*\S)")
_KERN = re.compile(rb"(?m)^(?:\*\*[a-z]+\t)*\*\*kern\b")
_MEI = re.compile(rb"<(?:\w+:)?mei[\s>]")
_HEAD = 65_536


def import_song(
    path: Path,
    genre: str = "",
    *,
    key: Key | None = None,
    roles: Mapping[str, str] | None = None,
    tune: int = 1,
    drum_map: DrumMap | None = None,
) -> tuple[Song, tuple[str, ...]]:
    """The Song in a file and notices for the user, a line each.

    `genre` is kept in the Song's brief; `key` is how the piece is to be heard, whatever the file says; `roles` maps
    names of parts to ROLES; `tune` chooses from an ABC file of several, from 1; `drum_map` tells by which keys the
    file writes its drums, where these are not General MIDI's. ScoreFormatError where the file is missing, too large,
    damaged, empty or of no known format.
    """
    where = shown_name(path)
    read = _read(path, where, tune, True)
    if not isinstance(read, Draft):
        return _own(read, where, genre), ()
    draft = _with_drums(_with_roles(read, roles or {}, where), drum_map)
    return _completed(draft, where, genre, key)


def import_written(
    path: Path, tune: int = 1, key: Key | None = None
) -> tuple[Song, Draft | None, tuple[str, ...]]:
    """The Song of a file as it is written, each repeat once, with the Draft that tells what the file itself says.

    The Draft of a song.json is None: there the Song tells it. ScoreFormatError as of `import_song`.
    """
    where = shown_name(path)
    read = _read(path, where, tune, False)
    if not isinstance(read, Draft):
        return _own(read, where, ""), None, ()
    song, notices = _completed(read, where, "", key)
    return song, read, notices


def _read(path: Path, where: str, tune: int, unfold: bool) -> Draft | bytes:
    """The Draft of a foreign file, the bytes of a song.json."""
    if _is_project(path):
        return draft_of(path)
    data = read_bounded(path)
    return data if kind_of(data, where) == "json" else read_draft(data, where, tune, unfold)


def _completed(draft: Draft, where: str, genre: str, key: Key | None) -> tuple[Song, tuple[str, ...]]:
    from partimento.score.importing.complete import song_of

    try:
        return song_of(draft, genre, key)
    except ScoreFormatError as error:
        raise ScoreFormatError(f"{where}: {error}") from None


def shown_name(path: Path) -> str:
    """The file's name as text that can be written anywhere: bytes that are no UTF-8 and control characters replaced."""
    return printable(path.name)


def printable(name: str) -> str:
    """A name or path as such text."""
    text = os.fsencode(name).decode("utf-8", "replace")
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())


def draft_of(path: Path, tune: int = 1) -> Draft:
    """The Draft of a file; `tune` chooses from an ABC file of several. ScoreFormatError as of `import_song`."""
    if not _is_project(path):
        return read_draft(read_bounded(path), shown_name(path), tune)
    from partimento.score.daw.dawproject_read import read_dawproject

    return read_dawproject(path, shown_name(path))


def _is_project(path: Path) -> bool:
    """Whether it is a DAWproject by name and by its first bytes: its audio may be large, and is never read."""
    try:
        if path.suffix.casefold() != ".dawproject" or not path.is_file():
            return False
        with path.open("rb") as file:
            return file.read(4) == b"PK\x03\x04"
    except OSError:
        return False


def read_bounded(path: Path) -> bytes:
    """The bytes of a file; ScoreFormatError where it cannot be read, is empty or too large."""
    shown = printable(str(path))
    try:
        if path.is_dir():
            raise ScoreFormatError(f"{shown} is a folder; give one file")
        data = read_at_most(path, MOST_JSON)
    except (OSError, ValueError) as error:
        raise ScoreFormatError(f"cannot read {shown}: {getattr(error, 'strerror', None) or error}") from None
    most = MOST_JSON if data[:_HEAD].lstrip()[:1] == b"{" else MOST_BYTES
    if len(data) > most:
        raise ScoreFormatError(f"{shown_name(path)} has more than {most} bytes; no more are read")
    if not data.strip():
        raise ScoreFormatError(f"{shown_name(path)} is empty")
    return data


def read_draft(data: bytes, where: str, tune: int = 1, unfold: bool = True) -> Draft:
    """The Draft of a file's bytes, called `where` in messages; ScoreFormatError as of `import_song`.

    `unfold` tells whether repeats are written out, as they are played, or read once.
    """
    match kind_of(data, where):
        case "midi":
            from partimento.score.importing.from_midi import midi_draft
            from partimento.score.importing.karaoke import with_karaoke
            from partimento.score.importing.naming import named_parts

            return named_parts(with_karaoke(midi_draft(data, where), data, where))
        case "dawproject":
            from partimento.score.daw.dawproject_read import read_dawproject

            return read_dawproject(data, where)
        case "abc":
            from partimento.score.importing.from_abc import abc_draft

            return abc_draft(data, where, tune, unfold)
        case "xml":
            from partimento.score.importing.from_xml import xml_draft

            return xml_draft(data, where, unfold)
        case "humdrum" | "mei" as kind:
            from partimento.score.importing.from_music21 import music21_draft

            return music21_draft(data, where, kind, unfold)
        case _:
            raise ScoreFormatError(f"{where} is a song.json, which is a Song already")


def kind_of(data: bytes, where: str) -> str:
    """What it is by content, else by suffix: "midi", "xml", "abc", "humdrum", "mei", "dawproject" or "json".

    ScoreFormatError for none of them.
    """
    head = data[:_HEAD].lstrip(b"\xef\xbb\xbf \t\r\n")
    suffix = Path(where).suffix.casefold()
    if head[:4] == b"MThd" or (head[:4] == b"RIFF" and head[8:12] == b"RMID"):
        return "midi"
    if head[:4] == b"PK\x03\x04":
        return _archive_kind(data, suffix)
    if head[:1] == b"<" and _MEI.search(head):
        return "mei"
    if _KERN.search(head):
        return "humdrum"
    if head[:1] == b"<" or head[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return "xml"
    if head[:1] == b"{":
        return "json"
    if _ABC.search(head) or head[:4] == b"%abc":
        return "abc"
    if suffix in _SUFFIXES:
        return _SUFFIXES[suffix]
    hint = nearest(suffix, _SUFFIXES) if suffix else ""
    raise ScoreFormatError(f"{where} is no file that can be read.{hint} Formats: {', '.join(FORMATS)}")


def _archive_kind(data: bytes, suffix: str) -> str:
    try:
        with zipfile.ZipFile(BytesIO(data)) as archive:
            names = archive.namelist()
    except ARCHIVE_FAULTS:
        # Its reader says what is wrong with it.
        return "dawproject" if suffix == ".dawproject" else "xml"
    if "META-INF/container.xml" in names:
        return "xml"
    return "dawproject" if "project.xml" in names or suffix == ".dawproject" else "xml"


def _own(data: bytes, where: str, genre: str) -> Song:
    from partimento.score.song_json import song_from_json

    try:
        song = song_from_json(data.decode("utf-8-sig"))
    except UnicodeDecodeError:
        raise ScoreFormatError(f"{where} is no UTF-8 text") from None
    except ScoreFormatError as error:
        raise ScoreFormatError(f"{where}: {error}") from None
    return replace(song, brief=replace(song.brief, genre=genre)) if genre else song


def _with_drums(draft: Draft, drum_map: DrumMap | None) -> Draft:
    """The draft with its drums on General MIDI's keys; a key that the map does not name stays."""
    if drum_map is None:
        return draft

    def general(note: PlayedNote) -> PlayedNote:
        piece = drum_map.piece_at(note.number)
        return note if piece is None else note._replace(number=piece.value)

    parts = tuple(
        replace(part, played=tuple(sorted(map(general, part.played)))) if part.drums else part for part in draft.parts
    )
    return replace(draft, parts=parts)


def _with_roles(draft: Draft, roles: Mapping[str, str], where: str) -> Draft:
    """The draft with roles given to parts by name, exactly or without regard to case."""
    if not roles:
        return draft
    from partimento.score.importing.naming import unique_names

    parts = [part for part in draft.parts if part.notes or part.played]
    names = unique_names([part.name for part in parts])
    for name, role in roles.items():
        if role not in ROLES:
            raise ScoreFormatError(f"unknown role '{role}'.{nearest(role, ROLES)} Roles: {', '.join(ROLES)}")
        fitting = [i for i, n in enumerate(names) if n == name]
        fitting = fitting or [i for i, n in enumerate(names) if n.casefold() == name.casefold()]
        if not fitting:
            listing = ", ".join(dict.fromkeys(names))
            raise ScoreFormatError(f"{where} has no part '{name}'.{nearest(name, names)} Parts: {listing}")
        for i in fitting:
            parts[i] = replace(parts[i], name=names[i], role=role)
    return replace(draft, parts=tuple(parts))
