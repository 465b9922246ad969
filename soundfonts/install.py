"""Installing a SoundFont of the catalogue into the user's cache, and telling how to do it by hand.

Convention: a font is fetched from its makers' address alone; the system's packages are left to its package manager.
"""

from __future__ import annotations

import sys
from pathlib import Path

from partimento.soundfonts.catalogue import LICENCES, CatalogueFont
from partimento.soundfonts.download import Progress, fetch, file_hash
from partimento.soundfonts.folders import fonts_folder
from partimento.theory.errors import RenderError


def install(font: CatalogueFont, progress: Progress | None = None) -> Path:
    """Fetch the font, from the first of its sources that answers rightly; returns where it lies. Nothing is fetched
    when it is there already.

    Raises RenderError when its licence is not one of LICENCES, when it has no source or none works, with how to install
    it by hand; OutputError when it cannot be written.
    """
    if font.licence not in LICENCES:
        raise RenderError(
            f"{font.name} is under a licence that is not known here ({font.licence}): read it and install it by hand:"
            f" {by_hand(font)}"
        )
    folder = fonts_folder()
    for known in font.known:
        there = folder / known.file
        if there.is_file() and there.stat().st_size == known.size_bytes and file_hash(there) == known.sha256:
            return there
    failures: list[str] = []
    for source in font.source:
        try:
            return fetch(source.address, folder / source.file, source.size_bytes, source.sha256, progress)
        except RenderError as error:
            failures.append(str(error))
    said = failures[0] if failures else f"{font.name} has no address to fetch it from."
    raise RenderError(f"{said} By hand: {by_hand(font)}")


def by_hand(font: CatalogueFont) -> str:
    """How to install it without us, in one line for this system."""
    ways = []
    if font.debian and sys.platform.startswith("linux"):
        ways.append(f"apt-get install {font.debian}")
    address = font.source[0].address if font.source else font.homepage
    origin = f" from {address}" if address else ""
    ways.append(f"fetch it{origin} and put the .sf2 or .sf3 file into {fonts_folder()}")
    return ", or ".join(ways)
