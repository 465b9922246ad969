"""Words under notes, marked: the right meaning has full marks however it is written, a near one half.

Half marks: the right size of a compound interval, or one that sounds alike; a numeral without its inversion or seventh,
or with the wrong case; a cadence's kind without its finer sort.
"""

from __future__ import annotations

from typing import NamedTuple

from partimento.teaching.exercises.harmony import CADENCES
from partimento.teaching.exercises.worksheet import Label, Labels
from partimento.teaching.grading import words_read
from partimento.teaching.grading.marks import Remark
from partimento.teaching.grading.view import View
from partimento.theory.chord import Chord
from partimento.theory.interval import Interval
from partimento.theory.key import Key
from partimento.theory.meter import Meter

_HINTS = {
    "interval": ("Count the letters first, both ends included.", "Now count semitones: which quality has so many?"),
    "chord": ("Stack the notes in thirds: the lowest of the stack is the root.",
              "Name the root, then its third and fifth (and seventh): which quality?"),
    "numeral": ("Find the root and its scale degree in the key.",
                "Which chord tone lies in the bass? Is there a seventh?"),
    "cadence": ("Read the last two chords as numerals.", "Does it end on I, on V, or elsewhere?"),
    "non-chord": ("Is the note part of the chord below it?",
                  "Look how it is reached and how it is left: step, leap, or held?"),
    "scale": ("Write down where the semitones lie.", "Compare it with the major or minor scale on the same tonic."),
    "meter": ("How many quarter notes or eighths fill the bar?", "How do the beams group them: by twos or by threes?"),
}  # fmt: skip


class Verdict(NamedTuple):
    """How much of the point a text has (1, 0.5, 0), and why not all of it."""

    share: float
    reason: str = ""


def mark_labels(task: Labels, view: View) -> tuple[Remark, ...]:
    """The remarks on a task's labels; a label without one has its point."""
    remarks = []
    for label in task.labels:
        written = _written_at(label, task, view)
        if not written:
            verdict = Verdict(0, "Nothing is written here.")
        else:
            verdict = max((judge(label, text) for text in written), key=lambda verdict: verdict.share)
        if verdict.share < 1:
            remarks.append(
                view.remark(label.at, label.kind, verdict.reason, _HINTS[label.kind], _shown(label), 1 - verdict.share)
            )
    return tuple(remarks)


def _shown(label: Label) -> str:
    return CADENCES[label.answer] if label.kind == "cadence" else label.answer


def _written_at(label: Label, task: Labels, view: View) -> list[str]:
    """The answers at a label's place: exactly there, else words nearer to it than to any other label."""
    exact = [said.text for said in view.texts if said.onset == label.at and not words_read.is_blank(said.text)]
    if exact:
        return [*exact, "".join(exact)]
    near = []
    for said in view.texts:
        nearest = min(task.labels, key=lambda other: (abs(other.at - said.onset), other.at))
        if nearest.at == label.at and said.kind != "lyric" and not words_read.is_blank(said.text):
            near.append(said.text)
    return near


def judge(label: Label, text: str) -> Verdict:
    """How right a text is as a label."""
    match label.kind:
        case "interval":
            return _interval(label, words_read.interval_of(text), text)
        case "chord":
            return _chord(words_read.chord_in(label.answer), words_read.chord_in(text), text)
        case "numeral":
            key = Key.parse(label.key)
            if label.answer in ("I64", "i64") and words_read.is_cadential(text):
                return Verdict(1)
            return _numeral(words_read.numeral_chord(label.answer, key), text, key)
        case "cadence":
            return _cadence(label.answer, words_read.cadence_of(text), text)
        case "non-chord":
            return _equal(label.answer, words_read.non_chord_of(text), text, "kind of non-chord tone")
        case "scale":
            return _equal(label.answer, words_read.scale_of(text), text, "scale or mode")
        case _:
            return _equal(_as_heard(label.answer), _as_heard(text), text, "time signature")


def _as_heard(text: str) -> Meter | None:
    """The meter of a text; what is written in 4/4 may as well be in 2/2."""
    meter = words_read.meter_of(text)
    return Meter(4, 4) if meter == Meter(2, 2) else meter


def _unread(text: str, what: str) -> Verdict:
    return Verdict(0, f"'{text[:40]}' is no {what} that can be read.")


def _equal(answer: object, found: object, text: str, what: str) -> Verdict:
    if found is None:
        return _unread(text, what)
    return Verdict(1) if found == answer else Verdict(0, f"It is not {text[:40]}.")


def _interval(label: Label, found: Interval | None, text: str) -> Verdict:
    answer = Interval.parse(label.answer)
    if found is None:
        return _unread(text, "interval")
    alike = found.semitones == answer.semitones
    if found == answer or (alike and (label.by_ear or (plain_tritone(text) and answer.semitones == 6))):
        return Verdict(1)
    if found.simple == answer.simple:
        return Verdict(0.5, f"{text} has the right name, but not the right octave: count every letter.")
    if alike:
        return Verdict(0.5, f"{text} sounds right, but the letters are {answer.steps + 1} apart.")
    if found.steps == answer.steps:
        return Verdict(0, f"The number {answer.steps + 1} is right; the quality is not.")
    return Verdict(0, f"It is not {text[:40]}.")


def plain_tritone(text: str) -> bool:
    """Whether a text says no more than that three whole tones lie between."""
    return words_read.plain(text).casefold() in ("tritone", "tt", "tritonus")


def _chord(answer: Chord | None, found: Chord | None, text: str) -> Verdict:
    if found is None or answer is None:
        return _unread(text, "chord symbol")
    if found == answer or (set(found.tones) == set(answer.tones) and found.bass_tone == answer.bass_tone):
        return Verdict(1)
    if found.root == answer.root and found.quality == answer.quality:
        return Verdict(0.5, "The chord is right; the note in the bass is not named.")
    if found.numbers == answer.numbers and found.bass_tone.number == answer.bass_tone.number:
        return Verdict(0.5, "It sounds right, but the notes are spelled otherwise.")
    if found.root == answer.root:
        return Verdict(0, f"The root {answer.root} is right; the quality is not.")
    return Verdict(0, f"It is not {text[:40]}.")


def _numeral(answer: Chord | None, text: str, key: Key) -> Verdict:
    found = words_read.numeral_chord(text, key)
    if found is None or answer is None:
        return _unread(text, "Roman numeral")
    if found == answer or (set(found.tones) == set(answer.tones) and found.bass_tone == answer.bass_tone):
        return Verdict(1)
    if found.root == answer.root and found.quality == answer.quality:
        return Verdict(0.5, "The chord is right; its inversion is not.")
    if found.root == answer.root and set(found.tones) < set(answer.tones):
        return Verdict(0.5, "The root is right; the seventh is not named.")
    other_case = words_read.numeral_chord(text.swapcase(), key)
    if found.root == answer.root and other_case == answer:
        return Verdict(0.5, "The degree is right; capitals mean a major third, small letters a minor one.")
    if found.root == answer.root:
        return Verdict(0, "The root is right; the kind of chord is not.")
    return Verdict(0, f"It is not {text[:40]}.")


def _cadence(answer: str, found: str | None, text: str) -> Verdict:
    if found is None:
        return _unread(text, "cadence")
    if found == answer or (answer == "AC" and found in ("PAC", "IAC")):
        return Verdict(1)
    if {found, answer} <= {"PAC", "IAC", "AC"}:
        return Verdict(0.5, "It is authentic; say whether it is perfect or imperfect.")
    if {found, answer} <= {"HC", "Phrygian"}:
        return Verdict(0.5, "It is a half cadence; look again at how the bass comes to it.")
    return Verdict(0, f"It is not {text[:40]}.")
