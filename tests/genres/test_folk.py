"""Folk: every clause of its paragraph that can be counted, over twenty songs."""

from __future__ import annotations

from statistics import mean, median

from partimento.score.instruments import instrument
from partimento.score.song import Drum, Song, Track
from partimento.score.timeline import Timeline
from partimento.tests.genres import harness

GENRE = "folk"
DANCES = ("2/2", "6/8", "2/4")
FOLK_INSTRUMENTS = {
    "fiddle", "flute", "whistle", "accordion", "bandoneon", "mandolin", "banjo", "voice", "steel guitar",
    "nylon guitar", "harp", "dulcimer", "reed organ", "cello", "viola", "double bass", "percussion",
}  # fmt: skip


def _songs() -> tuple[Song, ...]:
    return harness.songs(GENRE)


def _lead(song: Song) -> Track:
    return harness.tracks(song, "lead")[0]


def _meter(song: Song) -> str:
    return str(song.meters[0].meter)


def test_tempo_is_felt_between_80_and_130() -> None:
    assert all(79.5 <= harness.tempo_felt(song) <= 130.5 for song in _songs())


def test_reels_jigs_waltzes_and_songs() -> None:
    meters = [_meter(song) for song in harness.sketches(GENRE)]
    for meter in ("2/2", "6/8", "3/4", "4/4"):
        assert meters.count(meter) >= 10


def test_sections_are_eights_and_dances_go_aabb() -> None:
    for song in _songs():
        bar = song.meters[0].meter.bar
        body = [s for s in song.sections if s.kind != "intro"]
        assert all(s.length // bar in (8, 16) for s in body)
        if _meter(song) in DANCES:
            letters = [s.kind for s in body]
            assert letters[:4] == ["A", "A", "B", "B"]
        else:
            assert len({s.material for s in body}) < len(body), "a strophe comes back"


def test_returning_parts_are_the_same_tune() -> None:
    likes = []
    for song in _songs():
        lead = _lead(song)
        first: dict[str, frozenset[tuple[int, ...]]] = {}
        for section in song.sections:
            if section.lead not in ("tune", "hook") or section.end > song.ending.start:
                continue
            notes = harness.notes_in(lead, section.start, section.end)
            shape = frozenset((n.onset - section.start, *harness.midis([n])) for n in notes if not n.grace)
            if section.material in first:
                known = first[section.material]
                likes.append(len(shape & known) / len(shape | known))
            else:
                first[section.material] = shape
    assert mean(likes) >= 0.55


def test_dances_run_in_eighths() -> None:
    runs = []
    for song in _songs():
        if _meter(song) not in ("2/2", "6/8"):
            continue
        lead = _lead(song)
        bars = [b for b in Timeline(song).bars if song.sections[b.section].kind in ("A", "B", "C")]
        full = [len([n for n in harness.notes_in(lead, b.start, b.end) if not n.grace]) for b in bars]
        runs.append(mean(full) / (8 if _meter(song) == "2/2" else 6))
        fine = [n for n in lead.notes if not n.grace and n.onset % 240]
        assert len(fine) <= 0.05 * len(lead.notes)
    assert median(runs) >= 0.62


def test_folk_instruments_only_and_something_picked() -> None:
    picked = 0
    for song in _songs():
        assert {t.instrument for t in song.tracks} <= FOLK_INSTRUMENTS
        picked += any(
            instrument(t.instrument).hands in ("guitar", "piano", "mallets") and t.role == "comp" for t in song.tracks
        )
    assert picked >= 18
    leads = {_lead(song).instrument for song in _songs()}
    assert len(leads) >= 4


def test_modal_with_one_and_flat_seven() -> None:
    songs = harness.sketches(GENRE)
    modes = [s.sections[0].key.mode for s in songs]
    assert sum(m in ("dorian", "mixolydian") for m in modes) >= 25
    for song in songs:
        if song.sections[0].key.mode in ("dorian", "mixolydian"):
            roots = [(c.chord.root.number - c.key.tonic.number) % 12 for c in song.chords]
            assert 10 in roots
            assert all(tone in c.key.tones for c in song.chords for tone in c.chord.tones)


def test_a_drone_now_and_then() -> None:
    drones = sum(any(t.role == "texture" for t in song.tracks) for song in _songs())
    assert 4 <= drones <= 16


def test_bodhran_or_nothing() -> None:
    played = 0
    for song in _songs():
        assert not harness.tracks(song, "drums", "pad")
        for track in harness.tracks(song, "percussion"):
            played += 1
            assert {n.pitch for n in track.notes} <= {Drum.TOM4, Drum.CONGA_MUTE}
    assert 3 <= played <= 16


def test_no_sevenths_everywhere() -> None:
    for song in _songs():
        sevenths = [c.chord.seventh is not None for c in song.chords]
        assert mean(sevenths) <= 0.05


def test_ends_on_the_tunes_long_note() -> None:
    tonic = long_ = 0
    for song in _songs():
        last = max(_lead(song).notes, key=lambda n: n.onset)
        midi = harness.midis([last])[0]
        tonic += midi % 12 == song.sections[-1].key.tonic.number
        long_ += last.duration >= song.meters[0].meter.bar // 2 or song.ending.kind == "hit"
    assert tonic >= 17
    assert long_ >= 17


def test_songs_slow_into_their_end() -> None:
    slowed = [len(s.tempos) > 1 for s in harness.sketches(GENRE) if _meter(s) in ("4/4", "3/4")]
    assert mean(slowed) >= 0.3


def test_variety() -> None:
    songs = harness.sketches(GENRE)
    assert harness.commonest_share([harness.loops_of(s, "A", "verse", "air") for s in songs]) <= 0.15
    assert len({" ".join(x.kind for x in s.sections) for s in songs}) >= 8
    assert len({s.ending.name for s in songs}) >= 4
