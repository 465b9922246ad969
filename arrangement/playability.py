"""What players can do: limbs of a drummer, fingers of a hand, one note at a time; and tidy notes for everybody.

Conventions: a kit drummer has two hands (everything struck) and two feet (kick, hi-hat pedal); programmed kits are
exempt; a percussion part is a section, one player for each family of pieces.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from partimento.arrangement.fretboard import holdable, playable, strings_of
from partimento.score.instruments import Instrument
from partimento.score.song import Drum, Note
from partimento.theory.pitch import Pitch

PROGRAMMED_KITS = frozenset({"808 kit", "electronic kit"})
RIGHT_FOOT = frozenset({Drum.KICK, Drum.KICK2})
LEFT_FOOT = frozenset({Drum.HAT_PEDAL})
HAND_SECONDS = 0.065
"""The least time between two strokes of one hand (about 15 a second: a fast double-stroke roll)."""
FOOT_SECONDS = 0.09

_PRIORITY = (
    Drum.CRASH, Drum.CRASH2, Drum.CHINA, Drum.SPLASH, Drum.SNARE, Drum.SNARE2, Drum.CLAP, Drum.RIM,
    Drum.TOM_HIGH, Drum.TOM1, Drum.TOM2, Drum.TOM3, Drum.TOM4, Drum.TOM_FLOOR,
    Drum.BELL, Drum.RIDE, Drum.RIDE2, Drum.HAT_OPEN, Drum.HAT, Drum.COWBELL, Drum.TAMBOURINE,
)  # fmt: skip
_RANK = {drum: i for i, drum in enumerate(_PRIORITY)}

_PLAYERS: dict[Drum, str] = {}
for _family, _pieces in {
    "congas": (Drum.CONGA_HIGH, Drum.CONGA_LOW, Drum.CONGA_MUTE),
    "bongos": (Drum.BONGO_HIGH, Drum.BONGO_LOW),
    "timbales": (Drum.TIMBALE_HIGH, Drum.TIMBALE_LOW),
    "agogo": (Drum.AGOGO_HIGH, Drum.AGOGO_LOW),
    "guiro": (Drum.GUIRO_SHORT, Drum.GUIRO_LONG),
    "surdo": (Drum.SURDO, Drum.SURDO_MUTE),
}.items():
    _PLAYERS.update(dict.fromkeys(_pieces, _family))


def foot(drum: Drum) -> str:
    """"right", "left", or "" for what the hands play."""
    return "right" if drum in RIGHT_FOOT else "left" if drum in LEFT_FOOT else ""


def percussionist(drum: Drum) -> str:
    """Who of a percussion section plays the piece: its family, or the piece itself."""
    return _PLAYERS.get(drum, drum.name)


def _rank(note: Note) -> tuple[int, int, int]:
    assert isinstance(note.pitch, Drum)
    # A ghost gives way to any full stroke, then the colour that matters less gives way.
    return (1 if note.articulation == "ghost" else 0, _RANK.get(note.pitch, len(_RANK)), note.pitch.value)


def playable_drums(notes: Sequence[Note], ticks_per_second: float, percussion: bool = False) -> list[Note]:
    """`notes` (sorted by onset) less what two hands and two feet cannot reach.

    At one onset at most two hand strokes and one a foot; a closed hat gives way to the open one; no hand strikes again
    within HAND_SECONDS, no foot within FOOT_SECONDS. With `percussion` the limits hold for each player of the section.
    """
    hand_gap = round(HAND_SECONDS * ticks_per_second)
    foot_gap = round(FOOT_SECONDS * ticks_per_second)
    hands: dict[str, list[int]] = {}
    feet = {"right": -100000, "left": -100000}
    out: list[Note] = []
    i, n = 0, len(notes)
    while i < n:
        onset = notes[i].onset
        j = i
        while j < n and notes[j].onset == onset:
            j += 1
        group = sorted(notes[i:j], key=_rank) if j - i > 1 else list(notes[i:j])
        i = j
        seen: set[Drum] = set()
        for note in group:
            drum = note.pitch
            assert isinstance(drum, Drum)
            if drum in seen or (drum is Drum.HAT and Drum.HAT_OPEN in seen):
                continue
            side = "" if percussion else foot(drum)
            if side:
                if onset - feet[side] < foot_gap and drum is not Drum.KICK2:
                    continue
                feet[side] = onset
            else:
                pair = hands.setdefault(percussionist(drum) if percussion else "", [-100000, -100000])
                free = 0 if pair[0] <= pair[1] else 1
                if onset - pair[free] < hand_gap:
                    continue
                pair[free] = onset
            seen.add(drum)
            out.append(note)
    return out


def tidy(notes: Iterable[Note], instrument: Instrument, low: int, high: int, end: int) -> tuple[Note, ...]:
    """`notes` sorted by (onset, pitch), inside [0, `end`] and `low`-`high`, never two of one pitch at once.

    Strays are folded in by octaves; a note that meets the next of its pitch is cut there; of two that start together
    on one pitch the longer stays, at the louder's velocity. On instruments that play one note at a time every note
    ends where the next begins.
    """
    kept: list[Note] = []
    for note in notes:
        pitch = note.pitch
        if note.onset < 0 or note.onset >= end or note.duration <= 0:
            continue
        if isinstance(pitch, Pitch) and not low <= pitch.midi <= high:
            folded = _folded(pitch, low, high)
            if folded is None:
                continue
            note = replace(note, pitch=folded)
        if note.onset + note.duration > end:
            note = replace(note, duration=end - note.onset)
        kept.append(note)
    kept.sort(key=_order)
    if instrument.hands == "mono":
        return _one_at_a_time(kept)
    if instrument.hands == "guitar":
        kept = _fingered(kept, strings_of(instrument.name))
    last: dict[int, int] = {}
    out: list[Note] = []
    gone = False
    for note in kept:
        number = _number(note)
        at = last.get(number)
        if at is not None:
            before = out[at]
            if before.onset == note.onset:
                longer = before if before.duration >= note.duration else note
                out[at] = replace(longer, velocity=max(before.velocity, note.velocity))
                continue
            if before.onset + before.duration > note.onset:
                out[at] = replace(before, duration=note.onset - before.onset)
                gone = gone or out[at].duration <= 0
        last[number] = len(out)
        out.append(note)
    return tuple(n for n in out if n.duration > 0) if gone else tuple(out)


def _fingered(notes: list[Note], strings: tuple[int, ...]) -> list[Note]:
    """Strings let go where one hand cannot hold them with what is struck; a chord beyond the hand loses tones."""
    out: list[Note] = []
    held: list[int] = []
    i, n = 0, len(notes)
    while i < n:
        onset = notes[i].onset
        j = i + 1
        while j < n and notes[j].onset == onset:
            j += 1
        struck = notes[i:j]
        i = j
        pitches = tuple(sorted({_number(note) for note in struck}))
        if len(pitches) > 1 and not playable(pitches, strings):
            pitches = holdable(pitches, strings)
            struck = [note for note in struck if _number(note) in pitches]
        held = [k for k in held if out[k].onset + out[k].duration > onset and _number(out[k]) not in pitches]
        while held and not playable(tuple(sorted({*pitches, *(_number(out[k]) for k in held)})), strings):
            first = held.pop(0)
            out[first] = replace(out[first], duration=onset - out[first].onset)
        held += range(len(out), len(out) + len(struck))
        out += struck
    return out


def _one_at_a_time(notes: list[Note]) -> tuple[Note, ...]:
    out: list[Note] = []
    for note in notes:
        if out:
            before = out[-1]
            if before.onset == note.onset:
                out[-1] = note  # sorted by pitch: the upper one is heard as the line
                continue
            if before.onset + before.duration > note.onset:
                out[-1] = replace(before, duration=note.onset - before.onset)
        out.append(note)
    return tuple(out)


def _number(note: Note) -> int:
    return note.pitch.midi if isinstance(note.pitch, Pitch) else note.pitch.value


def _order(note: Note) -> tuple[int, int]:
    pitch = note.pitch
    return (note.onset, pitch.midi if isinstance(pitch, Pitch) else pitch.value)


def _folded(pitch: Pitch, low: int, high: int) -> Pitch | None:
    shift = -((pitch.midi - low) // 12) if pitch.midi < low else (high - pitch.midi) // 12
    moved = pitch.midi + 12 * shift
    return Pitch(pitch.letter, pitch.alter, pitch.octave + shift) if low <= moved <= high else None
