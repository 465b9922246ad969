"""Whole songs beside FluidSynth's: python -m partimento.benchmarks.renderer.songs --soundfont FONT [--pictures DIR]

A song of every genre, some 20 s, and the three minutes of benchmarks/render are rendered twice through the same chain,
its numbers settled on FluidSynth's sound: by FluidSynth and by the trained renderer. Each stem, after its channel, and
the master are compared: the correlation (Pearson, over all cells) of their mel spectrograms, 64 bands from 40 Hz to
16 kHz, windows of 46 ms, dB with a floor 60 dB below the loudest cell of FluidSynth's; and loudness (BS.1770-4). What
neither of both plays (oscillators, effects) is left out of the stems, not of the mix. Results: results/songs.json,
README.md; with `--pictures` the spectrograms of both mixes and of the farthest stem, side by side.
"""

from __future__ import annotations

import argparse
import math
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from statistics import median
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from partimento.arrangement.style import style_names
from partimento.benchmarks.render.run import BRIEF as LONG
from partimento.benchmarks.renderer.embedding import mel_levels
from partimento.benchmarks.renderer.tables import FOLDER, write
from partimento.composer.compose import compose
from partimento.score.brief import Brief
from partimento.score.song import Song
from partimento.synth.loudness import LoudnessMeter
from partimento.synth.mixer import Mixed
from partimento.synth.piece import Piece, piece_of_song
from partimento.synth.render import render
from partimento.synth.settled import Settled
from partimento.synth.signal import RATES, Samples

RATE = RATES[0]
SECONDS = 20.0
SIZE, HOP, FLOOR_DB = 2048, 1024, 60.0
MASTER = "mix"
LONG_SONG = "three minutes"
Levels = NDArray[np.float32]


class Sound(NamedTuple):
    """What is kept of a stem or a mix: mel levels (bands, frames) and loudness in LUFS."""

    levels: Levels
    lufs: float


class Meter:
    """Takes a sound in chunks."""

    def __init__(self) -> None:
        self._rest: Samples = np.zeros((SIZE // 2, 2), np.float32)
        self._frames: list[Levels] = []
        self._loudness = LoudnessMeter(RATE)

    def feed(self, samples: Samples) -> None:
        """The next samples."""
        self._loudness.feed(samples)
        known = np.concatenate((self._rest, samples))
        frames = max(0, (len(known) - SIZE) // HOP + 1)
        if frames:
            self._frames.append(mel_levels(known[: (frames - 1) * HOP + SIZE], SIZE, HOP, -120.0, padded=False))
        self._rest = known[frames * HOP :]

    def sound(self) -> Sound:
        """What was heard."""
        self.feed(np.zeros((SIZE, 2), np.float32))
        return Sound(np.concatenate(self._frames, axis=1), self._loudness.integrated())


class Ear:
    """Listens to a render (synth/mix_pass.py's Listener): its stems and its master."""

    def __init__(self, names: Sequence[str]) -> None:
        self._names = tuple(names)
        self._meters = [Meter() for _ in names]
        self._master = Meter()

    def dry(self, strips: Sequence[Samples | None], count: int) -> None:
        """Before anything is done; not listened to."""

    def mixed(self, mixed: Mixed) -> None:
        """The stems."""
        for meter, part in zip(self._meters, mixed.strips, strict=True):
            meter.feed(np.zeros((len(mixed.bus), 2), np.float32) if part is None else part)

    def final(self, samples: Samples) -> None:
        """The master."""
        self._master.feed(samples)

    def sounds(self) -> dict[str, Sound]:
        """What was heard, by the stems' names and MASTER."""
        stems = {name: meter.sound() for name, meter in zip(self._names, self._meters, strict=True)}
        return stems | {MASTER: self._master.sound()}


def heard(piece: Piece, settled: Settled | None) -> tuple[dict[str, Sound], Settled]:
    """A piece's stems and its master, and the numbers of its mix."""
    ear = Ear([strip.name for strip in piece.strips])
    with tempfile.TemporaryDirectory() as folder:
        rendered = render(
            piece.strips, piece.mix, piece.clock, RATE, Path(folder), write=lambda samples: None, settled=settled,
            fits=piece.fits, beat_s=piece.beat_s, listener=ear,
        )  # fmt: skip
    return ear.sounds(), rendered.settled


def correlation(first: Levels, second: Levels) -> float:
    """Pearson's correlation of two mel spectrograms, the first of which sets the floor; the shorter is followed by
    silence. 1 where both are silent or stand still, 0 where one does."""
    frames = max(first.shape[1], second.shape[1])
    floor = float(first.max()) - FLOOR_DB
    one, other = (
        np.maximum(np.pad(each, ((0, 0), (0, frames - each.shape[1])), constant_values=-200.0), floor).ravel()
        for each in (first, second)
    )
    one, other = one - one.mean(), other - other.mean()
    norms = float(np.linalg.norm(one)), float(np.linalg.norm(other))
    if min(norms) < 1e-6:
        return float(max(norms) < 1e-6)
    return float(one @ other) / (norms[0] * norms[1])


def compared(name: str, song: Song, soundfont: Path, pictures: Path | None) -> dict[str, Any]:
    """A song's figures."""
    from partimento.synth.oscillators import VOICES

    began = time.perf_counter()
    theirs, settled = heard(piece_of_song(song, soundfont), None)
    ours, _ = heard(piece_of_song(song, renderer="neural"), settled)
    own = {track.name for track in song.tracks if track.instrument in VOICES}
    stems: list[dict[str, Any]] = [
        {
            "name": stem,
            "correlation": round(correlation(sound.levels, ours[stem].levels), 4),
            "lufs_off": round(_off(ours[stem].lufs, sound.lufs), 2),
        }
        for stem, sound in theirs.items()
        if stem != MASTER and stem in ours and stem not in own and math.isfinite(sound.lufs)
        and any(track.name == stem.split("/")[0] for track in song.tracks)
    ]  # fmt: skip
    least = min(stems, key=lambda stem: stem["correlation"], default=None)
    loudest = max(stems, key=lambda stem: abs(stem["lufs_off"]), default=None)
    if pictures is not None:
        from partimento.benchmarks.renderer.pictures import side_by_side

        for stem in (MASTER, *((least["name"],) if least else ())):
            pair = {"FluidSynth": theirs[stem].levels, "neural": ours[stem].levels}
            path = pictures / f"{name}-{stem}.png".replace("/", "-").replace(" ", "-")
            path.write_bytes(side_by_side(f"{name}: {stem}", pair, HOP / RATE))
    return {
        "name": name, "seconds": round(theirs[MASTER].levels.shape[1] * HOP / RATE, 1),
        "longer_s": round((ours[MASTER].levels.shape[1] - theirs[MASTER].levels.shape[1]) * HOP / RATE, 1),
        "mix_correlation": round(correlation(theirs[MASTER].levels, ours[MASTER].levels), 4),
        "mix_lufs_off": round(_off(ours[MASTER].lufs, theirs[MASTER].lufs), 2),
        "median_correlation": round(median(stem["correlation"] for stem in stems), 4) if stems else None,
        "least_correlation": least and least["correlation"], "least_stem": least["name"] if least else "",
        "most_lufs_off": loudest and loudest["lufs_off"], "loudest_stem": loudest["name"] if loudest else "",
        "stems": stems, "took_s": round(time.perf_counter() - began, 1),
    }  # fmt: skip


def _off(one: float, other: float) -> float:
    return max(-99.0, min(99.0, one - other)) if math.isfinite(other) else 0.0


def main(argv: Sequence[str] | None = None) -> None:
    """Measure, print and write."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--soundfont", type=Path, required=True, help="the font that was learned from")
    parser.add_argument("--genre", action="append", choices=style_names(), help="default: all, and the long song")
    parser.add_argument("--no-long", action="store_true", help="without the song of three minutes")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--pictures", type=Path, help="folder for spectrograms")
    parser.add_argument("--out", type=Path, default=FOLDER)
    args = parser.parse_args(argv)
    briefs = {genre: Brief(genre=genre, seed=args.seed, duration_s=SECONDS) for genre in args.genre or style_names()}
    if not args.genre and not args.no_long:
        briefs[LONG_SONG] = LONG
    if args.pictures is not None:
        args.pictures.mkdir(parents=True, exist_ok=True)
    rows = []
    for name, brief in briefs.items():
        rows.append(compared(name, compose(brief), args.soundfont, args.pictures))
        print(f"{name}: {rows[-1]['mix_correlation']:.3f} in {rows[-1]['took_s']:.0f} s", flush=True)
    write("songs", {"font": args.soundfont.name, "seed": args.seed, "songs": rows}, args.out)


if __name__ == "__main__":
    main()
