"""Musical features of one piece, defined so that people's music and ours are measured alike.

Convention: a feature that a piece cannot have (no chords, no melody, too few bars) is NaN, and is left out of
comparisons rather than guessed.

Sources: MusPy (Dong et al., ISMIR 2020) for entropy, scale and groove consistency; Yeh et al. 2021 ("Automatic melody
harmonization with triad chords", JNMR 50) for chord histogram entropy, chord coverage, CTnCTR, PCS and MCTD; Harte,
Sandler and Gasser 2006 for the tonal centroid. The rest are plain counts, told in each definition below.
"""

from __future__ import annotations

import math
from bisect import bisect_right
from collections import Counter
from collections.abc import Iterable, Sequence
from functools import cache
from typing import NamedTuple

from partimento.benchmarks.music.piece import Harmony, Piece, Tone, bars_of, place

LAGS = (1, 2, 3, 4, 5, 8, 16)
PEAKS = (4, 8)
NAN = float("nan")


class Feature(NamedTuple):
    """A feature's name, its group (melody, harmony, structure, accompaniment) and what it counts."""

    name: str
    group: str
    definition: str


FEATURES: tuple[Feature, ...] = (
    Feature("melody_pitch_class_entropy", "melody", "entropy in bits of the melody's pitch classes (MusPy)"),
    Feature(
        "melody_scale_consistency",
        "melody",
        "largest share of melody notes in one major or natural minor scale (MusPy)",
    ),
    Feature(
        "melody_groove_48",
        "melody",
        "groove consistency of the melody, 12 steps a quarter (48 a 4/4 bar), between its first and last bar (MusPy)",
    ),
    Feature("melody_groove_16", "melody", "the same with 4 steps a quarter (16 a 4/4 bar)"),
    Feature("melody_range", "melody", "highest minus lowest melody pitch, semitones"),
    Feature("notes_a_bar", "melody", "melody notes a bar, over bars in which one begins"),
    Feature("bars_with_notes", "melody", "share of bars, from the melody's first to its last, in which a note begins"),
    Feature("interval_repeat", "melody", "share of melodic intervals of 0 semitones"),
    Feature("interval_step", "melody", "of 1-2 semitones"),
    Feature("interval_third", "melody", "of 3-4 semitones"),
    Feature("interval_fourth", "melody", "of 5 semitones"),
    Feature("interval_fifth", "melody", "of 7 semitones"),
    Feature("interval_wide", "melody", "of more than 7 semitones"),
    Feature("ends_on_tonic", "melody", "1 if the melody's last note is the closing key's tonic, else 0"),
    Feature("chords_a_bar", "harmony", "chords sounded a bar; one held over a bar line counts in each bar"),
    Feature(
        "chord_histogram_entropy",
        "harmony",
        "entropy (natural log) of triads sounded (Yeh; root and one of four triads)",
    ),
    Feature("chord_coverage", "harmony", "number of different triads (Yeh)"),
    Feature("unique_trigrams", "harmony", "different trigrams of full chord labels over all trigrams"),
    Feature("ctnctr", "harmony", "chord tones and non-chord tones left by step, over all melody notes (Yeh: CTnCTR)"),
    Feature("pcs", "harmony", "pitch consonance of melody against triad, mean over sixteenths (Yeh: PCS)"),
    Feature("mctd", "harmony", "tonal distance of melody note and triad, weighted by duration (Yeh: MCTD)"),
    Feature("chord_tones", "harmony", "share of melody notes that begin on a tone of the full chord"),
    Feature("chord_tones_strong", "harmony", "the same for notes that begin on a felt beat"),
    Feature("rhythm_repeats", "structure", "share of melody bars whose onsets, in sixteenths, an earlier bar had"),
    Feature("bar_repeats", "structure", "share of melody bars whose onsets and pitches an earlier bar had"),
    *(
        Feature(
            f"melody_lag_{lag}",
            "structure",
            f"mean Jaccard similarity of melody bars {lag} apart, on (onset in"
            " sixteenths, pitch), bars that both hold notes",
        )
        for lag in LAGS
    ),
    *(
        Feature(
            f"melody_peak_{lag}",
            "structure",
            f"melody_lag_{lag} less the mean at lags 3 and 5: the grid of the form's phrases",
        )
        for lag in PEAKS
    ),
    *(Feature(f"accompaniment_peak_{lag}", "accompaniment", "the same for the accompaniment") for lag in PEAKS),
    *(
        Feature(f"accompaniment_lag_{lag}", "accompaniment", f"the same for the accompaniment, {lag} apart")
        for lag in LAGS
    ),
    Feature("pitch_class_entropy", "accompaniment", "entropy in bits of all tracks' pitch classes (MusPy)"),
    Feature("scale_consistency", "accompaniment", "of all tracks (MusPy)"),
    Feature("groove_48", "accompaniment", "of all pitched tracks, 48 steps (MusPy)"),
    Feature("groove_16", "accompaniment", "of all pitched tracks, 16 steps (MusPy)"),
    Feature("accompaniment_notes_a_bar", "texture", "accompaniment notes a bar"),
    Feature("accompaniment_onsets_a_bar", "texture", "different sixteenths with an accompaniment onset, a bar"),
    Feature("accompaniment_pitch", "texture", "mean MIDI pitch of the accompaniment"),
    Feature("melody_velocity_sd", "performance", "standard deviation of the melody's velocities"),
    Feature("accompaniment_velocity_sd", "performance", "standard deviation of the accompaniment's velocities"),
)
NAMES = tuple(f.name for f in FEATURES)
GROUPS = ("melody", "harmony", "structure", "accompaniment")
GROUP_OF = {f.name: f.group for f in FEATURES}


def features_of(piece: Piece) -> dict[str, float]:
    """Return every feature of FEATURES by name; NaN where the piece has nothing to measure."""
    values = dict.fromkeys(NAMES, NAN)
    if len(piece.melody) > 1:
        values |= _melody_features(piece)
        if piece.chords:
            values |= _melody_against_chords(piece)
    if len(piece.chords) > 2:
        values |= _chord_features(piece)
    if piece.accompaniment:
        values |= _accompaniment_features(piece)
    everything = piece.all_tones
    if piece.accompaniment:  # A lead sheet's melody is not all that sounds.
        values["pitch_class_entropy"] = pitch_class_entropy(t.midi for t in everything)
        values["scale_consistency"] = scale_consistency(t.midi for t in everything)
        values["groove_48"] = groove_consistency(everything, piece, 12)
        values["groove_16"] = groove_consistency(everything, piece, 4)
    return values


def pitch_class_entropy(midi: Iterable[int]) -> float:
    """Return the entropy in bits of pitch classes, 0 to log2(12) (MusPy: pitch_class_entropy)."""
    return _entropy(Counter(p % 12 for p in midi)) / math.log(2)


def scale_consistency(midi: Iterable[int]) -> float:
    """Return the largest share of notes in one diatonic scale, 0 to 1 (MusPy; majors hold the natural minors)."""
    counts = [0] * 12
    for pitch in midi:
        counts[pitch % 12] += 1
    total = sum(counts)
    if not total:
        return NAN
    return max(sum(counts[(root + step) % 12] for step in (0, 2, 4, 5, 7, 9, 11)) for root in range(12)) / total


def groove_consistency(tones: Sequence[Tone], piece: Piece, steps_a_quarter: int) -> float:
    """Return 1 minus the mean share of steps in which neighbouring bars differ in having an onset (MusPy).

    Counted from the first bar with a note to the last; neighbours of different length are left out. MusPy's
    resolution must be said with the figure: 12 steps a quarter give higher values than 4.
    """
    bars: dict[int, set[int]] = {}
    for tone in tones:
        index, within = place(piece, tone.onset, steps_a_quarter)
        bars.setdefault(index, set()).add(within)
    shares = []
    if not bars:
        return NAN
    for index in range(min(bars), max(bars)):
        length = piece.bars[index + 1] - piece.bars[index]
        if index + 2 >= len(piece.bars) or piece.bars[index + 2] - piece.bars[index + 1] != length:
            continue
        steps = length * steps_a_quarter / piece.tpq
        shares.append(len(bars.get(index, set()) ^ bars.get(index + 1, set())) / steps)
    return 1 - math.fsum(shares) / len(shares) if shares else NAN


def lag_similarity(bars: dict[int, frozenset[tuple[int, int]]], lag: int) -> float:
    """Return the mean Jaccard similarity of bars ``lag`` apart that both hold notes; NaN without such a pair."""
    values = []
    for index, here in bars.items():
        there = bars.get(index + lag)
        if there is not None:
            shared = len(here & there)
            values.append(shared / (len(here) + len(there) - shared))
    return math.fsum(values) / len(values) if values else NAN


def _entropy(counts: Counter[int] | Counter[tuple[int, tuple[int, ...]]]) -> float:
    total = sum(counts.values())
    return -math.fsum(n / total * math.log(n / total) for n in counts.values()) if total else NAN


def _deviation(values: Sequence[int]) -> float:
    if not any(values):
        return NAN
    mean = sum(values) / len(values)
    return math.sqrt(math.fsum((v - mean) ** 2 for v in values) / len(values))


def _melody_features(piece: Piece) -> dict[str, float]:
    line = sorted(piece.melody)
    pitches = [t.midi for t in line]
    leaps = [abs(b - a) for a, b in zip(pitches, pitches[1:], strict=False)]
    bars = bars_of(line, piece)
    rhythms: set[frozenset[int]] = set()
    contents: set[frozenset[tuple[int, int]]] = set()
    rhythm_hits = content_hits = 0
    for content in bars.values():
        rhythm = frozenset(step for step, _ in content)
        rhythm_hits += rhythm in rhythms
        content_hits += content in contents
        rhythms.add(rhythm)
        contents.add(content)
    values = {
        "melody_pitch_class_entropy": pitch_class_entropy(pitches),
        "melody_scale_consistency": scale_consistency(pitches),
        "melody_groove_48": groove_consistency(line, piece, 12),
        "melody_groove_16": groove_consistency(line, piece, 4),
        "melody_range": float(max(pitches) - min(pitches)),
        "notes_a_bar": len(line) / len(bars),
        "bars_with_notes": len(bars) / (max(bars) - min(bars) + 1),
        "interval_repeat": leaps.count(0) / len(leaps),
        "interval_step": (leaps.count(1) + leaps.count(2)) / len(leaps),
        "interval_third": (leaps.count(3) + leaps.count(4)) / len(leaps),
        "interval_fourth": leaps.count(5) / len(leaps),
        "interval_fifth": leaps.count(7) / len(leaps),
        "interval_wide": sum(leap > 7 for leap in leaps) / len(leaps),
        "ends_on_tonic": NAN if piece.tonic is None else float(pitches[-1] % 12 == piece.tonic),
        "rhythm_repeats": rhythm_hits / len(bars),
        "bar_repeats": content_hits / len(bars),
        "melody_velocity_sd": _deviation([t.velocity for t in line]),
    }
    return values | _lags("melody", bars)


def _lags(part: str, bars: dict[int, frozenset[tuple[int, int]]]) -> dict[str, float]:
    values = {f"{part}_lag_{lag}": lag_similarity(bars, lag) for lag in LAGS}
    between = (values[f"{part}_lag_3"] + values[f"{part}_lag_5"]) / 2
    return values | {f"{part}_peak_{lag}": values[f"{part}_lag_{lag}"] - between for lag in PEAKS}


def _accompaniment_features(piece: Piece) -> dict[str, float]:
    bars = bars_of(piece.accompaniment, piece)
    span = max(bars) - min(bars) + 1
    values = _lags("accompaniment", bars)
    values["accompaniment_notes_a_bar"] = len(piece.accompaniment) / span
    values["accompaniment_onsets_a_bar"] = sum(len({step for step, _ in bar}) for bar in bars.values()) / span
    values["accompaniment_pitch"] = math.fsum(t.midi for t in piece.accompaniment) / len(piece.accompaniment)
    values["accompaniment_velocity_sd"] = _deviation([t.velocity for t in piece.accompaniment])
    return values


def triad_of(chord: Harmony) -> tuple[int, tuple[int, ...]]:
    """Return root and nearest of the four triads of Yeh et al. (suspended and power chords count as major)."""
    above = {(p - chord.root) % 12 for p in chord.classes}
    if 4 not in above and 3 in above:
        return chord.root, (0, 3, 6) if 6 in above and 7 not in above else (0, 3, 7)
    return chord.root, (0, 4, 8) if 4 in above and 8 in above and 7 not in above else (0, 4, 7)


def _chord_features(piece: Piece) -> dict[str, float]:
    sounded: list[Harmony] = []
    end = piece.bars[-1]
    bar_lines = piece.bars
    for chord in _merged(piece.chords):
        sounded.append(chord)
        first = bisect_right(bar_lines, chord.onset)
        last = bisect_right(bar_lines, min(chord.onset + chord.duration, end) - 1)
        sounded.extend([chord] * max(last - first, 0))
    held = {bisect_right(bar_lines, c.onset) for c in piece.chords}
    for chord in piece.chords:
        held.update(
            range(
                bisect_right(bar_lines, chord.onset),
                bisect_right(bar_lines, min(chord.onset + chord.duration, end) - 1) + 1,
            )
        )
    triads = Counter(triad_of(c) for c in sounded)
    labels = [(c.root, c.label) for c in sounded]
    trigrams = list(zip(labels, labels[1:], labels[2:], strict=False))
    return {
        "chords_a_bar": len(sounded) / len(held),
        "chord_histogram_entropy": _entropy(triads),
        "chord_coverage": float(len(triads)),
        "unique_trigrams": len(set(trigrams)) / len(trigrams),
    }


def _merged(chords: Sequence[Harmony]) -> list[Harmony]:
    merged: list[Harmony] = []
    for chord in chords:
        last = merged[-1] if merged else None
        if last and last.label == chord.label and last.root == chord.root and last.onset + last.duration >= chord.onset:
            merged[-1] = last._replace(duration=chord.onset + chord.duration - last.onset)
        else:
            merged.append(chord)
    return merged


def _melody_against_chords(piece: Piece) -> dict[str, float]:
    line = sorted(piece.melody)
    onsets = [c.onset for c in piece.chords]
    sixteenth = max(piece.tpq // 4, 1)
    tones = others = proper = full = full_total = strong = strong_total = 0
    consonance: list[float] = []
    distance = weight = 0.0
    for index, tone in enumerate(line):
        at = bisect_right(onsets, tone.onset) - 1
        if at < 0 or piece.chords[at].onset + piece.chords[at].duration <= tone.onset:
            continue
        chord = piece.chords[at]
        root, shape = triad_of(chord)
        triad = frozenset((root + s) % 12 for s in shape)
        if tone.midi % 12 in triad:
            tones += 1
        else:
            others += 1
            proper += index + 1 < len(line) and abs(line[index + 1].midi - tone.midi) <= 2
        inside = tone.midi % 12 in chord.classes
        full += inside
        full_total += 1
        bar = max(bisect_right(piece.bars, tone.onset) - 1, 0)
        offset = (tone.onset - piece.bars[bar] + sixteenth // 2) % piece.beat
        if offset < sixteenth:
            strong += inside
            strong_total += 1
        for tick in range(tone.onset, tone.onset + max(tone.duration, 1), sixteenth):
            now = bisect_right(onsets, tick) - 1
            root_now, shape_now = triad_of(piece.chords[now])
            consonance.append(
                math.fsum(_CONSONANCE[(tone.midi - root_now - s) % 12] for s in shape_now) / len(shape_now)
            )
        distance += tone.duration * _tonal_distance((tone.midi - root) % 12, shape)
        weight += tone.duration
    if not full_total:
        return {}
    return {
        "ctnctr": (tones + proper) / (tones + others),
        "pcs": math.fsum(consonance) / len(consonance),
        "mctd": distance / weight if weight else NAN,
        "chord_tones": full / full_total,
        "chord_tones_strong": strong / strong_total if strong_total else NAN,
    }


# Unison, thirds, fifth and sixths 1, fourth 0, the rest -1 (Yeh et al. 2021).
_CONSONANCE = (1, -1, -1, 1, 1, 0, -1, 1, 1, 1, -1, -1)


@cache
def _tonal_distance(above_root: int, shape: tuple[int, ...]) -> float:
    """Return the distance of note and triad in Harte's six-dimensional tonal centroid; it is the same in any key."""
    note, chord = _centroid((above_root,)), _centroid(shape)
    return math.sqrt(math.fsum((a - b) ** 2 for a, b in zip(note, chord, strict=True)))


def _centroid(classes: tuple[int, ...]) -> tuple[float, ...]:
    circles = ((1.0, 7 * math.pi / 6), (1.0, 3 * math.pi / 2), (0.5, 2 * math.pi / 3))
    return tuple(
        math.fsum(radius * turn(angle * p) for p in classes) / len(classes)
        for radius, angle in circles
        for turn in (math.sin, math.cos)
    )
