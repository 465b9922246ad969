"""Foreign XML and .mxl, opened within bounds: no entities, no depth, no bomb, no path out of the archive.

Conventions: everything is bounded by what is really read, never by what a header claims; nothing external is ever
fetched; whatever is wrong is one ScoreFormatError line. A DOCTYPE that only names the MusicXML DTD is fine.
"""

from __future__ import annotations

import zipfile
import zlib
from io import BytesIO
from xml.etree.ElementTree import Element, TreeBuilder
from xml.parsers import expat

from partimento.theory.errors import ScoreFormatError

ARCHIVE_FAULTS = (
    zipfile.BadZipFile,  # the directory or a checksum is wrong
    zlib.error,  # what is packed cannot be unpacked
    NotImplementedError,  # packed in a way that Python does not know
    RuntimeError,  # behind a password
    EOFError,  # cut short
    OSError,  # a place outside the file, or the file itself cannot be read
    ValueError,  # a name or a number that makes no sense
    KeyError,  # a member that is named and not there
)
"""What zipfile raises on a damaged archive."""

MOST_XML = 48_000_000
"""Bytes of a score unpacked."""
MOST_DEPTH = 64
MOST_ELEMENTS = 2_000_000
MOST_ATTRIBUTES = 4_000_000
MOST_NOTES = 200_000
"""A file at this bound (23 MB of XML) is read in 8 seconds and 320 MB on one core of 2024."""
MOST_PARTS = 256
MOST_MEASURES = 250_000
"""Of all parts together."""
MOST_MEMBERS = 1_000

_BOUNDS = {"note": ("notes", MOST_NOTES), "score-part": ("parts", MOST_PARTS), "measure": ("bars", MOST_MEASURES)}
_CONTAINER = "META-INF/container.xml"
_CHUNK = 1 << 16
_SKIPPED = frozenset({"print", "defaults", "beam", "stem", "accidental", "encoding", "miscellaneous", "identification"})
"""Elements that hold layout alone; what lies in them is counted and not kept."""


def score_root(data: bytes, where: str) -> Element:
    """The root of a MusicXML file or .mxl archive, its size, depth, notes and parts within the bounds."""
    return xml_root(unpacked(data, where), where)


def xml_root(data: bytes, where: str) -> Element:
    """The root element of XML without namespaces' help, layout left out; ScoreFormatError where it is unsafe."""
    if len(data) > MOST_XML:
        raise ScoreFormatError(f"{where} holds {len(data)} bytes of XML; at most {MOST_XML} are read")
    reader = _Reader(where)
    try:
        return reader.read(data)
    except expat.ExpatError as error:
        reason = expat.ErrorString(error.code) or "it cannot be parsed"
        raise ScoreFormatError(f"{where} is damaged: {reason} at line {error.lineno}") from None
    except (LookupError, UnicodeError, ValueError) as error:
        raise ScoreFormatError(f"{where} is damaged: {_line(error)}") from None


class _Reader:
    """One parse: expat's events, checked, into a tree."""

    def __init__(self, where: str) -> None:
        self._where = where
        self._builder = TreeBuilder()
        self._depth = self._skipping = 0
        self._counts = dict.fromkeys(("elements", "attributes", *_BOUNDS), 0)

    def read(self, data: bytes) -> Element:
        parser = expat.ParserCreate()
        parser.buffer_text = True
        parser.SetParamEntityParsing(expat.XML_PARAM_ENTITY_PARSING_NEVER)
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.CharacterDataHandler = self._text
        parser.StartDoctypeDeclHandler = self._doctype
        parser.EntityDeclHandler = self._entity
        parser.Parse(data, True)
        return self._builder.close()

    def _doctype(self, _name: str, _system: str | None, _public: str | None, internal: int) -> None:
        if internal:
            raise ScoreFormatError(f"{self._where} declares a DTD or entities of its own, which no score needs")

    def _entity(self, *_: object) -> None:
        raise ScoreFormatError(f"{self._where} declares XML entities, which no score needs; it is not read")

    def _start(self, tag: str, attributes: dict[str, str]) -> None:
        self._depth += 1
        if self._depth > MOST_DEPTH:
            raise ScoreFormatError(f"{self._where} nests its XML deeper than {MOST_DEPTH}; it is not read")
        self._count("elements", 1, MOST_ELEMENTS)
        self._count("attributes", len(attributes), MOST_ATTRIBUTES)
        if tag in _BOUNDS:
            self._count(tag, 1, _BOUNDS[tag][1])
        if not self._skipping and tag not in _SKIPPED:
            self._builder.start(tag, attributes)
        else:
            self._skipping += 1

    def _end(self, tag: str) -> None:
        self._depth -= 1
        if self._skipping:
            self._skipping -= 1
        else:
            self._builder.end(tag)

    def _text(self, text: str) -> None:
        if not self._skipping and not text.isspace():
            self._builder.data(text)

    def _count(self, what: str, more: int, most: int) -> None:
        self._counts[what] += more
        if self._counts[what] > most:
            kind = _BOUNDS[what][0] if what in _BOUNDS else f"XML {what}"
            raise ScoreFormatError(f"{self._where} has more than {most} {kind}; it is not read")


def unpacked(data: bytes, where: str) -> bytes:
    """The score's XML: `data` itself, or of a .mxl archive the file that its container names, size bounded."""
    if data[:2] != b"PK":
        return data
    try:
        with zipfile.ZipFile(BytesIO(data)) as archive:
            names = checked_names(archive, where)
            name = _rootfile(archive, names, where)
            inside = member(archive, name, where, MOST_XML)
    except ARCHIVE_FAULTS as error:
        raise ScoreFormatError(f"{where} is a damaged .mxl file: {_line(error)}") from None
    if inside[:2] == b"PK":
        raise ScoreFormatError(f"{where} holds an archive inside an archive; it is not read")
    return inside


def checked_names(archive: zipfile.ZipFile, where: str) -> list[str]:
    """The members' names; ScoreFormatError for too many, for one twice, for encryption, for a path that leads out."""
    members = archive.infolist()
    if len(members) > MOST_MEMBERS:
        raise ScoreFormatError(f"{where} holds {len(members)} files; at most {MOST_MEMBERS} are read")
    names = [info.filename for info in members]
    for info in members:
        parts = info.filename.replace("\\", "/").split("/")
        if info.filename.startswith(("/", "\\")) or ".." in parts or ":" in parts[0] or "\0" in info.filename:
            raise ScoreFormatError(f"{where} holds a file named {info.filename!r}, which leads out of the archive")
        if info.flag_bits & 1:
            raise ScoreFormatError(f"{where} is encrypted; give it without a password")
    if len(set(names)) < len(names):
        twice = next(name for i, name in enumerate(names) if name in names[:i])
        raise ScoreFormatError(f"{where} holds two files named {twice!r}; it is not read")
    return names


def member(archive: zipfile.ZipFile, name: str, where: str, most: int) -> bytes:
    """The bytes of one member, read in pieces until `most`, beyond which ScoreFormatError."""
    out = bytearray()
    with archive.open(name) as file:
        while piece := file.read(_CHUNK):
            out += piece
            if len(out) > most:
                raise ScoreFormatError(f"{where} unpacks to more than {most} bytes; it is not read")
    return bytes(out)


def _rootfile(archive: zipfile.ZipFile, names: list[str], where: str) -> str:
    """The score's name by the container; without one the only likely file."""
    if _CONTAINER in names:
        root = xml_root(member(archive, _CONTAINER, where, 1 << 20), where)
        for element in root.iter():
            kind = element.get("media-type", "")
            if element.tag.rpartition("}")[2] == "rootfile" and kind in ("", "application/vnd.recordare.musicxml+xml"):
                path = element.get("full-path", "")
                if path in names:
                    return path
                raise ScoreFormatError(f"{where} names a score {path!r} that is not in it")
    likely = [n for n in names if n.lower().endswith((".xml", ".musicxml")) and not n.startswith("META-INF/")]
    if not likely:
        raise ScoreFormatError(f"{where} holds no score (no .musicxml or .xml inside)")
    return likely[0]


def _line(error: BaseException) -> str:
    return (str(error).splitlines() or ["it cannot be read"])[0]
