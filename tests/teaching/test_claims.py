"""Small pieces of which it is known what is true: each claim is made where it should be, and nowhere else."""

from __future__ import annotations

from dataclasses import replace

import pytest

from partimento.score.song import Drum, Note, Phrase, Section, Song, Track
from partimento.teaching.claim import Claim, Kind
from partimento.teaching.kinds.each_chord import CHORD
from partimento.teaching.kinds.registry import kinds
from partimento.teaching.music import Harmony
from partimento.theory.chord import parse_chord
from partimento.theory.key import Key
from partimento.theory.pitch import Pitch
from partimento.theory.roman import numeral_of
from tests.score.small_song import small_song
from tests.teaching.explained_songs import recorded

BAR = 1920
KINDS: dict[str, Kind] = {kind.id: kind for kind in (*kinds(), CHORD)}


def _line(text: str) -> tuple[Note, ...]:
    """Notes written as "C5:480 D5:240 -:240"; "-" is a rest."""
    out, tick = [], 0
    for word in text.split():
        name, length = word.split(":")
        if name != "-":
            out.append(Note(tick, int(length), Pitch.parse(name), 80))
        tick += int(length)
    return tuple(out)


def _song(chords: str, tune: str, key: str = "C", close: str = "authentic", bass: str = "") -> Song:
    """A section in four-four of a bar a chord, block chords below the tune, its roots (or `bass`) at the bottom."""
    names = [parse_chord(name) for name in chords.split()]
    home = Key.parse(key)
    end = BAR * len(names)
    base = small_song()
    symbols = tuple(
        replace(
            base.chords[0], onset=i * BAR, duration=BAR, chord=chord, key=home, roman=numeral_of(chord, home), push=0
        )
        for i, chord in enumerate(names)
    )
    block = tuple(
        Note(i * BAR, BAR, Key.parse(key).spell(48 + tone.number), 70)
        for i, chord in enumerate(names)
        for tone in chord.tones
    )
    low = _line(bass) if bass else tuple(
        Note(i * BAR, BAR, home.spell(24 + chord.bass_tone.number), 80) for i, chord in enumerate(names)
    )  # fmt: skip
    return replace(
        base,
        meters=base.meters[:1],
        tempos=base.tempos[:1],
        keys=(replace(base.keys[0], onset=0, key=home),),
        sections=(
            Section("Verse 1", "verse", 0, end, 0.5, "A", 0, home, close, "tune", (Phrase(0, end, close, "a"),)),
        ),
        ending=replace(base.ending, start=end - BAR),
        chords=symbols,
        tracks=(
            Track("Flute", "lead", "flute", _line(tune)),
            Track("Piano", "comp", "piano", block),
            Track("Bass", "bass", "double bass", low),
        ),
        decisions=(),
    )


def _claims(name: str, song: Song) -> list[Claim]:
    of = recorded(song)
    return [claim for claim in KINDS[name].collect(of) if KINDS[name].holds(claim, of)]


@pytest.mark.parametrize(
    ("chords", "last", "close", "name"),
    [
        ("C F G7 C", "C5", "authentic", "PAC"),
        ("C F G7 C", "E5", "authentic", "IAC"),
        ("C F G7 Am", "C5", "deceptive", "DC"),
        ("C Am F G", "D5", "half", "HC"),
        ("C G F C", "C5", "plagal", "PC"),
        ("C F G7 C", "D5", "authentic", "AC"),
    ],
)
def test_cadences_are_told_by_their_chords_and_the_tune(chords: str, last: str, close: str, name: str) -> None:
    song = _song(chords, f"E5:1920 F5:1920 D5:1920 {last}:1920", close=close)
    assert [claim.value("cadence") for claim in _claims("harmony.cadence", song)] == [name]


def test_a_loop_has_none() -> None:
    song = _song("C G Am F C G Am F", "E5:1920 " * 8, close="loop")
    assert not _claims("harmony.cadence", song)


def test_a_bass_that_says_another_chord_makes_no_cadence() -> None:
    tune = "E5:1920 F5:1920 D5:1920 C5:1920"
    assert not _claims("harmony.cadence", _song("C F G7 C", tune, bass="C2:1920 F2:1920 G2:1920 A2:1920"))


@pytest.mark.parametrize(
    ("tune", "kind"),
    [
        ("C5:480 D5:480 E5:960", "passing"),
        ("E5:480 F5:480 E5:960", "neighbour"),
        ("G5:480 E5:480 D5:480 G5:480", "escape"),
        ("G4:480 G4:480 D5:480 C5:480", "appoggiatura"),
    ],
)
def test_foreign_tones_are_named_by_how_they_come_and_go(tune: str, kind: str) -> None:
    song = _song("C C", f"{tune} C5:1920", close="open")
    assert [claim.value("sort") for claim in _claims("melody.non-chord", song)] == [kind]


def test_a_suspension_is_held_over_from_the_chord_before() -> None:
    held = _song("F C", "F5:1920 F5:960 E5:960", close="open")
    assert [claim.value("sort") for claim in _claims("melody.non-chord", held)] == ["suspension"]


def test_secondary_dominants_resolve_or_do_not() -> None:
    tune = "E5:1920 F#5:1920 G5:1920 E5:1920"
    good = _claims("harmony.applied", _song("C D7 G C", tune))
    bad = _claims("harmony.applied", _song("C D7 F C", tune))
    assert [c.value("resolves") for c in good] == [True] and [c.value("resolves") for c in bad] == [False]


@pytest.mark.parametrize(
    ("bar", "what"),
    [
        ("C5:480 D5:480 E5:960", "exact"),
        ("C6:480 D6:480 E6:960", "octave"),
        ("D5:480 E5:480 F5:960", "sequence"),
        ("C5:480 B4:480 A4:960", "inversion"),
        ("G5:480 C5:480 G5:960", "rhythm"),
    ],
)
def test_a_motif_is_known_again(bar: str, what: str) -> None:
    plain = "C5:480 D5:480 E5:960"
    song = _song("C C C C", f"{plain} {bar} {plain} {plain}", close="open")
    assert what in [claim.value("what") for claim in _claims("melody.transformation", song)]


@pytest.mark.parametrize(
    ("bar", "values"),
    [
        ("E5:240 F5:240 G5:240 F5:240 D5:960 ", (0, 0, 4)),  # a long last note, then the next downbeat
        ("E5:240 F5:240 G5:240 F5:240 D5:480 -:240 C5:240 ", (3, 0, 1)),  # a note after a rest, before the bar line
        ("-:240 F5:240 G5:240 F5:240 D5:240 C5:480 -:240 ", (0, 4, 0)),
        ("E5:240 F5:240 G5:240 F5:240 D5:480 E5:240 D5:240 ", (0, 0, 1)),  # sung through: nobody can tell
    ],
)
def test_pickups_follow_a_silence(bar: str, values: tuple[int, int, int]) -> None:
    song = _song("C F G7 C", bar * 4)
    phrases = tuple(Phrase(i * BAR, BAR, "open", "a") for i in range(4))
    song = replace(song, sections=(replace(song.sections[0], phrases=phrases),))
    (claim,) = _claims("rhythm.phrase-start", song)
    assert tuple(claim.value(name) for name in ("before", "late", "down")) == values


@pytest.mark.parametrize(
    ("chords", "phrases", "told"),
    [("C F G7 C", 2, ["AC"]), ("C F Dm G7", 2, ["HC"])],
)
def test_a_dominant_that_goes_home_at_the_end_is_no_half_cadence(chords: str, phrases: int, told: list[str]) -> None:
    song = _song(chords, "E5:1920 F5:1920 D5:1920 -:1920", close="half")
    cut = BAR * (3 if told == ["AC"] else 2)
    shape = (Phrase(0, cut, "half", "a"), Phrase(cut, song.end - cut, "half", "b"))
    song = replace(song, sections=(replace(song.sections[0], phrases=shape),))
    assert [c.value("cadence") for c in _claims("harmony.cadence", song)] == told


def test_a_bass_of_repeated_notes_does_not_walk() -> None:
    tune = "E5:1920 F5:1920 D5:1920 C5:1920"
    walking = "C2:480 E2:480 G2:480 A2:480 " * 4
    pumping = "C2:240 C2:240 C2:240 C2:240 C2:240 C2:240 E2:240 G2:240 " * 4
    assert _claims("rhythm.walking", _song("C C C C", tune, bass=walking))
    assert not _claims("rhythm.walking", _song("C C C C", tune, bass=pumping))


def test_a_seventh_chord_at_home_is_no_two_five() -> None:
    tune = "E5:1920 F5:1920 D5:1920 C5:1920"
    assert len(_claims("harmony.two-five", _song("Dm7 G7 C C", tune))) == 1
    assert not _claims("harmony.two-five", _song("Am7 D7 Am7 D7", tune, key="A minor"))
    assert not _claims("harmony.two-five", _song("Fm7 Bb7 C C", tune))


def test_the_tritone_substitute_falls_a_half_step() -> None:
    tune = "D5:1920 Ab4:1920 G4:1920"
    assert len(_claims("harmony.tritone", _song("Dm7 Db7 Cmaj7", tune))) == 1
    assert not _claims("harmony.tritone", _song("Dm7 Db7 Fmaj7", tune))


def test_a_borrowed_chord_is_told_by_its_foreign_tone() -> None:
    (claim,) = _claims("harmony.mixture", _song("C Fm C C", "G5:1920 Ab5:1920 G5:1920 C5:1920"))
    assert (claim.value("foreign"), claim.value("numeral")) == ("Ab", "iv")
    assert not _claims("harmony.mixture", _song("C F C C", "G5:1920 A5:1920 G5:1920 C5:1920"))


def _drums(song: Song, bar: dict[Drum, tuple[int, ...]]) -> Song:
    notes = tuple(
        Note(start + tick, 60, piece, 90)
        for start in range(0, song.end, BAR)
        for piece, ticks in bar.items()
        for tick in ticks
    )
    return replace(song, tracks=(*song.tracks, Track("Drums", "drums", "drums", tuple(sorted(notes, key=_onset)))))


def _onset(note: Note) -> int:
    return note.onset


@pytest.mark.parametrize(
    ("bar", "habits"),
    [
        ({Drum.KICK: (0, 960), Drum.SNARE: (480, 1440)}, {"backbeat"}),
        ({Drum.KICK: (0, 480, 960, 1440), Drum.CLAP: (480, 1440)}, {"four-on-the-floor", "backbeat"}),
        ({Drum.KICK: (960,), Drum.RIM: (960,)}, {"one-drop"}),
        ({Drum.KICK: (480, 1440), Drum.RIM: (480, 1440)}, {"quick one-drop"}),
        ({Drum.KICK: (0,), Drum.SNARE: (960,)}, {"half-time"}),
        ({Drum.KICK: (0,), Drum.HAT: tuple(range(0, BAR, 240))}, {"eighth hats"}),
        ({Drum.KICK: (0,), Drum.SNARE: (240, 1200)}, set()),
    ],
)
def test_grooves_are_told_by_their_strokes(bar: dict[Drum, tuple[int, ...]], habits: set[str]) -> None:
    song = _drums(_song("C F G7 C", "E5:1920 F5:1920 D5:1920 C5:1920"), bar)
    assert {str(claim.value("habit")) for claim in _claims("rhythm.drums", song)} == habits


def test_the_lament_bass_is_known() -> None:
    song = _song("Am G F E", "C5:1920 B4:1920 A4:1920 G#4:1920", key="A minor", bass="A2:1920 G2:1920 F2:1920 E2:1920")
    (claim,) = _claims("voice-leading.bass-line", song)
    assert claim.value("lament") and claim.value("way") == "down"


def test_a_chord_is_heard_only_where_its_tones_are() -> None:
    song = _song("C F G7 C", "E5:1920 F5:1920 D5:1920 C5:1920")
    music = recorded(song).music
    assert all(map(music.is_heard, music.harmony)) and all(map(music.bass_says, music.harmony))
    other = Harmony(0, BAR, 0, parse_chord("Ebm"), Key.parse("C"), "biii")
    assert music.share_in(other) < 0.4
