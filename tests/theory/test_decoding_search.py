"""The parts of the decoder: frames, states, keys worth trying, the search and its mirror image."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from partimento.theory.analysis.decode_back import Backward
from partimento.theory.analysis.decode_frames import frames_of
from partimento.theory.analysis.decode_keys import keys_to_try
from partimento.theory.analysis.decode_path import Forward
from partimento.theory.analysis.decode_reading import spelled_reading
from partimento.theory.analysis.decode_scores import NEVER, scores_of
from partimento.theory.analysis.decode_spelling import key_of, spelling_bonus
from partimento.theory.analysis.decode_states import KINDS_OF_CHORD, member_steps, vocabulary
from partimento.theory.analysis.decode_weights import Weights, plain_weights, tuned_weights
from partimento.theory.analysis.piece import Piece
from partimento.theory.roman import chord_of
from tests.theory.small_pieces import piece

lines = st.lists(
    st.lists(st.sampled_from("C4 D4 E4 F4 F#4 G4 G#4 A4 Bb4 B4 C5 D5".split()), min_size=2, max_size=7),
    min_size=1, max_size=4,
)  # fmt: skip


def _piece(rows: list[list[str]], fermata: bool) -> Piece:
    return piece(*(" ".join(f"{name}:1" for name in row) for row in rows), fermatas=(1,) if fermata else ())


@given(lines, st.booleans(), st.integers(1, 5))
def test_forward_and_backward_agree(rows: list[list[str]], fermata: bool, longest: int) -> None:
    """The best way through any of its own stretches is the best way; no reading of a stretch beats it."""
    source = _piece(rows, fermata)
    frames = frames_of(source)
    weights = tuned_weights().of(frames.texture)
    scores = scores_of(frames, weights, longest)
    forward = Forward(frames, scores, weights, np.array([0, 5, 7, 9, 21]), spelling_bonus(source, frames))
    path, total = forward.path()
    backward = Backward(forward)
    for part in path:
        readings = backward.readings(part)
        row = int(np.searchsorted(forward.steps.keys, part.key))
        assert readings[row, part.state] == pytest.approx(total, abs=1e-2)
        assert readings.max() == pytest.approx(total, abs=1e-2)


@given(lines)
def test_a_way_covers_all_frames(rows: list[list[str]]) -> None:
    frames = frames_of(_piece(rows, False))
    weights = plain_weights().of(frames.texture)
    path, total = Forward(frames, scores_of(frames, weights, 4), weights, np.arange(24)).path()
    assert [part.start for part in path] == [0, *(part.end for part in path[:-1])]
    assert path[-1].end == len(frames.eighths)
    assert total > NEVER / 2


def test_more_keys_never_lower_the_score() -> None:
    frames = frames_of(_piece([["C4", "F#4", "G4", "A4"], ["E4", "A4", "B4", "C5"]], False))
    weights = tuned_weights().of(frames.texture)
    scores = scores_of(frames, weights, 4)
    some = Forward(frames, scores, weights, np.array([0, 9, 21])).path()[1]
    assert Forward(frames, scores, weights, np.arange(24)).path()[1] >= some


def test_amounts_are_sounding_eighths() -> None:
    frames = frames_of(piece("C3:2 G3:2", "E4:1 F4:1 G4:2"))
    assert frames.ticks.tolist() == [0, 480, 960, 1920]
    assert frames.amount.sum(axis=(1, 2)).tolist() == [4.0, 4.0, 8.0]
    assert frames.strength.tolist() == [4, 2, 3]
    assert frames.bass.tolist() == [0, 0, 7]


def test_many_voices_count_as_four() -> None:
    frames = frames_of(piece(*["C3:4"] * 9))
    assert frames.amount.sum() == pytest.approx(32.0)


def test_kinds_of_tones() -> None:
    passing = frames_of(piece("C4:0.5 D4:0.5 E4:1 E4:1 D4:1"))
    assert passing.amount[1, 1, 2] == pytest.approx(1.0)
    prepared = frames_of(piece("C3:4", "r:1 F4:1 F4:1 E4:1"))
    assert prepared.amount[2, 2, 5] == pytest.approx(2.0)


def test_states_are_read_as_they_sound() -> None:
    for mode, states in enumerate(vocabulary().states):
        for number, state in enumerate(states):
            for inversion, step in enumerate(member_steps(state.kind)):
                for tonic in (0, 1, 6):
                    key, numeral, chord = spelled_reading(12 * mode + tonic, number, inversion, 0.0)
                    assert chord_of(numeral, key) == chord
                    assert (chord.root.number - tonic) % 12 == state.root
                    assert (chord.bass_tone.number - chord.root.number) % 12 == step


def test_keys_are_spelled_near_the_signature() -> None:
    assert str(key_of(6, 0.0)) == "F# major"
    assert str(key_of(6, -3.0)) == "Gb major"
    assert str(key_of(15, -5.0)) == "Eb minor"
    assert all(abs(key_of(number, centre).signature) <= 7 for number in range(24) for centre in (-9.0, 0.0, 9.0))


def test_keys_worth_trying_hold_the_key() -> None:
    keys = keys_to_try(frames_of(piece("E3:2 B3:2 E3:2", "G#3:2 A3:2 G#3:2", "B3:2 D#4:2 B3:2")))
    assert 4 in keys.tolist()
    assert sorted(set(keys.tolist())) == keys.tolist()


def test_spelling_tells_a_german_sixth_from_a_dominant() -> None:
    sixth = piece("Ab2:4", "C4:4", "Eb4:4", "F#4:4")
    seventh = piece("Ab2:4", "C4:4", "Eb4:4", "Gb4:4")
    states = [state.numeral for state in vocabulary().states[0]]
    bonuses = [spelling_bonus(one, frames_of(one)) for one in (sixth, seventh)]
    assert bonuses[0] is not None
    assert bonuses[1] is not None
    german, dominant = states.index("Ger6"), states.index("V7")
    assert bonuses[0][0, 0, german] > bonuses[1][0, 0, german]
    assert bonuses[1][0, 1, dominant] > bonuses[0][0, 1, dominant]


def test_tuned_weights_have_the_shapes_of_plain_ones() -> None:
    for name, tuned, plain in zip(Weights._fields, tuned_weights(), plain_weights(), strict=True):
        assert tuned.shape == plain.shape, name
        assert np.isfinite(tuned).all(), name


def test_a_cadential_six_four_is_a_sound_of_its_own() -> None:
    assert KINDS_OF_CHORD[-2:] == ("64", "m64")
    assert member_steps(KINDS_OF_CHORD.index("m64")) == (0, 3, 7)
