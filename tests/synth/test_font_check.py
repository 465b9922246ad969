"""Checking fonts: gaps are found, kept and used; silent notes move to where there is sound."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from partimento.score.performance import PlayedNote, PlayedTrack
from partimento.soundfonts import measured
from partimento.soundfonts.finding import find_soundfonts
from partimento.soundfonts.measured import FontReport, ProgramReport, from_json, identity, ranges, to_json
from partimento.soundfonts.siblings import drums_like, kits_like, programs_like
from partimento.synth import font_check, font_probe
from partimento.tests.soundfonts import small_font
from partimento.theory.errors import RenderError

try:
    font_probe.fluidsynth_version()
    _missing = ""
except RenderError as error:
    _missing = str(error)
pytestmark = pytest.mark.skipif(bool(_missing), reason=_missing or "there")

ZONES = {
    (0, 0): (21, 108),
    (0, 42): (30, 90),
    (0, 43): (20, 57),
    (0, 40): (60, 70),
    (128, 0): (35, 50),
}


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setattr(font_check, "_reports", {})
    return tmp_path / "cache"


@pytest.fixture
def font(tmp_path: Path, cache: Path) -> Path:
    return small_font.write_font(tmp_path / "small.sf2", ZONES)


def track(keys: list[int], program: int = 43, channel: int = 0) -> PlayedTrack:
    return PlayedTrack("Bass", channel, program, tuple(PlayedNote(480 * i, 480, k, 80) for i, k in enumerate(keys)))


def numbers(played: PlayedTrack) -> list[int]:
    return [note.number for note in played.notes]


def test_gaps_are_where_the_zones_end(font: Path) -> None:
    told: list[tuple[int, int]] = []
    report = font_check.check_font(font, progress=lambda done, of: told.append((done, of)))
    assert told == [(i, len(ZONES)) for i in range(1, len(ZONES) + 1)]
    for (bank, program), (low, high) in ZONES.items():
        found = report.find(bank == 128, program)
        assert found is not None and found.sounds == frozenset(range(low, high + 1))
        assert -40 < found.level_db < -10
    kit = report.find(True, 0)
    assert kit is not None and sorted(kit.keys_db) == list(range(35, 51))
    assert font_check.check_font(font) == report


def test_the_level_is_that_of_a_meter(font: Path) -> None:
    # A steady sine in both channels, heard by the independent judge.
    import pyebur128

    with font_probe.Probe(font) as probe:
        level = probe._level(0, 60, 0.8) if probe.listen(False, 0) else 0.0
        probe._on(probe._synth, 0, 60, 80)
        played = np.concatenate([probe._play(2560).copy() for _ in range(50)])
    judge = pyebur128.R128State(2, 44100, pyebur128.MeasurementMode.MODE_I)
    judge.add_frames(np.ascontiguousarray(played, np.float32).ravel(), len(played))
    assert level == pytest.approx(pyebur128.get_loudness_global(judge), abs=0.5)


def test_what_was_heard_is_kept(font: Path, cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = font_check.sounding(font, False, 43)
    assert first.sounds == frozenset(range(20, 58))
    assert len(list((cache / "partimento" / "reports").iterdir())) == 1
    monkeypatch.setattr(font_check, "Probe", None)
    assert font_check.sounding(font, False, 43) == first
    monkeypatch.setattr(font_check, "_reports", {})
    again = font_check.sounding(font, False, 43)
    assert again.sounds == first.sounds and abs(again.level_db - first.level_db) <= 0.05


def test_a_changed_font_is_heard_anew(font: Path) -> None:
    assert 70 not in font_check.sounding(font, False, 43).sounds
    small_font.write_font(font, {**ZONES, (0, 43): (20, 80)})
    assert 70 in font_check.sounding(font, False, 43).sounds


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b'{"format": "other"}', b"\xff" * 10])
def test_a_damaged_cache_does_no_harm(font: Path, cache: Path, monkeypatch: pytest.MonkeyPatch, content: bytes) -> None:
    first = font_check.sounding(font, False, 0)
    (kept,) = (cache / "partimento" / "reports").iterdir()
    kept.write_bytes(content)
    monkeypatch.setattr(font_check, "_reports", {})
    assert font_check.sounding(font, False, 0) == first


def test_a_cache_that_takes_nothing_does_no_harm(font: Path, cache: Path) -> None:
    cache.write_bytes(b"a file where a folder should be")
    assert font_check.sounding(font, False, 42).sounds == frozenset(range(30, 91))


def test_a_program_that_lacks_sounds_nowhere(font: Path) -> None:
    report = font_check.sounding(font, False, 99)
    assert report.sounds == frozenset() and report.level_db == -math.inf
    assert report.substitute == programs_like(99)


def test_known_fonts_need_no_library(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(font_check, "fluidsynth_version", None)
    monkeypatch.setattr(font_check, "Probe", None)
    font = min(find_soundfonts(), key=lambda font: font.size_bytes)
    assert 60 in font_check.sounding(font.path, False, 0).sounds
    assert {36, 38, 42} <= font_check.sounding(font.path, True, 0).sounds


def test_the_reports_that_come_along_are_true() -> None:
    font = min(find_soundfonts(), key=lambda font: font.size_bytes)
    with font_probe.Probe(font.path) as probe:
        for drums, program in ((False, 0), (False, 43), (False, 67), (True, 0)):
            heard, known = probe.listen(drums, program), font_check.sounding(font.path, drums, program)
            assert heard.sounds == known.sounds
            assert heard.level_db == pytest.approx(known.level_db, abs=0.5)


def test_what_sounds_is_left_alone(font: Path) -> None:
    for played in (track([40, 50, 57]), track([36, 38], 0, 9), track([])):
        assert font_check.mend(played, font) == (played, ())


def test_a_few_silent_notes_move_by_octaves(font: Path) -> None:
    played, notices = font_check.mend(track([40, 45, 60, 50, 64]), font)
    assert (numbers(played), played.program) == ([40, 45, 48, 50, 52], 43)
    assert notices == ("Bass: 2 notes from C4 to E4 have no sound in small; played an octave lower.",)
    played, notices = font_check.mend(track([40, 45, 10]), font)
    assert numbers(played) == [40, 45, 22]
    assert notices == ("Bass: 1 note on Bb-1 has no sound in small; played an octave higher.",)


def test_where_most_are_silent_a_sibling_plays(font: Path) -> None:
    played, notices = font_check.mend(track([60, 62, 64, 40]), font)
    assert (numbers(played), played.program) == ([60, 62, 64, 40], 42)
    (notice,) = notices
    assert notice == (
        "Bass: 3 of 4 notes have no sound in small's program 44 (P0-43); played by its program 43 (P0-42)."
    )
    played, notices = font_check.mend(track([60], 41), font)
    assert played.program == 40 and "small has no program 42" in notices[0]


def test_a_hole_in_the_midst_of_a_line_is_a_siblings(font: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    hole = frozenset(range(30, 90)) - {64}
    sounds = {65: hole, 66: frozenset(range(30, 90)), 64: hole}
    monkeypatch.setattr(
        font_check, "sounding", lambda path, drums, p: ProgramReport(p, drums, sounds.get(p, frozenset()))
    )
    tune = [60, 62, 64, 65, 67] * 4
    played, notices = font_check.mend(track(tune, 65), font)
    assert (numbers(played), played.program, len(notices)) == (tune, 66, 1)
    # A note that is rare, or one that no sibling has, moves as any other.
    rare = [60, 62] * 20 + [64]
    assert numbers(font_check.mend(track(rare, 65), font)[0])[-1] == 52
    sounds[66] = hole
    played, _ = font_check.mend(track(tune, 65), font)
    assert (numbers(played)[2], played.program) == (52, 65)


def test_drums_move_to_drums_like_them(font: Path) -> None:
    played, notices = font_check.mend(track([36, 38, 57], 0, 9), font)
    assert numbers(played) == [36, 38, 49]
    assert notices == ("Bass: 1 note on key 57 has no sound in small; played by key 49.",)
    played, notices = font_check.mend(track([36, 36], 25, 9), font)
    assert played.program == 0 and "has no kit 26" in notices[0]


def test_what_cannot_sound_is_told(font: Path) -> None:
    played, notices = font_check.mend(track([36, 38, 72], 0, 9), font)
    assert numbers(played) == [36, 38, 72]
    assert notices == ("Bass: 1 note on key 72 has no sound in small, nor has a drum like it.",)


def test_a_moved_note_yields_to_one_on_its_key(font: Path) -> None:
    notes = (
        PlayedNote(0, 480, 48, 80), PlayedNote(0, 480, 60, 90), PlayedNote(400, 900, 60, 90),
        PlayedNote(600, 900, 60, 90), PlayedNote(960, 480, 48, 80), PlayedNote(2000, 10, 40, 80),
        PlayedNote(3000, 10, 40, 80), PlayedNote(4000, 10, 40, 80),
    )  # fmt: skip
    played, _ = font_check.mend(PlayedTrack("Bass", 0, 43, notes), font)
    assert [(n.onset, n.duration, n.number) for n in played.notes[:3]] == [(0, 480, 48), (600, 360, 48), (960, 480, 48)]


@settings(max_examples=30)
@given(st.lists(st.tuples(st.integers(0, 2000), st.integers(0, 600), st.integers(0, 127)), max_size=12))
def test_laws_of_mending(tmp_path_factory: pytest.TempPathFactory, raw: list[tuple[int, int, int]]) -> None:
    font = small_font.write_font(tmp_path_factory.mktemp("law") / "small.sf2", ZONES)
    last: dict[int, int] = {}
    notes = []
    for onset, duration, key in sorted(raw, key=lambda each: (each[0], each[2])):
        if onset >= last.get(key, 0):
            notes.append(PlayedNote(onset, duration, key, 80))
            last[key] = onset + max(1, duration)
    sounds = {43: frozenset(range(20, 58)), 42: frozenset(range(30, 91))}
    before = PlayedTrack("Bass", 0, 43, tuple(notes))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(
            font_check, "sounding", lambda path, drums, p: ProgramReport(p, drums, sounds.get(p, frozenset()))
        )
        after, notices = font_check.mend(before, font)
        twice, more = font_check.mend(after, font)
    assert after.notes == tuple(sorted(after.notes, key=lambda n: (n.onset, n.number)))
    assert all(note.number in sounds[after.program] for note in after.notes)
    assert {n.onset for n in after.notes} <= {n.onset for n in notes}
    assert bool(notices) == (before != after) and (twice, more) == (after, ())
    for key in {note.number for note in after.notes}:
        same = [note for note in after.notes if note.number == key]
        assert all(a.onset + a.duration <= b.onset for a, b in zip(same, same[1:], strict=False))


def test_reports_survive_being_written() -> None:
    rows = (
        ProgramReport(0, False, frozenset({1, 2, 3, 9}), -20.5),
        ProgramReport(5, False, frozenset()),
        ProgramReport(0, True, frozenset({36, 38}), -30.0, {36: -30.0, 38: -math.inf}),
    )
    report = FontReport("A", "id", "2.3.1", rows)
    assert from_json(to_json(report)) == report
    assert ranges(rows[0].sounds) == [(1, 3), (9, 9)]


def test_an_identity_is_that_of_the_content(tmp_path: Path) -> None:
    a, b = tmp_path / "a", tmp_path / "b"
    a.write_bytes(b"x" * 3_000_000)
    b.write_bytes(a.read_bytes())
    assert identity(a) == identity(b)
    b.write_bytes(a.read_bytes()[:-1] + b"y")
    assert identity(a) != identity(b)
    with pytest.raises(RenderError, match="cannot be read"):
        identity(tmp_path / "gone")
    assert measured.known_report("nobody's") is None


def test_siblings_are_others_of_a_kind() -> None:
    for program in range(128):
        assert program not in programs_like(program)
        assert set(range(program // 8 * 8, program // 8 * 8 + 8)) - {program} <= set(programs_like(program))
        assert kits_like(program)[-1:] in ((0,), ())
        assert program not in kits_like(program) and program not in drums_like(program)
    assert (kits_like(26), kits_like(99), kits_like(16)) == ((24, 25, 16, 0), (0,), (8, 0))


@pytest.mark.parametrize("content", [b"", b"RIFF\x04\0\0\0sfbk", b"RIFF\xff\0\0\0sfbk", b"junk" * 40])
def test_a_font_that_is_none(tmp_path: Path, cache: Path, content: bytes) -> None:
    path = tmp_path / "bad.sf2"
    path.write_bytes(content)
    for call in (font_check.check_font, lambda p: font_check.sounding(p, False, 0)):
        with pytest.raises(RenderError) as raised:
            call(path)
        assert "\n" not in str(raised.value)
    with pytest.raises(RenderError):
        font_check.sounding(tmp_path, False, 0)
