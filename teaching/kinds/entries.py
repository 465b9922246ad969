"""Claims about entries: where a part comes in or comes back, and why there.

Conventions: the notes show the entry, a first note after a section's silence or from the start; the arranger's record
tells the reason, which is told where the sections bear it out.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from partimento.score.decision import Decision, Value
from partimento.teaching.claim import Claim
from partimento.teaching.kinds.claiming import at_least, by, claim, decisions, kind, share, text
from partimento.teaching.kinds.wording import capital, does, is_many, listed
from partimento.teaching.music import Music, Part
from partimento.teaching.naming import Naming
from partimento.teaching.subject import Subject

_ONE_BY_ONE = ("return", "rest", "held")
"""Reasons that are told of all the parts they hold of together."""

_LATE = 4
"""Bars by which a part may be late: it waits for its phrase or its gap."""


def _entry(music: Music, told: Decision) -> int:
    """The tick at which the part is first heard there after at least its section's silence, -1 where it is not so."""
    track = next((t for t in music.song.tracks if t.name == told.where.track), None)
    part = music.part_at(told.where.start)
    if track is None or part is None:
        return -1
    onsets = [n.onset for n in track.notes]
    bar = music.bar(told.where.start).meter.bar
    first = min((o for o in onsets if o >= told.where.start - bar // 2), default=-1)
    index = music.parts.index(part)
    silent_from = music.parts[index - 1].start if index else 0
    before = [o for o in onsets if silent_from <= o < first]
    soon = 0 <= first < min(part.end, told.where.start + _LATE * bar)
    # Upbeats belong to what they lead to, and so does who has nothing else.
    upbeat = index + 1 < len(music.parts) and first >= part.end - bar
    return first if soon and not before and not upbeat else -1


def _reason(music: Music, told: Decision, part: Part) -> str:
    """The rule, where the sections are as it says."""
    index = music.parts.index(part)
    before = music.parts[index - 1] if index else None
    enters = told.value("enters", 0.0)
    level = float(enters) if isinstance(enters, (int, float)) else 0.0
    if told.rule == "entry.energy":
        return "energy" if before is not None and part.energy >= level > before.energy else ""
    if told.rule == "entry.climax":
        return "climax" if part.energy >= max(p.energy for p in music.parts) - 1e-9 else ""
    if told.rule == "entry.layer":
        return "layer" if told.where.start > part.start else ""
    if told.rule == "entry.return":
        return "return" if _played_before(music, told) else "held"
    if told.rule == "entry.kind":
        return "kind" if _plays_in_all(music, told.where.track, part) else "there"
    return "rest" if told.rule == "entry.rest" else ""


def _plays_in_all(music: Music, name: str, part: Part) -> bool:
    """Whether the track plays in all sections of that kind: else it is not the kind that brings it in."""
    onsets = [n.onset for t in music.song.tracks if t.name == name for n in t.notes]
    return all(any(p.start <= o < p.end for o in onsets) for p in music.parts if p.kind == part.kind)


def _played_before(music: Music, told: Decision) -> bool:
    track = next((t for t in music.song.tracks if t.name == told.where.track), None)
    bar = music.bar(told.where.start).meter.bar
    return track is not None and any(n.onset < told.where.start - bar for n in track.notes)


def _has_the_tune(subject: Subject, track: str, part: Part) -> bool:
    """Whether the part enters with a solo or the tune: that is told as such."""
    own = [*decisions(subject, "soloist"), *decisions(subject, "tune taken")]
    return any(d.where.track == track and part.start <= d.where.start < part.end for d in own)


class _Entry(NamedTuple):
    first: int
    track: str
    enters: float
    part: Part


def _find(subject: Subject) -> Iterator[Claim]:
    """Who comes in together for one reason is told together; and so are the sections in which the same ones do."""
    music = subject.music
    groups: dict[tuple[int, str], list[_Entry]] = {}
    for told in decisions(subject, "entry"):
        part = music.part_at(told.where.start)
        first = _entry(music, told) if part is not None else -1
        why = _reason(music, told, part) if part is not None else ""
        if part is None or _has_the_tune(subject, told.where.track, part):
            continue
        if first >= 0 and why and (told.where.start or why == "layer"):
            enters = told.value("enters", 0.0)
            level = float(enters) if isinstance(enters, (int, float)) else 0.0
            together = -1 if why in _ONE_BY_ONE else part.start
            groups.setdefault((together, why), []).append(_Entry(first, told.where.track, level, part))
    joined: dict[tuple[object, ...], list[_Entry]] = {}
    for (start, why), found in groups.items():
        tracks = tuple(sorted(entry.track for entry in found)) if why in ("kind", "energy", "there") else (start,)
        joined.setdefault((why, tracks), []).extend(found)
    for (reason, _), found in joined.items():
        yield _claimed(music, str(reason), sorted(found, key=lambda entry: entry[:2]))


def _claimed(music: Music, why: str, found: list[_Entry]) -> Claim:
    part = found[0].part
    index = music.parts.index(part)
    places: dict[int, tuple[int, int]] = {}
    for entry in found:
        key = entry.first if why in _ONE_BY_ONE else entry.part.start
        places.setdefault(key, (entry.first, entry.part.end))
    return claim(
        "arrangement.entry",
        list(places.values()),
        basis="decided",
        tracks="|".join(entry.track for entry in found),
        why=why,
        parts="|".join(entry.part.name for entry in found),
        energy=part.energy,
        before=music.parts[index - 1].energy if index else 0.0,
        enters=max(entry.enters for entry in found),
        bars="|".join(str(music.bar(entry.first).number) for entry in found),
    )


def _say(c: Claim, level: str, naming: Naming) -> str:
    why = text(c, "why")
    tracks, parts = text(c, "tracks").split("|"), text(c, "parts").split("|")
    if why in _ONE_BY_ONE:
        return _after_rests(tracks, parts, why, level)
    if why == "layer":
        return _layers(tracks, text(c, "bars").split("|"), parts[0], level, naming)
    tracks, parts = list(dict.fromkeys(tracks)), list(dict.fromkeys(parts))
    many = len(tracks) > 1 or is_many(tracks[0])
    who = (
        capital(f"{listed([f'the {track}' for track in tracks])} come") if len(tracks) > 1 else does(tracks[0], "comes")
    )
    if why == "climax":
        return f"{who} in because {parts[0]} is the top of the piece, where everybody plays."
    if why == "there":
        return f"{who} in with {listed(parts)}."
    if why == "kind":
        them = "them" if many else "it"
        before = "the one before" if len(parts) == 1 else "those before"
        return f"{who} in with {listed(parts)}: this style gives {them} to such sections and not to {before}."
    said = (
        f"{who} in with {listed(parts)}, which {'has' if len(parts) == 1 else 'have'} more energy than what came before"
    )
    if not at_least(level, "advanced") or len(parts) > 1:
        return f"{said}."
    whose = "their" if many else "its"
    return (
        f"{said}: {share(c, 'energy'):g} after {share(c, 'before'):g}, and {whose} threshold lies at"
        f" {share(c, 'enters'):g}."
    )


def _again(c: Claim, level: str, naming: Naming) -> str:
    if text(c, "why") != "kind":
        return _say(c, level, naming)
    tracks, parts = (list(dict.fromkeys(text(c, name).split("|"))) for name in ("tracks", "parts"))
    come = "come" if len(tracks) > 1 or is_many(tracks[0]) else "comes"
    return f"With {listed(parts)} {come} {listed([f'the {track}' for track in tracks])}, as this style has it."


def _after_rests(tracks: list[str], parts: list[str], why: str, level: str) -> str:
    by_part: dict[str, list[str]] = {}
    for track, part in zip(tracks, parts, strict=True):
        by_part.setdefault(part, []).append(f"the {track}")
    if why == "rest" and level == "beginner":
        return ""
    names = list(dict.fromkeys(tracks))
    if len(names) == 1:
        track, where = names[0], listed(list(by_part))
        it, comes = ("them", "come") if is_many(track) else ("it", "comes")
        if why == "rest":
            return f"{does(track, 'lets')} {where} begin without {it} and {comes} in a phrase or more later."
        if why == "held":
            return f"{does(track, 'waits')} until {next(iter(by_part))} to be heard at all."
        return f"{does(track, 'rests')} for a section and {comes} back in {where}, for contrast."
    if why == "rest":
        shown = _grouped(by_part, "in")
        return f"Some let a section begin without them and come in a phrase or more later: {'; '.join(shown)}."
    if why == "held":
        shown = _grouped(by_part, "until")
        return f"Some wait to be heard at all: {'; '.join(shown)}."
    shown = _grouped(by_part, "in")
    return f"Some rest for a section, for contrast, and come back: {'; '.join(shown)}."


def _grouped(by_part: Mapping[str, Sequence[str]], word: str) -> list[str]:
    """`"the Piano and the Choir in Verse 1 and Verse 3"`: sections with the same players together."""
    parts: dict[tuple[str, ...], list[str]] = {}
    for part, who in by_part.items():
        parts.setdefault(tuple(who), []).append(part)
    return [f"{listed(who)} {word} {listed(where)}" for who, where in parts.items()]


def _layers(tracks: list[str], bars: list[str], part: str, level: str, naming: Naming) -> str:
    by_bar: dict[str, list[str]] = {}
    for track, bar in zip(tracks, bars, strict=True):
        by_bar.setdefault(bar, []).append(f"the {track}")
    if len(by_bar) == 1:
        comes = does(tracks[0], "comes") if len(tracks) == 1 else f"{capital(listed(by_bar[bars[0]]))} come"
        return f"{comes} in only in {naming.bar} {bars[0]}: {part} begins with fewer layers."
    if level == "beginner":
        return f"{part} is built up layer by layer: {listed([f'the {t}' for t in tracks])} come in one after the other."
    shown = [f"{listed(who)} in {naming.bar} {bar}" for bar, who in by_bar.items()]
    return f"{part} is built up layer by layer: {', '.join(shown)}."


_TERMS: dict[Value, str] = {
    "layer": "layering", "energy": "energy", "climax": "climax", "kind": "arrangement", "there": "arrangement",
    "return": "texture", "held": "texture", "rest": "texture",
}  # fmt: skip

KINDS = (
    kind("arrangement.entry", "arrangement", tuple(dict.fromkeys(_TERMS.values())), _find, _say, weight=10,
         named=by("why", _TERMS), again=_again),
)  # fmt: skip
