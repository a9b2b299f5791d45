"""Ablated heads give what was measured on other texts, under every guarantee of `install`."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import nn

from attndsl.graph.verify import verify
from attndsl.language.diagnostics import AttndslError
from attndsl.models import load
from attndsl.models.loading import LoadedModel
from attndsl.models.recorded import SETTLED, Outputs, record_outputs
from attndsl.surrogates.ablations import (
    ABLATIONS,
    Ablation,
    Shifted,
    by_position,
    mean,
    resample,
    zero,
)
from attndsl.surrogates.handle import install
from attndsl.surrogates.neutral import ablation_effects
from attndsl.surrogates.offsets import offsets_of
from attndsl.surrogates.sources import rules
from tests.models.folders import model_folder
from tests.surrogates.tiny import ids_of, mixed

LENGTHS = (20, 5, 24, 18, 9, 20, 3, 22, 21, 24)
PROJECTION = {"llama": "o_proj", "gpt2": "c_proj", "bert": "dense"}


@pytest.fixture(scope="module", params=["llama", "gpt2", "bert"])
def loaded(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> LoadedModel:
    return load(str(model_folder(tmp_path_factory.mktemp("model"), request.param)))


@pytest.fixture(scope="module")
def texts() -> list[Any]:
    return [ids_of(1, n, seed)[0].numpy() for seed, n in enumerate(LENGTHS)]


@pytest.fixture(scope="module")
def found(loaded: LoadedModel, texts: list[Any]) -> Outputs:
    return record_outputs(loaded, texts, keep=6)


def projections(model: Any) -> list[nn.Module]:
    """The output projection of each layer, found by its name."""
    name = PROJECTION[model.config.model_type]
    return [
        module
        for path, module in model.named_modules()
        if path.endswith(name) and ("attn" in path or "attention.output" in path)
    ]


def inputs_of(model: Any, ids: torch.Tensor, **more: Any) -> list[torch.Tensor]:
    """What the heads hand to the output projections, `[B, n, heads, size]` by layer."""
    seen: list[torch.Tensor] = []
    hooks = [
        one.register_forward_pre_hook(lambda _, args: seen.append(args[0].detach().clone()))
        for one in projections(model)
    ]
    with torch.no_grad():
        model(ids, **more)
    for hook in hooks:
        hook.remove()
    return [one.unflatten(-1, (4, -1)) for one in seen]


def test_means_are_those_of_what_heads_hand_on(
    loaded: LoadedModel, texts: list[Any], found: Outputs
) -> None:
    """Against a hook on the output projection, text by text and without padding."""
    by_text = [inputs_of(loaded.model, torch.as_tensor(text)[None]) for text in texts]
    for layer in (0, 1):
        whole = [one[layer][0] for one in by_text]
        everything = torch.cat(whole)
        assert torch.allclose(found.mean(layer), everything.mean(0), atol=1e-5)
        table = found.by_position(layer)
        assert table.shape == (max(LENGTHS) + 1, 4, 8)
        for at in (0, 4, 23):
            here = torch.stack([text[at] for text in whole if len(text) > at])
            assert torch.allclose(table[at], here.mean(0), atol=1e-5)
        later = torch.cat([text[SETTLED:] for text in whole])
        assert torch.allclose(table[-1], later.mean(0), atol=1e-5)


@pytest.mark.parametrize("name", ABLATIONS)
def test_heads_give_it_in_batches_with_padding_and_nothing_stays(
    loaded: LoadedModel, found: Outputs, name: str
) -> None:
    one, model = ABLATIONS[name](found), loaded.model
    ids, valid = ids_of(3, 30, seed=77), torch.ones(3, 30, dtype=torch.int64)
    valid[1, 21:] = 0
    if not loaded.encoder:
        valid[2, :6] = 0
    heads = [(0, 1), (0, 3), (1, 0)]
    with torch.no_grad():
        own = model(ids, attention_mask=valid).logits
    before = inputs_of(model, ids, attention_mask=valid)
    with install(loaded, dict.fromkeys(heads, one)):
        after = inputs_of(model, ids, attention_mask=valid)
    for row in range(3):
        at = valid[row] > 0
        made = one.outputs(0, ids[row][at].numpy(), 0)
        for head in range(4):
            expected = made[:, head] if (0, head) in heads else before[0][row, at, head]
            assert torch.allclose(after[0][row, at, head], expected, atol=1e-5)
    with torch.no_grad():
        assert torch.equal(model(ids, attention_mask=valid).logits, own)


def test_programs_and_ablations_stand_side_by_side(loaded: LoadedModel, found: Outputs) -> None:
    ids, ablation = ids_of(2, 12), by_position(found)
    both: dict[Any, Any] = {**mixed(), (1, 2): ablation, (0, 0): ablation}
    with install(loaded, both, rules) as handle, torch.no_grad():
        seen = inputs_of(loaded.model, ids)
        looked = loaded.model(ids, output_attentions=True).attentions
        assert handle.assignment == both
    with install(loaded, mixed(), rules):
        programs = inputs_of(loaded.model, ids)
    expected = ablation.outputs(0, ids[0].numpy(), 0)[:, 0]
    assert torch.allclose(seen[0][1, :, 0], expected, atol=1e-5)
    assert torch.allclose(seen[0][:, :, 1], programs[0][:, :, 1], atol=1e-5)
    assert float(looked[0][:, 0].abs().sum()) == 0
    assert torch.allclose(looked[0][:, 1].sum(-1), torch.ones(2, 12))


def test_each_text_takes_another_text_at_the_same_position(
    loaded: LoadedModel, texts: list[Any], found: Outputs
) -> None:
    one = resample(found)
    assert [one.chosen(text) for text in texts[:6]] != list(range(6))
    for number, text in enumerate(texts[:6]):
        other = one.chosen(text)
        assert other != number
        short = min(len(text), len(found.ids[other]))
        assert torch.equal(one.outputs(1, text, 0)[:short], found.kept[1][other][:short])
    assert len({one.chosen(ids_of(1, 20, seed)[0].numpy()) for seed in range(40)}) > 3
    assert torch.isfinite(one.outputs(0, ids_of(1, 60)[0].numpy(), 0)).all()


def test_past_the_longest_text_the_mean_holds_from_position_16_on(found: Outputs) -> None:
    made = by_position(found).outputs(0, np.zeros(40, dtype=np.int64), 30)
    assert torch.equal(made, found.by_position(0)[-1].expand(10, 4, 8))
    assert torch.equal(mean(found).outputs(0, np.zeros(3, dtype=np.int64), 0)[2], found.mean(0))
    assert not zero(found).outputs(0, np.zeros(3, dtype=np.int64), 1).any()


def test_text_is_generated_with_ablated_heads(tmp_path: Path, texts: list[Any]) -> None:
    loaded = load(str(model_folder(tmp_path, "llama")))
    ablation = by_position(record_outputs(loaded, texts))
    ids = ids_of(1, 18)
    with install(loaded, {(0, 1): ablation, (1, 2): ablation}), torch.no_grad():
        whole = loaded.model.generate(ids, max_new_tokens=5, do_sample=False, pad_token_id=0)
        for step in range(5):
            logits = loaded.model(whole[:, : 18 + step]).logits
            assert int(logits[0, -1].argmax()) == int(whole[0, 18 + step])


def test_effects_of_ablating_each_head_alone_are_those_of_installing_it(
    loaded: LoadedModel, texts: list[Any], found: Outputs
) -> None:
    ablation, heads = by_position(found), [(0, 0), (0, 2), (1, 1), (1, 3)]
    if loaded.encoder:
        pytest.skip("masked places are drawn: the evaluation's own test covers encoders")
    effects = ablation_effects(loaded, texts, ablation, heads)
    assert effects.keys() == set(heads)
    for head in heads:
        apart = positions = 0.0
        for text in texts:
            ids = torch.as_tensor(text)[None]
            with torch.no_grad():
                own = loaded.model(ids).logits[0, :-1].log_softmax(-1)
                with install(loaded, {head: ablation}):
                    ours = loaded.model(ids).logits[0, :-1].log_softmax(-1)
            apart += float((own.exp() * (own - ours)).sum())
            positions += len(text) - 1
        assert effects[head].divergence == pytest.approx(apart / positions, abs=1e-5)


def test_what_cannot_be_measured_is_said(loaded: LoadedModel, texts: list[Any]) -> None:
    with pytest.raises(AttndslError, match="need a text"):
        record_outputs(loaded, [])
    with pytest.raises(AttndslError, match="two texts or more that begin differently"):
        resample(record_outputs(loaded, texts[:1], keep=1))
    strange = Ablation("zero", "another model", {7: (torch.zeros(1, 4, 8),)})
    with pytest.raises(AttndslError, match="it has no layer 0"):
        install(loaded, {(0, 0): strange})


def test_an_offset_makes_up_for_the_mean_that_programs_miss(
    loaded: LoadedModel, texts: list[Any]
) -> None:
    """With it the mean output of a first-layer head is that of the head itself."""
    (program,) = verify("def near(q, k):\n    return 0.7 ** abs(q.i - k.i)\n").programs
    if loaded.encoder:
        pytest.skip("masked places are drawn: the inputs differ from those that are looked at here")
    heads = {(0, 1): program, (0, 2): program}
    offset = offsets_of(loaded, texts, heads)
    moved = {head: Shifted(program, offset) for head in heads}

    def mean_of(head: int) -> torch.Tensor:
        seen = [
            inputs_of(loaded.model, torch.as_tensor(text)[None])[0][0, :, head] for text in texts
        ]
        return torch.cat(seen).mean(0)

    own = [mean_of(head) for head in range(4)]
    with install(loaded, heads):
        assert not torch.allclose(mean_of(1), own[1], atol=1e-3)
    with install(loaded, moved):
        for head in range(4):
            assert torch.allclose(mean_of(head), own[head], atol=1e-4)
    assert str(moved[0, 1]).endswith(f"moved by {offset}")
    assert torch.count_nonzero(offset.rows[1][0]) == 0, "no program, no offset"
