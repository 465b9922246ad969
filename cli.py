"""The command line's front door: a click group that imports a command's module only when it is run.

Convention: data goes to stdout, messages to stderr; bad input ends with one line and exit code 2, a failure
with 1. Every module in `commands/` holds its click command under the name `command`.
"""

from __future__ import annotations

import os
import signal
import sys
import threading
from collections.abc import Sequence
from importlib import import_module
from typing import Any, NoReturn

import click

from partimento.theory.errors import PartimentoError, nearest

COMMANDS: dict[str, tuple[str, str]] = {
    "compose": ("partimento.commands.compose", "Compose a song: MIDI, audio, a picture, and why it is so."),
    "arrange": ("partimento.commands.arrange", "Harmonise a tune from a file and build a song round it."),
    "genres": ("partimento.commands.genres", "List the genres, or show what one is made of."),
    "instruments": ("partimento.commands.instruments", "List the instruments, their ranges and names."),
    "render": ("partimento.commands.render", "Play a MIDI file or song.json: mix, stems, excerpts, streams."),
    "mix": ("partimento.commands.mix", "Change a song's mix, report on it, or mix anybody's stems."),
    "export": ("partimento.commands.export", "MIDI, scores, parts, DAW projects, stems for other programs."),
    "import": ("partimento.commands.importing", "Make a song of a MIDI, MusicXML, ABC or DAWproject file."),
    "explain": ("partimento.commands.explain", "Say why every chord and note is there, of a song or any file."),
    "analyze": ("partimento.commands.analyze", "Keys, chords, cadences, form and non-chord tones of any file."),
    "check": ("partimento.commands.check", "Part-writing errors, with reasons and remedies."),
    "counterpoint": ("partimento.commands.counterpoint", "Write species counterpoint to a cantus firmus."),
    "harmonize": ("partimento.commands.harmonize", "Set a melody for four voices, or give it chords."),
    "suggest": ("partimento.commands.suggest", "What may follow CHORDS, or stand in their place."),
    "exercise": ("partimento.commands.exercise", "Worksheets with keys: intervals to species counterpoint."),
    "grade": ("partimento.commands.grade", "Mark students' worksheets: points, places, rules, hints."),
    "lesson": ("partimento.commands.lesson", "A short lesson: text, examples, three exercises."),
    "glossary": ("partimento.commands.glossary", "The terms of music theory, each drawn and played."),
    "soundfonts": ("partimento.commands.soundfonts", "List, show, check, choose and install SoundFonts."),
    "train": ("partimento.commands.train", "Train the neural models, or a melody style of your own."),
    "doctor": ("partimento.commands.doctor", "Say what is installed, what is missing, and how to get it."),
}
"""Name on the command line -> (module, line in `--help`), in the order in which `--help` lists them."""


class LazyGroup(click.Group):
    """A group over `COMMANDS` that turns every error into one line on stderr and an exit code."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The names in `COMMANDS`, in its order."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import and return the command `cmd_name`, or None when there is none of that name."""
        if cmd_name not in COMMANDS:
            return None
        loaded = import_module(COMMANDS[cmd_name][0]).command
        if not isinstance(loaded, click.Command):
            raise TypeError(f"{COMMANDS[cmd_name][0]}.command is not a click command")
        return loaded

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """As click's, but an unknown name is answered with the nearest one without importing any command."""
        name = args[0]
        if name not in COMMANDS and not name.startswith("-"):
            hint = nearest(name, COMMANDS) or f" Commands: {', '.join(COMMANDS)}."
            raise click.UsageError(f"No such command '{name}'.{hint}", ctx)
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the command list from the table, importing nothing."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, line) for name, (_, line) in COMMANDS.items()])

    def main(
        self,
        args: Sequence[str] | None = None,
        prog_name: str | None = None,
        complete_var: str | None = None,
        standalone_mode: bool = True,
        **extra: Any,
    ) -> Any:
        """Run the command line `args` (default `sys.argv[1:]`) and exit; `--debug` may stand anywhere in it.

        Exits 0 when all went well, 2 for bad input, 1 for a failure, 130 when interrupted. With
        `standalone_mode=False` errors propagate, as in click.
        """
        words, debug = _without_debug(sys.argv[1:] if args is None else list(args))
        if os.environ.get("NO_COLOR"):
            extra["color"] = False
        if not standalone_mode:
            return super().main(words, prog_name, complete_var, standalone_mode=False, **extra)
        _replace_unprintable()
        _end_in_order()
        try:
            result = super().main(words, prog_name, complete_var, standalone_mode=False, **extra)
        except BaseException as error:
            if debug and isinstance(error, Exception) and not isinstance(error, click.exceptions.Abort):
                raise
            _fail(error)
        finally:
            _interrupt_as_before()
        sys.exit(result if isinstance(result, int) else 0)


def _without_debug(words: list[str]) -> tuple[list[str], bool]:
    """`words` less every `--debug` before a `--`, and whether there was one."""
    end = words.index("--") if "--" in words else len(words)
    kept = [word for word in words[:end] if word != "--debug"]
    return kept + words[end:], len(kept) < end


def _replace_unprintable() -> None:
    """Let a terminal that lacks a character (♭ in Latin-1) show `?` rather than stop the program."""
    reconfigure = getattr(sys.stdout, "reconfigure", None)
    if reconfigure is not None:
        reconfigure(errors="replace")


def _end_in_order() -> None:
    """Let SIGTERM and a closed terminal end the program as Ctrl-C does, so that nothing half-written stays behind."""
    if threading.current_thread() is not threading.main_thread():
        return
    for name in ("SIGTERM", "SIGHUP"):
        number = getattr(signal, name, None)
        if number is not None and signal.getsignal(number) == signal.SIG_DFL:
            signal.signal(number, _end)
    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
        signal.signal(signal.SIGINT, _end)


def _interrupt_as_before() -> None:
    """Whoever called us from Python has its Ctrl-C again."""
    if threading.current_thread() is threading.main_thread() and signal.getsignal(signal.SIGINT) is _end:
        signal.signal(signal.SIGINT, signal.default_int_handler)


def _end(number: int, _frame: object) -> NoReturn:
    if number == signal.SIGINT:
        # A KeyboardInterrupt of Python's own may end the process by the signal instead of by the code that is promised.
        _say("interrupted")
    sys.exit(128 + number)


def _fail(error: BaseException) -> NoReturn:
    """Print `error` as one line on stderr and exit with its code (click has seen to a closed pipe)."""
    match error:
        case click.exceptions.NoArgsIsHelpError():
            error.show()
            sys.exit(2)
        case click.exceptions.Abort() | KeyboardInterrupt():
            _say("interrupted")
            sys.exit(130)
        case PartimentoError():
            from partimento.commands.remedies import told

            _say_error(told(error))
            sys.exit(error.exit_code)
        case click.UsageError():
            message = error.format_message()
            stop = "" if message.endswith((".", "?", "!")) else "."
            where = f"{stop} See '{error.ctx.command_path} --help'." if error.ctx else ""
            _say_error(message + where)
            sys.exit(2)
        case click.ClickException():
            _say_error(error.format_message())
            sys.exit(error.exit_code)
        case OSError():
            place = f": {error.filename}" if error.filename else ""
            _say_error(f"{error.strerror or error}{place}")
            sys.exit(1)
        case MemoryError():
            _say_error("memory ran out. A shorter piece, or fewer programs beside this one, need less.")
            sys.exit(1)
        case Exception():
            kind = type(error).__name__
            _say_error(f"internal error ({kind}: {error}). A fault in Partimento; `--debug` shows where.")
            sys.exit(1)
        case _:
            raise error


def _say_error(message: str) -> None:
    """Print `error: message` on stderr, whitespace folded so that it is one line."""
    _say(click.style("error:", fg="red") + " " + " ".join(message.split()))


def _say(line: str) -> None:
    """Print `line` on stderr; colours only on a terminal, and never under NO_COLOR."""
    click.echo(line, err=True, color=False if os.environ.get("NO_COLOR") else None)


def _show_version(ctx: click.Context, _parameter: click.Parameter, wanted: bool) -> None:
    """Print the installed version and exit."""
    if not wanted or ctx.resilient_parsing:
        return
    from importlib.metadata import PackageNotFoundError, version  # costs more than all else in `--help`

    try:
        click.echo(f"partimento {version('partimento')}")
    except PackageNotFoundError:
        click.echo("partimento (running from its source folder, not installed)")
    ctx.exit()


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.option(
    "--version", is_flag=True, expose_value=False, is_eager=True, callback=_show_version,
    help="Show the version and exit.",
)
@click.option("--debug", is_flag=True, expose_value=False, help="Show a traceback when something fails.")
def main() -> None:
    """Compose complete songs, play them, and say why every chord and note is there."""


if __name__ == "__main__":
    main(prog_name="partimento")
