"""What a page may ask of a desk: a table of names; each takes and gives plain data.

What is quick (answers while one types) and what may take seconds are told apart, so that the
second never keeps the first waiting.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from attndsl.authoring.studio import keeping, looking, writing
from attndsl.authoring.studio.desk import Desk
from attndsl.files.reading import expect, optional, record, text, whole
from attndsl.language.diagnostics import AttndslError

MOST = 1_000_000  # bytes of a question
Answer = dict[str, Any]
Given = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Ask:
    """A question: what answers it, whether at once, and what comes with it beside `text`."""

    answer: Callable[[Desk, Given], Answer | None]
    quick: bool
    wants: tuple[str, ...] = ()


_SHAPES = {
    "text": text(), "at": whole(), "on": text(), "head": optional(text()),
    "beside": optional(text()), "have": optional(text()), "query": whole(), "key": whole(),
    "prompt": text(),
}  # fmt: skip
ASKS: Mapping[str, Ask] = {
    "open": Ask(keeping.opened, True),
    "check": Ask(writing.check, True, ("text",)),
    "look": Ask(looking.look, True, ("text", "at", "on", "head", "beside", "have")),
    "hover": Ask(writing.hover, True, ("text", "at")),
    "complete": Ask(writing.complete, True, ("text", "at")),
    "signature": Ask(writing.signature, True, ("text", "at")),
    "format": Ask(writing.form, True, ("text",)),
    "fixes": Ask(writing.fixes, True, ("text",)),
    "why": Ask(looking.reasons, True, ("text", "at", "on", "head", "query", "key")),
    "tree": Ask(writing.tree, True, ("text", "at")),
    "measure": Ask(looking.measure, False, ("text", "at", "head")),
    "begin": Ask(keeping.begin, False, ("head",)),
    "read": Ask(keeping.read, False, ("prompt",)),
    "keep": Ask(keeping.keep, False, ("text", "at", "head")),
    "again": Ask(keeping.again, False),
}


def answer(desk: Desk, name: str, given: Given) -> Answer | None:
    """The answer to one question; what is asked wrongly is said."""
    if name not in ASKS:
        raise AttndslError(f"there is no question {name[:20]!r}")
    ask = ASKS[name]
    expect(dict(given), record({want: _SHAPES[want] for want in ask.wants}), f"the question {name}")
    return ask.answer(desk, given)


def question(text: str) -> dict[str, Any] | str:
    """A question as the page writes it; else what is wrong with it."""
    if len(text) > MOST:
        return f"a question has at most {MOST:,} letters; this one has {len(text):,}"
    try:
        question = json.loads(text)
    except (ValueError, RecursionError):
        return "a question is JSON"
    if not isinstance(question, dict) or not isinstance(question.get("ask"), str):
        return 'a question is {"id": ..., "ask": NAME, "given": {...}}'
    given = question.get("given") or {}
    if not isinstance(given, dict):
        return "what is given with a question is an object"
    return {"id": question.get("id"), "ask": question["ask"], "given": given}
