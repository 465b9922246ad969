"""The lines of a mix: from a Song, or a MIDI file, to Strips (synth/signal.py) that open their own sound.

Conventions: a strip's name is its fader's; a kit is split into its pieces (score/kit.py). With a window, times count
from its beginning, and so do the samples of the sources. Kits are MIDI channel 10 (9, counted from 0).
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from math import isfinite
from zlib import crc32

from partimento.score.kit import KIT_PIECES, kit_piece, piece_name
from partimento.score.midi_read import FileTrack, MidiContents, by_program
from partimento.score.mix import Effect, Fader, Mix
from partimento.score.performance import PlayedControl, PlayedNote, PlayedTrack
from partimento.score.song import Song
from partimento.score.timeline import Timeline
from partimento.synth.fluid import LONGEST_NOTE_S, TAIL_S
from partimento.synth.fluid_font import DRUM_CHANNEL
from partimento.synth.renderers import Renderer
from partimento.synth.signal import Clock, Samples, Source, Strip
from partimento.theory.errors import BriefError, RenderError

LONGEST_S = 24 * 3600.0
"""No piece lasts longer; what does has an absurd tempo."""
EFFECTS = "Effects"
"""Name of the strip that holds the mix's effects."""
_MIDI_LUFS, _MIDI_HALL_S = -16.0, 1.4
_SKIPPED = 1 << 15

Strips = tuple[tuple[Strip, ...], tuple[str, ...]]
Opener = Callable[[PlayedTrack, int], Source]
"""A part and a rate to its sound."""


@dataclass(frozen=True, slots=True)
class _Window:
    """What is rendered, in seconds of the piece; `end` None is its end."""

    clock: Clock
    start: float
    end: float | None

    def within(self, onset_s: float) -> bool:
        """Whether what begins at `onset_s` begins before the window's end."""
        return self.end is None or onset_s < self.end


def strips_of_song(song: Song, renderer: Renderer, *, start_s: float = 0.0, end_s: float | None = None) -> Strips:
    """The song's strips in the performance's order, "Effects" last, and notices (short lines, each once).

    Kits (role "drums") are split. Notes that begin after `end_s` or have rung out by `start_s` are left out; those that
    cross it are kept. Raises RenderError when nothing is played, or for longer than LONGEST_S, and BriefError when
    nothing sounds in the window.
    """
    from partimento.synth.oscillators import VOICES

    window = _Window(Timeline(song).seconds_at, max(0.0, start_s), end_s)
    _check(song.performance.tracks, window)
    known = {track.name: track for track in song.tracks}
    strips: list[Strip] = []
    notices: list[str] = []
    leaders: dict[int, PlayedTrack] = {}
    for played in song.performance.tracks:
        leader = leaders.setdefault(played.channel, played)
        if not played.controls:  # one channel has one set of controllers, and its first track carries them
            played = replace(played, controls=leader.controls, bend_range=leader.bend_range)
        role = known[played.name].role if played.name in known else ""
        instrument = known[played.name].instrument if played.name in known else ""
        if not played.notes:
            continue
        if instrument in VOICES:
            sound = _oscillator(window, instrument, crc32(played.name.encode()))
        else:
            played, changed = renderer.fitted(played)
            notices += changed
            sound = _played(window, renderer, False)
        parts = _split(played, role) if role == "drums" else [(played.name, role, played)]
        for name, part_role, part in parts:
            strips += _strip(name, part_role, part, window, sound, notices)
    strips += _effects(song.mix.effects, window, song.brief.seed)
    _check_heard(strips, window)
    return tuple(strips), tuple(dict.fromkeys(notices))


def strips_of_midi(
    contents: MidiContents, renderer: Renderer, *, start_s: float = 0.0, end_s: float | None = None
) -> tuple[tuple[Strip, ...], tuple[str, ...], Mix]:
    """A MIDI file's strips and notices, and the Mix that keeps its own balance: pan and reverb of each track as it
    begins, nothing processed, at -16 LUFS.

    Volume and expression (CC7, CC11) are followed, hence roles are "": every strip keeps its level. A kit (channel 10
    with two or more pieces of one) is split. Tracks of one name are numbered. Raises errors as `strips_of_song`.
    """
    window = _Window(midi_clock(contents.tempos), max(0.0, start_s), end_s)
    tracks = played_tracks(contents.tracks)
    _check(tracks, window)
    strips: list[Strip] = []
    notices: list[str] = []
    faders = []
    for track in tracks:
        fader = Fader(track.name, pan=max(-1.0, (track.pan - 64) / 63), hall=track.reverb / 127)
        faders.append(fader)
        track, changed = renderer.fitted(track)
        notices += changed
        pieces = {kit_piece(note.number) for note in track.notes} - {"percussion"}
        kit = track.channel == DRUM_CHANNEL and len(pieces) > 1
        for name, _, part in _split(track, "") if kit else [(track.name, "", track)]:
            strips += _strip(name, "", part, window, _played(window, renderer, True), notices)
    _check_heard(strips, window)
    mix = Mix(lufs=_MIDI_LUFS, hall_s=_MIDI_HALL_S, glue_ratio=1.0, faders=tuple(faders))
    return tuple(strips), tuple(dict.fromkeys(notices)), mix


def midi_clock(tempos: Sequence[tuple[int, float]]) -> Clock:
    """Ticks to seconds by a file's tempo map, (tick, quarter notes a minute) from tick 0 on."""
    ticks = [tick for tick, _ in tempos]
    seconds = [0.0]
    for (tick, bpm), (after, _) in zip(tempos, tempos[1:], strict=False):
        seconds.append(seconds[-1] + (after - tick) / (8.0 * bpm))  # 60 / 480 = 1 / 8

    def clock(tick: float) -> float:
        i = max(0, bisect_right(ticks, tick) - 1)
        return seconds[i] + (tick - ticks[i]) / (8.0 * tempos[i][1])

    return clock


class _Late:
    """A source heard from a later sample on."""

    def __init__(self, source: Source, skip: int) -> None:
        self._source, self._skip = source, skip

    def read(self, count: int) -> Samples:
        """As the source's, after what is skipped."""
        while self._skip:
            given = len(self._source.read(min(self._skip, _SKIPPED)))
            self._skip = self._skip - given if given else 0
        return self._source.read(count)

    def close(self) -> None:
        """Close the source."""
        self._source.close()


def _oscillator(window: _Window, instrument: str, seed: int) -> Opener:
    from partimento.synth.oscillators import OscillatorSource

    def sound(track: PlayedTrack, rate: int) -> Source:
        source = OscillatorSource(track, instrument, window.clock, rate, seed)
        return _Late(source, round(window.start * rate)) if window.start else source

    return sound


def _played(window: _Window, renderer: Renderer, follow_volume: bool) -> Opener:
    def sound(track: PlayedTrack, rate: int) -> Source:
        return renderer.open(track, window.clock, rate, follow_volume=follow_volume, start_s=window.start)

    return sound


def _split(track: PlayedTrack, role: str) -> list[tuple[str, str, PlayedTrack]]:
    """(name, role, part) of each piece of the kit that is played; roles only where the kit has one."""
    notes: dict[str, list[PlayedNote]] = {piece: [] for piece in KIT_PIECES}
    for note in track.notes:
        notes[kit_piece(note.number)].append(note)
    return [
        (piece_name(track.name, piece), piece if role else "", replace(track, notes=tuple(played)))
        for piece, played in notes.items()
        if played
    ]


def _strip(name: str, role: str, track: PlayedTrack, window: _Window, sound: Opener, notices: list[str]) -> list[Strip]:
    """The strip of a part, or none when nothing of it is heard in the window."""
    clock, start = window.clock, window.start
    notes, onsets, end, latest = [], [], 0.0, 0.0
    for note in track.notes:
        onset_s, release_s = clock(note.onset), clock(note.onset + note.duration)
        if not window.within(onset_s):
            continue
        notes.append(note)
        if release_s - onset_s > LONGEST_NOTE_S:
            notices.append(f"{track.name}: notes over {LONGEST_NOTE_S:.0f} s are let go")
            release_s = onset_s + LONGEST_NOTE_S
        if onset_s >= start:
            onsets.append(onset_s - start)
        latest = max(latest, release_s)
    if not notes or latest + TAIL_S <= start:
        return []
    end = latest if window.end is None else min(latest, window.end)
    part = replace(track, notes=tuple(notes))

    def open_sound(rate: int) -> Source:
        return sound(part, rate)

    return [Strip(name, role, open_sound, tuple(sorted(onsets)), max(0.0, end - start))]


def _effects(effects: Sequence[Effect], window: _Window, seed: int) -> list[Strip]:
    """One strip for all effects that are heard in the window."""
    from partimento.synth.effects import EffectsSource

    clock = window.clock
    heard = tuple(effect for effect in effects if window.within(clock(effect.onset)))
    end = max((clock(effect.onset + effect.duration) for effect in heard), default=0.0)
    if end <= window.start:
        return []

    def open_sound(rate: int) -> Source:
        source = EffectsSource(heard, clock, rate, seed)
        return _Late(source, round(window.start * rate)) if window.start else source

    onsets = sorted(clock(effect.onset) - window.start for effect in heard)
    end = end if window.end is None else min(end, window.end)
    return [Strip(EFFECTS, "effects", open_sound, tuple(s for s in onsets if s >= 0), end - window.start)]


def _check(tracks: Sequence[PlayedTrack], window: _Window) -> None:
    """RenderError when nothing is played, or for too long; BriefError when the window lies elsewhere."""
    spans = [(note.onset, note.onset + note.duration) for track in tracks for note in track.notes]
    if not spans:
        raise RenderError("there is nothing to play: no track has a note")
    end = window.clock(max(release for _, release in spans))
    if not isfinite(end) or end > LONGEST_S:
        raise RenderError(
            f"the piece lasts {end / 3600:.0f} hours; at most {LONGEST_S / 3600:.0f} are rendered. Is its tempo right?"
        )
    if window.end is not None and window.end <= window.start:
        raise BriefError(f"the part asked for ends at {_minutes(window.end)}, which is not after where it begins")
    if window.start >= end:
        raise BriefError(f"the part asked for begins after the end: the piece lasts {_minutes(end)}")


def _check_heard(strips: Sequence[Strip], window: _Window) -> None:
    """BriefError when nothing sounds between the window's times."""
    if not any(strip.end > 0 for strip in strips):
        until = "the end" if window.end is None else _minutes(window.end)
        raise BriefError(f"nothing sounds between {_minutes(window.start)} and {until}")


def _minutes(seconds: float) -> str:
    """0:30, 1:02:03; with what there is of a second, 0:00.25."""
    whole, rest = divmod(round(seconds, 3), 60)
    hours, minutes = divmod(int(whole), 60)
    text = f"{rest:06.3f}".rstrip("0").rstrip(".")
    return f"{hours}:{minutes:02d}:{text}" if hours else f"{minutes}:{text}"


def played_tracks(tracks: Sequence[FileTrack]) -> list[PlayedTrack]:
    """A file's parts as they are played: one for each program of a part, names made different, first values taken from
    the controllers."""
    played = []
    used: dict[str, int] = {}
    shared: dict[int, tuple[PlayedControl, ...]] = {}
    for track in by_program(tracks):
        plain = name = track.name.replace("/", "-")
        while name in used:
            used[plain] += 1
            name = f"{plain} {used[plain]}"
        used[name] = 1
        first: dict[int, int] = {}
        for onset, controller, value in track.controls:
            # The last word before the first note; without one, the first after it.
            if controller not in first or onset <= track.notes[0][0]:
                first[controller] = value
        if id(track.controls) not in shared:
            shared[id(track.controls)] = tuple(PlayedControl(*row) for row in track.controls)
        played.append(
            PlayedTrack(
                name,
                DRUM_CHANNEL if track.drums else 0,
                track.program,
                tuple(PlayedNote(*note) for note in track.notes),
                shared[id(track.controls)],
                pan=first.get(10, 64),
                reverb=first.get(91, 40),
                bend_range=track.bend_range,
            )  # fmt: skip
        )
    return played
