"""Worksheets: the ID makes them again, they differ and are equally hard, and what they hold can be sung and read."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from dataclasses import replace
from hashlib import blake2b
from pathlib import Path
from xml.etree import ElementTree

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from partimento.score.importing.importing import import_song
from partimento.teaching.exercises.documents import document_of, item_midi
from partimento.teaching.exercises.harmony import figures_text, onsets_of
from partimento.teaching.exercises.identity import (
    CLEFS,
    MOST_COUNT,
    MOST_SEED,
    MOST_SHEETS,
    ExerciseError,
    Identity,
    identities_in,
    read_identity,
)  # fmt: skip
from partimento.teaching.exercises.page import worksheet_page, worksheet_xml
from partimento.teaching.exercises.progressions import chords_in, progressions, sung
from partimento.teaching.exercises.sheets import TOLERANCE, usual_difficulty, worksheet
from partimento.teaching.exercises.topics import TOPICS, topic_called
from partimento.teaching.exercises.worksheet import Cell, Item, Labels, Line, PartWriting
from partimento.teaching.grading.grade import grade
from partimento.teaching.grading.parts import _analysis, _piece
from partimento.theory.key import Key
from partimento.theory.meter import Meter
from partimento.theory.pitch import Pitch, pitch_class
from partimento.theory.roman import chord_of
from partimento.theory.rules.checking import check
from partimento.theory.rules.rule_set import rule_set
from tests.teaching.worksheets import sheet_of

QUICK = ("intervals", "scales", "keys", "chords", "rhythm", "transposition", "melodic-dictation", "rhythmic-dictation")

identities = st.builds(
    Identity,
    topic=st.sampled_from([topic.number for topic in TOPICS]),
    level=st.integers(1, 5),
    count=st.integers(1, MOST_COUNT),
    seed=st.integers(0, MOST_SEED),
    sheet=st.integers(0, MOST_SHEETS - 1),
    clef=st.sampled_from(CLEFS),
)


@given(identities)
def test_an_id_is_read_back(identity: Identity) -> None:
    assert read_identity(str(identity)) == identity
    assert read_identity(str(identity).lower().replace("0", "o").replace("1", "l")) == identity
    for dash in (" ", "", " - ", "\N{EN DASH}"):
        assert read_identity(f" {str(identity).replace('-', dash)} ") == identity
    assert identities_in(f"<rights>Exercise {identity}</rights> {identity}") == (str(identity),)


@given(identities, st.data())
def test_a_mistyped_id_is_refused(identity: Identity, data: st.DataObject) -> None:
    text = str(identity)
    place = data.draw(st.sampled_from([i for i, sign in enumerate(text) if i > 2 and sign != "-"]))
    other = data.draw(st.sampled_from([sign for sign in "23456789ABCDEFGH" if sign != text[place]]))
    wrong = text[:place] + other + text[place + 1 :]
    try:
        found = read_identity(wrong)
    except ExerciseError:
        return
    # Twelve bits of checksum let one mistake in four thousand pass; never as the same exercise.
    assert found != identity


def test_an_id_of_a_later_version_says_so_and_that_it_may_be_mistyped(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("partimento.teaching.exercises.identity.VERSION", 2)
    later = str(Identity(1, 2, 12, 5))
    monkeypatch.undo()
    with pytest.raises(ExerciseError, match="of version 2.*mistyped"):
        read_identity(later)


@pytest.mark.parametrize("text", ["", "PX-", "PX-1234", "hello", "PX-UUUU-UUUU", "QX-8001-85ED-1", "PX-" + "Z" * 4])
def test_what_is_no_id_is_one_clear_line(text: str) -> None:
    with pytest.raises(ExerciseError) as caught:
        read_identity(text)
    assert "\n" not in str(caught.value)
    assert identities_in(text) == ()


@given(st.sampled_from(QUICK), st.integers(1, 5), st.integers(0, 10_000), st.integers(0, 20))
@settings(max_examples=10)
def test_a_sheet_is_made_again_from_its_id(topic: str, level: int, seed: int, number: int) -> None:
    sheet = sheet_of(topic, level, 4, seed, number)
    xml = worksheet_xml(sheet)
    worksheet.cache_clear()
    assert worksheet_xml(worksheet(read_identity(sheet.id))) == xml
    assert identities_in(xml.decode()) == (sheet.id,)


@pytest.mark.parametrize(("topic", "level"), [(topic, 1 + place % 5) for place, topic in enumerate(QUICK)])
def test_thirty_sheets_differ_and_are_equally_hard(topic: str, level: int) -> None:
    row = topic_called(topic)
    count = min(row.count, 5)
    usual = usual_difficulty(row.number, level, "treble") * count
    seen = set()
    for number in range(30):
        sheet = sheet_of(topic, level, count, 1, number)
        assert abs(sum(sheet.difficulties) - usual) <= TOLERANCE * usual
        content = [(item.prompt, item.given, item.answer) for item in sheet.items]
        assert len(set(content)) == len(content)
        seen.add(frozenset(content))
    assert len(seen) == 30


@given(st.sampled_from(["major", "minor"]), st.integers(1, 5), st.data())
@settings(max_examples=10)
def test_every_progression_is_sung_without_an_error(mode: str, level: int, data: st.DataObject) -> None:
    progression = data.draw(st.sampled_from(progressions(level, mode)))
    signature = data.draw(st.integers(-level, level))
    key = Key(pitch_class(signature + (3 if mode == "minor" else 0)), mode)
    ways = sung(progression, key, data.draw(st.sampled_from((67, 70, 74))))
    assert ways is not None
    onsets, lengths = onsets_of(len(ways))
    chords = chords_in(progression, key)
    task = PartWriting(key, onsets, lengths, chords, (None, None, None, None))
    item = Item("", (len(ways) + 1) // 2, Meter(4, 4), key, (), (), task)
    found = check(_piece(task, ways, item), rule_set("strict"), _analysis(task, chords))
    assert [breach for breach in found if breach.severity == "error"] == []


def test_a_rhythm_without_a_time_signature_does_not_print_it() -> None:
    sheet = sheet_of("rhythm", 3, 20)
    hidden = sum(item.hides_meter for item in sheet.items)
    assert hidden
    assert worksheet_xml(sheet).decode().count('<time print-object="no">') == hidden
    measures = list(ElementTree.fromstring(worksheet_xml(sheet)).iter("measure"))
    for item, first in zip(sheet.items, sheet.starts(), strict=True):
        if item.hides_meter:
            shown = [time for measure in measures[first : first + item.bars] for time in measure.iter("time")]
            assert [time.get("print-object") for time in shown] == ["no"]
    assert 'print-object="no"><beats>' not in worksheet_xml(sheet, key=True).decode()


def test_a_page_for_the_screen_hides_the_time_signature_too() -> None:
    sheet = sheet_of("rhythm", 3, 8, seed=2)
    assert any(item.hides_meter for item in sheet.items)
    for answers in (False, True):
        hidden = [bar.number - 1 for bar in worksheet_page(sheet, answers).bars if bar.shows_meter and bar.hides_meter]
        asked = [first for item, first in zip(sheet.items, sheet.starts(), strict=True) if item.hides_meter]
        assert hidden == ([] if answers else asked)


@pytest.mark.parametrize("seed", range(6))
def test_every_signature_that_is_to_be_read_is_printed(seed: int) -> None:
    sheet = sheet_of("keys", 5, 8, seed)
    measures = list(ElementTree.fromstring(worksheet_xml(sheet)).iter("measure"))
    for number, (item, measure) in enumerate(zip(sheet.items, measures, strict=True)):
        if number and not list(measure.iter("key")):
            assert item.key.signature == sheet.items[number - 1].key.signature
            assert [mark.get("new-system") for mark in measure.iter("print")] == ["yes"]


def test_a_figured_bass_has_figures_before_its_notes() -> None:
    xml = worksheet_xml(sheet_of("figured-bass", 3, 4))
    figured = [e for part in ElementTree.fromstring(xml).iter("measure") for e in part if e.tag == "figured-bass"]
    assert figured
    assert "=" not in [lyric.text for lyric in ElementTree.fromstring(xml).iter("text")]


def test_doubly_altered_figures_are_written_as_such() -> None:
    chord = chord_of("Ger6", Key.parse("C# minor"))
    bass = Cell(0, 1920, (Pitch.parse("A2"),), figures=figures_text(chord, Key.parse("C# minor")))
    sheet = sheet_of("figured-bass", 5, 1)
    item = replace(sheet.items[0], given=(Line(1, 0, (bass,)),))
    figures = list(ElementTree.fromstring(worksheet_xml(replace(sheet, items=(item,)))).iter("figure"))
    told = [(figure.findtext("prefix", ""), figure.findtext("figure-number", "")) for figure in figures]
    assert told == [("double-sharp", "6"), ("", "5")]


def test_words_are_blank_on_the_sheet_and_told_in_the_key() -> None:
    sheet = sheet_of("numerals", 2)
    task = sheet.items[0].task
    assert isinstance(task, Labels)
    texts = [e.text or "" for e in ElementTree.fromstring(worksheet_xml(sheet)).iter("text")]
    assert texts and not any(text.strip(".") for text in texts)
    told = [e.text for e in ElementTree.fromstring(worksheet_xml(sheet, key=True)).iter("text")]
    assert told[: len(task.labels)] == [label.answer.replace("iio", "ii°") for label in task.labels]


@pytest.mark.parametrize(
    ("identity", "named"),
    [
        (Identity(1, 6, 4, 1), "level"), (Identity(1, 1, 0, 1), "number of items"), (Identity(60, 1, 4, 1), "topic 60"),
        (Identity(1, 1, 4, 1, 0, "percussion"), "clef"), (Identity(5, 1, 4, 1, 0, "bass"), "clef"),
        (Identity(3, 1, 40, 1), "different items"),
    ],
)  # fmt: skip
def test_what_there_is_not_is_named(identity: Identity, named: str) -> None:
    with pytest.raises(ExerciseError, match=named):
        worksheet(identity)


def test_an_unknown_topic_is_answered_with_the_nearest() -> None:
    with pytest.raises(ExerciseError, match="Did you mean 'intervals'"):
        topic_called("intervalls")
    assert topic_called("Figured Bass").name == "figured-bass"


@pytest.mark.parametrize("clef", ["bass", "alto", "tenor"])
def test_another_clef_moves_the_notes_to_it(clef: str) -> None:
    sheet = sheet_of("intervals", 2, 6, clef=clef)
    pitches = [p for item in sheet.items for line in item.answer for cell in line.cells for p in cell.pitches]
    middle = {"bass": 50, "alto": 60, "tenor": 57}[clef]
    assert abs(sum(p.midi for p in pitches) / len(pitches) - middle) < 9
    assert f"<sign>{'F' if clef == 'bass' else 'C'}</sign>".encode() in worksheet_xml(sheet)


def test_a_listening_item_can_be_heard_and_does_not_show_its_answer(tmp_path: Path) -> None:
    sheet = sheet_of("listening-intervals", 1, 2)
    (tmp_path / "one.mid").write_bytes(item_midi(sheet, 0))
    song, _ = import_song(tmp_path / "one.mid")
    heard = sorted(note.number for track in song.tracks for note in track.notes)
    assert heard == sorted(p.midi for line in sheet.items[0].sound for cell in line.cells for p in cell.pitches)
    shown = [p for line in sheet.items[0].given for cell in line.cells for p in cell.pitches]
    assert len(shown) == 1 < len(heard)


def test_html_plays_a_listening_sheet_and_every_key() -> None:
    sheet = sheet_of("listening-chords", 1, 2)
    html = document_of(sheet, "html").decode()
    data = json.loads(html.partition('id="data">')[2].partition("</script>")[0])
    assert sorted(data["sounds"]) == ["item-1", "item-2"]
    assert all('data-play="item-1"' in text for text in (html, document_of(sheet, "html", key=True).decode()))
    assert "http" not in html.replace("http://www.w3.org", "")
    assert 'data-play="' not in document_of(sheet_of("intervals"), "html").decode()


def test_pdf_has_pages() -> None:
    assert document_of(sheet_of("cadences", 1, 2), "pdf").startswith(b"%PDF")


def test_musescore_keeps_the_id_and_the_answers(tmp_path: Path) -> None:
    if shutil.which("mscore3") is None:
        pytest.skip("MuseScore is not installed: apt-get install musescore3")
    jobs, sheets = [], [sheet_of(topic, 3, 2) for topic in ("intervals", "figured-bass", "rhythm")]
    for sheet in sheets:
        for key in (False, True):
            name = tmp_path / f"{sheet.topic}-{key}.musicxml"
            name.write_bytes(worksheet_xml(sheet, key))
            jobs.append({"in": str(name), "out": str(name.with_suffix(".back.musicxml"))})
    (tmp_path / "jobs.json").write_text(json.dumps(jobs))
    subprocess.run(
        ["mscore3", "-j", str(tmp_path / "jobs.json")],
        env={**os.environ, "QT_QPA_PLATFORM": "offscreen"}, capture_output=True, check=True,
    )  # fmt: skip
    for sheet in sheets:
        for key in (False, True):
            back = (tmp_path / f"{sheet.topic}-{key}.back.musicxml").read_bytes()
            assert identities_in(back.decode()) == (sheet.id,)
            assert grade(back, "back.musicxml").percent == (100 if key else 0)


GOLDEN = {
    "PX-1R00-141A-J1": "ac996071",  # intervals
    "PX-1R00-1429-61": "5d0ed5e6",  # scales
    "PX-1R00-143M-7H": "6bc883f6",  # keys
    "PX-1R00-144W-61": "9b905276",  # chords
    "PX-1R00-145Y-AH": "563063a1",  # numerals
    "PX-1R00-146Z-A1": "4ace240a",  # figured-bass
    "PX-1R00-147C-G1": "5abe9628",  # cadences
    "PX-1R00-1481-AS": "bf93a219",  # non-chord-tones
    "PX-1R00-149X-D9": "11742883",  # part-writing
    "PX-1R00-14A3-BH": "8433dd13",  # harmonize
    "PX-1R00-14C9-G1": "6fd83ddd",  # rhythm
    "PX-1R00-14DE-Y9": "e4ea128e",  # transposition
    "PX-1R00-14EQ-7H": "90f1ecf7",  # species1
    "PX-1R00-14H3-TH": "4643a6bd",  # species4
    "PX-1R00-14K9-JS": "2d511ae5",  # listening-intervals
    "PX-1R00-14MM-7H": "96768e2b",  # listening-chords
    "PX-1R00-14NA-FH": "846b68bc",  # listening-cadences
    "PX-1R00-14P0-FS": "8f521799",  # melodic-dictation
    "PX-1R00-14QG-P1": "36e0b962",  # rhythmic-dictation
}
"""IDs and the digest of what their sheets give: a change here is a change of `identity.VERSION`."""


@pytest.mark.parametrize("text", [*GOLDEN])
def test_sheets_that_were_given_out_stay_as_they_are(text: str) -> None:
    sheet = worksheet(read_identity(text))
    content = repr([(item.prompt, item.given) for item in sheet.items])
    assert blake2b(content.encode(), digest_size=4).hexdigest() == GOLDEN[text], sheet.topic
