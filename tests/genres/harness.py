"""What the genre tests share: twenty songs a genre, composed once, and questions asked of them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache

from partimento.arrangement.arrange import build_stage
from partimento.arrangement.band import choose_band
from partimento.arrangement.pattern_choice import section_patterns
from partimento.composer.compose import compose, sketch
from partimento.composer.plan import make_plan
from partimento.composer.plan_size import felt_factor
from partimento.score.brief import Brief
from partimento.score.song import Drum, Note, Section, Song, Track
from partimento.score.stream import Stream
from partimento.score.timeline import Bar, Timeline

SEEDS = tuple(range(1, 21))


@cache
def songs(genre: str) -> tuple[Song, ...]:
    """Twenty songs of the genre, seeds 1 to 20, everything else left to the style."""
    return tuple(compose(Brief(genre=genre, seed=seed)) for seed in SEEDS)


@cache
def timeline(song_index: int, genre: str) -> Timeline:
    """The timeline of song number `song_index` (0-19) of `songs(genre)`."""
    return Timeline(songs(genre)[song_index])


def tracks(song: Song, *roles: str) -> list[Track]:
    """The tracks of those roles."""
    return [track for track in song.tracks if track.role in roles]


def notes_in(track: Track, start: int, end: int) -> list[Note]:
    """The track's notes that start in [start, end)."""
    return [note for note in track.notes if start <= note.onset < end]


def places(track: Track, bars: list[Bar], *drums: Drum) -> Counter[int]:
    """How often the drums are struck at each place (ticks from the bar's start) over those bars."""
    wanted = set(drums)
    count: Counter[int] = Counter()
    for bar in bars:
        for note in notes_in(track, bar.start, bar.end):
            if note.pitch in wanted:
                count[note.onset - bar.start] += 1
    return count


def sections(song: Song, *kinds: str) -> list[tuple[int, Section]]:
    """The sections of those kinds, with their indices."""
    return [(i, section) for i, section in enumerate(song.sections) if section.kind in kinds]


def body_bars(song: Song) -> Iterator[Bar]:
    """The bars before the ending, without each section's last bar (fills and breaks lie there)."""
    line = Timeline(song)
    last = {line.section_bars(i)[-1].index for i in range(len(song.sections)) if line.section_bars(i)}
    for bar in line.bars:
        if bar.start < song.ending.start and bar.index not in last:
            yield bar


def felt_bpm(song: Song) -> float:
    """The song's felt beats a minute, at its beginning."""
    return song.tempos[0].tempo_bpm / felt_factor(song.meters[0].meter)


def pitches(notes: Iterable[Note]) -> list[int]:
    """The MIDI numbers of the notes that have a pitch and are not dead strokes."""
    return [n.pitch.midi for n in notes if not isinstance(n.pitch, Drum) and n.articulation != "dead"]


def bars_played(song: Song, track: Track) -> set[int]:
    """The indices of the bars in which the track begins a note or holds one for a beat and more."""
    line = Timeline(song)
    out: set[int] = set()
    for note in track.notes:
        last = max(note.onset, note.onset + note.duration - 480)
        out.update(range(line.bar_at(note.onset).index, line.bar_at(last).index + 1))
    return out


def bars_of(song: Song, *kinds: str) -> list[Bar]:
    """The bars of all sections of those kinds (of all sections when none is named)."""
    line = Timeline(song)
    return [bar for i, s in enumerate(song.sections) if not kinds or s.kind in kinds for bar in line.section_bars(i)]


def patterns_of(song: Song, *roles: str) -> dict[int, list[str]]:
    """The names of the patterns that tracks of those roles play, by section index."""
    names = {track.name for track in song.tracks if track.role in roles}
    out: dict[int, list[str]] = {}
    for decision in song.decisions:
        if decision.what == "pattern" and decision.where.track in names:
            out.setdefault(decision.where.section, []).append(str(decision.value("pattern")))
    return out


def moves(song: Song) -> list[str]:
    """How each section but the last hands over to the next."""
    return [str(d.value("transition")) for d in song.decisions if d.what == "transition"]


def share(answers: Iterable[bool]) -> float:
    """The share of True among the answers; 0 of none."""
    told = list(answers)
    return sum(told) / len(told) if told else 0.0


@dataclass(frozen=True, slots=True)
class Outline:
    """What a song is like before its notes: the form's name, its loops, its ending, its grooves."""

    form: str
    loops: frozenset[str]
    ending: str
    groove: str
    """The drum pattern with the most bars, "" without drums."""
    intro: str
    """The first section's kind, length, chairs and drum pattern, as text."""


@cache
def outlines(genre: str, count: int = 100) -> tuple[Outline, ...]:
    """The outlines of `count` songs, seeds from 1: planned, harmonised and cast, but not written out."""
    return tuple(_outline(Brief(genre=genre, seed=seed)) for seed in range(1, count + 1))


def _outline(brief: Brief) -> Outline:
    plan = make_plan(brief)
    song = sketch(plan)
    band = choose_band(brief, plan.style, plan.form_name, Stream(brief.seed, "band", brief.take))
    stage, plans = build_stage(song, plan.style, band)
    bars: Counter[str] = Counter()
    first = ""
    for chair in plans:
        if chair.part.role != "drums":
            continue
        for scene, pattern in zip(stage.scenes, section_patterns(chair, stage), strict=True):
            if pattern is not None:
                bars[pattern.name] += len(scene.bars)
                first = pattern.name if scene.index == 0 else first
    groove = min(bars, key=lambda name: (-bars[name], name)) if bars else ""
    opening = song.sections[0]
    chairs = " ".join(chair.part.id for chair in plans if chair.plays[0])
    loops = frozenset(str(d.value("cycle")) for d in song.decisions if d.what == "loop")
    return Outline(plan.form_name, loops, song.ending.name, groove, f"{opening.kind} {opening.length} {chairs} {first}")


def most_common_share(names: Iterable[str]) -> float:
    """The share of the commonest name among all (empty ones left out)."""
    told = [name for name in names if name]
    return max(Counter(told).values()) / len(told) if told else 0.0


def tempo_felt(song: Song) -> float:
    """The song's felt beats a minute at its start."""
    return song.tempos[0].tempo_bpm * 480 / song.meters[0].meter.beat_lengths[0]


def strokes(track: Track) -> dict[int, list[Note]]:
    """The track's notes by onset, each group low to high."""
    out: dict[int, list[Note]] = {}
    for note in track.notes:
        out.setdefault(note.onset, []).append(note)
    for group in out.values():
        group.sort(key=lambda n: 0 if isinstance(n.pitch, Drum) else n.pitch.midi)
    return out


def midis(notes: list[Note]) -> list[int]:
    """MIDI numbers of the pitched notes."""
    return [note.pitch.midi for note in notes if not isinstance(note.pitch, Drum)]


def share_of_bars(song: Song, track: Track) -> float:
    """The share of the song's bars in which the track starts a note or one sounds on."""
    bars = Timeline(song).bars
    heard = {
        bar.index for bar in bars for n in track.notes if n.onset < bar.end and n.onset + n.duration > bar.start
    }
    return len(heard) / len(bars)


@cache
def sketches(genre: str, count: int = 100) -> tuple[Song, ...]:
    """Form and harmony alone of `count` songs: quick, for questions of variety."""
    return tuple(sketch(make_plan(Brief(genre=genre, seed=seed))) for seed in range(1, count + 1))


def commonest_share(values: list[str]) -> float:
    """The share of the commonest value."""
    return max(Counter(values).values()) / len(values)


def loops_of(song: Song, *kinds: str) -> str:
    """The chords of the first section of those kinds as text, bar places included; "" without one."""
    for _, section in sections(song, *kinds):
        own = [c for c in song.chords if section.start <= c.onset < section.end]
        return " ".join(f"{c.onset - section.start}:{c.roman}" for c in own)
    return ""


def grooves(genre: str, role: str, *kinds: str) -> list[str]:
    """For each song the main pattern of the track of that role in its first section of those kinds."""
    out: list[str] = []
    for song in songs(genre):
        names = {track.name for track in tracks(song, role)}
        for decision in song.decisions:
            if decision.what == "pattern" and decision.where.track in names:
                if song.sections[decision.where.section].kind in kinds:
                    out.append(str(dict(decision.values)["pattern"]))
                    break
    return out
