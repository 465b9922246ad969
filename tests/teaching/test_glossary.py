"""The glossary holds together: ids, names, links, texts; and a reader finds a term by any of its names."""

from __future__ import annotations

import re

import pytest

from partimento.teaching.glossary.entries import TOPICS, Entry, entries, entry, looked_up
from partimento.teaching.glossary.example import example_of
from partimento.teaching.glossary.playing import performed, swung
from partimento.teaching.kinds.registry import kinds
from partimento.teaching.page.marks import CLOSES
from partimento.teaching.page.reasons import FOREIGN
from partimento.theory.errors import TheoryError

ALL = list(entries().values())


def test_there_are_many_terms_in_every_chapter() -> None:
    assert len(ALL) >= 300
    assert {item.topic for item in ALL} == set(TOPICS)


@pytest.mark.parametrize("item", ALL, ids=lambda item: item.id)
def test_an_entry_is_whole(item: Entry) -> None:
    assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", item.id)
    assert item.plain.endswith((".", "!")) and item.exact.endswith(".")
    assert item.british != item.name
    assert item.see and all(other in entries() and other != item.id for other in item.see)
    assert len(set(item.see)) == len(item.see)
    assert len(item.plain) < 200 and len(item.exact) < 320


def test_no_two_terms_share_a_name_or_a_text() -> None:
    for dialect in ("american", "british"):
        names = [item.named(dialect).casefold() for item in ALL]
        assert len(set(names)) == len(names)
    assert len({item.plain for item in ALL}) == len({item.exact for item in ALL}) == len(ALL)


def test_a_beginner_reads_the_plain_text_alone() -> None:
    item = entry("suspension")
    assert item.text("beginner") == item.plain
    assert item.text("advanced").startswith(item.plain) and item.text("advanced").endswith(item.exact)


@pytest.mark.parametrize("item", ALL, ids=lambda item: item.id)
def test_a_term_is_found_by_its_names(item: Entry) -> None:
    for name in (item.id, item.name, item.british or item.name, item.name.upper()):
        assert looked_up(name) is item


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ("PAC", "perfect-authentic-cadence"), ("passing notes", "passing-tone"), ("V7", "dominant-seventh"),
        ("imperfect cadence", "half-cadence"), ("Suspensions", "suspension"), ("ii V I", "ii-v-i"),
        ("échappée", "escape-tone"), ("12-bar blues", "twelve-bar-blues"), ("m7♭5", "half-diminished-seventh"),
    ],
)  # fmt: skip
def test_other_names(asked: str, found: str) -> None:
    assert looked_up(asked).id == found


def test_an_unknown_term_is_answered_with_the_nearest() -> None:
    with pytest.raises(TheoryError, match="Did you mean 'secondary dominant'"):
        looked_up("secondry dominant")
    with pytest.raises(TheoryError, match="has no 'qqqqq'"):
        looked_up("qqqqq")


def test_every_term_that_is_told_of_is_explained() -> None:
    told = {term for kind in kinds() for term in kind.terms}
    told |= {term for _, term in CLOSES.values()} | {term for _, _, term in FOREIGN.values()}
    assert told <= set(entries())


@pytest.mark.parametrize("item", ALL, ids=lambda item: item.id)
def test_an_example_can_be_read_and_heard(item: Entry) -> None:
    example = example_of(item.example, item.id)
    assert example.caption.endswith((".", "…", "!"))
    song = performed(example)
    assert sum(len(track.notes) for track in song.performance.tracks) >= 2
    assert song.performance.end <= song.end * 2
    assert all(track.notes for track in song.tracks)


def test_captions_tell_examples_apart() -> None:
    music = [(str(item.example.get("music")), item.example["caption"]) for item in ALL]
    assert len(set(music)) == len(music)


def test_swing_keeps_the_beats_and_the_order() -> None:
    places = [swung(tick) for tick in range(0, 1921, 20)]
    assert places == sorted(places)
    assert [swung(beat) for beat in range(0, 1921, 480)] == list(range(0, 1921, 480))


@pytest.mark.parametrize(
    ("table", "said"),
    [
        ({"music": "M: C5h"}, "no bar ends"),
        ({"music": "M: C5h | D5h"}, "no bar ends"),
        ({"music": "M: H5w"}, "'H5w' cannot be read"),
        ({"music": "Q: C5w"}, "Unknown label 'Q'"),
        ({"music": "C5w"}, "write a label and a colon"),
        ({"music": "M: C5w\nW: C3w | C3w"}, "ends at"),
        ({"music": "kick: x---z---x---x---"}, "'z' is no stroke"),
        ({"music": "M: C5w", "chord": "C"}, "Unknown field 'chord'"),
        ({}, "is empty"),
    ],
)
def test_examples_that_cannot_be_read(table: dict[str, str], said: str) -> None:
    with pytest.raises(TheoryError, match=said):
        example_of(table, "x")


def test_texts_are_in_the_readers_dialect() -> None:
    british = {name: item.text("advanced", "british") for name, item in entries().items()}
    assert not any(re.search(r"\b(half|whole) steps?\b|\b(eighth|quarter)s?\b|neighbors?\b|leading tone", text)
                   for text in british.values())  # fmt: skip
    assert not any(re.search(r"\ba imperfect|\b[Aa]n (quaver|semiquaver|crotchet)", text) for text in british.values())
    assert entries()["leading-tone"].text("beginner", "british").startswith("The note a semitone below home.")
    assert entries()["tritone"].text("advanced") == entries()["tritone"].text("advanced", "american")
