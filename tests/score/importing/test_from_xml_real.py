"""Real MusicXML files: music21 hears the same notes in them, and damaged ones end in one line or in notes."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from partimento.score.importing.from_xml import xml_draft
from partimento.score.importing.xml_safety import unpacked
from partimento.theory.errors import ScoreFormatError


def _files(*names: str) -> list[tuple[str, bytes]]:
    import music21

    corpus = Path(music21.__file__).parent / "corpus"
    return [(name, (corpus / name).read_bytes()) for name in names]


REAL = ("bach/bwv66.6.mxl", "bach/bwv1.6.mxl", "mozart/k155/movement2.mxl", "leadSheet/fosterBrownHair.mxl",
        "bach/bwv10.7.mxl", "demos/two-voices.xml")  # fmt: skip


@pytest.mark.parametrize("name", REAL)
def test_music21_hears_the_same_notes(name: str) -> None:
    from music21 import converter
    from music21.harmony import ChordSymbol

    ((_, data),) = _files(name)
    draft = xml_draft(data, name)
    stream = converter.parse(unpacked(data, name), format="musicxml").toSoundingPitch()
    if stream.recurse().getElementsByClass("RepeatMark"):
        stream = stream.expandRepeats()
    theirs = sorted(
        (round(note.offset * 480), pitch.midi)
        for part in stream.parts
        for note in part.flatten().stripTies().notes
        if not isinstance(note, ChordSymbol) and not note.duration.isGrace
        for pitch in note.pitches
    )
    assert sorted((n.onset, n.number) for part in draft.parts for n in part.notes if not n.grace) == theirs


def test_damaged_files_end_in_one_line_or_in_notes() -> None:
    files = [unpacked(data, name) for name, data in _files(*REAL[:2], "demos/two-voices.xml")]
    draw = random.Random(2)
    read_whole = refused = 0
    for _ in range(90):
        text = draw.choice(files)
        data = bytearray(text)
        for _ in range(draw.randrange(1, 6)):
            at = draw.randrange(len(data))
            match draw.randrange(24):
                case 0:
                    data[at] = draw.randrange(256)
                case 1:
                    del data[at : at + draw.randrange(40)]
                case 2:
                    start = data.find(b"<", at)
                    del data[start : data.find(b">", start) + 1]
                case _:
                    start, end = data.find(b">", at) + 1, data.find(b"<", data.find(b">", at))
                    data[start:end] = draw.choice((b"-1", b"99999999", b"x", b"", b"1e400", b"0", b"1.5"))
        try:
            assert xml_draft(bytes(data), "a.xml").end > 0
            read_whole += 1
        except ScoreFormatError as error:
            assert "\n" not in str(error)
            refused += 1
    assert read_whole > 10 and refused > 3
