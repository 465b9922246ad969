"""Arranging real tunes: notes and key kept, meters refused or kept, the band out of the tune's way, bad files named."""

from __future__ import annotations

import gzip
import json
import os
from collections.abc import Iterator
from functools import cache
from io import BytesIO
from pathlib import Path
from typing import Any

import mido
import pytest

from partimento.arrangement.style import load_style
from partimento.composer.harmonise import harmonise
from partimento.composer.tune import arrange_tune
from partimento.composer.tune_phrases import find_phrases
from partimento.score.brief import Brief
from partimento.score.midi_write import midi_bytes
from partimento.score.song import Drum, Note, Song
from partimento.score.tune_read import Tune, read_tune
from partimento.theory.errors import BriefError, PartimentoError, ScoreFormatError
from partimento.theory.key import Key
from partimento.theory.meter import Meter
from partimento.theory.roman import chord_of

Q = 480
# Traditional tunes, written out from memory: (pitch, quarters); None is a rest.
ODE = (
    "E4 1 E4 1 F4 1 G4 1 G4 1 F4 1 E4 1 D4 1 C4 1 C4 1 D4 1 E4 1 E4 1.5 D4 .5 D4 2 "
    "E4 1 E4 1 F4 1 G4 1 G4 1 F4 1 E4 1 D4 1 C4 1 C4 1 D4 1 E4 1 D4 1.5 C4 .5 C4 2"
)
GREENSLEEVES = (
    "A4 1 C5 2 D5 1 E5 1.5 F5 .5 E5 1 D5 2 B4 1 G4 1.5 A4 .5 B4 1 C5 2 A4 1 A4 1.5 G#4 .5 A4 1 B4 2 G#4 1 E4 2 "
    "A4 1 C5 2 D5 1 E5 1.5 F5 .5 E5 1 D5 2 B4 1 G4 1.5 A4 .5 B4 1 C5 1.5 B4 .5 A4 1 G#4 1.5 F#4 .5 G#4 1 A4 3 A4 2"
)
AMAZING = (
    "D4 1 G4 2 B4 .5 G4 .5 B4 2 A4 1 G4 2 E4 1 D4 2 D4 1 G4 2 B4 .5 G4 .5 B4 2 A4 1 D5 3 D5 2 B4 1 D5 2 B4 .5 G4 .5 "
    "B4 2 A4 1 G4 2 E4 1 D4 2 D4 1 G4 2 B4 .5 G4 .5 B4 2 A4 1 G4 3 G4 2"
)


def tune_of(text: str, meter: str, pickup: float, title: str = "Tune", key: Key | None = None) -> Tune:
    from partimento.theory.pitch import Pitch

    notes, at = [], 0
    words = text.split()
    for name, quarters in zip(words[::2], words[1::2], strict=True):
        length = round(float(quarters) * Q)
        notes.append((at, length, Pitch.parse(name).midi))
        at += length
    return Tune(title, tuple(notes), Meter.parse(meter), round(pickup * Q), key, 100.0)


def lead_notes(song: Song) -> list[Note]:
    return list(next(track for track in song.tracks if track.role == "lead").notes)


def check_kept(tune: Tune, song: Song) -> None:
    """The first statement holds the tune's notes, each at its place; later ones repeat them."""
    start = next(s.start for s in song.sections if s.material.startswith("tune"))
    wanted = [(start + onset - tune.pickup, number) for onset, _, number in tune.notes]
    found = [(n.onset, n.pitch.midi) for n in lead_notes(song) if not isinstance(n.pitch, Drum)]
    assert set(wanted) <= set(found)
    assert found[: len(wanted)] == wanted


def register_clashes(song: Song) -> float:
    """The share of the accompaniment's sounding time that lies inside what the tune sounds at that moment (+- 1)."""
    lead = [(n.onset, n.onset + n.duration, n.pitch.midi) for n in lead_notes(song) if not isinstance(n.pitch, Drum)]
    inside = total = 0
    for track in song.tracks:
        if track.role in ("lead", "drums", "percussion", "harmony", "bass"):
            continue
        for note in track.notes:
            if isinstance(note.pitch, Drum):
                continue
            total += note.duration
            for start, end, pitch in lead:
                if start < note.onset + note.duration and note.onset < end and note.pitch.midi >= pitch:
                    inside += min(end, note.onset + note.duration) - max(start, note.onset)
    return inside / total if total else 0.0


@pytest.mark.parametrize(
    ("text", "meter", "pickup", "key", "genre"),
    [
        (ODE, "4/4", 0, "C major", "pop"),
        (ODE, "4/4", 0, "C major", "reggae"),
        (ODE, "4/4", 0, "C major", "rock"),
        (GREENSLEEVES, "3/4", 1, "A minor", "folk"),
        (AMAZING, "3/4", 1, "G major", "folk"),
        (AMAZING, "3/4", 1, "G major", "jazz"),
    ],
)
def test_well_known_tunes_keep_notes_and_key(text: str, meter: str, pickup: float, key: str, genre: str) -> None:
    tune = tune_of(text, meter, pickup)
    song = arrange_tune(tune, Brief(genre=genre, seed=2))
    assert str(song.keys[0].key) == key
    check_kept(tune, song)
    names = [s.name for s in song.sections]
    assert names[0] == "Intro" and names[-1] == "Outro"
    energies = [s.energy for s in song.sections if s.material.startswith("tune")]
    assert energies == sorted(energies)
    style = load_style(genre)
    assert any(style.tempo.low <= song.tempos[0].tempo_bpm / f <= style.tempo.high for f in (1, 1.5, 2))
    assert len(song.tracks) >= 2


def test_ode_to_joy_gets_the_chords_that_everybody_gives_it() -> None:
    tune = tune_of(ODE, "4/4", 0)
    key = Key.parse("C")
    phrases = find_phrases(tune.notes, tune.meter, 8, key)
    assert [(p.bar, p.bars) for p in phrases] == [(0, 4), (4, 4)]
    assert [p.close for p in phrases] == ["half", "authentic"]
    ends = {(p.bar + p.bars) * tune.meter.bar: p.close for p in phrases}
    slots = harmonise(tune.notes, tune.meter, 8, key, "folk", ends)
    assert slots[0].roman == "I" and slots[-1].roman == "I"
    assert "V" in {s.roman for s in slots if s.onset >= 7 * tune.meter.bar - Q * 2}
    assert all(chord_of(s.roman, key).numbers <= {t.number for t in key.tones} for s in slots)


def test_a_meter_the_style_does_not_have_is_refused_and_others_are_named() -> None:
    with pytest.raises(BriefError, match=r"house is not played in 3/4.*Genres that have it: .*folk"):
        arrange_tune(tune_of(AMAZING, "3/4", 1), Brief(genre="house", seed=1))


@pytest.mark.parametrize(
    "brief", [Brief(genre="pop", bars=20), Brief(genre="pop", duration_s=60), Brief(genre="pop", form=("verse",))]
)
def test_what_the_tune_decides_cannot_be_asked(brief: Brief) -> None:
    with pytest.raises(BriefError, match="the tune decides"):
        arrange_tune(tune_of(ODE, "4/4", 0), brief)


def test_given_chords_are_kept() -> None:
    song = arrange_tune(
        tune_of(ODE, "4/4", 0), Brief(genre="pop", seed=1, chords=(("", "C | G7 | Am | Em | F | C | G7 | C"),))
    )
    start = next(s.start for s in song.sections if s.material.startswith("tune"))
    names = [c.chord.name for c in song.chords if start <= c.onset < start + 8 * 4 * Q]
    assert names == ["C", "G7", "Am", "Em", "F", "C", "G7", "C"]


def test_the_same_seed_gives_the_same_bytes() -> None:
    tune = tune_of(GREENSLEEVES, "3/4", 1)
    one, other = (arrange_tune(tune, Brief(genre="folk", seed=5)) for _ in range(2))
    assert midi_bytes(one) == midi_bytes(other)


# ------------------------------------------------------------------ real corpora

DATA = Path(os.environ.get("PARTIMENTO_DATA", ""))
CORPORA = (
    ("folk_tunes_pd", "melody", ("folk", "country", "rock", "classical")),
    ("leadsheets_openewld_pd", "melody", ("jazz", "pop", "bossa", "blues")),
    ("classical_openscore_lieder_cc0", "voice", ("classical", "cinematic", "folk", "pop")),
)


@cache
def rows(name: str) -> tuple[dict[str, Any], ...]:
    with gzip.open(DATA / "open" / f"{name}.jsonl.gz", "rt", encoding="utf-8") as file:
        return tuple(json.loads(line) for line, _ in zip(file, range(40), strict=False))


def real_tunes() -> Iterator[tuple[str, Tune, tuple[str, ...]]]:
    for name, part, genres in CORPORA:
        for row in [row for row in rows(name) if part in row["parts"]][3:39:3]:
            factor = Q // row["tpq"]
            notes = sorted((a * factor, b * factor, c) for a, b, c, *_ in row["parts"][part])
            line = tuple(n for i, n in enumerate(notes) if i == 0 or n[0] > notes[i - 1][0])
            meter = Meter(*row["meters"][0][1:]) if row.get("meters") else Meter(4, 4)
            yield row["title"], Tune(row["title"], line, meter, 0, None, row.get("tempo")), genres


@pytest.mark.skipif(not (DATA / "open").is_dir(), reason="PARTIMENTO_DATA does not name a folder with open/")
def test_twenty_real_tunes_are_arranged_and_written(tmp_path: Path) -> None:
    written = refused = 0
    for i, (title, tune, genres) in enumerate(real_tunes()):
        genre = genres[i % len(genres)]
        try:
            song = arrange_tune(tune, Brief(genre=genre, seed=i))
        except BriefError as error:
            assert "is not played in" in str(error), (title, error)
            refused += 1
            continue
        check_kept(tune, song)
        assert register_clashes(song) < 0.25, (title, genre, register_clashes(song))
        path = tmp_path / f"{i}.mid"
        path.write_bytes(midi_bytes(song))
        assert len(mido.MidiFile(path).tracks) == len(song.tracks) + 1
        written += 1
    assert written >= 20, (written, refused)


# ------------------------------------------------------------------ files


def midi_file(*tracks: list[mido.Message]) -> bytes:
    file = mido.MidiFile(ticks_per_beat=480)
    for messages in tracks:
        file.tracks.append(mido.MidiTrack(messages))
    out = BytesIO()
    file.save(file=out)
    return out.getvalue()


def line(numbers: list[int], channel: int = 0, length: int = 480, overlap: int = 0) -> list[mido.Message]:
    events = [(i * length, 1, n) for i, n in enumerate(numbers)]
    events += [((i + 1) * length + overlap, 0, n) for i, n in enumerate(numbers)]
    now, out = 0, []
    for tick, on, number in sorted(events):
        out.append(mido.Message("note_on", channel=channel, note=number, velocity=80 * on, time=tick - now))
        now = tick
    return out


SCALE = [60, 62, 64, 65, 67, 69, 71, 72]


@pytest.mark.parametrize(
    ("name", "data", "says"),
    [
        ("a.mid", b"", "empty"),
        ("a.mid", b"hello", "not a MIDI file"),
        ("a.txt", b"hello", "Formats: MIDI"),
        ("a.mid", midi_file(line(SCALE))[:70], "damaged"),
        ("a.mid", midi_file([]), "no notes"),
        ("a.mid", midi_file(line(SCALE, channel=9)), "percussion only"),
        ("a.mid", midi_file(line(SCALE), line(SCALE, 1)), "choose one by name or number"),
        ("a.mid", midi_file(line(SCALE, overlap=300)), "polyphonic"),
        ("a.mid", midi_file(line([60, 62])), "at least 4"),
        ("a.mid", b"MThd" + b"\0" * 20_000_001, "more than 20000000 bytes"),
        ("a.musicxml", b"<?xml version='1.0'?><score-partwise>", "damaged|cannot be read|no notes"),
        ("a.musicxml", b'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY b "c">]><score-partwise/>', "entities"),
        ("a.mxl", b"PK\x03\x04broken", "damaged .mxl"),
    ],
)
def test_a_bad_file_is_told_in_one_line(name: str, data: bytes, says: str, tmp_path: Path) -> None:
    path = tmp_path / name
    path.write_bytes(data)
    with pytest.raises(ScoreFormatError, match=says) as caught:
        read_tune(path)
    assert "\n" not in str(caught.value)


def test_a_missing_file_and_an_unknown_track(tmp_path: Path) -> None:
    with pytest.raises(PartimentoError, match="cannot read"):
        read_tune(tmp_path / "none.mid")
    path = tmp_path / "two.mid"
    path.write_bytes(midi_file(line(SCALE), line(SCALE, 1)))
    assert len(read_tune(path, "2").notes) == 8
    with pytest.raises(ScoreFormatError, match="no track 'Flute'"):
        read_tune(path, "Flute")


def test_an_abc_tune_with_a_pick_up(tmp_path: Path) -> None:
    path = tmp_path / "book.abc"
    path.write_text("X:1\nT:One\nM:4/4\nL:1/4\nK:C\nCDEF|G4|\n\nX:2\nT:Two\nM:3/4\nL:1/4\nK:G\nD|GAB|c2A|G3|\n")
    tune = read_tune(path, number=2)
    assert (tune.title, str(tune.meter), tune.pickup, str(tune.key)) == ("Two", "3/4", 480, "G major")
    assert tune.notes[:3] == ((0, 480, 62), (480, 480, 67), (960, 480, 69))


def test_musicxml_with_a_pick_up(tmp_path: Path) -> None:
    def bar(number: int, inside: str, notes: tuple[tuple[str, int, int], ...]) -> str:
        rows = "".join(
            f"<note><pitch><step>{step}</step><octave>{octave}</octave></pitch><duration>{length}</duration></note>"
            for step, octave, length in notes
        )
        implicit = ' implicit="yes"' if number == 0 else ""
        return f'<measure number="{number}"{implicit}>{inside}{rows}</measure>'

    attributes = (
        "<attributes><divisions>1</divisions><key><fifths>1</fifths><mode>major</mode></key>"
        "<time><beats>3</beats><beat-type>4</beat-type></time></attributes>"
    )
    text = (
        '<?xml version="1.0"?><score-partwise version="4.0"><part-list><score-part id="P1"><part-name>Voice</part-name>'
        '</score-part></part-list><part id="P1">'
        + bar(0, attributes, (("D", 4, 1),))
        + bar(1, "", (("G", 4, 2), ("B", 4, 1)))
        + bar(2, "", (("A", 4, 2), ("G", 4, 1)))
        + bar(3, "", (("E", 4, 1), ("D", 4, 1)))
        + "</part></score-partwise>"
    )
    path = tmp_path / "tune.musicxml"
    path.write_text(text, encoding="utf-8")
    tune = read_tune(path)
    assert (str(tune.meter), tune.pickup, str(tune.key)) == ("3/4", Q, "G major")
    assert tune.notes[:3] == ((0, Q, 62), (Q, 2 * Q, 67), (3 * Q, Q, 71))
