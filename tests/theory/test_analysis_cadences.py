"""Cadences, six-fours and modulations, on chords that are given."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from partimento.theory.analysis.cadences import find_cadences
from partimento.theory.analysis.findings import CADENCES, ChordSpan, FoundCadence, KeySpan
from partimento.theory.analysis.modulations import with_kinds
from partimento.theory.analysis.piece import Piece
from partimento.theory.analysis.six_fours import with_roles
from partimento.theory.interval import Interval
from partimento.theory.key import Key
from tests.theory.small_pieces import moved, piece, spans, transposed


def over(top: str, bass: str) -> Piece:
    """Two lines of three chords, the last one held under a fermata."""
    return piece(bass, top, fermatas=(4,))


@pytest.mark.parametrize(
    ("key", "chords", "bass", "top", "kind"),
    [
        ("C", "ii:2 V7:2 I:4", "D3:2 G3:2 C3:4", "F4:2 B4:2 C5:4", "PAC"),
        ("C", "ii:2 V7:2 I:4", "D3:2 G3:2 C3:4", "F4:2 F4:2 E4:4", "IAC"),
        ("C", "ii:2 V65:2 I:4", "D3:2 B2:2 C3:4", "F4:2 D4:2 C4:4", "IAC-inverted"),
        ("C", "ii:2 V7:2 I6:4", "D3:2 G3:2 E3:4", "F4:2 B4:2 C5:4", "IAC-inverted"),
        ("C", "I:2 ii6:2 V:4", "C3:2 F3:2 G3:4", "E4:2 D4:2 D4:4", "HC"),
        ("A minor", "i:2 iv6:2 V:4", "A3:2 F3:2 E3:4", "C5:2 D5:2 E5:4", "Phrygian"),
        ("C", "ii:2 V7:2 vi:4", "D3:2 G3:2 A3:4", "F4:2 B4:2 C5:4", "DC"),
        ("A minor", "iiø7:2 V7:2 VI:4", "B3:2 E3:2 F3:4", "D4:2 G#4:2 A4:4", "DC"),
        ("C", "I:2 IV:2 I:4", "C3:2 F3:2 C3:4", "C5:2 C5:2 C5:4", "PC"),
        ("A minor", "i:2 iv:2 I:4", "A3:2 D3:2 A2:4", "E4:2 F4:2 E4:4", "PC"),
        ("C", "ii:2 viio6:2 I:4", "D3:2 D3:2 C3:4", "F4:2 B4:2 C5:4", "viio-I"),
        ("C", "I:2 V7/vi:2 vi:4", "C3:2 E3:2 A2:4", "E4:2 G#4:2 A4:4", "PAC"),
        ("C", "I:2 V7/V:2 V:4", "C3:2 D3:2 G2:4", "E4:2 F#4:2 G4:4", "HC"),
    ],
)
def test_the_last_two_chords_name_the_close(key: str, chords: str, bass: str, top: str, kind: str) -> None:
    (found,) = find_cadences(over(top, bass), (), spans(chords, key))
    assert (found.kind, found.arrival, found.start) == (kind, 1920, 960)
    assert 0.5 < found.sure <= 1


def test_a_tonicised_close_is_in_its_own_key() -> None:
    found = find_cadences(over("E4:2 G#4:2 A4:4", "C3:2 E3:2 A2:4"), (), spans("I:2 V7/vi:2 vi:4"))
    assert (str(found[0].key), found[0].chords) == ("A minor", ("V7", "i"))


@pytest.mark.parametrize("chords", ["I:2 iii:2 vi:4", "I:2 V:2 ii:4", "I:2 vi:2 I:4", "-:2 -:2 -:4"])
def test_other_chords_close_nothing(chords: str) -> None:
    assert find_cadences(over("E4:2 E4:2 E4:4", "C3:2 C3:2 C3:4"), (), spans(chords)) == ()


def test_a_dominant_that_goes_on_is_no_close() -> None:
    tune = "E4 D4 E4 F4 G4 F4 E4 D4 E4 F4 E4 D4 C4 D4 E4 F4 E4:4"
    chords = spans("I:2 V7:2 I:2 V7:2 I:2 V7:2 I:4 I:4")
    found = find_cadences(piece("C3:4 C3:4 C3:4 C3:4 C3:4", tune), (), chords)
    assert all(cadence.arrival >= 14 * 480 for cadence in found)


def test_an_evaded_close() -> None:
    music = piece("G3:1 G3:1 E3:1 F3:1 G3:2 C3:2", "E4 D4 E4 F4 E4 D4 C4:2")
    found = find_cadences(music, (), spans("I64:1 V:1 I6:1 ii6:1 I64:1 V7:1 I:2"))
    assert [cadence.kind for cadence in found] == ["evaded", "PAC"]


@pytest.mark.parametrize(
    ("chords", "role"),
    [
        ("I:2 I64:1 V:1 I:4", "cadential"),
        ("I:2 IV:2 I64:2 V:2", "cadential"),
        ("I:2 IV64:2 I:4", "pedal"),
        ("I6:2 V64:2 I:4", "passing"),
        ("I:2 I64:2 IV:4", "arpeggiated"),
        ("vi:2 IV64:2 V:4", ""),
    ],
)
def test_six_fours_have_roles(chords: str, role: str) -> None:
    music = piece("C3:8", "C5:8")
    (found,) = [span.role for span in with_roles(music, spans(chords)) if span.numeral.endswith("64")]
    assert found == role


def test_a_weak_six_four_delays_no_dominant() -> None:
    music = piece("C3:8", "C5:8")
    roles = {span.role for span in with_roles(music, spans("I:3 IV64:1 V:4")) if span.numeral == "IV64"}
    assert roles == {""}


def keys_of(chords: tuple[ChordSpan, ...]) -> tuple[KeySpan, ...]:
    out: list[KeySpan] = []
    for span in chords:
        if out and out[-1].key == span.key:
            out[-1] = out[-1]._replace(end=span.end)
        else:
            out.append(KeySpan(span.start, span.end, span.key))
    return tuple(out)


@pytest.mark.parametrize(
    ("chords", "kind", "pivot"),
    [
        ("I:4 V7:4 I:4 vi:4 | G | V7:4 I:4", "pivot", "vi"),
        ("I:4 IV:4 | G | IV:4 V7:4 I:4", "pivot", "I"),
        ("I:4 V7:4 I:4 | Eb | I:4 IV:4 V7:4", "chromatic", ""),
        ("I:4 V7:4 | D minor | viio7:4 i:4", "chromatic", ""),
        ("I:4 V7:4 I:4 | F# | I:4 V7:4 I:4", "chromatic", ""),
        ("I:4 viio7:4 | Eb | viio7:4 I:4", "enharmonic", ""),
        ("I:4 V7/IV:4 | E | Ger6:4 V:4 I:4", "enharmonic", ""),
    ],
)
def test_how_a_key_is_come_by(chords: str, kind: str, pivot: str) -> None:
    given_chords = spans(chords)
    keys, told = with_kinds(keys_of(given_chords), given_chords, (), Key.parse("C"))
    assert keys[0].kind == "home"
    assert keys[1].kind == kind
    assert [span.pivot for span in told if span.pivot] == ([pivot] if pivot else [])
    assert all(span.key == row.key for row in keys for span in told if row.start <= span.start < row.end)
    assert [row.end for row in keys[:-1]] == [row.start for row in keys[1:]]


def test_after_a_close_the_new_key_is_direct_and_home_is_a_return() -> None:
    chords = spans("I:4 V7:4 I:4 | Ab | I:4 V7:4 I:4 | C | V7:4 I:4")
    closed = FoundCadence(1920, 3840, "PAC", Key.parse("C"), ("V7", "I"))
    second = FoundCadence(7680, 9600, "PAC", Key.parse("Ab"), ("V7", "I"))
    keys, _ = with_kinds(keys_of(chords), chords, (closed, second), Key.parse("C"))
    assert [row.kind for row in keys] == ["home", "common-tone", "return"]
    far = spans("I:4 V7:4 I:4 | D | I:4 V7:4 I:4")
    keys, _ = with_kinds(keys_of(far), far, (closed,), Key.parse("C"))
    assert keys[1].kind == "direct"


STEPS = st.sampled_from(("I", "ii", "ii6", "IV", "V", "V7", "V65", "vi", "viio6", "I6", "I64", "V7/V", "V7/vi"))
INTERVALS = st.sampled_from(("m2", "M2", "m3", "M3", "P4", "A4", "P5", "m6", "M6", "m7")).map(Interval.parse)


@given(st.lists(STEPS, min_size=2, max_size=10), INTERVALS, st.lists(st.integers(0, 9), max_size=4))
def test_cadences_transpose(numerals: list[str], interval: Interval, fermatas: list[int]) -> None:
    chords = spans(" ".join(f"{numeral}:2" for numeral in numerals))
    length = 2 * len(numerals)
    tops = ("C5", "D5", "B4", "G4", "E4", "F4")
    tune = " ".join(f"{tops[i % 6]}:2" for i in range(len(numerals)))
    music = piece(f"C3:{length}", tune, fermatas=sorted({2 * i for i in fermatas if 2 * i < length}))
    plain = find_cadences(music, (), chords)
    up = find_cadences(transposed(music, interval), (), moved(chords, interval))
    assert [(c.kind, c.start, c.arrival, c.chords, c.sure) for c in plain] == [
        (c.kind, c.start, c.arrival, c.chords, c.sure) for c in up
    ]
    assert all(c.kind in CADENCES and 0 <= c.sure <= 1 for c in plain)
    assert [c.key.up(interval.fifths) for c in plain] == [c.key for c in up]
