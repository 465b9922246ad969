"""Phrases, sections, the pattern of the harmony and the meter check, on chords that are given."""

from __future__ import annotations

from dataclasses import replace

import pytest

from partimento.theory.analysis.cadences import find_cadences
from partimento.theory.analysis.findings import FoundSection
from partimento.theory.analysis.form_sections import find_sections
from partimento.theory.analysis.lines import breaks, leading_line
from partimento.theory.analysis.meter_check import check_meter
from partimento.theory.analysis.patterns import find_pattern
from partimento.theory.analysis.phrases import find_phrases
from partimento.theory.analysis.piece import Piece, Voice
from partimento.theory.key import Key
from partimento.theory.meter import Meter
from tests.theory.small_pieces import piece, spans

HALF = "E4 E4 F4 G4 G4 F4 E4 D4 C4 C4 D4 E4 E4:1.5 D4:0.5 D4:2"
FULL = "E4 E4 F4 G4 G4 F4 E4 D4 C4 C4 D4 E4 D4:1.5 C4:0.5 C4:2"
MIDDLE = "D4 D4 E4 C4 D4 E4:0.5 F4:0.5 E4 C4 D4 E4:0.5 F4:0.5 E4 D4 C4 D4 G3:2"
JOY = f"{HALF} {FULL} {MIDDLE} {FULL}"
HARMONY = "I:4 V:4 I:4 I:2 V:2 I:4 V:4 I:4 V:2 I:2 V:4 I:4 I:4 V:4 I:4 V:4 I:4 V:2 I:2"


def phrases_of(music: Piece, chords: str) -> list[tuple[int, int, str, str]]:
    harmony = spans(chords)
    line = leading_line(music)
    cadences = find_cadences(music, (), harmony)
    rows = find_phrases(music, line, breaks(music, line), cadences)
    return [
        (music.bar_at(r.start).number, music.bar_at(r.end - 1).number, r.idea,
         "" if r.cadence is None else cadences[r.cadence].kind)
        for r in rows
    ]  # fmt: skip


def test_a_period_and_its_return() -> None:
    music = piece("C3:64", JOY)
    assert phrases_of(music, HARMONY) == [
        (1, 4, "a", "HC"),
        (5, 8, "a", "PAC"),
        (9, 12, "b", "HC"),
        (13, 16, "a", "PAC"),
    ]


def test_fermatas_decide() -> None:
    music = piece("C3:16", "C4 D4 E4 F4 E4 D4 C4 D4 E4 F4 G4 A4 G4 F4 E4 C4", fermatas=(6, 15))
    assert [row[:2] for row in phrases_of(music, "I:16")] == [(1, 2), (2, 4)]
    assert len(phrases_of(replace(music, fermatas=()), "I:16")) == 1


def test_written_phrase_ends_decide() -> None:
    music = piece("C3:16", "C4 D4 E4 F4 E4 D4 C4 D4 E4 F4 G4 A4 G4 F4 E4 C4")
    assert [row[:2] for row in phrases_of(replace(music, phrase_ends=(8 * 480,)), "I:16")] == [(1, 2), (3, 4)]


def test_phrases_lie_end_to_end() -> None:
    music = piece("r:1 C3:64", "G3 " + JOY, pickup=1)
    line = leading_line(music)
    rows = find_phrases(music, line, breaks(music, line), ())
    assert rows[0].start == 0 and rows[-1].end == music.end
    assert [row.end for row in rows[:-1]] == [row.start for row in rows[1:]]


def test_what_returns_has_one_letter() -> None:
    music = piece("C3:128", f"{JOY} {JOY}")
    harmony = spans(f"{HARMONY} {HARMONY}")
    rows = find_sections(music, leading_line(music), harmony)
    labels = [row.label for row in rows]
    assert len(rows) >= 2 and labels[0][0] == "A" and any(label[0] == "A" for label in labels[1:])
    assert rows[0].start == 0 and rows[-1].end == music.end
    assert [row.end for row in rows[:-1]] == [row.start for row in rows[1:]]


def test_the_sources_own_sections_keep_their_names() -> None:
    music = piece("C3:128", f"{JOY} {MIDDLE} {MIDDLE} {JOY}")
    named = replace(music, sections=((0, "Verse"), (64 * 480, "Bridge"), (96 * 480, "Verse 2")))
    harmony = spans(f"{HARMONY} V:32 {HARMONY}")
    rows = find_sections(named, leading_line(named), harmony)
    assert [(row.label, row.name) for row in rows] == [("A", "Verse"), ("B", "Bridge"), ("A", "Verse 2")]


def test_a_piece_of_a_thousand_bars_has_sections() -> None:
    music = piece("C3:4000", " ".join([JOY] * 60 + ["C4"] * 160))
    rows = find_sections(music, leading_line(music), spans("I:4000"))
    assert rows[0].start == 0 and rows[-1].end == music.end and len(rows) < 200


def pattern_of(music: Piece, chords: str, key: str = "C") -> tuple[str, tuple[str, ...]]:
    harmony = spans(chords, key)
    home = Key.parse(key)
    cadences = find_cadences(music, (), harmony)
    sections = (FoundSection(0, music.end, "A"),)
    return find_pattern(music, home, harmony, cadences, sections)


BLUES = "I7:16 IV7:8 I7:8 V7:4 IV7:4 I7:8"


@pytest.mark.parametrize(
    ("chords", "key", "name", "loop"),
    [
        ("I:4 V:4 vi:4 IV:4 " * 4, "C", "loop", ("I", "V", "vi", "IV")),
        ("i:4 VII:4 " * 6, "A minor", "loop", ("i", "VII")),
        (BLUES * 1, "C", "blues", ()),
        (f"{BLUES} {BLUES}", "Bb", "blues", ()),
        ("I:64", "C", "drone", ()),
        (HARMONY, "C", "functional", ()),
        ("i:4 IV:4 i:4 VII:8 i:4 v:4 IV:8 i:4 VII:4 III:8 IV:4 i:4", "D dorian", "modal", ()),
        ("-:16", "C", "none", ()),
    ],
)
def test_patterns(chords: str, key: str, name: str, loop: tuple[str, ...]) -> None:
    end = spans(chords, key)[-1].end // 480
    bass = " ".join(["C3", "D3", "E3", "D3"] * (end // 4))
    assert pattern_of(piece(bass, " ".join(["C5", "B4", "E5", "D5"] * (end // 4))), chords, key) == (name, loop)


def test_a_held_bass_is_a_drone() -> None:
    music = piece("C3:32", " ".join(["E4", "F4", "G4", "F4"] * 8))
    assert pattern_of(music, "I:4 V:4 IV:4 I:4 ii:4 V:4 vi:4 I:4")[0] == "drone"


WALTZ = " ".join(["C3 E3 E3", "G2 D3 D3", "A2 E3 E3", "F2 C3 C3"] * 6)
WALTZ_TUNE = " ".join(["G4:2 A4", "B4:2 A4", "E4:2 D4", "C4:2 D4"] * 6)
WALTZ_CHORDS = "I:3 V:3 vi:3 IV:3 " * 6
MARCH = " ".join(["C3 G3 G3 G3", "G2 D3 D3 D3", "A2 E3 E3 E3", "F2 C3 C3 C3"] * 4)
MARCH_TUNE = " ".join(["G4:2 A4 A4", "B4:2 A4 A4", "E4:2 D4 D4", "C4:2 D4 D4"] * 4)
MARCH_CHORDS = "I:4 V:4 vi:4 IV:4 " * 4


def test_a_meter_that_fits_stands() -> None:
    for bass, tune, chords, meter in (
        (WALTZ, WALTZ_TUNE, WALTZ_CHORDS, "3/4"),
        (MARCH, MARCH_TUNE, MARCH_CHORDS, "4/4"),
    ):
        found = check_meter(piece(bass, tune, meter=meter), spans(chords))
        assert found is not None and (found.written, found.found, found.shift) == (Meter.parse(meter),) * 2 + (0,)
        assert found.sure > 0.5


def test_a_waltz_in_four_is_found_out() -> None:
    found = check_meter(piece(WALTZ, WALTZ_TUNE, meter="4/4"), spans(WALTZ_CHORDS))
    assert found is not None and (str(found.written), str(found.found), found.shift) == ("4/4", "3/4", 0)


def test_a_march_that_is_a_beat_late_is_found_out() -> None:
    found = check_meter(piece(f"r {MARCH}", f"r {MARCH_TUNE}"), spans(f"-:1 {MARCH_CHORDS}"))
    assert found is not None and (found.found, found.shift) == (found.written, 480)


def test_of_too_little_nothing_is_said() -> None:
    assert check_meter(piece("C3:8"), spans("I:8")) is None
    assert check_meter(replace(piece("C3:8"), bars=()), ()) is None


def test_the_leading_line_is_the_melody_or_what_is_highest() -> None:
    music = piece("C3 D3 E3 F3", "G4 r:3", "r:1 C4 D4 E4")
    assert [str(music.tones[i].pitch) for i in leading_line(replace(music, melody=1))] == ["G4"]
    assert [str(music.tones[i].pitch) for i in leading_line(music)] == ["C4", "D4", "E4"]
    chords = replace(music, voices=tuple(Voice("Piano", False) for _ in music.voices))
    assert [str(music.tones[i].pitch) for i in leading_line(chords)] == ["G4", "C4", "D4", "E4"]
