"""Programs that are not ours read our MusicXML as it was meant: the official schema, MuseScore, music21."""

from __future__ import annotations

import importlib.util
import json
import os
import shutil
import subprocess
from collections import Counter
from fractions import Fraction
from functools import cache
from pathlib import Path
from typing import Any
from xml.etree import ElementTree
from xml.etree.ElementTree import Element

import mido
import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings

from partimento.arrangement.style import style_names
from partimento.composer.compose import compose
from partimento.score.brief import Brief
from partimento.score.notation.full_score import full_score
from partimento.score.notation.musicxml import musicxml, mxl
from partimento.score.notation.page import Page, Part
from partimento.theory.meter import TICKS
from tests.score.notation.musicxml_pages import full_page, pages

_STUBS = Path(__file__).parent / "schema"
_ADDRESS = "http://www.musicxml.org/xsd/"
_HAND_MADE = "everything"


@cache
def page_of(name: str) -> Page:
    """The full score of a short song of a genre, or the page that has everything."""
    return full_page() if name == _HAND_MADE else full_score(compose(Brief(genre=name, bars=8, seed=5)))


def names() -> tuple[str, ...]:
    """All pages."""
    return (_HAND_MADE, *style_names())


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with every page as NAME.musicxml."""
    folder = tmp_path_factory.mktemp("files")
    for name in names():
        (folder / f"{name}.musicxml").write_bytes(musicxml(page_of(name)))
    (folder / "packed.mxl").write_bytes(mxl(musicxml(full_page())))
    return folder


@pytest.fixture(scope="module")
def schema(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The official schema in a folder of its own, stand-ins for its two imports beside it."""
    if shutil.which("xmllint") is None:
        pytest.skip("xmllint is not installed: apt-get install libxml2-utils")
    spec = importlib.util.find_spec("musicxml")
    if spec is None or spec.origin is None:
        pytest.skip("the MusicXML schema is not here: pip install musicxml")
    folder = tmp_path_factory.mktemp("schema")
    official = Path(spec.origin).parent / "generate_classes" / "musicxml_4_0.xsd"
    text = official.read_text(encoding="utf-8")
    assert text.count(f'schemaLocation="{_ADDRESS}') == 2
    (folder / "musicxml.xsd").write_text(text.replace(_ADDRESS, ""), encoding="utf-8")
    for stub in _STUBS.glob("*.xsd"):
        shutil.copy(stub, folder)
    return folder / "musicxml.xsd"


def broken(schema: Path, *documents: Path) -> str:
    """What xmllint says against the documents, nothing where all are valid."""
    command = ["xmllint", "--nonet", "--noout", "--schema", str(schema), *map(str, documents)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    return done.stderr if done.returncode else ""


@pytest.fixture(scope="module")
def musescore(files: Path) -> Path:
    """A folder in which MuseScore has written back each page, as NAME.back.musicxml and NAME.mid."""
    if shutil.which("mscore3") is None:
        pytest.skip("MuseScore is not installed: apt-get install musescore3")
    read = [*(f"{name}.musicxml" for name in names()), "packed.mxl"]
    jobs = [
        {"in": str(files / name), "out": [str((files / name).with_suffix(end)) for end in (".back.musicxml", ".mid")]}
        for name in read
    ]
    (files / "jobs.json").write_text(json.dumps(jobs))
    subprocess.run(
        ["mscore3", "-j", str(files / "jobs.json")],
        env={**os.environ, "QT_QPA_PLATFORM": "offscreen"},
        capture_output=True,
        check=True,
    )
    return files


def test_all_pages_keep_to_the_schema(files: Path, schema: Path) -> None:
    assert broken(schema, *sorted(files.glob("*.musicxml"))) == ""


def test_the_schema_does_object(files: Path, schema: Path, tmp_path: Path) -> None:
    text = (files / f"{_HAND_MADE}.musicxml").read_text(encoding="utf-8")
    (tmp_path / "wrong.musicxml").write_text(text.replace("<voice>", "<choice>").replace("</voice>", "</choice>"))
    assert "choice" in broken(schema, tmp_path / "wrong.musicxml")


@given(pages())
@hypothesis_settings(max_examples=10)
def test_any_page_keeps_to_the_schema(schema: Path, tmp_path_factory: pytest.TempPathFactory, page: Page) -> None:
    path = tmp_path_factory.mktemp("page") / "page.musicxml"
    path.write_bytes(musicxml(page))
    assert broken(schema, path) == ""


Printed = tuple[str | None, ...]


def printed(part: Element) -> Counter[Printed]:
    """What each note of a part prints: pitch or place, value, accidental, head."""
    paths = ("pitch/step", "pitch/alter", "pitch/octave", "unpitched/display-step", "unpitched/display-octave", "type",
             "accidental")  # fmt: skip
    return Counter(
        (*(note.findtext(path) for path in paths), note.findtext("notehead") or "normal")
        for note in part.iter("note")
        if note.find("rest") is None
    )


@pytest.mark.parametrize("name", names())
def test_musescore_prints_what_we_wrote(musescore: Path, name: str) -> None:
    ours = ElementTree.parse(musescore / f"{name}.musicxml").getroot()
    theirs = ElementTree.parse(musescore / f"{name}.back.musicxml").getroot()
    for path in ("part-name", "part-abbreviation"):
        assert [x.text for x in theirs.iter(path)] == [x.text for x in ours.iter(path)]
    for mine, back in zip(ours.findall("part"), theirs.findall("part"), strict=True):
        assert printed(back) == printed(mine)
        # Of the tempos it prints those that we print: the steps of a ramp sound and are not seen.
        for path in (".//time/beats", ".//time/beat-type", ".//transpose/chromatic", ".//rehearsal", ".//clef/sign",
                     ".//metronome/beat-unit"):  # fmt: skip
            assert [x.text for x in back.findall(path)] == [x.text for x in mine.findall(path)], path
        # MuseScore gives drums the key of C.
        keys = [x.text for x in mine.findall(".//key/fifths")] or ["0"]
        assert [x.text for x in back.findall(".//key/fifths")] == keys
        assert [m.get("number") for m in back.findall("measure")] == [m.get("number") for m in mine.findall("measure")]


@pytest.mark.parametrize("name", style_names())
def test_musescore_plays_the_drums_and_the_tempo_that_we_mean(musescore: Path, name: str) -> None:
    page = page_of(name)
    tracks = mido.MidiFile(musescore / f"{name}.mid").tracks
    struck = Counter(m.note for track in tracks for m in track if m.type == "note_on" and m.velocity and m.channel == 9)
    meant = Counter(
        note.drum.value
        for part in page.parts
        for event in events(part)
        for note in event.notes
        if note.drum is not None
    )
    assert struck == meant
    tempos = [mido.tempo2bpm(message.tempo) for message in tracks[0] if message.type == "set_tempo"]
    assert tempos[0] == pytest.approx(page.tempos[0].quarter_bpm, rel=1e-3)


def test_musescore_opens_the_compressed_file(musescore: Path) -> None:
    back = [ElementTree.parse(musescore / f"{name}.back.musicxml").getroot() for name in ("packed", _HAND_MADE)]
    assert printed(back[0]) == printed(back[1])


def events(part: Part) -> list[Any]:
    """All events of a part."""
    return [event for measure in part.measures for voice in measure.voices for event in voice.events]


@pytest.mark.filterwarnings("ignore::Warning")  # music21 speaks of what its model lacks
@pytest.mark.parametrize("name", [_HAND_MADE, "jazz", "classical", "bossa"])
def test_music21_reads_our_notes_and_chords(name: str, files: Path) -> None:
    from music21 import converter, harmony

    page = page_of(name)
    score = converter.parse(files / f"{name}.musicxml")
    theirs = Counter(
        (Fraction(note.getOffsetInHierarchy(score)), Fraction(note.quarterLength), pitch.nameWithOctave)
        for note in score.recurse().notes
        if not isinstance(note, harmony.Harmony)
        for pitch in getattr(note, "pitches", ())
    )
    ours = Counter(
        (Fraction(event.onset, TICKS), Fraction(event.duration, TICKS), str(note.pitch).replace("b", "-"))
        for part in page.parts
        for event in events(part)
        for note in event.notes
        if note.drum is None
    )
    assert theirs == ours
    symbols = list(score.recurse().getElementsByClass(harmony.Harmony))
    meant = sorted((h for part in page.parts for m in part.measures for h in m.harmonies), key=lambda h: h.onset)
    assert [Fraction(s.getOffsetInHierarchy(score)) for s in symbols] == [Fraction(h.onset, TICKS) for h in meant]
    for symbol, chord in zip(symbols, (h.chord for h in meant), strict=True):
        spelled = {pitch.name.replace("-", "b") for pitch in symbol.pitches}
        wanted = {tone.name for tone in (*chord.tones, chord.bass_tone)} if chord else set()
        # music21 leaves an added tone of a suspended chord in the major scale, and gives a 13th its 11th.
        if chord is None or not chord.quality.endswith("sus4") and "13" not in chord.quality:
            assert spelled == wanted, chord
