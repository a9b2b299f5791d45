"""Mutants: drawn by the seed, checked like any program, of the same kind."""

import numpy as np
import pytest

from attndsl.graph.verify import verify
from attndsl.language.mask import CAUSAL
from attndsl.synthesis.archive import Archive, ArchiveEntry
from attndsl.synthesis.search.climb import Shape
from attndsl.synthesis.search.mutate import mutant
from attndsl.synthesis.search.proposer import Search
from attndsl.synthesis.search.seeds import seeds

SOURCE = """@softmax
def f(q, k):
    noun = last(t for t in before(q) if t.usual_pos == "NOUN")
    score = 2.5 * (k.i == 0) - 0.8 * log(1 + q.i - k.i)
    if q.is_quote:
        score += 1.5 * (k == noun)
    return score
"""


def test_mutants_follow_the_seed_and_most_are_new_programs() -> None:
    program = verify(SOURCE).programs[0]
    others = [verify(seed.source).programs[0] for seed in seeds()[:5]]
    draws = [
        [mutant(program, others, "m", np.random.default_rng([1, n])) for n in range(40)]
        for _ in range(2)
    ]
    assert draws[0] == draws[1]
    made = [source for source in draws[0] if source is not None]
    checked = [found.programs[0] for source in made if (found := verify(source)).programs]
    assert len(checked) > 30
    assert all(found.softmax for found in checked)
    assert len({found.hash for found in checked} - {program.hash}) > 20


def test_examples_can_be_mutated() -> None:
    programs = [verify(seed.source).programs[0] for seed in seeds()[:8]]
    made = [
        mutant(program, programs, "m", np.random.default_rng([2, n]))
        for n, program in enumerate(programs)
    ]
    valid = [source for source in made if source is not None and verify(source).programs]
    assert len(valid) >= 5


@pytest.mark.parametrize(("lines", "there"), [(25, True), (2, False)])
def test_mutants_are_no_longer_than_a_program_may_be(lines: int, there: bool) -> None:
    archive = Archive(heads=1)
    archive.add(ArchiveEntry("f", SOURCE, "search", "1", 10, (0.5,)))
    search = Search(["L0.H0"], CAUSAL, 0, Shape(lines=lines))
    assert bool(search.mutants(archive, 1)) == there
