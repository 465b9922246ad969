"""A mix's moves: how the mix follows the song's sections. Choruses open, intros breathe, breaks recede, endings ring.

Conventions: as score.mix.Move; every amount is scaled by the style's `moves`, and taste. A way into an open section
ends on its downbeat, a way into any other begins there and takes a bar, a build's all its length; ways of one parameter
never overlap.
"""

from __future__ import annotations

from dataclasses import dataclass

from partimento.arrangement.mix_tables import BREAKS, BUILDS, INTROS, NARROW, OPENING
from partimento.arrangement.style import MixProfile
from partimento.score.mix import Mix, Move
from partimento.score.song import Section, Song
from partimento.score.timeline import Timeline

OPEN_HZ = 20000.0
_FILTER_HZ, _RADIO_HZ = 900.0, 1800.0
_RINGING = frozenset({"held", "ring", "cadence", "tag", "fade-layers"})
_FAR = 0.15
"""How far a section's energy lies from the song's mean before it opens or narrows by that alone."""


@dataclass(frozen=True, slots=True)
class _State:
    """What the whole mix is in a section (gain and width), and what is added to the hall sends."""

    gain_db: float = 0.0
    width: float = 1.0
    hall: float = 0.0


_OPEN = _State(0.8, 1.1)
_PLAIN = _State()
_NARROW = _State(-0.3, 0.95)
_INTRO = _State(-1.0, 0.95, 0.06)
_BREAK = _State(-0.4, 0.97, 0.12)
_BUILD = _State(-0.8, 0.85, 0.05)
_RING_HALL = 0.15
_WET = 0.15
"""What has less of the hall than this (drums, basses) is left out where the hall grows."""
_FADE_DB = -3.0


def moves_of(song: Song, profile: MixProfile, mix: Mix) -> tuple[Move, ...]:
    """The moves, sorted by onset, target, parameter, duration; none starts before tick 0 or lasts past the end."""
    amount = profile.moves
    if not amount or not song.sections:
        return ()
    timeline = Timeline(song)
    states = [_scaled(_state(song, k), amount) for k in range(len(song.sections))]
    ways = [_way(section, timeline, state) for section, state in zip(song.sections, states, strict=True)]
    ringing = [fader.track for fader in mix.faders if fader.hall >= _WET and not fader.mute]
    last = _last_chord(song)
    ends = song.ending.kind in _RINGING and last > ways[-1][1]
    gains = [state.gain_db for state in states]
    moves = _line("", "gain_db", 0.0, gains, ways)
    moves += _line("", "width", 1.0, [state.width for state in states], ways)
    halls = [state.hall for state in states]
    for target in ringing:
        moves += _line(target, "hall", 0.0, halls, ways)
        if ends:
            length = min(timeline.bar_at(last).meter.beat_lengths[0], song.end - last)
            moves.append(Move(target, "hall", last, length, round(halls[-1] + _RING_HALL * amount, 2)))
    if song.ending.kind == "fade-layers" and song.ending.start >= ways[-1][1]:
        length = song.end - song.ending.start
        moves.append(Move("", "gain_db", song.ending.start, length, round(gains[-1] + _FADE_DB * amount, 2)))
    moves += _opening(song, profile, timeline)
    return tuple(sorted(moves, key=lambda m: (m.onset, m.target, m.parameter, m.duration)))


def _state(song: Song, index: int) -> _State:
    section = song.sections[index]
    last = index == len(song.sections) - 1
    if section.start < _intro_end(song):
        return _INTRO
    if section.kind in BUILDS and not last:
        return _BUILD
    if section.kind in BREAKS and index and not last:
        return _BREAK
    if section.kind in OPENING:
        return _OPEN
    if section.kind in NARROW:
        return _NARROW
    total = sum(s.length for s in song.sections)
    mean = sum(s.energy * s.length for s in song.sections) / total if total else 0.0
    return _OPEN if section.energy - mean > _FAR else _NARROW if mean - section.energy > _FAR else _PLAIN


def _scaled(state: _State, amount: float) -> _State:
    """The state by so much; what nobody would hear is none."""
    gain, width, hall = state.gain_db * amount, (state.width - 1.0) * amount, state.hall * amount
    return _State(
        round(gain, 2) if abs(gain) >= 0.1 else 0.0,
        round(1.0 + width, 3) if abs(width) >= 0.02 else 1.0,
        round(hall, 2) if hall >= 0.02 else 0.0,
    )


def _intro_end(song: Song) -> int:
    """Where the intro's sections end; 0 when there are none, or nothing else."""
    for section in song.sections:
        if section.kind not in INTROS:
            return section.start
    return 0


def _way(section: Section, timeline: Timeline, state: _State) -> tuple[int, int]:
    """The ticks between which the mix goes over into the section's state."""
    first = timeline.bar_at(section.start)
    beat = first.meter.beat_lengths[0]
    if section.start == 0:
        return 0, 0
    if section.kind in BUILDS:
        return section.start, max(section.start, section.end - timeline.bar_at(section.end - 1).meter.beat_lengths[0])
    if state.gain_db > 0:
        before = timeline.bar_at(section.start - 1)
        return max(before.start, section.start - beat), section.start
    return section.start, section.start + max(0, min(first.length, section.length - beat - 1))


def _line(target: str, parameter: str, at: float, values: list[float], ways: list[tuple[int, int]]) -> list[Move]:
    out: list[Move] = []
    for value, (start, end) in zip(values, ways, strict=True):
        if value != at:
            out.append(Move(target, parameter, start, end - start, value))
            at = value
    return out


def _last_chord(song: Song) -> int:
    """Where the ending's last chord begins."""
    inside = [chord.onset for chord in song.chords if chord.onset < song.end]
    return max(song.ending.start, inside[-1]) if inside else song.ending.start


def _opening(song: Song, profile: MixProfile, timeline: Timeline) -> list[Move]:
    """The intro's low-pass: over the pitched parts it opens all the way through, over the whole in its last bar."""
    end = _intro_end(song)
    if not profile.intro or end <= timeline.bars[0].length:
        return []
    if profile.intro == "radio":
        bar = timeline.bar_at(end - 1)
        return [
            Move("", "low_pass_hz", 0, 0, _RADIO_HZ),
            Move("", "low_pass_hz", bar.start, end - bar.start, OPEN_HZ),
        ]
    moves: list[Move] = []
    beat = timeline.bars[0].meter.beat_lengths[0]  # it stands a beat before it opens: one move at a time
    for track in song.tracks:
        if track.role not in ("drums", "percussion", "bass") and any(n.onset < end for n in track.notes):
            moves.append(Move(track.name, "low_pass_hz", 0, 0, _FILTER_HZ))
            moves.append(Move(track.name, "low_pass_hz", beat, end - beat, OPEN_HZ))
    return moves
