"""Nothing gets out: every attempt is refused, and checking and running touch nothing outside."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from attndsl.graph.verify import verify
from tests.adversarial.payloads import EXPRESSIONS, FILES, STATEMENTS, sources

ROOT = Path(__file__).resolve().parents[2]

WATCH = """
import json, sys
from attndsl.engines.reference import pattern
from attndsl.graph.verify import verify
from attndsl.tokens.tokenizer import encode
from tests.adversarial.payloads import sources

FINE = "def f(q, k):\\n    return any(t.is_quote for t in between(k, q)) + (k.lower in {'a'})\\n"
text = encode("He said, \\"no\\" and left.")


def all_of_it(files):
    for source in files:
        for program in verify(source).programs:
            pattern(program, text, lowered=True)


cases = [*sources(), FINE]
MECHANISM = "def f(q, k):\\n    return induction(q, k)\\n"  # these are read from our own file, once
all_of_it([FINE, MECHANISM, "def f(q, k):\\n    return k.is_qoute\\n"])  # the one warm-up
seen = []
ALLOWED = ("object.__getattr__", "object.__setattr__", "object.__delattr__", "code.__new__",
           "sys._getframe", "marshal.loads", "builtins.id", "gc.", "cpython.")
armed = True
sys.addaudithook(
    lambda event, arguments: armed and not event.startswith(ALLOWED) and seen.append(
        (event, repr(arguments)[:120])
    )
)
all_of_it(cases)
armed = False
print(json.dumps({"cases": len(cases), "seen": seen[:20]}))
"""


def test_there_are_enough_attempts() -> None:
    assert len(EXPRESSIONS) + len(STATEMENTS) + len(FILES) >= 200


@pytest.mark.parametrize("text", EXPRESSIONS)
def test_an_expression_is_refused(text: str) -> None:
    found = verify(f"def f(q, k):\n    return {text}\n")
    assert found.errors, "accepted"
    assert not found.programs


@pytest.mark.parametrize("text", STATEMENTS)
def test_a_statement_is_refused(text: str) -> None:
    found = verify(f"def f(q, k):\n    w = 1\n    {text}\n    return w\n")
    assert found.errors, "accepted"
    assert not found.programs


@pytest.mark.parametrize("source", FILES, ids=range(len(FILES)))
def test_a_file_is_refused(source: str) -> None:
    assert verify(source).errors, "accepted"


def test_every_refusal_has_a_place_and_words() -> None:
    for source in sources():
        for found in verify(source).diagnostics:
            assert found.code.startswith("ATT")
            assert found.message
            assert 1 <= found.span.line <= source.count("\n") + 2


def test_checking_and_running_touch_nothing_outside() -> None:
    """No file, import, exec, compile or socket once warm, by an audit hook that can't be undone."""
    done = subprocess.run(
        [sys.executable, "-c", WATCH], capture_output=True, text=True, cwd=ROOT, timeout=280
    )
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert found["cases"] > 500
    assert found["seen"] == []
