"""Ornaments: grace notes, cuts and rolls, mordents, turns, short trills, appoggiaturas, as each kind of music has them.

Convention: ornament notes are written out and marked `grace`; they take their time from the note before or from the
note they adorn, so that no onset of the tune moves. An appoggiatura is a note of its own: it takes half its main note.
"""

from __future__ import annotations

from dataclasses import replace

from partimento.composer.melody_harmony import AVOID, TRIAD
from partimento.composer.melody_plan import SongTraits
from partimento.composer.melody_view import Written
from partimento.score.song import Note
from partimento.score.stream import Stream
from partimento.score.timeline import Timeline

_GRACE = 60
_FOLK = (("cut", 5), ("roll", 4), ("grace", 2))
_CLASSICAL = (("turn", 3), ("mordent", 3), ("appoggiatura", 4), ("trill", 2), ("grace", 2))
_PLAIN = (("grace", 5), ("scoop", 5))


def ornament(
    notes: list[Note], line: list[Written], share: float, traits: SongTraits, timeline: Timeline, stream: Stream
) -> list[Note]:
    """The notes with ornaments on a `share` of the places that bear them, at most one a half note."""
    table = traits.rhythm.table or traits.pitch.table
    kinds = _FOLK if table.startswith("folk") else _CLASSICAL if table in ("classical", "hymn") else _PLAIN
    names, weights = [k for k, _ in kinds], [w for _, w in kinds]
    out: list[Note] = []
    last = -10_000
    for at, (note, n) in enumerate(zip(notes, line, strict=True)):
        following = line[at + 1] if at + 1 < len(line) else None
        bar = timeline.bar_at(n.onset)
        strong = bar.meter.strength(n.onset - bar.start) >= 2 or n.duration >= 480
        if not strong or n.onset - last < 960 or not out or not stream.chance(share):
            out.append(note)
            continue
        made = _adorn(stream.weighted(names, weights), note, n, line[at - 1], following, out, traits)
        if made is None:
            out.append(note)
            continue
        last = n.onset
        out.extend(made)
    return out


def _adorn(
    name: str,
    note: Note,
    n: Written,
    before: Written,
    following: Written | None,
    out: list[Note],
    traits: SongTraits,
) -> list[Note] | None:
    """What stands for the note, or None where the ornament has no place; it may shorten the note before (in `out`)."""
    above, below = _next(n, 1, traits), _next(n, -1, traits)
    joined = before.onset + before.duration >= n.onset
    # Ornaments of a long note move at some twelve notes a second.
    unit = 60 if traits.second <= 720 else 80
    if name in ("grace", "cut", "scoop"):
        tone = below if name == "scoop" else above
        if not tone or tone == before.midi or not joined or before.duration < 180:
            return None
        return [*_before(out, [tone], n, note), note]
    if name == "mordent":
        if not above or not joined or before.duration < 240 or n.midi == before.midi:
            return None
        return [*_before(out, [n.midi, above], n, note), note]
    if name == "roll":
        pieces = n.duration // 240
        if pieces < 2 or n.duration % 240 or pieces > 3 or not above or not below:
            return None
        made: list[Note] = []
        for k in range(pieces):
            final = k == pieces - 1
            made.append(replace(note, onset=n.onset + 240 * k, duration=240 if final else 240 - _GRACE))
            if not final:
                tone = (above, below)[k]
                made.append(_small(n, tone, n.onset + 240 * (k + 1) - _GRACE, _GRACE, note))
        return made
    if name == "turn":
        if n.duration < 480 or following is None or not above or not below or abs(following.midi - n.midi) > 4:
            return None
        if following.onset > n.onset + n.duration:
            return None
        start = n.onset + n.duration - 4 * unit
        tones: tuple[int, ...] = (above, n.midi, below, n.midi)
        return [replace(note, duration=n.duration - 4 * unit), *_run(n, tones, start, unit, note)]
    if name == "trill":
        if n.duration < 480 or following is None or not above or not below or following.onset > n.onset + n.duration:
            return None
        # Only the note before a rest point is trilled.
        if following.duration < n.duration or abs(following.midi - n.midi) > 2:
            return None
        count = min(8, n.duration // unit - 2) // 2 * 2
        tones = (above, n.midi) * (count // 2 - 1) + (below, n.midi)
        start = n.onset + n.duration - count * unit
        return [replace(note, duration=start - n.onset), *_run(n, tones, start, unit, note)]
    # An appoggiatura leans on a chord tone from above.
    half = n.duration // 2
    if n.duration < 480 or half % 120 or not above or n.harmony.grades[n.midi % 12] != TRIAD:
        return None
    if abs(above - before.midi) > 4 or above - n.midi > 2:
        return None
    lean = replace(note, pitch=n.harmony.spell(above), duration=half, articulation="legato")
    return [lean, replace(note, onset=n.onset + half, duration=n.duration - half, velocity=max(30, note.velocity - 10))]


def _next(n: Written, step: int, traits: SongTraits) -> int:
    """The scale tone next to the note inside the register, 0 where there is none."""
    for m in (n.midi + step, n.midi + 2 * step):
        if traits.low <= m <= traits.high and n.harmony.grades[m % 12] <= AVOID:
            return m
    return 0


def _small(n: Written, midi: int, onset: int, duration: int, note: Note) -> Note:
    return Note(onset, duration, n.harmony.spell(midi), max(30, note.velocity - 12), grace=True)


def _run(n: Written, tones: tuple[int, ...], start: int, unit: int, note: Note) -> list[Note]:
    return [_small(n, tone, start + unit * k, unit, note) for k, tone in enumerate(tones)]


def _before(out: list[Note], tones: list[int], n: Written, note: Note) -> list[Note]:
    """Grace notes before the note; the last note in `out` makes room."""
    start = n.onset - _GRACE * len(tones)
    before = out[-1]
    if before.onset + before.duration > start:
        if start - before.onset < 60:
            return []
        out[-1] = replace(before, duration=start - before.onset)
    return _run(n, tuple(tones), start, _GRACE, note)
