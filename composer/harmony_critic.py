"""The critic of chord cycles: what is wrong with them by name, and which of several candidates is taken.

Convention: a draw has flaws by name; of those with the fewest the first drawn is taken that the model finds about as
likely as the likeliest, so that songs spread as the model does. Shares are in thousandths.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cache
from itertools import pairwise
from math import exp
from typing import NamedTuple

from partimento.arrangement.style import HarmonySpec
from partimento.composer.harmony_closes import meets_close
from partimento.composer.harmony_loops import Cycle, spell
from partimento.composer.harmony_tables import fold, transitions
from partimento.composer.neural.harmony_guard import Placed, Written
from partimento.composer.neural.muse import Taste
from partimento.theory.key import Key
from partimento.theory.roman import chord_of

LIKELY = 0.5
"""The least share, of the likeliest candidate's, with which one is taken at a creativity of 0.5; more lowers it."""
ODD = 200
"""A succession of triads is odd where fewer than one in so many of the first's go that way."""


class Want(NamedTuple):
    """A section whose material needs a cycle."""

    material: str
    kind: str
    key: Key
    bars: int
    close: str
    table: str
    spec: HarmonySpec


class Cycled(NamedTuple):
    """A cycle that was written, and what a decision says of it; `ending` and `last` are a section's
    last bars where it turns another way: always, and when it returns for the last time."""

    cycle: Cycle
    chords: tuple[Placed, ...]
    values: tuple[tuple[str, str | int], ...]
    alternatives: tuple[tuple[str, int], ...]
    ending: Cycle = ()
    last: Cycle = ()


def chosen(
    want: Want, drawn: Sequence[Written], cycles: Sequence[Cycle], taken: set[str], taste: Taste,
    still: float,
) -> Cycled:
    """Of the candidates one with the fewest flaws: the first drawn, or with a beam the likeliest.

    A hard taste asks the model alone, and no flaw counts.
    """
    found = [list(flaws(want, cycle, still)) for cycle in cycles]
    for names, cycle in zip(found, cycles, strict=True):
        if spell(cycle) in taken:
            names.append("another-sections")
    shares = [_share(one) for one in drawn]
    order = range(len(cycles))
    least = min(len(names) for names in found)
    sound = [i for i in order if taste.hard or len(found[i]) == least]
    likeliest = max(sound, key=lambda i: shares[i])
    enough = shares[likeliest] * 2 * LIKELY * (1.0 - taste.creativity)
    best = likeliest if taste.beam else next(i for i in sound if shares[i] >= enough)
    values: list[tuple[str, str | int]] = [
        ("cycle", spell(cycles[best])), ("share", shares[best]), ("of", len(cycles))
    ]  # fmt: skip
    others: dict[str, int] = {}
    for i in order:
        if spell(cycles[i]) != spell(cycles[best]):
            others.setdefault(spell(cycles[i]), shares[i])
    avoided = sorted({name for i in order if i != best for name in found[i] if name not in found[best]})
    values += [("avoided", " ".join(avoided))] if avoided else []
    values += [("flaw", " ".join(found[best]))] if found[best] else []
    ranked = sorted(others.items(), key=lambda item: (-item[1], item[0]))[:8]
    return Cycled(cycles[best], drawn[best].chords, tuple(values), tuple(ranked))


def _share(one: Written) -> int:
    """The model's probability of a chord, root and quality, in the mean over the cycle (geometric), in a thousand."""
    return round(1000 * exp(sum(one.shares) / len(one.shares)))


def flaws(want: Want, cycle: Cycle, still: float) -> Iterator[str]:
    """The names of what is wrong with a cycle.

    "stands-still": one chord fills more than the share `still` of its bars, or fewer than three (two in three bars)
    come; "wanders": more different triads than half its bars and four; "no-return": in eight bars and more no bar comes
    again four or eight bars later; "no-home": no tonic, where there should be one; "close": not the planned one;
    "seam": it ends on the chord that it begins with, and goes round; "odd-step": a triad goes where songs hardly ever
    take it; "stuck": two chords change places for the whole of it; "crowded": more than four chords in the four bars
    of a chorus, which is to be remembered.
    """
    key = want.key
    chords = [chord_of(roman, key) for bar in cycle for roman in bar]
    roots = [chord.root.number for chord in chords]
    bars = [{chord_of(roman, key).root.number for roman in bar} for bar in cycle]
    kinds = {(chord.root.number, chord.family == "minor") for chord in chords}
    longest = max(sum(root in bar for bar in bars if len(bar) == 1) for root in set(roots))
    if longest > still * len(bars) or len(kinds) < (2 if len(bars) < 4 else 3):
        yield "stands-still"
    if len(kinds) > len(bars) / 2 + 4:
        yield "wanders"
    if want.kind == "chorus" and len(cycle) == 4 and len(chords) > 4:
        yield "crowded"
    rows = [tuple(chord_of(roman, key).root.number for roman in bar) for bar in cycle]
    if len(rows) >= 8 and not any(rows[i] == rows[i - lag] for lag in (4, 8) for i in range(lag, len(rows))):
        yield "no-return"
    if key.tonic.number not in roots and want.kind not in ("prechorus", "bridge"):
        yield "no-home"
    if len(cycle) == want.bars and not meets_close(want.close, chords, key):
        yield "close"
    if want.bars > len(cycle) and roots[0] == roots[-1]:
        yield "seam"
    if any(_is_odd(a, b, key.mode) for a, b in pairwise(roman for bar in cycle for roman in bar)):
        yield "odd-step"
    moves = [pair for pair in pairwise(roots) if pair[0] != pair[1]]
    if len(moves) > 4 and len({frozenset(pair) for pair in moves}) == 1:
        yield "stuck"


@cache
def _is_odd(a: str, b: str, mode: str) -> bool:
    """Whether fewer than one in ODD of the first triad's ways lead to the second, as counted in pop and rock songs."""
    before, after = fold(a), fold(b)
    if mode not in ("major", "minor") or before is None or after is None or before == after:
        return False
    ways = transitions("pop", mode).get(before, {})
    return ways.get(after, 0) * ODD < sum(ways.values())
