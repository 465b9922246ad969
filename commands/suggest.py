"""`partimento suggest`: what may follow some chords, with reasons and voicings; and a chart reharmonised.

Convention: the table, or JSON with --json, goes to stdout; the key where it was found goes to stderr.
"""

from __future__ import annotations

import json
import textwrap
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from partimento.composer.reharmonise import Bars, Chart, Melody
    from partimento.composer.suggest import Suggestion
    from partimento.theory.chord import Chord
    from partimento.theory.key import Key
    from partimento.theory.meter import Meter

_WIDTH = 100
_INDENT = " " * 10


@click.command("suggest")
@click.argument("chords")
@click.option("--key", metavar="KEY", help="The key they stand in; found when it is not said.")
@click.option("--style", default="jazz", metavar="NAME", help='A genre, or "chorale"; see: partimento genres.')
@click.option("--count", type=click.IntRange(1, 40), default=8, metavar="N", help="How many chords.")
@click.option("--reharmonize", is_flag=True, help="What may stand in each chord's place, and whole charts.")
@click.option("--charts", type=click.IntRange(1, 4), default=3, metavar="N", help="Charts, each bolder than the last.")
@click.option("--melody", type=click.Path(path_type=Path), metavar="FILE", help="The chart's melody, to be kept legal.")
@click.option("--meter", default="4/4", metavar="METER", help="The chart's meter; a melody's own comes first.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON for programs.")
def command(
    chords: str, key: str | None, style: str, count: int, reharmonize: bool, charts: int, melody: Path | None,
    meter: str, as_json: bool,
) -> None:  # fmt: skip
    """Suggest what may follow CHORDS, ranked, each with its reason and a voicing; or reharmonise them as a chart.

    \b
    partimento suggest "Dm7 G7" --key C --style jazz
    partimento suggest --reharmonize "C | Am | Dm | G7" --charts 4
    """
    from partimento.arrangement.style import load_style
    from partimento.composer.prompt_tables import genre_called
    from partimento.composer.suggest import find_key_of
    from partimento.theory.chord import parse_progression
    from partimento.theory.errors import BriefError
    from partimento.theory.key import Key
    from partimento.theory.meter import Meter

    if melody is not None and not reharmonize:
        raise click.UsageError("--melody belongs to --reharmonize: it is what a new chart must fit")
    bars = parse_progression(_spelled_out(chords, key))
    flat = [chord for bar in bars for chord in bar if chord is not None]
    if not flat:
        raise BriefError(f"'{chords}' has no chord: write some, as in 'Dm7 G7'")
    name = "chorale" if style.strip().casefold() == "chorale" else load_style(genre_called(style)).name
    tune, found_meter = _melody(melody) if melody is not None else ((), None)
    found = Key.parse(key) if key is not None else find_key_of(flat, name)
    time = found_meter or Meter.parse(meter)
    if key is None and not as_json:
        click.echo(f"Key: {found} (found)", err=True)
    if reharmonize:
        _reharmonise(bars, found, time, tune, charts, as_json)
        return
    _suggest(flat, found, name, count, key is None, as_json)


def _spelled_out(text: str, key: str | None) -> str:
    """The chords' names, where a text gives all of them as numerals in a key."""
    from partimento.theory.errors import BriefError
    from partimento.theory.key import Key
    from partimento.theory.roman import Numeral, chord_of

    words = [word for word in text.replace("|", " | ").split() if word not in ("|", "%")]
    if not words or not all(word.lstrip("b#♭♯")[:1] in ("I", "V", "i", "v") for word in words):
        return text
    if key is None:
        raise BriefError(f"'{words[0]}' is a numeral and no key is said: give --key, as in --key C")
    found = Key.parse(key)
    names = {word: chord_of(str(Numeral.parse(word)), found).name for word in words}
    return " ".join(names.get(word, word) for word in text.replace("|", " | ").split())


def _suggest(chords: list[Chord], key: Key, style: str, count: int, key_found: bool, as_json: bool) -> None:
    from partimento.composer.suggest import numeral_in, suggest, voiced_pitches

    found = suggest(chords, key, style, count)
    if as_json:
        given = [
            {"chord": chord.name, "numeral": numeral_in(chord, key, style), "voicing": [str(p) for p in pitches]}
            for chord, pitches in zip(chords, voiced_pitches(chords), strict=True)
        ]
        rows = [_suggestion_json(one) for one in found]
        data = {"key": str(key), "key_found": key_found, "style": style, "given": given, "suggestions": rows}
        click.echo(json.dumps(data, indent=2, ensure_ascii=False))
        return
    for one in found:
        voicing = " ".join(map(str, one.voicing))
        click.echo(f"{one.chord.name:<9} {one.numeral:<9} {one.share:>5.1f} %  {voicing}")
        why = _why(one).replace(" %", "\u00a0%")  # the sign stays with its number
        for line in textwrap.wrap(why, _WIDTH, initial_indent=_INDENT, subsequent_indent=_INDENT):
            click.echo(line.replace("\u00a0", " "))


def _why(one: Suggestion) -> str:
    """The two most telling relations in words, and how often the step was counted."""
    from partimento.teaching.harmony_words import reason

    said = [reason(relation.rule, relation.values) for relation in one.relations[:2]]
    if one.counted is not None:
        said.append(f"Counted: {one.counted:g} %.")
    return " ".join(dict.fromkeys(said))


def _suggestion_json(one: Suggestion) -> dict[str, Any]:
    from partimento.teaching.harmony_words import reason

    return {
        "chord": one.chord.name,
        "numeral": one.numeral,
        "share": one.share,
        "counted": one.counted,
        "reasons": [
            {"rule": relation.rule, "text": reason(relation.rule, relation.values)} for relation in one.relations
        ],
        "voicing": [str(pitch) for pitch in one.voicing],
    }


def _melody(file: Path) -> tuple[Melody, Meter]:
    """The melody's notes from its first bar line on, and its meter."""
    from partimento.commands.sources import check_named
    from partimento.composer.chorale_text import line_of_piece, tune_of
    from partimento.teaching.reading import read_source

    check_named(file)
    tune = tune_of(line_of_piece(read_source(file).piece))
    return tuple((onset - tune.pickup, length, number) for onset, length, number in tune.notes), tune.meter


def _reharmonise(bars: Bars, key: Key, meter: Meter, melody: Melody, charts: int, as_json: bool) -> None:
    from partimento.composer.reharmonise import places, reharmonised, substitutes
    from partimento.teaching.harmony_words import reason

    rows = [(place, substitutes(place, key, melody)) for place in places(bars, meter)]
    found = reharmonised(bars, key, meter, melody, charts)
    if as_json:
        data = {
            "key": str(key),
            "places": [
                {
                    "bar": place.bar + 1,
                    "chord": place.chord.name,
                    "substitutes": [
                        {"chords": [chord.name for chord in one.chords], "daring": one.daring, "rule": one.rule,
                         "reason": reason(one.rule, one.values)}
                        for one in options
                    ],
                }
                for place, options in rows
            ],
            "charts": [_chart_json(chart) for chart in found],
        }  # fmt: skip
        click.echo(json.dumps(data, indent=2, ensure_ascii=False))
        return
    for place, options in rows:
        click.echo(f"Bar {place.bar + 1}, {place.chord.name}:" + ("" if options else " nothing else fits"))
        for one in options:
            names = " ".join(chord.name for chord in one.chords)
            click.echo(f"  {names:<14} {'*' * one.daring:<4} {reason(one.rule, one.values)}")
    for chart in found:
        click.echo(f"Daring {chart.daring}: {chart.text}")


def _chart_json(chart: Chart) -> dict[str, Any]:
    from partimento.teaching.harmony_words import reason

    return {
        "daring": chart.daring,
        "chart": chart.text,
        "changes": [
            {"bar": place.bar + 1, "from": place.chord.name, "to": [chord.name for chord in one.chords],
             "rule": one.rule, "reason": reason(one.rule, one.values)}
            for place, one in chart.changes
        ],
    }  # fmt: skip
