"""The table of commands, and the one place where errors become messages and exit statuses."""

import io
import os
import shlex
import signal
import sys
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

import click

from attndsl import __version__
from attndsl.cli.output import say, show_error
from attndsl.language.diagnostics import AttndslError

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem

INTERRUPTED = 130  # as shells number it: 128 + the signal
TERMINATED = 128 + signal.SIGTERM


@dataclass(frozen=True, slots=True)
class Entry:
    """Where a command lives, and its line in `attndsl --help`."""

    module: str
    help: str
    goes_on: bool = False  # where it was stopped, when given again


# One row a command; the module holds a function of the command's name followed by `_command`.
COMMANDS: dict[str, dict[str, Entry]] = {
    "Programs": {
        "check": Entry("check", "Say what is wrong with programs, and what is proved of them."),
        "fmt": Entry("fmt", "Rewrite programs in the one format."),
        "ast": Entry("tree", "Show any stage between a program's text and its meaning."),
        "run": Entry("run", "Show a program's attention on a text: a row a query, a column a key."),
        "diff": Entry("diff", "Show where two programs attend differently."),
        "dedup": Entry("dedup", "Find programs that are the same, and why."),
    },
    "Models": {
        "capture": Entry(
            "capture", "Write the attention of all heads for each text to a store.", goes_on=True
        ),
        "heads": Entry("heads", "Say how much each head rests and which known mechanism it shows."),
        "score": Entry("score", "Find the best program of a library for every head of a model."),
        "report": Entry("report", "Write what a library says of a model's heads as one HTML file."),
        "replace": Entry(
            "replace",
            "Measure a model with programs in place of growing shares of its heads.",
            goes_on=True,
        ),
        "generate": Entry(
            "generate", "Write text with programs in place of heads, beside the unmodified model's."
        ),
        "explain": Entry(
            "explain", "Find the best readable program for every head of a model.", goes_on=True
        ),
    },
    "Runs": {
        "push": Entry("package", "Put a run on the Hugging Face hub, with a card."),
        "pull": Entry("package", "Bring a run from the Hugging Face hub."),
        "compare": Entry("package", "Say which heads changed between two runs."),
        "merge": Entry("package", "Make one run of two of the same model."),
        "export": Entry("package", "Write a run's figures and maps for other tools."),
    },
    "Authoring": {
        "port": Entry("port", "Write published Python programs in the language."),
        "lsp": Entry("lsp", "Answer an editor: diagnostics, completion, hover and more."),
        "studio": Entry(
            "studio", "Write programs in the browser, beside the heads that they explain."
        ),
        "playground": Entry("playground", "Write a static page on which the compiler runs."),
        "mcp": Entry("mcp", "Give agents tools to explain the heads of a run."),
    },
    "Reference": {
        "vocabulary": Entry("reference", "List everything that a program can name."),
        "grammar": Entry("reference", "Print the grammar of the language, in Lark's notation."),
        "texts": Entry("reference", "List the built-in texts, or print one."),
        "doctor": Entry("doctor", "Say what is installed, what is missing and how to get it."),
    },
}

_EPILOG = """\b
Example:
  attndsl run previous.attn --text "The cat sat on the mat."

\b
Shell completion, for ~/.bashrc (zsh and fish likewise, with zsh_source or fish_source):
  eval "$(_ATTNDSL_COMPLETE=bash_source attndsl)"
"""


class Commands(click.Group):
    """A group that knows its commands' names and lines without loading them."""

    def list_commands(self, context: click.Context) -> list[str]:
        return [name for entries in COMMANDS.values() for name in entries]

    def get_command(self, context: click.Context, name: str) -> click.Command | None:
        for entries in COMMANDS.values():
            if name in entries:
                module = import_module(f"attndsl.cli.{entries[name].module}")
                command = getattr(module, f"{name}_command")
                assert isinstance(command, click.Command)
                return _completing(command)
        return None

    def resolve_command(
        self, context: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        try:
            return super().resolve_command(context, args)
        except click.UsageError:
            from difflib import get_close_matches

            near = get_close_matches(args[0], self.list_commands(context), 1)
            more = f"did you mean '{near[0]}'?" if near else "'attndsl --help' lists them"
            raise click.UsageError(f"no command '{args[0]}'; {more}", context) from None

    def format_commands(self, context: click.Context, formatter: click.HelpFormatter) -> None:
        for title, entries in COMMANDS.items():
            with formatter.section(title):
                formatter.write_dl([(name, entry.help) for name, entry in entries.items()])


FILES = ("FILE", "LIBRARY", "STORE", "DIR", "MODEL", "A", "B")  # how metavars of them begin


class FileName(click.types.StringParamType):
    """A name that a shell completes to files."""

    name = "file"

    def shell_complete(
        self, context: click.Context, param: click.Parameter, incomplete: str
    ) -> "list[CompletionItem]":
        from click.shell_completion import CompletionItem

        return [CompletionItem(incomplete, type="file")]


def _completing(command: click.Command) -> click.Command:
    """The command, with what names a file completed to files; all else is left to its type."""
    for param in command.params:
        begun = (param.metavar or "").split("[")[0].split("|")[0].rstrip(".")
        if begun in FILES and param.type is click.STRING:
            param.type = FileName()
    return command


@click.group(
    cls=Commands,
    name="attndsl",
    epilog=_EPILOG,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
@click.version_option(__version__, "--version", prog_name="attndsl")
def attndsl() -> None:
    """Write, check, run and fit attention programs.

    Exit status: 0 well, 1 the input is at fault, 2 wrong usage. Colour is used on terminals only
    and never where NO_COLOR is set.
    """


def run(arguments: Sequence[str] | None = None) -> int:
    """Run one command line; give the exit status. Only a fault of ours leaves a traceback."""
    words = list(sys.argv[1:] if arguments is None else arguments)
    _fill_closed()
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):  # a letter the terminal lacks is no reason to stop
            stream.reconfigure(errors="replace")
    try:
        with heeding_an_end(words):
            status = attndsl.main(words, prog_name="attndsl", standalone_mode=False)
        sys.stdout.flush()
        return status if isinstance(status, int) else 0
    except click.exceptions.NoArgsIsHelpError as no_arguments:
        no_arguments.show()
        return 2
    except click.ClickException as usage:
        told = io.StringIO()
        usage.show(told)
        say(told.getvalue(), file=sys.stderr, end="")
        return usage.exit_code
    except AttndslError as fault:
        return failed(fault, words)
    except (click.Abort, KeyboardInterrupt):
        say(stopped(words), file=sys.stderr)
        return INTERRUPTED
    except Ended:
        say(stopped(words), file=sys.stderr, flush=True)
        return TERMINATED
    except BrokenPipeError:
        # The reader has gone (`attndsl ... | head`); keep Python's own last flush quiet too.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except OSError as fault:
        where = f"{fault.filename}: " if fault.filename else ""
        return failed(f"{where}{fault.strerror or fault}", words)
    except ModuleNotFoundError as missing:
        extra = _extra_with(missing.name or "")
        if not extra:
            raise
        return failed(f"this needs {missing.name}: attndsl doctor --get {extra}", words)
    except MemoryError:
        return failed("not enough memory for this; try a shorter text", words)


class Ended(BaseException):
    """Raised where the process was asked to end (TERM): like Ctrl-C it is no fault."""


@contextmanager
def heeding_an_end(words: Sequence[str]) -> Iterator[None]:
    """Being asked to end raises, of commands that go on where they were stopped: they say how."""
    if not goes_on(words) or threading.current_thread() is not threading.main_thread():
        yield
        return

    def end(*_: object) -> None:
        raise Ended

    before = signal.signal(signal.SIGTERM, end)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def _fill_closed() -> None:
    """A stream that the caller has closed (`>&-`) is an empty one, lest a file opened later take
    its number and with it what is printed."""
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:
            # It stays open as long as the process, as the stream would.
            setattr(sys, name, Path(os.devnull).open(mode, encoding="utf-8"))  # noqa: SIM115


def failed(fault: AttndslError | str, words: Sequence[str]) -> int:
    """Say what went wrong, as JSON where that was asked for; gives the exit status."""
    error = fault if isinstance(fault, AttndslError) else AttndslError(fault)
    show_error(error, as_json="--json" in words)
    return 1


def stopped(words: Sequence[str]) -> str:
    """What is said after Ctrl-C, or where the process was asked to end.

    >>> print(stopped(["explain", "smollm2", "-o", "my run"]).strip())
    stopped; what was done is kept, and the same command goes on from here:
      attndsl explain smollm2 -o 'my run'
    """
    if not goes_on(words):
        return "\nstopped"
    again = shlex.join(["attndsl", *words])
    return f"\nstopped; what was done is kept, and the same command goes on from here:\n  {again}"


def goes_on(words: Sequence[str]) -> bool:
    """Whether a command goes on where it was stopped, when it is given again."""
    entries = {name: entry for group in COMMANDS.values() for name, entry in group.items()}
    return bool(words) and words[0] in entries and entries[words[0]].goes_on


def _extra_with(module: str) -> str:
    """The extra that a module comes with, or nothing where it is none of ours."""
    from attndsl.models.doctor import PARTS

    package = module.split(".")[0].replace("_", "-")
    return next((extra for extra, parts in PARTS.items() if extra and package in parts), "")
