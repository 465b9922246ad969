"""What SoundFonts lie on this machine, the better known first. Nothing is loaded but a file's header."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from partimento.soundfonts.folders import at_home, config_folder, fonts_folder, write_in_one_step
from partimento.theory.errors import OutputError, RenderError

VARIABLE = "PARTIMENTO_SOUNDFONT"
"""The environment variable that names the SoundFont to use before any other."""
PLAIN = "TimGM6mb"
"""The font inside the pretty_midi package: small, and always there."""


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
    given = at_home(path)
    try:
        real = given.resolve(strict=True)
        if not real.is_file():
            raise OSError("it is not a file")
        size_bytes = real.stat().st_size
        with real.open("rb") as file:
            header = file.read(12)
    except (OSError, RuntimeError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise RenderError(f"SoundFont '{given}' cannot be read: {reason}.", "soundfont") from error
    # SoundFont Technical Specification 2.04, section 4: RIFF, size of what follows, form type sfbk.
    if header[:4] != b"RIFF" or header[8:] != b"sfbk":
        raise RenderError(f"'{given}' is not a SoundFont (no RIFF sfbk header).", "soundfont")
    promised = int.from_bytes(header[4:8], "little") + 8
    if size_bytes < promised:
        raise RenderError(f"SoundFont '{given}' is cut short: {size_bytes} bytes of {promised}.", "soundfont")
    from partimento.soundfonts.catalogue import known_font

    known = known_font(real, size_bytes)
    if known:
        return SoundFont(known.name, real, known.licence, size_bytes)
    return SoundFont(real.stem, real, "unknown", size_bytes)


def find_soundfonts() -> tuple[SoundFont, ...]:
    """Every whole SoundFont on this machine, preferred first, each file once; damaged files are passed over.

    First the one that PARTIMENTO_SOUNDFONT names, then the one chosen by `soundfonts use`, then those of the catalogue
    by rank: MuseScore General, FluidR3, the small MuseScore, FluidR3Mono, TimGM6mb (also the one inside the pretty_midi
    package); then fonts of other names, by name, since a font by any name need not hold the General MIDI programs.
    """
    found: dict[Path, SoundFont] = {}
    for path in _candidates():
        try:
            font = check_soundfont(path)
        except RenderError:
            continue
        found.setdefault(font.path, font)
    ordered = sorted(found.values(), key=lambda font: (_rank(font), font.name, str(font.path)))
    for chosen in (chosen_font(), os.environ.get(VARIABLE)):
        if chosen:
            real = at_home(chosen).resolve()
            ordered.sort(key=lambda font: font.path != real)
    return tuple(ordered)


def default_soundfont() -> SoundFont:
    """The SoundFont to use when none is named.

    Raises RenderError when PARTIMENTO_SOUNDFONT or `soundfonts use` names no whole SoundFont, or when there is none.
    """
    chosen = os.environ.get(VARIABLE)
    if chosen:
        return check_soundfont(chosen)
    remembered = chosen_font()
    if remembered:
        try:
            return check_soundfont(remembered)
        except RenderError as error:
            raise RenderError(str(error), "undo-soundfont") from error
    fonts = find_soundfonts()
    if not fonts:
        raise RenderError("No SoundFont found.", "no-soundfont")
    return fonts[0]


def good_soundfont() -> SoundFont | None:
    """The font to use when none is named, where the user chose it or it is better than the plain one that comes along;
    None where there is none such. Raises RenderError as `default_soundfont` does for a choice that cannot be used."""
    if os.environ.get(VARIABLE) or chosen_font():
        return default_soundfont()
    fonts = find_soundfonts()
    return fonts[0] if fonts and _rank(fonts[0]) < _plain_rank() else None


def chosen_font() -> Path | None:
    """The font that `soundfonts use` chose; None when there was no choice, or none that can be read."""
    try:
        path = json.loads(_choice().read_bytes())["soundfont"]
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return Path(path) if isinstance(path, str) and path else None


def choose_font(path: Path | None) -> None:
    """Remember the font at `path` as the one to use; None forgets the choice. Raises OutputError."""
    try:
        if path is None:
            _choice().unlink(missing_ok=True)
        else:
            text = json.dumps({"soundfont": str(path.resolve())}, ensure_ascii=True, indent=2)
            write_in_one_step(_choice(), (text + "\n").encode())
    except OSError as error:
        raise OutputError(
            f"'{_choice()}' cannot be written: {error.strerror or error}. Set {VARIABLE} instead."
        ) from error


def _choice() -> Path:
    return config_folder() / "soundfont.json"


def folders() -> tuple[Path, ...]:
    """The folders in which SoundFonts usually lie on Linux, macOS and Windows; they need not exist."""
    home = at_home("~")
    data = Path(os.environ.get("XDG_DATA_HOME") or home / ".local" / "share")
    roots = [data, Path("/usr/local/share"), Path("/usr/share"), Path("/opt/homebrew/share"), Path("/opt/local/share")]
    if os.environ.get("HOMEBREW_PREFIX"):
        roots.append(Path(os.environ["HOMEBREW_PREFIX"]) / "share")
    shelves = ("soundfonts", "sounds/sf2", "sounds/sf3")
    own = [home / "Documents" / name for name in ("SoundFonts", "soundfonts")]
    own += [home / "Documents" / f"MuseScore{version}" / "SoundFonts" for version in ("4", "3", "2")]
    library = [home / "Library/Audio/Sounds/Banks", Path("/Library/Audio/Sounds/Banks")]
    programs = [Path(f"/Applications/MuseScore {v}.app/Contents/Resources/sound") for v in ("4", "3")]
    return (
        fonts_folder(),
        *(root / shelf for root in roots for shelf in shelves),
        *own,
        *library,
        *programs,
        *(_windows() if os.name == "nt" else ()),
    )


def _windows() -> Iterator[Path]:
    for variable in ("PROGRAMDATA", "LOCALAPPDATA", "APPDATA"):
        if os.environ.get(variable):
            yield Path(os.environ[variable]) / "soundfonts"
    yield Path("C:/soundfonts")
    for variable in ("PROGRAMFILES", "PROGRAMFILES(X86)"):
        if os.environ.get(variable):
            for version in ("4", "3"):
                yield Path(os.environ[variable]) / f"MuseScore {version}" / "sound"


def _candidates() -> Iterator[Path]:
    """Paths that may be SoundFonts, in no order of worth."""
    for chosen in (os.environ.get(VARIABLE), chosen_font()):
        if chosen:
            yield at_home(chosen)
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


def _rank(font: SoundFont) -> int:
    # Imported here: the doctor must be able to say that pydantic is missing.
    from partimento.soundfonts.catalogue import UNKNOWN_RANK, known_font

    known = known_font(font.path, font.size_bytes)
    return known.rank if known else UNKNOWN_RANK


def _plain_rank() -> int:
    """The rank of the font that is always there."""
    from partimento.soundfonts.catalogue import font_called

    return font_called(PLAIN).rank
