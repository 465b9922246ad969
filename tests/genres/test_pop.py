"""Pop: every clause of its paragraph that can be counted, over twenty songs (variety over a hundred)."""

from __future__ import annotations

from statistics import mean

from partimento.composer.harmony_closes import is_dominant, is_tonic
from partimento.score.song import Drum, Note, Section, Song, Track
from partimento.score.timeline import Bar, Timeline
from tests.genres import harness

GENRE = "pop"


def _songs() -> tuple[Song, ...]:
    return harness.songs(GENRE)


def _in_four() -> list[Song]:
    return [song for song in _songs() if str(song.meters[0].meter) == "4/4"]


def _loops(song: Song, kind: str) -> list[str]:
    return [
        str(d.value("cycle"))
        for d in song.decisions
        if d.what == "loop" and song.sections[d.where.section].kind == kind
    ]


def _lead_in(song: Song, *kinds: str) -> list[Note]:
    return [
        n
        for t in harness.tracks(song, "lead")
        for _, s in harness.sections(song, *kinds)
        for n in harness.notes_in(t, s.start, s.end)
    ]


def _heard(song: Song, start: int, end: int) -> set[str]:
    return {t.name for t in song.tracks if harness.notes_in(t, start, end)}


def test_tempo() -> None:
    for song in _songs():
        low, high = (50, 84) if str(song.meters[0].meter) == "6/8" else (84, 128)
        assert low <= harness.felt_bpm(song) <= high


def test_chorus_goes_round_a_four_chord_loop() -> None:
    """Four chords in most, four bars (with a passing chord) or four chords in nearly all."""
    four, bars = [], []
    for song in _songs():
        for loop in _loops(song, "chorus")[:1]:
            chords = loop.replace("|", " ").split()
            four.append(len(chords) == 4)
            bars.append(len(chords) == 4 or loop.count("|") + 1 == 4)
    assert len(bars) >= 15 and harness.share(four) >= 0.5 and harness.share(bars) >= 0.75


def test_the_verse_has_another_loop() -> None:
    for song in _songs():
        verse, chorus = set(_loops(song, "verse")), set(_loops(song, "chorus"))
        assert not chorus or not verse & chorus, (song.title, verse & chorus)


def test_pre_chorus_avoids_the_tonic() -> None:
    chords = [
        is_tonic(c.chord, c.key)
        for song in _songs()
        for _, s in harness.sections(song, "prechorus")
        for c in song.chords
        if s.start <= c.onset < s.end
    ]
    assert len(chords) > 40 and harness.share(chords) <= 0.05


def test_bass_with_the_kick() -> None:
    met = []
    for song in _in_four():
        kit, bass = harness.tracks(song, "drums")[0], harness.tracks(song, "bass")[0]
        onsets = {n.onset for n in bass.notes}
        wanted = {bar.index for bar in harness.bars_of(song, "verse", "chorus")}
        for bar in harness.body_bars(song):
            if bar.index in wanted and harness.notes_in(bass, bar.start, bar.end):
                kicks = [n.onset for n in harness.notes_in(kit, bar.start, bar.end) if n.pitch is Drum.KICK]
                met += [k in onsets for k in kicks]
    assert len(met) > 1500 and harness.share(met) > 0.75


def test_snare_on_two_and_four() -> None:
    shares = []
    for song in _in_four():
        kit = harness.tracks(song, "drums")[0]
        wanted = {bar.index for bar in harness.bars_of(song, "chorus")}
        bars = [bar for bar in harness.body_bars(song) if bar.index in wanted]
        if bars:
            counts = harness.places(kit, bars, Drum.SNARE, Drum.CLAP)
            shares.append(min(counts[480], counts[1440]) / len(bars))
    assert len(shares) >= 12 and mean(shares) > 0.9


def test_piano_guitar_and_pad() -> None:
    songs = _songs()
    piano = [any(t.instrument in ("piano", "bright piano", "rhodes") for t in harness.tracks(s, "comp")) for s in songs]
    guitar = [any("guitar" in t.instrument for t in harness.tracks(s, "comp")) for s in songs]
    pad = [bool(harness.tracks(s, "pad")) for s in songs]
    assert harness.share(piano) >= 0.7 and harness.share(guitar) >= 0.55 and harness.share(pad) >= 0.6
    for song in songs:
        assert len(harness.tracks(song, "comp", "pad")) >= 1 and len(song.tracks) >= 5


def _rhythm(notes: list[Note], bar: Bar) -> tuple[int, ...]:
    return tuple(sorted({n.onset - bar.start for n in notes}))


def test_hook_is_short_and_comes_three_times_a_chorus() -> None:
    told = []
    for song in _songs():
        for i, _ in harness.sections(song, "chorus"):
            for lead in harness.tracks(song, "lead"):
                bars = Timeline(song).section_bars(i)
                rhythms = [_rhythm(harness.notes_in(lead, b.start, b.end), b) for b in bars]
                hook = [r for r in rhythms if len(r) >= 2]
                told.append(max((hook.count(r) for r in hook), default=0) >= 3)
    assert len(told) > 30 and harness.share(told) > 0.75


def test_bridge_is_stripped() -> None:
    fewer = []
    for song in _songs():
        choruses = harness.sections(song, "chorus")
        for _, bridge in harness.sections(song, "bridge"):
            if choruses:
                most = max(len(_heard(song, c.start, c.end)) for _, c in choruses)
                fewer.append(len(_heard(song, bridge.start, bridge.end - 960)) < most)
    assert len(fewer) >= 5 and harness.share(fewer) >= 0.9


def test_ends_on_the_hook_and_a_held_tonic() -> None:
    hooks = []
    for song in _songs():
        assert song.ending.kind in ("held", "ring", "tag", "fade-layers")
        final = song.chords[-1]
        assert is_tonic(final.chord, final.key)
        bar = song.meters[0].meter.bar
        sounding = [
            t
            for t in song.tracks
            if t.role != "drums"
            and any(n.onset + n.duration >= song.end - 60 and n.duration >= bar // 2 for n in t.notes)
        ]
        assert sounding, "the last chord is held"
        sung = [s for s in song.sections if s.lead != "none"]
        hooks.append(sung[-1].lead == "hook" or sung[-1].kind in ("chorus", "outro"))
    assert harness.share(hooks) >= 0.9


def _cadence(song: Song, line: Timeline, tick: int) -> bool:
    """Whether a dominant falls to its tonic at `tick` (or in the half bar round it)."""
    now = line.chord_at(tick)
    before = line.chord_at(tick - 1)
    return (
        now is not None
        and before is not None
        and is_tonic(now.chord, now.key)
        and is_dominant(before.chord, before.key)
    )


def test_no_cadence_every_four_bars() -> None:
    """A phrase's fourth bar seldom closes V-I: neither into it nor inside it."""
    told = []
    for song in _songs():
        line = Timeline(song)
        for i, _section in enumerate(song.sections[:-1]):
            for bar in line.section_bars(i):
                if bar.in_section % 4 == 3:
                    inside = [c.onset for c in line.chords_in(bar.start, bar.end)]
                    told.append(any(_cadence(song, line, tick) for tick in inside if bar.start <= tick < bar.end))
    assert len(told) > 200 and harness.share(told) < 0.25
    assert harness.share(told) > 0.0, "the question finds cadences at all"


def test_not_everyone_from_bar_one() -> None:
    full = []
    for song in _songs():
        bar = song.meters[0].meter.bar
        full.append(len(_heard(song, 0, bar)) / len(song.tracks))
    assert max(full) < 1.0 and mean(full) < 0.65


def _mean_pitch(notes: list[Note]) -> float:
    return mean(harness.pitches(notes))


def test_chorus_lies_above_the_verse() -> None:
    above = []
    for song in _songs():
        verse, chorus = _lead_in(song, "verse"), _lead_in(song, "chorus")
        if verse and chorus:
            above.append(_mean_pitch(chorus) - _mean_pitch(verse))
    assert len(above) >= 15 and mean(above) >= 3.0
    assert harness.share(a >= 3.0 for a in above) >= 0.75 and min(above) > 0.0


def _rate(song: Song, section: Section) -> float:
    return sum(len(harness.notes_in(t, section.start, section.end)) for t in song.tracks) / section.length


def test_neighbouring_sections_differ_in_three_things() -> None:
    told = []
    for song in _songs():
        drums = harness.patterns_of(song, "drums")
        leads: list[Track] = harness.tracks(song, "lead")
        pairs = list(enumerate(song.sections))
        for (i, a), (j, b) in zip(pairs, pairs[1:], strict=False):
            if a.kind == b.kind or {a.kind, b.kind} != {"verse", "chorus"}:
                continue
            heights = [[n for t in leads for n in harness.notes_in(t, s.start, s.end)] for s in (a, b)]
            rates = _rate(song, a), _rate(song, b)
            told.append(sum((
                drums.get(i) != drums.get(j),
                bool(heights[0] and heights[1]) and abs(_mean_pitch(heights[0]) - _mean_pitch(heights[1])) >= 3,
                max(rates) > 1.15 * min(rates),
                _heard(song, a.start, a.end - 480) != _heard(song, b.start, b.end - 480),
                True,  # the loop: another test holds that verse and chorus never share one
            )) >= 3)  # fmt: skip
    assert len(told) >= 10 and harness.share(told) >= 0.95


def test_nobody_but_the_lead_plays_throughout() -> None:
    for song in _songs():
        bars = len(Timeline(song).bars)
        for track in song.tracks:
            if track.role not in ("drums", "bass", "lead"):
                assert len(harness.bars_played(song, track)) <= 0.85 * bars, (song.title, track.name)


def test_variety_over_a_hundred_seeds() -> None:
    outlines = harness.outlines(GENRE)
    loops = [loop for outline in outlines for loop in outline.loops]
    assert max(loops.count(loop) for loop in loops) <= 15
    assert harness.most_common_share(o.groove for o in outlines) <= 0.2
    assert len({o.form for o in outlines}) >= 5
    assert len({o.ending for o in outlines}) >= 4
    assert len({o.intro for o in outlines}) >= 4
