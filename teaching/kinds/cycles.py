"""Claims about harmony that comes round: loops, vamps, drones, blues choruses, shared changes.

Conventions: what goes round is called a loop and is given no functions; a blues is told by its bars, and its tonic
seventh is home.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from partimento.teaching.claim import Claim
from partimento.teaching.kinds.claiming import at_least, claim, decisions, found, kind, number, odds, text
from partimento.teaching.kinds.rounds import round_decisions, rounds, rows, told
from partimento.teaching.kinds.wording import (
    capital,
    count,
    listed,
    numeral,
    parsed,
    printed,
    times,
)
from partimento.teaching.kinds.wording import row as in_row
from partimento.teaching.music import Harmony, Music
from partimento.teaching.naming import Naming
from partimento.teaching.subject import Subject
from partimento.theory.chord import parse_chord


def _find_round(subject: Subject) -> Iterator[Claim]:
    music = subject.music
    for cycle in rounds(subject):
        if not music.mostly_heard(cycle.spans) or _is_held(music, cycle.spans[0]):
            continue
        start, end = cycle.spans[0]
        first = music.within(start, music.bars[min(len(music.bars), music.bar_index(start) + cycle.bars) - 1].end)
        held = music.at(start)
        if held is not None and (not first or first[0].start > start):
            first = (held, *first)
        drawn = next(
            (
                odds(d, str(d.value("cycle")), 1)
                for d in round_decisions(subject, start, end)
                if str(d.value("cycle")) == cycle.cycle
            ),
            "",
        )
        yield claim(
            "harmony.loop",
            cycle.spans,
            basis="decided" if subject.recorded else "found",
            sure=min((h.sure for h in first), default=1.0),
            cycle=cycle.cycle,
            bars=cycle.bars,
            rounds=cycle.rounds,
            drawn=drawn,
            chords=" ".join(h.chord.name for h in first),
            key=str(first[0].key) if first else "",
        )


def _say_round(c: Claim, level: str, naming: Naming) -> str:
    cycle = text(c, "cycle").replace("|", " ").split()
    chords = [naming.chord(parse_chord(name)) for name in text(c, "chords").split()]
    turns = number(c, "rounds")
    length = count(number(c, "bars"), naming.bar)
    if len(set(cycle)) == 1:
        shown = chords[0] if level == "beginner" else f"{numeral(cycle[0])} ({chords[0]})"
        said = f"One chord, {shown}, is held as a vamp: the harmony stands still and the rhythm does the work."
    elif level == "beginner":
        name = "Two chords" if len(set(cycle)) == 2 else "The same chords"
        shown = listed(list(dict.fromkeys(chords)) if len(set(cycle)) == 2 else chords)
        said = f"{name} go round and round: {shown}, {length} a time, {times(turns)} in all."
    else:
        name = "progression" if number(c, "bars") > 4 else "vamp" if len(set(cycle)) == 2 else "loop"
        said = f"A {name} of {length}, {in_row(_changing(cycle))} ({'–'.join(chords)}), goes round {times(turns)}."
        said += _rest_of_round(cycle)
    if text(c, "drawn") and at_least(level, "advanced"):
        said += f" It was drawn by weight ({printed(text(c, 'drawn'))})."
    return said


def _changing(cycle: Sequence[str]) -> list[str]:
    """The numerals without those that only go on from one bar to the next."""
    return [name for i, name in enumerate(cycle) if i == 0 or name != cycle[i - 1]]


def _round_terms(c: Claim) -> tuple[str, ...]:
    return ("vamp",) if len(set(text(c, "cycle").replace("|", " ").split())) <= 2 else ("loop",)


def _rest_of_round(cycle: Sequence[str]) -> str:
    """Where the tonic stands in it, and what a seventh on it means."""
    degrees = [_plain_degree(name) for name in cycle]
    home = next((n for n, degree in zip(cycle, degrees, strict=True) if degree == 1), "")
    if not home:
        return " The tonic chord never comes in it: it hangs in the air."
    seventh = f" The seventh of {numeral(home)} is a colour: this chord is home and need not resolve." * (
        home.startswith(("I7", "I9", "I13"))
    )
    if degrees[0] == 1:
        return " It comes home each time it begins again, without a cadence." + seventh
    return f" Home, {numeral(home)}, lies inside it rather than at its start." + seventh


def _is_held(music: Music, span: tuple[int, int]) -> bool:
    """Whether one bass tone lies under at least four bars of the span, in notes of a bar and more."""
    here = music.within(*span)
    if not here or music.count_bars(*span) < 4 or len({h.chord.bass_tone for h in here}) > 1:
        return False
    number = here[0].chord.bass_tone.number
    bars = [bar for bar in music.bars if span[0] <= bar.start < span[1]]
    lowest = [min(music.backing(bar.start, bar.end), key=lambda t: t.pitch.midi, default=None) for bar in bars]
    held = sum(t is not None and t.pitch.midi % 12 == number and t.duration >= bars[0].meter.bar for t in lowest)
    return held >= 0.7 * len(bars)


def _find_drone(subject: Subject) -> Iterator[Claim]:
    music = subject.music
    by_tone: dict[tuple[str, str], list[tuple[int, int]]] = {}
    for part in music.parts:
        span = (part.start, part.end)
        if _is_held(music, span):
            here = music.within(*span)
            names = " ".join(dict.fromkeys(h.numeral for h in here))
            spans = by_tone.setdefault((here[0].chord.bass_tone.name, names), [])
            if spans and spans[-1][1] == span[0]:
                span = (spans.pop()[0], span[1])
            spans.append(span)
    for (tone, names), spans in by_tone.items():
        yield claim("harmony.drone", spans, tone=tone, chords=names)


def drones_and_blues(subject: Subject) -> list[tuple[int, int]]:
    """The spans that have no cadences of their own."""
    claims = [*found(_find_blues, subject), *found(_find_drone, subject)]
    spans = [span for c in claims for span in (c.places or ((c.start, c.end),))]
    if not subject.recorded and found(_find_blues, subject):
        # Where one chorus is a blues, the others are, though an analysis has read a chord of them otherwise.
        parts = subject.music.parts
        spans += [(p.start, p.end) for p in parts if subject.music.count_bars(p.start, p.end) % 12 == 0]
    return spans


def _say_drone(c: Claim, level: str, naming: Naming) -> str:
    tone = naming.note(parse_chord(text(c, "tone")).root)
    chords = text(c, "chords").split()
    said = f"The {tone} at the bottom is held as a drone"
    if len(chords) == 1:
        said += ": no chord follows another, so there is nothing to come home from."
    elif level == "beginner":
        said += " while the sounds above it change."
    else:
        said += f" while {in_row(chords)} change above it: colours over one bass, not a progression with cadences."
    return said


def _plain_degree(name: str) -> int:
    """The degree of an unaltered numeral that is not applied, 0 for any other."""
    read = parsed(name)
    return read.degree if read is not None and read.applied is None and read.alter == 0 else 0


def _degree(h: Harmony | None) -> int:
    return _plain_degree(h.numeral) if h is not None else 0


def _is_blues(music: Music, start: int, end: int) -> bool:
    """Whether twelve bars stand on I, in the fifth on IV, in the seventh on I again, with V or IV in bars 9-12."""
    bars = music.bars[music.bar_index(start) : music.bar_index(end - 1) + 1]
    if len(bars) != 12:
        return False
    first = [_degree(music.at(bar.start)) for bar in bars]
    late = {_degree(h) for h in music.within(bars[8].start, bars[9].end)} | {first[8], first[9]}
    plain = [
        {degree, *map(_degree, music.within(bar.start, bar.end))} <= {1, 4, 5}
        for degree, bar in zip(first, bars, strict=True)
    ]
    framed = first[0] == 1 and first[4] == 4 and 1 in first[6:8] and first[10] == 1
    return framed and sum(plain[:4]) >= 3 and sum(plain[4:8]) >= 3 and bool({5, 2} & late)


def _find_blues(subject: Subject) -> Iterator[Claim]:
    music = subject.music
    choruses: dict[str, list[tuple[int, int]]] = {}
    tonic: dict[str, str] = {}
    for part in music.parts:
        first, last = music.bar_index(part.start), music.bar_index(part.end - 1)
        for index in range(first, last - 10, 12):
            start, end = music.bars[index].start, music.bars[index + 11].end
            if _is_blues(music, start, end) and music.mostly_heard([(start, end)]):
                name = told(rows(music, start, end))
                choruses.setdefault(name, []).append((start, end))
                home = music.at(start)
                tonic[name] = home.numeral if home is not None else ""
    for name, spans in choruses.items():
        options = [d for d in decisions(subject, "chord", "harmony.chorus") if d.value("cycle") == name]
        drawn = odds(options[0], name, 1) if options else ""
        yield claim("harmony.blues", spans, rows=name, choruses=len(spans), tonic=tonic[name], drawn=drawn)


def _say_blues(c: Claim, level: str, naming: Naming) -> str:
    bars = [in_row(bar.split()) for bar in text(c, "rows").split(" | ")]
    turns, home = number(c, "choruses"), numeral(text(c, "tonic"))
    if level == "beginner":
        return (
            f"These are twelve-{naming.bar} blues choruses: the fifth {naming.bar} leaves home for the"
            " fourth chord, the seventh"
            f" {naming.bar} or the next is home again, and the last four {naming.bar}s turn round to the start."
        )
    lines = [", ".join(bars[i : i + 4]) for i in (0, 4, 8)]
    said = f"A twelve-{naming.bar} blues, {times(turns)}: {lines[0]}; {lines[1]}; {lines[2]}."
    if "7" in home or "9" in home or "13" in home:
        said += f" The {home} is home: in a blues the seventh on the tonic is its colour and asks for no resolution."
    if text(c, "drawn") and at_least(level, "advanced"):
        said += f" It was drawn by weight ({printed(text(c, 'drawn'))})."
    return said


def _find_changes(subject: Subject) -> Iterator[Claim]:
    """Sections of different material over one and the same run of at least eight bars of chords."""
    music = subject.music
    turning = [span for cycle in rounds(subject) for span in cycle.spans]
    by_rows: dict[tuple[object, ...], list[int]] = {}
    for index, part in enumerate(music.parts):
        if music.count_bars(part.start, part.end) >= 8 and not any(s <= part.start < e for s, e in turning):
            by_rows.setdefault(tuple(rows(music, part.start, part.end)[:-2]), []).append(index)
    for indices in by_rows.values():
        parts = [music.parts[i] for i in indices]
        others = [part.name for part in parts if part.letter != parts[0].letter]
        if others and music.mostly_heard((part.start, part.end) for part in parts):
            places = [(p.start, p.end) for p in parts]
            yield claim("harmony.changes", places, first=parts[0].name, others="|".join(others))


def _say_changes(c: Claim, level: str, naming: Naming) -> str:
    others = text(c, "others").split("|")
    word = "chords" if level == "beginner" else "changes"
    verb = "goes" if len(others) == 1 else "go"
    return f"{capital(listed(others))} {verb} over the {word} of {text(c, 'first')}: another tune, the same harmony."


def _round_again(c: Claim, level: str, naming: Naming) -> str:
    cycle = text(c, "cycle").replace("|", " ").split()
    chords = [naming.chord(parse_chord(name)) for name in text(c, "chords").split()]
    length, turns = count(number(c, "bars"), naming.bar), times(number(c, "rounds"))
    if len(set(cycle)) == 1:
        return _say_round(c, level, naming)
    if level == "beginner":
        return f"{listed(chords)} take over here and go round {turns}, {length} each."
    said = f"Here {in_row(_changing(cycle))} ({'–'.join(chords)}) takes over, {length} long, {turns} round."
    return said + _rest_of_round(cycle) * (_plain_degree(cycle[0]) != 1)


def _blues_again(c: Claim, level: str, naming: Naming) -> str:
    bars = [in_row(bar.split()) for bar in text(c, "rows").split(" | ")]
    lines = [", ".join(bars[i : i + 4]) for i in (0, 4, 8)]
    return f"Another chorus of the blues goes {'; '.join(lines)}." if level != "beginner" else ""


KINDS = (
    kind(
        "harmony.loop",
        "harmony",
        ("loop", "vamp"),
        _find_round,
        _say_round,
        weight=5,
        named=_round_terms,
        again=_round_again,
    ),
    kind("harmony.drone", "harmony", ("drone",), _find_drone, _say_drone, weight=5),
    kind("harmony.blues", "harmony", ("twelve-bar-blues",), _find_blues, _say_blues, weight=4, again=_blues_again),
    kind("harmony.changes", "harmony", ("chord-progression",), _find_changes, _say_changes, weight=8),
)
