"""Drum feel and patterns: what the learner hears in made performances, and what the shipped tables hold."""

from __future__ import annotations

import gzip
import json
from importlib.resources import files
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from partimento.arrangement.feel import MEASURED, SLOTS, TASTE, feel_for, groove_tables, jazz_time
from partimento.learning.grooves.feel import measure, togetherness
from partimento.learning.grooves.learn import main
from partimento.learning.grooves.patterns import bars_of, fills_of, medoid, style_patterns
from partimento.learning.grooves.performance import Performance, perform
from partimento.score.stream import Stream

FOLDER = files("partimento.arrangement").joinpath("grooves")
FEEL = json.loads(FOLDER.joinpath("feel.json").read_text("utf-8"))
PATTERNS = json.loads(FOLDER.joinpath("patterns.json").read_text("utf-8"))


def record(hits: list[tuple[int, int, int]], name: str = "made", **more: object) -> dict[str, object]:
    return {
        "id": name, "substyle": "rock", "bpm": 120, "beat_type": "beat", "meter": "4/4", "drummer": "d",
        "hits": sorted(hits), **more,
    }  # fmt: skip


def played(hits: list[tuple[int, int, int]], name: str = "made", **more: object) -> Performance:
    performance = perform(record(hits, name, **more))
    assert performance is not None
    return performance


def rock_hits(bars: int, lag: int = 0, snare_late: int = 0) -> list[tuple[int, int, int]]:
    hits = []
    for bar in range(bars):
        start = bar * 1920 + lag
        hits += [(start + 240 * i, 42, 90 if i % 2 == 0 else 60) for i in range(8)]
        hits += [(start, 36, 80), (start + 960, 36, 80)]
        hits += [(start + at + snare_late, 38, 100) for at in (480, 1440)]
        hits += [(start + 840, 38, 25)]
    return hits


def swung_hits(bars: int, off: int) -> list[tuple[int, int, int]]:
    hits = []
    for beat in range(4 * bars):
        hits.append((beat * 480, 51, 80))
        if beat % 2:
            hits += [(beat * 480 + off, 51, 70), (beat * 480, 44, 70)]
        if beat % 4 == 0:
            hits += [(beat * 480 + off, 38, 50), (beat * 480, 36, 50)]
    return hits


@pytest.mark.parametrize("lag", [-24, 0, 31])
def test_a_constant_lag_is_taken_out(lag: int) -> None:
    performance = played([(t, n, v) for t, n, v in rock_hits(8, lag) if t >= 0])
    assert performance.steps_per_bar == 16
    assert performance.lag_ms == pytest.approx(lag * 60000 / 120 / 480, abs=0.5)
    assert all(abs(hit.deviation_ms) < 0.5 for hit in performance.hits)


def test_a_late_snare_is_heard_as_late_against_the_hat() -> None:
    table = measure([played(rock_hits(30, 10, snare_late=12))])["pieces"]
    assert isinstance(table, dict)
    snare, hat = table["snare"][0], table["hat"][0]
    assert snare["timing"][4] - hat["timing"][4] > 90  # 12 ticks at 120 bpm are 12.5 ms; a few go to the mean
    assert snare["ghost_percent"][7] == 100
    assert snare["ghost_velocity"] == 25
    assert hat["velocity"][0] > hat["velocity"][2]


@pytest.mark.parametrize("off", [280, 300, 320, 336])
def test_swung_eighths_are_a_triplet_grid_with_the_right_ratio(off: int) -> None:
    performance = played(swung_hits(12, off))
    assert performance.steps_per_beat == 3
    assert performance.swing == pytest.approx(off / (480 - off), abs=0.02)


def test_swung_sixteenths_stay_on_the_sixteenth_grid() -> None:
    hits = [(beat * 480 + at, 42, 80) for beat in range(40) for at in (0, 144, 240, 384)]
    performance = played(hits)
    assert performance.steps_per_beat == 4
    assert performance.swing == pytest.approx(144 / 96, abs=0.03)


def test_shared_wander_is_told_from_each_limbs_own() -> None:
    draw = Stream(1, "wander")
    hits = []
    for slot in range(800):
        shared = draw.gauss(10.0)
        for note in (36, 42):
            hits.append((960 + slot * 240 + round(shared + draw.gauss(4.0)), note, 80))
    together = togetherness([played(hits)])
    assert together["slot_sd"] == pytest.approx(10 * 10 * 60000 / 120 / 480, rel=0.15)
    limbs = together["limb_sd"]
    assert isinstance(limbs, dict)
    assert limbs["kick"] == pytest.approx(10 * 4 * 60000 / 120 / 480, rel=0.3)


def test_a_bar_becomes_rows_and_its_opening_crash_is_left_out() -> None:
    bar = bars_of(played([*rock_hits(4), (0, 49, 120)]))[0]
    rows = {piece: "".join(row) for piece, row in bar.items()}
    assert rows == {
        "kick": "x.......x.......",
        "snare": "....x..g....x...",
        "hat": "X.x.X.x.X.x.X.x.",
    }


def test_the_typical_bar_is_the_common_one() -> None:
    takes = [played(rock_hits(8), name=f"take{i}") for i in range(3)]
    odd = played([*rock_hits(7), *((7 * 1920 + 120 * i, 48, 90) for i in range(16))], name="odd")
    (entry,) = style_patterns([*takes, odd])
    ones = entry["one_bar"]
    assert isinstance(ones, list)
    assert ones[0]["rows"]["kick"] == "x.......x......."
    assert ones[0]["takes"] == 4


def test_a_tom_run_in_the_fourth_bar_is_a_fill_of_its_length() -> None:
    run = [(3 * 1920 + 960 + 120 * i, note, 100) for i, note in enumerate((38, 38, 48, 48, 45, 45, 43, 43))]
    groove = [hit for hit in rock_hits(8) if not 3 * 1920 + 960 <= hit[0] < 4 * 1920]
    found = fills_of(played([*groove, *run]))
    assert [beats for beats, _ in found] == [2]
    assert dict(found[0][1].rows)["tom3"] == "......xx"
    assert medoid([found[0][1]]).rows == found[0][1].rows


def test_learning_twice_writes_the_same_bytes(tmp_path: Path) -> None:
    data, one, two = tmp_path / "data", tmp_path / "one", tmp_path / "two"
    for folder in (data, one, two):
        folder.mkdir()
    with gzip.open(data / "drums_groove_midi.jsonl.gz", "wt", encoding="utf-8") as out:
        for i in range(6):
            out.write(json.dumps(record(rock_hits(8, lag=i), name=f"p{i}")) + "\n")
    with gzip.open(data / "drums_machine_patterns.jsonl.gz", "wt", encoding="utf-8") as out:
        for name in "AB":
            grid = {"BD": "x---x---x---x---"}
            out.write(json.dumps({"style": "Disco", "steps": 16, "measure": name, "grid": grid}) + "\n")
    assert main([str(data), str(one)]) == main([str(data), str(two)]) == 0
    for name in ("feel.json", "patterns.json"):
        assert (one / name).read_bytes() == (two / name).read_bytes()
    assert main([str(data)]) == 2


def test_every_shipped_pattern_is_well_formed_and_playable() -> None:
    seen = 0
    for style, entry in PATTERNS["styles"].items():
        for grid in entry["grids"]:
            for kind, bars in (("one_bar", 1), ("two_bar", 2)):
                for pattern in grid[kind]:
                    assert 1 <= pattern["level"] <= 4, style
                    assert pattern["count"] >= pattern["takes"] >= 1
                    rows = pattern["rows"]
                    for row in rows.values():
                        assert [len(bar) for bar in row.split("|")] == [grid["steps_per_bar"]] * bars
                        assert set(row) <= set(".goxX|")
                    hands = [row for piece, row in rows.items() if piece not in ("kick", "hat_pedal")]
                    for column in zip(*hands, strict=True):
                        assert sum(char not in ".|" for char in column) <= 2
                    seen += 1
    assert seen > 300


@pytest.mark.parametrize("style", ["rock", "funk", "jazz", "hiphop", "latin", "soul", "neworleans", "pop", "afrocuban"])
def test_well_covered_styles_have_eight_patterns_of_different_density(style: str) -> None:
    one_bar = PATTERNS["styles"][style]["grids"][0]["one_bar"]
    assert len({json.dumps(pattern["rows"]) for pattern in one_bar}) >= 8
    assert len({pattern["level"] for pattern in one_bar}) >= 3


def test_rock_has_its_backbeat_and_jazz_its_ride() -> None:
    rock = PATTERNS["styles"]["rock"]["grids"][0]["one_bar"][0]["rows"]
    assert rock["snare"][4] in "xX" and rock["snare"][12] in "xX"
    jazz = PATTERNS["styles"]["jazz"]["grids"][0]
    assert jazz["steps_per_quarter"] == 3
    assert "ride" in jazz["one_bar"][0]["rows"]
    assert FEEL["styles"]["rock"]["bars"] > 5000


def test_fills_end_the_bar_and_fit_their_length() -> None:
    for family, lengths in PATTERNS["fills"].items():
        for length in lengths:
            for fill in length["fills"]:
                widths = {len(row) for row in fill["rows"].values()}
                assert widths == {length["beats"] * length["steps_per_quarter"]}, family
    rock = {length["beats"]: length["fills"] for length in PATTERNS["fills"]["rock"]}
    assert all(len(rock[beats]) >= 6 for beats in (1, 2, 4))


def test_the_tables_are_integers_and_small() -> None:
    def walk(value: object) -> None:
        if isinstance(value, dict):
            for inner in value.values():
                walk(inner)
        elif isinstance(value, list):
            for inner in value:
                walk(inner)
        else:
            assert isinstance(value, str | int), value

    walk(FEEL)
    walk(PATTERNS)
    size = sum(len(FOLDER.joinpath(n).read_bytes()) for n in ("feel.json", "patterns.json", "README.md"))
    assert size < 400_000
    assert not set(FEEL["absent"]) & set(FEEL["styles"])


@given(
    st.sampled_from([*sorted(MEASURED), *sorted(TASTE), "Hip-Hop", "R&B", "zydeco"]),
    st.sampled_from([60.0, 96.0, 133.0, 240.0]),
    st.sampled_from(["kick", "snare", "hat", "ride", "tom4", "shaker", "anvil"]),
    st.floats(0, 0.999),
)
def test_any_style_gives_playable_numbers(style: str, bpm: float, piece: str, position: float) -> None:
    feel = feel_for(style, bpm)
    ghost, soft, normal, accent = (
        feel.velocity(piece, position, stroke)[0] for stroke in ("ghost", "soft", "normal", "accent")
    )
    assert 20 <= ghost <= 45
    assert 20 < soft < normal < accent <= 122
    assert abs(feel.timing_ms(piece, position)) <= 10
    assert 0.8 <= feel.swing_ratio <= 2.5
    assert 0 <= feel.limb_sd_ms(piece) < 6
    assert 0 < feel.slot_correlation < 1


@pytest.mark.parametrize("style", ["rock", "pop", "funk", "hip-hop", "soul", "R&B", "blues", "house", "country"])
def test_backbeats_are_backbeats(style: str) -> None:
    feel = feel_for(style, 100.0)
    for position in (0.25, 0.75):
        assert 95 <= feel.velocity("snare", position)[0] <= 120


@pytest.mark.parametrize("genre", ["reggae", "blues", "country", "bossa", "house", "lo-fi", "cinematic"])
def test_genres_without_data_say_taste(genre: str) -> None:
    assert feel_for(genre, 100.0).source == "taste"


def test_measured_shapes_come_from_styles_with_five_recordings() -> None:
    for name, row in MEASURED.items():
        assert feel_for(name, 100.0).source == "measured"
        assert not groove_tables()[row.table]["thin"], name


def test_jazz_swings_less_when_fast_and_r_and_b_lies_back() -> None:
    rows = [(bpm, jazz_time(bpm)) for bpm in (50, 120, 190, 240)]
    assert [time.ratio for _, time in rows] == [2.3, 2.0, 1.8, 1.6]
    assert [time.lean_ms for _, time in rows] == [2.0, 0.0, -5.0, -9.0]
    assert feel_for("jazz", 155.0).swing_ratio == pytest.approx(1.9)
    assert jazz_time(400) == jazz_time(240)
    assert feel_for("r&b", 80.0).lean_ms > feel_for("pop", 80.0).lean_ms
    assert feel_for("lo-fi", 80.0).lean_ms > 8
    assert feel_for("lo-fi", 80.0).swing_unit == "sixteenth"


def test_a_triplet_table_serves_written_off_beats() -> None:
    feel = feel_for("jazz", 120.0)
    half_beat, triplet = 6 / SLOTS, 8 / SLOTS
    assert feel.velocity("ride", half_beat) == feel.velocity("ride", triplet)
