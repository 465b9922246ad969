"""Rules of harmony for whoever writes note against note: one sonority over its chord, and the step to the next.

Conventions: a sonority is one spelled pitch, or None for a rest, per voice, lowest first, over one chord of a key. For
music in time, with passing tones and held ones, see `check`; these are its rules where every tone counts.
"""

from __future__ import annotations

from partimento.theory.chord import Chord
from partimento.theory.key import Key
from partimento.theory.pitch import PitchClass
from partimento.theory.rules.leading import Fault, Sonority
from partimento.theory.rules.tendency import is_dominant, leading_tone, owes_leading_tone, seventh_leaps


def chord_faults(sonority: Sonority, chord: Chord, key: Key) -> list[Fault]:
    """Doubled tendency tones, missing tones where there are voices enough, a dominant of minor that is not raised."""
    voices: dict[PitchClass, tuple[int, ...]] = {}
    for voice, pitch in enumerate(sonority):
        if pitch is not None:
            voices[pitch.pitch_class] = (*voices.get(pitch.pitch_class, ()), voice)
    faults: list[Fault] = []
    leading = voices.get(leading_tone(key), ()) if is_dominant(chord, key) else ()
    if len(leading) > 1:
        faults.append(Fault("doubled-leading-tone", leading, (("tone", leading_tone(key).name),)))
    sevenths = voices.get(chord.seventh, ()) if chord.seventh is not None else ()
    if len(sevenths) > 1:
        faults.append(Fault("doubled-seventh", sevenths))
    needed = [tone for tone in (chord.root, chord.third, chord.seventh) if tone is not None]
    missing = [tone for tone in needed if tone not in voices]
    if missing and sum(map(len, voices.values())) >= len(needed):
        faults.append(Fault("missing-tone", (), (("tone", missing[0].name), ("chord", chord.name))))
    low = key.degree(7)
    if key.mode == "minor" and chord.root == key.tonic.up(1) and chord.third == low:
        faults.append(Fault("unraised-leading-tone", voices.get(low, ()), (("tone", low.name),)))
    return faults


def resolution_faults(
    before: Sonority, after: Sonority, chords: tuple[Chord, Chord], key: Key, earlier: Sonority | None = None
) -> list[Fault]:
    """Sevenths that leap and leading tones of outer voices that do not rise, from one chord to the next.

    `earlier` is the sonority before both, by which 8-7-6 is known. Nothing is owed where the chord goes on.
    """
    faults: list[Fault] = []
    outer = (0, len(after) - 1)
    for voice, (old, new) in enumerate(zip(before, after, strict=True)):
        if old is None or new is None:
            continue
        facts = (("from", str(old)), ("to", str(new)))
        if chords[0] != chords[1] and old.pitch_class == chords[0].seventh and seventh_leaps(old, new):
            faults.append(Fault("seventh-leaps", (voice,), facts))
        first = earlier[voice] if earlier is not None else None
        if voice in outer and owes_leading_tone(first, old, new, chords, key):
            faults.append(Fault("leading-tone", (voice,), facts))
    return faults
