"""Programs that a pass goes around are an error that names the reason, never a silent nothing."""

from collections.abc import Callable
from typing import Any

import pytest
import torch
from torch import nn

from attndsl.language.diagnostics import AttndslError
from attndsl.surrogates.handle import install
from attndsl.surrogates.reach import PROVED
from attndsl.surrogates.sources import rules
from tests.surrogates.tiny import KINDS, ids_of, mixed, tiny


class Bridge(nn.Module):
    """Computes attention by itself from another module's weights, as other tools do."""

    def __init__(self, inner: Any) -> None:
        super().__init__()
        self.inner = inner

    def forward(self, hidden_states: torch.Tensor, **_: Any) -> tuple[torch.Tensor, None]:
        value = self.inner.v_proj(hidden_states).repeat(1, 1, self.inner.num_key_value_groups)
        return self.inner.o_proj(value), None


def wrap(model: Any) -> None:
    for layer in model.model.layers:
        layer.self_attn = Bridge(layer.self_attn)


def exchange(model: Any) -> None:
    inner = model.model.layers[1].self_attn
    bridge = Bridge(inner)
    inner.forward = lambda *_, **options: bridge.forward(options["hidden_states"])


def reset(model: Any) -> None:
    model.set_attn_implementation("eager")


def skip(model: Any) -> None:
    model.model.layers[1].forward = lambda hidden_states, *_, **__: hidden_states


WAYS = [
    (wrap, "layers 0 to 1, because Bridge of tests stands in place of its attention; install"),
    (exchange, "layer 1, because the forward of its attention was exchanged"),
    (skip, "layer 1, because something between"),
]


@pytest.mark.parametrize(("way", "message"), WAYS)
def test_a_model_that_goes_around_its_heads_is_refused(
    way: Callable[[Any], None], message: str
) -> None:
    model = tiny("llama")
    way(model)
    with torch.no_grad():
        own = model(ids_of(2, 7)).logits
    with pytest.raises(AttndslError, match=message):
        install(model, mixed(), rules)
    with torch.no_grad():  # and nothing was left behind
        assert torch.equal(model(ids_of(2, 7)).logits, own)
    assert model.config._attn_implementation == "sdpa"


@pytest.mark.parametrize(("way", "message"), [*WAYS, (reset, "was set to 'eager' after")])
def test_and_told_at_the_next_pass_where_that_happens_later(
    way: Callable[[Any], None], message: str
) -> None:
    model = tiny("llama")
    with install(model, mixed(), rules):
        model(ids_of(2, 7))
        way(model)
        with pytest.raises(AttndslError, match=message):
            model(ids_of(2, 7))


@pytest.mark.parametrize("kind", KINDS)
def test_a_model_is_probed_once(kind: str) -> None:
    model, passes = tiny(kind).train(), []
    model.register_forward_pre_hook(lambda *_: passes.append(1))
    state = torch.random.get_rng_state()
    for _ in range(3):
        install(model, mixed(), rules).remove()
    assert len(passes) == 1
    assert torch.equal(torch.random.get_rng_state(), state)
    assert model.training
    assert model in PROVED


def test_only_layers_with_programs_must_be_reached() -> None:
    model = tiny("llama")
    skip(model)
    only = {head: program for head, program in mixed().items() if head[0] == 0}
    with install(model, only, rules), torch.no_grad():
        assert torch.isfinite(model(ids_of(1, 5)).logits).all()
