"""The "grid" player: drums and percussion from their patterns, with fills, crashes, builds, breaks, pushes and endings.

Conventions: velocities by stroke (ghost 20-45, backbeats 95-120), moved by the section's intensity; a fill replaces the
end of its section's last bar; a crash sits on a kick and takes the place of the hat or ride.
"""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import dataclass

from partimento.arrangement.drum_fills import Ideas, beats_of_fill, ideas_of
from partimento.arrangement.drum_strokes import Stroke, pattern_strokes
from partimento.arrangement.pattern_choice import bank_of, fitting, section_patterns, use_pattern
from partimento.arrangement.playability import PROGRAMMED_KITS, playable_drums
from partimento.arrangement.stage import PartPlan, Scene, Stage
from partimento.arrangement.style import Pattern, Style
from partimento.arrangement.transitions import Final, final_of
from partimento.score.song import DRUMS, Drum, Note
from partimento.score.stream import Stream
from partimento.score.timeline import Bar

KICKS = frozenset({Drum.KICK, Drum.KICK2})
SNARES = frozenset({Drum.SNARE, Drum.SNARE2, Drum.CLAP, Drum.RIM})
CYMBALS = frozenset({Drum.CRASH, Drum.CRASH2, Drum.SPLASH, Drum.CHINA})
TIME = frozenset({Drum.HAT, Drum.HAT_OPEN, Drum.RIDE, Drum.RIDE2, Drum.BELL})
FULL_KITS = frozenset({"drums", "room kit", "power kit"})

_CENTRE = {"g": 33, "o": 62, "x": 86, "X": 108, "?": 58}
_PIECE = {Drum.HAT: -8, Drum.RIDE: -6, Drum.HAT_PEDAL: -18, Drum.HAT_OPEN: -2, Drum.SHAKER: -12, Drum.RIM: 0}
_LEVEL = {1: -9, 2: -3, 3: 2, 4: 7}
_HIT = 60
"""Written length of a stroke: a 32nd."""


@dataclass(slots=True)
class _Drummer:
    plan: PartPlan
    stage: Stage
    final: Final
    crashes: bool
    ideas: Ideas
    out: list[tuple[int, Drum, str, int]]
    """Tick, piece, token, extra velocity."""


def play(plan: PartPlan, stage: Stage) -> list[Note]:
    """The drum or percussion part of the whole song; fills `stage.kicks` and `stage.snares` when it is the kit's."""
    bank = bank_of(stage.style, plan.part)
    if not bank:
        return []
    patterns = section_patterns(plan, stage)
    final, crashes = final_of(stage.song, stage.timeline), _has_crashes(plan, bank, stage.style)
    drummer = _Drummer(plan, stage, final, crashes, ideas_of(plan, stage, patterns), [])
    for scene, pattern in zip(stage.scenes, patterns, strict=True):
        if pattern is not None:
            _play_scene(drummer, scene, pattern)
    notes = _notes(drummer)
    percussion = plan.part.role == "percussion"
    if plan.instrument.name not in PROGRAMMED_KITS:
        fastest = max((tempo.tempo_bpm for tempo in stage.song.tempos), default=120.0)
        notes = playable_drums(notes, fastest * 8.0, percussion)
    if not percussion:
        stage.kicks[:] = sorted({n.onset for n in notes if n.pitch in KICKS and n.articulation != "ghost"})
        stage.snares[:] = sorted({n.onset for n in notes if n.pitch in SNARES and n.articulation != "ghost"})
    return notes


def _has_crashes(plan: PartPlan, bank: tuple[Pattern, ...], style: Style) -> bool:
    """A genre whose patterns never crash forbids crashes; a full kit with fills in it may, unless the style says no."""
    if plan.part.role == "percussion" or style.references.get("forbids_crashes"):
        return False
    if any("crash" in p.rows or "crash2" in p.rows for p in bank):
        return True
    return plan.instrument.name in FULL_KITS and any(p.use == "fill" for p in bank)


def _play_scene(drummer: _Drummer, scene: Scene, pattern: Pattern) -> None:
    plan, stage = drummer.plan, drummer.stage
    strokes: list[tuple[int, Drum, str, int]] = []
    last = scene.bars[-1]
    ending = scene.index == len(stage.scenes) - 1
    stream = stage.stream("drums", plan.part.id, scene.section.material)
    fresh = stage.stream("drums", plan.part.id, scene.section.material, "repeat", scene.repeat)
    variation = use_pattern(plan, stage, scene, "variation")
    traded = solos_of(plan, stage, scene)
    for bar in scene.bars:
        if not any(start < bar.end and end > bar.start for start, end in plan.plays[scene.index]):
            continue
        # A build is read from its end, so that however long the section is it arrives.
        index = bar.in_section - (len(scene.bars) if pattern.use == "build" else 0)
        source = pattern_strokes(pattern, index, bar.meter.bar)
        place = bar.in_section % 8
        if traded and scene.section.lead == "fours" and place >= 4:
            source = pattern_strokes(traded[bar.in_section // 8 % len(traded)], place - 4, bar.meter.bar)
        elif bar is not last and place in (3, 7):
            draw = stream.sub("variation", bar.in_section % 16)
            idea = drummer.ideas.get((scene.index, bar.in_section))
            if idea is not None:
                source = idea.strokes
            elif variation is not None and draw.chance(0.75 if place == 7 else 0.5):
                source = pattern_strokes(variation, 0, bar.meter.bar)
            elif pattern.use == "main":
                source = _varied(source, bar, draw, len(pattern.rows), place == 7)
        maybe = fresh.sub("maybe", bar.in_section)
        for tick, drum, token in source:
            if tick < bar.length and (token != "?" or maybe.chance(0.5)):
                strokes.append((bar.start + tick, drum, token, 0))
    if ending:
        _end(drummer, scene, strokes)
    else:
        _hand_over(drummer, scene, pattern, strokes)
    if plan.part.role == "drums":
        _push(scene, stage, strokes)
        _enter(drummer, scene, strokes)
    spans = plan.plays[scene.index]
    strokes.sort(key=lambda s: (s[0], s[1].value))
    # Tokens may be struck only while the part plays; the common hit before a stop always falls inside.
    drummer.out.extend(s for s in strokes if any(start <= s[0] < end for start, end in spans))


def solos_of(plan: PartPlan, stage: Stage, scene: Scene) -> tuple[Pattern, ...]:
    """The drummer's own fours for a scene that trades them, one after the other."""
    if scene.section.lead != "fours" or plan.part.role != "drums" or not scene.bars:
        return ()
    bank = bank_of(stage.style, plan.part)
    found = fitting(bank, "solo", scene.bars[0].meter, scene.intensity, scene.section.kind)
    return tuple(stage.stream("solo", plan.part.id, scene.section.material, scene.repeat).shuffled(found))


def _varied(source: tuple[Stroke, ...], bar: Bar, draw: Stream, rows: int, strong: bool) -> tuple[Stroke, ...]:
    """A small change at a phrase's end: an open hat, a kick or a soft snare before the next bar line."""
    unit = bar.meter.unit if bar.meter.denominator > 4 else bar.meter.unit // 2
    late = bar.meter.bar - unit
    pieces = {drum for _, drum, _ in source}
    out = list(source)
    choice = draw.below(4 if strong else 6)
    if choice == 0 and Drum.HAT in pieces:
        at = [i for i, s in enumerate(out) if s[0] == late and s[1] is Drum.HAT]
        if at:
            out[at[0]] = (late, Drum.HAT_OPEN, "x")
            out = [s for s in out if not (s[0] > late and s[1] is Drum.HAT)]
    elif choice == 1 and Drum.KICK in pieces and not any(s[0] >= late and s[1] in KICKS for s in out):
        out.append((late, Drum.KICK, "x"))
    elif choice == 2 and Drum.SNARE in pieces and not any(s[0] >= late and s[1] is Drum.SNARE for s in out):
        out.append((late, Drum.SNARE, "o"))
    elif choice == 3 and rows > 3:
        kicks = [s for s in out if s[1] in KICKS and s[0] > 0 and bar.meter.strength(s[0]) <= 1]
        if kicks:
            out.remove(kicks[-1])
    out.sort(key=lambda s: (s[0], s[1].value))
    return tuple(out)


def _hand_over(
    drummer: _Drummer, scene: Scene, pattern: Pattern, strokes: list[tuple[int, Drum, str, int]]
) -> None:
    """What happens in the section's last bar (or bars)."""
    how = scene.transition
    if how == "none":
        return
    plan, stage = drummer.plan, drummer.stage
    last = scene.bars[-1]
    if how in ("fill", "pickup"):
        _fill(drummer, scene, last, strokes)
    elif how == "build":
        bars = scene.bars[-(4 if len(scene.bars) >= 16 else 2 if len(scene.bars) >= 4 else 1) :]
        built = use_pattern(plan, stage, scene, "build")
        _clear(strokes, bars[0].start, keep=frozenset() if built else TIME)
        if built is not None:
            for i, bar in enumerate(bars):
                at = len(next(iter(built.rows.values()))) - len(bars) + i
                strokes += [(bar.start + t, d, s, 4 * i) for t, d, s in pattern_strokes(built, at, bar.meter.bar)]
        elif plan.part.role == "drums":
            _roll(strokes, bars, plan)
    elif how == "break":
        broken = use_pattern(plan, stage, scene, "break")
        if broken is not None:
            _clear(strokes, last.start)
            strokes += [(last.start + t, d, s, 0) for t, d, s in pattern_strokes(broken, -1, last.meter.bar)]
    elif how in ("stop", "hold") and plan.part.role == "drums":
        _clear(strokes, last.start)
        if plan.instrument.name == "percussion":  # timbales and the like have neither kick nor snare
            own = {d for row in pattern.rows for d in (DRUMS[row],) if d not in TIME}
            strokes += [(last.start, d, "X", 0) for d in sorted(own, key=lambda d: d.value)[-2:]]
            return
        strokes.append((last.start, Drum.KICK, "X", 0))
        if drummer.crashes:
            strokes.append((last.start, Drum.CRASH, "x" if how == "hold" else "X", 0))
        elif any(d in SNARES for _, d, _, _ in strokes) and how == "stop":
            strokes.append((last.start, Drum.SNARE, "X", 0))
        if how == "hold" and drummer.crashes is False and any(d is Drum.HAT_PEDAL for _, d, _, _ in strokes):
            strokes += [(last.start + beat, Drum.HAT_PEDAL, "o", 0) for beat in last.meter.beats[1::2]]
    elif how == "hold":
        _clear(strokes, last.start)


def _fill(drummer: _Drummer, scene: Scene, bar: Bar, strokes: list[tuple[int, Drum, str, int]]) -> None:
    """The end of `bar` replaced by a fill of one beat up to the bar, by the step in energy."""
    plan, stage = drummer.plan, drummer.stage
    idea = drummer.ideas.get((scene.index, bar.in_section))
    if idea is not None:
        _clear(strokes, bar.start + idea.start, keep=frozenset())
        strokes += [(bar.start + t, d, s, 0) for t, d, s in idea.strokes]
        return
    fill = use_pattern(plan, stage, scene, "fill", scene.repeat)
    if fill is None:
        return
    source = [s for s in pattern_strokes(fill, -1, bar.meter.bar) if s[0] < bar.length]
    if not source:
        return
    beats = bar.meter.beats
    wanted = beats_of_fill(stage, scene, len(beats))
    own = max((b for b in beats if b <= source[0][0]), default=0)
    start = max(own, beats[-min(wanted, len(beats))])
    cut = [s for s in source if s[0] >= start]
    if len(cut) < 2:
        start, cut = own, source
    _clear(strokes, bar.start + start)
    strokes += [(bar.start + t, d, s, 0) for t, d, s in cut if s != "?"]


def _roll(strokes: list[tuple[int, Drum, str, int]], bars: tuple[Bar, ...], plan: PartPlan) -> None:
    """A snare roll that doubles its speed and swells, without the kick in its last bar."""
    drum = Drum.SNARE
    count = len(bars)
    for i, bar in enumerate(bars):
        unit = bar.meter.unit if bar.meter.denominator > 4 else bar.meter.unit // 2
        steps = (unit * 2, unit, unit, unit // 2)[max(0, 4 - count + i)] if count > 1 else unit // 2
        for tick in range(0, bar.length, max(60, steps)):
            share = (i + tick / bar.length) / count
            token = "o" if share < 0.6 else "x" if share < 0.93 else "X"
            strokes.append((bar.start + tick, drum, token, round(16 * share) - 8))
        if i < count - 1:
            strokes += [(bar.start + beat, Drum.KICK, "x", 0) for beat in bar.meter.beats]


def _clear(
    strokes: list[tuple[int, Drum, str, int]], start: int, keep: frozenset[Drum] = frozenset({Drum.HAT_PEDAL})
) -> None:
    """Takes out what is struck from `start` on, but for the pieces to keep."""
    strokes[:] = [s for s in strokes if s[0] < start or s[1] in keep]


def _push(scene: Scene, stage: Stage, strokes: list[tuple[int, Drum, str, int]]) -> None:
    """The kick (and above intensity 2 the snare) anticipates pushed chords with everybody; the beat itself stays empty.

    Grooves that keep the kick on every beat, or none on the beat that is pushed, go on as they are.
    """
    pushed = [c for c in scene.chords if c.push and scene.section.start <= c.sounding]
    if not pushed or 3 * len(pushed) > 2 * len(scene.chords):
        return  # where nearly every chord is pushed the patterns have it in them
    kicks: dict[int, int] = {}
    for i, (tick, drum, _, _) in enumerate(strokes):
        if drum in KICKS:
            kicks[tick] = i
    beats = sum(len(bar.meter.beats) for bar in scene.bars)
    if sum(1 for bar in scene.bars for beat in bar.meter.beats if bar.start + beat in kicks) * 10 > beats * 8:
        return
    gone: set[int] = set()
    for chord in pushed:
        at = kicks.get(chord.onset)
        if at is None or chord.onset >= scene.section.end:
            continue
        gone.add(at)
        if chord.sounding not in kicks:
            strokes.append((chord.sounding, Drum.KICK, "X", 0))
        if scene.intensity >= 3 and any(s[1] is Drum.SNARE for s in strokes):
            strokes.append((chord.sounding, Drum.SNARE, "x", 0))
    strokes[:] = [s for i, s in enumerate(strokes) if i not in gone]


def _enter(drummer: _Drummer, scene: Scene, strokes: list[tuple[int, Drum, str, int]]) -> None:
    """A crash on the section's first beat, where the genre crashes, a kick lies there and the way in calls for it."""
    if not drummer.crashes or scene.section.kind in ("breakdown", "break", "outro") or scene.section.energy < 0.35:
        return
    start = scene.section.start
    here = [s for s in strokes if s[0] == start]
    if not any(s[1] in KICKS for s in here) or any(s[1] in CYMBALS for s in here):
        return
    before = drummer.stage.scenes[scene.index - 1].section.energy if scene.index else 0.0
    called = scene.entered_by in ("fill", "build", "break", "stop")
    rises = scene.section.energy - before >= 0.15 and scene.index > 0
    if not (rises or (called and scene.section.energy >= before - 0.05)):
        return
    strokes[:] = [s for s in strokes if s[0] != start or s[1] not in TIME]
    strokes.append((start, Drum.CRASH, "X" if scene.intensity >= 3 else "x", 0))


def _end(drummer: _Drummer, scene: Scene, strokes: list[tuple[int, Drum, str, int]]) -> None:
    """The song's last bars, by the kind of its ending."""
    plan, stage, final = drummer.plan, drummer.stage, drummer.final
    drums = plan.part.role == "drums"
    written = use_pattern(plan, stage, scene, "ending")
    if final.kind == "fade-layers":
        return  # the band plan takes the layers away
    if written is not None:
        texts = len(next(iter(written.rows.values())))
        bars = [bar for bar in scene.bars if bar.start >= final.start] or list(scene.bars[-1:])
        bars = bars[-texts:]
        _clear(strokes, bars[0].start, keep=frozenset())
        for i, bar in enumerate(bars):
            source = pattern_strokes(written, texts - len(bars) + i, bar.meter.bar)
            strokes += [(bar.start + t, d, s, 0) for t, d, s in source if t < bar.length and s != "?"]
        # Nothing may follow the last stroke of the band but what the pattern itself puts on it.
        if final.short:
            strokes[:] = [s for s in strokes if s[0] <= max(final.tick, bars[-1].start)]
        return
    had_snare = any(s[1] is Drum.SNARE for s in strokes)
    had_kick = any(s[1] in KICKS for s in strokes)
    _clear(strokes, final.tick, keep=frozenset())
    if not drums:
        return
    bar = stage.timeline.bar_at(final.tick)
    if final.kind == "pickup-hit" and had_snare and final.tick > scene.section.start:
        unit = bar.meter.unit // 2 if bar.meter.denominator <= 4 else bar.meter.unit
        _clear(strokes, final.tick - 2 * unit, keep=frozenset())
        strokes += [(final.tick - 2 * unit, Drum.SNARE, "x", 0), (final.tick - unit, Drum.SNARE, "X", 0)]
    if had_kick:
        strokes.append((final.tick, Drum.KICK, "X", 0))
    if drummer.crashes and final.kind != "cadence":
        strokes.append((final.tick, Drum.CRASH, "X" if final.short else "x", 0))
    elif had_snare and final.short:
        strokes.append((final.tick, Drum.SNARE, "X", 0))
    elif plan.instrument.name in ("jazz kit", "brush kit", "room kit", "drums"):
        strokes.append((final.tick, Drum.RIDE, "o", 0))


def _notes(drummer: _Drummer) -> list[Note]:
    """Strokes as notes, backbeats and ghosts at their levels; an open hat rings until the next hat."""
    timeline, stage, plan = drummer.stage.timeline, drummer.stage, drummer.plan
    shift = (plan.part.velocity - 80) // 2
    levels = {scene.index: _LEVEL[scene.intensity] + shift for scene in stage.scenes}
    opened = {s[0] for s in drummer.out if s[1] is Drum.HAT_OPEN}
    strokes = sorted(drummer.out, key=lambda s: (s[0], s[1].value))
    # One pair of cymbals is either open or closed.
    strokes = [s for s in strokes if s[1] is not Drum.HAT or s[0] not in opened]
    hats = [s[0] for s in strokes if s[1] in (Drum.HAT, Drum.HAT_OPEN, Drum.HAT_PEDAL)]
    bars = timeline.bars
    out: list[Note] = []
    k = 0
    for tick, drum, token, extra in strokes:
        while k + 1 < len(bars) and bars[k + 1].start <= tick:
            k += 1
        bar = bars[k]
        place = tick - bar.start
        velocity = _CENTRE[token]
        articulation = ""
        if token == "g":
            velocity = min(45, max(20, velocity + levels[bar.section] // 2))
            articulation = "ghost"
        else:
            velocity += levels[bar.section] + _PIECE.get(drum, 0) + extra
            strength = bar.meter.strength(place)
            if drum in TIME:
                velocity += (4, -6, 0, 4, 5)[strength] if token != "X" else 0
            elif drum in SNARES and drum is not Drum.RIM and token in "xX" and _backbeat(bar, place):
                velocity = min(120, max(95, velocity + 8))
            velocity = min(127, max(46 if token != "?" else 38, velocity))
            articulation = "accent" if token == "X" else ""
        length = _HIT
        if drum is Drum.HAT_OPEN:
            i = bisect_left(hats, tick + 1)
            length = min(480, (hats[i] if i < len(hats) else tick + 480) - tick)
        elif drum in CYMBALS:
            length = 480
        out.append(Note(tick, length, drum, velocity, 0, articulation))
    return out


def _backbeat(bar: Bar, place: int) -> bool:
    beats = bar.meter.beats
    if place not in beats:
        return False
    return beats.index(place) % 2 == 1 if len(beats) > 1 else False
