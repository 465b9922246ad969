"""Faults planted in real chorales: one planter a rule, each by the rule's definition and not by the checker's code.

Conventions: a planter finds all the places in a chorale where a few wrong notes make a fault. The reading
of the chords stays that of the piece as it was: what is planted is a wrong note, not other harmony.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import combinations, pairwise

from partimento.score.stream import Stream
from partimento.theory.analysis.findings import Analysis, ChordSpan
from partimento.theory.analysis.piece import Piece, Tone
from partimento.theory.interval import Interval
from partimento.theory.pitch import Pitch, PitchClass, pitch_at
from partimento.theory.roman import Numeral

Changes = tuple[tuple[Tone, Pitch], ...]
Place = tuple[Changes, int]
"""Tones and the pitches they are to take, and the tick where the fault is complete."""
Planted = tuple[Piece, int]


@dataclass(frozen=True, slots=True)
class Ground:
    """A piece to plant in: its lines, its chords, the ticks where a phrase begins after a fermata."""

    piece: Piece
    chords: tuple[ChordSpan, ...]
    lines: tuple[tuple[Tone, ...], ...]
    breaks: frozenset[int]

    def sounding(self, voice: int, tick: int) -> Tone | None:
        """What a voice sounds at a tick."""
        return next((tone for tone in self.lines[voice] if tone.onset <= tick < tone.end), None)

    def moves(self, voice: int) -> Iterator[tuple[Tone, Tone]]:
        """Neighbouring tones of a voice, without a rest or a fermata between."""
        for old, new in pairwise(self.lines[voice]):
            if old.end == new.onset and new.onset not in self.breaks:
                yield old, new

    def changed(self, changes: Changes) -> Piece:
        """The piece with tones on other pitches."""
        new = {tone: tone._replace(pitch=pitch) for tone, pitch in changes}
        tones = (new.get(tone, tone) for tone in self.piece.tones)
        ordered = tuple(sorted(tones, key=lambda tone: (tone.onset, tone.pitch.midi, tone.voice)))
        return replace(self.piece, tones=ordered)

    def lasts(self, number: int) -> bool:
        """Whether a chord, with its neighbours on the same root, lasts a quarter."""
        low = high = number
        while low and _same_root(self.chords[low - 1], self.chords[number]):
            low -= 1
        while high + 1 < len(self.chords) and _same_root(self.chords[high + 1], self.chords[number]):
            high += 1
        return self.chords[high].end - self.chords[low].start >= 480


def _same_root(one: ChordSpan, other: ChordSpan) -> bool:
    return one.chord is not None and other.chord is not None and one.chord.root == other.chord.root


def ground(piece: Piece, analysis: Analysis | None) -> Ground:
    """The piece with what planters ask of it."""
    lines = tuple(tuple(t for t in piece.tones if t.voice == voice) for voice in range(len(piece.voices)))
    breaks = {tone.end for tick in piece.fermatas for tone in lines[-1] if tone.onset <= tick < tone.end}
    return Ground(piece, analysis.chords if analysis is not None else (), lines, frozenset(breaks))


def _with(*changes: tuple[Tone, Pitch]) -> Changes:
    return changes


def _up(pitch: Pitch, name: str) -> Pitch:
    return pitch.transposed(Interval.parse(name))


def _kind(low: Pitch, high: Pitch) -> tuple[int, int]:
    low, high = sorted((low, high))
    return (high.diatonic - low.diatonic) % 7, (high.midi - low.midi) % 12


def _pairs(g: Ground) -> Iterator[tuple[tuple[Tone, Tone], tuple[Tone, Tone]]]:
    """Two voices that move at once, as (old, new) of the lower and of the higher; the lower one to another pitch."""
    for low, high in combinations(range(len(g.lines)), 2):
        above = {new.onset: (old, new) for old, new in g.moves(high)}
        for old, new in g.moves(low):
            if new.onset in above and new.pitch != old.pitch:
                yield (old, new), above[new.onset]


def _parallels(g: Ground, names: Sequence[str], contrary: bool) -> list[Place]:
    kinds = {(Interval.parse(name).steps % 7, Interval.parse(name).semitones % 12) for name in names}
    out = []
    for (low_old, low_new), (high_old, high_new) in _pairs(g):
        if _kind(low_old.pitch, high_old.pitch) not in kinds:
            continue
        pitch = low_new.pitch.transposed(Interval.between(low_old.pitch, high_old.pitch))
        rises = low_new.pitch.midi > low_old.pitch.midi
        if contrary:
            pitch = _up(pitch, "-P8" if rises else "P8")
        if pitch != high_new.pitch and _kind(low_new.pitch, pitch) in kinds and pitch != high_old.pitch:
            out.append((_with((high_new, pitch)), high_new.onset))
    return out


def _unequal(g: Ground) -> list[Place]:
    out = []
    for (low_old, low_new), (high_old, high_new) in _pairs(g):
        size = high_old.pitch.diatonic - low_old.pitch.diatonic
        if _kind(low_old.pitch, high_old.pitch) != (4, 6) or size < 0:
            continue
        pitch = low_new.pitch.transposed(Interval(size, high_old.pitch.midi - low_old.pitch.midi + 1))
        if (pitch.midi - high_old.pitch.midi) * (low_new.pitch.midi - low_old.pitch.midi) > 0:
            out.append((_with((high_new, pitch)), high_new.onset))
    return out


def _direct(g: Ground, leaps: bool) -> list[Place]:
    out = []
    for (low_old, low_new), (high_old, high_new) in _pairs(g):
        if (low_old.voice, high_old.voice) != (0, len(g.lines) - 1):
            continue
        way = 1 if low_new.pitch.midi > low_old.pitch.midi else -1
        for name in ("P5", "P8"):
            pitch = _up(low_new.pitch, name)
            while (pitch.midi - high_old.pitch.midi) * way <= 0 and 0 < pitch.midi < 120:
                pitch = _up(pitch, "P8" if way > 0 else "-P8")
            step = abs(pitch.midi - high_old.pitch.midi)
            if _kind(low_old.pitch, high_old.pitch) == _kind(low_new.pitch, pitch) or pitch.midi < low_new.pitch.midi:
                continue
            if (step > 2) == leaps and (step <= 9):
                out.append((_with((high_new, pitch)), high_new.onset))
    return out


def _neighbours(g: Ground) -> Iterator[tuple[Tone, Tone]]:
    """Two tones of neighbouring voices of which the higher voice's begins, and sounds with the other."""
    for low, high in pairwise(range(len(g.lines))):
        for tone in g.lines[high]:
            under = g.sounding(low, tone.onset)
            if under is not None:
                yield under, tone


def _crossings(g: Ground) -> list[Place]:
    return [(_with((high, _up(low.pitch, "-M2"))), high.onset) for low, high in _neighbours(g)]


def _spaced(g: Ground, bass: bool) -> list[Place]:
    return [
        (_with((high, _up(low.pitch, "M13" if bass else "M9"))), high.onset)
        for low, high in _neighbours(g)
        if (low.voice == 0) == bass
    ]


def _overlaps(g: Ground) -> list[Place]:
    out = []
    for low, high in pairwise(range(len(g.lines))):
        above = {new.onset: (old, new) for old, new in g.moves(high)}
        for _, new in g.moves(low):
            if new.onset in above and above[new.onset][1].pitch.midi > above[new.onset][0].pitch.midi + 2:
                out.append((_with((new, _up(above[new.onset][0].pitch, "M2"))), new.onset))
    return out


def _stepping(g: Ground, names: Sequence[str]) -> list[Place]:
    return [
        (_with((new, _up(old.pitch, name))), new.onset)
        for voice in range(len(g.lines))
        for old, new in g.moves(voice)
        for name in names
    ]


def _ranges(g: Ground) -> list[Place]:
    return [
        (_with((tone, _up(tone.pitch, "P15" if voice > 1 else "-P15"))), tone.onset)
        for voice, line in enumerate(g.lines)
        for tone in line
    ]


def _cross_relations(g: Ground) -> list[Place]:
    out = []
    for one, other in combinations(range(len(g.lines)), 2):
        for old, new in g.moves(other):
            held = g.sounding(one, new.onset - 1)
            now = g.sounding(one, new.onset)
            if held is None or now is None or held.pitch.letter in (old.pitch.letter, now.pitch.letter):
                continue
            altered = held.pitch.pitch_class.up(7)
            octave = 12 * round((new.pitch.midi - altered.number) / 12)
            out.append((_with((new, pitch_at(altered, altered.number + octave))), new.onset))
    return out


def _unrecovered(g: Ground) -> list[Place]:
    out = []
    for voice in range(len(g.lines)):
        for (old, new), (same, after) in pairwise(g.moves(voice)):
            if new == same and new.pitch != after.pitch and old.pitch != new.pitch:
                sixth = _up(old.pitch, "M6")
                out.append((_with((new, sixth), (after, _up(sixth, "M2"))), after.onset))
    return out


def _changes(g: Ground) -> Iterator[tuple[ChordSpan, ChordSpan]]:
    """Two chords of one key on different roots, the first a quarter long, the second not after a fermata."""
    for number, (span, after) in enumerate(pairwise(g.chords)):
        if g.lasts(number) and span.chord is not None and after.chord is not None and after.start not in g.breaks:
            if span.key == after.key and span.chord.root != after.chord.root:
                yield span, after


def _is_dominant(span: ChordSpan) -> bool:
    return span.chord is not None and span.key.tonic.up(5) in span.chord.tones and Numeral.parse(
        span.numeral
    ).degree in (5, 7) and "/" not in span.numeral  # fmt: skip


def _last(g: Ground, voice: int, change: int) -> tuple[Tone, Tone] | None:
    """A voice's tone that ends at a change of chord, and the next."""
    return next(((old, new) for old, new in g.moves(voice) if new.onset == change), None)


def _nearest(tone: PitchClass, to: Pitch, least: int = 0) -> Pitch:
    """The nearest pitch of a tone at least so many semitones from another."""
    numbers = [n for n in range(24, 100) if n % 12 == tone.number and abs(n - to.midi) >= least]
    return pitch_at(tone, min(numbers, key=lambda n: (abs(n - to.midi), n)))


def _leading_tones(g: Ground) -> list[Place]:
    out = []
    for span, after in _changes(g):
        chord = after.chord
        if chord is None or not _is_dominant(span) or chord.root != span.key.tonic or chord.inversion == 2:
            continue
        pair = _last(g, len(g.lines) - 1, after.start)
        if pair is not None and pair[0].pitch.pitch_class == span.key.tonic.up(5) and chord.fifth is not None:
            out.append((_with((pair[1], _nearest(chord.fifth, pair[0].pitch, 3))), after.start))
    return out


def _sevenths(g: Ground) -> list[Place]:
    out = []
    for span, after in _changes(g):
        seventh = span.chord.seventh if span.chord is not None else None
        if seventh is None or span.chord is None or after.chord is None or seventh in after.chord.tones:
            continue
        rooted = any(
            tone is not None and tone.pitch.pitch_class == span.chord.root
            for tone in (g.sounding(voice, after.start - 1) for voice in range(len(g.lines)))
        )
        for voice in range(len(g.lines)):
            pair = _last(g, voice, after.start)
            if rooted and pair is not None and pair[0].pitch.pitch_class == seventh:
                pitches = [_nearest(tone, pair[0].pitch, 3) for tone in after.chord.tones]
                small = [pitch for pitch in pitches if abs(pitch.diatonic - pair[0].pitch.diatonic) not in (6, 8)]
                out += [(_with((pair[1], pitch)), after.start) for pitch in small]
    return out


def _doubled(g: Ground, seventh: bool) -> list[Place]:
    out = []
    for number, (before, span) in enumerate(pairwise(g.chords)):
        if span.chord is None or _same_root(before, span) or not g.lasts(number + 1):
            continue
        tone = span.chord.seventh if seventh else span.key.tonic.up(5) if _is_dominant(span) else None
        struck = [g.sounding(voice, span.start) for voice in range(len(g.lines))]
        if tone is None or sum(t is not None and t.pitch.pitch_class == tone for t in struck) != 1:
            continue
        for other in struck:
            if other is None or other.onset != span.start or other.pitch.pitch_class == tone:
                continue
            pitch = _nearest(tone, other.pitch)
            first = next(t for t in struck if t is not None and t.pitch.pitch_class == tone)
            if not _steps_around(g, other, pitch) and not (
                first.duration < 480 and _steps_around(g, first, first.pitch)
            ):
                out.append((_with((other, pitch)), span.start))
    return out


def _steps_around(g: Ground, here: Tone, pitch: Pitch) -> bool:
    """Whether a tone would be entered and left by step if it were another pitch: as passing tones are."""
    line = g.lines[here.voice]
    index = line.index(here)
    if not 0 < index < len(line) - 1:
        return False
    return all(abs(line[near].pitch.diatonic - pitch.diatonic) in (1, 6, 8) for near in (index - 1, index + 1))


def _missing(g: Ground) -> list[Place]:
    """The third taken out of a chord in which all tones are the chord's."""
    out = []
    for number, span in enumerate(g.chords):
        around = g.chords[max(0, number - 1) : number] + g.chords[number + 1 : number + 2]
        if span.chord is None or span.chord.third is None or span.end - span.start < 480:
            continue
        if any(other.chord is not None and other.chord.root == span.chord.root for other in around):
            continue
        inside = [tone for tone in g.piece.tones if tone.onset < span.end and tone.end > span.start]
        if any(tone.pitch.pitch_class not in span.chord.tones for tone in inside):
            continue
        if any(tone.onset < span.start or tone.end > span.end for tone in inside):
            continue
        thirds = [tone for tone in inside if tone.pitch.pitch_class == span.chord.third]
        if thirds:
            changes = [(tone, _nearest(span.chord.root, tone.pitch)) for tone in thirds]
            out.append((_with(*changes), span.start))
    return out


def _unraised(g: Ground) -> list[Place]:
    """The raised third of a minor key's dominant lowered where it goes up to the tonic."""
    out = []
    for span, after in _changes(g):
        chord, leading = span.chord, span.key.tonic.up(5)
        if chord is None or after.chord is None or span.key.mode != "minor" or span.start in g.breaks:
            continue
        if chord.root != span.key.tonic.up(1) or chord.third != leading:
            continue
        if after.chord.root != span.key.tonic or after.chord.seventh is not None:
            continue
        raised = [
            tone for tone in g.piece.tones if span.start <= tone.onset < span.end and tone.pitch.pitch_class == leading
        ]
        if chord.inversion == 0 and raised and all(_rises(g, tone) for tone in raised):
            changes = [(t, Pitch(t.pitch.letter, t.pitch.alter - 1, t.pitch.octave)) for t in raised]
            out.append((_with(*changes), span.start))
    return out


def _rises(g: Ground, tone: Tone) -> bool:
    return any(old == tone and new.pitch.midi == old.pitch.midi + 1 for old, new in g.moves(tone.voice))


PLANTERS: dict[str, Callable[[Ground], list[Place]]] = {
    "parallel-perfect": lambda g: _parallels(g, ("P1", "P5", "P8"), contrary=False),
    "contrary-perfect": lambda g: _parallels(g, ("P5", "P8"), contrary=True),
    "unequal-fifths": _unequal,
    "direct-leap": lambda g: _direct(g, leaps=True),
    "direct": lambda g: _direct(g, leaps=False),
    "crossing": _crossings,
    "spacing-upper": lambda g: _spaced(g, bass=False),
    "spacing-bass": lambda g: _spaced(g, bass=True),
    "overlap": _overlaps,
    "melodic-augmented": lambda g: _stepping(g, ("A2", "A4", "-A2", "-A4")),
    "melodic-leap": lambda g: _stepping(g, ("m7", "M7", "-m7", "M9", "-m10")),
    "range": _ranges,
    "cross-relation": _cross_relations,
    "unrecovered-leap": _unrecovered,
    "leading-tone": _leading_tones,
    "seventh-leaps": _sevenths,
    "doubled-leading-tone": lambda g: _doubled(g, seventh=False),
    "doubled-seventh": lambda g: _doubled(g, seventh=True),
    "missing-tone": _missing,
    "unraised-leading-tone": _unraised,
}
"""A planter a rule: all the places it finds in a piece, each with the fault planted there."""


def plant(rule: str, piece: Piece, analysis: Analysis | None, stream: Stream, count: int = 1) -> list[Planted]:
    """At most `count` pieces with one fault of a rule each, at places drawn from all there are."""
    here = ground(piece, analysis)
    places = stream.shuffled(PLANTERS[rule](here))
    return [(here.changed(changes), tick) for changes, tick in places[:count]]
