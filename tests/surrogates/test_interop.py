"""Patterns in the hands of other tools: tensors, TransformerLens, nnsight, bertviz."""

import importlib.util
from pathlib import Path
from typing import Any

import pytest
import torch

from attndsl.language.diagnostics import AttndslError
from attndsl.language.mask import CAUSAL
from attndsl.models import load
from attndsl.models.loading import LoadedModel
from attndsl.surrogates.handle import install
from attndsl.surrogates.interop import lens_hooks, show
from attndsl.surrogates.sources import first_token, rules
from tests.models.folders import model_folder
from tests.surrogates.tiny import fading, mixed

PROMPT = "the big dog and the cat sat , and ran ."


@pytest.fixture
def llama(tmp_path: Path) -> LoadedModel:
    loaded = load(str(model_folder(tmp_path / "llama", "llama")))
    loaded.model.set_attn_implementation("eager")
    return loaded


def test_a_pattern_as_a_tensor_and_for_the_viewers(llama: LoadedModel) -> None:
    shown = show([fading, first_token], llama, PROMPT, source=rules)
    ids = llama.encode(PROMPT)
    assert torch.equal(shown.patterns[0], torch.as_tensor(fading(ids, 0, CAUSAL)))
    assert shown.tokens == PROMPT.split()
    layers, tokens = shown.for_bertviz()
    assert [layer.shape for layer in layers] == [(1, 2, 11, 11)]
    assert len(tokens) == 11
    assert shown.for_circuitsvis()["attention"].shape == (2, 11, 11)
    for prompt in (ids, ids.tolist(), torch.as_tensor(ids)[None]):
        assert torch.equal(
            show([fading], llama, prompt, source=rules).patterns[0], shown.patterns[0]
        )
    with pytest.raises(AttndslError, match="a prompt is one text"):
        show([fading], llama, torch.zeros(2, 5), source=rules)


def test_bertviz_and_circuitsvis_take_what_we_hand_them(llama: LoadedModel) -> None:
    absent = [n for n in ("bertviz", "circuitsvis") if importlib.util.find_spec(n) is None]
    if absent:
        pytest.skip(f"needs {' and '.join(absent)}")
    import bertviz
    import circuitsvis

    shown = show([fading, first_token], llama, PROMPT, source=rules)
    page = bertviz.head_view(*shown.for_bertviz(), html_action="return").data
    assert '"dog"' in page
    assert "dog" in str(circuitsvis.attention.attention_patterns(**shown.for_circuitsvis()))


def test_the_hook_functions_set_their_heads(llama: LoadedModel) -> None:
    hooks = dict(lens_hooks(mixed(), llama, PROMPT, source=rules))
    assert list(hooks) == ["blocks.0.attn.hook_pattern", "blocks.1.attn.hook_pattern"]
    own = torch.rand(1, 4, 11, 11)
    out = hooks["blocks.0.attn.hook_pattern"](own, hook=None)
    assert torch.equal(out[:, 0], own[:, 0])
    expected = torch.as_tensor(fading(llama.encode(PROMPT), 0, CAUSAL))
    assert torch.equal(out[0, 2], expected)
    with pytest.raises(AttndslError, match="made for 11 tokens, but the model reads 12"):
        hooks["blocks.1.attn.hook_pattern"](torch.rand(1, 4, 12, 12))
    with pytest.raises(AttndslError, match="names layer 7"):
        lens_hooks({(7, 0): first_token}, llama, PROMPT, source=rules)


def ours(loaded: LoadedModel, ids: torch.Tensor) -> Any:
    with torch.no_grad(), install(loaded.model, mixed(), rules):
        return loaded.model(ids).logits


def test_transformer_lens_hooks_equal_our_surrogate(llama: LoadedModel) -> None:
    if importlib.util.find_spec("transformer_lens") is None:
        pytest.skip("needs transformer-lens")
    from transformer_lens.model_bridge import TransformerBridge

    ids = torch.as_tensor(llama.encode(PROMPT))[None]
    expected = ours(llama, ids)
    bridge = TransformerBridge.boot_transformers(
        llama.name, hf_model=llama.model, tokenizer=llama.tokenizer
    )
    with torch.no_grad():
        found = bridge.run_with_hooks(ids, fwd_hooks=lens_hooks(mixed(), llama, PROMPT, rules))
    assert (found - expected).abs().max() < 1e-4


def test_nnsight_patterns_equal_our_surrogate(tmp_path: Path) -> None:
    if importlib.util.find_spec("nnsight") is None:
        pytest.skip("needs nnsight")
    import nnsight

    loaded = load(str(model_folder(tmp_path / "gpt2", "gpt2")))
    loaded.model.set_attn_implementation("eager")
    ids = torch.as_tensor(loaded.encode(PROMPT))[None]
    expected = ours(loaded, ids)
    hooks = dict(lens_hooks(mixed(), loaded, PROMPT, source=rules))
    wrapped = nnsight.NNsight(loaded.model)
    with torch.no_grad(), wrapped.trace(ids):
        for layer in range(2):
            call = wrapped.transformer.h[layer].attn.source.attention_interface_1
            value = call.inputs[0][3]
            _, pattern = call.output
            changed = hooks[f"blocks.{layer}.attn.hook_pattern"](pattern)
            call.output = ((changed @ value).transpose(1, 2), changed)
        found = wrapped.output.logits.save()
    assert (found - expected).abs().max() < 1e-4
