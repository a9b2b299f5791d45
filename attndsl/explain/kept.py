"""Arrays that a phase keeps under a key, so that a run that was killed goes on from them."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from attndsl.files.whole import replacing

if TYPE_CHECKING:
    from attndsl.files.places import Place

Arrays = Mapping[str, NDArray[Any]]
KEY = "key"


def keep_arrays(place: Place, key: str, arrays: Arrays) -> None:
    """To the bit."""
    whole = io.BytesIO()
    named: dict[str, Any] = {KEY: np.array(key), **arrays}
    np.savez(whole, **named)
    with replacing(place) as stream:
        stream.write(whole.getvalue())


def kept_arrays(place: Place, key: str) -> Arrays | None:
    """What an earlier process kept; None where nothing whole of this key is there."""
    if not place.exists():
        return None
    try:
        with np.load(io.BytesIO(place.read_bytes())) as found:
            if str(found[KEY]) != key:
                return None
            return {name: found[name] for name in found.files if name != KEY}
    except (ValueError, KeyError, OSError, zipfile.BadZipFile):  # torn: it is made anew
        return None
