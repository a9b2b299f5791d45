"""Well-formed but wrong JSON: a value with something in it replaced, left out or doubled."""

import json
import random
from collections.abc import Iterator
from typing import Any

VALUES: tuple[Any, ...] = (
    None, True, -1, 0, 1, 3, 2**31, 2**63, 10**30, -0.5, 1e308, float("nan"), float("inf"), "",
    "text", "../../x", "/etc/passwd", "\ud800", "\0", [], [0], ["a"], [[1]], {}, {"a": 1}, "F16",
    "I64", "causal", "shard-000000.safetensors", "shard-0.safetensors",
)  # fmt: skip


def leaves(value: Any, place: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The places of all values within a value, itself first."""
    yield place
    if isinstance(value, dict | list):
        inside = value.items() if isinstance(value, dict) else enumerate(value)
        for key, each in inside:
            yield from leaves(each, (*place, key))


def changed(value: Any, draw: random.Random) -> Any:
    """The value with something in it replaced, left out or doubled."""
    value = json.loads(json.dumps(value))
    places = [place for place in leaves(value) if place]
    *above, last = draw.choice(places)
    holder = value
    for key in above:
        holder = holder[key]
    match draw.randrange(8):
        case 0:
            del holder[last]
        case 1 if isinstance(holder, list):
            holder.append(holder[last])
        case 2 if type(holder[last]) is int:
            holder[last] += draw.choice((-1, 1, 8))
        case _:
            holder[last] = draw.choice(VALUES)
    return value
