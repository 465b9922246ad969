"""Songs and MIDI files as strips: who plays, in which pieces, within which window, and for how long at most."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from partimento.commands.doctor import find_libfluidsynth
from partimento.composer.compose import compose
from partimento.score.brief import Brief
from partimento.score.midi_read import FileTrack, MidiContents, read_midi
from partimento.score.midi_write import midi_bytes
from partimento.score.mix import Effect
from partimento.score.performance import Performance, PlayedControl, PlayedNote, PlayedTrack
from partimento.score.song import Song
from partimento.score.timeline import Timeline
from partimento.soundfonts.finding import find_soundfonts
from partimento.synth.fluid import RATE, render_track
from partimento.synth.renderers import FluidRenderer
from partimento.synth.signal import Samples, Source, Strip
from partimento.synth.strips import EFFECTS, played_tracks, strips_of_midi, strips_of_song
from partimento.theory.errors import BriefError, RenderError

pytestmark = pytest.mark.skipif(find_libfluidsynth() is None, reason="libfluidsynth is missing")


@pytest.fixture(scope="module")
def fluid() -> FluidRenderer:
    return FluidRenderer(min(find_soundfonts(), key=lambda each: each.size_bytes))


@pytest.fixture(scope="module")
def song() -> Song:
    return compose(Brief(genre="pop", bars=8, seed=3, tempo_bpm=120.0))


def sound(strip: Strip, chunk: int = 50000) -> Samples:
    source: Source = strip.open(RATE)
    parts = []
    while len(part := source.read(chunk)):
        parts.append(part)
    source.close()
    return np.concatenate(parts) if parts else np.zeros((0, 2), np.float32)


def contents(*tracks: FileTrack, bpm: float = 120.0) -> MidiContents:
    return MidiContents("t", tracks, ((0, bpm),), (), (), ())


def part(*notes: tuple[int, int, int, int], name: str = "Piano", drums: bool = False, **more: object) -> FileTrack:
    return FileTrack(name, 0, drums, tuple(notes), **more)  # type: ignore[arg-type]


def test_every_part_that_plays_has_its_strip(song: Song, fluid: FluidRenderer) -> None:
    strips, notices = strips_of_song(song, fluid)
    roles = {strip.name: strip.role for strip in strips}
    assert list(roles) == [strip.name for strip in strips]  # names are different
    for played in song.performance.tracks:
        track = song.track(played.name)
        if track.role == "drums":
            assert roles[f"{played.name}/kick"] == "kick"
            assert sum(name.startswith(f"{played.name}/") for name in roles) >= 2
        elif played.notes:
            assert roles[played.name] == track.role
    assert len(set(notices)) == len(notices)
    assert all("\n" not in notice for notice in notices)


def test_onsets_and_ends_are_the_performances(song: Song, fluid: FluidRenderer) -> None:
    seconds = Timeline(song).seconds_at
    strips = {strip.name: strip for strip in strips_of_song(song, fluid)[0]}
    for played in song.performance.tracks:
        if played.name in strips:
            strip = strips[played.name]
            assert strip.onsets == tuple(sorted(seconds(note.onset) for note in played.notes))
            assert strip.end == max(seconds(note.onset + note.duration) for note in played.notes)


def test_pieces_add_up_to_the_kit(fluid: FluidRenderer) -> None:
    rows = [(i * 240, 120, key, 60 + i) for i, key in enumerate((36, 42, 38, 42, 36, 46, 38, 42, 45, 49, 36, 54))]
    strips, _, _ = strips_of_midi(contents(part(*rows, name="Kit", drums=True)), fluid)
    assert [strip.name for strip in strips] == [
        f"Kit/{piece}" for piece in ("kick", "snare", "hats", "toms", "cymbals", "percussion")
    ]
    kit = PlayedTrack("Kit", 9, 0, tuple(PlayedNote(*row) for row in rows))
    whole = render_track(kit, lambda tick: tick / 960, fluid.font.path, follow_volume=True)
    total = np.zeros_like(whole)
    for strip in strips:
        piece = sound(strip)
        n = min(len(piece), len(total))
        total[:n] += piece[:n]
    starts = np.zeros(len(whole), bool)
    for onset, *_ in rows:  # a note's first block leans to where its voice's last note lay: see test_fluid_player
        at = round(onset / 960 * RATE / 64) * 64
        starts[at : at + 64] = True
    end = round(12 * 240 / 960 * RATE)
    residual = np.where(starts[:end, None], 0, total[:end] - whole[:end])
    # What is cut off at -60 dB of a piece's own peak is still there in the whole.
    assert np.sqrt(np.mean(residual**2)) < 1e-3 * np.sqrt(np.mean(whole[:end] ** 2))


def test_a_drum_track_of_one_piece_stays_whole(fluid: FluidRenderer) -> None:
    strips, _, _ = strips_of_midi(
        contents(part((0, 100, 54, 90), (200, 100, 69, 90), name="Shaker", drums=True)), fluid
    )
    assert [(strip.name, strip.role) for strip in strips] == [("Shaker", "")]


def test_a_file_keeps_its_own_balance(fluid: FluidRenderer) -> None:
    loud = part((0, 480, 60, 100), controls=((0, 7, 120), (0, 10, 0), (0, 91, 127), (100, 10, 127)))
    soft = part((0, 480, 60, 100), controls=((0, 7, 60), (0, 11, 100)))
    strips, _, mix = strips_of_midi(contents(loud, soft), fluid)
    assert [strip.name for strip in strips] == ["Piano", "Piano 2"]
    assert {strip.role for strip in strips} == {""}
    first, second = mix.fader("Piano"), mix.fader("Piano 2")
    assert first is not None
    assert second is not None
    assert (first.pan, first.hall, first.gain_db) == (-1.0, 1.0, 0.0)
    assert (second.pan, mix.lufs, mix.glue_ratio) == (0.0, -16.0, 1.0)
    # CC7 and CC11 are 40 log10(value / 127) dB.
    ratio = np.abs(sound(strips[1])).max() / np.abs(sound(strips[0])).max()
    assert ratio == pytest.approx((60 * 100 / 127 / 120) ** 2, rel=0.02)


def test_our_own_midi_reads_back_as_strips(song: Song, fluid: FluidRenderer) -> None:
    strips, _, mix = strips_of_midi(read_midi(midi_bytes(song)), fluid)
    names = {strip.name for strip in strips}
    assert names == {strip.name for strip in strips_of_song(song, fluid)[0]} - {EFFECTS}
    assert all(mix.fader(name) or mix.fader(name.split("/")[0]) for name in names)


def test_a_window_keeps_what_crosses_it(fluid: FluidRenderer) -> None:
    file = contents(
        part((0, 960, 60, 100), (1920, 4800, 64, 100), (9600, 480, 67, 100)),
        part((0, 100, 60, 100), name="Early"),
        part((30000, 100, 60, 100), name="Late"),
    )
    strips, _, _ = strips_of_midi(file, fluid, start_s=3.0, end_s=10.5)
    piano = next(strip for strip in strips if strip.name == "Piano")
    assert piano.onsets == (7.0,)
    assert piano.end == 7.5
    assert "Late" not in {strip.name for strip in strips}
    whole = sound(strips_of_midi(file, fluid)[0][0])[3 * RATE :]
    excerpt = sound(piano)
    n = min(len(whole), len(excerpt), 7 * RATE)
    assert np.abs(excerpt[:RATE]).max() > 0.001
    assert np.abs(whole[:n] - excerpt[:n]).max() < 1e-3 * np.abs(whole).max()


def test_windows_where_nothing_is_are_refused(fluid: FluidRenderer) -> None:
    file = contents(part((0, 960, 60, 100)))
    late = contents(part((960, 960, 60, 100)))
    for where, start, end, said in (
        (file, 1.5, None, "the piece lasts 0:01"), (file, 0.5, 0.5, "ends at 0:00.5"), (file, 0.9, 0.2, "not after"),
        (file, 100.0, 110.0, "after the end"), (file, float("inf"), None, "after the end"),
        (late, 0.0, 0.001, "nothing sounds between 0:00 and 0:00.001"),
    ):  # fmt: skip
        with pytest.raises(BriefError, match=said):
            strips_of_midi(where, fluid, start_s=start, end_s=end)


def test_nothing_and_too_long_are_one_line(song: Song, fluid: FluidRenderer) -> None:
    with pytest.raises(RenderError, match="no track has a note"):
        strips_of_song(replace(song, performance=Performance()), fluid)
    with pytest.raises(RenderError, match="no track has a note"):
        strips_of_midi(contents(part()), fluid)
    with pytest.raises(RenderError, match="at most 24") as caught:
        strips_of_midi(contents(part((0, 38_000_000, 60, 100)), bpm=4.0), fluid)
    assert "\n" not in str(caught.value)


def test_many_tracks_and_hours(fluid: FluidRenderer) -> None:
    hours = 3 * 3600 * 960
    tracks = [part((k * 100, 200, 40 + k % 40, 90), (hours, 100, 60, 90), name="T") for k in range(256)]
    strips, _, mix = strips_of_midi(contents(*tracks), fluid)
    assert len({strip.name for strip in strips}) == len(strips) == len(mix.faders) == 256
    source = strips[255].open(RATE)
    assert np.abs(source.read(40 * RATE)).max() > 0.01
    source.close()


def test_a_part_of_two_programs_is_two_strips_of_different_names(fluid: FluidRenderer) -> None:
    notes = ((0, 400, 60, 100), (480, 400, 62, 100), (960, 400, 64, 100))
    swell = ((0, 10, 0), (480, 10, 127))
    lead = part(*notes, name="Lead", programs=(0, 48, 0), controls=swell, bend_range=12)
    strips, _, mix = strips_of_midi(contents(part(*notes, name="Lead 2"), lead, lead), fluid)
    assert [strip.name for strip in strips] == ["Lead 2", "Lead", "Lead 3", "Lead 4", "Lead 5"]
    assert [strip.onsets for strip in strips[1:3]] == [(0.0, 1.0), (0.5,)]
    assert [fader.pan for fader in mix.faders] == [0.0, -1.0, 1.0, -1.0, 1.0]
    piano, strings = played_tracks([lead])
    assert (piano.program, strings.program, strings.bend_range) == (0, 48, 12)
    assert piano.controls is strings.controls


def test_a_stuck_note_is_told_of(fluid: FluidRenderer) -> None:
    strips, notices, _ = strips_of_midi(contents(part((0, 960 * 500, 60, 100), (10, 960 * 500, 64, 100))), fluid)
    assert sum("let go" in notice for notice in notices) == 1
    assert strips[0].end < 121


def test_tracks_of_one_channel_share_its_controllers(song: Song, fluid: FluidRenderer) -> None:
    swell = (PlayedControl(0, 11, 40),)
    notes = (PlayedNote(0, 480, 60, 100),)
    first = PlayedTrack("A", 0, 0, notes, swell)
    second = PlayedTrack("B", 0, 0, notes)
    other = PlayedTrack("C", 1, 0, notes)
    silent = PlayedTrack("D", 2, 0)
    playing = replace(song, performance=Performance((first, second, other, silent)), mix=replace(song.mix, effects=()))
    strips, _ = strips_of_song(playing, fluid)
    assert [strip.name for strip in strips] == ["A", "B", "C"]
    a, b, c = (sound(strip) for strip in strips)
    assert np.array_equal(a, b)
    assert np.abs(c).max() > 4 * np.abs(a).max()


def test_effects_are_a_strip_of_their_own(song: Song, fluid: FluidRenderer) -> None:
    with_riser = replace(song, mix=replace(song.mix, effects=(Effect("riser", 1920, 1920),)))
    strips, _ = strips_of_song(with_riser, fluid)
    last = strips[-1]
    assert (last.name, last.role, last.onsets) == (EFFECTS, "effects", (2.0,))
    whole = sound(last)
    assert not whole[: 2 * RATE].any()
    late = strips_of_song(with_riser, fluid, start_s=3.0)[0][-1]
    assert np.array_equal(sound(late), whole[3 * RATE :])
    assert strips_of_song(with_riser, fluid, end_s=1.5)[0][-1].name != EFFECTS


def test_own_voices_are_opened(song: Song, fluid: FluidRenderer) -> None:
    name = song.performance.tracks[0].name
    tracks = tuple(replace(t, instrument="sub bass") if t.name == name else t for t in song.tracks)
    ours = next(s for s in strips_of_song(replace(song, tracks=tracks), fluid)[0] if s.name == name)
    theirs = next(s for s in strips_of_song(song, fluid)[0] if s.name == name)
    a, b = ours.open(RATE), theirs.open(RATE)
    assert not np.allclose(a.read(4 * RATE), b.read(4 * RATE), atol=1e-3)
    a.close()
    b.close()
