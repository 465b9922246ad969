"""Keys of music that stays at home: loops, blues, drones and bands have one key, and others only where they last.

Conventions: ticks. The home key is then the one that all notes together speak for, moved where the written signature
moves: in loops no cadence tells it, and what a decoder takes for short visits are chords that go round. A band is three
voices or more of which one plays chords; another key is believed there where it holds eight bars, as songs change key,
and its chords are found beat by beat, pooled over arpeggios and riffs.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from math import exp
from typing import TYPE_CHECKING

from partimento.theory.analysis.blues import blues_key, with_stable_sevenths
from partimento.theory.analysis.findings import ChordSpan, KeySpan
from partimento.theory.analysis.piece import Piece, Tone
from partimento.theory.chord_finding import find_chords
from partimento.theory.key import Key
from partimento.theory.key_finding import find_key
from partimento.theory.meter import TICKS
from partimento.theory.roman import numeral_of

if TYPE_CHECKING:
    from partimento.theory.analysis.decoding import Decoded

_LASTS_BARS = 8
_TOGETHER, _AT_HOME = 0.3, 0.88
_CLOSE = 0.2
_LONGEST = 4 * TICKS
_OPENING = 6.0
"""A loop begins at home more often than it ends there."""
_SIGNED = 3.0
_SECOND, _OTHER, _LEAST_BELIEF = 0.6, 0.1, 0.02
"""What the decoder's second key and all others share of its doubt."""
_LEAST_SURE, _AGREED = 0.4, 0.55
_MAJOR_THIRD = 0.6
_BLUES_SURE = 0.9
_FINALS = {"major": 0.25, "minor": 0.25, "dorian": 0.35, "mixolydian": 0.35, "phrygian": 0.4, "lydian": 0.4}
"""The least share of the time that the chord of a final stands, by mode; the rarer, the more."""
_FOREIGN_THIRDS = 0.25


def is_band(piece: Piece) -> bool:
    """Whether there are three voices or more, the lowest a line, one of which plays chords or lets its tones ring.

    A voice over a piano's two hands is no band: its lowest voice is a texture.
    """
    if len(piece.voices) < 3 or not piece.voices[0].line:
        return False
    own: list[list[Tone]] = [[] for _ in piece.voices]
    for tone in piece.tones:
        if not tone.grace and not piece.voices[tone.voice].line:
            own[tone.voice].append(tone)
    return any(_rings(tones) for tones in own if tones)


def _rings(tones: Sequence[Tone]) -> bool:
    end = together = 0
    for tone in tones:
        together += tone.onset < end
        end = max(end, tone.end)
    return together >= _TOGETHER * len(tones)


def _inside(piece: Piece, key: Key) -> float:
    """The share of the sounding time that lies in a key."""
    numbers = {tone.number for tone in key.tones} | ({key.degree(7, 1).number} if key.is_minor else set())
    # A drone is one tone, however long it is held.
    rows = [(min(tone.duration, _LONGEST), tone.pitch.midi % 12 in numbers) for tone in piece.tones]
    return sum(length for length, own in rows if own) / max(1, sum(length for length, _ in rows))


def _home_of(piece: Piece, found: Decoded, goes_round: bool) -> tuple[Key, float, Key | None]:
    """The key that the notes and the decoder together make likeliest, how sure it is, and the second where close."""
    opening = next((span.chord.root.number for span in found.chords if span.chord is not None), -1)
    ranked = _ranked(piece, found, opening if goes_round else -1)
    best = ranked[0][1]
    weights: dict[tuple[int, bool], float] = {}
    modes: dict[tuple[int, bool], Key] = {}
    for key, score in ranked:
        kind = key.tonic.number, key.is_minor
        modes.setdefault(kind, key)
        weights[kind] = weights.get(kind, 0.0) + exp(score - best)
    decoded = {(found.key.tonic.number, found.key.is_minor): found.key_sure}
    if found.key_second is not None:
        decoded[found.key_second.tonic.number, found.key_second.is_minor] = (1 - found.key_sure) * _SECOND
    joined = {
        kind: weight
        * _as_signed(piece, modes[kind])
        * (_OPENING if goes_round and kind[0] == opening else 1.0)
        * max(_LEAST_BELIEF, decoded.get(kind, (1 - found.key_sure) * _OTHER))
        for kind, weight in weights.items()
    }
    order = sorted(joined, key=lambda kind: (-joined[kind], kind))
    total = sum(joined.values())
    close = joined[order[1]] / total >= _CLOSE
    return modes[order[0]], round(joined[order[0]] / total, 4), modes[order[1]] if close else None


def _as_signed(piece: Piece, key: Key) -> float:
    """How much the written signature speaks for a key; a bare C of MIDI says nothing: programs write it unasked."""
    if not piece.keys:
        return 1.0
    written = piece.keys[0][1]
    if written.signature == 0 and not written.is_minor and not piece.spelled:
        return 1.0
    if (written.tonic.number, written.is_minor) == (key.tonic.number, key.is_minor):
        return _SIGNED * _SIGNED
    return _SIGNED if (written.signature - key.signature) % 12 == 0 else 1.0


def near_names(piece: Piece, found: Decoded) -> Decoded:
    """What was decoded of numbers alone, each key by the name nearest to the home key's; one that is spelled stays."""
    if piece.spelled:
        return found
    written = piece.keys[0][1].signature if piece.keys else found.key.simplified().signature
    home = _near(found.key, written)
    keys = tuple(
        span._replace(key=_near(span.key, home.signature), second=span.second and _near(span.second, home.signature))
        for span in found.keys
    )
    chords = tuple(_near_chord(span, home.signature) for span in found.chords)
    second = found.key_second and _near(found.key_second, home.signature)
    return found._replace(key=home, keys=keys, chords=chords, key_second=second)


def _near(key: Key, signature: int) -> Key:
    return min((key.up(12 * k) for k in (0, -1, 1)), key=lambda one: abs(one.signature - signature))


def _near_chord(span: ChordSpan, signature: int) -> ChordSpan:
    key = _near(span.key, signature)
    by = key.signature - span.key.signature
    chord = span.chord.up(by) if span.chord is not None and by else span.chord
    second = span.second
    if second is not None:
        other = _near(second[0], signature)
        second = other, second[1], second[2].up(other.signature - second[0].signature)
    return span._replace(key=key, chord=chord, second=second)


def in_written_mode(piece: Piece, found: Decoded) -> Decoded | None:
    """What was decoded, read in the church mode that the source writes; None where it writes none or is left.

    Such a mode is nobody's default: who writes it means it, and its chords have other names in major and minor.
    """
    if not piece.keys or piece.keys[0][1].mode in ("major", "minor") or not found.keys:
        return None
    home = piece.keys[0][1]
    share = round(_inside(piece, home), 4)
    if share < _AT_HOME:
        return None
    spans = _with_changes(piece, home, share, None)
    told = found._replace(key=home, key_sure=share, key_second=None)
    if is_band(piece):
        told = told._replace(chords=_band_chords(piece, spans, told))
    return read_in(told, tuple(spans), piece.spelled)


def _ranked(piece: Piece, found: Decoded, opening: int) -> list[tuple[Key, float]]:
    """All keys with their scores, the likeliest first; of what goes round from the root `opening`, both as it ends and
    as it would end there."""
    notes = [(tone.onset, tone.duration, tone.pitch.midi) for tone in piece.tones]
    ranked = find_key(notes)
    ends = [span.end for span in found.chords if span.chord is not None and span.chord.root.number == opening]
    if opening < 0 or not ends or ends[-1] >= piece.end:
        return ranked
    cut = [note for note in notes if note[0] < ends[-1]]
    again = dict(find_key(cut))
    both = [(key, (score + again[key]) / 2) for key, score in ranked]
    return sorted(both, key=lambda row: -row[1])


def in_home_key(piece: Piece, found: Decoded, goes_round: bool) -> Decoded:
    """What was decoded, read in the key of the whole and in others that last; `goes_round` of loops and their kin."""
    home, sure, second = _home_of(piece, found, goes_round)
    if not goes_round and _inside(piece, home) < _AT_HOME:
        # Music that leaves its key sums up to no key; the way through it tells where it begins and ends.
        home, sure, second = found.key, found.key_sure, found.key_second
    if _written_minor(piece):
        home, second = piece.keys[0][1], None
    home = _named_as(piece, _by_thirds(found.chords, home))
    told = _read_at(piece, found, home, sure, second)
    final = _by_thirds(told.chords, _final(told.chords, home))
    return told if final == home else _read_at(piece, found, _named_as(piece, final), sure, home)


def _read_at(piece: Piece, found: Decoded, home: Key, sure: float, second: Key | None) -> Decoded:
    """What was decoded, read in a home key and in others that last; a band's chords are found in it anew."""
    second = second if second != home else None
    spans = _with_visits(piece, _with_changes(piece, home, sure, second), found)
    told = found._replace(key=home, key_sure=sure, key_second=second)
    if is_band(piece):
        told = told._replace(chords=_band_chords(piece, spans, found))
    return read_in(told, tuple(spans), piece.spelled)


def _written_minor(piece: Piece) -> bool:
    """Whether a minor key is written that the tones keep to: programs write major ones unasked, minor ones never."""
    return bool(piece.keys) and piece.keys[0][1].mode == "minor" and _inside(piece, piece.keys[0][1]) >= _AT_HOME


def _final(chords: Sequence[ChordSpan], home: Key) -> Key:
    """The key of the home key's tones on whose tonic chord all opens and closes, and stands long; else the home key."""
    named = [span for span in chords if span.chord is not None]
    roots = [span.chord.root for span in named if span.chord is not None]
    if not roots or roots[0].number != roots[-1].number or roots[0].number == home.tonic.number:
        return home
    total = own = outside = 0
    for span in named:
        length = span.end - span.start
        total += length
        if span.chord is not None and span.chord.root.number == roots[0].number:
            own += length
            third = span.chord.third
            outside += length if third is not None and not home.contains(third) else 0
    for mode, least in _FINALS.items():
        key = Key(roots[0], mode)
        if key.signature == home.signature and own >= least * total and outside <= _FOREIGN_THIRDS * own:
            return key
    return home


def in_blues(piece: Piece, found: Decoded, chords: Sequence[ChordSpan]) -> Decoded | None:
    """What was decoded, read as a blues where the `chords` that were made of it are one; None where they are none."""
    home = blues_key(chords)
    if home is None:
        return None
    home = _named_as(piece, home)
    spans = _with_changes(piece, home, _BLUES_SURE, None)
    told = found._replace(key=home, key_sure=_BLUES_SURE, key_second=None)
    if is_band(piece):
        told = told._replace(chords=_band_chords(piece, spans, found))
    return rested(read_in(told, tuple(spans), piece.spelled))


def rested(found: Decoded) -> Decoded:
    """What was decoded, its dominant sevenths on the tonic being I7: where harmony goes round it rests."""
    return found._replace(chords=with_stable_sevenths(found.chords))


def _band_chords(piece: Piece, keys: Sequence[KeySpan], found: Decoded) -> tuple[ChordSpan, ...]:
    """The chords of a band, beat by beat (`find_chords`); sure where the decoder has the same roots."""
    notes = [(tone.onset, tone.duration, tone.pitch.midi) for tone in piece.tones]
    beats = [
        (bar.start + beat, bar.strength(bar.start + beat))
        for bar in piece.bars
        for beat in bar.meter.beats
        if bar.start + beat < bar.end
    ]
    if not beats:
        return found.chords
    starts = [row.start for row in found.chords]
    out = []
    for row in find_chords(notes, beats, piece.end, [(span.start, span.key) for span in keys]):
        key = keys[bisect_right(keys, row.start, key=lambda span: span.start) - 1].key
        numeral = numeral_of(row.chord, key) if row.chord is not None else ""
        first = max(0, bisect_right(starts, row.start) - 1)
        others = found.chords[first : bisect_right(starts, row.end - 1)]
        out.append(_judged(ChordSpan(row.start, row.end, key, numeral, row.chord), others))
    return tuple(out)


def _judged(span: ChordSpan, others: Sequence[ChordSpan]) -> ChordSpan:
    """A chord with how sure it is: by how long another way of reading has the same root."""
    if span.chord is None:
        return span
    alike = 0
    rival: ChordSpan | None = None
    for other in others:
        length = min(span.end, other.end) - max(span.start, other.start)
        if other.chord is not None and other.chord.root.number == span.chord.root.number:
            alike += length
        elif other.chord is not None and (rival is None or other.end - other.start > rival.end - rival.start):
            rival = other
    share = alike / (span.end - span.start)
    second = (rival.key, rival.numeral, rival.chord) if rival is not None and rival.chord is not None else None
    return span._replace(sure=round(_LEAST_SURE + _AGREED * share, 3), second=second if share < 0.5 else None)


def read_in(found: Decoded, keys: tuple[KeySpan, ...], spelled: bool) -> Decoded:
    """What was decoded, every chord read in the keys given, which lie end to end."""
    chords: list[ChordSpan] = []
    i = 0
    for span in found.chords:
        while i + 1 < len(keys) and keys[i].end <= span.start:
            i += 1
        chords.append(_reread(span, keys[i].key, spelled))
    return found._replace(keys=keys, chords=tuple(chords))


def _reread(span: ChordSpan, key: Key, spelled: bool) -> ChordSpan:
    """A chord as it is read in another key; where the source does not spell it, by that key's names."""
    chord = span.chord
    if chord is None or span.key == key:
        return span._replace(key=key)
    if not spelled:
        usual = key.spell(60 + chord.root.number).pitch_class
        chord = chord.up(usual.fifths - chord.root.fifths)
    return span._replace(key=key, chord=chord, numeral=numeral_of(chord, key), second=None)


def _by_thirds(chords: Sequence[ChordSpan], key: Key) -> Key:
    """The major key where the chords on the tonic have a major third mostly, whatever thirds are sung above them."""
    thirds = [
        (span.end - span.start, span.chord.third.fifths - span.chord.root.fifths)
        for span in chords
        if span.chord is not None and span.chord.third is not None and span.chord.root.number == key.tonic.number
    ]
    total = sum(length for length, _ in thirds)
    major = sum(length for length, fifths in thirds if fifths == 4)
    if key.is_minor and total and major > _MAJOR_THIRD * total:
        return Key(key.tonic, "major").simplified()
    return key


def _named_as(piece: Piece, key: Key) -> Key:
    """The key by the name that is nearer to the written signature or tones, of two that sound alike."""
    if piece.keys:
        written: float = piece.keys[0][1].signature
    elif piece.spelled:
        # The tones of a major scale lie two fifths above its signature in the mean.
        written = sum(tone.pitch.fifths for tone in piece.tones) / len(piece.tones) - 2
    else:
        return key.simplified()
    return min((key.up(12 * k) for k in (-1, 0, 1)), key=lambda one: abs(one.signature - written))


def _with_changes(piece: Piece, home: Key, sure: float, second: Key | None) -> list[KeySpan]:
    """The home key, moved wherever the written signature moves."""
    end = max(1, piece.end)
    changes = [row for row in piece.keys if 0 < row[0] < end]
    first = piece.keys[0][1].signature if piece.keys else 0
    starts = [(0, home), *((tick, home.up(key.signature - first)) for tick, key in changes)]
    rows = [row for i, row in enumerate(starts) if i == 0 or row[1] != starts[i - 1][1]]
    ends = [*(tick for tick, _ in rows[1:]), end]
    return [
        KeySpan(tick, until, key, sure, second if key == home else None)
        for (tick, key), until in zip(rows, ends, strict=True)
    ]


def _with_visits(piece: Piece, spans: list[KeySpan], found: Decoded) -> list[KeySpan]:
    """The spans, and within them the decoder's other keys that last; a relative or parallel key is no other."""
    out: list[KeySpan] = []
    for span in spans:
        own = {span.key, span.key.relative, span.key.parallel}
        names = {(key.tonic.number, key.is_minor) for key in own}
        at = span.start
        for visit in _long_visits(piece, found, span.key):
            start, end = max(at, visit.start), min(span.end, visit.end)
            if (visit.key.tonic.number, visit.key.is_minor) in names or end <= start:
                continue
            if start > at:
                out.append(span._replace(start=at, end=start))
            out.append(visit._replace(start=start, end=end))
            at = end
        if at < span.end:
            out.append(span._replace(start=at))
    return out


def _long_visits(piece: Piece, found: Decoded, home: Key) -> list[KeySpan]:
    """The decoder's keys that hold eight bars and that the notes there speak for more than for `home`."""
    out = []
    for span in found.keys:
        bar = piece.bar_at(span.start).meter.bar if piece.bars else 1920
        if span.end - span.start >= _LASTS_BARS * bar and _bears_out(piece, span, home):
            out.append(span)
    return out


def _bears_out(piece: Piece, visit: KeySpan, home: Key) -> bool:
    inside = [
        (tone.onset, tone.duration, tone.pitch.midi) for tone in piece.tones if visit.start <= tone.onset < visit.end
    ]
    scores = {(key.tonic.number, key.mode): score for key, score in find_key(inside)}
    own, other = (scores.get((key.tonic.number, key.mode), float("-inf")) for key in (visit.key, home))
    return own > other
