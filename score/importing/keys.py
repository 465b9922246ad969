"""The keys of a piece: the file's own where it can be believed, else found in the notes.

Conventions: notes are (onset, duration, MIDI number) of pitched parts; margins are natural logarithms, as
`theory.key_finding` scores.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence

from partimento.score.importing.maps import Bars
from partimento.score.song import KeyChange
from partimento.theory.key import Key
from partimento.theory.key_finding import Notes, find_key

_DEFAULT = Key.parse("C major")
_OVERRULED = 6.0
"""A bare C at the beginning is what programs write that know no key; the notes must speak so much more for another."""
_MODAL = 1.5
_LEAST_NOTES = 12
_TOLD = 5
_WINDOW_BARS, _STRETCH_BARS = 4, 8
_WINDOW_WEIGHT, _CHANGE = 0.5, 7.0


def whole_keys(said: Sequence[KeyChange], notes: Notes, bars: Bars, trusted: bool) -> tuple[tuple[KeyChange, ...], str]:
    """Keys from tick 0 on, and a notice or "". `trusted` is False where the file may say a key that nobody chose.

    Without a word of the file: the key of the whole and, where eight bars or more clearly have another, that one
    there. A signature that the file says stays; of untrusted ones the mode may be another.
    """
    told = _told(said, bars)
    if not notes:
        return (told or (KeyChange(0, _DEFAULT),)), ""
    if told and trusted:
        return told, ""
    if told and not (len(told) == 1 and told[0].key == _DEFAULT):
        return _with_modes(told, notes, bars)
    scores = dict(find_key(notes))
    best = max(scores, key=lambda key: scores[key])
    if told:
        if best.signature == 0 and best != _DEFAULT:
            return _with_modes(told, notes, bars)
        if len(notes) < _LEAST_NOTES or scores[best] - scores[_DEFAULT] < _OVERRULED:
            return told, ""
    found = _modulations(best, notes, bars)
    changes = [f"{row.key} from bar {bars.index(row.onset) + 1}" for row in found[1:]]
    more = [f"{len(changes) - _TOLD} more changes"] if len(changes) > _TOLD else []
    names = ", ".join([str(found[0].key), *changes[:_TOLD], *more])
    why = "found; the file's C major is what programs write unasked" if told else "found; the file says none"
    return found, f"Key: {names} ({why})"


def _told(said: Sequence[KeyChange], bars: Bars) -> tuple[KeyChange, ...]:
    """The file's keys, one a tick, without repetitions; the first holds from the beginning."""
    latest = {row.onset: row.key for row in sorted(said, key=lambda row: row.onset) if row.onset < bars.end}
    out: list[KeyChange] = []
    for onset in sorted(latest):
        if not out:
            out.append(KeyChange(0, latest[onset]))
        elif latest[onset] != out[-1].key:
            out.append(KeyChange(onset, latest[onset]))
    return tuple(out)


def _with_modes(told: Sequence[KeyChange], notes: Notes, bars: Bars) -> tuple[tuple[KeyChange, ...], str]:
    """MIDI knows major and minor alone: a signature's church mode of the same third is named where it fits better."""
    out: list[KeyChange] = []
    changed = []
    for i, row in enumerate(told):
        until = told[i + 1].onset if i + 1 < len(told) else bars.end
        inside = [note for note in notes if row.onset <= note[0] < until]
        key = row.key
        if len(inside) >= _LEAST_NOTES:
            scores = dict(find_key(inside))
            same = [one for one in scores if (one.signature, one.is_minor) == (key.signature, key.is_minor)]
            better = max(same, key=lambda one: scores[one], default=key)
            if better != key and scores[better] - scores.get(key, scores[better]) >= _MODAL:
                changed.append(f"{better} (the file says {key}, of the same signature; the notes fit better)")
                key = better
        if not out or out[-1].key != key:
            out.append(KeyChange(row.onset, key))
    return tuple(out), f"Key: {'; '.join(changed)}" if changed else ""


def _modulations(home: Key, notes: Notes, bars: Bars) -> tuple[KeyChange, ...]:
    """The home key, and others where eight bars or more are clearly in them.

    The way through windows of four bars that scores best, each change of key at a price. A stretch in another mode of
    the signature that holds is the key still.
    """
    if len(bars) < 2 * _STRETCH_BARS:
        return (KeyChange(0, home),)
    starts, scored = _windows(notes, bars)
    keys = [home, *(key for key in scored[0] if key != home and key.mode in ("major", "minor"))]
    best = [0.0 if key == home else -_CHANGE for key in keys]
    back: list[list[int]] = []
    for scores in scored:
        top = max(range(len(keys)), key=best.__getitem__)
        came = [i if best[i] >= best[top] - _CHANGE else top for i in range(len(keys))]
        best = [
            max(best[i], best[top] - _CHANGE) + _WINDOW_WEIGHT * scores[key] for i, key in enumerate(keys)
        ]
        back.append(came)
    i = max(range(len(keys)), key=best.__getitem__)
    path = []
    for came in reversed(back):
        path.append(keys[i])
        i = came[i]
    path.reverse()
    return _stretches(home, list(zip(starts, path, strict=True)), bars)


def _windows(notes: Notes, bars: Bars) -> tuple[list[int], list[dict[Key, float]]]:
    """Where each four bars begin, and all keys' scores in them; 0 for all where hardly anything sounds."""
    ordered = sorted(notes)
    nothing = dict.fromkeys((key for key, _ in find_key(ordered[:1])), 0.0)
    starts, scored = [], []
    for first in range(0, len(bars), _WINDOW_BARS):
        last = min(len(bars), first + _WINDOW_BARS)
        inside = _between(ordered, bars.spans[first].start, bars.spans[last - 1].end)
        starts.append(bars.spans[first].start)
        scored.append(dict(find_key(inside)) if len(inside) >= _LEAST_NOTES else nothing)
    return starts, scored


def _stretches(home: Key, path: Sequence[tuple[int, Key]], bars: Bars) -> tuple[KeyChange, ...]:
    """The keys of the windows as changes; too short a stretch, or one of the same signature, keeps the key before."""
    rows = [row for i, row in enumerate(path) if i == 0 or row[1] != path[i - 1][1]]
    out: list[KeyChange] = []
    for i, (start, key) in enumerate(rows):
        until = rows[i + 1][0] if i + 1 < len(rows) else bars.end
        long = bars.index(until - 1) - bars.index(start) + 1 >= _STRETCH_BARS
        if not out:
            out.append(KeyChange(0, key if long and key.signature != home.signature else home))
        elif long and key.signature != out[-1].key.signature:
            out.append(KeyChange(start, key))
    return tuple(out)


def _between(ordered: Sequence[tuple[int, int, int]], start: int, end: int) -> Sequence[tuple[int, int, int]]:
    return ordered[bisect_left(ordered, (start, -1, -1)) : bisect_left(ordered, (end, -1, -1))]
