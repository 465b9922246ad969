"""`partimento doctor`: what is installed, what is missing, and the exact command that gets it.

Convention: nothing heavy is imported; versions come from the packages' metadata.
"""

from __future__ import annotations

import json
import os
import platform
import sys
import tempfile
from ctypes.util import find_library
from dataclasses import asdict, dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import click

from partimento.soundfonts.finding import VARIABLE, default_soundfont, find_soundfonts
from partimento.theory.errors import RenderError

MINIMUM_PYTHON = (3, 11)

PACKAGES: tuple[tuple[str, str], ...] = (
    ("click", "the command line"),
    ("mido", "reading MIDI files"),
    ("music21", "reading MusicXML, notation"),
    ("numpy", "audio and pictures"),
    ("pillow", "the piano roll picture"),
    ("pretty_midi", "the small SoundFont, MIDI analysis"),
    ("pydantic", "checking styles and song files"),
    ("pyfluidsynth", "playing SoundFonts"),
    ("scipy", "mixing"),
    ("soundfile", "audio files"),
    ("torch", "the neural models"),
)
"""(distribution, what it is for): the dependencies in pyproject.toml."""

# In the order in which pyfluidsynth looks for them.
_LIBRARY_NAMES = (
    "fluidsynth",
    "fluidsynth-3",
    "libfluidsynth",
    "libfluidsynth-3",
    "libfluidsynth-2",
    "libfluidsynth-1",
)


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing looked for: `state` says what was found, `fix` how to mend it, "" when there is no need.

    Without an `essential` thing nothing works; without another, something less does.
    """

    name: str
    state: str
    ok: bool
    essential: bool
    fix: str = ""


def find_libfluidsynth() -> str | None:
    """The FluidSynth library's name or path, looked for as pyfluidsynth does; None when missing."""
    for name in _LIBRARY_NAMES:
        found = find_library(name)
        if found:
            return found
    prefix = os.environ.get("HOMEBREW_PREFIX")
    if prefix:
        library = os.path.join(prefix, "lib", "libfluidsynth.dylib")
        if os.path.exists(library):
            return library
    return None


def examine() -> tuple[Finding, ...]:
    """Look for all that Partimento uses: Python, packages, library, SoundFonts, the current folder."""
    packages = tuple(_package(name, purpose) for name, purpose in PACKAGES)
    return (_python(), *packages, _library(), *_soundfonts(), _folder())


def _python() -> Finding:
    ok = sys.version_info >= MINIMUM_PYTHON
    return Finding("Python", platform.python_version(), ok, True, "" if ok else "apt-get install python3.11")


def _package(name: str, purpose: str) -> Finding:
    try:
        return Finding(name, version(name), True, True)
    except PackageNotFoundError:
        fix = f"{sys.executable} -m pip install {name}"
        return Finding(name, f"missing (for {purpose})", False, True, fix)


def _library() -> Finding:
    found = find_libfluidsynth()
    if found:
        return Finding("libfluidsynth", found, True, False)
    how = "brew install fluid-synth" if sys.platform == "darwin" else "apt-get install libfluidsynth3"
    return Finding("libfluidsynth", "missing (no sound; all else is written)", False, False, how)


def _soundfonts() -> tuple[Finding, ...]:
    """One finding on the font in use, one for each other font on the machine."""
    try:
        used = default_soundfont()
    except RenderError as error:
        if os.environ.get(VARIABLE):
            return (Finding("SoundFont", str(error), False, False, f"unset {VARIABLE}"),)
        return (Finding("SoundFont", "none found", False, False, "apt-get install fluid-soundfont-gm"),)
    origin = f", set by {VARIABLE}" if os.environ.get(VARIABLE) else ""
    fonts = (used, *(font for font in find_soundfonts() if font.path != used.path))
    return tuple(
        Finding(
            "SoundFont" if font is used else "also there",
            f"{font.name} ({font.size_bytes / 1e6:.0f} MB, {font.licence}{origin if font is used else ''}): "
            f"{font.path}",
            True,
            False,
        )
        for font in fonts
    )


def _folder() -> Finding:
    """Whether the current folder takes a file (tried, since root passes every permission test)."""
    try:
        here = str(Path.cwd())
        with tempfile.TemporaryFile(dir=here):
            return Finding("this folder", f"writable: {here}", True, False)
    except OSError as error:
        fix = "cd to another, or use --out FOLDER"
        return Finding("this folder", f"not writable: {error.strerror}", False, False, fix)


@click.command("doctor")
@click.option("--json", "as_json", is_flag=True, help="Print JSON for programs.")
@click.pass_context
def command(ctx: click.Context, as_json: bool) -> None:
    """Say what is installed, what is missing, and how to get it.

    Exits with 1 when something is missing without which Partimento cannot run, else with 0.
    """
    findings = examine()
    lacking = [finding for finding in findings if not finding.ok and finding.essential]
    if as_json:
        click.echo(json.dumps({"ok": not lacking, "findings": [asdict(each) for each in findings]}, indent=2))
    else:
        width = max(len(finding.name) for finding in findings)
        for finding in findings:
            mark = "ok" if finding.ok else "MISSING" if finding.essential else "lacking"
            click.echo(f"{mark:8}{finding.name:{width}}  {finding.state}")
        for finding in findings:
            if finding.fix:
                click.echo(f"To mend {finding.name}: {finding.fix}")
        if not any(finding.fix for finding in findings):
            click.echo("Everything is in place.")
    if lacking:
        ctx.exit(1)
