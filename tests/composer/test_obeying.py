"""Songs under a teacher's rules: `check` finds no error, the same rules give the same song, what cannot be is said."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner

from partimento.cli import main
from partimento.composer.compose import compose
from partimento.score.as_analysis import analysis_of
from partimento.score.as_piece import piece_of
from partimento.score.brief import Brief
from partimento.score.song import Song
from partimento.score.song_json import song_from_json, song_to_json
from partimento.theory.errors import BriefError, RuleError
from partimento.theory.rules.breach import Breach
from partimento.theory.rules.checking import check
from partimento.theory.rules.rule_toml import rule_set_from_toml

CLASS = """
title = "Class 3"
extends = "pop"
allowed_chords = ["I*", "ii*", "IV*", "V*", "V7*", "vi*"]
required_cadence = ["PAC"]
maximum_leap = "P8"
[rules.melodic-leap]
severity = "error"
[rules.parallel-perfect]
severity = "error"
"""


def errors(song: Song, rules: str) -> list[Breach]:
    piece = piece_of(song)
    found = check(piece, rule_set_from_toml(rules, "test"), analysis_of(song, piece))
    return [breach for breach in found if breach.severity == "error"]


@pytest.mark.parametrize("genre", ["folk", "jazz", "classical", "house"])
def test_a_song_keeps_the_rules_it_was_given(genre: str) -> None:
    brief = Brief(genre=genre, seed=2, rules=CLASS)
    song = compose(brief)
    assert errors(song, CLASS) == []
    assert errors(compose(replace(brief, rules="")), CLASS)


@pytest.mark.parametrize("genre", ["blues", "bossa"])
def test_bands_can_keep_the_errors_of_bach(genre: str) -> None:
    rules = 'extends = "bach"'
    assert errors(compose(Brief(genre=genre, seed=2, rules=rules)), rules) == []


def test_ranges_bind_the_voice_they_name() -> None:
    free = compose(Brief(genre="folk", seed=3))
    lead = next(track for track in free.tracks if track.role == "lead")
    rules = f'extends = "pop"\n[rules.range]\nseverity = "error"\n[ranges]\n"{lead.name}" = "D4-C5"\n'
    bound = compose(Brief(genre="folk", seed=3, rules=rules))
    numbers = [note.number for note in bound.track(lead.name).notes if not note.grace]
    assert 62 <= min(numbers) and max(numbers) <= 72
    assert any(not 62 <= note.number <= 72 for note in lead.notes)


def test_the_rules_travel_with_the_song_and_are_recorded() -> None:
    song = compose(Brief(genre="house", seed=1, rules=CLASS))
    again = song_from_json(song_to_json(song))
    assert again.brief.rules == CLASS
    assert compose(again.brief).tracks == song.tracks
    assert {"harmony.rules", "rules.obeyed"} & {decision.rule for decision in song.decisions}


def test_rules_that_contradict_each_other_are_refused_in_one_line() -> None:
    rules = 'extends = "pop"\nallowed_chords = ["I", "IV"]\nrequired_cadence = ["PAC"]\n'
    with pytest.raises(RuleError, match="no chords that are allowed make the cadence"):
        compose(Brief(genre="pop", key="C", seed=1, rules=rules))


def test_chords_asked_for_by_name_are_not_changed_but_refused() -> None:
    brief = Brief(
        genre="pop", key="C", seed=1, rules=CLASS, form=("verse:8", "chorus:8"), chords=(("", "C | F | G | C"),)
    )
    assert errors(compose(brief), CLASS) == []
    with pytest.raises(BriefError, match="the chord Eb of .* is asked for"):
        compose(replace(brief, chords=(("", "C | Eb | G | C"),)))


def test_no_song_is_a_species() -> None:
    with pytest.raises(BriefError, match="species"):
        compose(Brief(genre="pop", rules='extends = "species1"'))


def test_check_finds_no_error_in_what_compose_wrote(tmp_path: Path) -> None:
    rules = tmp_path / "class.toml"
    rules.write_text(CLASS)
    run = CliRunner()
    wanted = ["folk", "--seed", "5", "--rules", str(rules), "--no-audio", "--out", str(tmp_path / "song")]
    assert run.invoke(main, ["compose", "--genre", *wanted]).exit_code == 0
    song = str(tmp_path / "song" / "song.json")
    assert run.invoke(main, ["check", song, "--style", str(rules), "--fail-on", "error"]).exit_code == 0
    assert run.invoke(main, ["check", song, "--style", "strict", "--fail-on", "error"]).exit_code == 1
