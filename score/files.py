"""Writing files whole or not at all: to a temporary name beside the target, then renamed; and reading within bounds.

Convention: what exists is overwritten only with `force`; every failure is one OutputError line; an interruption
leaves nothing half-written behind.
"""

from __future__ import annotations

import os
import shutil
import signal
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from partimento.theory.errors import OutputError


def read_at_most(path: Path, most: int) -> bytes:
    """The bytes of a file, or the first `most` + 1 where it has more; a pipe that nobody writes to is empty.

    Raises OSError, and ValueError for a path that can be no path.
    """
    with open(path, "rb", opener=_open_at_once) as file:
        return file.read(most + 1)


def _open_at_once(path: str, flags: int) -> int:
    handle = os.open(path, flags | getattr(os, "O_NONBLOCK", 0))
    os.set_blocking(handle, True)
    return handle


def write_whole(path: Path | str, data: bytes, force: bool = False) -> Path:
    """Write `data` to `path` in one step, making its folder where there is none, and return the path.

    Raises OutputError when the file exists and `force` is not set, or when it cannot be written.
    """
    target = Path(path)
    try:
        if target.is_dir():
            raise OutputError(f"'{target}' is a folder; name a file in it.")
        if os.path.lexists(target) and not force:
            raise OutputError(f"'{target}' is there already.", "overwrite")
        target.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(prefix=f".{target.name[:80]}.", suffix=".part", dir=target.parent)
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(data)
            os.chmod(name, 0o666 & ~_umask())
            os.replace(name, target)
        except BaseException:
            Path(name).unlink(missing_ok=True)
            raise
    except (OSError, ValueError) as error:
        raise _unwritable(target, error) from error
    return target


def probe(folder: Path | str) -> None:
    """Raise OutputError where no file can be written into a folder, which is made where there is none.

    For work of hours, of which nobody wants to hear at its end that there is no place for it.
    """
    target = Path(folder)
    try:
        target.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=target):
            pass
    except (OSError, ValueError) as error:
        raise _unwritable(target, error) from error


def refuse_existing(folder: Path | str, names: Iterable[str], force: bool = False) -> None:
    """Raise OutputError when `folder` is no folder, or holds one of `names` and `force` is not set."""
    target = Path(folder)
    try:
        if os.path.lexists(target) and not target.is_dir():
            raise OutputError(f"'{target}' is there already, and is no folder.", "elsewhere")
        for name in names:
            if os.path.lexists(target / name) and not force:
                raise OutputError(f"'{target / name}' is there already.", "overwrite")
    except (OSError, ValueError) as error:
        raise _unwritable(target, error) from error


@contextmanager
def output_folder(folder: Path | str, names: Iterable[str], force: bool = False) -> Iterator[Path]:
    """A temporary folder to write into; when all went well, what it holds becomes `folder`, else nothing does.

    `names` are the entries that may be written. None of them may be in `folder` yet; with `force` the files
    that are there are replaced, and those not written anew are removed, since they belong to what was there before.
    Of a folder among them only the files that are written again are replaced; no folder becomes a file or the reverse.
    A folder that does not exist appears in one step. Raises OutputError.
    """
    target = Path(folder)
    wanted = tuple(names)
    refuse_existing(target, wanted, force)
    made: list[Path] = []
    temporary: Path | None = None
    done = False
    try:
        # What is made and its name are one: an interruption between them would leave a folder that nobody knows.
        with _uninterrupted():
            made = _make_parents(target)
            # Inside the folder where there is one: its parent may belong to somebody else.
            room = target if target.is_dir() else target.parent
            try:
                temporary = Path(tempfile.mkdtemp(prefix=f".{target.name[:80]}.", suffix=".part", dir=room))
            except ValueError as error:
                raise _unwritable(target, error) from error
        os.chmod(temporary, 0o777 & ~_umask())
        yield temporary
        with _uninterrupted():
            _move(temporary, target, wanted)
            done = True
    except OSError as error:
        raise _unwritable(target, error) from error
    finally:
        if temporary is not None:
            shutil.rmtree(temporary, ignore_errors=True)
        if not done:
            _remove_empty(made)


def _move(temporary: Path, target: Path, wanted: tuple[str, ...]) -> None:
    if not target.is_dir():
        os.rename(temporary, target)
        return
    moves = list(_moves(temporary, target))
    for new, old in moves:
        if old.is_dir() != new.is_dir() and os.path.lexists(old):
            kinds = ("a folder", "a file") if old.is_dir() else ("a file", "a folder")
            raise OutputError(f"'{old}' is {kinds[0]}, and {kinds[1]} is to be written there.", "elsewhere")
    for name in wanted:
        old = target / name
        if not os.path.lexists(temporary / name) and (old.is_symlink() or not old.is_dir()):
            old.unlink(missing_ok=True)
    for new, old in moves:
        if not new.is_dir():
            os.replace(new, old)
        elif not old.is_dir():
            old.mkdir()


def _moves(temporary: Path, target: Path) -> Iterator[tuple[Path, Path]]:
    """(what was written, where it belongs), folders before what is in them."""
    for new in sorted(temporary.iterdir()):
        yield new, target / new.name
        if new.is_dir():
            yield from _moves(new, target / new.name)


def _make_parents(target: Path) -> list[Path]:
    """Make the folders above `target` that lack; returns those made, the outermost first."""
    lacking = []
    above = target.parent
    while not above.exists():
        lacking.append(above)
        above = above.parent
    lacking.reverse()
    for folder in lacking:
        folder.mkdir(exist_ok=True)
    return lacking


def _remove_empty(folders: list[Path]) -> None:
    for folder in reversed(folders):
        try:
            folder.rmdir()
        except OSError:
            return


@contextmanager
def _uninterrupted() -> Iterator[None]:
    """Hold signals to end back for the moment in which the files are renamed, so that all of them are or none."""
    mask = getattr(signal, "pthread_sigmask", None)
    if mask is None:
        yield
        return
    ending = (getattr(signal, name, None) for name in ("SIGINT", "SIGTERM", "SIGHUP"))
    before = mask(signal.SIG_BLOCK, {number for number in ending if number is not None})
    try:
        yield
    finally:
        mask(signal.SIG_SETMASK, before)


def _umask() -> int:
    """The process's umask; it can only be read by setting it."""
    mask = os.umask(0)
    os.umask(mask)
    return mask


def _unwritable(target: Path, error: OSError | ValueError) -> OutputError:
    reason = getattr(error, "strerror", None) or str(error)
    return OutputError(f"'{target}' cannot be written: {reason}.", "elsewhere")
