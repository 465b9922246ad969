"""Reading a tune: one melody from a MIDI or MusicXML file, ready to be harmonised.

Conventions: ticks at 480 a quarter; a pick-up of `pickup` ticks comes before the first bar line; notes are
(onset, duration, MIDI number), one at a time. Refusals are one clear line.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

from partimento.score.importing.xml_safety import checked_xml
from partimento.score.midi_read import MOST_BYTES, FileTrack, read_midi
from partimento.theory.errors import PartimentoError, ScoreFormatError, nearest
from partimento.theory.key import Key
from partimento.theory.meter import TICKS, Meter

MIDI_SUFFIXES = (".mid", ".midi", ".smf", ".kar")
XML_SUFFIXES = (".musicxml", ".xml", ".mxl")
LEAST_NOTES = 4
MOST_NOTES = 20_000
MOST_XML_NOTES = 100_000
"""Of all parts of a MusicXML file; music21 takes about 3 seconds for 10,000 of them."""
_SLACK = TICKS // 8
_SHARE_OVERLAPPING = 0.05

TuneNote = tuple[int, int, int]


@dataclass(frozen=True, slots=True)
class Tune:
    """A melody as found: bar lines lie at `pickup` and every bar after it (0: no pick-up).

    `key` and `tempo_bpm` (quarters a minute) are None where the file is silent.
    """

    title: str
    notes: tuple[TuneNote, ...]
    meter: Meter
    pickup: int
    key: Key | None
    tempo_bpm: float | None


def read_tune(path: Path, track: str | None = None) -> Tune:
    """The tune in a MIDI or MusicXML file; `track` names (or counts from 1) the part when there are several.

    ScoreFormatError for a file that is missing, too large, damaged, empty, polyphonic, percussion alone, or neither.
    """
    try:
        size = path.stat().st_size
        if size > MOST_BYTES:
            raise ScoreFormatError(f"{path.name} has {size} bytes; at most {MOST_BYTES} are read")
        data = path.read_bytes()
    except OSError as error:
        raise ScoreFormatError(f"cannot read {path}: {error.strerror or error}") from None
    suffix = path.suffix.casefold()
    if not data:
        raise ScoreFormatError(f"{path.name} is empty")
    if data[:4] == b"MThd" or suffix in MIDI_SUFFIXES:
        return _from_midi(data, path, track)
    if suffix in XML_SUFFIXES or data.lstrip()[:5] in (b"<?xml", b"<scor") or data[:2] == b"PK":
        return _from_xml(data, path, track)
    raise ScoreFormatError(f"{path.name} is neither MIDI nor MusicXML (.mid, .musicxml, .xml, .mxl)")


def _from_midi(data: bytes, path: Path, track: str | None) -> Tune:
    contents = read_midi(data, path.name)
    pitched = [t for t in contents.tracks if not t.drums]
    if not contents.tracks:
        raise ScoreFormatError(f"{path.name} holds no notes")
    if not pitched:
        raise ScoreFormatError(f"{path.name} holds percussion only; a melody is needed")
    part = _chosen(pitched, track, path.name)
    notes = _one_line([(on, length, number) for on, length, number, _ in part.notes], path.name)
    meter = _main_meter(contents.meters, notes)
    pickup, moved = _from_first_bar(notes, meter)
    tempo = contents.tempos[0][1] if contents.tempos != ((0, 120.0),) or b"\xff\x51" in data else None
    title = contents.title or (part.name if not part.name.startswith("Track ") else "") or path.stem
    return Tune(title, moved, meter, pickup, contents.keys[0][1] if contents.keys else None, tempo)


def _chosen(parts: list[FileTrack], track: str | None, where: str) -> FileTrack:
    listing = ", ".join(f"{i} '{part.name}'" for i, part in enumerate(parts, 1))
    if track is None:
        if len(parts) == 1:
            return parts[0]
        raise ScoreFormatError(f"{where} has {len(parts)} pitched tracks; choose one by name or number: {listing}")
    if track.isdigit() and 1 <= int(track) <= len(parts):
        return parts[int(track) - 1]
    for part in parts:
        if part.name.casefold() == track.casefold():
            return part
    names = [part.name for part in parts]
    raise ScoreFormatError(f"{where} has no track '{track}'.{nearest(track, names)} Tracks: {listing}")


def _main_meter(meters: tuple[tuple[int, Meter], ...], notes: list[TuneNote]) -> Meter:
    """The meter that most of the tune's time lies in."""
    end = max(on + length for on, length, _ in notes)
    spans: dict[str, int] = {}
    edges = [*(tick for tick, _ in meters[1:]), end]
    for (tick, meter), until in zip(meters, edges, strict=True):
        spans[str(meter)] = spans.get(str(meter), 0) + max(0, min(until, end) - tick)
    return Meter.parse(min(spans, key=lambda name: (-spans[name], name)))


def _one_line(notes: list[TuneNote], where: str) -> list[TuneNote]:
    """The notes as a single line: small overlaps are cut, chords refused."""
    notes = sorted(notes)
    if len(notes) < LEAST_NOTES:
        raise ScoreFormatError(f"{where} has {len(notes)} notes in that track; a tune needs at least {LEAST_NOTES}")
    if len(notes) > MOST_NOTES:
        raise ScoreFormatError(f"{where} has {len(notes)} notes in that track; at most {MOST_NOTES} are read")
    overlapping = sum(
        1
        for (on, length, _), (after, _, _) in pairwise(notes)
        if on + length > after + max(_SLACK, length // 4)
    )
    if overlapping > max(1, round(len(notes) * _SHARE_OVERLAPPING)):
        raise ScoreFormatError(
            f"{where} is polyphonic ({overlapping} notes sound over the next one); give a single line, or another track"
        )
    out: list[TuneNote] = []
    for i, (onset, length, number) in enumerate(notes):
        if i + 1 < len(notes):
            length = min(length, notes[i + 1][0] - onset)
        if length > 0:
            out.append((onset, length, number))
        elif out and out[-1][0] == onset:
            continue
    return out


def _from_first_bar(notes: list[TuneNote], meter: Meter) -> tuple[int, tuple[TuneNote, ...]]:
    """(pick-up ticks, notes moved so that the pick-up bar ends at that tick)."""
    start = notes[0][0]
    bar = start // meter.bar * meter.bar
    into = start - bar
    if into * 2 >= meter.bar:  # begins in a bar's second half: a pick-up
        base = bar + meter.bar
        pickup = base - start
        return pickup, tuple((on - start, length, number) for on, length, number in notes)
    phase = _phase(notes, meter)
    if phase:
        return phase, tuple(notes)
    return 0, tuple((on - bar, length, number) for on, length, number in notes)


def _phase(notes: list[TuneNote], meter: Meter) -> int:
    """Ticks by which the bar lines should be shifted: files written without their pick-up's rest betray themselves.

    Long notes lie on strong beats (Lerdahl and Jackendoff, metrical preference rule 5); another place than the
    written one must do better by a quarter before it is believed.
    """
    scores: dict[int, int] = {}
    for shift in (0, *meter.beats[1:]):
        scores[shift] = sum(
            min(length, meter.bar) * (meter.strength(on - shift) + (2 if (on - shift) % meter.bar == 0 else 0))
            for on, length, _ in notes
        )
    best = max(scores, key=lambda shift: (scores[shift], -shift))
    return best if scores[best] * 4 > scores[0] * 5 and notes[0][0] == 0 else 0


def _from_xml(data: bytes, path: Path, track: str | None) -> Tune:
    text = checked_xml(data, path.name, MOST_XML_NOTES)
    from music21 import converter
    from music21.exceptions21 import Music21Exception

    try:
        score = converter.parse(text, format="musicxml")
    except (Music21Exception, ValueError, KeyError, IndexError, AttributeError, TypeError, SyntaxError) as error:
        reason = str(error).splitlines()[0] if str(error) else "it cannot be parsed"
        raise ScoreFormatError(f"{path.name} is damaged: {reason}") from None
    try:
        return _from_score(score, path, track)
    except PartimentoError:
        raise
    except (Music21Exception, ValueError, AttributeError) as error:
        raise ScoreFormatError(f"{path.name} cannot be read as a tune: {error}") from None


def _from_score(score: Any, path: Path, track: str | None) -> Tune:
    parts = list(score.parts) if hasattr(score, "parts") else [score]
    names = [str(part.partName or f"Part {i}") for i, part in enumerate(parts, 1)]
    tracks = []
    for name, part in zip(names, parts, strict=True):
        merged = part.expandRepeats() if part.recurse().getElementsByClass("RepeatMark") else part
        rows = []
        for element in merged.flatten().stripTies().notes:
            if element.isChord and not hasattr(element, "figure"):
                rows += [(_ticks(element.offset), _ticks(element.quarterLength), p.midi, 80) for p in element.pitches]
            elif element.isNote and element.quarterLength > 0:
                rows.append((_ticks(element.offset), _ticks(element.quarterLength), element.pitch.midi, 80))
        drums = not rows and bool(part.recurse().getElementsByClass("Unpitched"))
        if rows or drums:
            tracks.append((FileTrack(name, 0, drums, tuple(sorted(rows))), part))
    pitched = [t for t, _ in tracks if not t.drums]
    if not tracks:
        raise ScoreFormatError(f"{path.name} holds no notes")
    if not pitched:
        raise ScoreFormatError(f"{path.name} holds percussion only; a melody is needed")
    chosen = _chosen(pitched, track, path.name)
    part = next(p for t, p in tracks if t is chosen)
    notes = _one_line([(on, length, number) for on, length, number, _ in chosen.notes], path.name)
    signature = next(iter(part.recurse().getElementsByClass("TimeSignature")), None)
    meter = Meter(signature.numerator, signature.denominator) if signature is not None else Meter(4, 4)
    bars = list(part.getElementsByClass("Measure"))
    pickup = 0
    if len(bars) > 1 and _ticks(bars[1].offset - bars[0].offset) < meter.bar:
        pickup = _ticks(bars[1].offset - bars[0].offset)
    elif bars and bars[0].paddingLeft:
        pickup = meter.bar - _ticks(bars[0].paddingLeft)
    marked = next(iter(part.recurse().getElementsByClass("MetronomeMark")), None)
    tempo = float(marked.getQuarterBPM()) if marked is not None and marked.getQuarterBPM() else None
    title = score.metadata.bestTitle if score.metadata is not None and score.metadata.bestTitle else path.stem
    return Tune(str(title), tuple(notes), meter, pickup, _xml_key(part, notes), tempo)


def _xml_key(part: Any, notes: list[TuneNote]) -> Key | None:
    """The written key where its mode is told; a bare signature leaves the tonic to be found."""
    for key in part.recurse().getElementsByClass("Key"):
        mode = key.mode if key.mode in ("major", "minor", "dorian", "mixolydian", "phrygian", "lydian") else "major"
        return Key.parse(f"{key.tonic.name.replace('-', 'b')} {mode}")
    return None


def _ticks(quarters: Any) -> int:
    return round(float(quarters) * TICKS)
