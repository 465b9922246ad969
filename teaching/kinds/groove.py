"""Claims about the groove: what the drums do, how the bass goes, how the others keep time, fills, breaks, clave.

Conventions: a habit is told of the sections where at least seven bars in ten show it; places are sections.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator

from partimento.score.decision import Value
from partimento.score.song import Drum, Track
from partimento.teaching.claim import Claim
from partimento.teaching.kinds.claiming import by, claim, decisions, kind, number, share, text
from partimento.teaching.kinds.wording import count, percent, times
from partimento.teaching.music import Music
from partimento.teaching.naming import Naming
from partimento.teaching.subject import Subject
from partimento.theory.analysis.piece import BarSpan

HABIT = 0.7
KICKS = (Drum.KICK, Drum.KICK2)
SNARES = (Drum.SNARE, Drum.SNARE2, Drum.CLAP, Drum.RIM)
HATS = (Drum.HAT, Drum.HAT_OPEN, Drum.HAT_PEDAL)
RIDES = (Drum.RIDE, Drum.RIDE2, Drum.BELL)
TOMS = (Drum.TOM1, Drum.TOM2, Drum.TOM3, Drum.TOM4, Drum.TOM_FLOOR, Drum.TOM_HIGH)

Strokes = dict[Drum, list[int]]


def _strokes(music: Music) -> list[Strokes]:
    """Each bar's strokes by piece of the kit, in ticks from the bar line, ghost notes left out."""
    out: list[Strokes] = [{} for _ in music.bars]
    for track in music.song.tracks:
        for note in track.notes:
            if isinstance(note.pitch, Drum) and note.articulation != "ghost" and note.velocity >= 40:
                index = music.bar_index(note.onset)
                out[index].setdefault(note.pitch, []).append(note.onset - music.bars[index].start)
    return out


def _ticks(bar: Strokes, pieces: Iterable[Drum]) -> set[int]:
    return {tick for piece in pieces for tick in bar.get(piece, ())}


def _backbeat(bar: BarSpan, strokes: Strokes) -> bool:
    snare = _ticks(strokes, SNARES)
    return (
        len(bar.meter.beats) == 4
        and {bar.meter.beats[1], bar.meter.beats[3]} <= snare
        and not ({0, bar.meter.beats[2]} & snare)
        and not _quick_drop(bar, strokes)
    )


def _four(bar: BarSpan, strokes: Strokes) -> bool:
    return len(bar.meter.beats) == 4 and set(bar.meter.beats) <= _ticks(strokes, KICKS)


def _one_drop(bar: BarSpan, strokes: Strokes) -> bool:
    """The kick on the third beat and not on the first."""
    kick = _ticks(strokes, KICKS)
    return len(bar.meter.beats) == 4 and bar.meter.beats[2] in kick and 0 not in kick


def _quick_drop(bar: BarSpan, strokes: Strokes) -> bool:
    """The same counted in twice as many beats: kick and snare together on two and four, nothing on one and three."""
    kick, beats = _ticks(strokes, KICKS), bar.meter.beats
    return len(beats) == 4 and {beats[1], beats[3]} <= kick & _ticks(strokes, SNARES) and not {0, beats[2]} & kick


def _half_time(bar: BarSpan, strokes: Strokes) -> bool:
    snare, kick = _ticks(strokes, SNARES), _ticks(strokes, KICKS)
    return (
        len(bar.meter.beats) == 4
        and 0 in kick
        and not set(bar.meter.beats) <= kick
        and bar.meter.beats[2] in snare
        and not {bar.meter.beats[1], bar.meter.beats[3]} & snare
    )


def _pulse(step: int, pieces: tuple[Drum, ...]) -> Callable[[BarSpan, Strokes], bool]:
    def test(bar: BarSpan, strokes: Strokes) -> bool:
        ticks = _ticks(strokes, pieces)
        grid = set(range(0, bar.meter.bar, step))
        # An accent or an open hat takes a stroke's place now and then.
        finer = {tick for tick in ticks if tick % step}
        return len(ticks & grid) >= 0.85 * len(grid) and len(finer) <= len(grid) // 4

    return test


def _ride(bar: BarSpan, strokes: Strokes) -> bool:
    """The swung ride: every beat, and the off-beats of two and four."""
    ticks, beats = _ticks(strokes, RIDES), bar.meter.beats
    if len(beats) == 4 and {beats[0] + 240, beats[2] + 240} & ticks:
        return False
    return (
        len(beats) == 4
        and {beats[0], beats[1], beats[2], beats[3]} <= ticks
        and bool({beats[1] + 240, beats[3] + 240, beats[1] + 320, beats[3] + 320} & ticks)
    )


_HABITS: tuple[tuple[str, Callable[[BarSpan, Strokes], bool]], ...] = (
    ("four-on-the-floor", _four), ("one-drop", _one_drop), ("quick one-drop", _quick_drop),
    ("backbeat", _backbeat), ("half-time", _half_time),
    ("ride", _ride), ("sixteenth hats", _pulse(120, HATS)), ("eighth hats", _pulse(240, HATS)),
    ("quarter hats", _pulse(480, HATS)), ("shaker", _pulse(120, (Drum.SHAKER, Drum.CABASA, Drum.MARACAS))),
)  # fmt: skip


def _find_drums(subject: Subject) -> Iterator[Claim]:
    music = subject.music
    if not any(isinstance(n.pitch, Drum) for track in subject.song.tracks for n in track.notes[:1]):
        return
    strokes = _strokes(music)
    for name, test in _HABITS:
        spans = []
        for part in music.parts or ():
            first, last = music.bar_index(part.start), music.bar_index(part.end - 1)
            bars = [i for i in range(first, last + 1) if strokes[i]]
            fits = sum(test(music.bars[i], strokes[i]) for i in bars)
            if len(bars) >= 2 and fits >= HABIT * len(bars) and fits >= 0.4 * (last - first + 1):
                spans.append((part.start, part.end))
        if spans:
            yield claim("rhythm.drums", spans, habit=name)


_DRUMS = {
    "four-on-the-floor": (
        "The bass drum strikes every beat",
        "The kick plays four on the floor, every beat of the {bar}",
    ),
    "one-drop": (
        "The bass drum leaves out the first beat and falls on the third",
        "A one-drop: the kick leaves the downbeat empty and falls on beat 3",
    ),
    "quick one-drop": (
        "The bass drum leaves out the first beat; it falls on two and four together with the snare",
        "A one-drop: beats 1 and 3 are left empty, kick and snare fall together on 2 and 4",
    ),
    "backbeat": ("The snare claps on two and four", "The snare plays the backbeat, beats 2 and 4"),
    "half-time": (
        "The snare falls on three alone, so that the beat feels half as fast",
        "A half-time feel: the snare falls on beat 3 alone",
    ),
    "ride": (
        "The ride cymbal keeps time with a skip after two and four",
        "The ride cymbal keeps time on each beat with skips after 2 and 4",
    ),
    "sixteenth hats": ("The hi-hat runs in quick notes, four to a beat", "The hi-hat runs in {sixteenths}"),
    "eighth hats": ("The hi-hat ticks twice a beat", "The hi-hat ticks in {eighths}"),
    "quarter hats": ("The hi-hat ticks once a beat", "The hi-hat marks the {quarters}"),
    "shaker": ("A shaker runs through, four to a beat", "The shaker runs through in {sixteenths}"),
}  # fmt: skip


def _say_drums(c: Claim, level: str, naming: Naming) -> str:
    plain, exact = _DRUMS[text(c, "habit")]
    if level == "beginner":
        return f"{plain}." if "hats" not in text(c, "habit") and text(c, "habit") != "shaker" else ""
    return (
        exact.format(
            bar=naming.bar,
            sixteenths=naming.value(120, plural=True),
            eighths=naming.value(240, plural=True),
            quarters=naming.value(480, plural=True),
        )
        + "."
    )


def bass_track(subject: Subject) -> Track | None:
    return next(
        (t for t in subject.song.tracks if t.role == "bass" and not any(isinstance(n.pitch, Drum) for n in t.notes)),
        None,
    )


def _find_lock(subject: Subject) -> Iterator[Claim]:
    """How often the kick falls together with a bass note, where both play."""
    music, bass = subject.music, bass_track(subject)
    if bass is None:
        return
    onsets = {n.onset for n in bass.notes}
    playing = {music.bar_index(o) for o in onsets}
    kicks = [
        music.bars[i].start + tick
        for i, bar in enumerate(_strokes(music))
        if i in playing
        for tick in _ticks(bar, KICKS)
    ]
    if len(kicks) >= 16:
        together = sum(k in onsets for k in kicks) / len(kicks)
        # A bass that plays all the time meets the kick by chance: the meeting counts beyond that.
        places = [b.start + t for i, b in enumerate(music.bars) if i in playing for t in range(0, b.meter.bar, 240)]
        if together >= 0.6 and together >= sum(p in onsets for p in places) / len(places) + 0.2:
            yield claim("rhythm.lock", ((0, music.end),), track=bass.name, together=round(together, 2))


def _say_lock(c: Claim, level: str, naming: Naming) -> str:
    if level == "beginner":
        return "Bass drum and bass mostly strike together: that is the floor under everything."
    return (
        f"Bass drum and bass are locked: {percent(share(c, 'together'))} of its strokes fall on a note of"
        f" the {c.track}."
    )


def _find_fills(subject: Subject) -> Iterator[Claim]:
    """Last bars of sections in which the drums play more strokes than before, with toms or a run of the snare."""
    music = subject.music
    strokes = _strokes(music)
    spans = []
    for part in music.parts[:-1]:
        first, last = music.bar_index(part.start), music.bar_index(part.end - 1)
        before = [sum(map(len, strokes[i].values())) for i in range(max(first, last - 4), last)]
        half = music.bars[last].meter.bar // 2
        late = [t for piece in (*TOMS, *SNARES) for t in strokes[last].get(piece, ()) if t >= half]
        usual = [
            sum(t >= half for piece in (*TOMS, *SNARES) for t in strokes[i].get(piece, ()))
            for i in range(max(first, last - 4), last)
        ]
        if before and usual and len(late) >= 3 and len(late) > 1.5 * sum(usual) / len(usual):
            spans.append((music.bars[last].start, music.bars[last].end))
    if spans:
        yield claim("rhythm.fills", spans, times=len(spans))


def _say_fills(c: Claim, level: str, naming: Naming) -> str:
    return (
        "A drum fill leads into the next section."
        if len(c.places) < 2
        else (f"Drum fills lead from section to section, {count(number(c, 'times'))} in all.")
    )


def _find_breaks(subject: Subject) -> Iterator[Claim]:
    """Silences of at least a beat in the whole band, between bars that three parts or more play together."""
    music = subject.music
    notes = sorted((n.onset, n.onset + n.duration, t.name) for t in subject.song.tracks for n in t.notes)
    onsets = [onset for onset, _, _ in notes]
    reach = 0
    found = []
    for start, end, _ in notes:
        meter = music.bar(reach).meter
        if reach and start - reach >= meter.beat_lengths[0] and start < music.end:
            before = notes[bisect_left(onsets, reach - meter.bar) : bisect_left(onsets, reach)]
            if len({name for _, _, name in before}) >= 3 and len(before) >= 8:
                found.append((reach, start))
        reach = max(reach, end)
    if found and len(found) <= 8:
        yield claim("rhythm.break", found, times=len(found))


def _say_breaks(c: Claim, level: str, naming: Naming) -> str:
    return (
        "Everybody falls silent for a moment: a break."
        if len(c.places) < 2
        else (f"Everybody falls silent {times(number(c, 'times'))}: breaks that make the next stroke count.")
    )


_SON = {"3": (0, 720, 1440), "2": (480, 960)}
_RUMBA = {"3": (0, 720, 1680), "2": (480, 960)}


def _find_clave(subject: Subject) -> Iterator[Claim]:
    """The side of the clave on which the pairs of bars begin, where a claves part plays it."""
    music = subject.music
    played = [n.onset for t in subject.song.tracks for n in t.notes if n.pitch is Drum.CLAVES]
    for told in decisions(subject, "clave"):
        sides = str(told.value("clave")).split("-")
        for name, table in (("son", _SON), ("rumba", _RUMBA)):
            good = whole = 0
            for bar_index in sorted({music.bar_index(o) for o in played}):
                bar = music.bars[bar_index]
                ticks = tuple(sorted(o - bar.start for o in played if bar.start <= o < bar.end))
                whole += 1
                good += ticks == table[sides[bar_index % 2]]
            if whole >= 8 and good >= 0.8 * whole and bar.meter.bar == 1920:
                yield claim("rhythm.clave", ((0, music.end),), basis="decided", side="-".join(sides), name=name)
                return


def _say_clave(c: Claim, level: str, naming: Naming) -> str:
    side = text(c, "side")
    if level == "beginner":
        return "Two sticks, the claves, tap the pattern that everybody else listens to."
    return (
        f"The claves play the {text(c, 'name')} clave, {side}: {count(int(side[0]))} strokes in the first"
        f" {naming.bar} of each pair, {count(int(side[-1]))} in the second."
    )


_TERMS: dict[Value, str] = {
    "four-on-the-floor": "four-on-the-floor", "one-drop": "one-drop", "quick one-drop": "one-drop",
    "backbeat": "backbeat", "half-time": "half-time",
    "ride": "swing", "sixteenth hats": "sixteenth-feel", "eighth hats": "drum-kit", "quarter hats": "drum-kit",
    "shaker": "sixteenth-feel",
}  # fmt: skip

KINDS = (
    kind("rhythm.drums", "rhythm", tuple(dict.fromkeys(_TERMS.values())), _find_drums, _say_drums, weight=10,
         named=by("habit", _TERMS)),
    kind("rhythm.clave", "rhythm", ("clave",), _find_clave, _say_clave, weight=9),
    kind("rhythm.lock", "rhythm", ("groove",), _find_lock, _say_lock, weight=11),
    kind("rhythm.fills", "rhythm", ("fill",), _find_fills, _say_fills, weight=25),
    kind("rhythm.break", "rhythm", ("break",), _find_breaks, _say_breaks, weight=26),
)  # fmt: skip
