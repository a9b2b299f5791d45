"""Every engine of the table gives the reference's rows, packed and whole, for texts and parts."""

import numpy as np
import pytest

pytest.importorskip("torch", reason="the torch engine needs torch")

from attndsl.engines.cells import packed, unpacked
from attndsl.engines.reference import pattern
from attndsl.engines.table import ENGINES, Engine, engine_for, make_engine
from attndsl.graph.verify import verify
from attndsl.language.diagnostics import AttndslError
from attndsl.language.mask import Mask
from tests.engines.agreement import MASKS, random_programs, short_texts
from tests.programs.texts import random_text

NEAR = 1e-6


def made(name: str, mask: Mask) -> Engine:
    return make_engine(name)(random_programs(20), mask, random_text(0, 3).table)


@pytest.mark.parametrize("mask", MASKS, ids=lambda mask: mask.kind)
@pytest.mark.parametrize("name", ENGINES)
def test_patterns_are_the_references_visible_cells(name: str, mask: Mask) -> None:
    texts = [text for text in short_texts(2) if text.n <= 22]
    for text, cells in zip(texts, made(name, mask).patterns(texts), strict=True):
        expected = np.array([pattern(program, text, mask) for program in random_programs(20)])
        assert cells.dtype == np.float32
        assert np.abs(cells - packed(expected, mask, 0)).max(initial=0) < NEAR


@pytest.mark.parametrize("mask", MASKS, ids=lambda mask: mask.kind)
@pytest.mark.parametrize("name", ENGINES)
def test_rows_are_the_patterns_over_all_keys(name: str, mask: Mask) -> None:
    texts, firsts = [random_text(1, 12), random_text(2, 7), random_text(3, 1)], [9, 0, 0]
    engine = made(name, mask)
    whole, lasts = engine.patterns(texts), engine.patterns(texts, firsts)
    found = zip(texts, firsts, whole, lasts, engine.rows(texts, firsts), strict=True)
    for text, first, cells, last, rows in found:
        square = unpacked(cells, mask, text.n, 0)[:, first:]
        assert np.abs(np.asarray(rows) - square).max() < NEAR
        assert np.abs(last - packed(square, mask, first)).max() < NEAR


@pytest.mark.parametrize("mask", MASKS, ids=lambda mask: mask.kind)
def test_cells_are_packed_and_unpacked_alike(mask: Mask) -> None:
    cells = np.arange(2 * mask.cells_from(3, 8), dtype=np.float32).reshape(2, -1)
    assert packed(unpacked(cells, mask, 8, 3), mask, 3).tolist() == cells.tolist()


def test_the_engine_suits_the_device_and_the_programs() -> None:
    (nearest,) = verify("def nearest(q, k):\n    return k == q.prev\n").programs
    (parsed,) = verify("def parsed(q, k):\n    return k == q.head\n").programs
    assert engine_for([nearest, parsed], "cpu") == "batch"
    assert engine_for([nearest], "cuda:1") == "torch"
    assert engine_for([nearest, parsed], "cuda:1") == "batch"  # a parse needs the text


def test_an_unknown_engine_is_named() -> None:
    with pytest.raises(AttndslError, match="no engine 'fast'; there are torch, batch"):
        make_engine("fast")
