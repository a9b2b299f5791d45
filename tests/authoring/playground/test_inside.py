"""What the page may ask, asked of the same code outside a browser."""

import doctest
import json
import re
from typing import Any

import numpy as np
import pytest

from attndsl.authoring.playground import inside, tutorial
from attndsl.authoring.playground.tutorial import steps
from attndsl.engines.reference import pattern
from attndsl.graph.verify import verify
from attndsl.tokens.tokenizer import encode

PROGRAM = "def same(q, k):\n    return k.lower == q.lower and k != q\n"
TEXT = "A cat saw a cat."


def ask(kind: str, **more: Any) -> dict[str, Any]:
    asked = {"program": PROGRAM, "text": TEXT, "mask": "causal", "at": 0, "ask": kind, **more}
    return dict(json.loads(inside.answer(json.dumps(asked))))


def test_a_check_says_what_is_proved() -> None:
    found = ask("check")
    assert found["problems"] == []
    (program,) = found["programs"]
    assert program["name"] == "same"
    assert program["told"].startswith("causal, at most")


def test_a_slip_is_told_with_its_place_and_its_fix() -> None:
    program = "def f(q, k):\n    '😀'\n    return k == q.previous\n"
    (problem,) = ask("fixes", program=program)["problems"]
    units = program.encode("utf-16-le")
    assert units[2 * problem["from"] : 2 * problem["to"]].decode("utf-16-le") == "previous"
    (fix,) = problem["fixes"]
    assert fix["text"] == "q.prev"


def test_a_map_is_what_the_reference_engine_gives() -> None:
    found = ask("map")
    expected = pattern(verify(PROGRAM).programs[0], encode(TEXT))
    assert found["tokens"] == encode(TEXT).labels()
    for query, row in enumerate(found["weights"]):
        np.testing.assert_allclose(row, expected[query, : query + 1], atol=1e-6)


def test_a_full_mask_shows_whole_rows() -> None:
    assert {len(row) for row in ask("map", mask="full")["weights"]} == {6}


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({"program": "def f(q, k):\n    return k.dep == 'dobj'\n"}, "needs a parser .spaCy."),
        ({"text": "word " * 400}, "401 tokens; a map here takes 200"),
        ({"text": "word " * 190, "program": "def f(q, k):\n    return count(t for t in before(q)"
          " if similarity(t, k) > 0.5 and similarity(t, q) > 0.2)\n"},
         "too many while one writes"),
        ({"mask": "window"}, "no mask is called 'window'; there are causal, full"),
        ({"program": "def f(q, k):\n    return\n"}, "no program here is whole yet"),
    ],
)  # fmt: skip
def test_what_a_browser_cannot_do_is_said(more: dict[str, str], said: str) -> None:
    assert re.search(said, ask("map", **more)["error"])


def test_a_program_is_formatted_or_left_alone() -> None:
    assert ask("format", program="def f(q,k):\n  return 1.\n")["program"] == (
        "def f(q, k):\n    return 1.0\n"
    )
    assert "error" in ask("format", program="def f(q, k:\n")


def test_the_canonical_form_comes_as_text_and_as_a_tree() -> None:
    found = ask("proved", program="def f(q, k):\n    return 3 * (q.prev == k)\n")
    assert found["canonical"] == "def f(q, k):\n    return q.i - k.i == 1\n"
    assert found["tree"]["nodes"][found["tree"]["root"]]["op"] == "eq"


def test_attributes_are_offered_behind_a_dot_and_names_are_told() -> None:
    labels = [one["label"] for one in ask("complete", at=PROGRAM.index("lower"))["choices"]]
    assert {"lower", "is_punct"} <= {*labels}
    assert "text in lower case" in ask("hover", at=PROGRAM.index("lower") + 1)["says"].lower()
    assert ask("hover", at=0) == {}


@pytest.mark.parametrize("step", steps(), ids=lambda step: step.title)
def test_a_step_of_the_tutorial_does_what_it_says(step: tutorial.Step) -> None:
    found = ask("check", program=step.program)
    assert bool(found["problems"]) == step.slip
    assert ask("format", program=step.program).get("program", step.program) == step.program
    if not step.slip:
        assert len(ask("map", program=step.program, text=step.text)["weights"]) > 8


def test_the_tutorial_says_the_truth_of_its_programs() -> None:
    hashes = [[one.hash for one in verify(step.program).programs] for step in steps()]
    assert hashes[0] == hashes[7]
    (fix,) = ask("fixes", program=steps()[1].program)["problems"][0]["fixes"]
    assert fix["text"] == "q.prev"
    assert doctest.testmod(tutorial).failed == 0
