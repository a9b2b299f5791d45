"""The model that a caller hands over: one of ours, or one of transformers as it is."""

from typing import Any

import torch

from attndsl.language.given import expect_kind
from attndsl.models.loading import LoadedModel


def expect_loaded(given: object) -> None:
    """Refuse what is no loaded model, such as its name."""
    expect_kind(given, LoadedModel, "loaded model", "attndsl.load_model(NAME) gives one")


def expect_model(given: object) -> None:
    """Refuse what is neither a loaded model nor one of transformers."""
    how = "attndsl.load_model(NAME) gives one; a transformers model is one too"
    expect_kind(given, (LoadedModel, torch.nn.Module), "model", how)


def bare(model: Any) -> Any:
    """The transformers model itself, of what may be a `LoadedModel`."""
    expect_model(model)
    return model.model if isinstance(model, LoadedModel) else model
