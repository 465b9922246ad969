"""Engraving of files that others wrote, in a process of its own: verovio ends the whole process on some damaged ones.

Conventions: what `engrave.svg_pages` takes and gives; the child has a time and a memory to keep to.
"""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import astuple

from partimento.score.notation.engrave import A4, Paper, svg_pages
from partimento.theory.errors import PartimentoError, RenderError, ScoreFormatError

MEMORY = 4 << 30
CHILD = """
import json, sys
job = json.loads(sys.argv[1])
sys.path[:] = job["path"]
from partimento.score.notation.engrave_apart import engrave_job
sys.stdout.write(engrave_job(sys.stdin.buffer.read(), job))
"""


def svg_pages_apart(
    xml: bytes, paper: Paper = A4, *, kind: str = "score", seconds: float = 120.0
) -> tuple[str, ...]:  # fmt: skip
    """The pages of `xml`, made in a child process that may take `seconds`.

    Raises as `svg_pages` does, and ScoreFormatError where the child dies or takes too long.
    """
    job = json.dumps({"path": sys.path, "paper": astuple(paper), "kind": kind})
    try:
        done = subprocess.run(
            [sys.executable, "-c", CHILD, job], input=xml, capture_output=True, timeout=seconds, check=False
        )
    except subprocess.TimeoutExpired as error:
        raise ScoreFormatError(f"the MusicXML cannot be engraved: it takes more than {seconds:g} s.") from error
    if done.returncode != 0:
        raise ScoreFormatError("the MusicXML cannot be engraved: verovio breaks on it.")
    answer = json.loads(done.stdout)
    if "error" in answer:
        raise (RenderError if answer["missing"] else ScoreFormatError)(answer["error"])
    return tuple(answer["pages"])


def engrave_job(xml: bytes, job: dict[str, object]) -> str:
    """What the child does: the pages or the error, as JSON."""
    try:
        import resource
    except ImportError:
        pass  # no such limits on this system
    else:
        resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    paper = job["paper"]
    assert isinstance(paper, list)
    try:
        return json.dumps({"pages": svg_pages(xml, Paper(*paper), kind=str(job["kind"]))})
    except PartimentoError as error:
        return json.dumps({"error": str(error), "missing": isinstance(error, RenderError)})
