"""The catalogue of SoundFonts that are known by name (catalogue.toml): licence, worth, hashes, where to get them.

Convention: checked by a strict schema, so that a slip in the file is an error; sizes in bytes, hashes sha256 in hex.
"""

from __future__ import annotations

import re
import tomllib
from functools import cache
from importlib.resources import files
from pathlib import Path, PurePosixPath
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from partimento.theory.errors import BriefError, nearest

LICENCES = {
    "MIT": "free for any use, its notice kept",
    "GPL-2.0": "free; who passes the font on does so under the same terms",
}
"""The licences whose fonts are fetched for the user, and what they say in brief."""

UNKNOWN_RANK = 9

_Hash = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]
_Size = Annotated[int, Field(gt=0, lt=1 << 32)]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class KnownFile(_Strict):
    """A file whose size and hash are known."""

    file: str
    size_bytes: _Size
    sha256: _Hash


class Source(_Strict):
    """Where a font is fetched: an address of the project that makes it."""

    address: Annotated[str, StringConstraints(pattern=r"^https://[^\s]+$")]
    size_bytes: _Size
    sha256: _Hash

    @property
    def file(self) -> str:
        """The font's file name."""
        return PurePosixPath(self.address).name


class CatalogueFont(_Strict):
    """A SoundFont known by name; `files` are beginnings of file names in lower case, `rank` the order of preference."""

    name: str
    files: tuple[str, ...] = Field(min_length=1)
    rank: Annotated[int, Field(ge=0, le=UNKNOWN_RANK)]
    licence: str
    credit: str
    quality: str
    gaps: str
    homepage: str = ""
    debian: str = ""
    known: tuple[KnownFile, ...] = ()
    source: tuple[Source, ...] = ()

    @property
    def size_bytes(self) -> int:
        """The size of its first known file; 0 where none is known."""
        return self.known[0].size_bytes if self.known else 0


class _Catalogue(_Strict):
    font: tuple[CatalogueFont, ...]


@cache
def catalogue() -> tuple[CatalogueFont, ...]:
    """All known fonts, the preferred first."""
    text = (files("partimento.soundfonts") / "catalogue.toml").read_text("utf-8")
    fonts = _Catalogue.model_validate(tomllib.loads(text)).font
    return tuple(sorted(fonts, key=lambda font: (font.rank, font.name)))


def known_font(path: Path, size_bytes: int) -> CatalogueFont | None:
    """The font that the file is, by its name and size or, where these are not known, by its name; None for others."""
    stem, name = path.stem.casefold(), path.name.casefold()
    for font in catalogue():
        if any((each.file.casefold(), each.size_bytes) == (name, size_bytes) for each in font.known):
            return font
    fitting = [font for font in catalogue() if any(stem.startswith(start) for start in font.files)]
    # The longest beginning says most: "musescore_general_lite" before "musescore_general".
    return max(fitting, key=lambda font: max(len(s) for s in font.files if stem.startswith(s)), default=None)


def font_called(name: str) -> CatalogueFont:
    """The font of that name: case, spaces, dashes and a file's ending do not matter, a clear beginning is enough.

    Raises BriefError with the nearest name.
    """
    asked = _plain(name)
    by_name = {_plain(font.name): font for font in catalogue()}
    if asked in by_name:
        return by_name[asked]
    package = [font for font in catalogue() if asked and font.debian == name.strip().casefold()]
    begun = package or [font for plain, font in by_name.items() if asked and plain.startswith(asked)]
    if begun:
        return begun[0]
    names = [font.name for font in catalogue()]
    raise BriefError(f"no SoundFont is called '{name}'.{nearest(name, names)} Known: {', '.join(names)}.")


def _plain(name: str) -> str:
    return re.sub(r"[^a-z0-9]", "", re.sub(r"\.sf[23]$", "", name.casefold().strip()))
