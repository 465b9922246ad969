"""Rules that need an analysis: tendency tones, doublings, missing tones, the raised leading tone of minor.

Conventions: chords are an analysis' ChordSpans, human or found; those less sure than a rule's `sure` (per cent), and
those that pass in less than a quarter, are not judged. A tone counts as doubled where it sounds with its double as the
chord begins, but for tones shorter than a quarter that pass by step, and two voices that pass through it in contrary
motion. Nothing is judged across a fermata.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby, pairwise

from partimento.theory.analysis.findings import ChordSpan
from partimento.theory.analysis.piece import Tone
from partimento.theory.chord import Chord
from partimento.theory.key import Key
from partimento.theory.meter import TICKS
from partimento.theory.pitch import Pitch, PitchClass
from partimento.theory.rules.rule_set import RuleSet
from partimento.theory.rules.slices import Lines
from partimento.theory.rules.tendency import leading_tone, leading_tone_falls, leading_tone_of, seventh_leaps
from partimento.theory.rules.voices import Found


@dataclass(frozen=True, slots=True)
class Place:
    """A tone of line `line`, the `index`-th, that ends or is held into the chord after its own."""

    line: int
    index: int
    before: Tone | None
    tone: Tone
    after: Tone


class Harmony:
    """Lines under their chords: what each line sounds in a chord, and how it goes on into the next."""

    def __init__(self, lines: Lines, chords: Sequence[ChordSpan]) -> None:
        self.lines = lines
        self.spans = tuple(span for span in chords if span.end > span.start)
        self.passing = _shorter_than_a_beat(self.spans)
        self._onsets = [[tone.onset for tone in line] for line in lines.lines]

    def within(self, line: int, start: int, end: int) -> Sequence[Tone]:
        """The line's tones that sound in a span, those held into it included."""
        tones, onsets = self.lines.lines[line], self._onsets[line]
        first = max(0, bisect_right(onsets, start) - 1)
        last = bisect_right(onsets, end - 1)
        return [tone for tone in tones[first:last] if tone.end > start]

    def leaving(self, line: int, change: int) -> Place | None:
        """How the line goes over a change of chord: its last tone before and the next; None over a rest or a break."""
        tones, onsets = self.lines.lines[line], self._onsets[line]
        index = bisect_right(onsets, change - 1) - 1
        if index < 0 or index + 1 >= len(tones):
            return None
        tone, after = tones[index], tones[index + 1]
        if tone.end < change or after.onset != tone.end or tone.end in self.lines.breaks:
            return None
        before = tones[index - 1] if index and tones[index - 1].end == tone.onset else None
        return Place(line, index, before, tone, after)

    def sounds(self, tone: PitchClass, start: int, end: int) -> bool:
        """Whether some line sounds a tone in a span."""
        lines = range(len(self.lines.lines))
        return any(t.pitch.pitch_class == tone for line in lines for t in self.within(line, start, end))

    def passes(self, line: int, tone: Tone) -> int:
        """The way a line leaves a tone that it enters and leaves by step, 1 up or -1 down; 0 for any other tone."""
        tones = self.lines.lines[line]
        index = bisect_right(self._onsets[line], tone.onset) - 1
        if not 0 < index < len(tones) - 1:
            return 0
        before, after = tones[index - 1].pitch, tones[index + 1].pitch
        steps = _is_step(before, tone.pitch) and _is_step(tone.pitch, after)
        return (1 if after.diatonic > tone.pitch.diatonic else -1) if steps else 0

    def adorns(self, line: int, tone: Tone) -> bool:
        """Whether a tone shorter than a beat passes by step."""
        return tone.duration < TICKS and self.passes(line, tone) != 0

    def exchange(self, tones: Sequence[tuple[int, Tone]]) -> bool:
        """Whether two lines pass by step through the same tone and part in contrary motion."""
        return len(tones) == 2 and sum(self.passes(line, tone) for line, tone in tones) == 0 != self.passes(*tones[0])


def _shorter_than_a_beat(spans: Sequence[ChordSpan]) -> frozenset[int]:
    """Where chords begin that pass in less than a quarter, those in a row on one root taken together."""
    passing: set[int] = set()
    for _, group in groupby(spans, key=lambda span: span.chord.root if span.chord is not None else None):
        run = tuple(group)
        if run[-1].end - run[0].start < TICKS:
            passing.update(span.start for span in run)
    return frozenset(passing)


def _is_step(one: Pitch, other: Pitch) -> bool:
    """Whether two pitches are a step apart, or a step in another octave, as basses take it."""
    return abs(one.diatonic - other.diatonic) in (1, 6, 8)


def _judged(harmony: Harmony, span: ChordSpan, rule: str, rules: RuleSet) -> bool:
    """Whether a chord is sure enough for a rule and does not pass in less than a beat."""
    return span.sure * 100 >= rules.number(rule, "sure") and span.start not in harmony.passing


def harmony_breaches(lines: Lines, chords: Sequence[ChordSpan], rules: RuleSet) -> Iterator[Found]:
    """All faults of harmony, in order of rule."""
    if not lines.voices:
        return
    harmony = Harmony(lines, chords)
    yield from _leading_tones(harmony, rules)
    yield from _sevenths(harmony, rules)
    for number, span in enumerate(harmony.spans):
        if span.chord is not None:
            before, after = harmony.spans[max(0, number - 1) : number], harmony.spans[number + 1 : number + 2]
            if not before or before[0].chord is None or before[0].chord.root != span.chord.root:
                yield from _doubled(harmony, span, span.chord, rules)
            yield from _missing(harmony, span, span.chord, (*before, *after), rules)
            yield from _usual_doublings(harmony, span, span.chord, rules)
    yield from _unraised(harmony, rules)


def _leading_tones(harmony: Harmony, rules: RuleSet) -> Iterator[Found]:
    if not rules.severity("leading-tone"):
        return
    every = rules.text("leading-tone", "voices") == "all"
    asked = range(len(harmony.lines.lines)) if every else harmony.lines.outer
    for span, after in pairwise(harmony.spans):
        if span.chord is None or after.chord is None or not _judged(harmony, span, "leading-tone", rules):
            continue
        leading = leading_tone_of(span.numeral, span.chord, span.key)
        if leading != leading_tone(span.key) or leading in after.chord.tones:
            continue
        # Chords without the tonic do not resolve the dominant; a six-four on the tonic goes on with it.
        if after.key != span.key or span.key.tonic not in after.chord.tones or after.chord.inversion == 2:
            continue
        for line in asked:
            place = harmony.leaving(line, after.start)
            if place is None or place.tone.pitch.pitch_class != leading or place.tone.end > after.start:
                continue
            if _owes_leading(place):
                yield _fault("leading-tone", place, harmony)


def _owes_leading(place: Place) -> bool:
    """Whether the leading tone goes neither to a tonic of any octave nor down chromatically, nor falls by step in the
    bass, nor 8-7-6."""
    old, new = place.tone.pitch, place.after.pitch
    if new.pitch_class == old.pitch_class.up(-5) or (new.letter == old.letter and new.midi < old.midi):
        return False
    if place.line == 0 and new.diatonic == old.diatonic - 1:
        return False
    return leading_tone_falls(place.before.pitch if place.before else None, old, new)


def _fault(rule: str, place: Place, harmony: Harmony) -> Found:
    facts = (("from", str(place.tone.pitch)), ("to", str(place.after.pitch)))
    return Found(rule, place.after.onset, (harmony.lines.voices[place.line],), facts)


def _sevenths(harmony: Harmony, rules: RuleSet) -> Iterator[Found]:
    if not rules.severity("seventh-leaps"):
        return
    for span, after in pairwise(harmony.spans):
        if span.chord is None or span.chord.seventh is None or not _judged(harmony, span, "seventh-leaps", rules):
            continue
        if after.chord is not None and (after.chord.root == span.chord.root or span.chord.seventh in after.chord.tones):
            continue
        for line in range(len(harmony.lines.lines)):
            place = harmony.leaving(line, after.start)
            if place is None or place.tone.pitch.pitch_class != span.chord.seventh:
                continue
            if _leaps_away(place) and harmony.sounds(span.chord.root, after.start - 1, after.start):
                yield _fault("seventh-leaps", place, harmony)


def _leaps_away(place: Place) -> bool:
    """Whether a seventh leaps, but to its step in another octave."""
    steps = abs(place.after.pitch.diatonic - place.tone.pitch.diatonic)
    return seventh_leaps(place.tone.pitch, place.after.pitch) and steps not in (6, 8)


def _doubled(harmony: Harmony, span: ChordSpan, chord: Chord, rules: RuleSet) -> Iterator[Found]:
    leading = leading_tone_of(span.numeral, chord, span.key)
    own = leading if leading == leading_tone(span.key) else None
    for rule, tone in (("doubled-leading-tone", own), ("doubled-seventh", chord.seventh)):
        if tone is None or not rules.severity(rule) or not _judged(harmony, span, rule, rules):
            continue
        both = [
            (line, here)
            for line in range(len(harmony.lines.lines))
            for here in harmony.within(line, span.start, span.start + 1)
            if here.pitch.pitch_class == tone and not harmony.adorns(line, here)
        ]
        if len(both) > 1 and not harmony.exchange(both):
            voices = tuple(harmony.lines.voices[line] for line, _ in both)
            yield Found(rule, span.start, voices, (("tone", tone.name),))


def _missing(
    harmony: Harmony, span: ChordSpan, chord: Chord, around: Sequence[ChordSpan], rules: RuleSet
) -> Iterator[Found]:
    """Tones that never sound while a chord lasts, where it lasts a beat, has voices enough, and no other tone sounds.

    Where one does (a suspension, an appoggiatura) it stands for the tone that is missed. Neighbouring chords `around`
    on the same root are one chord with this.
    """
    if not rules.severity("missing-tone") or span.end - span.start < TICKS:
        return
    if not _judged(harmony, span, "missing-tone", rules):
        return
    sounding = [harmony.within(line, span.start, span.end) for line in range(len(harmony.lines.lines))]
    needed = [tone for tone in (chord.root, chord.third, chord.seventh) if tone is not None]
    if sum(bool(tones) for tones in sounding) < max(3, len(needed)):
        return
    heard = {tone.pitch.pitch_class for tones in sounding for tone in tones}
    if not heard <= set(chord.tones):
        return
    for other in around:
        if other.chord is not None and other.chord.root == chord.root:
            for line in range(len(harmony.lines.lines)):
                heard |= {tone.pitch.pitch_class for tone in harmony.within(line, other.start, other.end)}
    missing = [tone.name for tone in needed if tone not in heard]
    if missing:
        yield Found("missing-tone", span.start, (), (("tone", missing[0]), ("chord", chord.name)))


def _usual_doublings(harmony: Harmony, span: ChordSpan, chord: Chord, rules: RuleSet) -> Iterator[Found]:
    """A doubled third of a major triad in root position; a six-four whose bass is not doubled."""
    if not rules.severity("doubling") or not _judged(harmony, span, "doubling", rules) or len(harmony.lines.lines) != 4:
        return
    struck = [harmony.within(line, span.start, span.start + 1) for line in range(4)]
    if any(not tones for tones in struck):
        return
    tones = [struck[line][0].pitch.pitch_class for line in range(4)]
    if any(tone not in chord.tones for tone in tones) or len(set(tones)) < 3:
        return
    doubled = next(tone for tone in tones if tones.count(tone) > 1) if len(set(tones)) == 3 else None
    third_doubled = chord.quality == "" and chord.inversion == 0 and doubled == chord.third
    other_than_bass = chord.quality in ("", "m") and chord.inversion == 2 and doubled != chord.bass_tone
    if doubled is not None and (third_doubled or other_than_bass):
        voices = tuple(harmony.lines.voices[line] for line in range(4) if tones[line] == doubled)
        yield Found("doubling", span.start, voices, (("tone", doubled.name), ("chord", chord.name)))


def _unraised(harmony: Harmony, rules: RuleSet) -> Iterator[Found]:
    """A dominant of minor, going to the tonic, in which the seventh degree sounds low and nowhere raised."""
    if not rules.severity("unraised-leading-tone"):
        return
    for span, after in pairwise(harmony.spans):
        if span.chord is None or after.chord is None or span.start in harmony.lines.breaks:
            continue
        if not _is_on_five(span.chord, span.key) or not _judged(harmony, span, "unraised-leading-tone", rules):
            continue
        if harmony.sounds(leading_tone(span.key), span.start, span.end):
            continue
        if span.chord.inversion != 0 and _bass_passes(harmony, span):
            continue
        # A seventh chord on the first degree is no tonic but a dominant of the fourth.
        tonic = after.chord.root == span.key.tonic and after.chord.seventh is None
        if not tonic or after.key != span.key or span.end in harmony.lines.breaks:
            continue
        voices = tuple(
            harmony.lines.voices[line]
            for line in range(len(harmony.lines.lines))
            if _keeps_low_seventh(harmony, line, span)
        )
        if voices:
            yield Found("unraised-leading-tone", span.start, voices, (("tone", span.key.degree(7).name),))


def _keeps_low_seventh(harmony: Harmony, line: int, span: ChordSpan) -> bool:
    """Whether the line sounds the low seventh degree in the chord and does not fall from it, as it may."""
    for tone in harmony.within(line, span.start, span.end):
        if tone.pitch.pitch_class == span.key.degree(7):
            place = harmony.leaving(line, tone.end)
            return place is None or place.after.pitch.midi >= tone.pitch.midi
    return False


def _bass_passes(harmony: Harmony, span: ChordSpan) -> bool:
    """Whether the bass goes through the chord by step: a passing chord, no dominant."""
    bass = harmony.within(0, span.start, span.end)
    return bool(bass) and harmony.passes(0, bass[0]) != 0


def _is_on_five(chord: Chord, key: Key) -> bool:
    """Whether a chord of a minor key is a triad or seventh chord on V, its third raised or not."""
    return key.mode == "minor" and chord.root == key.tonic.up(1) and chord.third is not None
