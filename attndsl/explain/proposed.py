"""What the stages of the proposer parts made, kept so that a run that was killed goes on."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import fields
from typing import TYPE_CHECKING

import torch

from attndsl.explain.kept import keep_arrays, kept_arrays
from attndsl.synthesis.parts.fitting import Weights

if TYPE_CHECKING:
    from attndsl.files.places import Place
    from attndsl.synthesis.parts.proposer import Sizes

NAMES = tuple(field.name for field in fields(Weights))


def kept_stage(folder: Place, key: str, stage: str, make: Callable[[], Sizes]) -> Sizes:
    """What a stage made before a kill, else what it makes now, kept to the bit."""
    place = folder / f"propose-{stage}.npz"
    found = read_stage(place, key)
    if found is None:
        found = make()
        write_stage(place, key, found)
    return found


def write_stage(place: Place, key: str, made: Sizes) -> None:
    arrays = {
        f"{size}.{name}": value.numpy()
        for size, weights in made.items()
        for name in NAMES
        if (value := getattr(weights, name)) is not None
    }
    keep_arrays(place, key, arrays)


def read_stage(place: Place, key: str) -> Sizes | None:
    """None where nothing whole of this key is there."""
    found = kept_arrays(place, key)
    if found is None:
        return None
    sizes: dict[int, dict[str, torch.Tensor]] = {}
    for part, value in found.items():
        size, _, name = part.partition(".")
        sizes.setdefault(int(size), {})[name] = torch.from_numpy(value)
    return {size: Weights(**parts) for size, parts in sizes.items()}
