"""What can't be meant: tests that are always true or false, weights that are never above 0.

A test is looked at with what is true of every text, tokenizer and mask. Tests in a helper are
looked at once, over its parameters, so that a call with a constant gives no warning.
"""

from collections.abc import Callable, Iterator

from attndsl.graph.facts import Facts
from attndsl.graph.places import Places
from attndsl.graph.rewrite import Rewriter
from attndsl.graph.simplify import simplify
from attndsl.graph.terms import FREE_K, FREE_Q, Graph, Term
from attndsl.language.diagnostics import Diagnostic, Span
from attndsl.language.nodes import Type

_COMPARISONS = frozenset({"eq", "lt", "le", "among", "same", "text_is", "text_same", "is_there"})
_DECAYS = frozenset({"exp", "pow"})
_CONSTANTS = frozenset({"bool", "number", "text", "none"})


def lint(root: int, machine: Rewriter, places: Places) -> list[Diagnostic]:
    """Warnings about the tests within one definition, which the machine has simplified."""
    graph = machine.graph
    warnings: list[Diagnostic] = []
    explained: set[int] = set()  # what is settled by a test below it that was warned of already
    for number in graph.reachable([root]):
        term = graph[number]
        if not explained.isdisjoint(term.args):
            explained.add(number)
        if number in explained or not _is_test(graph, term) or not places.of(number):
            continue
        answer = _answer(machine, number)
        if answer is None:
            continue
        explained.add(number)
        if places.at_home(number):
            kind = "comparison" if term.op in _COMPARISONS else "test"
            warnings.append(
                _warning(
                    "ATT100",
                    f"this {kind} is always {'true' if answer else 'false'}, whatever the text",
                    places.best(number),
                    "compare with a value that it can have, or leave the test out",
                )
            )
    return warnings


def _is_test(graph: Graph, term: Term) -> bool:
    """A bool that isn't written out, such as `True` or `True == True`."""
    return term.type is Type.BOOL and any(graph[arg].op not in _CONSTANTS for arg in term.args)


def _answer(machine: Rewriter, test: int) -> bool | None:
    """What the rules or its interval say that a test always is."""
    normal = machine.graph[machine.normal.get(test, test)]
    if normal.op == "bool":
        return bool(normal.payload)
    fact = machine.facts[test]
    return bool(fact.lo) if fact.lo == fact.hi else None


def never_positive(graph: Graph, root: int, facts: Facts, name: Span) -> list[Diagnostic]:
    """A program whose weight can't be above 0 is its fallback and nothing else."""
    if facts[root].hi > 0:
        return []
    return [
        _warning(
            "ATT102", "the weight is never above 0, so every row is the fallback", name,
            "return a positive number where the query should attend to the key",
        )
    ]  # fmt: skip


def never_shown(graph: Graph, root: int, form: int, name: Span, places: Places) -> list[Diagnostic]:
    """Weights on keys after the query: a causal mask shows none of them."""
    below = [graph[term] for term in graph.reachable([form])]
    if not any(_asks_order(graph, term) for term in below):
        return []
    seen = graph.add("le", (graph.index(graph.add("k")), graph.index(graph.add("q"))))
    if _is_zero(graph, graph.add("select", (seen, form, graph.number(0)))):
        return [_unseen("the weight is never above 0", name)]
    if not any(_asks_after(graph, term) for term in below):
        return []
    facts, spans = Facts(graph), dict[Span, None]()
    shown, stack, met = _as_shown(graph, root), [root], {root}
    while stack:
        for part, place, inner in _parts(graph, stack.pop()):
            if facts[part].hi <= 0 or shown(part) == part:
                continue
            if facts[shown(part)].hi <= 0:
                spans[places.best(place)] = None
            elif inner not in met:
                met.add(inner)
                stack.append(inner)
    return [_unseen("this part of the weight is never above 0", span) for span in spans]


def _as_shown(graph: Graph, root: int) -> Callable[[int], int]:
    """A term as it is on the keys that a causal mask shows: no test for keys after q is true."""
    became: dict[int, int] = {}

    def shown(number: int) -> int:
        term = graph[number]
        if number not in became and term.op != "aggregate":
            args = tuple(became.get(arg, arg) for arg in term.args)
            after = _asks_after(graph, term)
            if after or args != term.args:
                became[number] = (
                    graph.bool(False) if after else graph.add(term.op, args, term.payload)
                )
        return became.get(number, number)

    for number in graph.reachable([root]):
        shown(number)
    return shown


def _is_zero(graph: Graph, term: int) -> bool:
    return Facts(graph)[simplify(graph, term)].hi <= 0


def _parts(graph: Graph, number: int) -> Iterator[tuple[int, int, int]]:
    """The parts of a sum, and each side of a branch: with the term whose place tells it, which is
    a branch's test, and the term that has parts of its own."""
    term, zero = graph[number], graph.number(0)
    if term.op == "add":
        yield from ((arg, arg, arg) for arg in term.args)
    elif term.op == "select":
        test, yes, no = term.args
        yield graph.add("select", (test, yes, zero)), test, yes
        yield graph.add("select", (test, zero, no)), test, no


def shared_out(graph: Graph, root: int, places: Places) -> list[Diagnostic]:
    """Factors that every key of a row has alike, such as a decay by `q.i`: this goes."""
    warnings: list[Diagnostic] = []
    stack, divisors, seen = [root], set[int](), set[int]()
    while stack:
        number = stack.pop()
        if number in seen:
            continue
        seen.add(number)
        term = graph[number]
        if term.op == "mul":
            stack.extend(term.args)
        elif term.op == "div":
            stack.append(term.args[0])
            if graph[term.args[1]].op != "aggregate":  # a mean's own
                divisors.add(term.args[1])
        if number != root and term.op != "mul" and _alike(graph, number, decays=True):
            warnings.append(_swallowed(places.best(number)))
    alike = [one for one in sorted(divisors) if _alike(graph, one, decays=False)]
    return [*warnings, *(_swallowed(places.best(one)) for one in alike)]


def _alike(graph: Graph, number: int, decays: bool) -> bool:
    """Whether a number is of the query alone, but no sum of its row; a decay has a power."""
    if graph[number].free != FREE_Q or graph[number].type is not Type.NUMBER:
        return False
    below = [graph[term] for term in graph.reachable([number])]
    rows = any(term.op == "aggregate" and term.aggregate.range == "visible" for term in below)
    return not rows and (not decays or graph[number].op in _DECAYS)


def _swallowed(span: Span) -> Diagnostic:
    return _warning(
        "ATT104", "every key of a row has this alike, so sharing out the row takes it away", span,
        "let it fall with the distance, `q.i - k.i`, or leave it out",
    )  # fmt: skip


def _asks_order(graph: Graph, term: Term) -> bool:
    """Whether a test compares the indices of query and key."""
    if term.op not in ("lt", "le"):
        return False
    return {graph[arg].free for arg in term.args} == {FREE_Q, FREE_K} and all(
        graph[arg].op == "column" and graph[arg].payload == "i" for arg in term.args
    )


def _asks_after(graph: Graph, term: Term) -> bool:
    """Whether a test is true of keys after the query alone."""
    if term.op != "lt" or not _asks_order(graph, term):
        return False
    of_whom = [graph[graph[arg].args[0]].op for arg in term.args]
    return of_whom == ["q", "k"]


def _unseen(what: str, span: Span) -> Diagnostic:
    return _warning(
        "ATT103",
        f"in a causal model {what}: no query sees the keys after it",
        span,
        "keys before the query have `k.i < q.i`; leave it where a model sees both ways",
    )


def _warning(code: str, message: str, span: Span, hint: str) -> Diagnostic:
    return Diagnostic(code, "warning", message, span, hint)
