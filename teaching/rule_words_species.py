"""What happens at a breach of species counterpoint, a sentence a rule.

Conventions: as in `rule_words`; the facts are those that `theory.rules.species` records.
"""

from __future__ import annotations

from collections.abc import Callable

from partimento.teaching.rule_telling import Telling, an, capital, interval_name
from partimento.theory.interval import Interval


def _rhythm(t: Telling) -> str:
    asked = f"species {t.breach.value('species')}"
    if not t.breach.voices:
        return f"No voice moves in the note values of {asked}."
    return f"{capital(t.who())} has other note values than {asked} asks for."


def _range(t: Telling) -> str:
    steps = int(t.breach.value("steps", 0))
    return f"{capital(t.who())} ranges over {an(_generic(steps))}, more than a tenth."


def _generic(steps: int) -> str:
    """An interval of so many steps, without its quality: "twelfth"."""
    octaves, step = divmod(steps, 7)
    semitones = 12 * octaves + (0, 2, 4, 5, 7, 9, 11)[step]
    return interval_name(Interval(steps, semitones).name).split()[-1]


def _climax(t: Telling) -> str:
    return f"{capital(t.who())} touches its highest tone, {t.note('tone')}, more than once."


def _leap(t: Telling) -> str:
    name = str(t.breach.value("interval"))
    way = " down" if name.startswith("-") else " up" if name == "M6" else ""
    return f"{capital(t.who())} moves by {an(interval_name(name))}{way}, which is not sung."


def _recovery(t: Telling) -> str:
    return f"{capital(t.who())} leaps {an(t.interval())} and does not turn back."


def _ends(t: Telling) -> str:
    return f"The piece does not {t.breach.value('where', 'end')} on a perfect consonance ({t.voices()})."


def _parallel(t: Telling) -> str:
    sizes = " or ".join(f"{size}s" for size in str(t.breach.value("interval")).split(" or "))
    return f"Parallel {sizes} between {t.voices()}."


def _direct(t: Telling) -> str:
    return f"{capital(t.voices())} move the same way into {an(str(t.breach.value('interval')))}."


def _chain(t: Telling) -> str:
    return f"{capital(t.voices())} move in thirds or sixths {t.breach.value('count')} times in a row."


def _dissonance(t: Telling) -> str:
    return f"{capital(t.voices())} sound {an(t.interval())} that is none of the figures of this species."


SPECIES_WORDS: dict[str, Callable[[Telling], str]] = {
    "species-rhythm": _rhythm,
    "species-range": _range,
    "species-climax": _climax,
    "species-leap": _leap,
    "species-recovery": _recovery,
    "species-ends": _ends,
    "species-parallel": _parallel,
    "species-direct": _direct,
    "species-imperfect-chain": _chain,
    "species-dissonance": _dissonance,
    "species-suspension": lambda t: (
        f"The suspension in {t.voices()}, {an(t.interval())}, is not prepared or not resolved."
    ),
    "species-unison": lambda t: f"{capital(t.voices())} meet in a unison inside the exercise.",
    "species-repetition": lambda t: f"{capital(t.who())} repeats a tone.",
    "species-eighths": lambda t: f"{capital(t.who())} has eighths out of place.",
    "species-accented-parallel": lambda t: f"{capital(t.voices())} have one perfect interval on two downbeats.",
    "species-crossing": lambda t: f"{capital(t.voices())} cross.",
    "species-clausula": lambda t: f"The close is no clausula vera ({t.voices()}).",
}
