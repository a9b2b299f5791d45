"""Selection and report texts never share a text, nor two that are equal."""

import json
from collections.abc import Callable

import pytest

from attndsl.fit.best import score
from attndsl.fit.split import KEPT, Split, given_split, keep_split, kept_split, split_texts
from attndsl.heads.shards import INDEX_FILE
from attndsl.heads.store import HeadStore
from attndsl.language.diagnostics import AttndslError


def test_halves_are_apart_and_leave_out_empty_texts_alone(case: Callable) -> None:
    store = case([3, 0, *range(2, 40)]).store
    split = split_texts(store)
    assert split.empty == (1,)
    assert sorted(split.selection + split.report + split.empty) == list(range(40))
    assert abs(len(split.selection) - len(split.report)) <= 1
    assert split_texts(store) == split
    assert split_texts(store, seed=1) != split


def test_equal_texts_are_on_the_same_side(case: Callable) -> None:
    store = case([5] * 12, texts=lambda texts: [*texts[:6], *texts[:6]]).store
    split = split_texts(store)
    assert {n % 6 for n in split.selection}.isdisjoint({n % 6 for n in split.report})
    with pytest.raises(
        AttndslError, match="text 8 would be reported on, but it is the same as text 2"
    ):
        given_split(store, [2], [3, 8])


def test_splits_that_can_not_be_are_refused(case: Callable) -> None:
    store = case([5, 0, 5], texts=lambda texts: [texts[0], texts[1], texts[0]]).store
    with pytest.raises(AttndslError, match="has one text of two tokens or more; scoring needs two"):
        split_texts(store)
    with pytest.raises(AttndslError, match="both sides of a split need a text of two tokens"):
        given_split(store, [0], [1])
    with pytest.raises(AttndslError, match="has no text 3"):
        given_split(store, [0], [3])


def test_passages_of_one_text_are_on_the_same_side(case: Callable) -> None:
    """Neighbouring passages share subjects, style and, with a stride, tokens."""
    sources = {number: number // 4 for number in range(24)}
    store = case([5] * 24, sources=sources).store
    split = split_texts(store)
    assert {n // 4 for n in split.selection}.isdisjoint({n // 4 for n in split.report})
    assert len(split.selection) == len(split.report) == 12
    with pytest.raises(AttndslError, match=r"text 3 would be reported on.* or of the same text"):
        given_split(store, [2, 8], [3, 12])


def test_one_long_text_alone_can_not_be_split(case: Callable) -> None:
    store = case([5] * 3, sources={0: 0, 1: 0, 2: 0}).store
    with pytest.raises(AttndslError, match="passages of one long text count as one"):
        split_texts(store)


def test_equal_passages_tie_their_texts_together(case: Callable) -> None:
    store = case(
        [5] * 6,
        texts=lambda texts: [*texts[:5], texts[0]],
        sources={0: 0, 1: 0, 2: 1, 3: 1, 4: 2, 5: 2},
    ).store
    split = split_texts(store)
    sides = [set(split.selection), set(split.report)]
    assert {0, 1, 4, 5} in sides
    assert {2, 3} in sides


def test_stores_without_sources_are_read(case: Callable) -> None:
    """Stores written before passages knew their text: each text counts as whole."""
    store = case([5] * 6).store
    index = store.folder / INDEX_FILE
    lines = [json.loads(line) for line in index.read_text("utf-8").splitlines()]
    index.write_text("".join(json.dumps(_without(line)) + "\n" for line in lines), "utf-8")
    assert split_texts(HeadStore.open(store.folder)) == split_texts(store)


def _without(line: dict[str, object]) -> dict[str, object]:
    return {key: value for key, value in line.items() if key not in ("sources", "crc")}


def test_a_store_says_which_of_its_texts_chose(case: Callable) -> None:
    """Programs that were fitted on texts are not reported on by them when scored later."""
    made = case([5] * 12)
    store = made.store
    assert kept_split(store) is None
    keep_split(store, Split((0, 1, 2, 3, 4, 5, 6), (9, 10, 11)))
    assert kept_split(HeadStore.open(store.folder)) == Split((0, 1, 2, 3, 4, 5, 6), (9, 10, 11))
    assert score(store, made.source).split.report == (9, 10, 11)
    (store.folder / KEPT).write_text("[]")
    with pytest.raises(AttndslError, match=r"split\.json .*it is \[\], not an object"):
        kept_split(store)
