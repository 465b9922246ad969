"""What is marked in a score: its chords with their reasons, its closes, and the tones that are not of their chord.

Conventions: ticks, milliseconds where a name says so. Closes and tones are those of claims that hold, so that the
score says nothing else than the text.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from partimento.score.timeline import Timeline
from partimento.teaching.claim import Claim, Statement
from partimento.teaching.kinds.registry import kinds
from partimento.teaching.music import Harmony
from partimento.teaching.naming import Naming
from partimento.teaching.page.numerals import pretty, spoken
from partimento.teaching.subject import Subject

MOST_REASONS = 4
"""So many reasons are shown for a chord: its own first, then those of the shortest span that holds it."""

NEAR_BARS = 4
"""A statement about no more bars than these is told with each chord in it."""

CLOSES: dict[str, tuple[str, str]] = {
    "AC": ("AC", "authentic-cadence"), "PAC": ("PAC", "perfect-authentic-cadence"),
    "IAC": ("IAC", "imperfect-authentic-cadence"),
    "IAC-inverted": ("IAC", "imperfect-authentic-cadence"), "HC": ("HC", "half-cadence"),
    "Phrygian": ("Phr", "phrygian-half-cadence"), "DC": ("DC", "deceptive-cadence"), "PC": ("PC", "plagal-cadence"),
    "viio-I": ("LTC", "leading-tone-cadence"), "evaded": ("EC", "evaded-cadence"), "modal": ("MC", "modal-cadence"),
}  # fmt: skip
"""A close's kind, its letters in the score, and its term."""

FOREIGN: dict[str, tuple[str, str, str]] = {
    "passing": ("P", "step", "passing-tone"), "neighbour": ("N", "step", "neighbor-tone"),
    "double-neighbour": ("DN", "step", "double-neighbor"), "incomplete-neighbor": ("IN", "leap", "appoggiatura"),
    "cambiata": ("C", "leap", "cambiata"), "appoggiatura": ("APP", "leap", "appoggiatura"),
    "suspension": ("S", "held", "suspension"), "retardation": ("R", "held", "retardation"),
    "anticipation": ("ANT", "held", "anticipation"), "escape": ("E", "leap", "escape-tone"),
    "pedal": ("PED", "held", "pedal-point"), "free": ("F", "leap", "free-tone"),
}  # fmt: skip
"""A tone's kind, its letters in the score, its family (which gives colour and shape), and its term."""


@dataclass(frozen=True, slots=True)
class MarkedChord:
    """A chord in its place: `bar` and `beat` as printed, `place` both in words; `roman` is the numeral as theory
    reads it, `numeral` as it is printed, `said` in words; `reasons` as (text, terms)."""

    start: int
    end: int
    start_ms: int
    end_ms: int
    bar: int
    beat: str
    place: str
    symbol: str
    roman: str
    numeral: str
    said: str
    key: str
    reasons: tuple[tuple[str, tuple[str, ...]], ...]


def marked_chords(
    subject: Subject, statements: Sequence[Statement], reasons: Sequence[Statement], naming: Naming
) -> tuple[MarkedChord, ...]:
    """The chords of the piece; `reasons` tell why each is there, `statements` what else is said of its place."""
    music, line = subject.music, Timeline(subject.song)
    own: dict[int, list[Statement]] = {}
    for reason in reasons:
        for start, _ in _spans(reason.claim):
            own.setdefault(start, []).append(reason)
    near = _near(subject, statements)
    return tuple(
        MarkedChord(
            harmony.start, harmony.end, round(1000 * line.seconds_at(harmony.start)),
            round(1000 * line.seconds_at(harmony.end)), music.bar(harmony.start).number, music.beat(harmony.start),
            f"{naming.bar.capitalize()} {music.bar(harmony.start).number}, beat {music.beat(harmony.start)}",
            naming.chord(harmony.chord), harmony.numeral, pretty(harmony.numeral),
            spoken(harmony.numeral), naming.key(harmony.key),
            _reasons(harmony, own.get(harmony.start, []), near),
        )
        for harmony in music.harmony
    )  # fmt: skip


def chord_number(chords: Sequence[MarkedChord], tick: int) -> int:
    """The number of the chord that holds at a tick, the first or last beyond the ends."""
    return max(0, bisect_right([chord.start for chord in chords], tick) - 1)


def closes(subject: Subject) -> Mapping[int, str]:
    """The closes by the start of their last chord, as kinds of CLOSES."""
    found: dict[int, str] = {}
    for claim in _holding(subject, "harmony.cadence"):
        for _, end in _spans(claim):
            last = subject.music.at(end - 1)
            if last is not None:
                name = str(claim.value("cadence"))
                found |= {last.start: name} if name in CLOSES else {}
    return found


def foreign_tones(subject: Subject) -> Mapping[tuple[int, int], str]:
    """Tones that are not of their chord, by onset and MIDI number, as kinds of FOREIGN."""
    music = subject.music
    pool = music.tune if subject.recorded else subject.piece.tones
    tones: dict[tuple[int, int], list[int]] = {}
    for tone in pool:
        tones.setdefault((tone.onset, tone.end), []).append(tone.pitch.midi)
    found: dict[tuple[int, int], str] = {}
    for claim in _holding(subject, "melody.non-chord"):
        sort = str(claim.value("sort"))
        for span in _spans(claim):
            harmony = music.heard_at(span[0])
            for midi in tones.get(span, ()):
                if harmony is None or midi % 12 not in harmony.chord.numbers or sort == "suspension":
                    found[span[0], midi] = sort
    return found


def phrases(subject: Subject) -> tuple[tuple[int, int], ...]:
    """The phrases in ms: as they were planned, as they were found, or four bars each."""
    song, line = subject.song, Timeline(subject.song)
    spans = [(p.start, p.start + p.length) for section in song.sections for p in section.phrases]
    spans = spans or [(phrase.start, phrase.end) for phrase in subject.analysis.phrases]
    bars = subject.music.bars
    spans = spans or [(bars[i].start, bars[min(i + 3, len(bars) - 1)].end) for i in range(0, len(bars), 4)]
    return tuple((round(1000 * line.seconds_at(start)), round(1000 * line.seconds_at(end))) for start, end in spans)


def _spans(claim: Claim) -> tuple[tuple[int, int], ...]:
    return claim.places or ((claim.start, claim.end),)


def _holding(subject: Subject, name: str) -> Iterator[Claim]:
    for kind in kinds():
        if kind.id == name:
            yield from (claim for claim in kind.collect(subject) if kind.holds(claim, subject))


def _near(subject: Subject, statements: Sequence[Statement]) -> list[tuple[int, int, Statement]]:
    """The spans of statements about few bars, the shortest first."""
    found = [
        (start, end, statement)
        for statement in statements
        for start, end in _spans(statement.claim)
        if subject.music.count_bars(start, end) <= NEAR_BARS
    ]
    return sorted(found, key=lambda row: (row[1] - row[0], row[0]))


def _reasons(
    harmony: Harmony, own: Sequence[Statement], near: Sequence[tuple[int, int, Statement]]
) -> tuple[tuple[str, tuple[str, ...]], ...]:
    chosen = list(own)
    for start, end, statement in near:
        touches = start < harmony.end and end > harmony.start
        if touches and all(statement.text != other.text for other in chosen):
            chosen.append(statement)
    return tuple((statement.text, statement.terms) for statement in chosen[:MOST_REASONS])
