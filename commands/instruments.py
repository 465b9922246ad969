"""`partimento instruments`: the table of instruments, with range, General MIDI program and other names."""

from __future__ import annotations

import json

import click

from partimento.score.instruments import INSTRUMENTS, Instrument
from partimento.theory.errors import BriefError, nearest

_NAMES = ("C", "C#", "D", "Eb", "E", "F", "F#", "G", "Ab", "A", "Bb", "B")


@click.command("instruments")
@click.argument("word", required=False)
@click.option("--json", "as_json", is_flag=True, help="Print JSON for programs.")
def command(word: str | None, as_json: bool) -> None:
    """List the instruments; with WORD those alone whose name, family or other name holds it."""
    found = [each for each in INSTRUMENTS.values() if word is None or _holds(each, word.casefold().strip())]
    if not found:
        families = sorted({each.family for each in INSTRUMENTS.values()})
        hint = nearest(word or "", [*INSTRUMENTS, *families])
        raise BriefError(f"no instrument is called '{word}'.{hint} Families: {', '.join(families)}")
    if as_json:
        click.echo(json.dumps([_facts(each) for each in found], indent=2, ensure_ascii=False))
        return
    wide = max(len(each.name) for each in found)
    for each in found:
        span = "kit" if each.hands == "drums" else f"{note_name(each.low)}-{note_name(each.high)}"
        others = f"  also: {', '.join(each.aliases)}" if each.aliases else ""
        click.echo(f"{each.name:{wide}}  {each.family:10}  {span:8}  program {each.program + 1:>3}{others}")


def note_name(midi: int) -> str:
    """The name of a MIDI number, middle C being C4."""
    return f"{_NAMES[midi % 12]}{midi // 12 - 1}"


def _holds(each: Instrument, word: str) -> bool:
    return any(word in text for text in (each.name, each.family, *each.aliases))


def _facts(each: Instrument) -> dict[str, object]:
    return {
        "name": each.name,
        "family": each.family,
        "aliases": list(each.aliases),
        "program": each.program,
        "low": each.low,
        "high": each.high,
        "drums": each.hands == "drums",
    }
