"""What the batch engine keeps from run to run, how it parts texts, and when threads share."""

import tracemalloc

import numpy as np
import pytest

from attndsl.engines.batch import Library
from attndsl.engines.batch.running import memory
from attndsl.engines.workers import WORK_A_THREAD, run_shared, shares
from attndsl.graph.verify import verify
from attndsl.language.mask import CAUSAL, FULL, Mask
from tests.engines.agreement import MASKS, random_programs, short_texts
from tests.programs.texts import random_text


def test_patterns_that_a_caller_holds_are_not_written_to() -> None:
    library = Library(random_programs(20))
    one, other = random_text(1, 22), random_text(2, 22)
    (held,) = library.patterns([one])
    before = held.copy()
    library.patterns([other])
    np.testing.assert_array_equal(held, before)


def test_patterns_that_nobody_holds_are_written_over() -> None:
    library = Library(random_programs(20))
    text = random_text(1, 22)
    address = library.patterns([text])[0].ctypes.data
    assert library.patterns([text])[0].ctypes.data == address


@pytest.mark.parametrize("mask", MASKS, ids=lambda mask: mask.kind)
def test_texts_in_chunks_give_the_bits_of_texts_at_once(
    mask: Mask, monkeypatch: pytest.MonkeyPatch
) -> None:
    programs, texts = random_programs(60), short_texts(3)
    library = Library(programs, mask)
    at_once = [found.copy() for found in library.patterns(texts)]
    assert len(memory.chunks(library.plan, [text.n for text in texts])) < len(texts)
    monkeypatch.setattr(memory, "CHUNK_BYTES", 1)
    assert len(memory.chunks(library.plan, [text.n for text in texts])) == len(texts)
    for one, other in zip(at_once, library.patterns(texts), strict=True):
        np.testing.assert_array_equal(one, other)


@pytest.mark.parametrize("mask", MASKS, ids=lambda mask: mask.kind)
def test_a_run_takes_no_more_memory_than_was_said(mask: Mask) -> None:
    texts = [random_text(seed, 40 + 5 * seed) for seed in range(8)]
    library = Library(random_programs(60), mask)
    library.patterns(texts[:1])  # columns of the texts' own are made, the machine is loaded
    library.patterns(texts)
    fresh = Library(random_programs(60), mask)
    tracemalloc.start()
    fresh.patterns(texts)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    slack = 300_000  # Python's own objects
    assert peak <= fresh.usage([text.n for text in texts]).total + slack


def test_rows_left_out_are_left_out_of_the_cells() -> None:
    for mask in (CAUSAL, FULL, Mask("window", 5)):
        for n in (0, 1, 4, 9):
            widths = [last - first + 1 for first, last in (mask.visible(q, n) for q in range(n))]
            assert [mask.cells_from(row, n) for row in range(n + 2)] == [
                sum(widths[row:]) for row in range(n + 2)
            ]


def test_a_term_of_the_distance_is_computed_once_a_distance() -> None:
    source = "def a(q, k):\n    return 0.8 ** (q.i - k.i) / (1 + q.i - k.i) + (k.i == 0)\n"
    library = Library(verify(source).programs)
    last = library.plan.steps[-1]
    names = {row[0] for row in last.code.tolist()}
    from attndsl.engines.batch.machine.opcodes import NUMBER

    assert NUMBER["load_gap"] in names
    assert not {NUMBER["div"], NUMBER["pow"], NUMBER["pow_c"]} & names


def test_little_work_starts_no_thread() -> None:
    assert shares(100, WORK_A_THREAD - 1, 8) == [(0, 100)]
    assert len(shares(100, 8 * WORK_A_THREAD, 8)) > 8


def test_an_error_in_a_thread_reaches_the_caller() -> None:
    def fail(worker: int, part: tuple[int, int]) -> None:
        raise ValueError(str(part))

    with pytest.raises(ValueError, match=r"\(0, 1\)|\(1, 2\)"):
        run_shared(fail, [(0, 1), (1, 2)], 2)


def test_the_disk_cache_is_tied_to_every_source_of_the_machine() -> None:
    from attndsl.engines.batch.machine import compiling, interpreter, rows, scalars

    for function in (interpreter.run, rows.finish, scalars.near):
        assert function._cache._cache_file._source_stamp == compiling.stamp()
