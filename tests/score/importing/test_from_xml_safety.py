"""Hostile XML and archives: one line each, refused before they cost anything."""

from __future__ import annotations

import struct
import zipfile
import zlib
from io import BytesIO

import pytest

from partimento.score.importing import xml_safety
from partimento.score.importing.from_xml import xml_draft
from partimento.theory.errors import ScoreFormatError

NOTE = "<note><pitch><step>C</step><octave>4</octave></pitch><duration>4</duration></note>"
SCORE = (
    '<score-partwise><part-list><score-part id="P"><part-name>A</part-name></score-part></part-list><part id="P">'
    f"<measure><attributes><divisions>1</divisions></attributes>{NOTE}</measure></part></score-partwise>"
)
CONTAINER = '<container><rootfiles><rootfile full-path="{}"/></rootfiles></container>'
DOCTYPE = '<!DOCTYPE score-partwise PUBLIC "-//Recordare//DTD MusicXML 4.0 Partwise//EN" "http://{}/partwise.dtd">'
LAUGHS = '<!DOCTYPE a [<!ENTITY a "ha"><!ENTITY b "&a;&a;">]>'


def archive(*members: tuple[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    out = BytesIO()
    with zipfile.ZipFile(out, "w", method) as file:
        for name, data in members:
            file.writestr(name, data)
    return out.getvalue()


def mxl(path: str = "score.xml", *more: tuple[str, bytes]) -> bytes:
    return archive(
        ("META-INF/container.xml", CONTAINER.format(path).encode()), ("score.xml", SCORE.encode()), *more
    )


@pytest.mark.parametrize(
    "data",
    [
        SCORE.encode(),
        b"\xef\xbb\xbf" + SCORE.encode(),
        ('<?xml version="1.0" encoding="UTF-16"?>' + SCORE).encode("utf-16"),
        ('<?xml version="1.0" encoding="iso-8859-1"?>' + SCORE.replace(">A<", ">\xe4<")).encode("latin-1"),
        ('<?xml version="1.0"?>' + DOCTYPE.format("www.musicxml.org") + SCORE).encode(),
        (DOCTYPE.format("127.0.0.1:1") + SCORE).encode(),
        mxl(),
        archive(("score.xml", SCORE.encode())),
    ],
)
def test_what_is_sound_is_read(data: bytes) -> None:
    assert len(xml_draft(data, "a.xml").parts[0].notes) == 1


def _claiming(data: bytes, size: int) -> bytes:
    """The archive with every uncompressed size in its headers made `size`."""
    out = bytearray(data)
    at = -1
    while (at := out.find(b"PK\x01\x02", at + 1)) >= 0:
        out[at + 24 : at + 28] = struct.pack("<I", size)
    return bytes(out)


def _encrypted(data: bytes) -> bytes:
    out = bytearray(data)
    at = -1
    while (at := out.find(b"PK\x01\x02", at + 1)) >= 0:
        out[at + 8] |= 1
    return bytes(out)


def _twice() -> bytes:
    with pytest.warns(UserWarning, match="Duplicate name"):
        return archive(("a.xml", SCORE.encode()), ("a.xml", SCORE.encode()))


BOMB = b"<a>" + b" " * 60_000_000


@pytest.mark.parametrize(
    ("make", "says"),
    [
        (lambda: (LAUGHS + SCORE).encode(), "DTD or entities of its own"),
        (lambda: ('<?xml version="1.0" encoding="UTF-16"?>' + LAUGHS + SCORE).encode("utf-16"), "entities"),
        (lambda: (LAUGHS + SCORE).encode("utf-16-le"), "a.xml"),
        (lambda: b'<!DOCTYPE a [<!ENTITY % x SYSTEM "file:///etc/passwd"> %x;]><a/>', "DTD"),
        (lambda: SCORE.replace(">A<", ">&nbsp;<").encode(), "undefined entity"),
        (lambda: b"<a>" * 70 + b"</a>" * 70, "deeper than 64"),
        (lambda: SCORE[:200].encode(), "damaged: .* at line 1"),
        (lambda: b'<?xml version="1.0" encoding="rot-99"?><a/>', "damaged"),
        (lambda: b"<html><body/></html>", "XML but no score"),
        (lambda: SCORE.replace("<note>", "<x>").replace("</note>", "</x>").encode(), "no notes"),
        (lambda: mxl("other.xml"), "'other.xml' that is not in it"),
        (lambda: mxl("../score.xml"), "not in it"),
        (lambda: mxl("score.xml", ("../../evil.txt", b"x")), "leads out of the archive"),
        (lambda: mxl("score.xml", ("/etc/evil.txt", b"x")), "leads out"),
        (lambda: mxl("score.xml", ("C:\\evil.txt", b"x")), "leads out"),
        (lambda: mxl("score.xml", ("a/..\\..\\evil.txt", b"x")), "leads out"),
        (lambda: mxl()[:-30], "damaged .mxl"),
        (lambda: mxl()[:40] + b"\x00" * 9 + mxl()[49:], "damaged|no score|not in it"),
        (lambda: archive(("a.txt", b"x")), "no score"),
        (lambda: archive(("a.xml", mxl())), "archive inside an archive"),
        (lambda: archive(("a.xml", BOMB)), "unpacks to more than"),
        (lambda: _claiming(archive(("a.xml", BOMB)), 100), "damaged|unpacks to more than"),
        (lambda: _encrypted(mxl()), "encrypted"),
        (_twice, "two files named 'a.xml'"),
        (lambda: archive(*((f"{i}.txt", b"") for i in range(1_001))), "1001 files"),
        (lambda: archive(("META-INF/container.xml", LAUGHS.encode() + b"<a/>"), ("s.xml", b"")), "entities"),
    ],
)  # fmt: skip
def test_what_is_refused(make: object, says: str) -> None:
    assert callable(make)
    with pytest.raises(ScoreFormatError, match=says) as caught:
        xml_draft(make(), "a.xml")
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("bound", "text", "says"),
    [
        ("note", SCORE.replace(NOTE, NOTE * 11), "more than 10 notes"),
        ("score-part", SCORE.replace("<part-list>", "<part-list>" + '<score-part id="x"/>' * 10), "more than 10 parts"),
        ("measure", SCORE.replace("<measure>", "<measure/>" * 10 + "<measure>"), "more than 10 bars"),
    ],
)
def test_counts_are_bounded(monkeypatch: pytest.MonkeyPatch, bound: str, text: str, says: str) -> None:
    name = {"note": "notes", "score-part": "parts", "measure": "bars"}[bound]
    monkeypatch.setitem(xml_safety._BOUNDS, bound, (name, 10))
    with pytest.raises(ScoreFormatError, match=says):
        xml_draft(text.encode(), "a.xml")


def test_elements_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(xml_safety, "MOST_ELEMENTS", 50)
    monkeypatch.setattr(xml_safety, "MOST_ATTRIBUTES", 60)
    with pytest.raises(ScoreFormatError, match="more than 50 XML elements"):
        xml_draft(SCORE.replace(NOTE, NOTE + "<print/>" * 50).encode(), "a.xml")
    with pytest.raises(ScoreFormatError, match="more than 60 XML attributes"):
        many = " ".join(f'a{i}="1"' for i in range(60))
        xml_draft(SCORE.replace("<measure>", f"<measure {many}>").encode(), "a.xml")


def test_numbers_that_are_none_do_no_harm() -> None:
    for number in ("-5", "nan", "1e999", "9" * 400, "x", "", "0"):
        for tag in ("duration", "octave", "divisions", "step"):
            start = SCORE.index(f"<{tag}>") + len(tag) + 2
            text = SCORE[:start] + number + SCORE[SCORE.index("<", start) :]
            try:
                draft = xml_draft(text.encode(), "a.xml")
            except ScoreFormatError as error:
                assert "no notes" in str(error)
            else:
                assert draft.end > 0 and all(note.onset >= 0 and note.duration > 0 for note in draft.parts[0].notes)


def test_many_ties_and_graces_at_once_stay_quick() -> None:
    """4,000 of each: quadratic work over them would be felt as minutes at the bound."""
    tied = NOTE.replace("<note>", "<note><chord/>").replace("</note>", '<tie type="start"/></note>') * 4_000
    graces = "<note><grace/><chord/><pitch><step>D</step><octave>4</octave></pitch></note>" * 4_000
    draft = xml_draft(SCORE.replace(NOTE, NOTE + tied + graces + NOTE).encode(), "a.xml")
    assert sum(note.grace for note in draft.parts[0].notes) == 4_000


def test_zlib_errors_are_told() -> None:
    data = bytearray(archive(("a.xml", bytes(range(256)) * 40)))
    data[60:90] = b"\xff" * 30
    with pytest.raises((zlib.error, zipfile.BadZipFile)), zipfile.ZipFile(BytesIO(bytes(data))) as file:
        file.read("a.xml")
    with pytest.raises(ScoreFormatError, match="damaged .mxl"):
        xml_draft(bytes(data), "a.mxl")
