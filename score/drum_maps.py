"""Drum maps: which MIDI key plays which piece of a kit, for writing drums to samplers and reading them back.

Conventions: keys are 0-127; a piece that a map lacks is played by its nearest relative in the map (RELATIVES), and
where none is there by its General MIDI key, so that no stroke vanishes.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from partimento.score.song import DRUMS, Drum
from partimento.theory.errors import BriefError, ScoreFormatError, nearest

D = Drum
_TABLES = Path(__file__).with_name("drum_map_tables")
_MOST_BYTES = 100_000
_MOST_SHOWN = 60

RELATIVES: Mapping[Drum, tuple[Drum, ...]] = {
    D.KICK: (D.KICK2, D.SURDO, D.TOM4),
    D.KICK2: (D.KICK, D.SURDO, D.TOM4),
    D.RIM: (D.CLAVES, D.WOODBLOCK_HIGH, D.SNARE, D.SNARE2),
    D.SNARE: (D.SNARE2, D.CLAP, D.RIM),
    D.CLAP: (D.SNARE2, D.SNARE, D.RIM),
    D.SNARE2: (D.SNARE, D.CLAP, D.RIM),
    D.TOM4: (D.TOM_FLOOR, D.TOM3, D.TOM2, D.TOM1, D.TOM_HIGH),
    D.TOM_FLOOR: (D.TOM4, D.TOM3, D.TOM2, D.TOM1, D.TOM_HIGH),
    D.TOM3: (D.TOM2, D.TOM_FLOOR, D.TOM1, D.TOM4, D.TOM_HIGH),
    D.TOM2: (D.TOM3, D.TOM1, D.TOM_HIGH, D.TOM_FLOOR, D.TOM4),
    D.TOM1: (D.TOM2, D.TOM_HIGH, D.TOM3, D.TOM_FLOOR, D.TOM4),
    D.TOM_HIGH: (D.TOM1, D.TOM2, D.TOM3, D.TOM_FLOOR, D.TOM4),
    D.HAT: (D.HAT_PEDAL, D.HAT_OPEN, D.RIDE),
    D.HAT_PEDAL: (D.HAT, D.HAT_OPEN, D.RIDE),
    D.HAT_OPEN: (D.HAT, D.RIDE, D.HAT_PEDAL),
    D.CRASH: (D.CRASH2, D.SPLASH, D.CHINA, D.RIDE),
    D.CRASH2: (D.CRASH, D.SPLASH, D.CHINA, D.RIDE),
    D.SPLASH: (D.CRASH2, D.CRASH, D.CHINA, D.RIDE),
    D.CHINA: (D.CRASH2, D.CRASH, D.SPLASH, D.RIDE),
    D.RIDE: (D.RIDE2, D.BELL, D.HAT, D.CRASH),
    D.RIDE2: (D.RIDE, D.BELL, D.HAT, D.CRASH),
    D.BELL: (D.RIDE, D.RIDE2, D.COWBELL, D.HAT),
    D.TAMBOURINE: (D.JINGLE_BELL, D.SHAKER, D.HAT_PEDAL, D.HAT),
    D.JINGLE_BELL: (D.TAMBOURINE, D.SHAKER, D.HAT_PEDAL, D.HAT),
    D.SHAKER: (D.MARACAS, D.CABASA, D.HAT_PEDAL, D.HAT),
    D.MARACAS: (D.SHAKER, D.CABASA, D.HAT_PEDAL, D.HAT),
    D.CABASA: (D.SHAKER, D.MARACAS, D.HAT_PEDAL, D.HAT),
    D.COWBELL: (D.AGOGO_LOW, D.BELL, D.WOODBLOCK_LOW, D.RIM),
    D.AGOGO_HIGH: (D.AGOGO_LOW, D.COWBELL, D.BELL, D.RIM),
    D.AGOGO_LOW: (D.AGOGO_HIGH, D.COWBELL, D.BELL, D.RIM),
    D.VIBRASLAP: (D.CASTANETS, D.GUIRO_LONG, D.CABASA, D.RIM),
    D.BONGO_HIGH: (D.BONGO_LOW, D.CONGA_HIGH, D.TIMBALE_HIGH, D.TOM_HIGH, D.TOM1),
    D.BONGO_LOW: (D.BONGO_HIGH, D.CONGA_LOW, D.TIMBALE_LOW, D.TOM1, D.TOM2, D.TOM3),
    D.CONGA_MUTE: (D.CONGA_HIGH, D.BONGO_HIGH, D.CONGA_LOW, D.RIM),
    D.CONGA_HIGH: (D.CONGA_LOW, D.BONGO_LOW, D.TOM1, D.TOM2),
    D.CONGA_LOW: (D.CONGA_HIGH, D.BONGO_LOW, D.TOM3, D.TOM_FLOOR),
    D.TIMBALE_HIGH: (D.TIMBALE_LOW, D.BONGO_HIGH, D.TOM_HIGH, D.TOM1),
    D.TIMBALE_LOW: (D.TIMBALE_HIGH, D.BONGO_LOW, D.TOM1, D.TOM2),
    D.WHISTLE_SHORT: (D.WHISTLE_LONG, D.TRIANGLE_MUTE, D.BELL, D.RIDE),
    D.WHISTLE_LONG: (D.WHISTLE_SHORT, D.TRIANGLE, D.BELL, D.RIDE),
    D.GUIRO_SHORT: (D.GUIRO_LONG, D.CABASA, D.SHAKER, D.HAT),
    D.GUIRO_LONG: (D.GUIRO_SHORT, D.CABASA, D.SHAKER, D.HAT_OPEN, D.HAT),
    D.CLAVES: (D.WOODBLOCK_HIGH, D.RIM, D.CASTANETS),
    D.WOODBLOCK_HIGH: (D.WOODBLOCK_LOW, D.CLAVES, D.RIM),
    D.WOODBLOCK_LOW: (D.WOODBLOCK_HIGH, D.CLAVES, D.RIM),
    D.CUICA_MUTE: (D.CUICA_OPEN, D.BONGO_HIGH, D.CONGA_MUTE, D.TOM_HIGH, D.TOM1),
    D.CUICA_OPEN: (D.CUICA_MUTE, D.BONGO_LOW, D.CONGA_HIGH, D.TOM1),
    D.TRIANGLE_MUTE: (D.TRIANGLE, D.BELL, D.RIDE),
    D.TRIANGLE: (D.TRIANGLE_MUTE, D.BELL, D.RIDE),
    D.CASTANETS: (D.CLAVES, D.WOODBLOCK_HIGH, D.RIM),
    D.SURDO_MUTE: (D.SURDO, D.TOM_FLOOR, D.TOM4, D.TOM3, D.KICK),
    D.SURDO: (D.SURDO_MUTE, D.TOM4, D.TOM_FLOOR, D.TOM3, D.KICK),
}
"""Who plays for a piece that a map lacks, the nearest first: of the same family, then of a like sound. By taste."""


@dataclass(frozen=True, slots=True)
class DrumMap:
    """`keys` holds a row a piece: its keys, of which the first is written and all are read. `source` says where the
    map is published."""

    name: str
    source: str
    keys: tuple[tuple[Drum, tuple[int, ...]], ...]

    def key(self, piece: Drum) -> int:
        """The key that plays the piece, or its nearest relative."""
        known = _written(self)
        return next((known[one] for one in (piece, *RELATIVES[piece]) if one in known), piece.value)

    def piece_at(self, key: int) -> Drum | None:
        """The piece that the key plays; None when the map does not say."""
        return _read(self).get(key)

    def mapped(self, number: int) -> int:
        """The key for what is General MIDI's key `number`; one that is no Drum's stays."""
        return _translated(self)[number]


@cache
def _written(drum_map: DrumMap) -> dict[Drum, int]:
    return {piece: keys[0] for piece, keys in drum_map.keys}


@cache
def _read(drum_map: DrumMap) -> dict[int, Drum]:
    out: dict[int, Drum] = {}
    for piece, keys in drum_map.keys:
        out.setdefault(keys[0], piece)
    for piece, keys in drum_map.keys:
        for key in keys[1:]:
            out.setdefault(key, piece)
    return out


@cache
def _translated(drum_map: DrumMap) -> tuple[int, ...]:
    pieces = {drum.value: drum for drum in Drum}
    return tuple(drum_map.key(pieces[key]) if key in pieces else key for key in range(128))


GENERAL_MIDI = DrumMap(
    "gm",
    "General MIDI System Level 1 (MIDI Manufacturers Association, RP-003, 1991), keys 35-81;"
    " Level 2 (RP-024, 1999) for keys 82-87",
    tuple((drum, (drum.value,)) for drum in Drum),
)
"""The keys that a Song counts its drums by."""


def drum_map_names() -> tuple[str, ...]:
    """The names of the maps that come with the program, "gm" first."""
    return (GENERAL_MIDI.name, *sorted(path.stem for path in _TABLES.glob("*.toml")))


def read_drum_map(name_or_path: str | Path) -> DrumMap:
    """The map of that name, or of the TOML file that is named; a file holds `[map]` with `kick = 36`, or
    `hat = [42, 22]`: the first key is written, all are read; `name` and `source` may stand before it.

    Raises BriefError for an unknown name and ScoreFormatError for a file that cannot be read, an unknown piece, a key
    out of range.
    """
    text = str(name_or_path)
    names = drum_map_names()
    if text == GENERAL_MIDI.name:
        return GENERAL_MIDI
    if text in names:
        return _from_file(_TABLES / f"{text}.toml", text)
    path = Path(text)
    if path.suffix.lower() != ".toml" and path.name == text and not path.is_file():
        raise BriefError(
            f"'{text[:_MOST_SHOWN]}' is no drum map: valid are {', '.join(names)}, or a TOML file of your own."
            f"{nearest(text, names)}"
        )
    return _from_file(path, "")


def _from_file(path: Path, name: str) -> DrumMap:
    where = f"the drum map '{name or path}'"
    try:
        with path.open("rb") as file:
            data = file.read(_MOST_BYTES + 1)
    except (OSError, ValueError) as error:
        raise ScoreFormatError(f"{where} cannot be read: {getattr(error, 'strerror', None) or error}") from None
    if len(data) > _MOST_BYTES:
        raise ScoreFormatError(f"{where} has more than {_MOST_BYTES} bytes; no drum map has")
    try:
        table = tomllib.loads(data.decode("utf-8"))
    except (ValueError, RecursionError) as error:
        raise ScoreFormatError(f"{where} is no TOML: {' '.join(str(error).split())[:200]}") from None
    said = table.get("map")
    if not isinstance(said, dict) or not said:
        raise ScoreFormatError(f"{where} says nothing: it needs a table [map] with lines such as kick = 36")
    found = {_piece(piece, where): _keys(piece, value, where) for piece, value in said.items()}
    own = table.get("name")
    return DrumMap(
        name or (own if isinstance(own, str) and own else path.stem),
        str(table.get("source", "")),
        tuple((drum, found[drum]) for drum in Drum if drum in found),
    )


def _piece(name: str, where: str) -> Drum:
    if name in DRUMS:
        return DRUMS[name]
    raise ScoreFormatError(
        f"{where} names '{name[:_MOST_SHOWN]}', which is no piece.{nearest(name, DRUMS)} Pieces: {', '.join(DRUMS)}."
    )


def _keys(piece: str, value: object, where: str) -> tuple[int, ...]:
    keys = value if isinstance(value, list) else [value]
    if not 1 <= len(keys) <= 128 or not all(type(key) is int and 0 <= key <= 127 for key in keys):
        shown = str(value)[:_MOST_SHOWN]
        raise ScoreFormatError(f"{where} gives {piece} the key {shown}: keys are whole numbers from 0 to 127")
    return tuple(dict.fromkeys(keys))
