"""Part-writing rules over sonorities: tuples of one spelled pitch (or None for a rest) per voice, lowest voice first.

Each rule has a tier (`error`, `warning`, `style`) and its rate in 333 four-part chorales by Bach, so that a checker can
say how much weight a finding has. Sources are Aldwell and Schachter, Harmony and Voice Leading, and Fux for the
perfect intervals. Adjacent sonorities are compared; where a phrase ends (a fermata), pass the phrases apart.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from partimento.theory.chord import Chord
from partimento.theory.interval import Interval
from partimento.theory.key import Key
from partimento.theory.pitch import Pitch, PitchClass

Sonority = tuple[Pitch | None, ...]


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule; `bach_rate` is breaches a chorale, `bach_clean` the percentage without any, None where unmeasured."""

    id: str
    tier: str
    title: str
    source: str
    bach_rate: float | None = None
    bach_clean: float | None = None


@dataclass(frozen=True, slots=True)
class Finding:
    """A breach: the rule's id, the index of the sonority where it is complete, the voices in question (0 lowest)."""

    rule: str
    index: int
    voices: tuple[int, ...]


_HARMONY = "Aldwell and Schachter, Harmony and Voice Leading"
_FUX = "Fux, Gradus ad Parnassum (1725)"

RULES: dict[str, Rule] = {
    rule.id: rule
    for rule in (
        Rule("parallel-perfect", "error", "Parallel fifths, octaves or unisons", _FUX, 0.15, 89),
        Rule("melodic-augmented", "error", "A voice moves by an augmented second or fourth", _HARMONY, 0.02, 98.5),
        Rule("leading-tone", "error", "The leading tone of an outer voice does not rise", _HARMONY),
        Rule("seventh-leaps", "error", "A chordal seventh leaps away", _HARMONY),
        Rule("doubled-leading-tone", "error", "The leading tone is doubled", _HARMONY),
        Rule("doubled-seventh", "error", "The chordal seventh is doubled", _HARMONY),
        Rule("missing-tone", "error", "A chord lacks its root, third or seventh", _HARMONY),
        Rule("unraised-leading-tone", "error", "A minor key's dominant has no raised third", _HARMONY),
        Rule("contrary-perfect", "warning", "Fifths or octaves in contrary motion", _FUX, 0.12, 89),
        Rule("unequal-fifths", "warning", "A diminished fifth goes to a perfect one", _HARMONY, 0.18, 84),
        Rule("direct-leap", "warning", "Direct fifth or octave, the soprano leaping", _FUX, 0.22, 83),
        Rule("crossing", "warning", "A lower voice lies above a higher one", _HARMONY, 1.8, 46),
        Rule("spacing-upper", "warning", "Upper neighbours lie more than an octave apart", _HARMONY, 1.1, 60),
        Rule("spacing-bass", "warning", "The two lowest voices lie more than a twelfth apart", _HARMONY, 0.83, 65),
        Rule("melodic-leap", "warning", "A voice leaps a seventh or more than an octave", _HARMONY, 0.2, 85),
        Rule("range", "warning", "A voice leaves its range", "99 % of the notes of 333 chorales by Bach"),
        Rule("direct", "style", "Direct fifth or octave between the outer voices", _FUX, 3.3, 4.5),
        Rule("overlap", "style", "A voice passes its neighbour's previous pitch", _HARMONY, 4.4, 11),
    )
}
"""All rules by id; rates are measured on 333 four-part chorales by Bach."""

SATB_RANGES: tuple[tuple[int, int], ...] = ((38, 61), (51, 67), (57, 72), (62, 79))
"""MIDI ranges of bass, tenor, alto and soprano that hold 99 % of the notes of Bach's chorales."""

_PERFECT = {(0, 0): 1, (4, 7): 5}
"""Perfect intervals within the octave as (steps, semitones): unison or octave, and fifth."""


def _perfect(low: Pitch, high: Pitch) -> int:
    return _PERFECT.get(((high.diatonic - low.diatonic) % 7, (high.midi - low.midi) % 12), 0)


def motion_faults(before: Sonority, after: Sonority) -> list[tuple[str, tuple[int, ...]]]:
    """Faults of the step between two sonorities as (rule id, voices): parallels, direct motion, overlap and leaps."""
    faults: list[tuple[str, tuple[int, ...]]] = []
    moving = [
        (voice, old, new)
        for voice, (old, new) in enumerate(zip(before, after, strict=True))
        if old is not None and new is not None
    ]
    for place, (low, old_low, new_low) in enumerate(moving):
        for high, old_high, new_high in moving[place + 1 :]:
            rule = _pair_fault(old_low, old_high, new_low, new_high)
            if rule:
                faults.append((rule, (low, high)))
    if len(moving) >= 2:
        low, old_low, new_low = moving[0]
        high, old_high, new_high = moving[-1]
        if _is_direct(old_low, old_high, new_low, new_high):
            faults.append(("direct-leap" if abs(new_high.midi - old_high.midi) > 2 else "direct", (low, high)))
    for (low, old_low, new_low), (high, old_high, new_high) in zip(moving, moving[1:], strict=False):
        if new_low.midi > old_high.midi or new_high.midi < old_low.midi:
            faults.append(("overlap", (low, high)))
    for voice, old, new in moving:
        rule = _melodic_fault(old, new)
        if rule:
            faults.append((rule, (voice,)))
    return faults


def _pair_fault(old_low: Pitch, old_high: Pitch, new_low: Pitch, new_high: Pitch) -> str:
    below, above = new_low.midi - old_low.midi, new_high.midi - old_high.midi
    if not below or not above:
        return ""
    new = _perfect(new_low, new_high)
    if not new:
        return ""
    if _perfect(old_low, old_high) == new:
        return "parallel-perfect" if below * above > 0 else "contrary-perfect"
    diminished = (old_high.diatonic - old_low.diatonic) % 7 == 4 and (old_high.midi - old_low.midi) % 12 == 6
    return "unequal-fifths" if new == 5 and diminished and below * above > 0 else ""


def _is_direct(old_low: Pitch, old_high: Pitch, new_low: Pitch, new_high: Pitch) -> bool:
    similar = (new_low.midi - old_low.midi) * (new_high.midi - old_high.midi) > 0
    new = _perfect(new_low, new_high)
    return similar and new != 0 and _perfect(old_low, old_high) != new


def _melodic_fault(old: Pitch, new: Pitch) -> str:
    interval = Interval.between(old, new)
    steps, semitones = abs(interval.steps), abs(interval.semitones)
    if (steps, semitones) in ((1, 3), (3, 6)):
        return "melodic-augmented"
    return "melodic-leap" if steps == 6 or semitones > 12 else ""


def parallels(sonorities: Sequence[Sonority]) -> tuple[Finding, ...]:
    """Parallel and contrary fifths and octaves, and unequal fifths, between adjacent sonorities."""
    wanted = ("parallel-perfect", "contrary-perfect", "unequal-fifths")
    return tuple(finding for finding in motion(sonorities) if finding.rule in wanted)


def motion(sonorities: Sequence[Sonority]) -> tuple[Finding, ...]:
    """All findings of `motion_faults`, in order."""
    return tuple(
        Finding(rule, index, voices)
        for index in range(1, len(sonorities))
        for rule, voices in motion_faults(sonorities[index - 1], sonorities[index])
    )


def spacing(sonorities: Sequence[Sonority]) -> tuple[Finding, ...]:
    """Crossing, and neighbours too far apart: an octave in the upper voices, a twelfth above the bass."""
    findings: list[Finding] = []
    for index, sonority in enumerate(sonorities):
        sounding = [(voice, pitch) for voice, pitch in enumerate(sonority) if pitch is not None]
        for (low, below), (high, above) in zip(sounding, sounding[1:], strict=False):
            gap = above.midi - below.midi
            if gap < 0:
                findings.append(Finding("crossing", index, (low, high)))
            elif gap > (19 if low == 0 else 12):
                findings.append(Finding("spacing-bass" if low == 0 else "spacing-upper", index, (low, high)))
    return tuple(findings)


def out_of_range(
    sonorities: Sequence[Sonority], ranges: Sequence[tuple[int, int]] = SATB_RANGES
) -> tuple[Finding, ...]:
    """Pitches outside their voice's MIDI range, given lowest voice first."""
    return tuple(
        Finding("range", index, (voice,))
        for index, sonority in enumerate(sonorities)
        for voice, (pitch, (lowest, highest)) in enumerate(zip(sonority, ranges, strict=True))
        if pitch is not None and not lowest <= pitch.midi <= highest
    )


def unresolved_sevenths(sonorities: Sequence[Sonority], chords: Sequence[Chord]) -> tuple[Finding, ...]:
    """Chordal sevenths that leap: they may fall or rise by step, be held, or move within the same chord."""
    findings: list[Finding] = []
    for index in range(1, len(sonorities)):
        chord = chords[index - 1]
        if chord.seventh is None or chords[index] == chord:
            continue
        for voice, (old, new) in enumerate(zip(sonorities[index - 1], sonorities[index], strict=True)):
            if old is None or new is None or old.pitch_class != chord.seventh:
                continue
            if abs(new.midi - old.midi) > 2:
                findings.append(Finding("seventh-leaps", index, (voice,)))
    return tuple(findings)


def _leading_tone(key: Key) -> PitchClass:
    return key.tonic.up(5)


def _is_dominant(chord: Chord, key: Key) -> bool:
    return _leading_tone(key) in chord.tones and chord.root in (key.tonic.up(1), _leading_tone(key))


def unresolved_leading_tones(sonorities: Sequence[Sonority], chords: Sequence[Chord], key: Key) -> tuple[Finding, ...]:
    """Outer voices' leading tones of a dominant that do not rise; held ones, prolonged dominants and 8-7-6 pass."""
    leading = _leading_tone(key)
    findings: list[Finding] = []
    for index in range(1, len(sonorities)):
        if not _is_dominant(chords[index - 1], key) or _is_dominant(chords[index], key):
            continue
        for voice in (0, len(sonorities[index]) - 1):
            old, new = sonorities[index - 1][voice], sonorities[index][voice]
            if old is None or new is None or old.pitch_class != leading or new.midi in (old.midi, old.midi + 1):
                continue
            before = sonorities[index - 2][voice] if index >= 2 else None
            falls = before is not None and before.pitch_class == key.tonic and new.diatonic == old.diatonic - 1
            if not falls:
                findings.append(Finding("leading-tone", index, (voice,)))
    return tuple(findings)


def chord_faults(sonority: Sonority, chord: Chord, key: Key) -> list[tuple[str, tuple[int, ...]]]:
    """Faults of one sonority as (rule id, voices): doubled tendency tones, missing tones, an unraised leading tone."""
    voices: dict[PitchClass, tuple[int, ...]] = {}
    for voice, pitch in enumerate(sonority):
        if pitch is not None:
            voices[pitch.pitch_class] = (*voices.get(pitch.pitch_class, ()), voice)
    faults: list[tuple[str, tuple[int, ...]]] = []
    leading = _leading_tone(key)
    if _is_dominant(chord, key) and len(voices.get(leading, ())) > 1:
        faults.append(("doubled-leading-tone", voices[leading]))
    if chord.seventh is not None and len(voices.get(chord.seventh, ())) > 1:
        faults.append(("doubled-seventh", voices[chord.seventh]))
    needed = [tone for tone in (chord.root, chord.third, chord.seventh) if tone is not None]
    if len([pitch for pitch in sonority if pitch is not None]) >= len(needed) and any(
        tone not in voices for tone in needed
    ):
        faults.append(("missing-tone", ()))
    if key.mode == "minor" and chord.root == key.tonic.up(1) and chord.third == key.degree(7):
        faults.append(("unraised-leading-tone", voices.get(key.degree(7), ())))
    return faults


def check(
    sonorities: Sequence[Sonority],
    chords: Sequence[Chord],
    key: Key,
    ranges: Sequence[tuple[int, int]] | None = SATB_RANGES,
) -> tuple[Finding, ...]:
    """Every rule over one phrase in one key, in order of place and rule id; `ranges=None` leaves ranges out."""
    findings = [
        *motion(sonorities),
        *spacing(sonorities),
        *unresolved_sevenths(sonorities, chords),
        *unresolved_leading_tones(sonorities, chords, key),
        *(out_of_range(sonorities, ranges) if ranges is not None else ()),
    ]
    for index, (sonority, chord) in enumerate(zip(sonorities, chords, strict=True)):
        findings += [Finding(rule, index, voices) for rule, voices in chord_faults(sonority, chord, key)]
    return tuple(sorted(findings, key=lambda finding: (finding.index, finding.rule, finding.voices)))
