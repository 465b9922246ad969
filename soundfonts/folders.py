"""The folders of one user: where measurements and downloaded SoundFonts are kept, where a choice is remembered.

Conventions: Linux by the XDG rules, macOS in ~/Library, Windows in %LOCALAPPDATA% and %APPDATA%. None of them need
exist; what is written goes to another name beside the target first and is then renamed.
"""

from __future__ import annotations

import os
import sys
import tempfile
from pathlib import Path

_NAME = "partimento"


def cache_folder() -> Path:
    """Where downloads and measurements lie: they can be thrown away and made again."""
    given = os.environ.get("XDG_CACHE_HOME")
    if given:
        return Path(given) / _NAME
    if sys.platform == "darwin":
        return at_home("~/Library/Caches") / _NAME
    local = os.environ.get("LOCALAPPDATA") if os.name == "nt" else None
    return Path(local) / _NAME / "Cache" if local else at_home("~/.cache") / _NAME


def config_folder() -> Path:
    """Where a person's choices lie."""
    given = os.environ.get("XDG_CONFIG_HOME")
    if given:
        return Path(given) / _NAME
    if sys.platform == "darwin":
        return at_home("~/Library/Application Support") / _NAME
    roaming = os.environ.get("APPDATA") if os.name == "nt" else None
    return Path(roaming) / _NAME if roaming else at_home("~/.config") / _NAME


def fonts_folder() -> Path:
    """Where `soundfonts install` puts a font."""
    return cache_folder() / "soundfonts"


def at_home(path: Path | str) -> Path:
    """`path` with a leading `~` expanded where the home folder is known (`Path.expanduser` raises)."""
    return Path(os.path.expanduser(path))


def write_in_one_step(path: Path, data: bytes) -> None:
    """Write `data` to `path` whole or not at all, replacing what is there and making its folder. Raises OSError."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(prefix=f".{path.name[:80]}.", suffix=".part", dir=path.parent)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
        os.replace(name, path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
