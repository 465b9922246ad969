"""The words of rules: every rule has them, they tell what happens, and the note they propose mends it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings

from partimento.teaching.checking import findings, own_rule, rules_from, tally
from partimento.teaching.claim import LEVELS
from partimento.teaching.naming import Naming
from partimento.teaching.rule_telling import interval_name
from partimento.teaching.rule_words import reason, remedy, source, title, told
from partimento.theory.errors import RuleError
from partimento.theory.key import Key
from partimento.theory.pitch import Pitch
from partimento.theory.rules.breach import Breach
from partimento.theory.rules.checking import check
from partimento.theory.rules.mending import mend
from partimento.theory.rules.rule_set import rule_set
from partimento.theory.rules.rule_toml import rule_set_from_toml
from partimento.theory.rules.species_table import SPECIES_RULES
from partimento.theory.rules.table import RULES
from tests.theory.test_rules_table import BEATS, C_MAJOR, analysis, passage

BROKEN: dict[str, tuple[str, str, str]] = {
    "parallel-perfect": ("C3 G3 E4 G4|D3 A3 F4 A4", "", "Parallel fifths between bass and tenor: C3–G3 to D3–A3."),
    "contrary-perfect": ("C4 G4|G3 D5", "", "Contrary-motion fifths between Low and High: C4–G4 to G3–D5."),
    "unequal-fifths": ("B3 F4|C4 G4", "",
                       "A diminished fifth goes to a perfect one between Low and High: B3–F4 to C4–G4."),
    "direct-leap": ("C3 E4|G3 D5", "",
                    "Low and High move the same way into a fifth, the upper voice leaping: C3–E4 to G3–D5."),
    "crossing": ("C4 B3", "", "Low and High cross: C4 in the lower voice lies above B3."),
    "spacing-upper": ("C3 G3 A4", "", "Middle and High lie more than an octave apart: G3–A4."),
    "spacing-bass": ("C3 C5 E5", "", "Low and Middle lie more than a twelfth apart: C3–C5."),
    "overlap": ("C4 E4|F4 A4", "", "Low and High overlap: F4 passes E4, which the other has just left."),
    "melodic-augmented": ("C3 F4|C3 G#4", "", "High moves by an augmented second, F4 to G♯4."),
    "melodic-leap": ("C3 F4|C3 Eb5", "", "High moves by a minor seventh, F4 to E♭5."),
    "range": ("C2 G3 C4 E4", "", "The bass goes to C2, outside D2 to C♯4, where it is to stay."),
    "cross-relation": ("F3 A4|C3 F#4", "", "F3 and F♯4 stand against each other in Low and High."),
    "unrecovered-leap": ("C3 E4|C3 C5|C3 D5", "", "High leaps from E4 to C5 and goes on the same way to D5."),
    "leading-tone": ("G2 D4 F4 B4|C3 C4 E4 G4", "G7 C",
                     "The leading tone B4 of the soprano goes to G4 instead of rising."),
    "seventh-leaps": ("G2 D4 F4 B4|C3 C4 C4 C5", "G7 C", "The seventh F4 of the chord, in the alto, leaps to C4."),
    "doubled-leading-tone": ("G2 B3 D4 B4", "G", "The leading tone B sounds in tenor and soprano at once."),
    "doubled-seventh": ("G2 F3 B3 F4", "G7", "The seventh F sounds in tenor and soprano at once."),
    "missing-tone": ("C3 G3 C4 G4", "C", "The chord C is without its E."),
    "doubling": ("C3 G3 E4 E4", "C", "The chord C doubles E (alto and soprano)."),
}  # fmt: skip


@pytest.mark.parametrize("rule", sorted({*RULES, *(row.id for row in SPECIES_RULES)}))
def test_every_rule_has_its_words(rule: str) -> None:
    assert title(rule) and source(rule) and remedy(rule).endswith(".")
    for level in LEVELS:
        assert reason(rule, level).endswith(".")


@pytest.mark.parametrize("rule", sorted(BROKEN))
def test_a_breach_is_told(rule: str) -> None:
    text, chords, sentence = BROKEN[rule]
    piece = passage(text)
    breaches = check(piece, rule_set("bach"), analysis(chords) if chords else None)
    assert sentence in [told(breach, piece) for breach in breaches if breach.rule == rule]


SPECIES_FACTS: dict[str, tuple[tuple[str, str | int], ...]] = {
    "species-rhythm": (("species", 2),),
    "species-range": (("steps", 11),),
    "species-climax": (("tone", "E5"),),
    "species-leap": (("interval", "-m6"),),
    "species-recovery": (("interval", "P8"),),
    "species-ends": (("where", "begin"),),
    "species-parallel": (("interval", "octave or unison"),),
    "species-direct": (("interval", "fifth"),),
    "species-imperfect-chain": (("count", 4),),
    "species-dissonance": (("interval", "m7"),),
    "species-suspension": (("interval", "P4"),),
}


@pytest.mark.parametrize("rule", [row.id for row in SPECIES_RULES])
def test_a_breach_of_species_is_a_sentence_with_its_facts(rule: str) -> None:
    piece = passage("C3 G3 E4 G4")
    sentence = told(Breach(rule, "error", 0, (0, 3), SPECIES_FACTS.get(rule, ())), piece)
    assert sentence[0].isupper() and sentence.endswith(".") and ":" not in sentence
    assert any(name in sentence.casefold() for name in ("bass", "soprano"))


@pytest.mark.parametrize(
    ("rule", "voices", "sentence"),
    [
        ("species-rhythm", (), "No voice moves in the note values of species 2."),
        ("species-range", (3,), "The soprano ranges over a twelfth, more than a tenth."),
        ("species-leap", (3,), "The soprano moves by a minor sixth down, which is not sung."),
        ("species-recovery", (3,), "The soprano leaps an octave and does not turn back."),
        ("species-parallel", (0, 3), "Parallel octaves or unisons between bass and soprano."),
    ],
)
def test_facts_of_species_are_told(rule: str, voices: tuple[int, ...], sentence: str) -> None:
    breach = Breach(rule, "error", 0, voices, SPECIES_FACTS[rule])
    assert told(breach, passage("C3 G3 E4 G4")) == sentence


def test_names_are_the_readers() -> None:
    piece = passage("C3 F4|C3 B4")
    breach = next(b for b in check(piece, rule_set("bach")) if b.rule == "melodic-augmented")
    assert told(breach, piece, naming=Naming(notes="german")) == "High moves by an augmented fourth, F4 to H4."
    row = findings(piece, rule_set("bach"), naming=Naming(dialect="british"), least="error")[0]
    assert row.place == "bar 1, beat 2"


def test_an_octave_that_closes_to_a_unison_is_an_octave() -> None:
    piece = passage("E3 E4|A3 A3")
    breach = next(b for b in check(piece, rule_set("bach")) if b.rule == "contrary-perfect")
    assert told(breach, piece) == "Contrary-motion octaves between Low and High: E3–E4 to A3–A3."


def test_what_a_teacher_forbids_is_told_as_it_is() -> None:
    rules = rule_set_from_toml('forbidden_parallels = ["M3"]\nforbidden_leaps = ["P4"]', "x")
    piece = passage("C4 E4|D4 F#4|C4 C#4")
    sentences = {told(breach, piece) for breach in check(piece, rules)}
    assert "Parallel major thirds between Low and High: C4–E4 to D4–F♯4." in sentences
    assert not any("fifth" in sentence for sentence in sentences)


def test_the_minor_dominant_is_mended_by_raising_it() -> None:
    piece, minor = passage("E3 B3 E4 G4|A2 C4 E4 A4"), Key.parse("A minor")
    reading = analysis("Em Am", minor)
    breach = next(b for b in check(piece, rule_set("bach"), reading) if b.rule == "unraised-leading-tone")
    assert told(breach, piece) == "G in the dominant of minor is not raised (soprano)."
    found = mend(breach, piece, rule_set("bach"), reading)
    assert found is not None and str(found.pitch) == "G#4"


@settings(max_examples=25)
@given(BEATS)
def test_a_mend_mends_and_makes_nothing_worse(beats: list[tuple[Pitch, ...]]) -> None:
    rules = rule_set("bach")
    piece = passage("|".join(" ".join(map(str, sorted(beat))) for beat in beats))
    for breach in check(piece, rules)[:4]:
        found = mend(breach, piece, rules)
        if found is None:
            continue
        old = piece.tones[found.tone]
        assert old.voice in breach.voices and old.onset == breach.tick
        tones = [old._replace(pitch=found.pitch) if tone == old else tone for tone in piece.tones]
        mended = replace(piece, tones=tuple(sorted(tones, key=lambda t: (t.onset, t.pitch.midi, t.voice))))
        after = check(mended, rules)
        assert (breach.rule, breach.tick) not in {(b.rule, b.tick) for b in after}
        assert sum(b.severity == "error" for b in after) <= sum(b.severity == "error" for b in check(piece, rules))


def test_notes_on_style_are_left_as_they_are() -> None:
    piece = passage("C4 E4|F4 A4")
    breach = next(b for b in check(piece, rule_set("bach")) if b.rule == "overlap")
    assert mend(breach, piece, rule_set("bach")) is None


def test_findings_are_counted_by_severity() -> None:
    piece = passage("C3 G3 E4 G4|D3 A3 F4 A4")
    rows = findings(piece, rule_set("bach"))
    assert tally(rows)["error"] == sum(row.breach.severity == "error" for row in rows) > 0
    assert not findings(piece, rule_set("bach"), span=(0, 480))


def test_a_rule_of_ones_own_is_told_by_its_text_or_its_id() -> None:
    piece = passage("C3 E4")
    assert told(Breach("no-thirds", "error", 0, (0, 1), (("text", "A third."),)), piece) == "A third (Low and High)."
    assert told(Breach("no-thirds", "error", 0), piece) == "No thirds."
    assert told(Breach("no-thirds", "error", 0, (), (("size", 3),)), piece) == "No thirds: size 3."


@pytest.mark.parametrize(
    ("name", "simple", "words"),
    [("P12", True, "fifth"), ("P15", True, "octave"), ("P1", True, "unison"), ("-P4", True, "fourth"),
     ("A2", False, "augmented second"), ("M10", False, "major tenth"), ("d5", False, "diminished fifth")],
)  # fmt: skip
def test_intervals_have_names(name: str, simple: bool, words: str) -> None:
    assert interval_name(name, simple).replace("perfect ", "") == words


def test_files_of_rules_that_are_none(tmp_path: Path) -> None:
    long, binary, folder = (tmp_path / name for name in ("long.toml", "binary.toml", "folder.toml"))
    long.write_text("#" * 300_000, encoding="utf-8")
    binary.write_bytes(b"\xff\xfe\x00")
    folder.mkdir()
    for path, message in ((long, "no file of rules"), (binary, "no text in UTF-8"), (folder, "cannot be read")):
        with pytest.raises(RuleError, match=message):
            rules_from(str(path))


def test_a_file_of_python_that_fails(tmp_path: Path) -> None:
    path = tmp_path / "rule.py"
    path.write_text("def rule(:\n", encoding="utf-8")
    with pytest.raises(RuleError, match="fails: SyntaxError"):
        own_rule(f"{path}:rule")
    path.write_text("rule = 3\n", encoding="utf-8")
    with pytest.raises(RuleError, match="has no function 'rule'"):
        own_rule(f"{path}:rule")


def test_a_rule_in_python_reads_the_piece_and_its_chords(tmp_path: Path) -> None:
    path = tmp_path / "rule.py"
    path.write_text(
        "from partimento.theory.rules.breach import Breach\n"
        "def rule(piece, analysis):\n"
        "    return [Breach('chord', 'style', span.start) for span in analysis.chords if span.numeral == 'V']\n",
        encoding="utf-8",
    )
    rules = rule_set("bach").with_own(own_rule(f"{path}:rule"))
    found = check(passage("C3 E4 G4|G3 D4 B4"), rules, analysis("C G", C_MAJOR))
    assert [breach.tick for breach in found if breach.rule == "chord"] == [480]
