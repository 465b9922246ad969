"""Checking a SoundFont for gaps and levels, and mending what would be silent.

Conventions: programs and keys are MIDI numbers from 0 (middle C is 60, C4). What is known of a font comes from three
places, in this order: the reports that came with the program, those in the user's cache, and listening (font_probe).
The page is never changed: only what is played is moved, and each track says so.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

from partimento.score.instruments import INSTRUMENTS
from partimento.score.performance import PlayedNote, PlayedTrack
from partimento.soundfonts.finding import check_soundfont
from partimento.soundfonts.measured import (
    FontReport,
    ProgramReport,
    identity,
    keep_report,
    kept_report,
    known_report,
)
from partimento.soundfonts.sf2 import read_header
from partimento.soundfonts.siblings import drums_like
from partimento.synth.font_probe import Probe, fluidsynth_version
from partimento.theory.errors import RenderError

_DRUM_CHANNEL = 9
_OCTAVES = tuple(sign * 12 * octaves for octaves in range(1, 10) for sign in (-1, 1))
_NAMES = ("C", "C#", "D", "Eb", "E", "F", "F#", "G", "Ab", "A", "Bb", "B")

_reports: dict[tuple[str, str], FontReport] = {}
_lock = threading.Lock()


def check_font(path: Path | str, *, progress: Callable[[int, int], None] | None = None) -> FontReport:
    """Listen to every program and kit of the font, in two threads; the result is kept in the user's cache.

    `progress(done, of)` is called after each, in this thread. Takes seconds. Raises RenderError without the library or
    when the font cannot be read.
    """
    font = check_soundfont(path)
    version = fluidsynth_version()
    asked = [(False, each.program) for each in read_header(font.path).presets if each.bank == 0]
    asked += [(True, each.program) for each in read_header(font.path).presets if each.bank == 128]
    asked = sorted({(drums, program) for drums, program in asked if program < 128})
    workers = min(2, os.cpu_count() or 1)
    found: list[ProgramReport] = []
    local = threading.local()
    probes: list[Probe] = []

    def listen(which: tuple[bool, int]) -> ProgramReport:
        if not hasattr(local, "probe"):
            local.probe = Probe(font.path)
            probes.append(local.probe)
        probe: Probe = local.probe
        return probe.listen(*which)

    pool = ThreadPoolExecutor(workers)
    try:
        for report in pool.map(listen, asked):
            found.append(report)
            if progress:
                progress(len(found), len(asked))
    finally:
        pool.shutdown(wait=True, cancel_futures=True)
        for probe in probes:
            probe.close()
    whole = FontReport(font.name, identity(font.path), version, tuple(found))
    _keep(font.path, whole)
    return whole


def sounding(path: Path | str, drums: bool, program: int) -> ProgramReport:
    """What is known of one program or kit: read where it is known, listened to (some 10 ms; SF3: its samples' decoding
    besides) and kept where it is not. Raises RenderError when it has to listen and cannot.
    """
    font = Path(path)
    known = known_report(identity(font))
    found = known.find(drums, program) if known else None
    if found:
        return found
    if known:
        return ProgramReport(program, drums, frozenset())
    version = fluidsynth_version()
    with _lock:
        kept = _kept(font, version)
        found = kept.find(drums, program)
        if not found:
            with Probe(font) as probe:
                found = probe.listen(drums, program)
            rows = sorted((*kept.programs, found), key=lambda each: (each.drums, each.program))
            kept = replace(kept, programs=tuple(rows))
            _reports[identity(font), version] = kept
            keep_report(font, kept)
    return found


def _kept(font: Path, version: str) -> FontReport:
    who = (identity(font), version)
    if who not in _reports:
        _reports[who] = kept_report(font, version) or FontReport(check_soundfont(font).name, who[0], version, ())
    return _reports[who]


def _keep(font: Path, report: FontReport) -> None:
    with _lock:
        _reports[report.identity, report.fluidsynth] = report
        keep_report(font, report)


def gaps(report: ProgramReport) -> tuple[int, ...]:
    """The silent keys in the range that the program's instruments play, C2-C6 where none is known; of a kit, those of
    General MIDI's drums (35-81)."""
    if report.drums:
        return tuple(key for key in range(35, 82) if key not in report.sounds)
    playing = [each for each in INSTRUMENTS.values() if each.program == report.program and each.hands != "drums"]
    low, high = min((i.low for i in playing), default=36), max((i.high for i in playing), default=84)
    return tuple(key for key in range(low, high + 1) if key not in report.sounds)


def report_known(path: Path | str) -> FontReport | None:
    """What is known of the font without listening: from the program itself, or the cache; None where that is nothing.

    A report from the cache may hold some programs only. Raises RenderError when the file cannot be read.
    """
    font = Path(path)
    known = known_report(identity(font))
    if known:
        return known
    try:
        return kept_report(font, fluidsynth_version())
    except RenderError:
        return None


def mend(track: PlayedTrack, soundfont: Path) -> tuple[PlayedTrack, tuple[str, ...]]:
    """The track with every note sounding, as far as the font can, and what was changed, as notices.

    A missing program gives way to a sibling; so does one that most of the notes are silent in, where a sibling sounds
    more of them, and one with a hole that the tune keeps falling into (TimGM6mb's alto saxophone has no E4), where a
    sibling has none: octave leaps in the midst of a line would break it. A note that is still silent moves by octaves,
    the fewest that will do (a drum: to the drum that is most like it). Notes stay sorted and free of overlaps on one
    key. Raises RenderError as `sounding` does.
    """
    if not track.notes:
        return track, ()
    drums = track.channel == _DRUM_CHANNEL
    report = sounding(soundfont, drums, track.program)
    silent = sum(note.number not in report.sounds for note in track.notes)
    if not silent:
        return track, ()
    font = check_soundfont(soundfont).name
    notices: list[str] = []
    most = silent * 2 > len(track.notes)
    if most or (not drums and _holed(track, report.sounds)):
        better = _sibling(track, report, soundfont, drums)
        if better and (most or all(note.number in better.sounds for note in track.notes)):
            was, now = (_called(soundfont, drums, program) for program in (track.program, better.program))
            lack = f"{silent} of {len(track.notes)} notes have no sound in {font}'s {was}"
            if not report.sounds:
                lack = f"{font} has no {was}"
            notices.append(f"{track.name}: {lack}; played by its {now}.")
            track, report = replace(track, program=better.program), better
    track, more = moved(track, report.sounds, font)
    return track, (*notices, *more)


def _holed(track: PlayedTrack, sounds: frozenset[int]) -> bool:
    """Whether at least one note in twenty falls into a hole: a silent key between two that sound."""
    fallen = sum(n.number not in sounds and {n.number - 1, n.number + 1} <= sounds for n in track.notes)
    return fallen * 20 >= len(track.notes)


def _sibling(track: PlayedTrack, report: ProgramReport, soundfont: Path, drums: bool) -> ProgramReport | None:
    """The first sibling in which all notes sound, else the one in which most do; None where none does better."""
    best, most = None, sum(note.number in report.sounds for note in track.notes)
    for program in report.substitute:
        other = sounding(soundfont, drums, program)
        heard = sum(note.number in other.sounds for note in track.notes)
        if heard > most:
            best, most = other, heard
        if heard == len(track.notes):
            break
    return best


def _called(soundfont: Path, drums: bool, program: int) -> str:
    """The program's name in the font, or its number where it has none."""
    wanted = (128 if drums else 0, program)
    found = next((each for each in read_header(soundfont).presets if (each.bank, each.program) == wanted), None)
    what = "kit" if drums else "program"
    return f"{what} {program + 1} ({found.name})" if found else f"{what} {program + 1}"


def moved(track: PlayedTrack, sounds: frozenset[int], where: str) -> tuple[PlayedTrack, tuple[str, ...]]:
    """The track with notes on keys that do not sound moved to one that does, by octaves or to a drum that is like it,
    and what was moved, as notices; `where` names what lacks them. What sounds nowhere near stays."""
    drums = track.channel == _DRUM_CHANNEL
    targets: dict[int, int | None] = {}
    for number in sorted({note.number for note in track.notes} - sounds):
        near = drums_like(number) if drums else [number + octave for octave in _OCTAVES]
        targets[number] = next((key for key in near if key in sounds), None)
    if not targets:
        return track, ()
    stay = [note for note in track.notes if targets.get(note.number) is None]
    move = [note._replace(number=key) for note in track.notes if (key := targets.get(note.number)) is not None]
    return replace(track, notes=_fitted(stay, move)), tuple(_told(track, targets, drums, where))


def _fitted(stay: Sequence[PlayedNote], move: Sequence[PlayedNote]) -> tuple[PlayedNote, ...]:
    """Both together, sorted; a moved note yields to one that stays on its key, and ends where the next begins."""
    taken: dict[int, list[PlayedNote]] = {}
    for note in stay:
        taken.setdefault(note.number, []).append(note)
    notes = list(stay)
    for note in sorted(move, key=lambda each: (each.onset, -each.velocity)):
        there = taken.setdefault(note.number, [])
        if any(other.onset <= note.onset < max(other.onset + other.duration, other.onset + 1) for other in there):
            continue
        until = min((other.onset for other in there if other.onset > note.onset), default=None)
        if until is not None and note.onset + note.duration > until:
            note = note._replace(duration=until - note.onset)
        there.append(note)
        notes.append(note)
    return tuple(sorted(notes, key=lambda each: (each.onset, each.number)))


def _told(track: PlayedTrack, targets: dict[int, int | None], drums: bool, font: str) -> Iterable[str]:
    """One notice on what moves, one on what stays silent."""
    moved = {number: key for number, key in targets.items() if key is not None}
    lost = [number for number, key in targets.items() if key is None]
    if moved:
        count = sum(note.number in moved for note in track.notes)
        if drums:
            how = "played by " + ", ".join(sorted({f"key {key}" for key in moved.values()}))
        else:
            how = "played " + " or ".join(_octaves(sorted({key - number for number, key in moved.items()})))
        yield f"{track.name}: {_notes(count, sorted(moved), drums)} no sound in {font}; {how}."
    if lost:
        count = sum(note.number in lost for note in track.notes)
        nor = "nor has a drum like it" if drums else "nor in another octave"
        yield f"{track.name}: {_notes(count, lost, drums)} no sound in {font}, {nor}."


def _octaves(steps: Sequence[int]) -> Iterable[str]:
    words = {1: "an octave", 2: "two octaves", 3: "three octaves"}
    for step in steps:
        count = abs(step) // 12
        yield f"{words.get(count, f'{count} octaves')} {'lower' if step < 0 else 'higher'}"


def _notes(count: int, keys: Sequence[int], drums: bool) -> str:
    first, last = (f"key {keys[0]}", f"key {keys[-1]}") if drums else (_name(keys[0]), _name(keys[-1]))
    span = f"on {first}" if first == last else f"from {first} to {last}"
    return f"{count} {'note' if count == 1 else 'notes'} {span} {'has' if count == 1 else 'have'}"


def _name(key: int) -> str:
    return f"{_NAMES[key % 12]}{key // 12 - 1}"
