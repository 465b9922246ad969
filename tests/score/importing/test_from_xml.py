"""MusicXML is read as it sounds: one small score for each thing that a file can say."""

from __future__ import annotations

import pytest

from partimento.score.importing.draft import Draft
from partimento.score.importing.from_xml import xml_draft
from partimento.score.notation.musicxml_harmony import harmony_body
from partimento.score.song import Drum, Dynamic
from partimento.theory.chord import Chord, parse_chord
from partimento.theory.chord_quality import QUALITIES
from partimento.theory.pitch import PitchClass

ATTRIBUTES = "<divisions>4</divisions><key><fifths>0</fifths><mode>major</mode></key>"
FOUR = "<time><beats>4</beats><beat-type>4</beat-type></time>"


def note(pitch: str, length: int, inside: str = "", before: str = "", **attributes: str) -> str:
    """A note such as "C4" or "F#4" of so many sixteenths."""
    alter = pitch.count("#") - pitch.count("b")
    said = "".join(f' {name}="{value}"' for name, value in attributes.items())
    duration = f"<duration>{length}</duration>" if length else ""
    return (
        f"<note{said}>{before}<pitch><step>{pitch[0]}</step><alter>{alter}</alter><octave>{pitch[-1]}</octave></pitch>"
        f"{duration}{inside}</note>"
    )


def rest(length: int) -> str:
    return f"<note><rest/><duration>{length}</duration></note>"


def score(*bars: str, attributes: str = ATTRIBUTES + FOUR, part_list: str = "<part-name>Flute</part-name>") -> bytes:
    """A score of one part; a bar that begins with `<measure` stands as it is."""
    whole = [bar if bar.startswith("<measure") else f"<measure>{bar}</measure>" for bar in bars]
    head, _, tail = whole[0].partition(">")
    whole[0] = f"{head}><attributes>{attributes}</attributes>{tail}"
    return (
        '<?xml version="1.0"?><score-partwise><work><work-title>Test</work-title></work>'
        f'<part-list><score-part id="P1">{part_list}</score-part></part-list>'
        f'<part id="P1">{"".join(whole)}</part></score-partwise>'
    ).encode()


def read(*bars: str, attributes: str = ATTRIBUTES + FOUR, part_list: str = "<part-name>Flute</part-name>") -> Draft:
    return xml_draft(score(*bars, attributes=attributes, part_list=part_list), "test.xml")


def text_of(draft: Draft, part: int = 0) -> str:
    """Notes as pitch:onset+duration in sixteenths, g for grace, / and the voice where it is not 0."""
    return " ".join(
        f"{n.pitch.name if isinstance(n.pitch, Drum) else n.pitch}:{n.onset / 120:g}+{n.duration / 120:g}"
        + "g" * n.grace + (f"/{n.voice}" if n.voice else "")
        for n in draft.parts[part].notes
    )  # fmt: skip


def meters(draft: Draft) -> str:
    return " ".join(f"{m.onset // 120}={m.meter}" for m in draft.meters)


BACK = "<backup><duration>16</duration></backup>"
CHORD = "<chord/>"


@pytest.mark.parametrize(
    ("bars", "says"),
    [
        ((note("C4", 4) + rest(4) + note("F#5", 8),), "C4:0+4 F#5:8+8"),
        ((note("C4", 16) + note("E4", 16, before=CHORD),), "C4:0+16 E4:0+16"),
        ((note("C5", 16, "<voice>1</voice>") + BACK + note("C4", 8, "<voice>2</voice>"),), "C4:0+8/1 C5:0+16"),
        ((note("C4", 16, '<tie type="start"/>'), note("C4", 16, '<tie type="stop"/>')), "C4:0+32"),
        ((note("C4", 16, '<tie type="start"/>'), note("C#4", 16, '<tie type="stop"/>')), "C4:0+16 C#4:16+16"),
        ((note("C4", 16), note("D4", 0, before="<grace/>") + note("E4", 16)), "C4:0+15.5 D4:15.5+0.5g E4:16+16"),
        ((note("D4", 0, before="<grace/>") + note("E4", 16),), "D4:0+0.5g E4:0+16"),
        ((note("C4", 8) + note("D4", 8, before="<cue/>"),), "C4:0+8"),
        ((note("C4", 8) + note("B4", 8, "<notehead>slash</notehead>"),), "C4:0+8"),
        ((note("C4", 8) + note("B10", 8),), "C4:0+8 B0:8+8"),
    ],
)
def test_notes(bars: tuple[str, ...], says: str) -> None:
    assert text_of(read(*bars)) == says


@pytest.mark.parametrize(
    ("transpose", "says", "key"),
    [
        ("<diatonic>-1</diatonic><chromatic>-2</chromatic>", "Bb3:0+16", "Bb major"),
        ("<chromatic>-9</chromatic><octave-change>-1</octave-change>", "Eb2:0+16", "Eb major"),
        ("<chromatic>0</chromatic><octave-change>-1</octave-change>", "C3:0+16", "C major"),
        ("<diatonic>1</diatonic><chromatic>3</chromatic>", "D#4:0+16", "D# major"),
    ],
)
def test_transposing_parts_sound(transpose: str, says: str, key: str) -> None:
    draft = read(note("C4", 16), attributes=f"{ATTRIBUTES}{FOUR}<transpose>{transpose}</transpose>")
    assert text_of(draft) == says
    assert draft.keys[0].key.signature % 12 == PitchClass.parse(key.split()[0]).fifths % 12


def test_drums_by_instrument_by_name_and_by_place() -> None:
    place = "<unpitched><display-step>{}</display-step><display-octave>{}</display-octave></unpitched>"
    stroke = f"<note>{place}{{}}{{}}</note>"
    listed = (
        '<part-name>Kit</part-name><score-instrument id="I1"><instrument-name>x</instrument-name></score-instrument>'
        '<score-instrument id="I2"><instrument-name>Cowbell</instrument-name></score-instrument>'
        '<midi-instrument id="I1"><midi-channel>10</midi-channel><midi-unpitched>52</midi-unpitched></midi-instrument>'
    )
    bar = (
        stroke.format("A", 5, "<duration>4</duration>", '<instrument id="I1"/>')
        + stroke.format("E", 5, "<duration>4</duration>", '<instrument id="I2"/>')
        + stroke.format("F", 4, "<duration>4</duration>", "")
        + stroke.format("G", 5, "<duration>4</duration>", "<notehead>x</notehead>")
    )
    draft = read(bar, part_list=listed)
    assert text_of(draft) == "RIDE:0+4 COWBELL:4+4 KICK:8+4 HAT:12+4" and draft.parts[0].drums
    alone = stroke.format("E", 4, "<duration>16</duration>", "")
    assert text_of(read(alone, part_list="<part-name>Triangle</part-name>")) == "TRIANGLE:0+16"


def test_a_part_s_head() -> None:
    midi = "<midi-program>57</midi-program><volume>50</volume><pan>-90</pan>"
    listed = f'<part-name> A\n b</part-name><midi-instrument id="x">{midi}</midi-instrument>'
    draft = read(note("C4", 16), part_list=listed)
    part = draft.parts[0]
    assert (part.name, part.program, part.volume, part.pan) == ("A b", 56, 64, 1)
    assert draft.title == "Test" and draft.end == 1920


PICKUP = '<measure number="0" implicit="yes">' + note("G4", 4) + "</measure>"
REPEAT = '<barline location="right"><repeat direction="backward"/></barline>'


@pytest.mark.parametrize(
    ("bars", "says"),
    [
        ((PICKUP, note("C4", 16), note("C4", 12)), "0=1/4 4=4/4 20=3/4"),
        ((note("C4", 16), note("C4", 12) + REPEAT, note("D4", 4), note("C4", 16)), "0=4/4 16=3/4 28=4/4"),
        ((note("C4", 16), note("C4", 12), note("D4", 4), note("C4", 16)), "0=4/4"),
        ((note("C4", 16), "", note("C4", 16)), "0=4/4"),
        ((note("C4", 16), rest(32), note("C4", 16)), "0=4/4"),
        ((note("C4", 16), note("C4", 22), note("C4", 16)), "0=4/4 16=11/8 38=4/4"),
    ],
)
def test_bars_that_are_not_of_their_meter(bars: tuple[str, ...], says: str) -> None:
    assert meters(read(*bars)) == says


def test_meters_in_groups() -> None:
    two = "<time><beats>3+2</beats><beat-type>8</beat-type><beats>1</beats><beat-type>4</beat-type></time>"
    assert meters(read(note("C4", 14), attributes=ATTRIBUTES + two)) == "0=7/8:3+2+2"
    free = "<time><senza-misura/></time>"
    assert meters(read(note("C4", 14), note("C4", 16), attributes=ATTRIBUTES + free)) == "0=7/8 14=4/4"


def bar_of(letter: str, left: str = "", right: str = "", said: str = "") -> str:
    lines = f'<barline location="left">{left}</barline>' if left else ""
    lines_after = f'<barline location="right">{right}</barline>' if right else ""
    return lines + said + note(letter + "4", 16) + lines_after


FORWARD, BACKWARD = '<repeat direction="forward"/>', '<repeat direction="backward"/>'


def ending(number: str, kind: str) -> str:
    return f'<ending number="{number}" type="{kind}"/>'


def sound(attribute: str) -> str:
    return f"<sound {attribute}/>"


def words(text: str) -> str:
    return f"<direction><direction-type><words>{text}</words></direction-type></direction>"


@pytest.mark.parametrize(
    ("bars", "says"),
    [
        ((bar_of("A"), bar_of("B", right=BACKWARD), bar_of("C")), "ABABC"),
        ((bar_of("A"), bar_of("B", FORWARD, '<repeat direction="backward" times="3"/>')), "ABBB"),
        ((bar_of("A", FORWARD), bar_of("B", ending("1", "start"), ending("1", "stop") + BACKWARD),
          bar_of("C", ending("2", "start"), ending("2", "stop")), bar_of("D")), "ABACD"),
        ((bar_of("A"), bar_of("B", ending("1, 2", "start"), ending("1, 2", "stop") + BACKWARD),
          bar_of("C", ending("3", "start"), ending("3", "discontinue"))), "ABABAC"),
        ((bar_of("A"), bar_of("B", ending("1", "start"), ending("1", "stop") + BACKWARD), bar_of("C")), "ABAC"),
        ((bar_of("A", right=BACKWARD), bar_of("B", said=sound('fine="yes"')), bar_of("C", said=sound('dacapo="yes"'))),
         "AABCAB"),
        ((bar_of("A"), bar_of("B", said=sound('segno="s"')), bar_of("C", said=sound('tocoda="c"')),
          bar_of("D", said=sound('dalsegno="s"')), bar_of("E", said=sound('coda="c"'))), "ABCDBCE"),
        ((bar_of("A", said=words("Fine")), bar_of("B", said=words("D.C. al Fine"))), "ABA"),
        ((bar_of("A"), bar_of("B", said="<direction><direction-type><segno/></direction-type></direction>"),
          bar_of("C", said=words("D.S."))), "ABCBC"),
        ((bar_of("A", said=sound('dacapo="yes"')),) * 3, "AAAA"),
    ],
)  # fmt: skip
def test_repeats_are_played(bars: tuple[str, ...], says: str) -> None:
    draft = read(*bars)
    assert "".join(n.pitch.letter for n in draft.parts[0].notes if not isinstance(n.pitch, Drum)) == says
    assert draft.end == 1920 * len(says)
    assert (len(says) > len(bars)) == any("written out" in notice for notice in draft.notices)


def test_verses_follow_the_repeats() -> None:
    lyric = '<lyric number="{}"><syllabic>{}</syllabic><text>{}</text></lyric>'
    first = note("C4", 16, lyric.format(1, "begin", "ho") + lyric.format(2, "single", "hey"))
    draft = read(first + REPEAT, note("D4", 16, lyric.format(1, "end", "la")))
    assert [n.lyric for n in draft.parts[0].notes] == ["ho-", "hey", "la"]


def direction(inside: str, more: str = "") -> str:
    return f"<direction><direction-type>{inside}</direction-type>{more}</direction>"


def metronome(unit: str, number: str) -> str:
    return direction(f"<metronome>{unit}<per-minute>{number}</per-minute></metronome>")


QUARTER = "<beat-unit>quarter</beat-unit>"


@pytest.mark.parametrize(
    ("said", "bpm"),
    [
        (metronome(QUARTER, "96"), 96.0),
        (metronome(QUARTER + "<beat-unit-dot/>", "c. 60"), 90.0),
        (direction(f"<metronome>{QUARTER}<per-minute>96</per-minute></metronome>", '<sound tempo="101.5"/>'), 101.5),
        (sound('tempo="0"') + sound('tempo="1e9"') + sound('tempo="-4"') + sound('tempo="nan"'), 0.0),
        (sound('tempo="999999"'), 1000.0),
    ],
)
def test_tempo(said: str, bpm: float) -> None:
    tempos = read(said + note("C4", 16)).tempos
    assert [t.tempo_bpm for t in tempos] == ([bpm] if bpm else [])


def test_a_half_as_long_as_the_quarter_before() -> None:
    modulation = direction(f"<metronome>{QUARTER}<beat-unit>half</beat-unit></metronome>")
    draft = read(metronome(QUARTER, "100") + note("C4", 16), modulation + note("C4", 16))
    assert [(t.onset, t.tempo_bpm) for t in draft.tempos] == [(0, 100.0), (1920, 200.0)]


def test_a_jump_back_takes_its_tempo_along() -> None:
    draft = read(sound('tempo="100"') + note("C4", 16), sound('tempo="60"') + note("C4", 16) + REPEAT)
    assert [(t.onset, t.tempo_bpm) for t in draft.tempos] == [(0, 100), (1920, 60), (3840, 100), (5760, 60)]


def test_dynamics_hairpins_and_velocities() -> None:
    wedge = '<wedge type="{}"/>'
    draft = read(
        direction("<dynamics><p/></dynamics>") + note("C4", 16),
        direction(wedge.format("crescendo")) + note("C4", 8) + note("C4", 8),
        direction(wedge.format("stop")) + direction("<dynamics><f/></dynamics>")
        + note("C4", 8) + note("C4", 8, dynamics="50"),
    )  # fmt: skip
    assert [n.velocity for n in draft.parts[0].notes] == [49, 49, 72, 96, 45]
    assert draft.parts[0].dynamics == (Dynamic(0, "p"), Dynamic(1920, "crescendo", 1920), Dynamic(3840, "f"))


@pytest.mark.parametrize(
    ("inside", "name"),
    [
        ("<notations><articulations><staccato/><accent/></articulations></notations>", "staccato"),
        ("<notations><articulations><strong-accent/></articulations></notations>", "marcato"),
        ("<notations><technical><up-bow/></technical></notations>", "up"),
        ("<notehead>x</notehead>", "dead"),
        ('<notehead parentheses="yes">normal</notehead>', "ghost"),
        ('<notations><slur type="start"/></notations>', "legato"),
        ('<notations><slur type="stop"/></notations>', ""),
    ],
)
def test_articulations(inside: str, name: str) -> None:
    assert read(note("C4", 16, inside)).parts[0].notes[0].articulation == name


def test_a_slur_binds_its_own_voice_until_its_last_note() -> None:
    slur = '<notations><slur number="1" type="{}"/></notations>'
    upper = note("C5", 8, "<voice>1</voice>" + slur.format("start")) + note("D5", 8, "<voice>1</voice>")
    lower = BACK + note("C4", 16, "<voice>2</voice>")
    draft = read(upper + lower, note("E5", 16, "<voice>1</voice>" + slur.format("stop")))
    assert [(str(n.pitch), n.articulation) for n in draft.parts[0].notes] == [
        ("C4", ""), ("C5", "legato"), ("D5", "legato"), ("E5", ""),
    ]  # fmt: skip


@pytest.mark.parametrize("quality", QUALITIES)
@pytest.mark.parametrize("text", [True, False])
def test_every_chord_that_we_write_is_read(quality: str, text: bool) -> None:
    """By its tones alone too, with the printed text taken away."""
    chord = Chord(PitchClass.parse("Eb"), quality, PitchClass.parse("Bb"))
    body = harmony_body(chord)
    if not text:
        import re

        body = re.sub(r' text="[^"]*"', "", body)
    draft = read(f"<harmony>{body}</harmony>" + note("C4", 16))
    ((_, length, heard),) = draft.chords
    assert length == 1920 and heard is not None
    assert (heard.tones, heard.bass) == (chord.tones, chord.bass)


def test_chords_by_inversion_text_and_none() -> None:
    root = "<root><root-step>G</root-step></root>"
    bars = (
        f"<harmony>{root}<kind>dominant</kind><inversion>1</inversion></harmony>" + note("C4", 4)
        + '<harmony><root><root-step>C</root-step></root><kind>none</kind></harmony>' + note("C4", 4)
        + f'<harmony>{root}<kind text="7alt">other</kind></harmony>' + note("C4", 4)
        + f'<harmony>{root}<kind text="?!">other</kind></harmony>' + note("C4", 4)
    )  # fmt: skip
    draft = read(bars)
    assert draft.chords == (
        (0, 480, parse_chord("G7/B")), (480, 480, None), (960, 480, parse_chord("G7alt")),
    )  # fmt: skip
    assert any("'G?!'" in notice for notice in draft.notices)


def test_keys_modes_and_markers() -> None:
    rehearsal = direction("<rehearsal>Verse 1</rehearsal>")
    minor = "<attributes><key><fifths>-3</fifths><mode>minor</mode></key></attributes>"
    draft = read(rehearsal + note("C4", 16), minor + note("C4", 16))
    assert [(k.onset, str(k.key)) for k in draft.keys] == [(0, "C major"), (1920, "C minor")]
    assert draft.markers == ((0, "Verse 1"),)
    bare = "<divisions>4</divisions><key><fifths>1</fifths></key>" + FOUR
    heard = read(*[note(p, 4) * 4 for p in ("E4", "B4", "G4", "E4", "D4", "E4")], attributes=bare)
    assert [str(k.key) for k in heard.keys] == ["E minor"]
    assert any("signature alone (1 sharp), heard as E minor" in notice for notice in heard.notices)


def test_odd_tuplets_are_rounded_and_told() -> None:
    seven = "<divisions>7</divisions>" + FOUR
    draft = read(note("C4", 1) * 28, attributes=seven)
    ends = [n.onset + n.duration for n in draft.parts[0].notes]
    assert ends == [round(i * 480 / 7) for i in range(1, 29)] and ends[-1] == draft.end
    assert any("24 values are no whole ticks" in notice for notice in draft.notices)


def test_divisions_that_cannot_say_a_triplet() -> None:
    """42, 43 and 43 of 256 are a sixteenth triplet that somebody rounded."""
    coarse = "<divisions>256</divisions>" + FOUR
    draft = read("".join(note("C4", n) for n in (42, 43, 43, 85, 86, 85, 640)), attributes=coarse)
    assert [n.onset for n in draft.parts[0].notes] == [0, 80, 160, 240, 400, 560, 720] and not draft.notices


def test_timewise_is_partwise() -> None:
    bar = "<attributes><divisions>1</divisions></attributes>" + note("C4", 4)
    head = '<part-list><score-part id="a"><part-name>A</part-name></score-part></part-list>'
    wise = f'<score-timewise>{head}<measure><part id="a">{bar}</part></measure></score-timewise>'
    part = f'<score-partwise>{head}<part id="a"><measure>{bar}</measure></part></score-partwise>'
    assert xml_draft(wise.encode(), "t.xml") == xml_draft(part.encode(), "t.xml")
    assert text_of(xml_draft(wise.encode("utf-16"), "t.xml")) == "C4:0+16"


def test_percent_bars_are_played() -> None:
    again = '<attributes><measure-style><measure-repeat type="{}">1</measure-repeat></measure-style></attributes>'
    draft = read(note("C4", 16), again.format("start") + rest(16), rest(16), again.format("stop") + rest(16))
    assert text_of(draft) == "C4:0+16 C4:16+16 C4:32+16"
