"""How a style's drummers play: loudness, timing, swing, shared wander. Velocities 1..127; ms, late positive.

Shapes come from grooves/feel.json (Groove MIDI Dataset, CC BY 4.0; see grooves/README.md) where five
recordings and more were measured; the rest is taste and says so in `source`. Levels are taste throughout: a
drum pad's gain says nothing about loudness, so only the measured shape over the bar is used.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

SLOTS = 48  # per 4/4 bar: sixteenths and triplet eighths both fall on one

# Centre of an ordinary stroke; for the snare, of its backbeat (95-120 is where a backbeat belongs).
NORMAL = {
    "kick": 98, "snare": 106, "rim": 84, "hat": 76, "hat_open": 84, "hat_pedal": 62, "ride": 80, "bell": 92,
    "crash": 108, "crash2": 104, "splash": 92, "china": 104, "tom1": 96, "tom2": 97, "tom3": 98, "tom4": 99,
    "clap": 102, "cowbell": 84, "tambourine": 72, "shaker": 60, "conga": 82, "bongo": 78, "timbale": 88,
    "clave": 86, "woodblock": 80, "triangle": 66, "cabasa": 62, "guiro": 70,
}  # fmt: skip
NORMAL_ELSE = 80
# Pieces without a table of their own borrow the shape of the nearest one.
LIKE = {
    "rim": "snare", "clap": "snare", "hat_open": "hat", "hat_pedal": "hat", "ride": "hat", "bell": "ride",
    "tom1": "snare", "tom2": "tom1", "tom3": "tom1", "tom4": "tom3", "splash": "crash", "china": "crash",
    "crash2": "crash", "shaker": "hat", "tambourine": "hat", "cabasa": "hat", "triangle": "hat",
    "cowbell": "ride",
}  # fmt: skip
SOFT, ACCENT, LOUDEST = 0.72, 1.15, 122
GHOST, GHOST_RANGE, GHOST_SD = 32, (22, 42), 5.0
# Patterns already write most of a bar's loudness as o, x and X. What the table adds is halved, and of the
# measured spread, which holds those differences too, two fifths are left. Both are taste.
SHAPE_SHARE, SPREAD_SHARE = 0.5, 0.4
# Measured limbs part by 8 to 14 ms, trigger jitter included; past a few ms a pair sounds as a flam. Taste.
LIMB_SHARE = 0.3
LATEST_MS = 10.0
PEDAL_LATEST_MS = 3.0  # the module reports a hat's foot by its way down, 10 ms before the sound

# bpm, swing ratio, lean ms, jitter SD ms, accent, legato percent: jjSwing's table of jazz players' habits.
JAZZ_TIME = (
    (50, 2.3, 2.0, 1.0, 6.0, 100.0),
    (120, 2.0, 0.0, 2.0, 4.0, 100.0),
    (190, 1.8, -5.0, 3.0, 2.0, 97.0),
    (240, 1.6, -9.0, 4.0, 1.0, 94.0),
)


@dataclass(frozen=True, slots=True)
class JazzTime:
    """Jazz players' time at a tempo: long over short eighth, lean and jitter in ms, accent, legato share."""

    ratio: float
    lean_ms: float
    jitter_ms: float
    accent: float
    legato: float


@dataclass(frozen=True, slots=True)
class Feel:
    """One style's feel at a tempo. Positions are fractions of a 4/4 bar as written, before swing.

    In another meter pass (beat mod 4) / 4. `source` is "measured" or "taste". A slot's offset is shared by all
    that is struck in it, and by the rest of the band: an AR(1) walk with SD `slot_sd_ms` and correlation
    `slot_correlation` from one sixteenth to the next; `lean_ms` is added throughout.
    """

    name: str
    source: str
    swing_unit: str
    swing_ratio: float
    lean_ms: float
    slot_sd_ms: float
    slot_correlation: float
    ghost_velocity: float
    centres: Mapping[str, tuple[float, ...]]
    spreads: Mapping[str, tuple[float, ...]]
    timings: Mapping[str, tuple[float, ...]]
    limbs: Mapping[str, float]

    def velocity(self, piece: str, position: float, stroke: str = "normal") -> tuple[float, float]:
        """Centre and SD of a stroke "ghost", "soft", "normal" or "accent" at `position`, 0 to 1 of the bar."""
        if stroke == "ghost":
            return self.ghost_velocity, GHOST_SD
        slot = round(position * SLOTS) % SLOTS
        row = self.centres.get(piece)
        centre = row[slot] if row is not None else float(NORMAL.get(piece, NORMAL_ELSE))
        spread = self.spreads.get(piece)
        sd = spread[slot] if spread is not None else 5.0
        if stroke == "soft":
            return centre * SOFT, sd
        if stroke == "accent":
            return min(float(LOUDEST), centre * ACCENT), sd
        return centre, sd

    def timing_ms(self, piece: str, position: float) -> float:
        """Mean lateness of the piece at `position` against the swung grid, without `lean_ms`."""
        row = self.timings.get(piece)
        return row[round(position * SLOTS) % SLOTS] if row is not None else 0.0

    def limb_sd_ms(self, piece: str) -> float:
        """SD of what the limb adds to its slot's shared offset."""
        return self.limbs.get(piece, 2.5)


@dataclass(frozen=True, slots=True)
class _Taste:
    """What is not measured of a genre, or not meant to be; `table` names the measured shapes it takes."""

    table: str = ""
    swing_unit: str = "sixteenth"
    swing_ratio: float = 1.0  # 0: as jazz players by tempo; below 0: as measured
    lean_ms: float = 0.0
    slot_sd_ms: float = 5.0
    level: float = 1.0


# Taste, every row of it; the genres that grooves/feel.json covers well are in MEASURED.
TASTE = {
    "taste": _Taste(),
    "ambient": _Taste(slot_sd_ms=6.0, level=0.75),
    "blues": _Taste(swing_unit="eighth", swing_ratio=0.0, lean_ms=3.0, slot_sd_ms=6.0),
    "bossa": _Taste(slot_sd_ms=4.0, level=0.8),
    "cinematic": _Taste(slot_sd_ms=6.0),
    "classical": _Taste(slot_sd_ms=6.0, level=0.85),
    "country": _Taste(swing_ratio=1.05, slot_sd_ms=5.0),
    "folk": _Taste(swing_ratio=1.1, slot_sd_ms=6.0, level=0.85),
    "house": _Taste(swing_ratio=1.08, slot_sd_ms=0.5),
    "lofi": _Taste(swing_ratio=1.45, lean_ms=14.0, slot_sd_ms=6.0, level=0.92),
    "reggae": _Taste(swing_ratio=1.2, lean_ms=4.0, slot_sd_ms=6.0),
    "techno": _Taste(slot_sd_ms=0.5),
    "trap": _Taste(slot_sd_ms=0.5),
}
# Name in feel.json, and what taste adds to it.
MEASURED = {
    "afrobeat": _Taste("afrobeat", swing_ratio=-1.0),
    "afrocuban": _Taste("afrocuban", swing_ratio=-1.0),
    "brazilian": _Taste("brazilian", swing_ratio=-1.0),
    "disco": _Taste("disco", swing_ratio=-1.0),
    "funk": _Taste("funk", swing_ratio=-1.0),
    "hiphop": _Taste("hiphop", swing_ratio=-1.0, lean_ms=3.0),
    "jazz": _Taste("jazz", swing_unit="eighth", swing_ratio=0.0, level=0.88),
    "jazzfunk": _Taste("jazzfunk", swing_ratio=-1.0),
    "latin": _Taste("latin", swing_ratio=-1.0),
    "neworleans": _Taste("neworleans", swing_ratio=-1.0),
    "pop": _Taste("pop", swing_ratio=1.0),
    "punk": _Taste("punk", swing_ratio=1.0),
    "rnb": _Taste("soul", swing_ratio=1.25, lean_ms=10.0),
    "rock": _Taste("rock", swing_ratio=1.0),
    "salsa": _Taste("afrocuban", swing_ratio=1.0),
    "samba": _Taste("samba", swing_ratio=-1.0),
    "songo": _Taste("songo", swing_ratio=-1.0),
    "soul": _Taste("soul", swing_ratio=-1.0, lean_ms=4.0),
}
ALIASES = {
    "rb": "rnb", "randb": "rnb", "boombap": "hiphop", "rap": "hiphop", "electronic": "house", "edm": "house",
    "bossanova": "bossa", "swing": "jazz", "secondline": "neworleans", "metal": "rock",
    "orchestral": "cinematic",
    "motown": "soul", "gospel": "soul", "lofihiphop": "lofi", "chillhop": "lofi", "shuffle": "blues",
}  # fmt: skip


def _key(name: str) -> str:
    plain = "".join(char for char in name.lower() if char.isalnum())
    plain = ALIASES.get(plain, plain)
    return plain if plain in MEASURED or plain in TASTE else "taste"


def jazz_time(tempo_bpm: float) -> JazzTime:
    """Jazz players' time at a tempo, between the rows of JAZZ_TIME and level beyond them."""
    bpm = min(max(tempo_bpm, float(JAZZ_TIME[0][0])), float(JAZZ_TIME[-1][0]))
    for low, high in zip(JAZZ_TIME, JAZZ_TIME[1:], strict=False):
        if bpm <= high[0]:
            part = (bpm - low[0]) / (high[0] - low[0])
            ratio, lean, jitter, accent, legato = (a + (b - a) * part for a, b in zip(low[1:], high[1:], strict=True))
            return JazzTime(ratio, lean, jitter, accent, legato / 100.0)
    raise AssertionError("the last row bounds the tempo")


@cache
def groove_tables() -> Mapping[str, Any]:
    """The styles of grooves/feel.json by name."""
    text = files("partimento.arrangement").joinpath("grooves", "feel.json").read_text("utf-8")
    styles: Mapping[str, Any] = json.loads(text)["styles"]
    return styles


def _spread_out(values: list[float]) -> tuple[float, ...]:
    """16 or 12 steps onto 48 slots, in between by straight lines, round the bar line.

    A drummer's last triplet and a written off-beat eighth are one stroke: slots 6 to 8 of a beat share it.
    """
    if len(values) == 16:
        anchors = [(3 * i, value) for i, value in enumerate(values)]
    else:
        anchors = []
        for beat in range(4):
            on, middle, off = values[3 * beat : 3 * beat + 3]
            anchors += [(12 * beat, on), (12 * beat + 4, middle), (12 * beat + 6, off), (12 * beat + 8, off)]
    out = []
    for (here, value), (there, after) in zip(anchors, [*anchors[1:], (SLOTS, values[0])], strict=True):
        out += [value + (after - value) * i / (there - here) for i in range(there - here)]
    return tuple(out)


def _taste_shape(piece: str) -> list[float]:
    """By hand: timekeepers lean on beats, then off-beats; the kick on 1."""
    family = LIKE.get(piece, piece)
    family = LIKE.get(family, family)
    if family == "hat":
        return [1.08, 0.86, 0.98, 0.86] * 4
    if family == "kick":
        return [1.05, 0.94, 0.97, 0.94, 1.0, 0.94, 0.97, 0.94, 1.03, 0.94, 0.97, 0.94, 1.0, 0.94, 0.97, 0.94]
    if family == "snare":
        return [0.94, 0.88, 0.92, 0.88, 1.0, 0.88, 0.92, 0.88] * 2
    return [1.0] * 16


def _fullest(tables: list[Mapping[str, Any]]) -> Mapping[str, Any]:
    return max(tables, key=lambda table: (int(table["hits"]), int(table["steps"])))


def _measured_swing(rows: list[Mapping[str, Any]], tempo_bpm: float) -> float:
    """The ratio of the sixteenths in the tempo band that is nearest, the fuller of two; 0.8 to 2.2."""
    sixteenths = [row for row in rows if row["unit"] == "sixteenth"]
    if not sixteenths:
        return 1.0

    def far(row: Mapping[str, Any]) -> tuple[float, int]:
        low, high = row["bpm"]
        return max(0.0, low - tempo_bpm, tempo_bpm - high - 1), -int(row["bars"])

    percent: int = min(sixteenths, key=far)["ratio_percent"]
    return min(2.2, max(0.8, percent / 100.0))


@dataclass(frozen=True, slots=True)
class _Tables:
    """The part of a feel that no tempo changes."""

    centres: Mapping[str, tuple[float, ...]]
    spreads: Mapping[str, tuple[float, ...]]
    timings: Mapping[str, tuple[float, ...]]
    limbs: Mapping[str, float]
    ghost: float


@cache
def _tables(key: str) -> _Tables:
    taste = MEASURED[key] if key in MEASURED else TASTE[key]
    pieces: Mapping[str, Any] = groove_tables()[taste.table]["pieces"] if taste.table else {}
    limb_rows: Mapping[str, int] = groove_tables()[taste.table]["together"]["limb_sd"] if taste.table else {}
    centres, spreads, timings = {}, {}, {}
    for piece, normal in NORMAL.items():
        table = _fullest(pieces[piece]) if piece in pieces else None
        if table is None:
            shape, spread, timing = _taste_shape(piece), [5.0] * 16, [0.0] * 16
        else:
            steps = int(table["steps"])
            # The snare's target is its backbeat's; every other piece's its mean.
            quarter = steps // 4
            heard = table["velocity"]
            anchor = (heard[quarter] + heard[3 * quarter]) / 2 if piece == "snare" else table["level"]
            shape = [1.0 + SHAPE_SHARE * (velocity / anchor - 1.0) for velocity in heard]
            spread = [min(9.0, max(3.0, SPREAD_SHARE * sd)) for sd in table["velocity_sd"]]
            limit = PEDAL_LATEST_MS if piece == "hat_pedal" else LATEST_MS
            timing = [min(limit, max(-limit, tenth / 10.0)) for tenth in table["timing"]]
        level = normal * taste.level
        centres[piece] = tuple(min(float(LOUDEST), level * value) for value in _spread_out(shape))
        spreads[piece] = _spread_out(spread)
        timings[piece] = _spread_out(timing)
    snare = _fullest(pieces["snare"]) if "snare" in pieces else None
    ghost = float(snare["ghost_velocity"]) if snare is not None and snare["ghost_velocity"] else float(GHOST)
    return _Tables(
        centres,
        spreads,
        timings,
        {piece: LIMB_SHARE * tenths / 10.0 for piece, tenths in limb_rows.items()},
        min(float(GHOST_RANGE[1]), max(float(GHOST_RANGE[0]), ghost)),
    )


@cache
def feel_for(style_name: str, tempo_bpm: float) -> Feel:
    """The feel of a style (any spelling: "hip-hop", "R&B") at a tempo in quarters a minute.

    A name nobody knows gives the general taste table, with `name` "taste".
    """
    key = _key(style_name)
    measured = key in MEASURED
    taste = MEASURED[key] if measured else TASTE[key]
    slot_sd, correlation, limb_scale = taste.slot_sd_ms, 0.9, 1.0
    ratio, lean = taste.swing_ratio, taste.lean_ms
    if measured:
        together = groove_tables()[taste.table]["together"]
        slot_sd = together["slot_sd"] / 10.0
        eighth_on = max(1, together["autocorrelation_percent"][together["lags_sixteenths"].index(8)]) / 100.0
        correlation = eighth_on ** (1.0 / 8.0)
        if ratio < 0:
            ratio = _measured_swing(groove_tables()[taste.table]["swing"], tempo_bpm)
    if ratio == 0.0:
        time = jazz_time(tempo_bpm)
        ratio, lean = time.ratio, lean + time.lean_ms
        slot_sd = time.jitter_ms if key == "jazz" else slot_sd
    if slot_sd < 1.0:
        limb_scale = 0.0  # programmed: a machine has no limbs
    tables = _tables(key)
    return Feel(
        name=key,
        source="measured" if measured else "taste",
        swing_unit=taste.swing_unit,
        swing_ratio=ratio,
        lean_ms=lean,
        slot_sd_ms=slot_sd,
        slot_correlation=correlation,
        ghost_velocity=tables.ghost,
        centres=tables.centres,
        spreads=tables.spreads,
        timings=tables.timings,
        limbs=tables.limbs if limb_scale else dict.fromkeys(NORMAL, 0.0),
    )
