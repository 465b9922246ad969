"""From drawn pitches to written notes: one at a time, with breath, dynamics, articulation and ornaments.

Convention: velocities are written dynamics, 1-127; grace notes take their time from the note before.
"""

from __future__ import annotations

from partimento.arrangement.style import Style
from partimento.composer.melody_harmony import CHROMATIC
from partimento.composer.melody_ornament import ornament
from partimento.composer.melody_plan import SongTraits
from partimento.composer.melody_view import Written
from partimento.score.instruments import Instrument
from partimento.score.song import Note, Song
from partimento.score.stream import Stream
from partimento.score.timeline import Timeline
from partimento.theory.meter import TICKS
from partimento.theory.pitch import Pitch, pitch_at

BLOWN = ("reeds", "brass", "woodwind", "voices")
_BREATH = 120


def finish(
    written: list[Written],
    song: Song,
    style: Style,
    instrument: Instrument,
    timeline: Timeline,
    traits: SongTraits,
    stream: Stream,
) -> tuple[Note, ...]:
    """Sorted notes that never overlap, inside [0, song.end] and the register."""
    line = _untangled(written, song.end)
    if style.melody.longest:
        # Fragments: nothing but the last note is held longer.
        most = round(style.melody.longest * TICKS)
        line = [n._replace(duration=min(n.duration, most)) for n in line[:-1]] + line[-1:]
    if instrument.family in BLOWN:
        line = _breathe(line, 4 * timeline.bars[0].meter.bar)
    notes: list[Note] = []
    level = _level(style, instrument)
    last = len(line) - 1
    for i, n in enumerate(line):
        bar = timeline.bar_at(n.onset)
        section = song.sections[bar.section]
        strength = bar.meter.strength(n.onset - bar.start)
        following = line[i + 1].onset if i < last else song.end
        notes.append(
            Note(
                n.onset,
                n.duration,
                _spelled(n, line[i + 1] if i < last else None),
                _velocity(n, section.energy, strength, traits, stream, level),
                articulation=_articulation(n, following, strength, style),
            )
        )
    if style.melody.ornaments > 0:
        notes = ornament(notes, line, style.melody.ornaments, traits, timeline, stream)
    return tuple(notes)


def _spelled(note: Written, following: Written | None) -> Pitch:
    """A note's spelling; a foreign tone is spelled towards the note it leans on, with another letter."""
    if following is not None and note.harmony.grades[note.midi % 12] == CHROMATIC:
        step = following.midi - note.midi
        if step in (1, -1):
            target = following.harmony.spell(following.midi).pitch_class
            tone = target.up(5 * step)
            if tone.letter + str(tone.alter) in ("C-1", "F-1", "B1", "E1"):
                tone = tone.up(-12 if tone.alter > 0 else 12)  # B natural, not C flat
            if -1 <= tone.alter <= 1:
                return pitch_at(tone, note.midi)
    return note.harmony.spell(note.midi)


def _untangled(written: list[Written], end: int) -> list[Written]:
    out: list[Written] = []
    for note in sorted(written, key=lambda n: (n.onset, n.midi)):
        if note.onset >= end or note.duration <= 0:
            continue
        if out and out[-1].onset == note.onset:
            out[-1] = note
            continue
        if out and out[-1].onset + out[-1].duration > note.onset:
            out[-1] = out[-1]._replace(duration=note.onset - out[-1].onset)
        out.append(note._replace(duration=min(note.duration, end - note.onset)))
    return out


def _breathe(line: list[Written], most: int) -> list[Written]:
    """Players who blow get a rest at least every `most` ticks: the longest note of the stretch gives way."""
    out = list(line)
    since = 0
    for i, note in enumerate(out):
        if i and note.onset - out[i - 1].onset - out[i - 1].duration >= _BREATH:
            since = i
        if note.onset + note.duration - out[since].onset > most and i > since:
            room = range(since + (i - since) // 2, i)
            best = max(room, key=lambda k: (out[k].duration, k), default=-1)
            if best >= 0 and out[best].duration > _BREATH:
                gap = max(_BREATH, out[best].duration // 4 // _BREATH * _BREATH)
                out[best] = out[best]._replace(duration=out[best].duration - gap)
                since = best + 1
            elif best >= 0 and best > since:
                # Running notes all alike: one is left out, as a fiddler's bow or a piper's breath does.
                out[best] = out[best]._replace(duration=0)
                since = best + 1
    return [n for n in out if n.duration > 0]


def _level(style: Style, instrument: Instrument) -> int:
    """How far the lead chair's velocity lies from the usual 92."""
    leads = [p for p in style.parts if p.role == "lead"]
    own = next((p for p in leads if instrument.name in p.instruments), leads[0] if leads else None)
    return own.velocity - 92 if own is not None else 0


def _velocity(note: Written, energy: float, strength: int, traits: SongTraits, stream: Stream, level: int) -> int:
    arch = 1.0 - abs(note.arch - 0.6) * 1.6
    height = (note.midi - (traits.low + traits.high) / 2) / 6.0
    accent = (-4, -2, 1, 3, 5)[strength]
    if strength <= 1 and note.duration >= 480:
        accent = 6  # a syncopation leans
    value = 74 + level + 18 * energy + traits.dynamics * (6 * arch + 2.0 * height + accent + stream.gauss(3.0))
    return max(30, min(120, round(value)))


def _articulation(note: Written, following: int, strength: int, style: Style) -> str:
    if note.duration <= 240 and following - note.onset - note.duration >= 240:
        return "staccato"
    if note.duration >= 720:
        return "tenuto"
    if strength <= 1 and note.duration >= 480 and style.melody.syncopation >= 0.3:
        return "accent"
    return "legato" if following - note.onset == note.duration else ""
