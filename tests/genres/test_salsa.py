"""Salsa: one clave that all obey, a tumbao that anticipates 1, octave montunos, coro, mambo, a bloque at the end."""

from __future__ import annotations

from partimento.arrangement.clave import clave_of, with_clave
from partimento.arrangement.style import load_style
from partimento.score.song import Drum, Song
from partimento.score.timeline import Bar, Timeline
from partimento.tests.genres.harness import (
    body_bars,
    most_common_share,
    notes_in,
    outlines,
    sections,
    share,
    share_of_bars,
    songs,
    strokes,
    tempo_felt,
    tracks,
)

TWO, THREE = {480, 960}, {0, 720, 1440}


def _clave(song: Song) -> str:
    return clave_of(load_style("salsa"), song.brief.seed, song.brief.take)


def _side(song: Song, bar: Bar) -> str:
    first = "two" if _clave(song) == "2-3" else "three"
    other = "three" if first == "two" else "two"
    return first if bar.index % 2 == 0 else other


def test_one_clave_a_song_and_it_never_turns() -> None:
    heard = []
    for song in songs("salsa"):
        for track in tracks(song, "percussion"):
            for bar in body_bars(song):
                struck = {n.onset - bar.start for n in notes_in(track, bar.start, bar.end) if n.pitch is Drum.CLAVES}
                if struck:
                    heard.append(struck == (TWO if _side(song, bar) == "two" else THREE))
    assert len(heard) > 500
    assert all(heard)


def test_both_directions_are_used() -> None:
    style = load_style("salsa")
    assert {clave_of(style, seed, 0) for seed in range(1, 21)} == {"2-3", "3-2"}


def test_turning_the_clave_turns_two_bar_patterns_and_leaves_one_bar_patterns() -> None:
    style = load_style("salsa")
    turned = with_clave(style, "3-2")
    for name, bank in style.patterns.items():
        mains = {p.name: p for p in turned.patterns[name] if p.use == "main"}
        for pattern in bank:
            if pattern.use == "main" and len(pattern.bars) == 2:
                assert mains[pattern.name].bars == pattern.bars[::-1]


def test_section_lengths_are_even_so_that_the_clave_goes_on() -> None:
    for song in songs("salsa"):
        assert all(section.start % (2 * 1920) == 0 for section in song.sections)


def test_the_montuno_is_on_the_beat_on_the_two_side_and_off_it_on_the_three_side() -> None:
    on, off, octaves = [], [], []
    for song in songs("salsa"):
        piano = next(t for t in song.tracks if t.role == "comp")
        groups = strokes(piano)
        octaves += [len(g) == 2 and g[1].number - g[0].number == 12
                    for g in groups.values()]
        for bar in body_bars(song):
            places = {o - bar.start for o in groups if bar.start <= o < bar.end}
            if places:
                if _side(song, bar) == "two":
                    on.append(0 in places)
                else:
                    off.append(all(place % 480 for place in places))
    assert share(octaves) >= 0.95
    assert share(on) >= 0.95
    assert share(off) >= 0.9


def test_the_bass_anticipates_and_stays_off_one() -> None:
    ones, fours, meant = [], [], []
    for song in songs("salsa"):
        line = Timeline(song)
        bass = tracks(song, "bass")[0]
        for bar in body_bars(song):
            own = {n.onset - bar.start: n for n in notes_in(bass, bar.start, bar.end)}
            ones.append(0 in own)
            fours.append(1440 in own)
            coming = line.sounding_at(bar.end)
            if 1440 in own and coming is not None:
                meant.append(own[1440].number % 12 == coming.chord.bass_tone.number)
    assert share(ones) <= 0.04
    assert share(fours) >= 0.9
    assert share(meant) >= 0.95


def test_there_is_a_coro_and_a_harmonised_one() -> None:
    assert all(sections(song, "coro") for song in songs("salsa"))
    voiced = []
    for song in songs("salsa"):
        for _, section in sections(song, "coro"):
            voiced.append(any(notes_in(t, section.start, section.end) for t in tracks(song, "harmony")))
    assert share(voiced) >= 0.7


def test_a_bloque_ends_it_with_everybody_on_the_same_strokes() -> None:
    for song in songs("salsa"):
        line = Timeline(song)
        bar = next(b for b in line.bars if b.start == song.ending.start)
        figures = []
        for track in song.tracks:
            if track.role in ("bass", "drums", "comp"):
                figures.append({n.onset - bar.start for n in notes_in(track, bar.start, bar.end)})
        figures = [f for f in figures if f]
        assert len(figures) >= 2
        assert all(f == figures[0] for f in figures)
        assert any(n.onset == line.bars[-1].start for n in tracks(song, "bass")[0].notes)


def test_eighths_are_straight_and_no_backbeat_kit_plays() -> None:
    assert load_style("salsa").swing.ratio == 1.0
    for song in songs("salsa"):
        kit = {n.pitch for t in tracks(song, "drums", "percussion") for n in t.notes}
        assert not kit & {Drum.KICK, Drum.SNARE, Drum.HAT, Drum.CRASH}


def test_congas_slap_on_two_and_open_on_four() -> None:
    opened, slapped = [], []
    for song in songs("salsa"):
        for track in tracks(song, "percussion"):
            for bar in body_bars(song):
                own = notes_in(track, bar.start, bar.end)
                if any(n.pitch is Drum.CONGA_MUTE for n in own):
                    opened.append(any(n.pitch is Drum.CONGA_HIGH and n.onset - bar.start >= 1440 for n in own))
                    slapped.append(any(n.pitch is Drum.CONGA_MUTE and n.onset - bar.start == 480
                                       and n.articulation != "ghost" for n in own))
    assert share(opened) >= 0.9
    assert share(slapped) >= 0.9


def test_nobody_but_drums_and_bass_plays_all_the_time() -> None:
    for song in songs("salsa"):
        for track in tracks(song, "comp", "pad", "counter", "riff", "stab", "answer"):
            assert share_of_bars(song, track) <= 0.85


def test_tempo_and_variety() -> None:
    assert all(149 <= tempo_felt(song) <= 225 for song in songs("salsa"))
    told = outlines("salsa")
    assert most_common_share(o.groove for o in told) <= 0.2
    assert max(share(loop in o.loops for o in told) for loop in {x for o in told for x in o.loops}) <= 0.15
    assert len({o.form for o in told}) >= 4
    assert len({o.ending for o in told}) >= 4
    assert len({o.intro for o in told}) >= 4
    assert len({part.id for part in load_style("salsa").parts}) >= 8
