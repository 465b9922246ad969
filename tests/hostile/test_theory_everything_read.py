"""Songs of every genre and chorales of Bach go through analysis, check and explanation without a warning.

Convention: warnings are errors in all tests; music21's corpus, where it is installed, has the chorales.
"""

from __future__ import annotations

import json
from importlib.util import find_spec
from pathlib import Path

import pytest
from click.testing import CliRunner

from partimento.arrangement.style import style_names
from partimento.cli import main
from partimento.composer.compose import compose
from partimento.score.brief import Brief
from partimento.score.midi_write import midi_bytes
from partimento.score.song_json import song_to_json


def _through(path: Path, *commands: str) -> None:
    for command in commands or ("analyze", "check", "explain"):
        result = CliRunner().invoke(main, [command, str(path), "--json"], prog_name="partimento")
        assert result.exit_code == 0, (command, path.name, result.output[-300:])
        json.loads(result.stdout)


@pytest.mark.parametrize("genre", style_names())
def test_songs_of_every_genre(tmp_path: Path, genre: str) -> None:
    song = compose(Brief(genre=genre, seed=11, bars=8))
    (tmp_path / "song.mid").write_bytes(midi_bytes(song))
    (tmp_path / "song.json").write_text(song_to_json(song), encoding="utf-8")
    _through(tmp_path / "song.mid")
    _through(tmp_path / "song.json", "explain")


@pytest.mark.parametrize("number", [244, 277, 366])
def test_chorales(number: int) -> None:
    spec = find_spec("music21")
    if spec is None or not spec.submodule_search_locations:
        pytest.skip("needs music21")
    found = sorted(Path(spec.submodule_search_locations[0], "corpus", "bach").glob(f"bwv{number}.*"))
    if not found:
        pytest.skip("music21 is installed without its corpus")
    _through(found[0])
