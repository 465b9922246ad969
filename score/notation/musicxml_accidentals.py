"""Which notes of a staff show an accidental: the key signature, then what the bar has said so far at each line.

Conventions: an accidental holds on its line or space to the bar's end. A note tied over the bar line shows none and
says nothing to the bar; drums and slashes have none. A cautionary accidental stands where the bar before, or another
octave in this bar, has just altered the letter (Gould, Behind Bars, 2011, pp. 78-82).
"""

from __future__ import annotations

from partimento.score.notation.page import Measure, PageNote

NAMES = {-3: "triple-flat", -2: "flat-flat", -1: "flat", 0: "natural", 1: "sharp", 2: "double-sharp", 3: "triple-sharp"}
"""MusicXML's accidental of each alteration."""

Place = tuple[str, int]
Shown = dict[tuple[int, int, int], str]
_SHARPS = "FCGDAEB"


def key_alterations(fifths: int) -> dict[str, int]:
    """The letters that a signature alters, and how."""
    if fifths < 0:
        return dict.fromkeys(_SHARPS[fifths:], -1)
    return dict.fromkeys(_SHARPS[:fifths], 1)


class Accidentals:
    """The accidentals of one part, bar after bar."""

    __slots__ = ("_before",)

    def __init__(self) -> None:
        self._before: dict[int, dict[Place, int]] = {}

    def of_measure(self, measure: Measure, fifths: int) -> Shown:
        """The `<accidental>` elements of the next bar, by the places of voice, event and note."""
        staves: dict[int, list[tuple[tuple[int, bool, int, int], int, PageNote]]] = {}
        for v, voice in enumerate(measure.voices):
            notes = staves.setdefault(voice.staff, [])
            for e, event in enumerate(voice.events):
                for n, note in enumerate(event.notes):
                    if note.drum is None and note.head != "slash":
                        notes.append(((event.onset, not event.grace, v, e), n, note))
        shown: Shown = {}
        heard: dict[int, dict[Place, int]] = {}
        for staff, notes in staves.items():
            notes.sort(key=lambda row: row[:2])
            heard[staff] = _read(notes, key_alterations(fifths), self._before.get(staff, {}), shown)
        self._before = heard
        return shown


def _read(
    notes: list[tuple[tuple[int, bool, int, int], int, PageNote]],
    signature: dict[str, int],
    before: dict[Place, int],
    shown: Shown,
) -> dict[Place, int]:
    """Read one staff's bar in time, adding to `shown`; returns the last alteration heard at each place."""
    state: dict[Place, int] = {}
    heard: dict[Place, int] = {}
    latest: dict[str, int] = {}
    clashes = _clashes(notes)
    for (onset, struck, v, e), n, note in notes:
        pitch = note.pitch
        place, alter = (pitch.letter, pitch.octave), pitch.alter
        usual = signature.get(pitch.letter, 0)
        if not note.tie_stop:
            if alter != state.get(place, usual) or (struck and (onset, place) in clashes):
                if alter in NAMES:
                    shown[v, e, n] = f"<accidental>{NAMES[alter]}</accidental>"
                state[place] = alter
            elif place not in state and alter in NAMES:
                doubt = latest.get(pitch.letter, before.get(place, alter))
                if doubt != alter:
                    shown[v, e, n] = f'<accidental cautionary="yes">{NAMES[alter]}</accidental>'
                    state[place] = alter
        latest[pitch.letter] = alter
        heard[place] = alter
    return heard


def _clashes(notes: list[tuple[tuple[int, bool, int, int], int, PageNote]]) -> set[tuple[int, Place]]:
    """The moments and places where two alterations of one line are struck together."""
    first: dict[tuple[int, Place], int] = {}
    clashes: set[tuple[int, Place]] = set()
    for (onset, struck, _, _), _, note in notes:
        if struck:
            moment = onset, (note.pitch.letter, note.pitch.octave)
            if first.setdefault(moment, note.pitch.alter) != note.pitch.alter:
                clashes.add(moment)
    return clashes
