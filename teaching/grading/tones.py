"""Notes to be written, marked: single notes and chords, lines, and bars to be filled.

Half marks: the right note in a wrong octave, or one that sounds alike under another name; in a line the pitch and the
time of each note count half of its share each.
"""

from __future__ import annotations

from collections.abc import Sequence

from partimento.teaching.exercises.worksheet import Filling, Melody, Tones
from partimento.teaching.grading.marks import Remark
from partimento.teaching.grading.submission import Written
from partimento.teaching.grading.view import View
from partimento.theory.pitch import Pitch

_HINTS = {
    "interval": ("Count letters for the number first.", "Then set the accidental so that the semitones fit."),
    "chord": ("Build it in thirds from the root.", "Check every third: major or minor? And what lies in the bass?"),
    "key": ("Use the order of sharps (F C G D A E B) or of flats (B E A D G C F).",
            "The last sharp is the leading tone; the last flat but one is the tonic of the major key."),
    "scale": ("One letter follows the other, none twice.", "Where does this scale have its semitones?"),
    "transposition": ("Move the first note by the interval, then keep every interval of the line.",
                      "Which key does it go to? Use that key's accidentals."),
    "dictation": ("Sing it back, and find the tonic in it.", "Take down the rhythm first, then the steps and leaps."),
    "signature": ("Use the order of sharps (F C G D A E B) or of flats (B E A D G C F).",
                  "How many signs does this key have, and which come first?"),
    "rhythm": ("Tap the beat and count how many notes fall on each.",
               "Which notes are the longest? Write these first."),
    "melody": ("Compare it note by note.", "Look at the place named."),
}  # fmt: skip


def mark_tones(task: Tones, view: View) -> tuple[Remark, ...]:
    """What is wrong with the notes at one place; nothing where all are right."""
    written = view.on_staff(task.staff)
    here = [note.pitch for note in written if note.onset == task.at]
    for staff, onset, pitch in view.missing_givens():
        if staff == task.staff and onset == task.at:
            what = f"The given note {pitch} was changed or deleted."
            hints = ("The given note is to stay as it is.", f"Put {pitch} back.")
            return (view.remark(task.at, "given-changed", what, hints, f"{pitch} and {_all(task.wanted)}", 1.0),)
    # A student may write the answer after the given note as well as over it, and a chord note by note.
    if len(here) < len(task.given) + len(task.wanted) == len(written):
        here = [note.pitch for note in written]
    added = _without(here, task.given, view)
    names = _all(task.wanted) if task.exact else ", ".join(map(_shown, task.wanted))
    share, reason = _tones_share(task, added, view)
    if share == 1:
        return ()
    return (view.remark(task.at, task.rule, reason, _HINTS[task.rule], names, 1 - share),)


def _all(pitches: Sequence[Pitch]) -> str:
    return ", ".join(map(str, pitches))


def _without(pitches: Sequence[Pitch], given: Sequence[Pitch], view: View) -> list[Pitch]:
    left = list(pitches)
    for pitch in given:
        for other in left:
            if view.same(pitch, other):
                left.remove(other)
                break
    return left


def _tones_share(task: Tones, added: Sequence[Pitch], view: View) -> tuple[float, str]:
    if not added:
        return 0.0, "Nothing is written here."
    wanted = task.wanted
    if task.exact:
        return _exact_share(wanted, added, view)
    asked, found = {p.pitch_class for p in wanted}, {p.pitch_class for p in added}
    numbers, heard = {p.midi % 12 for p in wanted}, {p.midi % 12 for p in added}
    alike = asked == found if view.spelled else numbers == heard
    if alike:
        lowest = min(added)
        if task.bass and not view.same_name(lowest, min(wanted)):
            return 0.5, f"The notes are right, but {_shown(lowest)} lies in the bass."
        return 1.0, ""
    if numbers == heard:
        return 0.5, "It sounds right, but a note is spelled otherwise."
    wrong = sorted(p for p in added if p.midi % 12 not in numbers)
    if wrong:
        return 0.0, f"{_shown(wrong[0])} does not belong to it."
    return 0.0, "A note is missing."


def _exact_share(wanted: Sequence[Pitch], added: Sequence[Pitch], view: View) -> tuple[float, str]:
    if len(added) > len(wanted):
        return 0.0, f"{len(added)} notes are written where {len(wanted)} is asked for."
    pairs = list(zip(sorted(wanted), sorted(added), strict=False))
    if len(pairs) == len(wanted) and all(view.same(one, other) for one, other in pairs):
        return 1.0, ""
    if len(pairs) == len(wanted) and all(one.midi == other.midi for one, other in pairs):
        return 0.5, f"{added[0]} sounds right, but has the wrong letter for this interval."
    if len(pairs) == len(wanted) and all(view.same_name(one, other) for one, other in pairs):
        return 0.5, f"{added[0]} is the right note in the wrong octave, or on the wrong side."
    return 0.0, f"It is not {', '.join(map(str, added))}."


def _shown(pitch: Pitch) -> str:
    return str(pitch.pitch_class)


def mark_melody(task: Melody, view: View) -> tuple[Remark, ...]:
    """A remark for each note of the line that is missing or wrong, and for notes too many."""
    written = list(view.on_staff(task.staff))
    pairs, extra = _aligned(task, written, view)
    remarks = []
    for index, (onset, duration, pitch) in enumerate(task.notes):
        if index < task.given:
            continue
        answer = f"{pitch}" if task.pitched else "a note here"
        share, reason = _note_share(task, (onset, duration, pitch), pairs.get(index), view)
        if share < 1:
            remarks.append(view.remark(onset, task.rule, reason, _HINTS[task.rule], answer, 1 - share))
    if extra:
        left = len(task.notes) - task.given - sum(remark.lost for remark in remarks)
        lost = min(0.5 * len(extra), left)
        what = f"{len(extra)} note{'s' if len(extra) > 1 else ''} too many."
        remarks.append(view.remark(extra[0].onset, task.rule, what, _HINTS[task.rule], "no note", lost))
    return tuple(remarks)


def _note_share(task: Melody, note: tuple[int, int, Pitch], found: Written | None, view: View) -> tuple[float, str]:
    onset, duration, pitch = note
    if found is None:
        return 0.0, "A note is missing."
    share, reasons = 1.0, []
    if task.rhythm and (found.onset != onset or found.duration != duration):
        share -= 0.5 if task.pitched else 1
        reasons.append("its time is wrong" if found.onset != onset else "its length is wrong")
    if task.pitched:
        right = view.same(found.pitch, pitch) if task.octaves else view.same_name(found.pitch, pitch)
        right = right or (task.by_sound and found.pitch.midi == pitch.midi)
        if not right:
            near = found.pitch.midi == pitch.midi or found.pitch.pitch_class == pitch.pitch_class
            share -= (0.5 if near else 1) * (0.5 if task.rhythm else 1)
            what = "sounds right under another name" if found.pitch.midi == pitch.midi else "is in another octave"
            reasons.append(f"{found.pitch} {what}" if near else f"{found.pitch} is not the note")
    return share, " and ".join(reasons)[:1].upper() + " and ".join(reasons)[1:] + "." if reasons else ""


def _aligned(task: Melody, written: list[Written], view: View) -> tuple[dict[int, Written], list[Written]]:
    """The student's notes against the right ones, by their order: the pairing with the most agreement."""
    rows, columns = len(task.notes), len(written)
    best = [[0.0] * (columns + 1) for _ in range(rows + 1)]
    for i in range(rows - 1, -1, -1):
        for j in range(columns - 1, -1, -1):
            both = best[i + 1][j + 1] + _likeness(task, task.notes[i], written[j], view)
            best[i][j] = max(both, best[i + 1][j], best[i][j + 1])
    pairs: dict[int, Written] = {}
    extra: list[Written] = []
    i = j = 0
    while i < rows and j < columns:
        if best[i][j] == best[i + 1][j + 1] + _likeness(task, task.notes[i], written[j], view):
            pairs[i] = written[j]
            i, j = i + 1, j + 1
        elif best[i][j] == best[i][j + 1]:
            extra.append(written[j])
            j += 1
        else:
            i += 1
    return pairs, [*extra, *written[j:]]


def _likeness(task: Melody, note: tuple[int, int, Pitch], found: Written, view: View) -> float:
    onset, duration, pitch = note
    score = 0.1
    if task.rhythm:
        score += (1.0 if found.onset == onset else 0) + (0.5 if found.duration == duration else 0)
    if task.pitched:
        score += 1.0 if view.same(found.pitch, pitch) else 0.5 if view.same_name(found.pitch, pitch) else 0
    return score


def mark_filling(task: Filling, view: View) -> tuple[Remark, ...]:
    """Whether so many notes fill the gap from end to end."""
    mine = sorted(note for note in view.on_staff(task.staff) if task.start <= note.onset < task.end)
    mine.sort(key=lambda note: note.onset)
    reason = ""
    if not mine:
        reason = "Nothing is written here."
    elif len(mine) != task.count:
        reason = f"{len(mine)} notes are written where {task.count} are asked for."
    else:
        ends = [task.start, *(note.onset + note.duration for note in mine)]
        starts = [*(note.onset for note in mine), task.end]
        if any(end != start for end, start in zip(ends, starts, strict=True)):
            reason = "The notes do not fill the bar without a gap."
    if not reason:
        return ()
    hints = ("How many beats are left?", "Choose a value for each note so that they add up to these beats.")
    beats = (task.end - task.start) / view.item.meter.unit
    answer = (
        f"{task.count} notes that last {beats:g} {'beats' if beats != 1 else 'beat'} of the time signature together"
    )
    return (view.remark(task.start, "bar-filled", reason, hints, answer, 1.0),)
