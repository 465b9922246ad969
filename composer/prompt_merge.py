"""A prompt and options made into one Brief, in which options win."""

from __future__ import annotations

import re
from dataclasses import replace

from partimento.arrangement.band import FAMILIES, GENERIC, family_holds
from partimento.arrangement.style_head import style_head
from partimento.composer import prompt_words as known
from partimento.composer.genre_choice import genre_for
from partimento.composer.prompt import Understood
from partimento.composer.prompt_tables import genre_called
from partimento.score.brief import Brief
from partimento.score.instruments import Instrument, instrument
from partimento.score.stream import Stream
from partimento.theory.errors import StyleError

_TUNEFUL = ("reeds", "brass", "woodwind", "strings", "voices")


def merge(understood: Understood, options: Brief) -> Brief:
    """The Brief of a prompt and of options (a Brief whose unsaid fields are empty), in which options win.

    Tempo words become a pace within the style's range, a mode without tonic a key drawn by the seed, a form's name the
    style's form. What an option makes impossible is dropped from the prompt's part; `overruled` names it.
    """
    u = understood
    genre = genre_called(options.genre) or u.genre
    if not genre and u.not_genres:
        genre = genre_for(merge(replace(u, not_genres=()), options), u.not_genres)
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
        barred_here = [FAMILIES.get(name.casefold(), "") for name in u.without]
        kept = (n for n in u.instruments if n not in u.without
                and not any(family and family_holds(family, instrument(n)) for family in barred_here))
        instruments = _seated(tuple(kept), featured)
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


def _seated(ensemble: tuple[str, ...], named: tuple[str, ...]) -> tuple[str, ...]:
    """The exact band with the instruments named beside it: each takes a seat of its kind where there is one.

    "a jazz trio (piano, bass, drums)" has three players, "a jazz quartet with trumpet" four.
    """
    seats = list(ensemble)
    free = [True] * len(seats)
    for name in named:
        wanted = instrument(name)
        kind = GENERIC.get(name.casefold(), "")
        likeness = [_alike(instrument(seat), wanted, kind) if free[i] else 0 for i, seat in enumerate(seats)]
        best = max(likeness, default=0)
        if not best:
            seats.append(name)
            free.append(False)
            continue
        at = likeness.index(best)
        free[at] = False
        if best < 2:
            seats[at] = name
    return tuple(seats)


def _alike(seat: Instrument, wanted: Instrument, kind: str) -> int:
    """3 the same instrument, 2 one of the kind named, 1 another that sings alone, else 0."""
    if seat.name == wanted.name:
        return 3
    if kind and family_holds(kind, seat):
        return 2
    return int(seat.hands == wanted.hands == "mono" and seat.family in _TUNEFUL and wanted.family in _TUNEFUL)


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
    """The form said, the name of the style's form that is called so, or the sections of one that has the wished for."""
    if u.form or not (u.named_form or u.wanted_section):
        return u.form
    from partimento.arrangement.style import load_style

    try:
        style = load_style(genre) if genre else None
    except StyleError:
        style = None
    best: tuple[int, tuple[str, ...]] | None = None
    for spec in style.forms if style else ():
        kinds = re.findall(r"(?:^|\s)([^\s:?+=@]+)", spec.sections)
        fits = not u.named_form or u.named_form in spec.name.casefold()
        fits = fits and (not u.wanted_section or u.wanted_section in kinds)
        if u.meter and spec.meters and u.meter.partition(":")[0] not in spec.meters:
            fits = False
        if fits and (best is None or spec.weight > best[0]):
            best = spec.weight, tuple(kinds) if u.wanted_section else (spec.name,)
    if best is not None:
        return best[1]
    if u.named_form or (style is not None and "chorus" not in style.sections):
        return ()
    return known.FORM_OF.get(u.wanted_section, ())
