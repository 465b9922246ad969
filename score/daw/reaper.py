"""Writing a Reaper project (.rpp): the same tracks, clips, faders and maps as in a DAWproject.

Conventions: text with \\n; time in seconds by the song's tempo map, tempo in quarters a minute. Sections are regions.
Reaper's tempo glides linearly in time and ours in beats: a ramp is written as steps, each with its own mean, so that
bar lines agree. Equal songs give equal text. Where the faders stand: score/daw/levels.py.
"""

from __future__ import annotations

from collections.abc import Sequence

from partimento.score.daw.about import song_words, track_words
from partimento.score.daw.clips import note_clips
from partimento.score.daw.colours import MASTER, colour
from partimento.score.daw.levels import Level, level, stem_level, stem_role
from partimento.score.daw.reaper_items import audio_item, note_item
from partimento.score.daw.reaper_text import guid, peak_colour, quoted, seconds
from partimento.score.daw.stem_audio import StemAudio
from partimento.score.song import Song, Track
from partimento.score.straight import as_played
from partimento.score.timeline import Timeline
from partimento.theory.meter import TICKS

_RAMP_STEP = TICKS // 4
_SQUARE = 1
_PROJECT_TIMEBASE, _TIME = -1, 0
_ALL_MIDI = 4096 | 31 << 5
"""The input of a track that is armed: every MIDI device, every channel."""


def reaper_project(song: Song, stems: Sequence[StemAudio] = (), folder: str = "stems") -> str:
    """The text of the project file; the stems' files are looked for in `folder` beside it, under their own names.

    A song that has no performance is written as it stands on the page."""
    song = as_played(song)
    timeline = Timeline(song)
    written = {track.name: track for track in song.tracks}
    lines = [
        '<REAPER_PROJECT 0.1 "7.0/partimento" 0',
        "<NOTES 0 2", *(f"|{line}" for line in _notes(song, written)), ">",
        "TIMELOCKMODE 1", "TEMPOENVLOCKMODE 1", f"SAMPLERATE {stems[0].rate if stems else 48000} 0 0",
        f"TITLE {quoted(song.title)}",
        f"TEMPO {song.tempos[0].tempo_bpm!r} {song.meters[0].meter.numerator} {song.meters[0].meter.denominator}",
        f"MASTERPEAKCOL {peak_colour(MASTER)}", "MASTER_NCH 2 2", "MASTER_VOLUME 1 0 -1 -1 1",
        *_tempo_envelope(song, timeline), *_regions(song, timeline),
    ]  # fmt: skip
    for row in song.performance.tracks:
        track = written.get(row.name) or Track(row.name, "", "")
        clips = note_clips(song, timeline, row, track.role)
        items = [note_item(timeline, row, clip, i == 0) for i, clip in enumerate(clips)]
        lines += _track(row.name, track.role, level(song.mix, track), _PROJECT_TIMEBASE, items)
    place = stem_level(song.mix, song.tracks)
    for stem in stems:
        media = f"{folder}/{stem.path.name}" if folder else stem.path.name
        name = f"{stem.track} (audio)"
        lines += _track(name, stem_role(song, stem.track), place, _TIME, [audio_item(stem, media)])
    return _indented([*lines, ">"])


def _notes(song: Song, written: dict[str, Track]) -> list[str]:
    """What the project's notes say: keys, and what each part is to be played on."""
    parts = [
        f"{row.name}: {track_words(written[row.name], row)}" for row in song.performance.tracks if row.name in written
    ]
    return [" ".join(line.split()) for line in (*song_words(song).splitlines(), *parts)]


def _tempo_envelope(song: Song, timeline: Timeline) -> list[str]:
    meters = {change.onset: change.meter for change in song.meters}
    steps = _tempo_steps(song, timeline)
    lines = ["<TEMPOENVEX", f"EGUID {guid('tempo')}", "ACT 1 -1", "VIS 1 0 1", "LANEHEIGHT 0 0", "ARM 0"]
    lines.append(f"DEFSHAPE {_SQUARE} -1 -1")
    bpm = song.tempos[0].tempo_bpm
    for tick in sorted({*steps, *meters}):
        bpm = steps.get(tick, bpm)
        point = f"PT {timeline.seconds_at(tick):.12f} {bpm:.10f} {_SQUARE}"
        if tick in meters:
            meter = meters[tick]
            # The meter is one number, the lower side in its upper half; 0 is not selected, 1 sets tempo and meter.
            point += f" {meter.denominator << 16 | meter.numerator} 0 1"
        lines.append(point)
    return [*lines, ">"]


def _tempo_steps(song: Song, timeline: Timeline) -> dict[int, float]:
    """The tempo from each tick on, in steps that end where changes of meter do."""
    end = timeline.bar_line_from(song.performance.end)
    cuts = sorted(change.onset for change in song.meters)
    steps: dict[int, float] = {}
    for i, tempo in enumerate(song.tempos):
        if not tempo.ramp or i + 1 == len(song.tempos):
            steps[tempo.onset] = tempo.tempo_bpm
            continue
        until = min(song.tempos[i + 1].onset, max(end, tempo.onset + 1))
        edges = {*range(tempo.onset, until, _RAMP_STEP), *(cut for cut in cuts if tempo.onset < cut < until), until}
        ordered = sorted(edges)
        for low, high in zip(ordered, ordered[1:], strict=False):
            steps[low] = (high - low) / 8.0 / (timeline.seconds_at(high) - timeline.seconds_at(low))
    return steps


def _regions(song: Song, timeline: Timeline) -> list[str]:
    lines = []
    for number, section in enumerate(song.sections, 1):
        start, end = (seconds(timeline.seconds_at(tick)) for tick in (section.start, section.end))
        region = guid("region", number, section.name)
        lines += [f"MARKER {number} {start} {quoted(section.name)} 1 0 1 R {region} 0", f'MARKER {number} {end} "" 1']
    return lines


def _track(name: str, role: str, place: Level, timebase: int, items: Sequence[Sequence[str]]) -> list[str]:
    track = guid("track", name)
    return [
        f"<TRACK {track}", f"NAME {quoted(name)}", f"PEAKCOL {peak_colour(colour(role))}", f"BEAT {timebase}",
        "AUTOMODE 0", "PANLAWFLAGS 3", f"VOLPAN {place.gain:.6f} {place.pan:.6f} -1 -1 1",
        f"MUTESOLO {int(place.mute)} {int(place.solo)} 0", "IPHASE 0", "ISBUS 0 0",
        f"REC 0 {_ALL_MIDI if timebase == _PROJECT_TIMEBASE else 0} 1 0 0 0 0 0", "NCHAN 2", "FX 1",
        f"TRACKID {track}", "PERF 0", "MIDIOUT -1", "MAINSEND 1 0",
        *(line for item in items for line in item),
        ">",
    ]  # fmt: skip


def _indented(lines: Sequence[str]) -> str:
    out, depth = [], 0
    for line in lines:
        depth -= line == ">"
        # A line of the notes begins with | and a string holds no line break: < and > at the start are always nodes.
        out.append("  " * depth + line)
        depth += line.startswith("<")
    return "\n".join(out) + "\n"
