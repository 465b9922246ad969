"""The words of rules: what is broken where, why it is a rule, how to mend it; for `check` and for grading.

Conventions: sentences are true at every level and differ in vocabulary; names of notes, keys and values are the
reader's (`Naming`). Voices are called what the score calls them. What is known of a rule (title, source, rates) comes
from the tables in theory/rules, never from here.
"""

from __future__ import annotations

from collections.abc import Callable

from partimento.teaching.naming import Naming
from partimento.teaching.rule_reasons import REASONS, REMEDIES
from partimento.teaching.rule_telling import Telling, an, capital, the_voice
from partimento.teaching.rule_telling import voice_name as voice_name
from partimento.teaching.rule_words_species import SPECIES_WORDS
from partimento.theory.analysis.piece import Piece
from partimento.theory.rules.breach import Breach
from partimento.theory.rules.mending import Mend
from partimento.theory.rules.species_table import SPECIES_RULES, SpeciesRule
from partimento.theory.rules.table import RULES

_SPECIES: dict[str, SpeciesRule] = {rule.id: rule for rule in SPECIES_RULES}


def title(rule: str) -> str:
    """The rule's name; of a rule of somebody's own its id in words."""
    if rule in RULES:
        return RULES[rule].title
    return _SPECIES[rule].title if rule in _SPECIES else rule.replace("-", " ").capitalize()


def source(rule: str) -> str:
    """What the rule rests on: a book, or what was measured; "" for a rule of somebody's own."""
    if rule in RULES:
        return RULES[rule].source
    return _SPECIES[rule].source if rule in _SPECIES else ""


def rate(rule: str) -> str:
    """How often Bach breaks the rule, "Bach has 0.15 a chorale, none in 89 % of them"; "" where it is not measured."""
    known = RULES.get(rule)
    if known is None or known.bach_rate is None or known.bach_clean is None:
        return ""
    if not known.bach_rate:
        return "Bach has none in the chorales that were counted"
    return f"Bach has {known.bach_rate:g} a chorale, none in {known.bach_clean:g} % of them"


def reason(rule: str, level: str = "intermediate") -> str:
    """Why it is a rule, in one or two sentences; plain words for beginners; "" for a rule of somebody's own."""
    if rule in _SPECIES:
        return _SPECIES[rule].reason
    plain, exact = REASONS.get(rule, ("", ""))
    return plain if level == "beginner" else exact


def remedy(rule: str, mend: Mend | None = None, piece: Piece | None = None, naming: Naming | None = None) -> str:
    """How such a breach is mended; where a change was found that mends it (theory/rules/mending.py), that one too."""
    usual = REMEDIES.get(rule, "")
    if mend is None or piece is None:
        return usual
    names = naming or Naming()
    tone = piece.tones[mend.tone]
    change = f"{names.note(mend.pitch)} instead of {names.note(tone.pitch)}"
    return f"{usual} For instance, let {the_voice(piece, tone.voice)} go to {change}.".strip()


def place(tick: int, piece: Piece, naming: Naming | None = None) -> str:
    """`"measure 3, beat 2"`, `"bar 3, beat 2.5"` by the dialect."""
    if not piece.bars:
        return ""
    bar = piece.bar_at(tick)
    return f"{(naming or Naming()).bar} {bar.number}, beat {bar.beat(tick):g}"


def told(breach: Breach, piece: Piece, level: str = "intermediate", naming: Naming | None = None) -> str:
    """What happens at a breach, in one sentence without its place; the rule's title where it has no more to say."""
    t = Telling(breach, piece, level, naming or Naming())
    word = _WORDS.get(breach.rule) or SPECIES_WORDS.get(breach.rule)
    if word is not None:
        return word(t)
    who = f" ({t.voices()})" if breach.voices else ""
    text = str(breach.value("text")) or title(breach.rule)
    rest = ", ".join(f"{name} {value}" for name, value in breach.values if name != "text")
    return f"{text.rstrip('.')}{who}{f': {rest}' if rest else ''}."


def _parallel(t: Telling, motion: str) -> str:
    size = t.interval(simple=True)
    if size == "unison" and t.note("low from") != t.note("high from"):
        size = "octave"
    return f"{motion} {size}s between {t.voices()}: {t.pair()}."


def _direct(t: Telling) -> str:
    leap = ", the upper voice leaping" if t.breach.rule == "direct-leap" else ""
    return f"{capital(t.voices())} move the same way into {an(t.interval(simple=True))}{leap}: {t.pair()}."


def _crossing(t: Telling) -> str:
    return f"{capital(t.voices())} cross: {t.note('low')} in the lower voice lies above {t.note('high')}."


def _spacing(t: Telling) -> str:
    most = "a twelfth" if t.breach.rule == "spacing-bass" else "an octave"
    return f"{capital(t.voices())} lie more than {most} apart: {t.note('low')}–{t.note('high')}."


def _overlap(t: Telling) -> str:
    return f"{capital(t.voices())} overlap: {t.note('to')} passes {t.note('passes')}, which the other has just left."


def _step(t: Telling) -> str:
    return f"{capital(t.who())} moves by {an(t.interval())}, {t.note('from')} to {t.note('to')}."


def _range(t: Telling) -> str:
    return (
        f"{capital(t.who())} goes to {t.note('pitch')}, outside {t.midi('lowest')} to {t.midi('highest')},"
        " where it is to stay."
    )


def _unrecovered(t: Telling) -> str:
    leap = f"{t.note('from')} to {t.note('to')}"
    return f"{capital(t.who())} leaps from {leap} and goes on the same way to {t.note('then')}."


def _cross_relation(t: Telling) -> str:
    return f"{t.note('from')} and {t.note('to')} stand against each other in {t.voices()}."


def _leading_tone(t: Telling) -> str:
    if t.level == "beginner":
        return (
            f"{capital(t.who())} leaves {t.note('from')}, one half step under home, for {t.note('to')} instead of home."
        )
    return f"The leading tone {t.note('from')} of {t.who()} goes to {t.note('to')} instead of rising."


def _seventh(t: Telling) -> str:
    return f"The seventh {t.note('from')} of the chord, in {t.who()}, leaps to {t.note('to')}."


def _doubled(t: Telling) -> str:
    what = "The leading tone" if t.breach.rule == "doubled-leading-tone" else "The seventh"
    return f"{what} {t.note('tone')} sounds in {t.voices()} at once."


def _missing(t: Telling) -> str:
    return f"The chord {t.breach.value('chord')} is without its {t.note('tone')}."


def _unraised(t: Telling) -> str:
    return f"{t.note('tone')} in the dominant of minor is not raised ({t.voices()})."


def _doubling(t: Telling) -> str:
    return f"The chord {t.breach.value('chord')} doubles {t.note('tone')} ({t.voices()})."


def _low(t: Telling) -> str:
    return f"{t.note('low')}–{t.note('high')} lie close together in a low register."


def _chord(t: Telling) -> str:
    what = f"{t.breach.value('numeral')} ({t.breach.value('chord')}) in {t.breach.value('key')}"
    return f"{what} is not among the chords allowed."


def _cadence(t: Telling) -> str:
    found = str(t.breach.value("found"))
    return f"The piece ends with {found or 'no cadence'}; asked for is {t.breach.value('wanted')}."


def _dissonance(t: Telling) -> str:
    kind = str(t.breach.value("kind")).replace("-", " ")
    name = "free dissonance" if kind == "free" else f"{kind} tone" if kind != "suspension" else kind
    return f"{t.note('pitch')} in {t.who()} is {an(name)}, which is not allowed."


_WORDS: dict[str, Callable[[Telling], str]] = {
    "parallel-perfect": lambda t: _parallel(t, "Parallel"),
    "contrary-perfect": lambda t: _parallel(t, "Contrary-motion"),
    "unequal-fifths": lambda t: f"A diminished fifth goes to a perfect one between {t.voices()}: {t.pair()}.",
    "direct-leap": _direct,
    "direct": _direct,
    "crossing": _crossing,
    "spacing-upper": _spacing,
    "spacing-bass": _spacing,
    "overlap": _overlap,
    "melodic-augmented": _step,
    "melodic-leap": _step,
    "forbidden-leap": _step,
    "forbidden-parallel": lambda t: _parallel(t, "Parallel"),
    "range": _range,
    "unrecovered-leap": _unrecovered,
    "cross-relation": _cross_relation,
    "leading-tone": _leading_tone,
    "seventh-leaps": _seventh,
    "doubled-leading-tone": _doubled,
    "doubled-seventh": _doubled,
    "missing-tone": _missing,
    "unraised-leading-tone": _unraised,
    "doubling": _doubling,
    "low-interval": _low,
    "allowed-chords": _chord,
    "required-cadence": _cadence,
    "dissonance": _dissonance,
}
