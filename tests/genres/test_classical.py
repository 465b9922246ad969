"""Classical as the genre notes ask for it: forms, forces, cadences, figures, a moving bass, rests; no kit."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

import pytest

from partimento.composer.harmony_closes import is_dominant, meets_close
from partimento.score.instruments import instrument
from partimento.score.song import Drum, Note, Song, Track
from partimento.score.timeline import Timeline
from partimento.theory.pitch import Pitch
from partimento.theory.rules.leading import parallels
from tests.genres.harness import notes_in, songs, tracks

GENRE = "classical"
OPENINGS = ("theme", "refrain", "minuet", "song", "second")


def _decided(song: Song, what: str) -> dict[str, object]:
    return dict(next(d for d in song.decisions if d.what == what).values)


def _bar_starts(song: Song) -> list[tuple[int, int]]:
    return [(bar.start, bar.end) for bar in Timeline(song).bars]


def _midi(note: Note) -> int:
    assert isinstance(note.pitch, Pitch)
    return note.pitch.midi


def test_the_forces_are_piano_duo_quartet_and_small_orchestra() -> None:
    seen = Counter(_decided(song, "band")["ensemble"] for song in songs(GENRE))
    assert {"piano", "string quartet", "small orchestra"} <= set(seen)
    assert max(seen.values()) <= 10


def test_no_kit_plays() -> None:
    for song in songs(GENRE):
        assert not tracks(song, "drums")
        assert all(instrument(t.instrument).hands != "drums" for t in song.tracks)


def test_many_forms_openings_and_endings() -> None:
    found = songs(GENRE)
    forms = Counter(_decided(song, "form")["form"] for song in found)
    assert len(forms) >= 5 and max(forms.values()) <= 8
    assert len({song.ending.name for song in found}) >= 4
    assert len({song.sections[0].kind for song in found}) >= 4


def test_themes_are_periods_or_sentences_with_a_half_cadence_before_the_full_one() -> None:
    built, half_first = 0, 0
    for song in songs(GENRE):
        for section in song.sections:
            if section.kind not in OPENINGS or section.length < 8 * song.meters[0].meter.bar:
                continue
            ideas = [p.idea for p in section.phrases]
            closes = [p.close for p in section.phrases]
            assert ideas[0] == "a" and closes[-1] in ("authentic", "half", "turnaround", "plagal")
            sentence = ideas[:2] == ["a", "a'"] and len({phrase.length for phrase in section.phrases}) > 1
            built += 1
            half_first += sentence or "half" in closes[:-1]
    assert built >= 40
    assert half_first >= 0.7 * built


def test_planned_cadences_are_played() -> None:
    for song in songs(GENRE):
        for section in song.sections[:-1]:
            for phrase in section.phrases:
                if phrase.close not in ("half", "authentic"):
                    continue
                end = phrase.start + phrase.length
                chords = [c.chord for c in song.chords if phrase.start <= c.onset < end]
                after = next((s.key for s in song.sections if s.start == end), None)
                assert meets_close(phrase.close, chords, section.key, after), (section.name, phrase)


def test_full_cadences_stand_on_root_positions() -> None:
    for song in songs(GENRE):
        for section in song.sections[:-1]:
            last = [c for c in song.chords if section.start <= c.onset < section.end][-1]
            if section.close == "authentic":
                assert last.chord.bass_tone == section.key.tonic


def test_cadential_six_fours_are_heard_and_go_to_the_dominant() -> None:
    with_one = 0
    for song in songs(GENRE):
        places = [i for i, c in enumerate(song.chords[:-1]) if c.roman in ("I64", "i64")]
        with_one += bool(places)
        for i in places:
            assert is_dominant(song.chords[i + 1].chord, song.chords[i].key)
    assert with_one >= 7


def test_second_themes_go_to_five_or_three_and_come_home() -> None:
    sonatas = [s for s in songs(GENRE) if sum(x.kind == "second" for x in s.sections) >= 2]
    assert len(sonatas) >= 4
    for song in sonatas:
        home = song.sections[0].key
        first, *_, last = [s for s in song.sections if s.kind == "second"]
        assert first.key.tonic == (home.relative.tonic if home.is_minor else home.up(1).tonic)
        assert last.key == home
    away = 0
    for song in songs(GENRE):
        assert song.sections[0].key == song.sections[-1].key
        away += any(s.key != song.sections[0].key for s in song.sections)
    assert away >= 14


def test_the_bass_moves_by_inversions() -> None:
    chords = [c.chord for song in songs(GENRE) for c in song.chords]
    turned = sum(1 for c in chords if c.inversion) / len(chords)
    assert 0.12 <= turned <= 0.55
    assert all(any(c.chord.inversion for c in song.chords) for song in songs(GENRE))


def _sounding(notes: list[Note], tick: int) -> Pitch | None:
    found = [n.pitch for n in notes if n.onset <= tick < n.onset + n.duration and not n.grace]
    return next((p for p in found if isinstance(p, Pitch)), None)


def _outer_steps(song: Song) -> Iterator[tuple[tuple[Pitch, Pitch], tuple[Pitch, Pitch]]]:
    """Bass and lead before and at each change of chord, where both sound."""
    lead = [n for t in tracks(song, "lead") for n in t.notes]
    ground = tracks(song, "bass") or tracks(song, "comp")
    below = list(ground[0].notes)
    whole = ground[0].role == "bass"
    for before, now in zip(song.chords, song.chords[1:], strict=False):
        old = [n for n in below if before.onset <= n.onset < now.onset]
        new = [n for n in below if now.onset <= n.onset < now.onset + now.duration]
        if not old or not new:
            continue
        if whole:
            old = [n for n in old if n.onset == old[-1].onset]
            new = [n for n in new if n.onset == new[0].onset]
        a, b = min(old, key=_midi).pitch, min(new, key=_midi).pitch
        c, d = _sounding(lead, now.onset - 1), _sounding(lead, now.onset)
        if c is not None and d is not None:
            assert isinstance(a, Pitch) and isinstance(b, Pitch)
            yield (a, c), (b, d)


def test_outer_voices_are_not_doubled() -> None:
    steps = [pair for song in songs(GENRE) for pair in _outer_steps(song)]
    faults = sum(1 for pair in steps for _ in parallels(*pair))
    assert len(steps) > 400
    assert faults / len(steps) <= 0.01, faults


def test_the_measure_of_parallels_can_find_them() -> None:
    c, d = Pitch.parse("C3"), Pitch.parse("D3")
    g, a = Pitch.parse("G4"), Pitch.parse("A4")
    assert [f.rule for f in parallels((c, g), (d, a))] == ["parallel-perfect"]


def _blocks(track: Track, song: Song) -> float:
    """Share of its bars with a chord of three tones, its root lowest, on every beat."""
    timeline = Timeline(song)
    played = beaten = 0
    for bar in timeline.bars:
        notes = notes_in(track, bar.start, bar.end)
        if not notes:
            continue
        played += 1
        full = 0
        for beat in bar.meter.beats:
            here = [n for n in notes if n.onset == bar.start + beat]
            symbol = timeline.chord_at(bar.start + beat)
            if len(here) >= 3 and symbol is not None:
                full += _midi(min(here, key=_midi)) % 12 == symbol.chord.root.number
        beaten += full == len(bar.meter.beats) and len(bar.meter.beats) > 1
    return beaten / max(1, played)


def test_no_root_position_blocks_on_every_beat() -> None:
    shares = [_blocks(t, song) for song in songs(GENRE) for t in tracks(song, "comp")]
    assert sum(shares) / len(shares) <= 0.05
    assert sum(share > 0.4 for share in shares) <= 2


def test_pianists_play_figures() -> None:
    figured = bars = 0
    for song in songs(GENRE):
        for track in tracks(song, "comp"):
            if track.instrument != "piano":
                continue
            for start, end in _bar_starts(song):
                notes = notes_in(track, start, end)
                onsets = Counter(n.onset for n in notes)
                bars += bool(notes)
                figured += sum(1 for count in onsets.values() if count <= 2) >= 3
    assert bars > 200
    assert figured >= 0.5 * bars


def test_no_pop_loop_goes_round() -> None:
    for song in songs(GENRE):
        for section in song.sections:
            romans = [c.roman for c in song.chords if section.start <= c.onset < section.end]
            for i in range(len(romans) - 11):
                four = romans[i : i + 4]
                assert not (len(set(four)) >= 3 and romans[i + 4 : i + 8] == four and romans[i + 8 : i + 12] == four)


def test_everybody_rests() -> None:
    for song in songs(GENRE):
        if len(song.tracks) < 4:
            continue
        bars = _bar_starts(song)
        for track in song.tracks:
            silent = sum(1 for a, b in bars if not any(n.onset < b and n.onset + n.duration > a for n in track.notes))
            ends = [n.onset + n.duration for n in track.notes]
            gaps = [b.onset - end for end, b in zip(ends, track.notes[1:], strict=False)]
            rests = silent or (track.role == "bass" and sum(gap >= 480 for gap in gaps) >= 4)
            assert rests, (song.title, track.name)
            if track.role not in ("lead", "bass"):
                assert len(bars) - silent <= 0.88 * len(bars), (song.title, track.name)


def test_inner_voices_keep_under_the_tune_and_apart() -> None:
    crossed = heard = 0
    for song in songs(GENRE):
        lead = [n for t in tracks(song, "lead") for n in t.notes]
        for track in tracks(song, "comp"):
            if instrument(track.instrument).hands != "mono":
                continue
            for note in track.notes:
                top = _sounding(lead, note.onset)
                if top is not None:
                    heard += 1
                    crossed += _midi(note) >= top.midi
    assert heard > 500
    assert crossed <= 0.02 * heard


def test_a_quartet_takes_up_the_tunes_head() -> None:
    found = 0
    for song in songs(GENRE):
        lead = [n for t in tracks(song, "lead") for n in t.notes if not n.grace]
        for track in tracks(song, "comp"):
            if track.instrument not in ("violin", "viola"):
                continue
            for section in song.sections:
                for phrase in section.phrases:
                    bar = song.meters[0].meter.bar
                    head = [n.onset - phrase.start for n in lead if phrase.start <= n.onset < phrase.start + bar]
                    for delay in (1, 2):
                        at = phrase.start + delay * bar
                        echo = [n.onset - at for n in notes_in(track, at, at + bar)]
                        found += len(head) >= 3 and len(set(head)) > 2 and echo == head
    assert found >= 8


def test_codetta_and_slight_ritardando() -> None:
    slowed = 0
    for song in songs(GENRE):
        assert song.sections[-1].kind == "coda"
        assert song.chords[-1].chord.root == song.sections[0].key.tonic
        if len(song.tempos) > 1:
            slowed += 1
            assert 0.75 <= song.tempos[-1].tempo_bpm / song.tempos[0].tempo_bpm <= 0.95
    assert slowed >= 8


def test_chordal_sevenths_find_their_resolution() -> None:
    for song in songs(GENRE):
        for before, now in zip(song.chords, song.chords[1:], strict=False):
            seventh = before.chord.seventh
            if seventh is None or before.chord == now.chord or before.chord.root == now.chord.root:
                continue
            assert {(seventh.number - step) % 12 for step in (0, 1, 2)} & now.chord.numbers, (before.roman, now.roman)


def test_phrases_breathe_and_have_two_note_values() -> None:
    phrases = plain = 0
    for song in songs(GENRE):
        lead = [n for t in tracks(song, "lead") for n in t.notes if not n.grace]
        for section in song.sections:
            if section.lead != "tune":
                continue
            for phrase in section.phrases:
                notes = [n for n in lead if phrase.start <= n.onset < phrase.start + phrase.length]
                if len(notes) > 4 and phrase.length >= 4 * song.meters[0].meter.bar:
                    phrases += 1
                    plain += len({n.duration for n in notes}) < 2
    assert phrases > 40
    assert plain <= 0.03 * phrases


def test_the_drums_of_the_orchestra_are_on_tonic_and_dominant() -> None:
    strokes = 0
    for song in songs(GENRE):
        for track in tracks(song, "percussion"):
            for note in track.notes:
                key = next(s.key for s in song.sections if s.start <= note.onset < s.end)
                assert not isinstance(note.pitch, Drum)
                assert _midi(note) % 12 in (key.tonic.number, key.tonic.up(1).number)
                strokes += 1
    assert strokes


@pytest.mark.parametrize("meter", ["3/4", "4/4"])
def test_meters_are_used(meter: str) -> None:
    assert any(str(song.meters[0].meter) == meter for song in songs(GENRE))
