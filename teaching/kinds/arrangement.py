"""Claims about the arrangement: who plays, how many at a time, who answers, who has a solo, how the layers leave.

Conventions: a track is named as in the score; it plays in a section where at least one of its notes begins there.
"""

from __future__ import annotations

from collections.abc import Iterator

from partimento.score.song import Drum, Track
from partimento.teaching.claim import Claim
from partimento.teaching.kinds.claiming import at_least, by, claim, decisions, kind, number, odds, share, text
from partimento.teaching.kinds.wording import count, does, listed, percent
from partimento.teaching.music import SOLOS, Music, Part
from partimento.teaching.naming import Naming
from partimento.teaching.subject import Subject

_ROLES = {
    "lead": "the tune", "harmony": "a second voice", "counter": "a line beside the tune", "answer": "answers",
    "comp": "chords in rhythm", "pad": "held chords", "riff": "a riff", "stab": "short chords", "bass": "the bass",
    "drums": "the drums", "percussion": "percussion", "texture": "colour",
}  # fmt: skip


def _onsets(track: Track) -> list[int]:
    return [note.onset for note in track.notes]


def _find_band(subject: Subject) -> Iterator[Claim]:
    music = subject.music
    seats = [f"{t.name}:{t.role if subject.recorded else ''}" for t in subject.song.tracks if t.notes]
    if not seats:
        return
    told = next(iter(decisions(subject, "band")), None)
    seated = {name for name, _ in told.values} if told is not None else set()
    drawn = ""
    if told is not None and all(seat.split(":")[0] in seated for seat in seats):
        drawn = odds(told, str(told.value("ensemble"))) if told.rule == "draw.weight" else ""
    yield claim(
        "arrangement.band",
        ((0, music.end),),
        basis="decided" if subject.recorded else "measured",
        seats="|".join(seats),
        drawn=drawn,
        ensemble=str(told.value("ensemble")) if told is not None else "",
    )


def _say_band(c: Claim, level: str, naming: Naming) -> str:
    seats = [item.rsplit(":", 1) for item in text(c, "seats").split("|")]
    names = [name for name, _ in seats]
    if level == "beginner" or not any(role for _, role in seats):
        return (
            f"{count(len(names), 'part').capitalize()}: {listed(names)}."
            if len(names) > 1
            else f"{names[0]} plays alone."
        )
    said = f"The band: {', '.join(f'{name} ({_ROLES[role]})' for name, role in seats)}."
    if text(c, "drawn") and at_least(level, "advanced"):
        said += f" The ensemble “{text(c, 'ensemble')}” was drawn by weight ({text(c, 'drawn')})."
    return said


def _playing(music: Music, part: Part) -> list[str]:
    return [t.name for t in music.song.tracks if any(part.start <= o < part.end for o in _onsets(t))]


def _find_thin(subject: Subject) -> Iterator[Claim]:
    """Sections that one or two of at least four parts play."""
    music = subject.music
    if len(music.song.tracks) < 4:
        return
    by_band: dict[tuple[str, ...], list[tuple[int, int]]] = {}
    for part in music.parts:
        names = tuple(_playing(music, part))
        if 1 <= len(names) <= 2:
            by_band.setdefault(names, []).append((part.start, part.end))
    for names, spans in by_band.items():
        yield claim("arrangement.thin", spans, tracks="|".join(names))


def _say_thin(c: Claim, level: str, naming: Naming) -> str:
    names = text(c, "tracks").split("|")
    return (
        f"{does(names[0], 'plays')} alone here."
        if len(names) == 1
        else f"Only the {names[0]} and the {names[1]} play here."
    )


def _find_tutti(subject: Subject) -> Iterator[Claim]:
    music = subject.music
    everybody = [t for t in music.song.tracks if t.notes]
    if len(everybody) < 4 or len(music.parts) < 3:
        return
    spans = [(p.start, p.end) for p in music.parts if len(_playing(music, p)) == len(everybody)]
    if spans and 2 * len(spans) <= len(music.parts):
        yield claim("arrangement.tutti", spans, parts=len(everybody), times=len(spans))


def _say_tutti(c: Claim, level: str, naming: Naming) -> str:
    said = f"All {count(number(c, 'parts'))} parts play"
    if level == "beginner":
        return f"{said} only here." if len(c.places) < 2 else f"{said} in these sections alone."
    return (
        f"{said} together only here: a tutti."
        if len(c.places) < 2
        else f"{said} together in these sections alone: the tuttis."
    )


def _find_solo(subject: Subject) -> Iterator[Claim]:
    """Sections whose top line is a solo: the soloist plays there and no tune does."""
    music = subject.music
    spans: dict[tuple[str, bool], list[tuple[int, int]]] = {}
    notes: dict[tuple[str, bool], int] = {}
    drawn: dict[tuple[str, bool], str] = {}
    for told in decisions(subject, "soloist"):
        name = str(told.value("track"))
        part = music.part_at(told.where.start)
        track = next((t for t in music.song.tracks if t.name == name), None)
        if part is None or track is None or part.lead not in SOLOS:
            continue
        played = sum(part.start <= onset < part.end for onset in _onsets(track))
        others = [
            t
            for t in music.song.tracks
            if t.role == "lead" and t is not track and any(part.start <= o < part.end for o in _onsets(t))
        ]
        if played >= 8 and not others:
            facts = (name, part.lead == "fours")
            spans.setdefault(facts, []).append((part.start, part.end))
            notes[facts] = notes.get(facts, 0) + played
            drawn.setdefault(facts, odds(told, name))
    for (name, fours), places in spans.items():
        yield claim(
            "arrangement.solo",
            places,
            track=name,
            basis="decided",
            notes=notes[name, fours],
            fours=fours,
            drawn=drawn[name, fours],
            times=len(places),
        )


def _say_solo(c: Claim, level: str, naming: Naming) -> str:
    many = number(c, "times") > 1
    solo = f"{count(number(c, 'times'))} solos" if many else "a solo"
    said = f"{does(c.track, 'trades')} fours with the drums" if c.value("fours") else f"{does(c.track, 'has')} {solo}"
    if level == "beginner" and c.value("fours"):
        return f"{does(c.track, 'takes')} turns with the drums, four {naming.bar}s each."
    if level == "beginner":
        return f"{said}." if many else f"{said} here."
    said += f", {number(c, 'notes')} notes in all" if many or c.value("fours") else f" of {number(c, 'notes')} notes"
    drawn = text(c, "drawn") if at_least(level, "advanced") else ""
    return f"{said}. Who plays it was drawn by weight ({drawn})." if drawn else f"{said}."


def _find_taken(subject: Subject) -> Iterator[Claim]:
    """Sections whose tune another player has than the lead: it plays there, and the lead does not."""
    music = subject.music
    spans: dict[str, list[tuple[int, int]]] = {}
    names: dict[str, list[str]] = {}
    leads = [t for t in music.song.tracks if t.role == "lead"]
    for told in decisions(subject, "tune taken"):
        part = music.part_at(told.where.start)
        track = next((t for t in music.song.tracks if t.name == told.where.track), None)
        if part is None or track is None:
            continue
        played = sum(part.start <= onset < part.end for onset in _onsets(track))
        led = sum(part.start <= onset < part.end for lead in leads for onset in _onsets(lead) if lead is not track)
        if played >= 4 and led < played // 2:
            spans.setdefault(track.name, []).append((part.start, part.end))
            names.setdefault(track.name, []).append(part.name)
    for name, places in spans.items():
        yield claim(
            "arrangement.taken",
            places,
            track=name,
            basis="decided",
            parts="|".join(names[name]),
            lead=leads[0].name if leads else "",
        )


def _say_taken(c: Claim, level: str, naming: Naming) -> str:
    said = f"{does(c.track, 'has')} the tune in {listed(text(c, 'parts').split('|'))}"
    if not text(c, "lead") or level == "beginner":
        return f"{said}."
    return f"{said}, in the place of the {text(c, 'lead')}: another colour for the same role."


def _taken_again(c: Claim, level: str, naming: Naming) -> str:
    return f"In {listed(text(c, 'parts').split('|'))} the tune goes to the {c.track}."


def _find_answer(subject: Subject) -> Iterator[Claim]:
    """Parts that speak in the tune's gaps: most of their notes begin where the tune is silent."""
    music = subject.music
    if len(music.tune) < 16:
        return
    for track in music.song.tracks:
        if track.role not in ("answer", "counter", "stab", "riff") or not subject.recorded:
            continue
        sung = [p for p in music.parts if music.sung(p.start, p.end) and p.lead not in SOLOS]
        onsets = {
            p: [n.onset for n in track.notes if p.start <= n.onset < p.end and not isinstance(n.pitch, Drum)]
            for p in sung
        }
        here = [p for p in sung if onsets[p]]
        whole = [onset for p in here for onset in onsets[p]]
        if len(whole) < 8:
            continue
        free = sum(not _sings(music, onset) for onset in whole) / len(whole)
        # A part that plays all the time meets the tune's silences by chance: the meeting counts beyond that.
        grid = [tick for p in here for tick in range(p.start, p.end, 240)]
        if free >= 0.7 and free >= sum(not _sings(music, tick) for tick in grid) / len(grid) + 0.15:
            yield claim("arrangement.answer", [(p.start, p.end) for p in here], track=track.name, share=round(free, 2))


def _sings(music: Music, tick: int) -> bool:
    """Whether the tune sounds at `tick`."""
    bar = music.bar(tick).meter.bar
    return any(t.end > tick for t in music.sung(tick - 2 * bar, tick + 1))


def _say_answer(c: Claim, level: str, naming: Naming) -> str:
    said = f"{does(c.track, 'answers')} the tune in its pauses"
    if level == "beginner":
        return f"{said}: a call and a response."
    so_many = "all" if share(c, "share") >= 1 else percent(share(c, "share"))
    return f"{said}, a call and response: {so_many} of its notes come where the tune is silent."


def _find_leaving(subject: Subject) -> Iterator[Claim]:
    """Endings in which the layers drop out one after the other."""
    music = subject.music
    if not subject.recorded or not music.parts:
        return
    start = subject.song.ending.start
    last = {t.name: max(_onsets(t)) for t in music.song.tracks if t.notes}
    bar = music.bar(start).meter.bar
    leaving = sorted((tick, name) for name, tick in last.items() if start - bar <= tick < music.end)
    bars = {music.bar_index(tick) for tick, _ in leaving}
    if len(leaving) >= 3 and len(bars) >= 3 and subject.song.ending.kind == "fade-layers":
        yield claim("arrangement.leaving", ((start, music.end),), order="|".join(name for _, name in leaving))


def _say_leaving(c: Claim, level: str, naming: Naming) -> str:
    names = text(c, "order").split("|")
    return f"At the end the layers leave one after the other: {', '.join(names[:-1])}, and last the {names[-1]}."


def _find_register(subject: Subject) -> Iterator[Claim]:
    """Whether the tune stays above what accompanies it."""
    music = subject.music
    if not subject.recorded or len(music.tune) < 16:
        return
    above = whole = 0
    for tone in music.tune:
        under = [t.pitch.midi for t in music.backing(tone.onset, tone.onset + 1)]
        if under:
            whole += 1
            above += tone.pitch.midi > max(under)
    if whole >= 16 and above >= 0.75 * whole:
        yield claim("arrangement.register", ((0, music.end),), above=round(above / whole, 2))


def _say_register(c: Claim, level: str, naming: Naming) -> str:
    so_many = "all" if share(c, "above") >= 1 else percent(share(c, "above"))
    return f"The tune has the top to itself: {so_many} of its notes lie above everything that accompanies them."


_TOPIC = "arrangement"
KINDS = (
    kind("arrangement.band", _TOPIC, ("arrangement", "orchestration"), _find_band, _say_band, weight=1),
    kind("arrangement.register", _TOPIC, ("register",), _find_register, _say_register, "intermediate", weight=3),
    kind("arrangement.tutti", _TOPIC, ("tutti",), _find_tutti, _say_tutti, weight=5),
    kind("arrangement.thin", _TOPIC, ("texture",), _find_thin, _say_thin, weight=6),
    kind("arrangement.answer", _TOPIC, ("call-and-response",), _find_answer, _say_answer, weight=7),
    kind(
        "arrangement.solo",
        _TOPIC,
        ("solo", "trading-fours"),
        _find_solo,
        _say_solo,
        weight=20,
        named=by("fours", {True: "trading-fours solo", False: "solo"}),
    ),
    kind("arrangement.taken", _TOPIC, ("orchestration",), _find_taken, _say_taken, weight=8, again=_taken_again),
    kind("arrangement.leaving", _TOPIC, ("fade-out", "layering"), _find_leaving, _say_leaving, weight=40),
)
