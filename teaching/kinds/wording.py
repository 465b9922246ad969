"""Small change of sentences: lists, counts, numerals and functions as a reader sees them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from partimento.theory.chord_quality import family_of
from partimento.theory.errors import TheoryError
from partimento.theory.roman import Numeral, function_of

_NUMBERS = (
    "no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve",
)  # fmt: skip
_SIZES = ("unison", "second", "third", "fourth", "fifth", "sixth", "seventh", "octave")
_SEMITONES = (
    "a unison", "a half step", "a whole step", "a minor third", "a major third", "a fourth", "a tritone", "a fifth",
    "a minor sixth", "a major sixth", "a minor seventh", "a major seventh", "an octave", "a minor ninth", "a ninth",
    "a minor tenth", "a tenth", "an eleventh", "an octave and a tritone", "a twelfth",
)  # fmt: skip
FUNCTIONS = {"T": "tonic", "S": "predominant", "D": "dominant"}
PLAIN = {"T": "home", "S": "away from home", "D": "pulling back home"}
"""What the three functions feel like, for somebody who has no word for them."""


def listed(items: Sequence[str], last: str = "and") -> str:
    """`"a, b and c"`.

    >>> listed(("drums", "bass", "piano")), listed(("drums",))
    ('drums, bass and piano', 'drums')
    """
    if len(items) < 2:
        return "".join(items)
    return f"{', '.join(items[:-1])} {last} {items[-1]}"


def count(n: int, noun: str = "") -> str:
    """`"three bars"`, `"14 bars"`, `"one bar"`."""
    number = _NUMBERS[n] if 0 <= n < len(_NUMBERS) else str(n)
    return f"{number} {noun}{'' if n == 1 else 's'}" if noun else number


def times(n: int) -> str:
    """`"once"`, `"twice"`, `"three times"`."""
    return {1: "once", 2: "twice"}.get(n, f"{count(n)} times")


def percent(share: float) -> str:
    """`"64 %"`; what rounds to nothing is "under 1 %"."""
    return "under 1 %" if 0 < share < 0.005 else f"{round(100 * share)} %"


def capital(text: str) -> str:
    """The sentence with a capital letter in front."""
    return text[:1].upper() + text[1:]


def size(semitones: int) -> str:
    """An interval's size in words, "a minor third"; compound ones beyond a twelfth by octaves."""
    distance = abs(semitones)
    if distance < len(_SEMITONES):
        return _SEMITONES[distance]
    octaves, rest = divmod(distance, 12)
    return count(octaves, "octave") + (f" and {_SEMITONES[rest]}" if rest else "")


def generic(steps: int) -> str:
    """A generic interval, "a third", of a number of diatonic steps."""
    distance = abs(steps)
    octaves, rest = divmod(distance, 7)
    if octaves and not rest:
        return "an octave" if octaves == 1 else count(octaves, "octave")
    name = f"a{'n' if rest == 7 else ''} {_SIZES[rest]}"
    return name if not octaves else f"an octave and {name}"


def numeral(text: str) -> str:
    """A numeral as it is printed: `"vii°7/V"`, `"♭VI"`, `"IV over 5"`; small letters say minor already.

    >>> numeral("viio7/V"), numeral("bVImaj7"), numeral("IV@5"), numeral("ivm9")
    ('vii°7/V', '♭VImaj7', 'IV over 5', 'iv9')
    """
    head, at, bass = text.partition("@")
    shown = re.sub(r"(?<=[iv])m(?=\d)", "", head)
    shown = re.sub(r"(?<=[IViv])o(?!t)", "°", shown)
    shown = re.sub(r"(?:(?<=^)|(?<=/))b|b(?=\d)", "♭", shown)
    shown = re.sub(r"(?:(?<=^)|(?<=/))#|#(?=\d)", "♯", shown)
    if at:
        shown += f" over {bass.replace('b', '♭').replace('#', '♯')}"
    return shown


def row(numerals: Iterable[str]) -> str:
    """Numerals in a row: `"ii–V–I"`."""
    return "–".join(numeral(text) for text in numerals)


def printed(text: str) -> str:
    """All numerals in a text as they are printed: `"♭VII | viio 5"` for `"bVII | viio 5"`, with ° for o.

    >>> printed("bVII | viio7 5; subV7b9/ii 3")
    '♭VII | vii°7 5; subV7♭9/ii 3'
    """
    return re.sub(r"(?<!\w)(?:sub|[b#]*)[IViv]+\S*", lambda found: numeral(found[0]), text)


def parsed(text: str) -> Numeral | None:
    """The numeral, or None for text that is none (an analysis has chords it cannot name)."""
    try:
        return Numeral.parse(text) if text else None
    except TheoryError:
        return None


def function(text: str) -> str:
    """`"T"`, `"S"`, `"D"`, or "" for what is no numeral or goes with none: a lowered III, a dominant seventh on III, a
    fifth or seventh degree without a leading tone.

    As `theory.roman.function_of`, but a dominant seventh on VI presses towards V, as an augmented sixth does.

    >>> [function(text) for text in ("vi", "VI7", "bIIImaj7", "V7/ii", "?", "VII", "v7")]
    ['T', 'S', '', 'D', '', '', '']
    """
    read = parsed(text)
    if read is None:
        return ""
    if is_link(text):
        return ""
    seventh = family_of(read.quality) == "dominant"
    if read.degree == 3 and read.applied is None and (read.alter or seventh):
        return ""
    if (
        read.applied is None
        and not read.alter
        and (
            (read.degree == 7 and family_of(read.quality) in ("major", "dominant"))
            or (read.degree == 5 and family_of(read.quality) == "minor")
        )
    ):
        return ""
    return "S" if read.degree == 6 and read.applied is None and seventh else function_of(text)


def is_link(text: str) -> bool:
    """Whether the numeral is a diminished chord on a raised degree, that leads by half step and does nothing else.

    >>> [name for name in ("#io7", "viio7", "#ivo7", "biiio7") if is_link(name)]
    ['#io7', 'biiio7']
    """
    read = parsed(text)
    if read is None or read.applied is not None or not read.alter:
        return False
    return family_of(read.quality) == "diminished" and read.degree != 4


_MANY = ("strings", "drums", "horns", "bells", "voices", "bongos", "congas", "claves", "timbales", "timpani", "violins")


def is_many(player: str) -> bool:
    """Whether a player's name is a plural: "Strings 2", "Drums"."""
    return player.rstrip("0123456789 ").casefold().split(" ")[-1] in _MANY


def does(player: str, verb: str) -> str:
    """`"The Piano plays"`, `"The Strings play"`: a player by name with its verb, given as it goes with one."""
    return f"The {player} {_MANY_DO.get(verb, verb.removesuffix('s')) if is_many(player) else verb}"


_MANY_DO = {"has": "have", "leaps": "leap", "goes": "go", "comes": "come", "does": "do"}


def belonging(player: str) -> str:
    """`"the Piano’s"`, `"the Strings’"`."""
    return f"the {player}’" if player.endswith("s") else f"the {player}’s"
