"""The full score of a Song, and one player's part out of it.

Conventions: parts stand in score order; a track without notes is left out, and a solo keyboard player's two hands are
one part. Transposing winds are written transposed (`Part.transposes`), unless `concert`. Guitars and basses keep the
pitches that sound, under the clefs treble8vb and bass8vb, which say the octave; their `transposes` is (0, 0). Voices of
the first staff are 1 and 2, of the second 5 and 6. Chord symbols stand over the top part, or where that transposes over
the first that plays chords, and in a part page over that part.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass, replace

from partimento.score.instruments import Instrument, instrument
from partimento.score.notation.bars import by_bar, page_bars
from partimento.score.notation.chord_symbols import chord_symbols
from partimento.score.notation.drum_staff import drum_sounds
from partimento.score.notation.dynamics_of import dynamics
from partimento.score.notation.events import bar_events, whole_rest
from partimento.score.notation.hands import two_hands
from partimento.score.notation.page import Bar, Direction, Event, Harmony, Measure, Page, Part, Voice
from partimento.score.notation.part_names import ORCHESTRAL, abbreviation, in_score_order, solo_name
from partimento.score.notation.pedalling import pedals
from partimento.score.notation.playing_words import percussion_words, playing_words
from partimento.score.notation.slurs import with_slurs
from partimento.score.notation.solo_keyboard import hands_of
from partimento.score.notation.sounds import Grid, Sound, pitched_sounds, single
from partimento.score.notation.staves import clef_of, clefs_read, is_line, line_clef, with_changes
from partimento.score.notation.swing import swing_of
from partimento.score.notation.tempo_marks import tempo_marks
from partimento.score.notation.transposing import UNISON, part_interval
from partimento.score.notation.voices import Slab, slabs, two_voices
from partimento.score.song import Drum, Song, Track
from partimento.theory.chord import Chord
from partimento.theory.errors import BriefError, ScoreFormatError, nearest
from partimento.theory.interval import Interval

VOICES_A_STAFF = 4
"""Voice numbers of a staff: 1-4 of the first, 5-8 of the second; two of each are used."""


@dataclass(frozen=True, slots=True)
class _Line:
    """A voice through the whole piece."""

    number: int
    staff: int
    slabs: tuple[Slab, ...]


_LINES = ("lead", "harmony", "counter", "answer")
"""Roles whose single line stands on one staff, also when a keyboard plays it."""


_HELD = ("pad", "texture")
"""Roles that one hand of a keyboard may hold, the other having nothing to do."""


def full_score(song: Song, *, concert: bool = False) -> Page:
    """The page of all parts. `concert` writes every part as it sounds. ScoreFormatError where the song has no bar."""
    bars = page_bars(song)
    if not bars:
        raise ScoreFormatError("The song has no bars: there is nothing to write on a page.")
    grid = Grid(bars)
    played = in_score_order([(track, _instrument(track)) for track in song.tracks if track.notes], song.brief.genre)
    alone = hands_of(played)
    if alone is not None:
        parts = [_part(song, alone[0], played[0][1], bars, grid, concert, alone[1])]
    else:
        parts = [_part(song, track, kind, bars, grid, concert) for track, kind in played]
    swing, ratio = swing_of(song)
    page = Page(song.title, "score", bars, tuple(parts), tempo_marks(song, bars, swing), swing, ratio)
    return _with_harmonies(page, chord_symbols(song))


def part_page(page: Page, track: str) -> Page:
    """One player's part out of a score, chord symbols over it; BriefError where there is no such part."""
    for part in page.parts:
        if part.track == track:
            break
    else:
        names = [part.track for part in page.parts]
        raise BriefError(f"No part '{track}': there are {', '.join(names) or 'none'}.{nearest(track, names)}")
    harmonies = [
        replace(harmony, chord=_moved(harmony, -Interval(*top.transposes)))
        for top in page.parts
        for measure in top.measures
        for harmony in measure.harmonies
    ]
    alone = replace(page, parts=(_bare(part),), kind="part", subtitle=part.name)
    return _with_harmonies(alone, harmonies) if part.clefs != ("percussion",) else alone


def _instrument(track: Track) -> Instrument:
    try:
        return instrument(track.instrument)
    except BriefError:
        drums = any(isinstance(note.pitch, Drum) for note in track.notes)
        return instrument("percussion" if drums else "piano")


def _part(
    song: Song,
    track: Track,
    kind: Instrument,
    bars: Sequence[Bar],
    grid: Grid,
    concert: bool,
    left: Track | None = None,
) -> Part:
    """The part of a track; of a solo keyboard piece `track` is the right hand's and `left` the left's."""
    interval = UNISON
    name = track.name if left is None else solo_name(track)
    changes: list[Direction] = []
    drums = any(isinstance(note.pitch, Drum) for note in track.notes)
    if drums:
        clefs: tuple[str, ...] = ("percussion",)
        hands, feet = drum_sounds(track, grid)
        lines = [_Line(1, 1, tuple(slabs(hands))), _Line(2, 1, tuple(slabs(feet)))]
        sounds = sorted(hands + feet, key=lambda s: s.onset)
    else:
        interval = part_interval(kind, [bar.key for bar in bars], concert)
        sounds = pitched_sounds(track, grid)
        clefs, staves = _staves(kind, sounds, track.role)
        if left is not None:
            clefs, staves = ("treble", "bass"), [sounds, pitched_sounds(left, grid)]
            sounds = sorted(staves[0] + staves[1], key=lambda s: s.onset)
        orchestral = song.brief.genre in ORCHESTRAL
        read = [clefs_read(kind, clef, len(clefs) == 2, orchestral) for clef in clefs]
        clefs, changes = _clefs(read, staves, bars)
        lines = []
        for staff, here in enumerate(staves, start=1):
            role = left.role if left is not None and staff == 2 else track.role
            for k, voice in enumerate(two_voices(here)):
                line = with_slurs(single(voice), role, kind, song.sections, bars)
                lines.append(_Line((staff - 1) * VOICES_A_STAFF + k + 1, staff, tuple(slabs(line))))
    said = changes + playing_words(kind.name, sounds)
    if drums and "percussion" in (track.role, kind.name):
        said += percussion_words(sounds, song.sections)
    said += dynamics(track, sounds, song.sections, bars[-1].meter.bar) + pedals(left or track, len(clefs), grid.end)
    played = next((part for part in song.performance.tracks if part.name == track.name), None)
    return Part(
        track.name,
        name,
        abbreviation(name, track.role, kind),
        kind.name,
        track.role,
        clefs,
        _measures(bars, lines, said, interval),
        (interval.steps, interval.semitones),
        played.channel if played else 9 if drums else 0,
        played.program if played else kind.program,
        tuple(sorted({n.pitch for n in track.notes if isinstance(n.pitch, Drum)}, key=lambda d: d.value)),
    )


def _staves(kind: Instrument, sounds: Sequence[Sound], role: str) -> tuple[tuple[str, ...], list[list[Sound]]]:
    """The clefs, top first, and each staff's sounds; one staff where one hand has nothing to do, and for a tune."""
    if kind.clef != "grand":
        return (clef_of(kind),), [list(sounds)]
    if role in _LINES and is_line(sounds):
        return (line_clef(sounds),), [list(sounds)]
    right, left = two_hands(sounds)
    if not left:
        return ("treble",), [right]
    # A keyboard player expects both staves, but for a drone that one hand holds.
    if not right and (kind.hands != "piano" or role in _HELD):
        return ("bass",), [left]
    return ("treble", "bass"), [right, left]


def _clefs(
    read: Sequence[Sequence[str]], staves: Sequence[Sequence[Sound]], bars: Sequence[Bar]
) -> tuple[tuple[str, ...], list[Direction]]:
    """The clefs that the staves begin with, and where they change."""
    first: list[str] = []
    changes: list[Direction] = []
    for staff, (choices, sounds) in enumerate(zip(read, staves, strict=True), start=1):
        begins, found = with_changes(choices, sounds, bars, staff)
        first.append(begins)
        changes += found
    return tuple(first), sorted(changes, key=lambda change: change.onset)


def _measures(
    bars: Sequence[Bar], lines: Sequence[_Line], said: Sequence[Direction], interval: Interval
) -> tuple[Measure, ...]:
    starts = [[slab.onset for slab in line.slabs] for line in lines]
    out = []
    for bar, directions in zip(bars, by_bar(bars, said), strict=True):
        here = []
        for line, onsets in zip(lines, starts, strict=True):
            first = bisect_left(onsets, bar.start)
            if first and line.slabs[first - 1].end > bar.start:
                first -= 1
            here.append(line.slabs[first : bisect_left(onsets, bar.end)])
        out.append(Measure(_voices(bar, lines, here, interval), directions))
    return tuple(out)


def _voices(
    bar: Bar, lines: Sequence[_Line], here: Sequence[tuple[Slab, ...]], interval: Interval
) -> tuple[Voice, ...]:
    out = []
    for staff in sorted({line.staff for line in lines}):
        mine = [(line, found) for line, found in zip(lines, here, strict=True) if line.staff == staff]
        active = [(line, found) for line, found in mine if found]
        upper = mine[0][0]
        if not active:
            out.append(Voice(upper.number, staff, whole_rest(bar)))
            continue
        if len(active) == 1 and active[0][0] is not upper:
            out.append(Voice(upper.number, staff, whole_rest(bar, hidden=True)))
        for line, found in active:
            lower = line is not upper
            events = bar_events(bar, found, interval, hide_rests=lower and len(active) > 1)
            stem = "" if len(active) == 1 else "down" if lower else "up"
            out.append(Voice(line.number, staff, _stemmed(events, stem)))
    return tuple(out)


def _stemmed(events: tuple[Event, ...], stem: str) -> tuple[Event, ...]:
    if not stem:
        return events
    return tuple(replace(event, stem=stem) if event.notes and not event.grace else event for event in events)


def _with_harmonies(page: Page, harmonies: Sequence[Harmony]) -> Page:
    """The page with chord symbols over one part, transposed as that is."""
    if not page.parts or not harmonies:
        return page
    at = _symbols_host(page.parts)
    host = page.parts[at]
    interval = Interval(*host.transposes)
    moved = [replace(harmony, chord=_moved(harmony, interval)) for harmony in harmonies]
    rows = zip(host.measures, by_bar(page.bars, moved), strict=True)
    host = replace(host, measures=tuple(replace(measure, harmonies=here) for measure, here in rows))
    return replace(page, parts=(*page.parts[:at], host, *page.parts[at + 1 :]))


def _symbols_host(parts: Sequence[Part]) -> int:
    """The top part, or where that transposes the first of those that play chords, or another that sounds as written."""
    sounding = [i for i, part in enumerate(parts) if not Interval(*part.transposes).fifths and not part.drums]
    chordal = [i for i in sounding if i == 0 or parts[i].role == "comp" or len(parts[i].clefs) == 2]
    return (chordal or sounding or [0])[0]


def _moved(harmony: Harmony, interval: Interval) -> Chord | None:
    return harmony.chord.up(interval.fifths) if harmony.chord else None


def _bare(part: Part) -> Part:
    return replace(part, measures=tuple(replace(measure, harmonies=()) for measure in part.measures))
