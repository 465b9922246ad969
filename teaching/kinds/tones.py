"""Claims about tones that are not of their chord, by kind, with the places where they stand.

Conventions: in a song composed here the tune's notes are read against the chords that were written; in any other piece
all voices' against those that were found. A chord that the notes do not say has no tones foreign to it.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from partimento.score.decision import Value
from partimento.teaching.claim import Claim
from partimento.teaching.kinds.claiming import at_least, by, claim, kind, number, share, text
from partimento.teaching.kinds.wording import capital, count, percent
from partimento.teaching.music import Harmony, Music
from partimento.teaching.naming import Naming
from partimento.teaching.subject import Subject
from partimento.theory.analysis.piece import Tone
from partimento.theory.figuration import nonchord_kind
from partimento.theory.pitch import Pitch

RATE = "For comparison, 909 pop songs (POP909): 64 % of the tune’s notes are of their chord"

EXAMPLES = 3
"""Places that a statement spells out."""


class Foreign(NamedTuple):
    """A tone that is not of its chord, with its neighbours and what it is."""

    kind: str
    tone: Tone
    before: Tone | None
    after: Tone | None
    figure: str = ""


def _of_chord(tone: Tone, h: Harmony) -> bool:
    number = tone.pitch.midi % 12
    return number in h.chord.numbers or number == h.chord.bass_tone.number


def read_tune(music: Music) -> tuple[int, list[Foreign]]:
    """(notes that were read, those foreign to their chord); a note struck again is one with the first."""
    tune = music.tune
    sure = {h: music.is_heard(h) for h in music.harmony}
    under = [music.heard_at(tone.onset) for tone in tune]
    read, out = 0, []
    for i, tone in enumerate(tune):
        h = under[i]
        if h is None or not sure[h]:
            continue
        read += 1
        if _of_chord(tone, h) or (i and _repeats(music, tune[i - 1], tone) and under[i - 1] == h):
            continue
        last = i
        while last + 1 < len(tune) and _repeats(music, tune[last], tune[last + 1]) and under[last + 1] == h:
            last += 1
        before = tune[i - 1] if i and _joined(music, tune[i - 1], tone) else None
        after = tune[last + 1] if last + 1 < len(tune) and _joined(music, tune[last], tune[last + 1]) else None
        out.append(Foreign(_kind(music, tone, before, after, h), tone, before, after))
    return read, out


def _joined(music: Music, first: Tone, second: Tone) -> bool:
    """Whether less than half a bar's silence parts two tones."""
    return second.onset - first.end < music.bar(second.onset).meter.bar // 2


def _repeats(music: Music, first: Tone, second: Tone) -> bool:
    return first.pitch.midi == second.pitch.midi and _joined(music, first, second)


def _kind(music: Music, tone: Tone, before: Tone | None, after: Tone | None, h: Harmony) -> str:
    """What it is: `nonchord_kind`, and only what the chords round it bear out."""
    found = nonchord_kind(
        before.pitch.midi if before else None, tone.pitch.midi, after.pitch.midi if after else None, h.chord
    )
    bar = music.bar(tone.onset)
    accented = bar.meter.strength(tone.onset - bar.start) >= 2
    if found == "suspension":
        earlier = music.heard_at(before.onset) if before is not None else None
        prepared = before is not None and earlier is not None and earlier != h and _of_chord(before, earlier)
        rises = after is not None and after.pitch.midi > tone.pitch.midi
        return ("retardation" if rises else "suspension") if prepared and accented else "free"
    if found == "anticipation":
        later = music.heard_at(after.onset) if after is not None else None
        return (
            "anticipation"
            if later is not None and later != h and after is not None and _of_chord(after, later)
            else "free"
        )
    if found == "escape" and after is not None and after.onset - tone.end > 60:
        return "free"  # a rest comes between: the tone is left alone rather than left by leap
    if found == "neighbour" and before is not None and after is not None and before.pitch.midi != after.pitch.midi:
        return "incomplete-neighbor"  # it steps back by another size of step: not to where it came from
    if found == "appoggiatura":
        return "appoggiatura" if accented and before is not None else "incomplete-neighbor"
    return found


def _from_analysis(subject: Subject) -> list[Foreign]:
    music, tones = subject.music, subject.piece.tones
    lines: dict[int, list[Tone]] = {}
    place: dict[int, int] = {}
    for index, tone in enumerate(tones):
        line = lines.setdefault(tone.voice, [])
        place[index] = len(line)
        line.append(tone)
    out = []
    for found in subject.analysis.non_chord:
        if found.tone >= len(tones):
            continue
        tone = tones[found.tone]
        h = music.heard_at(max(tone.onset, 0))
        line, at = lines[tone.voice], place[found.tone]
        if h is None or (_of_chord(tone, h) and found.kind != "suspension") or not music.is_heard(h):
            continue
        before = line[at - 1] if at else None
        after = line[at + 1] if at + 1 < len(line) else None
        out.append(Foreign(found.kind, tone, before, after, found.figure))
    return out


def _find(subject: Subject) -> Iterator[Claim]:
    music = subject.music
    foreign = read_tune(music)[1] if subject.recorded else _from_analysis(subject)
    by_kind: dict[str, list[Foreign]] = {}
    for tone in foreign:
        by_kind.setdefault(tone.kind, []).append(tone)
    for nth, (name, found) in enumerate(sorted(by_kind.items(), key=lambda item: item[1][0].tone.onset)):
        examples = "|".join(_example(music, tone) for tone in found[:EXAMPLES])
        figures = sorted({t.figure for t in found if t.figure})
        yield claim(
            "melody.non-chord",
            [(t.tone.onset, t.tone.end) for t in found],
            sort=name,
            times=len(found),
            examples=examples,
            figures=" ".join(figures),
            tune=subject.recorded,
            nth=nth % 3,
        )


def _example(music: Music, found: Foreign) -> str:
    names = [str(t.pitch) if t is not None else "" for t in (found.before, found.tone, found.after)]
    return f"{music.bar(found.tone.onset).number} {music.beat(found.tone.onset)} {','.join(names)}"


_NAMES = {
    "passing": ("passing tone", "fills the step between two notes"),
    "neighbour": ("neighbor tone", "steps away and back"),
    "double-neighbour": ("double neighbor", "circles the note it comes back to"),
    "cambiata": ("cambiata", "is left by a third down and recovered by step"),
    "appoggiatura": ("appoggiatura", "is leapt to on a beat and leans on the note a step away"),
    "incomplete-neighbor": ("incomplete neighbor", "leans on the next note by step, without coming from there"),
    "suspension": ("suspension", "is kept from the chord before and falls by step"),
    "retardation": ("retardation", "is kept from the chord before and rises by step"),
    "anticipation": ("anticipation", "belongs to the chord that comes next"),
    "escape": ("escape tone", "steps away and leaps off"),
    "pedal": ("pedal tone", "stays while the chords change"),
    "free": ("free tone", "is neither entered nor left as the other kinds are: a colour on the chord"),
}


def _named(c: Claim, naming: Naming) -> str:
    name = _NAMES.get(text(c, "sort"), (text(c, "sort"), ""))[0]
    return name.replace("neighbor", "neighbour").replace(" tone", " note") if naming.dialect == "british" else name


def _say(c: Claim, level: str, naming: Naming) -> str:
    name, does = _named(c, naming), _NAMES.get(text(c, "sort"), ("", ""))[1]
    if level == "beginner":
        return ""
    turns = number(c, "times")
    whose = "the tune" if c.value("tune") else "the voices"
    has = "has" if c.value("tune") else "have"
    figures = f" ({', '.join(text(c, 'figures').split())})" if text(c, "figures") else ""
    examples = [_told(item, text(c, "sort"), naming) for item in text(c, "examples").split("|")]
    if turns == 1:
        return f"{examples[0]}: {'an' if name[0] in 'aei' else 'a'} {name}{figures}, which {does}."
    many = f"{count(turns, name)}{figures}"
    if at_least(level, "advanced"):
        return f"{capital(many)} in {whose}: {'; '.join(examples)}{'; …' if turns > len(examples) else ''}."
    return (
        f"{capital(many)} in {whose}: such a note {does}. The first is {examples[0]}.",
        f"{capital(whose)} {has} {many}, beginning with {examples[0]}: each {does}.",
        f"{examples[0]}, is the first of {many}: such a note {does}.",
    )[number(c, "nth")]


def _told(item: str, sort: str, naming: Naming) -> str:
    bar, beat, names = item.split(" ")
    before, tone, after = (naming.note(Pitch.parse(name)) if name else "" for name in names.split(","))
    said = f"{tone} in {naming.bar} {bar}, beat {beat}"
    if sort == "passing" and before and after:
        return f"{said}, between {before} and {after}"
    if sort in ("suspension", "appoggiatura", "incomplete-neighbor", "retardation") and after:
        return f"{said}, going to {after}"
    return said


def _find_share(subject: Subject) -> Iterator[Claim]:
    read, foreign = read_tune(subject.music)
    if read >= 16:
        inside = 1 - len(foreign) / read
        stepped = sum(t.after is not None and 1 <= abs(t.after.pitch.midi - t.tone.pitch.midi) <= 2 for t in foreign)
        yield claim(
            "melody.chord-tones",
            ((0, subject.music.end),),
            inside=round(inside, 2),
            resolved=round(stepped / len(foreign), 2) if foreign else 1.0,
        )


def _say_share(c: Claim, level: str, naming: Naming) -> str:
    inside = share(c, "inside")
    if level == "beginner":
        few = (
            "Nearly all"
            if inside >= 0.9
            else "About three in four of"
            if inside >= 0.7
            else "About two in three of"
            if inside >= 0.6
            else "About half of"
            if inside >= 0.4
            else ""
        )
        return (
            f"{few} the tune’s notes belong to the chord under them; the others lend colour and motion." if few else ""
        )
    said = f"{percent(inside)} of the tune’s notes are of their chord"
    if not at_least(level, "advanced") or inside > 0.95:
        return said + "."
    return said + f"; of the others {percent(share(c, 'resolved'))} go on by step."


def _again(c: Claim, level: str, naming: Naming) -> str:
    if level != "advanced":
        return _say(c, level, naming)
    name = _named(c, naming)
    examples = [_told(item, text(c, "sort"), naming) for item in text(c, "examples").split("|")]
    more = "; …" if number(c, "times") > len(examples) else ""
    if number(c, "times") == 1:
        return _say(c, level, naming)
    return f"{capital(count(number(c, 'times'), name))}: {'; '.join(examples)}{more}."


_TERMS: dict[Value, str] = {
    "passing": "passing-tone", "neighbour": "neighbor-tone", "double-neighbour": "double-neighbor",
    "cambiata": "cambiata", "appoggiatura": "appoggiatura", "incomplete-neighbor": "neighbor-tone",
    "suspension": "suspension", "retardation": "retardation", "anticipation": "anticipation", "escape": "escape-tone",
    "pedal": "pedal-point", "free": "free-tone",
}  # fmt: skip

KINDS = (
    kind("melody.chord-tones", "melody", ("chord-tone", "non-chord-tone"), _find_share, _say_share, source=RATE,
         weight=6),
    kind("melody.non-chord", "melody", tuple(_TERMS.values()), _find, _say, "intermediate", weight=20,
         named=by("sort", _TERMS), again=_again),
)  # fmt: skip
