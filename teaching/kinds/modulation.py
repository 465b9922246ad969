"""Claims about changes of key: where, to which key, how it is come by; each new key's tones are heard.

Conventions: a key holds over a span where its scale takes in more of what sounds than the one before.
"""

from __future__ import annotations

from collections.abc import Iterator

from partimento.teaching.claim import Claim
from partimento.teaching.kinds.claiming import at_least, claim, decisions, kind, text
from partimento.teaching.kinds.wording import listed, numeral, percent
from partimento.teaching.music import Music
from partimento.teaching.naming import Naming
from partimento.teaching.subject import Subject
from partimento.theory.chord import parse_chord
from partimento.theory.key import Key

LEAST_FIT = 0.75
"""The share of what sounds that lies in a key's scale, for the music to be said to be in it: a loop of i and the major
chord a half step above it has 0.79."""


def fit(music: Music, start: int, end: int, key: Key) -> float:
    """The share of the sounding time in [start, end) that lies in the key (a minor one with its raised 6 and 7)."""
    numbers = {tone.number for tone in key.tones}
    if key.mode == "minor":
        numbers |= {(key.tonic.number + 9) % 12, (key.tonic.number + 11) % 12}
    inside = whole = 0
    for tone in music.tones(start, end):
        length = min(tone.end, end) - max(tone.onset, start)
        whole += length
        inside += length * (tone.pitch.midi % 12 in numbers)
    return inside / whole if whole else 0.0


def _relation(old: Key, new: Key) -> str:
    if new == old.relative:
        return "relative"
    if new.tonic == old.tonic:
        return "parallel"
    steps = (new.tonic.number - old.tonic.number) % 12
    if new.mode == old.mode and steps in (1, 2):
        return "half step up" if steps == 1 else "whole step up"
    if steps == 7:
        return "dominant"
    if steps == 5:
        return "subdominant"
    return ""


def _spans(subject: Subject) -> Iterator[tuple[int, int, Key, str, float, str]]:
    """(start, end, key, how it is come by, how sure, the runner-up) of each stretch in one key."""
    if not subject.recorded:
        for span in subject.analysis.keys:
            yield span.start, span.end, span.key, span.kind, span.sure, str(span.second or "")
        return
    run: list[tuple[int, int, Key]] = []
    for section in subject.song.sections:
        if run and run[-1][2] == section.key:
            run[-1] = (run[-1][0], section.end, section.key)
        else:
            run.append((section.start, section.end, section.key))
    for start, end, key in run:
        yield start, end, key, "", 1.0, ""


def _find(subject: Subject) -> Iterator[Claim]:
    music = subject.music
    spans = list(_spans(subject))
    home = spans[0][2] if spans else None
    pivots = decisions(subject, "chord", "harmony.pivot")
    told: list[Key] = [home] if home is not None else []
    for before, (start, end, key, how, sure, second) in zip(spans, spans[1:], strict=False):
        old = before[2]
        here, there = fit(music, start, end, key), fit(music, start, end, old)
        # A relative key's scale is nearly the same: its own tonic must be heard as often as the old one's.
        if here < LEAST_FIT or (here <= there and key.relative != old and key.relative.parallel != old.parallel):
            continue
        if old not in told:
            continue  # nobody returns from where the music was not heard to be
        told.append(key)
        last = next((h for h in reversed(music.within(before[0], start)) if music.is_heard(h)), None)
        led = (
            last is not None
            and last.end == start
            and last.chord.root == key.tonic.up(1)
            and last.chord.family in ("major", "dominant", "suspended")
        )
        planned = any(d.where.end == start for d in pivots)
        pivot = music.at(start)
        yield claim(
            "harmony.modulation",
            ((start, end),),
            basis="decided" if subject.recorded else "found",
            sure=sure,
            old=str(old),
            key=str(key),
            relation=_relation(old, key),
            returns=key == home,
            dominant=last.chord.name if led and last is not None else "",
            planned=planned and led,
            how=how,
            pivot=pivot.pivot if pivot is not None else "",
            pivot_new=pivot.numeral if pivot is not None else "",
            second=second,
            tones=_new_tones(music, start, end, old, key),
        )


def _new_tones(music: Music, start: int, end: int, old: Key, key: Key) -> str:
    heard = {t.pitch.midi % 12 for t in music.tones(start, end)}
    return " ".join(tone.name for tone in key.tones if tone not in old.tones and tone.number in heard)


_RELATIONS = {
    "relative": "its relative, which shares all its notes", "parallel": "its parallel on the same tonic",
    "half step up": "a half step up, a lift", "whole step up": "a whole step up, a lift",
    "dominant": "the key of its dominant", "subdominant": "the key of its subdominant",
}  # fmt: skip


def _say(c: Claim, level: str, naming: Naming) -> str:
    key, old = naming.key(Key.parse(text(c, "key"))), naming.key(Key.parse(text(c, "old")))
    relation = _RELATIONS.get(text(c, "relation"), "")
    if level == "beginner":
        if c.value("returns"):
            return f"The music comes home to {key}."
        return f"The home note moves: from here the music is in {key}."
    said = (
        f"The music returns from {old} to {key}, the home key"
        if c.value("returns")
        else f"The music moves from {old} to {key}"
    )
    if relation and not c.value("returns"):
        said += f", {relation}"
    if text(c, "dominant"):
        said += f"; {naming.chord(parse_chord(text(c, 'dominant')))}, the new dominant, leads there"
    elif text(c, "how") == "pivot" and text(c, "pivot"):
        said += (
            f"; the pivot chord is {numeral(text(c, 'pivot'))} in the old key and"
            f" {numeral(text(c, 'pivot_new'))} in the new"
        )
    elif text(c, "how") in ("direct", "chromatic", "enharmonic", "common-tone"):
        said += f"; the change is {text(c, 'how').replace('-', ' ')}"
    elif not text(c, "how"):
        said += ", without preparation"
    said += "."
    tones = [naming.note(parse_chord(name).root) for name in text(c, "tones").split()]
    if tones and at_least(level, "advanced"):
        said += f" New in the scale: {listed(tones)}."
    if c.basis == "found" and at_least(level, "advanced"):
        said += (
            f" ({percent(c.sure)} sure"
            + (f", else {naming.key(Key.parse(text(c, 'second')))}" if text(c, "second") else "")
            + ".)"
        )
    return said


def _again(c: Claim, level: str, naming: Naming) -> str:
    key = naming.key(Key.parse(text(c, "key")))
    if level == "beginner":
        return f"{key} is home again." if c.value("returns") else f"Then home is {key}."
    relation = "the home key again" if c.value("returns") else _RELATIONS.get(text(c, "relation"), "")
    said = f"Then comes {key}" + (f", {relation}" if relation else "")
    if text(c, "dominant"):
        return f"{said}, led to by {naming.chord(parse_chord(text(c, 'dominant')))}."
    if text(c, "how") == "pivot" and text(c, "pivot"):
        return f"{said}, by {numeral(text(c, 'pivot'))} that is now {numeral(text(c, 'pivot_new'))}."
    return f"{said}."


_HOW = {
    "pivot": "pivot-chord", "direct": "direct-modulation", "chromatic": "chromatic-modulation",
    "enharmonic": "enharmonic-modulation", "common-tone": "common-tone-modulation",
}  # fmt: skip


def _terms(c: Claim) -> tuple[str, ...]:
    relation = {"relative": "relative-key", "parallel": "parallel-key"}.get(text(c, "relation"), "")
    return tuple(filter(None, ("modulation", _HOW.get(text(c, "how"), ""), relation)))


KINDS = (
    kind(
        "harmony.modulation", "harmony", ("modulation", *_HOW.values(), "relative-key", "parallel-key"), _find, _say,
        weight=9, named=_terms, again=_again),
)  # fmt: skip
