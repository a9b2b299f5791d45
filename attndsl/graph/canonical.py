"""The canonical form of a program, and hashes of it: the identity, and the template.

>>> from attndsl.graph.notation import read, write
>>> graph = Graph()
>>> one = canonical(graph, read(graph, "mul(2, select(is_quote(k), 0.5, 0))"), softmax=False)
>>> other = canonical(graph, read(graph, "max(select(not(is_quote(k)), -1, 3), 0)"), softmax=False)
>>> write(graph, one), one == other
('is_quote(k)', True)
"""

from hashlib import sha256

from attndsl.graph.legality import verify_terms
from attndsl.graph.rewrite import Fired, Rewriter
from attndsl.graph.rules import VERSION
from attndsl.graph.rules.roots import at_root
from attndsl.graph.sharing import shared
from attndsl.graph.simplify import machine_for, simplified
from attndsl.graph.terms import OPS, Graph

_ROUNDS = 8


def canonical(
    graph: Graph,
    root: int,
    softmax: bool,
    trace: list[Fired] | None = None,
    machine: Rewriter | None = None,
) -> int:
    """A term that gives the same rows, the same for all programs that the rules find equal.

    A `machine` of the caller's knows the normal forms of all parts afterwards; `trace` collects the
    rules that fired.
    """
    machine = machine or machine_for(graph, root, trace)
    form = simplified(machine, root)
    for _ in range(_ROUNDS):
        new = at_root(machine, form, softmax)
        if new == form:
            break
        form = simplified(machine, new)
    form = shared(machine, form)
    verify_terms(graph, form, "plain")
    return form


def form_hash(graph: Graph, root: int, decorators: str) -> str:
    """The identity of a program: its canonical form's structure and its decorators."""
    start = f"attndsl form {VERSION} {decorators} ".encode()
    return sha256(start + graph.digest(root)).hexdigest()


def template_hash(graph: Graph, root: int, decorators: str) -> str:
    """The same for all programs that differ in their numbers only."""
    digests: dict[int, bytes] = {}
    for number in graph.reachable([root]):
        term = graph[number]
        payload = "" if term.op in ("number", "among") else repr(term.payload)
        below = [digests[arg] for arg in term.args]
        if OPS[term.op].commutative:
            below.sort()
        own = f"{term.op}{payload}(".encode()
        digests[number] = sha256(own + b"".join(below)).digest()
    start = f"attndsl template {VERSION} {decorators} ".encode()
    return sha256(start + digests[root]).hexdigest()
