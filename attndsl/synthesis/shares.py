"""A program read as shares of patterns by branch, and written back with other shares."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from attndsl.language.diagnostics import Span
from attndsl.language.nodes import (
    Assign,
    Chain,
    Expression,
    If,
    Name,
    Number,
    Return,
    Statement,
)
from attndsl.language.parser import parse

DIGITS = 2
KEYWORD = re.compile(r"(?:\n|^)[ \t]*(?:el)?if[ (\t]")


@dataclass(frozen=True, slots=True)
class Term:
    """`0.37 * pattern`: where the number stands in the source, and the pattern's own text."""

    share: float
    start: int
    stop: int
    pattern: str


@dataclass(frozen=True, slots=True)
class Shares:
    """A program whose weight in each branch is a sum of shares of patterns.

    `tests` are programs that give each query the weight 1 itself where it falls into the branch,
    `patterns` those of the single patterns, by their text.
    """

    source: str
    branches: tuple[tuple[Term, ...], ...]
    tests: tuple[str, ...]
    patterns: Mapping[str, str]

    def written(self, shares: Sequence[Sequence[float]], said: str | None = None) -> str:
        """The source with these shares in place of its own, and this docstring."""
        parts, end = [], 0
        places = sorted(
            (term.start, term.stop, share)
            for branch, mine in zip(self.branches, shares, strict=True)
            for term, share in zip(branch, mine, strict=True)
        )
        for start, stop, share in places:
            parts += [self.source[end:start], f"{share:g}" if share % 1 else f"{share:.1f}"]
            end = stop
        source = "".join([*parts, self.source[end:]])
        if said is None:
            return source
        return re.sub(r'""".*?"""', lambda _: f'"""{said}"""', source, count=1, flags=re.DOTALL)


class _NotShares(Exception):
    """The program isn't of that form."""


def read_shares(source: str) -> Shares | None:
    """None for a program of another form.

    >>> found = read_shares('''def f(q, k):
    ...     near = normalized(0.9 ** (q.i - k.i))
    ...     if q.is_punct:
    ...         w = 0.25 * near + 0.75 * (k.i == 0)
    ...     else:
    ...         w = 1.0 * near
    ...     return w
    ... ''')
    >>> [[(term.share, term.pattern) for term in branch] for branch in found.branches]
    [[(0.25, 'near'), (0.75, '(k.i == 0)')], [(1.0, 'near')]]
    >>> 'w = 0.5 * near + 0.5 * (k' in found.written([[0.5, 0.5], [1.0]])
    True
    """
    module, faults = parse(source)
    if faults or len(module.definitions) != 1 or module.constants:
        return None
    body, text = module.definitions[0].body, _Text(source)
    last = body[-1]
    if module.definitions[0].decorators or not isinstance(last, Return):
        return None
    try:
        if isinstance(last.value, Name):
            name = last.value.name
            count = next(at for at, one in enumerate(body) if _is_tail(one, name))
            branches = list(_branches(body[count:-1], name, text, ()))
        else:
            count, branches = len(body) - 1, [_terms(last.value, text)]
    except (_NotShares, StopIteration):
        return None
    before = text.between(body[0].span, body[count - 1].span) if count else ""
    head = "def part(q, k):\n" + (f"    {before}\n" if before else "")
    tests = [f"{head}    return k == q\n"]
    if len(branches) > 1:
        tests = [
            f"{head}{_marked(body[count:-1], text, '    ', [number])}    return (k == q) * w\n"
            for number in range(len(branches))
        ]
    patterns = {
        term.pattern: f"{head}    return {term.pattern}\n" for one in branches for term in one
    }
    return Shares(source, tuple(branches), tuple(tests), patterns)


class _Text:
    """Stretches of a source by their spans."""

    def __init__(self, source: str) -> None:
        self.source = source
        self.starts = [0]
        for line in source.split("\n"):
            self.starts.append(self.starts[-1] + len(line) + 1)

    def start(self, span: Span) -> int:
        return self.starts[span.line - 1] + span.column - 1

    def stop(self, span: Span) -> int:
        return self.starts[span.end_line - 1] + span.end_column - 1

    def between(self, first: Span, last: Span) -> str:
        return self.source[self.start(first) : self.stop(last)]


def _is_tail(statement: Statement, name: str) -> bool:
    return isinstance(statement, If) or (isinstance(statement, Assign) and statement.name == name)


def _branches(
    body: Sequence[Statement], name: str, text: _Text, terms: tuple[Term, ...]
) -> list[tuple[Term, ...]]:
    """The terms at the end of each way through some statements, in the order of the source."""
    for number, statement in enumerate(body):
        if isinstance(statement, Assign) and statement.name == name:
            if statement.operator not in ("", "=", "+", "+="):
                raise _NotShares
            more = _terms(statement.value, text)
            terms = terms + more if "+" in statement.operator else more
        elif isinstance(statement, If) and number == len(body) - 1 and not terms:
            ways = [body for _, body in statement.branches] + [statement.otherwise]
            return [found for way in ways for found in _branches(way, name, text, ())]
        else:
            raise _NotShares
    if not terms:
        raise _NotShares
    return [terms]


def _terms(value: Expression, text: _Text) -> tuple[Term, ...]:
    if isinstance(value, Chain) and value.rest[0][0] in "+-":
        if any(sign != "+" for sign, _ in value.rest):
            raise _NotShares
        parts = [value.first, *(one for _, one in value.rest)]
        return tuple(found for part in parts for found in _terms(part, text))
    if (
        isinstance(value, Chain)
        and isinstance(value.first, Number)
        and value.first.value > 0
        and [sign for sign, _ in value.rest] == ["*"]
    ):
        span, other = value.first.span, value.rest[0][1].span
        return (
            Term(value.first.value, text.start(span), text.stop(span), text.between(other, other)),
        )
    raise _NotShares


def _marked(body: Sequence[Statement], text: _Text, indent: str, left: list[int]) -> str:
    """The tests of a body alone: `w` is 1 on one way through it and 0 on the others."""
    last = body[-1]
    if not isinstance(last, If):
        left[0] -= 1
        return f"{indent}w = {'1.0' if left[0] == -1 else '0.0'}\n"
    lines = []
    for number, (test, inner) in enumerate(last.branches):
        before = text.source[: text.start(test.span)]
        opened = max(found.end() - 1 for found in KEYWORD.finditer(before + "("))
        condition = text.source[opened : text.start(inner[0].span)].rstrip().removesuffix(":")
        lines.append(f"{indent}{'elif' if number else 'if'} {condition.strip()}:\n")
        lines.append(_marked(inner, text, indent + "    ", left))
    return "".join(
        [*lines, f"{indent}else:\n", _marked(last.otherwise, text, indent + "    ", left)]
    )
