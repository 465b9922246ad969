"""Installing a SoundFont of the catalogue into the user's cache, and telling how to do it by hand.

Convention: a Debian package is unpacked without a package manager (an ar archive that holds a tar), so that every
system can use it; the font's own hash is held against the catalogue before it appears under its name.
"""

from __future__ import annotations

import sys
import tarfile
import tempfile
from pathlib import Path
from typing import BinaryIO, cast

from partimento.soundfonts.catalogue import LICENCES, CatalogueFont, Source
from partimento.soundfonts.download import Progress, fetch, file_hash, unwritable
from partimento.soundfonts.folders import fonts_folder
from partimento.theory.errors import RenderError

_PIECE = 1 << 20


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
            return _from(source, font, folder, progress)
        except RenderError as error:
            failures.append(str(error))
    said = failures[0] if failures else f"{font.name} has no address to fetch it from."
    raise RenderError(f"{said} By hand: {by_hand(font)}")


def by_hand(font: CatalogueFont) -> str:
    """How to install it without us, in one line for this system."""
    ways = []
    if font.debian and sys.platform.startswith("linux"):
        ways.append(f"apt-get install {font.debian}")
    addresses = [source.address for source in font.source if not source.member] or [font.homepage]
    ways.append(f"fetch it from {addresses[0]} and put the .sf2 or .sf3 file into {fonts_folder()}")
    return ", or ".join(ways)


def _from(source: Source, font: CatalogueFont, folder: Path, progress: Progress | None) -> Path:
    target = folder / source.file
    if not source.member:
        return fetch(source.address, target, source.size_bytes, source.sha256, progress)
    package = fetch(
        source.address, folder / source.address.rsplit("/", 1)[-1], source.size_bytes, source.sha256, progress
    )
    try:
        unpack(package, source.member, target, {known.sha256 for known in font.known})
    finally:
        package.unlink(missing_ok=True)
    return target


def unpack(package: Path, member: str, target: Path, hashes: set[str]) -> None:
    """Write the file `member` of a Debian package to `target`, when its sha256 is one of `hashes`.

    Raises RenderError when the package does not hold such a file, OutputError when the target cannot be written.
    """
    try:
        handle, name = tempfile.mkstemp(prefix=f".{target.name}.", suffix=".part", dir=target.parent)
    except OSError as error:
        raise unwritable(target, error) from error
    temporary = Path(name)
    try:
        with open(handle, "wb") as out, package.open("rb") as file:
            _copy(file, member, out)
        if file_hash(temporary) not in hashes:
            raise RenderError(f"'{member}' in '{package.name}' is not the file known here (its sha256 differs).")
        temporary.replace(target)
    except (tarfile.TarError, EOFError, ValueError) as error:
        raise RenderError(f"'{package.name}' is no whole Debian package: {error}.") from error
    except OSError as error:
        raise unwritable(target, error) from error
    finally:
        temporary.unlink(missing_ok=True)


def _copy(package: BinaryIO, member: str, out: BinaryIO) -> None:
    # deb(5): an ar archive; entry headers of 60 bytes, the size as decimal at 48, data padded to even length.
    if package.read(8) != b"!<arch>\n":
        raise ValueError("it is no ar archive")
    while len(header := package.read(60)) == 60:
        size = int(header[48:58])
        start = package.tell()
        if header.startswith(b"data.tar"):
            # Read as a stream; nothing behind the wanted file is unpacked.
            with tarfile.open(fileobj=package, mode="r|*") as tar:
                for entry in tar:
                    if entry.isfile() and entry.name.removeprefix("./") == member:
                        data = cast(BinaryIO, tar.extractfile(entry))
                        while piece := data.read(_PIECE):
                            out.write(piece)
                        return
            break
        package.seek(start + size + size % 2)
    raise ValueError(f"it does not hold {member}")


