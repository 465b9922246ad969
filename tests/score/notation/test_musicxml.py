"""What a Page says comes out as MusicXML: times, pitches, accidentals, barlines, directions, lyrics, drums."""

from __future__ import annotations

import io
import zipfile
from dataclasses import replace
from math import log
from xml.etree import ElementTree
from xml.etree.ElementTree import Element

import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings

from partimento.score.notation.musicxml import musicxml, mxl
from partimento.score.notation.musicxml_accidentals import Accidentals
from partimento.score.notation.page import Bar, Measure, Page, TempoMark, Voice
from partimento.score.song import Drum
from partimento.theory.errors import OutputError
from partimento.theory.key import Key
from partimento.theory.meter import Meter
from tests.score.notation.musicxml_pages import QUARTER, event, full_page, one, pages

TREE = ElementTree.fromstring(musicxml(full_page()))
TRUMPET, PIANO, BASS, DRUMS = TREE.findall("part")

Heard = tuple[int, int, str, int]


def heard(part: Element, starts: tuple[int, ...]) -> list[Heard]:
    """A small reader of its own: (tick, ticks, pitch, velocity) of each note, moved along by the file's times."""
    divisions = int(part.findtext("measure/attributes/divisions", "0"))
    found: list[Heard] = []
    for measure, start in zip(part.findall("measure"), starts, strict=True):
        now = begun = 0
        for element in measure:
            ticks = int(element.findtext("duration", "0")) * 480 // divisions
            if element.tag == "backup":
                now -= ticks
            elif element.tag == "forward":
                now += ticks
            elif element.tag == "note":
                if element.find("chord") is None:
                    begun, now = now, now + ticks
                if element.find("rest") is None:
                    velocity = round(float(element.get("dynamics", "0")) * 0.9)
                    found.append((start + begun, ticks, name(element), velocity))
    return sorted(found)


def name(element: Element) -> str:
    """The pitch of a note as text, of a drum its place and instrument."""
    if element.find("unpitched") is None:
        alter = int(element.findtext("pitch/alter", "0"))
        signs = "#" * alter if alter > 0 else "b" * -alter
        return element.findtext("pitch/step", "") + signs + element.findtext("pitch/octave", "")
    place = element.findtext("unpitched/display-step", "") + element.findtext("unpitched/display-octave", "")
    instrument = element.find("instrument")
    assert instrument is not None
    return f"{place}:{int(instrument.get('id', '').split('-I')[1]) - 1}"


def meant(page: Page, part: int) -> list[Heard]:
    """The same of the Page."""
    return sorted(
        (
            event.onset,
            event.duration,
            f"{note.pitch}:{note.drum.value}" if note.drum else str(note.pitch),
            note.velocity,
        )
        for measure in page.parts[part].measures
        for voice in measure.voices
        for event in voice.events
        for note in event.notes
    )


def texts(part: Element, path: str) -> list[str]:
    """The texts at a path, in order."""
    return [element.text or "" for element in part.iterfind(path)]


@given(pages())
@hypothesis_settings(max_examples=40)
def test_every_note_stands_at_its_time_with_its_pitch_and_velocity(page: Page) -> None:
    tree = ElementTree.fromstring(musicxml(page))
    starts = tuple(bar.start for bar in page.bars)
    for index, part in enumerate(tree.findall("part")):
        assert heard(part, starts) == meant(page, index)


@given(pages())
@hypothesis_settings(max_examples=15)
def test_each_bar_is_filled_to_its_end(page: Page) -> None:
    tree = ElementTree.fromstring(musicxml(page))
    for part in tree.findall("part"):
        divisions = int(part.findtext("measure/attributes/divisions", "0"))
        for measure, bar in zip(part.findall("measure"), page.bars, strict=True):
            now = 0
            for element in measure:
                way = -1 if element.tag == "backup" else element.find("chord") is None
                now += way * int(element.findtext("duration", "0"))
            assert now * 480 == bar.length * divisions


def test_equal_pages_give_equal_bytes() -> None:
    assert musicxml(full_page()) == musicxml(full_page())


def test_a_page_without_parts_or_bars_is_refused() -> None:
    page = full_page()
    with pytest.raises(OutputError, match="no parts"):
        musicxml(replace(page, parts=()))
    with pytest.raises(OutputError, match="no bars"):
        musicxml(replace(page, bars=(), parts=(replace(page.parts[0], measures=()),)))


def test_text_that_xml_forbids_is_left_out() -> None:
    tree = ElementTree.fromstring(musicxml(replace(full_page(), title="a\x00\x1b\ud800<b>\uffff c")))
    assert tree.findtext("work/work-title") == "a   <b>  c"


def test_titles_and_people() -> None:
    assert TREE.findtext("work/work-title") == "Tëst & <Title>"
    assert TREE.findtext("identification/creator[@type='composer']") == "Nobody"
    assert TREE.findtext("identification/encoding/software") == "Partimento"
    assert texts(TREE, "credit/credit-words") == ["Tëst & <Title>", "a subtitle", "Nobody"]
    assert TREE.find(".//encoding-date") is None


def test_keys_are_transposed_and_the_drums_have_none() -> None:
    assert [texts(part, "measure/attributes/key/fifths") for part in (TRUMPET, PIANO, DRUMS)] == [
        ["-1", "5"],
        ["-3", "3"],
        [],
    ]


def test_meters_and_the_pick_up() -> None:
    numbers = [(measure.get("number"), measure.get("implicit")) for measure in TRUMPET]
    assert numbers == [("0", "yes"), ("1", None), ("2", None), ("3", None), ("4", None), ("5", None)]
    assert texts(TRUMPET, "measure/attributes/time/beats") == ["4", "7"]
    assert texts(TRUMPET, "measure/attributes/time/beat-type") == ["4", "8"]


@pytest.mark.parametrize(
    ("transposes", "sounding"),
    [((1, 2), ("-1", "-2", None)), ((8, 14), ("-1", "-2", "-1")), ((12, 21), ("-5", "-9", "-1")),
     ((-7, -12), ("0", "0", "1")), ((-14, -24), ("0", "0", "2")), ((7, 12), ("0", "0", "-1")),
     ((4, 7), ("-4", "-7", None)), ((5, 9), ("-5", "-9", None))],
)  # fmt: skip
def test_transpose_leads_from_what_is_written_to_what_sounds(
    transposes: tuple[int, int], sounding: tuple[str, str, str | None]
) -> None:
    page = full_page()
    parts = (replace(page.parts[0], transposes=transposes),)
    element = ElementTree.fromstring(musicxml(replace(page, parts=parts))).find(".//transpose")
    assert element is not None
    assert tuple(element.findtext(step) for step in ("diatonic", "chromatic", "octave-change")) == sounding


def test_no_transpose_at_concert_pitch() -> None:
    assert PIANO.find(".//transpose") is None


def test_clefs() -> None:
    def clefs(part: Element) -> list[tuple[str | None, ...]]:
        return [
            (clef.get("number"), *(clef.findtext(tag) for tag in ("sign", "line", "clef-octave-change")))
            for clef in part.iter("clef")
        ]

    assert clefs(PIANO) == [("1", "G", "2", None), ("2", "F", "4", None), ("2", "G", "2", None)]
    assert clefs(BASS) == [(None, "F", "4", "-1")]
    assert clefs(DRUMS) == [(None, "percussion", None, None)]


def test_accidentals_follow_the_signature_the_bar_and_the_ties() -> None:
    shown = [(name(element), element.findtext("accidental")) for element in TRUMPET.iter("note")
             if element.find("pitch") is not None]  # fmt: skip
    assert shown == [
        ("F4", None),
        ("G4", None), ("Ab4", "flat"), ("B4", "natural"), ("C5", None), ("D5", None), ("D4", None), ("B4", None),
        # tied over the bar line, then struck again; at the other octave once more
        ("B4", None), ("B4", "natural"), ("Bb4", "flat"), ("B3", "natural"),
        # five sharps hold C sharp; then natural, which lasts
        ("C#5", None), ("E5", None), ("C5", "natural"), ("C5", None),
    ]  # fmt: skip


def test_a_letter_altered_before_is_cautioned() -> None:
    bars = tuple(Bar(number, start, 960, Meter(2, 4), Key.parse("C")) for number, start in ((1, 0), (2, 960)))
    measures = (
        one(event(0, QUARTER, "Ab4"), event(480, QUARTER, "A5")),
        one(event(960, QUARTER, "A4"), event(1440, QUARTER, "A4")),
    )
    part = replace(full_page().parts[0], measures=measures, transposes=(0, 0))
    tree = ElementTree.fromstring(musicxml(replace(full_page(), bars=bars, parts=(part,), tempos=())))
    marks = [element.find("accidental") for element in tree.iter("note")]
    assert [mark if mark is None else (mark.text, mark.get("cautionary")) for mark in marks] == [
        ("flat", None), ("natural", "yes"), ("natural", "yes"), None,
    ]  # fmt: skip


def test_two_alterations_of_one_line_at_once_are_both_shown() -> None:
    bars = (Bar(1, 0, 480, Meter(1, 4), Key.parse("G")),)
    voices = Voice(1, 1, (event(0, QUARTER, "F5"),)), Voice(2, 1, (event(0, QUARTER, "F#5"),))
    part = replace(full_page().parts[0], measures=(Measure(voices),), transposes=(0, 0))
    tree = ElementTree.fromstring(musicxml(replace(full_page(), bars=bars, parts=(part,), tempos=())))
    assert texts(tree, ".//accidental") == ["natural", "sharp"]


def test_time_is_written_as_short_as_it_can_be() -> None:
    assert texts(TRUMPET, "measure/attributes/divisions") == ["12"]
    tuplet = TRUMPET.findall("measure")[2].findall("note")[2:4]
    assert [element.findtext("time-modification/normal-type") for element in tuplet] == ["eighth", None]
    assert [element.findtext("duration") for element in tuplet] == ["8", "4"]


def test_barlines_and_endings() -> None:
    rows = [
        (measure.get("number"), line.get("location"), line.findtext("bar-style"), attributes(line, "ending"),
         attributes(line, "repeat"))
        for measure in BASS
        for line in measure.iter("barline")
    ]  # fmt: skip
    assert rows == [
        ("1", "left", "heavy-light", {}, {"direction": "forward"}),
        ("2", "left", None, {"number": "1", "type": "start"}, {}),
        ("2", "right", "light-heavy", {"number": "1", "type": "stop"}, {"direction": "backward"}),
        ("3", "left", None, {"number": "2", "type": "start"}, {}),
        ("3", "right", "light-light", {"number": "2", "type": "discontinue"}, {}),
        ("5", "right", "light-heavy", {}, {}),
    ]


def attributes(parent: Element, tag: str) -> dict[str, str]:
    """The attributes of a child, none where there is no such child."""
    child = parent.find(tag)
    return {} if child is None else dict(child.attrib)


def test_sections_and_tempos_stand_in_the_top_part_alone() -> None:
    assert texts(TRUMPET, ".//rehearsal") == ["Intro", "A & B"]
    assert not any(part.find(".//rehearsal") is not None or part.find(".//sound") is not None for part in (PIANO, BASS))
    metronome = TRUMPET.find(".//metronome")
    assert metronome is not None
    assert [(child.tag, child.text) for child in metronome] == [
        ("beat-unit", "quarter"), ("beat-unit-dot", None), ("per-minute", "100"),
    ]  # fmt: skip
    printed = [text for text in texts(TRUMPET, ".//words") if text != "\N{NO-BREAK SPACE}"]
    assert printed == ["Medium Swing", "con <sord.>", "rit.", "a tempo"]


def test_a_ramp_sounds_in_steps_that_last_as_long_as_it_does() -> None:
    tempos = [float(sound.get("tempo", "0")) for sound in TRUMPET.iter("sound")]
    assert (tempos[0], tempos[-2:]) == (150.0, [75.0, 150.0])
    # Linear in ticks from 150 to 75 over two quarters: the exact time is the integral of 60 / tempo.
    assert sum(60 / tempo / 2 for tempo in tempos[1:-2]) == pytest.approx(120 * log(2) / 75, rel=1e-5)


def test_swing_is_said_where_the_tempo_is_and_else_by_itself() -> None:
    swing = TRUMPET.find("measure/direction/sound/swing")
    assert swing is not None
    assert [(child.tag, child.text) for child in swing] == [("first", "2"), ("second", "1"), ("swing-type", "eighth")]
    bare = ElementTree.fromstring(musicxml(replace(full_page(), tempos=(TempoMark(0, 90.0, bpm=90.0),), swing="16th")))
    assert texts(bare, "part/measure/direction/direction-type/words")[:1] == ["Swing 16ths"]
    straight = ElementTree.fromstring(musicxml(replace(full_page(), swing="")))
    assert straight.find(".//swing") is None


def test_what_lies_inside_a_note_stands_at_its_tick() -> None:
    measure = TRUMPET.findall("measure")[1]
    places: dict[str, int] = {}
    now = 480
    for element in measure:
        ticks = int(element.findtext("duration", "0")) * 40
        now += -ticks if element.tag == "backup" else ticks
        places[element.findtext("kind") or element.findtext("direction-type/words") or ""] = now
    assert (places["con <sord.>"], places["major-minor"], now) == (1560, 1920, 2400)


def test_hairpins_and_pedals_end_in_the_bar_that_they_fill() -> None:
    rows = [(measure.get("number"), mark.tag, mark.get("type")) for part in (TRUMPET, PIANO) for measure in part
            for mark in (*measure.iter("wedge"), *measure.iter("pedal"))]  # fmt: skip
    assert rows == [
        ("1", "wedge", "crescendo"), ("1", "wedge", "stop"), ("5", "wedge", "diminuendo"), ("5", "wedge", "stop"),
        ("1", "pedal", "start"), ("1", "pedal", "stop"),
    ]  # fmt: skip


def test_lyrics_join_their_syllables() -> None:
    rows = [(lyric.findtext("syllabic"), lyric.findtext("text")) for lyric in TRUMPET.iter("lyric")]
    assert rows == [("begin", "Hel"), ("end", "lo")]


def test_each_drum_is_an_instrument_that_its_notes_name() -> None:
    part = TREE.findall("part-list/score-part")[3]
    keys = {element.get("id"): int(element.findtext("midi-unpitched", "0")) for element in part.iter("midi-instrument")}
    pieces = (Drum.KICK, Drum.SNARE, Drum.HAT, Drum.HAT_OPEN, Drum.RIDE)
    assert list(keys.values()) == [piece.value + 1 for piece in pieces]
    assert set(texts(part, "midi-instrument/midi-channel")) == {"10"}
    assert texts(part, "score-instrument/instrument-name")[:2] == ["Bass Drum", "Snare"]
    struck = {element.get("id") for element in DRUMS.iter("instrument")}
    assert struck == {key for key, unpitched in keys.items() if unpitched != Drum.RIDE.value + 1}
    assert DRUMS.find(".//accidental") is None
    assert {head.text for head in DRUMS.iter("notehead")} == {"normal", "x"}
    assert DRUMS.find("measure/note/notehead[@parentheses='yes']") is not None


def test_a_measure_without_voices_is_a_bar_of_rest() -> None:
    rests = [measure.find("note/rest[@measure='yes']") is not None for measure in BASS]
    assert rests == [False, True, True, True, True, True]


def test_the_compressed_file_holds_the_plain_one_and_says_where() -> None:
    xml = musicxml(full_page())
    packed = mxl(xml)
    assert packed == mxl(xml)
    with zipfile.ZipFile(io.BytesIO(packed)) as archive:
        first = archive.infolist()[0]
        assert (first.filename, first.compress_type) == ("mimetype", zipfile.ZIP_STORED)
        root = ElementTree.fromstring(archive.read("META-INF/container.xml"))
        path = root.find("rootfiles/rootfile")
        assert path is not None
        assert archive.read(path.get("full-path", "")) == xml


def test_a_slash_never_shows_an_accidental() -> None:
    natural = event(0, QUARTER, "F4")
    slash = replace(natural, onset=480, notes=(replace(natural.notes[0], head="slash"),))
    accidentals = Accidentals()
    assert list(accidentals.of_measure(one(natural, slash), 2)) == [(0, 0, 0)]
    assert not accidentals.of_measure(one(replace(slash, onset=1920)), 1)


@pytest.mark.parametrize("staves", [1, 6, 11, 12, 15, 18, 40])
def test_a_system_fits_its_page(staves: int) -> None:
    page = full_page()
    page = replace(page, parts=tuple(replace(page.parts[2], track=str(i)) for i in range(staves)))
    root = ElementTree.fromstring(musicxml(page))
    size = float(root.findtext("defaults/scaling/millimeters", "0"))
    tenths = [float(root.findtext(f"defaults/page-layout/page-{side}", "0")) for side in ("width", "height")]
    assert [round(t * size / 40) for t in tenths] == [210, 297]
    # Staves and as much again and a half between them, under a title, within margins.
    assert staves * size * 2.5 + 30 < 297 - 2 * 15
