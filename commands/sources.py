"""What commands that read a FILE and write others ask before they begin.

Convention: what is refused here is bad use, told in one line before anything is read.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import click


def check_named(file: Path) -> None:
    """Raise UsageError for what names no file: "", ".", "/"."""
    if not file.name:
        raise click.UsageError(f"'{file}' is a folder; give one file")


def names_a_file(text: str) -> bool:
    """Whether something is there under this name; notes in a row may be longer than any name."""
    try:
        return Path(text).exists()
    except (OSError, ValueError):
        return False


def keep_source(file: Path, targets: Iterable[Path]) -> None:
    """Raise UsageError where one of `targets` is `file` itself, which not even --force overwrites."""
    for target in targets:
        try:
            same = target.samefile(file)
        except (OSError, ValueError):
            continue
        if same:
            raise click.UsageError(f"'{target}' is the file that is read, and would be lost; name another --out")
