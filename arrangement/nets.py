"""The nets that players may ask, as the players see them: what they do, not how. The composer hands them in.

Convention: every field may be None, and then the player does as the style and the rules say. A net's answers are
functions of what it is given and of the stream; players hold them to range, playability and the chords.
"""

from __future__ import annotations

from dataclasses import dataclass

from partimento.arrangement.net_drums import Drummer
from partimento.arrangement.net_texture import Pianist
from partimento.arrangement.net_voices import Chorister


@dataclass(frozen=True, slots=True)
class Nets:
    """Who may be asked: for fills and feel of drums, for piano textures, for inner voices."""

    drums: Drummer | None = None
    texture: Pianist | None = None
    voices: Chorister | None = None


NO_NETS = Nets()
