"""Cost bounds are polynomials that hold, in operations and in measured memory."""

import tracemalloc
from statistics import median

import pytest

from attndsl.engines.reference import operations, pattern
from attndsl.graph.cost import Limits, Polynomial
from attndsl.graph.terms import OPS
from attndsl.graph.verify import verify
from attndsl.language.vocabulary import ATTRIBUTES, FUNCTIONS
from tests.programs.generator import random_source
from tests.programs.texts import random_text


def test_polynomials_add_and_bound() -> None:
    one, other = Polynomial((1, 2)), Polynomial((0, 5, 3))
    assert (one + other).coefficients == (1, 7, 3)
    assert (one | other).coefficients == (1, 5, 3)
    assert str(Polynomial((4, 1000, 2))) == "2 n^2 + 1,000 n + 4"
    assert (str(Polynomial()), Polynomial().degree) == ("0", 0)


def test_equal_terms_count_once() -> None:
    once = verify("def a(q, k):\n    return similarity(q, k)\n").programs[0]
    twice = verify(
        "def a(q, k):\n    x = similarity(q, k)\n    return similarity(q, k) + 2 * x\n"
    ).programs[0]
    assert twice.cost.time.at(100) - once.cost.time.at(100) < 5 * 100**2


OVER = {
    "ATT091": ("sum(sum(similarity(t, u) * similarity(t, k) * similarity(u, q)"
               " for u in before(q)) for t in before(q))", Limits()),
    "ATT092": ("max(similarity(q, t) * similarity(k, t) for t in before(q))", Limits()),
    "ATT093": ("k == last(t for t in before(q) if t.lower == k.lower)", Limits(bytes=2**20)),
}  # fmt: skip


@pytest.mark.parametrize("code", OVER)
def test_over_a_limit_is_an_error_at_the_expression(code: str) -> None:
    expression, limits = OVER[code]
    source = f"def head(q, k):\n    w = 0.5 * k.is_punct\n    return w + ({expression})\n"
    found = verify(source, limits=limits)
    assert found.programs == ()
    (error,) = found.errors
    assert (error.code, error.span.line) == (code, 3)
    assert error.span.column > len("    return w + (")  # not the whole line


def test_too_many_terms_is_an_error_at_the_name() -> None:
    lines = [f"    w += k.id == {i}" for i in range(600)]
    source = "\n".join(["def head(q, k):", "    w = 0", *lines, "    return w", ""])
    codes = {error.code for error in verify(source).errors}
    assert codes <= {"ATT006", "ATT008", "ATT090"}
    assert codes


def test_sums_that_could_pass_the_range_of_floats_are_refused() -> None:
    lines = ["    w = w + w"] * 1000
    found = verify("\n".join(["def head(q, k):", "    w = 1e30 * k.i", *lines, "    return w", ""]))
    assert found.errors


MEASURED = [
    "count(t for t in between(k, q) if t.lower == k.lower)",
    "any(t.lower == k.lower and t.is_title for t in between(k, q))",
    "normalized(similarity(q, k)) + 0.3 * normalized(k.is_punct)",
    "max(similarity(k, t) for t in between(k, q))",
    "sum(0.3 * t.len for t in between(k, q))",
    "k == argmax(similarity(k, t) for t in before(q))",
]


@pytest.mark.parametrize("expression", MEASURED)
@pytest.mark.parametrize("n", [60, 300])
def test_memory_that_a_run_takes_is_within_the_bound(expression: str, n: int) -> None:
    program = verify(f"def head(q, k):\n    return {expression}\n").programs[0]
    if program.cost.degree == 3:
        n = min(n, 120)
    text = random_text(5, n)
    pattern(program, random_text(5, 2))  # what is made once for all texts
    tracemalloc.start()
    pattern(program, text)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak <= program.cost.bytes.at(n)


def test_the_median_bound_is_at_most_four_times_what_is_done() -> None:
    ratios = []
    for seed in range(120):
        for program in verify(random_source(seed)).programs:
            done = operations(program, random_text(seed, 22)).total
            ratios.append(program.cost.time.at(22) / done)
    assert min(ratios) >= 1
    assert median(ratios) <= 4


def test_the_vocabulary_tells_what_terms_cost() -> None:
    column = OPS["column"].weight
    written = {"text": column, "clip": OPS["min"].weight + OPS["max"].weight,
               "same_word": 4}  # fmt: skip
    for name, cost in written.items():
        assert (FUNCTIONS.get(name) or ATTRIBUTES[name]).cost == cost
    for entry in (*FUNCTIONS.values(), *ATTRIBUTES.values()):
        if entry.name not in written:
            assert entry.cost == OPS.get(entry.name, OPS["column"]).weight, entry.name
