"""Funk: the One, ghosted sixteenths, a bass with holes, scratch guitar on ninths, vamps without cadences, hits."""

from __future__ import annotations

from partimento.arrangement.style import load_style
from partimento.score.song import Drum
from partimento.score.timeline import Timeline
from partimento.tests.genres.harness import (
    bars_of,
    body_bars,
    most_common_share,
    notes_in,
    outlines,
    sections,
    share,
    share_of_bars,
    sketches,
    songs,
    strokes,
    tempo_felt,
    tracks,
)

KICKS = (Drum.KICK, Drum.KICK2)


def test_tempo_lies_between_90_and_116() -> None:
    assert all(89 <= tempo_felt(song) <= 117 for song in songs("funk"))


def test_the_one_is_kick_and_bass_together() -> None:
    both = []
    for song in songs("funk"):
        drums, bass = tracks(song, "drums")[0], tracks(song, "bass")[0]
        for bar in body_bars(song):
            kick = any(n.pitch in KICKS and n.onset == bar.start for n in notes_in(drums, bar.start, bar.end))
            both.append(kick and any(n.onset == bar.start for n in notes_in(bass, bar.start, bar.end)))
    assert share(both) >= 0.85


def test_snare_on_two_and_ghosts_round_it() -> None:
    ghosts = []
    for song in songs("funk"):
        drums = tracks(song, "drums")[0]
        soft = [n for n in drums.notes if n.pitch is Drum.SNARE and n.articulation == "ghost"]
        assert all(20 <= n.velocity <= 45 for n in soft)
        ghosts.append(len(soft) / len(Timeline(song).bars))
        loud = [any(n.pitch in (Drum.SNARE, Drum.RIM) and n.onset - bar.start == 480 and n.articulation != "ghost"
                    for n in notes_in(drums, bar.start, bar.end)) for bar in body_bars(song)]
        assert share(loud) >= 0.75
    assert share(g >= 0.5 for g in ghosts) >= 0.8


def test_the_bass_has_holes_octaves_and_dead_notes() -> None:
    filled, dead, octaves = [], [], []
    for song in songs("funk"):
        bass = tracks(song, "bass")[0]
        bars = list(body_bars(song))
        filled += [sum(n.duration for n in notes_in(bass, b.start, b.end)) / b.length for b in bars]
        dead.append(any(n.articulation == "dead" for n in bass.notes))
        line = [n.number for n in bass.notes if n.articulation != "dead"]
        octaves.append(any(abs(a - b) == 12 for a, b in zip(line, line[1:], strict=False)))
    assert sum(filled) / len(filled) <= 0.6
    assert share(dead) >= 0.7
    assert share(octaves) >= 0.4


def test_the_scratch_guitar_mutes_most_strokes() -> None:
    for song in songs("funk"):
        for track in tracks(song, "comp"):
            if track.instrument not in ("electric guitar", "muted guitar"):
                continue
            groups = strokes(track)
            short = [g[0].articulation in ("dead", "staccato") for g in groups.values()]
            assert share(short) >= 0.9
    muted = [any(n.articulation == "dead" for t in tracks(song, "comp") for n in t.notes) for song in songs("funk")]
    assert share(muted) >= 0.7


def test_the_groove_is_a_vamp_without_cadences() -> None:
    few, cadences = [], []
    for song in sketches("funk"):
        for _, section in sections(song, "groove", "solo", "intro"):
            own = [c for c in song.chords if section.start <= c.onset < section.end]
            few.append(len({c.roman for c in own}) <= 3)
            for a, b in zip(own, own[1:], strict=False):
                tonic = section.key.tonic
                cadences.append(a.chord.root == tonic.up(1) and a.chord.family == "dominant" and b.chord.root == tonic)
    assert share(few) >= 0.95
    assert share(cadences) == 0.0


def test_ninths_and_sevenths_colour_the_vamps() -> None:
    rich = []
    for song in sketches("funk"):
        for _, section in sections(song, "groove"):
            rich += [c.chord.seventh is not None for c in song.chords if section.start <= c.onset < section.end]
    assert share(rich) >= 0.75


def test_the_bridge_goes_elsewhere() -> None:
    away = []
    for song in sketches("funk"):
        grooves, bridges = sections(song, "groove"), sections(song, "bridge")
        if grooves and bridges:
            here, there = ({c.chord.root for c in song.chords if s.start <= c.onset < s.end}
                           for s in (grooves[0][1], bridges[0][1]))
            away.append(bool(there - here))
    assert share(away) >= 0.9


def test_horn_stabs_are_short_and_struck_together() -> None:
    seen = 0
    for song in songs("funk"):
        for track in tracks(song, "stab"):
            groups = strokes(track)
            seen += len(groups)
            assert share(len(g) >= 2 for g in groups.values()) >= 0.95
            assert share(g[0].duration <= 480 for g in groups.values()) >= 0.6
    assert seen > 100


def test_not_everybody_plays_every_sixteenth() -> None:
    crowded = []
    for song in songs("funk"):
        for bar in bars_of(song):
            busy = 0
            for track in song.tracks:
                if track.role not in ("drums", "percussion"):
                    busy += len({n.onset for n in notes_in(track, bar.start, bar.end)}) >= 13
            crowded.append(busy >= 2)
    assert share(crowded) <= 0.01


def test_it_ends_on_a_hit() -> None:
    for song in songs("funk"):
        assert song.ending.kind in ("hit", "pickup-hit", "vamp-out")
        last = Timeline(song).bars[-1]
        for track in song.tracks:
            final = notes_in(track, last.start, song.end)
            if track.role in ("bass", "comp", "stab") and final:
                assert {n.onset for n in final} == {last.start}
                assert all(n.duration <= 480 for n in final)


def test_there_are_breaks() -> None:
    told = [any(s.kind == "break" for s in song.sections)
            or any(d.what == "transition" and d.value("transition") in ("break", "stop") for d in song.decisions)
            for song in songs("funk")]
    assert share(told) >= 0.7


def test_nobody_but_drums_and_bass_plays_all_the_time() -> None:
    for song in songs("funk"):
        for track in tracks(song, "comp", "pad", "riff", "stab", "answer", "percussion"):
            assert share_of_bars(song, track) <= 0.85


def test_variety() -> None:
    told = outlines("funk")
    assert most_common_share(o.groove for o in told) <= 0.2
    assert max(share(loop in o.loops for o in told) for loop in {x for o in told for x in o.loops}) <= 0.15
    cycles = [frozenset(str(d.value("cycle")) for d in song.decisions if d.rule == "harmony.vamp")
              for song in sketches("funk")]
    assert max(share(v in c for c in cycles) for v in {x for c in cycles for x in c}) <= 0.15
    assert len({o.form for o in told}) >= 4
    assert len({o.ending for o in told}) >= 4
    assert len({o.intro for o in told}) >= 4
    assert len({part.role for part in load_style("funk").parts}) >= 8
