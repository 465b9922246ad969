"""Real files, damaged at random: either one line comes out, or a song on which every writer works.

Convention: the damage is drawn from a seed of its own for each kind of file, so that a failure can be repeated.
"""

from __future__ import annotations

import random
import re
import zipfile
from collections.abc import Callable
from functools import cache
from io import BytesIO
from pathlib import Path

import pytest

from partimento.composer.compose import compose
from partimento.score.brief import Brief
from partimento.score.daw.dawproject import write_dawproject
from partimento.score.daw.reaper import reaper_project
from partimento.score.importing.importing import import_song
from partimento.score.midi_write import MidiOptions, midi_bytes
from partimento.score.notation.abc import abc
from partimento.score.notation.full_score import full_score
from partimento.score.notation.lead_sheet import lead_sheet
from partimento.score.notation.lilypond import lilypond
from partimento.score.notation.musicxml import musicxml, mxl
from partimento.score.song import Song
from partimento.score.song_json import song_from_json, song_to_json
from partimento.theory.errors import PartimentoError

COUNT = 25
"""Damaged files of each kind; more are tried by hand than in every run."""
NUMBERS = (b"0", b"-1", b"9", b"99", b"1e9", b"0.5", b"", b"100000", b"nan")
_DIGITS = re.compile(rb"\d+")
_ELEMENT = re.compile(rb"<(\w+)[^<>]*>[^<>]*</\1>")


@cache
def song() -> Song:
    return compose(Brief(genre="jazz", bars=8, seed=4, instruments=("trumpet", "piano", "bass", "drums")))


def _dawproject(made: Song) -> bytes:
    file = BytesIO()
    write_dawproject(made, file)
    return file.getvalue()


def _corpus(name: str) -> bytes:
    import music21

    return (Path(music21.__file__).parent / "corpus" / name).read_bytes()


FILES: dict[str, Callable[[], bytes]] = {
    "played.mid": lambda: midi_bytes(song()),
    "written.mid": lambda: midi_bytes(song(), MidiOptions(quantized=True)),
    "score.musicxml": lambda: musicxml(full_score(song())),
    "sheet.musicxml": lambda: musicxml(lead_sheet(song())),
    "score.mxl": lambda: mxl(musicxml(full_score(song()))),
    "sheet.abc": lambda: abc(lead_sheet(song())).encode(),
    "project.dawproject": lambda: _dawproject(song()),
    "song.json": lambda: song_to_json(song()).encode(),
    "chorale.mxl": lambda: _corpus("bach/bwv66.6.mxl"),
    "tunes.abc": lambda: _corpus("essenFolksong/altdeu10.abc")[:4_000],
}


def mutated(data: bytes, rng: random.Random) -> bytes:
    """Some bytes flipped, cut, doubled, moved, a number or an element replaced."""
    out = bytearray(data)
    for _ in range(rng.choice((1, 1, 2, 4, 12))):
        at = rng.randrange(len(out)) if out else 0
        end = min(len(out), at + 1 + int(rng.expovariate(1 / 30)))
        match rng.randrange(8):
            case 0 | 1 if out:
                out[at] ^= 1 << rng.randrange(8)
            case 2:
                del out[at:end]
            case 3:
                out[at:at] = out[at:end] * rng.choice((1, 2, 20))
            case 4:
                out[at:at] = out[end : 2 * end - at]
            case 5 if rng.random() < 0.2:
                del out[at:]
            case 6:
                number = _DIGITS.search(out, at)
                if number:
                    out[number.start() : number.end()] = rng.choice(NUMBERS)
            case 7:
                spans = [found.span() for found in _ELEMENT.finditer(out[at : at + 2_000])]
                if spans:
                    (start, stop), (first, last) = rng.choice(spans), rng.choice(spans)
                    out[at + start : at + stop] = out[at + first : at + last] * rng.randrange(2)
    return bytes(out)


def mutated_inside(data: bytes, rng: random.Random) -> bytes:
    """The archive with its music damaged, and sound as an archive."""
    out = BytesIO()
    with zipfile.ZipFile(BytesIO(data)) as old, zipfile.ZipFile(out, "w") as new:
        for name in old.namelist():
            inside = old.read(name)
            new.writestr(zipfile.ZipInfo(name), inside if name.startswith("META") else mutated(inside, rng))
    return out.getvalue()


def write_everything(found: Song, folder: Path) -> None:
    """Every writer's work; what can be read again is."""
    assert song_from_json(song_to_json(found).encode()) == found
    lilypond(full_score(found)).encode()
    reaper_project(found).encode()
    sheet = lead_sheet(found)
    abc(sheet).encode()
    musicxml(sheet)
    for name, data in (
        ("again.mid", midi_bytes(found)),
        ("straight.mid", midi_bytes(found, MidiOptions(quantized=True, utf8=True))),
        ("again.musicxml", musicxml(full_score(found))),
        ("again.dawproject", _dawproject(found)),
    ):
        (folder / name).write_bytes(data)
        again, _ = import_song(folder / name)
        assert again.tracks


@pytest.mark.parametrize("name", FILES)
def test_damage_is_one_line_or_a_song_that_can_be_written(name: str, tmp_path: Path) -> None:
    whole = FILES[name]()
    refused = read = 0
    for number in range(COUNT):
        rng = random.Random(f"{name} {number}")
        inside = whole[:2] == b"PK" and number % 4
        path = tmp_path / name
        path.write_bytes(mutated_inside(whole, rng) if inside else mutated(whole, rng))
        try:
            found, notices = import_song(path)
        except PartimentoError as error:
            refused += 1
            assert "\n" not in str(error) and name in str(error) and len(str(error)) < 450, str(error)
            continue
        read += 1
        assert all("\n" not in line for line in notices)
        if read <= 4:
            write_everything(found, tmp_path)
    assert refused + read == COUNT and read > 0


def test_the_damage_damages() -> None:
    data = FILES["played.mid"]()
    assert len({mutated(data, random.Random(number)) for number in range(50)}) > 40
