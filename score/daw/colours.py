"""A colour for each role, the same in every project file.

Conventions: 0xRRGGBB. Rhythm is grey and brown, the bass violet, harmony green and blue, melody red and orange: parts
that go together look so, and no two roles look alike. All are of middle lightness, to be read on dark and light ground.
"""

from __future__ import annotations

MASTER = 0x6C7A89
ROLE_COLOURS: dict[str, int] = {
    "lead": 0xE4572E,
    "harmony": 0xF08A4B,
    "counter": 0xD6457A,
    "answer": 0xF2B134,
    "comp": 0x4C9F70,
    "pad": 0x4A8FE0,
    "riff": 0x9BB53C,
    "stab": 0x2FA8A0,
    "bass": 0x7A5CC9,
    "drums": 0x8D99AE,
    "percussion": 0xA9805B,
    "texture": 0x6BC1E0,
}


def colour(role: str) -> int:
    """The role's colour; the master's for a role that is none of ROLES."""
    return ROLE_COLOURS.get(role, MASTER)
