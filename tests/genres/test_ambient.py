"""Ambient as the genre notes ask for it: slow, a drone, few chords, sliding cycles, staggered attacks, a long ring."""

from __future__ import annotations

from collections import Counter
from itertools import pairwise

from partimento.arrangement.texture import CYCLES
from partimento.composer.compose import sketch
from partimento.composer.plan import make_plan
from partimento.score.brief import Brief
from partimento.score.instruments import instrument
from partimento.score.song import Song, Track
from partimento.score.timeline import Timeline
from partimento.theory.pitch import Pitch
from tests.genres.harness import notes_in, songs, tracks

GENRE = "ambient"


def test_it_is_slow() -> None:
    for song in songs(GENRE):
        assert 48 <= song.tempos[0].tempo_bpm <= 80
    assert sum(50 <= song.tempos[0].tempo_bpm for song in songs(GENRE)) >= 14


def test_no_drums_at_all() -> None:
    for song in songs(GENRE):
        assert not tracks(song, "drums", "percussion")
        assert all(instrument(t.instrument).hands != "drums" for t in song.tracks)


def test_a_drone_lies_under_it() -> None:
    for song in songs(GENRE):
        (drone,) = tracks(song, "bass")
        tonic = song.sections[0].key.tonic.number
        pitched = [(n, n.pitch.midi) for n in drone.notes if isinstance(n.pitch, Pitch)]
        covered = sum(n.duration for n, midi in pitched if midi % 12 == tonic)
        assert covered >= 0.5 * song.end
        lengths = sorted(n.duration for n in drone.notes)
        assert lengths[len(lengths) // 2] >= 4 * song.meters[0].meter.bar - 480


def test_one_or_two_chords_for_four_to_eight_bars() -> None:
    for song in songs(GENRE):
        bar = song.meters[0].meter.bar
        for section in song.sections:
            inside = [c for c in song.chords if section.start <= c.onset < min(section.end, song.ending.start)]
            assert len({c.chord for c in inside}) <= 3
        body = [c for c in song.chords if c.onset + c.duration <= song.ending.start]
        assert sum(c.duration for c in body) / max(1, len(body)) >= 3.5 * bar


def test_chords_are_coloured_or_modal() -> None:
    plain = total = 0
    for song in songs(GENRE):
        for symbol in song.chords:
            total += 1
            plain += symbol.chord.quality in ("", "m") and symbol.chord.bass is None
    assert plain <= 0.3 * total


def test_no_four_bar_cadences() -> None:
    for song in songs(GENRE):
        for before, now in pairwise(song.chords):
            if now.onset >= song.ending.start:
                continue
            tonic = now.key.tonic
            dominant = before.chord.root == tonic.up(1) and before.chord.family == "dominant"
            assert not (dominant and now.chord.root == tonic)
        assert all(s.close not in ("half", "authentic", "turnaround") for s in song.sections[:-1])


def _period(track: Track, song: Song) -> int:
    """The cycle (5, 7 or 11 bars) at which most of the layer's attacks come back; 0 for none."""
    bar = song.meters[0].meter.bar
    onsets = {n.onset for n in track.notes}
    best, most = 0, 0.0
    for cycle in CYCLES:
        later = [t for t in onsets if t + cycle * bar < song.ending.start]
        share = sum(t + cycle * bar in onsets for t in later) / len(later) if len(later) >= 3 else 0.0
        if share > most:
            best, most = cycle, share
    return best if most >= 0.5 else 0


def test_layers_turn_in_cycles_of_five_seven_and_eleven() -> None:
    found: Counter[int] = Counter()
    for song in songs(GENRE):
        periods = {_period(t, song) for t in tracks(song, "texture")} - {0}
        found.update(periods)
    assert set(found) == set(CYCLES)
    assert sum(found.values()) >= 14


def test_attacks_do_not_fall_together_on_bar_lines() -> None:
    for song in songs(GENRE):
        lines = [bar.start for bar in Timeline(song).bars]
        together = sum(1 for tick in lines if sum(any(n.onset == tick for n in t.notes) for t in song.tracks) >= 3)
        assert together <= max(1, 0.06 * len(lines)), song.title
        layers = [n for t in song.tracks if t.role in ("pad", "texture") for n in t.notes]
        on = sum(1 for n in layers if n.onset in set(lines))
        assert on <= 0.15 * len(layers)


def test_long_notes_swell() -> None:
    for song in songs(GENRE):
        swelling = [t for t in song.performance.tracks if sum(c.controller == 11 for c in t.controls) >= 8]
        assert swelling, song.title


def test_the_lead_is_sparse() -> None:
    for song in songs(GENRE):
        bars = len(Timeline(song).bars)
        for track in tracks(song, "lead"):
            assert len(track.notes) <= 2.0 * bars
            played = sum(1 for bar in Timeline(song).bars if notes_in(track, bar.start, bar.end))
            assert played <= 0.6 * bars
    assert sum(bool(tracks(song, "lead")) for song in songs(GENRE)) >= 6


def test_layers_leave_and_the_last_rings_ten_seconds() -> None:
    fading = 0
    for song in songs(GENRE):
        timeline = Timeline(song)
        last = max((n for t in song.tracks for n in t.notes), key=lambda n: (n.onset + n.duration, n.duration))
        assert timeline.seconds_at(last.onset + last.duration) - timeline.seconds_at(last.onset) >= 10.0
        assert last.onset + last.duration == song.end
        quiet = max(n.onset for t in song.tracks for n in t.notes)
        assert timeline.seconds_at(song.end) - timeline.seconds_at(quiet) >= 5.0
        if song.ending.kind == "fade-layers":
            fading += 1
            ends = {max(n.onset + n.duration for n in t.notes) for t in song.tracks if t.notes}
            assert len(ends) >= 2
    assert fading >= 12


def test_it_lasts_as_long_as_the_style_says() -> None:
    lengths = sorted(Timeline(song).seconds_at(song.end) for song in songs(GENRE))
    assert lengths[0] >= 100 and lengths[-1] <= 270


def test_no_slowing_down() -> None:
    assert all(len(song.tempos) == 1 for song in songs(GENRE))


def test_layers_come_and_go() -> None:
    heard: list[float] = []
    for song in songs(GENRE):
        bars = Timeline(song).bars
        for track in song.tracks:
            if track.role != "bass" and len(song.tracks) > 3:
                on = [b for b in bars if any(n.onset < b.end and n.onset + n.duration > b.start for n in track.notes)]
                heard.append(len(on) / len(bars))
        counts = [sum(bool(notes_in(t, s.start, s.end)) for t in song.tracks) for s in song.sections]
        assert max(counts) > min(counts)
    # A bed that rings over its own rests may seem to go on; few do.
    assert sum(share > 0.9 for share in heard) <= 0.08 * len(heard)


def test_forms_and_chords_vary() -> None:
    forms: Counter[str] = Counter()
    cycles: Counter[str] = Counter()
    endings: Counter[str] = Counter()
    for seed in range(100):
        song = sketch(make_plan(Brief(genre=GENRE, seed=seed)))
        forms[str(next(dict(d.values)["form"] for d in song.decisions if d.what == "form"))] += 1
        endings[song.ending.name] += 1
        cycles.update({str(dict(d.values)["cycle"]) for d in song.decisions if d.rule == "harmony.drone"})
    assert len(forms) >= 5 and len(endings) >= 4
    assert len(cycles) >= 25
    assert cycles.most_common(1)[0][1] <= 15, cycles.most_common(3)
