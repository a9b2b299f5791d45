"""Texts that grow give the rows that they would give alone, step by step."""

import os

import numpy as np
import pytest

from attndsl.engines.batch import Library
from attndsl.engines.batch.growing import GrowingTexts
from attndsl.graph.program import Program
from attndsl.graph.verify import verify
from attndsl.language.assets import asset
from attndsl.language.mask import CAUSAL, FULL, Mask
from attndsl.tokens.encoded import Encoded
from attndsl.tokens.tokenizer import from_ids
from tests.engines.agreement import chunks, random_programs
from tests.programs.texts import random_text
from tests.tokens.numbers import numbered_table

PROGRAMS = int(os.environ.get("ATTNDSL_AGREEMENT", "600"))
STEPS = (1, 1, 2, 1, 3, 1)


def cut(text: Encoded, n: int) -> Encoded:
    return Encoded(text.table, text.ids[:n])


def growing(programs: list[Program], mask: Mask, seed: int) -> bool:
    """Whether the short way was taken; it must give what the long way gives."""
    library = Library(programs, mask)
    ours = GrowingTexts(library)
    whole = [random_text(seed, 30), random_text(seed + 1, 25)]
    lengths = [14, 9]
    ours.patterns([cut(t, n) for t, n in zip(whole, lengths, strict=True)], [0, 0])
    for step in STEPS:
        first_rows, lengths = lengths, [n + step for n in lengths]
        texts = [cut(t, n) for t, n in zip(whole, lengths, strict=True)]
        found = ours.patterns(texts, first_rows)
        for one, other in zip(found, library.patterns(texts, first_rows), strict=True):
            np.testing.assert_array_equal(one, other, err_msg=programs[0].source)
    return ours.possible


@pytest.mark.parametrize("mask", [CAUSAL, Mask("window", 5)], ids=["causal", "window"])
def test_random_programs_step_by_step(mask: Mask) -> None:
    programs = random_programs(PROGRAMS)
    able = [p for p in programs if GrowingTexts(Library([p], mask)).possible]
    assert len(able) > PROGRAMS // 3
    for number, part in enumerate(chunks(able, 8)):
        assert growing(part, mask, 1000 + number)


def test_programs_that_may_see_ahead_take_the_long_way() -> None:
    for source in (
        "def a(q, k):\n    return n - k.i\n",
        "def b(q, k):\n    return k.next.is_pause\n",
    ):
        (program,) = verify(source).programs
        assert not growing([program], CAUSAL, 5)
    assert not GrowingTexts(Library(random_programs(3), FULL)).possible


def test_the_example_programs_take_the_short_way() -> None:
    found = []
    for path in sorted(asset("examples").glob("*.attn")):
        found += verify(path.read_text(encoding="utf-8"), str(path)).programs
    plain = [program for program in found if "linguistics" not in program.needs]
    able = [program for program in plain if GrowingTexts(Library([program])).possible]
    assert len(able) > len(plain) * 0.8
    assert growing(able, CAUSAL, 77)


def test_similarities_of_a_model_go_by_the_ids_met_so_far() -> None:
    """Ids met before and new ones, texts that share ids, beams that part, a fresh start."""
    embeddings = np.random.default_rng(7).normal(size=(40, 9)).astype(np.float32)
    table = numbered_table(40, embeddings)
    source = """
def nearest(q, k):
    return similarity(q, k) if k.i < q.i else 0

def best(q, k):
    return k == argmax(similarity(q, t) for t in before(q))
"""
    library = Library(verify(source).programs)
    ours = GrowingTexts(library)
    assert ours.possible
    assert library.plan.similarity >= 0
    ids = np.random.default_rng(8).integers(0, 40, (2, 30))
    batches = [
        ([ids[0, :9], ids[1, :6]], [0, 0]),
        ([ids[0, :10], ids[1, :7]], [9, 6]),
        ([ids[1, :9], ids[0, :13]], [7, 10]),
        ([ids[0, :14], np.append(ids[0, :13], 39)], [13, 13]),
        ([ids[1, :20]], [0]),
        ([ids[1, :21]], [20]),
    ]
    for batch, first_rows in batches:
        texts = [from_ids(table, one) for one in batch]
        expected = library.patterns(texts, first_rows)
        for found, wanted in zip(ours.patterns(texts, first_rows), expected, strict=True):
            np.testing.assert_array_equal(found, wanted)


def test_beams_that_change_places_and_batches_that_shrink() -> None:
    library = Library(list(random_programs(40)))
    able = [p for p in library.programs if GrowingTexts(Library([p])).possible]
    library = Library(able)
    ours = GrowingTexts(library)
    one, two = random_text(3, 20), random_text(4, 20)
    batches = [
        ([cut(one, 10), cut(two, 10)], [0, 0]),
        ([cut(two, 11), cut(one, 11)], [10, 10]),
        ([cut(one, 12)], [11]),
        ([cut(one, 13), cut(two, 13)], [12, 12]),  # the second is not known any more
        ([cut(two, 9)], [3]),  # shorter than before
        ([], []),
    ]
    for texts, first_rows in batches:
        expected = library.patterns(texts, first_rows)
        for found, wanted in zip(ours.patterns(texts, first_rows), expected, strict=True):
            np.testing.assert_array_equal(found, wanted)
