"""The front door: nothing heavy is loaded before it is needed, and every end has its exit code and its one line."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import click
import pytest
from click.testing import CliRunner, Result

from partimento import cli
from partimento.theory.errors import BriefError, OutputError, PartimentoError, RenderError

TOP = Path(__file__).resolve().parents[2]
HEAVY = ("torch", "music21", "numpy", "scipy", "mido", "pretty_midi", "pydantic", "PIL")


def modules_after(*words: str) -> set[str]:
    """The modules loaded in a new interpreter after `partimento WORDS` has run."""
    program = (
        "import sys\n"
        "from partimento.cli import main\n"
        f"main({list(words)!r}, prog_name='partimento', standalone_mode=False)\n"
        "print('LOADED', *sys.modules)\n"
    )
    answer = subprocess.run(
        [sys.executable, "-c", program],
        capture_output=True, text=True, check=True, env={**os.environ, "PYTHONPATH": str(TOP / ".dev")},
    )
    return set(answer.stdout.rpartition("LOADED")[2].split())


def run_with(monkeypatch: pytest.MonkeyPatch, deed: Callable[[], object], *words: str) -> Result:
    """Run `partimento try WORDS`, where the command `try` does `deed`."""
    module = ModuleType("partimento_try")

    @click.command("try")
    @click.option("--number", type=int)
    def command(number: int | None) -> None:
        deed()

    vars(module)["command"] = command
    monkeypatch.setitem(sys.modules, "partimento_try", module)
    monkeypatch.setitem(cli.COMMANDS, "try", ("partimento_try", "Try it."))
    return CliRunner().invoke(cli.main, ["try", *words], prog_name="partimento")


def raising(error: BaseException) -> Callable[[], object]:
    """A deed that raises `error`."""

    def deed() -> object:
        raise error

    return deed


def test_help_loads_nothing_heavy() -> None:
    loaded = modules_after("--help")
    assert "click" in loaded
    assert not loaded & set(HEAVY)
    assert not {name for name in loaded if name.startswith("partimento.commands")}


@pytest.mark.parametrize("name", [*cli.COMMANDS])
def test_help_of_a_command_loads_no_torch_and_no_music21(name: str) -> None:
    assert not modules_after(name, "--help") & {"torch", "music21"}


def test_help_lists_every_command_with_its_line() -> None:
    shown = CliRunner().invoke(cli.main, ["--help"]).output
    for name, (_, line) in cli.COMMANDS.items():
        assert name in shown
        assert line in shown


@pytest.mark.parametrize(
    ("error", "code"),
    [(BriefError("no such genre"), 2), (RenderError("no font"), 1), (OutputError("it is there"), 1)],
)
def test_our_errors_are_one_line_and_their_own_code(
    monkeypatch: pytest.MonkeyPatch, error: PartimentoError, code: int
) -> None:
    result = run_with(monkeypatch, raising(error))
    assert (result.exit_code, result.stdout, result.stderr) == (code, "", f"error: {error}\n")


def test_a_message_of_many_lines_is_folded(monkeypatch: pytest.MonkeyPatch) -> None:
    assert run_with(monkeypatch, raising(BriefError("one\n  two"))).stderr == "error: one two\n"


def test_a_fault_of_ours_is_named_so(monkeypatch: pytest.MonkeyPatch) -> None:
    result = run_with(monkeypatch, raising(KeyError("x")))
    assert result.exit_code == 1
    assert result.stderr.startswith("error: internal error (KeyError")
    assert "Traceback" not in result.output


def test_want_of_memory_is_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    def ask() -> None:
        raise MemoryError

    answer = run_with(monkeypatch, ask)
    assert answer.exit_code == 1
    assert answer.stderr.startswith("error: memory ran out.") and answer.stderr.count("\n") == 1


def test_a_failing_disk_is_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    result = run_with(monkeypatch, raising(OSError(28, "No space left on device", "out/song.mid")))
    assert (result.exit_code, result.stderr) == (1, "error: No space left on device: out/song.mid\n")


@pytest.mark.parametrize("words", [["--debug", "try"], ["try", "--debug"]])
def test_debug_lets_the_error_through(monkeypatch: pytest.MonkeyPatch, words: list[str]) -> None:
    run_with(monkeypatch, lambda: None)
    module = sys.modules["partimento_try"]
    vars(module)["command"] = click.command("try")(raising(BriefError("bad")))
    result = CliRunner().invoke(cli.main, words)
    assert isinstance(result.exception, BriefError)


def test_debug_after_two_dashes_is_an_argument(monkeypatch: pytest.MonkeyPatch) -> None:
    assert "unexpected extra argument" in run_with(monkeypatch, lambda: None, "--", "--debug").stderr


def test_interruption(monkeypatch: pytest.MonkeyPatch) -> None:
    result = run_with(monkeypatch, raising(KeyboardInterrupt()))
    assert result.exit_code == 130
    assert result.stderr.strip() == "interrupted"


def test_success_and_chosen_exit_codes(monkeypatch: pytest.MonkeyPatch) -> None:
    assert run_with(monkeypatch, lambda: None).exit_code == 0
    assert run_with(monkeypatch, lambda: click.get_current_context().exit(1)).exit_code == 1


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["compos"], "No such command 'compos'. Did you mean 'compose'?"),
        (["zzz"], "Commands: compose, arrange"),
        (["--versoin"], "Did you mean '--version'?"),
        (["doctor", "--jsn"], "Did you mean '--json'?"),
    ],
)
def test_unknown_words_are_answered_with_the_nearest(words: list[str], said: str) -> None:
    result = CliRunner().invoke(cli.main, words, prog_name="partimento")
    assert result.exit_code == 2
    assert result.stderr.startswith("error: ")
    assert result.stderr.count("\n") == 1
    assert said in result.stderr


def test_a_wrong_value_names_the_option(monkeypatch: pytest.MonkeyPatch) -> None:
    result = run_with(monkeypatch, lambda: None, "--number", "many")
    assert result.exit_code == 2
    assert "--number" in result.stderr
    assert "'many'" in result.stderr
    assert result.stderr.count("\n") == 1


def test_no_words_show_the_help_and_fail() -> None:
    result = CliRunner().invoke(cli.main, [])
    assert result.exit_code == 2
    assert "Usage:" in result.stderr


@pytest.mark.parametrize("setting", ["", "1"])
def test_no_color_is_respected(monkeypatch: pytest.MonkeyPatch, setting: str) -> None:
    monkeypatch.setenv("NO_COLOR", setting)
    run_with(monkeypatch, raising(BriefError("bad")))
    result = CliRunner().invoke(cli.main, ["try"], color=True)
    assert ("\x1b[" in result.stderr) is (setting == "")


def test_version_and_module_call() -> None:
    answer = subprocess.run(
        [sys.executable, "-m", "partimento.cli", "--version"],
        capture_output=True, text=True, env={**os.environ, "PYTHONPATH": str(TOP / ".dev")},
    )
    assert answer.returncode == 0
    assert answer.stdout.startswith("partimento ")
