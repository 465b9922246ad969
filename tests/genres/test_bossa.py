"""Bossa nova: straight eighths, bass on 1 (2&) 3 (4&), two-bar guitar, cross-stick, maj7 and ii-V, a held maj9."""

from __future__ import annotations

from statistics import median

from partimento.arrangement.style import load_style
from partimento.score.song import Drum
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


def test_tempo_lies_between_110_and_150() -> None:
    assert all(109 <= tempo_felt(song) <= 151 for song in songs("bossa"))


def test_eighths_are_straight() -> None:
    assert load_style("bossa").swing.ratio == 1.0
    counted = 0
    for song in songs("bossa"):
        off = [note.onset % 480 for track in song.performance.tracks for note in track.notes
               if track.name == "Nylon Guitar" and 180 < note.onset % 480 < 400]
        if len(off) > 20:
            counted += 1
            assert 220 <= median(off) <= 265
    assert counted >= 10


def test_the_bass_plays_one_and_three_with_the_eighths_before() -> None:
    told, onsets = [], []
    for song in songs("bossa"):
        bass = tracks(song, "bass")[0]
        for bar in body_bars(song):
            places = {n.onset - bar.start for n in notes_in(bass, bar.start, bar.end)}
            if places:
                told.append(960 in places)
                onsets += [place in (0, 720, 960, 1680) for place in places]
    assert share(onsets) >= 0.92
    assert share(told) >= 0.9


def test_the_guitar_syncopates_over_two_bars() -> None:
    off, again, same = [], [], []
    for song in songs("bossa"):
        guitar = next((t for t in tracks(song, "comp") if t.instrument == "nylon guitar"), None)
        if guitar is None:
            continue
        groups = strokes(guitar)
        rhythm = {bar.index: tuple(o - bar.start for o in groups if bar.start <= o < bar.end) for bar in bars_of(song)}
        for bar in body_bars(song):
            here = rhythm[bar.index]
            off += [place % 480 != 0 for place in here]
            if bar.in_section >= 2 and here:
                same.append(here == rhythm[bar.index - 1])
                again.append(here == rhythm[bar.index - 2])
    assert share(off) >= 0.35
    assert share(again) > 2 * share(same)


def test_the_cross_stick_is_heard_and_no_backbeat() -> None:
    rims, backbeats = [], []
    for song in songs("bossa"):
        for track in tracks(song, "drums"):
            for bar in body_bars(song):
                own = notes_in(track, bar.start, bar.end)
                if own:
                    rims.append(any(n.pitch is Drum.RIM for n in own))
                    loud = {n.onset - bar.start for n in own if n.pitch is Drum.SNARE and n.velocity > 80}
                    backbeats.append(bool(loud & {480, 1440}))
    assert share(rims) >= 0.6
    assert share(backbeats) <= 0.01


def test_rich_chords_chains_substitutes_and_diminished_ones() -> None:
    rich, chains, subs = [], [], []
    for song in sketches("bossa"):
        chords = [c.chord for c in song.chords]
        rich += [c.quality not in ("", "m", "dim", "aug") for c in chords]
        pairs = list(zip(chords, chords[1:], strict=False))
        chains.append(sum(1 for a, b in pairs if a.family in ("minor", "half-diminished") and b.family == "dominant"
                          and b.root == a.root.up(-1)) >= 2)
        subs.append(any(c.roman.startswith("subV") or "o7" in c.roman or "bII" in c.roman for c in song.chords))
    assert share(rich) >= 0.97
    assert share(chains) >= 0.8
    assert share(subs) >= 0.6


def test_aaba_is_common() -> None:
    found = []
    for song in sketches("bossa"):
        kinds = " ".join(s.kind for s in song.sections if s.kind in ("A", "B", "C", "solo"))
        found.append("A A B A" in kinds)
    assert share(found) >= 0.3


def test_it_ends_held_on_a_major_ninth_or_minor_six_nine() -> None:
    for song in sketches("bossa"):
        assert song.chords[-1].chord.quality in ("maj9", "m69")
        assert song.ending.kind not in ("hit", "pickup-hit", "vamp-out")


def test_no_crash_cymbal() -> None:
    for song in songs("bossa"):
        assert all(n.pitch not in (Drum.CRASH, Drum.CRASH2) for t in tracks(song, "drums") for n in t.notes)


def test_bridges_lie_apart() -> None:
    other = []
    for song in sketches("bossa"):
        a, b = sections(song, "A"), sections(song, "B")
        if a and b:
            first = [c.roman for c in song.chords if a[0][1].start <= c.onset < a[0][1].end]
            second = [c.roman for c in song.chords if b[0][1].start <= c.onset < b[0][1].end]
            other.append(first != second)
    assert share(other) >= 0.97


def test_nobody_but_drums_and_bass_plays_all_the_time() -> None:
    for song in songs("bossa"):
        for track in tracks(song, "comp", "pad", "counter", "riff", "percussion", "answer"):
            assert share_of_bars(song, track) <= 0.85


def test_variety() -> None:
    told = outlines("bossa")
    assert most_common_share(o.groove for o in told) <= 0.2
    assert max(share(loop in o.loops for o in told) for loop in {x for o in told for x in o.loops}) <= 0.15
    assert len({o.form for o in told}) >= 4
    assert len({o.ending for o in told}) >= 4
    assert len({o.intro for o in told}) >= 4
    assert len({part.id for part in load_style("bossa").parts}) >= 8
