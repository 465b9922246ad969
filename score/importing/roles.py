"""What each part of foreign music does in the band, guessed from its notes, instrument and name, with the reason told.

Conventions: rows are (onset, duration, MIDI number) as written; shares lie in 0-1. Words in a name go before what the
notes say; the instrument's family goes before the notes for basses only.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

from partimento.score.importing.maps import Bars
from partimento.score.importing.naming import folded
from partimento.score.instruments import INSTRUMENTS
from partimento.score.song import ChordSymbol

Row = tuple[int, int, int]

_WORDS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("harmony", ("backing", "bv", "bvs", "bgv", "harmony", "harmonies", "harm", "oohs", "aahs")),
    ("counter", ("counter", "countermelody", "countermelodie", "descant", "obbligato")),
    ("answer", ("answer", "fill", "fills")),
    ("lead", (
        "melody", "melodie", "melodia", "melodica", "lead", "vocal", "vocals", "vox", "voice", "solo", "tune", "gesang",
        "stimme", "voix", "voz", "canto", "singer", "theme", "soprano", "sopran",
    )),
    ("bass", ("bass", "basse", "basso", "bajo", "baixo", "sub")),
    ("pad", ("pad", "pads", "drone")),
    ("riff", ("riff", "arp", "arpeggio", "ostinato", "hook", "sequence", "seq")),
    ("stab", ("stab", "stabs", "hits")),
    ("texture", ("fx", "sfx", "texture", "noise", "ambience")),
    ("comp", ("comp", "chords", "rhythm", "accompaniment", "accomp", "begleitung", "accompagnement", "acompanamiento")),
)  # fmt: skip
_SAMPLES, _MOST_HELD = 2000, 200
_CHORDAL = 0.4
_HELD = 960
_BROKEN = 3.5
_BASS_REACH, _BASS_LEAP = 21, 6.5
_SURE, _LIKELY = "sure", "likely"
_BY_NAME = "its name"
_MOST_LINES, _MOST_NAMES = 5, 12


@dataclass(frozen=True, slots=True)
class PartLook:
    """A part as it is looked at: `role` where the file says it, else ""."""

    name: str
    instrument: str
    role: str
    drums: bool
    rows: tuple[Row, ...]


@dataclass(frozen=True, slots=True)
class RoleFound:
    """A part's role, the line that tells how it was guessed, "" where the file says it, and whether its name told."""

    role: str
    notice: str = ""
    by_name: bool = False


@dataclass(frozen=True, slots=True)
class _Features:
    """Of one part: the share of its onsets that are chords, of the time it is lowest or highest of all while sounding,
    of the piece in which it sounds, of chords whose root it plays, of bars in the rhythm of one of the two before; its
    middle pitch and length, its mean leap; semitones between its lowest and highest tenth."""

    chordal: float
    lowest: float
    highest: float
    sounding: float
    roots: float
    pitch: float
    length: float
    leap: float
    repeated: float
    reach: int
    onsets: tuple[int, ...]


def roles_of(parts: Sequence[PartLook], chords: Sequence[ChordSymbol], bars: Bars) -> list[RoleFound]:
    """A role for every part, in their order: one leads where any can, and one is the bass where one is low enough."""
    pitched = [i for i, part in enumerate(parts) if not part.drums]
    features = dict(zip(pitched, _features([parts[i] for i in pitched], chords, bars), strict=True))
    chosen: dict[int, tuple[str, str, str]] = {}
    for i, part in enumerate(parts):
        told = _told(part)
        if told is not None:
            chosen[i] = told
    _choose_bass(parts, features, chosen)
    _choose_lead(parts, features, chosen)
    lead = next((features[i] for i in pitched if chosen.get(i, ("",))[0] == "lead"), None)
    for i in pitched:
        chosen.setdefault(i, _other(parts[i], features[i], lead))
    return [_found(part, *chosen[i]) for i, part in enumerate(parts)]


def told_roles(names: Sequence[str], found: Sequence[RoleFound]) -> list[str]:
    """The guesses in few lines: those by name in one, of the others one each, or where they are many one a role; none
    where there is but one part."""
    if len(found) < 2:
        return []
    rows = [(name, row) for name, row in zip(names, found, strict=True) if row.notice]
    called = [f"'{name}' {row.role}" for name, row in rows if row.by_name]
    guessed = [(name, row) for name, row in rows if not row.by_name]
    lines = [f"Roles by name: {_listed(called)}"] if called else []
    if len(guessed) <= _MOST_LINES:
        return lines + [row.notice for _, row in guessed]
    for role in dict.fromkeys(row.role for _, row in guessed):
        own = [(f"'{name}'", row.notice) for name, row in guessed if row.role == role]
        lines.append(own[0][1] if len(own) == 1 else f"Role {role}, by the notes: {_listed([name for name, _ in own])}")
    return lines


def _listed(rows: Sequence[str]) -> str:
    more = [f"{len(rows) - _MOST_NAMES} more"] if len(rows) > _MOST_NAMES else []
    return ", ".join([*rows[:_MOST_NAMES], *more])


def _found(part: PartLook, role: str, why: str, surety: str) -> RoleFound:
    notice = f"Track '{part.name}': role {role} ({why}; {surety})" if why else ""
    return RoleFound(role, notice, why == _BY_NAME)


def _told(part: PartLook) -> tuple[str, str, str] | None:
    if part.role:
        return part.role, "", _SURE
    if part.drums:
        return "drums", "", _SURE
    words = folded(part.name).replace("-", " ").split()
    if "bass" in words and INSTRUMENTS[part.instrument].family not in ("bass", "strings", "voices", "keys", "synth"):
        # A bass clarinet or bass trombone need not be the bass.
        words.remove("bass")
    role = next((role for role, told in _WORDS if any(word in told for word in words)), "")
    return (role, _BY_NAME, _SURE) if role else None


def _choose_bass(
    parts: Sequence[PartLook], features: dict[int, _Features], chosen: dict[int, tuple[str, str, str]]
) -> None:
    for i in features:
        if i not in chosen and INSTRUMENTS[parts[i].instrument].family == "bass":
            chosen[i] = "bass", f"a {parts[i].instrument}", _SURE
    if len(features) < 2 or any(row[0] == "bass" for row in chosen.values()):
        return
    low = [i for i, look in features.items() if i not in chosen and look.chordal < 0.2 and look.lowest > 0.6]
    # Two hands on a keyboard reach further than a bass line.
    low = [i for i in low if not (_many_strings(parts[i]) and _roams(features[i]))]
    # Of two parts a keyboard's lower one may be a left hand's broken chords, which lie higher than a bass.
    low = [i for i in low if features[i].pitch < 48 or len(features) > 2 or not _many_strings(parts[i])]
    if not low:
        return
    i = min(low, key=lambda i: features[i].pitch)
    look = features[i]
    if look.pitch < 60:
        why = f"one line, the lowest in {look.lowest:.0%} of its time"
        chosen[i] = "bass", why, _SURE if look.roots > 0.5 or look.lowest > 0.9 else _LIKELY


def _choose_lead(
    parts: Sequence[PartLook], features: dict[int, _Features], chosen: dict[int, tuple[str, str, str]]
) -> None:
    named = [i for i in features if chosen.get(i, ("",))[0] == "lead" and not parts[i].role]
    if any(part.role == "lead" for part in parts) or named:
        # Of several voices one leads, and the others are heard out.
        best = max(named, key=lambda i: _tunefulness(parts[i], features[i]), default=-1)
        for i in named:
            if i != best or any(part.role == "lead" for part in parts):
                del chosen[i]
        return
    free = [i for i in features if i not in chosen]
    if not free:
        return
    if len(features) == 1:
        chosen[free[0]] = "lead", "the only pitched part", _SURE
        return
    scores = {i: _tunefulness(parts[i], features[i]) for i in free}
    ranked = sorted(free, key=lambda i: -scores[i])
    best = ranked[0]
    look = features[best]
    clear = len(ranked) < 2 or scores[best] - scores[ranked[1]] > 0.5
    shape = "one line" if look.chordal < _CHORDAL else "the top part"
    why = f"{shape}, the highest in {look.highest:.0%} of its time"
    chosen[best] = "lead", why, _LIKELY if clear else "a guess"


def _tunefulness(part: PartLook, look: _Features) -> float:
    """How much like a tune it is: one voice, on top, in a singer's range and steps, neither held nor rare."""
    instrument = INSTRUMENTS[part.instrument]
    score = 2.4 * (1 - look.chordal) + 0.6 * look.highest + 1.6 * min(1.0, 2 * look.sounding)
    score -= 0.06 * max(0.0, 57 - look.pitch) + 0.04 * max(0.0, look.pitch - 86)
    score -= 0.1 * max(0.0, look.leap - 4)
    score -= 0.5 if look.length >= _HELD else 0.0
    score += 0.4 if instrument.family in ("voices", "woodwind", "reeds") else 0.0
    return score - (0.4 if instrument.family in ("bass", "percussion") else 0.0)


def _other(part: PartLook, look: _Features, lead: _Features | None) -> tuple[str, str, str]:
    instrument = INSTRUMENTS[part.instrument]
    soft = instrument.family in ("strings", "voices", "synth") and instrument.sustains
    if look.chordal >= _CHORDAL:
        why = f"chords on {look.chordal:.0%} of its onsets"
        if instrument.family == "brass" and look.length <= 240:
            return "stab", f"{why}, short", _LIKELY
        if look.length >= _HELD and soft:
            return "pad", f"{why}, held", _LIKELY
        return "comp", why, _SURE
    if instrument.family == "percussion":
        return "percussion", f"a {part.instrument}", _SURE
    together = _together(look.onsets, lead.onsets) if lead is not None else 0.0
    if together >= 0.75 and instrument.hands != "guitar":
        return "harmony", f"one line, {together:.0%} of it with the lead", _LIKELY
    if look.length >= 2 * _HELD and soft:
        return "pad", "held notes", _LIKELY
    if _many_strings(part) and look.chordal >= 0.15:
        return "comp", f"chords on {look.chordal:.0%} of its onsets", "a guess"
    if lead is not None and together < 0.25 and look.sounding < 0.5:
        return "answer", f"one line, {1 - together:.0%} of it where the lead has no note", "a guess"
    if instrument.hands == "piano" and look.leap >= _BROKEN:
        return "comp", "broken chords", "a guess"
    if look.repeated >= 0.6 and look.length <= 480:
        return "riff", f"one line, {look.repeated:.0%} of its bars repeat a rhythm", "a guess"
    if instrument.hands == "guitar" and look.leap >= _BROKEN:
        return "comp", "broken chords", "a guess"
    return "counter", "one line under or against the lead", "a guess"


def _roams(look: _Features) -> bool:
    return look.reach > _BASS_REACH or look.leap > _BASS_LEAP


def _many_strings(part: PartLook) -> bool:
    """Whether the instrument plays chords by itself."""
    return INSTRUMENTS[part.instrument].hands in ("piano", "guitar")


def _together(own: Sequence[int], others: Sequence[int]) -> float:
    """The share of onsets that fall on another's."""
    times = set(others)
    return sum(tick in times for tick in own) / max(1, len(own))


def _features(parts: Sequence[PartLook], chords: Sequence[ChordSymbol], bars: Bars) -> list[_Features]:
    step = max(240, -(-bars.end // _SAMPLES))
    spans = [_sampled(part.rows, step) for part in parts]
    floor: dict[int, int] = {}
    roof: dict[int, int] = {}
    for span in spans:
        for at, (low, high) in span.items():
            floor[at] = min(low, floor.get(at, 128))
            roof[at] = max(high, roof.get(at, -1))
    count = max(1, -(-bars.end // step))
    out = []
    for part, span in zip(parts, spans, strict=True):
        onsets: dict[int, list[int]] = {}
        for onset, _, number in part.rows:
            onsets.setdefault(onset, []).append(number)
        pitches = sorted(number for _, _, number in part.rows) or [60]
        tops = [max(numbers) for numbers in onsets.values()]
        leaps = [abs(one - two) for one, two in zip(tops, tops[1:], strict=False)]
        out.append(
            _Features(
                chordal=sum(len(numbers) > 1 for numbers in onsets.values()) / max(1, len(onsets)),
                lowest=sum(low == floor[at] for at, (low, _) in span.items()) / max(1, len(span)),
                highest=sum(high == roof[at] for at, (_, high) in span.items()) / max(1, len(span)),
                sounding=len(span) / count,
                roots=_root_share(part.rows, chords),
                pitch=median(pitches),
                length=median([length for _, length, _ in part.rows] or [0]),
                leap=sum(leaps) / max(1, len(leaps)),
                repeated=_repeated(part.rows, bars),
                reach=pitches[len(pitches) * 9 // 10] - pitches[len(pitches) // 10],
                onsets=tuple(onsets),
            )
        )
    return out


def _sampled(rows: Sequence[Row], step: int) -> dict[int, tuple[int, int]]:
    """The lowest and highest note at each multiple of `step` at which any sounds; a note is heard 200 times at most."""
    out: dict[int, tuple[int, int]] = {}
    for onset, length, number in rows:
        first = -(-onset // step)
        for at in range(first, min(first + _MOST_HELD, -(-(onset + length) // step))):
            low, high = out.get(at, (number, number))
            out[at] = min(low, number), max(high, number)
    return out


def _repeated(rows: Sequence[Row], bars: Bars) -> float:
    rhythms: dict[int, set[int]] = {}
    for onset, _, _ in rows:
        i = bars.index(onset)
        rhythms.setdefault(i, set()).add(onset - bars.spans[i].start)
    again = sum(rhythm in (rhythms.get(i - 1), rhythms.get(i - 2)) for i, rhythm in rhythms.items())
    return again / max(1, len(rhythms))


def _root_share(rows: Sequence[Row], chords: Sequence[ChordSymbol]) -> float:
    """The share of the chords under which it plays that have their root in it."""
    starts = [row[0] for row in rows]
    met = hit = 0
    for chord in chords:
        first, last = bisect_left(starts, chord.onset), bisect_right(starts, chord.onset + chord.duration - 1)
        if first < last:
            met += 1
            hit += any(number % 12 == chord.chord.root.number for _, _, number in rows[first:last])
    return hit / max(1, met)
