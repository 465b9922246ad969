"""The pieces of a drum kit, by General MIDI key: each is mixed by itself.

Convention: a piece's fader and stem are called TRACK/PIECE ("Drums/kick").
"""

from __future__ import annotations

KIT_PIECES = ("kick", "snare", "hats", "toms", "cymbals", "percussion")

_KEYS: dict[int, str] = {
    **dict.fromkeys((35, 36), "kick"),
    **dict.fromkeys((37, 38, 39, 40), "snare"),
    **dict.fromkeys((42, 44, 46), "hats"),
    **dict.fromkeys((41, 43, 45, 47, 48, 50), "toms"),
    **dict.fromkeys((49, 51, 52, 53, 55, 57, 59), "cymbals"),
}


def kit_piece(key: int) -> str:
    """The piece that General MIDI's drum key belongs to: rim and clap to the snare, what is no part of a kit to the
    percussion."""
    return _KEYS.get(key, "percussion")


def piece_name(track: str, piece: str) -> str:
    """The name of a piece's fader and stem."""
    return f"{track}/{piece}"
