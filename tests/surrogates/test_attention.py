"""Replaced heads follow their programs; everything else is the model's own."""

import copy
import shutil
from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import torch

from attndsl.engines.cells import unpacked
from attndsl.heads.store import HeadStore
from attndsl.language.diagnostics import AttndslError
from attndsl.language.mask import CAUSAL, FULL, Mask
from attndsl.models import load
from attndsl.models.capture import capture
from attndsl.surrogates.handle import install
from attndsl.surrogates.rows import BLOCK
from attndsl.surrogates.sources import first_token, rules
from tests.models.folders import model_folder
from tests.surrogates.tiny import OwnPatterns, every_head, fading, ids_of, mixed, tiny

MAIN = ("llama", "gpt2", "bert")


def padded(lengths: list[int], left: bool) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """Texts of these lengths in one batch, with their mask and position ids."""
    width = max(lengths)
    ids = torch.zeros(len(lengths), width, dtype=torch.long)
    mask = torch.zeros_like(ids)
    for row, length in enumerate(lengths):
        where = slice(width - length, width) if left else slice(0, length)
        ids[row, where] = ids_of(1, length, seed=row)[0]
        mask[row, where] = 1
    return ids, mask, (mask.cumsum(1) - 1).clamp(min=0)


@pytest.mark.parametrize("implementation", ["eager", "sdpa"])
@pytest.mark.parametrize("kind", MAIN)
def test_nothing_replaced_changes_no_bit(kind: str, implementation: str) -> None:
    model = tiny(kind, implementation=implementation)
    ids, mask, positions = padded([9, 20, 14], left=True)
    calls = [
        {"input_ids": ids_of(3, 20)},
        {"input_ids": ids, "attention_mask": mask, "position_ids": positions},
    ]
    before = [model(**call).logits for call in calls]
    handle = install(model, {}, rules)
    inside = [model(**call).logits for call in calls]
    handle.remove()
    after = [model(**call).logits for call in calls]
    for one, two, three in zip(before, inside, after, strict=True):
        assert torch.equal(one, two)
        assert torch.equal(one, three)


@pytest.mark.parametrize("kind", [*MAIN, "mistral", "gemma3"])  # the last two look through windows
@pytest.mark.parametrize("length", [12, 40])
def test_a_heads_own_pattern_gives_the_models_own_logits(kind: str, length: int) -> None:
    ids = ids_of(2, length)
    for implementation, bound in (("eager", 1e-5), ("sdpa", 1e-3)):
        model = tiny(kind, implementation=implementation)
        plain = model(ids).logits
        own = OwnPatterns.of(model)
        for heads in (every_head(), [(0, 1), (1, 2)], [(1, h) for h in range(4)], [(0, 3)]):
            with install(model, {head: head for head in heads}, own):
                assert (model(ids).logits - plain).abs().max() < bound


@pytest.mark.parametrize("left", [True, False])
@pytest.mark.parametrize("kind", MAIN)
def test_a_padded_batch_equals_single_texts(kind: str, left: bool) -> None:
    model = tiny(kind)
    lengths = [20, 33, 7, 1]
    ids, mask, positions = padded(lengths, left)
    with install(model, mixed(), rules):
        batch = model(ids, attention_mask=mask, position_ids=positions).logits
        for row, length in enumerate(lengths):
            single = model(ids[row, mask[row].bool()][None]).logits[0]
            assert single.shape[0] == length
            assert (batch[row, mask[row].bool()] - single).abs().max() < 1e-5


def test_replaced_heads_do_not_read_queries_and_keys() -> None:
    model = tiny("llama")
    ids = ids_of(2, 24)
    with install(model, dict.fromkeys(every_head(), fading), rules):
        before = model(ids).logits
        for layer in model.model.layers:
            layer.self_attn.q_proj.weight.data.fill_(float("nan"))
            layer.self_attn.k_proj.weight.data.fill_(float("nan"))
        assert torch.equal(model(ids).logits, before)


@pytest.mark.parametrize("implementation", ["eager", "sdpa"])
@pytest.mark.parametrize("kind", MAIN)
def test_output_attentions_shows_the_programs_pattern(kind: str, implementation: str) -> None:
    model = tiny(kind, implementation=implementation)
    ids, mask, positions = padded([20, 12], left=False)
    call = {"input_ids": ids, "attention_mask": mask, "position_ids": positions}
    eager = tiny(kind, implementation="eager")
    own = eager(**call, output_attentions=True).attentions
    with install(model, mixed(), rules):
        seen = model(**call, output_attentions=True).attentions
        quiet = model(**call).logits
        loud = model(**call, output_attentions=True).logits
    assert (quiet - loud).abs().max() < 1e-6
    kinds = FULL if kind == "bert" else CAUSAL
    for (layer, head), rule in mixed().items():
        expected = torch.tensor(rule(ids[1, :12].numpy(), 0, kinds))
        assert torch.allclose(seen[layer][1, head, :12, :12], expected)
        assert seen[layer][1, head, :12, 12:].abs().max() == 0
    assert torch.allclose(seen[0][0, 0], own[0][0, 0], atol=1e-6)
    for layer in seen:
        assert torch.allclose(layer[0].sum(-1), torch.ones(4, 20), atol=1e-5)


def test_long_texts_in_blocks_give_the_same_logits() -> None:
    model = tiny("llama")
    ids, mask, positions = padded([300, 170], left=True)
    call = {"input_ids": ids, "attention_mask": mask, "position_ids": positions}
    with install(model, mixed(), rules):
        whole = model(**call).logits
    with install(model, mixed(), rules, memory_mb=0):
        blocks = model(**call).logits
    seen = mask.bool()
    assert (whole[seen] - blocks[seen]).abs().max() < 1e-5


@pytest.mark.parametrize("kind", ["gpt2", "bert"])
def test_blocks_of_short_texts(kind: str) -> None:
    model = tiny(kind)
    ids, mask, positions = padded([60, 33], left=False)
    call = {"input_ids": ids, "attention_mask": mask, "position_ids": positions}
    with install(model, mixed(), rules):
        whole = model(**call).logits
    with install(model, mixed(), rules, memory_mb=0):
        blocks = model(**call).logits
    seen = mask.bool()
    assert (whole[seen] - blocks[seen]).abs().max() < 1e-5


def test_blocks_hold_few_rows_at_a_time() -> None:
    asked: list[int] = []

    def counting(ids: Any, first_row: int, mask: Any) -> Any:
        asked.append(len(ids) - first_row)
        return fading(ids, first_row, mask)

    model = tiny("llama")
    ids = ids_of(1, 300)
    with install(model, dict.fromkeys(every_head(), counting), rules, memory_mb=0):
        model(ids)
    assert asked == [BLOCK, BLOCK, 300 - 2 * BLOCK] * 2, "once for each of the two layers"


def test_equal_programs_and_texts_are_asked_for_once() -> None:
    asked: list[int] = []

    def counting(ids: object, first_row: int, mask: object) -> object:
        asked.append(first_row)
        return first_token(ids, first_row, mask)  # type: ignore[arg-type]

    model = tiny("llama")
    ids = ids_of(1, 20).expand(3, -1)
    with install(model, dict.fromkeys(every_head(), counting), rules):
        model(ids)
    assert asked == [0]


@pytest.mark.parametrize("kind", MAIN)
def test_gradients_and_checkpointing(kind: str) -> None:
    ids = ids_of(2, 24)
    model = tiny(kind).train()
    for module in model.modules():
        if isinstance(module, torch.nn.Dropout):
            module.p = 0.0
    with install(model, mixed(), rules):
        gradients = []
        for checkpointing in (False, True):
            if checkpointing:
                model.activation_checkpointing_enable()
            model.zero_grad()
            # Two passes before one backward: the recomputation must know which pass it redoes.
            loss = model(ids, labels=ids).loss + model(ids.flip(1), labels=ids).loss
            loss.backward()
            gradients.append([p.grad.clone() for p in model.parameters() if p.grad is not None])
    for plain, again in zip(*gradients, strict=True):
        assert torch.allclose(plain, again, atol=1e-6)


@pytest.mark.slow
def test_really_compiled_it_gives_the_same_logits() -> None:
    if shutil.which("g++") is None:
        pytest.skip("torch.compile needs a C++ compiler")
    model = tiny("llama")
    with install(model, mixed(), rules), torch.no_grad():
        torch._dynamo.reset()
        compiled = torch.compile(model)
        for length in (20, 20, 28):
            ids = ids_of(2, length, seed=length)
            assert (compiled(ids).logits - model(ids).logits).abs().max() < 1e-5


@pytest.mark.parametrize("kind", MAIN)
def test_compiled_model_gives_the_same_logits(kind: str) -> None:
    model = tiny(kind)
    texts = [ids_of(2, 20), ids_of(2, 20, seed=8)]
    with install(model, mixed(), rules), torch.no_grad():
        plain = [model(ids).logits for ids in texts]
        torch._dynamo.reset()
        compiled = torch.compile(model, backend="eager")
        for ids, expected in zip(texts, plain, strict=True):
            assert (compiled(ids).logits - expected).abs().max() < 1e-5


def test_lower_precision_stays_close() -> None:
    ids = ids_of(2, 40)
    exact, rough = tiny("llama"), tiny("llama", torch.bfloat16)
    with install(exact, mixed(), rules), install(rough, mixed(), rules):
        one, two = exact(ids).logits, rough(ids).logits.float()
    assert torch.isfinite(two).all()
    assert (one - two).abs().mean() < 0.1


@dataclass(frozen=True)
class Stored:
    """The patterns of a head store, for the texts that it holds."""

    store: HeadStore

    def __call__(self, programs: tuple[Hashable, ...], mask: Mask) -> Any:
        numbers = [layer * self.store.meta.heads + head for layer, head in programs]  # type: ignore[misc]
        by_text = {text.ids.tobytes(): text for text in self.store}

        def patterns(ids: Sequence[Any], first_rows: Sequence[int]) -> list[Any]:
            return [
                unpacked(by_text[text.tobytes()].patterns[numbers], mask, len(text), 0)[:, row:]
                for text, row in zip(ids, first_rows, strict=True)
            ]

        return SimpleNamespace(patterns=patterns)


@pytest.mark.parametrize("kind", MAIN)
@torch.no_grad()
def test_patterns_from_a_float16_store_stay_close(kind: str, tmp_path: Path) -> None:
    loaded = load(str(model_folder(tmp_path / kind, kind)))
    texts = ["the cat sat on the mat . a big dog ran", "a dog and the cat sat , and ran ."]
    capture(loaded, texts, tmp_path / "store")
    store = HeadStore.open(tmp_path / "store")
    assert store.meta.dtype == "float16"
    own = Stored(store)
    largest = 0.0
    for text in texts:
        ids = torch.as_tensor(loaded.encode(text))[None]
        plain = loaded.model(ids).logits.log_softmax(-1)
        with install(loaded, {head: head for head in every_head()}, own):
            ours = loaded.model(ids).logits.log_softmax(-1)
        divergence = (plain.exp() * (plain - ours)).sum(-1)
        largest = max(largest, float(divergence.max()))
    print(f"{kind}: KL of next tokens from a float16 store, largest {largest:.1e} nats")
    assert 0 < largest < 1e-4


def test_other_masks_and_missing_ids_are_refused() -> None:
    model = tiny("llama")
    ids = ids_of(1, 10)
    packed = torch.tensor([[0, 1, 2, 3, 0, 1, 2, 3, 4, 5]])
    prefix = torch.ones(1, 1, 10, 10, dtype=torch.bool)
    with install(model, mixed(), rules):
        with pytest.raises(AttndslError, match="another mask than the causal mask"):
            model(ids, position_ids=packed, use_cache=False)
        with pytest.raises(AttndslError, match="2-dimensional"):
            model(ids, attention_mask=prefix)
        assert torch.isfinite(model(ids).logits).all()


@pytest.mark.parametrize("kind", MAIN)
def test_embeddings_without_ids_are_refused(kind: str) -> None:
    model = tiny(kind)
    ids = ids_of(1, 10)
    with install(model, mixed(), rules):
        expected = model(ids).logits
        with pytest.raises(AttndslError, match="call the model with input_ids, not inputs_embeds"):
            model(inputs_embeds=torch.zeros(1, 4, 32))
        assert torch.equal(model(ids).logits, expected)


def test_a_copy_of_a_model_is_not_touched() -> None:
    model = tiny("gpt2")
    twin = copy.deepcopy(model)
    ids = ids_of(1, 12)
    with install(model, mixed(), rules):
        assert not torch.equal(model(ids).logits, twin(ids).logits)
