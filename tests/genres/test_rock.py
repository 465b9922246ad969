"""Rock: every clause of its paragraph that can be counted, over twenty songs."""

from __future__ import annotations

from statistics import mean, median

from partimento.arrangement.fretboard import playable, strings_of
from partimento.score.instruments import instrument
from partimento.score.song import Drum, Note, Song, Track
from partimento.score.timeline import Timeline
from partimento.tests.genres import harness

GENRE = "rock"
DRIVEN = ("distortion guitar", "overdriven guitar")
TIME_HATS = (Drum.HAT,)
TIME_OPEN = (Drum.RIDE, Drum.BELL, Drum.CRASH, Drum.CRASH2, Drum.HAT_OPEN)


def _songs() -> tuple[Song, ...]:
    return harness.songs(GENRE)


def _guitars(song: Song) -> list[Track]:
    return [t for t in song.tracks if instrument(t.instrument).hands == "guitar" and t.role in ("comp", "riff")]


def _heard(track: Track, song: Song, *kinds: str) -> list[Note]:
    return [n for _, s in harness.sections(song, *kinds) for n in harness.notes_in(track, s.start, s.end)]


def test_tempo_lies_between_100_and_170() -> None:
    assert all(99.5 <= harness.tempo_felt(song) <= 170.5 for song in _songs())


def test_a_riff_comes_back() -> None:
    with_riff = 0
    for song in _songs():
        for track in harness.tracks(song, "riff"):
            bars = [
                b
                for i, s in harness.sections(song, "intro", "verse", "interlude", "twelve")
                for b in Timeline(song).section_bars(i)
            ]
            shapes = [tuple(n.onset - b.start for n in harness.notes_in(track, b.start, b.end)) for b in bars]
            shapes = [s for s in shapes if s]
            if len(shapes) >= 4 and len(set(shapes)) <= len(shapes) * 0.7:
                with_riff += 1
                break
    assert with_riff >= 14


def test_driven_guitars_play_power_chords_and_never_a_third() -> None:
    chords = 0
    for song in _songs():
        for track in song.tracks:
            if track.instrument not in DRIVEN:
                continue
            for group in harness.strokes(track).values():
                numbers = harness.midis(group)
                if len(numbers) > 1:
                    chords += 1
                    assert {(b - a) % 12 for a in numbers for b in numbers} <= {0, 5, 7}
    assert chords > 2000


def test_the_verse_is_muted_and_the_chorus_open() -> None:
    right = seen = 0
    for song in _songs():
        for track in harness.tracks(song, "comp"):
            if track.instrument not in DRIVEN:
                continue
            verse, chorus = _heard(track, song, "verse"), _heard(track, song, "chorus")
            if len(verse) > 20 and len(chorus) > 20:
                seen += 1
                short = [
                    sum(n.articulation in ("staccato", "dead") for n in part) / len(part) for part in (verse, chorus)
                ]
                long_ = [mean(n.duration for n in part) for part in (verse, chorus)]
                right += short[0] > short[1] or long_[0] < long_[1]
    assert seen >= 8
    assert right >= 0.75 * seen


def test_two_guitars_play_differently() -> None:
    for song in _songs():
        guitars = _guitars(song)
        assert len(guitars) >= 2
        same = together = 0
        for _, section in harness.sections(song, "verse", "chorus", "twelve"):
            onsets = [frozenset(n.onset for n in harness.notes_in(t, section.start, section.end)) for t in guitars]
            onsets = [o for o in onsets if o]
            for i, a in enumerate(onsets):
                for b in onsets[i + 1 :]:
                    together += 1
                    same += len(a & b) > 0.85 * len(a | b)
        assert same <= 0.2 * together


def test_the_bass_plays_eighths() -> None:
    shares = []
    for song in _songs():
        bass = harness.tracks(song, "bass")[0]
        bars = [
            b for b in harness.body_bars(song) if song.sections[b.section].kind in ("verse", "chorus", "solo", "twelve")
        ]
        full = 7 if bars[0].meter.numerator == 4 else 6
        counts = [len(harness.notes_in(bass, b.start, b.end)) for b in bars]
        shares.append(sum(c >= full for c in counts) / len(counts))
    assert median(shares) >= 0.6
    assert mean(shares) >= 0.55


def test_hat_in_the_verse_ride_or_crash_in_the_chorus() -> None:
    verse = chorus = songs = 0
    for song in _songs():
        drums = harness.tracks(song, "drums")[0]
        counts = {
            kind: [sum(n.pitch in pieces for n in _heard(drums, song, kind)) for pieces in (TIME_HATS, TIME_OPEN)]
            for kind in ("verse", "chorus")
        }
        if not harness.sections(song, "chorus"):
            continue
        songs += 1
        verse += counts["verse"][0] > counts["verse"][1]
        chorus += counts["chorus"][1] > counts["chorus"][0]
    assert chorus == songs
    assert verse >= 0.75 * songs


def test_backbeat() -> None:
    for song in _songs():
        drums = harness.tracks(song, "drums")[0]
        snares = [n for n in drums.notes if n.pitch is Drum.SNARE and n.articulation != "ghost"]
        on = sum(1 for n in snares if n.onset % 960 == 480 or n.onset % 1920 == 960 or n.onset % 1440 == 720)
        assert on >= 0.5 * len(snares)


def test_flat_seven_and_the_pentatonic() -> None:
    flat_seven = 0
    inside = []
    for song in _songs():
        tonic = song.sections[0].key.tonic.number
        flat_seven += any((c.chord.root.number - tonic) % 12 == 10 for c in song.chords)
        for track in harness.tracks(song, "lead", "answer"):
            for _, section in harness.sections(song, "verse", "chorus", "solo"):
                key = section.key
                scale = (0, 3, 5, 7, 10) if key.is_minor else (0, 2, 4, 7, 9)
                numbers = harness.midis(harness.notes_in(track, section.start, section.end))
                inside += [(m - key.tonic.number) % 12 in scale for m in numbers]
    assert flat_seven >= 13
    assert mean(inside) >= 0.68


def test_a_solo_is_played() -> None:
    played = 0
    for song in _songs():
        solos = [s for s in song.sections if s.lead == "solo"]
        soloing = [
            t
            for t in song.tracks
            for s in solos
            if t.role in ("lead", "answer") and len(harness.notes_in(t, s.start, s.end)) > 3 * (s.length // 1920)
        ]
        played += any(instrument(t.instrument).hands == "guitar" for t in soloing)
    assert played >= 18


def test_ends_in_a_unison_hit_or_rings_out() -> None:
    kinds = [song.ending.kind for song in _songs()]
    assert all(kind in ("hit", "pickup-hit", "ring", "held", "tag") for kind in kinds)
    assert sum(kind in ("hit", "pickup-hit", "ring") for kind in kinds) >= 11
    for song in _songs():
        last = song.chords[-1]
        start = min(c.onset for c in song.chords if c.onset >= song.ending.start and c.chord == last.chord)
        together = sum(any(n.onset >= start - 240 for n in t.notes) for t in song.tracks)
        assert together >= 3
        assert last.chord.root == song.sections[-1].key.tonic


def test_no_dominant_sevenths() -> None:
    for song in _songs():
        assert all(c.chord.seventh is None for c in song.chords)


def test_guitar_chords_can_be_held_by_a_hand() -> None:
    for song in _songs():
        for track in _guitars(song):
            strings = strings_of(track.instrument)
            shapes = {tuple(harness.midis(group)) for group in harness.strokes(track).values()}
            assert all(len(shape) < 2 or playable(shape, strings) for shape in shapes)


def test_the_chorus_lies_above_the_verse() -> None:
    gaps = []
    for song in _songs():
        lead = harness.tracks(song, "lead")[0]
        verse, chorus = (harness.midis(_heard(lead, song, kind)) for kind in ("verse", "chorus"))
        if verse and chorus:
            gaps.append(median(chorus) - median(verse))
    assert median(gaps) >= 3
    assert sum(g >= 3 for g in gaps) >= 0.7 * len(gaps)


def test_nobody_but_the_ground_plays_all_the_time() -> None:
    for song in _songs():
        for track in song.tracks:
            if track.role not in ("lead", "drums", "bass"):
                assert harness.share_of_bars(song, track) <= 0.88, (song.brief.seed, track.name)


def test_variety() -> None:
    songs = harness.sketches(GENRE)
    assert (
        harness.commonest_share([harness.loops_of(s, "verse", "twelve") for s in songs if harness.sections(s, "verse")])
        <= 0.15
    )
    assert (
        harness.commonest_share([harness.loops_of(s, "chorus") for s in songs if harness.sections(s, "chorus")]) <= 0.15
    )
    assert len({" ".join(x.kind for x in s.sections) for s in songs}) >= 6
    assert len({s.ending.name for s in songs}) >= 4
    assert harness.commonest_share(harness.grooves(GENRE, "drums", "verse", "twelve")) <= 0.3
    assert len(set(harness.grooves(GENRE, "drums", "chorus", "twelvesolo"))) >= 5
