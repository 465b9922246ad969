"""Reading DAWproject 1.0, ours or any program's, into a Draft.

Conventions: tracks of notes only, groups flattened; loops unrolled. Sound, instruments, effects and the clip launcher
are left out with a notice. Levels are as a General MIDI file would say them, in the measure of score/daw/levels.py.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import isfinite, sqrt
from pathlib import Path
from xml.etree.ElementTree import Element

from partimento.score.daw.about import read_song_words, read_track_words
from partimento.score.daw.clock import Clock
from partimento.score.daw.dawproject_open import project_roots
from partimento.score.daw.dawproject_values import meter_map, tempo_map
from partimento.score.daw.dawproject_walk import Found, Frame, Walk
from partimento.score.importing.draft import Draft, DraftPart
from partimento.score.importing.levels import untangled
from partimento.score.midi_write_tidy import DRUM_CHANNEL
from partimento.score.mix_midi import FULL_VOLUME
from partimento.score.performance import PlayedControl
from partimento.score.song import TempoChange
from partimento.theory.errors import ScoreFormatError

MOST_TRACKS = 256
_MOST_NAME = 200
_EXPRESSION = 11


@dataclass(frozen=True, slots=True)
class _Row:
    """A track of the Structure."""

    name: str
    element: Element
    holds_notes: bool


def read_dawproject(data: bytes | Path, where: str) -> Draft:
    """The notes of the DAWproject with its maps, markers and levels; `where` names the file in messages.

    ScoreFormatError where it is no DAWproject, damaged, or beyond what is read: project.xml 20 MB, 256 tracks, 200,000
    notes.
    """
    root, metadata = project_roots(data, where)
    ids = _ids(root, where)
    rows = _rows(root, where)
    tempos = tempo_map(root, where)
    meters, notices = meter_map(root, where)
    application = root.find("Application")
    # Other programs cut notes off at a clip's end; ours ring over it.
    ours = application is not None and application.get("name") == "Partimento"
    walk = Walk(ids, Clock(tempos or (TempoChange(0, 120.0),)), where, ours)
    arrangement = root.find("Arrangement")
    for child in arrangement if arrangement is not None else ():
        if child.tag not in ("TempoAutomation", "TimeSignatureAutomation"):
            walk.timeline(child, Frame())
    parts = tuple(
        _part(row, walk.tracks[key]) for key, row in _known(rows, walk.tracks, where).items() if walk.tracks[key].notes
    )
    title, comment = (_said(metadata, tag) for tag in ("Title", "Comment"))
    keys, end = read_song_words(comment)
    markers = tuple(sorted(walk.markers, key=lambda marker: marker[0]))
    told = (*notices, *_left_out(root, rows, walk.tracks))
    return Draft(" ".join(title.split())[:_MOST_NAME], parts, meters, tempos, keys, markers, (), end, told)


def _ids(root: Element, where: str) -> dict[str, Element]:
    ids: dict[str, Element] = {}
    for element in root.iter():
        name = element.get("id")
        if name is not None:
            if name in ids:
                raise ScoreFormatError(f"{where}: two elements have the id '{name[:40]}'")
            ids[name] = element
    return ids


def _rows(root: Element, where: str) -> dict[str, _Row]:
    """All tracks by id, in the file's order, those of groups among them."""
    rows: dict[str, _Row] = {}
    structure = root.find("Structure")
    for number, element in enumerate(structure.iter("Track") if structure is not None else (), 1):
        if number > MOST_TRACKS:
            raise ScoreFormatError(f"{where} has more than {MOST_TRACKS} tracks; it is not read")
        channel = element.find("Channel")
        role = "" if channel is None else channel.get("role", "")
        notes = "notes" in element.get("contentType", "").split() and role in ("", "regular")
        name = " ".join(element.get("name", "").split())[:_MOST_NAME] or f"Track {number}"
        rows[element.get("id", f"track {number}")] = _Row(name, element, notes)
    return rows


def _known(rows: Mapping[str, _Row], found: Mapping[str, Found], where: str) -> dict[str, _Row]:
    """The tracks on which something lies, in the Structure's order; then what lies on none."""
    strange = [key for key in found if key and key not in rows]
    if strange:
        raise ScoreFormatError(f"{where}: its arrangement refers to a track '{strange[0][:40]}', which is not there")
    known = {key: row for key, row in rows.items() if key in found}
    if "" in found:
        known[""] = _Row("Track", Element("Track"), True)
    return known


def _part(row: _Row, found: Found) -> DraftPart:
    facts = read_track_words(row.element.get("comment", ""))
    controls = sorted(found.controls, key=lambda control: control.onset)
    first = next((c for c in controls if c.controller == _EXPRESSION and c.onset == 0), None)
    drums = found.channels == {DRUM_CHANNEL}
    channel = row.element.find("Channel")
    return DraftPart(
        row.name, drums, found.program if facts.program is None else facts.program, facts.instrument, facts.role,
        played=untangled(found.notes), controls=_said_once(controls), bend_range=facts.bend_range,
        volume=_volume(channel), pan=_pan(channel), expression=None if first is None else first.value,
    )  # fmt: skip


def _said_once(controls: Sequence[PlayedControl]) -> tuple[PlayedControl, ...]:
    """Without what says again, at the same tick, what its controller was just set to."""
    out: list[PlayedControl] = []
    for control in controls:
        if not out or control != out[-1]:
            out.append(control)
    return tuple(out)


def _level(channel: Element | None, name: str) -> tuple[float, str] | None:
    """A fader's value and unit; None where it is missing or no number."""
    element = None if channel is None else channel.find(name)
    try:
        value = float("nan" if element is None else element.get("value", "nan"))
    except ValueError:
        return None
    return None if element is None or not isfinite(value) else (value, element.get("unit", ""))


def _volume(channel: Element | None) -> int | None:
    """The fader as CC7, in which 40 log10 are dB: at 0 dB that of a lead (score/mix_midi.py)."""
    mute = None if channel is None else channel.find("Mute")
    if mute is not None and mute.get("value") in ("true", "1"):
        return 0
    said = _level(channel, "Volume")
    if said is None:
        return None
    value, unit = said
    gain = 10.0 ** (min(24.0, value) / 20.0) if unit == "decibel" else max(0.0, value)
    return max(0, min(127, round(FULL_VOLUME * sqrt(gain))))


def _pan(channel: Element | None) -> int | None:
    said = _level(channel, "Pan")
    if said is None:
        return None
    value, unit = said
    side = value * 2.0 - 1.0 if unit == "normalized" else value / 50.0 - 1.0 if unit == "percent" else value
    return round(64 + 63 * max(-1.0, min(1.0, side)))


def _said(metadata: Element | None, tag: str) -> str:
    return "" if metadata is None else metadata.findtext(tag) or ""


def _left_out(root: Element, rows: Mapping[str, _Row], found: Mapping[str, Found]) -> list[str]:
    """A line for each kind of thing that the file holds and the Draft does not."""
    out = []
    sounds = sum(one.audio for one in found.values())
    if sounds:
        out.append(f"audio is left out: {sounds} {'clip' if sounds == 1 else 'clips'} of sound")
    silent = [row.name for key, row in rows.items() if row.holds_notes and not (key in found and found[key].notes)]
    if silent:
        listed = ", ".join(silent[:5]) + (f" and {len(silent) - 5} more" if len(silent) > 5 else "")
        out.append(f"tracks without notes are left out: {listed}")
    if any(True for devices in root.iter("Devices") if len(devices)):
        out.append("instruments and effects are left out")
    scenes = root.find("Scenes")
    if scenes is not None and any(True for _ in scenes.iter("Clip")):
        out.append("the clips of the launcher are left out")
    return out
