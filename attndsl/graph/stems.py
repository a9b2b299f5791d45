"""What a local is called: a word for how its value is made, else a letter for its type.

>>> from attndsl.graph.notation import read
>>> graph = Graph()
>>> [stem(graph, read(graph, text)) for text in (
...     "add(i(q), mul(-1, i(k)))", 'text_is[equals "NOUN" "VERB"](pos(prev(k)))',
...     "any[before 1](q, is_open(bound[1]), true)", "and(is_open(k), is_close(q))")]
['distance', 'k_prev_is_noun_or_verb', 'any_before', 'c']
"""

import re
from collections.abc import Callable, Container

from attndsl.graph.terms import Graph, Term
from attndsl.graph.writing import variable
from attndsl.language.nodes import Type

LETTERS = {Type.BOOL: "c", Type.NUMBER: "x", Type.TEXT: "s", Type.POSITION: "p"}
LONGEST = 28


def stem(graph: Graph, number: int) -> str:
    """A name for a term's value, as far as its outermost operation tells."""
    term = graph[number]
    word = WORDS[term.op](graph, term) if term.op in WORDS else ""
    return word if 0 < len(word) <= LONGEST else LETTERS[term.type]


def free(word: str, taken: Container[str]) -> str:
    """The word, numbered where it is taken; a letter always has a number.

    >>> free("share", {"share"}), free("x", {"x1"}), free("share", ())
    ('share_2', 'x2', 'share')
    """
    letter = len(word) == 1
    count = 1
    name = f"{word}1" if letter else word
    while name in taken:
        count += 1
        name = f"{word}{count}" if letter else f"{word}_{count}"
    return name


def _added(graph: Graph, term: Term) -> str:
    return "distance" if _is_distance(graph, term) else "added"


def _is_distance(graph: Graph, term: Term) -> bool:
    q, k = (graph.index(graph.add(leaf)) for leaf in "qk")
    return term.op == "add" and term.args == (q, graph.add("mul", (graph.number(-1), k)))


def _magnitude(graph: Graph, term: Term) -> str:
    return "apart" if _is_distance(graph, graph[term.args[0]]) else ""


def _power(graph: Graph, term: Term) -> str:
    return "decay" if graph[term.args[0]].op == "number" else ""


def _aggregate(graph: Graph, term: Term) -> str:
    payload = term.aggregate
    one = payload.function == "sum" and graph[term.args[-1]].payload == 1.0
    return f"{'count' if one else payload.function}_{payload.range}"


def _select(graph: Graph, term: Term) -> str:
    return "choice" if term.type is Type.NUMBER else ""


def _equal(graph: Graph, term: Term) -> str:
    """A position at a place, or the key at the query."""
    one, other = (graph[arg] for arg in term.args)
    if {one.op, other.op} == {"q", "k"} or (
        one.payload == other.payload == "i"
        and {graph[one.args[0]].op, graph[other.args[0]].op} == {"q", "k"}
    ):
        return "itself"
    for this, that in ((one, other), (other, one)):
        if this.payload == "i" and that.payload == 0.0 and (place := _place(graph, this.args[0])):
            return f"{place}_is_first"
    return ""


def _column(graph: Graph, term: Term) -> str:
    place = _place(graph, term.args[0])
    return place and f"{place}_{term.payload}"


def _text_is(graph: Graph, term: Term) -> str:
    mode, literals = term.test
    value = graph[term.args[0]]
    place = _place(graph, value.args[0]) if value.args else ""
    if not place:
        return ""
    words = [re.sub(r"\W+", "_", text.lower()).strip("_") for text in literals]
    name = f"{place}_is_{'_or_'.join(words)}"
    if mode == "equals" and all(words) and name.isascii() and len(name) <= LONGEST:
        return name
    return f"{place}_{value.payload}_fits" if value.op == "column" else ""


def _place(graph: Graph, position: int) -> str:
    """A position in words: `q`, `k_prev`, `first_token`."""
    term = graph[position]
    if term.op in ("q", "k"):
        return term.op
    if term.op == "bound":
        return variable(term.variable)
    if term.op in ("prev", "next", "head"):
        place = _place(graph, term.args[0])
        return place and f"{place}_{term.op}"
    if term.op == "at" and graph[term.args[0]].payload == 0.0:
        return "first_token"
    return ""


WORDS: dict[str, Callable[[Graph, Term], str]] = {
    "ratio": lambda graph, term: "share",
    "similarity": lambda graph, term: "alike",
    "exp": lambda graph, term: "decay",
    "or": lambda graph, term: "either",
    "max": lambda graph, term: "larger",
    "min": lambda graph, term: "smaller",
    "mul": lambda graph, term: "product",
    "div": lambda graph, term: "quotient",
    "add": _added,
    "abs": _magnitude,
    "pow": _power,
    "aggregate": _aggregate,
    "select": _select,
    "eq": _equal,
    "same": _equal,
    "column": _column,
    "text_is": _text_is,
}
