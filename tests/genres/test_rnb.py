"""R&B: slow, laid back, swung sixteenths, Rhodes on ninths, ii9-V13, round bass, stacked voices in the hook."""

from __future__ import annotations

from statistics import mean, median

from partimento.arrangement.style import load_style
from partimento.score.song import Drum
from partimento.tests.genres.harness import (
    body_bars,
    most_common_share,
    notes_in,
    outlines,
    sections,
    share,
    share_of_bars,
    sketches,
    songs,
    tempo_felt,
    tracks,
)


def test_tempo_lies_between_60_and_95() -> None:
    assert all(59 <= tempo_felt(song) <= 96 for song in songs("rnb"))


def test_r_and_b_answers_to_its_names() -> None:
    assert {load_style(name).name for name in ("r&b", "neo soul", "soul")} == {"rnb"}


def test_the_rhodes_is_there() -> None:
    assert all(any(t.instrument in ("rhodes", "fm piano") for t in tracks(song, "comp")) for song in songs("rnb"))


def test_sixteenths_are_swung_and_the_snare_lies_back() -> None:
    style = load_style("rnb")
    assert style.swing.unit == "sixteenth"
    assert style.swing.ratio > 1.1
    late = []
    for song in songs("rnb"):
        if song.meters[0].meter.denominator != 4:
            continue
        rims = {Drum.SNARE.value, Drum.RIM.value}
        for track in song.performance.tracks:
            if track.name.startswith("Drums"):
                snare = [(n.onset + 240) % 480 - 240 for n in track.notes if n.number in rims and n.velocity > 60]
                on_beat = [place for place in snare if abs(place) < 60]
                if on_beat:
                    late.append(median(on_beat))
    assert mean(late) > 3


def test_chords_are_ninths_and_thirteenths() -> None:
    rich, plain = [], []
    for song in sketches("rnb"):
        own = [c.chord for c in song.chords]
        plain += [c.seventh is None and 6 not in c.members for c in own]
        rich += [bool({9, 11, 13} & set(c.members)) for c in own]
    assert share(plain) <= 0.12
    assert share(rich) >= 0.55


def test_two_nine_to_five_thirteen_is_at_home_in_major() -> None:
    found = []
    for song in sketches("rnb"):
        if not song.sections[0].key.is_minor:
            pairs = zip(song.chords, song.chords[1:], strict=False)
            found.append(any(a.roman.startswith("ii9") and b.roman.startswith(("V13", "V9sus4")) for a, b in pairs))
    assert share(found) >= 0.5


def test_backbeat_on_two_and_four_with_a_light_hand() -> None:
    told = []
    for song in songs("rnb"):
        if song.meters[0].meter.denominator != 4:
            continue
        for track in tracks(song, "drums"):
            for bar in body_bars(song):
                own = notes_in(track, bar.start, bar.end)
                if own:
                    told.append(any(n.pitch in (Drum.SNARE, Drum.RIM) and n.onset - bar.start == 480 for n in own))
    assert share(told) >= 0.85


def test_the_chorus_lies_above_the_verse_and_has_voices() -> None:
    higher, voices = [], []
    for song in songs("rnb"):
        verse, chorus = sections(song, "verse"), sections(song, "chorus")
        lead = tracks(song, "lead")[0]
        means = []
        for found in (verse, chorus):
            notes = [n.number for _, s in found for n in notes_in(lead, s.start, s.end)]
            means.append(mean(notes) if notes else 0.0)
        higher.append(means[1] >= means[0] + 1.5)
        voices.append(any(notes_in(t, s.start, s.end) for t in tracks(song, "harmony") for _, s in chorus))
    assert share(higher) >= 0.75
    assert share(voices) >= 0.6


def test_nobody_but_drums_and_bass_plays_all_the_time_and_few_play_sixteenths() -> None:
    for song in songs("rnb"):
        for track in tracks(song, "comp", "pad", "riff", "stab", "counter", "answer", "percussion"):
            assert share_of_bars(song, track) <= 0.85
        for bar in body_bars(song):
            busy = [t for t in song.tracks if t.role not in ("drums", "percussion")
                    and len({n.onset for n in notes_in(t, bar.start, bar.end)}) >= 12]
            assert len(busy) <= 1


def test_it_ends_on_a_ninth() -> None:
    assert all(song.chords[-1].chord.quality in ("maj9", "m9") for song in sketches("rnb"))


def test_variety() -> None:
    told = outlines("rnb")
    assert most_common_share(o.groove for o in told) <= 0.2
    assert max(share(loop in o.loops for o in told) for loop in {x for o in told for x in o.loops}) <= 0.15
    assert len({o.form for o in told}) >= 4
    assert len({o.ending for o in told}) >= 4
    assert len({o.intro for o in told}) >= 4
    assert len({part.role for part in load_style("rnb").parts}) >= 8
