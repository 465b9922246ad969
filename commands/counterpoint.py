"""`partimento counterpoint`: lines against a cantus firmus in the five species, or the proof that there are none.

Convention: the lines are text on stdout, or files with --out; why there is none, one error line and exit code 1.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from partimento.commands.sources import keep_source, names_a_file
from partimento.score.files import refuse_existing, write_whole
from partimento.theory.errors import TheoryError, nearest

if TYPE_CHECKING:
    from partimento.theory.counterpoint.problem import Problem
    from partimento.theory.counterpoint.solve import Outcome, Solution
    from partimento.theory.pitch import Pitch

_SUFFIXES = (".musicxml", ".mid", ".json", ".svg", ".png", ".pdf")


@click.command("counterpoint")
@click.argument("cantus")
@click.option("--species", type=click.IntRange(1, 5), default=1, help="Note against note (1) to florid (5).")
@click.option("--voices", type=click.IntRange(2, 4), default=2, help="In all, the cantus among them.")
@click.option("--above/--below", default=True, help="Where the added voices lie.")
@click.option("--mode", default="", metavar="NAME", help="dorian, phrygian, ... (found by the final and the tones).")
@click.option("--count", type=click.IntRange(1, 20), default=1, help="How many different solutions.")
@click.option("--without", multiple=True, metavar="RULE", help="A rule that need not be kept; may be repeated.")
@click.option("--out", "-o", type=click.Path(path_type=Path), metavar="FILE",
              help=f"Write {', '.join(_SUFFIXES)}; several are numbered.")  # fmt: skip
@click.option("--explain", is_flag=True, help="Say of every bar why it is so and what else there was.")
@click.option("--force", is_flag=True, help="Overwrite what is there.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON for programs.")
def command(
    cantus: str, species: int, voices: int, above: bool, mode: str, count: int, without: tuple[str, ...],
    out: Path | None, explain: bool, force: bool, as_json: bool,
) -> None:  # fmt: skip
    """Set species counterpoint to CANTUS, a file or its notes, or prove that none keeps the rules.

    \b
    partimento counterpoint "D4 F4 E4 D4 G4 F4 A4 G4 F4 E4 D4" --species 4
    partimento counterpoint cantus.mid --species 1 --voices 3 --below -o setting.musicxml
    """
    from partimento.theory.counterpoint.ask import problem_of
    from partimento.theory.counterpoint.solve import solve

    targets = _targets(out, count)
    for target in targets:
        refuse_existing(target.parent, (target.name,), force)
    problem = problem_of(_cantus(cantus, targets), mode, species, voices, above, without)
    outcome = solve(problem, count)
    if as_json:
        click.echo(json.dumps(_facts(problem, outcome), indent=2, ensure_ascii=False))
    if outcome.verdict != "found":
        _refuse(problem, outcome)
    if len(outcome.solutions) < count:
        click.echo(f"{len(outcome.solutions)} of {count} found; further searches led back to them.", err=True)
    for target, solution in zip(targets, outcome.solutions, strict=False):
        write_whole(target, _file(problem, solution, target.suffix.casefold()), force)
        click.echo(str(target), err=as_json)
    if not as_json:
        _tell(problem, outcome, shown=not targets, explain=explain)


def _targets(out: Path | None, count: int) -> list[Path]:
    """The files to write: one, or as many as there are solutions, numbered."""
    if out is None:
        return []
    suffix = out.suffix.casefold()
    if suffix not in _SUFFIXES:
        hint = nearest(suffix, _SUFFIXES) if suffix else ""
        raise click.UsageError(f"--out '{out}': written are {', '.join(_SUFFIXES)}.{hint}")
    if count == 1:
        return [out]
    return [out.with_name(f"{out.stem}-{number}{out.suffix}") for number in range(1, count + 1)]


def _cantus(text: str, targets: list[Path]) -> list[Pitch]:
    """The pitches of a cantus given as notes, or in a file."""
    from partimento.theory.pitch import Pitch

    words = text.replace(",", " ").split()
    if len(words) > 1 and not names_a_file(text):
        return [Pitch.parse(word) for word in words]
    from partimento.commands.sources import check_named
    from partimento.teaching.reading import read_source

    path = Path(text)
    check_named(path)
    keep_source(path, targets)
    return single_line(read_source(path).piece.tones)


def single_line(tones: Any) -> list[Pitch]:
    """The pitches of a line; TheoryError where two tones sound at once, or there are rests or no tones."""
    sung = [tone for tone in tones if not tone.grace]
    if not sung:
        raise TheoryError("There is no note to be a cantus firmus.")
    for number, (one, other) in enumerate(zip(sung, sung[1:], strict=False), 1):
        # A performance may hold a note a little over the next, or leave it a little early.
        slack = max(60, one.duration // 4)
        if other.onset < one.end - min(slack, one.duration // 4):
            raise TheoryError(f"The cantus has notes at once ({one.pitch} and {other.pitch}, its notes {number} and "
                              f"{number + 1}); a cantus firmus is one line.")  # fmt: skip
        if other.onset > one.end + slack:
            raise TheoryError(f"The cantus rests after its note {number} ({one.pitch}); a cantus firmus has no rests.")
    return [tone.pitch for tone in sung]


def _refuse(problem: Problem, outcome: Outcome) -> None:
    """Say why there is no line, and end with 1."""
    from partimento.teaching.counterpoint_words import conflict_words

    if outcome.verdict == "undecided":
        click.echo(
            "No setting was found, and none was proved impossible; try other voices or another species.", err=True
        )
    elif outcome.conflict is None:
        click.echo(f"No setting exists: every one was gone through, {_considered(problem)}.", err=True)
    else:
        for line in conflict_words(outcome.conflict, _considered(problem)):
            click.echo(line, err=True)
    raise click.exceptions.Exit(1)


def _considered(problem: Problem) -> str:
    """The tones that were considered, in words."""
    from partimento.theory.counterpoint.tones import pitch_of

    found = [tone for voice in problem.added for bar in range(len(problem.cantus)) for tone in
             problem.candidates(voice, bar)]  # fmt: skip
    return f"tones from {pitch_of(min(found))} to {pitch_of(max(found))} in {problem.gamut.key}"


def _tell(problem: Problem, outcome: Outcome, shown: bool, explain: bool) -> None:
    from partimento.teaching.counterpoint_words import lines_words, reason_words
    from partimento.theory.counterpoint.as_piece import names_of
    from partimento.theory.counterpoint.reasons import reasons

    for number, solution in enumerate(outcome.solutions):
        names = names_of(problem, solution)
        if number and (shown or explain):
            click.echo("")
        if shown:
            for line in lines_words(names, [_text(line) for line in solution.lines]):
                click.echo(line)
        if explain:
            for reason in reasons(problem, solution):
                click.echo(reason_words(reason, names[reason.voice] if problem.voices > 2 else ""))


def _text(line: tuple[tuple[int, int, int], ...]) -> str:
    """A line as text, bars apart; "-" before a bar's note that is held over."""
    from partimento.theory.counterpoint.rules import BAR
    from partimento.theory.counterpoint.tones import pitch_of

    bars: list[list[str]] = [[] for _ in range((line[-1][0]) // BAR + 1)]
    for onset, length, tone in line:
        bars[onset // BAR].append(str(pitch_of(tone)))
        if onset // BAR != (onset + length - 1) // BAR:
            bars[onset // BAR + 1].append(f"-{pitch_of(tone)}")
    return " | ".join(" ".join(bar) for bar in bars)


def _facts(problem: Problem, outcome: Outcome) -> dict[str, Any]:
    from partimento.theory.counterpoint.as_piece import names_of
    from partimento.theory.counterpoint.tones import pitch_of

    conflict = outcome.conflict
    return {
        "verdict": outcome.verdict,
        "mode": str(problem.gamut.key),
        "species": problem.species,
        "considered": _considered(problem),
        "solutions": [
            {
                "cost": solution.cost,
                "voices": [
                    {
                        "name": name,
                        "notes": [{"onset": o, "duration": d, "pitch": str(pitch_of(t))} for o, d, t in line],
                    }
                    for name, line in zip(names_of(problem, solution), solution.lines, strict=True)
                ],
            }
            for solution in outcome.solutions
        ],
        "conflict": None if conflict is None else {
            "rules": list(conflict.rules), "bars": [conflict.first, conflict.last],
            "nearest": [{"rule": rule, "tick": tick} for rule, tick in conflict.nearest],
        },
    }  # fmt: skip


def _file(problem: Problem, solution: Solution, suffix: str) -> bytes:
    """A solution as the bytes of a file of that suffix."""
    from partimento.teaching.counterpoint_song import song_of_counterpoint

    song = song_of_counterpoint(problem, solution)
    if suffix == ".json":
        return song.to_json().encode()
    if suffix == ".mid":
        return song.to_midi()
    if suffix == ".musicxml":
        return song.to_musicxml()
    from partimento.score.notation.engrave import check_engraving, pdf_of, png_of, svg_pages

    check_engraving()
    pages = svg_pages(song.to_musicxml())
    if suffix == ".svg":
        return pages[0].encode()
    return pdf_of(pages) if suffix == ".pdf" else png_of(pages[0])
