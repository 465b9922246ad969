"""The lead sheet: melody, chord symbols, sections, tempo and feel on one staff, as a band reads it on stage.

Conventions: concert pitch; repeats with first and second endings where bars return unchanged, never D.C. or D.S.; four
bars a line from each section's beginning. Where the melody is silent for long, and in solos, there are slashes: a
slash is a note of head "slash", velocity 1 and no stem, and is not music (`partimento.score.notation.repeats`
unfolds the rest exactly).
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import replace

from partimento.score.instruments import instrument
from partimento.score.notation.events import whole_rest
from partimento.score.notation.full_score import full_score
from partimento.score.notation.lead_sheet_bars import Chart, chart
from partimento.score.notation.lead_sheet_words import style_words
from partimento.score.notation.page import (
    KINDS,
    Bar,
    Direction,
    Event,
    Harmony,
    Measure,
    Page,
    PageNote,
    Part,
    Value,
    Voice,
)
from partimento.score.notation.swing import swing_of
from partimento.score.notation.tempo_marks import tempo_marks
from partimento.score.song import Song, Track
from partimento.score.timeline import Bar as SongBar
from partimento.theory.errors import BriefError
from partimento.theory.pitch import Pitch

BARS_A_LINE = 4
CROWDED = 56
"""Notes on a line from which on it takes half the bars."""

_SLASH = PageNote(Pitch("B", 0, 4), 1, head="slash")
_SLASH_PLACES = {"bass": Pitch("D", 0, 3), "treble8vb": Pitch("B", 0, 3), "treble8va": Pitch("B", 0, 5)}


def lead_sheet(song: Song) -> Page:
    """The song as a lead sheet: a Page of one part on one staff. ScoreFormatError where the song has no bar."""
    prepared = chart(song)
    page = full_score(prepared.song, concert=True)
    clef = _clef(song, prepared)
    bars = _lines(_repeated(page.bars, prepared), prepared)
    music = page.parts[0].measures if page.parts else tuple(Measure((Voice(1, 1, whole_rest(bar)),)) for bar in bars)
    measures = _measures(bars, music, prepared, clef)
    part = _part(song, prepared, clef, measures)
    swing, ratio = swing_of(song)
    tempos = list(tempo_marks(prepared.song, bars, swing))
    if tempos:
        words = style_words(song.brief.genre, swing, tempos[0].bpm, bars[0].meter.compound)
        tempos[0] = replace(tempos[0], text=words)
    return Page(song.title, "lead sheet", bars, (part,), tuple(tempos), swing, ratio)


def _part(song: Song, prepared: Chart, clef: str, measures: tuple[Measure, ...]) -> Part:
    track = _first_player(song, prepared)
    played = next((part for part in song.performance.tracks if track and part.name == track.name), None)
    kind = track.instrument if track else "piano"
    program = played.program if played else _program(kind)
    return Part("Melody", "Melody", "Mel.", kind, "lead", (clef,), measures, channel=0, program=program)


def _program(name: str) -> int:
    try:
        return instrument(name).program
    except BriefError:
        return 0


def _first_player(song: Song, prepared: Chart) -> Track | None:
    names = [name for name in prepared.line.players if name]
    return song.track(names[0]) if names else None


def _clef(song: Song, prepared: Chart) -> str:
    """Where the melody lies; an instrument that reads bass clef keeps it unless the melody lies above middle C."""
    numbers = sorted(note.number for note in prepared.line.notes)
    if not numbers:
        return "treble"
    middle = numbers[len(numbers) // 2]
    track = _first_player(song, prepared)
    try:
        own = instrument(track.instrument).clef if track else "treble"
    except BriefError:
        own = "treble"
    if middle < 50 or (own in ("bass", "bass8vb") and middle <= 60):
        return "bass"
    if middle < 60 or numbers[len(numbers) // 5] < 55:  # or every fifth note would hang from ledger lines
        return "treble8vb"
    return "treble8va" if middle > 86 else "treble"


def _repeated(bars: Sequence[Bar], prepared: Chart) -> tuple[Bar, ...]:
    """The page's bars with the fold's repeats and endings."""
    out = []
    for bar, printed in zip(bars, prepared.sheet, strict=True):
        out.append(
            replace(
                bar, repeat_start=printed.repeat_start, repeat_end=printed.repeat_end, volta=printed.volta,
                volta_start=printed.volta_start, volta_stop=printed.volta_stop,
                barline="" if printed.repeat_end else bar.barline,
            )
        )  # fmt: skip
    return tuple(out)


def _lines(bars: Sequence[Bar], prepared: Chart) -> tuple[Bar, ...]:
    """New systems: at sections, and every four bars in them; no bar stands alone, short sections share a line."""
    notes = [note.onset for note in prepared.line.notes]
    marks = [i for i, bar in enumerate(bars) if bar.section or i == 0] + [len(bars)]
    breaks: set[int] = set()
    on_line = BARS_A_LINE
    for first, after in zip(marks, marks[1:], strict=False):
        size = _bars_a_line(prepared, notes, first, after)
        if first and on_line + after - first > size:
            breaks.add(first)
            on_line = 0
        if first == 0:
            on_line = 0
        for i in range(first, after):
            if on_line >= size and after - i > 1 and not (bars[i].volta and not bars[i].volta_start):
                breaks.add(i)
                on_line = 0
            on_line += 0 if bars[i].implicit else 1
    return tuple(replace(bar, new_system=i in breaks) for i, bar in enumerate(bars))


def _bars_a_line(prepared: Chart, notes: Sequence[int], first: int, after: int) -> int:
    """Bars a line of a section, by how many of the melody's onsets come in one."""
    most = 0
    for i in range(first, after, BARS_A_LINE):
        line = [prepared.source(k) for k in range(i, min(i + BARS_A_LINE, after))]
        most = max(most, sum(bisect_left(notes, bar.end) - bisect_left(notes, bar.start) for bar in line))
    return BARS_A_LINE if most < CROWDED else BARS_A_LINE // 2


def _measures(bars: Sequence[Bar], music: Sequence[Measure], prepared: Chart, clef: str) -> tuple[Measure, ...]:
    out = []
    for i, (bar, measure) in enumerate(zip(bars, music, strict=True)):
        voices = measure.voices
        if prepared.slashed[prepared.sheet[i].sources[0]]:
            voices = (Voice(1, 1, _slashes(bar, clef)),)
        out.append(Measure(voices, _words(bars, prepared, i), _harmonies(bars, prepared, i)))
    return tuple(out)


def _slashes(bar: Bar, clef: str) -> tuple[Event, ...]:
    """A slash a felt beat."""
    place = _SLASH_PLACES.get(clef, _SLASH.pitch)
    # As the key has it: a natural would call for reminders in the next bar.
    tone = next(tone for tone in bar.key.simplified().tones if tone.letter == place.letter)
    note = replace(_SLASH, pitch=Pitch(place.letter, tone.alter, place.octave))
    values = {Value(kind, dots).ticks: Value(kind, dots) for kind in KINDS for dots in (0, 1)}
    beats = zip(bar.meter.beats, bar.meter.beat_lengths, strict=True)
    return tuple(Event(bar.start + at, length, values[length], (note,), stem="none") for at, length in beats)


def _harmonies(bars: Sequence[Bar], prepared: Chart, i: int) -> tuple[Harmony, ...]:
    """The bar's changes; what holds at its start is said again where a reader arrives from elsewhere."""
    bar, printed = bars[i], prepared.sheet[i]
    source = prepared.source(i)
    (_, held), *inner = prepared.chords.within(source.start, source.end)
    arrives = bool(bar.section) or printed.repeat_start or printed.volta_start or i == 0
    befores = [prepared.chords.at(prepared.bars[s].start - 1) if s else None for s in printed.sources]
    changed = any(before != held for before in befores)
    first = [(0, held)] if changed or (arrives and held is not None) else []
    return tuple(Harmony(bar.start + tick, chord) for tick, chord in [*first, *inner])


def _words(bars: Sequence[Bar], prepared: Chart, i: int) -> tuple[Direction, ...]:
    """Who plays the melody where it changes hands, "Solo" over slashes for one, and how often a repeat is played."""
    bar, source = bars[i], prepared.source(i)
    often = bar.repeat_end > 2 and not bar.volta
    last_beat = max((beat for beat in bar.meter.beats if beat < bar.length), default=0)
    times = (Direction(bar.start + last_beat, "words", f"{bar.repeat_end}\N{MULTIPLICATION SIGN}"),) if often else ()
    return (*_players(bar, source, prepared), *times)


def _players(bar: Bar, source: SongBar, prepared: Chart) -> tuple[Direction, ...]:
    if not bar.section:
        return ()
    section = prepared.song.sections[[s.start for s in prepared.song.sections].index(bar.start)]
    players = prepared.line.players
    now = players[source.section]
    if not now:
        solo = section.lead == "solo" and "solo" not in bar.section.casefold()
        return (Direction(bar.start, "words", "Solo"),) if solo else ()
    before = next((name for name in reversed(players[: source.section]) if name), now)
    return (Direction(bar.start, "words", now),) if now != before else ()
