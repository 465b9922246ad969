"""What is marked in a score: its chords with their reasons, its closes, and the tones that are not of their chord.

Conventions: ticks, milliseconds where a name says so. Closes and tones are those of claims that hold, so that the
score says nothing else than the text.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from partimento.score.timeline import Timeline
from partimento.teaching.claim import Claim, Statement
from partimento.teaching.kinds.claiming import at_least
from partimento.teaching.music import Harmony
from partimento.teaching.naming import Naming
from partimento.teaching.page.numerals import pretty, spoken
from partimento.teaching.page.reasons import Reason, Reasons, foreign, holding, spans
from partimento.teaching.subject import Subject

CLOSES: dict[str, tuple[str, str]] = {
    "AC": ("AC", "authentic-cadence"), "PAC": ("PAC", "perfect-authentic-cadence"),
    "IAC": ("IAC", "imperfect-authentic-cadence"),
    "IAC-inverted": ("IAC", "imperfect-authentic-cadence"), "HC": ("HC", "half-cadence"),
    "Phrygian": ("Phr", "phrygian-half-cadence"), "DC": ("DC", "deceptive-cadence"), "PC": ("PC", "plagal-cadence"),
    "viio-I": ("LTC", "leading-tone-cadence"), "evaded": ("EC", "evaded-cadence"), "modal": ("MC", "modal-cadence"),
}  # fmt: skip
"""A close's kind, its letters in the score, and its term."""

SIGNS = {"T": "home", "S": "away", "D": "pull"}
"""What stands under the score for who reads no numerals: where a chord is, or that it pulls home."""


@dataclass(frozen=True, slots=True)
class MarkedChord:
    """A chord in its place: `bar` and `beat` as printed, `place` both in words; `roman` is the numeral as theory
    reads it, `numeral` as it is printed, `said` in words; `reasons` as (text, terms). `sign` is what stands under the
    score, from tick `seen` on; a beginner has no numerals: there `numeral` and `said` are ""."""

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
    reasons: tuple[Reason, ...]
    sign: str
    seen: int


def marked_chords(
    subject: Subject,
    statements: Sequence[Statement],
    own: Sequence[Statement],
    naming: Naming,
    level: str = "intermediate",
    span: tuple[int, int] | None = None,
) -> tuple[MarkedChord, ...]:
    """The chords of the piece, or those that sound in `span`; `own` tell why each is there, `statements` what else is
    said of its place."""
    reasons = Reasons(subject, statements, own, level, naming)
    first, last = span or (0, subject.music.end)
    told = {start: statement.claim for statement in own for start, _ in spans(statement.claim)}
    plain = not at_least(level, "intermediate")
    return tuple(
        _marked(subject, h, reasons.of(h), naming, _sign(told.get(h.start)) if plain else "", max(first, h.start))
        for h in subject.music.harmony
        if span is None or (h.start < last and h.end > first)
    )


def _marked(
    subject: Subject, harmony: Harmony, reasons: tuple[Reason, ...], naming: Naming, sign: str, seen: int
) -> MarkedChord:
    music, line = subject.music, Timeline(subject.song)
    bar, beat = music.bar(harmony.start).number, music.beat(harmony.start)
    return MarkedChord(
        harmony.start, harmony.end, round(1000 * line.seconds_at(harmony.start)),
        round(1000 * line.seconds_at(harmony.end)), bar, beat, f"{naming.bar.capitalize()} {bar}, beat {beat}",
        naming.chord(harmony.chord), harmony.numeral, "" if sign else pretty(harmony.numeral),
        "" if sign else spoken(harmony.numeral), naming.key(harmony.key), reasons, sign or pretty(harmony.numeral),
        seen,
    )  # fmt: skip


def _sign(claim: Claim | None) -> str:
    """Where the chord is, for beginners; a dot where that is not known or has no name."""
    function = str(claim.value("function")) if claim is not None else ""
    at_home = claim is not None and bool(claim.value("home"))
    return "home" if at_home else SIGNS.get(function, "·") if function != "T" else "·"


def chord_number(chords: Sequence[MarkedChord], tick: int) -> int:
    """The number of the chord that holds at a tick, the first or last beyond the ends."""
    return max(0, bisect_right([chord.start for chord in chords], tick) - 1)


def closes(subject: Subject) -> Mapping[int, str]:
    """The closes by the start of their last chord, as kinds of CLOSES."""
    found: dict[int, str] = {}
    for _, claim in holding(subject, "harmony.cadence"):
        for _, end in spans(claim):
            last = subject.music.at(end - 1)
            if last is not None:
                name = str(claim.value("cadence"))
                found |= {last.start: name} if name in CLOSES else {}
    return found


def foreign_tones(subject: Subject) -> Mapping[tuple[int, int], str]:
    """Tones that are not of their chord, by onset and MIDI number, as kinds of FOREIGN."""
    return {(tone.onset, tone.pitch.midi): sort for tone, sort in foreign(subject)}


def phrases(subject: Subject) -> tuple[tuple[int, int], ...]:
    """The phrases in ms: as they were planned, as they were found, or four bars each."""
    song, line = subject.song, Timeline(subject.song)
    spans = [(p.start, p.start + p.length) for section in song.sections for p in section.phrases]
    spans = spans or [(phrase.start, phrase.end) for phrase in subject.analysis.phrases]
    bars = subject.music.bars
    spans = spans or [(bars[i].start, bars[min(i + 3, len(bars) - 1)].end) for i in range(0, len(bars), 4)]
    return tuple((round(1000 * line.seconds_at(start)), round(1000 * line.seconds_at(end))) for start, end in spans)
