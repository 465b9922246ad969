"""Which notes the renderer never learns from, so that it can be told how it plays what it has not heard.

Conventions: programs and keys are MIDI numbers from 0. What is held out is a function of program and key alone: no
chance, no state. Held-out keys stand apart (one in six), so that each has neighbours that were heard; one program of
each General MIDI family has, every two octaves, three of them side by side.
"""

from __future__ import annotations

from hashlib import blake2b

SEEN_VELOCITIES = (32, 80, 120)
HELD_VELOCITIES = (56, 100)
SEEN_LENGTHS = (4.0, 0.3)
"""How long notes are held, seconds."""
HELD_LENGTHS = (1.0,)
RING_S = 2.0
"""How long a note is heard after its end, seconds."""
SEED = 20261122
_EVERY = 6
_GAP, _GAP_EVERY = 3, 24
_GAP_PROGRAM = 4


def held_out_key(program: int, key: int, low: int = 21, high: int = 108) -> bool:
    """Whether a key of a program is held out. `low` and `high`, its lowest and highest key that sounds, never are, for
    nothing beyond them was heard."""
    if not low < key < high:
        return False
    place = _place(program)
    in_gap = has_gaps(program) and (key - place + 1) % _GAP_EVERY < _GAP
    return in_gap or key % _EVERY == place % _EVERY


def has_gaps(program: int) -> bool:
    """Whether three adjacent keys of a program are held out every two octaves."""
    return program % 8 == _GAP_PROGRAM


def _place(program: int) -> int:
    """The program's own place among the keys, 0 to 23."""
    return blake2b(f"{SEED} {program}".encode(), digest_size=8).digest()[0] % _GAP_EVERY
