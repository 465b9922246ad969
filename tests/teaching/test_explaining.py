"""What an explanation is: its order, levels, topics, bars and names; what it never says; any piece can be explained."""

from __future__ import annotations

import doctest
import re
from dataclasses import replace
from difflib import SequenceMatcher
from functools import cache

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from partimento.score.as_piece import piece_of
from partimento.score.performance import Performance
from partimento.score.song import Drum, Song
from partimento.teaching.claim import LEVELS, TOPICS, Statement
from partimento.teaching.explaining import LEAST_SURE, LIKELY, SURE, explain, explain_chords, subject_of
from partimento.teaching.glossary.entries import entries
from partimento.teaching.kinds import wording
from partimento.teaching.kinds.each_chord import CHORD
from partimento.teaching.kinds.registry import kinds
from partimento.teaching.naming import Naming
from partimento.teaching.reading import Source
from partimento.teaching.subject import Subject
from partimento.theory.errors import BriefError
from partimento.theory.interval import Interval
from tests.score.small_song import small_song
from tests.teaching.explained_songs import NAMES, composed, recorded, subject


@cache
def _told(name: str, level: str = "advanced") -> tuple[Statement, ...]:
    return explain(subject(name), level)


_NUMERAL = re.compile(r"\b[♭♯]?(?:VII|VI|IV|V|III|II|I|vii|vi|iv|iii|ii)(?:°|7|maj7|6|64|65)?\b(?![’'])")
_FUNCTIONS = re.compile(r"\b(predominant|tonic|dominant)\b(?! chord)")


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("level", LEVELS)
def test_statements_are_sentences_on_their_topic_with_terms_of_the_glossary(name: str, level: str) -> None:
    told = _told(name, level)
    assert told and [TOPICS.index(s.topic) for s in told] == sorted(TOPICS.index(s.topic) for s in told)
    for statement in told:
        text = statement.text
        assert text == text.strip() and text[-1] in ".)" and not re.match(r"[a-z’ ]{3}|,", text.lstrip("iv")), text
        assert "  " not in text and "{" not in text and "None" not in text, text
        assert statement.place and statement.terms and set(statement.terms) <= set(entries()), statement.claim.kind


@pytest.mark.parametrize("name", NAMES)
def test_no_two_neighbours_read_alike(name: str) -> None:
    for level in LEVELS:
        told = _told(name, level)
        for a, b in zip(told, told[1:], strict=False):
            if a.claim.kind == b.claim.kind:
                words = [[w for w in re.findall(r"[a-z’]+", s.text) if len(w) > 2] for s in (a, b)]
                assert SequenceMatcher(None, words[0], words[1]).ratio() <= 0.85, (a.text, b.text)


@pytest.mark.parametrize("name", NAMES)
def test_a_beginner_is_told_less_and_in_plain_words(name: str) -> None:
    plain, middle, full = (_told(name, level) for level in LEVELS)
    assert len(plain) < len(middle) <= len(full)
    for statement in plain:
        words = re.sub(r"\([^)]*\)", "", statement.text)
        assert not _NUMERAL.search(_without_names(words, subject(name).song)), statement.text
        assert not _FUNCTIONS.search(words), statement.text


def _without_names(text: str, song: Song) -> str:
    for name in sorted({*(s.name for s in song.sections), *(t.name for t in song.tracks)}, key=len, reverse=True):
        text = text.replace(name, "")
    return text


@pytest.mark.parametrize("name", ["pop 1", "jazz 1", "classical 6"])
def test_every_level_claims_what_holds_and_the_same_facts(name: str) -> None:
    of = subject(name)
    by_id = {kind.id: kind for kind in kinds()}
    plain = explain(of, "beginner")
    assert all(by_id[s.claim.kind].holds(s.claim, of) for s in explain(of, "advanced"))
    found = {claim for kind in kinds() for claim in kind.collect(of)}
    assert {s.claim for s in plain} <= found


def test_topics_and_bars_narrow_it() -> None:
    of = subject("pop 1")
    whole = explain(of, "advanced")
    assert {s.topic for s in whole} == set(TOPICS)
    assert {s.topic for s in explain(of, topics=("rhythm", "melody"))} == {"rhythm", "melody"}
    start, end = of.music.bars[8].start, of.music.bars[11].end
    for statement in explain(of, "advanced", bars=(9, 12)):
        places = statement.claim.places or ((statement.claim.start, statement.claim.end),)
        assert any(a < end and b > start for a, b in places)
    assert len(explain(of, bars=(9, 12))) < len(whole)


@pytest.mark.parametrize(
    ("level", "topics", "bars", "said"),
    [
        ("expert", ("form",), None, "Unknown level 'expert'"),
        ("beginer", ("form",), None, "Did you mean 'beginner'?"),
        ("beginner", ("harmonie",), None, "Did you mean 'harmony'?"),
        ("beginner", ("form",), (9, 3), "No bars 9-3: the piece has bars 1 to 68."),
        ("beginner", ("form",), (400, 500), "No bars 400-500"),
        ("beginner", ("form",), (-5, -1), "No bars -5--1"),
    ],
)
def test_what_cannot_be_asked_is_told_in_a_line(
    level: str, topics: tuple[str, ...], bars: tuple[int, int] | None, said: str
) -> None:
    with pytest.raises(BriefError, match=re.escape(said)) as error:
        explain(subject("pop 1"), level, topics=topics, bars=bars)
    assert "\n" not in str(error.value)


def test_names_are_the_readers_own() -> None:
    of = subject("hip-hop 1")  # in G minor
    german = " ".join(s.text for s in explain(of, "advanced", naming=Naming(notes="german", dialect="british")))
    american = " ".join(s.text for s in explain(of, "advanced"))
    assert "measure" in american and "measure" not in german and "crotchet" in german
    assert "B♭" in american and "B♭" not in german
    assert "neighbour note" in german or "neighbor" not in american


@pytest.mark.parametrize("name", ["pop 1", "classical 6", "jazz 1"])
def test_each_chord_that_is_heard_is_explained_once(name: str) -> None:
    of = subject(name)
    told = explain_chords(of, "advanced")
    heard = [h for h in of.music.harmony if of.music.is_heard(h)]
    assert [(s.claim.start, s.claim.end) for s in told] == [(h.start, h.end) for h in heard]
    assert all(CHORD.holds(s.claim, of) for s in told) and len(told) > 20


def test_a_draw_is_told_by_its_weight() -> None:
    told = " ".join(s.text for s in explain_chords(subject("classical 1"), "advanced"))
    assert re.search(r"it was drawn by weight \(\d+ %, against \S+ \d+ %", told)
    forms = " ".join(s.text for s in explain(subject("pop 1"), "advanced", topics=("form",)))
    assert re.search(r"was drawn by weight \(\d+ %, against .* \d+ %", forms)


# What may never be said.


def test_the_seventh_of_a_blues_tonic_is_home() -> None:
    blues = next(s for s in _told("blues 1") if s.claim.kind == "harmony.blues")
    assert "i7 is home" in blues.text and "asks for no resolution" in blues.text
    assert not any("V7/IV" in s.text for s in _told("blues 1"))
    tonic = next(s for s in explain_chords(subject("blues 1")) if s.claim.value("numeral") == "i7")
    assert "the tonic" in tonic.text


def test_loops_are_loops_and_have_no_cadence_of_their_own() -> None:
    for name in ("house 2", "lo-fi 1", "reggae 1", "hip-hop 1"):
        of = subject(name)
        loops = [s.claim for s in _told(name) if s.claim.kind == "harmony.loop"]
        spans = [span for loop in loops for span in loop.places or ((loop.start, loop.end),)]
        assert spans
        for cadence in (s.claim for s in _told(name) if s.claim.kind == "harmony.cadence"):
            for start, end in cadence.places or ((cadence.start, cadence.end),):
                # Only where a section turns away from its loop, at its end, may there be one.
                inside = any(a <= start and end < b for a, b in spans)
                last = of.music.part_at(end - 1)
                assert not inside or (last is not None and last.end - end <= of.music.bars[0].meter.bar)


def test_a_drone_has_no_cadence_and_a_vamp_no_function() -> None:
    assert not any(s.claim.kind in ("harmony.cadence", "harmony.phrase") for s in _told("ambient 1"))
    for statement in _told("funk 1"):
        if statement.claim.kind == "harmony.loop":
            assert not re.search(r"predominant|dominant function", statement.text)


def test_power_chords_are_neither_major_nor_minor() -> None:
    song = composed("rock 1")
    kept = tuple(
        replace(
            t,
            notes=tuple(n for n in t.notes if isinstance(n.pitch, Drum) or (n.pitch.midi - 7) % 12 in (0, 2, 7)),
        )
        for t in song.tracks
    )
    bare = recorded(replace(song, tracks=kept))
    key = next((s for s in explain(bare, "advanced") if s.claim.kind == "harmony.key"), None)
    assert key is None or "neither major nor minor" in key.text
    assert any("power chords" in s.text for s in _told("rock 1"))


def test_drums_alone_have_no_pitch_to_speak_of() -> None:
    song = composed("rock 1")
    only = recorded(replace(song, tracks=tuple(t for t in song.tracks if t.role == "drums")))
    assert {s.topic for s in explain(only, "advanced")} <= {"form", "rhythm", "arrangement"}
    assert any("backbeat" in s.terms for s in explain(only, "advanced"))


# Any piece.


def test_a_chorale_is_explained_from_its_analysis_with_how_sure_it_is() -> None:
    of = subject("bwv 66.6")
    told = explain(of, "advanced")
    assert not of.recorded and {"harmony", "melody", "voice-leading"} <= {s.topic for s in told}
    assert any("cadence" in s.text and "sure" in s.text for s in told)
    assert any("can also be heard" in s.text for s in explain_chords(of))
    assert not any("drawn" in s.text for s in told)


def test_broken_chords_are_no_tune() -> None:
    of = subject("bwv 846")
    assert not of.music.tune
    told = explain(of, "advanced")
    assert not any(s.claim.kind.startswith("melody.") and s.claim.kind != "melody.non-chord" for s in told)
    assert any(s.claim.kind == "harmony.cadence" and s.claim.value("last") for s in told)


@pytest.mark.parametrize("level", LEVELS)
def test_what_the_analysis_doubts_is_told_with_a_doubt(level: str) -> None:
    told = explain(subject("bwv 846"), level)
    found = [s for s in told if s.claim.basis == "found" and s.claim.kind != "harmony.key"]
    assert any(s.claim.sure < LIKELY for s in found) and any(s.claim.sure >= SURE for s in found)
    for statement in found:
        sure = statement.claim.sure
        assert sure >= LEAST_SURE
        word = "Perhaps: " if sure < LIKELY else "Probably: " if sure < SURE else ""
        assert statement.text.startswith(word), statement.text
        assert word or not statement.text.startswith(("Perhaps", "Probably"))
    assert not any(s.text.startswith(("Perhaps", "Probably")) for s in explain(subject("pop 1"), level))


@pytest.mark.parametrize("what", ["empty", "one note", "melody", "small"])
def test_small_and_empty_pieces_are_explained_too(what: str) -> None:
    song = small_song()
    if what == "empty":
        song = replace(song, tracks=(), chords=(), decisions=())
    elif what == "one note":
        lead = song.tracks[0]
        song = replace(song, tracks=(replace(lead, notes=lead.notes[:1]),), chords=(), decisions=())
    elif what == "melody":
        tune = composed("folk 1").tracks[0]
        song = replace(composed("folk 1"), tracks=(tune,), decisions=())
    of = subject_of(Source(song, piece_of(song), False))
    for level in LEVELS:
        told = explain(of, level)
        if what == "melody":
            assert any(s.topic == "melody" for s in told)
            assert not any(s.claim.kind in ("harmony.inversion", "voice-leading.bass-line") for s in told)


def test_the_same_song_is_explained_the_same() -> None:
    once, again = recorded(composed("rnb 3")), recorded(composed("rnb 3"))
    assert explain(once, "advanced") == explain(again, "advanced")


def _moved(song: Song, name: str) -> Song:
    """The whole song an interval higher or lower, spelling kept."""
    by = Interval.parse(name)
    return replace(
        song,
        keys=tuple(replace(k, key=k.key.up(by.fifths)) for k in song.keys),
        sections=tuple(replace(s, key=s.key.up(by.fifths)) for s in song.sections),
        chords=tuple(replace(c, chord=c.chord.up(by.fifths), key=c.key.up(by.fifths)) for c in song.chords),
        tracks=tuple(
            replace(
                t,
                notes=tuple(
                    n if isinstance(n.pitch, Drum) else replace(n, pitch=n.pitch.transposed(by)) for n in t.notes
                ),
            )
            for t in song.tracks
        ),
        performance=Performance(
            tuple(
                replace(
                    t, notes=tuple(n if t.channel == 9 else n._replace(number=n.number + by.semitones) for n in t.notes)
                )
                for t in song.performance.tracks
            )
        ),
    )


@settings(max_examples=4)
@given(name=st.sampled_from(("pop 1", "classical 6", "blues 1")), by=st.sampled_from(("M2", "-M2", "P4", "-m3")))
def test_a_transposed_song_is_explained_alike(name: str, by: str) -> None:
    first, second = explain(subject(name), "advanced"), explain(recorded(_moved(composed(name), by)), "advanced")
    assert [(s.claim.kind, s.place) for s in first] == [(s.claim.kind, s.place) for s in second]


def test_the_words_own_examples_are_right() -> None:
    assert doctest.testmod(wording).failed == 0


def test_a_subject_looks_its_music_up_itself() -> None:
    song = composed("pop 1")
    of = Subject(song, piece_of(song), subject("pop 1").analysis, True)
    assert of.music.end == song.end and len(of.music.harmony) == len(song.chords)
