"""The instrument table: names, General MIDI programs, ranges and how an instrument is played.

Convention: ranges are MIDI numbers of sounding pitch; programs count from 0. Sources of the ranges: the usual
orchestration tables (Adler, The Study of Orchestration; Sevsay), guitars and keyboards by their strings and keys.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache

from partimento.theory.errors import BriefError, nearest


@dataclass(frozen=True, slots=True)
class Instrument:
    """One instrument. `low`-`high` is the playable range, `sweet_low`-`sweet_high` where it sounds at ease.

    `hands` tells the limits a player has: "mono" (one note at a time), "piano" (two hands), "guitar" (six
    strings, one hand's reach), "section" (several players: divisi), "drums", "mallets" (four at most).
    `sustains` is False where notes die away by themselves; `transposes` is the written-minus-sounding interval in
    semitones; `clef` one of treble, bass, alto, percussion, grand, treble8vb, bass8vb.
    """

    name: str
    program: int
    low: int
    high: int
    sweet_low: int
    sweet_high: int
    hands: str
    family: str
    sustains: bool = True
    transposes: int = 0
    clef: str = "treble"
    aliases: tuple[str, ...] = ()


_P, _G, _M, _S = "piano", "guitar", "mono", "section"

_ROWS: tuple[tuple[object, ...], ...] = (
    # name, program, low, high, sweet low, sweet high, hands, family, sustains, transposes, clef, aliases
    ("piano", 0, 21, 108, 36, 96, _P, "keys", False, 0, "grand", ("grand piano", "acoustic piano")),
    ("bright piano", 1, 21, 108, 36, 96, _P, "keys", False, 0, "grand", ()),
    ("electric grand", 2, 21, 108, 36, 96, _P, "keys", False, 0, "grand", ()),
    ("honky-tonk piano", 3, 21, 108, 40, 96, _P, "keys", False, 0, "grand", ("saloon piano",)),
    ("rhodes", 4, 28, 103, 40, 88, _P, "keys", False, 0, "grand", ("electric piano", "e-piano", "epiano")),
    ("fm piano", 5, 28, 103, 40, 90, _P, "keys", False, 0, "grand", ("dx piano",)),
    ("harpsichord", 6, 29, 89, 36, 84, _P, "keys", False, 0, "grand", ()),
    ("clavinet", 7, 29, 89, 40, 79, _P, "keys", False, 0, "grand", ("clav",)),
    ("celesta", 8, 60, 108, 60, 103, _P, "keys", False, -12, "grand", ()),
    ("glockenspiel", 9, 72, 108, 74, 103, "mallets", "mallets", False, -24, "treble", ("bells",)),
    ("music box", 10, 60, 103, 65, 98, "mallets", "mallets", False, 0, "treble", ()),
    ("vibraphone", 11, 53, 89, 55, 86, "mallets", "mallets", False, 0, "treble", ("vibes",)),
    ("marimba", 12, 45, 96, 48, 86, "mallets", "mallets", False, 0, "treble", ()),
    ("xylophone", 13, 65, 108, 67, 100, "mallets", "mallets", False, -12, "treble", ()),
    ("tubular bells", 14, 60, 77, 60, 77, "mallets", "mallets", False, 0, "treble", ()),
    ("dulcimer", 15, 48, 86, 55, 84, "mallets", "mallets", False, 0, "treble", ("hammered dulcimer",)),
    (
        "organ",
        16,
        36,
        96,
        43,
        84,
        _P,
        "keys",
        True,
        0,
        "grand",
        ("hammond", "hammond organ", "drawbar organ"),
    ),
    ("percussive organ", 17, 36, 96, 43, 84, _P, "keys", True, 0, "grand", ("organ bubble",)),
    ("rock organ", 18, 36, 96, 43, 84, _P, "keys", True, 0, "grand", ()),
    ("church organ", 19, 36, 96, 36, 91, _P, "keys", True, 0, "grand", ("pipe organ",)),
    ("reed organ", 20, 36, 96, 43, 84, _P, "keys", True, 0, "grand", ("harmonium",)),
    ("accordion", 21, 53, 93, 55, 86, _P, "reeds", True, 0, "treble", ("squeezebox",)),
    ("harmonica", 22, 60, 96, 60, 88, _M, "reeds", True, 0, "treble", ("blues harp", "mouth organ")),
    ("bandoneon", 23, 48, 93, 52, 84, _P, "reeds", True, 0, "treble", ("concertina",)),
    (
        "nylon guitar",
        24,
        40,
        84,
        40,
        79,
        _G,
        "guitar",
        False,
        12,
        "treble8vb",
        ("classical guitar", "spanish guitar"),
    ),
    ("steel guitar", 25, 40, 84, 40, 79, _G, "guitar", False, 12, "treble8vb", ("acoustic guitar", "guitar")),
    ("jazz guitar", 26, 40, 86, 43, 81, _G, "guitar", False, 12, "treble8vb", ("archtop",)),
    (
        "electric guitar",
        27,
        40,
        86,
        43,
        81,
        _G,
        "guitar",
        False,
        12,
        "treble8vb",
        ("clean guitar", "telecaster", "clean electric guitar", "stratocaster"),
    ),
    ("muted guitar", 28, 40, 86, 40, 76, _G, "guitar", False, 12, "treble8vb", ("palm-muted guitar",)),
    ("overdriven guitar", 29, 40, 86, 40, 81, _G, "guitar", True, 12, "treble8vb", ("overdrive guitar",)),
    (
        "distortion guitar",
        30,
        40,
        86,
        40,
        81,
        _G,
        "guitar",
        True,
        12,
        "treble8vb",
        ("distorted guitar", "heavy guitar"),
    ),
    (
        "double bass",
        32,
        28,
        67,
        28,
        55,
        _M,
        "bass",
        False,
        12,
        "bass8vb",
        ("upright bass", "acoustic bass", "contrabass pizzicato", "string bass"),
    ),
    (
        "bass guitar",
        33,
        28,
        67,
        28,
        55,
        _M,
        "bass",
        False,
        12,
        "bass8vb",
        ("bass", "electric bass", "finger bass"),
    ),
    ("picked bass", 34, 28, 67, 28, 55, _M, "bass", False, 12, "bass8vb", ("pick bass",)),
    ("fretless bass", 35, 28, 67, 28, 57, _M, "bass", False, 12, "bass8vb", ()),
    ("slap bass", 36, 28, 67, 28, 57, _M, "bass", False, 12, "bass8vb", ()),
    ("synth bass", 38, 24, 67, 28, 52, _M, "bass", True, 12, "bass8vb", ("analog bass",)),
    ("sub bass", 39, 24, 60, 26, 48, _M, "bass", True, 12, "bass8vb", ("sub",)),
    ("808 bass", 39, 24, 60, 26, 48, _M, "bass", True, 12, "bass8vb", ("808",)),
    ("violin", 40, 55, 100, 55, 91, _M, "strings", True, 0, "treble", ("first violin", "violin 1")),
    ("fiddle", 110, 55, 100, 55, 88, _M, "strings", True, 0, "treble", ("folk fiddle",)),
    ("viola", 41, 48, 88, 48, 79, _M, "strings", True, 0, "alto", ()),
    ("cello", 42, 36, 81, 36, 69, _M, "strings", True, 0, "bass", ("violoncello",)),
    ("contrabass", 43, 28, 60, 28, 55, _M, "strings", True, 12, "bass8vb", ("bowed bass",)),
    ("tremolo strings", 44, 28, 96, 40, 88, _S, "strings", True, 0, "grand", ()),
    ("pizzicato strings", 45, 28, 96, 40, 84, _S, "strings", False, 0, "grand", ("pizzicato",)),
    ("harp", 46, 24, 103, 36, 96, _P, "strings", False, 0, "grand", ()),
    ("timpani", 47, 38, 57, 40, 55, _M, "percussion", False, 0, "bass", ("kettledrums",)),
    (
        "strings",
        48,
        28,
        100,
        40,
        91,
        _S,
        "strings",
        True,
        0,
        "grand",
        ("string section", "string ensemble", "violins"),
    ),
    ("slow strings", 49, 28, 100, 40, 91, _S, "strings", True, 0, "grand", ()),
    ("synth strings", 50, 28, 100, 40, 88, _S, "synth", True, 0, "grand", ()),
    ("choir", 52, 43, 84, 48, 79, _S, "voices", True, 0, "grand", ("choir aahs", "chorus voices", "voices")),
    ("voice", 53, 48, 84, 55, 76, _M, "voices", True, 0, "treble", ("vocal", "oohs", "singer")),
    ("synth voice", 54, 48, 84, 52, 79, _S, "voices", True, 0, "treble", ("vox",)),
    ("trumpet", 56, 52, 84, 58, 79, _M, "brass", True, 2, "treble", ()),
    ("trombone", 57, 40, 74, 43, 70, _M, "brass", True, 0, "bass", ()),
    ("tuba", 58, 26, 65, 29, 55, _M, "brass", True, 0, "bass", ()),
    ("muted trumpet", 59, 54, 82, 58, 77, _M, "brass", True, 2, "treble", ("harmon trumpet",)),
    ("french horn", 60, 41, 77, 46, 72, _M, "brass", True, 7, "treble", ("horn",)),
    ("horn section", 60, 36, 77, 41, 72, _S, "brass", True, 7, "treble", ("french horns", "horns section")),
    ("brass section", 61, 36, 84, 43, 79, _S, "brass", True, 0, "treble", ("brass", "horns", "horn stabs")),
    ("low brass", 57, 28, 67, 31, 60, _S, "brass", True, 0, "bass", ("trombones",)),
    ("synth brass", 62, 36, 91, 43, 81, _S, "synth", True, 0, "treble", ()),
    ("soprano sax", 64, 56, 87, 58, 82, _M, "reeds", True, 2, "treble", ("soprano saxophone",)),
    ("alto sax", 65, 49, 81, 53, 77, _M, "reeds", True, 9, "treble", ("saxophone", "sax", "alto saxophone")),
    ("tenor sax", 66, 44, 76, 48, 72, _M, "reeds", True, 14, "treble", ("tenor saxophone",)),
    ("baritone sax", 67, 37, 69, 40, 64, _M, "reeds", True, 21, "treble", ("bari sax", "baritone saxophone")),
    ("oboe", 68, 58, 91, 60, 84, _M, "woodwind", True, 0, "treble", ()),
    ("english horn", 69, 52, 81, 54, 77, _M, "woodwind", True, 7, "treble", ("cor anglais",)),
    ("bassoon", 70, 34, 74, 36, 65, _M, "woodwind", True, 0, "bass", ()),
    ("clarinet", 71, 50, 91, 52, 84, _M, "woodwind", True, 2, "treble", ()),
    ("piccolo", 72, 74, 108, 76, 103, _M, "woodwind", True, -12, "treble", ()),
    ("flute", 73, 60, 96, 62, 91, _M, "woodwind", True, 0, "treble", ()),
    ("recorder", 74, 72, 98, 72, 93, _M, "woodwind", True, -12, "treble", ()),
    ("pan flute", 75, 60, 93, 62, 86, _M, "woodwind", True, 0, "treble", ("panpipes",)),
    ("shakuhachi", 77, 62, 91, 62, 86, _M, "woodwind", True, 0, "treble", ()),
    ("whistle", 78, 74, 98, 74, 95, _M, "woodwind", True, -12, "treble", ("tin whistle", "penny whistle")),
    ("ocarina", 79, 60, 86, 62, 84, _M, "woodwind", True, 0, "treble", ()),
    ("square lead", 80, 36, 96, 48, 84, _M, "synth", True, 0, "treble", ("chiptune lead",)),
    (
        "saw lead",
        81,
        36,
        96,
        48,
        86,
        _M,
        "synth",
        True,
        0,
        "treble",
        ("synth lead", "synth", "synthesizer", "lead synth"),
    ),
    ("supersaw", 81, 36, 96, 48, 88, _S, "synth", True, 0, "treble", ("super saw", "trance synth")),
    ("synth pluck", 84, 36, 96, 48, 88, _P, "synth", False, 0, "treble", ("pluck", "charang")),
    ("pad", 88, 36, 96, 43, 84, _S, "synth", True, 0, "grand", ("new age pad", "synth pad")),
    ("warm pad", 89, 36, 96, 43, 84, _S, "synth", True, 0, "grand", ()),
    (
        "poly synth",
        90,
        36,
        96,
        43,
        86,
        _S,
        "synth",
        True,
        0,
        "grand",
        ("polysynth", "synth stab", "stab synth"),
    ),
    ("saw pad", 50, 36, 96, 43, 84, _S, "synth", True, 0, "grand", ("supersaw pad",)),
    ("choir pad", 91, 36, 96, 48, 79, _S, "synth", True, 0, "grand", ()),
    ("bowed pad", 92, 36, 96, 43, 84, _S, "synth", True, 0, "grand", ("bowed glass",)),
    ("metal pad", 93, 36, 96, 43, 84, _S, "synth", True, 0, "grand", ()),
    ("halo pad", 94, 36, 96, 43, 84, _S, "synth", True, 0, "grand", ()),
    ("sweep pad", 95, 36, 96, 43, 84, _S, "synth", True, 0, "grand", ()),
    ("crystal", 98, 48, 96, 55, 91, _S, "synth", False, 0, "grand", ("crystal synth",)),
    ("atmosphere", 99, 36, 96, 43, 86, _S, "synth", True, 0, "grand", ()),
    ("sitar", 104, 48, 77, 50, 76, _G, "guitar", False, 0, "treble", ()),
    ("banjo", 105, 48, 84, 50, 81, _G, "guitar", False, 12, "treble8vb", ()),
    ("mandolin", 25, 55, 93, 55, 86, _G, "guitar", False, 0, "treble", ()),
    ("koto", 107, 55, 86, 57, 84, _G, "guitar", False, 0, "treble", ()),
    ("kalimba", 108, 55, 86, 57, 84, "mallets", "mallets", False, 0, "treble", ("thumb piano",)),
    ("bagpipe", 109, 57, 74, 57, 74, _M, "reeds", True, 0, "treble", ("bagpipes",)),
    ("steel drums", 114, 52, 84, 55, 82, "mallets", "mallets", False, 0, "treble", ("steelpan",)),
    ("pedal steel", 27, 40, 91, 52, 86, _G, "guitar", True, 0, "treble", ("lap steel", "steel")),
    ("slide guitar", 27, 40, 88, 48, 84, _G, "guitar", True, 12, "treble8vb", ("bottleneck guitar",)),
    ("taiko", 116, 36, 60, 40, 55, _M, "percussion", False, 0, "percussion", ()),
    # drum kits: the program is the kit's on the drum channel
    (
        "drums",
        0,
        27,
        87,
        35,
        81,
        "drums",
        "drums",
        False,
        0,
        "percussion",
        ("drum kit", "standard kit", "drum set"),
    ),
    ("room kit", 8, 27, 87, 35, 81, "drums", "drums", False, 0, "percussion", ()),
    ("power kit", 16, 27, 87, 35, 81, "drums", "drums", False, 0, "percussion", ("rock kit",)),
    ("electronic kit", 24, 27, 87, 35, 81, "drums", "drums", False, 0, "percussion", ()),
    ("808 kit", 25, 27, 87, 35, 81, "drums", "drums", False, 0, "percussion", ("drum machine", "909")),
    ("jazz kit", 32, 27, 87, 35, 81, "drums", "drums", False, 0, "percussion", ()),
    ("brush kit", 40, 27, 87, 35, 81, "drums", "drums", False, 0, "percussion", ("brushes",)),
    (
        "orchestra kit",
        48,
        27,
        87,
        35,
        81,
        "drums",
        "drums",
        False,
        0,
        "percussion",
        ("orchestral percussion",),
    ),
    (
        "percussion",
        0,
        27,
        87,
        35,
        87,
        "drums",
        "drums",
        False,
        0,
        "percussion",
        ("latin percussion", "congas", "bongos", "shaker", "bodhran", "bodhrán", "hand percussion"),
    ),
)

INSTRUMENTS: dict[str, Instrument] = {str(row[0]): Instrument(*row) for row in _ROWS}  # type: ignore[arg-type]


@cache
def _by_name() -> dict[str, str]:
    names = {name: name for name in INSTRUMENTS}
    for instrument in INSTRUMENTS.values():
        for alias in instrument.aliases:
            names.setdefault(alias, instrument.name)
    return names


def instrument(name: str) -> Instrument:
    """The instrument of that name or alias, singular or plural, any case; BriefError names the nearest."""
    names = _by_name()
    folded = " ".join(name.casefold().split())
    for form in (folded, folded.removesuffix("s"), folded + "s"):
        if form in names:
            return INSTRUMENTS[names[form]]
    raise BriefError(f"unknown instrument '{name}'.{nearest(folded, names)}", "instruments")


def instrument_names() -> Iterable[tuple[str, str]]:
    """Every accepted name (aliases too) with the instrument's own name, in table order."""
    return _by_name().items()
