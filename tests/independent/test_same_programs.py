"""Programs that must be one, programs that are called one, and what a run really costs.

Renamed locals, commuted sides and reordered statements keep identity and rows; whatever has one
identity has one meaning, by the judge; no run does more than the bound.
"""

import doctest
from collections import defaultdict
from collections.abc import Callable, Iterator
from itertools import pairwise
from types import ModuleType

import numpy as np
import pytest

from attndsl.engines.reference import operations, pattern
from attndsl.graph.program import Program
from attndsl.graph.verify import verify
from attndsl.language.mask import CAUSAL, FULL
from tests.independent import numbers, variants
from tests.independent.agreement import CLOSE, MASKS, random_case, rows
from tests.independent.reading import read
from tests.independent.variants import as_it_is, commuted, renamed, reordered
from tests.programs.generator import random_source
from tests.programs.texts import random_text

CHEAP = 3e7  # operations at n = 1024; a run of a program with more takes seconds
EACH = 8  # programs of one identity that are run by the judge


@pytest.mark.parametrize("module", [numbers, variants], ids=["numbers", "variants"])
def test_the_examples_of_a_module_hold(module: ModuleType) -> None:
    failed, tried = doctest.testmod(module)
    assert tried
    assert not failed


@pytest.mark.parametrize("variant", [renamed, commuted, reordered])
def test_another_way_to_write_a_program_is_the_same_program(variant: Callable[[str], str]) -> None:
    for seed in range(100):
        source, programs, text = random_case(str(seed), linguistics=seed % 4 == 0)
        written = variant(source)
        others = {each.name: each for each in verify(written).programs}
        for program in programs:
            other = others[program.name]
            assert other.hash == program.hash, f"seed {seed}\n{source}\n{written}"
            for mask in MASKS:
                away = np.abs(pattern(other, text, mask) - pattern(program, text, mask))
                assert away.max(initial=0) < CLOSE, f"seed {seed}, {mask}\n{source}\n{written}"


@pytest.mark.parametrize("variant", [renamed, commuted, reordered])
def test_a_variant_changes_every_second_file(variant: Callable[[str], str]) -> None:
    sources = [random_source(seed) for seed in range(40)]
    assert sum(variant(source) != as_it_is(source) for source in sources) >= 20


@pytest.mark.parametrize(
    "count", [400, pytest.param(2000, marks=pytest.mark.slow)], ids=lambda count: f"{count}"
)
def test_programs_of_one_identity_have_one_meaning(count: int) -> None:
    text = random_text("pairs", 9)
    by_hash: dict[str, list[tuple[str, Program]]] = defaultdict(list)
    for source, program in _generated(count):
        by_hash[program.hash].append((source, program))
    groups = [group[:EACH] for group in by_hash.values() if len(group) > 1]
    assert len(groups) > count / 100
    for group in groups:
        for mask in MASKS:
            found = [rows(read(source), program.name, text, mask) for source, program in group]
            for (one, other), (first, second) in zip(pairwise(found), pairwise(group), strict=True):
                assert np.abs(one - other).max() < CLOSE, f"{mask}\n{first[0]}\n{second[0]}"


@pytest.mark.parametrize(
    ("n", "count"), [(256, 40), (1024, 40), pytest.param(4096, 10, marks=pytest.mark.slow)]
)
def test_no_run_costs_more_than_the_bound(n: int, count: int) -> None:
    text = random_text("cost", n)
    tried = 0
    for source, program in _generated(count):
        if program.cost.time.at(1024) < CHEAP:
            for mask in (CAUSAL, FULL):
                work, tried = operations(program, text, mask), tried + 1
                assert work.total <= program.cost.time.at(n), source
                assert work.bytes_held <= program.cost.bytes.at(n), source
    assert tried > count


def _generated(count: int) -> Iterator[tuple[str, Program]]:
    seed = 0
    while count > 0:
        source = random_source(seed)
        for program in verify(source).programs[:count]:
            yield source, program
            count -= 1
        seed += 1
