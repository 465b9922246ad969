"""The ID of an exercise: all that it is made from, short, with a checksum, in letters that survive any program.

Conventions: `PX-` and groups of four signs of Crockford's base 32 (no I, L, O, U); read back in either case, with O as
0 and I or L as 1, typed with spaces or other dashes or none. Version 1 packs, from the lowest bit: topic 6, level 3,
count 6, clef 3, sheet 10, seed (the rest); then 12 bits of blake2b and 3 bits of version below all.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from hashlib import blake2b

from partimento.theory.errors import PartimentoError

VERSION = 1
CLEFS = ("", "treble", "bass", "alto", "tenor")
"""The clefs an exercise may be asked in; "" leaves it to the topic."""

MOST_COUNT, MOST_SHEETS, MOST_SEED = 60, 200, 2**53 - 1
_SIGNS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_FIELDS = (("topic", 6), ("level", 3), ("count", 6), ("clef", 3), ("sheet", 10))
_CHECK, _VERSIONS = 12, 3
_ALIKE = str.maketrans("OILoil", "011011")
_WRITTEN = re.compile(r"PX-([0-9A-Za-z]{2,4}(?:-[0-9A-Za-z]{1,4}){1,6})(?![0-9A-Za-z])", re.IGNORECASE)
_TYPED = re.compile(r"PX([0-9A-Z]{5,28})", re.IGNORECASE | re.ASCII)


class ExerciseError(PartimentoError):
    """An exercise that is asked for wrongly: an unknown topic, a level or count out of range, an ID that is none."""


@dataclass(frozen=True, slots=True)
class Identity:
    """What an exercise is made from: the topic's number in the table, level 1-5, items, clef, sheet from 0, seed."""

    topic: int
    level: int
    count: int
    seed: int
    sheet: int = 0
    clef: str = ""

    def __str__(self) -> str:
        return _written(self)


def _written(identity: Identity) -> str:
    packed = place = 0
    for name, bits in _FIELDS:
        value = CLEFS.index(identity.clef) if name == "clef" else getattr(identity, name)
        packed |= value << place
        place += bits
    packed |= identity.seed << place
    number = (((packed << _CHECK) | _checksum(packed)) << _VERSIONS) | VERSION
    signs = ""
    while number:
        number, digit = divmod(number, 32)
        signs = _SIGNS[digit] + signs
    return "PX-" + "-".join(signs[start : start + 4] for start in range(0, len(signs), 4))


def _checksum(packed: int) -> int:
    digest = blake2b(packed.to_bytes(16, "big"), digest_size=2, person=b"exercise").digest()
    return int.from_bytes(digest, "big") >> (16 - _CHECK)


def read_identity(text: str) -> Identity:
    """The Identity of an ID; ExerciseError where it is none, is mistyped, or of a later version.

    >>> str(read_identity(str(Identity(3, 2, 10, 7)))) == str(Identity(3, 2, 10, 7))
    True
    """
    match = _TYPED.fullmatch(re.sub(r"[\s\u2010-\u2015-]+", "", text))
    if match is None:
        raise ExerciseError(f"'{text.strip()[:40]}' is no exercise's ID: it looks like PX-{_SIGNS[1:5]}-{_SIGNS[5:9]}.")
    number = 0
    for sign in match[1].translate(_ALIKE).upper():
        if sign not in _SIGNS:
            raise ExerciseError(f"'{text.strip()}' is no exercise's ID: it has the sign '{sign}'.")
        number = number * 32 + _SIGNS.index(sign)
    number, version = divmod(number, 1 << _VERSIONS)
    packed, check = divmod(number, 1 << _CHECK)
    if packed >= 1 << 100 or check != _checksum(packed):
        raise ExerciseError(f"The exercise's ID '{text.strip()}' has a mistake in it: its check sign does not fit.")
    if version != VERSION:
        raise ExerciseError(
            f"The exercise '{text.strip()}' is of version {version}, this program makes {VERSION}: "
            "a later program made it, or its last sign is mistyped."
        )
    return _unpacked(packed)


def _unpacked(packed: int) -> Identity:
    values: dict[str, int] = {}
    for name, bits in _FIELDS:
        packed, values[name] = packed >> bits, packed & ((1 << bits) - 1)
    clef = values["clef"]
    if clef >= len(CLEFS):
        raise ExerciseError("The exercise's ID names a clef that there is not.")
    return Identity(values["topic"], values["level"], values["count"], packed, values["sheet"], CLEFS[clef])


def identities_in(text: str) -> tuple[str, ...]:
    """The valid IDs in any text (a whole MusicXML file), each once, in order."""
    found: dict[str, None] = {}
    for match in _WRITTEN.finditer(text):
        try:
            found[str(read_identity(match[0]))] = None
        except ExerciseError:
            continue
    return tuple(found)
