"""Claims about the tune as a line: range, climax, motion, scale, contour, rests, its last note.

Conventions: the tune is `Music.tune`; an interval counts within a section, and a phrase's breath (rests of at most a
bar): from one section to the next another player may take over.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Sequence

from partimento.teaching.claim import Claim
from partimento.teaching.kinds.claiming import at_least, by, claim, decisions, kind, number, share, text
from partimento.teaching.kinds.phrases import phrase_groups
from partimento.teaching.kinds.wording import capital, count, listed, percent, size, times
from partimento.teaching.music import SOLOS, Music, Part
from partimento.teaching.naming import Naming
from partimento.teaching.subject import Subject
from partimento.theory.analysis.piece import Tone
from partimento.theory.chord import parse_chord
from partimento.theory.key import Key
from partimento.theory.pitch import Pitch
from partimento.theory.roman import degree_name

LEAST = 8
"""A tune of fewer notes is too short for claims about its habits."""

INTERVALS = "For comparison, 909 pop songs (POP909): repeats 24 %, steps 44 %, thirds 18 %, wider 14 %"


def _spelled(tones: Sequence[Tone], midi: int) -> str:
    return str(next(t.pitch for t in tones if t.pitch.midi == midi))


def _find_range(subject: Subject) -> Iterator[Claim]:
    tune = subject.music.tune
    if len(tune) < LEAST:
        return
    low, high = min(t.pitch.midi for t in tune), max(t.pitch.midi for t in tune)
    yield claim(
        "melody.range", ((0, subject.music.end),), low=_spelled(tune, low), high=_spelled(tune, high), span=high - low
    )


def _say_range(c: Claim, level: str, naming: Naming) -> str:
    low, high = (naming.note(Pitch.parse(text(c, name))) for name in ("low", "high"))
    span = number(c, "span")
    how = "a narrow range" if span <= 12 else "a wide range" if span >= 20 else "a comfortable range"
    return f"The tune lies between {low} and {high}, {size(span)}: {how}."


def _find_climax(subject: Subject) -> Iterator[Claim]:
    music = subject.music
    if len(music.tune) < LEAST:
        return
    high = max(t.pitch.midi for t in music.tune)
    tops = [t for t in music.tune if t.pitch.midi == high]
    bars = {music.bar_index(t.onset) for t in tops}
    if len(bars) > 3:
        return
    part = music.part_at(tops[-1].onset)
    yield claim(
        "melody.climax",
        [(t.onset, t.end) for t in _a_bar(music, tops)],
        pitch=str(tops[0].pitch),
        times=len(tops),
        part=part.name if part is not None and len(music.parts) > 1 else "",
        late=round(tops[-1].onset / music.end, 2),
    )


def _a_bar(music: Music, tones: Sequence[Tone]) -> list[Tone]:
    """The first of the tones in each bar."""
    return list({music.bar_index(t.onset): t for t in reversed(tones)}.values())[::-1]


def _say_climax(c: Claim, level: str, naming: Naming) -> str:
    pitch, turns = naming.note(Pitch.parse(text(c, "pitch"))), number(c, "times")
    part = text(c, "part")
    where = f" in {part}" if part and len(c.places) < 2 else ""
    said = f"The tune’s highest note, {pitch}, comes {'only once' if turns == 1 else times(turns)}{where}"
    if level == "beginner":
        return said + "."
    return said + f", {'last ' * (turns > 1)}{percent(share(c, 'late'))} of the way through."


def _steps(music: Music) -> list[int]:
    """The intervals in semitones between neighbours that no more than a bar's silence parts, nor a section's end."""
    tune = music.tune
    starts = [part.start for part in music.parts]
    return [
        b.pitch.midi - a.pitch.midi
        for a, b in zip(tune, tune[1:], strict=False)
        if b.onset - a.end < music.bar(a.onset).meter.bar
        and bisect_right(starts, a.onset) == bisect_right(starts, b.onset)
    ]


def _find_motion(subject: Subject) -> Iterator[Claim]:
    steps = _steps(subject.music)
    if len(steps) < 2 * LEAST:
        return
    n = len(steps)
    widest = max(steps, key=lambda s: (abs(s), s))
    yield claim(
        "melody.motion",
        ((0, subject.music.end),),
        repeats=round(sum(s == 0 for s in steps) / n, 2),
        steps=round(sum(1 <= abs(s) <= 2 for s in steps) / n, 2),
        thirds=round(sum(3 <= abs(s) <= 4 for s in steps) / n, 2),
        leaps=round(sum(abs(s) > 4 for s in steps) / n, 2),
        widest=widest,
    )


def _say_motion(c: Claim, level: str, naming: Naming) -> str:
    repeats, steps, thirds, leaps = (share(c, name) for name in ("repeats", "steps", "thirds", "leaps"))
    if level == "beginner":
        if steps + repeats >= 0.7:
            return "The tune mostly repeats a note or moves to the one beside it: it is easy to sing."
        return "The tune leaps often." if leaps >= 0.25 else ""
    ways = ((repeats, "repeats"), (steps, "steps"), (thirds, "thirds"), (leaps, "wider leaps"))
    shown = [f"{percent(part)} are {name}" for part, name in ways if part >= 0.005]
    said = f"Of the tune’s intervals {listed(shown)}"
    if not at_least(level, "advanced"):
        return said + "."
    return said + f"; the widest is {size(number(c, 'widest'))} {'up' if number(c, 'widest') > 0 else 'down'}."


_SCALES = {
    "major pentatonic": (0, 2, 4, 7, 9), "minor pentatonic": (0, 3, 5, 7, 10), "blues": (0, 3, 5, 6, 7, 10),
}  # fmt: skip


def _find_scale(subject: Subject) -> Iterator[Claim]:
    music = subject.music
    if len(music.tune) < 2 * LEAST:
        return
    time = [0] * 12
    for tone in music.tune:
        here = music.at(tone.onset)
        key = here.key if here is not None else subject.analysis.key
        time[(tone.pitch.midi - key.tonic.number) % 12] += tone.duration
    whole = sum(time)
    for name, scale in _SCALES.items():
        inside = sum(time[n] for n in scale) / whole
        if inside >= 0.97 and (name != "blues" or time[6] >= whole / 50):
            yield claim(
                "melody.scale",
                ((0, music.end),),
                scale=name,
                tones=sum(time[n] > 0 for n in scale),
                inside=round(inside, 2),
            )
            return


def _say_scale(c: Claim, level: str, naming: Naming) -> str:
    scale = text(c, "scale")
    if scale == "blues":
        return "The tune is made of the blues scale, with its lowered fifth."
    kept = "" if share(c, "inside") >= 1.0 else " nearly always"
    return f"The tune{kept} keeps to the {scale} scale" + (
        ", five notes that go with nearly every chord of the key." if level == "beginner" else "."
    )


def contour(pitches: Sequence[int]) -> str:
    """The shape of a line: "arch", "dip", "ascent", "descent", "level" or "wave", by its thirds' means and its peak."""
    if len(pitches) < 4:
        return ""
    third = max(1, len(pitches) // 3)
    a, b, c = (
        sum(part) / len(part) for part in (pitches[:third], pitches[third:-third] or pitches[third:], pitches[-third:])
    )
    if max(a, b, c) - min(a, b, c) < 1.5:
        return "level"
    if b - max(a, c) >= 1:
        return "arch"
    if min(a, c) - b >= 1:
        return "dip"
    return "ascent" if c > a else "descent"


def _find_contour(subject: Subject) -> Iterator[Claim]:
    music = subject.music
    shapes: dict[str, int] = {}
    total = 0
    for _, _, phrases in phrase_groups(subject):
        for phrase in phrases:
            shape = contour([t.pitch.midi for t in music.sung(*phrase)])
            if shape:
                shapes[shape] = shapes.get(shape, 0) + 1
                total += 1
    if total >= 4:
        best = max(sorted(shapes), key=lambda shape: shapes[shape])
        if shapes[best] >= 0.5 * total:
            yield claim("melody.contour", ((0, music.end),), shape=best, times=shapes[best], phrases=total)


_SHAPES = {
    "arch": "rise and fall again, like an arch", "dip": "sink and rise again", "ascent": "climb", "descent": "sink",
    "level": "keep to one height",
}  # fmt: skip


def _say_contour(c: Claim, level: str, naming: Naming) -> str:
    shaped, phrases = number(c, "times"), count(number(c, "phrases"))
    so_many = f"All {phrases} phrases of the tune" if shaped == number(c, "phrases") else ""
    return f"{so_many or f'{capital(count(shaped))} of the tune’s {phrases} phrases'} {_SHAPES[text(c, 'shape')]}."


def _find_last(subject: Subject) -> Iterator[Claim]:
    music = subject.music
    if len(music.tune) < LEAST:
        return
    last = music.tune[-1]
    h = music.heard_at(last.onset)
    if h is None or last.end < music.end - 4 * music.bars[-1].meter.bar:
        return
    degree = degree_name(last.pitch.pitch_class, h.key)
    yield claim(
        "melody.last",
        ((last.onset, last.end),),
        pitch=last.pitch.pitch_class.name,
        degree=degree,
        key=str(h.key),
        chord=h.chord.name,
        part=_member(h.chord.members, last),
    )


def _member(members: object, tone: Tone) -> str:
    if isinstance(members, dict):
        return next((str(d) for d, pc in members.items() if pc.number == tone.pitch.midi % 12), "")
    return ""


_ENDS = {"1": "at rest", "3": "softly, at home but not at rest", "5": "openly"}


def _say_last(c: Claim, level: str, naming: Naming) -> str:
    note, degree = naming.note(parse_chord(text(c, "pitch")).root), text(c, "degree")
    key = Key.parse(text(c, "key"))
    if level == "beginner":
        return f"The tune ends {_ENDS[degree]}, on {note}." if degree in _ENDS else f"The tune’s last note is {note}."
    named = naming.degree(parse_chord(text(c, "pitch")).root, key)
    said = f"The tune’s last note is {note}, {named} of {naming.key(key)}"
    if text(c, "part") and at_least(level, "advanced"):
        said += (
            f" and the {_PARTS.get(text(c, 'part'), text(c, 'part') + 'th')} of"
            f" {naming.chord(parse_chord(text(c, 'chord')))}"
        )
    return said + "."


_PARTS = {"1": "root", "3": "third", "5": "fifth", "7": "seventh", "9": "ninth", "2": "second", "4": "fourth"}


def _find_rests(subject: Subject) -> Iterator[Claim]:
    """How much of the tune's sections is left to the others."""
    music = subject.music
    sung = [p for p in music.parts if _is_sung(music, p)]
    if len(music.tune) < 2 * LEAST or len(sung) < 2 or len(sung) == len(music.parts):
        return
    silent = [p for p in music.parts if p not in sung and p.lead not in SOLOS]
    if silent:
        # A pickup to what follows may sound at the very end of a section; then the claim says so.
        upbeats = any(music.sung(p.start, p.end) for p in silent)
        places = [(p.start, p.end) for p in silent]
        yield claim("melody.silent", places, parts="|".join(p.name for p in silent), upbeats=upbeats)


def _is_sung(music: Music, part: Part) -> bool:
    """Whether the tune has more of a section than the pickup to the next."""
    last = music.bar(part.end - 1)
    return bool(music.sung(part.start, last.start if last.start > part.start else part.end))


def _say_rests(c: Claim, level: str, naming: Naming) -> str:
    parts = text(c, "parts").split("|")
    but = ", but for the pickup to what follows" if c.value("upbeats") else ""
    return f"The tune is silent in {listed(parts)}{but}: the accompaniment speaks alone."


def _find_manner(subject: Subject) -> Iterator[Claim]:
    """The manner that was drawn for the tune, where its notes show it."""
    music = subject.music
    steps = _steps(music)
    if len(steps) < 2 * LEAST:
        return
    n = len(steps)
    repeats, walked = sum(s == 0 for s in steps) / n, sum(abs(s) <= 2 for s in steps) / n
    late = sum(music.bar(t.onset).meter.strength(t.onset - music.bar(t.onset).start) < 2 for t in music.tune) / len(
        music.tune
    )
    shown = {"lyrical": walked >= 0.6, "spoken": repeats >= 0.25, "leaping": walked <= 0.55, "dancing": late >= 0.45}
    for told in decisions(subject, "melody", "melody.traits"):
        manner = str(told.value("manner"))
        if shown.get(manner, False):
            yield claim("melody.manner", ((0, music.end),), basis="decided", manner=manner)
            return


_MANNERS = {
    "lyrical": "a lyrical one, few notes and many steps", "spoken": "a spoken one, the same note often repeated",
    "leaping": "a leaping one, of wide intervals", "dancing": "a dancing one, off the beat",
}  # fmt: skip


def _say_manner(c: Claim, level: str, naming: Naming) -> str:
    return f"The manner drawn for this tune is {_MANNERS[text(c, 'manner')]}, and its notes show it."


KINDS = (
    kind("melody.range", "melody", ("range",), _find_range, _say_range, weight=1),
    kind("melody.motion", "melody", ("stepwise-motion", "leap"), _find_motion, _say_motion, source=INTERVALS, weight=2),
    kind("melody.scale", "melody", ("pentatonic-scale", "blues-scale"), _find_scale, _say_scale, weight=3,
         named=by("scale", {"major pentatonic": "pentatonic-scale", "minor pentatonic": "pentatonic-scale",
                            "blues": "blues-scale"})),
    kind("melody.contour", "melody", ("contour",), _find_contour, _say_contour, weight=4),
    kind("melody.manner", "melody", ("melody",), _find_manner, _say_manner, "advanced", weight=5),
    kind("melody.silent", "melody", ("melody",), _find_rests, _say_rests, "intermediate", weight=30),
    kind("melody.climax", "melody", ("climax",), _find_climax, _say_climax, weight=31),
    kind("melody.last", "melody", ("scale-degree", "tonic"), _find_last, _say_last, weight=40),
)  # fmt: skip
