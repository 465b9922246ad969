"""One part's written bars as the notes that are played: bars in playing order, ties joined, verses chosen.

Conventions: absolute ticks; a tie joins a note to the one of its pitch that ends where it begins, of its own voice
before another's; of a chain of ties the first note's marks count, and the last one's slur.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from partimento.score.importing.sheet import PartBar, RawNote
from partimento.score.song import Drum, Note
from partimento.theory.pitch import Pitch

_SLACK = 2
_MOST_OPEN = 16
_STOPS = (".", ";", ":", "!", "?")
"""Signs at a syllable's end with which a line of words ends; a comma may stand within one."""

Label = tuple[int, str]


@dataclass(frozen=True, slots=True)
class Played:
    """A bar as it is played: the index of what is written, the pass (from 1), and the tick at which it starts."""

    bar: int
    times: int
    start: int


@dataclass(slots=True)
class _Chain:
    """A note that may still be prolonged."""

    first: RawNote
    start: int
    end: int
    slurred: bool
    lyric: str | None
    fermata: bool
    breath: bool


@dataclass(frozen=True, slots=True)
class PlayedPart:
    """A part's notes in playing order; `fermatas` are onsets of notes that carry one, `breaths` ends of notes that a
    breath mark, or in words a full stop or its like, follows."""

    notes: tuple[Note, ...]
    fermatas: tuple[int, ...]
    breaths: tuple[int, ...]


def voice_numbers(bars: Iterable[PartBar]) -> dict[Label, int]:
    """Each (staff, voice) of a part to its number from 0: by staff, then by label, numbers in their order."""
    labels = {note.voice for bar in bars for note in bar.notes}
    return {label: i for i, label in enumerate(sorted(labels, key=_order))}


def _order(label: Label) -> tuple[int, int, str]:
    staff, voice = label
    return staff, int(voice) if voice.isdecimal() and len(voice) < 6 else 0, voice


def played_part(bars: Sequence[PartBar], order: Iterable[Played]) -> PlayedPart:
    """A part in playing order, its notes sorted by onset and number."""
    chains: list[_Chain] = []
    open_: dict[Pitch | Drum, list[_Chain]] = {}
    for played in order:
        if played.bar >= len(bars):
            continue
        for raw in sorted(bars[played.bar].notes, key=lambda note: note.onset):
            _add(raw, played, chains, open_)
    _make_room(chains)
    voices = voice_numbers(bars)
    notes = [_note(chain, voices) for chain in chains]
    return PlayedPart(
        tuple(sorted(notes, key=lambda n: (n.onset, n.number, n.voice))),
        tuple(sorted({chain.start for chain in chains if chain.fermata})),
        tuple(sorted({chain.end for chain in chains if chain.breath or _ends_words(chain.lyric)})),
    )


def _ends_words(syllable: str | None) -> bool:
    return syllable is not None and syllable.rstrip("\"'”’»)")[-1:] in _STOPS


def _add(raw: RawNote, played: Played, chains: list[_Chain], open_: dict[Pitch | Drum, list[_Chain]]) -> None:
    start = max(0, played.start + raw.onset)
    end = start + max(1, raw.duration)
    waiting = open_.get(raw.pitch, [])
    if waiting and not raw.grace:
        # Some files end no tie: a note of the same voice that follows at once ends it all the same.
        ready = [c for c in waiting if abs(c.end - start) <= _SLACK and (raw.tie_stop or c.first.voice == raw.voice)]
        ready.sort(key=lambda c: c.first.voice != raw.voice)
        if ready:
            chain = ready[0]
            chain.end, chain.slurred = end, raw.slurred
            chain.fermata, chain.breath = chain.fermata or raw.fermata, raw.breath
            if not raw.tie_start:
                waiting.remove(chain)
            return
    chain = _Chain(raw, start, end, raw.slurred, _lyric(raw, played.times), raw.fermata, raw.breath)
    chains.append(chain)
    if raw.tie_start and not raw.grace:
        open_[raw.pitch] = [c for c in waiting[-_MOST_OPEN:] if c.end >= start - _SLACK] + [chain]


def _make_room(chains: Sequence[_Chain]) -> None:
    """End the note before a grace note, in its voice, where the grace note begins."""
    last: dict[Label, list[_Chain]] = {}
    for chain in sorted(chains, key=lambda c: c.start):
        sounding = last.get(chain.first.voice, [])
        if sounding and sounding[0].start == chain.start:
            sounding.append(chain)
            continue
        if chain.first.grace:
            for before in sounding:
                before.end = min(before.end, chain.start)
        last[chain.first.voice] = [chain]


def _lyric(raw: RawNote, times: int) -> str | None:
    """The syllable of this pass: the verse of its number, else the first verse."""
    return next((text for number, text in raw.verses if number == str(times)), raw.verses[0][1] if raw.verses else None)


def _note(chain: _Chain, voices: dict[Label, int]) -> Note:
    raw = chain.first
    articulation = raw.articulation or ("legato" if chain.slurred and not raw.grace else "")
    length = chain.end - chain.start
    voice = voices[raw.voice]
    return Note(chain.start, length, raw.pitch, raw.velocity, voice, articulation, raw.grace, chain.lyric)
