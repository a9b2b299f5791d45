"""What the playground's page may ask of the compiler, answered in the browser's own Python.

A question and its answer are JSON. What is asked comes from a text field or from a link that
somebody sent: it is checked as any other, and costs no more than the limits allow.
"""

import json
from collections.abc import Callable
from typing import Any

from attndsl.authoring import answers
from attndsl.authoring.document import Checked, Checker
from attndsl.authoring.mapping import map_of
from attndsl.graph.printing import bare_source
from attndsl.graph.program import Program
from attndsl.language.diagnostics import AttndslError
from attndsl.language.formatter import format_source
from attndsl.report.tree import tree_of

MOST_LETTERS = 100_000  # of a program

Answer = dict[str, Any]
_checker = Checker()


def answer(asked: str) -> str:
    """The answer to one question; what the author did wrong is an answer too."""
    question = json.loads(asked)
    try:
        reply = ASKS[question["ask"]](question)
    except AttndslError as fault:
        reply = {"error": str(fault)}
    return json.dumps(reply)


def _checked(question: Answer) -> Checked:
    if len(question["program"]) > MOST_LETTERS:
        raise AttndslError(f"a program here has {MOST_LETTERS:,} letters at most")
    return _checker.check(question["program"])


def _check(question: Answer) -> Answer:
    checked = _checked(question)
    return {"problems": answers.problems(checked), "programs": answers.programs(checked)}


def _fixes(question: Answer) -> Answer:
    return {"problems": answers.problems_with_fixes(_checker, _checked(question))}


def _complete(question: Answer) -> Answer:
    return answers.completed(_checked(question), question["at"])


def _hover(question: Answer) -> Answer:
    return answers.hovered(_checked(question), question["at"]) or {}


def _format(question: Answer) -> Answer:
    return {"program": format_source(question["program"])}


def _proved(question: Answer) -> Answer:
    """What is proved of a program, its canonical form, and that as a tree."""
    program = _asked_for(question)
    return {
        "name": program.name,
        "doc": program.docstring or "",
        "canonical": bare_source(program),
        "tree": tree_of(program),
        "causal": program.causal,
        "reasons": [reason for reason, _ in program.not_causal],
        "time": str(program.cost.time),
        "bytes_at_1024": program.cost.bytes.at(1024),
        "needs": sorted(program.needs),
        "normalisation": "softmax" if program.softmax else "sum",
        "fallback": program.fallback,
        "hash": program.hash,
    }


def _map(question: Answer) -> Answer:
    return map_of(_asked_for(question), question["text"], question["mask"])


def _asked_for(question: Answer) -> Program:
    """The program that the cursor is in, or the nearest."""
    checked = _checked(question)
    placed = answers.program_at(checked, question["at"])
    if placed is None:
        raise AttndslError("no program here is whole yet")
    return placed.program


ASKS: dict[str, Callable[[Answer], Answer]] = {
    "check": _check,
    "fixes": _fixes,
    "complete": _complete,
    "hover": _hover,
    "format": _format,
    "proved": _proved,
    "map": _map,
}
