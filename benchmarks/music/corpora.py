"""People's music as Pieces, read from a folder of data sets, and which genre is measured against which set.

Each set is a gzip file of JSON lines with ``tpq``, ``meters``, ``keys``, ``parts``, ``chords`` (Harte labels); the
folder is the caller's to name. Bars are taken from ``bars`` where a file has them, else counted from the meters.
"""

from __future__ import annotations

import gzip
import json
import math
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

from partimento.benchmarks.music.piece import Harmony, Piece, Tone

Row = dict[str, Any]

_LETTERS = {"C": 0, "D": 2, "E": 4, "F": 5, "G": 7, "A": 9, "B": 11}
_DEGREES = {1: 0, 2: 2, 3: 4, 4: 5, 5: 7, 6: 9, 7: 11, 9: 14, 10: 16, 11: 17, 13: 21}
# Shorthands of Harte et al. 2005, in semitones above the root, and the few spellings that the sets add.
_SHAPES = {
    "maj": (0, 4, 7),
    "min": (0, 3, 7),
    "dim": (0, 3, 6),
    "aug": (0, 4, 8),
    "maj7": (0, 4, 7, 11),
    "min7": (0, 3, 7, 10),
    "7": (0, 4, 7, 10),
    "dim7": (0, 3, 6, 9),
    "hdim7": (0, 3, 6, 10),
    "minmaj7": (0, 3, 7, 11),
    "maj6": (0, 4, 7, 9),
    "min6": (0, 3, 7, 9),
    "9": (0, 4, 7, 10, 2),
    "maj9": (0, 4, 7, 11, 2),
    "min9": (0, 3, 7, 10, 2),
    "11": (0, 4, 7, 10, 2, 5),
    "min11": (0, 3, 7, 10, 2, 5),
    "maj11": (0, 4, 7, 11, 2, 5),
    "13": (0, 4, 7, 10, 2, 9),
    "maj13": (0, 4, 7, 11, 2, 9),
    "min13": (0, 3, 7, 10, 2, 9),
    "sus2": (0, 2, 7),
    "sus4": (0, 5, 7),
    "5": (0, 7),
    "1": (0,),
    "aug7": (0, 4, 8, 10),
    "7sus4": (0, 5, 7, 10),
    "7sus2": (0, 2, 7, 10),
    "maj7sus4": (0, 5, 7, 11),
    "maj69": (0, 4, 7, 9, 2),
    "minor-major": (0, 3, 7, 11),
    "augmented-ninth": (0, 4, 8, 10, 2),
}
_EXTRA = re.compile(r"^(no)?([b#]*)(\d+)$")


@cache
def harte(label: str) -> tuple[int, tuple[int, ...]] | None:
    """Return root and sorted pitch classes of a Harte label; None for no chord (N), unknown (X) or unread labels."""
    head = label.split("/")[0]
    root_text, _, quality = head.partition(":")
    if not root_text or root_text[0] not in _LETTERS:
        return None
    root = pitch_class(root_text)
    shorthand, _, extras = quality.partition("(")
    shape = set(_SHAPES.get(shorthand or "maj", (0, 4, 7)))
    for extra in filter(None, extras.rstrip(")").split(",")):
        match = _EXTRA.match(extra.strip().lstrip("*"))
        if not match:
            continue
        degree = _DEGREES.get(int(match[3]))
        if degree is None:
            continue
        # An unaltered seventh in brackets is spelled b7 in these sets or, after sus4 and min, plain 7.
        pitch = (degree + match[2].count("#") - match[2].count("b") - (int(match[3]) == 7 and not match[2])) % 12
        if match[1] or extra.strip().startswith("*"):
            shape.discard(pitch)
        else:
            if match[2] and int(match[3]) == 5:
                shape.discard(7)
            shape.add(pitch)
    return root, tuple(sorted((root + s) % 12 for s in shape))


def pitch_class(name: str) -> int:
    """Return the pitch class of a note or key name such as ``Bb``, ``F#m``; letters A-G first, then signs."""
    return (_LETTERS[name[0]] + name[1:].count("#") - name[1:].count("b")) % 12


def read_rows(path: Path) -> Iterator[Row]:
    """Yield the JSON objects of a gzip file of JSON lines."""
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        for line in lines:
            yield json.loads(line)


def bar_lines(row: Row, end: int) -> tuple[int, ...]:
    """Return bar starts and the last bar's end, at least to tick ``end``."""
    if row.get("bars"):
        bars = [int(b) for b in row["bars"]]
        return (*bars, max(int(row["end"]), bars[-1] + 1))
    meters = row.get("meters") or [[0, 4, 4]]
    bars = []
    tick = 0
    for index, (start, numerator, denominator) in enumerate(meters):
        stop = meters[index + 1][0] if index + 1 < len(meters) else math.inf
        length = row["tpq"] * 4 * numerator // denominator
        tick = start
        while tick < min(stop, end):
            bars.append(tick)
            tick += length
    return (*bars, max(tick, end)) if bars else (0, max(end, 1))


def felt_beat(row: Row) -> int:
    """Return the felt beat in ticks: a dotted one where the meter is compound."""
    _, numerator, denominator = (row.get("meters") or [[0, 4, 4]])[0]
    unit = row["tpq"] * 4 // denominator
    return int(unit * 3 if denominator >= 8 and numerator % 3 == 0 else unit)


def tonic_of(row: Row) -> int | None:
    """Return the pitch class of the last key's tonic; None where no key or no mode is written."""
    if not row.get("keys"):
        return None
    key = row["keys"][-1]
    if isinstance(key[1], str):
        return pitch_class(key[1].removesuffix("m"))
    if not key[2]:
        return None
    return (int(key[1]) * 7 + (9 if key[2] == "minor" else 0)) % 12


def piece_of_row(row: Row, melody: str, accompaniment: tuple[str, ...] = (), counter: tuple[str, ...] = ()) -> Piece:
    """Return a row as a Piece, with the parts named; absent parts are empty."""

    def tones(names: tuple[str, ...]) -> tuple[Tone, ...]:
        notes = (n for name in names for n in row["parts"].get(name, ()))
        return tuple(sorted(Tone(n[0], n[1], n[2], n[3] if len(n) > 3 else 0) for n in notes))

    chords = []
    for chord in row.get("chords") or ():
        read = harte(chord[2])
        if read:
            chords.append(Harmony(chord[0], chord[1], read[0], read[1], chord[2]))
    sung, backing, answer = tones((melody,)), tones(accompaniment), tones(counter)
    end = max(
        [t.onset + t.duration for t in sung + backing + answer] + [c.onset + c.duration for c in chords], default=0
    )
    return Piece(
        name=str(row.get("id", row["title"])),
        tpq=row["tpq"],
        bars=bar_lines(row, end),
        beat=felt_beat(row),
        melody=sung,
        accompaniment=backing,
        counter=answer,
        chords=tuple(chords),
        tonic=tonic_of(row),
        sections=tuple((s[0], s[1]) for s in row.get("sections") or ()),
    )


def load_pop(data: Path) -> list[Piece]:
    """Return POP909 songs (melody, bridge, piano, chords); those whose bar lines are doubtful are left out."""
    rows = read_rows(data / "open/pop_pop909cl.jsonl.gz")
    return [
        piece_of_row(r, "melody", ("piano",), ("bridge",))
        for r in rows
        if r["chords"] and (r["chords_on_bar_or_half"] or 0) >= 0.7
    ]


def load_rock(data: Path) -> list[Piece]:
    """Return RS200 songs: chords and vocal melody; melodies that do not fit their chords are left out."""
    pieces = []
    for row in read_rows(data / "open/rock_rs200.jsonl.gz"):
        if abs(row.get("melody_len_diff_ticks") or 0) > row["tpq"] * 4:
            row["parts"] = {}
        pieces.append(piece_of_row(row, "melody"))
    return pieces


def load_lead_sheets(data: Path, words: tuple[str, ...]) -> list[Piece]:
    """Return OpenEWLD lead sheets whose genres or styles hold one of ``words``."""
    rows = read_rows(data / "open/leadsheets_openewld_pd.jsonl.gz")
    return [piece_of_row(r, "melody") for r in rows if any(w in words for w in [*r["genres"], *r["styles"]])]


def load_folk(data: Path) -> list[Piece]:
    """Return folk tunes, melody alone, every fourth one of the public-domain collections."""
    rows = read_rows(data / "open/folk_tunes_pd.jsonl.gz")
    return [piece_of_row(r, "melody") for i, r in enumerate(rows) if i % 4 == 0]


def load_lieder(data: Path) -> list[Piece]:
    """Return songs with piano (voice over piano, no chord labels), every fourth one."""
    rows = read_rows(data / "open/classical_openscore_lieder_cc0.jsonl.gz")
    return [
        piece_of_row(r, "voice", ("piano_rh", "piano_lh"))
        for i, r in enumerate(rows)
        if i % 4 == 0 and r["parts"].get("voice")
    ]


MELODIES = (
    ("open/pop_pop909cl.jsonl.gz", "melody"),
    ("open/rock_rs200.jsonl.gz", "melody"),
    ("open/leadsheets_openewld_pd.jsonl.gz", "melody"),
    ("open/folk_tunes_pd.jsonl.gz", "melody"),
    ("open/classical_openscore_lieder_cc0.jsonl.gz", "voice"),
)
"""Every melody that the melody model learns from: file and part."""


def load_melodies(data: Path) -> list[Piece]:
    """Return all the melodies of MELODIES, whole files, whatever their bar lines; nothing but the melody is read."""
    pieces = []
    for name, part in MELODIES:
        for row in read_rows(data / name):
            notes = sorted(Tone(n[0], n[1], n[2], 0) for n in row["parts"].get(part, ()))
            if notes:
                pieces.append(Piece(str(row.get("id", row["title"])), row["tpq"], (0, 1), 1, tuple(notes)))
    return pieces


_JAZZ = ("Jazz", "Big Band", "Swing", "Dixieland", "Cool Jazz", "Hard Bop", "Soul-Jazz")
_COUNTRY = ("Country", "Country Rock", "Bluegrass", "Honky Tonk", "Folk, World, & Country")

REFERENCES: dict[str, str] = {
    "pop": "POP909",
    "rock": "RS200 (melody and chords)",
    "jazz": "OpenEWLD lead sheets, jazz",
    "country": "OpenEWLD lead sheets, country and folk",
    "folk": "folk tunes (melody alone)",
    "classical": "Lieder (no chord labels)",
}
"""What each genre is measured against. Others have too few pieces (blues: 12) or none, and pop never stands in."""


def reference(genre: str, data: Path) -> list[Piece]:
    """Return the human pieces a genre is measured against; empty where there are none ("no reference")."""
    if genre == "pop":
        return load_pop(data)
    if genre == "rock":
        return load_rock(data)
    if genre == "jazz":
        return load_lead_sheets(data, _JAZZ)
    if genre == "country":
        return load_lead_sheets(data, _COUNTRY)
    if genre == "folk":
        return load_folk(data)
    if genre == "classical":
        return load_lieder(data)
    return []
