"""What parts are called on the page, and in which order they stand in a score.

Conventions: a band has the tune and what sings with it on top (lead, harmony, counter, answer), then other winds, brass
and strings, then keys and guitars, then basses, then percussion and drums; within a group the Song's order stays. An
orchestra stands by families, as printed scores have it, and in each family from high to low, the horns first.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from partimento.score.instruments import Instrument
from partimento.score.song import Track

_SHORT = {
    "piano": "Pno.", "bright piano": "Pno.", "electric grand": "E. Grd.", "honky-tonk piano": "Pno.", "rhodes": "Rh.",
    "fm piano": "E. Pno.", "harpsichord": "Hpschd.", "clavinet": "Clav.", "celesta": "Cel.", "glockenspiel": "Glock.",
    "vibraphone": "Vib.", "marimba": "Mar.", "xylophone": "Xyl.", "tubular bells": "T.B.", "organ": "Org.",
    "percussive organ": "Org.", "rock organ": "Org.", "church organ": "Org.", "accordion": "Acc.", "harmonica": "Harm.",
    "nylon guitar": "N. Gtr.", "steel guitar": "A. Gtr.", "jazz guitar": "J. Gtr.", "electric guitar": "E. Gtr.",
    "muted guitar": "M. Gtr.", "overdriven guitar": "O. Gtr.", "distortion guitar": "D. Gtr.", "double bass": "D.B.",
    "bass guitar": "B. Gtr.", "picked bass": "B. Gtr.", "fretless bass": "Frtl. B.", "slap bass": "B. Gtr.",
    "synth bass": "S. Bass", "sub bass": "Sub B.", "808 bass": "808", "violin": "Vln.", "fiddle": "Fdl.",
    "viola": "Vla.", "cello": "Vc.", "contrabass": "Cb.", "tremolo strings": "Str.", "pizzicato strings": "Str.",
    "harp": "Hp.",
    "timpani": "Timp.", "strings": "Str.", "slow strings": "Str.", "synth strings": "Syn. Str.", "choir": "Ch.",
    "voice": "V.", "trumpet": "Tpt.", "muted trumpet": "Tpt.", "trombone": "Tbn.", "tuba": "Tba.", "french horn": "Hn.",
    "horn section": "Hns.", "brass section": "Br.", "low brass": "L. Br.", "synth brass": "Syn. Br.",
    "soprano sax": "S. Sax.", "alto sax": "A. Sax.", "tenor sax": "T. Sax.", "baritone sax": "B. Sax.", "oboe": "Ob.",
    "english horn": "E. Hn.", "bassoon": "Bsn.", "clarinet": "Cl.", "piccolo": "Picc.", "flute": "Fl.",
    "recorder": "Rec.", "banjo": "Bjo.", "mandolin": "Mdn.", "pad": "Pad", "warm pad": "Pad", "steel drums": "St. Dr.",
    "percussion": "Perc.", "taiko": "Tko.",
}  # fmt: skip
_NUMBER = re.compile(r"\s+(\d+)$")
_ORDER = ("woodwind", "reeds", "brass", "voices", "strings", "mallets", "synth", "keys", "guitar", "percussion", "bass")
_ORCHESTRA = ("woodwind", "reeds", "brass", "percussion", "drums", "mallets", "keys", "voices", "strings", "bass")
ORCHESTRAL = frozenset({"classical", "cinematic"})
"""The genres whose scores look as an orchestra's do."""

CHAMBER = 5
"""As many players at the most are chamber music."""

_ROLES = {"lead": 0, "harmony": 1, "counter": 2, "answer": 3}


def solo_name(track: Track) -> str:
    """The name of a part that is the only one of its kind: "Piano" of "Piano 1"."""
    return _NUMBER.sub("", track.name) or track.name


def abbreviation(name: str, role: str, instrument: Instrument) -> str:
    """The short name before later systems: "Tpt.", "E. Gtr. 2"."""
    number = _NUMBER.search(name)
    if instrument.family == "drums" and role == "drums" and instrument.name != "percussion":
        short = "Dr."
    else:
        short = _SHORT.get(instrument.name) or _shortened(instrument.name)
    return f"{short} {number[1]}" if number else short


def _shortened(name: str) -> str:
    words = name.title().split()
    return " ".join(word[:4] + "." if len(word) > 5 else word for word in words)


def in_score_order(played: Sequence[tuple[Track, Instrument]], genre: str) -> list[tuple[Track, Instrument]]:
    """The parts from the top of the score down; equals keep their order."""
    place = _band_place
    if genre in ORCHESTRAL:
        place = _chamber_place if len(played) <= CHAMBER else _orchestral_place
    return sorted(played, key=lambda pair: place(*pair))


def _band_place(track: Track, instrument: Instrument) -> tuple[int, float]:
    if track.role in ("drums", "percussion") or instrument.family == "drums":
        return 4, 1 if track.role == "drums" else 0
    if track.role == "bass":
        return 3, 0
    if track.role in _ROLES:
        return 0, _ROLES[track.role]
    family = instrument.family
    return (2 if family in ("keys", "guitar", "synth") else 1), _ORDER.index(family) if family in _ORDER else 0


def _orchestral_place(track: Track, instrument: Instrument) -> tuple[int, float]:
    drums = track.role in ("drums", "percussion") or instrument.family == "drums"
    family = "drums" if drums and instrument.family != "percussion" else instrument.family
    family = "mallets" if instrument.name == "harp" else family
    numbers = [note.number for note in track.notes]
    height = sum(numbers) / len(numbers) if numbers else 0.0
    horn = family == "brass" and "horn" in instrument.name
    first = {"timpani": -200.0, "contrabass": 200.0}.get(instrument.name, -200.0 if horn else 0.0)
    return _ORCHESTRA.index(family if family in _ORCHESTRA else "keys"), first - height


def _chamber_place(track: Track, instrument: Instrument) -> tuple[int, float]:
    """As an orchestra, but who accompanies on keys or a harp stands below."""
    if instrument.clef == "grand" and instrument.hands == "piano":
        return len(_ORCHESTRA), _ROLES.get(track.role, len(_ROLES))
    return _orchestral_place(track, instrument)
