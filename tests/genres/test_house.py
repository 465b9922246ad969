"""House: every clause of its paragraph that can be counted, over twenty songs (variety over a hundred)."""

from __future__ import annotations

from statistics import mean

from partimento.score.instruments import instrument
from partimento.score.song import Drum, Note, Song, Track
from partimento.score.timeline import Bar, Timeline
from tests.genres import harness

GENRE = "house"
TOMS = {Drum.TOM1, Drum.TOM2, Drum.TOM3, Drum.TOM4, Drum.TOM_FLOOR, Drum.TOM_HIGH}
KICKLESS = ("break",)
FULL = ("groove", "strip", "drop")


def _songs() -> tuple[Song, ...]:
    return harness.songs(GENRE)


def _kit(song: Song) -> Track:
    return harness.tracks(song, "drums")[0]


def _at(track: Track, bars: list[Bar], *drums: Drum) -> dict[int, float]:
    """Share of the bars with one of the drums at each place."""
    counts = harness.places(track, bars, *drums)
    return {place: count / len(bars) for place, count in counts.items()}


def _inner(song: Song, *kinds: str) -> list[Bar]:
    """The body's bars of those kinds (last bars of sections, where fills lie, left out)."""
    wanted = {bar.index for bar in harness.bars_of(song, *kinds)}
    return [bar for bar in harness.body_bars(song) if bar.index in wanted]


def test_tempo_and_meter() -> None:
    for song in _songs():
        assert 118 <= harness.felt_bpm(song) <= 128
        assert str(song.meters[0].meter) == "4/4"


def test_kick_on_every_beat_clap_on_two_and_four_open_hat_off_the_beat() -> None:
    kicks, claps, hats = [], [], []
    for song in _songs():
        bars = _inner(song, *FULL)
        kick = _at(_kit(song), bars, Drum.KICK)
        kicks.append(min(kick.get(beat, 0.0) for beat in (0, 480, 960, 1440)))
        clap = _at(_kit(song), bars, Drum.CLAP, Drum.SNARE)
        claps.append(min(clap.get(480, 0.0), clap.get(1440, 0.0)))
        hat = _at(_kit(song), bars, Drum.HAT_OPEN, Drum.HAT)
        hats.append(mean(hat.get(place, 0.0) for place in (240, 720, 1200)))
    assert min(kicks) > 0.97
    assert mean(claps) > 0.9
    assert mean(hats) > 0.9


def test_most_off_beats_are_open_hats() -> None:
    open_ = sum(
        1
        for song in _songs()
        for bar in _inner(song, *FULL)
        for n in harness.notes_in(_kit(song), bar.start, bar.end)
        if n.pitch is Drum.HAT_OPEN and (n.onset - bar.start) % 480 == 240
    )
    bars = sum(len(_inner(song, *FULL)) for song in _songs())
    assert open_ / bars > 3.0


def test_bass_lies_off_the_beat() -> None:
    off = [n.onset % 480 != 0 for song in _songs() for track in harness.tracks(song, "bass") for n in track.notes]
    assert harness.share(off) > 0.7


def test_bass_leaves_the_break() -> None:
    for song in _songs():
        for track in harness.tracks(song, "bass"):
            for _, section in harness.sections(song, "break", "intro", "outro"):
                assert not harness.notes_in(track, section.start, section.end - 480)


def test_chords_are_a_loop_of_one_to_four_minor_seventh_chords() -> None:
    rich, sizes = [], []
    for song in _songs():
        loops = {str(d.value("cycle")) for d in song.decisions if d.what == "loop"}
        assert len(loops) == 1, "one loop a track"
        sizes.append(len(set(loops.pop().replace("|", " ").split())))
        rich += [
            c.chord.seventh is not None or 9 in c.chord.members for c in song.chords if c.onset < song.ending.start
        ]
    assert max(sizes) <= 8 and harness.share(size <= 4 for size in sizes) >= 0.9
    assert harness.share(rich) > 0.9
    minor = [c.chord.family == "minor" for song in _songs() for c in song.chords]
    assert harness.share(minor) > 0.45


def test_stabs_are_short() -> None:
    short = [n.duration <= 240 for song in _songs() for t in harness.tracks(song, "stab") for n in t.notes]
    assert len(short) > 1000 and harness.share(short) > 0.8


def test_form_has_drum_intro_build_kickless_break_drop_and_drum_outro() -> None:
    for song in _songs():
        kinds = [s.kind for s in song.sections]
        assert kinds[0] == "intro" and kinds[-1] == "outro"
        assert "break" in kinds and "drop" in kinds
        for i in (0, len(kinds) - 1):
            section = song.sections[i]
            heard = {t.role for t in song.tracks if harness.notes_in(t, section.start, section.end)}
            assert heard <= {"drums", "percussion"}, heard
        for a, b in zip(kinds, kinds[1:], strict=False):
            assert a != "build" or b == "drop"
    assert harness.share("build" in [s.kind for s in song.sections] for song in _songs()) > 0.8


def test_break_has_no_kick_and_is_not_empty() -> None:
    for song in _songs():
        for _, section in harness.sections(song, *KICKLESS):
            struck = harness.notes_in(_kit(song), section.start, section.end)
            assert not any(n.pitch is Drum.KICK for n in struck)
            harmony = [t for t in song.tracks if t.role in ("pad", "comp", "stab", "lead")]
            assert any(harness.notes_in(t, section.start, section.end) for t in harmony)


def test_build_gets_denser() -> None:
    rises = []
    for song in _songs():
        for i, section in harness.sections(song, "build"):
            bars = Timeline(song).section_bars(i)
            half = section.start + section.length // 2
            snares = [n for n in harness.notes_in(_kit(song), section.start, section.end) if n.pitch is not Drum.KICK]
            early = sum(1 for n in snares if n.onset < half)
            rises.append(len(snares) - early > early and len(bars) >= 4)
    assert len(rises) >= 15 and harness.share(rises) > 0.95


def _layers(song: Song, bars: list[Bar]) -> frozenset[str]:
    """What is heard in those bars: the tracks, and of the kit its pieces, where they sound in a quarter of the bars."""
    out = set()
    for track in song.tracks:
        counts: dict[str, set[int]] = {}
        for bar in bars:
            for note in harness.notes_in(track, bar.start, bar.end):
                name = note.pitch.name if isinstance(note.pitch, Drum) else ""
                counts.setdefault(f"{track.name} {name}", set()).add(bar.index)
        out |= {name for name, seen in counts.items() if 4 * len(seen) >= len(bars)}
    return frozenset(out)


def test_a_layer_changes_every_eight_bars() -> None:
    changes = []
    for song in _songs():
        bars = list(Timeline(song).bars)
        blocks = [bars[i : i + 8] for i in range(0, len(bars) - 7, 8)]
        told = [_layers(song, block) for block in blocks]
        changes += [a != b for a, b in zip(told, told[1:], strict=False)]
    assert harness.share(changes) > 0.95


def test_sections_are_blocks_of_eight() -> None:
    for song in _songs():
        for i, _ in enumerate(song.sections):
            assert len(Timeline(song).section_bars(i)) % 4 == 0


def test_no_cadences() -> None:
    closes = [s.close for song in _songs() for s in song.sections[:-1]]
    assert set(closes) == {"loop"}


def test_no_tom_fills() -> None:
    assert not any(n.pitch in TOMS for song in _songs() for t in song.tracks for n in t.notes)


def test_no_vocal_style_tune_but_a_riff() -> None:
    for song in _songs():
        assert {s.lead for s in song.sections} <= {"none", "riff", "sparse"}
        for track in harness.tracks(song, "lead"):
            assert len(harness.bars_played(song, track)) <= 0.6 * len(Timeline(song).bars)
            assert instrument(track.instrument).family != "voices"
    stands = [bool(harness.tracks(song, "lead", "riff", "stab")) for song in _songs()]
    assert all(stands)


def _rhythm(notes: list[Note], bar: Bar) -> tuple[int, ...]:
    return tuple(sorted({n.onset - bar.start for n in notes}))


def test_riffs_repeat_their_rhythm() -> None:
    same = []
    for song in _songs():
        for track in harness.tracks(song, "lead"):
            for i, _ in harness.sections(song, "drop"):
                bars = Timeline(song).section_bars(i)
                told = [_rhythm(harness.notes_in(track, b.start, b.end), b) for b in bars[:-1]]
                same += [told[k] in told[:k] for k in range(2, len(told)) if told[k]]
    assert len(same) > 30 and harness.share(same) > 0.7


def test_no_ritardando() -> None:
    for song in _songs():
        assert len({t.tempo_bpm for t in song.tempos}) == 1 and not any(t.ramp for t in song.tempos)


def test_kits_are_programmed() -> None:
    assert {_kit(song).instrument for song in _songs()} <= {"808 kit", "electronic kit"}


def test_nobody_plays_throughout() -> None:
    for song in _songs():
        bars = len(Timeline(song).bars)
        for track in song.tracks:
            if track.role not in ("drums", "bass"):
                assert len(harness.bars_played(song, track)) <= 0.86 * bars, (song.title, track.name)


def test_variety_over_a_hundred_seeds() -> None:
    outlines = harness.outlines(GENRE)
    loops = [loop for outline in outlines for loop in outline.loops]
    assert max(loops.count(loop) for loop in loops) <= 15
    assert harness.most_common_share(o.groove for o in outlines) <= 0.2
    assert len({o.form for o in outlines}) >= 5
    assert len({o.ending for o in outlines}) >= 4
    assert len({o.intro for o in outlines}) >= 4
