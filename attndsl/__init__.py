"""attndsl: a small language for attention programs, and the tools around it.

>>> import attndsl
>>> source = "def previous_token(q, k):\\n    return k == q.prev\\n"
>>> program = attndsl.verify(source).programs[0]
>>> program.name, program.causal
('previous_token', True)
>>> attndsl.pattern(program, attndsl.encode("The cat sat")).round(1).tolist()
[[1.0, 0.0, 0.0], [1.0, 0.0, 0.0], [0.0, 1.0, 0.0]]

Every name below is loaded on first use, so importing attndsl is quick.
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from attndsl.draw.grid import Grid
    from attndsl.engines.library import Library
    from attndsl.engines.reference import pattern
    from attndsl.engines.why import Why, why
    from attndsl.fit.library import score_library
    from attndsl.graph.printing import to_source
    from attndsl.graph.program import Program
    from attndsl.graph.verify import Verified, verify
    from attndsl.heads.store import HeadStore
    from attndsl.language.diagnostics import AttndslError, Diagnostic
    from attndsl.language.formatter import format_source
    from attndsl.language.mask import CAUSAL, FULL, Mask
    from attndsl.language.parser import parse
    from attndsl.models.capture import capture
    from attndsl.models.loading import load as load_model
    from attndsl.surrogates.handle import install
    from attndsl.surrogates.persist import load, save
    from attndsl.surrogates.pruning import prune
    from attndsl.tokens.encoded import Encoded
    from attndsl.tokens.texts import builtin_texts
    from attndsl.tokens.tokenizer import encode

__version__ = "0.2.0.dev0"

# Where each public name lives, and its name there where that is another.
_HOMES = {
    "AttndslError": "language.diagnostics",
    "CAUSAL": "language.mask",
    "Diagnostic": "language.diagnostics",
    "Encoded": "tokens.encoded",
    "FULL": "language.mask",
    "Grid": "draw.grid",
    "HeadStore": "heads.store",
    "Library": "engines.library",
    "Mask": "language.mask",
    "Program": "graph.program",
    "Verified": "graph.verify",
    "Why": "engines.why",
    "builtin_texts": "tokens.texts",
    "capture": "models.capture",
    "encode": "tokens.tokenizer",
    "format_source": "language.formatter",
    "install": "surrogates.handle",
    "load": "surrogates.persist",
    "load_model": "models.loading:load",
    "parse": "language.parser",
    "pattern": "engines.reference",
    "prune": "surrogates.pruning",
    "save": "surrogates.persist",
    "score_library": "fit.library",
    "to_source": "graph.printing",
    "verify": "graph.verify",
    "why": "engines.why",
}
__all__ = [  # noqa: RUF022 (types first, then verbs)
    "AttndslError",
    "CAUSAL",
    "Diagnostic",
    "Encoded",
    "FULL",
    "Grid",
    "HeadStore",
    "Library",
    "Mask",
    "Program",
    "Verified",
    "Why",
    "builtin_texts",
    "capture",
    "encode",
    "format_source",
    "install",
    "load",
    "load_model",
    "parse",
    "pattern",
    "prune",
    "save",
    "score_library",
    "to_source",
    "verify",
    "why",
]


def __getattr__(name: str) -> object:
    if name not in _HOMES:
        raise AttributeError(f"attndsl has no {name}; it has {', '.join(__all__)}")
    module, _, other = _HOMES[name].partition(":")
    return getattr(import_module(f"attndsl.{module}"), other or name)


def __dir__() -> list[str]:
    return [*__all__, "__version__"]
