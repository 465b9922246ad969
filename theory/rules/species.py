"""Species counterpoint checked: Fux's five species as Jeppesen teaches them, over a Piece with a cantus firmus.

Conventions: voices as in the Piece, 0 lowest; the cantus holds one tone a bar and is not judged. Intervals are spelled
ones. A half and a quarter are a bar's half and quarter, whatever the bar is written as. A voice that holds whole notes
under a higher species is judged as first species; at least one voice must move in the species that is asked for.
Sources: Fux, Gradus ad Parnassum (1725); Jeppesen, Counterpoint (1931).
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from itertools import combinations, pairwise

from partimento.theory.analysis.piece import Piece, Tone
from partimento.theory.errors import TheoryError
from partimento.theory.interval import Interval
from partimento.theory.pitch import Pitch
from partimento.theory.rules.breach import Breach, Value
from partimento.theory.rules.species_dissonance import dissonances
from partimento.theory.rules.species_table import SEVERITY
from partimento.theory.rules.species_texture import Line, Texture, is_perfect, perfect_of

WIDEST = 9
"""Steps of a tenth, the widest range of a line."""
MOST_PARALLEL = 3
"""Thirds or sixths in a row that two voices may move in."""
_LEAPS = {(2, 3), (2, 4), (3, 5), (4, 7), (7, 12)}
_STEPS = {(1, 1), (1, 2)}


def species_breaches(piece: Piece, species: int, cantus: int) -> tuple[Breach, ...]:
    """What is not kept in a counterpoint of `species` 1-5 to the tones of voice `cantus`, in order of place.

    TheoryError where there is no such species or voice, where a voice sounds two tones at once, or where the cantus
    does not hold one tone a bar.
    """
    if not 1 <= species <= 5:
        raise TheoryError(f"Unknown species {species}: there are five, 1 to 5")
    texture = _texture(piece, cantus)
    if len(texture.lines) < 2:
        raise TheoryError("A counterpoint has two voices at least: the cantus and one beside it")
    found = [
        *_rhythm(texture, species),
        *_melodies(texture, species),
        *_ends(texture),
        *_clausula(texture),
        *_motion(texture, species),
        *_parallel_chains(texture),
        *dissonances(texture, species),
    ]
    breaches = {Breach(rule, SEVERITY[rule], tick, voices, values) for rule, tick, voices, values in found}
    return tuple(sorted(breaches, key=lambda breach: (breach.tick, breach.rule, breach.voices, repr(breach.values))))


Found = tuple[str, int, tuple[int, ...], tuple[tuple[str, Value], ...]]


def _texture(piece: Piece, cantus: int) -> Texture:
    if not 0 <= cantus < len(piece.voices):
        raise TheoryError(f"There is no voice {cantus} to be the cantus; the voices are 0 to {len(piece.voices) - 1}")
    tones: list[list[Tone]] = [[] for _ in piece.voices]
    for tone in piece.tones:
        if not tone.grace:
            tones[tone.voice].append(tone)
    for voice, line in enumerate(tones):
        for before, after in pairwise(line):
            if after.onset < before.end:
                name = piece.voices[voice].name
                number = piece.bar_at(after.onset).number
                raise TheoryError(f"{name} sounds two tones at once in bar {number}; a line has one at a time")
    lines = tuple(Line(voice, tuple(line), voice == cantus) for voice, line in enumerate(tones) if line)
    texture = Texture(lines, tuple((bar.start, bar.end) for bar in piece.bars))
    for tone in tones[cantus]:
        bar = texture.bar_of(tone.onset)
        if tone.onset != bar[0] or tone.end != bar[1]:
            number = piece.bar_at(tone.onset).number
            raise TheoryError(f"The cantus holds one tone a bar; the tone {tone.pitch} does not fill bar {number}")
    if not tones[cantus]:
        raise TheoryError("The cantus has no tones")
    return texture


def _rhythm(texture: Texture, species: int) -> Iterator[Found]:
    """That the moving voices move as the species asks, and that one of them does."""
    moving = [line for line in texture.counterpoints if not texture.is_whole(line)]
    if species > 1 and not moving:
        yield "species-rhythm", texture.start, (), (("species", species),)
    for line in moving:
        for tone in line.tones:
            if tone.onset >= texture.last_bar[0]:
                fits = tone.onset == texture.last_bar[0] and tone.end >= texture.last_bar[1]
            else:
                fits = species > 1 and _fits(texture, tone, species)
            if not fits:
                yield "species-rhythm", tone.onset, (line.voice,), (("species", species),)
        yield from _gaps(texture, line, species)


def _fits(texture: Texture, tone: Tone, species: int) -> bool:
    """Whether a tone before the last bar has an onset and a length that the species knows."""
    start, end = texture.bar_of(tone.onset)
    length = end - start
    place, duration = tone.onset - start, tone.duration
    if duration == length and place == 0:
        # A whole note before the close is Fux's own licence where nothing else will do.
        return start == texture.penultimate_bar[0]
    if species == 2:
        return duration * 2 == length and place * 2 % length == 0
    if species == 3:
        return duration * 4 == length and place * 4 % length == 0
    if species == 4:
        tied = place * 2 == length and duration == length
        return tied or (duration * 2 == length and place * 2 % length == 0)
    if place * 8 % length or duration * 8 % length:
        return False
    if duration * 8 == length:
        return True
    if place * 4 % length:
        return False
    return place * 2 % length == 0 or duration * 4 == length


def _gaps(texture: Texture, line: Line, species: int) -> Iterator[Found]:
    """A rest may open the line, half a bar at the most (a quarter in the third species); none may follow."""
    first = line.tones[0]
    length = texture.bars[0][1] - texture.bars[0][0]
    if (first.onset - texture.start) * (4 if species == 3 else 2) > length:
        yield "species-rhythm", first.onset, (line.voice,), (("species", species),)
    for before, after in pairwise(line.tones):
        if after.onset != before.end:
            yield "species-rhythm", before.end, (line.voice,), (("species", species),)


def _melodies(texture: Texture, species: int) -> Iterator[Found]:
    """The lines themselves: leaps, their recovery, repetition, range, climax, eighths."""
    for line in texture.counterpoints:
        pitches = [tone.pitch for tone in line.tones]
        for before, after in pairwise(line.tones):
            interval = Interval.between(before.pitch, after.pitch)
            size = abs(interval.steps), abs(interval.semitones)
            if size == (0, 0):
                if species in (2, 3) and not texture.is_whole(line):
                    yield "species-repetition", after.onset, (line.voice,), ()
            elif size not in _STEPS | _LEAPS and (interval.steps, interval.semitones) != (5, 8):
                yield "species-leap", after.onset, (line.voice,), (("interval", interval.name),)
        yield from _unrecovered(line)
        low, high = min(pitch.diatonic for pitch in pitches), max(pitch.diatonic for pitch in pitches)
        if high - low > WIDEST:
            yield "species-range", texture.start, (line.voice,), (("steps", high - low),)
        top = max(pitch.midi for pitch in pitches)
        tops = [tone for tone in line.tones if tone.pitch.midi == top]
        if len(tops) > 1 and len(pitches) > 3:
            yield "species-climax", tops[1].onset, (line.voice,), (("tone", str(tops[0].pitch)),)
        if species == 5:
            yield from _eighths(texture, line)


def _unrecovered(line: Line) -> Iterator[Found]:
    for first, second, third in zip(line.tones, line.tones[1:], line.tones[2:], strict=False):
        leap = Interval.between(first.pitch, second.pitch)
        after = third.pitch.midi - second.pitch.midi
        if abs(leap.steps) > 3 and leap.semitones * after >= 0:
            yield "species-recovery", third.onset, (line.voice,), (("interval", leap.name),)


def _eighths(texture: Texture, line: Line) -> Iterator[Found]:
    """Eighths come in pairs, in place of the second or fourth quarter, and go by step."""
    for index, tone in enumerate(line.tones):
        start, end = texture.bar_of(tone.onset)
        eighth = (end - start) // 8
        if tone.duration != eighth:
            continue
        place = (tone.onset - start) // eighth
        partner = index + 1 if place % 2 == 0 else index - 1
        paired = 0 <= partner < len(line.tones) and line.tones[partner].duration == eighth
        if not paired or place // 2 % 2 == 0:
            yield "species-eighths", tone.onset, (line.voice,), ()
        for beside in (index - 1, index + 1):
            if 0 <= beside < len(line.tones) and abs(line.tones[beside].pitch.diatonic - tone.pitch.diatonic) != 1:
                yield "species-eighths", tone.onset, (line.voice,), ()


def _ends(texture: Texture) -> Iterator[Found]:
    """The first and last sounds are perfect; below the cantus the fifth would make another mode of it.

    With three voices or more a third may complete the first and the last chord above its bass.
    """
    cantus = texture.cantus
    for where, index in (("begin", 0), ("end", -1)):
        held = cantus.tones[index].pitch
        for line in texture.counterpoints:
            tone = line.tones[index]
            low, high = sorted((held, tone.pitch), key=lambda pitch: pitch.midi)
            below = tone.pitch.midi < held.midi
            if len(texture.lines) > 2:
                good = texture.triadic_at(tone.onset)
            elif where == "end" or below:
                good = perfect_of(low, high) == 1
            else:
                good = is_perfect(low, high)
            if not good:
                yield "species-ends", tone.onset, (line.voice,), (("where", where),)


def _clausula(texture: Texture) -> Iterator[Found]:
    """A pair of voices closes by step in contrary motion into a unison or octave, one of them by a semitone."""
    end = texture.last_bar[0]
    sounding = [(line, line.before(end), line.at(end)) for line in texture.lines]
    moves = [(line, old.pitch, new.pitch) for line, old, new in sounding if old is not None and new is not None]
    for (_, old, new), (_, other_old, other_new) in combinations(moves, 2):
        first, second = Interval.between(old, new), Interval.between(other_old, other_new)
        low, high = sorted((new, other_new), key=lambda pitch: pitch.midi)
        contrary = {first.steps, second.steps} == {-1, 1}
        if contrary and 1 in (abs(first.semitones), abs(second.semitones)) and perfect_of(low, high) == 1:
            return
    yield "species-clausula", end, tuple(line.voice for line in texture.counterpoints), ()


def _motion(texture: Texture, species: int) -> Iterator[Found]:
    """Parallel and direct perfect intervals at each move of two voices, unisons, crossing."""
    outer = {texture.lines[0].voice, texture.lines[-1].voice}
    for low, high in combinations(texture.lines, 2):
        attacks = sorted({tone.onset for tone in (*low.tones, *high.tones)})
        for tick in attacks:
            new = low.at(tick), high.at(tick)
            if new[0] is None or new[1] is None:
                continue
            voices = low.voice, high.voice
            if new[0].pitch.midi > new[1].pitch.midi:
                yield "species-crossing", tick, voices, ()
            inside = texture.start < tick < texture.last_bar[0]
            if new[0].pitch.midi == new[1].pitch.midi and inside and texture.on_downbeat(tick):
                if len(texture.lines) == 2 and not (species >= 4 and texture.is_tied(tick)):
                    yield "species-unison", tick, voices, ()
            old = low.before(tick), high.before(tick)
            if old[0] is None or old[1] is None or new[0].onset != tick or new[1].onset != tick:
                continue
            yield from _step(old[0].pitch, old[1].pitch, new[0].pitch, new[1].pitch, tick, voices, set(voices) == outer)
        yield from _accented(texture, low, high, species)


def _step(
    old_low: Pitch, old_high: Pitch, new_low: Pitch, new_high: Pitch, tick: int, voices: tuple[int, int], outer: bool
) -> Iterator[Found]:
    below, above = new_low.midi - old_low.midi, new_high.midi - old_high.midi
    perfect = perfect_of(new_low, new_high)
    if not perfect or not below or not above:
        return
    values = (("interval", "fifth" if perfect == 5 else "octave or unison"),)
    if perfect_of(old_low, old_high) == perfect:
        yield "species-parallel", tick, voices, values
    elif below * above > 0 and outer:
        yield "species-direct", tick, voices, values


def _accented(texture: Texture, low: Line, high: Line, species: int) -> Iterator[Found]:
    """Second species: the same perfect interval on two downbeats in a row, less than a fourth's leap between."""
    if species != 2:
        return
    starts = [start for start, _ in texture.bars]
    for first, second in pairwise(starts):
        tones = [line.at(tick) for tick in (first, second) for line in (low, high)]
        if any(tone is None for tone in tones):
            continue
        old_low, old_high, new_low, new_high = (tone.pitch for tone in tones if tone is not None)
        perfect = perfect_of(old_low, old_high)
        similar = (new_low.midi - old_low.midi) * (new_high.midi - old_high.midi) > 0
        if not perfect or perfect_of(new_low, new_high) != perfect or not similar:
            continue
        between = [line.before(second) for line in (low, high)]
        leaps = [
            abs(tone.pitch.diatonic - start.diatonic)
            for tone, start in zip(between, (old_low, old_high), strict=True)
            if tone is not None
        ]
        if max(leaps, default=0) < 3:
            yield "species-accented-parallel", second, (low.voice, high.voice), ()


def _parallel_chains(texture: Texture) -> Iterator[Found]:
    """More than three thirds or sixths in a row in which both voices move together."""
    for low, high in combinations(texture.lines, 2):
        attacks = sorted({tone.onset for tone in low.tones} & {tone.onset for tone in high.tones})
        kinds: list[tuple[int, int]] = []
        for tick in attacks:
            below, above = low.at(tick), high.at(tick)
            if below is not None and above is not None:
                kinds.append((tick, (above.pitch.diatonic - below.pitch.diatonic) % 7))
        run = 1
        for (before, old), (tick, new) in pairwise(kinds):
            alone = _attacks_between(low, before, tick) + _attacks_between(high, before, tick) == 0
            moved = all(_pitch(line, before) != _pitch(line, tick) for line in (low, high))
            run = run + 1 if alone and moved and old == new and new in (2, 5) else 1
            if run > MOST_PARALLEL:
                yield "species-imperfect-chain", tick, (low.voice, high.voice), (("count", run),)


def _pitch(line: Line, tick: int) -> int:
    tone = line.at(tick)
    return tone.pitch.midi if tone is not None else 0


def _attacks_between(line: Line, first: int, second: int) -> int:
    """How many tones begin after `first` and before `second`."""
    onsets: Sequence[int] = line.onsets
    return bisect_right(onsets, second - 1) - bisect_right(onsets, first)
