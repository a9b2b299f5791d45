"""Scores are the same bits whoever goes over the texts."""

from pathlib import Path

import numpy as np
import pytest

from attndsl.executors.here import Here
from attndsl.fit import scoring
from attndsl.fit.library import score_library
from attndsl.graph.carried import Carried
from attndsl.graph.verify import verify
from attndsl.heads.store import HeadStore
from attndsl.language.diagnostics import AttndslError
from attndsl.models import load
from attndsl.models.capture import capture
from attndsl.models.held import Workers, known_as
from attndsl.models.scoring import scored_by
from tests.models.folders import model_folder

TEXTS = [f"the {'big ' * (at % 4)}cat {'and the dog ' * (at % 5)}sat ." for at in range(24)]
SOURCE = """\
def previous(q, k):
    return k == q.prev


def near(q, k):
    return 0.7 ** (q.i - k.i) + 0.3 * (k.i == 0)


def same(q, k):
    return 0.01 + (k.text == q.text)
"""


def test_shares_of_texts_add_up_to_the_same_bits(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(scoring, "SHARE", 4)
    folder = model_folder(tmp_path / "model", "llama")
    loaded = load(str(folder))
    capture(loaded, TEXTS, tmp_path / "store")
    store, programs = HeadStore.open(tmp_path / "store"), verify(SOURCE, "near.attn").programs
    whole = score_library(programs, store, loaded.table)
    workers = Workers(Here(), known_as(loaded, str(folder), {}))
    told: list[tuple[int, int]] = []
    passes = scored_by(workers, loaded, store, tmp_path, lambda *now: told.append(now))
    shared = score_library(programs, store, loaded.table, passes=passes)
    for one, other in (
        (whole.selection, shared.selection), (whole.report, shared.report),
        (whole.texts, shared.texts),
    ):  # fmt: skip
        for mine, theirs in zip(one.pairs, other.pairs, strict=True):
            assert np.array_equal(mine, theirs)
    assert whole.fits == shared.fits
    assert max(of for _, of in told) > 2
    assert not (tmp_path / "work").exists()


def test_a_program_that_came_as_another_is_refused() -> None:
    carried = Carried.of(verify(SOURCE).programs)
    changed = Carried(carried.files, ((0, "near", "0" * 64),))
    assert [one.name for one in carried.arrived()] == ["previous", "near", "same"]
    with pytest.raises(AttndslError, match="near came to a worker as another one"):
        changed.arrived()
