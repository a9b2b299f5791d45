"""How to mend what was found: the hints that can be applied, each tried before it is offered."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from attndsl.authoring.document import Checked, Checker
from attndsl.language.diagnostics import Diagnostic
from attndsl.language.lexing.scan import Lines

_WRITTEN = re.compile(r"`([^`]+)`")
_NAME = r"[A-Za-z_]\w*"
_CHAIN = re.compile(rf"(?:{_NAME}\.)+$")
_BEHIND = re.compile(rf"(?:\s*\([^()]*\)|\[[^\[\]]*\]|\.{_NAME})*")  # calls, brackets, attributes
_OPERAND = rf"(?:{_NAME}|[\d.]+)(?:\.{_NAME}|\([^()]*\)|\[[^\[\]]*\])*"
_LEFT = re.compile(rf"(?:not\s+)?{_OPERAND}\s*$")
_COMPARED = re.compile(rf"{_OPERAND}\s*(?:==|!=)\s*$")
_RIGHT = re.compile(rf"\s*(?:(?:in\b|[-+*/@])\s*)?{_OPERAND}")
_COMPARISON = re.compile("==|!=|<|>")
_ASSIGNED = re.compile(rf"{_NAME} = ")
_ADVICE = (  # what stands before code that is meant in the place of what is written
    "did you mean", "write ", "leave the brackets out: ", "to look at it write ", "compare it: ",
    "the position ", "over the row ", "the cosine ", "the length of a text ", "a position knows ",
    "its start is tested by ", "give it ", "end with ", "close it with ",
)  # fmt: skip
CHANGES = 40  # that are tried for one diagnostic


@dataclass(frozen=True, slots=True)
class Mend:
    """A change of the text, from one offset to another, that ends a diagnostic."""

    title: str
    start: int
    end: int
    text: str
    diagnostic: Diagnostic


def mends(checker: Checker, checked: Checked, diagnostic: Diagnostic) -> list[Mend]:
    """The changes that a diagnostic's hint proposes, those alone that end it and bring no other:
    of each proposal the one that changes least."""
    if not diagnostic.hint.startswith(_ADVICE):
        return []
    found, left = list[Mend](), CHANGES
    for text in _WRITTEN.findall(diagnostic.hint):
        if "..." in text:  # an example, not what to write
            continue
        for start, end, new in _changes(checked, diagnostic, text):
            left -= 1
            changed = checked.text[:start] + new + checked.text[end:]
            if left >= 0 and _ends(checker, checked, diagnostic, changed):
                found.append(Mend(f"Write {text}", start, end, new, diagnostic))
                break
    return found


def _ends(checker: Checker, checked: Checked, diagnostic: Diagnostic, changed: str) -> bool:
    """Whether the diagnostic is gone from the changed text, and no error has come."""

    def same(found: Checked, lines: int) -> int:
        return sum(one.code == diagnostic.code and one.span.line == diagnostic.span.line + lines
                   for one in found.diagnostics)  # fmt: skip

    after = checker.check(changed)
    before, now = (
        sum(one.severity == "error" for one in each.diagnostics) for each in (checked, after)
    )
    more = changed.count("\n") - checked.text.count("\n")
    fewer = same(after, 0) + (same(after, more) if more else 0) < same(checked, 0)
    return fewer and now <= before - (diagnostic.severity == "error")


def _changes(checked: Checked, diagnostic: Diagnostic, text: str) -> Iterator[tuple[int, int, str]]:
    """What the hint's text may be meant to stand for, the shortest first; or where it comes."""
    lines = Lines(checked.text)
    start = lines.offset(diagnostic.span)
    end = lines.starts[diagnostic.span.end_line - 1] + diagnostic.span.end_column - 1
    home = lines.starts[diagnostic.span.line - 1]
    last = len(checked.text) if (at := checked.text.find("\n", end)) < 0 else at
    if text in (")", "]", "}"):
        yield last, last, text
    elif text.startswith("return ") and not checked.text[home:start].strip().startswith("return"):
        piece = checked.piece_at(diagnostic.span.line)
        if piece is not None:
            below = lines.starts[piece.line - 1] + len(piece.text)
            yield below, below, f"\n    {text}"
    elif _ASSIGNED.match(text):
        margin = re.match(r"[ \t]*", checked.text[home:])
        yield home, home, f"{margin[0] if margin else ''}{text}\n"
    else:
        before, own = checked.text[home:start], checked.text[start:last]
        behind = checked.text[end:last]
        if (compared := _COMPARED.search(before)) and _COMPARISON.search(text):
            yield start - len(compared[0]), end, text
        starts = {start, *(start - len(found[0]) for one in (_CHAIN, _LEFT)
                           if (found := one.search(before)))}  # fmt: skip
        ends = {end, *_ends_of(_BEHIND, behind, end), *_ends_of(_RIGHT, behind, end),
                *_ends_of(_BEHIND, own, start)}  # fmt: skip
        stretches = [(one, other) for one in starts for other in ends if other > one]
        for one, other in sorted(stretches, key=lambda pair: pair[1] - pair[0]):
            yield one, other, text


def _ends_of(pattern: re.Pattern[str], behind: str, end: int) -> Iterator[int]:
    """Where what stands behind may end: after each call, bracket or attribute of it."""
    found = pattern.match(behind)
    whole = found[0] if found else ""
    yield from (end + at for at, letter in enumerate(whole, 1) if letter in ")]")
    yield end + len(whole)
