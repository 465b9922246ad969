"""The part list of a MusicXML score: names, programs, levels, and which drum each instrument of a part is.

Conventions: programs count from 0 (MusicXML's from 1); a General MIDI key is `midi-unpitched` less one; volume and pan
come in 0-127. A part is a drum part where it plays on MIDI channel 10.
"""

from __future__ import annotations

import re
from xml.etree.ElementTree import Element

from partimento.score.importing.from_xml_values import decimal, text_in, whole
from partimento.score.importing.naming import drum_of_key
from partimento.score.importing.sheet import PartHead
from partimento.score.song import Drum

_WORDS: tuple[tuple[str, Drum], ...] = (
    (r"kick|bass drum|gran cassa|grosse trommel|bass-drum", Drum.KICK),
    (r"side ?stick|rim|cross ?stick", Drum.RIM),
    (r"open hi-?hat|hi-?hat open", Drum.HAT_OPEN),
    (r"pedal hi-?hat|hi-?hat pedal|foot hi-?hat", Drum.HAT_PEDAL),
    (r"hi-?hat", Drum.HAT),
    (r"snare|side drum|tamburo", Drum.SNARE),
    (r"clap", Drum.CLAP),
    (r"floor tom", Drum.TOM_FLOOR),
    (r"low(er)? (mid )?tom", Drum.TOM3),
    (r"(high|hi)(er)? tom", Drum.TOM1),
    (r"tom", Drum.TOM2),
    (r"ride bell|bell of", Drum.BELL),
    (r"ride", Drum.RIDE),
    (r"splash", Drum.SPLASH),
    (r"china", Drum.CHINA),
    (r"crash|cymbal|piatti|becken", Drum.CRASH),
    (r"tambourine|tamburin", Drum.TAMBOURINE),
    (r"cow ?bell", Drum.COWBELL),
    (r"bongo", Drum.BONGO_HIGH),
    (r"conga", Drum.CONGA_HIGH),
    (r"timbale", Drum.TIMBALE_HIGH),
    (r"agogo", Drum.AGOGO_HIGH),
    (r"cabasa", Drum.CABASA),
    (r"maraca", Drum.MARACAS),
    (r"shaker", Drum.SHAKER),
    (r"guiro", Drum.GUIRO_LONG),
    (r"clave", Drum.CLAVES),
    (r"wood ?block|temple block", Drum.WOODBLOCK_HIGH),
    (r"triangle|triangolo|triangel", Drum.TRIANGLE),
    (r"castanet", Drum.CASTANETS),
    (r"jingle|sleigh", Drum.JINGLE_BELL),
    (r"tam-?tam|gong", Drum.CHINA),
    (r"surdo", Drum.SURDO),
)


def part_heads(root: Element) -> list[PartHead]:
    """The parts in the order of the part list; one for each `part` that the list forgot."""
    listed = [_head(element, i) for i, element in enumerate(root.iterfind("part-list/score-part"), 1)]
    known = {head.id for head in listed}
    for part in root.iter("part"):
        if part.get("id", "") not in known:
            known.add(part.get("id", ""))
            listed.append(PartHead(part.get("id", ""), f"Part {len(listed) + 1}"))
    return listed


def drum_named(text: str) -> Drum | None:
    """The drum that a name tells of, None where no word is known."""
    folded = text.casefold().replace("_", " ")
    return next((drum for words, drum in _WORDS if re.search(words, folded)), None)


def _head(element: Element, place: int) -> PartHead:
    names = {i.get("id", ""): text_in(i, "instrument-name") or text_in(i, "instrument-sound")
             for i in element.iterfind("score-instrument")}  # fmt: skip
    drums: dict[str, Drum] = {}
    programs: list[int] = []
    volume = pan = None
    channels = set()
    for midi in element.iterfind("midi-instrument"):
        channels.add(whole(text_in(midi, "midi-channel")))
        key = whole(text_in(midi, "midi-unpitched"))
        if drum := drum_of_key(key - 1) if key else None:
            drums[midi.get("id", "")] = drum
        program = whole(text_in(midi, "midi-program"))
        if 1 <= program <= 128:
            programs.append(program - 1)
        if text_in(midi, "volume"):
            volume = max(0, min(127, round(decimal(text_in(midi, "volume")) * 1.27)))
        if text_in(midi, "pan"):
            pan = max(0, min(127, 64 + round(decimal(text_in(midi, "pan")) * 63 / 90)))
    for id_, name in names.items():
        if id_ not in drums and (drum := drum_named(name)):
            drums[id_] = drum
    # A singer's sound ("voice.vocals") is no name: a choir's staves without one are numbered.
    sounding = next((name for name in names.values() if name and not name.startswith("voice.")), "")
    name = text_in(element, "part-name") or sounding or f"Part {place}"
    is_drums = 10 in channels
    return PartHead(
        element.get("id", ""), name, is_drums, programs[0] if programs and not is_drums else None, volume, pan, drums
    )


_PLACES: dict[tuple[str, int, bool], Drum] = {
    ("E", 4, False): Drum.KICK2, ("F", 4, False): Drum.KICK, ("G", 4, False): Drum.TOM4,
    ("A", 4, False): Drum.TOM_FLOOR, ("B", 4, False): Drum.TOM3, ("C", 5, False): Drum.SNARE,
    ("D", 5, False): Drum.TOM2, ("E", 5, False): Drum.TOM1, ("F", 5, False): Drum.TOM_HIGH,
    ("D", 4, True): Drum.HAT_PEDAL, ("C", 5, True): Drum.RIM, ("D", 5, True): Drum.COWBELL,
    ("E", 5, True): Drum.COWBELL, ("F", 5, True): Drum.RIDE, ("G", 5, True): Drum.HAT, ("A", 5, True): Drum.CRASH,
    ("B", 5, True): Drum.CRASH2, ("C", 6, True): Drum.CHINA,
}  # fmt: skip
"""Place on the staff and whether the head is a cross, after Weinberg, Guidelines for Drumset Notation (1994)."""


def drum_at(step: str, octave: int, head: str) -> Drum:
    """The drum that is usually written at a place of the staff with such a head; the snare or the hi-hat elsewhere."""
    if head == "circle-x" and (step, octave) == ("G", 5):
        return Drum.HAT_OPEN
    if head == "diamond" and (step, octave) == ("F", 5):
        return Drum.BELL
    crossed = head not in ("", "normal", "slash")
    return _PLACES.get((step, octave, crossed)) or (Drum.HAT if crossed else Drum.SNARE)
