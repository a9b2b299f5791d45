"""On a second device all tensors stand beside the model, and the figures are those of the first."""

from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import torch

from attndsl.engines.memory import in_halves
from attndsl.explain.run import Run
from attndsl.fit.comparing import comparing_on
from attndsl.fit.library import LibrarySource, score_library
from attndsl.fit.making import There
from attndsl.fit.medians import fit_constants
from attndsl.graph.verify import verify
from attndsl.heads.store import HeadStore
from attndsl.language.diagnostics import AttndslError
from attndsl.models.capture import capture
from attndsl.models.device import chosen_device, chosen_dtype, spread_over
from attndsl.models.loading import LoadedModel, load
from attndsl.models.passages import passages
from attndsl.models.recorded import record_outputs
from attndsl.models.replaying import text_figures
from attndsl.surrogates.ablations import by_position
from attndsl.surrogates.effects import effects_of
from attndsl.surrogates.engine import engine_source
from attndsl.surrogates.evaluation import Setting, evaluate
from attndsl.surrogates.neutral import ablation_effects
from attndsl.synthesis.joint import Installed, JointEffort, fit_jointly, task_of
from tests.models.folders import model_folder
from tests.second_device import second_device
from tests.synthesis.parts.made import together_of, weighing

TEXTS = ("the cat sat on the mat", "a big dog ran .", "the dog and a cat sat and ran on the mat")
PROGRAMS = verify("""
def near(q, k):
    return 0.7 ** abs(q.i - k.i)

def copies(q, k):
    return k.lower == q.lower
""").programs
HEADS = {(layer, head): PROGRAMS[head % 2] for layer in range(2) for head in range(4)}


@pytest.fixture
def loaded(tmp_path: Path) -> LoadedModel:
    found = load(str(model_folder(tmp_path / "llama", "llama")))
    assert found.table  # read before the weights move
    return found


def effects(loaded: LoadedModel, _: Path) -> Any:
    found = effects_of(loaded, passages(loaded, TEXTS)[0], HEADS)
    return [(one.divergence, one.ratio) for one in found.values()]


def ablating(loaded: LoadedModel, _: Path) -> Any:
    texts = [text.ids for text in passages(loaded, TEXTS)[0]]
    ablation = by_position(record_outputs(loaded, texts))
    found = ablation_effects(loaded, texts, ablation, HEADS)
    return [(one.divergence, one.ratio) for one in found.values()]


def replacing(loaded: LoadedModel, _: Path) -> Any:
    """Programs by the torch engine on that device, ablations beside them."""
    texts = passages(loaded, TEXTS)[0]
    ablation = by_position(record_outputs(loaded, [text.ids for text in texts]))
    wanted = [
        Setting("programs", "fit", 0.5, dict(list(HEADS.items())[:4]),
                engine_source(loaded.table, loaded.device)),
        Setting("mean", "fit", 0.5, dict.fromkeys(list(HEADS)[:4], ablation),
                engine_source(loaded.table, loaded.device)),
    ]  # fmt: skip
    found = evaluate(loaded, texts, wanted)
    return [(one.loss, one.divergence) for m in found.measured for one in m.texts]


def joint(loaded: LoadedModel, folder: Path) -> Any:
    basis = together_of([weighing(5, distance=0.6), weighing(10, marks=8)], [0, 1])
    store = HeadStore.open(folder)
    installed = Installed({(0, 1): 0, (1, 2): 1}, (frozenset({(0, 1), (1, 2)}),))
    task = task_of(loaded, store, range(3), basis, installed)
    assert task.cells.factors.device == task.target.device == loaded.device
    numbers = fit_jointly([task], basis, installed, JointEffort(steps=4))
    assert not torch.equal(numbers, basis.free)
    return numbers.tolist()


def scoring(loaded: LoadedModel, folder: Path) -> Any:
    """As `score` does, and as `explain` scores candidates."""
    store = HeadStore.open(folder)
    comparing = comparing_on(loaded.device)
    table = score_library(PROGRAMS, store, loaded.table, comparing=comparing)
    run = SimpleNamespace(store=store, loaded=loaded, heads=(0, 5))
    candidates = Run.scorer(run, (0, 1, 2))  # type: ignore[arg-type]  # a stand-in
    assert candidates.comparing is comparing
    source = LibrarySource(PROGRAMS, loaded.table, store.meta.mask, device=comparing.device)
    assert isinstance(source.maker, There) == (loaded.device.type != "cpu")
    return [*table.worth.flat, *candidates.scores(PROGRAMS).flat]


@torch.no_grad()
def replaying(loaded: LoadedModel, folder: Path) -> Any:
    """The figures of a text by running the model again."""
    store = HeadStore.open(folder)
    source = LibrarySource(
        PROGRAMS, loaded.table, store.meta.mask, device=str(loaded.device)
    )  # fmt: skip
    constants = fit_constants(store, (0, 1), source.special)
    best = np.zeros(store.meta.total_heads, np.int64)
    found = text_figures(loaded, store, source, 2, best, constants)
    return np.concatenate([found[name].ravel() for name in sorted(found)])


@pytest.mark.parametrize("phase", [effects, ablating, replacing, joint, scoring, replaying])
def test_every_phase_runs_beside_the_model(
    phase: Callable[..., Any],
    loaded: LoadedModel,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    capture(loaded, TEXTS, tmp_path / "store")
    expected = phase(loaded, tmp_path / "store")
    with second_device(loaded.model):
        # In inference mode nobody tells the second device what is done with its tensors.
        monkeypatch.setattr(torch.inference_mode, "__enter__", lambda _: None)
        monkeypatch.setattr(torch.inference_mode, "__exit__", lambda *_: None)
        assert loaded.device.type == "meta"
        found = phase(loaded, tmp_path / "store")
    assert np.allclose(np.array(found), np.array(expected), atol=1e-4)


def test_the_second_device_refuses_to_be_mixed(loaded: LoadedModel) -> None:
    """Else the tests above would say nothing."""
    with second_device(loaded.model):
        weight = loaded.model.get_input_embeddings().weight
        with pytest.raises(RuntimeError, match="on the same device"):
            _ = weight + torch.zeros(weight.shape)
        assert (weight + torch.zeros(weight.shape, device=weight.device)).device == weight.device


def test_a_device_or_dtype_that_is_not_there_is_said(
    loaded: LoadedModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    for device, message in (
        ("cuda:7" if not torch.cuda.is_available() else "cuda:99", "there is no device"),
        ("gpu", "there is no device 'gpu' here"),
        ("meta", "nothing can be computed"),
    ):
        with pytest.raises(AttndslError, match=message):
            chosen_device(device)
    with pytest.raises(AttndslError, match="unknown dtype 'float8'; there are float64"):
        chosen_dtype("float8", torch.device("cpu"))

    def lacking(*_: Any, **__: Any) -> Any:
        raise TypeError("MPS has no float64.\nSee there")

    monkeypatch.setattr(torch, "ones", lacking)
    with pytest.raises(AttndslError, match=r"does not compute in float64: MPS has no float64$"):
        chosen_dtype("float64", torch.device("cpu"))
    with pytest.raises(AttndslError, match="leave out the device 'cpu'"):
        load(loaded.name, device="cpu", device_map="auto")
    with (
        pytest.raises(AttndslError, match="does not fit the memory of all devices"),
        torch.device("meta"),
    ):
        spread_over(torch.nn.Linear(2, 2), "this model")


def test_a_device_map_gives_the_same_model(loaded: LoadedModel) -> None:
    pytest.importorskip("accelerate")
    mapped = load(loaded.name, device_map="auto")
    assert mapped.hash == loaded.hash


def test_memory_that_does_not_do_halves_the_batch_of_a_capture(
    loaded: LoadedModel, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    expected = capture(loaded, TEXTS, tmp_path / "whole")
    real, sizes = type(loaded.model).forward, []

    def small(self: Any, input_ids: torch.Tensor, **more: Any) -> Any:
        sizes.append(len(input_ids))
        if len(input_ids) > 1:
            raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2 GiB")
        return trunk_forward(self, input_ids=input_ids, **more)

    trunk = type(loaded.model.model)
    trunk_forward = trunk.forward
    small.__signature__ = __import__("inspect").signature(trunk_forward)  # type: ignore[attr-defined]
    monkeypatch.setattr(trunk, "forward", small)
    found = capture(loaded, TEXTS, tmp_path / "halved")
    assert real is type(loaded.model).forward
    assert found.taken == expected.taken == 3
    assert sizes.count(1) == 3
    assert any("texts at once don't fit the memory: halved" in note for note in found.notes)
    stores = [HeadStore.open(tmp_path / name) for name in ("whole", "halved")]
    for number in range(3):
        one, other = (np.asarray(store[number].patterns) for store in stores)
        assert np.allclose(one, other, atol=1e-3)


def test_one_text_that_does_not_fit_is_said() -> None:
    def never(items: Any) -> Any:
        raise RuntimeError("[enforce fail] DefaultCPUAllocator: not enough memory: you tried")

    with pytest.raises(AttndslError, match="does not do for one of the texts"):
        in_halves(never, [1, 2, 3], "texts", lambda _: None)

    def wrong(items: Any) -> Any:
        raise RuntimeError("another fault")

    with pytest.raises(RuntimeError, match="another fault"):
        in_halves(wrong, [1], "texts", lambda _: None)
