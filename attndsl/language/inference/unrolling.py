"""`any(c in k.text for c in ".!?")`: tests of literal texts, written out with `or` and `and`."""

from dataclasses import fields, replace
from typing import Any

from attndsl.language.diagnostics import Span
from attndsl.language.nodes import (
    Aggregate,
    Bool,
    Expression,
    Logic,
    Name,
    Node,
    SetDisplay,
    String,
    Unary,
)

JOINS = {"any": "or", "all": "and"}
MOST = 2048  # nodes that one such test may be written out to


def written_out(node: Aggregate) -> Expression | None:
    """The test of each text, joined; None where that is too long."""
    body, function, texts = node.body, node.function, _texts(node.range_arguments[0])
    if node.condition is not None:
        held, span = node.condition, node.condition.span
        test, word = (held, "and") if function == "any" else (Unary(span, None, "not", held), "or")
        body = Logic(body.span, None, word, (test, body))
    if _size(body) * len(texts) > MOST:
        return None
    tests: tuple[Expression, ...] = tuple(_with(body, node.variable, text) for text in texts)
    if not tests:
        return Bool(node.span, None, function == "all")
    if len(tests) == 1:
        return tests[0]
    return Logic(node.span, None, JOINS[function], tests)


def _texts(where: Expression) -> tuple[str, ...]:
    """The characters of a literal text, or the texts of a literal set; each once."""
    if isinstance(where, String):
        return tuple(dict.fromkeys(where.value))
    assert isinstance(where, SetDisplay)
    return tuple(dict.fromkeys(one.value for one in where.items if isinstance(one, String)))


def _size(node: Node) -> int:
    return 1 + sum(_size(part) for part in _parts(node))


def _parts(node: Node) -> list[Node]:
    nodes: list[Node] = []
    for field in fields(node):
        value = getattr(node, field.name)
        values = value if isinstance(value, tuple) else (value,)
        for one in values:
            nodes += [x for x in (one if isinstance(one, tuple) else (one,)) if isinstance(x, Node)]
    return nodes


def _with(node: Any, variable: str, text: str) -> Any:
    """A node with a literal text in the place of a variable."""
    if isinstance(node, tuple) and not isinstance(node, Span):
        return tuple(_with(one, variable, text) for one in node)
    if not isinstance(node, Node):
        return node
    if isinstance(node, Name) and node.name == variable:
        return String(node.span, None, text)
    if isinstance(node, Aggregate) and node.variable == variable:
        return node  # another variable of this name
    changed = {field.name: _with(getattr(node, field.name), variable, text)
               for field in fields(node)}  # fmt: skip
    return replace(node, **changed)
