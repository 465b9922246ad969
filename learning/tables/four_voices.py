"""A simple chord reading of four-part pieces: on each beat the chord that explains most of what sounds."""

from __future__ import annotations

from dataclasses import replace

from partimento.learning.tables.chart import beats_in
from partimento.learning.tables.corpus import Chord, Piece

# Candidates and the penalty each carries, so that a triad wins over a seventh chord it explains as well.
_CHORDS = (
    ("maj", (0, 4, 7), 0), ("min", (0, 3, 7), 0), ("dim", (0, 3, 6), 3), ("7", (0, 4, 7, 10), 2),
    ("min7", (0, 3, 7, 10), 9), ("maj7", (0, 4, 7, 11), 14), ("hdim7", (0, 3, 6, 10), 7), ("dim7", (0, 3, 6, 9), 4),
)  # fmt: skip


def best_chord(weights: dict[int, int], bass: int, tonic: int, minor: bool) -> tuple[int, str] | None:
    """(root, quality) that explains sounding pitch classes (weighted by duration) best; None when nothing sounds.

    Unexplained tones cost their weight twice, missing thirds a lot, a foot in the bass helps a little.
    """
    total = sum(weights.values())
    if not total:
        return None
    scale = (0, 2, 3, 5, 7, 8, 10, 11) if minor else (0, 2, 4, 5, 7, 9, 11)
    best: tuple[int, int, str] | None = None
    for root in range(12):
        for quality, tones, penalty in _CHORDS:
            pitches = [(root + t) % 12 for t in tones]
            inside = sum(weights.get(p, 0) for p in pitches)
            missing = sum(1 for p in pitches if p not in weights)
            score = 300 * inside // total - 100 * (pitches[1] not in weights) - 35 * missing - 6 * penalty
            score += 25 * (root == bass) + 8 * sum((p - tonic) % 12 in scale for p in pitches) // len(pitches)
            if bass not in pitches:
                score -= 60
            if best is None or score > best[0]:
                best = (score, root, quality)
    return (best[1], best[2]) if best else None


def read_chords(piece: Piece) -> Piece:
    """The piece with one chord a beat read from its four voices, relative to its single key.

    A piece that does not end on its tonic (modal, or a signature misread) is left without chords.
    """
    tonic, mode = piece.key_at(0)
    if piece.parts[3][-1][2] % 12 != tonic:
        return piece
    chords = []
    starts = [0] * len(piece.parts)
    for bar in piece.bars:
        beats = beats_in(bar)
        for beat in range(beats):
            onset, end = bar.onset + bar.length * beat // beats, bar.onset + bar.length * (beat + 1) // beats
            weights: dict[int, int] = {}
            bass = -1
            for index, part in enumerate(piece.parts):
                while starts[index] < len(part) and part[starts[index]][0] + part[starts[index]][1] <= onset:
                    starts[index] += 1
                for begin, duration, pitch in part[starts[index] :]:
                    if begin >= end:
                        break
                    overlap = min(begin + duration, end) - max(begin, onset)
                    if overlap > 0:
                        weights[pitch % 12] = weights.get(pitch % 12, 0) + overlap
                        if index == 3 and bass < 0:
                            bass = pitch % 12
            found = best_chord(weights, bass, tonic, mode == "minor")
            if found is not None and bass >= 0:
                root = (found[0] - tonic) % 12
                chords.append(Chord(onset, end - onset, root, found[1], (bass - tonic) % 12, mode, found[1]))
    return replace(piece, chords=tuple(chords))
