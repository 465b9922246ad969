"""The picture of a song: a piano roll in systems, sections named above, chords under them, colours by role.

Conventions: pixels; time runs left to right, systems top to bottom; drums lie in a lane of their own below the
pitches. Drawn with Pillow alone, from the written notes (not the performance).
"""

from __future__ import annotations

from io import BytesIO
from typing import TYPE_CHECKING

from partimento.score.song import Drum, Song
from partimento.score.timeline import Bar, Timeline

if TYPE_CHECKING:
    from PIL.ImageDraw import ImageDraw
    from PIL.ImageFont import FreeTypeFont
    from PIL.ImageFont import ImageFont as BitmapFont

ROLE_COLOURS: dict[str, tuple[int, int, int]] = {
    "texture": (148, 163, 184),
    "pad": (125, 176, 197),
    "comp": (86, 150, 86),
    "stab": (196, 132, 29),
    "riff": (158, 110, 190),
    "harmony": (236, 138, 138),
    "counter": (35, 160, 160),
    "answer": (214, 120, 180),
    "bass": (52, 82, 170),
    "lead": (205, 42, 48),
    "percussion": (140, 120, 90),
    "drums": (90, 90, 96),
}
"""Drawn in this order, the lead last of the pitched ones."""

_WIDTH, _MARGIN, _HEAD = 1800, 24, 74
_LEGEND = 700
_KEY, _DRUM_ROWS, _DRUM = 4, 9, 6
_ABOVE, _GAP = 40, 26
_TINTS = ((250, 246, 236), (240, 246, 250), (244, 248, 240), (250, 241, 243), (244, 241, 250))
_MOST_SYSTEMS = 14
_SIGNS = str.maketrans({"♭": "b", "♯": "#"})
"""Signs that the built-in font lacks."""

_LANES: dict[str, int] = {}
for _lane, _pieces in enumerate(
    (
        "crash crash2 splash china",
        "ride ride2 bell",
        "hat_open hat hat_pedal",
        "tom1 tom2 tom_high bongo_high timbale_high agogo_high conga_mute conga_high",
        "tom3 tom4 tom_floor bongo_low conga_low timbale_low agogo_low surdo surdo_mute",
        "cowbell claves woodblock_high woodblock_low triangle triangle_mute vibraslap",
        "shaker maracas cabasa tambourine guiro_short guiro_long castanets jingle_bell",
        "snare snare2 rim clap",
        "kick kick2",
    )
):
    for _piece in _pieces.split():
        _LANES[_piece] = _lane


def draw_song(song: Song) -> bytes:
    """The song's picture as PNG bytes."""
    from PIL import Image, ImageDraw, ImageFont

    timeline = Timeline(song)
    per_system = _bars_a_system(len(timeline.bars))
    systems = [timeline.bars[i : i + per_system] for i in range(0, len(timeline.bars), per_system)]
    pitches = [n.pitch.midi for t in song.tracks for n in t.notes if not isinstance(n.pitch, Drum)]
    low, high = (min(pitches) - 2, max(pitches) + 2) if pitches else (48, 72)
    has_drums = any(isinstance(n.pitch, Drum) for t in song.tracks for n in t.notes)
    roll = (high - low + 1) * _KEY
    height = _ABOVE + roll + (_DRUM_ROWS * _DRUM + 6 if has_drums else 0) + _GAP
    image = Image.new("RGB", (_WIDTH, _HEAD + height * len(systems)), (255, 255, 255))
    draw = ImageDraw.Draw(image)
    fonts = [ImageFont.load_default(size) for size in (12, 13, 22)]
    _head(draw, song, timeline, fonts)
    ticks = max(1, max(system[-1].end - system[0].start for system in systems))
    scale = (_WIDTH - 2 * _MARGIN) / ticks
    for row, bars in enumerate(systems):
        page = _System(draw, bars, scale, _HEAD + row * height, low, high, roll, has_drums)
        page.background(song, timeline, fonts)
    _notes(song, systems, scale, height, low, high, roll, draw)
    out = BytesIO()
    image.save(out, "PNG", compress_level=6)
    return out.getvalue()


def _bars_a_system(bars: int) -> int:
    for per_system in (8, 16, 24, 32):
        if bars <= per_system * (4 if per_system < 16 else _MOST_SYSTEMS):
            return per_system
    return -(-bars // _MOST_SYSTEMS)


def _head(draw: ImageDraw, song: Song, timeline: Timeline, fonts: list[FreeTypeFont | BitmapFont]) -> None:
    seconds = round(timeline.seconds_at(song.end))
    facts = (
        f"{song.brief.genre}   {song.keys[0].key}   {song.meters[0].meter}   {song.tempos[0].tempo_bpm:g} quarters/min"
        f"   {len(timeline.bars)} bars   {seconds // 60}:{seconds % 60:02d}   seed {song.brief.seed}"
    )
    draw.text((_MARGIN, 8), song.title.translate(_SIGNS), fill=(20, 20, 24), font=fonts[2])
    draw.text((_MARGIN, 40), facts, fill=(90, 90, 96), font=fonts[1])
    x, y = _LEGEND, 14
    for role, colour in ROLE_COLOURS.items():
        names = ", ".join(track.name for track in song.tracks if track.role == role)
        if not names:
            continue
        label = f"{role}: {names}" if len(names) < 30 and names.casefold() != role else role
        wide = 16 + round(draw.textlength(label, font=fonts[0])) + 14
        if x + wide > _WIDTH - _MARGIN:
            x, y = _LEGEND, y + 20
        draw.rectangle((x, y, x + 10, y + 10), fill=colour)
        draw.text((x + 14, y - 3), label, fill=(60, 60, 66), font=fonts[0])
        x += wide


class _System:
    """One row of the picture: its bars, where it lies, and its scale."""

    def __init__(
        self, draw: ImageDraw, bars: tuple[Bar, ...], scale: float, top: int, low: int, high: int, roll: int,
        drums: bool,
    ) -> None:  # fmt: skip
        self.draw, self.bars, self.scale, self.top = draw, bars, scale, top
        self.low, self.high = low, high
        self.roll_top = top + _ABOVE
        self.bottom = self.roll_top + roll + (_DRUM_ROWS * _DRUM + 6 if drums else 0)

    def x(self, tick: int) -> float:
        return _MARGIN + (tick - self.bars[0].start) * self.scale

    def background(self, song: Song, timeline: Timeline, fonts: list[FreeTypeFont | BitmapFont]) -> None:
        draw, start, end = self.draw, self.bars[0].start, self.bars[-1].end
        for i, section in enumerate(song.sections):
            a, b = max(section.start, start), min(section.end, end)
            if a >= b:
                continue
            draw.rectangle((self.x(a), self.roll_top, self.x(b), self.bottom), fill=_TINTS[i % len(_TINTS)])
            if section.start >= start:
                draw.text((self.x(a) + 3, self.top), section.name, fill=(30, 30, 36), font=fonts[1])
        for midi in range(self.low, self.high + 1):
            if midi % 12 == 0:
                y = self.roll_top + (self.high - midi + 1) * _KEY
                draw.line((_MARGIN, y, self.x(end), y), fill=(214, 214, 218))
                draw.text((4, y - 8), f"C{midi // 12 - 1}", fill=(150, 150, 156), font=fonts[0])
        for bar in self.bars:
            draw.line(
                (self.x(bar.start), self.roll_top, self.x(bar.start), self.bottom), fill=(198, 198, 204)
            )
            draw.text(
                (self.x(bar.start) + 2, self.bottom + 1),
                str(bar.index + 1),
                fill=(170, 170, 176),
                font=fonts[0],
            )
        draw.line((self.x(end), self.roll_top, self.x(end), self.bottom), fill=(198, 198, 204))
        free = 0.0
        for chord in timeline.chords_in(start, end):
            x = self.x(max(chord.onset, start))
            if x >= free:
                draw.text((x + 3, self.top + 19), chord.chord.name, fill=(60, 60, 110), font=fonts[0])
                free = x + draw.textlength(chord.chord.name, font=fonts[0]) + 6


def _notes(
    song: Song, systems: list[tuple[Bar, ...]], scale: float, height: int, low: int, high: int, roll: int,
    draw: ImageDraw,
) -> None:  # fmt: skip
    starts = [bars[0].start for bars in systems] + [song.end]
    span = max(1, starts[1] - starts[0]) if len(starts) > 1 else 1
    order = list(ROLE_COLOURS)
    for track in sorted(song.tracks, key=lambda t: order.index(t.role)):
        colour = ROLE_COLOURS[track.role]
        for note in track.notes:
            row = min(len(systems) - 1, note.onset // span)
            while row and starts[row] > note.onset:
                row -= 1
            pitch, onset, end = note.pitch, note.onset, note.onset + note.duration
            while row < len(systems):  # a note over a system's edge goes on in the next one
                top = _HEAD + row * height + _ABOVE
                x = _MARGIN + (onset - starts[row]) * scale
                until = min(end, starts[row + 1]) if row + 1 < len(systems) else min(end, song.end)
                x2 = _MARGIN + (until - starts[row]) * scale
                if isinstance(pitch, Drum):
                    y = top + roll + 6 + _LANES.get(pitch.name.lower(), 5) * _DRUM
                    size = 1 + note.velocity // 43
                    draw.rectangle((x, y + 3 - size, x + 2 + size, y + 2 + size), fill=colour)
                    break
                y = top + (high - pitch.midi) * _KEY
                fill = tuple(255 - (255 - c) * (40 + note.velocity) // 150 for c in colour)
                draw.rectangle((x, y, max(x + 1, x2 - 1), y + _KEY - 1), fill=fill)
                row, onset = row + 1, until
                if onset >= end:
                    break
