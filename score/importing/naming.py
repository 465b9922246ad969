"""What a foreign part is called and played on: names of the instrument table, and drum pieces.

Conventions: programs count from 0 (General MIDI level 1); names are compared without case, accents and numbers.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from functools import cache

from partimento.score.importing.draft import Draft
from partimento.score.instruments import INSTRUMENTS, instrument_names
from partimento.score.kit import kit_piece
from partimento.score.song import Drum

_NEAREST_PROGRAM = {
    31: "electric guitar", 37: "slap bass", 51: "synth strings", 55: "brass section", 63: "synth brass",
    76: "pan flute", 82: "ocarina", 83: "synth pluck", 85: "synth voice", 86: "supersaw", 87: "saw lead",
    96: "atmosphere", 97: "sweep pad", 100: "crystal", 101: "halo pad", 102: "sweep pad", 103: "atmosphere",
    106: "banjo", 111: "oboe", 112: "music box", 113: "steel drums", 115: "xylophone", 117: "taiko", 118: "taiko",
    119: "atmosphere",
}  # fmt: skip
"""General MIDI programs that the table has no instrument of its own for; those from 120 on are noises."""
_NOISE = "atmosphere"

_WORDS: tuple[tuple[str, str], ...] = (
    # The first that is found in a name decides: the longer words stand before the shorter ones that they hold.
    ("acoustic bass", "double bass"), ("fretless", "fretless bass"), ("slap bass", "slap bass"),
    ("synth bass", "synth bass"), ("synthbass", "synth bass"), ("kontrabass", "contrabass"),
    ("contrebasse", "contrabass"), ("contrabbasso", "contrabass"), ("contrabajo", "contrabass"),
    ("contrabasso", "contrabass"), ("clarinete bajo", "clarinet"), ("bass clarinet", "clarinet"),
    ("bassklarinette", "clarinet"), ("bass trombone", "trombone"), ("e-bass", "bass guitar"), ("bass", "bass guitar"),
    ("basse", "bass guitar"), ("basso", "bass guitar"), ("bajo", "bass guitar"), ("baixo", "bass guitar"),
    ("english horn", "english horn"), ("cor anglais", "english horn"), ("corno inglese", "english horn"),
    ("englischhorn", "english horn"), ("alto sax", "alto sax"), ("altsax", "alto sax"), ("tenorsax", "tenor sax"),
    ("saxophon", "alto sax"), ("blockflote", "recorder"), ("flauto dolce", "recorder"), ("flute a bec", "recorder"),
    ("violoncello", "cello"), ("violoncelle", "cello"), ("violonchelo", "cello"), ("violino", "violin"),
    ("violine", "violin"), ("violon", "violin"), ("geige", "violin"), ("bratsche", "viola"), ("streicher", "strings"),
    ("cordes", "strings"), ("archi", "strings"), ("cuerdas", "strings"), ("cordas", "strings"), ("flote", "flute"),
    ("flauto", "flute"), ("flauta", "flute"), ("hautbois", "oboe"), ("oboen", "oboe"), ("klarinette", "clarinet"),
    ("clarinette", "clarinet"), ("clarinetto", "clarinet"), ("clarinete", "clarinet"), ("fagott", "bassoon"),
    ("basson", "bassoon"), ("fagot", "bassoon"), ("trompete", "trumpet"), ("trompette", "trumpet"),
    ("tromba", "trumpet"), ("trompeta", "trumpet"), ("posaune", "trombone"), ("waldhorn", "french horn"),
    ("corno", "french horn"), ("trompa", "french horn"), ("blechblaser", "brass section"), ("pauken", "timpani"),
    ("timbales", "timpani"), ("klavier", "piano"), ("pianoforte", "piano"), ("flugel", "piano"), ("orgel", "organ"),
    ("orgue", "organ"), ("organo", "organ"), ("cembalo", "harpsichord"), ("clavecin", "harpsichord"),
    ("harfe", "harp"), ("harpe", "harp"), ("arpa", "harp"), ("e-gitarre", "electric guitar"),
    ("electric gtr", "electric guitar"), ("elgtr", "electric guitar"), ("dist gtr", "distortion guitar"),
    ("nylon", "nylon guitar"), ("gitarre", "steel guitar"), ("guitare", "steel guitar"), ("chitarra", "steel guitar"),
    ("guitarra", "steel guitar"), ("violao", "nylon guitar"), ("gtr", "steel guitar"), ("akkordeon", "accordion"),
    ("acordeon", "accordion"), ("fisarmonica", "accordion"), ("chor", "choir"), ("choeur", "choir"),
    ("coro", "choir"), ("gesang", "voice"), ("stimme", "voice"), ("voix", "voice"), ("voce", "voice"), ("voz", "voice"),
    ("canto", "voice"), ("vocals", "voice"), ("soprano", "voice"), ("sopran", "voice"), ("tenor", "voice"),
    ("wurlitzer", "rhodes"), ("wurli", "rhodes"), ("keys", "piano"), ("keyboard", "piano"), ("teclado", "piano"),
    ("saxofono", "alto sax"), ("horn in f", "french horn"), ("glocken", "glockenspiel"), ("xylophon", "xylophone"),
    ("vibraphon", "vibraphone"), ("mandoline", "mandolin"), ("mandolino", "mandolin"),
)  # fmt: skip
"""What parts are called in other languages and in short; German, French, Italian, Spanish and Portuguese."""
_DRUM_KEYS = {
    22: Drum.HAT, 26: Drum.HAT_OPEN, 27: Drum.WOODBLOCK_HIGH, 28: Drum.CLAP, 29: Drum.GUIRO_SHORT,
    30: Drum.GUIRO_LONG, 31: Drum.RIM, 32: Drum.WOODBLOCK_LOW, 33: Drum.WOODBLOCK_HIGH, 34: Drum.TRIANGLE,
    84: Drum.JINGLE_BELL,
}  # fmt: skip
"""Keys outside General MIDI's map to their nearest relatives: GM 2 and GS for 27-34 and 84 (high Q, slap, scratches,
sticks, clicks, metronome, bell tree), Roland's electronic kits for 22 and 26 (the hats' edges)."""
_BY_KEY = {drum.value: drum for drum in Drum}


def drum_of_key(number: int) -> Drum | None:
    """The drum piece of a key of General MIDI's map, or of its later ones the nearest relative; None for another."""
    return _BY_KEY.get(number) or _DRUM_KEYS.get(number)


def drum_of(number: int) -> Drum:
    """The drum piece of any MIDI number: of an unknown one a kick below 35 and a shaker above."""
    return drum_of_key(number) or (Drum.KICK2 if number < 35 else Drum.SHAKER)


def drum_instrument(program: int | None, name: str, numbers: Iterable[int]) -> tuple[str, str]:
    """Instrument and role of a part on the drum channel: percussion where it strikes no piece of a kit; of kits that
    of the program or the next lower one, percussion where it is called so."""
    asked = program or 0
    kits = [one for one in INSTRUMENTS.values() if one.hands == "drums"]
    role = "percussion" if {kit_piece(number) for number in numbers} == {"percussion"} else "drums"
    called = {folded(word): own for word, own in instrument_names() if INSTRUMENTS[own] in kits}.get(folded(name), "")
    if called and INSTRUMENTS[called].program == asked:
        return called, "percussion" if called == "percussion" else role
    if role == "percussion":
        return "percussion", role
    return max((one for one in kits if one.program <= asked), key=lambda one: one.program).name, role


_KIT_NAMES = frozenset((
    "drums", "drum", "drumset", "drumkit", "kit", "percussion", "perc", "beat", "beats", "batterie", "bateria",
    "batteria", "schlagzeug", "slagwerk", "trommeln", "kick", "snare", "hihat", "hihats", "hats", "cymbals",
))  # fmt: skip
_KIT_KEYS = frozenset((22, 26, *range(35, 60)))
_HAND_KEYS = frozenset(range(54, 83))


def is_kit(name: str, numbers: Iterable[int]) -> bool:
    """Whether a part is called drums or percussion and plays, nine times in ten, the keys that drums have in General
    MIDI; steel drums and kettledrums are called otherwise.

    >>> is_kit("Drum Kit 1", [36, 38, 42]), is_kit("Steel Drums", [48, 55]), is_kit("Drums", [84, 88, 91])
    (True, False, False)
    """
    words = folded(name).replace("-", " ").split()
    if not _KIT_NAMES.intersection(words) or "steel" in words or "bass" in words[1:]:
        return False
    rows = list(numbers)
    keys = _KIT_KEYS | _HAND_KEYS if "percussion" in words or "perc" in words else _KIT_KEYS
    return bool(rows) and sum(number in keys for number in rows) >= 0.9 * len(rows)


def unique_names(names: Sequence[str]) -> list[str]:
    """A name for every part, none twice: the second "Piano" is "Piano 2", a third part without a name "Part 3".

    >>> unique_names(["Piano", "Piano", "", "Piano 2"])
    ['Piano', 'Piano 3', 'Part 3', 'Piano 2']
    """
    taken, used = frozenset(names), dict.fromkeys(("",))
    for i, given in enumerate(names, start=1):
        base = given.strip() or f"Part {i}"
        name, number = base, 2
        while name in used or (name != given and name in taken):
            name, number = f"{base} {number}", number + 1
        used[name] = None
    return list(used)[1:]


_UNNAMED = re.compile(r"Track \d+$")


def named_parts(draft: Draft) -> Draft:
    """The draft of a MIDI file, parts without a name of their own called by their instruments.

    Those are unnamed tracks that choose a program or drums, and parts of a file in which all have one name, as of
    type 0, where a track's name is the file's.
    """
    names = {part.name for part in draft.parts}
    one = len(names) == 1 and len(draft.parts) > 1
    if not one and not any(_UNNAMED.match(name) for name in names):
        return draft
    parts = []
    for part in draft.parts:
        if one or (_UNNAMED.match(part.name) and (part.program or part.drums)):
            called = drum_instrument(part.program, "", (row.number for row in part.played))[0] if part.drums else ""
            part = replace(part, name=(called or instrument_of(part.program, "")).title())
        parts.append(part)
    return replace(draft, parts=tuple(parts))


_CHOIR = frozenset((
    "soprano", "sopran", "soprani", "superius", "cantus", "canto", "discantus", "alto", "alt", "altus", "contralto",
    "mezzo", "mezzo-soprano", "quintus", "quinto", "sextus", "sesto", "tenor", "tenore", "tenori", "bass", "basso",
    "bassi", "bassus", "baritone", "bariton", "baritono",
))  # fmt: skip
_HIGH = frozenset(("soprano", "sopran", "soprani", "superius", "cantus", "canto", "discantus"))
_INNER = frozenset(("alto", "alt", "altus", "contralto", "tenor", "tenore", "tenori"))


def is_choir(names: Iterable[str]) -> bool:
    """Whether parts of these names are a choir's: a highest voice and an inner one are among them."""
    words = {folded(name) for name in names}
    return bool(words & _HIGH) and bool(words & _INNER)


def instrument_of(program: int | None, name: str, choir: bool = False) -> str:
    """The name in the instrument table of a pitched part, by its program and what it is called.

    The program decides, and the name among instruments of one program; it decides alone where the file names no
    program, or the first, which is what a file says that says nothing. In a choir "Bass" and "Alto" are voices.
    """
    called = "voice" if choir and folded(name) in _CHOIR else instrument_called(name)
    if called and (not program or INSTRUMENTS[called].program == program):
        return called
    if program is None:
        return "piano"
    return _by_program().get(program) or _NEAREST_PROGRAM.get(program, _NOISE)


@cache
def _by_program() -> Mapping[int, str]:
    found: dict[int, str] = {}
    for one in INSTRUMENTS.values():
        if one.hands != "drums":
            found.setdefault(one.program, one.name)
    return found


@cache
def instrument_called(name: str) -> str:
    """The instrument that a part's name tells, "" where it tells none; of several the longest word decides."""
    text = folded(name)
    if not text:
        return ""
    known = _known()
    for form in (text, text.removesuffix("s"), text + "s"):
        if form in known:
            return known[form]
    padded = f" {text} "
    found = [word for word in known if f" {word} " in padded or f" {word}s " in padded]
    found = [word for word in found if known[word]]
    if found:
        return known[max(found, key=len)]
    return next((meant for word, meant in _WORDS if word in text and len(word) > 4), "")


@cache
def _known() -> Mapping[str, str]:
    names = {folded(word): meant for word, meant in _WORDS}
    names |= {folded(word): own for word, own in instrument_names() if INSTRUMENTS[own].hands != "drums"}
    return {word: meant for word, meant in names.items() if word}


@cache
def folded(name: str) -> str:
    """A name in small letters without accents, numbers and signs: "Flöte 2" is "flote"."""
    plain = unicodedata.normalize("NFKD", name.casefold().replace("ø", "o").replace("œ", "oe"))
    plain = "".join(c for c in plain if not unicodedata.combining(c))
    words = re.sub(r"[^a-z0-9\-]+", " ", plain)
    words = re.sub(r"(?<![a-z0-9])(?:\d{1,2}|i{1,3}|iv|v)(?![a-z0-9])", " ", words)
    return " ".join(words.replace(" -", " ").replace("- ", " ").split())
