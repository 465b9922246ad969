"""Mood-tagged loops: the tags' own chord spelling turned into numerals, and which styles a mood suits."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from partimento.learning.tables.corpus import read_rows
from partimento.learning.tables.numerals import ROMAN, numeral, triad

# Which moods a loop style draws on: a judgement, not data.
STYLE_MOODS = {
    "ambient": ("Nostalgic", "Peaceful", "Relaxed", "Spiritual", "Tender"),
    "cinematic": ("Dark", "Dramatic", "Fearful", "Mysterious", "Sad", "Surprised", "Triumphant"),
    "electronic": ("Empowered", "Excited", "Hopeful", "Joyful", "Rebellious", "Triumphant"),
    "hip-hop": ("Dark", "Lonely", "Mysterious", "Rebellious", "Sad"),
    "lo-fi": ("Nostalgic", "Peaceful", "Relaxed", "Romantic", "Tender"),
}
_MAJOR = (0, 2, 4, 5, 7, 9, 11)
_MINOR = (0, 2, 3, 5, 7, 8, 10)


def read_chord(text: str, table: str) -> tuple[int, str] | None:
    """(chromatic step above the tonic, quality) of a tag such as `bVIIM`, `ivm9`, `IIM`, `Idom7`; None if unread.

    Bare sevenths are diatonic in `table` ("major", "minor"; "modal" counts from the major scale).
    """
    body = text.lstrip("b#")
    shift = text.count("#", 0, len(text) - len(body)) - text.count("b", 0, len(text) - len(body))
    name = max((r for r in ROMAN if body.upper().startswith(r)), key=len, default="")
    if not name:
        return None
    written, rest = body[: len(name)], body[len(name) :]
    scale = _MINOR if table == "minor" else _MAJOR
    place = ROMAN.index(name)
    root = (scale[place] + shift) % 12
    minor = written.islower()
    if rest.startswith("M") and not rest.startswith("maj"):
        minor, rest = False, rest[1:]
    elif rest.startswith("m"):
        minor, rest = True, rest[1:]
    diminished = minor and (root + 7) % 12 not in scale and shift == 0 and rest in ("", "7")
    if rest in ("-5", "5"):
        rest = ""
    if rest == "dom7":
        return root, "7"
    if rest == "dim" or (diminished and rest == ""):
        return root, "dim"
    if rest == "7":
        if minor:
            return root, "hdim7" if diminished else "min7"
        flat_seventh = (root + 10) % 12 in scale and (root + 11) % 12 not in scale
        return root, "7" if flat_seventh else "maj7"
    table_of = {
        "": ("maj", "min"), "9": ("7", "min7"), "add9": ("add9", "minadd9"), "6": ("maj6", "min6"),
        "69": ("69", "min6"), "sus2": ("sus2", "sus2"), "sus4": ("sus4", "sus4"),
    }  # fmt: skip
    return (root, table_of[rest][minor]) if rest in table_of else None


def mood_loops(data: Path) -> tuple[dict[str, Any], int]:
    """style -> mode -> loops with mood words and integer weight (a chord a bar); and how many were read."""
    out: dict[str, Any] = {style: {"major": [], "minor": []} for style in sorted(STYLE_MOODS)}
    seen: set[tuple[str, str, tuple[str, ...]]] = set()
    count = 0
    for row in read_rows(data, "moods"):
        read = [read_chord(text, row["mode"]) for text in row["chords"]]
        known = [chord for chord in read if chord is not None]
        if len(known) != len(read) or "Cadence" in row["moods"] or len(known) < 2:
            continue
        count += 1
        tonic = [quality for root, quality in known if root == 0]
        minor = row["mode"] == "minor" or (bool(tonic) and all(q.startswith("min") for q in tonic))
        mode = "minor" if minor else "major"
        names = [numeral(root, quality, root, mode) for root, quality in known]
        plain = [triad(root, quality, mode) for root, quality in known]
        for style, moods in STYLE_MOODS.items():
            fit = sum(mood in moods for mood in row["moods"])
            key = (style, mode, tuple(names))
            if fit and key not in seen:
                seen.add(key)
                moods_of = sorted(row["moods"])
                out[style][mode].append({"chords": names, "moods": moods_of, "triads": plain, "weight": 5 * fit})
    for style in out:
        for mode in out[style]:
            out[style][mode].sort(key=lambda loop: (-loop["weight"], loop["chords"]))
    return out, count
