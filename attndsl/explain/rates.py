"""How fast this machine does what a run is made of, measured on a small sample of its heads."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from attndsl.graph.program import Program
    from attndsl.heads.store import HeadStore
    from attndsl.models.loading import LoadedModel
    from attndsl.models.passages import Passage
    from attndsl.surrogates.figures import Kind, Question

TEXTS, FORWARD_TOKENS = 4, 1024  # of the model's own pass at most, but one text
USUAL = 6e-8  # seconds that a step takes a head on a cell, where forecasts' constants were set
HEADS, FACTORS, ROWS, WIDTH = 32, 16, 128, 64  # of the step that is timed
TRIES = 5
LAYERS = 2  # with programs in place of all their heads, that tell of all layers


@dataclass(frozen=True, slots=True)
class Rates:
    """Seconds a unit of work."""

    capture: float  # a token: the attention of every head, checked and on disk
    forward: float  # a token: the model's own pass with its output
    score: float  # a program on a cell of a text, beside every head
    fit: float = USUAL  # a head on a cell, that programs are fitted to for one step
    replaced: float = 0.0  # a token: a pass with a program in place of every head
    made: float = 0.0  # making programs ready to stand in for all heads, once
    look: float = 0.0  # a cell: every mechanism looked for in all heads

    @property
    def pace(self) -> float:
        """How many times as long as usual this machine takes, for what isn't measured itself."""
        return self.fit / USUAL

    def at_pace(self, fit: float) -> Rates:
        """The same on a machine that has become busier, or less so, by what a step takes now.

        >>> Rates(1.0, 2.0, 3.0, fit=4.0).at_pace(8.0)
        Rates(capture=2.0, forward=4.0, score=6.0, fit=8.0, replaced=0.0, made=0.0, look=0.0)
        """
        return Rates(**{name: one * fit / self.fit for name, one in self.as_json().items()})

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
    each, step = score / (cells * len(programs)), step_taken().fit
    plain = Rates(capture, forward / max(tokens, 1), each, step)
    if store.meta.sketched or not asked:  # of long texts a pass takes as long as it is told apart
        return plain
    replaced, made = standing_in(loaded, asked[0], programs, kind, forward / len(asked))
    look = looking(loaded, store) / store.cells(0)
    return replace(plain, replaced=replaced / asked[0].inputs.shape[1], made=made, look=look)


def standing_in(
    loaded: LoadedModel, asked: Question, programs: Sequence[Program], kind: Kind, plain: float
) -> tuple[float, float]:
    """Seconds that a pass takes with a program in place of every head, and that making these ready
    takes. A few layers tell of all, beside the `plain` pass; the first time compiles."""
    from attndsl.surrogates.engine import engine_source
    from attndsl.surrogates.evaluation import remember
    from attndsl.surrogates.figures import answer
    from attndsl.surrogates.handle import install

    some = loaded.attention[:LAYERS]

    def passes(turn: int) -> Callable[[], object]:
        factory = remember(engine_source(loaded.table, loaded.device))
        assigned = {
            (layer.index, head): programs[(turn + head) % len(programs)]
            for layer in some
            for head in range(loaded.heads)
        }

        def work() -> object:
            with install(loaded.model, assigned, factory):
                return answer(loaded, asked, kind)

        return work

    passes(0)()
    once_more = passes(1)
    whole, again = taken(once_more), taken(once_more)
    layers = loaded.layers / len(some)
    return plain + layers * max(0.0, again - plain), layers * max(0.0, whole - again)


def looking(loaded: LoadedModel, store: HeadStore) -> float:
    """Seconds that looking for every mechanism takes on a text, in all heads."""
    from attndsl.fit.census import Wanted
    from attndsl.fit.constants import FIRST
    from attndsl.fit.sampling import TEXT, weighing
    from attndsl.graph.mechanisms import mechanisms

    known = mechanisms()
    wanted = Wanted(TEXT, store, (0,), known)
    constants = (FIRST,) * store.meta.total_heads

    def work() -> object:
        weighed = weighing(store, None, loaded.table)(
            wanted.batches, (constants, constants), lambda *_: None
        )
        return wanted.sample(iter(weighed)).findings(known)

    return second_of_two(work)


@dataclass(frozen=True, slots=True)
class Step:
    """What a step of a fit takes now, always the same one."""

    fit: float  # seconds, a head on a cell
    share: float  # processor time of this process over the time that passed; of threads above 1


def step_taken() -> Step:
    """Timed anew: the machine may have become busier, or less so."""
    step, processor, begun = stepping(), time.process_time(), time.perf_counter()
    seconds = typical(step)
    passed = time.perf_counter() - begun
    share = (time.process_time() - processor) / passed if passed else 0.0
    return Step(seconds / (HEADS * ROWS * WIDTH), share)


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
    return taken(work)


def taken(work: Callable[[], object]) -> float:
    """Seconds that some work takes."""
    begun = time.perf_counter()
    work()
    return time.perf_counter() - begun
