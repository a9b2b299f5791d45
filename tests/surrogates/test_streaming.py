"""Heads that stream: the logits of patterns, from a cache that keeps no keys of their groups."""

from typing import Any

import pytest
import torch
from transformers import DynamicCache

from attndsl.engines.kernel import chunks, values
from attndsl.engines.kernel.stream import Stream
from attndsl.graph.verify import verify
from attndsl.language.diagnostics import AttndslError
from attndsl.models import load
from attndsl.models.loading import LoadedModel
from attndsl.surrogates import install, prune
from attndsl.surrogates.streaming import held
from attndsl.surrogates.streaming.cache import StreamingLayer
from attndsl.tokens.tokenizer import from_ids
from tests.models.folders import model_folder
from tests.second_device import second_device
from tests.surrogates.test_attention import padded
from tests.surrogates.test_generation import WAYS, generate
from tests.surrogates.tiny import ids_of

SOURCE = """
def previous(q, k):
    return k == q.prev

def mixture(q, k):
    return 0.6 * sink(q, k) + 0.4 * fading(q, k, 0.9) * (2 if k.is_alpha else 1)

def found(q, k):
    return (k == last(t for t in before(q) if t.is_alpha)) + 0.1 * (k.i == q.i)

@softmax
def scored(q, k):
    return 2 * k.is_alpha - 0.3 * (q.i - k.i)

def same(q, k):
    return k.lower == q.lower

def followed(q, k):
    return 3 * (k.prev.lower == q.lower and k != q) + sink(q, k)

def alike(q, k):
    return 1 + similarity(q, k)
"""
BY_NAME = {program.name: program for program in verify(SOURCE).programs}
# Of two groups of two heads a layer: one whole in layer 0, both in layer 1.
NAMES = {
    (0, 0): "alike", (0, 2): "previous", (0, 3): "mixture",
    (1, 0): "found", (1, 1): "mixture", (1, 2): "scored", (1, 3): "scored",
}  # fmt: skip
HEADS = {head: BY_NAME[name] for head, name in NAMES.items()}


@pytest.fixture
def llama(tmp_path: Any) -> LoadedModel:
    return load(str(model_folder(tmp_path / "llama", "llama")), "float64")


@pytest.fixture(autouse=True)
def no_gradients() -> Any:
    with torch.no_grad():
        yield


def steps(model: Any, ids: torch.Tensor, cuts: list[int], **call: Any) -> tuple[Any, torch.Tensor]:
    """The cache and the logits of passes that end at each cut."""
    cache, parts = None, []
    for start, stop in zip([0, *cuts], [*cuts, ids.shape[1]], strict=True):
        done = model(ids[:, start:stop], past_key_values=cache, use_cache=True, **call)
        cache = done.past_key_values
        parts.append(done.logits)
    return cache, torch.cat(parts, 1)


@pytest.mark.parametrize("pruned", [False, True])
@pytest.mark.parametrize("cuts", [[], [1, 2, 3, 20], list(range(1, 24))])
def test_passes_with_a_cache_give_the_logits_of_one_without(
    llama: LoadedModel, cuts: list[int], pruned: bool
) -> None:
    ids = ids_of(2, 24)
    if pruned:
        prune(llama.model, HEADS)
    with install(llama, HEADS):
        whole = llama.model(ids, use_cache=False).logits
        cache, logits = steps(llama.model, ids, cuts)
    assert [type(layer) for layer in cache.layers] == [StreamingLayer] * 2
    assert [layer.stay for layer in cache.layers] == [[0], []]
    assert (logits - whole).abs().max() < 1e-5


@pytest.mark.parametrize("cache", ["dynamic", "static"])
@pytest.mark.parametrize("way", WAYS)
def test_generation_with_beams_padding_and_both_caches(
    llama: LoadedModel, way: str, cache: str
) -> None:
    with install(llama, HEADS):
        for ids, mask in ((ids_of(1, 12), None), padded([12, 5, 9], left=True)[:2]):
            whole = generate(llama.model, ids, mask, use_cache=False, **WAYS[way])
            how = {"cache_implementation": cache, "disable_compile": True, **WAYS[way]}
            assert torch.equal(whole, generate(llama.model, ids, mask, **how))


# Every head by a program that keeps an index of copies, beside another kind in each group.
COPIES = {(layer, head): BY_NAME[name] for layer in (0, 1)
          for head, name in enumerate(("same", "followed", "mixture", "same"))}  # fmt: skip


@pytest.mark.parametrize("cuts", [[], [1, 2, 3, 20], list(range(1, 24))])
def test_an_index_of_copies_stands_for_keys(llama: LoadedModel, cuts: list[int]) -> None:
    ids = ids_of(2, 24)
    with install(llama, COPIES):
        whole = llama.model(ids, use_cache=False).logits
        cache, logits = steps(llama.model, ids, cuts)
    assert [layer.stay for layer in cache.layers] == [[], []]
    assert (logits - whole).abs().max() < 1e-5


def test_an_index_of_copies_grows_with_the_texts_and_not_with_the_tokens(
    llama: LoadedModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(values, "SPARE", 0)
    ids = ids_of(1, 12).repeat(1, 8)
    sizes = []
    with install(llama, COPIES):
        for length in (48, 96):
            cache, _ = steps(llama.model, ids[:, :length], [10, 20, length - 1])
            sizes.append(cache.layers[1].nbytes)
    assert sizes[0] == sizes[1]


def test_on_other_devices_an_index_of_copies_keeps_its_keys(llama: LoadedModel) -> None:
    ids = ids_of(1, 24)
    assert llama.table
    with second_device(llama.model), install(llama, COPIES):
        cache, _ = steps(llama.model, ids.to(llama.device), [9, 10])
    assert not any(isinstance(layer, StreamingLayer) for layer in cache.layers)


def test_a_long_text_is_held_in_a_few_rows(
    llama: LoadedModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is kept of a text is no more after 90 tokens than after 45: a hundredth of its keys
    and values."""
    monkeypatch.setattr(values, "SPARE", 0)
    sizes = []
    with install(llama, HEADS):
        for length in (45, 90):
            cache, _ = steps(llama.model, ids_of(1, length), [10, 20, length - 1])
            sizes.append(cache.layers[1].nbytes)
            assert cache.layers[1].keys is None
    assert max(sizes) < 500  # bytes, where 90 keys and values of two groups take 23,040


def test_a_cache_filled_before_goes_on_as_it_is(llama: LoadedModel) -> None:
    """The tokens that a cache holds from passes by patterns can't be let go of any more."""
    ids = ids_of(1, 20)
    with install(llama, HEADS, stream=False):
        cache, first = steps(llama.model, ids[:, :12], [])
        assert not any(isinstance(layer, StreamingLayer) for layer in cache.layers)
        whole = llama.model(ids, use_cache=False).logits
        more = llama.model(ids[:, 12:], past_key_values=cache, use_cache=True).logits
    assert (torch.cat([first, more], 1) - whole).abs().max() < 1e-5


def test_what_a_stream_let_go_of_can_not_come_back(llama: LoadedModel) -> None:
    with install(llama, HEADS):
        cache, _ = steps(llama.model, ids_of(1, 12), [])
        with pytest.raises(AttndslError, match="can't be cut back"):
            cache.crop(-2)
        assert not cache.is_croppable
        cache.reset()
        again = llama.model(ids_of(1, 5), past_key_values=cache, use_cache=True).logits
        assert (again - llama.model(ids_of(1, 5), use_cache=False).logits).abs().max() < 1e-5


def test_a_cache_of_another_batch_is_noticed(llama: LoadedModel) -> None:
    ids = ids_of(3, 12)
    with install(llama, HEADS):
        cache, _ = steps(llama.model, ids[:, :8], [])
        cache.reorder_cache(torch.tensor([1, 0, 2]))
        with pytest.raises(AttndslError, match="the cache was changed"):
            llama.model(ids[:, 8:], past_key_values=cache, use_cache=True)


def test_gradients_and_shown_weights_take_patterns(llama: LoadedModel) -> None:
    ids = ids_of(2, 10)
    with install(llama, HEADS):
        with torch.enable_grad():
            cache = llama.model(ids, use_cache=True).past_key_values
        assert not any(isinstance(layer, StreamingLayer) for layer in cache.layers)
        shown = llama.model(ids, use_cache=False, output_attentions=True).attentions
        cache = DynamicCache(config=llama.model.config)
        llama.model(ids[:, :6], past_key_values=cache)
        later = llama.model(ids[:, 6:], past_key_values=cache, output_attentions=True).attentions
    assert isinstance(cache.layers[1], StreamingLayer)
    for one, other in zip(later, shown, strict=True):
        assert (one - other[:, :, 6:]).abs().max() < 1e-5


def test_chunks_of_a_tape_as_products_give_its_rows(
    llama: LoadedModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What other devices do, here on the CPU, in passes and chunks of odd sizes."""
    monkeypatch.setattr(chunks, "CHUNK", 5)
    monkeypatch.setattr(held, "SPARE", 0)
    monkeypatch.setattr(values, "SPARE", 0)
    ids = ids_of(1, 40)[0].numpy()
    made = torch.randn(40, 8, dtype=torch.float64, generator=torch.Generator().manual_seed(5))
    for name in ("previous", "mixture", "found", "scored"):
        stream = Stream(BY_NAME[name], llama.table)
        track = stream.begin()
        host, device = held.held_of(made.numpy()), held.DeviceHeld(made.new_zeros(0, 8))
        for start, stop in ((0, 17), (17, 18), (18, 40)):
            tape = stream.advance(track, from_ids(llama.table, ids[:stop]))
            rows = []
            for one, new in ((host, held.taken_in(made)), (device, made)):
                one.extend(new[start:stop])
                rows.append(held.room_for(1, new[start:stop])[0])
                one.follow(name, tape, rows[-1])
                one.forget([stream.kept(track)], stop)
            assert (torch.from_numpy(rows[0]) - rows[1]).abs().max() < 1e-12
            stream.forget(track)
        assert device.nbytes < made.nbytes / 3


def test_streams_on_a_second_device(llama: LoadedModel) -> None:
    """All of a stream's values and sums stand beside the model."""
    ids = ids_of(1, 24)

    def passes() -> Any:
        with install(llama, HEADS):
            cache, logits = steps(llama.model, ids.to(llama.device), [9, 10])
        return cache.layers[1], logits

    _, expected = passes()
    assert llama.table
    with second_device(llama.model):
        layer, logits = passes()
        assert isinstance(layer.texts[0].groups[0], held.DeviceHeld)
        found = logits.cpu()
    assert (found - expected).abs().max() < 1e-5
