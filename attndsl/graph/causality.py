"""Whether row q of a program can depend on what stands after q in a causal model.

Ranges, `next` and `at` end at the query there, so only two things can: `n`, and what is read off a
parse of the whole text.
"""

from attndsl.graph.needs import Read, sources
from attndsl.graph.places import Places
from attndsl.graph.terms import Graph
from attndsl.language.diagnostics import Span


def looks_ahead(
    graph: Graph, root: int, canonical: int, places: Places
) -> tuple[tuple[str, Span], ...]:
    """Why, and where in the source, for each thing that does; empty for a causal program.

    What the canonical form no longer holds does no harm.
    """
    ahead = {source.name for source in sources(graph, canonical).values() if not source.causal}
    reasons: dict[str, tuple[str, Span]] = {}
    for term, source in sources(graph, root).items():
        if source.name in ahead and source.name not in reasons:
            reasons[source.name] = (_reason(source), places.best(term))
    return tuple(sorted(reasons.values(), key=lambda pair: pair[1]))


def _reason(source: Read) -> str:
    if source.level == "linguistics":
        return f"`{source.name}` comes from a parse of the whole text, later words included"
    return f"`{source.name}` counts the whole text, what comes after the query included"
