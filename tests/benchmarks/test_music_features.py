"""The benchmark's features on small pieces whose values can be counted by hand."""

from __future__ import annotations

import math
import random
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from partimento.benchmarks.music import anchors
from partimento.benchmarks.music.corpora import bar_lines, felt_beat, harte, piece_of_row, tonic_of
from partimento.benchmarks.music.features import (
    FEATURES,
    NAMES,
    features_of,
    groove_consistency,
    lag_similarity,
    pitch_class_entropy,
    scale_consistency,
    triad_of,
)
from partimento.benchmarks.music.likeness import Memory, shared_stretches
from partimento.benchmarks.music.piece import Harmony, Piece, Tone, bars_of
from partimento.benchmarks.music.tokens import VIEWS, bags

TPQ = 24
BAR = 4 * TPQ
C_MAJOR = Harmony(0, BAR, 0, (0, 4, 7), "C:maj")


def line(bars: list[list[int]], chords: tuple[Harmony, ...] = (), name: str = "tune") -> Piece:
    """A piece of quarter notes, a list of pitches a bar."""
    tones = [Tone(i * BAR + j * TPQ, TPQ, p, 90) for i, bar in enumerate(bars) for j, p in enumerate(bar)]
    return Piece(name, TPQ, tuple(range(0, BAR * (len(bars) + 1), BAR)), TPQ, tuple(tones), chords=chords, tonic=0)


pieces = st.lists(st.lists(st.integers(48, 84), min_size=1, max_size=4), min_size=2, max_size=24).map(line)


def test_entropy_counts_pitch_classes_in_bits() -> None:
    assert pitch_class_entropy([60, 72, 62, 74]) == pytest.approx(1.0)
    assert pitch_class_entropy(range(60, 72)) == pytest.approx(math.log2(12))


def test_scale_consistency_takes_the_best_scale() -> None:
    assert scale_consistency([60, 62, 64, 65, 67, 69, 71]) == 1.0
    assert scale_consistency([61, 63, 66, 68, 70]) == 1.0
    assert scale_consistency([60, 61, 62, 63]) == pytest.approx(0.75)


def test_groove_depends_on_the_resolution_that_is_named() -> None:
    piece = line([[60, 60, 60, 60], [60, 60]])
    assert groove_consistency(piece.melody, piece, 12) == pytest.approx(1 - 2 / 48)
    assert groove_consistency(piece.melody, piece, 4) == pytest.approx(1 - 2 / 16)


def test_a_form_of_four_bars_peaks_at_lags_four_and_eight() -> None:
    phrase = [[60, 62], [64, 65], [67, 69], [71, 72]]
    piece = line(phrase * 4)
    found = features_of(piece)
    assert found["melody_lag_4"] == found["melody_lag_8"] == 1.0
    assert found["melody_lag_3"] == found["melody_lag_5"] == 0.0
    assert found["melody_peak_8"] == 1.0
    assert found["bar_repeats"] == pytest.approx(12 / 16)
    assert found["rhythm_repeats"] == pytest.approx(15 / 16)


def test_similarity_is_of_onset_and_pitch_in_bars_that_both_sound() -> None:
    piece = line([[60, 62], [60, 64], [], [60, 62]])
    bars = bars_of(piece.melody, piece)
    assert lag_similarity(bars, 1) == pytest.approx(1 / 3)
    assert lag_similarity(bars, 3) == 1.0
    assert math.isnan(lag_similarity(bars, 4))


def test_intervals_range_and_close() -> None:
    found = features_of(line([[60, 60, 62, 65], [72, 67, 60]]))
    assert [found[f"interval_{n}"] for n in ("repeat", "step", "third", "fourth", "fifth", "wide")] == pytest.approx(
        [1 / 6, 1 / 6, 1 / 6, 1 / 6, 2 / 6, 0]
    )
    assert found["melody_range"] == 12
    assert found["notes_a_bar"] == 3.5
    assert found["ends_on_tonic"] == 1


def test_melody_against_a_chord_follows_the_paper() -> None:
    # C E are chord tones, D steps on to E, A leaps away: three of four are chord or proper tones.
    found = features_of(line([[60, 62, 64, 69]], (C_MAJOR,)))
    assert found["ctnctr"] == pytest.approx(3 / 4)
    assert found["chord_tones"] == pytest.approx(2 / 4)
    # C over C E G: unison 1, sixth 1, fourth 0; D: -1, -1, 1; E: third, unison, sixth; A: sixth, fourth, second.
    assert found["pcs"] == pytest.approx((2 / 3 - 1 / 3 + 3 / 3 + 0) / 4)
    tonic = features_of(line([[60, 60]], (C_MAJOR,)))
    far = features_of(line([[61, 61]], (C_MAJOR,)))
    assert 0 < tonic["mctd"] < far["mctd"]


def test_chords_are_counted_in_each_bar_that_they_sound_in() -> None:
    chords = (
        Harmony(0, 2 * BAR, 0, (0, 4, 7), "C:maj"),
        Harmony(2 * BAR, BAR // 2, 5, (0, 5, 9), "F:maj"),
        Harmony(2 * BAR + BAR // 2, BAR // 2, 7, (2, 5, 7, 11), "G:7"),
    )
    found = features_of(line([[60]] * 3, chords))
    assert found["chords_a_bar"] == pytest.approx(4 / 3)
    assert found["chord_coverage"] == 3
    assert found["chord_histogram_entropy"] == pytest.approx(-(0.5 * math.log(0.5) + 0.5 * math.log(0.25)))


def test_triads_are_four_kinds() -> None:
    assert triad_of(Harmony(0, 1, 2, (0, 2, 5, 9), "D:min7")) == (2, (0, 3, 7))
    assert triad_of(Harmony(0, 1, 11, (2, 5, 9, 11), "B:hdim7")) == (11, (0, 3, 6))
    assert triad_of(Harmony(0, 1, 0, (0, 4, 8), "C:aug")) == (0, (0, 4, 8))
    assert triad_of(Harmony(0, 1, 0, (0, 5, 7), "C:sus4")) == (0, (0, 4, 7))


def test_what_a_piece_lacks_is_nan() -> None:
    found = features_of(line([[60, 62]]))
    assert list(found) == list(NAMES) and len(set(NAMES)) == len(FEATURES)
    assert math.isnan(found["pcs"]) and math.isnan(found["accompaniment_lag_4"]) and math.isnan(found["groove_48"])
    assert all(math.isnan(v) for v in features_of(line([[]])).values())


@given(pieces, st.integers(-12, 12))
def test_transposing_changes_no_melodic_feature(piece: Piece, shift: int) -> None:
    moved = replace(piece, tonic=shift % 12, melody=tuple(t._replace(midi=t.midi + shift) for t in piece.melody))
    assert features_of(moved) == pytest.approx(features_of(piece), nan_ok=True)


@given(pieces, st.integers(1, 4), st.integers(0, 99))
def test_shuffling_bars_moves_bars_whole(piece: Piece, block: int, seed: int) -> None:
    shuffled = anchors.bars_shuffled(piece, random.Random(seed), block)
    before, after = bars_of(piece.melody, piece), bars_of(shuffled.melody, shuffled)
    assert sorted(map(sorted, before.values())) == sorted(map(sorted, after.values()))


@given(pieces, st.integers(0, 99))
def test_random_anchor_stays_in_key_and_bars(piece: Piece, seed: int) -> None:
    made = anchors.random_in_key(piece, random.Random(seed))
    assert {t.midi % 12 for t in made.all_tones} <= {0, 2, 4, 5, 7, 9, 11}
    assert max(t.onset + t.duration for t in made.all_tones) <= piece.bars[-1]
    assert len(made.chords) == len(piece.bars) - 1


def test_moved_notes_and_markov_keep_the_bars() -> None:
    piece = line([[60, 62, 64, 65], [67, 65, 64, 62]] * 10)
    rng = random.Random(1)
    moved = anchors.notes_moved(piece, rng)
    changed = [(a.midi, b.midi) for a, b in zip(piece.melody, moved.melody, strict=True) if a.midi != b.midi]
    assert 2 <= len(changed) <= 16 and all(abs(a - b) <= 6 for a, b in changed)
    chain = anchors.markov_melody(piece, rng, anchors.markov_table([piece]))
    assert {t.midi for t in chain.melody} <= {t.midi for t in piece.melody}
    assert chain.melody[-1].onset <= piece.melody[-1].onset


def test_shared_runs_and_stretches_see_through_transposition() -> None:
    bars = [[60, 62, 64, 65], [67, 65, 64, 62], [60, 64, 67, 72], [71, 69, 67, 65]]
    first = line(bars + bars[::-1], name="first")
    second = line([[p + 5 for p in bar] for bar in bars + bars[::-1]], name="second")
    other = line([[60, 67, 61, 70]] * 8, name="other")
    assert shared_stretches([other, second, first]) == [("first", "second")]
    memory = Memory([first])
    assert memory.longest_run(second) == 32
    assert memory.longest_run(other) == 0


@given(pieces, st.integers(-12, 12))
def test_tokens_see_through_transposition(piece: Piece, shift: int) -> None:
    moved = replace(piece, tonic=shift % 12, melody=tuple(t._replace(midi=t.midi + shift) for t in piece.melody))
    assert bags(moved) == bags(piece)
    assert tuple(bags(piece)) == VIEWS
    assert sum(bags(piece)["degree"].values()) == 2 * len(piece.melody)


def test_tokens_of_what_a_piece_lacks_are_none() -> None:
    found = bags(replace(line([[60, 62]]), tonic=None))
    assert not found["degree"] and not found["chord"] and found["interval"] and found["bar"]
    assert all(not bag for bag in bags(line([[]])).values())


def test_tokens_tell_order_and_rhythm() -> None:
    up, down = bags(line([[60, 62, 64, 65]])), bags(line([[65, 64, 62, 60]]))
    assert up["rhythm"] == down["rhythm"] and up["bar"] == down["bar"] and up["interval"] != down["interval"]


def test_a_run_is_as_long_as_the_memory_says() -> None:
    known = line([[60, 62, 64, 65], [67, 69, 71, 72]])
    turned = line([[60, 62, 64, 65], [67, 65, 64, 62]])
    assert Memory([known]).longest_run(turned) == 5
    assert Memory([known], longest=3).longest_run(turned) == 4
    assert Memory([line([[60]])]).longest_run(turned) == 0


def test_harte_labels() -> None:
    assert harte("C:maj") == (0, (0, 4, 7))
    assert harte("Bb:min7/5") == (10, (1, 5, 8, 10))
    assert harte("G:sus4(b7,9)") == (7, (0, 2, 5, 7, 9))
    assert harte("G:sus4(7)/C") == (7, (0, 2, 5, 7))
    assert harte("F#:min7(no5)") == (6, (4, 6, 9))
    assert harte("C:7(b5)") == (0, (0, 4, 6, 10))
    assert harte("N") is None and harte("X") is None


def test_rows_become_pieces() -> None:
    row = {
        "id": "a", "title": "A", "tpq": 24, "meters": [[0, 6, 8], [144, 3, 4]], "keys": [[0, 2, "minor"]],
        "parts": {"melody": [[0, 12, 74]], "piano": [[0, 72, 50, 70], [144, 72, 57, 60]]},
        "chords": [[0, 72, "D:min"], [72, 72, "N"]],
    }  # fmt: skip
    piece = piece_of_row(row, "melody", ("piano",), ("bridge",))
    assert piece.bars == (0, 72, 144, 216)
    assert piece.tonic == 11 and felt_beat(row) == 36
    assert [c.label for c in piece.chords] == ["D:min"]
    assert piece.accompaniment[1] == Tone(144, 72, 57, 60) and piece.counter == ()
    assert tonic_of({"keys": [[0, "Bbm"]]}) == 10 and tonic_of({"keys": [[0, 2, ""]]}) is None
    assert bar_lines({"bars": [0, 24, 120], "end": 216}, 0) == (0, 24, 120, 216)
