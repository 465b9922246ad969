"""Lines under a teacher's rules: where a written note breaks one, it takes the nearest pitch that breaks none.

Conventions: only rules that the set takes as errors bind, and `check` alone says what breaks one. Notes are moved as
little as helps, or end with their chord; what nothing helps is left out, a long tone of the tune last of all. A
search over few bars at a time: the faults of a place are counted before and after, and only what makes them fewer is
kept.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from partimento.score.as_analysis import analysis_of
from partimento.score.as_piece import piece_and_notes
from partimento.score.decision import Decision, Where
from partimento.score.instruments import instrument
from partimento.score.song import Note, Song
from partimento.theory.analysis.findings import Analysis
from partimento.theory.analysis.non_chord import find_non_chord_tones
from partimento.theory.analysis.piece import Piece, Tone
from partimento.theory.errors import RuleError
from partimento.theory.interval import Interval
from partimento.theory.meter import TICKS
from partimento.theory.pitch import pitch_at
from partimento.theory.rules.breach import Breach
from partimento.theory.rules.checking import check
from partimento.theory.rules.rule_set import RuleSet
from partimento.theory.rules.table import RULES

ROUNDS = 6
"""How often the whole song is gone through: what mends one place may break the next."""
_REACH = 12
"""Semitones that a note may be moved."""
_FOREIGN = 3
"""What a tone outside its chord costs against a semitone of distance, so that chord tones are preferred."""
_CUTTING = 10
"""What it costs to let a tone end where its chord does."""
_LEAVING_OUT = 40
_SILENCING = 200
"""What it costs to leave a long tone of the tune out, which is done where nothing else is left."""
_PAIRED = 24
"""How many of the cheapest edits are tried two at a time."""


def obeyed_lines(song: Song, rules: RuleSet) -> Song:
    """The song with its lines mended until `check` finds no error; RuleError for what could not be mended."""
    # A part may share its notes with one that it doubles; each shall be mended for itself.
    tracks = tuple(replace(track, notes=tuple(map(replace, track.notes))) for track in song.tracks)
    song = replace(song, tracks=tracks)
    piece, notes = piece_and_notes(song)
    mender = _Mender(song, piece, rules)
    for _ in range(ROUNDS):
        errors = mender.errors(mender.piece())
        if not errors:
            break
        before = len(errors)
        for tick in sorted({breach.tick for breach in errors}):
            mender.mend(tick)
        if len(mender.errors(mender.piece())) >= before and not mender.bolder():
            break
    left = mender.errors(mender.piece())
    if left:
        raise RuleError(_unmet(left, piece, rules))
    return _rewritten(song, rules, piece, notes, mender.tones)


def _unmet(left: Sequence[Breach], piece: Piece, rules: RuleSet) -> str:
    first = left[0]
    bar = next((bar.number for bar in reversed(piece.bars) if bar.start <= first.tick), 0)
    title = RULES[first.rule].title if first.rule in RULES else first.rule
    voices = ", ".join(piece.voices[voice].name for voice in first.voices) or "the chords"
    more = f", and {len(left) - 1} more" if len(left) > 1 else ""
    return (
        f"no song could be found that keeps the rules '{rules.title}': {title} in bar {bar} ({voices}){more};"
        " relax that rule, or try another seed or fewer instruments"
    )


@dataclass(frozen=True, slots=True)
class _Edit:
    """One tone as it shall be, None to leave it out, and what that costs."""

    index: int
    tone: Tone | None
    cost: int


class _Mender:
    """The tones of a piece as they are being mended; `tones[i]` is None where a tone was left out."""

    def __init__(self, song: Song, piece: Piece, rules: RuleSet) -> None:
        self.song, self.rules, self.original = song, rules, piece
        self.tones: list[Tone | None] = list(piece.tones)
        self.analysis = analysis_of(song, piece)
        self.onsets = [tone.onset for tone in piece.tones]
        self.longest = max((tone.duration for tone in piece.tones), default=0)
        self.spans = _spans(song, piece)
        self.width = 1

    def bolder(self) -> bool:
        """From now on two tones may be moved at once; False where they could already."""
        self.width += 1
        return self.width <= 2

    def piece(self, start: int = 0, end: int | None = None, edits: Sequence[_Edit] = ()) -> Piece:
        """The piece as it stands, of what sounds in [start, end) alone, with `edits`."""
        last = self.original.end + self.longest if end is None else end
        first = bisect_left(self.onsets, start - self.longest)
        moved = {edit.index: edit.tone for edit in edits}
        tones = []
        for i in range(first, bisect_left(self.onsets, last)):
            tone = moved.get(i, self.tones[i])
            if tone is not None and tone.end > start:
                tones.append(tone)
        tones.sort(key=lambda tone: (tone.onset, tone.pitch.midi, tone.voice))
        return replace(self.original, tones=tuple(tones))

    def errors(self, piece: Piece) -> list[Breach]:
        """The errors that `check` finds."""
        return [breach for breach in check(piece, self.rules, self._analysis(piece)) if breach.severity == "error"]

    def _analysis(self, piece: Piece) -> Analysis:
        """The song's harmony with the non-chord tones of the piece, and its cadences, as they now are."""
        if self.rules.severity("required-cadence") == "error":
            return analysis_of(self.song, piece)
        if self.rules.severity("dissonance") != "error":
            return self.analysis
        return replace(self.analysis, non_chord=find_non_chord_tones(piece, self.analysis.chords))

    def mend(self, tick: int) -> None:
        """Keeps the cheapest edit that makes the errors round `tick` fewer; edits again as long as one does."""
        bars = self.original.bars
        at = next((i for i, bar in enumerate(bars) if bar.start <= tick < bar.end), len(bars) - 1)
        start, end = bars[max(0, at - 2)].start, bars[min(len(bars) - 1, at + 2)].end
        for _ in range(8):
            errors = self.errors(self.piece(start, end))
            here = [breach for breach in errors if breach.tick == tick]
            if not here:
                return
            best = self._best(here[0], start, end, len(errors))
            if best is None:
                return
            for edit in best:
                self.tones[edit.index] = edit.tone

    def _best(self, breach: Breach, start: int, end: int, errors: int) -> tuple[_Edit, ...] | None:
        best: tuple[int, int, tuple[_Edit, ...]] | None = None
        for edits in self._trials(breach):
            cost = sum(edit.cost for edit in edits)
            if best is not None and best[0] == 0 and cost >= best[1]:
                continue
            left = len(self.errors(self.piece(start, end, edits)))
            if left < errors and (best is None or (left, cost) < best[:2]):
                best = left, cost, edits
        return best[2] if best is not None else None

    def _trials(self, breach: Breach) -> Iterator[tuple[_Edit, ...]]:
        """The edits of single tones near the breach, cheapest first; when bold, of neighbours two at a time too."""
        near = self._near(breach)
        singles = sorted((edit for i in near for edit in self._edits(i)), key=lambda edit: (edit.cost, edit.index))
        for edit in singles:
            yield (edit,)
            doubled = self._doubled(edit)
            if doubled:
                yield (edit, *doubled)
        if self.width > 1:
            for first in singles[:_PAIRED]:
                for second in singles[:_PAIRED]:
                    if first.index < second.index:
                        yield first, second

    def _doubled(self, edit: _Edit) -> list[_Edit]:
        """The same edit for the tones that double an edited one in unison or octaves; they cost nothing more."""
        old = self.tones[edit.index]
        assert old is not None
        found = []
        first = bisect_left(self.onsets, old.onset)
        for i in range(first, bisect_right(self.onsets, old.onset)):
            tone = self.tones[i]
            if i == edit.index or tone is None or tone.pitch.pitch_class != old.pitch.pitch_class:
                continue
            if edit.tone is None:
                found.append(_Edit(i, None, 0))
                continue
            moved = Interval.between(old.pitch, edit.tone.pitch)
            duration = edit.tone.duration if edit.tone.duration != old.duration else tone.duration
            found.append(_Edit(i, tone._replace(pitch=tone.pitch.transposed(moved), duration=duration), 0))
        return found

    def _near(self, breach: Breach) -> list[int]:
        """The tones of the breach's voices that sound at its tick, those before and after; of all voices where none."""
        if breach.rule == "required-cadence":
            # The last sounds may come in one after the other: all of them are the close.
            return [i for i, tone in enumerate(self.tones) if tone is not None and tone.end > breach.tick]
        voices = breach.voices or tuple(range(len(self.original.voices)))
        found = []
        for voice in voices:
            own = [
                i
                for i in range(bisect_left(self.onsets, breach.tick - 2 * self.longest), len(self.onsets))
                if (tone := self.tones[i]) is not None and tone.voice == voice and tone.onset <= breach.tick
            ]
            single = self.original.voices[voice].line
            if single:
                found += [*own[-2:], *self._next(voice, breach.tick)]
            else:
                found += [i for i in own if self.onsets[i] == self.onsets[own[-1]]]
        return sorted(set(found))

    def _next(self, voice: int, tick: int) -> list[int]:
        """The voice's first tone after `tick`, where there is one."""
        for i in range(bisect_right(self.onsets, tick), len(self.onsets)):
            tone = self.tones[i]
            if tone is not None and tone.voice == voice:
                return [i]
        return []

    def _edits(self, index: int) -> Iterator[_Edit]:
        tone = self.tones[index]
        if tone is None:
            return
        low, high = self.spans[tone.voice]
        span = next((s for s in self.analysis.chords if s.start <= tone.onset < s.end), None)
        chord = set(span.chord.tones) if span is not None and span.chord is not None else set()
        key = span.key if span is not None else self.analysis.key
        for pc in sorted({*chord, *key.tones}, key=lambda pc: pc.fifths):
            for octave in range(-1, 11):
                pitch = pitch_at(pc, 12 * octave + pc.number)
                away = abs(pitch.midi - tone.pitch.midi)
                if pitch != tone.pitch and away <= _REACH and low <= pitch.midi <= high:
                    yield _Edit(index, tone._replace(pitch=pitch), 2 * away + (0 if pc in chord else _FOREIGN))
        if span is not None and tone.onset < span.end < tone.end:
            yield _Edit(index, tone._replace(duration=span.end - tone.onset), _CUTTING)
        if tone.voice != self.original.melody or tone.duration <= TICKS // 2:
            yield _Edit(index, None, _LEAVING_OUT)
        elif self.width > 1:
            yield _Edit(index, None, _SILENCING)


def _spans(song: Song, piece: Piece) -> list[tuple[int, int]]:
    """What each voice may play: from its instrument's lowest note to its highest."""
    out = []
    names = {track.name: track for track in song.tracks}
    for voice in piece.voices:
        track = names.get(voice.name) or names.get(voice.name.rpartition(", voice ")[0])
        made = instrument(track.instrument) if track is not None else None
        out.append((made.low, made.high) if made is not None else (0, 127))
    return out


def _rewritten(song: Song, rules: RuleSet, piece: Piece, notes: Sequence[Note], tones: Sequence[Tone | None]) -> Song:
    """The song with its notes mended, and a Decision for each track that was changed."""
    mended: dict[int, Note | None] = {}
    for note, old, new in zip(notes, piece.tones, tones, strict=True):
        if new is None:
            mended[id(note)] = None
        elif new != old:
            duration = note.duration if new.duration == old.duration else new.duration
            mended[id(note)] = replace(note, pitch=new.pitch, duration=duration)
    if not mended:
        return song
    tracks, why = [], []
    for track in song.tracks:
        kept = [one for note in track.notes if (one := mended.get(id(note), note)) is not None]
        changed = sum(1 for note in track.notes if id(note) in mended)
        if changed:
            values = (("rules", rules.title), ("notes", changed))
            why.append(Decision(Where(-1, track.name, 0, song.end), "rules", "rules.obeyed", values))
        tracks.append(replace(track, notes=tuple(kept)))
    return replace(song, tracks=tuple(tracks), decisions=(*song.decisions, *why))
