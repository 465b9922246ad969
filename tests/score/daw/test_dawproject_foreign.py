"""DAWprojects as other programs write them: groups, loops, aliases, seconds, their ways of automation."""

from __future__ import annotations

import pytest

from partimento.score.daw.dawproject_read import read_dawproject
from partimento.score.importing.draft import Draft
from partimento.score.performance import PlayedControl
from partimento.score.song import MeterChange, TempoChange
from partimento.theory.meter import Meter
from tests.score.daw.dawproject_texts import clip, clips, note, project, zipped


def _read(text: str) -> Draft:
    return read_dawproject(zipped(text), "x")


def _rows(draft: Draft) -> list[tuple[int, int, int]]:
    return [(n.onset, n.duration, n.number) for n in draft.parts[0].played]


def test_a_clip_shifts_and_shows_what_lies_in_it() -> None:
    inside = (note(0), note(1), note(2.5, 1.0, 62), note(3), note(-1))
    draft = _read(project(clips(clip('time="8" duration="2" playStart="1"', *inside))))
    assert _rows(draft) == [(8 * 480, 480, 60), (9 * 480 + 240, 240, 62)]  # the last one ends with the clip
    assert draft.parts[0].played[0].velocity == 64
    assert (draft.parts[0].name, draft.parts[0].program, draft.parts[0].drums) == ("Keys", None, False)
    assert draft.tempos == (TempoChange(0, 120.0),) and draft.meters == (MeterChange(0, Meter(4, 4)),)


def test_loops_are_unrolled() -> None:
    text = project(clips(clip(
        'time="4" duration="5" playStart="1" loopStart="0" loopEnd="2"', note(0, 0.5), note(1.5, 1.0, 62),
    )))  # fmt: skip
    # From 1 to the loop's end, then 0 to 2 twice; what rings over the loop's end is cut there.
    assert _rows(_read(text)) == [
        (4 * 480 + 240, 240, 62), (5 * 480, 240, 60), (6 * 480 + 240, 240, 62), (7 * 480, 240, 60),
        (8 * 480 + 240, 240, 62),
    ]  # fmt: skip


def test_an_alias_plays_what_it_refers_to() -> None:
    text = project(clips(
        f'<Clip time="0" duration="2"><Notes id="n">{note(0)}</Notes></Clip><Clip time="4" duration="2" reference="n"/>'
    ))  # fmt: skip
    assert _rows(_read(text)) == [(0, 480, 60), (4 * 480, 480, 60)]


def test_clips_in_clips_and_lanes_in_clips() -> None:
    inner = f'<Clip time="1" duration="2"><Lanes><Notes>{note(0.5)}</Notes></Lanes></Clip>'
    outer = f'<Clip time="4" duration="4">{clips(inner)}</Clip>'
    assert _rows(_read(project(clips(outer)))) == [(5 * 480 + 240, 480, 60)]


def test_a_muted_clip_is_not_played() -> None:
    assert not _read(project(clips(clip('time="0" duration="4" enable="false"', note(0))))).parts


def test_seconds_follow_the_tempo_map() -> None:
    tempo = (
        '<TempoAutomation timeUnit="beats"><Target parameter="tempo"/><RealPoint time="0" value="120"/>'
        '<RealPoint time="4" value="60"/></TempoAutomation>'
    )
    text = project(clips(clip('time="2" duration="8" contentTimeUnit="seconds"', note(2, 1))), arrangement=tempo)
    # The clip begins after 1 s; 2 s later is 3 s from the start: 4 quarters at 120, then one at 60.
    assert _rows(_read(text)) == [(5 * 480, 480, 60)]
    inside = clip('time="3"', note(0, 1))
    text = project(f'<Clips timeUnit="seconds">{inside}</Clips>', arrangement=tempo)
    assert _rows(_read(text)) == [(5 * 480, 480, 60)]


def test_tempo_automation_in_seconds_and_without_a_target() -> None:
    tempo = (
        '<TempoAutomation timeUnit="seconds"><RealPoint time="0" value="60" interpolation="hold"/>'
        '<RealPoint time="2" value="120"/></TempoAutomation>'
    )
    draft = _read(project(clips(clip('time="0" duration="4"', note(0))), arrangement=tempo))
    assert draft.tempos == (TempoChange(0, 60.0), TempoChange(960, 120.0))


def test_linear_everywhere_and_two_points_at_one_time() -> None:
    points = "".join(
        f'<RealPoint time="{time}" value="{bpm}" interpolation="linear"/>'
        for time, bpm in ((0, 100), (4, 100), (8, 120), (8, 90), (12, 90))
    )
    draft = _read(project("", arrangement=f"<TempoAutomation>{points}</TempoAutomation>"))
    assert draft.tempos == (
        TempoChange(0, 100.0), TempoChange(1920, 100.0, True), TempoChange(3839, 120.0), TempoChange(3840, 90.0),
        TempoChange(5760, 90.0),
    )  # fmt: skip


def test_meters_from_the_automation_known_ones() -> None:
    points = "".join(
        f'<TimeSignaturePoint time="{time}" numerator="{above}" denominator="{below}"/>'
        for time, above, below in ((8, 3, 4), (14, 33, 64))
    )
    draft = _read(project("", arrangement=f"<TimeSignatureAutomation>{points}</TimeSignatureAutomation>"))
    assert draft.meters == (MeterChange(0, Meter(4, 4)), MeterChange(8 * 480, Meter(3, 4)))
    assert draft.notices[0] == "a time signature of 33/64 is not known and left out"


def test_groups_are_flattened_in_order() -> None:
    group = (
        '<Track id="g" name="Band" contentType="tracks"><Track id="t2" name="Kit" contentType="notes"/>'
        '<Track id="t3" name="Sound" contentType="audio"/></Track>'
    )
    kit = note(0, key=36).replace('channel="0"', 'channel="9"')
    place = 'time="0" duration="4"'
    kits = '</Lanes><Lanes track="t2">' + clips(clip(place, kit))
    audio = '</Lanes><Lanes track="t3">' + clips(f'<Clip {place}><Audio channels="2" duration="1"/></Clip>')
    text = project(clips(clip(place, note(0))) + kits + audio, structure=group)
    draft = _read(text)
    assert [(part.name, part.drums) for part in draft.parts] == [("Keys", False), ("Kit", True)]
    assert draft.notices == ("audio is left out: 1 clip of sound",)


def test_what_is_left_out_is_told() -> None:
    structure = (
        '<Track id="t2" name="Empty" contentType="notes"><Channel role="regular"><Devices><Vst3Plugin deviceName="X"/>'
        "</Devices></Channel></Track>"
        '<Track id="m" name="Master" contentType="audio notes"><Channel role="master"/></Track>'
    )
    text = project(clips(clip('time="0" duration="4"', note(0))), structure=structure)
    text = text.replace("</Project>", "<Scenes><Scene><ClipSlot><Clip time='0'/></ClipSlot></Scene></Scenes></Project>")
    assert _read(text).notices == (
        "tracks without notes are left out: Empty",
        "instruments and effects are left out",
        "the clips of the launcher are left out",
    )


def test_markers_wherever_they_stand() -> None:
    inside = '<markers><Marker time="4" name="B"/></markers>'
    outside = '<Markers timeUnit="seconds"><Marker time="1" name=" A  1 "/></Markers>'
    assert _read(project(inside, arrangement=outside)).markers == ((2 * 480, "A 1"), (4 * 480, "B"))


@pytest.mark.parametrize(
    ("points", "expected"),
    [
        ('<Points unit="percent"><Target expression="channelController" controller="1"/>'
         '<RealPoint time="1" value="50"/></Points>', (PlayedControl(480, 1, 64),)),
        ('<Points unit="percent"><Target expression="channelController" controller="1"/>'
         '<IntegerPoint time="1" value="50"/></Points>', (PlayedControl(480, 1, 50),)),
        ('<Points unit="normalized"><Target expression="pitchBend"/><RealPoint time="0" value="0.5"/>'
         '<RealPoint time="1" value="1"/></Points>', (PlayedControl(0, -1, 0), PlayedControl(480, -1, 8191))),
        ('<Points unit="linear"><Target parameter="volume"/><RealPoint time="0" value="0.5"/></Points>', ()),
        ('<Points unit="normalized"><Target expression="channelController" controller="1"/>'
         '<RealPoint time="0" value="0" interpolation="linear"/><RealPoint time="0.25" value="1"/></Points>',
         (PlayedControl(0, 1, 0), PlayedControl(60, 1, 64), PlayedControl(120, 1, 127))),
    ],
)  # fmt: skip
def test_controllers(points: str, expected: tuple[PlayedControl, ...]) -> None:
    draft = _read(project(clips(clip('time="0" duration="4"', note(0))) + points))
    assert draft.parts[0].controls == expected


def test_programs_and_levels() -> None:
    text = project(
        clips(clip('time="0" duration="4"', note(0)))
        + '<Points><Target expression="programChange"/><IntegerPoint time="0" value="40"/></Points>'
    ).replace(
        '<Channel role="regular" id="c1"/>',
        '<Channel><Pan unit="linear" value="-1"/><Volume unit="decibel" value="-6"/></Channel>',
    )
    part = _read(text).parts[0]
    assert (part.program, part.pan, part.volume) == (40, 1, 74)  # 104 - 30 at -6 dB, by 40 log10


def test_strikes_of_one_number_do_not_overlap() -> None:
    draft = _read(project(clips(clip('time="0" duration="8"', note(0, 4), note(1, 1), note(1, 2)))))
    assert _rows(draft) == [(0, 480, 60), (480, 960, 60)]
