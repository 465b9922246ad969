"""Claims about the groove: what the drums do, how the bass goes, how the others keep time, fills, breaks, clave.

Conventions: a habit is told of the sections where at least seven bars in ten show it; places are sections.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from partimento.score.song import Drum, Note, Track
from partimento.teaching.claim import Claim
from partimento.teaching.kinds.claiming import claim, decisions, kind, number, share, text
from partimento.teaching.kinds.wording import count, percent
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
    )


def _four(bar: BarSpan, strokes: Strokes) -> bool:
    return len(bar.meter.beats) == 4 and set(bar.meter.beats) <= _ticks(strokes, KICKS)


def _one_drop(bar: BarSpan, strokes: Strokes) -> bool:
    kick = _ticks(strokes, KICKS)
    return len(bar.meter.beats) == 4 and bar.meter.beats[2] in kick and 0 not in kick


def _half_time(bar: BarSpan, strokes: Strokes) -> bool:
    snare = _ticks(strokes, SNARES)
    return (
        len(bar.meter.beats) == 4
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
    return (
        len(beats) == 4
        and {beats[0], beats[1], beats[2], beats[3]} <= ticks
        and bool({beats[1] + 240, beats[3] + 240, beats[1] + 320, beats[3] + 320} & ticks)
    )


_HABITS: tuple[tuple[str, Callable[[BarSpan, Strokes], bool]], ...] = (
    ("four-on-the-floor", _four), ("one-drop", _one_drop), ("backbeat", _backbeat), ("half-time", _half_time),
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
    "four-on-the-floor": ("The bass drum strikes every beat", "The kick plays four on the floor, every beat of the {bar}"),
    "one-drop": (
        "The bass drum leaves out the first beat and falls on the third",
        "A one-drop: the kick leaves the downbeat empty and falls on beat 3",
    ),
    "backbeat": ("The snare claps on two and four", "The snare plays the backbeat, beats 2 and 4"),
    "half-time": ("The snare falls on three alone, so that the beat feels half as fast", "A half-time feel: the snare falls on beat 3 alone"),
    "ride": ("The ride cymbal keeps a swinging time", "The ride cymbal keeps time on each beat with skips after 2 and 4"),
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


def _bass_track(subject: Subject) -> Track | None:
    return next(
        (t for t in subject.song.tracks if t.role == "bass" and not any(isinstance(n.pitch, Drum) for n in t.notes)),
        None,
    )


def _find_lock(subject: Subject) -> Iterator[Claim]:
    """How often the kick falls together with a bass note, where both play."""
    music, bass = subject.music, _bass_track(subject)
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
        if together >= 0.6:
            yield claim("rhythm.lock", ((0, music.end),), track=bass.name, together=round(together, 2))


def _say_lock(c: Claim, level: str, naming: Naming) -> str:
    if level == "beginner":
        return "Bass drum and bass mostly strike together: that is the floor under everything."
    return f"Kick and bass are locked: {percent(share(c, 'together'))} of the kicks fall on a note of the {c.track}."


def _find_walking(subject: Subject) -> Iterator[Claim]:
    """Sections whose bass walks: a note on each beat, most of them a step from the next."""
    music, bass = subject.music, _bass_track(subject)
    if bass is None:
        return
    by_bar: dict[int, list[Note]] = {}
    for note in bass.notes:
        by_bar.setdefault(music.bar_index(note.onset), []).append(note)
    spans = []
    for part in music.parts:
        indices = range(music.bar_index(part.start), music.bar_index(part.end - 1) + 1)
        played = [i for i in indices if i in by_bar]
        walks = [i for i in played if _walks(music.bars[i], by_bar[i])]
        if len(played) >= 4 and len(walks) >= HABIT * len(played):
            spans.append((part.start, part.end))
    if spans:
        yield claim("rhythm.walking", spans, track=bass.name)


def _walks(bar: BarSpan, notes: list[Note]) -> bool:
    """A note on every beat, and at least three different ones."""
    onsets = {n.onset - bar.start for n in notes}
    return len(bar.meter.beats) >= 3 and set(bar.meter.beats) <= onsets and len({n.number for n in notes}) >= 3


def _say_walking(c: Claim, level: str, naming: Naming) -> str:
    return f"The {c.track} walks: a new note on every beat, leading from chord to chord."


def _find_approach(subject: Subject) -> Iterator[Claim]:
    """How a bass comes to a new chord's root: by half step, by whole step, by fifth or fourth."""
    music, bass = subject.music, _bass_track(subject)
    if bass is None:
        return
    notes = sorted((n for n in bass.notes if not isinstance(n.pitch, Drum)), key=lambda n: n.onset)
    starts = {n.onset: i for i, n in enumerate(notes)}
    steps = []
    for a, b in zip(music.harmony, music.harmony[1:], strict=False):
        i = starts.get(b.heard, 0)
        if (
            i
            and a.chord.root != b.chord.root
            and notes[i].number % 12 == b.chord.bass_tone.number
            and (notes[i].onset - notes[i - 1].onset <= 480)
        ):
            steps.append(abs(notes[i].number - notes[i - 1].number))
    if len(steps) >= 8:
        n = len(steps)
        yield claim(
            "rhythm.approach",
            ((0, music.end),),
            track=bass.name,
            changes=n,
            half=round(steps.count(1) / n, 2),
            whole=round(steps.count(2) / n, 2),
            fifth=round(sum(s in (5, 7) for s in steps) / n, 2),
        )


def _say_approach(c: Claim, level: str, naming: Naming) -> str:
    half, whole, fifth = (share(c, name) for name in ("half", "whole", "fifth"))
    if half + whole + fifth < 0.5:
        return ""
    return (
        f"The {c.track} leads into new chords: it comes to {percent(half)} of the roots by half step, to {percent(whole)}"
        f" by whole step and to {percent(fifth)} from a fourth or fifth away."
    )


def _find_comping(subject: Subject) -> Iterator[Claim]:
    """Tracks that strike mostly off the beat, on every beat, or hold their chords."""
    music = subject.music
    for track in subject.song.tracks:
        if track.role not in ("comp", "stab", "pad", "riff"):
            continue
        struck = sorted({n.onset for n in track.notes if not isinstance(n.pitch, Drum)})
        if len(struck) < 12:
            continue
        n = len(struck)
        places = [(music.bar(t), t - music.bar(t).start) for t in struck]
        off = sum(bar.meter.strength(place) < 2 for bar, place in places) / n
        late = (
            sum(
                len(bar.meter.beats) == 4 and place in (bar.meter.beats[1], bar.meter.beats[3]) for bar, place in places
            )
            / n
        )
        lengths = sorted(x.duration for x in track.notes)
        held = lengths[len(lengths) // 2] >= 0.9 * music.bars[0].meter.bar
        habit = "held" if held else "off" if off >= 0.75 else "late" if late >= 0.75 else ""
        if habit:
            yield claim("rhythm.comping", ((struck[0], music.end),), track=track.name, habit=habit, off=round(off, 2))


_COMPING = {
    "held": "The {track} holds its chords, a {bar} and longer.", "late": "The {track} strikes on beats 2 and 4.",
    "off": "The {track} plays between the beats: {off} of its strokes come off the beat.",
}  # fmt: skip


def _say_comping(c: Claim, level: str, naming: Naming) -> str:
    return _COMPING[text(c, "habit")].format(track=c.track, bar=naming.bar, off=percent(share(c, "off")))


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
    """Silences of at least a beat in the whole band, with music round them."""
    music = subject.music
    spans = sorted((n.onset, n.onset + n.duration) for t in subject.song.tracks for n in t.notes)
    reach = 0
    found = []
    for start, end in spans:
        if reach and start - reach >= music.bar(reach).meter.beat_lengths[0] and start < music.end:
            found.append((reach, start))
        reach = max(reach, end)
    if found and len(found) <= 8 and len(subject.song.tracks) >= 3:
        yield claim("rhythm.break", found, times=len(found))


def _say_breaks(c: Claim, level: str, naming: Naming) -> str:
    return (
        "The whole band falls silent for a moment: a break."
        if len(c.places) < 2
        else (
            f"The whole band falls silent {count(number(c, 'times'), 'time')}: breaks that make the next stroke count."
        )
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
    return f"The claves play the {text(c, 'name')} clave, {side}: {count(int(side[0]))} strokes in the first {naming.bar} of each pair, {count(int(side[-1]))} in the second."


def _find_riff(subject: Subject) -> Iterator[Claim]:
    """Tracks that repeat one bar or two exactly: in rhythm and, measured from the tonic, in pitch."""
    music = subject.music
    for track in subject.song.tracks:
        if track.role not in ("riff", "bass", "comp", "texture", "counter"):
            continue
        bars: dict[int, list[tuple[int, int]]] = {}
        for note in track.notes:
            if not isinstance(note.pitch, Drum):
                index = music.bar_index(note.onset)
                bars.setdefault(index, []).append((note.onset - music.bars[index].start, note.number))
        rows = [tuple(bars[i]) for i in sorted(bars)]
        figures = [row for row in rows if len(row) >= 3]
        if len(figures) < 8:
            continue
        best = max(figures, key=lambda row: (figures.count(row), row))
        again = figures.count(best)
        if again >= max(4, 0.3 * len(rows)):
            places = [(music.bars[i].start, music.bars[i].end) for i in sorted(bars) if tuple(bars[i]) == best]
            yield claim("rhythm.riff", places, track=track.name, times=again, bars=len(rows), role=track.role)


def _say_riff(c: Claim, level: str, naming: Naming) -> str:
    name = "riff" if text(c, "role") in ("riff", "bass") else "figure"
    said = f"The {c.track} repeats one {name}"
    return (
        f"{said} over and over."
        if level == "beginner"
        else f"{said} exactly in {number(c, 'times')} of its {number(c, 'bars')} {naming.bar}s: an ostinato."
    )


KINDS = (
    kind("rhythm.drums", "rhythm", (
        "four-on-the-floor", "one-drop", "backbeat", "half-time", "swing", "sixteenth-feel", "groove",
    ), _find_drums, _say_drums, weight=10),
    kind("rhythm.clave", "rhythm", ("clave",), _find_clave, _say_clave, weight=9),
    kind("rhythm.lock", "rhythm", ("groove",), _find_lock, _say_lock, weight=11),
    kind("rhythm.walking", "rhythm", ("walking-bass",), _find_walking, _say_walking, weight=12),
    kind("rhythm.approach", "rhythm", ("approach-note",), _find_approach, _say_approach, "advanced", weight=13),
    kind("rhythm.comping", "rhythm", ("comping", "offbeat"), _find_comping, _say_comping, "intermediate", weight=14),
    kind("rhythm.riff", "rhythm", ("ostinato", "riff"), _find_riff, _say_riff, weight=15),
    kind("rhythm.fills", "rhythm", ("fill",), _find_fills, _say_fills, weight=25),
    kind("rhythm.break", "rhythm", ("break",), _find_breaks, _say_breaks, weight=26),
)  # fmt: skip
