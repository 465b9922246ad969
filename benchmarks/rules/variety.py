"""How songs of one genre differ from each other, and their sections from one another.

Conventions: a song is boiled down to a Portrait, so that a hundred of them can be compared; what counts as the same is
said at each field. Limits are those of the project's notes on genres: a loop in 15 % of songs, a groove in 20 %, four
forms, intros and endings, no part beyond drums and bass in over 85 % of the bars, contrast in three ways of six.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import blake2b

from partimento.benchmarks.rules.leading import line_of
from partimento.benchmarks.rules.playing import number_of
from partimento.score.song import Drum, Section, Song, Track
from partimento.score.timeline import Timeline

WINDOW = 8
"""Bars of melody that no two songs share."""
LEAST_NOTES = 12
CONTRASTS = ("drum pattern", "lead register", "density", "harmony", "band", "texture")


@dataclass(frozen=True, slots=True)
class Portrait:
    """What a song is compared by."""

    seed: int
    form: str
    intro: str
    ending: str
    loops: tuple[str, ...]
    """Cycles of loops and vamps, as numerals, in any section."""
    groove: str
    """Name of the kit's main pattern that fills most bars; empty without a kit."""
    melodies: frozenset[int]
    """Every eight bars of the lead from a bar line on, by rhythm and intervals (not by key)."""
    crowded: tuple[str, ...]
    """Roles of parts beyond drums and bass that play in over 85 % of the bars, in bands of more than two."""
    contrasts: tuple[int, ...]
    """Ways in which neighbouring sections of different material differ (of CONTRASTS)."""
    parts: int


def portrait(song: Song, seed: int) -> Portrait:
    """The song as others are compared with it."""
    line = Timeline(song)
    told = {d.what: d for d in song.decisions if d.rule.startswith("plan.")}
    form = str(told["form"].value("form")) if "form" in told else ""
    return Portrait(
        seed, form, _intro(song, line), song.ending.name, _loops(song), _groove(song),
        _melodies(song, line), _crowded(song, line), _contrasts(song), len(song.tracks),
    )  # fmt: skip


def _intro(song: Song, line: Timeline) -> str:
    """Its section's kind and length, who plays in its first two bars and in its last, and the patterns they play."""
    first = song.sections[0]
    bars = line.section_bars(0)
    early, late = (
        "+".join(sorted({t.role for t in song.tracks if _plays(t, start, end)}))
        for start, end in ((0, bars[min(1, len(bars) - 1)].end), (bars[-1].start, first.end))
    )
    patterns = sorted({str(d.value("pattern")) for d in song.decisions if d.what == "pattern" and d.where.section == 0})
    return f"{first.kind}:{len(bars)} {early} > {late}: {', '.join(patterns)}"


def _plays(track: Track, start: int, end: int) -> bool:
    return any(start <= n.onset < end for n in track.notes)


def _loops(song: Song) -> tuple[str, ...]:
    cycles = {str(d.value("cycle")) for d in song.decisions if d.rule in ("harmony.loop", "harmony.vamp")}
    return tuple(sorted(cycles))


def _groove(song: Song) -> str:
    kits = {track.name for track in song.tracks if track.role == "drums"}
    count: Counter[str] = Counter()
    for d in song.decisions:
        if d.what == "pattern" and d.where.track in kits and d.value("use") == "main":
            count[str(d.value("pattern"))] += d.where.end - d.where.start
    return min(count, key=lambda name: (-count[name], name)) if count else ""


def _melodies(song: Song, line: Timeline) -> frozenset[int]:
    out: set[int] = set()
    for track in song.tracks:
        if track.role != "lead":
            continue
        notes = line_of(track)
        i = 0
        for k in range(len(line.bars) - WINDOW + 1):
            start, end = line.bars[k].start, line.bars[k + WINDOW - 1].end
            while i < len(notes) and notes[i].onset < start:
                i += 1
            j = i
            while j < len(notes) and notes[j].onset < end:
                j += 1
            if j - i < LEAST_NOTES:
                continue
            first = number_of(notes[i])
            shape = [(n.onset - start, n.duration, number_of(n) - first) for n in notes[i:j]]
            out.add(int.from_bytes(blake2b(repr(shape).encode(), digest_size=8).digest(), "big"))
    return frozenset(out)


def _crowded(song: Song, line: Timeline) -> tuple[str, ...]:
    if len(song.tracks) <= 2:
        return ()
    out = []
    for track in song.tracks:
        if track.role in ("drums", "bass"):
            continue
        filled = {line.bar_at(n.onset).index for n in track.notes}
        for note in track.notes:
            last = line.bar_at(note.onset + note.duration - 1).index
            filled.update(range(line.bar_at(note.onset).index, last + 1))
        if len(filled) > 0.85 * len(line.bars):
            out.append(track.role)
    return tuple(out)


def _contrasts(song: Song) -> tuple[int, ...]:
    pictures = [_picture(song, i, section) for i, section in enumerate(song.sections)]
    out = []
    for i, (a, b) in enumerate(zip(pictures, pictures[1:], strict=False)):
        if song.sections[i].material != song.sections[i + 1].material:
            out.append(sum(_differ(a, b)))
    return tuple(out)


@dataclass(frozen=True, slots=True)
class _Picture:
    drums: frozenset[str]
    register: float
    density: float
    harmony: tuple[str, ...]
    chords: float
    band: frozenset[str]
    texture: frozenset[str]


def _picture(song: Song, index: int, section: Section) -> _Picture:
    bars = section.length / song.meters[0].meter.bar
    kits = {t.name for t in song.tracks if t.role in ("drums", "percussion")}
    patterns = {
        d.where.track: str(d.value("pattern")) for d in song.decisions
        if d.what == "pattern" and d.where.section == index
    }  # fmt: skip
    band: set[str] = set()
    texture: set[str] = set()
    heights: list[int] = []
    count = 0
    for track in song.tracks:
        inside = [n for n in track.notes if section.start <= n.onset < section.end]
        if not inside:
            continue
        band.add(track.name)
        count += len({n.onset for n in inside})
        if track.role == "lead":
            heights += [number_of(n) for n in inside if not isinstance(n.pitch, Drum)]
        if track.name not in kits and track.role not in ("lead", "bass"):
            # A part without patterns is told by its player, which stays.
            texture.add(f"{track.name}: {patterns.get(track.name, '')}")
    own = [c for c in song.chords if section.start <= c.onset < section.end]
    return _Picture(
        frozenset(f"{name}: {pattern}" for name, pattern in patterns.items() if name in kits and name in band),
        sum(heights) / len(heights) if heights else 0.0,
        count / bars,
        tuple(dict.fromkeys(c.roman for c in own)),
        len(own) / bars,
        frozenset(band),
        frozenset(texture),
    )


def _differ(a: _Picture, b: _Picture) -> tuple[bool, ...]:
    """Each of CONTRASTS: another pattern; three semitones or no lead; a fifth more; other chords; other players."""
    return (
        a.drums != b.drums,
        (a.register == 0.0) != (b.register == 0.0) or abs(a.register - b.register) >= 3.0,
        max(a.density, b.density) >= 1.2 * min(a.density, b.density),
        a.harmony != b.harmony or max(a.chords, b.chords) >= 1.5 * min(a.chords, b.chords),
        a.band != b.band,
        a.texture != b.texture,
    )


def shared_melodies(portraits: Sequence[Portrait]) -> list[tuple[int, int]]:
    """Pairs of seeds whose songs have eight bars of melody in common."""
    first: dict[int, int] = {}
    out: set[tuple[int, int]] = set()
    for p in portraits:
        for shape in sorted(p.melodies):
            other = first.setdefault(shape, p.seed)
            if other != p.seed:
                out.add((other, p.seed))
    return sorted(out)


def figures(portraits: Sequence[Portrait]) -> dict[str, object]:
    """The variety of a genre's songs, by name; shares are percentages."""
    n = len(portraits)
    loops = Counter(loop for p in portraits for loop in p.loops)
    kits = [p.groove for p in portraits if p.groove]
    grooves = Counter(kits)
    contrasts = [c for p in portraits for c in p.contrasts]
    crowded = Counter(role for p in portraits for role in set(p.crowded))
    loop, loop_n = _most(loops)
    groove, groove_n = _most(grooves)
    return {
        "loop %": round(100 * loop_n / n, 1),
        "loop": loop,
        "groove %": round(100 * groove_n / len(kits), 1) if kits else 0.0,
        "groove": groove,
        "forms": len({p.form for p in portraits}),
        "intros": len({p.intro for p in portraits}),
        "endings": len({p.ending for p in portraits}),
        "melodies shared": len(shared_melodies(portraits)),
        "songs with a part in > 85 %": sum(1 for p in portraits if set(p.crowded) - {"lead"}),
        "lead in > 85 %": crowded["lead"],
        "crowded": dict(sorted(crowded.items())),
        "contrast in 3+ %": round(100 * sum(c >= 3 for c in contrasts) / max(1, len(contrasts)), 1),
    }


def _most(count: Counter[str]) -> tuple[str, int]:
    if not count:
        return "", 0
    name = min(count, key=lambda k: (-count[k], k))
    return name, count[name]
