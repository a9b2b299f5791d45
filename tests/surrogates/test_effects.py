"""Effects by recorded layers are those of installing each program alone."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch

from attndsl.graph.verify import verify
from attndsl.models.loading import LoadedModel, load
from attndsl.models.passages import passages
from attndsl.surrogates.effects import effects_of, patterns_of
from attndsl.surrogates.engine import engine_source
from attndsl.surrogates.evaluation import Setting, evaluate
from attndsl.surrogates.figures import kind_of, question
from attndsl.surrogates.trial import Swap, Trial
from tests.models.folders import model_folder

TEXTS = ("the cat sat on the mat", "a big dog ran .", "the dog and a cat sat and ran on the mat")
PROGRAMS = verify("""
def near(q, k):
    return 0.7 ** abs(q.i - k.i)

def copies(q, k):
    return k.lower == q.lower
""").programs


@pytest.fixture(scope="module", params=["llama", "gpt2", "bert"])
def loaded(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> LoadedModel:
    return load(str(model_folder(tmp_path_factory.mktemp("model"), request.param)))


def test_effects_are_those_of_an_evaluation(loaded: LoadedModel) -> None:
    heads = {(layer, head): PROGRAMS[head % 2] for layer in range(2) for head in range(4)}
    found, _ = passages(loaded, TEXTS)
    effects = effects_of(loaded, found, heads)
    assert effects.keys() == heads.keys()
    factory = engine_source(loaded.table)
    wanted = [Setting("programs", "", 0.0, {head: p}, factory) for head, p in heads.items()]
    for setting, one in zip(wanted, evaluate(loaded, found, wanted).measured, strict=True):
        (head,) = setting.assignment
        positions = sum(text.positions for text in one.texts)
        mean = sum(text.divergence for text in one.texts) / positions
        assert effects[head].divergence == pytest.approx(mean, abs=1e-5)
        if kind_of(loaded) == "words":
            assert effects[head].ratio != 1


@pytest.mark.parametrize("layers_known", [True, False])
def test_effects_beside_others_are_those_of_both(
    loaded: LoadedModel, layers_known: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also where it isn't known which layer holds which attention, and all are computed."""
    if not layers_known:
        monkeypatch.setattr("attndsl.surrogates.trial.stack_of", lambda _: ())
    there = {(0, 1): PROGRAMS[0], (1, 0): PROGRAMS[1], (1, 3): PROGRAMS[0]}
    heads = {(layer, head): PROGRAMS[head % 2] for layer in range(2) for head in range(4)}
    heads = {head: program for head, program in heads.items() if head not in there}
    found, _ = passages(loaded, TEXTS)
    effects = effects_of(loaded, found, heads, beside=there)
    assert effects.keys() == heads.keys()
    factory = engine_source(loaded.table)
    wanted = [
        Setting("programs", "", 0.0, {**there, head: p}, factory) for head, p in heads.items()
    ]
    for head, one in zip(heads, evaluate(loaded, found, wanted).measured, strict=True):
        mean = sum(text.divergence for text in one.texts) / sum(t.positions for t in one.texts)
        assert effects[head].divergence == pytest.approx(mean, abs=1e-5)


def trial_of(loaded: LoadedModel) -> Trial:
    kind = kind_of(loaded)
    asked = [question(loaded, text.ids, kind) for text in passages(loaded, TEXTS)[0]]
    return Trial(loaded, kind, [one for one in asked if one])


def test_recorded_layers_change_nothing(loaded: LoadedModel) -> None:
    trial = trial_of(loaded)
    (pattern,) = patterns_of(loaded, trial, {(1, 2): PROGRAMS[0]}).values()
    swaps = {1: [Swap(0, (2,), pattern)]}
    with torch.no_grad():
        short = trial.run(swaps)
        trial.forget()
        whole = trial.run(swaps)
    assert torch.allclose(short, whole, atol=1e-6)
    assert np.isfinite(trial.figures(short).numpy()).all()


def test_what_another_tool_hung_on_a_layer_stays(loaded: LoadedModel) -> None:
    """As accelerate does, which moves a layer's inputs to its device."""
    trial = trial_of(loaded)
    layers, calls = trial.stack, list[int]()

    def hung(number: int) -> Callable[..., Any]:
        own = layers[number].forward

        def forward(*args: Any, **options: Any) -> Any:
            calls.append(number)
            return own(*args, **options)

        return forward

    try:
        for number, layer in enumerate(layers):
            layer.forward = hung(number)
        (pattern,) = patterns_of(loaded, trial, {(1, 2): PROGRAMS[0]}).values()
        with torch.no_grad():
            trial.run({1: [Swap(0, (2,), pattern)]})
            assert calls == [1], "the first hands on what was recorded"
            trial.run({})
        assert calls == [1, 0, 1]
    finally:
        for layer in layers:
            layer.__dict__.pop("forward", None)


def test_gradients_reach_the_patterns_and_nothing_stays_behind(loaded: LoadedModel) -> None:
    trial = trial_of(loaded)
    with torch.no_grad():
        before = trial.run({})
    (pattern,) = patterns_of(loaded, trial, {(0, 1): PROGRAMS[1]}).values()
    pattern.requires_grad_()
    apart = trial.figures(trial.run({0: [Swap(0, (1,), pattern)]}))[0]
    apart.backward()  # type: ignore[no-untyped-call]
    assert pattern.grad is not None
    assert pattern.grad.abs().sum() > 0
    with torch.no_grad():
        assert torch.equal(trial.run({}), before)
