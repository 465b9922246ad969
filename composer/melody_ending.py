"""How the lead ends: the song's last bars, as the ending's kind asks.

Convention: what the last section wrote inside the final bars gives way to the ending.
"""

from __future__ import annotations

from partimento.arrangement.style import Style
from partimento.composer.melody_harmony import HarmonyMap
from partimento.composer.melody_phrase import move
from partimento.composer.melody_plan import SongTraits
from partimento.composer.melody_view import SectionView, Written
from partimento.score.decision import Decision, Where
from partimento.score.song import Song
from partimento.score.stream import Stream

SUNG = ("pop", "rock", "soul")
"""Tables of sung styles, whose last note is the tonic in four songs of five (POP909); elsewhere it nearly always is."""

_SHORT = ("hit", "pickup-hit")


def end_lead(
    song: Song,
    view: SectionView,
    style: Style,
    field: HarmonyMap,
    notes: list[Written],
    traits: SongTraits,
    stream: Stream,
) -> tuple[list[Written], list[Decision]]:
    """The last section's notes with the ending in place of the final bars; the last note is a stable one."""
    start, end, kind = song.ending.start, song.end, song.ending.kind
    if view.section.end < end or not notes:
        return notes, []
    kept = [n for n in notes if n.onset < start]
    inside = [n for n in notes if n.onset >= start]
    before = kept[-1].midi if kept else (inside[0].midi if inside else traits.centres[view.index])
    last = max((c.onset - c.push for c in song.chords if c.onset < end), default=start)
    last = max(start, last)
    out: list[Written] = []
    if kind == "tag" and kept:
        out = _tag(kept, start, last, field, view, traits)
    elif kind in ("cadence", "held", "ring", "vamp-out") and last > start:
        # The way to the last chord: what the tune had there, if it had something.
        out = [n for n in inside if n.onset < last - 120]
    elif kind == "fade-layers":
        out = [n for n in inside if n.onset < start]
    if out:
        before = out[-1].midi
    harmony = field.at(last, view.section.key)
    home = stream.chance(0.75 if style.melody.table in SUNG else 0.93)
    final = _final_pitch(harmony.tonic, harmony.grades, before, traits, home)
    length = 240 if kind in _SHORT else max(240, end - last)
    kept = [n._replace(duration=min(n.duration, max(60, last - n.onset))) for n in (*kept, *out) if n.onset < last]
    kept.append(Written(last, length, final, harmony, 1.0))
    told = Decision(
        Where(view.index, "lead", start, end),
        "ending",
        "melody.ending",
        (("kind", kind), ("ends on", (final - harmony.tonic) % 12)),
    )
    return kept, [told]


def _final_pitch(tonic: int, grades: tuple[int, ...], before: int, traits: SongTraits, on_tonic: bool) -> int:
    """The nearest tonic, or else the nearest tone of the last triad."""
    low, high = traits.low, traits.high
    tonics = [m for m in range(low, high + 1) if m % 12 == tonic]
    if on_tonic and tonics and grades[tonic] <= 1:
        return min(tonics, key=lambda m: (abs(m - before), m))
    stable = [m for m in range(low, high + 1) if grades[m % 12] == 0 and m % 12 != tonic]
    return min(stable, key=lambda m: (abs(m - before), m)) if stable else min(max(before, low), high)


def _tag(
    kept: list[Written], start: int, last: int, field: HarmonyMap, view: SectionView, traits: SongTraits
) -> list[Written]:
    """The last line once more: the bars before the ending, moved into it and bent to its chords."""
    span = last - start
    if span <= 0:
        return []
    out = []
    for note in kept:
        if note.onset < start - span:
            continue
        tick = note.onset + span
        harmony = field.under(tick, note.duration, view.section.key)
        midi = note.midi
        if harmony.grades[midi % 12] >= 3:
            options = [m for m in (move(midi, -1, harmony), move(midi, 1, harmony)) if harmony.grades[m % 12] <= 2]
            midi = options[0] if options else midi
        if traits.low <= midi <= traits.high and harmony.grades[midi % 12] < 5:
            out.append(Written(tick, min(note.duration, last - tick), midi, harmony, note.arch))
    return [n for n in out if n.onset < last - 100]
