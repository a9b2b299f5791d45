"""The compiler in Pyodide, under Node: it says of every program what it says here."""

import json
from pathlib import Path
from typing import Any

import pytest

from attndsl.authoring.playground.inside import answer
from benchmarks.pyodide import Pyodide

pytestmark = pytest.mark.browser
ROOT = Path(__file__).resolve().parents[3]
FILES = [*sorted((ROOT / "tests/conformance").glob("*.attn")), ROOT / "examples/mechanisms.attn"]


def assert_alike(pyodide: Pyodide, **question: Any) -> None:
    found = pyodide.ask(**question)
    del found["ms"]
    assert found == json.loads(answer(json.dumps(question)))


def test_it_is_another_python_without_numpy(pyodide: Pyodide) -> None:
    assert pyodide.python.startswith("3.14.")
    said = pyodide.run("from importlib.util import find_spec; str(find_spec('numpy'))")
    assert said == "None"


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_a_file_is_checked_as_it_is_here(path: Path, pyodide: Pyodide) -> None:
    """Its problems, and of its programs the hashes among what is compared."""
    assert_alike(pyodide, ask="check", program=path.read_text("utf-8"))


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_a_file_is_formatted_as_it_is_here(path: Path, pyodide: Pyodide) -> None:
    assert_alike(pyodide, ask="format", program=path.read_text("utf-8"))


@pytest.mark.parametrize("name", ["induction", "matching_bracket", "same_word_before", "fading"])
def test_maps_and_trees_are_those_from_here(name: str, pyodide: Pyodide) -> None:
    call = f"{name}(q, k, 0.8)" if name == "fading" else f"{name}(q, k)"
    program = f"def f(q, k):\n    return {call}\n"
    text = "Tom (a cat) saw Ann (a dog), and Tom (a cat) saw her."
    for kind in ("map", "proved"):
        assert_alike(pyodide, ask=kind, program=program, text=text, mask="causal", at=0)


def test_deep_and_long_programs_end_in_words(pyodide: Pyodide) -> None:
    deep = "def f(q, k):\n    return " + "(" * 90 + "1" + ")" * 90 + "\n"
    (problem,) = pyodide.ask(ask="check", program=deep)["problems"]
    assert problem["message"] == "nested more than 64 deep"
    assert "100,000 letters" in pyodide.ask(ask="check", program="# x\n" * 300_000)["error"]
