"""Examples show what they are for: chords, scales, intervals, closes, foreign tones, figures, forms and rhythms."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from partimento.score.as_piece import piece_of
from partimento.score.song import Drum, Note
from partimento.score.timeline import Timeline
from partimento.teaching.glossary.entries import entries
from partimento.teaching.glossary.example import Example, example_of
from partimento.theory.analysis.cadences import close_kind
from partimento.theory.analysis.findings import ChordSpan
from partimento.theory.analysis.six_fours import with_roles
from partimento.theory.figuration import nonchord_kind
from partimento.theory.interval import Interval
from partimento.theory.pitch import Pitch, PitchClass
from partimento.theory.rules.checking import check
from partimento.theory.rules.rule_set import rule_set
from partimento.theory.rules.species import species_breaches
from partimento.theory.scale import scale_tones

FAULTS = {"parallel-fifths": "P5", "parallel-octaves": "P8"}
VOICED = [
    name
    for name, item in entries().items()
    if {"S:", "B:"} <= {line[:2] for line in str(item.example.get("music", "")).splitlines()}
    and item.topic != "counterpoint"
]
CHORDAL = [
    name
    for name, item in entries().items()
    if item.topic in ("pitch", "harmony", "cadences", "voice-leading")
    and ("chords" in item.example or "numerals" in item.example)
    and {line[:2] for line in str(item.example["music"]).splitlines()} <= {"S:", "A:", "T:", "B:", "R:", "L:"}
]


def shown(name: str) -> Example:
    return example_of(entries()[name].example, name)


def line(example: Example, track: str, voice: int = 0) -> list[Note]:
    notes = [note for note in example.song.track(track).notes if note.voice == voice and not note.grace]
    return sorted(notes, key=lambda note: (note.onset, note.number))


def tune(name: str) -> list[Note]:
    return line(shown(name), "Melody")


def spans(example: Example) -> list[ChordSpan]:
    return [ChordSpan(c.onset, c.onset + c.duration, c.key, c.roman, c.chord) for c in example.song.chords]


def sounding(example: Example, start: int, end: int) -> list[Pitch]:
    notes = [note for track in example.song.tracks for note in track.notes]
    return [n.pitch for n in notes if n.onset < end and n.onset + n.duration > start and isinstance(n.pitch, Pitch)]


@pytest.mark.parametrize("name", CHORDAL)
def test_chords_sound_as_they_are_named(name: str) -> None:
    example = shown(name)
    for symbol in example.song.chords:
        tones = sounding(example, symbol.onset, symbol.onset + symbol.duration)
        classes = {pitch.pitch_class for pitch in tones}
        assert classes <= {*symbol.chord.tones, symbol.chord.bass_tone}, symbol.chord.name
        defining = {tone for degree, tone in symbol.chord.members.items() if degree in (1, 3, 7)}
        assert defining <= classes, symbol.chord.name
        lowest = min(sounding(example, symbol.onset, symbol.onset + 1), default=None)
        if lowest is not None and lowest.midi < 57:
            assert lowest.pitch_class == symbol.chord.bass_tone, symbol.chord.name


@pytest.mark.parametrize("name", VOICED)
def test_part_writing_is_clean_but_where_a_fault_is_shown(name: str) -> None:
    errors = [b for b in check(piece_of(shown(name).song), rule_set("bach")) if b.severity == "error"]
    if name in FAULTS:
        assert {str(breach.value("interval")) for breach in errors} == {FAULTS[name]}
    else:
        assert not errors


@pytest.mark.parametrize(("name", "rule"), [("direct-fifths", "direct-leap"), ("cross-relation", "cross-relation"),
                                            ("voice-crossing", "crossing"), ("voice-overlap", "overlap")])  # fmt: skip
def test_milder_faults_are_there(name: str, rule: str) -> None:
    assert any(rule in breach.rule for breach in check(piece_of(shown(name).song), rule_set("bach")))


@pytest.mark.parametrize("species", [1, 2, 3, 4, 5])
def test_species_keep_their_rules(species: int) -> None:
    name = ("first", "second", "third", "fourth", "fifth")[species - 1] + "-species"
    breaches = species_breaches(piece_of(shown(name).song), species, 0)
    assert not [breach for breach in breaches if breach.severity == "error"]


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("authentic-cadence", "PAC"), ("perfect-authentic-cadence", "PAC"), ("imperfect-authentic-cadence", "IAC"),
        ("half-cadence", "HC"), ("phrygian-half-cadence", "Phrygian"), ("deceptive-cadence", "DC"),
        ("plagal-cadence", "PC"), ("leading-tone-cadence", "viio-I"), ("cadential-extension", "PAC"),
        ("picardy-third", "IAC"), ("antecedent", "HC"), ("consequent", "PAC"),
    ],
)  # fmt: skip
def test_closes(name: str, kind: str) -> None:
    example = shown(name)
    *_, before, last = spans(example)
    top = max(sounding(example, last.end - 1, last.end))
    found = close_kind(before, last, top.pitch_class)
    assert found is not None and found[0] == kind


def test_an_evaded_cadence_goes_past_the_tonic() -> None:
    numerals = [numeral for _, _, numeral in shown("evaded-cadence").numerals]
    assert numerals[2:4] == ["V42", "I6"] and numerals[-2:] == ["V7", "I"]


def test_a_modal_cadence_has_no_leading_tone() -> None:
    example = shown("modal-cadence")
    assert all(example.song.keys[0].key.contains(p.pitch_class) for p in sounding(example, 0, example.song.end))


@pytest.mark.parametrize("role", ["cadential", "passing", "pedal", "arpeggiated"])
def test_six_fours(role: str) -> None:
    example = shown(f"{role}-six-four")
    roles = {span.role for span in with_roles(piece_of(example.song), spans(example))}
    assert roles == {"", role}


FOREIGN = {
    "passing-tone": ("passing", False), "accented-passing-tone": ("passing", True),
    "neighbor-tone": ("neighbour", False), "appoggiatura": ("appoggiatura", True),
    "anticipation": ("anticipation", False), "escape-tone": ("escape", False),
}  # fmt: skip


@pytest.mark.parametrize("name", FOREIGN)
def test_foreign_tones(name: str) -> None:
    example = shown(name)
    kind, accented = FOREIGN[name]
    notes = line(example, "Melody")
    harmony = Timeline(example.song)
    labelled = [i for i, note in enumerate(notes) if note.lyric]
    assert labelled
    for i, note in enumerate(notes):
        symbol = harmony.chord_at(note.onset)
        assert symbol is not None
        before = notes[i - 1].number if i else None
        after = notes[i + 1].number if i + 1 < len(notes) else None
        found = nonchord_kind(before, note.number, after, symbol.chord)
        assert found == (kind if i in labelled else "chord")
        if i in labelled:
            meter = example.song.meters[0].meter
            assert (meter.strength(note.onset) > meter.strength(notes[i + 1].onset)) == accented


@pytest.mark.parametrize(("name", "step"), [("suspension", -1), ("retardation", 1), ("preparation", -1)])
def test_held_tones(name: str, step: int) -> None:
    example = shown(name)
    held, resolved = line(example, "Melody")[-2:]
    bar = example.song.meters[0].meter.bar
    first, second = example.song.chords
    assert held.onset < bar < held.onset + held.duration == resolved.onset
    assert isinstance(held.pitch, Pitch) and isinstance(resolved.pitch, Pitch)
    assert held.pitch.pitch_class in first.chord.tones and held.pitch.pitch_class not in second.chord.tones
    assert resolved.pitch.pitch_class in second.chord.tones
    assert resolved.pitch.diatonic - held.pitch.diatonic == step


SCALES = {
    "major-scale": "major", "minor-scale": "minor", "harmonic-minor": "harmonic minor", "blues-scale": "blues",
    "pentatonic-scale": "major pentatonic", "whole-tone-scale": "whole tone", "mode": "dorian",
    "octatonic-scale": "diminished half-whole", "scale": "major", "solfege": "major",
}  # fmt: skip


@pytest.mark.parametrize("name", SCALES)
def test_scales(name: str) -> None:
    pitches = [note.pitch for note in tune(name)]
    classes = [pitch.pitch_class for pitch in pitches if isinstance(pitch, Pitch)]
    expected = scale_tones(classes[0], SCALES[name])
    assert tuple(classes) == (*expected, expected[0])


@pytest.mark.parametrize("mode", ["dorian", "phrygian", "lydian", "mixolydian", "locrian"])
def test_modes_are_heard_as_themselves(mode: str) -> None:
    example = shown(mode)
    key = example.song.keys[0].key
    sung = {note.pitch.pitch_class for note in line(example, "Melody") if isinstance(note.pitch, Pitch)}
    assert key.mode == mode and sung == set(key.tones)
    last = line(example, "Melody")[-1].pitch
    assert isinstance(last, Pitch) and last.pitch_class in (key.tonic, key.tones[2])


def test_melodic_minor_goes_up_and_down_differently() -> None:
    names = [str(note.pitch) for note in tune("melodic-minor")]
    assert names[5:7] == ["F#5", "G#5"] and names[9:11] == ["G5", "F5"]


INTERVALS = {
    "octave": "P8", "fourth": "P4", "fifth": "P5", "sixth": "M6", "seventh": "M7", "third": "M3", "second": "M2",
}  # fmt: skip


@pytest.mark.parametrize("name", INTERVALS)
def test_intervals(name: str) -> None:
    *_, low, high = [note.pitch for note in tune(name)]
    assert isinstance(low, Pitch) and isinstance(high, Pitch)
    assert Interval.between(low, high).name == INTERVALS[name]


def test_the_tritone_resolves_in_and_out() -> None:
    example = shown("tritone")
    high, low = line(example, "Upper", 0), line(example, "Upper", 1)
    names = [
        Interval.between(b.pitch, a.pitch).name
        for a, b in zip(high, low, strict=True)
        if isinstance(a.pitch, Pitch) and isinstance(b.pitch, Pitch)
    ]
    assert names == ["d5", "M3", "A4", "m6"]


QUALITIES = {
    "major-triad": "", "minor-triad": "m", "diminished-triad": "dim", "augmented-triad": "aug", "major-seventh": "maj7",
    "minor-seventh": "m7", "dominant-seventh": "7", "half-diminished-seventh": "m7b5", "diminished-seventh": "dim7",
    "power-chord": "5", "suspended-chord": "sus4", "added-sixth": "6", "common-tone-diminished": "dim7",
    "italian-sixth": "It6", "french-sixth": "Fr6", "german-sixth": "Ger6", "augmented-sixth": "It6",
}  # fmt: skip


@pytest.mark.parametrize("name", QUALITIES)
def test_qualities(name: str) -> None:
    assert QUALITIES[name] in {symbol.chord.quality for symbol in shown(name).song.chords}


@pytest.mark.parametrize(
    ("name", "numerals"),
    [
        ("secondary-dominant", "V7/V V"), ("secondary-leading-tone-chord", "viio7/V V"), ("tonicization", "V7/ii ii"),
        ("neapolitan", "N6 V"), ("modal-mixture", "iv I"), ("ii-v-i", "ii7 V7 Imaj7"), ("pivot-chord", "vi ii"),
        ("circle-of-fifths-progression", "vi7 ii7 V7 Imaj7"), ("predominant", "ii6 V"), ("third-inversion", "V42 I6"),
    ],
)  # fmt: skip
def test_progressions(name: str, numerals: str) -> None:
    assert numerals in " ".join(numeral for _, _, numeral in shown(name).numerals)


def _steps(notes: list[Note]) -> list[int]:
    return [b.pitch.diatonic - a.pitch.diatonic for a, b in zip(notes, notes[1:], strict=False)
            if isinstance(a.pitch, Pitch) and isinstance(b.pitch, Pitch)]  # fmt: skip


def _bars(name: str) -> list[list[tuple[int, int, int]]]:
    example = shown(name)
    bar = example.song.meters[0].meter.bar
    found: list[list[tuple[int, int, int]]] = [[] for _ in range(example.song.end // bar)]
    for note in line(example, "Melody"):
        found[note.onset // bar].append((note.onset % bar, note.duration, note.number))
    return found


def test_a_sequence_repeats_its_figure_a_step_lower() -> None:
    bars = _bars("melodic-sequence")[:3]
    notes = tune("melodic-sequence")
    figures = [_steps(notes[5 * i : 5 * i + 5]) for i in range(3)]
    assert figures[0] == figures[1] == figures[2]
    assert [bar[0][2] for bar in bars] == [76, 74, 72]


def test_figures_transformed() -> None:
    notes = tune("transposition")
    moved = {b.number - a.number for a, b in zip(notes[:5], notes[5:], strict=True)}
    assert moved == {3}
    notes = tune("melodic-inversion")
    assert _steps(notes[:5]) == [-step for step in _steps(notes[5:])]
    notes = tune("retrograde")
    half = len(notes) // 2
    back = [(n.number, n.duration) for n in reversed(notes[half:])]
    assert [(n.number, n.duration) for n in notes[:half]] == back
    for name, factor in (("augmentation", 2), ("diminution", 0.5)):
        notes = tune(name)
        first, second = notes[:5], notes[5:]
        assert [n.number for n in first] == [n.number for n in second]
        assert [b.duration / a.duration for a, b in zip(first[:4], second[:4], strict=True)] == [factor] * 4


def test_one_climax() -> None:
    notes = tune("climax")
    top = max(note.number for note in notes)
    (only,) = [note for note in notes if note.number == top]
    assert only.lyric == "climax" and only.onset % 1920 == 0


@pytest.mark.parametrize(
    ("name", "plan"),
    [("form", "ABA"), ("ternary-form", "ABA"), ("aaba-form", "AABA"), ("rondo", "ABACA"), ("strophic-form", "AA"),
     ("through-composed", "ABCD"), ("verse-chorus-form", "ABAB")],
)  # fmt: skip
def test_forms_return_as_their_letters_say(name: str, plan: str) -> None:
    example = shown(name)
    notes = line(example, "Melody")
    parts = [
        tuple((n.onset - s.start, n.duration, n.number) for n in notes if s.start <= n.onset < s.end)
        for s in example.song.sections
    ]
    assert "".join("ABCD"[sorted(set(parts), key=parts.index).index(part)] for part in parts) == plan


def test_a_period_asks_and_answers() -> None:
    bars = _bars("period")
    assert bars[:2] == bars[4:6]
    chords = [numeral for _, _, numeral in shown("period").numerals]
    assert (chords[3], chords[-2:]) == ("V", ["V7", "I"])


def test_the_blues_has_twelve_bars_of_sevenths() -> None:
    roots = [symbol.chord.name for symbol in shown("twelve-bar-blues").song.chords]
    assert roots == "C7 C7 C7 C7 F7 F7 C7 C7 G7 F7 C7 G7".split()


def test_a_canon_follows_note_for_note() -> None:
    upper, lower = line(shown("canon"), "Upper"), line(shown("canon"), "Lower", 1)
    followed = [(n.onset - 1920, n.duration, n.number + 12) for n in lower]
    assert followed == [(n.onset, n.duration, n.number) for n in upper][: len(lower)]


def test_lines_that_change_places() -> None:
    example = shown("invertible-counterpoint")
    upper, lower = line(example, "Upper"), line(example, "Lower", 1)

    def names(notes: list[Note], start: int) -> list[tuple[int, int]]:
        return [(n.onset - start, n.number % 12) for n in notes if start <= n.onset < start + 3840]

    assert names(upper, 0) == names(lower, 3840) and names(lower, 0) == names(upper, 3840)


def _strokes(name: str, drum: Drum) -> list[int]:
    return sorted(note.onset for track in shown(name).song.tracks for note in track.notes if note.pitch is drum)


RHYTHMS: dict[str, Callable[[], bool]] = {
    "backbeat": lambda: {onset % 1920 for onset in _strokes("backbeat", Drum.SNARE)} == {480, 1440},
    "four-on-the-floor": lambda: _strokes("four-on-the-floor", Drum.KICK) == list(range(0, 3840, 480)),
    "one-drop": lambda: {onset % 1920 for onset in _strokes("one-drop", Drum.KICK)} == {960},
    "clave": lambda: _strokes("clave", Drum.CLAVES) == [0, 720, 1440, 2400, 2880],
    "tresillo": lambda: [onset for onset in _strokes("tresillo", Drum.CLAVES) if onset < 1920] == [0, 720, 1440],
    "half-time": lambda: [o for o in _strokes("half-time", Drum.SNARE) if o >= 1920] == [2880],
    "offbeat": lambda: {n.onset % 480 for n in shown("offbeat").song.track("Chords").notes} == {240},
    "polyrhythm": lambda: [len({n.onset for n in t.notes}) for t in shown("polyrhythm").song.tracks] == [6, 4],
    "rhythmic-density": lambda: [len(bar) for bar in _bars("rhythmic-density")] == [2, 4, 8, 16],
    "hemiola": lambda: [n.onset % 2880 for n in tune("hemiola") if n.onset >= 2880][:3] == [0, 960, 1920],
    "pickup": lambda: 0 < shown("pickup").song.meters[0].meter.bar < shown("pickup").song.meters[1].meter.bar,
    "push": lambda: 1680 in {n.onset for n in shown("push").song.track("Chords").notes},
    "syncopation": lambda: any(n.onset % 480 == 240 and n.duration == 480 for n in tune("syncopation")),
}


@pytest.mark.parametrize("name", RHYTHMS)
def test_rhythms(name: str) -> None:
    assert RHYTHMS[name]()


def test_an_ostinato_stays_and_a_ritardando_slows() -> None:
    bass = line(shown("ostinato"), "Bass")
    bars = [[(n.onset % 1920, n.number) for n in bass if n.onset // 1920 == bar] for bar in range(4)]
    assert bars[0] == bars[1] == bars[2] == bars[3]
    tempos = shown("ritardando").song.tempos
    assert tempos[0].ramp and tempos[-1].tempo_bpm < tempos[0].tempo_bpm


@pytest.mark.parametrize(("name", "way"), [("crescendo", 1), ("fade-out", -1), ("build-up", 1)])
def test_loudness_moves(name: str, way: int) -> None:
    loud = [note.velocity * way for note in tune(name)]
    assert loud == sorted(loud) and loud[0] < loud[-1]


def test_tones_in_common() -> None:
    chords = [symbol.chord for symbol in shown("chromatic-mediant").song.chords]
    shared = set(chords[0].tones) & set(chords[1].tones)
    assert shared == {PitchClass.parse("C")}
