"""Python programs beside what they are ported to, and what is refused with its line."""

import os
import re
from pathlib import Path

import pytest

from attndsl.authoring.porting.port import Ported, formatted, given_names, library, port_module
from attndsl.authoring.porting.reading import read_module
from attndsl.authoring.porting.scope import Choices
from attndsl.graph.verify import verify
from attndsl.language.diagnostics import AttndslError

PAIRS = sorted((Path(__file__).parent / "pairs").glob("*.py"))


def ported(source: str, mend: bool = False, name: str = "given.py") -> list[Ported]:
    module = read_module(source.encode(), name)
    return port_module(module, Choices(mend, given_names({}).names), set())


@pytest.mark.parametrize("mend", [False, True], ids=["raw", "mended"])
@pytest.mark.parametrize("path", PAIRS, ids=lambda path: path.stem)
def test_a_program_is_ported_as_its_pair_says(path: Path, mend: bool) -> None:
    found = ported(path.read_text(), mend, path.name)
    assert [str(one.refusal) for one in found if one.refusal] == []
    source = formatted(library(found))
    golden = path.with_suffix(".mended.attn" if mend else ".attn")
    if os.environ.get("ATTNDSL_UPDATE_GOLDEN"):
        golden.write_text(source)
    assert source == golden.read_text()
    assert not [one for one in verify(source).diagnostics if one.severity == "error"]


def test_a_docstring_names_the_origin() -> None:
    source = PAIRS[0].read_text()
    (found,) = ported(source, name="heads.py")
    line = source.splitlines().index("def local_decay_L0H1(sentence, tokenizer):") + 1
    assert f"From heads.py, line {line}: local_decay_L0H1." in found.source


HEAD = """\
import numpy as np
def f(sentence, tokenizer):
    tokens = tokenizer.convert_ids_to_tokens(tokenizer(sentence, return_tensors="pt").input_ids[0])
    n = len(tokens)
    A = np.zeros((n, n))
    for i in range(n):
"""
TAIL = '    return "f", A\n'
REFUSED = {
    "        while i > 0:\n            i //= 2\n": "while",
    "        A[i, 0] = mystery(tokens[i])\n": "mystery",
    "        A[i, 0] = undefined\n": "nothing defines undefined",
    "        A[0, i] = 1.0\n        A[i + 1, i] = 1.0\n        A[i, 0] = 1 @ 2\n": "operator",
    "        with open('f') as g:\n            A[i, 0] = 1\n": "with",
    "        global state\n": "global",
    "        tokens.sort(key=len)\n": "tokens.sort",
    "        exec('A[i, 0] = 1')\n": "exec",
    "        s = 0\n        for j in range(i):\n            s = s * 0.5 + j\n"
    "        A[i, 0] = s\n": "s ",
}


@pytest.mark.parametrize("body", list(REFUSED), ids=[*map(str, range(len(REFUSED)))])
def test_what_cannot_be_said_is_refused_with_its_line(body: str) -> None:
    (found,) = ported(HEAD + body + TAIL)
    assert found.refusal is not None
    assert REFUSED[body] in found.refusal.reason
    last = HEAD.count("\n") + body.count("\n")
    assert HEAD.count("\n") < found.refusal.line <= last


@pytest.mark.parametrize(
    ("source", "said"),
    [
        (b"def f(:\n", "given.py, line 1: no Python: invalid syntax"),
        (b"\0\1", "given.py: no Python: source code string cannot contain null bytes"),
        (b"x = " + b"(" * 5000 + b")" * 5000, "nested parentheses"),
        (b"x = 1\n" * 700_000, "over 4,000,000 bytes, the most that is read"),
        (b"x = 1\n", "no function of a sentence and a tokenizer"),
    ],
    ids=["half", "bytes", "deep", "large", "none"],
)
def test_what_is_no_file_of_programs_is_said(source: bytes, said: str) -> None:
    with pytest.raises(AttndslError, match=re.escape(said)):
        read_module(source, "given.py")


def test_nothing_of_a_file_is_run(tmp_path: Path) -> None:
    marker = tmp_path / "run"
    (found,) = ported(f"open({str(marker)!r}, 'w')\n{HEAD}        A[i, 0] = 1\n{TAIL}")
    assert not found.refusal
    assert not marker.exists()


def test_nothing_that_is_read_before_it_is_known_is_dropped() -> None:
    """A value that can't be said is no fault until it is read."""
    unread = "        x = mystery(i)\n        A[i, 0] = 1.0\n"
    (found,) = ported(HEAD + unread + TAIL)
    assert found.refusal is None
    (found,) = ported(HEAD + unread + "        A[i, i] = x\n" + TAIL)
    assert found.refusal is not None
    assert found.refusal.line == HEAD.count("\n") + 1
