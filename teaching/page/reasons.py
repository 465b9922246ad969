"""Why one chord is there, for who clicks on it: what it does, what else could have been, how it closes, what stands
over it.

Conventions: reasons are (text, terms). They do not depend on which statements a level selects: each chord is told of
its own cadence and its own tones. What the composer recorded is told where the chord is still what was recorded.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from partimento.score.decision import Decision
from partimento.teaching.claim import Claim, Kind, Statement
from partimento.teaching.kinds.claiming import at_least
from partimento.teaching.kinds.registry import kinds
from partimento.teaching.kinds.wording import capital, count, listed, numeral
from partimento.teaching.music import Harmony
from partimento.teaching.naming import Naming
from partimento.teaching.subject import Subject
from partimento.theory.analysis.piece import Tone
from partimento.theory.errors import TheoryError
from partimento.theory.roman import Numeral, chord_of

Reason = tuple[str, tuple[str, ...]]

MOST_NEAR = 3
"""So many statements about the chord's surroundings are told with it, those of the shortest spans."""

NEAR_BARS = 4
"""A statement about no more bars than these is told with each chord in it."""

MOST_TONES = 6
"""So many tones over a chord are named."""

MOST_PLACES = 6
"""What is so of more places is no reason for one chord."""

MOST_BARS = 12
"""So many bars of another loop or chorus are spelled out."""

MOST_OTHERS = 3
"""So many of the other candidates are named, the weightiest."""

FOREIGN: dict[str, tuple[str, str, str]] = {
    "passing": ("P", "step", "passing-tone"), "neighbour": ("N", "step", "neighbor-tone"),
    "double-neighbour": ("DN", "step", "double-neighbor"), "incomplete-neighbor": ("IN", "leap", "appoggiatura"),
    "cambiata": ("C", "leap", "cambiata"), "appoggiatura": ("APP", "leap", "appoggiatura"),
    "suspension": ("S", "held", "suspension"), "retardation": ("R", "held", "retardation"),
    "anticipation": ("ANT", "held", "anticipation"), "escape": ("E", "leap", "escape-tone"),
    "pedal": ("PED", "held", "pedal-point"), "free": ("F", "leap", "free-tone"),
}  # fmt: skip
"""A tone's kind, its letters in the score, its family (which gives colour and shape), and its term."""

_HELD = ("suspension", "retardation", "pedal")
"""Tones that may begin in a chord of their own; they are told of with the chord that they are foreign to."""

_ELSEWHERE = ("harmony.cadence", "melody.non-chord", "harmony.chord")
"""Kinds of which a chord is told its own share, not the statement that counts them all."""

_TOPICS = ("harmony", "voice-leading")
"""What is said on other topics tells nothing of a chord."""

_CYCLES = {"harmony.loop": "loop", "harmony.chorus": "chorus", "harmony.drone": "drone"}


class Reasons:
    """The reasons of all chords of a subject, for readers of a level."""

    def __init__(
        self, subject: Subject, statements: Sequence[Statement], own: Sequence[Statement], level: str, naming: Naming
    ) -> None:
        self._subject, self._level, self._naming = subject, level, naming
        self._own: dict[int, list[Statement]] = {}
        for reason in own:
            for start, _ in spans(reason.claim):
                self._own.setdefault(start, []).append(reason)
        self._near = _near(subject, statements)
        self._closes = _closing(subject, level, naming)
        self._tones: dict[Harmony, list[tuple[Tone, str]]] = {}
        for tone, sort in foreign(subject):
            h = _under(subject, tone, sort)
            if h is not None:
                self._tones.setdefault(h, []).append((tone, sort))

    def of(self, harmony: Harmony) -> tuple[Reason, ...]:
        """Why this chord is there."""
        out: list[Reason] = [(reason.text, reason.terms) for reason in self._own.get(harmony.start, ())]
        if not out and self._subject.recorded:
            out.append((f"{self._naming.chord(harmony.chord)} is written here, but what sounds does not spell it out.",
                        ("chord",)))  # fmt: skip
        if self._subject.recorded:
            out += self._others(harmony)
        out += self._closes.get(harmony.start, ())
        if harmony in self._tones:
            out.append(self._over(self._tones[harmony]))
        told = {text for text, _ in out}
        near = [
            (statement.text, statement.terms)
            for start, end, statement in self._near
            if start < harmony.end and end > harmony.start and statement.text not in told
        ]
        return (*out, *dict.fromkeys(near[:MOST_NEAR]))

    def _over(self, tones: Sequence[tuple[Tone, str]]) -> Reason:
        """The tones that are not of the chord."""
        told = sorted(tones, key=lambda row: row[0].onset)[:MOST_TONES]
        music = self._subject.music
        one_bar = music.bar(told[0][0].onset) == music.bar(told[-1][0].onset)
        names = []
        for tone, sort in told:
            bar = "" if one_bar else f"{self._naming.bar} {music.bar(tone.onset).number}, "
            kind = _article(foreign_name(sort, self._naming))
            names.append(f"{self._naming.note(tone.pitch)} ({kind}, {bar}beat {music.beat(tone.onset)})")
        if len(tones) > len(told):
            names.append(f"{len(tones) - len(told)} more")
        verb = "is no tone" if len(names) == 1 else "are no tones"
        return f"{capital(listed(names))} {verb} of this chord.", tuple(
            dict.fromkeys(FOREIGN[sort][2] for _, sort in told)
        )

    def _others(self, harmony: Harmony) -> Iterator[Reason]:
        """What else was possible, as the composer recorded it."""
        here = [d for d in self._subject.song.decisions if d.where.start <= harmony.start < d.where.end]
        changes = [d for d in here if d.where.start == harmony.start and d.value("from") and d.value("to")]
        if changes and changes[-1].value("to") == harmony.numeral and changes[0].value("from") != harmony.numeral:
            yield f"The plan had {self._called(str(changes[0].value('from')), harmony)} here at first.", ()
        ends = any(decision.rule == "harmony.ending" for decision in here)
        for decision in here:
            if (
                decision.rule == "harmony.chain"
                and decision.where.start == harmony.start
                and self._stands(str(decision.value("numeral")), harmony)
            ):
                others = self._named(decision, str(decision.value("numeral")), harmony)
                if others:
                    yield f"{listed(others, 'or')} could have stood here as well.", ()
            elif decision.rule in _CYCLES and decision.alternatives and not ends:
                cycle = str(decision.value("cycle"))
                if any(self._stands(token, harmony) for token in cycle.replace("|", " ").split()):
                    yield from self._other_cycles(decision, cycle, harmony)

    def _other_cycles(self, decision: Decision, cycle: str, harmony: Harmony) -> Iterator[Reason]:
        others = [name for name, _ in _weightiest(decision) if name != cycle]
        if others:
            word, shown = _CYCLES[decision.rule], self._cycle(others[0], harmony)
            more = f", one of {count(len(others), 'other')} that the style has" if len(others) > 1 else ""
            yield f"Another {word} could have gone here: {shown}{more}.", ()

    def _cycle(self, cycle: str, harmony: Harmony) -> str:
        bars = [" ".join(self._called(token, harmony) for token in bar.split()) for bar in cycle.split("|")]
        return " | ".join((*bars[:MOST_BARS], "…") if len(bars) > MOST_BARS + 1 else bars)

    def _named(self, decision: Decision, chosen: str, harmony: Harmony) -> list[str]:
        others = [name for name, weight in _weightiest(decision) if name != chosen and weight > 0]
        return [self._called(name, harmony) for name in others[:MOST_OTHERS]]

    def _called(self, name: str, harmony: Harmony) -> str:
        """A numeral; for beginners the chord that it is here."""
        if at_least(self._level, "intermediate"):
            return numeral(name)
        try:
            return self._naming.chord(chord_of(name, harmony.key))
        except TheoryError:
            return numeral(name)

    def _stands(self, name: str, harmony: Harmony) -> bool:
        """Whether the chord is still that of the record, in whatever inversion and colour."""
        try:
            recorded, here = Numeral.parse(name), Numeral.parse(harmony.numeral)
        except TheoryError:
            return False
        return (recorded.degree, recorded.alter, recorded.applied) == (here.degree, here.alter, here.applied)


def _weightiest(decision: Decision) -> list[tuple[str, int]]:
    return sorted(decision.alternatives, key=lambda row: -row[1])


def foreign_name(kind: str, naming: Naming) -> str:
    """What a tone of a kind of FOREIGN is called."""
    if kind != "incomplete-neighbor":
        return naming.term(FOREIGN[kind][2])
    return f"incomplete {'neighbour' if naming.dialect == 'british' else 'neighbor'}"


def _article(name: str) -> str:
    return f"{'an' if name[0] in 'aeio' else 'a'} {name}"


def spans(claim: Claim) -> tuple[tuple[int, int], ...]:
    """All the spans that a claim speaks of."""
    return claim.places or ((claim.start, claim.end),)


def holding(subject: Subject, name: str) -> Iterator[tuple[Kind, Claim]]:
    """The claims of a kind that hold, whether they are told or not."""
    for kind in kinds():
        if kind.id == name:
            yield from ((kind, claim) for claim in kind.collect(subject) if kind.holds(claim, subject))


def foreign(subject: Subject) -> Iterator[tuple[Tone, str]]:
    """The tones that are not of their chord, with their kind, one of FOREIGN."""
    pool = subject.music.tune if subject.recorded else subject.piece.tones
    tones: dict[tuple[int, int], list[Tone]] = {}
    for tone in pool:
        tones.setdefault((tone.onset, tone.end), []).append(tone)
    for _, claim in holding(subject, "melody.non-chord"):
        sort = str(claim.value("sort"))
        for span in spans(claim):
            harmony = subject.music.heard_at(span[0])
            for tone in tones.get(span, ()) if sort in FOREIGN else ():
                if harmony is None or tone.pitch.midi % 12 not in harmony.chord.numbers or sort == "suspension":
                    yield tone, sort


def _under(subject: Subject, tone: Tone, sort: str) -> Harmony | None:
    """The chord that a tone is foreign to."""
    music = subject.music
    harmony = music.heard_at(max(0, tone.onset))
    if harmony is None or sort not in _HELD or tone.pitch.midi % 12 not in harmony.chord.numbers:
        return harmony
    later = [h for h in music.within(harmony.end, tone.end) if tone.pitch.midi % 12 not in h.chord.numbers]
    return later[0] if later else harmony


def _closing(subject: Subject, level: str, naming: Naming) -> Mapping[int, list[Reason]]:
    """What is said of cadences, by the start of their last chord."""
    found: dict[int, list[Reason]] = {}
    for kind, claim in holding(subject, "harmony.cadence"):
        for start, end in spans(claim):
            last = subject.music.at(end - 1)
            values = {**dict(claim.values), "last": end >= subject.music.end, "nth": 0, "times": 1}
            here = replace(claim, start=start, end=end, places=(), values=tuple(values.items()))
            said = kind.words(here, level, naming)
            if last is not None and said:
                terms = kind.named(claim) if kind.named else kind.terms
                found.setdefault(last.start, []).append((said, terms))
    return found


def _near(subject: Subject, statements: Sequence[Statement]) -> list[tuple[int, int, Statement]]:
    """The spans of statements about few bars, the shortest first."""
    found = [
        (start, end, statement)
        for statement in statements
        if statement.topic in _TOPICS
        and statement.claim.kind not in _ELSEWHERE
        and len(spans(statement.claim)) <= MOST_PLACES
        for start, end in spans(statement.claim)
        if subject.music.count_bars(start, end) <= NEAR_BARS
    ]
    return sorted(found, key=lambda row: (row[1] - row[0], row[0]))
