"""The schema of a style: one TOML file a genre in `arrangement/styles/`, its stem the genre's name.

Conventions: weights are integers; energies and shares lie in 0-1; tempi are felt beats a minute; intensities
run from 1 (light) to 4 (heavy). A user's own styles lie in the folder named by PARTIMENTO_STYLES. Unknown keys
are errors, so a typo is found. `extends` names one other style, whose tables are taken where this one is silent.
"""

from __future__ import annotations

import os
import tomllib
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from partimento.theory.errors import StyleError, nearest

Weight = Annotated[int, Field(ge=0)]
Share = Annotated[float, Field(ge=0.0, le=1.0)]
Intensity = Annotated[int, Field(ge=1, le=4)]
Weights = dict[str, Weight]


class _Table(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Tempo(_Table):
    """Felt beats a minute: the hard range, and the range drawn from when nothing is said."""

    low: int
    high: int
    usual: tuple[int, int]


class Swing(_Table):
    """`unit` "eighth" or "sixteenth"; `ratio` long to short (1 straight), or 0: by tempo as jazz players do.

    `share` scales it by role (0 straight, 1 full); roles left out take 1.
    """

    unit: Literal["eighth", "sixteenth"] = "eighth"
    ratio: float = 1.0
    share: dict[str, float] = {}


class Feel(_Table):
    """How it is played. `table` is a name in arrangement/grooves/feel.json or "taste"; `late_ms` by role (+ behind)."""

    table: str = "taste"
    late_ms: dict[str, float] = {}
    jitter_ms: float = 4.0
    velocity_spread: float = 5.0
    ritardando: Share = 0.0
    """Chance of slowing into the end."""
    rit_depth: float = 0.75
    """Tempo reached, as a share of the song's."""
    pedal: Weights = {}
    """Part ids whose sustain pedal follows the chords (the value is ignored, 1)."""


class FormSpec(_Table):
    """A form: `sections` is "kind:bars" separated by blanks.

    After a kind `?` marks one that may be dropped, `+` one that may be repeated to fill the time ("solo+:32");
    equal kinds share material; "verse=B:8" gives the section material B of its kind (a second, different verse);
    "variation@theme:16" states the material of another kind again (variations, a motif re-orchestrated).
    """

    name: str
    weight: Weight = 1
    sections: str
    meters: tuple[str, ...] = ()
    """Meters it fits (empty: all of the style's)."""
    slows: bool = True
    """Whether it may slow into its end; dances do not."""


class SectionSpec(_Table):
    """What a kind of section is like."""

    energy: Share
    energy_step: float = 0.0
    """Added at each return."""
    harmony: str = "main"
    """Name of the [harmony.X] table it takes its chords from."""
    phrases: tuple[str, ...] = ()
    """Phrase plans to choose from: "4a half + 4a' authentic"; empty: by its length and the lead."""
    closes: Weights = {}
    """How the section closes (score.song.CLOSES); empty: "loop" for loops and vamps, else "authentic"."""
    lead: Weights = {"tune": 1}
    """tune, figured (the tune broken into running notes), hook, sparse, riff, solo, fours, none."""
    register_shift: int = Field(default=0, alias="register")
    """Semitones the lead's centre is moved (a chorus lies at least 3 above its verse)."""
    density: float = 1.0
    """Notes a bar of the lead, as a factor on [melody].density."""
    key: Weights = {"home": 1}
    """home, dominant, relative, subdominant, parallel, contrast (dominant of a major, relative of a minor key: comes
    home at its last return), up-half, up-whole (prepared by its dominant)."""
    prepared: bool = True
    """Its end leads into another key that follows; false: closed strains (minuet and trio) end on their own tonic."""
    intensity: tuple[Intensity, Intensity] | None = None
    """Bounds on the pattern intensity; empty: from the energy (below .3: 1, .55: 2, .8: 3, above: 4)."""
    transition: Weights = {}
    """How it hands over to the next: fill, pickup, break, hold, build, stop, none; empty: by the step in energy."""
    layered: bool = False
    """Statements of it in a row gain a chair each, as dance tracks are built in blocks."""
    drums: tuple[str, ...] = ()
    """Names of drum patterns it prefers (empty: any that fit)."""


class HarmonySpec(_Table):
    """Where a section's chords come from.

    `kind`: "functional" (cadences first, filled backwards), "loop", "vamp", "chorus" (a written chorus form such as
    the blues), "drone". `loops` and `choruses` are bars separated by `|`, numerals by blanks, relative to the key's
    tonic in the numeral grammar of theory/roman.py; `%` repeats a bar. Weight goes after `=`: "I V | vi IV = 3".
    """

    kind: Literal["functional", "loop", "vamp", "chorus", "drone"]
    table: str = ""
    """Learned table in composer/tables (functional: transitions_X; loop: family in loops.json)."""
    table_share: Share = 0.5
    """Loops: share drawn from the learned table, the rest from `loops`."""
    major: tuple[str, ...] = ()
    minor: tuple[str, ...] = ()
    """The loops, vamps, choruses or drones by the third of the key's mode."""
    modal: dict[str, tuple[str, ...]] = {}
    """The same for one mode alone ("mixolydian"), before those."""
    rhythm: Weights = {"1": 1}
    """Functional: chords a bar ("0.5", "1", "2", "4")."""
    sevenths: Literal["never", "dominant", "often", "always"] = "dominant"
    applied: Share = 0.1
    """Chance of an applied dominant before a fitting chord."""
    mixture: Share = 0.05
    tritone: Share = 0.0
    """Chance that a resolving dominant is replaced by its tritone substitute."""
    inversions: Share = 0.0
    """Chance of an inverted or slash chord where the bass gains a step."""
    suspensions: Share = 0.0
    """Chance of a sus4 before a dominant's third."""
    pedal: Share = 0.0
    colour: dict[str, Weights] = {}
    """Quality replaced by richer ones, by family: {major = {"" = 3, "add9" = 1}, minor = {...}, dominant = ...}."""
    push: Share = 0.0
    """Chance that a chord change is anticipated by all."""
    push_by: Literal["eighth", "sixteenth"] = "eighth"
    shared: bool = False
    """One cycle or chorus a song for all sections that take this harmony (a track on one loop; solos over the head)."""


class MelodySpec(_Table):
    """What the lead's lines are like. Tables are learned ones in composer/tables (melody_rhythm_X, melody_pitch_X)."""

    table: str = "pop"
    tables: dict[str, str] = {}
    """Tables by meter, before `table` (a reel, a jig and a waltz are different tunes)."""
    density: float = 5.0
    """Notes a bar of 4/4 in a section of density 1."""
    syncopation: Share = 0.3
    span: int = 14
    """Semitones the tune covers in a song (about)."""
    steps: Share = 0.6
    """Share of stepwise motion among moving notes."""
    scale: Literal["key", "pentatonic", "blues", "chord"] = "key"
    """The pitches preferred beside the chord's: "chord" follows chord scales (jazz)."""
    chromatic: Share = 0.05
    anacrusis: Share = 0.4
    """Chance that a phrase begins with a pick-up."""
    ornaments: Share = 0.0
    """Grace notes, turns (folk, classical, country)."""
    longest: float = 0.0
    """Quarter notes that a note of the lead lasts at the most (0: as long as it likes); the song's last is free."""
    swing_lines: bool = False
    """Solo lines in running eighths (jazz)."""
    repeat: Share = 0.6
    """How strongly later bars reuse earlier ones."""


class Part(_Table):
    """A chair in the band."""

    id: str
    role: Literal[
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
    ]
    player: Literal[
        "grid",
        "line",
        "walking",
        "chords",
        "pad",
        "lead",
        "counter",
        "answer",
        "harmony",
        "double",
        "texture",
        "drone",
        "inner",
    ]
    instruments: Weights
    patterns: str = ""
    """Name of the pattern bank ([[patterns.X]]); empty: the part's id."""
    voicing: Weights = {}
    """For chords and pads: close, open, spread, drop2, drop3, shell, rootless, power, quartal, triad, octave,
    unison, guitar (frets), barre, piano (left-hand bass and right-hand chord), stride, tenth, left (close above the
    chord's own bass)."""
    register_range: tuple[int, int] | None = Field(default=None, alias="register")
    """MIDI numbers it stays in (inside the instrument's range); empty: the instrument's easy range."""
    presence: Share = 1.0
    """Chance that the chair is filled in a song."""
    enters: Share = 0.0
    """It plays in sections of at least this energy,"""
    leaves: Share = 1.0
    """and at most this one."""
    only: tuple[str, ...] = ()
    """Section kinds it is limited to,"""
    skip: tuple[str, ...] = ()
    """or kept out of."""
    rests: Share = 0.0
    """Share of its phrases it sits out (beyond drums and bass nobody plays in over 85 % of the bars)."""
    velocity: int = Field(default=76, ge=1, le=127)
    strum_ms: float = 0.0
    """Time a chord's notes are spread over."""
    kind: str = ""
    """Variant of its player: counter: "guide", "lines"; answer: "lick", "reply"; texture: "cycle"; double: "octave",
    "unison"; harmony: "thirds", "sixths"; walking: "walk", "two-feel"; line: "octaves" (every note with its upper
    octave), "timpani" (drums on tonic and dominant, struck where they fit the chord); pad: "struck", "staggered" (every
    voice in its own time); inner: "imitate" (takes up the head of the lead's phrase)."""
    solo: bool = False
    """It may take a solo section's lead."""
    tune: tuple[str, ...] = ()
    """Section kinds whose tune it takes over from the lead (re-orchestration); it accompanies in the others. "kind:2"
    means the second section of that kind alone."""


class Ensemble(_Table):
    """A set of chairs for one song; a style without ensembles takes all its parts.

    Ensembles with a `tempo` of their own are a regime (arrangement/regimes.py): its range, swing, feel and chairs hold
    for the whole song, and ensembles of the same range share it.
    """

    name: str
    weight: Weight = 1
    parts: tuple[str, ...]
    forms: tuple[str, ...] = ()
    """Forms it plays (empty: all)."""
    tempo: Tempo | None = None
    swing: Swing | None = None
    feel: Feel | None = None


class Pattern(_Table):
    """A pattern of one part: for drums and percussion `rows` (piece to bars), for all others `bars`.

    Language by the part's player: see arrangement/pattern.py. A pattern of n bars goes round from its section's start.
    """

    name: str = ""
    use: Literal["main", "intro", "fill", "break", "build", "ending", "variation", "solo"] = "main"
    """Breaks and endings that several banks list alike (names, weights, order) are drawn alike: all play one figure.
    "solo" is the drummer's own four bars in fours."""
    intensity: tuple[Intensity, Intensity] = (1, 4)
    weight: Weight = 1
    meter: str = "4/4"
    sections: tuple[str, ...] = ()
    """Section kinds it is for (empty: all)."""
    clave: Literal["", "2-3", "3-2"] = ""
    """The one direction it fits, in styles with claves."""
    rows: dict[str, tuple[str, ...]] = {}
    bars: tuple[str, ...] = ()
    source: str = ""
    """Where its figures come from ("taste", "groove", a table)."""


class Ending(_Table):
    """A real ending: the last bars of the song.

    `kind`: "held" (final chord held), "hit" (unison stop), "ring" (let ring), "tag" (last line repeated),
    "fade-layers" (parts leave one by one), "cadence" (formal cadence and codetta), "vamp-out", "pickup-hit".
    `major` and `minor` are its chords by mode, written as loops are, over `bars` bars.
    """

    name: str
    kind: Literal["held", "hit", "ring", "tag", "fade-layers", "cadence", "vamp-out", "pickup-hit"]
    weight: Weight = 1
    bars: int = 2
    sections: tuple[str, ...] = ()
    """Last sections' kinds it is for (empty: all)."""
    major: str = ""
    minor: str = ""
    lick: bool = False
    """The chair that answers has the last word, over the held chord."""


class MixEq(_Table):
    """A band of the whole mix's equaliser (score.mix.EqBand)."""

    kind: Literal["high-pass", "low-pass", "low-shelf", "high-shelf", "peak"]
    hz: Annotated[float, Field(ge=10.0, le=20000.0)]
    gain_db: Annotated[float, Field(ge=-12.0, le=12.0)] = 0.0
    q: Annotated[float, Field(ge=0.1, le=10.0)] = 0.71


class MixDelay(_Table):
    """The tempo delay: an echo every `beats` quarter notes (0: what suits tempo and meter), darker than its source."""

    beats: Annotated[float, Field(ge=0.0, le=4.0)] = 0.0
    feedback: Annotated[float, Field(ge=0.0, le=0.9)] = 0.35
    low_hz: Annotated[float, Field(ge=20.0, le=2000.0)] = 250.0
    high_hz: Annotated[float, Field(ge=500.0, le=20000.0)] = 4000.0
    ping_pong: bool = True


class MixPart(_Table):
    """What a part's fader is, where the style says so; what it leaves out comes from its role and instrument."""

    gain_db: Annotated[float, Field(ge=-12.0, le=12.0)] | None = None
    """Over or under the loudness its role has by itself (score.mix.ROLE_LEVELS_DB)."""
    pan: Annotated[float, Field(ge=-1.0, le=1.0)] | None = None
    width: Annotated[float, Field(ge=0.0, le=2.0)] | None = None
    room: Share | None = None
    hall: Share | None = None
    delay: Share | None = None
    """Sends as they are meant, whatever `wet` says."""
    duck_db: Annotated[float, Field(ge=0.0, le=12.0)] | None = None
    """How far the kick pushes it down (nothing is pushed in a song without one)."""


class MixProfile(_Table):
    """How the genre sounds: score.mix.Mix for the whole, `parts` for what differs from a role's own way."""

    lufs: Annotated[float, Field(ge=-40.0, le=-5.0)] = -14.0
    limiting_db: Annotated[float, Field(ge=0.0, le=12.0)] = 3.0
    room_s: Annotated[float, Field(ge=0.1, le=3.0)] = 0.5
    hall_s: Annotated[float, Field(ge=0.2, le=12.0)] = 1.6
    space: Literal["both", "room", "hall"] = "both"
    """Two spaces (rhythm in the room, tunes and pads in the hall), or one alone that all sit in."""
    wet: Annotated[float, Field(ge=0.0, le=3.0)] = 1.0
    """Factor on the sends that roles have by themselves."""
    delay: MixDelay = MixDelay()
    glue: Annotated[float, Field(ge=1.0, le=4.0)] = 1.5
    """The bus compressor's ratio; 1 is none."""
    spectrum: str = "pop"
    """Name of the octave-band target (arrangement/mix_tables.py: SPECTRA); "" leaves the balance as it is."""
    eq: tuple[MixEq, ...] = ()
    width: Annotated[float, Field(ge=0.0, le=2.0)] = 1.0
    dynamics: Literal["none", "light", "band"] = "band"
    """How parts are held: not at all, 2 : 1 at the most, or as in a pop band (with its tone controls)."""
    seating: Literal["band", "orchestra"] = "band"
    """Who stands where: by role, two of a role on opposite sides, or by the orchestra's seats."""
    moves: Share = 1.0
    """How far sections are told apart by level, width and space: 0 not at all."""
    intro: Literal["", "filter", "radio"] = ""
    """Intros open from under a low-pass: "filter" over the pitched parts, "radio" over the whole."""
    parts: dict[str, MixPart] = {}
    """By part id, else by role; a kit's pieces as "drums/kick"."""
    effects: dict[Literal["riser", "sweep", "impact", "vinyl noise"], Annotated[float, Field(ge=-60.0, le=0.0)]] = {}
    """Sounds no instrument makes that belong to the genre, with their level against the full mix in dB."""


class Style(_Table):
    """A genre."""

    name: str
    title: str
    about: str
    """One sentence a user reads in `partimento genres`."""
    aliases: tuple[str, ...] = ()
    """Other names and words in a prompt that mean it ("dnb", "string quartet")."""
    moods: Weights = {}
    """Moods it takes when none is asked for."""
    tempo: Tempo
    tempo_in: dict[str, Tempo] = {}
    """Tempo of single meters where it is another ("6/8" of a pop ballad)."""
    meters: Weights
    modes: Weights
    tonics: Weights = {}
    """Keys its players like ("E", "Bb"); empty: common ones."""
    energy: Share = 0.5
    duration_s: tuple[int, int] = (90, 180)
    """Length drawn when nothing is said."""
    swing: Swing = Swing()
    feel: Feel = Feel()
    forms: tuple[FormSpec, ...]
    sections: dict[str, SectionSpec]
    harmony: dict[str, HarmonySpec]
    melody: MelodySpec = MelodySpec()
    parts: tuple[Part, ...]
    ensembles: tuple[Ensemble, ...] = ()
    patterns: dict[str, tuple[Pattern, ...]] = {}
    endings: tuple[Ending, ...]
    mix: MixProfile = MixProfile()
    claves: Weights = {}
    """Clave directions ("2-3", "3-2"), one drawn a song: two-bar patterns are written 2-3 and turned round for 3-2."""
    references: Weights = {}
    """Rule switches checked by benchmarks: forbids_unresolved = 1 (sevenths and leading tones must resolve),
    counterpoint = 1 (the bass takes inversions against the tune: no parallel fifths and octaves),
    forbids_crashes = 1 (no crash but those a pattern writes)."""

    def part(self, part_id: str) -> Part:
        """The part of that id; KeyError when there is none."""
        for part in self.parts:
            if part.id == part_id:
                return part
        raise KeyError(part_id)


def style_folders() -> list[Path]:
    """Where styles are looked for: the user's folder first (PARTIMENTO_STYLES), then ours."""
    own = Path(str(resources.files("partimento.arrangement"))) / "styles"
    user = os.environ.get("PARTIMENTO_STYLES")
    return [Path(user), own] if user else [own]


@cache
def style_names() -> tuple[str, ...]:
    """The names of all styles found, sorted."""
    return tuple(sorted({path.stem for folder in style_folders() for path in folder.glob("*.toml")}))


@cache
def load_style(name: str) -> Style:
    """The style called `name` (or one of its aliases); StyleError names the nearest, or what breaks the schema."""
    data = _read(name)
    if data is None:
        found = _alias(name)
        if found is None:
            names = style_names()
            raise StyleError(f"unknown genre '{name}'.{nearest(name, names)} Genres: {', '.join(names)}")
        return load_style(found)
    base = data.pop("extends", None)
    if base is not None:
        below = _read(str(base))
        if below is None:
            raise StyleError(f"style '{name}' extends '{base}', which does not exist")
        below.pop("extends", None)
        if "parts" in data:
            below.get("mix", {}).pop("parts", None)  # it speaks of the other band
        for key, value in below.items():
            data[key] = (
                {**value, **data[key]} if isinstance(value, dict) and key in data else data.get(key, value)
            )
    try:
        style = Style.model_validate({**data, "name": name})
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        raise StyleError(f"style '{name}': {where}: {first['msg']}") from None
    from partimento.arrangement.style_check import check_mix, check_style

    check_style(style)
    check_mix(style)
    return style


def _read(name: str) -> dict[str, Any] | None:
    for folder in style_folders():
        path = folder / f"{name}.toml"
        if path.is_file() and path.stem == name:
            try:
                return tomllib.loads(path.read_text(encoding="utf-8"))
            except tomllib.TOMLDecodeError as error:
                raise StyleError(f"style '{name}': {error}") from None
    return None


def _alias(name: str) -> str | None:
    folded = name.casefold().strip()
    for other in style_names():
        data = _read(other) or {}
        if folded in (other, *(str(alias).casefold() for alias in data.get("aliases", ()))):
            return other
    return None
