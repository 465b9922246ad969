"""The critic of a pianist's block: what may be wrong with four bars that every note of is allowed.

Convention: a cost is in nats a choice, so that it can be set against the mean log-share of what was drawn; the flaws'
prices are taste.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import log
from typing import NamedTuple

from partimento.composer.neural.texture_hands import HELD, clashes, is_tone
from partimento.composer.neural.texture_view import Key, Page, wish_of

PRICES = {"empty bar": 0.5, "clash": 0.12, "unresolved": 0.1, "density": 0.15, "bass missing": 0.15, "thin": 0.1}
"""What one flaw costs a bar of the block, in nats a choice."""


class Verdict(NamedTuple):
    """The mean share of each choice, what the flaws cost, the worst one's name ("" for none), what is left."""

    share: float
    cost: float
    flaw: str
    score: float


def judged(page: Page, notes: Sequence[Key], start: int, end: int, share: float, bass: bool) -> Verdict:
    """The verdict on the notes of [start, end)."""
    bars = [i for i, bar in enumerate(page.bars) if start <= bar.start < end]
    flaws = dict.fromkeys(PRICES, 0.0)
    flaws["unresolved"] += unresolved(page, notes)
    flaws["clash"] += sum(_rubs(page, note) for note in notes)
    for index in bars:
        bar, wish = page.bars[index], page.wishes[index]
        inside = [note for note in notes if bar.start <= note.onset < bar.start + bar.length]
        ringing = any(note.onset < bar.start < note.onset + note.duration for note in notes)
        flaws["empty bar"] += not inside and not ringing
        if inside and wish.onsets >= 0:
            found = wish_of(inside, bar.length)
            flaws["density"] += max(0, abs(found.onsets - wish.onsets) - 1)
            flaws["thin"] += wish.thick >= 2 and found.thick == 0
    if bass:
        flaws["bass missing"] += _without_bass(page, notes, start, end)
    costs = {name: PRICES[name] * amount / max(1, len(bars)) for name, amount in flaws.items()}
    worst = max(sorted(costs), key=lambda name: costs[name])
    cost = sum(costs.values())
    return Verdict(share, cost, worst if costs[worst] > 0 else "", log(max(share, 1e-6)) - cost)


def unresolved(page: Page, notes: Sequence[Key]) -> int:
    """How many passing tones are not left by a step."""
    count = 0
    for i, note in enumerate(notes):
        if is_tone(note.pitch, page.chord_at(note.onset)):
            continue
        after = [other for other in notes[i + 1 :] if other.onset > note.onset]
        following = [other.pitch for other in after if other.onset == after[0].onset]
        count += not any(0 < abs(pitch - note.pitch) <= 2 for pitch in following)
    return count


def _rubs(page: Page, note: Key) -> bool:
    """Whether the tune comes to hold a clash with a note that rings on."""
    later = page.sung_between(note.onset + 1, note.onset + note.duration - HELD // 2)
    return any(clashes(note.pitch, sung) for sung in later)


def _without_bass(page: Page, notes: Sequence[Key], start: int, end: int) -> int:
    count = 0
    for chord in page.chords:
        if start <= chord.start < end:
            low = [n for n in notes if (n.pitch - chord.root) % 12 == chord.bass and n.pitch < 55]
            at = chord.start
            count += not any(at <= n.onset <= at + HELD or n.onset < at < n.onset + n.duration for n in low)
    return count
