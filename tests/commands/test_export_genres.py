"""Every format is written for every genre, and what is in one is in the others."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path
from xml.etree import ElementTree

import mido
import pytest
from click.testing import CliRunner

from partimento.arrangement.style import style_names
from partimento.cli import main
from partimento.commands.export_files import FORMATS
from partimento.composer.compose import compose
from partimento.score.brief import Brief

_UNHEARD = tuple(name for name in FORMATS if name not in ("stems", "svg", "png"))
"""Pictures are made as the PDF is."""


@pytest.mark.parametrize("genre", style_names())
def test_every_unheard_format(genre: str, tmp_path: Path) -> None:
    song = compose(Brief(genre=genre, bars=8, seed=11))
    (tmp_path / "song.json").write_text(song.to_json(), encoding="utf-8")
    words = ["export", str(tmp_path / "song.json"), "--to", ",".join(_UNHEARD), "--json", "--out", str(tmp_path / "o")]
    result = CliRunner().invoke(main, words)
    assert result.exit_code == 0, result.output
    files = [Path(name) for name in json.loads(result.stdout)["files"]]
    sounding = [track.name for track in song.tracks if track.notes]
    out = tmp_path / "o"
    assert [track.name for track in mido.MidiFile(out / "song.mid").tracks[1:]] == [t.name for t in song.tracks]
    assert len([path for path in files if path.parent.name == "midi"]) == len(song.tracks)
    parts = ElementTree.parse(out / "song.musicxml").getroot().findall("part")
    pages = [path for path in files if path.suffix == ".pdf"]
    assert len(pages) == len(parts) + 2 and all(path.read_bytes()[:5] == b"%PDF-" for path in pages)
    with zipfile.ZipFile(out / "song.dawproject") as archive:
        project = ElementTree.fromstring(archive.read("project.xml"))
    named = [track.get("name") for track in project.iter("Track") if "notes" in (track.get("contentType") or "")]
    assert [name for name in named if name in sounding] == sounding
    reaper = (out / "song.rpp").read_text(encoding="utf-8")
    assert all(name in reaper for name in sounding)
    assert (out / "song.abc").read_text(encoding="utf-8").startswith("%abc")
    assert "\\score" in (out / "song.ly").read_text(encoding="utf-8")
