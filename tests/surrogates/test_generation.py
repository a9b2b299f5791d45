"""Generating with a cache gives the tokens that recomputing the whole text would give."""

from dataclasses import dataclass
from typing import Any

import pytest
import torch
import transformers

from attndsl.language.diagnostics import AttndslError, Span
from attndsl.surrogates.attention import SurrogateAttention
from attndsl.surrogates.handle import install
from attndsl.surrogates.sources import previous_token, rules
from tests.surrogates.test_attention import padded
from tests.surrogates.tiny import SHARED_KEYS, fading, ids_of, mixed, tiny, uniform

CAUSAL_KINDS = ("llama", "gpt2", "mistral")
PRECISIONS = ((torch.float64, 1e-9), (torch.float32, 1e-5))  # and how far logits may be apart
WAYS: dict[str, dict[str, Any]] = {
    "greedy": {"do_sample": False},
    "beams": {"do_sample": False, "num_beams": 8},
    "sampled": {"do_sample": True, "temperature": 1.5},
}


def generate(model: Any, ids: torch.Tensor, mask: torch.Tensor | None, **how: Any) -> torch.Tensor:
    torch.manual_seed(11)
    attention = torch.ones_like(ids) if mask is None else mask
    out: torch.Tensor = model.generate(
        ids, attention_mask=attention, max_new_tokens=20, min_new_tokens=20, **how
    )
    return out


@pytest.mark.parametrize("cache", ["dynamic", "static"])
@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("kind", CAUSAL_KINDS)
def test_cached_generation_equals_recomputing(kind: str, way: str, cache: str) -> None:
    model = tiny(kind, torch.float64)
    single = (ids_of(1, 12), None)
    batch = padded([12, 5, 9], left=True)[:2]
    with install(model, mixed(), rules):
        for ids, mask in (single, batch):
            whole = generate(model, ids, mask, use_cache=False, **WAYS[way])
            cached = generate(
                model, ids, mask, cache_implementation=cache, disable_compile=True, **WAYS[way]
            )
            assert torch.equal(whole, cached)
    assert whole.shape == (3, 32)


def test_recomputing_by_hand_gives_the_same_greedy_text() -> None:
    model = tiny("llama", torch.float64)
    ids = ids_of(2, 9)
    with install(model, mixed(), rules):
        ours = generate(model, ids, None, do_sample=False)
        text = ids
        for _ in range(20):
            logits = model(text, use_cache=False).logits[:, -1]
            logits[:, model.config.eos_token_id] = -torch.inf
            text = torch.cat([text, logits.argmax(-1, keepdim=True)], dim=1)
    assert torch.equal(ours, text)


@pytest.mark.parametrize(("dtype", "close"), PRECISIONS)
@pytest.mark.parametrize("kind", CAUSAL_KINDS)
def test_a_cache_used_by_hand(kind: str, dtype: torch.dtype, close: float) -> None:
    model = tiny(kind, dtype)
    ids = ids_of(2, 30)
    with install(model, mixed(), rules):
        whole = model(ids, use_cache=False).logits
        cache, parts = None, []
        for start, stop in ((0, 11), (11, 12), (12, 13), (13, 30)):
            done = model(ids[:, start:stop], past_key_values=cache, use_cache=True)
            cache = done.past_key_values
            parts.append(done.logits)
    assert (torch.cat(parts, 1) - whole).abs().max() < close


@pytest.mark.parametrize(("dtype", "close"), PRECISIONS)
def test_any_heads_of_a_layer_with_a_cache(dtype: torch.dtype, close: float) -> None:
    """Three key groups of two heads: groups kept whole, in part and not at all, side by side."""
    shape = {**SHARED_KEYS, "hidden_size": 24, "num_attention_heads": 6, "num_key_value_heads": 3}
    torch.manual_seed(5)
    config = transformers.LlamaConfig(**{**shape, "num_hidden_layers": 1})
    model = transformers.LlamaForCausalLM(config).eval().to(dtype)
    ids = ids_of(2, 9)
    found = (fading, previous_token, uniform)
    for subset in range(1, 2**6):
        heads = [head for head in range(6) if subset >> head & 1]
        with install(model, {(0, head): found[head % 3] for head in heads}, rules):
            whole = model(ids, use_cache=False).logits
            start = model(ids[:, :8], use_cache=True)
            step = model(ids[:, 8:], past_key_values=start.past_key_values)
        assert (step.logits - whole[:, 8:]).abs().max() < close, heads


def test_one_query_in_single_precision_takes_one_call(monkeypatch: pytest.MonkeyPatch) -> None:
    model = tiny("llama")
    ids = ids_of(2, 9)
    with install(model, {(0, 1): fading, (1, 2): uniform}, rules):
        start = model(ids, use_cache=True)
        monkeypatch.setattr(SurrogateAttention, "follow_short", None)
        model(ids[:, :1], past_key_values=start.past_key_values)
        with pytest.raises(TypeError):
            model(ids[:, :2], past_key_values=start.past_key_values)


def test_a_cropped_cache_goes_on_from_where_it_was_cut() -> None:
    model = tiny("llama", torch.float64)
    ids = ids_of(1, 20)
    with install(model, mixed(), rules):
        cache = model(ids, use_cache=True).past_key_values
        cache.crop(-8)
        other = torch.cat([ids[:, :12], ids_of(1, 5, seed=9)], 1)
        ours = model(other[:, 12:], past_key_values=cache).logits
        assert (ours - model(other, use_cache=False).logits[:, 12:]).abs().max() < 1e-9


@pytest.mark.parametrize("left", [True, False])
def test_a_pass_that_reads_only_padding_of_a_text(left: bool) -> None:
    model = tiny("llama", torch.float64)
    ids, mask, positions = padded([40, 9], left)
    parts = []
    with install(model, mixed(), rules):
        whole = model(ids, attention_mask=mask, position_ids=positions, use_cache=False).logits
        cache = None
        for start, stop in ((0, 20), (20, 38), (38, 40)):
            call = {"attention_mask": mask[:, :stop], "position_ids": positions[:, start:stop]}
            done = model(ids[:, start:stop], past_key_values=cache, use_cache=True, **call)
            cache = done.past_key_values
            parts.append(done.logits)
    seen = mask.bool()
    assert (torch.cat(parts, 1) - whole)[seen].abs().max() < 1e-9


@pytest.mark.parametrize("how", [{"prompt_lookup_num_tokens": 3}, {"prefill_chunk_size": 4}])
def test_assisted_and_chunked_generation(how: dict[str, int]) -> None:
    model = tiny("llama", torch.float64)
    ids = ids_of(1, 6).repeat(1, 3)
    with install(model, mixed(), rules):
        plain = generate(model, ids, None, do_sample=False)
        assert torch.equal(plain, generate(model, ids, None, do_sample=False, **how))


def test_an_assistant_model_drafts() -> None:
    model, assistant = tiny("llama", torch.float64), tiny("llama", torch.float64)
    ids = ids_of(1, 6)
    with install(model, mixed(), rules):
        plain = generate(model, ids, None, do_sample=False)
        helped = generate(model, ids, None, do_sample=False, assistant_model=assistant)
    assert torch.equal(plain, helped)


def embeddings_of(model: Any, ids: torch.Tensor) -> Any:
    return model.get_input_embeddings()(ids)


@pytest.mark.parametrize("kind", ["llama", "gpt2"])
def test_ids_that_are_not_known_are_an_error_and_not_a_guess(kind: str) -> None:
    model = tiny(kind)
    ids = ids_of(2, 10)
    foreign = model(ids, use_cache=True).past_key_values
    with install(model, mixed(), rules):
        with pytest.raises(AttndslError, match="holds 10 positions, but the ids of only 0"):
            model(ids[:, :1], past_key_values=foreign)
        cache = model(ids, use_cache=True).past_key_values
        cache.reorder_cache(torch.tensor([1, 0]))
        with pytest.raises(AttndslError, match="changed since its last pass"):
            model(ids[:, :1], past_key_values=cache)
        cache = model(ids, use_cache=True).past_key_values
        cache.batch_select_indices(torch.tensor([0]))
        with pytest.raises(AttndslError, match="changed since its last pass"):
            model(ids[:1, :1], past_key_values=cache)
        with pytest.raises(AttndslError, match="input_ids"):
            model.generate(inputs_embeds=embeddings_of(model, ids), max_new_tokens=2)
        padded_ids, mask, _ = padded([4, 6], left=True)
        cache = model(padded_ids, attention_mask=mask, use_cache=True).past_key_values
        with pytest.raises(AttndslError, match="pass the attention mask at every step"):
            model(ids[:, :1], past_key_values=cache)


@dataclass(frozen=True)
class Ahead:
    """A program that the checker found to look ahead."""

    name: str = "peeks"
    causal: bool = False
    not_causal: tuple[tuple[str, Span], ...] = (
        ("n is the length of the whole text", Span(1, 1, 1, 2)),
    )

    def __call__(self, ids: Any, first_row: int, mask: Any) -> Any:
        return uniform(ids, first_row, mask)


def test_a_program_that_looks_ahead_does_not_generate() -> None:
    model = tiny("gpt2")
    ids = ids_of(1, 8)
    with install(model, {(1, 2): Ahead()}, rules):
        assert torch.isfinite(model(ids).logits).all()
        with pytest.raises(AttndslError, match=r"'peeks' in layer 1, head 2 .* whole text"):
            model.generate(ids, max_new_tokens=3)
        cache = model(ids, use_cache=True).past_key_values
        with pytest.raises(AttndslError, match="is not causal"):
            model(ids[:, :1], past_key_values=cache)
    model.generate(ids, max_new_tokens=3, min_new_tokens=3)
