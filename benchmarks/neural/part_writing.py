"""Faults of part-writing in chorales: Bach's own, and the net's with its rules and without.

Conventions: chords are read where quarters begin; one that is no triad goes on with the triad before it. Each piece is
set as one phrase with Bach's soprano given. A change of sonority is a quarter at which some voice moves.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from itertools import combinations, pairwise

from partimento.arrangement.net_voices import Moment, Phrase, Ranges
from partimento.composer.neural.voicing import QUARTER, VoicingNet
from partimento.composer.neural.voicing_data import LOW, OTHER, Piece
from partimento.score.stream import Stream
from partimento.theory.chord import Chord
from partimento.theory.pitch import PitchClass

RANGES: Ranges = ((60, 81), (53, 74), (48, 69), (38, 64))
QUALITIES = ("", "m", "dim", "aug")
COUNT = 4
Sonorities = Sequence[tuple[int, ...]]


def quarters(piece: Piece) -> tuple[tuple[Moment, ...], Sonorities]:
    """A moment for each quarter with all voices and a triad heard so far, and Bach's own pitches there."""
    moments, sung = [], []
    chord: Chord | None = None
    for token, pitches in zip(piece.chords[::QUARTER], piece.pitches[::QUARTER], strict=True):
        if token < OTHER:
            root, quality = divmod(int(token), 4)
            chord = Chord(PitchClass((root * 7 + 5) % 12 - 5), QUALITIES[quality])
        if chord is not None and pitches.min() > 0:
            moments.append(Moment(chord, int(pitches[0]) + LOW - 1))
            sung.append(tuple(int(p) + LOW - 1 for p in pitches))
    return tuple(moments), sung


def faults(sonorities: Sonorities) -> Counter[str]:
    """How many of a line of sonorities (S A T B) show each fault, and how many "changes" there are."""
    found: Counter[str] = Counter()
    for old, new in pairwise(sonorities):
        if old == new:
            continue
        found["changes"] += 1
        found["parallels"] += any(
            (old[a] - old[b]) % 12 in (0, 7)
            and (new[a] - new[b]) % 12 == (old[a] - old[b]) % 12
            and (new[a] - old[a]) * (new[b] - old[b]) > 0
            for a, b in combinations(range(4), 2)
        )
        found["crossings"] += any(low > high for high, low in pairwise(new))
        found["leaps"] += any(abs(new[v] - old[v]) > 7 for v in (1, 2))
    return found


def part_writing(ruled: VoicingNet, free: VoicingNet, pieces: Sequence[Piece]) -> dict[str, dict[str, float]]:
    """Faults in 1000 changes of sonority: Bach's, the net's by rules, the net's without."""
    read = [quarters(piece) for piece in pieces]
    kept = [(moments, sung) for moments, sung in read if len(moments) > 1]
    phrases = [Phrase(moments, RANGES) for moments, _ in kept]
    rows: dict[str, list[Sonorities]] = {"Bach": [sung for _, sung in kept]}
    for name, net in (("the net, with rules", ruled), ("the net, without", free)):
        voiced = net.voice(phrases, Stream(0, "part writing"), COUNT, 1.0)
        rows[name] = [one.pitches for one in voiced]
    out = {}
    for name, row in rows.items():
        total = sum((faults(one) for one in row), Counter[str]())
        out[name] = {f: 1000 * total[f] / total["changes"] for f in ("parallels", "crossings", "leaps")}
    return out
