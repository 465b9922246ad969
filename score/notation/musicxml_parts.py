"""The part list of a MusicXML file: names, instruments, MIDI channels and programs, drum pieces one by one.

Conventions: parts are P1, P2, ... in the Page's order; a part's instrument is P1-I1, of a drum part every piece is
one, P1-I37 being the piece whose `midi-unpitched` is 37 (its General MIDI key plus one).
"""

from __future__ import annotations

from partimento.score.notation.brackets import brackets
from partimento.score.notation.musicxml_text import escaped
from partimento.score.notation.page import Page, Part
from partimento.score.song import Drum

_SOUNDS: dict[str, str] = {
    "piano": "keyboard.piano", "bright piano": "keyboard.piano", "honky-tonk piano": "keyboard.piano.honky-tonk",
    "rhodes": "keyboard.piano.electric", "fm piano": "keyboard.piano.electric",
    "electric grand": "keyboard.piano.electric", "harpsichord": "keyboard.harpsichord",
    "celesta": "keyboard.celesta", "glockenspiel": "pitched-percussion.glockenspiel",
    "music box": "pitched-percussion.music-box", "vibraphone": "pitched-percussion.vibraphone",
    "marimba": "pitched-percussion.marimba", "xylophone": "pitched-percussion.xylophone",
    "tubular bells": "pitched-percussion.tubular-bells", "dulcimer": "pitched-percussion.hammer-dulcimer",
    "organ": "keyboard.organ.drawbar", "percussive organ": "keyboard.organ.percussive",
    "rock organ": "keyboard.organ.rotary", "church organ": "keyboard.organ.pipe",
    "reed organ": "keyboard.organ.reed", "accordion": "keyboard.accordion", "bandoneon": "keyboard.bandoneon",
    "harmonica": "wind.reed.harmonica", "nylon guitar": "pluck.guitar.nylon-string",
    "steel guitar": "pluck.guitar.steel-string", "jazz guitar": "pluck.guitar.electric",
    "electric guitar": "pluck.guitar.electric", "muted guitar": "pluck.guitar.electric",
    "overdriven guitar": "pluck.guitar.electric", "distortion guitar": "pluck.guitar.electric",
    "slide guitar": "pluck.guitar", "pedal steel": "pluck.guitar.pedal-steel",
    "double bass": "pluck.bass.acoustic", "bass guitar": "pluck.bass.electric", "picked bass": "pluck.bass.electric",
    "slap bass": "pluck.bass.electric", "fretless bass": "pluck.bass.fretless", "synth bass": "pluck.bass.synth",
    "sub bass": "pluck.bass.synth", "808 bass": "pluck.bass.synth", "violin": "strings.violin",
    "fiddle": "strings.fiddle", "viola": "strings.viola", "cello": "strings.cello",
    "contrabass": "strings.contrabass", "strings": "strings.group", "slow strings": "strings.group",
    "tremolo strings": "strings.group", "pizzicato strings": "strings.group", "synth strings": "strings.group.synth",
    "harp": "pluck.harp", "timpani": "drum.timpani", "choir": "voice.vocals", "voice": "voice.vocals",
    "synth voice": "voice.synth", "trumpet": "brass.trumpet", "muted trumpet": "brass.trumpet",
    "trombone": "brass.trombone", "low brass": "brass.group", "brass section": "brass.group",
    "synth brass": "brass.group.synth", "tuba": "brass.tuba", "french horn": "brass.french-horn",
    "horn section": "brass.french-horn", "soprano sax": "wind.reed.saxophone.soprano",
    "alto sax": "wind.reed.saxophone.alto", "tenor sax": "wind.reed.saxophone.tenor",
    "baritone sax": "wind.reed.saxophone.baritone", "oboe": "wind.reed.oboe",
    "english horn": "wind.reed.english-horn", "bassoon": "wind.reed.bassoon", "clarinet": "wind.reed.clarinet",
    "piccolo": "wind.flutes.flute.piccolo", "flute": "wind.flutes.flute", "recorder": "wind.flutes.recorder",
    "pan flute": "wind.flutes.panpipes", "shakuhachi": "wind.flutes.shakuhachi",
    "whistle": "wind.flutes.whistle.tin", "ocarina": "wind.flutes.ocarina", "square lead": "synth.tone.square",
    "saw lead": "synth.tone.sawtooth", "supersaw": "synth.tone.sawtooth", "synth pluck": "pluck.synth.charang",
    "pad": "synth.pad", "warm pad": "synth.pad.warm", "poly synth": "synth.pad.polysynth",
    "choir pad": "synth.pad.choir", "bowed pad": "synth.pad.bowed", "metal pad": "synth.pad.metallic",
    "halo pad": "synth.pad.halo", "sweep pad": "synth.pad.sweep", "crystal": "synth.effects.crystal",
    "atmosphere": "synth.effects.atmosphere", "sitar": "pluck.sitar", "banjo": "pluck.banjo",
    "mandolin": "pluck.mandolin", "koto": "pluck.koto", "kalimba": "pitched-percussion.kalimba",
    "bagpipe": "wind.pipes.bagpipes", "steel drums": "metal.steel-drums", "taiko": "drum.taiko",
}  # fmt: skip
"""Instruments of the table to the standard sound identifiers of MusicXML 4.0 (its sounds.xml)."""

_DRUM_SOUNDS: dict[Drum, str] = {
    Drum.KICK: "drum.bass-drum", Drum.KICK2: "drum.bass-drum", Drum.RIM: "drum.snare-drum",
    Drum.SNARE: "drum.snare-drum", Drum.SNARE2: "drum.snare-drum.electric", Drum.CLAP: "effect.hand-clap",
    Drum.TOM1: "drum.tom-tom", Drum.TOM2: "drum.tom-tom", Drum.TOM3: "drum.tom-tom", Drum.TOM4: "drum.tom-tom",
    Drum.TOM_HIGH: "drum.tom-tom", Drum.TOM_FLOOR: "drum.tom-tom", Drum.HAT: "metal.hi-hat",
    Drum.HAT_PEDAL: "metal.hi-hat", Drum.HAT_OPEN: "metal.hi-hat", Drum.CRASH: "metal.cymbal.crash",
    Drum.CRASH2: "metal.cymbal.crash", Drum.RIDE: "metal.cymbal.ride", Drum.RIDE2: "metal.cymbal.ride",
    Drum.BELL: "metal.cymbal.ride", Drum.CHINA: "metal.cymbal.chinese", Drum.SPLASH: "metal.cymbal.splash",
    Drum.TAMBOURINE: "drum.tambourine", Drum.COWBELL: "metal.bells.cowbell", Drum.VIBRASLAP: "rattle.vibraslap",
    Drum.BONGO_HIGH: "drum.bongo", Drum.BONGO_LOW: "drum.bongo", Drum.CONGA_MUTE: "drum.conga",
    Drum.CONGA_HIGH: "drum.conga", Drum.CONGA_LOW: "drum.conga", Drum.TIMBALE_HIGH: "drum.timbale",
    Drum.TIMBALE_LOW: "drum.timbale", Drum.AGOGO_HIGH: "metal.bells.agogo", Drum.AGOGO_LOW: "metal.bells.agogo",
    Drum.CABASA: "rattle.cabasa", Drum.MARACAS: "rattle.maraca", Drum.CUICA_MUTE: "drum.cuica",
    Drum.CUICA_OPEN: "drum.cuica", Drum.TRIANGLE: "metal.triangle", Drum.TRIANGLE_MUTE: "metal.triangle",
    Drum.SHAKER: "rattle.shaker", Drum.JINGLE_BELL: "metal.bells.jingle-bell", Drum.SURDO: "drum.surdo",
    Drum.SURDO_MUTE: "drum.surdo",
}  # fmt: skip

_DRUM_NAMES: dict[Drum, str] = {
    Drum.KICK: "Bass Drum", Drum.KICK2: "Bass Drum 2", Drum.RIM: "Side Stick", Drum.SNARE: "Snare",
    Drum.SNARE2: "Electric Snare", Drum.CLAP: "Hand Clap", Drum.HAT: "Closed Hi-Hat", Drum.HAT_PEDAL: "Pedal Hi-Hat",
    Drum.HAT_OPEN: "Open Hi-Hat", Drum.TOM_FLOOR: "High Floor Tom", Drum.TOM4: "Low Floor Tom", Drum.TOM3: "Low Tom",
    Drum.TOM2: "Low-Mid Tom", Drum.TOM1: "High-Mid Tom", Drum.TOM_HIGH: "High Tom", Drum.BELL: "Ride Bell",
    Drum.CONGA_MUTE: "Mute High Conga", Drum.CONGA_HIGH: "Open High Conga", Drum.CONGA_LOW: "Low Conga",
}  # fmt: skip

_BRACKET = (
    '<part-group type="start" number="1"><group-symbol>bracket</group-symbol>'
    "<group-barline>yes</group-barline></part-group>\n"
)


def part_id(index: int) -> str:
    """The id of the part of that index, from 0."""
    return f"P{index + 1}"


def drum_id(part: int, drum: Drum) -> str:
    """The id of a drum piece's instrument in the part of that index."""
    return f"P{part + 1}-I{drum.value + 1}"


def drum_name(drum: Drum) -> str:
    """The piece's name as a drummer reads it: "Closed Hi-Hat", "Crash 2"."""
    if drum in _DRUM_NAMES:
        return _DRUM_NAMES[drum]
    words = drum.name.replace("_", " ").title()
    return f"{words[:-1]} {words[-1]}" if words[-1].isdigit() else words


def part_list(page: Page) -> str:
    """The `<part-list>` of a page."""
    rows = [_score_part(index, part) for index, part in enumerate(page.parts)]
    for first, last in brackets(page.parts):
        rows[first] = _BRACKET + rows[first]
        rows[last] += '<part-group type="stop" number="1"/>\n'
    return f"<part-list>\n{''.join(rows)}</part-list>\n"


def _score_part(index: int, part: Part) -> str:
    name, short = escaped(part.name), escaped(part.abbreviation)
    drums = _pieces(part)
    if drums:
        rows = [(drum_id(index, drum), drum_name(drum), _DRUM_SOUNDS.get(drum, ""), drum.value + 1) for drum in drums]
    else:
        rows = [(f"{part_id(index)}-I1", part.name, _SOUNDS.get(part.instrument, ""), 0)]
    out = [f'<score-part id="{part_id(index)}"><part-name>{name}</part-name>']
    if short:
        out.append(f"<part-abbreviation>{short}</part-abbreviation>")
    for key, instrument, sound, _ in rows:
        out.append(f'\n<score-instrument id="{key}"><instrument-name>{escaped(instrument)}</instrument-name>')
        out.append(f"<instrument-sound>{sound}</instrument-sound>" if sound else "")
        out.append("</score-instrument>")
    channel, program = part.channel % 16 + 1, max(0, min(127, part.program)) + 1
    for key, _, _, unpitched in rows:
        out.append(f'\n<midi-instrument id="{key}"><midi-channel>{channel}</midi-channel>')
        out.append(f"<midi-program>{program}</midi-program>")
        out.append(f"<midi-unpitched>{unpitched}</midi-unpitched>" if unpitched else "")
        out.append("</midi-instrument>")
    return "".join(out) + "</score-part>\n"


def _pieces(part: Part) -> list[Drum]:
    """Every piece that the part names or strikes, by key."""
    struck = {
        note.drum
        for measure in part.measures
        for voice in measure.voices
        for event in voice.events
        for note in event.notes
        if note.drum is not None
    }
    return sorted(struck.union(part.drums), key=lambda drum: drum.value)
