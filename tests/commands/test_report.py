"""What a song's decisions and facts are told as."""

from __future__ import annotations

import re
from pathlib import Path

from partimento.commands.report import NOTICES, facts, notices, report_lines
from partimento.composer.compose import compose
from partimento.score.brief import Brief

TOP = Path(__file__).resolve().parents[2]


def test_every_notice_has_its_wording() -> None:
    used = set()
    for room in ("composer", "arrangement"):
        for path in sorted((TOP / room).rglob("*.py")):
            text = path.read_text(encoding="utf-8")
            used |= set(re.findall(r'"(notice\.[a-z-]+)"', text))
            used |= {f"notice.{name}" for name in re.findall(r'\.notice\(\s*"([a-z-]+)"', text)}
    assert used
    assert used <= set(NOTICES)


def test_chords_outside_the_key_are_told() -> None:
    song = compose(Brief(genre="pop", key="C major", bars=8, seed=1, chords=(("", "C | Ebmaj7 | F | G"),)))
    (told,) = (line for line in notices(song) if "outside" in line)
    assert "C major" in told
    assert "maj7" in told


def test_facts_are_those_of_the_song() -> None:
    song = compose(Brief(genre="pop", key="E major", bars=12, seed=4, tempo_bpm=96.0, meter="4/4"))
    told = facts(song)
    assert (told["bars"], told["key"], told["tempo_bpm"], told["meter"]) == (12, "E major", 96.0, "4/4")
    assert [track["track"] for track in told["band"]] == [track.name for track in song.tracks]
    first, form, band = report_lines(song)[:3]
    assert "96 bpm" in first and "seed 4" in first
    assert all(section.name in form for section in song.sections)
    assert all(track.instrument in band for track in song.tracks)
