"""Non-chord tones: which tones are not of their chord, and of what kind, voice by voice.

Conventions: a tone is of its chord where the chord has its pitch class; the chord that counts is the one at the tone's
onset, and for a tone that is held on, each chord it is held into. In a texture a tone's neighbours are the nearest
tones of its voice just before and after it. Steps are semitones 1 and 2. Kinds are those of NON_CHORD; a suspension's
figure counts from the lowest tone that sounds, to the tone that it resolves to (9-8 where the upper tone is a ninth or
second above the bass and falls; 2-3 where the bass itself is suspended). After Aldwell and Schachter, ch. 20-22.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from itertools import pairwise
from typing import NamedTuple

from partimento.theory.analysis.findings import ChordSpan, NonChordTone
from partimento.theory.analysis.lines import Sounding
from partimento.theory.analysis.piece import Piece, Tone
from partimento.theory.chord import Chord

_STEP = 2
_FIGURES = {1: "9-8", 3: "4-3", 5: "6-5", 6: "7-6"}
"""Steps above the bass, without octaves, and the figures of a suspension there."""
_NEAR = 4
"""How many of the last tones of a texture are looked at for a neighbour."""
_PEDAL_CHORDS = 2
"""A held tone is a pedal where it is foreign to a chord and the chords change at least so often above it."""


class _Place(NamedTuple):
    """A tone among its neighbours: indices, None at the ends of a voice or after a rest of more than a beat or two."""

    tone: int
    before: int | None
    after: int | None


def find_non_chord_tones(piece: Piece, chords: Sequence[ChordSpan]) -> tuple[NonChordTone, ...]:
    """The tones that are not of their chord, in the order of the piece's tones; grace notes are passed over."""
    if not any(span.chord is not None for span in chords):
        return ()
    reader = _Reader(piece, chords)
    found: list[NonChordTone] = []
    for voice in range(len(piece.voices)):
        found += reader.read(voice)
    return tuple(sorted(found))


def neighbours(piece: Piece, voice: int) -> list[tuple[int, int | None, int | None]]:
    """Each tone of a voice (no grace notes) with the one before it and the one after it, by index."""
    tones = piece.tones
    own = [i for i, tone in enumerate(tones) if tone.voice == voice and not tone.grace]
    if piece.voices[voice].line:
        return [(i, own[k - 1] if k else None, own[k + 1] if k + 1 < len(own) else None) for k, i in enumerate(own)]
    groups: list[list[int]] = []
    for i in own:
        if groups and tones[groups[-1][0]].onset == tones[i].onset:
            groups[-1].append(i)
        else:
            groups.append([i])
    out: list[tuple[int, int | None, int | None]] = []
    for k, group in enumerate(groups):
        earlier = [i for row in groups[max(0, k - 2) : k] for i in row][-2 * _NEAR :]
        later = [i for row in groups[k + 1 : k + 3] for i in row][: 2 * _NEAR]
        for i in group:
            out.append((i, _closest(tones, i, earlier[::-1]), _closest(tones, i, later)))
    return out


def _closest(tones: Sequence[Tone], i: int, others: Sequence[int]) -> int | None:
    """The tone nearest in pitch, the nearer in time of equal ones."""
    midi = tones[i].pitch.midi
    return min(others, key=lambda other: abs(tones[other].pitch.midi - midi), default=None)


class _Reader:
    """Names the tones of one voice after the other."""

    def __init__(self, piece: Piece, chords: Sequence[ChordSpan]) -> None:
        self._piece = piece
        self._tones = piece.tones
        self._chords = chords
        self._starts = [span.start for span in chords]
        self._sounding = Sounding(piece)

    def read(self, voice: int) -> list[NonChordTone]:
        """The voice's tones that are not of their chord."""
        places = [_Place(*row) for row in neighbours(self._piece, voice)]
        out: list[NonChordTone] = []
        doubles = self._doubles(places) if self._piece.voices[voice].line else {}
        for place in places:
            named = doubles.get(place.tone) or self._named(place)
            if named is not None:
                out.append(named)
        return out

    def _index_at(self, tick: int) -> int:
        return max(0, bisect_right(self._starts, tick) - 1)

    def _chord_at(self, tick: int) -> Chord | None:
        span = self._chords[self._index_at(tick)]
        return span.chord if span.start <= tick < span.end else None

    def _spans_of(self, tone: Tone) -> Sequence[ChordSpan]:
        """The chords over which a tone sounds for more than a moment."""
        first = self._index_at(tone.onset)
        last = bisect_left(self._starts, tone.end)
        spans = self._chords[first : max(first + 1, last)]
        moment = min(tone.duration // 4, 60)
        return [span for k, span in enumerate(spans) if k == 0 or min(span.end, tone.end) - span.start > moment]

    def _named(self, place: _Place) -> NonChordTone | None:
        tone = self._tones[place.tone]
        spans = self._spans_of(tone)
        foreign = [span for span in spans if _is_foreign(tone, span.chord)]
        if not foreign:
            return None
        if foreign[0] is spans[0] and _is_foreign(tone, self._chord_at(tone.onset)):
            return self._attacked(place, foreign[0])
        return self._held(place, spans, foreign[0])

    def _held(self, place: _Place, spans: Sequence[ChordSpan], foreign: ChordSpan) -> NonChordTone | None:
        """A tone of its chord that is held into one it does not belong to."""
        tone = self._tones[place.tone]
        after = self._tones[place.after] if place.after is not None else None
        returns = not _is_foreign(tone, spans[-1].chord)
        if returns and len(spans) > _PEDAL_CHORDS:
            return NonChordTone(place.tone, "pedal")
        if after is not None and after.onset <= tone.end + _gap(tone):
            step = after.pitch.midi - tone.pitch.midi
            if 0 < abs(step) <= _STEP and self._resolves(after):
                kind = "suspension" if step < 0 else "retardation"
                figure = self._figure(tone, after, foreign.start) if step < 0 else ""
                return NonChordTone(place.tone, kind, self._accented(foreign.start, after.onset), figure)
        if len(spans) > _PEDAL_CHORDS:
            return NonChordTone(place.tone, "pedal")
        if after is not None and after.pitch.midi == tone.pitch.midi:
            return None  # The next tone, struck anew, is the suspended one.
        return NonChordTone(place.tone, "free")

    def _attacked(self, place: _Place, span: ChordSpan) -> NonChordTone:
        """A tone that is struck outside its chord."""
        tone = self._tones[place.tone]
        before = self._near(place.before, tone, False)
        after = self._near(place.after, tone, True)
        came = tone.pitch.midi - before.pitch.midi if before is not None else None
        goes = after.pitch.midi - tone.pitch.midi if after is not None else None
        accented = after is not None and self._accented(tone.onset, after.onset)
        name = NonChordTone(place.tone, "free", accented)
        if before is not None and came == 0:
            return self._prepared(place, before, after, goes, span, name)
        if after is not None and goes == 0 and self._anticipates(tone, after):
            return name._replace(kind="anticipation", accented=False)
        if came is None and goes is None:
            return name
        stepwise_in = came is not None and 0 < abs(came) <= _STEP
        stepwise_out = goes is not None and 0 < abs(goes) <= _STEP
        if stepwise_in and stepwise_out and came is not None and goes is not None:
            return name._replace(kind="passing" if (came > 0) == (goes > 0) else "neighbour")
        if stepwise_out:
            # Come by leap, or out of a rest: it leans on its resolution.
            return name._replace(kind="appoggiatura")
        if stepwise_in and goes is not None:
            return name._replace(kind="escape")
        return name

    def _prepared(
        self, place: _Place, before: Tone, after: Tone | None, goes: int | None, span: ChordSpan, name: NonChordTone
    ) -> NonChordTone:
        """A tone that repeats the one before it, and is foreign now."""
        tone = self._tones[place.tone]
        was_of_chord = not _is_foreign(before, self._chord_at(before.onset))
        if was_of_chord and after is not None and goes is not None and 0 < abs(goes) <= _STEP:
            if goes > 0:
                return name._replace(kind="retardation")
            return name._replace(kind="suspension", figure=self._figure(tone, after, tone.onset))
        return name._replace(kind="pedal" if self._is_bass(tone) else "free")

    def _anticipates(self, tone: Tone, after: Tone) -> bool:
        """Whether the next tone, of the same pitch, belongs to the chord that comes."""
        return not _is_foreign(after, self._chord_at(after.onset))

    def _near(self, index: int | None, tone: Tone, later: bool) -> Tone | None:
        """A neighbour that is no more than a short rest away."""
        if index is None:
            return None
        other = self._tones[index]
        first, second = (tone, other) if later else (other, tone)
        return other if second.onset - first.end <= _gap(first) else None

    def _resolves(self, after: Tone) -> bool:
        chord = self._chord_at(after.onset)
        return not _is_foreign(after, chord)

    def _accented(self, tick: int, resolution: int) -> bool:
        if not self._piece.bars:
            return False
        here, there = self._piece.bar_at(tick), self._piece.bar_at(resolution)
        return here.strength(tick) > there.strength(resolution)

    def _is_bass(self, tone: Tone) -> bool:
        low = self._sounding.bass(tone.onset)
        return low is not None and low.pitch.midi == tone.pitch.midi

    def _figure(self, tone: Tone, after: Tone, tick: int) -> str:
        """The figures of a suspension that is dissonant from `tick` on."""
        bass = self._sounding.bass(tick)
        if bass is None:
            return ""
        if bass.pitch.diatonic >= tone.pitch.diatonic:
            return "2-3" if self._second_above(tone, tick) else ""
        return _FIGURES.get((tone.pitch.diatonic - bass.pitch.diatonic) % 7, "")

    def _second_above(self, tone: Tone, tick: int) -> bool:
        """Whether a tone above makes a second or a ninth with a suspended bass."""
        return any((self._tones[i].pitch.diatonic - tone.pitch.diatonic) % 7 == 1 for i in self._sounding.at(tick))

    def _doubles(self, places: Sequence[_Place]) -> dict[int, NonChordTone]:
        """Figures of two foreign tones in a line: double neighbours and cambiatas, by their tones."""
        out: dict[int, NonChordTone] = {}
        for here, there in pairwise(places):
            if here.before is None or there.after is None:
                continue
            four = [self._tones[i] for i in (here.before, here.tone, there.tone, there.after)]
            if any(after.onset - tone.end > _gap(tone) for tone, after in pairwise(four)):
                continue
            first, second, third = (after.pitch.midi - tone.pitch.midi for tone, after in pairwise(four))
            inside = [not _is_foreign(tone, self._chord_at(tone.onset)) for tone in four]
            if inside == [True, False, False, True] and _turns(first, second, third):
                for place in (here, there):
                    out[place.tone] = NonChordTone(place.tone, "double-neighbour")
            elif inside[:3] == [True, False, True] and _is_cambiata(first, second, third):
                out[here.tone] = NonChordTone(here.tone, "cambiata")
        return out


def _gap(tone: Tone) -> int:
    """The longest rest after a tone over which a line goes on: as long as the tone, an eighth at least."""
    return max(240, min(tone.duration, 480))


def _is_foreign(tone: Tone, chord: Chord | None) -> bool:
    """Whether a chord that is known has no tone like it."""
    if chord is None:
        return False
    number = tone.pitch.midi % 12
    return number not in chord.numbers and number != chord.bass_tone.number


def _turns(first: int, second: int, third: int) -> bool:
    """Upper and lower neighbour, or lower and upper, of one tone."""
    return first + second + third == 0 and 0 < abs(first) <= _STEP and 0 < abs(third) <= _STEP and first * third > 0


def _is_cambiata(first: int, second: int, third: int) -> bool:
    """Down a step, down a third, up a step; or the same upside down."""
    if first > 0:
        first, second, third = -first, -second, -third
    return -_STEP <= first < 0 and -4 <= second <= -3 and 0 < third <= _STEP
