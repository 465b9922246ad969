"""Lo-fi: every clause of its paragraph that can be counted, over twenty songs (variety over a hundred)."""

from __future__ import annotations

from statistics import mean, median

from partimento.arrangement.style import load_style
from partimento.score.song import Drum, Note, Song, Track
from partimento.score.timeline import Timeline
from tests.genres import harness

GENRE = "lo-fi"
CYMBALS = {Drum.CRASH, Drum.CRASH2, Drum.SPLASH, Drum.CHINA}


def _songs() -> tuple[Song, ...]:
    return harness.songs(GENRE)


def _kits(song: Song) -> list[Track]:
    return harness.tracks(song, "drums")


def test_tempo() -> None:
    for song in _songs():
        assert 68 <= harness.felt_bpm(song) <= 90


def _played(song: Song, *roles: str) -> list[tuple[Note, int]]:
    """(written note, played onset) of the tracks of those roles, matched in order where nothing was dropped."""
    out = []
    for track, played in zip(song.tracks, song.performance.tracks, strict=True):
        if track.role in roles and len(track.notes) == len(played.notes):
            told = sorted(track.notes, key=lambda n: n.onset)
            out += list(zip(told, sorted(n.onset for n in played.notes), strict=True))
    return out


def test_sixteenths_swing_and_come_late() -> None:
    swung: list[int] = []
    straight: list[int] = []
    for song in _songs():
        for note, onset in _played(song, "drums"):
            place = note.onset % 240
            (swung if place == 120 else straight).append(onset - note.onset) if place in (0, 120) else None
    assert len(swung) > 500
    assert median(straight) > 5, "the beat itself is late"
    assert 18 <= median(swung) - median(straight) <= 45, "off-sixteenths of 120 ticks move by a swing of 1.35 to 1.9"


def test_drums_use_the_swung_sixteenths() -> None:
    for song in _songs():
        for kit in _kits(song):
            off = [n.onset % 240 == 120 for n in kit.notes]
            assert harness.share(off) > 0.04, song.title


def test_loop_of_two_to_four_bars_with_major_sevenths_and_minor_ninths() -> None:
    rich = []
    for song in _songs():
        loops = [str(d.value("cycle")) for d in song.decisions if d.what == "loop"]
        assert loops and all(2 <= loop.count("|") + 1 <= 8 for loop in loops)
        rich += [loop.count("|") + 1 <= 4 for loop in loops]
    assert harness.share(rich) >= 0.85
    chords = [c.chord for song in _songs() for c in song.chords]
    assert harness.share(c.seventh is not None or 6 in c.members or 9 in c.members for c in chords) > 0.9
    minors = [c for c in chords if c.family == "minor"]
    majors = [c for c in chords if c.family == "major"]
    assert harness.share(9 in c.members for c in minors) > 0.45
    assert harness.share(c.seventh is not None for c in majors) > 0.8


def test_rhodes_or_guitar_and_a_round_bass() -> None:
    warm = {"rhodes", "piano", "fm piano", "electric grand", "nylon guitar", "jazz guitar", "electric guitar"}
    named = []
    for song in _songs():
        comps = {t.instrument for t in harness.tracks(song, "comp")}
        assert comps and comps <= warm
        named.append(bool(comps & {"rhodes", "nylon guitar", "jazz guitar", "electric guitar"}))
        for bass in harness.tracks(song, "bass"):
            assert bass.instrument in {"bass guitar", "fretless bass", "double bass", "synth bass"}
            assert max(harness.pitches(bass.notes)) <= 50
            lengths = [n.duration for n in bass.notes if n.articulation != "dead"]
            assert mean(lengths) >= 240, "round: held, not plucked short"
    assert harness.share(named) > 0.8


def test_lead_is_fragments_with_long_rests() -> None:
    quiet, rates = [], []
    for song in _songs():
        assert {s.lead for s in song.sections} <= {"none", "sparse"}
        for lead in harness.tracks(song, "lead"):
            notes = sorted(lead.notes, key=lambda n: n.onset)
            rates.append(len(notes) / len(Timeline(song).bars))
            gaps = [b.onset - a.onset - a.duration for a, b in zip(notes, notes[1:], strict=False)]
            long = [gap for gap in gaps if gap >= 960]
            quiet.append(len(long) >= len(Timeline(song).bars) / 16)
    assert max(rates) < 4.0 and mean(rates) < 2.6, "no busy lead"
    assert harness.share(quiet) > 0.9


def test_drums_come_and_go() -> None:
    for song in _songs():
        for kit in _kits(song):
            heard = [bool(harness.notes_in(kit, s.start, s.end)) for s in song.sections]
            assert any(heard) and not all(heard)
    out = []
    for song in _songs():
        kit = _kits(song)[0]
        line = Timeline(song)
        last = max(n.onset for n in kit.notes)
        first = min(n.onset for n in kit.notes)
        empty = [b.index for b in line.bars if first < b.start < last and not harness.notes_in(kit, b.start, b.end)]
        out.append(bool(empty))
    assert harness.share(out) > 0.25, "some songs drop the drums in the middle too"


def test_ends_without_drums_ringing() -> None:
    for song in _songs():
        assert song.ending.kind in ("ring", "held", "fade-layers")
        for kit in harness.tracks(song, "drums", "percussion"):
            assert not harness.notes_in(kit, song.ending.start, song.end)
        last = [max(t.notes, key=lambda n: n.onset + n.duration) for t in song.tracks if t.notes]
        assert max(n.onset + n.duration for n in last) >= song.end
        assert max(n.duration for n in last if n.onset + n.duration >= song.end) >= 960


def test_no_climax() -> None:
    for song in _songs():
        energies = [s.energy for s in song.sections]
        assert max(energies) < 0.75
        body = [s.energy for s in song.sections if s.kind in ("A", "B")]
        assert max(body) - min(body) <= 0.2
        for lead in harness.tracks(song, "lead"):
            heard = harness.pitches(lead.notes)
            assert max(heard) - min(heard) <= 19


def test_no_crashes() -> None:
    assert not any(n.pitch in CYMBALS for song in _songs() for t in song.tracks for n in t.notes)


def test_soft() -> None:
    levels = [
        n.velocity
        for song in _songs()
        for t in song.tracks
        if t.role in ("comp", "pad", "riff", "texture")
        for n in t.notes
    ]
    assert mean(levels) < 66


def test_nobody_plays_throughout() -> None:
    for song in _songs():
        if len(song.tracks) <= 3:
            continue
        bars = len(Timeline(song).bars)
        for track in song.tracks:
            if track.role not in ("drums", "bass"):
                assert len(harness.bars_played(song, track)) <= 0.9 * bars, (song.title, track.name)


def test_late_by_style() -> None:
    style = load_style(GENRE)
    assert style.swing.unit == "sixteenth" and 1.3 <= style.swing.ratio <= 1.8


def test_variety_over_a_hundred_seeds() -> None:
    outlines = harness.outlines(GENRE)
    loops = [loop for outline in outlines for loop in outline.loops]
    assert max(loops.count(loop) for loop in loops) <= 15
    assert harness.most_common_share(o.groove for o in outlines) <= 0.2
    assert len({o.form for o in outlines}) >= 5
    assert len({o.ending for o in outlines}) >= 4
    assert len({o.intro for o in outlines}) >= 4
