"""The whole pipeline: capture, propose, polish, reduce, replace, report.

`explain(settings, tell)` runs it in a run folder and goes on where a killed run stopped;
`attndsl.explain(model, texts)` is the same for scripts and notebooks (explain/python.py).
"""

import sys
from types import ModuleType
from typing import TYPE_CHECKING, Any

from attndsl.handed import handing_out

if TYPE_CHECKING:
    from attndsl.explain.pipeline import explain
    from attndsl.explain.settings import Settings

_FACE = {"Settings": "settings", "explain": "pipeline"}
__all__ = ["Settings", "explain"]


class _Room(ModuleType):
    """The room is also the public function `attndsl.explain`: both have this name."""

    def __call__(self, *given: Any, **named: Any) -> Any:
        from attndsl.explain.python import explain as explain_model

        return explain_model(*given, **named)


sys.modules[__name__].__class__ = _Room


__getattr__ = handing_out(__name__, _FACE)
