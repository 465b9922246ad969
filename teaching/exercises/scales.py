"""Scales, key signatures and transposition.

Conventions: difficulty counts the scale or mode (1-4), the accidentals written, and the way it is asked. Scales ascend
from a given tonic; a signature is written in its usual order, in any octave.
"""

from __future__ import annotations

from partimento.score.stream import Stream
from partimento.teaching.exercises.chords import fitted
from partimento.teaching.exercises.clefs import near_middle, pitches_of
from partimento.teaching.exercises.worksheet import (
    BLANK,
    EIGHTH,
    HALF,
    QUARTER,
    WHOLE,
    Cell,
    Item,
    Label,
    Labels,
    Line,
    Melody,
    Sketch,
    Tones,
    single,
)  # fmt: skip
from partimento.theory.interval import Interval
from partimento.theory.key import Key
from partimento.theory.meter import Meter
from partimento.theory.pitch import LETTERS, Pitch, PitchClass, pitch_class
from partimento.theory.scale import scale_tones

_SCALES: tuple[dict[str, int], ...] = (
    {"major": 1},
    {"major": 1, "minor": 1},
    {"major": 1, "minor": 1, "harmonic minor": 2, "melodic minor": 2},
    {"dorian": 2, "phrygian": 3, "lydian": 2, "mixolydian": 2, "harmonic minor": 2, "melodic minor": 2, "locrian": 3},
    {"major pentatonic": 2, "minor pentatonic": 2, "blues": 3, "whole tone": 3, "lydian dominant": 3, "altered": 4,
     "harmonic major": 3, "phrygian dominant": 3, "diminished half-whole": 4, "locrian": 3},
)  # fmt: skip
"""By level: the scales and how hard each is."""

_SPELLED_FREELY = ("altered", "blues", "diminished half-whole", "whole tone")
"""Scales without one letter a tone, or with none that books agree on: C altered has E or F flat, C blues F sharp or
G flat."""

_TONICS = ((-3, 3), (-3, 3), (-4, 5), (-3, 5), (-3, 4))
_COMMON = Meter(4, 4)
_PLAIN = Key.parse("C")


def draw_scale(stream: Stream, level: int, clef: str) -> Sketch:
    """A scale to be written up from its tonic, or one to be named."""
    names = sorted(_SCALES[level - 1])
    while True:
        name = stream.choice(names)
        tonic = pitch_class(stream.between(*_TONICS[level - 1]) + (3 if "minor" in name or name == "blues" else 0))
        tones = scale_tones(tonic, name)
        if all(abs(tone.alter) <= 1 + (level == 5) for tone in tones):
            break
    writes = level == 1 or stream.chance(0.6)
    down = writes and name != "melodic minor" and stream.chance(0.4)
    accidentals = sum(abs(tone.alter) for tone in tones)
    difficulty = 2 * _SCALES[level - 1][name] + accidentals + writes + down
    made = f"{'write' if writes else 'name'} {tonic} {name} {down}"
    return Sketch(made, difficulty, lambda: scale_item(tonic, name, writes, down, clef))


def scale_item(tonic: PitchClass, name: str, writes: bool, down: bool, clef: str) -> Item:
    """A scale to be written, or one that stands there to be named."""
    tones = scale_tones(tonic, name)
    lowest = near_middle(tonic.letter, tonic.alter, clef, low=True)
    pitches = fitted((*_upwards(lowest, tones[1:]), lowest.transposed(Interval(7, 12))), clef)
    pitches = pitches[::-1] if down else pitches
    places = [(i * QUARTER, QUARTER, pitch) for i, pitch in enumerate(pitches)]
    bars = -(-len(places) // 4)
    label = "natural minor" if name == "minor" else name
    if writes:
        cells = [Cell(*place[:2], (place[2],)) for place in places]
        task = Melody(0, tuple(places), given=1, rhythm=False, by_sound=name in _SPELLED_FREELY, rule="scale")
        prompt = f"{_shown(tonic)} {label} {'down' if down else 'up'}"
        return Item(prompt, bars, _COMMON, _PLAIN, single(0, cells[0]), single(0, *cells), task)
    asked, said = (
        single(0, *(Cell(onset, length, (pitch,), text if not onset else "") for onset, length, pitch in places))
        for text in (BLANK, label)
    )
    return Item("Name the scale", bars, _COMMON, _PLAIN, asked, said, Labels((Label(0, "scale", name),)))


def _upwards(lowest: Pitch, tones: tuple[PitchClass, ...]) -> tuple[Pitch, ...]:
    """Ascending by sound: two tones of a scale may share a letter, as a blue fifth and the fifth do."""
    out = [lowest]
    for tone in tones:
        pitch = Pitch(tone.letter, tone.alter, out[-1].octave - 1)
        while pitch.midi <= out[-1].midi:
            pitch = pitch.transposed(Interval(7, 12))
        out.append(pitch)
    return tuple(out)


def _shown(tone: PitchClass) -> str:
    return tone.letter + ("♭" * -tone.alter if tone.alter < 0 else "♯" * tone.alter)


_SHARPS = tuple(pitch_class(fifths) for fifths in range(6, 13))
_FLATS = tuple(pitch_class(fifths) for fifths in range(-2, -9, -1))
_SIGNATURES = (4, 4, 5, 7, 7)


def draw_key(stream: Stream, level: int, clef: str) -> Sketch:
    """A signature to be read (its major or minor tonic written), or one to be written for a key."""
    signature = 0
    while not signature:
        signature = stream.between(-_SIGNATURES[level - 1], _SIGNATURES[level - 1])
    modes: tuple[str, ...] = ("major",) if level == 1 else ("major", "minor")
    if level == 5:
        modes = ("major", "minor", "dorian", "phrygian", "lydian", "mixolydian")
    mode = stream.choice(modes)
    reads = stream.chance(0.5)
    key = next(key for fifths in range(-15, 16) if (key := Key(pitch_class(fifths), mode)).signature == signature)
    difficulty = 2 * abs(signature) + {"major": 0, "minor": 2}.get(mode, 4) + (not reads)
    return Sketch(f"{'read' if reads else 'write'} {key}", difficulty, lambda: _key_item(key, reads, clef))


def _key_item(key: Key, reads: bool, clef: str) -> Item:
    tonic = near_middle(key.tonic.letter, key.tonic.alter, clef)
    if reads:
        task = Tones(0, 0, (tonic,), rule="key")
        return Item(f"{key.mode}: tonic?", 1, _COMMON, key, (), single(0, Cell(0, WHOLE, (tonic,))), task)
    signs = (_SHARPS if key.signature > 0 else _FLATS)[: abs(key.signature)]
    pitches = [near_middle(tone.letter, tone.alter, clef) for tone in signs]
    places = tuple((i * QUARTER // 2, QUARTER // 2, pitch) for i, pitch in enumerate(pitches))
    cells = [Cell(onset, length, (pitch,)) for onset, length, pitch in places]
    task_written = Melody(0, places, rhythm=False, octaves=False, rule="signature")
    prompt = f"{_shown(key.tonic)} {key.mode}"
    return Item(prompt, 1, _COMMON, _PLAIN, (), single(0, *cells), task_written)


_MOVES: tuple[tuple[str, ...], ...] = (
    ("P8", "M2"), ("M2", "P5", "P4"), ("M2", "m3", "P4", "P5"), ("M2", "m3", "M3", "P4", "P5", "M6"),
    ("m2", "M2", "m3", "M3", "P4", "P5", "m6", "M6"),
)  # fmt: skip
_LINE_KEYS = ((0, 0), (-1, 1), (-2, 2), (-3, 3), (-4, 4))


def draw_transposition(stream: Stream, level: int, clef: str) -> Sketch:
    """A melody of two bars to be written an interval higher or lower, without a signature."""
    interval = Interval.parse(stream.choice(_MOVES[level - 1]))
    down = level >= 2 and stream.chance(0.5)
    while True:
        tonic = pitch_class(stream.between(*_LINE_KEYS[level - 1]))
        key = Key(tonic, "minor" if level >= 3 and stream.chance(0.4) else "major")
        moved = Key(key.tonic.up(-interval.fifths if down else interval.fifths), key.mode)
        if abs(moved.signature) <= 6 and abs(key.signature) <= 5:
            break
    notes = draw_line(stream, key, level, clef, 2, room=abs(interval.steps), down=down)
    accidentals = sum(abs(note[2].transposed(-interval if down else interval).alter) for note in notes)
    difficulty = len(notes) + 2 * accidentals + (0 if interval.name in ("P8", "M2") else 3)
    name = f"{interval} {down} {' '.join(str(pitch) for _, _, pitch in notes)}"
    return Sketch(name, difficulty, lambda: transposed_item(notes, -interval if down else interval))


_RHYTHMS: tuple[tuple[int, ...], ...] = (
    (QUARTER,) * 4, (HALF, QUARTER, QUARTER), (QUARTER, QUARTER, HALF),
    (QUARTER, EIGHTH, EIGHTH, QUARTER, QUARTER), (QUARTER, QUARTER, EIGHTH, EIGHTH, QUARTER),
    (QUARTER + EIGHTH, EIGHTH, QUARTER, QUARTER), (EIGHTH, EIGHTH, EIGHTH, EIGHTH, HALF),
)  # fmt: skip


def draw_line(
    stream: Stream, key: Key, level: int, clef: str, bars: int, room: int = 0, down: bool = False
) -> tuple[tuple[int, int, Pitch], ...]:
    """A singable line in a key, mostly by step, from a tone of the tonic triad to the tonic; it leaves `room` steps."""
    compass = pitches_of(clef, 6)
    low, high = compass[0].diatonic, compass[-1].diatonic
    low, high = (low + room, high) if down else (low, high - room)
    tonics = [step for step in range(low, high + 1) if LETTERS[step % 7] == key.tonic.letter]
    home = min(tonics, key=lambda step: abs(step - (low + high) // 2)) if tonics else low
    low, high = max(low, home - 4), min(high, home + 7)
    rhythm = [length for _ in range(bars - 1) for length in stream.choice(_RHYTHMS[: 3 + level // 2 * 2])]
    rhythm += [QUARTER, QUARTER, HALF]
    steps = [home + stream.choice((0, 2, 4) if home + 4 <= high else (0, 2))]
    for left in range(len(rhythm) - 1, 0, -1):
        steps.append(_next_step(stream, steps[-1], home, low, high, left, level))
    out, tick = [], 0
    for step, length in zip(steps, rhythm, strict=True):
        out.append((tick, length, _in_key(step, key)))
        tick += length
    return tuple(out)


def _next_step(stream: Stream, now: int, home: int, low: int, high: int, left: int, level: int) -> int:
    """The next degree: `left` notes remain, the last of which is the tonic."""
    if left == 1:
        return home
    reachable = 1 if left == 2 else 2 * (left - 1)
    moves = [(1, 6), (-1, 6), (2, 2), (-2, 2)] + ([(3, 1), (-3, 1), (4, 1)] if level >= 3 else [])
    fitting = [
        (now + move, weight)
        for move, weight in moves
        if low <= now + move <= high and abs(now + move - home) <= reachable
    ]
    if not fitting:
        return now + (1 if now < home else -1)
    return stream.weighted([step for step, _ in fitting], [weight for _, weight in fitting])


def _in_key(diatonic: int, key: Key) -> Pitch:
    octave, index = divmod(diatonic, 7)
    tone = next(tone for tone in key.tones if tone.letter == LETTERS[index])
    return Pitch(tone.letter, tone.alter, octave)


def transposed_item(notes: tuple[tuple[int, int, Pitch], ...], interval: Interval) -> Item:
    """A line, and on the staff below the same an interval higher (lower, where the interval descends)."""
    moved = tuple((onset, length, pitch.transposed(interval)) for onset, length, pitch in notes)
    upper, lower = (
        Line(staff, 0, tuple(Cell(onset, length, (pitch,)) for onset, length, pitch in line))
        for staff, line in enumerate((notes, moved))
    )
    direction = "down" if interval.steps < 0 else "up"
    prompt = f"{(-interval if interval.steps < 0 else interval).name} {direction}"
    task = Melody(1, moved, rule="transposition")
    return Item(prompt, 2, _COMMON, _PLAIN, (upper,), (upper, lower), task)
