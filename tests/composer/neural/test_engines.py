"""Songs by the shipped nets: the same brief gives the same song, in threads too, and so does the song's own brief."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest

from partimento.composer.compose import compose
from partimento.composer.tune import arrange_tune
from partimento.score.brief import Brief
from partimento.score.midi_write import midi_bytes
from partimento.score.song_json import song_from_json, song_to_json
from partimento.score.tune_read import Tune
from partimento.theory.key import Key
from partimento.theory.meter import Meter

POP = Brief(genre="pop", seed=5, bars=8, engine="hybrid")


def test_a_song_s_brief_composes_it_again() -> None:
    song = compose(POP)
    assert song.brief.engine == "hybrid" and song_from_json(song_to_json(song)) == song
    assert midi_bytes(compose(song.brief)) == midi_bytes(song)
    (told,) = (d for d in song.decisions if d.rule == "neural.engine")
    assert told.value("engine") == "hybrid" and "harmony" in str(told.value("models")).split()


def test_nets_choose_otherwise_than_rules_and_by_what_is_said() -> None:
    said = (POP, replace(POP, engine="neural"), replace(POP, temperature=0.3), replace(POP, creativity=1.0))
    songs = [midi_bytes(compose(brief)) for brief in (*said, replace(POP, search="beam"), replace(POP, engine="rules"))]
    assert len(set(songs)) >= 4 and songs[-1] not in songs[:-1]


def test_threads_compose_the_same() -> None:
    briefs = [replace(POP, seed=seed) for seed in (5, 6, 5, 6)]
    with ThreadPoolExecutor(4) as pool:
        songs = [midi_bytes(song) for song in pool.map(compose, briefs)]
    assert songs[0] == songs[2] == midi_bytes(compose(briefs[0])) and songs[1] == songs[3] != songs[0]


@pytest.mark.parametrize("engine", ["hybrid", "neural"])
def test_a_tune_keeps_its_notes_and_has_its_band_s_nets(engine: str) -> None:
    notes = tuple((i * 480, 480, 60 + (0, 2, 4, 5, 7, 5, 4, 2)[i % 8]) for i in range(32))
    song = arrange_tune(Tune("Steps", notes, Meter(4, 4), 0, Key.parse("C"), None), Brief(genre="pop", engine=engine))
    told = [d for d in song.decisions if d.rule == "neural.engine"]
    assert song.brief.engine == (engine if told else "rules")
    assert not {"harmony", "melody"} & {word for d in told for word in str(d.value("models")).split()}
    lead = next(track for track in song.tracks if track.role == "lead")
    sung = [note.pitch.midi for note in lead.notes if hasattr(note.pitch, "midi")]
    assert [row[2] % 12 for row in notes] == [midi % 12 for midi in sung[:32]]
