"""The documentation's examples run as they stand."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

TOP = Path(__file__).resolve().parents[2]


def test_the_style_of_the_guide_composes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from partimento.arrangement import style
    from partimento.composer.compose import compose
    from partimento.score.brief import Brief

    guide = (TOP / "docs" / "styles.md").read_text(encoding="utf-8")
    (text,) = re.findall(r"```toml\n(.*?)```", guide, re.DOTALL)
    (tmp_path / "march.toml").write_text(text, encoding="utf-8")
    monkeypatch.setenv("PARTIMENTO_STYLES", str(tmp_path))
    style.style_names.cache_clear()
    try:
        song = compose(Brief(genre="march", seed=3))
    finally:
        style.style_names.cache_clear()
        style.load_style.cache_clear()
    assert {track.role for track in song.tracks} == {"lead", "bass", "drums"}


def test_the_python_example_of_the_readme_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    readme = (TOP / "README.md").read_text(encoding="utf-8")
    block = next(b for b in re.findall(r"(?:^    .*\n|^\n)+", readme, re.MULTILINE) if "from partimento" in b)
    code = "\n".join(line[4:] for line in block.splitlines())
    monkeypatch.chdir(tmp_path)
    exec(compile(code, "README.md", "exec"), {})
    assert (tmp_path / "song.mid").read_bytes()[:4] == b"MThd"


def test_the_readme_lists_every_genre_that_there_is() -> None:
    from partimento.arrangement.style import load_style, style_names

    readme = (TOP / "README.md").read_text(encoding="utf-8")
    listed = readme[readme.index("## Genres") :].split("\n\n")[1].casefold()
    for name in style_names():
        assert name in listed or load_style(name).title.casefold().split(" (")[0] in listed, name
