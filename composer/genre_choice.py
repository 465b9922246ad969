"""Which genre a brief that names none is played in: drawn among those that can meet it, by how well they suit it.

Convention: integer weights; the draw comes from Stream(seed, "plan", "genre", take).
"""

from __future__ import annotations

from partimento.arrangement.band import FAMILIES
from partimento.arrangement.regimes import regimes_of
from partimento.arrangement.style import Style, load_style, style_names
from partimento.composer.brief_check import parsed_meter, styles_with
from partimento.composer.form import SYNONYMS
from partimento.composer.moods import mood_of
from partimento.score.brief import Brief
from partimento.score.instruments import instrument
from partimento.score.stream import Stream
from partimento.theory.errors import BriefError


def genre_weights(brief: Brief, barred: tuple[str, ...] = ()) -> dict[str, int]:
    """The genres that `brief` may be played in, with their weights; BriefError when no genre has its meter.

    Styles whose sections are called as asked go before others; one counts more that has the mood and the instruments
    asked for, and less or nothing where tempo and energy lie far from its own.
    """
    names = styles_with(parsed_meter(brief.meter)) if brief.meter else style_names()
    names = tuple(name for name in names if name not in barred)
    if not names:
        raise BriefError(f"no genre is played in {brief.meter}" if brief.meter else "every genre is left out")
    names = tuple(name for name in names if _has_sections(brief, load_style(name))) or names
    weights = {name: _suits(brief, load_style(name)) for name in names}
    return weights if any(weights.values()) else dict.fromkeys(names, 1)


def genre_for(brief: Brief, barred: tuple[str, ...] = ()) -> str:
    """The genre drawn for a brief that names none."""
    return Stream(brief.seed, "plan", "genre", brief.take).pick(genre_weights(brief, barred))


def _suits(brief: Brief, style: Style) -> int:
    weight = 12
    if brief.tempo_bpm is not None and not any(low <= brief.tempo_bpm <= high for low, high in _ranges(style)):
        return 0
    if brief.mood is not None:
        weight *= 6 if style.moods.get(mood_of(brief.mood).name) else 1
    if brief.energy is not None:
        off = abs(brief.energy - style.energy - mood_of(brief.mood).energy)
        weight = weight * 3 if off < 0.2 else weight if off < 0.35 else weight // 6
    if brief.pace is not None:  # a ballad is not slow salsa
        wanted = 60 + 100 * brief.pace
        usual = sum(style.tempo.usual) / 2
        weight = weight * 3 if abs(usual - wanted) < 25 else weight if abs(usual - wanted) < 45 else weight // 6
    played = {name for part in style.parts for name, count in part.instruments.items() if count}
    for word in (*brief.featured, *brief.instruments):
        weight *= 4 if instrument(word).name in played else 1
    # A band without a drummer, or "no drums", speaks for genres that stand without one.
    undrummed = brief.instruments and not any(instrument(word).hands == "drums" for word in brief.instruments)
    if undrummed or any(FAMILIES.get(word.casefold()) == "drums" for word in brief.without):
        weight = weight if any(part.role == "drums" for part in style.parts) else weight * 8
    return weight


def _has_sections(brief: Brief, style: Style) -> bool:
    """Whether the style's own sections bear the names that the brief speaks of."""
    kinds = {kind.casefold() for kind in style.sections}
    words = {token.partition(":")[0].strip().casefold().rstrip("0123456789 ") for token in brief.form}
    words |= {kind.strip().casefold() for kind, _ in brief.chords if kind.strip()}
    return all(SYNONYMS.get(word, word) in kinds for word in words)


def _ranges(style: Style) -> list[tuple[int, int]]:
    regimes = [group[0].tempo for group in regimes_of(style)]
    tempi = [tempo for tempo in (*regimes, *style.tempo_in.values()) if tempo is not None]
    return [(tempo.low, tempo.high) for tempo in (tempi if regimes else [style.tempo, *tempi])]
