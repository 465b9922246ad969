"""The pattern language of the styles: one bar a string, one token a step, the steps dividing the bar evenly.

Conventions. A bar string with blanks is split at them; one without is read a character at a time. The number of
tokens sets the step: 16 tokens in 4/4 are sixteenths, 12 are triplet eighths.

Every language: `.` silence, `-` the note before goes on (across bar lines too).

Drum rows: `g` ghost, `o` soft, `x` normal, `X` accent, `?` a soft stroke half of the time.

Chord patterns (comping): `x` the chord, `X` accented, `s` short, `S` short and accented, `n` the *next* chord
early (a push; it holds on), `u` `d` strums up and down, `m` a muted strum; digits `1`-`6` voices counted from
the lowest, joined by `+` ("1+3"), `t` all voices but the lowest, `r` the chord's bass note alone.

Line patterns (bass, riffs, ostinati): degrees above the chord's root, `1`-`9`, taking the chord's own third,
fifth, seventh (a missing seventh or second from the chord's scale); `b3`, `#4` fixed intervals above the root;
`k1`-`k7`, `kb3` degrees of the key; `a` a half step below the next chord's root, `A` a half step above, `d` its
fifth, `n` the next root itself, early; `x` a dead note. Suffixes: `,` an octave down, `'` an octave up (both may
repeat), `!` accent, `*` staccato, `_` tenuto, `~` legato (slurred to the next), `g` ghost, `?` half of the time.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from partimento.theory.errors import StyleError

SUFFIXES = ",'!*_~g?"
CHORD_TOKENS = frozenset("xXsSnudmtr123456")
DRUM_TOKENS = frozenset("goxX?")


@dataclass(frozen=True, slots=True)
class Step:
    """One event of a pattern bar: it starts at `start`/`steps` of the bar and lasts `length` steps.

    `symbol` is the token without suffixes; `octave` counts octave marks; `flags` holds the other suffixes.
    A first step with symbol "-" continues the bar before it.
    """

    start: int
    length: int
    steps: int
    symbol: str
    octave: int = 0
    flags: str = ""


def tokens_of(bar: str) -> list[str]:
    """The tokens of one bar string; bar signs `|` are read past."""
    text = bar.replace("|", " ").strip() if " " in bar.strip() else bar.replace("|", "").strip()
    return text.split() if " " in text else list(text)


@cache
def parse_bar(bar: str, language: str) -> tuple[Step, ...]:
    """The events of one bar string in `language` "drums", "chords" or "line"; StyleError names the bad token."""
    tokens = tokens_of(bar)
    out: list[Step] = []
    for i, token in enumerate(tokens):
        if token == ".":
            continue
        if token == "-":
            if out and out[-1].start + out[-1].length == i:
                last = out[-1]
                out[-1] = Step(last.start, last.length + 1, last.steps, last.symbol, last.octave, last.flags)
            elif i == 0:
                out.append(Step(0, 1, len(tokens), "-"))
            else:
                raise StyleError(f"'-' after a rest at step {i + 1} of '{bar}': nothing goes on there")
            continue
        out.append(_step(token, i, len(tokens), language, bar))
    return tuple(out)


def _step(token: str, start: int, steps: int, language: str, bar: str) -> Step:
    if language == "drums":
        if token not in DRUM_TOKENS:
            raise StyleError(f"'{token}' at step {start + 1} of '{bar}' is no drum token: g o x X ? . -")
        return Step(start, 1, steps, token)
    if language == "chords":
        if not all(part in CHORD_TOKENS for part in token.split("+")):
            raise StyleError(
                f"'{token}' at step {start + 1} of '{bar}' is no chord token (see arrangement/pattern.py)"
            )
        return Step(start, 1, steps, token)
    symbol = token.rstrip(SUFFIXES) if token not in ("x",) else token
    suffix = token[len(symbol) :]
    octave = suffix.count("'") - suffix.count(",")
    flags = "".join(c for c in suffix if c not in ",'")
    body = symbol[1:] if symbol[:1] == "k" else symbol
    degree = body.lstrip("b#")
    if not (symbol in ("a", "A", "d", "n", "x") or (degree.isdigit() and 1 <= int(degree) <= 13)):
        raise StyleError(
            f"'{token}' at step {start + 1} of '{bar}' is no line token (see arrangement/pattern.py)"
        )
    return Step(start, 1, steps, symbol, octave, flags)
