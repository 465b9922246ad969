"""Hip-hop: every clause of its paragraph that can be counted, over twenty songs (variety over a hundred)."""

from __future__ import annotations

from statistics import mean, median

from partimento.composer.compose import compose
from partimento.score.brief import Brief
from partimento.score.song import Drum, Song, Track
from partimento.score.timeline import Bar, Timeline
from tests.genres import harness

GENRE = "hip-hop"
TOMS = {Drum.TOM1, Drum.TOM2, Drum.TOM3, Drum.TOM4, Drum.TOM_FLOOR, Drum.TOM_HIGH}
CYMBALS = {Drum.CRASH, Drum.CRASH2, Drum.SPLASH, Drum.CHINA}


def _songs() -> tuple[Song, ...]:
    return harness.songs(GENRE)


def _is_trap(song: Song) -> bool:
    return harness.felt_bpm(song) >= 120


def _kit(song: Song) -> Track:
    return harness.tracks(song, "drums")[0]


def _inner(song: Song, *kinds: str) -> list[Bar]:
    """Body bars of those kinds but each fourth one, where drop-outs lie."""
    return [
        bar for bar in harness.body_bars(song) if song.sections[bar.section].kind in kinds and bar.in_section % 4 != 3
    ]


def test_two_regimes_of_tempo() -> None:
    tempi = [harness.felt_bpm(song) for song in _songs()]
    assert all(80 <= t <= 98 or 130 <= t <= 150 for t in tempi)
    assert min(sum(t < 100 for t in tempi), sum(t > 120 for t in tempi)) >= 5


def test_an_asked_tempo_names_the_regime() -> None:
    slow = compose(Brief(genre=GENRE, seed=1, tempo_bpm=90.0))
    fast = compose(Brief(genre=GENRE, seed=1, tempo_bpm=140.0))
    assert _kit(slow).instrument != "808 kit" and _kit(fast).instrument == "808 kit"
    assert {t.instrument for t in harness.tracks(fast, "bass")} == {"808 bass"}


def test_boom_bap_backbeat_with_swung_sixteenths() -> None:
    swung: list[int] = []
    straight: list[int] = []
    for song in _songs():
        if _is_trap(song):
            continue
        bars = _inner(song, "verse", "hook")
        snares = harness.places(_kit(song), bars, Drum.SNARE, Drum.CLAP)
        assert snares[480] > 0.9 * len(bars) and snares[1440] > 0.7 * len(bars)
        for track, played in zip(song.tracks, song.performance.tracks, strict=True):
            if track.role == "drums" and len(track.notes) == len(played.notes):
                told = sorted(n.onset for n in track.notes)
                for onset, heard in zip(told, sorted(n.onset for n in played.notes), strict=True):
                    if onset % 240 in (0, 120):
                        (swung if onset % 240 else straight).append(heard - onset)
    assert len(swung) > 300 and 12 <= median(swung) - median(straight) <= 40


def test_trap_snare_on_three_hat_rolls_and_gliding_808() -> None:
    rolls, glides = [], []
    for song in _songs():
        if not _is_trap(song):
            continue
        bars = _inner(song, "verse", "hook")
        snares = harness.places(_kit(song), bars, Drum.SNARE)
        assert snares[960] > 0.9 * len(bars)
        assert snares[480] + snares[1440] <= 0.1 * len(bars)
        hats = sorted(n.onset for n in _kit(song).notes if n.pitch is Drum.HAT)
        rolls.append(sum(1 for a, b in zip(hats, hats[1:], strict=False) if 0 < b - a < 120) > 20)
        glides.append(
            any(c.controller == -1 and c.value for t in song.performance.tracks if t.program == 39 for c in t.controls)
        )
        assert {t.instrument for t in harness.tracks(song, "bass")} == {"808 bass"}
    assert len(rolls) >= 5 and harness.share(rolls) > 0.9
    assert harness.share(glides) > 0.5


def test_minor_loop_of_one_to_four_bars() -> None:
    lengths, shared = [], []
    for song in _songs():
        assert song.sections[0].key.is_minor
        loops = {
            str(d.value("cycle"))
            for d in song.decisions
            if d.what == "loop" and song.sections[d.where.section].kind in ("verse", "hook")
        }
        shared.append(len(loops) == 1)
        lengths += [loop.count("|") + 1 for loop in loops]
    assert all(shared)
    assert harness.share(length <= 4 for length in lengths) > 0.9


def test_bass_with_the_kick() -> None:
    met, own = [], []
    for song in _songs():
        kicks = {n.onset for n in _kit(song).notes if n.pitch is Drum.KICK and n.articulation != "ghost"}
        for bass in harness.tracks(song, "bass"):
            onsets = {n.onset for n in bass.notes}
            for bar in _inner(song, "verse", "hook"):
                met += [k in onsets for k in kicks if bar.start <= k < bar.end]
                own += [o in kicks for o in onsets if bar.start <= o < bar.end]
    assert harness.share(met) > 0.9 and harness.share(own) > 0.75


def test_piano_or_string_stab() -> None:
    wanted = {
        "piano",
        "rhodes",
        "electric grand",
        "fm piano",
        "harp",
        "strings",
        "pizzicato strings",
        "brass section",
        "choir",
        "percussive organ",
    }
    for song in _songs():
        assert any(t.instrument in wanted for t in harness.tracks(song, "comp", "stab"))


def test_sixteen_bar_verse_left_open_and_eight_bar_hook() -> None:
    lengths: dict[str, list[int]] = {"verse": [], "hook": []}
    hooks = []
    for song in _songs():
        line = Timeline(song)
        for kind, told in lengths.items():
            told += [len(line.section_bars(i)) for i, _ in harness.sections(song, kind)]
        for lead in harness.tracks(song, "lead"):
            for _, section in harness.sections(song, "verse"):
                assert not harness.notes_in(lead, section.start, section.end - 960), "no tune through the verse"
            hooks += [bool(harness.notes_in(lead, s.start, s.end)) for _, s in harness.sections(song, "hook")]
    assert harness.share(n == 16 for n in lengths["verse"]) > 0.8
    assert harness.share(n == 8 for n in lengths["hook"]) > 0.8
    assert len(hooks) > 30 and all(hooks)


def test_drum_drop_outs() -> None:
    songs = 0
    for song in _songs():
        line = Timeline(song)
        struck = sorted({n.onset for n in _kit(song).notes if n.pitch in (Drum.KICK, Drum.SNARE, Drum.RIM)})
        bars = [bar for i, _ in harness.sections(song, "verse", "hook") for bar in line.section_bars(i)]
        gaps = [bar for bar in bars if not any(bar.start + 960 <= tick < bar.end for tick in struck)]
        songs += bool(gaps)
    assert songs >= 16


def test_hard_stop_on_one() -> None:
    for song in _songs():
        assert song.ending.kind in ("hit", "pickup-hit", "vamp-out")
        last = max(n.onset for t in song.tracks for n in t.notes)
        assert last % 1920 == 0
        assert any(n.onset == last and n.pitch is Drum.KICK for n in _kit(song).notes)
        assert max(n.onset + n.duration for t in song.tracks for n in t.notes if t.role != "lead") - last <= 480


def test_no_rock_fills_no_crashes() -> None:
    assert not any(n.pitch in TOMS | CYMBALS for song in _songs() for t in song.tracks for n in t.notes)


def test_nobody_plays_throughout() -> None:
    for song in _songs():
        bars = len(Timeline(song).bars)
        for track in song.tracks:
            if track.role not in ("drums", "bass"):
                assert len(harness.bars_played(song, track)) <= 0.86 * bars, (song.title, track.name)


def test_sections_differ() -> None:
    """Verse and hook differ in three of: drum pattern, lead, density, band."""
    told = []
    for song in _songs():
        drums = harness.patterns_of(song, "drums")
        for (i, a), (j, b) in zip(list(enumerate(song.sections))[:-1], list(enumerate(song.sections))[1:], strict=True):
            if {a.kind, b.kind} != {"verse", "hook"}:
                continue
            bands = [{t.name for t in song.tracks if harness.notes_in(t, s.start, s.end - 480)} for s in (a, b)]
            rates = [sum(len(harness.notes_in(t, s.start, s.end)) for t in song.tracks) / s.length for s in (a, b)]
            differ = [
                drums.get(i) != drums.get(j),
                a.lead != b.lead,
                bands[0] != bands[1],
                max(rates) > 1.15 * min(rates),
            ]
            told.append(sum(differ) >= 3)
    assert len(told) > 30 and harness.share(told) > 0.85
    assert mean(told) <= 1.0


def test_variety_over_a_hundred_seeds() -> None:
    outlines = harness.outlines(GENRE)
    loops = [loop for outline in outlines for loop in outline.loops]
    assert max(loops.count(loop) for loop in loops) <= 15
    assert harness.most_common_share(o.groove for o in outlines) <= 0.2
    assert len({o.form for o in outlines}) >= 5
    assert len({o.ending for o in outlines}) >= 4
    assert len({o.intro for o in outlines}) >= 4
