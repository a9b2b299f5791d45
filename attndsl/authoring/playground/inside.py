"""What the playground's page may ask of the compiler, answered in the browser's own Python.

A question and its answer are JSON. What is asked comes from a text field or from a link that
somebody sent: it is checked as any other, and costs no more than the limits allow.
"""

import json
from collections.abc import Callable
from typing import Any

from attndsl.authoring import answers
from attndsl.authoring.document import Checked, Checker
from attndsl.engines.plain import pattern
from attndsl.graph.printing import to_source
from attndsl.graph.program import Program
from attndsl.language.diagnostics import AttndslError
from attndsl.language.formatter import format_source
from attndsl.language.mask import Mask, MaskKind
from attndsl.report.tree import tree_of
from attndsl.tokens.plain import PlainText

MOST_LETTERS = 100_000  # of a program
MOST_TOKENS = 200
MOST_WORK = 5e6  # operations: a few seconds in a browser

Answer = dict[str, Any]
_checker = Checker()


def answer(asked: str) -> str:
    """The answer to one question; what the author did wrong is an answer too."""
    question = json.loads(asked)
    try:
        found = ASKS[question["ask"]](question)
    except AttndslError as fault:
        found = {"error": str(fault)}
    return json.dumps(found)


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
        "canonical": to_source(program),
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
    """The tokens of the text and the program's weights on it."""
    program = _asked_for(question)
    text = PlainText(question["text"])
    _expect_small(program, text.n)
    mask = Mask(_kind(question["mask"]))
    weights = pattern(program, text, mask)
    return {
        "name": program.name,
        "tokens": text.labels(),
        "weights": [
            [round(weight, 6) for weight in row[first : last + 1]]
            for query, row in enumerate(weights)
            for first, last in [mask.visible(query, text.n)]
        ],
        "note": "similarity here compares letters" if "model" in program.needs else "",
    }


def _asked_for(question: Answer) -> Program:
    """The program that the cursor is in, or the nearest."""
    checked = _checked(question)
    placed = answers.program_at(checked, question["at"])
    if placed is None:
        raise AttndslError("no program here is whole yet")
    return placed.program


def _expect_small(program: Program, n: int) -> None:
    if "linguistics" in program.needs:
        raise AttndslError(
            f"{program.name} needs a parser (spaCy), which a browser doesn't have; `usual_pos` and"
            " the classes such as `is_pronoun` need none"
        )
    if n > MOST_TOKENS:
        raise AttndslError(f"the text has {n} tokens; a browser takes {MOST_TOKENS} at most")
    work = program.cost.time.at(n)
    if work > MOST_WORK:
        raise AttndslError(
            f"{program.name} may take {work:,} operations on {n} tokens, too many for a browser"
            f" ({MOST_WORK:,.0f}); shorten the text"
        )


def _kind(name: str) -> MaskKind:
    for kind in KINDS:
        if kind == name:
            return kind
    raise AttndslError(f"no mask is called {name[:20]!r}; there are {', '.join(KINDS)}")


KINDS: tuple[MaskKind, ...] = ("causal", "full")
ASKS: dict[str, Callable[[Answer], Answer]] = {
    "check": _check,
    "fixes": _fixes,
    "complete": _complete,
    "hover": _hover,
    "format": _format,
    "proved": _proved,
    "map": _map,
}
