"""What a rank made, as bytes: values of JSON with arrays among them."""

import io
import json
from typing import Any

import numpy as np

from attndsl.executors.task import Part

_SAID = "said"  # the entry of all that is no array


def packed(part: Part) -> bytes:
    """The bytes of a part; arrays keep every bit.

    >>> unpacked(packed({"texts": 3, "sums": np.array([0.1, 0.2])}))
    {'texts': 3, 'sums': array([0.1, 0.2])}
    """
    arrays = {name: value for name, value in part.items() if isinstance(value, np.ndarray)}
    said = {name: value for name, value in part.items() if name not in arrays}
    arrays[_SAID] = np.frombuffer(json.dumps(said).encode("utf-8", "surrogatepass"), np.uint8)
    stream = io.BytesIO()
    np.savez(stream, allow_pickle=False, **arrays)
    return stream.getvalue()


def unpacked(data: bytes) -> Part:
    """The part again; a ValueError where the bytes are none."""
    with np.load(io.BytesIO(data), allow_pickle=False) as held:
        arrays: dict[str, Any] = {name: held[name] for name in held.files}
    said = json.loads(arrays.pop(_SAID).tobytes().decode("utf-8", "surrogatepass"))
    return {**said, **arrays}
