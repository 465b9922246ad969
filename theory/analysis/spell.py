"""Spelling the tones of a Piece that is known by MIDI numbers: by chord, by key, and by where each tone leads.

Conventions: a tone of its chord is spelled as the chord has it; another one that rises a semitone takes the letter
below its goal, so that a leading tone looks like one; all others are the local key's usual ones (`Key.spell`), which in
minor are the raised sixth and seventh.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import replace

from partimento.theory.analysis.findings import ChordSpan, KeySpan
from partimento.theory.analysis.non_chord import neighbours
from partimento.theory.analysis.piece import Piece
from partimento.theory.key import Key
from partimento.theory.pitch import Pitch, pitch_at


def respelled(piece: Piece, keys: Sequence[KeySpan], chords: Sequence[ChordSpan]) -> Piece:
    """The piece with its tones spelled by what was found; one that the source spells is given back as it is."""
    if piece.spelled or not keys:
        return piece
    key_starts = [span.start for span in keys]
    chord_starts = [span.start for span in chords]
    pitches = [tone.pitch for tone in piece.tones]
    for voice in range(len(piece.voices)):
        for i, _, after in reversed(neighbours(piece, voice)):
            tone = piece.tones[i]
            key = keys[max(0, bisect_right(key_starts, tone.onset) - 1)].key
            k = bisect_right(chord_starts, tone.onset) - 1
            chord = chords[k].chord if k >= 0 and tone.onset < chords[k].end else None
            own = chord.tone_at(tone.pitch.midi) if chord is not None else None
            if own is not None:
                pitches[i] = pitch_at(own, tone.pitch.midi)
            else:
                pitches[i] = _by_line(tone.pitch.midi, pitches[after] if after is not None else None, key)
    for i, tone in enumerate(piece.tones):
        if tone.grace:
            pitches[i] = keys[max(0, bisect_right(key_starts, tone.onset) - 1)].key.spell(tone.pitch.midi)
    tones = tuple(tone._replace(pitch=pitch) for tone, pitch in zip(piece.tones, pitches, strict=True))
    return replace(piece, tones=tones)


def _by_line(midi: int, after: Pitch | None, key: Key) -> Pitch:
    usual = key.spell(midi)
    if after is None or after.midi != midi + 1 or key.contains(usual.pitch_class):
        return usual
    leading = after.pitch_class.up(5)
    # No double sharp for the sake of a goal that is itself a chromatic tone.
    return pitch_at(leading, midi) if key.contains(after.pitch_class) and abs(leading.alter) < 2 else usual
