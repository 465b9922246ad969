"""What stands beside stems for people: their names, and a text file that tells tempo, key, meter and sections.

Conventions: file names are ASCII without spaces, NN_Track-Name_120bpm_Ebmaj.wav: the tempo is the first one, rounded;
a sharp is "s" (Fsmin), since "#" ends an address on the web and begins a comment in a shell; modes by three letters.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import inf, isfinite, log10

from partimento.score.midi_write_tidy import plain_name, printable
from partimento.score.song import Song
from partimento.score.timeline import Timeline
from partimento.theory.key import Key

_BITS = {"16": "16-bit", "24": "24-bit", "32f": "32-bit float"}


@dataclass(frozen=True, slots=True)
class StemLine:
    """A file as the text lists it: `role` says whose it is ("bass", "return"); `peak` its highest sample, 1 is full
    scale."""

    file: str
    role: str
    peak: float


def stem_name(song: Song, number: int, name: str) -> str:
    """The file name of stem `number`, counted from 1; 0 is the mix's."""
    tempo = round(song.tempos[0].tempo_bpm) if song.tempos else 120
    key = f"_{key_name(song.keys[0].key)}" if song.keys else ""
    return f"{number:02d}_{plain_name(name, 'Track')}_{tempo}bpm{key}.wav"


def key_name(key: Key) -> str:
    """A key as part of a file name: Ebmaj, Fsmin, Ddor.

    >>> key_name(Key.parse("F# minor")), key_name(Key.parse("G mixolydian"))
    ('Fsmin', 'Gmix')
    """
    return key.tonic.name.replace("#", "s") + key.mode[:3]


def info_text(
    song: Song, mix: StemLine, stems: Sequence[StemLine], *, rate: int, bits: str, frames: int,
    lufs: float | None = None, true_peak_db: float | None = None, silent: Sequence[str] = (),
) -> str:  # fmt: skip
    """The text file: a line a fact, then the sections with their times, then the files; `silent` names the tracks that
    have no stem."""
    timeline = Timeline(song)
    lines = [
        printable(song.title),
        "",
        f"Tempo: {', '.join(_tempos(song, timeline))}",
        f"Key: {_changes([(str(k.key), k.onset) for k in song.keys], timeline)}",
        f"Meter: {_changes([(str(m.meter), m.onset) for m in song.meters], timeline)}",
        f"Length: {_clock(timeline.seconds_at(song.end))}, {len(timeline.bars)} bars; the files with what rings on:"
        f" {_clock(frames / rate)}",
        f"Files: WAV (Broadcast Wave), {rate} Hz, {_BITS[bits]}, stereo, all of one length; sample 0 is bar 1.",
        "",
        "Sections:",
    ]
    for section in song.sections:
        bar = timeline.bar_at(section.start).index + 1
        at = _clock(timeline.seconds_at(section.start))
        lines.append(f"  {at}  bar {bar:<4} {printable(section.name)} ({section.key})")
    loud = [f"{value:.1f} {unit}" for value, unit in ((lufs, "LUFS"), (true_peak_db, "dBTP")) if _told(value)]
    lines += ["", f"Full mix, mastered{' (' + ', '.join(loud) + ')' if loud else ''}:", _file(mix), ""]
    lines.append("Stems, as mixed, 6 dB lower for headroom; at equal faders they sum to the mix before its master:")
    lines += [_file(stem) for stem in stems]
    if silent:
        lines += ["", f"Silent in this mix, and without a stem: {', '.join(map(printable, silent))}"]
    return "\n".join(lines) + "\n"


def _file(line: StemLine) -> str:
    level = 20 * log10(line.peak) if line.peak > 0 else -inf
    peak = f"peak {level:.1f} dB" if isfinite(level) else "silent"
    return f"  {line.file}  {line.role + ', ' if line.role else ''}{peak}"


def _told(value: float | None) -> bool:
    return value is not None and isfinite(value)


def _tempos(song: Song, timeline: Timeline) -> list[str]:
    out = []
    for i, tempo in enumerate(song.tempos):
        at = f" from {_clock(timeline.seconds_at(tempo.onset))}" if i else ""
        out.append(f"{tempo.tempo_bpm:g} BPM{at}{', gliding' if tempo.ramp else ''}")
    return out


def _changes(rows: Sequence[tuple[str, int]], timeline: Timeline) -> str:
    said = [name if not onset else f"{name} from {_clock(timeline.seconds_at(onset))}" for name, onset in rows]
    return ", ".join(said) or "not said"


def _clock(seconds: float) -> str:
    """1:02.50"""
    hundredths = round(seconds * 100)
    return f"{hundredths // 6000}:{hundredths // 100 % 60:02d}.{hundredths % 100:02d}"
