"""What the second voices hear of the lead: which note sounds where, its rests, and where they may play themselves.

Conventions: the lead is heard as one line, its highest note where there are several; grace notes are passed over.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right

from partimento.arrangement.stage import PartPlan, Scene, Stage
from partimento.arrangement.transitions import Final, Silence, final_of, silences
from partimento.score.song import Drum, Note
from partimento.theory.meter import TICKS

Span = tuple[int, int]


class LeadView:
    """The lead's line of a stage, looked up fast. `notes`, `onsets`, `ends` and `midis` run side by side."""

    __slots__ = ("_quiet", "ends", "final", "midis", "notes", "onsets", "stage")

    def __init__(self, stage: Stage) -> None:
        top: dict[int, Note] = {}
        for note in stage.lead:
            if note.grace or isinstance(note.pitch, Drum) or note.duration <= 0:
                continue
            before = top.get(note.onset)
            if before is None or isinstance(before.pitch, Drum) or note.pitch.midi > before.pitch.midi:
                top[note.onset] = note
        self.stage = stage
        self.notes = [top[onset] for onset in sorted(top)]
        self.onsets = [note.onset for note in self.notes]
        self.midis = [note.pitch.midi for note in self.notes if not isinstance(note.pitch, Drum)]
        stops = [*self.onsets[1:], stage.song.end + stage.song.end][: len(self.notes)]
        self.ends = [min(n.onset + n.duration, stop) for n, stop in zip(self.notes, stops, strict=True)]
        self.final: Final = final_of(stage.song, stage.timeline)
        self._quiet: dict[int, Silence] = {s.scene: s for s in silences(stage.scenes)}

    def at(self, tick: int) -> int:
        """The MIDI number that sounds at `tick`, -1 in a rest."""
        i = bisect_right(self.onsets, tick) - 1
        return self.midis[i] if i >= 0 and self.ends[i] > tick else -1

    def over(self, start: int, end: int) -> range:
        """The indices of the notes that sound somewhere in [start, end)."""
        first = max(0, bisect_right(self.onsets, start) - 1)
        if first < len(self.ends) and self.ends[first] <= start:
            first += 1
        return range(first, max(first, bisect_left(self.onsets, end)))

    def moves(self, start: int, end: int) -> bool:
        """Whether a note begins in [start, end)."""
        i = bisect_left(self.onsets, start)
        return i < len(self.onsets) and self.onsets[i] < end

    def rests(self, start: int, end: int) -> list[Span]:
        """The silences of the lead inside [start, end), in order."""
        out: list[Span] = []
        at = start
        for i in self.over(start, end):
            if self.onsets[i] > at:
                out.append((at, self.onsets[i]))
            at = max(at, self.ends[i])
        if at < end:
            out.append((at, end))
        return out

    def spans(self, plan: PartPlan, scene: Scene) -> list[Span]:
        """Where the chair plays in a scene: out of the band's silences, and no longer than a short final chord."""
        out: list[Span] = []
        quiet = self._quiet.get(scene.index)
        for start, end in plan.plays[scene.index]:
            if quiet is not None:
                end = min(end, quiet.start)
            if scene.index == len(self.stage.scenes) - 1 and self.final.short:
                end = min(end, self.final.tick + TICKS // 2)
            if end > start:
                out.append((start, end))
        return out


def phrase_spans(scene: Scene, start: int, end: int) -> list[Span]:
    """The scene's phrases (four bars each where it names none) as far as they lie in [start, end)."""
    if scene.section.phrases:
        cuts = [phrase.start for phrase in scene.section.phrases]
    else:
        cuts = [bar.start for bar in scene.bars[::4]]
    marks = [start, *(cut for cut in cuts if start < cut < end), end]
    return [(a, b) for a, b in zip(marks, marks[1:], strict=False) if b > a]
