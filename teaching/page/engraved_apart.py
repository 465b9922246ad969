"""Engraving of pieces that others wrote, in a process of its own: verovio ends the whole process on some of them.

Conventions: what `engraved` takes and gives; the child has a time and a memory to keep to.
"""

from __future__ import annotations

import json
import pickle
import subprocess
import sys
from collections.abc import Sequence

from partimento.score.notation.engrave_apart import MEMORY
from partimento.score.notation.page import Page
from partimento.teaching.naming import Naming
from partimento.teaching.page.engraved import Below, Engraved, engraved
from partimento.theory.errors import PartimentoError, RenderError

CHILD = """
import json, sys
sys.path[:] = json.loads(sys.argv[1])
from partimento.teaching.page.engraved_apart import answer
sys.stdout.buffer.write(answer(sys.stdin.buffer.read()))
"""


def engraved_apart(
    page: Page, below: Sequence[Below] = (), *, seconds: float = 180.0, naming: Naming | None = None
) -> Engraved:
    """The page as `engraved` sets it, in a child process that may take `seconds`.

    RenderError without verovio, and where the child dies or takes too long.
    """
    command = [sys.executable, "-c", CHILD, json.dumps(sys.path)]
    job = pickle.dumps((page, tuple(below), naming))
    try:
        done = subprocess.run(command, input=job, capture_output=True, timeout=seconds, check=False)
    except subprocess.TimeoutExpired as error:
        raise RenderError(f"the score takes more than {seconds:g} s to set") from error
    if done.returncode != 0:
        raise RenderError("verovio breaks on this score")
    found = pickle.loads(done.stdout)
    if isinstance(found, Engraved):
        return found
    raise RenderError(str(found))


def answer(job: bytes) -> bytes:
    """What the child does: the engraving, or the words of the error."""
    try:
        import resource
    except ImportError:
        pass  # no such limits on this system
    else:
        resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    page, below, naming = pickle.loads(job)
    try:
        return pickle.dumps(engraved(page, below, naming=naming))
    except PartimentoError as error:
        return pickle.dumps(str(error))
