"""Four limbs, and tidy notes."""

from __future__ import annotations

from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from partimento.arrangement.playability import HAND_SECONDS, foot, playable_drums, tidy
from partimento.score.instruments import instrument
from partimento.score.song import Drum, Note
from partimento.theory.key import Key

_KEY = Key.parse("C")
_DRUMS = st.lists(st.tuples(st.integers(0, 60), st.sampled_from(list(Drum)), st.integers(1, 127)), max_size=80)
_NOTES = st.lists(st.tuples(st.integers(-100, 2000), st.integers(0, 900), st.integers(20, 110)), max_size=60)


@given(_DRUMS)
def test_a_drummer_has_two_hands_and_two_feet(rows: list[tuple[int, Drum, int]]) -> None:
    notes = sorted((Note(t * 30, 30, d, v) for t, d, v in rows), key=lambda n: n.onset)
    kept = playable_drums(notes, 960.0)
    for onset in {n.onset for n in kept}:
        here = [n.pitch for n in kept if n.onset == onset]
        assert len(here) == len(set(here))
        sides = Counter(foot(d) for d in here if isinstance(d, Drum))
        assert sides[""] <= 2 and sides["left"] <= 1
        assert not {Drum.HAT, Drum.HAT_OPEN} <= set(here)
    hands = [n.onset for n in kept if isinstance(n.pitch, Drum) and not foot(n.pitch)]
    gap = round(HAND_SECONDS * 960)
    # Three strokes need one hand twice.
    assert all(c - a >= gap for a, c in zip(hands, hands[2:], strict=False))


def test_a_crash_takes_the_hand_of_the_hat() -> None:
    drums = [Drum.HAT, Drum.SNARE, Drum.CRASH, Drum.KICK]
    kept = playable_drums([Note(0, 60, d, 90) for d in drums], 960.0)
    assert {n.pitch for n in kept} == {Drum.SNARE, Drum.CRASH, Drum.KICK}


def test_a_percussion_section_has_a_player_for_each_family() -> None:
    notes = [Note(0, 60, d, 90) for d in (Drum.CLAVES, Drum.SHAKER, Drum.CONGA_HIGH, Drum.COWBELL)]
    assert len(playable_drums(notes, 960.0, percussion=True)) == 4


@given(_NOTES, st.sampled_from(["piano", "flute", "bass guitar", "strings"]))
def test_tidy_notes_obey(rows: list[tuple[int, int, int]], name: str) -> None:
    played = instrument(name)
    low, high, end = played.sweet_low, played.sweet_high, 1920
    notes = tidy([Note(t, d, _KEY.spell(m)) for t, d, m in rows], played, low, high, end)
    ringing: dict[int, int] = {}
    before = (-1, -1)
    stop = 0
    for note in notes:
        midi = getattr(note.pitch, "midi", 0)
        assert low <= midi <= high and 0 <= note.onset and note.duration > 0 and note.onset + note.duration <= end
        assert ringing.get(midi, 0) <= note.onset
        assert before < (note.onset, midi)
        if played.hands == "mono":
            assert stop <= note.onset
        ringing[midi] = stop = note.onset + note.duration
        before = (note.onset, midi)


def test_tidy_folds_by_octaves_and_keeps_the_spelling() -> None:
    piano = instrument("piano")
    notes = tidy([Note(0, 100, _KEY.spell(30)), Note(200, 100, _KEY.spell(90))], piano, 48, 72, 960)
    assert [str(n.pitch) for n in notes] == ["F#3", "F#4"]
