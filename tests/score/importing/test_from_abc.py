"""ABC is read as it sounds: small tunes by eye, our own charts back, real collections against abc2midi and music21."""

from __future__ import annotations

import random
import shutil
import subprocess
from pathlib import Path

import mido
import pytest

from partimento.composer.compose import compose
from partimento.score.brief import Brief
from partimento.score.importing.draft import Draft
from partimento.score.importing.from_abc import abc_draft
from partimento.score.notation.abc import abc
from partimento.score.notation.lead_sheet import lead_sheet
from partimento.score.song import Drum
from partimento.theory.errors import ScoreFormatError
from tests.score.notation.sheet_songs import chart_song

HEAD = "X:1\nT:Tune\nM:4/4\nL:1/8\nK:C\n"


def draft(body: str, head: str = HEAD) -> Draft:
    return abc_draft((head + body).encode(), "tune.abc")


def text_of(draft: Draft, part: int = 0) -> str:
    """Notes as pitch:onset+duration in eighths (240 ticks), g for grace."""
    notes = draft.parts[part].notes
    names = [n.pitch.name if isinstance(n.pitch, Drum) else str(n.pitch) for n in notes]
    return " ".join(
        f"{name}:{n.onset / 240:g}+{n.duration / 240:g}{'g' * n.grace}" for name, n in zip(names, notes, strict=True)
    )


def meters(draft: Draft) -> str:
    return " ".join(f"{m.onset // 240}={m.meter}" for m in draft.meters)


@pytest.mark.parametrize(
    ("body", "says"),
    [
        ("C2 c2 C,2 c'2|", "C4:0+2 C5:2+2 C3:4+2 C6:6+2"),
        ("^F F =F f ^f f F2|", "F#4:0+1 F#4:1+1 F4:2+1 F5:3+1 F#5:4+1 F#5:5+1 F#4:6+2"),
        ("^F8|F8|", "F#4:0+8 F4:8+8"),
        ("^F8-|F8|F8|", "F#4:0+16 F4:16+8"),
        ("C/ D/ E// F// G3/2 z3|", "C4:0+0.5 D4:0.5+0.5 E4:1+0.25 F4:1.25+0.25 G4:1.5+1.5"),
        ("A>B A<B A>>B z2|", "A4:0+1.5 B4:1.5+0.5 A4:2+0.5 B4:2.5+1.5 A4:4+1.75 B4:5.75+0.25"),
        ("(3ABc (3:2:4A/B/cd z4|", "A4:0+0.666667 B4:0.666667+0.666667 C5:1.33333+0.666667"
                                   " A4:2+0.333333 B4:2.33333+0.333333 C5:2.66667+0.666667 D5:3.33333+0.666667"),
        ("[CEG]4 [C2E2]2|", "C4:0+4 E4:0+4 G4:0+4 C4:4+4 E4:4+4"),
        ("A-A A-|A B7|", "A4:0+2 A4:2+2 B4:4+7"),
        ("A2{Bc}d6|", "A4:0+1.5 B4:1.5+0.25g C5:1.75+0.25g D5:2+6"),
        ("C8 & E4 G4|", "C4:0+8 E4:0+4 G4:4+4"),
        ("Z2|A8|", "A4:16+8"),
        ("A4|\\\nB4|", "A4:0+4 B4:4+4"),
        ("A:|", "A4:0+1 A4:1+1"),
    ],
)  # fmt: skip
def test_notes(body: str, says: str) -> None:
    assert text_of(draft(body)) == says


@pytest.mark.parametrize(
    ("body", "says"),
    [
        ("|:A8:|B8|]", "AAB"),
        ("A8:|B8::C8:|", "AABBCC"),
        ("A8||B8:|C8|", "ABBC"),
        ("|:A8|1B8:|2C8|]D8|", "ABACD"),
        ("|:A8|[1,3 B8:|[2 C8:|D8|", "ABACABD"),
        ('A8|"^Fine"B8|C8|"^D.C. al Fine"D8|]', "ABCDAB"),
        ("A8|!segno!B8|!dacoda!C8|!D.S.!D8|!coda!E8|]", "ABCDBCE"),
        ("A8::|B8:|", "AAABB"),
    ],
)
def test_repeats_are_played(body: str, says: str) -> None:
    assert "".join(n.pitch.letter for n in draft(body).parts[0].notes if not isinstance(n.pitch, Drum)) == says


def test_a_pick_up_and_the_short_bar_that_repays_it() -> None:
    tune = draft("|:G2|A8|B6:|c8|]", HEAD.replace("4/4", "C"))
    assert meters(tune) == "0=1/4 2=4/4 26=3/4 32=4/4"
    assert text_of(tune).startswith("G4:0+2 A4:2+8 B4:10+6 G4:16+2")


def test_key_tempo_unit_and_words() -> None:
    tune = draft(
        "P:A\n!mf!D2 (EF) .A2 L!tenuto!B2|\nw:He-llo, my~own *|\nw:Good bye\n[K:Bb]B8|\n",
        'X:7\nT:A tune\nT:second\nM:4/4\nQ:"Slow" 3/8=50\nL:1/8\nK:Ddor\n',
    )
    assert tune.title == "A tune"
    assert [(k.onset, str(k.key)) for k in tune.keys] == [(0, "D dorian"), (1920, "Bb major")]
    assert [t.tempo_bpm for t in tune.tempos] == [75.0] and tune.markers == ((0, "A"),)
    notes = tune.parts[0].notes
    assert [n.lyric for n in notes] == ["He-", "llo,", "my own", None, None, None]
    assert [n.articulation for n in notes] == ["", "legato", "", "staccato", "accent", ""]
    assert str(notes[-1].pitch) == "Bb4" and tune.parts[0].dynamics[0].mark == "mf"


def test_words_keep_to_their_bars() -> None:
    tune = draft("C2D2E2F2|G2A2 B4|\nw:one|two * three\n")
    assert [n.lyric for n in tune.parts[0].notes] == ["one", None, None, None, "two", None, "three"]


def test_chord_symbols_and_what_is_none() -> None:
    tune = draft('"Am7"A2 "^fast"B2 "D7/f#"c2 "N.C."d2|"G(Em)"A4 "Xyz"B4|"Hm"c8|')
    assert [(on, length, chord and chord.name) for on, length, chord in tune.chords] == [
        (0, 960, "Am7"), (960, 480, "D7/F#"), (1440, 480, None), (1920, 1920 * 2, "G"),
    ]  # fmt: skip


def test_voices_transpose_and_drums() -> None:
    tune = draft(
        "V:1\nC8|\nV:2\n%%MIDI program 32\nC,8|\nV:3\n%%MIDI channel 10\n=C,,4 D,,4|\n[V:1]D8|\n[V:2]D,8|",
        'X:1\nM:4/4\nL:1/8\nV:1 name="Trumpet" transpose=-2\nV:2 name=Bass clef=bass-8\nK:D\n',
    )
    assert [(p.name, p.drums, p.program) for p in tune.parts] == [
        ("Trumpet", False, None), ("Bass", False, 32), ("Voice 3", True, None),
    ]  # fmt: skip
    assert [text_of(tune, i) for i in range(3)] == ["B3:0+8 C4:8+8", "C#2:0+8 D2:8+8", "KICK:0+4 SNARE:4+4"]
    assert str(tune.keys[0].key) == "C major"


@pytest.mark.parametrize(
    ("data", "tune", "says"),
    [
        (b"X:1\nK:C\n", 1, "no notes"),
        (b"hello there", 1, "no ABC"),
        (b"X:1\nK:C\nabc|", 2, "has 1 tune; there is no tune 2"),
        (b"X:1\nK:C\n" + b"abc" * 400_000, 1, "at most 1000000"),
        (b"X:1\nK:C\n" + b"Z200|" * 100, 1, "more than 5000 bars"),
        (b"X:1\nK:C\n" + b"abcdefga" * 7_000, 1, "more than 50000 notes"),
        (b"X:1\nK:C\n\0", 1, "no text"),
        (b"X:1\nK:C\n" + b"".join(b"V:%d\nabc|\n" % i for i in range(70)), 1, "more than 64 voices"),
    ],
)
def test_what_is_refused(data: bytes, tune: int, says: str) -> None:
    with pytest.raises(ScoreFormatError, match=says) as caught:
        abc_draft(data, "tune.abc", tune)
    assert "\n" not in str(caught.value)


def test_a_tune_is_chosen_from_several() -> None:
    data = b"M:3/4\n\nX:1\nT:One\nK:C\nabc|\n\ntext between: abc def\n\nX:5\nT:Two\nK:D\nfga|\n"
    tune = abc_draft(data, "b.abc", 2)
    assert tune.title == "Two" and "b.abc has 2 tunes; this is tune 2, 'Two'" in tune.notices
    assert len(abc_draft(data, "b.abc").parts[0].notes) == 3
    assert str(tune.meters[0].meter) == "3/8"  # three sixteenths' units of the default 1/8 in a 3/4 that is cut short


# ------------------------------------------------------------------ ours back


@pytest.mark.parametrize(
    "form", [("i ----", "A abcdefgh A abcdefgx", "B xxxx B xxxx B xxxx", "C yyyy"), ("A abcd B fg-h A abcd",)]
)
def test_our_charts_come_back_unfolded(form: tuple[str, ...]) -> None:
    song = chart_song(*form)
    tune = abc_draft(abc(lead_sheet(song)).encode(), "chart.abc")
    wanted = [(n.onset, n.duration, n.pitch) for n in song.tracks[0].notes]
    assert [(n.onset, n.duration, n.pitch) for n in tune.parts[0].notes] == wanted
    assert (tune.keys, tune.tempos, tune.end) == (song.keys, song.tempos, song.end)
    assert {(on, chord) for on, _, chord in tune.chords} <= {(c.onset, c.chord) for c in song.chords}


@pytest.mark.parametrize("genre", ["jazz", "folk"])
def test_a_composed_lead_comes_back(genre: str) -> None:
    song = compose(Brief(genre=genre, bars=16, seed=3))
    tune = abc_draft(abc(lead_sheet(song)).encode(), "lead.abc")
    lead = next(t for t in song.tracks if t.role == "lead")
    wanted = [(n.onset, n.duration, n.pitch) for n in lead.notes if not n.grace]
    assert [(n.onset, n.duration, n.pitch) for n in tune.parts[0].notes if not n.grace] == wanted
    assert [(on, chord) for on, _, chord in tune.chords] == [(c.onset, c.chord) for c in song.chords]
    assert tune.end == song.end and tune.keys == song.keys


# ------------------------------------------------------------------ real collections


def _corpus() -> Path:
    import music21

    return Path(music21.__file__).parent / "corpus"


def _tunes(count: int) -> list[tuple[str, str]]:
    """Tunes of Ryan's Mammoth Collection without what abc2midi plays in a manner of its own (hornpipe swing, rolls,
    dotted pairs as triplets) or not at all (words that jump)."""
    files = sorted((_corpus() / "ryansMammoth").glob("*.abc"))
    texts = [(file.name, file.read_text("latin-1")) for file in files]
    strange = ("~", ">", "<", "{", "D.C", "D.S", "\\", '"', "((", "Hy")
    plain = [(name, text) for name, text in texts if not any(sign in text for sign in strange)]
    return random.Random(4).sample(plain, count)


@pytest.mark.skipif(shutil.which("abc2midi") is None, reason="abc2midi is not installed (Debian: abcmidi)")
def test_abc2midi_plays_the_same_notes(tmp_path: Path) -> None:
    for name, text in _tunes(12):
        lines = [line for line in text.splitlines() if not line.startswith("R:")]
        (tmp_path / "a.abc").write_text("\n".join(lines), "latin-1")
        subprocess.run(
            ["abc2midi", "a.abc", "-o", "a.mid", "-quiet", "-silent"], cwd=tmp_path, check=False, capture_output=True
        )
        heard = []
        file = mido.MidiFile(tmp_path / "a.mid")
        for track in file.tracks:
            tick = 0
            for message in track:
                tick += message.time
                if message.type == "note_on" and message.velocity:
                    heard.append((round(tick * 480 / file.ticks_per_beat / 10), message.note))
        first = min(heard)[0]
        tune = abc_draft(text.encode("latin-1"), name)
        ours = [(round(n.onset / 10), n.number) for n in tune.parts[0].notes]
        assert ours == [(tick - first + ours[0][0], number) for tick, number in sorted(heard)], name


def test_music21_reads_the_same_letters_and_lengths() -> None:
    """Not the same pitches: it forgets a bar's accidentals."""
    from music21 import converter

    for name, text in _tunes(6):
        theirs = converter.parse(text, format="abc").parts[0].expandRepeats().flatten().stripTies().notes
        ours = abc_draft(text.encode("latin-1"), name).parts[0].notes
        assert [(n.pitch.diatonic, n.duration) for n in ours if not isinstance(n.pitch, Drum)] == [
            (pitch.diatonicNoteNum - 1, round(note.quarterLength * 480)) for note in theirs for pitch in note.pitches
        ], name


def test_damaged_tunes_end_in_one_line_or_in_notes() -> None:
    files = [file.read_bytes() for file in sorted((_corpus() / "oneills1850").glob("*.abc"))[:3]]
    draw = random.Random(1)
    read = refused = 0
    for _ in range(120):
        data = bytearray(draw.choice(files)[: draw.randrange(40, 3000)])
        for _ in range(draw.randrange(1, 30)):
            data[draw.randrange(len(data))] = draw.randrange(256)
        try:
            assert abc_draft(bytes(data), "a.abc").parts
            read += 1
        except ScoreFormatError as error:
            assert "\n" not in str(error)
            refused += 1
    assert read > 20 and refused > 5


def test_words_may_begin_with_a_bar_line() -> None:
    draft = abc_draft(b"X:1\nT:x\nM:3/4\nL:1/4\nK:C\nz3|z2G|\nw: | Am |\nccc|\n", "x.abc")
    assert draft.notices == () or not any("no ABC" in line for line in draft.notices)
    assert [note.lyric for note in draft.parts[0].notes] == ["Am", None, None, None] and len(draft.meters) == 1
