"""Sevenths and leading tones of strict styles, and whether sections close as planned.

Conventions: rules are Aldwell and Schachter's (Harmony and Voice Leading), as `theory.rules` has them: a chordal
seventh goes on by step or is held, a leading tone in an outer voice rises (held, prolonged and 8-7-6 pass); phrases
are looked at apart, as those rules are. Major sevenths are a colour, no dissonance, but in styles of counterpoint
(Levine, The Jazz Theory Book). In a line the note that meets the change of chord counts, if the line goes on within a
beat; in block chords the progression: the next chord has the tone a step below the seventh or the seventh itself. The
seventh of a diminished chord may be a raised second in disguise (common-tone chords) and rise by a semitone; on I7 and
IV7 of a blues it is a blue note, which stands.
"""

from __future__ import annotations

from collections.abc import Sequence

from partimento.arrangement.style import Style
from partimento.composer.harmony_closes import meets_close
from partimento.score.song import ChordSymbol, Drum, Note, Song, Track
from partimento.theory.chord import Chord
from partimento.theory.key import Key
from partimento.theory.pitch import Pitch
from partimento.theory.roman import Numeral
from partimento.theory.rules.tendency import owes_leading_tone, seventh_leaps

LINES = ("lead", "bass", "counter", "harmony")
OUTER = ("lead", "bass")
BEAT = 480
REACHES = 120
"""A note that ends a sixteenth or less before the change still leads into it."""


def strict(style: Style) -> bool:
    """Whether the style forbids unresolved tendency tones."""
    return bool(style.references.get("forbids_unresolved"))


def owed_seventh(chord: Chord, classical: bool) -> bool:
    """Whether the chord's seventh is a dissonance that must go on."""
    if chord.seventh is None:
        return False
    return classical or (chord.seventh.number - chord.root.number) % 12 != 11


def changes(song: Song) -> list[tuple[ChordSymbol, ChordSymbol]]:
    """Neighbouring chords of one phrase that differ in more than their colour."""
    ends = {p.start + p.length for s in song.sections for p in s.phrases} | {s.end for s in song.sections}
    return [
        (a, b)
        for a, b in zip(song.chords, song.chords[1:], strict=False)
        if a.onset + a.duration not in ends and a.chord.root != b.chord.root
    ]


def progressions(song: Song, classical: bool) -> list[str]:
    """Chords whose seventh can neither fall by step nor stay in the next chord."""
    out: list[str] = []
    for a, b in changes(song):
        seventh = a.chord.seventh
        if seventh is None or not owed_seventh(a.chord, classical) or (_blue(a) and not classical):
            continue
        steps = (-1, 0, 1, 2) if a.chord.family == "diminished" else (0, 1, 2)
        if not {(seventh.number - step) % 12 for step in steps} & (b.chord.numbers | {b.chord.bass_tone.number}):
            out.append(f"{a.onset}: {a.roman} - {b.roman} in {a.key}")
    return out


def _blue(symbol: ChordSymbol) -> bool:
    """Whether the chord is a blues' I7 or IV7, whose seventh is a blue note and no dissonance."""
    numeral = Numeral.parse(symbol.roman)
    return numeral.applied is None and numeral.degree in (1, 4) and symbol.chord.family == "dominant"


def line_of(track: Track) -> list[Note]:
    """The track's top line, grace notes aside."""
    top: dict[int, Note] = {}
    for note in track.notes:
        if note.grace or isinstance(note.pitch, Drum):
            continue
        before = top.get(note.onset)
        if before is None or note.pitch.midi > _pitch(before).midi:
            top[note.onset] = note
    return [top[t] for t in sorted(top)]


def lines(song: Song, classical: bool) -> tuple[list[str], list[str]]:
    """Sevenths that leap (in every line) and leading tones that do not rise (in lead and bass)."""
    sevenths: list[str] = []
    leading: list[str] = []
    pairs = changes(song)
    for track in song.tracks:
        if track.role not in LINES:
            continue
        notes = line_of(track)
        for before, old, new, a, b in meetings(notes, pairs):
            if owed_seventh(a.chord, classical) and _seventh(old, new, a.chord, b.chord):
                sevenths.append(f"{track.name}, {old.onset}: {old.pitch} to {new.pitch}, {a.chord} - {b.chord}")
            if track.role in OUTER and _leading(before, old, new, a.chord, b.chord, a.key):
                leading.append(f"{track.name}, {old.onset}: {old.pitch} to {new.pitch}, {a.chord} - {b.chord}")
    return sevenths, leading


def meetings(
    notes: Sequence[Note], pairs: Sequence[tuple[ChordSymbol, ChordSymbol]]
) -> list[tuple[Note | None, Note, Note, ChordSymbol, ChordSymbol]]:
    """The note before, the last note of a chord, the first after it, and the two chords, where the line goes on."""
    out = []
    i = 0
    for a, b in pairs:
        tick = b.sounding
        while i < len(notes) and notes[i].onset < tick:
            i += 1
        if not 0 < i < len(notes):
            continue
        old, new = notes[i - 1], notes[i]
        end = old.onset + old.duration
        if old.onset < a.sounding or end < tick - REACHES or new.onset - end >= BEAT:
            continue
        out.append((notes[i - 2] if i >= 2 else None, old, new, a, b))
    return out


def _seventh(old: Note, new: Note, a: Chord, b: Chord) -> bool:
    if old.onset + old.duration > new.onset or _pitch(old).midi % 12 in b.numbers:
        return False
    return _pitch(old).pitch_class == a.seventh and seventh_leaps(_pitch(old), _pitch(new))


def _leading(before: Note | None, old: Note, new: Note, a: Chord, b: Chord, key: Key) -> bool:
    first = _pitch(before) if before is not None else None
    if _pitch(old).midi % 12 in b.numbers:
        return False
    return owes_leading_tone(first, _pitch(old), _pitch(new), (a, b), key)


def _pitch(note: Note) -> Pitch:
    assert isinstance(note.pitch, Pitch)
    return note.pitch


def closes(song: Song) -> list[str]:
    """Sections and phrases that do not end on their planned close."""
    out: list[str] = []
    for i, section in enumerate(song.sections):
        own = [c for c in song.chords if section.start <= c.onset < section.end]
        following = song.sections[i + 1].key if i + 1 < len(song.sections) else None
        if not meets_close(section.close, [c.chord for c in own], section.key, following):
            out.append(f"{section.name}: {section.close}, but {' '.join(c.roman for c in own[-3:])}")
    return out
