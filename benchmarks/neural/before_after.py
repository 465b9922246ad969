"""The same seeds by rules and by nets: piano rolls side by side, and what differs in figures, for docs/before_after.md.

    python -m partimento.benchmarks.neural.before_after [--page docs/before_after.md]

Conventions: SONGS are genres and seeds; a roll shows BARS bars from the first section with a tune, the same in both.
The pictures are written beside the page, into a folder of its name; the page's tables stand between marks
`<!-- genre seed -->` and `<!-- end -->`, and nothing else on it is touched.
"""

from __future__ import annotations

import argparse
import re
from collections.abc import Sequence
from io import BytesIO
from pathlib import Path
from statistics import mean
from typing import TYPE_CHECKING

from partimento.benchmarks.music.features import features_of
from partimento.benchmarks.music.songs import piece_of_song
from partimento.composer.compose import compose
from partimento.score.brief import Brief
from partimento.score.piano_roll import ROLE_COLOURS
from partimento.score.song import Drum, Song
from partimento.score.timeline import Bar, Timeline

if TYPE_CHECKING:
    from PIL.Image import Image
    from PIL.ImageDraw import ImageDraw as Draw

SONGS = (("pop", 3), ("rock", 2), ("country", 4), ("folk", 5), ("classical", 6), ("jazz", 7))
"""Chosen before anything was heard."""
BARS = 16
COLOURS = 24
WIDE, KEY, TOP, FOOT, EDGE, GAP = 760, 4, 46, 16, 26, 20
FIGURES = (
    ("notes_a_bar", "notes a bar"), ("melody_range", "range"), ("interval_repeat", "repeats"),
    ("interval_step", "steps"), ("interval_wide", "wide leaps"), ("chord_tones", "chord tones"),
    ("bar_repeats", "bars that return"), ("melody_lag_4", "like 4 bars before"), ("chords_a_bar", "chords a bar"),
    ("unique_trigrams", "unlike chord trigrams"), ("accompaniment_lag_4", "band like 4 bars before"),
)  # fmt: skip


def stretch(song: Song, bars: int = BARS) -> tuple[Bar, ...]:
    """The first `bars` bars of the first section whose lead has notes in most bars; the beginning if none has."""
    timeline = Timeline(song)
    leads = [n.onset for track in song.tracks if track.role == "lead" for n in track.notes]
    for section in song.sections:
        own = [b for b in timeline.bars if section.start <= b.start < section.end]
        sung = sum(any(b.start <= onset < b.end for onset in leads) for b in own)
        if own and 2 * sung > len(own):
            first = own[0].index
            return timeline.bars[first : first + bars]
    return timeline.bars[:bars]


def drawn(songs: Sequence[tuple[str, Song]], bars: tuple[Bar, ...]) -> bytes:
    """The same bars of some songs side by side as PNG, pitches to one scale, the lead red above the band."""
    from PIL import Image, ImageDraw

    start, end = bars[0].start, bars[-1].end
    pitches = [
        n.pitch.midi
        for _, song in songs for track in song.tracks for n in track.notes
        if not isinstance(n.pitch, Drum) and start <= n.onset < end
    ]  # fmt: skip
    low, high = (min(pitches) - 1, max(pitches) + 1) if pitches else (48, 72)
    height = TOP + (high - low + 1) * KEY + FOOT
    image = Image.new("RGB", (len(songs) * WIDE + (len(songs) - 1) * GAP, height), (255, 255, 255))
    for i, (name, song) in enumerate(songs):
        _roll(ImageDraw.Draw(image), i * (WIDE + GAP), name, song, bars, (low, high))
    return _small(image)


def _roll(draw: Draw, left: int, name: str, song: Song, bars: tuple[Bar, ...], span: tuple[int, int]) -> None:
    from PIL import ImageFont

    font = ImageFont.load_default(12)
    low, high = span
    start, end = bars[0].start, bars[-1].end
    scale = (WIDE - EDGE) / (end - start)
    bottom = TOP + (high - low + 1) * KEY

    def x(tick: int) -> float:
        return left + EDGE + (tick - start) * scale

    draw.text((left + EDGE, 2), name, fill=(30, 30, 36), font=ImageFont.load_default(15))
    for midi in range(low, high + 1):
        if midi % 12 == 0:
            y = TOP + (high - midi + 1) * KEY
            draw.line((left + EDGE, y, x(end), y), fill=(214, 214, 218))
            draw.text((left, y - 8), f"C{midi // 12 - 1}", fill=(150, 150, 156), font=font)
    for bar in bars:
        draw.line((x(bar.start), TOP, x(bar.start), bottom), fill=(198, 198, 204))
        draw.text((x(bar.start) + 2, bottom + 1), str(bar.index + 1), fill=(150, 150, 156), font=font)
    free = 0.0
    for chord in song.chords:
        at = x(max(chord.onset, start))
        wide = draw.textlength(chord.chord.name, font=font)
        if start < chord.onset + chord.duration and chord.onset < end and free <= at <= x(end) - wide:
            draw.text((at + 2, 24), chord.chord.name, fill=(60, 60, 110), font=font)
            free = at + wide + 6
    order = list(ROLE_COLOURS)
    for track in sorted(song.tracks, key=lambda t: order.index(t.role)):
        faint = 1 if track.role == "lead" else 2
        colour = tuple(255 - (255 - c) // faint for c in ROLE_COLOURS[track.role])
        for note in track.notes:
            if isinstance(note.pitch, Drum) or not start <= note.onset < end:
                continue
            y = TOP + (high - note.pitch.midi) * KEY
            right = min(x(note.onset + note.duration), x(end))
            draw.rectangle((x(note.onset), y, max(x(note.onset) + 1, right - 1), y + KEY - 1), fill=colour)


def _small(image: Image) -> bytes:
    out = BytesIO()
    image.quantize(COLOURS).save(out, "PNG", optimize=True)
    return out.getvalue()


def figures(songs: Sequence[tuple[str, Song]]) -> str:
    """The figures of some songs as a Markdown table, and how sure the nets were of what they chose."""
    found = [(name, features_of(piece_of_song(song))) for name, song in songs]
    lines = ["| | " + " | ".join(said for _, said in FIGURES) + " |", "|---|" + "---:|" * len(FIGURES)]
    for name, values in found:
        shown = (f"{values[key]:.2f}" if values[key] == values[key] else "–" for key, _ in FIGURES)
        lines.append(f"| {name} | " + " | ".join(shown) + " |")
    for name, song in songs:
        lines += [f"\n{name.capitalize()}: {chose}." for chose in [choices(song)] if chose]
    return "\n".join(lines) + "\n"


def choices(song: Song) -> str:
    """What nets decided in a song: how often each, and the mean share of what was chosen; "" for nothing."""
    shares: dict[str, list[float]] = {}
    for told in song.decisions:
        share = told.value("share", -1)
        if told.rule.startswith("neural.") and told.rule != "neural.engine":
            shares.setdefault(told.rule.removeprefix("neural."), []).append(
                float(share) / 1000 if isinstance(share, (int, float)) and share >= 0 else -1.0
            )
    out = []
    for rule, values in shares.items():
        sure = [v for v in values if v >= 0]
        out.append(f"{rule} {len(values)}" + (f" (mean share {mean(sure):.2f})" if sure else ""))
    return ", ".join(out)


def with_figures(page: str, name: str, said: str) -> str:
    """The page with what stands between a song's marks replaced; ValueError for a page without them."""
    marked = re.compile(rf"(<!-- {re.escape(name)} -->\n).*?(<!-- end -->)", re.DOTALL)
    if not marked.search(page):
        raise ValueError(f"no marks <!-- {name} --> and <!-- end --> on the page")
    return marked.sub(lambda found: found[1] + said + found[2], page, count=1)


def main(argv: Sequence[str] | None = None) -> None:
    """Compose, draw, count and write."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--page", type=Path, default=Path("docs/before_after.md"))
    parser.add_argument("--engine", default="hybrid", choices=("hybrid", "neural"))
    args = parser.parse_args(argv)
    text = args.page.read_text(encoding="utf-8")
    folder = args.page.with_suffix("")
    folder.mkdir(exist_ok=True)
    total = 0
    for genre, seed in SONGS:
        songs = [(engine, compose(Brief(genre=genre, seed=seed, engine=engine))) for engine in ("rules", args.engine)]
        picture = drawn(songs, stretch(songs[0][1]))
        (folder / f"{genre}.png").write_bytes(picture)
        total += len(picture)
        text = with_figures(text, f"{genre} {seed}", "\n" + figures(songs) + "\n")
    args.page.write_text(text, encoding="utf-8")
    print(f"{len(SONGS)} pictures, {total / 1000:.0f} kB")


if __name__ == "__main__":
    main()
