"""Cinematic as the genre notes ask for it: ostinato, low brass, taiko, one motif in many sounds, a breath, a climax."""

from __future__ import annotations

from collections import Counter
from itertools import pairwise

from partimento.arrangement.style import load_style
from partimento.composer.compose import sketch
from partimento.composer.harmony_loops import spell
from partimento.composer.harmony_rhythm import parse_bars
from partimento.composer.plan import make_plan
from partimento.score.brief import Brief
from partimento.score.song import Drum, Note, Section, Song
from partimento.score.timeline import Timeline
from partimento.theory.key import Key
from partimento.theory.pitch import Pitch
from partimento.theory.roman import chord_of
from tests.genres.harness import notes_in, songs, tracks

GENRE = "cinematic"
BACKBEAT = {Drum.SNARE, Drum.SNARE2, Drum.CLAP, Drum.RIM}
KIT = {Drum.HAT, Drum.HAT_OPEN, Drum.HAT_PEDAL, Drum.RIDE, Drum.BELL, Drum.CLAP, Drum.RIM}


def _midi(note: Note) -> int:
    assert isinstance(note.pitch, Pitch)
    return note.pitch.midi


def _climax(song: Song) -> Section:
    return next(s for s in song.sections if s.kind == "climax")


def _voices(song: Song, section: Section) -> int:
    return sum(1 for t in song.tracks if notes_in(t, section.start, section.end))


def test_tempo_and_length() -> None:
    for song in songs(GENRE):
        felt = song.tempos[0].tempo_bpm / (1.5 if song.meters[0].meter.compound else 1.0)
        assert 58 <= felt <= 152


def test_forms_openings_and_endings_vary() -> None:
    found = songs(GENRE)
    assert len({next(str(dict(d.values)["form"]) for d in s.decisions if d.what == "form") for s in found}) >= 4
    assert len({song.ending.name for song in found}) >= 4
    assert len({(s.sections[0].kind, tuple(sorted(t.instrument for t in s.tracks if notes_in(t, 0, 1920))))
                for s in found}) >= 4  # fmt: skip


def test_strings_keep_an_ostinato() -> None:
    steady = 0
    for song in songs(GENRE):
        riffs = tracks(song, "riff")
        assert riffs
        section = _climax(song)
        timeline = Timeline(song)
        rhythms = []
        for bar in timeline.bars:
            if section.start <= bar.start < section.end:
                rhythms += [tuple(n.onset - bar.start for n in notes_in(t, bar.start, bar.end)) for t in riffs]
        busy = [r for r in rhythms if len(r) >= 4]
        steady += bool(busy) and Counter(busy).most_common(1)[0][1] >= 3
    assert steady >= 16


def test_low_brass_holds_pedal_notes_and_taiko_beats() -> None:
    brass = taiko = 0
    for song in songs(GENRE):
        low = [n for t in song.tracks if t.instrument == "low brass" for n in t.notes]
        brass += sum(1 for n in low if n.duration >= 1440 and _midi(n) <= 52) >= 4
        taiko += any(t.instrument == "taiko" and len(t.notes) >= 16 for t in song.tracks)
    assert brass >= 15
    assert taiko >= 17


def test_no_backbeat_kit() -> None:
    for song in songs(GENRE):
        timeline = Timeline(song)
        for track in tracks(song, "drums", "percussion"):
            assert track.instrument in ("orchestra kit", "taiko", "timpani")
            assert not {n.pitch for n in track.notes} & KIT
            if track.instrument != "orchestra kit":
                continue
            beats = both = 0
            for bar in timeline.bars:
                struck = {n.onset - bar.start for n in notes_in(track, bar.start, bar.end) if n.pitch in BACKBEAT}
                beats += bool(notes_in(track, bar.start, bar.end))
                both += struck == {480, 1440}
            assert both <= 0.1 * max(1, beats)


def test_the_climax_comes_near_eighty_per_cent() -> None:
    near = 0
    for song in songs(GENRE):
        section = _climax(song)
        assert section.energy == max(s.energy for s in song.sections)
        near += section.start / song.end <= 0.82 and section.end / song.end >= 0.78
        assert 0.5 <= (section.start + section.end) / 2 / song.end <= 0.95
    assert near >= 16


def test_the_climax_is_the_loudest_and_fullest() -> None:
    fullest = 0
    for song in songs(GENRE):
        section = _climax(song)
        weights = {
            s.start: sum(n.velocity for t in song.tracks for n in notes_in(t, s.start, s.end)) / s.length
            for s in song.sections if s.kind != "hit"
        }  # fmt: skip
        fullest += weights[section.start] == max(weights.values())
        assert _voices(song, section) >= max(_voices(song, s) for s in song.sections) - 1
    assert fullest >= 16


def test_a_breath_before_the_tutti() -> None:
    breathed = 0
    for song in songs(GENRE):
        section = _climax(song)
        timeline = Timeline(song)
        bar = timeline.bar_at(section.start - 1)
        half = bar.start + bar.length // 2
        counted = [t for t in song.tracks if t.role not in ("lead",)]
        strokes = sum(len(notes_in(t, half, bar.end)) for t in counted)
        after = sum(len(notes_in(t, section.start, section.start + bar.length // 2)) for t in song.tracks)
        breathed += strokes <= after // 4
    assert breathed >= 15


def test_no_tutti_throughout() -> None:
    for song in songs(GENRE):
        counts = [_voices(song, s) for s in song.sections if s.kind != "breath"]
        assert min(counts) <= 0.6 * max(counts), song.title
        timeline = Timeline(song)
        full = sum(
            1 for bar in timeline.bars
            if sum(bool(notes_in(t, bar.start, bar.end)) for t in song.tracks) >= 0.85 * len(song.tracks)
        )  # fmt: skip
        assert full <= 0.5 * len(timeline.bars)


def _motif(song: Song, section: Section) -> tuple[str, tuple[int, ...]]:
    """Who has the tune of a section (most notes in its first two bars; of doublings the highest), and its rhythm."""
    stop = section.start + 2 * song.meters[0].meter.bar
    best: tuple[int, int, str, tuple[int, ...]] = (0, 0, "", ())
    for track in tracks(song, "lead", "harmony", "counter", "answer"):
        notes = [n for n in notes_in(track, section.start, stop) if not n.grace]
        onsets = tuple(n.onset - section.start for n in notes)
        best = max(best, (len(notes), sum(_midi(n) for n in notes), track.name, onsets))
    return best[2], best[3]


def test_one_motif_is_heard_in_several_sounds() -> None:
    moved = same = 0
    for song in songs(GENRE):
        stated = [s for s in song.sections if s.material == "motif"]
        assert len(stated) >= 3
        players = {_motif(song, s)[0] for s in stated}
        moved += len(players) >= 2
        rhythms = [set(_motif(song, s)[1]) for s in stated]
        shared = [len(a & b) / max(1, len(a | b)) for a, b in pairwise(rhythms)]
        same += sum(shared) / len(shared) >= 0.5
    assert moved >= 18
    assert same >= 15


def test_the_climax_states_the_motif_above_its_first_coming() -> None:
    higher = 0
    for song in songs(GENRE):
        lines = []
        for section in (next(s for s in song.sections if s.material == "motif"), _climax(song)):
            name, _ = _motif(song, section)
            pitches = [_midi(n) for n in notes_in(song.track(name), section.start, section.end)] if name else [0]
            lines.append(sum(pitches) / len(pitches))
        higher += lines[1] > lines[0] + 3
    assert higher >= 14


def test_chromatic_mediants_are_heard() -> None:
    far = 0
    for song in songs(GENRE):
        for before, now in pairwise(song.chords):
            distance = (now.chord.root.number - before.chord.root.number) % 12
            shared = before.chord.numbers & now.chord.numbers
            if distance in (3, 4, 8, 9) and len(shared) <= 1:
                far += 1
                break
    assert far >= 6


def test_no_loop_wears_out() -> None:
    loops: Counter[str] = Counter()
    for seed in range(100):
        song = sketch(make_plan(Brief(genre=GENRE, seed=seed)))
        cycles = {str(dict(d.values)["cycle"]) for d in song.decisions if d.rule == "harmony.loop"}
        loops.update(cycles)
    assert len(loops) >= 25
    assert loops.most_common(1)[0][1] <= 15, loops.most_common(3)


def test_the_style_knows_the_genres_own_loop() -> None:
    spec = load_style(GENRE).harmony["main"]
    cycles = [spell(parse_bars(text)[0]) for text in spec.minor]
    assert "i | VI | III | VII" in cycles and len(cycles) >= 16 and len(spec.major) >= 16
    key = Key.parse("A minor")
    assert all(chord_of(r, key) for text in spec.minor for bar in parse_bars(text)[0] for r in bar)


def test_no_close_chords_below_c3() -> None:
    for song in songs(GENRE):
        for track in tracks(song, "pad", "comp", "stab", "texture", "riff"):
            if track.instrument in ("taiko", "timpani"):
                continue
            onsets: dict[int, list[int]] = {}
            for note in track.notes:
                onsets.setdefault(note.onset, []).append(_midi(note))
            for chord in onsets.values():
                chord.sort()
                for low, high in pairwise(chord):
                    assert low >= 48 or high - low >= 5 or high == low, (song.title, track.name, chord)


def test_it_ends_on_a_blow_or_quietly() -> None:
    blows = quiet = 0
    for song in songs(GENRE):
        last = song.sections[-1]
        if song.ending.kind in ("hit", "pickup-hit"):
            blows += 1
            assert last.kind in ("hit", "climax")
        else:
            quiet += last.kind == "epilogue"
        assert song.chords[-1].chord.root == last.key.tonic
    assert blows >= 2
    assert quiet >= 8


def test_parts_rest() -> None:
    for song in songs(GENRE):
        bars = Timeline(song).bars
        for track in song.tracks:
            if track.role in ("drums", "bass"):
                continue
            played = sum(1 for bar in bars if notes_in(track, bar.start, bar.end))
            assert played <= 0.85 * len(bars), (song.title, track.name)


def test_at_least_eight_roles_are_written_for() -> None:
    assert len({part.role for part in load_style(GENRE).parts}) >= 8
    assert len({part.id for part in load_style(GENRE).parts}) >= 12
