"""Checks a Brief before anything is planned: ranges, names, contradictions. The first fault is a BriefError."""

from __future__ import annotations

from math import isfinite

from partimento.arrangement.band import FAMILIES
from partimento.arrangement.style import Style, load_style, style_names
from partimento.composer.moods import mood_of
from partimento.composer.neural.muse import said_to_nets
from partimento.composer.neural.shipped import style_path
from partimento.score.brief import Brief
from partimento.score.instruments import instrument
from partimento.theory.errors import BriefError, TheoryError, nearest
from partimento.theory.key import Key
from partimento.theory.meter import Meter
from partimento.theory.rules.rule_toml import rule_set_from_toml

TEMPO_BPM = (20, 400)
BARS = (4, 2000)
DURATION_S = (5, 3600)
ENGINES = ("auto", "rules", "hybrid", "neural")
TEMPERATURE = (0.1, 2)
CANDIDATES = (1, 64)
SEARCHES = ("sample", "beam")


def check_brief(brief: Brief) -> None:
    """Raises BriefError (or a TheoryError, StyleError from reading a name) for a brief that nothing can meet."""
    _in_range("tempo", brief.tempo_bpm, *TEMPO_BPM, "bpm")
    _in_range("bars", brief.bars, *BARS, "bars")
    _in_range("duration", brief.duration_s, *DURATION_S, "seconds")
    _in_range("energy", brief.energy, 0, 1, "(0 calm, 1 full)")
    _in_range("pace", brief.pace, 0, 1, "(0 slow, 1 fast)")
    mood_of(brief.mood)
    if brief.engine not in ENGINES:
        hint = nearest(brief.engine, ENGINES)
        raise BriefError(f"unknown engine '{brief.engine}'.{hint} Engines: {', '.join(ENGINES)}")
    _in_range("temperature", brief.temperature, *TEMPERATURE, "(1 as learned)")
    _in_range("creativity", brief.creativity, 0, 1, "(0 the usual, 1 the unusual)")
    _in_range("candidates", brief.candidates, *CANDIDATES, "lines")
    if brief.search and brief.search not in SEARCHES:
        hint = nearest(brief.search, SEARCHES)
        raise BriefError(f"unknown search '{brief.search}'.{hint} Searches: {', '.join(SEARCHES)}")
    if brief.engine == "rules" and said_to_nets(brief):
        what = said_to_nets(brief)[0].replace("_", " ")
        raise BriefError(f"a {what} is said to the nets, and engine 'rules' has none: leave one of the two out")
    if brief.style_model:
        style_path(brief.style_model)
    if brief.key is not None:
        key = Key.parse(brief.key)
        if abs(key.signature) > 7:
            raise BriefError(f"key '{brief.key}' has {abs(key.signature)} accidentals: write it as {key.simplified()}")
    wanted = {instrument(name).name: name for name in brief.instruments}
    for name in brief.without:
        if " ".join(name.casefold().split()) in FAMILIES:
            continue  # words for a whole family, which the band understands
        if instrument(name).name in wanted:
            raise BriefError(f"'{name}' is both asked for and left out: drop it from one of the two")
    if brief.meter is not None:
        Meter.parse(brief.meter)
    if brief.rules:
        if rule_set_from_toml(brief.rules, "rules").species:
            raise BriefError("a song is no species counterpoint: take rules that extend bach, strict, jazz or pop")
    if any(not token.strip() for token in brief.form):
        raise BriefError("an empty section name in the form: write kinds such as 'intro verse chorus outro'")


def _in_range(name: str, value: float | None, low: float, high: float, unit: str) -> None:
    if value is not None and not (isfinite(value) and low <= value <= high):
        raise BriefError(f"{name} {value:g} is out of range: {low:g} to {high:g} {unit}")


def check_meter(meter: Meter, style: Style) -> str:
    """The style's own name for the meter; BriefError names the styles that have it."""
    for name in style.meters:
        own = Meter.parse(name)
        if (own.numerator, own.denominator) == (meter.numerator, meter.denominator):
            return name
    having = styles_with(meter)
    where = f" Genres that have it: {', '.join(having)}." if having else " No genre has it."
    raise BriefError(f"{style.name} is not played in {meter}: it has {', '.join(style.meters)}.{where}")


def styles_with(meter: Meter) -> tuple[str, ...]:
    """The names of the styles that are played in a meter."""
    out = []
    for name in style_names():
        meters = (Meter.parse(text) for text in load_style(name).meters)
        if any((m.numerator, m.denominator) == (meter.numerator, meter.denominator) for m in meters):
            out.append(name)
    return tuple(out)


def parsed_meter(text: str) -> Meter:
    """The meter a brief names; a TheoryError becomes a BriefError."""
    try:
        return Meter.parse(text)
    except TheoryError as error:
        raise BriefError(str(error)) from None
