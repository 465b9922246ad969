"""Stems for a workstation: every track of a song as a Broadcast Wave from bar 1, the finished mix and a text beside.

Conventions: all files have one length. A stem is what its track gave to the mix: with fader, pan, EQ and compression,
before the master, and without the shared spaces; "Room", "Hall", "Delay" and "Effects" are stems of their own, so that
at equal faders the stems sum to what the master was given. All are HEADROOM times as loud as in the mix, where a kit
may pass full scale. Names: synth/stem_info.py.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from hashlib import sha256
from pathlib import Path
from threading import Lock
from typing import Unpack

import numpy as np

from partimento.score.daw.levels import stem_role
from partimento.score.daw.stem_audio import StemAudio
from partimento.score.song import Song
from partimento.synth.audio_files import AudioWriter, StemFiles
from partimento.synth.bwf import Broadcast, bext
from partimento.synth.mix_pass import StemSink
from partimento.synth.mixer import RETURNS
from partimento.synth.piece import piece_of_song
from partimento.synth.render import Progress, Rendered, render
from partimento.synth.renderers import How
from partimento.synth.settled import Settled
from partimento.synth.signal import Samples
from partimento.synth.stem_info import StemLine, info_text, stem_name
from partimento.synth.strips import EFFECTS
from partimento.theory.errors import OutputError

INFO = "00_Info.txt"
HEADROOM = 0.5
"""6 dB, as engineers leave it; a power of two, which takes nothing from a sample's digits."""
_MIX = "Mix"


def export_stems(
    song: Song, folder: Path, *, rate: int = 48000, bits: str = "24", soundfont: Path | str | None = None,
    settled: Settled | None = None, pieces: bool = False, progress: Progress | None = None,
    say: Callable[[str], None] | None = None, date: str = "", **how: Unpack[How],
) -> tuple[StemAudio, ...]:  # fmt: skip
    """Write the song's stems, 00_Mix and 00_Info.txt into `folder`, which exists; the stems in the song's order.

    `bits` is "16", "24" or "32f"; with `pieces` a kit's pieces are stems of their own ("Drums/kick"). `say` gets lines
    for people: what was mended, a stem that clipped. `settled` is a mix measured before, `date` goes into the files
    ("2025-01-31"). Raises RenderError, BriefError and OutputError as `render`.
    """
    piece = piece_of_song(song, soundfont, **how)
    _tell(say, f"Played by {piece.played_by}.")
    for line in piece.notices:
        _tell(say, line)

    def chunk(number: int, name: str, rendered: Rendered | None = None) -> bytes:
        mastered = rendered.mastered if rendered is not None else None
        lufs, peak = (mastered.lufs, mastered.true_peak_db) if mastered is not None else (None, None)
        told = Broadcast(f"{song.title}: {name}", _reference(piece.fits, name), date, lufs=lufs, true_peak_db=peak)
        return bext(told, rate, bits)

    mix_path = folder / stem_name(song, 0, _MIX)
    with StemFiles(folder, rate, "wav", bits, lambda n, name: stem_name(song, n, name), chunk) as files:
        sink = TrackStems(files, [track.name for track in song.tracks], pieces, HEADROOM)
        with AudioWriter(mix_path, rate, "wav", bits, chunk(0, _MIX)) as writer:
            meter = _Peak(writer)
            rendered = render(
                piece.strips, piece.mix, piece.clock, rate, folder, write=meter.write, settled=settled,
                fits=piece.fits, beat_s=piece.beat_s, progress=progress, stems=sink,
            )  # fmt: skip
            writer.retell(chunk(0, _MIX, rendered))
    for name, peak in sorted(files.clipped.items()):
        _tell(say, f"The stem '{name}' is clipped (its peak is {peak:.2f}): 32-bit float keeps all of it.")
    lines = [
        StemLine(path.name, _role(song, name), peak)
        for path, name, peak in zip(files.paths, sink.names, sink.peaks, strict=True)
    ]
    mastered = rendered.mastered
    text = info_text(
        song, StemLine(mix_path.name, "", meter.peak), lines, rate=rate, bits=bits, frames=rendered.frames,
        lufs=mastered.lufs, true_peak_db=mastered.true_peak_db,
        silent=[track.name for track in song.tracks if not any(_of(name, track.name) for name in sink.names)],
    )  # fmt: skip
    try:
        (folder / INFO).write_text(text, encoding="utf-8")
    except OSError as error:
        raise OutputError(f"'{INFO}' cannot be written: {error.strerror or error}.") from error
    return tuple(
        StemAudio(name, path, rate, rendered.frames) for path, name in zip(files.paths, sink.names, strict=True)
    )


class TrackStems:
    """Puts a kit's pieces together: a StemSink before a StemSink, whose stems are the song's tracks, `gain` times as
    loud. `names` and `peaks` are those of the stems that are handed on.
    """

    def __init__(self, sink: StemSink, tracks: Sequence[str], pieces: bool = False, gain: float = 1.0) -> None:
        self.names: tuple[str, ...] = ()
        self.peaks: list[float] = []
        self._sink, self._tracks, self._pieces = sink, frozenset(tracks), pieces
        self._gain = np.float32(gain)
        self._lock = Lock()
        self._group: list[int] = []
        self._members: list[list[int]] = []
        self._waiting: dict[int, Samples] = {}

    def begin(self, names: Sequence[str]) -> None:
        """The names of the strips and returns."""
        whose = [self._whose(name) for name in names]
        self.names = tuple(dict.fromkeys(whose))
        self.peaks = [0.0] * len(self.names)
        self._group = [self.names.index(name) for name in whose]
        self._members = [[i for i, group in enumerate(self._group) if group == g] for g in range(len(self.names))]
        self._sink.begin(self.names)

    def _whose(self, name: str) -> str:
        kit = name.rpartition("/")[0]
        return kit if kit in self._tracks and name not in self._tracks and not self._pieces else name

    def write(self, number: int, samples: Samples) -> None:
        """The next samples of one; whoever brings a group's last hands on the sum, in the order of the strips."""
        group = self._group[number]
        members = self._members[group]
        parts = [samples]
        if len(members) > 1:
            with self._lock:
                self._waiting[number] = samples
                if not all(member in self._waiting for member in members):
                    return
                parts = [self._waiting.pop(member) for member in members]
        whole = parts[0].copy()
        for part in parts[1:]:
            whole += part
        whole *= self._gain
        self.peaks[group] = max(self.peaks[group], _peak(whole))
        self._sink.write(group, whole)


class _Peak:
    """Passes samples on and remembers the highest."""

    def __init__(self, writer: AudioWriter) -> None:
        self._writer = writer
        self.peak = 0.0

    def write(self, samples: Samples) -> None:
        """The next samples."""
        self.peak = max(self.peak, _peak(samples))
        self._writer.write(samples)


def _peak(samples: Samples) -> float:
    return float(np.max(np.abs(samples), initial=0.0))


def _role(song: Song, name: str) -> str:
    """What the text calls a stem: by its track, else for what it holds of all of them."""
    return stem_role(song, name) or ("return" if name in RETURNS else "effects" if name == EFFECTS else "")


def _of(stem: str, track: str) -> bool:
    return stem == track or stem.rpartition("/")[0] == track


def _reference(fits: str, name: str) -> str:
    """A reference of this sound: equal for equal performances, mixes and SoundFonts."""
    return sha256(f"{fits} {name}".encode()).hexdigest()[:31]


def _tell(say: Callable[[str], None] | None, line: str) -> None:
    if say is not None:
        say(line)
