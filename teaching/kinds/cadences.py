"""Claims about closes: which cadence, by which chords, on which note of the tune.

Conventions: a close is claimed where the last two chords of a phrase make it and the notes say both. Loops, blues
choruses and drones have no cadences, but where their end is bent into one.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from partimento.score.decision import Value
from partimento.teaching.claim import Claim
from partimento.teaching.kinds.claiming import at_least, by, claim, decisions, found, kind, number, text
from partimento.teaching.kinds.cycles import drones_and_blues
from partimento.teaching.kinds.rounds import Round, rounds, rows
from partimento.teaching.kinds.wording import capital, count, numeral, parsed, percent, row
from partimento.teaching.music import Harmony, Music
from partimento.teaching.naming import Naming
from partimento.teaching.subject import Subject
from partimento.theory.analysis.cadences import close_kind
from partimento.theory.analysis.findings import ChordSpan
from partimento.theory.chord import parse_chord
from partimento.theory.key import Key
from partimento.theory.pitch import PitchClass
from partimento.theory.roman import chord_of, numeral_of

_LEADS_BACK = ("turnaround", "dominant pedal")

RATES = "Bach’s fermatas in 333 chorales: PAC 50 %, HC 20 %, IAC 9 %, deceptive 1.7 %, plagal 2.4 %"


def _span(h: Harmony) -> ChordSpan:
    return ChordSpan(h.start, h.end, h.key, h.numeral, h.chord)


def _top(music: Music, h: Harmony) -> PitchClass | None:
    """The tune's last tone that sounds in the chord, or None where it is silent."""
    tones = [t for t in music.tune if t.onset < h.end and t.end > h.heard + 30]
    return tones[-1].pitch.pitch_class if tones else None


def _kind(music: Music, before: Harmony, last: Harmony) -> str:
    """The close that two chords make, heard as they are written; "" for none."""
    if not (music.is_heard(before) and music.is_heard(last) and music.bass_says(last)):
        return ""
    if parsed(before.numeral) is None or parsed(last.numeral) is None:
        return ""
    if last.key.mode not in ("major", "minor"):
        tonic = last.chord.root == last.key.tonic and before.chord.root != last.key.tonic
        if tonic and before.chord.root == last.key.tonic.up(-1):
            return "PC"
        return "modal" if tonic else ""
    close = close_kind(_span(before), _span(last), _top(music, last))
    if close is not None and close[1].tonic != last.key.tonic:
        return ""
    if close is None or (close[0] == "IAC" and before.key != last.key):
        steps = (before.chord.root.number - last.key.tonic.number) % 12
        tonic = last.chord.root == last.key.tonic and last.chord.bass is None
        return "modal" if tonic and steps == 10 and before.chord.family == "major" else ""
    return close[0]


class _End(NamedTuple):
    """The last two chords of a phrase, how its close was planned, what it was found to be, how surely, in which key."""

    before: Harmony
    last: Harmony
    planned: str = ""
    found: str = ""
    sure: float = 1.0
    key: str = ""


def _ends(subject: Subject) -> Iterator[_End]:
    """The places where a close may be."""
    music = subject.music
    if music.alone or music.still:
        return
    loops, silent = rounds(subject), drones_and_blues(subject)
    if not subject.recorded:
        for cadence in subject.analysis.cadences:
            last, before = music.at(cadence.arrival), music.at(cadence.start)
            if last is None or before is None or before.start >= last.start or not music.is_heard(last):
                continue
            home = last.chord.root == cadence.key.tonic or cadence.kind in ("HC", "Phrygian", "DC", "evaded")
            if parsed(last.numeral) is None or last.numeral.endswith(("It6", "Fr6", "Ger6")):
                continue
            inside = last.end < music.end and any(start <= last.start < stop for start, stop in silent)
            if home and not inside and not _goes_round(music, loops, last.start, last.end):
                yield _End(before, last, "", cadence.kind, cadence.sure, str(cadence.key))
        return
    choruses = [(d.where.start, d.where.end) for d in decisions(subject, "chord", "harmony.chorus")]
    for section in subject.song.sections:
        for phrase in section.phrases:
            end = phrase.start + phrase.length
            here = music.within(phrase.start, end)
            if end >= music.end and len(here) == 1:
                # The last phrase is one chord, which the phrase before has led to.
                here = (*music.within(section.start, phrase.start)[-1:], *here)
            elif here and _leads_on(music, here[-1]):
                continue
            if (
                phrase.close in ("loop", "open", "break")
                or len(here) < 2
                or _goes_round(music, loops, phrase.start, end)
            ):
                continue
            inside = any(start <= phrase.start < stop for start, stop in choruses)
            if inside and phrase.close != "authentic" and end < music.end:
                continue  # what leads back inside a chorus is a turnaround, not a cadence
            if not any(start <= phrase.start < stop for start, stop in silent):
                yield _End(here[-2], here[-1], phrase.close)


def _leads_on(music: Music, dominant: Harmony) -> bool:
    """Whether the chord is the last but one and goes on home: it closes nothing before the last has come."""
    following = music.within(dominant.end, music.end)
    return len(following) == 1 and following[0].chord.root == following[0].key.tonic


def _goes_round(music: Music, loops: Sequence[Round], start: int, end: int) -> bool:
    """Whether [start, end) ends as the loop does that it lies in, so that it closes nothing."""
    loop = next((x for x in loops if any(a <= start < b for a, b in x.spans)), None)
    if loop is None or end >= music.end:
        return False
    return rows(music, music.bar(end - 1).start, end)[0] in _bars_of(music, loop.spans[0], loop.bars)


def _bars_of(music: Music, span: tuple[int, int], bars: int) -> list[tuple[tuple[int, str], ...]]:
    first = music.bar_index(span[0])
    return rows(music, span[0], music.bars[min(first + bars, len(music.bars)) - 1].end)


def _is_held(music: Music, last: Harmony) -> bool:
    """Whether the dominant has stood in the bass for two bars or more as the phrase ends."""
    start = last.end
    for h in reversed(music.within(last.end - 8 * music.bar(last.start).meter.bar, last.end)):
        if h.end != start or h.chord.bass_tone != last.chord.bass_tone:
            break
        start = h.start
    return last.end - start >= 2 * music.bar(last.start).meter.bar


def closes_at(subject: Subject, phrase: tuple[int, int]) -> str:
    """How a phrase closes: "full" on the tonic by a cadence, "half" on the dominant, "" otherwise."""
    for c in found(_find, subject):
        for _, end in c.places or ((c.start, c.end),):
            if phrase[0] < end <= phrase[1] + 1 or (phrase[0] < end - 1 < phrase[1]):
                if text(c, "cadence") in ("HC", "Phrygian"):
                    return "half"
                return (
                    "full"
                    if text(c, "cadence") in ("AC", "PAC", "IAC", "PC", "modal", "viio-I", "IAC-inverted")
                    else ""
                )
    return ""


def _find(subject: Subject) -> Iterator[Claim]:
    music = subject.music
    spans: dict[tuple[str, str, str, str, str], list[tuple[int, int]]] = {}
    sure: dict[tuple[str, str, str, str, str], float] = {}
    for before, last, planned, known, certain, key in _ends(subject):
        name = known or _kind(music, before, last)
        if not name:
            continue
        top = _top(music, last)
        if name in ("PAC", "IAC") and (top is None or top.number not in last.chord.numbers):
            name = "AC"  # where no tune says which, it is neither perfect nor imperfect
        degree = top.name if top is not None else ""
        back = planned if planned in _LEADS_BACK and name in ("HC", "Phrygian") else ""
        back = back if back != "dominant pedal" or _is_held(music, last) else ""
        degree = degree if name in ("PAC", "IAC") else ""
        here = Key.parse(key) if key else last.key
        chords = [h.numeral if h.key == here else numeral_of(h.chord, here) for h in (before, last)]
        facts = (name, " ".join(chords), str(here), degree, back)
        spans.setdefault(facts, []).append((before.start, last.end))
        sure[facts] = min(sure.get(facts, 1.0), certain)
    for nth, (facts, places) in enumerate(spans.items()):
        name, romans, key, degree, back = facts
        yield claim(
            "harmony.cadence",
            places,
            basis="decided" if subject.recorded else "found",
            sure=sure[facts],
            cadence=name,
            chords=romans,
            key=key,
            degree=degree,
            back=back,
            nth=nth,
            last=any(end >= music.end for _, end in places),
            times=len(places),
        )


_NAMES = {
    "AC": "authentic cadence", "PAC": "perfect authentic cadence", "IAC": "imperfect authentic cadence",
    "IAC-inverted": "imperfect authentic cadence with an inverted chord", "HC": "half cadence",
    "Phrygian": "Phrygian half cadence", "DC": "deceptive cadence", "PC": "plagal cadence",
    "viio-I": "close from the leading-tone chord", "evaded": "evaded cadence", "modal": "modal cadence",
}  # fmt: skip
_FEELING = {
    "AC": "a close: the harmony is home",
    "PAC": "a full stop: the harmony is home, and so is the tune", "IAC": "a close, but a light one",
    "IAC-inverted": "a light close", "HC": "a comma: the music stops on the chord that wants to go home",
    "Phrygian": "a comma: the bass sinks a half step to the chord that wants to go home",
    "DC": "a surprise: home is expected, and another chord comes", "PC": "a gentle close, the one of an “Amen”",
    "viio-I": "a close", "evaded": "a close that is begged for and withheld",
    "modal": "a close without a leading tone",
}  # fmt: skip


def _say(c: Claim, level: str, naming: Naming) -> str:
    name, chords = text(c, "cadence"), text(c, "chords").split()
    if level == "beginner":
        return f"The music comes to {_FEELING[name]}."
    key = naming.key(Key.parse(text(c, "key")))
    article = "an" if _NAMES[name][0] in "aei" else "a"
    shown = row(chords)
    said = (f"{capital(article)} {_NAMES[name]}, {shown} in {key}", f"{shown} makes {article} {_NAMES[name]} in {key}")[
        number(c, "nth") % 2
    ]
    if text(c, "degree") and name == "IAC" and parse_chord(text(c, "degree")).root != Key.parse(text(c, "key")).tonic:
        tone = parse_chord(text(c, "degree")).root
        said += (
            f": the tune stands on {naming.note(tone)}, {naming.degree(tone, Key.parse(text(c, 'key')))},"
            " not on the tonic"
        )
    elif name == "PAC" and at_least(level, "advanced"):
        said += ": both chords in root position, the tune on the tonic"
    elif name == "DC":
        said += f": {numeral(chords[-1])} comes where the tonic was expected"
    elif name == "modal":
        said += ": no leading tone prepares it"
    said += {
        "turnaround": "; it leads back to what follows.",
        "dominant pedal": ", the dominant held long in the bass.",
    }.get(text(c, "back"), ".")
    if c.value("last") and c.basis == "found" and name in ("HC", "Phrygian"):
        end = naming.chord(chord_of(chords[-1], Key.parse(text(c, "key"))))
        said += f" It closes the piece, so that {end} can also be heard as home."
    elif c.value("last"):
        said += " It closes the piece."
    if c.basis == "found" and at_least(level, "advanced"):
        said += f" ({percent(c.sure)} sure.)"
    return said


def _many(name: str, n: int) -> str:
    """The plural: of the noun, wherever it stands."""
    return name if n == 1 else name.replace("cadence", "cadences", 1).replace("close ", "closes ", 1)


def _find_summary(subject: Subject) -> Iterator[Claim]:
    """How the closes of the whole piece are shared out, where there are at least four."""
    names: dict[str, int] = {}
    for c in found(_find, subject):
        names[text(c, "cadence")] = names.get(text(c, "cadence"), 0) + number(c, "times")
    total = sum(names.values())
    if total >= 4:
        rows_ = sorted(names.items(), key=lambda item: (-item[1], item[0]))
        yield claim(
            "harmony.cadences",
            ((0, subject.music.end),),
            total=total,
            kinds="|".join(f"{name}:{n}" for name, n in rows_),
        )


def _say_summary(c: Claim, level: str, naming: Naming) -> str:
    kinds = [item.split(":") for item in text(c, "kinds").split("|")]
    if level == "beginner":
        return ""
    shown = ", ".join(f"{n} {_many(_NAMES[name], int(n))}" for name, n in kinds if name in _NAMES)
    return f"{capital(count(number(c, 'total'), 'phrase'))} close on a cadence: {shown}."


_TERMS: dict[Value, str] = {
    "AC": "authentic-cadence",
    "PAC": "perfect-authentic-cadence", "IAC": "imperfect-authentic-cadence",
    "IAC-inverted": "imperfect-authentic-cadence", "HC": "half-cadence", "Phrygian": "phrygian-half-cadence",
    "DC": "deceptive-cadence", "PC": "plagal-cadence", "viio-I": "leading-tone-cadence", "evaded": "evaded-cadence",
    "modal": "modal-cadence",
}  # fmt: skip

KINDS = (
    kind("harmony.cadences", "harmony", ("cadence",), _find_summary, _say_summary, "intermediate", RATES, weight=9),
    kind("harmony.cadence", "harmony", tuple(_TERMS.values()), _find, _say, weight=12, named=by("cadence", _TERMS)),
)
