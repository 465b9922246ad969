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
        if out and note.onset not in changes:
            before = out[-1]
            if not isinstance(before.pitch, Drum) and not isinstance(note.pitch, Drum):
                was, now = lead.at(note.onset - 1), lead.at(note.onset)
                if was >= 0 and now >= 0 and parallel(was, before.pitch.midi, now, note.pitch.midi):
                    note = replace(note, pitch=before.pitch)
        out.append(note)
    return out
