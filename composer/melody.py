"""The lead: motif, phrase and period over a song's sections, fitted to the chords that sound.

Convention: a section's material is written once; sections that return state it again, changed a little and, on the last
return, raised at its peak. All draws derive from the material, so that one section's line does not move another's.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field

from partimento.arrangement.resolution import changes_of, is_strict, resolved
from partimento.arrangement.style import SectionSpec, Style
from partimento.composer.melody_ending import end_lead
from partimento.composer.melody_finish import finish
from partimento.composer.melody_forms import join, raise_peak, write_section
from partimento.composer.melody_harmony import HarmonyMap
from partimento.composer.melody_leaning import LEVEL, leaning_traits
from partimento.composer.melody_memory import PASSES, unremembered
from partimento.composer.melody_neural import Heard, Singer, plain, singer_of
from partimento.composer.melody_neural_choice import true_of
from partimento.composer.melody_pitch import LineDrawer
from partimento.composer.melody_plan import SongTraits, draw_traits
from partimento.composer.melody_view import Book, SectionView, Written
from partimento.composer.neural.muse import RULES_ALONE, Muse
from partimento.composer.solo import write_solo_section
from partimento.score.decision import Decision, Where
from partimento.score.instruments import Instrument
from partimento.score.song import Note, Section, Song
from partimento.score.stream import Stream
from partimento.score.timeline import Timeline
from partimento.theory.pitch import Pitch

SOLOS = ("solo", "fours")


def write_lead(
    song: Song,
    style: Style,
    instrument: Instrument,
    low: int,
    high: int,
    *,
    only_sections: Collection[int] | None = None,
    muse: Muse = RULES_ALONE,
    heard: Heard | None = None,
) -> tuple[tuple[Note, ...], tuple[Decision, ...]]:
    """The lead line of a song, sorted, one note at a time, inside [0, song.end] and MIDI [low, high].

    `only_sections` limits it to those section indices (another instrument may take the rest); the tune is the same
    whoever plays it, but for the register. `heard` is what nets wrote of this song for others, and takes what is new.
    """
    lead = _Lead(song, style, instrument, low, high, muse, {} if heard is None else heard)
    return lead.write(only_sections)


def write_solo(
    song: Song, style: Style, instrument: Instrument, low: int, high: int
) -> tuple[tuple[Note, ...], tuple[Decision, ...]]:
    """The solo sections alone, for an instrument that takes them over from the lead."""
    solos = [i for i, section in enumerate(song.sections) if section.lead in SOLOS]
    return write_lead(song, style, instrument, low, high, only_sections=solos)


@dataclass(slots=True)
class _Lead:
    song: Song
    style: Style
    instrument: Instrument
    low: int
    high: int
    muse: Muse
    heard: Heard
    book: Book = field(default_factory=Book)
    written: list[Written] = field(default_factory=list)

    def write(self, only: Collection[int] | None) -> tuple[tuple[Note, ...], tuple[Decision, ...]]:
        song, style = self.song, self.style
        stream = Stream(song.brief.seed, "melody", song.brief.take)
        timeline = Timeline(song)
        low, high = self.low, max(self.high, self.low + 7)
        lean, traits = LEVEL, draw_traits(song, style, low, high, stream.sub("traits"))
        if self.muse.melody is not None:
            lean, traits = leaning_traits(song, style, low, high, stream)
        field_ = HarmonyMap(timeline, traits.scale, traits.chromatic)
        drawer = LineDrawer(traits.pitch, low, high)
        last_of = {section.material: i for i, section in enumerate(song.sections)}
        highest = _climax_section(song, traits)
        final = max((i for i, s in enumerate(song.sections) if s.lead not in ("none", "")), default=-1)
        decisions: list[Decision] = [_traits_decision(traits)]
        singer = singer_of(self.muse, song, timeline, field_, drawer, traits, lean, self.heard)
        before = 0
        sung: list[Written] = []
        for index, section in enumerate(song.sections):
            if section.lead in ("none", ""):
                continue
            view = SectionView(
                index,
                section,
                _spec(style, section),
                tuple(timeline.section_bars(index)),
                traits,
                last=last_of[section.material] == index and section.variation > 0,
                climax=index == highest,
                final=index == final,
            )
            if section.lead in SOLOS:
                part, told = write_solo_section(view, style, field_, drawer, stream, before)
            else:
                part, told = write_section(view, style, field_, drawer, stream, self.book, before, singer)
            if index == final:
                part, more = end_lead(song, view, style, field_, part, traits, stream.sub("ending"))
                told += more
            if view.climax and part:
                so_far = max((n.midi for n in sung), default=0)
                until = song.ending.start if index == final else section.end
                part, more = raise_peak(view, part, so_far, until)
                told += more
            if section.lead not in SOLOS:
                sung.extend(part)
            if singer is not None:
                singer.sung.extend(plain(part))
            if only is None or index in only:
                self.written.extend(join(self.written, part, section.start, traits.quick))
                decisions.extend(told)
            if part:
                before = part[-1].midi
        notes = self._finished(singer, timeline, traits, stream, low, high)
        return notes, tuple(true_of(decisions, self.written) if singer is not None else decisions)

    def _finished(
        self, singer: Singer | None, timeline: Timeline, traits: SongTraits, stream: Stream, low: int, high: int
    ) -> tuple[Note, ...]:
        """The written notes as they stand on the page; no run of them is one that a net was taught."""
        song, style = self.song, self.style
        notes: tuple[Note, ...] = ()
        for _ in range(PASSES):
            notes = finish(self.written, song, style, self.instrument, timeline, traits, stream.sub("finish"))
            if is_strict(style):
                notes = resolved(notes, changes_of(song, style), low, high, outer=True)
            if singer is None:
                break
            heard = [(n.onset, n.pitch.midi) for n in notes if isinstance(n.pitch, Pitch)]
            before, self.written = self.written, unremembered(self.written, heard, singer.runs, low, high)
            if self.written == before:
                break
        return notes


def _spec(style: Style, section: Section) -> SectionSpec:
    found = style.sections.get(section.kind)
    return found if found is not None else SectionSpec(energy=section.energy)


def _climax_section(song: Song, traits: SongTraits) -> int:
    """The section that holds the song's highest note: the last of those that lie highest, solos aside."""
    best, height = -1, 0.0
    for index, section in enumerate(song.sections):
        if section.lead in ("none", "", *SOLOS):
            continue
        value = traits.centres[index] + section.energy
        if value >= height - 0.2:
            best, height = index, max(height, value)
    return best


def _traits_decision(traits: SongTraits) -> Decision:
    return Decision(
        Where(track="lead"),
        "melody",
        "melody.traits",
        (
            ("manner", traits.manner),
            ("scale", traits.scale),
            ("notes a bar", traits.rhythm.notes),
            ("span", traits.span),
            ("likeness", round(traits.likeness, 2)),
            ("steps", round(traits.pitch.step, 2)),
        ),
    )
