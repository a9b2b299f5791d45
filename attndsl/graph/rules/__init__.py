"""The rewrite rules, by family. RULES is the one order they run in; VERSION names its meaning."""

from attndsl.graph.notation import read, write
from attndsl.graph.rewrite import Rewriter, Rule, compile_rules
from attndsl.graph.rules import (
    aggregates,
    comparisons,
    logic,
    numbers,
    positions,
    products,
    selects,
    sets,
    shares,
)
from attndsl.graph.terms import Graph

VERSION = 2  # raised with every change that can give a program another canonical form

RULES: tuple[Rule, ...] = (
    *numbers.RULES,
    *products.RULES,
    *shares.RULES,
    *positions.RULES,
    *comparisons.RULES,
    *sets.RULES,
    *logic.RULES,
    *selects.RULES,
    *aggregates.RULES,
)
TABLE = compile_rules(RULES)


def normal_text(text: str) -> str:
    """The normal form of a term in notation; what the rules' examples show."""
    graph = Graph()
    root = read(graph, text)
    return write(graph, Rewriter(graph, TABLE, limit=1000)(root))


__all__ = ["RULES", "TABLE", "VERSION", "normal_text"]
