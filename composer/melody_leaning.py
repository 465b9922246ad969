"""What sets one song's tune apart where a net sings: leanings drawn once a song, as widely as people's songs differ.

Convention: a net alone writes the mean of what it knows, every time; people's songs stray from that mean. The spreads
were set so that songs in the pop style differ as POP909's do (benchmarks/music/results): leanings are nats.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import sqrt

from partimento.arrangement.style import MelodySpec, Style
from partimento.composer.melody_plan import SongTraits, draw_traits
from partimento.score.song import Song
from partimento.score.stream import Stream

_INTERVALS = (
    (1, -0.15, 0.75), (2, -0.05, 0.5), (2, -0.1, 0.75), (1, 0.5, 0.5), (1, -0.2, 0.2), (1, 1.1, 0.6), (5, 2.0, 0.7),
)  # fmt: skip
"""(How many sizes of interval, mean, spread): repeated notes, steps, thirds, fourth, tritone, fifth, wider."""


@dataclass(frozen=True, slots=True)
class Leaning:
    """A song's own liking: by size of interval (0-12 semitones), by degree above the tonic, for chord tones.

    `pulse` is the chance that a new bar takes the rhythm of the bar before it, `renew` that a phrase that comes back
    goes on otherwise, `reuse` that a new idea is the first again and a varied one comes back as it was.
    """

    intervals: tuple[float, ...] = (0.0,) * 13
    degrees: tuple[float, ...] = (0.0,) * 12
    triad: float = 0.0
    pulse: float = 0.0
    renew: float = 0.0
    reuse: float = 0.0


LEVEL = Leaning()


def leaning_traits(song: Song, style: Style, low: int, high: int, stream: Stream) -> tuple[Leaning, SongTraits]:
    """The song's leaning and traits where a net sings; `stream` is the melody's."""
    lean, bold = draw_leaning(stream.sub("leaning"))
    traits = draw_traits(song, wider(style, stream.sub("wider")), low, high, stream.sub("traits"))
    return lean, bolder(traits, style.melody.repeat, bold, stream.sub("bolder"))


def draw_leaning(stream: Stream) -> tuple[Leaning, float]:
    """A song's leaning, and how bold it is (0: it repeats itself, 1: it hardly does)."""
    intervals: list[float] = []
    for sizes, mean, spread in _INTERVALS:
        intervals += [mean + stream.gauss(spread)] * sizes
    degrees = tuple(stream.gauss(0.7) for _ in range(12))
    triad = stream.gauss(0.75)
    far = 2.0 * stream.random() - 1.0
    bold = 0.5 + 0.5 * (1.0 if far > 0.0 else -1.0) * sqrt(abs(far))  # more at either end than between
    renew = max(0.0, 2.3 * (bold - 0.45))
    reuse = max(0.0, 2.5 * (0.45 - bold))
    return Leaning(tuple(intervals), degrees, triad, 0.1 * stream.random(), renew, reuse), bold


def wider(style: Style, stream: Stream) -> Style:
    """The style with its melody strayed from its means: fuller or sparser, wider or narrower, plainer or bolder.

    Dances and schooled music stray less: a reel has the notes that feet want.
    """
    spec = style.melody
    known = (spec.table, *spec.tables.values())
    far = 0.3 if any(name.startswith(("folk", "classical", "hymn")) for name in known) else 1.0
    strayed: dict[str, object] = {
        "density": max(2.0, spec.density * (1.0 + far * stream.gauss(0.3))),
        "span": max(8, spec.span + round(far * (2 + stream.gauss(3.0)))),
        "syncopation": min(1.0, max(0.0, spec.syncopation * (1.0 + far * stream.gauss(0.35)))),
    }
    if spec.scale == "key" and spec.chromatic > 0.0 and far == 1.0:
        # Half of POP909's songs leave their scale somewhere.
        strayed["chromatic"] = max(spec.chromatic, 0.1) if stream.chance(0.5) else spec.chromatic
    melody: MelodySpec = spec.model_copy(update=strayed)
    return style.model_copy(update={"melody": melody})


def bolder(traits: SongTraits, repeat: float, bold: float, stream: Stream) -> SongTraits:
    """The traits with how alike the song's bars are drawn from end to end of what people do.

    A narrow song's sections lie close together, a wide one's far apart.
    """
    middle = sum(traits.centres) / len(traits.centres)
    apart = max(0.75, min(1.3, (traits.span - 2) / 13))
    return replace(
        traits,
        centres=tuple(
            max(traits.low + 3, min(traits.high - 3, round(middle + apart * (c - middle)))) for c in traits.centres
        ),
        free=min(0.95, max(0.0, 2.2 * (bold - 0.6))) * (0.3 if traits.agile else 1.0),
        fresh=min(1.0, max(0.0, 1.1 * bold - 0.1 + stream.gauss(0.1))),
        likeness=min(0.97, max(0.03, repeat * (1.3 - 1.35 * bold + stream.gauss(0.15)))),
        exact=min(0.95, max(0.0, 0.9 - 1.05 * bold + stream.gauss(0.15))),
        stock=0.0,
    )
