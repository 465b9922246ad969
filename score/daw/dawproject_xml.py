"""A Song as the two XML texts of a DAWproject: project.xml and metadata.xml.

Conventions: DAWproject 1.0, whose schema fixes the order of child elements; times are quarter notes with six decimals,
from which the tick comes back exactly; ids count up in document order, so that equal songs give equal bytes.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import count
from xml.etree.ElementTree import Element, SubElement, indent, tostring

from partimento.score.daw.about import beats, song_words, track_words
from partimento.score.daw.clips import note_clips
from partimento.score.daw.clock import Clock
from partimento.score.daw.colours import MASTER, colour
from partimento.score.daw.levels import MOST_GAIN, Level, level, stem_level, stem_role
from partimento.score.daw.stem_audio import StemAudio
from partimento.score.notation.bars import has_pick_up
from partimento.score.performance import PlayedControl, PlayedNote, PlayedTrack
from partimento.score.song import Song, Track
from partimento.score.timeline import Timeline
from partimento.theory.meter import TICKS

_EXPRESSION = 11
_RELEASE = f"{64 / 127:.6f}"
_FULL_BEND = 8192
_UNFIT = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""What XML 1.0 cannot hold."""


def metadata_xml(song: Song) -> bytes:
    """The text of metadata.xml: title, genre, and in words the keys, length and seed."""
    root = Element("MetaData")
    for name, text in (("Title", song.title), ("Genre", song.brief.genre), ("Comment", song_words(song))):
        SubElement(root, name).text = _fit(text or "")
    return _text(root)


def project_xml(song: Song, stems: Sequence[tuple[str, StemAudio]], version: str) -> bytes:
    """The text of project.xml; `stems` are (path within the archive, audio), `version` that of this program."""
    return _text(_Project(song, stems).element(version))


def _text(root: Element) -> bytes:
    indent(root)
    return bytes(tostring(root, encoding="UTF-8", xml_declaration=True)) + b"\n"


def _fit(text: str) -> str:
    return _UNFIT.sub("", text)


class _Project:
    """One writing: the ids are given out as the elements are made."""

    def __init__(self, song: Song, stems: Sequence[tuple[str, StemAudio]]) -> None:
        self._song, self._stems = song, stems
        self._timeline = Timeline(song)
        self._clock = Clock(song.tempos)
        written = {track.name: track for track in song.tracks}
        self._rows = [(row, written.get(row.name) or Track(row.name, "", "")) for row in song.performance.tracks]
        self._ids: Iterator[int] = count()

    def _id(self) -> str:
        return f"id{next(self._ids)}"

    def element(self, version: str) -> Element:
        root = Element("Project", version="1.0")
        SubElement(root, "Application", name="Partimento", version=version)
        tempo, meter = self._transport(root)
        structure = SubElement(root, "Structure")
        master = self._id()
        notes = [
            self._track(structure, "notes", row.name, track.role, level(self._song.mix, track), master,
                        track_words(track, row))
            for row, track in self._rows
        ]  # fmt: skip
        place = stem_level(self._song.mix, self._song.tracks)
        audio = [
            self._track(structure, "audio", f"{stem.track} (audio)", stem_role(self._song, stem.track), place, master)
            for _, stem in self._stems
        ]
        self._track(structure, "audio notes", "Master", None, Level(), master)
        arrangement = SubElement(root, "Arrangement", id=self._id())
        lanes = SubElement(arrangement, "Lanes", timeUnit="beats", id=self._id())
        for track_id, (row, track) in zip(notes, self._rows, strict=True):
            self._note_lanes(lanes, track_id, row, track)
        for track_id, (path, stem) in zip(audio, self._stems, strict=True):
            self._audio_lanes(lanes, track_id, path, stem)
        self._markers(arrangement)
        self._tempos(arrangement, tempo)
        self._meters(arrangement, meter)
        SubElement(root, "Scenes")
        return root

    def _transport(self, root: Element) -> tuple[str, str]:
        tempo, meter = self._id(), self._id()
        transport = SubElement(root, "Transport")
        bpm = repr(float(self._song.tempos[0].tempo_bpm))
        attributes = {"max": "999.000000", "min": "1.000000", "unit": "bpm", "value": bpm, "id": tempo, "name": "Tempo"}
        SubElement(transport, "Tempo", attributes)
        # Programs that read no automation have one meter: after a pick-up the next one.
        main = self._song.meters[has_pick_up(self._song)].meter
        attributes = {"denominator": str(main.denominator), "numerator": str(main.numerator), "id": meter}
        SubElement(transport, "TimeSignature", attributes)
        return tempo, meter

    def _track(
        self, parent: Element, kind: str, name: str, role: str | None, place: Level, master: str, comment: str = ""
    ) -> str:
        """Add a track with its channel and return its id; `role` None is the master."""
        track_id = self._id()
        shade = MASTER if role is None else colour(role)
        attributes = {"contentType": kind, "loaded": "true", "id": track_id, "name": _fit(name)}
        attributes["color"] = f"#{shade:06x}"
        if comment:
            attributes["comment"] = _fit(comment)
        track = SubElement(parent, "Track", attributes)
        routed = {"role": "master", "id": master} if role is None else {"destination": master, "role": "regular"}
        if role is not None:
            routed["id"] = self._id()
        routed |= {"audioChannels": "2", "solo": "true" if place.solo else "false"}
        channel = SubElement(track, "Channel", routed)
        mute = {"value": "true" if place.mute else "false", "id": self._id(), "name": "Mute"}
        SubElement(channel, "Mute", mute)
        for what, unit, most, value in (
            ("Pan", "normalized", 1.0, (place.pan + 1.0) / 2.0), ("Volume", "linear", MOST_GAIN, place.gain),
        ):  # fmt: skip
            bounds = {"max": f"{most:.6f}", "min": "0.000000", "unit": unit, "value": f"{value:.6f}"}
            SubElement(channel, what, {**bounds, "id": self._id(), "name": what})
        return track_id

    def _note_lanes(self, parent: Element, track_id: str, row: PlayedTrack, track: Track) -> None:
        lanes = SubElement(parent, "Lanes", track=track_id, id=self._id())
        clips = SubElement(lanes, "Clips", id=self._id())
        for part in note_clips(self._song, self._timeline, row, track.role):
            clip = SubElement(
                clips, "Clip", time=beats(part.start), duration=beats(part.end - part.start), playStart="0",
                name=_fit(part.name), color=f"#{colour(track.role):06x}",
            )  # fmt: skip
            notes = SubElement(clip, "Notes", id=self._id())
            for note in part.notes:
                SubElement(notes, "Note", _note(note, part.start, row.channel))
        kinds = dict.fromkeys(control.controller for control in row.controls)
        for kind in sorted(kinds):
            self._controls(lanes, row, kind)

    def _controls(self, lanes: Element, row: PlayedTrack, kind: int) -> None:
        """One controller of the whole track: programs want it beside the clips, where clips hold notes alone."""
        points = SubElement(lanes, "Points", unit="normalized", id=self._id())
        target = {"expression": "pitchBend", "channel": str(row.channel)}
        if kind >= 0:
            target = {"expression": "channelController", "channel": str(row.channel), "controller": str(kind)}
        SubElement(points, "Target", target)
        chosen = [control for control in row.controls if control.controller == kind]
        if kind == _EXPRESSION and chosen[0].onset > 0:
            chosen.insert(0, PlayedControl(0, kind, row.expression))
        for onset, _, value in chosen:
            share = value / 127.0 if kind >= 0 else (value + _FULL_BEND) / (2.0 * _FULL_BEND)
            SubElement(points, "RealPoint", time=beats(onset), value=f"{share:.6f}", interpolation="hold")

    def _audio_lanes(self, parent: Element, track_id: str, path: str, stem: StemAudio) -> None:
        """The stem from bar 1, at its own speed: raw audio needs no stretching where the tempo map is its own."""
        lanes = SubElement(parent, "Lanes", track=track_id, id=self._id())
        clips = SubElement(lanes, "Clips", id=self._id())
        length = f"{self._clock.tick(stem.seconds) / TICKS:.6f}"
        shade = f"#{colour(stem_role(self._song, stem.track)):06x}"
        outer = SubElement(clips, "Clip", time="0", duration=length, playStart="0", name=_fit(stem.track), color=shade)
        inside = SubElement(outer, "Clips", id=self._id())
        inner = SubElement(inside, "Clip", time="0", duration=length, contentTimeUnit="seconds", playStart="0")
        audio = SubElement(
            inner, "Audio", algorithm="raw", channels=str(stem.channels), duration=repr(stem.seconds),
            sampleRate=str(stem.rate), id=self._id(),
        )  # fmt: skip
        SubElement(audio, "File", path=path)

    def _markers(self, arrangement: Element) -> None:
        if not self._song.sections:
            return  # the schema wants at least one
        markers = SubElement(arrangement, "Markers", timeUnit="beats", id=self._id())
        for section in self._song.sections:
            SubElement(markers, "Marker", time=beats(section.start), name=_fit(section.name))

    def _tempos(self, arrangement: Element, target: str) -> None:
        points = SubElement(arrangement, "TempoAutomation", timeUnit="beats", unit="bpm", id=self._id())
        SubElement(points, "Target", parameter=target)
        for i, tempo in enumerate(self._song.tempos):
            way = "linear" if tempo.ramp and i + 1 < len(self._song.tempos) else "hold"
            bpm = repr(float(tempo.tempo_bpm))
            SubElement(points, "RealPoint", time=beats(tempo.onset), value=bpm, interpolation=way)

    def _meters(self, arrangement: Element, target: str) -> None:
        points = SubElement(arrangement, "TimeSignatureAutomation", timeUnit="beats", id=self._id())
        SubElement(points, "Target", parameter=target)
        for change in self._song.meters:
            sides = {"numerator": str(change.meter.numerator), "denominator": str(change.meter.denominator)}
            SubElement(points, "TimeSignaturePoint", {"time": beats(change.onset), **sides})


def _note(note: PlayedNote, start: int, channel: int) -> dict[str, str]:
    return {
        "time": beats(note.onset - start), "duration": beats(note.duration), "channel": str(channel),
        "key": str(note.number), "vel": f"{note.velocity / 127:.6f}", "rel": _RELEASE,
    }  # fmt: skip
