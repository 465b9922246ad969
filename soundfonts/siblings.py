"""What stands in for what in General MIDI: programs for programs, kits for kits, drums for drums.

Conventions: numbers count from 0; a kit is its program in bank 128. The order is that of likeness, the nearest first,
by how the sound is made and then by its register; after the named ones come the others of the General MIDI family.
"""

from __future__ import annotations

_PROGRAMS: dict[int, tuple[int, ...]] = {
    0: (1, 2, 3), 4: (5, 2, 0), 5: (4, 2, 0), 6: (7, 0), 7: (6, 4), 8: (10, 9, 11), 9: (8, 10, 14), 10: (8, 9, 11),
    11: (12, 8), 12: (13, 11), 13: (12, 11), 14: (9, 11), 15: (6, 24), 16: (18, 17, 19), 17: (16, 18), 18: (16, 17),
    19: (20, 16), 20: (19, 21), 21: (23, 20, 22), 22: (21, 23), 23: (21, 22), 24: (25, 26), 25: (24, 26),
    26: (27, 24), 27: (26, 28), 28: (27, 26), 29: (30, 27), 30: (29, 27), 31: (27, 26), 32: (33, 35),
    33: (34, 35, 32), 34: (33, 36), 35: (33, 32), 36: (37, 34, 33), 37: (36, 34, 33), 38: (39, 33), 39: (38, 33),
    40: (41, 48), 41: (40, 42), 42: (43, 41), 43: (42, 48), 44: (48, 49), 45: (24, 46, 48), 46: (24, 15),
    47: (117, 116), 48: (49, 50, 51), 49: (48, 50, 51), 50: (51, 48), 51: (50, 49), 52: (53, 54, 91), 53: (52, 54),
    54: (53, 52), 55: (48, 61), 56: (59, 61), 57: (58, 60, 61), 58: (57, 60), 59: (56, 61), 60: (57, 61),
    61: (62, 56, 57), 62: (63, 61), 63: (62, 61), 64: (65, 68), 65: (64, 66), 66: (67, 65), 67: (66, 70),
    68: (69, 71), 69: (68, 71), 70: (71, 69, 67), 71: (68, 70, 69), 72: (73, 78), 73: (72, 75, 74), 74: (73, 75),
    75: (73, 74, 77), 76: (75, 78), 77: (75, 73), 78: (73, 72), 79: (73, 78), 104: (15, 105), 105: (25, 106),
    106: (107, 15), 107: (106, 24), 108: (12, 10), 109: (111, 20), 110: (40, 41), 111: (109, 68), 112: (9, 14),
    113: (112, 115), 114: (11, 12), 115: (113, 13), 116: (117, 47), 117: (116, 47), 118: (117, 116), 119: (55, 48),
}  # fmt: skip

# The kits of Roland's GS, which SoundFonts follow: standard, room, power, electronic, 808, jazz, brush, orchestra.
_KITS: dict[int, tuple[int, ...]] = {
    8: (0,), 16: (8, 0), 24: (25, 16, 0), 25: (24, 16, 0), 32: (40, 0), 40: (32, 0), 48: (0,),
}  # fmt: skip

_DRUMS: dict[int, tuple[int, ...]] = {
    27: (31, 37), 28: (39, 40), 29: (69, 70), 30: (69, 70), 31: (37, 75), 32: (37, 76), 33: (76, 37), 34: (81, 53),
    35: (36, 41), 36: (35, 41), 37: (31, 76, 40), 38: (40, 37), 39: (38, 40), 40: (38, 37), 41: (43, 45, 47),
    43: (41, 45, 47), 45: (43, 47, 41), 47: (45, 48, 43), 48: (50, 47, 45), 50: (48, 47, 45), 42: (44, 46),
    44: (42, 46), 46: (44, 42), 49: (57, 55, 52), 57: (49, 55, 52), 55: (49, 57), 52: (49, 57), 51: (59, 53),
    59: (51, 53), 53: (51, 59, 56), 54: (70, 69, 82), 56: (67, 53), 58: (73, 54), 60: (62, 63, 50),
    61: (64, 63, 48), 62: (60, 63, 61), 63: (64, 60, 61), 64: (63, 61, 60), 65: (60, 50), 66: (61, 48),
    67: (68, 56), 68: (67, 56), 69: (70, 82), 70: (69, 82), 71: (72,), 72: (71,), 73: (74, 69), 74: (73, 69),
    75: (76, 37), 76: (77, 75), 77: (76, 75), 78: (79, 62), 79: (78, 64), 80: (81, 53), 81: (80, 53), 82: (70, 69),
    83: (54, 81), 84: (81, 83), 85: (75, 76), 86: (41, 64), 87: (86, 41),
}  # fmt: skip


def programs_like(program: int) -> tuple[int, ...]:
    """The programs to play for `program` (0-127), the nearest first; its family at the least."""
    family = range(program // 8 * 8, program // 8 * 8 + 8)
    near = sorted((other for other in family if other != program), key=lambda other: (abs(other - program), other))
    return tuple(dict.fromkeys((*_PROGRAMS.get(program, ()), *near)))


def kits_like(kit: int) -> tuple[int, ...]:
    """The kits to play for `kit`, the standard kit last; none for the standard kit itself."""
    # Between the standard's numbers lie variants of the one below (GS: 1-7 of the standard kit, 26 of the 808).
    base = kit if kit in _KITS else kit // 8 * 8
    chain = (base, *_KITS[base], 0) if base in _KITS else (0,)
    return tuple(dict.fromkeys(other for other in chain if other != kit))


def drums_like(key: int) -> tuple[int, ...]:
    """The drum keys to play for `key`, the nearest first; may be empty."""
    return _DRUMS.get(key, ())
