"""Fetching a file over the network: resumed where it broke off, and taken only with the right hash.

Conventions: bytes are gathered in NAME.part beside the target, which survives an interruption, and renamed when the
hash fits. Progress is reported as (bytes there, bytes in all). Only what the user asked for is fetched, from an address
of the catalogue.
"""

from __future__ import annotations

import errno
import hashlib
import http.client
import shutil
import urllib.error
import urllib.request
from collections.abc import Callable
from pathlib import Path

from partimento.theory.errors import OutputError, RenderError

Progress = Callable[[int, int], None]

_PIECE = 1 << 18
_ATTEMPTS = 4
_TIMEOUT_S = 30.0


def fetch(address: str, target: Path, size_bytes: int, sha256: str, progress: Progress | None = None) -> Path:
    """Fetch `address` to `target`, resuming what is in its .part; returns the target.

    Raises RenderError when the network or the server fails (what was fetched stays for the next time) or the hash is
    wrong (what was fetched is removed), OutputError when the disk is full or the folder cannot be written.
    """
    part = target.with_name(target.name + ".part")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        _room(target.parent, size_bytes - _size(part))
        for attempt in range(_ATTEMPTS):
            before = _size(part)
            failure = _attempt(address, part, size_bytes, progress)
            if not failure:
                break
            # A connection that gives something each time is worth trying again.
            if attempt == _ATTEMPTS - 1 or (attempt and _size(part) <= before):
                kept = " What came is kept: run the same again to go on." if _size(part) else ""
                raise RenderError(f"'{address}' cannot be fetched: {failure}.{kept}")
        found = file_hash(part)
        if found != sha256:
            part.unlink(missing_ok=True)
            raise RenderError(
                f"what came from '{address}' is not the file known here (sha256 {found[:12]}..., expected"
                f" {sha256[:12]}...); it was removed. Try again, or install it by hand."
            )
        part.replace(target)
    except OSError as error:
        raise unwritable(target, error) from error
    return target


def _attempt(address: str, part: Path, size_bytes: int, progress: Progress | None) -> str:
    """One connection; "" when all is there, else what went wrong. OSError of the disk passes through."""
    start = _size(part)
    if start > size_bytes:
        part.unlink()
        start = 0
    if start == size_bytes:
        return ""
    request = urllib.request.Request(address, headers={"User-Agent": "partimento", "Accept-Encoding": "identity"})
    if start:
        request.add_header("Range", f"bytes={start}-")
    try:
        answer = urllib.request.urlopen(request, timeout=_TIMEOUT_S)
    except urllib.error.HTTPError as error:
        with error:
            if error.code == 416:
                part.unlink(missing_ok=True)
            return f"the server answers {error.code} {error.reason}"
    except (urllib.error.URLError, http.client.HTTPException, TimeoutError, ConnectionError, ValueError) as error:
        return f"no connection ({getattr(error, 'reason', None) or error})"
    with answer:
        resumed = answer.status == 206 and str(answer.headers.get("Content-Range", "")).startswith(f"bytes {start}-")
        there = start if resumed else 0
        with part.open("ab" if resumed else "wb") as file:
            while True:
                try:
                    piece = answer.read(_PIECE)
                except (http.client.HTTPException, TimeoutError, OSError) as error:
                    return f"the connection broke after {there} of {size_bytes} bytes ({error or type(error).__name__})"
                if not piece:
                    break
                there += len(piece)
                if there > size_bytes:
                    return _refused(part, size_bytes)
                file.write(piece)
                if progress:
                    progress(there, size_bytes)
    return "" if there == size_bytes else f"the connection broke after {there} of {size_bytes} bytes"


def _refused(part: Path, size_bytes: int) -> str:
    """The server sends more than the file has: none of it can be right."""
    part.write_bytes(b"")
    return f"the server sends more than the {size_bytes} bytes that the file has"


def file_hash(path: Path) -> str:
    """The file's sha256 in hex. Raises OSError."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _size(path: Path) -> int:
    return path.stat().st_size if path.is_file() else 0


def _room(folder: Path, needed: int) -> None:
    if shutil.disk_usage(folder).free < needed:
        raise OSError(errno.ENOSPC, f"{max(1, needed // 1_000_000)} MB are needed")


def unwritable(target: Path, error: OSError) -> OutputError:
    """The one line for a target that the disk does not take."""
    if error.errno == errno.ENOSPC:
        return OutputError(f"the disk is full: '{target}' cannot be written ({error.strerror}). Free some space.")
    reason = error.strerror or error
    return OutputError(f"'{target}' cannot be written: {reason}. Set XDG_CACHE_HOME to another folder.")
