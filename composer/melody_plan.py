"""The plan of a song's melody: its traits, registers, and how a phrase's bars go back to one another.

Convention: a song draws its traits once, round the style's means and as widely as people's songs differ.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from partimento.arrangement.style import Style
from partimento.composer.melody_pitch import PitchTraits
from partimento.composer.melody_rhythm import RhythmTraits
from partimento.score.song import Section, Song
from partimento.score.stream import Stream


@dataclass(frozen=True, slots=True)
class SongTraits:
    """What one song's lead is like throughout.

    `span` semitones in all; `inner` semitones a section covers; `centres` the middle (MIDI) of each section's
    line; `rest` chance of a whole bar's silence at a phrase's end; `free` chance that a returning bar changes;
    `dynamics` scales the written dynamics; `chromatic` allows approaches by semitone from outside the key;
    `fresh` how much of a varied repeat is new (0-1);
    `stock` chance that a new bar takes a rhythm already in the song;
    `likeness` chance that a bar goes back to an earlier bar of its phrase; `exact` that it does so in pitch too;
    waits of `quick` ticks or fewer are fast, `second` is a second in ticks, `patter` the most notes in two of them;
    `agile` leads are a player's rather than a singer's; `manner` is the character (MANNERS), `scale` what it sings in.
    """

    rhythm: RhythmTraits
    pitch: PitchTraits
    span: int
    inner: int
    centres: tuple[int, ...]
    low: int
    high: int
    rest: float
    free: float
    likeness: float
    exact: float
    fresh: float
    stock: float
    anacrusis: float
    dynamics: float
    chromatic: bool
    quick: int
    second: float
    patter: int
    agile: bool
    scale: str
    manner: str


@dataclass(frozen=True, slots=True)
class Manner:
    """A way of singing: factors on a style's notes a bar, sixteenths, syncopation, intervals; semitones of span."""

    name: str
    weight: int
    notes: float = 1.0
    fine: float = 1.0
    offbeat: float = 1.0
    repeat: float = 1.0
    step: float = 1.0
    third: float = 1.0
    leap: float = 1.0
    span: int = 0


MANNERS = (
    Manner("plain", 3),
    Manner("lyrical", 3, notes=0.8, fine=0.5, offbeat=0.85, repeat=0.75, step=1.2, span=1),
    Manner("spoken", 2, notes=1.25, fine=1.4, repeat=1.45, step=1.05, leap=0.8, span=-2),
    Manner("leaping", 2, notes=0.9, fine=0.8, repeat=0.8, step=0.8, third=1.2, leap=1.7, span=3),
    Manner("dancing", 2, notes=1.05, fine=1.2, offbeat=1.6, third=1.1),
)
"""Characters that songs of one style differ by; weights and factors by taste, within POP909's spread."""

SUNG = ("pop", "rock", "soul")
_SQUARE = ("standards", "hymn")
_CHANTED = ("rock", "blues", "soul")


def draw_traits(song: Song, style: Style, low: int, high: int, stream: Stream) -> SongTraits:
    """The song's traits; the registers lie in [low, high] with the highest section above the lowest."""
    spec = style.melody
    manner = MANNERS[stream.weighted(range(len(MANNERS)), [m.weight for m in MANNERS])]
    # How alike a song's bars are is one thing: what likes to repeat repeats exactly, and returns as it was.
    bold = stream.random()
    swung = style.swing.unit == "eighth" and (style.swing.ratio > 1.2 or style.swing.ratio == 0)
    meter = song.meters[0].meter
    known = spec.tables.get(f"{meter.numerator}/{meter.denominator}", spec.table)
    dance = known.startswith("folk") and known != "folk_air"
    agile = dance or spec.swing_lines or spec.scale == "chord"
    second = song.tempos[0].tempo_bpm * 8.0  # 480 ticks a quarter, 60 s a minute
    # Where cadence bars hold few notes the others hold more than the mean; dances run on and differ little.
    notes = max(2.0, spec.density * (1.0 + stream.gauss(0.08) if dance else manner.notes * (1.42 + stream.gauss(0.46))))
    fine = max(0.05, manner.fine * (0.4 + 1.6 * spec.syncopation) * (1.0 + stream.gauss(0.5)))
    if swung or spec.swing_lines or dance or known in _SQUARE:
        fine = 0.0  # dotted pairs in old sheets are swing written out
    # Nobody sings sixteenths at 160: what is quick goes first, then what is much. Taste.
    felt = song.tempos[0].tempo_bpm * 480 / meter.beat_lengths[0]
    if spec.scale != "chord":
        fine *= max(0.0, min(1.0, (152.0 - felt) / 30.0))
        notes *= min(1.0, 128.0 / felt) ** 0.7
    if dance and str(meter) == "2/4":
        fine = 1.0  # sixteenths are a polka's plain notes
    # Sung tunes keep under five or six notes a second at their fullest (speech has about seven); dancers' fiddles run
    # twice as fast.
    rate = 9.5 if dance else 5.5 if agile or known not in SUNG else 5.6
    most = max(4, min(12, int(rate * meter.bar / second)))
    if spec.scale == "blues":
        most = min(most, 7)  # a call, not a speech
    notes = min(notes, 0.9 * most * 1920 / meter.bar) if not dance else notes
    offbeat = max(0.15, manner.offbeat * (0.35 + 2.0 * spec.syncopation) * (1.0 + stream.gauss(0.3)))
    if known in _SQUARE and spec.syncopation >= 0.35:
        offbeat *= 2.5  # printed sheets are squarer than what is sung from them
    table = "" if swung and known == "pop" else known
    rhythm = RhythmTraits(round(notes, 2), round(fine, 1), round(offbeat, 1), 1.0, table, most)
    step = spec.steps / 0.6 * manner.step
    colour = 1.0 if spec.scale == "chord" else 0.6
    strict = "forbids_unresolved" in style.references or known.startswith(("folk", "classical", "hymn"))
    tension = max(0.1, 0.36 * (1.0 + stream.gauss(0.45)))
    passing = min(1.0, 2.3 * tension)
    loose = 0.2 if spec.scale == "chord" else max(0.08, 0.5 + stream.gauss(0.22))
    if strict and spec.scale != "chord":
        # Dissonance passes by on weak places and is left by step; on strong ones it is rare.
        tension, passing, loose = 0.3 * tension, 0.95, 0.08
    chromatic = spec.chromatic >= 0.1 or stream.chance(spec.chromatic * 15)
    wide = 5.0 if spec.scale == "key" else 2.0
    outside = spec.chromatic * (0.25 if spec.scale == "chord" else 0.4 + wide * stream.random())
    if strict:
        outside *= 0.3
    scale = spec.scale
    if scale == "key" and not strict and not chromatic and stream.chance(0.4):
        scale = "pentatonic"  # many a pop tune knows five tones
    chant = max(0.35, manner.repeat * (1.0 + stream.gauss(0.36)) * (0.75 if known in (*_CHANTED, "country") else 1.0))
    # Five tones are five: the others pass by, in a song that keeps to them.
    other = 0.25 if scale == "pentatonic" else 1.0
    pitch = PitchTraits(
        repeat=chant,
        step=max(0.4, step * (1.0 + stream.gauss(0.17))),
        third=max(0.4, manner.third * (1.0 + stream.gauss(0.3))),
        leap=max(0.35, manner.leap * (1.3 + stream.gauss(0.4))),
        strong=(1.0, colour, tension, 0.15 * tension * other, 0.0, 0.0),
        weak=(1.0, 0.9, passing, other * max(0.3 * passing, 1.4 * tension), outside, 0.0),
        loose=loose,
        table=known,
        strict=strict,
        agile=agile,
        focus=stream.weighted((2, 3, 4), (3, 3, 4)) if spec.scale == "key" and known in SUNG else 2,
        # POP909's songs hold runs of 4 (median) to 6 (nine in ten) of one pitch, rock's 5 to 10.
        same=3 if dance or agile else 4 + (chant > 1.15) + (known in _CHANTED),
    )
    shifts = [style.sections[s.kind].register_shift if s.kind in style.sections else 0 for s in song.sections]
    sung = [shift for shift, s in zip(shifts, song.sections, strict=True) if s.lead not in ("none", "")] or [0]
    # A chorus that is lifted by a tone at the end must not fall an octave for want of room.
    home = song.sections[0].key.tonic.number
    lift = max((t for t in ((s.key.tonic.number - home) % 12 for s in song.sections) if t <= 2), default=0)
    room = high - low - (lift + 3 if lift else 0)
    span = max(9, min(room, round(spec.span - 4 + manner.span + stream.gauss(3.0))))
    rise = max(sung) - min(sung)
    inner = max(7, min(span, span - rise + 3))
    # The whole song lies round the middle of the chair's register, a little to and fro.
    spare = room - span
    bottom = low + (spare // 2 if spare < 4 else spare // 2 + stream.between(-1, 1) * min(3, spare // 4))
    bottom = max(low, min(bottom, low + room - span))
    centres = tuple(max(low + 3, min(high - 3, bottom + inner // 2 + shift - min(sung))) for shift in shifts)
    return SongTraits(
        rhythm=rhythm,
        pitch=pitch,
        span=span,
        inner=inner,
        centres=centres,
        low=low,
        high=high,
        # The last note of a classical phrase falls on its cadence.
        rest=0.0 if dance or known == "classical" else max(0.0, 0.55 + stream.gauss(0.28)),
        free=min(0.95, max(0.0, 1.9 * (bold - 0.45))) * (0.3 if dance else 1.0),
        fresh=min(1.0, max(0.0, 0.05 + 0.75 * bold + stream.gauss(0.15))),
        stock=0.7 * stream.random() * (1.0 - bold),
        likeness=min(0.97, max(0.05, spec.repeat * (1.3 - 0.95 * bold + stream.gauss(0.15)))),
        exact=min(0.95, max(0.0, 0.82 - 0.85 * bold + stream.gauss(0.15))),
        anacrusis=spec.anacrusis,
        dynamics=max(0.3, 0.9 + stream.gauss(0.5)),
        chromatic=chromatic,
        quick=int(second * 0.2),
        second=second,
        patter=int(2 * rate) - 1,
        agile=agile,
        scale=scale,
        manner=manner.name,
    )


@dataclass(frozen=True, slots=True)
class BarPlan:
    """Where a bar's material comes from: `source` an earlier bar of the phrase (-1: new).

    `way` is "new", "exact" (rhythm and pitch), "sequence" (moved to other degrees), "rhythm" (rhythm alone).
    """

    source: int
    way: str


@cache
def _shapes(bars: int) -> tuple[tuple[str, int], ...]:
    """Letter plans of a phrase's bars with weights; the last bar is the cadence's own."""
    if bars <= 1:
        return (("a", 1),)
    if bars == 2:
        return (("ab", 1),)
    if bars == 3:
        return (("aab", 2), ("abc", 2), ("aba", 1))
    if bars == 4:
        return (("abac", 4), ("aabc", 4), ("abcd", 3), ("aaab", 1), ("abbc", 3), ("abcb", 1))
    return ()


def plan_bars(bars: int, likeness: float, exact: float, stream: Stream) -> tuple[BarPlan, ...]:
    """How the bars of a phrase go back to one another; longer phrases are halves that answer each other."""
    if bars > 4:
        half = bars - bars // 2
        first = plan_bars(half, likeness, exact, stream)
        out = list(first)
        again = stream.chance(likeness)
        for i in range(bars - half):
            if again and i < max(1, (bars - half) // 2):
                out.append(BarPlan(i, "exact" if i == 0 or stream.chance(exact) else "sequence"))
            elif stream.chance(likeness * 0.6):
                out.append(BarPlan(stream.below(half), "sequence" if stream.chance(0.6) else "rhythm"))
            else:
                out.append(BarPlan(-1, "new"))
        return tuple(out)
    if bars <= 2 or not stream.chance(likeness):
        return (BarPlan(-1, "new"),) * bars
    shapes = _shapes(bars)
    shape = stream.weighted([s for s, _ in shapes], [w for _, w in shapes])
    out = []
    for i, letter in enumerate(shape):
        first_at = shape.index(letter)
        if first_at == i:
            out.append(BarPlan(-1, "new"))
        elif stream.chance(exact):
            out.append(BarPlan(first_at, "exact"))
        else:
            out.append(BarPlan(first_at, "sequence" if stream.chance(0.6) else "rhythm"))
    return tuple(out)


CONTOURS: dict[str, tuple[tuple[float, float], ...]] = {
    "arch": ((0.0, -0.3), (0.55, 0.8), (1.0, -0.5)),
    "late arch": ((0.0, -0.4), (0.72, 0.9), (1.0, -0.2)),
    "descent": ((0.0, 0.7), (0.4, 0.2), (1.0, -0.7)),
    "ascent": ((0.0, -0.6), (0.7, 0.5), (1.0, 0.6)),
    "wave": ((0.0, 0.1), (0.25, 0.7), (0.55, -0.4), (0.8, 0.4), (1.0, -0.5)),
    "dip": ((0.0, 0.5), (0.45, -0.6), (1.0, 0.3)),
    "level": ((0.0, 0.0), (0.6, 0.25), (1.0, -0.2)),
}
"""Heights over a phrase, -1 to 1 of half its span."""

_OPENING = (("arch", 5), ("ascent", 3), ("wave", 3), ("dip", 2), ("late arch", 3), ("level", 2), ("descent", 2))
_CLOSING = (("descent", 5), ("arch", 4), ("wave", 3), ("late arch", 3), ("level", 1))


def draw_contour(closing: bool, stream: Stream) -> str:
    """A contour's name: phrases that close fall, those that stay open rise more often."""
    table = _CLOSING if closing else _OPENING
    return stream.weighted([name for name, _ in table], [weight for _, weight in table])


def height(contour: str, place: float) -> float:
    """The height at `place` (0-1) of a phrase, -1 to 1."""
    points = CONTOURS[contour]
    for (x0, y0), (x1, y1) in zip(points, points[1:], strict=False):
        if place <= x1:
            return y0 + (y1 - y0) * (place - x0) / (x1 - x0)
    return points[-1][1]


def is_return(section: Section) -> bool:
    """Whether the section's material has been heard before."""
    return section.variation > 0
