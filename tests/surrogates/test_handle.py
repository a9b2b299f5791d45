"""Installing, refusing and removing."""

import copy
from typing import Any

import pytest
import torch
import transformers

from attndsl.language.diagnostics import AttndslError
from attndsl.surrogates.handle import install
from attndsl.surrogates.sources import first_token, rules
from tests.surrogates.tiny import KINDS, SHAPE, ids_of, mixed, tiny


@pytest.mark.parametrize("kind", KINDS)
def test_every_supported_architecture(kind: str) -> None:
    model = tiny(kind)
    ids = ids_of(2, 24)
    mask = torch.ones_like(ids)
    mask[1, 15:] = 0
    before = model(ids, attention_mask=mask).logits
    prepare = getattr(model, "prepare_inputs_for_generation", None)
    handle = install(model, mixed(), rules)
    inside = model(ids, attention_mask=mask).logits
    single = model(ids[1:, :15]).logits[0]
    handle.remove()
    handle.remove()
    assert not torch.allclose(before, inside)
    assert (inside[1, :15] - single).abs().max() < 1e-5
    assert torch.equal(model(ids, attention_mask=mask).logits, before)
    assert getattr(model, "prepare_inputs_for_generation", None) == prepare
    assert not any("attndsl" in name for module in model.modules() for name in vars(module))


def small(config: Any, **more: Any) -> Any:
    return config(**{**SHAPE, **more})


REFUSED: dict[str, tuple[Any, str]] = {
    "bloom": (
        lambda: transformers.BloomForCausalLM(
            transformers.BloomConfig(vocab_size=50, hidden_size=32, n_layer=1, n_head=4)
        ),
        "BloomForCausalLM does not call transformers' AttentionInterface",
    ),
    "mamba": (
        lambda: transformers.MambaForCausalLM(
            transformers.MambaConfig(vocab_size=50, hidden_size=32, num_hidden_layers=1)
        ),
        "MambaForCausalLM has no attention heads",
    ),
    "albert": (
        lambda: transformers.AlbertForMaskedLM(small(transformers.AlbertConfig)),
        "share their weights",
    ),
    "modernbert": (
        lambda: transformers.ModernBertForMaskedLM(
            small(transformers.ModernBertConfig, cls_token_id=1, sep_token_id=2)
        ),
        "a window in both directions",
    ),
    "gpt_oss": (
        lambda: transformers.GptOssForCausalLM(
            small(
                transformers.GptOssConfig,
                num_key_value_heads=2,
                head_dim=8,
                num_local_experts=2,
                num_experts_per_tok=1,
            )
        ),
        "attention sinks",
    ),
    "t5": (
        lambda: transformers.T5ForConditionalGeneration(
            transformers.T5Config(vocab_size=50, d_model=32, num_layers=1, num_heads=4, d_ff=32)
        ),
        "encoder-decoder",
    ),
}


@pytest.mark.parametrize("kind", REFUSED)
def test_unsupported_architectures_are_refused_with_the_reason(kind: str) -> None:
    build, reason = REFUSED[kind]
    with pytest.raises(AttndslError, match=reason):
        install(build(), {(0, 0): first_token}, rules)


def test_a_model_that_is_none_is_refused() -> None:
    with pytest.raises(AttndslError, match="expected a transformers model, got Linear"):
        install(torch.nn.Linear(2, 2), {}, rules)


@pytest.mark.parametrize("kind", ["llama", "gpt2", "bert"])
def test_two_installs_on_one_model_are_refused_and_the_first_stays(kind: str) -> None:
    model = tiny(kind)
    ids = ids_of(1, 10)
    with install(model, mixed(), rules):
        inside = model(ids).logits
        with pytest.raises(AttndslError, match="already installed"):
            install(model, {(0, 0): first_token}, rules)
        assert torch.equal(model(ids).logits, inside)
    install(model, {(0, 0): first_token}, rules).remove()


@pytest.mark.parametrize(
    ("head", "message"),
    [((5, 0), "layers 0 to 1"), ((1, 4), "head 4 of layer 1, which has heads 0 to 3")],
)
def test_heads_that_are_not_there(head: tuple[int, int], message: str) -> None:
    with pytest.raises(AttndslError, match=message):
        install(tiny("bert"), {head: first_token}, rules)


def test_other_implementations_are_refused() -> None:
    model = tiny("llama")
    model.set_attn_implementation("flex_attention")
    with pytest.raises(AttndslError, match="'flex_attention' attention; load it with"):
        install(model, mixed(), rules)


def test_a_pattern_of_the_wrong_shape_is_noticed() -> None:
    model = tiny("llama")
    with (
        install(model, {(0, 0): lambda ids, row, mask: first_token(ids[:-1], row, mask)}, rules),
        pytest.raises(AttndslError, match="a pattern source gave"),
    ):
        model(ids_of(1, 8))


def test_a_model_with_programs_is_not_copied() -> None:
    model = tiny("llama")
    with (
        install(model, mixed(), rules),
        pytest.raises(AttndslError, match="can't be copied while programs stand in it"),
    ):
        copy.deepcopy(model)
    assert copy.deepcopy(model) is not model


def test_what_is_the_models_own_for_generation_stays() -> None:
    model = tiny("llama")
    own = model.prepare_inputs_for_generation
    mine = model.prepare_inputs_for_generation = lambda *args, **options: own(*args, **options)
    with install(model, mixed(), rules):
        assert model.prepare_inputs_for_generation is not mine
    assert model.prepare_inputs_for_generation is mine


def test_an_error_inside_a_pass_leaves_the_model_usable() -> None:
    model = tiny("gpt2")
    ids = ids_of(1, 10)
    with install(model, mixed(), rules):
        expected = model(ids).logits
        with pytest.raises(IndexError):
            model(ids + 1000)
        assert torch.equal(model(ids).logits, expected)
