"""Decide how a program can run in generation, and say why where all keys must be kept."""

from attndsl.graph.arithmetic import HUGE, ROW_EMPTY
from attndsl.graph.printing import expression_of
from attndsl.graph.program import Program
from attndsl.graph.simplify import machine_for, simplified
from attndsl.graph.streams.plan import Kind, NotStreamed, Rows, Streams
from attndsl.graph.streams.prove import Proof
from attndsl.graph.streams.sums import rows_of
from attndsl.graph.substitute import substitute
from attndsl.graph.terms import Graph

_SHOWN = 60  # characters of the term that makes a program full


def streams_of(program: Program) -> Streams:
    """What must be kept of a program's keys in generation."""
    return streams(
        program.graph, program.canonical, program.softmax, program.causal, program.fallback
    )


def streams(
    graph: Graph, canonical: int, softmax: bool, causal: bool, fallback: str = "first"
) -> Streams:
    """The plan of a term under the causal mask, proved; a full one says what makes it so."""
    if not causal:
        return Streams("full", "it looks ahead of the query")
    proof = Proof(graph)
    try:
        rows = rows_of(proof, canonical, softmax)
        itself = _on_itself(proof, canonical)
        if softmax and any(part.less for part in rows.parts):
            raise NotStreamed("a rest that isn't exact", canonical)
        proof.positive(rows.parts, canonical, itself)
    except NotStreamed as fault:
        return Streams("full", fault.reason, fault.term)
    except RecursionError:
        return Streams("full", "it is nested too deeply", canonical)
    goes = fallback if itself <= (-HUGE if softmax else ROW_EMPTY) else ""
    kind = "copies" if proof.index else _kind(rows, goes)
    states = tuple(proof.states.items())
    return Streams(kind, "", None, rows, states, proof.back, proof.index, goes)


def _kind(rows: Rows, fallback: str) -> Kind:
    if fallback == "uniform" or any(part.spot is None for part in rows.parts):
        return "recurrent"
    return "nearest" if rows.parts else "window"


def _on_itself(proof: Proof, canonical: int) -> float:
    """The least that a query's value is for itself as the key."""
    graph = proof.graph
    (itself,) = substitute(graph, [canonical], {proof.k: proof.q})
    return proof.facts[simplified(machine_for(graph, itself), itself)].lo


def told(proved: Streams, graph: Graph) -> str:
    """In one line: the kind, and what is kept or what makes it full."""
    said = why(proved, graph) if proved.kind == "full" else ", ".join(_kept(proved)) or "nothing"
    return f"{proved.kind}: {said}"


def why(proved: Streams, graph: Graph) -> str:
    """What makes a program keep all keys, with the term."""
    if proved.culprit is None:
        return proved.reason
    text = expression_of(graph, proved.culprit)
    shown = text if len(text) <= _SHOWN else text[: _SHOWN - 3] + "..."
    return f"{proved.reason}: {shown}"


def _kept(proved: Streams) -> list[str]:
    counts = (
        (proved.first, "the first key", "the first {} keys"),
        (proved.window, "the last key", "the last {} keys"),
        (proved.found, "1 found position", "{} found positions"),
        (proved.sums, "1 running sum", "{} running sums"),
    )
    kept = [(one if n == 1 else many.format(n)) for n, one, many in counts if n]
    return [*kept, "an index by equal text"] if proved.index else kept


def as_json(proved: Streams, graph: Graph) -> dict[str, object]:
    """The decision as data."""
    return {
        "kind": proved.kind,
        "reason": proved.reason,
        "term": "" if proved.culprit is None else expression_of(graph, proved.culprit),
        "window": proved.window,
        "first": proved.first,
        "found": proved.found,
        "sums": proved.sums,
        "rates": list(proved.rates),
        "index": proved.index,
    }
