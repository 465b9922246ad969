"""The bass against the tune: figures that would go in fifths or octaves with the lead stay where they were.

Convention: the chords' own basses are settled before (composer/harmony_bass.py); here only figures are mended.
"""

from __future__ import annotations

from dataclasses import replace

from partimento.arrangement.counter import parallel
from partimento.arrangement.lead_view import LeadView
from partimento.arrangement.stage import Stage
from partimento.score.song import Drum, Note


def without_parallels(notes: list[Note], stage: Stage) -> list[Note]:
    """A bass line's notes (one at a time, sorted), figures mended where lead and bass would move in parallel."""
    lead = LeadView(stage)
    changes = {chord.sounding for chord in stage.timeline.chords}
    out: list[Note] = []
    for note in notes:
        if out and _parallel(lead, out[-1], note):
            if note.onset not in changes:
                note = replace(note, pitch=out[-1].pitch)
            elif len(out) > 1 and out[-1].onset not in changes:
                # The figure's last tone gives way: the new chord's bass must stand.
                stayed = replace(out[-1], pitch=out[-2].pitch)
                if not _parallel(lead, stayed, note):
                    out[-1] = stayed
        out.append(note)
    return out


def _parallel(lead: LeadView, before: Note, now: Note) -> bool:
    was, heard = lead.at(now.onset - 1), lead.at(now.onset)
    if was < 0 or heard < 0 or isinstance(before.pitch, Drum) or isinstance(now.pitch, Drum):
        return False
    return parallel(was, before.pitch.midi, heard, now.pitch.midi)
