"""The edits that a person asks of a mix on the command line, and how they are carried out.

Convention: back to the original first, then settings in their order, then muting and soloing, then the loudness.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from partimento.score.mix import Mix
    from partimento.score.song import Song, Track


@dataclass(frozen=True, slots=True)
class Edits:
    """What is asked of the mix; carried out in this order."""

    reset: bool
    settings: tuple[str, ...]
    unmute: bool
    mute: tuple[str, ...]
    unsolo: bool
    solo: tuple[str, ...]
    lufs: float | None

    @property
    def any(self) -> bool:
        """Whether anything is asked."""
        return bool(
            self.reset or self.settings or self.unmute or self.mute or self.unsolo or self.solo or self.lufs is not None
        )


def edited(mix: Mix, tracks: Sequence[Track], edits: Edits, original: Callable[[], Mix]) -> Mix:
    """The mix with the edits; `original` is asked for what it was when they begin from there. Raises BriefError."""
    from partimento.score import mix_edit

    if edits.reset:
        mix = mix_edit.reset(mix, tracks, original())
    for setting in edits.settings:
        mix = mix_edit.edit(mix, tracks, setting)
    if edits.unmute:
        mix = mix_edit.unmute(mix, tracks)
    for name in edits.mute:
        mix = mix_edit.mute(mix, tracks, name)
    if edits.unsolo:
        mix = mix_edit.unsolo(mix, tracks)
    for name in edits.solo:
        mix = mix_edit.solo(mix, tracks, name)
    return mix if edits.lufs is None else replace(mix, lufs=edits.lufs)


def original_mix(song: Song) -> Mix:
    """The mix that the song's genre gives it; without one, as an imported song may be, the one that its roles give."""
    from partimento.arrangement.mixing import mix_of
    from partimento.arrangement.perform import parts_of
    from partimento.arrangement.style import load_style
    from partimento.score.mix import Mix
    from partimento.synth.foreign import neutral_style

    name = song.mix.profile or song.brief.genre
    style = load_style(name) if name else neutral_style()
    return mix_of(replace(song, mix=Mix()), style, parts_of(song, style))
