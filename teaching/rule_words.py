"""The words of rules: what is broken where, why it is a rule, how to mend it; for `check` and for grading.

Conventions: sentences are true at every level and differ in vocabulary; names of notes, keys and values are the
reader's (`Naming`). Voices are called what the score calls them. What is known of a rule (title, source, rates) comes
from the tables in theory/rules, never from here.
"""

from __future__ import annotations

from collections.abc import Callable

from partimento.teaching.naming import Naming
from partimento.teaching.rule_reasons import REASONS, REMEDIES
from partimento.theory.analysis.piece import Piece
from partimento.theory.errors import TheoryError
from partimento.theory.interval import Interval
from partimento.theory.pitch import Pitch, PitchClass, pitch_class
from partimento.theory.rules.breach import Breach
from partimento.theory.rules.mending import Mend
from partimento.theory.rules.species_table import SPECIES_RULES, SpeciesRule
from partimento.theory.rules.table import RULES

_SPECIES: dict[str, SpeciesRule] = {rule.id: rule for rule in SPECIES_RULES}
_QUALITIES = {"P": "perfect", "M": "major", "m": "minor", "A": "augmented", "d": "diminished"}
_SIZES = (
    "unison", "second", "third", "fourth", "fifth", "sixth", "seventh", "octave", "ninth", "tenth", "eleventh",
    "twelfth", "thirteenth", "fourteenth", "fifteenth",
)  # fmt: skip


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
    voice = voice_name(piece, tone.voice)
    found = f"For instance, let the {voice} go to {names.note(mend.pitch)} instead of {names.note(tone.pitch)}."
    return f"{usual} {found}".strip()


def voice_name(piece: Piece, voice: int) -> str:
    """A voice's name inside a sentence: "soprano", "voice 2 of Piano" as the score has it."""
    name = piece.voices[voice].name if 0 <= voice < len(piece.voices) else ""
    return name.casefold() if name.casefold() in ("soprano", "alto", "tenor", "bass") else name or f"voice {voice + 1}"


def place(tick: int, piece: Piece, naming: Naming | None = None) -> str:
    """`"measure 3, beat 2"`, `"bar 3, beat 2.5"` by the dialect."""
    if not piece.bars:
        return ""
    bar = piece.bar_at(tick)
    return f"{(naming or Naming()).bar} {bar.number}, beat {bar.beat(tick):g}"


def told(breach: Breach, piece: Piece, level: str = "intermediate", naming: Naming | None = None) -> str:
    """What happens at a breach, in one sentence without its place; the rule's title where it has no more to say."""
    return _Telling(breach, piece, level, naming or Naming()).sentence()


class _Telling:
    """A breach as it is worded: its facts looked up by name, in the reader's names."""

    def __init__(self, breach: Breach, piece: Piece, level: str, naming: Naming) -> None:
        self.breach, self.piece, self.level, self.naming = breach, piece, level, naming

    def sentence(self) -> str:
        word = _WORDS.get(self.breach.rule)
        if word is not None:
            return word(self)
        who = f" ({self.voices()})" if self.breach.voices else ""
        text = str(self.breach.value("text")) or title(self.breach.rule)
        return f"{text.rstrip('.')}{who}{self._facts()}."

    def _facts(self) -> str:
        """The facts of a breach that has no words of its own: "interval m9"."""
        rest = [f"{name} {value}" for name, value in self.breach.values if name != "text"]
        return f": {', '.join(rest)}" if rest else ""

    def voices(self) -> str:
        names = [voice_name(self.piece, voice) for voice in self.breach.voices]
        return names[0] if len(names) == 1 else " and ".join(names)

    def note(self, name: str) -> str:
        """The pitch or tone that a fact names, as the reader calls it."""
        text = str(self.breach.value(name))
        try:
            return self.naming.note(Pitch.parse(text) if text[-1:].isdigit() else PitchClass.parse(text))
        except TheoryError:
            return text

    def midi(self, name: str) -> str:
        """A MIDI number among the facts, as a note spelled without alterations where it can be."""
        number = int(self.breach.value(name, 0))
        fifths = next(f for f in (0, 1, 2, 3, 4, 5, -1, 6, -2, -3, 7, -4) if f * 7 % 12 == number % 12)
        tone = pitch_class(fifths)
        return self.naming.note(Pitch(tone.letter, tone.alter, (number - tone.alter) // 12 - 1))

    def interval(self, simple: bool = False) -> str:
        """The interval among the facts, in words."""
        return interval_name(str(self.breach.value("interval")), simple)

    def pair(self) -> str:
        """The two voices' moves: "G3–D4 to A3–E4"."""
        low, high = self.note("low from"), self.note("high from")
        return f"{low}–{high} to {self.note('low to')}–{self.note('high to')}"


def interval_name(name: str, simple: bool = False) -> str:
    """An interval in words, "perfect fifth"; with `simple` a twelfth is a fifth, without its quality where perfect."""
    interval = Interval.parse(name.removeprefix("-"))
    if simple and interval.steps >= 7:
        interval = Interval(interval.steps % 7 or 7, interval.semitones % 12 or 12)
    size = _SIZES[interval.steps] if interval.steps < len(_SIZES) else f"{interval.steps + 1}th"
    quality = interval.name[0]
    if quality == "P" and interval.steps % 7 in (0, 4):
        return size
    return f"{_QUALITIES[quality]} {size}"


def capital(text: str) -> str:
    """The text with a capital letter in front, the rest as it is."""
    return text[:1].upper() + text[1:]


def _an(text: str) -> str:
    return f"{'an' if text[:1] in 'aeio' else 'a'} {text}"


def _parallel(t: _Telling, motion: str) -> str:
    size = t.interval(simple=True)
    return f"{motion} {size}s between {t.voices()}: {t.pair()}."


def _direct(t: _Telling) -> str:
    leap = ", the upper voice leaping" if t.breach.rule == "direct-leap" else ""
    return f"{capital(t.voices())} move the same way into {_an(t.interval(simple=True))}{leap}: {t.pair()}."


def _crossing(t: _Telling) -> str:
    return f"{capital(t.voices())} cross: {t.note('low')} in the lower voice lies above {t.note('high')}."


def _spacing(t: _Telling) -> str:
    most = "a twelfth" if t.breach.rule == "spacing-bass" else "an octave"
    return f"{capital(t.voices())} lie more than {most} apart: {t.note('low')}–{t.note('high')}."


def _overlap(t: _Telling) -> str:
    return f"{capital(t.voices())} overlap: {t.note('to')} passes {t.note('passes')}, which the other has just left."


def _step(t: _Telling) -> str:
    return f"The {t.voices()} moves by {_an(t.interval())}, {t.note('from')} to {t.note('to')}."


def _range(t: _Telling) -> str:
    return (
        f"The {t.voices()} goes to {t.note('pitch')}, outside {t.midi('lowest')} to {t.midi('highest')},"
        " where it is to stay."
    )


def _unrecovered(t: _Telling) -> str:
    return (
        f"The {t.voices()} leaps from {t.note('from')} to {t.note('to')} and goes on the same way to {t.note('then')}."
    )


def _cross_relation(t: _Telling) -> str:
    return f"{t.note('from')} and {t.note('to')} stand against each other in {t.voices()}."


def _leading_tone(t: _Telling) -> str:
    if t.level == "beginner":
        return (
            f"The {t.voices()} leaves {t.note('from')}, one half step under home, for {t.note('to')} instead of home."
        )
    return f"The leading tone {t.note('from')} of the {t.voices()} goes to {t.note('to')} instead of rising."


def _seventh(t: _Telling) -> str:
    return f"The seventh {t.note('from')} of the chord, in the {t.voices()}, leaps to {t.note('to')}."


def _doubled(t: _Telling) -> str:
    what = "The leading tone" if t.breach.rule == "doubled-leading-tone" else "The seventh"
    return f"{what} {t.note('tone')} sounds in {t.voices()} at once."


def _missing(t: _Telling) -> str:
    return f"The chord {t.breach.value('chord')} is without its {t.note('tone')}."


def _unraised(t: _Telling) -> str:
    return f"{t.note('tone')} in the dominant of minor is not raised ({t.voices()})."


def _doubling(t: _Telling) -> str:
    return f"The chord {t.breach.value('chord')} doubles {t.note('tone')} ({t.voices()})."


def _low(t: _Telling) -> str:
    return f"{t.note('low')}–{t.note('high')} lie close together in a low register."


def _chord(t: _Telling) -> str:
    what = f"{t.breach.value('numeral')} ({t.breach.value('chord')}) in {t.breach.value('key')}"
    return f"{what} is not among the chords allowed."


def _cadence(t: _Telling) -> str:
    found = str(t.breach.value("found"))
    return f"The piece ends with {found or 'no cadence'}; asked for is {t.breach.value('wanted')}."


def _dissonance(t: _Telling) -> str:
    kind = str(t.breach.value("kind")).replace("-", " ")
    name = "free dissonance" if kind == "free" else f"{kind} tone" if kind != "suspension" else kind
    return f"{t.note('pitch')} in the {t.voices()} is {_an(name)}, which is not allowed."


_WORDS: dict[str, Callable[[_Telling], str]] = {
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
