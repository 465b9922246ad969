"""Debts of single lines: what is owed is paid, what is not owed stays; and what a hand on strings lets go."""

from __future__ import annotations

import gc

from partimento.arrangement.fretboard import holdable, playable
from partimento.arrangement.playability import tidy
from partimento.arrangement.resolution import Change, owes_seventh, resolved
from partimento.composer.compose import compose
from partimento.score.brief import Brief
from partimento.score.instruments import instrument
from partimento.score.song import ChordSymbol, Note
from partimento.theory.chord import parse_chord
from partimento.theory.key import Key
from partimento.theory.pitch import Pitch

C = Key.parse("C")


def change(first: str, second: str, seventh: bool = True) -> list[Change]:
    symbols = [ChordSymbol(i * 1920, 1920, parse_chord(name), C, "I") for i, name in enumerate((first, second))]
    return [(symbols[0], symbols[1], seventh)]


def line(*tones: tuple[int, str]) -> list[Note]:
    return [Note(onset, 480, Pitch.parse(name)) for onset, name in tones]


def names(notes: tuple[Note, ...]) -> list[str]:
    return [str(note.pitch) for note in notes]


def test_a_seventh_that_leaps_gives_way_and_one_that_steps_stays() -> None:
    changes = change("G7", "C")
    leaps = resolved(line((960, "D5"), (1440, "F5"), (1920, "C5")), changes, 60, 84, True)
    assert names(leaps)[1] != "F5" and parse_chord("G7").tone_at(leaps[1].number)
    steps = line((960, "D5"), (1440, "F5"), (1920, "E5"))
    assert list(resolved(steps, changes, 60, 84, True)) == steps
    assert list(resolved(line((1440, "F5"), (1920, "C5")), change("G7", "C", False), 60, 84, True)) == line(
        (1440, "F5"), (1920, "C5")
    )


def test_a_leading_tone_rises_in_an_outer_line_alone() -> None:
    falls = line((960, "D5"), (1440, "B4"), (1920, "G4"))
    assert "B4" not in names(resolved(falls, change("G", "C"), 60, 84, True))
    assert list(resolved(falls, change("G", "C"), 60, 84, False)) == falls


def test_a_note_before_a_rest_owes_nothing() -> None:
    parted = line((960, "F5"), (2400, "C5"))
    assert list(resolved(parted, change("G7", "C"), 60, 84, True)) == parted


def test_a_second_voice_without_a_place_is_left_out() -> None:
    changes = change("G7", "C")
    none = resolved(line((1440, "F5"), (1920, "C5")), changes, 77, 77, False, lambda tick: 77)
    assert names(none) == ["C5"]


def test_major_sevenths_are_colour() -> None:
    assert owes_seventh(parse_chord("G7")) and owes_seventh(parse_chord("Dm7"))
    assert not owes_seventh(parse_chord("Cmaj7")) and not owes_seventh(parse_chord("C6"))


def test_strings_hold_what_a_hand_can() -> None:
    assert holdable((40, 41, 43)) in {(40, 43), (40, 41), (41, 43), (43,)}
    assert playable(holdable((57, 59, 62)))
    ringing = [Note(0, 1920, Pitch.parse("A3")), Note(480, 1440, Pitch.parse("B3")), Note(960, 960, Pitch.parse("D4"))]
    out = tidy(ringing, instrument("electric guitar"), 40, 86, 1920)
    for note in out:
        sounding = {n.number for n in out if n.onset <= note.onset < n.onset + n.duration}
        assert playable(tuple(sorted(sounding)))
    assert len(out) == 3


def test_the_garbage_collector_is_left_as_it_was() -> None:
    assert gc.isenabled()
    compose(Brief(genre="folk", seed=1, bars=8))
    assert gc.isenabled()
    gc.disable()
    try:
        compose(Brief(genre="folk", seed=1, bars=8))
        assert not gc.isenabled()
    finally:
        gc.enable()
