"""What is rendered: a song, or a MIDI file, with its strips, its mix and its clock, all of it or a part.

Conventions: with a window (`start_s`, `end_s`) times count from its beginning.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from partimento.score.midi_read import MidiContents
from partimento.score.mix import Mix
from partimento.score.song import Song
from partimento.score.timeline import Timeline
from partimento.soundfonts.finding import SoundFont, check_soundfont, default_soundfont
from partimento.synth.fluid import library
from partimento.synth.mix_json import fingerprint
from partimento.synth.signal import Clock, Strip
from partimento.synth.strips import midi_clock, strips_of_midi, strips_of_song


@dataclass(frozen=True, slots=True)
class Piece:
    """Strips with what mixes them: `clock` tells ticks in seconds, `beat_s` how long a quarter note lasts at the tempo
    that lasts longest, `fits` what a settled mix must have been measured on. `notices` are for the user."""

    strips: tuple[Strip, ...]
    mix: Mix
    clock: Clock
    beat_s: float
    fits: str
    notices: tuple[str, ...] = ()


def piece_of_song(
    song: Song, soundfont: Path | str | None = None, *, start_s: float = 0.0, end_s: float | None = None,
    lufs: float | None = None,
) -> Piece:  # fmt: skip
    """The song as it is played and mixed; `soundfont` None takes the default one, `lufs` None the mix's loudness.

    Raises RenderError: no library, no SoundFont or a damaged one, nothing to play, over 24 hours; BriefError: nothing
    sounds between the times.
    """
    library()
    font = _font(soundfont)
    strips, notices = strips_of_song(song, font.path, start_s=start_s, end_s=end_s)
    mix = _louder(song.mix, lufs)
    clock = Timeline(song).seconds_at
    tempos = [(change.onset, change.tempo_bpm) for change in song.tempos]
    beat_s = _beat_s(tempos, max(song.end, song.performance.end), clock)
    played = (song.performance, song.tempos, tuple((t.name, t.role, t.instrument) for t in song.tracks))
    fits = fingerprint(repr(played).encode(), mix, _name(font))
    return Piece(strips, mix, _from(clock, start_s), beat_s, fits, notices)


def piece_of_midi(
    contents: MidiContents, soundfont: Path | str | None = None, *, start_s: float = 0.0, end_s: float | None = None,
    lufs: float | None = None,
) -> Piece:  # fmt: skip
    """Any MIDI file with its own balance, pan and reverb. Raises errors as `piece_of_song`."""
    library()
    font = _font(soundfont)
    strips, notices, mix = strips_of_midi(contents, font.path, start_s=start_s, end_s=end_s)
    mix = _louder(mix, lufs)
    clock = midi_clock(contents.tempos)
    end = max((onset + duration for track in contents.tracks for onset, duration, _, _ in track.notes), default=0)
    fits = fingerprint(repr((contents.tracks, contents.tempos)).encode(), mix, _name(font))
    return Piece(strips, mix, _from(clock, start_s), _beat_s(contents.tempos, end, clock), fits, notices)


def _louder(mix: Mix, lufs: float | None) -> Mix:
    return mix if lufs is None else replace(mix, lufs=lufs)


def _font(soundfont: Path | str | None) -> SoundFont:
    return check_soundfont(soundfont) if soundfont is not None else default_soundfont()


def _name(font: SoundFont) -> str:
    return f"{font.path.name} {font.size_bytes}"


def _from(clock: Clock, start_s: float) -> Clock:
    return (lambda tick: clock(tick) - start_s) if start_s else clock


def _beat_s(tempos: Sequence[tuple[int, float]], end: int, clock: Clock) -> float:
    """Seconds of a quarter note at the tempo that lasts longest, a ramp counting as the tempo it begins with."""
    lasting: dict[float, float] = {}
    for (tick, bpm), after in zip(tempos, [*(tick for tick, _ in tempos[1:]), end], strict=True):
        lasting[bpm] = lasting.get(bpm, 0.0) + max(0.0, clock(after) - clock(tick))
    return 60.0 / max(lasting, key=lambda bpm: lasting[bpm]) if lasting else 0.5
