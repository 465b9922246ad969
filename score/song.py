"""The Song and what it holds: the one thing that travels from composer to arrangement to synth.

Conventions: time is an int of ticks, 480 to the quarter note; tick 0 starts the first written bar. What the
page says (Note) and how it is played (Performance) are two things; `Note.onset` is quantised.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import TYPE_CHECKING, Any

from partimento.score.brief import Brief
from partimento.score.decision import Decision
from partimento.score.mix import Mix
from partimento.score.performance import Performance
from partimento.theory.chord import Chord
from partimento.theory.key import Key
from partimento.theory.meter import Meter
from partimento.theory.pitch import Pitch

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from partimento.score.midi_write import MidiOptions


class Drum(Enum):
    """A drum piece by name; the value is its General MIDI key (level 1 percussion map)."""

    KICK = 36
    KICK2 = 35
    RIM = 37
    SNARE = 38
    CLAP = 39
    SNARE2 = 40
    TOM4 = 41
    HAT = 42
    TOM_FLOOR = 43
    HAT_PEDAL = 44
    TOM3 = 45
    HAT_OPEN = 46
    TOM2 = 47
    TOM1 = 48
    CRASH = 49
    TOM_HIGH = 50
    RIDE = 51
    CHINA = 52
    BELL = 53
    TAMBOURINE = 54
    SPLASH = 55
    COWBELL = 56
    CRASH2 = 57
    VIBRASLAP = 58
    RIDE2 = 59
    BONGO_HIGH = 60
    BONGO_LOW = 61
    CONGA_MUTE = 62
    CONGA_HIGH = 63
    CONGA_LOW = 64
    TIMBALE_HIGH = 65
    TIMBALE_LOW = 66
    AGOGO_HIGH = 67
    AGOGO_LOW = 68
    CABASA = 69
    MARACAS = 70
    WHISTLE_SHORT = 71
    WHISTLE_LONG = 72
    GUIRO_SHORT = 73
    GUIRO_LONG = 74
    CLAVES = 75
    WOODBLOCK_HIGH = 76
    WOODBLOCK_LOW = 77
    CUICA_MUTE = 78
    CUICA_OPEN = 79
    TRIANGLE_MUTE = 80
    TRIANGLE = 81
    SHAKER = 82
    JINGLE_BELL = 83
    CASTANETS = 85
    SURDO_MUTE = 86
    SURDO = 87


DRUMS: Mapping[str, Drum] = {drum.name.lower(): drum for drum in Drum}

ARTICULATIONS = ("", "staccato", "tenuto", "accent", "marcato", "legato", "ghost", "dead", "up", "down")


@dataclass(frozen=True, slots=True)
class Note:
    """A written note. `velocity` 1-127 is the written dynamic; `voice` counts from 0 within its track.

    `articulation` is one of ARTICULATIONS; "up" and "down" are strums, "dead" a muted note of no clear pitch.
    A grace note has its real (short) duration taken from before its main note.
    """

    onset: int
    duration: int
    pitch: Pitch | Drum
    velocity: int = 80
    voice: int = 0
    articulation: str = ""
    grace: bool = False
    lyric: str | None = None

    @property
    def number(self) -> int:
        """The MIDI number that sounds; of a drum its General MIDI key."""
        pitch = self.pitch
        return pitch.value if isinstance(pitch, Drum) else pitch.midi


@dataclass(frozen=True, slots=True)
class Control:
    """A written controller: kind "pedal" (0 up, 127 down), "expression" (0-127), "bend" (cents)."""

    onset: int
    kind: str
    value: int


@dataclass(frozen=True, slots=True)
class Dynamic:
    """A dynamics mark ("pp" ... "ff", "crescendo", "diminuendo"); `duration` is 0 but for hairpins."""

    onset: int
    mark: str
    duration: int = 0


@dataclass(frozen=True, slots=True)
class Track:
    """One part: `name` is unique in the song, `role` one of ROLES, `instrument` a name of the instrument table."""

    name: str
    role: str
    instrument: str
    notes: tuple[Note, ...] = ()
    controls: tuple[Control, ...] = ()
    dynamics: tuple[Dynamic, ...] = ()


ROLES = (
    "lead",
    "harmony",
    "counter",
    "answer",
    "comp",
    "pad",
    "riff",
    "stab",
    "bass",
    "drums",
    "percussion",
    "texture",
)


@dataclass(frozen=True, slots=True)
class Phrase:
    """A phrase of a section: ticks, and its planned close.

    `close` is one of CLOSES; `idea` tells which musical idea it states ("a", "a'", "b": equal letters share
    material, a prime varies it).
    """

    start: int
    length: int
    close: str
    idea: str = "a"


CLOSES = (
    "authentic",
    "half",
    "plagal",
    "deceptive",
    "modal",
    "turnaround",
    "loop",
    "dominant pedal",
    "break",
    "open",
)
"""How a section or phrase may end: a cadence; a turnaround back to its start; the loop simply going round; a
dominant pedal that leads on; a break (silence or hit); "open" ends on no cadence and is for phrases only."""


@dataclass(frozen=True, slots=True)
class Section:
    """A stretch of the form.

    `name` is its label ("Verse 2"), `kind` the style's section kind ("verse"), `material` the id that returning
    sections share, `variation` 0 for the first statement and counting up; `energy` lies in 0-1; `close` is one
    of CLOSES; `key` the key it starts in; `lead` tells what its top line does ("tune", "hook", "sparse",
    "riff", "solo", "none").
    """

    name: str
    kind: str
    start: int
    length: int
    energy: float
    material: str
    variation: int
    key: Key
    close: str
    lead: str
    phrases: tuple[Phrase, ...] = ()

    @property
    def end(self) -> int:
        """The tick after its last."""
        return self.start + self.length


@dataclass(frozen=True, slots=True)
class ChordSymbol:
    """A chord as written at `onset` for `duration`; it sounds `push` ticks early when all anticipate it."""

    onset: int
    duration: int
    chord: Chord
    key: Key
    roman: str
    push: int = 0

    @property
    def sounding(self) -> int:
        """The tick at which it is really heard."""
        return self.onset - self.push


@dataclass(frozen=True, slots=True)
class MeterChange:
    """From the bar at `onset` on, this meter."""

    onset: int
    meter: Meter


@dataclass(frozen=True, slots=True)
class TempoChange:
    """From `onset` on, `tempo_bpm` quarter notes a minute; a `ramp` glides linearly to the next change's tempo."""

    onset: int
    tempo_bpm: float
    ramp: bool = False


@dataclass(frozen=True, slots=True)
class KeyChange:
    """From `onset` on, this key."""

    onset: int
    key: Key


@dataclass(frozen=True, slots=True)
class FinalBars:
    """The ending: the song's last bars, inside its last section, from tick `start` on.

    `kind` is the ending's way (held, hit, ring, tag, fade-layers, cadence, vamp-out, pickup-hit), `name` its name in
    the style.
    """

    start: int
    kind: str
    name: str


@dataclass(frozen=True, slots=True)
class Song:
    """A whole song. Sections lie end to end from tick 0; chords do not overlap; `end` is a bar line.

    Notes may ring past `end` only in the performance's tails. `title` is shown and written to files.
    """

    title: str
    brief: Brief
    meters: tuple[MeterChange, ...]
    tempos: tuple[TempoChange, ...]
    keys: tuple[KeyChange, ...]
    sections: tuple[Section, ...]
    ending: FinalBars
    chords: tuple[ChordSymbol, ...] = ()
    tracks: tuple[Track, ...] = ()
    decisions: tuple[Decision, ...] = ()
    performance: Performance = field(default_factory=Performance)
    mix: Mix = field(default_factory=Mix)

    @property
    def end(self) -> int:
        """The last bar line, in ticks."""
        return self.sections[-1].end if self.sections else 0

    def track(self, name: str) -> Track:
        """The track called `name`; KeyError when there is none."""
        for track in self.tracks:
            if track.name == name:
                return track
        raise KeyError(name)

    def to_json(self) -> str:
        """The whole song as the text of a song.json."""
        from partimento.score.song_json import song_to_json

        return song_to_json(self)

    @staticmethod
    def from_json(text: str | bytes) -> Song:
        """The song of a song.json, of this or any earlier version; ScoreFormatError says where it is not one."""
        from partimento.score.song_json import song_from_json

        return song_from_json(text)

    def to_midi(self, options: MidiOptions | None = None) -> bytes:
        """The performance as a type-1 MIDI file."""
        from partimento.score.midi_write import MidiOptions, midi_bytes

        return midi_bytes(self, options or MidiOptions())

    def to_musicxml(self, *, concert: bool = False) -> bytes:
        """The full score as MusicXML 4; transposing instruments written as they read, or all at `concert` pitch."""
        from partimento.score.notation.full_score import full_score
        from partimento.score.notation.musicxml import musicxml

        return musicxml(full_score(self, concert=concert))

    def to_note_array(self, *, written: bool = False) -> NDArray[np.void]:
        """The notes as played (or `written`) as one structured array: score/note_array.py tells its fields."""
        from partimento.score.note_array import note_array

        return note_array(self, written=written)

    def to_pretty_midi(self) -> Any:
        """The performance as a `pretty_midi.PrettyMIDI`."""
        from partimento.score.pretty import to_pretty_midi

        return to_pretty_midi(self)

    def to_music21(self) -> Any:
        """The full score as a `music21.stream.Score`, at written pitch."""
        from partimento.score.music21_stream import to_music21

        return to_music21(self)

    @staticmethod
    def from_pretty_midi(midi: Any) -> Song:
        """The song of a `pretty_midi.PrettyMIDI`, its page, roles, keys, sections and chords worked out."""
        from partimento.score.pretty import song_of_pretty

        return song_of_pretty(midi)

    @staticmethod
    def from_music21(score: Any) -> Song:
        """The song of a music21 stream; ScoreFormatError when it holds no notes or cannot be written as MusicXML."""
        from partimento.score.music21_stream import song_of_music21

        return song_of_music21(score)
