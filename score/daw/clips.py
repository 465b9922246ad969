"""A played track cut into clips, one a section.

Conventions: ticks. Every note lies in exactly one clip, the one that holds its onset, and keeps its whole length. A
clip begins on its section's line or near it (score/daw/clip_starts.py); the clip before ends there. Where a track rests
for a section it has no clip, and the clip before may last longer, for what rings over.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass

from partimento.score.daw.clip_starts import clip_starts
from partimento.score.performance import PlayedControl, PlayedNote, PlayedTrack
from partimento.score.song import Song
from partimento.score.timeline import Timeline


@dataclass(frozen=True, slots=True)
class NoteClip:
    """A section's share of one track: [start, end) in the song, notes and controls at the song's ticks."""

    name: str
    start: int
    end: int
    notes: tuple[PlayedNote, ...]
    controls: tuple[PlayedControl, ...] = ()


def note_clips(song: Song, timeline: Timeline, played: PlayedTrack, role: str = "") -> tuple[NoteClip, ...]:
    """The track's clips in order; none for a track without notes. Controls go with the notes that they stand before.

    Of a `role` that has the tune, notes that lead into a section after a rest are in its clip."""
    notes = sorted(played.notes, key=lambda note: (note.onset, note.number))
    if not notes:
        return ()
    onsets = [note.onset for note in notes]
    names = [section.name for section in song.sections] or [played.name]
    starts = clip_starts(song, timeline, notes, role)
    edges = [bisect_left(onsets, start) for start in starts] + [len(notes)]
    ends = [*(section.start for section in song.sections[1:]), timeline.bar_line_from(song.performance.end)]
    used = [i for i in range(len(starts)) if edges[i] < edges[i + 1]]
    clips = []
    for place, i in enumerate(used):
        inside = tuple(notes[edges[i] : edges[i + 1]])
        limit = starts[used[place + 1]] if place + 1 < len(used) else ends[-1]
        release = max(note.onset + note.duration for note in inside)
        end = min(limit, max(ends[i], _bar_line(timeline, release)))
        clips.append(NoteClip(names[i], starts[i], max(end, starts[i] + 1), inside))
    return _with_controls(clips, played.controls)


def _bar_line(timeline: Timeline, tick: int) -> int:
    """The bar line at or after `tick`; `tick` itself past the last one."""
    return max(tick, timeline.bar_at(tick - 1).end) if tick <= timeline.end else tick


def _with_controls(clips: list[NoteClip], controls: Sequence[PlayedControl]) -> tuple[NoteClip, ...]:
    """Each clip with what is turned until the next begins; what came before the first clip is said at its start."""
    first = clips[0].start
    before = {control.controller: control._replace(onset=first) for control in controls if control.onset < first}
    ordered = [*before.values(), *sorted((c for c in controls if c.onset >= first), key=lambda c: c.onset)]
    onsets = [control.onset for control in ordered]
    edges = [0, *(bisect_left(onsets, clip.start) for clip in clips[1:]), len(ordered)]
    return tuple(
        NoteClip(clip.name, clip.start, clip.end, clip.notes, tuple(ordered[edges[i] : edges[i + 1]]))
        for i, clip in enumerate(clips)
    )
