"""LilyPond's words for the pieces of a drum set, and the table that puts them where the page does.

Conventions: names are those of LilyPond's own percussion list; pieces that it lacks are declared with their General
MIDI key. Staff places count from the middle line, a line or a space a step.
"""

from __future__ import annotations

from collections.abc import Iterable

from partimento.score.notation.page import PageNote, Part
from partimento.score.song import Drum
from partimento.theory.pitch import Pitch

_NAMES: dict[Drum, str] = {
    Drum.KICK2: "acousticbassdrum", Drum.KICK: "bassdrum", Drum.RIM: "sidestick", Drum.SNARE: "acousticsnare",
    Drum.CLAP: "handclap", Drum.SNARE2: "electricsnare", Drum.TOM4: "lowfloortom", Drum.HAT: "closedhihat",
    Drum.TOM_FLOOR: "highfloortom", Drum.HAT_PEDAL: "pedalhihat", Drum.TOM3: "lowtom", Drum.HAT_OPEN: "openhihat",
    Drum.TOM2: "lowmidtom", Drum.TOM1: "himidtom", Drum.CRASH: "crashcymbala", Drum.TOM_HIGH: "hightom",
    Drum.RIDE: "ridecymbala", Drum.CHINA: "chinesecymbal", Drum.BELL: "ridebell", Drum.TAMBOURINE: "tambourine",
    Drum.SPLASH: "splashcymbal", Drum.COWBELL: "cowbell", Drum.CRASH2: "crashcymbalb", Drum.VIBRASLAP: "vibraslap",
    Drum.RIDE2: "ridecymbalb", Drum.BONGO_HIGH: "hibongo", Drum.BONGO_LOW: "lobongo",
    Drum.CONGA_MUTE: "mutehiconga", Drum.CONGA_HIGH: "openhiconga", Drum.CONGA_LOW: "loconga",
    Drum.TIMBALE_HIGH: "hitimbale", Drum.TIMBALE_LOW: "lotimbale", Drum.AGOGO_HIGH: "hiagogo",
    Drum.AGOGO_LOW: "loagogo", Drum.CABASA: "cabasa", Drum.MARACAS: "maracas", Drum.WHISTLE_SHORT: "shortwhistle",
    Drum.WHISTLE_LONG: "longwhistle", Drum.GUIRO_SHORT: "shortguiro", Drum.GUIRO_LONG: "longguiro",
    Drum.CLAVES: "claves", Drum.WOODBLOCK_HIGH: "hiwoodblock", Drum.WOODBLOCK_LOW: "lowoodblock",
    Drum.CUICA_MUTE: "mutecuica", Drum.CUICA_OPEN: "opencuica", Drum.TRIANGLE_MUTE: "mutetriangle",
    Drum.TRIANGLE: "triangle",
}  # fmt: skip
_OWN: dict[Drum, str] = {
    Drum.SHAKER: "shaker", Drum.JINGLE_BELL: "jinglebell", Drum.CASTANETS: "castanets",
    Drum.SURDO_MUTE: "mutesurdo", Drum.SURDO: "opensurdo",
}  # fmt: skip
"""Pieces that LilyPond does not know."""

_MIDDLE_LINE = Pitch("B", 0, 4).diatonic


def drum_name(drum: Drum) -> str:
    """The piece's name in drummode."""
    return _NAMES.get(drum) or _OWN[drum]


def own_drums(parts: Iterable[Part]) -> list[str]:
    """Declarations of the pieces in `parts` that LilyPond does not know, a line each."""
    used = {note.drum for part in parts for note in _notes(part)}
    lines = []
    for drum, name in _OWN.items():
        if drum in used:
            octave, step = divmod(drum.value - 48, 12)
            sound = ("c", "cs", "d", "ds", "e", "f", "fs", "g", "gs", "a", "as", "b")[step] + "'" * octave
            lines.append(f"drumPitchNames.{name} = #'{name}")
            lines.append(f"midiDrumPitches.{name} = {sound}")
    return lines


def drum_style(part: Part, heads: dict[str, str]) -> str:
    """A drum staff's settings: each piece's head and place as the page first writes it, and the keys that sound."""
    rows: dict[str, str] = {}
    for note in _notes(part):
        if note.drum is not None:
            name = drum_name(note.drum)
            rows.setdefault(name, f"({name} {heads[note.head]} #f {note.pitch.diatonic - _MIDDLE_LINE})")
    places = " ".join(rows[name] for name in sorted(rows))
    return f"drumStyleTable = #(alist->hash-table '({places})) drumPitchTable = #(alist->hash-table midiDrumPitches)"


def _notes(part: Part) -> Iterable[PageNote]:
    return (
        note for measure in part.measures for voice in measure.voices for event in voice.events for note in event.notes
    )
