"""Learned tables: numerals mean what the labels meant, counts are right on small data, committed files are whole."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from partimento.learning.tables import harmony, melody, moods, numerals, transitions
from partimento.learning.tables.corpus import Bar, Piece, Section, mode_by_tonic_third, relative_chords, section_kind
from partimento.learning.tables.numerals import Symbol
from partimento.learning.tables.output import write
from partimento.theory.key import Key
from partimento.theory.roman import chord_of

KEYS = {"major": Key.parse("C major"), "minor": Key.parse("C minor")}


@pytest.mark.parametrize("mode", ["major", "minor"])
@pytest.mark.parametrize("root", range(12))
def test_a_numeral_means_the_chord_it_was_made_from(mode: str, root: int) -> None:
    for quality, (_, _, tones) in numerals.QUALITIES.items():
        for bass in {(root + tone) % 12 for tone in tones} | {0, 10}:
            name = numerals.numeral(root, quality, bass, mode)
            chord = chord_of(name, KEYS[mode])
            assert (chord.root.number, chord.bass_tone.number) == (root, bass), name
            if bass in {(root + tone) % 12 for tone in tones}:
                assert {tone.number for tone in chord.tones} == {(root + tone) % 12 for tone in tones}, name


def _bars(count: int, numerator: int = 4, denominator: int = 4) -> tuple[Bar, ...]:
    length = 96 * numerator // denominator
    return tuple(Bar(i * length, length, numerator, denominator) for i in range(count))


def _song(roots: str, name: str = "a", tune: tuple[tuple[int, int, int], ...] = ()) -> Piece:
    """One chord a bar in C; two equal eight-bar sections."""
    labels = {"I": "C:maj", "V": "G:maj", "v": "A:min", "4": "F:maj"}
    rows: list[list[object]] = [[i * 96, 96, labels[r]] for i, r in enumerate(roots)]
    keys = ((0, 0, "major"),)
    half = len(roots) * 48
    sections = (Section(0, half, "verse", "Vr"), Section(half, 2 * half, "chorus", "Ch"))
    return Piece(name, "billboard", ("pop",), 24, _bars(len(roots)), keys, relative_chords(rows, keys), tune, sections)


@pytest.mark.parametrize(
    ("label", "expected"),
    [
        ("Ab:min7/b3", Symbol(8, "min7", 11, "min7")),
        ("D:7(#9)", Symbol(2, "7", 2, "7(#9)")),
        ("F#:maj/A#", Symbol(6, "maj", 10, "maj")),
        ("C:maj/9", Symbol(0, "maj", 2, "maj")),
        ("E:5", Symbol(4, "5", 4, "5")),
        ("N", None),
        ("X", None),
    ],
)
def test_labels_are_read_apart(label: str, expected: Symbol | None) -> None:
    assert numerals.read_label(label) == expected


def test_chromatic_dominants_are_applied_only_when_they_fall_to_their_target() -> None:
    assert numerals.applied(2, "7", 7, "major") == "V7/V"
    assert numerals.applied(2, "7", 5, "major") is None
    assert numerals.applied(0, "maj", 5, "major") is None, "a plain I before IV stays I"
    assert numerals.applied(0, "7", 5, "major") == "V7/IV"
    assert numerals.applied(0, "7", 5, "major", stable_sevenths=True) is None


def test_the_mode_is_read_from_the_tonic_chords() -> None:
    rows: list[list[object]] = [[0, 96, "A:min"], [96, 300, "C:maj"], [400, 96, "A:min7"]]
    assert mode_by_tonic_third(rows, [(0, 9)]) == ((0, 9, "minor"),)
    assert mode_by_tonic_third(rows, [(0, 0)]) == ((0, 0, "major"),)


def test_a_loop_is_counted_once_a_song_at_its_shortest_period() -> None:
    count = harmony.LoopCount()
    for name in "abc":
        count.add(_song("IVv4" * 4, name))
    loops = count.table()["pop"]["major"]
    assert [(entry["chords"], entry["bars"], entry["halves"], entry["songs"]) for entry in loops] == [
        (["I", "V", "vi", "IV"], 4, [8, 8, 8, 8], 3)
    ]


def test_a_loop_of_two_songs_is_not_shown() -> None:
    count = harmony.LoopCount()
    for name in "ab":
        count.add(_song("IVv4" * 4, name))
    assert count.table()["pop"]["major"] == []


@given(st.lists(st.integers(1, 10_000), min_size=8, max_size=60))
def test_no_capped_weight_exceeds_its_share(weights: list[int]) -> None:
    capped = harmony.cap_weights(weights)
    assert all(0 < after <= before for before, after in zip(weights, capped, strict=True))
    assert max(capped) * 100 <= 16 * sum(capped) or min(sum(capped), max(capped)) < 20


def test_transitions_and_cadences_of_a_loop() -> None:
    count = transitions.TransitionCount()
    count.add(_song("IVv4" * 4))
    table = count.table()["major"]
    assert table["order1"] == {"I": {"V": 4}, "V": {"vi": 4}, "vi": {"IV": 4}, "IV": {"I": 3}}
    assert table["order2"]["I V"] == {"vi": 4}
    assert count.cadences["major"] == {"vi IV > I": 1, "vi IV > -": 1}
    assert transitions.ngram_numeral("b7:7", "minor") == "VII7"


def test_a_twelve_bar_blues_is_known_by_its_pillars() -> None:
    assert transitions.is_twelve_bar(_song("IIII44IIV4II" * 2))
    assert not transitions.is_twelve_bar(_song("IVv4" * 6))


def test_forms_join_repeats_and_drop_short_links() -> None:
    assert section_kind("pre-chorus two") == "prechorus"
    assert section_kind("Vr3") == "verse"
    assert section_kind("fadeout") == "outro"
    table = harmony.forms([_song("IVv4" * 4)] * 2)
    assert table["pop"]["after"] == {"start": {"verse": 2}, "verse": {"chorus": 2}, "chorus": {"end": 2}}
    assert table["pop"]["lengths_bars"] == {"verse": {"8": 2}, "chorus": {"8": 2}}


def _scale_tune(bars: int) -> tuple[tuple[int, int, int], ...]:
    """Quarters c d e over each bar, then a rest of a beat."""
    return tuple((bar * 96 + i * 24, 24, 60 + 2 * i) for bar in range(bars) for i in range(3))


def test_rhythm_masks_phrases_and_repeats() -> None:
    found = melody.count([_song("IVv4" * 4, tune=_scale_tune(16))])
    rhythm = found.rhythm_table()
    assert found.cells["4/4", "whole"] == {"x---x---x---....": 8}, "a song counts eight times at most"
    assert rhythm["repeats"]["8"] == {"bars": 8, "exact": 8, "rhythm": 8, "same_contour": 0, "sequence": 0}
    assert rhythm["phrase_start_cell 4/4"] == {"0": 16}
    assert rhythm["breath_cells"] == {"4": 15}
    assert rhythm["syncopation"] == {"plain": 47}


def test_intervals_and_nonchord_tones() -> None:
    found = melody.count([_song("IVv4" * 4, tune=_scale_tune(16))])
    pitch = found.pitch_table()
    assert pitch["intervals1"] == {"beat": {"start": {"1": 16}}, "strong": {"1": {"1": 16}}}
    assert pitch["range_semitones"] == {"4": 1}
    assert pitch["nonchord"]["beat"]["passing"] == 12, "d is no tone of C, F or A minor"
    assert "contour" not in pitch, "three notes have no contour"


def test_a_note_held_through_the_next_beat_is_syncopated() -> None:
    tune = tuple(
        (bar * 96 + cell * 6, length * 6, 60) for bar in range(8) for cell, length in ((0, 6), (6, 6), (12, 4))
    )
    table = melody.count([_song("IVv4" * 2, tune=tune)]).rhythm_table()
    assert table["syncopation"] == {"plain": 15, "syncopated": 8}


def test_mood_chords_keep_their_own_spelling_rules() -> None:
    assert moods.read_chord("bVIIM", "modal") == (10, "maj")
    assert moods.read_chord("ivm9", "modal") == (5, "min7")
    assert moods.read_chord("I7", "major") == (0, "maj7")
    assert moods.read_chord("V7", "major") == (7, "7")
    assert moods.read_chord("ii", "minor") == (2, "dim")
    assert moods.read_chord("VII", "minor") == (10, "maj")
    assert moods.read_chord("Q", "major") is None


def test_writing_is_sorted_and_reads_back(tmp_path: Path) -> None:
    table = {"b": {"y": {"k": 2}, "x": {}}, "a": [{"q": 1}, {"p": [1, 2]}], "c": 3}
    write(tmp_path / "t.json", table)
    text = (tmp_path / "t.json").read_text(encoding="utf-8")
    assert json.loads(text) == table
    assert text.index('"a"') < text.index('"b"') < text.index('"c"')


COMMITTED = sorted((Path(__file__).parents[2] / "composer" / "tables").glob("*.json"))
MINE = [
    path
    for path in COMMITTED
    if path.name.startswith(("transitions_", "melody_")) or path.stem in ("loops", "forms", "harmonic_rhythm")
]


def _leaves(value: object) -> Iterator[object]:
    if isinstance(value, dict):
        for inner in value.values():
            yield from _leaves(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _leaves(inner)
    else:
        yield value


@pytest.mark.parametrize("path", MINE, ids=lambda path: path.stem)
def test_a_committed_table_is_small_whole_and_says_whence(path: Path) -> None:
    assert path.stat().st_size < 300_000
    table = json.loads(path.read_text(encoding="utf-8"))
    made = table.pop("provenance")
    assert made["sets"] and all(row["pieces"] > 0 and row["licence"] for row in made["sets"].values())
    assert made["script"].startswith("learning/tables/") and made["date"]
    assert not any(isinstance(leaf, float) for leaf in _leaves(table)), "weights are integers"


@pytest.mark.parametrize("path", [p for p in MINE if p.stem.startswith("transitions_")], ids=lambda path: path.stem)
def test_every_numeral_of_a_transition_table_is_a_chord(path: Path) -> None:
    modes = json.loads(path.read_text(encoding="utf-8"))["modes"]
    for mode, table in modes.items():
        names = {name for a, row in table["order1"].items() for name in (a, *row)}
        names |= {name for pair, row in table["order2"].items() for name in (*pair.split(), *row)}
        names |= {name for kind in ("starts", "ends") for row in table[kind].values() for name in row}
        for name in names:
            chord_of(name, KEYS[mode])
        assert all(count > 0 for row in table["order1"].values() for count in row.values())


def test_loops_are_wide_and_none_rules() -> None:
    table = json.loads((COMMITTED[0].parent / "loops.json").read_text(encoding="utf-8"))
    assert all(len(table["genres"]["all"][mode]) >= 60 for mode in ("major", "minor"))
    for modes in table["genres"].values():
        for mode, loops in modes.items():
            total = sum(loop["weight"] for loop in loops)
            for loop in loops:
                assert sum(loop["halves"]) == 8 * loop["bars"]
                assert len(loop["halves"]) == len(loop["chords"])
                assert len(loops) < 7 or loop["weight"] * 100 <= 15 * total + 100
                for spelling in [loop["chords"], *(names for names, _ in loop.get("spellings", []))]:
                    for name in spelling:
                        chord_of(name, KEYS[mode])
    for modes in table["moods"].values():
        for mode, loops in modes.items():
            assert loops
            for loop in loops:
                assert [chord_of(name, KEYS[mode]).root for name in loop["chords"]] == [
                    chord_of(name, KEYS[mode]).root for name in loop["triads"]
                ]


@pytest.mark.parametrize("path", [p for p in MINE if p.stem.startswith("melody_rhythm")], ids=lambda path: path.stem)
def test_masks_fill_their_grid(path: Path) -> None:
    table = json.loads(path.read_text(encoding="utf-8"))
    assert table["meters"]
    for meter in table["meters"].values():
        for masks in meter["cells"].values():
            assert all(len(mask) == meter["grid"] and set(mask) <= set("x-.") for mask in masks)
    for row in table["repeats"].values():
        assert row["exact"] + row["sequence"] + row["same_contour"] <= row["rhythm"] <= row["bars"]
