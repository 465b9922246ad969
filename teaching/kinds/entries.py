"""Claims about entries: where a part comes in or comes back, and why there.

Conventions: the notes show the entry, a first note after a section's silence or from the start; the arranger's record
tells the reason, which is told where the sections bear it out.
"""

from __future__ import annotations

from collections.abc import Iterator

from partimento.score.decision import Decision, Value
from partimento.teaching.claim import Claim
from partimento.teaching.kinds.claiming import at_least, by, claim, decisions, kind, share, text
from partimento.teaching.kinds.wording import capital, does, listed
from partimento.teaching.music import Music, Part
from partimento.teaching.naming import Naming
from partimento.teaching.subject import Subject

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
    # Upbeats belong to what they lead to.
    return first if soon and not before else -1


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
    return {"entry.kind": "kind", "entry.return": "return", "entry.rest": "rest"}.get(told.rule, "")


def _find(subject: Subject) -> Iterator[Claim]:
    """Who comes in together for one reason is told together; who comes back after a rest, all at once."""
    music = subject.music
    groups: dict[tuple[int, str], list[tuple[int, str, float, Part]]] = {}
    for told in decisions(subject, "entry"):
        part = music.part_at(told.where.start)
        first = _entry(music, told) if part is not None else -1
        why = _reason(music, told, part) if part is not None else ""
        if part is None or first < 0 or not why or not (told.where.start or why == "layer"):
            continue
        enters = told.value("enters", 0.0)
        level = float(enters) if isinstance(enters, (int, float)) else 0.0
        together = -1 if why in ("return", "rest") else part.start
        groups.setdefault((together, why), []).append((first, told.where.track, level, part))
    for (_, why), found in groups.items():
        found.sort(key=lambda row: row[:2])
        part = found[0][3]
        index = music.parts.index(part)
        places = (
            dict.fromkeys((first, p.end) for first, _, _, p in found)
            if why in ("return", "rest")
            else {(found[0][0], part.end): None}
        )
        yield claim(
            "arrangement.entry",
            list(places),
            basis="decided",
            tracks="|".join(track for _, track, _, _ in found),
            why=why,
            parts="|".join(p.name for _, _, _, p in found),
            energy=part.energy,
            before=music.parts[index - 1].energy if index else 0.0,
            enters=max(level for _, _, level, _ in found),
            bars="|".join(str(music.bar(first).number) for first, _, _, _ in found),
        )


def _say(c: Claim, level: str, naming: Naming) -> str:
    tracks, why = text(c, "tracks").split("|"), text(c, "why")
    parts = text(c, "parts").split("|")
    if why in ("return", "rest"):
        return _after_rests(tracks, parts, why, level)
    if why == "layer":
        return _layers(tracks, text(c, "bars").split("|"), parts[0], level, naming)
    many = len(tracks) > 1
    who = capital(f"{listed([f'the {track}' for track in tracks])} come") if many else does(tracks[0], "comes")
    if why == "climax":
        return f"{who} in because {parts[0]} is the top of the piece, where everybody plays."
    if why == "kind":
        them = "them" if many else "it"
        return f"{who} in with {parts[0]}: this style gives {them} to such sections and not to the one before."
    said = f"{who} in with {parts[0]}, which has more energy than what came before"
    if not at_least(level, "advanced"):
        return f"{said}."
    play = "they play" if many else "it plays"
    return f"{said}: {share(c, 'energy'):g} after {share(c, 'before'):g}, and {play} from {share(c, 'enters'):g} on."


def _after_rests(tracks: list[str], parts: list[str], why: str, level: str) -> str:
    by_track: dict[str, list[str]] = {}
    for track, part in zip(tracks, parts, strict=True):
        by_track.setdefault(track, []).append(part)
    shown = listed([f"the {track} in {listed(where)}" for track, where in by_track.items()])
    if why == "rest":
        if level == "beginner":
            return ""
        return f"Some let a section begin without them and come in a phrase or more later: {shown}."
    return f"Some rest for a section and come back, for contrast: {shown}."


def _layers(tracks: list[str], bars: list[str], part: str, level: str, naming: Naming) -> str:
    if len(tracks) == 1:
        return f"{does(tracks[0], 'comes')} in only in {naming.bar} {bars[0]} of {part}: the layers enter one by one."
    if level == "beginner":
        return f"The parts of {part} enter one by one: {listed([f'the {t}' for t in tracks])}."
    shown = [f"the {track} in {naming.bar} {bar}" for track, bar in zip(tracks, bars, strict=True)]
    return f"The layers of {part} enter one by one: {', '.join(shown)}."


_TERMS: dict[Value, str] = {
    "layer": "layering", "energy": "energy", "climax": "climax", "kind": "arrangement", "return": "texture",
    "rest": "texture",
}  # fmt: skip

KINDS = (
    kind("arrangement.entry", "arrangement", tuple(dict.fromkeys(_TERMS.values())), _find, _say, weight=10,
         named=by("why", _TERMS)),
)  # fmt: skip
