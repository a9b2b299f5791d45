"""Programs in place of heads: install, prune, save, evaluate.

`install(model, assignment)` puts programs in place of heads and hands back a handle whose
`remove()` takes them out; `prune` drops what no head asks for any more; `save` and `load` keep a
replaced model; `evaluate` measures what it costs, beside the same heads ablated.
"""

from attndsl.handed import handing_out

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
__all__ = sorted(_FACE)

__getattr__ = handing_out(__name__, _FACE)
