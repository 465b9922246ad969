"""Claims about the harmony at large: key and mode, loops, vamps, drones, choruses of fixed length, phrases, the end.

Conventions: what goes round is called a loop and is given no functions; where no third sounds, nothing is major or
minor.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from partimento.teaching.claim import Claim
from partimento.teaching.kinds.claiming import at_least, claim, decisions, kind, number, odds, share, text
from partimento.teaching.kinds.cycles import drones_and_blues
from partimento.teaching.kinds.rounds import rounds
from partimento.teaching.kinds.wording import (
    FUNCTIONS,
    PLAIN,
    function,
    is_link,
    numeral,
    parsed,
    percent,
    times,
)
from partimento.teaching.kinds.wording import row as in_row
from partimento.teaching.music import Music
from partimento.teaching.naming import Naming
from partimento.teaching.subject import Subject
from partimento.theory.key import Key

IN_KEY = 0.8
"""The least share of what sounds that lies in a key's scale, for the piece to be said to be in it; songs composed here
and chorales have 0.93 and more, twelve tones alike 0.58."""

IN_KEY_AT_HOME = 0.68
"""The same for a piece that ends on its tonic: chromatic jazz keeps to 0.7 of its scale."""

MOST_CHORDS = 16
"""More chords than that make no phrase: an analysis has found no end in them."""

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
    last = next((h for h in reversed(music.harmony) if music.is_heard(h)), music.harmony[-1])
    bass = music.bass(last)
    home = last.chord.root == key.tonic
    ends = "" if not home else "bass" if bass is not None and bass.pitch.midi % 12 == key.tonic.number else "chord"
    if (
        inside < (IN_KEY_AT_HOME if ends else IN_KEY)
        or time[key.tonic.number] == 0
        or third not in ("none", "minor" if key.is_minor else "major")
    ):
        return
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
        moved=str(last.key) if last.key != key and last.chord.root == last.key.tonic else "",
        third=third,
        drawn=drawn,
        second=second,
    )


def _say_key(c: Claim, level: str, naming: Naming) -> str:
    key = Key.parse(text(c, "key"))
    name, home = naming.key(key), naming.note(key.tonic)
    ends = text(c, "ends")
    if text(c, "third") == "none":
        said = f"Home is {home}, but no third sounds above it: the music is neither major nor minor."
    elif level == "beginner":
        said = (
            f"The home note is {'perhaps ' * (c.basis == 'found' and c.sure < 0.6)}{home}, and the music is in {name}"
        )
        return said + (": it ends on the home chord." if ends else _ends_elsewhere(c, naming))
    else:
        perhaps = " perhaps" * (c.basis == "found" and c.sure < 0.6)
        said = f"The music is{perhaps} in {name}: {percent(share(c, 'inside'))} of what sounds lies in its scale"
        said += {
            "bass": ", and the last chord is the tonic.",
            "chord": ", and the last chord is the tonic, without its root in the bass.",
        }.get(ends, _ends_elsewhere(c, naming))
    if text(c, "second") and level != "beginner":
        said += f" It can also be heard in {naming.key(Key.parse(text(c, 'second')))}"
        said += f" ({percent(c.sure)} sure of the first)." if at_least(level, "advanced") else "."
    elif c.basis == "found" and at_least(level, "advanced"):
        said += f" The analysis is {percent(c.sure)} sure of it."
    return said


def _ends_elsewhere(c: Claim, naming: Naming) -> str:
    moved = text(c, "moved")
    return f"; it ends in {naming.key(Key.parse(moved))}." if moved else "; it does not end on the home chord."


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
        if (
            any(s <= start < e for s, e in turning)
            or not 2 <= len(here) <= MOST_CHORDS
            or not music.mostly_heard([(start, end)])
        ):
            continue
        names = [h.numeral for i, h in enumerate(here) if i == 0 or h.numeral != here[i - 1].numeral]
        name = (" ".join(names), str(here[0].key))
        if len({h.key for h in here}) == 1:
            spans_of.setdefault(name, []).append((start, end))
            sure[name] = min(sure.get(name, 1.0), sum(h.sure for h in here) / len(here))
    for (names_, key), spans in spans_of.items():
        functional = Key.parse(key).mode in ("major", "minor") and not music.still
        does = [function(n) for n in names_.split() if not is_link(n)] if functional else []
        path = "".join(does) if all(does) else ""
        yield claim(
            "harmony.phrase",
            spans,
            basis="found",
            sure=sure[names_, key],
            chords=names_,
            key=key,
            path=path,
            alone=music.alone,
        )


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
    key = naming.key(Key.parse(text(c, "key")))
    said = (
        f"The tune implies {in_row(chords)} in {key}"
        if c.value("alone")
        else f"The phrase moves {in_row(chords)} in {key}"
    )
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
    rest = music.end - max((t.end for t in final), default=music.end)
    how = "held" if longest >= bar * 3 // 4 else "short" if longest <= bar // 4 <= rest else ""
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
    how = {"held": "held to the end", "short": "struck and cut off"}.get(text(c, "how"), "")
    home = bool(c.value("tonic"))
    if level == "beginner":
        said = "The song ends at home" if home else "The song stops away from home, as a question left open"
        return said + (f", its last chord {how}." if how else ".")
    said = f"The ending goes {in_row(chords)}" if len(chords) > 1 else f"The ending stays on {numeral(chords[0])}"
    said += f", the last chord {how}." if how else "."
    if not home:
        said += " It does not close on the tonic."
    if at_least(level, "advanced") and text(c, "drawn"):
        said += f" This ending, “{text(c, 'name')}”, was drawn by weight ({text(c, 'drawn')})."
    return said


def _phrase_again(c: Claim, level: str, naming: Naming) -> str:
    chords, path = text(c, "chords").split(), text(c, "path")
    steps = [letter for i, letter in enumerate(path) if i == 0 or letter != path[i - 1]]
    if level == "beginner":
        return f"Here the way is: {_path(path, PLAIN)}." if path and 3 <= len(steps) <= 6 else ""
    said = (
        f"{'Implied here' if c.value('alone') else 'Here'}: {in_row(chords)} in {naming.key(Key.parse(text(c, 'key')))}"
    )
    return f"{said} ({_path(path, FUNCTIONS)})." if path and 1 < len(steps) <= 8 else f"{said}."


KINDS = (
    kind("harmony.key", "harmony", ("key", "tonic"), _find_key, _say_key, weight=1),
    kind("harmony.mode", "harmony", ("mode",), _find_mode, _say_mode, weight=2),
    kind(
        "harmony.phrase", "harmony", ("harmonic-function",), _find_phrase, _say_phrase, weight=10, again=_phrase_again
    ),
    kind("harmony.ending", "harmony", ("outro", "tonic"), _find_ending, _say_ending, weight=20),
)
