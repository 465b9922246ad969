"""The "line" player: bass lines, riffs, ostinati and unison lines from line patterns over the chords that sound.

Conventions: degrees stand above an anchor, the octave of the chord's root nearest the anchor before it and the
register's home; a section starts from home, so a return is the same. On a bass part the chord's own bass is "1".
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from dataclasses import dataclass, field, replace

from partimento.arrangement.degrees import above_root, chord_degree, key_degree, neighbour
from partimento.arrangement.outer_voices import without_parallels
from partimento.arrangement.pattern import Step, parse_bar
from partimento.arrangement.pattern_choice import section_patterns, use_pattern
from partimento.arrangement.stage import PartPlan, Scene, Stage
from partimento.arrangement.style import Pattern
from partimento.arrangement.transitions import Final, final_of
from partimento.score.song import ChordSymbol, Drum, Note
from partimento.score.stream import Stream
from partimento.score.timeline import Bar
from partimento.theory.pitch import PitchClass, pitch_at

_LEVEL = {1: -8, 2: -3, 3: 2, 4: 6}
_ARTICULATION = {"*": "staccato", "_": "tenuto", "~": "legato", "!": "accent", "g": "ghost"}


@dataclass(frozen=True, slots=True)
class _Event:
    """A step of the pattern placed in the song: ticks, the step, the chord it belongs to."""

    onset: int
    end: int
    step: Step
    chord: ChordSymbol


@dataclass(slots=True)
class Liner:
    """The state of one part while it is written. `notes` are (onset, end, midi, tone, velocity, articulation)."""

    plan: PartPlan
    stage: Stage
    final: Final
    bass: bool
    home: int
    starts: list[int]
    chords: tuple[ChordSymbol, ...]
    anchor: int = 0
    last: int = 0
    notes: list[tuple[int, int, int, PitchClass, int, str]] = field(default_factory=list)

    def chord_at(self, tick: int) -> ChordSymbol | None:
        """The chord heard at `tick`, pushes included."""
        i = bisect_right(self.starts, tick) - 1
        if i < 0:
            return None
        chord = self.chords[i]
        return chord if tick < chord.onset + chord.duration else None

    def next_start(self, tick: int) -> int:
        """The first tick after `tick` at which another chord is heard, or the song's end."""
        i = bisect_right(self.starts, tick)
        return self.starts[i] if i < len(self.starts) else self.stage.song.end

    def root_of(self, chord: ChordSymbol) -> PitchClass:
        """The tone that "1" means: on a bass part the chord's own bass."""
        return chord.chord.bass_tone if self.bass else chord.chord.root

    def anchor_for(self, tone: PitchClass, before: int) -> int:
        """The octave of `tone` nearest `before` and home, leaving room for a fifth above where it can."""
        low, high = self.plan.low, self.plan.high
        first = low + (tone.number - low) % 12
        best, best_cost = first, 10**9
        for midi in range(first, high + 1, 12):
            cost = 2 * abs(midi - before) + 3 * abs(midi - self.home) + (12 if midi + 7 > high else 0)
            if cost < best_cost:
                best, best_cost = midi, cost
        return best

    def into_range(self, midi: int) -> int:
        """`midi` folded by octaves into the part's register."""
        while midi < self.plan.low:
            midi += 12
        while midi > self.plan.high:
            midi -= 12
        return midi


def new_liner(plan: PartPlan, stage: Stage) -> Liner:
    """A fresh writer for `plan`; a bass's home lies a fourth above its lowest note, a riff's in mid-register."""
    bass = plan.part.role == "bass"
    home = plan.low + 5 if bass else max(plan.low, (plan.low + plan.high) // 2 - 4)
    if plan.part.kind == "octaves":
        home = max(plan.low, home - 6)  # the upper octave needs its room
    chords = stage.timeline.chords
    starts = [chord.sounding for chord in chords]
    return Liner(plan, stage, final_of(stage.song, stage.timeline), bass, home, starts, chords, home, home)


def play(plan: PartPlan, stage: Stage) -> list[Note]:
    """The whole part, by its patterns."""
    liner = new_liner(plan, stage)
    for scene, pattern in zip(stage.scenes, section_patterns(plan, stage), strict=True):
        if pattern is not None:
            play_scene(liner, scene, pattern)
    return finished(liner)


def finished(liner: Liner) -> list[Note]:
    """The part's notes, one at a time where a later one begins before the earlier ends."""
    out: list[Note] = []
    end = liner.stage.song.end
    notes = sorted(liner.notes, key=lambda n: (n[0], n[2]))
    for i, (onset, stop, midi, tone, velocity, articulation) in enumerate(notes):
        if i + 1 < len(notes) and notes[i + 1][0] == onset:
            continue
        if i + 1 < len(notes):
            stop = min(stop, notes[i + 1][0])
        duration = min(stop, end) - onset
        if duration <= 0:
            continue
        if articulation == "staccato":
            duration = max(30, duration // 2)
        elif articulation in ("dead", "ghost"):
            duration = min(duration, 120)
        out.append(Note(onset, duration, pitch_at(tone, midi), max(1, min(127, velocity)), 0, articulation))
    if liner.bass and liner.stage.style.references.get("counterpoint"):
        out = without_parallels(out, liner.stage)
    if liner.plan.part.kind == "octaves":
        out = [octave for note in out for octave in _octaves(note, liner.plan.high)]
    return out


def _octaves(note: Note, high: int) -> tuple[Note, ...]:
    """The note with its upper octave, where the register reaches (a montuno's hands, horns in unison)."""
    if isinstance(note.pitch, Drum) or note.pitch.midi + 12 > high:
        return (note,)
    return note, replace(note, pitch=pitch_at(note.pitch.pitch_class, note.pitch.midi + 12))


def play_scene(liner: Liner, scene: Scene, pattern: Pattern) -> None:
    """One section: the pattern's bars, the way into the next section, the roots that must not fail, the end."""
    plan, stage = liner.plan, liner.stage
    spans = plan.plays[scene.index]
    if not spans:
        return
    liner.anchor = liner.last = liner.home
    stream = stage.stream("line", plan.part.id, scene.section.material)
    fresh = stage.stream("line", plan.part.id, scene.section.material, "repeat", scene.repeat)
    variation = use_pattern(plan, stage, scene, "variation")
    hand_over = use_pattern(plan, stage, scene, "fill") if scene.transition in ("fill", "pickup") else None
    first = len(liner.notes)
    last = scene.bars[-1]
    is_end = scene.index == len(stage.scenes) - 1
    ending = use_pattern(plan, stage, scene, "ending") if is_end and liner.final.kind != "fade-layers" else None
    ending_bars = [b for b in scene.bars if b.start >= liner.final.start][-len(ending.bars) :] if ending else []
    events: list[_Event] = []
    for bar in scene.bars:
        text = pattern.bars[bar.in_section % len(pattern.bars)]
        since = 0
        if ending is not None and bar in ending_bars:
            text = ending.bars[len(ending.bars) - len(ending_bars) + ending_bars.index(bar)]
        elif bar is last and hand_over is not None:
            _place(liner, bar, text, events, 0, bar.length, fresh)
            text = hand_over.bars[-1]
            steps = [s for s in parse_bar(text, "line") if s.symbol != "-"]
            since = steps[0].start * bar.meter.bar // steps[0].steps if steps else 0
            events[:] = [e for e in events if e.onset < bar.start + since]
        elif variation is not None and bar is not last and bar.in_section % 8 in (3, 7):
            if stream.sub("variation", bar.in_section % 16).chance(0.6):
                text = variation.bars[bar.in_section % len(variation.bars)]
        _place(liner, bar, text, events, since, bar.length, fresh)
    if liner.bass and hand_over is None and scene.transition in ("fill", "pickup"):
        _walk_up(liner, scene, events, stream)
    if scene.transition in ("hold", "stop"):
        events = _held_bar(liner, last, events)
    if liner.bass:
        if plan.part.kind == "kick" and pattern.use == "main":
            events = _on_kicks(liner, scene, events)
        events = _pushed(liner, scene, events)
    for i, event in enumerate(events):
        following = events[i + 1].onset if i + 1 < len(events) else scene.section.end
        at = max(event.onset, scene.section.start)
        stop = next((b for a, b in spans if a <= at < b), None)
        if stop is not None:
            _write(liner, scene, event, min(event.end, following, stop))
    if liner.bass:
        _secure_roots(liner, scene, first)
    if is_end:
        _end(liner, scene)


def _held_bar(liner: Liner, bar: Bar, events: list[_Event]) -> list[_Event]:
    """`events` with the last bar's first one held through the bar (a bass takes its root)."""
    out = [e for e in events if e.onset < bar.start]
    chord = liner.chord_at(bar.start)
    first = next((e for e in events if e.onset == bar.start and e.step.symbol not in "aAdnx"), None)
    if first is not None:
        out.append(_Event(bar.start, bar.end, first.step, first.chord))
    elif liner.bass and chord is not None:
        out.append(_Event(bar.start, bar.end, Step(0, 1, 1, "1"), chord))
    return out


def _on_kicks(liner: Liner, scene: Scene, events: list[_Event]) -> list[_Event]:
    """The pattern's tones in the kick drum's rhythm (hip-hop): its strokes off the kicks go, missing ones are roots.

    Kept beside the kicks: what begins a bar, what a slur leads to, and pick-ups in a bar's last beat.
    """
    start, end = scene.section.start, scene.section.end
    until = liner.final.tick if scene.index == len(liner.stage.scenes) - 1 else end
    every = liner.stage.kicks
    kicks = every[bisect_left(every, start) : bisect_left(every, until)]
    if not kicks:
        return events
    struck = set(kicks)
    out: list[_Event] = []
    slurred = False
    bars = {bar.start: bar for bar in scene.bars}
    bar = scene.bars[0]
    for event in events:
        bar = liner.stage.timeline.bar_at(event.onset)
        pickup = event.onset - bar.start >= bar.meter.beats[-1]
        if event.onset in struck or event.onset in bars or slurred or pickup:
            out.append(event)
        elif out and "~" in event.step.flags:
            # The slide starts from what sounds instead.
            last = out[-1]
            step = Step(last.step.start, last.step.length, last.step.steps, last.step.symbol, last.step.octave, "~")
            out[-1] = _Event(last.onset, event.end, step, last.chord)
        slurred = "~" in event.step.flags
    known = {event.onset for event in out}
    for i, kick in enumerate(kicks):
        chord = liner.chord_at(kick)
        if kick in known or chord is None or (i and kick - kicks[i - 1] < bar.meter.unit // 4):
            continue
        out.append(_Event(kick, min(end, kick + bar.meter.unit), Step(0, 1, 16, "1"), chord))
    out.sort(key=lambda e: e.onset)
    return out


def _pushed(liner: Liner, scene: Scene, events: list[_Event]) -> list[_Event]:
    """`events` with the strokes on pushed chords moved early, together with everybody's."""
    for chord in scene.chords:
        if not chord.push or chord.onset < scene.section.start:
            continue
        early, start = chord.sounding, scene.section.start
        if early < start and (scene.index == 0 or not liner.plan.playing(scene.index - 1, early)):
            continue
        at = next((e for e in events if e.onset == chord.onset), None)
        if at is None or at.step.symbol in ("a", "A", "d", "x"):
            continue
        if early < start:
            liner.notes[:] = [(n[0], min(n[1], early), *n[2:]) for n in liner.notes if n[0] < early]
        moved = _Event(early, at.end, at.step, liner.chord_at(early) or at.chord)
        events = [e for e in events if e.onset < early] + [moved] + [e for e in events if e.onset > chord.onset]
    return events


def _place(
    liner: Liner, bar: Bar, text: str, events: list[_Event], since: int, until: int, maybe: Stream
) -> None:
    """The pattern bar's events from `since` to `until` within the bar; a leading "-" lengthens the event before it."""
    full = bar.meter.bar
    for step in parse_bar(text, "line"):
        at = step.start * full // step.steps
        stop = min((step.start + step.length) * full // step.steps, bar.length)
        if step.symbol == "-":
            if events and events[-1].end == bar.start:
                last = events[-1]
                events[-1] = _Event(last.onset, bar.start + stop, last.step, last.chord)
            elif not events and liner.notes and liner.notes[-1][1] == bar.start and liner.bass:
                # A tumbao's anticipation is held over into the next section.
                liner.notes[-1] = (liner.notes[-1][0], bar.start + stop, *liner.notes[-1][2:])
            continue
        if not since <= at < until:
            continue
        if "?" in step.flags and not maybe.sub(bar.in_section, at).chance(0.5):
            continue
        chord = liner.chord_at(bar.start + at)
        if chord is not None:
            events.append(_Event(bar.start + at, bar.start + stop, step, chord))


def _write(liner: Liner, scene: Scene, event: _Event, stop: int) -> None:
    """One event as a note; a chord that changes underneath cuts it, and a held note begins again on the new chord."""
    plan = liner.plan
    step, onset = event.step, event.onset
    velocity = plan.part.velocity + _LEVEL[scene.intensity]
    articulation = ""
    for flag in step.flags:
        articulation = _ARTICULATION.get(flag, articulation)
    if "!" in step.flags:
        velocity += 14
    if "g" in step.flags:
        velocity = min(45, velocity - 35)
    if step.symbol == "x":
        tone = liner.root_of(event.chord)
        low = max(30, min(58, velocity - 28))
        liner.notes.append((onset, stop, liner.anchor_for(tone, liner.last), tone, low, "dead"))
        return
    bar = liner.stage.timeline.bar_at(onset)
    velocity += (-4, -2, 1, 2, 4)[bar.meter.strength(onset - bar.start)]
    if step.symbol in ("a", "A", "d", "n"):
        _approach(liner, event, stop, bar, velocity, articulation)
        return
    if plan.part.kind == "timpani":
        _drum(liner, event, stop, velocity, articulation)
        return
    tone, midi = _pitch(liner, event.chord, step)
    change = liner.next_start(onset)
    while change < stop:
        chord = liner.chord_at(change)
        if chord is None:
            stop = change
            break
        again, other = _pitch(liner, chord, step)
        if other == midi or (not liner.bass and tone.number in chord.chord.numbers):
            change = liner.next_start(change)
            continue
        liner.notes.append((onset, change, midi, tone, velocity, articulation))
        onset, tone, midi = change, again, other
        change = liner.next_start(change)
    liner.last = midi
    liner.notes.append((onset, stop, midi, tone, velocity, articulation))


def _drum(liner: Liner, event: _Event, stop: int, velocity: int, articulation: str) -> None:
    """A kettledrum stroke: the two drums stand on tonic and dominant, and the one that fits the chord is struck."""
    chord, key = event.chord.chord, event.chord.key
    tuned = (key.tonic, key.tonic.up(1))
    fitting = [tone for tone in tuned if tone == chord.bass_tone] or [tone for tone in tuned if tone in chord.tones]
    if fitting:
        midi = liner.anchor_for(fitting[0], liner.home)
        stop = min(stop, liner.next_start(event.onset))
        liner.notes.append((event.onset, stop, midi, fitting[0], velocity, articulation))


def _pitch(liner: Liner, chord: ChordSymbol, step: Step) -> tuple[PitchClass, int]:
    """The tone and MIDI number of a degree token; moves the anchor to this chord."""
    symbol = step.symbol
    if symbol[0] == "k":
        tone = key_degree(chord.key, symbol)
        anchor = liner.anchor_for(chord.key.tonic, liner.home)
        midi = anchor + (tone.number - chord.key.tonic.number) % 12
        return tone, liner.into_range(midi + 12 * step.octave)
    root = liner.root_of(chord)
    if liner.anchor % 12 != root.number:
        liner.anchor = liner.anchor_for(root, liner.anchor)
    if symbol.isdigit():
        degree = int(symbol)
        if (degree - 1) % 7 == 0:
            return root, liner.into_range(liner.anchor + 12 * ((degree - 1) // 7 + step.octave))
        tone, _ = chord_degree(chord.chord, chord.key, degree)
        octaves = (degree - 1) // 7
    else:
        tone, above = above_root(chord.chord, symbol)
        octaves = above // 12
    # Over a foreign bass the other degrees still stand above what sounds lowest.
    midi = liner.anchor + (tone.number - root.number) % 12 + 12 * (octaves + step.octave)
    return tone, liner.into_range(midi)


def _approach(liner: Liner, event: _Event, stop: int, bar: Bar, velocity: int, articulation: str) -> None:
    """Tokens that lead on: a half step below or above the next chord's root, its fifth, or the root itself early."""
    at = min(bar.end, liner.next_start(event.onset))
    target = liner.chord_at(at) or event.chord
    root = liner.root_of(target)
    goal = liner.anchor_for(root, liner.anchor)
    symbol = event.step.symbol
    if symbol == "n":
        tone, midi = root, goal
        liner.anchor = goal
        stop = min(stop, liner.next_start(at))
    elif symbol == "d":
        fifth = target.chord.fifth
        tone = fifth if fifth is not None and root == target.chord.root else root.up(1)
        below, above = goal - (root.number - tone.number) % 12, goal + (tone.number - root.number) % 12
        inside = [m for m in (below, above) if liner.plan.low <= m <= liner.plan.high]
        midi = min(inside, key=lambda m: (abs(m - liner.last), m), default=liner.into_range(above))
    else:
        down = symbol == "a"
        if down and goal - 1 < liner.plan.low:
            down = False
        tone, midi = neighbour(root, down), goal + (-1 if down else 1)
    midi = liner.into_range(midi + 12 * event.step.octave)
    liner.last = midi
    liner.notes.append((event.onset, stop, midi, tone, velocity, articulation))


def _walk_up(liner: Liner, scene: Scene, events: list[_Event], stream: Stream) -> None:
    """Two steps into the next section's root in place of the last beat, half of the time."""
    if scene.intensity < 2 or not stream.sub("walk-up").chance(0.5):
        return
    bar = scene.bars[-1]
    beats = bar.meter.beats
    if len(beats) < 2 or bar.length < bar.meter.bar:
        return
    start = bar.start + beats[-1]
    length = bar.end - start
    chord = liner.chord_at(start)
    after = liner.chord_at(bar.end)
    if chord is None or after is None or liner.root_of(chord) == liner.root_of(after):
        return
    if liner.next_start(start) < bar.end:
        return  # the next chord is pushed: the line meets it there
    half = length // 2 if not bar.meter.compound else length * 2 // 3
    events[:] = [e for e in events if e.onset < start]
    events.append(_Event(start, start + half, Step(0, 1, 2, "d"), chord))
    events.append(_Event(start + half, bar.end, Step(1, 1, 2, "a"), chord))


def _secure_roots(liner: Liner, scene: Scene, first: int) -> None:
    """Sets the root on a chord's start where the pattern would leave it out for more than half of the chord.

    Not where the part rests through the whole chord on purpose (a hole in the pattern longer than the chord).
    """
    notes = sorted(liner.notes[max(0, first - 1) :], key=lambda n: n[0])
    onsets = [n[0] for n in notes]
    added: list[tuple[int, int, int, PitchClass, int, str]] = []
    for chord in scene.chords:
        start = max(chord.sounding, scene.section.start)
        end = min(chord.onset + chord.duration, scene.section.end)
        span = next(((a, b) for a, b in liner.plan.plays[scene.index] if a <= start < b), None)
        if span is None or end <= start:
            continue
        root = liner.root_of(chord)
        half = start + (end - start) // 2
        lo, hi = bisect_right(onsets, start - 1), bisect_right(onsets, min(end, half) - 1)
        near = notes[max(0, lo - 1) : hi]
        if any(n[3].number == root.number and n[1] > start and n[5] != "dead" for n in near):
            continue
        inside = notes[lo : bisect_right(onsets, end - 1)]
        if not inside:
            continue
        liner.anchor = liner.anchor_for(root, liner.anchor)
        until = next((n[0] for n in inside if n[0] > start), end)
        velocity = liner.plan.part.velocity + _LEVEL[scene.intensity] + 2
        added.append((start, min(until, end, span[1]), liner.anchor, root, velocity, ""))
    if added:
        taken = {n[0] for n in added}
        kept = []
        for n in liner.notes[first:]:
            if n[0] in taken:
                continue
            cut = min((t for t in taken if n[0] < t < n[1]), default=n[1])
            kept.append((n[0], cut, *n[2:]))
        liner.notes[first:] = sorted(kept + added, key=lambda n: (n[0], n[2]))


def _end(liner: Liner, scene: Scene) -> None:
    """The last chord: struck and cut, or held to the end; what the pattern had after it goes."""
    final = liner.final
    if final.kind == "fade-layers" or not liner.plan.playing(scene.index, final.tick):
        return
    chord = liner.chord_at(final.tick)
    if chord is None:
        return
    cut = []
    for n in liner.notes:
        if n[0] < final.tick:
            cut.append((n[0], min(n[1], final.tick), *n[2:]))
    bar = liner.stage.timeline.bar_at(final.tick)
    root = liner.root_of(chord)
    midi = liner.anchor_for(root, liner.anchor)
    stop = min(liner.stage.song.end, final.tick + bar.meter.unit) if final.short else liner.stage.song.end
    velocity = liner.plan.part.velocity + _LEVEL[scene.intensity] + (10 if final.short else 2)
    articulation = "accent" if final.short else ""
    liner.notes[:] = [*cut, (final.tick, stop, midi, root, velocity, articulation)]
