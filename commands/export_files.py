"""The formats of `partimento export`: which entries each makes in the folder, and how.

Convention: a format's writer gets the song, the folder, the wishes and the stems (if any), and returns what
it wrote, relative to the folder.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from partimento.score.song import Song

if TYPE_CHECKING:
    from partimento.score.daw.stem_audio import StemAudio
    from partimento.score.midi_write import MidiOptions
    from partimento.score.notation.page import Page
    from partimento.synth.renderers import How


@dataclass(frozen=True, slots=True)
class ExportWishes:
    """What is written and how: `name` begins the files' names; `paper` "a4" or "letter"; `rate` and `bits` of stems.

    The pages of a `foreign` piece are set in a process of their own, which a fault of verovio's ends, and not ours."""

    name: str
    formats: tuple[str, ...]
    midi: MidiOptions
    concert: bool = False
    paper: str = "a4"
    rate: int = 48000
    bits: str = "24"
    soundfont: str | None = None
    how: How | None = None
    progress: Callable[[int, int], None] | None = None
    foreign: bool = False


Writer = Callable[[Song, Path, ExportWishes, Sequence["StemAudio"]], list[Path]]


@dataclass(frozen=True, slots=True)
class Format:
    """`entry` is the file or folder it makes ("{}" stands for the name); `line` says it in `--help` and in the docs."""

    entry: str
    line: str
    write: Writer


def export_files(song: Song, folder: Path, wishes: ExportWishes, say: Callable[[str], None]) -> tuple[Path, ...]:
    """Write all formats wished for into `folder`, which exists; the files' paths relative to it.

    `say` is told what the user should know of the stems. Raises RenderError for stems or pages that cannot be made
    here, and OSError.
    """
    engraved = [name for name in wishes.formats if name in _ENGRAVED]
    if engraved:
        from partimento.score.notation.engrave import check_engraving

        check_engraving()
    stems: Sequence[StemAudio] = ()
    written: list[Path] = []
    if "stems" in wishes.formats:
        from partimento.synth.stem_export import export_stems

        place = folder / _STEMS
        place.mkdir()
        stems = export_stems(
            song, place, rate=wishes.rate, bits=wishes.bits, soundfont=wishes.soundfont, progress=wishes.progress,
            say=say, **(wishes.how or {}),
        )  # fmt: skip
        written += sorted(path.relative_to(folder) for path in place.iterdir())
    for name in FORMATS:
        if name in wishes.formats:
            written += FORMATS[name].write(song, folder, wishes, stems)
    return (*written, *_engraved(song, folder, wishes, engraved))


def entries(wishes: ExportWishes) -> tuple[str, ...]:
    """The names, in the folder, of all that will be written."""
    return tuple(FORMATS[name].entry.format(wishes.name) for name in wishes.formats)


def _file(name: str, write: Callable[[Song, ExportWishes], bytes]) -> Writer:
    """A writer of one file."""

    def writer(song: Song, folder: Path, wishes: ExportWishes, stems: Sequence[StemAudio]) -> list[Path]:
        path = Path(FORMATS[name].entry.format(wishes.name))
        (folder / path).write_bytes(write(song, wishes))
        return [path]

    return writer


def _midi(song: Song, wishes: ExportWishes) -> bytes:
    from partimento.score.midi_write import midi_bytes

    return midi_bytes(song, wishes.midi)


def _parts(song: Song, folder: Path, wishes: ExportWishes, stems: Sequence[StemAudio]) -> list[Path]:
    from partimento.score.midi_write import midi_parts

    place = Path(FORMATS["parts"].entry.format(wishes.name))
    (folder / place).mkdir()
    paths = []
    for number, (name, data) in enumerate(midi_parts(song, wishes.midi), 1):
        paths.append(place / f"{_numbered(number, name)}.mid")
        (folder / paths[-1]).write_bytes(data)
    return paths


def _numbered(number: int, name: str) -> str:
    """ "01_Lead-Guitar": a part's name as a file's on any system."""
    from partimento.score.midi_write_tidy import plain_name

    return f"{number:02d}_{plain_name(name, 'part')}"


def _score(song: Song, wishes: ExportWishes) -> Page:
    from partimento.score.notation.full_score import full_score

    return full_score(song, concert=wishes.concert)


def _musicxml(song: Song, wishes: ExportWishes) -> bytes:
    from partimento.score.notation.musicxml import musicxml

    return musicxml(_score(song, wishes))


def _mxl(song: Song, wishes: ExportWishes) -> bytes:
    from partimento.score.notation.musicxml import mxl

    return mxl(_musicxml(song, wishes))


def _lead_sheet(song: Song, wishes: ExportWishes) -> bytes:
    from partimento.score.notation.lead_sheet import lead_sheet
    from partimento.score.notation.musicxml import musicxml

    return musicxml(lead_sheet(song))


def _lilypond(song: Song, wishes: ExportWishes) -> bytes:
    from partimento.score.notation.lilypond import lilypond

    return lilypond(_score(song, wishes)).encode()


def _abc(song: Song, wishes: ExportWishes) -> bytes:
    from partimento.score.notation.abc import abc
    from partimento.score.notation.lead_sheet import lead_sheet

    return abc(lead_sheet(song)).encode()


def _sheets(song: Song, wishes: ExportWishes) -> list[tuple[str, Page]]:
    """What is engraved: the score, the lead sheet and every part, with the names of their files."""
    from partimento.score.notation.full_score import part_page
    from partimento.score.notation.lead_sheet import lead_sheet

    score = _score(song, wishes)
    sheets = [("score", score), ("lead-sheet", lead_sheet(song))]
    return sheets + [(_numbered(n, part.name), part_page(score, part.track)) for n, part in enumerate(score.parts, 1)]


def _engraved(song: Song, folder: Path, wishes: ExportWishes, kinds: Sequence[str]) -> list[Path]:
    """Write the sheets, each engraved once, as "pdf" (a file a sheet), "svg" and "png" (a file a page)."""
    from partimento.score.notation.engrave import A4, LETTER, pdf_of, png_of, svg_pages
    from partimento.score.notation.engrave_apart import svg_pages_apart
    from partimento.score.notation.musicxml import musicxml

    paper = LETTER if wishes.paper == "letter" else A4
    places = {kind: Path(FORMATS[kind].entry.format(wishes.name)) for kind in kinds}
    for place in places.values():
        (folder / place).mkdir()
    paths: list[Path] = []
    for name, page in _sheets(song, wishes) if kinds else ():
        set_pages = svg_pages_apart if wishes.foreign else svg_pages
        pages = set_pages(musicxml(page), paper, kind=page.kind)
        for kind, place in places.items():
            if kind == "pdf":
                paths.append(place / f"{name}.pdf")
                (folder / paths[-1]).write_bytes(pdf_of(pages, paper))
                continue
            for number, svg in enumerate(pages, 1):
                paths.append(place / f"{name}-{number:02d}.{kind}")
                (folder / paths[-1]).write_bytes(svg.encode() if kind == "svg" else png_of(svg, paper))
    return sorted(paths)


def _dawproject(song: Song, folder: Path, wishes: ExportWishes, stems: Sequence[StemAudio]) -> list[Path]:
    from partimento.score.daw.dawproject import write_dawproject

    path = Path(FORMATS["dawproject"].entry.format(wishes.name))
    with (folder / path).open("w+b") as file:
        write_dawproject(song, file, stems)
    return [path]


def _reaper(song: Song, folder: Path, wishes: ExportWishes, stems: Sequence[StemAudio]) -> list[Path]:
    from partimento.score.daw.reaper import reaper_project

    path = Path(FORMATS["reaper"].entry.format(wishes.name))
    near = [replace(stem, path=stem.path.relative_to(folder)) for stem in stems]
    (folder / path).write_bytes(reaper_project(song, near).encode())
    return [path]


def _apart(song: Song, folder: Path, wishes: ExportWishes, stems: Sequence[StemAudio]) -> list[Path]:
    """Nothing here: stems come first, and the sheets are engraved once for all their kinds."""
    return []


_STEMS = "stems"
_ENGRAVED = ("pdf", "svg", "png")

FORMATS: dict[str, Format] = {
    "mid": Format("{}.mid", "MIDI, all tracks in one file", _file("mid", _midi)),
    "parts": Format("midi", "MIDI, a file a track", _parts),
    "musicxml": Format("{}.musicxml", "the full score as MusicXML 4", _file("musicxml", _musicxml)),
    "mxl": Format("{}.mxl", "the same, compressed", _file("mxl", _mxl)),
    "leadsheet": Format("{}-lead-sheet.musicxml", "melody, chords and repeats", _file("leadsheet", _lead_sheet)),
    "pdf": Format("pdf", "score, lead sheet and parts to print", _apart),
    "svg": Format("svg", "the same as pictures, a page each", _apart),
    "png": Format("png", "the same as pixels", _apart),
    "dawproject": Format("{}.dawproject", "Bitwig, Studio One, Cubase", _dawproject),
    "reaper": Format("{}.rpp", "Reaper", _reaper),
    "stems": Format(_STEMS, "audio, a file a track, and the mix (BWF)", _apart),
    "lilypond": Format("{}.ly", "the full score for LilyPond", _file("lilypond", _lilypond)),
    "abc": Format("{}.abc", "the lead sheet as ABC", _file("abc", _abc)),
}
"""By the name that `--to` takes, in the order in which they are written."""
