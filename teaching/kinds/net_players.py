"""Claims about what nets chose for the players: fills, the drummer's feel, piano textures, voicings.

Conventions: as in kinds/nets.py. What a net wrote is told only of a track that still plays it: fills by their strokes,
feel by a performance that is not the page, textures and voicings by chords that are heard.
"""

from __future__ import annotations

from collections.abc import Iterator

from partimento.arrangement.net_drums import piece_of
from partimento.score.decision import Decision, Value
from partimento.score.song import Drum, Track
from partimento.teaching.claim import Claim
from partimento.teaching.kinds.claiming import at_least, by, decisions, kind, number, share, text
from partimento.teaching.kinds.nets import shown
from partimento.teaching.kinds.wording import belonging, capital, count, listed, times
from partimento.teaching.naming import Naming
from partimento.teaching.subject import Subject


def _find_fills(subject: Subject) -> Iterator[Claim]:
    found: dict[tuple[tuple[str, Value], ...], list[tuple[int, int]]] = {}
    tracks = {track.name: track for track in subject.song.tracks}
    for what in ("fill", "variation"):
        for told in decisions(subject, what, f"neural.{what}"):
            track, strokes = tracks.get(told.where.track), _strokes(told)
            if track is None or not strokes or strokes != _struck(track, told.where.start, told.where.end):
                continue
            told_of: dict[str, Value] = {
                "what": what, "strokes": str(told.value("strokes")), "share": shown(told.value("share", 0)),
                "of": told.value("of", 1), "refused": told.value("refused", 0), "track": track.name,
            }  # fmt: skip
            found.setdefault(tuple(told_of.items()), []).append((told.where.start, told.where.end))
    for nth, (values, spans) in enumerate(found.items()):
        facts = (*values[:-1], ("nth", nth))
        more = tuple(spans) if len(spans) > 1 else ()
        yield Claim("rhythm.preferred", *spans[0], str(values[-1][1]), facts, "decided", places=more)


def _strokes(told: Decision) -> dict[str, int]:
    """`"snare 6, tom1 2"` as numbers by piece."""
    words = [row.rsplit(" ", 1) for row in str(told.value("strokes")).split(", ")]
    return {row[0]: int(row[1]) for row in words if len(row) == 2 and row[1].isdigit()}


def _struck(track: Track, start: int, end: int) -> dict[str, int]:
    pieces = [piece_of(n.pitch) for n in track.notes if isinstance(n.pitch, Drum) and start <= n.onset < end]
    return {piece: pieces.count(piece) for piece in pieces}


_PIECES = {
    "kick": "the bass drum", "snare": "the snare", "rim": "the rim", "hat": "the hi-hat", "hat_open": "the open hi-hat",
    "hat_pedal": "the hi-hat’s pedal", "ride": "the ride", "bell": "the ride’s bell", "crash": "the crash",
    "tom1": "the high tom", "tom2": "the middle tom", "tom3": "the low tom",
}  # fmt: skip


def _say_fill(c: Claim, level: str, naming: Naming) -> str:
    strokes = _counted(text(c, "strokes"))
    first = listed([_PIECES.get(piece, piece) for piece, _ in strokes[:2]])
    fill = text(c, "what") == "fill"
    if level == "beginner":
        told = fill and not number(c, "nth")
        return f"A model of drummers thought of this fill, mostly on {first}." if told else ""
    names = listed([f"{count(n)} on {_PIECES.get(piece, piece)}" for piece, n in strokes])
    if not at_least(level, "advanced"):
        return f"The model’s {text(c, 'what')} here: {names}."
    refused = number(c, "refused")
    rest = f", {count(refused)} {'was' if refused == 1 else 'were'} refused; this one" if refused else ", this one"
    among = count(number(c, "of"), text(c, "what"))
    return f"Of {among} that the drum model drew{rest}, {names}, was worth {share(c, 'share'):.2f} a step."


def _again_fill(c: Claim, level: str, naming: Naming) -> str:
    strokes = _counted(text(c, "strokes"))
    if level == "beginner":
        return ""
    names = listed([f"{_PIECES.get(piece, piece)} {times(n)}" for piece, n in strokes])
    return f"{capital(names)}: that is how it went on here ({share(c, 'share'):.2f})."


def _counted(strokes: str) -> list[tuple[str, int]]:
    rows_ = (row.rsplit(" ", 1) for row in strokes.split(", "))
    return [(piece, int(n)) for piece, n in rows_]


def _find_feel(subject: Subject) -> Iterator[Claim]:
    played = {track.name: track for track in subject.song.performance.tracks}
    written = {track.name: track for track in subject.song.tracks}
    for told in decisions(subject, "feel", "neural.feel"):
        name = told.where.track
        if name not in played or name not in written or not written[name].notes:
            continue
        page = sorted((note.onset, note.velocity) for note in written[name].notes)
        if page != sorted((note.onset, note.velocity) for note in played[name].notes):
            late, level = (told.value(fact, 0.0) for fact in ("late_sd_ms", "level_sd"))
            facts: dict[str, Value] = {"style": told.value("style"), "late": late, "level": level}
            yield Claim("rhythm.felt", 0, subject.music.end, name, tuple(facts.items()), "decided")


def _say_feel(c: Claim, level: str, naming: Naming) -> str:
    style = text(c, "style")
    if level == "beginner":
        return f"{capital(belonging(c.track))} strokes lie as {style} drummers play them, not as a machine would."
    said = f"{capital(belonging(c.track))} loudness and timing follow a model of {style} drummers"
    if not at_least(level, "advanced"):
        return said + "."
    return (
        f"{said}: it moved the strokes by {share(c, 'late'):.1f} ms and their velocities by {share(c, 'level'):.1f}"
        " (standard deviations)."
    )


def _find_parts(subject: Subject, what: str, name: str) -> Iterator[Claim]:
    """Tracks that a net wrote, where their chords are heard: the mean share of all that was chosen there."""
    music = subject.music
    tracks = {track.name: track for track in subject.song.tracks}
    found: dict[str, list[Decision]] = {}
    for told in decisions(subject, what, f"neural.{what}"):
        span, track = (told.where.start, told.where.end), tracks.get(told.where.track)
        if track is not None and any(span[0] <= note.onset < span[1] for note in track.notes):
            if music.mostly_heard([span]):
                found.setdefault(track.name, []).append(told)
    for nth, (track_name, own) in enumerate(found.items()):
        spans = sorted({(told.where.start, told.where.end) for told in own})
        shares = [shown(told.value("share", 0)) for told in own]
        flaws = [flaw for told in own if (flaw := str(told.value("flaw")))]
        facts: dict[str, Value] = {
            "share": round(sum(shares) / len(shares), 2), "of": max(number_of(told, "of") for told in own),
            "flaw": max(sorted(set(flaws)), key=flaws.count, default=""), "nth": nth,
        }  # fmt: skip
        more = tuple(spans) if len(spans) > 1 else ()
        yield Claim(name, *spans[0], track_name, tuple(facts.items()), "decided", places=more)


def number_of(told: Decision, name: str) -> int:
    """A decision's value as a whole number, 0 where it is none."""
    value = told.value(name, 0)
    return int(value) if isinstance(value, (int, float)) else 0


def _find_textures(subject: Subject) -> Iterator[Claim]:
    return _find_parts(subject, "texture", "arrangement.preferred")


def _find_voicings(subject: Subject) -> Iterator[Claim]:
    return _find_parts(subject, "voicing", "voice-leading.preferred")


def _say_texture(c: Claim, level: str, naming: Naming) -> str:
    whose = belonging(c.track)
    if level == "beginner":
        return "" if number(c, "nth") else f"{capital(whose)} way through the chords was found by a model of pianists."
    return f"A model of pianists wrote {whose} part here, {share(c, 'share'):.2f} a choice{_kept_back(c, level)}."


def _say_voicing(c: Claim, level: str, naming: Naming) -> str:
    whose = belonging(c.track)
    if level == "beginner":
        return "" if number(c, "nth") else f"{capital(whose)} voices were set by a model that has read chorales."
    return f"A model of chorales set {whose} voices here, {share(c, 'share'):.2f} a pitch{_kept_back(c, level)}."


def _again_part(c: Claim, level: str, naming: Naming) -> str:
    if level == "beginner":
        return ""
    return f"{capital(belonging(c.track))} too, at {share(c, 'share'):.2f}{_kept_back(c, level)}."


def _kept_back(c: Claim, level: str) -> str:
    flaw = text(c, "flaw").replace("-", " ")
    if not at_least(level, "advanced"):
        return ""
    among = f", the best of up to {count(number(c, 'of'))} that it drew" if number(c, "of") > 1 else ""
    return f"{among}; against the others spoke “{flaw}” most often" if flaw else among


KINDS = (
    kind("rhythm.preferred", "rhythm", ("fill", "variation"), _find_fills, _say_fill, weight=27,
         named=by("what", {"fill": "fill", "variation": "variation"}), again=_again_fill),
    kind("rhythm.felt", "rhythm", ("groove",), _find_feel, _say_feel, weight=28),
    kind("arrangement.preferred", "arrangement", ("texture",), _find_textures, _say_texture, weight=9,
         again=_again_part),
    kind("voice-leading.preferred", "voice-leading", ("voicing",), _find_voicings, _say_voicing, weight=9,
         again=_again_part),
)  # fmt: skip
