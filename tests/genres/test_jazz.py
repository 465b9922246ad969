"""Jazz: swing, ride and foot, two-feel and walking, off-beat rootless comping, head-solos-fours-head, tag, 6/9."""

from __future__ import annotations

from statistics import mean, median

from partimento.arrangement.style import load_style
from partimento.score.song import Drum, Song
from partimento.score.timeline import Timeline
from partimento.tests.genres.harness import (
    bars_of,
    body_bars,
    midis,
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

HEADS = ("head", "theme", "tune", "blues")
SOLOS = ("solo", "improvisation", "blowing", "chorus")
TRADED = ("fours", "trades", "trading")


def _common_time() -> list[Song]:
    return [song for song in songs("jazz") if song.meters[0].meter.numerator == 4]


def test_tempo_lies_between_100_and_260() -> None:
    assert all(99 <= tempo_felt(song) <= 261 for song in songs("jazz"))


def test_off_beats_are_played_long_and_short() -> None:
    counted = 0
    for song in _common_time():
        played = [
            note.onset % 480
            for track in song.performance.tracks
            for note in track.notes
            if "Drums" in track.name and note.number == Drum.RIDE.value and 200 < note.onset % 480 < 400
        ]
        if len(played) > 20:
            counted += 1
            assert median(played) >= 275
    assert counted >= 5


def test_the_ride_or_brushes_keep_time_and_the_foot_closes_on_two_and_four() -> None:
    feet, time = [], []
    for song in _common_time():
        drums = tracks(song, "drums")[0]
        traded = {bar.index for bar in bars_of(song, *TRADED, "drumintro")}
        for bar in body_bars(song):
            own = notes_in(drums, bar.start, bar.end)
            if bar.index in traded or not own:
                continue
            foot = {n.onset - bar.start for n in own if n.pitch is Drum.HAT_PEDAL}
            feet.append({480, 1440} <= foot)
            hands = [n for n in own if n.pitch in (Drum.RIDE, Drum.BELL, Drum.SNARE)]
            time.append(len(hands) >= 4)
    assert share(feet) >= 0.95
    assert share(time) >= 0.93


def test_no_backbeat() -> None:
    backbeats = []
    for song in _common_time():
        drums = tracks(song, "drums")[0]
        for bar in body_bars(song):
            loud = {n.onset - bar.start for n in notes_in(drums, bar.start, bar.end)
                    if n.pitch is Drum.SNARE and n.velocity >= 90}
            backbeats.append({480, 1440} <= loud)
    assert share(backbeats) <= 0.02


def test_the_snare_comments() -> None:
    for song in _common_time():
        drums = tracks(song, "drums")[0]
        bars = bars_of(song, *SOLOS)
        told = sum(1 for bar in bars for n in notes_in(drums, bar.start, bar.end) if n.pitch is Drum.SNARE)
        assert told >= 0.3 * len(bars)


def test_two_feel_under_the_head_and_walking_under_solos() -> None:
    for song in _common_time():
        bass = tracks(song, "bass")[0]
        heads = [len(notes_in(bass, b.start, b.end)) for b in bars_of(song, *HEADS) if b.start < song.ending.start]
        walks = [len(notes_in(bass, b.start, b.end)) for b in bars_of(song, *SOLOS)]
        assert mean(heads) <= 2.7
        assert mean(walks) >= 3.6


def test_walking_targets_roots() -> None:
    for song in songs("jazz"):
        bass = {n.onset: n for n in tracks(song, "bass")[0].notes}
        chords = [c for i, s in sections(song, *SOLOS) for c in song.chords if s.start <= c.onset < s.end]
        hits = [bass[c.onset].number % 12 == c.chord.bass_tone.number for c in chords
                if c.onset in bass]
        assert share(hits) >= 0.95


def test_comping_is_off_the_beat_and_never_on_every_beat() -> None:
    off, every = [], []
    for song in _common_time():
        for track in tracks(song, "comp"):
            groups = strokes(track)
            for bar in bars_of(song):
                if bar.start >= song.ending.start:
                    continue
                here = [o - bar.start for o, group in groups.items() if bar.start <= o < bar.end and len(group) >= 2]
                off += [o % 480 != 0 for o in here]
                every.append({0, 480, 960, 1440} <= set(here))
    assert share(off) >= 0.75
    assert not any(every)


def test_piano_and_guitar_leave_the_root_to_the_bass() -> None:
    low = []
    for song in songs("jazz"):
        line = Timeline(song)
        for track in tracks(song, "comp"):
            for onset, group in strokes(track).items():
                chord = line.sounding_at(onset)
                if len(group) >= 2 and chord is not None and chord.chord.seventh is not None:
                    low.append(midis(group)[0] % 12 == chord.chord.root.number)
    assert share(low) <= 0.12


def test_head_solos_and_head_again() -> None:
    for song in songs("jazz"):
        kinds = [s.kind for s in song.sections if s.kind not in ("intro", "drumintro", "vamp")]
        assert kinds[0] in HEADS
        assert kinds[-1] == kinds[0]
        assert any(kind in SOLOS for kind in kinds)
    assert share(any(s.kind in TRADED for s in song.sections) for song in sketches("jazz")) >= 0.3


def test_solos_go_over_the_chords_of_the_head() -> None:
    for song in songs("jazz"):
        _, head = sections(song, *HEADS)[0]
        _, solo = sections(song, *SOLOS)[0]
        length = min(head.length, solo.length, 12 * song.meters[0].meter.bar)
        here, there = ([(c.onset - s.start, c.roman) for c in song.chords if s.start <= c.onset < s.start + length]
                       for s in (head, solo))
        assert here[:-2] == there[:-2]


def test_choruses_are_aaba_or_blues_or_sixteen_bars() -> None:
    for song in sketches("jazz"):
        bar = song.meters[0].meter.bar
        for _, section in sections(song, "blues", "chorus", "trading"):
            assert section.length // bar % 12 in (0, 4)
        for _, section in sections(song, "head", "theme"):
            assert section.length // bar in (32, 36)


def test_fours_are_traded_with_the_drummer() -> None:
    seen = 0
    for song in songs("jazz"):
        for i, _ in sections(song, *TRADED):
            bars = Timeline(song).section_bars(i)
            for bar in bars:
                if bar.in_section % 8 >= 4 and bar is not bars[-1]:
                    seen += 1
                    for track in song.tracks:
                        struck = bool(notes_in(track, bar.start, bar.end))
                        assert not struck or track.role == "drums"
    assert seen > 20


def test_two_five_one_and_altered_dominants() -> None:
    counts = []
    for song in sketches("jazz"):
        chords = [c.chord for c in song.chords]
        counts.append(sum(
            1 for a, b in zip(chords, chords[1:], strict=False)
            if a.family in ("minor", "half-diminished") and b.family == "dominant" and b.root == a.root.up(-1)
        ))
    assert share(count >= 6 for count in counts) >= 0.85
    assert mean(counts) >= 20
    altered = [any(c.chord.quality in ("7alt", "7b9", "7#9", "7b9b13", "13b9") for c in song.chords)
               for song in sketches("jazz")]
    assert share(altered) >= 0.95


def test_dominants_that_fall_a_fifth_resolve_their_sevenths() -> None:
    for song in sketches("jazz"):
        for a, b in zip(song.chords, song.chords[1:], strict=False):
            falls = (b.chord.root.number - a.chord.root.number) % 12 in (5, 11)
            if a.chord.family == "dominant" and falls and a.chord.seventh is not None:
                down = {(a.chord.seventh.number - step) % 12 for step in (0, 1, 2)}
                assert down & b.chord.numbers, (a.roman, b.roman)


def test_it_ends_on_a_six_nine_mostly_held_after_a_tag() -> None:
    assert all(song.chords[-1].chord.quality in ("69", "m69") for song in sketches("jazz"))
    kinds = [song.ending.kind for song in sketches("jazz")]
    assert share(kind == "tag" for kind in kinds) >= 0.2
    assert share(kind == "hit" for kind in kinds) <= 0.2


def test_solos_do_not_run_scales() -> None:
    runs, seconds = [], []
    for song in songs("jazz"):
        for _, section in sections(song, *SOLOS):
            for track in song.tracks:
                if track.role in ("drums", "bass", "stab", "riff", "percussion"):
                    continue
                line = midis(notes_in(track, section.start, section.end))
                if max((len(g) for g in strokes(track).values()), default=0) > 1:
                    continue
                moves = [b - a for a, b in zip(line, line[1:], strict=False)]
                run = best = 0
                before = 0
                for move in moves:
                    run = run + 1 if 0 < abs(move) <= 2 and move * before > 0 else 1
                    before = move
                    best = max(best, run)
                runs.append(best)
                seconds += [0 < abs(move) <= 2 for move in moves]
    assert max(runs) <= 9
    assert share(seconds) <= 0.72


def test_nobody_but_drums_and_bass_plays_all_the_time() -> None:
    for song in songs("jazz"):
        if len(song.tracks) > 3:
            for track in tracks(song, "comp", "harmony", "stab", "riff", "counter", "answer"):
                solo = any(d.what == "soloist" and d.value("track") == track.name for d in song.decisions)
                assert solo or share_of_bars(song, track) <= 0.85


def test_variety() -> None:
    told = outlines("jazz")
    choruses = [str(d.value("cycle")) for song in sketches("jazz") for d in song.decisions
                if d.rule == "harmony.chorus" and len(str(d.value("cycle")).split("|")) != 12]
    assert most_common_share(o.groove for o in told) <= 0.2
    assert most_common_share(choruses) <= 0.15
    assert len({o.form for o in told}) >= 4
    assert len({o.ending for o in told}) >= 4
    assert len({o.intro for o in told}) >= 4
    style = load_style("jazz")
    assert len({part.role for part in style.parts} | {part.id for part in style.parts}) >= 8
