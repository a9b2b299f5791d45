"""Typed syntax becomes terms: early returns, helpers, rows, and a bound on what is written out."""

import pytest

from attndsl.graph.build import Builder
from attndsl.graph.notation import write
from attndsl.graph.terms import Graph
from attndsl.language.parser import parse
from attndsl.language.types import infer
from tests.clock import timed


def built(source):
    """What is built of the last head program of a file, with its graph."""
    module, syntax = parse(source)
    typed, names = infer(module)
    errors = [found for found in (*syntax, *names) if found.severity == "error"]
    assert not errors, errors[0].message
    builder = Builder(typed, Graph())
    return [builder.build(head) for head in typed.heads][-1], builder.graph


def term(body, before=""):
    """The terms of a program, in notation."""
    found, graph = built(f"{before}def f(q, k):\n    {body}\n")
    assert found.diagnostics == ()
    return write(graph, found.root)


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("return q.i - k.i * 2", "add(i(q), mul(-1, mul(i(k), 2)))"),
        ("return q.i * k.i / 2 * 3", "mul(div(mul(i(q), i(k)), 2), 3)"),
        ("return 2 < q.i <= k.i", "and(lt(2, i(q)), le(i(q), i(k)))"),
        ("return q.i > k.i", "lt(i(k), i(q))"),
        ("return q != k", "not(same(q, k))"),
        ("return 'a' in q.text", 'text_is[contains "a"](text(q))'),
        ("return q.text in ['b', 'a']", 'text_is[equals "a" "b"](text(q))'),
        ("return q.i not in {3, -1}", "not(among[-1 3](i(q)))"),
        ("return q.prev.head is not None", "not(same(head(prev(q)), none))"),
        ("return count(t for t in before(q))", "sum[before 1](q, true, 1)"),
        ("return count(t.is_open for t in after(q))", "sum[after 1](q, is_open(bound[1]), 1)"),
        (
            "return mean(t.len for t in visible(q) if t.is_open)",
            "div(sum[visible 1](is_open(bound[1]), len(bound[1])), "
            "sum[visible 1](is_open(bound[1]), 1))",
        ),
        (
            "return all(t.is_open for t in upto(k))",
            "not(any[upto 1](k, not(is_open(bound[1])), true))",
        ),
        (
            "return any(any(u == t for u in before(t)) for t in before(q))",
            "any[before 2](q, any[before 1](bound[2], same(bound[1], bound[2]), true), true)",
        ),
        ("return row_max(q.i - k.i)", "max[visible 1](true, add(i(q), mul(-1, i(bound[1]))))"),
        ("return clip(q.len, 1, 2)", "min(max(len(q), 1), 2)"),
    ],
)  # fmt: skip
def test_sugar_goes(body, expected):
    assert term(body) == expected


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (
            "if q.is_open:\n        return 1\n    if k.is_open:\n        return 2\n    return 3",
            "select(is_open(q), 1, select(is_open(k), 2, 3))",
        ),
        (
            "if q.is_open:\n        return 1\n    elif k.is_open:\n        return 2\n"
            "    else:\n        return 3",
            "select(is_open(q), 1, select(is_open(k), 2, 3))",
        ),
        (
            "w = 0\n    if q.is_open:\n        if k.is_open:\n            return 1\n        w = 2\n"
            "    return w",
            "select(and(is_open(q), is_open(k)), 1, select(is_open(q), 2, 0))",
        ),
        (
            "w = 0\n    if q.is_open:\n        w = 2\n    elif k.is_open:\n        return 1\n"
            "    return w",
            "select(and(not(is_open(q)), is_open(k)), 1, select(is_open(q), 2, 0))",
        ),
        (
            "if q.is_open:\n        return 1\n    else:\n        w = 2\n    return w",
            "select(is_open(q), 1, 2)",
        ),
        (
            "w = 1\n    if q.is_open:\n        w += 2\n        w *= k.len\n    w -= 3\n"
            "    return w",
            "add(select(is_open(q), mul(add(1, 2), len(k)), 1), mul(-1, 3))",
        ),
    ],
)
def test_the_first_return_on_the_way_counts(body, expected):
    assert term(body) == expected


def test_helpers_are_written_out_for_their_arguments():
    helper = "def near(a, b, far):\n    return abs(a.i - b.i) <= far\n\n\n"
    assert term("return near(q, k, 2) and near(k, q.prev, q.len)", helper) == (
        "and(le(abs(add(i(q), mul(-1, i(k)))), 2), le(abs(add(i(k), mul(-1, i(prev(q))))), len(q)))"
    )


def test_an_argument_with_a_variable_of_its_own_is_not_captured():
    helper = "def has(p, x):\n    return any(t.len == x for t in before(p))\n\n\n"
    body = "return any(has(t, count(u for u in before(t))) for t in before(q))"
    assert term(body, helper) == (
        "any[before 3](q, any[before 2](bound[3], "
        "eq(len(bound[2]), sum[before 1](bound[3], true, 1)), true), true)"
    )


def test_rows_of_a_helper_run_over_its_key():
    helper = "def score(q, k):\n    w = k.len\n    return w / row_sum(w + 1)\n\n\n"
    row = "sum[visible 1](true, add(len(bound[1]), 1))"
    assert term("return score(q, k)", helper) == f"div(len(k), {row})"
    assert term("return max(score(q, t) for t in before(k))", helper) == (
        f"max[before 2](k, true, div(len(bound[2]), {row}))"
    )


@pytest.mark.parametrize(
    "body",
    [
        "return count(t for t in visible(k))",
        "return count(t for t in visible(q.prev))",
        "return row(q.prev, k)",
        "return any(row(t, k) > 1 for t in before(q))",
    ],
)
def test_only_the_row_of_the_query_can_be_looked_at(body):
    helper = "def row(q, k):\n    return row_sum(k.len)\n\n\n"
    found, _ = built(f"{helper}def f(q, k):\n    {body}\n")
    assert [each.code for each in found.diagnostics] == ["ATT080"]


def doubling(count, inner):
    """A chain of helpers, each calling the next twice."""
    text = f"def h{count}(p, x):\n    return x\n\n\n"
    for number in reversed(range(count)):
        call = inner.replace("NEXT", f"h{number + 1}")
        text += f"def h{number}(p, x):\n    return {call}\n\n\n"
    return text + "def f(q, k):\n    return h0(q, q.len)\n"


def test_a_chain_that_doubles_costs_a_step_a_helper():
    seconds, (found, graph) = timed(built, doubling(60, "NEXT(p, x) * NEXT(p, x)"))
    assert not found.diagnostics
    assert len(graph.reachable([found.root])) == 62
    assert seconds < 5


def test_a_chain_that_really_doubles_is_refused():
    seconds, (found, _) = timed(built, doubling(60, "NEXT(p, 2 * x) + NEXT(p, 3 * x)"))
    assert {each.code for each in found.diagnostics} == {"ATT081"}
    assert seconds < 10


def test_a_term_knows_where_it_stands():
    source = "def f(q, k):\n    w = k.len + 1\n    return w * any(t.len > 3 for t in before(q))\n"
    found, graph = built(source)
    known = (*found.places.own, *found.places.called)
    places = {write(graph, number): found.places.of(number) for number in known}
    assert places["add(len(k), 1)"][0].line == 2
    assert [(span.line, span.column) for span in places["lt(3, len(bound[1]))"]] == [(3, 20)]
