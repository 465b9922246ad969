"""`partimento doctor`: what is installed, what is missing, and the exact command that gets it.

Conventions: versions come from the packages' metadata, so that a package that is missing or broken does no harm;
soundfile is imported, to ask it for its formats, and what the renderers' choice needs.
"""

from __future__ import annotations

import ctypes
import json
import os
import platform
import re
import sys
import tempfile
from ctypes.util import find_library
from dataclasses import asdict, dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import click

from partimento.commands.doctor_renderer import renderer_state
from partimento.composer.neural.shipped import MODELS, style_names, weights_folder, weights_path
from partimento.soundfonts.finding import VARIABLE, SoundFont, chosen_font, default_soundfont, find_soundfonts
from partimento.soundfonts.folders import cache_folder
from partimento.theory.errors import RenderError

MINIMUM_PYTHON = (3, 11)

PACKAGES: tuple[tuple[str, str], ...] = (
    ("click", "the command line"),
    ("matplotlib", "the mix report's picture"),
    ("mido", "songs as pretty_midi, and back"),
    ("music21", "songs as music21 streams, and back"),
    ("numpy", "audio and pictures"),
    ("pillow", "the piano roll picture"),
    ("pretty_midi", "the small SoundFont, MIDI analysis"),
    ("pydantic", "checking styles and song files"),
    ("pyfluidsynth", "playing SoundFonts"),
    ("safetensors", "the neural models' weights"),
    ("scipy", "mixing"),
    ("soundfile", "audio files"),
    ("torch", "the neural models"),
)
"""(distribution, what it is for): the dependencies in pyproject.toml."""

ENGRAVERS = ("verovio", "typst")
"""What engraving needs: the optional dependencies in pyproject.toml."""

MINIMUM_LIBRARY = (2, 0, 0)
"""Samples are loaded as they are needed, and SF3 is read, from 2.0 on."""

_FORMATS = ("wav", "flac", "ogg", "mp3")

# For each missing thing: (sys.platform begins with, what to do); the last one serves the systems not named.
_CURES: dict[str, tuple[tuple[str, str], ...]] = {
    "library": (
        ("darwin", "brew install fluid-synth"),
        (
            "win",
            "choco install fluidsynth (or unpack a release from https://github.com/FluidSynth/fluidsynth/releases"
            " and add its bin folder to PATH)",
        ),
        ("linux", "apt-get install libfluidsynth3 (Fedora: dnf install fluidsynth-libs; Arch: pacman -S fluidsynth)"),
        ("", "install the FluidSynth library"),
    ),
    "font": (
        (
            "linux",
            "apt-get install musescore-general-soundfont, or: partimento soundfonts install 'MuseScore General Lite'",
        ),
        ("", "partimento soundfonts install 'MuseScore General Lite'"),
    ),
}

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
    """Look for all that Partimento uses: Python, packages, library, SoundFonts, renderers, audio formats,
    folders."""
    packages = tuple(_package(name, purpose) for name, purpose in PACKAGES)
    return (
        _python(),
        *packages,
        _models(),
        _library(),
        *_soundfonts(),
        _renderer(),
        _formats(),
        _engraving(),
        _cache(),
        _folder(),
    )


def _python() -> Finding:
    ok = sys.version_info >= MINIMUM_PYTHON
    return Finding("Python", platform.python_version(), ok, True, "" if ok else "apt-get install python3.11")


def _package(name: str, purpose: str) -> Finding:
    try:
        return Finding(name, version(name), True, True)
    except PackageNotFoundError:
        fix = f"{sys.executable} -m pip install {name}"
        return Finding(name, f"missing (for {purpose})", False, True, fix)


def _models() -> Finding:
    """Which models have weights, and the user's own styles; whether they are whole is found when they are loaded."""
    there = [model for model in MODELS if weights_path(model).is_file()]
    lacking = [model for model in MODELS if model not in there]
    state = f"weights of {', '.join(there) or 'none'} in {weights_folder()}"
    state += f"; none of {', '.join(lacking)}: the rules do their work" if lacking else ""
    state += f"; styles of your own: {', '.join(style_names())}" if style_names() else ""
    return Finding("neural models", state, not lacking, False)


def _renderer() -> Finding:
    """Who plays when nobody is asked for."""
    state, ok, fix = renderer_state()
    return Finding("renderer", state, ok, False, fix)


def _engraving() -> Finding:
    """Whether pages can be engraved."""
    found = []
    for name in ENGRAVERS:
        try:
            found.append(f"{name} {version(name)}")
        except PackageNotFoundError:
            fix = f"{sys.executable} -m pip install {' '.join(ENGRAVERS)}"
            return Finding("engraving", f"{name} is missing (no PDF, SVG and PNG of pages)", False, False, fix)
    return Finding("engraving", ", ".join(found), True, False)


def _library() -> Finding:
    found = find_libfluidsynth()
    if not found:
        state = "missing (no SoundFont can be played)"
        return Finding("libfluidsynth", state, False, False, _how("library"))
    number = library_version(found)
    if number is None:
        return Finding("libfluidsynth", f"{found} (version unknown)", True, False)
    said = f"{found} {'.'.join(map(str, number))}"
    if number < MINIMUM_LIBRARY:
        oldest = ".".join(map(str, MINIMUM_LIBRARY))
        return Finding("libfluidsynth", f"{said}: older than {oldest}", False, False, _how("library"))
    return Finding("libfluidsynth", said, True, False)


def library_version(library: str) -> tuple[int, ...] | None:
    """The library's version, (2, 3, 1); None when it cannot be asked."""
    try:
        ask = ctypes.CDLL(library).fluid_version_str
        ask.restype = ctypes.c_char_p
        return tuple(int(part) for part in re.findall(r"\d+", ask().decode("ascii"))[:3])
    except (OSError, AttributeError, ValueError):
        return None


def _how(what: str) -> str:
    """The command that gets it on this system."""
    for system, command_line in _CURES[what]:
        if sys.platform.startswith(system):
            return command_line
    return _CURES[what][-1][1]


def _soundfonts() -> tuple[Finding, ...]:
    """One finding on the font in use, one for each other font on the machine."""
    try:
        used = default_soundfont()
        fonts = (used, *(font for font in find_soundfonts() if font.path != used.path))
    except RenderError as error:
        if os.environ.get(VARIABLE):
            return (Finding("SoundFont", str(error), False, False, f"unset {VARIABLE}"),)
        if chosen_font():
            return (Finding("SoundFont", str(error), False, False, "partimento soundfonts use --default"),)
        return (Finding("SoundFont", "none found", False, False, _how("font")),)
    except ImportError as error:
        state = f"not looked for, since {error.name or 'a package'} is missing"
        return (Finding("SoundFont", state, False, False, f"{sys.executable} -m pip install partimento"),)
    origin = ", chosen by `soundfonts use`" if chosen_font() else ""
    if os.environ.get(VARIABLE):
        origin = f", set by {VARIABLE}"
    findings = [
        Finding(
            "SoundFont" if font is used else "also there",
            f"{font.name} ({font.size_bytes / 1e6:.0f} MB, {font.licence}{origin if font is used else ''}): "
            f"{font.path}",
            True,
            False,
        )
        for font in fonts
    ]
    trouble = _readable(used)
    return (*findings, trouble) if trouble else (*findings, *_better(used, bool(origin)))


def _readable(used: SoundFont) -> Finding | None:
    """What is wrong with the font in use beyond its first bytes; None when nothing is."""
    from partimento.soundfonts.sf2 import read_header

    try:
        header = read_header(used.path)
    except RenderError as error:
        fix = "partimento soundfonts use NAME (names: partimento soundfonts list)"
        return Finding("SoundFont", str(error), False, False, fix)
    if header.compressed and sf3_support() is False:
        state = f"{used.name} is an SF3, which this FluidSynth, built without libsndfile, cannot read"
        return Finding("SoundFont", state, False, False, "partimento soundfonts use 'FluidR3 GM'")
    return None


def sf3_support() -> bool | None:
    """Whether the library can decode SF3's Vorbis samples, told by what it is linked with; None when unknown."""
    found = find_libfluidsynth()
    if not found or not sys.platform.startswith("linux"):
        return None
    try:
        ctypes.CDLL(found)
        maps = Path("/proc/self/maps").read_text("utf-8", "replace")
    except OSError:
        return None
    return "libsndfile" in maps


def _better(used: SoundFont, chosen: bool) -> tuple[Finding, ...]:
    """That a better font is one command away, where the one in use is not of the best and nobody chose it."""
    from partimento.soundfonts.catalogue import catalogue, known_font

    known = known_font(used.path, used.size_bytes)
    best = next(font for font in catalogue() if font.source)
    if chosen or (known and known.rank <= best.rank):
        return ()
    state = f"{best.name} sounds better than {used.name}; to get it: partimento soundfonts install '{best.name}'"
    return (Finding("better sound", state, True, False),)


def _formats() -> Finding:
    """Which audio formats the installed libsndfile writes."""
    try:
        import soundfile

        there = soundfile.available_formats()
        version_there = soundfile.__libsndfile_version__
    except (ImportError, OSError, AttributeError) as error:
        state = f"none can be written ({error})"
        return Finding("audio formats", state, False, False, f"{sys.executable} -m pip install -U soundfile")
    lacking = [name for name in _FORMATS if name.upper() not in there]
    if lacking:
        state = f"{', '.join(lacking)} cannot be written by libsndfile {version_there}"
        fix = f"{sys.executable} -m pip install -U soundfile"
        return Finding("audio formats", state, False, False, fix)
    state = f"{', '.join(_FORMATS)} (libsndfile {version_there}; ffmpeg is not needed)"
    return Finding("audio formats", state, True, False)


def _cache() -> Finding:
    """Whether the user's cache takes a file: installed fonts and what was measured of them lie there."""
    folder = cache_folder()
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=folder):
            return Finding("cache", f"writable: {folder}", True, False)
    except OSError as error:
        state = f"not writable: {folder}: {error.strerror or error}"
        return Finding("cache", state, False, False, "set XDG_CACHE_HOME to a folder of yours")


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
