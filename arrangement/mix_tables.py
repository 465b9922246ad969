"""What mixing goes by: where a role stands, how it is filtered and held, how much space it gets; spectra of genres.

Conventions: as score/mix.py. Unless a row names its source it is taste within the ranges of Koo et al., Diff-MST
(2024), and the habits told by Izhaki, Mixing Audio (2017), and De Man & Reiss, A Knowledge-Engineered Autonomous
Mixing System (2013).
"""

from __future__ import annotations

from dataclasses import dataclass

from partimento.score.mix import Compression, EqBand


@dataclass(frozen=True, slots=True)
class Place:
    """Where a role stands: pan (the second part of the role takes the other side), width, and sends."""

    pan: float
    width: float
    room: float
    hall: float


PLACES: dict[str, Place] = {
    "lead": Place(0.0, 0.8, 0.04, 0.20),
    "harmony": Place(0.3, 0.9, 0.04, 0.22),
    "counter": Place(-0.35, 0.9, 0.04, 0.24),
    "answer": Place(0.4, 0.8, 0.06, 0.22),
    "comp": Place(-0.35, 0.9, 0.12, 0.08),
    "pad": Place(0.1, 1.3, 0.0, 0.30),
    "riff": Place(0.4, 0.8, 0.12, 0.10),
    "stab": Place(0.25, 1.0, 0.10, 0.12),
    "bass": Place(0.0, 0.2, 0.02, 0.0),
    "texture": Place(-0.3, 1.3, 0.0, 0.38),
    "percussion": Place(0.4, 0.9, 0.16, 0.06),
    "drums": Place(0.0, 1.0, 0.0, 0.0),
    "kick": Place(0.0, 0.0, 0.03, 0.0),
    "snare": Place(0.0, 0.5, 0.16, 0.05),
    "hats": Place(0.3, 0.7, 0.08, 0.0),
    "toms": Place(-0.15, 1.0, 0.16, 0.05),
    "cymbals": Place(-0.1, 1.5, 0.10, 0.06),
    "percussion piece": Place(0.35, 0.9, 0.14, 0.05),
}
"""One hat stands at 0.35-0.65 of the way from left to right; the drummer's side is the audience's here: hats right."""

WIDTHS: dict[str, float] = {
    "strings": 1.3, "slow strings": 1.35, "tremolo strings": 1.35, "synth strings": 1.35, "choir": 1.4,
    "brass section": 1.1, "horn section": 1.1, "piano": 0.9, "bright piano": 0.9, "electric grand": 0.9,
    "rhodes": 0.9, "harp": 0.9, "synth bass": 0.0, "sub bass": 0.0, "double bass": 0.3,
}  # fmt: skip
"""Width by instrument, where it is not its role's; a lead's and a bass's own width stays the narrower."""

BAND_WIDTHS: dict[str, float] = {
    "comp": 1.3, "riff": 1.2, "stab": 1.4, "pad": 1.4, "harmony": 1.2, "answer": 1.15, "percussion": 1.2,
}  # fmt: skip
"""What roles of a pop band are at the least: who stands aside has sides; the middle is the lead's and the bass's."""

SEATS: dict[str, float] = {
    "violin": -0.4, "fiddle": -0.3, "viola": 0.2, "cello": 0.4, "contrabass": 0.5, "harp": -0.5, "piano": 0.0,
    "flute": -0.12, "piccolo": -0.2, "oboe": 0.1, "english horn": 0.15, "clarinet": -0.08, "bassoon": 0.15,
    "french horn": -0.25, "horn section": -0.3, "trumpet": 0.25, "trombone": 0.35, "low brass": 0.4, "tuba": 0.45,
    "brass section": 0.25, "timpani": 0.12, "taiko": 0.0, "orchestra kit": 0.0, "choir": 0.0, "synth voice": 0.0,
    "celesta": -0.35, "glockenspiel": -0.3, "vibraphone": -0.25, "marimba": -0.3, "xylophone": -0.25,
    "strings": 0.0, "slow strings": 0.0, "tremolo strings": 0.0, "pizzicato strings": 0.1, "harpsichord": 0.0,
}  # fmt: skip
"""The orchestra seen from the hall, American seating: violins left, violas and cellos right, winds in the middle, horns
left of them, brass right, basses far right (Adler, The Study of Orchestration)."""

LOW_CUTS_HZ: dict[str, float] = {
    "lead": 60.0, "harmony": 180.0, "counter": 150.0, "answer": 180.0, "comp": 90.0, "pad": 120.0, "riff": 100.0,
    "stab": 110.0, "bass": 30.0, "texture": 140.0, "percussion": 80.0, "kick": 30.0, "snare": 90.0, "hats": 300.0,
    "toms": 60.0, "cymbals": 250.0, "percussion piece": 80.0,
}  # fmt: skip
"""Corner of a role's high-pass at the most: it lies at a pitched part's lowest note, and lower in acoustic genres."""
LOW_CUT_SHARE = {"band": 0.95, "light": 0.75, "none": 0.75}
"""The corner over the lowest note's frequency, by a style's dynamics."""
DEEP = ("taiko", "timpani", "orchestra kit")
"""Drums whose skins lie under what a percussion's high-pass leaves: cut as a kick is."""

TONES: dict[str, tuple[EqBand, ...]] = {
    "lead": (EqBand("peak", 3000.0, 1.5, 0.8),),
    "comp": (EqBand("peak", 300.0, -1.5, 1.0),),
    "pad": (EqBand("peak", 350.0, -1.5, 0.8),),
    "bass": (EqBand("peak", 280.0, -1.5, 1.0), EqBand("peak", 900.0, 1.0, 0.9)),
    "kick": (EqBand("peak", 350.0, -3.0, 1.2), EqBand("peak", 3500.0, 1.5, 1.0)),
    "snare": (EqBand("peak", 450.0, -1.5, 1.2), EqBand("high-shelf", 6000.0, 1.0)),
    "toms": (EqBand("peak", 450.0, -2.5, 1.0),),
    "cymbals": (EqBand("high-shelf", 10000.0, 1.0),),
}
"""What an engineer does to a role before listening: presence for the lead, the box out of the kick, air for cymbals.
Acoustic genres go without."""
DISTORTED = ("overdriven guitar", "distortion guitar")
DISTORTED_TONE = (EqBand("peak", 450.0, -1.5, 1.0), EqBand("low-pass", 9000.0))
"""A guitar cabinet has nothing above, and an amplified sample's hiss lies there."""

COMPRESSIONS: dict[str, Compression] = {
    "lead": Compression(3.0, 7.0, 12.0, 120.0),
    "harmony": Compression(3.0, 7.0, 12.0, 120.0),
    "counter": Compression(2.0, 5.0, 25.0, 150.0),
    "answer": Compression(2.5, 6.0, 15.0, 120.0),
    "comp": Compression(2.5, 6.0, 25.0, 120.0),
    "riff": Compression(2.5, 6.0, 20.0, 120.0),
    "stab": Compression(2.0, 5.0, 15.0, 100.0),
    "bass": Compression(4.0, 7.0, 25.0, 120.0),
    "percussion": Compression(2.0, 5.0, 15.0, 100.0),
    "kick": Compression(3.0, 5.0, 12.0, 80.0),
    "snare": Compression(3.5, 6.0, 12.0, 90.0),
    "hats": Compression(2.0, 4.0, 10.0, 80.0),
    "toms": Compression(3.0, 6.0, 12.0, 100.0),
    "cymbals": Compression(2.0, 4.0, 20.0, 150.0),
    "percussion piece": Compression(2.5, 5.0, 12.0, 100.0),
}
"""By role in a pop band; sustained pads and textures need none. 10-100 ms and 1-4 : 1 after De Man & Reiss (2013)."""
LIGHT_RATIO = 2.0
"""The most that light dynamics (jazz, folk) compress; attacks twice as slow, half as deep."""

SPECTRA: dict[str, tuple[float, ...]] = {
    #            31.5   63   125  250   500    1k     2k     4k     8k    16k
    "pop":      (-9.0, 0.0, 0.0, -1.5, -3.5, -5.5, -7.5, -10.0, -14.0, -19.0),
    "rock":     (-13.0, -1.0, 0.0, -0.5, -2.0, -3.5, -5.0, -7.5, -12.0, -18.0),
    "funk":     (-9.0, 0.0, 0.0, -1.5, -3.0, -5.0, -7.0, -9.5, -13.5, -19.0),
    "house":    (-4.0, 2.0, 0.0, -3.0, -5.0, -7.0, -8.5, -10.5, -13.5, -17.0),
    "hip-hop":  (-2.0, 2.0, 0.0, -2.5, -5.0, -7.0, -9.0, -11.5, -15.5, -21.0),
    "reggae":   (-4.0, 2.0, 0.5, -2.0, -4.5, -6.5, -9.0, -12.0, -16.5, -23.0),
    "latin":    (-13.0, -2.0, 0.0, -1.0, -2.5, -4.5, -6.5, -9.5, -14.0, -19.0),
    "jazz":     (-14.0, -3.0, 0.0, 0.0, -2.0, -4.5, -8.0, -12.0, -17.0, -24.0),
    "acoustic": (-30.0, -12.0, -3.0, 0.0, -0.5, -2.0, -6.0, -10.0, -16.5, -25.0),
    "classical": (-20.0, -8.0, -2.0, 0.0, -1.0, -4.0, -9.0, -15.0, -23.0, -32.0),
    "cinematic": (-12.0, -2.0, 0.0, -0.5, -2.0, -4.5, -8.0, -14.5, -25.0, -38.0),
    "ambient":  (-26.0, -4.0, 0.0, 0.0, -2.5, -6.5, -13.0, -21.0, -31.0, -42.0),
    "lo-fi":    (-10.0, 0.0, 0.0, -1.0, -3.0, -6.0, -11.0, -15.0, -20.0, -32.0),
}  # fmt: skip
"""Octave bands' levels by class of genre. After Pestana et al., Spectral Characteristics of Popular Commercial
Recordings 1950-2010 (2013): about -5 dB an octave a hertz from 100 Hz to 4 kHz, which is -2 dB an octave band, and
steeper above; after Elowsson & Friberg (2017), louder drums mean more bass and treble. How the genres differ from it is
taste, and so is the last octave, 3 dB brighter than old media left it."""

FULL_BAND = 4
"""From so many tracks on a song is held to its genre's spectrum: one or two instruments have one of their own."""

DELAY_BEATS = {"simple": (1.0, 0.75, 0.5), "compound": (1.5, 1.0, 0.5)}
"""Echoes in quarter notes to choose from: quarters, dotted eighths, eighths; in 6/8 dotted quarters first."""
DELAY_S = 0.38
"""The echo nearest to this is taken where the style names none: long enough to be heard, short enough to bind."""

OPENING = frozenset({
    "chorus", "hook", "refrain", "drop", "climax", "surge", "coro", "mambo", "moña", "finale", "bloom", "last", "hit",
})  # fmt: skip
NARROW = frozenset({"verse", "A", "calm", "hollow", "motif", "pulse", "epilogue"})
INTROS = frozenset({"intro", "emerge", "prelude", "pickup", "vamp"})
BREAKS = frozenset({"bridge", "break", "breakdown", "breath", "strip", "dub", "interlude", "hollow", "middle"})
BUILDS = frozenset({"build"})
"""Kinds of section by what the mix does in them; of kinds that are in none, an energy far over or under the song's mean
decides."""
