"""The stage: what every player sees when it writes its part.

Conventions: built once a song by `arrangement/arrange.py`; players are functions `play(plan, stage) -> list[Note]`,
notes sorted by (onset, pitch), inside [0, song.end], inside `plan.low`-`plan.high`, never two of one pitch at once.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from partimento.arrangement.nets import NO_NETS, Nets
from partimento.arrangement.style import Part, SectionSpec, Style
from partimento.score.decision import Decision
from partimento.score.instruments import Instrument
from partimento.score.song import ChordSymbol, Note, Section, Song
from partimento.score.stream import Stream
from partimento.score.timeline import Bar, Timeline


@dataclass(frozen=True, slots=True)
class Scene:
    """One section as the band sees it.

    `intensity` 1-4 chooses patterns. `transition` says how its last bar hands over ("fill", "pickup", "break",
    "hold", "build", "stop", "none"), `entered_by` how the one before handed over to it. `repeat` counts earlier
    sections of the same material (the groove is drawn by material, varied by repeat).
    """

    index: int
    section: Section
    spec: SectionSpec
    bars: tuple[Bar, ...]
    chords: tuple[ChordSymbol, ...]
    intensity: int
    transition: str
    entered_by: str
    repeat: int


@dataclass(frozen=True, slots=True)
class PartPlan:
    """One chair: its part, instrument, register, and when it plays.

    `plays[i]` are tick ranges [start, end) inside scene i, sorted, empty where it is silent. `low`-`high` is the
    part's register, inside the instrument's range.
    """

    part: Part
    track: str
    instrument: Instrument
    low: int
    high: int
    plays: tuple[tuple[tuple[int, int], ...], ...]

    def playing(self, scene: int, tick: int) -> bool:
        """Whether the chair plays in scene number `scene` at `tick`."""
        return any(start <= tick < end for start, end in self.plays[scene])


@dataclass(slots=True)
class Stage:
    """Everything the players share. `written` fills up as they play, in the order lead, drums, bass, then the rest.

    `kicks` and `snares` are the onsets of those drums (sorted, filled by the drummer), so that the bass can lock
    to them. `accents` are ticks that all hit together (stops, unison hits, the final hit).
    """

    song: Song
    style: Style
    timeline: Timeline
    scenes: tuple[Scene, ...]
    lead: tuple[Note, ...]
    seed: int
    written: dict[str, tuple[Note, ...]] = field(default_factory=dict)
    kicks: list[int] = field(default_factory=list)
    snares: list[int] = field(default_factory=list)
    accents: tuple[int, ...] = ()
    nets: Nets = NO_NETS
    answered: list[tuple[int, int]] = field(default_factory=list)
    """Ticks [start, end) of the licks played so far, so that two players do not answer at once."""
    told: list[Decision] = field(default_factory=list)
    """What players chose of a net's proposals, and why."""

    def stream(self, *purpose: str | int) -> Stream:
        """The stream for `purpose` under this song's seed and take."""
        return Stream(self.seed, "arrangement", self.song.brief.take, *purpose)

    def scene_at(self, tick: int) -> Scene:
        """The scene that holds `tick`."""
        return self.scenes[self.timeline.bar_at(tick).section]
