"""A person's edits: what each setting changes and leaves, who is meant by a name, and what is refused in one line."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from partimento.score.mix import EqBand, Fader, Mix
from partimento.score.mix_edit import FADER_SETTINGS, edit, fader_named, mute, reset, solo, unmute, unsolo
from partimento.score.mix_ranges import FADER_RANGES, fault
from partimento.score.song import Drum, Note, Track
from partimento.theory.errors import BriefError

TRACKS = (
    Track("Voice", "lead", "voice"),
    Track("Bass Guitar", "bass", "bass guitar"),
    Track("Electric Guitar 1", "comp", "electric guitar"),
    Track("Electric Guitar 2", "comp", "electric guitar"),
    Track("Warm Pad", "pad", "warm pad"),
    Track("Drums", "drums", "power kit", (Note(0, 60, Drum.KICK), Note(480, 60, Drum.SNARE), Note(0, 60, Drum.HAT))),
)
MIX = Mix(
    faders=(
        *(Fader(track.name) for track in TRACKS[:-1]),
        Fader("Drums", hall=0.0),
        Fader("Drums/kick", hall=0.0, eq=(EqBand("high-pass", 30.0), EqBand("peak", 350.0, -3.0))),
        Fader("Drums/snare"),
        Fader("Drums/hats"),
    )
)


@pytest.mark.parametrize(
    ("setting", "fader", "field", "value"),
    [
        ("bass.gain=-2", "Bass Guitar", "gain_db", -2.0),
        ("BASS guitar.gain = +1.5", "Bass Guitar", "gain_db", 1.5),
        ("voice.pan=L30", "Voice", "pan", -0.3),
        ("lead.pan=right", "Voice", "pan", 1.0),
        ("warmpad.pan=centre", "Warm Pad", "pan", 0.0),
        ("pad.width=1.5", "Warm Pad", "width", 1.5),
        ("Electric Guitar 2.hall=0.4", "Electric Guitar 2", "hall", 0.4),
        ("electric guitar 1.room=0.1", "Electric Guitar 1", "room", 0.1),
        ("voice.delay=.2", "Voice", "delay", 0.2),
        ("bass.duck=4", "Bass Guitar", "duck_db", 4.0),
        ("drums.gain=-1", "Drums", "gain_db", -1.0),
        ("drums.kick.gain=1", "Drums/kick", "gain_db", 1.0),
        ("Drums/snare.pan=-0.1", "Drums/snare", "pan", -0.1),
        ("hats.gain=-3", "Drums/hats", "gain_db", -3.0),
    ],
)
def test_a_setting_changes_one_value_of_one_fader(setting: str, fader: str, field: str, value: float) -> None:
    done = edit(MIX, TRACKS, setting)
    assert getattr(done.fader(fader), field) == value
    differing = [a.track for a, b in zip(MIX.faders, done.faders, strict=True) if a != b]
    assert differing in ([fader], [])
    assert fault(done) is None


def test_high_pass_stands_first_and_zero_takes_it_away() -> None:
    cut = edit(MIX, TRACKS, "kick.high-pass=40").fader("Drums/kick")
    assert cut is not None and cut.eq == (EqBand("high-pass", 40.0), EqBand("peak", 350.0, -3.0))
    none = edit(MIX, TRACKS, "kick.highpass=0").fader("Drums/kick")
    assert none is not None and none.eq == (EqBand("peak", 350.0, -3.0),)


def test_a_kits_space_is_its_pieces() -> None:
    done = edit(MIX, TRACKS, "drums.room=0.5")
    assert [f.room for f in done.faders if f.track.startswith("Drums/")] == [0.5, 0.5, 0.5]
    assert done.fader("Drums") == MIX.fader("Drums")


@pytest.mark.parametrize(
    ("setting", "field", "value"),
    [
        ("lufs=-16", "lufs", -16.0), ("ceiling=-2", "ceiling_db", -2.0), ("room=0.8", "room_s", 0.8),
        ("hall=3", "hall_s", 3.0), ("glue=1", "glue_ratio", 1.0), ("width=0.5", "width", 0.5),
        ("limiting=6", "limiting_db", 6.0),
    ],
)  # fmt: skip
def test_the_whole(setting: str, field: str, value: float) -> None:
    done = edit(MIX, TRACKS, setting)
    assert getattr(done, field) == value and done.faders == MIX.faders


def test_mute_and_solo_and_back() -> None:
    for do, undo, field in ((mute, unmute, "mute"), (solo, unsolo, "solo")):
        done = do(MIX, TRACKS, "pad")
        assert [f.track for f in done.faders if getattr(f, field)] == ["Warm Pad"]
        assert undo(done, TRACKS, "pad") == MIX and undo(done, TRACKS) == MIX
        assert undo(do(MIX, TRACKS, "drums.kick"), TRACKS, "drums") == MIX


def test_reset_gives_back_what_was() -> None:
    changed = edit(edit(edit(MIX, TRACKS, "bass.gain=-9"), TRACKS, "drums.kick.gain=4"), TRACKS, "lufs=-20")
    assert reset(changed, TRACKS, MIX) == MIX
    one = reset(changed, TRACKS, MIX, "drums")
    assert one.fader("Drums/kick") == MIX.fader("Drums/kick") and one.fader("Bass Guitar") != MIX.fader("Bass Guitar")
    assert one.lufs == -20.0


def test_a_fader_that_is_not_there_yet_is_made() -> None:
    done = edit(Mix(), TRACKS, "drums.kick.gain=2")
    assert done.faders == (Fader("Drums/kick", 2.0, hall=0.0),)


@pytest.mark.parametrize(
    ("setting", "says"),
    [
        ("bsas.gain=1", r"no fader 'bsas'\. Did you mean 'bass'\? Faders: Voice, Bass Guitar, "),
        ("guitar.gain=1", "Electric Guitar 1, Electric Guitar 2"),
        ("comp.gain=1", "'comp' may be any of: Electric Guitar 1, Electric Guitar 2"),
        ("drums.toms.gain=1", "'Drums' has no toms; it has kick, snare, hats"),
        ("bass.gian=1", "no setting 'gian'. Did you mean 'gain'"),
        ("luffs=-14", "no setting 'luffs'. Did you mean 'lufs'"),
        ("bass.gain=99", "gain_db 99 is not -60 to 24"),
        ("bass.pan=2", "pan 2 is not -1 to 1"),
        ("bass.pan=L200", "pan -2 is not"),
        ("bass.hall=-0.1", "hall -0.1 is not 0 to 1"),
        ("bass.gain=nan", "'nan' is not a number"),
        ("bass.gain=1e999", "is not a number"),
        ("bass.gain=loud", "'loud' is not a number"),
        ("bass.high-pass=1", "hz 1 is not 10 to"),
        ("lufs=3", "lufs 3 is not -40 to -5"),
        ("bass.gain", "is not FADER.SETTING=VALUE"),
        ("=3", "is not FADER.SETTING=VALUE"),
        (".gain=3", "is not FADER.SETTING=VALUE"),
        ("", "is not FADER.SETTING=VALUE"),
    ],
)
def test_what_cannot_be_is_one_line(setting: str, says: str) -> None:
    with pytest.raises(BriefError, match=says) as caught:
        edit(MIX, TRACKS, setting)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("do", [mute, solo])
def test_nobody_is_muted_by_a_wrong_name(do: Callable[..., Mix]) -> None:
    for name in ("triangle", "", "drums.triangle"):
        with pytest.raises(BriefError, match="no fader|has no"):
            do(MIX, TRACKS, name)


@given(st.text(max_size=30))
def test_any_text_is_an_edit_or_a_brief_error(text: str) -> None:
    try:
        done = edit(MIX, TRACKS, text)
    except BriefError:
        return
    assert fault(done) is None


@given(st.sampled_from([f.track for f in MIX.faders]), st.sampled_from(sorted(FADER_SETTINGS)), st.data())
def test_any_allowed_value_lands_and_again_changes_nothing(name: str, key: str, data: st.DataObject) -> None:
    low, high = FADER_RANGES.get(FADER_SETTINGS[key], (10.0, 20000.0))
    value = data.draw(st.floats(low, high))
    once = edit(MIX, TRACKS, f"{name}.{key}={value!r}")
    assert edit(once, TRACKS, f"{name}.{key}={value!r}") == once
    assert fader_named(once, TRACKS, name) == name and fault(once) is None
