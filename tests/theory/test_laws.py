"""Laws of theory that hold for every value: what is printed can be read, and transposition can be undone."""

from __future__ import annotations

import pickle

from hypothesis import given
from hypothesis import strategies as st

from partimento.theory.chord import Chord, parse_chord
from partimento.theory.chord_quality import QUALITIES
from partimento.theory.chord_scale import avoid_tones, chord_scale, tensions
from partimento.theory.interval import Interval
from partimento.theory.key import MODES, Key
from partimento.theory.meter import DENOMINATORS, Meter
from partimento.theory.pitch import Pitch, PitchClass, pitch_at, pitch_class
from partimento.theory.roman import Numeral, chord_of, function_of, numeral_of
from partimento.theory.scale import SCALES, scale_tones

fifths = st.integers(-15, 15)
pitch_classes = fifths.map(pitch_class)
pitches = st.builds(Pitch, st.sampled_from("ABCDEFG"), st.integers(-2, 2), st.integers(1, 8))
intervals = st.builds(
    lambda steps, excess: Interval(steps, round(steps * 12 / 7) + excess), st.integers(-15, 15), st.integers(-2, 2)
)
keys = st.builds(Key, st.integers(-7, 7).map(pitch_class), st.sampled_from(sorted(MODES)))
chords = st.builds(
    Chord,
    st.integers(-10, 10).map(pitch_class),
    st.sampled_from(sorted(QUALITIES)),
    st.none() | st.integers(-12, 12).map(pitch_class),
)


@st.composite
def meters(draw: st.DrawFn) -> Meter:
    groups = tuple(draw(st.lists(st.integers(1, 4), min_size=1, max_size=8)))
    denominator = draw(st.sampled_from(DENOMINATORS))
    return Meter(sum(groups), denominator, groups if draw(st.booleans()) else ())


@given(pitch_classes, pitches, intervals, keys, chords, meters())
def test_what_is_printed_can_be_read(
    pc: PitchClass, pitch: Pitch, interval: Interval, key: Key, chord: Chord, meter: Meter
) -> None:
    assert PitchClass.parse(str(pc)) == pc
    assert Pitch.parse(str(pitch)) == pitch
    assert Interval.parse(str(interval)) == interval
    assert Key.parse(str(key)) == key
    assert parse_chord(str(chord)) == chord
    assert Meter.parse(str(meter)) == meter


@given(pitches, intervals)
def test_transposition_moves_by_the_interval_and_back(pitch: Pitch, interval: Interval) -> None:
    moved = pitch.transposed(interval)
    assert moved.midi - pitch.midi == interval.semitones
    assert moved.diatonic - pitch.diatonic == interval.steps
    assert moved.fifths - pitch.fifths == interval.fifths
    assert moved.transposed(-interval) == pitch
    assert Interval.between(pitch, moved) == interval


@given(pitches)
def test_a_pitch_is_found_again_by_spelling_and_sound(pitch: Pitch) -> None:
    assert pitch_at(pitch.pitch_class, pitch.midi) == pitch
    assert pitch.midi % 12 == pitch.pitch_class.number


@given(pitches, pitches)
def test_pitches_sort_by_sound_first(first: Pitch, second: Pitch) -> None:
    if first.midi != second.midi:
        assert (first < second) == (first.midi < second.midi)
    assert (first <= second) or (second <= first)


@given(intervals)
def test_an_interval_and_its_inversion_fill_the_octave(interval: Interval) -> None:
    whole = interval.simple if interval.steps >= 0 else (-interval).simple
    inverted = interval.inversion
    assert (whole.steps + inverted.steps, whole.semitones + inverted.semitones) == (7, 12)


@given(chords, fifths)
def test_transposing_a_chord_transposes_its_tones(chord: Chord, distance: int) -> None:
    moved = chord.up(distance)
    assert moved.tones == tuple(tone.up(distance) for tone in chord.tones)
    assert moved.bass_tone == chord.bass_tone.up(distance)
    assert moved.family == chord.family
    assert moved.up(-distance) == chord


@given(chords, keys)
def test_a_numeral_means_the_chord_it_was_made_from(chord: Chord, key: Key) -> None:
    numeral = numeral_of(chord, key)
    assert chord_of(numeral, key) == chord
    assert str(Numeral.parse(numeral)) == numeral
    assert function_of(numeral) in {"T", "S", "D"}


@given(chords, keys, st.integers(-4, 4))
def test_numerals_do_not_change_with_the_key(chord: Chord, key: Key, distance: int) -> None:
    assert numeral_of(chord.up(distance), key.up(distance)) == numeral_of(chord, key)


@given(chords, keys)
def test_a_chord_scale_holds_the_chord_and_ascends(chord: Chord, key: Key) -> None:
    scale = chord_scale(chord, key)
    steps = [(tone.number - chord.root.number) % 12 for tone in scale]
    assert set(chord.tones) <= set(scale)
    assert steps == sorted(set(steps))
    assert not set(avoid_tones(chord, key)) & (set(chord.tones) | set(tensions(chord, key)))


@given(keys, st.integers(0, 127))
def test_a_key_spells_its_own_tones_diatonically(key: Key, midi: int) -> None:
    pitch = key.spell(midi)
    assert pitch.midi == midi
    if midi % 12 in {tone.number for tone in key.tones}:
        assert key.contains(pitch.pitch_class)


@given(keys)
def test_relative_and_parallel_keys(key: Key) -> None:
    assert key.relative.signature == key.signature
    assert set(key.relative.tones) == set(key.tones)
    assert key.parallel.tonic == key.tonic
    assert key.parallel.is_minor != key.is_minor


@given(fifths, st.sampled_from(sorted(MODES)))
def test_a_simplified_key_sounds_the_same(tonic: int, mode: str) -> None:
    key = Key(pitch_class(tonic), mode)
    simple = key.simplified()
    assert abs(simple.signature) <= 7
    assert [tone.number for tone in simple.tones] == [tone.number for tone in key.tones]


@given(pitch_classes, st.sampled_from(sorted(SCALES)))
def test_scale_tones_ascend_within_the_octave(tonic: PitchClass, name: str) -> None:
    numbers = [(tone.number - tonic.number) % 12 for tone in scale_tones(tonic, name)]
    assert numbers == sorted(set(numbers))
    assert numbers[0] == 0


@given(meters())
def test_beats_fill_the_bar(meter: Meter) -> None:
    assert sum(meter.beat_lengths) == meter.bar
    assert meter.strength(0) == meter.strength(meter.bar) == 4
    assert all(meter.strength(beat) >= 2 for beat in meter.beats)
    assert [meter.beat_at(beat) for beat in meter.beats] == list(range(len(meter.beats)))


@given(pitches, keys, chords, meters())
def test_values_survive_pickling(pitch: Pitch, key: Key, chord: Chord, meter: Meter) -> None:
    for value in (pitch, key, chord, meter):
        copied = pickle.loads(pickle.dumps(value))
        assert copied == value
        assert hash(copied) == hash(value)
    assert pickle.loads(pickle.dumps(chord)).members == chord.members
