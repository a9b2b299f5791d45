"""A program's own part of its file: its definition, and the helpers and constants that it uses."""

from collections.abc import Iterator
from functools import lru_cache

from attndsl.language.nodes import (
    Aggregate,
    Assign,
    Call,
    Constant,
    Definition,
    Module,
    Name,
    Node,
    children,
)
from attndsl.language.parser import parse


def excerpt(source: str, name: str) -> str:
    """The lines of one program, what it uses first.

    >>> other = "def g(q, k):\\n    return A"
    >>> print(excerpt(f"A = 1\\nB = 2\\ndef f(q, k):\\n    g = B\\n    return g\\n{other}", "f"))
    B = 2
    <BLANKLINE>
    <BLANKLINE>
    def f(q, k):
        g = B
        return g
    """
    module, lines = _read(source), source.splitlines()
    by_name: dict[str, Constant | Definition] = {one.name: one for one in module.constants}
    by_name |= {one.name: one for one in module.definitions}
    used, open_names = {name}, [name]
    while open_names:
        fresh = _uses(by_name[open_names.pop()]) & by_name.keys() - used
        used |= fresh
        open_names += fresh
    constants = [_lines(one, lines) for one in module.constants if one.name in used]
    helpers = [
        _lines(one, lines) for one in module.definitions if one.name in used and one.name != name
    ]
    parts = ["\n".join(constants)] if constants else []
    return "\n\n\n".join([*parts, *helpers, _lines(by_name[name], lines)])


def _uses(node: Constant | Definition) -> set[str]:
    """What it calls, and the names that it reads and doesn't make itself."""
    called, read, own = set(), set(), set()
    for part in _all(node):
        match part:
            case Call(function=name):
                called.add(name)
            case Name(name=name):
                read.add(name)
            case Assign(name=name) | Aggregate(variable=name):
                own.add(name)
            case Definition(parameters=parameters):
                own |= {name for name, _ in parameters}
    return called | (read - own)


def _all(node: Node) -> Iterator[Node]:
    yield node
    for part in children(node):
        yield from _all(part)


@lru_cache(maxsize=64)
def _read(source: str) -> Module:
    return parse(source)[0]


def _lines(node: Constant | Definition, lines: list[str]) -> str:
    first = node.span.line
    if isinstance(node, Definition):
        first = min([first, *(mark.span.line for mark in node.decorators)])
    return "\n".join(lines[first - 1 : node.span.end_line]).rstrip()
