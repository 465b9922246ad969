"""A prompt and options made into one Brief, in which options win."""

from __future__ import annotations

import re
from dataclasses import replace

from partimento.arrangement.style_head import style_head
from partimento.composer import prompt_words as known
from partimento.composer.prompt import Understood
from partimento.composer.prompt_tables import genre_called
from partimento.score.brief import Brief
from partimento.score.stream import Stream
from partimento.theory.errors import StyleError


def merge(understood: Understood, options: Brief) -> Brief:
    """The Brief of a prompt and of options (a Brief whose unsaid fields are empty), in which options win.

    Tempo words become a pace within the style's range, a mode without tonic a key drawn by the seed, a form's name the
    style's form. What an option makes impossible is dropped from the prompt's part; `overruled` names it.
    """
    u = understood
    genre = genre_called(options.genre) or u.genre
    mood = options.mood if options.mood is not None else u.mood
    energy = options.energy if options.energy is not None else u.energy
    sized = (options.tempo_bpm, options.bars, options.duration_s)
    tempo, pace = options.tempo_bpm, options.pace
    if tempo is None and None in (options.bars, options.duration_s):
        tempo, pace = _tempo(u, genre, pace)
    # Two of tempo, bars and duration settle the third: what the prompt says of it gives way to options.
    bars = options.bars
    if bars is None and not (options.tempo_bpm is not None and options.duration_s is not None):
        bars = u.bars
    duration = options.duration_s
    if (
        duration is None
        and sum(value is not None for value in sized) < 2
        and (options.bars is None or u.tempo_bpm is None)
    ):
        duration = u.duration_s
    instruments = options.instruments or u.instruments
    featured = () if options.instruments else u.featured
    if u.instruments and not options.instruments:
        instruments = (*u.instruments, *(name for name in featured if name not in u.instruments))
        featured = ()
    without = options.without + tuple(
        name for name in u.without if name not in options.without and name not in options.instruments
    )
    barred = {name.casefold() for name in options.without}
    return replace(
        options,
        genre=genre or options.genre,
        prompt=u.prompt,
        title=options.title or u.title,
        key=options.key or u.key or _drawn_key(u, genre, options.seed),
        tempo_bpm=tempo,
        pace=pace,
        meter=options.meter or u.meter,
        bars=bars,
        duration_s=duration,
        form=options.form or _form_of(u, genre),
        instruments=instruments if options.instruments else tuple(n for n in instruments if n.casefold() not in barred),
        featured=tuple(n for n in featured if n.casefold() not in barred and n not in u.without),
        without=without,
        energy=energy,
        mood=mood,
    )


def overruled(understood: Understood, options: Brief) -> tuple[str, ...]:
    """The names of the options that stand in the place of something the prompt said otherwise."""
    said = {
        "genre": understood.genre, "key": understood.key or understood.mode, "meter": understood.meter,
        "tempo": understood.tempo_bpm or understood.marking_bpm or understood.pace, "bars": understood.bars,
        "duration": understood.duration_s, "form": understood.form or understood.named_form,
        "instruments": understood.instruments or understood.featured, "energy": understood.energy,
        "mood": understood.mood, "title": understood.title,
    }  # fmt: skip
    given = {
        "genre": genre_called(options.genre), "key": options.key, "meter": options.meter, "tempo": options.tempo_bpm,
        "bars": options.bars, "duration": options.duration_s, "form": options.form, "instruments": options.instruments,
        "energy": options.energy, "mood": options.mood, "title": options.title,
    }  # fmt: skip
    return tuple(name for name, value in said.items() if value and given[name] and given[name] != value)


def _tempo(u: Understood, genre: str, pace: float | None) -> tuple[float | None, float | None]:
    """(tempo, pace) by the prompt: a number is exact, a word only says where in the style's range."""
    if u.tempo_bpm is not None:
        return u.tempo_bpm, None
    if pace is not None or u.marking_bpm is None:
        return None, u.pace if pace is None else pace
    head = style_head(genre) if genre else None
    if head is None:
        return u.marking_bpm, None
    points = ((head.low, 0.0), (head.usual[0], 0.25), (head.usual[1], 0.75), (head.high, 1.0))
    for (x0, y0), (x1, y1) in zip(points, points[1:], strict=False):
        if u.marking_bpm <= x1:
            return None, round(max(0.0, y0 + (y1 - y0) * (u.marking_bpm - x0) / max(1, x1 - x0)), 4)
    return None, 1.0


def _drawn_key(u: Understood, genre: str, seed: int) -> str | None:
    if u.mode is None:
        return None
    from partimento.composer.plan import COMMON_TONICS

    third = "minor" if u.mode in ("minor", "dorian", "phrygian", "locrian") else "major"
    tonics = COMMON_TONICS[third]
    return f"{Stream(seed, 'prompt', 'tonic', genre).pick(tonics)} {u.mode}"


def _form_of(u: Understood, genre: str) -> tuple[str, ...]:
    if u.form or not (u.named_form or u.wanted_section):
        return u.form
    from partimento.arrangement.style import load_style

    try:
        style = load_style(genre) if genre else None
    except StyleError:
        style = None
    best: tuple[int, tuple[str, ...]] | None = None
    for spec in style.forms if style else ():
        kinds = tuple(
            re.sub(r"[?+].*", "", token.partition(":")[0].partition("=")[0]) for token in spec.sections.split()
        )
        fits = u.named_form in spec.name.casefold() if u.named_form else u.wanted_section in kinds
        if u.named_form and u.wanted_section:
            fits = fits and u.wanted_section in kinds
        if fits and (best is None or spec.weight > best[0]):
            best = spec.weight, kinds
    if best is not None:
        return best[1]
    return (
        known.FORM_OF.get(u.wanted_section, ())
        if not u.named_form and (style is None or "chorus" in style.sections)
        else ()
    )
