"""Laws of a tune that a net draws under the rules' guard, whatever the net likes: the net here likes everything."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from partimento.composer.melody import write_lead
from partimento.composer.melody_harmony import FOREIGN, HarmonyMap
from partimento.composer.melody_leaning import bolder, draw_leaning, wider
from partimento.composer.melody_neural import Sung
from partimento.composer.melody_neural_choice import AVOIDABLE
from partimento.composer.melody_plan import draw_traits
from partimento.composer.neural.muse import Muse
from partimento.score.decision import Decision
from partimento.score.instruments import instrument
from partimento.score.song import Note, Song
from partimento.score.stream import Stream
from partimento.score.timeline import Timeline
from partimento.theory.pitch import Pitch
from tests.composer.melody_nets import Chance, muse_with
from tests.composer.test_melody_laws import BAR, song, style

LOW, HIGH = 55, 79


def sung(a_song: Song, muse: Muse) -> tuple[list[Note], tuple[Decision, ...]]:
    lead = style(table="pop", span=17, density=5.8, syncopation=0.45, chromatic=0.05)
    notes, told = write_lead(a_song, lead, instrument("voice"), LOW, HIGH, muse=muse)
    return [n for n in notes if not n.grace], told


def midi(note: Note) -> int:
    assert isinstance(note.pitch, Pitch)
    return note.pitch.midi


@settings(max_examples=12)
@given(st.integers(0, 10_000), st.booleans())
def test_the_guard_holds_whatever_the_net_likes(seed: int, hard: bool) -> None:
    a_song = song(seed, kinds="vcv")
    notes, _ = sung(a_song, muse_with(Chance(), hard=hard))
    field = HarmonyMap(Timeline(a_song), "key", True)
    assert notes
    assert all(LOW <= midi(n) <= HIGH and 0 <= n.onset < a_song.end for n in notes)
    assert all(a.onset + a.duration <= b.onset for a, b in zip(notes, notes[1:], strict=False))
    starts = {p.start for s in a_song.sections for p in s.phrases}
    for a, b in zip(notes, notes[1:], strict=False):
        if not any(a.onset < start <= b.onset + 480 for start in starts):
            assert abs(midi(a) - midi(b)) <= 12
    assert all(field.under(n.onset, n.duration, a_song.sections[0].key).grades[midi(n) % 12] < FOREIGN for n in notes)
    last = next(c for c in reversed(a_song.chords) if c.onset <= notes[-1].onset)
    assert midi(notes[-1]) % 12 in {0, *(tone.number for tone in last.chord.tones)}


@settings(max_examples=8)
@given(st.integers(0, 10_000))
def test_phrases_end_on_the_degrees_of_their_close(seed: int) -> None:
    a_song = song(seed, kinds="v")
    notes, _ = sung(a_song, muse_with(Chance()))
    phrase = a_song.sections[0].phrases[0]
    inside = [n for n in notes if phrase.start <= n.onset < phrase.start + phrase.length]
    following = [n for n in notes if n.onset >= phrase.start + phrase.length]
    assert inside and following
    # An open close may end on any degree of its table; a pick-up may follow the last note.
    assert any(midi(n) % 12 in {0, 2, 4, 7, 9} for n in inside[-3:])


def test_the_same_song_twice_and_other_seeds_otherwise() -> None:
    lines = [[(n.onset, midi(n)) for n in sung(song(seed), muse_with(Chance()))[0]] for seed in (5, 5, 6)]
    assert lines[0] == lines[1] != lines[2]


def test_a_rule_lead_and_a_net_lead_differ_and_rules_stay_what_they_were() -> None:
    a_song = song(3)
    lead = style(table="pop")
    alone = write_lead(a_song, lead, instrument("voice"), LOW, HIGH)
    write_lead(a_song, lead, instrument("voice"), LOW, HIGH, muse=muse_with(Chance()))
    assert write_lead(a_song, lead, instrument("voice"), LOW, HIGH) == alone
    assert write_lead(a_song, lead, instrument("voice"), LOW, HIGH, muse=muse_with(Chance()))[0] != alone[0]


@settings(max_examples=8)
@given(st.integers(0, 10_000))
def test_what_is_told_of_a_phrase_is_so(seed: int) -> None:
    a_song = song(seed, kinds="vc")
    notes, told = sung(a_song, muse_with(Chance(), candidates=5))
    phrases = [d for d in told if d.rule == "neural.phrase"]
    assert phrases
    for decision in phrases:
        line = [midi(n) for n in notes if decision.where.start <= n.onset < decision.where.end]
        assert 0 < int(decision.value("share")) <= 1000 and decision.value("of") == 5
        assert decision.value("avoided", AVOIDABLE[0]) in AVOIDABLE
        assert all(weight > 0 for _, weight in decision.alternatives)
        if decision.value("move", 99) != 99:
            assert line[-1] - line[-2] == decision.value("move")


def test_the_net_is_told_what_was_sung_and_where_bars_go_back_to() -> None:
    net = Chance()
    a_song = song(2, kinds="vc")
    sung(a_song, muse_with(net))
    assert len(net.asked) >= 4
    for ask in net.asked:
        assert ask.before_bars == () or ask.before_bars[-1][0] + ask.before_bars[-1][1] == ask.bars[0][0]
        assert all(onset < ask.bars[0][0] for onset, _, _ in ask.before)
        assert len(ask.sources) == len(ask.bars)
        assert all(source < len(ask.before_bars) + i for i, (source, _) in enumerate(ask.sources))
    assert net.asked[-1].before and net.asked[-1].bars[0][0] >= BAR


@pytest.mark.parametrize("octaves", [0, 1, -1])
def test_another_chair_plays_the_same_tune_and_the_net_is_not_asked_again(octaves: int) -> None:
    """All that the net wrote comes back, an octave higher or lower where the chair lies there."""
    net, heard = Chance(), dict[tuple[str, int], tuple[Sung, float]]()
    a_song, lead, shift = song(5, kinds="v"), style(table="pop"), 12 * octaves
    first = write_lead(a_song, lead, instrument("voice"), LOW, HIGH, muse=muse_with(net), heard=heard)[0]
    asked = len(net.asked)
    again = write_lead(
        a_song, lead, instrument("piano"), LOW + shift, HIGH + shift, muse=muse_with(net), heard=heard
    )[0]
    assert asked and len(net.asked) == asked
    phrase = a_song.sections[0].phrases[0]
    lines = [[(n.onset, midi(n)) for n in notes if n.onset < phrase.length - 960] for notes in (first, again)]
    assert [(onset, pitch + shift) for onset, pitch in lines[0]] == lines[1]


def test_a_beam_is_asked_where_it_is_wanted() -> None:
    notes, told = sung(song(4, kinds="v"), muse_with(Chance(), beam=True, candidates=2))
    assert notes and any(d.rule == "neural.phrase" for d in told)


def test_the_critic_prefers_the_line_with_less_wrong() -> None:
    """Of many lines the chosen ones rock, circle and leap twice less often than those of a net that has one try."""

    def faults(candidates: int) -> int:
        found = 0
        for seed in range(12):
            line = [midi(n) for n in sung(song(seed, kinds="v"), muse_with(Chance(), candidates=candidates))[0]]
            moves = [b - a for a, b in zip(line, line[1:], strict=False)]
            found += sum(abs(a) >= 5 and abs(b) >= 5 for a, b in zip(moves, moves[1:], strict=False))
            found += sum(a * b > 0 and abs(a + b) in (6, 10, 11) for a, b in zip(moves, moves[1:], strict=False))
            found += sum(line[k] == line[k - 2] != line[k - 1] == line[k - 3] for k in range(3, len(line)))
        return found

    assert faults(12) < 0.8 * faults(1)


@given(st.integers(0, 10_000))
def test_leanings_stay_in_their_ranges(seed: int) -> None:
    stream = Stream(seed, "test")
    lean, bold = draw_leaning(stream)
    assert 0.0 <= bold <= 1.0 and len(lean.intervals) == 13 and len(lean.degrees) == 12
    assert lean.renew >= 0.0 and lean.reuse >= 0.0 and not (lean.renew and lean.reuse)
    strayed = wider(style(table="pop"), stream)
    assert strayed.melody.density >= 2.0 and strayed.melody.span >= 8 and 0.0 <= strayed.melody.syncopation <= 1.0
    traits = bolder(draw_traits(song(seed), strayed, LOW, HIGH, stream), 0.6, bold, stream)
    for share in (traits.free, traits.fresh, traits.likeness, traits.exact):
        assert 0.0 <= share <= 1.0


@pytest.mark.parametrize("lead", ["riff", "sparse"])
def test_riffs_and_fragments_are_the_rules(lead: str) -> None:
    net = Chance()
    notes, _ = sung(song(1, kinds="v", lead=lead), muse_with(net))
    assert notes and not net.asked
