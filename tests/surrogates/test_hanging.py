"""What hangs on heads: together about the divergence with mean patterns in place of all."""

import numpy as np
import pytest
import torch

from attndsl.heads.packing import unpack
from attndsl.heads.store import HeadStore
from attndsl.models.capture import capture
from attndsl.models.loading import LoadedModel, load
from attndsl.surrogates import hanging as hung
from attndsl.surrogates.figures import kind_of, question
from attndsl.surrogates.hanging import hanging
from attndsl.surrogates.trial import Swap, Trial
from tests.models.folders import model_folder

TEXTS = ("the cat sat on the mat and ran", "a big dog ran on a mat .", "the dog and the cat")
Model = tuple[LoadedModel, HeadStore]


@pytest.fixture(scope="module", params=["llama", "gpt2", "bert"])
def model(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Model:
    folder = tmp_path_factory.mktemp("hanging")
    loaded = load(str(model_folder(folder / "model", request.param)))
    capture(loaded, list(TEXTS), folder / "heads")
    return loaded, HeadStore.open(folder / "heads")


def test_what_hangs_on_all_heads_is_the_divergence_without_their_patterns(
    model: Model, monkeypatch: pytest.MonkeyPatch
) -> None:
    loaded, store = model
    monkeypatch.setattr(hung, "POINTS", tuple((one + 0.5) / 24 for one in range(24)))
    heads = [(layer, head) for layer in range(loaded.layers) for head in range(loaded.heads)]
    found = hanging(loaded, [store[n] for n in range(len(store))], store.meta.mask, heads)
    fixed, own = _apart(loaded, store)
    assert sum(found) == pytest.approx(fixed - own, rel=0.02)
    if kind_of(loaded) == "words":  # else some tokens are hidden, so that patterns are others
        assert own == pytest.approx(0, abs=1e-3)


def test_nothing_hangs_on_texts_that_ask_nothing(model: Model) -> None:
    loaded, store = model
    assert hanging(loaded, [], store.meta.mask, [(0, 0), (1, 1)]) == [0.0, 0.0]


def _apart(loaded: LoadedModel, store: HeadStore) -> tuple[float, float]:
    """The divergence with every head's mean by position in its place, and with its own pattern."""
    kind, shape = kind_of(loaded), (loaded.layers, loaded.heads)
    both = [(store[n], question(loaded, np.array(store[n].ids), kind)) for n in range(len(store))]
    some = [(text, one) for text, one in both if one is not None]
    trial = Trial(loaded, kind, [one for _, one in some])
    width = max(text.length for text, _ in some)
    own, count = torch.zeros(len(some), *shape, width, width), torch.zeros(width)
    for at, (text, _) in enumerate(some):
        square = unpack(np.asarray(text.patterns), store.meta.mask, text.length)
        own[at, ..., : text.length, : text.length] = torch.from_numpy(square).view(
            *shape, text.length, text.length
        )
        count[: text.length] += 1
    mean = (own.sum(0) / count[:, None]).expand(own.shape)
    return _divergence(trial, mean), _divergence(trial, own)


def _divergence(trial: Trial, patterns: torch.Tensor) -> float:
    """With patterns [B, layers, heads, n, n] in place of all."""
    heads = tuple(range(patterns.shape[2]))
    swaps = {layer: [Swap(0, heads, patterns[:, layer])] for layer in range(patterns.shape[1])}
    with torch.no_grad():
        divergence, _, positions = trial.figures(trial.run(swaps))
    return float(divergence / positions)
