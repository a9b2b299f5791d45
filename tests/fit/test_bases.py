"""Heads that share a program and differ in what rests: scored apart, told under one name."""

from pathlib import Path

import numpy as np
import pytest

from attndsl.engines.batch import Library
from attndsl.fit.bases import of_bases
from attndsl.fit.best import score
from attndsl.fit.library import LibrarySource
from attndsl.fit.rested import rested
from attndsl.fit.split import Split
from attndsl.graph.verify import verify
from attndsl.heads.meta import StoreMeta, texts_hash
from attndsl.heads.store import HeadStore, StoreWriter
from attndsl.language.mask import CAUSAL
from attndsl.tokens import builtin_texts, encode
from attndsl.tokens.tokenizer import builtin_table

SOURCE = """def near(q, k):
    return 4 if k.i == 0 else 0.5 ** (q.i - k.i)


def even(q, k):
    return 1
"""


@pytest.fixture
def store(tmp_path: Path) -> HeadStore:
    texts = [encode(one.text[:80]) for one in builtin_texts()[:4]]
    made = rested(SOURCE, [("near", 1.0), ("near", 3.0), ("even", 1.0)], special=False)
    found = Library(made, CAUSAL).patterns(texts)
    given = [(text.ids.tolist(), text.text) for text in texts]
    meta = StoreMeta("made", "h", "t", 1, 3, len(texts), texts_hash(given), CAUSAL, "float32")
    with StoreWriter(tmp_path / "store", meta) as writer:
        for number, ((ids, text), patterns) in enumerate(zip(given, found, strict=True)):
            writer.add(number, ids, text, patterns)
    return HeadStore.open(tmp_path / "store")


def test_a_head_is_measured_with_its_own_rest_and_told_by_its_base(store: HeadStore) -> None:
    programs = verify(SOURCE).programs
    placed = rested(SOURCE, [("near", 1.0), ("near", 3.0), ("even", 1.0)], special=False)
    source = LibrarySource(placed, builtin_table(), CAUSAL)
    table = score(store, source, Split((0, 1), (2, 3)), assigned=[0, 1, 2])
    told = of_bases(table, [0, 0, 1], programs)
    assert told.programs == ("near", "even")
    assert [fit.program for fit in told.fits] == ["near", "near", "even"]
    assert [fit.program_number for fit in told.fits] == [0, 0, 1]
    assert [fit.iou.mean for fit in told.fits] == pytest.approx([1, 1, 1], abs=1e-3)
    assert told.selection.iou.shape == (2, 3)
    assert np.diag(table.selection.iou) == pytest.approx([1, 1, 1], abs=1e-3)
    assert all(fit.second != fit.program for fit in told.fits)
