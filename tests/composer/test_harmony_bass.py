"""Inversions against the tune: the chords stay, only their basses move, and the outer voices gain by it."""

from __future__ import annotations

from functools import cache

import pytest

from partimento.arrangement.band import choose_band
from partimento.composer.compose import sketch, with_leads
from partimento.composer.harmony_bass import lead_the_bass
from partimento.composer.plan import make_plan
from partimento.score.brief import Brief
from partimento.score.song import Drum, Note, Song
from partimento.score.stream import Stream
from partimento.theory.roman import chord_of

SEEDS = range(8)


@cache
def _before(seed: int) -> Song:
    brief = Brief(genre="classical", seed=seed)
    plan = make_plan(brief)
    band = choose_band(brief, plan.style, plan.form_name, Stream(seed, "band", 0))
    return with_leads(sketch(plan), plan, band)


def _lead(song: Song) -> list[Note]:
    return sorted((n for t in song.tracks for n in t.notes if not n.grace), key=lambda n: n.onset)


def _parallels(song: Song) -> int:
    lead, count = _lead(song), 0
    for before, now in zip(song.chords, song.chords[1:], strict=False):
        old = [n for n in lead if n.onset < now.sounding <= n.onset + n.duration]
        new = [n for n in lead if n.onset == now.sounding]
        if not old or not new:
            continue
        a, b = old[-1].pitch, new[-1].pitch
        assert not isinstance(a, Drum) and not isinstance(b, Drum)
        last, bass = before.chord.bass_tone.number, now.chord.bass_tone.number
        interval = (b.midi - bass) % 12
        count += last != bass and a.midi != b.midi and interval in (0, 7) and (a.midi - last) % 12 == interval
    return count


@pytest.mark.parametrize("seed", SEEDS)
def test_only_basses_change(seed: int) -> None:
    before = _before(seed)
    after = lead_the_bass(before)
    for old, new in zip(before.chords, after.chords, strict=True):
        assert (old.onset, old.duration, old.key, old.push) == (new.onset, new.duration, new.key, new.push)
        assert new.chord.root == old.chord.root and new.chord.numbers == old.chord.numbers
        if new.roman != old.roman:
            assert new.chord == chord_of(new.roman, new.key)
    for section in before.sections:
        first = next(i for i, c in enumerate(before.chords) if c.onset >= section.start)
        assert after.chords[first] == before.chords[first]
    assert [(n.onset, n.duration) for n in _lead(after)] == [(n.onset, n.duration) for n in _lead(before)]
    told = sum(1 for d in after.decisions if d.rule == "harmony.bass-line")
    assert told == sum(a != b for a, b in zip(before.chords, after.chords, strict=True))


def test_parallels_with_the_tune_go() -> None:
    before = sum(_parallels(_before(seed)) for seed in SEEDS)
    after = sum(_parallels(lead_the_bass(_before(seed))) for seed in SEEDS)
    assert before > 0 and after * 10 <= before


def test_given_chords_stay() -> None:
    song = _before(1)
    assert lead_the_bass(song, frozenset(range(len(song.sections)))).chords == song.chords


def test_without_a_tune_nothing_moves() -> None:
    plan = make_plan(Brief(genre="classical", seed=1))
    song = sketch(plan)
    assert lead_the_bass(song) is song
