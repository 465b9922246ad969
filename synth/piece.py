"""What is rendered: a song, or a MIDI file, with its strips, its mix and its clock, all of it or a part.

Conventions: with a window (`start_s`, `end_s`) times count from its beginning.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Unpack

from partimento.score.midi_read import MidiContents
from partimento.score.mix import Mix
from partimento.score.performance import PlayedTrack
from partimento.score.song import Song
from partimento.score.timeline import Timeline
from partimento.synth.fluid_font import DRUM_CHANNEL
from partimento.synth.mix_json import fingerprint
from partimento.synth.renderers import How, Renderer, choice, renderer_of
from partimento.synth.signal import Clock, Strip
from partimento.synth.strips import midi_clock, played_tracks, strips_of_midi, strips_of_song

if TYPE_CHECKING:
    from partimento.synth.neural.timbre_words import Part


@dataclass(frozen=True, slots=True)
class Piece:
    """Strips with what mixes them: `clock` tells ticks in seconds, `beat_s` how long a quarter note lasts at the tempo
    that lasts longest, `fits` what a settled mix must have been measured on. `notices` are for the user. `renderer`
    ("neural", "fluidsynth"; "" for sound that was there) says what plays, `played_by` the same for people.
    """

    strips: tuple[Strip, ...]
    mix: Mix
    clock: Clock
    beat_s: float
    fits: str
    notices: tuple[str, ...] = ()
    renderer: str = ""
    played_by: str = ""


def piece_of_song(
    song: Song, soundfont: Path | str | None = None, *, start_s: float = 0.0, end_s: float | None = None,
    lufs: float | None = None, **how: Unpack[How],
) -> Piece:  # fmt: skip
    """The song as it is played and mixed; `soundfont` None takes the default one, `lufs` None the mix's loudness; `how`
    says who plays, and with what timbre (synth/renderers.py).

    Raises RenderError: what is to play is missing or damaged, there is nothing to play, over 24 hours; ModelError:
    weights are; BriefError: nothing sounds between the times, wishes that cannot be met.
    """
    renderer, who, notices = _renderer(soundfont, how, lambda: _parts_of_song(song))
    strips, more = strips_of_song(song, renderer, start_s=start_s, end_s=end_s)
    mix = _louder(song.mix, lufs)
    clock = Timeline(song).seconds_at
    tempos = [(change.onset, change.tempo_bpm) for change in song.tempos]
    beat_s = _beat_s(tempos, max(song.end, song.performance.end), clock)
    played = (song.performance, song.tempos, tuple((t.name, t.role, t.instrument) for t in song.tracks))
    fits = fingerprint(repr(played).encode(), mix, renderer.identity)
    return Piece(strips, mix, _from(clock, start_s), beat_s, fits, (*notices, *more), renderer.kind, who)


def piece_of_midi(
    contents: MidiContents, soundfont: Path | str | None = None, *, start_s: float = 0.0, end_s: float | None = None,
    lufs: float | None = None, **how: Unpack[How],
) -> Piece:  # fmt: skip
    """Any MIDI file with its own balance, pan and reverb. Raises errors as `piece_of_song`."""
    renderer, who, notices = _renderer(soundfont, how, lambda: _parts(played_tracks(contents.tracks)))
    strips, more, mix = strips_of_midi(contents, renderer, start_s=start_s, end_s=end_s)
    mix = _louder(mix, lufs)
    clock = midi_clock(contents.tempos)
    end = max((onset + duration for track in contents.tracks for onset, duration, _, _ in track.notes), default=0)
    fits = fingerprint(repr((contents.tracks, contents.tempos)).encode(), mix, renderer.identity)
    beat_s = _beat_s(contents.tempos, end, clock)
    return Piece(strips, mix, _from(clock, start_s), beat_s, fits, (*notices, *more), renderer.kind, who)


def _renderer(
    soundfont: Path | str | None, how: How, parts: Callable[[], Sequence[Part]]
) -> tuple[Renderer, str, tuple[str, ...]]:
    """Who plays, the same in words with the reason, and notices; `parts` are asked for when a timbre is wished."""
    chosen = choice(soundfont, how)
    timbres = {}
    if how.get("morph") or how.get("timbre"):
        from partimento.synth.neural.timbre_words import timbres_of

        timbres = timbres_of(parts(), how.get("morph", ()), how.get("timbre", ()))
    renderer, notices = renderer_of(chosen, timbres, how.get("device", "auto"))
    why = f" (since {chosen.why})" if chosen.why and renderer.kind == chosen.kind else ""
    return renderer, renderer.said + why, notices


def _parts_of_song(song: Song) -> list[Part]:
    """The song's tracks as wishes may name them; sounds of our own and kits stay as they are."""
    from partimento.synth.oscillators import VOICES

    known = {track.name: track for track in song.tracks}
    parts = []
    for part in _parts(song.performance.tracks):
        track = known.get(part.name)
        if track is not None:
            pitched = part.changeable and track.role != "drums" and track.instrument not in VOICES
            part = replace(part, instrument=track.instrument, role=track.role, changeable=pitched)
        parts.append(part)
    return parts


def _parts(tracks: Sequence[PlayedTrack]) -> list[Part]:
    from partimento.synth.neural.timbre_words import Part

    return [
        Part(track.name, track.program, changeable=track.channel != DRUM_CHANNEL) for track in tracks if track.notes
    ]


def _louder(mix: Mix, lufs: float | None) -> Mix:
    return mix if lufs is None else replace(mix, lufs=lufs)


def _from(clock: Clock, start_s: float) -> Clock:
    return (lambda tick: clock(tick) - start_s) if start_s else clock


def _beat_s(tempos: Sequence[tuple[int, float]], end: int, clock: Clock) -> float:
    """Seconds of a quarter note at the tempo that lasts longest, a ramp counting as the tempo it begins with."""
    lasting: dict[float, float] = {}
    for (tick, bpm), after in zip(tempos, [*(tick for tick, _ in tempos[1:]), end], strict=True):
        lasting[bpm] = lasting.get(bpm, 0.0) + max(0.0, clock(after) - clock(tick))
    return 60.0 / max(lasting, key=lambda bpm: lasting[bpm]) if lasting else 0.5
