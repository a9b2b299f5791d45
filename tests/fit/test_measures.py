"""Content IoU, rest error and IoU against their definitions, written out cell by cell."""

from collections.abc import Callable

import numpy as np
import pytest

from attndsl.fit.best import score
from attndsl.fit.measures import RULES, Measures, compare
from attndsl.fit.places import places
from attndsl.fit.split import given_split
from attndsl.heads.packing import pack, unpack
from attndsl.language.diagnostics import AttndslError
from attndsl.language.mask import CAUSAL, FULL, Mask
from tests.fit.conftest import rows

MASKS = [CAUSAL, Mask("window", 3), FULL]


def defined(one: np.ndarray, other: np.ndarray, resting: list[int]) -> tuple[float, float, float]:
    """IoU, content IoU and rest error of two squares, as the definitions say."""
    a, b = one[1:].astype(float), other[1:].astype(float)
    keep = [key for key in range(a.shape[1]) if key not in resting]
    rest = np.abs(a[:, resting].sum(1) - b[:, resting].sum(1)).mean() if len(a) else 0.0

    def iou(x: np.ndarray, y: np.ndarray) -> float:
        most = np.maximum(x, y).sum()
        return float(np.minimum(x, y).sum() / most) if most else 1.0

    return iou(a, b), iou(a[:, keep], b[:, keep]), float(rest)


@pytest.mark.parametrize("mask", MASKS, ids=lambda mask: mask.kind)
@pytest.mark.parametrize("length", [2, 3, 9, 40, 200])
def test_measures_are_those_of_the_definitions(mask: Mask, length: int) -> None:
    rng = np.random.default_rng(length)
    programs, heads = rows(rng, 7, length, mask), rows(rng, 5, length, mask)
    ids = rng.integers(10, 99, length)
    ids[0] = ids[-1] = 1
    ids[length // 2] = 2
    resting = [0] if mask.kind != "full" else sorted({0, length // 2, length - 1})
    found = compare(programs, heads, places(mask, ids, {1, 2}))
    for i in range(7):
        for j in range(5):
            one, other = unpack(programs[i], mask, length), unpack(heads[j], mask, length)
            expected = defined(one, other, resting)
            got = found.iou[i, j], found.content_iou[i, j], found.rest_error[i, j]
            assert got == pytest.approx(expected, abs=2e-6)
    content = [1 - unpack(head, mask, length)[1:, resting].sum(1).mean() for head in heads]
    assert found.content == pytest.approx(content, abs=1e-6)


@pytest.mark.parametrize("mask", MASKS, ids=lambda mask: mask.kind)
def test_a_pattern_agrees_with_itself_exactly(mask: Mask) -> None:
    patterns = rows(np.random.default_rng(3), 9, 77, mask)
    found = compare(patterns, patterns, places(mask, [1, *range(5, 81)], {1}))
    assert (np.diagonal(found.iou) == 1).all()
    assert (np.diagonal(found.content_iou) == 1).all()
    assert (np.diagonal(found.rest_error) == 0).all()
    assert np.diagonal(found.agreement) == pytest.approx(1)


def test_the_rule_prefers_content_to_a_better_rest() -> None:
    """A head that half rests: where its content goes decides, not the first token alone."""
    head = np.zeros((3, 3))
    head[0, 0], head[1], head[2] = 1, [0.5, 0.5, 0], [0.5, 0.5, 0]
    resting, looking = np.zeros((2, 3, 3))
    resting[:, 0] = 1
    looking[0, 0], looking[1], looking[2] = 1, [0.4, 0.6, 0], [0.4, 0.6, 0]
    programs = np.stack([pack(resting, CAUSAL), pack(looking, CAUSAL)]).astype(np.float32)
    found = compare(programs, pack(head, CAUSAL)[None].astype(np.float32), places(CAUSAL, [4] * 3))
    assert found.agreement[:, 0] == pytest.approx([1 - 0.5 - 0.5, 1 - 0.1 - 0.5 * (1 - 5 / 6)])
    assert RULES["iou"](found)[:, 0] == pytest.approx([1 / 3, 0.9 / 1.1])


def test_without_content_the_content_iou_is_not_defined(case: Callable) -> None:
    made = case((6, 7, 8, 9), resting=[0])
    for number, heads in enumerate(made.heads):
        made.source.by_text[number] = np.concatenate([made.source.by_text[number], heads[:1]])
    made.source.names = [*made.source.names, "rests"]
    table = score(made.store, made.source, given_split(made.store, [0, 1], [2, 3]))
    assert table.fits[0].content_iou is None
    assert table.fits[0].selection_content is None
    assert table.fits[0].program == "rests"
    assert table.undefined == ("L0.H0",)
    assert table.headline.defined == 3
    others = [fit.content_iou.mean for fit in table.fits[1:] if fit.content_iou]
    assert table.headline.content_iou is not None
    assert table.headline.content_iou.mean == pytest.approx(np.mean(others))
    assert table.as_json()["heads_with_content"] == 3


def test_by_iou_gives_the_old_choice(case: Callable) -> None:
    made = case((30, 31, 32, 33))
    split = given_split(made.store, [0, 1], [2, 3])
    table = score(made.store, made.source, split, by="iou")
    assert [fit.program_number for fit in table.fits] == table.selection.iou.argmax(0).tolist()
    other = score(made.store, made.source, split)
    assert [f.program_number for f in other.fits] == other.selection.agreement.argmax(0).tolist()
    with pytest.raises(AttndslError, match="by content or iou, not by 'luck'"):
        score(made.store, made.source, split, by="luck")


def test_sums_of_some_heads_and_programs_go_where_they_belong() -> None:
    total = Measures.zeros(3, 4)
    part = Measures(*np.ones((3, 2, 2)), content=np.array([0.5, 0.25]))
    total.add(part, slice(0, 2), (1, 3))
    total.add(part, slice(1, 3), (1, 3))
    assert total.iou.tolist() == [[0, 1, 0, 1], [0, 2, 0, 2], [0, 1, 0, 1]]
    assert total.content.tolist() == [0, 0.5, 0, 0.25]
    assert total.of([3]).iou.tolist() == [[1], [2], [1]]
    assert (total.plus(total).over(2).rest_error == total.rest_error).all()


def test_nan_is_refused_wherever_it_is() -> None:
    good = rows(np.random.default_rng(0), 2, 5)
    where = places(CAUSAL, [4] * 5)
    for cell in (0, 1, 2, 14):
        bad = good.copy()
        bad[1, cell] = np.nan
        with pytest.raises(AttndslError, match="program 1 holds NaN"):
            compare(bad, good, where)
        with pytest.raises(AttndslError, match="head 1 holds NaN"):
            compare(good, bad, where)
