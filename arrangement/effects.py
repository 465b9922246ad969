"""Where a song's risers, sweeps, impacts and vinyl noise belong: by its form and its band; which kinds, by its style.

Conventions: ticks. A style names the kinds it knows with their level (`mix.effects`); this decides the places. A lift
is a section that is entered with much more energy than the one before it had. The numbers are taste.
"""

from __future__ import annotations

from dataclasses import dataclass

from partimento.arrangement.style import Style
from partimento.score.instruments import instrument
from partimento.score.mix import Effect
from partimento.score.song import Song
from partimento.score.stream import Stream
from partimento.score.timeline import Timeline

_BUILDS = frozenset({"build"})
_PAUSES = frozenset({"breath"})
"""Kinds of section that hold their breath between a build and what it leads to."""
_ELECTRIC_BASS = frozenset({"808 bass", "sub bass"})
_ELECTRONIC = frozenset({"808 kit", "electronic kit", "synth bass"}) | _ELECTRIC_BASS
_LEAST_STEP, _LEAST_ENERGY = 0.18, 0.6
_SUMMIT = 0.85
"""Energy from which on a section is the song's summit: it may be struck whatever the band, if prepared."""
_CHANCE = 0.5
"""Where nothing builds up, how often the song's greatest lift gets its riser all the same."""


@dataclass(frozen=True, slots=True)
class _Lift:
    """Section `index` is entered at a lift of `step` from section `approach`, pauses between them left out.

    `built`: that one is a build; `prepared`: it is, or a pause holds its breath before the lift.
    """

    index: int
    step: float
    approach: int
    built: bool
    prepared: bool


def effects_of(song: Song, style: Style) -> tuple[Effect, ...]:
    """The song's effects, sorted by (onset, kind); empty in styles that know none.

    A riser fills the second half of a build (its last eight bars at the most) and ends with it; a sweep and an impact
    begin what it led to. Where a form has no builds, the greatest lift may have them, in every second song, with two
    bars of riser. Vinyl noise lies under the whole song, unless its bass is an 808. Depends on the seed alone.
    """
    levels = style.mix.effects
    if not levels or not song.sections:
        return ()
    timeline = Timeline(song)
    out: list[Effect] = []
    if "vinyl noise" in levels and not _has(song, _ELECTRIC_BASS):
        # A bar more than the song, under its last ring.
        out.append(Effect("vinyl noise", 0, song.end + timeline.bars[-1].meter.bar, levels["vinyl noise"]))
    electronic = _is_electronic(song)
    for lift in _chosen(song):
        section = song.sections[lift.index]
        if "riser" in levels and electronic:
            bars = timeline.section_bars(lift.approach)
            count = min(8, max(2, len(bars) // 2)) if lift.built else 2
            start = bars[-min(count, len(bars))].start
            out.append(Effect("riser", start, bars[-1].end - start, levels["riser"]))
        bars = timeline.section_bars(lift.index)[:2]
        length = bars[-1].end - section.start
        if "sweep" in levels and electronic:
            out.append(Effect("sweep", section.start, length, levels["sweep"]))
        if "impact" in levels and (electronic or (lift.prepared and section.energy >= _SUMMIT)):
            out.append(Effect("impact", section.start, length, levels["impact"]))
    return tuple(sorted(out, key=lambda effect: (effect.onset, effect.kind)))


def _chosen(song: Song) -> list[_Lift]:
    """The lifts that are marked: those that are prepared; else perhaps the greatest."""
    lifts = _lifts(song)
    prepared = [lift for lift in lifts if lift.prepared]
    if prepared or not lifts:
        return prepared
    if not Stream(song.brief.seed, "effects", song.brief.take).chance(_CHANCE):
        return []
    # Of equal ones the last: a song saves it for the end.
    return [max(lifts, key=lambda lift: (round(lift.step, 2), lift.index))]


def _lifts(song: Song) -> list[_Lift]:
    out: list[_Lift] = []
    sections = song.sections
    for k in range(1, len(sections)):
        here, approach = sections[k], k - 1
        while approach > 0 and sections[approach].kind in _PAUSES:
            approach -= 1
        step = here.energy - min(section.energy for section in sections[approach:k])
        if here.energy >= _LEAST_ENERGY and here.kind not in _BUILDS and step >= _LEAST_STEP:
            built = sections[approach].kind in _BUILDS
            out.append(_Lift(k, step, approach, built, built or approach < k - 1))
    return out


def _has(song: Song, names: frozenset[str]) -> bool:
    return any(track.instrument in names for track in song.tracks)


def _is_electronic(song: Song) -> bool:
    """Whether its bass or kit is a machine, or a synthesiser leads."""
    return _has(song, _ELECTRONIC) or any(
        track.role in ("lead", "riff", "stab") and instrument(track.instrument).family == "synth"
        for track in song.tracks
    )
