"""Damaged, hostile and odd files, made by code: what a clumsy, unlucky or wicked user hands in.

Conventions: `DAMAGED` are (file name, bytes, a word of the answer) that must be refused with one line; `ODD` are
(file name, bytes) that are valid, however strange, and must be read. Nothing here is a file of somebody else's.
"""

from __future__ import annotations

import struct
import zipfile
from collections.abc import Iterable
from io import BytesIO

ON, OFF, END = b"\x00\x90\x3c\x50", b"\x83\x60\x80\x3c\x00", b"\x00\xff\x2f\x00"
NOTE = ON + OFF


def length(value: int) -> bytes:
    """A variable-length quantity (MIDI 1.0)."""
    out = [value & 0x7F]
    while value := value >> 7:
        out.append(value & 0x7F | 0x80)
    return bytes(reversed(out))


def meta(kind: int, data: bytes, delta: int = 0) -> bytes:
    """A meta event."""
    return length(delta) + bytes((0xFF, kind)) + length(len(data)) + data


def chunk(tag: bytes, data: bytes) -> bytes:
    """A chunk with its true size."""
    return tag + struct.pack(">I", len(data)) + data


def header(kind: int = 1, count: int = 1, division: int = 480) -> bytes:
    """A header chunk."""
    return chunk(b"MThd", struct.pack(">HHH", kind, count, division))


def midi(*tracks: bytes, kind: int = 1, division: int = 480, end: bool = True) -> bytes:
    """A file of these tracks' events; `end` adds each its end."""
    chunks = (chunk(b"MTrk", track + (END if end else b"")) for track in tracks)
    return header(kind, len(tracks), division) + b"".join(chunks)


def scale(channel: int = 0, count: int = 8, lowest: int = 60) -> bytes:
    """Quarters in a row."""
    return b"".join(
        bytes((0, 0x90 | channel, lowest + i % 24, 80)) + b"\x83\x60" + bytes((0x80 | channel, lowest + i % 24, 0))
        for i in range(count)
    )


def running(count: int, delta: int = 1) -> bytes:
    """So many notes in running status: three bytes an event."""
    pair = length(delta) + b"\x3c\x50" + length(delta) + b"\x3c\x00"
    return b"\x00\x90\x3c\x50" + length(delta) + b"\x3c\x00" + pair * (count - 1)


def archive(members: Iterable[tuple[str, bytes]]) -> bytes:
    """A zip of these members, as deterministic as a test wants it."""
    out = BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as file:
        for name, data in members:
            file.writestr(zipfile.ZipInfo(name), data, zipfile.ZIP_DEFLATED)
    return out.getvalue()


XML_NOTE = "<note><pitch><step>C</step><octave>4</octave></pitch><duration>1</duration></note>"


def xml(inside: str = XML_NOTE * 4, title: str = "Tune", part: str = "A", before: str = "") -> bytes:
    """A MusicXML file of one bar."""
    return (
        f"{before}<score-partwise><work><work-title>{title}</work-title></work><part-list>"
        f'<score-part id="P1"><part-name>{part}</part-name></score-part></part-list><part id="P1">'
        f'<measure number="1"><attributes><divisions>1</divisions></attributes>'
        f"{inside}</measure></part></score-partwise>"
    ).encode()


def container(path: str) -> tuple[str, bytes]:
    """The container of a .mxl that names `path`."""
    text = f'<container><rootfiles><rootfile full-path="{path}"/></rootfiles></container>'
    return "META-INF/container.xml", text.encode()


def project(notes: str = '<Note time="0" duration="1" channel="0" key="60" vel="0.8" rel="0.5"/>') -> bytes:
    """The project.xml of a small DAWproject."""
    return (
        '<Project version="1.0"><Application name="Other" version="1"/><Structure>'
        '<Track contentType="notes" id="t1" name="Lead" loaded="true"><Channel id="c1" role="regular"/></Track>'
        '</Structure><Arrangement id="a1"><Lanes timeUnit="beats" id="l1"><Lanes track="t1" id="l2"><Clips id="k1">'
        f'<Clip time="0" duration="8"><Notes id="n1">{notes}</Notes></Clip>'
        "</Clips></Lanes></Lanes></Arrangement></Project>"
    ).encode()


_LAUGHS = '<?xml version="1.0"?><!DOCTYPE a [<!ENTITY a "ha">' + "".join(
    f'<!ENTITY {chr(98 + i)} "{f"&{chr(97 + i)};" * 10}">' for i in range(12)
) + "]>"  # fmt: skip
_QUADRATIC = b'<!DOCTYPE a [<!ENTITY a "' + b"x" * 50_000 + b'">]><a>' + b"&a;" * 50_000 + b"</a>"
_SPACES = b" " * 60_000_000


def damaged() -> list[tuple[str, bytes, str]]:
    """(name, bytes, a word of the line): files that are refused."""
    good = midi(scale(), scale(1))
    zipped = archive((container("score.xml"), ("score.xml", xml())))
    return [
        ("empty.mid", b"", "is empty"),
        ("one.mid", b"M", "not a MIDI file"),
        ("blank.abc", b" \n\t\n", "is empty"),
        ("header.mid", good[:10], "not a MIDI file"),
        ("headeronly.mid", good[:14], "damaged"),
        ("cut.mid", good[:40], "damaged"),
        ("cutnote.mid", good[: 14 + 8 + 2], "damaged"),
        ("tag.mid", header() + b"MTr", "damaged"),
        ("notracks.mid", header(1, 0), "no notes"),
        ("nonotes.mid", midi(b""), "no notes"),
        ("bendonly.mid", midi(b"\x00\xe0\x00\x40\x10\xe0\x00\x7f"), "no notes"),
        ("status.mid", midi(b"\x00\x3c\x50" + NOTE), "damaged"),
        ("smpte.mid", midi(NOTE, division=0xE728), "SMPTE"),
        ("still.mid", midi(NOTE, division=0), "SMPTE"),
        ("huge.mid", header() + b"MTrk\xff\xff\xff\xff" + NOTE, "damaged"),
        ("negative.mid", midi(ON + b"\xff\xff\xff\xff\x7f\x80\x3c\x00"), "damaged"),
        ("endless.mid", midi(ON + b"\xff" * 200 + b"\x00\x80\x3c\x00"), "damaged"),
        ("longmeta.mid", midi(b"\x00\xff\x01\xff\xff\xff\x7fabc" + NOTE), "damaged"),
        ("sysex.mid", midi(b"\x00\xf0\x8f\xff\xff\x7f" + NOTE), "damaged"),
        ("claims.mid", header(1, 10_000) + chunk(b"MTrk", NOTE + END), "10000 tracks"),
        ("tracks.mid", midi(*[NOTE] * 10_000), "10000 tracks"),
        ("missing.mid", header(1, 3) + chunk(b"MTrk", NOTE + END), "1 of 3 tracks"),
        ("long.mid", midi(NOTE + length(1920 * 6_000) + NOTE[1:]), "5000 bars"),
        ("later.mid", midi(b"\xff\xff\xff\x7f" + NOTE[1:], division=1), "20,000 bars"),
        ("million.mid", midi(running(1_200_000)), "notes"),
        ("kinds.mid", b"RIFF\x04\x00\x00\x00RMID", "MIDI"),
        ("laughs.musicxml", _LAUGHS.encode() + b"<score-partwise>&m;</score-partwise>", "entities"),
        ("quadratic.xml", _QUADRATIC, "entities"),
        ("outside.xml", b'<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><a>&x;</a>', "entities"),
        ("deep.xml", b"<a>" * 100_000, "deeper"),
        ("cut.musicxml", xml()[:300], "damaged"),
        ("other.xml", b"<html><body/></html>", "other.xml"),
        ("noparts.xml", b"<score-partwise/>", "noparts.xml"),
        ("norhythm.xml", xml(""), "no notes"),
        ("bomb.mxl", archive((container("score.xml"), ("score.xml", b"<a>" + _SPACES))), "unpacks to more than"),
        ("nested.mxl", archive((container("score.xml"), ("score.xml", zipped))), "archive inside an archive"),
        ("slip.mxl", archive((container("../../evil.xml"), ("../../evil.xml", xml()))), "leads out"),
        ("absent.mxl", archive((container("gone.xml"), ("score.xml", xml()))), "not in it"),
        ("cut.mxl", zipped[:-30], "damaged"),
        ("text.mxl", b"PK\x03\x04 and so on", "damaged"),
        ("members.mxl", archive((f"{i}.xml", b"") for i in range(5_000)), "files"),
        ("bomb.dawproject", archive([("project.xml", b"<a>" + _SPACES)]), "unpacks to more than"),
        ("slip.dawproject", archive((("project.xml", project()), ("../../evil.wav", b"RIFF"))), "leads out"),
        ("cut.dawproject", archive([("project.xml", project())])[:100], "cut off"),
        ("laughs.dawproject", archive([("project.xml", _LAUGHS.encode() + b"<Project/>")]), "entities"),
        ("no.dawproject", archive([("readme.txt", b"hello")]), "project.xml"),
        ("cut.json", b'{"format": "partimento song", "version": 2, "ti', "json"),
        ("deep.json", b'{"a":' * 100_000, "json"),
        ("deeplist.json", b'{"a":' + b"[" * 100_000, "json"),
        ("number.json", b'{"format": "partimento song", "version": ' + b"9" * 5_000 + b"}", "json"),
        ("nan.json", b'{"format": "partimento song", "version": NaN}', "is not a number"),
        ("binary.json", b"{\xff\xfe\x00", "UTF-8"),
        ("zeros.mid", bytes(1_000), "MIDI"),
        ("picture.png", b"\x89PNG\r\n\x1a\n" + bytes(200), "Formats"),
        ("nothing.abc", b"X:1\nT:No notes\nK:C\n", "no"),
    ]  # fmt: skip


def odd() -> list[tuple[str, bytes]]:
    """(name, bytes): valid files, however strange; each has a note or more."""
    sixteen = b"".join(scale(channel, 4) for channel in range(16))
    texts = {"latin": "Prélude".encode("latin-1"), "utf8": "Prélude ♭".encode(), "sjis": "前奏曲".encode("shift_jis")}
    names = {
        "newline": b"a\nb\r\nc", "slash": b"../../x/y\\z", "quotes": b"'\"`$(rm -rf /)", "emoji": "\U0001f3b8".encode(),
        "long": b"n" * 300, "empty": b"", "scheme": b'#(system "x")', "script": b"<script>alert(1)</script>&amp;",
        "control": bytes(range(1, 32)), "xmlbad": "￾￿".encode(), "blank": b"   ", "percent": b"%s%d{0}\\",
        "rtl": "‮evil".encode(), "surrogate": b"\xed\xa0\x80",
    }  # fmt: skip
    metas = meta(0x51, bytes(9)) + meta(0x7F, bytes(300)) + meta(0x60, b"x") + meta(0x21, b"")
    tempo = meta(0x51, b"\x00\x00\x00") + meta(0x51, b"\xff\xff\xff")
    meters = meta(0x58, b"\x00\x02\x18\x08") + meta(0x58, b"\x05\x07\x18\x08", 1920) + meta(0x58, b"\xff\xff\x00\x00")
    eighty_eight = b"".join(b"\x00" + bytes((0x90, 21 + i, 80)) for i in range(88)) + b"\x87\x40" + b"".join(
        bytes((0x80, 21 + i, 0)) + b"\x00" for i in range(88)
    )[:-1]  # fmt: skip
    files = [
        ("type0.mid", midi(sixteen, kind=0)),
        ("type2.mid", midi(scale(), scale(1), kind=2)),
        ("type9.mid", midi(scale(), kind=9)),
        ("running.mid", midi(running(50, 120))),
        ("nooff.mid", midi(ON + b"\x83\x60\x90\x40\x50")),
        ("velocity0.mid", midi(ON + b"\x83\x60\x90\x3c\x00")),
        ("sysex.mid", midi(b"\x00\xf0\x05\x7e\x7f\x09\x01\xf7" + NOTE + b"\x00\xf7\x02\x01\x02")),
        ("chunks.mid", header() + chunk(b"XFIH", b"abc") + chunk(b"MTrk", NOTE + END) + b"tail"),
        ("metas.mid", midi(meta(0x51, b"\x01") + meta(0x58, b"") + meta(0x59, b"\x01") + meta(0x54, b"") + NOTE)),
        ("metalong.mid", midi(metas + NOTE)),
        ("sequence.mid", midi(meta(0x00, b"") + meta(0x20, b"") + meta(0x59, b"") + NOTE)),
        ("tempos.mid", midi(tempo + NOTE)),
        ("slow.mid", midi(meta(0x51, b"\xff\xff\xff") + NOTE)),
        ("fast.mid", midi(meta(0x51, b"\x00\x00\x01") + NOTE)),
        ("meters.mid", midi(meters + scale())),
        ("meter0.mid", midi(meta(0x58, b"\x00\x02\x18\x08") + NOTE)),
        ("meter128.mid", midi(meta(0x58, b"\x05\x07\x18\x08") + NOTE)),
        ("key99.mid", midi(meta(0x59, b"\x63\x00") + NOTE)),
        ("keyminor99.mid", midi(meta(0x59, b"\x00\x63") + NOTE)),
        ("noend.mid", midi(NOTE, end=False)),
        ("nothing.mid", midi(b"", b"", NOTE, b"")),
        ("surplus.mid", header(1, 1) + chunk(b"MTrk", NOTE + END) * 3),
        ("division1.mid", midi(b"\x00\x90\x3c\x50\x01\x80\x3c\x00", division=1)),
        ("division32767.mid", midi(scale(), division=32767)),
        ("hours.mid", midi(meta(0x51, b"\xff\xff\xff") + NOTE + length(480 * 2_200) + NOTE[1:])),
        ("eightyeight.mid", midi(eighty_eight)),
        ("onetick.mid", midi(b"".join(b"\x00\x90" + bytes((i, 80)) for i in range(128)))),
        ("zerolength.mid", midi(b"\x00\x90\x3c\x50\x00\x80\x3c\x00" * 20)),
        ("drums.mid", midi(scale(9, 16, 35))),
        ("drumsout.mid", midi(scale(9, 8, 0) + scale(9, 8, 100))),
        ("one.mid", midi(NOTE)),
        ("lowest.mid", midi(b"\x00\x90\x00\x01\x83\x60\x80\x00\x00\x00\x90\x7f\x7f\x83\x60\x80\x7f\x00")),
        ("far.mid", midi(length(1920 * 3_000) + NOTE[1:])),
        ("twice.mid", midi(*[meta(0x03, b"Piano") + scale(c) for c in range(3)])),
        ("markers.mid", midi(b"".join(meta(0x06, f"m{i}".encode(), 1) for i in range(300)) + scale(0, 40))),
        ("words.mid", midi(meta(0x05, b"\xff\x00la\n") + scale() + meta(0x05, b"x" * 5_000))),
        ("manytempos.mid", midi(b"".join(meta(0x51, bytes((4, i, i)), 5) for i in range(200)) + scale())),
        ("bars.mid", midi(b"".join(meta(0x58, bytes((1 + i % 7, 3, 24, 8)), 700) for i in range(60)) + scale())),
        ("bends.mid", midi(b"\x00\x90\x3c\x50" + b"\x02\xe0\x11\x22" * 500 + b"\x00\x80\x3c\x00")),
        ("tiny.mid", midi(b"\x00\x90\x3c\x50\x01\x80\x3c\x00" * 200)),
        ("plain.musicxml", xml()),
        ("title.musicxml", xml(title="#(system &quot;x&quot;) \\include &lt;script&gt; ../../x", part="%{ }%")),
        ("entity.musicxml", xml(title="&#x202E;&#1234567;".replace("1234567", "8232"), part="a&#10;b")),
        ("plain.mxl", archive((container("score.xml"), ("score.xml", xml())))),
        ("plain.dawproject", archive([("project.xml", project())])),
        ("repeats.abc", b"X:1\nL:1/4\nK:C\n" + b"|:" * 20_000 + b"C"),
        ("tempo.abc", b"X:1\nL:1/4\nQ:1/" + b"1111/" * 60 + b"\nK:C\nCDEF|\n"),
        ("tempo2.abc", b"X:1\nL:1/4\nQ:1/1111/1=120\nK:C\nCDEF|\n"),
        ("setting.abc", b"X:1\nL:1/4\nK:C\nV:1 " + b"a" * 300_000 + b"\nCDEF|\n"),
        ("open.abc", b"X:1\nL:1/4\nK:C\nCDEF|" + b"[" * 100_000 + b"{" * 100_000),
        ("goes-on.abc", b"X:1\nL:1/4\nK:C\n" + b"y\\\n" * 60_000 + b"CDEF|"),
        ("plain.abc", b"X:1\nT:Tune\nM:4/4\nL:1/4\nK:C\nCDEF|GABc|\n"),
        ("title.abc", 'X:1\nT:#(system "x") <script> ../../x \U0001f3b8\nM:none\nL:1/4\nK:none\nCDEF|\n'.encode()),
        ("latin.abc", "X:1\nT:Prélude\nK:D\nabc|\n".encode("latin-1")),
    ]  # fmt: skip
    files += [(f"text-{key}.mid", midi(meta(0x03, text) + meta(0x06, text) + scale())) for key, text in texts.items()]
    files += [
        (f"name-{key}.mid", midi(meta(0x03, text), meta(0x03, text) + scale(), meta(0x03, text) + scale(1)))
        for key, text in names.items()
    ]
    return files
