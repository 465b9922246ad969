"""Country: every clause of its paragraph that can be counted, over twenty songs."""

from __future__ import annotations

from statistics import mean, median

from partimento.score.song import Drum, Song
from partimento.score.timeline import Bar, Timeline
from partimento.tests.genres import harness

GENRE = "country"
FILLERS = ("fiddle", "pedal steel", "electric guitar")


def _songs() -> tuple[Song, ...]:
    return harness.songs(GENRE)


def _bars(song: Song, *kinds: str) -> list[Bar]:
    return [b for b in harness.body_bars(song) if song.sections[b.section].kind in kinds]


def _in_four(song: Song) -> bool:
    return str(song.meters[0].meter) == "4/4"


def test_tempo_lies_between_80_and_180() -> None:
    tempi = [harness.tempo_felt(song) for song in _songs()]
    assert all(79.5 <= t <= 180.5 for t in tempi)
    assert max(tempi) - min(tempi) >= 50


def test_two_beat_bass_on_root_and_fifth() -> None:
    shares = []
    for song in _songs():
        bass, line = harness.tracks(song, "bass")[0], Timeline(song)
        hits = []
        for bar in _bars(song, "verse", "chorus") if _in_four(song) else ():
            chord = line.chord_at(bar.start)
            if chord is None or chord.onset + chord.duration < bar.end:
                continue
            notes = {
                n.onset - bar.start: m for n in harness.notes_in(bass, bar.start, bar.end) for m in harness.midis([n])
            }
            above = [(notes[t] - chord.chord.bass_tone.number) % 12 if t in notes else -1 for t in (0, 960)]
            hits.append(above[0] == 0 and above[1] in (7, 0, 4, 3))
        if hits:
            shares.append(mean(hits))
    assert median(shares) >= 0.6


def test_the_bass_walks_up_to_new_chords() -> None:
    walks = 0
    for song in _songs():
        bass, line = harness.tracks(song, "bass")[0], Timeline(song)
        for chord in line.chords[1:]:
            before = harness.midis(harness.notes_in(bass, chord.onset - 960, chord.onset))[-1:]
            target = harness.midis(harness.notes_in(bass, chord.onset, chord.onset + 1))[:1]
            if before and target and abs(before[0] - target[0]) in (1, 2):
                walks += 1
                break
    assert walks >= 14


def test_boom_chick_guitar() -> None:
    """In verses: one low note on the beat, a chord of three and more between."""
    shares = []
    for song in _songs():
        guitars = [t for t in harness.tracks(song, "comp") if t.instrument == "steel guitar"]
        hits = []
        for track in guitars:
            groups = harness.strokes(track)
            for bar in _bars(song, "verse") if _in_four(song) else ():
                if bar.start in groups:
                    after = [o for o in groups if bar.start < o < bar.end and len(groups[o]) >= 3]
                    hits.append(len(groups[bar.start]) <= 2 and bool(after))
        if hits:
            shares.append(mean(hits) >= 0.5)
    assert mean(shares) >= 0.4


def test_train_beat_backbeat_or_shuffle() -> None:
    for song in _songs():
        drums = harness.tracks(song, "drums")
        if not drums or not _in_four(song):
            continue
        good = []
        for bar in _bars(song, "verse", "chorus"):
            notes = [n for n in harness.notes_in(drums[0], bar.start, bar.end) if n.pitch in (Drum.SNARE, Drum.RIM)]
            if notes:
                places = {n.onset - bar.start for n in notes}
                good.append(len(notes) >= 8 or bool(places & {480, 1440}))
        assert mean(good) >= 0.9


def test_one_four_five_and_the_dominants_dominant() -> None:
    shares, applied = [], 0
    for song in _songs():
        total = sum(c.duration for c in song.chords)
        tonic = [(c.chord.root.number - c.key.tonic.number) % 12 in (0, 5, 7) for c in song.chords]
        shares.append(sum(c.duration for c, is_main in zip(song.chords, tonic, strict=True) if is_main) / total)
        applied += any(c.roman.startswith(("V/V", "V7/V")) for c in song.chords)
    assert mean(shares) >= 0.75
    assert applied >= 6


def test_no_extended_chords_and_sevenths_resolve() -> None:
    for song in _songs():
        for chord, after in zip(song.chords, (*song.chords[1:], None), strict=True):
            assert not {9, 11, 13} & set(chord.chord.members)
            assert "maj7" not in chord.chord.quality
            if chord.chord.seventh is not None:
                assert after is not None
                down = {(chord.chord.seventh.number - step) % 12 for step in (0, 1, 2)}
                assert down & after.chord.numbers


def test_fiddle_steel_and_telecaster_fill_only_the_gaps() -> None:
    answering = 0
    for song in _songs():
        lead = harness.tracks(song, "lead")[0]
        sung = [(n.onset, n.onset + n.duration) for n in lead.notes[:-1]]  # over the last note comes the lick
        for track in harness.tracks(song, "answer"):
            assert track.instrument in FILLERS
            filled = set()
            for i, section in harness.sections(song, "verse", "chorus", "bridge"):
                for note in harness.notes_in(track, section.start, section.end):
                    assert not any(a < note.onset + note.duration and note.onset < b for a, b in sung)
                    filled.add((i, note.onset // song.meters[0].meter.bar))
            bars = sum(
                len(Timeline(song).section_bars(i)) for i, _ in harness.sections(song, "verse", "chorus", "bridge")
            )
            assert len(filled) <= 0.4 * bars, "constant fills"
            answering += bool(filled)
    assert answering >= 14


def test_fills_are_not_everywhere() -> None:
    for song in _songs():
        moves = [dict(d.values)["transition"] for d in song.decisions if d.what == "transition"]
        assert moves.count("fill") <= 0.67 * len(moves) + 1


def test_the_last_chorus_goes_up_a_tone() -> None:
    lifted = several = 0
    for song in _songs():
        keys = [s.key.tonic.number for _, s in harness.sections(song, "chorus")]
        if len(keys) > 1:
            several += 1
            lifted += (keys[-1] - keys[0]) % 12 == 2
    assert several >= 15
    assert lifted >= 0.5 * several


def test_the_lifted_chorus_is_sung_higher() -> None:
    higher, lifted = 0, 0
    for song in _songs():
        lead = harness.tracks(song, "lead")[0]
        choruses = [s for _, s in harness.sections(song, "chorus")]
        parts = [harness.midis(harness.notes_in(lead, s.start, min(s.end, song.ending.start))) for s in choruses]
        if len(parts) > 1 and (choruses[-1].key.tonic.number - choruses[0].key.tonic.number) % 12 == 2:
            lifted += 1
            higher += median(parts[-1]) > median(parts[0])
    assert higher >= 0.85 * lifted


def test_the_last_line_is_repeated() -> None:
    kinds = [song.ending.kind for song in _songs()]
    assert kinds.count("tag") >= 7
    for song in _songs():
        assert song.chords[-1].chord.root == song.sections[-1].key.tonic


def test_the_chorus_lies_above_the_verse() -> None:
    gaps = []
    for song in _songs():
        lead = harness.tracks(song, "lead")[0]
        home = song.sections[0].key
        parts = [
            [
                m
                for _, s in harness.sections(song, kind)
                if s.key == home
                for m in harness.midis(harness.notes_in(lead, s.start, s.end))
            ]
            for kind in ("verse", "chorus")
        ]
        if all(parts):
            gaps.append(median(parts[1]) - median(parts[0]))
    assert median(gaps) >= 3


def test_variety() -> None:
    songs = harness.sketches(GENRE)
    for kind in ("verse", "chorus"):
        assert harness.commonest_share([harness.loops_of(s, kind) for s in songs]) <= 0.15
    assert len({" ".join(x.kind for x in s.sections) for s in songs}) >= 6
    assert len({s.ending.name for s in songs}) >= 4
    assert harness.commonest_share(harness.grooves(GENRE, "drums", "verse")) <= 0.3
