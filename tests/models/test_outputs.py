"""Output explained, against its definition with the model's own weights, head by head."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pytest
import torch

from attndsl.language.diagnostics import AttndslError
from attndsl.models.architecture import AttentionLayer
from attndsl.models.loading import describe
from attndsl.models.outputs import expected, outputs_explained, summed
from attndsl.models.recorded import SETTLED, record_outputs
from tests.surrogates.tiny import VOCABULARY, tiny

KINDS = ("llama", "gpt2", "bert", "mistral", "gemma2", "opt", "phi")
LENGTHS = (5, 23, 9, 30)


def texts(lengths: Sequence[int] = LENGTHS) -> list[np.ndarray]:
    rng = np.random.default_rng(1)
    return [rng.integers(3, VOCABULARY, length) for length in lengths]


def weights_of(model: Any, ids: np.ndarray) -> list[np.ndarray]:
    """Each layer's attention weights, `[heads, n, n]`, as the model tells them."""
    own = model.config._attn_implementation
    model.set_attn_implementation("eager")
    with torch.no_grad():
        found = model(input_ids=torch.as_tensor(ids)[None], output_attentions=True).attentions
    model.set_attn_implementation(own)
    return [layer[0].numpy() for layer in found]


def given(squares: list[list[np.ndarray]]) -> Callable:
    """Patterns that are known: by text, then layer."""

    def patterns(numbers: Sequence[int]) -> Callable[[AttentionLayer, int], np.ndarray]:
        return lambda layer, number: squares[number][layer.index]

    return patterns


@pytest.mark.parametrize("kind", KINDS)
def test_a_head_s_own_pattern_explains_all_of_its_output(kind: str) -> None:
    model = tiny(kind)
    before = model.config._attn_implementation
    loaded = describe(kind, model, None)
    own = [weights_of(model, ids) for ids in texts()]
    found = outputs_explained(loaded, texts(), record_outputs(loaded, texts()), given(own))
    assert [one.mean for one in found.heads if one] == pytest.approx([1.0] * 8, abs=1e-4)
    assert found.mean.mean == pytest.approx(1.0, abs=1e-4)
    assert found.below_zero == 0
    assert model.config._attn_implementation == before


def values_and_projection(kind: str, model: Any, ids: np.ndarray, layer: int) -> tuple[Any, Any]:
    """V of every query head and W of every head, read from where this kind of model has them."""
    caught: list[torch.Tensor] = []
    if kind == "llama":
        block = model.model.layers[layer].self_attn
        module, weight = block.v_proj, block.o_proj.weight.detach().numpy().T
    else:
        block = model.transformer.h[layer].attn
        module, weight = block.c_attn, block.c_proj.weight.detach().numpy()
    hook = module.register_forward_hook(lambda _m, _i, out: caught.append(out))
    with torch.no_grad():
        model(input_ids=torch.as_tensor(ids)[None])
    hook.remove()
    made = caught[0][0].numpy().astype(float)
    made = made if kind == "llama" else made[:, 64:]
    by_head = made.reshape(len(ids), -1, 8).transpose(1, 0, 2)
    return by_head.repeat(4 // len(by_head), axis=0), weight.reshape(4, 8, -1).astype(float)


@pytest.mark.parametrize("kind", ["llama", "gpt2"])
def test_the_figure_is_that_of_the_definition(kind: str) -> None:
    """Grouped queries included: llama here has two key heads for four heads."""
    model = tiny(kind)
    loaded = describe(kind, model, None)
    chosen, report = texts((20, 24)), texts((6, 30))
    rng = np.random.default_rng(2)
    made = []
    for ids in report:
        square = np.tril(rng.random((2, 4, len(ids), len(ids)))).astype(np.float32)
        made.append(list(square / square.sum(-1, keepdims=True)))
    found = outputs_explained(loaded, report, record_outputs(loaded, chosen), given(made))
    for layer in range(2):
        sums = np.zeros((24, 4, 8))
        counts = np.array([2] * 20 + [1] * 4)
        for ids in chosen:
            v, _ = values_and_projection(kind, model, ids, layer)
            sums[: len(ids)] += (weights_of(model, ids)[layer] @ v).transpose(1, 0, 2)
        m = sums / counts[:, None, None]
        beyond = sums[SETTLED:].sum(0) / counts[SETTLED:].sum()
        m = np.concatenate([m, np.repeat(beyond[None], 30, axis=0)])
        for head in range(4):
            left = whole = 0.0
            for number, ids in enumerate(report):
                v, w = values_and_projection(kind, model, ids, layer)
                real = weights_of(model, ids)[layer][head] @ v[head]
                shown = made[number][layer][head] @ v[head]
                left += (((shown - real) @ w[head])[1:] ** 2).sum()
                whole += (((real - m[: len(ids), head]) @ w[head])[1:] ** 2).sum()
            one = found.heads[4 * layer + head]
            assert one is not None
            assert one.mean == pytest.approx(1 - left / whole, rel=1e-3, abs=1e-3)


def test_the_figures_of_heads_and_their_mean() -> None:
    left, whole = np.array([[1.0, 4.0, 0.0], [3.0, 2.0, 0.0]]), np.array([[4.0, 2, 0], [4.0, 2, 0]])
    found = summed(left, whole)
    assert found.heads[2] is None
    assert [one.mean for one in found.heads[:2] if one] == pytest.approx([0.5, -0.5])
    assert found.mean.mean == pytest.approx(0)
    assert (found.below_zero, found.median) == (1, 0)
    with pytest.raises(AttndslError, match="no row in which a head's output varies"):
        summed(left, np.zeros_like(whole))


def test_past_the_longest_known_text_the_last_row_holds() -> None:
    means = torch.arange(4.0).reshape(4, 1, 1)
    assert expected(means, 2).flatten().tolist() == [0, 1]
    assert expected(means, 5).flatten().tolist() == [0, 1, 2, 3, 3]
