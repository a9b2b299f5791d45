"""How to mend what was found: the hints that can be applied, each tried before it is offered."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from attndsl.authoring.document import Checked, Checker
from attndsl.language.diagnostics import Diagnostic
from attndsl.language.lexing.scan import Lines

_WRITTEN = re.compile(r"`([^`]+)`")
_CHAIN = re.compile(r"(?:[A-Za-z_]\w*\.)+$")
_CALL = re.compile(r"\s*\([^()]*\)|\[[^\[\]]*\]")
_ADVICE = ("did you mean", "write ", "leave the brackets out: ")


@dataclass(frozen=True, slots=True)
class Mend:
    """A change of the text, from one offset to another, that ends a diagnostic."""

    title: str
    start: int
    end: int
    text: str
    diagnostic: Diagnostic


def mends(checker: Checker, checked: Checked, diagnostic: Diagnostic) -> list[Mend]:
    """The changes that a diagnostic's hint proposes, those alone that end it and bring no other."""
    if not diagnostic.hint.startswith(_ADVICE):
        return []
    errors = sum(one.severity == "error" for one in checked.diagnostics)
    for text in _WRITTEN.findall(diagnostic.hint):
        for start, end in _stretches(checked, diagnostic):
            changed = checked.text[:start] + text + checked.text[end:]
            after = checker.check(changed)
            left = sum(one.severity == "error" for one in after.diagnostics)
            same = [one for one in after.diagnostics if one.code == diagnostic.code
                    and one.span.line == diagnostic.span.line]  # fmt: skip
            before = [one for one in checked.diagnostics if one.code == diagnostic.code
                      and one.span.line == diagnostic.span.line]  # fmt: skip
            if left <= errors - (diagnostic.severity == "error") and len(same) < len(before):
                return [Mend(f"Write {text}", start, end, text, diagnostic)]
    return []


def _stretches(checked: Checked, diagnostic: Diagnostic) -> Iterator[tuple[int, int]]:
    """What the hint may stand for: the place, with the words before its dot, with its call."""
    lines = Lines(checked.text)
    start = lines.offset(diagnostic.span)
    end = lines.starts[diagnostic.span.end_line - 1] + diagnostic.span.end_column - 1
    before = _CHAIN.search(checked.text[lines.starts[diagnostic.span.line - 1] : start])
    called = _CALL.match(checked.text, end)
    starts = [start, *([start - len(before[0])] if before else [])]
    ends = [end, *([called.end()] if called else [])]
    for one in reversed(starts):
        for other in reversed(ends):
            yield one, other
