"""Which parts of a piece a page shows, and on which staves.

Conventions: a "full" view has every part, a "lead" view the tune and the bass. Four single voices stand on two staves,
as in a hymn book, where they hardly pause; other parts keep a staff each, in the clef that their notes call for.
"""

from __future__ import annotations

from dataclasses import replace

from partimento.score.notation.full_score import full_score
from partimento.score.notation.page import Event, Measure, Page, Part, Voice
from partimento.score.song import ChordSymbol, Drum, Note, Song, Track
from partimento.teaching.subject import Subject
from partimento.theory.errors import BriefError, RenderError, nearest

VIEWS = ("auto", "full", "lead")
FULL_LINES = 6
"""A piece of no more lines, and without drums, is shown in full. Taste: more do not fit a screen."""

FULL_NOTES = 6000
"""Nor a piece of more notes, whose page would grow too large."""

LEAST_TUNE = 8
"""A part that has so many notes of the tune while no other has them stands in a lead view. Taste: two bars' worth."""

MOST_SILENT = 0.1
"""The share of bars for which a voice on a hymn's two staves may pause; chorales hardly do, quartets often."""

LOW = 57
"""The mean MIDI number under which a part reads better in bass clef than in treble: below A3."""

_LOWER = 4
"""How much further the voices of a lower staff are counted."""


def chosen_view(subject: Subject, view: str) -> str:
    """ "full" or "lead": what was asked for, or what suits the piece. BriefError for an unknown view."""
    if view not in VIEWS:
        raise BriefError(f"Unknown view of a score '{view}': valid are {', '.join(VIEWS)}.{nearest(view, VIEWS)}")
    if view != "auto":
        return view
    tracks = subject.song.tracks
    small = len(subject.piece.voices) <= FULL_LINES and sum(len(track.notes) for track in tracks) <= FULL_NOTES
    return "full" if small and not any(_is_drums(track) for track in tracks) else "lead"


def view_page(subject: Subject, view: str, span: tuple[int, int] | None = None) -> Page:
    """The Page of a view, "full" or "lead", at sounding pitch; chord symbols are those that are told of.

    With `span` it has these bars alone; RenderError where they are silent.
    """
    song = subject.song if subject.recorded else replace(subject.song, chords=_found_symbols(subject))
    tracks = (song.tracks if view == "full" else _leading(subject, song)) or song.tracks
    if span is not None:
        tracks = tuple(_clipped(track, span) for track in tracks)
        if not any(track.notes for track in tracks):
            raise RenderError("no note sounds in these bars")
    page = full_score(replace(song, tracks=tracks), concert=True)
    numbers = {bar.start: bar.number for bar in subject.music.bars}
    page = replace(page, bars=tuple(replace(bar, number=numbers.get(bar.start, bar.number)) for bar in page.bars))
    if span is not None:
        page = _excerpt(page, span)
    if view == "full" and _is_choral(page):
        return replace(page, parts=(_closed(page),))
    return replace(page, parts=tuple(_readable(_without_pedal(part)) for part in page.parts))


def _clipped(track: Track, span: tuple[int, int]) -> Track:
    """A track's notes in a span; what sounds into it or out of it is cut at its ends."""

    def clipped(note: Note) -> Note:
        start = max(note.onset, span[0])
        return replace(note, onset=start, duration=min(note.onset + note.duration, span[1]) - start)

    notes = (note for note in track.notes if note.onset < span[1] and note.onset + note.duration > span[0])
    return replace(track, notes=tuple(map(clipped, notes)))


def _excerpt(page: Page, span: tuple[int, int]) -> Page:
    """The bars of a page that begin in a span, in the meter, key, clefs, tempo and harmony that hold there."""
    chosen = [index for index, bar in enumerate(page.bars) if span[0] <= bar.start < span[1]]
    first, last = chosen[0], chosen[-1] + 1
    bars = list(page.bars[first:last])
    bars[0] = replace(bars[0], shows_meter=True, shows_key=True)
    before = [mark for mark in page.tempos if mark.onset <= bars[0].start][-1:]
    tempos = [replace(mark, onset=bars[0].start) for mark in before]
    tempos += [mark for mark in page.tempos if bars[0].start < mark.onset < bars[-1].end]
    parts = tuple(_part_excerpt(part, first, last, bars[0].start) for part in page.parts)
    return replace(page, bars=tuple(bars), parts=parts, tempos=tuple(tempos))


def _part_excerpt(part: Part, first: int, last: int, start: int) -> Part:
    clefs = list(part.clefs)
    for measure in part.measures[:first]:
        for mark in measure.directions:
            if mark.kind == "clef":
                clefs[mark.staff - 1] = mark.text
    measures = list(part.measures[first:last])
    earlier = [symbol for measure in part.measures[:first] for symbol in measure.harmonies][-1:]
    here = measures[0].harmonies
    if earlier and earlier[0].chord is not None and (not here or here[0].onset > start):
        measures[0] = replace(measures[0], harmonies=(replace(earlier[0], onset=start), *here))
    return replace(part, clefs=tuple(clefs), measures=tuple(measures))


def _found_symbols(subject: Subject) -> tuple[ChordSymbol, ...]:
    return tuple(ChordSymbol(h.start, h.end - h.start, h.chord, h.key, h.numeral) for h in subject.music.harmony)


def _leading(subject: Subject, song: Song) -> tuple[Track, ...]:
    """The tracks that lead, those that have the tune for a while, and the bass; where none leads the highest."""
    pitched = [track for track in song.tracks if track.notes and not _is_drums(track)]
    leads = [track for track in pitched if track.role == "lead"]
    basses = [track for track in pitched if track.role == "bass"][:1]
    if not leads:
        others = [track for track in pitched if track not in basses]
        leads = sorted(others, key=lambda t: -sum(n.number for n in t.notes) / len(t.notes))[:1]
    tune = {(tone.onset, tone.pitch.midi) for tone in subject.music.tune} if subject.recorded else set()
    for track in leads:
        tune -= _struck(track)
    for track in pitched:
        if track not in leads and track not in basses and len(tune & _struck(track)) >= LEAST_TUNE:
            leads.append(track)
            tune -= _struck(track)
    return (*leads, *basses)


def _struck(track: Track) -> set[tuple[int, int]]:
    return {(note.onset, note.number) for note in track.notes}


def _is_drums(track: Track) -> bool:
    return any(isinstance(note.pitch, Drum) for note in track.notes[:1])


def _without_pedal(part: Part) -> Part:
    measures = (replace(m, directions=tuple(d for d in m.directions if d.kind != "pedal")) for m in part.measures)
    return replace(part, measures=tuple(measures))


def _readable(part: Part) -> Part:
    """A part in treble clef that lies low, in bass clef."""
    changes = any(d.kind == "clef" for m in part.measures for d in m.directions)
    if part.clefs != ("treble",) or changes or not 0 < _height(part) < LOW:
        return part
    return replace(part, clefs=("bass",))


def _height(part: Part) -> float:
    """The mean MIDI number of a part's notes, 0 without any."""
    numbers = [note.pitch.midi for m in part.measures for v in m.voices for event in v.events for note in event.notes]
    return sum(numbers) / len(numbers) if numbers else 0.0


def _is_choral(page: Page) -> bool:
    """Whether there are four parts of one voice each, from high to low, that hardly pause."""
    if len(page.parts) != 4:
        return False
    silent = max(sum(not any(event.notes for v in m.voices for event in v.events) for m in part.measures)
                 for part in page.parts)  # fmt: skip
    heights = [_height(part) for part in page.parts]
    falls = all(upper >= lower for upper, lower in zip(heights, heights[1:], strict=False))
    return (
        silent <= MOST_SILENT * len(page.bars)
        and falls
        and all(
            len(part.clefs) == 1 and not part.drums and all(len(measure.voices) == 1 for measure in part.measures)
            for part in page.parts
        )
    )


def _closed(page: Page) -> Part:
    """Four parts as one on two staves: stems up for the upper voice of each, down for the lower."""
    soprano = page.parts[0]
    measures = []
    for row in zip(*(part.measures for part in page.parts), strict=True):
        voices = []
        for place, measure in enumerate(row):
            staff, lower = divmod(place, 2)
            events = tuple(_stemmed(event, "down" if lower else "up") for event in measure.voices[0].events)
            events = events if place == 0 else tuple(replace(event, lyric=None) for event in events)
            voices.append(Voice(staff * _LOWER + lower + 1, staff + 1, events))
        measures.append(Measure(tuple(voices), (), row[0].harmonies))
    return replace(soprano, name="", abbreviation="", clefs=("treble", "bass"), measures=tuple(measures))


def _stemmed(event: Event, stem: str) -> Event:
    return replace(event, stem=stem) if event.notes and not event.grace else event
