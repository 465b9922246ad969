"""Claims about how the others keep time: walking and approaching basses, comping, riffs.

Conventions: a habit of a part is told of the sections, or of the whole, where most of its bars show it.
"""

from __future__ import annotations

from collections.abc import Iterator

from partimento.score.song import Drum, Note, Track
from partimento.teaching.claim import Claim
from partimento.teaching.kinds.claiming import by, claim, kind, number, share, text
from partimento.teaching.kinds.groove import HABIT, bass_track
from partimento.teaching.kinds.wording import capital, does, listed, percent
from partimento.teaching.music import Music
from partimento.teaching.naming import Naming
from partimento.teaching.subject import Subject
from partimento.theory.analysis.piece import BarSpan


def _find_walking(subject: Subject) -> Iterator[Claim]:
    """Sections whose bass walks: a note on each beat, most of them a step from the next."""
    music, bass = subject.music, bass_track(subject)
    if bass is None:
        return
    by_bar: dict[int, list[Note]] = {}
    for note in bass.notes:
        by_bar.setdefault(music.bar_index(note.onset), []).append(note)
    spans = []
    for part in music.parts:
        indices = range(music.bar_index(part.start), music.bar_index(part.end - 1) + 1)
        played = [i for i in indices if i in by_bar]
        walks = [i for i in played if _walks(music.bars[i], by_bar[i])]
        if len(played) >= 4 and len(walks) >= HABIT * len(played):
            spans.append((part.start, part.end))
    if spans:
        yield claim("rhythm.walking", spans, track=bass.name)


def _walks(bar: BarSpan, notes: list[Note]) -> bool:
    """A note on every beat and few between them, each another than the one before, but for one at most."""
    beats = bar.meter.beats
    at = {n.onset - bar.start: n.number for n in notes}
    if len(beats) < 3 or not set(beats) <= set(at) or len(at) > len(beats) + 2:
        return False
    walked = [at[beat] for beat in beats]
    same = sum(a % 12 == b % 12 for a, b in zip(walked, walked[1:], strict=False))
    return same <= 1 and len(set(walked)) >= 3


def _say_walking(c: Claim, level: str, naming: Naming) -> str:
    return f"{does(c.track, 'walks')}: a new note on every beat, leading from chord to chord."


def _find_approach(subject: Subject) -> Iterator[Claim]:
    """How a bass comes to a new chord's root: by half step, by whole step, by fifth or fourth."""
    music, bass = subject.music, bass_track(subject)
    if bass is None:
        return
    notes = sorted((n for n in bass.notes if not isinstance(n.pitch, Drum)), key=lambda n: n.onset)
    starts = {n.onset: i for i, n in enumerate(notes)}
    steps = []
    for a, b in zip(music.harmony, music.harmony[1:], strict=False):
        i = starts.get(b.heard, 0)
        if (
            i
            and a.chord.root != b.chord.root
            and notes[i].number % 12 == b.chord.bass_tone.number
            and (notes[i].onset - notes[i - 1].onset <= 480)
        ):
            steps.append(abs(notes[i].number - notes[i - 1].number))
    if len(steps) >= 8:
        n = len(steps)
        yield claim(
            "rhythm.approach",
            ((0, music.end),),
            track=bass.name,
            changes=n,
            half=round(steps.count(1) / n, 2),
            whole=round(steps.count(2) / n, 2),
            fifth=round(sum(s in (5, 7) for s in steps) / n, 2),
        )


def _say_approach(c: Claim, level: str, naming: Naming) -> str:
    ways = {"by half step": "half", "by whole step": "whole", "from a fourth or fifth away": "fifth"}
    shown = [f"{percent(share(c, name))} {way}" for way, name in ways.items() if share(c, name) >= 0.05]
    if sum(share(c, name) for name in ways.values()) < 0.5:
        return ""
    return f"{does(c.track, 'leads')} into new chords: of their roots it reaches {listed(shown)}."


def _find_comping(subject: Subject) -> Iterator[Claim]:
    """Tracks that strike mostly off the beat, on two and four, or hold their chords; those of one habit together."""
    music = subject.music
    found: dict[str, list[tuple[int, str, float]]] = {}
    for track in subject.song.tracks:
        if track.role not in ("comp", "stab", "pad", "riff"):
            continue
        struck = sorted({n.onset for n in track.notes if not isinstance(n.pitch, Drum)})
        if len(struck) < 12:
            continue
        habit, off = _habit(music, track, struck)
        if habit:
            found.setdefault(habit, []).append((struck[0], track.name, off))
    for habit, rows in found.items():
        names = "|".join(name for _, name, _ in rows)
        yield claim(
            "rhythm.comping",
            ((min(first for first, _, _ in rows), music.end),),
            tracks=names,
            habit=habit,
            off=round(min(off for _, _, off in rows), 2),
        )


def _habit(music: Music, track: Track, struck: list[int]) -> tuple[str, float]:
    """("held", "off", "late" or "", the share of strokes off the beat)."""
    places = [(music.bar(tick), tick - music.bar(tick).start) for tick in struck]
    off = sum(bar.meter.strength(place) < 2 for bar, place in places) / len(struck)
    late = sum(len(bar.meter.beats) == 4 and place in bar.meter.beats[1::2] for bar, place in places) / len(struck)
    lengths = sorted(note.duration for note in track.notes)
    if lengths[len(lengths) // 2] >= 0.9 * music.bars[0].meter.bar:
        return "held", off
    return ("off" if off >= 0.75 else "late" if late >= 0.75 else ""), off


_COMPING = {
    "held": ("holds", "hold", "the chords, a {bar} and longer"), "late": ("strikes", "strike", "on beats 2 and 4"),
    "off": ("plays", "play", "between the beats, {off} of the strokes or more"),
}  # fmt: skip


def _say_comping(c: Claim, level: str, naming: Naming) -> str:
    one, many, what = _COMPING[text(c, "habit")]
    tracks = text(c, "tracks").split("|")
    who = does(tracks[0], one) if len(tracks) == 1 else f"{capital(listed([f'the {t}' for t in tracks]))} {many}"
    return f"{who} {what.format(bar=naming.bar, off=percent(share(c, 'off')))}."


def _find_riff(subject: Subject) -> Iterator[Claim]:
    """The tracks that repeat one bar exactly, of three attacks or more."""
    music = subject.music
    told: list[tuple[float, Claim]] = []
    for track in subject.song.tracks:
        if track.role not in ("riff", "bass", "comp", "texture", "counter"):
            continue
        bars: dict[int, list[tuple[int, int]]] = {}
        for note in track.notes:
            if not isinstance(note.pitch, Drum):
                index = music.bar_index(note.onset)
                bars.setdefault(index, []).append((note.onset - music.bars[index].start, note.number))
        rows = [tuple(bars[i]) for i in sorted(bars)]
        figures = [row for row in rows if len({tick for tick, _ in row}) >= 3]
        if len(figures) < 8:
            continue
        best = max(figures, key=lambda row: (figures.count(row), row))
        again = figures.count(best)
        if again >= max(4, 0.3 * len(rows)):
            places = [(music.bars[i].start, music.bars[i].end) for i in sorted(bars) if tuple(bars[i]) == best]
            found = claim("rhythm.riff", places, track=track.name, times=again, bars=len(rows), role=track.role)
            told.append((-again / len(rows), found))
    # The most faithful two: a groove is all repetition, and nobody wants it listed.
    yield from (found for _, found in sorted(told, key=lambda row: (row[0], row[1].track))[:2])


def _say_riff(c: Claim, level: str, naming: Naming) -> str:
    name = "riff" if text(c, "role") in ("riff", "bass") else "figure"
    said = f"{does(c.track, 'repeats')} one {name}"
    if level == "beginner":
        return f"{said} over and over." if _is_ostinato(c) else ""
    told = f"{said} exactly in {number(c, 'times')} of its {number(c, 'bars')} {naming.bar}s"
    return f"{told}: an ostinato." if _is_ostinato(c) else f"{told}."


def _is_ostinato(c: Claim) -> bool:
    """Whether the bar comes so often that it goes on without end; the others are variants of it."""
    return 2 * number(c, "times") >= number(c, "bars")


def _riff_terms(c: Claim) -> tuple[str, ...]:
    name = ("riff",) if text(c, "role") in ("riff", "bass") else ()
    return (*name, "ostinato") if _is_ostinato(c) or not name else name


def _riff_again(c: Claim, level: str, naming: Naming) -> str:
    if level == "beginner":
        return ""
    verb = does(c.track, "does").rsplit(" ", 1)[1]
    return f"So {verb} the {c.track}, in {number(c, 'times')} of {number(c, 'bars')} {naming.bar}s."


KINDS = (
    kind("rhythm.walking", "rhythm", ("walking-bass",), _find_walking, _say_walking, weight=12),
    kind("rhythm.approach", "rhythm", ("approach-note",), _find_approach, _say_approach, "advanced", weight=13),
    kind("rhythm.comping", "rhythm", ("comping", "pad", "offbeat", "backbeat"), _find_comping, _say_comping,
         "intermediate",
         weight=14, named=by("habit", {"held": "pad", "off": "offbeat", "late": "backbeat"})),
    kind("rhythm.riff", "rhythm", ("ostinato", "riff"), _find_riff, _say_riff, weight=15, again=_riff_again,
         named=_riff_terms),
)  # fmt: skip
