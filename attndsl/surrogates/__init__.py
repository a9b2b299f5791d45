"""Programs in place of heads: install, prune, save, evaluate.

`install(model, assignment)` puts programs in place of heads and hands back a handle whose
`remove()` takes them out; `prune` drops what no head asks for any more; `save` and `load` keep a
replaced model; `evaluate` measures what it costs, beside the same heads ablated.
"""

from typing import TYPE_CHECKING

from attndsl.handed import handing_out

if TYPE_CHECKING:
    from attndsl.surrogates.ablations import ABLATIONS, Ablation
    from attndsl.surrogates.curves import curve
    from attndsl.surrogates.evaluation import evaluate
    from attndsl.surrogates.generation import generate
    from attndsl.surrogates.handle import Handle, install
    from attndsl.surrogates.interop import lens_hooks, show
    from attndsl.surrogates.orders import settings
    from attndsl.surrogates.persist import load, save
    from attndsl.surrogates.pruning import prune
    from attndsl.surrogates.tasks import answer_tasks

_FACE = {
    "ABLATIONS": "ablations",
    "Ablation": "ablations",
    "Handle": "handle",
    "install": "handle",
    "prune": "pruning",
    "load": "persist",
    "save": "persist",
    "curve": "curves",
    "evaluate": "evaluation",
    "settings": "orders",
    "answer_tasks": "tasks",
    "generate": "generation",
    "lens_hooks": "interop",
    "show": "interop",
}
__all__ = [
    "ABLATIONS",
    "Ablation",
    "Handle",
    "answer_tasks",
    "curve",
    "evaluate",
    "generate",
    "install",
    "lens_hooks",
    "load",
    "prune",
    "save",
    "settings",
    "show",
]

__getattr__ = handing_out(__name__, _FACE)
