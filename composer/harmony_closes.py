"""Closes: how phrases and sections end; the formulas, and the predicates that say whether a close is met.

Convention: formulas are the last bars of a phrase, each a tuple of numerals; closes are those of score.song.CLOSES.
"""

from __future__ import annotations

from functools import cache

from partimento.theory.chord import Chord
from partimento.theory.key import Key

Bars = tuple[tuple[str, ...], ...]

CADENCES = ("authentic", "half", "plagal", "deceptive", "modal", "turnaround", "dominant pedal", "break")
"""Closes that ask for certain last chords; the others ("loop", "open") leave them free."""

LEADS_ON = ("half", "turnaround", "dominant pedal", "break")
"""Closes that end on a dominant and so can lead into another key."""

# close -> mode -> (weight, bars). Slow ones first: one chord a bar; the rest move faster.
_FORMULAS: dict[str, dict[str, tuple[tuple[int, int, Bars], ...]]] = {
    # (weight, chords a bar it suits: 1 slow, 2 fast, bars)
    "authentic": {
        "major": ((5, 1, (("V",), ("I",))), (3, 1, (("ii", "V"), ("I",))), (3, 1, (("IV", "V"), ("I",))),
                  (6, 2, (("ii", "V"), ("I",))), (4, 2, (("IV", "V"), ("I",))), (2, 2, (("I64", "V"), ("I",)))),
        "minor": ((5, 1, (("V",), ("i",))), (3, 1, (("iio", "V"), ("i",))), (3, 1, (("iv", "V"), ("i",))),
                  (6, 2, (("iio", "V"), ("i",))), (4, 2, (("iv", "V"), ("i",))), (2, 2, (("i64", "V"), ("i",)))),
    },
    "half": {
        "major": ((6, 1, (("V",),)), (2, 1, (("ii", "V"),)), (4, 2, (("ii", "V"),)), (4, 2, (("IV", "V"),)),
                  (2, 2, (("I", "V"),))),
        "minor": ((6, 1, (("V",),)), (2, 1, (("iv", "V"),)), (4, 2, (("iv6", "V"),)), (4, 2, (("iv", "V"),)),
                  (3, 2, (("VI", "V"),))),
    },
    "plagal": {
        "major": ((5, 1, (("IV",), ("I",))), (2, 2, (("IV", "I"),)), (1, 1, (("iv",), ("I",)))),
        "minor": ((5, 1, (("iv",), ("i",))), (2, 2, (("iv", "i"),))),
    },
    "deceptive": {
        "major": ((4, 1, (("V",), ("vi",))), (2, 2, (("IV", "V"), ("vi",)))),
        "minor": ((4, 1, (("V",), ("VI",))), (2, 2, (("iv", "V"), ("VI",)))),
    },
    "modal": {
        "major": ((4, 1, (("bVII",), ("I",))), (2, 2, (("bVII", "I"),)), (2, 1, (("bVII", "IV"), ("I",)))),
        "minor": ((4, 1, (("VII",), ("i",))), (2, 2, (("VII", "i"),)), (2, 1, (("v",), ("i",))),
                  (2, 1, (("VI", "VII"), ("i",)))),
        "dorian": ((4, 1, (("VII",), ("i",))), (3, 1, (("IV",), ("i",))), (2, 1, (("IV", "VII"), ("i",))),
                   (2, 2, (("VII", "i"),))),
        "phrygian": ((5, 1, (("bII",), ("i",))), (2, 1, (("VII", "bII"), ("i",))), (2, 2, (("bII", "i"),))),
        "lydian": ((5, 1, (("II",), ("I",))), (2, 1, (("V",), ("I",))), (2, 2, (("II", "I"),))),
        "mixolydian": ((5, 1, (("bVII",), ("I",))), (3, 1, (("v",), ("I",))), (2, 1, (("bVII", "IV"), ("I",)))),
        "locrian": ((4, 1, (("bII",), ("io",))), (2, 1, (("VI",), ("io",)))),
    },
    "turnaround": {
        "major": ((4, 1, (("ii",), ("V",))), (3, 1, (("IV",), ("V",))), (3, 1, (("I", "vi"), ("ii", "V"))),
                  (6, 2, (("I", "vi"), ("ii", "V"))), (3, 2, (("iii", "vi"), ("ii", "V")))),
        "minor": ((4, 1, (("iv",), ("V",))), (2, 1, (("i", "VI"), ("iio", "V"))), (6, 2, (("i", "VI"), ("iio", "V"))),
                  (2, 2, (("III", "VI"), ("iio", "V")))),
    },
    "dominant pedal": {
        "major": ((3, 1, (("Vsus4",), ("V",))), (3, 1, (("IV@5",), ("V",))), (3, 1, (("I64",), ("V",)))),
        "minor": ((3, 1, (("Vsus4",), ("V",))), (3, 1, (("iv@5",), ("V",))), (3, 1, (("i64",), ("V",)))),
    },
    "break": {"major": ((1, 1, (("V",),)),), "minor": ((1, 1, (("V",),)),)},
}  # fmt: skip

_MODAL_HALF: dict[str, Bars] = {
    "dorian": (("VII",),), "mixolydian": (("bVII",),), "phrygian": (("bII",),), "lydian": (("V",),),
    "locrian": (("bII",),),
}  # fmt: skip


@cache
def formulas(close: str, mode: str) -> tuple[tuple[int, int, Bars], ...]:
    """(weight, chords a bar, last bars) of a close in a mode; empty for closes that leave the end free."""
    if close not in _FORMULAS:
        return ()
    table = _FORMULAS[close]
    if mode in table:
        return table[mode]
    if close == "modal":
        return table["major"]
    if mode in _MODAL_HALF and close in LEADS_ON:
        return ((1, 1, _MODAL_HALF[mode]),)
    if mode in _MODAL_HALF:
        return _FORMULAS["modal"][mode]
    return table["minor" if mode == "minor" else "major"]


def is_dominant(chord: Chord, key: Key) -> bool:
    """Whether the chord leads to the key's tonic as a dominant.

    It stands on 5 (major or suspended), on the leading tone, is the tritone substitute, or b7 or b2 of a modal key.
    """
    if chord.root == key.tonic.up(1):
        return chord.family != "minor" or key.mode not in ("major", "minor")
    if chord.root.number == (key.tonic.number + 11) % 12 and chord.family in ("diminished", "half-diminished"):
        return True
    if chord.root.number == (key.tonic.number + 1) % 12 and chord.family == "dominant":
        return True
    modal = key.mode not in ("major", "minor")
    return modal and (chord.root.number - key.tonic.number) % 12 in (10, 1)


def is_tonic(chord: Chord, key: Key) -> bool:
    """Whether the chord stands on the key's tonic and has no other bass but its own tones."""
    return chord.root == key.tonic and (chord.bass is None or chord.inversion is not None)


def meets_close(close: str, chords: list[Chord], key: Key, next_key: Key | None = None) -> bool:
    """Whether chords that end a phrase or section close it as planned; `next_key` is that of what follows.

    The predicate behind every "harmony.cadence..." decision. Free closes ("loop", "open") are always met.
    """
    if close not in CADENCES or close == "break":
        return True
    if not chords:
        return False
    last = chords[-1]
    before = next((c for c in reversed(chords[:-1]) if c.root != last.root or c.quality != last.quality), None)
    if close in LEADS_ON:
        return is_dominant(last, key) or (next_key is not None and is_dominant(last, next_key))
    if close == "deceptive":
        return not is_tonic(last, key) and before is not None and is_dominant(before, key)
    if not is_tonic(last, key) or before is None:
        return False
    if close == "authentic":
        return is_dominant(before, key)
    degree = (before.root.number - key.tonic.number) % 12
    if close == "plagal":
        return degree in (5, 2)
    return not (is_dominant(before, key) and key.mode in ("major", "minor"))


def close_of(chords: list[Chord], key: Key) -> str:
    """The close that chords make: authentic, plagal or modal on the tonic, half on the dominant, else open."""
    for close in ("authentic", "plagal", "modal", "deceptive", "half"):
        if meets_close(close, chords, key):
            return close
    return "open"
