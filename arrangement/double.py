"""The "double" player: the lead again, an octave away ("octave") or in unison, shifted phrase by phrase.

Convention: a whole phrase moves by the same octave, so that no line is broken at a note; what even so lies outside
the register is left out.
"""

from __future__ import annotations

from dataclasses import replace

from partimento.arrangement.lead_view import LeadView
from partimento.arrangement.stage import PartPlan, Stage
from partimento.score.song import Drum, Note
from partimento.theory.pitch import Pitch

_PREFERRED = {"octave": (-12, 12, -24, 24, 0), "unison": (0, -12, 12, -24, 24)}
_BREATH = 240


def play(plan: PartPlan, stage: Stage) -> list[Note]:
    """The doubled notes in the spans the plan gives."""
    lead = LeadView(stage)
    shifts = _PREFERRED.get(plan.part.kind, _PREFERRED["octave"])
    out: list[Note] = []
    for scene in stage.scenes:
        for start, end in lead.spans(plan, scene):
            inside = [i for i in lead.over(start, end) if lead.onsets[i] >= start]
            whole = _shift(plan, [lead.midis[i] for i in inside], shifts)
            for phrase in _phrases(lead, inside):
                midis = [lead.midis[i] for i in phrase]
                shift = whole
                if not all(plan.low <= m + whole <= plan.high for m in midis):
                    shift = _shift(plan, midis, shifts)
                for i in phrase:
                    if plan.low <= lead.midis[i] + shift <= plan.high:
                        stop = min(lead.ends[i], end)
                        out.append(_doubled(lead.notes[i], shift, stop - lead.onsets[i], plan.part.velocity))
    return out


def _shift(plan: PartPlan, midis: list[int], shifts: tuple[int, ...]) -> int:
    """The first shift by which most of the notes lie in the register."""
    best, most = shifts[0], -1
    for shift in shifts:
        inside = sum(1 for m in midis if plan.low <= m + shift <= plan.high)
        if inside > most:
            best, most = shift, inside
    return best


def _phrases(lead: LeadView, inside: list[int]) -> list[list[int]]:
    """The notes cut where the lead takes breath."""
    out: list[list[int]] = []
    for i in inside:
        if out and lead.onsets[i] - lead.ends[out[-1][-1]] < _BREATH:
            out[-1].append(i)
        else:
            out.append([i])
    return out


def _doubled(note: Note, shift: int, duration: int, velocity: int) -> Note:
    pitch = note.pitch
    assert not isinstance(pitch, Drum)
    level = max(1, min(127, velocity + (note.velocity - 80) // 2))
    moved = Pitch(pitch.letter, pitch.alter, pitch.octave + shift // 12)
    return replace(note, duration=duration, pitch=moved, velocity=level, voice=0, lyric=None)
