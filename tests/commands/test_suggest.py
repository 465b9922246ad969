"""`partimento suggest`: chords that may follow, and charts reharmonised."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from partimento.commands.harmonize import command as harmonize
from partimento.commands.suggest import command
from partimento.theory.chord import parse_progression
from partimento.theory.errors import BriefError, PartimentoError


def run(*words: str) -> Result:
    return CliRunner().invoke(command, words, catch_exceptions=False)


def test_a_table_of_chords_shares_voicings_and_reasons() -> None:
    result = run("Dm7 G7", "--key", "C", "--count", "3")
    rows = result.stdout.splitlines()
    assert len([row for row in rows if not row.startswith(" ")]) == 3 and rows[0].split()[:2] == ["Cmaj7", "Imaj7"]
    assert "ii-V-I" in rows[1] and result.stderr == ""


def test_numerals_are_read_in_a_key_that_is_said() -> None:
    by_numerals, by_names = (run(text, "--key", "Bb").stdout for text in ("ii7 V7", "Cm7 F7"))
    assert by_numerals == by_names
    with pytest.raises(BriefError, match="--key"):
        run("I IV")


def test_a_key_that_is_found_is_said() -> None:
    assert run("Dm7 G7").stderr == "Key: C major (found)\n"
    data = json.loads(run("Dm7 G7", "--json").stdout)
    assert data["key"] == "C major" and data["key_found"] is True
    assert [row["numeral"] for row in data["given"]] == ["ii7", "V7"]
    assert all(row["reasons"] and row["voicing"] for row in data["suggestions"][:3])


def test_a_chart_is_reharmonised_and_reads_back() -> None:
    text = "C | Am | Dm | G7 | C"
    result = run("--reharmonize", text, "--key", "C", "--charts", "2")
    assert "Tritone substitute for G7" in result.stdout
    data = json.loads(run("--reharmonize", text, "--json", "--charts", "4").stdout)
    assert [place["chord"] for place in data["places"]] == ["C", "Am", "Dm", "G7", "C"]
    for chart in data["charts"]:
        assert len(parse_progression(chart["chart"])) == 5
        assert all(change["reason"] for change in chart["changes"])


def test_a_melody_narrows_what_may_stand(tmp_path: Path) -> None:
    tune = tmp_path / "tune.mid"
    made = CliRunner().invoke(harmonize, ["D5:4 | A4:4 | D5:4 | C5:4", "--style", "pop", "-o", str(tune), "--quiet"])
    assert made.exit_code == 0
    text = "C | Dm | G7 | C"
    free = json.loads(run("--reharmonize", text, "--key", "C", "--json").stdout)
    bound = json.loads(run("--reharmonize", text, "--key", "C", "--json", "--melody", str(tune)).stdout)
    count = [sum(len(place["substitutes"]) for place in data["places"]) for data in (free, bound)]
    assert count[1] < count[0]
    assert not any(one["rule"] == "mixture" for one in bound["places"][1]["substitutes"])


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("H7",), "Unknown chord 'H7'"),
        (("",), "is empty"),
        (("N.C.",), "has no chord"),
        (("Dm7", "--style", "jaz"), "Did you mean 'jazz'"),
        (("Dm7", "--key", "X"), "'X'"),
        (("--reharmonize", "C | G", "--melody", "no.mid"), "cannot read no.mid"),
        (("--reharmonize", "C | G", "--meter", "x"), "Unknown meter"),
    ],
)
def test_bad_input_is_one_clear_line(words: tuple[str, ...], said: str) -> None:
    with pytest.raises(PartimentoError, match=said) as caught:
        run(*words)
    assert "\n" not in str(caught.value)


def test_a_melody_without_a_chart_is_refused() -> None:
    result = run("Dm7", "--melody", "tune.mid")
    assert result.exit_code == 2 and "--reharmonize" in result.output
