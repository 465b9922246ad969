"""Claims about the harmony at large: key and mode, loops, vamps, drones, choruses of fixed length, phrases, the end.

Conventions: what goes round is called a loop and is given no functions; where no third sounds, nothing is major or minor.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from partimento.teaching.claim import Claim
from partimento.teaching.kinds.claiming import at_least, claim, decisions, found, kind, number, odds, share, text
from partimento.teaching.kinds.rounds import round_decisions, rounds, rows, told
from partimento.teaching.kinds.wording import (
    FUNCTIONS,
    PLAIN,
    capital,
    count,
    function,
    listed,
    numeral,
    parsed,
    percent,
    times,
)
from partimento.teaching.kinds.wording import row as in_row
from partimento.teaching.music import Harmony, Music
from partimento.teaching.naming import Naming
from partimento.teaching.subject import Subject
from partimento.theory.chord import parse_chord
from partimento.theory.key import Key

IN_KEY = 0.8
"""The least share of what sounds that lies in a key's scale, for the piece to be said to be in it; songs composed here
and chorales have 0.93 and more, twelve tones alike 0.58."""

_COLOURS = {"dorian": (6, 6), "phrygian": (2, 2), "lydian": (4, 4), "mixolydian": (7, 7), "locrian": (5, 5)}
_SAID = {
    "dorian": "a minor scale with a raised sixth", "phrygian": "a minor scale with a lowered second",
    "lydian": "a major scale with a raised fourth", "mixolydian": "a major scale with a lowered seventh",
    "locrian": "a minor scale with a lowered second and fifth",
}  # fmt: skip


def _whole(music: Music) -> tuple[tuple[int, int], ...]:
    return ((0, music.end),)


def _time_on(music: Music) -> list[int]:
    """The sounding time of each of the twelve pitch classes."""
    time = [0] * 12
    for tone in music.piece.tones:
        time[tone.pitch.midi % 12] += tone.duration
    return time


def _third(time: Sequence[int], key: Key) -> str:
    """The third above the tonic that is heard, "major", "minor", or "none"."""
    minor, major = (time[(key.tonic.number + step) % 12] for step in (3, 4))
    if minor + major < sum(time) / 200:
        return "none"
    return "minor" if minor > major else "major"


def _find_key(subject: Subject) -> Iterator[Claim]:
    music = subject.music
    time = _time_on(music)
    if not any(time) or not music.harmony:
        return
    key = subject.song.keys[0].key if subject.recorded and subject.song.keys else subject.analysis.key
    tones = {tone.number for tone in key.tones}
    if key.mode == "minor":
        tones |= {(key.tonic.number + 9) % 12, (key.tonic.number + 11) % 12}
    inside = sum(time[number] for number in sorted(tones)) / sum(time)
    third = _third(time, key)
    if inside < IN_KEY or time[key.tonic.number] == 0 or third not in ("none", "minor" if key.is_minor else "major"):
        return
    last = music.harmony[-1]
    bass = music.bass(last)
    ends = last.chord.root == key.tonic and bass is not None and bass.pitch.midi % 12 == key.tonic.number
    drawn = next((odds(d, f"mode {key.mode}") for d in decisions(subject, "key", "plan.key.drawn")), "")
    second = "" if subject.recorded else str(subject.analysis.key_second or "")
    yield claim(
        "harmony.key",
        _whole(music),
        basis="decided" if subject.recorded else "found",
        sure=1.0 if subject.recorded else subject.analysis.key_sure,
        key=str(key),
        inside=round(inside, 2),
        ends=ends,
        third=third,
        drawn=drawn,
        second=second,
    )


def _say_key(c: Claim, level: str, naming: Naming) -> str:
    key = Key.parse(text(c, "key"))
    name, home = naming.key(key), naming.note(key.tonic)
    ends = bool(c.value("ends"))
    if text(c, "third") == "none":
        said = f"Home is {home}, but no third sounds above it: the music is neither major nor minor."
    elif level == "beginner":
        said = f"The home note is {home}, and the music is in {name}"
        return said + (": it ends on the home chord." if ends else "; it does not end on the home chord.")
    else:
        said = f"The music is in {name}: {percent(share(c, 'inside'))} of what sounds lies in its scale"
        said += (
            ", and the last chord is the tonic."
            if ends
            else ", though the last chord is not the tonic in root position."
        )
    if text(c, "second") and level != "beginner":
        said += f" It can also be heard in {naming.key(Key.parse(text(c, 'second')))}"
        said += f" ({percent(c.sure)} sure of the first)." if at_least(level, "advanced") else "."
    elif c.basis == "found" and at_least(level, "advanced"):
        said += f" The analysis is {percent(c.sure)} sure of it."
    return said


def _find_mode(subject: Subject) -> Iterator[Claim]:
    music = subject.music
    key = subject.song.keys[0].key if subject.recorded and subject.song.keys else subject.analysis.key
    if key.mode not in _COLOURS or not music.harmony:
        return
    degree = _COLOURS[key.mode][0]
    tone = key.degree(degree)
    other = (tone.number + (1 if key.mode in ("mixolydian", "phrygian", "locrian") else -1)) % 12
    time = _time_on(music)
    if time[tone.number] > 2 * time[other] and time[tone.number] > 0:
        heard = sum(t.pitch.midi % 12 == tone.number for t in music.piece.tones)
        yield claim("harmony.mode", _whole(music), key=str(key), tone=tone.name, heard=heard)


def _say_mode(c: Claim, level: str, naming: Naming) -> str:
    key = Key.parse(text(c, "key"))
    tone = naming.note(key.degree(_COLOURS[key.mode][0]))
    said = f"{naming.key(key)} is {_SAID[key.mode]}: the {tone} gives it its colour"
    return said + (f" and sounds {times(number(c, 'heard'))}." if at_least(level, "intermediate") else ".")


def _mostly_heard(music: Music, spans: Iterable[tuple[int, int]]) -> bool:
    here = [h for start, end in spans for h in music.within(start, end)]
    return bool(here) and sum(map(music.is_heard, here)) >= 0.6 * len(here)


def _find_round(subject: Subject) -> Iterator[Claim]:
    music = subject.music
    for cycle in rounds(subject):
        if not _mostly_heard(music, cycle.spans) or _is_held(music, cycle.spans[0]):
            continue
        start, end = cycle.spans[0]
        first = music.within(start, music.bars[min(len(music.bars), music.bar_index(start) + cycle.bars) - 1].end)
        first = first or tuple(h for h in (music.at(start),) if h is not None)
        bars = sum(music.count_bars(*span) for span in cycle.spans)
        drawn = next(
            (
                odds(d, str(d.value("cycle")))
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
            rounds=bars // cycle.bars,
            drawn=drawn,
            chords=" ".join(h.chord.name for h in first),
            key=str(first[0].key) if first else "",
        )


def _say_round(c: Claim, level: str, naming: Naming) -> str:
    cycle = text(c, "cycle").replace("|", " ").split()
    chords = [naming.chord(parse_chord(name)) for name in text(c, "chords").split()]
    bars, turns = number(c, "bars"), number(c, "rounds")
    length = count(bars, naming.bar)
    if len(set(cycle)) == 1:
        shown = chords[0] if level == "beginner" else f"{numeral(cycle[0])} ({chords[0]})"
        said = f"One chord, {shown}, is held as a vamp: the harmony stands still and the rhythm does the work."
    elif level == "beginner":
        name = "Two chords" if len(set(cycle)) == 2 else "The same chords"
        said = f"{name} go round and round: {listed(chords)}, {length} a time, {times(turns)} in all."
    else:
        name = "vamp" if len(set(cycle)) == 2 else "loop"
        said = f"A {name} of {length}, {in_row(cycle)} ({'–'.join(chords)}), goes round {times(turns)}."
        said += _rest_of_round(cycle)
    if text(c, "drawn") and at_least(level, "advanced"):
        said += f" It was drawn by weight: {text(c, 'drawn')}."
    return said


def _rest_of_round(cycle: Sequence[str]) -> str:
    """Where the tonic stands in it, and what a seventh on it means."""
    degrees = [_plain_degree(name) for name in cycle]
    home = next((n for n, degree in zip(cycle, degrees, strict=True) if degree == 1), "")
    if not home:
        return " The tonic chord never comes in it: the loop hangs in the air on purpose."
    seventh = f" The seventh of {numeral(home)} is a colour: this chord is home and need not resolve." * (
        home.startswith("I7") or home.startswith("I9") or home.startswith("I13")
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
    low = [t for t in music.backing(*span) if t.pitch.midi % 12 == number and t.duration >= music.bars[0].meter.bar]
    covered = sum(min(t.end, span[1]) - max(t.onset, span[0]) for t in low)
    return covered >= 0.7 * (span[1] - span[0])


def _find_drone(subject: Subject) -> Iterator[Claim]:
    music = subject.music
    by_tone: dict[tuple[str, str], list[tuple[int, int]]] = {}
    for part in music.parts:
        span = (part.start, part.end)
        if _is_held(music, span):
            here = music.within(*span)
            names = " ".join(dict.fromkeys(h.numeral for h in here))
            by_tone.setdefault((here[0].chord.bass_tone.name, names), []).append(span)
    for (tone, names), spans in by_tone.items():
        yield claim("harmony.drone", spans, tone=tone, chords=names)


def drones_and_blues(subject: Subject) -> list[tuple[int, int]]:
    """The spans that have no cadences of their own."""
    claims = [*found(_find_blues, subject), *found(_find_drone, subject)]
    return [span for c in claims for span in (c.places or ((c.start, c.end),))]


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
    return first[0] == 1 and first[4] == 4 and 1 in first[6:8] and first[10] == 1 and bool({5, 2} & late)


def _find_blues(subject: Subject) -> Iterator[Claim]:
    music = subject.music
    choruses: dict[str, list[tuple[int, int]]] = {}
    tonic: dict[str, str] = {}
    for part in music.parts:
        first, last = music.bar_index(part.start), music.bar_index(part.end - 1)
        for index in range(first, last - 10, 12):
            start, end = music.bars[index].start, music.bars[index + 11].end
            if _is_blues(music, start, end) and _mostly_heard(music, [(start, end)]):
                name = told(rows(music, start, end))
                choruses.setdefault(name, []).append((start, end))
                home = music.at(start)
                tonic[name] = home.numeral if home is not None else ""
    for name, spans in choruses.items():
        options = [d for d in decisions(subject, "chord", "harmony.chorus") if d.value("cycle") == name]
        drawn = odds(options[0], name, 2) if options else ""
        yield claim("harmony.blues", spans, rows=name, choruses=len(spans), tonic=tonic[name], drawn=drawn)


def _say_blues(c: Claim, level: str, naming: Naming) -> str:
    bars = [in_row(bar.split()) for bar in text(c, "rows").split(" | ")]
    turns, home = number(c, "choruses"), numeral(text(c, "tonic"))
    if level == "beginner":
        return (
            f"These are twelve-{naming.bar} blues choruses: the fifth {naming.bar} leaves home for the fourth chord, the seventh"
            f" {naming.bar} or the next is home again, and the last four {naming.bar}s turn round to the start."
        )
    lines = [", ".join(bars[i : i + 4]) for i in (0, 4, 8)]
    said = f"A twelve-{naming.bar} blues, {times(turns)}: {lines[0]}; {lines[1]}; {lines[2]}."
    if "7" in home or "9" in home or "13" in home:
        said += f" The {home} is home: in a blues the seventh on the tonic is its colour and asks for no resolution."
    if text(c, "drawn") and at_least(level, "advanced"):
        said += f" Drawn by weight: {text(c, 'drawn')}."
    return said


def _find_changes(subject: Subject) -> Iterator[Claim]:
    """Sections of different material over one and the same run of at least eight bars of chords."""
    music = subject.music
    turning = [span for cycle in rounds(subject) for span in cycle.spans]
    by_rows: dict[tuple[object, ...], list[int]] = {}
    for index, part in enumerate(music.parts):
        if music.count_bars(part.start, part.end) >= 8 and not any(s <= part.start < e for s, e in turning):
            by_rows.setdefault(tuple(rows(music, part.start, part.end)[:-2]), []).append(index)
    for places in by_rows.values():
        parts = [music.parts[i] for i in places]
        if len({part.letter for part in parts}) > 1:
            names = [part.name for part in parts]
            yield claim(
                "harmony.changes", [(p.start, p.end) for p in parts], first=names[0], others="|".join(names[1:])
            )


def _say_changes(c: Claim, level: str, naming: Naming) -> str:
    others = text(c, "others").split("|")
    word = "chords" if level == "beginner" else "changes"
    verb = "goes" if len(others) == 1 else "go"
    return f"{capital(listed(others))} {verb} over the {word} of {text(c, 'first')}: new notes, the same harmony."


def _phrases(subject: Subject) -> list[tuple[int, int]]:
    if subject.recorded:
        return [(p.start, p.start + p.length) for s in subject.song.sections for p in s.phrases]
    return [(p.start, p.end) for p in subject.analysis.phrases]


def _find_phrase(subject: Subject) -> Iterator[Claim]:
    music = subject.music
    turning = [span for cycle in rounds(subject) for span in cycle.spans] + drones_and_blues(subject)
    spans_of: dict[tuple[str, str], list[tuple[int, int]]] = {}
    sure: dict[tuple[str, str], float] = {}
    for start, end in _phrases(subject):
        here = [h for h in music.within(start, end) if parsed(h.numeral) is not None]
        if any(s <= start < e for s, e in turning) or len(here) < 2 or not _mostly_heard(music, [(start, end)]):
            continue
        names = [h.numeral for i, h in enumerate(here) if i == 0 or h.numeral != here[i - 1].numeral]
        name = (" ".join(names), str(here[0].key))
        if len({h.key for h in here}) == 1:
            spans_of.setdefault(name, []).append((start, end))
            sure[name] = min(sure.get(name, 1.0), sum(h.sure for h in here) / len(here))
    for (names_, key), spans in spans_of.items():
        functional = Key.parse(key).mode in ("major", "minor")
        path = "".join(function(n) for n in names_.split()) if functional else ""
        yield claim("harmony.phrase", spans, basis="found", sure=sure[names_, key], chords=names_, key=key, path=path)


def _path(path: str, names: dict[str, str]) -> str:
    steps = [letter for i, letter in enumerate(path) if i == 0 or letter != path[i - 1]]
    return " – ".join(names[letter] for letter in steps)


def _say_phrase(c: Claim, level: str, naming: Naming) -> str:
    chords, path = text(c, "chords").split(), text(c, "path")
    steps = [letter for i, letter in enumerate(path) if i == 0 or letter != path[i - 1]]
    if level == "beginner":
        if not path or len(steps) < 3 or len(steps) > 6:
            return ""
        return f"The harmony of this phrase goes: {_path(path, PLAIN)}."
    said = f"The phrase moves {in_row(chords)} in {naming.key(Key.parse(text(c, 'key')))}"
    if path and len(steps) <= 8:
        said += f": {_path(path, FUNCTIONS)}." if len(steps) > 1 else f", all of {FUNCTIONS[steps[0]]} function."
    else:
        said += "."
    return said


def _find_ending(subject: Subject) -> Iterator[Claim]:
    music, song = subject.music, subject.song
    if not subject.recorded or not music.harmony:
        return
    here = music.within(song.ending.start, music.end) or music.harmony[-1:]
    last = here[-1]
    if not music.is_heard(last):
        return
    final = [t for t in music.tones(last.heard, music.end) if t.onset >= last.heard]
    longest = max((t.duration for t in final), default=0)
    bar = music.bar(last.start).meter.bar
    how = "held" if longest >= bar * 3 // 4 else "short" if longest <= bar // 2 else ""
    tonic = last.chord.root == song.keys[-1].key.tonic
    names = [h.numeral for i, h in enumerate(here) if i == 0 or h.numeral != here[i - 1].numeral]
    drawn = next((odds(d, song.ending.name) for d in decisions(subject, "ending", "plan.ending.drawn")), "")
    yield claim(
        "harmony.ending",
        ((here[0].start, music.end),),
        basis="decided",
        chords=" ".join(names),
        how=how,
        tonic=tonic,
        drawn=drawn,
        name=song.ending.name,
    )


def _say_ending(c: Claim, level: str, naming: Naming) -> str:
    chords = text(c, "chords").split()
    how = {"held": "held until it has died away", "short": "struck and cut off"}.get(text(c, "how"), "")
    home = bool(c.value("tonic"))
    if level == "beginner":
        said = "The song ends at home" if home else "The song stops away from home, as a question left open"
        return said + (f", its last chord {how}." if how else ".")
    said = f"The ending goes {in_row(chords)}" if len(chords) > 1 else f"The ending stays on {numeral(chords[0])}"
    said += f", the last chord {how}." if how else "."
    if not home:
        said += " It does not close on the tonic."
    if at_least(level, "advanced") and text(c, "drawn"):
        said += f" This ending, “{text(c, 'name')}”, was drawn by weight: {text(c, 'drawn')}."
    return said


KINDS = (
    kind("harmony.key", "harmony", ("key", "tonic"), _find_key, _say_key, weight=1),
    kind("harmony.mode", "harmony", ("mode",), _find_mode, _say_mode, weight=2),
    kind("harmony.loop", "harmony", ("chord-loop", "vamp"), _find_round, _say_round, weight=5),
    kind("harmony.drone", "harmony", ("drone",), _find_drone, _say_drone, weight=5),
    kind("harmony.blues", "harmony", ("twelve-bar-blues",), _find_blues, _say_blues, weight=4),
    kind("harmony.changes", "harmony", ("chord-progression",), _find_changes, _say_changes, "beginner", weight=8),
    kind("harmony.phrase", "harmony", ("harmonic-function", "phrase"), _find_phrase, _say_phrase, weight=10),
    kind("harmony.ending", "harmony", ("ending",), _find_ending, _say_ending, weight=20),
)
