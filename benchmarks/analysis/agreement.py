"""Agreement of found chords with a human analysis, per eighth-note frame.

Conventions: a frame counts where the analyst wrote a numeral that can be read (`human_numerals`). Key is tonic and
mode; degree the root above the tonic, so that V/V is right for II; quality with sevenths, ninths being sevenths, and
suspensions and added tones triads; inversion the bass above the root; RN all of these. "RN and target" is RN and the
same key of application, or none for both.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter
from collections.abc import Sequence
from typing import NamedTuple

from partimento.benchmarks.analysis.human_numerals import HumanChord
from partimento.benchmarks.analysis.pieces import Human
from partimento.theory.analysis.findings import ChordSpan
from partimento.theory.meter import TICKS
from partimento.theory.roman import Numeral, applied_key

STEP = TICKS // 2
ROWS = ("key", "degree", "quality", "inversion", "root", "root and quality", "RN", "RN and target")

_SAME = {
    "9": "7", "11": "7", "13": "7", "7b9": "7", "7sus4": "7", "7sus2": "7", "9sus4": "7", "13sus4": "7", "7#9": "7",
    "maj9": "maj7", "m9": "m7", "m9b5": "m7b5", "m11": "m7", "maj11": "maj7", "6": "", "69": "", "m6": "m", "m69": "m",
    "add9": "", "madd9": "m", "sus4": "", "sus2": "", "5": "", "7b13": "7", "7#11": "7", "maj7#11": "maj7",
}  # fmt: skip


class Read(NamedTuple):
    """A reading to compare: as `HumanChord`, from whatever system; None parts where it says nothing."""

    tonic: int
    minor: bool
    root: int
    quality: str
    bass: int
    target: int | None


def read_span(span: ChordSpan) -> Read | None:
    """A chord of ours."""
    if span.chord is None:
        return None
    chord = span.chord
    numeral = Numeral.parse(span.numeral)
    target = applied_key(numeral, span.key).tonic.number if numeral.applied is not None else None
    quality = _SAME.get(chord.quality, chord.quality)
    return Read(span.key.tonic.number, span.key.is_minor, chord.root.number, quality, chord.bass_tone.number, target)


def compare(human: Sequence[Human], ticks: Sequence[int], reads: Sequence[Read | None], end: int) -> Counter[str]:
    """How many frames agree in each of ROWS, and "frames"; `reads` hold from their `ticks` on."""
    counts: Counter[str] = Counter()
    starts = [row.tick for row in human]
    for tick in range(0, end, STEP):
        i = bisect_right(starts, tick) - 1
        meant = human[i].chord if i >= 0 else None
        if meant is None:
            continue
        k = bisect_right(ticks, tick) - 1
        counts.update(_rows(meant, reads[k] if k >= 0 else None))
    return counts


def _rows(meant: HumanChord, read: Read | None) -> dict[str, int]:
    if read is None:
        return {"frames": 1}
    key = (meant.tonic, meant.minor) == (read.tonic, read.minor)
    degree = (meant.root - meant.tonic) % 12 == (read.root - read.tonic) % 12
    quality = meant.quality == read.quality
    inversion = (meant.bass - meant.root) % 12 == (read.bass - read.root) % 12
    root = meant.root == read.root
    whole = key and degree and quality and inversion
    rows = (key, degree, quality, inversion, root, root and quality, whole, whole and meant.target == read.target)
    return {"frames": 1} | {name: int(right) for name, right in zip(ROWS, rows, strict=True)}


def shares(counts: Counter[str]) -> dict[str, float]:
    """Each row in per cent of the frames."""
    frames = max(1, counts["frames"])
    return {name: round(100 * counts[name] / frames, 1) for name in ROWS}
