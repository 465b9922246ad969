"""Comping: patterns of strokes over voice-led chords, for keyboards, guitars, stabs and arpeggios.

Conventions: the language is in arrangement/pattern.py; chords are taken as they really sound, pushes included; the
voicing kind is drawn once for a material. What is held when the chord changes is struck again at the change.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from dataclasses import dataclass

from partimento.arrangement.fretboard import holdable, playable, shapes, strings_of
from partimento.arrangement.pattern import Step, parse_bar
from partimento.arrangement.pattern_choice import section_patterns, use_pattern
from partimento.arrangement.pianist import asked
from partimento.arrangement.stage import PartPlan, Scene, Stage
from partimento.arrangement.style import Pattern
from partimento.arrangement.transitions import final_of, silences
from partimento.arrangement.voicing import Voicing, degrees_by_weight, nearest_voicing, spelled, voicings
from partimento.score.song import ChordSymbol, Drum, Note
from partimento.theory.chord import Chord
from partimento.theory.meter import TICKS
from partimento.theory.pitch import pitch_at, pitch_class

_GHOST, _SOFTER, _ACCENT = 0.5, 0.62, 14
_LEAST = TICKS // 4


@dataclass(frozen=True, slots=True)
class Stroke:
    """One stroke to be voiced: ticks, pattern token, and whether it follows the next chord early."""

    onset: int
    end: int
    symbol: str
    early: bool = False


class Hands:
    """The voicings of one part as it goes along: remembers the last one, keeps out of the lead's way."""

    def __init__(self, plan: PartPlan, stage: Stage) -> None:
        self.plan, self.stage = plan, stage
        self.previous: Voicing = ()
        self.kind = "close"
        self.low, self.high, self.bass_low = plan.low, plan.high, plan.low
        self._guitar = plan.instrument.hands == "guitar"
        self._lead_onsets = [note.onset for note in stage.lead]
        self._grips: dict[tuple[Chord, Voicing, Voicing, int], Voicing] = {}

    def enter(self, scene: Scene, with_bass: bool) -> None:
        """Choose the voicing kind and the register for a scene: under the lead where there is room."""
        plan, stage = self.plan, self.stage
        kinds = plan.part.voicing or {"guitar" if self._guitar else "close": 1}
        self.kind = stage.stream("voicing", plan.part.id, scene.section.material).pick(kinds)
        self.low, self.high = plan.low, plan.high
        if with_bass and self.kind not in ("piano", "tenth"):
            self.low = min(plan.low + 12, plan.high - 10)
        tops = _lead_between(stage, self._lead_onsets, scene.section.start, scene.section.end)
        if tops:
            floor = sorted(tops)[len(tops) // 8]
            # Full guitar shapes need six strings' room, whatever the singer does.
            wide = 23 if self.kind in ("guitar", "barre") else 16
            wide = 22 if self.kind == "left" else wide
            roomy = self.low + (wide if self._guitar or self.kind in ("piano", "tenth", "spread", "left") else 11)
            self.high = min(self.high, max(floor - 1, roomy))

    def voicing(self, chord: Chord) -> Voicing:
        """The chord's voicing, nearest to the last."""
        shape = nearest_voicing(chord, self.kind, self.low, self.high, self.previous)
        if self._guitar:
            strings = strings_of(self.plan.instrument.name)
            if not playable(shape, strings):
                place = (chord, shape, self.previous, self.high)
                if place not in self._grips:
                    self._grips[place] = self._held(chord, shape, strings)
                shape = self._grips[place]
        elif self.plan.instrument.hands == "mallets":
            shape = shape[-4:]
        elif self.plan.instrument.hands == "mono":
            shape = shape[-1:]
        self.previous = shape
        return shape

    def _held(self, chord: Chord, shape: Voicing, strings: tuple[int, ...]) -> Voicing:
        """What a hand on the strings can hold in place of `shape`: its kind, else any shape of the chord, else less."""
        fitting = [v for v in voicings(chord, self.kind, self.low, self.high) if playable(v, strings)]
        if not fitting and len(strings) <= 6:
            core = frozenset(chord.members[d].number for d in degrees_by_weight(chord)[:2])
            tones = frozenset(tone.number for tone in chord.tones)
            for low, high in ((self.low, self.high), (self.plan.low, self.plan.high)):
                found = shapes(-1, core, tones, strings, True, low, high)
                # No more strings than the part's voicings have voices.
                fitting = fitting or [v for v in found if len(v) <= max(3, len(shape))]
        if not fitting:
            return holdable(shape, strings)
        return min(fitting, key=lambda v: (_distance(v, self.previous), v))

    def bass(self, chord: Chord) -> int:
        """The chord's bass tone at the bottom of the part's register."""
        return self.bass_low + (chord.bass_tone.number - self.bass_low) % 12

    def clashes(self, pitch: int, onset: int, end: int) -> bool:
        """Whether a long lead note lies a semitone (or a minor ninth) from `pitch` while it sounds."""
        lead = self.stage.lead
        i = max(0, bisect_right(self._lead_onsets, onset) - 1)
        while i < len(lead) and lead[i].onset < end:
            note = lead[i]
            until = note.onset + note.duration
            if until > onset and note.duration >= TICKS and not isinstance(note.pitch, Drum):
                if abs(note.pitch.midi - pitch) in (1, 13):
                    return True
            i += 1
        return False


def _lead_between(stage: Stage, onsets: list[int], start: int, end: int) -> list[int]:
    inside = stage.lead[bisect_left(onsets, start) : bisect_left(onsets, end)]
    return [n.pitch.midi for n in inside if not isinstance(n.pitch, Drum)]


def _distance(shape: Voicing, previous: Voicing) -> int:
    return sum(min(abs(p - q) for q in previous) for p in shape) if previous else abs(shape[-1] - 67)


def play(plan: PartPlan, stage: Stage) -> list[Note]:
    """The part's notes: strokes by pattern, voiced chord by chord, with transitions, pushes and the ending."""
    hands = Hands(plan, stage)
    chosen = section_patterns(plan, stage)
    quiet = silences(stage.scenes)
    answer = asked(plan, stage, chosen)
    out: list[Note] = [*answer.notes]
    for scene, pattern in zip(stage.scenes, chosen, strict=True):
        if pattern is None:
            continue
        strokes = [s for s in _scene_strokes(plan, stage, scene, pattern) if not answer.covers(s.onset)]
        for silence in quiet:
            if silence.scene == scene.index:
                heard = [s for s in strokes if not silence.start <= s.onset < silence.end]
                strokes = [_cut(s, silence.start, silence.hit) for s in heard]
        hands.enter(scene, _with_bass(pattern))
        for stroke in strokes:
            if stroke.end > stroke.onset:
                _voice(stroke, hands, scene, out)
    out.sort(key=lambda n: (n.onset, n.pitch.midi if not isinstance(n.pitch, Drum) else 0))
    return out


def _cut(stroke: Stroke, start: int, hit: int) -> Stroke:
    if stroke.onset == hit:
        return Stroke(stroke.onset, min(stroke.end, stroke.onset + TICKS // 2), "S", stroke.early)
    return Stroke(stroke.onset, min(stroke.end, start), stroke.symbol, stroke.early)


def _with_bass(pattern: Pattern) -> bool:
    return any("r" in step.symbol for bar in pattern.bars for step in parse_bar(bar, "chords"))


def _scene_strokes(plan: PartPlan, stage: Stage, scene: Scene, pattern: Pattern) -> list[Stroke]:
    """The scene's strokes in time order: pattern, its variation in the last bar, holds, pushes, the final chord."""
    strokes: list[Stroke] = []
    final = final_of(stage.song, stage.timeline)
    last_scene = scene.index == len(stage.scenes) - 1
    ending = use_pattern(plan, stage, scene, "ending") if last_scene else None
    hand_over = None if last_scene else _hand_over(plan, stage, scene)
    for bar in scene.bars:
        source, index = pattern, bar.in_section
        if last_scene and bar.start >= final.start and ending is not None:
            source, index = ending, (bar.start - final.start) // bar.length
        elif hand_over is not None and bar is scene.bars[-1] and len(scene.bars) > 1:
            source, index = hand_over, 0
        if scene.transition == "hold" and bar is scene.bars[-1]:
            steps: tuple[Step, ...] = (Step(0, 1, 1, "x"),)
        else:
            steps = parse_bar(source.bars[index % len(source.bars)], "chords")
        for step in steps:
            onset = bar.start + step.start * bar.length // step.steps
            end = bar.start + (step.start + step.length) * bar.length // step.steps
            if step.symbol == "-":
                if strokes and strokes[-1].end == onset:
                    last = strokes[-1]
                    strokes[-1] = Stroke(last.onset, end, last.symbol, last.early)
                continue
            if plan.playing(scene.index, onset):
                strokes.append(Stroke(onset, min(end, scene.section.end), step.symbol, step.symbol == "n"))
    strokes = _pushed(strokes, scene)
    if last_scene:
        strokes = [_until(s, final.tick) for s in strokes if s.onset < final.tick]
        if any(end >= final.tick for _, end in plan.plays[scene.index]):
            end = final.tick + TICKS // 2 if final.short else stage.song.end
            strokes.append(Stroke(final.tick, min(end, stage.song.end), "S" if final.short else "X"))
    return strokes


def _until(stroke: Stroke, tick: int) -> Stroke:
    return Stroke(stroke.onset, min(stroke.end, tick), stroke.symbol, stroke.early)


def _hand_over(plan: PartPlan, stage: Stage, scene: Scene) -> Pattern | None:
    if scene.transition == "fill":
        return use_pattern(plan, stage, scene, "fill")
    if scene.transition in ("break", "build"):
        return use_pattern(plan, stage, scene, scene.transition)
    return None


def _pushed(strokes: list[Stroke], scene: Scene) -> list[Stroke]:
    """All strike a pushed chord at its early tick and hold it over the beat it would have come on."""
    for chord in scene.chords:
        early, beat = chord.sounding, chord.onset
        if not chord.push or early < scene.section.start:
            continue
        on_beat = next((s for s in strokes if s.onset == beat), None)
        if on_beat is None and not any(s.onset <= early < s.end for s in strokes):
            continue
        out = [_until(s, early) for s in strokes if s.onset < early]
        if on_beat is not None:
            out.append(Stroke(early, on_beat.end, on_beat.symbol if on_beat.symbol not in "mn" else "x", True))
        else:
            held = next(s for s in strokes if s.onset <= early < s.end)
            out.append(Stroke(early, max(held.end, beat), held.symbol if held.symbol not in "mn" else "x", True))
        out += [s for s in strokes if s.onset > early and s.onset != beat]
        strokes = out
    return strokes


def _voice(stroke: Stroke, hands: Hands, scene: Scene, out: list[Note]) -> None:
    """Notes of one stroke; a long one is struck again where the chord changes under it."""
    timeline = hands.stage.timeline
    onset = stroke.onset
    short = stroke.symbol in ("s", "S", "m")
    end = stroke.end
    if short:
        end = min(end, onset + TICKS // 2)
    first = timeline.sounding_at(onset)
    if stroke.symbol == "n":
        coming = timeline.next_chord(onset)
        # Only a chord that comes within the beat can be anticipated; otherwise the stroke is a plain off-beat.
        first = coming if coming is not None and coming.onset - onset <= TICKS else first
    first = first or timeline.sounding_at(onset) or timeline.chord_at(onset)
    spans: list[tuple[int, int, ChordSymbol]] = []
    if first is None:
        return
    chord = first
    while True:
        after = timeline.next_chord(max(onset, chord.onset))
        if short or after is None or after.sounding >= end or after.sounding <= onset:
            spans.append((onset, end, chord))
            break
        if after.chord == chord.chord and after.roman == chord.roman:
            chord = after
            continue
        if end - after.sounding < _LEAST:
            spans.append((onset, after.sounding, chord))
            break
        spans.append((onset, after.sounding, chord))
        onset, chord = after.sounding, after
    for start, stop, symbol in spans:
        if stop > start:
            _sound(stroke.symbol, start, stop, symbol.chord, hands, scene, out)


def _sound(
    token: str, onset: int, end: int, chord: Chord, hands: Hands, scene: Scene, out: list[Note]
) -> None:
    shape = hands.voicing(chord)
    velocity = hands.plan.part.velocity + round(14 * (scene.section.energy - 0.5))
    articulation = ""
    duration = end - onset
    if token in ("x", "n"):
        pitches = list(shape)
    elif token == "X":
        pitches, velocity, articulation = list(shape), velocity + _ACCENT, "accent"
    elif token in ("s", "S"):
        pitches, articulation = list(shape), "staccato"
        velocity += _ACCENT if token == "S" else 0
    elif token == "u":
        pitches, articulation, velocity = list(shape[-4:]), "up", velocity - 6
    elif token == "d":
        pitches, articulation = list(shape), "down"
    elif token == "m":
        pitches, articulation, velocity = list(shape[-4:]), "dead", round(velocity * _GHOST)
        duration = min(duration, TICKS // 4)
    else:
        pitches = _picked(token, shape, chord, hands)
    velocity = max(1, min(127, velocity))
    for pitch in pitches:
        softer = articulation != "dead" and len(pitches) > 1 and hands.clashes(pitch, onset, end)
        name = pitch_at(pitch_class(spelled(chord, pitch)), pitch)
        out.append(Note(onset, duration, name, round(velocity * _SOFTER) if softer else velocity, 0, articulation))


def _picked(token: str, shape: Voicing, chord: Chord, hands: Hands) -> list[int]:
    """Voices by number, `t` all but the lowest, `r` the bass note; a number past the top goes on an octave up."""
    pitches: set[int] = set()
    for part in token.split("+"):
        if part == "t":
            pitches.update(shape[1:] if len(shape) > 2 else shape)
        elif part == "r":
            pitches.add(hands.bass(chord))
        elif part.isdigit():
            octave, index = divmod(int(part) - 1, len(shape))
            pitch = shape[index] + 12 * octave
            pitches.add(pitch if pitch <= hands.plan.high else shape[index])
        else:
            pitches.update(shape)
    return sorted(pitches)
