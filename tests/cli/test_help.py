"""Every command explains itself, and every example in a help text works."""

import re
import shlex
import shutil
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from attndsl import __version__
from attndsl.cli.entry import COMMANDS
from attndsl.cli.entry import attndsl as group
from tests.cli.conftest import Command, needs_numba

NAMES = [name for entries in COMMANDS.values() for name in entries]
# What needs more than a checkout with its own packages: it is shown, not run.
NOT_RUN = {
    "attndsl compare runs/base runs/tuned": "two runs",
    "attndsl score runs/stories --on news.txt --on code.jsonl:code --tokens 64,256": "a run",
    "attndsl score runs/stories --on news.txt --on local:4": "a run",
    "attndsl run previous.attn --watch": "goes on until Ctrl-C",
    "attndsl lsp": "waits for an editor",
    "attndsl mcp runs/stories": "waits for an agent",
    "attndsl studio runs/stories": "waits for a browser",
    "attndsl studio previous.attn --model smollm2": "waits for a browser",
    "attndsl doctor --get smollm2": "would install a package",
    "attndsl capture smollm2 --text stories.txt -o stories.attnstore": "the store of the others",
    "attndsl replace smollm2 --run runs/stories --fraction 0.25 --text stories.txt": "minutes",
    "attndsl heads smollm2 --store smollm2.attnstore": "captures hundreds of probe texts",
    "attndsl heads smollm2 --store smollm2.attnstore --find induction": "the same",
    "attndsl explain smollm2 --text stories.jsonl --budget 30m -o stories-run": "half an hour",
    "attndsl explain smollm2 --proposers llm --llm-model NAME --heads 3.5 --dry-run": "captures",
    "attndsl push runs/stories me/stories-heads": "would write to the hub",
    "attndsl pull me/stories-heads -o runs/theirs": "needs the hub",
    "attndsl merge runs/low runs/high -o runs/whole": "needs two runs",
    "attndsl export runs/stories --csv heads.csv --maps maps.safetensors": "needs a run of explain",
    "attndsl report runs/stories -o report.html": "needs a run of explain",
    "attndsl generate smollm2 --run runs/stories --prompt 'Once upon a time'": "takes minutes",
}
STORE = "stories.attnstore"


def command(name: str) -> click.Command:
    found = group.get_command(click.Context(group), name)
    assert found is not None
    return found


def examples(text: str) -> Iterator[str]:
    """The lines of a help text that are indented and start with the program's name."""
    for line in text.splitlines():
        if re.match(r"\s+attndsl ", line):
            yield line.strip()


def all_examples() -> list[str]:
    texts = [group.epilog or "", *(command(name).help or "" for name in NAMES)]
    return [example for text in texts for example in examples(text)]


@pytest.mark.parametrize("name", NAMES)
def test_help_has_an_example_and_names_no_machinery(attndsl: Command, name: str) -> None:
    result = attndsl(name, "--help")
    assert result.status == 0, result.err
    assert list(examples(result.out)), "an example of use"
    for option in command(name).params:
        if isinstance(option, click.Option):
            assert option.help, f"{name} {option.opts} has no help"


@pytest.mark.parametrize("name", NAMES)
def test_the_line_in_the_list_is_the_first_of_the_commands_own_help(name: str) -> None:
    line = next(entries[name].help for entries in COMMANDS.values() if name in entries)
    first = (command(name).help or "").split("\n\n")[0].replace("\n", " ")
    assert first.split("; ")[0].rstrip(".") == line.split("; ")[0].rstrip(".")


@pytest.mark.parametrize(
    "example",
    [
        pytest.param(example, marks=needs_numba) if " dedup " in example else example
        for example in all_examples()
    ],
)
def test_an_example_works(attndsl: Command, example: str, request: pytest.FixtureRequest) -> None:
    if STORE in example:
        captured: Path = request.getfixturevalue("captured")
        shutil.copytree(captured, STORE)
    if example in NOT_RUN:
        pytest.skip(NOT_RUN[example])
    words = shlex.split(example)[1:]
    stdin = ""
    if "<" in words:
        place = words.index("<")
        with open(words[place + 1], encoding="utf-8") as stream:
            stdin = stream.read()
        words = words[:place]
    result = attndsl(*words, stdin=stdin)
    assert result.status == 0, result.err
    if "fmt" not in words:  # it has nothing to say of a file that is in format
        assert result.out or result.err


def test_help_without_a_command_lists_all(attndsl: Command) -> None:
    result = attndsl("--help")
    assert result.status == 0
    assert all(re.search(rf"^  {name} ", result.out, re.MULTILINE) for name in NAMES)
    assert "_ATTNDSL_COMPLETE" in result.out


def test_version(attndsl: Command) -> None:
    assert attndsl("--version").out == f"attndsl, version {__version__}\n"
