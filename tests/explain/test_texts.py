"""The three sets of texts of a run are apart."""

from pathlib import Path

import numpy as np
import pytest

from attndsl.explain.texts import first_in_turns, three_sets
from attndsl.fit.split import Split, keep_split, kept_split
from attndsl.heads.meta import StoreMeta, texts_hash
from attndsl.heads.store import HeadStore, StoreWriter
from attndsl.language.diagnostics import AttndslError
from attndsl.language.mask import CAUSAL
from attndsl.models.passages import Passage


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


def test_of_fewer_than_three_texts_the_passages_are_parted(tmp_path: Path) -> None:
    store = stored(tmp_path / "store", 1, 10)
    sets = three_sets(store, (0.6, 0.1))
    assert not sets.apart
    assert (sets.selection, sets.validation, sets.report) == (tuple(range(6)), (6,), (7, 8, 9))
    keep_split(store, Split(sets.selection, sets.report))
    assert kept_split(store) == Split(sets.selection, sets.report)


def test_too_few_passages_are_refused(tmp_path: Path) -> None:
    with pytest.raises(AttndslError, match="holds 2 different passages; a run needs three"):
        three_sets(stored(tmp_path / "store", 1, 2), (0.6, 0.1))


def test_first_passages_come_first() -> None:
    found = [Passage(np.arange(4), "", source, start)
             for source, pieces in enumerate((3, 1, 2)) for start in range(pieces)]  # fmt: skip
    places = [[(one.source, one.start) for one in first_in_turns(found, most)] for most in (1, 5)]
    assert places == [
        [(0, 0), (1, 0), (2, 0)], [(0, 0), (0, 1), (1, 0), (2, 0), (2, 1)],
    ]  # fmt: skip


def stored(folder: Path, texts: int, passages: int) -> HeadStore:
    """A store of one head, each text in so many passages, the last ones written first."""
    found = [([number, number], f"text {number}") for number in range(texts * passages)]
    meta = StoreMeta("tiny", "h", "t", 1, 1, len(found), texts_hash(found), CAUSAL, "float32")
    with StoreWriter(folder, meta) as writer:
        for number in reversed(range(len(found))):
            cells = np.array([[1.0, 0.5, 0.5]], np.float32)
            writer.add(number, *found[number], cells, number // passages * passages)
    return HeadStore.open(folder)
