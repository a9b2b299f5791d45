"""What the stages of the proposer parts made, kept so that a run that was killed goes on."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable
from dataclasses import fields
from typing import TYPE_CHECKING

import numpy as np
import torch

from attndsl.files.whole import replacing
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
    whole = io.BytesIO()
    np.savez(whole, key=np.array(key), **arrays)
    with replacing(place) as stream:
        stream.write(whole.getvalue())


def read_stage(place: Place, key: str) -> Sizes | None:
    """None where nothing whole of this key is there."""
    if not place.exists():
        return None
    try:
        with np.load(io.BytesIO(place.read_bytes())) as found:
            if str(found["key"]) != key:
                return None
            sizes: dict[int, dict[str, torch.Tensor]] = {}
            for part in found.files:
                size, dot, name = part.partition(".")
                if dot:
                    sizes.setdefault(int(size), {})[name] = torch.from_numpy(found[part])
            return {size: Weights(**parts) for size, parts in sizes.items()}
    except (ValueError, KeyError, TypeError, OSError, zipfile.BadZipFile):  # it is made anew
        return None
