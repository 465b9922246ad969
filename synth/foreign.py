"""Anybody's stems to a piece that can be mixed: what each one is, by its file's name or by its sound, and its fader.

Conventions: a stem's name is its file's; roles are those of score/song.py and, for a kit's microphones, the pieces of
score/kit.py. Nothing is known of notes, tempo or form, so there are no echoes and no moves.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from partimento.arrangement.mixing import mix_of
from partimento.arrangement.style import MixProfile, Style, load_style
from partimento.score.brief import Brief
from partimento.score.kit import KIT_PIECES, piece_name
from partimento.score.mix import ROLE_LEVELS_DB, Delay, EqBand, Fader, Mix
from partimento.score.song import Drum, FinalBars, Note, Song, Track
from partimento.synth.audio_files import AudioFile, read_audio
from partimento.synth.measure import BARK_HZ, StripMeasure, StripMeter
from partimento.synth.piece import Piece
from partimento.synth.signal import CHUNK, RATES, Strip
from partimento.theory.errors import BriefError, RenderError, ScoreFormatError, nearest

ROLES = tuple(role for role in ROLE_LEVELS_DB if role != "effects")
"""What a stem may be."""

_WORDS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("texture", (
        "fx", "sfx", "effect", "effects", "riser", "noise", "ambience", "atmo", "atmos", "foley",
        "texture", "reverb", "verb", "hall", "plate", "delay", "echo", "return",
    )),
    ("harmony", ("bv", "bvs", "bgv", "bgvs", "bvox", "backing", "harmony", "harmonies", "harm", "doubles", "choir")),
    ("kick", ("kick", "kik", "bd", "bassdrum")),
    ("snare", ("snare", "snr", "sd", "rim", "rimshot", "clap", "claps", "snap", "snaps", "sidestick")),
    ("hats", ("hat", "hats", "hh", "hihat", "hihats")),
    ("toms", ("tom", "toms", "floortom", "racktom")),
    ("cymbals", ("oh", "ohs", "overhead", "overheads", "cymbal", "cymbals", "cym", "ride", "crash")),
    ("percussion", (
        "perc", "percs", "percussion", "shaker", "conga", "congas", "bongo", "bongos", "tamb", "tambourine", "cowbell",
        "cajon", "djembe", "tabla", "timbales", "guiro", "claves",
    )),
    ("drums", ("drum", "drums", "kit", "drumkit", "beat", "beats", "breakbeat", "loop", "room", "rooms")),
    ("lead", (
        "vox", "vocal", "vocals", "voc", "vocs", "voice", "singer", "rap", "lead", "ld", "melody", "solo", "leadvox",
    )),
    ("bass", ("bass", "sub", "808", "contrabass", "basses", "subbass", "upright")),
    ("pad", ("pad", "pads", "string", "strings", "violin", "violins", "cello", "viola", "drone")),
    ("stab", ("brass", "horn", "horns", "stab", "stabs", "trumpet", "trumpets", "trombone", "hit", "hits")),
    ("answer", ("sax", "saxophone", "flute", "harmonica", "clarinet")),
    ("riff", ("riff", "pluck", "plucks", "arp", "arps", "arpeggio", "hook", "synth", "synths", "sequence", "seq")),
    ("comp", (
        "gtr", "gtrs", "guitar", "guitars", "eg", "ag", "acgtr", "elgtr", "acoustic", "keys", "key", "piano", "pno",
        "grand", "rhodes", "wurli", "wurlitzer", "ep", "organ", "clav", "ukulele", "banjo", "mandolin", "harp",
        "chords", "comp",
    )),
)  # fmt: skip
"""Words of a file's name and what they say; the first row that has one decides ("lead guitar" leads, "bass drum" is a
kick)."""
_DEEP_HZ, _BRIGHT_HZ = 200.0, 4400.0
_DEEP_SHARE, _BRIGHT_SHARE = 0.6, 0.4
_STRUCK_DB = 18.0
"""A struck sound's peak lies so far over the middle one of its sounding 100 ms."""
_BELOW_SHARE = 0.002
"""A stem is cut where less than this share of its power lies below."""


@dataclass(frozen=True, slots=True)
class Stem:
    """A recording and what it is taken for; `why` says by what ("named so", "its name", "deep and struck")."""

    name: str
    role: str
    why: str
    file: AudioFile
    low_hz: float


def stems_of(paths: Sequence[Path], roles: Mapping[str, str] | None = None) -> tuple[Stem, ...]:
    """The stems at `paths`; `roles` are a person's words, by file name, with or without ending, in any case.

    Raises ScoreFormatError for what cannot be read, BriefError for words that name no file or role.
    """
    asked = _asked(paths, roles or {})
    stems: list[Stem] = []
    names: set[str] = set()
    for path in paths:
        name, number = path.stem, 2
        while name in names:
            name, number = f"{path.stem} {number}", number + 1
        names.add(name)
        try:
            file = read_audio(path)
            measure = _measured(file)
        except RenderError as error:  # it is the file that is wrong, not that sound cannot be made
            raise ScoreFormatError(str(error)) from error
        if path in asked:
            role, why = asked[path], "named so"
        else:
            role, why = role_named(path.stem), "its name"
            if not role:
                role, why = role_heard(measure)
        stems.append(Stem(name, role, why, file, _lowest_hz(measure)))
    if not any(stem.role == "lead" for stem in stems):
        # Where nobody else does, the first solo instrument leads.
        for i, stem in enumerate(stems):
            if stem.role == "answer" and stem.why != "named so":
                stems[i] = replace(stem, role="lead", why=f"{stem.why}, nobody else leading")
                break
    return tuple(stems)


def role_named(name: str) -> str:
    """The role that the words of a file's name tell, "" when they tell none."""
    spaced = re.sub(r"(?<=[a-z])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", " ", name)
    words = re.findall(r"[a-z]+|\d+", spaced.casefold())
    pairs = [one + two for one, two in zip(words, words[1:], strict=False)]
    known = {*words, *pairs}
    return next((role for role, told in _WORDS if known & set(told)), "")


def role_heard(measure: StripMeasure) -> tuple[str, str]:
    """What a sound is by its own measure, and why: deep or bright, struck or held.

    Deep and struck is a kick, deep and held a bass, bright and struck hats, otherwise struck a kit; what is held
    accompanies: nothing in a sound alone says that it leads.
    """
    power = measure.bands[measure.sounding].astype(np.float64)
    if not len(power):
        return "comp", "silent"
    low, high = np.array(BARK_HZ[:-1]), np.array(BARK_HZ[1:])
    total = power.sum()
    deep, bright = (float(power[:, which].sum() / total) for which in (high <= _DEEP_HZ, low >= _BRIGHT_HZ))
    struck = measure.peak_db - 10 * np.log10(np.median(power.sum(axis=1))) > _STRUCK_DB
    manner = "struck" if struck else "held"
    if deep > _DEEP_SHARE:
        return ("kick" if struck else "bass"), f"deep and {manner}"
    if struck:
        return ("hats", "bright and struck") if bright > _BRIGHT_SHARE else ("drums", "broad and struck")
    return "comp", "held, of middle pitch" if bright <= _BRIGHT_SHARE else "held and bright"


def tracks_of(stems: Sequence[Stem]) -> tuple[Track, ...]:
    """The stems as tracks that edits can name."""
    return tuple(Track(stem.name, stem.role, "") for stem in stems)


def mix_of_stems(stems: Sequence[Stem], genre: str = "") -> Mix:
    """Faders by role, in the way of `genre`; "" is neutral: light dynamics, the balance of the spectrum kept.

    Raises StyleError for an unknown genre.
    """
    style = load_style(genre) if genre else neutral_style()
    pieces = [stem for stem in stems if stem.role in KIT_PIECES]
    others = [stem for stem in stems if stem.role not in KIT_PIECES]
    # The kit's microphones are mixed as the pieces of one drummer's kit are.
    strokes = tuple(Note(0, 1, _STROKES[piece]) for piece in dict.fromkeys(stem.role for stem in pieces))
    kit = (Track(_KIT, "drums", "", strokes),) if strokes else ()
    tracks = (*(Track(stem.name, stem.role, "") for stem in others), *kit)
    song = Song("", Brief(genre=genre), (), (), (), (), FinalBars(0, "", ""), tracks=tracks)
    mix = mix_of(song, style, [None] * len(tracks))
    faders = []
    sides: dict[str, int] = {}
    for stem in stems:
        name = piece_name(_KIT, stem.role) if stem.role in KIT_PIECES else stem.name
        fader = mix.fader(name) or Fader(name)
        turn = sides[name] = sides.get(name, 0) + 1
        faders.append(
            replace(
                fader,
                track=stem.name,
                # Several of a piece's microphones share its place, each a little further to the other side.
                pan=fader.pan if turn % 2 else -fader.pan,
                gain_db=fader.gain_db,
                delay=0.0,
                eq=tuple(_no_higher(band, stem.low_hz) for band in fader.eq),
            )
        )
    return replace(mix, profile=genre, delay=Delay(), faders=tuple(faders), moves=(), effects=())


def piece_of_stems(stems: Sequence[Stem], mix: Mix) -> Piece:
    """The stems as a piece to render, all beginning together. Raises RenderError when there are none."""
    if not stems:
        raise RenderError("there is nothing to mix: no stem was given")
    strips = tuple(Strip(stem.name, stem.role, stem.file.open, (0.0,), stem.file.seconds) for stem in stems)
    return Piece(strips, mix, lambda tick: tick / 960, 0.5, "")


_KIT = "Drums"
_STROKES = {
    "kick": Drum(36), "snare": Drum(38), "hats": Drum(42), "toms": Drum(45), "cymbals": Drum(49),
    "percussion": Drum(54),
}  # fmt: skip


def _asked(paths: Sequence[Path], roles: Mapping[str, str]) -> dict[Path, str]:
    """The roles a person names, by path."""
    asked: dict[Path, str] = {}
    for word, role in roles.items():
        if role not in ROLES:
            raise BriefError(f"'{role}' is no role.{nearest(role, ROLES)} Roles: {', '.join(ROLES)}.")
        folded = Path(word).name.casefold()
        found = [path for path in paths if folded in (path.name.casefold(), path.stem.casefold())]
        if not found:
            names = [path.name for path in paths]
            raise BriefError(f"no stem is called '{word}'.{nearest(word, names)} Stems: {', '.join(names)}.")
        asked |= dict.fromkeys(found, role)
    return asked


def _measured(file: AudioFile) -> StripMeasure:
    rate = RATES[0]
    meter = StripMeter(rate, file.seconds)
    source = file.open(rate)
    try:
        while len(part := source.read(CHUNK)):
            meter.feed(part)
    finally:
        source.close()
    return meter.result()


def _lowest_hz(measure: StripMeasure) -> float:
    """The edge of the Bark band under which next to nothing of the sound lies; the audible's end for silence."""
    power = measure.bands.sum(axis=0, dtype=np.float64)
    below = np.concatenate(([0.0], np.cumsum(power)[:-1]))
    quiet = np.flatnonzero(below <= _BELOW_SHARE * power.sum())
    return BARK_HZ[int(quiet[-1])]


def _no_higher(band: EqBand, low_hz: float) -> EqBand:
    """A low cut at `low_hz` at the most: a role's own is meant for its instruments, not for whatever this is."""
    return replace(band, hz=max(20.0, min(band.hz, low_hz))) if band.kind == "high-pass" else band


def neutral_style() -> Style:
    """What is mixed by roles alone, without a genre's marks."""
    profile = MixProfile(spectrum="", dynamics="light", moves=0.0, lufs=-16.0, glue=1.3)
    return load_style("pop").model_copy(update={"name": "", "mix": profile})
