"""Rows of a text held open are the rows of its patterns."""

import numpy as np
import pytest

from attndsl.engines.batch.library import Library
from attndsl.engines.batch.opened import OpenText
from attndsl.graph.verify import verify
from attndsl.heads.packing import row_starts
from attndsl.language.diagnostics import AttndslError
from attndsl.language.mask import CAUSAL, FULL, Mask
from attndsl.tokens.tokenizer import encode

SOURCE = """
def near(q, k):
    return 0.8 ** (q.i - k.i)


def copies(q, k):
    return (k.word == q.word) + 0.1 * similarity(q, k)


def longest(q, k):
    return count(t for t in before(k) if t.is_punct) == count(t for t in before(q) if t.is_punct)
"""
TEXT = "The cat sat on the mat. The dog, who had slept, sat on the cat; then the cat ran. " * 3


@pytest.mark.parametrize("mask", [CAUSAL, Mask("window", 7), FULL])
def test_rows_of_an_open_text_are_those_of_its_patterns(mask: Mask) -> None:
    library, text = Library(verify(SOURCE).programs, mask), encode(TEXT)
    whole, starts = library.patterns([text])[0].copy(), row_starts(mask, text.n)
    opened = OpenText(library, text)
    for rows in ([0], [3, 4, 5], [text.n - 1, 2, 20], []):
        wanted = [whole[:, starts[row] : starts[row + 1]] for row in rows]
        found = opened.patterns(rows)
        assert np.array_equal(found, np.concatenate([whole[:, :0], *wanted], axis=1))


def test_a_text_that_takes_too_much_is_refused() -> None:
    library = Library(verify(SOURCE).programs, CAUSAL, memory_mb=1)
    with pytest.raises(AttndslError, match="over the limit of 1 MB"):
        OpenText(library, encode(TEXT * 20))
