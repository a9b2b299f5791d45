"""No text steers the terminal: docstrings, labels, names, errors show their control characters."""

import ast
import re
from pathlib import Path

import pytest

import attndsl.cli.output as room
from attndsl.cli.output import seen
from attndsl.cli.phases import shown
from tests.cli.conftest import Command, needs_numba

TITLE = "\x1b]0;taken\x07"
TURNED = "\u202e"
STEERING = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")
SPELLED = r"Say \x1b]0;taken\x07 and \u202e."
HOSTILE = f'def evil(q, k):\n    """{SPELLED}"""\n    return k == q.prev\n'


@pytest.fixture
def hostile(attndsl: Command) -> Command:
    """The command line in a folder with a program that tries."""
    Path("evil.attn").write_text(HOSTILE)
    return attndsl


@pytest.mark.parametrize(
    "words",
    [
        ("run", "evil.attn", "--text", f"a {TITLE} b {TURNED} c"),
        ("run", "evil.attn", "--text", f"a {TITLE} b", "--values"),
        ("diff", "evil.attn", "heads.attn:first_token", "--text", f"a{TITLE} {TITLE} c", "--map"),
        ("check", "evil.attn"),
        ("ast", "evil.attn"),
        ("ast", "evil.attn", "--stage", "parse"),
        ("ast", "evil.attn", "--trace"),
        ("fmt", f"evil{TITLE}.attn"),
        ("run", f"no{TITLE}.attn"),
        ("run", f"evil.attn:{TURNED}"),
        ("run", "evil.attn", "--tokenizer", f"./{TITLE}"),
        ("run", "evil.attn", "--mask", TITLE),
        ("diff", "evil.attn", f"{TITLE}"),
        ("score", "evil.attn", "--store", f"{TITLE}"),
        pytest.param(("dedup", "evil.attn", "previous.attn", "--text", f"a {TITLE} b"),
                     marks=needs_numba),
    ],
)  # fmt: skip
def test_nothing_steers_the_terminal(hostile: Command, words: tuple[str, ...]) -> None:
    result = hostile(*words)
    assert result.out + result.err
    assert STEERING.findall(result.out + result.err) == []


def test_a_docstring_is_shown_with_what_it_holds(hostile: Command) -> None:
    assert SPELLED in hostile("run", "evil.attn", "--text", "a b").out


def test_notes_of_a_job_are_shown_so_too(capsys: pytest.CaptureFixture[str]) -> None:
    with shown() as tell:
        tell("propose", 0, 2, f"best {TITLE}")
    assert r"best \x1b]0;taken\x07" in capsys.readouterr().err


def test_our_own_styles_stay_and_others_do_not() -> None:
    assert seen("\x1b[1mbold\x1b[0m") == "\x1b[1mbold\x1b[0m"
    assert seen("\x1b[8mhidden\x1b[2J") == r"\x1b[8mhidden\x1b[2J"
    plain = "tabs\tand\nlines, \u200d joiners, é, 日本"
    assert seen(plain) == plain


def test_commands_print_through_one_function() -> None:
    calls = [
        f"{path.name}:{node.lineno}"
        for path in Path(room.__file__).parent.glob("*.py")
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Call)
        and ast.unparse(node.func) in ("print", "click.echo", "click.secho")
    ]
    assert [call for call in calls if not call.startswith("output.py")] == []
    assert len(calls) == 2  # of `say` and of `print_json`
