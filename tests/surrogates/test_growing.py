"""Steps that copy no cache, and one query's heads packed by group: the same keys, the same rows."""

from copy import deepcopy
from typing import Any

import pytest
import torch
from transformers.cache_utils import DynamicLayer
from transformers.integrations.sdpa_attention import sdpa_attention_forward

from attndsl.surrogates import packed
from attndsl.surrogates.layout import Regrouped
from attndsl.surrogates.packed import attend
from attndsl.surrogates.streaming.growing import ROOM, GrowingLayer

LENGTHS = [5, 1, 1, 70, 1, 1, ROOM, 1]


@pytest.fixture(autouse=True)
def no_gradients() -> Any:
    with torch.no_grad():
        yield


def parts(seed: int = 3) -> list[tuple[torch.Tensor, torch.Tensor]]:
    made = torch.Generator().manual_seed(seed)
    return [
        (torch.randn(2, 3, n, 4, generator=made), torch.randn(2, 3, n, 4, generator=made))
        for n in LENGTHS
    ]


def test_a_growing_layer_holds_what_a_dynamic_one_holds() -> None:
    ours, theirs = GrowingLayer(), DynamicLayer()
    for keys, values in parts():
        for one, other in zip(ours.update(keys, values), theirs.update(keys, values), strict=True):
            assert torch.equal(one, other)
    assert ours.get_seq_length() == sum(LENGTHS)
    spared = 2 * 2 * 3 * ROOM * 4 * 4
    assert theirs.keys.nbytes * 2 < ours.nbytes <= theirs.keys.nbytes * 2 + spared


def test_a_step_writes_its_own_token_and_copies_none() -> None:
    layer = GrowingLayer()
    layer.update(*parts()[0])
    where = layer.keys.data_ptr()
    for _ in range(ROOM):
        layer.update(torch.ones(2, 3, 1, 4), torch.ones(2, 3, 1, 4))
        assert layer.keys.data_ptr() == where
    layer.update(torch.ones(2, 3, 1, 4), torch.ones(2, 3, 1, 4))
    assert layer.keys.data_ptr() != where


@pytest.mark.parametrize("change", ["reorder", "crop", "repeat", "select", "copy", "put back"])
def test_what_was_handed_out_before_is_left_alone(change: str) -> None:
    """A cache may be cut, reordered or taken up again from an older state: nothing that anybody
    still has is written over."""
    first, *rest = parts()
    ours, theirs = GrowingLayer(), DynamicLayer()
    for layer in (ours, theirs):
        layer.update(*first)
        layer.update(*rest[0])
    held = ours.keys, ours.values
    before = [part.clone() for part in held]
    for number, layer in enumerate([ours, theirs]):
        if change == "reorder":
            layer.reorder_cache(torch.tensor([1, 0]))
        elif change == "crop":
            layer.crop(-2)
        elif change == "repeat":
            layer.batch_repeat_interleave(2)
            layer.batch_select_indices(torch.tensor([0, 2]))
        elif change == "select":
            layer.batch_select_indices(torch.tensor([1, 1]))
        elif change == "copy":
            other = deepcopy(layer)
            other.update(*rest[1])
        else:
            was = layer.keys, layer.values
            layer.update(*rest[1])
            if number == 0:
                went_on = layer.keys.clone(), layer.keys
            layer.keys, layer.values = was
        layer.update(*rest[2])
    assert torch.equal(ours.keys, theirs.keys)
    assert torch.equal(ours.values, theirs.values)
    for part, then in zip(held, before, strict=True):
        assert torch.equal(part, then)
    if change == "put back":
        assert torch.equal(*went_on)


def test_a_layer_is_taken_up_where_gradients_flow_and_after_inference_mode() -> None:
    first, second, third, *_ = parts()
    ours, theirs = GrowingLayer(), DynamicLayer()
    with torch.inference_mode():
        ours.update(*first)
    theirs.update(*first)
    ours.update(*second)
    theirs.update(*second)
    with torch.enable_grad():
        keys = third[0].clone().requires_grad_()
        ours.update(keys, third[1])[0].sum().backward()
    theirs.update(*third)
    assert torch.equal(ours.keys, theirs.keys)
    assert torch.equal(keys.grad, torch.ones_like(keys))
    ours.reset()
    assert ours.get_seq_length() == 0
    assert ours.nbytes == 0


@pytest.mark.parametrize("heads", [3, 6, 9])
def test_one_query_packed_by_group_sees_what_it_sees_by_heads(
    heads: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(packed, "LONG", 50)
    made = torch.Generator().manual_seed(heads)
    query = torch.randn(2, heads, 1, 8, generator=made)
    key, value = (torch.randn(2, 3, 50, 8, generator=made) for _ in range(2))
    module: Any = Regrouped(torch.nn.Identity(), heads // 3)
    module.is_causal = True
    expected, _ = sdpa_attention_forward(module, query, key, value, None, scaling=0.3)
    seen = []

    def counted(module: Any, query: torch.Tensor, *given: Any, **options: Any) -> Any:
        seen.append(query.shape)
        return sdpa_attention_forward(module, query, *given, **options)

    counted.__name__ = sdpa_attention_forward.__name__
    found, _ = attend(counted, module, query, key, value, None, scaling=0.3)
    assert seen == [(2, 3, heads // 3, 8) if heads > 3 else (2, 3, 1, 8)]
    assert (found - expected).abs().max() < 1e-6
    attend(counted, module, query, key[:, :, 1:], value[:, :, 1:], None, scaling=0.3)
    assert seen[1] == (2, heads, 1, 8), "few keys are not worth it"


def test_what_gives_weights_is_not_packed() -> None:
    def eager_attention_forward(module: Any, query: torch.Tensor, *_: Any) -> Any:
        return query.transpose(1, 2), query

    query = torch.ones(1, 6, 1, 8)
    key = torch.ones(1, 3, 5, 8)
    found, weights = attend(eager_attention_forward, None, query, key, key, None)
    assert found.shape == (1, 1, 6, 8)
    assert weights is query
