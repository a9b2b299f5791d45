"""The device and the number format that a model computes in, as the user names them."""

from __future__ import annotations

from typing import Any

import torch

from attndsl.language.diagnostics import AttndslError

DTYPES = {
    "float64": torch.float64,
    "float32": torch.float32,
    "float16": torch.float16,
    "bfloat16": torch.bfloat16,
}


def chosen_device(device: str | None) -> torch.device:
    if device is None:
        return torch.device("cuda" if torch.cuda.is_available() else "cpu")
    try:
        chosen = torch.device(device)
        there = chosen.type != "meta"  # where tensors have no numbers
        torch.empty(0, device=chosen)
    # What torch raises for a device that it wasn't built for, or that lacks an operation.
    except (RuntimeError, AssertionError, NotImplementedError) as error:
        raise AttndslError(
            f"there is no device {device!r} here: {first_sentence(error)}; there are "
            f"{', '.join(devices())}"
        ) from error
    if not there:
        raise AttndslError(f"nothing can be computed on the device {device!r}")
    return chosen


def devices() -> tuple[str, ...]:
    """Those of this machine by their names."""
    cards = tuple(f"cuda:{number}" for number in range(torch.cuda.device_count()))
    apple = ("mps",) if torch.backends.mps.is_available() else ()
    return ("cpu", *cards, *apple)


def chosen_dtype(dtype: str | torch.dtype | None, device: torch.device) -> torch.dtype | str:
    if dtype is None:
        return torch.float32 if device.type == "cpu" else "auto"
    if isinstance(dtype, torch.dtype):
        return dtype
    if dtype not in DTYPES:
        raise AttndslError(f"unknown dtype {dtype!r}; there are {', '.join(DTYPES)}")
    chosen = DTYPES[dtype]
    try:
        one = torch.ones(2, 2, dtype=chosen, device=device)
        torch.softmax(one @ one, -1)
    # What torch raises where a device has no such operation in this format.
    except (RuntimeError, TypeError, NotImplementedError) as error:
        raise AttndslError(
            f"the device {str(device)!r} does not compute in {dtype}: {first_sentence(error)}"
        ) from error
    return chosen


def spread_over(model: Any, name: str) -> Any:
    """A model that a device map has spread; refused where a part of it lies on no device."""
    if any(weight.device.type == "meta" for weight in model.parameters()):
        raise AttndslError(
            f"{name} does not fit the memory of all devices together: parts of it would stay on "
            "disk. Take a smaller --dtype, or a machine with more memory"
        )
    return model


def first_line(error: Exception) -> str:
    """What an error says, in one line.

    >>> first_line(ValueError("no such thing.\\nSee there"))
    'no such thing'
    """
    text = str(error).strip()
    return text.splitlines()[0].rstrip(".") if text else type(error).__name__


def first_sentence(error: Exception) -> str:
    """
    >>> first_sentence(ValueError("no such 0.1 thing. There are many others, these: "))
    'no such 0.1 thing'
    """
    return first_line(error).split(". ")[0]
