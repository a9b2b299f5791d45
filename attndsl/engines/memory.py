"""A batch that doesn't fit the memory of a device is halved, and that is said."""

from __future__ import annotations

import gc
from collections.abc import Callable, Sequence
from typing import TypeVar

import torch

from attndsl.language.diagnostics import AttndslError

Item = TypeVar("Item")
Made = TypeVar("Made")


def in_halves(
    run: Callable[[Sequence[Item]], Sequence[Made]],
    items: Sequence[Item],
    what: str,
    say: Callable[[str], None],
) -> list[Made]:
    """What `run` makes of the items, all at once or, where memory doesn't do, in halves.

    >>> def run(items):
    ...     if len(items) > 2:
    ...         raise torch.OutOfMemoryError("CUDA out of memory")
    ...     return [2 * item for item in items]
    >>> in_halves(run, [1, 2, 3, 4, 5], "texts", print)
    5 texts at once don't fit the memory: halved
    3 texts at once don't fit the memory: halved
    [2, 4, 6, 8, 10]
    """
    try:
        return list(run(items))
    except (torch.OutOfMemoryError, MemoryError, RuntimeError) as error:
        if not out_of_memory(error):
            raise
        if len(items) < 2:
            raise AttndslError(
                f"the memory of the device does not do for one of the {what}: take shorter texts, "
                "a smaller --dtype, or --device-map auto"
            ) from None
    free()
    say(f"{len(items)} {what} at once don't fit the memory: halved")
    half = len(items) // 2
    left, right = items[:half], items[half:]
    return in_halves(run, left, what, say) + in_halves(run, right, what, say)


def out_of_memory(error: Exception) -> bool:
    """Whether an error says that memory ran out; on a CPU torch has no class for it."""
    if isinstance(error, (torch.OutOfMemoryError, MemoryError)):
        return True
    return "not enough memory" in str(error) or "out of memory" in str(error).lower()


def free() -> None:
    """Give back what the failed batch held."""
    gc.collect()
    if torch.cuda.is_available():
        torch.cuda.empty_cache()
