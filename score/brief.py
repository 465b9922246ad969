"""The Brief: what a user asked for. Nothing after it reads options.

Convention: None (or an empty tuple) means "not said": style and seed choose. Ranges are checked by the
composer (`composer/brief_check.py`), which knows the styles; here are the plain shapes.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Brief:
    """A request for a song.

    `tempo_bpm` is the felt beat (dotted quarter in 6/8, 12/8), exactly; `pace` says roughly where in the style's range
    it shall lie (0 slow, 1 fast); `duration_s` seconds from the first sound to
    the last release of the ending; `form` section kinds in order, each perhaps with its bars ("verse:8");
    `instruments` are exactly the band, `featured` ones join the style's own; `chords` pairs of (section kind or
    "" for all, progression text); `energy` 0-1;
    `quantized` writes straight grid notes; `humanize` False drops the jitter alone; `take` is raised when regenerating;
    `rules` is the text of a teacher's rules in TOML, which the song shall keep ("" for none).
    `engine` is "rules", "hybrid" (nets choose within the rules), "neural" (within hard constraints alone) or "auto"
    (hybrid in genres where it measures better); the rest is asked of the nets alone: `temperature` 0.1-2 (below 1
    keeps to the likely), `creativity` 0-1 (how far from the usual), `candidates` how many are drawn for the critic,
    `search` "sample" or "beam", `style_model` the name of a user's adapter ("" for none).
    """

    seed: int = 0
    genre: str = ""
    prompt: str = ""
    title: str = ""
    key: str | None = None
    tempo_bpm: float | None = None
    pace: float | None = None
    meter: str | None = None
    bars: int | None = None
    duration_s: float | None = None
    form: tuple[str, ...] = ()
    chords: tuple[tuple[str, str], ...] = ()
    instruments: tuple[str, ...] = ()
    without: tuple[str, ...] = ()
    featured: tuple[str, ...] = ()
    energy: float | None = None
    mood: str | None = None
    engine: str = "auto"
    quantized: bool = False
    humanize: bool = True
    take: int = 0
    rules: str = ""
    temperature: float | None = None
    creativity: float | None = None
    candidates: int | None = None
    search: str = ""
    style_model: str = ""
