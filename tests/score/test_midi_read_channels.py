"""Programs, controllers and note ends that belong to a channel, whichever track of a file says them."""

from __future__ import annotations

from collections.abc import Sequence
from io import BytesIO

import mido
import pytest
from hypothesis import given
from hypothesis import strategies as st

from partimento.score.midi_read import MidiContents, by_program, read_midi

Event = tuple[int, mido.Message | mido.MetaMessage]


def on(tick: int, note: int, channel: int = 0, velocity: int = 80) -> Event:
    return tick, mido.Message("note_on", channel=channel, note=note, velocity=velocity)


def off(tick: int, note: int, channel: int = 0) -> Event:
    return tick, mido.Message("note_off", channel=channel, note=note, velocity=33)


def note(tick: int, number: int, channel: int = 0, length: int = 100) -> list[Event]:
    return [on(tick, number, channel), off(tick + length, number, channel)]


def program(tick: int, number: int, channel: int = 0) -> Event:
    return tick, mido.Message("program_change", channel=channel, program=number)


def control(tick: int, number: int, value: int, channel: int = 0) -> Event:
    return tick, mido.Message("control_change", channel=channel, control=number, value=value)


def bend(tick: int, value: int, channel: int = 0) -> Event:
    return tick, mido.Message("pitchwheel", channel=channel, pitch=value)


def name(text: str) -> Event:
    return 0, mido.MetaMessage("track_name", name=text)


def port(number: int) -> Event:
    return 0, mido.MetaMessage("midi_port", port=number)


def read(*tracks: Sequence[Event], kind: int = 1, ppq: int = 480) -> MidiContents:
    """A file of these tracks, events of one tick in the order given."""
    file = mido.MidiFile(type=kind, ticks_per_beat=ppq)
    for events in tracks:
        now = 0
        track = mido.MidiTrack()
        for tick, message in sorted(events, key=lambda event: event[0]):
            track.append(message.copy(time=tick - now))
            now = tick
        file.tracks.append(track)
    out = BytesIO()
    file.save(file=out)
    return read_midi(out.getvalue())


def played(contents: MidiContents) -> list[tuple[str, int, list[int]]]:
    """(name, program, note numbers) of each part of one program."""
    return [(t.name, t.program, [number for _, _, number, _ in t.notes]) for t in by_program(contents.tracks)]


def test_a_part_is_one_and_divides_where_its_program_changes() -> None:
    contents = read(
        [name("Keys"), program(0, 4), *note(0, 60), program(480, 48), *note(480, 62), *note(700, 64), program(960, 4),
         *note(960, 65), control(500, 11, 50)]
    )  # fmt: skip
    (track,) = contents.tracks
    assert (track.program, track.programs) == (4, (4, 48, 48, 4))
    assert played(contents) == [("Keys", 4, [60, 65]), ("Keys", 48, [62, 64])]
    first, second = by_program(contents.tracks)
    assert first.controls == second.controls == ((500, 11, 50),)
    assert by_program(by_program(contents.tracks)) == (first, second)


def test_the_program_is_that_at_the_onset() -> None:
    # A change while a note sounds is for the next note; one that nothing is played with is none.
    contents = read([*note(0, 60), program(50, 7), program(60, 8), *note(480, 62), program(900, 9)])
    assert played(contents) == [("Track 1", 0, [60]), ("Track 1", 8, [62])]
    (track,) = read([program(0, 3), program(0, 30), *note(0, 60), program(90, 12)]).tracks
    assert (track.program, track.programs) == (30, ())
    # In one track the order counts, at one tick too.
    assert played(read([on(0, 60), program(0, 7), on(0, 64), off(90, 60), off(90, 64)])) == [
        ("Track 1", 0, [60]),
        ("Track 1", 7, [64]),
    ]


def test_changes_closer_than_our_ticks_are_told_apart() -> None:
    assert played(read([*note(1920, 60), program(1921, 5), *note(3000, 61)], ppq=1920)) == [
        ("Track 1", 0, [60]),
        ("Track 1", 5, [61]),
    ]


def test_kits_change_and_stay_kits() -> None:
    contents = read([control(0, 0, 127, 9), program(0, 16, 9), *note(0, 36, 9), program(480, 25, 9), *note(480, 38, 9)])
    parts = by_program(contents.tracks)
    assert [(part.drums, part.program, len(part.notes)) for part in parts] == [(True, 16, 1), (True, 25, 1)]


def test_a_setup_track_speaks_for_its_channels() -> None:
    setup = [program(0, 40), control(0, 7, 70), control(0, 10, 20), program(0, 32, 1), program(960, 41), bend(960, 99)]
    contents = read([name("Setup"), *setup], [*note(0, 60), *note(960, 61)], [*note(0, 36, 1)])
    assert played(contents) == [("Track 2", 40, [60]), ("Track 2", 41, [61]), ("Track 3", 32, [36])]
    assert contents.tracks[0].controls == ((0, 7, 70), (0, 10, 20), (960, -1, 99))
    assert contents.tracks[1].controls == ()


def test_it_may_be_the_last_track_too() -> None:
    contents = read([*note(0, 60), *note(960, 61)], [program(0, 40), program(960, 41), control(0, 7, 70)])
    assert played(contents) == [("Track 1", 40, [60]), ("Track 1", 41, [61])]
    assert contents.tracks[0].controls == ((0, 7, 70),)


def test_of_one_tick_a_tracks_own_word_holds_for_it() -> None:
    contents = read(
        [program(0, 5), control(0, 7, 50), *note(0, 60), *note(960, 61)],
        [program(0, 40), control(0, 7, 90), *note(0, 70), control(480, 7, 30)],
    )
    assert played(contents) == [("Track 1", 5, [60, 61]), ("Track 2", 40, [70])]
    assert [track.controls for track in contents.tracks] == [
        ((0, 7, 90), (0, 7, 50), (480, 7, 30)),
        ((0, 7, 50), (0, 7, 90), (480, 7, 30)),
    ]


def test_ports_have_channels_of_their_own() -> None:
    contents = read([port(0), program(0, 5), *note(0, 60)], [port(1), program(0, 40), *note(0, 70), control(9, 7, 3)])
    assert played(contents) == [("Track 1", 5, [60]), ("Track 2", 40, [70])]
    assert [track.controls for track in contents.tracks] == [(), ((9, 7, 3),)]


def test_songs_of_a_format_2_file_know_nothing_of_each_other() -> None:
    contents = read([program(0, 5), control(0, 7, 3), *note(0, 60)], [*note(0, 61)], kind=2)
    assert played(contents) == [("Track 1", 5, [60]), ("Track 2", 0, [61])]
    assert contents.tracks[1].controls == ()


def test_format_0_keeps_sixteen_channels_apart() -> None:
    events = [event for c in range(16) for event in (program(0, 16 + c, c), control(0, 7, c, c), *note(c, 40 + c, c))]
    contents = read(events, kind=0)
    assert [(t.program, t.drums, t.notes[0][2], t.controls) for t in contents.tracks] == [
        (16 + c, c == 9, 40 + c, ((0, 7, c),)) for c in range(16)
    ]


@pytest.mark.parametrize(
    ("said", "semitones"),
    [
        ([(101, 0), (100, 0), (6, 12)], 12),
        ([(101, 0), (100, 0), (99, 1), (98, 8), (6, 64)], 2),  # another kind of parameter
        ([(101, 0), (100, 0), (6, 12), (99, 1), (98, 8), (6, 64)], 12),
        ([(101, 0), (100, 0), (121, 0), (6, 64)], 2),
    ],
)
def test_a_bend_range_is_its_channels(said: list[tuple[int, int]], semitones: int) -> None:
    setup = [control(0, number, value) for number, value in said]
    contents = read(setup, [*note(0, 60), bend(10, 4000)], [*note(0, 60, 1), bend(10, 4000, 1)])
    assert [track.bend_range for track in contents.tracks] == [semitones, 2]


@pytest.mark.parametrize("number", [120, 123, 124, 125, 126, 127])
def test_all_notes_off_ends_the_notes_of_its_channel(number: int) -> None:
    contents = read(
        [on(0, 60), on(480, 62), off(960, 60), off(960, 62), on(200, 65), *note(300, 65)],
        [on(0, 60, 1), off(960, 60, 1)],
        [control(480, number, 0)],
    )
    assert contents.tracks[0].notes == ((0, 480, 60, 80), (200, 100, 65, 80), (300, 100, 65, 80), (480, 480, 62, 80))
    assert contents.tracks[1].notes == ((0, 960, 60, 80),)
    assert contents.tracks[0].controls == (((480, number, 0),) if number in (120, 123) else ())


def test_stuck_notes_end_at_the_next_or_with_the_track() -> None:
    end = (2000, mido.MetaMessage("end_of_track"))
    (track,) = read([on(0, 60), on(480, 60), on(500, 64), *note(900, 72), end]).tracks
    assert track.notes == ((0, 480, 60, 80), (480, 1520, 60, 80), (500, 1500, 64, 80), (900, 100, 72, 80))


def test_controllers_are_reset_and_pedals_left_down() -> None:
    (track,) = read([control(0, 64, 127), *note(0, 60), control(90, 121, 0), control(95, 64, 127)]).tracks
    assert track.controls == ((0, 64, 127), (90, 121, 0), (90, -1, 0), (95, 64, 127))


def test_very_many_changes_are_bounded() -> None:
    many = [control(i, 11, i % 128) for i in range(16_000)]
    parts = [[program(i, i), *note(i, 60)] for i in range(128)]
    contents = read(many, *parts)
    # Each would hold all of the others' changes: each keeps to its own.
    assert [len(track.controls) for track in contents.tracks] == [0] * 128
    assert [track.program for track in contents.tracks] == list(range(128))
    dense = read([*many, *(event for i in range(126) for event in (program(i, i), *note(i, 60)))])
    assert len(by_program(dense.tracks)) == 1
    assert len(dense.tracks[0].controls) == 16_000


def test_parts_are_bounded() -> None:
    crowd = [
        [event for c in range(16) for i in range(4) for event in (program(9 * i, i, c), *note(9 * i, 60, c, 5))]
        for _ in range(80)
    ]
    parts = by_program(read(*crowd).tracks)
    assert 80 * 16 <= len(parts) <= 4096
    assert sum(len(part.notes) for part in parts) == 80 * 16 * 4


CHANNEL = st.integers(0, 2)
TICK = st.integers(0, 40).map(lambda i: i * 60)
EVENTS = st.lists(
    st.one_of(
        st.builds(lambda tick, n, c: [on(tick, n, c), off(tick + 60, n, c)], TICK, st.integers(60, 64), CHANNEL),
        st.builds(lambda tick, n, c: [program(tick, n, c)], TICK, st.integers(0, 3), CHANNEL),
        st.builds(
            lambda tick, n, v, c: [control(tick, n, v, c)], TICK, st.sampled_from((7, 10)), st.integers(0, 127), CHANNEL
        ),
    ),
    max_size=30,
).map(lambda rows: [event for row in rows for event in row])  # fmt: skip


@given(st.lists(EVENTS, min_size=1, max_size=3))
def test_each_note_has_the_program_and_controllers_of_its_time(tracks: list[list[Event]]) -> None:
    contents = read(*tracks)
    parts = by_program(contents.tracks)
    assert sum(len(p.notes) for p in parts) == sum(len(t.notes) for t in contents.tracks)
    for number, events in enumerate(tracks):
        said = [
            (tick, who == number, i, message)
            for who, others in enumerate(tracks)
            for i, (tick, message) in enumerate(others)
        ]
        said.sort(key=lambda row: (row[0], row[1]))
        wanted = set()
        for place, (tick, message) in enumerate(events):
            if message.type == "note_on":
                before = [m for t, _, _, m in said if t <= tick and getattr(m, "channel", -1) == message.channel]
                later = [m for t, m in events[place:] if t == tick]
                chosen = [m.program for m in before if m.type == "program_change" and not any(m is n for n in later)]
                values = {m.control: m.value for m in before if m.type == "control_change"}
                wanted.add((tick, message.note, (chosen or [0])[-1], values.get(7), values.get(10)))
        found = set()
        for part in parts:
            if part.name == f"Track {number + 1}":
                for tick, _, key, _ in part.notes:
                    state = {c: value for t, c, value in part.controls if t <= tick}
                    found.add((tick, key, part.program, state.get(7), state.get(10)))
        assert found == wanted
