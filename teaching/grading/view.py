"""One item's stretch of a submission, with what tells where in it something lies."""

from __future__ import annotations

from dataclasses import dataclass

from partimento.teaching.exercises.worksheet import Item, Line
from partimento.teaching.grading.marks import Remark
from partimento.teaching.grading.submission import Said, Written
from partimento.theory.pitch import Pitch


@dataclass(frozen=True, slots=True)
class View:
    """The item, its first bar's number, and the student's notes and texts with ticks from the item's start.

    `spelled` is False where the file knows no spelling.
    """

    item: Item
    first_bar: int
    notes: tuple[Written, ...]
    texts: tuple[Said, ...]
    spelled: bool = True

    def remark(
        self, tick: int, rule: str, what: str, hints: tuple[str, str], answer: str, lost: float, voice: str = ""
    ) -> Remark:
        """A remark on a tick of the item."""
        bar, place = divmod(tick, self.item.meter.bar)
        beat = self.item.meter.beat_at(place)
        within = (place - self.item.meter.beats[beat]) / self.item.meter.beat_lengths[beat]
        return Remark(self.first_bar + bar, beat + 1 + within, voice, rule, what, hints, answer, lost)

    def on_staff(self, staff: int) -> tuple[Written, ...]:
        """The notes of a staff."""
        return tuple(note for note in self.notes if note.staff == staff)

    def same(self, one: Pitch, other: Pitch) -> bool:
        """Whether two pitches are the same as far as the file can tell."""
        return one == other if self.spelled else one.midi == other.midi

    def same_name(self, one: Pitch, other: Pitch) -> bool:
        """Whether two pitches have one name, whatever their octaves."""
        if self.spelled:
            return one.pitch_class == other.pitch_class
        return one.midi % 12 == other.midi % 12

    def givens(self) -> tuple[tuple[int, int, Pitch], ...]:
        """The given notes that are to stay: (staff, onset, pitch)."""
        kept = set(_pitches(self.item.answer))
        return tuple(place for place in _pitches(self.item.given) if place in kept)

    def missing_givens(self) -> tuple[tuple[int, int, Pitch], ...]:
        """Given notes that the student has not got: (staff, onset, pitch); what the key itself drops may go."""
        found = {(note.staff, note.onset, note.pitch if self.spelled else note.pitch.midi) for note in self.notes}
        return tuple(
            (staff, onset, pitch)
            for staff, onset, pitch in self.givens()
            if (staff, onset, pitch if self.spelled else pitch.midi) not in found
        )


def _pitches(lines: tuple[Line, ...]) -> list[tuple[int, int, Pitch]]:
    return [(line.staff, cell.onset, pitch) for line in lines for cell in line.cells for pitch in cell.pitches]
