"""Voicings: how a chord is laid out, and the one that lies nearest to the last.

Conventions: pitches are MIDI numbers, low to high; a kind of voicing gives candidates inside a register, and
`nearest_voicing` picks by least total voice movement round a drifting centre. Low interval limits follow the
arranger's rule that thirds turn to mud below about C3 (Sebesky, The Contemporary Arranger).
"""

from __future__ import annotations

from functools import cache
from itertools import pairwise

from partimento.arrangement.fretboard import GUITAR, shapes
from partimento.theory.chord import Chord

KINDS = (
    "close", "open", "spread", "drop2", "drop3", "shell", "rootless", "power", "quartal", "triad", "octave", "unison",
    "guitar", "barre", "piano", "stride", "tenth", "left",
)  # fmt: skip

Voicing = tuple[int, ...]
_MUD = 48
_MOST = 160


@cache
def degrees_by_weight(chord: Chord) -> tuple[int, ...]:
    """The chord's degrees, most telling first: third (or suspension), seventh or sixth, tensions, root, fifth."""
    members = chord.members
    altered_fifth = 5 in members and (members[5].number - chord.root.number) % 12 != 7
    order = [d for d in (3, 4, 2, 7, 6) if d in members]
    if altered_fifth:
        order.append(5)
    order += [d for d in (9, 13, 11) if d in members]
    order.append(1)
    if 5 in members and not altered_fifth:
        order.append(5)
    return tuple(order)


def _chosen(chord: Chord, count: int, rootless: bool = False) -> list[int]:
    """Pitch classes (numbers) of the `count` most telling degrees."""
    degrees = [d for d in degrees_by_weight(chord) if not (rootless and d == 1)]
    keep = degrees[:count]
    return [chord.members[d].number for d in sorted(keep)]


@cache
def voicings(chord: Chord, kind: str, low: int, high: int) -> tuple[Voicing, ...]:
    """All candidate voicings of a kind inside [low, high], deterministic in order; at least one if an octave fits."""
    found: dict[Voicing, None] = {}
    for shape in _shapes(chord, kind, low, high):
        if shape and shape[0] >= low and shape[-1] <= high and _clear(shape, chord, kind):
            found[shape] = None
            if len(found) >= _MOST:
                break
    if not found and kind == "power":
        # Too narrow for root, fifth and octave: two of them, but never a third under distortion.
        pair = [chord.root.number, (chord.fifth or chord.root.up(1)).number]
        for shape in _stack(pair, low, high) + _stack(pair[::-1], low, high):
            if shape[-1] <= high:
                found[shape] = None
    if not found and kind not in ("guitar", "barre", "power", "octave", "unison"):
        for shape in _close(_chosen(chord, 3), low, high):
            if shape[-1] <= high:
                found[shape] = None
    if not found:
        root = low + (chord.root.number - low) % 12
        found[(root,)] = None
    return tuple(found)


def _shapes(chord: Chord, kind: str, low: int, high: int) -> list[Voicing]:
    tones = [t.number for t in chord.tones]
    if kind == "power":
        return _stack([chord.root.number, (chord.fifth or chord.root.up(1)).number, chord.root.number], low, high)
    if kind == "octave":
        return _stack([chord.bass_tone.number] * 2, low, high)
    if kind == "unison":
        return [(p,) for p in range(low, high + 1) if p % 12 == chord.bass_tone.number]
    if kind == "triad":
        third = chord.third or chord.members.get(4) or chord.members.get(2) or chord.root
        triad = [chord.root.number, third.number, (chord.fifth or chord.root.up(1)).number]
        return _close(triad, low, high)
    if kind in ("guitar", "barre"):
        return _guitar(chord, kind, low, high)
    if kind == "shell":
        return _shell(chord, low, high)
    if kind == "rootless":
        wanted = _rootless(chord)
        return _close(wanted, low, high)
    if kind == "quartal":
        return _quartal(chord, low, high)
    if kind in ("piano", "tenth"):
        return _two_hands(chord, low, high, kind)
    if kind == "spread":
        return _spread(chord, low, high)
    if kind == "left":
        bass = chord.bass_tone.number
        above = sorted({n for n in _chosen(chord, 4) if n != bass}, key=lambda n: (n - bass) % 12)
        return _stack([bass, *above], low, high)
    four = _close(_chosen(chord, 4) if len(tones) > 3 else tones, low - 12, high + 12)
    if kind == "drop2":
        return [_drop(shape, 2) for shape in four]
    if kind == "drop3":
        return [_drop(shape, 3) for shape in four]
    if kind == "open":
        return [_drop(shape, 2 if len(shape) > 3 else 1) for shape in four]
    return four


def _close(numbers: list[int], low: int, high: int) -> list[Voicing]:
    """Close positions of the pitch classes, in every inversion that fits."""
    out = []
    unique = list(dict.fromkeys(numbers))
    for bottom in range(low, high + 1):
        if bottom % 12 not in unique:
            continue
        out.append(tuple(sorted(bottom + (n - bottom) % 12 for n in unique)))
    return out


def _stack(numbers: list[int], low: int, high: int) -> list[Voicing]:
    """The pitch classes upwards in the order given, each the next one above the last."""
    out = []
    for bottom in range(low, high + 1):
        if bottom % 12 != numbers[0]:
            continue
        shape = [bottom]
        for number in numbers[1:]:
            shape.append(shape[-1] + ((number - shape[-1] - 1) % 12) + 1)
        out.append(tuple(shape))
    return out


def _drop(shape: Voicing, which: int) -> Voicing:
    """The voice `which` from the top an octave lower (drop 2, drop 3); 1 from the middle opens a triad."""
    voices = list(shape)
    if len(voices) < 3:
        return shape
    index = len(voices) - which if which > 1 else 1
    if index < 0:
        return shape
    voices[index] -= 12
    return tuple(sorted(voices))


def _shell(chord: Chord, low: int, high: int) -> list[Voicing]:
    third = (chord.third or chord.members.get(4) or chord.members.get(2) or chord.root).number
    upper = (chord.seventh or chord.members.get(6) or chord.fifth or chord.root).number
    return _stack([third, upper], low, high) + _stack([upper, third], low, high)


def _rootless(chord: Chord) -> list[int]:
    """Third, fifth (or thirteenth), seventh, ninth: the left hand of bebop piano; triads keep their root."""
    members = chord.members
    if 7 not in members and 6 not in members:
        return [t.number for t in chord.tones][:4]
    third = members.get(3) or members.get(4) or members.get(2) or chord.root
    top = members.get(7) or members[6]
    colour = members.get(13) or members.get(5) or chord.root.up(1)
    ninth = members.get(9)
    if ninth is None and chord.family in ("major", "minor", "dominant"):
        ninth = chord.root.up(2)
    return [tone.number for tone in (third, colour, top, ninth) if tone is not None]


def _quartal(chord: Chord, low: int, high: int) -> list[Voicing]:
    """Stacks of fourths out of the chord and its safe tensions."""
    safe = {t.number for t in chord.tones}
    root = chord.root
    if chord.family in ("minor", "suspended"):
        safe |= {root.up(2).number, root.up(-1).number, root.up(-2).number}
    elif chord.family in ("major", "dominant"):
        safe |= {root.up(2).number, root.up(3).number}
    out = []
    for bottom in range(low, high + 1):
        for steps in ((5, 5, 4), (5, 5, 5), (6, 5), (5, 5), (5, 6)):
            shape = [bottom]
            for step in steps:
                shape.append(shape[-1] + step)
            if all(p % 12 in safe for p in shape):
                out.append(tuple(shape))
                break
    return out


def _two_hands(chord: Chord, low: int, high: int, kind: str) -> list[Voicing]:
    """A bass note (with its tenth or fifth) in the left hand, three or four tones in the right."""
    bass = chord.bass_tone.number
    right = _close(_chosen(chord, 4 if len(chord.tones) > 3 else 3), max(low + 12, 55), high)
    out = []
    for bottom in range(low, min(low + 16, high)):
        if bottom % 12 != bass:
            continue
        if kind == "tenth":
            third = (chord.third or chord.members.get(4) or chord.root).number
            left: tuple[int, ...] = (bottom, bottom + 12 + (third - bottom) % 12)
            left = left if left[1] - left[0] <= 16 else (bottom,)
        else:
            left = (bottom,)
        out += [left + shape for shape in right if shape[0] > left[-1] and shape[0] - left[-1] <= 22]
    return out


def _spread(chord: Chord, low: int, high: int) -> list[Voicing]:
    """Wide layouts: root, fifth or seventh, then the third above an octave up."""
    third = (chord.third or chord.members.get(4) or chord.members.get(2) or chord.root).number
    fifth = (chord.fifth or chord.root.up(1)).number
    seventh = chord.seventh or chord.members.get(6) or chord.members.get(9)
    root = chord.bass_tone.number
    layouts = [[root, fifth, third], [third, root, fifth]]
    if seventh is not None:
        top = seventh.number
        layouts = [[root, top, third, fifth], [root, fifth, third, top], [root, top, third]]
    return [shape for layout in layouts for shape in _stack(layout, low, high)]


def _guitar(chord: Chord, kind: str, low: int, high: int) -> list[Voicing]:
    degrees = degrees_by_weight(chord)
    needed = frozenset(chord.members[d].number for d in degrees[: 3 if len(degrees) < 5 else 4] if d != 5)
    allowed = frozenset(t.number for t in chord.tones)
    bass = chord.bass_tone.number
    core = frozenset(chord.members[d].number for d in degrees[:2])
    for lowest, must in ((bass, needed), (-1, needed), (-1, core)):
        allowed_here = allowed | {bass} if lowest == bass else allowed
        found = shapes(lowest, must, frozenset(allowed_here), GUITAR, kind == "guitar", low, high)
        if found:
            full = [s for s in found if len(s) >= 4] or list(found)
            return full[:_MOST]
    return []


def _clear(shape: Voicing, chord: Chord, kind: str) -> bool:
    """No mud below C3, no minor ninth that the chord does not mean, no cluster of two semitones."""
    if any(b == a for a, b in pairwise(shape)):
        return False
    if kind not in ("power", "octave", "unison", "guitar", "barre", "left"):
        for a, b in pairwise(shape):
            if a < _MUD and b - a < 5 + (a < 43) * 2:
                return False
    semitones = sum(1 for a, b in pairwise(shape) if b - a == 1)
    if semitones > 1 or (semitones and shape[-1] - shape[-2] == 1):
        return False
    if chord.family in ("dominant", "diminished"):
        return True
    return not any(b - a == 13 for i, a in enumerate(shape) for b in shape[i + 1 :])


@cache
def nearest_voicing(
    chord: Chord, kind: str, low: int, high: int, previous: Voicing = (), top: int = 0, weight_top: int = 1
) -> Voicing:
    """The candidate that moves least from `previous` and keeps its top voice near `top` (0: the register's centre).

    Movement is the sum over voices of the distance to the nearest voice of the last chord, in semitones, with
    a light pull to the centre and a surcharge for parallel fifths and octaves between outer voices.
    """
    options = voicings(chord, kind, low, high)
    centre = 2 * top if top else low + high + 8
    best, best_cost = options[0], 1 << 30
    for shape in options:
        cost = abs(2 * shape[-1] - centre) * (1 if previous else 3) * weight_top
        if previous:
            cost += 6 * sum(min(abs(p - q) for q in previous) for p in shape)
            cost += 2 * abs(shape[-1] - previous[-1])
            moved = shape[0] - previous[0], shape[-1] - previous[-1]
            if moved[0] * moved[1] > 0 and (shape[-1] - shape[0]) % 12 in (0, 7):
                cost += 8 if (shape[-1] - shape[0]) % 12 == (previous[-1] - previous[0]) % 12 else 0
            cost += 3 * abs(len(shape) - len(previous))
        else:
            cost -= 4 * len(shape)
        if cost < best_cost:
            best, best_cost = shape, cost
    return best


@cache
def spelled(chord: Chord, midi: int) -> int:
    """The line-of-fifths place under which `midi` is spelled in the chord (its own tones, else by the root's key)."""
    for tone in (*chord.tones, chord.bass_tone):
        if tone.number == midi % 12:
            return tone.fifths
    place = (midi * 7 - chord.root.fifths + 5) % 12 - 5
    return chord.root.fifths + place
