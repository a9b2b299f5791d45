"""Loading Hugging Face models and capturing the attention of their heads.

`load(name)` gives a model with all that the other rooms ask of it; `doctor` says what is
installed; `capture` writes attention maps to a head store. Torch is imported on first use.
"""

from typing import TYPE_CHECKING

from attndsl.handed import handing_out

if TYPE_CHECKING:
    from attndsl.models.loading import LoadedModel, load

_FACE = {"LoadedModel": "loading", "load": "loading"}
__all__ = ["LoadedModel", "load"]

__getattr__ = handing_out(__name__, _FACE)
