"""A head's ladder as a prompt says it: what programs of its own of few parts and of more reach."""

from collections.abc import Mapping
from typing import Any

HEADER = """## What few parts and more reach

Programs of this head's own that a search found, by their parts (a number that rests is none, a
query for which more rests is one). Yours should reach more with as many, or as much with fewer.

| parts | content IoU | IoU | error of the rest | output explained | said against by probes |
|---|---|---|---|---|---|"""
SHOWN = ("content_iou", "iou", "rest_error", "output_explained", "against")


def ladder_told(ladder: Mapping[str, Any] | None) -> str:
    """A table of the rungs; nothing where no search was made or an older one, which kept less.

    >>> rung = {"content_iou": 0.4, "iou": 0.6, "rest_error": 0.1, "output_explained": 0.3,
    ...         "against": 0}
    >>> print(ladder_told({"picked": 2, "rungs": {"2": rung}}).splitlines()[-1])
    | 2 | 0.400 | 0.600 | 0.100 | 0.300 | 0.000 |
    >>> ladder_told(None)
    ''
    """
    rungs = [] if ladder is None else sorted(ladder["rungs"].items(), key=lambda one: int(one[0]))
    rows = [
        f"| {size} | " + " | ".join(f"{rung[name]:.3f}" for name in SHOWN) + " |"
        for size, rung in rungs if all(name in rung for name in SHOWN)
    ]  # fmt: skip
    return "\n".join([HEADER, *rows]) if rows else ""
