"""The three sets of texts of a run are apart."""

from pathlib import Path

import numpy as np
import pytest

from attndsl.explain.texts import three_sets
from attndsl.heads.meta import StoreMeta, texts_hash
from attndsl.heads.store import HeadStore, StoreWriter
from attndsl.language.diagnostics import AttndslError
from attndsl.language.mask import CAUSAL


@pytest.mark.parametrize("passages", [1, 3])
def test_the_three_sets_share_no_text_nor_passages_of_one(tmp_path: Path, passages: int) -> None:
    for count in (3, 4, 11, 40):
        store = stored(tmp_path / str(count), count, passages)
        sets = three_sets(store, (0.6, 0.1))
        parts = (sets.selection, sets.validation, sets.report)
        assert [number for part in parts for number in part] == list(range(count * passages))
        sources = [{number // passages for number in part} for part in parts]
        assert all(sources)
        assert sum(len(part) for part in sources) == count, "each text in one set"


def test_passages_of_too_few_texts_are_refused(tmp_path: Path) -> None:
    with pytest.raises(AttndslError, match="passages of 2 different texts; a run needs three"):
        three_sets(stored(tmp_path / "store", 2, 5), (0.6, 0.1))


def stored(folder: Path, texts: int, passages: int) -> HeadStore:
    """A store of one head, each text in so many passages, the last ones written first."""
    found = [([number], f"text {number}") for number in range(texts * passages)]
    meta = StoreMeta("tiny", "h", "t", 1, 1, len(found), texts_hash(found), CAUSAL, "float32")
    with StoreWriter(folder, meta) as writer:
        for number in reversed(range(len(found))):
            cells = np.ones((1, 1), np.float32)
            writer.add(number, *found[number], cells, number // passages * passages)
    return HeadStore.open(folder)
