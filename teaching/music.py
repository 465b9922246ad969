"""Music: what claims are checked against, looked up fast: bars, harmony, tones, the tune, sections.

Conventions: ticks; spans are [start, end). Harmony is the chords as written in a song composed here, as found in any
other; whether a chord is really heard is asked of the tones.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from partimento.score.song import Drum, Song, Track
from partimento.theory.analysis.findings import Analysis
from partimento.theory.analysis.piece import BarSpan, Piece, Tone
from partimento.theory.chord import Chord
from partimento.theory.key import Key

HEARD = 0.5
"""The least share of the accompaniment's sounding time that lies in a chord that is called heard: a share of 0.25 is
what five random tones of twelve give a triad; the songs composed here have 0.8 and more (median)."""


SOLOS = ("solo", "fours")
"""What a section's top line may do that is no tune."""

LEAST_TUNE = 16
"""Notes from which on a tune is spoken of without the solos."""


MOST_LEAPS = 0.4
"""The share of leaps over a third from which on the top of a texture is no tune; songs have 0.14 (POP909)."""


class Harmony(NamedTuple):
    """A chord in its place: written from `start`, heard from `heard`, until `end`; `second` is the runner-up reading as
    "key: numeral", "" for none."""

    start: int
    end: int
    heard: int
    chord: Chord
    key: Key
    numeral: str
    sure: float = 1.0
    second: str = ""
    role: str = ""
    pivot: str = ""


class Part(NamedTuple):
    """A section: `name` as it is called, `letter` equal for sections of one material; `energy` -1 where unknown."""

    start: int
    end: int
    name: str
    letter: str
    kind: str = ""
    energy: float = -1.0
    lead: str = ""


class Music:
    """Lookup tables over one song, its piece and its analysis."""

    def __init__(self, song: Song, piece: Piece, analysis: Analysis, recorded: bool) -> None:
        self.song, self.piece, self.analysis, self.recorded = song, piece, analysis, recorded
        self.bars: tuple[BarSpan, ...] = piece.bars
        self._bar_starts = [bar.start for bar in piece.bars]
        self.harmony = _written(song) if recorded else _found(analysis)
        self._harmony_starts = [h.start for h in self.harmony]
        self.parts = _sections(song) if recorded else _found_sections(song, analysis)
        self.tune = _tune(song, piece)
        self._tune_onsets = [tone.onset for tone in self.tune]
        self._by_bar = _buckets(piece.tones, self.bars)
        backing = _backing(song) if recorded else ()
        self._backing = _buckets(backing, self.bars) if backing else self._by_bar
        self.end = piece.end
        self.alone = _is_alone(piece)
        # Chords found in other music that stay for bars are layers and drones: nobody plans a cadence with them.
        self.still = not recorded and 2 * len(self.harmony) < len(self.bars)
        self._said: dict[int, bool] = {}
        self.memo: dict[object, object] = {}  # what was found in this music, by who found it

    def bar(self, tick: int) -> BarSpan:
        """The bar that holds `tick`; the first or last beyond the ends. IndexError for a piece without bars."""
        return self.bars[self.bar_index(tick)]

    def bar_index(self, tick: int) -> int:
        """The index of that bar."""
        return max(0, bisect_right(self._bar_starts, tick) - 1)

    def beat(self, tick: int) -> str:
        """The beat of a tick as musicians count it: "3", "2.5" (half way to the next beat)."""
        bar = self.bar(tick)
        place = tick - bar.start
        index = bar.meter.beat_at(place)
        rest = place % bar.meter.bar - bar.meter.beats[index]
        share = rest / bar.meter.beat_lengths[index]
        return f"{index + 1 + share:.2f}".rstrip("0").rstrip(".")

    def count_bars(self, start: int, end: int) -> int:
        """How many bars [start, end) touches."""
        return self.bar_index(end - 1) - self.bar_index(start) + 1 if end > start and self.bars else 0

    def at(self, tick: int) -> Harmony | None:
        """The harmony written at `tick`, or None."""
        i = bisect_right(self._harmony_starts, tick) - 1
        return self.harmony[i] if i >= 0 and tick < self.harmony[i].end else None

    def heard_at(self, tick: int) -> Harmony | None:
        """The harmony heard at `tick`: a pushed chord comes early."""
        i = bisect_right(self._harmony_starts, tick)
        if i < len(self.harmony) and self.harmony[i].heard <= tick:
            return self.harmony[i]
        return self.at(tick)

    def within(self, start: int, end: int) -> tuple[Harmony, ...]:
        """The harmonies that begin in [start, end)."""
        return self.harmony[bisect_left(self._harmony_starts, start) : bisect_left(self._harmony_starts, end)]

    def tones(self, start: int, end: int) -> list[Tone]:
        """The pitched tones that sound in [start, end), by onset."""
        return self._sounding(self._by_bar, start, end)

    def backing(self, start: int, end: int) -> list[Tone]:
        """The same without tunes, solos and answers, where the song tells which those are."""
        return self._sounding(self._backing, start, end)

    def _sounding(self, buckets: Sequence[Sequence[Tone]], start: int, end: int) -> list[Tone]:
        if not buckets or end <= start:
            return []
        first, last = self.bar_index(start), self.bar_index(end - 1)
        out: list[Tone] = []
        for index in range(first, last + 1):
            from_here = self.bars[index].start if index > first else -1
            out += [t for t in buckets[index] if t.onset < end and t.end > start and t.onset >= from_here]
        return out

    def sung(self, start: int, end: int) -> tuple[Tone, ...]:
        """The tune's tones that begin in [start, end)."""
        return self.tune[bisect_left(self._tune_onsets, start) : bisect_left(self._tune_onsets, end)]

    def part_at(self, tick: int) -> Part | None:
        """The section that holds `tick`, or None."""
        return next((part for part in self.parts if part.start <= tick < part.end), None)

    def share_in(self, h: Harmony) -> float:
        """The share of the accompaniment's sounding time that lies in the chord or on its bass; 0 where none sounds."""
        inside = whole = 0
        for tone in self.backing(h.heard, h.end):
            length = min(tone.end, h.end) - max(tone.onset, h.heard)
            whole += length
            if tone.pitch.midi % 12 in h.chord.numbers or tone.pitch.midi % 12 == h.chord.bass_tone.number:
                inside += length
        return inside / whole if whole else 0.0

    def is_heard(self, h: Harmony) -> bool:
        """Whether the notes say the chord: most of what sounds lies in it, its root or bass and its third sound."""
        known = self._said.get(h.start)
        if known is None:
            known = self._said[h.start] = self._is_said(h)
        return known

    def _is_said(self, h: Harmony) -> bool:
        numbers = {tone.pitch.midi % 12 for tone in self.tones(h.heard, h.end)}
        third = h.chord.third
        return (
            self.share_in(h) >= HEARD
            and (h.chord.root.number in numbers or h.chord.bass_tone.number in numbers)
            and (third is None or third.number in numbers or len(numbers) <= 2)
        )

    def mostly_heard(self, spans: Iterable[tuple[int, int]]) -> bool:
        """Whether three in five of the chords in the spans under which anything sounds, and half of all, are heard."""
        here = [h for start, end in spans for h in self.within(start, end)]
        sounding = sum(bool(self.backing(h.heard, h.end)) for h in here)
        heard = sum(map(self.is_heard, here))
        return bool(here) and heard >= max(0.6 * sounding, 0.5 * len(here))

    def bass(self, h: Harmony) -> Tone | None:
        """The lowest tone of the accompaniment in the chord's first beat, or None where nothing sounds there.

        A tune alone has no bass.
        """
        if self.alone:
            return None
        beat = self.bar(h.start).meter.beat_lengths[0]
        tones = self.backing(h.heard, min(h.end, h.start + beat))
        long = [t for t in tones if min(t.end, h.end) - max(t.onset, h.heard) >= beat // 4]
        return min(long or tones, key=lambda t: (t.pitch.midi, t.onset), default=None)

    def bass_says(self, h: Harmony) -> bool:
        """Whether the bass of the chord's first beat is the tone that the chord's name puts there."""
        tone = self.bass(h)
        return tone is not None and tone.pitch.midi % 12 == h.chord.bass_tone.number


def _written(song: Song) -> tuple[Harmony, ...]:
    return tuple(
        Harmony(c.onset, c.onset + c.duration, max(0, c.sounding), c.chord, c.key, c.roman) for c in song.chords
    )


def _found(analysis: Analysis) -> tuple[Harmony, ...]:
    out: list[Harmony] = []
    for span in analysis.chords:
        if span.chord is None:
            continue
        second = f"{span.second[0]}: {span.second[1]}" if span.second else ""
        last = out[-1] if out else None
        if last is not None and last.end == span.start and (last.chord, last.key) == (span.chord, span.key):
            out[-1] = last._replace(end=span.end, sure=min(last.sure, span.sure))
            continue
        out.append(
            Harmony(
                span.start,
                span.end,
                span.start,
                span.chord,
                span.key,
                span.numeral,
                span.sure,
                second,
                span.role,
                span.pivot,
            )
        )
    return tuple(out)


def _sections(song: Song) -> tuple[Part, ...]:
    letters: dict[str, str] = {}
    for section in song.sections:
        letters.setdefault(section.material, chr(ord("A") + len(letters) % 26))
    return tuple(Part(s.start, s.end, s.name, letters[s.material], s.kind, s.energy, s.lead) for s in song.sections)


def _found_sections(song: Song, analysis: Analysis) -> tuple[Part, ...]:
    return tuple(Part(s.start, s.end, s.name or s.label, s.label.rstrip("'")) for s in analysis.sections)


_TUNEFUL = ("lead", "answer", "counter", "harmony")


def _pitched(track: Track) -> list[Tone]:
    return [Tone(n.onset, n.duration, n.pitch, n.voice, n.grace) for n in track.notes if not isinstance(n.pitch, Drum)]


def _backing(song: Song) -> tuple[Tone, ...]:
    """What accompanies: tracks that carry no line of their own, and these while they have no solo.

    A drum's pitch, a timpano's or a taiko's, is nobody's bass.
    """
    turns = {track.name: _turns(song, track.name) for track in song.tracks}
    tones = [
        tone
        for track in song.tracks
        if track.role not in (*_TUNEFUL, "percussion", "drums")
        for tone in _pitched(track)
        if not any(start <= tone.onset < end for start, end in turns[track.name])
    ]
    return tuple(sorted(tones, key=lambda t: (t.onset, t.pitch.midi)))


def _turns(song: Song, track: str) -> list[tuple[int, int]]:
    """When a track that accompanies has the tune or a solo."""
    return [
        (d.where.start, d.where.end)
        for d in song.decisions
        if d.what in ("soloist", "tune taken") and d.where.track == track
    ]


def _tune(song: Song, piece: Piece) -> tuple[Tone, ...]:
    """The tune: of the leads and of who stands in for them, else of the melody's voice or the highest line.

    Grace notes are left out, of two tones at once the lower. Solos are no tune where there is another, nor has a
    texture of broken chords one.
    """
    leads = _led(song)
    if not leads:
        voice = piece.melody
        if voice is None:
            voice = next((v for v in reversed(range(len(piece.voices))) if piece.voices[v].line), None)
        if voice is None:
            voice = len(piece.voices) - 1
        leads = [tone for tone in piece.tones if tone.voice == voice]
    top: dict[int, Tone] = {}
    for tone in leads:
        if not tone.grace and (tone.onset not in top or top[tone.onset].pitch.midi < tone.pitch.midi):
            top[tone.onset] = tone
    tune = tuple(top[onset] for onset in sorted(top))
    meant = bool(song.decisions) or not _overlaps(leads)
    return tune if meant or not _is_figured(tune) else ()


def _overlaps(tones: Sequence[Tone]) -> bool:
    """Whether two of the tones sound at once."""
    ordered = sorted((tone.onset, tone.end) for tone in tones if not tone.grace)
    return any(after[0] < before[1] for before, after in zip(ordered, ordered[1:], strict=False))


def _is_figured(tones: Sequence[Tone]) -> bool:
    """Whether what lies on top leaps too often for a tune: broken chords, or a left hand that sounds alone."""
    leaps = sum(abs(b.pitch.midi - a.pitch.midi) > 4 for a, b in zip(tones, tones[1:], strict=False))
    return leaps >= MOST_LEAPS * max(1, len(tones) - 1)


def _led(song: Song) -> list[Tone]:
    """The notes of leads, and of players who have the tune of a section; without solos where there is more."""
    leads = [tone for track in song.tracks if track.role == "lead" for tone in _pitched(track)]
    for track in song.tracks:
        turns = _turns(song, track.name) if track.role != "lead" else []
        leads += [tone for tone in _pitched(track) if any(start <= tone.onset < end for start, end in turns)]
    solos = [(s.start, s.end) for s in song.sections if s.lead in SOLOS]
    sung = [tone for tone in leads if not any(start <= tone.onset < end for start, end in solos)]
    return sung if len(sung) >= LEAST_TUNE else leads


def _buckets(tones: Sequence[Tone], bars: Sequence[BarSpan]) -> list[list[Tone]]:
    """The tones that sound in each bar, by onset."""
    starts = [bar.start for bar in bars]
    out: list[list[Tone]] = [[] for _ in bars]
    for tone in tones:
        first = max(0, bisect_right(starts, tone.onset) - 1)
        last = max(first, bisect_left(starts, tone.end) - 1)
        for index in range(first, min(last, len(bars) - 1) + 1):
            out[index].append(tone)
    return out


def _is_alone(piece: Piece) -> bool:
    """Whether the piece is one line, never two tones at once."""
    return not _overlaps(piece.tones)
