"""Pairs of a program and its canonical form, by family of rules.

A case starts with `# title:`; the program and its form are parted by `# becomes`.
ATTNDSL_UPDATE_GOLDEN=1 writes the forms anew; look at them before committing.
"""

import itertools
import os
import random
import re
from dataclasses import replace
from pathlib import Path

import pytest

from attndsl.graph.canonical import canonical
from attndsl.graph.printing import expression_of, source_with, to_source
from attndsl.graph.rewrite import compile_rules
from attndsl.graph.rules import RULES, TABLE
from attndsl.graph.rules.roots import SCORE_RULES, WEIGHT_RULES
from attndsl.graph.sharing import shared
from attndsl.graph.simplify import machine_for
from attndsl.graph.trace import TOGETHER, seen, steps
from attndsl.graph.verify import verify

EXAMPLES = Path(__file__).parents[2] / "examples"
FIXTURES = Path(__file__).resolve().parent.parent / "fixtures" / "simplify"
FILES = sorted(FIXTURES.glob("*.attn"))


def form(source):
    """The program's canonical form as text."""
    found = verify(source)
    assert not found.errors, [error.message for error in found.errors]
    return to_source(found.programs[-1])


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_the_forms_of_a_fixture(path):
    cases = re.split(r"(?m)^(?=# title:)", path.read_text(encoding="utf-8"))
    found = []
    for case in filter(None, cases):
        program, expected = case.split("# becomes\n")
        assert form(program) == form(form(program)), f"not stable: {program}"
        found.append((f"{program}# becomes\n", expected.strip(), form(program).strip()))
    if os.environ.get("ATTNDSL_UPDATE_GOLDEN"):
        text = "".join(f"{start}{now}\n\n" for start, _, now in found)
        path.write_text(text.rstrip() + "\n", encoding="utf-8")
        return
    for start, expected, now in found:
        assert now == expected, start


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_other_orders_of_the_rules_end_at_the_same_form(path, seed):
    rules = list(RULES)
    random.Random(seed).shuffle(rules)
    table = compile_rules(rules)
    for case in filter(None, re.split(r"(?m)^(?=# title:)", path.read_text(encoding="utf-8"))):
        program = verify(case.split("# becomes\n")[0]).programs[-1]
        machine = machine_for(program.graph, program.root, None, table)
        other = canonical(program.graph, program.root, program.softmax, None, machine)
        assert to_source(replace(program, canonical=other)) == form(program.source), case


def test_every_rule_has_a_name_of_its_own_and_a_reason():
    names = [rule.name for rule in (*RULES, *WEIGHT_RULES, *SCORE_RULES)]
    assert len(names) == len(set(names))
    assert all(rule.why for rule in RULES)
    assert sum(len(found) for found in TABLE.values()) >= len(RULES)


def test_a_trace_names_the_rules_that_fired():
    (program,) = verify("def f(q, k):\n    return not not k.is_quote and k.i >= 0\n").programs
    found = steps(program.graph, program.root, program.softmax)
    told = [
        (step.rule, *(expression_of(program.graph, term) for term in (step.before, step.after)))
        for step in found
    ]
    assert ("not not", "not not k.is_quote", "k.is_quote") in told
    assert found[-1].program == program.canonical


def test_each_step_of_a_trace_changes_the_program_once():
    for path in sorted(EXAMPLES.glob("*.attn")):
        for program in verify(path.read_text(encoding="utf-8")).programs:
            found = steps(program.graph, program.root, program.softmax)
            ways = [program.root, *(step.program for step in found)]
            assert ways[-1] == program.canonical, program.name
            assert all(one != other for one, other in itertools.pairwise(ways))


def test_what_is_in_common_is_put_together_by_the_last_step_alone():
    """A term that a rule changed where it stood first is changed wherever it comes to stand."""
    for name in ("mixtures", "mechanisms"):
        for program in verify((EXAMPLES / f"{name}.attn").read_text(encoding="utf-8")).programs:
            machine = machine_for(program.graph, program.root)
            for step in steps(program.graph, program.root, program.softmax):
                if step.rule == TOGETHER:
                    assert shared(machine, step.before) == step.after, program.name


def test_a_trace_shows_only_steps_that_can_be_seen():
    """Positions put in order read as before: that is no step for people."""
    for path in sorted(EXAMPLES.glob("*.attn")):
        for program in verify(path.read_text(encoding="utf-8")).programs:
            last, shown = source_with(program, program.root), list(seen(program))
            for step in shown:
                assert step.before != step.after or step.source != last, (program.name, step.rule)
                last = step.source
            assert last == source_with(program, program.canonical), program.name
