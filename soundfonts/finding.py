"""What SoundFonts lie on this machine, the better known first. Nothing is loaded but a file's header."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from partimento.theory.errors import RenderError

VARIABLE = "PARTIMENTO_SOUNDFONT"
"""The environment variable that names the SoundFont to use before any other."""

_UNKNOWN_RANK = 9

# (file name, rank: lower is preferred, name, licence). Licences as stated in the Debian packages' copyright
# files. TimGM6mb is small, but is always there. Fonts that are not known here come last, since a font by any name
# need not hold the General MIDI programs.
_KNOWN: tuple[tuple[re.Pattern[str], int, str, str], ...] = (
    (re.compile(r"musescore_general_lite", re.I), 2, "MuseScore General Lite", "MIT"),
    (re.compile(r"musescore_general", re.I), 0, "MuseScore General", "MIT"),
    (re.compile(r"fluidr3mono", re.I), 3, "FluidR3Mono GM", "MIT"),
    (re.compile(r"fluidr3[ _]?gs", re.I), _UNKNOWN_RANK, "FluidR3 GS", "MIT"),
    (re.compile(r"fluidr3", re.I), 1, "FluidR3 GM", "MIT"),
    (re.compile(r"timgm6mb", re.I), 4, "TimGM6mb", "GPL-2.0"),
)


@dataclass(frozen=True, slots=True)
class SoundFont:
    """A SoundFont file: `name` as people call it, resolved `path`, `licence` or "unknown", size on disk."""

    name: str
    path: Path
    licence: str
    size_bytes: int


def check_soundfont(path: Path | str) -> SoundFont:
    """Describe the SoundFont (.sf2 or .sf3) at `path`.

    Raises RenderError when the file is missing, cannot be read, is no SoundFont, or is shorter than its
    header says.
    """
    given = _at_home(path)
    try:
        real = given.resolve(strict=True)
        if not real.is_file():
            raise OSError("it is not a file")
        size_bytes = real.stat().st_size
        with real.open("rb") as file:
            header = file.read(12)
    except (OSError, RuntimeError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise RenderError(f"SoundFont '{given}' cannot be read: {reason}. {_HOW_TO_CHOOSE}") from error
    # SoundFont Technical Specification 2.04, section 4: RIFF, size of what follows, form type sfbk.
    if header[:4] != b"RIFF" or header[8:] != b"sfbk":
        raise RenderError(f"'{given}' is not a SoundFont (no RIFF sfbk header). {_HOW_TO_CHOOSE}")
    promised = int.from_bytes(header[4:8], "little") + 8
    if size_bytes < promised:
        raise RenderError(
            f"SoundFont '{given}' is cut short: {size_bytes} bytes of {promised}. {_HOW_TO_CHOOSE}"
        )
    _, name, licence = _known(real)
    return SoundFont(name, real, licence, size_bytes)


def find_soundfonts() -> tuple[SoundFont, ...]:
    """Every whole SoundFont on this machine, preferred first, each file once; damaged files are passed over.

    First the one that PARTIMENTO_SOUNDFONT names, then MuseScore General, FluidR3, the small MuseScore,
    FluidR3Mono, TimGM6mb (also the one inside the pretty_midi package), then fonts of other names, by name.
    """
    found: dict[Path, SoundFont] = {}
    for path in _candidates():
        try:
            font = check_soundfont(path)
        except RenderError:
            continue
        found.setdefault(font.path, font)
    ordered = sorted(found.values(), key=lambda font: (_known(font.path)[0], font.name, str(font.path)))
    chosen = os.environ.get(VARIABLE)
    if chosen:
        real = _at_home(chosen).resolve()
        ordered.sort(key=lambda font: font.path != real)
    return tuple(ordered)


def default_soundfont() -> SoundFont:
    """The SoundFont to use when none is named.

    Raises RenderError when PARTIMENTO_SOUNDFONT names no whole SoundFont, or when there is none at all.
    """
    chosen = os.environ.get(VARIABLE)
    if chosen:
        return check_soundfont(chosen)
    fonts = find_soundfonts()
    if not fonts:
        raise RenderError(f"No SoundFont found. {_HOW_TO_CHOOSE}")
    return fonts[0]


_HOW_TO_CHOOSE = f"Name another with {VARIABLE}, or run: apt-get install fluid-soundfont-gm"


def folders() -> tuple[Path, ...]:
    """The folders in which SoundFonts usually lie on Linux and macOS; they need not exist."""
    home = _at_home("~")
    data = Path(os.environ.get("XDG_DATA_HOME") or home / ".local" / "share")
    roots = (data, Path("/usr/local/share"), Path("/usr/share"), Path("/opt/homebrew/share"))
    shelves = ("soundfonts", "sounds/sf2", "sounds/sf3")
    return (*(root / shelf for root in roots for shelf in shelves), home / "Library/Audio/Sounds/Banks")


def _candidates() -> Iterator[Path]:
    """Paths that may be SoundFonts, in no order of worth."""
    chosen = os.environ.get(VARIABLE)
    if chosen:
        yield _at_home(chosen)
    for folder in (*folders(), *_packaged()):
        try:
            inside = sorted(folder.iterdir())
        except OSError:
            continue
        yield from (path for path in inside if path.suffix.lower() in (".sf2", ".sf3"))


def _packaged() -> tuple[Path, ...]:
    """The folder of the pretty_midi package, found without importing it (it would import numpy)."""
    spec = find_spec("pretty_midi")
    return tuple(Path(place) for place in (spec.submodule_search_locations or ())) if spec else ()


def _at_home(path: Path | str) -> Path:
    """`path` with a leading `~` expanded where the home folder is known (`Path.expanduser` raises)."""
    return Path(os.path.expanduser(path))


def _known(path: Path) -> tuple[int, str, str]:
    """(rank, name, licence) by the file's name."""
    for pattern, rank, name, licence in _KNOWN:
        if pattern.match(path.stem):
            return rank, name, licence
    return _UNKNOWN_RANK, path.stem, "unknown"
