"""The song's last bars: the ending's chords.

Convention: slots start at the ending's own start; numerals are in the last section's key.
"""

from __future__ import annotations

from partimento.arrangement.style import Ending
from partimento.composer.harmony_closes import formulas
from partimento.composer.harmony_rhythm import Slot, bars_to_slots, merged, parse_bars
from partimento.theory.key import Key
from partimento.theory.meter import Meter
from partimento.theory.roman import chord_of

_MADE = {
    "cadence": {"major": "V7 | I", "minor": "V7 | i"},
    "tag": {"major": "ii V | I", "minor": "iv V | i"},
}


def ending_bars(ending: Ending, key: Key) -> list[tuple[str, ...]]:
    """The ending's bars of numerals: the style's own, or by its kind; modal keys close by their own chords."""
    tonic = "io" if key.mode == "locrian" else "i" if key.is_minor else "I"
    text = ending.minor if key.is_minor else ending.major
    if not text:
        text = _MADE.get(ending.kind, {}).get("minor" if key.is_minor else "major", tonic)
    bars = list(parse_bars(text)[0])
    if key.mode not in ("major", "minor"):
        foreign = any(tone not in key.tones for bar in bars for r in bar for tone in chord_of(r, key).tones)
        if foreign and len(bars) > 1:
            bars = [*([(tonic,)] * (len(bars) - 2)), formulas("modal", key.mode)[0][2][0], (tonic,)]
        elif foreign:
            bars = [(tonic,)]
    if len(bars) < ending.bars:
        bars += [bars[-1][-1:]] * (ending.bars - len(bars))
    return bars


def ending_slots(ending: Ending, key: Key, meter: Meter, room: int) -> tuple[int, list[Slot]]:
    """(bars, slots) of the ending, its first bars left out where the last section has `room` for fewer."""
    bars = ending_bars(ending, key)[-max(1, room) :]
    return len(bars), merged(bars_to_slots(bars, meter))
