"""Lines under a teacher's rules: where a written note breaks one, it takes the nearest pitch that breaks none.

Conventions: only rules that the set takes as errors bind, and `check` alone says what breaks one. Notes are moved, in
pitch only, as little as helps; what no pitch helps is left out of an accompanying part. A search over few bars at a
time: the faults of a place are counted before and after, and only what makes them fewer is kept.
"""

from __future__ import annotations

from bisect import bisect_left
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
from partimento.theory.pitch import Pitch, pitch_at
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
_LEAVING_OUT = 40


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
    """One tone's new pitch, None to leave it out, and what that costs."""

    index: int
    pitch: Pitch | None
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
        moved = {edit.index: edit.pitch for edit in edits}
        tones = []
        for i in range(first, bisect_left(self.onsets, last)):
            tone = self.tones[i]
            if tone is None or tone.end <= start:
                continue
            if i in moved:
                pitch = moved[i]
                if pitch is None:
                    continue
                tone = tone._replace(pitch=pitch)
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
                tone = self.tones[edit.index]
                assert tone is not None
                self.tones[edit.index] = None if edit.pitch is None else tone._replace(pitch=edit.pitch)

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
        if self.width > 1:
            for first in singles[:40]:
                for second in singles[:40]:
                    if first.index < second.index:
                        yield first, second

    def _near(self, breach: Breach) -> list[int]:
        """The tones of the breach's voices that sound at its tick, and the one before each; all voices where none."""
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
            found += own[-2:] if single else [i for i in own if self.onsets[i] == self.onsets[own[-1]]]
        return sorted(set(found))

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
                    yield _Edit(index, pitch, 2 * away + (0 if pc in chord else _FOREIGN))
        if tone.voice != self.original.melody:
            yield _Edit(index, None, _LEAVING_OUT)


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
    """The song with the mended pitches in its notes, and a Decision for each track that was changed."""
    pitches: dict[int, Pitch | None] = {}
    for note, old, new in zip(notes, piece.tones, tones, strict=True):
        if new is None or new.pitch != old.pitch:
            pitches[id(note)] = None if new is None else new.pitch
    if not pitches:
        return song
    tracks, why = [], []
    for track in song.tracks:
        kept = [
            replace(note, pitch=pitch) if id(note) in pitches else note
            for note in track.notes
            if (pitch := pitches.get(id(note), note.pitch)) is not None
        ]
        changed = sum(1 for note in track.notes if id(note) in pitches)
        if changed:
            values = (("rules", rules.title), ("notes", changed))
            why.append(Decision(Where(-1, track.name, 0, song.end), "rules", "rules.obeyed", values))
        tracks.append(replace(track, notes=tuple(kept)))
    return replace(song, tracks=tuple(tracks), decisions=(*song.decisions, *why))
