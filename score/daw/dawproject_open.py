"""Opening a foreign DAWproject within bounds: an archive is never unpacked, of two of its files so much is read.

Conventions: whatever is wrong is one ScoreFormatError line that begins with `where`.
"""

from __future__ import annotations

import zipfile
from io import BytesIO
from pathlib import Path
from typing import BinaryIO
from xml.etree.ElementTree import Element

from partimento.score.importing.xml_safety import ARCHIVE_FAULTS, checked_names, member, xml_root
from partimento.theory.errors import ScoreFormatError

MOST_XML = 20_000_000
MOST_METADATA = 1_000_000
MOST_DIRECTORY = 4_000_000
"""Bytes of the archive's list of files, which is read whole before anything else."""
_MOST_REASON = 120
_END, _END_SIZE, _END64_SIZE, _LOCATOR, _LOCATOR_SIZE = b"PK\x05\x06", 22, 56, b"PK\x06\x07", 20


def project_roots(data: bytes | Path, where: str) -> tuple[Element, Element | None]:
    """The roots of project.xml and, where there is one, metadata.xml."""
    try:
        with BytesIO(data) if isinstance(data, bytes) else data.open("rb") as file:
            _check_directory(file, where)
            with zipfile.ZipFile(file) as archive:
                names = checked_names(archive, where)
                if "project.xml" not in names:
                    raise ScoreFormatError(f"{where} is no DAWproject: it holds no project.xml")
                text = member(archive, "project.xml", where, MOST_XML)
                about = member(archive, "metadata.xml", where, MOST_METADATA) if "metadata.xml" in names else b""
    except ARCHIVE_FAULTS as error:
        reason = getattr(error, "strerror", None) or (str(error).splitlines() or ["it ends too early"])[0]
        raise ScoreFormatError(f"{where} cannot be read as a DAWproject: {reason[:_MOST_REASON]}") from None
    root = xml_root(text, f"{where}'s project.xml")
    if root.tag != "Project":
        raise ScoreFormatError(f"{where} is no DAWproject: its project.xml holds a <{root.tag[:40]}>, no <Project>")
    return root, xml_root(about, f"{where}'s metadata.xml") if about else None


def _check_directory(file: BinaryIO, where: str) -> None:
    """Refuse a list of files that would fill the memory; its size stands at the archive's end (PKWARE APPNOTE, 4.3)."""
    size = file.seek(0, 2)
    file.seek(max(0, size - (1 << 16) - _END_SIZE - _LOCATOR_SIZE - _END64_SIZE))
    tail = file.read()
    at = tail.rfind(_END)
    if at < 0 or len(tail) - at < _END_SIZE:
        raise ScoreFormatError(f"{where} is no DAWproject: it is not a zip archive, or it is cut off")
    listed = int.from_bytes(tail[at + 12 : at + 16], "little")
    if tail[max(0, at - _LOCATOR_SIZE) :][:4] == _LOCATOR:
        large = at - _LOCATOR_SIZE - _END64_SIZE
        listed = int.from_bytes(tail[large + 40 : large + 48], "little") if large >= 0 else MOST_DIRECTORY + 1
    if listed > MOST_DIRECTORY:
        raise ScoreFormatError(f"{where} lists its files in {listed} bytes; at most {MOST_DIRECTORY} are read")
    file.seek(0)
