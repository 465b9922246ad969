"""Blues: every clause of its paragraph that can be counted, over twenty songs."""

from __future__ import annotations

from statistics import mean, median

from partimento.score.song import Section, Song, Track
from partimento.score.timeline import Timeline
from partimento.tests.genres import harness

GENRE = "blues"
TWELVES = ("verse", "head", "stop", "solo", "last")


def _songs() -> tuple[Song, ...]:
    return harness.songs(GENRE)


def _choruses(song: Song) -> list[tuple[int, Section]]:
    return harness.sections(song, *TWELVES)


def _lead(song: Song) -> Track:
    return harness.tracks(song, "lead")[0]


def test_tempo_and_meter() -> None:
    assert all(59.5 <= harness.tempo_felt(song) <= 130.5 for song in _songs())
    meters = [str(song.meters[0].meter) for song in _songs()]
    assert set(meters) == {"4/4", "12/8"}


def test_eighths_are_swung_as_triplets() -> None:
    """In 4/4 an eighth off the beat is played near the triplet's last third."""
    for song in _songs():
        if str(song.meters[0].meter) != "4/4":
            continue
        bass = harness.tracks(song, "bass")[0]
        written = [i for i, n in enumerate(bass.notes) if n.onset % 480 == 240 and n.onset > 1920]
        played = next(t for t in song.performance.tracks if t.name == bass.name)
        if len(written) >= 10 and len(played.notes) == len(bass.notes):
            places = [(played.notes[i].onset - (bass.notes[i].onset - 240)) / 480 for i in written]
            assert 0.6 <= median(places) <= 0.74


def test_twelve_bars_are_never_broken() -> None:
    twelve = 0
    for song in _songs():
        bar = song.meters[0].meter.bar
        for _, section in _choruses(song):
            assert section.length == 12 * bar
        for _, section in harness.sections(song, "eight", "eightsolo"):
            assert section.length == 8 * bar
        for _, section in harness.sections(song, "sixteen", "sixteensolo"):
            assert section.length == 16 * bar
        twelve += bool(_choruses(song))
    assert twelve >= 15


def test_one_four_one_five_at_their_places() -> None:
    for song in _songs():
        line = Timeline(song)
        for i, section in _choruses(song):
            bars, tonic = line.section_bars(i), section.key.tonic.number
            at = [line.chord_at(b.start) for b in bars]
            roots = [(c.chord.root.number - tonic) % 12 for c in at if c is not None]
            assert (roots[0], roots[2], roots[3], roots[4], roots[6]) == (0, 0, 0, 5, 0)
            assert roots[1] in (0, 5)
            assert roots[8] in (7, 2, 8)
            if bars[-1].start < song.ending.start:
                last = line.chord_at(bars[-1].end - 240)
                assert last is not None
                assert (last.chord.root.number - tonic) % 12 == 7


def test_sevenths_stand_everywhere_and_one_is_not_resolved() -> None:
    for song in _songs():
        assert all("maj" not in c.chord.quality for c in song.chords)
        if song.sections[0].key.is_minor:
            continue
        tonic = song.sections[0].key.tonic
        ones = [c.chord for c in song.chords if c.chord.root == tonic]
        assert mean(c.family == "dominant" for c in ones) >= 0.95
        assert mean(c.chord.family == "dominant" for c in song.chords) >= 0.8


def test_quick_change_and_turnarounds_vary() -> None:
    quick, plain, turns = 0, 0, set()
    for song in harness.sketches(GENRE):
        line = Timeline(song)
        for i, section in _choruses(song)[:1]:
            bars = line.section_bars(i)
            second = line.chord_at(bars[1].start)
            assert second is not None
            moved = second.chord.root != section.key.tonic
            quick, plain = quick + moved, plain + (not moved)
            turns.add(" ".join(c.roman for c in line.chords_in(bars[10].start, bars[11].end)))
    assert quick >= 25
    assert plain >= 25
    assert len(turns) >= 5


def test_boogie_or_walking_bass() -> None:
    shares = []
    for song in _songs():
        bass = harness.tracks(song, "bass")[0]
        bars = [
            b for b in harness.body_bars(song) if song.sections[b.section].kind in ("verse", "solo", "head", "last")
        ]
        counts = [len(harness.notes_in(bass, b.start, b.end)) for b in bars]
        if counts:
            shares.append(mean(c >= 4 for c in counts))
            tones = [len(set(harness.midis(harness.notes_in(bass, b.start, b.end)))) for b in bars]
            assert mean(tones) >= 1.4
    assert median(shares) >= 0.85


def test_the_tune_is_aab() -> None:
    likes = []
    for song in _songs():
        line, lead = Timeline(song), _lead(song)
        for i, _ in harness.sections(song, "verse", "last"):
            bars = line.section_bars(i)
            shapes = [
                frozenset(
                    (n.onset - bars[k].start, *harness.midis([n]))
                    for n in harness.notes_in(lead, bars[k].start, bars[k + 1].end)
                )
                for k in (0, 4, 8)
            ]
            if all(shapes):
                likes.append([len(shapes[0] & s) / len(shapes[0] | s) for s in shapes[1:]])
    assert mean(a for a, _ in likes) >= 0.45
    assert mean(a for a, _ in likes) >= mean(b for _, b in likes) + 0.2


def test_the_guitar_answers_in_the_third_and_fourth_bar() -> None:
    answered = total = 0
    quiet = []
    for song in _songs():
        line, lead = Timeline(song), _lead(song)
        replies = harness.tracks(song, "answer")
        for i, section in harness.sections(song, "verse", "last"):
            if section.lead != "tune":
                continue
            bars = line.section_bars(i)
            call = len(harness.notes_in(lead, bars[0].start, bars[1].end))
            rest = len(harness.notes_in(lead, bars[2].start + 1, bars[3].end))
            quiet.append(rest < call)
            total += 1
            answered += any(len(harness.notes_in(t, bars[2].start, bars[3].end)) >= 2 for t in replies)
    assert mean(quiet) >= 0.9
    assert answered >= 0.65 * total


def test_flat_third_against_the_third() -> None:
    flat, songs, outside = 0, 0, []
    for song in _songs():
        key = song.sections[0].key
        numbers = [
            (m - key.tonic.number) % 12
            for t in harness.tracks(song, "lead", "answer")
            for m in harness.midis(list(t.notes))
        ]
        if key.is_minor:
            continue
        songs += 1
        flat += 3 in numbers and 4 in numbers
        outside.append(mean(n in (1, 3, 6, 8, 10) for n in numbers))
    assert flat >= 0.9 * songs
    assert mean(outside) >= 0.1, "a diatonic tune"


def test_ends_flat_two_or_five_to_one() -> None:
    for song in _songs():
        last, before = song.chords[-1], song.chords[-2]
        tonic = last.key.tonic.number
        assert last.chord.root.number == tonic
        assert (before.chord.root.number - tonic) % 12 in (1, 7, 8)
        assert last.chord.seventh is not None
        assert song.ending.kind != "fade-layers"


def test_variety() -> None:
    songs = harness.sketches(GENRE)
    assert len({" ".join(x.kind for x in s.sections) for s in songs}) >= 6
    assert len({s.ending.name for s in songs}) >= 4
    assert len({harness.loops_of(s, "intro") for s in songs}) >= 5
    assert len(set(harness.grooves(GENRE, "drums", "verse", "head", "eight", "sixteen"))) >= 8
