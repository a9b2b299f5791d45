"""A softmax program read as a sum of numbers times features, and written back with others."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from attndsl.language.diagnostics import Span
from attndsl.language.nodes import Assign, Chain, Expression, If, Name, Number, Return, Statement
from attndsl.language.parser import parse


@dataclass(frozen=True, slots=True)
class Addend:
    """`0.37 * feature` in a sum: its value with the sign it has there, where the number stands in
    the source, and the feature's own text."""

    value: float
    start: int
    stop: int
    feature: str


@dataclass(frozen=True, slots=True)
class Linear:
    """A program whose score is a sum of numbers times features.

    `terms` are all of them in the order of the source; `ways` the numbers of those that count on
    each way through its branches. `tests` are programs that look at the query itself where it goes
    that way, `features` those whose scores are the single features, by their text.
    """

    source: str
    terms: tuple[Addend, ...]
    ways: tuple[tuple[int, ...], ...]
    tests: tuple[str, ...]
    features: Mapping[str, str]

    def written(self, values: Sequence[float]) -> str:
        """The source with other numbers, each of the sign that it had."""
        parts, end = [], 0
        for term, value in zip(self.terms, values, strict=True):
            text = f"{abs(value):g}"
            parts += [self.source[end : term.start], text if "." in text else f"{text}.0"]
            end = term.stop
        return "".join([*parts, self.source[end:]])


class _Other(Exception):
    """The program is of another form."""


def read_linear(source: str) -> Linear | None:
    """None for a program of another form.

    >>> found = read_linear('''@softmax
    ... def f(q, k):
    ...     far = log(1 + q.i - k.i)
    ...     score = 2.5 * (k.i == 0) - 0.5 * far
    ...     if q.is_punct:
    ...         score -= 0.25 * far
    ...     return score
    ... ''')
    >>> [(term.value, term.feature) for term in found.terms]
    [(2.5, '(k.i == 0)'), (-0.5, 'far'), (-0.25, 'far')]
    >>> found.ways
    ((0, 1, 2), (0, 1))
    >>> [line.strip() for line in found.written([3, -0.125, -1.5]).splitlines() if "=" in line][1:]
    ['score = 3.0 * (k.i == 0) - 0.125 * far', 'score -= 1.5 * far']
    """
    module, faults = parse(source)
    if faults or len(module.definitions) != 1 or module.constants:
        return None
    definition, text = module.definitions[0], _Text(source)
    body = definition.body
    last = body[-1]
    plain = [(mark.name, mark.argument) for mark in definition.decorators] == [("softmax", None)]
    if not plain or not isinstance(last, Return) or not isinstance(last.value, Name):
        return None
    name = last.value.name
    count = next(
        (at for at, one in enumerate(body) if isinstance(one, Assign) and one.name == name), None
    )
    if count is None:
        return None
    terms: list[Addend] = []
    try:
        ways = _ways(body[count:-1], name, text, (), terms)
    except _Other:
        return None
    before = text.between(body[0].span, body[count - 1].span) if count else ""
    head = "def part(q, k):\n" + (f"    {before}\n" if before else "")
    return Linear(
        source,
        tuple(terms),
        tuple(ways),
        tuple(
            f"{head}{_marked(body[count:-1], text, '    ', [number])}    return (k == q) * way\n"
            for number in range(len(ways))
        ),
        {term.feature: f"@softmax\n{head}    return {term.feature}\n" for term in terms},
    )


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


def _ways(
    body: Sequence[Statement], name: str, text: _Text, before: tuple[int, ...], terms: list[Addend]
) -> list[tuple[int, ...]]:
    """The numbers of the terms on each way through some statements; new terms are appended."""
    mine = before
    for number, statement in enumerate(body):
        if isinstance(statement, Assign) and statement.name == name:
            sign = statement.operator.removesuffix("=")
            if sign not in ("", "+", "-") or (not sign and mine):
                raise _Other
            first = len(terms)
            _read(statement.value, -1.0 if sign == "-" else 1.0, text, terms)
            mine += tuple(range(first, len(terms)))
        elif isinstance(statement, If) and number == len(body) - 1:
            bodies = [inner for _, inner in statement.branches] + [statement.otherwise]
            return [way for inner in bodies for way in _ways(inner, name, text, mine, terms)]
        else:
            raise _Other
    return [mine]


def _read(value: Expression, sign: float, text: _Text, terms: list[Addend]) -> None:
    if isinstance(value, Number) and value.value == 0:
        return
    if isinstance(value, Chain) and value.rest[0][0] in "+-":
        _read(value.first, sign, text, terms)
        for operator, part in value.rest:
            _read(part, -sign if operator == "-" else sign, text, terms)
    elif (
        isinstance(value, Chain)
        and isinstance(value.first, Number)
        and value.first.value > 0
        and [operator for operator, _ in value.rest] == ["*"]
    ):
        span, other = value.first.span, value.rest[0][1].span
        terms.append(
            Addend(
                sign * value.first.value, text.start(span), text.stop(span),
                text.between(other, other),
            )
        )  # fmt: skip
    else:
        raise _Other


def _marked(body: Sequence[Statement], text: _Text, indent: str, left: list[int]) -> str:
    """The tests of a body alone: `way` is 1 on one way through it and 0 on the others."""
    last = body[-1] if body else None
    if not isinstance(last, If):
        left[0] -= 1
        return f"{indent}way = {'1.0' if left[0] == -1 else '0.0'}\n"
    lines = []
    for number, (test, inner) in enumerate(last.branches):
        condition = text.between(test.span, test.span)
        lines.append(f"{indent}{'elif' if number else 'if'} ({condition}):\n")
        lines.append(_marked(inner, text, indent + "    ", left))
    lines += [f"{indent}else:\n", _marked(last.otherwise, text, indent + "    ", left)]
    return "".join(lines)
