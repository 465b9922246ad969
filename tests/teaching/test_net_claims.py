"""Claims about what nets chose: told where the notes show it, worded at every level, gone where notes are damaged."""

from __future__ import annotations

import doctest
import re
from dataclasses import replace
from functools import cache

import pytest
from hypothesis import given
from hypothesis import strategies as st

from partimento.arrangement.net_drums import piece_of
from partimento.score.decision import Decision, Value, Where
from partimento.score.song import Drum, Song
from partimento.teaching.claim import LEVELS, Claim, Kind
from partimento.teaching.explaining import explain
from partimento.teaching.glossary.entries import entries
from partimento.teaching.kinds import nets
from partimento.teaching.kinds.registry import kinds
from partimento.teaching.kinds.rounds import rows, told
from partimento.teaching.naming import Naming
from tests.teaching.explained_songs import DAMAGES, NAMES, composed, recorded

Facts = tuple[tuple[str, Value], ...]

WHERE: dict[str, tuple[str, tuple[str, ...]]] = {
    "harmony.preferred": ("pop 1", ("band_up", "chords_renamed", "silent")),
    "melody.preferred": ("pop 1", ("tune_shuffled", "tune_bent", "silent")),
    "rhythm.preferred": ("pop 1", ("drumless", "silent")),
    "rhythm.felt": ("pop 1", ("unplayed", "drumless")),
    "arrangement.preferred": ("pop 1", ("one_track", "band_up")),
    "voice-leading.preferred": ("pop 1", ("one_track", "band_up")),
}
"""What nets can be said to have chosen, in a song whose notes show it, and what each claim does not outlive."""
KINDS: dict[str, Kind] = {kind.id: kind for kind in kinds() if kind.id in WHERE}


@cache
def chosen(name: str) -> Song:
    """A composed song with decisions that tell truly of its notes, as if nets had chosen them."""
    song = composed(name)
    music = recorded(song).music
    found = [
        decision
        for number, section in enumerate(song.sections)
        for decision in (
            *(_phrase(song, number, p.start, p.start + p.length) for p in section.phrases),
            _chords(song, number, section.start, 4, told(rows(music, section.start, section.end)[:4])),
        )
        if decision is not None
    ]
    drums = next(track for track in song.tracks if track.role == "drums")
    piano = next(track for track in song.tracks if track.role == "comp")
    bar = song.sections[1].end - 1920
    pieces = [piece_of(n.pitch) for n in drums.notes if isinstance(n.pitch, Drum) and bar <= n.onset < bar + 1920]
    strokes = ", ".join(f"{piece} {pieces.count(piece)}" for piece in dict.fromkeys(pieces))
    first = song.sections[1]
    common: Facts = (("share", 340), ("of", 8), ("flaw", "thin"))
    found += [
        Decision(Where(1, drums.name, bar, bar + 1920), "fill", "neural.fill",
                 (("share", 310), ("of", 8), ("strokes", strokes), ("refused", 3), ("flaw", "thin"))),
        Decision(Where(-1, drums.name, 0, song.end), "feel", "neural.feel",
                 (("style", "pop"), ("late_sd_ms", 3.2), ("level_sd", 5.1))),
        Decision(Where(1, piano.name, first.start, first.end), "texture", "neural.texture", common),
        Decision(Where(1, piano.name, first.start, first.end), "voicing", "neural.voicing", common),
    ]  # fmt: skip
    return replace(song, decisions=(*song.decisions, *found))


def _phrase(song: Song, number: int, start: int, end: int) -> Decision | None:
    line = [tone.pitch.midi for tone in recorded(song).music.sung(start, end)]
    if len(line) < 4:
        return None
    flaws = [name for name, row in nets.FLAWS.items() if not row[0](line)]
    values: Facts = (("share", 412), ("of", 8), ("move", line[-1] - line[-2]), ("share of move", 610))
    values = (*values, *((("avoided", flaws[0]),) if flaws else ()))
    return Decision(Where(number, "lead", start, end), "phrase", "neural.phrase", values)


def _chords(song: Song, number: int, start: int, bars: int, cycle: str) -> Decision:
    values: Facts = (("cycle", cycle), ("share", 371), ("of", 8), ("avoided", "no-home seam"))
    return Decision(Where(number, "", start, song.sections[number].end), "chord", "neural.chords", values)


def _told(name: str, song: Song) -> list[Claim]:
    of = recorded(song)
    return [claim for claim in KINDS[name].collect(of) if KINDS[name].holds(claim, of)]


def test_every_kind_is_there() -> None:
    assert set(KINDS) == set(WHERE)


@pytest.mark.parametrize("name", WHERE)
def test_claims_are_made_and_go_with_what_they_spoke_of(name: str) -> None:
    song = chosen(WHERE[name][0])
    claims = _told(name, song)
    assert claims
    for damage in WHERE[name][1]:
        broken = recorded(DAMAGES[damage](song))
        assert any(not KINDS[name].holds(claim, broken) for claim in claims), damage


@pytest.mark.parametrize("name", WHERE)
def test_without_a_record_nets_are_not_spoken_of(name: str) -> None:
    assert not _told(name, composed(WHERE[name][0]))


@pytest.mark.parametrize("level", LEVELS)
def test_words_are_sentences_with_the_shares_that_were_recorded(level: str) -> None:
    of = recorded(chosen("pop 1"))
    for kind in KINDS.values():
        for claim in kind.collect(of):
            for words in filter(None, (kind.words, kind.again)):
                said = words(claim, level, Naming())
                assert not said or (said[0].isupper() and said[-1] == "." and "  " not in said and "None" not in said)
                shares = {round(float(v), 2) for n, v in claim.values if "share" in n and isinstance(v, (int, float))}
                assert {float(n) for n in re.findall(r"0\.\d\d", said)} <= shares, said
            terms = kind.named(claim) if kind.named else kind.terms
            assert terms and set(terms) <= set(entries())


def test_the_example_of_a_preference() -> None:
    song, start, end, line = next(
        (song, p.start, p.start + p.length, line)
        for song in map(composed, NAMES) for section in song.sections for p in section.phrases
        for line in [[t.pitch.midi for t in recorded(song).music.sung(p.start, p.start + p.length)]]
        if len(line) > 5 and -2 <= line[-1] - line[-2] < 0 and not nets.FLAWS["second leap"][0](line)
    )  # fmt: skip
    values: Facts = (("share", 412), ("of", 8), ("avoided", "second leap"), ("move", line[-1] - line[-2]),
                     ("share of move", 610))  # fmt: skip
    told_of = Decision(Where(0, "lead", start, end), "phrase", "neural.phrase", values)
    claims = _told("melody.preferred", replace(song, decisions=(*song.decisions, told_of)))
    assert len(claims) == 1
    said = KINDS["melody.preferred"].words(claims[0], "intermediate", Naming())
    assert said == "The model preferred a step down to end the phrase, 0.61; a second leap was avoided."


@pytest.mark.parametrize(
    "change",
    [
        (("avoided", "no such flaw"), ("move", 99)), (("share", 412),), (("move", "up"),),
        (("avoided", ""), ("of", "many")), (),
    ],
)  # fmt: skip
def test_a_record_that_the_notes_do_not_show_is_not_told(change: Facts) -> None:
    song = composed("pop 1")
    phrase = next(p for s in song.sections for p in s.phrases if recorded(song).music.sung(p.start, p.start + p.length))
    where = Where(0, "lead", phrase.start, phrase.start + phrase.length)
    false = Decision(where, "phrase", "neural.phrase", change)
    assert not _told("melody.preferred", replace(song, decisions=(*song.decisions, false)))


@pytest.mark.parametrize("strokes", ["", "snare", "snare many", "snare 99", "nothing", "cowbell 2, "])
def test_a_fill_of_other_strokes_is_not_told(strokes: str) -> None:
    song = composed("pop 1")
    drums = next(track for track in song.tracks if track.role == "drums")
    where = Where(0, drums.name, 0, 1920)
    false = Decision(where, "fill", "neural.fill", (("share", 1), ("of", 8), ("strokes", strokes)))
    assert not _told("rhythm.preferred", replace(song, decisions=(*song.decisions, false)))


def test_an_explanation_tells_of_nets_beside_all_else() -> None:
    with_nets = {s.claim.kind for s in explain(recorded(chosen("pop 1")), "advanced")}
    assert set(WHERE) <= with_nets
    for level in LEVELS:
        plain = {s.claim.kind for s in explain(recorded(composed("pop 1")), level)}
        gone = plain - {s.claim.kind for s in explain(recorded(chosen("pop 1")), level)}
        assert len(gone) <= (0 if level == "advanced" else 1), gone  # a level tells so much on a topic and no more


@given(st.lists(st.integers(40, 90), max_size=20), st.integers(-12, 12))
def test_flaws_are_the_same_in_any_key(line: list[int], shift: int) -> None:
    for look, _, _ in nets.FLAWS.values():
        assert look(line) == look([pitch + shift for pitch in line])
        assert not look(line[:1])


def test_flaws_are_what_they_are_called() -> None:
    found = {
        "second leap": [60, 67, 60, 62], "leap unanswered": [60, 67, 69, 67], "second peak": [60, 67, 62, 67, 60],
        "outline of tritone or seventh": [60, 64, 66, 65], "rocking": [60, 62, 60, 62],
        "circling": [60, 62, 64, 62] * 2,
    }  # fmt: skip
    good = [60, 62, 64, 67, 65, 64, 62, 60]
    for name, line in found.items():
        assert nets.FLAWS[name][0](line), name
        assert not nets.FLAWS[name][0](good), name


def test_moves_in_words() -> None:
    assert doctest.testmod(nets).failed == 0
