"""Four-part writing marked by the rules: any legal answer has full marks, the key being one of many.

Conventions: a chord loses its point where a voice is missing, a tone is foreign to it, or an error of the `strict` set
(theory/rules) is complete there; warnings are told and cost nothing. A given voice that was changed loses the point of
its chord, and the rest is judged as if it stood as given. Voices are told by staff and stem where both are used, else
by height.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from typing import NamedTuple

from partimento.teaching import rule_words
from partimento.teaching.exercises.worksheet import Item, PartWriting
from partimento.teaching.grading.chord_reading import chord_of_tones, foreign_to
from partimento.teaching.grading.marks import Remark
from partimento.teaching.grading.view import View
from partimento.theory.analysis.findings import Analysis, ChordSpan, KeySpan
from partimento.theory.analysis.piece import BarSpan, Piece, Tone, Voice
from partimento.theory.chord import Chord
from partimento.theory.pitch import Pitch, pitch_at
from partimento.theory.roman import Numeral, numeral_of
from partimento.theory.rules.breach import Breach
from partimento.theory.rules.checking import check
from partimento.theory.rules.rule_set import rule_set

NAMES = ("Bass", "Tenor", "Alto", "Soprano")
Sonority = tuple[Pitch | None, ...]


class Fault(NamedTuple):
    """What is wrong with one chord: its place in the row, the rule, and how it is told."""

    chord: int
    rule: str
    what: str
    hints: tuple[str, str]
    voice: str = ""
    costs: bool = True


def mark_part_writing(task: PartWriting, view: View) -> tuple[Remark, ...]:
    """A remark for every fault; the first that costs at each chord takes its point."""
    sonorities = [_sonority(task, view, index) for index in range(len(task.onsets))]
    faults = [*_changed(task, view), *_missing(task, sonorities)]
    whole = [_with_given(task, sonority, index) for index, sonority in enumerate(sonorities)]
    if not view.spelled and task.chords:
        whole = [_spelled(sonority, chord) for sonority, chord in zip(whole, task.chords, strict=True)]
    bad = {fault.chord for fault in faults}
    chords: tuple[Chord | None, ...] = task.chords or tuple(chord_of_tones(sonority, task.key) for sonority in whole)
    faults += _harmony_faults(task, whole, chords, bad)
    piece = _piece(task, whole, view.item)
    analysis = _analysis(task, chords)
    for breach in check(piece, rule_set("strict"), analysis):
        index = bisect_right(task.onsets, breach.tick) - 1
        given = breach.voices and all(task.given[voice] is not None for voice in breach.voices)
        # What follows from a missing or changed note is not told beside it.
        if breach.severity == "style" or given or index in bad:
            continue
        faults.append(_told(breach, piece, index))
    return _remarks(task, view, faults)


def _remarks(task: PartWriting, view: View, faults: list[Fault]) -> tuple[Remark, ...]:
    paid: set[int] = set()
    remarks = []
    for fault in sorted(faults, key=lambda fault: (fault.chord, not fault.costs)):
        lost = 1.0 if fault.costs and fault.chord not in paid else 0.0
        if fault.costs:
            paid.add(fault.chord)
        answer = _key_at(view.item, task.onsets[fault.chord])
        remarks.append(
            view.remark(task.onsets[fault.chord], fault.rule, fault.what, fault.hints, answer, lost, fault.voice)
        )
    return tuple(remarks)


def _key_at(item: Item, onset: int) -> str:
    """The key's chord at a place, one solution of many: "one way: C3 G3 E4 C5"."""
    pitches = [pitch for line in item.answer for cell in line.cells if cell.onset == onset for pitch in cell.pitches]
    return "one way: " + " ".join(str(pitch) for pitch in sorted(pitches))


def _sonority(task: PartWriting, view: View, index: int) -> Sonority:
    """The four voices at a chord, None for one that is not there."""
    onset = task.onsets[index]
    sounding = [note for note in view.notes if note.onset <= onset < note.onset + note.duration]
    places = {(note.staff, note.voice): note.pitch for note in sounding}
    by_stem: Sonority = tuple(places.get(place) for place in ((1, 1), (1, 0), (0, 1), (0, 0)))
    if len(sounding) == len(places) and (len(sounding) == 4 or _both_stems(view)):
        if len([pitch for pitch in by_stem if pitch is not None]) == len(sounding):
            return by_stem
    ordered = sorted(note.pitch for note in sounding)
    if len(ordered) >= 4:
        return tuple(ordered[:4])
    return _by_staff(task, index, [(note.staff, note.pitch) for note in sounding])


def _both_stems(view: View) -> bool:
    return {(note.staff, note.voice) for note in view.notes} >= {(0, 0), (0, 1), (1, 0), (1, 1)}


def _by_staff(task: PartWriting, index: int, notes: list[tuple[int, Pitch]]) -> Sonority:
    """Fewer than four notes: the given voices keep theirs, the others are filled from the outside of their staff."""
    slots: list[Pitch | None] = [None] * 4
    left = list(notes)
    for voice, line in enumerate(task.given):
        if line is not None:
            pair = (0 if voice >= 2 else 1, line[index])
            if pair in left:
                left.remove(pair)
                slots[voice] = line[index]
    for staff, order in ((0, (3, 2)), (1, (0, 1))):
        pitches = sorted((pitch for on, pitch in left if on == staff), reverse=staff == 0)
        free = [voice for voice in order if task.given[voice] is None]
        for voice, pitch in zip(free, pitches, strict=False):
            slots[voice] = pitch
    return tuple(slots)


def _with_given(task: PartWriting, sonority: Sonority, index: int) -> Sonority:
    return tuple(line[index] if line is not None else sonority[voice] for voice, line in enumerate(task.given))


def _spelled(sonority: Sonority, chord: Chord) -> Sonority:
    """What a file without spelling sounds, its notes called as the chord calls them."""
    out = []
    for pitch in sonority:
        tone = chord.tone_at(pitch.midi) if pitch is not None else None
        out.append(pitch_at(tone, pitch.midi) if pitch is not None and tone is not None else pitch)
    return tuple(out)


def _changed(task: PartWriting, view: View) -> list[Fault]:
    """Given notes that the student has changed or deleted."""
    faults = []
    for _, onset, pitch in view.missing_givens():
        index = bisect_right(task.onsets, onset) - 1
        voice = next((NAMES[v] for v, line in enumerate(task.given) if line is not None and line[index] == pitch), "")
        what = f"The given note {pitch} was changed or deleted."
        hints = ("The given voice is to stay as it is.", f"Put {pitch} back.")
        faults.append(Fault(index, "given-changed", what, hints, voice.casefold()))
    return faults


def _missing(task: PartWriting, sonorities: Sequence[Sonority]) -> list[Fault]:
    faults = []
    for index, sonority in enumerate(sonorities):
        lacking = [NAMES[voice].casefold() for voice in task.free if sonority[voice] is None]
        if lacking:
            everything = len(lacking) == len(task.free)
            what = "Nothing is written here." if everything else f"No note for {' and '.join(lacking)}."
            hints = (
                "Four voices sing at every chord.",
                "Which tones of the chord are still missing? Which may be doubled?",
            )
            faults.append(Fault(index, "voice-missing", what, hints, "" if everything else lacking[0]))
    return faults


def _harmony_faults(
    task: PartWriting, whole: Sequence[Sonority], chords: Sequence[Chord | None], bad: set[int]
) -> list[Fault]:
    faults = []
    for index, (sonority, chord) in enumerate(zip(whole, chords, strict=True)):
        if index in bad:
            continue
        if chord is None:
            hints = (
                "Can the notes be stacked in thirds?",
                "Leave the root and third of one chord, and let the others fit.",
            )
            faults.append(Fault(index, "no-chord", "These notes form no chord.", hints))
        elif task.chords:
            faults += _against(index, sonority, chord)
        else:
            faults += _chosen(task, index, chord)
    return faults


def _against(index: int, sonority: Sonority, chord: Chord) -> list[Fault]:
    faults = []
    for voice, pitch in enumerate(sonority):
        if pitch is None or pitch.pitch_class in chord.tones:
            continue
        alike = chord.tone_at(pitch.midi)
        what = f"{pitch.pitch_class} is not a tone of {chord.name}"
        what += f"; spell it {alike}." if alike is not None else "."
        hints = ("Spell the chord first: root, third, fifth, seventh.", f"It has the tones {_names(chord)}.")
        faults.append(Fault(index, "foreign-tone", what, hints, NAMES[voice].casefold()))
    return faults


def _chosen(task: PartWriting, index: int, chord: Chord) -> list[Fault]:
    """A chord of the student's own choice: of the key or one that leads in it, and a close at the end."""
    if foreign_to(chord, task.key):
        hints = (
            "Which chords belong to the key?",
            "Applied dominants and chords of the parallel minor may lead on; this one does not.",
        )
        return [Fault(index, "foreign-chord", f"{chord.name} is foreign to {task.key}.", hints)]
    numeral = numeral_of(chord, task.key)
    if index == len(task.onsets) - 1 and Numeral.parse(numeral.partition("@")[0]).degree not in (1, 5, 6):
        hints = ("How does a phrase end?", "On I, on V, or on vi in place of I.")
        return [Fault(index, "no-cadence", f"The phrase ends on {numeral}, which is no close.", hints)]
    return []


def _names(chord: Chord) -> str:
    return " ".join(str(tone) for tone in chord.tones)


def _piece(task: PartWriting, whole: Sequence[Sonority], item: Item) -> Piece:
    tones = []
    for voice in range(4):
        for onset, duration, sonority in zip(task.onsets, task.durations, whole, strict=True):
            pitch = sonority[voice]
            if pitch is not None:
                tones.append(Tone(onset, duration, pitch, voice))
    bar = item.meter.bar
    bars = tuple(BarSpan(n + 1, n * bar, (n + 1) * bar, item.meter) for n in range(item.bars))
    ordered = tuple(sorted(tones, key=lambda tone: (tone.onset, tone.pitch.midi, tone.voice)))
    return Piece(item.prompt, ordered, tuple(Voice(name) for name in NAMES), bars, item.length)


def _analysis(task: PartWriting, chords: Sequence[Chord | None]) -> Analysis:
    end = task.onsets[-1] + task.durations[-1]
    spans = tuple(
        ChordSpan(onset, onset + duration, task.key, numeral_of(chord, task.key) if chord is not None else "", chord)
        for onset, duration, chord in zip(task.onsets, task.durations, chords, strict=True)
    )
    return Analysis(task.key, 1.0, None, (KeySpan(0, end, task.key),), spans)


def _told(breach: Breach, piece: Piece, index: int) -> Fault:
    voice = NAMES[breach.voices[-1]].casefold() if len(breach.voices) == 1 else ""
    hints = (rule_words.reason(breach.rule) or rule_words.title(breach.rule), rule_words.remedy(breach.rule))
    return Fault(index, breach.rule, rule_words.told(breach, piece), hints, voice, breach.severity == "error")
