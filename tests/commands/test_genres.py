"""`partimento genres` lists the styles and shows what one is made of."""

from __future__ import annotations

import json

import pytest
from click.testing import CliRunner

from partimento.arrangement.style import load_style, style_names
from partimento.arrangement.style_head import style_heads
from partimento.cli import main


def test_the_list_names_every_style() -> None:
    lines = CliRunner().invoke(main, ["genres"]).stdout.splitlines()
    assert [line.split()[0] for line in lines] == list(style_names())


def test_heads_agree_with_the_styles() -> None:
    for name in style_names():
        style, head = load_style(name), style_heads()[name]
        assert (head.title, head.about, head.aliases) == (style.title, style.about, style.aliases)
        assert (head.low, head.high, head.usual) == (style.tempo.low, style.tempo.high, style.tempo.usual)
        assert head.duration_s == style.duration_s


def test_json_lists() -> None:
    rows = json.loads(CliRunner().invoke(main, ["genres", "--json"]).stdout)
    assert [row["name"] for row in rows] == list(style_names())


@pytest.mark.parametrize("name", ["pop", "Pop", "pop song"])
def test_show(name: str) -> None:
    shown = CliRunner().invoke(main, ["genres", "show", name]).stdout
    style = load_style("pop")
    for said in (style.title, *(form.name for form in style.forms), *(part.id for part in style.parts), *style.meters):
        assert said in shown
    told = json.loads(CliRunner().invoke(main, ["genres", "show", name, "--json"]).stdout)
    assert told["name"] == "pop"
    assert {row["kind"] for row in told["endings"]} == {ending.kind for ending in style.endings}


def test_an_unknown_genre_is_one_line() -> None:
    result = CliRunner().invoke(main, ["genres", "show", "popp"])
    assert result.exit_code == 2
    assert "Did you mean 'pop'?" in result.stderr
    assert result.stderr.count("\n") == 1
