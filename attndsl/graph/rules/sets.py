"""Rules of tests on one value: texts and numbers merge into sets.

>>> from attndsl.graph.rules import normal_text
>>> normal_text('or(text_is[equals "a"](lower(k)), text_is[equals "b" "c"](lower(k)))')
'text_is[equals "a" "b" "c"](lower(k))'
>>> normal_text('and(text_is[equals "a" "b"](lower(k)), not(text_is[equals "b"](lower(k))))')
'text_is[equals "a"](lower(k))'
>>> normal_text("or(eq(column(k), 2), eq(column(k), 4))")
'among[2 4](column(k))'
"""

import re

from attndsl.graph.assumptions import text_test
from attndsl.graph.rewrite import Rewriter, Rule
from attndsl.graph.terms import Graph, Term
from attndsl.language.vocabulary import ATTRIBUTES


def _joined(machine: Rewriter, term: Term) -> int | None:
    """Tests on one value side by side under `or`, negated ones under `and`, are one set."""
    graph, negated = machine.graph, term.op == "and"
    by_column: dict[tuple[int, str], tuple[set[object], list[int]]] = {}
    for arg in term.args:
        if (graph[arg].op == "not") != negated:
            continue
        subject = _subject(graph, graph[arg].args[0] if negated else arg)
        if subject is not None:
            value, mode, literals = subject
            group = by_column.setdefault((value, mode), (set(), []))
            group[0].update(literals)
            group[1].append(arg)
    for (value, mode), (merged, members) in by_column.items():
        if len(members) > 1:
            payload = tuple(sorted(merged))  # type: ignore[type-var]  # all floats, or all texts
            if mode == "number":
                joined = graph.add("among", (value,), payload)
            else:
                joined = graph.add("text_is", (value,), (mode, payload))
            rest = [arg for arg in term.args if arg not in members]
            rest.append(graph.add("not", (joined,)) if negated else joined)
            return rest[0] if len(rest) == 1 else graph.add(term.op, rest)
    return None


def _subject(graph: Graph, test: int) -> tuple[int, str, tuple[object, ...]] | None:
    """What value a test looks at, how, and which literals it is compared with."""
    term = graph[test]
    if term.op == "text_is":
        return term.args[0], *term.test
    if term.op == "among":
        return term.args[0], "number", term.values
    if term.op == "eq" and graph[term.args[1]].op == "number":
        return term.args[0], "number", (graph[term.args[1]].number,)
    return None


def _possible(machine: Rewriter, term: Term) -> int | None:
    """Constant texts are tested at once; literals that a column can't have go out."""
    graph = machine.graph
    mode, literals = term.test
    text = graph[term.args[0]]
    if text.op == "text":
        return graph.bool(text_test(mode, text.text, literals))
    if mode != "equals" and "" in literals:
        return graph.bool(True)
    kept = sorted(set(literals))
    if text.op == "column":
        labels = ATTRIBUTES[text.name].labels
        if text.payload == "lower":
            kept = [literal for literal in kept if not re.search("[A-Z]", literal)]
        elif labels and mode == "equals":
            kept = [literal for literal in kept if literal in labels or not literal]
    if mode != "equals":
        kept = [each for each in kept if not _covered(mode, each, kept)]
    if not kept:
        return graph.bool(False)
    return graph.add("text_is", term.args, (mode, tuple(kept)))


def _covered(mode: str, literal: str, literals: list[str]) -> bool:
    """Whether a text that matches this literal matches a shorter one too."""
    return any(other != literal and text_test(mode, literal, (other,)) for other in literals)


def _of_select(machine: Rewriter, term: Term) -> int | None:
    inner = machine.graph[term.args[0]]
    if inner.op != "select":
        return None
    test, one, other = inner.args
    arms = [machine.add("text_is", (arm,), term.payload) for arm in (one, other)]
    return machine.add("select", (test, *arms))


def _same_text(machine: Rewriter, term: Term) -> int | None:
    one, other = term.args
    for text, constant in ((one, other), (other, one)):
        literal = machine.graph[constant]
        if literal.op == "text":
            return machine.add("text_is", (text,), ("equals", (literal.payload,)))
    return machine.add("text_same", machine.sort(term.args))


RULES = (
    Rule("text itself", "text_same(x, x)", "true", "a text equals itself"),
    Rule("text sides", "text_same", _same_text, "equality has no direction"),
    Rule("possible literals", "text_is", _possible, "lower case has no capitals, labels are known"),
    Rule("test of a choice", "text_is", _of_select, "arm by arm"),
    Rule("one set", "and|or", _joined, "equal to a or to b is: in {a, b}"),
)
