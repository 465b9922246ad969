"""`partimento genres`: the list of styles, and what one is made of.

Convention: the list reads only the heads of the style files; `show` checks the whole file.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from partimento.arrangement.style import Style


@click.group("genres", invoke_without_command=True)
@click.option("--json", "as_json", is_flag=True, help="Print JSON for programs.")
@click.pass_context
def command(ctx: click.Context, as_json: bool) -> None:
    """List the genres, or show what one is made of: partimento genres show NAME."""
    if ctx.invoked_subcommand is not None:
        ctx.obj = as_json
        return
    from partimento.arrangement.style_head import style_heads

    heads = [head for _, head in sorted(style_heads().items())]
    if as_json:
        rows = [
            {"name": h.name, "title": h.title, "about": h.about, "tempo_bpm": h.usual, "aliases": h.aliases}
            for h in heads
        ]
        click.echo(json.dumps(rows, indent=2, ensure_ascii=False))
        return
    wide = max((len(head.name) for head in heads), default=0)
    for head in heads:
        click.echo(f"{head.name:{wide}}  {head.usual[0]:>3}-{head.usual[1]:<3} bpm  {head.about}")


@command.command("show")
@click.argument("name")
@click.option("--json", "as_json", is_flag=True, help="Print JSON for programs.")
@click.pass_context
def show(ctx: click.Context, name: str, as_json: bool) -> None:
    """Show a genre's forms, band, harmony, meters, moods and endings. NAME may be another word for it."""
    from partimento.arrangement.style import load_style
    from partimento.composer.prompt_tables import genre_called

    data = style_facts(load_style(genre_called(name)))
    if as_json or ctx.obj:
        click.echo(json.dumps(data, indent=2, ensure_ascii=False))
        return
    click.echo(f"{data['title']}: {data['about']}")
    tempo = data["tempo_bpm"]
    click.echo(f"Tempo     {tempo['usual'][0]}-{tempo['usual'][1]} bpm (at most {tempo['low']}-{tempo['high']})")
    for label, key in (
        ("Meters", "meters"),
        ("Modes", "modes"),
        ("Keys", "tonics"),
        ("Moods", "moods"),
        ("Aliases", "aliases"),
    ):
        if data[key]:
            click.echo(f"{label:9} {', '.join(data[key])}")
    for label, key in (("Forms", "forms"), ("Endings", "endings")):
        click.echo(label)
        for row in data[key]:
            click.echo(f"  {row['name']}: {row['sections'] if key == 'forms' else row['kind']}")
    click.echo("Band")
    for part in data["band"]:
        click.echo(f"  {part['id']} ({part['role']}): {', '.join(part['instruments'])}")
    click.echo("Harmony")
    for row in data["harmony"]:
        examples = (row["major"] or row["minor"])[:2]
        shown = ": " + "; ".join(examples) if examples else ""
        click.echo(f"  {row['name']}: {row['kind']}{shown}")


def style_facts(style: Style) -> dict[str, Any]:
    """A style as plain data: what a user may want to know before asking for it."""
    return {
        "name": style.name,
        "title": style.title,
        "about": style.about,
        "aliases": list(style.aliases),
        "tempo_bpm": {"low": style.tempo.low, "high": style.tempo.high, "usual": list(style.tempo.usual)},
        "duration_s": list(style.duration_s),
        "meters": _ordered(style.meters),
        "modes": _ordered(style.modes),
        "tonics": _ordered(style.tonics),
        "moods": _ordered(style.moods),
        "forms": [{"name": form.name, "weight": form.weight, "sections": form.sections} for form in style.forms],
        "sections": sorted(style.sections),
        "band": [{"id": p.id, "role": p.role, "instruments": _ordered(p.instruments)} for p in style.parts],
        "ensembles": [{"name": e.name, "parts": list(e.parts)} for e in style.ensembles],
        "harmony": [
            {"name": name, "kind": spec.kind, "major": list(spec.major), "minor": list(spec.minor)}
            for name, spec in sorted(style.harmony.items())
        ],
        "endings": [{"name": ending.name, "kind": ending.kind} for ending in style.endings],
    }


def _ordered(weights: dict[str, int]) -> list[str]:
    """The names of a weight table, the likeliest first."""
    return sorted(weights, key=lambda name: (-weights[name], name))
