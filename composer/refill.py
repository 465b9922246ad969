"""Some bars of the lead written anew, all else of the page as it was: what stands left and right of them is known.

Convention: bars count from 0 as in Timeline. The nets of the song's own engine write them, or else the rules.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from partimento.arrangement.perform import perform
from partimento.arrangement.style import SectionSpec, Style, load_style
from partimento.composer.melody_finish import finish
from partimento.composer.melody_forms import place
from partimento.composer.melody_harmony import HarmonyMap
from partimento.composer.melody_leaning import LEVEL, leaning_traits
from partimento.composer.melody_memory import unremembered
from partimento.composer.melody_neural import Singer, singer_of
from partimento.composer.melody_neural_guard import FREE, BarRule
from partimento.composer.melody_neural_outline import Outline
from partimento.composer.melody_phrase import Content, Frame, Line, realise
from partimento.composer.melody_pitch import LineDrawer
from partimento.composer.melody_plan import BarPlan, SongTraits, draw_contour, draw_traits
from partimento.composer.melody_rhythm import draw_bar
from partimento.composer.melody_statement import fit
from partimento.composer.melody_view import DEGREES, FINAL, SectionView, density_of
from partimento.composer.neural.muse import muse_of, one_thread
from partimento.score.decision import Decision
from partimento.score.instruments import instrument
from partimento.score.song import Note, Phrase, Song, Track
from partimento.score.stream import Stream
from partimento.score.timeline import Bar, Timeline
from partimento.theory.errors import BriefError
from partimento.theory.pitch import Pitch

CANDIDATES = 4
"""Lines that are drawn at most: whoever asks for other bars waits for them."""


def refill(song: Song, start_bar: int, bars: int, take: int) -> Song:
    """The song with `bars` bars of its lead from `start_bar` on written anew; each `take` is another way.

    The lead's notes elsewhere, every other track and the other tracks' performance stay as they are. Raises BriefError
    where the bars are not in the song or nothing leads there.
    """
    timeline = Timeline(song)
    count = len(timeline.bars)
    if not 0 <= start_bar < count or not 1 <= bars <= count - start_bar:
        raise BriefError(
            f"bars {start_bar} to {start_bar + bars - 1} cannot be rewritten: the song has 0 to {count - 1}"
        )
    stretch = timeline.bars[start_bar : start_bar + bars]
    start, end = stretch[0].start, stretch[-1].end
    at = _lead_of(song, start, end)
    track = song.tracks[at]
    before = [n for n in track.notes if n.onset < start]
    after = [n for n in track.notes if n.onset >= end]
    notes, told = _written(song, timeline, track, stretch, before, after, take)
    tracks = (*song.tracks[:at], replace(track, notes=(*before, *notes, *after)), *song.tracks[at + 1 :])
    kept = tuple(d for d in song.decisions if not _undone(d, start, end))
    return _performed(replace(song, tracks=tracks, decisions=(*kept, *told)), at)


def _lead_of(song: Song, start: int, end: int) -> int:
    """The index of the track that leads in a stretch: the one with most notes there, or about it."""
    leads = [i for i, t in enumerate(song.tracks) if t.role == "lead" and t.notes]
    if not leads:
        raise BriefError("nothing leads in this song: there is no melody to rewrite")
    inside = {i: sum(1 for n in song.tracks[i].notes if start <= n.onset < end) for i in leads}
    return max(leads, key=lambda i: (inside[i], len(song.tracks[i].notes), -i))


def _undone(told: Decision, start: int, end: int) -> bool:
    """Whether a decision tells of a line that is no more."""
    where = told.where
    return told.rule.startswith(("neural.phrase", "melody.motif")) and where.start < end and where.end > start


def _performed(song: Song, at: int) -> Song:
    """The song with the performance of one track made anew."""
    if not song.performance.tracks:
        return song
    played = perform(song, load_style(song.brief.genre)).performance
    tracks = [*song.performance.tracks]
    tracks[at] = played.tracks[at]
    return replace(song, performance=replace(song.performance, tracks=tuple(tracks)))


def _written(
    song: Song,
    timeline: Timeline,
    track: Track,
    stretch: Sequence[Bar],
    before: Sequence[Note],
    after: Sequence[Note],
    take: int,
) -> tuple[tuple[Note, ...], tuple[Decision, ...]]:
    """The stretch's new notes, and why."""
    style = load_style(song.brief.genre)
    seed, own = song.brief.seed, song.brief.take
    stream = Stream(seed, "refill", track.name, stretch[0].index, len(stretch), take)
    low, high = _register(track)
    muse = muse_of(song.brief, style, ("melody",))
    muse = replace(muse, taste=replace(muse.taste, candidates=min(CANDIDATES, muse.taste.candidates)))
    melody = Stream(seed, "melody", own)
    lean, traits = LEVEL, draw_traits(song, style, low, high, melody.sub("traits"))
    if muse.melody is not None:
        lean, traits = leaning_traits(song, style, low, high, melody)
    field = HarmonyMap(timeline, traits.scale, traits.chromatic)
    drawer = LineDrawer(traits.pitch, low, high)
    view = _view(song, style, timeline, traits, stretch[0].section)
    phrase, frame = _frame(song, view, timeline, stretch, track, stream)
    silent = [song.sections[b.section].lead in ("none", "") or b.end <= _ringing(before) for b in stretch]
    if all(silent):
        raise BriefError(
            f"nothing leads in bars {stretch[0].index} to {stretch[-1].index}: there is nothing to rewrite"
        )
    singer = singer_of(muse, song, timeline, field, drawer, traits, lean, {})
    told: tuple[Decision, ...] = ()
    if singer is not None:
        with one_thread(muse):
            line, told = _sung(singer, view, phrase, frame, silent, stream, _plain(before), _plain(after))
    else:
        line = _by_rules(view, frame, silent, field, drawer, stream, before)
    written = [n for n in place(line, frame, field, []) if n.onset >= _ringing(before)]
    if singer is not None:
        heard = [(n.onset, n.midi) for n in written]
        written = unremembered(written, heard, singer.runs, low, high)
    return finish(written, song, style, instrument(track.instrument), timeline, traits, stream.sub("finish")), told


def _sung(
    singer: Singer,
    view: SectionView,
    phrase: Phrase,
    frame: Frame,
    silent: Sequence[bool],
    stream: Stream,
    before: list[tuple[int, int, int]],
    after: list[tuple[int, int, int]],
) -> tuple[Line, tuple[Decision, ...]]:
    """The line by the net, between what it hears before and after."""
    singer.sung = before
    rules = tuple(BarRule(silent=True) if s else FREE for s in silent)
    outline = Outline(rules, {}, (BarPlan(-1, "new"),) * len(rules))
    sung = singer.fill(view, phrase, frame, outline, stream, after[:1])
    return sung.line, (sung.told,) if sung.told is not None else ()


def _by_rules(
    view: SectionView,
    frame: Frame,
    silent: Sequence[bool],
    field: HarmonyMap,
    drawer: LineDrawer,
    stream: Stream,
    before: Sequence[Note],
) -> Line:
    """The line by rules: bars as they are sung, a line that goes on from what was before."""
    contents = []
    for i, (bar, still) in enumerate(zip(frame.bars, silent, strict=True)):
        where = "end" if frame.degrees and i == len(frame.bars) - 1 else "middle"
        fresh = draw_bar(bar.meter, view.traits.rhythm, stream, density_of(view), where)
        contents.append(Content(() if still else fit(fresh, bar)))
    last = _midi(before[-1]) if before else 0
    return realise(frame, contents, Content(()), field, drawer, stream.sub("line"), last)


def _frame(
    song: Song,
    view: SectionView,
    timeline: Timeline,
    stretch: Sequence[Bar],
    track: Track,
    stream: Stream,
) -> tuple[Phrase, Frame]:
    """The phrase that the stretch lies in (its last one), and what the stretch is written into."""
    start, end = stretch[0].start, stretch[-1].end
    last = view if song.sections[view.index].end >= end else replace(
        view, section=song.sections[stretch[-1].section], index=stretch[-1].section
    )  # fmt: skip
    phrase = next(p for p in last.phrases if p.start < end <= max(p.start + p.length, last.section.end))
    phrase = next((p for p in last.phrases if p.start < end <= p.start + p.length), phrase)
    closing = end == phrase.start + phrase.length
    degrees = DEGREES.get(phrase.close, DEGREES["open"]) if closing else ()
    if end >= song.ending.start:
        degrees = FINAL
    near = [_midi(n) for n in track.notes if start - 8 * 1920 <= n.onset < end + 8 * 1920]
    top = max(_midi(n) for n in track.notes)
    bar = stretch[0]
    frame = Frame(
        start=start,
        end=end,
        bars=tuple(stretch),
        key=view.section.key,
        centre=sum(near) / len(near) if near else float(view.traits.centres[view.index]),
        reach=max(3.0, view.traits.inner * 0.36),
        contour=draw_contour(closing, stream),
        degrees=degrees,
        cap=top,
        climax=0,
        breath=max(240, bar.meter.beat_lengths[0] // 2) if closing else 0,
        pull=4.4,
        quick=view.traits.quick,
        tries=5,
    )
    return phrase, frame


def _view(song: Song, style: Style, timeline: Timeline, traits: SongTraits, index: int) -> SectionView:
    section = song.sections[index]
    spec = style.sections.get(section.kind) or SectionSpec(energy=section.energy)
    final = index == len(song.sections) - 1
    return SectionView(index, section, spec, tuple(timeline.section_bars(index)), traits, False, False, final)


def _register(track: Track) -> tuple[int, int]:
    """From where to where the tune goes, a tone more at the bottom, inside what the instrument can play."""
    played = instrument(track.instrument)
    pitches = [_midi(n) for n in track.notes]
    return max(played.low, min(pitches) - 2), max(min(played.high, max(pitches)), min(pitches) + 7)


def _ringing(before: Sequence[Note]) -> int:
    """The tick at which the last note before the stretch ends."""
    return max((n.onset + n.duration for n in before[-2:]), default=0)


def _plain(notes: Sequence[Note]) -> list[tuple[int, int, int]]:
    return [(n.onset, n.duration, _midi(n)) for n in notes if not n.grace]


def _midi(note: Note) -> int:
    return note.pitch.midi if isinstance(note.pitch, Pitch) else 0
