"""Terms as one line of text, and back: the notation of rules, traces and tests.

    add(i(q), mul(-1, i(k)))      a column is written by its name
    text_is[equals "a" "b"](lower(k))    among[1 2](x)
    sum[before 1](k, true, i(bound[1]))  an aggregate: function, range, height of its variable

Small letters that aren't operations are variables of a pattern.

>>> from attndsl.graph.terms import Graph
>>> graph = Graph()
>>> write(graph, read(graph, 'and(text_is[equals "a"](lower(k)), lt(i(k), 2.5))'))
'and(text_is[equals "a"](lower(k)), lt(i(k), 2.5))'
"""

import json
import re
from collections.abc import Callable
from dataclasses import dataclass

from attndsl.graph.operations import OPS, REDUCTIONS
from attndsl.graph.terms import Aggregate, Graph, Payload
from attndsl.language.vocabulary import ATTRIBUTES

_WORD = re.compile(r"\s*(-?[0-9][0-9.e+-]*|[A-Za-z_]+|\[(?:[^\]\"]|\"(?:\\.|[^\"\\])*\")*\]|[(),])")
_LEAVES = frozenset(op.name for op in OPS.values() if not op.arguments and op.name != "n")


@dataclass(frozen=True, slots=True)
class TermPattern:
    """A parsed notation: an operation with shapes below it, or a variable (op empty)."""

    op: str
    payload: Payload = None
    args: tuple["TermPattern", ...] = ()
    variable: str = ""


def parse(text: str) -> TermPattern:
    words = _WORD.findall(text)
    shape, end = _shape(words, 0)
    assert end == len(words), f"trailing words in {text!r}"
    return shape


def read(graph: Graph, text: str) -> int:
    """The term that the text writes; it may hold no variables."""
    return instantiate(graph.add, parse(text), {})


def instantiate(
    add: Callable[[str, list[int], Payload], int], shape: TermPattern, bindings: dict[str, int]
) -> int:
    if shape.variable:
        return bindings[shape.variable]
    return add(shape.op, [instantiate(add, arg, bindings) for arg in shape.args], shape.payload)


def _shape(words: list[str], at: int) -> tuple[TermPattern, int]:
    word, at = words[at], at + 1
    if word[0] in "-0123456789":
        return TermPattern("number", float(word)), at
    if word in ("true", "false"):
        return TermPattern("bool", word == "true"), at
    inside = ""
    if at < len(words) and words[at][0] == "[":
        inside, at = words[at][1:-1], at + 1
    args: list[TermPattern] = []
    called = at < len(words) and words[at] == "("
    if called:
        while words[at] != ")":
            arg, at = _shape(words, at + 1)
            args.append(arg)
        at += 1
    if not called and not inside and word not in _LEAVES:
        return TermPattern("", variable=word), at
    if word in REDUCTIONS and inside:
        over, height = inside.split()
        return TermPattern("aggregate", Aggregate(word, over, int(height)), tuple(args)), at
    if word in ATTRIBUTES and word not in ("prev", "next", "head"):
        return TermPattern("column", word, tuple(args)), at
    return TermPattern(word, _payload(word, inside), tuple(args)), at


def _payload(op: str, inside: str) -> Payload:
    if op == "text_is":
        mode, *literals = re.findall(r'"(?:\\.|[^"\\])*"|\w+', inside)
        return (mode, tuple(json.loads(literal) for literal in literals))
    if op == "among":
        return tuple(float(value) for value in inside.split())
    if op == "text":
        return str(json.loads(inside))
    return int(inside) if inside else None


def write(graph: Graph, root: int, names: dict[int, str] | None = None) -> str:
    """The notation of a term; `names` are terms that are written by name."""
    done: dict[int, str] = dict(names or {})
    done.pop(root, None)
    stack = [root]
    while stack:
        number = stack[-1]
        if number in done:
            stack.pop()
            continue
        missing = [arg for arg in graph[number].args if arg not in done]
        if missing:
            stack.extend(missing)
            continue
        stack.pop()
        below = ", ".join(done[arg] for arg in graph[number].args)
        done[number] = _head(graph, number) + (f"({below})" if below else "")
    return done[root]


def _head(graph: Graph, number: int) -> str:
    term = graph[number]
    payload = term.payload
    if isinstance(payload, Aggregate):
        start = payload.function if term.op == "aggregate" else f"{term.op}.{payload.function}"
        return f"{start}[{f'{payload.range} {payload.height}'.strip()}]"
    match term.op:
        case "number":
            return format_number(term.number)
        case "bool":
            return "true" if payload else "false"
        case "column":
            return term.name
        case "text_is":
            mode, literals = term.test
            return f"text_is[{' '.join([mode, *map(json.dumps, literals)])}]"
        case "among":
            return f"among[{' '.join(map(format_number, term.values))}]"
        case "text":
            return f"text[{json.dumps(payload)}]"
    return term.op if payload is None else f"{term.op}[{payload}]"


def format_number(value: float) -> str:
    """Shortest text that reads back as this number."""
    if value == int(value) and abs(value) < 1e15:
        return str(int(value))
    return repr(value)
