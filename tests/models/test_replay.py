"""Rows that a replay makes anew are those that a capture keeps."""

from pathlib import Path

import numpy as np
import pytest

from attndsl.heads.packing import row_starts
from attndsl.heads.store import HeadStore
from attndsl.models import load
from attndsl.models.capture import capture
from attndsl.models.replay import replay
from tests.models.folders import model_folder

TEXT = "the big dog and the cat sat , and ran . the cat sat on the mat ."


@pytest.mark.parametrize("kind", ["llama", "gpt2", "bert", "gemma2"])
def test_rows_are_those_of_a_capture(tmp_path: Path, kind: str) -> None:
    loaded = load(str(model_folder(tmp_path / kind, kind)))
    capture(loaded, [TEXT], tmp_path / "store", dtype="float32")
    store = HeadStore.open(tmp_path / "store")
    text, mask = store[0], store.meta.mask
    found = replay(loaded, text.ids, mask)
    starts = row_starts(mask, text.length)
    assert found.heads == store.meta.total_heads
    for rows in ([1, 2, 3], [text.length - 1], [0, 7]):
        cells = np.concatenate([np.arange(starts[row], starts[row + 1]) for row in rows])
        assert np.allclose(found.patterns(np.array(rows)), text.patterns[:, cells], atol=1e-6)
    blocks = list(found.blocks(bytes_at_once=4 * found.heads * 30))
    assert len(blocks) > 2
    assert np.array_equal(np.concatenate(blocks), np.arange(1, text.length))
