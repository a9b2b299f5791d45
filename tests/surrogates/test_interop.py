"""Patterns in the hands of other tools: tensors, TransformerLens, nnsight, bertviz."""

import importlib.util
import re
import warnings
from pathlib import Path
from typing import Any

import pytest
import torch
from transformers.models.llama import modeling_llama as LLAMA

from attndsl.language.diagnostics import AttndslError
from attndsl.language.mask import CAUSAL
from attndsl.models import load
from attndsl.models.loading import LoadedModel
from attndsl.models.seam import signature_of
from attndsl.surrogates.handle import install
from attndsl.surrogates.interop import lens_hooks, show
from attndsl.surrogates.sources import first_token, rules
from tests.models.folders import model_folder
from tests.surrogates.tiny import fading, ids_of, mixed

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


def hooked(loaded: LoadedModel, ids: torch.Tensor, **more: Any) -> Any:
    """A pass whose eager attention goes through the hooks, as another tool would have it."""
    with lens_hooks(mixed(), loaded, source=rules) as found:
        hooks, real = dict(found), LLAMA.eager_attention_forward

        def eager(module: Any, query: Any, key: Any, value: Any, mask: Any, **options: Any) -> Any:
            _, pattern = real(module, query, key, value, mask, **options)
            changed = hooks[f"blocks.{module.layer_idx}.attn.hook_pattern"](pattern, hook=None)
            whole = value.repeat_interleave(module.num_key_value_groups, 1)
            return (changed @ whole).transpose(1, 2), changed

        with pytest.MonkeyPatch.context() as patch, torch.no_grad():
            patch.setattr(LLAMA, "eager_attention_forward", eager)
            return loaded.model(ids, **more).logits


def test_hooks_work_for_any_text_and_batch(llama: LoadedModel) -> None:
    for batch, length in ((1, 5), (3, 12), (2, 1)):
        ids = ids_of(batch, length)
        assert torch.allclose(hooked(llama, ids), ours(llama, ids), atol=1e-5)
    ids, valid = ids_of(2, 9), torch.ones(2, 9, dtype=torch.int64)
    valid[0, :4] = 0
    found = hooked(llama, ids, attention_mask=valid)
    expected = ours(llama, ids, attention_mask=valid)
    assert torch.allclose(found[valid > 0], expected[valid > 0], atol=1e-5)


def test_hooks_say_what_is_wrong(llama: LoadedModel) -> None:
    with lens_hooks(mixed(), llama, source=rules) as found:
        hooks = dict(found)
        assert list(hooks) == ["blocks.0.attn.hook_pattern", "blocks.1.attn.hook_pattern"]
        with pytest.raises(AttndslError, match="did not go through the model"):
            hooks["blocks.0.attn.hook_pattern"](torch.rand(1, 4, 11, 11))
    with (
        pytest.raises(AttndslError, match="names layer 7"),
        lens_hooks({(7, 0): first_token}, llama, source=rules),
    ):
        pass
    with torch.no_grad():
        ids = ids_of(1, 6)
        assert torch.equal(llama.model(ids).logits, llama.model(ids).logits)
    assert "prepare_inputs_for_generation" not in vars(llama.model)


def ours(loaded: LoadedModel, ids: torch.Tensor, **more: Any) -> Any:
    with torch.no_grad(), install(loaded.model, mixed(), rules):
        return loaded.model(ids, **more).logits


def test_transformer_lens_hooks_equal_our_surrogate(llama: LoadedModel) -> None:
    if importlib.util.find_spec("transformer_lens") is None:
        pytest.skip("needs transformer-lens")
    from transformer_lens.model_bridge import TransformerBridge

    texts = (torch.as_tensor(llama.encode(PROMPT))[None], ids_of(3, 7))
    expected = [(ids, ours(llama, ids)) for ids in texts]
    bridge = TransformerBridge.boot_transformers(
        llama.name, hf_model=llama.model, tokenizer=llama.tokenizer
    )
    with torch.no_grad(), lens_hooks(mixed(), llama, rules) as hooks:
        for text, logits in expected:
            found = bridge.run_with_hooks(text, fwd_hooks=hooks)
            assert (found - logits).abs().max() < 1e-4
    with pytest.raises(AttndslError, match=r"of transformer_lens .*lens_hooks"):
        install(llama, mixed(), rules)


def test_a_forward_that_is_wrapped_with_its_self_is_read_by_name(llama: LoadedModel) -> None:
    """As nnsight leaves a module: what is called takes no `self`, but its signature tells of it."""

    class Wrapped:
        def __init__(self, forward: Any) -> None:
            self.real, self.__wrapped__ = forward, forward.__func__

        def __call__(self, *args: Any, **kwargs: Any) -> Any:
            return self.real(*args, **kwargs)

    ids = ids_of(2, 7)
    expected = ours(llama, ids)
    trunk = llama.model.model
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(trunk, "forward", Wrapped(trunk.forward))
        assert next(iter(signature_of(trunk.forward).parameters)) == "input_ids"
        with torch.no_grad(), install(llama.model, mixed(), rules):
            assert torch.equal(trunk(ids).last_hidden_state, trunk(ids).last_hidden_state)
            assert torch.allclose(llama.model(ids).logits, expected)


def test_nnsight_patterns_equal_our_surrogate(tmp_path: Path) -> None:
    if importlib.util.find_spec("nnsight") is None:
        pytest.skip("needs nnsight")
    import nnsight

    loaded = load(str(model_folder(tmp_path / "gpt2", "gpt2")))
    loaded.model.set_attn_implementation("eager")
    wrapped = nnsight.NNsight(loaded.model)
    for ids in (torch.as_tensor(loaded.encode(PROMPT))[None], ids_of(3, 7)):
        expected = ours(loaded, ids)
        with lens_hooks(mixed(), loaded, source=rules) as found_hooks:
            hooks = dict(found_hooks)
            with torch.no_grad(), wrapped.trace(ids):
                for layer in range(2):
                    call = wrapped.transformer.h[layer].attn.source.attention_interface_1
                    value = call.inputs[0][3]
                    _, pattern = call.output
                    changed = hooks[f"blocks.{layer}.attn.hook_pattern"](pattern)
                    call.output = ((changed @ value).transpose(1, 2), changed)
                found = wrapped.output.logits.save()
        assert (found - expected).abs().max() < 1e-4


def test_the_docs_make_tensors_of_ids_as_torch_likes(llama: LoadedModel) -> None:
    """Torch warns of a list of arrays."""
    said = (Path(__file__).parents[2] / "docs" / "other-tools.md").read_text(encoding="utf-8")
    made = re.findall(r"(torch\.tensor\(.*?\)\)?(?:\[None\])?)(?=, fwd|\):$)", said, re.MULTILINE)
    assert len(made) == 2
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for one in made:
            names = {"torch": torch, "loaded": llama, "text": PROMPT, "prompt": PROMPT}
            assert eval(one, names).shape == (1, 11)
