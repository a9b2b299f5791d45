"""What scores programs, compiled in a step of its own: once a machine, and in no phase's time."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import numpy as np

from attndsl.engines.batch.machine.compiling import is_kept
from attndsl.engines.batch.machine.interpreter import run
from attndsl.explain.plan import spoken
from attndsl.fit.comparing import comparing_on
from attndsl.fit.library import LibrarySource
from attndsl.fit.passes import OneProcess
from attndsl.fit.scoring import MEMORY
from attndsl.graph.verify import verify
from attndsl.synthesis.seeds import seeds

if TYPE_CHECKING:
    from attndsl.explain.settings import Tell
    from attndsl.heads.store import HeadStore
    from attndsl.models.loading import LoadedModel

TEXTS = 10  # of which the one of the most cells is taken


def compile_scoring(loaded: LoadedModel, store: HeadStore, tell: Tell) -> float:
    """Seconds that it took, none where it was compiled here before.

    Two programs are scored on a text as the report does it: what is called is compiled.
    """
    if is_kept(run):
        return 0.0
    tell("compile", 0, 1, "what scores programs is compiled, once a machine")
    begun = time.monotonic()
    programs = [verify(one.source, "seed").programs[0] for one in seeds()[:2]]
    device = str(loaded.device)
    source = LibrarySource(programs, loaded.table, store.meta.mask, device=device)
    text = max(range(min(TEXTS, len(store))), key=store.cells)
    first = np.zeros(store.meta.total_heads, np.int64)
    passes = OneProcess(store, source, MEMORY, comparing=comparing_on(device))
    passes.kept((text,), first, first + 1)
    seconds = time.monotonic() - begun
    tell(
        "compile", 1, 1, f"compiled in {spoken(seconds)}; what is left of the budget is shared out"
    )
    return seconds
