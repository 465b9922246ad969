"""Written notes of one track to played ones: timing, length and loudness, strums, grace notes, the drummer's limbs.

Conventions: a played note in the making is a list [on, off, MIDI number, velocity, written note]; ticks throughout.
All draws of a bar come from a stream of that track and bar.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from partimento.arrangement.drum_touch import Drift, Played
from partimento.arrangement.feel import Feel, jazz_time
from partimento.arrangement.perform_dynamics import PHRASING, Dynamics, hairpin_level, hairpins
from partimento.arrangement.perform_time import BandTime
from partimento.arrangement.playability import PROGRAMMED_KITS
from partimento.arrangement.style import Part, Style
from partimento.score.instruments import Instrument
from partimento.score.song import Drum, Note, Track
from partimento.score.stream import Stream

Playing = list[Any]
"""[on, off, number, velocity, Note]."""

JITTER: dict[str, float] = {
    "lead": 0.8, "harmony": 0.8, "counter": 0.9, "answer": 0.8, "comp": 0.6, "pad": 1.2, "texture": 1.2,
    "bass": 0.5, "riff": 0.5, "stab": 0.4, "drums": 0.4, "percussion": 0.7,
}  # fmt: skip
"""Each role's own jitter as a share of the style's `jitter_ms` (SD); taste."""
GATES: dict[str, float] = {
    "tenuto": 0.95, "marcato": 0.75, "ghost": 0.6, "accent": 0.93, "up": 0.95, "down": 0.95,
}  # fmt: skip
ROLE_GATES: dict[str, float] = {
    "lead": 0.96, "harmony": 0.96, "counter": 0.98, "answer": 0.94, "comp": 0.95, "pad": 1.0, "texture": 1.0,
    "bass": 0.94, "riff": 0.93, "stab": 0.85, "drums": 1.0, "percussion": 1.0,
}  # fmt: skip
"""Share of a written length that sounds where no articulation says otherwise."""
OVERLAP = 12
"""Ticks by which slurred notes overlap."""
LIFT = 18
"""Ticks by which a key or bow is lifted before it strikes the same pitch again."""
DEAD_MS = 60.0
LOUD = 112.0
"""Levels beyond this are pressed together, so that accents keep room under 127."""
SHORTEST_MS = 110.0
"""Staccato halves a note, but not below this: many patterns write it short already."""
STRUM_LEAD = 0.25
"""Share of a strum that lies before its place."""
_LOUDER = {"accent": 4.0, "marcato": 6.0, "dead": -6.0, "tenuto": 2.0}
_PIECES = {
    "KICK2": "kick", "SNARE2": "snare", "TOM_FLOOR": "tom3", "TOM4": "tom3", "TOM_HIGH": "tom1", "RIDE2": "ride",
    "BONGO_HIGH": "bongo", "BONGO_LOW": "bongo", "CONGA_MUTE": "conga", "CONGA_HIGH": "conga", "CONGA_LOW": "conga",
    "TIMBALE_HIGH": "timbale", "TIMBALE_LOW": "timbale", "CLAVES": "clave", "WOODBLOCK_HIGH": "woodblock",
    "WOODBLOCK_LOW": "woodblock", "GUIRO_SHORT": "guiro", "GUIRO_LONG": "guiro", "TRIANGLE_MUTE": "triangle",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Setting:
    """What the notes of one track are played with."""

    track: Track
    part: Part | None
    instrument: Instrument
    style: Style
    feel: Feel
    time: BandTime
    dynamics: Dynamics
    seed: int
    take: int
    humanize: bool
    main_bpm: float
    played: Played | None = None
    """How a net plays it, drums alone."""

    @property
    def share(self) -> float:
        """The role's share of the swing."""
        return self.style.swing.share.get(self.track.role, 1.0)

    @property
    def late_ms(self) -> float:
        """How far behind the common time the role plays; drums and bass take the feel's lean as well."""
        late = self.style.feel.late_ms.get(self.track.role, 0.0)
        return late + self.feel.lean_ms if self.track.role in ("drums", "percussion", "bass") else late


def quantized(track: Track) -> list[Playing]:
    """The page as it stands."""
    return [[n.onset, n.onset + n.duration, number_of(n), n.velocity, n] for n in track.notes]


def number_of(note: Note) -> int:
    """The MIDI number of a note or drum."""
    pitch = note.pitch
    return pitch.value if isinstance(pitch, Drum) else pitch.midi


def play_drums(setting: Setting) -> list[Playing]:
    """A kit or percussion track: limbs that strike together share one offset; velocities take the measured shape.

    Where a net plays it, its shape and spreads stand in place of the measured ones.
    """
    track, time, feel = setting.track, setting.time, setting.feel
    share, late_ms, net = setting.share, setting.late_ms, setting.played
    kit = track.role == "drums"
    spread = setting.style.feel.velocity_spread / 5.0 if setting.humanize else 0.0
    machine = setting.instrument.name in PROGRAMMED_KITS
    jitter = setting.style.feel.jitter_ms / 4.0 if setting.humanize and not machine else 0.0
    weight = PHRASING.get(track.role, 0.2)
    pins = hairpins(track)
    out: list[Playing] = []
    bar_index = -1
    stop = -1
    table, place = time.table(share), time.place
    last, shift = -1, 0
    for note in track.notes:
        onset = note.onset
        if onset >= stop or bar_index < 0:
            bar_index = time.bar_index(onset)
            bar = time.bars[bar_index]
            stop, per_ms, start = bar.end, time.per_ms[bar_index], bar.start
            stream = Stream(setting.seed, "perform", setting.take, track.name, bar_index)
            r = stream.random
            if net is not None:
                drift = Drift(stream.sub("late"))
        piece = _piece(note.pitch)
        position = ((onset - start) / 1920.0) % 1.0
        if onset != last:
            last = onset
            told = net.delays.get(onset) if net is not None else None
            ms = late_ms + (told[0] if told else feel.timing_ms(piece, position) if kit else 0.0)
            if told:
                ms += told[1] * drift.next() * jitter
            elif jitter:
                limb = feel.limb_sd_ms(piece) if kit else 3.0
                ms += (r() + r() + r() - 1.5) * 2.0 * 0.5 * limb * jitter
            shift = round(ms * per_ms)
        at = table.get(onset)
        on = max(0, (place(onset, share) if at is None else at) + shift)
        off = max(on + 1, place(onset + note.duration, share) + shift)
        common, arch = setting.dynamics.at(onset)
        louder = net.levels.get((onset, note.number)) if net is not None else None
        velocity, sd = louder or _stroke(feel, piece, position)
        velocity += note.velocity + 0.5 * common + weight * arch
        if pins:
            velocity += hairpin_level(pins, onset)
        if spread:
            velocity += (r() + r() + r() - 1.5) * 2.0 * 0.6 * sd * spread
        out.append([on, off, note.number, _drum_level(note, velocity), note])
    return out


@cache
def _piece(pitch: Drum) -> str:
    return _PIECES.get(pitch.name, pitch.name.lower())


@cache
def _stroke_table(feel_name: str, piece: str, centres: tuple[float, ...]) -> tuple[float, ...]:
    mean = sum(centres) / len(centres)
    return tuple(max(-8.0, min(8.0, value - mean)) for value in centres)


def _stroke(feel: Feel, piece: str, position: float) -> tuple[float, float]:
    """What the measured shape adds to a stroke there, and its spread."""
    centres = feel.centres.get(piece)
    if centres is None:
        return 0.0, 5.0
    slot = round(position * 48) % 48
    spreads = feel.spreads.get(piece)
    return _stroke_table(feel.name, piece, centres)[slot], spreads[slot] if spreads is not None else 5.0


def _drum_level(note: Note, velocity: float) -> int:
    """Ghosts stay ghosts (20-45) and strong backbeats backbeats (95-120)."""
    level = round(velocity)
    if note.articulation == "ghost":
        return min(45, max(20, level))
    if note.pitch is Drum.SNARE and 95 <= note.velocity <= 120:
        return min(120, max(95, level))
    return min(127, max(1, level))


def play_pitched(setting: Setting) -> list[Playing]:
    """A pitched track: chords together (or strummed), phrased, gated and in the pocket."""
    track, time, style = setting.track, setting.time, setting.style
    notes = track.notes
    role, share = track.role, setting.share
    jazz = jazz_time(setting.main_bpm) if style.swing.ratio == 0 else None
    jitter = style.feel.jitter_ms * JITTER.get(role, 0.8) if setting.humanize else 0.0
    spread = style.feel.velocity_spread * 0.8 if setting.humanize else 0.0
    weight = PHRASING.get(role, 0.5)
    line = role in ("lead", "harmony", "counter", "answer")
    centre = sum(number_of(n) for n in notes) / len(notes) if notes else 60.0
    gate = ROLE_GATES.get(role, 0.95) * (jazz.legato if jazz is not None and line else 1.0)
    pins = hairpins(track)
    strum_ms = _strum_ms(setting)
    table, place, dynamics = time.table(share), time.place, setting.dynamics.at
    late_ms, factor = setting.late_ms, 1.0
    out: list[Playing] = []
    graces: list[Note] = []
    mains: list[int] = []
    played: list[int] = []
    bar_index, stop, start = -1, -1, 0
    i, count = 0, len(notes)
    while i < count:
        onset = notes[i].onset
        j = i + 1
        while j < count and notes[j].onset == onset:
            j += 1
        group = notes[i:j]
        i = j
        if any(n.grace for n in group):
            graces += [n for n in group if n.grace]
            group = tuple(n for n in group if not n.grace)
            if not group:
                continue
        if onset >= stop or bar_index < 0:
            bar_index = time.bar_index(onset)
            bar = time.bars[bar_index]
            stop, factor, start = bar.end, time.per_ms[bar_index], bar.start
            r = Stream(setting.seed, "perform", setting.take, track.name, bar_index).random
            fine = strum_ms > 0.0 and any(
                (n.onset - start) % 240 == 120 for n in notes[i - len(group) : i + 24] if n.onset < stop
            )
        late = late_ms * factor
        own = (r() + r() + r() - 1.5) * 2.0 * jitter * factor if jitter else 0.0
        found = table.get(onset)
        base = place(onset, share) if found is None else found
        on = max(0, round(base + late + own))
        mains.append(onset)
        played.append(on)
        common, arch = dynamics(onset)
        level = common + weight * arch
        if pins:
            level += hairpin_level(pins, onset)
        if spread:
            level += (r() + r() + r() - 1.5) * 2.0 * spread
        if jazz is not None and line and (onset - start) % 480 == 240:
            level += jazz.accent
        size = len(group)
        first = len(out)
        top = max(n.number for n in group) if size > 1 else 0
        bottom = min(n.number for n in group) if size > 2 else 0
        for note in group:
            number = note.number
            end = onset + note.duration
            found = table.get(end)
            length: float = (place(end, share) if found is None else found) - base
            mark = note.articulation
            velocity = note.velocity + level
            if not mark:
                length *= gate
            elif mark == "dead":
                length = min(length, DEAD_MS * factor)
            elif mark == "legato":
                length += OVERLAP
            elif mark == "staccato":
                length = min(length, max(0.5 * length, SHORTEST_MS * factor))
            else:
                length *= GATES[mark]
            if mark:
                velocity += _LOUDER.get(mark, 0.0)
            if size > 1:
                velocity += 4.0 if number == top else -1.0 if number == bottom else -5.0 if size > 2 else -1.0
                if spread:
                    velocity += (r() - 0.5) * spread
            elif line:
                velocity += max(-5.0, min(5.0, (number - centre) * 0.35))
            if velocity > LOUD:
                velocity = LOUD + (velocity - LOUD) * 0.4
            out.append([on, max(on + 2, round(on + length)), number, min(127, max(1, round(velocity))), note])
        if size > 1 and strum_ms > 0.0:
            _strum(out[first:], strum_ms * factor, (onset - start) // (120 if fine else 240) % 2 == 1)
    if graces:
        out += _graces(setting, graces, mains, played)
    return out


def _strum_ms(setting: Setting) -> float:
    """The part's strum; guitars whose strokes are written out get a quick one where the part has none."""
    if setting.part is not None and setting.part.strum_ms > 0:
        return setting.part.strum_ms
    if setting.instrument.hands == "guitar" and any(n.articulation in ("up", "down") for n in setting.track.notes):
        return 14.0
    return 0.0


def _strum(chord: list[Playing], spread: float, off_beat: bool) -> None:
    """Spreads a chord's notes; down goes from the lowest up. The hand swings evenly: down on beats, up between."""
    mark = chord[0][4].articulation
    up = mark == "up" or (mark != "down" and off_beat)
    chord.sort(key=_number, reverse=up)
    shortest = min(p[1] - p[0] for p in chord)
    spread = min(spread, shortest / 3.0)
    begin = max(0.0, chord[0][0] - STRUM_LEAD * spread)
    for k, note in enumerate(chord):
        note[0] = round(begin + spread * k / (len(chord) - 1))
        # Later strings are struck with less weight, and an up-stroke with less than a down-stroke.
        note[3] = max(1, note[3] - k - (3 if up else 0))


def _number(note: Playing) -> int:
    number: int = note[2]
    return number


def _graces(setting: Setting, graces: Sequence[Note], mains: list[int], played: list[int]) -> list[Playing]:
    """Grace notes, counted back from where their main note is really played."""
    out: list[Playing] = []
    for note in graces:
        k = bisect_left(mains, note.onset + note.duration)
        if k < len(mains):
            shift = played[k] - mains[k]
        else:
            shift = setting.time.place(note.onset + note.duration, setting.share) - note.onset - note.duration
        on = max(0, note.onset + shift)
        off = max(on + 2, note.onset + note.duration + shift)
        out.append([on, off, number_of(note), max(1, note.velocity - 12), note])
    return out


def fit(playing: list[Playing], mono: bool, end: int) -> list[Playing]:
    """Sorted by (on, number), inside [0, end] where the page is, one note of a pitch at a time.

    With `mono` one note at all, but for the little overlap of a slur. What has no room left is dropped.
    """
    for p in playing:
        if p[4].onset < end and p[4].onset + p[4].duration <= end:
            p[0] = min(p[0], end - 2)
            p[1] = min(p[1], end)
    playing.sort(key=_place)
    if mono:
        kept: list[Playing] = []
        for p in playing:
            if kept:
                before = kept[-1]
                # A later note on the page never sounds before an earlier one.
                if p[4].onset > before[4].onset and p[0] <= before[0]:
                    p[0] = before[0] + 2
                if p[0] == before[0]:
                    kept[-1] = p  # of a double stop the upper note
                    continue
                slur = OVERLAP if before[4].articulation == "legato" and p[2] != before[2] else 0
                if before[1] > p[0] + slur:
                    before[1] = p[0] + slur
            kept.append(p)
        playing = kept
    return part_equal(playing, LIFT)


def part_equal(playing: list[Playing], lift: int = 0) -> list[Playing]:
    """Ends each note before the next of its pitch, up to `lift` ticks so that it is struck anew.

    Of two struck at once the longer stays, at the louder's level.
    """
    sounding: dict[int, Playing] = {}
    dropped: set[int] = set()
    for p in playing:
        before = sounding.get(p[2])
        if before is not None and before[1] > p[0] - lift:
            if before[0] == p[0]:
                before[1] = max(before[1], p[1])
                before[3] = max(before[3], p[3])
                dropped.add(id(p))
                continue
            before[1] = min(before[1], p[0] - min(lift, (p[0] - before[0]) // 6))
        sounding[p[2]] = p
    out = [p for p in playing if id(p) not in dropped] if dropped else playing
    for p in out:
        if p[1] <= p[0]:
            p[1] = p[0] + 1
    return out


def _place(p: Playing) -> tuple[int, int]:
    return p[0], p[2]
