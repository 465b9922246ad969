"""Walking through a DAWproject's arrangement: clips in clips, loops unrolled, to notes and controllers at ticks.

Conventions: a Frame tells where a timeline's own time lies; time within is quarter notes or seconds, as the nearest
timeUnit says. A note belongs to a clip when it begins within it, and ends with it at the latest. The work is counted,
so that loops in loops come to an end.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from math import inf
from xml.etree.ElementTree import Element

from partimento.score.daw.clock import Clock
from partimento.score.daw.dawproject_values import MOST_TIME, number
from partimento.score.performance import PlayedControl, PlayedNote
from partimento.theory.errors import ScoreFormatError
from partimento.theory.meter import TICKS

MOST_NOTES = 200_000
MOST_CONTROLS = 500_000
MOST_STEPS = 1_000_000
MOST_DEPTH = 32
_BEND = 8192
_STEP = TICKS // 8
_SLACK = 0.25
"""Ticks by which a note may miss its clip's edge: decimals are cut off, and not everywhere in the same place."""


@dataclass(frozen=True, slots=True)
class Frame:
    """A timeline's place: its time 0 lies at `origin`, in its own unit from the song's start; what begins in ticks
    [low, high) is heard."""

    seconds: bool = False
    origin: float = 0.0
    low: float = 0.0
    high: float = inf


@dataclass(slots=True)
class Found:
    """What lies on one track; `channels` are those of its notes, `audio` counts clips of sound."""

    notes: list[PlayedNote] = field(default_factory=list)
    controls: list[PlayedControl] = field(default_factory=list)
    channels: set[int] = field(default_factory=set)
    program: int | None = None
    audio: int = 0


class Walk:
    """One walk. `tails` True lets notes ring past their clip's end."""

    def __init__(self, ids: Mapping[str, Element], clock: Clock, where: str, tails: bool) -> None:
        self._ids, self._clock, self._where, self._tails = ids, clock, where, tails
        self._steps = self._notes = self._controls = 0
        self.tracks: dict[str, Found] = {}
        self.markers: list[tuple[int, str]] = []

    def timeline(self, element: Element, frame: Frame, track: str = "", depth: int = 0) -> None:
        """Read a timeline and all that is in it; `track` is its track's id."""
        self._step(depth)
        unit = element.get("timeUnit")
        if unit in ("beats", "seconds"):
            frame = self._in_unit(frame, unit == "seconds")
        track = element.get("track", track)
        kind = element.tag
        if kind == "Lanes":
            for child in element:
                self.timeline(child, frame, track, depth + 1)
        elif kind in ("Clips", "ClipSlot"):
            for clip in element.findall("Clip"):
                self._clip(clip, frame, track, depth + 1)
        elif kind == "Notes":
            for note in element.findall("Note"):
                self._note(note, frame, self._found(track))
        elif kind == "Points":
            self._points(element, frame, self._found(track))
        elif kind in ("Markers", "markers"):
            self._marks(element, frame)
        elif kind in ("Warps", "Audio", "Video"):
            self._found(track).audio += 1

    def _found(self, track: str) -> Found:
        return self.tracks.setdefault(track, Found())

    def _step(self, depth: int = 0) -> None:
        self._steps += 1
        if self._steps > MOST_STEPS:
            raise ScoreFormatError(f"{self._where}: its clips and loops unroll to more than {MOST_STEPS} steps")
        if depth > MOST_DEPTH:
            raise ScoreFormatError(f"{self._where} nests clips deeper than {MOST_DEPTH}, or in a circle")

    def _tick(self, frame: Frame, time: float) -> float:
        return self._clock.tick(frame.origin + time) if frame.seconds else (frame.origin + time) * TICKS

    def _in_unit(self, frame: Frame, seconds: bool) -> Frame:
        if frame.seconds == seconds:
            return frame
        tick = self._tick(frame, 0.0)
        return replace(frame, seconds=seconds, origin=self._clock.seconds(tick) if seconds else tick / TICKS)

    def _clip(self, clip: Element, frame: Frame, track: str, depth: int) -> None:
        self._step(depth)
        start = number(clip, "time", self._where)
        length = inf if clip.get("duration") is None else number(clip, "duration", self._where)
        low = max(frame.low, self._tick(frame, start))
        high = min(frame.high, self._tick(frame, start + length) if length < inf else inf)
        content = self._content(clip)
        if content is None or low >= high or clip.get("enable") == "false":
            return
        unit = clip.get("contentTimeUnit")
        inner = self._in_unit(replace(frame, origin=frame.origin + start), frame.seconds)
        if unit in ("beats", "seconds"):
            inner = self._in_unit(inner, unit == "seconds")
        for part in self._rounds(clip, replace(inner, low=low, high=high)):
            self.timeline(content, part, track, depth + 1)

    def _content(self, clip: Element) -> Element | None:
        name = clip.get("reference")
        if name is None:
            return next(iter(clip), None)
        if name not in self._ids:
            raise ScoreFormatError(f"{self._where}: a Clip refers to '{name[:40]}', which is not there")
        return self._ids[name]

    def _rounds(self, clip: Element, frame: Frame) -> Iterator[Frame]:
        """The clip's passes over its content: from playStart to the loop's end, then the loop again and again."""
        say = {
            name: number(clip, name, self._where, -MOST_TIME, default=inf if name in ("playStop", "loopEnd") else 0.0)
            for name in ("playStart", "playStop", "loopStart", "loopEnd")
        }
        play, loop, end = say["playStart"], say["loopStart"], say["loopEnd"]
        first = replace(frame, origin=frame.origin - play)
        if end == inf or end <= max(play, loop) or frame.high == inf:
            stop = say["playStop"]
            yield first if stop == inf else replace(first, high=min(first.high, self._tick(first, stop)))
            return
        yield replace(first, high=min(frame.high, self._tick(first, end)))
        turn = 0
        while True:
            self._step()
            again = replace(frame, origin=frame.origin + (end - play) + turn * (end - loop) - loop)
            low = self._tick(again, loop)
            if low >= frame.high - _SLACK:
                return
            yield replace(again, low=max(frame.low, low), high=min(frame.high, self._tick(again, end)))
            turn += 1

    def _note(self, note: Element, frame: Frame, found: Found) -> None:
        self._step()
        where = self._where
        time = number(note, "time", where, -MOST_TIME)
        length = number(note, "duration", where)
        key = int(number(note, "key", where, 0, 127))
        velocity = number(note, "vel", where, 0.0, 1.0, 100 / 127)
        found.channels.add(int(number(note, "channel", where, 0, 15, 0.0)))
        start, end = self._tick(frame, time), self._tick(frame, time + length)
        if not frame.low - _SLACK <= start < frame.high - _SLACK:
            return
        self._notes += 1
        if self._notes > MOST_NOTES:
            raise ScoreFormatError(f"{where} has more than {MOST_NOTES} notes; it is not read")
        if not self._tails:
            end = min(end, frame.high)
        onset = max(0, round(start))
        played = max(1, min(127, round(velocity * 127)))
        found.notes.append(PlayedNote(onset, max(1, round(end) - onset), key, played))

    def _marks(self, element: Element, frame: Frame) -> None:
        for marker in element.findall("Marker"):
            self._step()
            tick = self._tick(frame, number(marker, "time", self._where))
            self.markers.append((round(tick), " ".join(marker.get("name", "").split())))

    def _points(self, element: Element, frame: Frame, found: Found) -> None:
        """A controller, the bend or the program; other automation moves what no instrument plays, and is left out."""
        target = element.find("Target")
        kind = "" if target is None else target.get("expression", "")
        if target is None or kind not in ("channelController", "pitchBend", "programChange"):
            return
        controller = -1 if kind == "pitchBend" else 0
        if kind == "channelController":
            controller = int(number(target, "controller", self._where, 0, 127))
        rows = []
        for point in element:
            if point.tag in ("RealPoint", "IntegerPoint"):
                self._step()
                time = number(point, "time", self._where, -MOST_TIME)
                linear = point.get("interpolation") == "linear"
                rows.append((self._tick(frame, time), self._value(point, element.get("unit"), kind), linear))
        if kind == "programChange":
            found.program = max(0, min(127, rows[0][1])) if rows else None
            return
        for i, (tick, value, linear) in enumerate(rows):
            self._control(frame, found, tick, controller, value)
            if linear and i + 1 < len(rows) and rows[i + 1][1] != value:
                until, goal, _ = rows[i + 1]
                for at in range(_STEP, int(min(until, frame.high, MOST_TIME * TICKS) - tick), _STEP):
                    self._step()
                    between = value + (goal - value) * at / (until - tick)
                    self._control(frame, found, tick + at, controller, round(between))

    def _value(self, point: Element, unit: str | None, kind: str) -> int:
        """A controller's 0-127, a bend's -8192 to 8191, a program: whole points say them raw, real ones as a share."""
        wide = kind == "pitchBend"
        value = number(point, "value", self._where, -2.0 * _BEND, 2.0 * _BEND)
        if point.tag == "IntegerPoint":
            return max(-_BEND, min(_BEND - 1, int(value) - _BEND)) if wide else max(0, min(127, int(value)))
        share = max(0.0, min(1.0, value / 100.0 if unit == "percent" else value))
        return min(_BEND - 1, round(share * 2 * _BEND) - _BEND) if wide else round(share * 127)

    def _control(self, frame: Frame, found: Found, tick: float, controller: int, value: int) -> None:
        if not frame.low - _SLACK <= tick < frame.high - _SLACK:
            return
        self._controls += 1
        if self._controls > MOST_CONTROLS:
            raise ScoreFormatError(f"{self._where} has more than {MOST_CONTROLS} controller values; it is not read")
        found.controls.append(PlayedControl(max(0, round(tick)), controller, value))
