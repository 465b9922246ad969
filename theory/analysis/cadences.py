"""Cadences: where a phrase closes, and by which chords.

Conventions: a close is sought at the breaks of the leading line (fermatas, phrase ends, long tones, rests, the end) and
is named by its last two chords in the local key; the top voice tells a perfect from an imperfect one. The names are
those of CADENCES in findings; after Caplin, Classical Form (1998), a half cadence ends on a dominant that is a goal.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence

from partimento.theory.analysis.findings import ChordSpan, FoundCadence, KeySpan
from partimento.theory.analysis.lines import Break, Sounding, breaks, leading_line
from partimento.theory.analysis.phrases import find_phrases
from partimento.theory.analysis.piece import Piece
from partimento.theory.key import Key
from partimento.theory.meter import TICKS
from partimento.theory.pitch import PitchClass
from partimento.theory.roman import Numeral, applied_key, numeral_of

_LEAST_BREAK = 0.3
"""A break of less weight than this is no place for a cadence."""
_AT_PHRASE_END = 0.5
_AUTHENTIC, _HALF, _OTHER = 0.9, 0.75, 0.6
_DOMINANTS = ("major", "dominant", "augmented", "suspended")


def close_kind(before: ChordSpan | None, last: ChordSpan, top: PitchClass | None) -> tuple[str, Key] | None:
    """The kind of close that two chords make under a top tone, and the key that it closes in; None for no close.

    A V/x that goes to x closes in the key of x, unless x is the dominant itself: that is a half cadence.
    """
    if last.chord is None:
        return None
    key = last.key
    arrival = Numeral.parse(last.numeral)
    if before is None or before.chord is None:
        return ("HC", key) if _is_dominant(arrival) and arrival.applied is None else None
    goes = Numeral.parse(before.numeral if before.key == key else numeral_of(before.chord, key))
    if arrival.applied is not None:
        # V/x as a goal, or the tonic of a key that is only passed through.
        home = applied_key(arrival, key)
        return ("HC", home) if _is_dominant(arrival) and not arrival.inversion else None
    if goes.applied is not None and arrival.degree != 5 and before.chord.root != last.chord.root:
        home = applied_key(goes, key)
        if last.chord.root == home.tonic and last.chord.family in ("major", "minor"):
            key, goes = home, Numeral(goes.degree, goes.alter, goes.quality, goes.inversion)
            arrival = Numeral(1, 0, arrival.quality, arrival.inversion)
    kind = _kind(goes, arrival, before, last, key, top)
    return (kind, key) if kind else None


def _kind(goes: Numeral, arrival: Numeral, before: ChordSpan, last: ChordSpan, key: Key, top: PitchClass | None) -> str:
    if arrival.degree == 1 and not arrival.alter and arrival.inversion < 2:
        return _to_tonic(goes, arrival, before, top, key)
    if _is_dominant(arrival):
        phrygian = key.is_minor and goes.degree == 4 and goes.inversion == 1 and goes.is_minor and not arrival.inversion
        return "Phrygian" if phrygian else "HC"
    root_dominant = _is_dominant(goes) and goes.applied is None and not goes.inversion
    submediant = arrival.degree == 6 and not arrival.inversion
    if root_dominant and (submediant or (arrival.degree == 4 and arrival.inversion == 1)):
        return "DC"
    return ""


def _to_tonic(goes: Numeral, arrival: Numeral, before: ChordSpan, top: PitchClass | None, key: Key) -> str:
    if goes.applied is not None:
        return ""
    if _is_dominant(goes):
        bass_holds = before.chord is not None and before.chord.bass_tone == before.chord.root
        if goes.inversion or arrival.inversion or not bass_holds:
            return "IAC-inverted"
        return "PAC" if top is not None and top == key.tonic else "IAC"
    if goes.degree == 7 and before.chord is not None and before.chord.family in ("diminished", "half-diminished"):
        return "viio-I"
    if goes.degree == 4 and not goes.alter and not arrival.inversion:
        return "PC"
    return ""


def _is_dominant(numeral: Numeral) -> bool:
    """Whether it is a V whose third leads, or whose third is kept back."""
    if numeral.degree != 5 or numeral.alter or numeral.is_minor:
        return False
    return not numeral.quality.startswith(("dim", "m7b5"))


def find_cadences(piece: Piece, keys: Sequence[KeySpan], chords: Sequence[ChordSpan]) -> tuple[FoundCadence, ...]:
    """The closes of a piece whose keys and chords are known, in order; none of a piece without chords.

    `sure` joins how clear the break is, how sure the two chords are, and how plain the close.
    """
    if not any(span.chord is not None for span in chords):
        return ()
    sounding = Sounding(piece)
    found: dict[int, FoundCadence] = {}
    starts = [span.start for span in chords]
    line = leading_line(piece)
    pauses = breaks(piece, line)
    clear = [pause for pause in pauses if pause.weight >= _LEAST_BREAK]
    for pause in (*clear, *_last_breath(piece)):
        _keep(found, _at_break(piece, pause, chords, starts, sounding))
    plain = tuple(found[tick] for tick in sorted(found))
    ends = {phrase.end for phrase in find_phrases(piece, line, pauses, plain)}
    for pause in pauses:
        if pause.weight < _LEAST_BREAK and pause.tick in ends:
            # Where the lengths of phrases ask for an end, a short breath is enough.
            believed = pause._replace(weight=_AT_PHRASE_END)
            _keep(found, _at_break(piece, believed, chords, starts, sounding))
    for cadence in _evaded(chords):
        found.setdefault(cadence.arrival, cadence)
    return tuple(_apart(sorted(found.values(), key=lambda cadence: cadence.arrival)))


def _keep(found: dict[int, FoundCadence], cadence: FoundCadence | None) -> None:
    """Take in a close; of two that arrive together the plainer one."""
    if cadence is None:
        return
    known = found.get(cadence.arrival)
    if known is None or _rank(cadence.kind) > _rank(known.kind) or (known.kind, cadence.kind) == ("IAC", "PAC"):
        found[cadence.arrival] = cadence


def _last_breath(piece: Piece) -> tuple[Break, ...]:
    """The end of the piece, where others go on after the leading line has ended."""
    onset = max((tone.onset for tone in piece.tones if not tone.grace), default=None)
    return () if onset is None else (Break(onset, max(piece.end, onset + 1), 1.0, True),)


def _at_break(
    piece: Piece, pause: Break, chords: Sequence[ChordSpan], starts: Sequence[int], sounding: Sounding
) -> FoundCadence | None:
    first = max(0, bisect_right(starts, pause.onset) - 1)
    last = max(first, bisect_right(starts, max(pause.onset, pause.tick - 1)) - 1)
    best: FoundCadence | None = None
    for i in range(first, min(last, first + 3) + 1):
        cadence = _closing(piece, i, pause, chords, sounding)
        if cadence is not None and (best is None or _rank(cadence.kind) > _rank(best.kind)):
            best = cadence
    return best


def _rank(kind: str) -> int:
    """Of two closes within one pause the plainer counts."""
    return {"PAC": 4, "IAC": 4, "IAC-inverted": 3, "viio-I": 3, "PC": 2, "DC": 2}.get(kind, 1)


def _closing(
    piece: Piece, i: int, pause: Break, chords: Sequence[ChordSpan], sounding: Sounding
) -> FoundCadence | None:
    last = chords[i]
    before = _before(chords, i)
    heard = max(last.start, pause.onset)
    top = sounding.top(heard)
    kind = close_kind(before, last, top.pitch.pitch_class if top is not None else None)
    if kind is None:
        return None
    name, key = kind
    if not pause.written and not _plain(piece, name, pause, last, chords[i - 1] if i else None):
        return None
    weight = _AUTHENTIC if name in ("PAC", "IAC") else _HALF if name in ("HC", "Phrygian") else _OTHER
    sure = last.sure * (before.sure if before is not None else 0.5) * (weight + (1 - weight) * pause.weight)
    sure *= 1.0 if pause.written else min(1.0, 0.45 + 0.55 * pause.weight)
    numerals = tuple(_in_key(span, key) for span in (before, last) if span is not None)
    start = before.start if before is not None else last.start
    return FoundCadence(start, last.start, name, key, numerals, round(max(0.0, min(1.0, sure)), 3))


def _before(chords: Sequence[ChordSpan], i: int) -> ChordSpan | None:
    """The chord that chord `i` comes from: another one, not the same with fewer or more tones over the same bass."""
    last = chords[i].chord
    for k in range(i - 1, max(-1, i - 4), -1):
        chord = chords[k].chord
        if chord is None or (last is not None and (chord.root, chord.bass_tone) == (last.root, last.bass_tone)):
            continue
        return chords[k]
    return None


def _in_key(span: ChordSpan, key: Key) -> str:
    return span.numeral if span.key == key or span.chord is None else numeral_of(span.chord, key)


def _plain(piece: Piece, name: str, pause: Break, last: ChordSpan, before: ChordSpan | None) -> bool:
    """Whether an unmarked pause holds a close: a goal that lasts, on a beat that counts, by root position chords."""
    strong = piece.bar_at(last.start).strength(last.start) >= 2 if piece.bars else True
    lasts = last.end - last.start >= TICKS or pause.tick - last.start >= 2 * TICKS
    if name in ("PAC", "IAC"):
        return strong and (lasts or pause.weight >= 0.5)
    if name in ("HC", "Phrygian"):
        stable = last.chord is not None and last.chord.inversion == 0 and last.chord.seventh is None
        return strong and lasts and stable and pause.weight >= 0.5
    return strong and lasts and pause.weight >= 0.5 and before is not None


def _evaded(chords: Sequence[ChordSpan]) -> list[FoundCadence]:
    """Cadential six-four and dominant that go on to a tonic over its third, or to a dominant over its seventh."""
    out = []
    for four, dominant, after in zip(chords, chords[1:], chords[2:], strict=False):
        if four.chord is None or dominant.chord is None or after.chord is None:
            continue
        if not (four.key == dominant.key == after.key) or not four.numeral.lower().startswith("i64"):
            continue
        if not _is_dominant(Numeral.parse(dominant.numeral)) or dominant.chord.inversion != 0:
            continue
        goal = Numeral.parse(after.numeral)
        if (goal.degree, goal.inversion) in ((1, 1), (5, 3)) and goal.applied is None:
            sure = round(0.7 * min(four.sure, dominant.sure, after.sure), 3)
            numerals = (dominant.numeral, after.numeral)
            out.append(FoundCadence(dominant.start, after.start, "evaded", after.key, numerals, sure))
    return out


def _apart(cadences: Sequence[FoundCadence]) -> list[FoundCadence]:
    """Closes at least two quarters apart: of nearer ones the surer."""
    out: list[FoundCadence] = []
    for cadence in cadences:
        if out and cadence.arrival - out[-1].arrival < 2 * TICKS:
            if cadence.sure > out[-1].sure:
                out[-1] = cadence
            continue
        out.append(cadence)
    return out
