"""The notes of a MIDI file that another program made of what we wrote."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import mido


def midi_notes(path: Path, step: int = 1) -> Counter[tuple[int, int]]:
    """(tick of 480 a quarter, rounded to whole `step`s; number) of all notes."""
    file = mido.MidiFile(path)
    out: Counter[tuple[int, int]] = Counter()
    for track in file.tracks:
        now = 0
        for message in track:
            now += message.time
            if message.type == "note_on" and message.velocity:
                out[(step * round(now * 480 / file.ticks_per_beat / step), message.note)] += 1
    return out
