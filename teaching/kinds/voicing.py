"""Claims about voicings: how the players that hold the harmony spell the chords, and how they get from one to the next.

Conventions: a voicing is what one track strikes or holds as a chord comes in; only tracks of the accompaniment that
play at least three tones together are read.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Sequence

from partimento.score.song import Drum, Track
from partimento.teaching.claim import Claim
from partimento.teaching.kinds.claiming import at_least, claim, kind, number, share, text
from partimento.teaching.kinds.wording import belonging, capital, count, does, generic, listed, percent, size
from partimento.teaching.music import Harmony, Music
from partimento.teaching.naming import Naming
from partimento.teaching.subject import Subject
from partimento.theory.chord import parse_chord
from partimento.theory.pitch import Pitch

_HOLDING = ("comp", "pad", "stab", "texture")


def _voicings(music: Music, track: Track) -> list[tuple[Harmony, tuple[Pitch, ...]]]:
    """What the track sounds of each chord that is heard, lowest first: its first three tones or more together."""
    struck: dict[int, list[Pitch]] = {}
    for note in track.notes:
        if not isinstance(note.pitch, Drum) and note.articulation != "dead":
            struck.setdefault(note.onset, []).append(note.pitch)
    ticks = sorted(tick for tick, pitches in struck.items() if len(pitches) >= 3)
    out = []
    at = 0
    for h in music.harmony:
        while at < len(ticks) and ticks[at] < h.heard:
            at += 1
        if at < len(ticks) and ticks[at] < h.end and music.is_heard(h):
            tones = tuple(sorted(struck[ticks[at]], key=lambda p: p.midi))
            # What comes late in a chord may belong to the next one already.
            if all(tone.midi % 12 in h.chord.numbers for tone in tones):
                out.append((h, tones))
    return out


def _players(subject: Subject) -> Iterator[tuple[Track, list[tuple[Harmony, tuple[Pitch, ...]]]]]:
    for track in subject.song.tracks:
        if subject.recorded and track.role not in _HOLDING:
            continue
        found = _voicings(subject.music, track)
        if len(found) >= 4:
            yield track, found


def _find_kind(subject: Subject) -> Iterator[Claim]:
    """The two players with most chords: how many tones, how wide, with the root or without, how the voices go on."""
    players = sorted(_players(subject), key=lambda row: (-len(row[1]), row[0].name))[:2]
    for nth, (track, found) in enumerate(players):
        n = len(found)
        rootless = sum(h.chord.root.number not in {p.midi % 12 for p in tones} for h, tones in found)
        spans = sorted(tones[-1].midi - tones[0].midi for _, tones in found)
        sizes = sorted(len(tones) for _, tones in found)
        # A figure may bring the third after a stroke without it.
        fifths = sum(_struck(subject.music, track, h) <= _fifth(h) for h, _ in found)
        steps = _steps(found)
        moves = len(steps) if len(steps) >= 12 else 0
        yield claim(
            "voice-leading.voicing",
            ((found[0][0].start, found[-1][0].end),),
            track=track.name,
            tones=sizes[n // 2],
            span=spans[n // 2],
            rootless=round(rootless / n, 2),
            fifths=round(fifths / n, 2),
            held=round(steps.count(0) / moves, 2) if moves else 0.0,
            stepped=round(sum(1 <= abs(s) <= 2 for s in steps) / moves, 2) if moves else 0.0,
            mean=round(sum(map(abs, steps)) / moves, 1) if moves else -1.0,
            nth=nth,
        )


def _struck(music: Music, track: Track, h: Harmony) -> set[int]:
    """The pitch classes that the track strikes while the chord is heard."""
    first = bisect_left(track.notes, h.heard, key=lambda note: note.onset)
    last = bisect_left(track.notes, h.end, key=lambda note: note.onset)
    return {note.number % 12 for note in track.notes[first:last] if music.heard_at(note.onset) == h}


def _fifth(h: Harmony) -> set[int]:
    return {h.chord.root.number, (h.chord.root.number + 7) % 12}


def _steps(found: Sequence[tuple[Harmony, tuple[Pitch, ...]]]) -> list[int]:
    """How far each voice goes at each change of chord between voicings of as many tones."""
    steps: list[int] = []
    for (a, first), (b, second) in zip(found, found[1:], strict=False):
        if a.end == b.start and a.chord != b.chord:
            steps += moved(first, second)
    return steps


def moved(first: Sequence[Pitch], second: Sequence[Pitch]) -> list[int]:
    """How far each voice goes, in semitones, where the voicings have as many tones; voices keep their order."""
    return [b.midi - a.midi for a, b in zip(first, second, strict=True)] if len(first) == len(second) else []


def _kind_terms(c: Claim) -> tuple[str, ...]:
    if share(c, "fifths") >= 0.6:
        return ("power-chord",)
    position = "close-position" if number(c, "span") <= 12 else "open-position"
    return (position, "rootless-voicing") if share(c, "rootless") >= 0.5 else (position, "voice-leading")


def _say_kind(c: Claim, level: str, naming: Naming) -> str:
    held, stepped = share(c, "held"), share(c, "stepped")
    if share(c, "fifths") >= 0.6:
        return f"{does(c.track, 'plays')} power chords, root and fifth without a third."
    if level == "beginner":
        if held + stepped < 0.75:
            return ""
        return (
            f"From chord to chord {belonging(c.track)} notes stay or move to the next one, so that the harmony flows."
        )
    position = "close position" if number(c, "span") <= 12 else "open position"
    chords = f"chords of {count(number(c, 'tones'), 'tone')} in {position}"
    said = (
        f"{does(c.track, 'plays')} {chords}" if number(c, "nth") == 0 else f"{capital(chords)} come from the {c.track}"
    )
    if at_least(level, "advanced"):
        said += f", {size(number(c, 'span'))} wide as a rule"
    if share(c, "rootless") >= 0.5:
        so_many = "all" if share(c, "rootless") >= 1 else percent(share(c, "rootless"))
        said += f"; {so_many} of them are rootless voicings, since the bass has the root"
    return said + "." + _motion(c, level)


def _motion(c: Claim, level: str) -> str:
    held, stepped, mean = share(c, "held"), share(c, "stepped"), share(c, "mean")
    if mean < 0:
        return ""
    shares = [f"{percent(held)} of the voices stay as common tones"] if held >= 0.05 else []
    shares += [f"{percent(stepped)}{'' if shares else ' of the voices'} move by step"] if stepped >= 0.05 else []
    said = (
        f" Where the chord changes, {' and '.join(shares)}" if shares else " From chord to chord the whole hand moves"
    )
    return said + (f"; a voice goes {mean} half steps on the average." if at_least(level, "advanced") else ".")


def _find_example(subject: Subject) -> Iterator[Claim]:
    """The first change of two players, not the same twice, in which a voice is held and the others move by step."""
    told: set[tuple[str, str]] = set()
    for track, found in sorted(_players(subject), key=lambda row: (-len(row[1]), row[0].name)):
        for (a, first), (b, second) in zip(found, found[1:], strict=False):
            steps = moved(first, second)
            names = (a.chord.name, b.chord.name)
            smooth = len(steps) >= 3 and max(map(abs, steps)) <= 2 and 0 in steps and any(steps)
            if a.end == b.start and a.chord.root != b.chord.root and smooth and names not in told and len(told) < 2:
                told.add(names)
                yield claim(
                    "voice-leading.example",
                    ((a.start, b.end),),
                    track=track.name,
                    before=a.chord.name,
                    after=b.chord.name,
                    first=" ".join(map(str, first)),
                    second=" ".join(map(str, second)),
                )
                break


def _say_example(c: Claim, level: str, naming: Naming) -> str:
    before, after = (naming.chord(parse_chord(text(c, name))) for name in ("before", "after"))
    first = [Pitch.parse(name) for name in text(c, "first").split()]
    second = [Pitch.parse(name) for name in text(c, "second").split()]
    held = [naming.note(b) for a, b in zip(first, second, strict=True) if a.midi == b.midi]
    moves = [f"{naming.note(a)} to {naming.note(b)}" for a, b in zip(first, second, strict=True) if a.midi != b.midi]
    stay = f"{listed(held)} {'stays' if len(held) == 1 else 'stay'}"
    return f"From {before} to {after} in the {c.track}: {', '.join([stay, *moves])}."


def _find_parallel_line(subject: Subject) -> Iterator[Claim]:
    """Second voices that go along with the tune, mostly in thirds or sixths."""
    music = subject.music
    top = {t.onset: t for t in music.tune}
    for track in subject.song.tracks:
        if track.role not in ("harmony", "counter") or not subject.recorded:
            continue
        # Where the track has the tune itself, it goes along with nobody.
        other = [n for n in track.notes if n.onset in top and top[n.onset].pitch != n.pitch]
        pairs = [(top[n.onset].pitch, n.pitch) for n in other if not isinstance(n.pitch, Drum)]
        if len(pairs) < 8:
            continue
        gaps = [abs(a.diatonic - b.diatonic) % 7 for a, b in pairs]
        best = max((2, 5, 3, 4, 0), key=lambda g: (gaps.count(g), -g))
        together = len(pairs) / max(1, sum(not isinstance(n.pitch, Drum) for n in track.notes))
        below = sum(b.midi < a.midi for a, b in pairs) >= len(pairs) / 2
        if together >= 0.6 and gaps.count(best) >= 0.5 * len(pairs):
            first = min(n.onset for n in track.notes)
            yield claim(
                "voice-leading.parallel-line",
                ((first, music.end),),
                track=track.name,
                gap=best,
                share=round(gaps.count(best) / len(pairs), 2),
                below=below,
            )


def _say_parallel_line(c: Claim, level: str, naming: Naming) -> str:
    name = {0: "octaves"}.get(number(c, "gap"), generic(number(c, "gap")).removeprefix("a ") + "s")
    where = f"{name} {'below' if c.value('below') else 'above'}"
    if not number(c, "gap") and share(c, "share") >= 0.9:
        return f"{does(c.track, 'doubles')} the tune in {where}."
    said = f"{does(c.track, 'sings')} along with the tune, mostly in {where}"
    return said + (f" ({percent(share(c, 'share'))})." if level != "beginner" else ".")


def _kind_again(c: Claim, level: str, naming: Naming) -> str:
    if level == "beginner":
        return ""
    if share(c, "fifths") >= 0.6:
        return f"{does(c.track, 'plays')} them too."
    position = "close position" if number(c, "span") <= 12 else "open position"
    said = f"In the {c.track} the chords are of {count(number(c, 'tones'), 'tone')} in {position}"
    if share(c, "rootless") >= 0.5:
        said += f", {'all' if share(c, 'rootless') >= 1 else percent(share(c, 'rootless'))} without the root"
    if share(c, "mean") < 0:
        return said + "."
    held, stepped = share(c, "held"), share(c, "stepped")
    ways = [f"{percent(part)} {way}" for part, way in ((held, "stay"), (stepped, "go by step")) if part]
    return f"{said}; of the voices {listed(ways)}." if ways else f"{said}."


def _example_again(c: Claim, level: str, naming: Naming) -> str:
    return ""


_TOPIC = "voice-leading"
KINDS = (
    kind("voice-leading.voicing", _TOPIC, ("power-chord", "close-position", "open-position", "rootless-voicing"),
         _find_kind, _say_kind, weight=10, named=_kind_terms, again=_kind_again),
    kind("voice-leading.example", _TOPIC, ("voice-leading",), _find_example, _say_example, "intermediate", weight=12,
         again=_example_again),
    kind("voice-leading.parallel-line", _TOPIC, ("parallel-harmony",), _find_parallel_line, _say_parallel_line,
         weight=15),
)  # fmt: skip
