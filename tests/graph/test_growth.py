"""Simplifying is bounded: no shape of program makes it slow, large, or turn in circles."""

import pytest

from attndsl.graph.build import Builder
from attndsl.graph.canonical import canonical
from attndsl.graph.printing import source_of
from attndsl.graph.simplify import machine_for, simplified
from attndsl.graph.terms import Graph
from attndsl.language.parser import parse
from attndsl.language.types import infer
from tests.clock import timed
from tests.programs.generator import random_source


def built(source):
    module, syntax = parse(source)
    typed, names = infer(module)
    errors = [found for found in (*syntax, *names) if found.severity == "error"]
    assert not errors, errors[0].message
    builder = Builder(typed, Graph())
    return builder.graph, builder.build(typed.heads[-1]).root


def chain(line, count, start="w = k.len"):
    """A program of `count` lines that build on each other."""
    lines = [start, *(line.replace("N", str(number)) for number in range(count)), "return w"]
    return "def f(q, k):\n" + "".join(f"    {each}\n" for each in lines)


SHAPES = {
    "doubling": "w = w + w",
    "squaring": "w = w * w",
    "doubling under a test": "w = w + w if k.len > N else w",
    "two uses of the old value": "w = (w + 1) * (w - 1) if k.len > N else w * 2",
    "tests of what came before": "w = w + N if w > N else w - N",
    "updates under independent tests": "w += N if k.i == N else 0",
    "nested choices of the same value": "w = min(w, q.len + N) if q.len > N else max(w, k.len - N)",
    "not of both": "w = 1 if not (w > N and k.len > N) else 2 + w",
    "wild sums": "w = w + w * (1 if k.len > N else 2) - exp(w)",
    "wild doubling": "w = (w + exp(k.len) - N) + w",
    "wild tests": "w = (w + exp(k.len) - N) + w + (1 if w > q.len + w else 0)",
    "wild products": "w = w * (w * (exp(k.len) - N))",
    "products within 1": "w = similarity(q, k) * w * w",
    "shares": "w = normalized(w + N)",
}


@pytest.mark.parametrize("name", SHAPES)
def test_twice_the_lines_take_about_twice_the_time(name):
    times, sizes = [], []
    for count in (15, 30, 60):
        graph, root = built(chain(SHAPES[name], count if name != "shares" else count // 10))
        before = len(graph.reachable([root]))
        seconds, found = timed(canonical, graph, root, False)
        times.append(seconds)
        sizes.append(len(graph.reachable([found])))
        assert sizes[-1] <= 2 * before + 10
        text = source_of(graph, found, "f")
        assert len(text) < 60 * before + 2000
    assert times[2] < 10
    assert times[2] < 0.2 or times[2] / times[1] < 8, times


def test_no_random_program_uses_up_its_work_or_turns_in_circles():
    for seed in range(200):
        module, _ = parse(random_source(seed))
        typed, found = infer(module)
        if any(each.severity == "error" for each in found):
            continue
        builder = Builder(typed, Graph())
        for head in typed.heads:
            root = builder.build(head).root
            machine = machine_for(builder.graph, root)
            form = simplified(machine, root)
            assert machine.cycles == 0, seed
            assert machine.work < machine.limit, seed
            again = simplified(machine_for(builder.graph, form), form)
            assert again == form, seed
