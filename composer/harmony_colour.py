"""What is done to plain chords: applied dominants, mixture, sevenths, substitutes, inversions, suspensions, colours.

Conventions: a section's slots in order; `fixed` holds the indices of cadence chords (kept in function); every change
is noted as (slot start, rule, from, to) so that its Decision can be recorded.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import cache

from partimento.arrangement.style import HarmonySpec
from partimento.composer.harmony_rhythm import Slot
from partimento.score.stream import Stream
from partimento.theory.chord import Chord
from partimento.theory.chord_quality import QUALITIES, find_quality
from partimento.theory.key import Key
from partimento.theory.meter import Meter
from partimento.theory.roman import Numeral, chord_of, is_diatonic

TRIADS = frozenset({"", "m", "dim", "aug"})
_INVERTIBLE = frozenset({"", "m", "7", "m7", "maj7", "m7b5"})
_STRIPPED = {
    "7": "", "maj7": "", "m7": "m", "m7b5": "dim", "dim7": "dim", "mmaj7": "m", "9": "", "maj9": "", "m9": "m",
    "13": "", "7b9": "", "7sus4": "sus4",
}  # fmt: skip
_SEVENTH_OF = {
    ("", -2): "7", ("", 5): "maj7", ("m", -2): "m7", ("m", 5): "m7", ("dim", -2): "m7b5", ("dim", -9): "dim7",
    ("aug", 5): "maj7#5",
}  # fmt: skip

Change = tuple[int, str, str, str]


@dataclass(slots=True)
class Draft:
    """A section's chords while they are being made."""

    slots: list[Slot]
    fixed: set[int] = field(default_factory=set)
    changes: list[Change] = field(default_factory=list)

    def change(self, i: int, rule: str, roman: str) -> None:
        """Slot i becomes `roman`, and that is noted."""
        slot = self.slots[i]
        self.changes.append((slot.start, rule, slot.roman, roman))
        self.slots[i] = slot._replace(roman=roman)

    def split(self, i: int, rule: str, at: int, romans: tuple[str, str]) -> None:
        """Slot i becomes two, the second `at` ticks after its start."""
        slot = self.slots[i]
        self.changes.append((slot.start + at, rule, slot.roman, romans[1] if romans[1] != slot.roman else romans[0]))
        self.slots[i : i + 1] = [
            slot._replace(duration=at, roman=romans[0]),
            Slot(slot.start + at, slot.duration - at, romans[1]),
        ]
        self.fixed = {f if f < i else f + 1 for f in self.fixed if f != i} | ({i, i + 1} if i in self.fixed else set())


def half_of(slot: Slot, meter: Meter) -> int:
    """Ticks from the slot's start to the felt beat where its second half begins; 0 where it cannot be halved."""
    place = slot.start % meter.bar
    wanted = slot.duration / 2
    best = 0
    for bar in range(slot.duration // meter.bar + 2):
        for beat in meter.beats:
            at = bar * meter.bar + beat - place
            if 0 < at < slot.duration and (not best or abs(at - wanted) < abs(best - wanted)):
                best = at
    return best


def apply_dominants(
    draft: Draft, spec: HarmonySpec, key: Key, meter: Meter, stream: Stream, strict: bool
) -> None:
    """Applied dominants before fitting chords, with their ii where there is room and the style has sevenths.

    In a `strict` style a dominant's own place is left alone, since its leading tone wants the tonic.
    """
    if key.mode not in ("major", "minor"):
        return
    seventh = "" if spec.sevenths == "never" else "7"
    i = 0
    while i + 1 < len(draft.slots):
        target = draft.slots[i + 1].roman
        wanted = stream.chance(spec.applied) and not (strict and _is_owed(draft.slots[i].roman, key))
        owed = i > 0 and _is_owed(draft.slots[i - 1].roman, key)
        if wanted and i not in draft.fixed and _can_be_tonicised(target, key) and "/" not in draft.slots[i].roman:
            bare = str(replace(Numeral.parse(target), inversion=0, bass=None))
            roman, slot = f"V{seventh}/{bare}", draft.slots[i]
            at = half_of(slot, meter) if slot.duration >= meter.bar else 0
            same_root = chord_of(roman, key).root == chord_of(slot.roman, key).root
            if spec.sevenths in ("often", "always") and at and i > 0 and not owed and stream.chance(0.5):
                minor = Numeral.parse(target).is_minor
                draft.split(i, "harmony.applied-two-five", at, (f"{'iiø7' if minor else 'ii7'}/{bare}", roman))
                i += 1
            elif at and (i == 0 or stream.chance(0.6)) and not same_root:
                draft.split(i, "harmony.applied-dominant", at, (slot.roman, roman))
                i += 1
            elif i > 0 and not owed:
                draft.change(i, "harmony.applied-dominant", roman)
        i += 1


@cache
def _is_owed(roman: str, key: Key) -> bool:
    """Whether the chord asks for its own next one: dominants, applied chords and borrowed ones."""
    numeral = Numeral.parse(roman)
    return numeral.applied is not None or numeral.degree in (5, 7) or not is_diatonic(chord_of(roman, key), key)


@cache
def _can_be_tonicised(roman: str, key: Key) -> bool:
    numeral = Numeral.parse(roman)
    plain = numeral.applied is None and not numeral.alter and numeral.quality in ("", "m", "m7", "maj7")
    if not plain or numeral.degree in (1, 7):
        return False
    return is_diatonic(chord_of(roman, key), key)


def mix_modes(draft: Draft, spec: HarmonySpec, key: Key, stream: Stream) -> None:
    """Chords borrowed from the parallel minor where they move on as they should."""
    if key.mode != "major":
        return
    swaps = {"IV": ("iv", ("I", "V", "V7")), "ii": ("iiø7", ("V", "V7")), "vi": ("bVI", ("V", "V7", "IV", "ii"))}
    for i in range(1, len(draft.slots) - 1):
        swap = swaps.get(draft.slots[i].roman)
        if swap and swap[0] == "bVI" and draft.slots[i - 1].roman == "iii":
            continue
        if swap and i not in draft.fixed and draft.slots[i + 1].roman in swap[1] and stream.chance(spec.mixture):
            roman = "iio" if swap[0] == "iiø7" and spec.sevenths == "never" else swap[0]
            draft.change(i, "harmony.mixture", roman)


@cache
def diatonic_seventh(roman: str, key: Key) -> str:
    """The numeral with the seventh that its key gives; unchanged where it is no plain triad.

    In keys with a minor third the dominant's triad is major. A borrowed root takes the seventh of the usual quality.
    """
    numeral = Numeral.parse(roman)
    if numeral.quality not in TRIADS or numeral.bass is not None or numeral.inversion == 2:
        return roman
    chord = chord_of(roman, key)
    if numeral.applied is not None:
        quality = {"": "7", "m": "m7", "dim": "dim7"}.get(numeral.quality, numeral.quality)
        return str(replace(numeral, quality=quality))
    letter = next((tone for tone in key.tones if (tone.fifths - chord.root.fifths) % 7 == (-2) % 7), None)
    distance = letter.fifths - chord.root.fifths if letter is not None else 5
    usual = {"": "maj7", "m": "m7", "dim": "dim7"}.get(numeral.quality, "")
    quality = _SEVENTH_OF.get((numeral.quality, distance), usual)
    return str(replace(numeral, quality=quality))


def add_sevenths(draft: Draft, spec: HarmonySpec, key: Key, stream: Stream) -> None:
    """Sevenths as the style has them; a dominant takes its seventh where it resolves."""
    if spec.sevenths == "never":
        return
    chances = {"dominant": (0.75, 0.0), "often": (0.9, 0.55), "always": (1.0, 1.0)}[spec.sevenths]
    for i, slot in enumerate(draft.slots):
        numeral = Numeral.parse(slot.roman)
        dominant = numeral.degree in (5, 7) and not numeral.alter and not (numeral.is_minor and numeral.degree == 5)
        last = i + 1 == len(draft.slots)
        if dominant and spec.sevenths == "dominant" and not last:
            dominant = Numeral.parse(draft.slots[i + 1].roman).degree in (1, 6)
            if not dominant:
                continue
        if stream.chance(chances[0] if dominant else chances[1]):
            roman = diatonic_seventh(slot.roman, key)
            if spec.sevenths == "dominant" and Numeral.parse(roman).quality not in ("7", "dim7", "m7b5"):
                continue
            draft.slots[i] = slot._replace(roman=roman)


def substitute(draft: Draft, spec: HarmonySpec, key: Key, stream: Stream) -> None:
    """Tritone substitutes for dominants that fall a fifth to the next chord."""
    for i in range(len(draft.slots) - 1):
        numeral = Numeral.parse(draft.slots[i].roman)
        if numeral.degree != 5 or numeral.alter or numeral.quality != "7" or not stream.chance(spec.tritone):
            continue
        chord, following = chord_of(draft.slots[i].roman, key), chord_of(draft.slots[i + 1].roman, key)
        if following.root == chord.root.up(-1):
            applied = f"/{numeral.applied}" if numeral.applied is not None else ""
            draft.change(i, "harmony.tritone-substitute", f"subV7{applied}")


def suspend(draft: Draft, spec: HarmonySpec, meter: Meter, stream: Stream) -> None:
    """A suspended fourth before a dominant's third."""
    i = 0
    while i < len(draft.slots):
        slot = draft.slots[i]
        long = slot.duration >= 2 * min(meter.beat_lengths)
        if slot.roman in ("V", "V7") and long and stream.chance(spec.suspensions):
            at = half_of(slot, meter)
            if at:
                draft.split(i, "harmony.suspension", at, ("Vsus4" if slot.roman == "V" else "V7sus4", slot.roman))
                i += 1
        i += 1


def invert(draft: Draft, spec: HarmonySpec, key: Key, stream: Stream, strict: bool) -> None:
    """First and third inversions where they give the bass a step; `strict` puts all diminished triads in the first."""
    for i, slot in enumerate(draft.slots):
        if strict and Numeral.parse(slot.roman).quality == "dim" and Numeral.parse(slot.roman).inversion == 0:
            draft.slots[i] = slot._replace(roman=str(replace(Numeral.parse(slot.roman), inversion=1)))
    for i in range(1, len(draft.slots) - 1):
        if i in draft.fixed or i + 1 in draft.fixed and draft.slots[i + 1].roman.endswith("64"):
            continue
        numeral = Numeral.parse(draft.slots[i].roman)
        if numeral.inversion or numeral.bass is not None or numeral.quality not in _INVERTIBLE:
            continue
        if not stream.chance(spec.inversions):
            continue
        chord = chord_of(draft.slots[i].roman, key)
        before = chord_of(draft.slots[i - 1].roman, key).bass_tone
        after = chord_of(draft.slots[i + 1].roman, key).bass_tone
        third = chord.members[3]
        if _steps(third.number, after.number) or (_steps(before.number, third.number) and third != after):
            draft.change(i, "harmony.inversion", str(replace(numeral, inversion=1)))
        elif chord.seventh is not None and (chord.seventh.number - after.number) % 12 in (1, 2):
            draft.change(i, "harmony.inversion", str(replace(numeral, inversion=3)))


def _steps(a: int, b: int) -> bool:
    return (a - b) % 12 in (1, 2, 10, 11)


def hold_pedal(draft: Draft, spec: HarmonySpec, key: Key, meter: Meter, stream: Stream) -> None:
    """A tonic pedal under the first bars (up to four), where the tonic starts the section."""
    if not stream.chance(spec.pedal) or not draft.slots:
        return
    if chord_of(draft.slots[0].roman, key).root != key.tonic:
        return
    for i, slot in enumerate(draft.slots):
        if slot.start >= 4 * meter.bar or i in draft.fixed:
            break
        numeral = Numeral.parse(slot.roman)
        if i and numeral.inversion == 0 and numeral.bass is None and chord_of(slot.roman, key).root != key.tonic:
            draft.change(i, "harmony.pedal", str(replace(numeral, bass=(1, 0))))


_TONIC_RAISED = frozenset({"m6", "m69", "mmaj7", "mmaj9"})


@cache
def _fits(quality: str, roman: str, key: Key) -> bool:
    """Whether a richer quality keeps the function: what it adds lies in the key, or alters a dominant."""
    chord = chord_of(roman, key)
    richer = Chord(chord.root, quality)
    added = [tone for tone in richer.tones if tone not in chord.tones]
    lost_third = chord.third is not None and richer.third is None
    if chord.third is not None and richer.third is not None and chord.third != richer.third:
        return False
    if lost_third and "sus" not in quality and quality != "5":
        return False
    if chord.family == "dominant":
        # Natural ninths and thirteenths must lie in the key; flat and sharp ones are alterations and always may.
        members = richer.members
        return all(members.get(d) is None or members[d].fifths - chord.root.fifths != f or members[d] in key.tones
                   for d, f in ((9, 2), (13, 3)))
    if quality in _TONIC_RAISED and chord.root == key.tonic:
        return True
    if key.mode == "minor" and chord.root in (key.tonic, key.degree(4)):
        return is_diatonic(richer, key)
    return all(tone in key.tones for tone in added)


def colour(draft: Draft, spec: HarmonySpec, key: Key, stream: Stream, plain_cadences: bool) -> None:
    """Richer qualities by family; one colour for one numeral, so that a returning chord sounds the same."""
    if not spec.colour:
        return
    chosen: dict[str, str] = {}
    for i, slot in enumerate(draft.slots):
        if plain_cadences and i in draft.fixed:
            continue
        if slot.roman not in chosen:
            chosen[slot.roman] = _coloured(slot.roman, spec, key, stream.sub(slot.roman))
        draft.slots[i] = slot._replace(roman=chosen[slot.roman])


def _coloured(roman: str, spec: HarmonySpec, key: Key, stream: Stream) -> str:
    numeral = Numeral.parse(roman)
    if numeral.inversion or numeral.bass is not None or numeral.quality not in (*TRIADS, "7", "maj7", "m7", "m7b5"):
        return roman
    table = spec.colour.get(chord_of(roman, key).family)
    if not table:
        return roman
    options: dict[str, int] = {}
    for name in sorted(table):
        quality = find_quality(name) if name else numeral.quality
        if quality is not None and quality in QUALITIES and (not name or _fits(quality, roman, key)):
            options[quality] = options.get(quality, 0) + table[name]
    if not any(options.values()):
        return roman
    return str(replace(numeral, quality=stream.pick(options)))


def resolve_all(draft: Draft, key: Key) -> None:
    """Takes sevenths away that the next chord cannot resolve by step or hold (for styles that forbid it)."""
    for i in reversed(range(len(draft.slots))):
        slot = draft.slots[i]
        chord = chord_of(slot.roman, key)
        if chord.seventh is None:
            continue
        following = chord_of(draft.slots[i + 1].roman, key) if i + 1 < len(draft.slots) else None
        down = {(chord.seventh.number - step) % 12 for step in (0, 1, 2)}
        if following is None or not down & following.numbers:
            numeral = Numeral.parse(slot.roman)
            plain = _STRIPPED.get(numeral.quality)
            if plain is not None:
                inversion = 0 if numeral.inversion == 3 else numeral.inversion
                draft.slots[i] = slot._replace(roman=str(replace(numeral, quality=plain, inversion=inversion)))


def push_slots(slots: list[Slot], spec: HarmonySpec, meter: Meter, stream: Stream, period: int) -> list[Slot]:
    """Anticipations: a chord that all play early. Alike at the same place of every `period` ticks (a loop, a phrase).

    Never the section's first chord unless the style pushes most of its chords, and never out of or into a chord
    shorter than a beat.
    """
    if not spec.push:
        return slots
    ticks = 240 if spec.push_by == "eighth" else 120
    beat = min(meter.beat_lengths)
    drawn: dict[int, bool] = {}
    out: list[Slot] = []
    for i, slot in enumerate(slots):
        place = slot.start % period
        if place not in drawn:
            drawn[place] = stream.sub(place).chance(spec.push)
        long_enough = slot.duration >= beat and (not out or out[-1].duration >= beat)
        if drawn[place] and long_enough and (i or spec.push >= 0.5) and slot.roman:
            slot = slot._replace(push=ticks)
        out.append(slot)
    return out
