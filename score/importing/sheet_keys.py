"""The keys of a foreign score: signatures with their modes, or the mode that its notes tell.

Convention: signatures are fifths that sound; the first pitched part that has one speaks for all.
"""

from __future__ import annotations

from collections.abc import Sequence

from partimento.score.importing.draft import DraftPart
from partimento.score.importing.sheet import PartBar
from partimento.score.importing.sheet_played import Played
from partimento.score.song import Drum, KeyChange
from partimento.theory.key import MODES, Key
from partimento.theory.key_finding import find_key
from partimento.theory.pitch import pitch_class

_MODE_NAMES = {name: name for name in MODES} | {"ionian": "major", "aeolian": "minor"}
_MOST_HEARD = 4_000

Signature = tuple[int, str]


def played_keys(
    parts: Sequence[Sequence[PartBar]],
    drums: Sequence[bool],
    played: Sequence[Played],
    draft: Sequence[DraftPart],
    end: int,
) -> tuple[tuple[KeyChange, ...], list[str]]:
    """The key changes in playing order, and notices where only a signature is said."""
    bars = next((b for b, d in zip(parts, drums, strict=True) if not d and any(bar.key for bar in b)), None)
    if bars is None:
        return (), []
    held: list[Signature | None] = []
    now: Signature | None = None
    for bar in bars:
        now = bar.key or now
        held.append(now)
    changes: list[tuple[int, Signature]] = []
    for place in played:
        signature = held[place.bar] if place.bar < len(held) else now
        if signature is not None and (not changes or changes[-1][1] != signature):
            changes.append((place.start, signature))
    return resolved(changes, draft, end)


def resolved(
    changes: Sequence[tuple[int, Signature]], draft: Sequence[DraftPart], end: int
) -> tuple[tuple[KeyChange, ...], list[str]]:
    """Keys of (tick, (fifths, mode)); a missing mode is the likeliest of that signature by what sounds under it."""
    out: list[KeyChange] = []
    notices: list[str] = []
    for i, (tick, (fifths, written)) in enumerate(changes):
        mode = _MODE_NAMES.get(written, "")
        if not mode:
            until = changes[i + 1][0] if i + 1 < len(changes) else end
            mode = _heard(fifths, draft, tick, until)
            notices.append(f"Key: a signature alone ({_count(fifths)}), heard as {_key(fifths, mode)}")
        key = _key(fifths, mode)
        if not out or out[-1].key != key:
            out.append(KeyChange(tick, key))
    return tuple(out), notices if len(notices) < 4 else [*notices[:3], f"... and {len(notices) - 3} keys more"]


def _key(fifths: int, mode: str) -> Key:
    return Key(pitch_class(fifths - MODES[mode]), mode).simplified()


def _heard(fifths: int, draft: Sequence[DraftPart], start: int, end: int) -> str:
    notes = [
        (note.onset, note.duration, note.number)
        for part in draft
        for note in part.notes
        if start <= note.onset < end and not isinstance(note.pitch, Drum)
    ]
    # Most of all the last bass counts, and it is kept.
    notes.sort()
    ranked = find_key(notes[: _MOST_HEARD // 2] + notes[_MOST_HEARD // 2 :][-_MOST_HEARD // 2 :]) if notes else []
    return next((key.mode for key, _ in ranked if (key.signature - fifths) % 12 == 0), "major")


def _count(fifths: int) -> str:
    kind = "sharp" if fifths > 0 else "flat"
    return f"{abs(fifths)} {kind}{'s' if abs(fifths) != 1 else ''}" if fifths else "none"
