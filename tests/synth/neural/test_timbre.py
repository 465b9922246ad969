"""What is asked of a timbre: at rest it changes nothing, a whole share is the other instrument, words are checked."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields, replace
from math import log

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from partimento.synth.neural.controls import (
    BANDS,
    PARTIALS,
    POINTS,
    RELEASE_BANDS,
    RELEASE_POINTS,
    WAVE_BANDS,
    WAVES,
    Controls,
    NeuralNote,
    times,
)
from partimento.synth.neural.timbre import Curve, Morph, Timbre, coloured, constant, controls_of
from partimento.synth.neural.timbre_words import Part, check_words, timbres_of
from partimento.theory.errors import BriefError

DB = log(10.0) / 20.0
NOTES = [NeuralNote(73, 60, 100, 1.0), NeuralNote(73, 72, 60, 0.2), NeuralNote(73, 90, 30, 5.0)]
ONSETS = [0.0, 2.5, 7.0]


def made_up(notes: Sequence[NeuralNote], seed: int) -> Controls:
    """Controls of no instrument: harmonics up to 20 kHz, levels drawn."""
    drawn = torch.Generator().manual_seed(seed)
    count = len(notes)
    key = torch.tensor([440.0 * 2 ** ((note.key - 69) / 12) for note in notes])
    frequency = key[:, None] * torch.arange(1, PARTIALS + 1)

    def level(*shape: int) -> torch.Tensor:
        return torch.rand(count, *shape, generator=drawn) * 8 - 10

    return Controls(
        level(POINTS, PARTIALS), torch.where(frequency < 20000, frequency, 0.0), level(2, PARTIALS), level(PARTIALS),
        level(POINTS, BANDS), level(BANDS), level(RELEASE_POINTS, RELEASE_BANDS), torch.ones(count), level(WAVES),
        level(WAVES, WAVE_BANDS),
    )  # fmt: skip


class Instruments:
    """Instruments that are made up; a morph mixes two of them."""

    def controls(
        self, notes: Sequence[NeuralNote], toward: Sequence[tuple[int, float] | None] | None = None
    ) -> Controls:
        """Between the notes' own program and the other one, by the share."""
        rows = []
        for i, note in enumerate(notes):
            own = made_up([note], note.program)
            to = toward[i] if toward else None
            if to is not None:
                other = made_up([note], to[0])
                own = Controls(*(torch.lerp(getattr(own, f.name), getattr(other, f.name), to[1]) for f in fields(own)))
            rows.append(own)
        return Controls(*(torch.cat([getattr(row, f.name) for row in rows]) for f in fields(Controls)))


def same(one: Controls, other: Controls) -> bool:
    return all(torch.equal(getattr(one, f.name), getattr(other, f.name)) for f in fields(Controls))


def power(controls: Controls) -> torch.Tensor:
    there = (controls.frequency > 0)[:, None, :]
    tones = (torch.exp(2 * controls.partials.double()) / 2 * there).sum(2)
    return tones + torch.exp(2 * controls.noise.double()).sum(2)


moving = st.lists(st.floats(-12, 12), min_size=1, max_size=4).map(
    lambda values: Curve(tuple((3.0 * i, value) for i, value in enumerate(values)))
)


def test_what_is_at_rest_changes_nothing() -> None:
    plain = Instruments().controls(NOTES)
    assert same(controls_of(Instruments(), NOTES, ONSETS, None), plain)
    assert same(controls_of(Instruments(), NOTES, ONSETS, Timbre(legato=True)), plain)
    zero = Timbre(Morph(48, constant(0.0)), Curve(((0.0, 0.0), (9.0, 0.0))), constant(0.0))
    assert same(controls_of(Instruments(), NOTES, ONSETS, zero), plain)


def test_a_whole_share_is_the_other_instrument() -> None:
    other = [note._replace(program=48) for note in NOTES]
    morphed = controls_of(Instruments(), NOTES, ONSETS, Timbre(Morph(48, constant(1.0))))
    assert same(morphed, Instruments().controls(other))


def test_a_morph_moves_within_a_note_and_between_notes() -> None:
    timbre = Timbre(Morph(48, Curve(((2.5, 0.0), (6.5, 1.0)))))
    got = controls_of(Instruments(), NOTES, ONSETS, timbre)
    own, other = (Instruments().controls([n._replace(program=p) for n in NOTES]) for p in (73, 48))
    assert torch.equal(got.partials[0, 0], own.partials[0, 0])  # begins before anything moves
    assert torch.allclose(got.partials[2], other.partials[2])  # begins when it is over
    share = (times() / 4.0).clamp(max=1.0)[:, None]
    assert torch.allclose(got.partials[1], torch.lerp(own.partials[1], other.partials[1], share), atol=1e-5)
    assert torch.allclose(got.noise[1], torch.lerp(own.noise[1], other.noise[1], share), atol=1e-5)
    assert torch.equal(got.frequency[1], own.frequency[1]) and torch.equal(got.phases[2], other.phases[2])


@settings(max_examples=25)
@given(moving)
def test_brightness_keeps_the_loudness_and_tilts_by_octaves(brightness: Curve) -> None:
    plain = Instruments().controls(NOTES)
    got = coloured(plain, Timbre(brightness=brightness), ONSETS)
    assert torch.allclose(power(got), power(plain), rtol=1e-4)
    lift = (got.partials - plain.partials) / DB
    slope = torch.tensor(brightness.at([[onset + float(t) for t in times()] for onset in ONSETS])).float()
    for partial in (2, 4, 8):  # one, two, three octaves over the fundamental
        octaves = (partial).bit_length() - 1
        heard = lift[:, :, partial - 1] - lift[:, :, 0]
        wanted = (slope * octaves).clamp(-60, 30)
        assert torch.allclose(heard, wanted, atol=1e-3)


@given(st.floats(-60, 24))
def test_noise_is_moved_alone(value: float) -> None:
    plain = Instruments().controls(NOTES)
    got = coloured(plain, Timbre(noise=constant(value)), ONSETS)
    assert torch.allclose(got.noise, plain.noise + value * DB, atol=1e-5)
    assert torch.equal(got.partials, plain.partials) and torch.equal(got.release, plain.release)


def test_a_note_without_partials_can_be_brighter() -> None:
    plain = Instruments().controls(NOTES)
    hiss = replace(plain, frequency=torch.zeros_like(plain.frequency))
    got = coloured(hiss, Timbre(brightness=constant(3.0)), ONSETS)
    rise = got.noise - hiss.noise
    assert torch.isfinite(rise).all() and bool((rise[:, :, -1] > rise[:, :, 0] + 3 * DB).all())


PARTS = [
    Part("Flute 1", 73, "flute", "lead"),
    Part("Flute 2", 73, "flute", "counter"),
    Part("Warm Pad", 89, "warm pad", "pad"),
    Part("Drums", 0, "drums", "drums", changeable=False),
]


def test_tracks_are_named_as_people_name_them() -> None:
    assert set(timbres_of(PARTS, ["flute:strings=0.3"], [])) == {"Flute 1", "Flute 2"}
    assert set(timbres_of(PARTS, [], ["flute2:legato"])) == {"Flute 2"}
    assert set(timbres_of(PARTS, [], ["PAD:noise=-6"])) == {"Warm Pad"}
    assert set(timbres_of(PARTS, [], ["lead:noise=-6"])) == {"Flute 1"}
    assert set(timbres_of(PARTS, [], ["warm:noise=3"])) == {"Warm Pad"}
    files = [Part("Track 1", 73), Part("Track 2", 0), Part("Kit", 0, changeable=False)]
    assert set(timbres_of(files, ["flutes:string section=0.3"], [])) == {"Track 1"}
    assert set(timbres_of(files, ["piano:48=0.3"], [])) == {"Track 2"}


def test_words_become_a_timbre() -> None:
    found = timbres_of(
        PARTS, ["Flute 1:strings=0@0:00,0.6@0:30"], ["flute:brightness=+2,noise=0@0,\N{MINUS SIGN}6@1:30,legato"]
    )
    assert found["Flute 1"] == Timbre(
        Morph(48, Curve(((0.0, 0.0), (30.0, 0.6)))), constant(2.0), Curve(((0.0, 0.0), (90.0, -6.0))), True
    )
    assert found["Flute 2"] == Timbre(None, constant(2.0), Curve(((0.0, 0.0), (90.0, -6.0))), True)
    assert timbres_of(PARTS, [], ["pad:noise=0"]) == {}
    assert timbres_of(PARTS, [], ["pad:noise=3", "pad:brightness=1"])["Warm Pad"] == Timbre(
        brightness=constant(1.0), noise=constant(3.0)
    )


@pytest.mark.parametrize(
    ("morphs", "timbres", "said"),
    [
        (["flute"], [], "does not name"),
        ([":strings=0.3"], [], "does not name"),
        (["flute:strings"], [], "no share"),
        (["flute:strnigs=0.3"], [], "Did you mean 'strings'"),
        (["flute:strings=1.3"], [], "from 0 to 1"),
        (["flute:strings=nan"], [], "from 0 to 1"),
        (["flute:strings="], [], "from 0 to 1"),
        (["flute:strings=0@0,1@0"], [], "do not rise"),
        (["flute:strings=0@0,1"], [], "has no time"),
        (["flute:strings=0@x"], [], "'x' is no time"),
        (["flute:strings=0@1:75"], [], "'1:75' is no time"),
        (["flute:128=0.3"], [], "0 to 127"),
        (["flute:-1=0.3"], [], "0 to 127"),
        (["flute:drums=0.3"], [], "pitch"),
        (["fluet:strings=0.3"], [], "Did you mean 'flute'"),
        (["drums:strings=0.3"], [], "cannot be changed"),
        (["flute:strings=0.3", "Flute 1:oboe=0.3"], [], "morphed already"),
        ([], ["flute:"], "does not name"),
        ([], ["flute:brightnes=2"], "Did you mean 'brightness'"),
        ([], ["flute:brightness=20"], "from -12 to 12"),
        ([], ["flute:noise=-90"], "from -60 to 24"),
        ([], ["flute:legatto"], "Did you mean 'legato'"),
        ([], ["flute:6@0:30"], "none of"),
        ([], ["flute:noise=1,noise=2"], "said twice"),
        ([], ["flute:noise=1", "Flute 1:noise=2"], "said twice"),
    ],
)
def test_what_cannot_be_is_one_line(morphs: list[str], timbres: list[str], said: str) -> None:
    with pytest.raises(BriefError, match=said) as caught:
        timbres_of(PARTS, morphs, timbres)
    assert "\n" not in str(caught.value)


def test_words_are_checked_before_there_is_a_song() -> None:
    check_words(["anything at all:strings=0.3"], ["anything:legato", "anything:noise=3"])
    for morphs, timbres in ((["flute:strnigs=0.3"], []), ([], ["flute:brightness=20"]), (["flute"], [])):
        with pytest.raises(BriefError):
            check_words(morphs, timbres)


@given(st.text(max_size=30), st.booleans())
def test_any_text_is_read_or_refused(text: str, morph: bool) -> None:
    try:
        timbres_of(PARTS, [text] if morph else [], [] if morph else [text])
    except BriefError as error:
        assert "\n" not in str(error) or "\n" in text
