"""Reggae: every clause of its paragraph that can be counted, over twenty songs (variety over a hundred)."""

from __future__ import annotations

from collections import Counter
from statistics import mean

from partimento.score.song import Drum, Song, Track
from partimento.score.timeline import Bar, Timeline
from tests.genres import harness

GENRE = "reggae"
TOMS = {Drum.TOM1, Drum.TOM2, Drum.TOM3, Drum.TOM4, Drum.TOM_FLOOR, Drum.TOM_HIGH}
CYMBALS = {Drum.CRASH, Drum.CRASH2, Drum.SPLASH, Drum.CHINA}
BEATS = (0, 480, 960, 1440)
OFFBEATS = (240, 720, 1200, 1680)


def _songs() -> tuple[Song, ...]:
    return harness.songs(GENRE)


def _kit(song: Song) -> Track:
    return harness.tracks(song, "drums")[0]


def _riddim(song: Song) -> str:
    """The song's kind of groove, by the names of its drum patterns."""
    names = [n for told in harness.patterns_of(song, "drums").values() for n in told if "," in n]
    return Counter(n.split(",")[0] for n in names).most_common(1)[0][0]


def _inner(song: Song) -> list[Bar]:
    return [bar for bar in harness.body_bars(song) if song.sections[bar.section].kind != "pickup"]


def test_tempo() -> None:
    for song in _songs():
        assert 65 <= harness.felt_bpm(song) <= 90


def test_each_song_keeps_to_one_riddim_and_all_three_occur() -> None:
    seen = Counter(_riddim(song) for song in _songs())
    assert set(seen) == {"one-drop", "rockers", "steppers"}
    assert seen["one-drop"] >= max(seen["rockers"], seen["steppers"]) - 2
    for song in _songs():
        names = {n.split(",")[0] for told in harness.patterns_of(song, "drums").values() for n in told if "," in n}
        assert len(names) == 1, names


def test_one_drop_kick_and_rim_on_two_and_four_beat_one_empty() -> None:
    for song in _songs():
        if _riddim(song) != "one-drop":
            continue
        bars = _inner(song)
        kicks = harness.places(_kit(song), bars, Drum.KICK)
        rims = harness.places(_kit(song), bars, Drum.RIM, Drum.SNARE)
        assert kicks[480] >= 0.95 * len(bars) and kicks[1440] >= 0.95 * len(bars)
        assert rims[480] >= 0.9 * len(bars) and rims[1440] >= 0.9 * len(bars)
        assert kicks[0] == 0 and rims[0] <= 0.02 * len(bars)


def test_one_drop_bass_leaves_beat_one() -> None:
    empty = []
    for song in _songs():
        if _riddim(song) == "one-drop":
            for bass in harness.tracks(song, "bass"):
                onsets = {n.onset for n in bass.notes}
                empty += [bar.start not in onsets for bar in _inner(song)]
    assert len(empty) > 100 and harness.share(empty) > 0.9


def test_steppers_kick_on_every_beat() -> None:
    for song in _songs():
        if _riddim(song) == "steppers":
            bars = _inner(song)
            kicks = harness.places(_kit(song), bars, Drum.KICK)
            assert min(kicks[beat] for beat in BEATS) >= 0.9 * len(bars)


def test_skank_short_on_every_and() -> None:
    guitars, places, lengths = 0, Counter[int](), []
    bars = 0
    for song in _songs():
        for track in harness.tracks(song, "comp"):
            if "guitar" not in track.instrument:
                continue
            guitars += 1
            played = {n.onset for n in track.notes if n.articulation != "dead"}
            for bar in _inner(song):
                here = {o - bar.start for o in played if bar.start <= o < bar.end}
                if here:
                    bars += 1
                    places.update(here)
            lengths += [n.duration for n in track.notes if n.onset < song.ending.start]
    assert guitars == 20
    for place in OFFBEATS:
        assert places[place] >= 0.95 * bars
    assert sum(places[beat] for beat in BEATS) <= 0.12 * bars
    assert harness.share(length <= 240 for length in lengths) > 0.97, "no long guitar chords"


def test_organ_bubbles_in_sixteenths_round_the_and() -> None:
    heard, off = 0, []
    for song in _songs():
        for track in harness.tracks(song, "comp"):
            if "organ" not in track.instrument:
                continue
            heard += 1
            inner = {bar.index for bar in _inner(song)}
            line = Timeline(song)
            off += [n.onset % 480 != 0 for n in track.notes if line.bar_at(n.onset).index in inner]
    assert heard >= 12
    assert harness.share(off) > 0.95


def test_bass_is_melodic_and_rests() -> None:
    tones, holes, downbeats = [], [], []
    for song in _songs():
        for bass in harness.tracks(song, "bass"):
            onsets = {n.onset for n in bass.notes}
            told = sorted(bass.notes, key=lambda n: n.onset)
            for bar in _inner(song):
                here = harness.notes_in(bass, bar.start, bar.end)
                if here:
                    tones.append(len(set(harness.pitches(here))))
                downbeats.append(bar.start in onsets)
            holes.append(
                sum(max(0, b.onset - a.onset - a.duration) for a, b in zip(told, told[1:], strict=False)) / song.end
            )
    assert mean(tones) > 1.7, "more than roots"
    assert min(holes) > 0.12 and mean(holes) > 0.25
    assert harness.share(downbeats) < 0.4, "no bass on every downbeat"


def test_loops_of_two_to_four_chords() -> None:
    sizes = [
        len(set(loop.replace("|", " ").split()))
        for song in _songs()
        for loop in {str(d.value("cycle")) for d in song.decisions if d.what == "loop"}
    ]
    assert harness.share(2 <= size <= 4 for size in sizes) > 0.97


def test_tom_pick_up_in() -> None:
    for song in _songs():
        first = song.sections[0]
        assert first.kind == "pickup" and len(Timeline(song).section_bars(0)) == 1
        heard = {t.role: harness.notes_in(t, first.start, first.end) for t in song.tracks}
        assert {role for role, notes in heard.items() if notes} <= {"drums", "lead"}
        assert all(n.onset >= 960 for n in heard.get("lead", [])), "a pick-up of the tune at the most"
        struck = harness.notes_in(_kit(song), first.start, first.end)
        assert any(n.pitch in TOMS for n in struck)
        assert min(n.onset for n in struck) >= 480 and max(n.onset for n in struck) >= 1440


def test_unison_stop_out() -> None:
    for song in _songs():
        assert song.ending.kind in ("hit", "pickup-hit", "vamp-out")
        last = max(n.onset for t in song.tracks for n in t.notes)
        together = [t for t in song.tracks if any(n.onset == last for n in t.notes)]
        roles = {t.role for t in together}
        assert {"drums", "bass"} <= roles and "comp" in roles
        assert last % 1920 == 0, "on the one"
        ends = [
            n.onset + n.duration
            for t in song.tracks
            for n in t.notes
            if n.onset == last and t.role not in ("lead", "harmony")
        ]
        assert max(ends) - last <= 480, "cut, not held"


def test_no_crash_and_kick_on_one() -> None:
    for song in _songs():
        crashes = {n.onset for t in song.tracks for n in t.notes if n.pitch in CYMBALS}
        assert not {c for c in crashes if c % 1920 == 0}


def test_chorus_lies_higher_than_the_verse() -> None:
    higher = []
    for song in _songs():
        for lead in harness.tracks(song, "lead"):
            levels = []
            for kind in ("verse", "chorus"):
                notes = [n for _, s in harness.sections(song, kind) for n in harness.notes_in(lead, s.start, s.end)]
                levels.append(mean(harness.pitches(notes)))
            higher.append(levels[1] - levels[0])
    assert mean(higher) >= 3 and harness.share(h >= 2 for h in higher) >= 0.85


def test_nobody_plays_throughout() -> None:
    for song in _songs():
        bars = len(Timeline(song).bars)
        for track in song.tracks:
            if track.role not in ("drums", "bass", "lead"):
                assert len(harness.bars_played(song, track)) <= 0.86 * bars, (song.title, track.name)


def test_variety_over_a_hundred_seeds() -> None:
    outlines = harness.outlines(GENRE)
    loops = [loop for outline in outlines for loop in outline.loops]
    assert max(loops.count(loop) for loop in loops) <= 15
    assert harness.most_common_share(o.groove for o in outlines) <= 0.2
    assert len({o.form for o in outlines}) >= 5
    assert len({o.ending for o in outlines}) >= 4
    assert len({o.intro for o in outlines}) >= 4
