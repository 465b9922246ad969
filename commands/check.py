"""`partimento check`: the rules of part-writing and counterpoint over anybody's file.

Convention: findings go to stdout, as a table or as JSON; what was guessed while reading goes to stderr. Findings are no
failure: the exit code is 0, unless --fail-on asks otherwise.
"""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

import click

from partimento.commands.sources import check_named, keep_source
from partimento.score.files import refuse_existing, write_whole
from partimento.theory.errors import OutputError

if TYPE_CHECKING:
    from partimento.teaching.checking import Finding
    from partimento.theory.rules.rule_set import RuleSet

_SEVERITIES = ("error", "warning", "style")
_MOST = 20
"""How many findings of one rule the table shows."""
_LEVELS = ("beginner", "intermediate", "advanced")


@click.command("check")
@click.argument("file", type=click.Path(path_type=Path), required=False)
@click.option(
    "--style", default="bach", metavar="NAME|FILE.toml", help="bach, strict, jazz, pop, species1 to species5."
)
@click.option("--rule", "own", multiple=True, metavar="FILE.py:FUNCTION", help="A rule of your own; its file is run.")
@click.option("--bars", metavar="FROM-TO", help="These bars alone, as in 9-16.")
@click.option("--severity", type=click.Choice(_SEVERITIES), default="style", help="Leave out what is less grave.")
@click.option("--level", type=click.Choice(_LEVELS), default="intermediate", help="For whom it is worded.")
@click.option("--key", metavar="KEY", help="The key, when it is found wrong.")
@click.option("--fail-on", type=click.Choice(_SEVERITIES), help="Exit with 1 where there is one so grave, or graver.")
@click.option("--marked", type=click.Path(path_type=Path), metavar="OUT.musicxml", help="Write a marked score too.")
@click.option("--force", is_flag=True, help="Overwrite what is there.")
@click.option("--list", "as_list", is_flag=True, help="Print the rules of the style instead of checking a file.")
@click.option("--tune", type=click.IntRange(1), default=1, metavar="N", help="Which tune of an ABC file.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON for programs.")
@click.option("--quiet", is_flag=True, help="Say nothing of what was guessed while reading.")
def command(
    file: Path | None, style: str, own: tuple[str, ...], bars: str | None, severity: str, level: str, key: str | None,
    fail_on: str | None, marked: Path | None, force: bool, as_list: bool, tune: int, as_json: bool, quiet: bool,
) -> None:  # fmt: skip
    """Check the part-writing of FILE: errors, warnings, notes on style.

    FILE is MIDI, MusicXML, ABC, Humdrum, MEI, DAWproject or song.json. Each finding has its place, its voices,
    the rule with its source or Bach's own rate, and a way to mend it.

    \b
    partimento check chorale.musicxml
    partimento check exercise.musicxml --style species2 --level beginner
    partimento check homework.musicxml --style class.toml --fail-on error
    """
    from partimento.teaching.checking import own_rule, rules_from

    rules = rules_from(style).with_own(*(own_rule(text) for text in own))
    if as_list:
        _list(rules, as_json)
        return
    if file is None:
        raise click.UsageError("Name the FILE to check, or ask for --list.")
    check_named(file)
    if marked is not None:
        check_named(marked)
        if marked.is_dir():
            raise OutputError(f"'{marked}' is a folder; name a file in it.", "elsewhere")
        keep_source(file, (marked,))
        refuse_existing(marked.parent, (marked.name,), force)
    from partimento.commands.analyze import bar_span
    from partimento.score.as_analysis import analysis_of
    from partimento.teaching.checking import finding_json, findings, tally
    from partimento.teaching.reading import read_source
    from partimento.theory.analysis.analyse import analyse
    from partimento.theory.analysis.spell import respelled
    from partimento.theory.key import Key
    from partimento.theory.rules.checking import needs_analysis
    from partimento.theory.rules.slices import lines_of

    wanted = None if key is None else Key.parse(key)
    source = read_source(file, tune, wanted)
    span = bar_span(source.piece, bars) if bars is not None else None
    piece = source.piece
    analysis = None
    if source.recorded and wanted is None:
        # Of a song that was composed here the chords are known.
        analysis = analysis_of(source.song, piece)
    elif needs_analysis(rules) or not piece.spelled:
        analysis = analyse(piece, wanted)
        piece = respelled(piece, analysis.keys, analysis.chords)
    rows = findings(piece, rules, analysis, level, least=severity, span=span)
    counts = tally(rows)
    lines = len(lines_of(piece).voices)
    if marked is not None:
        from partimento.teaching.checking_marked import marked_musicxml

        write_whole(marked, marked_musicxml(source.song, piece, rows), force)
    if as_json:
        data = {
            "file": str(file), "style": rules.name, "title": rules.title, "summary": counts,
            "lines": lines, "notices": list(source.notices),
            "findings": [finding_json(row, piece) for row in rows],
        }  # fmt: skip
        click.echo(json.dumps(data, indent=2, ensure_ascii=False))
    else:
        for notice in () if quiet else source.notices:
            click.echo(notice, err=True)
        for text in _told(rows, level):
            click.echo(text)
        click.echo(_summary(counts, rules, lines))
    if fail_on is not None and any(counts[name] for name in _SEVERITIES[: _SEVERITIES.index(fail_on) + 1]):
        click.get_current_context().exit(1)


def _told(rows: tuple[Finding, ...], level: str) -> list[str]:
    """The findings by place; the reason, the remedy and the source of a rule are told where it is met first."""
    lines: list[str] = []
    known: set[str] = set()
    count: Counter[str] = Counter()
    for row in rows:
        count[row.breach.rule] += 1
        if count[row.breach.rule] > _MOST:
            continue
        lines.append(f"{row.place}: {row.breach.severity}: {row.told}")
        first = row.breach.rule not in known
        known.add(row.breach.rule)
        if first and row.reason:
            lines.append(f"    Why: {row.reason}")
        if row.remedy and (first or "For instance" in row.remedy):
            lines.append(f"    Mend: {row.remedy if first else row.remedy[row.remedy.index('For instance') :]}")
        if first and level != "beginner":
            lines.append(f"    Rule: {'. '.join(text for text in (row.breach.rule, row.source, row.rate) if text)}.")
    more = {rule: n - _MOST for rule, n in count.items() if n > _MOST}
    return [*lines, *(f"{rule}: {n} more, which --json lists too" for rule, n in more.items())]


def _summary(counts: dict[str, int], rules: RuleSet, lines: int) -> str:
    names = {"error": "errors", "warning": "warnings", "style": "notes on style"}
    singular = {"error": "error", "warning": "warning", "style": "note on style"}
    told = ", ".join(f"{count} {singular[name] if count == 1 else names[name]}" for name, count in counts.items())
    has = {0: "no single lines", 1: "one single line"}.get(lines, "")
    voices = f" The piece has {has}: the rules between voices have nothing to say of it." if has else ""
    return f"{told} by {rules.name} ({rules.title}).{voices}"


def _list(rules: RuleSet, as_json: bool) -> None:
    from partimento.teaching.checking import rule_json

    rows = rule_json(rules)
    if as_json:
        click.echo(json.dumps(rows, indent=2, ensure_ascii=False))
        return
    wide = max((len(row["rule"]) for row in rows), default=0)
    for row in rows:
        rests = "; ".join(text for text in (row["source"], row.get("rate", "")) if text)
        click.echo(f"{row['severity']:8} {row['rule']:{wide}}  {row['title']} ({rests})")
