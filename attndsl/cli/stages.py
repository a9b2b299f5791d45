"""Syntax trees and term graphs as lines of text and as JSON values."""

import json
from collections.abc import Iterator
from dataclasses import fields
from enum import Enum
from typing import TYPE_CHECKING

from attndsl.language.diagnostics import Span
from attndsl.language.nodes import Node

if TYPE_CHECKING:
    from attndsl.graph.terms import Graph, Term


# What stands before a child, by the field it is in.
_MARKS = {"branches": "if ", "test": "if ", "condition": "if ", "other": "else ",
          "otherwise": "else "}  # fmt: skip


def syntax_lines(node: Node, depth: int = 0, label: str = "") -> Iterator[str]:
    """One line a node: its class, what stands in it, its type where known; children below."""
    words = [type(node).__name__]
    below: list[tuple[str, Node]] = []
    for part in fields(node):
        value = getattr(node, part.name)
        if part.name == "docstring" or value is None or isinstance(value, Span):
            continue
        if part.name == "type":
            continue
        mark = _MARKS.get(part.name, "")
        if isinstance(value, Node):
            below.append((mark, value))
        elif isinstance(value, tuple):
            inside = list(_nodes(value, mark))
            below.extend(inside)
            if not inside and value and part.name != "instance":
                words.append(" ".join(_words(value)))
        elif value != "":
            words.append(repr(value) if part.name == "value" else str(value))
    known = getattr(node, "type", None)
    line = " ".join(words) + (f": {known.value}" if known is not None else "")
    yield "  " * depth + label + line
    for mark, child in below:
        yield from syntax_lines(child, depth + 1, mark)


def syntax_as_json(value: object) -> object:
    """Nodes as objects with `node` and `span`; tuples as lists."""
    if isinstance(value, Node):
        span = value.span
        entries = {
            part.name: syntax_as_json(getattr(value, part.name))
            for part in fields(value)
            if part.name != "span" and not part.name.endswith("_span")
        }
        place = [span.line, span.column, span.end_line, span.end_column]
        return {"node": type(value).__name__, "span": place, **entries}
    if isinstance(value, Span):
        return [value.line, value.column, value.end_line, value.end_column]
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, tuple):
        return [syntax_as_json(item) for item in value]
    return value


def term_lines(graph: "Graph", root: int) -> Iterator[str]:
    """One line a term, arguments before users; the last is the value. Leaves stand in place."""
    order = graph.reachable([root])
    shared = [term for term in order if graph[term].args or term == root]
    names = {term: _leaf(graph[term]) for term in order}
    names |= {term: f"t{place}" for place, term in enumerate(shared)}
    for term in shared:
        entry = graph[term]
        inside = [_payload(entry)] if entry.payload is not None and entry.args else []
        inside += [names[argument] for argument in entry.args]
        value = f"{entry.op}({', '.join(inside)})" if entry.args else _leaf(entry)
        yield f"{names[term]:>5} = {value}: {entry.type.value}"


def terms_as_json(graph: "Graph", root: int) -> dict[str, object]:
    order = graph.reachable([root])
    names = {term: place for place, term in enumerate(order)}
    return {
        "terms": [
            {
                "id": names[term],
                "op": graph[term].op,
                "args": [names[argument] for argument in graph[term].args],
                "payload": _plain(graph[term].payload),
                "type": graph[term].type.value,
            }
            for term in order
        ],
        "root": names[root],
    }


def dot_lines(graph: "Graph", root: int, name: str) -> Iterator[str]:
    """The terms as a graph for Graphviz: an arrow from each term to what it is made of."""
    yield f"digraph {json.dumps(name)} {{"
    yield '  node [shape=box, fontname="monospace"];'
    order = graph.reachable([root])
    names = {number: f"t{place}" for place, number in enumerate(order)}
    for number in order:
        term = graph[number]
        label = _leaf(term) if not term.args else term.op
        if term.payload is not None and term.args:
            label += f" {_payload(term)}"
        yield f"  {names[number]} [label={json.dumps(f'{label}: {term.type.value}')}];"
        for argument in term.args:
            yield f"  {names[number]} -> {names[argument]};"
    yield "}"


def _nodes(value: tuple[object, ...], mark: str) -> Iterator[tuple[str, Node]]:
    """The nodes in a nested tuple, each with the operator or word that stands before it."""
    for item in value:
        if isinstance(item, Node):
            yield mark, item
            mark = ""
        elif isinstance(item, tuple):
            yield from _nodes(item, mark)
        elif isinstance(item, str):
            mark = f"{item} "


def _words(value: tuple[object, ...]) -> Iterator[str]:
    for item in value:
        if isinstance(item, Span):
            continue
        if isinstance(item, tuple):
            yield from _words(item)
        else:
            yield str(item)


def _leaf(term: "Term") -> str:
    """A term without arguments as it is written."""
    if term.op == "bound":
        return f"b{term.payload}"
    return term.op if term.payload is None else _constant(term.payload)


def _constant(value: object) -> str:
    if isinstance(value, bool):
        return str(value)
    return f"{value:.12g}" if isinstance(value, float) else repr(value)


def _payload(term: "Term") -> str:
    from attndsl.graph.terms import Aggregate

    payload = term.payload
    if isinstance(payload, Aggregate):
        where = f" over {payload.range}" if payload.range else ""
        return f"{payload.function}{where} binding b{payload.height}"
    if isinstance(payload, tuple):
        return " ".join(
            "{" + ", ".join(map(_constant, part)) + "}" if isinstance(part, tuple) else str(part)
            for part in (payload if isinstance(payload[0], str) else (payload,))
        )
    return str(payload)


def _plain(value: object) -> object:
    """A payload as JSON."""
    from attndsl.graph.terms import Aggregate

    if isinstance(value, Aggregate):
        return {"function": value.function, "range": value.range, "height": value.height}
    if isinstance(value, (tuple, frozenset)):
        return [_plain(item) for item in value]
    return value
