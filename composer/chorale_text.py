"""Where a melody to be harmonised comes from: a voice of a Piece, or notes written as text.

Conventions: in text a note is a pitch with its octave and, after a colon, its length in felt beats ("C5", "E5:2",
"D5:0.5", "r:1"), a beat where it says nothing; "^" marks the end of a phrase; "|" is for the eye and is checked against
the meter.
"""

from __future__ import annotations

import re
from fractions import Fraction

from partimento.composer.chorale_line import MOST_NOTES, Line, LineNote
from partimento.score.tune_read import Tune
from partimento.theory.analysis.piece import BarSpan, Piece
from partimento.theory.errors import BriefError, TheoryError, nearest
from partimento.theory.key import Key
from partimento.theory.key_finding import find_key
from partimento.theory.meter import Meter
from partimento.theory.pitch import Pitch
from partimento.theory.spelling import spell_line

_NOTE = re.compile(r"([A-Ga-g][b#♭♯x]*-?\d+|r)(?::(\d+(?:\.\d+)?(?:/\d+)?))?(\^?)")
_MOST_BEATS = 64
_CLOSING = 7
"""How many notes are the close of a tune, by which its mode is told."""
_FIFTH_AWAY = 2.0
"""How much likelier, in natural logarithms, a key with the written signature is than one beside it."""


def is_note(word: str) -> bool:
    """Whether a word reads as a note or a rest of a melody in text."""
    return _NOTE.fullmatch(word) is not None


def line_of_text(text: str, meter: Meter, key: Key | None = None, pickup: float = 0) -> Line:
    """The melody in a text; `pickup` beats come before the first bar line. BriefError names what cannot be read."""
    beat = meter.beat_lengths[0]
    start = round(pickup * beat)
    if not 0 <= start < meter.bar:
        raise BriefError(f"a pick-up of {pickup:g} beats is no part of a bar of {meter}")
    now = 0
    notes: list[LineNote] = []
    fermatas: list[int] = []
    for word in text.split():
        if word in ("|", "||"):
            if (now - start) % meter.bar:
                raise BriefError(
                    f"bar line after {len(notes)} notes: the bar is not full; {meter} has {meter.bar // beat} beats"
                )
            continue
        match = _NOTE.fullmatch(word)
        if match is None:
            raise BriefError(
                f"unknown note '{word}': write a pitch and beats, as in 'C5 D5:2 r:1 Eb5:0.5', '^' at phrase ends"
            )
        length = _length(match[2], word) if match[2] else Fraction(1)
        ticks = int(length * beat)
        if ticks < 1:
            raise BriefError(f"'{word}' has no length")
        if match[1] != "r":
            notes.append(LineNote(now, ticks, _pitch(match[1], word)))
            fermatas += [now] if match[3] else []
        now += ticks
    if not notes:
        raise BriefError("the melody has no notes: write pitches, as in 'C5 D5 E5:2'")
    found = key or find_key([(note.onset, note.duration, note.pitch.midi) for note in notes])[0][0]
    return Line("Melody", tuple(notes), _bars(meter, start, now), found, tuple(fermatas))


def _length(text: str, word: str) -> Fraction:
    try:
        length = Fraction(text)
    except (ValueError, ZeroDivisionError):
        raise BriefError(f"'{word}': '{text}' is no number of beats, such as 2, 0.5 or 1/3") from None
    if not 0 < length <= _MOST_BEATS:
        raise BriefError(f"'{word}': a note lasts more than 0 and at most {_MOST_BEATS} beats")
    return length


def _pitch(text: str, word: str) -> Pitch:
    try:
        return Pitch.parse(text)
    except TheoryError as error:
        raise BriefError(f"'{word}': {error}") from None


def _bars(meter: Meter, pickup: int, end: int) -> tuple[BarSpan, ...]:
    bars = [BarSpan(0, 0, pickup, meter)] if pickup else []
    at = pickup
    while at < end or not bars:
        bars.append(BarSpan(len(bars) + (not pickup), at, at + meter.bar, meter))
        at += meter.bar
    return tuple(bars)


def line_of_piece(piece: Piece, key: Key | None = None, voice: str | None = None) -> Line:
    """The melody of a piece: the voice that is named (or numbered from 1, the highest first), else the one that leads,
    else the highest. BriefError where there is none, or where it is no single line."""
    if not piece.tones:
        raise BriefError(f"'{piece.title}' holds no notes")
    number = _voice(piece, voice)
    if not piece.voices[number].line:
        lines = [f"{n} '{row.name}'" for n, row in enumerate(reversed(piece.voices), 1) if row.line]
        raise BriefError(
            f"'{piece.voices[number].name}' of '{piece.title}' has several notes at once; a melody is a single line."
            f" Single lines in it: {', '.join(lines[:12]) or 'none'}"
        )
    tones = [tone for tone in piece.tones if tone.voice == number and not tone.grace]
    if len(tones) > MOST_NOTES:
        raise BriefError(f"'{piece.title}' has {len(tones)} notes in that voice; at most {MOST_NOTES} are harmonised")
    rows = sorted((tone.onset, tone.duration, tone.pitch) for tone in tones)
    notes: list[LineNote] = []
    for onset, duration, pitch in rows:
        if notes and notes[-1].end > onset:
            notes[-1] = notes[-1]._replace(duration=onset - notes[-1].onset)
        notes.append(LineNote(onset, duration, pitch))
    notes = [note for note in notes if note.duration > 0]
    found = key or _key(piece, notes)
    if not piece.spelled:
        spelled = spell_line([note.pitch.midi for note in notes], found)
        notes = [note._replace(pitch=pitch) for note, pitch in zip(notes, spelled, strict=True)]
    marked = {note.onset for note in notes}
    fermatas = {tick for tick in piece.fermatas if tick in marked}
    fermatas |= {note.onset for note in notes if note.end in piece.phrase_ends}
    return Line(piece.title, tuple(notes), _whole(piece.bars, notes[-1].end), found, tuple(sorted(fermatas)))


def _whole(bars: tuple[BarSpan, ...], end: int) -> tuple[BarSpan, ...]:
    """The bars up to the melody's last, which is filled where the source leaves a pick-up's part of it out."""
    kept = [bar for bar in bars if bar.start < end]
    if len(kept) > 1 and kept[-1].end - kept[-1].start < kept[-2].meter.bar:
        kept[-1] = kept[-1]._replace(end=kept[-1].start + kept[-2].meter.bar, meter=kept[-2].meter)
    return tuple(kept)


def _voice(piece: Piece, wanted: str | None) -> int:
    names = [voice.name for voice in piece.voices]
    if wanted is None:
        return piece.melody if piece.melody is not None else len(names) - 1
    if wanted.isdigit() and 1 <= int(wanted) <= len(names):
        return len(names) - int(wanted)
    folded = [name.casefold() for name in names]
    if wanted.casefold() in folded:
        return folded.index(wanted.casefold())
    listing = ", ".join(f"{n} '{name}'" for n, name in enumerate(reversed(names), 1))
    raise BriefError(f"'{piece.title}' has no voice '{wanted}'.{nearest(wanted, names)} Voices: {listing}")


def _key(piece: Piece, notes: list[LineNote]) -> Key:
    """The key found by the melody; the written signature speaks for major and its relative minor, and a little less for
    keys a fifth away, as old signatures are."""
    found = find_key([(note.onset, note.duration, note.pitch.midi) for note in notes])
    if not piece.keys:
        return _mode_heard(found[0][0], notes)
    said = piece.keys[0][1]
    if said.mode not in ("major", "minor") and notes[-1].pitch.pitch_class == said.tonic:
        return said
    written = said.signature
    near = [
        (score - _FIFTH_AWAY * abs(key.signature - written), key)
        for key, score in found
        if abs(key.signature - written) <= 1 and key.mode in ("major", "minor")
    ]
    return _mode_heard(max(near, key=lambda row: (row[0], str(row[1])))[1], notes)


def _mode_heard(key: Key, notes: list[LineNote]) -> Key:
    """A minor key, or the mode that its tune is in: Dorian where all its sixths are major and no seventh is, Phrygian
    where it ends on the fifth, the sixth close before it, and has neither sixth nor seventh raised."""
    if key.mode != "minor":
        return key
    sung = {note.pitch.midi % 12 for note in notes}
    sixth, seventh = key.degree(6).number, key.degree(7).number
    raised = {(seventh + 1) % 12, (sixth + 1) % 12} & sung
    last = notes[-1].pitch.midi
    if last % 12 == key.tonic.number and sixth not in sung and raised == {(sixth + 1) % 12}:
        return Key(key.tonic, "dorian")
    close = {note.pitch.midi - last for note in notes[-_CLOSING:]}
    if last % 12 == key.degree(5).number and 1 in close and not raised:
        return Key(key.degree(5), "phrygian")
    return key


def tune_of(line: Line) -> Tune:
    """The line as a Tune, for what works on tunes; the pick-up is what lies before the first whole bar."""
    first = line.bars[0]
    pickup = first.end if first.number == 0 and first.end - first.start < first.meter.bar else 0
    rows = tuple((note.onset, note.duration, note.pitch.midi) for note in line.notes)
    return Tune(line.title, rows, _main_meter(line), pickup, line.key, line.tempo_bpm)


def _main_meter(line: Line) -> Meter:
    """The meter of most of the line's time."""
    spans: dict[Meter, int] = {}
    for bar in line.bars:
        spans[bar.meter] = spans.get(bar.meter, 0) + bar.end - bar.start
    return max(spans, key=lambda meter: (spans[meter], str(meter)))
