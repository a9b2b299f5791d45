"""How fast this machine does what a run is made of, measured on a small sample of its heads."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from attndsl.heads.store import HeadStore
    from attndsl.models.loading import LoadedModel
    from attndsl.models.passages import Passage

TEXTS, FORWARD_TOKENS = 4, 1024  # of the model's own pass at most, but one text
USUAL = 6e-8  # seconds that a step takes a head on a cell, where forecasts' constants were set
HEADS, FACTORS, ROWS, WIDTH = 32, 16, 128, 64  # of the step that is timed
TRIES = 5


@dataclass(frozen=True, slots=True)
class Rates:
    """Seconds a unit of work."""

    capture: float  # a token: the attention of every head, checked and on disk
    forward: float  # a token: the model's own pass with its output
    score: float  # a program on a cell of a text, beside every head
    fit: float = USUAL  # a head on a cell, that programs are fitted to for one step

    @property
    def pace(self) -> float:
        """How many times as long as usual this machine takes, for what isn't measured itself."""
        return self.fit / USUAL

    def as_json(self) -> dict[str, float]:
        return asdict(self)


def measured(
    loaded: LoadedModel, store: HeadStore, sample: Sequence[Passage], capture: float
) -> Rates:
    """The rates by a sample that was captured at `capture` seconds a token.

    Each is the second of two tries: the first one compiles and loads.
    """
    from attndsl.fit.comparing import comparing_on
    from attndsl.fit.library import LibrarySource
    from attndsl.fit.scoring import partial_sums
    from attndsl.graph.verify import verify
    from attndsl.surrogates.figures import answer, kind_of, question
    from attndsl.synthesis.seeds import seeds

    numbers = list(range(min(TEXTS, len(store))))
    cells = sum(store.cells(number) for number in numbers)
    kind = kind_of(loaded)
    asked = [
        found
        for text in sample[:TEXTS]
        if (found := question(loaded, np.asarray(text.ids), kind)) is not None
    ]
    while len(asked) > 1 and sum(one.inputs.shape[1] for one in asked) > FORWARD_TOKENS:
        asked.pop()  # of long texts one says enough
    tokens = sum(one.inputs.shape[1] for one in asked)
    forward = second_of_two(lambda: [answer(loaded, one, kind) for one in asked])
    programs = [verify(one.source, "seed").programs[0] for one in seeds()[:16]]
    comparing = comparing_on(loaded.device)
    source = LibrarySource(programs, loaded.table, store.meta.mask, device=comparing.device)
    score = second_of_two(lambda: partial_sums(store, numbers, source, comparing=comparing))
    return Rates(
        capture, forward / max(tokens, 1), score / (cells * len(programs)),
        typical(stepping()) / (HEADS * ROWS * WIDTH),
    )  # fmt: skip


def stepping() -> Callable[[], object]:
    """One step of a fit, of made-up rows."""
    import torch

    from attndsl.synthesis.parts.blocks import Batch, Block
    from attndsl.synthesis.parts.fitting import one_a_head, slopes
    from attndsl.synthesis.parts.rivals import counted, with_rivals

    made = torch.Generator().manual_seed(0)
    maps = torch.rand(HEADS, ROWS, WIDTH, generator=made)
    resting = torch.zeros(ROWS, WIDTH, dtype=torch.bool)
    resting[:, 0] = True
    block = Block(
        torch.rand(FACTORS, ROWS, WIDTH, generator=made), maps / maps.sum(2, keepdim=True),
        torch.ones_like(resting), resting, torch.zeros(ROWS, dtype=torch.long),
        torch.arange(WIDTH).expand(ROWS, WIDTH),
    )  # fmt: skip
    away = torch.arange(WIDTH).expand(ROWS, WIDTH).float()
    blocks = counted((with_rivals(block, away),), torch.ones(1))
    batch = Batch(blocks, torch.ones(1), torch.tensor([float(ROWS)]),
                  torch.rand(HEADS, WIDTH, 16, generator=made), torch.ones(HEADS, 1),
                  does=torch.zeros(HEADS, 0))  # fmt: skip
    weights = one_a_head(HEADS, FACTORS)
    return lambda: slopes(weights, batch, torch.ones(HEADS))


def typical(work: Callable[[], object]) -> float:
    """Seconds that short work takes, the middle of several tries."""
    return float(np.median([second_of_two(work) for _ in range(TRIES)]))


def second_of_two(work: Callable[[], object]) -> float:
    """Seconds that some work takes once everything is warm."""
    work()
    begun = time.perf_counter()
    work()
    return time.perf_counter() - begun
