"""Writing DAWproject 1.0, which Bitwig Studio, Studio One, Cubase and others open.

Conventions: a zip of project.xml, metadata.xml and the stems as audio/NN_name.wav. The file must be seekable: sizes and
checksums then stand in each member's header, which Cubase wants. Equal songs give equal bytes. Where the faders stand:
score/daw/levels.py. Tracks of notes have no instruments yet: beside stems they are silent until they are given some.
"""

from __future__ import annotations

import shutil
import zipfile
from collections.abc import Sequence
from typing import BinaryIO

from partimento.score.daw.dawproject_xml import metadata_xml, project_xml
from partimento.score.daw.stem_audio import StemAudio
from partimento.score.song import Song
from partimento.score.straight import as_played
from partimento.theory.errors import OutputError

_EPOCH = (1980, 1, 1, 0, 0, 0)
_CHUNK = 1 << 20


def write_dawproject(song: Song, file: BinaryIO, stems: Sequence[StemAudio] = ()) -> None:
    """Write the song into `file`, open for writing and seekable: a track of notes a part, a clip a section; the page
    where it has no performance.

    Each of the stems becomes a track of audio after those of notes, in the order given, its file copied in. OutputError
    when a stem cannot be read, or `file` is a pipe.
    """
    if not file.seekable():
        raise OutputError("a DAWproject cannot be written to a pipe. Name a file.")
    paths = _paths(stems)
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(_member("metadata.xml"), metadata_xml(song))
        placed = tuple(zip(paths, stems, strict=True))
        archive.writestr(_member("project.xml"), project_xml(as_played(song), placed, _version()))
        for path, stem in zip(paths, stems, strict=True):
            _copy(archive, path, stem)


def _paths(stems: Sequence[StemAudio]) -> list[str]:
    """The stems' places in the archive: their file names, with a number in front where two are alike."""
    names = [stem.path.name for stem in stems]
    folded = [name.casefold() for name in names]
    return [f"audio/{n}" if folded.count(n.casefold()) == 1 else f"audio/{i:02}_{n}" for i, n in enumerate(names, 1)]


def _member(name: str, method: int = zipfile.ZIP_DEFLATED) -> zipfile.ZipInfo:
    info = zipfile.ZipInfo(name, _EPOCH)
    info.compress_type = method
    info.create_system = 3
    info.external_attr = 0o644 << 16
    return info


def _copy(archive: zipfile.ZipFile, path: str, stem: StemAudio) -> None:
    # PCM hardly shrinks, and what is stored can be played from its place.
    info = _member(path, zipfile.ZIP_STORED)
    try:
        info.file_size = stem.path.stat().st_size
        with stem.path.open("rb") as source, archive.open(info, "w") as target:
            shutil.copyfileobj(source, target, _CHUNK)
    except OSError as error:
        reason = error.strerror or error
        raise OutputError(f"the stem '{stem.path}' cannot be put into the project: {reason}") from error


def _version() -> str:
    from importlib.metadata import PackageNotFoundError, version  # costs more than all else

    try:
        return version("partimento")
    except PackageNotFoundError:
        return "0"
