"""`partimento soundfonts`: which SoundFonts there are, what they hold, which is used; checking and getting one.

Conventions: data goes to stdout, what is being done to stderr; programs and kits are shown counted from 1, as General
MIDI does, and counted from 0 in JSON.
"""

from __future__ import annotations

import json
import math
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from partimento.commands.remedies import told
from partimento.theory.errors import BriefError, RenderError

if TYPE_CHECKING:
    from partimento.soundfonts.catalogue import CatalogueFont
    from partimento.soundfonts.finding import SoundFont
    from partimento.soundfonts.measured import FontReport, ProgramReport

_JSON = click.option("--json", "as_json", is_flag=True, help="Print JSON for programs.")


@click.group("soundfonts", invoke_without_command=True)
@click.pass_context
def command(ctx: click.Context) -> None:
    """List the SoundFonts, show or check one, choose the one to use, install a better one."""
    if ctx.invoked_subcommand is None:
        ctx.invoke(list_, as_json=False)


@command.command("list")
@_JSON
def list_(as_json: bool) -> None:
    """List the fonts that are known and those that lie on this machine; * marks the one in use."""
    from partimento.soundfonts.catalogue import catalogue
    from partimento.soundfonts.finding import default_soundfont, find_soundfonts

    found = find_soundfonts()
    trouble = ""
    used: Path | None = None
    try:
        used = default_soundfont().path
    except RenderError as error:
        trouble = told(error)
    here = {font.name for font in found}
    absent = [font for font in catalogue() if font.name not in here]
    if as_json:
        rows = [
            {
                "name": font.name,
                "path": str(font.path),
                "licence": font.licence,
                "size_bytes": font.size_bytes,
                "in_use": font.path == used,
            }
            for font in found
        ]
        rows += [
            {
                "name": font.name,
                "path": None,
                "licence": font.licence,
                "size_bytes": font.size_bytes or None,
                "in_use": False,
            }
            for font in absent
        ]
        click.echo(json.dumps(rows, indent=2, ensure_ascii=False))
    else:
        wide = max(len(name) for name in [*(font.name for font in found), *(font.name for font in absent)])
        for font in found:
            mark = "*" if font.path == used else " "
            click.echo(f"{mark} {font.name:{wide}}  {_mb(font.size_bytes):>6}  {font.licence:8}  {font.path}")
        for known in absent:
            how = "partimento soundfonts install" if known.source else "see: partimento soundfonts show"
            size = _mb(known.size_bytes)
            click.echo(f"  {known.name:{wide}}  {size:>6}  {known.licence:8}  not here; {how} '{known.name}'")
    if trouble:
        click.echo(trouble, err=True)


@command.command("show")
@click.argument("font")
@_JSON
def show(font: str, as_json: bool) -> None:
    """Show a font's licence, size, presets and gaps, and where it lies. FONT is a name or a file."""
    from partimento.soundfonts.install import by_hand
    from partimento.soundfonts.sf2 import read_header

    known, there = _resolve(font)
    header = read_header(there.path) if there else None
    report = _report_of(there) if there else None
    facts: dict[str, Any] = {
        "name": there.name if there else known.name if known else font,
        "path": str(there.path) if there else None,
        "licence": there.licence if there else known.licence if known else "unknown",
        "size_bytes": there.size_bytes if there else known.size_bytes if known else None,
        "credit": known.credit if known else None,
        "quality": known.quality if known else None,
        "known_gaps": known.gaps if known else None,
        "homepage": known.homepage if known else None,
        "debian_package": known.debian or None if known else None,
        "by_hand": by_hand(known) if known else None,
        "addresses": [source.address for source in known.source] if known else [],
    }
    if header:
        banks: dict[int, list[dict[str, Any]]] = {}
        for preset in header.presets:
            banks.setdefault(preset.bank, []).append({"program": preset.program, "name": preset.name})
        facts["says"] = {
            "name": header.name,
            "version": f"{header.version[0]}.{header.version[1]:02}",
            "compressed": header.compressed,
            "copyright": header.copyright,
        }
        facts["banks"] = {str(bank): presets for bank, presets in banks.items()}
    if report:
        facts["gaps"] = _gap_rows(report, there.path) if there else []
    if as_json:
        click.echo(json.dumps(facts, indent=2, ensure_ascii=False))
        return
    _tell(facts)


def _tell(facts: dict[str, Any]) -> None:
    for label, key in (
        ("Name", "name"),
        ("File", "path"),
        ("Licence", "licence"),
        ("By", "credit"),
        ("Worth", "quality"),
        ("Gaps", "known_gaps"),
        ("Home", "homepage"),
        ("Debian", "debian_package"),
    ):
        if facts[key]:
            click.echo(f"{label:9} {facts[key]}")
    if facts["size_bytes"]:
        click.echo(f"{'Size':9} {_mb(facts['size_bytes'])}")
    if not facts["path"]:
        how = f"partimento soundfonts install '{facts['name']}'" if facts["addresses"] else facts["by_hand"]
        click.echo(f"{'File':9} not on this machine; to get it: {how}")
    if "says" in facts:
        kind = "SF3, Vorbis samples" if facts["says"]["compressed"] else "SF2"
        click.echo(f"{'Format':9} {kind}, version {facts['says']['version']}")
        for bank, presets in facts["banks"].items():
            what = {"0": " (General MIDI)", "128": " (drum kits)"}.get(bank, "")
            click.echo(f"Bank {bank}{what}: {len(presets)} presets")
            if bank in ("0", "128"):
                for preset in presets:
                    click.echo(f"  {preset['program'] + 1:>3}  {preset['name']}")
    for row in facts.get("gaps", []):
        click.echo(f"Silent in {row['name']}: {row['silent']}")


@command.command("check")
@click.argument("font", required=False)
@_JSON
def check(font: str | None, as_json: bool) -> None:
    """Play every program and key of a font and list gaps and levels. FONT is a name or a file, or the one in use.

    The result is kept, and used: a note that would be silent is played where there is sound.
    """
    from partimento.soundfonts.finding import default_soundfont
    from partimento.synth.font_check import check_font, gaps

    there = _here(font) if font else default_soundfont()
    with _bar(f"Checking {there.name}") as progress:
        report = check_font(there.path, progress=progress)
    names = _names(there.path)
    if as_json:
        rows = [_json_row(each, names, gaps(each)) for each in report.programs]
        data = {"name": report.name, "path": str(there.path), "fluidsynth": report.fluidsynth, "programs": rows}
        click.echo(json.dumps(data, indent=2, ensure_ascii=False))
        return
    click.echo(f"{report.name}: {there.path}")
    for each in report.programs:
        what = "kit" if each.drums else "   "
        level = f"{each.level_db:6.1f}" if math.isfinite(each.level_db) else "silent"
        name = names.get((each.drums, each.program), "")
        click.echo(f"{what} {each.program + 1:>3}  {name:20}  {level} LUFS  {_spans(gaps(each), each.drums)}".rstrip())
    levels = [each.level_db for each in report.programs if not each.drums and math.isfinite(each.level_db)]
    programs = [each for each in report.programs if not each.drums]
    lacking = 128 - len({each.program for each in programs if each.sounds})
    with_gaps = sum(1 for each in programs if gaps(each))
    span = f"; levels span {max(levels) - min(levels):.1f} dB" if levels else ""
    click.echo(f"{len(programs)} programs, {lacking} of General MIDI's lacking, {with_gaps} with gaps{span}.")


@command.command("use")
@click.argument("font", required=False)
@click.option("--default", "forget", is_flag=True, help="Forget the choice; the best font there is is used again.")
def use(font: str | None, forget: bool) -> None:
    """Use a font from now on: FONT is a name or a file. PARTIMENTO_SOUNDFONT and --soundfont still go before it."""
    from partimento.soundfonts.finding import VARIABLE, choose_font, default_soundfont
    from partimento.soundfonts.sf2 import read_header

    if forget == bool(font):
        raise click.UsageError("Name one font, or --default to forget the choice.")
    if forget:
        choose_font(None)
        now = default_soundfont()
        click.echo(f"In use: {now.name} ({now.path})")
        return
    there = _here(str(font))
    header = read_header(there.path)
    if not any(preset.bank == 0 for preset in header.presets):
        raise RenderError(f"'{there.path}' has no General MIDI programs (bank 0): it cannot play songs alone.")
    choose_font(there.path)
    click.echo(f"In use: {there.name} ({there.path})")
    if os.environ.get(VARIABLE):
        click.echo(f"{VARIABLE} is set and goes before it: {os.environ[VARIABLE]}", err=True)


@command.command("install")
@click.argument("name")
def install(name: str) -> None:
    """Fetch a font of the list, check its hash and keep it for this user. An interrupted download is resumed."""
    from partimento.soundfonts.catalogue import LICENCES, font_called
    from partimento.soundfonts.install import install as fetch_font

    font = font_called(name)
    meaning = LICENCES.get(font.licence)
    size = f"{_mb(font.source[0].size_bytes)} to fetch, " if font.source else ""
    click.echo(f"{font.name}: {size}by {font.credit}", err=True)
    click.echo(f"Licence: {font.licence}" + (f", {meaning}" if meaning else ""), err=True)
    with _bar(f"Fetching {font.name}") as progress:
        there = fetch_font(font, progress)
    click.echo(str(there))
    click.echo(f"Installed. `partimento soundfonts use '{font.name}'` uses it always.", err=True)


def _resolve(asked: str) -> tuple[CatalogueFont | None, SoundFont | None]:
    """What the catalogue knows of the font of this name or file, and the file where there is one.

    Raises BriefError with the nearest name, RenderError for a file that is no font.
    """
    from partimento.soundfonts.catalogue import catalogue, font_called
    from partimento.soundfonts.finding import check_soundfont, find_soundfonts
    from partimento.soundfonts.folders import at_home

    looks_like_a_file = any(mark in asked for mark in ("/", "\\")) or asked.casefold().endswith((".sf2", ".sf3"))
    if looks_like_a_file or at_home(asked).is_file():
        there = check_soundfont(asked)
        return next((font for font in catalogue() if font.name == there.name), None), there
    found = find_soundfonts()
    folded = asked.casefold().strip()
    exact = next((font for font in found if folded in (font.name.casefold(), font.path.stem.casefold())), None)
    if exact:
        return next((font for font in catalogue() if font.name == exact.name), None), exact
    try:
        known = font_called(asked)
    except BriefError as error:
        others = sorted({font.name for font in found} - {font.name for font in catalogue()})
        raise BriefError(str(error) + (f" Also here: {', '.join(others)}." if others else "")) from error
    return known, next((font for font in found if font.name == known.name), None)


def _here(asked: str) -> SoundFont:
    """The font of this name or file, which must lie on this machine. Raises RenderError with how to get it."""
    from partimento.soundfonts.install import by_hand

    known, there = _resolve(asked)
    if there:
        return there
    assert known is not None
    how = f"partimento soundfonts install '{known.name}'" if known.source else by_hand(known)
    raise RenderError(f"{known.name} is not on this machine. To get it: {how}")


def _report_of(font: SoundFont) -> FontReport | None:
    from partimento.synth.font_check import report_known

    return report_known(font.path)


def _gap_rows(report: FontReport, path: Path) -> list[dict[str, Any]]:
    from partimento.synth.font_check import gaps

    names = _names(path)
    return [
        {**_who(each, names), "silent": _spans(silent, each.drums).removeprefix("silent: ")}
        for each in report.programs
        if (silent := gaps(each)) and not each.drums
    ]


def _names(path: Path) -> dict[tuple[bool, int], str]:
    from partimento.soundfonts.sf2 import read_header

    presets = read_header(path).presets
    return {(preset.bank == 128, preset.program): preset.name for preset in presets if preset.bank in (0, 128)}


def _who(each: ProgramReport, names: dict[tuple[bool, int], str]) -> dict[str, Any]:
    return {"program": each.program, "drums": each.drums, "name": names.get((each.drums, each.program), "")}


def _json_row(each: ProgramReport, names: dict[tuple[bool, int], str], silent: tuple[int, ...]) -> dict[str, Any]:
    from partimento.soundfonts.measured import ranges

    level = round(each.level_db, 1) if math.isfinite(each.level_db) else None
    row = {**_who(each, names), "level_lufs": level, "sounds": ranges(each.sounds), "gaps": list(silent)}
    if each.drums:
        row["keys_lufs"] = {str(k): round(v, 1) if math.isfinite(v) else None for k, v in each.keys_db.items()}
    return row


def _spans(keys: tuple[int, ...], drums: bool) -> str:
    """The keys as spans, in words: "silent: C4-E4, G4"."""
    from partimento.commands.instruments import note_name
    from partimento.soundfonts.measured import ranges

    def called(key: int) -> str:
        return str(key) if drums else note_name(key)

    spans = (called(a) if a == b else f"{called(a)}-{called(b)}" for a, b in ranges(keys))
    return "silent: " + ", ".join(spans) if keys else ""


def _mb(size_bytes: int) -> str:
    return f"{size_bytes / 1e6:.0f} MB" if size_bytes else "?"


@contextmanager
def _bar(label: str) -> Iterator[Callable[[int, int], None] | None]:
    """A progress bar on stderr where a person looks at it, else nothing."""
    if not sys.stderr.isatty():
        yield None
        return
    with click.progressbar(length=1, label=label, file=sys.stderr) as bar:

        def show_progress(done: int, whole: int) -> None:
            bar.length = whole
            bar.update(done - bar.pos)

        yield show_progress
